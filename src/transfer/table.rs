//! The rows of a data set as the file has them: raw cells and raw geometries, from a GDAL layer or from CSV text.

use std::cell::Cell as Counter;
use std::ffi::{CStr, c_int};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::PathBuf;
use std::rc::Rc;

use chrono::{DateTime, NaiveDate, Utc};
use gdal::Dataset;
use gdal::vector::LayerAccess;
use gdal_sys::{OGRFeatureH, OGRFieldSubType, OGRFieldType, OGRLayerH};

use super::geometry::RawGeometry;
use super::limits;
use super::messages::{Listener, Message};
use super::open::ReadConfig;
use crate::domain::DataType;

/// One attribute as the file has it. Text is bytes of an encoding that is decided elsewhere.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    #[default]
    Null,
    Text(Vec<u8>),
    Integer(i64),
    Number(f64),
    Boolean(bool),
    Date(NaiveDate),
    DateTime(DateTime<Utc>),
}

/// One column as the file declares it; `None` as type where it holds nothing that a register can.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: Vec<u8>,
    pub data_type: Option<DataType>,
}

/// One row. The cells stand in the order of [`Table::columns`].
#[derive(Default)]
pub struct RawRow {
    pub cells: Vec<Cell>,
    pub geometry: Option<RawGeometry>,
}

/// Why reading stopped before the end.
pub type ReadError = String;

/// A table that is read from the start as often as wanted.
pub enum Table {
    Layer(Layer),
    Csv(Csv),
}

impl Table {
    pub fn columns(&self) -> &[Column] {
        match self {
            Table::Layer(layer) => &layer.columns,
            Table::Csv(csv) => &csv.columns,
        }
    }

    /// How many rows there are, where the format says so.
    pub fn row_count(&self) -> Option<u64> {
        match self {
            // SAFETY: the layer lives as long as its data set, which `Layer` owns.
            Table::Layer(layer) => unsafe { u64::try_from(gdal_sys::OGR_L_GetFeatureCount(layer.handle, 0)).ok() },
            Table::Csv(_) => None,
        }
    }

    /// Goes back before the first row.
    pub fn rewind(&mut self) -> Result<(), ReadError> {
        match self {
            Table::Layer(layer) => {
                // SAFETY: as above.
                unsafe { gdal_sys::OGR_L_ResetReading(layer.handle) };
                Ok(())
            }
            Table::Csv(csv) => csv.rewind(),
        }
    }

    /// Reads the next row into `row`; `false` at the end.
    ///
    /// # Errors
    /// When the file turns out to be broken.
    pub fn next(&mut self, row: &mut RawRow) -> Result<bool, ReadError> {
        match self {
            Table::Layer(layer) => layer.next(row),
            Table::Csv(csv) => csv.next(row),
        }
    }

    /// Warnings of GDAL that did not stop the reading.
    pub fn take_warnings(&mut self) -> Vec<String> {
        match self {
            Table::Layer(layer) => std::mem::take(&mut layer.warnings),
            Table::Csv(_) => Vec::new(),
        }
    }
}

/// A layer of a GDAL data set. Fields are dropped in order: the layer is gone before its listener and configuration.
pub struct Layer {
    handle: OGRLayerH,
    columns: Vec<Column>,
    kinds: Vec<Kind>,
    warnings: Vec<String>,
    /// Text comes as ISO 8859-1 read as such: one character is one byte of the file.
    is_latin1: bool,
    _dataset: Dataset,
    listener: Listener,
    _config: ReadConfig,
}

/// How a column is fetched.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Integer,
    Boolean,
    Number,
    Date,
    DateTime,
    Skipped,
}

