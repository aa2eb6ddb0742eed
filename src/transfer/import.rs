//! Import: locate the file, survey it, decide how it is to be read, check every row, write them all.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufWriter, Read};
use std::path::{Path, PathBuf};

use super::check::{Checker, Tally};
use super::mapping::MapFile;
use super::place::Place;
use super::prepare::{self, Prepared};
use super::spill::Spill;
use super::survey::{self, SurveyError};
use super::table::RawRow;
use super::{ImportError, ImportOptions, ImportReport, RowFault, files, limits, open, target};
use crate::domain::{Collection, FeatureId};
use crate::geom::Crs;
use crate::store::{Applied, Change, Mode, Origin, Row, Store, StoreError};

/// Rows between two reports of progress.
const STEP: u64 = 1_000;

/// Imports a file into a collection of the store. `progress` hears of work done and of all work, two steps for each row.
///
/// # Errors
/// [`ImportError`] when the file as a whole cannot be taken; faults of single rows stand in the report. Either way
/// nothing was written unless the report says so.
pub fn import(
    store: &dyn Store,
    options: &ImportOptions,
    progress: &dyn Fn(u64, Option<u64>),
) -> Result<ImportReport, ImportError> {
    let target = target::find(store, options)?;
    let map = options.map.as_deref().map(MapFile::read).transpose()?.unwrap_or_default();
    let mut notices = Vec::new();
    let set = files::locate(&options.source, options.layer.as_deref())?;
    let mut table = open::open(&set, &mut notices)?;
    let survey = survey::survey(&mut table).map_err(|error| survey_fault(error, &options.source))?;
    let prepared = prepare::prepare(&set, &mut table, survey, target, &map, options, &mut notices)?;
    let (base, taken) = rows_to_meet(store, &prepared, options.mode)?;
    let mut checker = Checker {
        collection: &prepared.collection,
        plan: &prepared.plan,
        reader: &prepared.reader,
        commas: prepared.commas.clone(),
        place: prepared.place,
        route: prepared.route()?,
        mode: options.mode,
        base,
        taken,
        tally: Tally::default(),
        ids: HashMap::new(),
    };
    let mut skipped_rows = options.skip_bad.as_deref().map(SkippedRows::create).transpose()?;
    let mut report = ImportReport { dry_run: options.dry_run, ..ImportReport::default() };
    let mut spill = Spill::create().map_err(ImportError::Temporary)?;
    let all_steps = prepared.rows * 2;
    let broken = |reason: String| ImportError::Incomplete { path: options.source.clone(), reason };
    let mut row = RawRow::default();
    table.rewind().map_err(broken)?;
    while table.next(&mut row).map_err(broken)? {
        report.read += 1;
        match checker.check(report.read, &mut row) {
            Ok(draft) => spill.push(&draft).map_err(ImportError::Temporary)?,
            Err(faults) => {
                if let Some(list) = &mut skipped_rows {
                    report.skipped += 1;
                    list.add(&faults)?;
                }
                report.add(faults);
            }
        }
        if report.read.is_multiple_of(STEP) {
            progress(report.read, Some(all_steps));
        }
    }
    refuse_misplaced(&checker.tally, prepared.source_crs.as_ref())?;
    notices.extend(notices_of(&checker, &prepared));
    notices.extend(table.take_warnings().into_iter().map(|warning| format!("GDAL: {warning}")));
    report.notices = notices;
    if options.mode == Mode::Replace && report.skipped > 0 {
        return Err(ImportError::Replaced { path: options.source.clone(), skipped: report.skipped });
    }
    if !options.dry_run && !report.is_refused() {
        let list = skipped_rows.map(SkippedRows::complete).transpose()?;
        let written = |rows| progress(prepared.rows + rows, Some(all_steps));
        report.applied = write(store, &prepared.collection, spill, options, &written)?;
        list.map_or(Ok(()), CompleteList::publish)?;
    }
    progress(all_steps, Some(all_steps));
    Ok(report)
}

impl ImportReport {
    fn add(&mut self, faults: Vec<RowFault>) {
        let room = limits::FAULTS.saturating_sub(self.faults.len()).min(faults.len());
        self.more_faults += (faults.len() - room) as u64;
        self.faults.extend(faults.into_iter().take(room));
    }
}

fn survey_fault(error: SurveyError, source: &Path) -> ImportError {
    match error {
        SurveyError::Broken(reason) => ImportError::Incomplete { path: source.to_owned(), reason },
        SurveyError::TooManyRows => ImportError::Limit {
            what: format!("the number of rows of {}", source.display()),
            limit: limits::ROWS.to_string(),
        },
    }
}

/// What the rows of the store mean for the check: those that an upsert completes, and the ids that an append must not use.
fn rows_to_meet(
    store: &dyn Store,
    prepared: &Prepared,
    mode: Mode,
) -> Result<(HashMap<FeatureId, Row>, HashSet<FeatureId>), ImportError> {
    let (mut base, mut taken) = (HashMap::new(), HashSet::new());
    let is_partial = prepared.plan.is_partial() || prepared.place == Place::Nowhere;
    if prepared.is_stored && prepared.plan.id.is_some() {
        store.scan(&prepared.collection, &mut |row| {
            match mode {
                Mode::Append => {
                    taken.insert(row.id);
                }
                Mode::Upsert if is_partial => {
                    base.insert(row.id.clone(), row);
                }
                Mode::Upsert | Mode::Replace => {}
            }
            Ok(())
        })?;
    }
    Ok((base, taken))
}

