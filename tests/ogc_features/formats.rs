//! Formats: what other programs read of newline-delimited GeoJSON, CSV, GeoPackage, FlatGeobuf and Excel is what pages of
//! GeoJSON say.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::common::http::{body, get, get_with, json};
use crate::common::rows::{AWKWARD, NUMBERED};
use crate::common::{READABLE, count};

/// Features of all pages by their id.
fn paged(query: &str) -> BTreeMap<String, Value> {
    let pages = READABLE.server.pages(&format!("/collections/{query}"));
    let features = pages.iter().flat_map(|page| page["features"].as_array().unwrap().clone());
    features.map(|feature| (feature["id"].as_str().unwrap().to_owned(), feature)).collect()
}

/// Saves what a target gives under a name.
fn saved(folder: &Path, name: &str, target: &str) -> PathBuf {
    let answer = get(target);
    assert_eq!(answer.status, 200, "{target}: {}", String::from_utf8_lossy(&answer.body));
    let file = folder.join(name);
    std::fs::write(&file, body(&answer)).unwrap();
    file
}

/// Standard output of a program that must succeed.
fn told(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Features of a file as GDAL reads them, as GeoJSON, by the column `id`.
fn read_by_gdal(file: &Path) -> BTreeMap<String, Value> {
    let text =
        told("ogr2ogr", &["-f", "GeoJSONSeq", "-lco", "COORDINATE_PRECISION=9", "/vsistdout/", file.to_str().unwrap()]);
    let features = text.lines().map(|line| serde_json::from_str::<Value>(line.trim_start_matches('\u{1e}')).unwrap());
    // GDAL takes the styles of a GeoPackage for one more layer.
    let features = features.filter(|feature| feature["properties"].get("styleQML").is_none());
    features.map(|feature| (feature["properties"]["id"].as_str().unwrap().to_owned(), feature)).collect()
}

/// Whether two values of a property are the same to a reader: GDAL tells times in its own way and truths as numbers.
fn is_same(ours: &Value, theirs: &Value) -> bool {
    let time = |value: &Value| {
        let text = value.as_str()?.replace('/', "-").replace(' ', "T");
        text.get(..10).map(str::to_owned).filter(|text| text.as_bytes()[4] == b'-')
    };
    match (ours, theirs) {
        (Value::Bool(ours), Value::Number(theirs)) => theirs.as_i64() == Some(i64::from(*ours)),
        (Value::Number(ours), Value::Number(theirs)) => {
            (ours.as_f64().unwrap() - theirs.as_f64().unwrap()).abs() <= 1e-9 * ours.as_f64().unwrap().abs().max(1.0)
        }
        (ours, theirs) => ours == theirs || (time(ours).is_some() && time(ours) == time(theirs)),
    }
}

fn assert_same_properties(ours: &BTreeMap<String, Value>, theirs: &BTreeMap<String, Value>) {
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    for (id, feature) in ours {
        for (name, value) in feature["properties"].as_object().unwrap() {
            let other = &theirs[id]["properties"][name];
            assert!(is_same(value, other), "{id}: {name} is {value} and was read as {other}");
        }
    }
}

#[test]
fn lines_of_geojson_are_the_features_of_all_pages() {
    for query in [
        "awkward/items?",
        "numbered/items?",
        "craft_villages/items?bbox=105.7,20.9,105.9,21.1&",
        "awkward/items?crs=http://www.opengis.net/def/crs/EPSG/0/4326&sortby=-storeys&",
    ] {
        let answer = get(&format!("/collections/{query}f=ndjson"));
        assert_eq!((answer.status, answer.media_type()), (200, "application/x-ndjson"), "{query}");
        let text = String::from_utf8(body(&answer)).unwrap();
        assert!(text.ends_with('\n'));
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(answer.header("ogc-numberreturned").unwrap(), lines.len().to_string());
        let paged = paged(&format!("{query}limit=10000"));
        assert_eq!(lines.len(), paged.len(), "{query}");
        assert!(lines.iter().all(|line| paged[line["id"].as_str().unwrap()] == *line), "{query}");
    }
    assert_eq!(
        get("/collections/numbered/items?f=ndjson").header("ogc-numbermatched"),
        Some(NUMBERED.to_string().as_str())
    );
}

#[test]
fn a_sequence_of_geojson_has_its_record_separators() {
    // RFC 8142, 2: RS, text, LF.
    let answer = get_with("/collections/awkward/items", &[("Accept", "application/geo+json-seq")]);
    assert_eq!(answer.media_type(), "application/geo+json-seq");
    let text = String::from_utf8(body(&answer)).unwrap();
    let records: Vec<&str> = text.split('\u{1e}').skip(1).collect();
    assert_eq!(records.len(), AWKWARD);
    assert!(records.iter().all(|record| record.ends_with("}\n") && serde_json::from_str::<Value>(record).is_ok()));
}

#[test]
fn a_limit_makes_a_page_of_any_format_with_the_next_one_in_a_header() {
    let answer = get("/collections/awkward/items?f=ndjson&limit=5&sortby=storeys");
    let link = answer.header("link").unwrap();
    assert!(link.contains("rel=\"next\"") && link.contains("application/x-ndjson"), "{link}");
    assert_eq!((answer.header("ogc-numbermatched"), answer.header("ogc-numberreturned")), (Some("28"), Some("5")));
    let next = link.split_once('<').unwrap().1.split_once('>').unwrap().0;
    let text = String::from_utf8(body(&get(next))).unwrap();
    let ids: Vec<Value> = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone()).collect();
    assert_eq!(ids, ["r06", "r07", "r08", "r09", "r10"]);
    assert_eq!(get("/collections/awkward/items?f=csv").header("link"), None);
}

