//! What lies near a site, measured on the plane of Hanoi's VN-2000 zone.
//!
//! Many places on record are known to some hundred metres only. Two of them may be nearer or farther than they look by the
//! sum of what each may be off, so there is a third answer beside near and far: perhaps.

use geo::{Distance, Euclidean};

use super::collection::PublishedCollection;
use crate::domain::FeatureId;
use crate::geom::Crs;
use crate::geom::crs::EPSG_HANOI;
use crate::geom::reproject::{ReprojectError, Reprojection};

/// A distance that can be asked for, in metres.
pub const MAX_METRES: f64 = 50_000.0;

/// Something near a site.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    pub collection: String,
    pub id: String,
    pub name: Option<String>,
    /// The word for its compliance, where it is a site.
    pub status: Option<String>,
    /// Between the places on record, in metres; 0 where they meet.
    pub distance_m: f64,
    /// By how much the distance may be off, in metres; 0 where both places were surveyed.
    pub uncertainty_m: f64,
    /// Whether it lies within the distance wherever the two really are; otherwise it only may.
    pub is_certain: bool,
    pub is_demo: bool,
}

/// What is near, the nearest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbours {
    /// False where the site has no place on record, so that nothing can be measured.
    pub has_place: bool,
    /// By how much the place of the site itself may be off, in metres.
    pub uncertainty_m: f64,
    pub all: Vec<Neighbour>,
}

fn number(of: &PublishedCollection, row: u32, field: &str) -> Option<f64> {
    of.value(row, of.declaration.field(field)?.0).as_f64()
}

fn word(of: &PublishedCollection, row: u32, field: &str) -> Option<String> {
    of.value(row, of.declaration.field(field)?.0).as_str().map(str::to_owned)
}

/// How far a place may be off, in metres. A surveyed one has none on record.
fn uncertainty(of: &PublishedCollection, row: u32) -> f64 {
    number(of, row, "position_precision_m").unwrap_or(0.0)
}

/// What of some collections lies, or may lie, within so many metres of a site.
///
/// # Errors
/// When a place has no image on the plane.
pub fn neighbours(
    among: &[&PublishedCollection],
    of: &PublishedCollection,
    site: u32,
    metres: f64,
) -> Result<Neighbours, ReprojectError> {
    let own_uncertainty = uncertainty(of, site);
    let nothing = Neighbours { has_place: false, uncertainty_m: own_uncertainty, all: Vec::new() };
    let Some(place) = of.geometry(site) else { return Ok(nothing) };
    let plane = Reprojection::between(&Crs::Crs84, &Crs::Epsg(EPSG_HANOI))?;
    let place = plane.geometry(place)?;
    let (own_collection, own_id) = (of.declaration.id.as_str(), of.id(site));
    let mut all = Vec::new();
    for collection in among {
        let id = collection.declaration.id.as_str();
        for row in 0..collection.len() as u32 {
            let is_itself = id == own_collection && collection.id(row) == own_id;
            // A station of the site is no neighbour of it.
            let is_own = word(collection, row, "site_id").as_deref() == Some(own_id)
                && word(collection, row, "site_collection").is_none_or(|kind| kind == own_collection);
            if is_itself || is_own {
                continue;
            }
            let Some(other) = collection.geometry(row) else { continue };
            let distance_m = Euclidean.distance(&place, &plane.geometry(other)?);
            let uncertainty_m = own_uncertainty + uncertainty(collection, row);
            if distance_m - uncertainty_m > metres {
                continue;
            }
            all.push(Neighbour {
                collection: id.to_owned(),
                id: collection.id(row).to_owned(),
                name: collection.name(row).or_else(|| word(collection, row, "name_vi")),
                status: word(collection, row, "compliance_status"),
                distance_m,
                uncertainty_m,
                is_certain: distance_m + uncertainty_m <= metres,
                is_demo: collection.is_made_up(row),
            });
        }
    }
    all.sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m).then_with(|| a.id.cmp(&b.id)));
    Ok(Neighbours { has_place: true, uncertainty_m: own_uncertainty, all })
}

