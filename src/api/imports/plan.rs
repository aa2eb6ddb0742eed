//! The drawing of a 1/500 plan as an import: one file becomes one plan with its lots, lines and buildings.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::sync::OwnedSemaphorePermit;

use super::desk::{Desk, Import, Progress};
use super::options::{Options, Said};
use super::show;
use crate::api::App;
use crate::domain::FeatureId;
use crate::ogc::problem::{Fault, Problem};
use crate::store::Mode;
use crate::upload::{Ground, Leash, PlanJob, PlanReading, UploadError};

/// Parameters that are said of a drawing alone.
pub const OPTIONS: [&str; 8] = ["plan", "site", "name", "unit", "swap-xy", "snap", "move-site", "away-from-site"];

/// The collection that stands for plans.
const PLANS: &str = "plans";

/// Rows of each register that are shown.
const SHOWN: usize = 250;

/// What is said of a drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    plan: String,
    site: (String, String),
    name: Option<String>,
    unit_m: Option<f64>,
    is_swapped: bool,
    snap_m: f64,
    moves_site: bool,
    is_away: bool,
}

/// A drawing that was read.
pub struct Drawn {
    pub reading: PlanReading,
    preview: Value,
}

/// Reads what is said of a drawing; `None` where nothing is.
///
/// # Errors
/// 400 with every fault.
pub fn asked(said: Said<'_>) -> Result<Option<Asked>, Problem> {
    if OPTIONS.iter().all(|name| said(name).is_none()) {
        return Ok(None);
    }
    let mut faults = Vec::new();
    let mut fault =
        |name: &str, detail: &str| faults.push(Fault { parameter: name.to_owned(), detail: detail.to_owned() });
    if said("collection").as_deref() != Some(PLANS) {
        fault("collection", "là plans khi tệp là bản vẽ đồ án / is plans where the file is the drawing of one");
    }
    let is_id = |text: &String| FeatureId::parse(text).is_ok();
    let plan = said("plan").filter(is_id).unwrap_or_else(|| {
        fault("plan", "là mã của đồ án / is the id of the plan");
        String::new()
    });
    let site = said("site").unwrap_or_default();
    let site = match site.split_once('/') {
        Some((collection @ ("clusters" | "craft_villages"), id)) if FeatureId::parse(id).is_ok() => {
            (collection.to_owned(), id.to_owned())
        }
        _ => {
            fault("site", "là clusters/MÃ hoặc craft_villages/MÃ / is clusters/ID or craft_villages/ID");
            Default::default()
        }
    };
    let unit_m = match said("unit").as_deref() {
        None => None,
        Some("m") => Some(1.0),
        Some("mm") => Some(0.001),
        Some(_) => {
            fault("unit", "là m hoặc mm / is m or mm");
            None
        }
    };
    let mut truth = |name: &str| match said(name).as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            fault(name, "là true hoặc false / is true or false");
            false
        }
    };
    let (is_swapped, moves_site, is_away) = (truth("swap-xy"), truth("move-site"), truth("away-from-site"));
    let snap = said("snap").map_or(Ok(0.01), |text| text.parse::<f64>());
    let snap_m = snap.ok().filter(|snap| *snap > 0.0 && *snap <= 1.0).unwrap_or_else(|| {
        fault("snap", "tính bằng mét, lớn hơn 0 và nhiều nhất 1 / is in metres, more than 0 and at most 1");
        0.0
    });
    let name = said("name").filter(|name| !name.is_empty());
    if name.as_ref().is_some_and(|name| name.len() > 500 || name.contains(char::is_control)) {
        fault("name", "không phải tên / is no name");
    }
    if faults.is_empty() {
        Ok(Some(Asked { plan, site, name, unit_m, is_swapped, snap_m, moves_site, is_away }))
    } else {
        Err(Problem::Parameters(faults))
    }
}

