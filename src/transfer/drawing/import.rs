//! A drawing into the registers: all of it and its original file in one change, or nothing.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use geo::{Area, MapCoordsInPlace};
use serde_json::{Value as Json, json};

use super::super::{ImportError, archive, files, limits, prepare};
use super::buildings::{OnRecord, buildings_of, shown_elsewhere};
use super::export::value;
use super::read;
use super::{PlanMode, PlanOptions, PlanReport};
use crate::domain::{Collection, FeatureId, Value};
use crate::geom::project::Transform;
use crate::geom::{Crs, Shape};
use crate::plan::drawing::place::{SitePlace, metres_between};
use crate::plan::drawing::{self, Facts, Lot, Note, NoteKind, Notes, Rules, Said, Taken};
use crate::store::among::{Among, Scope};
use crate::store::hashing::Hashing;
use crate::store::{Applied, Batch, Change, Draft, Mode, Origin, Row, SourceFile, Store, StoreError};
use crate::text::{both, slug};

/// Takes a drawing in as one plan.
///
/// # Errors
/// [`ImportError`] with the reason; nothing was written then.
pub fn import_plan(store: &dyn Store, options: &PlanOptions) -> Result<PlanReport, ImportError> {
    let plan_fault = |reason: String| ImportError::Plan(reason);
    if !(options.snap_m > 0.0 && options.snap_m <= 1.0) {
        return Err(plan_fault("sai số nối (--snap) tính bằng mét, lớn hơn 0 và không quá 1 / --snap is in metres, more than 0 and at most 1".to_owned()));
    }
    let own = options.map.as_deref().map(read_map).transpose()?;
    let rules = Rules::parse(own.as_deref()).map_err(|error| ImportError::Mapping(error.to_string()))?;
    let registers = Registers::of(store)?;
    let site = find(store, &options.site.0, &options.site.1)?.ok_or_else(|| {
        plan_fault(format!(
            "kho không có cơ sở {0}/{1}: hãy nhập trước / there is no site {0}/{1} in the store: import it first",
            options.site.0, options.site.1
        ))
    })?;
    let before = find(store, "plans", &options.plan)?;
    if before.is_some() && options.mode == PlanMode::Append {
        return Err(plan_fault(format!(
            "đã có đồ án '{0}': hãy đặt mã khác, hoặc thay thế nó (--mode replace) / there is a plan '{0}' already: give this one another id, or put it in its place with --mode replace",
            options.plan
        )));
    }
    registers.must_stay_with_site(before.as_ref(), options)?;
    let original = Original::of(&options.source)?;
    let mut notes = Notes::default();
    let found = read::read(options, &rules, &mut notes)?;
    let said = Said {
        crs: found.crs,
        is_swapped: options.is_swapped,
        unit_m: options.unit_m,
        header_unit_m: found.header_unit_m,
        site: site_place(store, &options.site.0, &site),
        is_away: options.is_away,
    };
    let refused =
        |error: drawing::Refusal| ImportError::Drawing { path: options.source.clone(), reason: error.to_string() };
    let mut taken = drawing::take_in(found.entities, &rules, &said, options.snap_m, notes).map_err(refused)?;
    registers.transform(&mut taken)?;
    let on_record = OnRecord::beside(store, &registers.buildings, &mut taken, options)?;
    let mut report = PlanReport {
        crs: taken.placed.crs.clone(),
        lots: taken.plan.lots.len(),
        lines: taken.plan.lines.len(),
        buildings: taken.plan.buildings.len(),
        area_m2: taken.plan.boundary.unsigned_area(),
        lots_m2: taken.plan.lots.iter().map(|lot| lot.polygon.unsigned_area()).sum(),
        sha256: original.sha256.clone(),
        notes: taken.notes.clone(),
        notices: found.notices,
        applied: Vec::new(),
        dry_run: options.dry_run,
    };
    let named = site_name(store, &options.site.0, &site);
    let drafts = registers.drafts(&taken, options, &original, before, (named, &on_record))?;
    if !options.dry_run {
        report.applied = write(store, &registers, drafts, options, &original)?;
    }
    Ok(report)
}

fn read_map(path: &Path) -> Result<String, ImportError> {
    std::fs::read_to_string(path).map_err(|e| ImportError::File { path: path.to_owned(), reason: e.to_string() })
}

