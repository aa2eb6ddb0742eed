//! HTML pages of the API's resources: one template, filled with tables. Vietnamese first, English beside it.

use askama::Template;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;

use super::reply::Reply;
use crate::compliance::{RuleAssessment, SiteCollection};
use crate::domain::{Field, Value};
use crate::geom::GeometryKind;
use crate::ogc::conformance as classes;
use crate::ogc::media_type::HTML;
use crate::publish::Snapshot;
use crate::publish::collection::{Page as ItemsPage, PublishedCollection};

/// These pages load nothing and run no script.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'";

/// A table cell, perhaps a link.
pub struct Cell {
    text: String,
    href: String,
}

struct Section {
    title: String,
    /// Column heads; without them the first cell of each row is its head.
    head: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Section {
    fn label(&self) -> &str {
        if self.title.is_empty() { "Bảng / Table" } else { &self.title }
    }
}

struct Link {
    text: String,
    href: String,
    next: bool,
}

/// A page: where one is, what it is, tables, and where to go.
#[derive(Template)]
#[template(path = "page.html", config = "src/api/askama.toml")]
pub struct Page {
    title: String,
    crumbs: Vec<Cell>,
    lead: Vec<String>,
    demo: bool,
    links: Vec<Link>,
    sections: Vec<Section>,
}

fn text(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), href: String::new() }
}

fn linked(label: impl Into<String>, href: String) -> Cell {
    Cell { text: label.into(), href }
}

fn both(vi: &str, en: &str) -> String {
    if vi == en { vi.to_owned() } else { format!("{vi} / {en}") }
}

impl Page {
    fn new(base: &str, title: String) -> Page {
        let crumbs = vec![
            linked("Bản đồ / Map", format!("{base}/?f=html")),
            linked("Dữ liệu / Data", format!("{base}/collections?f=html")),
        ];
        Page { title, crumbs, lead: Vec::new(), demo: false, links: Vec::new(), sections: Vec::new() }
    }

    fn at(mut self, label: String, href: String) -> Page {
        self.crumbs.push(linked(label, href));
        self
    }

    fn says(mut self, line: String) -> Page {
        if !line.is_empty() {
            self.lead.push(line);
        }
        self
    }

    fn link(mut self, label: &str, href: String) -> Page {
        self.links.push(Link { text: label.to_owned(), href, next: false });
        self
    }

    fn table(mut self, title: &str, head: &[&str], rows: Vec<Vec<Cell>>) -> Page {
        let head = head.iter().map(|text| (*text).to_owned()).collect();
        self.sections.push(Section { title: title.to_owned(), head, rows });
        self
    }

    /// The page as an answer.
    pub fn reply(&self) -> Reply {
        // The template writes into a `String`; it cannot fail.
        let mut reply = Reply::document(HTML, self.render().unwrap_or_default().into_bytes());
        reply.headers = vec![(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY))];
        reply
    }
}

pub fn conformance(base: &str) -> Page {
    let rows = classes::CLASSES.iter().map(|class| vec![text(*class)]).collect();
    Page::new(base, "Các lớp tuân thủ OGC / Conformance classes".to_owned())
        .link("JSON", format!("{base}/conformance?f=json"))
        .table("", &["URI"], rows)
}

pub fn collections(base: &str, snapshot: &Snapshot) -> Page {
    let row = |published: &PublishedCollection| {
        let declared = &published.declaration;
        let url = format!("{base}/collections/{}", declared.id);
        vec![
            linked(declared.title.to_string(), format!("{url}?f=html")),
            linked(published.len().to_string(), format!("{url}/items?f=html")),
            text(declared.geometry.as_ref().map_or("–", |geometry| geometry.kind.name())),
            text(both(&declared.description.vi, &declared.description.en)),
        ]
    };
    let head = ["Tập dữ liệu / Collection", "Số đối tượng / Features", "Hình học / Geometry", "Mô tả / Description"];
    Page::new(base, "Các tập dữ liệu / Collections".to_owned())
        .link("JSON", format!("{base}/collections?f=json"))
        .link("API", format!("{base}/api.html"))
        .link("OpenAPI 3.0", format!("{base}/api"))
        .link("Các lớp tuân thủ / Conformance", format!("{base}/conformance?f=html"))
        .table("", &head, snapshot.collections.iter().map(row).collect())
}

