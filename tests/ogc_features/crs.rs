//! Reference systems: Features Part 2 (OGC 18-058r1), by its requirements. Control pairs were computed with PROJ and are read
//! from the shared folder when the tests run.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use geo::CoordsIter;
use langxanh::store::{Row, Store};
use serde_json::Value;

use crate::common::http::{get, href, ids, json, matching};
use crate::common::{READABLE, Server, serve, shared, succeed};

fn epsg(code: u32) -> String {
    format!("http://www.opengis.net/def/crs/EPSG/0/{code}")
}

const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/// Every system that an issue of this project asks for.
fn wanted() -> Vec<String> {
    let codes = [4326, 3857, 4756, 3405, 3406].into_iter().chain(5896..=5899).chain(9205..=9218);
    let geographic = [CRS84.to_owned(), "http://www.opengis.net/def/crs/OGC/0/CRS84h".to_owned()];
    geographic.into_iter().chain(codes.map(epsg)).collect()
}

/// Features of a page that have a place.
fn placed(page: &Value) -> Vec<Value> {
    let has_place = |feature: &&Value| feature["geometry"].is_object();
    page["features"].as_array().unwrap().iter().filter(has_place).cloned().collect()
}

/// Coordinates of the first point of a geometry.
fn first_point(geometry: &Value) -> (f64, f64) {
    let mut value = &geometry["coordinates"];
    while value[0].is_array() {
        value = &value[0];
    }
    (value[0].as_f64().unwrap(), value[1].as_f64().unwrap())
}

#[test]
fn every_collection_lists_its_systems_crs84_first_and_that_of_its_survey() {
    // /req/crs/crs-uri, fc-md-crs-list, fc-md-storageCrs, fc-md-crs-list-global.
    let list = json("/collections");
    let global: Vec<String> = serde_json::from_value(list["crs"].clone()).unwrap();
    assert_eq!(global.iter().collect::<BTreeSet<_>>(), wanted().iter().collect());
    assert_eq!(global[0], CRS84);
    for listed in list["collections"].as_array().unwrap() {
        let id = listed["id"].as_str().unwrap();
        let single = json(&format!("/collections/{id}"));
        let offered: Vec<String> = serde_json::from_value(single["crs"].clone()).unwrap();
        assert_eq!(offered[0], CRS84, "{id}");
        if single["langxanh"]["geometry"].is_null() {
            assert_eq!((offered.len(), single.get("storageCrs")), (1, None), "{id}");
            continue;
        }
        assert_eq!(listed["crs"], serde_json::json!(["#/crs"]), "{id}");
        assert_eq!(offered.iter().collect::<BTreeSet<_>>(), wanted().iter().collect(), "{id}");
        let storage = if single["langxanh"]["storedIn"] == "EPSG:5897" { epsg(5897) } else { CRS84.to_owned() };
        assert_eq!((&single["storageCrs"], &listed["storageCrs"]), (&storage.clone().into(), &storage.into()), "{id}");
    }
    assert_eq!(json("/collections/plan_parcels")["storageCrs"], epsg(5897));
}

#[test]
fn a_system_that_is_not_listed_is_refused_and_those_that_are_get_named() {
    // /req/crs/fc-crs-valid-value, fc-bbox-crs-valid-value: deprecated twins of the grids, another country's, nonsense.
    for crs in [epsg(6957), epsg(27700), "x".to_owned(), String::new()] {
        for parameter in ["crs", "bbox-crs"] {
            let answer = get(&format!("/collections/clusters/items?{parameter}={crs}&bbox=1,2,3,4"));
            assert_eq!(answer.faults(), [parameter], "{crs}");
            assert!(answer.text().contains("EPSG/0/5897"), "{}", answer.text());
        }
    }
    assert_eq!(get("/collections/awkward/items/r01?crs=x").faults(), ["crs"]);
    assert_eq!(get(&format!("/collections/numbered/items?crs={}", epsg(5897))).faults(), ["crs"], "it has no places");
    let faults = get("/collections/clusters/items?crs=x&bbox-crs=y&bbox=1,2,3&limit=0").faults();
    assert_eq!(
        faults.into_iter().collect::<BTreeSet<_>>(),
        ["bbox", "bbox-crs", "crs", "limit"].map(str::to_owned).into()
    );
}

