//! Other days than the snapshot's: computed from it when they are asked for, kept while there is room.
//!
//! A row stands as it was written for the day ([`super::history`]), and says nothing of what came later: dates after the
//! day are taken out, with what they date.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::collection::{Builder, PublishedCollection};
use super::derived::hotspots::HotspotGround;
use super::{Snapshot, attach, review};
use crate::compliance::site::{Known, PlanStatus};
use crate::compliance::{Assessment, Review, SiteCollection, SiteKey, assess_site};
use crate::domain::{Collection, Kind, Value};
use crate::store::{Row, StoreError};

/// Reviews of other days that are kept.
const REVIEWS: usize = 16;

/// What runs of hotspots start from is kept for so many days.
const GROUNDS: usize = 8;

/// Bytes of GeoJSON that collections of other days may hold together.
const COLLECTION_BYTES: u64 = 256 << 20;

#[derive(Clone)]
struct Weight;

impl Weighter<(String, NaiveDate), Arc<PublishedCollection>> for Weight {
    fn weight(&self, _: &(String, NaiveDate), collection: &Arc<PublishedCollection>) -> u64 {
        collection.weight() as u64
    }
}

/// What was asked for other days.
pub struct Past {
    reviews: Cache<NaiveDate, Arc<Review>>,
    collections: Cache<(String, NaiveDate), Arc<PublishedCollection>, Weight>,
    /// What runs of hotspots start from, of the snapshot's own day too.
    pub(super) grounds: Cache<NaiveDate, Arc<HotspotGround>>,
}

impl Default for Past {
    fn default() -> Past {
        Past {
            reviews: Cache::new(REVIEWS),
            collections: Cache::with_weighter(REVIEWS * 8, COLLECTION_BYTES, Weight),
            grounds: Cache::new(GROUNDS),
        }
    }
}

impl Snapshot {
    /// The snapshot that has what this one keeps back.
    pub(super) fn full(&self) -> Option<&Snapshot> {
        self.veil.as_ref().map(|veil| &*veil.full)
    }

    /// Whether [`Snapshot::review_on`] has its answer ready.
    pub fn has_review_on(&self, day: NaiveDate) -> bool {
        self.full().is_some_and(|full| full.has_review_on(day))
            || day == self.as_of
            || self.past.reviews.peek(&day).is_some()
    }

    /// Every site as it stood on a day. Takes a second for a thousand sites if the day is asked for the first time: not
    /// for the async runtime.
    pub fn review_on(&self, day: NaiveDate) -> Arc<Review> {
        if let Some(full) = self.full() {
            return full.review_on(day);
        }
        if day == self.as_of {
            return Arc::clone(&self.review);
        }
        let made = || Ok::<_, std::convert::Infallible>(Arc::new(review(&self.facts, &self.standards, day)));
        match self.past.reviews.get_or_insert_with(&day, made) {
            Ok(review) => review,
            Err(never) => match never {},
        }
    }

    /// The assessment of one site as it stood on a day; `None` where it was not on record.
    pub fn assessment_on(&self, key: &SiteKey, day: NaiveDate) -> Option<Arc<Assessment>> {
        if let Some(veil) = &self.veil {
            return Some(Arc::new(veil.assessment(&*veil.full.assessment_on(key, day)?)));
        }
        if day == self.as_of {
            return self.review.assessment(key).cloned();
        }
        let facts = self.facts.site_on(key, day)?;
        Some(Arc::new(assess_site(&self.standards, &facts, day)))
    }

    /// Whether a collection has a state of its own for every day: registers have and what is derived from them, tables of a
    /// user's own have not.
    pub fn has_past(&self, collection: &PublishedCollection) -> bool {
        collection.declaration.kind.has_past()
    }

    /// Whether [`Snapshot::collection_on`] has its answer ready.
    pub fn has_collection_on(&self, id: &str, day: NaiveDate) -> bool {
        self.past.collections.peek(&(id.to_owned(), day)).is_some()
    }

    /// A register as it stood on a day, with compliance of that day, or what is derived from the registers of the day;
    /// `None` where there is no such collection. Not for the async runtime, as [`Snapshot::review_on`].
    ///
    /// # Errors
    /// When coordinates of an earlier state cannot be transformed.
    pub fn collection_on(&self, id: &str, day: NaiveDate) -> Result<Option<Arc<PublishedCollection>>, StoreError> {
        let Some(now) = self.collection(id) else { return Ok(None) };
        let made = || {
            if let Some(veil) = &self.veil {
                return Ok(veil.collection_on(id, day)?.unwrap_or_else(|| Arc::new(now.clone())));
            }
            if now.declaration.kind == Kind::Derived {
                return self.build_derived_on(now, day);
            }
            self.build_on(now, day).map(Arc::new)
        };
        self.past.collections.get_or_insert_with(&(id.to_owned(), day), made).map(Some)
    }

