//! WebMercatorQuad (OGC 17-083r4, annex D.1): the square that a zoom, a row and a column name.

use std::f64::consts::PI;
use std::sync::LazyLock;

use crate::geom::Envelope;

/// The deepest zoom that is served: its cells are 9 mm, finer than any survey.
pub const MAX_ZOOM: u8 = 20;

/// Cells along the side of a tile.
pub const EXTENT: u32 = 4096;

/// So many cells beyond its sides a tile also shows, so that outlines and marks meet across them.
pub const BUFFER: u32 = 64;

/// Cells of a tile's side as a power of two.
const EXTENT_LOG2: u8 = 12;

/// Where the square of the world ends, in degrees.
const MAX_LATITUDE: f64 = 85.051_128_779_806_59;

/// Half the width of the world on the projected plane, in metres.
pub const HALF_WORLD_M: f64 = 20_037_508.342_789_244;

/// Places on the square of the world, from the north-west corner (0, 0) to the south-east one (1, 1). What lies beyond a
/// pole's end of it counts to that end; a longitude may be off the square by once its width.
pub fn world(lon: f64, lat: f64) -> (f64, f64) {
    ((lon / 360.0 + 0.5).clamp(-1.0, 2.0), south(lat))
}

/// How far south a latitude lies on the square of the world.
fn south(lat: f64) -> f64 {
    let at = (lat + BANDS_UNTIL) * BANDS_OF_DEGREE;
    // What is no number is in no band.
    match BANDS.get(at as usize).filter(|_| at >= 0.0) {
        Some(band) => band.south(lat),
        None => south_exactly(lat),
    }
}

fn south_exactly(lat: f64) -> f64 {
    let sin = lat.clamp(-MAX_LATITUDE, MAX_LATITUDE).to_radians().sin();
    0.5 - ((1.0 + sin) / (1.0 - sin)).ln() / (4.0 * PI)
}

/// From the equator to so many degrees there are bands of latitude, so many in each degree.
const BANDS_UNTIL: f64 = 60.0;
const BANDS_OF_DEGREE: f64 = 8.0;

/// A band of latitudes, in which a few terms of a series give what the formula gives to the last bits, several times as fast.
struct Band {
    middle: f64,
    /// Factors of the powers of the distance from the middle in radians.
    terms: [f64; 6],
}

impl Band {
    fn around(middle: f64) -> Band {
        // The derivatives of asinh(tan φ): sec φ, and so on.
        let (sec, tan) = (1.0 / middle.to_radians().cos(), middle.to_radians().tan());
        let t2 = tan * tan;
        let rise = [
            sec,
            sec * tan / 2.0,
            sec * (1.0 + 2.0 * t2) / 6.0,
            sec * tan * (5.0 + 6.0 * t2) / 24.0,
            sec * (5.0 + 28.0 * t2 + 24.0 * t2 * t2) / 120.0,
        ];
        let [a, b, c, d, e] = rise.map(|rise| -rise / (2.0 * PI));
        Band { middle, terms: [south_exactly(middle), a, b, c, d, e] }
    }

    fn south(&self, lat: f64) -> f64 {
        let far = (lat - self.middle).to_radians();
        self.terms.iter().rev().fold(0.0, |sum, term| sum * far + term)
    }
}

static BANDS: LazyLock<Vec<Band>> = LazyLock::new(|| {
    let count = (2.0 * BANDS_UNTIL * BANDS_OF_DEGREE) as u32;
    (0..count).map(|at| Band::around((f64::from(at) + 0.5) / BANDS_OF_DEGREE - BANDS_UNTIL)).collect()
});

/// Longitude and latitude of a place on the square of the world.
fn lonlat(x: f64, y: f64) -> (f64, f64) {
    ((x - 0.5) * 360.0, (PI * (1.0 - 2.0 * y)).sinh().atan().to_degrees())
}

/// One tile of the matrix set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TileId {
    zoom: u8,
    row: u32,
    col: u32,
}

impl TileId {
    /// The tile; `None` where the matrix set has none.
    pub fn new(zoom: u8, row: u32, col: u32) -> Option<TileId> {
        let is_there = zoom <= MAX_ZOOM && row >> zoom == 0 && col >> zoom == 0;
        is_there.then_some(TileId { zoom, row, col })
    }

    /// The tile of a zoom that a place lies in; a place beyond the square counts to its border.
    pub fn at(zoom: u8, lon: f64, lat: f64) -> TileId {
        let zoom = zoom.min(MAX_ZOOM);
        let side = f64::from(1u32 << zoom);
        let (x, y) = world(lon, lat);
        // Saturating: what is no number or beyond the square becomes 0 or the last.
        let index = |part: f64| ((part * side).floor() as u32).min((1 << zoom) - 1);
        TileId { zoom, row: index(y), col: index(x) }
    }

    pub fn zoom(self) -> u8 {
        self.zoom
    }

    /// From the north.
    pub fn row(self) -> u32 {
        self.row
    }

    /// From the west.
    pub fn col(self) -> u32 {
        self.col
    }

    /// The four tiles of the next zoom that cover it; none at the deepest.
    pub fn children(self) -> impl Iterator<Item = TileId> {
        (0..4).filter_map(move |at| TileId::new(self.zoom + 1, self.row * 2 + at / 2, self.col * 2 + at % 2))
    }

