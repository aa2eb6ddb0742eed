//! The `bbox` parameter (OGC 17-069r4, requirement 23; OGC 18-058r1 for `bbox-crs`): 4 or 6 numbers in a reference system,
//! possibly across the antimeridian.

use std::str::FromStr;

use crate::geom::envelope::MAX_COORDINATE;
use crate::geom::reproject::Reprojection;
use crate::geom::{Crs, Envelope};

/// A box; one that crosses 180° is held as its two halves. Heights are checked and then ignored: no collection declares a
/// vertical extent.
#[derive(Debug, Clone, PartialEq)]
pub struct Bbox {
    /// What it covers in CRS84; of a box in another system, all that may lie in it.
    pub parts: Vec<Envelope>,
    /// The box in its own system, where that is not WGS 84: its edges are straight there and nowhere else.
    pub local: Option<LocalBox>,
}

/// A box in a system other than WGS 84.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalBox {
    pub crs: Crs,
    /// x is easting or longitude.
    pub rect: Envelope,
    /// A box in CRS84 of which every point lies inside; `None` where none is known.
    pub inner: Option<Envelope>,
}

/// Why a text is no bounding box.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BboxError {
    #[error(
        "có {0} số; cần 4 (tây,nam,đông,bắc) hoặc 6 (thêm độ cao) / has {0} numbers; 4 (west,south,east,north) or 6 (with heights) are needed"
    )]
    Count(usize),
    #[error("'{0}' không phải số hữu hạn / '{0}' is not a finite number")]
    Number(String),
    #[error("{0} xa hơn mọi nơi trên Trái Đất / {0} lies farther out than any place")]
    Far(f64),
    #[error("cạnh dưới {0} nằm trên cạnh trên {1} / the lower edge {0} lies above the upper edge {1}")]
    Upside(f64, f64),
    #[error("độ cao dưới {0} lớn hơn độ cao trên {1} / the lower height {0} lies above the upper height {1}")]
    Heights(f64, f64),
    #[error("không đọc được theo {0} / cannot be read in {0}")]
    NotServed(String),
}

/// Points along each edge whose images are looked at.
const STEPS: u32 = 64;

/// Degrees by which the images of an edge may bulge between those points, for boxes of up to [`FAR`] metres.
const BULGE: f64 = 1e-3;

/// Metres from the origin beyond which a grid's edges are no longer followed.
const FAR: f64 = 3e6;

/// Metres from the prime meridian to 180° in Web Mercator.
const MERCATOR_EDGE: f64 = 20_037_508.342_8;

/// The world in CRS84.
const WORLD: Envelope = Envelope { min_x: -180.0, min_y: -90.0, max_x: 180.0, max_y: 90.0 };

/// How far the points of an edge spread.
struct Spread {
    min_lon: f64,
    min_lat: f64,
    max_lon: f64,
    max_lat: f64,
}

impl Spread {
    fn of(edge: &[(f64, f64)]) -> Spread {
        let nothing = Spread {
            min_lon: f64::INFINITY,
            min_lat: f64::INFINITY,
            max_lon: f64::NEG_INFINITY,
            max_lat: f64::NEG_INFINITY,
        };
        edge.iter().fold(nothing, |known, (lon, lat)| Spread {
            min_lon: known.min_lon.min(*lon),
            min_lat: known.min_lat.min(*lat),
            max_lon: known.max_lon.max(*lon),
            max_lat: known.max_lat.max(*lat),
        })
    }
}

/// A box in CRS84 that holds all of a box in another system; the world where none is known.
pub fn cover(crs: &Crs, rect: &Envelope) -> Envelope {
    covered(crs, rect).map_or(WORLD, |(outer, _)| outer)
}