impl Layer {
    /// Takes the layer with this index; it must be there.
    pub fn of(
        dataset: Dataset,
        index: usize,
        is_latin1: bool,
        listener: Listener,
        config: ReadConfig,
    ) -> Result<Layer, ReadError> {
        let handle = {
            let layer = dataset.layer(index).map_err(|e| e.to_string())?;
            // SAFETY: the handle belongs to the data set, which is moved into the same struct and outlives it there.
            unsafe { layer.c_layer() }
        };
        // SAFETY: definitions belong to the live layer; names are NUL-terminated and copied at once.
        let described = unsafe {
            let definition = gdal_sys::OGR_L_GetLayerDefn(handle);
            (0..gdal_sys::OGR_FD_GetFieldCount(definition))
                .map(|at| {
                    let field = gdal_sys::OGR_FD_GetFieldDefn(definition, at);
                    let name = CStr::from_ptr(gdal_sys::OGR_Fld_GetNameRef(field)).to_bytes().to_vec();
                    (name, gdal_sys::OGR_Fld_GetType(field), gdal_sys::OGR_Fld_GetSubType(field))
                })
                .collect::<Vec<_>>()
        };
        let mut columns = Vec::with_capacity(described.len());
        let mut kinds = Vec::with_capacity(described.len());
        for (name, ogr_type, subtype) in described {
            let (kind, data_type) = kind(ogr_type, subtype);
            let name = if is_latin1 { latin1_bytes(&name) } else { name };
            columns.push(Column { name, data_type });
            kinds.push(kind);
        }
        Ok(Layer {
            handle,
            columns,
            kinds,
            warnings: Vec::new(),
            is_latin1,
            _dataset: dataset,
            listener,
            _config: config,
        })
    }

    /// The reference system that the file names for this layer.
    pub fn spatial_ref(&self) -> Option<gdal::spatial_ref::SpatialRef> {
        // SAFETY: the layer is live; the object that it lends is cloned by `from_c_obj`.
        unsafe {
            let lent = gdal_sys::OGR_L_GetSpatialRef(self.handle);
            if lent.is_null() { None } else { gdal::spatial_ref::SpatialRef::from_c_obj(lent).ok() }
        }
    }

    /// Whether the layer declares a geometry at all.
    pub fn has_geometry(&self) -> bool {
        // SAFETY: the layer is live.
        unsafe { gdal_sys::OGR_L_GetGeomType(self.handle) != gdal_sys::OGRwkbGeometryType::wkbNone }
    }

    fn next(&mut self, row: &mut RawRow) -> Result<bool, ReadError> {
        // SAFETY: the layer is live; the feature is ours and destroyed below on the one path that leads on.
        let feature = unsafe { gdal_sys::OGR_L_GetNextFeature(self.handle) };
        if feature.is_null() {
            self.hear()?;
            return Ok(false);
        }
        row.cells.clear();
        for (at, kind) in self.kinds.iter().enumerate() {
            // SAFETY: `feature` is live and has a field at every index of its definition, from which `kinds` was made.
            row.cells.push(unsafe { fetch(feature, at as c_int, *kind, self.is_latin1) });
        }
        // SAFETY: a stolen geometry is ours; `RawGeometry` destroys it. The feature is not used after its end.
        row.geometry = unsafe {
            let geometry = RawGeometry::owned(gdal_sys::OGR_F_StealGeometry(feature));
            gdal_sys::OGR_F_Destroy(feature);
            geometry
        };
        self.hear()?;
        Ok(true)
    }

    fn hear(&mut self) -> Result<(), ReadError> {
        for message in self.listener.take() {
            if message.spoils_the_data() {
                return Err(message.text);
            }
            self.warn(message);
        }
        Ok(())
    }

    fn warn(&mut self, message: Message) {
        if self.warnings.len() < 20 && !self.warnings.contains(&message.text) {
            self.warnings.push(message.text);
        }
    }
}

fn kind(ogr_type: OGRFieldType::Type, subtype: OGRFieldSubType::Type) -> (Kind, Option<DataType>) {
    match ogr_type {
        OGRFieldType::OFTInteger if subtype == OGRFieldSubType::OFSTBoolean => (Kind::Boolean, Some(DataType::Boolean)),
        OGRFieldType::OFTInteger | OGRFieldType::OFTInteger64 => (Kind::Integer, Some(DataType::Integer)),
        OGRFieldType::OFTReal => (Kind::Number, Some(DataType::Number)),
        OGRFieldType::OFTDate => (Kind::Date, Some(DataType::Date)),
        OGRFieldType::OFTDateTime => (Kind::DateTime, Some(DataType::DateTime)),
        OGRFieldType::OFTBinary => (Kind::Skipped, None),
        _ => (Kind::Text, Some(DataType::Text)),
    }
}

