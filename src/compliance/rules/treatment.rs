//! ENV-WWTP-TECH, ENV-CAP: how a central station is run and whether it is large enough (Decree 08/2022 Art. 48.4).

use chrono::{Months, NaiveDate};
use rust_decimal::Decimal;

use super::checklist::{self, Part};
use super::limits::{Must, shown};
use super::{Context, Finding, Rule, auto_monitoring};
use crate::compliance::evidence::{Evidence, Missing};
use crate::compliance::site::{StationFacts, StationStatus};

pub(super) const TECHNIQUE: Rule = Rule { id: "ENV-WWTP-TECH", check: technique };
pub(super) const CAPACITY: Rule = Rule { id: "ENV-CAP", check: capacity };

fn technique(context: &Context<'_>) -> Finding {
    if let Some(finding) = context.nothing_discharges() {
        return finding;
    }
    let months = match context.limit(TECHNIQUE.id, "log", context.known.as_of) {
        Ok(limit) => Months::new(u32::try_from(limit.value).unwrap_or(u32::MAX)),
        Err(finding) => return finding,
    };
    let stations = context.known.discharging().flat_map(|station| own_parts(context, station.facts, months));
    let monitoring =
        Part::rule(("quan trắc tự động, liên tục", "automatic monitoring"), context.other(&auto_monitoring::RULE));
    checklist::all(stations.chain(monitoring))
}

/// What is asked of each station by itself.
fn own_parts(context: &Context<'_>, station: &StationFacts, months: Months) -> Vec<Part> {
    let row = &station.row;
    let status = station.status.map(|status| status.as_str().to_owned());
    // A trial shows neither that it runs regularly nor that it does not.
    let regular = match station.status {
        Some(StationStatus::Operating) => Some(true),
        _ => None,
    };
    let log = station.operation_log_since.filter(|since| *since <= context.known.as_of);
    vec![
        Part::of(("vận hành thường xuyên", "regular operation"), regular, row, "status", status),
        Part::flag(
            ("công tơ điện độc lập", "electricity meter of its own"),
            row,
            "has_power_meter",
            station.has_power_meter,
        ),
        Part::flag(("xử lý bùn thải", "sludge handled"), row, "is_sludge_handled", station.is_sludge_handled),
        Part::of(
            ("nhật ký vận hành", "operation log"),
            log.and_then(|since| log_covers(context, station, months, since)),
            row,
            if log.is_some() && station.commissioned_on.is_none() { "commissioned_on" } else { "operation_log_since" },
            log.map(|since| since.to_string()),
        ),
        Part::of(
            ("tiêu chuẩn nước thải đầu vào", "inlet standard"),
            station.inlet_standard.as_ref().map(|_| true),
            row,
            "inlet_standard",
            station.inlet_standard.clone(),
        ),
    ]
}

/// Whether the log reaches back over the months for which it is to be kept: not before the station ran, nor before the
/// text that asks for it.
fn log_covers(context: &Context<'_>, station: &StationFacts, months: Months, since: NaiveDate) -> Option<bool> {
    let in_force = context.bases.iter().filter_map(|basis| basis.basis.from).min();
    let back = context.known.as_of.checked_sub_months(months);
    if back.max(in_force).is_none_or(|from| since <= from) {
        return Some(true);
    }
    station.commissioned_on.map(|ran| since <= ran)
}

fn capacity(context: &Context<'_>) -> Finding {
    if let Some(finding) = context.nothing_discharges() {
        return finding;
    }
    let limit = match context.limit(CAPACITY.id, "utilisation", context.known.as_of) {
        Ok(limit) => limit,
        Err(finding) => return finding,
    };
    let positive = |value: Option<Decimal>| value.filter(|value| *value > Decimal::ZERO);
    let site = &context.known.site;
    let generated = site.environment.wastewater_m3_day.filter(|value| *value >= Decimal::ZERO);
    let (mut sure, mut is_whole, mut overloaded) = (Decimal::ZERO, true, false);
    let (mut evidence, mut missing) = (Vec::new(), Vec::new());
    for station in context.known.discharging().map(|station| station.facts) {
        let Some(capacity) = positive(station.capacity_m3_day) else {
            is_whole = false;
            missing.push(Missing::field(&station.row, "capacity_m3_day"));
            continue;
        };
        evidence.push(Evidence {
            unit: Some("m3/d".to_owned()),
            ..Evidence::of(&station.row, "capacity_m3_day", Some(&shown(capacity)))
        });
        let inflow = station.inflow_m3_day.filter(|inflow| *inflow >= Decimal::ZERO);
        let used = inflow.and_then(|inflow| inflow.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(capacity));
        if let Some(used) = used {
            evidence.push(Evidence::against(&station.row, "inflow_m3_day", used, Must::NotExceed, limit));
        }
        match station.runs() {
            Some(true) => {
                overloaded |= used.is_some_and(|used| !Must::NotExceed.holds(used, limit.value));
                sure = sure.checked_add(capacity).unwrap_or(Decimal::MAX);
            }
            _ => {
                is_whole = false;
                missing.push(Missing::field(&station.row, "status"));
            }
        }
    }
    if let Some(generated) = generated {
        let evidence_of = Evidence {
            unit: Some("m3/d".to_owned()),
            ..Evidence::of(&site.row, "wastewater_m3_day", Some(&shown(generated)))
        };
        // The sum stands beside it only where it is one.
        evidence.push(if is_whole { evidence_of.allowed(&format!("≤ {}", shown(sure))) } else { evidence_of });
    }
    if overloaded {
        Finding::breached("Lưu lượng vào vượt công suất trạm.", "A station takes in more than its capacity.")
    } else {
        match generated {
            Some(generated) if generated <= sure => {
                Finding::met("Công suất đủ cho lượng nước thải phát sinh.", "The capacity covers the wastewater.")
            }
            Some(_) if is_whole => Finding::breached(
                "Công suất nhỏ hơn lượng nước thải phát sinh.",
                "The capacity is below the wastewater generated.",
            ),
            Some(_) => {
                Finding::unknown("Chưa rõ tổng công suất các trạm.", "The capacity of all stations is not on record.")
                    .lacking(missing)
            }
            None => Finding::not_on_record(&site.row, "wastewater_m3_day").lacking(missing),
        }
    }
    .with(evidence)
}
