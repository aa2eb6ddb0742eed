//! The law as data: discharge standards, their limits and coefficients, the rules' legal basis, the checklist of works.
//!
//! Parsed from texts, so a city can bring its own; the crate's copy of `data/standards/` is compiled in.
//! Refuses tables that contradict themselves: gaps between flow classes, limits of an undeclared standard.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::city_plan::{self, DutyLaw, PlanTarget};
use super::law::{Confidence, LegalBasis, Severity, SiteCollection, Text};
use super::plan_law::{self, PlanAuthority, Setback};
use super::pressure_weights::{self, PressureWeight, RunParameter};
use super::remedy::{self, Remedy};
use super::safety_distance::{self, SafetyDistance};
use super::site::{SiteStatus, TreatmentKind};
use super::table::{Row, StandardsError, Table};

/// The columns that say where a number stands in law.
pub(super) fn legal_basis(row: &Row<'_>) -> Result<LegalBasis, StandardsError> {
    Ok(LegalBasis {
        document: row.required("document")?,
        article: row.cell("article")?.to_owned(),
        from: row.date("valid_from")?,
        to: row.date("valid_to")?,
        confidence: required(row, "confidence", row.confidence("confidence")?)?,
        source: row.required("source")?,
    })
}

/// A discharge standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffluentStandard {
    /// Its id, the word a discharge point carries: `QCVN40_2011`.
    pub id: String,
    /// Its version; empty for `OTHER`.
    pub version: String,
    /// Its title.
    pub title: Text,
    /// The circular or decision that issued it.
    pub instrument: String,
    /// First day in force.
    pub in_force_from: Option<NaiveDate>,
    /// Last day on which it was the standard for new permits.
    pub in_force_to: Option<NaiveDate>,
    /// Last day on which a permit that names it still holds.
    pub existing_permits_until: Option<(NaiveDate, Confidence)>,
    /// Id of the standard that follows.
    pub successor: Option<String>,
    /// Whether the data hold its limits. Where not, whatever is judged by it is unknown.
    pub limits_held: bool,
    /// What multiplies its table values.
    pub formula: Formula,
    /// The column that holds, without coefficients, for an urban drain that has no treatment plant.
    pub urban_drain: Option<UrbanDrain>,
    /// How sure these facts are.
    pub confidence: Confidence,
}

impl EffluentStandard {
    /// What people call it: `QCVN 40:2011/BTNMT`.
    pub fn short_title(&self) -> &str {
        self.title.vi.split(" – ").next().unwrap_or(&self.id)
    }
}

/// How a limit follows from a table value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formula {
    /// `Cmax = C`.
    C,
    /// `Cmax = C × Kq × Kf`.
    CKqKf,
    /// `Cmax = C × K`.
    CK,
}

/// A standard's clause on urban drains without a treatment plant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrbanDrain {
    /// The column that holds.
    pub column: String,
    /// The clause.
    pub article: String,
    /// How sure it is.
    pub confidence: Confidence,
}

/// An interval with its lower end excluded and its upper end included; open where `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// Lower end, not part of it.
    pub above: Option<Decimal>,
    /// Upper end, part of it.
    pub up_to: Option<Decimal>,
}

impl Interval {
    /// Whether `value` lies in it.
    pub fn contains(&self, value: Decimal) -> bool {
        self.above.is_none_or(|above| value > above) && self.up_to.is_none_or(|up_to| value <= up_to)
    }

    fn is_unbounded(&self) -> bool {
        self.above.is_none() && self.up_to.is_none()
    }
}

/// A table value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// At most this, the value itself allowed.
    AtMost(Decimal),
    /// From `low` to `high`, both allowed.
    Within {
        /// Lowest allowed value.
        low: Decimal,
        /// Highest allowed value.
        high: Decimal,
    },
}

impl Allowed {
    fn parse(text: &str) -> Option<Self> {
        let exact = |part: &str| Decimal::from_str_exact(part).ok();
        match text.split_once('-') {
            None => Some(Self::AtMost(exact(text)?)),
            Some((low, high)) => {
                let (low, high) = (exact(low)?, exact(high)?);
                (low <= high).then_some(Self::Within { low, high })
            }
        }
    }
}

