//! The entities of a drawing, whatever its format: geometry through GDAL, what GDAL leaves out from the tags of the file.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;

use geo::{Coord, Geometry};

use super::super::encoding::{self, TextReader};
use super::super::files::{DataSet, Format};
use super::super::geometry::{self, RawGeometry};
use super::super::table::{Cell, RawRow, Table};
use super::super::{EncodingChoice, ImportError, crs, files, limits, open, survey};
use super::PlanOptions;
use crate::geom::Crs;
use crate::plan::drawing::rules::Trait;
use crate::plan::drawing::tags::{self, Contents, PART_OF};
use crate::plan::drawing::text::{Run, Shown, font_hint, paragraph_runs, plain_runs, shown};
use crate::plan::drawing::{Entity, Form, NoteKind, Notes, Rules};
use crate::text::{self, Encoding, both};

/// How far a chord may be from the arc that it stands for, in metres.
const ARC_TOLERANCE_M: f64 = 0.002;

/// What a file holds.
pub struct Drawing {
    pub entities: Vec<Entity>,
    /// The system that the file names, or the user.
    pub crs: Option<Crs>,
    /// The unit that the header of a DXF names, in metres.
    pub header_unit_m: Option<f64>,
    pub notices: Vec<String>,
    vertices: u64,
    /// Lines of several parts.
    wholes: u64,
}

/// Reads every layer of every data set of the file.
///
/// # Errors
/// [`ImportError`] where the file cannot be read to its end, or is over a limit.
pub fn read(options: &PlanOptions, rules: &Rules, notes: &mut Notes) -> Result<Drawing, ImportError> {
    let mut drawing =
        Drawing { entities: Vec::new(), crs: None, header_unit_m: None, notices: Vec::new(), vertices: 0, wholes: 0 };
    for mut set in files::locate_all(&options.source)? {
        match set.format {
            Format::Dxf => drawing.read_dxf(&set, options, notes)?,
            Format::Shapefile
            | Format::GeoPackage
            | Format::Tab
            | Format::Mif
            | Format::GeoJson
            | Format::FlatGeobuf => {
                for layer in open::layer_names(&set)? {
                    set.layer = Some(layer.clone());
                    drawing.read_table(&set, &layer, (options, rules), notes)?;
                }
            }
            Format::Dbf if drawing.entities.is_empty() => {
                let reason = "đây là bảng không có hình: hãy chọn tệp .shp, hoặc .zip chứa đủ các tệp / it is a table without geometry: name the .shp, or a zip with all files".to_owned();
                return Err(ImportError::File { path: set.source, reason });
            }
            Format::Dbf => {}
            _ => {
                let reason = "đồ án nhận từ DXF, MapInfo TAB hoặc MIF, shapefile, GeoPackage, GeoJSON, FlatGeobuf, hoặc .zip của các tệp đó / a plan is taken from DXF, MapInfo TAB or MIF, shapefile, GeoPackage, GeoJSON or FlatGeobuf, or a zip of these";
                return Err(ImportError::File { path: set.source, reason: reason.to_owned() });
            }
        }
    }
    if drawing.crs.is_none() {
        drawing.crs = options.crs.clone();
    }
    Ok(drawing)
}

/// GDAL's way of drawing arcs on this thread while a drawing is read.
struct ArcConfig;

/// A chord of length c that spans an angle a is at most c·a/8 from its arc.
const STEP_DEGREES: f64 = 2.0;

/// The longest chord, in units of the drawing.
fn longest_chord(unit_m: f64) -> f64 {
    8.0 * ARC_TOLERANCE_M / STEP_DEGREES.to_radians() / unit_m
}

