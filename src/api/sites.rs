//! A site as a whole: its page, and what lies around it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;

use super::collections::find;
use super::compliance::{not_assessed, site_kind};
use super::negotiate::{Offer, representation};
use super::params::Params;
use super::reply::{Reply, send};
use super::{App, Ask, Segments, page};
use crate::compliance::duties::SiteName;
use crate::ogc::link::{link, representations};
use crate::ogc::media_type::{GEO_JSON, HTML, JSON};
use crate::ogc::problem::{Fault, Problem};
use crate::ogc::sites::{self as documents, DISTANCE};
use crate::ogc::{AS_OF, LANG};
use crate::publish::neighbours::{MAX_METRES, neighbours, row_of};

const PAGE: [Offer; 1] = [("html", HTML)];
const DOCUMENT: [Offer; 1] = [("json", JSON)];

/// How far around a site is looked where nothing is said, in metres.
const USUAL_METRES: f64 = 2_000.0;

/// What may lie around a site.
const AMONG: [&str; 4] = ["clusters", "craft_villages", "treatment_stations", "waterways"];

/// Everything about a site on one page, under an address that stays.
pub async fn page(
    State(app): State<Arc<App>>,
    Segments((id, feature)): Segments<(String, String)>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    // The page reads day, language and distance from its address itself.
    params.only(&["f", AS_OF, LANG, DISTANCE])?;
    params.as_of()?;
    distance(&params)?;
    representation(params.get("f"), &ask.headers, &PAGE)?;
    if !ask.snapshot.has_registers() {
        return Err(not_assessed());
    }
    find(&ask.snapshot, &id)?;
    let key = (site_kind(&id)?, feature);
    // A site that is gone has a past, and its printed address must go on leading there.
    if !ask.snapshot.facts.has(&key) {
        return Err(Problem::NotFound(format!(
            "tập dữ liệu '{id}' chưa từng có đối tượng '{0}' / collection '{id}' never had a feature '{0}'",
            key.1
        )));
    }
    page::document(&app, &ask.headers, "site.html").await
}

/// Sites, dates or districts side by side; which ones, its fragment says.
pub async fn compared(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    params.only(&["f", LANG])?;
    representation(params.get("f"), &ask.headers, &PAGE)?;
    if !ask.snapshot.has_registers() {
        return Err(not_assessed());
    }
    page::document(&app, &ask.headers, "compare.html").await
}

fn distance(params: &Params) -> Result<f64, Problem> {
    let Some(text) = params.get(DISTANCE) else { return Ok(USUAL_METRES) };
    let metres: Option<f64> = text.parse().ok();
    let fault = || {
        let detail = format!(
            "'{text}' không phải số mét từ 0 đến {MAX_METRES} / '{text}' is no number of metres from 0 to {MAX_METRES}"
        );
        Problem::Parameters(vec![Fault { parameter: DISTANCE.to_owned(), detail }])
    };
    metres.filter(|metres| (0.0..=MAX_METRES).contains(metres)).ok_or_else(fault)
}

/// What lies around a site, in metres.
pub async fn around(
    State(app): State<Arc<App>>,
    Segments((id, feature)): Segments<(String, String)>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    params.only(&["f", AS_OF, DISTANCE])?;
    let day = params.as_of()?.unwrap_or(ask.snapshot.as_of);
    let metres = distance(&params)?;
    representation(params.get("f"), &ask.headers, &DOCUMENT)?;
    if !ask.snapshot.has_registers() {
        return Err(not_assessed());
    }
    find(&ask.snapshot, &id)?;
    let kind = site_kind(&id)?;
    let mut links = representations(&ask.url(), JSON, &DOCUMENT);
    let item = format!("{}/collections/{id}/items/{feature}", ask.base);
    links.push(link(item, "describes", GEO_JSON, "Đối tượng / Feature"));
    let (snapshot, base) = (Arc::clone(&ask.snapshot), ask.base.clone());
    let made = move || {
        let unreadable = |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "what lies around a site cannot be told");
            Problem::Internal
        };
        let of_day = |id: &str| snapshot.collection_on(id, day).map_err(|error| unreadable(&error));
        let missing = || {
            Problem::NotFound(format!(
                "tập dữ liệu '{id}' không có đối tượng '{feature}' vào ngày {day} / collection '{id}' had no feature '{feature}' on {day}"
            ))
        };
        let own = of_day(&id)?.ok_or_else(missing)?;
        let row = row_of(&own, &feature).ok_or_else(missing)?;
        let all: Vec<_> = AMONG.iter().map(|id| of_day(id)).collect::<Result<_, _>>()?;
        let all: Vec<_> = all.iter().flatten().map(|collection| &**collection).collect();
        let kept: Vec<&str> = AMONG.iter().filter(|id| snapshot.keeps_back(id)).copied().collect();
        let found = neighbours(&all, &own, row, metres).map_err(|error| unreadable(&error))?;
        let site = SiteName { collection: kind, id: feature.clone(), name: own.name(row) };
        Ok(documents::neighbours(&base, &site, day, metres, &found, &kept, links))
    };
    let document = app.apart(made).await??;
    Ok(send(&app, &ask.headers, Reply::json(JSON, &document)).await)
}
