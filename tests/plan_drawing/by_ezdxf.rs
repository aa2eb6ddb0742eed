//! Drawings that another program wrote, drawings that it reads, and the faces that GEOS finds.
//!
//! ezdxf and shapely stand in the virtual environment that `.ci/setup.sh test` keeps in target/python (another one:
//! `LANGXANH_PYTHON`). Without them this says SKIPPED.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use geo::{Area, LineString};
use langxanh::domain::Value;
use langxanh::plan::drawing::faces;
use langxanh::transfer::drawing::{PlanExport, export_plan, import_plan};
use serde_json::Value as Json;

use crate::fixtures::{clean, id, options, rows, store, value};

/// What the script prints; `None` where there is no Python with ezdxf and shapely.
fn ask(arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python =
        std::env::var_os("LANGXANH_PYTHON").map_or_else(|| root.join("target/python/bin/python"), PathBuf::from);
    let has_libraries = |python: &Path| {
        let tried = Command::new(python).args(["-c", "import ezdxf, shapely"]).stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    };
    if !has_libraries(&python) {
        let why = "no Python with ezdxf and shapely, no drawing of another program was read; run .ci/setup.sh test or set LANGXANH_PYTHON";
        eprintln!("SKIPPED: {why}");
        return None;
    }
    let mut child = Command::new(&python)
        .arg(root.join("tests/plan_drawing/ezdxf_plan.py"))
        .args(arguments)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "ezdxf_plan.py {arguments:?} failed");
    Some(output.stdout)
}

#[test]
fn drawings_of_every_version_become_the_plan_that_was_drawn() {
    let dir = tempfile::tempdir().unwrap();
    if ask(&["write", &dir.path().to_string_lossy()], b"").is_none() {
        return;
    }
    for name in ["R12", "R2000", "R2010", "R2018", "binary", "swapped"] {
        let store = store();
        let report = import_plan(&store, &options(&dir.path().join(name).with_extension("dxf"))).unwrap();
        assert_eq!(report.lots, 3, "{name}");
        assert!((report.lots_m2 - 20_000.0).abs() < 1e-6, "{name}: {}", report.lots_m2);
        let lots: BTreeMap<String, BTreeMap<&str, Value>> = rows(&store, "plan_parcels")
            .iter()
            .map(|row| {
                let fields = ["land_use_code", "area_m2", "density_max_pct", "storeys_max", "use_vi"];
                let facts = fields.map(|field| (field, value("plan_parcels", row, field))).into_iter();
                (value("plan_parcels", row, "lot_symbol").to_string(), facts.collect())
            })
            .collect();
        assert_eq!(lots.keys().collect::<Vec<_>>(), ["CN-01", "CN-02", "CX-01"], "{name}");
        assert_eq!(lots["CX-01"]["land_use_code"], Value::from("CX"), "{name}");
        if name == "R12" {
            continue;
        }
        for (symbol, storeys) in [("CN-01", 5), ("CN-02", 5)] {
            let lot = &lots[symbol];
            assert_eq!(lot["area_m2"], Value::Number(8_000.0), "{name} {symbol}");
            assert_eq!(lot["density_max_pct"], Value::Number(60.0), "{name} {symbol}");
            assert_eq!(lot["storeys_max"], Value::Integer(storeys), "{name} {symbol}");
        }
        assert_eq!(lots["CX-01"]["use_vi"], Value::from("Đất cây xanh"), "{name}");
        assert_eq!((report.lines, report.buildings), (1, 1), "{name}");
        let unread: Vec<_> = report.notes.iter().filter(|note| note.kind.code() == "unread_text").collect();
        assert_eq!(unread, Vec::<&_>::new(), "{name}");
    }
}

#[test]
fn a_drawing_that_is_written_is_read_by_another_program_to_the_millimetre() {
    let dir = tempfile::tempdir().unwrap();
    let store = store();
    import_plan(&store, &options(&clean().save(dir.path(), "plan.dxf"))).unwrap();
    let out = dir.path().join("out.dxf");
    export_plan(&store, PlanExport { plan: &id("plan-1"), out: out.clone(), findings: None }).unwrap();
    let Some(answer) = ask(&["read", &out.to_string_lossy()], b"") else { return };
    let answer: Json = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer["faults"], Json::Array(vec![]));
    // 6 is metres.
    assert_eq!(answer["unit"], 6);
    let rings = answer["rings"].as_array().unwrap();
    let of = |layer: &str| rings.iter().filter(|ring| ring["layer"] == layer).collect::<Vec<_>>();
    assert_eq!((of("CN").len(), of("CX").len(), of("CGDD").len(), of("NHA").len()), (2, 1, 1, 1));
    assert_eq!(of("CN")[0]["places"][2], serde_json::json!([572_100.123, 2_330_080.456]));
    assert!((of("CN")[0]["area"].as_f64().unwrap() - 8_000.0).abs() < 1e-6);
    // What the register says stands beside each outline under a name that the drawing declares.
    assert_eq!(answer["known"], true);
    let said = of("CN")[0]["said"].as_array().unwrap();
    assert!(said.contains(&"lot_symbol=CN-01".into()) && said.contains(&"area_m2=8000".into()), "{said:?}");
    assert!(of("NHA")[0]["said"].as_array().unwrap().contains(&"storeys=3".into()));
    let texts: Vec<&str> = answer["texts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    assert!(texts.contains(&"Lô: CN-01\nS = 8000 m²"), "{texts:?}");
}

#[test]
fn loose_lines_enclose_the_faces_that_geos_finds() {
    // A seeded generator of shares of a side: the lines are the same in every run.
    let mut seed = 7u64;
    let mut share = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as f64 / (1u64 << 31) as f64 * 100.0
    };
    let (e, n) = (588_600.0, 2_326_300.0);
    let mut cases: Vec<Vec<Vec<(f64, f64)>>> = Vec::new();
    for count in 1..30 {
        let mut lines = vec![vec![(e, n), (e + 100.0, n), (e + 100.0, n + 100.0), (e, n + 100.0), (e, n)]];
        for _ in 0..count {
            // Ends beyond the square, so that they bound nothing and tolerance decides nothing.
            lines.push(vec![(e + share(), n - 1.0), (e + share(), n + 101.0)]);
            lines.push(vec![(e - 1.0, n + share()), (e + 101.0, n + share())]);
        }
        cases.push(lines);
    }
    let Some(answer) = ask(&["faces"], &serde_json::to_vec(&cases).unwrap()) else { return };
    let answers: Vec<(usize, f64)> = serde_json::from_slice(&answer).unwrap();
    for (lines, (count, total)) in cases.into_iter().zip(answers) {
        let lines: Vec<LineString<f64>> = lines.into_iter().map(LineString::from).collect();
        // A tenth of a millimetre: GEOS has no tolerance.
        let found = faces(&lines, 1e-4).unwrap();
        let sum: f64 = found.polygons.iter().map(Area::unsigned_area).sum();
        assert_eq!(found.polygons.len(), count);
        assert!((sum / total - 1.0).abs() < 1e-6, "{sum} {total}");
    }
}
