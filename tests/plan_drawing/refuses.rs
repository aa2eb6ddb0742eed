//! Drawings that are not taken in, each with its reason, and with nothing stored.

use langxanh::geom::Crs;
use langxanh::transfer::drawing::{PlanMode, import_plan};

use crate::fixtures::{Dxf, E, N, add_cluster, clean, id, options, refused, rows, store, value};

#[test]
fn a_drawing_without_a_closed_outline_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut dxf = Dxf::new();
    dxf.polyline("RANH GIOI QH", true, &[(0.0, 0.0), (200.0, 0.0), (200.0, 100.0), (0.0, 100.0)]).polyline(
        "RANH LO",
        false,
        &[(20.0, 20.0), (100.0, 20.0), (100.0, 80.0)],
    );
    refused(&options(&dxf.save(dir.path(), "open.dxf")), &["no closed outline", "open ends", "--snap"]);
}

#[test]
fn a_drawing_without_a_boundary_or_without_known_layers_is_refused_with_its_layers() {
    let dir = tempfile::tempdir().unwrap();
    let square = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)];
    let mut dxf = Dxf::new();
    dxf.polyline("CN", true, &square);
    refused(&options(&dxf.save(dir.path(), "a.dxf")), &["no boundary", "'CN'", "--map"]);
    let mut dxf = Dxf::new();
    dxf.polyline("LOP LA", true, &square);
    refused(&options(&dxf.save(dir.path(), "b.dxf")), &["none of its layers", "'LOP LA'", "--map"]);
    refused(&options(&Dxf::new().save(dir.path(), "c.dxf")), &["holds nothing"]);
}

#[test]
fn a_zone_that_is_not_said_is_proposed_with_the_line_to_run() {
    let dir = tempfile::tempdir().unwrap();
    let path = clean().save(dir.path(), "plan.dxf");
    let mut unsaid = options(&path);
    unsaid.crs = None;
    // The site lies where the drawing does in the zone of 105°: that one comes first.
    refused(
        &unsaid,
        &["does not name its reference system", "EPSG:5897, ", "km from the site", "example: --crs EPSG:5897"],
    );
    let mut wrong = options(&path);
    wrong.crs = Some(Crs::Epsg(5898));
    refused(&wrong, &["outside Hanoi", "longitude 108.", "--crs EPSG:5897"]);
}

#[test]
fn millimetres_and_local_coordinates_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut dxf = Dxf::placed(|x, y| ((E + x) * 1000.0, (N + y) * 1000.0));
    dxf.polyline("CN", true, &[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]);
    refused(&options(&dxf.save(dir.path(), "mm.dxf")), &["millimetres", "--unit mm"]);
    let mut local = Dxf::placed(|x, y| (x, y));
    local.polyline("CN", true, &[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]);
    refused(&options(&local.save(dir.path(), "local.dxf")), &["outside Hanoi"]);
}

#[test]
fn cut_and_damaged_files_are_refused_at_every_length() {
    let dir = tempfile::tempdir().unwrap();
    let whole = clean().bytes();
    let path = dir.path().join("cut.dxf");
    for length in (0..whole.len() - 4).step_by(211) {
        std::fs::write(&path, &whole[..length]).unwrap();
        refused(&options(&path), &[]);
    }
    let text = String::from_utf8(whole).unwrap();
    std::fs::write(&path, text.replacen("\n10\n", "\nzehn\n", 1)).unwrap();
    refused(&options(&path), &["damaged"]);
    std::fs::write(&path, b"PK\x03\x04 no drawing").unwrap();
    refused(&options(&path), &["EOF"]);
}

#[test]
fn what_is_too_large_or_no_drawing_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("large.dxf");
    std::fs::File::create(&path).unwrap().set_len((100 << 20) + 1).unwrap();
    refused(&options(&path), &["100 MiB"]);
    let path = dir.path().join("plan.kml");
    std::fs::write(&path, "<kml><Document></Document></kml>").unwrap();
    refused(&options(&path), &["a plan is taken from DXF"]);
}

