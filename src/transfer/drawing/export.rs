//! A plan as a file: a drawing (DXF) or a GeoPackage with lots, lines, buildings and findings as layers.

use std::ffi::CString;
use std::path::{Path, PathBuf};

use gdal::{Dataset, DatasetOptions, GdalOpenFlags};

use super::super::messages::Listener;
use super::super::{ExportError, ExportOptions, ExportReport, export, styles};
use super::dxf;
use crate::domain::{Collection, FeatureId, Value};
use crate::store::{Row, Store};

/// Which plan goes where.
pub struct PlanExport<'a> {
    pub plan: &'a FeatureId,
    /// The ending names the format: .dxf or .gpkg.
    pub out: PathBuf,
    /// Findings of its review, where they are wanted.
    pub findings: Option<(&'a Collection, Vec<Row>)>,
}

/// Rows of one collection that are of a plan.
pub type Layer = (Collection, Vec<Row>);

/// Writes a plan with everything that belongs to it; of buildings those of its site. A file that exists is never overwritten.
///
/// # Errors
/// [`ExportError`]; no file is left behind then.
pub fn export_plan(store: &dyn Store, wanted: PlanExport<'_>) -> Result<ExportReport, ExportError> {
    let mut layers = layers(store, wanted.plan)?;
    if let Some((collection, rows)) = wanted.findings {
        layers.push((collection.clone(), rows));
    }
    write_plan_file(&wanted.out, layers)
}

/// Writes the layers of a plan, the plan itself first. A file that exists is never overwritten.
///
/// # Errors
/// [`ExportError`]; no file is left behind then.
pub fn write_plan_file(out: &Path, layers: Vec<Layer>) -> Result<ExportReport, ExportError> {
    let fault = |reason: String| ExportError::File { path: out.to_owned(), reason };
    let ending = out.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    let is_drawing = match ending.as_deref() {
        Some("dxf") => true,
        Some("gpkg") => false,
        _ => {
            return Err(fault(
                "đồ án chỉ ghi được thành .dxf hoặc .gpkg / a plan is written as .dxf or .gpkg".to_owned(),
            ));
        }
    };
    if out.exists() {
        return Err(fault("đã có tệp này: hãy đặt tên khác hoặc xóa trước / there is such a file already: name another, or remove it first".to_owned()));
    }
    let parent = out.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let dir = tempfile::tempdir_in(parent).map_err(|e| fault(e.to_string()))?;
    let made = dir.path().join("plan").with_extension(ending.unwrap_or_default());
    let mut report = ExportReport::default();
    if is_drawing {
        report.written = dxf::write(&made, &layers).map_err(&fault)?;
    } else {
        geopackage(&made, dir.path(), layers, &mut report, &fault)?;
    }
    std::fs::rename(&made, out).map_err(|e| fault(e.to_string()))?;
    Ok(report)
}

/// The rows of a plan by collection, the plan first.
fn layers(store: &dyn Store, plan: &FeatureId) -> Result<Vec<Layer>, ExportError> {
    let said = |error: crate::store::StoreError| ExportError::Options(error.to_string());
    let stored = store.collections().map_err(said)?;
    let rows_of = |id: &str, takes: &dyn Fn(&Collection, &Row) -> bool| -> Result<Layer, ExportError> {
        let collection = stored.iter().find(|one| one.id == id);
        let collection =
            collection.ok_or_else(|| ExportError::Options(format!("kho không có '{id}' / the store has no '{id}'")))?;
        let mut rows = Vec::new();
        let mut each = |row: Row| {
            if takes(collection, &row) {
                rows.push(row);
            }
            Ok(())
        };
        store.scan(collection, &mut each).map_err(said)?;
        Ok((collection.clone(), rows))
    };
    let plans = rows_of("plans", &|_, row| row.id == *plan)?;
    let Some(found) = plans.1.first() else {
        return Err(ExportError::Options(format!(
            "kho không có đồ án '{plan}' / there is no plan '{plan}' in the store"
        )));
    };
    let site = value(&plans.0, found, "site_id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let is_of_plan = |collection: &Collection, row: &Row| {
        value(collection, row, "plan_id").and_then(Value::as_str) == Some(plan.as_str())
    };
    let is_of_site = |collection: &Collection, row: &Row| {
        value(collection, row, "site_id").and_then(Value::as_str) == Some(site.as_str())
    };
    let parcels = rows_of("plan_parcels", &is_of_plan)?;
    let lines = rows_of("plan_lines", &is_of_plan)?;
    let buildings = rows_of("buildings", &is_of_site)?;
    Ok(vec![plans, parcels, lines, buildings])
}

/// The value of a stored field of a row, by its name.
pub fn value<'a>(collection: &Collection, row: &'a Row, field: &str) -> Option<&'a Value> {
    collection.field(field).and_then(|(at, _)| row.values.get(at)).filter(|value| !value.is_null())
}

/// Writes each layer as every export does, and puts them into one file.
fn geopackage(
    out: &Path,
    dir: &Path,
    layers: Vec<Layer>,
    report: &mut ExportReport,
    fault: &dyn Fn(String) -> ExportError,
) -> Result<(), ExportError> {
    for (collection, rows) in layers {
        let single = dir.join(&collection.id).with_extension("gpkg");
        let options = ExportOptions {
            out: single.clone(),
            crs: None,
            bbox: None,
            where_equals: Vec::new(),
            has_spatial_index: false,
        };
        let written = export(&collection, &mut rows.into_iter(), &options, &|_, _| {})?;
        report.written += written.written;
        report.notices.extend(written.notices);
        if out.exists() {
            append(&single, &collection.id, out).map_err(fault)?;
            // Copied by GDAL, which leaves a style where it was.
            let fields: Vec<_> = collection.stored_fields().collect();
            let geometry = collection.geometry.as_ref().map(|_| "geom");
            styles::add(out, &collection, &fields, geometry).map_err(fault)?;
        } else {
            std::fs::rename(&single, out).map_err(|e| fault(e.to_string()))?;
        }
    }
    Ok(())
}

fn append(from: &Path, layer: &str, to: &Path) -> Result<(), String> {
    let listener = Listener::start();
    let open = |path: &Path, flags: GdalOpenFlags| {
        let options = DatasetOptions {
            open_flags: GdalOpenFlags::GDAL_OF_VECTOR | flags,
            allowed_drivers: Some(&["GPKG"]),
            ..DatasetOptions::default()
        };
        Dataset::open_ex(path, options).map_err(|error| error.to_string())
    };
    let (source, target) = (open(from, GdalOpenFlags::GDAL_OF_READONLY)?, open(to, GdalOpenFlags::GDAL_OF_UPDATE)?);
    let name = CString::new(layer).map_err(|e| e.to_string())?;
    // SAFETY: both data sets live until the end; the layer is lent by the first one.
    let copied = unsafe {
        let layer = gdal_sys::GDALDatasetGetLayerByName(source.c_dataset(), name.as_ptr());
        if layer.is_null() {
            return Err(format!("không có lớp '{0}' / the layer '{0}' is not there", name.to_string_lossy()));
        }
        gdal_sys::GDALDatasetCopyLayer(target.c_dataset(), layer, name.as_ptr(), std::ptr::null_mut())
    };
    let failed = listener.take().into_iter().find(|message| message.is_failure);
    match failed {
        Some(message) => Err(message.text),
        None if copied.is_null() => Err("GDAL không chép được lớp / GDAL cannot copy a layer".to_owned()),
        None => Ok(()),
    }
}
