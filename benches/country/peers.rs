//! The peers: started on the same table as the service, each as its own documents advise.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::nginx::{self, Nginx};
use crate::postgres::{Database, Postgres};
use crate::requests::Request;
use crate::servers::{Process, fetch, free_port, wait_until};

/// A server under test.
pub struct Server {
    pub name: &'static str,
    pub origin: String,
    /// Its processes.
    pub processes: Vec<Process>,
    path: fn(&Request) -> Option<String>,
}

impl Server {
    pub fn new(
        name: &'static str,
        origin: String,
        processes: Vec<Process>,
        path: fn(&Request) -> Option<String>,
    ) -> Server {
        Server { name, origin, processes, path }
    }

    /// Where it has the answer to a request; `None` where it has none.
    pub fn path(&self, request: &Request) -> Option<String> {
        (self.path)(request)
    }
}

/// Waits until a path is answered.
fn wait_for(server: Server, path: &str) -> Result<Server> {
    wait_until(90, server.name, || fetch(&server.origin, path, false).map(drop))?;
    Ok(server)
}

/// As many processes as there are cores.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Every peer that is installed; the others are named.
pub fn start(directory: &Path, postgres: &Postgres, database: &Database) -> Result<Vec<Server>> {
    let mut servers = Vec::new();
    for (name, found) in [
        ("TiPG", tipg(directory, database)?),
        ("QGIS Server", qgis_server(directory, postgres, database)?),
        ("Martin", martin(directory, database)?),
    ] {
        match found {
            Some(server) => servers.push(server),
            None => eprintln!("{name} is not installed: it is left out"),
        }
    }
    Ok(servers)
}

fn log(directory: &Path, name: &str) -> Result<std::fs::File> {
    std::fs::File::create(directory.join(name)).with_context(|| format!("the log {name}"))
}

/// TiPG in the environment that `.ci/setup.sh country` makes, with as many workers as there are cores.
fn tipg(directory: &Path, database: &Database) -> Result<Option<Server>> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/python/bin/python");
    let has_tipg = Command::new(&python).args(["-c", "import tipg, uvicorn"]).stderr(Stdio::null()).status();
    if !has_tipg.is_ok_and(|status| status.success()) {
        return Ok(None);
    }
    let port = free_port()?;
    let process = Command::new(python)
        .args(["-m", "uvicorn", "tipg.main:app", "--host", "127.0.0.1", "--port", &port.to_string()])
        .args(["--workers", &cores().to_string(), "--log-level", "error", "--no-access-log"])
        .env("DATABASE_URL", database.url.replace("postgres://", "postgresql://"))
        .env("TIPG_DB_SCHEMAS", r#"["public"]"#)
        .env("TIPG_MAX_FEATURES_PER_QUERY", "10000")
        .stdout(Stdio::null())
        .stderr(log(directory, "tipg.log")?)
        .spawn()?;
    let path = |request: &Request| {
        let collection = "/collections/public.parcels";
        Some(match request {
            Request::First(count) => format!("{collection}/items?limit={count}"),
            Request::One(id) => format!("{collection}/items/{id}"),
            Request::Box(bbox) => format!("{collection}/items?limit=1000&bbox={bbox}"),
            Request::Filter(condition) => format!("{collection}/items?limit=1000&filter={condition}"),
            Request::Tile { zoom, row, col } => format!("{collection}/tiles/WebMercatorQuad/{zoom}/{col}/{row}"),
        })
    };
    let server = Server::new("TiPG", format!("http://127.0.0.1:{port}"), vec![Process(process)], path);
    wait_for(server, "/collections/public.parcels").map(Some)
}

/// QGIS Server, as many processes as there are cores behind nginx.
fn qgis_server(directory: &Path, postgres: &Postgres, database: &Database) -> Result<Option<Server>> {
    let program = Path::new("/usr/lib/cgi-bin/qgis_mapserv.fcgi");
    let (true, Some(nginx)) = (program.exists(), nginx::program()) else { return Ok(None) };
    let directory = directory.join("qgis");
    std::fs::create_dir_all(&directory)?;
    let project = directory.join("project.qgs");
    let made = Command::new("/usr/bin/python3")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/country/project.py"))
        .arg(&project)
        .args([&postgres.port.to_string(), &database.name])
        .stdout(Stdio::null())
        .stderr(log(&directory, "project.log")?)
        .status()?;
    ensure!(made.success(), "the project of QGIS was not written, see {}", directory.join("project.log").display());
    let socket = directory.join("socket");
    let _ = std::fs::remove_file(&socket);
    let listener = OwnedFd::from(std::os::unix::net::UnixListener::bind(&socket)?);
    let mut processes = Vec::new();
    for number in 0..cores() {
        let process = Command::new(program)
            .env("QGIS_PROJECT_FILE", &project)
            .env("QGIS_SERVER_API_WFS3_MAX_LIMIT", "10000")
            .env("QT_QPA_PLATFORM", "offscreen")
            .env("HOME", &directory)
            .stdin(Stdio::from(listener.try_clone()?))
            .stdout(Stdio::null())
            .stderr(log(&directory, &format!("server-{number}.log"))?)
            .spawn()?;
        processes.push(Process(process));
    }
    let server = format!(
        "location / {{
            include /etc/nginx/fastcgi_params;
            fastcgi_param SCRIPT_NAME '';
            fastcgi_read_timeout 300s;
            fastcgi_buffers 256 64k;
            fastcgi_pass unix:{};
        }}",
        socket.display()
    );
    let Nginx { process, origin } = Nginx::start(&nginx, &directory.join("nginx"), "", &server)?;
    processes.push(process);
    let path = |request: &Request| {
        let items = "/wfs3/collections/parcels/items";
        match request {
            Request::First(count) => Some(format!("{items}.geojson?limit={count}")),
            Request::One(id) => Some(format!("{items}/{id}.geojson")),
            Request::Box(bbox) => Some(format!("{items}.geojson?limit=1000&bbox={bbox}")),
            // It has no CQL2; equality by plain parameters is what these conditions need.
            Request::Filter(condition) => {
                let plain = condition.replace("%20AND%20", "&").replace("%3D", "=").replace('\'', "");
                Some(format!("{items}.geojson?limit=1000&{plain}"))
            }
            Request::Tile { .. } => None,
        }
    };
    let server = Server::new("QGIS Server", origin, processes, path);
    wait_for(server, "/wfs3/collections.json").map(Some)
}

/// Martin from the path or where `.ci/setup.sh country` puts it.
fn martin(directory: &Path, database: &Database) -> Result<Option<Server>> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/martin/bin/martin");
    let candidates = [ours, PathBuf::from("martin")];
    let works = |program: &PathBuf| Command::new(program).arg("--version").output().is_ok();
    let Some(program) = candidates.into_iter().find(works) else { return Ok(None) };
    let port = free_port()?;
    let process = Command::new(program)
        .args(["--listen-addresses", &format!("127.0.0.1:{port}"), "--auto-bounds", "skip"])
        .arg(database.url.replace("postgres://", "postgresql://"))
        .stdout(Stdio::null())
        .stderr(log(directory, "martin.log")?)
        .spawn()?;
    let path = |request: &Request| match request {
        Request::Tile { zoom, row, col } => Some(format!("/parcels/{zoom}/{col}/{row}")),
        _ => None,
    };
    let server = Server::new("Martin", format!("http://127.0.0.1:{port}"), vec![Process(process)], path);
    wait_for(server, "/catalog").map(Some)
}
