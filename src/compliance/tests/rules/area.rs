//! CCN-AREA-MAX, CCN-AREA-MIN, CCN-AREA-MIN-EXC, CCN-LEGACY, CCN-BOUNDARY-AGREE.

use super::*;

/// A cluster of an area on record whose boundary was never measured.
fn of_area(area: &str) -> SiteFacts {
    let mut site = whole_cluster();
    site.land.area_ha = Some(dec(area));
    site.land.measured_ha = None;
    site
}

fn outcomes(rule: &str, cases: &[(&str, Outcome)], change: fn(&mut SiteFacts)) {
    for (area, expected) in cases {
        let mut site = of_area(area);
        change(&mut site);
        assert_eq!(found(&site, rule, NOW).outcome, *expected, "{rule} of {area} ha");
    }
}

#[test]
fn an_area_that_is_missing_or_cannot_be_is_unknown() {
    for rule in ["CCN-AREA-MAX", "CCN-AREA-MIN", "CCN-AREA-MIN-EXC", "CCN-BOUNDARY-AGREE"] {
        for area in [None, Some("0"), Some("-40")] {
            let mut site = whole_cluster();
            site.land.area_ha = area.map(dec);
            assert_eq!(lacks(&site, rule, NOW), ["area_ha"], "{rule} {area:?}");
        }
    }
}

#[test]
fn seventy_five_hectares_are_the_most() {
    outcomes("CCN-AREA-MAX", &[("75", Met), ("75.0001", Breached), ("10", Met)], |_| {});
}

#[test]
fn the_maximum_binds_from_the_first_day_of_decree_68_and_from_the_founding() {
    check(
        "CCN-AREA-MAX",
        &of_area("80"),
        &[
            ("before the decree", |site| site.founded_on = Some(day("2010-01-01")), "2017-07-14", Unknown),
            ("first day of the decree", |site| site.founded_on = Some(day("2010-01-01")), "2017-07-15", Breached),
            ("last day of Decree 68", |_| {}, "2024-04-30", Breached),
            ("first day of Decree 32", |_| {}, "2024-05-01", Breached),
            ("the day before its founding", |_| {}, "2018-05-01", NotApplicable),
            ("the day of its founding", |_| {}, "2018-05-02", Breached),
            ("only planned", |site| site.status = Some(SiteStatus::Planned), NOW, NotApplicable),
            ("its stage is not known", |site| site.status = None, NOW, Unknown),
        ],
    );
}

#[test]
fn ten_hectares_are_the_least() {
    outcomes("CCN-AREA-MIN", &[("10", Met), ("9.9999", Breached), ("5", Breached)], |site| {
        site.land.is_craft_village_cluster = Some(false);
    });
}

#[test]
fn in_the_mountains_and_for_craft_villages_five_hectares_are_the_least() {
    let cases = [("4.9999", Breached), ("5", Met), ("9.9999", Met), ("10", NotApplicable)];
    outcomes("CCN-AREA-MIN-EXC", &cases, |_| {});
    outcomes("CCN-AREA-MIN-EXC", &cases, |site| {
        (site.land.is_craft_village_cluster, site.land.is_mountainous) = (None, Some(true));
    });
    outcomes("CCN-AREA-MIN-EXC", &[("4", NotApplicable), ("7", NotApplicable)], |site| {
        site.land.is_craft_village_cluster = Some(false);
    });
    outcomes("CCN-AREA-MIN", &[("4", NotApplicable), ("9.9999", NotApplicable), ("10", Met)], |_| {});
}

#[test]
fn between_the_minima_it_must_be_known_which_one_holds() {
    let mut site = of_area("7");
    site.land.is_craft_village_cluster = None;
    assert_eq!(lacks(&site, "CCN-AREA-MIN", NOW), ["is_craft_village_cluster"]);
    assert_eq!(lacks(&site, "CCN-AREA-MIN-EXC", NOW), ["is_craft_village_cluster"]);
    site.land.is_mountainous = None;
    assert_eq!(lacks(&site, "CCN-AREA-MIN", NOW), ["is_mountainous", "is_craft_village_cluster"]);
    site.land.area_ha = Some(dec("5"));
    assert_eq!(found(&site, "CCN-AREA-MIN", NOW).outcome, Unknown, "five hectares reach the smaller one");
    // Below both minima it does not matter.
    site.land.area_ha = Some(dec("4.9"));
    assert_eq!(found(&site, "CCN-AREA-MIN", NOW).outcome, Breached);
}

