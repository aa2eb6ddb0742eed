//! ENV-INFRA, ENV-24M, ENV-NO-NEW, ENV-CONNECT, ENV-NO-STORM, ENV-STAFF, ENV-REG.

use super::*;

fn set(site: &mut SiteFacts, code: &str, status: Option<ItemStatus>) {
    site.infrastructure.iter_mut().filter(|item| item.item_code == code).for_each(|item| item.status = status);
}

/// The cluster began on a day, or on one that is not on record.
fn began(site: &mut SiteFacts, day: Option<&str>) {
    match day {
        Some(on) => site.milestones[1] = milestone(MilestoneKind::InOperation, on),
        None => drop(site.milestones.remove(1)),
    }
}

#[test]
fn all_five_parts_of_the_environmental_infrastructure_must_be_there() {
    check(
        "ENV-INFRA",
        &whole_cluster(),
        &[
            ("all there", |_| {}, NOW, Met),
            ("no rainwater system", |site| set(site, "DRAIN", Some(ItemStatus::Missing)), NOW, Breached),
            ("rainwater system not known", |site| set(site, "DRAIN", None), NOW, Unknown),
            ("the law knows no 'not required'", |site| set(site, "DRAIN", Some(ItemStatus::NotRequired)), NOW, Unknown),
            ("no item of treatment", |site| set(site, "WWTP", Some(ItemStatus::Partial)), NOW, Breached),
            (
                "station stands still",
                |site| site.stations[0].status = Some(StationStatus::BuiltNotOperating),
                NOW,
                Breached,
            ),
            ("station on trial", |site| site.stations[0].status = Some(StationStatus::Trial), NOW, Unknown),
            (
                "effluent fails",
                |site| site.stations[0].samples.push(sample("cod", "151", "mg/l", "2025-05-02")),
                NOW,
                Breached,
            ),
            ("no samples", |site| site.stations[0].samples.clear(), NOW, Unknown),
            ("no incident works", |site| site.environment.has_incident_works = Some(false), NOW, Breached),
            ("incident works not known", |site| site.environment.has_incident_works = None, NOW, Unknown),
            (
                "no automatic monitoring",
                |site| site.stations[0].auto_monitoring_status = Some(AutoMonitoringStatus::None),
                NOW,
                Breached,
            ),
            ("monitoring not known", |site| site.stations[0].auto_monitoring_status = None, NOW, Unknown),
            ("too little green", |site| site.land.green_ha = Some(dec("1")), NOW, Breached),
            ("green not known", |site| site.land.green_ha = None, NOW, Unknown),
            ("not in operation", |site| site.status = Some(SiteStatus::UnderConstruction), NOW, NotApplicable),
            ("before the law", |_| {}, "2021-12-31", Unknown),
        ],
    );
}

#[test]
fn what_fails_and_what_is_not_known_is_named() {
    let mut site = whole_cluster();
    set(&mut site, "DRAIN", Some(ItemStatus::Missing));
    site.environment.has_incident_works = None;
    let found = found(&site, "ENV-INFRA", NOW);
    assert_eq!(found.why.en, "Not fulfilled: rainwater system. Not on record: incident-prevention works.");
    assert_eq!(
        found.why.vi,
        "Chưa đạt: hệ thống thu gom, thoát nước mưa. Chưa rõ: công trình phòng ngừa, ứng phó sự cố."
    );
    assert_eq!(found.missing, [Missing::field(&site.row, "has_incident_works")]);
    assert!(found.evidence.iter().all(|evidence| evidence.verdict.is_none()), "readings that pass are left out");
}

