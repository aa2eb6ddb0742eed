//! What a download, a client that leaves and a full pool may take.

use std::time::{Duration, Instant};

use langxanh::domain::{DataType, Field};
use langxanh::geom::GeometryKind;
use langxanh::store::Mode;
use langxanh::store::gpkg::GpkgStore;
use langxanh::store::remote::postgres::Bounds;
use tempfile::TempDir;

use super::common::rows;
use super::{Place, begin, piece};

/// A table of which the store beside the database holds no rows.
fn store(folder: &TempDir) -> GpkgStore {
    let path = folder.path().join("tables.gpkg");
    GpkgStore::create(&path).unwrap();
    let fields = vec![Field::plain("name", DataType::Text), Field::plain("n", DataType::Integer)];
    rows::apply(&path, &rows::table("many", Some(GeometryKind::Point), fields), Mode::Append, []);
    GpkgStore::open(&path).unwrap()
}

fn many(place: &Place, count: usize) {
    place.cluster.sql(&format!(
        "INSERT INTO many SELECT g, 'm' || g, ST_SetSRID(ST_MakePoint(105 + g % 1000 * 0.001, 20 + g / 1000 * 0.001), 4326),
         'Thửa đất số ' || g || ', thôn Đoài, xã Dương Liễu', g FROM generate_series(1, {count}) AS g; ANALYZE many"
    ));
}

/// Memory of this process in MiB, now and at its highest.
fn memory() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    };
    (of("VmRSS:"), of("VmHWM:"))
}

#[test]
fn memory_stays_where_it_is_while_a_million_rows_are_sent() {
    let Some(place) = Place::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    place.fill(&store);
    many(&place, 1_000_000);
    let remote = place.remote(&store, Bounds::default());
    let (before, _) = memory();
    let (lines, bytes) = place.runtime.block_on(async {
        let (head, mut body) = begin(&remote, "/collections/many/download?f=csv").await;
        assert_eq!(head.status, 200);
        let (mut lines, mut bytes) = (0, 0);
        while let Some(piece) = piece(&mut body).await {
            let piece = piece.unwrap();
            lines += piece.iter().filter(|byte| **byte == b'\n').count();
            bytes += piece.len();
        }
        (lines, bytes)
    });
    let (_, highest) = memory();
    assert_eq!(lines, 1_000_001);
    assert!(bytes > 60 << 20, "{bytes}");
    assert!(highest < before + 120, "{before} MiB before, {highest} MiB at the highest");
    assert!(place.at_rest());
}

#[test]
fn a_client_that_leaves_takes_its_statement_along() {
    let Some(place) = Place::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    place.fill(&store);
    many(&place, 400_000);
    let remote = place.remote(&store, Bounds::default());
    // In the middle of a download.
    place.runtime.block_on(async {
        let (_, mut body) = begin(&remote, "/collections/many/download?f=geojson").await;
        piece(&mut body).await.unwrap().unwrap();
        piece(&mut body).await.unwrap().unwrap();
    });
    assert!(place.at_rest(), "a download goes on");
    // While the database looks for a row that is not there.
    let slow = "/collections/many/items?filter=ACCENTI(CASEI(name)) LIKE '%25khong co%25'";
    place.runtime.block_on(async {
        let asking = begin(&remote, slow);
        tokio::pin!(asking);
        let is_soon = tokio::time::timeout(Duration::from_millis(400), &mut asking).await;
        assert!(is_soon.is_err(), "the machine is too fast for this test");
    });
    let left = Instant::now();
    assert!(place.at_rest(), "a search goes on");
    assert!(left.elapsed() < Duration::from_secs(2));
    // What was cancelled spoils nothing that comes behind it.
    for n in 1..20 {
        assert_eq!(place.get(&remote, &format!("/collections/many/items?n={n}")).json()["numberReturned"], 1);
    }
}

#[test]
fn pages_rows_and_boxes_are_looked_up_in_indexes() {
    let Some(place) = Place::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    place.fill(&store);
    many(&place, 200_000);
    place.cluster.sql("INSERT INTO many (fid, id) VALUES (300000, 'nowhere')");
    let remote = place.remote(&store, Bounds::default());
    // The database tells what was used up to ten seconds later.
    std::thread::sleep(Duration::from_secs(11));
    for (target, index, returned) in [
        ("/collections/many/items?limit=1000", "many_pkey", 1000),
        ("/collections/many/items/m77", "many_id_key", 1),
        // 11 columns of 0.001° in 11 rows, and the row without a place.
        ("/collections/many/items?limit=500&bbox=105.1005,20.1005,105.1115,20.1115", "many_geom_idx", 122),
        (
            "/collections/many/items?limit=500&filter=S_INTERSECTS(geom,BBOX(105.1005,20.1005,105.1115,20.1115))",
            "many_geom_idx",
            121,
        ),
    ] {
        let scans = || {
            let used = format!("SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = '{index}'");
            place.cluster.sql(&used).parse::<u64>().unwrap()
        };
        let read = || place.cluster.sql("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'many'");
        let (before, walks) = (scans(), read());
        let answer = place.get(&remote, target).json();
        assert_eq!(answer.get("numberReturned").map_or(1, |n| n.as_u64().unwrap()), returned, "{target}");
        // Counts of use are told with a delay of a second.
        let is_used = (0..120).any(|_| {
            std::thread::sleep(Duration::from_millis(100));
            scans() > before
        });
        assert!(is_used, "{target} does not use {index}");
        assert_eq!(read(), walks, "{target} walks through the table");
    }
}

