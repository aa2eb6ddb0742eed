//! Export: rows of a collection into a file whose ending names the format. The file appears when it is complete.

use std::io;
use std::path::{Path, PathBuf};

use super::mapping::dbase_names;
use super::pmtiles::TileSink;
use super::sheet::SheetSink;
use super::sink::{CsvSink, GdalSink, Layout};
use super::{ExportError, ExportOptions, ExportReport};
use super::{archive, flatgeobuf, geojson, geometry, styles, whole};
use crate::domain::{Collection, DataType, Field, Value, added_name};
use crate::geom::geojson::{LONLAT_DECIMALS, METRE_DECIMALS};
use crate::geom::project::{self, Transform};
use crate::geom::{Crs, Envelope, GeometryKind, Shape};
use crate::store::{Row, StoreError};
use crate::text::both;

const STEP: u64 = 1_000;

/// Bytes that a text column of dBase holds.
const DBASE_TEXT: usize = 254;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    GeoPackage,
    GeoJson,
    GeoJsonSeq,
    FlatGeobuf,
    Shapefile,
    ZippedShapefile,
    Csv,
    Xlsx,
    Kml,
    PmTiles,
}

const ENDINGS: [(&str, Format); 12] = [
    (".shp.zip", Format::ZippedShapefile),
    (".gpkg", Format::GeoPackage),
    (".geojson", Format::GeoJson),
    (".json", Format::GeoJson),
    (".geojsonl", Format::GeoJsonSeq),
    (".ndjson", Format::GeoJsonSeq),
    (".fgb", Format::FlatGeobuf),
    (".shp", Format::Shapefile),
    (".csv", Format::Csv),
    (".xlsx", Format::Xlsx),
    (".kml", Format::Kml),
    (".pmtiles", Format::PmTiles),
];

impl Format {
    fn of(path: &Path) -> Result<Format, ExportError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let found = ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, format)| *format);
        let known: Vec<&str> = ENDINGS.iter().map(|(ending, _)| *ending).collect();
        found.ok_or_else(|| {
            file_fault(path, &format!("đuôi tệp không thuộc các định dạng ghi được: {0} / its ending names no format that is written: {0}", known.join(", ")))
        })
    }

    fn is_wgs84_only(self) -> bool {
        matches!(self, Format::Kml | Format::GeoJsonSeq | Format::PmTiles)
    }

    /// Whether there is no such file without places.
    fn needs_places(self) -> bool {
        matches!(self, Format::FlatGeobuf | Format::PmTiles)
    }

    /// Whether places stand in columns.
    fn is_sheet(self) -> bool {
        matches!(self, Format::Csv | Format::Xlsx)
    }

    fn is_dbase(self) -> bool {
        matches!(self, Format::Shapefile | Format::ZippedShapefile)
    }
}

fn file_fault(path: &Path, reason: &str) -> ExportError {
    ExportError::File { path: path.to_owned(), reason: reason.to_owned() }
}

/// Whether the format that an ending names may have an index over places ([`ExportOptions::has_spatial_index`]).
pub fn may_be_indexed(out: &Path) -> bool {
    Format::of(out).is_ok_and(|format| format == Format::FlatGeobuf)
}

/// As [`export_as_read`], of rows that are there.
///
/// # Errors
/// As [`export_as_read`].
pub fn export(
    collection: &Collection,
    rows: &mut dyn Iterator<Item = Row>,
    options: &ExportOptions,
    progress: &dyn Fn(u64, Option<u64>),
) -> Result<ExportReport, ExportError> {
    export_as_read(collection, &mut rows.map(Ok), options, progress)
}

