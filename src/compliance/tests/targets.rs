//! The targets of the city's plans, each worked out by hand.

use super::super::city_plan::TargetCode;
use super::super::site::{InfrastructureFacts, ItemStatus, MilestoneFacts, MilestoneKind, Permit};
use super::super::targets::{GroupBy, Tally, Target, Unit, plan_years, targets};
use super::super::{Review, ReviewedSite};
use super::*;

pub(super) fn review(as_of: &str, sites: impl IntoIterator<Item = SiteFacts>) -> Review {
    let (standards, as_of) = (standards(), day(as_of));
    let sites = sites.into_iter().map(|facts| {
        let assessment = assess_site(&standards, &facts, as_of).into();
        ((facts.collection, facts.row.id.clone()), ReviewedSite { facts: facts.into(), assessment })
    });
    Review { as_of, sites: sites.collect() }
}

pub(super) fn cluster(id: &str, status: SiteStatus) -> SiteFacts {
    SiteFacts { status: Some(status), ..SiteFacts::new(SiteCollection::Clusters, row("clusters", id)) }
}

pub(super) fn step(id: &str, kind: MilestoneKind, reached_on: &str) -> MilestoneFacts {
    MilestoneFacts {
        row: row("milestones", id),
        kind: Some(kind),
        reached_on: Some(day(reached_on)),
        ..MilestoneFacts::default()
    }
}

pub(super) fn item(id: &str, code: &str, status: ItemStatus) -> InfrastructureFacts {
    InfrastructureFacts {
        row: row("infrastructure_items", id),
        item_code: code.to_owned(),
        status: Some(status),
        status_date: Some(day("2023-01-01")),
        ..InfrastructureFacts::default()
    }
}

/// All thirteen counted items in one state.
fn items(status: ItemStatus) -> Vec<InfrastructureFacts> {
    let standards = standards();
    let counted = standards.infrastructure.iter().filter(|item| item.counted);
    let all: Vec<_> = counted.map(|counted| item(&counted.code, &counted.code, status)).collect();
    assert_eq!(all.len(), 13);
    all
}

fn target(review: &Review, plan_year: Option<i32>, code: TargetCode) -> Target {
    let all = targets(&standards(), review, plan_year, None);
    all.into_iter().find(|target| target.code == code).unwrap()
}

fn ids(tally: &Tally) -> [String; 3] {
    [tally.met.join(","), tally.not_met.join(","), tally.unknown.join(",")]
}

#[test]
fn without_clusters_nothing_can_be_said_and_no_count_is_reached() {
    let none = review("2023-06-30", []);
    for code in [TargetCode::T1, TargetCode::T4, TargetCode::T5] {
        let share = target(&none, None, code);
        assert_eq!((share.tally.denominator(), share.tally.value(Unit::Percent), share.met), (0, None, None));
    }
    for code in [TargetCode::T2, TargetCode::T3] {
        assert_eq!(target(&none, None, code).met, None, "half of the year is left");
        assert_eq!(target(&review("2023-12-31", []), None, code).met, Some(false), "the year is over");
    }
}

#[test]
fn a_cluster_of_which_only_the_id_is_on_record_is_unknown_in_every_target_that_it_may_concern() {
    let bare = SiteFacts::new(SiteCollection::Clusters, row("clusters", "c"));
    let found = review("2023-12-31", [bare]);
    for code in [TargetCode::T1, TargetCode::T2, TargetCode::T3, TargetCode::T4, TargetCode::T5] {
        let target = target(&found, None, code);
        assert_eq!(ids(&target.tally), ["", "", "c"], "{code:?}");
        assert_ne!(target.met, Some(true), "{code:?}");
    }
}

#[test]
fn villages_are_no_clusters() {
    assert!(
        targets(&standards(), &review("2023-12-31", [village()]), None, None)
            .iter()
            .all(|t| t.tally.denominator() == 0)
    );
}

