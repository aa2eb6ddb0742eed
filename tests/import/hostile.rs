//! Files of strangers that once were taken wrongly, taken in part, or refused although they were good.

use super::fixtures::*;
use geo::CoordsIter;
use langxanh::domain::{DataType, Value, catalog};
use langxanh::geom::Crs;
use langxanh::store::gpkg::GpkgStore;
use langxanh::store::{Mode, Store};
use langxanh::text::Encoding;
use langxanh::transfer::{EncodingChoice, ExportOptions, ImportError, ImportOptions, export, import};

const HANOI: &str = "OGC:CRS84";

fn texts(values: Vec<Value>) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn feature(members: &str, geometry: &str) -> String {
    format!("{{\"type\":\"Feature\",{members}\"geometry\":{geometry}}}")
}

fn collection(features: &[String]) -> String {
    format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", features.join(","))
}

const POINT: &str = "{\"type\":\"Point\",\"coordinates\":[105.8,21]}";

fn first_corner(bench: &Bench, collection: &str) -> (f64, f64) {
    let point = bench.rows(collection)[0].shape.clone().unwrap().geometry.coords_iter().next().unwrap();
    (point.x, point.y)
}

#[test]
fn a_geometry_that_is_none_is_refused_and_not_left_out() {
    let bench = Bench::new();
    for geometry in [
        "{\"type\":\"Point\",\"coordinates\":[105.8]}",
        "{\"type\":\"LineString\",\"coordinates\":[[105.8,21],null,[105.9,21]]}",
        "{\"type\":\"Circle\",\"coordinates\":[105.8,21]}",
    ] {
        let text =
            collection(&[feature("\"properties\":{\"a\":1},", POINT), feature("\"properties\":{\"a\":2},", geometry)]);
        assert!(bench.import(&bench.file("a.geojson", text), "places", None).is_err(), "{geometry}");
    }
    for wkt in ["TIN Z (((0 0 0, 0 1 0, 1 1 0, 0 0 0)))", "POLYHEDRALSURFACE Z (((0 0 0, 0 1 0, 1 1 0, 0 0 0)))"] {
        let csv = bench.file("a.csv", format!("a,wkt\n1,\"{wkt}\"\n"));
        let report = bench.import(&csv, "places", Some(HANOI)).unwrap();
        assert!(report.is_refused() && report.faults[0].reason.contains("surface in space"), "{wkt}: {report:?}");
    }
}

#[test]
fn a_null_as_crs_is_no_longitude_and_latitude() {
    let bench = Bench::new();
    let text = format!(
        "{{\"type\":\"FeatureCollection\",\"crs\":null,\"features\":[{}]}}",
        feature("\"properties\":{},", POINT)
    );
    let file = bench.file("a.geojson", text);
    assert!(bench.refusal(&file, "places", None).contains("--crs"));
    assert_eq!(bench.import(&file, "places", Some(HANOI)).unwrap().applied.inserted, 1);
}

#[test]
fn an_integer_that_is_too_large_is_a_fault_and_not_the_largest_one() {
    let bench = Bench::new();
    let text = collection(&[feature("\"properties\":{\"n\":12345678901234567890123},", POINT)]);
    let report = bench.import(&bench.file("a.geojson", text), "places", None).unwrap();
    assert_eq!(report.faults[0].reason, "số nguyên quá lớn / the integer is too large");
}

