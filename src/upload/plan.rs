//! The drawing of a 1/500 plan read apart. The worker gets the few rows of the store that the reading asks for, reads as the command
//! line does into a store of its own in memory, and hands back the rows of the plan.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::frames::{Done, Frame};
use super::intake::{Allow, CommitError, check};
use super::process::one_line;
use super::{Declaration, Job, Leash, UploadError, Workers};
use crate::domain::{Collection, FeatureId, Value, catalog};
use crate::store::memory::MemoryStore;
use crate::store::{Applied, Change, Draft, Mode, Origin, Row, SourceFile, Store, StoreError};
use crate::transfer::drawing::{
    Part, PlanMode, PlanOptions, import_plan, of_site, rows_of_plan, shown_elsewhere, write_plan,
};
use crate::transfer::packed;
use crate::transfer::reading::Heading;
use crate::transfer::spill::{Kept, Spill};

/// The registers that a plan goes into, its own first.
const REGISTERS: [&str; 4] = ["plans", "plan_parcels", "plan_lines", "buildings"];

/// Rows and bytes of a plan that are taken.
const ROWS: u64 = 200_000;
const BYTES: usize = 1 << 30;

/// How a drawing is to be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanJob {
    /// The name of the file in the worker's folder.
    pub file: String,
    /// The id of the plan.
    pub plan: String,
    /// Collection and id of the site that it is for.
    pub site: (String, String),
    pub name: Option<String>,
    pub crs: Option<String>,
    pub encoding: Option<String>,
    /// The first number of a pair is the northing.
    pub is_swapped: bool,
    /// Metres of one unit of the drawing.
    pub unit_m: Option<f64>,
    pub snap_m: f64,
    /// The plan was for another site and is to be for this one.
    pub moves_site: bool,
    /// The plan may lie away from where its site is on record.
    pub is_away: bool,
    /// The drawing takes the place of the plan's earlier one.
    pub is_replace: bool,
    /// What the reading asks the store for.
    pub seed: Vec<Seed>,
}

/// Some rows of a collection, packed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    declaration: Declaration,
    rows: Vec<String>,
}

/// What a drawing was read as, in numbers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanHead {
    pub crs: String,
    pub lots: u64,
    pub lines: u64,
    pub buildings: u64,
    pub area_m2: f64,
    pub lots_m2: f64,
}

impl Seed {
    fn of<'a>(collection: &Collection, rows: impl Iterator<Item = &'a Row>) -> Seed {
        let packed = rows.map(|row| {
            let mut bytes = Vec::new();
            let draft = Draft { id: Some(row.id.clone()), values: row.values.clone(), shape: row.shape.clone() };
            packed::put_draft(&mut bytes, &draft);
            STANDARD.encode(bytes)
        });
        Seed { declaration: Declaration::of(collection), rows: packed.collect() }
    }

    fn plant(&self, store: &dyn Store) -> Result<(), String> {
        let collection = self.declaration.collection()?;
        let drafts = self.rows.iter().map(|row| {
            let bytes = STANDARD.decode(row).map_err(|e| StoreError::Stopped(e.to_string()))?;
            packed::take_draft(&bytes).map_err(StoreError::Stopped)
        });
        let origin = Origin { who: String::new(), what: String::new(), why: None };
        let change = Change { collection: &collection, mode: Mode::Append, drafts: &mut { drafts }, origin };
        store.apply(change).map(|_| ()).map_err(|e| e.to_string())
    }
}

impl PlanMode {
    fn of(is_replace: bool) -> PlanMode {
        if is_replace { PlanMode::Replace } else { PlanMode::Append }
    }
}

/// Reads a drawing in a worker; the last piece of the answer, or why there is none.
pub(super) fn read(job: &PlanJob, out: &mut impl Write) -> Result<Frame, String> {
    let store = MemoryStore::default();
    job.seed.iter().try_for_each(|seed| seed.plant(&store))?;
    let id = |text: &str| FeatureId::parse(text).map_err(|e| e.to_string());
    let plan = id(&job.plan)?;
    let options = PlanOptions {
        source: job.file.clone().into(),
        plan: plan.clone(),
        site: (job.site.0.clone(), id(&job.site.1)?),
        name: job.name.clone(),
        crs: job.crs.as_deref().map(str::parse).transpose().map_err(|e: crate::geom::crs::CrsError| e.to_string())?,
        is_swapped: job.is_swapped,
        unit_m: job.unit_m,
        map: None,
        snap_m: job.snap_m,
        encoding: super::worker::encoding(job.encoding.as_deref()).map_err(|e| e.to_string())?,
        mode: PlanMode::of(job.is_replace),
        moves_site: job.moves_site,
        is_away: job.is_away,
        dry_run: false,
        who: String::new(),
    };
    let report = import_plan(&store, &options).map_err(|e| e.to_string())?;
    let tell = |frame: Frame, out: &mut dyn Write| frame.write(out).map_err(|e| e.to_string());
    let head = PlanHead {
        crs: report.crs.to_string(),
        lots: report.lots as u64,
        lines: report.lines as u64,
        buildings: report.buildings as u64,
        area_m2: report.area_m2,
        lots_m2: report.lots_m2,
    };
    tell(Frame::Plan(head), out)?;
    for (at, collection) in store
        .collections()
        .map_err(|e| e.to_string())?
        .iter()
        .filter_map(|collection| Some((REGISTERS.iter().position(|known| *known == collection.id)?, collection)))
    {
        let told = store.scan_among(collection, &rows_of_plan(&plan, collection), &mut |row| {
            let draft = Draft { id: Some(row.id), values: row.values, shape: row.shape };
            tell(Frame::PlanRow(at as u8, draft), out).map_err(StoreError::Stopped)
        });
        told.map_err(|e| e.to_string())?;
    }
    Ok(Frame::Done(Done { notices: report.notices }))
}