/// Writes rows to a file as they come. Rows may carry the derived fields of the collection behind the stored ones; each feature's id
/// stands in the first column. `progress` hears of rows written; how many there are is not known.
///
/// # Errors
/// [`ExportError`]; no file is left behind then. A file that exists is never overwritten.
pub fn export_as_read(
    collection: &Collection,
    rows: &mut dyn Iterator<Item = Result<Row, StoreError>>,
    options: &ExportOptions,
    progress: &dyn Fn(u64, Option<u64>),
) -> Result<ExportReport, ExportError> {
    let format = Format::of(&options.out)?;
    let mut rows = rows.peekable();
    let is_whole = |row: &Row| row.values.len() == collection.fields.len();
    let has_derived = rows.peek().is_some_and(|row| row.as_ref().is_ok_and(is_whole));
    let fields: Vec<&Field> =
        if has_derived { collection.fields.iter().collect() } else { collection.stored_fields().collect() };
    let filter = Filter::of(collection, &fields, options)?;
    let way = Way::of(collection, format, options)?;
    let work = Work::begin(&options.out, format)?;
    let fault = |reason: String| file_fault(&options.out, &reason);
    let begin = |is_indexed| Sink::create(&work.path, format, collection, &fields, &way, is_indexed).map_err(fault);
    let mut sink = begin(options.has_spatial_index)?;
    let mut report = ExportReport::default();
    let mut without_place = 0u64;
    for row in rows {
        let row = row?;
        let of_feature = |reason: String| ExportError::Feature { id: row.id.to_string(), reason };
        if !filter.takes(&row).map_err(of_feature)? {
            continue;
        }
        let shape = way.shape(row.shape.as_ref()).map_err(of_feature)?;
        // A tile shows places and nothing else.
        if shape.is_none() && format == Format::PmTiles {
            without_place += 1;
            continue;
        }
        sink.write(&row, shape.as_ref()).map_err(of_feature)?;
        report.written += 1;
        if report.written.is_multiple_of(STEP) {
            progress(report.written, None);
        }
    }
    report.notices = sink.finish().map_err(fault)?;
    if format == Format::GeoPackage {
        let geometry = way.geometry.map(|_| geometry_column(&fields));
        styles::add(&work.path, collection, &fields, geometry.as_deref()).map_err(fault)?;
    }
    if report.written == 0 && format == Format::FlatGeobuf {
        // Without features and without an index, GDAL writes not even the head.
        std::fs::remove_file(&work.path).map_err(|error| fault(error.to_string()))?;
        begin(true)?.finish().map_err(fault)?;
    }
    read_again(&work.path, format, report.written).map_err(fault)?;
    if without_place > 0 {
        let notice = "đối tượng không có hình bị bỏ vì định dạng này không chứa được; ghi .gpkg để giữ lại / features without a geometry were left out, which this format does not hold; write .gpkg to keep them";
        report.notices.push(both!("{without_place} {notice}"; notice));
    }
    work.publish()?;
    progress(report.written, Some(report.written));
    Ok(report)
}

/// Reads a finished file of those drivers that do not hear that the disk is full.
fn read_again(path: &Path, format: Format, written: u64) -> Result<(), String> {
    let cut = |reason: String| both!("chưa ghi xong tệp ({reason}): hãy dọn chỗ trên đĩa", "it was not written to its end ({reason}): make room on the disk"; reason);
    match format {
        Format::Kml => whole::xml(path).map_err(cut),
        Format::GeoJson => geojson::outline(path).map(|_| ()).map_err(cut),
        Format::GeoJsonSeq if written > 0 => match geojson::outline(path).map_err(cut)?.texts {
            texts if texts == written => Ok(()),
            texts => Err(cut(format!("{texts} of {written} features"))),
        },
        Format::Xlsx => archive::inspect(path).map_err(|error| cut(error.to_string())),
        _ => Ok(()),
    }
}

/// Which rows are meant.
struct Filter {
    bbox: Option<(Envelope, Crs)>,
    /// Position among the values, `None` for the id, and the text that it must have.
    equals: Vec<(Option<usize>, String)>,
}

impl Filter {
    fn of(collection: &Collection, fields: &[&Field], options: &ExportOptions) -> Result<Filter, ExportError> {
        let mut equals = Vec::new();
        for (name, text) in &options.where_equals {
            let at = fields.iter().position(|field| field.name == *name);
            if at.is_none() && name != "id" {
                let known: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
                let known = known.join(", ");
                return Err(ExportError::Options(format!(
                    "tập dữ liệu '{0}' không có trường '{name}'; có id, {known} / collection '{0}' has no field '{name}'; it has id, {known}",
                    collection.id
                )));
            }
            equals.push((at, text.clone()));
        }
        let crs = collection.geometry.as_ref().map(|geometry| geometry.crs.clone());
        Ok(Filter { bbox: options.bbox.zip(crs), equals })
    }

