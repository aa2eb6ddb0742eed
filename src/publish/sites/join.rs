//! What the rows of the registers say, put together by site.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;
use rust_decimal::Decimal;

use super::ground::Ground;
use super::{Fact, Facts, REGISTERS, RowHistory, Slot, Subject, add, arrange, fact, key_of};
use crate::compliance::site::StationFacts;
use crate::compliance::{RowRef, Sample, SiteFacts, SiteKey};
use crate::domain::{Collection, FeatureId, Kind};
use crate::publish::facts::Reader;
use crate::publish::read::read_whole;
use crate::store::{Row, Store, StoreError, Version};

/// The recorded changes of rows that were changed after they were made, by collection and id.
pub struct Recorded(HashMap<String, HashMap<FeatureId, Vec<Version>>>);

impl Recorded {
    /// Reads the history of the registers.
    ///
    /// # Errors
    /// What the store says.
    pub fn read(store: &dyn Store, collections: &[Collection]) -> Result<Recorded, StoreError> {
        let mut recorded = HashMap::new();
        for collection in collections.iter().filter(|collection| collection.kind == Kind::Register) {
            let mut changes: HashMap<FeatureId, Vec<Version>> = HashMap::new();
            for (id, version) in store.histories(collection, None)? {
                changes.entry(id).or_default().push(version);
            }
            if !changes.is_empty() {
                recorded.insert(collection.id.clone(), changes);
            }
        }
        Ok(Recorded(recorded))
    }
}

/// What some rows of one collection say, in their order.
pub struct Said<'a> {
    /// `None` where no rule reads the collection.
    reader: Option<Reader<'a>>,
    /// `None` where no row was ever changed.
    recorded: Option<&'a HashMap<FeatureId, Vec<Version>>>,
    rows: Vec<(FeatureId, Subject, Fact)>,
    /// By station.
    samples: HashMap<String, Vec<Sample>>,
    /// Rows that say nothing a rule could read.
    silent: Vec<String>,
    grounds: Vec<Arc<Ground>>,
    /// Rows that were once different.
    changed: HashMap<FeatureId, Row>,
}

impl<'a> Said<'a> {
    pub fn new(collection: &'a Collection, recorded: &'a Recorded) -> Said<'a> {
        let is_read = collection.kind == Kind::Register && REGISTERS.contains(&collection.id.as_str());
        Said {
            reader: is_read.then(|| Reader::new(collection)),
            recorded: recorded.0.get(&collection.id),
            rows: Vec::new(),
            samples: HashMap::new(),
            silent: Vec::new(),
            grounds: Vec::new(),
            changed: HashMap::new(),
        }
    }

    /// Adds what a row says.
    pub fn add(&mut self, collection: &Collection, row: &Row) {
        if self.recorded.is_some_and(|changes| changes.contains_key(&row.id)) {
            self.changed.insert(row.id.clone(), row.clone());
        }
        let Some(reader) = &self.reader else { return };
        match reader.fact(row) {
            Some((Subject::OfStation(station), Fact::Sample(sample))) => {
                self.samples.entry(station).or_default().push(sample);
            }
            Some((subject, said)) => {
                if let Fact::Plan(plan) = &said {
                    self.grounds.extend(Ground::of(collection, row, plan).map(Arc::new));
                }
                self.rows.push((row.id.clone(), subject, said));
            }
            None => self.silent.push(row.id.to_string()),
        }
    }
}

impl Facts {
    /// Reads the registers. A register that the store does not have contributes nothing.
    ///
    /// # Errors
    /// What the store says.
    pub fn read(store: &dyn Store, collections: &[Collection]) -> Result<Facts, StoreError> {
        let recorded = Recorded::read(store, collections)?;
        let start = |at: usize| Said::new(&collections[at], &recorded);
        let said = read_whole(store, collections, start, |said, collection, row| {
            said.add(collection, &row);
            Ok(())
        });
        let said = said.into_iter().collect::<Result<Vec<_>, StoreError>>()?;
        Ok(Facts::joined(collections, &recorded, said))
    }

