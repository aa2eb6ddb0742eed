//! The pages that a department works with and prints: targets, duties, data that cannot be right. They need no script.

use askama::Template;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;

use super::html::{Cell, POLICY, home, linked, sentence, text};
use super::params::ReviewQuery;
use super::reply::Reply;
use crate::compliance::duties::{Duty, SiteName};
use crate::compliance::quality::{Fault, FaultKind, Weight, counts};
use crate::compliance::targets::{self, Goal, GroupBy, Tally, Target, Unit, plan_years};
use crate::compliance::{Review, SiteCollection, Text};
use crate::ogc::media_type::HTML;
use crate::ogc::{BY, PLAN_YEAR};
use crate::publish::Snapshot;

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

/// Where the map shows a site, and its record.
fn places(base: &str, collection: SiteCollection, id: &str) -> (String, String) {
    let collection = collection.as_str();
    (format!("{base}/?f=html#{collection}/{id}"), format!("{base}/collections/{collection}/items/{id}?f=html"))
}

fn day_vi(review: &Review) -> String {
    review.as_of.format("%d/%m/%Y").to_string()
}

/// The targets of the city's plans.
#[derive(Template)]
#[template(path = "targets.html", config = "src/api/askama.toml")]
pub struct TargetsPage {
    title: String,
    crumbs: Vec<Cell>,
    demo: bool,
    plan: Text,
    form: Form,
    targets: Vec<TargetPart>,
    group_label: &'static str,
}

struct TargetPart {
    code: &'static str,
    title: Text,
    goal: Text,
    met: Text,
    note: Option<Text>,
    counts: Vec<CountPart>,
    groups: Vec<GroupPart>,
}

struct CountPart {
    title: Text,
    figures: Text,
    met_width: String,
    unknown_width: String,
    lists: Vec<NameList>,
}

struct NameList {
    title: Text,
    open: bool,
    names: Vec<Name>,
}

struct Name {
    name: String,
    map: String,
    record: String,
}

struct GroupPart {
    title: Text,
    numbers: [usize; 4],
}

impl TargetsPage {
    pub fn reply(&self) -> Reply {
        reply(self)
    }
}

pub fn targets(base: &str, snapshot: &Snapshot, review: &Review, query: &ReviewQuery, all: &[Target]) -> TargetsPage {
    let title = "Mục tiêu phát triển cụm công nghiệp / Targets for industrial clusters";
    let year = query.plan_year.map(|year| format!("&{PLAN_YEAR}={year}")).unwrap_or_default();
    let by = query.by.map(|by| format!("&{BY}={}", by.as_str())).unwrap_or_default();
    let mut form = Form::new(base, "targets", review, &format!("{year}{by}"));
    let option = |value: String, text: String, chosen| ChoiceOption { value, text, chosen };
    let mut years = vec![option(String::new(), "theo ngày / by the day".to_owned(), query.plan_year.is_none())];
    years.extend(
        plan_years(&snapshot.standards)
            .into_iter()
            .map(|year| option(year.to_string(), year.to_string(), query.plan_year == Some(year))),
    );
    let mut groups = vec![option(String::new(), "không / none".to_owned(), query.by.is_none())];
    let kinds = [GroupBy::District, GroupBy::Commune, GroupBy::Investor, GroupBy::Year];
    groups.extend(kinds.map(|by| option(by.as_str().to_owned(), group_label(by).to_owned(), query.by == Some(by))));
    form.choices = vec![
        Choice { label: "Kế hoạch năm / Plan of", name: PLAN_YEAR, options: years },
        Choice { label: "Nhóm theo / Group by", name: BY, options: groups },
    ];
    TargetsPage {
        title: title.to_owned(),
        crumbs: crumbs(base, "Mục tiêu / Targets", "targets"),
        demo: review.sites.values().any(|site| site.assessment.attached.demo_data),
        plan: plan_text(review, all),
        form,
        targets: all.iter().map(|target| target_part(base, review, target)).collect(),
        group_label: query.by.map(group_label).unwrap_or_default(),
    }
}

fn group_label(by: GroupBy) -> &'static str {
    match by {
        GroupBy::District => "Huyện (từ 7/2025: xã) / District (commune since July 2025)",
        GroupBy::Commune => "Xã, phường / Commune",
        GroupBy::Investor => "Chủ đầu tư / Investor",
        GroupBy::Year => "Năm thành lập / Year founded",
    }
}