/// Refuses a file that lies elsewhere as a whole: its reference system is wrong, or its axes are.
fn refuse_misplaced(tally: &Tally, crs: Option<&Crs>) -> Result<(), ImportError> {
    let (Some(crs), Some([x, y, ..])) = (crs, tally.example) else { return Ok(()) };
    if tally.outside < tally.placed {
        return Ok(());
    }
    let what = if tally.swapped == tally.placed {
        "its coordinates look swapped (x is easting or longitude, y is northing or latitude): write the file anew with the axes the right way round, or name the columns, for example 'X (north)' and 'Y (east)'"
    } else {
        "name the system that the coordinates are in with --crs, or correct the file"
    };
    Err(ImportError::Crs(format!("all of the file lies outside the area of use of {crs}, for example {x} {y}: {what}")))
}

fn notices_of(checker: &Checker<'_>, prepared: &Prepared) -> Vec<String> {
    let tally = &checker.tally;
    let mut notices = prepared.reader.notices();
    notices.extend(tally.repairs.notices());
    let storage = prepared.collection.geometry.as_ref().map(|geometry| &geometry.crs);
    if let (Some(from), Some(to), 1..) = (&prepared.source_crs, storage, tally.transformed) {
        notices.push(format!("{} geometries were transformed from {from} to {to}", tally.transformed));
    }
    let said = [
        (tally.heights_dropped, "geometries lost their heights: the collection holds none"),
        (tally.slugged, "ids were rewritten with the letters that URLs allow"),
        (tally.translated, "values were translated into the codes of the collection"),
    ];
    notices.extend(said.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    notices
}

fn write(
    store: &dyn Store,
    collection: &Collection,
    spill: Spill,
    options: &ImportOptions,
    progress: &dyn Fn(u64),
) -> Result<Applied, ImportError> {
    let mut done = 0;
    let mut rows = spill.into_rows().map_err(ImportError::Temporary)?.map(|row| {
        done += 1;
        if done % STEP == 0 {
            progress(done);
        }
        row.map_err(|e| {
            StoreError::Stopped(format!(
                "the temporary file failed ({e}): make room in the directory that TMPDIR names"
            ))
        })
    });
    Ok(store.apply(Change {
        collection,
        mode: options.mode,
        drafts: &mut rows,
        origin: Origin { who: options.who.clone(), what: prepare::what(&options.source), why: None },
    })?)
}

const SKIPPED_HEADER: &str = "row,field,reason";

/// The list of rows that are left out, written beside its place and put there when all is done.
struct SkippedRows {
    path: PathBuf,
    list: csv::Writer<BufWriter<File>>,
    file: tempfile::TempPath,
}

impl SkippedRows {
    /// Prepares a list. Only a former list may lie at its place.
    fn create(path: &Path) -> Result<SkippedRows, ImportError> {
        let fault = |e: std::io::Error| ImportError::File { path: path.to_owned(), reason: e.to_string() };
        if path.symlink_metadata().is_ok() && !is_former_list(path).map_err(fault)? {
            let reason = "it is there already and no list of skipped rows: name another file".to_owned();
            return Err(ImportError::File { path: path.to_owned(), reason });
        }
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (handle, file) = tempfile::NamedTempFile::new_in(dir).map_err(fault)?.into_parts();
        let mut list = csv::Writer::from_writer(BufWriter::new(handle));
        list.write_record(SKIPPED_HEADER.split(',')).map_err(|e| fault(e.into()))?;
        Ok(SkippedRows { path: path.to_owned(), list, file })
    }

    fn add(&mut self, faults: &[RowFault]) -> Result<(), ImportError> {
        for fault in faults {
            let record = [fault.row.to_string(), fault.field.clone().unwrap_or_default(), fault.reason.clone()];
            self.list.write_record(record).map_err(|e| self.fault(e.into()))?;
        }
        Ok(())
    }

    fn fault(&self, error: std::io::Error) -> ImportError {
        ImportError::File { path: self.path.clone(), reason: error.to_string() }
    }

    /// Writes the list out before anything is written to the store.
    fn complete(mut self) -> Result<CompleteList, ImportError> {
        self.list.flush().map_err(|e| self.fault(e))?;
        Ok(CompleteList { path: self.path, file: self.file })
    }
}

/// A list that waits for the store.
struct CompleteList {
    path: PathBuf,
    file: tempfile::TempPath,
}

impl CompleteList {
    fn publish(self) -> Result<(), ImportError> {
        let CompleteList { path, file } = self;
        file.persist(&path).map_err(|e| ImportError::File { path: path.clone(), reason: e.error.to_string() })
    }
}

fn is_former_list(path: &Path) -> std::io::Result<bool> {
    if !path.is_file() {
        return Ok(false);
    }
    let mut head = Vec::new();
    File::open(path)?.take(SKIPPED_HEADER.len() as u64 + 1).read_to_end(&mut head)?;
    Ok(head.is_empty() || head == format!("{SKIPPED_HEADER}\n").as_bytes())
}
