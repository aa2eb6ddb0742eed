//! ENV-EFFLUENT: the newest sample set of every discharging station keeps to the limits of its permit's standard.

use rust_decimal::Decimal;

use super::{Context, Finding, Rule};
use crate::compliance::effluent::{
    Limit, NoLimit, ParameterAssessment, SamplePlace, SampleSetAssessment, applicable_standard, assess_sample_set,
    unassessable_field,
};
use crate::compliance::evidence::{Evidence, Missing, date_vi, number_vi};
use crate::compliance::law::Text;
use crate::compliance::outcome::{Outcome, Status, Verdict};
use crate::compliance::site::{Known, KnownStation, SampleSet, StationFacts};
use crate::compliance::standards::{Allowed, Standards};

pub(super) const RULE: Rule = Rule { id: "ENV-EFFLUENT", check };

/// A sample set with the station it belongs to and its assessment.
pub(in super::super) struct NewestAssessment<'a> {
    pub station: &'a KnownStation<'a>,
    pub set: &'a SampleSet<'a>,
    pub result: SampleSetAssessment,
}

/// The newest sample set of every outlet of every station that discharges or may.
pub(in super::super) fn newest_assessments<'a>(
    standards: &Standards,
    known: &'a Known<'a>,
) -> Vec<NewestAssessment<'a>> {
    let sets = known.discharging().flat_map(|station| station.newest_sets.iter().map(move |set| (station, set)));
    sets.map(|(station, set)| {
        let rows = set.rows.iter().copied();
        let result = assess_sample_set(standards, &station.facts.discharge, set.sampled_on, rows);
        NewestAssessment { station, set, result }
    })
    .collect()
}

/// What the newest sets say together; a station without samples, or of which it is not on record that it runs, leaves it
/// open. So does one whose standard has ended: a sample of its time shows nothing of the standard that follows.
pub(in super::super) fn status(
    standards: &Standards,
    known: &Known<'_>,
    assessments: &[NewestAssessment<'_>],
) -> Status {
    let outcomes = assessments.iter().map(|assessment| assessment.result.outcome);
    let is_unseen = |station: &&KnownStation<'_>| {
        station.newest_sets.is_empty() || station.facts.runs().is_none() || lapsed(standards, known, station).is_some()
    };
    Status::of(outcomes.chain(known.discharging().filter(is_unseen).map(|_| Outcome::Unknown)))
}

fn check(context: &Context<'_>) -> Finding {
    context.nothing_discharges().unwrap_or_else(|| judge(context))
}

fn judge(context: &Context<'_>) -> Finding {
    let assessments = newest_assessments(context.standards, context.known);
    let unsampled: Vec<_> = context.known.discharging().filter(|station| station.newest_sets.is_empty()).collect();
    let unclear: Vec<_> = context.known.discharging().filter(|station| station.facts.runs().is_none()).collect();

    let lapsed: Vec<_> =
        context.known.discharging().filter_map(|station| lapsed(context.standards, context.known, station)).collect();
    let (outcome, why) = match status(context.standards, context.known, &assessments) {
        Status::NonCompliant => (Outcome::Breached, failures(&assessments)),
        Status::Compliant => (
            Outcome::Met,
            Text::new(
                "Mẫu mới nhất có đủ thông số theo giấy phép và đều đạt.",
                "The newest samples have every parameter the permit wants, and all pass.",
            ),
        ),
        Status::Unknown | Status::NotApplicable => (
            Outcome::Unknown,
            gaps(
                context.standards,
                &assessments,
                !unsampled.is_empty(),
                lapsed.iter().map(|(_, reason)| reason.text()),
            ),
        ),
    };
    let mut missing: Vec<Missing> =
        lapsed.iter().map(|(station, _)| Missing::field(&station.row, "effluent_standard")).collect();
    for gap in assessments.iter().flat_map(missing_of) {
        if !missing.contains(&gap) {
            missing.push(gap);
        }
    }
    Finding::new(outcome, why)
        .with(assessments.iter().flat_map(|assessment| assessment.result.parameters.iter().map(evidence)))
        .lacking(unsampled.iter().map(|station| Missing::field(&station.facts.row, "effluent_samples")))
        .lacking(unclear.iter().map(|station| Missing::field(&station.facts.row, "status")))
        .lacking(missing)
}

