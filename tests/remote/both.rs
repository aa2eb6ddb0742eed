//! One list of requests, asked of a service that holds the tables and of one that leaves them in the database: answers are the
//! same to the byte, but for the time and for a number of matches that is not counted.

use geo::{LineString, Polygon};
use langxanh::domain::{DataType, FeatureId, Field, GeometryField, Temporal, Value};
use langxanh::geom::{Crs, GeometryKind, Shape};
use langxanh::publish::remote::{Holding, Policy};
use langxanh::store::gpkg::GpkgStore;
use langxanh::store::remote::postgres::Bounds;
use langxanh::store::{Draft, Mode};
use tempfile::TempDir;

use super::common::rows;
use super::{Answer, Place, published};

/// Parcels of 40 m in the zone of Hanoi, each with a span of time; the 90th alone has a note.
fn parcel(n: usize) -> Draft {
    let (x, y) = (580_000.0 + (n % 20) as f64 * 50.0, 2_320_000.0 + (n / 20) as f64 * 50.0 + 0.123);
    let ring = LineString::from(vec![(x, y), (x + 40.0, y), (x + 40.0, y + 40.0), (x, y + 40.0), (x, y)]);
    let day = |text: String| DataType::Date.parse(&text).unwrap();
    Draft {
        id: Some(FeatureId::parse(&format!("p{n}")).unwrap()),
        values: vec![
            Value::Integer(n as i64),
            ["ONT", "LUK", "CLN"][n % 3].into(),
            if n == 90 { "chỉ một".into() } else { Value::Null },
            if n.is_multiple_of(5) { Value::Null } else { day(format!("20{:02}-03-01", n % 25)) },
            if n.is_multiple_of(7) { day(format!("20{:02}-09-30", n % 25 + 1)) } else { Value::Null },
        ],
        shape: Some(Shape::flat(Polygon::new(ring, vec![]))),
    }
}

fn store(folder: &TempDir) -> GpkgStore {
    let path = folder.path().join("tables.gpkg");
    GpkgStore::create(&path).unwrap();
    rows::add(&path);
    let fields = vec![
        Field::plain("n", DataType::Integer),
        Field::plain("use_code", DataType::Text),
        Field::plain("note", DataType::Text),
        Field::plain("valid_from", DataType::Date),
        Field::plain("valid_to", DataType::Date),
    ];
    let mut parcels = rows::table("parcels", Some(GeometryKind::Polygon), fields);
    parcels.geometry = Some(GeometryField {
        name: "geom".to_owned(),
        kind: GeometryKind::Polygon,
        crs: Crs::Epsg(5897),
        has_z: false,
    });
    parcels.temporal = Some(Temporal::Interval("valid_from".to_owned(), "valid_to".to_owned()));
    rows::apply(&path, &parcels, Mode::Append, (1..=200).map(parcel));
    GpkgStore::open(&path).unwrap()
}

/// Answers without what may differ.
fn same(answer: &Answer) -> String {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let cut = |text: String, from: &str| match text.find(from) {
        Some(at) => {
            let rest = &text[at + from.len()..];
            let end = rest.find([',', '}']).unwrap_or(rest.len());
            format!("{}{}", &text[..at], &rest[end..])
        }
        None => text,
    };
    cut(cut(text, ",\"numberMatched\":"), ",\"timeStamp\":")
}