    fn takes(&self, row: &Row) -> Result<bool, String> {
        let has_text = |(at, text): &(Option<usize>, String)| match at {
            Some(at) => row.values.get(*at).is_some_and(|value| value.to_string() == *text),
            None => row.id.as_str() == text,
        };
        if !self.equals.iter().all(has_text) {
            return Ok(false);
        }
        let Some((bbox, crs)) = &self.bbox else { return Ok(true) };
        let Some(shape) = &row.shape else { return Ok(false) };
        let mut shape = shape.clone();
        let to_lonlat = Transform::between(crs, &Crs::Crs84).map_err(|e| e.to_string())?;
        to_lonlat.shape(&mut shape).map_err(|e| e.to_string())?;
        let meets = |e: Envelope| {
            e.min_x <= bbox.max_x && bbox.min_x <= e.max_x && e.min_y <= bbox.max_y && bbox.min_y <= e.max_y
        };
        Ok(Envelope::of(&shape.geometry).is_some_and(meets))
    }
}

/// The way of coordinates from the store into the file.
struct Way {
    geometry: Option<(GeometryKind, bool)>,
    crs: Crs,
    transform: std::rc::Rc<Transform>,
}

impl Way {
    fn of(collection: &Collection, format: Format, options: &ExportOptions) -> Result<Way, ExportError> {
        let stored = collection.geometry.as_ref().map_or(Crs::Crs84, |geometry| geometry.crs.clone());
        let by_rule = if format.is_wgs84_only() || format == Format::GeoJson { Crs::Crs84 } else { stored.clone() };
        let crs = options.crs.clone().unwrap_or(by_rule);
        if format.is_wgs84_only() && !crs.is_wgs84() {
            return Err(ExportError::Options(format!(
                "định dạng này luôn theo WGS 84: hãy bỏ --crs {crs}, hoặc ghi .gpkg / this format is always in WGS 84: leave out --crs {crs}, or write .gpkg"
            )));
        }
        let geometry = collection.geometry.as_ref().map(|geometry| (geometry.kind, geometry.has_z));
        let holds_one_type = format.is_dbase();
        if holds_one_type && matches!(geometry, Some((GeometryKind::Geometry | GeometryKind::GeometryCollection, _))) {
            let reason = "shapefile chỉ chứa một kiểu hình, còn tập dữ liệu này có nhiều kiểu: hãy ghi .gpkg / a shapefile holds one type of geometry, and this collection mixes them: write .gpkg";
            return Err(file_fault(&options.out, reason));
        }
        if geometry.is_none() && format.needs_places() {
            return Err(file_fault(
                &options.out,
                "định dạng này chứa vị trí, còn tập dữ liệu này không có: hãy ghi .csv hoặc .gpkg / this format holds places, and this collection has none: write .csv or .gpkg",
            ));
        }
        let transform = Transform::between(&stored, &crs).map_err(|error| ExportError::Options(error.to_string()))?;
        Ok(Way { geometry, crs, transform })
    }

    fn shape(&self, shape: Option<&Shape>) -> Result<Option<Shape>, String> {
        let Some(shape) = shape else { return Ok(None) };
        let mut shape = shape.clone();
        self.transform.shape(&mut shape).map_err(|error| error.to_string())?;
        Ok(Some(shape))
    }

    fn is_geographic(&self) -> bool {
        self.crs.is_wgs84() || project::spatial_ref(&self.crs).is_ok_and(|srs| srs.is_geographic())
    }
}

/// What writes the rows.
struct Sink {
    kind: SinkKind,
    format: Format,
    is_point: bool,
    has_z: bool,
    has_geometry: bool,
    has_wkt: bool,
    cut: u64,
    notices: Vec<String>,
}

enum SinkKind {
    Gdal(GdalSink),
    FlatGeobuf(FlatGeobufSink),
    Csv(Box<CsvSink>),
    Sheet(Box<SheetSink>),
    Tiles(Box<TileSink>),
}

