//! The facts about one site, as the registers hold them: plain structs, `None` where nothing is on record.
//!
//! The rules read these and nothing else. Whoever fills them must not turn an empty cell into a value.

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use super::effluent::{DischargePoint, Sample};
use super::evidence::RowRef;
use super::law::SiteCollection;
use super::words::words;

words! {
    /// How far a cluster has come.
    SiteStatus {
        /// Enterprises produce in it.
        Operating = "operating",
        /// Decided, nothing built yet.
        Established = "established",
        /// Its infrastructure is being built.
        UnderConstruction = "under_construction",
        /// In the provincial scheme, not decided.
        Planned = "planned",
        /// On record as not known.
        Unknown = "unknown",
    }
}

words! {
    /// How far a treatment station has come. Whether its effluent complies is a finding, not a state.
    StationStatus {
        /// On record that there is none.
        None = "none",
        /// Planned.
        Planned = "planned",
        /// Being built.
        UnderConstruction = "under_construction",
        /// Building stopped.
        Unfinished = "unfinished",
        /// Built, and does not run.
        BuiltNotOperating = "built_not_operating",
        /// In trial operation.
        Trial = "trial",
        /// Runs.
        Operating = "operating",
        /// On record as not known.
        Unknown = "unknown",
    }
}

words! {
    /// Whether automatic continuous monitoring sends its data to the department.
    AutoMonitoringStatus {
        /// Installed and sending.
        Connected = "connected",
        /// Installed, not sending.
        NotConnected = "not_connected",
        /// On record that there is none.
        None = "none",
        /// On record as not known.
        Unknown = "unknown",
    }
}

words! {
    /// What the register says of an environmental permit.
    PermitStatus {
        /// Granted.
        Granted = "granted",
        /// On record that there is none.
        None = "none",
        /// Taken back by the authority.
        Revoked = "revoked",
        /// On record as not known.
        Unknown = "unknown",
    }
}

words! {
    /// How far a 1/500 detailed plan has come.
    PlanStatus {
        /// On record that there is none.
        None = "none",
        /// Being drawn.
        Draft = "draft",
        /// Submitted for approval.
        Submitted = "submitted",
        /// Approved.
        Approved = "approved",
        /// Refused.
        Rejected = "rejected",
    }
}

words! {
    /// How far the handling of a violation has come.
    ViolationStatus {
        /// Found.
        Detected = "detected",
        /// Handling proposed.
        Proposed = "proposed",
        /// Decided.
        Decided = "decided",
        /// Put right.
        Remedied = "remedied",
        /// Under appeal; open until it is closed.
        Appealed = "appealed",
    }
}

words! {
    /// State of one infrastructure item.
    ItemStatus {
        /// Complete.
        Complete = "complete",
        /// In part.
        Partial = "partial",
        /// Being built.
        UnderConstruction = "under_construction",
        /// Planned.
        Planned = "planned",
        /// On record as missing.
        Missing = "missing",
        /// Not required at this site.
        NotRequired = "not_required",
        /// On record as not known.
        Unknown = "unknown",
    }
}

words! {
    /// On which side of the fence a work stands.
    FenceSide {
        /// Inside the site.
        Inside = "inside",
        /// Outside, serving it.
        Outside = "outside",
    }
}

words! {
    /// Who pays for a work.
    BudgetLevel {
        /// City budget.
        City = "city",
        /// District budget, until 2025-06-30.
        District = "district",
        /// Commune budget.
        Commune = "commune",
        /// Infrastructure investor.
        Investor = "investor",
        /// Somebody else.
        Other = "other",
    }
}

words! {
    /// How a station treats, which decides its safety distance.
    TreatmentKind {
        /// Pumping station.
        PumpingStation = "pumping_station",
        /// With sludge drying beds.
        SludgeDryingBeds = "sludge_drying_beds",
        /// Mechanical with sludge treatment.
        MechanicalWithSludgeTreatment = "mechanical_with_sludge_treatment",
        /// Mechanical, physico-chemical and biological.
        MechanicalPhysicochemicalBiological = "mechanical_physicochemical_biological",
        /// Enclosed, with odour treatment.
        EnclosedWithOdourTreatment = "enclosed_with_odour_treatment",
        /// Underground filtration field.
        UndergroundFiltrationField = "underground_filtration_field",
        /// Irrigation field.
        IrrigationField = "irrigation_field",
        /// Biological pond.
        BiologicalPond = "biological_pond",
        /// Oxidation ditch.
        OxidationDitch = "oxidation_ditch",
    }
}