/// What a box covers in CRS84: all that may lie in it, and what surely does.
fn covered(crs: &Crs, rect: &Envelope) -> Result<(Envelope, Option<Envelope>), BboxError> {
    let to_lonlat = Reprojection::between(crs, &Crs::Crs84).map_err(|_| BboxError::NotServed(crs.to_string()))?;
    // Near 180° and the poles an edge may come out on the other side of the world.
    let (reach_x, reach_y) = match crs {
        crs if crs.is_in_degrees() => (179.0, 89.0),
        Crs::Epsg(3857) => (MERCATOR_EDGE, MERCATOR_EDGE),
        _ => (FAR, FAR),
    };
    let reaches = |low: f64, high: f64, reach: f64| low.abs().max(high.abs()) > reach;
    let is_far = reaches(rect.min_x, rect.max_x, reach_x) || reaches(rect.min_y, rect.max_y, reach_y);
    let edge = |from: (f64, f64), to: (f64, f64)| -> Option<Vec<(f64, f64)>> {
        let at = |step: u32| f64::from(step) / f64::from(STEPS);
        let between = |step| (from.0 + (to.0 - from.0) * at(step), from.1 + (to.1 - from.1) * at(step));
        (0..=STEPS).map(between).map(|(x, y)| to_lonlat.point(x, y).ok()).collect()
    };
    let Envelope { min_x, min_y, max_x, max_y } = *rect;
    let edges = [
        edge((min_x, min_y), (min_x, max_y)),
        edge((max_x, min_y), (max_x, max_y)),
        edge((min_x, min_y), (max_x, min_y)),
        edge((min_x, max_y), (max_x, max_y)),
    ];
    // A box whose edges have no image may still hold features: each is looked at in the box's own system then.
    let [Some(west), Some(east), Some(south), Some(north)] = edges else { return Ok((WORLD, None)) };
    if is_far {
        return Ok((WORLD, None));
    }
    let (west, east, south, north) = (Spread::of(&west), Spread::of(&east), Spread::of(&south), Spread::of(&north));
    let all = [&west, &east, &south, &north];
    let outer = Envelope::new(
        all.iter().map(|edge| edge.min_lon).fold(f64::INFINITY, f64::min) - BULGE,
        all.iter().map(|edge| edge.min_lat).fold(f64::INFINITY, f64::min) - BULGE,
        all.iter().map(|edge| edge.max_lon).fold(f64::NEG_INFINITY, f64::max) + BULGE,
        all.iter().map(|edge| edge.max_lat).fold(f64::NEG_INFINITY, f64::max) + BULGE,
    );
    let inner = Envelope::new(west.max_lon + BULGE, south.max_lat + BULGE, east.min_lon - BULGE, north.min_lat - BULGE);
    Ok((outer.unwrap_or(WORLD), inner))
}

impl Bbox {
    /// Reads a box whose numbers stand in the axis order of its system.
    ///
    /// # Errors
    /// Why it is no box.
    pub fn parse(text: &str, crs: &Crs) -> Result<Bbox, BboxError> {
        let [west, south, east, north] = numbers(text, crs.is_latitude_first())?;
        if crs.is_wgs84() {
            return Bbox::across(west, south, east, north);
        }
        let upside = if west > east { BboxError::Upside(west, east) } else { BboxError::Upside(south, north) };
        let rect = Envelope::new(west, south, east, north).ok_or(upside)?;
        let (outer, inner) = covered(crs, &rect)?;
        Ok(Bbox { parts: vec![outer], local: Some(LocalBox { crs: crs.clone(), rect, inner }) })
    }

    /// A box in CRS84, perhaps across 180°.
    fn across(west: f64, south: f64, east: f64, north: f64) -> Result<Bbox, BboxError> {
        let part = |min_x, max_x| Envelope::new(min_x, south, max_x, north);
        let parts = if west <= east {
            part(west, east).map(|whole| vec![whole])
        } else {
            part(west.min(180.0), 180.0).zip(part(-180.0, east.max(-180.0))).map(|(a, b)| vec![a, b])
        };
        parts.map(|parts| Bbox { parts, local: None }).ok_or(BboxError::Upside(south, north))
    }
}

/// West, south, east and north of a text.
fn numbers(text: &str, latitude_first: bool) -> Result<[f64; 4], BboxError> {
    let parts: Vec<&str> = text.split(',').collect();
    if parts.len() != 4 && parts.len() != 6 {
        return Err(BboxError::Count(parts.len()));
    }
    let mut numbers = Vec::with_capacity(6);
    for part in parts {
        let number = part.trim().parse::<f64>().ok().filter(|n| n.is_finite());
        let number = number.ok_or_else(|| BboxError::Number(part.to_owned()))?;
        if number.abs() > MAX_COORDINATE {
            return Err(BboxError::Far(number));
        }
        numbers.push(number);
    }
    let corners = match *numbers.as_slice() {
        [a, b, c, d] => [a, b, c, d],
        [a, b, low, c, d, high] => {
            if low > high {
                return Err(BboxError::Heights(low, high));
            }
            [a, b, c, d]
        }
        _ => return Err(BboxError::Count(numbers.len())),
    };
    let [a, b, c, d] = corners;
    Ok(if latitude_first { [b, a, d, c] } else { corners })
}

