//! Facts joined into sites, as they stand now and as they stood on any day.

mod change;
mod ground;
mod join;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;

use super::facts::{Fact, REGISTERS, Subject, fact};
use super::history::{Histories, RowHistory};
use crate::compliance::site::StationFacts;
use crate::compliance::{RowRef, SiteCollection, SiteFacts, SiteKey};
use crate::domain::{Collection, FeatureId};
pub use change::Edit;
use ground::Ground;
pub use join::{Recorded, Said};

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
    sites: HashMap<SiteKey, Arc<Slot>>,
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
    /// The sites on record, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &SiteKey> {
        self.sites.keys()
    }

    /// Whether a site is on record.
    pub fn has(&self, key: &SiteKey) -> bool {
        self.sites.contains_key(key)
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