impl std::fmt::Display for Allowed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtMost(value) => write!(f, "≤ {}", value.normalize()),
            Self::Within { low, high } => write!(f, "{}–{}", low.normalize(), high.normalize()),
        }
    }
}

/// One value of a standard's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableValue {
    /// Id of the standard.
    pub standard: String,
    /// Column: `A`, `B`, …
    pub column: String,
    /// Discharge class in m³/24 h, for standards whose limits depend on it.
    pub discharge: Interval,
    /// Code of the parameter.
    pub parameter: String,
    /// Name of the parameter.
    pub name: Text,
    /// The value.
    pub value: Allowed,
    /// Its unit.
    pub unit: String,
    /// Whether the standard's coefficients apply to it.
    pub coefficient_applies: bool,
    /// Whether it is not checked where the receiving water is saline or brackish.
    pub not_in_saline_water: bool,
    /// Where it stands.
    pub basis: LegalBasis,
}

/// One value of a coefficient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coefficient {
    /// Id of the standard.
    pub standard: String,
    /// `Kq`, `Kf` or `K`.
    pub name: String,
    /// What it holds for: `river`, `river_no_data`, `effluent`, `premises_small`, …
    pub class: String,
    /// Values of flow or volume it holds for.
    pub interval: Interval,
    /// The coefficient.
    pub value: Decimal,
    /// Where it stands.
    pub basis: LegalBasis,
}

/// A rule as law: what it is called and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleLaw {
    /// The rule's id, stable and never reused.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// Whether it counts for `compliance_status`; otherwise for `detail_status`.
    pub core: bool,
    /// How heavy a breach of it weighs.
    pub severity: Severity,
    /// Whether it may breach; otherwise it informs, whatever its legal basis.
    pub is_enforced: bool,
    /// The facts it needs, as `collection.field` or a field of the site.
    pub needs: Vec<String>,
    /// What it rests on, over time.
    pub bases: Vec<RuleBasis>,
}

/// One text a rule rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleBasis {
    /// The sites it binds; `None` for all.
    pub binds: Option<SiteCollection>,
    /// The stages of a cluster that it binds; empty for all. Villages have no stages.
    pub stages: Vec<SiteStatus>,
    /// It binds sites founded on this day or later.
    pub founded_from: Option<NaiveDate>,
    /// It binds sites founded on this day or earlier.
    pub founded_to: Option<NaiveDate>,
    /// The text.
    pub basis: LegalBasis,
    /// The last day the text gives to fulfil it.
    pub due: Option<NaiveDate>,
    /// The document that took its place.
    pub successor: Option<String>,
}

impl RuleLaw {
    /// Whether it ever binds a kind of site.
    pub fn binds(&self, collection: SiteCollection) -> bool {
        self.bases.iter().any(|basis| basis.binds.is_none_or(|binds| binds == collection))
    }

    /// The texts in force on a day that bind a kind of site.
    pub fn in_force(&self, collection: SiteCollection, on: NaiveDate) -> impl Iterator<Item = &RuleBasis> {
        self.bases
            .iter()
            .filter(move |basis| basis.binds.is_none_or(|binds| binds == collection) && basis.basis.in_force(on))
    }
}

/// A number that a rule compares with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleLimit {
    /// Id of the rule.
    pub rule: String,
    /// What it is called there: `maximum`, `minimum`, `fill`.
    pub name: String,
    /// The number.
    pub value: Decimal,
    /// Its unit: `har`, `%`, `d`.
    pub unit: String,
    /// Where it stands.
    pub basis: LegalBasis,
}

/// One kind of infrastructure work of the checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InfrastructureItem {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: Text,
    /// Whether it is one of those counted in `infrastructure_total`.
    pub counted: bool,
    /// Where it stands.
    pub basis: LegalBasis,
}

