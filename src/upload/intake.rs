//! What a worker has read, taken in without trust, held against the store and written.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use geo::{CoordsIter, Geometry, Polygon};

use super::frames::{self, Frame};
use super::process::one_line;
use super::{Declaration, ImportJob, Job, Leash, Picture, UploadError, Workers};
use crate::domain::{Collection, FeatureId, Kind, Value};
use crate::geom::{Crs, GeometryKind, Shape};
use crate::store::{Applied, Batch, Change, Draft, Mode, Origin, Row, SourceFile, Store, StoreError};
use crate::text::both;
use crate::transfer::mapping::ColumnUse;
use crate::transfer::meeting::Meeting;
use crate::transfer::reading::{Candidate, Heading};
use crate::transfer::spill::{Kept, Spill};
use crate::transfer::target::Target;
use crate::transfer::{ImportReport, RowFault, limits};

/// Bytes of all rows of one file as they are kept until they are written.
const KEPT_BYTES: usize = 1 << 30;

/// Letters of a sentence of the report, sentences of it, and faults of one row.
const SENTENCE: usize = 4_000;
const SENTENCES: usize = 500;
const FAULTS_OF_A_ROW: usize = limits::FIELDS + 2;

/// A file that was read.
pub struct Reading {
    pub heading: Heading,
    /// Rows without a fault of their own.
    kept: Kept,
    /// What is wrong with the others, and what was repaired, guessed or left out.
    pub report: ImportReport,
    /// Rows with faults.
    pub faulty: u64,
}

/// Rows as they come in.
struct Intake<'a> {
    collection: Option<&'a Collection>,
    is_stored: bool,
    id: &'a str,
    heading: Option<Heading>,
    spill: Spill,
    bytes: usize,
    report: ImportReport,
    faulty: u64,
    last: u64,
    progress: &'a dyn Fn(u64, u64),
}

impl Reading {
    /// Has a file read in a folder of the worker's, into which it was copied; `aside` is where rows are kept, `progress` hears of rows
    /// read and of all.
    ///
    /// # Errors
    /// Why there are no rows.
    pub fn take(
        workers: &Workers,
        (folder, aside): (&Path, &Path),
        mut job: ImportJob,
        target: &Target,
        leash: &Leash,
        progress: &dyn Fn(u64, u64),
    ) -> Result<Reading, UploadError> {
        job.declaration = target.collection.as_ref().map(Declaration::of);
        job.is_stored = target.is_stored;
        let id = job.collection.clone();
        let spill = Spill::create_in(aside).map_err(|e| UploadError::Machine(e.to_string()))?;
        let mut intake = Intake {
            collection: target.collection.as_ref(),
            is_stored: target.is_stored,
            id: &id,
            heading: None,
            spill,
            bytes: 0,
            report: ImportReport { dry_run: true, ..ImportReport::default() },
            faulty: 0,
            last: 0,
            progress,
        };
        workers.run(folder, Job::Import(Box::new(job)), leash, &mut |frame| intake.hear(frame))?;
        let Intake { heading: Some(heading), spill, report, faulty, .. } = intake else {
            return Err(UploadError::Untrue("it read without a beginning".to_owned()));
        };
        if heading.rows != report.read {
            return Err(UploadError::Untrue("it lost rows".to_owned()));
        }
        let refused = |message: String| Err(UploadError::Refused { message, layers: Vec::new() });
        let places = heading.collection.geometry.as_ref();
        if !heading.is_stored && places.is_some_and(|geometry| matches!(geometry.crs, Crs::Wkt(_))) {
            return refused(
                "tập dữ liệu mới chỉ tạo từ tệp có hệ tọa độ mang mã: hãy lưu tệp theo một hệ như EPSG:5897 (VN-2000, Hà Nội) / a new collection is made from files in a system with a code alone: save the file in one, such as EPSG:5897 (VN-2000, Hanoi)"
                    .to_owned(),
            );
        }
        let kept = spill.finish().map_err(|e| UploadError::Machine(e.to_string()))?;
        Ok(Reading { heading, kept, report, faulty })
    }

    /// The first rows without a fault.
    ///
    /// # Errors
    /// Where they cannot be read any more.
    pub fn first(&self, count: usize) -> std::io::Result<Vec<(u64, Draft)>> {
        self.kept.rows().take(count).collect()
    }

    /// How many rows have no fault of their own.
    pub fn good(&self) -> u64 {
        self.kept.count()
    }
}

