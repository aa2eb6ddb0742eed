//! Facts joined into sites, as they stand now and as they stood on any day.

mod change;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use geo::{Area, BooleanOps, BoundingRect, Euclidean, Intersects, Length, MultiPolygon, Rect};
use rayon::prelude::*;
use rust_decimal::Decimal;

use super::facts::{Fact, REGISTERS, Subject, fact};
use super::history::{Histories, RowHistory};
use crate::compliance::measurement::decimal_of;
use crate::compliance::site::{PlanStatus, StationFacts};
use crate::compliance::{RowRef, SiteCollection, SiteFacts, SiteKey};
use crate::domain::{Collection, FeatureId, Kind};
use crate::geom::Crs;
use crate::geom::crs::EPSG_HANOI;
use crate::geom::project::Transform;
use crate::store::{Row, Store, StoreError, Version};
pub use change::Edit;

/// Plans share ground where what they share is wider than this on average, metres: what 1/500 surveying does not see
/// (0.5 mm on the map) is no overlap.
const OVERLAP_WIDTH_M: f64 = 0.25;

type Slots = HashMap<SiteKey, Arc<Slot>>;

/// One site's place in the join.
#[derive(Clone, Default)]
struct Slot {
    /// `None` for a site of which only its rows or its past are on record.
    facts: Option<Arc<SiteFacts>>,
    /// What rows of other registers say of a site that is not on record any more.
    gone: Option<Arc<SiteFacts>>,
    /// Stations that are not on record any more, with the samples that still name them.
    gone_stations: Vec<StationFacts>,
    /// Rows of the site that were once different: position in [`REGISTERS`] and id.
    changed: BTreeSet<(usize, FeatureId)>,
}

/// All sites with everything on record about them, and what was on record before.
#[derive(Clone, Default)]
pub struct Facts {
    sites: Slots,
    /// The site of every station, those included that are not on record any more.
    stations: Arc<HashMap<String, SiteKey>>,
    /// The ground of the approved plans, by row number.
    grounds: Vec<Arc<Ground>>,
    /// Whether a row names or once named what is not on record: then a new site or station may get more than its own row.
    has_loose_ends: bool,
    /// The declarations of the registers that were read, as their tables really are.
    declarations: Arc<Vec<Collection>>,
    /// What rows of all registers were before they were changed.
    pub histories: Histories,
    /// Rows that name a site or station which is not on record: collection and id.
    pub orphans: Vec<(String, String)>,
}

impl Facts {
    /// Reads the registers. A register that the store does not have contributes nothing.
    ///
    /// # Errors
    /// What the store says.
    pub fn read(store: &dyn Store, collections: &[Collection]) -> Result<Facts, StoreError> {
        let mut facts = Facts::default();
        let mut join = Join::default();
        for collection in collections.iter().filter(|collection| collection.kind == Kind::Register) {
            facts.read_histories(store, collection)?;
        }
        let is_read = |collection: &&Collection| REGISTERS.contains(&collection.id.as_str());
        facts.declarations = Arc::new(collections.iter().filter(is_read).cloned().collect());
        for (register, id) in REGISTERS.iter().enumerate() {
            let Some(collection) = collections.iter().find(|c| c.id == *id) else { continue };
            store.scan(collection, &mut |row| {
                if *id == "plans" {
                    facts.grounds.extend(ground(collection, &row).map(Arc::new));
                }
                if !join.put(collection, &row) {
                    facts.orphans.push((collection.id.clone(), row.id.to_string()));
                }
                Ok(())
            })?;
            if let Some(histories) = facts.histories.of(id) {
                join.remember(register, collection, histories);
            }
        }
        join.overlap(&facts.grounds);
        facts.has_loose_ends = join.has_loose_ends || !facts.orphans.is_empty();
        (facts.sites, facts.stations) = join.finish();
        Ok(facts)
    }

