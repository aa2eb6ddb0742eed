//! Effluent samples, all made up: quarterly sets at every running station, good and bad, over three years or
//! since a station in trial began.
//!
//! The typical concentrations of `effluent_levels.csv` are no limits: limits are law and live with the standards.

use super::facts::{self, Fact};
use super::rng::Rng;
use super::rows::{Row, day, declared};
use super::sites::{self, Trade};
use super::stations::Station;
use super::{SampleError, Table};

/// The quarters that are sampled, each with the first month in which a sample may be taken.
const CAMPAIGNS: [(i32, u32, u32); 13] = [
    (2023, 4, 11),
    (2024, 1, 2),
    (2024, 2, 5),
    (2024, 3, 8),
    (2024, 4, 11),
    (2025, 1, 2),
    (2025, 2, 5),
    (2025, 3, 8),
    (2025, 4, 11),
    (2026, 1, 2),
    (2026, 2, 5),
    (2026, 3, 8),
    (2026, 4, 10),
];

const LABORATORIES: [&str; 3] =
    ["Phòng thử nghiệm minh họa A", "Phòng thử nghiệm minh họa B", "Phòng thử nghiệm minh họa C"];

/// What a station makes of the wastewater over the years.
#[derive(Debug, Clone, Copy)]
enum Treatment {
    Good,
    /// About at the limits, at times slightly over.
    Marginal,
    Poor,
    Improving,
    Worsening,
}

impl Treatment {
    /// The factor on the typical level; `progress` runs from 0 (first quarter) to 1 (last).
    fn factor(self, progress: f64, rng: &mut Rng) -> f64 {
        let blend = |from: f64, to: f64| from + (to - from) * progress;
        match self {
            Treatment::Good => rng.between(0.7, 1.1),
            Treatment::Marginal => rng.between(1.7, 2.3),
            Treatment::Poor => rng.between(3.0, 7.0),
            Treatment::Improving => blend(4.0, 0.8),
            Treatment::Worsening => blend(0.8, 3.2),
        }
    }
}

/// Typical concentrations of treated wastewater.
pub struct Levels(Vec<Fact>);

impl Levels {
    /// Reads the bundled table.
    pub fn read() -> Result<Levels, SampleError> {
        facts::read(facts::EFFLUENT_LEVELS).map(Levels)
    }

    /// The levels of a standard's parameters that matter for a trade.
    fn of(&self, standard: &str, trade: Trade) -> impl Iterator<Item = &Fact> {
        let family = if standard.starts_with("QCVN14") { "QCVN14" } else { "QCVN40" };
        self.0.iter().filter(move |level| {
            level.text("standards") == Some(family) && level.text("trades").is_none_or(|name| name == trade.name())
        })
    }

    /// The parameter codes that a permit under this standard would list for this trade, comma-separated.
    pub fn codes(&self, standard: &str, trade: Trade) -> String {
        self.of(standard, trade).filter_map(|level| level.text("parameter_code")).collect::<Vec<_>>().join(",")
    }
}

