//! A drawing of a 1/500 plan in and out: one file becomes one plan in the registers, with its original kept, and back.

mod buildings;
mod dxf;
mod export;
mod import;
mod read;

use std::path::PathBuf;

pub use buildings::{of_site, shown_elsewhere};
pub use export::{PlanExport, export_plan, write_plan_file};
pub use import::{Part, import_plan, rows_of_plan, write_plan};

use super::EncodingChoice;
use crate::domain::FeatureId;
use crate::geom::Crs;
use crate::plan::drawing::Note;
use crate::store::Applied;

/// How a drawing meets what the store knows of its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanMode {
    /// The plan is new.
    Append,
    /// The drawing takes the place of the plan's earlier one; what it does not say of the plan stays.
    Replace,
}

/// What to take in and how.
#[derive(Debug, Clone)]
pub struct PlanOptions {
    pub source: PathBuf,
    /// The id of the plan.
    pub plan: FeatureId,
    /// Collection and id of the site that it is for.
    pub site: (String, FeatureId),
    /// The plan's name; made from the site's where nothing is said.
    pub name: Option<String>,
    pub crs: Option<Crs>,
    /// The first number of a pair is the northing.
    pub is_swapped: bool,
    /// Metres of one unit of the drawing.
    pub unit_m: Option<f64>,
    /// A mapping file of the user's.
    pub map: Option<PathBuf>,
    /// How far two ends may be apart and still be one, in metres.
    pub snap_m: f64,
    pub encoding: EncodingChoice,
    pub mode: PlanMode,
    /// The plan's earlier version was for another site, and is to be for this one.
    pub moves_site: bool,
    /// The plan lies away from where its site is on record, and that is right.
    pub is_away: bool,
    /// Check and report only.
    pub dry_run: bool,
    /// Who imports, for the history.
    pub who: String,
}

/// What came of a drawing, or would have.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanReport {
    /// The system that the coordinates were read in.
    pub crs: Crs,
    pub lots: usize,
    pub lines: usize,
    pub buildings: usize,
    /// Of the boundary, in m².
    pub area_m2: f64,
    /// Of all lots together, in m².
    pub lots_m2: f64,
    pub sha256: String,
    /// Everything repaired, guessed or left out.
    pub notes: Vec<Note>,
    /// What was said of the file as such.
    pub notices: Vec<String>,
    /// By collection; empty in a dry run.
    pub applied: Vec<(String, Applied)>,
    pub dry_run: bool,
}