impl Sink {
    fn create(
        path: &Path,
        format: Format,
        collection: &Collection,
        fields: &[&Field],
        way: &Way,
        is_indexed: bool,
    ) -> Result<Sink, String> {
        let is_point = matches!(way.geometry, Some((GeometryKind::Point, _)));
        let has_z = way.geometry.is_some_and(|(_, has_z)| has_z);
        let mut notices = Vec::new();
        // A user's own table may have fields of the names that files have for themselves.
        let added = |name: &str| added_name(name, fields.iter().map(|field| field.name.as_str()));
        let mut columns = vec![(added("id"), DataType::Text)];
        columns.extend(fields.iter().map(|field| (field.name.clone(), field.data_type)));
        if format.is_sheet() && is_point {
            let names = if way.is_geographic() { ["lon", "lat", "z"] } else { ["x", "y", "z"] };
            let numbers = if has_z { 3 } else { 2 };
            columns.extend(names.into_iter().take(numbers).map(|name| (added(name), DataType::Number)));
        } else if format == Format::Csv && way.geometry.is_some() {
            columns.push((added("wkt"), DataType::Text));
        } else if format == Format::Xlsx && way.geometry.is_some() {
            notices.push(
                "ô bảng tính không chứa được ranh giới nên chỉ có thuộc tính; ghi .csv hoặc .gpkg để có cả hai / a cell holds no boundary: the sheet has the attributes alone; write .csv or .gpkg for both".to_owned(),
            );
        }
        if format.is_dbase() {
            let short = dbase_names(columns.iter().map(|(name, _)| name.as_str()));
            let told: Vec<String> = columns
                .iter()
                .zip(&short)
                .filter(|((name, _), short)| name != *short)
                .map(|((name, _), short)| format!("{name} → {short}"))
                .collect();
            if !told.is_empty() {
                notices.push(format!(
                    "tên cột của shapefile chỉ có 10 ký tự: {0} / columns of a shapefile have 10 letters: {0}",
                    told.join(", ")
                ));
            }
            columns.iter_mut().zip(short).for_each(|(column, short)| column.0 = short);
        }
        let has_geometry = way.geometry.is_some() && !format.is_sheet();
        let has_wkt = way.geometry.is_some() && !is_point;
        let kind = if format == Format::Csv {
            SinkKind::Csv(Box::new(CsvSink::create(path, columns.iter().map(|(name, _)| name.as_str()))?))
        } else if format == Format::Xlsx {
            let header = columns.iter().map(|(name, _)| name.as_str());
            SinkKind::Sheet(Box::new(SheetSink::create(path, &collection.id, header)?))
        } else if format == Format::PmTiles {
            SinkKind::Tiles(Box::new(TileSink::create(path, collection, fields)?))
        } else {
            let srs = has_geometry.then(|| project::spatial_ref(&way.crs)).transpose().map_err(|e| e.to_string())?;
            let layout = Layout { name: &collection.id, columns, geometry: way.geometry.filter(|_| has_geometry), srs };
            let options = layer_options(format, way, is_indexed, &added);
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            let sink = GdalSink::create(path, driver(format), &options, &layout, format == Format::Kml)?;
            match way.geometry {
                Some((kind, has_z)) if format == Format::FlatGeobuf => SinkKind::FlatGeobuf(FlatGeobufSink {
                    sink,
                    path: path.to_owned(),
                    stand_in: (!is_indexed).then(|| flatgeobuf::stand_in(kind, has_z)),
                    written: 0,
                    placeless: Vec::new(),
                }),
                _ => SinkKind::Gdal(sink),
            }
        };
        Ok(Sink { kind, format, is_point, has_z, has_geometry, has_wkt, cut: 0, notices })
    }

