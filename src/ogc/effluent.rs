//! The effluent of a site over time, as documents.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::compliance::{number, site_name, text};
use super::csv::Csv;
use super::link::Link;
use crate::compliance::duties::SiteName;
use crate::compliance::series::{ParameterSeries, Point, PointSeries};

fn point(point: &Point) -> Value {
    json!({
        "date": point.on,
        "sample_id": point.row.id,
        "value": point.value.map(number),
        "reported": point.reported,
        "censored": point.censoring.as_str(),
        "limit": point.limit.map(|(min, max)| json!({"min": min.map(number), "max": number(max)})),
        "ratio": point.ratio.map(number),
        "verdict": point.verdict.as_str(),
        "note": point.note.as_ref().map(text),
        "is_demo": point.row.is_demo,
    })
}

fn series(series: &PointSeries) -> Value {
    json!({
        "station": series.station,
        "station_name": series.station_name,
        "sample_point": series.sample_point,
        "points": series.points.iter().map(point).collect::<Vec<_>>(),
    })
}

fn title(of: &ParameterSeries) -> Value {
    of.title.as_ref().map_or_else(|| json!({"vi": of.parameter, "en": of.parameter}), text)
}

/// Every parameter with its samples.
pub fn document(site: &SiteName, as_of: NaiveDate, parameters: &[ParameterSeries], links: Vec<Link>) -> Value {
    let parameter = |of: &ParameterSeries| {
        json!({
            "parameter": of.parameter,
            "title": title(of),
            "unit": of.unit,
            "series": of.series.iter().map(series).collect::<Vec<_>>(),
        })
    };
    json!({
        "site": site_name(site),
        "as_of": as_of,
        "parameters": parameters.iter().map(parameter).collect::<Vec<_>>(),
        "links": links,
    })
}

const HEADER: [&str; 19] = [
    "parameter",
    "title_vi",
    "title_en",
    "unit",
    "station",
    "station_name",
    "sample_point",
    "date",
    "sample_id",
    "value",
    "reported",
    "censored",
    "limit_min",
    "limit_max",
    "ratio",
    "verdict",
    "note_vi",
    "note_en",
    "is_demo",
];

/// The same as a table: a row for each sample.
pub fn table(parameters: &[ParameterSeries]) -> Vec<u8> {
    let mut csv = Csv::new(&HEADER);
    for of in parameters {
        let title = of.title.as_ref();
        for (series, point) in
            of.series.iter().flat_map(|series| series.points.iter().map(move |point| (series, point)))
        {
            let (min, max) = point.limit.unzip();
            let note = point.note.as_ref();
            csv.row(&[
                &of.parameter,
                &title.map(|title| title.vi.as_str()),
                &title.map(|title| title.en.as_str()),
                &of.unit,
                &series.station,
                &series.station_name,
                &series.sample_point,
                &point.on,
                &point.row.id,
                &point.value,
                &point.reported,
                &point.censoring.as_str(),
                &min.flatten(),
                &max,
                &point.ratio,
                &point.verdict.as_str(),
                &note.map(|note| note.vi.as_str()),
                &note.map(|note| note.en.as_str()),
                &point.row.is_demo,
            ]);
        }
    }
    csv.finish()
}
