//! Load by wrk: connections that cycle through a list of paths.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::median::median;
use crate::servers::{Process, processor_seconds};

const THREADS: &str = "2";

/// Requests are formatted once; each thread starts at another place of the list.
const SCRIPT: &str = r#"
local threads = 0
function setup(thread)
  thread:set("place", threads)
  threads = threads + 1
end
function init(args)
  requests = {}
  for path in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("GET", path, { ["Host"] = wrk.headers["Host"], ["Accept-Encoding"] = args[2] })
  end
  at = math.floor(#requests * place / 2)
end
function request()
  at = at % #requests + 1
  return requests[at]
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("SUMMARY %d %d %d %d %d %d\n", summary.requests, summary.duration, summary.bytes,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
"#;

/// What a server did under load.
#[derive(Clone, Copy, Default)]
pub struct Load {
    pub per_second: f64,
    pub megabytes_per_second: f64,
    /// Processor time of a request in the server and its children.
    pub cpu_ms: f64,
    /// How long half of the requests took at most, and 99 in 100.
    pub half_ms: f64,
    pub most_ms: f64,
}

impl Load {
    /// The median of each number.
    pub fn median(rounds: &[Load]) -> Load {
        let of = |number: fn(&Load) -> f64| median(rounds.iter().map(number));
        Load {
            per_second: of(|load| load.per_second),
            megabytes_per_second: of(|load| load.megabytes_per_second),
            cpu_ms: of(|load| load.cpu_ms),
            half_ms: of(|load| load.half_ms),
            most_ms: of(|load| load.most_ms),
        }
    }
}

/// The load generator.
pub struct Wrk {
    script: PathBuf,
    paths: PathBuf,
    seconds: u64,
}

impl Wrk {
    /// `None` where wrk is not installed.
    pub fn find(directory: &Path, seconds: u64) -> Option<Wrk> {
        Command::new("wrk").arg("--version").output().ok()?;
        let (script, paths) = (directory.join("load.lua"), directory.join("paths.txt"));
        std::fs::write(&script, SCRIPT).ok()?;
        Some(Wrk { script, paths, seconds })
    }

    /// # Errors
    /// Any answer that is not a success: a rate of refusals says nothing.
    pub fn run(&self, connections: u32, server: &Process, origin: &str, paths: &[String], gzip: bool) -> Result<Load> {
        std::fs::write(&self.paths, paths.join("\n"))?;
        let before = server.sum(processor_seconds)?;
        let output = Command::new("wrk")
            .args(["--threads", THREADS, "--connections", &connections.to_string(), "--timeout", "30s"])
            .args(["--duration", &format!("{}s", self.seconds), "--script"])
            .arg(&self.script)
            .arg(origin)
            .arg("--")
            .arg(&self.paths)
            .arg(if gzip { "gzip" } else { "identity" })
            .output()?;
        let cpu = server.sum(processor_seconds)? - before;
        let text = String::from_utf8_lossy(&output.stdout);
        let Some(summary) = text.lines().find_map(|line| line.strip_prefix("SUMMARY ")) else {
            bail!("wrk failed at {origin}: {text}{}", String::from_utf8_lossy(&output.stderr));
        };
        let numbers: Vec<f64> = summary.split(' ').map(str::parse).collect::<Result<_, _>>()?;
        let [requests, microseconds, bytes, half, most, errors] = numbers.as_slice() else {
            bail!("wrk said: {summary}")
        };
        let first = paths.first().context("a case without requests")?;
        ensure!(*errors == 0.0, "{errors} of {requests} requests to {origin} failed, such as {first}");
        let seconds = microseconds / 1e6;
        Ok(Load {
            per_second: requests / seconds,
            megabytes_per_second: bytes / seconds / 1e6,
            cpu_ms: cpu * 1000.0 / requests,
            half_ms: half / 1000.0,
            most_ms: most / 1000.0,
        })
    }
}
