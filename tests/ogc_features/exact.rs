//! Places come back digit by digit, heights with the system that knows them, and shared borders shared.

use std::collections::BTreeMap;
use std::path::Path;

use geo::{Area, Geometry, LineString, MultiPolygon, Point, Polygon};
use langxanh::domain::{DataType, Field, Value};
use langxanh::geom::{GeometryKind, Shape};
use langxanh::store::{Draft, Mode};

use crate::common::http::{body, get, ids, json, matching};
use crate::common::rows::{apply, table};
use crate::common::{Server, sample_store, serve};

const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
const CRS84H: &str = "http://www.opengis.net/def/crs/OGC/0/CRS84h";

/// A place with as many digits as a number has.
const PLACE: (f64, f64) = (105.804_123_456_789_01, 21.012_345_678_901_234);

const HEIGHT: f64 = 7.123_456_789;

fn served(folder: &Path) -> Server {
    let store = sample_store(folder);
    let draft = |n: i64, shape| Draft { id: None, values: vec![Value::Integer(n)], shape: Some(shape) };
    let fields = || vec![Field::plain("n", DataType::Integer)];
    let (x, y) = PLACE;
    let ring = LineString::from(vec![(x, y), (x + 0.01, y), (x + 0.01, y + 0.012), (x, y)]);
    let area = Shape::flat(Polygon::new(ring, vec![]));
    apply(&store, &table("areas", Some(GeometryKind::Polygon), fields()), Mode::Append, [draft(1, area)]);
    let well = Shape { geometry: Point::new(x, y).into(), z: Some(vec![HEIGHT]) };
    let mut wells = table("wells", Some(GeometryKind::Point), fields());
    wells.geometry.as_mut().unwrap().has_z = true;
    apply(&store, &wells, Mode::Append, [draft(1, well)]);
    Server::start(&mut serve(&store))
}

#[test]
fn the_own_geometry_of_a_feature_equals_it_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let server = served(folder.path());
    let target = "/collections/areas/items";
    let finds = |filter: &str| {
        let body = serde_json::json!({"filter": filter, "filter-lang": "cql2-text"}).to_string();
        ids(&server.post("/collections/areas/search", "application/json", body.as_bytes()).json())
    };
    let geometry = server.json(target)["features"][0]["geometry"].clone();
    assert_eq!(geometry["coordinates"][0][0], serde_json::json!([PLACE.0, PLACE.1]));
    let in_json = serde_json::json!({"filter": {"op": "s_equals", "args": [{"property": "geom"}, geometry]}});
    let found = server.post("/collections/areas/search", "application/json", in_json.to_string().as_bytes());
    assert_eq!(ids(&found.json()), ["1"]);
    for more in ["", "&precision=15"] {
        let csv = String::from_utf8(body(&server.get(&format!("{target}?f=csv{more}")))).unwrap();
        let mut reader = csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
        let wkt = reader.records().next().unwrap().unwrap()[2].to_owned();
        assert_eq!(finds(&format!("S_EQUALS(geom, {wkt})")), ["1"], "{wkt}");
        let line = String::from_utf8(body(&server.get(&format!("{target}?f=ndjson{more}")))).unwrap();
        let line: serde_json::Value = serde_json::from_str(line.trim()).unwrap();
        assert_eq!(line["geometry"], geometry, "{more}");
    }
    let cut = server.json(&format!("{target}?precision=6"))["features"][0]["geometry"]["coordinates"][0][0].clone();
    assert_eq!(cut, serde_json::json!([105.804_123, 21.012_346]));
    // And what was surveyed in VN-2000, in longitude and latitude with every digit.
    let parcel = json("/collections/plan_parcels/items?limit=1&precision=15")["features"][0].clone();
    let filter = serde_json::json!({"op": "s_equals", "args": [{"property": "geom"}, parcel["geometry"]]});
    let answer = crate::common::READABLE.server.post(
        "/collections/plan_parcels/search",
        "application/json",
        serde_json::json!({"filter": filter}).to_string().as_bytes(),
    );
    assert_eq!(ids(&answer.json()), [parcel["id"].as_str().unwrap()]);
}

