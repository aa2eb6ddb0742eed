//! The pages that a department works with and prints: targets, duties, data that cannot be right. They need no script.

pub mod plans;
pub mod report;
mod targets;

use askama::Template;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;

use super::html::{Cell, POLICY, home, linked, sentence, text};
use super::reply::Reply;
use crate::compliance::duties::{Duty, DutyItem, SiteName};
use crate::compliance::quality::{Fault, FaultKind, Weight, counts};
use crate::compliance::{Review, SiteCollection, Text};
use crate::ogc::AS_OF;
use crate::ogc::media_type::HTML;
use crate::publish::Snapshot;

pub use targets::targets;

/// A list on a page holds at most so many rows; all of them are in the table for download.
const MAX_ROWS: usize = 500;

/// The plain form on top of each page, and the other forms of what it shows.
struct Form {
    action: String,
    day: String,
    choices: Vec<Choice>,
    links: Vec<(&'static str, String)>,
}

struct Choice {
    label: &'static str,
    name: &'static str,
    options: Vec<ChoiceOption>,
}

struct ChoiceOption {
    value: String,
    text: String,
    chosen: bool,
}

impl Form {
    fn new(base: &str, path: &str, review: &Review, query: &str) -> Form {
        let action = format!("{base}/compliance/{path}");
        let day = review.as_of.to_string();
        let link = |f: &str| format!("{action}?f={f}&as-of={day}{query}");
        let links = vec![("CSV (Excel)", link("csv")), ("JSON", link("json"))];
        Form { links, action, day, choices: Vec::new() }
    }
}

/// A rendered page as an answer.
fn reply(page: &impl Template) -> Reply {
    // The template writes into a `String`; it cannot fail.
    let mut reply = Reply::document(HTML, page.render().unwrap_or_default().into_bytes());
    reply.headers = vec![(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY))];
    reply
}

fn crumbs(base: &str, title: &str, path: &str) -> Vec<Cell> {
    let mut crumbs = home(base);
    crumbs.push(linked(title, format!("{base}/compliance/{path}?f=html")));
    crumbs
}

/// Where links of a page lead to.
pub struct Places<'a> {
    base: &'a str,
    /// The day that is shown, where it is not today.
    past: Option<chrono::NaiveDate>,
}

