//! Which columns of a sheet say where a row is: well-known text, or two coordinate columns by their names.

use crate::text::fold;

/// Where the geometry of a row comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Nowhere,
    /// The file's own geometry.
    OfLayer,
    /// A column of well-known text.
    Wkt(usize),
    /// Columns of easting or longitude and of northing or latitude.
    Columns {
        x: usize,
        y: usize,
    },
}

impl Place {
    /// Whether a column is used up by the geometry.
    pub fn takes(self, column: usize) -> bool {
        match self {
            Place::Wkt(wkt) => wkt == column,
            Place::Columns { x, y } => x == column || y == column,
            Place::Nowhere | Place::OfLayer => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axis {
    X,
    Y,
}

/// Finds the place columns of a sheet by their names. North and east in a name outweigh x and y: Vietnamese coordinate
/// tables call the northing X.
pub fn of_sheet(names: &[String]) -> Place {
    let folded: Vec<String> = names.iter().map(|name| fold(name)).collect();
    let is_wkt = |name: &String| {
        matches!(name.as_str(), "wkt" | "geom" | "geometry" | "the geom" | "geom wkt" | "wkt geom" | "hinh hoc")
    };
    if let Some(column) = folded.iter().position(is_wkt) {
        return Place::Wkt(column);
    }
    for axis_of in [degrees, compass, letters] {
        let with = |axis| {
            let mut columns =
                folded.iter().enumerate().filter(|(_, name)| axis_of(name) == Some(axis)).map(|(at, _)| at);
            // Two columns of one axis leave it open which is meant.
            columns.next().filter(|_| columns.next().is_none())
        };
        if let (Some(x), Some(y)) = (with(Axis::X), with(Axis::Y)) {
            return Place::Columns { x, y };
        }
    }
    Place::Nowhere
}

/// Whether a column says `x` or `y` and not which way that leads.
pub fn is_named_by_letters(name: &str) -> bool {
    let name = fold(name);
    degrees(&name).is_none() && compass(&name).is_none() && letters(&name).is_some()
}

fn degrees(name: &str) -> Option<Axis> {
    let words: Vec<&str> = name.split(' ').collect();
    let has = |pair: [&str; 2]| words.windows(2).any(|words| words == pair);
    if has(["kinh", "do"]) || has(["vi", "do"]) {
        return Some(if has(["kinh", "do"]) { Axis::X } else { Axis::Y });
    }
    let squeezed = name.replace(' ', "");
    match squeezed.as_str() {
        "lon" | "long" | "lng" | "longitude" | "kinhdo" | "xlon" | "lonwgs84" | "lon84" | "kinhdolon" => Some(Axis::X),
        "lat" | "latitude" | "vido" | "ylat" | "latwgs84" | "lat84" | "vidolat" => Some(Axis::Y),
        _ => None,
    }
}

fn compass(name: &str) -> Option<Axis> {
    let words: Vec<&str> = name.split(' ').collect();
    let has = |word: &str| words.contains(&word);
    let is_coordinate = words.len() == 1 || has("x") || has("y") || name.contains("toa do");
    if has("north") || has("northing") || (has("bac") && is_coordinate) || name == "n" {
        return Some(Axis::Y);
    }
    if has("east") || has("easting") || (has("dong") && is_coordinate) || name == "e" {
        return Some(Axis::X);
    }
    None
}

fn letters(name: &str) -> Option<Axis> {
    let name = name.trim_start_matches("toa do ").trim_start_matches("point ").trim_start_matches("coord ");
    match name.trim_end_matches(" m").trim_end_matches(" coord") {
        "x" => Some(Axis::X),
        "y" => Some(Axis::Y),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(names: &[&str]) -> Place {
        of_sheet(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn one_axis_or_an_ambiguous_pair_is_no_place() {
        assert_eq!(place(&["id", "lon"]), Place::Nowhere);
        assert_eq!(place(&["x", "X", "y"]), Place::Nowhere);
        assert_eq!(place(&["kinh doanh", "vi phạm", "Bắc Ninh"]), Place::Nowhere);
    }

    #[test]
    fn a_header_that_names_north_and_east_decides_what_x_and_y_are() {
        let north_first = Place::Columns { x: 2, y: 1 };
        for names in [["stt", "X (north)", "Y (east)"], ["stt", "X (Bắc)", "Y (Đông)"], ["stt", "Northing", "Easting"]]
        {
            assert_eq!(place(&names), north_first, "{names:?}");
        }
        assert_eq!(place(&["stt", "X", "Y"]), Place::Columns { x: 1, y: 2 });
    }

    #[test]
    fn common_names_of_coordinates_are_known() {
        for names in [
            ["id", "lon", "lat"],
            ["id", "Kinh độ", "Vĩ độ"],
            ["id", "Kinh độ (E)", "Vĩ độ (N)"],
            ["id", "Tọa độ X(m)", "Tọa độ Y(m)"],
            ["id", "kinh_do", "vi_do"],
            ["id", "Tọa độ X", "Toạ độ Y"],
        ] {
            assert_eq!(place(&names), Place::Columns { x: 1, y: 2 }, "{names:?}");
        }
        assert_eq!(place(&["id", "WKT"]), Place::Wkt(1));
    }
}
