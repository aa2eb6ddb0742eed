//! Real files of others' making, read in place and never copied; skipped aloud where they are absent.

use std::path::{Path, PathBuf};

use super::fixtures::*;
use langxanh::geom::{Crs, GeometryKind};
use langxanh::transfer::ImportOptions;

fn geodata() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("LANGXANH_SHARED").map_or(beside, PathBuf::from);
    let geodata = shared.join("geodata");
    if !geodata.is_dir() {
        eprintln!("SKIPPED: {} is absent, real files are not imported (set LANGXANH_SHARED)", geodata.display());
        return None;
    }
    Some(geodata)
}

#[test]
fn each_format_of_the_districts_and_clusters_is_read() {
    let Some(geodata) = geodata() else { return };
    let bench = Bench::new();
    for (name, rows, crs, layer) in [
        ("districts_vn2000_tm3_105_utf8_shp.zip", 30, None, None),
        ("districts_utm48_tab.zip", 30, None, None),
        ("districts_4326.fgb", 30, None, None),
        ("districts.kml", 30, None, None),
        ("districts_vn2000_tm3_105_r2000.dxf", 30, Some("EPSG:5897"), None),
        ("multi_layer.gpkg", 78, None, Some("craft_villages")),
        ("clusters_gml32.gml", 34, None, None),
        ("clusters_wkt.csv", 34, Some("OGC:CRS84"), None),
        ("clusters.xlsx", 34, None, None),
    ] {
        let source = geodata.join("formats").join(name);
        let id = name.split('.').next().unwrap().to_owned() + "_table";
        let options = ImportOptions {
            crs: crs.map(|crs: &str| crs.parse().unwrap()),
            layer: layer.map(str::to_owned),
            ..bench.options(&source, &id)
        };
        let report = bench.run(&options).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            (report.applied.inserted, report.faults.as_slice()),
            (rows, &[][..]),
            "{name}: {:?}",
            report.notices
        );
    }
    let shp = bench.collection("districts_vn2000_tm3_105_utf8_shp_table");
    assert_eq!(shp.geometry.unwrap().crs, Crs::Epsg(5897));
    let names = |id: &str| {
        let mut names: Vec<String> = bench.values(id, "name").iter().map(ToString::to_string).collect();
        names.sort();
        names
    };
    let expected = names("districts_4326_table");
    assert!(expected.contains(&"Huyện Ba Vì".to_owned()) || expected.contains(&"Ba Vì".to_owned()), "{expected:?}");
    assert_eq!(names("districts_vn2000_tm3_105_utf8_shp_table"), expected);
    assert_eq!(names("districts_utm48_tab_table"), expected);
    assert!(bench.refusal(&geodata.join("formats/multi_layer.gpkg"), "x", None).contains("3 layers"));
}

#[test]
fn the_communes_of_the_city_are_imported_into_their_register() {
    let Some(geodata) = geodata() else { return };
    for (name, title) in
        [("hanoi_communes_2025_osm.geojson", "name"), ("hanoi_communes_2025_bando_highres.geojson", "fullName")]
    {
        let bench = Bench::new();
        let source = geodata.join("admin").join(name);
        let as_table = bench.import(&source, "communes", None).unwrap();
        assert_eq!((as_table.applied.inserted, as_table.faults.as_slice()), (126, &[][..]), "{name}");
        let map = bench.file(
            "map.toml",
            format!("[fields]\nid = \"code\"\nname_vi = \"{title}\"\n[constants]\nlevel = \"commune\"\nvalid_from = 2025-07-01\nis_demo = false\n"),
        );
        let report = bench.run(&ImportOptions { map: Some(map), ..bench.options(&source, "admin_units") }).unwrap();
        assert_eq!((report.applied.inserted, report.faults.as_slice()), (126, &[][..]), "{name}: {:?}", report.notices);
        assert_eq!(bench.collection("admin_units").geometry.unwrap().kind, GeometryKind::MultiPolygon);
    }
}

#[test]
fn real_tcvn3_text_is_read_from_its_bytes_and_from_its_mojibake() {
    let Some(geodata) = geodata() else { return };
    for name in ["hanoi_communes_tcvn3_mojibake.csv", "hanoi_communes_tcvn3_raw_bytes.csv"] {
        let bench = Bench::new();
        let report = bench.import(&geodata.join("attributes").join(name), "names", None).unwrap();
        assert!(report.faults.is_empty(), "{name}: {:?}", report.faults.first());
        let all: Vec<String> = bench
            .rows("names")
            .iter()
            .flat_map(|row| row.values.iter().map(ToString::to_string).collect::<Vec<_>>())
            .collect();
        let has = |text: &str| all.iter().any(|value| value.contains(text));
        assert!(has("Từ Liêm") && !has("Liªm"), "{name}: {:?} {:?}", &all[..20.min(all.len())], report.notices);
    }
}

#[test]
fn test_files_of_other_libraries_are_read_or_refused_with_a_reason() {
    let Some(geodata) = geodata() else { return };
    for (name, rows) in [
        ("cite_gpkg/null_geometry.gpkg", None),
        ("cite_gpkg/emp ty.gpkg", None),
        ("cite_gpkg/empty.gpkg", None),
        ("cite_gpkg/v12_bad_attributes.gpkg", None),
        ("cite_gpkg/states10.gpkg", None),
        ("cite_gpkg/simple_sewer_features.gpkg", None),
        ("cite_gpkg/gdal_sample_v1.2_no_extensions.gpkg", None),
        ("fiona/!test.geojson", Some(1)),
        ("fiona/trio.geojson", Some(3)),
        ("fiona/test_tz.geojson", None),
        ("fiona/issue627.geojson", None),
        ("fiona/test_gpx.gpx", None),
        ("fiona/multicurve.gml", None),
        ("fiona/curves_line.csv", None),
        ("fiona/test_tin.csv", None),
        ("fiona/coutwildrnp.zip", Some(67)),
        ("fiona/testopenfilegdb.gdb.zip", None),
        ("sf/nc.gpkg", Some(100)),
        ("sf/buildings.gpkg", None),
        ("sf/nospatial.gpkg", None),
        ("sf/b_pump.gpkg", None),
        ("sf/olinda1.shp", None),
        ("sf/storms_xyzm.shp", None),
        ("sf/storms_xyz_feature.shp", None),
    ] {
        let bench = Bench::new();
        let source = geodata.join("testdata").join(name);
        let result = bench.import(&source, "t", None);
        match &result {
            Ok(report) => {
                eprintln!("{name}: {} rows, {} faults, {:?}", report.read, report.faults.len(), report.notices)
            }
            Err(error) => eprintln!("{name}: {error}"),
        }
        match (rows, result) {
            (Some(rows), Ok(report)) => {
                assert_eq!(report.applied.inserted, rows, "{name}: {:?}", report.faults.first())
            }
            (Some(_), Err(error)) => panic!("{name}: {error}"),
            (None, Ok(report)) => assert!(report.faults.iter().all(|fault| !fault.reason.is_empty())),
            (None, Err(error)) => assert!(error.to_string().len() > 20),
        }
    }
}