/// One row of a collection by its id.
fn find(store: &dyn Store, collection: &str, id: &FeatureId) -> Result<Option<Row>, ImportError> {
    let Some(collection) = store.collections()?.into_iter().find(|one| one.id == collection) else { return Ok(None) };
    Ok(store.find(&collection, id)?)
}

/// Where the site is on record, and how far from there its plan may lie.
fn site_place(store: &dyn Store, collection: &str, site: &Row) -> Option<SitePlace> {
    /// A plan that goes beyond its site, or stands beside it, is no further off than this, metres.
    const BESIDE_M: f64 = 200.0;
    /// A site that is a point on the map has its ground around it, metres.
    const AROUND_POINT_M: f64 = 2_000.0;
    let collections = store.collections().ok()?;
    let collection = collections.into_iter().find(|one| one.id == collection)?;
    let geometry = &site.shape.as_ref()?.geometry;
    let envelope = crate::geom::Envelope::of(geometry)?;
    let mut x = [(envelope.min_x + envelope.max_x) / 2.0, envelope.min_x];
    let mut y = [(envelope.min_y + envelope.max_y) / 2.0, envelope.min_y];
    let way = Transform::between(&collection.geometry.as_ref()?.crs, &Crs::Crs84).ok()?;
    way.points(&mut x, &mut y).ok()?;
    let at = geo::Coord { x: x[0], y: y[0] };
    let precision_m = value(&collection, site, "position_precision_m").and_then(Value::as_f64);
    let is_point = matches!(geometry, geo::Geometry::Point(_) | geo::Geometry::MultiPoint(_));
    let around_m = if is_point { AROUND_POINT_M } else { BESIDE_M };
    let half_m = metres_between(at, geo::Coord { x: x[1], y: y[1] });
    Some(SitePlace { at, reach_m: half_m + around_m + precision_m.unwrap_or_default() })
}

fn site_name(store: &dyn Store, collection: &str, site: &Row) -> Option<String> {
    let collections = store.collections().ok()?;
    let collection = collections.into_iter().find(|one| one.id == collection)?;
    let at = collection.stored_fields().position(|field| field.name == "name_vi")?;
    site.values.get(at)?.as_str().map(str::to_owned)
}

/// The file as it is kept, with its hash. Formats of several files are kept as one archive.
struct Original {
    path: PathBuf,
    name: String,
    sha256: String,
    /// Holds the archive while it is needed.
    _packed: Option<tempfile::TempDir>,
}

impl Original {
    fn of(source: &Path) -> Result<Original, ImportError> {
        let fault = |e: io::Error| ImportError::File { path: source.to_owned(), reason: e.to_string() };
        let mut files = files::with_siblings(source)?;
        let name = source.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut bytes = 0;
        for file in &files {
            bytes += file.metadata().map_err(fault)?.len();
        }
        if bytes > limits::DRAWING_BYTES {
            let limit = format!(
                "{0} MiB cho một bản vẽ đồ án / {0} MiB for the drawing of a plan",
                limits::DRAWING_BYTES >> 20
            );
            return Err(ImportError::Limit { what: format!("{} with {bytes} bytes", source.display()), limit });
        }
        let (path, name, packed) = match files.as_mut_slice() {
            [one] => (std::mem::take(one), name, None),
            _ => {
                let dir = tempfile::tempdir().map_err(ImportError::Temporary)?;
                let packed = dir.path().join("packed.zip");
                archive::pack(files, &packed).map_err(ImportError::Temporary)?;
                (packed, format!("{name}.zip"), Some(dir))
            }
        };
        let mut hash = Hashing::of(&path, None).map_err(fault)?;
        io::copy(&mut hash, &mut io::sink()).map_err(fault)?;
        Ok(Original { path, name, sha256: hash.sha256(), _packed: packed })
    }
}

/// The collections that a plan goes into, as the store has them.
struct Registers {
    plans: Collection,
    parcels: Collection,
    lines: Collection,
    buildings: Collection,
}

/// Rows to be, by collection.
struct Drafts {
    plans: Vec<Draft>,
    parcels: Vec<Draft>,
    lines: Vec<Draft>,
    buildings: Vec<Draft>,
}