    /// Puts together what the rows of all collections say: for each collection its stretches in their order.
    pub fn joined(collections: &[Collection], recorded: &Recorded, mut said: Vec<Vec<Said<'_>>>) -> Facts {
        let mut facts = Facts::default();
        for (collection, said) in collections.iter().zip(&said) {
            let Some(changes) = recorded.0.get(&collection.id) else { continue };
            let current = |id: &FeatureId| said.iter().find_map(|said| said.changed.get(id));
            let histories = changes.iter().map(|(id, versions)| {
                let history = RowHistory::new(collection, id, versions, current(id));
                (id.clone(), Arc::new(history))
            });
            facts.histories.insert(&collection.id, histories.collect());
        }
        let is_read = |collection: &&Collection| REGISTERS.contains(&collection.id.as_str());
        facts.declarations = Arc::new(collections.iter().filter(is_read).cloned().collect());
        let mut join = Join::default();
        for (register, id) in REGISTERS.iter().enumerate() {
            let Some(at) = collections.iter().position(|collection| collection.id == *id) else { continue };
            let mut orphans: Vec<String> = Vec::new();
            for said in said.get_mut(at).map(std::mem::take).into_iter().flatten() {
                for (id, subject, said) in said.rows {
                    if !join.put(&id, subject, said) {
                        orphans.push(id.to_string());
                    }
                }
                for (station, samples) in said.samples {
                    orphans.extend(join.put_samples(&station, samples));
                }
                orphans.extend(said.silent);
                facts.grounds.extend(said.grounds);
            }
            orphans.sort();
            facts.orphans.extend(orphans.into_iter().map(|orphan| ((*id).to_owned(), orphan)));
            if let Some(histories) = facts.histories.of(id) {
                join.remember(register, &collections[at], histories);
            }
        }
        join.overlap(&facts.grounds);
        facts.has_loose_ends = join.has_loose_ends || !facts.orphans.is_empty();
        join.finish(&mut facts);
        facts
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
    fn put(&mut self, id: &FeatureId, subject: Subject, said: Fact) -> bool {
        let Some(key) = key_of(&self.sites, &self.stations, &subject) else { return false };
        if matches!(said, Fact::Station(_)) {
            self.stations.insert(id.to_string(), key.clone());
        }
        let site = self.open(&key);
        match said {
            Fact::Site(facts) => {
                site.facts = *facts;
                site.is_on_record = true;
            }
            said => add(&mut site.facts, said),
        }
        site.is_on_record
    }

    /// Adds the samples of a station; gives back the ids of those that are of no station on record.
    fn put_samples(&mut self, station: &str, samples: Vec<Sample>) -> Vec<String> {
        let ids = |samples: &[Sample]| samples.iter().map(|sample| sample.row.id.clone()).collect();
        let site = self.stations.get(station).and_then(|key| self.sites.get_mut(key));
        let Some(site) = site else { return ids(&samples) };
        if let Some(known) = site.facts.stations.iter_mut().find(|known| known.row.id == station) {
            let orphans = if site.is_on_record { Vec::new() } else { ids(&samples) };
            known.samples.extend(samples);
            return orphans;
        }
        let orphans = ids(&samples);
        if let Some(gone) = site.gone_stations.iter_mut().find(|gone| gone.row.id == station) {
            gone.samples.extend(samples);
        }
        orphans
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

    fn finish(self, facts: &mut Facts) {
        let sites: Vec<_> = self.sites.into_iter().collect();
        let sites = sites.into_par_iter().map(|(key, mut site)| {
            arrange(&mut site.facts);
            let facts = Arc::new(site.facts);
            let (facts, gone) = if site.is_on_record { (Some(facts), None) } else { (None, Some(facts)) };
            (key, Arc::new(Slot { facts, gone, gone_stations: site.gone_stations, changed: site.changed }))
        });
        facts.sites = sites.collect();
        facts.stations = Arc::new(self.stations);
    }
}
