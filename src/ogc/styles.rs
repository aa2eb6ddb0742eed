//! Map styles (MapLibre style specification, version 8) and legends, made from the portrayal of the collections.

use serde_json::{Value, json};

use super::link::{LEGEND, Link, STYLESHEET, link};
use super::media_type::{JSON, MAPBOX_STYLE, QML, SLD};
use super::tiles::{MATRIX_SET, has_tiles};
use crate::domain::portrayal::{DRAWING_ORDER, Legend, OTHER, Portrayal};
use crate::domain::{Collection, Title};
use crate::geom::{Envelope, GeometryKind};
use crate::publish::collection::PublishedCollection;
use crate::tile::ID;

/// The style with every collection. The others are named like their collection.
pub const ALL: &str = "langxanh";

const ALL_TITLE: Title = Title::new("Bản đồ rà soát", "Map of the review");

/// One style: the collections that it draws, the lowest first.
pub struct Style<'a> {
    pub id: String,
    pub title: Title,
    pub collections: Vec<&'a PublishedCollection>,
}

/// Every style of a service with these collections, that with all of them first.
pub fn styles(collections: &[PublishedCollection]) -> Vec<Style<'_>> {
    let mut drawn: Vec<&PublishedCollection> =
        collections.iter().filter(|collection| has_tiles(&collection.declaration)).collect();
    let each = drawn.clone().into_iter().map(|collection| Style {
        id: collection.declaration.id.clone(),
        title: collection.declaration.title.clone(),
        collections: vec![collection],
    });
    let each: Vec<_> = each.collect();
    drawn.sort_by_key(|collection| {
        let id = collection.declaration.id.as_str();
        DRAWING_ORDER.iter().position(|known| *known == id).unwrap_or(DRAWING_ORDER.len())
    });
    let all = Style { id: ALL.to_owned(), title: ALL_TITLE, collections: drawn };
    std::iter::once(all).chain(each).collect()
}

fn url(base: &str, id: &str) -> String {
    format!("{base}/styles/{id}")
}

/// The list of styles.
pub fn list(base: &str, styles: &[Style], links: Vec<Link>) -> Value {
    let each = styles.iter().map(|style| {
        let url = url(base, &style.id);
        let mut links = vec![
            link(url.clone(), STYLESHEET, MAPBOX_STYLE, "Kiểu MapLibre / MapLibre style"),
            link(format!("{url}/legend"), LEGEND, JSON, "Chú giải / Legend"),
        ];
        if style.collections.len() == 1 {
            links.push(link(format!("{url}?f=qml"), STYLESHEET, QML, "Kiểu QGIS / QGIS style"));
            links.push(link(format!("{url}?f=sld"), STYLESHEET, SLD, "OGC SLD 1.1"));
        }
        json!({"id": style.id, "title": style.title.to_string(), "links": links})
    });
    json!({"links": links, "default": ALL, "styles": each.collect::<Vec<_>>()})
}

/// The colour of a feature: an expression over the legend's field, or one colour.
fn colour(portrayal: &Portrayal) -> Value {
    let Some(Legend { field, colours, other }) = portrayal.legend else { return portrayal.colour.into() };
    let mut expression = vec![json!("match"), json!(["get", field])];
    expression.extend(colours.iter().flat_map(|(code, colour)| [json!(code), json!(colour)]));
    expression.push(other.into());
    expression.into()
}

/// Which of the three kinds of marks a collection needs.
fn kinds(kind: GeometryKind) -> &'static [&'static str] {
    match kind {
        GeometryKind::Point | GeometryKind::MultiPoint => &["Point"],
        GeometryKind::LineString | GeometryKind::MultiLineString => &["LineString"],
        GeometryKind::Polygon | GeometryKind::MultiPolygon => &["Polygon"],
        GeometryKind::Geometry | GeometryKind::GeometryCollection => &["Polygon", "LineString", "Point"],
    }
}

/// What a layer shows of its collection: one code of a field, or in a mixed collection one kind of marks. `$type` is the
/// older form, which all of MapLibre and QGIS read alike: newer ones tell several parts from one.
fn filter(portrayal: &Portrayal, kind: Option<&str>) -> Option<Value> {
    let shown = portrayal.shown.map(|(field, code)| json!(["==", ["get", field], code]));
    shown.or_else(|| kind.map(|kind| json!(["==", "$type", kind])))
}

fn layers(collection: &Collection) -> Vec<Value> {
    let portrayal = Portrayal::of(collection);
    let id = &collection.id;
    let colour = colour(&portrayal);
    let mut layers = Vec::new();
    let kinds = collection.geometry.as_ref().map_or(&[][..], |geometry| kinds(geometry.kind));
    let layer = |part: &str, kind: &str, paint: Value, only: &str| {
        let mut layer = json!({
            "id": format!("{id}-{part}"),
            "type": kind,
            "source": ALL,
            "source-layer": id,
            "minzoom": portrayal.from_zoom,
            "paint": paint,
        });
        if let Some(filter) = filter(&portrayal, (kinds.len() > 1).then_some(only)) {
            layer["filter"] = filter;
        }
        layer
    };
    for kind in kinds {
        match *kind {
            "Polygon" => {
                let outline = json!({"line-color": colour, "line-width": 1.4});
                layers.push(layer("fill", "fill", json!({"fill-color": colour, "fill-opacity": 0.35}), kind));
                layers.push(layer("outline", "line", outline, kind));
            }
            "LineString" => {
                let width = json!(["interpolate", ["linear"], ["zoom"], 8, 1, 12, 2.4, 16, 6]);
                layers.push(layer("line", "line", json!({"line-color": colour, "line-width": width}), kind));
            }
            _ => {
                let radius = json!(["interpolate", ["linear"], ["zoom"], 8, 3, 12, 5, 16, 8]);
                let paint = json!({
                    "circle-color": colour,
                    "circle-radius": radius,
                    "circle-stroke-color": "#ffffff",
                    "circle-stroke-width": 1.2,
                });
                layers.push(layer("point", "circle", paint, kind));
            }
        }
    }
    layers
}