impl Registers {
    fn of(store: &dyn Store) -> Result<Registers, ImportError> {
        let stored = store.collections()?;
        let register = |id: &str| {
            let declared = || crate::domain::catalog::collection(id).cloned();
            let found = stored.iter().find(|one| one.id == id).cloned().or_else(declared);
            found.ok_or_else(|| ImportError::Collection {
                collection: id.to_owned(),
                reason: "chưa được khai báo / it is not declared".into(),
            })
        };
        Ok(Registers {
            plans: register("plans")?,
            parcels: register("plan_parcels")?,
            lines: register("plan_lines")?,
            buildings: register("buildings")?,
        })
    }

    /// A plan is not moved to another site by a slip of the pen.
    fn must_stay_with_site(&self, before: Option<&Row>, options: &PlanOptions) -> Result<(), ImportError> {
        let (collection, site) = (&options.site.0, options.site.1.as_str());
        let Some(before) = before.filter(|_| !options.moves_site) else { return Ok(()) };
        let said = |field: &str| value(&self.plans, before, field).and_then(Value::as_str).unwrap_or_default();
        let (of, known) = (said("site_collection"), said("site_id"));
        if known.is_empty() || (known == site && (of.is_empty() || of == collection)) {
            return Ok(());
        }
        Err(ImportError::Plan(format!(
            "đồ án '{0}' thuộc {of}/{known}, còn cơ sở đã chọn là {collection}/{site}: hãy chọn đúng cơ sở, hoặc thêm --move-site nếu từ nay đồ án thuộc cơ sở khác / the plan '{0}' is for {of}/{known}, and --site says {collection}/{site}: name the right site, or add --move-site if the plan is to be for another site from now on",
            options.plan
        )))
    }

    /// Brings a drawing of another zone into the registers' own.
    fn transform(&self, taken: &mut Taken) -> Result<(), ImportError> {
        let Some(to) = self.plans.geometry.as_ref().map(|geometry| &geometry.crs) else { return Ok(()) };
        let from = &taken.placed.crs;
        if from == to {
            return Ok(());
        }
        let transform = Transform::between(from, to).map_err(|error| ImportError::Crs(error.to_string()))?;
        let fault = RefCell::new(None);
        let place = |at: geo::Coord<f64>| {
            let (mut x, mut y) = ([at.x], [at.y]);
            if let Err(error) = transform.points(&mut x, &mut y) {
                fault.replace(Some(error));
            }
            geo::Coord { x: x[0], y: y[0] }
        };
        taken.plan.boundary.map_coords_in_place(place);
        let areas = taken.plan.lots.iter_mut().chain(&mut taken.plan.buildings);
        areas.for_each(|lot| lot.polygon.map_coords_in_place(place));
        taken.plan.lines.iter_mut().for_each(|line| line.course.map_coords_in_place(place));
        taken.notes.iter_mut().flat_map(|note| &mut note.places).for_each(|at| *at = place(*at));
        if let Some(error) = fault.into_inner() {
            return Err(ImportError::Crs(error.to_string()));
        }
        let details = vec![format!("{from} → {to}")];
        let note = Note { kind: NoteKind::Transformed, layer: String::new(), count: 1, places: Vec::new(), details };
        taken.notes.push(note);
        Ok(())
    }

