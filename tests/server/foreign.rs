//! GeoPackages that are not ours: every table is served from its own schema, read-only, without registers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::http::{body, href, ids};
use crate::common::{Server, count, refusal, run, serve, shared, skipped};

/// The tables with vector or attribute data, with their rows.
fn tables(file: &Path) -> Vec<(String, usize)> {
    let connection = rusqlite::Connection::open(file).unwrap();
    let sql = "SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes', 'aspatial') \
               ORDER BY rowid";
    let mut query = connection.prepare(sql).unwrap();
    let names = query.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let named = names.map(|name| name.unwrap());
    named.map(|name| (name.clone(), count(file, &format!("SELECT count(*) FROM \"{name}\"")))).collect()
}

/// Serves a copy of the file and compares every collection with its table; the copy must stay as it is.
fn assert_served_whole(file: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("foreign.gpkg");
    std::fs::copy(file, &copy).unwrap();
    let bytes = std::fs::read(&copy).unwrap();
    let expected = tables(&copy);
    if expected.is_empty() {
        let error = refusal(&mut serve(&copy));
        assert!(error.contains("foreign.gpkg"), "{}: {error}", file.display());
        return;
    }
    let server = Server::start(&mut serve(&copy));
    let collections = server.json("/collections")["collections"].clone();
    let collections = collections.as_array().unwrap();
    assert_eq!(collections.len(), expected.len(), "{}", file.display());
    for (collection, (table, rows)) in collections.iter().zip(expected) {
        assert_eq!(collection["langxanh"]["kind"], "table", "{table}");
        let items = href(collection, "items").unwrap();
        let found: Vec<String> = server.pages(&format!("{items}?limit=1000")).iter().flat_map(ids).collect();
        assert_eq!((&collection["itemCount"], found.len()), (&rows.into(), rows), "{table}");
        assert_eq!(server.get(&format!("{items}?f=html&limit=5")).status, 200, "{table}");
    }
    assert_eq!(server.get("/compliance/rules").status, 404, "there are no registers to assess");
    drop(server);
    assert!(std::fs::read(&copy).unwrap() == bytes, "{} was changed", file.display());
}

