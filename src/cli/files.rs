//! Files for downloads, written as exports are.

use std::path::Path;

use crate::domain::Collection;
use crate::publish::files::FileWriter;
use crate::store::Row;
use crate::transfer::drawing::write_plan_file;
use crate::transfer::{ExportOptions, export};

/// Writes files through GDAL.
pub struct GdalFiles;

impl FileWriter for GdalFiles {
    fn write(
        &self,
        file: &Path,
        declared: &Collection,
        rows: &mut dyn Iterator<Item = Row>,
        has_spatial_index: bool,
    ) -> Result<(), String> {
        let options =
            ExportOptions { out: file.to_owned(), crs: None, bbox: None, where_equals: Vec::new(), has_spatial_index };
        export(declared, rows, &options, &|_, _| {}).map(drop).map_err(|error| error.to_string())
    }

    fn write_plan(&self, file: &Path, layers: Vec<(Collection, Vec<Row>)>) -> Result<(), String> {
        write_plan_file(file, layers).map(drop).map_err(|error| error.to_string())
    }
}