/// A drawing that was read.
pub struct PlanReading {
    pub head: PlanHead,
    pub notices: Vec<String>,
    plan: FeatureId,
    mode: PlanMode,
    /// The row of the plan as it was when the drawing was read.
    before: Option<Row>,
    parts: Vec<(Heading, Kept)>,
}

/// The registers as the store has them, as they are declared where there are none yet.
fn registers(store: &dyn Store) -> Result<Vec<(Collection, bool)>, StoreError> {
    let stored = store.collections()?;
    let register = |id: &&str| match stored.iter().find(|one| one.id == **id) {
        Some(there) => Ok((there.clone(), true)),
        None => catalog::collection(id)
            .cloned()
            .map(|declared| (declared, false))
            .ok_or_else(|| StoreError::NoCollection((*id).to_owned())),
    };
    REGISTERS.iter().map(register).collect()
}

/// What the reading of a drawing asks the store for: the site, its plans and its buildings.
pub struct Ground {
    registers: Vec<(Collection, bool)>,
    before: Option<Row>,
    seed: Vec<Seed>,
}

impl Ground {
    /// Asks for it.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn of(store: &dyn Store, job: &PlanJob) -> Result<Ground, StoreError> {
        let registers = registers(store)?;
        // No row has what is no id.
        let (plan, site) = (FeatureId::parse(&job.plan).ok(), FeatureId::parse(&job.site.1).ok());
        let mut before = None;
        let mut seed = Vec::new();
        for (collection, is_stored) in &registers {
            let mut wanted = Vec::new();
            if let Some(plan) = plan.as_ref().filter(|_| *is_stored && collection.id == "plans") {
                before = store.find(collection, plan)?;
                wanted.extend(before.clone());
            }
            if let Some(site) =
                site.as_ref().filter(|_| *is_stored && ["plans", "buildings"].contains(&&*collection.id))
            {
                store.scan_among(collection, &of_site(site), &mut |row| {
                    if plan.as_ref() != Some(&row.id) {
                        wanted.push(row);
                    }
                    Ok(())
                })?;
            }
            seed.push(Seed::of(collection, wanted.iter()));
        }
        if let Some(sites) = store.collections()?.into_iter().find(|one| one.id == job.site.0) {
            let found = site.map(|site| store.find(&sites, &site)).transpose()?.flatten();
            seed.push(Seed::of(&sites, found.iter()));
        }
        Ok(Ground { registers, before, seed })
    }
}

impl Ground {
    /// Has a drawing read in a folder of the worker's; `aside` is where rows are kept.
    ///
    /// # Errors
    /// Why there are no rows.
    pub fn read(
        self,
        workers: &Workers,
        (folder, aside): (&Path, &Path),
        mut job: PlanJob,
        leash: &Leash,
    ) -> Result<PlanReading, UploadError> {
        let Ground { registers, before, seed } = self;
        job.seed = seed;
        let mode = PlanMode::of(job.is_replace);
        let machine = |e: std::io::Error| UploadError::Machine(e.to_string());
        let plan = FeatureId::parse(&job.plan)
            .map_err(|e| UploadError::Refused { message: e.to_string(), layers: Vec::new() })?;
        let mut parts = Vec::new();
        for (collection, is_stored) in registers {
            let absent = vec![false; collection.stored_fields().count()];
            let heading = Heading {
                collection,
                is_stored,
                absent,
                has_places: true,
                has_ids: true,
                columns: Vec::new(),
                rows: 0,
            };
            parts.push((heading, Spill::create_in(aside).map_err(machine)?));
        }
        let (mut head, mut notices, mut bytes, mut rows) = (None, Vec::new(), 0usize, 0u64);
        let mut ids = HashSet::new();
        workers.run(folder, Job::Plan(Box::new(job)), leash, &mut |frame| match (frame, &head) {
            (Frame::Plan(come), None) => {
                head = Some(PlanHead { crs: one_line(&come.crs, 200), ..come });
                Ok(())
            }
            (Frame::PlanRow(at, draft), Some(_)) => {
                let (heading, spill) = parts.get_mut(usize::from(at)).ok_or("a row of another register")?;
                let id = draft.id.clone().ok_or("a row without an id")?;
                let row = Row { fid: 0, id: id.clone(), values: draft.values.clone(), shape: None };
                let of_plan = rows_of_plan(&plan, &heading.collection);
                if !of_plan.has(&heading.collection, &row) || !ids.insert((at, id)) {
                    return Err("a row of another plan".to_owned());
                }
                bytes = bytes.saturating_add(check(heading, &draft)?);
                rows += 1;
                if bytes > BYTES || rows > ROWS {
                    return Err("more rows than any plan has".to_owned());
                }
                spill.push(rows, &draft).map_err(|e| e.to_string())
            }
            (Frame::Done(done), Some(_)) => {
                notices = done.notices.iter().take(500).map(|notice| one_line(notice, 2_000)).collect();
                Ok(())
            }
            _ => Err("it speaks out of turn".to_owned()),
        })?;
        let head = head.ok_or_else(|| UploadError::Untrue("it read without a beginning".to_owned()))?;
        let finished = parts.into_iter().map(|(heading, spill)| Ok((heading, spill.finish()?)));
        let parts: Vec<(Heading, Kept)> = finished.collect::<std::io::Result<_>>().map_err(machine)?;
        if parts.first().is_none_or(|(_, plans)| plans.count() != 1) {
            return Err(UploadError::Untrue("it read no plan".to_owned()));
        }
        Ok(PlanReading { head, notices, plan, mode, before, parts })
    }
}

