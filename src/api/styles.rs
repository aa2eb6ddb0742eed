//! Map styles and their legends.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;

use super::negotiate::{Offer, representation};
use super::reply::{Reply, send};
use super::{App, Ask, Segments};
use crate::ogc::link::representations;
use crate::ogc::media_type::{JSON, MAPBOX_STYLE};
use crate::ogc::problem::Problem;
use crate::ogc::styles::{self as documents, Style};

const JSON_ONLY: [Offer; 1] = [("json", JSON)];
const STYLE: [Offer; 2] = [("mbs", MAPBOX_STYLE), ("json", MAPBOX_STYLE)];

fn find<'a>(styles: &'a [Style<'a>], id: &str) -> Result<&'a Style<'a>, Problem> {
    let missing = || Problem::NotFound(format!("there is no style '{id}': /styles lists those that are there"));
    styles.iter().find(|style| style.id == id).ok_or_else(missing)
}

/// The styles.
pub async fn list(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    params.only(&["f"])?;
    representation(params.get("f"), &ask.headers, &JSON_ONLY)?;
    let links = representations(&ask.url(), JSON, &JSON_ONLY);
    let document = documents::list(&ask.base, &documents::styles(&ask.snapshot.collections), links);
    Ok(send(&app, &ask.headers, Reply::json(JSON, &document)).await)
}

/// One style.
pub async fn one(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let styles = documents::styles(&ask.snapshot.collections);
    let style = find(&styles, &id)?;
    let params = ask.params();
    params.only(&["f"])?;
    let (_, media_type) = representation(params.get("f"), &ask.headers, &STYLE)?;
    Ok(send(&app, &ask.headers, Reply::json(media_type, &documents::maplibre(&ask.base, style))).await)
}

/// What the colours of a style mean.
pub async fn legend(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let styles = documents::styles(&ask.snapshot.collections);
    let style = find(&styles, &id)?;
    let params = ask.params();
    params.only(&["f"])?;
    representation(params.get("f"), &ask.headers, &JSON_ONLY)?;
    let document = documents::legend(style, representations(&ask.url(), JSON, &JSON_ONLY));
    Ok(send(&app, &ask.headers, Reply::json(JSON, &document)).await)
}
