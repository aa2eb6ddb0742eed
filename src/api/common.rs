//! Landing page, conformance, API definition and health.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};

use super::html::{self, Page};
use super::negotiate::{Offer, representation};
use super::reply::{Reply, send};
use super::{App, Ask, health, page};
use crate::ogc::link::{Link, representations};
use crate::ogc::media_type::{HTML, JSON, OPENAPI};
use crate::ogc::problem::Problem;
use crate::ogc::{conformance, functions, landing_page as landing, openapi};

/// What most resources are offered as.
pub const DOCUMENT: [Offer; 2] = [("json", JSON), ("html", HTML)];

const DEFINITION: [Offer; 3] = [("json", OPENAPI), ("openapi", OPENAPI), ("html", HTML)];

/// The landing page; to a browser, the map.
pub async fn landing_page(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    // The page keeps its own state (language, place) in the URL.
    params.only(&["f", "lang"])?;
    let (_, media_type) = representation(params.get("f"), &ask.headers, &DOCUMENT)?;
    if media_type == HTML {
        // The map shows registers; a stranger's GeoPackage is best met by its tables.
        return if ask.snapshot.has_registers() {
            page::index(&app, &ask).await
        } else {
            Ok(send(&app, &ask.headers, html::collections(&ask.base, &ask.snapshot).reply()).await)
        };
    }
    let root = format!("{}/", ask.base);
    let links = representations(&root, JSON, &DOCUMENT);
    let document = landing::document(&ask.base, links, ask.snapshot.has_registers(), &ask.snapshot.unserved);
    Ok(send(&app, &ask.headers, Reply::json(JSON, &document)).await)
}

/// Answers with a document, made from its media type and the links to its representations, or with its page.
pub async fn document(
    app: &App,
    ask: &Ask,
    offers: &[Offer],
    document: impl FnOnce(&'static str, Vec<Link>) -> serde_json::Value,
    page: impl FnOnce() -> Page,
) -> Result<Response<Body>, Problem> {
    let (_, media_type) = representation(ask.params().get("f"), &ask.headers, offers)?;
    let reply = if media_type == HTML {
        page().reply()
    } else {
        Reply::json(media_type, &document(media_type, representations(&ask.url(), media_type, offers)))
    };
    Ok(send(app, &ask.headers, reply).await)
}

pub async fn conformance(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    ask.params().only(&["f"])?;
    let is_editable = ask.snapshot.collections.iter().any(|published| published.declaration.is_editable());
    let page = || html::conformance(&ask.base, is_editable);
    document(&app, &ask, &DOCUMENT, |_, links| conformance::document(links, is_editable), page).await
}

/// What filters may call.
pub async fn functions(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    const OFFERED: [Offer; 1] = [("json", JSON)];
    let params = ask.params();
    params.only(&["f"])?;
    representation(params.get("f"), &ask.headers, &OFFERED)?;
    let links = representations(&ask.url(), JSON, &OFFERED);
    Ok(send(&app, &ask.headers, Reply::json(JSON, &functions::document(links))).await)
}

fn definition(ask: &Ask) -> serde_json::Value {
    let collections: Vec<_> = ask.snapshot.collections.iter().map(|collection| &collection.declaration).collect();
    openapi::document(&ask.base, &collections, ask.snapshot.has_registers())
}

pub async fn api(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    params.only(&["f"])?;
    let (_, media_type) = representation(params.get("f"), &ask.headers, &DEFINITION)?;
    let document = definition(&ask);
    let reply =
        if media_type == HTML { html::api(&ask.base, &document).reply() } else { Reply::json(OPENAPI, &document) };
    Ok(send(&app, &ask.headers, reply).await)
}

pub async fn api_documentation(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    params.only(&["f"])?;
    // The ending of the path says which media type, whatever a client accepts besides.
    representation(params.get("f"), &HeaderMap::new(), &[("html", HTML)])?;
    let page: Page = html::api(&ask.base, &definition(&ask));
    Ok(send(&app, &ask.headers, page.reply()).await)
}

/// The process runs.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// What is served, and what is missing.
pub async fn ready(State(app): State<Arc<App>>, ask: Ask) -> (StatusCode, String) {
    health::ready(&app, &ask)
}
