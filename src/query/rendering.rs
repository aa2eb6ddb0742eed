//! How features are to be written: in which reference system, with which properties, how fine.

use crate::geom::Crs;

/// How a client wants features. Says nothing of which ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendering {
    pub crs: Crs,
    /// Whether heights are left out: the system that is asked for knows none.
    pub skip_heights: bool,
    /// Positions of the fields to be written, in the order of the declaration; `None` for all.
    pub properties: Option<Vec<usize>>,
    pub skip_geometry: bool,
    /// At most so many digits after the point of a coordinate.
    pub precision: Option<u32>,
    /// The zoom level of a web map at which outlines must still look right.
    pub zoom: Option<u32>,
}

impl Default for Rendering {
    fn default() -> Rendering {
        Rendering {
            crs: Crs::Crs84,
            skip_heights: false,
            properties: None,
            skip_geometry: false,
            precision: None,
            zoom: None,
        }
    }
}

impl Rendering {
    /// Whether features look as they were published, all but the name of the system.
    pub fn is_plain(&self) -> bool {
        matches!(self.crs, Crs::Crs84 | Crs::Crs84h)
            && !self.skip_heights
            && self.properties.is_none()
            && !self.skip_geometry
            && self.precision.is_none()
            && self.zoom.is_none()
    }
}