#[test]
fn every_answer_names_the_system_of_its_coordinates() {
    // /req/crs/ogc-crs-header, ogc-crs-header-value.
    for target in ["/collections/clusters/items?limit=1", "/collections/awkward/items/r01"] {
        assert_eq!(get(target).header("content-crs"), Some(format!("<{CRS84}>").as_str()), "{target}");
        for crs in wanted() {
            let joint = if target.contains('?') { '&' } else { '?' };
            let answer = get(&format!("{target}{joint}crs={crs}"));
            assert_eq!((answer.status, answer.header("content-crs")), (200, Some(format!("<{crs}>").as_str())));
            assert!(!answer.json()["type"].is_null());
        }
    }
}

#[test]
fn latitude_comes_first_where_the_authority_says_so() {
    // r05 lies at 105.805° E, 21° N; VN-2000 lies about 200 m from WGS 84.
    let at = |crs: &str| first_point(&json(&format!("/collections/awkward/items/r05?crs={crs}"))["geometry"]);
    assert_eq!(at(CRS84), (105.805, 21.0));
    assert_eq!(at(&epsg(4326)), (21.0, 105.805));
    let (lat, lon) = at(&epsg(4756));
    assert!((lat - 21.001).abs() < 0.001 && (lon - 105.803).abs() < 0.001, "{lat} {lon}");
    let found = |query: &str| matching(&format!("awkward/items?{query}"));
    let wanted = ["r05", "r06", "r07", "nowhere-never"];
    assert_eq!(found("bbox=105.8049,20.9,105.8071,21.1"), wanted);
    assert_eq!(found(&format!("bbox=20.9,105.8049,21.1,105.8071&bbox-crs={}", epsg(4326))), wanted);
    assert_eq!(found(&format!("bbox=105.8049,20.9,105.8071,21.1&bbox-crs={}", epsg(4326))), ["nowhere-never"]);
    let across = found(&format!("bbox=-20,177,-5,-16,-178,9&bbox-crs={}", epsg(4326)));
    assert_eq!(across, ["fiji-west", "fiji-east", "nowhere-never"], "across 180°, with heights");
}

/// Box of the first coordinates of some features in a system, west, south, east, north.
fn around(features: &[Value]) -> [f64; 4] {
    let points: Vec<(f64, f64)> = features.iter().map(|feature| first_point(&feature["geometry"])).collect();
    let fold =
        |start: f64, pick: fn(f64, f64) -> f64, axis: fn(&(f64, f64)) -> f64| points.iter().map(axis).fold(start, pick);
    [
        fold(f64::INFINITY, f64::min, |point| point.0),
        fold(f64::INFINITY, f64::min, |point| point.1),
        fold(f64::NEG_INFINITY, f64::max, |point| point.0),
        fold(f64::NEG_INFINITY, f64::max, |point| point.1),
    ]
}

#[test]
fn one_box_selects_the_same_features_in_every_system() {
    // /req/crs/fc-bbox-crs-action. A box around points that lie well inside; its image in another system is nearly a box.
    let some = json("/collections/craft_villages/items?limit=1000&bbox=105.7,20.9,105.9,21.1");
    let wanted: BTreeSet<String> = ids(&some).into_iter().collect();
    assert!(wanted.len() > 20);
    for crs in self::wanted() {
        let page = json(&format!("/collections/craft_villages/items?limit=1000&crs={crs}&bbox=105.7,20.9,105.9,21.1"));
        assert_eq!(ids(&page).into_iter().collect::<BTreeSet<_>>(), wanted, "{crs}");
        // The box of these very points: all of them lie in it, and what lies in it is near to them.
        let bbox = around(&placed(&page)).map(|n| n.to_string()).join(",");
        let boxed = json(&format!("/collections/craft_villages/items?limit=1000&bbox={bbox}&bbox-crs={crs}"));
        let found: BTreeSet<String> = ids(&boxed).into_iter().collect();
        let strangers = found.difference(&wanted).count();
        assert!(strangers <= 2, "{crs}: {strangers} more");
        // Points on the edge of the box may be lost to the last rounded digit, and no others.
        assert!(wanted.difference(&found).count() <= 4, "{crs}: {:?}", wanted.difference(&found));
    }
}

