//! Quarters that are signed off: the list, the sign-off, its taking back.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use chrono::{DateTime, NaiveDate};

use super::compliance::not_assessed;
use super::edits::{closed, failed, message_of};
use super::negotiate::{Offer, representation};
use super::reply::{Reply, send};
use super::visitor::Visitor;
use super::{App, Ask, Segments};
use crate::access::Action;
use crate::compliance::history::Quarter;
use crate::domain::FeatureId;
use crate::ogc::media_type::JSON;
use crate::ogc::problem::Problem;
use crate::ogc::quarters as documents;
use crate::publish::quarters::{review_of, touched_by_others};
use crate::store::chain::sha256;
use crate::store::record::{QuarterAct, QuarterStep, may_follow};
use crate::store::{Store, StoreError};

const JSON_ONLY: [Offer; 1] = [("json", JSON)];

/// The quarter of a path and its last day.
fn quarter(text: &str) -> Result<(Quarter, NaiveDate), Problem> {
    let quarter = Quarter::parse(text).and_then(|quarter| Some((quarter, quarter.last_day()?)));
    quarter.ok_or_else(|| {
        Problem::NotFound(format!("'{text}' không phải quý như 2026-Q3 / '{text}' is no quarter such as 2026-Q3"))
    })
}

fn read_only(ask: &Ask) -> Result<(), Problem> {
    let params = ask.params();
    params.only(&["f"])?;
    representation(params.get("f"), &ask.headers, &JSON_ONLY)?;
    if ask.snapshot.has_registers() { Ok(()) } else { Err(not_assessed()) }
}

/// Every quarter that was ever signed off.
pub async fn list(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    read_only(&ask)?;
    let acts = app.past(|store| store.quarter_acts()).await?;
    Ok(send(&app, &ask.headers, Reply::json(JSON, &documents::list(&ask.base, &acts))).await)
}

/// One quarter, with what was signed.
pub async fn one(
    State(app): State<Arc<App>>,
    Segments(name): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    read_only(&ask)?;
    let (quarter, last_day) = quarter(&name)?;
    let name = quarter.to_string();
    let read = |store: &dyn Store| {
        let acts = store.quarter_acts()?;
        let touched = touched_by_others(store, &acts)?;
        Ok((acts, touched))
    };
    let (acts, mut touched) = app.past(read).await?;
    if ask.snapshot.is_open_view() {
        // Of what is kept back strangers are told nothing here either.
        let is_seen = |of: &str, id: &FeatureId| {
            ask.snapshot.collection(of).is_some_and(|published| published.find(id).is_some())
        };
        touched.retain(|touched| is_seen(&touched.entry.collection, &touched.entry.id));
    }
    let document = documents::one(&ask.base, &name, last_day, &acts, &touched);
    Ok(send(&app, &ask.headers, Reply::json(JSON, &document)).await)
}

/// Signs a quarter off: from now on nothing is written that speaks of the time up to its last day, and its figures are
/// served as they are now.
pub async fn sign_off(
    State(app): State<Arc<App>>,
    Segments(name): Segments<String>,
    visitor: Visitor,
    ask: Ask,
    body: Body,
) -> Result<Response<Body>, Problem> {
    ask.params().only(&[])?;
    let (quarter, last_day) = quarter(&name)?;
    app.may_govern(&visitor, Action::SignOff)?;
    let why = message_of(&ask.headers, body).await?;
    if last_day >= ask.snapshot.as_of {
        let detail = format!(
            "{quarter} kết thúc ngày {last_day}: chỉ ký được từ ngày hôm sau / {quarter} ends on {last_day}: it can be signed off from the day behind"
        );
        return Err(Problem::Conflict { detail, rows: Vec::new() });
    }
    let standards = Arc::clone(&ask.snapshot.standards);
    let act = act(quarter, last_day, QuarterStep::SignedOff, &visitor, why);
    let work = move |store: &dyn Store| {
        // Looked at before a second of counting; the store looks again.
        may_follow(&store.quarter_acts()?, &act)?;
        let figures = documents::figures(&standards, &review_of(store, &standards, last_day)?).to_string();
        let sha256 = Some(sha256(&figures));
        store.record_quarter(QuarterAct { figures: Some(figures), sha256, ..act })
    };
    decided(&app, &ask, work).await
}

/// Takes a sign-off back. Both stay on record.
pub async fn reopen(
    State(app): State<Arc<App>>,
    Segments(name): Segments<String>,
    visitor: Visitor,
    ask: Ask,
    body: Body,
) -> Result<Response<Body>, Problem> {
    ask.params().only(&[])?;
    let (quarter, last_day) = quarter(&name)?;
    app.may_govern(&visitor, Action::Reopen)?;
    let why = message_of(&ask.headers, body).await?;
    let act = act(quarter, last_day, QuarterStep::Reopened, &visitor, why);
    decided(&app, &ask, move |store| store.record_quarter(act)).await
}

fn act(quarter: Quarter, last_day: NaiveDate, step: QuarterStep, visitor: &Visitor, why: Option<String>) -> QuarterAct {
    QuarterAct {
        number: 0,
        quarter: quarter.to_string(),
        last_day,
        step,
        at: DateTime::UNIX_EPOCH,
        who: visitor.name.clone(),
        why,
        figures: None,
        sha256: None,
    }
}

async fn decided(
    app: &App,
    ask: &Ask,
    work: impl FnOnce(&dyn Store) -> Result<QuarterAct, StoreError> + Send + 'static,
) -> Result<Response<Body>, Problem> {
    let done = app.registrar()?.write(|store: &dyn Store| work(store).and_then(|act| Ok((act, store.quarter_acts()?))));
    let (act, acts) = done.await.map_err(closed)?.map_err(failed)?;
    let document = documents::one(&ask.base, &act.quarter, act.last_day, &acts, &[]);
    Ok(send(app, &ask.headers, Reply::json(JSON, &document)).await)
}
