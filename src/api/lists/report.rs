//! The page of a month's report.

use askama::Template;

use super::super::html::{Cell, home, linked, sentence, text};
use super::super::reply::Reply;
use super::{Choice, ChoiceOption, reply};
use crate::compliance::Text;
use crate::ogc::BY;
use crate::ogc::report::DISTRICT;
use crate::publish::quarters::SignedQuarter;
use crate::report::{self, Month, Report, sections, title};

/// A report as a page that can be printed.
#[derive(Template)]
#[template(path = "report.html", config = "src/api/askama.toml")]
pub struct ReportPage {
    title: String,
    crumbs: Vec<Cell>,
    heading: Text,
    demo: bool,
    signed: Option<Text>,
    action: String,
    month: String,
    last_month: String,
    choices: Vec<Choice>,
    links: Vec<(String, String)>,
    sections: Vec<Part>,
}

struct Part {
    anchor: &'static str,
    title: Text,
    lines: Vec<Text>,
    /// Heads, and whether numbers stand below.
    head: Vec<(Text, bool)>,
    rows: Vec<Vec<(Cell, bool)>>,
}

impl ReportPage {
    pub fn reply(&self) -> Reply {
        reply(self)
    }
}

/// Where a report leads to and what can be chosen beside it.
pub struct Around<'a> {
    pub base: &'a str,
    /// The districts that can be chosen.
    pub districts: &'a [String],
    /// The newest month of which there is a report.
    pub last: Month,
    pub signed: Option<&'a SignedQuarter>,
}

fn cell(base: &str, as_of: &str, cell: report::Cell) -> (Cell, bool) {
    match cell {
        report::Cell::Text(words) => (sentence(&words.vi, &words.en), false),
        report::Cell::Count(count) => (text(count.to_string()), true),
        report::Cell::Change(0) => (text("0"), true),
        report::Cell::Change(change) => (text(format!("{change:+}")), true),
        report::Cell::Site(site) => {
            let href = format!("{base}/sites/{}/{}?as-of={as_of}", site.collection.as_str(), site.id);
            (linked(site.name.unwrap_or(site.id), href), false)
        }
    }
}

pub fn page(report: &Report, around: &Around<'_>) -> ReportPage {
    let base = around.base;
    let of = report.district.as_ref().map(|district| district.name.as_str());
    let address = |month: Month, f: &str| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("f", f);
        if let Some(district) = of {
            query.append_pair(DISTRICT, district);
        }
        if report.districts.is_some() {
            query.append_pair(BY, "district");
        }
        format!("{base}/reports/{month}?{}", query.finish())
    };
    let option =
        |value: &str, text: &str, chosen| ChoiceOption { value: value.to_owned(), text: text.to_owned(), chosen };
    let mut districts = vec![option("", "toàn thành phố / the whole city", of.is_none())];
    districts.extend(around.districts.iter().map(|name| option(name, name, of == Some(name.as_str()))));
    if let Some(other) = of.filter(|of| around.districts.iter().all(|name| name != of)) {
        districts.push(option(other, other, true));
    }
    let by = vec![
        option("", "không / no", report.districts.is_none()),
        option("district", "có / yes", report.districts.is_some()),
    ];
    let month = report.month;
    let mut links = vec![
        ("PDF".to_owned(), address(month, "pdf")),
        ("Excel".to_owned(), address(month, "xlsx")),
        ("JSON".to_owned(), address(month, "json")),
        (format!("← {}", month.previous().vi()), address(month.previous(), "html")),
    ];
    if month < around.last {
        links.push((format!("{} →", month.next().vi()), address(month.next(), "html")));
    }
    let day = report.as_of.to_string();
    let part = |part: report::Section| {
        let table = part.table.unwrap_or_default();
        let row = |row: Vec<report::Cell>| row.into_iter().map(|of| cell(base, &day, of)).collect();
        let rows: Vec<Vec<(Cell, bool)>> = table.rows.into_iter().map(row).collect();
        let is_number = |at: usize| rows.first().and_then(|row| row.get(at)).is_some_and(|(_, number)| *number);
        Part {
            anchor: part.anchor,
            title: part.title,
            lines: part.lines,
            head: table.head.into_iter().enumerate().map(|(at, head)| (head, is_number(at))).collect(),
            rows,
        }
    };
    let mut crumbs = home(base);
    crumbs.push(linked("Báo cáo / Reports", format!("{base}/reports?f=html")));
    let heading = title(report);
    let signed = around.signed.map(|signed| {
        let (quarter, who) = (&signed.quarter, &signed.who);
        Text::new(
            format!("Quý {quarter} đã được {who} chốt: số liệu đã chốt ở {base}/quarters/{quarter}."),
            format!("{quarter} was signed off by {who}: what was signed is at {base}/quarters/{quarter}."),
        )
    });
    ReportPage {
        title: format!("{} / {}", heading.vi, heading.en),
        crumbs,
        heading,
        demo: report.demo_sites > 0,
        signed,
        action: format!("{base}/reports"),
        month: month.to_string(),
        last_month: around.last.to_string(),
        choices: vec![
            Choice { label: "Huyện cũ / Former district", name: DISTRICT, options: districts },
            Choice { label: "Bảng theo huyện / Table by district", name: BY, options: by },
        ],
        links,
        sections: sections(report).into_iter().map(part).collect(),
    }
}
