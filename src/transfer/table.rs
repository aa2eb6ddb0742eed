//! The rows of a data set as the file has them: raw cells and raw geometries, from a GDAL layer or from CSV text.

use std::ffi::{CStr, c_int};

use chrono::{DateTime, NaiveDate, Utc};
use gdal::Dataset;
use gdal::vector::LayerAccess;
use gdal_sys::{OGRFeatureH, OGRFieldSubType, OGRFieldType, OGRLayerH};

use super::delimited::Csv;
use super::geometry::RawGeometry;
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
            Table::Csv(csv) => csv.columns(),
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
    traits: Traits,
    _dataset: Dataset,
    listener: Listener,
    _config: ReadConfig,
}

/// What is peculiar to a format.
#[derive(Debug, Clone, Copy)]
pub struct Traits {
    /// Text comes as ISO 8859-1 read as such: one character is one byte of the file.
    pub is_latin1: bool,
    /// GDAL's feature numbers are ids that the file gives, and stand in a column `id`.
    pub has_numbers_as_ids: bool,
}

/// How a column is fetched.
#[derive(Debug, Clone, Copy)]
enum Kind {
    FeatureNumber,
    Text,
    StringList,
    IntegerList,
    Integer64List,
    RealList,
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
        traits: Traits,
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
            let name = if traits.is_latin1 { latin1_bytes(&name) } else { name };
            columns.push(Column { name, data_type });
            kinds.push(kind);
        }
        // Where some ids are texts, GDAL has made a column of all of them.
        if traits.has_numbers_as_ids && columns.iter().all(|column| column.name != b"id") {
            columns.push(Column { name: b"id".to_vec(), data_type: Some(DataType::Integer) });
            kinds.push(Kind::FeatureNumber);
        }
        Ok(Layer { handle, columns, kinds, warnings: Vec::new(), traits, _dataset: dataset, listener, _config: config })
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
            // SAFETY: `feature` is live and has a field at every index of its definition, from which `kinds` was made; the
            // feature number, which is no field, is never asked for by its index.
            row.cells.push(unsafe { fetch(feature, at as c_int, *kind, self.traits.is_latin1) });
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
            // Rings are closed and counted by ourselves.
            if !message.text.starts_with("Non closed ring detected") {
                self.warn(message);
            }
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
        OGRFieldType::OFTStringList => (Kind::StringList, Some(DataType::Text)),
        OGRFieldType::OFTIntegerList => (Kind::IntegerList, Some(DataType::Text)),
        OGRFieldType::OFTInteger64List => (Kind::Integer64List, Some(DataType::Text)),
        OGRFieldType::OFTRealList => (Kind::RealList, Some(DataType::Text)),
        OGRFieldType::OFTBinary => (Kind::Skipped, None),
        _ => (Kind::Text, Some(DataType::Text)),
    }
}

/// # Safety
/// `feature` must be live and, unless its number is asked for, have a field `at`.
unsafe fn fetch(feature: OGRFeatureH, at: c_int, kind: Kind, is_latin1: bool) -> Cell {
    // SAFETY: by the contract of this function; the string is copied before the feature can change.
    unsafe {
        if matches!(kind, Kind::FeatureNumber) {
            return Cell::Integer(gdal_sys::OGR_F_GetFID(feature));
        }
        if gdal_sys::OGR_F_IsFieldSetAndNotNull(feature, at) == 0 {
            return Cell::Null;
        }
        match kind {
            Kind::FeatureNumber | Kind::Skipped => Cell::Null,
            Kind::Integer => Cell::Integer(gdal_sys::OGR_F_GetFieldAsInteger64(feature, at)),
            Kind::Boolean => Cell::Boolean(gdal_sys::OGR_F_GetFieldAsInteger64(feature, at) != 0),
            Kind::Number => Cell::Number(gdal_sys::OGR_F_GetFieldAsDouble(feature, at)),
            Kind::Date | Kind::DateTime => instant(feature, at, kind).unwrap_or_else(|| text(feature, at, false)),
            Kind::Text => text(feature, at, is_latin1),
            Kind::StringList => {
                let list = gdal_sys::OGR_F_GetFieldAsStringList(feature, at);
                let count = usize::try_from(gdal_sys::CSLCount(list)).unwrap_or_default();
                let text = |at: usize| CStr::from_ptr(*list.add(at)).to_string_lossy();
                as_json(&(0..count).map(text).collect::<Vec<_>>())
            }
            Kind::IntegerList => numbers(|count| gdal_sys::OGR_F_GetFieldAsIntegerList(feature, at, count)),
            Kind::Integer64List => numbers(|count| gdal_sys::OGR_F_GetFieldAsInteger64List(feature, at, count)),
            Kind::RealList => numbers(|count| gdal_sys::OGR_F_GetFieldAsDoubleList(feature, at, count)),
        }
    }
}

/// A list as JSON, which GDAL's own text of it, `(2:x,y)`, is not.
fn as_json<T: serde::Serialize>(list: &[T]) -> Cell {
    serde_json::to_vec(list).map_or(Cell::Null, Cell::Text)
}

/// # Safety
/// `list` must give an array of as many numbers as it counts, which lives until the feature changes.
unsafe fn numbers<T: serde::Serialize>(list: impl FnOnce(*mut c_int) -> *const T) -> Cell {
    let mut count = 0;
    let start = list(&mut count);
    if start.is_null() {
        return as_json::<T>(&[]);
    }
    // SAFETY: by the contract of this function.
    as_json(unsafe { std::slice::from_raw_parts(start, usize::try_from(count).unwrap_or_default()) })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_beyond_latin1_survive_as_escapes() {
        assert_eq!(latin1_bytes("Hµ Néi".as_bytes()), b"H\xB5 N\xE9i");
        assert_eq!(latin1_bytes("∅".as_bytes()), b"\\U+2205");
    }
}
