//! A plan as a drawing: outlines and lines on layers that the bundled mapping knows, labels beside them, findings on layers of
//! their own. Coordinates are those of the registers, digit by digit.
//!
//! What the register says of a lot, a line or a building stands in the extended data of its outline, under the name LANGXANH, as
//! `field=value`; parts of one line have one `part_of`. So it comes back as it was, also what no label shows.

use std::cell::{Cell, RefCell};
use std::path::Path;

use gdal::DriverManager;
use gdal::vector::{Feature, Geometry as OgrGeometry, LayerAccess, LayerOptions};
use geo::{Coord, Geometry, InteriorPoint, LineString};

use super::super::messages::Listener;
use super::export::{Layer, value};
use crate::domain::portrayal::Portrayal;
use crate::domain::{Collection, Value};
use crate::geom::project::Transform;
use crate::geom::{Shape, wkb};
use crate::plan::drawing::rules::FIELDS;
use crate::plan::drawing::tags::{APPLICATION, PART_OF, Tag, Tags};
use crate::store::Row;

const BOUNDARY: &str = "RANH GIOI QH";
const LOTS: &str = "RANH LO";
const LABELS: &str = "KY HIEU LO";
const BUILDINGS: &str = "NHA";
const FINDINGS: &str = "FINDINGS";

/// The layer of a line by its kind and, where that matters, its infrastructure item.
const LINES: [(&str, Option<&str>, &str); 14] = [
    ("red_line", None, "CGDD"),
    ("building_line", None, "CGXD"),
    ("easement", None, "HANH LANG"),
    ("road_centre", None, "TIM DUONG"),
    ("road_edge", Some("PAVE"), "VIA HE"),
    ("road_edge", None, "MEP DUONG"),
    ("utility", Some("WATER"), "CAP NUOC"),
    ("utility", Some("DRAIN"), "THOAT NUOC"),
    ("utility", Some("POWER"), "CAP DIEN"),
    ("utility", Some("LIGHT"), "CHIEU SANG"),
    ("utility", Some("COMMS"), "THONG TIN"),
    ("utility", None, "TUYEN HTKT"),
    ("fence", None, "TUONG RAO"),
    ("other", None, "DUONG KHAC"),
];

fn line_layer(kind: &str, item: Option<&str>) -> &'static str {
    let found = LINES.iter().find(|(of, wants, _)| *of == kind && (wants.is_none() || *wants == item));
    found.map_or("DUONG KHAC", |(_, _, layer)| layer)
}

/// Height of letters, in metres: 3 mm on a sheet at 1:500.
const TEXT_M: f64 = 1.5;

/// Writes the layers of a plan; gives the number of rows that are in the drawing.
pub fn write(path: &Path, layers: &[Layer]) -> Result<u64, String> {
    let listener = Listener::start();
    let failed = |error: gdal::errors::GdalError| listener.last_words().unwrap_or_else(|| error.to_string());
    let driver = DriverManager::get_driver_by_name("DXF").map_err(failed)?;
    let mut dataset = driver.create_vector_only(path).map_err(failed)?;
    let mut written = 0;
    let said_of;
    {
        let layer =
            dataset.create_layer(LayerOptions { name: "entities", ..LayerOptions::default() }).map_err(failed)?;
        let pen = Pen { layer: &layer, attributes: RefCell::default(), wholes: Cell::default() };
        // All of a drawing is in one system: that of the plan.
        let crs = layers.first().and_then(|(plans, _)| plans.geometry.as_ref()).map(|geometry| geometry.crs.clone());
        for (collection, rows) in layers {
            let own = collection.geometry.as_ref().map(|geometry| geometry.crs.clone());
            let way = match own.zip(crs.clone()) {
                Some((from, to)) if from != to => Some(Transform::between(&from, &to).map_err(|e| e.to_string())?),
                _ => None,
            };
            for row in rows {
                let Some(mut shape) = row.shape.clone() else { continue };
                if let Some(way) = &way {
                    way.shape(&mut shape).map_err(|e| e.to_string())?;
                }
                pen.row(collection, row, &shape).map_err(failed)?;
                written += 1;
            }
        }
        said_of = pen.attributes.into_inner();
    }
    drop(dataset);
    if let Some(message) = listener.take().into_iter().find(|message| message.is_failure) {
        return Err(message.text);
    }
    finish(path, &said_of)?;
    Ok(written)
}

/// Attributes of one entity: the field and what the register says.
type Attributes = Vec<(String, String)>;

