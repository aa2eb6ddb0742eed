//! The history of a site as a document.

use serde_json::{Map, Value, json};

use super::compliance::text;
use super::link::Link;
use crate::compliance::history::{Event, QuarterStatus};
use crate::compliance::{RowRef, Standards};
use crate::publish::history::RowState;

/// A change that spoke of an earlier day than the one it was written on.
pub struct Correction<'a> {
    pub collection: &'a str,
    pub id: &'a str,
    pub state: &'a RowState,
}

/// Twelve quarters, what happened, and which words on the past were corrected.
pub fn document(
    standards: &Standards,
    site: &RowRef,
    name: &str,
    quarters: &[QuarterStatus],
    timeline: &[Event],
    corrections: &[Correction<'_>],
    links: &[Link],
) -> Value {
    let asked = |rule: &str| quarters.iter().any(|quarter| quarter.outcome(rule).is_some());
    let rules: Vec<_> = standards.rules.iter().filter(|rule| asked(&rule.id)).collect();
    let grid: Map<String, Value> = rules
        .iter()
        .map(|rule| {
            let outcomes = quarters.iter().map(|quarter| quarter.outcome(&rule.id).map(|outcome| outcome.as_str()));
            (rule.id.clone(), outcomes.collect::<Vec<_>>().into())
        })
        .collect();
    let head = |rule: &&crate::compliance::standards::RuleLaw| json!({"id": rule.id, "title": text(&rule.title), "core": rule.core});
    json!({
        "site": {"collection": site.collection, "id": site.id, "name": name, "is_demo": site.is_demo},
        "as_of": quarters.last().map(|newest| newest.as_of),
        "quarters": quarters.iter().map(quarter).collect::<Vec<_>>(),
        "rules": rules.iter().map(head).collect::<Vec<_>>(),
        "grid": grid,
        "timeline": timeline.iter().map(event).collect::<Vec<_>>(),
        "corrections": corrections.iter().map(correction).collect::<Vec<_>>(),
        "links": links,
    })
}

fn quarter(told: &QuarterStatus) -> Value {
    let attached = told.assessment.as_ref().map(|assessment| &assessment.attached);
    let ids = |list: Option<&String>| {
        let list = list.map(String::as_str).unwrap_or_default();
        list.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    json!({
        "quarter": told.quarter.to_string(),
        "from": told.quarter.first_day(),
        "to": told.quarter.last_day(),
        "as_of": told.as_of,
        "on_record": told.assessment.is_some(),
        "status": told.status().as_str(),
        "detail_status": attached.map(|attached| attached.detail_status.as_str()),
        "wastewater_status": attached.map(|attached| attached.wastewater_status.as_str()),
        "breached": ids(attached.map(|attached| &attached.breached_rules)),
        "unknown": ids(attached.map(|attached| &attached.unknown_rules)),
    })
}

fn event(event: &Event) -> Value {
    json!({
        "date": event.date,
        "kind": event.kind.as_str(),
        "title": text(&event.title),
        "detail": event.detail.as_ref().map(text),
        "collection": event.row.collection,
        "id": event.row.id,
        "is_demo": event.row.is_demo,
        "planned": event.is_planned,
    })
}

fn correction(correction: &Correction<'_>) -> Value {
    let written = correction.state.written.as_ref();
    json!({
        "collection": correction.collection,
        "id": correction.id,
        "at": written.map(|(at, _)| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
        "who": written.map(|(_, origin)| &origin.who),
        "what": written.map(|(_, origin)| &origin.what),
        "holds_from": correction.state.holds_from,
    })
}
