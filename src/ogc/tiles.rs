//! Tilesets, TileJSON and the tile matrix set as documents (OGC 20-057, OGC 17-083r4, TileJSON 3.0).

use serde_json::{Map, Value, json};

use super::link::{GEODATA, ITEM, Link, SELF, TILING_SCHEME, link};
use super::media_type::{JSON, MVT};
use super::schema;
use crate::domain::{Collection, DataType, Field, Title};
use crate::geom::{Crs, Envelope, GeometryKind};
use crate::publish::collection::PublishedCollection;
use crate::tile::grid::{HALF_WORLD_M, Limits, MAX_ZOOM};
use crate::tile::{COUNT, ID, attributes};

/// The one tile matrix set.
pub const MATRIX_SET: &str = "WebMercatorQuad";

const MATRIX_SET_URI: &str = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad";
const WEB_MERCATOR: &str = "http://www.opengis.net/def/crs/EPSG/0/3857";

/// The definition of WebMercatorQuad has so many zooms.
const MATRICES: u8 = 25;

/// Scale denominator of zoom 0: a world of 256 pixels of 0.28 mm (OGC 17-083r4, annex D.1).
const SCALE_OF_WORLD: f64 = 559_082_264.028_717_8;

/// Pixels of a tile's side for which cell sizes are stated. Clients draw vector tiles at whatever size they like.
const PIXELS: u32 = 256;

/// A collection in tiles.
#[derive(Clone, Copy)]
pub struct Layer<'a> {
    pub collection: &'a PublishedCollection,
    /// The first zoom that shows something of it.
    pub from_zoom: u8,
}

/// What all tiles of a resource are about: one collection, or several in one tile.
pub struct Tileset<'a> {
    /// The URL of the resource that has the tiles, without `/tiles`.
    pub of: String,
    pub title: Title,
    pub description: Title,
    pub layers: Vec<Layer<'a>>,
    /// The query that every tile of it is asked with, such as `?collections=a,b`; empty for none.
    pub query: String,
}

impl Tileset<'_> {
    fn extent(&self) -> Option<Envelope> {
        self.layers.iter().filter_map(|layer| layer.collection.extent).reduce(Envelope::union)
    }

    /// URL of the tileset.
    pub fn url(&self) -> String {
        format!("{}/tiles/{MATRIX_SET}", self.of)
    }

    /// URL of a tile with the names of its three numbers in braces.
    pub fn template(&self, zoom: &str, row: &str, col: &str) -> String {
        format!("{}/{{{zoom}}}/{{{row}}}/{{{col}}}{}", self.url(), self.query)
    }
}