/// The texts [`Standards::parse`] reads, named as in `data/standards/`.
#[derive(Debug, Clone, Copy)]
pub struct StandardsTexts<'a> {
    /// `effluent_standards.csv`.
    pub effluent_standards: &'a str,
    /// `effluent_limits.csv`.
    pub effluent_limits: &'a str,
    /// `effluent_coefficients.csv`.
    pub effluent_coefficients: &'a str,
    /// `rules.csv`.
    pub rules: &'a str,
    /// `rule_bases.csv`.
    pub rule_bases: &'a str,
    /// `infrastructure_items.csv`.
    pub infrastructure_items: &'a str,
    /// `rule_limits.csv`.
    pub rule_limits: &'a str,
    /// `wwtp_safety_distance.csv`.
    pub safety_distances: &'a str,
    /// `plan_targets.csv`.
    pub plan_targets: &'a str,
    /// `duties.csv`.
    pub duties: &'a str,
    /// `pressure_weights.csv`.
    pub pressure_weights: &'a str,
    /// `hotspot_run.csv`.
    pub hotspot_run: &'a str,
    /// `plan_rules.csv`.
    pub plan_rules: &'a str,
    /// `plan_rule_bases.csv`.
    pub plan_rule_bases: &'a str,
    /// `plan_limits.csv`.
    pub plan_limits: &'a str,
    /// `plan_setbacks.csv`.
    pub plan_setbacks: &'a str,
    /// `plan_authorities.csv`.
    pub plan_authorities: &'a str,
    /// `remedies.csv`.
    pub remedies: &'a str,
}

impl StandardsTexts<'static> {
    /// The texts compiled in.
    pub const BUNDLED: Self = Self {
        effluent_standards: include_str!("../../data/standards/effluent_standards.csv"),
        effluent_limits: include_str!("../../data/standards/effluent_limits.csv"),
        effluent_coefficients: include_str!("../../data/standards/effluent_coefficients.csv"),
        rules: include_str!("../../data/standards/rules.csv"),
        rule_bases: include_str!("../../data/standards/rule_bases.csv"),
        infrastructure_items: include_str!("../../data/standards/infrastructure_items.csv"),
        rule_limits: include_str!("../../data/standards/rule_limits.csv"),
        safety_distances: include_str!("../../data/standards/wwtp_safety_distance.csv"),
        plan_targets: include_str!("../../data/standards/plan_targets.csv"),
        duties: include_str!("../../data/standards/duties.csv"),
        pressure_weights: include_str!("../../data/standards/pressure_weights.csv"),
        hotspot_run: include_str!("../../data/standards/hotspot_run.csv"),
        plan_rules: include_str!("../../data/standards/plan_rules.csv"),
        plan_rule_bases: include_str!("../../data/standards/plan_rule_bases.csv"),
        plan_limits: include_str!("../../data/standards/plan_limits.csv"),
        plan_setbacks: include_str!("../../data/standards/plan_setbacks.csv"),
        plan_authorities: include_str!("../../data/standards/plan_authorities.csv"),
        remedies: include_str!("../../data/standards/remedies.csv"),
    };
}

/// All legal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standards {
    /// Discharge standards.
    pub effluent: Vec<EffluentStandard>,
    /// Their table values.
    pub limits: Vec<TableValue>,
    /// Their coefficients.
    pub coefficients: Vec<Coefficient>,
    /// The rules, core rules first.
    pub rules: Vec<RuleLaw>,
    /// The checklist of works.
    pub infrastructure: Vec<InfrastructureItem>,
    /// The numbers that rules compare with.
    pub rule_limits: Vec<RuleLimit>,
    /// The distances that housing keeps from treatment stations.
    pub safety_distances: Vec<SafetyDistance>,
    /// What the city's yearly plans want, oldest first.
    pub plan_targets: Vec<PlanTarget>,
    /// Who has which duty and since when.
    pub duties: Vec<DutyLaw>,
    /// The numbers of the pressure index.
    pub pressure_weights: Vec<PressureWeight>,
    /// The numbers of the standing run of hotspots.
    pub hotspot_run: Vec<RunParameter>,
    /// The rules for 1/500 plans that the review of a site does not ask.
    pub plan_rules: Vec<RuleLaw>,
    /// The numbers and tolerances that they compare with.
    pub plan_limits: Vec<RuleLimit>,
    /// How far buildings stand back from the red line.
    pub plan_setbacks: Vec<Setback>,
    /// Who approves plans and since when.
    pub plan_authorities: Vec<PlanAuthority>,
    /// What would settle each rule, in plain words.
    pub remedies: Vec<Remedy>,
}

impl Standards {
    /// The data compiled in. Parse once and keep.
    pub fn bundled() -> Result<Self, StandardsError> {
        Self::parse(&StandardsTexts::BUNDLED)
    }

