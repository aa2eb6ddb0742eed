//! Craft villages: real names and trades; those that share a commune's centroid are spread out around it.

use super::facts;
use super::place::{self, Ground, Wish};
use super::rng::Rng;
use super::rows::{Row, declared};
use super::sites::Site;
use super::units::Communes;
use super::{SampleError, Table};

/// The ground that a village takes, so that its neighbours stand off: a share of the stated precision, within bounds in metres.
const SHARE_OF_GROUND: f64 = 0.12;
const LEAST_GROUND_M: f64 = 120.0;
const MOST_GROUND_M: f64 = 400.0;
/// Villages are shown within this share of the stated precision.
const SHARE_OF_PRECISION: f64 = 0.8;

const ARRANGED: &str = "Vị trí hiển thị được sắp quanh tâm xã, không phải vị trí thật / shown around the commune's centroid, \
                        not at its true place";

/// Places every village: its row and what the other registers need to know of it.
pub fn draw(communes: &Communes, ground: &mut Ground) -> Result<(Table, Vec<Site>), SampleError> {
    let collection = declared("craft_villages")?;
    let mut drafts = Vec::new();
    let mut sites = Vec::new();
    for fact in facts::read(facts::CRAFT_VILLAGES)? {
        let id = fact.required("id")?;
        let place = match (fact.point()?, fact.number("position_precision_m")?) {
            (Some(around), Some(precision)) => {
                let cells = communes.cells(fact.required("commune_2025_code")?);
                let radius = (precision * SHARE_OF_GROUND).clamp(LEAST_GROUND_M, MOST_GROUND_M);
                let wish = Wish { around, within: precision * SHARE_OF_PRECISION, radius, cells };
                let phase = Rng::named(id).between(0.0, std::f64::consts::TAU);
                let place = ground.take(&wish, phase);
                Some(place.ok_or_else(|| fact.fault("there is no room for it in its commune".to_owned()))?)
            }
            _ => None,
        };
        let notes = [fact.text("notes"), place.map(|_| ARRANGED)];
        let mut row = Row::new(collection, id)
            .facts(&fact)
            .with(
                "notes",
                Some(notes.into_iter().flatten().collect::<Vec<_>>().join(" · ")).filter(|text| !text.is_empty()),
            )
            .with("is_demo", place.is_some());
        // No official class of any village was found: not assessed is written, not left out.
        for field in ["pollution_class", "pollution_class_water", "pollution_class_air", "pollution_class_soil"] {
            row = row.with(field, "unknown");
        }
        let shape = place.map(|at| place::to_lonlat(geo::Point(at))).transpose()?;
        drafts.push(row.at(shape).draft()?);
        sites.push(Site::of("craft_villages", &fact, None)?.moved_to(place));
    }
    Ok((Table { collection, drafts }, sites))
}