#[test]
fn a_table_of_others_is_served_and_cannot_be_imported_into() {
    let Ok(version) = Command::new("ogr2ogr").arg("--version").output() else {
        skipped("ogr2ogr is not installed (gdal-bin)");
        return;
    };
    assert!(version.status.success());
    let folder = tempfile::tempdir().unwrap();
    let (source, file) = (folder.path().join("ten làng.csv"), folder.path().join("của tôi.gpkg"));
    std::fs::write(&source, "ten,so,WKT\n\"Cụm \"\"A\"\"\",1,POINT (105.8 21)\nDương Liễu,,POINT (105.7 21)\n")
        .unwrap();
    let options = ["-a_srs", "EPSG:4326", "-nln", "Làng nghề 2024", "-select", "ten,so"];
    let made = Command::new("ogr2ogr").args(options).args([&file, &source]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert_served_whole(&file);
    let server = Server::start(&mut serve(&file));
    let collection = server.json("/collections")["collections"][0].clone();
    assert_eq!(collection["langxanh"]["title"]["vi"], "Làng nghề 2024");
    let page = server.json(&href(&collection, "items").unwrap());
    let values: Vec<_> = page["features"].as_array().unwrap().iter().map(|f| f["properties"].clone()).collect();
    assert_eq!(values[0], serde_json::json!({"ten": "Cụm \"A\"", "so": "1"}));
    assert_eq!(values[1], serde_json::json!({"ten": "Dương Liễu", "so": ""}));
    let id = collection["id"].as_str().unwrap();
    let output = run(&["import", source.to_str().unwrap(), "--collection", id, "--store", file.to_str().unwrap()]);
    assert!(!output.status.success(), "rows were written into a file that is not ours");
}

/// Names and values of the only feature, as GDAL reads a file or as the first two lines of a CSV say.
fn only_feature(server: &Server, folder: &Path, address: &str, format: &str) -> BTreeMap<String, String> {
    let answer = server.get(&format!("{address}f={format}"));
    assert_eq!(answer.status, 200, "{format}");
    let file = folder.join(format!("out.{format}"));
    std::fs::write(&file, body(&answer)).unwrap();
    let text = if format == "csv" {
        String::from_utf8(body(&answer)).unwrap().trim_start_matches('\u{feff}').to_owned()
    } else {
        let told = Command::new("ogr2ogr").args(["-f", "CSV", "/vsistdout/"]).arg(&file).output().unwrap();
        assert!(told.status.success(), "{format}: {}", String::from_utf8_lossy(&told.stderr));
        String::from_utf8(told.stdout).unwrap()
    };
    let mut lines = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut lines = lines.records().map(|line| line.unwrap());
    let (head, values) = (lines.next().unwrap(), lines.next().unwrap());
    let pairs: Vec<_> = head.iter().map(str::to_owned).zip(values.iter().map(str::to_owned)).collect();
    let named: BTreeMap<String, String> = pairs.iter().cloned().collect();
    assert_eq!(named.len(), pairs.len(), "{format} has a column twice: {head:?}");
    named
}

#[test]
fn columns_that_are_named_as_files_name_their_own_are_in_every_file() {
    if Command::new("ogr2ogr").arg("--version").output().is_err() {
        skipped("ogr2ogr is not installed (gdal-bin)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (source, file) = (folder.path().join("t.csv"), folder.path().join("t.gpkg"));
    std::fs::write(&source, "ID,FID,Geom,Lon,e,n\nA-1,not a number,none,far,105.8,21\n").unwrap();
    let options = ["-lco", "FID=number", "-lco", "GEOMETRY_NAME=shape", "-a_srs", "EPSG:4326"];
    let place = ["-oo", "X_POSSIBLE_NAMES=e", "-oo", "Y_POSSIBLE_NAMES=n", "-oo", "KEEP_GEOM_COLUMNS=NO"];
    let made = Command::new("ogr2ogr").args(options).args(place).args([&file, &source]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let server = Server::start(&mut serve(&file));
    let theirs = [("ID", "A-1"), ("FID", "not a number"), ("Geom", "none"), ("Lon", "far")];
    for format in ["gpkg", "fgb", "xlsx", "csv"] {
        let read = only_feature(&server, folder.path(), "/collections/t/items?", format);
        for (name, value) in theirs {
            assert_eq!(read.get(name).map(String::as_str), Some(value), "{format}: {name} in {read:?}");
        }
        assert_eq!(read.get("feature_id").map(String::as_str), Some("1"), "{format}: {read:?}");
        if matches!(format, "csv" | "xlsx") {
            assert_eq!((read["feature_lon"].as_str(), read["lat"].as_str()), ("105.8", "21"));
        }
        // Where the field is not asked for, its name is free.
        let chosen = only_feature(&server, folder.path(), "/collections/t/items?properties=Geom&", format);
        assert_eq!((chosen["id"].as_str(), chosen["Geom"].as_str()), ("1", "none"), "{format}");
    }
}

/// The GeoPackages in a folder of the shared reference data.
fn geopackages(folder: &str) -> Vec<PathBuf> {
    let Some(folder) = shared(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "gpkg"));
    files.sort();
    files
}

#[test]
fn geopackages_of_the_conformance_tests_are_served_whole() {
    geopackages("geodata/testdata/cite_gpkg").iter().for_each(|file| assert_served_whole(file));
}

#[test]
fn geopackages_of_other_programs_are_served_whole() {
    geopackages("geodata/testdata/sf").iter().for_each(|file| assert_served_whole(file));
}

#[test]
fn the_dataset_of_the_filter_standard_is_served_whole() {
    geopackages("conformance/cql2/data").iter().for_each(|file| assert_served_whole(file));
}

#[test]
fn a_table_that_cannot_be_read_keeps_no_other_from_being_served_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = crate::common::sample_store(folder.path());
    // Nothing of ours is left but the format: tables of a stranger, of which three are broken.
    let connection = rusqlite::Connection::open(&store).unwrap();
    let broken = "
        DELETE FROM gpkg_contents; DELETE FROM gpkg_geometry_columns; DROP TABLE langxanh_meta;
        CREATE TABLE good (fid INTEGER PRIMARY KEY, name TEXT); INSERT INTO good VALUES (1, 'one'), (2, 'two');
        CREATE TABLE gone (fid INTEGER PRIMARY KEY, name TEXT);
        CREATE VIEW of_nothing AS SELECT fid, name FROM gone;
        CREATE VIEW of_too_much AS SELECT fid, abs(-9223372036854775808) AS n FROM good;
        CREATE TABLE places (fid INTEGER PRIMARY KEY, geom POINT);
        INSERT INTO places VALUES (1, x'4750000100000000FFFF');
        INSERT INTO gpkg_geometry_columns VALUES ('places', 'geom', 'POINT', 4326, 0, 0);
        INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('good', 'attributes', 'good'),
            ('of_nothing', 'attributes', 'v'), ('of_too_much', 'attributes', 'w'), ('places', 'features', 'p'),
            ('nowhere', 'attributes', 'n');
        DROP TABLE gone;";
    // Dropping what a view names is refused where names are checked.
    connection.execute_batch("PRAGMA legacy_alter_table = ON; PRAGMA foreign_keys = OFF;").unwrap();
    connection.execute_batch(broken).unwrap();
    drop(connection);
    let server = Server::start(&mut serve(&store));
    let served = server.json("/collections")["collections"].as_array().unwrap().clone();
    let served: Vec<&str> = served.iter().map(|collection| collection["id"].as_str().unwrap()).collect();
    assert_eq!(served, ["good"]);
    assert_eq!(server.json("/collections/good/items")["numberMatched"], 2);
    let ready = server.get("/readyz");
    assert_eq!(ready.status, 200);
    let landing = server.json("/")["langxanh"]["unserved"].clone();
    let page = server.get("/collections?f=html");
    for table in ["of_nothing", "of_too_much", "places", "nowhere"] {
        assert!(ready.text().contains(&format!("not served: {table}: ")), "{}", ready.text());
        assert!(landing.as_array().unwrap().iter().any(|one| one["table"] == table), "{landing}");
        assert!(server.messages().contains(table), "{}", server.messages());
        assert!(page.text().contains(table), "{table}");
    }
    drop(server);
    let connection = rusqlite::Connection::open(&store).unwrap();
    connection.execute_batch("DROP VIEW of_nothing; DROP VIEW of_too_much; DROP TABLE good;").unwrap();
    drop(connection);
    let error = refusal(&mut serve(&store));
    assert!(error.contains("no table that can be served") && error.contains("places"), "{error}");
}

#[test]
fn a_broken_table_beside_registers_stops_neither_them_nor_what_is_changed_later() {
    let folder = tempfile::tempdir().unwrap();
    let store = crate::common::sample_store(folder.path());
    let connection = rusqlite::Connection::open(&store).unwrap();
    let broken = "CREATE TABLE gone (fid INTEGER PRIMARY KEY); CREATE VIEW of_nothing AS SELECT fid FROM gone;
                  INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('of_nothing', 'attributes', 'v');
                  DROP TABLE gone;";
    connection.execute_batch(broken).unwrap();
    let server = Server::start(&mut serve(&store));
    assert!(server.get("/readyz").text().contains("not served: of_nothing: "));
    assert!(server.json("/collections/clusters/items?limit=1")["numberMatched"].as_u64().unwrap() > 50);
    // Mended, it is served a moment later.
    connection.execute_batch("CREATE TABLE gone (fid INTEGER PRIMARY KEY); INSERT INTO gone VALUES (7);").unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while server.get("/collections/of_nothing/items").status == 404 {
        assert!(std::time::Instant::now() < until, "{}", server.messages());
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_eq!(server.json("/collections/of_nothing/items")["numberMatched"], 1);
    assert!(!server.get("/readyz").text().contains("not served"));
}
