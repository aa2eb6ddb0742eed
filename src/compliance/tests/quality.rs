//! Data that cannot be right: each fault is found, and none of them is judged.

use super::super::Censoring;
use super::super::quality::{FaultKind, Weight, counts, faults};
use super::super::site::{
    EnvironmentFacts, InfrastructureFacts, ItemStatus, LandFacts, MilestoneKind, ViolationFacts, ViolationStatus,
};
use super::targets::{cluster, review, step};
use super::*;

const AS_OF: &str = "2025-06-30";

fn found(sites: impl IntoIterator<Item = SiteFacts>) -> Vec<(FaultKind, Weight, String, String)> {
    let faults = faults(&standards(), &review(AS_OF, sites), day(AS_OF));
    for fault in &faults {
        assert!(!fault.message.vi.is_empty() && !fault.message.en.is_empty());
    }
    faults.into_iter().map(|fault| (fault.kind, fault.severity, fault.id, fault.field)).collect()
}

fn kinds(site: SiteFacts) -> Vec<FaultKind> {
    found([site]).into_iter().map(|(kind, ..)| kind).collect()
}

fn with_samples(samples: Vec<Sample>) -> SiteFacts {
    let mut site = cluster_in_order();
    site.stations[0].samples = samples;
    site
}

#[test]
fn nothing_on_record_and_everything_in_order_are_no_faults() {
    assert!(found([]).is_empty());
    assert!(found([cluster_in_order(), village()]).is_empty());
    assert!(found([SiteFacts::new(SiteCollection::Clusters, row("clusters", "bare"))]).is_empty());
}

#[test]
fn a_sample_from_before_its_station_ran_is_found_and_not_judged() {
    let mut site = with_samples(vec![sample("cod", "500", "mg/l", "2020-12-31"), sample("ph", "7", "-", "2020-12-31")]);
    assert_eq!(outcome(&site, "ENV-EFFLUENT"), Outcome::Breached);
    site.stations[0].commissioned_on = Some(day("2021-01-01"));
    assert_eq!(kinds(site.clone()), [FaultKind::SampleBeforeStation; 2]);
    assert_eq!(outcome(&site, "ENV-EFFLUENT"), Outcome::Unknown);
}

#[test]
fn a_negative_value_is_found_and_not_judged() {
    let mut negative = sample("cod", "90", "mg/l", "2025-05-01");
    negative.measurement = Measurement::from_columns(Some(dec("-90")), Censoring::None, None);
    let site = with_samples(vec![negative, sample("ph", "7", "-", "2025-05-01")]);
    assert_eq!(kinds(site.clone()), [FaultKind::NegativeValue]);
    assert_eq!(outcome(&site, "ENV-EFFLUENT"), Outcome::Unknown);
}

#[test]
fn a_value_that_its_report_contradicts_is_found_and_not_judged() {
    let mut typed = sample("cod", "900", "mg/l", "2025-05-01");
    typed.measurement = Measurement::Value(dec("90")).unless_contradicted("900");
    let site = with_samples(vec![typed, sample("ph", "7", "-", "2025-05-01")]);
    assert_eq!(kinds(site.clone()), [FaultKind::ValueContradicted]);
    assert_eq!(outcome(&site, "ENV-EFFLUENT"), Outcome::Unknown);
}

#[test]
fn a_sample_of_which_the_place_is_not_clear_is_found_and_not_judged() {
    let cod = taken_at("Hố ga số 3", sample("cod", "900", "mg/l", "2025-05-01"));
    let site = with_samples(vec![cod]);
    assert_eq!(
        found([site.clone()]),
        [(FaultKind::UnclearSamplePoint, Weight::Warning, "cod-2025-05-01".to_owned(), "sample_point".to_owned())]
    );
    assert_eq!(outcome(&site, "ENV-EFFLUENT"), Outcome::Unknown);
    let influent = taken_at("Đầu vào", sample("cod", "900", "mg/l", "2025-05-01"));
    assert!(found([with_samples(vec![influent])]).is_empty());
}

#[test]
fn units_and_parameters_that_nobody_knows_are_found_and_not_judged() {
    let site = with_samples(vec![
        sample("cod", "90", "ppm", "2025-05-01"),
        sample("ph", "7", "-", "2025-05-01"),
        sample("unobtainium", "900", "mg/l", "2025-05-01"),
    ]);
    assert_eq!(kinds(site.clone()), [FaultKind::UnknownUnit, FaultKind::UnknownParameter]);
    assert_eq!(outcome(&site, "ENV-EFFLUENT"), Outcome::Unknown);
    let mut without = sample("cod", "90", "mg/l", "2025-05-01");
    without.unit = None;
    assert_eq!(kinds(with_samples(vec![without])), [FaultKind::UnknownUnit]);
}