impl<'a> Places<'a> {
    pub fn new(base: &'a str, snapshot: &Snapshot, review: &Review) -> Places<'a> {
        Places { base, past: (review.as_of != snapshot.as_of).then_some(review.as_of) }
    }

    fn as_of(&self) -> String {
        self.past.map(|day| format!("&{AS_OF}={day}")).unwrap_or_default()
    }

    /// Where the map shows a site.
    fn map(&self, collection: SiteCollection, id: &str) -> String {
        format!("{}/?f=html#{}/{id}{}", self.base, collection.as_str(), self.as_of())
    }

    /// The page of a row.
    fn record(&self, collection: &str, id: &str) -> String {
        format!("{}/collections/{collection}/items/{id}?f=html{}", self.base, self.as_of())
    }
}

fn day_vi(review: &Review) -> String {
    review.as_of.format("%d/%m/%Y").to_string()
}

/// Lists with a table each.
#[derive(Template)]
#[template(path = "lists.html", config = "src/api/askama.toml")]
pub struct ListsPage {
    title: String,
    crumbs: Vec<Cell>,
    demo: bool,
    lead: Vec<Text>,
    form: Form,
    lists: Vec<List>,
}

struct List {
    /// What it is called in links to it.
    anchor: String,
    code: String,
    title: Text,
    count: usize,
    lines: Vec<Text>,
    head: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

impl ListsPage {
    pub fn reply(&self) -> Reply {
        reply(self)
    }
}

/// A table without the columns that are empty throughout.
fn filled(head: Vec<&'static str>, rows: Vec<Vec<Cell>>) -> List {
    let is_filled: Vec<bool> = (0..head.len())
        .map(|at| rows.iter().any(|row| row.get(at).is_some_and(|cell| !cell.text.is_empty())))
        .collect();
    fn kept<T>(cells: Vec<T>, is_filled: &[bool]) -> Vec<T> {
        cells.into_iter().zip(is_filled).filter(|(_, keep)| **keep).map(|(cell, _)| cell).collect()
    }
    List {
        anchor: String::new(),
        code: String::new(),
        title: Text::new("", ""),
        count: 0,
        lines: Vec::new(),
        head: kept(head, &is_filled),
        rows: rows.into_iter().map(|row| kept(row, &is_filled)).collect(),
    }
}

fn as_of(review: &Review) -> Text {
    Text::new(format!("Tính đến {}.", day_vi(review)), format!("As of {}.", review.as_of))
}

/// A line that says how many rows are not shown.
fn left_out(count: usize) -> Option<Text> {
    let more = count.checked_sub(MAX_ROWS).filter(|more| *more > 0)?;
    Some(Text::new(format!("Còn {more} dòng nữa: xem trong CSV."), format!("{more} more rows are in the CSV.")))
}

fn site_cell(places: &Places<'_>, site: &SiteName) -> Cell {
    let name = site.name.clone().unwrap_or_else(|| site.id.clone());
    linked(name, places.map(site.collection, &site.id))
}

fn record_cell(places: &Places<'_>, collection: &str, id: &str) -> Cell {
    linked(id, places.record(collection, id))
}

fn date_cell(day: Option<chrono::NaiveDate>) -> Cell {
    text(day.map(|day| day.to_string()).unwrap_or_default())
}

pub fn duties(places: &Places<'_>, review: &Review, all: &[Duty]) -> ListsPage {
    let list = |duty: &Duty| {
        let actor = match &duty.actor {
            Some(actor) => Text::new(format!("Bên thực hiện: {}", actor.vi), format!("Actor: {}", actor.en)),
            None => Text::new("Bên thực hiện: chưa có trong dữ liệu", "Actor: not on record"),
        };
        let count = duty.items.len();
        let row = |item: &DutyItem| {
            vec![
                site_cell(places, &item.site),
                sentence(&item.what.vi, &item.what.en),
                if item.is_certain { text("") } else { sentence("chưa rõ", "unknown") },
                date_cell(item.since),
                text(item.days.map(|days| days.to_string()).unwrap_or_default()),
                date_cell(item.due),
                sentence(&item.responsible.vi, &item.responsible.en),
                record_cell(places, &item.row.collection, &item.row.id),
            ]
        };
        List {
            anchor: duty.code.clone(),
            code: duty.code.clone(),
            title: duty.title.clone(),
            count,
            lines: [Some(actor), duty.note.clone(), left_out(count)].into_iter().flatten().collect(),
            ..filled(
                vec![
                    "Cơ sở / Site",
                    "Việc / What",
                    "Chắc chắn? / Certain?",
                    "Từ ngày / Since",
                    "Số ngày / Days",
                    "Hạn / Due",
                    "Trách nhiệm / Responsible",
                    "Bản ghi / Record",
                ],
                duty.items.iter().take(MAX_ROWS).map(row).collect(),
            )
        }
    };
    ListsPage {
        title: "Việc cần làm / Duties".to_owned(),
        crumbs: crumbs(places.base, "Việc cần làm / Duties", "duties"),
        demo: all.iter().flat_map(|duty| &duty.items).any(|item| item.is_demo),
        lead: vec![as_of(review)],
        form: Form::new(places.base, "duties", review, ""),
        lists: all.iter().map(list).collect(),
    }
}

fn kind_text(kind: FaultKind) -> Text {
    let (vi, en) = match kind {
        FaultKind::SampleBeforeStation => ("Mẫu có trước khi trạm vận hành", "Sample before its station ran"),
        FaultKind::Contradiction => ("Số liệu trái ngược nhau", "Records that contradict each other"),
        FaultKind::NegativeValue => ("Giá trị âm", "Negative value"),
        FaultKind::UnreadableValue => ("Giá trị không đọc được", "Value that cannot be read"),
        FaultKind::ValueContradicted => ("Số đã nhập trái với phiếu", "Value against its report"),
        FaultKind::UnclearSamplePoint => ("Chưa rõ nơi lấy mẫu", "Sample point that is not clear"),
        FaultKind::UnknownUnit => ("Đơn vị thiếu hoặc không hợp", "Unit missing or unfit"),
        FaultKind::UnknownParameter => ("Thông số không có trong quy chuẩn", "Parameter of no standard"),
        FaultKind::DuplicateSample => ("Mẫu trùng, giá trị khác", "Duplicate sample with another value"),
        FaultKind::NoStandard => ("Điểm xả không có quy chuẩn", "Discharge point without a standard"),
        FaultKind::NoColumn => ("Điểm xả không có cột", "Discharge point without a column"),
        FaultKind::LimitsNotHeld => ("Quy chuẩn chưa nhập giới hạn", "Standard whose limits are not held"),
        FaultKind::PlansOverlap => ("Hai quy hoạch đã duyệt chồng nhau", "Two approved plans on one ground"),
        FaultKind::AreaDisagrees => ("Diện tích không khớp ranh giới", "Area against boundary"),
        FaultKind::DatesOutOfOrder => ("Ngày sai thứ tự", "Dates out of order"),
        FaultKind::ClosedBeforeOpened => ("Xử lý xong trước khi phát hiện", "Closed before it was found"),
        FaultKind::PartAboveWhole => ("Phần lớn hơn tổng", "Part above its whole"),
        FaultKind::ImpossibleValue => ("Giá trị không thể có", "Impossible value"),
        FaultKind::Orphan => ("Bản ghi không thuộc cơ sở nào", "Row without its site"),
        FaultKind::UnknownWord => ("Từ không có trong danh mục", "Word the register does not know"),
        FaultKind::FutureDate => ("Ngày ở tương lai", "Date to come"),
    };
    Text::new(vi, en)
}

pub fn quality(places: &Places<'_>, review: &Review, faults: &[Fault], unchecked: &[&str]) -> ListsPage {
    let row = |fault: &Fault| {
        let (vi, en) = match fault.severity {
            Weight::Error => ("sai", "error"),
            Weight::Warning => ("cần xem lại", "warning"),
            Weight::Notice => ("lưu ý", "notice"),
        };
        vec![
            fault.site.as_ref().map_or_else(|| text(""), |site| site_cell(places, site)),
            sentence(vi, en),
            sentence(&fault.message.vi, &fault.message.en),
            text(fault.field.clone()),
            record_cell(places, &fault.collection, &fault.id),
        ]
    };
    let list = |(kind, count): (FaultKind, usize)| {
        let of_kind = faults.iter().filter(|fault| fault.kind == kind);
        let head = vec!["Cơ sở / Site", "Mức / Weight", "Nội dung / Message", "Trường / Field", "Bản ghi / Record"];
        List {
            anchor: kind.as_str().to_owned(),
            title: kind_text(kind),
            count,
            lines: left_out(count).into_iter().collect(),
            ..filled(head, of_kind.take(MAX_ROWS).map(row).collect())
        }
    };
    let found = match faults.len() {
        0 => Text::new("Không phát hiện dữ liệu sai.", "No faults were found."),
        count => Text::new(
            format!("{count} chỗ cần xem lại. Dữ liệu như vậy không được dùng để kết luận."),
            format!("{count} places to look into. Nothing is judged by such data."),
        ),
    };
    let unchecked = (!unchecked.is_empty()).then(|| {
        let ids = unchecked.join(", ");
        Text::new(
            format!("Chưa kiểm tra từng dòng của {ids}: dữ liệu này nằm lại trong cơ sở dữ liệu."),
            format!("Rows of {ids} were not checked one by one: they stay in the database."),
        )
    });
    ListsPage {
        title: "Chất lượng dữ liệu / Data quality".to_owned(),
        crumbs: crumbs(places.base, "Chất lượng dữ liệu / Data quality", "quality"),
        demo: review.sites.values().any(|site| site.assessment.attached.demo_data),
        lead: [as_of(review), found].into_iter().chain(unchecked).collect(),
        form: Form::new(places.base, "quality", review, ""),
        lists: counts(faults).into_iter().map(list).collect(),
    }
}
