//! The marks with which QGIS draws features.

use super::xml::{Element, option, options};
use crate::geom::GeometryKind;

/// How many of 255 parts of an area's colour cover what lies beneath.
const FILL_OPACITY: u8 = 110;

/// The kind of marks that a collection of one kind of geometry needs; `None` where kinds are mixed or there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Marker,
    Line,
    Fill,
}

impl Mark {
    pub fn of(kind: GeometryKind) -> Option<Mark> {
        match kind {
            GeometryKind::Point | GeometryKind::MultiPoint => Some(Mark::Marker),
            GeometryKind::LineString | GeometryKind::MultiLineString => Some(Mark::Line),
            GeometryKind::Polygon | GeometryKind::MultiPolygon => Some(Mark::Fill),
            GeometryKind::Geometry | GeometryKind::GeometryCollection => None,
        }
    }
}

/// `r,g,b,a` of a colour such as `#0b62a4`.
fn rgba(hex: &str, alpha: u8) -> String {
    let part = |at: usize| hex.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).unwrap_or(0);
    format!("{},{},{},{alpha}", part(1), part(3), part(5))
}

/// The symbol with a number in a colour.
pub fn symbol(name: usize, mark: Mark, colour: &str) -> Element {
    let (kind, class, of_layer) = match mark {
        Mark::Marker => {
            let white = option("outline_color", "QString", "255,255,255,255");
            let size = option("size", "QString", "2.6");
            ("marker", "SimpleMarker", vec![option("color", "QString", rgba(colour, 255)), white, size])
        }
        Mark::Line => {
            let width = option("line_width", "QString", "0.6");
            ("line", "SimpleLine", vec![option("line_color", "QString", rgba(colour, 255)), width])
        }
        Mark::Fill => {
            let outline = option("outline_color", "QString", rgba(colour, 255));
            let width = option("outline_width", "QString", "0.4");
            ("fill", "SimpleFill", vec![option("color", "QString", rgba(colour, FILL_OPACITY)), outline, width])
        }
    };
    let layer = Element::new("layer").attr("class", class).attr("enabled", 1).attr("pass", 0).attr("locked", 0);
    Element::new("symbol")
        .attr("name", name)
        .attr("type", kind)
        .attr("alpha", 1)
        .attr("clip_to_extent", 1)
        .attr("force_rhr", 0)
        .child(layer.child(options(of_layer)))
}

#[cfg(test)]
mod tests {
    use super::rgba;

    #[test]
    fn colours_are_written_as_qgis_reads_them() {
        assert_eq!(rgba("#0b62a4", 255), "11,98,164,255");
        assert_eq!(rgba("#", 7), "0,0,0,7");
    }
}