/// Puts right what GDAL writes: its header says inches and a plan is in metres; blanks of labels are plain ones; escapes have
/// capital digits, which every program reads. Puts in what GDAL does not write: attributes, as extended data of their entities.
fn finish(path: &Path, attributes: &[Attributes]) -> Result<(), String> {
    let tags = all_tags(path)?;
    // Handles are given once: the name of our data gets the next one, and the header says which is next.
    let handle = |tag: &Tag| u64::from_str_radix(String::from_utf8_lossy(tag.value.trim_ascii()).as_ref(), 16).ok();
    let next = tags.iter().filter(|tag| matches!(tag.code, 5 | 105)).filter_map(handle).max().unwrap_or_default() + 1;
    let file = std::fs::File::create(path).map_err(|e| e.to_string())?;
    let mut out = std::io::BufWriter::new(file);
    let mut write =
        |code: i32, value: &[u8]| Tag { code, value: value.to_vec() }.write(&mut out).map_err(|e| e.to_string());
    let (mut variable, mut section, mut table) = (Vec::new(), Vec::new(), Vec::new());
    let mut before = Tag::default();
    let mut rows = attributes.iter();
    let mut open: Option<&Attributes> = None;
    for tag in tags {
        let value = tag.value.trim_ascii();
        if tag.code == 0 {
            for piece in open.take().into_iter().flat_map(pieces) {
                write(piece.0, &piece.1)?;
            }
            if table == b"APPID" && value == b"ENDTAB" {
                let next = format!("{next:X}");
                let record: [(i32, &[u8]); 6] = [
                    (0, b"APPID"),
                    (5, next.as_bytes()),
                    (100, b"AcDbSymbolTableRecord"),
                    (100, b"AcDbRegAppTableRecord"),
                    (2, APPLICATION),
                    (70, b"0"),
                ];
                record.into_iter().try_for_each(|(code, value)| write(code, value))?;
            }
            if section == b"ENTITIES" && value != b"ENDSEC" {
                open = rows.next();
            }
        }
        match (tag.code, before.code, before.value.trim_ascii()) {
            (2, 0, b"SECTION") => section = value.to_vec(),
            (2, 0, b"TABLE") => table = value.to_vec(),
            (9, ..) => variable = value.to_vec(),
            _ => {}
        }
        match (variable.as_slice(), tag.code) {
            (b"$INSUNITS", 70) if section == b"HEADER" => write(70, b"     6")?,
            (b"$HANDSEED", 5) if section == b"HEADER" => write(5, format!("{:X}", next + 1).as_bytes())?,
            (_, code) => write(code, &mended(&tag.value))?,
        }
        before = tag;
    }
    std::io::Write::flush(&mut out).map_err(|e| e.to_string())
}

fn all_tags(path: &Path) -> Result<Vec<Tag>, String> {
    let file = std::fs::File::open(path).map_err(|e| e.to_string())?;
    let mut from = Tags::new(std::io::BufReader::new(file)).map_err(|e| e.to_string())?;
    let (mut tags, mut tag) = (Vec::new(), Tag::default());
    while from.next(&mut tag).map_err(|e| e.to_string())? {
        tags.push(tag.clone());
    }
    Ok(tags)
}

/// The extended data of an entity. A string of them holds 255 bytes; longer ones go on in the next, which begins with a plus.
fn pieces(attributes: &Attributes) -> Vec<(i32, Vec<u8>)> {
    const LONGEST: usize = 240;
    let mut tags = Vec::new();
    if !attributes.is_empty() {
        tags.push((1001, APPLICATION.to_vec()));
    }
    for (field, value) in attributes {
        let mut said = escaped(&format!("{field}={value}"));
        while said.len() > LONGEST {
            // An escape is not cut.
            let cut = said[..LONGEST]
                .iter()
                .rposition(|byte| *byte == b'\\')
                .filter(|at| *at > LONGEST - 7)
                .unwrap_or(LONGEST);
            let rest = said.split_off(cut);
            tags.push((1000, std::mem::replace(&mut said, [b"+", rest.as_slice()].concat())));
        }
        tags.push((1000, said));
    }
    tags
}

/// A text in ASCII, other letters as AutoCAD escapes them.
fn escaped(text: &str) -> Vec<u8> {
    let mut out = String::new();
    for letter in text.chars() {
        match u32::from(letter) {
            0x20..=0x7e => out.push(letter),
            0..0x20 => out.push(' '),
            code if code <= 0xffff => out.push_str(&format!("\\U+{code:04X}")),
            _ => out.push('?'),
        }
    }
    out.into_bytes()
}

