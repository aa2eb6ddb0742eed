//! What must hold for every site: more bad news never helps, and less evidence never makes a site compliant.

use proptest::prelude::*;

use super::super::Assessment;
use super::super::outcome::Status;
use super::super::site::{
    ItemStatus, MilestoneFacts, MilestoneKind, Permit, PollutionClass, TreatmentKind, ViolationFacts, ViolationStatus,
};
use super::rules::{NOW, whole_cluster, whole_village};
use super::*;

fn severity(status: Status) -> u8 {
    match status {
        Status::NotApplicable => 0,
        Status::Compliant => 1,
        Status::Unknown => 2,
        Status::NonCompliant => 3,
    }
}

fn maybe<T: Clone + std::fmt::Debug + 'static>(values: Vec<T>) -> impl Strategy<Value = Option<T>> {
    proptest::option::of(proptest::sample::select(values))
}

/// Sites of every state around one station, with samples that pass, fail, or cannot be assessed.
fn sites() -> impl Strategy<Value = SiteFacts> {
    use AutoMonitoringStatus as Auto;
    let values = vec!["7", "4", "90", "151", "KPH", "< 1", "đạt"];
    let rows = proptest::collection::btree_map(
        proptest::sample::select(vec!["ph", "cod", "bod5", "hg"]),
        (proptest::sample::select(values), proptest::sample::select(vec!["mg/l", "-", "µg/l", "ppm"])),
        0..4,
    );
    let station = (
        maybe(vec![StationStatus::None, StationStatus::Trial, StationStatus::Operating, StationStatus::Unknown]),
        maybe(vec![Auto::Connected, Auto::None, Auto::Unknown]),
        maybe(vec!["2020-01-01", "2030-01-01"]),
        maybe(vec![vec!["ph".to_owned(), "cod".to_owned()], vec!["cod".to_owned()]]),
        maybe(vec!["QCVN40_2011", "QCVN40_2025", "OTHER"]),
        maybe(vec!["500"]),
        rows,
    )
        .prop_map(|(status, auto, expires_on, permit_parameters, standard, discharge, rows)| StationFacts {
            status,
            auto_monitoring_status: auto,
            permit: Permit {
                number: expires_on.map(|_| "1/GPMT".to_owned()),
                expires_on: expires_on.map(day),
                ..Permit::default()
            },
            discharge: DischargePoint {
                permit_parameters,
                standard: standard.map(str::to_owned),
                f_m3_day_permit: discharge.map(dec),
                ..discharge_point()
            },
            samples: rows.into_iter().map(|(code, (value, unit))| sample(code, value, unit, "2025-05-01")).collect(),
            ..station(StationStatus::Operating)
        });
    (
        proptest::sample::select(vec![SiteCollection::Clusters, SiteCollection::CraftVillages]),
        maybe(vec![SiteStatus::Operating, SiteStatus::Planned, SiteStatus::Unknown]),
        maybe(vec![true, false]),
        proptest::option::of(station),
        maybe(vec![PlanStatus::Approved, PlanStatus::Draft]),
    )
        .prop_map(|(collection, status, required, station, plan)| SiteFacts {
            status,
            central_treatment_required: required,
            stations: station.into_iter().collect(),
            plans: plan
                .map(|status| PlanFacts {
                    row: row("plans", "p1"),
                    status: Some(status),
                    submitted_on: None,
                    decided_on: None,
                    ..PlanFacts::default()
                })
                .into_iter()
                .collect(),
            ..SiteFacts::new(collection, row(collection.as_str(), "x"))
        })
}

/// Every way to take one piece of evidence away. Violations are left out: their empty register is met by decision.
fn weakened(site: &SiteFacts) -> Vec<SiteFacts> {
    let mut weaker = Vec::new();
    let mut less = |change: &dyn Fn(&mut SiteFacts)| {
        let mut copy = site.clone();
        change(&mut copy);
        weaker.push(copy);
    };
    less(&|site| site.status = None);
    less(&|site| site.central_treatment_required = None);
    less(&|site| site.stations.clear());
    less(&|site| site.plans.clear());
    if let Some(station) = site.stations.first() {
        less(&|site| site.stations[0].status = None);
        less(&|site| site.stations[0].auto_monitoring_status = None);
        less(&|site| site.stations[0].permit = Permit::default());
        less(&|site| site.stations[0].permit.expires_on = None);
        less(&|site| site.stations[0].discharge = DischargePoint::default());
        less(&|site| site.stations[0].discharge.permit_parameters = None);
        less(&|site| site.stations[0].discharge.f_m3_day_permit = None);
        less(&|site| site.stations[0].discharge.q_m3s = None);
        less(&|site| site.stations[0].samples.clear());
        for at in 0..station.samples.len() {
            less(&|site| drop(site.stations[0].samples.remove(at)));
            less(&|site| site.stations[0].samples[at].unit = None);
        }
    }
    weaker
}

