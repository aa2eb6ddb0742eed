//! A standby that does not come on: what is told of it, and who is asked meanwhile.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use langxanh::domain::{DataType, FeatureId, Field, Value};
use langxanh::store::postgis::PostgisStore;
use langxanh::store::{Change, Draft, Mode, Origin, Store};

use super::common::{self, Server, rows};
use super::operated::{metric, until};
use super::postgres;

/// A primary with a store of some lots, and a standby that streams from it.
fn primary_and_standby() -> Option<(postgres::Server, postgres::Server)> {
    let primary = postgres::Server::with_postgis()?;
    let fields = vec![Field::plain("owner", DataType::Text), Field::plain("n", DataType::Integer)];
    let lots = rows::table("lots", None, fields);
    let draft = |n: i64| {
        let id = Some(FeatureId::parse(&format!("lot-{n}")).unwrap());
        Ok(Draft { id, values: vec!["Bà Kín".into(), Value::Integer(n)], shape: None })
    };
    let origin = Origin { who: "test".to_owned(), what: "test".to_owned(), why: None };
    let store = PostgisStore::create(&primary.url("postgres", "postgres")).unwrap();
    let drafts = &mut (1..=30).map(draft);
    store.apply(Change { collection: &lots, mode: Mode::Append, drafts, origin }).unwrap();
    let copied = format!(
        "rm -rf data; \"$bin/pg_basebackup\" -h '{}' -U postgres -D data -R -X stream --checkpoint=fast >log 2>&1 \
         || {{ cat log >&2; false; }}",
        primary.socket.display()
    );
    let standby = postgres::Server::prepared(false, &copied)?;
    assert_eq!(standby.sql("SELECT pg_is_in_recovery()"), "t");
    Some((primary, standby))
}

/// Connections of the service whose last statement at a server was one for lots, with when it was.
fn asked(server: &postgres::Server) -> BTreeSet<String> {
    let connections = server.sql(
        "SELECT coalesce(string_agg(pid || ' ' || query_start, ','), '') FROM pg_stat_activity
         WHERE application_name = 'langxanh reads' AND query LIKE '%FROM \"lots\"%'",
    );
    connections.split_terminator(',').map(str::to_owned).collect()
}

#[test]
fn a_standby_that_does_not_come_on_is_told_with_changes_and_seconds_and_passed_over_until_it_does() {
    let Some((primary, standby)) = primary_and_standby() else { return };
    let (one, two) = (primary.socket.display(), standby.socket.display());
    let url = format!("postgres:///postgres?user=postgres&host={one}&host={two}");
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("langxanh.toml");
    std::fs::write(&config, "open_editing = true\n[uploads]\nenabled = false\n").unwrap();
    let listen = ["serve", "--listen", "127.0.0.1:0", "--store", &url, "--snapshot", "lots=never"];
    let server = Server::start(common::langxanh(&listen).args(["--config", config.to_str().unwrap()]));
    let ready = || {
        let answer = server.get("/readyz");
        assert_eq!(answer.status, 200, "a standby that is behind keeps nobody from serving: {}", answer.text());
        answer.text().to_owned()
    };
    let lag = |what: &str| metric(&server, &format!("langxanh_database_behind_{what}{{server=\"2\"}}"));
    let asked_for = std::cell::Cell::new(1000);
    let read = |n: i64| {
        // No question twice: what was answered is in memory.
        asked_for.set(asked_for.get() + 1);
        let answer = server.get(&format!("/collections/lots/items?filter=n%3D{n}%20AND%20n%3C{}", asked_for.get()));
        let ids: Vec<_> = answer.json()["features"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
        assert_eq!((answer.status, ids), (200, vec!["lot-3".into()]), "{}", answer.text());
    };
    until("the standby is looked at", || lag("changes") == Some(0.0));
    assert!(!ready().contains("behind"), "{}", ready());
    until("the standby is read", || {
        read(3);
        !asked(&standby).is_empty()
    });

    standby.sql("SELECT pg_wal_replay_pause()");
    until("its replay has stopped", || standby.sql("SELECT pg_get_wal_replay_pause_state()") == "paused");
    let typed = [("Content-Type", "application/merge-patch+json")];
    let write = |n: i64| {
        let body = format!("{{\"properties\":{{\"n\":{n}}}}}");
        let answer = server.send("PATCH", "/collections/lots/items/lot-3", &typed, body.as_bytes());
        assert_eq!(answer.status, 204, "{}", answer.text());
    };
    write(41);
    write(42);
    let (before, of_primary) = (asked(&standby), asked(&primary));
    for _ in 0..20 {
        read(42);
    }
    // It was asked how far it has come, and for no rows.
    let since = asked(&standby);
    assert!(since.is_subset(&before), "a standby that lacks what is served was asked for rows: {since:?}");
    assert_ne!(asked(&primary), of_primary);
    until("the lag is told", || ready().contains("behind: server 2: 2 changes, "));
    assert_eq!(lag("changes"), Some(2.0));
    let (first, since) = (lag("seconds").unwrap(), Instant::now());
    std::thread::sleep(Duration::from_secs(2));
    until("the seconds go on", || lag("seconds").unwrap() >= first + 1.0);
    assert!(lag("seconds").unwrap() <= first + since.elapsed().as_secs_f64() + 2.0, "they are seconds");
    assert!(!ready().contains("behind: what is served"), "{}", ready());
    // The primary alone takes the pages of a walk too, and the standby still answers for itself.
    assert_eq!(server.get("/collections/lots/items?limit=10").json()["numberReturned"], 10);
    assert_eq!(metric(&server, "langxanh_database_up{server=\"2\"}"), Some(1.0));

    standby.sql("SELECT pg_wal_replay_resume()");
    until("it has come on", || lag("changes") == Some(0.0) && !ready().contains("behind"));
    assert_eq!(lag("seconds"), Some(0.0));
    until("the standby is read again", || {
        read(42);
        !asked(&standby).is_subset(&before)
    });
}
