//! The way of a file from its sending to its rows: what may be changed on it, what is kept, who may go it.

use serde_json::{Value, json};

use crate::bench::{Bench, bench, bench_with, started};
use crate::common::http::Answer;
use crate::common::{count, langxanh, sample_store};

const CLUSTERS: &str = "id,Ten cum,area_ha\na,A,1\nb,B,2\n";

fn columns(read: &Value) -> Vec<(String, Option<String>, String)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let columns = read["columns"].as_array().unwrap().iter();
    columns.map(|one| (text(&one["source"]).unwrap(), text(&one["field"]), text(&one["why"]).unwrap())).collect()
}

#[test]
fn nobody_imports_where_editing_is_not_open() {
    let bench = bench_with("");
    let answer = bench.send("a.csv", "collection=clusters", CLUSTERS.as_bytes());
    assert!([401, 403].contains(&answer.status), "{}", answer.text());
    for (method, target) in
        [("GET", "/imports/x"), ("PATCH", "/imports/x"), ("DELETE", "/imports/x"), ("POST", "/imports/x/commit")]
    {
        assert!([401, 403, 404].contains(&bench.request(method, target, "").status), "{method} {target}");
    }
    let closed = bench_with("open_editing = true\n[uploads]\nenabled = false\n");
    assert_eq!(closed.send("a.csv", "collection=clusters", CLUSTERS.as_bytes()).status, 403);
}

#[test]
fn what_an_import_is_not_told_is_refused_by_name() {
    let bench = bench();
    let send = |query: &str| bench.send("a.csv", query, CLUSTERS.as_bytes());
    assert_eq!(send("").faults(), ["collection"]);
    assert_eq!(send("collection=clusters&mode=merge&crs=WGS84&encoding=utf9").faults(), ["mode", "crs", "encoding"]);
    assert_eq!(send("collection=clusters&map=x").faults(), ["map"]);
    let unnamed = bench.server.post("/imports?collection=clusters", crate::bench::OCTETS, CLUSTERS.as_bytes());
    assert_eq!(unnamed.faults(), ["filename"]);
    assert_eq!(bench.server.post("/imports?collection=clusters&filename=a.csv", "text/html", b"x").status, 415);
    assert_eq!(bench.server.ask("OPTIONS", "/imports", &[]).header("allow"), Some("POST, OPTIONS"));
    assert_eq!(bench.server.get("/imports").status, 405);
    assert_eq!(bench.send("a.csv", "collection=clusters", b"").faults(), ["file"]);
}

#[test]
fn a_mapping_is_changed_until_it_is_right_and_nothing_is_written_before() {
    let bench = bench();
    let read = bench.read("a.csv", "collection=clusters", CLUSTERS.as_bytes());
    assert_eq!(read["state"], "refused");
    assert!(read["detail"].as_str().unwrap().contains("name_vi"), "{read}");
    let target = format!("/imports/{}", read["id"].as_str().unwrap());
    for (body, pointer) in [("{\"map\": 1}", "/map"), ("{\"mapping\": []}", "/mapping"), ("{\"crs\": 5897}", "/crs")] {
        let answer = bench.request("PATCH", &target, body);
        assert_eq!((answer.status, answer.json()["errors"][0]["pointer"].as_str()), (422, Some(pointer)));
    }
    assert_eq!(bench.request("PATCH", &target, "[]").status, 400);
    let mapping = json!({"mapping": {"fields": {"name_vi": "Ten cum"}, "constants": {"source": "Sở Công Thương", "is_demo": false}}});
    assert_eq!(bench.request("PATCH", &target, &mapping.to_string()).status, 200);
    let read = bench.wait(&target);
    assert_eq!(read["state"], "ready", "{read}");
    let told = |source: &str, field: &str, why: &str| (source.to_owned(), Some(field.to_owned()), why.to_owned());
    assert_eq!(
        columns(&read),
        [told("id", "id", "id"), told("Ten cum", "name_vi", "mapping"), told("area_ha", "area_ha", "name")]
    );
    assert_eq!(read["counts"], json!({"inserted": 2, "updated": 0, "unchanged": 0, "deleted": 0}));
    assert_eq!(read["preview"]["features"][1]["properties"]["source"], "Sở Công Thương");
    assert!(bench.rows("clusters").is_empty());
    assert_eq!(bench.server.json("/collections/clusters/items")["numberMatched"], 0);
    assert_eq!(bench.commit(&read, "{\"note\": 1}").status, 422);
    let done = bench.commit(&read, "{\"message\": \"số liệu 2024\"}");
    assert_eq!((done.status, &done.json()["state"]), (200, &"committed".into()), "{}", done.text());
    // The very next request sees it.
    assert_eq!(bench.server.json("/collections/clusters/items")["numberMatched"], 2);
    assert_eq!(bench.commit(&read, "{}").status, 409, "it is written once");
    assert_eq!(bench.request("PATCH", &target, "{}").status, 409);
    let kept = format!(
        "SELECT count(*) FROM langxanh_sources WHERE sha256 = '{}' AND name = 'a.csv'",
        read["sha256"].as_str().unwrap()
    );
    assert_eq!(count(&bench.store, &kept), 1, "the file is kept");
    let change = "SELECT count(*) FROM langxanh_changes WHERE why = 'số liệu 2024' AND what LIKE 'import a.csv sha256:%' AND inserted = 2";
    assert_eq!(count(&bench.store, change), 1);
    bench.forget(&read);
    assert_eq!(bench.server.get(&target).status, 404);
}

