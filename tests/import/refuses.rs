//! Files that must not be taken, each with the reason that a user needs.

use super::fixtures::*;
use langxanh::domain::Value;
use langxanh::store::{Mode, Store};
use langxanh::text::Encoding;
use langxanh::transfer::{EncodingChoice, ImportOptions};

const HANOI: &str = "OGC:CRS84";

#[test]
fn a_file_without_a_reference_system_is_refused_with_what_to_write() {
    let bench = Bench::new();
    let csv = bench.file("a.csv", "name,lon,lat\nA,105.8,21.0\n");
    assert!(bench.refusal(&csv, "places", None).contains("(--crs), for example EPSG:5897"));
    let shp = bench.path("b.shp");
    shapefile(&shp, None, &TCVN3);
    assert!(bench.refusal(&shp, "places", None).contains("--crs"));
    assert!(bench.store.collections().unwrap().is_empty());
}

#[test]
fn vn2000_without_its_datum_shift_is_asked_about() {
    let bench = Bench::new();
    let custom = "+proj=tmerc +lat_0=0 +lon_0=105 +k=0.9999 +x_0=500000 +y_0=0 +datum=WGS84 +units=m +no_defs";
    let shp = bench.path("a.shp");
    shapefile(&shp, Some(custom), &TCVN3);
    assert!(bench.refusal(&shp, "places", None).contains("write --crs EPSG:5897"));
    assert!(bench.refusal(&shp, "places", Some("EPSG:32648")).contains("--crs EPSG:5897"));
    assert_eq!(bench.import(&shp, "places", Some(VN2000)).unwrap().applied.inserted, 3);
}

#[test]
fn a_deprecated_twin_of_a_zone_is_refused() {
    let bench = Bench::new();
    let gpkg = bench.path("a.gpkg");
    gdal::config::set_thread_local_config_option("OSR_USE_NON_DEPRECATED", "NO").unwrap();
    layer(&gpkg, "GPKG", Some("EPSG:6957"), "name", &[], &[("POINT (88591.9 2826345.3)", b"A")]);
    gdal::config::clear_thread_local_config_option("OSR_USE_NON_DEPRECATED").unwrap();
    let refusal = bench.refusal(&gpkg, "places", None);
    assert!(refusal.contains("deprecated") || refusal.contains("swapped"), "{refusal}");
    let csv = bench.file("a.csv", "name,x,y\nA,88591.9,2826345.3\n");
    assert!(bench.refusal(&csv, "places", Some("EPSG:6957")).contains("deprecated"));
}

#[test]
fn swapped_latitude_and_longitude_are_refused_as_such() {
    let bench = Bench::new();
    let csv = bench.file("a.csv", "name,lon,lat\nA,21.0,105.8\nB,21.1,105.9\n");
    assert!(bench.refusal(&csv, "places", Some(HANOI)).contains("look swapped"));
    let csv = bench.file("b.csv", "name,easting,northing\nA,2326345.3,588591.9\n");
    assert!(bench.refusal(&csv, "places", Some(VN2000)).contains("X (north)"));
    let csv = bench.file("c.csv", "name,x,y\nA,588591.9,2326345.3\n");
    assert!(bench.refusal(&csv, "places", Some(HANOI)).contains("outside the area of use"));
}

#[test]
fn one_row_elsewhere_is_a_fault_of_that_row() {
    let bench = Bench::new();
    let csv = bench.file("a.csv", "name,lon,lat\nA,105.8,21.0\nB,21.1,105.9\nC,105.8,\nD,NaN,21\n");
    let report = bench.import(&csv, "places", Some(HANOI)).unwrap();
    let faults: Vec<_> = report.faults.iter().map(|fault| (fault.row, fault.field.as_deref())).collect();
    assert_eq!(faults, [(2, Some("geometry")), (3, Some("geometry")), (4, Some("geometry"))]);
    assert!(report.is_refused() && report.faults[0].reason.contains("swapped"));
}

#[test]
fn a_csv_that_changes_its_columns_is_refused() {
    let bench = Bench::new();
    let csv = bench.file("a.csv", "name,lon,lat\nA,105.8,21.0\nB,105.8,21.0,more\n");
    assert!(bench.refusal(&csv, "places", Some(HANOI)).contains("line 3 has 4 columns"));
}

