//! Files being written: through GDAL, or as CSV.

use std::ffi::{CString, c_int};
use std::fs::File;
use std::io::Write;
use std::path::Path;

use chrono::{Datelike, Timelike};
use gdal::vector::{LayerAccess, LayerOptions};
use gdal::{Dataset, DriverManager};
use gdal_sys::{OGRErr, OGRFeatureH, OGRFieldSubType, OGRFieldType, OGRLayerH, OGRwkbGeometryType as Type};

use super::messages::Listener;
use crate::domain::{DataType, Value};
use crate::geom::{GeometryKind, Shape, wkb};
use crate::text::formula;

/// What a file is to hold.
pub struct Layout<'a> {
    pub name: &'a str,
    pub columns: Vec<(String, DataType)>,
    /// Type and heights; `None` for a table without geometry.
    pub geometry: Option<(GeometryKind, bool)>,
    pub srs: Option<gdal::spatial_ref::SpatialRef>,
}

/// A file of one layer that GDAL writes.
pub struct GdalSink {
    layer: OGRLayerH,
    /// Where each column stands and what it holds; drivers may put fields of their own before it.
    fields: Vec<(c_int, OGRFieldType::Type)>,
    in_transaction: bool,
    dataset: Dataset,
    listener: Listener,
}

impl GdalSink {
    /// Makes the file. `options` are those of GDAL for the layer; `plain_types` writes everything but numbers as text.
    pub fn create(
        path: &Path,
        driver: &str,
        options: &[&str],
        layout: &Layout<'_>,
        plain_types: bool,
    ) -> Result<GdalSink, String> {
        let listener = Listener::start();
        let said = |error: gdal::errors::GdalError| listener.last_words().unwrap_or_else(|| error.to_string());
        let driver = DriverManager::get_driver_by_name(driver).map_err(said)?;
        let mut dataset = driver.create_vector_only(path).map_err(said)?;
        let ty = layout.geometry.map_or(Type::wkbNone, |(kind, has_z)| ogr_type(kind, has_z));
        let layer = {
            let options = LayerOptions { name: layout.name, srs: layout.srs.as_ref(), ty, options: Some(options) };
            let layer = dataset.create_layer(options).map_err(said)?;
            // SAFETY: the handle belongs to the data set, which lives in the same struct.
            unsafe { layer.c_layer() }
        };
        let mut fields = Vec::with_capacity(layout.columns.len());
        for (name, data_type) in &layout.columns {
            let (ogr_type, subtype) = field_type(*data_type, plain_types);
            let name_in_c = CString::new(name.as_str()).map_err(|e| e.to_string())?;
            // SAFETY: the layer is live; the definition is destroyed after the layer has copied it.
            let code = unsafe {
                let field = gdal_sys::OGR_Fld_Create(name_in_c.as_ptr(), ogr_type);
                gdal_sys::OGR_Fld_SetSubType(field, subtype);
                let code = gdal_sys::OGR_L_CreateField(layer, field, 1);
                gdal_sys::OGR_Fld_Destroy(field);
                code
            };
            if code != OGRErr::OGRERR_NONE {
                return Err(listener.last_words().unwrap_or_else(|| {
                    format!("GDAL không tạo được cột '{name}' / GDAL cannot make the column '{name}'")
                }));
            }
            // SAFETY: the layer is live; its definition now ends with this field.
            let at = unsafe { gdal_sys::OGR_FD_GetFieldCount(gdal_sys::OGR_L_GetLayerDefn(layer)) } - 1;
            fields.push((at, ogr_type));
        }
        // SAFETY: the data set is live. A driver without transactions says so and writes each feature by itself.
        let in_transaction = unsafe {
            let can = gdal_sys::GDALDatasetTestCapability(dataset.c_dataset(), c"Transactions".as_ptr()) != 0;
            can && gdal_sys::GDALDatasetStartTransaction(dataset.c_dataset(), 0) == OGRErr::OGRERR_NONE
        };
        Ok(GdalSink { layer, fields, in_transaction, dataset, listener })
    }

    /// Writes one feature; `values` stand in the order of the layout's columns.
    pub fn write(&mut self, values: &[Value], shape: Option<&Shape>) -> Result<(), String> {
        // SAFETY: the layer is live; the feature is ours and destroyed at the end; indices are those of its definition.
        let code = unsafe {
            let feature = gdal_sys::OGR_F_Create(gdal_sys::OGR_L_GetLayerDefn(self.layer));
            for (value, (at, ogr_type)) in values.iter().zip(&self.fields) {
                set(feature, *at, *ogr_type, value);
            }
            if let Some(shape) = shape {
                let mut bytes = Vec::new();
                wkb::write_wkb(shape, &mut bytes);
                let mut geometry = std::ptr::null_mut();
                let size = c_int::try_from(bytes.len())
                    .map_err(|_| "hình lớn hơn 2 GB / its geometry is over 2 GB".to_owned())?;
                gdal_sys::OGR_G_CreateFromWkb(bytes.as_ptr().cast(), std::ptr::null_mut(), &mut geometry, size);
                gdal_sys::OGR_F_SetGeometryDirectly(feature, geometry);
            }
            let code = gdal_sys::OGR_L_CreateFeature(self.layer, feature);
            gdal_sys::OGR_F_Destroy(feature);
            code
        };
        let failed = self.listener.take().into_iter().find(|message| message.is_failure);
        match (failed, code) {
            (None, OGRErr::OGRERR_NONE) => Ok(()),
            (Some(message), _) => Err(message.text),
            (None, code) => Err(format!("GDAL từ chối (mã {code}) / GDAL refuses it (code {code})")),
        }
    }