#[test]
fn a_whole_collection_of_geojson_is_one_document_for_gdal_and_people() {
    for query in
        ["", "?open=true", "?crs=http://www.opengis.net/def/crs/EPSG/0/3857", "?properties=storeys&sortby=-storeys"]
    {
        let answer = get(&format!("/collections/awkward/download{query}"));
        assert_eq!((answer.status, answer.media_type()), (200, "application/geo+json"), "{query}");
        assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"awkward.geojson\""));
        let document: Value = serde_json::from_slice(&body(&answer)).unwrap();
        let paged = paged(&format!("awkward/items{query}"));
        let features = document["features"].as_array().unwrap();
        assert_eq!(features.len(), paged.len(), "{query}");
        assert!(features.iter().all(|feature| paged[feature["id"].as_str().unwrap()] == *feature), "{query}");
    }
    let whole = get("/collections/numbered/download");
    assert_eq!(
        whole.header("content-length").unwrap(),
        whole.body.len().to_string(),
        "a browser can show how far it is"
    );
    assert_eq!(whole.json()["features"].as_array().unwrap().len(), NUMBERED);
    for empty in
        ["/collections/awkward/download?name_vi=nobody", "/collections/awkward/download?name_vi=nobody&f=jsonfg"]
    {
        assert_eq!(serde_json::from_slice::<Value>(&body(&get(empty))).unwrap()["features"], serde_json::json!([]));
    }
    assert_eq!(get("/collections/awkward/download?limit=5&token=a1").faults(), ["limit", "token"]);
    let then = get("/collections/clusters/download?f=csv&as-of=2024-01-01");
    assert_eq!(then.header("content-disposition"), Some("attachment; filename=\"clusters_2024-01-01.csv\""));
}