#[test]
fn infrastructure_is_complete_when_every_counted_item_is_and_one_unknown_item_leaves_it_open() {
    let site = |id: &str, change: &dyn Fn(&mut Vec<InfrastructureFacts>)| {
        let mut infrastructure = items(ItemStatus::Complete);
        change(&mut infrastructure);
        SiteFacts { infrastructure, ..cluster(id, SiteStatus::Operating) }
    };
    let mut newer = item("road-2", "ROAD", ItemStatus::Complete);
    newer.status_date = Some(day("2023-05-01"));
    let found = review(
        "2023-06-30",
        [
            site("all", &|_| {}),
            site("none-needed", &|items| items[0].status = Some(ItemStatus::NotRequired)),
            site("one-missing", &|items| items[0].status = Some(ItemStatus::Partial)),
            site("one-unknown", &|items| items[0].status = Some(ItemStatus::Unknown)),
            site("one-without-row", &|items| drop(items.remove(12))),
            site("missing-and-unknown", &|items| {
                items[0].status = Some(ItemStatus::Missing);
                items[1].status = None;
            }),
            site("completed-since", &|items| {
                items[0].status = Some(ItemStatus::Partial);
                items.push(newer.clone());
            }),
            SiteFacts {
                infrastructure: items(ItemStatus::Missing),
                ..cluster("not-operating", SiteStatus::Established)
            },
        ],
    );
    let t1 = target(&found, None, TargetCode::T1);
    assert_eq!(
        ids(&t1.tally),
        ["all,completed-since,none-needed", "missing-and-unknown,one-missing", "one-unknown,one-without-row"]
    );
    // 3 of 7 are 42.857142… %; 5 of 7 if both unknown ones turn out complete.
    assert_eq!(t1.tally.value(Unit::Percent), Some(dec("42.8571")));
    assert_eq!(t1.tally.interval(Unit::Percent), Some((dec("42.8571"), dec("71.4286"))));
    assert_eq!(t1.met, Some(false), "100 % is out of reach whatever the unknown ones are");
}

#[test]
fn ground_breaking_counts_in_the_plans_year_among_clusters_founded_in_its_years() {
    let founded = |id: &str, status, year: i32, broken: Option<&str>| SiteFacts {
        founded_year: Some(year),
        milestones: broken.map(|on| step(&format!("{id}-g"), MilestoneKind::GroundBroken, on)).into_iter().collect(),
        ..cluster(id, status)
    };
    use SiteStatus::{Established, Operating, UnderConstruction};
    let sites = || {
        [
            founded("broken", UnderConstruction, 2019, Some("2023-09-06")),
            founded("first-day", UnderConstruction, 2018, Some("2023-01-01")),
            founded("before", UnderConstruction, 2018, Some("2022-12-31")),
            founded("later", UnderConstruction, 2020, Some("2024-01-01")),
            founded("waiting", Established, 2020, None),
            founded("too-old", UnderConstruction, 2017, Some("2023-05-05")),
            founded("too-young", UnderConstruction, 2021, Some("2023-05-05")),
            founded("some-day", UnderConstruction, 2019, None),
            founded("long-at-work", Operating, 2019, None),
            SiteFacts { founded_year: None, ..founded("when-founded", UnderConstruction, 2019, Some("2023-05-05")) },
            SiteFacts { founded_year: None, ..founded("not-begun", Established, 2019, None) },
        ]
    };
    let year = target(&review("2023-12-31", sites()), None, TargetCode::T2);
    assert_eq!(ids(&year.tally), ["broken,first-day", "later,waiting", "long-at-work,some-day,when-founded"]);
    assert_eq!(year.tally.interval(Unit::Count), Some((dec("2"), dec("5"))));
    assert_eq!((year.goal.min, year.goal.max, year.met), (Some(dec("10")), Some(dec("20")), Some(false)));
    // Before 6 September one has begun, and the year could still bring ten.
    let summer = target(&review("2023-06-30", sites()), None, TargetCode::T2);
    assert_eq!((ids(&summer.tally)[0].as_str(), summer.met), ("first-day", None));
    // Asked a year later, the plan of 2023 still counts what happened in 2023.
    let after = target(&review("2024-12-31", sites()), Some(2023), TargetCode::T2);
    assert_eq!(ids(&after.tally), ids(&year.tally));
    assert!(!after.plan.is_current);
}

#[test]
fn a_cluster_that_worked_before_the_year_was_begun_before_it() {
    let site = SiteFacts {
        founded_year: Some(2018),
        milestones: vec![step("o", MilestoneKind::InOperation, "2022-03-01")],
        ..cluster("c", SiteStatus::Operating)
    };
    assert_eq!(ids(&target(&review("2023-12-31", [site]), None, TargetCode::T2).tally), ["", "", ""]);
}