impl App {
    pub(super) async fn read_plan(
        &self,
        desk: &Desk,
        import: &Arc<Import>,
        leash: &Arc<Leash>,
        place: OwnedSemaphorePermit,
        options: &Options,
        asked: &Asked,
    ) -> Progress {
        let refused = |message: &str| Progress::Refused { message: message.to_owned(), layers: Vec::new() };
        if options.mode == Mode::Upsert || options.mapping.is_some() || options.layer.is_some() {
            return refused(
                "bản vẽ được thêm vào, hoặc thay bản trước của đồ án; không khớp cột và lấy mọi lớp / \
                 a drawing is appended, or put in place of the plan's earlier one; it takes no mapping and all layers",
            );
        }
        let Ok(registrar) = self.registrar() else { return Progress::Failed(String::new()) };
        let job = PlanJob {
            file: import.name.clone(),
            plan: asked.plan.clone(),
            site: asked.site.clone(),
            name: asked.name.clone(),
            crs: options.crs.clone(),
            encoding: options.encoding.clone(),
            is_swapped: asked.is_swapped,
            unit_m: asked.unit_m,
            snap_m: asked.snap_m,
            moves_site: asked.moves_site,
            is_away: asked.is_away,
            is_replace: options.mode == Mode::Replace,
            seed: Vec::new(),
        };
        let of_ground = job.clone();
        let ground = match registrar.read(move |store| Ground::of(store, &of_ground)).await {
            Ok(Ok(ground)) => ground,
            Ok(Err(error)) => return Progress::Failed(error.to_string()),
            Err(closed) => return Progress::Failed(closed.to_string()),
        };
        let (workers, leash) = (desk.workers.clone(), Arc::clone(leash));
        let read = import.apart(move |folder, aside| {
            let reading = ground.read(&workers, (folder, aside), job, &leash)?;
            drop(place);
            let preview = preview(&reading).map_err(|message| UploadError::Refused { message, layers: Vec::new() })?;
            Ok(Drawn { reading, preview })
        });
        read.await.map_or_else(|progress| progress, |drawn| Progress::Plan(Arc::new(drawn)))
    }
}

/// The first rows of each register as features.
fn preview(reading: &PlanReading) -> Result<Value, String> {
    let mut features = Vec::new();
    let mut room = show::COORDINATES;
    for (collection, drafts) in reading.first(SHOWN).map_err(|e| e.to_string())? {
        for draft in drafts {
            let Some(left) = room.checked_sub(show::coordinates(&draft)) else { break };
            room = left;
            let mut feature = show::feature(collection, draft, 0)?;
            feature["collection"] = collection.id.clone().into();
            features.push(feature);
        }
    }
    Ok(json!({"type": "FeatureCollection", "features": features}))
}

impl Asked {
    pub fn document(&self) -> Value {
        json!({
            "plan": self.plan, "site": format!("{}/{}", self.site.0, self.site.1), "name": self.name,
            "unit_m": self.unit_m, "swap-xy": self.is_swapped, "snap": self.snap_m,
            "move-site": self.moves_site, "away-from-site": self.is_away,
        })
    }
}

impl Drawn {
    pub fn show(&self, document: &mut Map<String, Value>) {
        let head = &self.reading.head;
        let counts = self.reading.counts().into_iter();
        document.extend([
            ("crs".to_owned(), head.crs.clone().into()),
            (
                "plan".to_owned(),
                json!({
                    "lots": head.lots, "lines": head.lines, "buildings": head.buildings, "area_m2": head.area_m2,
                    "lots_m2": head.lots_m2,
                }),
            ),
            (
                "rows".to_owned(),
                counts
                    .map(|(collection, count)| (collection.to_owned(), count.into()))
                    .collect::<Map<_, Value>>()
                    .into(),
            ),
            ("notes".to_owned(), self.reading.notices.clone().into()),
            ("intake_notes".to_owned(), self.reading.intake_notes()),
            ("preview".to_owned(), self.preview.clone()),
        ]);
    }
}
