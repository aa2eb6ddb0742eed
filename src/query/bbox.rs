//! The `bbox` parameter (OGC 17-069r4, requirement 23): 4 or 6 numbers, possibly across the antimeridian.

use std::str::FromStr;

use crate::geom::Envelope;

/// A box in CRS84; one that crosses 180° is held as its two halves. Heights are checked and then ignored: no collection
/// declares a vertical extent.
#[derive(Debug, Clone, PartialEq)]
pub struct Bbox {
    pub parts: Vec<Envelope>,
}

/// Why a text is no bounding box.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BboxError {
    #[error("has {0} numbers; 4 (west,south,east,north) or 6 (with heights) are needed")]
    Count(usize),
    #[error("'{0}' is not a finite number")]
    Number(String),
    #[error("the lower edge {0} lies above the upper edge {1}")]
    Upside(f64, f64),
    #[error("the lower height {0} lies above the upper height {1}")]
    Heights(f64, f64),
}

impl FromStr for Bbox {
    type Err = BboxError;

    fn from_str(text: &str) -> Result<Bbox, BboxError> {
        let parts: Vec<&str> = text.split(',').collect();
        if parts.len() != 4 && parts.len() != 6 {
            return Err(BboxError::Count(parts.len()));
        }
        let mut numbers = Vec::with_capacity(6);
        for part in parts {
            let number = part.trim().parse::<f64>().ok().filter(|n| n.is_finite());
            numbers.push(number.ok_or_else(|| BboxError::Number(part.to_owned()))?);
        }
        let [west, south, east, north] = match *numbers.as_slice() {
            [west, south, east, north] => [west, south, east, north],
            [west, south, low, east, north, high] => {
                if low > high {
                    return Err(BboxError::Heights(low, high));
                }
                [west, south, east, north]
            }
            _ => return Err(BboxError::Count(numbers.len())),
        };
        let part = |min_x, max_x| Envelope::new(min_x, south, max_x, north);
        let parts = if west <= east {
            part(west, east).map(|whole| vec![whole])
        } else {
            part(west.min(180.0), 180.0).zip(part(-180.0, east.max(-180.0))).map(|(a, b)| vec![a, b])
        };
        parts.map(|parts| Bbox { parts }).ok_or(BboxError::Upside(south, north))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_box_is_refused_with_the_reason() {
        assert_eq!("1,2,3".parse::<Bbox>(), Err(BboxError::Count(3)));
        assert_eq!("1,2,3,4,5".parse::<Bbox>(), Err(BboxError::Count(5)));
        assert_eq!("1,2,3,x".parse::<Bbox>(), Err(BboxError::Number("x".to_owned())));
        assert_eq!("1,2,3,nan".parse::<Bbox>(), Err(BboxError::Number("nan".to_owned())));
        assert_eq!("1,2,3,".parse::<Bbox>(), Err(BboxError::Number(String::new())));
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
}
