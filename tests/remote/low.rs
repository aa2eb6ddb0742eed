//! Low zooms of large tables: drawn of an overview of what stays in the database, they are the tiles of a collection that is
//! held, to the byte.

use std::time::Duration;

use axum::Router;
use geo::{LineString, Point, Polygon};
use langxanh::domain::{DataType, FeatureId, Field, GeometryField, Value, catalog};
use langxanh::geom::{Crs, GeometryKind, Shape};
use langxanh::store::gpkg::GpkgStore;
use langxanh::store::remote::postgres::Bounds;
use langxanh::store::{Draft, Mode, Store};
use mvt_reader::Reader;
use mvt_reader::feature::Value as Read;

use super::common::rows;
use super::{Answer, Place, published};

/// More rows than a tile is made of one by one, on average.
const MANY: usize = 20_200;

/// Numbers without order, from 0 to below one.
fn scattered(n: usize, salt: u64) -> f64 {
    let mixed =
        (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15 ^ salt).rotate_left(31).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    (mixed >> 11) as f64 / (1u64 << 53) as f64
}

/// Squares of 4 to 60 m within some kilometres, and a few of some hundred metres.
fn square(n: usize) -> Shape {
    let side = if n % 500 == 7 { 700.0 } else { 4.0 + 56.0 * scattered(n, 3) };
    let (x, y) = (580_000.0 + 9_000.0 * scattered(n, 1), 2_320_000.0 + 7_000.0 * scattered(n, 2));
    let ring = vec![(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)];
    Shape::flat(Polygon::new(LineString::from(ring), vec![]))
}

fn store(folder: &tempfile::TempDir) -> GpkgStore {
    let path = folder.path().join("large.gpkg");
    GpkgStore::create(&path).unwrap();
    let id = |n: usize| Some(FeatureId::parse(&format!("r{n}")).unwrap());
    let lots = catalog::collection("plan_parcels").unwrap();
    let at = |name: &str| lots.field(name).unwrap().0;
    rows::apply(
        &path,
        lots,
        Mode::Append,
        (0..MANY).map(|n| {
            let mut values = vec![Value::Null; lots.stored_fields().count()];
            values[at("plan_id")] = format!("p{}", n % 7).into();
            // The order of the legend, and what it does not know.
            values[at("land_use_code")] =
                ["P", "CN", "GT", "NT", "CX"].get(n % 6).copied().map_or(Value::Null, Value::from);
            Draft { id: id(n), values, shape: Some(square(n)) }
        }),
    );
    let mut parcels = rows::table("parcels", Some(GeometryKind::Polygon), vec![Field::plain("n", DataType::Integer)]);
    let survey =
        GeometryField { name: "geom".to_owned(), kind: GeometryKind::Polygon, crs: Crs::Epsg(5897), has_z: false };
    parcels.geometry = Some(survey);
    let parcel = |n: usize| Draft { id: id(n), values: vec![Value::Integer(n as i64)], shape: Some(square(n)) };
    rows::apply(&path, &parcels, Mode::Append, (0..MANY).map(parcel));
    let wells = rows::table("wells", Some(GeometryKind::Point), vec![Field::plain("name", DataType::Text)]);
    let well = |n: usize| {
        // Some lie nowhere, and some in one place.
        let place = (105.5 + 0.02 * scattered(n / 3, 5), 21.0 + 0.02 * scattered(n / 3, 6));
        let shape = (n % 100 != 13).then(|| Shape::flat(Point::new(place.0, place.1)));
        Draft { id: id(n), values: vec![format!("giếng {}", n % 50).into()], shape }
    };
    rows::apply(&path, &wells, Mode::Append, (0..MANY + MANY / 50).map(well));
    GpkgStore::open(&path).unwrap()
}

fn tile_json(place: &Place, router: &Router, id: &str) -> serde_json::Value {
    place.get(router, &format!("/collections/{id}/tiles/WebMercatorQuad?f=tilejson")).json()
}

/// Waits until every zoom of some collections is offered.
fn wait(place: &Place, router: &Router, ids: &[&str]) {
    let are_ready = (0..600).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        ids.iter().all(|id| tile_json(place, router, id)["minzoom"] == 0)
    });
    assert!(are_ready, "{}", tile_json(place, router, ids[0]));
}

/// Every tile of a zoom that its tileset names.
fn tiles(place: &Place, router: &Router, id: &str, zoom: u64) -> Vec<String> {
    let tileset = place.get(router, &format!("/collections/{id}/tiles/WebMercatorQuad?f=json")).json();
    let limits = tileset["tileMatrixSetLimits"].as_array().unwrap().clone();
    let name = zoom.to_string();
    let limits = limits.into_iter().find(|limits| limits["tileMatrix"].as_str() == Some(&*name)).unwrap();
    let [rows, cols] = [("minTileRow", "maxTileRow"), ("minTileCol", "maxTileCol")]
        .map(|(first, last)| limits[first].as_u64().unwrap()..=limits[last].as_u64().unwrap());
    rows.flat_map(|row| cols.clone().map(move |col| format!("{zoom}/{row}/{col}"))).collect()
}

