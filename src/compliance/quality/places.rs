//! Areas, parts and wholes, and plans that lie on each other.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Check, FaultKind, Weight};
use crate::compliance::evidence::number_vi;
use crate::compliance::site::{Known, PlanFacts, PlanStatus, SiteFacts};

pub(super) fn check(check: &mut Check<'_>) {
    areas(check);
    parts(check);
    quantities(check);
    plans(check);
}

/// The area of the decision against that of a boundary that was surveyed: a drawn one proves nothing.
fn areas(check: &mut Check<'_>) {
    let land = &check.site.land;
    let measured = land.measured_ha.filter(|_| !land.is_drawn);
    let Some((stated, measured)) = land.area_ha.filter(|area| *area > Decimal::ZERO).zip(measured) else { return };
    let difference = (measured - stated).abs().checked_mul(Decimal::ONE_HUNDRED);
    let Some(difference) = difference.and_then(|difference| difference.checked_div(stated)) else { return };
    let beyond = |name| {
        let limit = check.standards.rule_limit("CCN-BOUNDARY-AGREE", name, check.as_of);
        limit.is_some_and(|limit| difference > limit.value)
    };
    let severity = if beyond("error") {
        Weight::Error
    } else if beyond("warning") {
        Weight::Warning
    } else {
        return;
    };
    let [stated, measured, difference] =
        [stated, measured, difference].map(|number| number.round_dp(2).normalize().to_string());
    let vi = [&stated, &measured, &difference].map(|number| number_vi(number));
    check.find(
        FaultKind::AreaDisagrees,
        severity,
        &check.site.row,
        "area_ha",
        format!("Diện tích ghi {} ha, đo theo ranh giới {} ha: lệch {} %.", vi[0], vi[1], vi[2]),
        format!("{stated} ha on record, {measured} ha by the boundary: {difference} % apart."),
    );
}

fn parts(check: &mut Check<'_>) {
    let site = check.site;
    let (land, environment, village) = (&site.land, &site.environment, &site.village);
    let count = |number: Option<i64>| number.map(Decimal::from);
    let pairs = [
        ("leased_industrial_ha", land.leased_industrial_ha, "industrial_ha", land.industrial_ha),
        ("craft_industrial_ha", land.craft_industrial_ha, "industrial_ha", land.industrial_ha),
        ("industrial_ha", land.industrial_ha, "area_ha", land.area_ha),
        ("green_ha", land.green_ha, "area_ha", land.area_ha),
        ("land_cleared_ha", land.cleared_ha, "land_required_ha", land.required_ha),
        (
            "establishments_connected",
            count(environment.establishments_connected),
            "establishments_total",
            count(environment.establishments),
        ),
        (
            "establishments_exempt",
            count(environment.establishments_exempt),
            "establishments_total",
            count(environment.establishments),
        ),
        ("households_in_trade", count(village.households_in_trade), "households_total", count(village.households)),
        (
            "households_treating",
            count(village.households_treating),
            "households_with_wastewater",
            count(village.households_with_wastewater),
        ),
    ];
    for (part, part_value, whole, whole_value) in pairs {
        if let Some((small, large)) = part_value.zip(whole_value).filter(|(part, whole)| part > whole) {
            let [small, large] = [small, large].map(|number| number.normalize().to_string());
            check.find(
                FaultKind::PartAboveWhole,
                Weight::Error,
                &site.row,
                part,
                format!("{part} = {} lớn hơn {whole} = {}.", number_vi(&small), number_vi(&large)),
                format!("{part} = {small} is more than {whole} = {large}."),
            );
        }
    }
}

fn quantities(check: &mut Check<'_>) {
    let site = check.site;
    let land = &site.land;
    let count = |number: Option<i64>| number.map(Decimal::from);
    let own = [
        ("area_ha", land.area_ha),
        ("industrial_ha", land.industrial_ha),
        ("leased_industrial_ha", land.leased_industrial_ha),
        ("craft_industrial_ha", land.craft_industrial_ha),
        ("green_ha", land.green_ha),
        ("land_required_ha", land.required_ha),
        ("land_cleared_ha", land.cleared_ha),
        ("resident_households", count(land.resident_households)),
        ("wastewater_m3_day", site.environment.wastewater_m3_day),
        ("env_staff", count(site.environment.staff)),
        ("establishments_total", count(site.environment.establishments)),
        ("establishments_exempt", count(site.environment.establishments_exempt)),
        ("establishments_connected", count(site.environment.establishments_connected)),
        ("households_total", count(site.village.households)),
        ("households_in_trade", count(site.village.households_in_trade)),
        ("households_with_wastewater", count(site.village.households_with_wastewater)),
        ("households_treating", count(site.village.households_treating)),
    ];
    for (field, value) in own {
        check.not_negative(&site.row, field, value);
    }
    check.up_to_hundred(&site.row, "investor_score", land.investor_score);
    for station in &site.stations {
        let of_station = [
            ("capacity_m3_day", station.capacity_m3_day),
            ("inflow_m3_day", station.inflow_m3_day),
            ("f_m3_day_permit", station.discharge.f_m3_day_permit),
            ("q_m3s", station.discharge.q_m3s),
            ("v_1e6_m3", station.discharge.v_1e6_m3),
            ("nearest_housing_m", station.nearest_housing_m),
        ];
        for (field, value) in of_station {
            check.not_negative(&station.row, field, value);
        }
    }
    for item in &site.infrastructure {
        check.up_to_hundred(&item.row, "built_pct", item.built_pct);
        check.not_negative(&item.row, "cost_vnd", item.cost_vnd);
    }
    for step in &site.milestones {
        check.up_to_hundred(&step.row, "land_handed_over_pct", step.land_handed_over_pct);
        check.up_to_hundred(&step.row, "fill_pct", step.fill_pct);
        check.not_negative(&step.row, "unleased_ha", step.unleased_ha);
    }
    for violation in &site.violations {
        check.not_negative(&violation.row, "fine_vnd", violation.fine_vnd);
    }
}

/// Plans of a site that are approved on a day and not replaced.
pub(super) fn approved_plans(site: &SiteFacts, as_of: NaiveDate) -> Vec<&PlanFacts> {
    let is_replaced = |plan: &PlanFacts| plan.is_superseded(as_of);
    let plans = Known::on(site, as_of).plans.into_iter();
    let approved = plans.filter(|(_, status)| *status == Some(PlanStatus::Approved));
    approved.map(|(plan, _)| plan).filter(|plan| !is_replaced(plan)).collect()
}

/// Approved plans that share ground, each pair once.
fn plans(check: &mut Check<'_>) {
    for plan in approved_plans(check.site, check.as_of) {
        for (other, shared) in &plan.overlaps {
            // The other plan's site meets this pair again; the smaller id tells.
            if plan.row.id < *other && check.approved.contains(other.as_str()) {
                let shared = shared.normalize().to_string();
                check.find(
                    FaultKind::PlansOverlap,
                    Weight::Error,
                    &plan.row,
                    "geom",
                    format!("Cùng phủ {shared} m² đất với quy hoạch đã duyệt {other}."),
                    format!("Covers {shared} m² of the same ground as the approved plan {other}."),
                );
            }
        }
    }
}