impl Intake<'_> {
    fn hear(&mut self, frame: Frame) -> Result<(), String> {
        match (frame, &self.heading) {
            (Frame::Heading(heading), None) => {
                let heading = self.heading(*heading)?;
                (self.progress)(0, heading.rows);
                self.heading = Some(heading);
                Ok(())
            }
            (Frame::Progress(done, all), Some(heading)) => {
                (self.progress)(done.min(heading.rows), all.min(heading.rows));
                Ok(())
            }
            (Frame::Row(row), Some(_)) => self.row(row),
            (Frame::Done(done), Some(_)) => {
                let notices = done.notices.iter().take(SENTENCES);
                self.report.notices = notices.map(|notice| one_line(notice, SENTENCE)).collect();
                Ok(())
            }
            _ => Err("it speaks out of turn".to_owned()),
        }
    }

    fn heading(&self, come: frames::Heading) -> Result<Heading, String> {
        let collection = match (self.collection, come.made) {
            (Some(known), None) => known.clone(),
            (None, Some(made)) => made.made(self.id)?,
            _ => return Err("it reads into another collection".to_owned()),
        };
        if come.absent.len() != collection.stored_fields().count() || come.rows > limits::ROWS {
            return Err("its heading is of another collection".to_owned());
        }
        if come.columns.len() > limits::FIELDS * 3 {
            return Err("it has too many columns".to_owned());
        }
        let column = |column: ColumnUse| ColumnUse {
            source: one_line(&column.source, 200),
            field: column.field.map(|field| one_line(&field, 200)),
            why: column.why,
        };
        Ok(Heading {
            collection,
            is_stored: self.is_stored,
            absent: come.absent,
            has_places: come.has_places,
            has_ids: come.has_ids,
            columns: come.columns.into_iter().map(column).collect(),
            rows: come.rows,
        })
    }

    fn row(&mut self, row: Candidate) -> Result<(), String> {
        let Some(heading) = &self.heading else { return Err("it speaks out of turn".to_owned()) };
        self.report.read += 1;
        if row.number <= self.last || row.number > heading.rows || row.faults.len() > FAULTS_OF_A_ROW {
            return Err("its rows are not those of the file".to_owned());
        }
        self.last = row.number;
        if row.faults.is_empty() {
            let told = |reason: String| format!("row {}: {reason}", row.number);
            self.bytes = self.bytes.saturating_add(check(heading, &row.draft).map_err(told)?);
            if self.bytes > KEPT_BYTES {
                return Err("its rows are larger than any file that is taken".to_owned());
            }
            return self.spill.push(row.number, &row.draft).map_err(|e| e.to_string());
        }
        self.faulty += 1;
        let fault = |fault: RowFault| RowFault {
            row: row.number,
            field: fault.field.map(|field| one_line(&field, 200)),
            reason: one_line(&fault.reason, SENTENCE),
        };
        self.report.add(row.faults.into_iter().map(fault).collect());
        Ok(())
    }
}

/// Holds a row against the declaration once more: the worker has done so, and may have been led astray. Gives its size in bytes.
pub(super) fn check(heading: &Heading, draft: &Draft) -> Result<usize, String> {
    let collection = &heading.collection;
    if draft.values.len() != heading.absent.len() || draft.id.is_some() != heading.has_ids {
        return Err("it has other fields".to_owned());
    }
    let mut bytes = 64;
    for ((value, field), absent) in draft.values.iter().zip(collection.stored_fields()).zip(&heading.absent) {
        if (*absent && !value.is_null()) || !field.data_type.holds(value) {
            return Err(format!("{} has no value that it may have", field.name));
        }
        if let Value::Text(text) = value {
            bytes += text.len();
            if text.len() > limits::TEXT_BYTES || text.contains('\0') {
                return Err(format!("{} has a text that no field has", field.name));
            }
        }
        bytes += 16;
    }
    let is_absent = |name: &str| {
        let mut fields = collection.stored_fields().zip(&heading.absent);
        fields.any(|(field, absent)| *absent && field.name == name)
    };
    if let Some((field, reason)) = collection.faults(&draft.values).into_iter().find(|(name, _)| !is_absent(name)) {
        return Err(both!("{field} {reason}"; reason));
    }
    match (&collection.geometry, &draft.shape) {
        (Some(geometry), Some(shape)) if heading.has_places => {
            let coordinates = shape.geometry.coords_count();
            let is_right = geometry.kind.accepts(GeometryKind::of(&shape.geometry))
                && (geometry.has_z || shape.z.is_none())
                && (1..=limits::VERTICES).contains(&coordinates)
                && is_whole(shape);
            if is_right {
                Ok(bytes + coordinates * 24)
            } else {
                Err("it has a geometry that it may not have".to_owned())
            }
        }
        (_, Some(_)) => Err("it has a geometry that it may not have".to_owned()),
        (Some(geometry), None) if heading.has_places => {
            // As in the check of the worker: drawn survey needs its places.
            let is_needed = collection.kind == Kind::Register && !geometry.crs.is_wgs84();
            if is_needed { Err("it has no geometry".to_owned()) } else { Ok(bytes) }
        }
        _ => Ok(bytes),
    }
}

