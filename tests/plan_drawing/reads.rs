//! What comes of drawings that are taken in, to the millimetre, and that they come back the same.

use std::collections::BTreeMap;

use geo::CoordsIter;
use langxanh::domain::Value;
use langxanh::geom::Crs;
use langxanh::store::gpkg::GpkgStore;
use langxanh::store::{Row, Store};
use langxanh::transfer::drawing::{PlanExport, PlanMode, PlanReport, export_plan, import_plan};
use langxanh::transfer::{EncodingChoice, export};

use crate::fixtures::{Dxf, E, N, clean, id, options, rows, store, value};

fn notes(report: &PlanReport) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    report.notes.iter().for_each(|note| *counts.entry(note.kind.code()).or_default() += note.count);
    counts
}

/// Use, stated area and places of a lot.
type Lot = (Value, Value, Vec<(f64, f64)>);

/// Lots by their symbol.
fn lots(store: &dyn Store) -> BTreeMap<String, Lot> {
    let lot = |row: Row| {
        let of = |field: &str| value("plan_parcels", &row, field);
        let places = row.shape.as_ref().unwrap().geometry.coords_iter().map(|at| (at.x, at.y)).collect();
        (of("lot_symbol").to_string(), (of("land_use_code"), of("area_m2"), places))
    };
    rows(store, "plan_parcels").into_iter().map(lot).collect()
}

#[test]
fn a_clean_drawing_becomes_its_plan_with_the_digits_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let store = store();
    let path = clean().save(dir.path(), "ban ve.dxf");
    let report = import_plan(&store, &options(&path)).unwrap();
    assert_eq!(notes(&report), BTreeMap::new());
    assert_eq!((report.lots, report.lines, report.buildings), (3, 1, 1));
    assert!((report.area_m2 - 20_000.0).abs() < 1e-6 && (report.lots_m2 - 20_000.0).abs() < 1e-6);
    let lots = lots(&store);
    let (land_use, area, places) = &lots["CN-01"];
    assert_eq!((land_use, area), (&Value::from("CN"), &Value::Number(8_000.0)));
    // 572000.123 + 100 and 2330000.456 + 80, as three decimals read.
    let expected = [
        (572_000.123, 2_330_000.456),
        (572_100.123, 2_330_000.456),
        (572_100.123, 2_330_080.456),
        (572_000.123, 2_330_080.456),
    ];
    assert_eq!(places[..4], expected);
    assert_eq!(lots["CX-01"].0, Value::from("CX"));
    let [building] = rows(&store, "buildings").try_into().unwrap();
    assert_eq!(value("buildings", &building, "storeys"), Value::Integer(3));
    let [line] = rows(&store, "plan_lines").try_into().unwrap();
    assert_eq!(value("plan_lines", &line, "line_kind"), Value::from("red_line"));
}

#[test]
fn the_original_is_kept_with_its_hash_and_the_repairs_with_the_plan() {
    let dir = tempfile::tempdir().unwrap();
    let path = clean().save(dir.path(), "ban ve.dxf");
    let store = store();
    let report = import_plan(&store, &options(&path)).unwrap();
    let [plan] = rows(&store, "plans").try_into().unwrap();
    assert_eq!(value("plans", &plan, "source_file"), Value::from("ban ve.dxf"));
    assert_eq!(value("plans", &plan, "source_sha256"), Value::from(report.sha256.as_str()));
    assert_eq!(value("plans", &plan, "name_vi"), Value::from("Quy hoạch chi tiết tỷ lệ 1/500 CCN Thử"));
    assert_eq!(value("plans", &plan, "intake_notes"), Value::from("[]"));
    let mut kept = Vec::new();
    let mut each = |piece: &[u8]| {
        kept.extend_from_slice(piece);
        Ok(())
    };
    let file = store.source(&report.sha256, &mut each).unwrap().unwrap();
    assert_eq!((file.name.as_str(), kept), ("ban ve.dxf", std::fs::read(&path).unwrap()));
}