const REQUESTS: &[&str] = &[
    "/collections/awkward/items",
    "/collections/awkward/items?limit=3",
    "/collections/awkward/items?limit=1",
    "/collections/awkward/items?f=html&limit=100",
    "/collections/awkward/items?f=jsonfg",
    "/collections/awkward/items?f=csv",
    "/collections/awkward/items?f=csv&limit=5",
    "/collections/awkward/items?f=ndjson&storeys=7",
    "/collections/awkward/items?f=geojsonseq",
    "/collections/awkward/items?f=gpkg",
    "/collections/awkward/download?f=geojson",
    "/collections/awkward/download?f=jsonfg",
    "/collections/awkward/download?f=csv&filter=storeys > 5 AND storeys < 20",
    "/collections/awkward/download?f=geojson&filter=rare IS NULL OR rare > 1",
    "/collections/awkward/download?f=ndjson&sortby=-storeys",
    "/collections/awkward/download?f=xlsx&filter=storeys > 5",
    "/collections/awkward/items?bbox=105.8,20.9,105.81,21.1",
    "/collections/awkward/items?bbox=106.4,20.1,106.9,20.3",
    "/collections/awkward/items?bbox=170,-20,-170,-10",
    "/collections/awkward/items?bbox=0,0,1,1",
    "/collections/awkward/items?bbox=586000,2320000,588000,2330000&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/5897",
    "/collections/awkward/items?crs=http://www.opengis.net/def/crs/EPSG/0/5897&limit=7",
    "/collections/awkward/items?properties=storeys,rare&limit=28&precision=2",
    "/collections/awkward/items?open=true&seen_on=2024-01-04",
    "/collections/awkward/items?read_at=2024-01-04T05:30:00Z",
    "/collections/awkward/items?area_ha=2.5",
    "/collections/awkward/items?sortby=storeys&limit=4",
    "/collections/awkward/items?sortby=-seen_on,open&limit=4",
    "/collections/awkward/items?sortby=-rare,-read_at&limit=4",
    "/collections/awkward/items?sortby=open,-area_ha&limit=4",
    "/collections/awkward/items?sortby=rare&limit=3",
    "/collections/awkward/items?filter=ACCENTI(CASEI(name_vi)) LIKE 'lang%25'&limit=5",
    "/collections/awkward/items?filter=storeys * 2 % 3 = 1&limit=3",
    "/collections/awkward/items?filter=S_INTERSECTS(geom,POLYGON((106 20,107 20,107 21,106 20)))",
    "/collections/awkward/items?filter=S_DISJOINT(geom,BBOX(105.8,20.9,105.81,21.1))&limit=4",
    "/collections/awkward/items?filter=seen_on > DATE('2024-01-20') OR name_vi IS NULL&limit=4",
    "/collections/awkward/items?filter=A_OVERLAPS((storeys), (3, 5))",
    "/collections/awkward/items?filter=nothing = 1",
    "/collections/awkward/items?limit=0",
    "/collections/awkward/items/r07",
    "/collections/awkward/items/r07?f=html",
    "/collections/awkward/items/r07?f=jsonfg&crs=http://www.opengis.net/def/crs/EPSG/0/5897",
    "/collections/awkward/items/nowhere-never",
    "/collections/awkward/items/none-such",
    "/collections/awkward/queryables",
    "/collections/awkward/schema",
    "/collections/numbered/items?limit=10000",
    "/collections/numbered/items?sortby=-n&limit=3",
    "/collections/numbered/items?n=77",
    "/collections/numbered/items?bbox=0,0,1,1&limit=2",
    "/collections/numbered/download?f=geojson",
    "/collections/numbered/download?f=csv",
    "/collections/parcels/items?limit=30",
    "/collections/parcels/items?f=jsonfg&limit=3",
    "/collections/parcels/items?crs=http://www.opengis.net/def/crs/EPSG/0/5897&limit=30",
    "/collections/parcels/items?bbox=105.77,20.97,105.7715,20.9725&limit=500",
    "/collections/parcels/items?bbox=580040,2320000,580100,2320090&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/5897",
    "/collections/parcels/items?bbox=580041,2320041,580049,2320049&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/5897",
    "/collections/parcels/items?datetime=2005-01-01/2006-01-01&limit=500",
    "/collections/parcels/items?datetime=../2003-03-01&limit=7",
    "/collections/parcels/items?datetime=2024-03-01T00:00:00Z/..",
    "/collections/parcels/items?datetime=2010-03-01",
    "/collections/parcels/items?filter=S_WITHIN(geom,BBOX(580000,2320000,580400,2320400))&filter-crs=http://www.opengis.net/def/crs/EPSG/0/5897&limit=500",
    "/collections/parcels/items?filter=use_code IN ('LUK','ONT') AND n BETWEEN 20 AND 60 AND T_AFTER(valid_from,DATE('2010-01-01'))",
    "/collections/parcels/download?f=csv",
    "/collections/parcels/download?f=geojson&crs=http://www.opengis.net/def/crs/EPSG/0/5897",
    "/collections/parcels/items/p90",
];