/// # Safety
/// `feature` must be live and have a field `at`.
unsafe fn fetch(feature: OGRFeatureH, at: c_int, kind: Kind, is_latin1: bool) -> Cell {
    // SAFETY: by the contract of this function; the string is copied before the feature can change.
    unsafe {
        if gdal_sys::OGR_F_IsFieldSetAndNotNull(feature, at) == 0 {
            return Cell::Null;
        }
        match kind {
            Kind::Skipped => Cell::Null,
            Kind::Integer => Cell::Integer(gdal_sys::OGR_F_GetFieldAsInteger64(feature, at)),
            Kind::Boolean => Cell::Boolean(gdal_sys::OGR_F_GetFieldAsInteger64(feature, at) != 0),
            Kind::Number => Cell::Number(gdal_sys::OGR_F_GetFieldAsDouble(feature, at)),
            Kind::Date | Kind::DateTime => instant(feature, at, kind).unwrap_or_else(|| text(feature, at, false)),
            Kind::Text => text(feature, at, is_latin1),
        }
    }
}

/// # Safety
/// As [`fetch`].
unsafe fn text(feature: OGRFeatureH, at: c_int, is_latin1: bool) -> Cell {
    // SAFETY: by the contract of this function; GDAL returns a NUL-terminated string that lives until the next call.
    let bytes = unsafe { CStr::from_ptr(gdal_sys::OGR_F_GetFieldAsString(feature, at)).to_bytes() };
    Cell::Text(if is_latin1 { latin1_bytes(bytes) } else { bytes.to_vec() })
}

/// # Safety
/// As [`fetch`].
unsafe fn instant(feature: OGRFeatureH, at: c_int, kind: Kind) -> Option<Cell> {
    let (mut year, mut month, mut day, mut hour, mut minute, mut zone) = (0, 0, 0, 0, 0, 0);
    let mut second = 0f32;
    // SAFETY: by the contract of this function; every pointer is to a local.
    let read = unsafe {
        gdal_sys::OGR_F_GetFieldAsDateTimeEx(
            feature,
            at,
            &mut year,
            &mut month,
            &mut day,
            &mut hour,
            &mut minute,
            &mut second,
            &mut zone,
        )
    };
    if read == 0 {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)?;
    if matches!(kind, Kind::Date) {
        return Some(Cell::Date(date));
    }
    let milliseconds = (second * 1000.0).round() as u32;
    let time = date.and_hms_milli_opt(
        u32::try_from(hour).ok()?,
        u32::try_from(minute).ok()?,
        milliseconds / 1000,
        milliseconds % 1000,
    )?;
    // 100 is UTC and each step a quarter of an hour; 0 and 1 are "unknown" and "local", taken as UTC as in GeoPackage.
    let quarters = if zone > 1 { zone - 100 } else { 0 };
    Some(Cell::DateTime((time - chrono::Duration::minutes(15 * i64::from(quarters))).and_utc()))
}

/// The bytes behind text that was read as ISO 8859-1. A character that the driver made itself becomes the escape
/// `\U+XXXX`, which drawings have anyway.
fn latin1_bytes(utf8: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(utf8.len());
    for c in String::from_utf8_lossy(utf8).chars() {
        match u8::try_from(c) {
            Ok(byte) => bytes.push(byte),
            Err(_) => bytes.extend_from_slice(format!("\\U+{:04X}", u32::from(c)).as_bytes()),
        }
    }
    bytes
}

/// A CSV file; GDAL's own reader takes rows of any length, which would hide a file that changes its columns midway.
pub struct Csv {
    columns: Vec<Column>,
    path: PathBuf,
    delimiter: u8,
    skip_lines: usize,
    reader: csv::Reader<Bounded>,
    record: csv::ByteRecord,
    budget: Rc<Counter<usize>>,
    /// The text in UTF-8, where the file is in UTF-16.
    _converted: Option<tempfile::TempPath>,
}

