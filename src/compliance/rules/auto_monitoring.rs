//! ENV-AUTO: automatic continuous wastewater monitoring is connected to the department.

use chrono::NaiveDate;

use super::{Context, Finding, Rule};
use crate::compliance::evidence::{Evidence, Missing};
use crate::compliance::site::{AutoMonitoringStatus, StationFacts};

pub(super) const RULE: Rule = Rule { id: "ENV-AUTO", check };

fn check(context: &Context<'_>) -> Finding {
    context.nothing_discharges().unwrap_or_else(|| judge(context))
}

fn judge(context: &Context<'_>) -> Finding {
    let as_of = context.known.as_of;
    let states: Vec<_> =
        context.known.discharging().map(|station| (station, connected_on(station.facts, as_of))).collect();
    let evidence = states.iter().map(|(station, _)| {
        let status = station.facts.auto_monitoring_status.map(|status| status.as_str());
        Evidence::of(&station.facts.row, "auto_monitoring_status", status)
            .on(station.facts.auto_monitoring_since)
            .allowed(AutoMonitoringStatus::Connected.as_str())
    });
    // Only a station that is known to run is bound to be monitored.
    let lacks =
        states.iter().any(|(station, connected)| *connected == Some(false) && station.facts.runs() == Some(true));
    let unclear: Vec<_> = states.iter().filter(|(_, connected)| *connected != Some(true)).collect();
    let finding = if unclear.is_empty() {
        Finding::met("Quan trắc tự động đã kết nối.", "Automatic monitoring is connected.")
    } else if context.is_before_due() {
        Finding::not_applicable(
            "Chưa đến hạn phải kết nối quan trắc tự động.",
            "The time given for connecting automatic monitoring is not over.",
        )
    } else if lacks {
        Finding::breached(
            "Trạm đang vận hành nhưng chưa kết nối quan trắc tự động, đã quá hạn.",
            "A station runs without automatic monitoring connected, past the date the law gives.",
        )
    } else {
        Finding::unknown(
            "Chưa rõ quan trắc tự động đã kết nối chưa.",
            "Whether automatic monitoring is connected is not on record.",
        )
        .lacking(unclear.iter().map(|(station, connected)| {
            let field = if connected.is_none() { "auto_monitoring_status" } else { "status" };
            Missing::field(&station.facts.row, field)
        }))
    };
    finding.with(evidence)
}

fn connected_on(station: &StationFacts, as_of: NaiveDate) -> Option<bool> {
    match station.auto_monitoring_status? {
        AutoMonitoringStatus::Connected => Some(station.auto_monitoring_since.is_none_or(|since| since <= as_of)),
        AutoMonitoringStatus::NotConnected | AutoMonitoringStatus::None => Some(false),
        AutoMonitoringStatus::Unknown => None,
    }
}
