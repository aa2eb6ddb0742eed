//! Bodies as clients send them, held against the registers' own declarations.

use serde_json::json;

use super::references::{Overlay, Rows, holders, missing};
use super::*;
use crate::domain::{DataType, catalog};
use crate::geom::Shape;
use crate::store::StoreError;

fn register(id: &str) -> &'static Collection {
    catalog::collection(id).unwrap()
}

fn at(collection: &Collection, name: &str) -> usize {
    collection.field(name).unwrap().0
}

/// A row with some values and no others.
fn row(collection: &Collection, id: &str, values: &[(&str, Value)]) -> Row {
    let mut row = Row {
        fid: 1,
        id: FeatureId::parse(id).unwrap(),
        values: vec![Value::Null; collection.stored_fields().count()],
        shape: None,
    };
    for (name, value) in values {
        row.values[at(collection, name)] = value.clone();
    }
    row
}

fn read(collection: &Collection, body: Json, form: Form) -> Sent {
    Sent::read(collection, body, form, &Crs::Crs84)
}

/// The pointers of all faults of a body, with no row there.
fn faults(collection: &str, body: Json, form: Form) -> Vec<String> {
    let collection = register(collection);
    let refused = read(collection, body, form).draft(collection, None, &[]).unwrap_err();
    refused.into_iter().map(|fault| fault.pointer).collect()
}

/// The sentence of the only fault of a place in a collection and system.
fn misplaced(collection: &str, crs: &Crs, geometry: Json) -> (String, String) {
    let body = json!({"geometry": geometry});
    let refused = Sent::read(register(collection), body, Form::Patch, crs);
    let mut faults: Vec<Fault> = refused
        .draft(register(collection), None, &[])
        .unwrap_err()
        .into_iter()
        .filter(|f| f.pointer.starts_with("/geometry"))
        .collect();
    let fault = faults.remove(0);
    (fault.pointer, fault.detail)
}

#[test]
fn a_body_that_is_no_feature_is_refused_and_each_fault_is_named_at_once() {
    assert_eq!(faults("milestones", json!([]), Form::Patch)[0], "");
    assert_eq!(faults("milestones", json!("x"), Form::Whole)[0], "");
    let wrong = json!({
        "type": "Polygon",
        "id": "a b",
        "extra/~": 1,
        "geometry": {"type": "Point", "coordinates": [105.8, 21.0]},
        "properties": {
            "site_collection": "harbours",
            "no~such/name": 1,
            "milestone": 5,
            "is_demo": "yes",
            "source_date": "31/12/2024",
        },
    });
    let found = faults("milestones", wrong, Form::Whole);
    for pointer in [
        "/type",
        "/id",
        "/extra~1~0",
        "/geometry",
        "/properties/no~0such~1name",
        "/properties/site_collection",
        "/properties/site_id",
        "/properties/milestone",
        "/properties/is_demo",
        "/properties/source_date",
    ] {
        assert!(found.iter().any(|known| known == pointer), "{pointer} is not in {found:?}");
    }
    assert_eq!(found.len(), 10, "{found:?}");
}

#[test]
fn a_whole_feature_says_where_it_is_and_a_patch_need_not() {
    let found = faults("clusters", json!({"type": "Feature", "properties": {"name_vi": "A"}}), Form::Whole);
    assert_eq!(found, [""], "no geometry is something else than an unknown place");
    let collection = register("clusters");
    let before = row(collection, "a", &[("name_vi", "A".into()), ("area_ha", 5.0.into())]);
    let patch = read(collection, json!({"properties": {"area_ha": null, "status": "planned"}}), Form::Patch);
    let draft = patch.draft(collection, Some(&before), &[]).unwrap();
    assert_eq!(draft.values[at(collection, "area_ha")], Value::Null, "null empties");
    assert_eq!(draft.values[at(collection, "status")], "planned".into());
    assert_eq!(draft.values[at(collection, "name_vi")], "A".into(), "what is left out stays");
    let whole = json!({"type": "Feature", "geometry": null, "properties": {"name_vi": "B"}});
    let draft = read(collection, whole, Form::Whole).draft(collection, Some(&before), &[]).unwrap();
    assert_eq!(draft.values[at(collection, "area_ha")], Value::Null, "what is left out is empty");
}

