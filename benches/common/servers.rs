//! Servers as child processes, what they cost, and the plainest of clients.
#![allow(dead_code, reason = "each benchmark uses its own part")]

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// A child that ends with this value, and its children with it: workers do not end with whoever started them.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        let children = self.children().unwrap_or_default();
        let _ = self.0.kill();
        let _ = self.0.wait();
        if !children.is_empty() {
            let _ = Command::new("kill").arg("-9").args(children).stderr(Stdio::null()).status();
        }
    }
}

impl Process {
    fn children(&self) -> Result<Vec<String>> {
        let parent = self.0.id().to_string();
        let mut children = Vec::new();
        for entry in std::fs::read_dir("/proc")? {
            let pid = entry?.file_name().to_string_lossy().into_owned();
            // A process may end while we look.
            let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
            if after_name(&stat).nth(1) == Some(&parent) {
                children.push(pid);
            }
        }
        Ok(children)
    }

    /// Adds up a number over the process and its children: nginx works in those.
    pub fn sum<T: std::iter::Sum>(&self, of: fn(&str) -> Result<T>) -> Result<T> {
        let parent = of(&self.0.id().to_string())?;
        // A child may end while we look: what it used is then its parent's.
        let children = self.children()?.into_iter().filter_map(|pid| of(&pid).ok());
        Ok(std::iter::once(parent).chain(children).sum())
    }
}

/// The fields of `/proc/<pid>/stat` from the state on: the name before may hold spaces.
fn after_name(stat: &str) -> impl Iterator<Item = &str> {
    stat.rsplit(')').next().unwrap_or_default().split_whitespace()
}

/// User and system time of a process and of those of its children that have ended.
pub fn processor_seconds(pid: &str) -> Result<f64> {
    // Linux counts these in hundredths on every architecture (USER_HZ).
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
        wait_until(120, "the service", || fetch(origin, "/readyz", false).map(drop))?;
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

/// Waits until something is done, at most so many seconds.
///
/// # Errors
/// Why it was not, the last time it was tried.
pub fn wait_until(seconds: u64, what: &str, mut done: impl FnMut() -> Result<()>) -> Result<()> {
    let start = Instant::now();
    while let Err(error) = done() {
        ensure!(start.elapsed() < Duration::from_secs(seconds), "{what} was not ready in {seconds} s: {error:#}");
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
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
    let (mut answer, mut first_byte) = (Vec::new(), 0.0);
    fetch_pieces(origin, path, gzip, |piece| {
        if answer.is_empty() {
            first_byte = start.elapsed().as_secs_f64();
        }
        answer.extend_from_slice(piece);
    })?;
    let head =
        answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").context("an answer without an end of its head")?;
    let body = answer.split_off(head + 4);
    let head = String::from_utf8_lossy(&answer);
    ensure!(head.split_whitespace().nth(1) == Some("200"), "{origin}{path}: {head}");
    ensure!(!gzip || head.to_ascii_lowercase().contains("content-encoding: gzip"), "{origin}{path} is not compressed");
    Ok((body, first_byte))
}

/// Reads an answer piece by piece, its head included.
///
/// # Errors
/// When there is no answer.
pub fn fetch_pieces(origin: &str, path: &str, gzip: bool, mut take: impl FnMut(&[u8])) -> Result<()> {
    let host = origin.trim_start_matches("http://");
    let encoding = if gzip { "gzip" } else { "identity" };
    let mut stream = TcpStream::connect(host)?;
    write!(
        stream,
        "GET {path} HTTP/1.0\r\nHost: {host}\r\nAccept: application/geo+json, application/json, */*;q=0.5\r\nAccept-Encoding: {encoding}\r\n\r\n"
    )?;
    let mut piece = vec![0; 1 << 16];
    loop {
        match stream.read(&mut piece)? {
            0 => return Ok(()),
            length => take(&piece[..length]),
        }
    }
}
