//! OGC API - Processes: the run of hotspots described, executed at once or as a job, its results and its end.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value};
use tokio::task::AbortHandle;

use super::apart::Waiting;
use super::compliance::not_assessed;
use super::hotspots::{Answer, PATIENCE, asked, reply};
use super::negotiate::{Offer, representation};
use super::params::Params;
use super::reply::{Reply, send};
use super::{App, Ask, Segments};
use crate::hotspot::standing::Parameters;
use crate::ogc::hotspots::RUN_PARAMETERS;
use crate::ogc::link::representations;
use crate::ogc::media_type::{CSV, GEO_JSON, JSON};
use crate::ogc::problem::{Fault, Problem};
use crate::ogc::processes::{self as documents, HOTSPOTS, JobStatus, OUTPUT};
use crate::ogc::{AS_OF, json};
use crate::publish::Snapshot;

const JSON_ONLY: [Offer; 1] = [("json", JSON)];

/// A longer request to execute is refused.
const MAX_BODY: usize = 64 << 10;

/// Jobs that are kept, done or not; the oldest that is done makes room.
const MAX_JOBS: usize = 64;

/// A job ends after so long.
const JOB_PATIENCE: Duration = Duration::from_secs(300);

/// How far a job has come.
enum Progress {
    /// It waits for its place.
    Accepted,
    Running {
        since: DateTime<Utc>,
    },
    Done {
        since: Option<DateTime<Utc>>,
        at: DateTime<Utc>,
        outcome: Result<Arc<Answer>, Problem>,
    },
}

/// One job. Dropping its task stops what runs.
pub struct Job {
    id: String,
    created: DateTime<Utc>,
    snapshot: Arc<Snapshot>,
    request: Execution,
    state: ArcSwap<Progress>,
    task: ArcSwap<Option<AbortHandle>>,
}

/// The jobs of this process, the oldest first.
#[derive(Default)]
pub struct Jobs(ArcSwap<Vec<Arc<Job>>>);

impl Jobs {
    fn find(&self, id: &str) -> Result<Arc<Job>, Problem> {
        let jobs = self.0.load();
        let job = jobs.iter().find(|job| job.id == id).cloned();
        job.ok_or_else(|| Problem::NoSuchJob(format!("không có lượt chạy '{id}': đã xong từ lâu hoặc đã bị bỏ / there is no job '{id}': it ended long ago or was dismissed")))
    }

    /// Takes a job in; false where all places are taken by jobs that still run.
    fn add(&self, job: &Arc<Job>) -> bool {
        let mut is_in = false;
        self.0.rcu(|jobs| {
            let mut jobs = Vec::clone(jobs);
            if jobs.len() >= MAX_JOBS
                && let Some(done) = jobs.iter().position(|job| job.is_done())
            {
                jobs.remove(done);
            }
            is_in = jobs.len() < MAX_JOBS;
            if is_in {
                jobs.push(Arc::clone(job));
            }
            jobs
        });
        is_in
    }