#[test]
fn loose_lines_become_lots_and_every_repair_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut dxf = Dxf::new();
    dxf.polyline("RANH GIOI QH", true, &[(0.0, 0.0), (200.0, 0.0), (200.0, 80.0), (0.0, 80.0)])
        // The line between the lots ends 4 mm short of the boundary below and crosses it above by 2 m.
        .polyline("RANH LO", false, &[(100.0, 0.004), (100.0, 82.0)])
        // A wall that leads nowhere, half a metre short.
        .polyline("RANH LO", false, &[(150.0, 0.0), (150.0, 79.5)])
        .text("KY HIEU", (50.0, 40.0), b"CN-01")
        .text("KY HIEU", (120.0, 40.0), b"DV-01")
        .text("KY HIEU", (50.0, 30.0), b"Ghi chu la")
        .text("KY HIEU", (500.0, 30.0), b"CN-09");
    let store = store();
    let report = import_plan(&store, &options(&dxf.save(dir.path(), "loose.dxf"))).unwrap();
    let lots = lots(&store);
    assert_eq!(lots.keys().collect::<Vec<_>>(), ["CN-01", "DV-01"]);
    assert!((report.lots_m2 - 16_000.0).abs() < 0.5, "{}", report.lots_m2);
    let told = notes(&report);
    // Two ends are open: the one above the boundary and the one half a metre short of it.
    assert_eq!((told["open_ends"], told["crossings"], told["polygonised"]), (2, 1, 2));
    assert_eq!((told["unread_text"], told["text_outside"]), (1, 1));
    let gap = report.notes.iter().find(|note| note.kind.code() == "open_ends").unwrap();
    assert!(gap.details.contains(&"0.500 m".to_owned()), "{gap:?}");
}

#[test]
fn swapped_axes_are_put_right_and_said() {
    let dir = tempfile::tempdir().unwrap();
    let mut plain = options(&clean().save(dir.path(), "plain.dxf"));
    let expected = store();
    import_plan(&expected, &plain).unwrap();
    let mut dxf = Dxf::placed(|x, y| (N + y, E + x));
    dxf.polyline("RANH GIOI QH", true, &[(0.0, 0.0), (200.0, 0.0), (200.0, 100.0), (0.0, 100.0)])
        .polyline("CN", true, &[(0.0, 0.0), (100.0, 0.0), (100.0, 80.0), (0.0, 80.0)])
        .text("KY HIEU", (50.0, 40.0), b"CN-01");
    plain.source = dxf.save(dir.path(), "swapped.dxf");
    let turned = store();
    let report = import_plan(&turned, &plain).unwrap();
    assert_eq!(notes(&report)["swapped_axes"], 1);
    let sorted = |store: &dyn Store| {
        let mut places = lots(store)["CN-01"].2.clone();
        places.sort_by(|a, b| a.partial_cmp(b).unwrap());
        places.dedup();
        places
    };
    assert_eq!(sorted(&turned), sorted(&expected));
}

#[test]
fn a_drawing_of_a_neighbours_zone_is_transformed_and_millimetres_become_metres() {
    let dir = tempfile::tempdir().unwrap();
    let mut dxf = Dxf::placed(|x, y| ((E + x) * 1000.0, (N + y) * 1000.0));
    dxf.polyline("RANH GIOI QH", true, &[(0.0, 0.0), (200.0, 0.0), (200.0, 100.0), (0.0, 100.0)])
        .polyline("CN", true, &[(0.0, 0.0), (100.0, 0.0), (100.0, 80.0), (0.0, 80.0)])
        .text("KY HIEU", (50.0, 40.0), b"CN-01");
    let mut mm = options(&dxf.save(dir.path(), "mm.dxf"));
    mm.unit_m = Some(0.001);
    let in_mm = store();
    assert_eq!(notes(&import_plan(&in_mm, &mm).unwrap())["millimetres"], 1);
    assert_eq!(lots(&in_mm)["CN-01"].2[0], (572_000.123, 2_330_000.456));
    // The same numbers in the zone of 104°45' lie a quarter of a degree further west.
    let mut other = options(&clean().save(dir.path(), "plan.dxf"));
    (other.crs, other.is_away) = (Some(Crs::Epsg(9208)), true);
    let moved = store();
    assert_eq!(notes(&import_plan(&moved, &other).unwrap())["transformed"], 1);
    // pyproj 3.7, from EPSG:9208 to EPSG:5897.
    let (east, north) = lots(&moved)["CN-01"].2[0];
    assert!((east - 546_020.114_3).abs() < 5e-4 && (north - 2_329_907.912_7).abs() < 5e-4, "{east} {north}");
}

