//! Infrastructure items, milestones and violations. A few milestones are facts; all the rest is made up.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike, Months, NaiveDate};
use geo::{Coord, LineString, Polygon};

use super::facts;
use super::place;
use super::plans::PlanState;
use super::rng::Rng;
use super::rows::{Row, day, declared};
use super::sites::{self, Site};
use super::stations::Station;
use super::{SampleError, Table};
use crate::domain::catalog::INFRASTRUCTURE_ITEM;

/// The first year whose clusters all fall under Decree 32/2024 (in force 2024-05-01), which asks for fire protection.
const FIRE_SINCE: i32 = 2025;

/// The collection `infrastructure_items`: the items of every cluster that is under way.
pub fn infrastructure(sites: &[Site], stations: &[Station<'_>]) -> Result<Table, SampleError> {
    let collection = declared("infrastructure_items")?;
    let station_of: HashMap<&str, &str> =
        stations.iter().map(|station| (station.site.id.as_str(), station.status.as_str())).collect();
    let mut drafts = Vec::new();
    for site in sites.iter().filter(|site| site.is_under_way()) {
        let mut rng = site.dice("infrastructure");
        let is_model = site.has_status(&["operating"]) && rng.chance(0.35);
        for item in INFRASTRUCTURE_ITEM {
            if item.code == "FIRE" && site.established_year.is_none_or(|year| year < FIRE_SINCE) {
                continue;
            }
            let status = match (item.code, station_of.get(site.id.as_str())) {
                ("WWTP", Some(station)) => works_of(station),
                _ if is_model => "complete",
                _ => rng.weighted(item_shares(site)).unwrap_or("unknown"),
            };
            let built_pct = match status {
                "complete" => Some(100.0),
                "partial" => Some(rng.between(20.0, 90.0).round()),
                "under_construction" => Some(rng.between(5.0, 80.0).round()),
                "planned" | "missing" => Some(0.0),
                _ => None,
            };
            let budgets = [("investor", 60), ("city", 15), ("commune", 25)];
            let id = format!("{}-{}", site.id, item.code.to_lowercase());
            drafts.push(
                site.name_in(Row::new(collection, id))
                    .made_up()
                    .with("item_code", item.code)
                    .with("status", status)
                    .with("fence_side", "inside")
                    .with("built_pct", built_pct)
                    .with("state_date", rng.date_between(day(2023, 1, 5), day(2026, 10, 1)))
                    .with("budget_level", rng.weighted(&budgets))
                    .draft()?,
            );
        }
    }
    Ok(Table { collection, drafts })
}

/// How far the works are, from the state of the station.
fn works_of(station: &str) -> &'static str {
    match station {
        "operating" | "trial" | "built_not_operating" => "complete",
        "unfinished" => "partial",
        "under_construction" => "under_construction",
        "planned" => "planned",
        "none" => "missing",
        _ => "unknown",
    }
}

fn item_shares(site: &Site) -> &'static [(&'static str, u32)] {
    match site.status.as_deref() {
        Some("operating") => {
            &[("complete", 66), ("partial", 18), ("under_construction", 5), ("missing", 6), ("unknown", 5)]
        }
        Some("established") => &[
            ("complete", 20),
            ("partial", 22),
            ("under_construction", 16),
            ("planned", 24),
            ("missing", 8),
            ("unknown", 10),
        ],
        _ => &[("complete", 6), ("partial", 28), ("under_construction", 44), ("planned", 16), ("unknown", 6)],
    }
}

/// The collection `milestones`: the facts, and made-up steps where none is known.
pub fn milestones(sites: &[Site]) -> Result<Table, SampleError> {
    let collection = declared("milestones")?;
    let mut drafts = Vec::new();
    let mut known = HashSet::new();
    let facts = facts::read(facts::MILESTONES)?;
    for fact in &facts {
        let (site, milestone) = (fact.required("site_id")?, fact.required("milestone")?);
        let again = if known.insert((site, milestone)) { "" } else { "-2" };
        drafts.push(
            Row::new(collection, format!("{site}-{milestone}{again}"))
                .facts(fact)
                .with("site_collection", "clusters")
                .with("is_demo", false)
                .draft()?,
        );
    }
    for site in sites.iter().filter(|site| site.is_under_way()) {
        for step in steps(site) {
            if known.contains(&(site.id.as_str(), step.milestone)) {
                continue;
            }
            drafts.push(
                site.name_in(Row::new(collection, format!("{}-{}", site.id, step.milestone)))
                    .made_up()
                    .with("milestone", step.milestone)
                    .with("planned_on", step.planned_on)
                    .with("actual_on", step.actual_on)
                    .with("land_handed_over_pct", step.land_handed_over_pct)
                    .with("decision", step.decision)
                    .draft()?,
            );
        }
    }
    Ok(Table { collection, drafts })
}

/// A made-up milestone.
struct Step {
    milestone: &'static str,
    planned_on: NaiveDate,
    actual_on: Option<NaiveDate>,
    land_handed_over_pct: Option<f64>,
    decision: Option<String>,
}