#[test]
fn bytes_that_are_no_table_are_refused() {
    let bench = Bench::new();
    for (bytes, said) in [
        (&b"a,b\n1,\0\0\n"[..], "no text"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\x03KL\xd2I", "no text"),
        (b"<OGRVRTDataSource><OGRVRTLayer name=\"a\"/></OGRVRTDataSource>", "markup"),
    ] {
        assert!(bench.refusal(&bench.file("a.csv", bytes), "places", None).contains(said));
    }
}

#[test]
fn a_view_that_never_ends_is_refused() {
    let bench = Bench::new();
    let gpkg = bench.path("a.gpkg");
    layer(&gpkg, "GPKG", Some(VN2000), "name", &[], &TCVN3[..1]);
    let database = rusqlite::Connection::open(&gpkg).unwrap();
    let view = "CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS fid FROM c; \
                INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('v', 'attributes', 'v')";
    database.execute_batch(view).unwrap();
    let options = ImportOptions { layer: Some("v".to_owned()), ..bench.options(&gpkg, "places") };
    assert!(bench.run(&options).unwrap_err().to_string().contains("may never end"));
}

#[test]
fn attributes_that_end_inside_a_quotation_and_entries_of_one_name_are_refused() {
    let bench = Bench::new();
    let mif = bench.file("a.mif", "Version 300\nDelimiter \",\"\nCoordSys Earth Projection 1, 104\nColumns 1\n  TEN Char(60)\nData\n\nPoint 105.8 21\n");
    bench.file("a.mid", "\"Dương Li");
    assert!(bench.refusal(&mif, "places", None).contains("never closed"));
    let once = bench.path("once.zip");
    let csv = b"lon,lat\n105.8,21\n".to_vec();
    zip(&once, &[("a.csv", csv.clone()), ("b.csv", csv)]);
    let mut bytes = std::fs::read(&once).unwrap();
    for at in 0..bytes.len() - 5 {
        if &bytes[at..at + 5] == b"b.csv" {
            bytes[at] = b'a';
        }
    }
    let twice = bench.file("twice.zip", bytes);
    assert!(bench.refusal(&twice, "places", Some(HANOI)).contains("several entries of one name"));
}

#[test]
fn a_layer_that_is_not_there_is_refused_in_a_csv_too() {
    let bench = Bench::new();
    let csv = bench.file("a.csv", "n\n1\n");
    let layer = |name: &str| ImportOptions { layer: Some(name.to_owned()), ..bench.options(&csv, "places") };
    assert!(bench.run(&layer("b")).unwrap_err().to_string().contains("no layer 'b'; it has a"));
    assert_eq!(bench.run(&layer("a")).unwrap().applied.inserted, 1);
}

#[test]
fn a_crs_for_a_sheet_without_places_is_refused() {
    let bench = Bench::new();
    let csv = bench.file("a.csv", "ten,kinh doanh\nA,b\n");
    assert!(bench.refusal(&csv, "places", Some(VN2000)).contains("no column says where a row is"));
    let csv = bench.file("b.csv", "ten,Kinh độ (E),Vĩ độ (N)\nA,105.8,21\n");
    bench.import(&csv, "places", Some(HANOI)).unwrap();
    assert_eq!(first_corner(&bench, "places"), (105.8, 21.0));
}

#[test]
fn collection_names_of_the_stores_own_tables_and_other_spellings_are_refused() {
    let bench = Bench::new();
    let csv = bench.file("a.csv", "n\n1\n");
    for id in ["sqlite_master", "langxanh_history", "gpkg_contents", "rtree_clusters_geom", "GPKG_x"] {
        assert!(bench.refusal(&csv, id, None).contains("store's own tables"), "{id}");
    }
    assert!(bench.refusal(&csv, "Clusters", None).contains("write 'clusters'"));
}

#[test]
fn a_list_of_skipped_rows_overwrites_no_other_file_and_is_not_made_by_a_dry_run() {
    let bench = Bench::new();
    let csv = bench.file("a.csv", "id,Tên,area_ha\na,A,1\nb,B,wide\n");
    let skipping = |list: &str| ImportOptions { skip_bad: Some(bench.path(list)), ..bench.options(&csv, "clusters") };
    for list in ["a.csv", "."] {
        assert!(bench.run(&skipping(list)).unwrap_err().to_string().contains("no list of skipped rows"), "{list}");
    }
    assert!(std::fs::read_to_string(&csv).unwrap().starts_with("id,"));
    assert!(bench.store.collections().unwrap().is_empty());
    bench.run(&ImportOptions { dry_run: true, ..skipping("list.csv") }).unwrap();
    assert!(!bench.path("list.csv").exists());
    bench.run(&skipping("list.csv")).unwrap();
    let upsert = ImportOptions { mode: Mode::Upsert, ..skipping("list.csv") };
    assert_eq!(bench.run(&upsert).unwrap().skipped, 1, "a former list is written anew");
}

#[test]
fn a_replace_deletes_no_feature_whose_row_was_left_out() {
    let bench = Bench::new();
    bench.import(&bench.file("a.csv", "id,Tên\na,A\nb,B\n"), "clusters", None).unwrap();
    let faulty = bench.file("b.csv", "id,Tên,area_ha\na,A,1\nb,B,wide\n");
    let options = ImportOptions {
        mode: Mode::Replace,
        skip_bad: Some(bench.path("list.csv")),
        ..bench.options(&faulty, "clusters")
    };
    assert!(matches!(bench.run(&options), Err(ImportError::Replaced { skipped: 1, .. })));
    assert_eq!(bench.rows("clusters").len(), 2);
}

#[test]
fn a_refused_import_leaves_the_store_byte_for_byte_and_a_locked_one_says_so() {
    let bench = Bench::new();
    let path = bench.path("store.gpkg");
    GpkgStore::create(&path).unwrap().close().unwrap();
    // As QGIS leaves a file behind it.
    let mode: String = rusqlite::Connection::open(&path)
        .unwrap()
        .query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "delete");
    let before = std::fs::read(&path).unwrap();
    let csv = bench.file("a.csv", "id,Tên,area_ha\na,A,wide\n");
    let store = GpkgStore::open(&path).unwrap();
    assert!(import(&store, &bench.options(&csv, "clusters"), &|_, _| {}).unwrap().is_refused());
    drop(store);
    assert!(std::fs::read(&path).unwrap() == before, "the store was changed");
    assert!(!bench.path("store.gpkg-wal").exists() && !bench.path("store.gpkg-shm").exists());
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE").unwrap();
    let store = GpkgStore::open(&path).unwrap();
    let good = bench.file("b.csv", "id,Tên\na,A\n");
    let error = import(&store, &bench.options(&good, "clusters"), &|_, _| {}).unwrap_err().to_string();
    assert!(error.contains("in use by another program"), "{error}");
}