#[test]
fn what_a_cluster_of_before_the_law_lacks_is_no_breach_until_the_last_day_given() {
    // 24 months from 1 January 2022 end with 31 December 2023.
    let lacking: fn(&mut SiteFacts) = |site| site.environment.has_incident_works = Some(false);
    check(
        "ENV-INFRA",
        &whole_cluster(),
        &[
            ("in operation since 2020", lacking, "2023-12-31", NotApplicable),
            ("the day after", lacking, "2024-01-01", Breached),
            (
                "in operation on the first day of the law",
                |site| {
                    site.environment.has_incident_works = Some(false);
                    began(site, Some("2022-01-01"));
                },
                "2023-12-31",
                NotApplicable,
            ),
            (
                "in operation a day later",
                |site| {
                    site.environment.has_incident_works = Some(false);
                    began(site, Some("2022-01-02"));
                },
                "2023-12-31",
                Breached,
            ),
            (
                "it is not on record since when",
                |site| {
                    site.environment.has_incident_works = Some(false);
                    began(site, None);
                },
                "2023-12-31",
                Unknown,
            ),
        ],
    );
}

#[test]
fn the_time_given_ends_with_its_last_day_and_the_delay_is_counted() {
    let lacking: fn(&mut SiteFacts) = |site| site.environment.has_incident_works = Some(false);
    check(
        "ENV-24M",
        &whole_cluster(),
        &[
            ("complete", |_| {}, NOW, Met),
            ("last day", lacking, "2023-12-31", NotApplicable),
            ("next day", lacking, "2024-01-01", Breached),
            ("not known, before", |site| site.environment.has_incident_works = None, "2023-12-31", NotApplicable),
            ("not known, after", |site| site.environment.has_incident_works = None, NOW, Unknown),
            ("began later", |site| began(site, Some("2022-01-02")), NOW, NotApplicable),
            ("founded later", |site| site.founded_on = Some(day("2022-01-02")), NOW, NotApplicable),
            ("before the law", |_| {}, "2021-12-31", Unknown),
            (
                "founding not known",
                |site| {
                    (site.founded_on, site.founded_year) = (None, None);
                    site.milestones.clear();
                },
                NOW,
                Unknown,
            ),
        ],
    );
    let mut site = whole_cluster();
    lacking(&mut site);
    // 2024 is a leap year: 31 December 2023 to 31 December 2025 are 366 + 365 days.
    assert!(found(&site, "ENV-24M", NOW).why.en.starts_with("731 days past 2023-12-31. Not fulfilled: incident"));
}

#[test]
fn no_new_project_began_while_no_station_ran() {
    check(
        "ENV-NO-NEW",
        &whole_cluster(),
        &[
            ("none since the law", |site| site.environment.newest_project_on = Some(day("2021-12-31")), NOW, Met),
            (
                "none since the law, no station",
                |site| {
                    site.environment.newest_project_on = Some(day("2021-12-31"));
                    site.stations.clear();
                },
                NOW,
                Met,
            ),
            ("a station ran", |site| site.environment.newest_project_on = Some(day("2022-01-01")), NOW, Met),
            ("not on record", |site| site.environment.newest_project_on = None, NOW, Unknown),
            (
                "it began later",
                |site| site.environment.newest_project_on = Some(day("2025-01-01")),
                "2024-12-31",
                Unknown,
            ),
            ("before the law", |_| {}, "2021-12-31", Unknown),
            ("not in operation", |site| site.status = Some(SiteStatus::Established), NOW, NotApplicable),
        ],
    );
}

