//! A worker tries what it must not be able to do.

use std::io::Write;
use std::net::TcpListener;
use std::process::Stdio;

use langxanh::upload::confine::{Probe, Probed};
use langxanh::upload::frames::{Frame, MOST};
use langxanh::upload::{COMMAND, Job, Limits, Order};

use crate::common::langxanh;

fn probed() -> (Probed, bool, bool) {
    let outside = tempfile::tempdir().unwrap();
    let foreign_file = outside.path().join("secret.csv");
    std::fs::write(&foreign_file, "secret").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = tempfile::tempdir().unwrap();
    let order = Order {
        parent: std::process::id(),
        limits: Limits { memory: 3 << 30, seconds: 60, file_bytes: 1 << 20 },
        may_be_free: false,
        job: Job::Probe(Probe {
            foreign_file: foreign_file.clone(),
            address: listener.local_addr().unwrap().to_string(),
            memory: 4 << 30,
        }),
    };
    let mut worker = langxanh(&[COMMAND])
        .env_clear()
        .current_dir(own.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    worker.stdin.take().unwrap().write_all(&serde_json::to_vec(&order).unwrap()).unwrap();
    let output = worker.wait_with_output().unwrap();
    let mut said = output.stdout.as_slice();
    let Some(Frame::Hello(hello)) = Frame::read(&mut said, MOST).unwrap() else { panic!("no greeting") };
    let Some(Frame::Probed(probed)) = Frame::read(&mut said, MOST).unwrap() else { panic!("no answer: {output:?}") };
    assert!(!foreign_file.with_extension("written").exists());
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "somebody connected");
    (probed, hello.confinement.files, hello.confinement.calls)
}

#[test]
fn a_worker_reaches_no_file_outside_its_folder_no_network_and_no_other_process() {
    let (probed, files, calls) = probed();
    if !files || !calls {
        crate::common::skipped(&format!("the kernel confines no further (Landlock: {files}, seccomp: {calls})"));
    }
    let is_refused =
        |what: &str, said: &str| assert!(said.contains("denied") || said.contains("not permitted"), "{what}: {said}");
    if files {
        is_refused("reading", &probed.reads_foreign);
        is_refused("reading by a link", &probed.reads_foreign_by_link);
        is_refused("writing", &probed.writes_foreign);
        is_refused("listing", &probed.lists_root);
    }
    if calls {
        is_refused("connecting", &probed.connects);
        is_refused("listening", &probed.listens);
        is_refused("datagrams", &probed.sends_datagrams);
        is_refused("local sockets", &probed.connects_local);
        is_refused("starting a process", &probed.starts_process);
        is_refused("raising a limit", &probed.raises_limit);
        assert_ne!(probed.starts_thread, "done");
    }
    assert_ne!(probed.takes_memory, "done");
    assert_eq!(probed.writes_own, "done");
    assert_eq!(probed.environment, Vec::<String>::new());
}

#[test]
fn a_worker_ends_where_its_service_is_not_the_one_it_was_started_by() {
    let own = tempfile::tempdir().unwrap();
    let order = Order {
        parent: 1,
        limits: Limits { memory: 3 << 30, seconds: 60, file_bytes: 1 << 20 },
        may_be_free: true,
        job: Job::Picture { file: "a".to_owned() },
    };
    let mut worker = langxanh(&[COMMAND])
        .current_dir(own.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    worker.stdin.take().unwrap().write_all(&serde_json::to_vec(&order).unwrap()).unwrap();
    let output = worker.wait_with_output().unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(String::from_utf8(output.stderr).unwrap().contains("the service has ended"));
}

#[test]
fn nobody_is_told_of_the_workers_command() {
    let help = String::from_utf8(crate::common::run(&["--help"]).stdout).unwrap();
    assert!(help.contains("serve") && !help.contains(COMMAND), "{help}");
}