words! {
    /// How polluted a medium is, as the province classed it.
    PollutionClass {
        /// Seriously polluted.
        Serious = "serious",
        /// Polluted.
        Polluted = "polluted",
        /// Not polluted.
        NotPolluted = "not_polluted",
        /// Not assessed.
        Unknown = "unknown",
    }
}

words! {
    /// A dated step of a site.
    MilestoneKind {
        /// Decision that founds it.
        Founded = "founded",
        /// Decision that expands it.
        Expanded = "expanded",
        /// 1/500 plan approved.
        PlanApproved = "plan_approved",
        /// Land handed over.
        LandHandedOver = "land_handed_over",
        /// Ground broken.
        GroundBroken = "ground_broken",
        /// Infrastructure completed.
        ConstructionCompleted = "construction_completed",
        /// In operation.
        InOperation = "in_operation",
    }
}

/// Everything on record about one site.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteFacts {
    /// The site's own row; its collection says the same as `collection`.
    pub row: RowRef,
    /// Cluster or craft village.
    pub collection: SiteCollection,
    /// Clusters: how far it has come. Craft villages: `None`, they are at work.
    pub status: Option<SiteStatus>,
    /// What people call it.
    pub name: Option<String>,
    /// Where it lies, in the units of before and after July 2025.
    pub units: AdminUnits,
    /// Who builds and runs its infrastructure.
    pub investor: Option<String>,
    /// Day of the founding decision.
    pub founded_on: Option<NaiveDate>,
    /// Year of the founding decision.
    pub founded_year: Option<i32>,
    /// Day construction started, as its own row says; a milestone may say it too.
    pub construction_started_on: Option<NaiveDate>,
    /// Its land.
    pub land: LandFacts,
    /// How it keeps its environment.
    pub environment: EnvironmentFacts,
    /// Craft villages: trade, plan, classes.
    pub village: VillageFacts,
    /// Craft villages: whether a central treatment station is required of it (LEP 2020 Art. 56.1).
    pub central_treatment_required: Option<bool>,
    /// A permit recorded at the site itself.
    pub permit: Permit,
    /// Its treatment stations.
    pub stations: Vec<StationFacts>,
    /// Its 1/500 plans.
    pub plans: Vec<PlanFacts>,
    /// Violations recorded at it.
    pub violations: Vec<ViolationFacts>,
    /// Its infrastructure items.
    pub infrastructure: Vec<InfrastructureFacts>,
    /// Its dated steps.
    pub milestones: Vec<MilestoneFacts>,
}

impl SiteFacts {
    /// A site of which only its row is known.
    pub fn new(collection: SiteCollection, row: RowRef) -> Self {
        Self {
            row,
            collection,
            status: None,
            name: None,
            units: AdminUnits::default(),
            investor: None,
            founded_on: None,
            founded_year: None,
            construction_started_on: None,
            land: LandFacts::default(),
            environment: EnvironmentFacts::default(),
            village: VillageFacts::default(),
            central_treatment_required: None,
            permit: Permit::default(),
            stations: Vec::new(),
            plans: Vec::new(),
            violations: Vec::new(),
            infrastructure: Vec::new(),
            milestones: Vec::new(),
        }
    }

    /// How far the site had come on a day. The register holds the status of its own day; a site that was founded, begun or
    /// came into operation after `as_of` had not come so far then.
    pub fn status_on(&self, as_of: NaiveDate) -> Option<SiteStatus> {
        let first = |kind| {
            let steps = self.milestones.iter().filter(|step| step.kind == Some(kind));
            steps.filter_map(|step| step.reached_on).min()
        };
        let later = |day: Option<NaiveDate>| day.is_some_and(|day| day > as_of);
        let founded_on = self.founded_on.or_else(|| first(MilestoneKind::Founded));
        let year = self.founded_year.filter(|_| founded_on.is_none());
        if later(founded_on) || year.is_some_and(|year| year > as_of.year()) {
            return Some(SiteStatus::Planned);
        }
        let status = match self.status {
            Some(SiteStatus::Operating) if later(first(MilestoneKind::InOperation)) => {
                Some(SiteStatus::UnderConstruction)
            }
            status => status,
        };
        let begun_on = first(MilestoneKind::GroundBroken).into_iter().chain(self.construction_started_on).min();
        match status {
            Some(SiteStatus::UnderConstruction) if later(begun_on) => Some(SiteStatus::Established),
            status => status,
        }
    }
}

