//! The core rules, and the attributes that follow.

use super::super::super::Confidence;
use super::super::super::evidence::Missing;
use super::*;

#[test]
fn a_cluster_of_which_nothing_is_known_is_unknown_in_every_rule_but_the_violations() {
    let site = SiteFacts::new(SiteCollection::Clusters, row("clusters", "c1"));
    for rule in &CORE[..5] {
        assert_eq!(outcome(&site, rule), Outcome::Unknown, "{rule}");
    }
    assert_eq!(outcome(&site, "VIO-OPEN"), Outcome::Met);
    let attached = assess_site(&standards(), &site, today()).attached;
    assert_eq!(attached.compliance_status, Status::Unknown);
    let first = "ENV-STATION,ENV-EFFLUENT,ENV-PERMIT,ENV-AUTO,PLN-APPROVED,";
    assert!(attached.unknown_rules.starts_with(first), "{}", attached.unknown_rules);
}

#[test]
fn an_operating_cluster_without_records_is_unknown_in_every_rule_but_the_violations() {
    for rule in &CORE[..5] {
        assert_eq!(outcome(&operating_cluster(), rule), Outcome::Unknown, "{rule}");
    }
}

#[test]
fn a_village_of_which_nothing_is_known_is_unknown() {
    for rule in ["ENV-STATION", "ENV-EFFLUENT", "ENV-PERMIT"] {
        assert_eq!(outcome(&village(), rule), Outcome::Unknown, "{rule}");
    }
    for rule in ["ENV-AUTO", "PLN-APPROVED"] {
        assert_eq!(outcome(&village(), rule), Outcome::NotApplicable, "{rule} binds clusters");
    }
    assert_eq!(assess_site(&standards(), &village(), today()).status, Status::Unknown);
}

#[test]
fn every_outcome_says_why_in_both_languages() {
    for site in [operating_cluster(), cluster_in_order(), village()] {
        for rule in assess_site(&standards(), &site, today()).rules {
            assert!(!rule.why.vi.is_empty() && !rule.why.en.is_empty(), "{}", rule.rule);
            let unsaid = rule.outcome == Outcome::Unknown && rule.missing.is_empty();
            assert!(!unsaid, "{} is unknown and does not say what is missing", rule.rule);
        }
    }
}

#[test]
fn a_cluster_in_order_is_compliant() {
    let found = assess_site(&standards(), &cluster_in_order(), today());
    assert_eq!(found.status, Status::Compliant, "{:?}", found.attached);
    assert_eq!(found.attached.wastewater_status, Status::Compliant);
    assert_eq!(found.attached.effluent_worst_parameter.as_deref(), Some("cod"));
    assert_eq!(found.attached.effluent_worst_ratio, Some(dec("0.6"))); // 90 / 150
    assert_eq!(found.attached.effluent_sampled_on, Some(day("2025-05-01")));
    assert_eq!(found.attached.breached_rules, "");
    assert_eq!(found.detail_status, Status::Unknown, "of the other rules little is on record");
}

#[test]
fn wastewater_rules_do_not_bind_a_cluster_that_does_not_operate_yet() {
    for status in [SiteStatus::Planned, SiteStatus::Established, SiteStatus::UnderConstruction] {
        let site = SiteFacts { status: Some(status), ..operating_cluster() };
        for rule in &CORE[..4] {
            assert_eq!(outcome(&site, rule), Outcome::NotApplicable, "{rule}");
        }
    }
}

#[test]
fn an_operating_cluster_whose_station_does_not_run_breaches() {
    use StationStatus::{BuiltNotOperating, None, Planned, UnderConstruction, Unfinished};
    for status in [None, Planned, UnderConstruction, Unfinished, BuiltNotOperating] {
        let site = with_station(operating_cluster(), station(status));
        assert_eq!(outcome(&site, "ENV-STATION"), Outcome::Breached, "{status:?}");
        assert_eq!(outcome(&site, "ENV-EFFLUENT"), Outcome::NotApplicable, "{status:?}");
        assert_eq!(assess_site(&standards(), &site, today()).attached.wastewater_status, Status::NonCompliant);
    }
}