#[test]
fn values_are_of_their_type_their_list_and_their_range() {
    let wrong = [
        ("clusters", json!({"area_ha": "5"}), "no number"),
        ("clusters", json!({"area_ha": -0.5}), "less than 0"),
        ("clusters", json!({"established_year": 2010.5}), "whole number"),
        ("clusters", json!({"established_year": 1e300}), "whole number"),
        ("clusters", json!({"status": "closed"}), "planned, established"),
        ("clusters", json!({"established_on": "2024-02-30"}), "no date"),
        ("clusters", json!({"established_on": "2024-02-28T00:00:00Z"}), "no date"),
        ("clusters", json!({"established_on": "0000-01-01"}), "years 1 to 9999"),
        ("clusters", json!({"name_vi": null}), "required"),
        ("clusters", json!({"name_vi": " "}), "required"),
        ("clusters", json!({"notes": "a\u{0}b"}), "U+0000"),
        ("clusters", json!({"notes": "x".repeat((1 << 20) + 1)}), "longer"),
        ("clusters", json!({"notes": ["a"]}), "no string"),
        ("infrastructure_items", json!({"built_pct": 100.5}), "from 0 to 100"),
    ];
    for (collection, properties, said) in wrong {
        let collection = register(collection);
        let sent = read(collection, json!({"properties": properties}), Form::Patch);
        let known = if collection.id == "clusters" { vec![("name_vi", "A".into())] } else { Vec::new() };
        let before = row(collection, "a", &known);
        let refused = sent.draft(collection, Some(&before), &[]).unwrap_err();
        assert!(refused.len() == 1 && refused[0].detail.contains(said), "{properties}: {refused:?}");
    }
    let collection = register("clusters");
    let right = json!({"properties": {"established_year": 2010.0, "area_ha": 5, "notes": "Tie\u{302}\u{301}ng\nhai"}});
    let draft = read(collection, right, Form::Patch).draft(collection, Some(&row(collection, "a", &[])), &[]).unwrap();
    assert_eq!(draft.values[at(collection, "established_year")], Value::Integer(2010));
    assert_eq!(draft.values[at(collection, "area_ha")], Value::Number(5.0));
    assert_eq!(draft.values[at(collection, "notes")], "Tiếng\nhai".into(), "texts are composed");
}

#[test]
fn what_is_sent_back_as_it_was_served_changes_nothing() {
    let collection = register("craft_villages");
    // An old fault, a text that is not composed, and a class that is served as that of the worst medium.
    let before = row(
        collection,
        "a",
        &[
            ("name_vi", "Tie\u{302}\u{301}ng".into()),
            ("recognition", "heard of".into()),
            ("pollution_class", "polluted".into()),
        ],
    );
    let mut served = before.values.clone();
    served[at(collection, "pollution_class")] = "serious".into();
    served.resize(collection.fields.len(), Value::Null);
    served[at(collection, "compliance_status")] = "unknown".into();
    served[at(collection, "open_violations")] = Value::Integer(2);
    let whole = |status: Json| {
        json!({
            "type": "Feature",
            "id": "a",
            "links": [],
            "geometry": null,
            "properties": {
                "name_vi": "Tie\u{302}\u{301}ng",
                "recognition": "heard of",
                "pollution_class": "serious",
                "compliance_status": status,
                "open_violations": 2,
                "demo_data": null,
            },
        })
    };
    let draft = |status: Json| read(collection, whole(status), Form::Whole).draft(collection, Some(&before), &served);
    assert_eq!(draft(json!("unknown")).unwrap().values, before.values);
    let refused = draft(json!("compliant")).unwrap_err();
    assert_eq!(refused[0].pointer, "/properties/compliance_status");
    // A patch says what shall be otherwise: there null is a wish too.
    let patch = |properties: Json| {
        read(collection, json!({"properties": properties}), Form::Patch).draft(collection, Some(&before), &served)
    };
    assert!(patch(json!({"compliance_status": null})).is_err() && patch(json!({"demo_data": null})).is_ok());
    assert!(patch(json!({"recognition": "read of"})).is_err(), "a new fault is one");
}