fn field_row(field: &Field) -> Vec<Cell> {
    let codes: Vec<_> = field.codes.iter().map(|code| format!("{} = {}", code.code, code.title)).collect();
    let origin = if field.derived { "tính khi công bố / computed" } else { "" };
    vec![
        text(field.name.clone()),
        text(field.title.to_string()),
        text(field.data_type.as_str()),
        text(field.unit.unwrap_or_default()),
        text(if codes.is_empty() { origin.to_owned() } else { codes.join("; ") }),
    ]
}

pub fn collection(base: &str, published: &PublishedCollection) -> Page {
    let declared = &published.declaration;
    let url = format!("{base}/collections/{}", declared.id);
    let mut facts = vec![vec![text("Số đối tượng / Features"), text(published.len().to_string())]];
    if let Some(geometry) = &declared.geometry {
        facts.push(vec![text("Hình học / Geometry"), text(geometry.kind.name())]);
        facts.push(vec![text("Lưu theo / Stored in"), text(geometry.crs.to_string())]);
    }
    if let Some(extent) = published.extent {
        let box_text = extent.to_array().map(|n| format!("{n:.5}")).join(", ");
        facts.push(vec![text("Phạm vi / Extent (CRS84)"), text(box_text)]);
    }
    Page::new(base, declared.title.to_string())
        .at(declared.title.to_string(), format!("{url}?f=html"))
        .says(declared.description.vi.to_string())
        .says(if declared.description.vi == declared.description.en {
            String::new()
        } else {
            declared.description.en.to_string()
        })
        .link("Xem đối tượng / Browse features", format!("{url}/items?f=html"))
        .link("GeoJSON", format!("{url}/items?f=geojson"))
        .link("JSON", format!("{url}?f=json"))
        .link("Queryables", format!("{url}/queryables?f=json"))
        .link("Schema", format!("{url}/schema?f=json"))
        .table("", &[], facts)
        .table(
            "Thuộc tính / Attributes",
            &["Tên / Name", "Nhãn / Title", "Kiểu / Type", "Đơn vị / Unit", "Giá trị / Values"],
            declared.fields.iter().map(field_row).collect(),
        )
}

/// A value with the words of its enumeration.
fn shown(field: &Field, value: &Value) -> String {
    let code = field.codes.iter().find(|code| Some(code.code) == value.as_str());
    match (code, value) {
        (Some(code), _) => code.title.to_string(),
        (None, Value::Boolean(true)) => "có / yes".to_owned(),
        (None, Value::Boolean(false)) => "không / no".to_owned(),
        (None, value) => value.to_string(),
    }
}

fn is_demo(published: &PublishedCollection, row: u32) -> bool {
    ["is_demo", "demo_data"].iter().any(|name| {
        published.declaration.field(name).is_some_and(|(at, _)| published.value(row, at).as_bool() == Some(true))
    })
}

pub fn items(base: &str, published: &PublishedCollection, page: &ItemsPage, next: Option<String>) -> Page {
    let declared = &published.declaration;
    let url = format!("{base}/collections/{}", declared.id);
    let mut head = vec!["id".to_owned()];
    head.extend(declared.fields.iter().map(|field| field.title.to_string()));
    let rows = page.rows.iter().map(|row| {
        let id = published.id(*row);
        let mut cells = vec![linked(id, format!("{url}/items/{id}?f=html"))];
        let values = declared.fields.iter().enumerate().map(|(at, field)| shown(field, &published.value(*row, at)));
        cells.extend(values.map(text));
        cells
    });
    let counted = format!("{} / {} đối tượng / features", page.rows.len(), page.matched);
    let mut out = Page::new(base, declared.title.to_string())
        .at(declared.title.to_string(), format!("{url}?f=html"))
        .says(counted)
        .link("GeoJSON", format!("{url}/items?f=geojson"));
    if let Some(href) = next {
        out.links.push(Link { text: "Trang sau / Next page".to_owned(), href, next: true });
    }
    out.demo = page.rows.iter().any(|row| is_demo(published, *row));
    out.sections.push(Section { title: String::new(), head, rows: rows.collect() });
    out
}

