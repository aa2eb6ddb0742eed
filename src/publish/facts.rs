//! Rows of registers as facts: what stands on record, nothing filled in.

use chrono::{Datelike, NaiveDate};
use geo::Area;
use rust_decimal::Decimal;

use crate::compliance::effluent::{Premises, ReceivingKind, SamplePlace};
use crate::compliance::measurement::{MeasurementError, Notation, decimal_of};
use crate::compliance::site::{
    AdminUnits, AutoMonitoringStatus, BudgetLevel, EnvironmentFacts, FenceSide, InfrastructureFacts, ItemStatus,
    LandFacts, MilestoneFacts, MilestoneKind, Permit, PermitStatus, PlanFacts, PlanStatus, PollutionClass, SiteStatus,
    StationFacts, StationStatus, TreatmentKind, VillageFacts, ViolationFacts, ViolationStatus,
};
use crate::compliance::{Censoring, DischargePoint, Measurement, RowRef, Sample, SiteCollection, SiteFacts, SiteKey};
use crate::domain::{Collection, Value};
use crate::geom::Crs;
use crate::geom::crs::EPSG_HANOI;
use crate::geom::project::Transform;
use crate::store::Row;
use crate::text::nfc;

/// Reads rows of a collection by field name.
pub struct Reader<'a> {
    collection: &'a Collection,
    /// Names of the fields, close together: every row is asked for a dozen of them.
    names: Vec<&'a str>,
}

/// A row read by field name.
pub(super) struct Record<'a> {
    reader: &'a Reader<'a>,
    collection: &'a Collection,
    row: &'a Row,
}

impl Record<'_> {
    fn value(&self, name: &str) -> &Value {
        let at = self.reader.names.iter().position(|known| *known == name);
        at.and_then(|at| self.row.values.get(at)).unwrap_or(&Value::Null)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.value(name).as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    pub(super) fn date(&self, name: &str) -> Option<NaiveDate> {
        self.value(name).as_date()
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.value(name).as_f64()
    }

    fn decimal(&self, name: &str) -> Option<Decimal> {
        self.value(name).as_f64().and_then(decimal_of)
    }

    pub(super) fn count(&self, name: &str) -> Option<i64> {
        self.value(name).as_i64()
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.value(name).as_bool()
    }

    pub(super) fn reference(&self) -> RowRef {
        RowRef {
            collection: self.collection.id.clone(),
            id: self.row.id.to_string(),
            source: self.owned("source"),
            source_date: self.date("source_date"),
            is_demo: self.flag("is_demo").unwrap_or(false),
        }
    }

    fn permit(&self) -> Permit {
        Permit {
            status: self.text("env_permit_status").and_then(PermitStatus::parse),
            number: self.owned("env_permit_no"),
            issued_on: self.date("env_permit_issued_on"),
            expires_on: self.date("env_permit_expires_on"),
        }
    }
}

/// What one row of a register says.
pub enum Fact {
    Site(Box<SiteFacts>),
    Station(Box<StationFacts>),
    Sample(Sample),
    Infrastructure(InfrastructureFacts),
    Milestone(MilestoneFacts),
    Violation(ViolationFacts),
    Plan(PlanFacts),
}

/// Whom a row says something of.
pub enum Subject {
    /// A site's own row.
    Site(SiteKey),
    /// A row of a site; without its collection the id decides, if only one register has it.
    OfSite(Option<SiteCollection>, String),
    /// A row of a station.
    OfStation(String),
}

/// The registers that a review reads, in the order in which they build on each other.
pub const REGISTERS: [&str; 8] = [
    "clusters",
    "craft_villages",
    "treatment_stations",
    "effluent_samples",
    "infrastructure_items",
    "milestones",
    "violations",
    "plans",
];

/// As [`Reader::fact`], for one row.
pub fn fact(collection: &Collection, row: &Row) -> Option<(Subject, Fact)> {
    Reader::new(collection).fact(row)
}