/// Days around which the law changes.
const DAYS: [&str; 12] = [
    "2012-01-01",
    "2017-07-14",
    "2017-07-15",
    "2021-12-31",
    "2022-01-10",
    "2023-12-31",
    "2024-01-01",
    "2024-04-30",
    "2024-05-01",
    "2025-01-19",
    "2025-12-31",
    "2032-01-01",
];

/// Values of every order of magnitude, possible and impossible; the first says nothing.
fn number(pick: usize) -> Option<Decimal> {
    let small = Decimal::new(1, 28);
    let plain = ["0", "4.99", "5", "10", "41", "75.01", "150", "-1"].map(dec);
    let all = plain.into_iter().chain([small, Decimal::MAX, Decimal::MIN]).map(Some);
    std::iter::once(None).chain(all).cycle().nth(pick).flatten()
}

fn count(pick: usize) -> Option<i64> {
    [None, Some(0), Some(1), Some(18), Some(20), Some(2024), Some(1960), Some(-1), Some(i64::MAX), Some(i64::MIN)]
        [pick % 10]
}

fn flag(pick: usize) -> Option<bool> {
    [None, Some(true), Some(false)][pick % 3]
}

fn date(pick: usize) -> Option<NaiveDate> {
    std::iter::once(None).chain(DAYS.map(|on| Some(day(on)))).cycle().nth(pick).flatten()
}

fn word<T: Copy>(all: &[T], pick: usize) -> Option<T> {
    std::iter::once(None).chain(all.iter().copied().map(Some)).cycle().nth(pick % (all.len() + 1)).flatten()
}

fn at_station(site: &mut SiteFacts, change: impl FnOnce(&mut StationFacts)) {
    if let Some(station) = site.stations.first_mut() {
        change(station);
    }
}

fn at_milestone(site: &mut SiteFacts, kind: MilestoneKind, change: impl FnOnce(&mut MilestoneFacts)) {
    if let Some(step) = site.milestones.iter_mut().find(|step| step.kind == Some(kind)) {
        change(step);
    }
}

type Setter = fn(&mut SiteFacts, usize);

/// Every fact of the detail rules; a pick of zero takes it off the record.
const SETTERS: &[Setter] = &[
    |site, pick| site.land.area_ha = number(pick),
    |site, pick| site.land.industrial_ha = number(pick),
    |site, pick| site.land.leased_industrial_ha = number(pick),
    |site, pick| site.land.craft_industrial_ha = number(pick),
    |site, pick| site.land.green_ha = number(pick),
    |site, pick| site.land.resident_households = count(pick),
    |site, pick| site.land.is_craft_village_cluster = flag(pick),
    |site, pick| site.land.is_mountainous = flag(pick),
    |site, pick| site.land.in_provincial_scheme = flag(pick),
    |site, pick| site.land.decision = date(pick).map(|on| on.to_string()),
    |site, pick| site.land.investor_score = number(pick),
    |site, pick| site.land.unleased_land_published_on = date(pick),
    |site, pick| {
        site.founded_on = date(pick);
        site.founded_year = None;
    },
    |site, pick| site.environment.wastewater_m3_day = number(pick),
    |site, pick| site.environment.has_incident_works = flag(pick),
    |site, pick| site.environment.staff = count(pick),
    |site, pick| site.environment.regulation_on = date(pick),
    |site, pick| site.environment.report_year = count(pick),
    |site, pick| site.environment.newest_project_on = date(pick),
    |site, pick| site.environment.establishments = count(pick),
    |site, pick| site.environment.establishments_exempt = count(pick),
    |site, pick| site.environment.establishments_connected = count(pick),
    |site, pick| {
        site.village.recognition = word(&["recognised", "traditional_trade", "faded"], pick).map(str::to_owned)
    },
    |site, pick| site.village.households = count(pick),
    |site, pick| site.village.households_in_trade = count(pick),
    |site, pick| site.village.trade_since_year = count(pick),
    |site, pick| site.village.env_plan_approved_on = date(pick),
    |site, pick| site.village.has_self_management = flag(pick),
    |site, pick| site.village.has_wastewater_collection = flag(pick),
    |site, pick| site.village.has_rainwater_collection = flag(pick),
    |site, pick| site.village.has_solid_waste_point = flag(pick),
    |site, pick| site.village.is_discouraged_trade = flag(pick),
    |site, pick| site.village.households_with_wastewater = count(pick),
    |site, pick| site.village.households_treating = count(pick),
    |site, pick| site.village.class_water = word(&[PollutionClass::Serious, PollutionClass::Unknown], pick),
    |site, pick| site.village.class_air = word(&[PollutionClass::NotPolluted], pick),
    |site, pick| site.village.class_soil = word(&[PollutionClass::Polluted], pick),
    |site, pick| site.village.class_year = count(pick),
    |site, pick| at_station(site, |station| station.capacity_m3_day = number(pick)),
    |site, pick| at_station(site, |station| station.inflow_m3_day = number(pick)),
    |site, pick| at_station(site, |station| station.discharges_to_storm_drain = flag(pick)),
    |site, pick| at_station(site, |station| station.has_power_meter = flag(pick)),
    |site, pick| at_station(site, |station| station.operation_log_since = date(pick)),
    |site, pick| at_station(site, |station| station.is_sludge_handled = flag(pick)),
    |site, pick| at_station(site, |station| station.inlet_standard = flag(pick).map(|flag| flag.to_string())),
    |site, pick| at_station(site, |station| station.nearest_housing_m = number(pick)),
    |site, pick| at_station(site, |station| station.is_upwind = flag(pick)),
    |site, pick| {
        let kinds = [TreatmentKind::PumpingStation, TreatmentKind::IrrigationField, TreatmentKind::BiologicalPond];
        at_station(site, |station| station.treatment_kind = word(&kinds, pick));
    },
    |site, pick| at_milestone(site, MilestoneKind::Founded, |step| step.fill_pct = number(pick)),
    |site, pick| at_milestone(site, MilestoneKind::Founded, |step| step.unleased_ha = number(pick)),
    |site, pick| at_milestone(site, MilestoneKind::Expanded, |step| step.fill_pct = number(pick)),
    |site, pick| at_milestone(site, MilestoneKind::Expanded, |step| step.demand_exceeds_remaining = flag(pick)),
    |site, pick| at_milestone(site, MilestoneKind::Expanded, |step| step.infrastructure_ready = flag(pick)),
    |site, pick| {
        let states = [ItemStatus::Complete, ItemStatus::Missing, ItemStatus::NotRequired, ItemStatus::Unknown];
        let many = site.infrastructure.len();
        if many > 0 {
            site.infrastructure[pick % many].status = word(&states, pick);
        }
    },
];

