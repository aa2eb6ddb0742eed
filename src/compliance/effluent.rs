//! What a discharge point may discharge, and whether a sample set keeps to it.
//!
//! `Cmax = C × Kq × Kf` of the standard and column its permit names, in exact decimals. Whatever is not on record, or
//! not held in the data, gives a reason instead of a limit; no other standard's number ever stands in for it.
//! Only a station's outlet is judged here: water that goes into another station's network answers to that operator.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::evidence::{RowRef, date_vi, number_vi};
use super::law::{Confidence, LegalBasis, Text};
use super::measurement::{self, Measurement, MeasurementError};
use super::outcome::{Outcome, Verdict};
use super::standards::{Allowed, Coefficient, EffluentStandard, Formula, Standards, TableValue};
use super::words::words;

words! {
    /// What receives the effluent.
    ReceivingKind {
        /// River or stream.
        River = "river",
        /// Canal; its coefficient is a river's.
        Canal = "canal",
        /// Lake or pond.
        Lake = "lake",
        /// Urban or residential drain that leads to no treatment plant.
        UrbanDrain = "urban_drain",
        /// Coastal water, its use not on record.
        Coastal = "coastal",
        /// Coastal water kept for aquatic life or water sport.
        CoastalProtected = "coastal_protected",
        /// Other coastal water.
        CoastalOther = "coastal_other",
    }
}

words! {
    /// Size of the premises whose domestic wastewater is discharged, which decides K of QCVN 14:2008.
    Premises {
        /// At or above the size the standard names.
        Large = "large",
        /// Below it.
        Small = "small",
    }
}

words! {
    /// Where a Kq comes from.
    KqBasis {
        /// From the flow or volume on record.
        Measured = "measured",
        /// The standard's value for water without flow or volume data.
        DefaultNoData = "default_no_data",
        /// From the kind of receiving water alone.
        ReceivingKind = "receiving_kind",
    }
}

words! {
    /// Where a sample was taken, as far as its row says.
    SamplePlace {
        /// Where a station lets its water go, which is where the standard judges.
        Outlet = "outlet",
        /// Before treatment or in a collection network, which answers to the operator's acceptance standard.
        Elsewhere = "elsewhere",
        /// The row's words say neither, or both.
        Unclear = "unclear",
    }
}

impl SamplePlace {
    /// What a register's free text says, in NFC and any case; nothing written is the outlet.
    ///
    /// A word counts with all its marks or with none of them. Half folded, "của xã" (of the commune) would read as
    /// "cửa xả" (outfall).
    pub fn of(text: Option<&str>) -> Self {
        let text = text.unwrap_or_default().to_lowercase();
        let words = text.split(|c: char| c.is_whitespace() || matches!(c, '_' | '-')).filter(|word| !word.is_empty());
        let text = words.collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return Self::Outlet;
        }
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        match (has(&OUTLET_WORDS), has(&ELSEWHERE_WORDS)) {
            (true, false) => Self::Outlet,
            (false, true) => Self::Elsewhere,
            _ => Self::Unclear,
        }
    }
}

const OUTLET_WORDS: [&str; 12] = [
    "outlet",
    "effluent",
    "đầu ra",
    "dau ra",
    "cửa xả",
    "cua xa",
    "điểm xả",
    "diem xa",
    "sau xử lý",
    "sau xử lí",
    "sau xu ly",
    "sau xu li",
];

const ELSEWHERE_WORDS: [&str; 10] = [
    "inlet",
    "influent",
    "collection network",
    "đầu vào",
    "dau vao",
    "trước xử lý",
    "trước xử lí",
    "truoc xu ly",
    "truoc xu li",
    "thu gom",
];