#[test]
fn a_feature_keeps_its_id() {
    let collection = register("clusters");
    let before = row(collection, "7", &[("name_vi", "A".into())]);
    let draft = |id: Json| read(collection, json!({"id": id}), Form::Patch).draft(collection, Some(&before), &[]);
    assert!(draft(json!("7")).is_ok() && draft(json!(7)).is_ok() && draft(json!(null)).is_ok());
    for id in [json!("8"), json!(7.5), json!(["7"]), json!("7/8")] {
        assert_eq!(draft(id.clone()).unwrap_err()[0].pointer, "/id", "{id}");
    }
}

#[test]
fn places_that_cannot_be_are_refused_where_they_go_wrong() {
    let point = |coordinates: Json| json!({"type": "Point", "coordinates": coordinates});
    let area = |ring: Json| json!({"type": "Polygon", "coordinates": [ring]});
    let crs84 = &Crs::Crs84;
    let cases = [
        ("craft_villages", json!("here"), "/geometry/type", "no type"),
        ("craft_villages", json!({"type": "point", "coordinates": [1, 2]}), "/geometry/type", "no type"),
        ("craft_villages", json!({"type": "Point"}), "/geometry/coordinates", "missing"),
        ("craft_villages", point(json!([])), "/geometry/coordinates", "no position"),
        ("craft_villages", point(json!([105.8])), "/geometry/coordinates", "no position"),
        ("craft_villages", point(json!([105.8, "21"])), "/geometry/coordinates", "no position"),
        ("craft_villages", point(json!([105.8, 21.0, 5.0])), "/geometry", "heights"),
        ("craft_villages", point(json!([21.0, 105.8])), "/geometry", "look swapped"),
        ("craft_villages", point(json!([588_591.9, 2_326_345.3])), "/geometry", "not of OGC:CRS84"),
        ("craft_villages", area(json!([[0, 0], [1, 0], [1, 1], [0, 0]])), "/geometry/type", "holds Point"),
        ("clusters", area(json!([])), "/geometry/coordinates/0", "empty"),
        ("clusters", area(json!([[0, 0], [1, 0], [0, 0]])), "/geometry/coordinates/0", "fewer than four"),
        ("clusters", area(json!([[0, 0], [1, 0], [1, 1], [0, 1]])), "/geometry/coordinates/0", "not closed"),
        // The diagonals of a square of side 2 meet in its middle.
        ("clusters", area(json!([[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]])), "/geometry", "touches itself, at 1 1"),
        (
            "violations",
            json!({"type": "GeometryCollection", "geometries": [
            {"type": "GeometryCollection", "geometries": []}]}),
            "/geometry/geometries/0/geometries",
            "another collection",
        ),
    ];
    for (collection, geometry, pointer, said) in cases {
        let (found, detail) = misplaced(collection, crs84, geometry.clone());
        assert!(found == pointer && detail.contains(said), "{geometry}: {found} {detail}");
    }
    let (_, detail) = misplaced("milestones", crs84, point(json!([105.8, 21.0])));
    assert!(detail.contains("no places"), "{detail}");
    // In VN-2000 the northing stands second, and Hanoi is where it is.
    let hanoi = &Crs::Epsg(5897);
    let ring = |x: f64, y: f64| area(json!([[x, y], [x + 50.0, y], [x + 50.0, y + 50.0], [x, y]]));
    let (_, detail) = misplaced("buildings", hanoi, ring(2_326_345.0, 588_591.0));
    assert!(detail.contains("look swapped"), "{detail}");
    let many: Vec<_> = (0..60_000).map(|n| json!([105.0 + f64::from(n) * 1e-6, 21.0])).collect();
    let (pointer, detail) = misplaced("waterways", crs84, json!({"type": "LineString", "coordinates": many}));
    assert!(pointer == "/geometry/coordinates/50000" && detail.contains("50000"), "{pointer} {detail}");
}

fn polygon(corners: &[(f64, f64)]) -> Json {
    json!({"type": "Polygon", "coordinates": [corners.iter().map(|(x, y)| json!([x, y])).collect::<Vec<_>>()]})
}