#[test]
fn csv_opens_in_python_and_excel_with_every_text_as_it_is_and_no_formula() {
    let folder = tempfile::tempdir().unwrap();
    let answer = get("/collections/awkward/items?f=csv");
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert!(body(&answer).starts_with(b"\xEF\xBB\xBFid,name_vi,storeys,"), "a byte order mark, for Excel");
    let file = saved(folder.path(), "awkward.csv", "/collections/awkward/items?f=csv");
    let script = "import csv,json,sys\n\
                  print(json.dumps(list(csv.DictReader(open(sys.argv[1],encoding='utf-8-sig',newline='')))))";
    let rows: Vec<BTreeMap<String, String>> =
        serde_json::from_str(&told("python3", &["-c", script, file.to_str().unwrap()])).unwrap();
    let features = paged("awkward/items?limit=100");
    assert_eq!(rows.len(), features.len());
    for row in &rows {
        let feature = &features[&row["id"]];
        for (name, value) in feature["properties"].as_object().unwrap() {
            let cell = &row[name];
            match value {
                Value::Null => assert_eq!(cell, "", "{name}"),
                Value::String(text) => assert_eq!(cell, text, "{name}"),
                Value::Number(number) => assert_eq!(cell.parse::<f64>().unwrap(), number.as_f64().unwrap(), "{name}"),
                other => assert_eq!(cell, &other.to_string(), "{name}"),
            }
        }
        let wkt = &row["wkt"];
        assert_eq!(wkt.is_empty(), feature["geometry"].is_null(), "{wkt}");
    }
    let points = String::from_utf8(body(&get("/collections/craft_villages/items?f=csv&properties=name_vi"))).unwrap();
    assert!(points.starts_with("\u{feff}id,name_vi,lon,lat\n"), "{points:.60}");
    let grid =
        "/collections/craft_villages/items?f=csv&properties=&crs=http://www.opengis.net/def/crs/EPSG/0/5897&limit=3";
    let grid = String::from_utf8(body(&get(grid))).unwrap();
    assert!(grid.starts_with("\u{feff}id,x,y\n"), "{grid}");
    let bare =
        String::from_utf8(body(&get("/collections/craft_villages/items?f=csv&properties=&skipGeometry=true"))).unwrap();
    assert!(bare.starts_with("\u{feff}id\n"), "{bare:.60}");
}

#[test]
fn a_cell_that_excel_would_take_for_a_formula_is_guarded() {
    use crate::common::rows::{apply, table};
    use langxanh::domain::{DataType, Field};
    use langxanh::store::{Draft, Mode};
    let folder = tempfile::tempdir().unwrap();
    let store = crate::common::sample_store(folder.path());
    let table = table("cells", None, vec![Field::plain("text", DataType::Text), Field::plain("n", DataType::Number)]);
    let draft = |text: &str| Draft { id: None, values: vec![text.into(), (-5.5).into()], shape: None };
    apply(&store, &table, Mode::Append, ["=1+1", "@x", "+84 912", "-abc", "plain"].map(draft));
    let server = crate::common::Server::start(&mut crate::common::serve(&store));
    let text = String::from_utf8(body(&server.get("/collections/cells/items?f=csv"))).unwrap();
    for line in ["'=1+1,-5.5", "'@x,-5.5", "'+84 912,-5.5", "'-abc,-5.5", ",plain,-5.5"] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
}

#[test]
fn a_geopackage_a_flatgeobuf_and_a_sheet_hold_what_the_pages_hold() {
    let folder = tempfile::tempdir().unwrap();
    for collection in ["clusters", "craft_villages", "awkward"] {
        let ours = paged(&format!("{collection}/items?limit=1000"));
        let file =
            saved(folder.path(), &format!("{collection}.gpkg"), &format!("/collections/{collection}/items?f=gpkg"));
        let theirs = read_by_gdal(&file);
        assert_same_properties(&ours, &theirs);
        for (id, feature) in &ours {
            assert_eq!(feature["geometry"].is_null(), theirs[id]["geometry"].is_null(), "{id}");
        }
        let sheet =
            saved(folder.path(), &format!("{collection}.xlsx"), &format!("/collections/{collection}/download?f=xlsx"));
        let told_of = told("ogrinfo", &["-so", "-al", sheet.to_str().unwrap()]);
        assert!(told_of.contains(&format!("Feature Count: {}", ours.len())), "{told_of}");
        if collection != "awkward" {
            // A cell of a sheet cannot tell the empty text from nothing.
            let mut of_cells = ours.clone();
            let properties = of_cells.values_mut().flat_map(|feature| feature["properties"].as_object_mut().unwrap());
            properties.filter(|(_, value)| *value == "").for_each(|(_, value)| *value = Value::Null);
            assert_same_properties(&of_cells, &read_by_gdal(&sheet));
        }
        let file =
            saved(folder.path(), &format!("{collection}.fgb"), &format!("/collections/{collection}/items?f=fgb"));
        let theirs = read_by_gdal(&file);
        assert_same_properties(&ours, &theirs);
        for (id, feature) in &ours {
            assert_eq!(feature["geometry"].is_null(), theirs[id]["geometry"].is_null(), "{id}");
        }
    }
    let some =
        saved(folder.path(), "some.gpkg", "/collections/awkward/items?f=gpkg&open=true&properties=storeys&limit=5");
    let some = read_by_gdal(&some);
    assert_eq!(some.len(), 5);
    assert_eq!(some["r02"]["properties"].as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "storeys"]);
}

