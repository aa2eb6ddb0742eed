//! A PostgreSQL with PostGIS of a test's own, on a socket in a temporary folder. It ends with whoever started it, in whatever
//! way. Tests inside the crate use it too: it names nothing of the crate.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::panic)]
#![allow(clippy::explicit_write, reason = "the test harness hides what eprintln! says when the test passes")]

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

/// Makes a cluster, starts the server and says where; ends it and removes everything when its standard input closes, which
/// happens when whoever started it ends in whatever way. Asked for it, it kills the server hard and starts it again.
const UNTIL_WE_END: &str = r#"
    bin=$1; fsync=$2; prepared=$3
    folder=$(mktemp -d "${TMPDIR:-/tmp}/langxanh-pg.XXXXXX") && cd "$folder" || exit 1
    "$bin/initdb" -D data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >log 2>&1 || { cat log >&2; rm -rf "$folder"; exit 1; }
    eval "$prepared" || { rm -rf "$folder"; exit 1; }
    start() {
        "$bin/postgres" -D data -k "$folder" -c listen_addresses=$listen -c fsync=$fsync -c max_connections=150 \
            -c shared_buffers=64MB -c max_wal_size=256MB >>log 2>&1 &
        server=$!
        until "$bin/pg_isready" -q -h "$folder" -U postgres; do
            kill -0 $server 2>/dev/null || { cat log >&2; rm -rf "$folder"; exit 1; }
            sleep 0.05
        done
    }
    start
    echo "$folder"
    while read -r order; do
        case $order in
            kill) all="$server $(pgrep -P $server)"; kill -9 $all; wait $server 2>/dev/null; sleep 0.3; echo killed ;;
            start) start; echo started ;;
        esac
    done
    kill -INT $server 2>/dev/null; wait $server 2>/dev/null; rm -rf "$folder"
"#;

/// A running server. It ends with the value, or with this process.
pub struct Server {
    pub socket: PathBuf,
    shell: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<std::process::ChildStdout>,
}

/// Where Debian keeps the programs of the newest server.
pub fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let number = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()).unwrap_or(0);
    let newest = versions.flatten().map(|entry| entry.path()).max_by_key(number)?;
    let programs = newest.join("bin");
    programs.join("initdb").exists().then_some(programs)
}

impl Server {
    /// Starts one; says so and gives `None` where PostgreSQL is not installed. `is_durable` makes it keep what it says it
    /// has kept when it is killed.
    pub fn start(is_durable: bool) -> Option<Server> {
        Server::prepared(is_durable, "")
    }

    /// As [`Server::start`]; lines of shell are run before it starts, as its user and in its folder, where `data` is.
    pub fn prepared(is_durable: bool, lines: &str) -> Option<Server> {
        let has_postgis = |programs: &PathBuf| {
            let version = programs.parent().and_then(|folder| folder.file_name()).unwrap_or_default();
            PathBuf::from("/usr/share/postgresql").join(version).join("extension/postgis.control").exists()
        };
        let Some(programs) = programs().filter(has_postgis) else {
            let why = "no PostgreSQL with PostGIS: nothing was tested on it; run .ci/setup.sh test";
            writeln!(std::io::stderr(), "SKIPPED: {why}").unwrap();
            return None;
        };
        // The server refuses to run as root.
        let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
        let mut command = if is_root { Command::new("setpriv") } else { Command::new("sh") };
        if is_root {
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh"]);
        }
        command.args(["-c", UNTIL_WE_END, "sh"]).arg(programs).arg(if is_durable { "on" } else { "off" });
        command.arg(lines);
        let mut shell = command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut answers = BufReader::new(shell.stdout.take().unwrap());
        let orders = shell.stdin.take();
        let mut folder = String::new();
        answers.read_line(&mut folder).unwrap();
        assert!(!folder.is_empty(), "PostgreSQL did not start");
        Some(Server { socket: folder.trim_end().into(), shell, orders, answers })
    }

    /// One whose database `postgres` has PostGIS.
    pub fn with_postgis() -> Option<Server> {
        let server = Server::start(false)?;
        server.sql("CREATE EXTENSION postgis");
        Some(server)
    }

    /// Runs SQL in the database `postgres` and gives the first cell of the answer, if there is one.
    pub fn sql(&self, sql: &str) -> String {
        let first = query(&self.url("postgres", "postgres"), sql).into_iter().flatten().next();
        first.flatten().unwrap_or_default()
    }

    /// Kills it as the loss of power does, or starts it again.
    pub fn order(&mut self, order: &str) {
        let orders = self.orders.as_mut().unwrap();
        writeln!(orders, "{order}").and_then(|()| orders.flush()).unwrap();
        self.answers.read_line(&mut String::new()).unwrap();
    }

    pub fn url(&self, database: &str, user: &str) -> String {
        format!("postgres:///{database}?user={user}&host={}", self.socket.display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.shell.wait();
    }
}

/// Runs SQL as another program does; every cell of the answers as a text.
pub fn query(url: &str, sql: &str) -> Vec<Vec<Option<String>>> {
    try_query(url, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// As [`query`], where the server may refuse it.
pub fn try_query(url: &str, sql: &str) -> Result<Vec<Vec<Option<String>>>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
        let connection = tokio::spawn(connection);
        let answer = client.simple_query(sql).await;
        drop(client);
        let _ = connection.await;
        answer
    });
    let told = |error: tokio_postgres::Error| {
        error.as_db_error().map_or_else(|| error.to_string(), |said| said.message().to_owned())
    };
    let rows = answer.map_err(told)?.into_iter().filter_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => {
            Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect())
        }
        _ => None,
    });
    Ok(rows.collect())
}
