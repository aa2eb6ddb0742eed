//! VIL-DEF, VIL-ENV, VIL-PLAN, VIL-DISCOURAGED, VIL-HH, VIL-CLASS-31.

use super::*;

#[test]
fn a_recognised_village_has_a_fifth_of_its_households_in_the_trade() {
    check(
        "VIL-DEF",
        &whole_village(),
        &[
            ("20 of 100", |site| site.village.households_in_trade = Some(20), NOW, Met),
            ("19 of 100", |site| site.village.households_in_trade = Some(19), NOW, Breached),
            ("more than there are", |site| site.village.households_in_trade = Some(101), NOW, Unknown),
            ("a negative count", |site| site.village.households_in_trade = Some(-1), NOW, Unknown),
            ("part not on record", |site| site.village.households_in_trade = None, NOW, Unknown),
            ("no households", |site| site.village.households = Some(0), NOW, Unknown),
            ("whole not on record", |site| site.village.households = None, NOW, Unknown),
            ("recognition not on record", |site| site.village.recognition = None, NOW, Unknown),
            ("faded", |site| site.village.recognition = Some("faded".to_owned()), NOW, NotApplicable),
            ("before the decree", |_| {}, "2018-05-31", Unknown),
            ("its first day", |_| {}, "2018-06-01", Met),
        ],
    );
    assert_eq!(found(&whole_cluster(), "VIL-DEF", NOW).outcome, NotApplicable);
    let mut site = whole_village();
    (site.village.households, site.village.trade_since_year) = (None, None);
    assert_eq!(lacks(&site, "VIL-DEF", NOW), ["households_total", "trade_since_year"]);
}

#[test]
fn its_trade_is_two_years_old_on_the_day() {
    let judged = |year: Option<i64>, as_of: &str| {
        let mut site = whole_village();
        site.village.trade_since_year = year;
        found(&site, "VIL-DEF", as_of).outcome
    };
    // A trade of 2023 began between 1 January and 31 December, so two years end between those days of 2025.
    assert_eq!(judged(Some(2023), "2024-12-31"), Breached);
    assert_eq!(judged(Some(2023), "2025-01-01"), Unknown);
    assert_eq!(judged(Some(2023), "2025-12-30"), Unknown);
    assert_eq!(judged(Some(2023), "2025-12-31"), Met);
    assert_eq!(judged(None, NOW), Unknown);
    assert_eq!(judged(Some(2026), NOW), Unknown, "a year of later says nothing");
    assert_eq!(judged(Some(i64::MAX), NOW), Unknown);
}

#[test]
fn a_traditional_trade_is_more_than_fifty_years_old() {
    let judged = |year: i64, as_of: &str| {
        let mut site = whole_village();
        site.village.recognition = Some("traditional_trade".to_owned());
        site.village.trade_since_year = Some(year);
        site.village.households_in_trade = None;
        found(&site, "VIL-DEF", as_of).outcome
    };
    assert_eq!(judged(1975, "2025-01-01"), Breached, "fifty years at most");
    assert_eq!(judged(1975, "2025-01-02"), Unknown);
    assert_eq!(judged(1975, "2025-12-31"), Unknown);
    assert_eq!(judged(1975, "2026-01-01"), Met);
    assert_eq!(judged(2000, NOW), Breached);
}

#[test]
fn a_village_has_plan_body_and_works() {
    check(
        "VIL-ENV",
        &whole_village(),
        &[
            ("all there", |_| {}, NOW, Met),
            ("plan not on record", |site| site.village.env_plan_approved_on = None, NOW, Unknown),
            ("plan of later", |site| site.village.env_plan_approved_on = Some(day("2026-01-01")), NOW, Unknown),
            ("no body", |site| site.village.has_self_management = Some(false), NOW, Breached),
            ("body not on record", |site| site.village.has_self_management = None, NOW, Unknown),
            ("no wastewater collection", |site| site.village.has_wastewater_collection = Some(false), NOW, Breached),
            ("wastewater not on record", |site| site.village.has_wastewater_collection = None, NOW, Unknown),
            ("no rainwater collection", |site| site.village.has_rainwater_collection = Some(false), NOW, Breached),
            ("rainwater not on record", |site| site.village.has_rainwater_collection = None, NOW, Unknown),
            ("no solid-waste point", |site| site.village.has_solid_waste_point = Some(false), NOW, Breached),
            ("solid waste not on record", |site| site.village.has_solid_waste_point = None, NOW, Unknown),
            ("before the law", |_| {}, "2021-12-31", Unknown),
        ],
    );
    assert_eq!(found(&whole_cluster(), "VIL-ENV", NOW).outcome, NotApplicable);
}

#[test]
fn central_treatment_counts_where_it_is_required_or_there() {
    let judged = |required: Option<bool>, status: StationStatus, cod: &str| {
        let mut site = whole_village();
        site.central_treatment_required = required;
        site.stations[0].status = Some(status);
        site.stations[0].samples[1] = sample("cod", cod, "mg/l", "2025-05-01");
        found(&site, "VIL-ENV", NOW).outcome
    };
    assert_eq!(judged(Some(true), StationStatus::None, "90"), Breached);
    assert_eq!(judged(Some(false), StationStatus::None, "90"), Met);
    assert_eq!(judged(None, StationStatus::None, "90"), Unknown);
    assert_eq!(judged(None, StationStatus::Operating, "90"), Met, "there is one, required or not");
    assert_eq!(judged(Some(false), StationStatus::Operating, "151"), Breached, "what discharges must be clean");
}