#[test]
fn heights_come_in_the_system_that_knows_them_and_in_a_column_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let server = served(folder.path());
    let asked = |query: &str| {
        let answer = server.get(&format!("/collections/wells/items{query}"));
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        let system = answer.header("content-crs").unwrap().trim_matches(['<', '>']).to_owned();
        (system, answer.json()["features"][0]["geometry"]["coordinates"].clone())
    };
    let (x, y) = PLACE;
    assert_eq!(asked(""), (CRS84H.to_owned(), serde_json::json!([x, y, HEIGHT])));
    assert_eq!(asked(&format!("?crs={CRS84H}")), (CRS84H.to_owned(), serde_json::json!([x, y, HEIGHT])));
    assert_eq!(asked(&format!("?crs={CRS84}")), (CRS84.to_owned(), serde_json::json!([x, y])));
    assert_eq!(server.get("/collections/wells/items/1").header("content-crs"), Some(format!("<{CRS84H}>").as_str()));
    let collection = server.json("/collections/wells");
    assert_eq!(collection["storageCrs"], CRS84H);
    assert!(collection["crs"].as_array().unwrap().iter().any(|crs| crs == CRS84H));
    assert_eq!(server.get("/collections/areas/items").header("content-crs"), Some(format!("<{CRS84}>").as_str()));
    let csv = |query: &str| {
        let text = String::from_utf8(body(&server.get(&format!("/collections/wells/items?f=csv{query}")))).unwrap();
        text.trim_start_matches('\u{feff}').lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(csv(""), ["id,n,lon,lat,z".to_owned(), format!("1,1,{x},{y},{HEIGHT}")]);
    assert_eq!(csv(&format!("&crs={CRS84}")), ["id,n,lon,lat".to_owned(), format!("1,1,{x},{y}")]);
    for (format, crs) in [("gpkg", ""), ("fgb", ""), ("xlsx", ""), ("gpkg", CRS84)] {
        let crs = if crs.is_empty() { String::new() } else { format!("&crs={crs}") };
        let answer = server.get(&format!("/collections/wells/items?f={format}{crs}"));
        assert_eq!(answer.status, 200, "{format}");
        let file = folder.path().join(format!("wells.{format}"));
        std::fs::write(&file, body(&answer)).unwrap();
        let options = ["-f", "CSV", "-lco", "GEOMETRY=AS_XYZ", "/vsistdout/", file.to_str().unwrap()];
        let told = std::process::Command::new("ogr2ogr").args(options).output().unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        assert_eq!(told.contains("7.123"), crs.is_empty(), "{format}{crs}: {told}");
    }
}

#[test]
fn neighbours_share_their_borders_at_every_zoom_level() {
    // Communes cover the city without gap or overlap; so do they when they are made coarser.
    let areas = |zoom: u32| -> BTreeMap<String, MultiPolygon<f64>> {
        let target = format!("/collections/admin_units/items?limit=400&filter=valid_to%20IS%20NULL&zoom-level={zoom}");
        let page = json(&target);
        let features = page["features"].as_array().unwrap().iter().filter(|feature| feature["geometry"].is_object());
        let area = |feature: &serde_json::Value| {
            let geometry: geojson::Geometry = feature["geometry"].to_string().parse().unwrap();
            let geometry: Geometry<f64> = (&geometry).try_into().unwrap();
            let Geometry::MultiPolygon(area) = geometry else { panic!("{geometry:?}") };
            (feature["id"].as_str().unwrap().to_owned(), area)
        };
        features.map(area).collect()
    };
    assert_eq!(matching("admin_units/items?limit=400&filter=valid_to%20IS%20NULL").len(), areas(9).len());
    for zoom in [8, 10, 12] {
        let areas: Vec<MultiPolygon<f64>> = areas(zoom).into_values().collect();
        assert!(areas.len() > 100);
        let sum: f64 = areas.iter().map(Area::unsigned_area).sum();
        let all = geo::unary_union(areas.iter());
        // Nothing lies between two of them, and nothing twice: the sum of all is the whole, which has no holes.
        let filled = all.iter().map(|part| Polygon::new(part.exterior().clone(), vec![]).unsigned_area()).sum::<f64>();
        let whole = all.unsigned_area();
        assert!(filled - whole < whole * 1e-8, "zoom {zoom}: gaps of {} in {whole}", filled - whole);
        assert!((sum - whole).abs() < whole * 1e-8, "zoom {zoom}: {sum} {whole}");
    }
    assert_eq!(get("/collections/admin_units/items?zoom-level=25").faults(), ["zoom-level"]);
}
