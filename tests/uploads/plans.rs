//! Drawings of plans over HTTP: the same plan as on the command line, or a word.

use std::path::Path;

use crate::bench::{Bench, bench, rows};
use crate::common::langxanh;
use crate::drawings::clean;

const QUERY: &str = "collection=plans&plan=plan-1&site=clusters/ccn-1&crs=EPSG:5897";
const REGISTERS: [&str; 4] = ["plans", "plan_parcels", "plan_lines", "buildings"];

fn with_site() -> Bench {
    let bench = bench();
    bench.import("a.csv", "collection=clusters", "id,name_vi\nccn-1,CCN Thử\n".as_bytes());
    bench
}

/// Takes the drawing in on the command line, into a copy of the store.
fn command_line(bench: &Bench, bytes: &[u8]) -> std::path::PathBuf {
    let store = bench.folder.path().join("copy.gpkg");
    rusqlite::Connection::open(&bench.store).unwrap().execute("VACUUM INTO ?1", [store.to_str().unwrap()]).unwrap();
    std::fs::write(bench.folder.path().join("qhct.dxf"), bytes).unwrap();
    let mut command = langxanh(&["plan", "import", "qhct.dxf", "--plan", "plan-1", "--site", "clusters/ccn-1"]);
    command.args(["--crs", "EPSG:5897", "--store", store.to_str().unwrap()]).current_dir(bench.folder.path());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    store
}

fn plain(store: &Path, collection: &str) -> Vec<impl PartialEq + std::fmt::Debug + use<>> {
    rows(store, collection).into_iter().map(|row| (row.id, row.values, row.shape)).collect()
}

#[test]
fn a_drawing_that_is_not_one_or_has_no_site_is_refused() {
    let bench = with_site();
    let drawing = clean().bytes();
    let send = |query: &str| bench.send("qhct.dxf", query, &drawing);
    assert_eq!(
        send("collection=plans&plan=a/b&site=x&unit=km&swap-xy=1&snap=2").faults(),
        ["plan", "site", "unit", "swap-xy", "snap"]
    );
    assert_eq!(send("collection=clusters&plan=a&site=clusters/ccn-1").faults(), ["collection"]);
    for (query, bytes, reason) in [
        (
            "collection=plans&plan=p&site=clusters/nowhere&crs=EPSG:5897",
            &drawing[..],
            "there is no site clusters/nowhere",
        ),
        (QUERY, &drawing[..drawing.len() / 2], "its last line is not EOF"),
        (QUERY, b"0\nSECTION\n2\nENTITIES\n0\nENDSEC\n0\nEOF\n", "nothing"),
        (&format!("{QUERY}&mode=upsert"), &drawing, "takes no mapping"),
    ] {
        let read = bench.read("qhct.dxf", query, bytes);
        assert_eq!(read["state"], "refused", "{read}");
        assert!(read["detail"].as_str().unwrap().contains(reason), "{read}");
        bench.forget(&read);
    }
    let bomb = crate::hostile::zipped(&[("a.dxf", &vec![b'0'; 40 << 20])]);
    let read = bench.read("qhct.zip", QUERY, &bomb);
    assert!(read["detail"].as_str().unwrap().contains("times its size"), "{read}");
    assert!(bench.rows("plans").is_empty());
}

#[test]
fn a_drawing_becomes_the_plan_that_the_command_line_makes_of_it() {
    let bench = with_site();
    let drawing = clean().bytes();
    let copy = command_line(&bench, &drawing);
    let read = bench.read("qhct.dxf", QUERY, &drawing);
    assert_eq!(read["state"], "ready", "{read}");
    // 200 m × 100 m in two lots of 100 m × 80 m and a strip of 200 m × 20 m.
    assert_eq!((&read["plan"]["lots"], read["plan"]["area_m2"].as_f64().map(f64::round)), (&3.into(), Some(20_000.0)));
    assert_eq!(read["rows"]["plan_parcels"], 3);
    let lots = read["preview"]["features"].as_array().unwrap().iter().filter(|lot| lot["collection"] == "plan_parcels");
    assert_eq!(lots.count(), 3);
    assert!(bench.rows("plans").is_empty());
    let done = bench.commit(&read, "{\"message\": \"bản vẽ duyệt\"}");
    assert_eq!((done.status, &done.json()["counts"]["plan_parcels"]["inserted"]), (200, &3.into()), "{}", done.text());
    for collection in REGISTERS {
        assert_eq!(plain(&bench.store, collection), plain(&copy, collection), "{collection}");
    }
    let again = bench.read("qhct.dxf", QUERY, &drawing);
    assert!(again["detail"].as_str().unwrap().contains("there is a plan 'plan-1' already"), "{again}");
    let replacing = bench.read("qhct.dxf", &format!("{QUERY}&mode=replace"), &drawing);
    assert_eq!(replacing["state"], "ready", "{replacing}");
    // Somebody names the plan meanwhile: that is not written over.
    bench.import("b.csv", "collection=plans&mode=upsert", "id,name_vi\nplan-1,Tên mới\n".as_bytes());
    let refused = bench.commit(&replacing, "{}");
    assert_eq!(refused.status, 409, "{}", refused.text());
    let target = format!("/imports/{}", replacing["id"].as_str().unwrap());
    bench.request("PATCH", &target, "{}");
    let read = bench.wait(&target);
    let done = bench.commit(&read, "{}");
    assert_eq!((done.status, &done.json()["counts"]["plan_parcels"]["unchanged"]), (200, &3.into()), "{}", done.text());
    let names = "SELECT count(*) FROM plans WHERE name_vi = 'Tên mới'";
    assert_eq!(crate::common::count(&bench.store, names), 1, "what the drawing does not say stays");
}