impl<'a> Reader<'a> {
    pub fn new(collection: &'a Collection) -> Reader<'a> {
        Reader { collection, names: collection.fields.iter().map(|field| field.name.as_str()).collect() }
    }

    /// A row to be read by field name.
    pub(super) fn record<'r>(&'r self, row: &'r Row) -> Record<'r> {
        Record { reader: self, collection: self.collection, row }
    }

    /// Whom a row of a register speaks of and what it says; `None` for a row that says nothing a rule could read: without
    /// the id it needs, or without a word for what it is.
    pub fn fact(&self, row: &Row) -> Option<(Subject, Fact)> {
        let collection = self.collection;
        let record = self.record(row);
        if let Some(kind) = SiteCollection::parse(&collection.id) {
            return Some((Subject::Site((kind, row.id.to_string())), Fact::Site(Box::new(site(kind, &record)))));
        }
        if collection.id == "effluent_samples" {
            return Some((Subject::OfStation(record.owned("station_id")?), Fact::Sample(sample(&record)?)));
        }
        let fact = match collection.id.as_str() {
            "treatment_stations" => Fact::Station(Box::new(station(&record))),
            "infrastructure_items" => Fact::Infrastructure(infrastructure(&record)?),
            "milestones" => Fact::Milestone(milestone(&record)),
            "violations" => Fact::Violation(violation(&record)),
            "plans" => Fact::Plan(plan(&record)),
            _ => return None,
        };
        let kind = record.text("site_collection").and_then(SiteCollection::parse);
        Some((Subject::OfSite(kind, record.owned("site_id")?), fact))
    }
}

fn site(kind: SiteCollection, record: &Record<'_>) -> SiteFacts {
    let year = record.value("established_year").as_i64().and_then(|year| i32::try_from(year).ok());
    let founded_on = record.date("established_on");
    SiteFacts {
        status: record.text("status").and_then(SiteStatus::parse),
        name: record.owned("name_vi"),
        units: AdminUnits {
            commune_legacy: record.owned("commune_legacy"),
            district_legacy: record.owned("district_legacy"),
            commune: record.owned("commune_2025"),
            commune_code: record.owned("commune_2025_code"),
        },
        investor: record.owned("investor"),
        founded_on,
        founded_year: founded_on.map(|date| date.year()).or(year),
        construction_started_on: record.date("construction_started_on"),
        land: land(record),
        environment: environment(record),
        village: village(record),
        central_treatment_required: record.flag("central_treatment_required"),
        ..SiteFacts::new(kind, record.reference())
    }
}

fn land(record: &Record<'_>) -> LandFacts {
    LandFacts {
        area_ha: record.decimal("area_ha"),
        measured_ha: measured_ha(record),
        is_drawn: record.flag("is_demo") == Some(true) || record.decimal("position_precision_m").is_some(),
        industrial_ha: record.decimal("industrial_ha"),
        leased_industrial_ha: record.decimal("leased_industrial_ha"),
        craft_industrial_ha: record.decimal("craft_industrial_ha"),
        green_ha: record.decimal("green_ha"),
        required_ha: record.decimal("land_required_ha"),
        cleared_ha: record.decimal("land_cleared_ha"),
        resident_households: record.count("resident_households"),
        is_craft_village_cluster: record.flag("is_craft_village_cluster"),
        is_mountainous: record.flag("is_mountainous"),
        in_provincial_scheme: record.flag("in_provincial_scheme"),
        scheme_decision: record.owned("scheme_decision"),
        decision: record.owned("decision"),
        investor_score: record.decimal("investor_score"),
        unleased_land_published_on: record.date("unleased_land_published_on"),
    }
}

/// The area of a boundary in the metric CRS of Hanoi, rounded to the square metre; `None` where there is no area or it
/// has no image there.
fn measured_ha(record: &Record<'_>) -> Option<Decimal> {
    let mut shape = record.row.shape.clone()?;
    let crs = &record.collection.geometry.as_ref()?.crs;
    Transform::between(crs, &Crs::Epsg(EPSG_HANOI)).ok()?.shape(&mut shape).ok()?;
    let square_metres = shape.geometry.unsigned_area();
    (square_metres > 0.0).then(|| decimal_of((square_metres.round()) / 10_000.0))?
}

fn environment(record: &Record<'_>) -> EnvironmentFacts {
    EnvironmentFacts {
        wastewater_m3_day: record.decimal("wastewater_m3_day"),
        has_incident_works: record.flag("has_incident_works"),
        staff: record.count("env_staff"),
        regulation_on: record.date("env_regulation_on"),
        report_year: record.count("env_report_year"),
        newest_project_on: record.date("newest_project_on"),
        establishments: record.count("establishments_total"),
        establishments_exempt: record.count("establishments_exempt"),
        establishments_connected: record.count("establishments_connected"),
    }
}

fn village(record: &Record<'_>) -> VillageFacts {
    let class = |name| record.text(name).and_then(PollutionClass::parse);
    VillageFacts {
        recognition: record.owned("recognition"),
        households: record.count("households_total"),
        households_in_trade: record.count("households_in_trade"),
        trade_since_year: record.count("trade_since_year"),
        env_plan_approved_on: record.date("env_plan_approved_on"),
        has_self_management: record.flag("has_self_management"),
        has_wastewater_collection: record.flag("has_wastewater_collection"),
        has_rainwater_collection: record.flag("has_rainwater_collection"),
        has_solid_waste_point: record.flag("has_solid_waste_point"),
        is_discouraged_trade: record.flag("is_discouraged_trade"),
        households_with_wastewater: record.count("households_with_wastewater"),
        households_treating: record.count("households_treating"),
        class_water: class("pollution_class_water"),
        class_air: class("pollution_class_air"),
        class_soil: class("pollution_class_soil"),
        class_year: record.count("pollution_class_year"),
    }
}

fn station(record: &Record<'_>) -> StationFacts {
    let parameters = |text: &str| text.split([',', ';']).map(|code| code.trim().to_owned()).collect::<Vec<_>>();
    StationFacts {
        status: record.text("status").and_then(StationStatus::parse),
        status_date: record.date("status_date"),
        commissioned_on: record.date("commissioned_on"),
        name: record.owned("name_vi"),
        treatment_kind: record.text("treatment_kind").and_then(TreatmentKind::parse),
        capacity_m3_day: record.decimal("capacity_m3_day"),
        inflow_m3_day: record.decimal("inflow_m3_day"),
        discharges_to_storm_drain: record.flag("discharges_to_storm_drain"),
        has_power_meter: record.flag("has_power_meter"),
        operation_log_since: record.date("operation_log_since"),
        is_sludge_handled: record.flag("is_sludge_handled"),
        inlet_standard: record.owned("inlet_standard"),
        nearest_housing_m: record.decimal("nearest_housing_m"),
        is_upwind: record.flag("is_upwind"),
        position_precision_m: record.decimal("position_precision_m"),
        auto_monitoring_status: record.text("auto_monitoring_status").and_then(AutoMonitoringStatus::parse),
        auto_monitoring_since: record.date("auto_monitoring_since"),
        permit: record.permit(),
        discharge: DischargePoint {
            standard: record.owned("effluent_standard"),
            standard_version: None,
            column: record.owned("effluent_column"),
            receiving_kind: record.text("receiving_kind").and_then(ReceivingKind::parse),
            saline: record.flag("receiving_is_saline"),
            q_m3s: record.decimal("q_m3s"),
            v_1e6_m3: record.decimal("v_1e6_m3"),
            f_m3_day_permit: record.decimal("f_m3_day_permit"),
            premises: record.text("premises").and_then(Premises::parse),
            permit_parameters: record.text("permit_parameters").map(parameters),
            permitted_on: record.date("env_permit_issued_on").or_else(|| record.date("commissioned_on")),
        },
        ..StationFacts::new(record.reference())
    }
}

fn sample(record: &Record<'_>) -> Option<Sample> {
    let reported = record.text("value_reported");
    let value = record.value("value").as_f64();
    let exact = value.and_then(decimal_of);
    let detection_limit = record.decimal("detection_limit");
    let is_bare = value.is_none() && detection_limit.is_none();
    // A register's columns are a machine's numbers; the text of the laboratory counts where they are empty.
    let measurement = match (Censoring::parse(record.text("censored").unwrap_or("none")), reported) {
        (Some(Censoring::None), Some(reported)) if is_bare => Measurement::parse(reported, Notation::Vietnamese),
        (Some(censoring), _) if value.is_none() == exact.is_none() => {
            let columns = Measurement::from_columns(exact, censoring, detection_limit);
            columns.and_then(|columns| match reported {
                Some(reported) => columns.unless_contradicted(reported),
                None => Ok(columns),
            })
        }
        _ => Err(MeasurementError::Empty),
    };
    Some(Sample {
        row: record.reference(),
        parameter: record.owned("parameter_code")?,
        measurement,
        reported: reported.map(str::to_owned),
        unit: record.owned("unit"),
        sampled_on: record.date("sample_date")?,
        sample_point: record.owned("sample_point"),
        place: SamplePlace::of(record.text("sample_point").map(nfc).as_deref()),
        averaging_period_h: record.decimal("averaging_period_h"),
    })
}

fn infrastructure(record: &Record<'_>) -> Option<InfrastructureFacts> {
    Some(InfrastructureFacts {
        row: record.reference(),
        item_code: record.owned("item_code")?,
        status: record.text("status").and_then(ItemStatus::parse),
        status_date: record.date("state_date"),
        fence_side: record.text("fence_side").and_then(FenceSide::parse),
        built_pct: record.decimal("built_pct"),
        budget_level: record.text("budget_level").and_then(BudgetLevel::parse),
        budget_year: record.count("budget_year"),
        cost_vnd: record.decimal("cost_vnd"),
    })
}

fn milestone(record: &Record<'_>) -> MilestoneFacts {
    MilestoneFacts {
        row: record.reference(),
        kind: record.text("milestone").and_then(MilestoneKind::parse),
        planned_on: record.date("planned_on"),
        reached_on: record.date("actual_on"),
        land_handed_over_pct: record.decimal("land_handed_over_pct"),
        decision: record.owned("decision"),
        fill_pct: record.decimal("fill_pct"),
        unleased_ha: record.decimal("unleased_ha"),
        demand_exceeds_remaining: record.flag("demand_exceeds_remaining"),
        infrastructure_ready: record.flag("infrastructure_ready"),
        blocking_step: record.owned("blocking_step"),
    }
}

fn violation(record: &Record<'_>) -> ViolationFacts {
    ViolationFacts {
        row: record.reference(),
        kind: record.owned("violation_kind"),
        status: record.text("status").and_then(ViolationStatus::parse),
        opened_on: record.date("opened_on"),
        closed_on: record.date("closed_on"),
        deadline_on: record.date("deadline_on"),
        decision_no: record.owned("decision_no"),
        fine_vnd: record.decimal("fine_vnd"),
    }
}

fn plan(record: &Record<'_>) -> PlanFacts {
    PlanFacts {
        row: record.reference(),
        name: record.owned("name_vi"),
        status: record.text("status").and_then(PlanStatus::parse),
        task_approved_on: record.date("task_approved_on"),
        consulted_on: record.date("consulted_on"),
        appraised_on: record.date("appraised_on"),
        published_on: record.date("published_on"),
        superseded_on: record.date("superseded_on"),
        overlaps: Vec::new(),
        submitted_on: record.date("submitted_on"),
        decided_on: record.date("approved_on"),
    }
}