/// A discharge point as its environmental permit describes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DischargePoint {
    /// Id of the standard the permit names.
    pub standard: Option<String>,
    /// Its version, where the permit gives one.
    pub standard_version: Option<String>,
    /// Column of the standard.
    pub column: Option<String>,
    /// What receives the effluent.
    pub receiving_kind: Option<ReceivingKind>,
    /// Whether that is saline or brackish. `None` is read as the kind suggests: coastal water is, inland water is not.
    pub saline: Option<bool>,
    /// Flow of the receiving river, m³/s: mean of the three driest months over three years.
    pub q_m3s: Option<Decimal>,
    /// Volume of the receiving lake, 10⁶ m³, over the same months.
    pub v_1e6_m3: Option<Decimal>,
    /// Largest discharge the permit allows, m³/24 h.
    pub f_m3_day_permit: Option<Decimal>,
    /// Size of the premises, for domestic wastewater.
    pub premises: Option<Premises>,
    /// Day its permit was issued or, where that is not on record, the day it was commissioned.
    pub permitted_on: Option<NaiveDate>,
    /// Codes of the parameters the permit wants measured.
    pub permit_parameters: Option<Vec<String>>,
}

impl KqBasis {
    /// In words for the reader of a note.
    pub fn text(self) -> Text {
        match self {
            KqBasis::Measured => Text::new("theo số liệu", "from data"),
            KqBasis::DefaultNoData => Text::new("mặc định, chưa có số liệu", "default, no data"),
            KqBasis::ReceivingKind => Text::new("theo loại nguồn tiếp nhận", "by kind of receiving water"),
        }
    }
}

impl DischargePoint {
    /// Whether the permit wants this parameter measured; where its list is not on record, it may.
    pub fn may_want(&self, parameter: &str) -> bool {
        self.permit_parameters.as_ref().is_none_or(|codes| codes.iter().any(|code| same_code(code, parameter)))
    }

    fn is_saline(&self) -> bool {
        use ReceivingKind::{Coastal, CoastalOther, CoastalProtected};
        self.saline.unwrap_or(matches!(self.receiving_kind, Some(Coastal | CoastalProtected | CoastalOther)))
    }
}

/// The limit of one parameter at one discharge point on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Code of the parameter.
    pub parameter: String,
    /// Its name.
    pub name: Text,
    /// The table value C.
    pub c: Allowed,
    /// Cmax, or the closed range.
    pub allowed: Allowed,
    /// Its unit.
    pub unit: String,
    /// Receiving-water coefficient and where it comes from; `None` where none applies.
    pub kq: Option<(Decimal, KqBasis)>,
    /// Discharge coefficient; `None` where none applies.
    pub kf: Option<Decimal>,
    /// Coefficient of the premises (domestic wastewater); `None` where none applies.
    pub k: Option<Decimal>,
    /// The table and the clauses of the coefficients.
    pub legal_basis: Vec<LegalBasis>,
    /// How sure the limit is: its weakest part.
    pub confidence: Confidence,
}

/// Why there is no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoLimit {
    /// The discharge point names no standard.
    NoStandard,
    /// It names one that the data do not list.
    StandardNotListed(String),
    /// It names a version that the data do not hold.
    VersionNotHeld(String),
    /// The data list the standard, of this short title, without its numbers.
    LimitsNotHeld(String),
    /// The standard was not in force yet on the day of the sample.
    NotYetInForce(NaiveDate),
    /// The standard was replaced, and permits that name it no longer hold. Which column of the next one is meant only a
    /// new permit can say, so nothing is carried over.
    NoLongerInForce {
        /// The last day on which it held.
        until: NaiveDate,
        /// Short title of the standard that follows, where there is one.
        successor: Option<String>,
    },
    /// The point was permitted, or began to discharge, when the standard's successor was in force already, so it cannot
    /// be one of the existing points that keep the old standard.
    PermittedUnderSuccessor {
        /// The day it was permitted or commissioned.
        permitted_on: NaiveDate,
        /// First day of the successor.
        from: NaiveDate,
        /// Its short title.
        successor: String,
    },
    /// The discharge point names no column.
    NoColumn,
    /// The permit names another column than the standard has for an urban drain that has no treatment plant.
    ColumnContradictsDrain {
        /// The column of the permit.
        permit: String,
        /// The column of the standard's clause.
        clause: String,
    },
    /// The standard has no such column in the data.
    ColumnNotHeld(String),
    /// The column has no such parameter.
    ParameterNotInStandard,
    /// The parameter is not checked in saline water.
    NotInSalineWater,
    /// What receives the effluent is not on record, or not closely enough for a Kq.
    NoReceivingKind,
    /// The permitted discharge is not on record, so Kf or the discharge class is not known.
    NoDischarge,
    /// The size of the premises is not on record.
    NoPremises,
    /// A flow, volume or discharge on record is below zero, or a discharge is zero.
    ImpossibleQuantity(&'static str),
    /// The data hold no coefficient for this case.
    CoefficientNotHeld(String),
    /// The product cannot be kept exactly.
    TooManyDigits,
}

