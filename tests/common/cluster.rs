//! A PostgreSQL with PostGIS of a test's own: made in a temporary folder, listening on a socket there, gone with the value.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::panic)]
#![allow(clippy::explicit_write, reason = "the test harness hides what eprintln! says when the test passes")]

use std::io::Write;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Where Debian keeps the programs.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";

/// The user that a server may run as where the test runs as root, which no server may.
const USER: &str = "postgres";

/// A running server; its one user `postgres` needs no password.
pub struct Cluster {
    folder: TempDir,
}

/// A program of PostgreSQL, run as a user that it lets itself be run by.
fn program(name: &str) -> Command {
    let path = Path::new(PROGRAMS).join(name);
    if !rustix::process::geteuid().is_root() {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", USER, "--regid", USER, "--clear-groups"]).arg(path);
    command
}

fn succeed(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The number of a user or group in a file of the system's accounts.
fn number(file: &str, name: &str) -> u32 {
    let accounts = std::fs::read_to_string(file).unwrap();
    let line = accounts.lines().find(|line| line.split(':').next() == Some(name)).unwrap();
    line.split(':').nth(2).unwrap().parse().unwrap()
}

impl Cluster {
    /// Starts a server; says aloud that a test is skipped where PostgreSQL or PostGIS is not installed.
    pub fn start() -> Option<Cluster> {
        let postgis = "/usr/share/postgresql/15/extension/postgis.control";
        for needed in [&format!("{PROGRAMS}/initdb"), postgis] {
            if !Path::new(needed).exists() {
                writeln!(std::io::stderr(), "SKIPPED: no {needed}; install postgresql-15-postgis-3").unwrap();
                return None;
            }
        }
        let cluster = Cluster { folder: tempfile::Builder::new().prefix("langxanh-pg").tempdir().unwrap() };
        if rustix::process::geteuid().is_root() {
            let (user, group) = (number("/etc/passwd", USER), number("/etc/group", USER));
            chown(cluster.folder.path(), Some(user), Some(group)).unwrap();
        }
        let data = cluster.data();
        let data = data.to_str().unwrap();
        succeed(program("initdb").args([
            "-D",
            data,
            "-U",
            USER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]));
        cluster.go_on();
        cluster.sql("CREATE EXTENSION postgis");
        Some(cluster)
    }

    /// Starts the server, for the first time or again.
    pub fn go_on(&self) {
        let (data, log) = (self.data(), self.folder.path().join("log"));
        let socket = self.folder.path().display();
        // Nothing of it has to survive anything.
        let options =
            format!("-k {socket} -c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=50");
        let arguments = ["-D", data.to_str().unwrap(), "-o", &options, "-l", log.to_str().unwrap(), "-w", "start"];
        succeed(program("pg_ctl").args(arguments).stdout(Stdio::null()));
    }

    /// Ends the server at once.
    pub fn stop(&self) {
        let data = self.data();
        let _ = program("pg_ctl").args(["-D", data.to_str().unwrap(), "-m", "immediate", "stop"]).output();
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The folder of its socket, which stands for its address.
    pub fn socket(&self) -> &Path {
        self.folder.path()
    }

    /// Runs statements and gives what they say, one row a line.
    pub fn sql(&self, statements: &str) -> String {
        let mut command = Command::new("psql");
        command.args(["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", USER, "-d", USER, "-c", statements]);
        let output = command.arg("-h").arg(self.folder.path()).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{statements}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}