/// Names beside the features.
fn label(collection: &Collection) -> Option<Value> {
    let portrayal = Portrayal::of(collection);
    let field = portrayal.label.as_ref()?;
    let is_line = collection.geometry.as_ref().is_some_and(|geometry| kinds(geometry.kind) == ["LineString"]);
    let placement = if is_line { "line" } else { "point" };
    let mut label = json!({
        "id": format!("{}-label", collection.id),
        "type": "symbol",
        "source": ALL,
        "source-layer": collection.id,
        "minzoom": portrayal.from_zoom.max(12),
        "layout": {
            "symbol-placement": placement,
            "text-field": ["to-string", ["get", field]],
            "text-size": 12,
            "text-variable-anchor": ["top", "bottom", "left", "right"],
            "text-radial-offset": 0.8,
            "text-max-width": 9,
        },
        "paint": {"text-color": "#3d3f44", "text-halo-color": "#f8f7f3", "text-halo-width": 1.4},
    });
    if let Some(filter) = filter(&portrayal, None) {
        label["filter"] = filter;
    }
    Some(label)
}

/// The style as MapLibre and QGIS read it. Letters are drawn with the reader's own fonts: there are no `glyphs`.
pub fn maplibre(base: &str, style: &Style) -> Value {
    let declared = || style.collections.iter().map(|collection| &collection.declaration);
    let of = match style.collections.as_slice() {
        [one] if style.id != ALL => format!("{base}/collections/{}", one.declaration.id),
        _ => base.to_owned(),
    };
    let ids: serde_json::Map<String, Value> = declared().map(|one| (one.id.clone(), ID.into())).collect();
    let background = json!({"id": "ground", "type": "background", "paint": {"background-color": "#eceae5"}});
    let background = (style.id == ALL).then_some(background);
    let layers: Vec<Value> =
        background.into_iter().chain(declared().flat_map(layers)).chain(declared().filter_map(label)).collect();
    let mut document = json!({
        "version": 8,
        "name": style.title.to_string(),
        "sources": {
            ALL: {
                "type": "vector",
                "url": format!("{of}/tiles/{MATRIX_SET}?f=tilejson"),
                "promoteId": ids,
            },
        },
        "layers": layers,
    });
    let extent = style.collections.iter().filter_map(|collection| collection.extent).reduce(Envelope::union);
    if let Some(extent) = extent {
        document["center"] = json!([(extent.min_x + extent.max_x) / 2.0, (extent.min_y + extent.max_y) / 2.0]);
        document["zoom"] = 9.into();
    }
    document
}

fn title(title: &Title) -> Value {
    json!({"vi": title.vi, "en": title.en})
}

/// One line of a legend.
pub struct Entry {
    /// The code of the legend's field; `None` for every other one, and where there is no such field.
    pub code: Option<&'static str>,
    /// What it means, where that is known.
    pub title: Option<Title>,
    /// `#rrggbb`
    pub colour: &'static str,
}

/// What the colours of a collection mean.
pub fn entries(declared: &Collection) -> Vec<Entry> {
    let portrayal = Portrayal::of(declared);
    let Some(Legend { field, colours, other }) = portrayal.legend else {
        return vec![Entry { code: None, title: Some(declared.title.clone()), colour: portrayal.colour }];
    };
    let codes = declared.field(field).map_or(&[][..], |(_, field)| field.codes);
    let named = |code: &str| codes.iter().find(|known| known.code == code).map(|known| known.title.clone());
    let lines = colours.iter().map(|(code, colour)| Entry { code: Some(*code), title: named(code), colour });
    lines.chain([Entry { code: None, title: Some(OTHER), colour: other }]).collect()
}

/// What the colours of a style mean, collection by collection, the topmost first.
pub fn legend(style: &Style, links: Vec<Link>) -> Value {
    let each = style.collections.iter().rev().map(|collection| {
        let declared = &collection.declaration;
        let portrayal = Portrayal::of(declared);
        let entries = entries(declared).into_iter().map(|entry| {
            let mut line =
                json!({"code": entry.code, "title": entry.title.as_ref().map(title), "colour": entry.colour});
            if portrayal.legend.is_none() {
                line.as_object_mut().map(|line| line.shift_remove("code"));
            }
            line
        });
        json!({
            "collection": declared.id,
            "title": title(&declared.title),
            "field": portrayal.legend.map(|legend| legend.field),
            "geometry": declared.geometry.as_ref().map(|geometry| geometry.kind.name()),
            "minZoom": portrayal.from_zoom,
            "entries": entries.collect::<Vec<_>>(),
        })
    });
    json!({"links": links, "title": title(&style.title), "layers": each.collect::<Vec<_>>()})
}