#[test]
fn cut_files_are_refused_in_every_format() {
    let bench = Bench::new();
    let square = "POLYGON ((105.8 21, 105.9 21, 105.9 21.1, 105.8 21))";
    let features: Vec<Feature<'_>> = (0..200).map(|_| (square, b"A place with a name".as_slice())).collect();
    for (name, driver) in [
        ("a.shp", "ESRI Shapefile"),
        ("a.gpkg", "GPKG"),
        ("a.geojson", "GeoJSON"),
        ("a.geojsonl", "GeoJSONSeq"),
        ("a.fgb", "FlatGeobuf"),
        ("a.kml", "LIBKML"),
        ("a.gml", "GML"),
        ("a.dxf", "DXF"),
        ("a.tab", "MapInfo File"),
        ("a.xlsx", "XLSX"),
    ] {
        let bench_of_format = Bench::new();
        let whole = bench_of_format.path(name);
        if driver == "DXF" {
            std::fs::write(&whole, "  0\nSECTION\n  2\nENTITIES\n  0\nPOINT\n  8\n0\n 10\n105.8\n 20\n21.0\n").unwrap();
        } else {
            // A sheet has no geometry.
            let rows = if driver == "XLSX" { vec![("", features[0].1); 200] } else { features.clone() };
            layer(&whole, driver, Some("EPSG:4326"), "name", &[], &rows);
            let taken = bench_of_format.import(&whole, "places", None);
            assert_eq!(taken.as_ref().map(|report| report.read).ok(), Some(200), "{name}: {taken:?}");
            let cut = if driver == "MapInfo File" { whole.with_extension("dat") } else { whole.clone() };
            let bytes = std::fs::read(&cut).unwrap();
            std::fs::write(&cut, &bytes[..bytes.len() * 2 / 3]).unwrap();
        }
        let result = bench.import(&whole, "places", None);
        assert!(result.is_err(), "{name} cut short was taken: {result:?}");
    }
}

#[test]
fn a_shapefile_without_its_table_or_with_a_shorter_one_is_refused() {
    let bench = Bench::new();
    let shp = bench.path("a.shp");
    shapefile(&shp, Some(VN2000), &TCVN3);
    let dbf = shp.with_extension("dbf");
    let mut bytes = std::fs::read(&dbf).unwrap();
    bytes[4] = 2;
    std::fs::write(&dbf, &bytes).unwrap();
    assert!(bench.refusal(&shp, "places", None).contains("counts 3 shapes, the .dbf file 2 rows"));
    std::fs::remove_file(&dbf).unwrap();
    assert!(bench.refusal(&shp, "places", None).contains(".dbf file beside a.shp is missing"));
}

#[test]
fn a_header_that_claims_a_billion_vertices_is_refused() {
    let bench = Bench::new();
    let shp = bench.path("a.shp");
    let line = "LINESTRING (588591 2326345, 588600 2326350)";
    shapefile(&shp, Some(VN2000), &[(line, b"A")]);
    let mut bytes = std::fs::read(&shp).unwrap();
    // Header 100, record header 8, type 4, box 32, parts 4: the number of points.
    bytes[148..152].copy_from_slice(&1_000_000_000u32.to_le_bytes());
    std::fs::write(&shp, bytes).unwrap();
    assert!(bench.import(&shp, "places", None).is_err_and(|error| !error.to_string().is_empty()));
}

#[test]
fn archives_with_tricks_are_refused() {
    let bench = Bench::new();
    let shp = bench.path("a.shp");
    shapefile(&shp, Some(VN2000), &TCVN3);
    let parts = parts(&shp);
    let evil = bench.path("evil.zip");
    let entries: Vec<(String, Vec<u8>)> =
        parts.iter().map(|(name, bytes)| (format!("../{name}"), bytes.clone())).collect();
    zip(&evil, &entries.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect::<Vec<_>>());
    assert!(bench.refusal(&evil, "places", None).contains("leads out of the archive"));
    let bomb = bench.path("bomb.zip");
    zip(&bomb, &[("a.geojson", vec![b' '; 16 << 20])]);
    assert!(bench.refusal(&bomb, "places", None).contains("times its size"));
    let several = bench.path("several.zip");
    zip(&several, &[("a.csv", b"x,y\n1,2\n".to_vec()), ("b.csv", b"x,y\n1,2\n".to_vec())]);
    assert!(bench.refusal(&several, "places", None).contains("2 data sets (a, b): name one with --layer"));
    let xlsx = bench.path("bomb.xlsx");
    zip(&xlsx, &[("xl/workbook.xml", [b"<a>".to_vec(), vec![b' '; 16 << 20]].concat())]);
    assert!(bench.refusal(&xlsx, "places", None).contains("times its size"));
    let not_a_zip = bench.file("text.zip", "this is no archive");
    assert!(bench.import(&not_a_zip, "places", None).is_err());
}

