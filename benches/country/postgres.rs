//! The database of the benchmark: one that is kept between runs, since ten million parcels take minutes to write.

use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use langxanh::store::postgis::PostgisStore;

use crate::cluster::try_query;
use crate::parcels;
use crate::servers::{Process, free_port, wait_until};

const DATABASE: &str = "country";

/// A server with what a machine of its own would be given; everything else is as PostgreSQL has it.
const SETTINGS: [&str; 6] = [
    "shared_buffers=2GB",
    "maintenance_work_mem=512MB",
    "max_wal_size=8GB",
    "max_connections=200",
    "random_page_cost=1.1",
    "unix_socket_directories=",
];

/// A running server; it ends with the value.
pub struct Postgres {
    pub process: Process,
    programs: PathBuf,
    data: PathBuf,
    pub port: u16,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Killed, it would go through its log at the next start.
        let _ = as_postgres(&self.programs.join("pg_ctl"))
            .args(["stop", "-m", "fast", "-D"])
            .arg(&self.data)
            .stdout(Stdio::null())
            .status();
        let _ = self.process.0.wait();
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}

/// The server refuses to run as root.
fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program).current_dir("/");
    command
}

/// The number of a user by name.
fn user_id(name: &str) -> Result<u32> {
    let output = Command::new("id").args(["-u", name]).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse()?)
}

impl Postgres {
    /// Starts the server on its kept data, and makes these at the first run.
    pub fn start(directory: &Path, programs: &Path) -> Result<Postgres> {
        let data = directory.join("postgres");
        if !data.join("PG_VERSION").exists() {
            std::fs::create_dir_all(&data)?;
            if is_root() {
                let user = user_id("postgres")?;
                chown(&data, Some(user), None)?;
            }
            let made = as_postgres(&programs.join("initdb"))
                .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-D"])
                .arg(&data)
                .stdout(Stdio::null())
                .status()?;
            ensure!(made.success(), "initdb failed in {}", data.display());
        }
        let port = free_port()?;
        let mut server = as_postgres(&programs.join("postgres"));
        server.arg("-D").arg(&data).args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        for setting in SETTINGS {
            server.args(["-c", setting]);
        }
        let log = std::fs::File::create(directory.join("postgres.log"))?;
        let process = Process(server.stdout(Stdio::null()).stderr(log).spawn()?);
        let postgres = Postgres { process, programs: programs.to_owned(), data, port };
        wait_until(60, "PostgreSQL", || postgres.sql("postgres", "SELECT 1").map(drop))?;
        Ok(postgres)
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs SQL and says whether rows come.
    fn sql(&self, database: &str, sql: &str) -> Result<bool> {
        let rows = try_query(&self.url(database), sql).map_err(|error| anyhow!("{sql}: {error}"))?;
        Ok(!rows.is_empty())
    }

    /// The address of the database with so many parcels, which are written if they are not there yet.
    pub fn database(&self, count: usize) -> Result<Database> {
        let name = format!("{DATABASE}_{count}");
        let url = self.url(&name);
        let is_there = self.sql("postgres", &format!("SELECT 1 FROM pg_database WHERE datname = '{name}'"))?;
        // The parcels are one change, so a database that was interrupted holds none of them.
        if is_there && self.sql(&name, "SELECT 1 FROM parcels LIMIT 1").is_ok_and(|has_rows| has_rows) {
            return Ok(Database { url, name, written_s: None });
        }
        if is_there {
            self.sql("postgres", &format!("DROP DATABASE {name}"))?;
        }
        eprintln!("Writing {count} parcels into {url} …");
        self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        self.sql(&name, "CREATE EXTENSION postgis")?;
        let start = Instant::now();
        let store = PostgisStore::create(&url).context("making the store")?;
        parcels::fill(&store, count)?;
        let written_s = Some(start.elapsed().as_secs_f64());
        self.sql(&name, "VACUUM ANALYZE")?;
        Ok(Database { url, name, written_s })
    }
}

/// A database with parcels in it.
pub struct Database {
    pub url: String,
    pub name: String,
    /// How long writing them took, if this run did it.
    pub written_s: Option<f64>,
}
