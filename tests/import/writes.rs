//! Exports, each read back by an import: two independent ways through the same file.

use super::fixtures::*;
use geo::CoordsIter;
use langxanh::domain::{Collection, Value, catalog};
use langxanh::geom::{Crs, Envelope};
use langxanh::store::Row;
use langxanh::transfer::{ExportError, ExportOptions, ExportReport, export};

fn sample() -> (Bench, Collection, Vec<Row>) {
    let bench = Bench::new();
    let long = ["Ông"; 100].join(" ");
    let csv = bench.file(
        "a.csv",
        format!(
            "id,name_vi,status,area_ha,established_on,established_year,is_demo,pollution_report,notes,wkt\n\
             ccn-1,\"Cụm \"\"A\"\", Đắc Sở\",operating,12.5,2020-12-31,2020,true,,{long},\"POLYGON ((105.8 21, 105.9 21, 105.9 21.1, 105.8 21))\"\n\
             ccn-2,Cụm B,,,,,false,,,\n"
        ),
    );
    bench.import(&csv, "clusters", Some("OGC:CRS84")).unwrap();
    let (collection, rows) = (bench.collection("clusters"), bench.rows("clusters"));
    (bench, collection, rows)
}

fn exported(bench: &Bench, name: &str, change: impl FnOnce(&mut ExportOptions)) -> Result<ExportReport, ExportError> {
    let mut options = ExportOptions {
        out: bench.path(name),
        crs: None,
        bbox: None,
        where_equals: Vec::new(),
        has_spatial_index: false,
    };
    change(&mut options);
    let (collection, rows) = (bench.collection("clusters"), bench.rows("clusters"));
    export(&collection, &mut rows.into_iter(), &options, &|_, _| {})
}

#[test]
fn an_export_overwrites_nothing_and_refuses_what_the_format_cannot_hold() {
    let (bench, ..) = sample();
    let there = bench.file("there.gpkg", "mine");
    assert!(exported(&bench, "there.gpkg", |_| {}).unwrap_err().to_string().contains("already"));
    assert_eq!(std::fs::read(there).unwrap(), b"mine");
    assert!(exported(&bench, "a.doc", |_| {}).unwrap_err().to_string().contains("names no format"));
    assert!(exported(&bench, "a.kml", |o| o.crs = Some(Crs::Epsg(5897))).unwrap_err().to_string().contains("WGS 84"));
    let unknown = exported(&bench, "a.gpkg", |o| o.where_equals = vec![("nothing".into(), "x".into())]);
    assert!(unknown.unwrap_err().to_string().contains("no field 'nothing'"));
    let left: Vec<_> = std::fs::read_dir(bench.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "a failed export left files behind: {left:?}");
}

#[test]
fn every_format_gives_the_rows_back() {
    let (bench, _, rows) = sample();
    for (name, has_shapes, crs) in [
        ("out.gpkg", true, None),
        ("out.geojson", true, None),
        ("out.json", true, None),
        ("out.geojsonl", true, None),
        ("out.ndjson", true, None),
        ("out.fgb", true, None),
        ("out.shp", true, None),
        ("out.shp.zip", true, None),
        ("out.csv", true, Some("OGC:CRS84")),
        ("out.xlsx", false, None),
        ("out.kml", true, None),
    ] {
        let report = exported(&bench, name, |_| {}).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(report.written, 2, "{name}");
        let again = Bench::new();
        let taken = again.import(&bench.path(name), "clusters", crs).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((taken.faults.as_slice(), taken.applied.inserted), (&[][..], 2), "{name}: {taken:?}");
        let back = again.rows("clusters");
        let ids: Vec<&str> = back.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, ["ccn-1", "ccn-2"], "{name}");
        let is_cut = name.contains(".shp");
        assert_eq!(report.notices.iter().any(|notice| notice.contains("cut to the 254 bytes")), is_cut, "{name}");
        let collection = again.collection("clusters");
        for (field, (was, is)) in collection.stored_fields().zip(rows[0].values.iter().zip(&back[0].values)) {
            if !(is_cut && field.name == "notes") {
                assert_eq!(was, is, "{name}: {}", field.name);
            }
        }
        assert_eq!(back[0].shape.is_some(), has_shapes, "{name}");
        if has_shapes {
            let corner = back[0].shape.clone().unwrap().geometry.coords_iter().next().unwrap();
            assert!((corner.x - 105.8).abs() < 1e-9 && (corner.y - 21.0).abs() < 1e-9, "{name}: {corner:?}");
        }
        assert!(back[1].shape.is_none(), "{name}");
    }
}

#[test]
fn a_spatial_index_is_refused_rather_than_a_feature_left_out() {
    let (bench, ..) = sample();
    let refused = exported(&bench, "indexed.fgb", |options| options.has_spatial_index = true).unwrap_err();
    assert!(refused.to_string().contains("feature 'ccn-2'"), "{refused}");
    assert!(!bench.path("indexed.fgb").exists());
}

#[test]
fn an_export_in_vn2000_and_through_filters_holds_what_was_asked_for() {
    let (bench, ..) = sample();
    exported(&bench, "vn.gpkg", |o| o.crs = Some(Crs::Epsg(5897))).unwrap();
    let again = Bench::new();
    again.import(&bench.path("vn.gpkg"), "places", None).unwrap();
    assert_eq!(again.collection("places").geometry.unwrap().crs, Crs::Epsg(5897));
    let there = Envelope::new(105.85, 21.0, 106.0, 21.2);
    let elsewhere = Envelope::new(100.0, 10.0, 101.0, 11.0);
    assert_eq!(exported(&bench, "bbox.csv", |o| o.bbox = there).unwrap().written, 1);
    assert_eq!(exported(&bench, "none.csv", |o| o.bbox = elsewhere).unwrap().written, 0);
    let equal = |field: &str, text: &str| vec![(field.to_owned(), text.to_owned())];
    assert_eq!(exported(&bench, "equal.csv", |o| o.where_equals = equal("status", "operating")).unwrap().written, 1);
    assert_eq!(exported(&bench, "id.csv", |o| o.where_equals = equal("id", "ccn-2")).unwrap().written, 1);
}