impl NoLimit {
    /// The reason as a sentence.
    pub fn text(&self) -> Text {
        match self {
            Self::NoStandard => {
                Text::new("Điểm xả chưa ghi quy chuẩn áp dụng.", "The discharge point names no standard.")
            }
            Self::StandardNotListed(id) => Text::new(
                format!("Quy chuẩn {id} không có trong danh mục."),
                format!("The standard {id} is not listed."),
            ),
            Self::VersionNotHeld(version) => Text::new(
                format!("Phiên bản {version} của quy chuẩn chưa có trong dữ liệu."),
                format!("Version {version} of the standard is not held."),
            ),
            Self::LimitsNotHeld(title) => Text::new(
                format!("Giới hạn của {title} chưa được nhập; không dùng quy chuẩn khác thay thế."),
                format!("The limits of {title} have not been entered; no other standard is used instead."),
            ),
            Self::NotYetInForce(from) => Text::new(
                format!("Quy chuẩn chỉ có hiệu lực từ {}.", date_vi(*from)),
                format!("The standard is in force only from {from}."),
            ),
            Self::NoLongerInForce { until, successor: None } => Text::new(
                format!("Quy chuẩn chỉ còn áp dụng đến {}.", date_vi(*until)),
                format!("The standard held only until {until}."),
            ),
            Self::NoLongerInForce { until, successor: Some(next) } => Text::new(
                format!("Quy chuẩn chỉ còn áp dụng đến {}; sau đó là {next}.", date_vi(*until)),
                format!("The standard held only until {until}; {next} follows."),
            ),
            Self::PermittedUnderSuccessor { permitted_on, from, successor } => Text::new(
                format!(
                    "Điểm xả được cấp phép hoặc vận hành ngày {}, khi {successor} đã có hiệu lực từ {}, nên không được dùng quy chuẩn cũ.",
                    date_vi(*permitted_on),
                    date_vi(*from)
                ),
                format!(
                    "The discharge was permitted or commissioned on {permitted_on}, with {successor} in force since {from}, so it cannot use the older standard."
                ),
            ),
            Self::ColumnContradictsDrain { permit, clause } => Text::new(
                format!(
                    "Giấy phép ghi cột {permit}, còn quy chuẩn dùng cột {clause} khi xả vào cống đô thị chưa có trạm xử lý."
                ),
                format!(
                    "The permit names column {permit}, and the standard has column {clause} for an urban drain without a treatment plant."
                ),
            ),
            Self::NoColumn => Text::new("Điểm xả chưa ghi cột A hay B.", "The discharge point names no column."),
            Self::ColumnNotHeld(column) => Text::new(
                format!("Quy chuẩn không có cột {column} trong dữ liệu."),
                format!("The data hold no column {column} of the standard."),
            ),
            Self::ParameterNotInStandard => {
                Text::new("Quy chuẩn không quy định thông số này.", "The standard has no limit for this parameter.")
            }
            Self::NotInSalineWater => {
                Text::new("Không áp dụng khi xả vào nước mặn, nước lợ.", "Not checked in saline or brackish water.")
            }
            Self::NoReceivingKind => Text::new(
                "Chưa rõ loại nguồn tiếp nhận nên chưa có Kq.",
                "The kind of receiving water is not on record, so Kq is not known.",
            ),
            Self::NoDischarge => Text::new(
                "Chưa có lưu lượng xả theo giấy phép nên chưa có Kf.",
                "The permitted discharge is not on record, so Kf is not known.",
            ),
            Self::NoPremises => Text::new(
                "Chưa rõ quy mô cơ sở nên chưa có K.",
                "The size of the premises is not on record, so K is not known.",
            ),
            Self::ImpossibleQuantity(field) => {
                Text::new(format!("Giá trị {field} không hợp lệ."), format!("The value of {field} is not possible."))
            }
            Self::CoefficientNotHeld(name) => Text::new(
                format!("Dữ liệu không có hệ số {name} cho trường hợp này."),
                format!("The data hold no {name} for this case."),
            ),
            Self::TooManyDigits => Text::new(
                "Giá trị vượt quá độ chính xác tính được.",
                "The value has more digits than can be kept exactly.",
            ),
        }
    }

