//! Whatever becomes of the process that reads a file is a message to whoever sent it, and nothing else.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bench::{Bench, bench, bench_with};

/// A file that takes seconds to read.
fn long() -> Vec<u8> {
    let mut csv = b"id,ten,lon,lat\n".to_vec();
    (0..400_000).for_each(|n| csv.extend(format!("{n},cum {n},105.8,21\n").bytes()));
    csv
}

/// Waits for a worker that reads.
fn worker(bench: &Bench) -> u32 {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(worker) = bench.workers().first() {
            return *worker;
        }
        assert!(Instant::now() < deadline, "nobody reads");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn is_gone(pid: u32) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat"));
        // A zombie waits for a parent that may be gone itself.
        if state.is_err() || state.is_ok_and(|state| state.contains(") Z ")) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

fn kill(pid: u32) {
    assert!(std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
}

fn serves_on(bench: &Bench) {
    assert_eq!(bench.server.get("/healthz").status, 200);
    assert_eq!(bench.import("a.csv", "collection=after&id-field=id", b"id\n1\n")["inserted"], 1);
    assert!(!bench.server.messages().contains("panicked"), "{}", bench.server.messages());
}

fn failed(read: &Value, reason: &str) {
    assert_eq!(read["state"], "failed", "{read}");
    let detail = read["detail"].as_str().unwrap();
    assert!(detail.contains(reason), "{detail}");
}

#[test]
fn a_worker_that_is_killed_is_a_message_and_the_next_file_is_read() {
    let bench = bench();
    let sent = bench.send("a.csv", "collection=t", &long());
    kill(worker(&bench));
    failed(&bench.wait(sent.header("location").unwrap()), "SIGKILL");
    assert_eq!(bench.commit(&sent.json(), "{}").status, 422);
    serves_on(&bench);
}

#[test]
fn a_file_that_takes_too_long_is_stopped() {
    let bench = bench_with("open_editing = true\n[uploads]\nseconds = 1\n");
    let sent = bench.send("a.csv", "collection=t", &long());
    failed(&bench.wait(sent.header("location").unwrap()), "1 giây");
    assert_eq!(bench.workers(), Vec::<u32>::new());
    assert_eq!(bench.server.get("/healthz").status, 200);
}

#[test]
fn a_worker_that_runs_out_of_memory_is_a_message() {
    // Less than its libraries take: whatever it asks for, there is none.
    let bench = bench_with("open_editing = true\n[uploads]\nmemory_mib = 16\n");
    let read = bench.read("a.csv", "collection=t", b"n\n1\n");
    failed(&read, "dừng đột ngột");
    assert_eq!(bench.server.get("/healthz").status, 200);
}

#[test]
fn a_deleted_import_stops_its_worker() {
    let bench = bench();
    let sent = bench.send("a.csv", "collection=t", &long());
    let reading = worker(&bench);
    bench.forget(&sent.json());
    assert!(is_gone(reading), "nobody wants it and it reads on");
    serves_on(&bench);
}

#[test]
fn a_worker_ends_with_its_service() {
    let mut bench = bench();
    bench.send("a.csv", "collection=t", &long());
    let reading = worker(&bench);
    bench.server.process.kill().unwrap();
    bench.server.process.wait().unwrap();
    assert!(is_gone(reading), "it outlives its service");
}
