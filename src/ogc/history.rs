//! The history of a site as a document.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::compliance::text;
use super::link::Link;
use super::quarters::signed_site;
use crate::compliance::history::{Event, QuarterStatus};
use crate::compliance::{Assessment, RowRef, Standards, Status};
use crate::publish::history::RowState;
use crate::publish::quarters::SignedQuarters;

/// A change that spoke of an earlier day than the one it was written on.
pub struct Correction<'a> {
    pub collection: &'a str,
    pub id: &'a str,
    pub state: &'a RowState,
}

/// Twelve quarters, those that are signed off as they were signed; what happened; which words on the past were corrected.
#[expect(clippy::too_many_arguments, reason = "each is a part of the document")]
pub fn document(
    standards: &Standards,
    site: &RowRef,
    name: &str,
    quarters: &[QuarterStatus],
    timeline: &[Event],
    corrections: &[Correction<'_>],
    signed: &SignedQuarters,
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
        "quarters": quarters.iter().map(|told| quarter(told, site, signed)).collect::<Vec<_>>(),
        "rules": rules.iter().map(head).collect::<Vec<_>>(),
        "grid": grid,
        "timeline": timeline.iter().map(event).collect::<Vec<_>>(),
        "corrections": corrections.iter().map(correction).collect::<Vec<_>>(),
        "links": links,
    })
}

/// What is said of a site on a day; also what is signed of it with a quarter.
pub(super) fn figures_of_site(assessment: Option<&Arc<Assessment>>) -> Map<String, Value> {
    let attached = assessment.map(|assessment| &assessment.attached);
    let ids = |list: Option<&String>| {
        let list = list.map(String::as_str).unwrap_or_default();
        list.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let figures = [
        ("on_record", assessment.is_some().into()),
        ("status", assessment.map_or(Status::Unknown, |assessment| assessment.status).as_str().into()),
        ("detail_status", attached.map(|attached| attached.detail_status.as_str()).into()),
        ("wastewater_status", attached.map(|attached| attached.wastewater_status.as_str()).into()),
        ("breached", ids(attached.map(|attached| &attached.breached_rules)).into()),
        ("unknown", ids(attached.map(|attached| &attached.unknown_rules)).into()),
    ];
    figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn quarter(told: &QuarterStatus, site: &RowRef, signed: &SignedQuarters) -> Value {
    let mut document = json!({
        "quarter": told.quarter.to_string(),
        "from": told.quarter.first_day(),
        "to": told.quarter.last_day(),
        "as_of": told.as_of,
    });
    let figures = figures_of_site(told.assessment.as_ref());
    let figures = match signed.ending_on(told.as_of) {
        Some(signed) => signed_site(signed, &format!("{}/{}", site.collection, site.id), figures),
        None => figures,
    };
    if let Value::Object(members) = &mut document {
        members.extend(figures);
    }
    document
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