    /// The field of the discharge point that would have to be filled in, where that is the reason.
    pub fn missing_field(&self) -> Option<&'static str> {
        match self {
            Self::NoStandard
            | Self::StandardNotListed(_)
            | Self::VersionNotHeld(_)
            | Self::NotYetInForce(_)
            | Self::NoLongerInForce { .. }
            | Self::PermittedUnderSuccessor { .. } => Some("effluent_standard"),
            Self::NoColumn | Self::ColumnNotHeld(_) | Self::ColumnContradictsDrain { .. } => Some("effluent_column"),
            Self::NoReceivingKind => Some("receiving_kind"),
            Self::NoDischarge => Some("f_m3_day_permit"),
            Self::NoPremises => Some("premises"),
            Self::ImpossibleQuantity(field) => Some(field),
            _ => None,
        }
    }
}

/// One parameter of one sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Its row.
    pub row: RowRef,
    /// Code of the parameter.
    pub parameter: String,
    /// The value, or why it cannot be read.
    pub measurement: Result<Measurement, MeasurementError>,
    /// The value as the report writes it, for the reader.
    pub reported: Option<String>,
    /// Its unit as reported.
    pub unit: Option<String>,
    /// Day of sampling.
    pub sampled_on: NaiveDate,
    /// Where it was taken, in the register's words; `None` is the outlet.
    pub sample_point: Option<String>,
    /// What those words say.
    pub place: SamplePlace,
    /// Over how many hours it was averaged.
    pub averaging_period_h: Option<Decimal>,
}

impl Sample {
    /// Whether it is of an outlet, or may be. One of which that is not clear stands with its point and is never judged.
    pub fn is_of_outlet(&self) -> bool {
        self.place != SamplePlace::Elsewhere
    }
}

/// A parameter against its limit.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterAssessment {
    /// The sample's row.
    pub sample: Sample,
    /// Its limit, or why there is none.
    pub limit: Result<Limit, NoLimit>,
    /// How it stands.
    pub verdict: Verdict,
    /// Measured value / Cmax, also below 1; `None` for ranges such as pH and for censored values.
    pub exceed_ratio: Option<Decimal>,
    /// Why it could not be assessed; for pH, how far it lies outside its range.
    pub note: Option<Text>,
}

/// A sample set against the limits of its discharge point.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleSetAssessment {
    /// Breached if any parameter fails; met only if every parameter the permit wants was measured and passes.
    pub outcome: Outcome,
    /// Each row, in the order given.
    pub parameters: Vec<ParameterAssessment>,
    /// Parameters the permit wants that were not measured.
    pub not_measured: Vec<String>,
    /// Whether the permit's list of parameters is on record; without it a set is never met.
    pub permit_parameters_known: bool,
}

/// The parameter that stands worst: the largest ratio among those that fail, or among all if none fails.
///
/// A failing pH has no ratio and is named only if nothing that fails has one.
pub fn worst<'a>(parameters: impl Iterator<Item = &'a ParameterAssessment> + Clone) -> Option<&'a ParameterAssessment> {
    let failing = parameters.clone().filter(|parameter| parameter.verdict == Verdict::Fail);
    let with_ratio = parameters.filter(|parameter| parameter.exceed_ratio.is_some());
    failing.max_by_key(|parameter| parameter.exceed_ratio).or(with_ratio.max_by_key(|parameter| parameter.exceed_ratio))
}