/// The administrative units a site lies in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AdminUnits {
    /// Commune until 2025-06-30.
    pub commune_legacy: Option<String>,
    /// District until 2025-06-30.
    pub district_legacy: Option<String>,
    /// Commune since 2025-07-01; several where the old one was split.
    pub commune: Option<String>,
    /// Its code; as many as there are communes.
    pub commune_code: Option<String>,
}

/// The land of a cluster; areas in hectares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LandFacts {
    /// `area_ha`: as the decision says.
    pub area_ha: Option<Decimal>,
    /// Area of the boundary on record, measured in the metric CRS of Hanoi (EPSG:5897), to the square metre.
    pub measured_ha: Option<Decimal>,
    /// Whether the boundary is drawn and not surveyed, so that `measured_ha` proves nothing.
    pub is_drawn: bool,
    /// `industrial_ha`.
    pub industrial_ha: Option<Decimal>,
    /// `leased_industrial_ha`.
    pub leased_industrial_ha: Option<Decimal>,
    /// `craft_industrial_ha`: for enterprises and households of craft villages.
    pub craft_industrial_ha: Option<Decimal>,
    /// `green_ha`.
    pub green_ha: Option<Decimal>,
    /// `land_required_ha`: to be cleared.
    pub required_ha: Option<Decimal>,
    /// `land_cleared_ha`.
    pub cleared_ha: Option<Decimal>,
    /// `resident_households`: households living inside the boundary.
    pub resident_households: Option<i64>,
    /// `is_craft_village_cluster`.
    pub is_craft_village_cluster: Option<bool>,
    /// `is_mountainous`.
    pub is_mountainous: Option<bool>,
    /// `in_provincial_scheme`.
    pub in_provincial_scheme: Option<bool>,
    /// `scheme_decision`.
    pub scheme_decision: Option<String>,
    /// `decision`: the founding decision.
    pub decision: Option<String>,
    /// `investor_score` of 100.
    pub investor_score: Option<Decimal>,
    /// `unleased_land_published_on`.
    pub unleased_land_published_on: Option<NaiveDate>,
}

/// How a site keeps its environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnvironmentFacts {
    /// `wastewater_m3_day`: generated, m³ a day.
    pub wastewater_m3_day: Option<Decimal>,
    /// `has_incident_works`.
    pub has_incident_works: Option<bool>,
    /// `env_staff`.
    pub staff: Option<i64>,
    /// `env_regulation_on`.
    pub regulation_on: Option<NaiveDate>,
    /// `env_report_year`: of the newest annual report.
    pub report_year: Option<i64>,
    /// `newest_project_on`: start of the newest project that makes wastewater.
    pub newest_project_on: Option<NaiveDate>,
    /// `establishments_total`.
    pub establishments: Option<i64>,
    /// `establishments_exempt` from connection before 2022-01-01.
    pub establishments_exempt: Option<i64>,
    /// `establishments_connected`.
    pub establishments_connected: Option<i64>,
}