/// Stops a record that never ends before it fills the memory.
struct Bounded {
    inner: File,
    left: Rc<Counter<usize>>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let left = self.left.get().checked_sub(count);
        self.left.set(left.ok_or_else(|| io::Error::other(format!("a row is over {} bytes", limits::RECORD_BYTES)))?);
        Ok(count)
    }
}

impl Csv {
    pub fn open(path: &std::path::Path) -> Result<Csv, ReadError> {
        let converted = utf16_as_utf8(path)?;
        let path = converted.as_ref().map_or_else(|| path.to_owned(), |file| file.to_path_buf());
        refuse_open_quotation(&path)?;
        let mut head = Vec::new();
        File::open(&path).and_then(|file| file.take(64 << 10).read_to_end(&mut head)).map_err(|e| e.to_string())?;
        let mut lines = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&head).split(|byte| *byte == b'\n');
        let first = lines.next().unwrap_or_default().trim_ascii_end();
        // Excel's own first line, which names the delimiter.
        let (delimiter, skip_lines) = match first {
            [b's', b'e', b'p', b'=', delimiter] => (*delimiter, 1),
            _ => (delimiter(first), 0),
        };
        let budget = Rc::new(Counter::new(limits::RECORD_BYTES));
        let reader = reader(&path, delimiter, skip_lines, &budget)?;
        let mut csv = Csv {
            columns: Vec::new(),
            path,
            delimiter,
            skip_lines,
            reader,
            record: csv::ByteRecord::new(),
            budget,
            _converted: converted,
        };
        let header = csv.reader.byte_headers().map_err(|e| e.to_string())?.clone();
        if header.iter().all(|name| name.trim_ascii().is_empty()) {
            return Err("it has no header row".to_owned());
        }
        let names = header.iter().map(|name| name.trim_ascii().to_vec());
        csv.columns = names.map(|name| Column { name, data_type: Some(DataType::Text) }).collect();
        Ok(csv)
    }

    fn rewind(&mut self) -> Result<(), ReadError> {
        self.budget.set(limits::RECORD_BYTES);
        self.reader = reader(&self.path, self.delimiter, self.skip_lines, &self.budget)?;
        Ok(())
    }

    fn next(&mut self, row: &mut RawRow) -> Result<bool, ReadError> {
        self.budget.set(limits::RECORD_BYTES);
        if !self.reader.read_byte_record(&mut self.record).map_err(|e| csv_fault(&e))? {
            return Ok(false);
        }
        row.geometry = None;
        row.cells.clear();
        let cell = |bytes: &[u8]| if bytes.is_empty() { Cell::Null } else { Cell::Text(bytes.to_vec()) };
        row.cells.extend(self.record.iter().map(cell));
        Ok(true)
    }
}

fn reader(
    path: &std::path::Path,
    delimiter: u8,
    skip_lines: usize,
    budget: &Rc<Counter<usize>>,
) -> Result<csv::Reader<Bounded>, ReadError> {
    use io::{BufRead, Seek};
    let mut file = File::open(path).map_err(|e| e.to_string())?;
    let mut skipped = 0;
    let mut lines = BufReader::new(&file);
    for _ in 0..skip_lines {
        let mut line = Vec::new();
        skipped += lines.by_ref().take(64).read_until(b'\n', &mut line).map_err(|e| e.to_string())?;
    }
    file.seek(io::SeekFrom::Start(skipped as u64)).map_err(|e| e.to_string())?;
    let bounded = Bounded { inner: file, left: budget.clone() };
    Ok(csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bounded))
}

fn csv_fault(error: &csv::Error) -> ReadError {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!("line {line} has {len} columns where the header has {expected_len}")
        }
        _ => error.to_string(),
    }
}