/// Which tiles of a zoom can hold something of these layers; `None` where nothing has a place.
pub fn limits(layers: &[Layer<'_>], zoom: u8) -> Option<Limits> {
    let shown = layers.iter().filter(|layer| layer.from_zoom <= zoom);
    let extent = shown.filter_map(|layer| layer.collection.extent).reduce(Envelope::union)?;
    Some(Limits::of(&extent, zoom))
}

/// So many rows may a tile have on average of a collection that stays in the database.
const MANY_ROWS: u64 = 20_000;

/// From this zoom on tiles of a collection are made of the rows that lie in them: of what stays in the database from where
/// these are few.
pub fn by_place_from(collection: &PublishedCollection) -> u8 {
    let (Some(remote), Some(extent)) = (&collection.remote, collection.extent) else { return 0 };
    let (rows, _) = remote.rows();
    let is_enough = |zoom: &u8| rows / Limits::of(&extent, *zoom).count() <= MANY_ROWS;
    (0..MAX_ZOOM).find(is_enough).unwrap_or(MAX_ZOOM)
}

fn scheme(base: &str) -> Link {
    let href = format!("{base}/tileMatrixSets/{MATRIX_SET}");
    link(href, TILING_SCHEME, JSON, "Lưới ô / Tile matrix set")
}

fn item(tileset: &Tileset) -> Value {
    json!({
        "href": tileset.template("tileMatrix", "tileRow", "tileCol"),
        "rel": ITEM,
        "type": MVT,
        "templated": true,
        "title": "Ô bản đồ vectơ / Vector tile",
    })
}

/// The list of tilesets of a resource: there is one.
pub fn list(base: &str, tileset: &Tileset, links: Vec<Link>) -> Value {
    let of_tileset = [
        json!(link(format!("{}{}", tileset.url(), tileset.query), SELF, JSON, "Bộ ô / Tileset")),
        json!(scheme(base)),
        item(tileset),
    ];
    json!({
        "links": links,
        "tilesets": [{
            "title": tileset.title.to_string(),
            "dataType": "vector",
            "crs": WEB_MERCATOR,
            "tileMatrixSetURI": MATRIX_SET_URI,
            "links": of_tileset,
        }],
    })
}

fn dimension(kind: GeometryKind) -> Option<u8> {
    match kind {
        GeometryKind::Point | GeometryKind::MultiPoint => Some(0),
        GeometryKind::LineString | GeometryKind::MultiLineString => Some(1),
        GeometryKind::Polygon | GeometryKind::MultiPolygon => Some(2),
        GeometryKind::GeometryCollection | GeometryKind::Geometry => None,
    }
}

/// The two attributes that every layer has besides those of its collection.
fn own_fields() -> [Field; 2] {
    let id = Field { title: Title::new("Mã đối tượng", "Feature id"), ..Field::plain(ID, DataType::Text) };
    let title = Title::new("Số đối tượng mà đối tượng này đại diện", "Number of features that this one stands for");
    [id, Field { title, ..Field::plain(COUNT, DataType::Integer) }]
}

pub fn fields(collection: &PublishedCollection) -> Vec<Field> {
    let [id, count] = own_fields();
    let declared = &collection.declaration.fields;
    let shown = attributes(collection).into_iter().map(|(at, _)| declared[at].clone());
    std::iter::once(id).chain(shown).chain([count]).collect()
}

fn layer(base: &str, Layer { collection, from_zoom }: Layer<'_>) -> Value {
    let declared = &collection.declaration;
    let properties: Map<String, Value> =
        fields(collection).iter().map(|field| (field.name.clone(), schema::property(field).into())).collect();
    let url = format!("{base}/collections/{}", declared.id);
    let mut layer = json!({
        "id": declared.id,
        "title": declared.title.to_string(),
        "description": declared.description.to_string(),
        "dataType": "vector",
        "minTileMatrix": from_zoom.to_string(),
        "maxTileMatrix": MAX_ZOOM.to_string(),
        "propertiesSchema": {"type": "object", "properties": properties},
        "links": [link(url, GEODATA, JSON, "Tập dữ liệu / Collection")],
    });
    if let Some(dimension) = declared.geometry.as_ref().and_then(|geometry| dimension(geometry.kind)) {
        layer["geometryDimension"] = dimension.into();
    }
    layer
}

/// Metadata of a tileset; `links` are those of its own representations.
pub fn tileset(base: &str, tileset: &Tileset, links: Vec<Link>) -> Value {
    let mut all: Vec<Value> = links.into_iter().map(|link| json!(link)).collect();
    all.extend([json!(scheme(base)), item(tileset)]);
    // The root is addressed with its slash.
    let of = if tileset.of == base { format!("{base}/") } else { tileset.of.clone() };
    all.push(json!(link(of, GEODATA, JSON, "Dữ liệu / Data")));
    let mut document = json!({
        "title": tileset.title.to_string(),
        "description": tileset.description.to_string(),
        "dataType": "vector",
        "crs": WEB_MERCATOR,
        "tileMatrixSetURI": MATRIX_SET_URI,
        "links": all,
        "layers": tileset.layers.iter().map(|shown| layer(base, *shown)).collect::<Vec<_>>(),
    });
    if let Some(extent) = tileset.extent() {
        let limits = (0..=MAX_ZOOM).filter_map(|zoom| limits(&tileset.layers, zoom)).map(|limits| {
            json!({
                "tileMatrix": limits.zoom.to_string(),
                "minTileRow": limits.min_row,
                "maxTileRow": limits.max_row,
                "minTileCol": limits.min_col,
                "maxTileCol": limits.max_col,
            })
        });
        document["tileMatrixSetLimits"] = limits.collect();
        document["boundingBox"] = json!({
            "lowerLeft": [extent.min_x, extent.min_y],
            "upperRight": [extent.max_x, extent.max_y],
            "crs": Crs::Crs84.uri(),
        });
    }
    document
}

/// TileJSON: what MapLibre reads.
pub fn tile_json(tileset: &Tileset) -> Value {
    let layers = tileset.layers.iter().map(|Layer { collection, from_zoom }| {
        let fields: Map<String, Value> =
            fields(collection).into_iter().map(|field| (field.name, field.title.to_string().into())).collect();
        json!({
            "id": collection.declaration.id,
            "description": collection.declaration.title.to_string(),
            "fields": fields,
            "minzoom": from_zoom,
            "maxzoom": MAX_ZOOM,
        })
    });
    let mut document = json!({
        "tilejson": "3.0.0",
        "name": tileset.title.to_string(),
        "description": tileset.description.to_string(),
        "scheme": "xyz",
        "tiles": [tileset.template("z", "y", "x")],
        "minzoom": tileset.layers.iter().map(|layer| layer.from_zoom).min().unwrap_or(0),
        "maxzoom": MAX_ZOOM,
        "vector_layers": layers.collect::<Vec<_>>(),
    });
    if let Some(extent) = tileset.extent() {
        document["bounds"] = json!(extent.to_array());
        let middle = [(extent.min_x + extent.max_x) / 2.0, (extent.min_y + extent.max_y) / 2.0];
        document["center"] = json!([middle[0], middle[1], fitting_zoom(&extent)]);
    }
    document
}

/// The deepest zoom at which an extent lies in one or two tiles of each direction.
fn fitting_zoom(extent: &Envelope) -> u8 {
    let fits = |zoom: &u8| {
        let limits = Limits::of(extent, *zoom);
        limits.max_col - limits.min_col <= 1 && limits.max_row - limits.min_row <= 1
    };
    (0..=MAX_ZOOM).take_while(fits).last().unwrap_or(0)
}

/// The list of tile matrix sets.
pub fn matrix_sets(base: &str, links: Vec<Link>) -> Value {
    let href = format!("{base}/tileMatrixSets/{MATRIX_SET}");
    json!({
        "links": links,
        "tileMatrixSets": [{
            "id": MATRIX_SET,
            "title": "Google Maps Compatible for the World",
            "uri": MATRIX_SET_URI,
            "crs": WEB_MERCATOR,
            "links": [link(href, SELF, JSON, "Lưới ô / Tile matrix set")],
        }],
    })
}

/// The definition of WebMercatorQuad. What the first edition of the standard called otherwise stands there by both names:
/// GDAL knows such a document by the earlier ones.
pub fn matrix_set(links: Vec<Link>) -> Value {
    let matrices = (0..MATRICES).map(|zoom| {
        let side = 1u32 << zoom;
        json!({
            "id": zoom.to_string(),
            "identifier": zoom.to_string(),
            "scaleDenominator": SCALE_OF_WORLD / f64::from(side),
            "cellSize": 2.0 * HALF_WORLD_M / f64::from(PIXELS) / f64::from(side),
            "cornerOfOrigin": "topLeft",
            "pointOfOrigin": [-HALF_WORLD_M, HALF_WORLD_M],
            "topLeftCorner": [-HALF_WORLD_M, HALF_WORLD_M],
            "tileWidth": PIXELS,
            "tileHeight": PIXELS,
            "matrixWidth": side,
            "matrixHeight": side,
        })
    });
    json!({
        "type": "TileMatrixSetType",
        "id": MATRIX_SET,
        "identifier": MATRIX_SET,
        "title": "Google Maps Compatible for the World",
        "uri": MATRIX_SET_URI,
        "crs": WEB_MERCATOR,
        "supportedCRS": WEB_MERCATOR,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": matrices.collect::<Vec<_>>(),
        "links": links,
    })
}

/// Whether a collection has tiles.
pub fn has_tiles(collection: &Collection) -> bool {
    collection.geometry.is_some()
}