#[test]
fn answers_are_the_same_wherever_the_rows_are() {
    let Some(place) = Place::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    place.fill(&store);
    // What no number of ours is reads as null wherever it is asked for.
    let strange = "(ARRAY['NaN', 'Infinity', '-Infinity'])[1 + fid % 3]::float8";
    place.cluster.sql(&format!("UPDATE awkward SET rare = {strange} WHERE rare IS NULL"));
    let (held, remote) = (place.held(&store), place.remote(&store, Bounds::default()));
    for request in REQUESTS {
        let mut target = (*request).to_owned();
        // A walk to its end, page by page.
        for page in 0.. {
            let (one, other) = (place.get(&held, &target), place.get(&remote, &target));
            assert_eq!(one.status, other.status, "{target}: {}", other.text());
            for name in ["content-type", "content-crs", "content-disposition", "link"] {
                assert_eq!(one.headers.get(name), other.headers.get(name), "{target}: {name}");
            }
            if !target.contains("f=html") {
                assert!(same(&one) == same(&other), "{target}:\n{}\n{}", same(&one), same(&other));
            }
            let is_json = one.status == 200
                && one.headers["content-type"].to_str().unwrap().contains("geo+json")
                && !target.contains("geojsonseq");
            if !is_json {
                break;
            }
            let (one, other) = (one.json(), other.json());
            if let Some(matched) = other.get("numberMatched") {
                assert_eq!(Some(matched), one.get("numberMatched"), "{target}");
            }
            let links = one["links"].as_array().cloned().unwrap_or_default();
            let next = links.iter().find(|link| link["rel"] == "next").and_then(|link| link["href"].as_str());
            match next {
                Some(next) if page < 60 => target = next.strip_prefix("http://localhost").unwrap().to_owned(),
                _ => break,
            }
        }
    }
}

#[test]
fn tiles_are_the_same_wherever_the_rows_are() {
    let Some(place) = Place::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    place.fill(&store);
    let (held, remote) = (place.held(&store), place.remote(&store, Bounds::default()));
    let mut shown = 0;
    for (id, zooms) in [("awkward", 0..=16u32), ("parcels", 8..=18)] {
        for zoom in zooms {
            // Around 105.773° E 20.974° N, where the parcels are.
            let tiles = f64::from(1u32 << zoom);
            let col = ((105.773 + 180.0) / 360.0 * tiles) as u32;
            let row = ((1.0 - (20.974f64.to_radians().tan().asinh() / std::f64::consts::PI)) / 2.0 * tiles) as u32;
            for target in [
                format!("/collections/{id}/tiles/WebMercatorQuad/{zoom}/{row}/{col}"),
                format!("/tiles/WebMercatorQuad/{zoom}/{row}/{col}?collections=awkward,parcels"),
            ] {
                let (one, other) = (place.get(&held, &target), place.get(&remote, &target));
                assert_eq!((one.status, one.body.len()), (other.status, other.body.len()), "{target}");
                assert!(one.body == other.body, "{target}");
                shown += usize::from(one.status == 200);
            }
        }
    }
    assert!(shown > 30, "{shown}");
}