/// The separator that the header has most of.
fn delimiter(header: &[u8]) -> u8 {
    let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
    [b',', b';', b'\t', b'|'].into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

/// A quotation that is opened and not closed swallows the rest of the file without a word.
fn refuse_open_quotation(path: &std::path::Path) -> Result<(), ReadError> {
    let mut file = File::open(path).map_err(|e| e.to_string())?;
    let mut buffer = vec![0u8; 1 << 16];
    let mut quotes = 0usize;
    loop {
        let count = file.read(&mut buffer).map_err(|e| e.to_string())?;
        if count == 0 {
            break;
        }
        quotes += buffer[..count].iter().filter(|byte| **byte == b'"').count();
    }
    if quotes % 2 == 1 { Err("a quotation mark (\") is opened and never closed".to_owned()) } else { Ok(()) }
}

/// A file in UTF-16, little endian, as Excel saves "Unicode text", written anew in UTF-8; `None` for any other file.
fn utf16_as_utf8(path: &std::path::Path) -> Result<Option<tempfile::TempPath>, ReadError> {
    use io::Write;
    let mut file = BufReader::new(File::open(path).map_err(|e| e.to_string())?);
    let mut head = [0u8; 64];
    let count = file.read(&mut head).map_err(|e| e.to_string())?;
    let head = &head[..count];
    let ascii_pairs = head.chunks_exact(2).filter(|pair| pair[0] != 0 && pair[1] == 0).count();
    if !head.starts_with(b"\xFF\xFE") && (count < 4 || ascii_pairs * 4 < count) {
        return Ok(None);
    }
    let mut decoder = encoding_rs::UTF_16LE.new_decoder_with_bom_removal();
    let (mut out, to) = tempfile::NamedTempFile::new().map_err(|e| e.to_string())?.into_parts();
    let mut input = vec![0u8; 1 << 16];
    input[..count].copy_from_slice(head);
    let mut filled = count;
    let mut text = String::with_capacity(4 << 16);
    loop {
        text.clear();
        let (_, _, malformed) = decoder.decode_to_string(&input[..filled], &mut text, filled == 0);
        if malformed {
            return Err("it is in UTF-16 with units that mean nothing".to_owned());
        }
        out.write_all(text.as_bytes()).map_err(|e| e.to_string())?;
        if filled == 0 {
            return Ok(Some(to));
        }
        filled = file.read(&mut input).map_err(|e| e.to_string())?;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn rows(text: &[u8]) -> Result<Vec<Vec<Cell>>, ReadError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let mut csv = Csv::open(file.path())?;
        let mut all = Vec::new();
        let mut row = RawRow::default();
        while csv.next(&mut row)? {
            all.push(row.cells.clone());
        }
        csv.rewind()?;
        assert_eq!(csv.next(&mut row)?, !all.is_empty());
        Ok(all)
    }

    #[test]
    fn a_csv_that_changes_its_columns_is_refused_with_the_line() {
        let fault = rows(b"a,b\n1,2\n1,2,3\n").unwrap_err();
        assert_eq!(fault, "line 3 has 3 columns where the header has 2");
        assert!(rows(b"a,b\n1,2\n1\n").is_err());
    }

    #[test]
    fn a_csv_with_an_open_quotation_or_without_a_header_is_refused() {
        assert!(rows(b"a,b\n1,\"2\n3,4\n").unwrap_err().contains("never closed"));
        assert!(rows(b"").unwrap_err().contains("header"));
    }

    #[test]
    fn delimiters_a_byte_order_mark_and_excels_first_line_are_understood() {
        let text = |text: &str| Cell::Text(text.as_bytes().to_vec());
        for bytes in [&b"\xEF\xBB\xBFa;b\n1;x,y\n"[..], b"sep=;\na;b\n1;x,y\n", b"a\tb\n1\tx,y\n"] {
            assert_eq!(rows(bytes).unwrap(), [[text("1"), text("x,y")]]);
        }
        assert_eq!(rows(b"a,b\n1,\"x;y\"\n").unwrap(), [[text("1"), text("x;y")]]);
    }

    #[test]
    fn utf16_text_is_read_as_utf8() {
        let bytes: Vec<u8> = "\u{FEFF}tên,số\nHà Nội,1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(rows(&bytes).unwrap(), [[Cell::Text("Hà Nội".into()), Cell::Text("1".into())]]);
    }

    #[test]
    fn characters_beyond_latin1_survive_as_escapes() {
        assert_eq!(latin1_bytes("Hµ Néi".as_bytes()), b"H\xB5 N\xE9i");
        assert_eq!(latin1_bytes("∅".as_bytes()), b"\\U+2205");
    }
}