#[test]
fn two_results_of_one_day_that_differ_are_found_and_decide_nothing_against_each_other() {
    let second = |value: &str| {
        let mut second = sample("cod", value, "mg/l", "2025-05-01");
        second.row.id = "second".to_owned();
        with_samples(vec![sample("cod", "90", "mg/l", "2025-05-01"), sample("ph", "7", "-", "2025-05-01"), second])
    };
    assert_eq!(
        found([second("151")]),
        [(FaultKind::DuplicateSample, Weight::Error, "second".to_owned(), "value".to_owned())]
    );
    assert_eq!(outcome(&second("151"), "ENV-EFFLUENT"), Outcome::Unknown, "one passes, one fails");
    assert_eq!(outcome(&second("91"), "ENV-EFFLUENT"), Outcome::Met, "whichever is right, it passes");
    assert!(found([second("90")]).is_empty(), "the same result twice says nothing else");
}

#[test]
fn a_discharge_point_that_cannot_be_judged_is_told_once_for_its_station() {
    let point = |change: &dyn Fn(&mut DischargePoint)| {
        let mut site = cluster_in_order();
        change(&mut site.stations[0].discharge);
        found([site])
    };
    let told = |kind, weight, field: &str| vec![(kind, weight, "s1".to_owned(), field.to_owned())];
    assert_eq!(point(&|p| p.column = None), told(FaultKind::NoColumn, Weight::Error, "effluent_column"));
    assert_eq!(
        point(&|p| p.column = Some("C".to_owned())),
        told(FaultKind::NoColumn, Weight::Error, "effluent_column")
    );
    assert_eq!(point(&|p| p.standard = None), told(FaultKind::NoStandard, Weight::Error, "effluent_standard"));
    let unheld = point(&|p| p.standard = Some("QCTDHN02_2014".to_owned()));
    assert_eq!(unheld, told(FaultKind::LimitsNotHeld, Weight::Notice, "effluent_standard"));
}

#[test]
fn approved_plans_on_the_same_ground_are_told_once_and_replaced_ones_not() {
    let plan = |id: &str, other: &str| PlanFacts {
        row: row("plans", id),
        status: Some(PlanStatus::Approved),
        decided_on: Some(day("2020-01-01")),
        overlaps: vec![(other.to_owned(), dec("1200"))],
        ..PlanFacts::default()
    };
    let site = |id: &str, plan| SiteFacts { plans: vec![plan], ..cluster(id, SiteStatus::Planned) };
    let pair = || (plan("p1", "p2"), plan("p2", "p1"));
    let (one, two) = pair();
    assert_eq!(
        found([site("a", one), site("b", two)]),
        [(FaultKind::PlansOverlap, Weight::Error, "p1".to_owned(), "geom".to_owned())]
    );
    let (one, mut two) = pair();
    two.superseded_on = Some(day("2024-01-01"));
    assert!(found([site("a", one), site("b", two)]).is_empty());
}

#[test]
fn an_area_that_disagrees_with_its_surveyed_boundary_is_found_from_one_percent_on() {
    let site = |measured: &str, is_drawn| SiteFacts {
        land: LandFacts {
            area_ha: Some(dec("20")),
            measured_ha: Some(dec(measured)),
            is_drawn,
            ..LandFacts::default()
        },
        ..cluster("c", SiteStatus::Planned)
    };
    let weight = |measured| found([site(measured, false)]).first().map(|(_, weight, ..)| *weight);
    // 1 % of 20 ha are 0.2 ha, 5 % are 1 ha; both are still allowed.
    assert_eq!(weight("20.2"), None);
    assert_eq!(weight("20.21"), Some(Weight::Warning));
    assert_eq!(weight("21"), Some(Weight::Warning));
    assert_eq!(weight("18.99"), Some(Weight::Error));
    assert!(found([site("40", true)]).is_empty(), "a drawn boundary proves nothing");
}

