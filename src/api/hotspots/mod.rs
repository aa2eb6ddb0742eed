//! Hotspots of one's own, the pressures behind them, and what explains a place.

pub(super) mod options;
mod page;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use chrono::NaiveDate;
use quick_cache::Weighter;

use super::apart::Waiting;
use super::compliance::not_assessed;
use super::negotiate::{Offer, representation};
use super::params::Params;
use super::reply::{Reply, send};
use super::{App, Ask, review};
use crate::compliance::SiteCollection;
use crate::domain::{FeatureId, Value};
use crate::hotspot::NoStatistic;
use crate::hotspot::cells::Cells;
use crate::hotspot::grid::CellId;
use crate::hotspot::never;
use crate::hotspot::run::{Run, RunOptions, RunSite, run};
use crate::hotspot::standing::Parameters;
use crate::ogc::AS_OF;
use crate::ogc::hotspots as documents;
use crate::ogc::link::{Link, representations};
use crate::ogc::media_type::{CSV, GEO_JSON, HTML, JSON};
use crate::ogc::problem::{Fault, Problem};
use crate::publish::Snapshot;
use crate::publish::derived::hotspots::{HotspotGround, shares};

const RUNS: [Offer; 4] = [("geojson", GEO_JSON), ("json", GEO_JSON), ("csv", CSV), ("html", HTML)];
/// For links: each media type once.
const LINKED: [Offer; 3] = [("geojson", GEO_JSON), ("csv", CSV), ("html", HTML)];
const PRESSURES: [Offer; 3] = [("json", JSON), ("csv", CSV), ("html", HTML)];
const WHY: [Offer; 2] = [("geojson", GEO_JSON), ("json", GEO_JSON)];

/// A run that somebody waits for ends after so long.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// What a run found, with what it started from.
pub struct Answer {
    pub ground: Arc<HotspotGround>,
    pub options: RunOptions,
    pub outcome: Result<Run, NoStatistic>,
}

/// Weighs answers by what they hold.
#[derive(Clone)]
pub(super) struct AnswerWeight;

impl Weighter<String, Arc<Answer>> for AnswerWeight {
    fn weight(&self, _: &String, answer: &Arc<Answer>) -> u64 {
        let spots = answer.outcome.as_ref().map_or(0, |run| run.spots.len());
        512 * spots as u64 + 4096
    }
}

/// The day that is asked for and the options of a run, or every fault of both.
pub(super) fn asked(
    snapshot: &Snapshot,
    day: Result<Option<NaiveDate>, Problem>,
    given: &dyn Fn(&str) -> Option<String>,
    mut faults: Vec<Fault>,
) -> Result<(NaiveDate, RunOptions), Problem> {
    let day = match day {
        Ok(day) => day.unwrap_or(snapshot.as_of),
        Err(Problem::Parameters(more)) => {
            faults.extend(more);
            snapshot.as_of
        }
        Err(problem) => return Err(problem),
    };
    match options::options(given, &Parameters::of(&snapshot.standards)) {
        Ok(options) if faults.is_empty() => Ok((day, options)),
        Ok(_) => Err(Problem::Parameters(faults)),
        Err(more) => Err(Problem::Parameters([faults, more].concat())),
    }
}

/// Finds what a run finds; blocks until it has, or until it is stopped.
fn find(
    snapshot: &Snapshot,
    day: NaiveDate,
    options: RunOptions,
    stop: crate::hotspot::Stop,
) -> Result<Answer, Problem> {
    let ground = ground(snapshot, day)?;
    let sites: Vec<RunSite> = ground
        .sites
        .iter()
        .map(|site| RunSite { name: site.path(), place: site.place, value: site.pressure.index })
        .collect();
    match run(&sites, &ground.city, &options, stop) {
        Err(NoStatistic::Stopped) => Err(Problem::BadRequest(
            "tính quá lâu: hãy chọn ô lớn hơn hoặc ít hoán vị hơn, hoặc chạy nền (/processes/hotspots) / the run takes too long: ask for larger cells or fewer permutations, or run it as a job (/processes/hotspots)"
                .to_owned(),
        )),
        Err(reason) if options::fault_of(&reason, &options).is_some() => {
            Err(Problem::Parameters(options::fault_of(&reason, &options).into_iter().collect()))
        }
        outcome => Ok(Answer { ground, options, outcome }),
    }
}

