//! Servers as child processes, what they cost, and the plainest of clients.
#![allow(dead_code, reason = "each benchmark uses its own part")]

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// A child that ends with this value.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// Adds up a number over the process and its children: nginx works in those.
    pub fn sum<T: std::iter::Sum>(&self, of: fn(&str) -> Result<T>) -> Result<T> {
        let parent = self.0.id().to_string();
        let mut all = vec![of(&parent)?];
        for entry in std::fs::read_dir("/proc")? {
            let pid = entry?.file_name().to_string_lossy().into_owned();
            // A process may end while we look.
            let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
            if after_name(&stat).nth(1) == Some(&parent) {
                all.push(of(&pid)?);
            }
        }
        Ok(all.into_iter().sum())
    }
}

/// The fields of `/proc/<pid>/stat` from the state on: the name before may hold spaces.
fn after_name(stat: &str) -> impl Iterator<Item = &str> {
    stat.rsplit(')').next().unwrap_or_default().split_whitespace()
}

/// User and system time of a process.
pub fn processor_seconds(pid: &str) -> Result<f64> {
    // Linux counts these in hundredths on every architecture (USER_HZ).
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let ticks = after_name(&stat).skip(11).take(2).map(str::parse::<f64>).sum::<Result<f64, _>>()?;
    Ok(ticks / 100.0)
}

/// As [`processor_seconds`], with the time of children that have ended.
pub fn processor_seconds_with_ended(pid: &str) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let ticks = after_name(&stat).skip(11).take(4).map(str::parse::<f64>).sum::<Result<f64, _>>()?;
    Ok(ticks / 100.0)
}

/// Memory that a process holds in RAM.
pub fn resident_bytes(pid: &str) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

/// The service under test.
pub struct Langxanh {
    pub process: Process,
    /// `http://127.0.0.1:PORT`
    pub origin: String,
}

impl Langxanh {
    /// Starts the built binary; also says how many seconds passed until it was ready.
    pub fn start(store: &OsStr) -> Result<(Langxanh, f64)> {
        Langxanh::start_with(store, &[])
    }

    /// As [`Langxanh::start`], with more arguments.
    pub fn start_with(store: &OsStr, arguments: &[&str]) -> Result<(Langxanh, f64)> {
        let start = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_langxanh"))
            .args(["serve", "--listen", "127.0.0.1:0", "--store"])
            .arg(store)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().context("the output of the service")?;
        let process = Process(child);
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let Some(origin) = line.trim().strip_prefix("listening on ") else {
            bail!("the service did not start: {line}")
        };
        while fetch(origin, "/readyz", false).is_err() {
            ensure!(start.elapsed() < Duration::from_secs(120), "the service was not ready within two minutes");
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok((Langxanh { process, origin: origin.to_owned() }, start.elapsed().as_secs_f64()))
    }
}

/// A port that nobody listens on.
///
/// # Errors
/// When there is none.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// The body of an answer exactly as it was sent, compressed if asked for so.
///
/// HTTP/1.0, so that the body is what follows the head until the connection ends; a client library would decompress it.
///
/// # Errors
/// When there is no answer, or its status is not 200.
pub fn fetch(origin: &str, path: &str, gzip: bool) -> Result<Vec<u8>> {
    fetch_timed(origin, path, gzip).map(|(body, _)| body)
}

/// As [`fetch`], with the seconds until the first bytes came.
pub fn fetch_timed(origin: &str, path: &str, gzip: bool) -> Result<(Vec<u8>, f64)> {
    let start = Instant::now();
    let host = origin.trim_start_matches("http://");
    let encoding = if gzip { "gzip" } else { "identity" };
    let mut stream = TcpStream::connect(host)?;
    write!(
        stream,
        "GET {path} HTTP/1.0\r\nHost: {host}\r\nAccept: application/geo+json, application/json, */*;q=0.5\r\nAccept-Encoding: {encoding}\r\n\r\n"
    )?;
    let mut answer = vec![0; 1 << 16];
    let length = stream.read(&mut answer)?;
    answer.truncate(length);
    let first_byte = start.elapsed().as_secs_f64();
    stream.read_to_end(&mut answer)?;
    let head =
        answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").context("an answer without an end of its head")?;
    let body = answer.split_off(head + 4);
    let head = String::from_utf8_lossy(&answer);
    ensure!(head.split_whitespace().nth(1) == Some("200"), "{origin}{path}: {head}");
    ensure!(!gzip || head.to_ascii_lowercase().contains("content-encoding: gzip"), "{origin}{path} is not compressed");
    Ok((body, first_byte))
}

/// Reads an answer piece by piece, its head included, and keeps none of it.
///
/// # Errors
/// When there is no answer.
pub fn fetch_pieces(origin: &str, path: &str, mut take: impl FnMut(&[u8])) -> Result<()> {
    let host = origin.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host)?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {host}\r\nAccept-Encoding: identity\r\n\r\n")?;
    let mut piece = vec![0; 1 << 16];
    loop {
        match stream.read(&mut piece)? {
            0 => return Ok(()),
            length => take(&piece[..length]),
        }
    }
}