impl ArcConfig {
    const KEYS: [&'static str; 3] = ["OGR_ARC_STEPSIZE", "OGR_ARC_MAX_GAP", "DXF_FEATURE_LIMIT_PER_BLOCK"];

    fn set(chord: f64) -> Result<ArcConfig, gdal::errors::GdalError> {
        let values = [STEP_DEGREES.to_string(), chord.to_string(), "100000".to_owned()];
        for (key, value) in Self::KEYS.iter().zip(&values) {
            gdal::config::set_thread_local_config_option(key, value)?;
        }
        Ok(ArcConfig)
    }
}

impl Drop for ArcConfig {
    fn drop(&mut self) {
        for key in Self::KEYS {
            // The only error is a NUL in the key, and there is none.
            let _ = gdal::config::clear_thread_local_config_option(key);
        }
    }
}

/// Where the columns of GDAL's layer of a drawing are.
struct DxfColumns {
    layer: usize,
    paper: usize,
    classes: usize,
    handle: usize,
    text: usize,
}

impl DxfColumns {
    fn of(table: &Table) -> Option<DxfColumns> {
        let at = |name: &str| table.columns().iter().position(|column| column.name == name.as_bytes());
        Some(DxfColumns {
            layer: at("Layer")?,
            paper: at("PaperSpace")?,
            classes: at("SubClasses")?,
            handle: at("EntityHandle")?,
            text: at("Text")?,
        })
    }
}

fn bytes(cell: &Cell) -> &[u8] {
    match cell {
        Cell::Text(bytes) => bytes,
        _ => b"",
    }
}

impl Drawing {
    fn read_dxf(&mut self, set: &DataSet, options: &PlanOptions, notes: &mut Notes) -> Result<(), ImportError> {
        let broken = |reason: String| ImportError::Incomplete { path: set.source.clone(), reason };
        let from = BufReader::with_capacity(1 << 16, File::open(&set.path).map_err(|e| broken(e.to_string()))?);
        // The set holds a text drawing already.
        let mut nothing = || Ok(Box::new(std::io::sink()) as Box<dyn std::io::Write>);
        let contents = tags::contents(from, &mut nothing).map_err(|e| broken(e.to_string()))?;
        if !contents.has_end {
            return Err(broken(
                "tệp thiếu dấu kết thúc (EOF): đã bị cắt cụt / it ends without its end mark (EOF): it is cut off"
                    .to_owned(),
            ));
        }
        if super::super::whole::is_binary_dxf(&options.source) {
            notes.add_count(NoteKind::BinaryDrawing, "", 1, None);
        }
        self.tell_approximations(&contents, options.unit_m.unwrap_or(1.0), notes);
        let reader = DxfText::of(&contents, options.encoding, &mut self.notices)?;
        self.header_unit_m = contents.stated_unit_m();
        if let Some(asked) = &options.crs {
            let found = crs::decide(crs::Own::Unsaid, Some(asked), &mut self.notices)?;
            self.take_crs(found, set)?;
        }
        // Where nothing is said, millimetres are drawn as such until they are refused: as metres, arcs would have no end.
        let chord = longest_chord(options.unit_m.unwrap_or(if contents.is_beyond_metres() { 0.001 } else { 1.0 }));
        let vertices = contents.vertices(chord, 360.0 / STEP_DEGREES);
        if vertices.is_nan() || vertices > limits::DRAWING_VERTICES as f64 {
            return Err(ImportError::Limit {
                what: format!(
                    "{0} khi vẽ đủ các khối và cung / {0} with all blocks and arcs drawn",
                    set.source.display()
                ),
                limit: format!("{0} đỉnh / {0} vertices", limits::DRAWING_VERTICES),
            });
        }
        let _arcs = ArcConfig::set(chord).map_err(|e| broken(e.to_string()))?;
        let mut table = open::open(set, &mut self.notices)?;
        let columns = DxfColumns::of(&table).ok_or_else(|| {
            broken("GDAL không cho biết lớp và số hiệu / GDAL gives no layers and handles".to_owned())
        })?;
        let mut bare = contents.bare_splines.len();
        loop {
            let mut row = RawRow::default();
            match table.next(&mut row) {
                Ok(true) => {}
                Ok(false) => break,
                // Each spline that only a CAD program can draw is one error; the entity behind it is there all the same.
                Err(reason) if bare > 0 && reason.contains("error at line") => bare -= 1,
                Err(reason) => return Err(broken(reason)),
            }
            if row.cells.is_empty() {
                continue;
            }
            self.take_dxf_row(row, &columns, &contents, &reader, notes).map_err(broken)?;
        }
        let warnings = table.take_warnings();
        if let Some(limit) = warnings.iter().find(|warning| warning.contains("LIMIT_PER_BLOCK")) {
            return Err(broken(limit.clone()));
        }
        self.notices.extend(warnings.into_iter().map(|warning| format!("GDAL: {warning}")));
        Ok(())
    }