fn ground(snapshot: &Snapshot, day: NaiveDate) -> Result<Arc<HotspotGround>, Problem> {
    snapshot.hotspot_ground(day).map_err(|error| {
        tracing::error!(%error, %day, "the ground of hotspots cannot be made");
        Problem::Internal
    })
}

impl App {
    /// What a run finds, from the cache where it was made before. It is stopped when nobody waits any more.
    pub(super) async fn hotspots(
        &self,
        snapshot: &Arc<Snapshot>,
        day: NaiveDate,
        options: RunOptions,
        (waiting, patience): (Waiting, Duration),
        begun: impl FnOnce(),
    ) -> Result<Arc<Answer>, Problem> {
        let key = format!("{:x} {day} {options:?}", snapshot.version);
        if let Some(known) = self.runs.get(&key) {
            return Ok(known);
        }
        let snapshot = Arc::clone(snapshot);
        let found = self.stoppable(waiting, patience, begun, move |stop| find(&snapshot, day, options, stop)).await??;
        let found = Arc::new(found);
        self.runs.insert(key, Arc::clone(&found));
        Ok(found)
    }
}

/// An answer in a form.
pub(super) fn reply(
    base: &str,
    snapshot: &Snapshot,
    answer: &Answer,
    media_type: &'static str,
    links: Vec<Link>,
) -> Reply {
    let Answer { ground, options, outcome } = answer;
    match media_type {
        HTML => page::run(base, snapshot, answer).reply(),
        CSV => review::csv(documents::run_table(ground, options, outcome), "hotspots", ground.day),
        _ => Reply::json(GEO_JSON, &documents::run(ground, options, outcome, links)),
    }
}

/// The faults of parameters that no resource here knows.
fn unknown(params: &Params, known: &[&str]) -> Vec<Fault> {
    match params.only(known) {
        Err(Problem::Parameters(faults)) => faults,
        _ => Vec::new(),
    }
}

/// The representation that is asked for; its fault joins the others.
fn wanted(ask: &Ask, params: &Params, offers: &[Offer], faults: &mut Vec<Fault>) -> Result<&'static str, Problem> {
    match representation(params.get("f"), &ask.headers, offers) {
        Ok((_, media_type)) => Ok(media_type),
        Err(Problem::Parameters(more)) => {
            faults.extend(more);
            Ok(JSON)
        }
        Err(problem) => Err(problem),
    }
}