#[test]
fn a_trial_or_an_unknown_state_of_a_station_decides_nothing() {
    for status in [StationStatus::Trial, StationStatus::Unknown] {
        let site = with_station(operating_cluster(), station(status));
        assert_eq!(outcome(&site, "ENV-STATION"), Outcome::Unknown);
        assert_eq!(outcome(&site, "ENV-EFFLUENT"), Outcome::Unknown);
    }
}

#[test]
fn one_running_station_is_enough_for_the_station_rule() {
    let mut site = cluster_in_order();
    site.stations.push(StationFacts { row: row("treatment_stations", "s2"), ..station(StationStatus::Planned) });
    assert_eq!(outcome(&site, "ENV-STATION"), Outcome::Met);
    assert_eq!(outcome(&site, "ENV-EFFLUENT"), Outcome::Met);
}

#[test]
fn the_lack_of_a_station_is_no_breach_while_the_transition_of_the_law_runs() {
    let site = with_station(operating_cluster(), station(StationStatus::None));
    assert_eq!(outcome_on(&site, "ENV-STATION", day("2023-12-31")), Outcome::Unknown);
    assert_eq!(outcome_on(&site, "ENV-STATION", day("2024-01-01")), Outcome::Breached);
}

#[test]
fn a_day_before_the_texts_on_record_is_unknown() {
    assert_eq!(outcome_on(&cluster_in_order(), "ENV-STATION", day("2021-12-31")), Outcome::Unknown);
}

#[test]
fn a_station_is_known_from_its_commissioning_or_else_from_the_day_of_its_status() {
    let judged = |commissioned_on: Option<&str>, as_of: &str| {
        let mut site = cluster_in_order();
        site.stations[0].status_date = Some(day("2025-01-01"));
        site.stations[0].commissioned_on = commissioned_on.map(day);
        outcome_on(&site, "ENV-STATION", day(as_of))
    };
    assert_eq!(judged(None, "2024-12-31"), Outcome::Unknown);
    assert_eq!(judged(None, "2025-01-01"), Outcome::Met);
    assert_eq!(judged(Some("2015-01-01"), "2024-12-31"), Outcome::Met);
    assert_eq!(judged(Some("2025-02-01"), "2025-01-31"), Outcome::Unknown);
}

#[test]
fn a_village_without_a_station_depends_on_whether_one_is_required() {
    let judged = |required| {
        let mut site = with_station(village(), station(StationStatus::None));
        site.central_treatment_required = required;
        outcome(&site, "ENV-STATION")
    };
    assert_eq!(judged(Some(true)), Outcome::Breached);
    assert_eq!(judged(Some(false)), Outcome::NotApplicable);
    assert_eq!(judged(None), Outcome::Unknown);
}

#[test]
fn an_operating_station_without_samples_is_unknown() {
    let site = with_station(operating_cluster(), station(StationStatus::Operating));
    assert_eq!(outcome(&site, "ENV-EFFLUENT"), Outcome::Unknown);
}

#[test]
fn a_clean_set_is_unknown_beside_an_unsampled_station_and_where_the_station_may_not_run() {
    let mut site = cluster_in_order();
    site.stations.push(StationFacts { row: row("treatment_stations", "s2"), ..station(StationStatus::Operating) });
    assert_eq!(outcome(&site, "ENV-EFFLUENT"), Outcome::Unknown);

    let mut site = cluster_in_order();
    site.stations[0].status = None;
    assert_eq!(outcome(&site, "ENV-EFFLUENT"), Outcome::Unknown);
    site.stations[0].samples.push(sample("bod5", "51", "mg/l", "2025-05-01"));
    assert_eq!(outcome(&site, "ENV-EFFLUENT"), Outcome::Breached, "a failing sample was discharged by something");
}

#[test]
fn the_worst_of_several_stations_decides() {
    let mut site = cluster_in_order();
    let mut second = site.stations[0].clone();
    second.row.id = "s2".to_owned();
    second.samples = vec![sample("cod", "300", "mg/l", "2025-04-01")];
    site.stations.push(second);
    assert_eq!(outcome(&site, "ENV-EFFLUENT"), Outcome::Breached);
    let attached = assess_site(&standards(), &site, today()).attached;
    assert_eq!(attached.effluent_worst_ratio, Some(dec("2")));
    assert_eq!(attached.effluent_sampled_on, Some(day("2025-05-01")));
}