/// Whether rings are closed and lines lead somewhere.
fn is_whole(shape: &Shape) -> bool {
    fn ring(ring: &geo::LineString<f64>) -> bool {
        ring.0.len() >= 4 && ring.0.first() == ring.0.last()
    }
    fn polygon(polygon: &Polygon<f64>) -> bool {
        ring(polygon.exterior()) && polygon.interiors().iter().all(ring)
    }
    fn geometry(of: &Geometry<f64>) -> bool {
        match of {
            Geometry::Polygon(one) => polygon(one),
            Geometry::MultiPolygon(many) => many.0.iter().all(polygon),
            Geometry::LineString(line) => line.0.len() >= 2,
            Geometry::MultiLineString(lines) => lines.0.iter().all(|line| line.0.len() >= 2),
            Geometry::GeometryCollection(parts) => parts.0.iter().all(geometry),
            _ => true,
        }
    }
    geometry(&shape.geometry)
}

/// What a commit would do, and what the store's own rows say against it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    pub applied: Applied,
    pub faults: Vec<RowFault>,
    /// Rows of these faults, listed or not.
    pub faulty: u64,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum CommitError<E> {
    /// Rows have faults, and leaving them out was not asked for.
    #[error(
        "{0} dòng có lỗi và chưa ghi gì: sửa các dòng đó, hoặc bỏ chúng ra / {0} rows have faults and nothing was written: mend the rows, or leave them out"
    )]
    Faulty(u64),
    #[error(
        "thay toàn bộ sẽ xóa đối tượng của {0} dòng bị bỏ ra: sửa các dòng đó, hoặc chọn kiểu upsert / replacing would delete the features of the {0} rows that are left out: mend the rows, or use the mode upsert"
    )]
    Replaced(u64),
    #[error(
        "dữ liệu đã thay đổi từ khi đọc tệp: hãy đọc lại / the collection has changed since the file was read: read it again"
    )]
    Changed,
    /// Whoever asked may not do it.
    #[error("không được phép / it is not allowed")]
    Denied(E),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("tệp tạm bị lỗi: {0} / a temporary file failed: {0}")]
    Machine(#[from] std::io::Error),
}

/// Says of a row of a collection, as it is and as it would be, whether this may be.
pub type Allow<'a, E> = &'a mut dyn FnMut(&Collection, Option<&Row>, Option<&Draft>) -> Result<(), E>;

/// Takes a row that is to be with the row that is there.
type Met<'a, E> = &'a mut dyn FnMut(Option<&Row>, Candidate) -> Result<(), E>;

/// Rows of the store by their ids.
fn rows_there(store: &dyn Store, heading: &Heading) -> Result<HashMap<FeatureId, Row>, StoreError> {
    let mut rows = HashMap::new();
    if heading.is_stored {
        store.scan(&heading.collection, &mut |row| {
            rows.insert(row.id.clone(), row);
            Ok(())
        })?;
    }
    Ok(rows)
}

/// Whether the store has the collection as it was when the file was read.
fn is_unchanged(store: &dyn Store, heading: &Heading) -> Result<bool, StoreError> {
    let there = store.collections()?.into_iter().find(|one| one.id == heading.collection.id);
    Ok(match there {
        Some(there) => heading.is_stored && there == heading.collection,
        None => !heading.is_stored,
    })
}

/// Meets every good row with what the store has; tells of the row that is there and of the row to be, or of its faults.
fn meet<E: From<StoreError> + From<std::io::Error>>(
    store: &dyn Store,
    reading: &Reading,
    mode: Mode,
    rows: &HashMap<FeatureId, Row>,
    each: Met<'_, E>,
) -> Result<(), E> {
    let meeting = Meeting::of(store, &reading.heading, mode)?;
    for row in reading.kept.rows() {
        let (number, draft) = row?;
        let mut row = Candidate { number, draft, faults: Vec::new() };
        meeting.complete(&reading.heading, &mut row);
        let there = row.draft.id.as_ref().and_then(|id| rows.get(id));
        each(there, row)?;
    }
    Ok(())
}