    /// Reads what the rows of a collection were before they were changed.
    fn read_histories(&mut self, store: &dyn Store, collection: &Collection) -> Result<(), StoreError> {
        let mut changes: HashMap<FeatureId, Vec<Version>> = HashMap::new();
        for (id, version) in store.histories(collection, None)? {
            changes.entry(id).or_default().push(version);
        }
        if changes.is_empty() {
            return Ok(());
        }
        let mut current = HashMap::new();
        store.scan(collection, &mut |row| {
            if changes.contains_key(&row.id) {
                current.insert(row.id.clone(), row);
            }
            Ok(())
        })?;
        let histories = changes.into_iter().map(|(id, versions)| {
            let history = RowHistory::new(collection, &id, &versions, current.get(&id));
            (id, Arc::new(history))
        });
        self.histories.insert(&collection.id, histories.collect());
        Ok(())
    }

    /// The sites on record, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &SiteKey> {
        self.sites.keys()
    }

    /// The histories of a site's own row and of the rows of other registers that are or were its, where they were changed:
    /// collection, id and history.
    pub fn histories_of(&self, key: &SiteKey) -> impl Iterator<Item = (&'static str, &FeatureId, &RowHistory)> {
        let changed = self.sites.get(key).into_iter().flat_map(|slot| &slot.changed);
        changed.filter_map(|(register, id)| {
            let name = REGISTERS.get(*register)?;
            let (id, history) = self.histories.of(name)?.get_key_value(id)?;
            Some((*name, id, &**history))
        })
    }

    /// What was on record about a site as it stood on a day: rows dated later are among them and say so by their dates,
    /// rows that were changed since are as they were. `None` where the site was not on record.
    pub fn site_on(&self, key: &SiteKey, day: NaiveDate) -> Option<Arc<SiteFacts>> {
        let slot = self.sites.get(key)?;
        let differing: Vec<_> = self.histories_of(key).filter(|(_, _, history)| !history.is_current_on(day)).collect();
        if differing.is_empty() {
            return slot.facts.clone();
        }
        let base = slot.facts.as_ref().or(slot.gone.as_ref());
        let mut site = base.map_or_else(|| SiteFacts::new(key.0, RowRef::default()), |facts| SiteFacts::clone(facts));
        let mut is_on_record = slot.facts.is_some();
        for (name, id, history) in differing {
            let collection = self.declarations.iter().find(|collection| collection.id == name)?;
            let said = history.on(day).and_then(|row| fact(collection, row));
            let of_this_site = |subject: &Subject| match subject {
                Subject::Site(named) => named == key,
                Subject::OfSite(kind, id) => *id == key.1 && kind.is_none_or(|kind| kind == key.0),
                Subject::OfStation(station) => self.stations.get(station) == Some(key),
            };
            let said = said.filter(|(subject, _)| of_this_site(subject));
            if SiteCollection::parse(name).is_some() {
                is_on_record = said.is_some();
            }
            replace(&mut site, &slot.gone_stations, name, id.as_str(), said);
        }
        arrange(&mut site);
        is_on_record.then(|| Arc::new(site))
    }
}

/// The site that a subject means; `None` where it is not on record and never was.
fn key_of<T>(sites: &HashMap<SiteKey, T>, stations: &HashMap<String, SiteKey>, subject: &Subject) -> Option<SiteKey> {
    match subject {
        Subject::Site(key) => Some(key.clone()),
        Subject::OfStation(station) => stations.get(station).cloned(),
        Subject::OfSite(kind, id) => {
            let kinds = [SiteCollection::Clusters, SiteCollection::CraftVillages];
            let known = kinds.into_iter().filter(|known| kind.is_none_or(|kind| kind == *known));
            let mut known = known.map(|kind| (kind, id.clone())).filter(|key| sites.contains_key(key));
            match (known.next(), known.next()) {
                (Some(key), None) => Some(key),
                _ => None,
            }
        }
    }
}

/// Sites while their rows are read.
#[derive(Default)]
struct Join {
    sites: HashMap<SiteKey, Open>,
    stations: HashMap<String, SiteKey>,
    /// Whether a row once named what is not on record.
    has_loose_ends: bool,
}

/// A site while its rows are read.
struct Open {
    facts: SiteFacts,
    is_on_record: bool,
    gone_stations: Vec<StationFacts>,
    changed: BTreeSet<(usize, FeatureId)>,
}