#[test]
fn only_the_newest_sample_set_by_the_day_of_assessment_counts() {
    let mut site = cluster_in_order();
    site.stations[0].samples.push(sample("cod", "900", "mg/l", "2024-05-01"));
    site.stations[0].samples.push(sample("cod", "900", "mg/l", "2025-07-01"));
    assert_eq!(outcome_on(&site, "ENV-EFFLUENT", day("2025-06-30")), Outcome::Met);
    assert_eq!(outcome_on(&site, "ENV-EFFLUENT", day("2025-07-01")), Outcome::Breached);
    assert_eq!(outcome_on(&site, "ENV-EFFLUENT", day("2024-12-31")), Outcome::Breached);
}

#[test]
fn each_outlet_has_its_own_newest_set_and_inlets_are_not_judged() {
    let mut site = cluster_in_order();
    let other = sample("cod", "900", "mg/l", "2025-01-01");
    site.stations[0].samples.push(taken_at("inlet", other.clone()));
    assert_eq!(outcome(&site, "ENV-EFFLUENT"), Outcome::Met);
    site.stations[0].samples.push(taken_at("outlet 2", other));
    assert_eq!(outcome(&site, "ENV-EFFLUENT"), Outcome::Breached);
}

#[test]
fn influent_is_not_judged_as_effluent_in_vietnamese_either_and_an_unclear_place_leaves_the_station_open() {
    let beside = |point: &str| {
        let mut site = cluster_in_order();
        site.stations[0].samples.push(taken_at(point, sample("cod", "900", "mg/l", "2025-06-01")));
        site
    };
    assert_eq!(outcome(&beside("Đầu vào trạm"), "ENV-EFFLUENT"), Outcome::Met);
    assert_eq!(outcome(&beside("Cửa xả 2"), "ENV-EFFLUENT"), Outcome::Breached);
    assert_eq!(lacks(&beside("Hố ga số 3"), "ENV-EFFLUENT", "2025-06-30")[0], "sample_point");
    let attached = assess_site(&standards(), &beside("Hố ga số 3"), today()).attached;
    assert_eq!(attached.effluent_worst_ratio, Some(dec("0.6")), "90 / 150 of the outlet");
}

#[test]
fn a_cluster_permitted_under_the_new_standard_is_not_judged_by_the_old_one() {
    let judged = |permitted_on: &str, value: &str| {
        let mut site = cluster_in_order();
        site.stations[0].discharge.permitted_on = Some(day(permitted_on));
        site.stations[0].samples =
            vec![sample("ph", "7", "-", "2025-10-01"), sample("cod", value, "mg/l", "2025-10-01")];
        found(&site, "ENV-EFFLUENT", "2025-12-31")
    };
    for value in ["90", "900"] {
        let new = judged("2025-09-01", value);
        assert_eq!(new.outcome, Outcome::Unknown, "{value}");
        assert_eq!(new.missing[0].field, "effluent_standard");
        assert!(new.why.vi.contains("QCVN 40:2025/BTNMT đã có hiệu lực từ 01/09/2025"), "{}", new.why.vi);
    }
    assert_eq!(judged("2025-08-31", "90").outcome, Outcome::Met, "an existing point keeps the old one until 2031");
    assert_eq!(judged("2025-08-31", "900").outcome, Outcome::Breached);
}

#[test]
fn a_clean_sample_of_the_old_standards_time_shows_nothing_of_a_point_permitted_under_the_new_one() {
    let mut site = cluster_in_order();
    assert_eq!(outcome_on(&site, "ENV-EFFLUENT", day("2025-12-31")), Outcome::Met);
    site.stations[0].discharge.permitted_on = Some(day("2025-10-01"));
    assert_eq!(outcome_on(&site, "ENV-EFFLUENT", day("2025-08-31")), Outcome::Met, "sampled on 2025-05-01");
    assert_eq!(outcome_on(&site, "ENV-EFFLUENT", day("2025-12-31")), Outcome::Unknown);
}

