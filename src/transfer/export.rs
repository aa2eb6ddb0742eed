//! Export: rows of a collection into a file of the user's choice.

use super::{ExportError, ExportOptions, ExportReport};
use crate::domain::Collection;
use crate::store::Row;

/// Writes rows to a file. Rows may carry the derived fields of the collection behind the stored ones.
///
/// # Errors
/// [`ExportError`]; a half-written file is removed.
pub fn export(
    _collection: &Collection,
    _rows: &mut dyn Iterator<Item = Row>,
    options: &ExportOptions,
    _progress: &dyn Fn(u64, Option<u64>),
) -> Result<ExportReport, ExportError> {
    Err(ExportError::File { path: options.out.clone(), reason: "export is being built".to_owned() })
}
