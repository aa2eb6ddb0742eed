//! CCN-DECISION, CCN-EST-68, CCN-EST-32, CCN-EXP, CCN-INVESTOR-SCORE, CCN-INVESTOR-DUTY.

use super::*;

/// A cluster founded on a day, with what its founding decision rested on.
fn founded(on: &str, fill_pct: Option<&str>, unleased_ha: Option<&str>) -> SiteFacts {
    let mut site = whole_cluster();
    site.founded_on = Some(day(on));
    site.milestones[0] = MilestoneFacts {
        fill_pct: fill_pct.map(dec),
        unleased_ha: unleased_ha.map(dec),
        ..milestone(MilestoneKind::Founded, on)
    };
    site
}

fn of(rule: &str, on: &str, fill_pct: Option<&str>, unleased_ha: Option<&str>) -> Outcome {
    found(&founded(on, fill_pct, unleased_ha), rule, NOW).outcome
}

#[test]
fn under_decree_68_the_districts_clusters_are_more_than_half_full_or_have_less_than_50_ha_left() {
    let judged = |fill, left| of("CCN-EST-68", "2024-04-30", fill, left);
    assert_eq!(judged(Some("50"), Some("50")), Breached, "neither more than 50 % nor less than 50 ha");
    assert_eq!(judged(Some("50.0001"), Some("50")), Met);
    assert_eq!(judged(Some("50"), Some("49.9999")), Met);
    assert_eq!(judged(Some("50.0001"), None), Met, "one of the two is enough");
    assert_eq!(judged(None, Some("49.9999")), Met);
    assert_eq!(judged(Some("50"), None), Unknown);
    assert_eq!(judged(None, Some("50")), Unknown);
    assert_eq!(judged(None, None), Unknown);
    assert_eq!(judged(Some("101"), Some("50")), Unknown, "no fill ratio is above 100 %");
    assert_eq!(judged(Some("-1"), Some("50")), Unknown);
    assert_eq!(judged(Some("50"), Some("-1")), Unknown, "no land is below zero");
    let site = founded("2024-04-30", Some("50"), None);
    assert_eq!(lacks(&site, "CCN-EST-68", NOW), ["unleased_ha"]);
    let evidence = found(&founded("2024-04-30", Some("50"), Some("50")), "CCN-EST-68", NOW).evidence;
    let allowed: Vec<_> = evidence.iter().map(|evidence| evidence.allowed.as_deref().unwrap()).collect();
    assert_eq!(allowed, ["> 50", "< 50"]);
}

#[test]
fn under_decree_32_the_districts_clusters_are_more_than_half_full_or_have_at_most_100_ha_left() {
    let judged = |fill, left| of("CCN-EST-32", "2024-05-01", fill, left);
    assert_eq!(judged(Some("50"), Some("100.0001")), Breached);
    assert_eq!(judged(Some("50.0001"), Some("100.0001")), Met);
    assert_eq!(judged(Some("50"), Some("100")), Met);
    assert_eq!(judged(Some("50"), None), Unknown);
    assert_eq!(judged(None, None), Unknown);
}

#[test]
fn a_founding_is_judged_by_the_decree_of_its_day() {
    let both = |on: &str| {
        let site = founded(on, Some("40"), Some("80"));
        (found(&site, "CCN-EST-68", NOW).outcome, found(&site, "CCN-EST-32", NOW).outcome)
    };
    // 40 % full with 80 ha left: too much land under Decree 68, little enough under Decree 32.
    assert_eq!(both("2017-07-14"), (NotApplicable, NotApplicable), "before both");
    assert_eq!(both("2017-07-15"), (Breached, NotApplicable), "first day of Decree 68");
    assert_eq!(both("2024-04-30"), (Breached, NotApplicable), "last day of Decree 68");
    assert_eq!(both("2024-05-01"), (NotApplicable, Met), "first day of Decree 32");
}

#[test]
fn a_year_in_which_the_decree_changed_leaves_both_open() {
    let mut site = founded("2024-05-01", Some("60"), None);
    (site.founded_on, site.founded_year) = (None, Some(2024));
    site.milestones.remove(0);
    for rule in ["CCN-EST-68", "CCN-EST-32", "CCN-INVESTOR-SCORE"] {
        assert_eq!(lacks(&site, rule, NOW), ["established_on"], "{rule}");
    }
}

#[test]
fn a_founding_without_its_decision_is_unknown_and_a_later_phase_does_not_stand_for_it() {
    let mut site = founded("2018-05-02", Some("60"), None);
    site.milestones[0].reached_on = Some(day("2025-01-01"));
    let found = found(&site, "CCN-EST-68", NOW);
    assert_eq!((found.outcome, found.missing), (Unknown, vec![Missing::rows("milestones")]));
}

#[test]
fn a_founding_decision_is_on_record_in_either_register() {
    check(
        "CCN-DECISION",
        &whole_cluster(),
        &[
            ("its own row", |_| {}, NOW, Met),
            ("in neither", |site| site.land.decision = None, NOW, Unknown),
            (
                "in the milestones",
                |site| {
                    site.land.decision = None;
                    site.milestones[0].decision = Some("1/QĐ-UBND".to_owned());
                },
                NOW,
                Met,
            ),
            ("planned", |site| site.status = Some(SiteStatus::Planned), NOW, NotApplicable),
            ("before Decree 68", |site| site.founded_on = Some(day("2016-01-01")), "2017-07-14", Unknown),
            ("its first day", |site| site.founded_on = Some(day("2016-01-01")), "2017-07-15", Met),
        ],
    );
}