/// The limit of `parameter` at `point` for a sample taken on `on`, or why there is none.
pub fn limit(standards: &Standards, point: &DischargePoint, parameter: &str, on: NaiveDate) -> Result<Limit, NoLimit> {
    let standard = applicable_standard(standards, point, on)?;
    let drain = standard.urban_drain.as_ref().filter(|_| point.receiving_kind == Some(ReceivingKind::UrbanDrain));
    let column = match (drain, point.column.as_deref()) {
        (Some(drain), Some(column)) if column != drain.column => {
            let (permit, clause) = (column.to_owned(), drain.column.clone());
            return Err(NoLimit::ColumnContradictsDrain { permit, clause });
        }
        (Some(drain), _) => drain.column.as_str(),
        (None, column) => column.ok_or(NoLimit::NoColumn)?,
    };
    let value = table_value(standards, standard, point, column, parameter, on)?;

    let mut limit = Limit {
        parameter: value.parameter.clone(),
        name: value.name.clone(),
        c: value.value,
        allowed: value.value,
        unit: value.unit.clone(),
        kq: None,
        kf: None,
        k: None,
        legal_basis: vec![value.basis.clone()],
        confidence: value.basis.confidence,
    };
    if let Some(drain) = drain {
        limit.rest_on(&LegalBasis {
            article: drain.article.clone(),
            confidence: drain.confidence,
            ..value.basis.clone()
        });
    } else if value.coefficient_applies {
        limit.multiply(standards, standard, point)?;
    }
    if let Some((_, confidence)) = standard.existing_permits_until.filter(|_| !value.basis.in_force(on)) {
        limit.confidence = limit.confidence.max(confidence);
    }
    Ok(limit)
}

/// Judges all rows that were sampled on `on` at one outlet of `point`.
pub fn assess_sample_set<'a>(
    standards: &Standards,
    point: &DischargePoint,
    on: NaiveDate,
    rows: impl IntoIterator<Item = &'a Sample>,
) -> SampleSetAssessment {
    let mut parameters: Vec<_> = rows
        .into_iter()
        .map(|sample| assess_parameter(sample, limit(standards, point, &sample.parameter, on)))
        .collect();
    leave_contradictions_open(&mut parameters);
    let required: Vec<&str> = point
        .permit_parameters
        .iter()
        .flatten()
        .map(String::as_str)
        .filter(|code| limit(standards, point, code, on) != Err(NoLimit::NotInSalineWater))
        .collect();
    let permit_parameters_known = point.permit_parameters.as_ref().is_some_and(|codes| !codes.is_empty());
    let rows_of = |code: &str| {
        parameters
            .iter()
            .filter(|row| same_code(&row.sample.parameter, code))
            .map(|row| row.verdict)
            .collect::<Vec<_>>()
    };
    let not_measured: Vec<String> =
        required.iter().filter(|code| rows_of(code).is_empty()).map(|code| (*code).to_owned()).collect();
    // A row that cannot be assessed leaves its parameter open even beside one that passes.
    let all_pass = required.iter().all(|code| rows_of(code).iter().all(|verdict| *verdict == Verdict::Pass));
    let outcome = if parameters.iter().any(|row| row.verdict == Verdict::Fail) {
        Outcome::Breached
    } else if !required.is_empty() && not_measured.is_empty() && all_pass {
        Outcome::Met
    } else {
        Outcome::Unknown
    };
    SampleSetAssessment { outcome, parameters, not_measured, permit_parameters_known }
}

/// Two results of one parameter on one day at one point of which one passes and one fails: which of them is wrong is not
/// known, so neither is judged.
fn leave_contradictions_open(parameters: &mut [ParameterAssessment]) {
    let verdicts: Vec<_> = parameters.iter().map(|row| (row.sample.parameter.clone(), row.verdict)).collect();
    for row in parameters {
        let of_it = || verdicts.iter().filter(|(code, _)| same_code(code, &row.sample.parameter));
        let has = |wanted| of_it().any(|(_, verdict)| *verdict == wanted);
        if row.verdict != Verdict::NotAssessable && has(Verdict::Pass) && has(Verdict::Fail) {
            row.verdict = Verdict::NotAssessable;
            row.exceed_ratio = None;
            row.note = Some(Text::new(
                "Hai kết quả cùng ngày, cùng vị trí trái ngược nhau.",
                "Two results of one day and place contradict each other.",
            ));
        }
    }
}

impl Limit {
    fn rest_on(&mut self, basis: &LegalBasis) {
        self.legal_basis.push(basis.clone());
        self.confidence = self.confidence.max(basis.confidence);
    }