#[test]
fn a_count_is_reached_as_soon_as_the_least_is() {
    let site = |n: i32| SiteFacts {
        founded_on: Some(day("2023-02-01")),
        ..cluster(&format!("c{n}"), SiteStatus::Established)
    };
    // The plan of 2023 wants 5 to 10 decisions.
    let met = |count| target(&review("2023-03-01", (0..count).map(site)), None, TargetCode::T3).met;
    assert_eq!((met(4), met(5), met(11)), (None, Some(true), Some(true)));
}

#[test]
fn decisions_to_found_and_to_expand_count_once_for_each_cluster() {
    use SiteStatus::{Established, Operating, Planned};
    let with = |id: &str, status, steps: Vec<MilestoneFacts>| SiteFacts { milestones: steps, ..cluster(id, status) };
    let undated = MilestoneFacts { reached_on: None, ..step("u", MilestoneKind::Expanded, "2023-01-01") };
    let planned = MilestoneFacts { planned_on: Some(day("2024-01-01")), ..undated.clone() };
    let founded = |id: &str, year: i32| SiteFacts { founded_year: Some(year), ..cluster(id, Established) };
    let sites = || {
        [
            with("founded", Established, vec![step("a", MilestoneKind::Founded, "2023-03-11")]),
            SiteFacts { founded_on: Some(day("2023-03-11")), ..founded("own-row", 2023) },
            SiteFacts {
                milestones: vec![step("b", MilestoneKind::Expanded, "2023-07-01")],
                ..founded("expanded", 2010)
            },
            SiteFacts {
                founded_on: Some(day("2023-01-05")),
                milestones: vec![step("c", MilestoneKind::Expanded, "2023-07-01")],
                ..cluster("both", Operating)
            },
            founded("year-only", 2023),
            founded("before", 2022),
            founded("after", 2025),
            SiteFacts { milestones: vec![undated.clone()], ..founded("expanded-some-day", 2010) },
            SiteFacts { milestones: vec![planned.clone()], ..founded("to-be-expanded", 2010) },
            cluster("proposed", Planned),
            SiteFacts {
                land: super::super::site::LandFacts { in_provincial_scheme: Some(false), ..Default::default() },
                ..cluster("not-in-the-scheme", Planned)
            },
            cluster("undated", Established),
            SiteFacts { construction_started_on: Some(day("2019-01-01")), ..cluster("undated-but-older", Operating) },
        ]
    };
    let t3 = target(&review("2023-12-31", sites()), None, TargetCode::T3);
    assert_eq!(
        ids(&t3.tally),
        ["both,expanded,founded,own-row,year-only", "after,proposed", "expanded-some-day,undated"]
    );
    // In June it is not known whether the cluster founded some day of 2023 was founded already.
    let june = target(&review("2023-06-30", sites()), None, TargetCode::T3);
    assert_eq!(ids(&june.tally)[0], "both,founded,own-row");
    assert_eq!(ids(&june.tally)[2], "expanded-some-day,undated,year-only");
}

/// An operating cluster with a station of a state, its samples of a COD (Cmax 150 mg/l).
fn with_station(id: &str, status: StationStatus, cod: &[(&str, &str)]) -> SiteFacts {
    let mut station = station(status);
    station.row.id = format!("{id}-s");
    station.samples =
        cod.iter().flat_map(|(value, on)| [sample("cod", value, "mg/l", on), sample("ph", "7", "-", on)]).collect();
    SiteFacts { stations: vec![station], ..cluster(id, SiteStatus::Operating) }
}

