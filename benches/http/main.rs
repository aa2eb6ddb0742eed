//! `make bench`: what the service answers per second beside nginx sending the very same bytes from files.
//!
//! 200,000 made-up parcels or as many as are asked for, one run, alternating rounds, medians. It measures and never judges: no number here fails anything;
//! a wrong answer does. Requests per second of two servers on shared cores swing together, so read the ratio and the
//! CPU time of a request rather than the rate.

mod load;
#[path = "../common/median.rs"]
mod median;
#[path = "../common/nginx.rs"]
mod nginx;
#[path = "../common/parcels.rs"]
mod parcels;
mod report;
#[path = "../common/servers.rs"]
mod servers;
mod tiles;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Parser;
use langxanh::sample::rng::Rng;

use load::{Load, Wrk};
use median::median;
use nginx::Nginx;
use servers::{Langxanh, fetch, fetch_timed};

/// How to measure.
#[derive(Parser)]
struct Options {
    /// Seconds of load per case, server and round.
    #[arg(long, default_value_t = 2)]
    seconds: u64,
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How many parcels are served; of 1,000,000 start, memory and pages are what to look at.
    #[arg(long, default_value_t = 200_000)]
    parcels: usize,
    /// Also write the table to benches/results.md.
    #[arg(long)]
    save: bool,
    /// Cargo says this to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Requests of one kind: the same answers under the service's paths and under nginx's.
pub struct Case {
    pub name: &'static str,
    gzip: bool,
    langxanh: Vec<String>,
    nginx: Vec<String>,
    /// Mean length of an answer.
    pub bytes: u64,
    /// Mean time of an answer that was never asked for before, whole, to one client.
    pub first_ms: f64,
}

/// The medians of one case.
pub struct Outcome {
    pub nginx: Load,
    pub langxanh: Load,
    /// Requests per second beside nginx's of the same round.
    pub ratio: f64,
    /// Both under [`MANY`] connections, once.
    pub nginx_crowded: Load,
    pub langxanh_crowded: Load,
}

/// What one client waits for the whole collection in one piece, in seconds.
#[derive(Clone, Copy)]
pub struct Whole {
    pub first_byte: f64,
    pub total: f64,
}

/// Connections that rates are measured with, and how long requests take.
pub const FEW: u32 = 8;
pub const MANY: u32 = 64;

/// How nginx is tuned by one who wants it to send files.
const SENDING_FILES: &str = "sendfile on;
    tcp_nopush on;
    keepalive_requests 100000000;
    open_file_cache max=10000;
    default_type application/geo+json;";

fn main() -> Result<()> {
    let options = Options::parse();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    std::fs::create_dir_all(&directory)?;
    let nginx_program = nginx::program();
    let wrk = Wrk::find(&directory, options.seconds);
    let (Some(nginx_program), Some(wrk)) = (nginx_program, wrk) else {
        bail!("nginx or wrk is missing: sudo apt-get install -y --no-install-recommends nginx-light wrk");
    };

    let store = parcels::store(&directory, options.parcels)?;
    let (langxanh, start_up) = Langxanh::start(store.as_os_str())?;
    let memory_at_start = langxanh.process.sum(servers::resident_bytes)?;
    let mut files = Files { root: directory.join("www"), langxanh: &langxanh, parcels: options.parcels };
    let _ = std::fs::remove_dir_all(&files.root);
    let cases = files.cases()?;
    let download = files.case("whole", false, vec!["/collections/parcels/download?f=geojson".to_owned()])?;
    let server = format!(
        "root {};
        location /gzip/ {{ add_header Content-Encoding gzip; }}",
        files.root.display()
    );
    let nginx = Nginx::start(&nginx_program, &directory.join("nginx"), SENDING_FILES, &server)?;

    let mut outcomes = Vec::new();
    for case in &cases {
        outcomes.push(measure(case, &options, &wrk, &nginx, &langxanh)?);
    }
    let pages = cases.iter().find(|case| case.name == WHOLE).context("the pages of the whole collection")?;
    let walk_nginx = walk(&nginx.origin, &pages.nginx)?;
    let walk_langxanh = walk(&langxanh.origin, &pages.langxanh)?;
    let whole_nginx = whole(&nginx.origin, &download.nginx)?;
    let whole_langxanh = whole(&langxanh.origin, &download.langxanh)?;
    let report = report::Report {
        parcels: options.parcels,
        cases: &cases,
        outcomes: &outcomes,
        start_up,
        geojson_bytes: pages.bytes * pages.langxanh.len() as u64,
        memory_at_start,
        memory_at_end: langxanh.process.sum(servers::resident_bytes)?,
        walk_nginx,
        walk_langxanh,
        whole_nginx,
        whole_langxanh,
        cold: tiles::cold()?,
    };
    report.print(options.save.then(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/results.md")))
}

const WHOLE: &str = "pages of 10,000 features";

/// Asks the service for every answer once and keeps it as a file for nginx.
struct Files<'a> {
    root: PathBuf,
    langxanh: &'a Langxanh,
    parcels: usize,
}

impl Files<'_> {
    fn cases(&mut self) -> Result<Vec<Case>> {
        let items = "/collections/parcels/items";
        let mut random = Rng::named("requests");
        let ids = (0..1000).map(|_| format!("{items}/{}", random.below(self.parcels) + 1)).collect();
        let boxes =
            (0..200).map(|_| format!("{items}?limit=1000&bbox={}", parcels::box_of_2_km(self.parcels, &mut random)));
        let boxes = boxes.collect();
        let filtered = (0..100).map(|at| format!("{items}?limit=1000&filter={}", parcels::condition(at))).collect();
        Ok(vec![
            self.case("first 10 features", false, vec![format!("{items}?limit=10")])?,
            self.case("one feature of 1,000", false, ids)?,
            self.case("2 km box of 200, limit 1,000", false, boxes)?,
            self.case("attribute filter of 100, limit 1,000", false, filtered)?,
            self.walked(WHOLE, false, format!("{items}?limit=10000"), usize::MAX)?,
            self.walked("pages of 1,000 features, gzip", true, format!("{items}?limit=1000"), 20)?,
            self.case("200 tiles of zoom 14", false, tiles::paths(self.parcels, 14, 200))?,
            self.case("200 tiles of zoom 14, gzip", true, tiles::paths(self.parcels, 14, 200))?,
            self.case("tiles of zoom 12", false, tiles::paths(self.parcels, 12, 50))?,
            self.case("tiles of zoom 8, made ahead", false, tiles::paths(self.parcels, 8, 20))?,
        ])
    }

    fn case(&mut self, name: &'static str, gzip: bool, paths: Vec<String>) -> Result<Case> {
        let mut case = Case::new(name, gzip);
        for path in paths {
            self.keep(&mut case, path)?;
        }
        Ok(case.averaged())
    }

    /// The pages of a collection from the first one on, by their `next` links.
    fn walked(&mut self, name: &'static str, gzip: bool, first: String, at_most: usize) -> Result<Case> {
        let mut case = Case::new(name, gzip);
        let mut path = Some(first);
        while let Some(here) = path.filter(|_| case.langxanh.len() < at_most) {
            let kept = self.keep(&mut case, here.clone())?;
            let plain = if gzip { fetch(&self.langxanh.origin, &here, false)? } else { kept };
            let page: serde_json::Value = serde_json::from_slice(&plain)?;
            let links = page["links"].as_array().context("a page without links")?;
            let next = links.iter().find(|link| link["rel"] == "next").and_then(|link| link["href"].as_str());
            path = match next {
                Some(href) => {
                    Some(href.strip_prefix(&self.langxanh.origin).context("a next link to elsewhere")?.to_owned())
                }
                None => None,
            };
        }
        Ok(case.averaged())
    }

    fn keep(&mut self, case: &mut Case, path: String) -> Result<Vec<u8>> {
        let start = Instant::now();
        let body = fetch(&self.langxanh.origin, &path, case.gzip)?;
        case.first_ms += start.elapsed().as_secs_f64() * 1000.0;
        let directory = if case.gzip { "gzip" } else { "plain" };
        let name = format!("/{directory}/{}-{}", case.name.replace([' ', ','], "-"), case.nginx.len());
        std::fs::create_dir_all(self.root.join(directory))?;
        std::fs::write(self.root.join(&name[1..]), &body)?;
        case.bytes += body.len() as u64;
        case.langxanh.push(path);
        case.nginx.push(name);
        Ok(body)
    }
}

impl Case {
    fn new(name: &'static str, gzip: bool) -> Case {
        Case { name, gzip, langxanh: Vec::new(), nginx: Vec::new(), bytes: 0, first_ms: 0.0 }
    }