#[test]
fn what_is_not_to_be_had_of_the_database_is_said() {
    let Some(place) = Place::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    place.fill(&store);
    let remote = place.remote(&store, Bounds::default());
    let faults = |target: &str| {
        let answer = place.get(&remote, target);
        assert_eq!(answer.status, 400, "{target}");
        let errors = answer.json()["errors"].as_array().unwrap().clone();
        errors.iter().map(|fault| fault["parameter"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(faults("/collections/awkward/items?q=cum&sortby=name_vi"), ["q", "sortby"]);
    assert_eq!(faults("/collections/awkward/download?f=csv&sortby=name_vi"), ["sortby"]);
    let sortable = place.get(&remote, "/collections/awkward/sortables").json();
    let sortable: Vec<String> = sortable["properties"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(sortable, ["storeys", "area_ha", "open", "seen_on", "read_at", "rare", "limit"]);
    assert_eq!(faults("/collections/awkward/items?as-of=2024-01-01"), ["as-of"]);
    let described = place.get(&remote, "/collections/awkward").json();
    assert_eq!((&described["langxanh:storage"], &described["itemCount"]), (&"database".into(), &28.into()));
    let unsearched = place.get(&remote, "/search?q=cum").json()["langxanh:notSearched"].clone();
    assert!(unsearched.as_array().unwrap().contains(&"awkward".into()), "{unsearched}");
    let held = place.held(&store);
    let of_held = place.get(&held, "/collections/awkward").json();
    assert_eq!(described["extent"], of_held["extent"]);
    assert!(of_held.get("langxanh:storage").is_none());
    let (one, other) =
        (place.get(&held, "/collections/parcels").json(), place.get(&remote, "/collections/parcels").json());
    assert_eq!(one["extent"]["temporal"], other["extent"]["temporal"]);
}

#[test]
fn what_stays_in_the_database_follows_from_its_size_and_from_what_its_keeper_says() {
    let Some(place) = Place::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    place.fill(&store);
    let remote = |policy: Policy| {
        let snapshot = published(&mut place.publisher_of(policy, Bounds::default()), &store);
        let remote = snapshot.collections.iter().filter(|collection| collection.remote.is_some());
        remote.map(|collection| collection.declaration.id.clone()).collect::<Vec<_>>()
    };
    let auto = |rows: u64| Policy { rows, ..Policy::default() };
    assert!(remote(Policy::default()).is_empty());
    // 10,050 rows are more than 10,049 and no more than 10,050.
    assert_eq!(remote(auto(10_049)), ["numbered"]);
    assert!(remote(auto(10_050)).is_empty());
    let said = |id: &str, holding| [(id.to_owned(), holding)].into();
    assert!(remote(Policy { by_collection: said("numbered", Holding::Always), ..auto(10_049) }).is_empty());
    assert_eq!(remote(Policy { by_collection: said("awkward", Holding::Never), ..auto(u64::MAX) }), ["awkward"]);
    // Registers that assessments read are needed whole.
    let all = remote(Policy { usual: Holding::Never, ..Policy::default() });
    assert_eq!(all, ["plan_parcels", "buildings", "awkward", "numbered", "parcels"]);
    let one = |id: &str| remote(Policy { by_collection: said(id, Holding::Never), ..Policy::default() });
    assert_eq!(one("buildings"), ["buildings"]);
    assert!(one("plan_lines").is_empty() && one("clusters").is_empty() && one("plan_findings").is_empty());
}

#[test]
fn a_change_gives_another_version_and_nobody_counts_again() {
    let Some(place) = Place::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    place.fill(&store);
    let mut publisher = place.publisher(Bounds::default());
    let before = published(&mut publisher, &store).collection("awkward").unwrap().hash;
    let path = folder.path().join("tables.gpkg");
    let awkward = langxanh::store::Store::collections(&store).unwrap().into_iter().find(|c| c.id == "awkward").unwrap();
    let values = vec![Value::Null; awkward.fields.len()];
    let far = Some(Shape::flat(geo::Point::new(110.0, 30.0)));
    let draft = Draft { id: Some(FeatureId::parse("new").unwrap()), values, shape: far };
    rows::apply(&path, &awkward, Mode::Append, [draft]);
    let after = published(&mut publisher, &store);
    let awkward = after.collection("awkward").unwrap();
    assert_ne!(awkward.hash, before);
    assert_eq!(awkward.extent.map(|extent| extent.max_y), Some(30.0));
    assert_eq!(awkward.remote.as_ref().unwrap().rows(), (28, false));
    let described = place.get(&place.router(after), "/collections/awkward").json();
    assert!(described.get("itemCount").is_none());
}