/// The collection `effluent_samples`.
pub fn draw(stations: &[Station<'_>], levels: &Levels) -> Result<Table, SampleError> {
    let collection = declared("effluent_samples")?;
    let mut drafts = Vec::new();
    for station in stations.iter().filter(|station| station.is_running()) {
        let mut rng = station.site.dice("treatment");
        let shares = [
            (Treatment::Good, 50),
            (Treatment::Marginal, 18),
            (Treatment::Poor, 12),
            (Treatment::Improving, 12),
            (Treatment::Worsening, 8),
        ];
        let treatment = rng.weighted(&shares).unwrap_or(Treatment::Good);
        let shape = sites::point(station.place)?;
        for (at, (year, quarter, month)) in CAMPAIGNS.into_iter().enumerate() {
            let mut rng = station.site.dice(&format!("sample {year} {quarter}"));
            // A quarter is missed now and then; the first and the last never, so that all have three years.
            if rng.chance(0.05) && (1..CAMPAIGNS.len() - 1).contains(&at) {
                continue;
            }
            let sampled_on = rng.date_between(day(year, month, 3), day(year, month, 27));
            if sampled_on < station.commissioned_on {
                continue;
            }
            let factor = treatment.factor(at as f64 / (CAMPAIGNS.len() - 1) as f64, &mut rng);
            let laboratory = LABORATORIES[rng.below(LABORATORIES.len())];
            let report = format!("MH-{year}Q{quarter}-{:04}", rng.below(10_000));
            for level in levels.of(station.standard, station.site.trade) {
                if rng.chance(0.015) {
                    continue;
                }
                let code = level.required("parameter_code")?;
                let reading = Reading::diced(level, factor, station.column == "A", &mut rng)?;
                let row = Row::new(collection, format!("{}-{year}q{quarter}-{code}", station.site.id))
                    .made_up()
                    .facts(level)
                    .with("station_id", station.id.as_str())
                    .with("sample_date", sampled_on)
                    .with("sample_point", "Đầu ra trạm / station outlet")
                    .with("detection_limit", reading.detection_limit)
                    .with("value_reported", reading.reported)
                    .with("value", reading.value)
                    .with("censored", reading.censored)
                    .with("averaging_period_h", station.is_automatic.then_some(24.0))
                    .with("lab", laboratory)
                    .with("report_no", report.as_str())
                    .with("position_precision_m", station.site.precision_m);
                drafts.push(row.at(shape.clone()).draft()?);
            }
        }
    }
    Ok(Table { collection, drafts })
}

/// One cell of a laboratory's report.
struct Reading {
    reported: Option<String>,
    value: Option<f64>,
    censored: Option<&'static str>,
    detection_limit: Option<f64>,
}

impl Reading {
    fn diced(level: &Fact, factor: f64, is_column_a: bool, rng: &mut Rng) -> Result<Reading, SampleError> {
        let typical = level.number("treated_level")?.unwrap_or_default();
        let limit = level.number("detection_limit")?;
        let decimals = level.number("decimals")?.unwrap_or_default() as usize;
        let measured = match level.required("parameter_code")? {
            // These two do not grow with the load; pH leaves its range to either side where treatment is poor.
            "ph" if factor > 3.0 && rng.chance(0.3) => {
                if rng.chance(0.5) {
                    rng.between(4.6, 5.4)
                } else {
                    rng.between(9.2, 10.1)
                }
            }
            "ph" => typical + rng.between(-0.6, 0.8),
            "temperature" => typical + rng.between(-4.0, 5.0),
            // Column A is about half of column B, and stations are built for it.
            _ => typical * factor * rng.between(0.6, 1.35) * if is_column_a { 0.5 } else { 1.0 },
        };
        if rng.chance(0.02) {
            return Ok(Reading { reported: None, value: None, censored: None, detection_limit: None });
        }
        let is_trace = typical < 0.5;
        if let Some(limit) = limit
            && (measured < limit || (is_trace && factor < 1.5 && rng.chance(0.5)))
        {
            return Ok(Reading::below(limit, rng));
        }
        let text = format!("{measured:.decimals$}");
        let value = text.parse().ok();
        Ok(Reading { reported: Some(text.replace('.', ",")), value, censored: Some("none"), detection_limit: limit })
    }

    /// Not found, or found below the limit; at times by a method too coarse to tell, or without the limit named.
    fn below(limit: f64, rng: &mut Rng) -> Reading {
        let stated = if rng.chance(0.04) { limit * 100.0 } else { limit };
        if rng.chance(0.55) {
            let detection_limit = rng.chance(0.9).then_some(stated);
            return Reading { reported: Some("KPH".to_owned()), value: None, censored: Some("nd"), detection_limit };
        }
        let reported = Some(format!("< {stated}").replace('.', ","));
        Reading { reported, value: None, censored: Some("lt"), detection_limit: Some(stated) }
    }
}
