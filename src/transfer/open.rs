//! Opening a data set with the one driver that its ending names, under options that let no driver look elsewhere.

use gdal::vector::LayerAccess;
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};

use super::ImportError;
use super::delimited::Csv;
use super::files::{DataSet, Format};
use super::limits;
use super::messages::Listener;
use super::styles;
use super::table::{Layer, Table, Traits};

/// Options of GDAL that hold for this thread while a data set is read.
pub struct ReadConfig;

const CONFIG: [(&str, &str); 8] = [
    // A deprecated code is to be seen, not silently replaced by its successor.
    ("OSR_USE_NON_DEPRECATED", "NO"),
    // The first row of a sheet is its header, also where every column holds text.
    ("OGR_XLSX_HEADERS", "FORCE"),
    ("OGR_ODS_HEADERS", "FORCE"),
    // Drawings hand over their bytes, one character each.
    ("DXF_ENCODING", "ISO-8859-1"),
    ("GML_SKIP_RESOLVE_ELEMS", "ALL"),
    ("OGR_SQLITE_STATIC_VIRTUAL_OGR", "NO"),
    ("GML_DOWNLOAD_WFS_SCHEMA", "NO"),
    // Names keep their diacritics.
    ("LIBKML_LAUNDER_FIELD_NAMES", "NO"),
];

impl ReadConfig {
    fn set() -> Result<ReadConfig, gdal::errors::GdalError> {
        for (key, value) in CONFIG {
            gdal::config::set_thread_local_config_option(key, value)?;
        }
        Ok(ReadConfig)
    }
}

impl Drop for ReadConfig {
    fn drop(&mut self) {
        for (key, _) in CONFIG {
            // The only error is a NUL in the key, and there is none.
            let _ = gdal::config::clear_thread_local_config_option(key);
        }
    }
}

fn open_options(format: Format) -> &'static [&'static str] {
    match format {
        // The bytes as they are: GDAL's own decoding loses the last letter of TCVN3 and windows-1258.
        Format::Shapefile | Format::Dbf => &["ENCODING="],
        Format::Gml => &["DOWNLOAD_SCHEMA=NO", "WRITE_GFS=NO", "EXPOSE_FID=NO"],
        _ => &[],
    }
}

/// Opens the data set at its layer. Notices tell which layer was taken where that was not obvious.
pub fn open(set: &DataSet, notices: &mut Vec<String>) -> Result<Table, ImportError> {
    let incomplete = |reason: String| ImportError::Incomplete { path: set.source.clone(), reason };
    let table = if set.format == Format::Csv {
        let name = set.source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(wanted) = set.layer.as_ref().filter(|wanted| **wanted != name) {
            return Err(no_such_layer(set, wanted, &[name]));
        }
        Table::Csv(Csv::open(&set.path).map_err(incomplete)?)
    } else {
        open_layer(set, notices)?
    };
    if table.columns().len() > limits::FIELDS {
        let what = format!("{} with {} columns", set.source.display(), table.columns().len());
        return Err(ImportError::Limit { what, limit: format!("{} columns", limits::FIELDS) });
    }
    Ok(table)
}

/// The names of the layers of a data set that GDAL reads.
pub fn layer_names(set: &DataSet) -> Result<Vec<String>, ImportError> {
    let (dataset, ..) = open_dataset(set)?;
    let names = dataset.layers().map(|layer| layer.name()).collect();
    Ok(names)
}

/// What the user named in place of a path that means nothing to him: what was unpacked or rewritten has one.
fn refuse(set: &DataSet, reason: &str) -> ImportError {
    let reason = reason.replace(&*set.path.to_string_lossy(), &set.source.to_string_lossy());
    ImportError::File { path: set.source.clone(), reason }
}

fn open_dataset(set: &DataSet) -> Result<(Dataset, Listener, ReadConfig), ImportError> {
    let config = ReadConfig::set().map_err(|e| refuse(set, &e.to_string()))?;
    let listener = Listener::start();
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_VECTOR
            | GdalOpenFlags::GDAL_OF_READONLY
            | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
        allowed_drivers: Some(&[set.format.driver()]),
        open_options: Some(open_options(set.format)),
        sibling_files: None,
    };
    let opened = Dataset::open_ex(&set.path, options);
    let said = listener.take();
    let dataset = opened.map_err(|error| {
        let reason = said.last().map_or_else(|| error.to_string(), |message| message.text.clone());
        let driver = set.format.driver();
        refuse(
            set,
            &format!("GDAL không mở được tệp như {driver}: {reason} / GDAL cannot open it as {driver}: {reason}"),
        )
    })?;
    if let Some(message) = said.iter().find(|message| message.spoils_the_data()) {
        let reason = message.text.replace(&*set.path.to_string_lossy(), &set.source.to_string_lossy());
        return Err(ImportError::Incomplete { path: set.source.clone(), reason });
    }
    Ok((dataset, listener, config))
}

fn open_layer(set: &DataSet, notices: &mut Vec<String>) -> Result<Table, ImportError> {
    let (dataset, listener, config) = open_dataset(set)?;
    let index = choose_layer(set, &dataset, notices)?;
    let traits = Traits { is_latin1: set.format == Format::Dxf, has_numbers_as_ids: set.outline.has_numbers_as_ids };
    let layer = Layer::of(dataset, index, traits, listener, config).map_err(|reason| refuse(set, &reason))?;
    Ok(Table::Layer(layer))
}

fn no_such_layer(set: &DataSet, wanted: &str, names: &[String]) -> ImportError {
    let reason = format!("không có lớp '{wanted}'; có {0} / it has no layer '{wanted}'; it has {0}", names.join(", "));
    ImportError::File { path: set.source.clone(), reason }
}

/// The layer that is asked for, else the only one that has features.
fn choose_layer(set: &DataSet, dataset: &Dataset, notices: &mut Vec<String>) -> Result<usize, ImportError> {
    let names: Vec<String> = dataset.layers().map(|layer| layer.name()).collect();
    let several = |names: &[&String]| {
        let names: Vec<String> = names.iter().map(|name| (*name).clone()).collect();
        let found = format!("{0} lớp ({1}) / {0} layers ({1})", names.len(), names.join(", "));
        ImportError::Layer { path: set.source.clone(), found, names }
    };
    if let Some(wanted) = &set.layer {
        return names.iter().position(|name| name == wanted).ok_or_else(|| no_such_layer(set, wanted, &names));
    }
    if names.len() == 1 {
        return Ok(0);
    }
    // A GPX file has its routes and tracks twice, whole and point by point; styles of QGIS are no data.
    let is_whole = |name: &String| match set.format {
        Format::Gpx => !name.ends_with("_points"),
        Format::GeoPackage => !name.eq_ignore_ascii_case(styles::TABLE),
        _ => true,
    };
    let has_features = |index: &usize| dataset.layer(*index).is_ok_and(|mut layer| layer.features().next().is_some());
    let filled: Vec<usize> = (0..names.len()).filter(|index| is_whole(&names[*index])).filter(has_features).collect();
    match filled.as_slice() {
        [] if names.is_empty() => Err(ImportError::File {
            path: set.source.clone(),
            reason: "không có lớp đối tượng nào / it holds no layer of features".to_owned(),
        }),
        [] => Ok(0),
        [index] => {
            notices
                .push(format!("chỉ lớp '{0}' có đối tượng / layer '{0}' is the only one with features", names[*index]));
            Ok(*index)
        }
        _ => Err(several(&filled.iter().map(|index| &names[*index]).collect::<Vec<_>>())),
    }
}