    /// Completes the file.
    pub fn finish(self) -> Result<(), String> {
        if self.in_transaction {
            // SAFETY: the data set is live and in the transaction that `create` began.
            let code = unsafe { gdal_sys::GDALDatasetCommitTransaction(self.dataset.c_dataset()) };
            if code != OGRErr::OGRERR_NONE {
                return Err(self
                    .listener
                    .last_words()
                    .unwrap_or_else(|| "GDAL không ghi xong được / GDAL cannot commit".to_owned()));
            }
        }
        self.dataset.close().map_err(|error| error.to_string())?;
        // GDAL 3.6 does not return what fails while it closes a file: it only says so.
        let failed = self.listener.take().into_iter().find(|message| message.is_failure);
        failed.map_or(Ok(()), |message| Err(message.text))
    }
}

fn ogr_type(kind: GeometryKind, has_z: bool) -> Type::Type {
    let flat = match kind {
        GeometryKind::Point => Type::wkbPoint,
        GeometryKind::MultiPoint => Type::wkbMultiPoint,
        GeometryKind::LineString => Type::wkbLineString,
        GeometryKind::MultiLineString => Type::wkbMultiLineString,
        GeometryKind::Polygon => Type::wkbPolygon,
        GeometryKind::MultiPolygon => Type::wkbMultiPolygon,
        GeometryKind::GeometryCollection => Type::wkbGeometryCollection,
        GeometryKind::Geometry => Type::wkbUnknown,
    };
    if has_z { gdal::vector::geometry_type_set_z(flat) } else { flat }
}

fn field_type(data_type: DataType, plain_types: bool) -> (OGRFieldType::Type, OGRFieldSubType::Type) {
    let none = OGRFieldSubType::OFSTNone;
    match data_type {
        DataType::Text => (OGRFieldType::OFTString, none),
        DataType::Integer if plain_types => (OGRFieldType::OFTString, none),
        DataType::Integer => (OGRFieldType::OFTInteger64, none),
        DataType::Number => (OGRFieldType::OFTReal, none),
        DataType::Boolean => (OGRFieldType::OFTInteger, OGRFieldSubType::OFSTBoolean),
        DataType::Date | DataType::DateTime if plain_types => (OGRFieldType::OFTString, none),
        DataType::Date => (OGRFieldType::OFTDate, none),
        DataType::DateTime => (OGRFieldType::OFTDateTime, none),
    }
}

/// # Safety
/// `feature` must be live and have a field `at` of this type.
unsafe fn set(feature: OGRFeatureH, at: c_int, ogr_type: OGRFieldType::Type, value: &Value) {
    const UTC: c_int = 100;
    // SAFETY: by the contract of this function; strings are copied by GDAL.
    unsafe {
        match (value, ogr_type) {
            (Value::Null, _) => gdal_sys::OGR_F_SetFieldNull(feature, at),
            (Value::Integer(n), OGRFieldType::OFTInteger64) => gdal_sys::OGR_F_SetFieldInteger64(feature, at, *n),
            (Value::Number(n), OGRFieldType::OFTReal) => gdal_sys::OGR_F_SetFieldDouble(feature, at, *n),
            (Value::Boolean(b), OGRFieldType::OFTInteger) => {
                gdal_sys::OGR_F_SetFieldInteger(feature, at, c_int::from(*b))
            }
            (Value::Date(date), OGRFieldType::OFTDate) => gdal_sys::OGR_F_SetFieldDateTimeEx(
                feature,
                at,
                date.year(),
                date.month() as c_int,
                date.day() as c_int,
                0,
                0,
                0.0,
                0,
            ),
            (Value::DateTime(instant), OGRFieldType::OFTDateTime) => {
                let seconds = instant.second() as f32 + instant.timestamp_subsec_millis() as f32 / 1000.0;
                gdal_sys::OGR_F_SetFieldDateTimeEx(
                    feature,
                    at,
                    instant.year(),
                    instant.month() as c_int,
                    instant.day() as c_int,
                    instant.hour() as c_int,
                    instant.minute() as c_int,
                    seconds,
                    UTC,
                );
            }
            (other, _) => {
                // Text in a store holds no NUL; a value that did would end there, as in every C string.
                let text = CString::new(other.to_string().replace('\0', "")).unwrap_or_default();
                gdal_sys::OGR_F_SetFieldString(feature, at, text.as_ptr());
            }
        }
    }
}

/// A CSV file in UTF-8 with a byte order mark, which makes Excel read it as such.
pub struct CsvSink(csv::Writer<File>);

impl CsvSink {
    pub fn create<'a>(path: &Path, header: impl Iterator<Item = &'a str>) -> Result<CsvSink, String> {
        let mut file = File::create(path).map_err(|e| e.to_string())?;
        file.write_all(b"\xEF\xBB\xBF").map_err(|e| e.to_string())?;
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(header).map_err(|e| e.to_string())?;
        Ok(CsvSink(writer))
    }

    pub fn write(&mut self, values: &[Value]) -> Result<(), String> {
        let cell = |value: &Value| match value {
            Value::Text(text) if formula::must_be_guarded(text) => format!("'{text}"),
            other => other.to_string(),
        };
        self.0.write_record(values.iter().map(cell)).map_err(|e| e.to_string())
    }

    pub fn finish(mut self) -> Result<(), String> {
        self.0.flush().map_err(|e| e.to_string())
    }
}