/// Ids in the order of a page, and of a file as GDAL reads it.
fn orders(folder: &Path, query: &str) -> (Vec<String>, Vec<String>) {
    let page = json(&format!("/collections/{query}&limit=1000"));
    let ours = page["features"].as_array().unwrap().iter().map(|feature| feature["id"].as_str().unwrap().to_owned());
    let file = saved(folder, "ordered.fgb", &format!("/collections/{query}&f=fgb"));
    let lines = told("ogr2ogr", &["-f", "CSV", "-select", "id", "/vsistdout/", file.to_str().unwrap()]);
    (ours.collect(), lines.lines().skip(1).map(|line| line.trim_matches('"').to_owned()).collect())
}

#[test]
fn a_flatgeobuf_keeps_the_order_that_was_asked_for_and_features_without_a_place() {
    let folder = tempfile::tempdir().unwrap();
    for query in
        ["clusters/items?sortby=-area_ha", "craft_villages/items?sortby=name_vi", "awkward/items?sortby=-storeys"]
    {
        let (ours, theirs) = orders(folder.path(), query);
        assert!(ours.len() > 20, "{query}");
        assert_eq!(ours, theirs, "{query}");
    }
    let nowhere = json("/collections/clusters/items?limit=1000")["features"].clone();
    let nowhere = nowhere.as_array().unwrap().iter().filter(|feature| feature["geometry"].is_null()).count();
    assert!(nowhere > 0, "the sample has clusters without a place");
}

#[test]
fn a_flatgeobuf_of_places_without_an_order_has_an_index_and_one_of_nothing_opens() {
    let folder = tempfile::tempdir().unwrap();
    let length = |query: &str| {
        let target = format!("/collections/craft_villages/items?filter=S_INTERSECTS(geom,BBOX(100,5,120,25)){query}");
        let file = saved(folder.path(), "length.fgb", &format!("{target}&f=fgb"));
        (std::fs::metadata(file).unwrap().len(), json(&target)["numberMatched"].as_u64().unwrap())
    };
    // A node of the index has 40 bytes, and there is at least one for each feature.
    let (indexed, rows) = length("");
    let in_order = length("&sortby=name_vi").0;
    assert!(rows > 20 && indexed >= in_order + 40 * rows, "{rows} rows, {indexed} and {in_order} bytes");
    let file =
        saved(folder.path(), "none.fgb", "/collections/craft_villages/items?f=fgb&name_vi=nobody&sortby=name_vi");
    assert!(told("ogrinfo", &["-so", "-al", file.to_str().unwrap()]).contains("Feature Count: 0"));
}