/// The row of a site by the text of its id.
pub fn row_of(collection: &PublishedCollection, id: &str) -> Option<u32> {
    collection.find(&FeatureId::parse(id).ok()?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use geo::{Geometry, MultiPolygon, Point, polygon};

    use super::*;
    use crate::domain::{Value, catalog};
    use crate::geom::Shape;
    use crate::publish::collection::Builder;
    use crate::store::Row;

    /// A row by its id, its place and some of its values.
    type Placed<'a> = (&'a str, Option<Geometry<f64>>, &'a [(&'a str, Value)]);

    fn collection(id: &str, rows: &[Placed<'_>]) -> PublishedCollection {
        let declaration = catalog::collection(id).unwrap();
        let mut builder = Builder::new(declaration.clone());
        for (at, (id, place, given)) in rows.iter().enumerate() {
            let mut values = vec![Value::Null; declaration.fields.len()];
            for (field, value) in *given {
                values[declaration.field(field).unwrap().0] = value.clone();
            }
            let shape = place.clone().map(Shape::flat);
            let id = FeatureId::parse(id).unwrap();
            builder.push(Row { fid: at as i64 + 1, id, values, shape }).unwrap();
        }
        builder.finish().unwrap()
    }

    fn at(lon: f64, lat: f64) -> Option<Geometry<f64>> {
        Some(Point::new(lon, lat).into())
    }

    #[test]
    fn a_site_without_a_place_has_no_neighbours_and_says_that_nothing_was_measured() {
        let villages = collection("craft_villages", &[("a", None, &[]), ("b", at(105.7, 21.0), &[])]);
        let found = neighbours(&[&villages], &villages, row_of(&villages, "a").unwrap(), 5_000.0).unwrap();
        assert!(!found.has_place && found.all.is_empty());
        assert_eq!(row_of(&villages, "nobody"), None);
    }

    #[test]
    fn metres_are_measured_on_the_ground_in_both_directions_and_not_in_degrees() {
        // At 21° north a minute of latitude is 1,845.3 m long (M·π/10,800 with M = 6,343,617 m), one of longitude 1,732.8 m
        // (N·cos 21°·π/10,800 with N = 6,380,881 m). On the grid both are 0.9999 of that.
        let minute = 1.0 / 60.0;
        let villages = collection(
            "craft_villages",
            &[
                ("here", at(105.0, 21.0), &[]),
                ("north", at(105.0, 21.0 + minute), &[]),
                ("east", at(105.0 + minute, 21.0), &[]),
                ("far", at(105.2, 21.0), &[]),
            ],
        );
        let found = neighbours(&[&villages], &villages, row_of(&villages, "here").unwrap(), 2_000.0).unwrap();
        let told: Vec<_> = found.all.iter().map(|near| (near.id.as_str(), near.is_certain)).collect();
        assert_eq!(told, [("east", true), ("north", true)]);
        assert!((found.all[0].distance_m - 1_732.7).abs() < 0.5, "{}", found.all[0].distance_m);
        assert!((found.all[1].distance_m - 1_845.1).abs() < 0.5, "{}", found.all[1].distance_m);
    }

    #[test]
    fn a_place_that_may_be_off_is_perhaps_near_and_never_surely() {
        let off = |metres: f64| [("position_precision_m", Value::Number(metres))];
        let villages = collection(
            "craft_villages",
            &[
                ("here", at(105.0, 21.0), &off(300.0)),
                // 1,732.7 m away, and both may be off by 300 m: 1,132.7 to 2,332.7 m.
                ("there", at(105.0 + 1.0 / 60.0, 21.0), &off(300.0)),
            ],
        );
        let here = row_of(&villages, "here").unwrap();
        let certain = |metres: f64| {
            let found = neighbours(&[&villages], &villages, here, metres).unwrap();
            found.all.first().map(|near| near.is_certain)
        };
        assert_eq!(certain(1_100.0), None);
        assert_eq!(certain(1_200.0), Some(false));
        assert_eq!(certain(2_300.0), Some(false));
        assert_eq!(certain(2_400.0), Some(true));
    }

    #[test]
    fn areas_are_measured_from_edge_to_edge_and_a_site_s_own_station_is_no_neighbour() {
        let square: MultiPolygon<f64> = polygon![
            (x: 105.0, y: 21.0), (x: 105.01, y: 21.0), (x: 105.01, y: 21.01), (x: 105.0, y: 21.01), (x: 105.0, y: 21.0)
        ]
        .into();
        let clusters = collection("clusters", &[("c", Some(square.into()), &[])]);
        let stations = collection(
            "treatment_stations",
            &[
                ("own", at(105.005, 21.005), &[("site_id", "c".into()), ("site_collection", "clusters".into())]),
                ("inside", at(105.005, 21.005), &[("site_id", "other".into())]),
            ],
        );
        let found = neighbours(&[&clusters, &stations], &clusters, 0, 100.0).unwrap();
        let told: Vec<_> = found.all.iter().map(|near| (near.id.as_str(), near.distance_m)).collect();
        assert_eq!(told, [("inside", 0.0)]);
    }
}