#[test]
fn a_station_is_one_thing_and_complying_another() {
    use StationStatus::{BuiltNotOperating, Operating, Planned, Trial, Unknown};
    let sites = [
        with_station("complies", Operating, &[("151", "2023-01-01"), ("150", "2023-03-01")]),
        with_station("exceeds", Operating, &[("90", "2023-01-01"), ("151", "2023-03-01")]),
        with_station("not-sampled", Operating, &[]),
        with_station("on-trial", Trial, &[("90", "2023-03-01")]),
        with_station("stands-still", BuiltNotOperating, &[("90", "2023-03-01")]),
        with_station("only-planned", Planned, &[]),
        with_station("nobody-knows", Unknown, &[("90", "2023-03-01")]),
        cluster("no-row", SiteStatus::Operating),
        cluster("not-operating", SiteStatus::Established),
    ];
    let t5 = target(&review("2023-06-30", sites), None, TargetCode::T5);
    assert_eq!(
        ids(&t5.tally),
        ["complies", "exceeds,only-planned,stands-still", "no-row,nobody-knows,not-sampled,on-trial"]
    );
    assert_eq!(t5.also.len(), 1);
    let built = &t5.also[0];
    assert_eq!(
        (built.name, ids(&built.tally)),
        (
            "has_station",
            [
                "complies,exceeds,not-sampled,on-trial,stands-still".to_owned(),
                "only-planned".to_owned(),
                "no-row,nobody-knows".to_owned()
            ]
        )
    );
    // 1 of 8; 5 of 8 at the most.
    assert_eq!(t5.tally.interval(Unit::Percent), Some((dec("12.5"), dec("62.5"))));
}

#[test]
fn a_sample_taken_after_the_day_does_not_count_on_it() {
    let site = with_station("c", StationStatus::Operating, &[("90", "2023-03-01"), ("151", "2023-09-01")]);
    let on = |day| ids(&target(&review(day, [site.clone()]), Some(2023), TargetCode::T5).tally);
    assert_eq!(on("2023-08-31"), ["c", "", ""]);
    assert_eq!(on("2023-09-01"), ["", "c", ""]);
}

#[test]
fn new_clusters_are_those_begun_or_completed_in_the_year() {
    use MilestoneKind::{ConstructionCompleted, GroundBroken};
    let with = |site: SiteFacts, kind, on: &str| SiteFacts { milestones: vec![step("g", kind, on)], ..site };
    let begun = |id: &str, status, permit| {
        let mut site = with_station(id, status, &[]);
        site.stations[0].permit = Permit { status: permit, issued_on: Some(day("2023-02-01")), ..Permit::default() };
        SiteFacts { status: Some(SiteStatus::UnderConstruction), ..with(site, GroundBroken, "2023-04-01") }
    };
    let sites = [
        with(
            with_station("finished", StationStatus::Operating, &[("90", "2023-05-01")]),
            ConstructionCompleted,
            "2023-02-01",
        ),
        begun("designed", StationStatus::Planned, Some(PermitStatus::Granted)),
        begun("not-permitted", StationStatus::UnderConstruction, Some(PermitStatus::None)),
        begun("permit-unknown", StationStatus::Planned, None),
        with(cluster("older", SiteStatus::Operating), GroundBroken, "2015-01-01"),
        cluster("operating-without-dates", SiteStatus::Operating),
        cluster("some-day", SiteStatus::UnderConstruction),
        cluster("not-begun", SiteStatus::Established),
    ];
    let t4 = target(&review("2023-06-30", sites), None, TargetCode::T4);
    assert_eq!(ids(&t4.tally), ["finished", "designed,not-permitted,permit-unknown", "some-day"]);
    let designed = t4.also.iter().find(|also| also.name == "designed").unwrap();
    assert_eq!(ids(&designed.tally), ["designed", "not-permitted", "permit-unknown,some-day"]);
}

#[test]
fn completing_is_counted_beside_starting_where_the_plan_states_it() {
    let site = |id: &str, status, started: &str, completed: Option<&str>| SiteFacts {
        construction_started_on: Some(day(started)),
        milestones: completed.map(|on| step(id, MilestoneKind::ConstructionCompleted, on)).into_iter().collect(),
        ..cluster(id, status)
    };
    use SiteStatus::{Operating, UnderConstruction};
    // The plan of 2026 wants 26 completed of those begun 2021–2025.
    let sites = [
        site("done", UnderConstruction, "2021-01-01", Some("2026-03-01")),
        site("under-way", UnderConstruction, "2025-12-31", None),
        site("done-before", Operating, "2022-01-01", Some("2025-12-31")),
        site("begun-before", UnderConstruction, "2020-12-31", Some("2026-03-01")),
        site("works-without-date", Operating, "2022-01-01", None),
    ];
    let t2 = target(&review("2026-11-25", sites), None, TargetCode::T2);
    assert_eq!((t2.goal.min, t2.met), (None, None), "the plan of 2026 states no number of starts");
    let completed = &t2.also[0];
    assert_eq!((completed.name, completed.goal.min), ("completed", Some(dec("26"))));
    assert_eq!(ids(&completed.tally), ["done", "under-way", "works-without-date"]);
    assert!(target(&review("2023-06-30", []), None, TargetCode::T2).also.is_empty(), "the plan of 2023 states none");
}