#[test]
fn a_sheet_says_what_excel_would_show_otherwise_as_text_and_has_a_head_without_rows() {
    use crate::common::rows::{apply, table};
    use langxanh::domain::{DataType, Field};
    use langxanh::store::{Draft, Mode};
    let folder = tempfile::tempdir().unwrap();
    let store = crate::common::sample_store(folder.path());
    let table = table("cells", None, vec![Field::plain("day", DataType::Date), Field::plain("n", DataType::Integer)]);
    let day = |text: &str| DataType::Date.parse(text).unwrap();
    // Excel's day 60 is 1900-02-29, which never was; it keeps fifteen digits of a number.
    let rows = [
        ("1899-12-31", 1),
        ("1900-02-28", 999_999_999_999_999),
        ("1900-03-01", 1_000_000_000_000_001),
        ("2024-02-29", -1_000_000_000_000_001),
    ];
    let draft = |(text, n): (&str, i64)| Draft { id: None, values: vec![day(text), n.into()], shape: None };
    apply(&store, &table, Mode::Append, rows.map(draft));
    let server = crate::common::Server::start(&mut crate::common::serve(&store));
    let part = |query: &str, part: &str| {
        let answer = server.get(&format!("/collections/cells/items?f=xlsx{query}"));
        assert_eq!(answer.status, 200, "{query}");
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(answer.body)).unwrap();
        std::io::read_to_string(archive.by_name(part).unwrap()).unwrap()
    };
    let (cells, texts) = (part("", "xl/worksheets/sheet1.xml"), part("", "xl/sharedStrings.xml"));
    for text in ["1899-12-31", "1900-02-28", "1000000000000001", "-1000000000000001"] {
        assert!(texts.contains(&format!("<t>{text}</t>")), "{text} in {texts}");
    }
    // 1900-03-01 is day 61, and 2024-02-29 day 45,351: what Excel gives for =DATE(2024,2,29).
    for number in ["61", "45351", "999999999999999"] {
        assert!(cells.contains(&format!("<v>{number}</v>")), "{number} in {cells}");
    }
    let head = part("&n=5", "xl/sharedStrings.xml");
    assert!(["id", "day", "n"].iter().all(|name| head.contains(&format!("<t>{name}</t>"))), "{head}");
}

#[test]
fn a_geopackage_of_a_survey_holds_the_surveyed_coordinates_in_its_system() {
    let folder = tempfile::tempdir().unwrap();
    let links = json("/collections/plan_parcels")["links"].clone();
    let link =
        links.as_array().unwrap().iter().find(|l| l["type"] == "application/geopackage+sqlite3").unwrap().clone();
    let file = saved(folder.path(), "parcels.gpkg", link["href"].as_str().unwrap());
    assert!(told("ogrinfo", &["-so", "-al", file.to_str().unwrap()]).contains("ID[\"EPSG\",5897]"));
    let blobs = |file: &Path, table: &str| -> BTreeSet<Vec<u8>> {
        let connection = rusqlite::Connection::open(file).unwrap();
        let mut statement = connection.prepare(&format!("SELECT geom FROM {table} WHERE geom IS NOT NULL")).unwrap();
        // Header, envelope and then the coordinates to the last bit.
        statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap().map(|b| b.unwrap()[40..].to_vec()).collect()
    };
    let ours = blobs(&READABLE.store, "plan_parcels");
    assert!(ours.len() > 10);
    assert_eq!(blobs(&file, "plan_parcels"), ours);
}

#[test]
fn what_a_format_cannot_hold_is_said() {
    assert_eq!(get("/collections/numbered/items?f=fgb").faults(), ["f"]);
    assert_eq!(get("/collections/clusters/items?f=fgb&skipGeometry=true").faults(), ["f"]);
    assert_eq!(get("/collections/clusters/items?f=shp").faults(), ["f"]);
    assert_eq!(get("/collections/awkward/items/r01?f=csv").faults(), ["f"], "a single feature is no table");
    assert_eq!(get("/collections/clusters/download?f=html").faults(), ["f"]);
}

#[test]
fn a_built_file_can_be_had_in_ranges_and_is_known_by_a_strong_tag() {
    let target = "/collections/clusters/items?f=gpkg";
    let whole = get(target);
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    assert_eq!(whole.header("content-disposition"), Some("attachment; filename=\"clusters.gpkg\""));
    let etag = whole.header("etag").unwrap().to_owned();
    assert!(etag.starts_with('"'), "ranges need a strong validator: {etag}");
    let length = whole.body.len();
    let part = get_with(target, &[("Range", "bytes=100-199"), ("If-Range", &etag)]);
    assert_eq!((part.status, part.body.as_slice()), (206, &whole.body[100..200]));
    assert_eq!(part.header("content-range"), Some(format!("bytes 100-199/{length}").as_str()));
    let end = get_with(target, &[("Range", "bytes=-10")]);
    assert_eq!((end.status, end.body.as_slice()), (206, &whole.body[length - 10..]));
    let beyond = get_with(target, &[("Range", &format!("bytes={length}-"))]);
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some(format!("bytes */{length}").as_str())));
    assert_eq!(get_with(target, &[("Range", "bytes=0-9"), ("If-Range", "\"other\"")]).status, 200);
    assert_eq!(get_with(target, &[("If-None-Match", &etag)]).status, 304);
    let head = READABLE.server.ask("HEAD", target, &[]);
    assert_eq!((head.status, head.header("content-length")), (200, Some(length.to_string().as_str())));
}

