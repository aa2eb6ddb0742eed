//! nginx, which sends files or stands before other servers.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::servers::{Process, free_port, wait_until};

/// Where nginx is, if it is installed; Debian keeps it off the path of plain users.
pub fn program() -> Option<PathBuf> {
    let candidates = ["nginx", "/usr/sbin/nginx"].map(PathBuf::from);
    candidates.into_iter().find(|program| Command::new(program).arg("-v").output().is_ok())
}

/// A running nginx.
pub struct Nginx {
    pub process: Process,
    pub origin: String,
}

impl Nginx {
    /// Starts it with its files in a directory, which is made; `http` and `server` are what stands in these blocks of its
    /// configuration besides.
    pub fn start(program: &Path, directory: &Path, http: &str, server: &str) -> Result<Nginx> {
        let port = free_port()?;
        std::fs::create_dir_all(directory)?;
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("{kind}_temp_path {};\n", directory.join(kind).display()))
            .collect();
        // As root, workers would otherwise become a user that cannot read a clone in someone's home.
        let user = if std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0) {
            "user root;"
        } else {
            ""
        };
        let config = format!(
            "{user}
            daemon off;
            worker_processes auto;
            pid {directory}/pid;
            error_log {directory}/error.log;
            events {{ worker_connections 256; }}
            http {{
                {temporary}
                access_log off;
                {http}
                server {{
                    listen 127.0.0.1:{port};
                    {server}
                }}
            }}",
            directory = directory.display(),
        );
        let file = directory.join("nginx.conf");
        std::fs::write(&file, config)?;
        let log = directory.join("error.log");
        let process = Process(Command::new(program).arg("-c").arg(&file).arg("-e").arg(&log).spawn()?);
        let what = format!("nginx, whose log is {},", log.display());
        wait_until(10, &what, || Ok(TcpStream::connect(("127.0.0.1", port)).map(drop)?))?;
        Ok(Nginx { process, origin: format!("http://127.0.0.1:{port}") })
    }
}