    fn drafts(
        &self,
        taken: &Taken,
        options: &PlanOptions,
        original: &Original,
        before: Option<Row>,
        (site_name, on_record): (Option<String>, &OnRecord),
    ) -> Result<Drafts, ImportError> {
        let plan = &taken.plan;
        let id = options.plan.as_str();
        let source = Value::from(original.name.as_str());
        let mut row = Draftsman::of(&self.plans, before.map(|row| row.values));
        let (collection, site) = (&options.site.0, &options.site.1);
        row.set("site_collection", Value::from(collection.as_str()));
        row.set("site_id", Value::from(site.as_str()));
        let named = options.name.clone();
        let made = || format!("Quy hoạch chi tiết tỷ lệ 1/500 {}", site_name.as_deref().unwrap_or(site.as_str()));
        match named {
            Some(name) => row.set("name_vi", Value::from(name)),
            None => row.complete("name_vi", Value::from(made())),
        }
        row.set("source_file", source.clone());
        row.set("source_sha256", Value::from(original.sha256.as_str()));
        row.set("intake_notes", Value::from(notes_json(&taken.notes, on_record.known())));
        row.set("position_precision_m", Value::Null);
        row.set("source", source.clone());
        row.set("is_demo", Value::Boolean(false));
        let plans = vec![row.draft(Some(options.plan.clone()), Shape::flat(plan.boundary.clone()))];

        let mut ids = Ids::default();
        let mut parcels = Vec::with_capacity(plan.lots.len());
        for (number, lot) in plan.lots.iter().enumerate() {
            let symbol = lot.facts.text("lot_symbol").map(slug).filter(|slug| !slug.is_empty());
            let stem = symbol.unwrap_or_else(|| format!("lot-{:04}", number + 1));
            let row = self.lot_row(&self.parcels, lot, &source).with("plan_id", Value::from(id));
            parcels.push(row.draft(Some(ids.free(&format!("{id}-{stem}"))?), Shape::flat(lot.polygon.clone())));
        }
        let mut lines = Vec::with_capacity(plan.lines.len());
        for (number, line) in plan.lines.iter().enumerate() {
            let mut row = Draftsman::of(&self.lines, None);
            row.take(&line.facts);
            if let Some(item) = &line.item {
                row.complete("item_code", Value::from(item.as_str()));
            }
            let row = row
                .with("plan_id", Value::from(id))
                .with("line_kind", Value::from(line.kind.as_str()))
                .with("layer", Value::from(line.layer.as_str()))
                .with("source", source.clone())
                .with("is_demo", Value::Boolean(false));
            let shape = Shape::flat(line.course.clone());
            lines.push(row.draft(Some(ids.free(&format!("{id}-line-{:04}", number + 1))?), shape));
        }
        let mut buildings = Vec::with_capacity(plan.buildings.len());
        for (building, id) in plan.buildings.iter().zip(on_record.ids(&options.plan, &plan.buildings)?) {
            let mut row = self.lot_row(&self.buildings, building, &source);
            // What a label says of storeys is what stands there: a building has no permitted number of its own.
            for (said, field) in [("storeys_max", "storeys"), ("height_max_m", "height_m")] {
                if let Some(value) = building.facts.get(said) {
                    row.complete(field, value.clone());
                }
            }
            let row = row
                .with("site_collection", Value::from(collection.as_str()))
                .with("site_id", Value::from(site.as_str()));
            let shape = Shape::flat(building.polygon.clone());
            buildings.push(row.draft(Some(id), shape));
        }
        Ok(Drafts { plans, parcels, lines, buildings })
    }

    fn lot_row<'a>(&self, collection: &'a Collection, lot: &Lot, source: &Value) -> Draftsman<'a> {
        let mut row = Draftsman::of(collection, None);
        row.take(&lot.facts);
        row.with("layer", Value::from(lot.layer.as_str()))
            .with("source", source.clone())
            .with("is_demo", Value::Boolean(false))
    }
}

/// A row to be, field by field.
struct Draftsman<'a> {
    collection: &'a Collection,
    values: Vec<Value>,
}

impl<'a> Draftsman<'a> {
    fn of(collection: &'a Collection, values: Option<Vec<Value>>) -> Draftsman<'a> {
        let values = values.unwrap_or_else(|| vec![Value::Null; collection.stored_fields().count()]);
        Draftsman { collection, values }
    }

    /// Sets a field that the collection has; others are passed over.
    fn set(&mut self, field: &str, value: Value) {
        if let Some(at) = self.collection.stored_fields().position(|one| one.name == field) {
            self.values[at] = value;
        }
    }

    fn complete(&mut self, field: &str, value: Value) {
        let at = self.collection.stored_fields().position(|one| one.name == field);
        if at.is_some_and(|at| self.values[at].is_null()) {
            self.set(field, value);
        }
    }

    fn with(mut self, field: &str, value: Value) -> Draftsman<'a> {
        self.set(field, value);
        self
    }

    fn take(&mut self, facts: &Facts) {
        facts.iter().for_each(|(field, value)| self.set(field, value.clone()));
    }

    fn draft(self, id: Option<FeatureId>, shape: Shape) -> Draft {
        Draft { id, values: self.values, shape: Some(shape) }
    }
}

/// Ids that are given once.
#[derive(Default)]
struct Ids(BTreeSet<String>);

