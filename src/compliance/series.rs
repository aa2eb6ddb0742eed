//! The effluent of a site over time: every sample up to a day, each against its own limit on its own day.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::effluent::{ParameterAssessment, assess_sample_set, limit};
use super::evidence::RowRef;
use super::law::Text;
use super::measurement::{Censoring, Measurement, conversion};
use super::outcome::Verdict;
use super::site::{SiteFacts, StationFacts};
use super::standards::{Allowed, Standards};

/// All samples of one parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterSeries {
    /// Code of the parameter, as the standards write it.
    pub parameter: String,
    /// Its name; `None` where no standard has it.
    pub title: Option<Text>,
    /// Unit of every value and limit below.
    pub unit: String,
    /// One series for each station and sample point.
    pub series: Vec<PointSeries>,
}

/// The samples of one parameter at one point.
#[derive(Debug, Clone, PartialEq)]
pub struct PointSeries {
    /// Id of the station.
    pub station: String,
    /// What people call it.
    pub station_name: Option<String>,
    /// Where the samples were taken; `None` is the outlet.
    pub sample_point: Option<String>,
    /// The samples by day.
    pub points: Vec<Point>,
}

/// One sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Day of sampling.
    pub on: NaiveDate,
    /// Its row.
    pub row: RowRef,
    /// The value, the worse end of a range, or the bound of a censored value; `None` where it cannot be read or converted.
    pub value: Option<Decimal>,
    /// As the report writes it.
    pub reported: String,
    /// Whether the value is only a bound.
    pub censoring: Censoring,
    /// Lowest and highest allowed value on that day; `None` where there is no limit.
    pub limit: Option<(Option<Decimal>, Decimal)>,
    /// Value / limit.
    pub ratio: Option<Decimal>,
    /// How it stands.
    pub verdict: Verdict,
    /// Why it could not be assessed, or how far off it is.
    pub note: Option<Text>,
}

/// Every sample of a site taken by `as_of`, by parameter: those of the standards in their order, then others by code.
pub fn effluent_series(standards: &Standards, site: &SiteFacts, as_of: NaiveDate) -> Vec<ParameterSeries> {
    let mut all: Vec<ParameterSeries> = Vec::new();
    for station in &site.stations {
        for assessed in assessed(standards, station, as_of) {
            let code = code(standards, &assessed.sample.parameter);
            let at = all.iter().position(|series| series.parameter == code).unwrap_or_else(|| {
                all.push(ParameterSeries {
                    title: name(standards, &code).cloned(),
                    unit: unit(standards, station, &assessed),
                    parameter: code,
                    series: Vec::new(),
                });
                all.len() - 1
            });
            all[at].add(station, assessed);
        }
    }
    let rank = |code: &str| standards.limits.iter().position(|row| row.parameter == code).unwrap_or(usize::MAX);
    all.sort_by(|a, b| rank(&a.parameter).cmp(&rank(&b.parameter)).then_with(|| a.parameter.cmp(&b.parameter)));
    for series in all.iter_mut().flat_map(|parameter| &mut parameter.series) {
        series.points.sort_by(|a, b| a.on.cmp(&b.on).then_with(|| a.row.id.cmp(&b.row.id)));
    }
    all
}

/// The samples of a station taken by `as_of`, day by day and point by point as a review would judge them.
fn assessed(standards: &Standards, station: &StationFacts, as_of: NaiveDate) -> Vec<ParameterAssessment> {
    let mut samples: Vec<_> = station.samples.iter().filter(|sample| sample.sampled_on <= as_of).collect();
    samples.sort_by(|a, b| (a.sampled_on, &a.sample_point).cmp(&(b.sampled_on, &b.sample_point)));
    let same_set =
        |a: &&super::Sample, b: &&super::Sample| (a.sampled_on, &a.sample_point) == (b.sampled_on, &b.sample_point);
    let mut all = Vec::with_capacity(samples.len());
    for set in samples.chunk_by(same_set) {
        let Some(first) = set.first() else { continue };
        let mut result = assess_sample_set(standards, &station.discharge, first.sampled_on, set.iter().copied());
        if let Some(reason) = reason_against(station, first) {
            for parameter in &mut result.parameters {
                parameter.verdict = Verdict::NotAssessable;
                parameter.exceed_ratio = None;
                parameter.note = Some(reason.clone());
            }
        }
        all.append(&mut result.parameters);
    }
    all
}

