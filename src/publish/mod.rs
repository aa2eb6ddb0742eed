//! Publishing: registers in, an immutable snapshot of every collection out.
//!
//! All that can be done once is done here: the join, the assessment, the transformation to CRS84, the GeoJSON bytes, the
//! indexes. A snapshot is swapped in whole and has one version; no request reads anything else.

pub mod collection;
pub mod columns;
pub mod decisions;
pub mod derived;
pub mod encode;
mod facts;
pub mod files;
pub mod history;
pub mod moment;
pub mod neighbours;
mod past;
mod plan_files;
pub mod plans;
mod publisher;
pub mod quality;
pub mod quarters;
mod read;
pub mod registrar;
pub mod remote;
pub mod search;
pub mod sites;
mod texts;
pub mod veil;
pub mod version;
pub mod versions;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use rayon::prelude::*;

use crate::compliance::site::PollutionClass;
use crate::compliance::{Attached, Review, ReviewedSite, SiteCollection, SiteKey, Standards, assess_site};
use crate::domain::{Collection, Kind, Value};
pub use crate::store::Unserved;
use crate::store::commit::Commit;
use crate::store::{Row, Store, StoreError};
use collection::PublishedCollection;
use past::Past;
pub use publisher::Publisher;
use quarters::SignedQuarters;
use sites::Facts;

/// A store that changes faster than it can be read is read at most so often.
const ATTEMPTS: usize = 5;

/// Everything that requests need, immutable, of one state of the store and one day.
pub struct Snapshot {
    pub collections: Vec<PublishedCollection>,
    /// Tables of the store that could not be read.
    pub unserved: Arc<Vec<Unserved>>,
    /// The assessment of every site on the day of the snapshot. Empty where the store has no registers.
    pub review: Arc<Review>,
    /// What the registers say of every site, now and on earlier days.
    pub facts: Arc<Facts>,
    pub standards: Arc<Standards>,
    /// Quarters whose sign-off holds.
    pub quarters: SignedQuarters,
    /// The day for which compliance holds.
    pub as_of: NaiveDate,
    /// What was asked for other days.
    past: Past,
    /// What was made on the way to the derived collections.
    outcomes: derived::Outcomes,
    pub published_at: DateTime<Utc>,
    /// How long it took to be made.
    pub made_in: Duration,
    /// Version of the store that was read.
    pub store_version: i64,
    /// What all instances that share the store call the state that was read; what is here has all of that, and may have more.
    pub commit: Option<Commit>,
    /// Hash of everything served; equal contents give equal versions, also after a restart.
    pub version: u64,
    /// What is kept back; `None` where this is everything.
    veil: Option<veil::Veil>,
}

impl Snapshot {
    /// The collection of an id.
    pub fn collection(&self, id: &str) -> Option<&PublishedCollection> {
        self.collections.iter().find(|collection| collection.declaration.id == id)
    }

    /// Whether this is a store of registers, with compliance, and not somebody's GeoPackage.
    pub fn has_registers(&self) -> bool {
        self.collections.iter().any(|collection| collection.declaration.kind == Kind::Register)
    }
}

/// The day on which something happened in Hanoi (UTC+7).
pub fn hanoi_day(at: DateTime<Utc>) -> NaiveDate {
    let hanoi = FixedOffset::east_opt(7 * 3600);
    hanoi.map_or_else(|| at.date_naive(), |offset| at.with_timezone(&offset).date_naive())
}

/// The day it is in Hanoi.
pub fn today() -> NaiveDate {
    hanoi_day(Utc::now())
}

/// Reads the store whole and builds its snapshot for a day. Blocks; several hundred thousand features take a second or
/// two.
///
/// # Errors
/// What the store says, with collection and row.
pub fn publish(store: &dyn Store, standards: &Arc<Standards>, as_of: NaiveDate) -> Result<Snapshot, StoreError> {
    Publisher::new(Arc::clone(standards)).publish(store, as_of)
}