    /// The case with its sums turned into means.
    fn averaged(mut self) -> Case {
        let count = self.langxanh.len().max(1);
        self.bytes /= count as u64;
        self.first_ms /= count as f64;
        self
    }
}

fn measure(case: &Case, options: &Options, wrk: &Wrk, nginx: &Nginx, langxanh: &Langxanh) -> Result<Outcome> {
    let mut theirs = Vec::new();
    let mut ours = Vec::new();
    for round in 0..options.rounds.max(1) {
        let mut run_nginx = || -> Result<()> {
            theirs.push(wrk.run(FEW, &nginx.process, &nginx.origin, &case.nginx, case.gzip)?);
            Ok(())
        };
        let mut run_langxanh = || -> Result<()> {
            ours.push(wrk.run(FEW, &langxanh.process, &langxanh.origin, &case.langxanh, case.gzip)?);
            Ok(())
        };
        // Who goes first changes, so that neither always meets the warmer machine.
        if round % 2 == 0 {
            run_nginx()?;
            run_langxanh()?;
        } else {
            run_langxanh()?;
            run_nginx()?;
        }
    }
    // Round by round: what else the machine does slows both servers of a round, but not all rounds alike.
    let ratios = ours.iter().zip(&theirs).map(|(ours, theirs): (&Load, &Load)| ours.per_second / theirs.per_second);
    Ok(Outcome {
        ratio: median(ratios),
        nginx: Load::median(&theirs),
        langxanh: Load::median(&ours),
        nginx_crowded: wrk.run(MANY, &nginx.process, &nginx.origin, &case.nginx, case.gzip)?,
        langxanh_crowded: wrk.run(MANY, &langxanh.process, &langxanh.origin, &case.langxanh, case.gzip)?,
    })
}

/// The whole collection in one piece; the second time counts, when both have it in memory.
fn whole(origin: &str, paths: &[String]) -> Result<Whole> {
    let path = paths.first().context("the path of the whole collection")?;
    fetch(origin, path, false)?;
    let start = Instant::now();
    let (_, first_byte) = fetch_timed(origin, path, false)?;
    Ok(Whole { first_byte, total: start.elapsed().as_secs_f64() })
}

/// Seconds that one client needs for every page, one after the other.
fn walk(origin: &str, paths: &[String]) -> Result<f64> {
    let start = Instant::now();
    for path in paths {
        fetch(origin, path, false)?;
    }
    Ok(start.elapsed().as_secs_f64())
}
