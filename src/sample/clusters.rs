//! Industrial clusters: real names, areas and communes; a boundary drawn to the stated area near the commune's centroid.

use geo::{Area, Centroid, Coord, LineString, Polygon};

use super::facts::{self, Fact};
use super::place::{self, Ground, Wish};
use super::plans;
use super::rng::Rng;
use super::rows::{Row, declared};
use super::sites::Site;
use super::units::Communes;
use super::{SampleError, Table};

/// The size that is drawn where the area is not known, in hectares.
const UNKNOWN_AREA_HA: f64 = 5.0;
/// Clusters keep this far from the border of their commune and twice as far from each other, in metres.
const GAP_M: f64 = 120.0;
/// A cluster is shown within this share of the stated precision, so that its far corners also are.
const SHARE_OF_PRECISION: f64 = 0.8;

/// Draws every cluster: its row and what the other registers need to know of it.
pub fn draw(communes: &Communes, ground: &mut Ground) -> Result<(Table, Vec<Site>), SampleError> {
    let collection = declared("clusters")?;
    let mut drafts = Vec::new();
    let mut sites = Vec::new();
    for fact in facts::read(facts::CLUSTERS)? {
        let id = fact.required("id")?;
        let boundary = boundary(&fact, id, communes, ground)?;
        let shape = boundary.clone().map(place::to_lonlat).transpose()?;
        let notes = [fact.text("notes"), Some(made_up(&fact, boundary.is_some()))];
        drafts.push(
            Row::new(collection, id)
                .facts(&fact)
                .with("notes", notes.into_iter().flatten().collect::<Vec<_>>().join(" · "))
                .with("is_demo", boundary.is_some())
                .at(shape)
                .draft()?,
        );
        sites.push(Site::of("clusters", &fact, boundary)?);
    }
    Ok((Table { collection, drafts }, sites))
}

/// What of the row is no fact, in Vietnamese and English.
fn made_up(fact: &Fact, drawn: bool) -> &'static str {
    match (drawn, fact.text("area_ha")) {
        (false, _) => "Không rõ vị trí, không vẽ / place not known, nothing drawn",
        (true, Some(_)) => {
            "Ranh giới vẽ minh họa theo diện tích, quanh tâm xã / boundary drawn to the stated area around the commune's centroid"
        }
        (true, None) => {
            "Không rõ diện tích; ranh giới vẽ minh họa 5 ha quanh tâm xã / area not known; 5 ha drawn around the commune's centroid"
        }
    }
}

fn boundary(
    fact: &Fact,
    id: &str,
    communes: &Communes,
    ground: &mut Ground,
) -> Result<Option<Polygon<f64>>, SampleError> {
    let (Some(around), Some(precision)) = (fact.point()?, fact.number("position_precision_m")?) else {
        return Ok(None);
    };
    let area_m2 = fact.number("area_ha")?.unwrap_or(UNKNOWN_AREA_HA) * 10_000.0;
    let mut rng = Rng::named(id);
    let outline = if plans::is_planned(id) { quadrilateral(&mut rng) } else { outline(&mut rng) };
    let outline = scaled(outline, area_m2);
    let radius = outline.iter().map(|c| place::distance(*c, Coord::default())).fold(0.0, f64::max);
    let wish = Wish {
        around,
        within: precision * SHARE_OF_PRECISION,
        radius: radius + GAP_M,
        cells: communes.cells(fact.required("commune_2025_code")?),
    };
    let centre = ground
        .take(&wish, rng.between(0.0, std::f64::consts::TAU))
        .ok_or_else(|| fact.fault("there is no room for it in its commune".to_owned()))?;
    Ok(Some(Polygon::new(LineString(outline.into_iter().map(|c| c + centre).collect()), Vec::new())))
}

/// A slightly crooked rectangle, at times with a corner cut or a notch (L), about its own centre and of no certain size.
fn outline(rng: &mut Rng) -> Vec<Coord<f64>> {
    let half_width = rng.between(1.1, 1.8);
    let (w, h) = (half_width, 1.0);
    let corners = match rng.weighted(&[('r', 3), ('c', 4), ('l', 3)]) {
        Some('l') => {
            let (u, v) = (rng.between(0.1, 0.5) * w, rng.between(0.1, 0.5) * h);
            vec![(-w, -h), (w, -h), (w, v), (u, v), (u, h), (-w, h)]
        }
        Some('c') => {
            let (u, v) = (rng.between(0.35, 0.75) * w, rng.between(0.3, 0.75) * h);
            vec![(-w, -h), (w, -h), (w, v), (u, h), (-w, h)]
        }
        _ => vec![(-w, -h), (w, -h), (w, h), (-w, h)],
    };
    turned(corners, 0.08, rng)
}

/// Four corners only: 1/500 plans lay their lots out between them.
fn quadrilateral(rng: &mut Rng) -> Vec<Coord<f64>> {
    turned(vec![(-1.35, -1.0), (1.35, -1.0), (1.35, 1.0), (-1.35, 1.0)], 0.05, rng)
}

fn turned(corners: Vec<(f64, f64)>, crooked: f64, rng: &mut Rng) -> Vec<Coord<f64>> {
    let (sin, cos) = rng.between(-0.7, 0.7).sin_cos();
    let mut moved = |(x, y): (f64, f64)| {
        let (x, y) = (x + rng.between(-crooked, crooked), y + rng.between(-crooked, crooked));
        Coord { x: x * cos - y * sin, y: x * sin + y * cos }
    };
    corners.into_iter().map(&mut moved).collect()
}

/// The same outline about its centroid, of exactly this area.
fn scaled(outline: Vec<Coord<f64>>, area_m2: f64) -> Vec<Coord<f64>> {
    let polygon = Polygon::new(LineString(outline), Vec::new());
    let centre = polygon.centroid().map_or(Coord::default(), Coord::from);
    let scale = (area_m2 / polygon.unsigned_area()).sqrt();
    polygon.exterior().0.iter().map(|c| (*c - centre) * scale).collect()
}
