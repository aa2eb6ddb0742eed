//! What a review says of a plan.

use std::collections::HashMap;

use chrono::NaiveDate;
use geo::{Geometry, Point};

use xxhash_rust::xxh3::xxh3_64;

use crate::compliance::{LegalBasis, RowRef, Text};
use crate::geom::Crs;

/// How a requirement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Fulfilled.
    Pass,
    /// Not fulfilled.
    Fail,
    /// The limit lies inside what is not known exactly, such as the error of a place.
    Undetermined,
    /// What would have to be on record is not.
    Unknown,
    /// The requirement does not concern this plan.
    NotApplicable,
}

impl Verdict {
    /// The word used in the registers and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Undetermined => "undetermined",
            Verdict::Unknown => "unknown",
            Verdict::NotApplicable => "not_applicable",
        }
    }
}

/// How many digits behind the point show that two numbers differ, at least so many: nobody is to read that 10 % is less than
/// 10 %. As many as were asked for where they are equal or one is not known.
pub fn digits_apart(measured: Option<f64>, required: Option<f64>, digits: usize) -> usize {
    /// Finer than anything that is judged.
    const FINEST: usize = 9;
    let Some((a, b)) = measured.zip(required) else { return digits };
    (digits..=FINEST).find(|digits| format!("{a:.digits$}") != format!("{b:.digits$}")).unwrap_or(digits)
}

/// How heavy a finding weighs. What rests on a number that is not certain weighs [`Severity::Info`] at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// To be put right before the plan can be signed.
    Error,
    /// To be looked into.
    Warning,
    /// Good to know.
    Info,
}

impl Severity {
    /// The word used in the registers and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

/// What a finding found, closer than its rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// A ring crosses itself, is open or encloses nothing.
    InvalidGeometry,
    /// Two lots on the same ground, or two with one symbol.
    Duplicate,
    /// A lot reaches over the boundary of the plan.
    OutsideBoundary,
    /// Two lots share ground.
    Overlap,
    /// Ground of the plan without a lot.
    Gap,
    /// A gap or overlap as narrow as the drawing is exact.
    Sliver,
    /// The plan's boundary is not that of the cluster.
    BoundaryDiffers,
    /// Stated and measured area differ.
    AreaDiffers,
    /// Too little land of one use.
    Share,
    /// Density, storeys or use coefficient over what is allowed, or a lot table that contradicts itself.
    Density,
    /// Ground that must stay green is not.
    Belt,
    /// Beyond the red line, the building line, or on an easement.
    Line,
    /// Too near to the station, or the station in the wrong place.
    Station,
    /// A step is missing, late or out of order.
    Date,
    /// Who decided, or why.
    Authority,
    /// No road, no place for a shared work, too little capacity.
    Infrastructure,
    /// A building outside the lots or the plan.
    BuiltOutside,
    /// A building on green land or water.
    BuiltOnGreen,
    /// A building on a road.
    BuiltOnRoad,
    /// A building on an easement.
    BuiltOnEasement,
    /// More of the lot built on than permitted.
    BuiltTooDensely,
    /// Higher than permitted.
    BuiltTooHigh,
    /// Built before the plan was approved.
    BuiltBeforeApproval,
}

impl FindingKind {
    /// The word used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            FindingKind::InvalidGeometry => "invalid_geometry",
            FindingKind::Duplicate => "duplicate",
            FindingKind::OutsideBoundary => "outside_boundary",
            FindingKind::Overlap => "overlap",
            FindingKind::Gap => "gap",
            FindingKind::Sliver => "sliver",
            FindingKind::BoundaryDiffers => "boundary_differs",
            FindingKind::AreaDiffers => "area_differs",
            FindingKind::Share => "share",
            FindingKind::Density => "density",
            FindingKind::Belt => "belt",
            FindingKind::Line => "line",
            FindingKind::Station => "station",
            FindingKind::Date => "date",
            FindingKind::Authority => "authority",
            FindingKind::Infrastructure => "infrastructure",
            FindingKind::BuiltOutside => "built_outside",
            FindingKind::BuiltOnGreen => "built_on_green",
            FindingKind::BuiltOnRoad => "built_on_road",
            FindingKind::BuiltOnEasement => "built_on_easement",
            FindingKind::BuiltTooDensely => "built_too_densely",
            FindingKind::BuiltTooHigh => "built_too_high",
            FindingKind::BuiltBeforeApproval => "built_before_approval",
        }
    }

    /// Whether it is about the drawing alone: rings, overlaps, gaps, the boundary.
    pub fn is_geometry(self) -> bool {
        self <= FindingKind::AreaDiffers
    }
}