    /// A derived collection of another day; what is made in the same go is kept too.
    fn build_derived_on(
        &self,
        now: &PublishedCollection,
        day: NaiveDate,
    ) -> Result<Arc<PublishedCollection>, StoreError> {
        let mut wanted = Arc::new(now.clone());
        if day == self.as_of {
            return Ok(wanted);
        }
        for made in self.derived_on(&now.declaration.id, day)? {
            let made = Arc::new(made);
            if made.declaration.id == now.declaration.id {
                wanted = made;
            } else {
                self.past.collections.insert((made.declaration.id.clone(), day), made);
            }
        }
        Ok(wanted)
    }

    fn build_on(&self, now: &PublishedCollection, day: NaiveDate) -> Result<PublishedCollection, StoreError> {
        if now.remote.is_some() {
            // None of its rows is here: that would read as a day on which there was nothing.
            return Err(StoreError::Stopped(format!(
                "'{0}' không có cho ngày khác / '{0}' is not known for other days",
                now.declaration.id
            )));
        }
        let review = self.review_on(day);
        let declaration = &now.declaration;
        let stands = Stands::new(declaration, &review);
        let stored = declaration.stored_fields().count();
        let mut builder = Builder::new(declaration.clone());
        let mut push = |mut row: Row| {
            row.values.truncate(stored);
            if stands.on_that_day(&mut row) {
                attach(declaration, &review, &mut row);
                builder.push(row)
            } else {
                Ok(())
            }
        };
        let histories = self.facts.histories.of(&declaration.id);
        for position in 0..now.len() as u32 {
            let Some(row) = now.row(position) else { continue };
            let history = histories.and_then(|histories| histories.get(&row.id));
            match history.filter(|history| !history.is_current_on(day)) {
                None => push(row)?,
                Some(history) => {
                    if let Some(then) = history.on(day) {
                        push(Row { fid: row.fid, ..then.clone() })?;
                    }
                }
            }
        }
        // Rows that are not there any more come last: their numbers in the store were theirs alone.
        let mut next = now.len().checked_sub(1).and_then(|last| now.row(last as u32)).map_or(0, |row| row.fid);
        let mut gone: Vec<_> = histories.into_iter().flatten().filter(|(id, _)| now.find(id).is_none()).collect();
        gone.sort_by_key(|(id, _)| id.as_str());
        for (_, history) in gone {
            if let Some(then) = history.on(day) {
                next += 1;
                push(Row { fid: next, ..then.clone() })?;
            }
        }
        builder.finish()
    }
}

/// Which rows of a register stood on a day, and what they said then.
struct Stands<'a> {
    declaration: &'a Collection,
    day: NaiveDate,
    review: &'a Review,
    /// Stations and plans of the sites that were not there yet.
    unknown: HashSet<&'a str>,
    /// How far the plans of the sites had come.
    plans: HashMap<&'a str, Option<PlanStatus>>,
}