    fn remove(&self, id: &str) {
        self.0.rcu(|jobs| jobs.iter().filter(|job| job.id != id).cloned().collect::<Vec<_>>());
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl Job {
    /// When it got its place.
    fn began(&self) -> Option<DateTime<Utc>> {
        match **self.state.load() {
            Progress::Accepted => None,
            Progress::Running { since } => Some(since),
            Progress::Done { since, .. } => since,
        }
    }

    fn is_done(&self) -> bool {
        matches!(**self.state.load(), Progress::Done { .. })
    }

    fn status(&self, base: &str, is_dismissed: bool) -> Value {
        let state = self.state.load();
        let (status, message, finished) = match &**state {
            _ if is_dismissed => ("dismissed", None, Some(instant(Utc::now()))),
            Progress::Accepted => ("accepted", None, None),
            Progress::Running { .. } => ("running", None, None),
            Progress::Done { at, outcome: Ok(_), .. } => ("successful", None, Some(instant(*at))),
            Progress::Done { at, outcome: Err(problem), .. } => {
                ("failed", problem.document()["detail"].as_str().map(str::to_owned), Some(instant(*at)))
            }
        };
        let created = instant(self.created);
        let started = self.began().map(instant);
        documents::status(base, &JobStatus { id: &self.id, status, message, created, started, finished })
    }
}

/// What is to be executed.
#[derive(Clone)]
struct Execution {
    inputs: Map<String, Value>,
    media_type: &'static str,
    /// Whether the output comes as itself and not in a document.
    is_raw: bool,
}

impl Execution {
    /// Reads a request to execute.
    fn parse(body: &[u8]) -> Result<Execution, Problem> {
        let bad = |detail: String| Problem::BadRequest(detail);
        if body.len() > MAX_BODY {
            return Err(bad(format!("yêu cầu dài quá {MAX_BODY} byte / the request is longer than {MAX_BODY} bytes")));
        }
        let document: Value = if body.trim_ascii().is_empty() {
            Value::Object(Map::new())
        } else {
            serde_json::from_slice(body)
                .map_err(|error| bad(format!("yêu cầu không phải JSON: {error} / the request is no JSON: {error}")))?
        };
        let object = document
            .as_object()
            .ok_or_else(|| bad("yêu cầu không phải đối tượng JSON / the request is no JSON object".to_owned()))?;
        let inputs = match object.get("inputs") {
            None => Map::new(),
            Some(Value::Object(inputs)) => inputs.clone(),
            Some(_) => return Err(bad("'inputs' không phải đối tượng / 'inputs' is no object".to_owned())),
        };
        let is_raw = match object.get("response").map(|response| response.as_str()) {
            None | Some(Some("raw")) => true,
            Some(Some("document")) => false,
            Some(_) => {
                return Err(bad(
                    "'response' không phải raw hay document / 'response' is neither raw nor document".to_owned()
                ));
            }
        };
        let mut media_type = GEO_JSON;
        let outputs = object.get("outputs").and_then(Value::as_object).into_iter().flatten();
        for (name, output) in outputs {
            if name != OUTPUT {
                return Err(bad(format!(
                    "không có kết quả '{name}'; chỉ có '{OUTPUT}' / there is no output '{name}'; there is '{OUTPUT}'"
                )));
            }
            if output["transmissionMode"].as_str().is_some_and(|mode| mode != "value") {
                return Err(bad(
                    "kết quả chỉ được trả trực tiếp (value) / outputs are transmitted by value alone".to_owned()
                ));
            }
            media_type = match output["format"]["mediaType"].as_str() {
                None | Some(GEO_JSON | JSON) => GEO_JSON,
                Some(CSV) => CSV,
                Some(other) => {
                    return Err(bad(format!(
                        "kết quả có dạng {GEO_JSON} và {CSV}, không có {other} / the output is offered as {GEO_JSON} and {CSV}, not as {other}"
                    )));
                }
            };
        }
        Ok(Execution { inputs, media_type, is_raw })
    }

    /// The day and the options that the inputs ask for.
    fn asked(&self, snapshot: &Snapshot) -> Result<(chrono::NaiveDate, crate::hotspot::run::RunOptions), Problem> {
        let is_known = |name: &String| name == AS_OF || RUN_PARAMETERS.contains(&name.as_str());
        let mut faults: Vec<Fault> = Vec::new();
        for (name, value) in &self.inputs {
            let detail = match value {
                _ if !is_known(name) => "không phải đầu vào của tiến trình này / is not an input of this process",
                Value::String(_) | Value::Number(_) | Value::Bool(_) => continue,
                _ => "không phải chuỗi, số hay giá trị đúng sai / is neither a text nor a number nor a truth value",
            };
            faults.push(Fault { parameter: name.clone(), detail: detail.to_owned() });
        }
        let given = |name: &str| match self.inputs.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        };
        let day = Params::of(self.inputs.get(AS_OF).and_then(Value::as_str).map(|day| (AS_OF, day))).as_of();
        asked(snapshot, day, &given, faults)
    }

    /// The result as it was asked for.
    fn reply(&self, base: &str, snapshot: &Snapshot, answer: &Answer) -> Reply {
        let raw = reply(base, snapshot, answer, self.media_type, Vec::new());
        if self.is_raw {
            return raw;
        }
        let bytes: Vec<u8> = raw.kept.concat();
        let value = if self.media_type == CSV {
            Value::String(String::from_utf8_lossy(&bytes).into_owned())
        } else {
            serde_json::from_slice(&bytes).unwrap_or_default()
        };
        Reply::json(JSON, &serde_json::json!({ OUTPUT: value }))
    }
}

fn process(ask: &Ask, id: &str) -> Result<(), Problem> {
    let missing = || {
        Problem::NoSuchProcess(format!(
            "không có tiến trình '{id}'; chỉ có '{HOTSPOTS}' / there is no process '{id}'; there is '{HOTSPOTS}'"
        ))
    };
    if id != HOTSPOTS {
        return Err(missing());
    }
    if ask.snapshot.has_registers() { Ok(()) } else { Err(not_assessed()) }
}

fn plain(ask: &Ask) -> Result<(), Problem> {
    let params = ask.params();
    params.only(&["f"])?;
    representation(params.get("f"), &ask.headers, &JSON_ONLY).map(|_| ())
}

/// The processes that there are.
pub async fn list(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    plain(&ask)?;
    if !ask.snapshot.has_registers() {
        return Err(not_assessed());
    }
    let links = representations(&ask.url(), JSON, &JSON_ONLY);
    Ok(send(&app, &ask.headers, Reply::json(JSON, &documents::list(&ask.base, links))).await)
}

/// What a process takes and gives.
pub async fn describe(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    plain(&ask)?;
    process(&ask, &id)?;
    let links = representations(&ask.url(), JSON, &JSON_ONLY);
    let standing = Parameters::of(&ask.snapshot.standards);
    let document = documents::description(&ask.base, &standing, links);
    Ok(send(&app, &ask.headers, Reply::json(JSON, &document)).await)
}

/// Whether the client would rather come back for the result.
fn prefers_async(ask: &Ask) -> bool {
    let prefer = ask.headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    prefer.flat_map(|value| value.split(',')).any(|preference| preference.trim().eq_ignore_ascii_case("respond-async"))
}

/// Runs a process: the result at once, or a job.
pub async fn execute(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
    body: Bytes,
) -> Result<Response<Body>, Problem> {
    ask.params().only(&[])?;
    process(&ask, &id)?;
    let request = Execution::parse(&body)?;
    // What cannot be run is said before a job is made of it.
    let (day, options) = request.asked(&ask.snapshot)?;
    if !prefers_async(&ask) {
        let answer = app.hotspots(&ask.snapshot, day, options, (Waiting::Client, PATIENCE), || {}).await?;
        let (snapshot, base) = (Arc::clone(&ask.snapshot), ask.base.clone());
        let made = app.apart(move || request.reply(&base, &snapshot, &answer)).await?;
        return Ok(send(&app, &ask.headers, made).await);
    }
    let job = Arc::new(Job {
        id: app.new_job_id(),
        created: Utc::now(),
        snapshot: Arc::clone(&ask.snapshot),
        request,
        state: ArcSwap::from_pointee(Progress::Accepted),
        task: ArcSwap::from_pointee(None),
    });
    if !app.jobs.add(&job) {
        return Err(Problem::Busy(format!(
            "đang có {MAX_JOBS} lượt chạy: hãy thử lại sau / {MAX_JOBS} jobs are running: try again later"
        )));
    }
    let (app_of_task, of_task) = (Arc::clone(&app), Arc::clone(&job));
    let task = tokio::spawn(async move {
        let begun = || of_task.state.store(Arc::new(Progress::Running { since: Utc::now() }));
        let waiting = (Waiting::Job, JOB_PATIENCE);
        let outcome = app_of_task.hotspots(&of_task.snapshot, day, options, waiting, begun).await;
        of_task.state.store(Arc::new(Progress::Done { since: of_task.began(), at: Utc::now(), outcome }));
    });
    job.task.store(Arc::new(Some(task.abort_handle())));
    let mut response = answer_json(&job.status(&ask.base, false), StatusCode::CREATED);
    let headers = response.headers_mut();
    let location = format!("{}/jobs/{}", ask.base, job.id);
    if let Ok(location) = HeaderValue::from_str(&location) {
        headers.insert(LOCATION, location);
    }
    headers.insert(HeaderName::from_static("preference-applied"), HeaderValue::from_static("respond-async"));
    Ok(response)
}

/// A status document, which is not to be kept by anybody.
fn answer_json(document: &Value, status: StatusCode) -> Response<Body> {
    use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
    let mut response = Response::new(Body::from(json::to_bytes(document)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// How a job stands.
pub async fn job(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    plain(&ask)?;
    Ok(answer_json(&app.jobs.find(&id)?.status(&ask.base, false), StatusCode::OK))
}

/// What a job has found.
pub async fn results(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    ask.params().only(&[])?;
    let job = app.jobs.find(&id)?;
    let answer = match &**job.state.load() {
        Progress::Accepted | Progress::Running { .. } => {
            return Err(Problem::ResultNotReady(format!("lượt chạy '{id}' chưa xong / job '{id}' has not ended yet")));
        }
        Progress::Done { outcome: Err(problem), .. } => return Err(problem.clone()),
        Progress::Done { outcome: Ok(answer), .. } => Arc::clone(answer),
    };
    let base = ask.base.clone();
    let made = app.apart(move || job.request.reply(&base, &job.snapshot, &answer)).await?;
    Ok(send(&app, &ask.headers, made).await)
}

/// Ends a job and forgets it.
pub async fn dismiss(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    ask.params().only(&[])?;
    let job = app.jobs.find(&id)?;
    if let Some(task) = &**job.task.load() {
        task.abort();
    }
    app.jobs.remove(&id);
    Ok(answer_json(&job.status(&ask.base, true), StatusCode::OK))
}

impl App {
    /// An id that nobody can guess: whoever knows it may read and end the job.
    pub(super) fn new_job_id(&self) -> String {
        use std::hash::{BuildHasher, RandomState};
        let random = |salt: u64| RandomState::new().hash_one((salt, self.seed));
        format!("{:016x}{:016x}", random(1), random(2))
    }
}