#[test]
fn numbers_as_feature_ids_are_ids() {
    let bench = Bench::new();
    let square = "{\"type\":\"Polygon\",\"coordinates\":[[[105.8,21],[105.9,21],[105.9,21.1],[105.8,21]]]}";
    let text =
        collection(&[7, 9].map(|id| feature(&format!("\"id\":{id},\"properties\":{{\"name_vi\":\"A\"}},"), square)));
    bench.import(&bench.file("a.geojson", &text), "clusters", None).unwrap();
    let ids: Vec<String> = bench.rows("clusters").iter().map(|row| row.id.to_string()).collect();
    assert_eq!(ids, ["7", "9"]);
    bench.import(&bench.file("b.geojson", text), "places", None).unwrap();
    assert_eq!(texts(bench.values("places", "source_id")), ["7", "9"]);
}

#[test]
fn lines_of_json_are_known_whatever_the_ending_and_lists_stay_json() {
    let bench = Bench::new();
    let line = feature("\"properties\":{\"l\":[\"x\",\"y\"]},", POINT);
    for (name, text, rows) in
        [("a.geojson", format!("{line}\n{line}\n"), 2), ("b.ndjson", collection(std::slice::from_ref(&line)), 1)]
    {
        let id = &name[..1];
        assert_eq!(bench.import(&bench.file(name, text), id, None).unwrap().applied.inserted, rows, "{name}");
        let list: Vec<String> = serde_json::from_str(&texts(bench.values(id, "l"))[0]).unwrap();
        assert_eq!(list, ["x", "y"], "{name}");
    }
}

#[test]
fn names_of_kml_data_keep_their_letters() {
    let bench = Bench::new();
    let data = "<ExtendedData><Data name=\"Nghề chính\"><value>Gốm</value></Data></ExtendedData>";
    let kml = format!(
        "<?xml version=\"1.0\"?><kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document><Placemark><name>A</name>{data}<Point><coordinates>105.8,21</coordinates></Point></Placemark></Document></kml>"
    );
    bench.import(&bench.file("a.kml", kml), "places", None).unwrap();
    assert_eq!(texts(bench.values("places", "nghe_chinh")), ["Gốm"]);
}

#[test]
fn a_csv_column_has_the_type_of_all_its_rows_and_decimal_commas_are_numbers() {
    let bench = Bench::new();
    let mut csv = String::from("a;b;c\n");
    (0..3_000).for_each(|n| csv.push_str(&format!("{n};{n};{n}\n")));
    csv.push_str("1.5;chữ;12,5\n");
    let report = bench.import(&bench.file("a.csv", csv), "t", None).unwrap();
    let collection = bench.collection("t");
    let data_type = |name: &str| collection.field(name).unwrap().1.data_type;
    assert_eq!(["a", "b", "c"].map(data_type), [DataType::Number, DataType::Text, DataType::Number]);
    assert_eq!(bench.values("t", "c").last(), Some(&Value::Number(12.5)));
    assert!(report.notices.iter().any(|notice| notice.contains("decimal commas: c")), "{:?}", report.notices);
}