#[test]
fn blocks_in_blocks_and_endless_arcs_are_refused_before_they_are_drawn() {
    let dir = tempfile::tempdir().unwrap();
    // Six blocks, each with 60 of the one before: 60 to the sixth lines.
    let mut blocks =
        String::from("0\nBLOCK\n2\nB0\n10\n0\n20\n0\n0\nLINE\n8\n0\n10\n0\n20\n0\n11\n1\n21\n1\n0\nENDBLK\n");
    for block in 1..6 {
        blocks += &format!("0\nBLOCK\n2\nB{block}\n10\n0\n20\n0\n");
        blocks += &format!("0\nINSERT\n8\n0\n2\nB{}\n10\n0\n20\n0\n", block - 1).repeat(60);
        blocks += "0\nENDBLK\n";
    }
    let mut dxf = clean();
    dxf.raw("INSERT", "0", "2\nB5\n10\n0\n20\n0\n");
    let text = String::from_utf8(dxf.bytes()).unwrap();
    let section = format!("0\nSECTION\n2\nBLOCKS\n{blocks}0\nENDSEC\n0\nSECTION\n2\nENTITIES\n");
    let path = dir.path().join("blocks.dxf");
    std::fs::write(&path, text.replace("0\nSECTION\n2\nENTITIES\n", &section)).unwrap();
    refused(&options(&path), &["blocks and arcs", "10000000 vertices"]);
    // A block that shows itself.
    let round = section.replace("INSERT\n8\n0\n2\nB0\n", "INSERT\n8\n0\n2\nB5\n");
    std::fs::write(&path, text.replace("0\nSECTION\n2\nENTITIES\n", &round)).unwrap();
    refused(&options(&path), &["blocks and arcs"]);
    let mut dxf = clean();
    dxf.raw("CIRCLE", "CX", "10\n572000\n20\n2330000\n40\n1e12\n");
    refused(&options(&dxf.save(dir.path(), "arc.dxf")), &["blocks and arcs"]);
}

#[test]
fn a_plan_that_is_there_a_site_that_is_not_and_a_senseless_tolerance_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = clean().save(dir.path(), "plan.dxf");
    let mut elsewhere = options(&path);
    elsewhere.site.1 = id("nowhere");
    refused(&elsewhere, &["no site clusters/nowhere"]);
    let mut wide = options(&path);
    wide.snap_m = 5.0;
    refused(&wide, &["--snap"]);
    let store = store();
    import_plan(&store, &options(&path)).unwrap();
    let again = import_plan(&store, &options(&path)).unwrap_err().to_string();
    assert!(again.contains("already") && again.contains("--mode replace"), "{again}");
    assert_eq!(rows(&store, "plan_parcels").len(), 3);
}

#[test]
fn hatching_drawn_as_loose_lines_is_refused_before_it_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    let mut dxf = clean();
    // 700 lines to the east and 700 to the north cross in 490 000 places.
    for n in 0..700 {
        let at = f64::from(n) * 0.1;
        dxf.polyline("RANH LO", false, &[(at, -1.0), (at + 0.05, 101.0)]);
        dxf.polyline("RANH LO", false, &[(-1.0, at), (201.0, at + 0.05)]);
    }
    let wanted = options(&dxf.save(dir.path(), "hatching.dxf"));
    let begun = std::time::Instant::now();
    refused(&wanted, &["layer lots", "cut more than 400000 times", "--map"]);
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

#[test]
fn a_plan_away_from_its_site_is_refused_with_the_zone_in_which_it_would_lie_there() {
    let dir = tempfile::tempdir().unwrap();
    let mut other = options(&clean().save(dir.path(), "plan.dxf"));
    // Read in the zone of 104°45' the drawing lies 26 km further west, still in Hanoi.
    other.crs = Some(Crs::Epsg(9208));
    refused(&other, &["km from the middle of its site", "--crs EPSG:5897", "--away-from-site"]);
    other.is_away = true;
    let store = store();
    let report = import_plan(&store, &other).unwrap();
    assert!(report.notes.iter().any(|note| note.kind.code() == "away_from_site"));
}

#[test]
fn a_plan_is_not_moved_to_another_site_by_a_slip() {
    let dir = tempfile::tempdir().unwrap();
    let path = clean().save(dir.path(), "plan.dxf");
    let store = store();
    add_cluster(&store, "ccn-2");
    import_plan(&store, &options(&path)).unwrap();
    let mut other = options(&path);
    (other.mode, other.site.1) = (PlanMode::Replace, id("ccn-2"));
    let error = import_plan(&store, &other).unwrap_err().to_string();
    assert!(error.contains("is for clusters/ccn-1") && error.contains("--move-site"), "{error}");
    let site = |store: &dyn langxanh::store::Store| value("plans", &rows(store, "plans")[0], "site_id");
    assert_eq!(site(&store), "ccn-1".into());
    other.moves_site = true;
    import_plan(&store, &other).unwrap();
    assert_eq!(site(&store), "ccn-2".into());
}

#[test]
fn a_dry_run_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut dry = options(&clean().save(dir.path(), "plan.dxf"));
    dry.dry_run = true;
    dry.mode = PlanMode::Replace;
    let store = store();
    let report = import_plan(&store, &dry).unwrap();
    assert_eq!((report.lots, report.applied.len()), (3, 0));
    assert_eq!(rows(&store, "plans"), vec![]);
    assert_eq!(store_source(&store, &report.sha256), None);
}

fn store_source(store: &dyn langxanh::store::Store, sha256: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut each = |piece: &[u8]| {
        bytes.extend_from_slice(piece);
        Ok(())
    };
    store.source(sha256, &mut each).unwrap().map(|_| bytes)
}
