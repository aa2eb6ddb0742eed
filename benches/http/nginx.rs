//! nginx, which sends from files what the service makes.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::servers::{Process, free_port};

/// Where nginx is, if it is installed; Debian keeps it off the path of plain users.
pub fn nginx_program() -> Option<PathBuf> {
    let candidates = ["nginx", "/usr/sbin/nginx"].map(PathBuf::from);
    candidates.into_iter().find(|program| Command::new(program).arg("-v").output().is_ok())
}

/// nginx sending files, tuned as one would for that.
pub struct Nginx {
    pub process: Process,
    pub origin: String,
    stop: Command,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Killed, it would leave its workers behind.
        let _ = self.stop.status();
        let _ = self.process.0.wait();
    }
}

impl Nginx {
    pub fn start(program: &Path, directory: &Path, root: &Path) -> Result<Nginx> {
        let port = free_port()?;
        let scratch = directory.join("nginx");
        std::fs::create_dir_all(&scratch)?;
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("{kind}_temp_path {};\n", scratch.join(kind).display()))
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
            pid {scratch}/pid;
            error_log {scratch}/error.log;
            events {{ worker_connections 256; }}
            http {{
                {temporary}
                access_log off;
                sendfile on;
                tcp_nopush on;
                keepalive_requests 100000000;
                open_file_cache max=10000;
                default_type application/geo+json;
                server {{
                    listen 127.0.0.1:{port};
                    root {root};
                    location /gzip/ {{ add_header Content-Encoding gzip; }}
                }}
            }}",
            scratch = scratch.display(),
            root = root.display(),
        );
        let file = scratch.join("nginx.conf");
        std::fs::write(&file, config)?;
        let log = scratch.join("error.log");
        let nginx = || {
            let mut command = Command::new(program);
            command.arg("-c").arg(&file).arg("-e").arg(&log);
            command
        };
        let process = Process(nginx().spawn()?);
        let mut stop = nginx();
        stop.args(["-s", "stop"]);
        let nginx = Nginx { process, origin: format!("http://127.0.0.1:{port}"), stop };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            ensure!(start.elapsed() < Duration::from_secs(10), "nginx did not start, see {}", log.display());
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(nginx)
    }
}