#[test]
fn text_in_tcvn3_and_escapes_becomes_unicode() {
    let dir = tempfile::tempdir().unwrap();
    let mut dxf = clean();
    dxf.version = "AC1015";
    // "Đất cây xanh" in TCVN3 is A7 CA 74 20 63 A9 79 20 78 61 6E 68.
    dxf.text("KY HIEU", (60.0, 90.0), b"\xA7\xCAt c\xA9y xanh");
    let store = store();
    let mut named = options(&dxf.save(dir.path(), "tcvn3.dxf"));
    named.encoding = EncodingChoice::Named(langxanh::text::Encoding::Tcvn3);
    import_plan(&store, &named).unwrap();
    let green = |store: &dyn Store| {
        let row = rows(store, "plan_parcels").into_iter().find(|row| row.id.as_str() == "plan-1-cx-01").unwrap();
        value("plan_parcels", &row, "use_vi")
    };
    assert_eq!(green(&store), Value::from("Đất cây xanh"));
    let mut dxf = clean();
    dxf.text("KY HIEU", (60.0, 90.0), b"\\U+0110\\U+1EA5t c\\U+00E2y xanh");
    let escaped = crate::fixtures::store();
    import_plan(&escaped, &options(&dxf.save(dir.path(), "escaped.dxf"))).unwrap();
    assert_eq!(green(&escaped), Value::from("Đất cây xanh"));
}

#[test]
fn arcs_heights_and_splines_are_taken_with_a_note() {
    let dir = tempfile::tempdir().unwrap();
    let mut dxf = clean();
    // A round green of radius 10 m in the second lot: its area is within 2 mm of its rim of 314.159 m².
    dxf.raw("CIRCLE", "CX", &format!("100\nAcDbCircle\n10\n{}\n20\n{}\n40\n10\n", E + 150.0, N + 60.0))
        .raw(
            "LINE",
            "CGXD",
            &format!("100\nAcDbLine\n10\n{}\n20\n{}\n30\n5.5\n11\n{}\n21\n{}\n31\n6.5\n", E, N, E + 9.0, N),
        )
        .raw(
            "SPLINE",
            "LOP LA",
            &format!(
                "100\nAcDbSpline\n70\n8\n71\n3\n72\n0\n73\n0\n74\n2\n11\n{E}\n21\n{N}\n31\n0\n11\n{E}\n21\n{N}\n31\n0\n"
            ),
        );
    let store = store();
    let report = import_plan(&store, &options(&dxf.save(dir.path(), "curves.dxf"))).unwrap();
    let told = notes(&report);
    assert_eq!((told["curves"], told["heights_dropped"], told["bare_splines"]), (1, 1, 1));
    assert_eq!(report.lots, 4);
    let round = report.lots_m2 - 20_000.0;
    assert!(round < 314.1593 && round > 314.1593 - 62.9 * 0.002, "{round}");
}

#[test]
fn an_outline_in_an_outline_is_a_hole_unless_it_has_a_symbol() {
    let dir = tempfile::tempdir().unwrap();
    let mut dxf = clean();
    dxf.polyline("CN", true, &[(20.0, 50.0), (30.0, 50.0), (30.0, 60.0), (20.0, 60.0)])
        .polyline("CN", true, &[(120.0, 50.0), (130.0, 50.0), (130.0, 60.0), (120.0, 60.0)])
        .text("KY HIEU", (125.0, 55.0), b"CN-03");
    let store = store();
    let report = import_plan(&store, &options(&dxf.save(dir.path(), "holes.dxf"))).unwrap();
    // Two holes of 100 m², of which one is a lot of its own.
    assert_eq!((report.lots, report.lots_m2.round()), (4, 19_900.0));
    assert_eq!(notes(&report)["hole"], 2);
}