/// What a commit would do to the store as it is now; nothing is written.
///
/// # Errors
/// Where the store cannot be read, or has another collection by now.
pub fn count(store: &dyn Store, reading: &Reading, mode: Mode) -> Result<Counts, CommitError<StoreError>> {
    if !is_unchanged(store, &reading.heading)? {
        return Err(CommitError::Changed);
    }
    let rows = rows_there(store, &reading.heading)?;
    let mut counts = Counts::default();
    let mut met = HashSet::new();
    meet::<CommitError<StoreError>>(store, reading, mode, &rows, &mut |there, row| {
        if !row.faults.is_empty() {
            counts.faulty += 1;
            let room = limits::FAULTS.saturating_sub(counts.faults.len());
            counts.faults.extend(row.faults.into_iter().take(room));
            return Ok(());
        }
        let applied = &mut counts.applied;
        match there {
            None => applied.inserted += 1,
            Some(there) => {
                let is_same = there.values == row.draft.values && there.shape == row.draft.shape;
                *(if is_same { &mut applied.unchanged } else { &mut applied.updated }) += 1;
                met.insert(there.fid);
            }
        }
        Ok(())
    })?;
    if mode == Mode::Replace {
        counts.applied.deleted = (rows.len() - met.len()) as u64;
    }
    Ok(counts)
}

/// What a commit writes beside the rows.
pub struct Committed<'a> {
    pub mode: Mode,
    /// Leaves rows with faults out.
    pub skip_bad: bool,
    pub origin: Origin,
    /// The file as it came.
    pub source: SourceFile<'a>,
}

/// Writes all rows and the file that they came in, or nothing.
///
/// # Errors
/// [`CommitError`]; nothing was written then.
pub fn commit<E>(
    store: &dyn Store,
    reading: &Reading,
    committed: Committed<'_>,
    allow: Allow<'_, E>,
) -> Result<Applied, CommitError<E>> {
    let Committed { mode, skip_bad, origin, source } = committed;
    let collection = &reading.heading.collection;
    if !is_unchanged(store, &reading.heading)? {
        return Err(CommitError::Changed);
    }
    let rows = rows_there(store, &reading.heading)?;
    let mut ready = Spill::create()?;
    let mut faulty = reading.faulty;
    let mut met = HashSet::new();
    meet::<CommitError<E>>(store, reading, mode, &rows, &mut |there, row| {
        if !row.faults.is_empty() {
            faulty += 1;
            return Ok(());
        }
        allow(collection, there, Some(&row.draft)).map_err(CommitError::Denied)?;
        met.extend(there.map(|there| there.fid));
        Ok(ready.push(row.number, &row.draft)?)
    })?;
    if faulty > 0 && !skip_bad {
        return Err(CommitError::Faulty(faulty));
    }
    if mode == Mode::Replace {
        if faulty > 0 {
            return Err(CommitError::Replaced(faulty));
        }
        for gone in rows.values().filter(|row| !met.contains(&row.fid)) {
            allow(collection, Some(gone), None).map_err(CommitError::Denied)?;
        }
    }
    let ready = ready.finish()?;
    let mut drafts = ready.drafts();
    let change = Change { collection, mode, drafts: &mut drafts, origin };
    let SourceFile { sha256, name, content } = source;
    let source = SourceFile { sha256, name, content: &mut *content };
    let applied = store.apply_all(Batch { changes: vec![change], replaces: None, source: Some(source) })?;
    Ok(applied.first().copied().unwrap_or_default())
}

/// Has a picture drawn anew in a folder of the worker's.
///
/// # Errors
/// Why there is none.
pub fn redraw(workers: &Workers, folder: &Path, file: &str, leash: &Leash) -> Result<Picture, UploadError> {
    let mut head = None;
    let mut picture = None;
    let job = Job::Picture { file: file.to_owned() };
    workers.run(folder, job, leash, &mut |frame| match (frame, head) {
        (Frame::Picture(come), None) => {
            head = Some(come);
            Ok(())
        }
        (Frame::Bytes(bytes), Some(head)) => {
            picture = Some(Picture::of(head, bytes)?);
            Ok(())
        }
        _ => Err("it speaks out of turn".to_owned()),
    })?;
    picture.ok_or_else(|| UploadError::Untrue("it drew nothing".to_owned()))
}
