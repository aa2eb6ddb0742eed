//! What an operator is told of an instance and its database.

use std::time::{Duration, Instant};

use langxanh::domain::{DataType, FeatureId, Field, Value};
use langxanh::store::postgis::PostgisStore;
use langxanh::store::{Change, Draft, Mode, Origin, Store};

use super::common::{self, Server, rows};
use super::postgres::{self, Database};

pub fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The value of a metric, with its labels as they are written.
pub fn metric(server: &Server, name: &str) -> Option<f64> {
    let text = server.get("/metrics").text().to_owned();
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

#[test]
fn an_instance_says_what_is_missing_and_serves_what_it_can() {
    let Some(mut cluster) = postgres::Server::with_postgis() else { return };
    let url = cluster.url("postgres", "postgres");
    drop(PostgisStore::create(&url).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("langxanh.toml");
    std::fs::write(&config, "open_editing = true\n[uploads]\nenabled = false\n").unwrap();
    let listen = ["serve", "--listen", "127.0.0.1:0", "--store", &url, "--config", config.to_str().unwrap()];
    let server = Server::start(&mut common::langxanh(&listen));
    let ready = || {
        let answer = server.get("/readyz");
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text().to_owned()
    };
    let version = server.get("/collections").header("langxanh-version").unwrap().to_owned();
    assert!(ready().starts_with("ok ") && ready().contains(&format!("\nversion: {version}\n")), "{}", ready());
    until("the database was looked at", || metric(&server, "langxanh_database_writable") == Some(1.0));
    assert!(!ready().contains("missing") && !ready().contains("behind"), "{}", ready());
    until("it is on duty", || metric(&server, "langxanh_on_duty") == Some(1.0));
    assert_eq!(metric(&server, "langxanh_snapshot_behind_changes"), Some(0.0));
    let number: f64 = version.split_once('-').unwrap().1.parse().unwrap();
    assert_eq!(metric(&server, "langxanh_snapshot_version"), Some(number));
    assert_eq!(metric(&server, "langxanh_database_connections{pool=\"store\",state=\"most\"}"), Some(16.0));
    assert!(metric(&server, "langxanh_publish_duration_seconds_count").unwrap() >= 1.0);
    let hits = || metric(&server, "langxanh_cache_hits_total{cache=\"pages\"}").unwrap();
    let before = hits();
    for _ in 0..3 {
        assert_eq!(server.get("/collections/clusters/items?limit=3").status, 200);
    }
    assert!(hits() >= before + 2.0, "{} after {before}", hits());

    cluster.order("kill");
    until("it is missed", || ready().contains("missing: writes: the database cannot be reached"));
    assert!(ready().contains("missing: database: ") && ready().contains("missing: server "), "{}", ready());
    assert_eq!(server.get("/collections/clusters/items").status, 200);
    let feature = br#"{"type":"Feature","geometry":{"type":"MultiPolygon","coordinates":[[[[105.6,21.0],[105.61,21.0],[105.61,21.01],[105.6,21.0]]]]},"properties":{"name_vi":"A"}}"#;
    let write = || server.post("/collections/clusters/items", "application/geo+json", feature);
    let refused = write();
    assert_eq!((refused.status, refused.header("retry-after").is_some()), (503, true), "{}", refused.text());
    assert_eq!(metric(&server, "langxanh_database_writable"), Some(0.0));
    until("nobody is on duty", || metric(&server, "langxanh_on_duty") == Some(0.0));

    cluster.order("start");
    until("nothing is missed", || !ready().contains("missing"));
    assert_eq!(write().status, 201);
    until("it is on duty again", || metric(&server, "langxanh_on_duty") == Some(1.0));
    assert_eq!(metric(&server, "langxanh_database_writable"), Some(1.0));
}

#[test]
fn a_slow_statement_is_logged_with_its_request_and_without_values() {
    let Some(database) = Database::with_store() else { return };
    let lots =
        rows::table("lots", None, vec![Field::plain("owner", DataType::Text), Field::plain("n", DataType::Integer)]);
    let draft = |n: i64| {
        let id = Some(FeatureId::parse(&format!("lot-{n}")).unwrap());
        Ok(Draft { id, values: vec!["Bà Nguyễn Thị Kín".into(), Value::Integer(n)], shape: None })
    };
    let origin = Origin { who: "test".to_owned(), what: "test".to_owned(), why: None };
    let drafts = &mut (1..=30).map(draft);
    let store = PostgisStore::open(&database.url).unwrap();
    store.apply(Change { collection: &lots, mode: Mode::Append, drafts, origin }).unwrap();
    drop(store);
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("langxanh.toml");
    let start = |more: &str| {
        let text = format!("open_editing = true\ntrust_proxy = true\n[uploads]\nenabled = false\n{more}");
        std::fs::write(&config, text).unwrap();
        let listen = ["serve", "--listen", "127.0.0.1:0", "--store", &database.url, "--snapshot", "lots=never"];
        Server::start(common::langxanh(&listen).args(["--config", config.to_str().unwrap()]))
    };
    let server = start("[database]\nslow_ms = 0\n");
    // The line of a request that the database was asked for.
    let logged = |id: &str| {
        let lines: Vec<String> = server.messages().lines().map(str::to_owned).collect();
        let of_it = |line: &&String| line.contains(id) && line.contains("took long over a statement");
        lines.iter().find(of_it).cloned().unwrap_or_else(|| panic!("{id} is not logged: {}", lines.join("\n")))
    };
    let read = server.get("/collections/lots/items?limit=5&filter=owner%20LIKE%20'B%C3%A0%25'%20AND%20n%20%3C%2098765");
    assert_eq!((read.status, read.json()["numberReturned"].as_u64()), (200, Some(5)), "{}", read.text());
    let line = logged(read.header("x-request-id").unwrap());
    assert!(line.contains("FROM \\\"lots\\\"") && line.contains("rows=") && line.contains("ms="), "{line}");
    assert!(!line.contains("98765") && !line.contains("Bà"), "{line}");
    // Downloads go on after their request; what is written is asked of another pool.
    let whole = server.ask("GET", "/collections/lots/download?f=csv", &[("X-Request-Id", "from-the-proxy.1")]);
    assert_eq!((whole.status, whole.header("x-request-id")), (200, Some("from-the-proxy.1")));
    assert!(logged("from-the-proxy.1").contains("rows=30"));
    let typed = ("Content-Type", "application/merge-patch+json");
    let forged = ("X-Request-Id", "a\" sql=\"b");
    let edited =
        server.send("PATCH", "/collections/lots/items/lot-3", &[typed, forged], br#"{"properties":{"n":424242}}"#);
    assert_eq!(edited.status, 204, "{}", edited.text());
    let id = edited.header("x-request-id").unwrap().to_owned();
    assert_ne!(id, forged.1);
    logged(&id);
    let of_it: Vec<String> = server.messages().lines().filter(|line| line.contains(&id)).map(str::to_owned).collect();
    assert!(of_it.iter().any(|line| line.contains("UPDATE")), "{of_it:?}");
    assert!(!server.messages().contains("424242"));
    drop(server);
    let quiet = start("[database]\nslow_ms = 60000\n");
    assert_eq!(quiet.get("/collections/lots/items?limit=5").status, 200);
    assert!(!quiet.messages().contains("took long"));
}

#[test]
fn an_instance_that_cannot_follow_the_database_says_that_it_is_not_ready_until_it_can() {
    let Some(database) = Database::with_store() else { return };
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("langxanh.toml");
    std::fs::write(&config, "[uploads]\nenabled = false\n[database]\nbehind_seconds = 3\n").unwrap();
    let listen = ["serve", "--listen", "127.0.0.1:0", "--store", &database.url, "--config", config.to_str().unwrap()];
    let server = Server::start(&mut common::langxanh(&listen));
    let change = || {
        database
            .query("INSERT INTO milestones (site_collection, site_id, milestone) VALUES ('clusters', 'c', 'founded')")
    };
    let behind = || metric(&server, "langxanh_snapshot_behind_changes");
    until("the database was looked at", || behind() == Some(0.0));
    change();
    until("it follows", || server.json("/collections/milestones/items")["numberMatched"] == 1 && behind() == Some(0.0));

    // Somebody holds a table that each snapshot is read from, as ALTER TABLE and VACUUM FULL do. Others can write.
    let holder = std::thread::spawn({
        let url = database.url.clone();
        move || postgres::try_query(&url, "BEGIN; LOCK TABLE langxanh.langxanh_quarters; SELECT pg_sleep(600)")
    });
    let held = "SELECT count(*) FROM pg_locks WHERE relation = 'langxanh.langxanh_quarters'::regclass
                AND mode = 'AccessExclusiveLock' AND granted";
    until("it is held", || database.count(held) == 1);
    change();
    until("it is behind", || behind() == Some(1.0));
    let within = server.get("/readyz");
    assert!(within.status == 503 || within.text().contains("behind: what is served: 1 changes"), "{}", within.text());
    until("it is not ready", || server.get("/readyz").status == 503);
    let unready = server.get("/readyz").text().to_owned();
    assert!(unready.starts_with("not ready: what is served lacks 1 changes of the database for "), "{unready}");
    assert!(unready.contains(" and 3 s are allowed\n"), "{unready}");
    // It serves what it has to whoever asks all the same, and is alive: nobody should start it again.
    assert_eq!(server.get("/healthz").status, 200);
    assert_eq!(server.json("/collections/milestones/items")["numberMatched"], 1);

    database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()");
    assert!(holder.join().unwrap().is_err());
    until("it is ready again", || server.get("/readyz").status == 200);
    assert!(!server.get("/readyz").text().contains("behind"));
    assert_eq!(server.json("/collections/milestones/items")["numberMatched"], 2);
}