#[test]
fn a_project_is_held_against_the_state_of_the_stations_on_its_own_day() {
    let judged = |change: fn(&mut StationFacts)| {
        let mut site = whole_cluster();
        site.environment.newest_project_on = Some(day("2023-06-01"));
        change(&mut site.stations[0]);
        found(&site, "ENV-NO-NEW", NOW)
    };
    let running_since = |on: Option<&str>, told: Option<&str>| {
        let mut site = whole_cluster();
        site.environment.newest_project_on = Some(day("2023-06-01"));
        (site.stations[0].commissioned_on, site.stations[0].status_date) = (on.map(day), told.map(day));
        found(&site, "ENV-NO-NEW", NOW).outcome
    };
    assert_eq!(running_since(Some("2023-06-01"), None), Met);
    assert_eq!(running_since(Some("2023-06-02"), None), Breached);
    assert_eq!(running_since(None, None), Unknown);
    assert_eq!(running_since(None, Some("2023-06-01")), Met);
    assert_eq!(running_since(None, Some("2023-06-02")), Unknown);
    for status in ["none", "planned", "under_construction", "unfinished"] {
        let mut site = whole_cluster();
        site.environment.newest_project_on = Some(day("2023-06-01"));
        site.stations[0].status = StationStatus::parse(status);
        assert_eq!(found(&site, "ENV-NO-NEW", NOW).outcome, Breached, "{status}");
    }
    assert_eq!(judged(|station| station.status = Some(StationStatus::BuiltNotOperating)).outcome, Unknown);
    let stopped = judged(|station| {
        station.status = Some(StationStatus::BuiltNotOperating);
        station.status_date = Some(day("2023-06-01"));
    });
    assert_eq!(stopped.outcome, Breached);
    assert_eq!(judged(|station| station.status = None).missing[0].field, "status");
    let mut first_day = whole_cluster();
    first_day.environment.newest_project_on = Some(day("2022-01-01"));
    first_day.stations[0].status = Some(StationStatus::Planned);
    assert_eq!(found(&first_day, "ENV-NO-NEW", NOW).outcome, Breached, "the law binds from its first day");
    let mut site = whole_cluster();
    site.environment.newest_project_on = Some(day("2023-06-01"));
    site.stations.clear();
    assert_eq!(found(&site, "ENV-NO-NEW", NOW).missing, [Missing::rows("treatment_stations")]);
}

#[test]
fn every_establishment_that_is_not_exempt_is_connected() {
    let judged = |total: Option<i64>, exempt: Option<i64>, connected: Option<i64>| {
        let mut site = whole_cluster();
        site.environment.establishments = total;
        site.environment.establishments_exempt = exempt;
        site.environment.establishments_connected = connected;
        found(&site, "ENV-CONNECT", NOW).outcome
    };
    assert_eq!(judged(Some(20), Some(2), Some(18)), Met);
    assert_eq!(judged(Some(20), Some(2), Some(17)), Breached);
    assert_eq!(judged(Some(20), None, Some(20)), Met, "all are, whoever is exempt");
    assert_eq!(judged(Some(20), None, Some(19)), Unknown);
    assert_eq!(
        judged(Some(20), Some(2), Some(19)),
        Unknown,
        "one that is exempt is connected, so one other may not be"
    );
    assert_eq!(judged(Some(20), Some(0), Some(0)), Breached);
    assert_eq!(judged(Some(20), Some(20), Some(0)), NotApplicable, "all are exempt");
    assert_eq!(judged(Some(0), Some(0), Some(0)), NotApplicable);
    assert_eq!(judged(Some(20), Some(21), Some(1)), Unknown, "more exempt than there are");
    assert_eq!(judged(Some(20), Some(0), Some(21)), Unknown, "more connected than there are");
    assert_eq!(judged(Some(-1), Some(0), Some(0)), Unknown);
    assert_eq!(judged(Some(20), Some(-1), Some(0)), Unknown);
    assert_eq!(judged(Some(20), Some(0), Some(-1)), Unknown);
    assert_eq!(judged(None, Some(2), Some(18)), Unknown);
    assert_eq!(judged(Some(20), Some(2), None), Unknown);
}

#[test]
fn counts_that_contradict_each_other_are_named() {
    let mut site = whole_cluster();
    site.environment.establishments_connected = Some(19);
    assert_eq!(lacks(&site, "ENV-CONNECT", NOW), ["establishments_exempt"]);
    site.environment.establishments_connected = Some(21);
    assert_eq!(lacks(&site, "ENV-CONNECT", NOW), ["establishments_connected"]);
}

#[test]
fn connection_had_the_time_given_to_clusters_of_before_the_law() {
    check(
        "ENV-CONNECT",
        &whole_cluster(),
        &[
            ("last day", |site| site.environment.establishments_connected = Some(1), "2023-12-31", NotApplicable),
            ("next day", |site| site.environment.establishments_connected = Some(1), "2024-01-01", Breached),
            ("before the law", |_| {}, "2021-12-31", Unknown),
            ("not in operation", |site| site.status = Some(SiteStatus::Planned), NOW, NotApplicable),
        ],
    );
    let mut site = whole_cluster();
    site.environment.establishments_connected = Some(9);
    // 9 of 18 are 50 %.
    let evidence = &found(&site, "ENV-CONNECT", NOW).evidence[0];
    assert_eq!((evidence.measured.as_deref(), evidence.allowed.as_deref()), (Some("50"), Some("≥ 100")));
    assert_eq!(evidence.note.as_ref().unwrap().en, "9 of 18");
}