/// Puts the values of the derived fields behind the stored ones.
fn attach(declaration: &Collection, review: &Review, row: &mut Row) {
    if declaration.id == "craft_villages" {
        set_worst_class(declaration, row);
    }
    if declaration.fields.iter().any(|field| field.derived) {
        let key = SiteCollection::parse(&declaration.id).map(|kind| (kind, row.id.to_string()));
        row.values.extend(derived_values(declaration, review, key.as_ref()));
    }
}

/// A village's class is that of its worst medium. One that is not assessed leaves it open, unless another is polluted.
fn set_worst_class(declaration: &Collection, row: &mut Row) {
    let at = |name: &str| declaration.field(name).map(|(at, _)| at);
    let class = |name: &str| row.values.get(at(name)?)?.as_str().and_then(PollutionClass::parse);
    let media = ["pollution_class_water", "pollution_class_air", "pollution_class_soil"].map(class);
    // A register that classes no medium keeps the class that it gives.
    if media.iter().all(Option::is_none) {
        return;
    }
    let worst =
        media.into_iter().map(|class| class.unwrap_or(PollutionClass::Unknown)).min_by_key(|class| match class {
            PollutionClass::Serious => 0,
            PollutionClass::Polluted => 1,
            PollutionClass::Unknown => 2,
            PollutionClass::NotPolluted => 3,
        });
    if let (Some(worst), Some(cell)) = (worst, at("pollution_class").and_then(|at| row.values.get_mut(at))) {
        *cell = worst.as_str().into();
    }
}

/// The values of a row's derived fields in their order; null where it is of no site that was assessed.
fn derived_values(declaration: &Collection, review: &Review, key: Option<&SiteKey>) -> impl Iterator<Item = Value> {
    let attached = key.and_then(|key| review.assessment(key)).map(|assessment| &assessment.attached);
    let derived = declaration.fields.iter().filter(|field| field.derived);
    derived.map(move |field| attached.map_or(Value::Null, |a| attached_value(a, &field.name)))
}

/// Hands over the rows of a collection as they are published, with derived values, but in the storage CRS: what an export
/// writes. None is held.
///
/// # Errors
/// What the store or `each` says.
pub fn rows(
    store: &dyn Store,
    standards: &Standards,
    as_of: NaiveDate,
    declaration: &Collection,
    each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let review = if declaration.fields.iter().any(|field| field.derived) {
        assessed(store, standards, as_of)?.1
    } else {
        Review { as_of, sites: Default::default() }
    };
    store.scan(declaration, &mut |mut row| {
        attach(declaration, &review, &mut row);
        each(row)
    })
}

/// All sites as they stand in the store and how they are assessed for a day, read from the registers that rules read and no
/// others. All that is on record of every site is held.
///
/// # Errors
/// What the store says, with collection and row.
pub fn assessed(store: &dyn Store, standards: &Standards, as_of: NaiveDate) -> Result<(Facts, Review), StoreError> {
    let mut attempt = 1;
    loop {
        let version = store.version()?;
        let mut registers = store.collections()?;
        registers.retain(|of| of.kind == Kind::Register && facts::REGISTERS.contains(&of.id.as_str()));
        let facts = Facts::read(store, &registers)?;
        // A change in between would mix two states.
        if attempt == ATTEMPTS || store.version()? == version {
            let review = review(&facts, standards, as_of);
            return Ok((facts, review));
        }
        attempt += 1;
    }
}

/// Assesses every site as it stood on a day.
fn review(facts: &Facts, standards: &Standards, as_of: NaiveDate) -> Review {
    let keys: Vec<&SiteKey> = facts.keys().collect();
    let sites = keys.into_par_iter().filter_map(|key| Some((key.clone(), review_site(facts, standards, key, as_of)?)));
    Review { as_of, sites: sites.collect::<Vec<_>>().into_iter().collect() }
}

/// Assesses a site as it stood on a day; `None` where it was not on record.
fn review_site(facts: &Facts, standards: &Standards, key: &SiteKey, as_of: NaiveDate) -> Option<ReviewedSite> {
    let facts = facts.site_on(key, as_of)?;
    let assessment = Arc::new(assess_site(standards, &facts, as_of));
    Some(ReviewedSite { facts, assessment })
}

