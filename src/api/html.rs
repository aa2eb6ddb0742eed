//! HTML pages of the API's resources: one template, filled with tables. Vietnamese first, English beside it.

use askama::Template;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use chrono::{DateTime, TimeDelta, Utc};

use super::reply::Reply;
use crate::compliance::{Assessment, Outcome, RuleAssessment, Standards};
use crate::domain::{Field, Kind, Value};
use crate::geom::GeometryKind;
use crate::ogc::compliance::parameter;
use crate::ogc::conformance as classes;
use crate::ogc::media_type::HTML;
use crate::publish::Snapshot;
use crate::publish::collection::{Page as ItemsPage, PublishedCollection};
use crate::publish::search::Hit as Found;
use crate::text::halves;

/// These pages load nothing and run no script.
pub(super) const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

/// A table cell, perhaps a link, perhaps with its English on a line of its own.
#[derive(Default)]
pub struct Cell {
    pub(super) text: String,
    pub(super) english: String,
    pub(super) href: String,
    /// A colour to be shown in front, `#rrggbb`.
    pub(super) colour: &'static str,
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

    /// Whether it has more columns than fit a page: a reader moves it sideways, past its first column, and of a long
    /// text sees the beginning. The page of the row has all of it.
    fn is_wide(&self) -> bool {
        self.head.len() > 8
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

pub(super) fn text(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), ..Cell::default() }
}

pub(super) fn linked(label: impl Into<String>, href: String) -> Cell {
    Cell { text: label.into(), href, ..Cell::default() }
}

/// A sentence in both languages, one below the other.
pub(super) fn sentence(vi: &str, en: &str) -> Cell {
    Cell { text: vi.to_owned(), english: if vi == en { String::new() } else { en.to_owned() }, ..Cell::default() }
}

/// A UCUM unit as people write it.
fn unit_text(unit: &str) -> &str {
    match unit {
        "1" => "",
        "har" => "ha",
        "m2" => "m²",
        "km2" => "km²",
        "m3/d" => "m³/ngày / m³/day",
        "m3/s" => "m³/s",
        "10*6.m3" => "10⁶ m³",
        other => other,
    }
}

/// What stands before a unit in parentheses, where there is one.
fn titled(field: &Field) -> String {
    match field.unit.map(unit_text) {
        None | Some("") => field.title.to_string(),
        Some(unit) => format!("{} ({unit})", field.title),
    }
}

/// The first crumbs of every page.
pub(super) fn home(base: &str) -> Vec<Cell> {
    vec![
        linked("Bản đồ / Map", format!("{base}/?f=html")),
        linked("Dữ liệu / Data", format!("{base}/collections?f=html")),
    ]
}

/// A page that says to a person why there is none, and leads back.
pub fn problem(base: &str, title: &str, detail: &str) -> Page {
    let (vi, en) = halves(detail);
    let page = Page::new(base, title.to_owned()).says(vi.to_owned());
    if vi == en { page } else { page.says(en.to_owned()) }
}

/// A moment as people in Hanoi write it.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    // The whole year round (Decree 98/1967: GMT+7).
    (at + TimeDelta::hours(7)).format("%d/%m/%Y %H:%M:%S").to_string()
}

impl Page {
    pub(super) fn new(base: &str, title: String) -> Page {
        Page { title, crumbs: home(base), lead: Vec::new(), demo: false, links: Vec::new(), sections: Vec::new() }
    }

    pub(super) fn at(mut self, label: String, href: String) -> Page {
        self.crumbs.push(linked(label, href));
        self
    }

    pub(super) fn says(mut self, line: String) -> Page {
        if !line.is_empty() {
            self.lead.push(line);
        }
        self
    }

    pub(super) fn link(mut self, label: &str, href: String) -> Page {
        self.links.push(Link { text: label.to_owned(), href, next: false });
        self
    }