fn plan_text(review: &Review, all: &[Target]) -> Text {
    let (day_vi, day) = (day_vi(review), review.as_of);
    let plan = all.first().map(|target| &target.plan);
    match plan.and_then(|plan| Some((plan, plan.year?, plan.basis.as_ref()?))) {
        None => Text::new(
            format!("Tính đến {day_vi}. Dữ liệu không có kế hoạch của năm này hoặc năm trước đó."),
            format!("As of {day}. No plan of that year or an earlier one is held."),
        ),
        Some((plan, year, basis)) => {
            let (not_vi, not_en) = match plan.is_current {
                true => ("", ""),
                false => (" (không phải kế hoạch của năm đang xem)", " (not the plan of the year that is shown)"),
            };
            Text::new(
                format!("Tính đến {day_vi}. Đối chiếu: {}, năm {year}{not_vi}.", basis.document),
                format!("As of {day}. Held against the plan of {year}{not_en}."),
            )
        }
    }
}

fn goal_text(goal: Goal, unit: Unit) -> Text {
    let (vi, en) = match unit {
        Unit::Percent => (" %", " %"),
        Unit::Count => (" cụm", " clusters"),
    };
    match (goal.min, goal.max) {
        (None, None) => Text::new("Kế hoạch không nêu số", "The plan states no number"),
        (Some(min), Some(max)) if min != max => {
            Text::new(format!("Mục tiêu: {min}–{max}{vi}"), format!("Goal: {min}–{max}{en}"))
        }
        (Some(least), _) | (None, Some(least)) => {
            Text::new(format!("Mục tiêu: {least}{vi}"), format!("Goal: {least}{en}"))
        }
    }
}

fn target_part(base: &str, review: &Review, target: &Target) -> TargetPart {
    let met = match target.met {
        Some(true) => Text::new("Đạt", "Reached"),
        Some(false) => Text::new("Chưa đạt", "Not reached"),
        None => Text::new("Chưa thể kết luận", "Cannot be said yet"),
    };
    let main = count_part(base, review, Text::new("", ""), &target.tally, target.unit, true);
    let also = target.also.iter().map(|also| {
        let goal = goal_text(also.goal, target.unit);
        let title = match also.goal.min {
            None => also.title.clone(),
            Some(_) => {
                Text::new(format!("{} · {}", also.title.vi, goal.vi), format!("{} · {}", also.title.en, goal.en))
            }
        };
        count_part(base, review, title, &also.tally, target.unit, false)
    });
    let group = |group: &targets::Group| {
        let tally = &group.tally;
        let numbers = [tally.met.len(), tally.not_met.len(), tally.unknown.len(), tally.denominator()];
        GroupPart { title: group.title.clone(), numbers }
    };
    TargetPart {
        code: target.code.as_str(),
        title: target.title.clone(),
        goal: goal_text(target.goal, target.unit),
        met,
        note: target.note.clone(),
        counts: std::iter::once(main).chain(also).collect(),
        groups: target.groups.iter().map(group).collect(),
    }
}

fn count_part(base: &str, review: &Review, title: Text, tally: &Tally, unit: Unit, open: bool) -> CountPart {
    let width = |count: usize| match tally.denominator() {
        0 => "0".to_owned(),
        all => format!("{:.2}", 100.0 * count as f64 / all as f64),
    };
    let names = |ids: &[String]| ids.iter().map(|id| name(base, review, id)).collect::<Vec<_>>();
    let lists = [
        (Text::new("Đạt", "fulfilled"), &tally.met),
        (Text::new("Chưa đạt", "not fulfilled"), &tally.not_met),
        (Text::new("Chưa rõ", "not on record"), &tally.unknown),
    ];
    let lists = lists.into_iter().filter(|(_, ids)| !ids.is_empty());
    CountPart {
        title,
        figures: figures(tally, unit),
        met_width: width(tally.met.len()),
        unknown_width: width(tally.unknown.len()),
        lists: lists.map(|(title, ids)| NameList { title, open, names: names(ids) }).collect(),
    }
}

fn figures(tally: &Tally, unit: Unit) -> Text {
    let (met, all, unknown) = (tally.numerator(), tally.denominator(), tally.unknown.len());
    let share = |value: rust_decimal::Decimal| value.round_dp(1).normalize().to_string();
    let (vi, en) = match (unit, tally.interval(unit)) {
        (Unit::Percent, Some((low, high))) => {
            let (low, high) = (share(low), share(high));
            let range = if low == high { format!("{low} %") } else { format!("{low}–{high} %") };
            (format!(" ({})", range.replace('.', ",")), format!(" ({range})"))
        }
        _ => (String::new(), String::new()),
    };
    Text::new(
        format!("{met}/{all} cụm đạt{vi}, {unknown} chưa rõ"),
        format!("{met} of {all} clusters{en}, {unknown} unknown"),
    )
}

