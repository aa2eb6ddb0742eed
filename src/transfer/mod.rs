//! Data in and out of the store through GDAL: files of others' making become checked rows, collections become files.
//!
//! An import reads the file twice: a survey (encoding, geometry types, extent) and a check of every row ([`reading`]). What
//! is checked lies on disk, is held against the rows of the store ([`meeting`]) and written. Nothing is written unless the whole file is good or the caller asked to skip
//! bad rows; what was repaired or guessed is always said. Refused without a look inside: drivers that read other
//! files or the network, archives with tricks, XML with entities, anything over the limits of [`limits`].
//! Calls block and belong on a thread of their own.

pub mod limits;

mod archive;
mod check;
mod crs;
mod delimited;
pub mod drawing;
mod encoding;
mod export;
mod files;
mod flatgeobuf;
mod geojson;
mod geometry;
mod import;
pub mod mapping;
pub mod meeting;
mod messages;
mod open;
pub mod packed;
mod place;
mod pmtiles;
mod prepare;
pub mod reading;
mod sheet;
mod sink;
pub mod spill;
mod styles;
mod survey;
mod table;
pub mod target;
mod values;
mod whole;

use std::path::PathBuf;

pub use export::{export, export_as_read, may_be_indexed};
pub use import::import;

use crate::geom::{Crs, Envelope};
use crate::store::{Applied, Mode, StoreError};
use crate::text::{Encoding, en, vi};

/// In which encoding attribute text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EncodingChoice {
    /// The file's own word, checked against the text; else what the text shows.
    #[default]
    Auto,
    /// As the user says.
    Named(Encoding),
}

/// What to import and how.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// A file; its ending names the format.
    pub source: PathBuf,
    /// The collection that receives the rows; one that is not declared is made from the file's own schema.
    pub collection: String,
    /// The layer, sheet or data set inside the file; needed where there are several.
    pub layer: Option<String>,
    /// For files that do not name their reference system.
    pub crs: Option<Crs>,
    pub encoding: EncodingChoice,
    pub mode: Mode,
    /// The column with the feature ids.
    pub id_field: Option<String>,
    /// A TOML file that maps columns and values.
    pub map: Option<PathBuf>,
    /// Check and report only.
    pub dry_run: bool,
    /// Leave bad rows out and list them in this CSV file (`row,field,reason`).
    pub skip_bad: Option<PathBuf>,
    /// Who imports, for the history.
    pub who: String,
}

/// One reason why a row of the file cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// The number of the row among the file's data rows, from 1 (a header is not counted).
    pub row: u64,
    /// The field of the collection, `geometry` or `id`; `None` where the whole row is meant.
    pub field: Option<String>,
    pub reason: String,
}

/// What an import did or, as a dry run, would have done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportReport {
    /// Rows in the file.
    pub read: u64,
    /// All zero in a dry run and where faults kept everything from being written.
    pub applied: Applied,
    /// The first [`limits::FAULTS`] faults.
    pub faults: Vec<RowFault>,
    /// Faults beyond those listed.
    pub more_faults: u64,
    /// Everything repaired, guessed or left out, each once with its count.
    pub notices: Vec<String>,
    /// Rows left out because skipping was asked for.
    pub skipped: u64,
    pub dry_run: bool,
}

impl ImportReport {
    /// Whether faults kept the import from writing anything.
    pub fn is_refused(&self) -> bool {
        !self.faults.is_empty() && self.skipped == 0
    }
}

/// Why a file cannot be imported at all. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{path}: {} / {path}: {}", vi(reason), en(reason))]
    File { path: PathBuf, reason: String },
    #[error("không giải nén được {path}: {} / {path} cannot be unpacked: {}", vi(reason), en(reason))]
    Archive { path: PathBuf, reason: String },
    #[error(
        "không đọc được {path} từ đầu đến cuối: {}. Hãy lưu lại tệp từ nơi tạo ra nó / {path} cannot be read from beginning to end: {}. Save it anew where it comes from",
        vi(reason),
        en(reason)
    )]
    Incomplete { path: PathBuf, reason: String },
    #[error("{path} có {}: hãy chọn một (--layer) / {path} holds {}: name one with --layer", vi(found), en(found))]
    Layer { path: PathBuf, found: String, names: Vec<String> },
    #[error("hệ tọa độ: {} / reference system: {}", vi(.0), en(.0))]
    Crs(String),
    #[error("bảng mã: {} / encoding: {}", vi(.0), en(.0))]
    Encoding(String),
    #[error("ghép cột: {} / mapping: {}", vi(.0), en(.0))]
    Mapping(String),
    #[error("tập dữ liệu '{collection}': {} / collection '{collection}': {}", vi(reason), en(reason))]
    Collection { collection: String, reason: String },
    #[error(
        "{path}: thay thế (--mode replace) sẽ xóa các đối tượng của {skipped} dòng bị bỏ qua: hãy sửa các dòng đó, hoặc dùng --mode upsert / {path}: --mode replace would delete the features of the {skipped} rows that are left out: mend the rows, or use --mode upsert"
    )]
    Replaced { path: PathBuf, skipped: u64 },
    #[error("không nhận {path}: {} / {path} is not taken in: {}", vi(reason), en(reason))]
    Drawing { path: PathBuf, reason: String },
    #[error("{0}")]
    Plan(String),
    #[error(
        "{} vượt giới hạn {}: hãy chia nhỏ tệp / {} is over the limit of {}: split the file",
        vi(what),
        vi(limit),
        en(what),
        en(limit)
    )]
    Limit { what: String, limit: String },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "tệp tạm bị lỗi ({0}): hãy dọn chỗ trong thư mục TMPDIR / a temporary file failed ({0}): make room in the directory that TMPDIR names"
    )]
    Temporary(std::io::Error),
}

/// Which rows to export, in which system and where to.
#[derive(Debug, Clone)]
pub struct ExportOptions {
    /// The ending names the format: .gpkg, .geojson, .json, .geojsonl, .ndjson, .fgb, .shp, .shp.zip, .csv, .xlsx, .kml.
    pub out: PathBuf,
    /// The storage CRS where nothing is said; CRS84 for GeoJSON and KML, whose standards ask for it.
    pub crs: Option<Crs>,
    /// Only features whose envelope meets this one, in CRS84.
    pub bbox: Option<Envelope>,
    /// Only features whose field has this text as its value.
    pub where_equals: Vec<(String, String)>,
    /// Whether a FlatGeobuf has a spatial index, by which clients read a part of it. It puts features into the order of their
    /// places, and every feature must have one. Without it, features stand as they came, and a reader that
    /// wants a part or their number reads them all.
    pub has_spatial_index: bool,
}

/// What an export wrote.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExportReport {
    pub written: u64,
    /// What the format could not hold as it was, each once with its count.
    pub notices: Vec<String>,
}

/// Why there is no exported file. A file that could not be finished is removed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{path}: {} / {path}: {}", vi(reason), en(reason))]
    File { path: PathBuf, reason: String },
    #[error("{0}")]
    Options(String),
    #[error("đối tượng '{id}': {} / feature '{id}': {}", vi(reason), en(reason))]
    Feature { id: String, reason: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}
