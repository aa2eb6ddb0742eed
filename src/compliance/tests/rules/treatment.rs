//! ENV-WWTP-TECH, ENV-CAP.

use super::*;

#[test]
fn a_station_is_run_as_the_decree_asks() {
    check(
        "ENV-WWTP-TECH",
        &whole_cluster(),
        &[
            ("all in order", |_| {}, NOW, Met),
            ("no meter of its own", |site| site.stations[0].has_power_meter = Some(false), NOW, Breached),
            ("meter not on record", |site| site.stations[0].has_power_meter = None, NOW, Unknown),
            ("sludge left", |site| site.stations[0].is_sludge_handled = Some(false), NOW, Breached),
            ("sludge not on record", |site| site.stations[0].is_sludge_handled = None, NOW, Unknown),
            ("inlet standard not on record", |site| site.stations[0].inlet_standard = None, NOW, Unknown),
            (
                "no automatic monitoring",
                |site| site.stations[0].auto_monitoring_status = Some(AutoMonitoringStatus::None),
                NOW,
                Breached,
            ),
            (
                "no automatic monitoring, before it was due",
                |site| site.stations[0].auto_monitoring_status = Some(AutoMonitoringStatus::None),
                "2024-12-31",
                // It is not asked for yet.
                Met,
            ),
            ("in trial", |site| site.stations[0].status = Some(StationStatus::Trial), NOW, Unknown),
            ("stands still", |site| site.stations[0].status = Some(StationStatus::Unfinished), NOW, NotApplicable),
            ("no station on record", |site| site.stations.clear(), NOW, Unknown),
            ("before the decree", |_| {}, "2022-01-09", Unknown),
            ("not in operation", |site| site.status = Some(SiteStatus::Planned), NOW, NotApplicable),
        ],
    );
}

#[test]
fn the_log_reaches_back_two_years_or_as_far_as_station_and_decree() {
    let judged = |log: Option<&str>, commissioned: Option<&str>, as_of: &str| {
        let mut site = whole_cluster();
        site.stations[0].samples.retain(|sample| sample.sampled_on <= day(as_of));
        site.stations[0].operation_log_since = log.map(day);
        site.stations[0].commissioned_on = commissioned.map(day);
        found(&site, "ENV-WWTP-TECH", as_of).outcome
    };
    // Two years before 31 December 2025.
    assert_eq!(judged(Some("2023-12-31"), Some("2020-01-01"), NOW), Met);
    assert_eq!(judged(Some("2024-01-01"), Some("2020-01-01"), NOW), Breached);
    // A station that runs for less has its log from its first day.
    assert_eq!(judged(Some("2025-02-01"), Some("2025-02-01"), NOW), Met);
    assert_eq!(judged(Some("2025-02-02"), Some("2025-02-01"), NOW), Breached);
    assert_eq!(judged(Some("2025-02-02"), None, NOW), Unknown);
    // The decree asks for nothing from before 10 January 2022.
    assert_eq!(judged(Some("2022-01-10"), Some("2020-01-01"), "2023-01-01"), Met);
    assert_eq!(judged(Some("2022-01-11"), Some("2020-01-01"), "2023-01-01"), Breached);
    assert_eq!(judged(None, Some("2020-01-01"), NOW), Unknown);
    assert_eq!(judged(Some("2026-01-01"), Some("2020-01-01"), NOW), Unknown, "a log of later says nothing");
}

fn of(capacity: Option<&str>, inflow: Option<&str>, generated: Option<&str>) -> SiteFacts {
    let mut site = whole_cluster();
    site.stations[0].capacity_m3_day = capacity.map(dec);
    site.stations[0].inflow_m3_day = inflow.map(dec);
    site.environment.wastewater_m3_day = generated.map(dec);
    site
}

#[test]
fn the_capacity_covers_the_wastewater() {
    let judged = |capacity, inflow, generated| found(&of(capacity, inflow, generated), "ENV-CAP", NOW).outcome;
    assert_eq!(judged(Some("1000"), None, Some("1000")), Met);
    assert_eq!(judged(Some("1000"), None, Some("1000.01")), Breached);
    assert_eq!(judged(Some("1000"), Some("1000"), Some("800")), Met, "used to 100 %");
    assert_eq!(judged(Some("1000"), Some("1000.01"), Some("800")), Breached, "overloaded");
    assert_eq!(judged(Some("1000"), Some("1001"), None), Breached, "overloaded whatever is generated");
    assert_eq!(judged(Some("1000"), Some("700"), None), Unknown);
    assert_eq!(judged(None, Some("700"), Some("800")), Unknown);
    for impossible in ["0", "-1"] {
        assert_eq!(judged(Some(impossible), Some("700"), Some("800")), Unknown, "capacity {impossible}");
    }
    assert_eq!(judged(Some("1000"), Some("-1"), Some("800")), Met, "an impossible inflow says nothing");
    assert_eq!(judged(Some("1000"), None, Some("-1")), Unknown);
    assert_eq!(judged(Some("1000"), None, Some("0")), Met);
    assert_eq!(lacks(&of(None, None, None), "ENV-CAP", NOW), ["wastewater_m3_day", "capacity_m3_day"]);
    let used = &found(&of(Some("1000"), Some("1200"), None), "ENV-CAP", NOW).evidence[1];
    assert_eq!((used.measured.as_deref(), used.allowed.as_deref()), (Some("120"), Some("≤ 100")));
}

#[test]
fn stations_add_up_and_one_that_may_not_run_leaves_it_open() {
    let two = |status: Option<StationStatus>, capacity: Option<&str>, generated: &str| {
        let mut site = of(Some("1000"), None, Some(generated));
        let mut second = site.stations[0].clone();
        second.row.id = "s2".to_owned();
        second.status = status;
        second.capacity_m3_day = capacity.map(dec);
        site.stations.push(second);
        found(&site, "ENV-CAP", NOW).outcome
    };
    let runs = Some(StationStatus::Operating);
    assert_eq!(two(runs, Some("500"), "1500"), Met);
    assert_eq!(two(runs, Some("500"), "1501"), Breached);
    assert_eq!(two(None, Some("500"), "1000"), Met, "the one that runs is enough");
    assert_eq!(two(None, Some("500"), "1001"), Unknown);
    assert_eq!(two(runs, None, "1001"), Unknown);
    assert_eq!(two(Some(StationStatus::Planned), Some("500"), "1001"), Breached, "a planned station treats nothing");
}

#[test]
fn capacity_is_asked_for_where_a_station_discharges() {
    check(
        "ENV-CAP",
        &whole_cluster(),
        &[
            ("stands still", |site| site.stations[0].status = Some(StationStatus::Unfinished), NOW, NotApplicable),
            ("no station on record", |site| site.stations.clear(), NOW, Unknown),
            ("before the decree", |_| {}, "2022-01-09", Unknown),
            ("its first day", |_| {}, "2022-01-10", Met),
            ("not in operation", |site| site.status = Some(SiteStatus::Planned), NOW, NotApplicable),
        ],
    );
    assert_eq!(found(&whole_village(), "ENV-CAP", NOW).outcome, NotApplicable);
}