/// What is on record about a craft village alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VillageFacts {
    /// `recognition`, one of the register's words.
    pub recognition: Option<String>,
    /// `households_total`.
    pub households: Option<i64>,
    /// `households_in_trade`.
    pub households_in_trade: Option<i64>,
    /// `trade_since_year`.
    pub trade_since_year: Option<i64>,
    /// `env_plan_approved_on`.
    pub env_plan_approved_on: Option<NaiveDate>,
    /// `has_self_management`.
    pub has_self_management: Option<bool>,
    /// `has_wastewater_collection`.
    pub has_wastewater_collection: Option<bool>,
    /// `has_rainwater_collection`.
    pub has_rainwater_collection: Option<bool>,
    /// `has_solid_waste_point`.
    pub has_solid_waste_point: Option<bool>,
    /// `is_discouraged_trade`.
    pub is_discouraged_trade: Option<bool>,
    /// `households_with_wastewater`.
    pub households_with_wastewater: Option<i64>,
    /// `households_treating` their wastewater on site.
    pub households_treating: Option<i64>,
    /// `pollution_class_water`.
    pub class_water: Option<PollutionClass>,
    /// `pollution_class_air`.
    pub class_air: Option<PollutionClass>,
    /// `pollution_class_soil`.
    pub class_soil: Option<PollutionClass>,
    /// `pollution_class_year`.
    pub class_year: Option<i64>,
}

/// An environmental permit as recorded at a site or a station.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Permit {
    /// `env_permit_status`.
    pub status: Option<PermitStatus>,
    /// `env_permit_no`.
    pub number: Option<String>,
    /// `env_permit_issued_on`.
    pub issued_on: Option<NaiveDate>,
    /// `env_permit_expires_on`: the last day it holds.
    pub expires_on: Option<NaiveDate>,
}

/// A wastewater treatment station, its discharge point, permit and samples.
#[derive(Debug, Clone, PartialEq)]
pub struct StationFacts {
    /// Its row.
    pub row: RowRef,
    /// How far it has come.
    pub status: Option<StationStatus>,
    /// The day the status is of. A station whose status is later than the day of assessment is not known on it,
    /// unless it runs and was commissioned by then.
    pub status_date: Option<NaiveDate>,
    /// Since when it runs.
    pub commissioned_on: Option<NaiveDate>,
    /// What people call it.
    pub name: Option<String>,
    /// How it treats.
    pub treatment_kind: Option<TreatmentKind>,
    /// Design capacity, m³ a day.
    pub capacity_m3_day: Option<Decimal>,
    /// Inflow, m³ a day.
    pub inflow_m3_day: Option<Decimal>,
    /// `discharges_to_storm_drain`.
    pub discharges_to_storm_drain: Option<bool>,
    /// `has_power_meter`: an electricity meter of its own.
    pub has_power_meter: Option<bool>,
    /// `operation_log_since`.
    pub operation_log_since: Option<NaiveDate>,
    /// `is_sludge_handled`.
    pub is_sludge_handled: Option<bool>,
    /// `inlet_standard`.
    pub inlet_standard: Option<String>,
    /// `nearest_housing_m`: distance to the nearest housing, metres.
    pub nearest_housing_m: Option<Decimal>,
    /// `is_upwind`: upwind or upstream of housing.
    pub is_upwind: Option<bool>,
    /// How far its place may be off, metres; `None` where surveyed.
    pub position_precision_m: Option<Decimal>,
    /// Whether automatic monitoring is connected.
    pub auto_monitoring_status: Option<AutoMonitoringStatus>,
    /// Since when.
    pub auto_monitoring_since: Option<NaiveDate>,
    /// Its permit.
    pub permit: Permit,
    /// Under which standard and into what it discharges.
    pub discharge: DischargePoint,
    /// All rows of all its samples, in any order.
    pub samples: Vec<Sample>,
}

impl StationFacts {
    /// A station of which only its row is known.
    pub fn new(row: RowRef) -> Self {
        Self {
            row,
            status: None,
            status_date: None,
            commissioned_on: None,
            name: None,
            treatment_kind: None,
            capacity_m3_day: None,
            inflow_m3_day: None,
            discharges_to_storm_drain: None,
            has_power_meter: None,
            operation_log_since: None,
            is_sludge_handled: None,
            inlet_standard: None,
            nearest_housing_m: None,
            is_upwind: None,
            position_precision_m: None,
            auto_monitoring_status: None,
            auto_monitoring_since: None,
            permit: Permit::default(),
            discharge: DischargePoint::default(),
            samples: Vec::new(),
        }
    }

    /// Whether it runs, in trial or for good; `None` where that is not on record.
    pub fn runs(&self) -> Option<bool> {
        match self.status {
            None | Some(StationStatus::Unknown) => None,
            Some(StationStatus::Operating | StationStatus::Trial) => Some(true),
            Some(_) => Some(false),
        }
    }