/// One thing that a review found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Its number in the review, from 1, as the map and the dossier show it.
    pub number: usize,
    /// The rule.
    pub rule: &'static str,
    /// What was found.
    pub kind: FindingKind,
    /// [`Verdict::Fail`], [`Verdict::Undetermined`] or [`Verdict::Unknown`].
    pub verdict: Verdict,
    /// How heavy it weighs.
    pub severity: Severity,
    /// What is wrong, where, by how much.
    pub message: Text,
    /// What was measured.
    pub measured: Option<f64>,
    /// What is required.
    pub required: Option<f64>,
    /// Unit of both: `m`, `m2`, `%`, `d`.
    pub unit: Option<&'static str>,
    /// The ground or line that it is about, in the plan's CRS; `None` where it has no place.
    pub place: Option<Geometry<f64>>,
    /// A point on it, for a number on the map.
    pub anchor: Option<Point<f64>>,
    /// Ids of the lots concerned.
    pub parcels: Vec<String>,
    /// Ids of the buildings concerned.
    pub buildings: Vec<String>,
    /// Ids of the lines concerned.
    pub lines: Vec<String>,
    /// The texts that it rests on, with how sure they are.
    pub law: Vec<LegalBasis>,
}

/// What one rule says of the plan as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The rule.
    pub rule: &'static str,
    /// Its title.
    pub title: Text,
    /// The outcome.
    pub verdict: Verdict,
    /// Whether it rests on texts and numbers that are certain; otherwise it informs.
    pub counts: bool,
    /// Why.
    pub why: Text,
    /// What was measured, where it is one number.
    pub measured: Option<f64>,
    /// What is required.
    pub required: Option<f64>,
    /// Unit of both.
    pub unit: Option<&'static str>,
    /// What would have to be on record, as `collection.field`.
    pub missing: Vec<String>,
    /// The texts in force on the day whose law holds.
    pub law: Vec<LegalBasis>,
}

/// One line of the land-use balance.
#[derive(Debug, Clone, PartialEq)]
pub struct BalanceRow {
    /// National land-use symbol; `None` for lots that state none.
    pub land_use: Option<String>,
    /// Number of lots.
    pub lots: usize,
    /// Area on the projection, m².
    pub measured_m2: f64,
    /// Area on the ellipsoid: on the projection / scale factor², m². `None` where the CRS has no known scale factor.
    pub ground_m2: Option<f64>,
    /// Sum of what the lot table states, m²; `None` where a lot states none.
    pub stated_m2: Option<f64>,
    /// Measured area in percent of the total.
    pub share_pct: f64,
    /// Least share by law, percent.
    pub required_pct: Option<f64>,
    /// How the share stands to it.
    pub verdict: Option<Verdict>,
}

/// The land-use balance.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Balance {
    /// By land use, in the order of the catalogue; lots that state none come last.
    pub rows: Vec<BalanceRow>,
    /// Area of the boundary on the projection, else the sum of the lots, m².
    pub total_m2: f64,
    /// The same on the ellipsoid, m².
    pub total_ground_m2: Option<f64>,
    /// Area that the decision states, m².
    pub stated_m2: Option<f64>,
    /// Sum of the lots on the projection, m².
    pub lots_m2: f64,
    /// Scale factor of the projection in the middle of the plan.
    pub scale_factor: Option<f64>,
}

/// One line of the lot table, with what was measured beside what the plan states.
#[derive(Debug, Clone, PartialEq)]
pub struct Lot {
    /// Feature id in `plan_parcels`.
    pub id: String,
    /// Symbol.
    pub symbol: Option<String>,
    /// Land use.
    pub land_use: Option<String>,
    /// Area that the plan states, m².
    pub stated_m2: Option<f64>,
    /// Area on the projection, m².
    pub measured_m2: Option<f64>,
    /// Area on the ellipsoid, m².
    pub ground_m2: Option<f64>,
    /// Stated less measured, percent of measured.
    pub difference_pct: Option<f64>,
    /// Permitted density, percent.
    pub density_max_pct: Option<f64>,
    /// Share of the lot that is built on, percent; `None` where no building is on record for the site.
    pub density_built_pct: Option<f64>,
    /// Permitted storeys.
    pub storeys_max: Option<i64>,
    /// Most storeys of a building on it.
    pub storeys_built: Option<i64>,
    /// Permitted floor-area ratio.
    pub far_max: Option<f64>,
    /// Floor area of the buildings on it / area, where the storeys of all of them are on record.
    pub far_built: Option<f64>,
    /// Permitted height, metres.
    pub height_max_m: Option<f64>,
}