impl Join {
    fn open(&mut self, key: &SiteKey) -> &mut Open {
        self.sites.entry(key.clone()).or_insert_with(|| Open {
            facts: SiteFacts::new(key.0, RowRef::default()),
            is_on_record: false,
            gone_stations: Vec::new(),
            changed: BTreeSet::new(),
        })
    }

    /// Adds what a row says; false where it names nothing that is on record.
    fn put(&mut self, collection: &Collection, row: &Row) -> bool {
        let Some((subject, said)) = fact(collection, row) else { return false };
        let Some(key) = key_of(&self.sites, &self.stations, &subject) else { return false };
        if matches!(said, Fact::Station(_)) {
            self.stations.insert(row.id.to_string(), key.clone());
        }
        let site = self.open(&key);
        match (subject, said) {
            (_, Fact::Site(facts)) => {
                site.facts = *facts;
                site.is_on_record = true;
            }
            (Subject::OfStation(id), Fact::Sample(sample)) => {
                let mut stations = site.facts.stations.iter_mut();
                if let Some(station) = stations.find(|station| station.row.id == id) {
                    station.samples.push(sample);
                } else if let Some(gone) = site.gone_stations.iter_mut().find(|station| station.row.id == id) {
                    gone.samples.push(sample);
                    return false;
                }
            }
            (_, said) => add(&mut site.facts, said),
        }
        site.is_on_record
    }

    /// Notes which sites the changed rows of a register belong to or once did, and keeps what is gone as a place for the
    /// rows that still name it.
    fn remember(&mut self, register: usize, collection: &Collection, histories: &HashMap<FeatureId, Arc<RowHistory>>) {
        for (id, history) in histories {
            let states = history.states.iter().rev().filter_map(|state| fact(collection, state.row.as_ref()?));
            let is_gone = history.states.last().is_some_and(|state| state.row.is_none());
            for (index, (subject, said)) in states.enumerate() {
                let Some(key) = key_of(&self.sites, &self.stations, &subject) else {
                    self.has_loose_ends = true;
                    continue;
                };
                let newest = index == 0;
                match said {
                    Fact::Station(station) if is_gone && newest => {
                        self.stations.insert(id.to_string(), key.clone());
                        self.open(&key).gone_stations.push(*station);
                    }
                    _ => {}
                }
                self.open(&key).changed.insert((register, id.clone()));
            }
        }
    }

    /// Notes which approved plans cover the same ground.
    fn overlap(&mut self, plans: &[Arc<Ground>]) {
        for (index, one) in plans.iter().enumerate() {
            for other in plans.iter().skip(index + 1) {
                if let Some(shared) = one.shared_m2(other) {
                    self.note_overlap(&one.id, &other.id, shared);
                    self.note_overlap(&other.id, &one.id, shared);
                }
            }
        }
    }

    fn note_overlap(&mut self, id: &str, other: &str, shared: Decimal) {
        let plans = self.sites.values_mut().flat_map(|site| &mut site.facts.plans);
        for plan in plans.filter(|plan| plan.row.id == id) {
            plan.overlaps.push((other.to_owned(), shared));
        }
    }

    /// The sites, and the site of every station.
    fn finish(self) -> (Slots, Arc<HashMap<String, SiteKey>>) {
        let sites: Vec<_> = self.sites.into_iter().collect();
        let sites = sites.into_par_iter().map(|(key, mut site)| {
            arrange(&mut site.facts);
            let facts = Arc::new(site.facts);
            let (facts, gone) = if site.is_on_record { (Some(facts), None) } else { (None, Some(facts)) };
            (key, Arc::new(Slot { facts, gone, gone_stations: site.gone_stations, changed: site.changed }))
        });
        (sites.collect(), Arc::new(self.stations))
    }
}

/// The ground of an approved plan in the metric CRS of Hanoi.
struct Ground {
    fid: i64,
    id: String,
    polygons: MultiPolygon<f64>,
    bounds: Rect<f64>,
}