#[test]
fn the_environmental_plan_is_approved() {
    check(
        "VIL-PLAN",
        &whole_village(),
        &[
            ("approved", |_| {}, NOW, Met),
            ("approved on the day", |site| site.village.env_plan_approved_on = Some(day(NOW)), NOW, Met),
            ("approved later", |site| site.village.env_plan_approved_on = Some(day("2026-01-01")), NOW, Unknown),
            ("not on record", |site| site.village.env_plan_approved_on = None, NOW, Unknown),
            ("last day of the districts", |_| {}, "2025-06-30", Met),
            ("first day of the communes", |_| {}, "2025-07-01", Met),
            ("before the decree", |_| {}, "2022-01-09", Unknown),
        ],
    );
    assert_eq!(found(&whole_cluster(), "VIL-PLAN", NOW).outcome, NotApplicable);
    assert_eq!(found(&whole_village(), "VIL-PLAN", "2025-06-30").legal_basis.len(), 1);
}

#[test]
fn a_discouraged_trade_informs_and_counts_for_nothing() {
    let mut site = whole_village();
    site.village.is_discouraged_trade = Some(true);
    let notice = found(&site, "VIL-DISCOURAGED", NOW);
    assert_eq!((notice.outcome, notice.result), (NotApplicable, Some("discouraged_trade")));
    assert_eq!(assess_site(&standards(), &site, day(NOW)).detail_status, Status::Compliant);
    assert_eq!(found(&whole_village(), "VIL-DISCOURAGED", NOW).outcome, Met);
    site.village.is_discouraged_trade = None;
    assert_eq!(lacks(&site, "VIL-DISCOURAGED", NOW), ["is_discouraged_trade"]);
    assert_eq!(assess_site(&standards(), &site, day(NOW)).detail_status, Status::Compliant);
}

#[test]
fn every_household_with_wastewater_treats_it() {
    check(
        "VIL-HH",
        &whole_village(),
        &[
            ("10 of 10", |_| {}, NOW, Met),
            ("9 of 10", |site| site.village.households_treating = Some(9), NOW, Breached),
            ("11 of 10", |site| site.village.households_treating = Some(11), NOW, Unknown),
            ("a negative count", |site| site.village.households_treating = Some(-1), NOW, Unknown),
            ("part not on record", |site| site.village.households_treating = None, NOW, Unknown),
            ("whole not on record", |site| site.village.households_with_wastewater = None, NOW, Unknown),
            ("a negative whole", |site| site.village.households_with_wastewater = Some(-1), NOW, Unknown),
            ("none", |site| site.village.households_with_wastewater = Some(0), NOW, NotApplicable),
            ("before the law", |_| {}, "2021-12-31", Unknown),
            ("its first day", |_| {}, "2022-01-01", Met),
        ],
    );
    assert_eq!(found(&whole_cluster(), "VIL-HH", NOW).outcome, NotApplicable);
}

#[test]
fn the_class_of_each_medium_is_at_most_two_years_old() {
    check(
        "VIL-CLASS-31",
        &whole_village(),
        &[
            ("of the year before", |_| {}, NOW, Met),
            ("of two years before", |site| site.village.class_year = Some(2023), NOW, Met),
            ("of three years before", |site| site.village.class_year = Some(2022), NOW, Breached),
            (
                "three years, one medium missing",
                |site| {
                    (site.village.class_year, site.village.class_air) = (Some(2022), None);
                },
                NOW,
                Breached,
            ),
            ("of next year", |site| site.village.class_year = Some(2026), NOW, Unknown),
            ("year not on record", |site| site.village.class_year = None, NOW, Unknown),
            ("a medium not on record", |site| site.village.class_soil = None, NOW, Unknown),
            ("a medium not assessed", |site| site.village.class_air = Some(PollutionClass::Unknown), NOW, Unknown),
            ("a serious class is a class", |site| site.village.class_water = Some(PollutionClass::Serious), NOW, Met),
            ("before the circular", |_| {}, "2016-11-30", Unknown),
        ],
    );
    let mut site = whole_village();
    site.village.class_soil = None;
    assert_eq!(lacks(&site, "VIL-CLASS-31", NOW), ["pollution_class_soil"]);
}

#[test]
fn the_period_of_a_repealed_circular_is_advice() {
    let old = |as_of: &str| {
        let mut site = whole_village();
        site.village.class_year = Some(2018);
        let assessment = assess_site(&standards(), &site, day(as_of));
        let is_class = |rule: &&RuleAssessment| rule.rule == "VIL-CLASS-31";
        let counts = assessment.rules.iter().find(is_class).map(|rule| rule.outcome);
        (counts, assessment.advice.iter().find(is_class).map(|rule| rule.outcome))
    };
    assert_eq!(old("2022-01-09"), (Some(Breached), None), "last day of Circular 31/2016");
    assert_eq!(old("2022-01-10"), (None, Some(Breached)), "first day of Circular 02/2022");
}