impl FromStr for Bbox {
    type Err = BboxError;

    /// Reads a box in CRS84.
    fn from_str(text: &str) -> Result<Bbox, BboxError> {
        Bbox::parse(text, &Crs::Crs84)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_box_is_refused_with_the_reason() {
        assert_eq!("1,2,3".parse::<Bbox>(), Err(BboxError::Count(3)));
        assert_eq!("1,2,3,4,5".parse::<Bbox>(), Err(BboxError::Count(5)));
        assert_eq!("1,2,3,x".parse::<Bbox>(), Err(BboxError::Number("x".to_owned())));
        assert_eq!("1,2,3,nan".parse::<Bbox>(), Err(BboxError::Number("nan".to_owned())));
        assert_eq!("1,2,3,".parse::<Bbox>(), Err(BboxError::Number(String::new())));
        assert_eq!("-1e308,2,1e308,4".parse::<Bbox>(), Err(BboxError::Far(-1e308)));
        assert_eq!("1,2,3,4,1e51,6".parse::<Bbox>(), Err(BboxError::Far(1e51)));
        assert!("-1e50,-1e50,1e50,1e50".parse::<Bbox>().is_ok());
        assert_eq!("1,5,3,2".parse::<Bbox>(), Err(BboxError::Upside(5.0, 2.0)));
        assert_eq!("1,2,9,3,4,8".parse::<Bbox>(), Err(BboxError::Heights(9.0, 8.0)));
    }

    #[test]
    fn six_numbers_are_read_without_their_heights() {
        assert_eq!("105,20,-5,106,21,100".parse::<Bbox>(), "105,20,106,21".parse::<Bbox>());
    }

    #[test]
    fn a_box_across_the_antimeridian_has_two_halves() {
        let halves = "177,-20,-178,-16".parse::<Bbox>().map(|bbox| bbox.parts);
        let half = |min_x, max_x| Envelope { min_x, min_y: -20.0, max_x, max_y: -16.0 };
        assert_eq!(halves, Ok(vec![half(177.0, 180.0), half(-180.0, -178.0)]));
    }

    #[test]
    fn a_box_with_latitude_first_is_the_same_box() {
        let wanted = "105.8,20.9,105.9,21.1".parse::<Bbox>();
        assert_eq!(Bbox::parse("20.9,105.8,21.1,105.9", &Crs::Epsg(4326)), wanted);
        assert_eq!(Bbox::parse("20.9,105.8,-5,21.1,105.9,9", &Crs::Epsg(4326)), wanted);
        assert_eq!(Bbox::parse("105.9,20.9,105.8,21.1", &Crs::Epsg(5897)), Err(BboxError::Upside(105.9, 105.8)));
    }

    #[test]
    fn a_box_that_reaches_beyond_its_system_covers_the_world() {
        for text in ["-1e7,-1e7,2e7,2e7", "0,0,1e50,1e50"] {
            let bbox = Bbox::parse(text, &Crs::Epsg(5897)).unwrap();
            assert_eq!((bbox.parts.as_slice(), bbox.local.unwrap().inner), (&[WORLD][..], None), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_point_of_a_box_lies_in_its_cover_and_what_lies_in_its_core_lies_in_it(
            west in 450_000f64..560_000.0, south in 2_200_000f64..2_350_000.0, width in 1f64..120_000.0, height in 1f64..120_000.0,
            (right, up) in (0f64..=1.0, 0f64..=1.0), code in proptest::sample::select(vec![5897, 3405, 9209]),
        ) {
            let crs = Crs::Epsg(code);
            let bbox = Bbox::parse(&format!("{west},{south},{},{}", west + width, south + height), &crs).unwrap();
            let to_lonlat = Reprojection::between(&crs, &Crs::Crs84).unwrap();
            let (x, y) = to_lonlat.point(west + right * width, south + up * height).unwrap();
            prop_assert!(bbox.parts[0].contains(&Envelope::new(x, y, x, y).unwrap()));
            let local = bbox.local.unwrap();
            if let Some(core) = local.inner {
                let (lon, lat) = (core.min_x + right * (core.max_x - core.min_x), core.min_y + up * (core.max_y - core.min_y));
                let (x, y) = Reprojection::between(&Crs::Crs84, &crs).unwrap().point(lon, lat).unwrap();
                prop_assert!(local.rect.contains(&Envelope::new(x, y, x, y).unwrap()));
            }
        }
    }
}