#[test]
fn a_limit_that_is_not_certain_leaves_a_cluster_open_and_names_the_law_that_lacks() {
    let mut site = cluster_in_order();
    site.stations[0].discharge.receiving_kind = Some(ReceivingKind::UrbanDrain);
    site.stations[0].samples[1] = sample("cod", "900", "mg/l", "2025-05-01");
    let found = found(&site, "ENV-EFFLUENT", "2025-06-30");
    assert_eq!(found.outcome, Outcome::Unknown);
    let limits = Missing { collection: "effluent_limits".to_owned(), id: None, field: "QCVN40_2011".to_owned() };
    assert_eq!(found.missing, [limits]);
    assert_eq!(found.evidence[1].allowed.as_deref(), Some("≤ 150"));
    assert_eq!(assess_site(&standards(), &site, today()).attached.effluent_worst_ratio, None);
}

#[test]
fn a_breach_names_every_failing_parameter_with_value_limit_ratio_and_day() {
    let mut site = cluster_in_order();
    site.stations[0].samples = vec![sample("cod", "225", "mg/l", "2025-05-01"), sample("ph", "9,3", "-", "2025-05-01")];
    let found = assess_site(&standards(), &site, today());
    let why = &found.rules.iter().find(|rule| rule.rule == "ENV-EFFLUENT").unwrap().why;
    assert_eq!(why.vi, "Vượt quy chuẩn: COD 225 mg/l (≤ 150 mg/l; 1,5×; 01/05/2025); pH 9,3 (5,5–9; 01/05/2025).");
    assert_eq!(
        why.en,
        "Outside the limits: Chemical oxygen demand 225 mg/l (≤ 150 mg/l, 1.5×, 2025-05-01); \
         pH 9,3 (5.5–9, 2025-05-01)."
    );
}

#[test]
fn effluent_evidence_shows_value_limit_law_and_averaging_period() {
    let mut site = cluster_in_order();
    site.stations[0].samples[1].averaging_period_h = Some(dec("24"));
    let found = assess_site(&standards(), &site, today());
    let effluent = found.rules.iter().find(|rule| rule.rule == "ENV-EFFLUENT").unwrap();
    let cod = &effluent.evidence[1];
    assert_eq!((cod.measured.as_deref(), cod.allowed.as_deref()), (Some("90"), Some("≤ 150")));
    assert_eq!(cod.averaging_period_h, Some(dec("24")));
    assert_eq!(cod.legal_basis[0].document, "QCVN 40:2011/BTNMT");
    let note = cod.note.as_ref().unwrap();
    assert_eq!(note.vi, "Cmax = 150 × Kq 1,0 (theo số liệu) × Kf 1,0");
    assert_eq!(note.en, "Cmax = 150 × Kq 1.0 (from data) × Kf 1.0");
}

#[test]
fn a_permit_is_unknown_unless_it_shows_that_it_holds_or_does_not() {
    let judged = |permit: Permit| outcome(&SiteFacts { permit, ..operating_cluster() }, "ENV-PERMIT");
    let number = Some("5/GPMT".to_owned());
    let until = |day: &str| Some(super::day(day));
    assert_eq!(judged(Permit { number: number.clone(), ..Permit::default() }), Outcome::Unknown, "no expiry");
    assert_eq!(judged(Permit { expires_on: until("2030-01-01"), ..Permit::default() }), Outcome::Unknown, "no number");
    let held = Permit { number, expires_on: until("2025-06-30"), ..Permit::default() };
    assert_eq!(judged(held.clone()), Outcome::Met, "the last day counts");
    assert_eq!(judged(Permit { expires_on: until("2025-06-29"), ..held.clone() }), Outcome::Breached);
    assert_eq!(judged(Permit { issued_on: until("2025-07-01"), ..held.clone() }), Outcome::Unknown);
    assert_eq!(judged(Permit { status: Some(PermitStatus::Revoked), ..held }), Outcome::Breached);
    assert_eq!(judged(Permit { status: Some(PermitStatus::None), ..Permit::default() }), Outcome::Breached);
}

