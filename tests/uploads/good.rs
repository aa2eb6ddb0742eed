//! Good files become the rows that the command line makes of them, word for word and bit for bit.

use std::io::Write;

use crate::bench::{bench, encoded, rows};
use crate::fixtures::{TCVN3, VN2000, layer, parts, shapefile};
use crate::hostile::zipped;

#[test]
fn every_format_becomes_the_same_rows_as_on_the_command_line() {
    let bench = bench();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let archive = |name: &str| {
        let of = parts(&path(name));
        let entries: Vec<(&str, &[u8])> = of.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        zipped(&entries)
    };
    shapefile(&path("lang.shp"), Some(VN2000), &TCVN3);
    let plain = [("POINT (105.8 21.0)", &b"H\xC3\xA0 N\xE1\xBB\x99i"[..]), ("POINT (105.9 21.1)", b"B")];
    layer(&path("bang.tab"), "MapInfo File", Some("EPSG:4326"), "TEN", &[], &[("POINT (105.8 21.0)", b"A")]);
    layer(
        &path("trao.mif"),
        "MapInfo File",
        Some("EPSG:4326"),
        "TEN",
        &["FORMAT=MIF"],
        &[("POINT (105.8 21.0)", b"A")],
    );
    layer(&path("goi.gpkg"), "GPKG", Some(VN2000), "ten", &[], &[("POINT (588591.944 2326345.3117)", plain[0].1)]);
    layer(&path("diem.geojson"), "GeoJSON", Some("EPSG:4326"), "ten", &[], &plain);
    let file = |name: &str| std::fs::read(path(name)).unwrap();
    let mut sheet = rust_xlsxwriter::Workbook::new();
    let page = sheet.add_worksheet();
    for (row, cells) in
        [["id", "Tên", "Diện tích (ha)"], ["a", "Cụm A", "12,5"], ["b", "Cụm B", "7"]].iter().enumerate()
    {
        for (column, cell) in cells.iter().enumerate() {
            page.write_string(row as u32, column as u16, *cell).unwrap();
        }
    }
    let sheet = sheet.save_to_buffer().unwrap();
    let csv =
        "id;Tên;Trạng thái;Diện tích (ha)\na;Cụm A;Đang hoạt động;12,5\nb;Cụm B;operating;0,75\n".as_bytes().to_vec();
    let cases: [(&str, &str, Vec<u8>, &[&str]); 7] = [
        ("lang.zip", "t_shp", archive("lang.shp"), &[]),
        ("bang.zip", "t_tab", archive("bang.tab"), &[]),
        ("trao.zip", "t_mif", archive("trao.mif"), &[]),
        ("goi.gpkg", "t_gpkg", file("goi.gpkg"), &[]),
        ("diem.geojson", "t_json", file("diem.geojson"), &["--crs", "OGC:CRS84"]),
        ("cum.xlsx", "clusters", sheet, &["--mode", "append"]),
        ("cum2.csv", "clusters", csv, &["--mode", "replace"]),
    ];
    for (name, collection, bytes, flags) in cases {
        let query: String =
            flags.chunks(2).map(|flag| format!("&{}={}", flag[0].trim_start_matches('-'), encoded(flag[1]))).collect();
        let read = bench.read(name, &format!("collection={collection}{query}"), &bytes);
        assert_eq!(read["state"], "ready", "{name}: {read}");
        let counted = read["counts"].clone();
        let done = bench.commit(&read, "{\"message\": \"từ thử nghiệm\"}");
        assert_eq!(done.status, 200, "{name}: {}", done.text());
        assert_eq!(done.json()["counts"], counted, "{name}: what is foretold is what is done");
        let arguments: Vec<&str> = ["--collection", collection].iter().chain(flags).copied().collect();
        let (is_taken, said, store) = bench.command_line(name, &arguments, &bytes);
        assert!(is_taken, "{name}: {said}");
        let plain = |rows: Vec<langxanh::store::Row>| {
            rows.into_iter().map(|row| (row.id, row.values, row.shape)).collect::<Vec<_>>()
        };
        assert_eq!(plain(bench.rows(collection)), plain(rows(&store, collection)), "{name}");
        for note in read["notes"].as_array().unwrap() {
            assert!(said.contains(&format!("note: {}", note.as_str().unwrap())), "{name}: {said}");
        }
        bench.forget(&read);
    }
    let names: Vec<String> = bench.rows("t_shp").iter().map(|row| row.values[0].to_string()).collect();
    assert_eq!(names, ["Hà Nội", "Cụm công nghiệp", "làng nghề"]);
}

#[test]
fn faults_of_rows_are_those_of_the_command_line_and_good_rows_can_be_taken_alone() {
    let bench = bench();
    let mut csv = b"id,T\xC3\xAAn,area_ha\n".to_vec();
    writeln!(csv, "a,A,1\nb,B,wide\na,C,2\n,D,3").unwrap();
    let read = bench.read("a.csv", "collection=clusters", &csv);
    let (_, said, _) = bench.command_line("a.csv", &["--collection", "clusters"], &csv);
    let faults = read["faults"].as_array().unwrap();
    assert_eq!((faults.len(), &read["faulty_rows"]), (3, &3.into()), "{read}");
    for fault in faults {
        let line = format!(
            "row {}, {}: {}",
            fault["row"],
            fault["field"].as_str().unwrap(),
            fault["detail"].as_str().unwrap()
        );
        assert!(said.contains(&line), "{line} is not in {said}");
    }
    let refused = bench.commit(&read, "{}");
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(bench.rows("clusters").is_empty());
    assert_eq!(bench.commit(&read, "{\"skip_bad\": true}").json()["counts"]["inserted"], 1);
    assert_eq!(bench.rows("clusters").len(), 1);
}
