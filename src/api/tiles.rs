//! Tiles, their tilesets, and the tile matrix set.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Response, StatusCode};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128_with_seed};

use super::collections::find;
use super::common::{DOCUMENT, document};
use super::negotiate::{Offer, representation};
use super::params::Params;
use super::reply::{Reply, is_known_to, send};
use super::tile_store::Layers;
use super::{App, Ask, Segments, maps};
use crate::domain::Title;
use crate::ogc::landing_page;
use crate::ogc::link::{TILESETS, link, representations};
use crate::ogc::media_type::{HTML, JSON, MVT, TILE_JSON};
use crate::ogc::problem::{Fault, Problem};
use crate::ogc::tiles::{self as documents, Tileset, has_tiles, limits};
use crate::text::joined;
use crate::tile::{TileId, VERSION};

const TILE: [Offer; 2] = [("mvt", MVT), ("pbf", MVT)];
const TILESET: [Offer; 3] = [("json", JSON), ("tilejson", TILE_JSON), ("html", HTML)];
const JSON_ONLY: [Offer; 1] = [("json", JSON)];

/// The layers of the collection that a path names.
fn layers_of(app: &App, ask: &Ask, id: &str) -> Result<Layers, Problem> {
    let collection = find(&ask.snapshot, id)?;
    if !has_tiles(&collection.declaration) {
        return Err(Problem::NotFound(format!(
            "tập dữ liệu '{id}' là bảng không có vị trí nên không có ô bản đồ / collection '{id}' is a table without places, so it has no tiles"
        )));
    }
    Ok(app.tiles.layers(&ask.snapshot, |other| other.declaration.id == id))
}

/// The layers that `collections=a,b` selects; all without it.
fn selected(app: &App, ask: &Ask, params: &Params) -> Result<Layers, Problem> {
    let Some(text) = params.get("collections") else { return Ok(app.tiles.layers(&ask.snapshot, |_| true)) };
    let ids: Vec<&str> = text.split(',').map(str::trim).collect();
    let is_tiled = |id: &&&str| ask.snapshot.collection(id).is_some_and(|known| has_tiles(&known.declaration));
    let unknown = ids.iter().filter(|id| !is_tiled(id));
    let faults: Vec<Fault> = unknown
        .map(|id| Fault {
            parameter: "collections".to_owned(),
            detail: format!("'{id}' không phải tập dữ liệu có vị trí / '{id}' is no collection with places"),
        })
        .collect();
    if !faults.is_empty() {
        return Err(Problem::Parameters(faults));
    }
    Ok(app.tiles.layers(&ask.snapshot, |collection| ids.contains(&collection.declaration.id.as_str())))
}

/// Reads the three numbers of a tile.
fn tile_id(zoom: &str, row: &str, col: &str) -> Result<TileId, Problem> {
    let mut wrong = Vec::new();
    let mut number = |name: &str, text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            wrong.push(format!("{name} '{text}' không phải số nguyên / {name} '{text}' is no whole number"));
        }
        // More digits than fit are a number that no matrix reaches.
        text.parse::<u32>().unwrap_or(u32::MAX)
    };
    let (z, y, x) = (number("tileMatrix", zoom), number("tileRow", row), number("tileCol", col));
    if !wrong.is_empty() {
        return Err(Problem::BadRequest(joined(&wrong, "; ")));
    }
    let tile = u8::try_from(z).ok().and_then(|z| TileId::new(z, y, x));
    tile.ok_or_else(|| {
        Problem::NotFound(format!("không có ô {zoom}/{row}/{col} / there is no tile {zoom}/{row}/{col}"))
    })
}

/// Sends a tile.
async fn answer(app: &App, ask: &Ask, layers: &Layers, tile: TileId) -> Result<Response<Body>, Problem> {
    if limits(&layers.shown(), tile.zoom()).is_some_and(|limits| !limits.contains(tile)) {
        let place = format!("{}/{}/{}", tile.zoom(), tile.row(), tile.col());
        return Err(Problem::NotFound(format!(
            "ô {place} nằm ngoài phạm vi của bộ ô / tile {place} lies outside the limits of its tileset"
        )));
    }
    let name = [layers.hash(tile), VERSION, u64::from(tile.zoom()), u64::from(tile.row()), u64::from(tile.col())];
    let name: Vec<u8> = name.into_iter().flat_map(u64::to_le_bytes).collect();
    let etag = xxh3_64(&name);
    let is_known = is_known_to(&ask.headers, etag);
    let bytes = if is_known { bytes::Bytes::new() } else { app.tiles.tile(layers, tile).await? };
    let is_empty = !is_known && bytes.is_empty();
    let reply = Reply {
        media_type: MVT,
        kept: vec![bytes],
        end: bytes::Bytes::new(),
        etag,
        key: Some(xxh3_128_with_seed(&name, app.seed)),
        version: None,
        packed: None,
        immutable: false,
        headers: Vec::new(),
    };
    let mut response = send(app, &ask.headers, reply).await;
    if is_empty {
        *response.status_mut() = StatusCode::NO_CONTENT;
        response.headers_mut().remove(CONTENT_TYPE);
    }
    Ok(response)
}

type Place = (String, String, String);