#[test]
fn xml_with_entities_is_refused() {
    let bench = Bench::new();
    let doctype = "<?xml version=\"1.0\"?><!DOCTYPE k [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    for (name, body) in [("a.kml", "<kml><Document/></kml>"), ("a.gml", "<g/>"), ("a.gpx", "<gpx/>")] {
        let file = bench.file(name, format!("{doctype}{body}"));
        assert!(bench.refusal(&file, "places", None).contains("DOCTYPE"), "{name}");
    }
    let kmz = bench.path("a.kmz");
    zip(&kmz, &[("doc.kml", format!("{doctype}<kml/>").into_bytes())]);
    assert!(bench.refusal(&kmz, "places", None).contains("DOCTYPE"));
}

#[test]
fn paths_that_are_no_files_and_drivers_that_read_others_are_refused() {
    let bench = Bench::new();
    let vrt = "<OGRVRTDataSource><OGRVRTLayer name=\"a\"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>";
    assert!(bench.refusal(&bench.file("a.vrt", vrt), "places", None).contains("names no format"));
    // The driver goes by the ending: a virtual layer under another name is no GeoJSON.
    assert!(bench.import(&bench.file("a.geojson", vrt), "places", None).is_err());
    assert!(bench.import(&bench.file("a.gpkg", vrt), "places", None).is_err());
    for path in ["/vsizip/x.zip/a.shp", "/vsicurl/http://127.0.0.1:9/a.geojson", "http://127.0.0.1:9/a.geojson"] {
        assert!(bench.refusal(path.as_ref(), "places", None).contains("fetch it first"), "{path}");
    }
}

#[test]
fn json_with_numbers_that_are_none_is_refused() {
    let bench = Bench::new();
    let feature = |x: &str| {
        format!(
            "{{\"type\":\"FeatureCollection\",\"features\":[{{\"type\":\"Feature\",\"properties\":{{}},\"geometry\":{{\"type\":\"Point\",\"coordinates\":[{x},21]}}}}]}}"
        )
    };
    for x in ["NaN", "Infinity", "-Infinity"] {
        assert!(bench.import(&bench.file("a.geojson", feature(x)), "places", None).is_err(), "{x}");
    }
    let huge = bench.import(&bench.file("a.geojson", feature("1e999")), "places", None);
    assert!(huge.as_ref().map_or(true, langxanh::transfer::ImportReport::is_refused), "{huge:?}");
}

#[test]
fn an_invalid_polygon_is_a_fault_with_its_place_in_the_files_coordinates() {
    let bench = Bench::new();
    let gpkg = bench.path("a.gpkg");
    let bow_tie = "POLYGON ((588000 2326000, 588200 2326200, 588200 2326000, 588000 2326200, 588000 2326000))";
    layer(&gpkg, "GPKG", Some(VN2000), "name", &[], &[(bow_tie, b"A")]);
    let report = bench.import(&gpkg, "places", None).unwrap();
    assert!(report.faults[0].reason.ends_with("it is not valid: Self-intersection at or near point 588100 2326100"));
}

#[test]
fn text_that_fits_no_encoding_surely_is_asked_about() {
    let bench = Bench::new();
    let shp = bench.path("a.shp");
    shapefile(&shp, Some(VN2000), &[("POINT (588591 2326345)", b"H\xB5")]);
    assert!(bench.refusal(&shp, "places", None).contains("--encoding"));
    let named = ImportOptions { encoding: EncodingChoice::Named(Encoding::Tcvn3), ..bench.options(&shp, "places") };
    bench.run(&named).unwrap();
    assert_eq!(bench.values("places", "TEN"), [Value::from("Hà")]);
}