#[test]
fn dates_in_an_order_that_cannot_be_are_found() {
    let steps = |steps: Vec<(MilestoneKind, &str)>| SiteFacts {
        milestones: steps.into_iter().map(|(kind, on)| step(kind.as_str(), kind, on)).collect(),
        ..cluster("c", SiteStatus::Operating)
    };
    use MilestoneKind::{ConstructionCompleted, Founded, GroundBroken, InOperation};
    let weights = |site| found([site]).into_iter().map(|(kind, weight, ..)| (kind, weight)).collect::<Vec<_>>();
    let out_of_order = FaultKind::DatesOutOfOrder;
    assert_eq!(
        weights(steps(vec![(GroundBroken, "2022-01-02"), (ConstructionCompleted, "2022-01-01")])),
        [(out_of_order, Weight::Error)]
    );
    assert_eq!(
        weights(steps(vec![(Founded, "2022-01-02"), (InOperation, "2022-01-01")])),
        [(out_of_order, Weight::Warning)],
        "clusters have worked before they were founded by decision"
    );
    assert!(weights(steps(vec![(Founded, "2022-01-01"), (GroundBroken, "2022-01-01")])).is_empty(), "one day");
    let mut site = cluster_in_order();
    site.plans[0].submitted_on = Some(day("2020-01-02"));
    assert_eq!(found([site])[0].3, "approved_on");
    let mut site = cluster_in_order();
    site.stations[0].permit.issued_on = Some(day("2030-01-02"));
    let kinds = kinds(site);
    assert_eq!(kinds, [out_of_order, FaultKind::FutureDate]);
}

#[test]
fn a_violation_closed_before_it_was_found_is_told() {
    let violation = ViolationFacts {
        row: row("violations", "v"),
        status: Some(ViolationStatus::Remedied),
        opened_on: Some(day("2024-05-02")),
        closed_on: Some(day("2024-05-01")),
        ..ViolationFacts::default()
    };
    let site = SiteFacts { violations: vec![violation], ..cluster("c", SiteStatus::Planned) };
    assert_eq!(kinds(site), [FaultKind::ClosedBeforeOpened]);
}

#[test]
fn parts_above_their_whole_and_impossible_quantities_are_told_by_field() {
    let site = SiteFacts {
        land: LandFacts {
            area_ha: Some(dec("10")),
            industrial_ha: Some(dec("7")),
            leased_industrial_ha: Some(dec("7.01")),
            green_ha: Some(dec("-1")),
            investor_score: Some(dec("101")),
            ..LandFacts::default()
        },
        environment: EnvironmentFacts {
            establishments: Some(10),
            establishments_connected: Some(11),
            ..EnvironmentFacts::default()
        },
        ..cluster("c", SiteStatus::Planned)
    };
    let told: Vec<_> = found([site]).into_iter().map(|(kind, _, _, field)| (kind, field)).collect();
    let expected = [
        (FaultKind::PartAboveWhole, "leased_industrial_ha"),
        (FaultKind::PartAboveWhole, "establishments_connected"),
        (FaultKind::ImpossibleValue, "green_ha"),
        (FaultKind::ImpossibleValue, "investor_score"),
    ];
    assert_eq!(told, expected.map(|(kind, field)| (kind, field.to_owned())));
}

#[test]
fn facts_of_days_to_come_are_told_and_counted_by_kind() {
    let mut site = with_samples(vec![sample("cod", "90", "mg/l", "2025-07-01"), sample("ph", "7", "-", AS_OF)]);
    site.milestones = vec![step("o", MilestoneKind::InOperation, "2026-01-01")];
    let faults = faults(&standards(), &review(AS_OF, [site]), day(AS_OF));
    assert_eq!(counts(&faults).into_iter().collect::<Vec<_>>(), [(FaultKind::FutureDate, 2)]);
}

#[test]
fn records_that_contradict_each_other_are_found() {
    let item = |id: &str, status| InfrastructureFacts {
        row: row("infrastructure_items", id),
        item_code: "ROAD".to_owned(),
        status: Some(status),
        status_date: Some(day("2025-01-01")),
        ..InfrastructureFacts::default()
    };
    let two = |a, b| SiteFacts { infrastructure: vec![item("i1", a), item("i2", b)], ..cluster_in_order() };
    assert_eq!(kinds(two(ItemStatus::Complete, ItemStatus::Complete)), []);
    assert_eq!(kinds(two(ItemStatus::Complete, ItemStatus::Missing)), [FaultKind::Contradiction]);
    let begun = SiteFacts {
        status: Some(SiteStatus::Established),
        construction_started_on: Some(day("2025-01-01")),
        ..cluster_in_order()
    };
    assert_eq!(kinds(begun), [FaultKind::Contradiction]);
}
