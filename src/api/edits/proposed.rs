//! Edits of users whose changes wait for an approver: kept as they were sent with the state that their author saw, shown with
//! what they would change, and written when somebody else accepts them.

use std::collections::HashSet;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value as Json, json};

use super::sent::{self, Batch};
use super::write::{Clerk, Refused, What, failed};
use super::{closed, with_current};
use crate::access::{Proposal, ProposalState, Proposed};
use crate::api::access::sign_in;
use crate::api::reply::value;
use crate::api::visitor::Visitor;
use crate::api::{App, Ask, Segments, posted};
use crate::domain::FeatureId;
use crate::ogc::json::to_bytes;
use crate::ogc::media_type::JSON;
use crate::ogc::problem::{ContentFault, Fault, Problem};
use crate::publish::Snapshot;
use crate::publish::version::RowVersion;
use crate::store::{Origin, Store, StoreError};
use crate::text::both;

/// Bytes of a decision.
const MAX_DECISION: usize = 16 << 10;

/// Bytes of a proposal.
const MAX_PROPOSAL: usize = 4 << 20;

/// Keeps a batch of edits as a proposal. `within` is where the faults of a single feature begin.
pub async fn propose(
    app: &Arc<App>,
    visitor: Visitor,
    ask: &Ask,
    mut batch: Json,
    why: Option<String>,
    within: &str,
) -> Result<Response<Body>, Problem> {
    if batch.to_string().len() > MAX_PROPOSAL {
        return Err(Problem::TooLarge(MAX_PROPOSAL));
    }
    let Batch { message, orders, faults, .. } = sent::orders(app, ask, batch.clone()).await?;
    let unprocessable = |faults: Vec<ContentFault>| {
        let bare = |fault: ContentFault| {
            let pointer = fault.pointer.strip_prefix(within).unwrap_or(&fault.pointer).to_owned();
            ContentFault { pointer, ..fault }
        };
        Problem::Unprocessable(faults.into_iter().map(bare).collect())
    };
    if !faults.is_empty() {
        return Err(unprocessable(faults));
    }
    // Who decides is shown what is there, out of the snapshot.
    let stays = |id: &str| ask.snapshot.collection(id).is_some_and(|published| published.remote.is_some());
    if let Some(order) = orders.iter().find(|order| stays(&order.collection.id)) {
        let id = &order.collection.id;
        let detail = format!(
            "sửa đổi của '{id}' không chờ duyệt được: tập dữ liệu này nằm lại trong cơ sở dữ liệu / \
             changes of '{id}' cannot wait for an approver: this collection stays in the database"
        );
        return Err(Problem::Forbidden(detail));
    }
    let crs = ask.headers.get("content-crs").and_then(|crs| crs.to_str().ok()).map(str::to_owned);
    let (clerks, snapshot) = (Arc::clone(app), Arc::clone(&ask.snapshot));
    let (judged, who) = ((Arc::clone(&clerks), Arc::clone(&snapshot)), visitor.clone());
    let judge = move |store: &dyn Store| {
        let clerk = Clerk { app: &judged.0, visitor: &who, snapshot: &judged.1, store };
        (clerk.planned(&orders), orders)
    };
    // Beside whoever writes: it is judged again when it is accepted.
    let registrar = app.registrar()?;
    let (judged, orders) = registrar.read(judge).await.map_err(closed)?;
    let told = async |refused: Refused, orders: &[super::write::Order]| match refused.problem {
        Problem::Unprocessable(faults) => unprocessable(faults),
        problem => with_current(app, orders, Refused { problem, ..refused }).await,
    };
    if let Err(refused) = judged {
        return Err(told(refused, &orders).await);
    }
    let work = move |store: &dyn Store| {
        let mut seen = HashSet::new();
        let edits = batch["edits"].as_array_mut().into_iter().flatten();
        for (order, edit) in orders.iter().zip(edits) {
            let Some(id) = order.id.as_ref().filter(|_| !matches!(order.what, What::Create(_))) else { continue };
            // Of two edits of one row the second meets what the first has made.
            if !seen.insert((order.collection.id.clone(), id.clone())) {
                continue;
            }
            match store.find(&order.collection, id) {
                Ok(Some(row)) => edit["if_match"] = format!("\"{}\"", RowVersion::of(&order.collection, &row)).into(),
                Ok(None) => {}
                Err(error) => return (Err(Refused { at: 0, problem: failed(error) }), orders),
            }
        }
        let edits = json!({"crs": crs, "edits": batch["edits"]}).to_string();
        if edits.len() > MAX_PROPOSAL {
            return (Err(Refused { at: 0, problem: Problem::TooLarge(MAX_PROPOSAL) }), orders);
        }
        let proposed = Proposed { who: visitor.name.clone(), why: message.or(why), edits };
        let kept = store.propose(&proposed).map_err(|error| match error {
            StoreError::Stopped(detail) => Problem::Conflict { detail, rows: Vec::new() },
            other => failed(other),
        });
        (kept.map_err(|problem| Refused { at: 0, problem }), orders)
    };
    let (kept, orders) = registrar.write(work).await.map_err(closed)?;
    let id = match kept {
        Ok(id) => id,
        Err(refused) => return Err(told(refused, &orders).await),
    };
    let url = format!("{}/proposals/{id}", ask.base);
    let mut response = answer(StatusCode::ACCEPTED, &json!({"id": id, "state": "open", "href": url}));
    response.headers_mut().insert(LOCATION, value(&url));
    Ok(response)
}

