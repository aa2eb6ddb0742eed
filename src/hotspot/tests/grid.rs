use std::collections::HashSet;

use geo::{Area, Contains, Coord, MultiPolygon, Rect};

use super::super::grid::{Cell, CellId, HexGrid, MAX_CELLS, MIN_CELLS};
use super::super::{NoStatistic, never};
use super::{at, close, noise};

/// About the box of Hanoi in EPSG:5897: 70 km by 90 km.
fn city() -> MultiPolygon<f64> {
    MultiPolygon(vec![Rect::new(at(530_000.0, 2_275_000.0), at(600_000.0, 2_365_000.0)).to_polygon()])
}

#[test]
fn a_millimetre_and_a_thousand_kilometres_are_refused_by_their_number_of_cells() {
    for size in [0.001, 1.0, 100.0, 40_000.0, 1_000_000.0] {
        let refused = HexGrid::new(size).unwrap().cells(&city(), &[], &never).unwrap_err();
        let NoStatistic::CellCount { least, most, .. } = refused else { panic!("{size}: {refused}") };
        assert_eq!((least, most), (MIN_CELLS, MAX_CELLS));
    }
    for size in [0.0, -5.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(HexGrid::new(size), Err(NoStatistic::OutOfRange { .. })), "{size}");
    }
}

#[test]
fn no_area_and_odd_places_are_refused() {
    let grid = HexGrid::new(1000.0).unwrap();
    assert!(grid.cells(&MultiPolygon(vec![]), &[], &never).is_err());
    assert_eq!(grid.cells(&city(), &[at(f64::NAN, 0.0)], &never).unwrap_err(), NoStatistic::NotFinite { at: 0 });
    assert_eq!(grid.cells(&city(), &[], &|| true).unwrap_err(), NoStatistic::Stopped);
    assert_eq!(grid.cell_at(at(f64::INFINITY, 0.0)), None);
    assert_eq!(grid.cell_at(at(1e300, 0.0)), None);
}

#[test]
fn cells_are_flat_topped_measure_their_size_and_stand_half_a_cell_higher_in_the_next_column() {
    let grid = HexGrid::new(1000.0).unwrap();
    // The area of a hexagon 1 km across is √3/2 km².
    close(grid.polygon(Cell { q: 3, r: 5 }).unsigned_area(), grid.cell_area());
    close(grid.cell_area(), 866_025.403_784_438_6);
    assert_eq!(grid.centre(Cell { q: 0, r: 2 }), at(0.0, 2000.0));
    close(grid.centre(Cell { q: 1, r: 0 }).x, 866.025_403_784_438_6);
    close(grid.centre(Cell { q: 1, r: 0 }).y, 500.0);
    let ring = grid.polygon(Cell { q: 0, r: 0 });
    let top = ring.exterior().coords().filter(|corner| corner.y == 500.0).count();
    assert_eq!(top, 2);
}

#[test]
fn a_place_lies_in_the_cell_that_is_found_for_it_and_neighbours_share_corners_to_the_last_bit() {
    let grid = HexGrid::new(777.7).unwrap();
    let numbers = noise(5, 400);
    for pair in numbers.chunks(2) {
        let place = at(530_000.0 + 70_000.0 * pair[0], 2_275_000.0 + 90_000.0 * pair[1]);
        let cell = grid.cell_at(place).unwrap();
        assert!(grid.polygon(cell).contains(&place), "{place:?}");
        assert_eq!(grid.cell_at(grid.centre(cell)), Some(cell));
        let bits = |cell: Cell| -> HashSet<(u64, u64)> {
            let corners = grid.polygon(cell).exterior().0.clone();
            corners.into_iter().map(|Coord { x, y }| (x.to_bits(), y.to_bits())).collect()
        };
        for other in HexGrid::around(cell) {
            assert_eq!(bits(cell).intersection(&bits(other)).count(), 2);
        }
    }
}

#[test]
fn ids_are_the_same_for_ever_and_read_back() {
    let grid = HexGrid::new(1000.0).unwrap();
    // Hoàn Kiếm: 588,612.7 E, 2,326,345.4 N. Column 588612.7/866.025 = 679.67 → 680, then (2326345.4 − 340000)/1000 → 1986.
    let cell = grid.cell_at(at(588_612.7, 2_326_345.4)).unwrap();
    assert_eq!(grid.id(cell).to_string(), "h1000_680_1986");
    for text in ["h1000_680_1986", "h250.5_-3_7"] {
        assert_eq!(text.parse::<CellId>().unwrap().to_string(), text);
    }
    for text in
        ["", "h", "1000_1_1", "h1000_1", "h1000_1_1_1", "h01000_1_1", "h1000_+1_1", "h0_1_1", "hNaN_1_1", "h1e3_1_1"]
    {
        assert!(text.parse::<CellId>().is_err(), "{text}");
    }
}

#[test]
fn a_grid_has_the_cells_whose_centre_lies_inside_and_those_of_the_places() {
    let grid = HexGrid::new(5000.0).unwrap();
    let cells = grid.cells(&city(), &[], &never).unwrap();
    // 6,300 km² over 21.65 km² are 291; a row more or less at the border.
    assert!((275..=307).contains(&cells.len()), "{}", cells.len());
    assert!(cells.is_sorted());
    let outside = at(500_000.0, 2_200_000.0);
    let more = grid.cells(&city(), &[outside, outside], &never).unwrap();
    assert_eq!(more.len(), cells.len() + 1);
    assert!(more.contains(&grid.cell_at(outside).unwrap()));
}
