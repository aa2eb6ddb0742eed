//! Import: read a file, meet what the store has, write all of it or nothing.

use std::fs::File;
use std::io::{BufWriter, Read};
use std::path::{Path, PathBuf};

use super::mapping::MapFile;
use super::meeting::Meeting;
use super::reading::{self, Candidate, Heading, Taker};
use super::spill::{Kept, Spill};
use super::{ImportError, ImportOptions, ImportReport, RowFault, limits, prepare, target};
use crate::domain::Collection;
use crate::store::{Applied, Change, Mode, Origin, Store};

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
    let target = target::find(store, &options.collection)?;
    let map = options.map.as_deref().map(MapFile::read).transpose()?.unwrap_or_default();
    let mut intake = Intake {
        store,
        options,
        progress,
        report: ImportReport { dry_run: options.dry_run, ..ImportReport::default() },
        spill: Spill::create().map_err(ImportError::Temporary)?,
        skipped_rows: None,
        begun: None,
    };
    let notices = reading::read(options, &map, target, &mut intake)?;
    let Intake { mut report, spill, skipped_rows, begun, .. } = intake;
    report.notices = notices;
    // A reading that ends well has begun.
    let Some((heading, _)) = begun else { return Ok(report) };
    if options.mode == Mode::Replace && report.skipped > 0 {
        return Err(ImportError::Replaced { path: options.source.clone(), skipped: report.skipped });
    }
    let all_steps = heading.rows * 2;
    if !options.dry_run && !report.is_refused() {
        let list = skipped_rows.map(SkippedRows::complete).transpose()?;
        let kept = spill.finish().map_err(ImportError::Temporary)?;
        let written = |rows| progress(heading.rows + rows, Some(all_steps));
        report.applied = write(store, &heading.collection, &kept, options, &written)?;
        list.map_or(Ok(()), CompleteList::publish)?;
    }
    progress(all_steps, Some(all_steps));
    Ok(report)
}

/// Rows on their way from a file into the store.
struct Intake<'a> {
    store: &'a dyn Store,
    options: &'a ImportOptions,
    progress: &'a dyn Fn(u64, Option<u64>),
    report: ImportReport,
    spill: Spill,
    skipped_rows: Option<SkippedRows>,
    begun: Option<(Heading, Meeting)>,
}

impl Taker for Intake<'_> {
    fn begin(&mut self, heading: Heading) -> Result<(), ImportError> {
        let meeting = Meeting::of(self.store, &heading, self.options.mode)?;
        self.skipped_rows = self.options.skip_bad.as_deref().map(SkippedRows::create).transpose()?;
        self.begun = Some((heading, meeting));
        Ok(())
    }

    fn row(&mut self, mut row: Candidate) -> Result<(), ImportError> {
        let Some((heading, meeting)) = &self.begun else { return Ok(()) };
        self.report.read += 1;
        meeting.complete(heading, &mut row);
        if row.faults.is_empty() {
            self.spill.push(row.number, &row.draft).map_err(ImportError::Temporary)?;
        } else {
            if let Some(list) = &mut self.skipped_rows {
                self.report.skipped += 1;
                list.add(&row.faults)?;
            }
            self.report.add(row.faults);
        }
        if self.report.read.is_multiple_of(STEP) {
            (self.progress)(self.report.read, Some(heading.rows * 2));
        }
        Ok(())
    }
}

impl ImportReport {
    /// Takes note of the faults of a row.
    pub fn add(&mut self, faults: Vec<RowFault>) {
        let room = limits::FAULTS.saturating_sub(self.faults.len()).min(faults.len());
        self.more_faults += (faults.len() - room) as u64;
        self.faults.extend(faults.into_iter().take(room));
    }
}

fn write(
    store: &dyn Store,
    collection: &Collection,
    kept: &Kept,
    options: &ImportOptions,
    progress: &dyn Fn(u64),
) -> Result<Applied, ImportError> {
    let mut done = 0;
    let mut rows = kept.drafts().inspect(|_| {
        done += 1;
        if done % STEP == 0 {
            progress(done);
        }
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
            let reason = "tệp đã có và không phải danh sách dòng bị bỏ: hãy đặt tên khác / it is there already and no list of skipped rows: name another file".to_owned();
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