fn name(base: &str, review: &Review, id: &str) -> Name {
    let site = review.sites.get(&(SiteCollection::Clusters, id.to_owned()));
    let (map, record) = places(base, SiteCollection::Clusters, id);
    Name { name: site.and_then(|site| site.facts.name.clone()).unwrap_or_else(|| id.to_owned()), map, record }
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
    code: String,
    title: Text,
    lines: Vec<Text>,
    head: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

impl ListsPage {
    pub fn reply(&self) -> Reply {
        reply(self)
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

fn site_cell(base: &str, site: &SiteName) -> Cell {
    let name = site.name.clone().unwrap_or_else(|| site.id.clone());
    linked(name, places(base, site.collection, &site.id).0)
}

fn record_cell(base: &str, collection: &str, id: &str) -> Cell {
    linked(id, format!("{base}/collections/{collection}/items/{id}?f=html"))
}

fn date_cell(day: Option<chrono::NaiveDate>) -> Cell {
    text(day.map(|day| day.to_string()).unwrap_or_default())
}

pub fn duties(base: &str, review: &Review, all: &[Duty]) -> ListsPage {
    let list = |duty: &Duty| {
        let actor = match &duty.actor {
            Some(actor) => Text::new(format!("Bên thực hiện: {}", actor.vi), format!("Actor: {}", actor.en)),
            None => Text::new("Bên thực hiện: chưa có trong dữ liệu", "Actor: not on record"),
        };
        let count = duty.items.len();
        let counted = Text::new(format!("{count} việc"), format!("{count} to do"));
        let rows = duty.items.iter().take(MAX_ROWS).map(|item| {
            vec![
                site_cell(base, &item.site),
                sentence(&item.what.vi, &item.what.en),
                if item.is_certain { text("") } else { sentence("chưa rõ", "unknown") },
                date_cell(item.since),
                text(item.days.map(|days| days.to_string()).unwrap_or_default()),
                date_cell(item.due),
                sentence(&item.responsible.vi, &item.responsible.en),
                record_cell(base, &item.row.collection, &item.row.id),
            ]
        });
        List {
            code: duty.code.clone(),
            title: duty.title.clone(),
            lines: [Some(actor), duty.note.clone(), Some(counted), left_out(count)].into_iter().flatten().collect(),
            head: vec![
                "Cơ sở / Site",
                "Việc / What",
                "Chắc chắn? / Certain?",
                "Từ ngày / Since",
                "Số ngày / Days",
                "Hạn / Due",
                "Trách nhiệm / Responsible",
                "Bản ghi / Record",
            ],
            rows: rows.collect(),
        }
    };
    ListsPage {
        title: "Việc cần làm / Duties".to_owned(),
        crumbs: crumbs(base, "Việc cần làm / Duties", "duties"),
        demo: all.iter().flat_map(|duty| &duty.items).any(|item| item.is_demo),
        lead: vec![as_of(review)],
        form: Form::new(base, "duties", review, ""),
        lists: all.iter().map(list).collect(),
    }
}

fn kind_text(kind: FaultKind) -> Text {
    let (vi, en) = match kind {
        FaultKind::SampleBeforeStation => ("Mẫu có trước khi trạm vận hành", "Sample before its station ran"),
        FaultKind::NegativeValue => ("Giá trị âm", "Negative value"),
        FaultKind::UnreadableValue => ("Giá trị không đọc được", "Value that cannot be read"),
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

pub fn quality(base: &str, review: &Review, faults: &[Fault]) -> ListsPage {
    let row = |fault: &&Fault| {
        let (vi, en) = match fault.severity {
            Weight::Error => ("sai", "error"),
            Weight::Warning => ("cần xem lại", "warning"),
            Weight::Notice => ("lưu ý", "notice"),
        };
        vec![
            fault.site.as_ref().map_or_else(|| text(""), |site| site_cell(base, site)),
            sentence(vi, en),
            sentence(&fault.message.vi, &fault.message.en),
            text(fault.field.clone()),
            record_cell(base, &fault.collection, &fault.id),
        ]
    };
    let list = |(kind, count): (FaultKind, usize)| List {
        code: String::new(),
        title: kind_text(kind),
        lines: [Some(Text::new(count.to_string(), count.to_string())), left_out(count)].into_iter().flatten().collect(),
        head: vec!["Cơ sở / Site", "Mức / Weight", "Nội dung / Message", "Trường / Field", "Bản ghi / Record"],
        rows: faults
            .iter()
            .filter(|fault| fault.kind == kind)
            .take(MAX_ROWS)
            .collect::<Vec<_>>()
            .iter()
            .map(row)
            .collect(),
    };
    let found = match faults.len() {
        0 => Text::new("Không phát hiện dữ liệu sai.", "No faults were found."),
        count => Text::new(
            format!("{count} chỗ cần xem lại. Dữ liệu như vậy không được dùng để kết luận."),
            format!("{count} places to look into. Nothing is judged by such data."),
        ),
    };
    ListsPage {
        title: "Chất lượng dữ liệu / Data quality".to_owned(),
        crumbs: crumbs(base, "Chất lượng dữ liệu / Data quality", "quality"),
        demo: review.sites.values().any(|site| site.assessment.attached.demo_data),
        lead: vec![as_of(review), found],
        form: Form::new(base, "quality", review, ""),
        lists: counts(faults).into_iter().map(list).collect(),
    }
}