impl PlanReading {
    /// The row of the plan, which keeps what was repaired or guessed.
    fn notes(&self) -> Option<String> {
        let (heading, plans) = self.parts.first()?;
        let (_, draft) = plans.rows().next()?.ok()?;
        let at = heading.collection.stored_fields().position(|field| field.name == "intake_notes")?;
        draft.values.get(at).and_then(Value::as_str).map(str::to_owned)
    }

    /// What was repaired, guessed or left out, as the plan keeps it; nothing where that is no JSON.
    pub fn intake_notes(&self) -> serde_json::Value {
        self.notes().and_then(|notes| serde_json::from_str(&notes).ok()).unwrap_or_default()
    }

    /// The first rows of each register.
    ///
    /// # Errors
    /// Where they cannot be read any more.
    pub fn first(&self, count: usize) -> std::io::Result<Vec<(&Collection, Vec<Draft>)>> {
        let of = |(_, kept): &(Heading, Kept)| {
            let rows = kept.rows().take(count).map(|row| row.map(|(_, draft)| draft));
            rows.collect::<std::io::Result<Vec<_>>>()
        };
        self.parts.iter().map(|part| Ok((&part.0.collection, of(part)?))).collect()
    }

    /// Rows of each register.
    pub fn counts(&self) -> Vec<(&str, u64)> {
        self.parts.iter().map(|(heading, kept)| (heading.collection.id.as_str(), kept.count())).collect()
    }

    /// Writes the plan with its drawing, or nothing.
    ///
    /// # Errors
    /// [`CommitError`]; nothing was written then.
    pub fn commit<E>(
        &self,
        store: &dyn Store,
        origin: &Origin,
        source: SourceFile<'_>,
        allow: Allow<'_, E>,
    ) -> Result<Vec<(String, Applied)>, CommitError<E>> {
        let now = registers(store)?;
        let is_same = now.iter().zip(&self.parts).all(|((now, _), (heading, _))| *now == heading.collection);
        let mut there: HashMap<(usize, FeatureId), Row> = HashMap::new();
        let shared = shown_elsewhere(store, &self.plan)?;
        for (at, (collection, _)) in now.iter().enumerate().filter(|(_, (_, is_stored))| *is_stored) {
            store.scan_among(collection, &rows_of_plan(&self.plan, collection), &mut |row| {
                there.insert((at, row.id.clone()), row);
                Ok(())
            })?;
        }
        // The row of the plan was completed with what it said when the drawing was read.
        if !is_same || there.get(&(0, self.plan.clone())) != self.before.as_ref() {
            return Err(CommitError::Changed);
        }
        for (at, (heading, kept)) in self.parts.iter().enumerate() {
            for row in kept.rows() {
                let (_, draft) = row?;
                let before = draft.id.clone().and_then(|id| there.remove(&(at, id)));
                allow(&heading.collection, before.as_ref(), Some(&draft)).map_err(CommitError::Denied)?;
            }
        }
        // What other plans show too stays.
        for ((at, _), gone) in there.iter().filter(|((_, id), _)| !shared.contains(id.as_str())) {
            let Some((heading, _)) = self.parts.get(*at) else { continue };
            allow(&heading.collection, Some(gone), None).map_err(CommitError::Denied)?;
        }
        let parts = self.parts.iter();
        let parts = parts.map(|(heading, kept)| -> Part<'_> { (&heading.collection, Box::new(kept.drafts())) });
        Ok(write_plan(store, (&self.plan, self.mode), parts.collect(), origin, source)?)
    }
}