    fn write(&mut self, row: &Row, shape: Option<&Shape>) -> Result<(), String> {
        if let SinkKind::Tiles(sink) = &mut self.kind {
            return shape.map_or(Ok(()), |shape| sink.write(row, shape));
        }
        let mut values = Vec::with_capacity(row.values.len() + 4);
        values.push(Value::from(row.id.as_str()));
        values.extend(row.values.iter().cloned());
        if self.format.is_dbase() {
            self.cut += values.iter_mut().map(shorten).sum::<u64>();
        }
        if self.format.is_sheet() && self.is_point {
            let point = match shape.map(|shape| &shape.geometry) {
                Some(geo::Geometry::Point(point)) => [Value::Number(point.x()), Value::Number(point.y())],
                _ => [Value::Null, Value::Null],
            };
            values.extend(point);
            if self.has_z {
                let height = shape.and_then(|shape| shape.z.as_ref()?.first().copied());
                values.push(height.into());
            }
        } else if self.format == Format::Csv && self.has_wkt {
            values.push(shape.map(geometry::well_known_text).transpose()?.into());
        }
        match &mut self.kind {
            SinkKind::Gdal(sink) => sink.write(&values, shape.filter(|_| self.has_geometry)),
            SinkKind::FlatGeobuf(sink) => sink.write(&values, shape),
            SinkKind::Csv(sink) => sink.write(&values),
            SinkKind::Sheet(sink) => sink.write(&values),
            SinkKind::Tiles(_) => Ok(()),
        }
    }

    fn finish(self) -> Result<Vec<String>, String> {
        let mut notices = self.notices;
        match self.kind {
            SinkKind::Gdal(sink) => sink.finish()?,
            SinkKind::FlatGeobuf(sink) => sink.finish()?,
            SinkKind::Csv(sink) => sink.finish()?,
            SinkKind::Sheet(sink) => {
                if sink.cut > 0 {
                    let notice = "văn bản bị cắt còn 32.767 ký tự của một ô; ghi .csv để giữ nguyên / texts were cut to the 32,767 letters of a cell; write .csv to keep them whole";
                    notices.push(format!("{} {notice}", sink.cut));
                }
                sink.finish()?;
            }
            SinkKind::Tiles(sink) => notices.push(sink.finish()?),
        }
        if self.cut > 0 {
            notices.push(format!(
                "{0} văn bản bị cắt còn {DBASE_TEXT} byte của cột shapefile; ghi .gpkg để giữ nguyên / {0} texts were cut to the {DBASE_TEXT} bytes of a shapefile's column; write .gpkg to keep them whole",
                self.cut
            ));
        }
        Ok(notices)
    }
}

/// A FlatGeobuf that keeps features without a place, where it has no index.
struct FlatGeobufSink {
    sink: GdalSink,
    path: PathBuf,
    /// Written for a feature without a place, until the file is finished.
    stand_in: Option<Shape>,
    written: u64,
    /// Ordinals of the features without a place.
    placeless: Vec<u64>,
}

impl FlatGeobufSink {
    fn write(&mut self, values: &[Value], shape: Option<&Shape>) -> Result<(), String> {
        let place = shape.filter(|shape| !shape.is_empty());
        if place.is_none() {
            self.placeless.push(self.written);
        }
        self.written += 1;
        let place = place.or(self.stand_in.as_ref());
        self.sink.write(values, Some(place.ok_or("đối tượng không có hình, chỉ mục không gian không chứa được / it has no geometry, which no spatial index holds")?))
    }

    fn finish(self) -> Result<(), String> {
        self.sink.finish()?;
        flatgeobuf::take_places(&self.path, &self.placeless).map_err(|error| error.to_string())
    }
}

fn driver(format: Format) -> &'static str {
    match format {
        // Written without GDAL.
        Format::PmTiles => "PMTiles",
        Format::Csv => "CSV",
        Format::Xlsx => "XLSX",
        Format::GeoPackage => "GPKG",
        Format::GeoJson => "GeoJSON",
        Format::GeoJsonSeq => "GeoJSONSeq",
        Format::FlatGeobuf => "FlatGeobuf",
        Format::Shapefile | Format::ZippedShapefile => "ESRI Shapefile",
        // The other driver, LIBKML, takes a minute for 8,000 features.
        Format::Kml => "KML",
    }
}