#[test]
fn a_place_in_the_system_of_the_survey_is_kept_to_the_last_bit() {
    let collection = register("buildings");
    let corners = [(588_591.944_012_345_6, 2_326_345.311_7), (588_600.0, 2_326_345.3), (588_600.0, 2_326_360.1)];
    let closed = [corners[0], corners[1], corners[2], corners[0]];
    let sent = Sent::read(collection, json!({"geometry": polygon(&closed)}), Form::Patch, &Crs::Epsg(5897));
    let before = row(collection, "a", &[("site_id", "s".into())]);
    let shape = sent.draft(collection, Some(&before), &[]).unwrap().shape.unwrap();
    let ring = geo::LineString::from(closed.to_vec());
    assert_eq!(shape, Shape::flat(geo::Polygon::new(ring, Vec::new())));
    // One part where the collection holds many; latitude first where the authority has it so.
    let body = json!({"geometry": {"type": "Polygon", "coordinates": [[[21.0, 105.0], [21.0, 106.0], [22.0, 106.0], [21.0, 105.0]]]}});
    let sent = Sent::read(register("clusters"), body, Form::Patch, &Crs::Epsg(4326));
    let before = row(register("clusters"), "a", &[("name_vi", "A".into())]);
    let shape = sent.draft(register("clusters"), Some(&before), &[]).unwrap().shape.unwrap();
    let ring = geo::LineString::from(vec![(105.0, 21.0), (106.0, 21.0), (106.0, 22.0), (105.0, 21.0)]);
    assert_eq!(shape, Shape::flat(geo::MultiPolygon(vec![geo::Polygon::new(ring, Vec::new())])));
}

#[test]
fn a_survey_does_not_move_when_its_served_place_is_sent_back() {
    use crate::geom::geojson::rounded;
    use crate::geom::reproject::Reprojection;
    let collection = register("buildings");
    // Clockwise, as a register may hold it; it is served the other way round and with nine decimals.
    let corners = [(588_591.944, 2_326_345.311), (588_600.5, 2_326_360.125), (588_610.25, 2_326_345.3)];
    let stored: Vec<(f64, f64)> = corners.into_iter().chain([corners[0]]).collect();
    let mut before = row(collection, "a", &[("site_id", "s".into())]);
    let shape = Shape::flat(geo::Polygon::new(geo::LineString::from(stored.clone()), Vec::new()));
    before.shape = Some(shape.clone());
    let there = Reprojection::between(&Crs::Epsg(5897), &Crs::Crs84).unwrap();
    let served: Vec<(f64, f64)> = stored
        .iter()
        .rev()
        .map(|(x, y)| there.point(*x, *y).unwrap())
        .map(|(x, y)| (rounded(x, Some(9)), rounded(y, Some(9))))
        .collect();
    let sent_back = |corners: &[(f64, f64)]| {
        let sent = read(collection, json!({"geometry": polygon(corners)}), Form::Patch);
        sent.draft(collection, Some(&before), &[]).unwrap().shape.unwrap()
    };
    assert_eq!(sent_back(&served), shape);
    // A corner that moved by a millimetre (1e-8 degree) is a change.
    let mut moved = served.clone();
    moved[1].0 += 1e-8;
    assert_ne!(sent_back(&moved), shape);
}