/// The value of a derived field.
fn attached_value(attached: &Attached, name: &str) -> Value {
    let number = |n: Option<rust_decimal::Decimal>| n.and_then(|n| n.to_string().parse::<f64>().ok()).into();
    match name {
        "compliance_status" => attached.compliance_status.as_str().into(),
        "detail_status" => attached.detail_status.as_str().into(),
        "compliance_as_of" => attached.compliance_as_of.into(),
        "breached_rules" => attached.breached_rules.as_str().into(),
        "unknown_rules" => attached.unknown_rules.as_str().into(),
        "wastewater_status" => attached.wastewater_status.as_str().into(),
        "effluent_worst_parameter" => attached.effluent_worst_parameter.clone().into(),
        "effluent_worst_ratio" => number(attached.effluent_worst_ratio),
        "effluent_sampled_on" => attached.effluent_sampled_on.into(),
        "infrastructure_done" => attached.infrastructure_done.map(i64::from).into(),
        "infrastructure_total" => attached.infrastructure_total.map(i64::from).into(),
        "plan_500_status" => attached.plan_500_status.map_or(Value::Null, |status| status.as_str().into()),
        "land_handed_over_pct" => number(attached.land_handed_over_pct),
        "open_violations" => i64::from(attached.open_violations).into(),
        "demo_data" => attached.demo_data.into(),
        _ => Value::Null,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::{FeatureId, catalog};
    use crate::store::memory::MemoryStore;
    use crate::store::{Change, Draft, Mode, Origin};

    fn put(store: &MemoryStore, collection: &str, id: &str, values: &[(&str, Value)]) {
        let collection = catalog::collection(collection).unwrap();
        let mut row = vec![Value::Null; collection.stored_fields().count()];
        for (name, value) in values {
            row[collection.field(name).unwrap().0] = value.clone();
        }
        let draft = Draft { id: Some(FeatureId::parse(id).unwrap()), values: row, shape: None };
        let origin = Origin { who: "test".to_owned(), what: "test".to_owned(), why: None };
        let drafts = &mut std::iter::once(Ok(draft));
        store.apply(Change { collection, mode: Mode::Append, drafts, origin }).unwrap();
    }

    fn attached(store: &MemoryStore, field: &str) -> Value {
        let standards = Arc::new(Standards::bundled().unwrap());
        let snapshot = publish(store, &standards, NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()).unwrap();
        let clusters = snapshot.collection("clusters").unwrap();
        clusters.value(0, clusters.declaration.field(field).unwrap().0)
    }

    fn date(text: &str) -> Value {
        crate::domain::DataType::Date.parse(text).unwrap()
    }

    fn operating_cluster_with_station() -> MemoryStore {
        let store = MemoryStore::default();
        put(&store, "clusters", "c", &[("name_vi", "CCN".into()), ("status", "operating".into())]);
        put(
            &store,
            "treatment_stations",
            "s",
            &[
                ("site_collection", "clusters".into()),
                ("site_id", "c".into()),
                ("status", "operating".into()),
                ("effluent_standard", "QCVN40_2011".into()),
                ("effluent_column", "A".into()),
                ("receiving_kind", "river".into()),
                ("f_m3_day_permit", Value::Number(500.0)),
                ("permit_parameters", "cod".into()),
            ],
        );
        store
    }

    fn sample(store: &MemoryStore, id: &str, day: &str, value: f64) {
        put(
            store,
            "effluent_samples",
            id,
            &[
                ("station_id", "s".into()),
                ("sample_date", date(day)),
                ("parameter_code", "cod".into()),
                ("value", Value::Number(value)),
                ("censored", "none".into()),
                ("unit", "mg/l".into()),
            ],
        );
    }

    #[test]
    fn a_cluster_of_which_nothing_is_on_record_is_unknown_and_not_compliant() {
        let store = MemoryStore::default();
        put(&store, "clusters", "c", &[("name_vi", "CCN".into())]);
        assert_eq!(attached(&store, "compliance_status"), "unknown".into());
        assert_eq!(attached(&store, "wastewater_status"), "unknown".into());
        assert_eq!(attached(&store, "infrastructure_done"), Value::Null);
    }

    #[test]
    fn the_newest_sample_decides_and_the_limit_is_that_of_the_discharge_point() {
        // COD column A: 75 × Kq 0.9 (river without flow data) × Kf 1.1 (F = 500) = 74.25 mg/l.
        let store = operating_cluster_with_station();
        assert_eq!(attached(&store, "wastewater_status"), "unknown".into(), "no sample yet");
        sample(&store, "m1", "2024-03-01", 74.26);
        assert_eq!(attached(&store, "wastewater_status"), "non_compliant".into());
        sample(&store, "m2", "2024-06-01", 74.25);
        assert_eq!(attached(&store, "wastewater_status"), "compliant".into());
        assert_eq!(attached(&store, "effluent_worst_ratio"), Value::Number(1.0));
        assert_eq!(attached(&store, "effluent_sampled_on"), date("2024-06-01"));
    }

    #[test]
    fn a_laboratory_s_own_words_count_where_the_columns_are_empty() {
        let store = operating_cluster_with_station();
        let row = |id: &str, day: &str, reported: &str| {
            let values = [
                ("station_id", "s".into()),
                ("sample_date", date(day)),
                ("parameter_code", "cod".into()),
                ("value_reported", reported.into()),
                ("censored", "none".into()),
                ("unit", "mg/l".into()),
            ];
            put(&store, "effluent_samples", id, &values);
        };
        row("m1", "2024-01-01", "74,26");
        assert_eq!(attached(&store, "wastewater_status"), "non_compliant".into());
        row("m2", "2024-02-01", "< 74,25");
        assert_eq!(attached(&store, "wastewater_status"), "compliant".into());
        row("m3", "2024-03-01", "KPH");
        assert_eq!(attached(&store, "wastewater_status"), "unknown".into(), "not detected, and no detection limit");
    }

    #[test]
    fn a_village_s_class_is_that_of_its_worst_medium_and_open_where_one_is_not_assessed() {
        let class = |given: &str, media: [&str; 3]| {
            let store = MemoryStore::default();
            let mut values = vec![("name_vi", "Làng".into()), ("pollution_class", given.into())];
            let names = ["pollution_class_water", "pollution_class_air", "pollution_class_soil"];
            values
                .extend(names.into_iter().zip(media).filter(|(_, word)| !word.is_empty()).map(|(n, w)| (n, w.into())));
            put(&store, "craft_villages", "v", &values);
            let standards = Arc::new(Standards::bundled().unwrap());
            let snapshot = publish(&store, &standards, NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()).unwrap();
            let villages = snapshot.collection("craft_villages").unwrap();
            villages.value(0, villages.declaration.field("pollution_class").unwrap().0).to_string()
        };
        assert_eq!(class("not_polluted", ["serious", "polluted", ""]), "serious");
        assert_eq!(class("unknown", ["", "polluted", "unknown"]), "polluted");
        assert_eq!(class("not_polluted", ["not_polluted", "not_polluted", ""]), "unknown");
        assert_eq!(class("serious", ["not_polluted", "not_polluted", "not_polluted"]), "not_polluted");
        assert_eq!(class("polluted", ["", "", ""]), "polluted", "no medium is classed");
    }

    #[test]
    fn a_station_that_names_no_known_site_is_reported_and_counts_for_nobody() {
        let store = operating_cluster_with_station();
        put(&store, "treatment_stations", "lost", &[("site_id", "nowhere".into()), ("status", "none".into())]);
        let facts = Facts::read(&store, &store.collections().unwrap()).unwrap();
        assert_eq!(facts.orphans, vec![("treatment_stations".to_owned(), "lost".to_owned())]);
        assert_eq!(attached(&store, "wastewater_status"), "unknown".into());
    }

    #[test]
    fn equal_contents_have_equal_versions_and_a_change_gives_another() {
        let standards = Arc::new(Standards::bundled().unwrap());
        let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let store = operating_cluster_with_station();
        let first = publish(&store, &standards, day).unwrap().version;
        assert_eq!(publish(&store, &standards, day).unwrap().version, first);
        sample(&store, "m1", "2024-03-01", 74.26);
        assert_ne!(publish(&store, &standards, day).unwrap().version, first);
    }
}
