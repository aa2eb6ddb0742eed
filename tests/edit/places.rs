//! Places that are written: systems, axes, kinds, faults, and the millimetre.

use serde_json::{Value, json};

use crate::service::{editing, is, item, pointers};

const VN2000: &str = "http://www.opengis.net/def/crs/EPSG/0/5897";

fn building(site: &Value, ring: &Value) -> Value {
    json!({
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"site_collection": site["site_collection"], "site_id": site["site_id"], "name_vi": "Nhà xưởng"},
    })
}

#[test]
fn a_survey_comes_back_digit_by_digit_however_often_it_is_edited() {
    let service = editing();
    let site = service.feature(&service.first("buildings", ""))["properties"].clone();
    let ring = json!([
        [588_591.944_012_345_6, 2_326_345.311_7],
        [588_600.123_456_789, 2_326_345.300_1],
        [588_600.5, 2_326_360.999_999],
        [588_591.944_012_345_6, 2_326_345.311_7],
    ]);
    for crs in [VN2000.to_owned(), format!("<{VN2000}>")] {
        let made = service.create("buildings", &[("Content-Crs", &crs)], &building(&site, &ring));
        is(&made, 201);
        let row = format!("buildings/{}", made.header("location").unwrap().rsplit('/').next().unwrap());
        let survey = || {
            let feature = service.server.json(&format!("{}?crs={VN2000}", item(&row)));
            feature["geometry"]["coordinates"][0].clone()
        };
        assert_eq!(survey(), ring);
        // As QGIS does it: the whole feature, a hundred times there and back, in the default system.
        for n in 0..20 {
            let mut whole = service.feature(&row);
            whole["properties"]["storeys"] = json!(n);
            is(&service.put(&row, &[], &whole), 204);
        }
        assert_eq!(survey(), ring, "it has moved");
        let mut whole = service.server.json(&format!("{}?crs={VN2000}", item(&row)));
        whole["properties"]["storeys"] = json!(99);
        is(&service.put(&row, &[("Content-Crs", VN2000)], &whole), 204);
        assert_eq!(survey(), ring);
    }
}

#[test]
fn axes_stand_as_the_authority_has_them_and_swapped_ones_are_noticed() {
    let service = editing();
    let row = service.first("craft_villages", "");
    let lat_first = "http://www.opengis.net/def/crs/EPSG/0/4326";
    let point = |x: f64, y: f64| json!({"geometry": {"type": "Point", "coordinates": [x, y]}});
    is(&service.patch(&row, &[("Content-Crs", lat_first)], &point(21.01, 105.81)), 204);
    assert_eq!(service.feature(&row)["geometry"]["coordinates"], json!([105.81, 21.01]));
    assert_eq!(pointers(&service.patch(&row, &[], &point(21.01, 105.81))), ["/geometry"]);
    assert_eq!(pointers(&service.patch(&row, &[("Content-Crs", lat_first)], &point(105.81, 21.01))), ["/geometry"]);
    // Hanoi in VN-2000 (EPSG:5897) and its place in WGS 84, computed with PROJ 9.1: 105.8542, 21.0285.
    is(&service.patch(&row, &[("Content-Crs", VN2000)], &point(588_591.944, 2_326_345.311_7)), 204);
    let place = service.feature(&row)["geometry"]["coordinates"].clone();
    let off = |at: usize, wanted: f64| (place[at].as_f64().unwrap() - wanted).abs();
    assert!(off(0, 105.8542) < 2e-8 && off(1, 21.0285) < 2e-8, "{place}");
    is(&service.patch(&row, &[], &json!({"geometry": null})), 204);
    assert_eq!(service.feature(&row)["geometry"], Value::Null);
}

#[test]
fn one_part_becomes_many_where_the_collection_holds_many_and_faults_are_named_with_their_place() {
    let service = editing();
    let row = service.first("clusters", "");
    let area = |ring: Value| json!({"geometry": {"type": "Polygon", "coordinates": [ring]}});
    is(&service.patch(&row, &[], &area(json!([[105.8, 21.0], [105.81, 21.0], [105.81, 21.01], [105.8, 21.0]]))), 204);
    assert_eq!(service.feature(&row)["geometry"]["type"], "MultiPolygon");
    // The diagonals of this square meet in its middle.
    let bow = service.patch(
        &row,
        &[],
        &area(json!([[105.0, 21.0], [107.0, 23.0], [107.0, 21.0], [105.0, 23.0], [105.0, 21.0]])),
    );
    assert_eq!(pointers(&bow), ["/geometry"]);
    assert!(bow.json()["errors"][0]["detail"].as_str().unwrap().contains("at 106 22"), "{}", bow.text());
    let line = json!({"geometry": {"type": "LineString", "coordinates": [[105.8, 21.0], [105.9, 21.0]]}});
    assert_eq!(pointers(&service.patch(&row, &[], &line)), ["/geometry/type"]);
    let row = service.first("milestones", "");
    let nowhere = service.patch(&row, &[], &json!({"geometry": {"type": "Point", "coordinates": [105.8, 21.0]}}));
    assert_eq!(pointers(&nowhere), ["/geometry"]);
}