/// Sites in order, or of which little is known, with a few of their facts thrown into disorder.
fn facts() -> impl Strategy<Value = SiteFacts> {
    let base = prop_oneof![Just(whole_cluster()), Just(expanded_cluster()), Just(whole_village()), sites()];
    let changes = proptest::collection::vec((0..SETTERS.len(), 0..200_usize), 0..8);
    (base, changes, 0..8_usize).prop_map(|(mut site, changes, milestones)| {
        for (at, pick) in changes {
            SETTERS[at](&mut site, pick);
        }
        if milestones == 0 {
            site.milestones.clear();
        }
        site
    })
}

fn expanded_cluster() -> SiteFacts {
    let mut site = whole_cluster();
    site.milestones.push(MilestoneFacts {
        row: row("milestones", "e1"),
        kind: Some(MilestoneKind::Expanded),
        reached_on: Some(day("2024-06-01")),
        fill_pct: Some(dec("70")),
        infrastructure_ready: Some(true),
        ..MilestoneFacts::default()
    });
    site
}

/// Every way to make one thing certainly worse, by what it is.
const WORSENINGS: &[Setter] = &[
    |site, _| site.land.resident_households = Some(3),
    |site, _| site.land.in_provincial_scheme = Some(false),
    |site, _| site.environment.staff = Some(0),
    |site, _| site.environment.has_incident_works = Some(false),
    |site, _| site.village.has_self_management = Some(false),
    |site, _| site.village.has_solid_waste_point = Some(false),
    |site, _| at_station(site, |station| station.discharges_to_storm_drain = Some(true)),
    |site, _| at_station(site, |station| station.has_power_meter = Some(false)),
    |site, _| at_station(site, |station| station.nearest_housing_m = Some(Decimal::ZERO)),
    |site, _| {
        for item in &mut site.infrastructure {
            item.status = Some(ItemStatus::Missing);
        }
    },
    |site, _| {
        site.milestones.push(MilestoneFacts {
            row: row("milestones", "late"),
            kind: Some(MilestoneKind::ConstructionCompleted),
            planned_on: Some(day("2019-01-01")),
            ..MilestoneFacts::default()
        });
    },
];

fn outcome_severity(outcome: Outcome) -> u8 {
    severity(Status::from(outcome))
}