    fn multiply(
        &mut self,
        standards: &Standards,
        standard: &EffluentStandard,
        point: &DischargePoint,
    ) -> Result<(), NoLimit> {
        match standard.formula {
            Formula::C => {}
            Formula::CKqKf => {
                let (kq, basis) = kq(standards, standard, point)?;
                let discharge = discharge(point)?;
                let kf = coefficient(standards, standard, "Kf", "effluent", Some(discharge))?;
                self.kq = Some((self.times(kq)?, basis));
                self.kf = Some(self.times(kf)?);
            }
            Formula::CK => {
                let premises = point.premises.ok_or(NoLimit::NoPremises)?;
                let class = format!("premises_{}", premises.as_str());
                self.k = Some(self.times(coefficient(standards, standard, "K", &class, None)?)?);
            }
        }
        Ok(())
    }

    fn times(&mut self, coefficient: &Coefficient) -> Result<Decimal, NoLimit> {
        if let Allowed::AtMost(value) = self.allowed {
            let product = value.checked_mul(coefficient.value).ok_or(NoLimit::TooManyDigits)?;
            self.allowed = Allowed::AtMost(product);
        }
        self.rest_on(&coefficient.basis);
        Ok(coefficient.value)
    }
}

fn same_code(a: &str, b: &str) -> bool {
    a.trim().eq_ignore_ascii_case(b.trim())
}

/// The standard the point names, if its numbers are held and it could bind on `on`.
pub fn applicable_standard<'a>(
    standards: &'a Standards,
    point: &DischargePoint,
    on: NaiveDate,
) -> Result<&'a EffluentStandard, NoLimit> {
    let id = point.standard.as_deref().ok_or(NoLimit::NoStandard)?;
    let standard = standards.effluent_standard(id).ok_or_else(|| NoLimit::StandardNotListed(id.to_owned()))?;
    if let Some(version) = point.standard_version.as_deref().filter(|version| !version.contains(&standard.version)) {
        return Err(NoLimit::VersionNotHeld(version.to_owned()));
    }
    if let Some(from) = standard.in_force_from.filter(|from| on < *from) {
        return Err(NoLimit::NotYetInForce(from));
    }
    let successor = standard.successor.as_deref().and_then(|id| standards.effluent_standard(id));
    let title = successor.map(|next| next.short_title().to_owned());
    if let Some(until) = last_day(standard).filter(|until| on > *until) {
        return Err(NoLimit::NoLongerInForce { until, successor: title });
    }
    // Before the successor's first day the old standard was the only one, whatever was permitted later.
    let from = successor.and_then(|next| next.in_force_from).filter(|from| *from <= on);
    if let (Some(from), Some(permitted_on), Some(successor)) = (from, point.permitted_on, title)
        && permitted_on >= from
    {
        return Err(NoLimit::PermittedUnderSuccessor { permitted_on, from, successor });
    }
    if !standard.limits_held {
        return Err(NoLimit::LimitsNotHeld(standard.short_title().to_owned()));
    }
    Ok(standard)
}

/// The last day on which a permit naming the standard holds, if it ends.
fn last_day(standard: &EffluentStandard) -> Option<NaiveDate> {
    standard.existing_permits_until.map(|(until, _)| until).max(standard.in_force_to)
}

fn table_value<'a>(
    standards: &'a Standards,
    standard: &EffluentStandard,
    point: &DischargePoint,
    column: &str,
    parameter: &str,
    on: NaiveDate,
) -> Result<&'a TableValue, NoLimit> {
    let in_column: Vec<&TableValue> =
        standards.limits.iter().filter(|row| row.standard == standard.id && row.column == column).collect();
    if in_column.is_empty() {
        return Err(NoLimit::ColumnNotHeld(column.to_owned()));
    }
    // A table value ends with its standard; permits that still hold keep it.
    let holds = |row: &&TableValue| {
        row.basis.from.is_none_or(|from| from <= on)
            && (row.basis.to.is_none_or(|to| on <= to) || row.basis.to == standard.in_force_to)
    };
    let mut rows = in_column.into_iter().filter(|row| same_code(&row.parameter, parameter)).filter(holds).peekable();
    let first = *rows.peek().ok_or(NoLimit::ParameterNotInStandard)?;
    if first.not_in_saline_water && point.is_saline() {
        return Err(NoLimit::NotInSalineWater);
    }
    if !first.has_discharge_class() {
        return Ok(first);
    }
    let discharge = discharge(point)?;
    rows.find(|row| row.discharge.contains(discharge)).ok_or(NoLimit::ParameterNotInStandard)
}

