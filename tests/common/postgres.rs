//! PostgreSQL for tests: one server for each test binary, on a socket in a temporary folder, a database for each test.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use langxanh::store::postgis::PostgisStore;

/// Makes a cluster, starts the server and says where; ends it and removes everything when its standard input closes, which
/// happens when whoever started it ends in whatever way. Asked for it, it kills the server hard and starts it again.
const UNTIL_WE_END: &str = r#"
    bin=$1; fsync=$2
    folder=$(mktemp -d "${TMPDIR:-/tmp}/langxanh-pg.XXXXXX") && cd "$folder" || exit 1
    "$bin/initdb" -D data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >log 2>&1 || { cat log >&2; rm -rf "$folder"; exit 1; }
    start() {
        "$bin/postgres" -D data -k "$folder" -c listen_addresses= -c fsync=$fsync -c max_connections=150 \
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
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let number = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()).unwrap_or(0);
    let newest = versions.flatten().map(|entry| entry.path()).max_by_key(number)?;
    let programs = newest.join("bin");
    programs.join("initdb").exists().then_some(programs)
}

impl Server {
    /// Starts one; says so and gives `None` where PostgreSQL is not installed. `is_durable` makes it keep what it says it
    /// has kept when it is killed.
    #[expect(clippy::explicit_write, reason = "the test harness hides what eprintln! says when the test passes")]
    pub fn start(is_durable: bool) -> Option<Server> {
        let has_postgis = std::path::Path::new("/usr/share/postgresql").is_dir();
        let Some(programs) = programs().filter(|_| has_postgis) else {
            let why = "no PostgreSQL in /usr/lib/postgresql: nothing was tested on PostGIS; run .ci/setup.sh test";
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
        let mut shell = command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut answers = BufReader::new(shell.stdout.take().unwrap());
        let orders = shell.stdin.take();
        let mut folder = String::new();
        answers.read_line(&mut folder).unwrap();
        assert!(!folder.is_empty(), "PostgreSQL did not start");
        Some(Server { socket: folder.trim_end().into(), shell, orders, answers })
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

/// Started once for all tests of a binary.
static SERVER: LazyLock<Option<Server>> = LazyLock::new(|| {
    let server = Server::start(false)?;
    query(&server.url("postgres", "postgres"), "CREATE DATABASE empty");
    query(&server.url("empty", "postgres"), "CREATE EXTENSION postgis");
    query(&server.url("postgres", "postgres"), "CREATE DATABASE store TEMPLATE empty");
    drop(PostgisStore::create(&server.url("store", "postgres")).unwrap());
    Some(server)
});

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

/// A database of one test; it goes with the value.
pub struct Database {
    pub url: String,
    pub name: String,
}

impl Database {
    /// One with a new store in it; `None` where there is no PostgreSQL.
    pub fn with_store() -> Option<Database> {
        Database::of_template("store")
    }

    /// One with PostGIS and nothing else.
    pub fn empty() -> Option<Database> {
        Database::of_template("empty")
    }

    fn of_template(template: &str) -> Option<Database> {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let server = SERVER.as_ref()?;
        let name = format!("test_{}", MADE.fetch_add(1, Ordering::Relaxed));
        query(&server.url("postgres", "postgres"), &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Some(Database { url: server.url(&name, "postgres"), name })
    }

    /// Its address for another user.
    pub fn url_of(&self, user: &str) -> String {
        SERVER.as_ref().unwrap().url(&self.name, user)
    }

    pub fn query(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        query(&self.url, sql)
    }

    /// The number that a query gives.
    pub fn count(&self, sql: &str) -> i64 {
        self.query(sql)[0][0].as_deref().unwrap().parse().unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(server) = SERVER.as_ref() {
            let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
            let _ = try_query(&server.url("postgres", "postgres"), &sql);
        }
    }
}