/// Rows that are not in any store.
struct Known(Vec<(&'static str, Row)>);

impl Rows for Known {
    fn find(&self, collection: &str, id: &FeatureId) -> Result<Option<Row>, StoreError> {
        Ok(self.0.iter().find(|(of, row)| *of == collection && row.id == *id).map(|(_, row)| row.clone()))
    }

    fn holders(&self, of: &Collection, field: &str, text: &str, most: usize) -> Result<Vec<FeatureId>, StoreError> {
        let at = at(of, field);
        let holds = self.0.iter().filter(|(known, row)| *known == of.id && row.values[at].as_str() == Some(text));
        Ok(holds.take(most).map(|(_, row)| row.id.clone()).collect())
    }
}

fn fid(id: &str) -> FeatureId {
    FeatureId::parse(id).unwrap()
}

#[test]
fn what_is_named_must_be_there_unless_it_was_named_before() {
    let stations = register("treatment_stations");
    let known = Known(vec![("clusters", row(register("clusters"), "c", &[]))]);
    let overlay = Overlay::default();
    let station = |kind: Value, site: &str| row(stations, "s", &[("site_collection", kind), ("site_id", site.into())]);
    let found = |before: Option<&Row>, after: &Row| {
        missing(stations, before, &after.values, &overlay, &known)
            .unwrap()
            .into_iter()
            .map(|f| f.detail)
            .collect::<Vec<_>>()
    };
    assert_eq!(found(None, &station("clusters".into(), "c")), [""; 0]);
    assert_eq!(found(None, &station(Value::Null, "c")), [""; 0], "either register will do");
    assert_eq!(
        found(None, &station("craft_villages".into(), "c")),
        ["nêu 'c', không có trong craft_villages / names 'c', which is not in craft_villages"]
    );
    assert_eq!(
        found(None, &station(Value::Null, "x")),
        ["nêu 'x', không có trong clusters hay craft_villages / names 'x', which is not in clusters or craft_villages"]
    );
    assert_eq!(found(None, &station(Value::Null, "a b")).len(), 1, "what is no id is nobody's");
    let orphan = station("clusters".into(), "gone");
    assert_eq!(found(Some(&orphan), &orphan), [""; 0], "it was so before");
    // An edit before it has deleted the cluster, or made another.
    let mut overlay = Overlay::default();
    overlay.note("clusters", Some(&fid("c")), None);
    overlay.note("clusters", Some(&fid("new")), Some(&row(register("clusters"), "new", &[])));
    let found =
        |site: &str| missing(stations, None, &station(Value::Null, site).values, &overlay, &known).unwrap().len();
    assert_eq!((found("c"), found("new")), (1, 0));
}

#[test]
fn rows_that_name_another_hold_it_fast() {
    let (stations, samples, waterways) =
        (register("treatment_stations"), register("effluent_samples"), register("waterways"));
    let registers = [stations, samples, waterways];
    let known = Known(vec![
        ("treatment_stations", row(stations, "s1", &[("site_collection", "clusters".into()), ("site_id", "c".into())])),
        (
            "treatment_stations",
            row(stations, "s2", &[("site_collection", "craft_villages".into()), ("site_id", "c".into())]),
        ),
        ("treatment_stations", row(stations, "s3", &[("site_id", "c".into())])),
        ("effluent_samples", row(samples, "m", &[("station_id", "s1".into())])),
        ("waterways", row(waterways, "w", &[("flows_into", "w".into())])),
    ]);
    let found = |collection: &str, id: &str, overlay: &Overlay| {
        let rows = holders(collection, &fid(id), &registers, overlay, &known).unwrap();
        rows.into_iter().map(|(collection, id)| format!("{collection}/{id}")).collect::<Vec<_>>()
    };
    let mut overlay = Overlay::default();
    // The one that says of which register its site is, and the one that says nothing; not the village's.
    assert_eq!(found("clusters", "c", &overlay), ["treatment_stations/s1", "treatment_stations/s3"]);
    assert_eq!(found("treatment_stations", "s1", &overlay), ["effluent_samples/m"]);
    assert_eq!(found("treatment_stations", "s2", &overlay), [""; 0]);
    assert_eq!(found("waterways", "w", &overlay), [""; 0], "it holds itself only");
    // Edits before it: one goes, one moves, one comes that has no id yet.
    overlay.note("treatment_stations", Some(&fid("s1")), None);
    overlay.note("treatment_stations", Some(&fid("s3")), Some(&row(stations, "s3", &[("site_id", "d".into())])));
    assert_eq!(found("clusters", "c", &overlay), [""; 0]);
    overlay.note("treatment_stations", None, Some(&row(stations, "0", &[("site_id", "c".into())])));
    assert_eq!(found("clusters", "c", &overlay), ["treatment_stations/"]);
    assert_eq!(found("clusters", "d", &overlay), ["treatment_stations/s3"]);
}

#[test]
fn a_date_of_a_users_own_table_is_an_instant_in_whole_milliseconds() {
    let field = crate::domain::Field::plain("seen", DataType::DateTime);
    let read = |text: &str| value::read(&field, &json!(text), None);
    assert_eq!(read("2024-02-29T12:00:00.123456Z"), read("2024-02-29T19:00:00.123+07:00"));
    assert!(read("yesterday").is_err());
}