fn discharge(point: &DischargePoint) -> Result<Decimal, NoLimit> {
    let discharge = point.f_m3_day_permit.ok_or(NoLimit::NoDischarge)?;
    if discharge <= Decimal::ZERO { Err(NoLimit::ImpossibleQuantity("f_m3_day_permit")) } else { Ok(discharge) }
}

fn kq<'a>(
    standards: &'a Standards,
    standard: &EffluentStandard,
    point: &DischargePoint,
) -> Result<(&'a Coefficient, KqBasis), NoLimit> {
    use ReceivingKind::{Canal, Coastal, CoastalOther, CoastalProtected, Lake, River, UrbanDrain};
    let kq = |class: &str, quantity| coefficient(standards, standard, "Kq", class, quantity);
    let by_quantity = |class: &str, no_data: &str, field, quantity: Option<Decimal>| match quantity {
        Some(quantity) if quantity < Decimal::ZERO => Err(NoLimit::ImpossibleQuantity(field)),
        Some(quantity) => Ok((kq(class, Some(quantity))?, KqBasis::Measured)),
        None => Ok((kq(no_data, None)?, KqBasis::DefaultNoData)),
    };
    match point.receiving_kind {
        Some(River | Canal) => by_quantity("river", "river_no_data", "q_m3s", point.q_m3s),
        Some(Lake) => by_quantity("lake", "lake_no_data", "v_1e6_m3", point.v_1e6_m3),
        Some(kind @ (CoastalProtected | CoastalOther)) => Ok((kq(kind.as_str(), None)?, KqBasis::ReceivingKind)),
        Some(Coastal | UrbanDrain) | None => Err(NoLimit::NoReceivingKind),
    }
}

fn coefficient<'a>(
    standards: &'a Standards,
    standard: &EffluentStandard,
    name: &str,
    class: &str,
    quantity: Option<Decimal>,
) -> Result<&'a Coefficient, NoLimit> {
    standards
        .coefficients
        .iter()
        .filter(|row| row.standard == standard.id && row.name == name && row.class == class)
        .find(|row| quantity.is_none_or(|quantity| row.interval.contains(quantity)))
        .ok_or_else(|| NoLimit::CoefficientNotHeld(name.to_owned()))
}

/// The column of its row that would have to be right for a sample to be held against a limit.
pub fn unassessable_field(sample: &Sample, limit: &Limit) -> &'static str {
    match &sample.measurement {
        _ if sample.place == SamplePlace::Unclear => "sample_point",
        Err(_) => "value",
        Ok(_) if measurement::conversion(sample.unit.as_deref(), &limit.unit).is_none() => "unit",
        Ok(Measurement::LessThan(_) | Measurement::NotDetected { .. }) => "detection_limit",
        Ok(Measurement::Value(_) | Measurement::Range { .. }) => "value",
    }
}

fn assess_parameter(sample: &Sample, limit: Result<Limit, NoLimit>) -> ParameterAssessment {
    let (verdict, exceed_ratio, note) = match judge(sample, &limit) {
        Ok((verdict, exceed_ratio, note)) => (verdict, exceed_ratio, note),
        Err(reason) => (Verdict::NotAssessable, None, Some(reason)),
    };
    ParameterAssessment { sample: sample.clone(), limit, verdict, exceed_ratio, note }
}

type Judged = (Verdict, Option<Decimal>, Option<Text>);

fn judge(sample: &Sample, limit: &Result<Limit, NoLimit>) -> Result<Judged, Text> {
    if sample.place == SamplePlace::Unclear {
        let point = sample.sample_point.as_deref().unwrap_or_default();
        return Err(Text::new(
            format!("Chưa rõ mẫu lấy ở đâu (\"{point}\")."),
            format!("Where the sample was taken is not clear ('{point}')."),
        ));
    }
    let limit = limit.as_ref().map_err(NoLimit::text)?;
    let measurement = sample.measurement.as_ref().map_err(|fault| unreadable(sample, fault))?;
    let unit = sample.unit.as_deref();
    let factor = measurement::conversion(unit, &limit.unit).ok_or_else(|| wrong_unit(unit, &limit.unit))?;
    let measured = measurement.scaled(factor).ok_or_else(|| NoLimit::TooManyDigits.text())?;
    let judged = match limit.allowed {
        Allowed::AtMost(cmax) => at_most(measured, cmax),
        Allowed::Within { low, high } => within(measured, low, high),
    }?;
    if limit.confidence.is_certain() { Ok(judged) } else { Err(unsure(&judged)) }
}