/// A run of one's own.
pub async fn list(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    let known: Vec<&str> = ["f", AS_OF].into_iter().chain(documents::RUN_PARAMETERS).collect();
    let mut faults = unknown(&params, &known);
    let media_type = wanted(&ask, &params, &RUNS, &mut faults)?;
    // A form leaves fields empty.
    let given = |name: &str| params.get(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let (day, options) = asked(&ask.snapshot, day(&params), &given, faults)?;
    if !ask.snapshot.has_registers() {
        return Err(not_assessed());
    }
    let answer = app.hotspots(&ask.snapshot, day, options, (Waiting::Client, PATIENCE), || {}).await?;
    let links = representations(&ask.url(), media_type, &LINKED);
    let (snapshot, base) = (Arc::clone(&ask.snapshot), ask.base.clone());
    let made = app.apart(move || reply(&base, &snapshot, &answer, media_type, links)).await?;
    Ok(send(&app, &ask.headers, made).await)
}

/// The day that is asked for; a form may leave it empty.
fn day(params: &Params) -> Result<Option<NaiveDate>, Problem> {
    if params.get(AS_OF) == Some("") { Ok(None) } else { params.as_of() }
}

/// The pressure of every site, with the formula and its weights.
pub async fn pressures(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    let mut faults = unknown(&params, &["f", AS_OF]);
    let media_type = wanted(&ask, &params, &PRESSURES, &mut faults)?;
    let day = match day(&params) {
        Err(Problem::Parameters(more)) => Err(Problem::Parameters([faults, more].concat())),
        _ if !faults.is_empty() => Err(Problem::Parameters(faults)),
        day => day,
    }?;
    if !ask.snapshot.has_registers() {
        return Err(not_assessed());
    }
    let links = representations(&ask.url(), media_type, &PRESSURES);
    let (snapshot, base) = (Arc::clone(&ask.snapshot), ask.base.clone());
    let made = app.apart(move || {
        let ground = ground(&snapshot, day.unwrap_or(snapshot.as_of))?;
        Ok(match media_type {
            HTML => page::pressures(&base, &snapshot, &ground).reply(),
            CSV => review::csv(documents::pressure_table(&ground), "pressure", ground.day),
            _ => Reply::json(JSON, &documents::pressures(&snapshot.standards, &ground, links)),
        })
    });
    Ok(send(&app, &ask.headers, made.await??).await)
}

/// What can be asked why of.
const SUBJECTS: [&str; 4] = ["cell", "zone", "reach", "site"];

/// The sites and reaches that explain a cell, a zone, a reach or a site; without any of them all of the city.
pub async fn why(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    let known: Vec<&str> = ["f", AS_OF].into_iter().chain(SUBJECTS).collect();
    params.only(&known)?;
    representation(params.get("f"), &ask.headers, &WHY)?;
    let day = day(&params)?.unwrap_or(ask.snapshot.as_of);
    let subjects = SUBJECTS.into_iter().filter_map(|name| Some((name, params.get(name)?.to_owned())));
    let subjects: Vec<_> = subjects.collect();
    // Without a subject it is the whole city.
    let (kind, id) = match subjects.as_slice() {
        [] => ("city", String::new()),
        [(kind, id)] => (*kind, id.clone()),
        _ => {
            let detail = format!("chỉ được ghi một trong {0} / only one of {0} can be given", SUBJECTS.join(", "));
            return Err(Problem::BadRequest(detail));
        }
    };
    if !ask.snapshot.has_registers() {
        return Err(not_assessed());
    }
    let links = representations(&ask.url(), GEO_JSON, &WHY[..1]);
    let snapshot = Arc::clone(&ask.snapshot);
    let made = app.apart(move || {
        let ground = ground(&snapshot, day)?;
        explain(&snapshot, &ground, kind, &id, links).map(|document| Reply::json(GEO_JSON, &document))
    });
    Ok(send(&app, &ask.headers, made.await??).await)
}

fn explain(
    snapshot: &Snapshot,
    ground: &HotspotGround,
    kind: &'static str,
    id: &str,
    links: Vec<Link>,
) -> Result<serde_json::Value, Problem> {
    let missing = || {
        Problem::NotFound(format!(
            "không có {kind} '{id}' vào ngày {0} / there was no {kind} '{id}' on {0}",
            ground.day
        ))
    };
    let network = ground.network();
    if kind == "reach" {
        let at = network.reaches.iter().position(|reach| reach.id == id).ok_or_else(missing)?;
        return Ok(documents::why(ground, &network, &shares(ground, &network, at), &network.to_the_source(at), links));
    }
    let sites: Vec<usize> = match kind {
        "city" => (0..ground.sites.len()).collect(),
        "site" => site_at(ground, id).into_iter().collect(),
        "zone" => zone_sites(snapshot, ground, id).ok_or_else(missing)?,
        _ => {
            let cell: CellId = id.parse().map_err(|_| missing())?;
            cell_sites(ground, &cell).ok_or_else(missing)?
        }
    };
    if kind == "site" && sites.is_empty() {
        return Err(missing());
    }
    let reaches = documents::reaches_below(ground, &network, &sites);
    Ok(documents::why(ground, &network, &documents::pressure_shares(ground, &sites), &reaches, links))
}

/// A site by its collection and id.
fn site_at(ground: &HotspotGround, path: &str) -> Option<usize> {
    let (collection, id) = path.split_once('/')?;
    let collection = SiteCollection::parse(collection)?;
    ground.sites.iter().position(|site| site.key.0 == collection && site.key.1 == id)
}

/// The sites of a zone of the standing run of the day.
fn zone_sites(snapshot: &Snapshot, ground: &HotspotGround, id: &str) -> Option<Vec<usize>> {
    let zones = snapshot.collection_on("hotspot_zones", ground.day).ok()??;
    let row = zones.find(&FeatureId::parse(id).ok()?)?;
    let Value::Text(paths) = zones.value(row, zones.declaration.field("site_ids")?.0) else { return None };
    Some(paths.split(',').filter_map(|path| site_at(ground, path)).collect())
}

/// The sites that the statistic of a cell is made from: those in it and in its neighbourhood, which reaches as many cells
/// far as in the standing run.
fn cell_sites(ground: &HotspotGround, id: &CellId) -> Option<Vec<usize>> {
    let places: Vec<_> = ground.sites.iter().map(|site| site.place).collect();
    let cells = Cells::new(&ground.city, &places, id.size, &never).ok()?;
    let at = cells.cells.binary_search(&id.cell).ok()?;
    let near = cells.within(at, ground.parameters.neighbours / ground.parameters.cell * id.size);
    Some(near.into_iter().flat_map(|at| cells.members[at].iter().copied()).collect())
}