    /// Reads and cross-checks the texts.
    pub fn parse(texts: &StandardsTexts<'_>) -> Result<Self, StandardsError> {
        let mut standards = Self {
            effluent: all(STANDARDS, texts.effluent_standards, effluent_standard)?,
            limits: all(LIMITS, texts.effluent_limits, table_value)?,
            coefficients: all(COEFFICIENTS, texts.effluent_coefficients, coefficient)?,
            rules: all(RULES, texts.rules, rule)?,
            infrastructure: all(INFRASTRUCTURE, texts.infrastructure_items, infrastructure_item)?,
            rule_limits: all(RULE_LIMITS, texts.rule_limits, rule_limit)?,
            safety_distances: all(safety_distance::FILE, texts.safety_distances, safety_distance::parse)?,
            plan_targets: all(PLAN_TARGETS, texts.plan_targets, city_plan::plan_target)?,
            duties: all(DUTIES, texts.duties, city_plan::duty)?,
            pressure_weights: all(pressure_weights::WEIGHTS, texts.pressure_weights, pressure_weights::weight)?,
            hotspot_run: all(pressure_weights::RUN, texts.hotspot_run, pressure_weights::run_parameter)?,
            plan_rules: all(plan_law::RULES, texts.plan_rules, rule)?,
            plan_limits: all(plan_law::LIMITS, texts.plan_limits, rule_limit)?,
            plan_setbacks: all(plan_law::SETBACKS, texts.plan_setbacks, plan_law::setback)?,
            plan_authorities: all(plan_law::AUTHORITIES, texts.plan_authorities, plan_law::authority)?,
            remedies: all(remedy::FILE, texts.remedies, remedy::remedy)?,
        };
        standards.plan_targets.sort_by_key(|target| target.year);
        add_bases(&mut standards.rules, RULE_BASES, texts.rule_bases)?;
        add_bases(&mut standards.plan_rules, plan_law::BASES, texts.plan_rule_bases)?;
        standards.check()?;
        Ok(standards)
    }

    /// The discharge standard of this id.
    pub fn effluent_standard(&self, id: &str) -> Option<&EffluentStandard> {
        self.effluent.iter().find(|standard| standard.id == id)
    }

    /// The name of a parameter; `None` where no standard knows it.
    pub fn parameter(&self, code: &str) -> Option<&Text> {
        self.limits.iter().find(|limit| limit.parameter == code).map(|limit| &limit.name)
    }

    /// The rule of this id, as law.
    pub fn rule(&self, id: &str) -> Option<&RuleLaw> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// What would settle the rule of this id.
    pub fn remedy(&self, rule: &str) -> Option<&Remedy> {
        self.remedies.iter().find(|remedy| remedy.rule == rule)
    }

    /// The rule for 1/500 plans of this id, whichever review asks it.
    pub fn plan_rule(&self, id: &str) -> Option<&RuleLaw> {
        self.plan_rules.iter().find(|rule| rule.id == id).or_else(|| self.rule(id))
    }

    /// A number of a rule for 1/500 plans as it stood in law on a day.
    pub fn plan_limit(&self, rule: &str, name: &str, on: NaiveDate) -> Option<&RuleLimit> {
        let limit = |limit: &&RuleLimit| limit.rule == rule && limit.name == name && limit.basis.in_force(on);
        self.plan_limits.iter().chain(&self.rule_limits).find(limit)
    }

    /// A number of a rule as it stood in law on a day.
    pub fn rule_limit(&self, rule: &str, name: &str, on: NaiveDate) -> Option<&RuleLimit> {
        self.rule_limits.iter().find(|limit| limit.rule == rule && limit.name == name && limit.basis.in_force(on))
    }

    /// The distance that housing keeps from a station of this kind and capacity, m³ a day, by the law of a day.
    pub fn safety_distance(&self, kind: TreatmentKind, capacity: Decimal, on: NaiveDate) -> Option<&SafetyDistance> {
        self.safety_distances.iter().find(|row| row.kind == kind && row.holds_for(capacity) && row.basis.in_force(on))
    }