#[test]
fn upsert_completes_and_replace_deletes_as_was_foretold() {
    let bench = bench();
    bench.import("a.csv", "collection=clusters", "id,name_vi,area_ha\na,A,1\nb,B,2\nc,C,3\n".as_bytes());
    let upsert = bench.read("b.csv", "collection=craft_villages&mode=upsert", b"id,name_vi\nx,X\n");
    assert!(upsert["faults"][0]["detail"].as_str().unwrap().contains("to join these attributes to"), "{upsert}");
    let joined = bench.import("b.csv", "collection=clusters&mode=upsert", b"id,area_ha\na,1\nb,5\n");
    assert_eq!(joined, json!({"inserted": 0, "updated": 1, "unchanged": 1, "deleted": 0}));
    let again = bench.read("a.csv", "collection=clusters", b"id,name_vi\na,A\n");
    assert!(again["faults"][0]["detail"].as_str().unwrap().contains("already"), "{again}");
    let replaced =
        bench.import("c.csv", "collection=clusters&mode=replace", "id,name_vi,area_ha\na,A,1\nd,D,4\n".as_bytes());
    assert_eq!(replaced, json!({"inserted": 1, "updated": 0, "unchanged": 1, "deleted": 2}));
    let faulty =
        bench.read("d.csv", "collection=clusters&mode=replace", "id,name_vi,area_ha\na,A,wide\nd,D,4\n".as_bytes());
    assert_eq!(bench.commit(&faulty, "{\"skip_bad\": true}").status, 422, "it would delete a row that was left out");
    assert_eq!(bench.rows("clusters").len(), 2);
}

#[test]
fn a_file_with_several_layers_says_which_there_are() {
    let bench = bench();
    let both = crate::hostile::zipped(&[("mot.csv", b"ten\nA\n"), ("hai.csv", b"ten\nB\n")]);
    let read = bench.read("a.zip", "collection=t", &both);
    assert_eq!((&read["state"], &read["layers"]), (&"refused".into(), &json!(["mot", "hai"])), "{read}");
    let target = format!("/imports/{}", read["id"].as_str().unwrap());
    bench.request("PATCH", &target, "{\"layer\": \"hai\"}");
    assert_eq!(bench.wait(&target)["preview"]["features"][0]["properties"]["ten"], "B");
}

#[test]
fn a_table_that_came_into_being_meanwhile_is_not_written_over() {
    let bench = bench();
    let [first, second] =
        ["ten,so\nA,1\n", "ten\nB\n"].map(|csv| bench.read("a.csv", "collection=moi", csv.as_bytes()));
    assert_eq!(bench.commit(&first, "{}").status, 200);
    let refused = bench.commit(&second, "{}");
    assert_eq!(refused.status, 409, "{}", refused.text());
    let target = format!("/imports/{}", second["id"].as_str().unwrap());
    bench.request("PATCH", &target, "{}");
    let read = bench.wait(&target);
    assert_eq!(bench.commit(&read, "{}").status, 200, "{read}");
    assert_eq!(bench.rows("moi").len(), 2);
}

#[test]
fn a_user_has_ten_files_at_a_time_and_room_for_so_many_bytes() {
    let bench = bench_with("open_editing = true\n[uploads]\nfile_mib = 2\nuser_mib = 3\n");
    let large = vec![b'a'; (2 << 20) - 100];
    let first = bench.send("a.csv", "collection=t", &large);
    assert_eq!(first.status, 201);
    assert_eq!(bench.send("b.csv", "collection=t", &large).status, 409);
    bench.wait(first.header("location").unwrap());
    bench.forget(&first.json());
    let small = || bench.send("a.csv", "collection=t", b"n\n1\n").status;
    assert_eq!((0..10).map(|_| small()).collect::<Vec<_>>(), [201; 10]);
    assert_eq!(small(), 409);
}