#[test]
fn each_station_that_discharges_needs_a_permit_of_its_own() {
    use StationStatus::{BuiltNotOperating, Operating, Trial, Unknown};
    let valid = || cluster_in_order().stations[0].permit.clone();
    let expired = || Permit { expires_on: Some(day("2024-12-31")), ..valid() };
    let unclear = || Permit { expires_on: None, ..valid() };
    let none = || Permit { status: Some(PermitStatus::None), ..Permit::default() };
    // The first station operates under a valid permit.
    let beside = |status, permit| {
        let mut site = cluster_in_order();
        let second = StationFacts { row: row("treatment_stations", "s2"), permit, ..station(status) };
        site.stations.push(second);
        site
    };
    let judged = |status, permit| outcome(&beside(status, permit), "ENV-PERMIT");
    assert_eq!(judged(Operating, none()), Outcome::Breached);
    assert_eq!(judged(Operating, expired()), Outcome::Breached);
    assert_eq!(judged(Trial, expired()), Outcome::Breached);
    assert_eq!(judged(Operating, unclear()), Outcome::Unknown);
    assert_eq!(judged(Operating, Permit::default()), Outcome::Unknown, "nothing on record");
    assert_eq!(judged(Operating, valid()), Outcome::Met);
    assert_eq!(judged(Unknown, none()), Outcome::Unknown, "whether it runs is not on record");
    assert_eq!(lacks(&beside(Unknown, none()), "ENV-PERMIT", "2025-06-30"), ["status"]);
    assert_eq!(lacks(&beside(Operating, Permit::default()), "ENV-PERMIT", "2025-06-30"), ["env_permit_no"]);
    assert_eq!(judged(BuiltNotOperating, none()), Outcome::Met, "what does not run needs none");

    // A permit at the site's own row covers all of them, as far as it holds.
    let covered = |own, permit| outcome(&SiteFacts { permit: own, ..beside(Operating, permit) }, "ENV-PERMIT");
    assert_eq!(covered(valid(), none()), Outcome::Met);
    assert_eq!(covered(unclear(), none()), Outcome::Unknown, "it may cover the second");
    assert_eq!(covered(expired(), none()), Outcome::Breached);
    assert_eq!(covered(expired(), Permit::default()), Outcome::Breached);
    assert_eq!(covered(expired(), valid()), Outcome::Met, "each has its own");
}

#[test]
fn a_permit_not_issued_or_taken_back_on_an_unrecorded_day_is_unclear_on_an_earlier_one() {
    let judged = |status, issued_on: Option<&str>, expires_on: Option<&str>, told_on: Option<&str>| {
        let mut site = cluster_in_order();
        let station = &mut site.stations[0];
        station.row.source_date = told_on.map(day);
        station.permit.status = Some(status);
        station.permit.issued_on = issued_on.map(day);
        station.permit.expires_on = expires_on.map(day);
        outcome(&site, "ENV-PERMIT")
    };
    use PermitStatus::{None as Nothing, Revoked};
    // The assessment is of 2025-06-30.
    assert_eq!(judged(Revoked, Some("2025-07-01"), None, Some("2025-01-01")), Outcome::Unknown);
    for status in [Revoked, Nothing] {
        assert_eq!(judged(status, None, None, Some("2025-07-01")), Outcome::Unknown, "{status:?}");
        assert_eq!(judged(status, None, None, Some("2025-06-30")), Outcome::Breached, "{status:?}");
        assert_eq!(judged(status, None, None, None), Outcome::Breached, "{status:?}");
    }
    let over = judged(Revoked, Some("2020-01-01"), Some("2025-06-29"), Some("2025-07-01"));
    assert_eq!(over, Outcome::Breached, "it had ended by itself");
}

#[test]
fn automatic_monitoring_is_due_after_the_deadline() {
    let judged = |status, as_of: &str| {
        let mut site = cluster_in_order();
        site.stations[0].auto_monitoring_status = status;
        outcome_on(&site, "ENV-AUTO", day(as_of))
    };
    assert_eq!(judged(None, "2025-06-30"), Outcome::Unknown);
    assert_eq!(judged(Some(AutoMonitoringStatus::Unknown), "2025-06-30"), Outcome::Unknown);
    assert_eq!(judged(Some(AutoMonitoringStatus::None), "2024-12-31"), Outcome::NotApplicable);
    assert_eq!(judged(Some(AutoMonitoringStatus::None), "2025-01-01"), Outcome::Breached);
    assert_eq!(judged(Some(AutoMonitoringStatus::NotConnected), "2025-01-01"), Outcome::Breached);
    assert_eq!(judged(Some(AutoMonitoringStatus::Connected), "2025-01-01"), Outcome::Met);
}