#[test]
fn a_second_drawing_takes_the_place_of_the_first_and_of_no_other_plan() {
    let dir = tempfile::tempdir().unwrap();
    let store = store();
    let path = clean().save(dir.path(), "plan.dxf");
    import_plan(&store, &options(&path)).unwrap();
    let mut other = options(&path);
    other.plan = id("plan-2");
    // The building stands there already.
    let again = import_plan(&store, &other).unwrap();
    assert_eq!((notes(&again)["known_building"], rows(&store, "buildings").len()), (1, 1));
    let mut dxf = Dxf::new();
    dxf.polyline("RANH GIOI QH", true, &[(0.0, 0.0), (200.0, 0.0), (200.0, 100.0), (0.0, 100.0)])
        .polyline("CN", true, &[(0.0, 0.0), (200.0, 0.0), (200.0, 100.0), (0.0, 100.0)])
        .text("KY HIEU", (50.0, 40.0), b"CN-01");
    let mut second = options(&dxf.save(dir.path(), "second.dxf"));
    second.mode = PlanMode::Replace;
    let report = import_plan(&store, &second).unwrap();
    let counts: Vec<_> =
        report.applied.iter().map(|(id, one)| (id.as_str(), one.inserted, one.updated, one.deleted)).collect();
    // The building stays: the second plan shows it too.
    let expected = [("plans", 0, 1, 0), ("plan_parcels", 0, 1, 2), ("plan_lines", 0, 0, 1), ("buildings", 0, 0, 0)];
    assert_eq!(counts, expected);
    assert_eq!(rows(&store, "plan_parcels").len(), 4);
    assert_eq!(rows(&store, "buildings").len(), 1);
}

#[test]
fn a_building_that_two_plans_show_outlives_the_first_and_keeps_its_id() {
    let dir = tempfile::tempdir().unwrap();
    let store = store();
    let ids = || rows(&store, "buildings").iter().map(|row| row.id.to_string()).collect::<Vec<_>>();
    let mut dxf = clean();
    dxf.polyline("NHA", true, &[(110.0, 10.0), (140.0, 10.0), (140.0, 40.0), (110.0, 40.0)]);
    let both = dxf.save(dir.path(), "both.dxf");
    import_plan(&store, &options(&both)).unwrap();
    assert_eq!(ids(), ["plan-1-building-0001", "plan-1-building-0002"]);
    // The second plan shows the first of them.
    let mut second = options(&clean().save(dir.path(), "one.dxf"));
    second.plan = id("plan-2");
    import_plan(&store, &second).unwrap();
    // A new drawing of the first plan has other buildings: one stays since the second plan shows it, the other goes, and no new
    // building gets the id of either.
    let mut dxf = Dxf::new();
    dxf.polyline("RANH GIOI QH", true, &[(0.0, 0.0), (200.0, 0.0), (200.0, 100.0), (0.0, 100.0)])
        .polyline("CN", true, &[(0.0, 0.0), (200.0, 0.0), (200.0, 100.0), (0.0, 100.0)])
        .polyline("NHA", true, &[(150.0, 50.0), (160.0, 50.0), (160.0, 60.0), (150.0, 60.0)]);
    let mut first = options(&dxf.save(dir.path(), "new.dxf"));
    first.mode = PlanMode::Replace;
    let report = import_plan(&store, &first).unwrap();
    assert_eq!(notes(&report)["shared_building"], 1);
    assert_eq!(ids(), ["plan-1-building-0001", "plan-1-building-0003"]);
    // Drawn again as at first, what stands there keeps its id.
    first.source = both;
    import_plan(&store, &first).unwrap();
    assert_eq!(ids(), ["plan-1-building-0001", "plan-1-building-0002"]);
}

#[test]
fn an_outline_like_a_bow_tie_is_two_lots_and_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut dxf = Dxf::new();
    dxf.polyline("RANH GIOI QH", true, &[(0.0, 0.0), (200.0, 0.0), (200.0, 100.0), (0.0, 100.0)])
        .polyline("CN", true, &[(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)])
        // Two triangles of one size: their areas take each other away.
        .polyline("CX", true, &[(110.0, 10.0), (190.0, 90.0), (190.0, 10.0), (110.0, 90.0)]);
    let store = store();
    let report = import_plan(&store, &options(&dxf.save(dir.path(), "tie.dxf"))).unwrap();
    let told = notes(&report);
    assert_eq!((told.get("self_crossing"), told.get("degenerate")), (Some(&1), None));
    // (80 × 40 / 2) twice.
    assert_eq!((report.lots, report.lots_m2.round()), (3, 13_200.0));
}