#[test]
fn after_a_new_start_an_import_is_gone_and_so_is_its_file() {
    let mut bench = bench();
    let read = bench.read("a.csv", "collection=t", b"n\n1\n");
    let spool = bench.folder.path().join("store.gpkg.uploads");
    let files = || spool.read_dir().unwrap().count();
    assert_eq!(files(), 2, "the import and the lock");
    bench.server.process.kill().unwrap();
    bench.server.process.wait().unwrap();
    bench.server = started(bench.folder.path(), &bench.store, "open_editing = true\n");
    assert_eq!(files(), 1);
    let gone = bench.server.get(&format!("/imports/{}", read["id"].as_str().unwrap()));
    assert!(gone.status == 404 && gone.text().contains("started anew"), "{}", gone.text());
}

#[test]
fn rows_of_a_file_are_judged_one_by_one_and_an_import_is_its_senders() {
    // The sample knows the districts.
    let folder = tempfile::tempdir().unwrap();
    let store = sample_store(folder.path());
    let server = started(folder.path(), &store, "");
    let bench = Bench { folder, store, server };
    let user = |name: &str, flags: &[&str]| add_user(&bench.store, name, flags);
    let lan = user("lan", &["--districts", "Quốc Oai", "--collections", "clusters"]);
    let minh = user("minh", &[]);
    let hoa = user("hoa", &["--proposes"]);
    let ask = |token: &str, method: &str, target: &str, body: &str| {
        let media_type = if target.starts_with("/imports?") { "text/csv" } else { "application/json" };
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            bench.server.address(),
            body.len()
        );
        Answer::parse(&bench.server.exchange(head.as_bytes()))
    };
    let target = |collection: &str| format!("/imports?filename=a.csv&collection={collection}");
    // Whoever is on record now is let in a moment later.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    // Whoever knocks too often is locked out.
    while let answer = ask(&hoa, "GET", "/me", "")
        && answer.status != 200
    {
        assert!(std::time::Instant::now() < deadline, "nobody is let in: {}", answer.status);
        std::thread::sleep(std::time::Duration::from_secs(4));
    }
    assert_eq!(bench.send("a.csv", "collection=clusters", CLUSTERS.as_bytes()).status, 401);
    assert_eq!(ask("lx_nobody", "POST", &target("clusters"), CLUSTERS).status, 401);
    assert_eq!(ask(&hoa, "POST", &target("clusters"), CLUSTERS).status, 403, "a file waits for nobody");
    assert_eq!(ask(&lan, "POST", &target("craft_villages"), CLUSTERS).status, 403);
    let read = |rows: &str| {
        let sent = ask(&lan, "POST", &target("clusters"), &format!("id,name_vi,district_legacy\n{rows}"));
        assert_eq!(sent.status, 201, "{}", sent.text());
        let one = format!("/imports/{}", sent.json()["id"].as_str().unwrap());
        loop {
            let now = ask(&lan, "GET", &one, "").json();
            if now["state"] != "reading" {
                assert_eq!(now["state"], "ready", "{now}");
                return one;
            }
        }
    };
    let mixed = read("a,A,Quốc Oai\nb,B,Thạch Thất\n");
    let refused = ask(&lan, "POST", &format!("{mixed}/commit"), "{}");
    assert!(refused.status == 403 && refused.text().contains("Quốc Oai"), "{}", refused.text());
    let written = "SELECT count(*) FROM clusters WHERE id IN ('a', 'b')";
    assert_eq!(count(&bench.store, written), 0, "nothing of it is written");
    let own = read("a,A,Quốc Oai\n");
    for (method, target) in
        [("GET", own.clone()), ("PATCH", own.clone()), ("DELETE", own.clone()), ("POST", format!("{own}/commit"))]
    {
        assert_eq!(ask(&minh, method, &target, "{}").status, 404, "{method}: it is another's");
    }
    assert_eq!(ask(&lan, "POST", &format!("{own}/commit"), "{}").status, 200);
    assert_eq!(count(&bench.store, "SELECT count(*) FROM langxanh_changes WHERE who = 'lan' AND inserted = 1"), 1);
}

/// Puts an editor on record; the token.
fn add_user(store: &std::path::Path, name: &str, flags: &[&str]) -> String {
    let mut command = langxanh(&["user", "add", name, "--role", "editor", "--store", store.to_str().unwrap()]);
    let output = command.args(flags).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