    fn check(&self) -> Result<(), StandardsError> {
        let mut goals = std::collections::HashSet::new();
        if let Some(again) = self.plan_targets.iter().find(|target| !goals.insert((target.year, target.measure))) {
            let detail = format!("{} has {} twice", again.year, again.measure.as_str());
            return Err(contradiction(PLAN_TARGETS, detail));
        }
        check_rules(&self.rules, &self.rule_limits, RULE_BASES, RULE_LIMITS)?;
        remedy::check(&self.remedies, &self.rules)?;
        check_rules(&self.plan_rules, &self.plan_limits, plan_law::BASES, plan_law::LIMITS)?;
        if let Some(twice) = self.plan_rules.iter().find(|rule| self.rule(&rule.id).is_some()) {
            return Err(contradiction(plan_law::RULES, format!("{} is in rules.csv too", twice.id)));
        }
        plan_law::check_setbacks(&self.plan_setbacks)?;
        safety_distance::check(&self.safety_distances)?;
        pressure_weights::check(&self.pressure_weights, &self.hotspot_run)?;
        self.check_limits()?;
        self.check_coefficients()
    }

    fn check_limits(&self) -> Result<(), StandardsError> {
        for standard in &self.effluent {
            let held = self.limits.iter().any(|limit| limit.standard == standard.id);
            if held != standard.limits_held {
                let detail = format!(
                    "{} has limits_held = {}, but effluent_limits.csv says otherwise",
                    standard.id, standard.limits_held
                );
                return Err(contradiction(STANDARDS, detail));
            }
        }
        let mut keys = std::collections::HashSet::new();
        for limit in &self.limits {
            if self.effluent_standard(&limit.standard).is_none() {
                return Err(contradiction(LIMITS, format!("{} is not in effluent_standards.csv", limit.standard)));
            }
            let key = (&limit.standard, &limit.column, &limit.parameter, limit.discharge.above, limit.basis.from);
            if !keys.insert(key) {
                let detail = format!("{} column {} has {} twice", limit.standard, limit.column, limit.parameter);
                return Err(contradiction(LIMITS, detail));
            }
        }
        self.check_discharge_classes()
    }

    /// A limit that depends on the discharge must say what holds for each of them, once.
    fn check_discharge_classes(&self) -> Result<(), StandardsError> {
        for limit in self.limits.iter().filter(|limit| limit.has_discharge_class()) {
            let same = |other: &&TableValue| {
                (&other.standard, &other.column, &other.parameter, other.basis.from)
                    == (&limit.standard, &limit.column, &limit.parameter, limit.basis.from)
            };
            let next =
                |other: &TableValue| other.discharge.above.is_some() && other.discharge.above == limit.discharge.up_to;
            let first = |other: &TableValue| other.discharge.above.is_none();
            let begins = |other: &TableValue| other.discharge.up_to == limit.discharge.above;
            let preceded = limit.discharge.above.is_none() || self.limits.iter().filter(same).any(begins);
            let followed = limit.discharge.up_to.is_none() || self.limits.iter().filter(same).any(next);
            let begun = self.limits.iter().filter(same).filter(|other| first(other)).count() == 1;
            let ends = self.limits.iter().filter(same).filter(|other| other.discharge.up_to.is_none()).count() == 1;
            if !(preceded && followed && begun && ends) {
                let detail = format!(
                    "the discharge classes of {} column {} {} must follow each other from open to open",
                    limit.standard, limit.column, limit.parameter
                );
                return Err(contradiction(LIMITS, detail));
            }
        }
        Ok(())
    }

    /// Every class must cover each value exactly once, or a flow could fall between two coefficients.
    fn check_coefficients(&self) -> Result<(), StandardsError> {
        let mut previous: Option<&Coefficient> = None;
        let same =
            |a: &Coefficient, b: &Coefficient| (&a.standard, &a.name, &a.class) == (&b.standard, &b.name, &b.class);
        let broken = |at: &Coefficient| {
            let detail = format!(
                "the intervals of {} {} {} must follow each other in order, from open to open, without gap or overlap",
                at.standard, at.name, at.class
            );
            contradiction(COEFFICIENTS, detail)
        };
        for next in &self.coefficients {
            match previous.filter(|previous| same(previous, next)) {
                Some(previous)
                    if previous.interval.up_to.is_none() || previous.interval.up_to != next.interval.above =>
                {
                    return Err(broken(next));
                }
                None if next.interval.above.is_some() => return Err(broken(next)),
                _ => {}
            }
            if let Some(last) = previous.filter(|previous| !same(previous, next) && previous.interval.up_to.is_some()) {
                return Err(broken(last));
            }
            previous = Some(next);
        }
        match previous.filter(|last| last.interval.up_to.is_some()) {
            Some(last) => Err(broken(last)),
            None => Ok(()),
        }
    }
}