#[test]
fn a_box_in_the_system_of_the_survey_touches_what_lies_on_its_edge() {
    let parcels = json(&format!("/collections/plan_parcels/items?limit=500&crs={}", epsg(5897)));
    for parcel in parcels["features"].as_array().unwrap().iter().take(20) {
        let ring = parcel["geometry"]["coordinates"][0].as_array().unwrap();
        let east = ring.iter().map(|point| point[0].as_f64().unwrap()).fold(f64::NEG_INFINITY, f64::max);
        let norths: Vec<f64> = ring.iter().map(|point| point[1].as_f64().unwrap()).collect();
        let (south, north) = (norths.iter().copied().fold(f64::INFINITY, f64::min), norths[0].max(norths[1]));
        let bbox = format!("{east},{south},{},{}", east + 0.5, north + 500.0);
        let found = matching(&format!("plan_parcels/items?limit=1000&bbox={bbox}&bbox-crs={}", epsg(5897)));
        assert!(found.contains(&parcel["id"].as_str().unwrap().to_owned()), "{}", parcel["id"]);
    }
}

#[test]
fn a_box_far_beyond_its_system_selects_all_that_has_an_image_there() {
    let all = json("/collections/craft_villages")["itemCount"].clone();
    for (code, bbox) in [(5897, "-1e7,-1e7,2e7,2e7"), (3857, "-3e7,-3e7,3e7,3e7"), (4756, "-90,-180,90,180")] {
        let page = json(&format!("/collections/craft_villages/items?limit=1&bbox={bbox}&bbox-crs={}", epsg(code)));
        assert_eq!(page["numberMatched"], all, "{code}");
    }
}

/// The control pairs as two collections: `lonlat` stored in WGS 84 and `surveyed` in EPSG:5897.
struct Pairs {
    server: Server,
    rows: Vec<Vec<f64>>,
    _folder: tempfile::TempDir,
}

static PAIRS: LazyLock<Option<Pairs>> = LazyLock::new(|| {
    let text = std::fs::read_to_string(shared("domain/vn2000-control-pairs.csv")?).unwrap();
    let rows: Vec<Vec<f64>> =
        text.lines().skip(1).map(|line| line.split(',').filter_map(|cell| cell.parse().ok()).collect()).collect();
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("pairs.gpkg");
    for (name, crs, at) in [("lonlat", "OGC:CRS84", 0), ("surveyed", "EPSG:5897", 4)] {
        let file = folder.path().join(format!("{name}.csv"));
        let lines = rows.iter().enumerate().map(|(n, row)| format!("p{n},POINT({} {})\n", row[at], row[at + 1]));
        std::fs::write(&file, format!("code,WKT\n{}", lines.collect::<String>())).unwrap();
        let (file, store) = (file.to_str().unwrap(), store.to_str().unwrap());
        succeed(&["import", file, "--collection", name, "--crs", crs, "--id-field", "code", "--store", store]);
    }
    Some(Pairs { server: Server::start(&mut serve(&store)), rows, _folder: folder })
});

#[test]
fn control_pairs_hold_to_a_millimetre_through_http() {
    let Some(pairs) = &*PAIRS else { return };
    // Columns of the file behind its two names: lon, lat, 4756 lon, lat, 5897 E, N, 3405 E, N, 9209 E, N.
    let metre = 0.001;
    let degree = 1e-8;
    for (collection, code, at, tolerance) in [
        ("lonlat", 5897, 4, metre),
        ("lonlat", 3405, 6, metre),
        ("lonlat", 9209, 8, metre),
        ("surveyed", 3405, 6, metre),
        ("surveyed", 9209, 8, metre),
        ("surveyed", 5897, 4, 0.0),
        ("lonlat", 4756, 2, degree),
        ("surveyed", 4756, 2, degree),
        ("surveyed", 4326, 0, 2.0 * degree),
        ("lonlat", 4326, 0, 0.0),
    ] {
        for (n, row) in pairs.rows.iter().enumerate() {
            let feature = pairs.server.json(&format!("/collections/{collection}/items/p{n}?crs={}", epsg(code)));
            let (mut x, mut y) = first_point(&feature["geometry"]);
            if [4326, 4756].contains(&code) {
                (x, y) = (y, x);
            }
            let (off_x, off_y) = ((x - row[at]).abs(), (y - row[at + 1]).abs());
            assert!(
                off_x <= tolerance && off_y <= tolerance,
                "{collection} p{n} in {code}: {x} {y}, off {off_x} {off_y}"
            );
        }
    }
}