    /// Whether it can have discharged on a day, as far as is known: not before it was commissioned.
    pub fn existed_on(&self, day: NaiveDate) -> bool {
        self.commissioned_on.is_none_or(|commissioned| commissioned <= day)
    }

    fn is_known_on(&self, as_of: NaiveDate) -> bool {
        let since = match self.runs() {
            Some(true) => self.commissioned_on.or(self.status_date),
            _ => self.status_date,
        };
        since.is_none_or(|since| since <= as_of)
    }
}

/// A 1/500 detailed plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlanFacts {
    /// Its row.
    pub row: RowRef,
    /// What people call it.
    pub name: Option<String>,
    /// How far it has come.
    pub status: Option<PlanStatus>,
    /// When the planning task was approved.
    pub task_approved_on: Option<NaiveDate>,
    /// When opinions were taken.
    pub consulted_on: Option<NaiveDate>,
    /// When it was appraised.
    pub appraised_on: Option<NaiveDate>,
    /// When it was published.
    pub published_on: Option<NaiveDate>,
    /// When another plan took its place.
    pub superseded_on: Option<NaiveDate>,
    /// Approved plans of other rows that cover part of the same ground: id and shared area in m².
    pub overlaps: Vec<(String, Decimal)>,
    /// When it was submitted.
    pub submitted_on: Option<NaiveDate>,
    /// When it was approved or refused.
    pub decided_on: Option<NaiveDate>,
}

impl PlanFacts {
    /// Whether another plan had taken its place by a day.
    pub fn is_superseded(&self, as_of: NaiveDate) -> bool {
        self.superseded_on.is_some_and(|day| day <= as_of)
    }
}

/// A recorded violation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ViolationFacts {
    /// Its row.
    pub row: RowRef,
    /// Its kind, one of the register's words.
    pub kind: Option<String>,
    /// How far its handling has come.
    pub status: Option<ViolationStatus>,
    /// When it was found.
    pub opened_on: Option<NaiveDate>,
    /// When it was closed.
    pub closed_on: Option<NaiveDate>,
    /// By when it is to be put right.
    pub deadline_on: Option<NaiveDate>,
    /// Number of the decision on it.
    pub decision_no: Option<String>,
    /// Fine, VND.
    pub fine_vnd: Option<Decimal>,
}

impl ViolationFacts {
    /// How far its handling had come by a day; `None` where only a later source says so.
    pub fn status_by(&self, day: NaiveDate) -> Option<ViolationStatus> {
        self.status.filter(|_| self.row.was_said_by(day))
    }
}

/// One infrastructure item's state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InfrastructureFacts {
    /// Its row.
    pub row: RowRef,
    /// One of the codes of `data/standards/infrastructure_items.csv`.
    pub item_code: String,
    /// Its state.
    pub status: Option<ItemStatus>,
    /// From which day.
    pub status_date: Option<NaiveDate>,
    /// On which side of the fence; `None` is read as inside.
    pub fence_side: Option<FenceSide>,
    /// Share built, percent.
    pub built_pct: Option<Decimal>,
    /// Who pays.
    pub budget_level: Option<BudgetLevel>,
    /// Year the money is planned for.
    pub budget_year: Option<i64>,
    /// Cost, VND.
    pub cost_vnd: Option<Decimal>,
}

impl InfrastructureFacts {
    /// Whether it is a work outside the fence, which is no item of the site's own checklist.
    pub fn is_outside(&self) -> bool {
        self.fence_side == Some(FenceSide::Outside)
    }
}

