//! A plan as it is reviewed: its boundary, lots, lines and dates, the buildings on its ground, and what is on record of its
//! site. All geometry is in the plan's own CRS.

use chrono::NaiveDate;
use geo::{MultiLineString, MultiPolygon, Polygon};

use crate::compliance::site::{PlanStatus, SiteStatus, TreatmentKind};
use crate::compliance::{RowRef, SiteCollection};
use crate::geom::Crs;

/// A 1/500 detailed plan with all that its review looks at. An empty cell of a register is `None`, never zero or no.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Its row in `plans`, with source and whether it is made up.
    pub row: RowRef,
    /// Name, in Vietnamese.
    pub name: String,
    /// The metric CRS of every geometry below.
    pub crs: Crs,
    /// State of the plan.
    pub status: Option<PlanStatus>,
    /// Number of the decision.
    pub decision_no: Option<String>,
    /// Who approved it, as the register writes it.
    pub authority: Option<String>,
    /// Its dates, as far as they are on record.
    pub dates: PlanDates,
    /// Area as the decision states it, hectares.
    pub area_ha: Option<f64>,
    /// Version.
    pub version: Option<String>,
    /// Denominator of the drawing's scale: 500.
    pub scale: Option<i64>,
    /// Number of the case that allows the adjustment, as the decision names it.
    pub adjustment_case: Option<i64>,
    /// How far off the plan as a whole may lie, metres; `None` where it was surveyed.
    pub precision_m: Option<f64>,
    /// Name of the drawing that it was taken from.
    pub source_file: Option<String>,
    /// SHA-256 of that file.
    pub source_sha256: Option<String>,
    /// The boundary; `None` where only the record is known.
    pub boundary: Option<MultiPolygon<f64>>,
    /// The lots, by id.
    pub parcels: Vec<Parcel>,
    /// Red lines, building lines, corridors and networks, by id.
    pub lines: Vec<PlanLine>,
    /// Buildings of the site and buildings that stand on the plan's ground, by id.
    pub buildings: Vec<Building>,
    /// The cluster that the plan is for.
    pub site: PlanSite,
}

/// The steps of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlanDates {
    /// The planning task was approved.
    pub task_approved_on: Option<NaiveDate>,
    /// The public was consulted.
    pub consulted_on: Option<NaiveDate>,
    /// It was handed in.
    pub submitted_on: Option<NaiveDate>,
    /// It was appraised.
    pub appraised_on: Option<NaiveDate>,
    /// It was approved.
    pub approved_on: Option<NaiveDate>,
    /// It was published.
    pub published_on: Option<NaiveDate>,
    /// Another took its place.
    pub superseded_on: Option<NaiveDate>,
}

/// A lot.
#[derive(Debug, Clone, PartialEq)]
pub struct Parcel {
    /// Feature id in `plan_parcels`.
    pub id: String,
    /// Symbol on the drawing: `CN-03`.
    pub symbol: Option<String>,
    /// National land-use symbol: `CN`, `CX`, `GT`, ….
    pub land_use: Option<String>,
    /// What it is for, in words.
    pub function: Option<String>,
    /// Area that the plan's lot table states, m².
    pub stated_m2: Option<f64>,
    /// Permitted density, percent.
    pub density_max_pct: Option<f64>,
    /// Permitted storeys.
    pub storeys_max: Option<i64>,
    /// Permitted floor-area ratio.
    pub far_max: Option<f64>,
    /// Permitted height, metres.
    pub height_max_m: Option<f64>,
    /// Set-back from the red line that the lot table states, metres.
    pub setback_m: Option<f64>,
    /// Code of the shared work that stands on it: `WWTP`, `ADMIN`, ….
    pub item_code: Option<String>,
    /// Its ground; `None` where the lot is in the table and not on the drawing.
    pub polygon: Option<Polygon<f64>>,
}

impl Parcel {
    /// What people call it: its symbol, else its id.
    pub fn label(&self) -> &str {
        self.symbol.as_deref().unwrap_or(&self.id)
    }

    /// Whether it has one of these land uses.
    pub fn is_used_as(&self, uses: &[&str]) -> bool {
        self.land_use.as_deref().is_some_and(|land_use| uses.contains(&land_use))
    }
}