fn layer_options(format: Format, way: &Way, is_indexed: bool, added: &dyn Fn(&str) -> String) -> Vec<String> {
    let decimals = if way.is_geographic() { LONLAT_DECIMALS } else { METRE_DECIMALS };
    let options: &[&str] = match format {
        Format::GeoJson if way.crs.is_wgs84() => &["RFC7946=YES", "ID_TYPE=String"],
        Format::GeoJson | Format::GeoJsonSeq => &["ID_TYPE=String"],
        Format::Shapefile | Format::ZippedShapefile => &["ENCODING=UTF-8"],
        Format::FlatGeobuf if !is_indexed => &["SPATIAL_INDEX=NO"],
        Format::GeoPackage | Format::FlatGeobuf | Format::Csv | Format::Xlsx | Format::Kml | Format::PmTiles => &[],
    };
    let mut options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
    if matches!(format, Format::GeoJson | Format::GeoJsonSeq) {
        options.push(format!("COORDINATE_PRECISION={decimals}"));
        options.push(format!("ID_FIELD={}", added("id")));
    }
    if format == Format::GeoPackage {
        options.push(format!("FID={}", added("fid")));
        if way.geometry.is_some() {
            options.push(format!("GEOMETRY_NAME={}", added(GEOMETRY)));
        }
    }
    options
}

/// The column of places in a GeoPackage, where no field has this name.
const GEOMETRY: &str = "geom";

fn geometry_column(fields: &[&Field]) -> String {
    added_name(GEOMETRY, fields.iter().map(|field| field.name.as_str()))
}

/// Cuts a text at a letter's border; 1 if it did.
fn shorten(value: &mut Value) -> u64 {
    match value {
        Value::Text(text) if text.len() > DBASE_TEXT => {
            let end = (0..=DBASE_TEXT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
            text.truncate(end);
            1
        }
        _ => 0,
    }
}

/// Where the file is made until it is complete.
struct Work {
    /// What the sink writes.
    path: PathBuf,
    out: PathBuf,
    format: Format,
    dir: tempfile::TempDir,
}

impl Work {
    fn begin(out: &Path, format: Format) -> Result<Work, ExportError> {
        let fault = |e: io::Error| file_fault(out, &e.to_string());
        if out.exists() {
            return Err(file_fault(
                out,
                "đã có tệp này: hãy đặt tên khác hoặc xóa trước / there is such a file already: name another, or remove it first",
            ));
        }
        let parent = out.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let dir = tempfile::tempdir_in(parent).map_err(fault)?;
        let name = out.file_name().unwrap_or_default();
        let inner =
            if format == Format::ZippedShapefile { Path::new(name).with_extension("") } else { PathBuf::from(name) };
        Ok(Work { path: dir.path().join(inner), out: out.to_owned(), format, dir })
    }

    /// Puts the complete file, or all files of a shapefile, into their place.
    fn publish(self) -> Result<(), ExportError> {
        let fault = |e: io::Error| file_fault(&self.out, &e.to_string());
        if self.format == Format::ZippedShapefile {
            let packed = self.dir.path().join("packed");
            archive::pack(files_in(self.dir.path()).map_err(fault)?, &packed).map_err(fault)?;
            return std::fs::rename(packed, &self.out).map_err(fault);
        }
        let parent = self.out.parent().unwrap_or(Path::new(""));
        let mut made = Vec::new();
        for entry in std::fs::read_dir(self.dir.path()).map_err(fault)? {
            let from = entry.map_err(fault)?.path();
            let to = parent.join(from.file_name().unwrap_or_default());
            if to.exists() {
                return Err(file_fault(
                    &to,
                    "đã có tệp này: hãy đặt tên khác hoặc xóa trước / there is such a file already: name another, or remove it first",
                ));
            }
            made.push((from, to));
        }
        made.into_iter().try_for_each(|(from, to)| std::fs::rename(from, to)).map_err(fault)
    }
}

fn files_in(dir: &Path) -> io::Result<Vec<PathBuf>> {
    std::fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_the_disk_cut_short_is_not_taken_for_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let feature = "{\"type\":\"Feature\",\"properties\":{},\"geometry\":null}\n";
        for (format, text, is_whole) in [
            (Format::Kml, "<kml><Document></Document>", false),
            (Format::Kml, "<kml><Document></Document></kml>", true),
            (Format::GeoJson, "{\"type\":\"FeatureCollection\",\"features\":[", false),
            (Format::GeoJsonSeq, feature, false),
            (Format::GeoJsonSeq, &feature.repeat(2), true),
            (Format::Xlsx, "", false),
        ] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(read_again(&path, format, 2).is_ok(), is_whole, "{format:?} {text}");
        }
    }
}