/// A value with plain blanks and capital digits in escapes.
fn mended(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some(byte) = rest.first() {
        if rest.starts_with(b"\\\\") {
            out.extend_from_slice(&rest[..2]);
            rest = &rest[2..];
        } else if rest.starts_with(b"\\~") {
            out.push(b' ');
            rest = &rest[2..];
        } else if let Some(digits) = rest.strip_prefix(b"\\U+").and_then(|digits| digits.get(..4)) {
            out.extend_from_slice(b"\\U+");
            out.extend(digits.to_ascii_uppercase());
            rest = &rest[7..];
        } else {
            out.push(*byte);
            rest = &rest[1..];
        }
    }
    out
}

struct Pen<'a> {
    layer: &'a gdal::vector::Layer<'a>,
    /// Of every entity that was drawn, in their order.
    attributes: RefCell<Vec<Attributes>>,
    /// Lines of several parts so far.
    wholes: Cell<u32>,
}

/// What the register says of a row in the fields that a drawing brings back.
fn attributes(collection: &Collection, row: &Row) -> Attributes {
    let said =
        FIELDS.iter().filter_map(|field| Some(((*field).to_owned(), value(collection, row, field)?.to_string())));
    said.collect()
}

/// A number as Vietnamese labels have it.
fn number(value: f64) -> String {
    value.to_string().replace('.', ",")
}

impl Pen<'_> {
    fn row(&self, collection: &Collection, row: &Row, shape: &Shape) -> gdal::errors::Result<()> {
        let text = |field: &str| value(collection, row, field).and_then(Value::as_str);
        let figure = |field: &str| value(collection, row, field).and_then(Value::as_f64);
        let colour = colour(collection, row);
        let said = attributes(collection, row);
        match collection.id.as_str() {
            "plans" => self.outlines(BOUNDARY, colour, &shape.geometry, &Vec::new()),
            "plan_parcels" => {
                self.outlines(text("land_use_code").unwrap_or(LOTS), colour, &shape.geometry, &said)?;
                let figures = [
                    ("S = ", "area_m2", " m²"),
                    ("MĐXD: ", "density_max_pct", "%"),
                    ("TC: ", "storeys_max", ""),
                    ("HSSDĐ: ", "far_max", ""),
                    ("H: ", "height_max_m", " m"),
                    ("KL: ", "setback_m", " m"),
                ];
                let mut lines: Vec<String> =
                    text("lot_symbol").map(|symbol| format!("Lô: {symbol}")).into_iter().collect();
                let known = figures.iter().filter_map(|(key, field, unit)| Some((key, figure(field)?, unit)));
                lines.extend(known.map(|(key, figure, unit)| format!("{key}{}{unit}", number(figure))));
                lines.extend(text("use_vi").map(|words| format!("Chức năng: {words}")));
                self.label(LABELS, colour, &shape.geometry, &lines.join("\n"))
            }
            "plan_lines" => {
                let layer = line_layer(text("line_kind").unwrap_or_default(), text("item_code"));
                self.outlines(layer, colour, &shape.geometry, &said)
            }
            "buildings" => {
                self.outlines(BUILDINGS, colour, &shape.geometry, &said)?;
                let storeys = figure("storeys").map(|storeys| format!("{} tầng", number(storeys)));
                let words: Vec<String> = storeys.into_iter().chain(text("name_vi").map(str::to_owned)).collect();
                self.label(BUILDINGS, colour, &shape.geometry, &words.join("\n"))
            }
            _ => {
                let layer = format!("{FINDINGS} {}", text("severity").unwrap_or("info"));
                self.outlines(&layer, colour, &shape.geometry, &Vec::new())?;
                let words = [text("rule_id"), text("message_vi")].into_iter().flatten().collect::<Vec<_>>().join("\n");
                self.label(&layer, colour, &shape.geometry, &words)
            }
        }
    }

    /// Every ring and line of a geometry; a point gets a cross of a metre. Each outline and line carries what is said of it, and
    /// parts of one line its number.
    fn outlines(
        &self,
        layer: &str,
        colour: &str,
        geometry: &Geometry<f64>,
        said: &Attributes,
    ) -> gdal::errors::Result<()> {
        let style = format!("PEN(c:{colour})");
        let line = |line: &LineString<f64>, said: Attributes| {
            self.entity(layer, &style, None, Shape::flat(line.clone()), said)
        };
        match geometry {
            Geometry::LineString(one) => line(one, said.clone()),
            Geometry::MultiLineString(multi) => {
                let mut said = said.clone();
                if multi.0.len() > 1 {
                    self.wholes.set(self.wholes.get() + 1);
                    said.push((PART_OF.to_owned(), self.wholes.get().to_string()));
                }
                multi.0.iter().try_for_each(|part| line(part, said.clone()))
            }
            Geometry::Polygon(polygon) => {
                line(polygon.exterior(), said.clone())?;
                polygon.interiors().iter().try_for_each(|hole| line(hole, Vec::new()))
            }
            Geometry::MultiPolygon(multi) => {
                multi.0.iter().try_for_each(|part| self.outlines(layer, colour, &part.clone().into(), said))
            }
            Geometry::GeometryCollection(parts) => {
                parts.0.iter().try_for_each(|part| self.outlines(layer, colour, part, said))
            }
            Geometry::Point(point) => {
                let arm = |x: f64, y: f64| {
                    LineString(vec![Coord::from(*point) - Coord { x, y }, Coord::from(*point) + Coord { x, y }])
                };
                line(&arm(0.5, 0.0), Vec::new())?;
                line(&arm(0.0, 0.5), Vec::new())
            }
            Geometry::MultiPoint(multi) => {
                multi.0.iter().try_for_each(|part| self.outlines(layer, colour, &(*part).into(), said))
            }
            Geometry::Line(_) | Geometry::Rect(_) | Geometry::Triangle(_) => Ok(()),
        }
    }

    fn label(&self, layer: &str, colour: &str, geometry: &Geometry<f64>, words: &str) -> gdal::errors::Result<()> {
        let Some(at) = geometry.interior_point().filter(|_| !words.is_empty()) else { return Ok(()) };
        let quoted = words.replace('\\', "\\\\").replace('"', "\\\"");
        let style = format!("LABEL(f:\"Arial\",t:\"{quoted}\",s:{TEXT_M}g,p:5,c:{colour})");
        self.entity(layer, &style, Some(words), Shape::flat(at), Vec::new())
    }

    fn entity(
        &self,
        layer: &str,
        style: &str,
        text: Option<&str>,
        shape: Shape,
        said: Attributes,
    ) -> gdal::errors::Result<()> {
        let definition = self.layer.defn();
        let mut feature = Feature::new(definition)?;
        feature.set_field_string(feature.field_index("Layer")?, layer)?;
        if let Some(text) = text {
            feature.set_field_string(feature.field_index("Text")?, text)?;
        }
        let mut bytes = Vec::new();
        wkb::write_wkb(&shape, &mut bytes);
        feature.set_geometry(OgrGeometry::from_wkb(&bytes)?)?;
        let style = std::ffi::CString::new(style.replace('\0', " "))?;
        // SAFETY: the feature is live; GDAL copies the string.
        unsafe { gdal_sys::OGR_F_SetStyleString(feature.c_feature(), style.as_ptr()) };
        feature.create(self.layer)?;
        self.attributes.borrow_mut().push(said);
        Ok(())
    }
}