#[test]
fn the_plan_is_that_of_the_year_or_of_the_newest_earlier_year() {
    assert_eq!(plan_years(&standards()), [2021, 2022, 2023, 2025, 2026]);
    let plan = |as_of: &str, wanted| {
        let plan = target(&review(as_of, []), wanted, TargetCode::T3).plan;
        (plan.year, plan.number, plan.is_current)
    };
    let plan_97 = Some("97/KH-UBND".to_owned());
    assert_eq!(plan("2023-01-01", None), (Some(2023), plan_97.clone(), true));
    assert_eq!(plan("2024-06-30", None), (Some(2023), plan_97.clone(), false), "none is held for 2024");
    assert_eq!(plan("2026-11-25", None), (Some(2026), Some("305/KH-UBND".to_owned()), true));
    assert_eq!(plan("2026-11-25", Some(2023)), (Some(2023), plan_97, false));
    assert_eq!(plan("2020-12-31", None), (None, None, false));
    assert_eq!(plan("2026-11-25", Some(2024)), (None, None, false));
    // What a plan does not state has no goal and is neither reached nor missed.
    let t5 = target(&review("2026-11-25", [with_station("c", StationStatus::Planned, &[])]), None, TargetCode::T5);
    assert_eq!((t5.goal.min, t5.met, t5.tally.denominator()), (None, None, 1));
}

#[test]
fn groups_are_districts_until_june_2025_and_communes_from_july_on() {
    use super::super::site::AdminUnits;
    let site = |id: &str, district: Option<&str>, commune: &str, code: &str| SiteFacts {
        units: AdminUnits {
            district_legacy: district.map(str::to_owned),
            commune: Some(commune.to_owned()),
            commune_code: Some(code.to_owned()),
            commune_legacy: Some("An".to_owned()),
        },
        investor: (id == "a").then(|| "CTCP A".to_owned()),
        founded_year: (id != "c").then_some(2018),
        ..cluster(id, SiteStatus::Operating)
    };
    let sites = || {
        [
            site("a", Some("Quốc Oai"), "Xã Bình Minh, Xã Quảng Bị", "10126,10072"),
            site("b", Some("Ba Vì"), "Xã Quảng Bị", "10072"),
            site("c", None, "Xã Bình Minh, Xã Quảng Bị", "10126,10072"),
        ]
    };
    let groups = |as_of: &str, by| {
        let all = targets(&standards(), &review(as_of, sites()), None, Some(by));
        let t5 = all.into_iter().find(|target| target.code == TargetCode::T5).unwrap();
        let sum: usize = t5.groups.iter().map(|group| group.tally.denominator()).sum();
        assert_eq!(sum, t5.tally.denominator(), "each cluster is in one group");
        t5.groups.into_iter().map(|group| (group.key, group.tally.unknown.join(","))).collect::<Vec<_>>()
    };
    let pairs =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
    assert_eq!(groups("2025-06-30", GroupBy::District), pairs(&[("", "c"), ("Ba Vì", "b"), ("Quốc Oai", "a")]));
    let communes = pairs(&[("10126,10072", "a,c"), ("10072", "b")]);
    assert_eq!(groups("2025-07-01", GroupBy::District), communes);
    assert_eq!(groups("2025-07-01", GroupBy::Commune), communes);
    assert_eq!(
        groups("2025-06-30", GroupBy::Commune),
        pairs(&[("An", "c"), ("An (Ba Vì)", "b"), ("An (Quốc Oai)", "a")]),
        "communes of different districts share names"
    );
    assert_eq!(groups("2025-06-30", GroupBy::Investor), pairs(&[("", "b,c"), ("CTCP A", "a")]));
    assert_eq!(groups("2025-06-30", GroupBy::Year), pairs(&[("", "c"), ("2018", "a,b")]));
}