/// One dated step of the site.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MilestoneFacts {
    /// Its row.
    pub row: RowRef,
    /// Which step; `None` for one that has no word here.
    pub kind: Option<MilestoneKind>,
    /// When it is planned.
    pub planned_on: Option<NaiveDate>,
    /// When it was reached; `None` while it is only planned.
    pub reached_on: Option<NaiveDate>,
    /// Share of the land handed over by then, percent.
    pub land_handed_over_pct: Option<Decimal>,
    /// `decision`: its number.
    pub decision: Option<String>,
    /// Fill ratio at a decision to found (of the district's clusters) or to expand (of this one), percent.
    pub fill_pct: Option<Decimal>,
    /// Unleased industrial land of the district's clusters at the decision, hectares.
    pub unleased_ha: Option<Decimal>,
    /// Whether demand exceeded the land that remained, at a decision to expand.
    pub demand_exceeds_remaining: Option<bool>,
    /// Whether the essential shared infrastructure was built and working, at a decision to expand.
    pub infrastructure_ready: Option<bool>,
    /// What holds the step up.
    pub blocking_step: Option<String>,
}

/// What was known of a site on a date: its facts without those dated later.
pub struct Known<'a> {
    /// The facts, undated ones included.
    pub site: &'a SiteFacts,
    /// The date.
    pub as_of: NaiveDate,
    /// How far the site had come on that date.
    pub status: Option<SiteStatus>,
    /// Stations whose status held on that date, with the samples taken by then.
    pub stations: Vec<KnownStation<'a>>,
    /// Plans and how far they had come on that date.
    pub plans: Vec<(&'a PlanFacts, Option<PlanStatus>)>,
    /// Violations found by then.
    pub violations: Vec<&'a ViolationFacts>,
    /// Item states inside the fence recorded by then.
    pub infrastructure: Vec<&'a InfrastructureFacts>,
    /// Works outside the fence recorded by then.
    pub outside: Vec<&'a InfrastructureFacts>,
    /// Steps reached by then.
    pub milestones: Vec<&'a MilestoneFacts>,
}

/// A station on a date, with its newest samples.
pub struct KnownStation<'a> {
    /// The station.
    pub facts: &'a StationFacts,
    /// The newest sample set of each outlet: all rows of its newest day, outlets by name.
    pub newest_sets: Vec<SampleSet<'a>>,
}

/// All rows sampled on one day at one point.
pub struct SampleSet<'a> {
    /// The point's name, where the station has several.
    pub sample_point: Option<&'a str>,
    /// The day.
    pub sampled_on: NaiveDate,
    /// One row per parameter, as reported.
    pub rows: Vec<&'a Sample>,
}

impl<'a> Known<'a> {
    /// What `site`'s facts say for `as_of`.
    pub fn on(site: &'a SiteFacts, as_of: NaiveDate) -> Self {
        let by_then = &|date: Option<NaiveDate>| date.is_none_or(|date| date <= as_of);
        Self {
            site,
            as_of,
            status: site.status_on(as_of),
            stations: site
                .stations
                .iter()
                .filter(|station| station.is_known_on(as_of))
                .map(|station| KnownStation { facts: station, newest_sets: newest_sets(station, as_of) })
                .collect(),
            plans: site.plans.iter().filter_map(|plan| Some((plan, plan_status_on(plan, as_of)?))).collect(),
            violations: site.violations.iter().filter(|violation| is_found_by(violation, as_of)).collect(),
            infrastructure: items(site.infrastructure.iter().filter(|item| !item.is_outside()), by_then),
            outside: items(site.infrastructure.iter().filter(|item| item.is_outside()), by_then),
            milestones: site
                .milestones
                .iter()
                .filter(|milestone| milestone.reached_on.is_some_and(|date| date <= as_of))
                .collect(),
        }
    }

    /// Whether records show that building had begun.
    pub fn is_begun(&self) -> bool {
        use MilestoneKind::{ConstructionCompleted, GroundBroken, InOperation};
        let works = [Some(GroundBroken), Some(ConstructionCompleted), Some(InOperation)];
        self.site.construction_started_on.is_some_and(|day| day <= self.as_of)
            || self.milestones.iter().any(|step| works.contains(&step.kind))
    }

    /// Between which days the site was founded; `None` where nothing is on record.
    pub fn founded_between(&self) -> Option<(NaiveDate, NaiveDate)> {
        let founded = |step: &&MilestoneFacts| step.kind == Some(MilestoneKind::Founded);
        let milestone = self.site.milestones.iter().filter(founded).filter_map(|step| step.reached_on).min();
        if let Some(day) = self.site.founded_on.or(milestone) {
            return Some((day, day));
        }
        let year = self.site.founded_year?;
        NaiveDate::from_ymd_opt(year, 1, 1).zip(NaiveDate::from_ymd_opt(year, 12, 31))
    }

