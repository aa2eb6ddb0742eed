//! From a file to rows that have passed every check that needs no store: what a process without one can do.

use std::collections::HashMap;

use super::check::{Checker, Tally};
use super::mapping::{ColumnUse, MapFile, Source};
use super::place::Place;
use super::prepare::{self, Prepared};
use super::survey::{self, SurveyError};
use super::table::RawRow;
use super::target::Target;
use super::{ImportError, ImportOptions, RowFault, files, limits, open};
use crate::domain::Collection;
use crate::geom::Crs;
use crate::store::Draft;
use crate::text::both;

/// A row of the file as far as the file alone tells. Fields of which it says nothing are null.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its number among the file's data rows, from 1.
    pub number: u64,
    pub draft: Draft,
    pub faults: Vec<RowFault>,
}

/// What is decided before the first row comes.
#[derive(Debug, Clone, PartialEq)]
pub struct Heading {
    /// The collection that receives the rows, made from the file where there was none.
    pub collection: Collection,
    /// Whether the store has its table already.
    pub is_stored: bool,
    /// For each stored field, whether the file says nothing of it.
    pub absent: Vec<bool>,
    /// Whether the file says where its rows are.
    pub has_places: bool,
    /// Whether the file has ids.
    pub has_ids: bool,
    /// What became of the columns of the file.
    pub columns: Vec<ColumnUse>,
    /// How many rows there are.
    pub rows: u64,
}

impl Heading {
    fn of(prepared: &Prepared) -> Heading {
        Heading {
            collection: prepared.collection.clone(),
            is_stored: prepared.is_stored,
            absent: prepared.plan.sources.iter().map(|source| *source == Source::Absent).collect(),
            has_places: prepared.place != Place::Nowhere,
            has_ids: prepared.plan.id.is_some(),
            columns: prepared.columns.clone(),
            rows: prepared.rows,
        }
    }

    /// Whether a row that is there already keeps something that the file does not speak of.
    pub fn is_partial(&self) -> bool {
        self.absent.contains(&true) || !self.has_places
    }
}

/// Who takes the rows of a file.
pub trait Taker {
    /// Hears what is decided, once and before the first row.
    ///
    /// # Errors
    /// An error of its own ends the reading.
    fn begin(&mut self, heading: Heading) -> Result<(), ImportError>;

    /// Takes a row, faulty or not.
    ///
    /// # Errors
    /// As [`Taker::begin`].
    fn row(&mut self, row: Candidate) -> Result<(), ImportError>;
}

/// Reads the file of an import into a target. Gives everything that was repaired, guessed or left out, each once with its count.
///
/// # Errors
/// [`ImportError`] when the file as a whole cannot be taken; faults of single rows come with these.
pub fn read(
    options: &ImportOptions,
    map: &MapFile,
    target: Target,
    taker: &mut dyn Taker,
) -> Result<Vec<String>, ImportError> {
    let mut notices = Vec::new();
    let set = files::locate(&options.source, options.layer.as_deref())?;
    let mut table = open::open(&set, &mut notices)?;
    let survey = survey::survey(&mut table).map_err(|error| survey_fault(error, options))?;
    let prepared = prepare::prepare(&set, &mut table, survey, target, map, options, &mut notices)?;
    let mut checker = Checker {
        collection: &prepared.collection,
        plan: &prepared.plan,
        reader: &prepared.reader,
        commas: prepared.commas.clone(),
        place: prepared.place,
        route: prepared.route()?,
        tally: Tally::default(),
        ids: HashMap::new(),
    };
    taker.begin(Heading::of(&prepared))?;
    let broken = |reason: String| ImportError::Incomplete { path: options.source.clone(), reason };
    let mut row = RawRow::default();
    let mut number = 0;
    table.rewind().map_err(broken)?;
    while table.next(&mut row).map_err(broken)? {
        number += 1;
        taker.row(checker.check(number, &mut row))?;
    }
    refuse_misplaced(&checker.tally, prepared.source_crs.as_ref())?;
    notices.extend(notices_of(&checker, &prepared));
    notices
        .extend(table.take_warnings().into_iter().map(|warning| format!("GDAL báo: {warning} / GDAL says: {warning}")));
    Ok(notices)
}

fn survey_fault(error: SurveyError, options: &ImportOptions) -> ImportError {
    match error {
        SurveyError::Broken(reason) => ImportError::Incomplete { path: options.source.clone(), reason },
        SurveyError::TooManyRows => ImportError::Limit {
            what: format!("số dòng của {0} / the number of rows of {0}", options.source.display()),
            limit: limits::ROWS.to_string(),
        },
    }
}

/// Refuses a file that lies elsewhere as a whole: its reference system is wrong, or its axes are.
fn refuse_misplaced(tally: &Tally, crs: Option<&Crs>) -> Result<(), ImportError> {
    let (Some(crs), Some([x, y, ..])) = (crs, tally.example) else { return Ok(()) };
    if tally.outside < tally.placed {
        return Ok(());
    }
    let what = if tally.swapped == tally.placed {
        "có vẻ hai tọa độ bị đảo (x là đông hoặc kinh độ, y là bắc hoặc vĩ độ): hãy lưu lại tệp đúng thứ tự trục, hoặc đặt tên cột, ví dụ 'X (bắc)' và 'Y (đông)' / its coordinates look swapped (x is easting or longitude, y is northing or latitude): write the file anew with the axes the right way round, or name the columns, for example 'X (north)' and 'Y (east)'"
    } else {
        "hãy chọn đúng hệ của các tọa độ (--crs), hoặc sửa tệp / name the system that the coordinates are in with --crs, or correct the file"
    };
    Err(ImportError::Crs(
        both!("cả tệp nằm ngoài phạm vi của {crs}, ví dụ {x} {y}: {what}", "all of the file lies outside the area of use of {crs}, for example {x} {y}: {what}"; what),
    ))
}

fn notices_of(checker: &Checker<'_>, prepared: &Prepared) -> Vec<String> {
    let tally = &checker.tally;
    let mut notices = prepared.reader.notices();
    notices.extend(tally.repairs.notices());
    let storage = prepared.collection.geometry.as_ref().map(|geometry| &geometry.crs);
    if let (Some(from), Some(to), 1..) = (&prepared.source_crs, storage, tally.transformed) {
        notices.push(format!(
            "{0} hình đã chuyển từ {from} sang {to} / {0} geometries were transformed from {from} to {to}",
            tally.transformed
        ));
    }
    let said = [
        (
            tally.heights_dropped,
            "hình bị bỏ độ cao: tập dữ liệu không có độ cao / geometries lost their heights: the collection holds none",
        ),
        (
            tally.slugged,
            "mã đã viết lại bằng ký tự dùng được trong địa chỉ / ids were rewritten with the letters that URLs allow",
        ),
        (
            tally.translated,
            "giá trị đã đổi sang mã của tập dữ liệu / values were translated into the codes of the collection",
        ),
    ];
    notices.extend(said.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| both!("{count} {what}"; what)));
    notices
}
