//! Files that mean harm. Each is refused in the words of the command line, and nothing of it is written.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use zip::write::SimpleFileOptions;

use crate::bench::{Bench, bench};
use crate::fixtures::{TCVN3, VN2000, layer, parts, shapefile};

/// An archive of files.
pub fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const CSV: &[u8] = b"lon,lat,ten\n105.8,21,A\n";

/// Asserts that a file is refused for a reason, over HTTP as on the command line.
fn refused(bench: &Bench, name: &str, bytes: &[u8], reason: &str) {
    let read = bench.read(name, "collection=places&crs=OGC:CRS84", bytes);
    assert_eq!(read["state"], "refused", "{name}: {read}");
    let detail = read["detail"].as_str().unwrap();
    assert!(detail.contains(reason), "{name}: {detail}");
    assert_eq!(bench.commit(&read, "{}").status, 422, "{name}");
    bench.forget(&read);
    let (is_taken, said, _) = bench.command_line(name, &["--collection", "places", "--crs", "OGC:CRS84"], bytes);
    assert!(!is_taken && said.contains(detail), "{name}: {said:?} is not {detail:?}");
}

#[test]
fn archives_with_tricks_are_refused() {
    let bench = bench();
    for name in ["../evil.csv", "a/../../evil.csv", "..\\evil.csv", "C:evil.csv", "/etc/cron.d/evil.csv"] {
        refused(&bench, "slip.zip", &zipped(&[(name, CSV)]), "leads out");
    }
    let mut linked = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    linked.add_symlink("link.csv", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    refused(&bench, "link.zip", &linked.finish().unwrap().into_inner(), "link");
    refused(&bench, "bomb.zip", &zipped(&[("a.csv", &vec![b'0'; 40 << 20])]), "times its size");
    refused(&bench, "nested.zip", &zipped(&[("inner.zip", &zipped(&[("a.csv", CSV)]))]), "archive inside");
    let names: Vec<String> = (0..1_001).map(|n| format!("{n}.txt")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    refused(&bench, "many.zip", &zipped(&many), "1001 entries");
    refused(&bench, "cut.zip", &zipped(&[("a.csv", CSV)])[..40], "cannot be unpacked");
    let vrt = b"<OGRVRTDataSource><OGRVRTLayer name=\"a\"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>";
    refused(&bench, "virtual.zip", &zipped(&[("a.vrt", vrt)]), "no file in it has a known ending");
    refused(&bench, "virtual.csv", vrt, "markup");
    for name in [
        "a.vrt",
        "a.tar",
        "a.tar.gz",
        "a.tgz",
        "a.7z",
        "a.sqlite",
        "a.gdb",
        "a.py",
        "a.html",
        "a.svg",
        "a",
        "a.shp.xml",
    ] {
        refused(&bench, name, vrt, "names no format");
    }
    // A polyglot is what its ending says, or nothing.
    refused(&bench, "polyglot.gpkg", &zipped(&[("a.csv", CSV)]), "SQLite");
    refused(&bench, "polyglot.xlsx", b"%PDF-1.4 <script>alert(1)</script>", "unpacked");
}

#[test]
fn markup_with_entities_is_refused_and_remote_places_are_not_asked() {
    let bench = bench();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let remote = format!("http://{}/x", listener.local_addr().unwrap());
    let external = "<?xml version=\"1.0\"?><!DOCTYPE kml [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><kml>&x;</kml>";
    let mut laughs = "<?xml version=\"1.0\"?><!DOCTYPE kml [<!ENTITY a0 \"ha\">".to_owned();
    (1..30).for_each(|n| laughs.push_str(&format!("<!ENTITY a{n} \"&a{m};&a{m};\">", m = n - 1)));
    laughs.push_str("]><kml>&a29;</kml>");
    let outer = format!("<?xml version=\"1.0\"?><!DOCTYPE kml SYSTEM \"{remote}.dtd\"><kml/>");
    for ending in ["kml", "gml", "gpx"] {
        for text in [external, &laughs, &outer] {
            refused(&bench, &format!("a.{ending}"), text.as_bytes(), "DOCTYPE");
        }
    }
    refused(&bench, "a.zip", &zipped(&[("doc.kml", external.as_bytes())]), "DOCTYPE");
    let sheet = zipped(&[("[Content_Types].xml", external.as_bytes()), ("xl/workbook.xml", laughs.as_bytes())]);
    refused(&bench, "a.xlsx", &sheet, "DOCTYPE");
    // Taken or not, nobody is asked for anything.
    let gml = format!(
        "<?xml version=\"1.0\"?><f:C xmlns:f=\"http://f\" xmlns:gml=\"http://www.opengis.net/gml/3.2\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"http://f {remote}.xsd\" gml:id=\"c\"><gml:featureMember>\
         <f:A gml:id=\"a\"><f:p xlink:href=\"{remote}\"/><f:g><gml:Point srsName=\"{remote}\"><gml:pos>21 105.8</gml:pos></gml:Point></f:g></f:A></gml:featureMember></f:C>"
    );
    let kml = format!(
        "<?xml version=\"1.0\"?><kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document><NetworkLink><Link><href>{remote}</href></Link></NetworkLink>\
         <Style><IconStyle><Icon><href>{remote}.png</href></Icon></IconStyle></Style><Placemark><Point><coordinates>105.8,21</coordinates></Point></Placemark></Document></kml>"
    );
    let json = format!(
        "{{\"type\":\"FeatureCollection\",\"crs\":{{\"type\":\"link\",\"properties\":{{\"href\":\"{remote}\",\"type\":\"proj4\"}}}},\"features\":[]}}"
    );
    for (name, text) in [("a.gml", gml), ("a.kml", kml), ("a.geojson", json)] {
        let read = bench.read(name, "collection=places", text.as_bytes());
        assert_ne!(read["state"], "failed", "{name}: {read}");
        bench.forget(&read);
    }
    assert!(listener.accept().is_err(), "a file made the service ask {remote}");
}

#[test]
fn a_table_that_reads_other_tables_and_a_view_without_end_are_refused() {
    let bench = bench();
    let folder = tempfile::tempdir().unwrap();
    let gpkg = |name: &str, sql: &str| {
        let path = folder.path().join(name);
        layer(&path, "GPKG", Some(VN2000), "name", &[], &TCVN3[..1]);
        let database = rusqlite::Connection::open(&path).unwrap();
        database.execute_batch("PRAGMA writable_schema = ON").unwrap();
        database.execute_batch(sql).unwrap();
        drop(database);
        std::fs::read(path).unwrap()
    };
    let endless = gpkg(
        "endless.gpkg",
        "CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS fid FROM c",
    );
    refused(&bench, "endless.gpkg", &endless, "may never end");
    let virtual_table = "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES ('table', 'v', 'v', 0, 'CREATE VIRTUAL TABLE v USING VirtualOGR(''/etc/passwd'')')";
    refused(&bench, "virtual.gpkg", &gpkg("virtual.gpkg", virtual_table), "may read other files");
    refused(
        &bench,
        "seamless.zip",
        &zipped(&[("a.tab", b"!table\n!version 300\nDefinition Table\n  Type LINKED\n  Open Table \"/etc/passwd\"\n")]),
        "over other files",
    );
}

/// The same features in every format that can hold them.
fn of_every_format(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let of = |name: &str, driver: &str, srs: &str| {
        let path = folder.join(name);
        let places =
            if ["XLSX", "ODS"].contains(&driver) { ["", ""] } else { ["POINT (105.8 21)", "POINT (105.9 21.1)"] };
        layer(&path, driver, Some(srs), "TEN", &[], &[(places[0], b"A"), (places[1], b"B")]);
        (name.to_owned(), std::fs::read(path).unwrap())
    };
    let mut files = vec![
        of("a.gpkg", "GPKG", "EPSG:4326"),
        of("b.geojson", "GeoJSON", "EPSG:4326"),
        of("c.fgb", "FlatGeobuf", "EPSG:4326"),
        of("d.kml", "LIBKML", "EPSG:4326"),
        of("e.gml", "GML", "EPSG:4326"),
        of("f.xlsx", "XLSX", "EPSG:4326"),
        of("g.ods", "ODS", "EPSG:4326"),
    ];
    let shp = folder.join("shape.shp");
    shapefile(&shp, Some(VN2000), &TCVN3);
    let of_shape = parts(&shp);
    let entries: Vec<(&str, &[u8])> = of_shape.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    files.push(("h.zip".to_owned(), zipped(&entries)));
    let dxf = "0\nSECTION\n2\nENTITIES\n0\nPOINT\n8\n0\n10\n105.8\n20\n21\n0\nENDSEC\n0\nEOF\n";
    files.push(("i.dxf".to_owned(), dxf.as_bytes().to_vec()));
    files
}

#[test]
fn files_that_are_cut_or_garbled_end_in_a_word_and_never_in_a_part_of_the_rows() {
    let bench = bench();
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in of_every_format(folder.path()) {
        for share in [1, 2, 3] {
            let cut = &bytes[..bytes.len() * share / 4];
            let read = bench.read(&name, "collection=places", cut);
            assert!(read["state"] != "ready", "{name} cut at {share}/4 is taken: {read}");
            assert!(!read["detail"].as_str().unwrap().is_empty());
            bench.forget(&read);
        }
        // Whatever becomes of it, it is said and the service is there.
        let mut garbled = bytes.clone();
        let length = garbled.len();
        (0..length).step_by(1 + length / 97).for_each(|at| garbled[at] ^= 0xA5);
        let read = bench.read(&name, "collection=places", &garbled);
        bench.forget(&read);
    }
    assert_eq!(bench.server.get("/healthz").status, 200);
}

#[test]
fn names_that_are_more_than_names_are_refused_before_anything_is_read() {
    let bench = bench();
    for name in [
        "/vsicurl/http://127.0.0.1/a.csv",
        "../a.csv",
        "a/b.csv",
        "/etc/passwd",
        "http://h/a.csv",
        "GPKG:a.gpkg",
        "a\n.csv",
        ".csv",
        "a\0.csv",
    ] {
        let answer = bench.send(name, "collection=places", CSV);
        assert_eq!(answer.faults(), ["filename"], "{name:?}");
    }
    for id in ["sqlite_master", "langxanh_history", "gpkg_contents", "layer_styles", "a b", "..", "Clusters"] {
        let answer = bench.send("a.csv", &format!("collection={}", crate::bench::encoded(id)), CSV);
        let location = answer.header("location").unwrap().to_owned();
        assert_eq!(bench.wait(&location)["state"], "refused", "{id}");
        bench.forget(&answer.json());
    }
    assert_eq!(bench.send("a.csv", "collection=hotspot_zones", CSV).faults(), ["collection"]);
}

#[test]
fn formulas_of_a_file_are_guarded_where_a_sheet_would_run_them() {
    let bench = bench();
    bench.import(
        "a.csv",
        "collection=cells&id-field=id",
        "id,ten\n1,=1+1\n2,@x\n3,\"=HYPERLINK(\"\"http://h\"\")\"\n".as_bytes(),
    );
    let answer = bench.server.get("/collections/cells/download?f=csv");
    let text = String::from_utf8(crate::common::http::body(&answer)).unwrap();
    for cell in ["'=1+1", "'@x", "'=HYPERLINK"] {
        assert!(text.contains(cell), "{text}");
    }
}

#[test]
fn markup_in_a_file_is_text_wherever_it_is_shown() {
    let bench = bench();
    let script = "<script>alert(1)</script>";
    let csv = format!("id,ten,\"{script}\"\n1,{script},x\n");
    let read = bench.read("a.csv", "collection=cells&id-field=id", csv.as_bytes());
    assert_eq!(read["preview"]["features"][0]["properties"]["ten"], script);
    assert_eq!(bench.commit(&read, &format!("{{\"message\": \"{script}\"}}")).status, 200);
    for target in ["/collections/cells/items?f=html", "/collections/cells/items/1?f=html", "/collections/cells?f=html"]
    {
        let mut page = String::new();
        let answer = bench.server.get(target);
        crate::common::http::body(&answer).as_slice().read_to_string(&mut page).unwrap();
        assert!(answer.status == 200 && !page.contains("<script>alert"), "{target}");
    }
}