    pub(super) fn table(mut self, title: &str, head: &[&str], rows: Vec<Vec<Cell>>) -> Page {
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

pub fn conformance(base: &str, is_editable: bool) -> Page {
    let rows = classes::classes(is_editable).into_iter().map(|class| vec![text(class)]).collect();
    Page::new(base, "Các lớp tuân thủ OGC / Conformance classes".to_owned())
        .link("JSON", format!("{base}/conformance?f=json"))
        .table("", &["URI"], rows)
}

/// How many features a collection has; about how many where nobody counts them.
fn count(published: &PublishedCollection) -> String {
    match published.remote.as_ref().map(|remote| remote.rows()) {
        None => published.len().to_string(),
        Some((rows, true)) => rows.to_string(),
        Some((rows, false)) => format!("≈ {rows}"),
    }
}

pub fn collections(base: &str, snapshot: &Snapshot) -> Page {
    let row = |published: &PublishedCollection| {
        let declared = &published.declaration;
        let url = format!("{base}/collections/{}", declared.id);
        vec![
            linked(declared.title.to_string(), format!("{url}?f=html")),
            linked(count(published), format!("{url}/items?f=html")),
            text(declared.geometry.as_ref().map_or("–", |geometry| geometry.kind.name())),
            sentence(&declared.description.vi, &declared.description.en),
        ]
    };
    let head = ["Tập dữ liệu / Collection", "Số đối tượng / Features", "Hình học / Geometry", "Mô tả / Description"];
    let page = Page::new(base, "Các tập dữ liệu / Collections".to_owned());
    let page = snapshot.unserved.iter().fold(page, |page, table| {
        page.says(format!("Không đọc được bảng / A table cannot be read: {}: {}", table.table, table.reason))
    });
    page.link("JSON", format!("{base}/collections?f=json"))
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
        text(field.unit.map(unit_text).unwrap_or_default()),
        text(if codes.is_empty() { origin.to_owned() } else { codes.join("; ") }),
    ]
}

pub fn collection(base: &str, published: &PublishedCollection) -> Page {
    let declared = &published.declaration;
    let url = format!("{base}/collections/{}", declared.id);
    let mut facts = vec![vec![text("Số đối tượng / Features"), text(count(published))]];
    if published.remote.is_some() {
        let why = sentence(
            "cơ sở dữ liệu: không có tìm theo từ (q) và sắp xếp theo chữ",
            "the database: without search by words (q) and order by texts",
        );
        facts.push(vec![text("Giữ trong / Kept in"), why]);
    }
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
        .link("CSV", format!("{url}/download?f=csv"))
        .link("Excel", format!("{url}/download?f=xlsx"))
        .link("GeoPackage", format!("{url}/download?f=gpkg"))
        .link("Queryables", format!("{url}/queryables?f=json"))
        .link("Sortables", format!("{url}/sortables?f=json"))
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
        // Ratios come with all the digits of their division.
        (None, Value::Number(number)) => Value::Number((number * 1e6).round() / 1e6).to_string(),
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
    head.extend(declared.fields.iter().map(titled));
    let rows = page.rows.iter().map(|row| {
        let id = published.id(*row);
        let mut cells = vec![linked(id, format!("{url}/items/{id}?f=html"))];
        let values = declared.fields.iter().enumerate().map(|(at, field)| shown(field, &published.value(*row, at)));
        cells.extend(values.map(text));
        cells
    });
    let matched = page.matched.map(|matched| format!(" / {matched}")).unwrap_or_default();
    let counted = format!("{}{matched} đối tượng / features", page.rows.len());
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

/// A feature that a search has found.
pub struct Hit {
    name: String,
    collection: String,
    href: String,
}

impl Hit {
    pub fn new(base: &str, hit: &Found<'_>) -> Hit {
        let declared = &hit.collection.declaration;
        let href = format!("{base}/collections/{}/items/{}?f=html", declared.id, hit.collection.id(hit.row));
        Hit { name: hit.name.clone(), collection: declared.title.to_string(), href }
    }
}

/// What a search across collections has found.
pub fn search(base: &str, typed: &str, hits: Vec<Hit>, matched: usize) -> Page {
    let counted = format!("{} / {matched} kết quả cho “{typed}” / results for “{typed}”", hits.len());
    let rows = hits.into_iter().map(|hit| vec![linked(hit.name, hit.href), text(hit.collection)]).collect();
    let head = ["Tên / Name", "Tập dữ liệu / Collection"];
    Page::new(base, "Tìm kiếm / Search".to_owned()).says(counted).table("", &head, rows)
}

/// What stands where a record says nothing.
const NOT_ON_RECORD: &str = "chưa có thông tin / not on record";

fn place(published: &PublishedCollection, row: u32) -> String {
    use geo::BoundingRect;
    let Some(geometry) = published.geometry(row) else { return NOT_ON_RECORD.to_owned() };
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

/// Outcomes in the order in which a reader wants them.
const URGENCY: [Outcome; 4] = [Outcome::Breached, Outcome::Unknown, Outcome::Met, Outcome::NotApplicable];

fn outcome(rule: &RuleAssessment) -> Vec<Cell> {
    let (vi, en) = match rule.outcome {
        Outcome::Met => ("đạt", "met"),
        Outcome::Breached => ("vi phạm", "breached"),
        Outcome::Unknown => ("chưa rõ", "unknown"),
        Outcome::NotApplicable => ("không áp dụng", "not applicable"),
    };
    vec![
        sentence(vi, en),
        sentence(&rule.title.vi, &rule.title.en),
        sentence(&rule.why.vi, &rule.why.en),
        text(rule.rule.clone()),
    ]
}

/// A feature with everything on record of it; of a site also why it has the status it has.
pub fn item(
    base: &str,
    standards: &Standards,
    assessment: Option<&Assessment>,
    published: &PublishedCollection,
    row: u32,
) -> Page {
    let declared = &published.declaration;
    let url = format!("{base}/collections/{}", declared.id);
    let id = published.id(row);
    let values = declared.fields.iter().enumerate();
    let mut rows: Vec<_> = values
        .map(|(at, field)| {
            let value = published.value(row, at);
            // Registers name a parameter by its code.
            let parameter = value
                .as_str()
                .filter(|_| matches!(field.name.as_str(), "effluent_worst_parameter" | "parameter_code"))
                .and_then(|code| parameter(standards, code));
            let cell = match (&value, parameter) {
                (Value::Null, _) => text(NOT_ON_RECORD),
                // A list that was made and holds nothing.
                (Value::Text(none), _) if none.is_empty() => text("không có / none"),
                (_, Some(name)) => sentence(&name.vi, &name.en),
                (value, None) => text(shown(field, value)),
            };
            vec![text(titled(field)), cell]
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
    if declared.kind != Kind::Derived {
        page = page.link("Lịch sử / History", format!("{url}/items/{id}/versions?f=html"));
    }
    page.demo = is_demo(published, row);
    if let Some(assessment) = assessment {
        let head = ["Kết quả / Outcome", "Quy định / Rule", "Vì sao / Why", "Mã / Id"];
        let mut rules: Vec<_> = assessment.rules.iter().collect();
        rules.sort_by_key(|rule| URGENCY.iter().position(|outcome| *outcome == rule.outcome));
        page = page
            .link("Xem trên bản đồ / Show on the map", format!("{base}/?f=html#{}/{id}", declared.id))
            .link("Đánh giá đầy đủ / Full assessment (JSON)", format!("{base}/compliance/{}/{id}", declared.id))
            .table("Rà soát tuân thủ / Compliance", &head, rules.into_iter().map(outcome).collect());
    }
    page.table("Thuộc tính / Attributes", &[], rows)
}

/// The API definition for people.
pub fn api(base: &str, definition: &serde_json::Value) -> Page {
    let mut page = Page::new(base, "Tài liệu API / API documentation".to_owned())
        .says("Theo OGC API: Features 1.0, Tiles 1.0, Processes 1.0. / After OGC API: Features 1.0, Tiles 1.0, Processes 1.0.".to_owned())
        .link("OpenAPI 3.0 (JSON)", format!("{base}/api"));
    let paths = definition["paths"].as_object().into_iter().flatten();
    let mut rows = Vec::new();
    let operations = paths.flat_map(|(path, item)| item.as_object().into_iter().flatten().map(move |of| (path, of)));
    // What all operations of a path take stands among them.
    for (path, (method, operation)) in operations.filter(|(_, (_, operation))| operation.is_object()) {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let resolved = |parameter| {
            let parameter: &serde_json::Value = parameter;
            let target = parameter["$ref"].as_str().and_then(|reference| definition.pointer(reference.get(1..)?));
            target.unwrap_or(parameter)
        };
        let parameters: Vec<_> = parameters.map(resolved).collect();
        let names: Vec<_> = parameters.iter().filter_map(|parameter| parameter["name"].as_str()).collect();
        // Without what it requires a resource cannot be opened.
        let is_open = method == "get" && !parameters.iter().any(|parameter| parameter["required"] == true);
        let href = if is_open { format!("{base}{path}") } else { String::new() };
        let summary = operation["summary"].as_str().unwrap_or_default();
        rows.push(vec![
            linked(format!("{} {path}", method.to_uppercase()), href),
            text(summary),
            text(names.join(", ")),
        ]);
    }
    let head = ["Địa chỉ / Path", "Nội dung / Content", "Tham số / Parameters"];
    page = page.table("", &head, rows);
    let described = definition["components"]["parameters"].as_object().into_iter().flatten();
    let rows = described.map(|(_, parameter)| {
        vec![
            text(parameter["name"].as_str().unwrap_or_default()),
            text(parameter["description"].as_str().unwrap_or_default()),
        ]
    });
    page.table("Tham số chung / Common parameters", &[], rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_nobody_has_words_for_stays_and_a_bare_number_has_none() {
        assert_eq!(unit_text("mg/l"), "mg/l");
        assert_eq!(unit_text("1"), "");
    }

    #[test]
    fn units_are_written_as_people_do() {
        let written = ["har", "m3/d", "10*6.m3", "m2", "km2"].map(unit_text);
        assert_eq!(written, ["ha", "m³/ngày / m³/day", "10⁶ m³", "m²", "km²"]);
    }

    #[test]
    fn a_sentence_that_is_the_same_in_both_languages_is_said_once() {
        assert_eq!(sentence("pH", "pH").english, "");
        assert_eq!(sentence("Tên", "Name").english, "Name");
    }
}