#[test]
fn a_full_pool_and_a_statement_that_takes_too_long_are_told() {
    let Some(place) = Place::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    place.fill(&store);
    many(&place, 300_000);
    let bounds = Bounds { connections: 1, statement: Duration::from_millis(150) };
    let remote = place.remote(&store, bounds);
    let slow = place.get(&remote, "/collections/many/items?filter=ACCENTI(CASEI(name)) LIKE '%25khong co%25'");
    assert_eq!(slow.status, 400, "{}", slow.text());
    assert_eq!(slow.json()["errors"][0]["parameter"], "filter");
    place.runtime.block_on(async {
        // One takes the connection and reads no further.
        let (_, mut body) = begin(&remote, "/collections/many/download?f=ndjson").await;
        piece(&mut body).await.unwrap().unwrap();
        let (head, _) = begin(&remote, "/collections/many/items?limit=1").await;
        assert_eq!(head.status, 503);
        assert!(head.headers.contains_key("retry-after"));
        // It is not lost to those behind.
        drop(body);
        for _ in 0..50 {
            let (head, _) = begin(&remote, "/collections/many/items?limit=2").await;
            if head.status == 200 {
                return;
            }
        }
        panic!("the connection does not come back");
    });
}

#[test]
fn a_database_that_is_gone_is_told_and_does_not_end_the_service() {
    let Some(mut place) = Place::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    place.fill(&store);
    many(&place, 100);
    let remote = place.remote(&store, Bounds::default());
    place.cluster.sql("ALTER TABLE many RENAME TO elsewhere");
    assert_eq!(place.get(&remote, "/collections/many/items").status, 500);
    place.cluster.sql("ALTER TABLE elsewhere RENAME TO many");
    assert_eq!(place.get(&remote, "/collections/many/items?limit=2").status, 200);
    place.cluster.order("kill");
    let gone = place.get(&remote, "/collections/many/items?limit=3");
    assert_eq!(gone.status, 503, "{}", gone.text());
    assert!(gone.headers.contains_key("retry-after"));
    assert_eq!(place.get(&remote, "/collections").status, 200);
    place.cluster.order("start");
    assert_eq!(place.get(&remote, "/collections/many/items?limit=4").status, 200);
}

#[test]
fn a_layer_that_is_too_full_for_a_tile_is_left_out_of_one_with_others_and_refused_alone() {
    let Some(place) = Place::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    rows::add(&folder.path().join("tables.gpkg"));
    place.fill(&store);
    let add = |first: u32, last: u32| {
        place.cluster.sql(&format!(
            "INSERT INTO many SELECT g, 'm' || g, ST_SetSRID(ST_MakePoint(105.8 + (g = 1)::int * 1.5, 21.0 - (g = 1)::int * 1.5), 4326),
             'Thửa', g FROM generate_series({first}, {last}) AS g"
        ));
    };
    // 30,001 of them in one place and one far away, so that four tiles of zoom 8 and none of zoom 7 have few of them on average.
    add(1, 30_002);
    let remote = place.remote(&store, Bounds::default());
    // As many more as a tile is not drawn of: of these no overview knows yet.
    add(30_003, 50_002);
    // The tile around 105.8° E 21° N.
    let tile = "9/225/406";
    let of =
        |collections: &str| place.get(&remote, &format!("/tiles/WebMercatorQuad/{tile}?collections={collections}"));
    for _ in 0..2 {
        let alone = place.get(&remote, &format!("/collections/many/tiles/WebMercatorQuad/{tile}"));
        assert_eq!(alone.status, 400, "{}", alone.body.len());
        assert!(alone.text().contains("look closer"));
        let (both, other) = (of("many,awkward"), of("awkward"));
        assert_eq!((both.status.as_u16(), other.status.as_u16()), (200, 200));
        assert!(!other.body.is_empty() && both.body == other.body);
    }
}
