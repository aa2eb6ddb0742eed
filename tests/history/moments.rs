//! `as-of` with a moment: the registers as they were recorded, whatever they say of which day.

use chrono::{SecondsFormat, Utc};
use serde_json::json;

use super::{first_ids, open_service, patch, send, sql, until};
use crate::common::Server;
use crate::common::http::ids;

fn moment() -> String {
    std::thread::sleep(std::time::Duration::from_millis(5));
    let at = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
    std::thread::sleep(std::time::Duration::from_millis(5));
    at
}

/// All features of a register as a service tells them, by id, without links and times.
fn whole(server: &Server, collection: &str, query: &str) -> Vec<serde_json::Value> {
    let mut features: Vec<_> = server
        .pages(&format!("/collections/{collection}/items?limit=1000{query}"))
        .iter()
        .flat_map(|page| page["features"].as_array().unwrap().clone())
        .collect();
    features.sort_by_key(|feature| feature["id"].to_string());
    features
}

#[test]
fn a_moment_that_is_none_lies_ahead_or_is_asked_of_what_has_none_is_refused() {
    let (_folder, _, server) = open_service();
    for (target, named) in [
        ("/collections/clusters/items?as-of=2025-02-29T00:00:00Z", "as-of"),
        ("/collections/clusters/items?as-of=2025-02-28T00:00:00", "as-of"),
        ("/collections/clusters/items?as-of=2999-01-01T00:00:00Z", "as-of"),
        ("/collections/hotspots/items?as-of=2025-02-28T00:00:00Z", "as-of"),
        ("/compliance/targets?as-of=T", "as-of"),
        ("/hotspots?as-of=2025-02-28T00:00:00Z", "as-of"),
    ] {
        assert_eq!(server.get(target).faults(), [named], "{target}");
    }
    // Before the store was made nothing was on record.
    assert_eq!(server.json("/collections/clusters/items?as-of=2001-01-01T00:00:00Z")["numberMatched"], 0);
}

#[test]
fn a_moment_is_answered_as_a_copy_of_the_store_of_that_moment_would_be() {
    let (folder, store, server) = open_service();
    let cluster = first_ids(&server, "clusters", 2);
    let copies = folder.path().join("copies");
    std::fs::create_dir(&copies).unwrap();
    let mut taken = Vec::new();
    let mut take = |name: &str| {
        let at = moment();
        let copy = copies.join(format!("{name}.gpkg"));
        let source = rusqlite::Connection::open(&store).unwrap();
        source.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
        taken.push((at, copy));
    };
    take("first");
    assert_eq!(patch(&server, "clusters", &cluster[0], "name_vi", json!("Tên mới")).status, 204);
    take("second");
    let violation = format!("/collections/violations/items/{}", first_ids(&server, "violations", 9).remove(8));
    assert_eq!(send(&server, "DELETE", &violation, "application/json", "").status, 204);
    sql(
        &store,
        "UPDATE effluent_samples SET value = value * 2 WHERE rowid < 50; DELETE FROM violations WHERE rowid < 5",
    );
    let made = "INSERT INTO violations (id, site_collection, site_id, violation_kind) VALUES ('made-elsewhere', 'clusters', 'x', 'land_use')";
    sql(&store, made);
    until("it is served", || server.get("/collections/violations/items/made-elsewhere").status == 200);
    take("third");
    sql(
        &store,
        "INSERT OR REPLACE INTO violations (id, site_collection, site_id, violation_kind) VALUES ('made-elsewhere', 'clusters', 'y', 'land_use')",
    );
    sql(&store, "UPDATE violations SET id = 'renamed' WHERE id = 'made-elsewhere'");
    until("it is served", || server.get("/collections/violations/items/renamed").status == 200);
    for (at, copy) in &taken {
        let then = Server::start(&mut crate::common::serve(copy));
        for register in ["clusters", "violations", "effluent_samples", "craft_villages", "plans"] {
            assert_eq!(
                whole(&server, register, &format!("&as-of={at}")),
                whole(&then, register, ""),
                "{register} at {at}"
            );
        }
        let rules = |server: &Server, query: &str| {
            server.json(&format!("/compliance/clusters/{}{query}", cluster[0]))["rules"].clone()
        };
        assert_eq!(rules(&server, &format!("?as-of={at}")), rules(&then, ""));
        let targets = |server: &Server, query: &str| server.json(&format!("/compliance/targets{query}"));
        assert_eq!(targets(&server, &format!("?as-of={at}")), targets(&then, ""));
    }
    let page = server.json(&format!("/collections/clusters/items?limit=1&as-of={}", taken[0].0));
    let next = crate::common::http::href(&page, "next").unwrap();
    assert!(next.contains("as-of=") && !ids(&server.json(&next)).is_empty(), "{next}");
}