#[test]
fn a_plan_is_met_only_when_approved_by_the_day() {
    let judged = |plans: Vec<PlanFacts>| outcome(&SiteFacts { plans, ..operating_cluster() }, "PLN-APPROVED");
    assert_eq!(judged(vec![plan(None, None, None)]), Outcome::Unknown);
    for status in [PlanStatus::None, PlanStatus::Draft, PlanStatus::Submitted, PlanStatus::Rejected] {
        assert_eq!(judged(vec![plan(Some(status), None, None)]), Outcome::Breached, "{status:?}");
    }
    let approved = Some(PlanStatus::Approved);
    assert_eq!(judged(vec![plan(approved, None, Some("2025-06-30"))]), Outcome::Met);
    assert_eq!(judged(vec![plan(approved, Some("2025-01-01"), Some("2025-07-01"))]), Outcome::Breached, "submitted");
    assert_eq!(judged(vec![plan(approved, None, Some("2025-07-01"))]), Outcome::Unknown, "not there yet");
}

#[test]
fn a_superseded_plan_proves_nothing_and_two_on_one_ground_leave_open_which_holds() {
    let approved =
        |id: &str| PlanFacts { row: row("plans", id), ..plan(Some(PlanStatus::Approved), None, Some("2020-01-01")) };
    let judged = |plans: Vec<PlanFacts>| {
        let site = SiteFacts { plans, ..operating_cluster() };
        let status = assess_site(&standards(), &site, today()).attached.plan_500_status;
        (outcome(&site, "PLN-APPROVED"), status)
    };
    // The assessment is of 2025-06-30.
    let superseded = |on: &str| PlanFacts { superseded_on: Some(day(on)), ..approved("a") };
    assert_eq!(judged(vec![superseded("2025-07-01")]), (Outcome::Met, Some(PlanStatus::Approved)));
    assert_eq!(judged(vec![superseded("2025-06-30")]), (Outcome::Unknown, None));
    let draft = PlanFacts { row: row("plans", "b"), ..plan(Some(PlanStatus::Draft), None, None) };
    assert_eq!(judged(vec![superseded("2025-06-30"), draft]), (Outcome::Breached, Some(PlanStatus::Draft)));
    let overlapping = PlanFacts { overlaps: vec![("b".to_owned(), dec("120"))], ..approved("a") };
    assert_eq!(judged(vec![overlapping.clone()]).0, Outcome::Unknown);
    assert_eq!(judged(vec![overlapping, approved("c")]).0, Outcome::Met);
}

#[test]
fn a_permit_that_ends_before_it_was_issued_shows_nothing() {
    let mut site = cluster_in_order();
    assert_eq!(outcome(&site, "ENV-PERMIT"), Outcome::Met);
    site.stations[0].permit.issued_on = Some(day("2024-01-02"));
    site.stations[0].permit.expires_on = Some(day("2024-01-01"));
    assert_eq!(outcome(&site, "ENV-PERMIT"), Outcome::Unknown);
}

#[test]
fn an_unbuilt_cluster_may_still_be_drawing_its_plan() {
    let site = SiteFacts {
        status: Some(SiteStatus::Established),
        plans: vec![plan(Some(PlanStatus::Draft), None, None)],
        ..operating_cluster()
    };
    assert_eq!(outcome(&site, "PLN-APPROVED"), Outcome::NotApplicable);
}

#[test]
fn a_violation_is_open_from_its_day_until_it_is_closed() {
    let judged = |violation| outcome(&SiteFacts { violations: vec![violation], ..operating_cluster() }, "VIO-OPEN");
    use ViolationStatus::{Appealed, Decided, Detected, Proposed, Remedied};
    for status in [Detected, Proposed, Decided, Appealed] {
        assert_eq!(judged(violation(status, Some("2025-01-01"), None)), Outcome::Breached, "{status:?}");
    }
    assert_eq!(judged(violation(Detected, Some("2025-07-01"), None)), Outcome::Met, "found later");
    assert_eq!(judged(violation(Decided, Some("2025-01-01"), Some("2025-07-01"))), Outcome::Breached);
    assert_eq!(judged(violation(Decided, Some("2025-01-01"), Some("2025-06-30"))), Outcome::Met);
    assert_eq!(judged(violation(Remedied, Some("2025-01-01"), None)), Outcome::Met);
}

