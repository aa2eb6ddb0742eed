//! Tiles of a store that changes while it is served.

use std::time::{Duration, Instant};

use crate::common::{Server, sample_store, serve, succeed};
use crate::tiles::{decoded, path, text};

#[test]
fn a_new_place_is_in_the_next_tile_and_tiles_of_other_collections_stay_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    let import = |id: &str, lon: f64, lat: f64| {
        let file = folder.path().join(format!("{id}.csv"));
        std::fs::write(&file, format!("id,lon,lat\n{id},{lon},{lat}\n")).unwrap();
        let (file, store) = (file.to_str().unwrap(), store.to_str().unwrap());
        let table = ["--collection", "marks", "--id-field", "id", "--crs", "OGC:CRS84", "--store", store];
        succeed(&[&["import", file][..], &table].concat());
    };
    import("first", 105.85, 21.02);
    let server = Server::start(&mut serve(&store));
    let tile = format!("/collections/marks/{}", path(10, (105.85, 21.02)));
    let other = format!("/collections/waterways/{}", path(10, (105.85, 21.02)));
    let shown = || {
        let answer = server.get(&tile);
        let layers = decoded(&answer.body);
        let mut ids: Vec<String> = layers["marks"].iter().filter_map(|f| text(f, "id").map(str::to_owned)).collect();
        ids.sort();
        ids
    };
    assert_eq!(shown(), ["first"]);
    let (before, other_before) = (server.get(&tile), server.get(&other));

    import("second", 105.95, 21.03);
    let deadline = Instant::now() + Duration::from_secs(60);
    while shown() != ["first", "second"] {
        assert!(Instant::now() < deadline, "the tile shows {:?}", shown());
    }
    let again = |target: &str, etag: &str| server.ask("GET", target, &[("If-None-Match", etag)]).status;
    assert_eq!(again(&tile, before.header("etag").unwrap()), 200);
    assert_eq!(again(&other, other_before.header("etag").unwrap()), 304);
}

#[test]
fn low_zooms_are_made_before_anybody_asks_and_every_other_tile_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&mut serve(&sample_store(folder.path())));
    let made = || {
        let answer = server.get("/metrics");
        let line = answer.text().lines().find_map(|line| line.strip_prefix("langxanh_tiles_made_total "));
        line.unwrap().parse::<u64>().unwrap()
    };
    // Made ahead until nothing more comes.
    let deadline = Instant::now() + Duration::from_secs(120);
    let mut before = made();
    loop {
        std::thread::sleep(Duration::from_secs(1));
        let now = made();
        if now == before && now > 0 {
            break;
        }
        assert!(Instant::now() < deadline, "{now} tiles and no end");
        before = now;
    }
    let place = (105.75, 20.98);
    for zoom in [0, 5, 8, 10] {
        for of in ["", "/collections/clusters"] {
            assert_eq!(server.get(&format!("{of}/{}", path(zoom, place))).status, 200);
        }
    }
    assert_eq!(made(), before, "what was made ahead was made again");
    let deep = format!("/collections/admin_units/{}", path(13, place));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(server.get(&deep).status, 200));
        }
    });
    assert_eq!(made(), before + 1);
}