#[test]
fn utf16_is_read_whether_it_is_named_or_not() {
    let bench = Bench::new();
    let little: Vec<u8> = "tên,n\nLàng nghề,1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let file = bench.file("a.csv", [&b"\xFF\xFE"[..], &little].concat());
    for (id, encoding) in [("a", EncodingChoice::Auto), ("b", EncodingChoice::Named(Encoding::Utf16Le))] {
        bench.run(&ImportOptions { encoding, ..bench.options(&file, id) }).unwrap();
        assert_eq!(texts(bench.values(id, "ten")), ["Làng nghề"], "{id}");
    }
}

#[test]
fn a_corner_table_of_vn2000_has_its_northing_first() {
    let bench = Bench::new();
    let csv = bench.file("goc.csv", "STT;X (m);Y (m)\n1;2326345,311;588591,944\n2;2326350,5;588600,25\n");
    let report = bench.import(&csv, "corners", Some(VN2000)).unwrap();
    assert_eq!(first_corner(&bench, "corners"), (588_591.944, 2_326_345.311));
    assert!(report.notices.iter().any(|notice| notice.contains("taken as the northing")), "{:?}", report.notices);
    let mixed = bench.file("b.csv", "STT,X,Y\n1,2326345.3,588591.9\n2,588591.9,2326345.3\n");
    assert_eq!(bench.import(&mixed, "mixed", Some(VN2000)).unwrap().faults[0].row, 2);
    let degrees = bench.file("c.csv", "STT,X,Y\n1,21,105.8\n");
    assert!(bench.refusal(&degrees, "degrees", Some(HANOI)).contains("look swapped"));
}

#[test]
fn a_title_with_its_unit_names_the_field() {
    let bench = Bench::new();
    bench.import(&bench.file("a.csv", "id,Tên,Diện tích (ha)\na,A,\"12,5\"\n"), "clusters", None).unwrap();
    assert_eq!(bench.values("clusters", "area_ha"), [Value::Number(12.5)]);
}

#[test]
fn formulas_are_guarded_in_a_csv_and_come_back_as_they_were() {
    let bench = Bench::new();
    let cells = ["=1+1", "@x", "+84 912", "-5", "'quoted", "bình thường"];
    let csv: String = cells.iter().enumerate().map(|(n, cell)| format!("{n},{cell},-2.5\n")).collect();
    bench.import(&bench.file("a.csv", format!("id,Tên,area_ha\n{csv}")), "clusters", None).unwrap();
    let out = bench.path("out.csv");
    let options = ExportOptions {
        out: out.clone(),
        crs: Some(Crs::Crs84),
        bbox: None,
        where_equals: Vec::new(),
        has_spatial_index: false,
    };
    let clusters = catalog::collection("clusters").unwrap();
    export(clusters, &mut bench.rows("clusters").into_iter(), &options, &|_, _| {}).unwrap();
    let written = std::fs::read_to_string(&out).unwrap();
    for cell in ["0,'=1+1,", "1,'@x,", "2,'+84 912,", "3,-5,", ",-2.5,"] {
        assert!(written.contains(cell), "{cell}: {written}");
    }
    let again = Bench::new();
    again.import(&out, "clusters", Some(HANOI)).unwrap();
    assert_eq!(texts(again.values("clusters", "name_vi")), cells);
}

#[test]
fn a_kml_of_many_features_is_written_in_no_time_and_keeps_what_is_null() {
    let bench = Bench::new();
    let rows: String = (0..5_000).map(|n| format!("c{n},Cụm {n},,,\n")).collect();
    let csv = format!("id,Tên,area_ha,status,wkt\nfull,A,12.5,operating,POINT EMPTY\n{rows}");
    bench.import(&bench.file("a.csv", csv), "clusters", Some(HANOI)).unwrap();
    let out = bench.path("out.kml");
    let options =
        ExportOptions { out: out.clone(), crs: None, bbox: None, where_equals: Vec::new(), has_spatial_index: false };
    let started = std::time::Instant::now();
    let clusters = catalog::collection("clusters").unwrap();
    export(clusters, &mut bench.rows("clusters").into_iter(), &options, &|_, _| {}).unwrap();
    // Quadratic writing took 25 s.
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    assert!(std::fs::read_to_string(&out).unwrap().contains("<SimpleData name=\"area_ha\">12.5</SimpleData>"));
}