/// Why a station's standard does not hold for it, or no more, on the day of assessment, if so.
fn lapsed<'a>(
    standards: &Standards,
    known: &Known<'_>,
    station: &KnownStation<'a>,
) -> Option<(&'a StationFacts, NoLimit)> {
    match applicable_standard(standards, &station.facts.discharge, known.as_of) {
        Err(reason @ (NoLimit::NoLongerInForce { .. } | NoLimit::PermittedUnderSuccessor { .. })) => {
            Some((station.facts, reason))
        }
        _ => None,
    }
}

fn failures(assessments: &[NewestAssessment<'_>]) -> Text {
    let mut named = Text::new("Vượt quy chuẩn:", "Outside the limits:");
    for assessment in assessments {
        let fails = |row: &&ParameterAssessment| row.verdict == Verdict::Fail;
        for row in assessment.result.parameters.iter().filter(fails) {
            let Ok(limit) = &row.limit else { continue };
            let times =
                row.exceed_ratio.map(|ratio| format!(", {}×", ratio.round_dp(2).normalize())).unwrap_or_default();
            let measured = with_unit(&reported(row), row.sample.unit.as_deref());
            let allowed = limit.allowed.to_string();
            let allowed_vi = with_unit(&number_vi(&allowed), Some(&limit.unit));
            let allowed = with_unit(&allowed, Some(&limit.unit));
            let on = assessment.set.sampled_on;
            let comma = if named.en.ends_with(':') { "" } else { ";" };
            let (name, day) = (&limit.name, date_vi(on));
            let times_vi = times.replace(", ", "; ").replace('.', ",");
            named.vi += &format!("{comma} {} {measured} ({allowed_vi}{times_vi}; {day})", name.vi);
            named.en += &format!("{comma} {} {measured} ({allowed}{times}, {on})", name.en);
        }
    }
    named.vi.push('.');
    named.en.push('.');
    named
}

/// A value with its unit; pH has none, written "-".
fn with_unit(value: &str, unit: Option<&str>) -> String {
    match unit {
        None | Some("" | "-") => value.to_owned(),
        Some(unit) => format!("{value} {unit}"),
    }
}

/// Why no set is both complete and clean: each distinct reason once.
fn gaps(
    standards: &Standards,
    assessments: &[NewestAssessment<'_>],
    unsampled: bool,
    lapsed: impl Iterator<Item = Text>,
) -> Text {
    let mut reasons: Vec<Text> = Vec::new();
    let mut add = |reason: Text| {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    };
    lapsed.for_each(&mut add);
    if unsampled {
        add(Text::new("Có trạm chưa có mẫu nước thải nào.", "A station has no effluent sample on record."));
    }
    for NewestAssessment { station, result, .. } in assessments {
        if station.facts.runs().is_none() {
            add(Text::new("Chưa rõ trạm có vận hành không.", "Whether the station runs is not on record."));
        }
        if !result.permit_parameters_known {
            add(Text::new(
                "Chưa có danh mục thông số theo giấy phép nên không thể kết luận là đạt.",
                "The permit's list of parameters is not on record, so the set cannot be called met.",
            ));
        }
        if !result.not_measured.is_empty() {
            let names: Vec<Text> = result
                .not_measured
                .iter()
                .map(|code| standards.parameter(code).cloned().unwrap_or_else(|| Text::new(code, code)))
                .collect();
            let joined = |name: &dyn Fn(&Text) -> String| names.iter().map(name).collect::<Vec<_>>().join(", ");
            let (vi, en) = (joined(&|name| name.vi.clone()), joined(&|name| name.en.clone()));
            add(Text::new(format!("Thiếu thông số: {vi}."), format!("Not measured: {en}.")));
        }
        for row in &result.parameters {
            if let Some(note) = row.note.clone().filter(|_| row.verdict == Verdict::NotAssessable) {
                match &row.limit {
                    // A fault of the discharge point concerns every parameter alike; anything else concerns this one.
                    Err(NoLimit::ParameterNotInStandard | NoLimit::NotInSalineWater) | Ok(_) => {
                        let code = &row.sample.parameter;
                        add(Text::new(format!("{code}: {}", note.vi), format!("{code}: {}", note.en)));
                    }
                    Err(_) => add(note),
                }
            }
        }
    }
    let joined = |pick: fn(&Text) -> &str| reasons.iter().map(pick).collect::<Vec<_>>().join(" ");
    Text::new(joined(|text| &text.vi), joined(|text| &text.en))
}

fn reported(row: &ParameterAssessment) -> String {
    let sample = &row.sample;
    match (&sample.reported, &sample.measurement) {
        (Some(reported), _) => reported.clone(),
        (None, Ok(measurement)) => measurement.to_string(),
        (None, Err(_)) => String::new(),
    }
}

fn evidence(row: &ParameterAssessment) -> Evidence {
    let sample = &row.sample;
    let measured = Some(reported(row)).filter(|text| !text.is_empty());
    let limit = row.limit.as_ref().ok();
    Evidence {
        on: Some(sample.sampled_on),
        allowed: limit.map(|limit| limit.allowed.to_string()),
        unit: sample.unit.clone(),
        allowed_unit: limit.map(|limit| limit.unit.clone()),
        verdict: Some(row.verdict),
        exceed_ratio: row.exceed_ratio,
        averaging_period_h: sample.averaging_period_h,
        legal_basis: limit.map(|limit| limit.legal_basis.clone()).unwrap_or_default(),
        confidence: limit.map(|limit| limit.confidence),
        note: row.note.clone().or_else(|| limit.and_then(coefficients)),
        ..Evidence::of(&sample.row, &sample.parameter, measured.as_deref())
    }
}

/// How a limit was worked out, where a coefficient applies: `75 × Kq 0.9 (default, no data) × Kf 1.1`.
fn coefficients(limit: &Limit) -> Option<Text> {
    let Allowed::AtMost(c) = limit.c else {
        return None;
    };
    let factor = |name: &str, factor: Option<Decimal>| factor.map(|factor| format!(" × {name} {factor}"));
    let basis = limit.kq.map(|(_, basis)| basis.text());
    let kq = factor("Kq", limit.kq.map(|(kq, _)| kq)).zip(basis);
    let others: String = [factor("Kf", limit.kf), factor("K", limit.k)].into_iter().flatten().collect();
    if kq.is_none() && others.is_empty() {
        return None;
    }
    let (kq_vi, kq_en) = match &kq {
        Some((kq, basis)) => (format!("{} ({})", number_vi(kq), basis.vi), format!("{kq} ({})", basis.en)),
        None => (String::new(), String::new()),
    };
    Some(Text::new(
        format!("Cmax = {}{kq_vi}{}", number_vi(&c.to_string()), number_vi(&others)),
        format!("Cmax = {c}{kq_en}{others}"),
    ))
}

fn missing_of(assessment: &NewestAssessment<'_>) -> Vec<Missing> {
    let station = &assessment.station.facts;
    let mut missing: Vec<Missing> = Vec::new();
    let wanted = |row: &&ParameterAssessment| station.discharge.may_want(&row.sample.parameter);
    for row in assessment.result.parameters.iter().filter(wanted) {
        let gap = match &row.limit {
            Err(reason) => no_limit(station, &row.sample.parameter, reason),
            Ok(limit) if !limit.confidence.is_certain() && row.sample.place == SamplePlace::Outlet => {
                Some(not_held(station, None))
            }
            Ok(limit) => (row.verdict == Verdict::NotAssessable)
                .then(|| Missing::field(&row.sample.row, unassessable_field(&row.sample, limit))),
        };
        if let Some(gap) = gap.filter(|gap| !missing.contains(gap)) {
            missing.push(gap);
        }
    }
    if !assessment.result.permit_parameters_known {
        missing.push(Missing::field(&station.row, "permit_parameters"));
    }
    let not_measured = assessment.result.not_measured.iter();
    missing.extend(not_measured.map(|code| Missing::field(&station.row, &format!("effluent_samples.{code}"))));
    missing
}

/// What lacks where there is no limit: a field of the station, or a number of the law that the data do not hold.
fn no_limit(station: &StationFacts, parameter: &str, reason: &NoLimit) -> Option<Missing> {
    if let Some(field) = reason.missing_field() {
        return Some(Missing::field(&station.row, field));
    }
    match reason {
        NoLimit::LimitsNotHeld(_) | NoLimit::CoefficientNotHeld(_) => Some(not_held(station, None)),
        NoLimit::ParameterNotInStandard | NoLimit::TooManyDigits => Some(not_held(station, Some(parameter))),
        _ => None,
    }
}

/// A number of the law that the data do not hold, or not for certain.
fn not_held(station: &StationFacts, parameter: Option<&str>) -> Missing {
    let standard = station.discharge.standard.as_deref().unwrap_or_default();
    let field = parameter.map_or_else(|| standard.to_owned(), |parameter| format!("{standard}.{parameter}"));
    Missing { collection: "effluent_limits".to_owned(), id: None, field }
}