/// What a value would be if its limit were certain. As it is not, that is told and counts for nothing.
fn unsure((verdict, exceed_ratio, _): &Judged) -> Text {
    let times = exceed_ratio.map(|ratio| format!(" ({}×)", ratio.round_dp(2).normalize())).unwrap_or_default();
    let (vi, en) = match verdict {
        Verdict::Fail => ("Vượt", "Outside"),
        _ => ("Trong", "Within"),
    };
    Text::new(
        format!("{vi} giới hạn{}, nhưng giới hạn này chưa chắc chắn nên không được tính.", number_vi(&times)),
        format!("{en} a limit{times} that is not certain, so it counts for nothing."),
    )
}

fn at_most(measured: Measurement, cmax: Decimal) -> Result<Judged, Text> {
    let verdict = |passes| if passes { Verdict::Pass } else { Verdict::Fail };
    match measured {
        // Of several readings the highest decides.
        Measurement::Value(value) | Measurement::Range { high: value, .. } => {
            Ok((verdict(value <= cmax), value.checked_div(cmax), None))
        }
        Measurement::LessThan(limit) | Measurement::NotDetected { detection_limit: Some(limit) } if limit <= cmax => {
            Ok((Verdict::Pass, None, None))
        }
        Measurement::LessThan(limit) | Measurement::NotDetected { detection_limit: Some(limit) } => Err(Text::new(
            format!("Giới hạn phát hiện {limit} cao hơn Cmax {}.", cmax.normalize()),
            format!("The detection limit {limit} is above Cmax {}.", cmax.normalize()),
        )),
        Measurement::NotDetected { detection_limit: None } => Err(Text::new(
            "Không phát hiện, nhưng phiếu không ghi giới hạn phát hiện.",
            "Not detected, and the report gives no detection limit.",
        )),
    }
}

fn within(measured: Measurement, low: Decimal, high: Decimal) -> Result<Judged, Text> {
    let (lowest, highest) = match measured {
        Measurement::Value(value) => (value, value),
        Measurement::Range { low, high } => (low, high),
        Measurement::LessThan(_) | Measurement::NotDetected { .. } => {
            return Err(Text::new(
                "Kết quả dưới giới hạn phát hiện không so được với một khoảng.",
                "A value below a detection limit cannot be held against a range.",
            ));
        }
    };
    // A ratio to either end of a range means nothing in law; the distance says how far off it is.
    let (below, above) = (low - lowest, highest - high);
    if below <= Decimal::ZERO && above <= Decimal::ZERO {
        return Ok((Verdict::Pass, None, None));
    }
    let note = if below >= above {
        Text::new(format!("Thấp hơn khoảng cho phép {below}."), format!("{below} below the allowed range."))
    } else {
        Text::new(format!("Cao hơn khoảng cho phép {above}."), format!("{above} above the allowed range."))
    };
    Ok((Verdict::Fail, None, Some(note)))
}

fn unreadable(sample: &Sample, fault: &MeasurementError) -> Text {
    let reported = sample.reported.as_deref().unwrap_or_default();
    if let MeasurementError::Contradicted { columns, .. } = fault {
        return Text::new(
            format!("Phiếu ghi \"{reported}\" nhưng số đã nhập là {}.", number_vi(columns)),
            format!("The value cannot be used: {fault}."),
        );
    }
    Text::new(format!("Không đọc được kết quả \"{reported}\"."), format!("The value cannot be used: {fault}."))
}

fn wrong_unit(unit: Option<&str>, allowed: &str) -> Text {
    match unit {
        None => Text::new("Kết quả không ghi đơn vị.", "The value has no unit."),
        Some(unit) => Text::new(
            format!("Đơn vị \"{unit}\" không quy đổi được sang {allowed}."),
            format!("The unit '{unit}' does not convert to {allowed}."),
        ),
    }
}