    fn tell_approximations(&self, contents: &Contents, unit_m: f64, notes: &mut Notes) {
        for layer in &contents.bare_splines {
            notes.add(NoteKind::BareSplines, &String::from_utf8_lossy(layer), None);
        }
        let count = |kind: &str| contents.types.get(kind).copied().unwrap_or_default();
        let curves: Vec<(&str, u64)> = ["ARC", "CIRCLE", "ELLIPSE", "BULGE"]
            .map(|kind| (kind, count(kind)))
            .into_iter()
            .filter(|(_, n)| *n > 0)
            .collect();
        let total = curves.iter().map(|(_, n)| n).sum();
        let kinds: Vec<String> = curves.iter().map(|(kind, n)| format!("{kind} {n}")).collect();
        let detail = format!("{}; ≤ {} mm", kinds.join(", "), ARC_TOLERANCE_M * 1000.0);
        notes.add_count(NoteKind::Curves, "", total, Some(detail));
        let gaps: Option<Vec<f64>> = contents.spline_gaps.iter().copied().collect();
        let widest = gaps.map(|gaps| gaps.into_iter().fold(0.0, f64::max) * unit_m * 1000.0);
        let told =
            widest.map_or_else(|| "≤ ? mm".to_owned(), |widest| format!("≤ {:.1} mm", (widest * 10.0).ceil() / 10.0));
        notes.add_count(NoteKind::Splines, "", contents.spline_gaps.len() as u64, Some(told));
    }