fn every_rule(assessment: &Assessment) -> std::collections::BTreeMap<String, Outcome> {
    let all = assessment.rules.iter().chain(&assessment.advice);
    all.map(|rule| (rule.rule.clone(), rule.outcome)).collect()
}

proptest! {
    #[test]
    fn whatever_stands_on_record_every_rule_answers_and_every_unknown_says_what_is_missing(
        site in facts(),
        as_of in proptest::sample::select(DAYS.to_vec()),
    ) {
        let assessment = assess_site(&standards(), &site, day(as_of));
        prop_assert_eq!(assessment.rules.len() + assessment.advice.len(), standards().rules.len());
        for rule in assessment.rules.iter().chain(&assessment.advice) {
            prop_assert!(!rule.why.vi.trim().is_empty() && !rule.why.en.trim().is_empty(), "{}", rule.rule);
            let unsaid = rule.outcome == Outcome::Unknown && rule.missing.is_empty();
            prop_assert!(!unsaid, "{} on {as_of}: {}", rule.rule, rule.why.en);
        }
        prop_assert!(assessment.advice.iter().all(|rule| !assessment.attached.unknown_rules.contains(&rule.rule)));
    }

    #[test]
    fn a_thing_that_gets_worse_never_improves_a_rule_or_a_status(
        site in facts(),
        worse in proptest::sample::select(WORSENINGS.to_vec()),
    ) {
        let standards = standards();
        let before = assess_site(&standards, &site, day(NOW));
        let mut changed = site.clone();
        worse(&mut changed, 0);
        let after = assess_site(&standards, &changed, day(NOW));
        prop_assert!(severity(after.status) >= severity(before.status));
        prop_assert!(severity(after.detail_status) >= severity(before.detail_status));
        let after = every_rule(&after);
        for (rule, outcome) in every_rule(&before) {
            prop_assert!(outcome_severity(after[&rule]) >= outcome_severity(outcome), "{rule} was {outcome:?}");
        }
    }

    #[test]
    fn taking_a_fact_off_the_record_never_makes_an_unknown_rule_met_or_an_unknown_status_compliant(
        site in facts(),
        as_of in proptest::sample::select(DAYS.to_vec()),
        at in 0..SETTERS.len(),
    ) {
        let standards = standards();
        let before = assess_site(&standards, &site, day(as_of));
        let mut weaker = site.clone();
        SETTERS[at](&mut weaker, 0);
        let after = assess_site(&standards, &weaker, day(as_of));
        let improved = before.detail_status == Status::Unknown && after.detail_status == Status::Compliant;
        prop_assert!(!improved, "by fact {at}");
        let after = every_rule(&after);
        for (rule, outcome) in every_rule(&before) {
            prop_assert!(outcome != Outcome::Unknown || after[&rule] != Outcome::Met, "{rule} by fact {at}");
        }
    }

    #[test]
    fn a_failing_sample_never_improves_a_site(site in sites(), sampled_on in "2025-0[4-6]-01") {
        let standards = standards();
        let before = assess_site(&standards, &site, today());
        let mut worse = site.clone();
        for station in &mut worse.stations {
            station.samples.push(sample("color", "1.000", "Pt/Co", &sampled_on));
        }
        let after = assess_site(&standards, &worse, today());
        prop_assert!(severity(after.status) >= severity(before.status));
        let wastewater = |assessment: &super::super::Assessment| severity(assessment.attached.wastewater_status);
        prop_assert!(wastewater(&after) >= wastewater(&before));
    }

    #[test]
    fn an_open_violation_never_improves_a_site(site in sites()) {
        let standards = standards();
        let before = assess_site(&standards, &site, today()).status;
        let mut worse = site.clone();
        worse.violations.push(ViolationFacts {
            row: row("violations", "x1"),
            kind: None,
            status: Some(ViolationStatus::Detected),
            opened_on: Some(day("2025-01-01")),
            closed_on: None,
            ..ViolationFacts::default()
        });
        let after = assess_site(&standards, &worse, today()).status;
        prop_assert!(severity(after) >= severity(before));
        prop_assert_eq!(after, Status::NonCompliant);
    }

    #[test]
    fn taking_evidence_away_never_makes_an_unknown_site_compliant(site in sites()) {
        let standards = standards();
        let before = assess_site(&standards, &site, today());
        for weaker in weakened(&site) {
            let after = assess_site(&standards, &weaker, today());
            let improved = before.status == Status::Unknown && after.status == Status::Compliant;
            prop_assert!(!improved, "{:?} became compliant as {:?}", site, weaker);
            let wastewater = before.attached.wastewater_status == Status::Unknown
                && after.attached.wastewater_status == Status::Compliant;
            prop_assert!(!wastewater);
        }
    }
}
