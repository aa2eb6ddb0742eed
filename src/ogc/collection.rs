//! Descriptions of collections.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

use super::link::{ENCLOSURE, ITEMS, Link, QUERYABLES, SCHEMA, SORTABLES, STYLESHEET, TILESETS, link};
use super::media_type::{
    CSV, FLATGEOBUF, GEO_JSON, GEOPACKAGE, HTML, JSON, JSON_FG, MAPBOX_STYLE, NDJSON, SCHEMA_JSON, XLSX,
};
use super::tiles::has_tiles;
use crate::domain::{Collection, Field, Title};
use crate::geom::Crs;
use crate::geom::reproject::SERVED;
use crate::publish::collection::PublishedCollection;

fn title(title: &Title) -> Value {
    json!({"vi": title.vi, "en": title.en})
}

/// A field as the page needs it: titles, unit and codes for legend and table.
fn field(field: &Field) -> Value {
    let codes: Vec<_> =
        field.codes.iter().map(|code| json!({"code": code.code, "title": title(&code.title)})).collect();
    json!({
        "name": field.name,
        "title": title(&field.title),
        "type": field.data_type.as_str(),
        "unit": field.unit,
        "codes": codes,
        "required": field.required,
        "derived": field.derived,
        "references": field.references,
    })
}

fn declaration(collection: &Collection) -> Value {
    json!({
        "kind": collection.kind.as_str(),
        "editable": collection.is_editable(),
        "title": title(&collection.title),
        "description": title(&collection.description),
        "geometry": collection.geometry.as_ref().map(|geometry| geometry.kind.name()),
        "storedIn": collection.geometry.as_ref().map(|geometry| geometry.crs.to_string()),
        "fields": collection.fields.iter().map(field).collect::<Vec<_>>(),
    })
}

fn extent(collection: &PublishedCollection) -> Option<Value> {
    let mut extent = serde_json::Map::new();
    let crs84 = Crs::Crs84.uri();
    if let Some(envelope) = collection.extent {
        extent.insert("spatial".to_owned(), json!({"bbox": [envelope.to_array()], "crs": crs84}));
    }
    if let Some(span) = collection.time_extent {
        let end = |ms: Option<i64>| {
            let instant = ms.and_then(DateTime::from_timestamp_millis);
            instant.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
        };
        let trs = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian";
        let interval = [[end(span.start), end(span.end)]];
        extent.insert("temporal".to_owned(), json!({"interval": interval, "trs": trs}));
    }
    (!extent.is_empty()).then(|| extent.into())
}

/// Links to a collection in one piece. A GeoPackage of a survey is in the system of the survey.
fn whole(url: &str, declared: &Collection) -> Vec<Link> {
    let survey = declared.storage_crs().filter(|crs| !crs.is_wgs84()).and_then(|crs| crs.uri());
    let crs = survey.map(|uri| format!("&crs={uri}")).unwrap_or_default();
    let mut links = vec![
        link(format!("{url}/items?f=jsonfg"), ITEMS, JSON_FG, "Đối tượng dạng JSON-FG / Features as JSON-FG"),
        link(format!("{url}/items?f=csv"), ITEMS, CSV, "Đối tượng dạng CSV / Features as CSV"),
        link(format!("{url}/items?f=ndjson"), ITEMS, NDJSON, "Mỗi dòng một đối tượng / One feature on each line"),
        link(format!("{url}/download?f=geojson"), ENCLOSURE, GEO_JSON, "Toàn bộ / All features: GeoJSON"),
        link(format!("{url}/download?f=csv"), ENCLOSURE, CSV, "Toàn bộ / All features: CSV"),
        link(format!("{url}/download?f=xlsx"), ENCLOSURE, XLSX, "Toàn bộ / All features: Excel"),
        link(format!("{url}/download?f=gpkg{crs}"), ENCLOSURE, GEOPACKAGE, "Toàn bộ / All features: GeoPackage"),
    ];
    if declared.geometry.is_some() {
        links.push(link(format!("{url}/download?f=fgb"), ENCLOSURE, FLATGEOBUF, "Toàn bộ / All features: FlatGeobuf"));
    }
    links
}

/// The systems that all collections with places offer, for the head of the list of collections.
pub fn common_crs() -> Vec<String> {
    let served = SERVED.map(Crs::Epsg);
    [Crs::Crs84, Crs::Crs84h].iter().chain(&served).filter_map(Crs::uri).collect()
}

/// Replaces the systems of a collection in the list of collections by a reference to the head of the list (OGC 18-058r1,
/// clause 6.2.2): its own come before it.
pub fn refer_to_common_crs(document: &mut Value, declared: &Collection) {
    if declared.geometry.is_none() {
        return;
    }
    let own = declared.storage_crs().and_then(|crs| crs.uri()).filter(|uri| !common_crs().contains(uri));
    document["crs"] = own.into_iter().chain(["#/crs".to_owned()]).collect();
}

/// One collection; `links` are those of its own representations.
pub fn document(base: &str, collection: &PublishedCollection, mut links: Vec<Link>) -> Value {
    let declared = &collection.declaration;
    let url = format!("{base}/collections/{}", declared.id);
    let items = format!("{url}/items");
    links.extend([
        // Without a query: QGIS and GDAL append `/<id>` to this very text.
        link(items.clone(), ITEMS, GEO_JSON, "Đối tượng dạng GeoJSON / Features as GeoJSON"),
        link(format!("{items}?f=html"), ITEMS, HTML, "Đối tượng dạng bảng / Features as a table"),
        link(format!("{url}/queryables"), QUERYABLES, SCHEMA_JSON, "Thuộc tính lọc được / Queryables"),
        link(format!("{url}/sortables"), SORTABLES, SCHEMA_JSON, "Thuộc tính sắp xếp được / Sortables"),
        link(format!("{url}/schema"), SCHEMA, SCHEMA_JSON, "Lược đồ / Schema"),
    ]);
    links.extend(whole(&url, declared));
    if has_tiles(declared) {
        links.extend([
            link(format!("{url}/tiles"), TILESETS, JSON, "Ô bản đồ vectơ / Vector tiles"),
            link(format!("{base}/styles/{}", declared.id), STYLESHEET, MAPBOX_STYLE, "Kiểu bản đồ / Map style"),
        ]);
    }
    let mut document = json!({
        "id": declared.id,
        "title": declared.title.to_string(),
        "description": declared.description.to_string(),
        "links": links,
    });
    if let Some(extent) = extent(collection) {
        document["extent"] = extent;
    }
    document["itemType"] = "feature".into();
    match &collection.remote {
        None => document["itemCount"] = collection.len().into(),
        Some(remote) => {
            // How many there are is told while it is known.
            if let (rows, true) = remote.rows() {
                document["itemCount"] = rows.into();
            }
            document["langxanh:storage"] = "database".into();
        }
    }
    document["crs"] = json!(declared.offered_crs().iter().filter_map(Crs::uri).collect::<Vec<_>>());
    if let Some(storage) = declared.storage_crs().and_then(|crs| crs.uri()) {
        document["storageCrs"] = storage.into();
    }
    document["langxanh"] = declaration(declared);
    document
}
