//! The facts after a change of some rows: the sites that they are or were of are put together anew, all others are shared.
//!
//! It knows when it does not know: a site or station that goes, or comes while rows name what is not on record, may concern
//! rows that did not change. Then everything is read.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::ground::Ground;
use super::{Fact, Facts, REGISTERS, RowHistory, Slot, Subject, arrange, fact, key_of, replace};
use crate::compliance::site::PlanFacts;
use crate::compliance::{SiteCollection, SiteFacts, SiteKey};
use crate::domain::{Collection, FeatureId, Kind};
use crate::store::{Row, Store, StoreError, Version};

/// A row before and after a change.
pub struct Edit<'a> {
    pub collection: &'a Collection,
    pub fid: i64,
    /// Its place is not looked at.
    pub before: Option<Row>,
    pub after: Option<&'a Row>,
}

impl Facts {
    /// The facts after some rows were edited, and the sites of which other things may be on record now. `None` where rows
    /// that were not edited may be concerned: then all has to be read.
    ///
    /// # Errors
    /// What the store says when it is asked for the histories of the rows.
    pub fn with_edits(
        &self,
        store: &dyn Store,
        edits: &[Edit<'_>],
    ) -> Result<Option<(Facts, BTreeSet<SiteKey>)>, StoreError> {
        let mut reopened = Reopened { facts: self.clone(), sites: HashMap::new(), touched: BTreeSet::new() };
        for name in REGISTERS {
            let of_register: Vec<_> = edits.iter().filter(|edit| edit.collection.id == name).collect();
            if !of_register.iter().all(|edit| reopened.edit(name, edit)) {
                return Ok(None);
            }
            if name == "plans" && !of_register.is_empty() && !reopened.overlap(&of_register) {
                return Ok(None);
            }
        }
        let collections: BTreeMap<&str, &Collection> =
            edits.iter().map(|edit| (edit.collection.id.as_str(), edit.collection)).collect();
        for collection in collections.values().filter(|collection| collection.kind == Kind::Register) {
            if !reopened.remember(store, collection, edits)? {
                return Ok(None);
            }
        }
        Ok(Some(reopened.close()))
    }
}

/// Facts of which some sites are being put together anew.
struct Reopened {
    facts: Facts,
    sites: HashMap<SiteKey, SiteFacts>,
    touched: BTreeSet<SiteKey>,
}

impl Reopened {
    /// A site on record, to be written to.
    fn site(&mut self, key: &SiteKey) -> Option<&mut SiteFacts> {
        let known = self.facts.sites.get(key)?.facts.as_ref()?;
        self.touched.insert(key.clone());
        Some(self.sites.entry(key.clone()).or_insert_with(|| SiteFacts::clone(known)))
    }

    fn slot(&mut self, key: &SiteKey) -> &mut Slot {
        Arc::make_mut(self.facts.sites.entry(key.clone()).or_default())
    }

    /// The site that a row is of and what it says of it; `None` where it is not on record.
    fn place(&mut self, collection: &Collection, row: &Row) -> Option<(SiteKey, Subject, Fact)> {
        let (subject, said) = fact(collection, row)?;
        let key = key_of(&self.facts.sites, &self.facts.stations, &subject)?;
        let site = self.site(&key)?;
        if let Subject::OfStation(id) = &subject {
            site.stations.iter().find(|station| station.row.id == *id)?;
        }
        Some((key, subject, said))
    }

    /// Takes an edit over; false where it concerns more than its own row.
    fn edit(&mut self, name: &str, edit: &Edit<'_>) -> bool {
        let before = match &edit.before {
            None => None,
            Some(row) => match self.place(edit.collection, row) {
                Some((key, ..)) => Some((key, row.id.as_str())),
                None => return false,
            },
        };
        let is_named_by_others = SiteCollection::parse(name).is_some() || name == "treatment_stations";
        if is_named_by_others && before.is_none() && !edit.after.is_some_and(|row| self.admit(edit.collection, row)) {
            return false;
        }
        let after = match edit.after {
            None => None,
            Some(row) => match self.place(edit.collection, row) {
                Some(placed) => Some((placed, row.id.as_str())),
                None => return false,
            },
        };
        let stays = before
            .as_ref()
            .zip(after.as_ref())
            .is_some_and(|((old, old_id), ((new, ..), id))| old == new && old_id == id);
        if is_named_by_others && before.is_some() && !stays {
            return false;
        }
        if let Some((key, id)) = before.filter(|_| !stays)
            && let Some(site) = self.site(&key)
        {
            replace(site, &[], name, id, None);
        }
        if let Some(((key, subject, said), id)) = after
            && let Some(site) = self.site(&key)
        {
            replace(site, &[], name, id, Some((subject, said)));
        }
        true
    }

    /// Makes room for a new site or station; false where other rows may have waited for it.
    fn admit(&mut self, collection: &Collection, row: &Row) -> bool {
        if self.facts.has_loose_ends {
            return false;
        }
        match fact(collection, row) {
            Some((Subject::Site(key), Fact::Site(facts))) => {
                // A row that names a site by its id alone means the one site that has it.
                let kinds = [SiteCollection::Clusters, SiteCollection::CraftVillages];
                if kinds.iter().any(|kind| self.facts.sites.contains_key(&(*kind, key.1.clone()))) {
                    return false;
                }
                self.slot(&key).facts = Some(Arc::new(*facts));
                true
            }
            Some((subject, Fact::Station(_))) => {
                let id = row.id.as_str();
                let key = key_of(&self.facts.sites, &self.facts.stations, &subject);
                let Some(key) = key.filter(|_| !self.facts.stations.contains_key(id)) else { return false };
                Arc::make_mut(&mut self.facts.stations).insert(id.to_owned(), key);
                true
            }
            _ => false,
        }
    }