#[test]
fn treated_wastewater_stays_out_of_the_storm_drain() {
    let into_drain: fn(&mut SiteFacts) = |site| site.stations[0].discharges_to_storm_drain = Some(true);
    check(
        "ENV-NO-STORM",
        &whole_cluster(),
        &[
            ("no", |_| {}, NOW, Met),
            ("last day of the 24 months", into_drain, "2023-12-31", NotApplicable),
            ("next day", into_drain, "2024-01-01", Breached),
            ("not on record", |site| site.stations[0].discharges_to_storm_drain = None, NOW, Unknown),
            (
                "whether it runs is not on record",
                |site| {
                    site.stations[0].discharges_to_storm_drain = Some(true);
                    site.stations[0].status = None;
                },
                NOW,
                Unknown,
            ),
            ("it stands still", |site| site.stations[0].status = Some(StationStatus::Unfinished), NOW, NotApplicable),
            ("no station on record", |site| site.stations.clear(), NOW, Unknown),
            ("before the law", |_| {}, "2021-12-31", Unknown),
        ],
    );
}

#[test]
fn at_least_one_environmental_officer() {
    check(
        "ENV-STAFF",
        &whole_cluster(),
        &[
            ("one", |site| site.environment.staff = Some(1), NOW, Met),
            ("none", |site| site.environment.staff = Some(0), NOW, Breached),
            ("a negative count", |site| site.environment.staff = Some(-1), NOW, Unknown),
            ("not on record", |site| site.environment.staff = None, NOW, Unknown),
            ("before the law", |_| {}, "2021-12-31", Unknown),
            ("its first day", |_| {}, "2022-01-01", Met),
            ("not in operation", |site| site.status = Some(SiteStatus::Planned), NOW, NotApplicable),
        ],
    );
}

#[test]
fn the_report_of_a_year_is_due_before_20_january() {
    let reported: fn(&mut SiteFacts) = |site| site.environment.report_year = Some(2023);
    check(
        "ENV-REG",
        &whole_cluster(),
        &[
            ("regulation and report of 2024", |_| {}, NOW, Met),
            ("report of 2023 on the last day for 2024", reported, "2025-01-19", Met),
            ("report of 2023 a day later", reported, "2025-01-20", Breached),
            // Until 30 November 2022 the circular said before 5 January.
            ("before the circular", |site| site.environment.report_year = Some(2021), "2022-01-09", Unknown),
            ("its first day", |site| site.environment.report_year = Some(2021), "2022-01-10", Met),
            ("its first day, report of 2020", |site| site.environment.report_year = Some(2020), "2022-01-10", Breached),
            ("report not on record", |site| site.environment.report_year = None, NOW, Unknown),
            ("a report of next year", |site| site.environment.report_year = Some(2026), NOW, Unknown),
            ("a report of no year", |site| site.environment.report_year = Some(-5), NOW, Unknown),
            ("regulation not on record", |site| site.environment.regulation_on = None, NOW, Unknown),
            ("regulation of later", |site| site.environment.regulation_on = Some(day("2026-01-01")), NOW, Unknown),
            ("regulation of the day", |site| site.environment.regulation_on = Some(day(NOW)), NOW, Met),
            (
                "it did not operate in 2024",
                |site| {
                    began(site, Some("2025-01-01"));
                    site.environment.report_year = None;
                },
                NOW,
                Met,
            ),
            (
                "it began in 2024",
                |site| {
                    began(site, Some("2024-12-31"));
                    site.environment.report_year = None;
                },
                NOW,
                Unknown,
            ),
            ("before the law", |_| {}, "2021-12-31", Unknown),
            ("not in operation", |site| site.status = Some(SiteStatus::Planned), NOW, NotApplicable),
        ],
    );
}