#[test]
fn bad_values_and_ids_are_faults_with_row_and_field_and_nothing_is_written() {
    let bench = Bench::new();
    let csv = bench.file(
        "a.csv",
        "cluster_id,Tên,status,area_ha,established_on,lon,lat\n\
         a,A,Đang hoạt động,\"12,5\",31/12/2020,,\n\
         a,,broken,wide,2020-13-01,,\n",
    );
    let report = bench.import(&csv, "clusters", Some(HANOI)).unwrap();
    let mut faults: Vec<_> = report.faults.iter().map(|f| (f.row, f.field.clone().unwrap())).collect();
    faults.sort();
    let fields = ["area_ha", "established_on", "id", "name_vi", "status"];
    assert_eq!(faults, fields.map(|field| (2, field.to_owned())));
    assert!(
        report.faults.iter().any(|fault| fault.reason.ends_with("the id 'a' is already that of row 1")),
        "{report:?}"
    );
    assert!(bench.store.collections().unwrap().is_empty());
}

#[test]
fn skipped_rows_are_listed_in_a_file_and_the_good_ones_are_written() {
    let bench = Bench::new();
    let csv = bench.file("a.csv", "id,Tên,area_ha\na,A,1\nb,B,wide\n,C,2\n");
    let list = bench.path("skipped.csv");
    let report = bench.run(&ImportOptions { skip_bad: Some(list.clone()), ..bench.options(&csv, "clusters") }).unwrap();
    assert_eq!((report.read, report.skipped, report.applied.inserted), (3, 2, 1));
    let listed = std::fs::read_to_string(list).unwrap();
    let expected =
        "row,field,reason\n2,area_ha,'wide' không phải số / 'wide' is no number\n3,id,mã còn trống / the id is empty\n";
    assert!(listed.starts_with(expected), "{listed}");
}

#[test]
fn a_dry_run_reports_and_writes_nothing() {
    let bench = Bench::new();
    let csv = bench.file("a.csv", "id,Tên\na,A\n");
    let report = bench.run(&ImportOptions { dry_run: true, ..bench.options(&csv, "clusters") }).unwrap();
    assert_eq!((report.read, report.applied.inserted, report.faults.len()), (1, 0, 0));
    assert!(bench.store.collections().unwrap().is_empty());
}

#[test]
fn what_a_collection_cannot_hold_is_refused() {
    let bench = Bench::new();
    let points = bench.path("a.gpkg");
    layer(&points, "GPKG", Some("EPSG:4326"), "name_vi", &[], &[("LINESTRING (105.8 21, 105.9 21)", b"A")]);
    let report = bench.import(&points, "craft_villages", None).unwrap();
    assert!(report.faults[0].reason.ends_with("it is a LineString, and the collection holds Point"));
    assert!(bench.refusal(&points, "milestones", None).contains("holds no geometry"));
    assert!(bench.refusal(&points, "hotspots", None).contains("computed"));
    assert!(bench.refusal(&points, "no such id", None).contains("letters"));
    assert!(bench.refusal(&points, "treatment_stations", None).contains("required field 'site_id'"));
}

#[test]
fn an_upsert_without_ids_and_a_join_to_nothing_are_refused() {
    let bench = Bench::new();
    let csv = bench.file("a.csv", "Tên\nA\n");
    let upsert = |source: &std::path::Path| ImportOptions { mode: Mode::Upsert, ..bench.options(source, "clusters") };
    assert!(bench.run(&upsert(&csv)).unwrap_err().to_string().contains("--id-field"));
    let csv = bench.file("b.csv", "id,Tên\nx,A\n");
    let report = bench.run(&upsert(&csv)).unwrap();
    assert!(report.faults[0].reason.contains("no feature 'x' to join"), "{report:?}");
    let empty = bench.file("c.csv", "id,Tên\n");
    let replace = ImportOptions { mode: Mode::Replace, ..bench.options(&empty, "clusters") };
    assert!(bench.run(&replace).unwrap_err().to_string().contains("no rows"));
}