fn answer(status: StatusCode, document: &Json) -> Response<Body> {
    let mut response = Response::new(Body::from(to_bytes(document)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// What is told of a proposal in lists.
fn summary(base: &str, proposal: &Proposal) -> Json {
    json!({
        "id": proposal.id,
        "href": format!("{base}/proposals/{}", proposal.id),
        "state": proposal.state.as_str(),
        "who": proposal.proposed.who,
        "at": instant(proposal.at),
        "why": proposal.proposed.why,
        "decided_by": proposal.decided_by,
        "decided_at": proposal.decided_at.map(instant),
        "note": proposal.note,
    })
}

/// A merge patch applied (RFC 7396).
fn merged(into: &mut Json, patch: &Json) {
    let Json::Object(members) = patch else {
        into.clone_from(patch);
        return;
    };
    if !into.is_object() {
        *into = json!({});
    }
    for (name, value) in members {
        if value.is_null() {
            // Members of a feature are emptied, not lost.
            into[name] = Json::Null;
        } else {
            merged(&mut into[name.as_str()], value);
        }
    }
}

/// The members of a feature that a merge patch speaks of, with its id.
fn touched(feature: &Json, patch: &Json) -> Json {
    let mut part = json!({"type": "Feature", "id": feature["id"]});
    for (name, value) in patch.as_object().into_iter().flatten() {
        part[name] = match (value, &feature[name]) {
            (Json::Object(members), Json::Object(there)) if name == "properties" => {
                members.keys().map(|name| (name.clone(), there.get(name).cloned().unwrap_or_default())).collect()
            }
            (_, there) => there.clone(),
        };
    }
    part
}

/// Bytes of what is there now that are shown of one proposal: the rows themselves can be asked for.
const MAX_SHOWN: usize = 8 << 20;

/// An edit with what is there now and what it would become, of an update only what it touches; whether the row is still as its
/// author saw it. `room` is what may still be shown of the present.
fn shown(snapshot: &Snapshot, edit: &Json, room: &mut usize) -> Json {
    let text = |name: &str| edit[name].as_str().unwrap_or_default();
    let published = snapshot.collection(text("collection"));
    let id = FeatureId::parse(text("id")).ok();
    let row = published.zip(id).and_then(|(published, id)| Some((published, published.find(&id)?)));
    // A feature that is shortened in the answer was still read whole.
    let feature = row.map(|(published, row)| published.feature(row));
    let is_shortened = feature.as_ref().is_some_and(|feature| feature.len() > *room);
    let feature = feature.filter(|_| !is_shortened);
    *room = room.saturating_sub(feature.as_ref().map_or(0, |feature| feature.len()));
    let before: Option<Json> = feature.and_then(|feature| serde_json::from_slice(&feature).ok());
    let before =
        before.map(|whole| if text("operation") == "update" { touched(&whole, &edit["feature"]) } else { whole });
    let is_same = match (edit["if_match"].as_str(), row) {
        (Some(seen), Some((published, row))) => published.version(row).is_some_and(|now| seen == format!("\"{now}\"")),
        (Some(_), None) => false,
        (None, there) => there.is_none(),
    };
    let after = match text("operation") {
        "delete" => Json::Null,
        "update" => {
            let mut after = before.clone().unwrap_or_else(|| json!({"type": "Feature", "id": edit["id"]}));
            merged(&mut after, &edit["feature"]);
            after
        }
        _ => edit["feature"].clone(),
    };
    json!({
        "collection": edit["collection"],
        "operation": edit["operation"],
        "id": edit["id"],
        "is_current": is_same,
        "is_shortened": is_shortened,
        "before": before,
        "after": after,
    })
}

/// Whether a visitor may see a proposal: approvers see all, everybody his own.
fn may_see(app: &App, visitor: &Visitor, proposal: &Proposal) -> bool {
    visitor.name == proposal.proposed.who || app.may_decide(visitor).is_ok()
}

/// The proposals that a visitor may see, the newest first.
pub async fn list(State(app): State<Arc<App>>, visitor: Visitor, ask: Ask) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    params.only(&["state", "f"])?;
    if visitor.is_anonymous() {
        return Err(sign_in());
    }
    let state = params.get("state").filter(|state| !state.is_empty()).map(|text| {
        let known = ProposalState::ALL.map(ProposalState::as_str).join(", ");
        let detail = format!("'{text}' không thuộc {known} / '{text}' is none of {known}");
        ProposalState::parse(text)
            .ok_or_else(|| Problem::Parameters(vec![Fault { parameter: "state".to_owned(), detail }]))
    });
    let state = state.transpose()?;
    let all = app.registrar()?.read(move |store| store.proposals(state)).await.map_err(closed)?.map_err(failed)?;
    let seen = all.iter().filter(|proposal| may_see(&app, &visitor, proposal));
    let seen: Vec<Json> = seen.map(|proposal| summary(&ask.base, proposal)).collect();
    Ok(answer(StatusCode::OK, &json!({"proposals": seen})))
}

fn number(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| missing(text))
}

fn missing(id: &str) -> Problem {
    Problem::NotFound(format!("không có đề xuất '{id}' / there is no proposal '{id}'"))
}

/// The proposal of a number, where the visitor may see it.
async fn found(app: &App, visitor: &Visitor, id: &str) -> Result<Proposal, Problem> {
    if visitor.is_anonymous() {
        return Err(sign_in());
    }
    let number = number(id)?;
    let proposal = app.registrar()?.read(move |store| store.proposal(number)).await.map_err(closed)?.map_err(failed)?;
    proposal.filter(|proposal| may_see(app, visitor, proposal)).ok_or_else(|| missing(id))
}

fn edits_of(proposal: &Proposal) -> Result<Json, Problem> {
    serde_json::from_str(&proposal.proposed.edits).map_err(|error| {
        tracing::error!(%error, proposal = proposal.id, "a proposal cannot be read");
        Problem::Internal
    })
}

/// What a proposal would have done.
fn orders_of(snapshot: &Snapshot, proposal: &Proposal) -> Result<Batch, Problem> {
    let kept = edits_of(proposal)?;
    let mut headers = HeaderMap::new();
    if let Some(crs) = kept["crs"].as_str() {
        headers.insert("content-crs", value(crs));
    }
    sent::read_batch(snapshot, &headers, json!({"edits": kept["edits"]}))
}

/// One proposal with its edits.
pub async fn one(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    visitor: Visitor,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    ask.params().only(&["f"])?;
    let proposal = found(&app, &visitor, &id).await?;
    let kept = edits_of(&proposal)?;
    let (snapshot, base) = (Arc::clone(&ask.snapshot), ask.base.clone());
    let made = move || {
        let mut document = summary(&base, &proposal);
        document["crs"] = kept["crs"].clone();
        let edits = kept["edits"].as_array().into_iter().flatten();
        let mut room = MAX_SHOWN;
        document["edits"] = edits.map(|edit| shown(&snapshot, edit, &mut room)).collect();
        document
    };
    Ok(answer(StatusCode::OK, &app.apart(made).await?))
}

/// The note of a decision.
async fn note(headers: &HeaderMap, body: Body) -> Result<Option<String>, Problem> {
    said(headers, body, "note").await
}

/// What is said in the one member of a JSON object that may be sent; nothing where there is no body at all.
///
/// # Errors
/// What is wrong with the body.
pub async fn said(headers: &HeaderMap, body: Body, name: &str) -> Result<Option<String>, Problem> {
    const TYPES: [&str; 1] = [JSON];
    let bytes = posted::bytes(headers, body, MAX_DECISION).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if posted::media_type(headers) != JSON {
        return Err(Problem::UnsupportedMediaType(&TYPES));
    }
    let bad = |detail: &str| Problem::BadRequest(both!("nội dung {detail}", "the body {detail}"; detail));
    let document: Json = serde_json::from_slice(&bytes).map_err(|_| bad("không phải JSON / is no JSON"))?;
    let members = document.as_object().ok_or_else(|| bad("không phải đối tượng JSON / is no JSON object"))?;
    if let Some(unknown) = members.keys().find(|known| *known != name) {
        return Err(bad(&format!(
            "có mục '{0}' không dùng ở đây / has a member '{0}' that is not known here",
            unknown.escape_debug()
        )));
    }
    match &document[name] {
        Json::Null => Ok(None),
        Json::String(text) => sent::checked(text).map_err(bad),
        _ => Err(bad(&format!("có {name} không phải chuỗi / has a {name} that is no text"))),
    }
}

/// Writes what was proposed, in the name of who proposed it.
pub async fn accept(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    visitor: Visitor,
    ask: Ask,
    body: Body,
) -> Result<Response<Body>, Problem> {
    let (proposal, note) = to_decide(&app, &visitor, &ask, &id, body).await?;
    let Batch { orders, faults, .. } = orders_of(&ask.snapshot, &proposal)?;
    if !faults.is_empty() {
        return Err(Problem::Unprocessable(faults));
    }
    let origin = Origin {
        who: proposal.proposed.who.clone(),
        what: format!("proposal {}, accepted by {}", proposal.id, visitor.name),
        why: proposal.proposed.why.clone(),
    };
    let (clerks, snapshot, number) = (Arc::clone(&app), Arc::clone(&ask.snapshot), proposal.id);
    let work = move |store: &dyn Store| {
        let refused = |problem| Refused { at: 0, problem };
        let accepted = || {
            let still = store.proposal(number).map_err(|error| refused(failed(error)))?;
            if still.is_none_or(|still| still.state != ProposalState::Open) {
                return Err(refused(decided_already()));
            }
            let clerk = Clerk { app: &clerks, visitor: &visitor, snapshot: &snapshot, store };
            let edited = clerk.written(&orders, &origin)?;
            // Should the process end here, it stays open, and what it saw is not there any more.
            let by = &visitor.name;
            let done = store.decide_proposal(number, ProposalState::Accepted, by, note.as_deref());
            done.map_err(|error| refused(failed(error)))?;
            Ok(edited)
        };
        (accepted(), orders)
    };
    let (edited, orders) = app.registrar()?.write(work).await.map_err(closed)?;
    let edited = edited.map_err(|refused| match &refused.problem {
        Problem::PreconditionFailed { .. } => {
            let order = orders.get(refused.at);
            let row = order.map(|order| (order.collection.id.clone(), order.id.as_ref().map(FeatureId::to_string)));
            let row = row.map(|(collection, id)| (collection, id.unwrap_or_default()));
            let detail = "Đối tượng đã thay đổi sau khi được đề xuất; đề xuất vẫn chờ. / \
                          It was changed after this was proposed; the proposal stays open.";
            Problem::Conflict { detail: detail.to_owned(), rows: row.into_iter().collect() }
        }
        _ => refused.problem,
    })?;
    let change = edited.iter().find_map(|edited| edited.change_id);
    Ok(answer(StatusCode::OK, &json!({"id": number, "state": "accepted", "change": change})))
}

fn decided_already() -> Problem {
    let detail = "Đề xuất này đã được quyết định. / This proposal was decided already.";
    Problem::Conflict { detail: detail.to_owned(), rows: Vec::new() }
}

/// Closes a proposal without writing anything. Who made it may take it back.
pub async fn reject(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    visitor: Visitor,
    ask: Ask,
    body: Body,
) -> Result<Response<Body>, Problem> {
    ask.params().only(&[])?;
    let proposal = found(&app, &visitor, &id).await?;
    if visitor.name != proposal.proposed.who {
        app.may_decide(&visitor)?;
        for order in &orders_of(&ask.snapshot, &proposal)?.orders {
            let row = order.id.as_ref().and_then(|id| {
                let published = ask.snapshot.collection(&order.collection.id)?;
                published.row(published.find(id)?)
            });
            let draft = match &order.what {
                What::Create(sent) => sent.draft(&order.collection, None, &order.served).ok(),
                _ => None,
            };
            let action = order.what.action(row.is_some());
            app.may_propose(&visitor, action, &order.collection, row.as_ref(), draft.as_ref())?;
        }
    }
    let note = note(&ask.headers, body).await?;
    let by = visitor.name.clone();
    let (number, rejected) = (proposal.id, ProposalState::Rejected);
    let work = move |store: &dyn Store| store.decide_proposal(number, rejected, &by, note.as_deref());
    if app.registrar()?.write(work).await.map_err(closed)?.map_err(failed)? {
        Ok(answer(StatusCode::OK, &json!({"id": number, "state": "rejected"})))
    } else {
        Err(decided_already())
    }
}

/// The proposal that a visitor may decide, and his note.
async fn to_decide(
    app: &App,
    visitor: &Visitor,
    ask: &Ask,
    id: &str,
    body: Body,
) -> Result<(Proposal, Option<String>), Problem> {
    ask.params().only(&[])?;
    let proposal = found(app, visitor, id).await?;
    proposal.may_be_decided_by(visitor).map_err(|why| Problem::Forbidden(why.to_string()))?;
    app.may_decide(visitor)?;
    Ok((proposal, note(&ask.headers, body).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_is_shown_beside_what_it_touches_and_no_more() {
        let feature = json!({
            "type": "Feature", "id": "a", "geometry": {"type": "Point", "coordinates": [105, 21]},
            "properties": {"name_vi": "A", "notes": "long", "area_ha": null},
        });
        let patch = json!({"properties": {"area_ha": 2, "name_en": "a"}});
        let part = touched(&feature, &patch);
        assert_eq!(part, json!({"type": "Feature", "id": "a", "properties": {"area_ha": null, "name_en": null}}));
        assert_eq!(touched(&feature, &json!({"geometry": null}))["geometry"], feature["geometry"]);
        assert_eq!(touched(&feature, &json!(null)), json!({"type": "Feature", "id": "a"}));
    }
}