/// What a line of a plan stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineKind {
    /// Chỉ giới đường đỏ: the border of road land.
    RedLine,
    /// Chỉ giới xây dựng: up to where may be built.
    BuildingLine,
    /// Hành lang bảo vệ: ground that stays free on both sides, over the line's width.
    Easement,
    /// Tim đường.
    RoadCentre,
    /// Mép đường.
    RoadEdge,
    /// Tuyến hạ tầng kỹ thuật.
    Utility,
    /// Tường rào.
    Fence,
    /// Any other line.
    Other,
}

impl LineKind {
    /// The kind that a word of `plan_lines.line_kind` stands for; `None` for a word that is not one of them.
    pub fn parse(word: &str) -> Option<LineKind> {
        Some(match word {
            "red_line" => LineKind::RedLine,
            "building_line" => LineKind::BuildingLine,
            "easement" => LineKind::Easement,
            "road_centre" => LineKind::RoadCentre,
            "road_edge" => LineKind::RoadEdge,
            "utility" => LineKind::Utility,
            "fence" => LineKind::Fence,
            "other" => LineKind::Other,
            _ => return None,
        })
    }

    /// The word used in the register.
    pub fn as_str(self) -> &'static str {
        match self {
            LineKind::RedLine => "red_line",
            LineKind::BuildingLine => "building_line",
            LineKind::Easement => "easement",
            LineKind::RoadCentre => "road_centre",
            LineKind::RoadEdge => "road_edge",
            LineKind::Utility => "utility",
            LineKind::Fence => "fence",
            LineKind::Other => "other",
        }
    }
}

/// A line of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanLine {
    /// Feature id in `plan_lines`.
    pub id: String,
    /// What it stands for; `None` where the register does not say.
    pub kind: Option<LineKind>,
    /// What stands beside it on the drawing.
    pub label: Option<String>,
    /// Code of the shared work that it carries: `WATER`, `POWER`, ….
    pub item_code: Option<String>,
    /// Width of the road or corridor, metres.
    pub width_m: Option<f64>,
    /// Its course.
    pub course: Option<MultiLineString<f64>>,
}

/// A building as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Building {
    /// Feature id in `buildings`.
    pub id: String,
    /// Name.
    pub name: Option<String>,
    /// What it is used for, in words.
    pub usage: Option<String>,
    /// Storeys.
    pub storeys: Option<i64>,
    /// Height, metres.
    pub height_m: Option<f64>,
    /// When it was built.
    pub built_on: Option<NaiveDate>,
    /// How far off its place may be against the plan, metres; `None` where it was surveyed.
    pub precision_m: Option<f64>,
    /// Footprint.
    pub footprint: Option<Polygon<f64>>,
}

impl Building {
    /// What people call it: its name, else its id.
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }
}

/// What is on record of the cluster that a plan is for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlanSite {
    /// The register it is in; `None` where the plan names no site that is on record.
    pub collection: Option<SiteCollection>,
    /// Its id there.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// How far it has come.
    pub status: Option<SiteStatus>,
    /// Its boundary in the plan's CRS.
    pub boundary: Option<MultiPolygon<f64>>,
    /// How far off that boundary may be, metres; `None` where it was surveyed.
    pub precision_m: Option<f64>,
    /// Area as its founding decision states it, hectares.
    pub area_ha: Option<f64>,
    /// Wastewater that it makes or will make, m³ a day.
    pub wastewater_m3_day: Option<f64>,
    /// Its treatment stations.
    pub stations: Vec<PlanStation>,
    /// Rivers and canals around the plan.
    pub waterways: Vec<Waterway>,
}

/// A treatment station of the site.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanStation {
    /// Feature id in `treatment_stations`.
    pub id: String,
    /// Name.
    pub name: Option<String>,
    /// How it treats.
    pub kind: Option<TreatmentKind>,
    /// Design capacity, m³ a day.
    pub capacity_m3_day: Option<f64>,
    /// Whether it lies upwind or upstream of housing.
    pub is_upwind: Option<bool>,
}

/// A river or canal.
#[derive(Debug, Clone, PartialEq)]
pub struct Waterway {
    /// Feature id in `waterways`.
    pub id: String,
    /// Name.
    pub name: Option<String>,
    /// How far off its course may be, metres; `None` where it was surveyed.
    pub precision_m: Option<f64>,
    /// Its course, in the plan's CRS.
    pub course: MultiLineString<f64>,
}