#[test]
fn coordinates_of_a_survey_come_back_as_they_were_delivered() {
    // The whole sample of plans, parcel by parcel, against the store's own file.
    let target = format!("/collections/plan_parcels/items?limit=10000&crs={}", epsg(5897));
    let answer = get(&target);
    assert_eq!(answer.header("content-crs"), Some(format!("<{}>", epsg(5897)).as_str()));
    let page = answer.json();
    let store = langxanh::store::gpkg::GpkgStore::open(&READABLE.store).unwrap();
    let parcels = store.collections().unwrap().into_iter().find(|collection| collection.id == "plan_parcels").unwrap();
    let mut compared = 0;
    let mut compare = |row: Row| {
        let Some(shape) = row.shape else { return Ok(()) };
        let bits = |(x, y): (f64, f64)| (x.to_bits(), y.to_bits());
        // An outline may have been turned: the coordinates are the same ones all the same.
        let served: BTreeSet<_> = coordinates(&page, row.id.as_str()).into_iter().map(bits).collect();
        let stored: BTreeSet<_> = shape.geometry.coords_iter().map(|c| bits((c.x, c.y))).collect();
        assert_eq!(served, stored, "{}", row.id);
        compared += 1;
        Ok(())
    };
    store.scan(&parcels, &mut compare).unwrap();
    assert!(compared > 10);
}

/// All coordinates of the polygon of a feature of a page.
fn coordinates(page: &Value, id: &str) -> Vec<(f64, f64)> {
    let feature = page["features"].as_array().unwrap().iter().find(|feature| feature["id"] == id).unwrap();
    let rings = feature["geometry"]["coordinates"].as_array().unwrap().iter();
    rings
        .flat_map(|ring| ring.as_array().unwrap())
        .map(|point| (point[0].as_f64().unwrap(), point[1].as_f64().unwrap()))
        .collect()
}

#[test]
fn there_and_back_through_any_system_moves_no_point_by_a_millimetre() {
    // What a client gets in a system, sent through PROJ back to EPSG:5897, is the survey to a millimetre.
    use langxanh::geom::Crs;
    use langxanh::geom::project::Transform;
    let surveyed = json(&format!("/collections/plans/items?limit=100&crs={}", epsg(5897)));
    for code in [4326, 3857, 4756, 3405, 5896, 5898, 9205, 9209, 9211, 9218] {
        let moved = json(&format!("/collections/plans/items?limit=100&crs={}", epsg(code)));
        for (there, here) in placed(&moved).iter().zip(&placed(&surveyed)) {
            let ((mut x, mut y), wanted) = (first_point(&there["geometry"]), first_point(&here["geometry"]));
            if [4326, 4756].contains(&code) {
                (x, y) = (y, x);
            }
            let (mut x, mut y) = ([x], [y]);
            Transform::between(&Crs::Epsg(code), &Crs::Epsg(5897)).unwrap().points(&mut x, &mut y).unwrap();
            // Ring order may differ where an outline was turned; plans here start alike.
            let off = (x[0] - wanted.0).hypot(y[0] - wanted.1);
            // Through WGS 84 and back a point moves by 0.87 mm, which is PROJ's own and not ours.
            assert!(off < 0.001, "{code}: {off}");
        }
    }
}

#[test]
fn a_next_link_repeats_the_systems() {
    let query = format!("limit=2&crs={}&bbox-crs={}&bbox=20,105,22,106", epsg(5897), epsg(4326));
    let page = json(&format!("/collections/craft_villages/items?{query}"));
    let next = href(&page, "next").unwrap();
    assert!(next.contains(&query), "{next}");
    let (x, y) = first_point(&json(&next)["features"][0]["geometry"]);
    assert!((400_000.0..700_000.0).contains(&x) && (2_200_000.0..2_400_000.0).contains(&y), "{x} {y}");
}

#[test]
fn another_day_is_had_in_the_system_of_the_survey_too() {
    let feature = json(&format!("/collections/plans/items?limit=1&crs={}", epsg(5897)))["features"][0].clone();
    let then = json(&format!("/collections/plans/items?as-of=2026-01-01&limit=100&crs={}", epsg(5897)));
    let same = then["features"].as_array().unwrap().iter().find(|f| f["id"] == feature["id"]).unwrap();
    assert_eq!(same["geometry"], feature["geometry"]);
}