#[test]
fn a_violation_put_right_on_an_unrecorded_day_after_the_assessment_is_unknown() {
    let mut remedied = violation(ViolationStatus::Remedied, Some("2025-01-01"), None);
    remedied.row.source_date = Some(day("2025-12-01"));
    let site = SiteFacts { violations: vec![remedied], ..operating_cluster() };
    assert_eq!(outcome(&site, "VIO-OPEN"), Outcome::Unknown);
    assert_eq!(outcome_on(&site, "VIO-OPEN", day("2025-12-01")), Outcome::Met);
}

#[test]
fn a_site_had_not_come_so_far_before_its_milestones() {
    let mut site = with_station(cluster_in_order(), station(StationStatus::None));
    site.milestones = vec![MilestoneFacts {
        row: row("milestones", "m1"),
        kind: Some(MilestoneKind::InOperation),
        reached_on: Some(day("2025-06-01")),
        ..MilestoneFacts::default()
    }];
    assert_eq!(outcome_on(&site, "ENV-STATION", day("2025-05-31")), Outcome::NotApplicable);
    assert_eq!(outcome_on(&site, "ENV-STATION", day("2025-06-01")), Outcome::Breached);
}

#[test]
fn infrastructure_counts_the_thirteen_items_less_those_not_required() {
    let item = |code: &str, status, date: &str| InfrastructureFacts {
        row: row("infrastructure_items", code),
        item_code: code.to_owned(),
        status: Some(status),
        status_date: Some(day(date)),
        ..InfrastructureFacts::default()
    };
    let counted = |infrastructure| {
        let site = SiteFacts { infrastructure, ..operating_cluster() };
        let attached = assess_site(&standards(), &site, today()).attached;
        (attached.infrastructure_done, attached.infrastructure_total)
    };
    assert_eq!(counted(vec![]), (None, None));
    assert_eq!(
        counted(vec![item("FIRE", ItemStatus::Complete, "2024-01-01")]),
        (None, None),
        "not one of the thirteen"
    );
    let items = vec![
        item("ROAD", ItemStatus::Complete, "2024-01-01"),
        item("WATER", ItemStatus::Complete, "2023-01-01"),
        item("WATER", ItemStatus::Partial, "2024-01-01"),
        item("FENCE", ItemStatus::NotRequired, "2024-01-01"),
        item("POWER", ItemStatus::Complete, "2025-12-01"),
    ];
    assert_eq!(counted(items), (Some(1), Some(12)));
}

#[test]
fn attributes_say_nothing_where_the_records_do_not() {
    let attached = assess_site(&standards(), &operating_cluster(), today()).attached;
    assert_eq!(attached.plan_500_status, None);
    assert_eq!(attached.land_handed_over_pct, None);
    assert_eq!(attached.effluent_worst_ratio, None);
    assert_eq!(attached.effluent_sampled_on, None);
    assert_eq!(attached.open_violations, 0);
    assert!(!attached.demo_data);
}

#[test]
fn the_newest_milestone_with_a_share_gives_the_land_handed_over() {
    let milestone = |date: &str, share: Option<&str>| MilestoneFacts {
        row: row("milestones", date),
        kind: Some(MilestoneKind::LandHandedOver),
        reached_on: Some(day(date)),
        land_handed_over_pct: share.map(dec),
        ..MilestoneFacts::default()
    };
    let milestones = vec![
        milestone("2023-01-01", Some("40")),
        milestone("2024-01-01", Some("72.5")),
        milestone("2025-01-01", None),
        milestone("2025-12-01", Some("100")),
    ];
    let site = SiteFacts { milestones, ..operating_cluster() };
    assert_eq!(assess_site(&standards(), &site, today()).attached.land_handed_over_pct, Some(dec("72.5")));
}

#[test]
fn the_furthest_plan_gives_the_plan_status() {
    let plans = vec![plan(Some(PlanStatus::Draft), None, None), plan(Some(PlanStatus::Rejected), None, None)];
    let site = SiteFacts { plans, ..operating_cluster() };
    assert_eq!(assess_site(&standards(), &site, today()).attached.plan_500_status, Some(PlanStatus::Draft));
}