impl<'a> Stands<'a> {
    fn new(declaration: &'a Collection, review: &'a Review) -> Stands<'a> {
        let (mut unknown, mut plans) = (HashSet::new(), HashMap::new());
        let sites = || review.sites.values().map(|site| Known::on(&site.facts, review.as_of));
        match declaration.id.as_str() {
            "treatment_stations" => {
                for then in sites() {
                    unknown.extend(then.site.stations.iter().map(|station| station.row.id.as_str()));
                    for station in &then.stations {
                        unknown.remove(station.facts.row.id.as_str());
                    }
                }
            }
            "plans" | "plan_parcels" => {
                for then in sites() {
                    unknown.extend(then.site.plans.iter().map(|plan| plan.row.id.as_str()));
                    for (plan, status) in then.plans {
                        unknown.remove(plan.row.id.as_str());
                        plans.insert(plan.row.id.as_str(), status);
                    }
                }
            }
            _ => {}
        }
        Stands { declaration, day: review.as_of, review, unknown, plans }
    }

    /// Whether the row stood on the day; takes out of it what came later.
    fn on_that_day(&self, row: &mut Row) -> bool {
        match self.declaration.id.as_str() {
            "clusters" => self.site(
                row,
                &[
                    "established_on",
                    "construction_started_on",
                    "env_regulation_on",
                    "unleased_land_published_on",
                    "newest_project_on",
                ],
            ),
            "craft_villages" => {
                if self.year(row, "pollution_class_year").is_some_and(|year| year > i64::from(self.day.year())) {
                    for name in
                        ["pollution_class", "pollution_class_water", "pollution_class_air", "pollution_class_soil"]
                    {
                        self.set(row, name, "unknown".into());
                    }
                    self.set(row, "pollution_class_year", Value::Null);
                }
                self.site(row, &["env_plan_approved_on"])
            }
            "treatment_stations" => self.station(row),
            "effluent_samples" => self.had_come(row, "sample_date"),
            "infrastructure_items" => self.had_come(row, "state_date"),
            "milestones" => self.milestone(row),
            "violations" => {
                if self.is_later(row, "closed_on") {
                    self.set(row, "closed_on", Value::Null);
                    self.set(row, "status", Value::Null);
                }
                // What has no day of its own was said by the row's source.
                if self.is_later(row, "source_date") {
                    for name in ["status", "decision_no", "fine_vnd", "remedy"] {
                        self.set(row, name, Value::Null);
                    }
                    return self.date(row, "opened_on").is_some_and(|found| found <= self.day);
                }
                self.had_come(row, "opened_on")
            }
            "plans" => self.plan(row),
            "plan_parcels" => self.text(row, "plan_id").is_none_or(|plan| !self.unknown.contains(plan)),
            "buildings" => self.had_come(row, "built_on"),
            "admin_units" => {
                let over = self.date(row, "valid_to").is_some_and(|last| last < self.day);
                !over && self.had_come(row, "valid_from")
            }
            "admin_unit_changes" => self.had_come(row, "effective_on"),
            _ => true,
        }
    }

    fn site(&self, row: &mut Row, dates: &[&str]) -> bool {
        let key = SiteCollection::parse(&self.declaration.id).map(|kind| (kind, row.id.to_string()));
        let Some(site) = key.and_then(|key| self.review.sites.get(&key)) else { return false };
        if let Some(status) = site.facts.status_on(self.day) {
            self.set(row, "status", status.as_str().into());
        }
        self.clear_later(row, dates);
        if self.year(row, "established_year").is_some_and(|year| year > i64::from(self.day.year())) {
            self.set(row, "established_year", Value::Null);
        }
        true
    }

    fn station(&self, row: &mut Row) -> bool {
        if self.is_later(row, "auto_monitoring_since") {
            self.set(row, "auto_monitoring_status", Value::Null);
        }
        if self.is_later(row, "env_permit_issued_on") {
            for name in ["env_permit_status", "env_permit_no", "env_permit_expires_on"] {
                self.set(row, name, Value::Null);
            }
        }
        let dates =
            ["commissioned_on", "auto_monitoring_since", "env_permit_issued_on", "operation_log_since", "status_date"];
        self.clear_later(row, &dates);
        !self.unknown.contains(row.id.as_str())
    }

    fn milestone(&self, row: &mut Row) -> bool {
        if !self.is_later(row, "actual_on") {
            return true;
        }
        let reached = [
            "actual_on",
            "land_handed_over_pct",
            "decision",
            "fill_pct",
            "unleased_ha",
            "demand_exceeds_remaining",
            "infrastructure_ready",
        ];
        for name in reached {
            self.set(row, name, Value::Null);
        }
        self.date(row, "planned_on").is_some()
    }

    fn plan(&self, row: &mut Row) -> bool {
        if let Some(status) = self.plans.get(row.id.as_str()) {
            self.set(row, "status", status.map_or(Value::Null, |status| status.as_str().into()));
        }
        if self.is_later(row, "approved_on") {
            self.set(row, "decision_no", Value::Null);
        }
        let dates = [
            "submitted_on",
            "approved_on",
            "published_on",
            "superseded_on",
            "task_approved_on",
            "consulted_on",
            "appraised_on",
        ];
        self.clear_later(row, &dates);
        !self.unknown.contains(row.id.as_str())
    }

    /// Whether the row's own day was not later; a row without one has no day of its own.
    fn had_come(&self, row: &Row, field: &str) -> bool {
        !self.is_later(row, field)
    }

    fn clear_later(&self, row: &mut Row, fields: &[&str]) {
        for name in fields {
            if self.is_later(row, name) {
                self.set(row, name, Value::Null);
            }
        }
    }

    fn is_later(&self, row: &Row, field: &str) -> bool {
        self.date(row, field).is_some_and(|day| day > self.day)
    }

    fn value<'r>(&self, row: &'r Row, field: &str) -> Option<&'r Value> {
        row.values.get(self.declaration.field(field)?.0)
    }

    fn date(&self, row: &Row, field: &str) -> Option<NaiveDate> {
        self.value(row, field)?.as_date()
    }

    fn year(&self, row: &Row, field: &str) -> Option<i64> {
        self.value(row, field)?.as_i64()
    }

    fn text<'r>(&self, row: &'r Row, field: &str) -> Option<&'r str> {
        self.value(row, field)?.as_str()
    }

    fn set(&self, row: &mut Row, field: &str, value: Value) {
        let at = self.declaration.field(field).map(|(at, _)| at);
        if let Some(cell) = at.and_then(|at| row.values.get_mut(at)) {
            *cell = value;
        }
    }
}