#[test]
fn a_lot_of_loose_lines_is_that_lot_and_not_the_rest_of_the_plan_too() {
    let dir = tempfile::tempdir().unwrap();
    let store = store();
    let mut dxf = Dxf::new();
    dxf.polyline("RANH GIOI QH", true, &[(0.0, 0.0), (200.0, 0.0), (200.0, 100.0), (0.0, 100.0)]);
    for (layer, [x0, x1]) in [("CX", [20.0, 60.0]), ("CN", [60.0, 200.0])] {
        let corners = [(x0, 0.0), (x1, 0.0), (x1, 100.0), (x0, 100.0), (x0, 0.0)];
        for side in corners.windows(2) {
            dxf.polyline(layer, false, side);
        }
    }
    let report = import_plan(&store, &options(&dxf.save(dir.path(), "loose.dxf"))).unwrap();
    let mut lots: Vec<_> = rows(&store, "plan_parcels")
        .into_iter()
        .map(|row| {
            let area = geo::Area::unsigned_area(&row.shape.as_ref().unwrap().geometry).round();
            (value("plan_parcels", &row, "land_use_code").to_string(), area)
        })
        .collect();
    lots.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(lots, [("CN".to_owned(), 14_000.0), ("CX".to_owned(), 4_000.0)]);
    assert_eq!(report.lots, 2);
}

#[test]
fn a_plan_written_as_a_drawing_or_geopackage_is_taken_in_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let first = store();
    let mut dxf = clean();
    dxf.polyline("CN", true, &[(120.0, 50.0), (130.0, 50.0), (130.0, 60.0), (120.0, 60.0)]);
    import_plan(&first, &options(&dxf.save(dir.path(), "first.dxf"))).unwrap();
    for name in ["out.dxf", "out.gpkg"] {
        let out = dir.path().join(name);
        let wanted = PlanExport { plan: &id("plan-1"), out: out.clone(), findings: None };
        assert_eq!(export_plan(&first, wanted).unwrap().written, 6);
        let again = store();
        import_plan(&again, &options(&out)).unwrap();
        assert_eq!(lots(&again), lots(&first), "{name}");
        let shapes = |store: &dyn Store, id: &str| rows(store, id).into_iter().map(|row| row.shape).collect::<Vec<_>>();
        for collection in ["plans", "plan_lines", "buildings"] {
            assert_eq!(shapes(&again, collection), shapes(&first, collection), "{name} {collection}");
        }
    }
    let taken = PlanExport { plan: &id("plan-1"), out: dir.path().join("out.dxf"), findings: None };
    assert!(export_plan(&first, taken).unwrap_err().to_string().contains("already"));
    let unknown = PlanExport { plan: &id("plan-9"), out: dir.path().join("x.dxf"), findings: None };
    assert!(export_plan(&first, unknown).unwrap_err().to_string().contains("no plan 'plan-9'"));
}