#[test]
fn many_small_files_exhaust_no_descriptors_and_leave_nothing_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = crate::common::sample_store(folder.path());
    let temporary = tempfile::tempdir().unwrap();
    let mut command = crate::common::serve(&store);
    let server = crate::common::Server::start(command.env("TMPDIR", temporary.path()));
    for limit in 1..=100 {
        let answer = server.get(&format!("/collections/craft_villages/items?f=xlsx&properties=&limit={limit}"));
        assert_eq!(answer.status, 200, "{limit}");
    }
    let open = std::fs::read_dir(format!("/proc/{}/fd", server.process.id())).unwrap();
    let open = open.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
    let kept = open.filter(|file| file.starts_with(temporary.path())).count();
    assert!((1..=64).contains(&kept), "{kept} files are kept");
    assert_eq!(
        std::fs::read_dir(temporary.path()).unwrap().count(),
        0,
        "they have no name, so no end leaves them behind"
    );
}

#[test]
fn an_unchanged_stream_is_not_sent_again() {
    for target in
        ["/collections/numbered/items?f=ndjson", "/collections/clusters/download", "/collections/awkward/items?f=csv"]
    {
        let etag = get(target).header("etag").unwrap().to_owned();
        assert_eq!(get_with(target, &[("If-None-Match", &etag)]).status, 304, "{target}");
        let head = READABLE.server.ask("HEAD", target, &[]);
        assert_eq!((head.status, head.body.len()), (200, 0), "{target}");
    }
}

#[test]
fn a_stream_is_compressed_for_who_asks_for_it_and_says_the_same() {
    for target in [
        "/collections/numbered/download",
        "/collections/numbered/items?f=ndjson",
        "/collections/awkward/items?f=csv",
        "/collections/clusters/download?f=jsonfg",
        "/collections/craft_villages/download?crs=http://www.opengis.net/def/crs/EPSG/0/5897",
    ] {
        let plain = get(target);
        assert_eq!(plain.header("content-encoding"), None, "{target}");
        let packed = get_with(target, &[("Accept-Encoding", "gzip, deflate, br, zstd")]);
        assert_eq!(packed.header("content-encoding"), Some("gzip"), "{target}");
        assert_eq!((packed.header("etag"), packed.header("vary")), (plain.header("etag"), plain.header("vary")));
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&body(&packed)[..]), &mut text).unwrap();
        assert!(text == body(&plain), "{target}");
        assert!(body(&packed).len() * 2 < text.len(), "{target}: {} of {}", body(&packed).len(), text.len());
        assert_eq!(get_with(target, &[("Accept-Encoding", "gzip;q=0")]).header("content-encoding"), None);
    }
}

#[test]
fn a_client_that_leaves_in_the_middle_of_a_stream_leaves_nothing_behind() {
    for _ in 0..20 {
        let mut stream = std::net::TcpStream::connect(READABLE.server.address()).unwrap();
        stream.write_all(b"GET /collections/numbered/download HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
        drop(stream);
    }
    assert_eq!(get("/healthz").text(), "ok\n");
}

#[test]
fn gdal_reads_any_system_of_a_collection_through_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("villages.gpkg");
    let source = format!("OAPIF:{}", READABLE.server.url);
    let to = ["-t_srs", "EPSG:5897", file.to_str().unwrap(), &source, "craft_villages"];
    told("ogr2ogr", &[&["-f", "GPKG"][..], &to].concat());
    let told_of = told("ogrinfo", &["-so", "-al", file.to_str().unwrap()]);
    let rows = count(&READABLE.store, "SELECT count(*) FROM craft_villages");
    assert!(told_of.contains(&format!("Feature Count: {rows}")), "{told_of}");
    // And straight from the address of a download.
    let from_download = format!("{}/collections/craft_villages/download", READABLE.server.url);
    assert!(told("ogrinfo", &["-so", "-al", &from_download]).contains(&format!("Feature Count: {rows}")));
}