/// Where one kind of shared work has its place in the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemPlace {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: Text,
    /// Whether it is one of the thirteen.
    pub counted: bool,
    /// Lots that are for it.
    pub parcels: Vec<String>,
    /// Lines that are of it.
    pub lines: Vec<String>,
}

impl ItemPlace {
    /// Whether the plan shows a place for it.
    pub fn has_place(&self) -> bool {
        !self.parcels.is_empty() || !self.lines.is_empty()
    }
}

/// What an official may accept as a violation, or dismiss.
#[derive(Debug, Clone, PartialEq)]
pub struct ProposedViolation {
    /// Stable id: plan, building and kind.
    pub id: String,
    /// Word of `violations.violation_kind`.
    pub violation_kind: &'static str,
    /// Number of the finding that it follows from.
    pub finding: usize,
    /// The building; `None` where several together are too dense.
    pub building: Option<String>,
    /// Ids of rules, comma-separated.
    pub legal_basis: String,
    /// What is wrong.
    pub message: Text,
    /// Where, in the plan's CRS.
    pub place: Option<Geometry<f64>>,
}

/// The review of one plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanReview {
    /// The plan's row.
    pub plan: RowRef,
    /// Its name.
    pub name: String,
    /// The CRS of every place in the review.
    pub crs: Crs,
    /// The day for which it is reviewed.
    pub as_of: NaiveDate,
    /// The day whose law holds: of the approval, else of the submission, else `as_of`.
    pub law_on: NaiveDate,
    /// Whether anything behind it is made up.
    pub is_demo: bool,
    /// The land-use balance.
    pub balance: Balance,
    /// The lot table.
    pub lots: Vec<Lot>,
    /// The places of the shared works.
    pub infrastructure: Vec<ItemPlace>,
    /// Every rule, in the order of the catalogue.
    pub checks: Vec<Check>,
    /// What was found, heaviest first, numbered from 1.
    pub findings: Vec<Finding>,
    /// What an official may accept as violations.
    pub proposed_violations: Vec<ProposedViolation>,
}

impl PlanReview {
    /// How many findings weigh so.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// How many rules could not be decided.
    pub fn open_checks(&self) -> usize {
        let is_open = |check: &&Check| matches!(check.verdict, Verdict::Unknown | Verdict::Undetermined);
        self.checks.iter().filter(is_open).count()
    }

    /// Ids of the findings in their order: of one rule and kind about the same lots, buildings and lines an id stays what it
    /// was at the last review.
    pub fn finding_ids(&self) -> Vec<String> {
        let mut seen: HashMap<u64, u64> = HashMap::new();
        let id = |finding: &Finding| {
            let ids = [&finding.parcels, &finding.buildings, &finding.lines].map(|ids| ids.join(","));
            let of = format!("{} {} {}", finding.rule, finding.kind.as_str(), ids.join(";"));
            let hash = xxh3_64(of.as_bytes());
            let again = seen.entry(hash).and_modify(|count| *count += 1).or_insert(0);
            format!("{}.{:016x}", self.plan.id, hash.wrapping_add(*again))
        };
        self.findings.iter().map(id).collect()
    }

    /// What a rule says of the plan.
    pub fn check(&self, rule: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.rule == rule)
    }
}

/// How a lot differs between two versions.
#[derive(Debug, Clone, PartialEq)]
pub struct LotChange {
    /// Id in the earlier version.
    pub before: String,
    /// Id in the later version.
    pub after: String,
    /// Symbols before and after.
    pub symbols: [Option<String>; 2],
    /// Land use before and after, where it differs.
    pub land_use: Option<[Option<String>; 2]>,
    /// Measured areas before and after, m²; `None` where the lot is not drawn.
    pub area_m2: [Option<f64>; 2],
    /// How far the border moved at most, metres, where that is more than the tolerance.
    pub moved_m: Option<f64>,
    /// Other columns of the lot table that differ: name, before, after.
    pub values: Vec<(&'static str, Option<f64>, Option<f64>)>,
}

/// Two versions of a plan, compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Id of the earlier plan.
    pub before: String,
    /// Id of the later plan.
    pub after: String,
    /// Lots of the later plan alone.
    pub added: Vec<String>,
    /// Lots of the earlier plan alone.
    pub removed: Vec<String>,
    /// Lots of both that differ.
    pub changed: Vec<LotChange>,
    /// Number of lots of both that are the same.
    pub unchanged: usize,
    /// A border that moved no further has not moved, metres.
    pub tolerance_m: f64,
}
