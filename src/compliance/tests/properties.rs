//! What must hold for every site: more bad news never helps, and less evidence never makes a site compliant.

use proptest::prelude::*;

use super::super::outcome::Status;
use super::super::site::{Permit, ViolationFacts, ViolationStatus};
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

proptest! {
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