#[test]
fn derived_fields_are_written_when_rows_carry_them() {
    let (bench, collection, mut rows) = sample();
    let derived = collection.fields.iter().filter(|field| field.derived).count();
    rows.iter_mut().for_each(|row| row.values.extend(std::iter::repeat_n(Value::Null, derived)));
    let options = ExportOptions {
        out: bench.path("a.csv.csv"),
        crs: None,
        bbox: None,
        where_equals: Vec::new(),
        has_spatial_index: false,
    };
    export(&collection, &mut rows.into_iter(), &options, &|_, _| {}).unwrap();
    let text = std::fs::read(&options.out).unwrap();
    assert!(text.starts_with(b"\xEF\xBB\xBFid,name_vi,"));
    let header = String::from_utf8(text).unwrap().lines().next().unwrap().to_owned();
    assert!(header.contains(",compliance_status,") && header.ends_with(",wkt"), "{header}");
}

/// A number of the header or the directory of an archive, as the specification of PMTiles 3 writes it.
fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first().unwrap();
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return value;
        }
    }
    panic!("a number of more than ten bytes")
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let mut out = Vec::new();
    flate2::bufread::GzDecoder::new(bytes).read_to_end(&mut out).unwrap();
    out
}

#[test]
fn an_archive_of_tiles_opens_by_its_specification_and_its_first_tile_shows_what_has_a_place() {
    let (bench, ..) = sample();
    let report = exported(&bench, "out.pmtiles", |_| {}).unwrap();
    assert_eq!(report.written, 1, "the second cluster has no place");
    assert!(report.notices.iter().any(|notice| notice.contains("zoom 0 to")), "{:?}", report.notices);
    assert!(report.notices.iter().any(|notice| notice.contains("1 features without")), "{:?}", report.notices);
    let archive = std::fs::read(bench.path("out.pmtiles")).unwrap();
    let number = |at: usize| u64::from_le_bytes(archive[at..at + 8].try_into().unwrap()) as usize;
    assert_eq!(&archive[..8], b"PMTiles\x03");
    // Clustered, directories and tiles in gzip (2), vector tiles (1), zooms from 0 on.
    assert_eq!(archive[96..101], [1, 2, 2, 1, 0]);
    let metadata: serde_json::Value = serde_json::from_slice(&unpacked(&archive[number(24)..][..number(32)])).unwrap();
    assert_eq!(metadata["vector_layers"][0]["id"], "clusters");
    assert_eq!(metadata["vector_layers"][0]["maxzoom"], archive[101]);
    let directory = unpacked(&archive[number(8)..][..number(16)]);
    let mut rest = directory.as_slice();
    let entries = varint(&mut rest) as usize;
    let mut column = || (0..entries).map(|_| varint(&mut rest)).collect::<Vec<_>>();
    let (ids, _runs, lengths, offsets) = (column(), column(), column(), column());
    assert_eq!((ids[0], offsets[0]), (0, 1), "the tile of the world comes first");
    let tile = unpacked(&archive[number(56)..][..lengths[0] as usize]);
    let reader = mvt_reader::Reader::new(tile).unwrap();
    assert_eq!(reader.get_layer_names().unwrap(), ["clusters"]);
    let features = reader.get_features(0).unwrap();
    assert_eq!(features[0].properties.as_ref().unwrap()["id"], mvt_reader::feature::Value::String("ccn-1".to_owned()));
    let nothing = exported(&bench, "vn.pmtiles", |o| o.crs = Some(Crs::Epsg(5897)));
    assert!(nothing.unwrap_err().to_string().contains("WGS 84"));
}

#[test]
fn a_geopackage_says_how_it_is_shown_and_what_its_columns_are_called() {
    let bench = Bench::new();
    bench.import(&bench.file("a.csv", "id,Tên,area_ha\na,A,1\n"), "clusters", None).unwrap();
    let out = bench.path("out.gpkg");
    let options =
        ExportOptions { out: out.clone(), crs: None, bbox: None, where_equals: Vec::new(), has_spatial_index: false };
    let clusters = catalog::collection("clusters").unwrap();
    export(clusters, &mut bench.rows("clusters").into_iter(), &options, &|_, _| {}).unwrap();
    let database = rusqlite::Connection::open(&out).unwrap();
    let style =
        "SELECT f_geometry_column, styleQML, styleSLD, useAsDefault FROM layer_styles WHERE f_table_name = 'clusters'";
    let (geometry, qml, sld, is_default): (String, String, String, bool) =
        database.query_row(style, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
    assert!(is_default && geometry == "geom" && sld.contains("StyledLayerDescriptor"));
    assert!(qml.contains("<alias field=\"name_vi\" name=\"Tên / Name\""), "{qml}");
    let title = "SELECT title FROM gpkg_data_columns WHERE table_name = 'clusters' AND column_name = 'name_vi'";
    assert_eq!(database.query_row(title, [], |row| row.get::<_, String>(0)).unwrap(), "Tên / Name");
    drop(database);
    // GDAL sees both, and to an import the styles are no data.
    let dataset = gdal::Dataset::open(&out).unwrap();
    let layers: Vec<String> = dataset.layers().map(|layer| gdal::vector::LayerAccess::name(&layer)).collect();
    assert_eq!(layers, ["clusters", "layer_styles"]);
    assert_eq!(bench.import(&out, "again", None).unwrap().applied.inserted, 1);
}