/// A tile of one collection.
pub async fn of_collection(
    State(app): State<Arc<App>>,
    Segments((id, zoom, row, col)): Segments<(String, String, String, String)>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let layers = layers_of(&app, &ask, &id)?;
    let params = ask.params();
    params.only(&["f"])?;
    representation(params.get("f"), &ask.headers, &TILE)?;
    let tile = tile_id(&zoom, &row, &col)?;
    answer(&app, &ask, &layers, tile).await
}

/// A tile of all collections, or of some.
pub async fn of_dataset(
    State(app): State<Arc<App>>,
    Segments((zoom, row, col)): Segments<Place>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    params.only(&["f", "collections"])?;
    let layers = selected(&app, &ask, &params)?;
    representation(params.get("f"), &ask.headers, &TILE)?;
    let tile = tile_id(&zoom, &row, &col)?;
    answer(&app, &ask, &layers, tile).await
}

/// A tileset that is asked for: that of a collection, or that of all or some of them.
struct Asked {
    layers: Layers,
    of_dataset: bool,
    /// The query of its tiles.
    query: String,
}

impl Asked {
    fn of(app: &App, ask: &Ask, id: Option<&str>) -> Result<Asked, Problem> {
        let params = ask.params();
        if let Some(id) = id {
            let layers = layers_of(app, ask, id)?;
            params.only(&["f"])?;
            return Ok(Asked { layers, of_dataset: false, query: String::new() });
        }
        params.only(&["f", "collections"])?;
        let layers = selected(app, ask, &params)?;
        let query = params.get("collections").map(|_| {
            let ids: Vec<_> = layers.shown().iter().map(|layer| layer.collection.declaration.id.clone()).collect();
            format!("?collections={}", ids.join(","))
        });
        Ok(Asked { layers, of_dataset: true, query: query.unwrap_or_default() })
    }

    fn tileset(&self, ask: &Ask) -> Tileset<'_> {
        let layers = self.layers.shown();
        let of_one = layers.first().filter(|_| !self.of_dataset).map(|one| &one.collection.declaration);
        let (of, title, description) = match of_one {
            Some(one) => (format!("{}/collections/{}", ask.base, one.id), one.title.clone(), one.description.clone()),
            None => {
                let title = Title::new("Mọi tập dữ liệu", "All collections");
                (ask.base.clone(), title, Title::same(landing_page::DESCRIPTION))
            }
        };
        Tileset { of, title, description, layers, query: self.query.clone() }
    }
}

async fn list(app: &App, ask: &Ask, id: Option<&str>) -> Result<Response<Body>, Problem> {
    let asked = Asked::of(app, ask, id)?;
    let tileset = asked.tileset(ask);
    let listed = |_, links| documents::list(&ask.base, &tileset, links);
    document(app, ask, &DOCUMENT, listed, || maps::tilesets(&ask.base, &tileset)).await
}

async fn describe(app: &App, ask: &Ask, id: Option<&str>) -> Result<Response<Body>, Problem> {
    let asked = Asked::of(app, ask, id)?;
    let tileset = asked.tileset(ask);
    let described = |media_type, links| match media_type {
        TILE_JSON => documents::tile_json(&tileset),
        _ => documents::tileset(&ask.base, &tileset, links),
    };
    document(app, ask, &TILESET, described, || maps::tileset(&ask.base, &tileset)).await
}

/// The tilesets of a collection.
pub async fn collection_list(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    list(&app, &ask, Some(&id)).await
}

/// The tileset of a collection.
pub async fn collection_metadata(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    describe(&app, &ask, Some(&id)).await
}

/// The tilesets with all collections.
pub async fn dataset_list(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    list(&app, &ask, None).await
}

/// The tileset with all collections.
pub async fn dataset_metadata(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    describe(&app, &ask, None).await
}

/// The tile matrix sets.
pub async fn matrix_sets(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    params.only(&["f"])?;
    representation(params.get("f"), &ask.headers, &JSON_ONLY)?;
    let mut links = representations(&ask.url(), JSON, &JSON_ONLY);
    links.push(link(format!("{}/tiles", ask.base), TILESETS, JSON, "Các bộ ô / Tilesets"));
    Ok(send(&app, &ask.headers, Reply::json(JSON, &documents::matrix_sets(&ask.base, links))).await)
}

/// WebMercatorQuad.
pub async fn matrix_set(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    params.only(&["f"])?;
    representation(params.get("f"), &ask.headers, &JSON_ONLY)?;
    let links = representations(&ask.url(), JSON, &JSON_ONLY);
    Ok(send(&app, &ask.headers, Reply::json(JSON, &documents::matrix_set(links))).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(zoom: &str, row: &str, col: &str) -> u16 {
        tile_id(zoom, row, col).map_or_else(|problem| problem.status(), |_| 200)
    }

    #[test]
    fn what_is_no_number_is_a_bad_request_and_what_no_matrix_reaches_is_not_found() {
        for (zoom, row, col) in [("x", "0", "0"), ("0", "-1", "0"), ("0", "0", "1.5"), ("0", "", "0"), ("+1", "0", "0")]
        {
            assert_eq!(status(zoom, row, col), 400, "{zoom}/{row}/{col}");
        }
        for (zoom, row, col) in
            [("0", "1", "0"), ("21", "0", "0"), ("256", "0", "0"), ("1", "0", "99999999999999999999")]
        {
            assert_eq!(status(zoom, row, col), 404, "{zoom}/{row}/{col}");
        }
        assert_eq!(status("20", "1048575", "1048575"), 200);
    }
}
