//! A past day gives the same answer for ever, unless what is on record of that time is corrected, and then that is told.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;

use chrono::NaiveDate;
use langxanh::compliance::{Outcome, SiteCollection, SiteKey, Standards, Status};
use langxanh::domain::{DataType, FeatureId, Value, catalog};
use langxanh::publish::{Snapshot, publish, today};
use langxanh::store::memory::MemoryStore;
use langxanh::store::{Change, Draft, Mode, Origin, Store};

fn draft(collection: &str, id: &str, values: &[(&str, &str)]) -> Draft {
    let collection = catalog::collection(collection).unwrap();
    let mut row = vec![Value::Null; collection.stored_fields().count()];
    for (name, text) in values {
        let (at, field) = collection.field(name).unwrap();
        row[at] = field.data_type.parse(text).unwrap();
    }
    Draft { id: Some(FeatureId::parse(id).unwrap()), values: row, shape: None }
}

fn write(store: &dyn Store, mode: Mode, collection: &str, drafts: Vec<Draft>) {
    let origin = Origin { who: "keeper".to_owned(), what: "test".to_owned(), why: None };
    let collection = catalog::collection(collection).unwrap();
    store.apply(Change { collection, mode, drafts: &mut drafts.into_iter().map(Ok), origin }).unwrap();
}

fn put(store: &dyn Store, collection: &str, id: &str, values: &[(&str, &str)]) {
    write(store, Mode::Upsert, collection, vec![draft(collection, id, values)]);
}