impl Ids {
    fn free(&mut self, wanted: &str) -> Result<FeatureId, ImportError> {
        let numbered = (2..).map(|number| format!("{wanted}-{number}"));
        let free = std::iter::once(wanted.to_owned()).chain(numbered).find(|id| self.0.insert(id.clone()));
        let free = free.unwrap_or_default();
        FeatureId::parse(&free).map_err(|error| {
            ImportError::Plan(both!("'{free}' không thể là mã: {error}", "'{free}' cannot be an id: {error}"; error))
        })
    }
}

/// The list of repairs as the plan keeps it, with the ids of buildings from elsewhere that its drawing shows.
fn notes_json(notes: &[Note], known: &[String]) -> String {
    let note = |note: &Note| {
        let places: Vec<Json> = note.places.iter().map(|at| json!([at.x, at.y])).collect();
        let mut said = json!({
            "kind": note.kind.code(), "layer": note.layer, "count": note.count, "places": places,
            "details": note.details, "vi": note.vi(), "en": note.en(),
        });
        if note.kind == NoteKind::KnownBuilding {
            said["ids"] = known.into();
        }
        said
    };
    Json::Array(notes.iter().map(note).collect()).to_string()
}

/// The part of a plan that goes into one register.
pub type Part<'a> = (&'a Collection, Box<dyn Iterator<Item = Result<Draft, StoreError>> + 'a>);

/// Writes the parts of a plan, its own row first, and the drawing that they came from: all or nothing.
///
/// # Errors
/// Where the store takes them not.
pub fn write_plan(
    store: &dyn Store,
    (plan, mode): (&FeatureId, PlanMode),
    mut parts: Vec<Part<'_>>,
    origin: &Origin,
    source: SourceFile<'_>,
) -> Result<Vec<(String, Applied)>, StoreError> {
    // A plan that takes the place of an earlier one takes that of its lots, lines and buildings, and of no others.
    let (of_plan, of_parts) = match mode {
        PlanMode::Append => (Mode::Append, Mode::Append),
        PlanMode::Replace => (Mode::Upsert, Mode::Replace),
    };
    let shared = shown_elsewhere(store, plan)?;
    let names: Vec<String> = parts.iter().map(|(collection, _)| collection.id.clone()).collect();
    let changes = parts.iter_mut().map(|(collection, drafts)| Change {
        collection,
        mode: if collection.id == "plans" { of_plan } else { of_parts },
        drafts,
        origin: origin.clone(),
    });
    let SourceFile { sha256, name, content } = source;
    let applied = store.apply_all(Batch {
        changes: changes.collect(),
        replaces: Some(Scope {
            among: &|collection| rows_of_plan(plan, collection),
            may_go: &|row| !shared.contains(row.id.as_str()),
        }),
        source: Some(SourceFile { sha256, name, content: &mut *content }),
    })?;
    Ok(names.into_iter().zip(applied).collect())
}

/// The rows of a register of plans that are a part of this one.
pub fn rows_of_plan(plan: &FeatureId, collection: &Collection) -> Among {
    const OF_PLAN: &str = "plan_id";
    if collection.id == "plans" {
        Among::Id(plan.clone())
    } else if collection.stored_fields().any(|field| field.name == OF_PLAN) {
        Among::Holding(OF_PLAN, plan.to_string())
    } else {
        buildings_of(plan)
    }
}

fn write(
    store: &dyn Store,
    registers: &Registers,
    drafts: Drafts,
    options: &PlanOptions,
    original: &Original,
) -> Result<Vec<(String, Applied)>, ImportError> {
    let fault = |e: io::Error| ImportError::File { path: options.source.clone(), reason: e.to_string() };
    let mut content = Hashing::of(&original.path, Some(&original.sha256)).map_err(fault)?;
    let source = SourceFile { sha256: original.sha256.clone(), name: original.name.clone(), content: &mut content };
    let parts = [
        (&registers.plans, drafts.plans),
        (&registers.parcels, drafts.parcels),
        (&registers.lines, drafts.lines),
        (&registers.buildings, drafts.buildings),
    ];
    let parts = parts
        .into_iter()
        .map(|(collection, drafts)| -> Part<'_> { (collection, Box::new(drafts.into_iter().map(Ok))) });
    let origin = Origin { who: options.who.clone(), what: prepare::what(&options.source), why: None };
    Ok(write_plan(store, (&options.plan, options.mode), parts.collect(), &origin, source)?)
}
