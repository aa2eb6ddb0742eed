//! OGC API - Processes: what can be run, with which inputs, and how a job stands. The inputs are declared once, for the
//! description of the process, for the API definition and for whoever reads them from an address.

use serde_json::{Value, json};

use super::link::{Link, SELF, link};
use super::media_type::{CSV, GEO_JSON, JSON};
use crate::hotspot::run::{BANDWIDTH, CELL, End, K, KernelShape, Method, Neighbours, On, PERMUTATIONS};
use crate::hotspot::standing::Parameters;

/// The one process that there is.
pub const HOTSPOTS: &str = "hotspots";

/// The output that it has.
pub const OUTPUT: &str = "hotspots";

pub const PROCESSES_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/processes";
pub const EXECUTE_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/execute";
pub const RESULTS_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/results";

/// One input of a run of hotspots.
pub struct Input {
    pub name: &'static str,
    pub title: &'static str,
    pub schema: Value,
}

/// The inputs of a run of hotspots; defaults that stand in data come with them.
pub fn inputs(standing: Option<&Parameters>) -> Vec<Input> {
    let word = |words: &[&str]| json!({"type": "string", "enum": words, "default": words[0]});
    let metres = |(least, most): (f64, f64)| json!({"type": "number", "minimum": least, "maximum": most});
    let with_default = |mut schema: Value, default: Option<Value>| {
        if let Some(default) = default {
            schema["default"] = default;
        }
        schema
    };
    let (least_permutations, most_permutations) = PERMUTATIONS;
    let input = |name, title, schema| Input { name, title, schema };
    vec![
        input("method", "Phương pháp / Method", word(Method::WORDS)),
        input("on", "Trên ô lưới hay trên cơ sở / On cells or on the sites", word(On::WORDS)),
        input("value", "Số nào của khoảng áp lực / Which number of the interval of pressure", word(End::WORDS)),
        input(
            "cell",
            "Cỡ ô, m / Size of a cell, m",
            with_default(metres(CELL), standing.map(|standing| standing.cell.into())),
        ),
        input("weights", "Ai là láng giềng / Who is whose neighbour", word(Neighbours::WORDS)),
        input("bandwidth", "Tầm láng giềng hoặc độ trơn, m / Reach or smoothness, m", metres(BANDWIDTH)),
        input(
            "k",
            "Số láng giềng gần nhất, hoặc số cơ sở thành khu / Nearest neighbours, or sites that make a zone",
            json!({"type": "integer", "minimum": K.0, "maximum": K.1, "default": super::hotspots::DEFAULT_K}),
        ),
        input("kernel", "Dạng nhân / Shape of the kernel", word(KernelShape::WORDS)),
        input(
            "permutations",
            "Số hoán vị; 0 là theo phân phối chuẩn / Permutations; 0 for normal theory",
            with_default(
                json!({"type": "integer", "minimum": least_permutations, "maximum": most_permutations}),
                standing.map(|standing| standing.permutations.count.into()),
            ),
        ),
        input(
            "seed",
            "Số khởi đầu của hoán vị / Seed of the permutations",
            with_default(
                json!({"type": "integer", "minimum": 0}),
                standing.map(|standing| standing.permutations.seed.into()),
            ),
        ),
        input(
            "fdr",
            "Kiểm soát tỷ lệ phát hiện sai / Control of the false-discovery rate",
            json!({"type": "boolean", "default": true}),
        ),
    ]
}

/// What the process does.
const ABOUT: &str =
    "Tìm điểm nóng ô nhiễm từ chỉ số áp lực của từng cơ sở. / Finds pollution hotspots from the pressure of each site.";

fn summary() -> Value {
    json!({
        "id": HOTSPOTS,
        "title": "Điểm nóng ô nhiễm / Pollution hotspots",
        "description": ABOUT,
        "version": env!("CARGO_PKG_VERSION"),
        "jobControlOptions": ["sync-execute", "async-execute", "dismiss"],
        "outputTransmission": ["value"],
    })
}

/// The list of processes.
pub fn list(base: &str, links: Vec<Link>) -> Value {
    let mut process = summary();
    process["links"] = json!([link(format!("{base}/processes/{HOTSPOTS}"), SELF, JSON, "Mô tả / Description")]);
    json!({"processes": [process], "links": links})
}

/// The description of the process.
pub fn description(base: &str, standing: &Parameters, mut links: Vec<Link>) -> Value {
    let mut document = summary();
    let mut described = serde_json::Map::new();
    for Input { name, title, schema } in inputs(Some(standing)) {
        described.insert(name.to_owned(), json!({"title": title, "schema": schema, "minOccurs": 0, "maxOccurs": 1}));
    }
    let day = json!({"type": "string", "format": "date"});
    let title = "Ngày cần xem; mặc định là hôm nay / The day; today without it";
    described.insert(super::AS_OF.to_owned(), json!({"title": title, "schema": day, "minOccurs": 0, "maxOccurs": 1}));
    document["inputs"] = described.into();
    document["outputs"] = json!({OUTPUT: {
        "title": "Ô, cơ sở hoặc khu vực / Cells, sites or zones",
        "schema": {"oneOf": [
            {"type": "object", "contentMediaType": GEO_JSON},
            {"type": "string", "contentMediaType": CSV},
        ]},
    }});
    links.push(link(format!("{base}/processes/{HOTSPOTS}/execution"), EXECUTE_REL, JSON, "Chạy / Execute"));
    document["links"] = json!(links);
    document
}

/// How a job stands.
pub struct JobStatus<'a> {
    pub id: &'a str,
    /// `accepted`, `running`, `successful`, `failed` or `dismissed`.
    pub status: &'static str,
    pub message: Option<String>,
    pub created: String,
    pub started: Option<String>,
    pub finished: Option<String>,
}

/// A job's status.
pub fn status(base: &str, job: &JobStatus<'_>) -> Value {
    let url = format!("{base}/jobs/{}", job.id);
    let mut links = vec![link(url.clone(), SELF, JSON, "Tình trạng / Status")];
    if job.status == "successful" {
        links.push(link(format!("{url}/results"), RESULTS_REL, GEO_JSON, "Kết quả / Results"));
    }
    let mut document = json!({
        "processID": HOTSPOTS,
        "type": "process",
        "jobID": job.id,
        "status": job.status,
        "created": job.created,
        "links": links,
    });
    let more = [("message", &job.message), ("started", &job.started), ("finished", &job.finished)];
    for (name, value) in more {
        if let Some(value) = value {
            document[name] = value.as_str().into();
        }
    }
    let updated = job.finished.as_ref().or(job.started.as_ref()).unwrap_or(&job.created);
    document["updated"] = updated.as_str().into();
    document
}