#[test]
fn findings_stand_on_layers_of_their_own_in_the_system_of_the_plan() {
    let dir = tempfile::tempdir().unwrap();
    let store = store();
    import_plan(&store, &options(&clean().save(dir.path(), "plan.dxf"))).unwrap();
    let findings = langxanh::domain::catalog::collection("plan_findings").unwrap();
    let values = findings.fields.iter().map(|field| match field.name.as_str() {
        "plan_id" => Value::from("plan-1"),
        "rule_id" => Value::from("PLN-GREEN"),
        "severity" => Value::from("error"),
        "message_vi" => Value::from("Thiếu cây xanh"),
        _ => Value::Null,
    });
    // The places of findings are kept in longitude and latitude; this one is the corner of the drawings.
    let mut shape = langxanh::geom::Shape::flat(geo::Point::new(E, N));
    let own = findings.geometry.as_ref().unwrap().crs.clone();
    langxanh::geom::project::Transform::between(&Crs::Epsg(5897), &own).unwrap().shape(&mut shape).unwrap();
    let row = Row { fid: 1, id: id("f-1"), values: values.collect(), shape: Some(shape) };
    for name in ["out.dxf", "out.gpkg"] {
        let out = dir.path().join(name);
        let found = Some((findings, vec![row.clone()]));
        export_plan(&store, PlanExport { plan: &id("plan-1"), out: out.clone(), findings: found }).unwrap();
        let bytes = std::fs::read(&out).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("PLN-GREEN"), "{name}");
        if name == "out.dxf" {
            assert!(text.contains("FINDINGS error") && text.contains("Thi\\U+1EBFu"), "{name}");
            // The west end of the cross is half a metre from the corner; degrees and back cost less than a millimetre.
            assert!(text.contains("571999.62") && text.contains("2330000.45"), "{name}");
        }
    }
}

#[test]
fn the_files_of_a_shapefile_and_a_mapinfo_table_are_taken_with_their_attributes() {
    let dir = tempfile::tempdir().unwrap();
    let first = GpkgStore::create(&dir.path().join("store.gpkg")).unwrap();
    langxanh::sample::build(&first, &|_, _| {}).unwrap();
    let plan =
        rows(&first, "plan_parcels").first().map(|row| value("plan_parcels", row, "plan_id").to_string()).unwrap();
    // Every table of the plan as a shapefile of its own, all in one archive.
    let folder = dir.path().join("shapes");
    std::fs::create_dir(&folder).unwrap();
    let mut count = 0;
    for collection in ["plans", "plan_parcels"] {
        let declared = langxanh::domain::catalog::collection(collection).unwrap();
        let is_of_plan = |row: &Row| {
            if collection == "plans" {
                row.id.as_str() == plan
            } else {
                value(collection, row, "plan_id") == Value::from(plan.as_str())
            }
        };
        let of_plan: Vec<Row> = rows(&first, collection).into_iter().filter(is_of_plan).collect();
        count = of_plan.len();
        let wanted = langxanh::transfer::ExportOptions {
            out: folder.join(format!("{collection}.shp")),
            crs: None,
            bbox: None,
            where_equals: Vec::new(),
            has_spatial_index: false,
        };
        export(declared, &mut of_plan.into_iter(), &wanted, &|_, _| {}).unwrap();
    }
    let zipped = dir.path().join("plan.zip");
    zip(&folder, &zipped);
    let store = store();
    let mut wanted = options(&zipped);
    (wanted.crs, wanted.is_away) = (None, true);
    let report = import_plan(&store, &wanted).unwrap();
    assert_eq!(report.lots, count);
    let symbols = |store: &dyn Store, plan: &str| {
        let of = rows(store, "plan_parcels")
            .into_iter()
            .filter(|row| value("plan_parcels", row, "plan_id") == Value::from(plan));
        let mut all: Vec<String> = of.map(|row| value("plan_parcels", &row, "lot_symbol").to_string()).collect();
        all.sort();
        all
    };
    assert_eq!(symbols(&store, "plan-1"), symbols(&first, &plan));
}

/// The sample's plan without a fault, in a store of its own.
fn sample(dir: &std::path::Path) -> GpkgStore {
    let store = GpkgStore::create(&dir.join("sample.gpkg")).unwrap();
    langxanh::sample::build(&store, &|_, _| {}).unwrap();
    store
}

const SAMPLE_PLAN: &str = "thi-tran-phung-dan-phuong-plan-1";

/// What a register says of a plan or a site, with the corners, wherever rings begin: one text for each row, sorted.
fn told(store: &dyn Store, collection: &str, of: (&str, &str)) -> Vec<String> {
    use langxanh::plan::drawing::rules::FIELDS;
    let declared = langxanh::domain::catalog::collection(collection).unwrap();
    let fields: Vec<&str> = FIELDS.into_iter().filter(|field| declared.field(field).is_some()).collect();
    let is_meant = |row: &Row| value(collection, row, of.0) == Value::from(of.1);
    let told = rows(store, collection).into_iter().filter(is_meant).map(|row| {
        let said: Vec<String> =
            fields.iter().map(|field| format!("{field}={}", value(collection, &row, field))).collect();
        let mut corners: Vec<String> =
            row.shape.unwrap().geometry.coords_iter().map(|at| format!("{:.3} {:.3}", at.x, at.y)).collect();
        corners.sort();
        corners.dedup();
        format!("{} | {}", said.join("; "), corners.join(", "))
    });
    let mut told: Vec<String> = told.collect();
    told.sort();
    told
}

