//! Rivers and canals: real names, courses drawn by hand through a few way points and smoothed.

use geo::{Coord, Distance, Euclidean, LineString, Point};

use super::facts;
use super::place;
use super::rows::{MADE_UP_ON, Row, declared};
use super::{SampleError, Table};

const DRAWN: &str =
    "Tên thật; dòng chảy vẽ tay sơ lược, không phải số liệu đo / real name; course roughly drawn by hand, not surveyed";
/// How far a drawn course can be from the true one, in metres.
const PRECISION_M: f64 = 1500.0;

/// A drawn waterway.
pub struct Waterway {
    pub name: String,
    pub kind: String,
    /// In metres.
    course: LineString<f64>,
}

/// Draws every waterway.
pub fn draw() -> Result<(Table, Vec<Waterway>), SampleError> {
    let collection = declared("waterways")?;
    let mut drafts = Vec::new();
    let mut waterways = Vec::new();
    for fact in facts::read(facts::WATERWAYS)? {
        let course = smoothed(smoothed(LineString(fact.points("way_points")?)));
        let row = Row::new(collection, fact.required("id")?)
            .facts(&fact)
            .with("position_precision_m", PRECISION_M)
            .with("source", DRAWN)
            .with("source_date", MADE_UP_ON)
            .with("is_demo", true);
        drafts.push(row.at(Some(place::to_lonlat(course.clone())?)).draft()?);
        waterways.push(Waterway {
            name: fact.required("name_vi")?.to_owned(),
            kind: fact.required("waterway_kind")?.to_owned(),
            course,
        });
    }
    Ok((Table { collection, drafts }, waterways))
}

/// The waterway nearest to a place in metres.
pub fn nearest(waterways: &[Waterway], at: Coord<f64>) -> Option<&Waterway> {
    let away = |waterway: &Waterway| Euclidean.distance(&Point(at), &waterway.course);
    waterways.iter().min_by(|a, b| away(a).total_cmp(&away(b)))
}

/// One round of Chaikin's corner cutting; the ends stay.
fn smoothed(line: LineString<f64>) -> LineString<f64> {
    let (Some(first), Some(last)) = (line.0.first(), line.0.last()) else { return line };
    let cut = line.lines().flat_map(|l| [l.start + (l.end - l.start) * 0.25, l.start + (l.end - l.start) * 0.75]);
    LineString(std::iter::once(*first).chain(cut).chain([*last]).collect())
}