/// The colour that maps show a row in.
fn colour(collection: &Collection, row: &Row) -> &'static str {
    let portrayal = Portrayal::of(collection);
    let Some(legend) = portrayal.legend else { return portrayal.colour };
    let code = value(collection, row, legend.field).and_then(Value::as_str);
    let known = code.and_then(|code| legend.colours.iter().find(|(of, _)| *of == code));
    known.map_or(legend.other, |(_, colour)| colour)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plan::drawing::rules::{Role, Rules, Trait, codes};

    fn role(layer: &str) -> Role {
        let rules = Rules::parse(None).unwrap();
        rules.role(Trait { layer, block: None, colour: None, is_hatch: false }).cloned().unwrap()
    }

    #[test]
    fn every_layer_that_is_written_is_read_as_what_it_was() {
        for (kind, item, layer) in LINES {
            let Role::Line { kind: read, item: of } = role(layer) else { unreachable!("{layer}") };
            assert_eq!(read, kind, "{layer}");
            assert!(item.is_none() || of.as_deref() == item, "{layer}");
        }
        for code in codes("plan_lines", "line_kind") {
            assert!(LINES.iter().any(|(kind, ..)| *kind == code.code), "{}", code.code);
        }
        for code in codes("plan_parcels", "land_use_code") {
            assert_eq!(role(code.code), Role::LandUse(code.code.to_owned()));
        }
        assert_eq!((role(BOUNDARY), role(LOTS), role(LABELS)), (Role::Boundary, Role::Lots, Role::Labels));
        assert_eq!((role(BUILDINGS), role("FINDINGS error")), (Role::Building, Role::Ignored));
    }
}