    /// Whether the site was founded from `from` to `to`, both included; `None` where that is not on record closely enough.
    pub fn is_founded_within(&self, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Option<bool> {
        if from.is_none() && to.is_none() {
            return Some(true);
        }
        let (first, last) = self.founded_between()?;
        let (from, to) = (from.unwrap_or(NaiveDate::MIN), to.unwrap_or(NaiveDate::MAX));
        if from <= first && last <= to {
            return Some(true);
        }
        if last < from || to < first { Some(false) } else { None }
    }

    /// Stations that discharge, or may: all but those on record as not running.
    pub fn discharging(&self) -> impl Iterator<Item = &KnownStation<'a>> + Clone {
        self.stations.iter().filter(|station| station.facts.runs() != Some(false))
    }

    /// Whether anything the assessment of this date rests on is made up.
    pub fn is_demo(&self) -> bool {
        let samples = self.stations.iter().flat_map(|station| &station.newest_sets).flat_map(|set| &set.rows);
        std::iter::once(&self.site.row)
            .chain(self.stations.iter().map(|station| &station.facts.row))
            .chain(samples.map(|sample| &sample.row))
            .chain(self.plans.iter().map(|(plan, _)| &plan.row))
            .chain(self.violations.iter().map(|violation| &violation.row))
            .chain(self.infrastructure.iter().chain(&self.outside).map(|item| &item.row))
            .chain(self.milestones.iter().map(|milestone| &milestone.row))
            .any(|row| row.is_demo)
    }
}

/// Whether a violation was found by a day; one without a day was when its source says so.
fn is_found_by(violation: &ViolationFacts, day: NaiveDate) -> bool {
    violation.opened_on.map_or_else(|| violation.row.was_said_by(day), |opened| opened <= day)
}

fn items<'a>(
    all: impl Iterator<Item = &'a InfrastructureFacts>,
    by_then: impl Fn(Option<NaiveDate>) -> bool,
) -> Vec<&'a InfrastructureFacts> {
    all.filter(|item| by_then(item.status_date)).collect()
}

/// How far a plan had come on a date; the outer `None` hides a plan that was not there yet.
fn plan_status_on(plan: &PlanFacts, as_of: NaiveDate) -> Option<Option<PlanStatus>> {
    let submitted_later = plan.submitted_on.is_some_and(|date| date > as_of);
    let decided_later = plan.decided_on.is_some_and(|date| date > as_of);
    match plan.status {
        Some(PlanStatus::Approved | PlanStatus::Rejected) if decided_later => {
            (plan.submitted_on.is_some() && !submitted_later).then_some(Some(PlanStatus::Submitted))
        }
        Some(PlanStatus::Submitted) if submitted_later => None,
        // Approved or refused on a day that is not on record.
        Some(PlanStatus::Approved | PlanStatus::Rejected)
            if plan.decided_on.is_none() && !plan.row.was_said_by(as_of) =>
        {
            Some(None)
        }
        status => Some(status),
    }
}

/// The newest set of each outlet among samples taken by `as_of`. A sample dated before its station ran is of something else.
fn newest_sets(station: &StationFacts, as_of: NaiveDate) -> Vec<SampleSet<'_>> {
    let mut sets: Vec<SampleSet<'_>> = Vec::new();
    let counts =
        |sample: &&Sample| sample.sampled_on <= as_of && sample.is_of_outlet() && station.existed_on(sample.sampled_on);
    for sample in station.samples.iter().filter(counts) {
        let point = sample.sample_point.as_deref();
        match sets.iter_mut().find(|set| set.sample_point == point) {
            None => sets.push(SampleSet { sample_point: point, sampled_on: sample.sampled_on, rows: vec![sample] }),
            Some(set) if set.sampled_on == sample.sampled_on => set.rows.push(sample),
            Some(set) if set.sampled_on < sample.sampled_on => {
                set.sampled_on = sample.sampled_on;
                set.rows = vec![sample];
            }
            Some(_) => {}
        }
    }
    sets.sort_by_key(|set| set.sample_point);
    sets
}