/// A plan of the sample written and taken in again says what it said.
fn comes_back(written: &std::path::Path, first: &dyn Store) {
    let again = store();
    let mut wanted = options(written);
    (wanted.is_away, wanted.encoding) = (true, EncodingChoice::Auto);
    let report = import_plan(&again, &wanted).unwrap();
    let site = SAMPLE_PLAN.trim_end_matches("-plan-1");
    for (collection, before, after) in [
        ("plan_parcels", ("plan_id", SAMPLE_PLAN), ("plan_id", "plan-1")),
        ("plan_lines", ("plan_id", SAMPLE_PLAN), ("plan_id", "plan-1")),
        ("buildings", ("site_id", site), ("site_id", "ccn-1")),
    ] {
        let (first, again) = (told(first, collection, before), told(&again, collection, after));
        assert_eq!(first.len(), again.len(), "{collection} of {}", written.display());
        for (one, other) in first.iter().zip(&again) {
            assert_eq!(one, other, "{collection} of {}", written.display());
        }
    }
    assert_eq!(report.notices.iter().filter(|notice| notice.contains("VISCII")).count(), 0, "{:?}", report.notices);
}

#[test]
fn everything_that_is_on_record_of_a_plan_comes_back_from_its_drawing() {
    let dir = tempfile::tempdir().unwrap();
    let first = sample(dir.path());
    for name in ["out.dxf", "out.gpkg"] {
        let out = dir.path().join(name);
        export_plan(&first, PlanExport { plan: &id(SAMPLE_PLAN), out: out.clone(), findings: None }).unwrap();
        comes_back(&out, &first);
    }
}

#[test]
fn a_plan_comes_from_mapinfo_and_shapefiles_with_every_attribute() {
    let dir = tempfile::tempdir().unwrap();
    let first = sample(dir.path());
    let whole = dir.path().join("whole.gpkg");
    export_plan(&first, PlanExport { plan: &id(SAMPLE_PLAN), out: whole.clone(), findings: None }).unwrap();
    for (ending, driver) in [("shp", "ESRI Shapefile"), ("tab", "MapInfo File"), ("mif", "MapInfo File")] {
        let folder = dir.path().join(ending);
        std::fs::create_dir(&folder).unwrap();
        for layer in ["plans", "plan_parcels", "plan_lines", "buildings"] {
            let mut convert = std::process::Command::new("ogr2ogr");
            convert.args(["-f", driver, "-lco", "ENCODING=UTF-8"]);
            if ending == "mif" {
                convert.args(["-dsco", "FORMAT=MIF"]);
            }
            // MapInfo keeps millimetres where its bounds are those of the plan.
            if ending == "tab" {
                convert.args(["-lco", "BOUNDS=500000,2300000,600000,2400000"]);
            }
            let out = folder.join(layer).with_extension(ending);
            match convert.arg(&out).arg(&whole).arg(layer).status() {
                Ok(status) => assert!(status.success(), "{ending} {layer}"),
                Err(_) => return eprintln!("SKIPPED: no ogr2ogr, other formats were not read"),
            }
        }
        let zipped = dir.path().join(format!("{ending}.zip"));
        zip(&folder, &zipped);
        comes_back(&zipped, &first);
    }
}

fn zip(folder: &std::path::Path, to: &std::path::Path) {
    let mut archive = zip::ZipWriter::new(std::fs::File::create(to).unwrap());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        archive
            .start_file(path.file_name().unwrap().to_string_lossy(), zip::write::SimpleFileOptions::default())
            .unwrap();
        std::io::copy(&mut std::fs::File::open(&path).unwrap(), &mut archive).unwrap();
    }
    archive.finish().unwrap();
}
