//! What the tests of the running service share: the built binary on a free port, a plain HTTP client, a store made once.
//!
//! The client is a socket and nothing more: it follows no redirect, unpacks nothing and keeps header names as they came.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::panic)]

pub mod http;
pub mod rows;

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::LazyLock;

/// The program under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_langxanh");

/// Says aloud that a test does not test what it could, and why.
#[expect(clippy::explicit_write, reason = "the test harness hides what eprintln! says when the test passes")]
pub fn skipped(why: &str) {
    writeln!(std::io::stderr(), "SKIPPED: {why}").unwrap();
}

/// A file of the shared reference folder; says so and gives `None` where that folder is absent.
pub fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("LANGXANH_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let file = root.join(path);
    if file.exists() {
        return Some(file);
    }
    skipped(&format!("no {}; set LANGXANH_SHARED to the shared folder", file.display()));
    None
}

/// The program with some arguments, free of what the caller's environment sets.
pub fn langxanh(arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(arguments);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LANGXANH_")) {
        command.env_remove(name);
    }
    command
}

/// Runs the program to its end.
pub fn run(arguments: &[&str]) -> Output {
    langxanh(arguments).output().unwrap()
}

/// Runs the program, which must succeed.
pub fn succeed(arguments: &[&str]) {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// `serve` on a free port.
pub fn serve(store: &Path) -> Command {
    langxanh(&["serve", "--listen", "127.0.0.1:0", "--store", store.to_str().unwrap()])
}

/// The error with which `serve` ends instead of starting: by itself, and without an address on standard output.
pub fn refusal(command: &mut Command) -> String {
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut first).unwrap();
    if !first.is_empty() {
        process.kill().unwrap();
    }
    let output = process.wait_with_output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(first.is_empty(), "it started: {first}{message}");
    assert_eq!(output.status.code(), Some(1), "{message}");
    let error: Vec<_> = message.lines().skip_while(|line| !line.starts_with("langxanh: ")).collect();
    assert!(!error.is_empty() && !message.contains("panicked"), "{message}");
    error.join("\n")
}

/// The number that a query of the store's file gives: the same facts on a way that does not touch the service.
pub fn count(store: &Path, sql: &str) -> usize {
    let connection = rusqlite::Connection::open(store).unwrap();
    connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap().try_into().unwrap()
}

/// A running service. It ends with the value.
pub struct Server {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    pub process: Child,
    messages: tempfile::NamedTempFile,
    /// Held open: the program must not find a closed pipe where its standard output was.
    _output: BufReader<ChildStdout>,
}

impl Server {
    /// Starts the command and waits for its first line, which must name the address.
    pub fn start(command: &mut Command) -> Server {
        let messages = tempfile::NamedTempFile::new().unwrap();
        let errors = File::create(messages.path()).unwrap();
        let mut process = command.stdout(Stdio::piped()).stderr(errors).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut first = String::new();
        output.read_line(&mut first).unwrap();
        let Some(url) = first.trim_end().strip_prefix("listening on ") else {
            panic!("first line {first:?}: {}", std::fs::read_to_string(messages.path()).unwrap());
        };
        Server { url: url.to_owned(), process, messages, _output: output }
    }

    /// What it has written to standard error so far.
    pub fn messages(&self) -> String {
        std::fs::read_to_string(self.messages.path()).unwrap()
    }

    /// The host and port it listens on.
    pub fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, as some tests want it to.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A service whose registers are there and empty, and the folder of its store.
pub fn empty_service() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("empty.gpkg");
    drop(langxanh::store::gpkg::GpkgStore::create(&store).unwrap());
    let server = Server::start(&mut serve(&store));
    (folder, server)
}

/// A service with the sample and the tables of [`rows`], for tests that only read.
pub struct Readable {
    pub server: Server,
    pub store: PathBuf,
}

/// Started once for all tests of a binary.
pub static READABLE: LazyLock<Readable> = LazyLock::new(|| {
    // A static is never dropped, so a shell stands between: it ends the server and removes the store when its standard
    // input closes, which happens when this process ends in whatever way.
    const UNTIL_WE_END: &str = r#"folder=$1; shift; "$@" & read -r _; kill $!; wait $!; rm -rf "$folder""#;
    let folder = tempfile::tempdir().unwrap().keep();
    let store = sample_store(&folder);
    rows::add(&store);
    let serve = serve(&store);
    let mut command = Command::new("sh");
    command.args(["-c", UNTIL_WE_END, "sh", folder.to_str().unwrap()]).arg(serve.get_program()).args(serve.get_args());
    for (name, _) in serve.get_envs() {
        command.env_remove(name);
    }
    Readable { server: Server::start(command.stdin(Stdio::piped())), store }
});

/// The bundled sample as the program makes it: at rest, a store is one file.
static SAMPLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("langxanh.gpkg");
    succeed(&["sample", "--store", store.to_str().unwrap()]);
    std::fs::read(store).unwrap()
});

/// Makes a store from the sample in a folder.
pub fn sample_store(folder: &Path) -> PathBuf {
    let store = folder.join("langxanh.gpkg");
    std::fs::write(&store, &*SAMPLE).unwrap();
    store
}
