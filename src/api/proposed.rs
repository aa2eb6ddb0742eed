//! Violations that the review of a plan proposes: the list with how each stands, and what an official decides.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use serde::Deserialize;

use super::negotiate::representation;
use super::reply::{Reply, send};
use super::visitor::{Action, Visitor};
use super::{App, Ask, Segments, posted};
use crate::ogc::link::link;
use crate::ogc::media_type::JSON;
use crate::ogc::plans as documents;
use crate::ogc::problem::{ContentFault, Problem};
use crate::publish::decisions::{DecisionError, Ruling};
use crate::publish::registrar::Closed;
use crate::publish::today;

/// Letters of a note.
const MAX_NOTE: usize = 4_000;

/// What an official sends.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    note: Option<String>,
}

/// The violations that a plan's review proposes now, with how each stands.
pub async fn list(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    params.only(&["f"])?;
    representation(params.get("f"), &ask.headers, &[("json", JSON)])?;
    let reviewed = app.reviewed_plan(&ask, &id, ask.snapshot.as_of).await?;
    let (snapshot, base) = (Arc::clone(&ask.snapshot), ask.base.clone());
    let made = app.apart(move || {
        let plan = &reviewed.plan.row.id;
        let review = link(format!("{base}/plans/{plan}/review"), "related", JSON, "Thẩm tra đồ án / Review");
        Reply::json(JSON, &documents::proposals(&reviewed, &snapshot.standings(&reviewed), &[review]))
    });
    Ok(send(&app, &ask.headers, made.await?).await)
}

pub async fn accept(
    State(app): State<Arc<App>>,
    Segments((plan, proposal)): Segments<(String, String)>,
    visitor: Visitor,
    ask: Ask,
    body: Body,
) -> Result<Response<Body>, Problem> {
    decide(&app, &visitor, &ask, (&plan, &proposal), true, body).await
}

pub async fn dismiss(
    State(app): State<Arc<App>>,
    Segments((plan, proposal)): Segments<(String, String)>,
    visitor: Visitor,
    ask: Ask,
    body: Body,
) -> Result<Response<Body>, Problem> {
    decide(&app, &visitor, &ask, (&plan, &proposal), false, body).await
}

/// Reads the note. To dismiss needs a reason.
async fn note(ask: &Ask, is_accepted: bool, body: Body) -> Result<Option<String>, Problem> {
    let bytes = posted::bytes(&ask.headers, body, 64 << 10).await?;
    let sent = if bytes.is_empty() {
        Sent::default()
    } else if posted::media_type(&ask.headers) == JSON {
        serde_json::from_slice(&bytes)
            .map_err(|error| Problem::BadRequest(format!("nội dung: {error} / the body: {error}")))?
    } else {
        return Err(Problem::UnsupportedMediaType(&[JSON]));
    };
    let fault = |detail: String| Problem::Unprocessable(vec![ContentFault { pointer: "/note".to_owned(), detail }]);
    let note = sent.note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
    match &note {
        Some(note) if note.chars().count() > MAX_NOTE => {
            Err(fault(format!("dài quá {MAX_NOTE} ký tự / has more than {MAX_NOTE} letters")))
        }
        None if !is_accepted => {
            Err(fault("còn thiếu: bác bỏ cần có lý do / is missing: to dismiss needs a reason".to_owned()))
        }
        _ => Ok(note),
    }
}

async fn decide(
    app: &Arc<App>,
    visitor: &Visitor,
    ask: &Ask,
    (plan, proposal): (&str, &str),
    is_accepted: bool,
    body: Body,
) -> Result<Response<Body>, Problem> {
    ask.params().only(&[])?;
    // Before anything is told of the plan.
    app.may_govern(visitor, Action::Decide)?;
    let missing = || {
        Problem::NotFound(format!(
            "kết quả rà soát '{plan}' hiện không đề xuất vi phạm '{proposal}' / the review of '{plan}' proposes no violation '{proposal}' now"
        ))
    };
    let reviewed = app.reviewed_plan(ask, plan, ask.snapshot.as_of).await?;
    let proposed = &reviewed.review.proposed_violations;
    let at = proposed.iter().position(|proposed| proposed.id == proposal).ok_or_else(missing)?;
    let (who, on) = (visitor.name.clone(), today());
    // Whoever may make a violation of it where it lies may dismiss it there, too.
    let ruling = Ruling { reviewed: &reviewed, at, is_accepted: true, who: &who, note: None, on };
    if let Some((violations, draft)) = ruling.rows().map_err(|error| refused(&error))?.violation {
        app.may(visitor, Action::Create, violations, None, Some(&draft))?;
    }
    let note = note(ask, is_accepted, body).await?;
    let of = Arc::clone(&reviewed);
    let written = app.registrar()?.write(move |store| {
        let note = note.as_deref();
        Ruling { reviewed: &of, at, is_accepted, who: &who, note, on }.write(store)
    });
    match written.await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => return Err(refused(&error)),
        Err(Closed::Unpublished(reason)) => return Err(Problem::NotServed(reason)),
        Err(Closed::Ended) => return Err(Problem::Internal),
    }
    let standings = app.snapshot().standings(&reviewed);
    let standing = standings.get(at).ok_or_else(missing)?;
    let reply = Reply::json(JSON, &documents::proposal(&reviewed, at, standing));
    Ok(send(app, &ask.headers, reply).await)
}

fn refused(error: &DecisionError) -> Problem {
    match error {
        DecisionError::NoProposal => Problem::NotFound(error.to_string()),
        DecisionError::Accepted(violation) => {
            Problem::Conflict { detail: error.to_string(), rows: vec![("violations".to_owned(), violation.clone())] }
        }
        DecisionError::Store(cause) => {
            tracing::error!(%cause, "a decision could not be written");
            Problem::Internal
        }
    }
}