fn expanded(change: fn(&mut MilestoneFacts)) -> SiteFacts {
    let mut site = whole_cluster();
    site.land.measured_ha = None;
    let mut step = MilestoneFacts {
        fill_pct: Some(dec("60")),
        demand_exceeds_remaining: Some(false),
        infrastructure_ready: Some(true),
        ..milestone(MilestoneKind::Expanded, "2024-05-01")
    };
    change(&mut step);
    site.milestones.push(step);
    site
}

#[test]
fn an_expansion_needs_sixty_percent_or_demand_and_works_that_are_ready() {
    let judged = |change: fn(&mut MilestoneFacts)| found(&expanded(change), "CCN-EXP", NOW).outcome;
    assert_eq!(judged(|_| {}), Met, "60 % full");
    assert_eq!(judged(|step| step.fill_pct = Some(dec("59.9999"))), Breached);
    assert_eq!(judged(|step| (step.fill_pct, step.demand_exceeds_remaining) = (None, Some(true))), Met);
    assert_eq!(judged(|step| step.fill_pct = None), Unknown);
    assert_eq!(judged(|step| step.fill_pct = Some(dec("120"))), Unknown, "no fill ratio is above 100 %");
    assert_eq!(judged(|step| step.infrastructure_ready = Some(false)), Breached);
    assert_eq!(judged(|step| step.infrastructure_ready = None), Unknown);
    let site = expanded(|step| {
        (step.fill_pct, step.demand_exceeds_remaining) = (Some(dec("59")), None);
        step.infrastructure_ready = None;
    });
    assert_eq!(lacks(&site, "CCN-EXP", NOW), ["demand_exceeds_remaining", "infrastructure_ready"]);
}

#[test]
fn an_expanded_cluster_has_at_most_75_ha() {
    let judged = |area: Option<&str>| {
        let mut site = expanded(|_| {});
        site.land.area_ha = area.map(dec);
        found(&site, "CCN-EXP", NOW).outcome
    };
    assert_eq!(judged(Some("75")), Met);
    assert_eq!(judged(Some("75.0001")), Breached);
    assert_eq!(judged(None), Unknown);
}

#[test]
fn an_expansion_from_before_the_decree_is_not_judged_by_it() {
    let judged = |on: &str, as_of: &str| {
        let mut site = expanded(|step| step.infrastructure_ready = Some(false));
        site.milestones.last_mut().unwrap().reached_on = Some(day(on));
        found(&site, "CCN-EXP", as_of).outcome
    };
    assert_eq!(judged("2024-04-30", NOW), Unknown);
    assert_eq!(judged("2024-05-01", NOW), Breached);
    assert_eq!(judged("2025-01-01", "2024-12-31"), NotApplicable, "not decided yet");
    assert_eq!(found(&whole_cluster(), "CCN-EXP", NOW).outcome, NotApplicable, "never expanded");
    assert_eq!(found(&whole_cluster(), "CCN-EXP", "2024-04-30").outcome, Unknown, "no text in force");
}

#[test]
fn an_investor_chosen_under_decree_32_has_fifty_points() {
    let judged = |founded_on: &str, score: Option<&str>| {
        let mut site = founded(founded_on, None, None);
        site.land.investor_score = score.map(dec);
        found(&site, "CCN-INVESTOR-SCORE", NOW).outcome
    };
    assert_eq!(judged("2024-05-01", Some("50")), Met);
    assert_eq!(judged("2024-05-01", Some("49.9")), Breached);
    assert_eq!(judged("2024-05-01", Some("100")), Met);
    assert_eq!(judged("2024-05-01", Some("100.1")), Unknown, "there are 100 points");
    assert_eq!(judged("2024-05-01", Some("-1")), Unknown);
    assert_eq!(judged("2024-05-01", None), Unknown);
    assert_eq!(judged("2024-04-30", Some("0")), NotApplicable);
}

#[test]
fn unleased_land_is_published() {
    check(
        "CCN-INVESTOR-DUTY",
        &whole_cluster(),
        &[
            ("published", |_| {}, NOW, Met),
            ("published on the day", |_| {}, "2024-06-01", Met),
            ("published the day after", |_| {}, "2024-05-31", Unknown),
            ("not on record", |site| site.land.unleased_land_published_on = None, NOW, Unknown),
            ("none left", |site| site.land.leased_industrial_ha = Some(dec("28")), NOW, NotApplicable),
            ("more leased than there is", |site| site.land.leased_industrial_ha = Some(dec("29")), NOW, Unknown),
            ("negative", |site| site.land.leased_industrial_ha = Some(dec("-1")), NOW, Unknown),
            ("whole not on record", |site| site.land.industrial_ha = None, NOW, Unknown),
            ("being built", |site| site.status = Some(SiteStatus::UnderConstruction), NOW, NotApplicable),
            ("before the decree", |_| {}, "2024-04-30", Unknown),
        ],
    );
}