#[test]
fn a_small_cluster_from_before_the_minimum_is_legacy_and_no_breach() {
    let old = |founded_on: &str, area: &str, craft: bool| {
        let mut site = of_area(area);
        site.founded_on = Some(day(founded_on));
        site.land.is_craft_village_cluster = Some(craft);
        site
    };
    // Đại Yên has 1.4 ha. Decree 68/2017 is in force from 15 July 2017.
    let last_day = old("2017-07-14", "1.4", false);
    let found_on = |site: &SiteFacts, rule: &str| {
        let found = found(site, rule, NOW);
        (found.outcome, found.result)
    };
    let legacy = (NotApplicable, Some("legacy_below_minimum"));
    assert_eq!(found_on(&last_day, "CCN-AREA-MIN"), legacy);
    assert_eq!(found_on(&last_day, "CCN-LEGACY"), legacy);
    let first_day = old("2017-07-15", "1.4", false);
    assert_eq!(found_on(&first_day, "CCN-AREA-MIN"), (Breached, None));
    assert_eq!(found_on(&first_day, "CCN-LEGACY"), (NotApplicable, None));
    let craft = old("2017-07-14", "1.4", true);
    assert_eq!(found_on(&craft, "CCN-AREA-MIN-EXC"), legacy);
    assert_eq!(found_on(&craft, "CCN-LEGACY"), legacy);
    assert_eq!(found_on(&old("2017-07-14", "7", true), "CCN-AREA-MIN-EXC"), (Met, None));
    assert_eq!(found_on(&old("2017-07-14", "10", false), "CCN-LEGACY"), (NotApplicable, None));
}

#[test]
fn a_founding_year_decides_only_where_the_whole_year_lies_on_one_side() {
    let small = |year: Option<i32>| {
        let mut site = of_area("4");
        (site.founded_on, site.founded_year) = (None, year);
        site.milestones.clear();
        site.land.is_craft_village_cluster = Some(false);
        found(&site, "CCN-AREA-MIN", NOW)
    };
    assert_eq!(small(Some(2016)).result, Some("legacy_below_minimum"));
    assert_eq!(small(Some(2018)).outcome, Breached);
    for year in [Some(2017), None] {
        let found = small(year);
        assert_eq!((found.outcome, found.missing[0].field.as_str()), (Unknown, "established_on"), "{year:?}");
    }
}

#[test]
fn one_percent_beside_the_decision_is_looked_into_and_five_percent_is_a_contradiction() {
    // 40 ha: one percent are 0.4 ha, five percent 2 ha.
    let cases = [
        ("40.4", Met, None),
        ("39.6", Met, None),
        ("40.4001", NotApplicable, Some("boundary_differs")),
        ("39.5999", NotApplicable, Some("boundary_differs")),
        ("42", NotApplicable, Some("boundary_differs")),
        ("42.0001", NotApplicable, Some("boundary_contradicts")),
        ("37.9999", NotApplicable, Some("boundary_contradicts")),
    ];
    for (measured, outcome, result) in cases {
        let mut site = whole_cluster();
        site.land.measured_ha = Some(dec(measured));
        let found = found(&site, "CCN-BOUNDARY-AGREE", NOW);
        assert_eq!((found.outcome, found.result), (outcome, result), "{measured} ha");
    }
}

#[test]
fn a_drawn_or_missing_boundary_proves_nothing() {
    let mut site = whole_cluster();
    site.land.measured_ha = Some(dec("80"));
    site.land.is_drawn = true;
    assert_eq!(lacks(&site, "CCN-BOUNDARY-AGREE", NOW), ["geom"]);
    assert_eq!(found(&site, "CCN-AREA-MAX", NOW).outcome, Met);
    site.land.measured_ha = None;
    assert_eq!(lacks(&site, "CCN-BOUNDARY-AGREE", NOW), ["geom"]);
}

#[test]
fn an_area_that_its_surveyed_boundary_contradicts_decides_nothing() {
    let mut site = whole_cluster();
    site.land.measured_ha = Some(dec("42"));
    assert_eq!(found(&site, "CCN-AREA-MAX", NOW).outcome, Met, "five percent are no contradiction yet");
    site.land.measured_ha = Some(dec("42.0001"));
    for rule in ["CCN-AREA-MAX", "CCN-AREA-MIN", "CCN-AREA-MIN-EXC", "ENV-GREEN"] {
        assert_eq!(lacks(&site, rule, NOW), ["area_ha"], "{rule}");
    }
}