/// For how many features those of a tile stand.
fn counted(answer: &Answer) -> u64 {
    if answer.body.is_empty() {
        return 0;
    }
    let features = Reader::new(answer.body.to_vec()).unwrap().get_features(0).unwrap();
    let count =
        |feature: &mvt_reader::feature::Feature<f32>| match feature.properties.as_ref()?.get("langxanh_count")? {
            Read::UInt(count) => Some(*count),
            Read::Int(count) | Read::SInt(count) => Some(count.unsigned_abs()),
            other => panic!("{other:?}"),
        };
    features.iter().map(|feature| count(feature).unwrap_or(1)).sum()
}

#[test]
fn low_tiles_of_the_database_are_those_of_a_collection_that_is_held() {
    let Some(place) = Place::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    place.fill(&store);
    let held = place.held(&store);
    let mut publisher = place.publisher(Bounds::default());
    let snapshot = published(&mut publisher, &store);
    let ids = ["plan_parcels", "parcels", "wells"];
    let (app, remote) = place.served_by(snapshot);
    wait(&place, &remote, &ids);
    for id in ids {
        let mut low = 0;
        for zoom in 0..=14 {
            for tile in tiles(&place, &held, id, zoom) {
                let target = format!("/collections/{id}/tiles/WebMercatorQuad/{tile}");
                let (one, other) = (place.get(&held, &target), place.get(&remote, &target));
                assert_eq!(
                    (one.status, one.body.len()),
                    (other.status, other.body.len()),
                    "{target}: {}",
                    other.text()
                );
                assert!(one.body == other.body, "{target}");
                low += usize::from(zoom < 12 && !one.body.is_empty());
                if zoom == 3 {
                    let rows = MANY as u64 + if id == "wells" { MANY as u64 / 50 - 204 } else { 0 };
                    assert!(counted(&other).abs_diff(rows) < 5, "{id}: {} {rows}", counted(&other));
                }
            }
        }
        assert!(low >= 12, "{id}: {low}");
    }
    let all = "/tiles/WebMercatorQuad/9/225/406";
    let of = |router: &Router| place.get(router, &format!("{all}?collections=plan_parcels,parcels,wells"));
    assert_eq!((of(&held).status, of(&held).body), (of(&remote).status, of(&remote).body));
    // A change: deep tiles are those of the next state at once, and low ones go on from the overview, be another one due or not.
    let etag = |target: &str| place.get(&remote, target).headers["etag"].clone();
    let of_zoom =
        |zoom: u64| format!("/collections/wells/tiles/WebMercatorQuad/{}", tiles(&place, &held, "wells", zoom)[0]);
    let deep = etag(&of_zoom(14));
    let wells = store.collections().unwrap().into_iter().find(|one| one.id == "wells").unwrap();
    let here = Some(Shape::flat(Point::new(105.51, 21.01)));
    let well = Draft { id: Some(FeatureId::parse("new").unwrap()), values: vec!["mới".into()], shape: here };
    rows::apply(&folder.path().join("large.gpkg"), &wells, Mode::Append, [well]);
    let before = place.get(&remote, &of_zoom(5)).body;
    app.publish(published(&mut publisher, &store));
    assert_ne!(etag(&of_zoom(14)), deep);
    assert_eq!(place.get(&remote, &of_zoom(5)).body, before);
    assert_eq!(tile_json(&place, &remote, "wells")["minzoom"], 0);
}

#[test]
fn a_tile_of_a_deep_zoom_that_holds_too_many_is_drawn_of_the_overview() {
    let Some(place) = Place::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.gpkg");
    GpkgStore::create(&path).unwrap();
    let many = rows::table("many", Some(GeometryKind::Point), vec![Field::plain("n", DataType::Integer)]);
    // 50,100 in two places of one tile of zoom 12, and one far away: four tiles of zoom 8 have few of them on average.
    let draft = |n: usize| {
        let (lon, lat) = if n == 0 { (107.3, 19.5) } else { (105.8 + (n % 2) as f64 * 0.01, 21.0) };
        Draft { id: None, values: vec![Value::Integer(n as i64)], shape: Some(Shape::flat(Point::new(lon, lat))) }
    };
    rows::apply(&path, &many, Mode::Append, (0..=50_100).map(draft));
    let store = GpkgStore::open(&path).unwrap();
    place.fill(&store);
    let held = place.held(&store);
    let remote = place.remote(&store, Bounds::default());
    assert_eq!(tile_json(&place, &held, "many")["minzoom"], 0);
    wait(&place, &remote, &["many"]);
    let mut crowded = 0;
    for zoom in 0..=13 {
        // Deeper ones are drawn in groups wider than they would have to be.
        for tile in tiles(&place, &held, "many", zoom).into_iter().filter(|_| zoom < 8) {
            let target = format!("/collections/many/tiles/WebMercatorQuad/{tile}");
            assert!(place.get(&held, &target).body == place.get(&remote, &target).body, "{target}");
        }
        let tiles = f64::from(1u32 << zoom);
        let col = ((105.805 + 180.0) / 360.0 * tiles) as u32;
        let row = ((1.0 - (21f64.to_radians().tan().asinh() / std::f64::consts::PI)) / 2.0 * tiles) as u32;
        let target = format!("/collections/many/tiles/WebMercatorQuad/{zoom}/{row}/{col}");
        let (one, other) = (place.get(&held, &target), place.get(&remote, &target));
        assert_eq!(one.status, other.status, "{target}: {}", other.text());
        if zoom >= 8 && counted(&one) > 50_000 {
            assert_eq!(counted(&one), counted(&other), "{target}");
            crowded += 1;
        }
    }
    assert!(crowded >= 2, "{crowded}");
}