#[test]
fn made_up_rows_mark_the_site_only_where_they_are_behind_its_attributes() {
    let mut site = cluster_in_order();
    let demo = |site: &SiteFacts| assess_site(&standards(), site, today()).attached.demo_data;
    let mut old = sample("cod", "90", "mg/l", "2020-01-01");
    old.row.is_demo = true;
    site.stations[0].samples.push(old);
    assert!(!demo(&site), "an older sample is not behind anything");
    site.stations[0].samples[0].row.is_demo = true;
    assert!(demo(&site));
}

#[test]
fn a_rule_without_a_certain_text_is_advice_and_counts_for_nothing() {
    let mut standards = standards();
    let permit = standards.rules.iter_mut().find(|rule| rule.id == "ENV-PERMIT").unwrap();
    permit.bases.iter_mut().for_each(|basis| basis.basis.confidence = Confidence::RecalledMedium);
    let mut site = cluster_in_order();
    site.stations[0].permit.expires_on = Some(day("2020-01-01"));
    let found = assess_site(&standards, &site, today());
    assert_eq!(found.status, Status::Compliant);
    let permit = found.advice.iter().find(|rule| rule.rule == "ENV-PERMIT").unwrap();
    assert_eq!(permit.outcome, Outcome::Breached);
}

#[test]
fn what_is_missing_names_the_row_and_the_field() {
    let mut site = cluster_in_order();
    site.stations[0].discharge.f_m3_day_permit = None;
    let found = assess_site(&standards(), &site, today());
    let effluent = found.rules.iter().find(|rule| rule.rule == "ENV-EFFLUENT").unwrap();
    assert_eq!(effluent.missing, [Missing::field(&row("treatment_stations", "s1"), "f_m3_day_permit")]);
}

#[test]
fn a_permit_of_the_old_standard_holds_until_the_last_day_of_2031_and_then_nothing_is_known() {
    let judged = |sampled_on: &str, as_of: &str, cod: &str| {
        let mut site = cluster_in_order();
        site.stations[0].permit.expires_on = Some(day("2040-01-01"));
        site.stations[0].samples = vec![sample("ph", "7", "-", sampled_on), sample("cod", cod, "mg/l", sampled_on)];
        found(&site, "ENV-EFFLUENT", as_of)
    };
    assert_eq!(judged("2031-12-31", "2031-12-31", "150").outcome, Outcome::Met);
    assert_eq!(judged("2031-12-31", "2031-12-31", "151").outcome, Outcome::Breached);
    for (sampled_on, cod) in [("2032-01-01", "150"), ("2032-01-01", "9000"), ("2031-12-31", "150")] {
        let found = judged(sampled_on, "2032-01-01", cod);
        assert_eq!(found.outcome, Outcome::Unknown, "COD {cod} of {sampled_on}");
        assert_eq!(found.missing, [Missing::field(&row("treatment_stations", "s1"), "effluent_standard")]);
        assert!(found.why.vi.contains("QCVN 40:2025/BTNMT"), "{}", found.why.vi);
    }
    assert_eq!(judged("2031-12-31", "2032-01-01", "151").outcome, Outcome::Breached, "it failed on its own day");
}

#[test]
fn the_new_standard_without_its_numbers_is_unknown_and_says_so() {
    let mut site = cluster_in_order();
    site.stations[0].discharge.standard = Some("QCVN40_2025".to_owned());
    site.stations[0].samples.iter_mut().for_each(|sample| sample.sampled_on = day("2026-01-01"));
    let found = found(&site, "ENV-EFFLUENT", "2026-01-01");
    assert_eq!(found.outcome, Outcome::Unknown);
    let limits = Missing { collection: "effluent_limits".to_owned(), id: None, field: "QCVN40_2025".to_owned() };
    assert_eq!(found.missing, [limits]);
}

#[test]
fn a_sample_that_cannot_be_assessed_names_its_own_field() {
    let missing = |value: &str, unit: &str| {
        let mut site = cluster_in_order();
        site.stations[0].samples[1] = sample("cod", value, unit, "2025-05-01");
        lacks(&site, "ENV-EFFLUENT", NOW)
    };
    assert_eq!(missing("đạt", "mg/l"), ["value"]);
    assert_eq!(missing("90", "ppm"), ["unit"]);
    assert_eq!(missing("KPH", "mg/l"), ["detection_limit"]);
}