fn snapshot(store: &dyn Store) -> Snapshot {
    publish(store, &Arc::new(Standards::bundled().unwrap()), today()).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn key() -> SiteKey {
    (SiteCollection::Clusters, "c".to_owned())
}

const CLUSTER: [(&str, &str); 3] = [("name_vi", "CCN"), ("status", "operating"), ("established_on", "2018-05-01")];

const STATION: [(&str, &str); 8] = [
    ("site_collection", "clusters"),
    ("site_id", "c"),
    ("effluent_standard", "QCVN40_2011"),
    ("effluent_column", "B"),
    ("receiving_kind", "river"),
    ("q_m3s", "100"),
    ("f_m3_day_permit", "1000"),
    ("permit_parameters", "cod"),
];

fn station(status: &[(&str, &str)]) -> Draft {
    draft("treatment_stations", "s", &[&STATION[..], status].concat())
}

/// COD of column B with Kq = Kf = 1: at most 150 mg/l.
fn sample(store: &dyn Store, id: &str, sampled_on: &str, cod: &str) {
    let values = [
        ("station_id", "s"),
        ("sample_date", sampled_on),
        ("parameter_code", "cod"),
        ("value", cod),
        ("censored", "none"),
        ("unit", "mg/l"),
    ];
    put(store, "effluent_samples", id, &values);
}

fn store() -> MemoryStore {
    let store = MemoryStore::default();
    put(&store, "clusters", "c", &CLUSTER);
    let running = station(&[("status", "operating"), ("commissioned_on", "2020-01-01")]);
    write(&store, Mode::Upsert, "treatment_stations", vec![running]);
    sample(&store, "m1", "2023-03-01", "90");
    sample(&store, "m2", "2024-03-01", "180");
    store
}

fn outcome(snapshot: &Snapshot, rule: &str, on: &str) -> Outcome {
    let assessment = snapshot.assessment_on(&key(), day(on)).unwrap();
    assessment.rules.iter().find(|asked| asked.rule == rule).unwrap().outcome
}

fn value(snapshot: &Snapshot, collection: &str, id: &str, field: &str, on: &str) -> Option<Value> {
    let then = snapshot.collection_on(collection, day(on)).unwrap().unwrap();
    let row = then.find(&FeatureId::parse(id).unwrap())?;
    Some(then.value(row, then.declaration.field(field).unwrap().0))
}

#[test]
fn the_sample_of_the_day_decides_and_later_ones_are_not_there() {
    let snapshot = snapshot(&store());
    assert_eq!(outcome(&snapshot, "ENV-EFFLUENT", "2023-12-31"), Outcome::Met);
    assert_eq!(outcome(&snapshot, "ENV-EFFLUENT", "2024-03-01"), Outcome::Breached);
    let then = snapshot.collection_on("effluent_samples", day("2023-12-31")).unwrap().unwrap();
    assert_eq!(then.len(), 1);
    let ratio = |on| value(&snapshot, "clusters", "c", "effluent_worst_ratio", on);
    assert_eq!(ratio("2023-12-31"), Some(Value::Number(0.6))); // 90 / 150
    assert_eq!(ratio("2024-03-01"), Some(Value::Number(1.2))); // 180 / 150
}

#[test]
fn a_site_that_was_founded_later_was_only_planned() {
    let snapshot = snapshot(&store());
    let status = |on| value(&snapshot, "clusters", "c", "status", on);
    assert_eq!(status("2018-04-30"), Some("planned".into()));
    assert_eq!(value(&snapshot, "clusters", "c", "established_on", "2018-04-30"), Some(Value::Null));
    assert_eq!(status("2018-05-01"), Some("operating".into()));
}

#[test]
fn what_is_changed_today_leaves_every_earlier_day_as_it_was() {
    let store = store();
    let before = snapshot(&store);
    let days = ["2017-01-01", "2020-01-01", "2023-12-31", "2024-06-30", "2025-12-31"];
    let told = |snapshot: &Snapshot| {
        let rules = days.map(|on| snapshot.assessment_on(&key(), day(on)).unwrap().rules.clone());
        let pages = days.map(|on| {
            ["clusters", "treatment_stations", "effluent_samples"].map(|id| {
                let then = snapshot.collection_on(id, day(on)).unwrap().unwrap();
                let rows: Vec<u32> = (0..then.len() as u32).collect();
                then.runs(&rows).concat()
            })
        });
        (rules, pages)
    };
    let earlier = told(&before);

    // The station stops today, its column is rewritten, a sample is deleted, the cluster is given another name.
    let stopped = station(&[("status", "built_not_operating"), ("effluent_column", "A")]);
    write(&store, Mode::Upsert, "treatment_stations", vec![stopped]);
    put(&store, "clusters", "c", &[("name_vi", "CCN mới"), ("status", "planned")]);
    let kept = draft(
        "effluent_samples",
        "m3",
        &[("station_id", "s"), ("sample_date", "2026-11-01"), ("parameter_code", "cod")],
    );
    write(&store, Mode::Replace, "effluent_samples", vec![kept]);

    let after = snapshot(&store);
    assert_eq!(told(&after), earlier);
    let now = |field: &str| value(&after, "clusters", "c", field, &today().to_string()).unwrap();
    assert_eq!((now("name_vi"), now("status")), ("CCN mới".into(), "planned".into()));
}

#[test]
fn a_cluster_that_left_the_register_stands_on_earlier_days_with_its_station_and_samples() {
    let store = store();
    put(&store, "clusters", "other", &[("name_vi", "CCN khác")]);
    let earlier = snapshot(&store).assessment_on(&key(), day("2024-06-30")).unwrap().rules.clone();
    let stays = draft("clusters", "other", &[("name_vi", "CCN khác")]);
    write(&store, Mode::Replace, "clusters", vec![stays]);
    let after = snapshot(&store);
    assert!(after.assessment_on(&key(), today()).is_none());
    assert_eq!(after.collection("clusters").unwrap().len(), 1);
    assert_eq!(after.assessment_on(&key(), day("2024-06-30")).unwrap().rules, earlier);
    assert_eq!(after.collection_on("clusters", day("2024-06-30")).unwrap().unwrap().len(), 2);
    assert_eq!(value(&after, "clusters", "c", "compliance_status", "2024-06-30"), Some("non_compliant".into()));
}

#[test]
fn a_correction_of_that_time_changes_the_answer_and_is_on_record() {
    let store = MemoryStore::default();
    put(&store, "clusters", "c", &CLUSTER);
    let stands = |status: &'static str, on: &'static str| station(&[("status", status), ("status_date", on)]);
    write(&store, Mode::Upsert, "treatment_stations", vec![stands("built_not_operating", "2024-01-15")]);
    assert_eq!(outcome(&snapshot(&store), "ENV-STATION", "2025-01-01"), Outcome::Breached);

    // Found in the files: it had been running since June.
    write(&store, Mode::Upsert, "treatment_stations", vec![stands("operating", "2024-06-01")]);
    let after = snapshot(&store);
    assert_eq!(outcome(&after, "ENV-STATION", "2024-05-31"), Outcome::Breached);
    assert_eq!(outcome(&after, "ENV-STATION", "2024-06-01"), Outcome::Met);
    let corrections: Vec<_> = after
        .facts
        .histories_of(&key())
        .flat_map(|(_, id, history)| history.states.iter().map(move |state| (id.as_str(), state)))
        .filter(|(_, state)| state.is_correction())
        .map(|(id, state)| (id, state.holds_from, state.written.as_ref().unwrap().1.who.as_str()))
        .collect();
    assert_eq!(corrections, [("s", Some(day("2024-06-01")), "keeper")]);
}

#[test]
fn administrative_units_are_those_of_the_day() {
    let store = MemoryStore::default();
    let unit = |id: &str, level: &str, dates: &[(&str, &str)]| {
        draft("admin_units", id, &[&[("code", id), ("name_vi", id), ("level", level)][..], dates].concat())
    };
    let units = vec![
        unit("d1", "district", &[("valid_to", "2025-06-30")]),
        unit("c1", "commune", &[("valid_from", "2025-07-01")]),
    ];
    write(&store, Mode::Append, "admin_units", units);
    let snapshot = snapshot(&store);
    let ids = |on| {
        let then = snapshot.collection_on("admin_units", day(on)).unwrap().unwrap();
        (0..then.len() as u32).map(|row| then.id(row).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids("2025-06-30"), ["d1"]);
    assert_eq!(ids("2025-07-01"), ["c1"]);
    assert_eq!(snapshot.collection("admin_units").unwrap().len(), 2, "without a day all of them are served");
}

#[test]
fn a_milestone_reached_later_was_only_planned_and_a_violation_closed_later_was_open() {
    let store = store();
    let step =
        [("site_id", "c"), ("milestone", "ground_broken"), ("planned_on", "2021-01-01"), ("actual_on", "2022-01-01")];
    put(&store, "milestones", "planned", &step);
    put(&store, "milestones", "unplanned", &[step[0], step[1], step[3]]);
    let breach = [
        ("site_id", "c"),
        ("violation_kind", "land_use"),
        ("status", "remedied"),
        ("opened_on", "2021-05-01"),
        ("closed_on", "2022-05-01"),
    ];
    put(&store, "violations", "v", &breach);
    let snapshot = snapshot(&store);
    assert_eq!(value(&snapshot, "milestones", "planned", "actual_on", "2021-12-31"), Some(Value::Null));
    assert_eq!(value(&snapshot, "milestones", "unplanned", "actual_on", "2021-12-31"), None);
    assert_eq!(
        value(&snapshot, "milestones", "unplanned", "actual_on", "2022-01-01"),
        DataType::Date.parse("2022-01-01")
    );
    assert_eq!(value(&snapshot, "violations", "v", "status", "2021-04-30"), None);
    assert_eq!(value(&snapshot, "violations", "v", "closed_on", "2022-04-30"), Some(Value::Null));
    assert_eq!(value(&snapshot, "clusters", "c", "open_violations", "2022-04-30"), Some(Value::Integer(1)));
    assert_eq!(value(&snapshot, "clusters", "c", "open_violations", "2022-05-01"), Some(Value::Integer(0)));
}

#[test]
fn before_its_first_text_was_in_force_a_rule_does_not_say_that_all_is_well() {
    let snapshot = snapshot(&store());
    let assessment = snapshot.assessment_on(&key(), day("2010-01-01")).unwrap();
    assert_ne!(assessment.status, Status::Compliant);
    assert!(
        assessment
            .rules
            .iter()
            .filter(|rule| rule.core && rule.rule != "VIO-OPEN")
            .all(|rule| rule.outcome != Outcome::Met)
    );
}