fn ground(collection: &Collection, row: &Row) -> Option<Ground> {
    let (_, Fact::Plan(plan)) = fact(collection, row)? else { return None };
    if plan.status != Some(PlanStatus::Approved) {
        return None;
    }
    let mut shape = row.shape.clone()?;
    let crs = &collection.geometry.as_ref()?.crs;
    Transform::between(crs, &Crs::Epsg(EPSG_HANOI)).ok()?.shape(&mut shape).ok()?;
    let polygons = match shape.geometry {
        geo::Geometry::MultiPolygon(polygons) => polygons,
        geo::Geometry::Polygon(polygon) => MultiPolygon(vec![polygon]),
        _ => return None,
    };
    let bounds = polygons.bounding_rect()?;
    Some(Ground { fid: row.fid, id: row.id.to_string(), polygons, bounds })
}

impl Ground {
    /// The ground that it shares with another, m²; `None` where it shares none, or a sliver along a common border.
    fn shared_m2(&self, other: &Ground) -> Option<Decimal> {
        if !self.bounds.intersects(&other.bounds) {
            return None;
        }
        let shared = self.polygons.intersection(&other.polygons);
        let area = shared.unsigned_area();
        let perimeter: f64 = shared.iter().map(|polygon| Euclidean.length(polygon.exterior())).sum();
        (2.0 * area > OVERLAP_WIDTH_M * perimeter).then(|| decimal_of(area.round()))?
    }
}

fn add(site: &mut SiteFacts, said: Fact) {
    match said {
        Fact::Station(station) => site.stations.push(*station),
        Fact::Infrastructure(item) => site.infrastructure.push(item),
        Fact::Milestone(step) => site.milestones.push(step),
        Fact::Violation(violation) => site.violations.push(violation),
        Fact::Plan(plan) => site.plans.push(plan),
        Fact::Site(_) | Fact::Sample(_) => {}
    }
}

/// Puts what a row says in the place of what the row of that id said before.
fn replace(
    site: &mut SiteFacts,
    gone_stations: &[StationFacts],
    collection: &str,
    id: &str,
    said: Option<(Subject, Fact)>,
) {
    let is_row = |row: &RowRef| row.collection == collection && row.id == id;
    let mut known = site.stations.iter().chain(gone_stations);
    let samples = known.find(|station| is_row(&station.row)).map(|station| station.samples.clone());
    site.stations.retain(|station| !is_row(&station.row));
    if collection == "effluent_samples" {
        for station in &mut site.stations {
            station.samples.retain(|sample| !is_row(&sample.row));
        }
    }
    site.infrastructure.retain(|item| !is_row(&item.row));
    site.milestones.retain(|step| !is_row(&step.row));
    site.violations.retain(|violation| !is_row(&violation.row));
    let overlaps = site.plans.iter().find(|plan| is_row(&plan.row)).map(|plan| plan.overlaps.clone());
    site.plans.retain(|plan| !is_row(&plan.row));
    match said {
        Some((_, Fact::Site(facts))) => {
            let of_site = std::mem::replace(site, *facts);
            site.stations = of_site.stations;
            site.plans = of_site.plans;
            site.violations = of_site.violations;
            site.infrastructure = of_site.infrastructure;
            site.milestones = of_site.milestones;
        }
        Some((_, Fact::Station(mut station))) => {
            station.samples = samples.unwrap_or_default();
            site.stations.push(*station);
        }
        Some((Subject::OfStation(of), Fact::Sample(sample))) => {
            if let Some(station) = site.stations.iter_mut().find(|station| station.row.id == of) {
                station.samples.push(sample);
            }
        }
        Some((_, Fact::Plan(mut plan))) => {
            plan.overlaps = overlaps.unwrap_or_default();
            site.plans.push(plan);
        }
        Some((_, said)) => add(site, said),
        None => {}
    }
}

/// Rows by id: the order in which they came is no fact, and must not show.
fn arrange(site: &mut SiteFacts) {
    site.stations.sort_by(|a, b| a.row.id.cmp(&b.row.id));
    for station in &mut site.stations {
        station.samples.sort_by(|a, b| a.row.id.cmp(&b.row.id));
    }
    site.plans.sort_by(|a, b| a.row.id.cmp(&b.row.id));
    for plan in &mut site.plans {
        plan.overlaps.sort();
    }
    site.violations.sort_by(|a, b| a.row.id.cmp(&b.row.id));
    site.infrastructure.sort_by(|a, b| a.row.id.cmp(&b.row.id));
    site.milestones.sort_by(|a, b| a.row.id.cmp(&b.row.id));
}