impl TableValue {
    /// Whether it depends on the discharge.
    pub fn has_discharge_class(&self) -> bool {
        !self.discharge.is_unbounded()
    }
}

const STANDARDS: &str = "effluent_standards.csv";
const LIMITS: &str = "effluent_limits.csv";
const COEFFICIENTS: &str = "effluent_coefficients.csv";
const RULES: &str = "rules.csv";
const RULE_BASES: &str = "rule_bases.csv";
const INFRASTRUCTURE: &str = "infrastructure_items.csv";
const RULE_LIMITS: &str = "rule_limits.csv";
const PLAN_TARGETS: &str = "plan_targets.csv";
const DUTIES: &str = "duties.csv";

pub(super) fn contradiction(file: &'static str, detail: String) -> StandardsError {
    StandardsError::Contradiction { file, detail }
}

/// Every line of a text, read by `parse`.
fn all<T>(
    file: &'static str,
    text: &str,
    parse: impl Fn(&Row<'_>) -> Result<T, StandardsError>,
) -> Result<Vec<T>, StandardsError> {
    Table::parse(file, text)?.rows().map(|row| parse(&row)).collect()
}

pub(super) fn required<T>(row: &Row<'_>, column: &'static str, value: Option<T>) -> Result<T, StandardsError> {
    value.ok_or_else(|| row.fault(column, "", "is empty"))
}

fn interval(row: &Row<'_>, above: &'static str, up_to: &'static str) -> Result<Interval, StandardsError> {
    Ok(Interval { above: row.decimal(above)?, up_to: row.decimal(up_to)? })
}

pub(super) fn text(row: &Row<'_>, vi: &'static str, en: &'static str) -> Result<Text, StandardsError> {
    Ok(Text::new(row.required(vi)?, row.required(en)?))
}

fn effluent_standard(row: &Row<'_>) -> Result<EffluentStandard, StandardsError> {
    let existing_permits_until = match row.date("existing_permits_until")? {
        None => None,
        Some(until) => {
            let confidence = row.confidence("existing_permits_confidence")?;
            Some((until, required(row, "existing_permits_confidence", confidence)?))
        }
    };
    let urban_drain = match row.optional("urban_drain_column")? {
        None => None,
        Some(column) => Some(UrbanDrain {
            column,
            article: row.required("urban_drain_article")?,
            confidence: required(row, "urban_drain_confidence", row.confidence("urban_drain_confidence")?)?,
        }),
    };
    let formula = row.read("coefficients", "is not 'Kq Kf', 'K' or empty", |cell| match cell {
        "Kq Kf" => Some(Formula::CKqKf),
        "K" => Some(Formula::CK),
        _ => None,
    })?;
    Ok(EffluentStandard {
        id: row.required("standard")?,
        version: row.cell("version")?.to_owned(),
        title: text(row, "title_vi", "title_en")?,
        instrument: row.cell("instrument")?.to_owned(),
        in_force_from: row.date("in_force_from")?,
        in_force_to: row.date("in_force_to")?,
        existing_permits_until,
        successor: row.optional("successor")?,
        limits_held: row.flag("limits_held")?,
        formula: formula.unwrap_or(Formula::C),
        urban_drain,
        confidence: required(row, "confidence", row.confidence("confidence")?)?,
    })
}

fn table_value(row: &Row<'_>) -> Result<TableValue, StandardsError> {
    let value = row.read("limit", "is neither a number nor a range like 5.5-9", Allowed::parse)?;
    let value = required(row, "limit", value)?;
    let coefficient_applies = row.flag("coefficient_applies")?;
    if coefficient_applies && matches!(value, Allowed::Within { .. }) {
        return Err(row.fault("coefficient_applies", "true", "cannot hold for a range"));
    }
    Ok(TableValue {
        standard: row.required("standard")?,
        column: row.required("column")?,
        discharge: interval(row, "f_lower_exclusive", "f_upper_inclusive")?,
        parameter: row.required("parameter_code")?,
        name: text(row, "name_vi", "name_en")?,
        value,
        unit: row.required("unit")?,
        coefficient_applies,
        not_in_saline_water: row.flag("not_in_saline_water")?,
        basis: legal_basis(row)?,
    })
}

fn coefficient(row: &Row<'_>) -> Result<Coefficient, StandardsError> {
    Ok(Coefficient {
        standard: row.required("standard")?,
        name: row.required("coefficient")?,
        class: row.required("class")?,
        interval: interval(row, "lower_exclusive", "upper_inclusive")?,
        value: required(row, "value", row.decimal("value")?)?,
        basis: legal_basis(row)?,
    })
}

/// Puts every text beside its rule.
fn add_bases(rules: &mut [RuleLaw], file: &'static str, text: &str) -> Result<(), StandardsError> {
    for (rule_id, basis) in all(file, text, rule_basis)? {
        let rule = rules.iter_mut().find(|rule| rule.id == rule_id);
        let rule = rule.ok_or_else(|| contradiction(file, format!("{rule_id} is not among the rules")))?;
        rule.bases.push(basis);
    }
    Ok(())
}

/// Every rule rests on a text, and every number is one rule's and holds alone on each day.
fn check_rules(
    rules: &[RuleLaw],
    limits: &[RuleLimit],
    bases_file: &'static str,
    limits_file: &'static str,
) -> Result<(), StandardsError> {
    if let Some(stray) = limits.iter().find(|limit| rules.iter().all(|rule| rule.id != limit.rule)) {
        return Err(contradiction(limits_file, format!("{} is not among the rules", stray.rule)));
    }
    let apart = |a: &LegalBasis, b: &LegalBasis| {
        a.to.zip(b.from).is_some_and(|(to, from)| to < from) || b.to.zip(a.from).is_some_and(|(to, from)| to < from)
    };
    for (at, limit) in limits.iter().enumerate() {
        let same = |other: &&RuleLimit| (&other.rule, &other.name) == (&limit.rule, &limit.name);
        let mut earlier = limits.iter().take(at).filter(same);
        if earlier.any(|other| !apart(&other.basis, &limit.basis)) {
            let detail = format!("{} has {} twice on the same day", limit.rule, limit.name);
            return Err(contradiction(limits_file, detail));
        }
    }
    match rules.iter().find(|rule| rule.bases.is_empty()) {
        Some(rule) => Err(contradiction(bases_file, format!("the rule {} has no legal basis", rule.id))),
        None => Ok(()),
    }
}

fn rule(row: &Row<'_>) -> Result<RuleLaw, StandardsError> {
    Ok(RuleLaw {
        id: row.required("rule_id")?,
        title: text(row, "title_vi", "title_en")?,
        core: row.flag("core")?,
        severity: required(row, "severity", row.read("severity", "is no severity", Severity::parse)?)?,
        is_enforced: row.flag("enforced")?,
        needs: row.cell("needs")?.split(';').map(|need| need.trim().to_owned()).collect(),
        bases: Vec::new(),
    })
}

/// A legal basis with the id of its rule.
fn rule_basis(row: &Row<'_>) -> Result<(String, RuleBasis), StandardsError> {
    let stage = |cell: &str| cell.split(';').map(|word| SiteStatus::parse(word.trim())).collect();
    let stages: Option<Vec<SiteStatus>> = row.read("stages", "is not a list of stages of a cluster", stage)?;
    let basis = RuleBasis {
        binds: row.read("binds", "is not a collection of sites", SiteCollection::parse)?,
        stages: stages.unwrap_or_default(),
        founded_from: row.date("founded_from")?,
        founded_to: row.date("founded_to")?,
        successor: row.optional("successor")?,
        basis: legal_basis(row)?,
        due: row.date("due")?,
    };
    Ok((row.required("rule_id")?, basis))
}

fn infrastructure_item(row: &Row<'_>) -> Result<InfrastructureItem, StandardsError> {
    Ok(InfrastructureItem {
        code: row.required("item_code")?,
        name: text(row, "name_vi", "name_en")?,
        counted: row.flag("counted")?,
        basis: legal_basis(row)?,
    })
}

fn rule_limit(row: &Row<'_>) -> Result<RuleLimit, StandardsError> {
    Ok(RuleLimit {
        rule: row.required("rule_id")?,
        name: row.required("name")?,
        value: required(row, "value", row.decimal("value")?)?,
        unit: row.required("unit")?,
        basis: legal_basis(row)?,
    })
}