/// Why no sample of a day and point can be held against the limits of the discharge.
fn reason_against(station: &StationFacts, sample: &super::Sample) -> Option<Text> {
    if !sample.is_of_outlet() {
        return Some(Text::new(
            "Mẫu không lấy tại đầu ra của trạm.",
            "The sample was not taken at the outlet of the station.",
        ));
    }
    (!station.existed_on(sample.sampled_on))
        .then(|| Text::new("Mẫu ghi trước ngày trạm vận hành.", "The sample is dated before its station began to run."))
}

fn code(standards: &Standards, parameter: &str) -> String {
    let known = standards.limits.iter().find(|row| row.parameter.eq_ignore_ascii_case(parameter.trim()));
    known.map_or_else(|| parameter.trim().to_owned(), |row| row.parameter.clone())
}

fn name<'a>(standards: &'a Standards, code: &str) -> Option<&'a Text> {
    standards.limits.iter().find(|row| row.parameter == code).map(|row| &row.name)
}

/// The unit of the limit, else of the parameter in any standard, else as reported.
fn unit(standards: &Standards, station: &StationFacts, assessed: &ParameterAssessment) -> String {
    let sample = &assessed.sample;
    if let Ok(limit) = limit(standards, &station.discharge, &sample.parameter, sample.sampled_on) {
        return limit.unit;
    }
    let code = code(standards, &sample.parameter);
    let listed = standards.limits.iter().find(|row| row.parameter == code).map(|row| row.unit.clone());
    listed.or_else(|| sample.unit.clone()).unwrap_or_default()
}

impl ParameterSeries {
    fn add(&mut self, station: &StationFacts, assessed: ParameterAssessment) {
        let point = &assessed.sample.sample_point;
        let is_same = |series: &PointSeries| series.station == station.row.id && series.sample_point == *point;
        let at = self.series.iter().position(is_same).unwrap_or_else(|| {
            self.series.push(PointSeries {
                station: station.row.id.clone(),
                station_name: station.name.clone(),
                sample_point: point.clone(),
                points: Vec::new(),
            });
            self.series.len() - 1
        });
        let point = self.point(assessed);
        self.series[at].points.push(point);
    }

    fn point(&self, assessed: ParameterAssessment) -> Point {
        let sample = assessed.sample;
        let limit = assessed.limit.ok().and_then(|limit| {
            let factor = conversion(Some(&limit.unit), &self.unit)?;
            Some(match limit.allowed {
                Allowed::AtMost(max) => (None, max.checked_mul(factor)?),
                Allowed::Within { low, high } => (Some(low.checked_mul(factor)?), high.checked_mul(factor)?),
            })
        });
        let measurement = sample.measurement.as_ref().ok();
        let value = measurement.and_then(|measurement| {
            let scaled = measurement.scaled(conversion(sample.unit.as_deref(), &self.unit)?)?;
            shown(scaled, limit.and_then(|(low, _)| low))
        });
        Point {
            on: sample.sampled_on,
            value,
            reported: sample.reported.clone().or_else(|| measurement.map(ToString::to_string)).unwrap_or_default(),
            censoring: measurement.map_or(Censoring::None, |measurement| measurement.censoring()),
            limit,
            ratio: assessed.exceed_ratio,
            verdict: assessed.verdict,
            note: assessed.note,
            row: sample.row,
        }
    }
}

/// The number to draw: of several readings the one that decides, of a censored value its bound.
fn shown(measurement: Measurement, lowest_allowed: Option<Decimal>) -> Option<Decimal> {
    match measurement {
        Measurement::Value(value) | Measurement::LessThan(value) => Some(value),
        Measurement::Range { low, .. } if lowest_allowed.is_some_and(|lowest| low < lowest) => Some(low),
        Measurement::Range { high, .. } => Some(high),
        Measurement::NotDetected { detection_limit } => detection_limit,
    }
}
