//! OGC API - Processes Part 1: Core (18-062r2) with the classes that are declared. Comments name its requirements.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::READABLE;
use crate::common::http::{Answer, get, href, json as document, links};

fn execute(body: &str, headers: &[(&str, &str)]) -> Answer {
    send("POST", "/processes/hotspots/execution", body, headers)
}

fn send(method: &str, target: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
    let server = &READABLE.server;
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}Connection: close\r\n\r\n{body}",
        server.address()
    );
    Answer::parse(&server.exchange(request.as_bytes()))
}

fn kind(answer: &Answer) -> String {
    answer.json()["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

#[test]
fn what_cannot_be_executed_is_refused_with_every_fault() {
    assert_eq!(execute("{", &[]).status, 400);
    assert_eq!(execute("[]", &[]).status, 400);
    assert_eq!(execute(r#"{"inputs": []}"#, &[]).status, 400);
    assert_eq!(execute(r#"{"response": "both"}"#, &[]).status, 400);
    assert_eq!(execute(r#"{"outputs": {"map": {}}}"#, &[]).status, 400);
    let picture = r#"{"outputs": {"hotspots": {"format": {"mediaType": "image/png"}}}}"#;
    assert_eq!(execute(picture, &[]).status, 400);
    let faults =
        execute(r#"{"inputs": {"cell": 1e6, "colour": 1, "k": {"a": 1}, "method": "magic", "as-of": "x"}}"#, &[]);
    let mut faults = faults.faults();
    faults.sort();
    faults.dedup();
    assert_eq!(faults, ["as-of", "cell", "colour", "k", "method"]);
    // /req/core/process-exception/no-such-process
    let missing = send("POST", "/processes/nothing/execution", "{}", &[]);
    assert_eq!((missing.status, kind(&missing).as_str()), (404, "no-such-process"));
    let refused = get("/processes/hotspots/execution");
    assert_eq!((refused.status, refused.header("allow")), (405, Some("POST, OPTIONS")));
    // Not a job for later either.
    assert_eq!(execute(r#"{"inputs": {"cell": 1}}"#, &[("Prefer", "respond-async")]).faults(), ["cell"]);
}

#[test]
fn the_process_is_listed_and_described_with_bounds_that_hold() {
    let landing = document("/?f=json");
    let list = document(
        &href(&landing, "http://www.opengis.net/def/rel/ogc/1.0/processes").unwrap()[READABLE.server.url.len()..],
    );
    assert_eq!(list["processes"][0]["id"], "hotspots");
    let described = document("/processes/hotspots");
    for name in ["id", "version", "jobControlOptions", "inputs", "outputs", "links"] {
        assert!(!described[name].is_null(), "{name}");
    }
    assert_eq!(described["inputs"]["method"]["schema"]["enum"], json!(["gi_star", "moran", "kde", "dbscan"]));
    assert_eq!(described["inputs"]["cell"]["schema"]["default"].as_f64(), Some(4000.0));
    assert_eq!(described["inputs"]["seed"]["schema"]["default"], 20250701);
    let conforms = document("/conformance?f=json")["conformsTo"].to_string();
    for class in ["core", "ogc-process-description", "json", "oas30", "dismiss"] {
        assert!(conforms.contains(&format!("ogcapi-processes-1/1.0/conf/{class}\"")), "{class}");
    }
    assert!(!conforms.contains("job-list"), "ids of jobs are known to who made them alone");
    let paths = document("/api")["paths"].clone();
    assert!(paths["/processes/{processId}/execution"]["post"].is_object());
    assert!(paths["/jobs/{jobId}"]["delete"].is_object());
    assert!(paths["/hotspots"]["get"]["parameters"].as_array().unwrap().iter().any(|p| p["name"] == "cell"));
}

#[test]
fn a_run_at_once_is_what_the_address_gives_raw_or_in_a_document() {
    let plain = document("/hotspots?method=kde&cell=5000")["features"].clone();
    // /req/core/process-execute-sync-raw-value-one
    let raw = execute(r#"{"inputs": {"method": "kde", "cell": 5000}}"#, &[]);
    assert_eq!((raw.status, raw.media_type()), (200, "application/geo+json"));
    assert_eq!(raw.json()["features"], plain);
    // /req/core/process-execute-sync-document
    let whole = execute(r#"{"inputs": {"method": "kde", "cell": 5000}, "response": "document"}"#, &[]);
    assert_eq!(whole.media_type(), "application/json");
    assert_eq!(whole.json()["hotspots"]["features"], plain);
    let csv = execute(r#"{"outputs": {"hotspots": {"format": {"mediaType": "text/csv"}}}}"#, &[]);
    assert_eq!(csv.media_type(), "text/csv");
    let empty = execute("", &[]);
    assert_eq!(empty.json()["parameters"]["method"], "gi_star", "no input is needed");
}

fn until(url: &str, is_over: impl Fn(&Value) -> bool) -> Value {
    let start = Instant::now();
    loop {
        let status = get(url).json();
        if is_over(&status) {
            return status;
        }
        assert!(start.elapsed() < Duration::from_secs(50), "{status}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_job_is_made_watched_read_and_dismissed() {
    // /req/core/process-execute-success-async: 201 with the place of the job.
    let made = execute(r#"{"inputs": {"method": "dbscan", "k": 3}}"#, &[("Prefer", "respond-async")]);
    assert_eq!((made.status, made.header("preference-applied")), (201, Some("respond-async")));
    let url = made.header("location").unwrap()[READABLE.server.url.len()..].to_owned();
    assert_eq!(made.json()["processID"], "hotspots");
    // It waits for a place first, where others run.
    let done = until(&url, |status| status["status"] != "accepted" && status["status"] != "running");
    assert_eq!(done["status"], "successful", "{done}");
    assert!(links(&done).iter().any(|link| link["rel"] == "http://www.opengis.net/def/rel/ogc/1.0/results"));
    let results = document(&format!("{url}/results"));
    assert_eq!(results["features"], document("/hotspots?method=dbscan&k=3")["features"]);
    // /req/dismiss/job-dismiss-success
    let dismissed = send("DELETE", &url, "", &[]);
    assert_eq!((dismissed.status, dismissed.json()["status"].as_str()), (200, Some("dismissed")));
    // /req/core/job-exception-no-such-job
    for path in [url.clone(), format!("{url}/results")] {
        let gone = get(&path);
        assert_eq!((gone.status, kind(&gone).as_str()), (404, "no-such-job"), "{path}");
    }
}

#[test]
fn a_long_job_has_no_result_yet_and_ends_when_it_is_dismissed() {
    // 15,000 cells with unequal weights in a wide kernel: some seconds of all cores.
    let long = r#"{"inputs": {"cell": 500, "weights": "kernel", "bandwidth": 6000, "permutations": 9999}}"#;
    let made = execute(long, &[("Prefer", "respond-async")]);
    let url = made.header("location").unwrap()[READABLE.server.url.len()..].to_owned();
    let early = get(&format!("{url}/results"));
    assert_eq!((early.status, kind(&early).as_str()), (404, "result-not-ready"));
    assert_eq!(send("DELETE", &url, "", &[]).status, 200);
    // Its place is free again at once: the next run does not wait for its end.
    let start = Instant::now();
    assert_eq!(get("/hotspots?method=kde&cell=6000").status, 200);
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
}