    /// Cells of the world's side at this zoom.
    pub fn cells_of_world(self) -> f64 {
        f64::from(1u32 << self.zoom) * f64::from(EXTENT)
    }

    /// The cell in the north-west corner, counted from that of the world.
    pub fn corner(self) -> (i64, i64) {
        (i64::from(self.col) << EXTENT_LOG2, i64::from(self.row) << EXTENT_LOG2)
    }

    /// The tile and some cells around it, in longitude and latitude.
    pub fn envelope(self, beyond: u32) -> Envelope {
        let (side, beyond) = (f64::from(1u32 << self.zoom), f64::from(beyond) / f64::from(EXTENT));
        let part = |index: u32, more: f64| (f64::from(index) + more) / side;
        let (min_x, max_y) = lonlat(part(self.col, -beyond), part(self.row, -beyond));
        let (max_x, min_y) = lonlat(part(self.col, 1.0 + beyond), part(self.row, 1.0 + beyond));
        Envelope { min_x, min_y, max_x, max_y }
    }
}

/// Which tiles of a zoom can hold something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub zoom: u8,
    pub min_row: u32,
    pub max_row: u32,
    pub min_col: u32,
    pub max_col: u32,
}

impl Limits {
    /// Those that meet an extent in longitude and latitude.
    pub fn of(extent: &Envelope, zoom: u8) -> Limits {
        let first = TileId::at(zoom, extent.min_x, extent.max_y);
        let last = TileId::at(zoom, extent.max_x, extent.min_y);
        Limits { zoom, min_row: first.row, max_row: last.row, min_col: first.col, max_col: last.col }
    }

    pub fn contains(&self, tile: TileId) -> bool {
        tile.zoom == self.zoom
            && (self.min_row..=self.max_row).contains(&tile.row)
            && (self.min_col..=self.max_col).contains(&tile.col)
    }

    /// All of them, row by row.
    pub fn tiles(self) -> impl Iterator<Item = TileId> {
        (self.min_row..=self.max_row)
            .flat_map(move |row| (self.min_col..=self.max_col).map(move |col| TileId { zoom: self.zoom, row, col }))
    }

    pub fn count(&self) -> u64 {
        u64::from(self.max_row - self.min_row + 1) * u64::from(self.max_col - self.min_col + 1)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_and_columns_beyond_the_matrix_name_no_tile() {
        assert_eq!(TileId::new(0, 0, 1), None);
        assert_eq!(TileId::new(3, 8, 0), None);
        assert_eq!(TileId::new(21, 0, 0), None);
        assert_eq!(TileId::new(255, 0, 0), None);
        assert!(TileId::new(20, (1 << 20) - 1, (1 << 20) - 1).is_some());
    }

    #[test]
    fn the_opera_house_of_hanoi_lies_in_the_tile_that_the_formula_of_the_standard_gives() {
        // lon 105.8574, lat 21.0244, zoom 14: col = 285.8574 / 360 × 16384 = 13009.69;
        // asinh(tan 21.0244°) = 0.375511, row = (1 - 0.375511 / π) / 2 × 16384 = 7212.82.
        let tile = TileId::at(14, 105.8574, 21.0244);
        assert_eq!((tile.col(), tile.row()), (13009, 7212));
    }

    #[test]
    fn the_world_is_one_tile_and_poles_count_to_its_border() {
        let whole = TileId::new(0, 0, 0).unwrap().envelope(0);
        assert!((whole.max_y - MAX_LATITUDE).abs() < 1e-9 && whole.min_x == -180.0 && whole.max_x == 180.0);
        assert_eq!(TileId::at(3, 180.0, 90.0), TileId::new(3, 0, 7).unwrap());
        assert_eq!(TileId::at(3, f64::NAN, f64::NAN), TileId::new(3, 0, 0).unwrap());
    }

    #[test]
    fn what_is_no_latitude_and_what_lies_beyond_the_bands_is_where_the_formula_has_it() {
        assert!(south(f64::NAN).is_nan());
        for lat in [-90.0, -85.2, -60.1, -60.0, 60.0, 60.1, 85.0, 90.0, 1e300, f64::NEG_INFINITY] {
            assert!((south(lat) - south_exactly(lat)).abs() < 1e-15, "{lat}");
        }
    }

    proptest! {
        #[test]
        fn a_band_gives_what_the_formula_gives(lat in -60f64..60.0) {
            // A hundred-thousandth of a cell of the deepest zoom is 2e-15.
            prop_assert!((south(lat) - south_exactly(lat)).abs() < 1e-15, "{} {}", south(lat), south_exactly(lat));
        }

        #[test]
        fn the_tile_of_a_point_contains_the_point(lon in -180f64..180.0, lat in -85f64..85.0, zoom in 0u8..=20) {
            let tile = TileId::at(zoom, lon, lat);
            let square = tile.envelope(0);
            let slack = 1e-9;
            prop_assert!(square.min_x - slack <= lon && lon <= square.max_x + slack);
            prop_assert!(square.min_y - slack <= lat && lat <= square.max_y + slack);
        }
    }
}