    fn take_dxf_row(
        &mut self,
        row: RawRow,
        columns: &DxfColumns,
        contents: &Contents,
        reader: &DxfText,
        notes: &mut Notes,
    ) -> Result<(), String> {
        let layer = reader.name(bytes(&row.cells[columns.layer]));
        if row.cells[columns.paper] == Cell::Boolean(true) {
            notes.add(NoteKind::PaperSpace, &layer, None);
            return Ok(());
        }
        let classes = String::from_utf8_lossy(bytes(&row.cells[columns.classes])).into_owned();
        let handle = String::from_utf8_lossy(bytes(&row.cells[columns.handle])).into_owned();
        // Drawings of before release 13 have no classes.
        let is_text = ["AcDbText", "AcDbMText", "AcDbAttribute"].iter().any(|class| classes.contains(class))
            || contents.texts.contains_key(&handle)
            || (classes.is_empty() && !bytes(&row.cells[columns.text]).is_empty());
        let attribute = |said: &Vec<u8>| {
            let said = reader.name(said);
            said.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let mut entity = Entity {
            layer,
            block: contents.blocks.get(&handle).map(|name| reader.name(name)),
            colour: contents.colours.get(&handle).copied(),
            is_hatch: classes.contains("AcDbHatch") || classes.contains("AcDbTrace"),
            form: Form::Point(Coord { x: 0.0, y: 0.0 }),
            columns: contents.attributes.get(&handle).into_iter().flatten().filter_map(attribute).collect(),
            part_of: None,
            has_heights: false,
        };
        let part_of = entity.columns.iter().position(|(name, _)| name == PART_OF);
        let part_of = part_of.and_then(|at| entity.columns.swap_remove(at).1.parse::<u32>().ok());
        entity.part_of = part_of.map(u64::from);
        let text = if is_text {
            // Text inside a block has the handle of the reference; GDAL's own reading of it must do.
            let raw = contents.texts.get(&handle);
            let found = match raw {
                Some(raw) => reader.shown(&raw.bytes, &raw.font, raw.is_paragraph),
                None => reader.shown(bytes(&row.cells[columns.text]), "", false),
            };
            if found.is_decoded {
                notes.add(NoteKind::DecodedText, &entity.layer, None);
            }
            Some((found.text, raw.and_then(|raw| raw.name.as_deref()).map(|name| reader.name(name))))
        } else {
            None
        };
        self.take_geometry(row.geometry, entity, text, notes)
    }

    fn take_geometry(
        &mut self,
        raw: Option<RawGeometry>,
        entity: Entity,
        text: Option<(String, Option<String>)>,
        notes: &mut Notes,
    ) -> Result<(), String> {
        let Some(raw) = raw else { return Ok(()) };
        let Some((shape, has_arcs)) = geometry::drawn(raw)? else {
            notes.add(NoteKind::NotPlanar, &entity.layer, None);
            return Ok(());
        };
        if has_arcs {
            notes.add(NoteKind::Curves, &entity.layer, None);
        }
        let has_heights = text.is_none() && shape.z.as_ref().is_some_and(|heights| heights.iter().any(|z| *z != 0.0));
        self.push(shape.geometry, &Entity { has_heights, ..entity }, text.as_ref());
        if self.vertices > limits::DRAWING_VERTICES {
            return Err(format!(
                "có hơn {0} đỉnh: hãy bỏ phần không thuộc đồ án / it has more than {0} vertices: leave out what is not of the plan",
                limits::DRAWING_VERTICES
            ));
        }
        Ok(())
    }

    fn push(&mut self, geometry: Geometry<f64>, like: &Entity, text: Option<&(String, Option<String>)>) {
        let form = match geometry {
            Geometry::LineString(line) => Form::Line(line),
            Geometry::Line(line) => Form::Line(vec![line.start, line.end].into()),
            Geometry::Polygon(polygon) => Form::Area(polygon),
            Geometry::Point(point) => match text {
                Some((text, name)) => Form::Text { at: point.into(), text: text.clone(), name: name.clone() },
                None => Form::Point(point.into()),
            },
            Geometry::MultiLineString(multi) => {
                self.wholes += 1;
                // Beyond the numbers that a drawing itself may give.
                let whole = Entity { part_of: Some((1 << 32) + self.wholes), ..like.clone() };
                return multi.0.into_iter().for_each(|part| self.push(part.into(), &whole, text));
            }
            Geometry::MultiPolygon(multi) => {
                return multi.0.into_iter().for_each(|part| self.push(part.into(), like, text));
            }
            Geometry::MultiPoint(multi) => {
                return multi.0.into_iter().for_each(|part| self.push(part.into(), like, text));
            }
            Geometry::GeometryCollection(parts) => {
                return parts.0.into_iter().for_each(|part| self.push(part, like, text));
            }
            Geometry::Rect(rect) => Form::Area(rect.to_polygon()),
            Geometry::Triangle(triangle) => Form::Area(triangle.to_polygon()),
        };
        self.vertices += match &form {
            Form::Line(line) => line.0.len() as u64,
            Form::Area(polygon) => geo::CoordsIter::coords_count(polygon) as u64,
            Form::Point(_) | Form::Text { .. } => 1,
        };
        self.entities.push(Entity { form, ..like.clone() });
    }

    /// Takes the system of one layer; all of a drawing have the same.
    fn take_crs(&mut self, found: Crs, set: &DataSet) -> Result<(), ImportError> {
        match &self.crs {
            Some(known) if *known != found => Err(ImportError::Crs(format!(
                "{0} có lớp theo {known} và lớp theo {found}: hãy đưa về cùng một hệ trước / {0} holds layers in {known} and in {found}: bring them into one system first",
                set.source.display()
            ))),
            _ => {
                self.crs = Some(found);
                Ok(())
            }
        }
    }

    fn read_table(
        &mut self,
        set: &DataSet,
        layer: &str,
        (options, rules): (&PlanOptions, &Rules),
        notes: &mut Notes,
    ) -> Result<(), ImportError> {
        let broken = |reason: String| ImportError::Incomplete { path: set.source.clone(), reason };
        let mut table = open::open(set, &mut self.notices)?;
        let Table::Layer(of_gdal) = &table else { return Ok(()) };
        if !of_gdal.has_geometry() {
            return Ok(());
        }
        let own = of_gdal.spatial_ref().map_or(crs::Own::Unsaid, crs::Own::Declared);
        if options.crs.is_some() || matches!(own, crs::Own::Declared(_)) {
            // A system that is local or undefined is the same as none: then the coordinates are asked.
            match crs::decide(own, options.crs.as_ref(), &mut self.notices) {
                Ok(found) => self.take_crs(found, set)?,
                Err(ImportError::Crs(reason)) if options.crs.is_none() && reason.contains("does not name") => {}
                Err(error) => return Err(error),
            }
        }
        let seen = survey::survey(&mut table).map_err(|error| match error {
            survey::SurveyError::Broken(reason) => broken(reason),
            survey::SurveyError::TooManyRows => broken("có quá nhiều dòng / it has too many rows".to_owned()),
        })?;
        let columns = table.columns().to_vec();
        let declared = set.declared_encoding.as_deref();
        let reader =
            encoding::decide(set.format, declared, options.encoding, &columns, &seen.samples, &mut self.notices)?;
        let names: Vec<String> = columns.iter().enumerate().map(|(at, column)| reader.name(at, &column.name)).collect();
        // A table of a whole drawing says in a column what the drawing's layer was; one whose own name is known does not ask.
        let is_known = rules.role(Trait { layer, block: None, colour: None, is_hatch: false }).is_some();
        let layer_column =
            names.iter().position(|name| !is_known && matches!(text::fold(name).as_str(), "layer" | "lop"));
        table.rewind().map_err(broken)?;
        let mut row = RawRow::default();
        let mut noughts = 0;
        while table.next(&mut row).map_err(broken)? {
            let mut attributes = HashMap::new();
            for (at, (cell, name)) in row.cells.iter().zip(&names).enumerate() {
                // MapInfo has no empty numbers: what is not on record stands there as nought.
                let is_nought = matches!(cell, Cell::Integer(0)) || matches!(cell, Cell::Number(n) if *n == 0.0);
                if is_nought && matches!(set.format, Format::Tab | Format::Mif) {
                    noughts += 1;
                    continue;
                }
                if let Some(text) = cell_text(&reader, at, cell).map_err(broken)? {
                    attributes.insert(at, (name.clone(), text));
                }
            }
            let own_layer = layer_column.and_then(|at| attributes.remove(&at)).map(|(_, layer)| layer);
            let mut columns: Vec<(usize, (String, String))> = attributes.into_iter().collect();
            columns.sort_by_key(|(at, _)| *at);
            let entity = Entity {
                layer: own_layer.unwrap_or_else(|| layer.to_owned()),
                block: None,
                colour: None,
                is_hatch: false,
                form: Form::Point(Coord { x: 0.0, y: 0.0 }),
                columns: columns.into_iter().map(|(_, column)| column).collect(),
                part_of: None,
                has_heights: false,
            };
            // A point with words is a label.
            let is_point = row.geometry.as_ref().and_then(RawGeometry::kind) == Some(crate::geom::GeometryKind::Point);
            let text =
                is_point.then(|| entity.columns.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n"));
            self.take_geometry(row.geometry.take(), entity, text.map(|text| (text, None)), notes).map_err(broken)?;
        }
        self.notices.extend(reader.notices());
        if noughts > 0 {
            self.notices.push(format!(
                "{layer}: {noughts} số bằng 0, trong MapInfo có thể là ô trống: coi như chưa có số liệu / {layer}: {noughts} numbers are 0, which in MapInfo may be nothing at all: they are taken as not on record"
            ));
        }
        Ok(())
    }
}

/// A cell as text; `None` where it is empty.
fn cell_text(reader: &TextReader, column: usize, cell: &Cell) -> Result<Option<String>, String> {
    Ok(match cell {
        Cell::Null => None,
        Cell::Text(bytes) => {
            Some(reader.text(column, bytes)?).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        }
        Cell::Integer(n) => Some(n.to_string()),
        // Six decimals: a point in front of three digits would read as one of thousands.
        Cell::Number(n) if n.fract() == 0.0 => Some(format!("{n:.0}")),
        Cell::Number(n) => Some(format!("{n:.6}")),
        Cell::Boolean(b) => Some(b.to_string()),
        Cell::Date(date) => Some(date.to_string()),
        Cell::DateTime(instant) => Some(instant.date_naive().to_string()),
    })
}

/// How the text of a DXF is read.
struct DxfText {
    /// What the bytes of the file are.
    of_file: Encoding,
    /// What text in fonts that say nothing is in, where it is not Unicode.
    otherwise: Option<Encoding>,
}

impl DxfText {
    fn of(contents: &Contents, choice: EncodingChoice, notices: &mut Vec<String>) -> Result<DxfText, ImportError> {
        let plain: Vec<&[u8]> = contents
            .texts
            .values()
            .filter(|text| !text.bytes.is_ascii() && !has_legacy_font(&text.bytes, &text.font))
            .map(|text| text.bytes.as_slice())
            .chain(contents.blocks.values().map(Vec::as_slice))
            .collect();
        // A drawing of our own escapes what its code page does not have: there is nothing to guess.
        if !contents.attributes.is_empty() && !contents.is_utf8() && choice == EncodingChoice::Auto {
            return Ok(DxfText { of_file: Encoding::Latin1, otherwise: None });
        }
        let detected = text::detect(plain.iter().copied());
        if contents.is_utf8() {
            let otherwise = match choice {
                EncodingChoice::Named(Encoding::Utf8 | Encoding::Utf16Le) => None,
                EncodingChoice::Named(encoding) => Some(encoding),
                EncodingChoice::Auto => detected.mojibake.filter(|_| !encoding::is_thin(&detected)),
            };
            if let (Some(encoding), EncodingChoice::Auto) = (otherwise, choice) {
                let reason = &detected.reason;
                notices.push(both!(
                    "đọc chữ của phông không rõ bảng mã theo {encoding}: {reason}",
                    "text in fonts that say nothing is read as {encoding}: {reason}";
                    reason
                ));
            }
            return Ok(DxfText { of_file: Encoding::Utf8, otherwise });
        }
        // Where only fonts of their own have other letters than ASCII, there is nothing to decide.
        if plain.iter().all(|bytes| bytes.is_ascii()) && choice == EncodingChoice::Auto {
            return Ok(DxfText { of_file: Encoding::Latin1, otherwise: None });
        }
        let fits = |encoding| plain.iter().all(|bytes| text::decode(encoding, bytes).malformed == 0);
        let found = match choice {
            EncodingChoice::Named(encoding) => encoding,
            EncodingChoice::Auto => encoding::byte_encoding(contents.code_page.as_deref(), &detected, &fits, notices)?,
        };
        Ok(match found {
            Encoding::Utf8 => DxfText { of_file: Encoding::Utf8, otherwise: None },
            other => DxfText { of_file: Encoding::Latin1, otherwise: Some(other) },
        })
    }

    /// Characters that stand for bytes where the file is no Unicode.
    fn characters(&self, bytes: &[u8]) -> String {
        match std::str::from_utf8(bytes) {
            Ok(text) if self.of_file == Encoding::Utf8 => text.to_owned(),
            _ => bytes.iter().copied().map(char::from).collect(),
        }
    }

    fn shown(&self, bytes: &[u8], font: &str, is_paragraph: bool) -> Shown {
        let raw = self.characters(bytes);
        let runs = if is_paragraph { paragraph_runs(&raw) } else { plain_runs(&raw) };
        shown(&runs, font, self.otherwise)
    }

    /// The name of a layer, a block or an attribute.
    fn name(&self, bytes: &[u8]) -> String {
        self.shown(bytes, "", false).text
    }
}

/// Whether any font of a text, its style's or one of its own, says how its bytes are read.
fn has_legacy_font(bytes: &[u8], font: &str) -> bool {
    let raw: String = bytes.iter().copied().map(char::from).collect();
    font_hint(font).is_some() || paragraph_runs(&raw).iter().any(|run: &Run| font_hint(&run.font).is_some())
}
