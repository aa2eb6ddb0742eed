//! What tiles hold.

use std::collections::{BTreeMap, BTreeSet};

use langxanh::tile::TileId;
use mvt_reader::Reader;
use mvt_reader::feature::{Feature, Value};

use crate::common::http::{get, json};

/// The layers of a tile by their names.
pub type Layers = BTreeMap<String, Vec<Feature<i32>>>;

pub fn decoded(body: &[u8]) -> Layers {
    let reader = Reader::new(body.to_vec()).unwrap();
    let names = reader.get_layer_names().unwrap();
    assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len(), "layer names are unique (MVT 2.1, 4.1)");
    names.into_iter().enumerate().map(|(at, name)| (name, reader.get_features_as(at).unwrap())).collect()
}

/// The path of the tile of a place below that of a tileset.
pub fn path(zoom: u8, place: (f64, f64)) -> String {
    let tile = TileId::at(zoom, place.0, place.1);
    format!("tiles/WebMercatorQuad/{zoom}/{}/{}", tile.row(), tile.col())
}

pub fn text<'a>(feature: &'a Feature<i32>, name: &str) -> Option<&'a str> {
    match feature.properties.as_ref()?.get(name)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

pub fn count(feature: &Feature<i32>) -> u64 {
    match feature.properties.as_ref().unwrap().get("langxanh_count") {
        None => 1,
        Some(Value::UInt(count)) => *count,
        other => panic!("{other:?}"),
    }
}

/// A village of the sample: id, place, status.
fn villages() -> Vec<(String, (f64, f64), String)> {
    let page = json("/collections/craft_villages/items?limit=1000");
    let of = |feature: &serde_json::Value| {
        let at = &feature["geometry"]["coordinates"];
        let place = (at[0].as_f64()?, at[1].as_f64()?);
        let status = feature["properties"]["compliance_status"].as_str()?;
        Some((feature["id"].as_str()?.to_owned(), place, status.to_owned()))
    };
    page["features"].as_array().unwrap().iter().filter_map(of).collect()
}

#[test]
fn the_tile_of_every_village_contains_it_with_its_id_and_status() {
    // /req/core/tc-op, tc-success; /req/mvt.
    let villages = villages();
    assert!(villages.len() > 100);
    let mut tiles: BTreeMap<String, Layers> = BTreeMap::new();
    for (id, place, status) in &villages {
        let path = path(15, *place);
        let layers = tiles.entry(path.clone()).or_insert_with(|| {
            let answer = get(&format!("/collections/craft_villages/{path}"));
            assert_eq!((answer.status, answer.media_type()), (200, "application/vnd.mapbox-vector-tile"));
            decoded(&answer.body)
        });
        let found = layers["craft_villages"].iter().find(|feature| text(feature, "id") == Some(id));
        let found = found.unwrap_or_else(|| panic!("{id} is not in {path}"));
        assert_eq!(text(found, "compliance_status"), Some(status.as_str()));
        assert!(found.id.is_some());
    }
}

#[test]
fn the_tile_of_the_world_counts_every_feature_that_has_a_place() {
    for collection in ["clusters", "craft_villages", "effluent_samples", "admin_units", "waterways", "buildings"] {
        let answer = get(&format!("/collections/{collection}/tiles/WebMercatorQuad/0/0/0"));
        let layers = decoded(&answer.body);
        let counted: u64 = layers[collection].iter().map(count).sum();
        let pages = crate::common::READABLE.server.pages(&format!("/collections/{collection}/items?limit=10000"));
        let placed =
            pages.iter().flat_map(|page| page["features"].as_array().unwrap()).filter(|f| !f["geometry"].is_null());
        assert_eq!(counted, placed.count() as u64, "{collection}");
    }
}

#[test]
fn a_tile_of_all_collections_holds_the_layers_that_each_of_them_has_alone() {
    let place = (105.7, 20.98);
    let together = decoded(&get(&format!("/{}", path(11, place))).body);
    assert!(together.len() >= 6, "{:?}", together.keys());
    for (name, features) in &together {
        let alone = decoded(&get(&format!("/collections/{name}/{}", path(11, place))).body);
        let ids =
            |features: &[Feature<i32>]| features.iter().map(|f| text(f, "id").map(str::to_owned)).collect::<Vec<_>>();
        assert_eq!(ids(features), ids(&alone[name]), "{name}");
    }
}

#[test]
fn collections_selects_layers() {
    // /req/collections-selection.
    let path = path(10, (105.7, 20.98));
    let answer = get(&format!("/{path}?collections=waterways,clusters"));
    let names: Vec<_> = decoded(&answer.body).into_keys().collect();
    assert_eq!(names, ["clusters", "waterways"]);
    for wrong in ["nowhere", "milestones", "", "clusters,nowhere"] {
        assert_eq!(get(&format!("/{path}?collections={wrong}")).faults(), ["collections"], "{wrong}");
    }
}

#[test]
fn numbers_are_unique_in_a_layer_and_a_table_of_the_user_s_own_has_tiles_too() {
    let layers = decoded(&get("/tiles/WebMercatorQuad/0/0/0").body);
    for (name, features) in &layers {
        let numbers: Vec<_> = features.iter().filter_map(|feature| feature.id).collect();
        assert_eq!(numbers.len(), numbers.iter().collect::<BTreeSet<_>>().len(), "{name}");
    }
    assert!(layers.contains_key("awkward"), "{:?}", layers.keys());
}

#[test]
fn no_tile_of_the_sample_is_longer_than_500_kilobytes() {
    for zoom in 0..=14 {
        for place in [(105.7, 20.98), (105.85, 21.03), (105.3, 21.1)] {
            let answer = get(&format!("/{}", path(zoom, place)));
            assert!(answer.body.len() <= 500_000, "{zoom} {place:?}: {}", answer.body.len());
        }
    }
}