    /// Finds out anew what ground the edited plans share with others; false where that cannot be told of all.
    fn overlap(&mut self, edits: &[&Edit<'_>]) -> bool {
        if self.facts.orphans.iter().any(|(collection, _)| collection == "plans") {
            return false;
        }
        let ids = |edit: &&Edit<'_>| {
            [edit.before.as_ref(), edit.after].into_iter().flatten().map(|row| row.id.to_string()).collect::<Vec<_>>()
        };
        let edited: BTreeSet<String> = edits.iter().flat_map(ids).collect();
        let fids: BTreeSet<i64> = edits.iter().map(|edit| edit.fid).collect();
        let grounds = &mut self.facts.grounds;
        grounds.retain(|ground| !fids.contains(&ground.fid));
        let ground = |edit: &&Edit<'_>| {
            let row = edit.after?;
            let (_, Fact::Plan(plan)) = fact(edit.collection, row)? else { return None };
            Ground::of(edit.collection, row, &plan).map(Arc::new)
        };
        grounds.extend(edits.iter().filter_map(ground));
        grounds.sort_by_key(|ground| ground.fid);
        let is_edited = |ground: &Ground| edited.contains(&ground.id);

        let grounds = grounds.clone();
        let mut shared: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for (index, one) in grounds.iter().enumerate() {
            for other in grounds.iter().skip(index + 1).filter(|other| is_edited(one) || is_edited(other)) {
                if let Some(area) = one.shared_m2(other) {
                    shared.entry(&one.id).or_default().push((other.id.clone(), area));
                    shared.entry(&other.id).or_default().push((one.id.clone(), area));
                }
            }
        }
        let is_stale = |plan: &PlanFacts| {
            let id = plan.row.id.as_str();
            edited.contains(id)
                || shared.contains_key(id)
                || plan.overlaps.iter().any(|(other, _)| edited.contains(other))
        };
        let slots = self.facts.sites.iter();
        let of_sites = slots.filter_map(|(key, slot)| Some((key, self.sites.get(key).or(slot.facts.as_deref())?)));
        let stale: Vec<SiteKey> =
            of_sites.filter(|(_, site)| site.plans.iter().any(is_stale)).map(|(key, _)| key.clone()).collect();
        for key in stale {
            let plans = self.site(&key).map(|site| site.plans.iter_mut()).into_iter().flatten();
            for plan in plans {
                let id = plan.row.id.as_str();
                let is_plan_edited = edited.contains(id);
                plan.overlaps.retain(|(other, _)| !is_plan_edited && !edited.contains(other));
                plan.overlaps.extend(shared.get(id).into_iter().flatten().cloned());
            }
        }
        true
    }

    /// Reads what became of the histories of the edited rows; false where one was lost.
    fn remember(&mut self, store: &dyn Store, collection: &Collection, edits: &[Edit<'_>]) -> Result<bool, StoreError> {
        let (mut ids, mut current) = (BTreeSet::new(), HashMap::new());
        for edit in edits.iter().filter(|edit| edit.collection.id == collection.id) {
            ids.extend(edit.before.as_ref().map(|row| row.id.clone()));
            if let Some(row) = edit.after {
                ids.insert(row.id.clone());
                current.insert(row.id.clone(), row);
            }
        }
        let mut changes: HashMap<FeatureId, Vec<Version>> = HashMap::new();
        for (id, version) in store.histories(collection, Some(&ids))? {
            changes.entry(id).or_default().push(version);
        }
        let register = REGISTERS.iter().position(|name| *name == collection.id);
        for id in ids {
            let before = self.facts.histories.of(&collection.id).and_then(|histories| histories.get(&id)).cloned();
            let Some(versions) = changes.get(&id) else {
                if before.is_some() {
                    return Ok(false);
                }
                continue;
            };
            let history = RowHistory::new(collection, &id, versions, current.get(&id).copied());
            if let Some(register) = register {
                let sites = before.map_or_else(Vec::new, |history| self.sites_of(collection, &history));
                for key in sites {
                    self.slot(&key).changed.remove(&(register, id.clone()));
                    self.touched.insert(key);
                }
                for key in self.sites_of(collection, &history) {
                    self.slot(&key).changed.insert((register, id.clone()));
                    self.touched.insert(key);
                }
            }
            self.facts.histories.set(&collection.id, id, history);
        }
        Ok(true)
    }

    /// The sites that a row is or was of.
    fn sites_of(&mut self, collection: &Collection, history: &RowHistory) -> Vec<SiteKey> {
        let rows = history.states.iter().filter_map(|state| state.row.as_ref());
        let subjects = rows.filter_map(|row| fact(collection, row)).map(|(subject, _)| subject);
        let mut keys = Vec::new();
        for subject in subjects {
            match key_of(&self.facts.sites, &self.facts.stations, &subject) {
                Some(key) => keys.push(key),
                None => self.facts.has_loose_ends = true,
            }
        }
        keys
    }

    fn close(mut self) -> (Facts, BTreeSet<SiteKey>) {
        for (key, mut site) in std::mem::take(&mut self.sites) {
            arrange(&mut site);
            self.slot(&key).facts = Some(Arc::new(site));
        }
        (self.facts, self.touched)
    }
}
