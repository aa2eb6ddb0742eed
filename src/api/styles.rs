//! Map styles and their legends.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;

use super::common::{DOCUMENT, document};
use super::negotiate::Offer;
use super::reply::{Reply, send};
use super::{App, Ask, Segments, maps};
use crate::ogc::media_type::{HTML, MAPBOX_STYLE, QML, SLD};
use crate::ogc::problem::Problem;
use crate::ogc::styles::{self as documents, Style};
use crate::qgis;

const STYLE: [Offer; 3] = [("mbs", MAPBOX_STYLE), ("json", MAPBOX_STYLE), ("html", HTML)];

fn find<'a>(styles: &'a [Style<'a>], id: &str) -> Result<&'a Style<'a>, Problem> {
    let missing = || {
        Problem::NotFound(format!(
            "không có kiểu vẽ '{id}': xem danh sách ở /styles / there is no style '{id}': /styles lists those that are there"
        ))
    };
    styles.iter().find(|style| style.id == id).ok_or_else(missing)
}

/// The styles.
pub async fn list(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    ask.params().only(&["f"])?;
    let styles = documents::styles(&ask.snapshot.collections);
    let listed = |_, links| documents::list(&ask.base, &styles, links);
    document(&app, &ask, &DOCUMENT, listed, || maps::styles(&ask.base, &styles)).await
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
    // For other programs, of one collection: their documents hold no more.
    if let (Some(f @ ("qml" | "sld")), [only]) = (params.get("f"), &style.collections[..]) {
        let (media_type, text) = match f {
            "qml" => (QML, qgis::qml(&only.declaration)),
            _ => (SLD, qgis::sld(&only.declaration)),
        };
        return Ok(send(&app, &ask.headers, Reply::document(media_type, text.into_bytes())).await);
    }
    let drawn = |_, _| documents::maplibre(&ask.base, style);
    document(&app, &ask, &STYLE, drawn, || maps::style(&ask.base, style)).await
}

/// What the colours of a style mean.
pub async fn legend(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let styles = documents::styles(&ask.snapshot.collections);
    let style = find(&styles, &id)?;
    ask.params().only(&["f"])?;
    let explained = |_, links| documents::legend(style, links);
    document(&app, &ask, &DOCUMENT, explained, || maps::style(&ask.base, style)).await
}