fn place(published: &PublishedCollection, row: u32) -> String {
    use geo::BoundingRect;
    let Some(geometry) = published.geometry(row) else { return "chưa có / none".to_owned() };
    let kind = GeometryKind::of(geometry).name();
    match geometry.bounding_rect() {
        Some(rect) if rect.min() == rect.max() => format!("{kind} {:.6}, {:.6}", rect.min().x, rect.min().y),
        Some(rect) => {
            let (min, max) = (rect.min(), rect.max());
            format!("{kind} {:.6}, {:.6} – {:.6}, {:.6}", min.x, min.y, max.x, max.y)
        }
        None => kind.to_owned(),
    }
}

fn outcome(rule: &RuleAssessment) -> Vec<Cell> {
    let word = match rule.outcome.as_str() {
        "met" => "đạt / met",
        "breached" => "vi phạm / breached",
        "unknown" => "chưa rõ / unknown",
        _ => "không áp dụng / not applicable",
    };
    vec![
        text(rule.rule.clone()),
        text(both(&rule.title.vi, &rule.title.en)),
        text(word),
        text(both(&rule.why.vi, &rule.why.en)),
    ]
}

pub fn item(base: &str, snapshot: &Snapshot, published: &PublishedCollection, row: u32) -> Page {
    let declared = &published.declaration;
    let url = format!("{base}/collections/{}", declared.id);
    let id = published.id(row);
    let values = declared.fields.iter().enumerate();
    let mut rows: Vec<_> = values
        .map(|(at, field)| {
            let unit = field.unit.map(|unit| format!(" ({unit})")).unwrap_or_default();
            vec![text(format!("{}{unit}", field.title)), text(shown(field, &published.value(row, at)))]
        })
        .collect();
    if declared.geometry.is_some() {
        rows.push(vec![text("Vị trí / Place (CRS84)"), text(place(published, row))]);
    }
    let name = declared.field("name_vi").map(|(at, _)| published.value(row, at).to_string());
    let mut page = Page::new(base, name.filter(|name| !name.is_empty()).unwrap_or_else(|| id.to_owned()))
        .at(declared.title.to_string(), format!("{url}?f=html"))
        .at("Đối tượng / Features".to_owned(), format!("{url}/items?f=html"))
        .link("GeoJSON", format!("{url}/items/{id}?f=geojson"));
    page.demo = is_demo(published, row);
    let assessment =
        SiteCollection::parse(&declared.id).and_then(|kind| snapshot.assessments.get(&(kind, id.to_owned())));
    if let Some(assessment) = assessment {
        let head = ["Mã / Id", "Quy định / Rule", "Kết quả / Outcome", "Vì sao / Why"];
        page = page
            .link("Đánh giá đầy đủ / Full assessment (JSON)", format!("{base}/compliance/{}/{id}", declared.id))
            .table("Rà soát tuân thủ / Compliance", &head, assessment.rules.iter().map(outcome).collect());
    }
    page.table("Thuộc tính / Attributes", &[], rows)
}

/// The API definition for people.
pub fn api(base: &str, definition: &serde_json::Value) -> Page {
    let mut page = Page::new(base, "Tài liệu API / API documentation".to_owned())
        .says("OGC API - Features 1.0, chỉ đọc. / OGC API - Features 1.0, read-only.".to_owned())
        .link("OpenAPI 3.0 (JSON)", format!("{base}/api"));
    let paths = definition["paths"].as_object().into_iter().flatten();
    let mut rows = Vec::new();
    for (path, operations) in paths {
        let operation = &operations["get"];
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let names: Vec<_> = parameters
            .filter_map(|parameter| {
                let reference = parameter["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
                reference.or_else(|| parameter["name"].as_str())
            })
            .collect();
        let href = if path.contains('{') { String::new() } else { format!("{base}{path}") };
        let summary = operation["summary"].as_str().unwrap_or_default();
        rows.push(vec![linked(format!("GET {path}"), href), text(summary), text(names.join(", "))]);
    }
    let head = ["Địa chỉ / Path", "Nội dung / Content", "Tham số / Parameters"];
    page = page.table("", &head, rows);
    let described = definition["components"]["parameters"].as_object().into_iter().flatten();
    let rows = described
        .map(|(name, parameter)| vec![text(name.clone()), text(parameter["description"].as_str().unwrap_or_default())]);
    page.table("Tham số chung / Common parameters", &[], rows.collect())
}