/// Made-up steps between what is known of the site, in the order in which they happen.
fn steps(site: &Site) -> [Step; 4] {
    let mut rng = site.dice("milestones");
    let founded = site.founded_on();
    let plan = PlanState::of(site);
    let mut step = |milestone, months: u32, happens: bool| {
        let planned_on = founded + Months::new(months);
        let actual_on = planned_on + Months::new(rng.below(9) as u32);
        let actual_on = Some(actual_on).filter(|actual| happens && *actual < day(2026, 10, 1));
        Step { milestone, planned_on, actual_on, land_handed_over_pct: None, decision: None }
    };
    let is_operating = site.has_status(&["operating"]);
    let is_begun = is_operating || site.construction_started_on.is_some() || site.dice("begun").chance(0.5);
    let approved = step("plan_approved", 8, true);
    let handed_over = step("land_handed_over", 16, true);
    let steps = [approved, handed_over, step("ground_broken", 28, is_begun), step("in_operation", 54, is_operating)];
    let pct = if is_operating && rng.chance(0.8) { 100.0 } else { rng.between(25.0, 100.0).round() };
    let [approved, handed_over, ground_broken, in_operation] = steps;
    [
        Step {
            actual_on: plan.as_ref().and_then(|plan| plan.approved_on),
            decision: plan.and_then(|plan| plan.decision),
            ..approved
        },
        Step { land_handed_over_pct: handed_over.actual_on.map(|_| pct), ..handed_over },
        ground_broken,
        in_operation,
    ]
}

/// The collection `violations`: points, and areas where ground is used or built on.
pub fn violations(sites: &[Site]) -> Result<Table, SampleError> {
    let collection = declared("violations")?;
    let mut drafts = Vec::new();
    for site in sites {
        let mut rng = site.dice("violations");
        let share = if site.is_cluster() { 0.42 } else { 0.08 };
        let is_open_to = site.centre.is_some() && (!site.is_cluster() || site.is_under_way());
        if !is_open_to || !rng.chance(share) {
            continue;
        }
        for number in 1..=1 + rng.below(2) {
            let row = site.name_in(Row::new(collection, format!("{}-violation-{number}", site.id))).made_up();
            drafts.push(violation(row, site, number, &mut rng)?.draft()?);
        }
    }
    Ok(Table { collection, drafts })
}

fn violation(row: Row, site: &Site, number: usize, rng: &mut Rng) -> Result<Row, SampleError> {
    const KINDS: [(&str, u32); 9] = [
        ("land_use", 12),
        ("illegal_construction", 16),
        ("effluent_exceedance", 20),
        ("no_connection", 14),
        ("storm_drain_discharge", 10),
        ("no_permit", 12),
        ("no_auto_monitoring", 8),
        ("schedule_delay", 6),
        ("other", 2),
    ];
    let kind = rng.weighted(&KINDS).unwrap_or("other");
    let is_ground = matches!(kind, "land_use" | "illegal_construction");
    let statuses = [("detected", 14), ("proposed", 14), ("decided", 22), ("remedied", 44), ("appealed", 6)];
    let status = rng.weighted(&statuses).unwrap_or("detected");
    let opened = rng.date_between(day(2023, 1, 10), day(2026, 9, 20));
    let closed =
        (status == "remedied").then(|| rng.date_between(opened, (opened + Months::new(10)).min(day(2026, 10, 25))));
    let is_decided = matches!(status, "decided" | "remedied" | "appealed");
    let place = site.nearby(rng);
    let shape = match place.filter(|_| is_ground && site.boundary.is_some()) {
        Some(at) => Some(place::to_lonlat(patch(at, rng))?),
        None => sites::point(place)?,
    };
    Ok(row
        .with("violation_kind", kind)
        .with("status", status)
        .with("opened_on", opened)
        .with("closed_on", closed)
        .with("legal_basis", (!is_ground && kind != "schedule_delay").then_some("Nghị định 45/2022/NĐ-CP"))
        .with(
            "decision_no",
            is_decided.then(|| format!("MH-{number}{:02}/QĐ-XPHC-{}", rng.below(90) + 10, opened.year())),
        )
        .with("fine_vnd", is_decided.then(|| (rng.between(15.0, 320.0)).round() * 1e6))
        .with("remedy", is_decided.then_some("Khắc phục, báo cáo kết quả (minh họa)"))
        .with("deadline_on", is_decided.then(|| opened + Months::new(6)))
        .with("found_by", "Đoàn kiểm tra minh họa")
        .with("position_precision_m", site.precision_m)
        .at(shape))
}

/// A small crooked piece of ground.
fn patch(at: Coord<f64>, rng: &mut Rng) -> Polygon<f64> {
    let (w, h) = (rng.between(12.0, 40.0), rng.between(10.0, 25.0));
    let turn = rng.between(0.0, std::f64::consts::TAU);
    let corners = [(-w, -h), (w, -h), (w, h), (-w, h)].map(|(x, y): (f64, f64)| {
        let (x, y) = (x * rng.between(0.8, 1.2), y * rng.between(0.8, 1.2));
        at + Coord { x: x * turn.cos() - y * turn.sin(), y: x * turn.sin() + y * turn.cos() }
    });
    Polygon::new(LineString(corners.to_vec()), Vec::new())
}
