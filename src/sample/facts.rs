//! The facts behind the sample: the bundled CSV files of `data/sample/`, read by column name.
//!
//! An empty cell is an unknown fact. A file that cannot be read is refused with its name and line; nothing is skipped.

use geo::Coord;

use super::SampleError;
use super::place;

/// One bundled file.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// Its name under `data/sample/`.
    pub name: &'static str,
    text: &'static str,
}

macro_rules! bundled {
    ($name:literal) => {
        File { name: $name, text: include_str!(concat!("../../data/sample/", $name)) }
    };
}

pub const CLUSTERS: File = bundled!("clusters.csv");
pub const CRAFT_VILLAGES: File = bundled!("craft_villages.csv");
pub const COMMUNES: File = bundled!("communes.csv");
pub const COMMUNE_CHANGES: File = bundled!("commune_changes.csv");
pub const DISTRICTS: File = bundled!("districts.csv");
pub const STATIONS: File = bundled!("stations.csv");
pub const MILESTONES: File = bundled!("milestones.csv");
pub const WATERWAYS: File = bundled!("waterways.csv");
pub const EFFLUENT_LEVELS: File = bundled!("effluent_levels.csv");

/// One line of a file.
#[derive(Debug, Clone)]
pub struct Fact {
    file: &'static str,
    line: u64,
    columns: csv::StringRecord,
    cells: csv::StringRecord,
}

/// Every line of a file, in its order.
pub fn read(file: File) -> Result<Vec<Fact>, SampleError> {
    let fault = |error: csv::Error| SampleError::Fact {
        file: file.name,
        line: error.position().map_or(1, csv::Position::line),
        reason: error.to_string(),
    };
    let mut reader = csv::Reader::from_reader(file.text.as_bytes());
    let columns = reader.headers().map_err(fault)?.clone();
    reader
        .records()
        .map(|record| {
            let cells = record.map_err(fault)?;
            let line = cells.position().map_or(1, csv::Position::line);
            Ok(Fact { file: file.name, line, columns: columns.clone(), cells })
        })
        .collect()
}

impl Fact {
    /// The cells that are not empty, by column.
    pub fn known(&self) -> impl Iterator<Item = (&str, &str)> {
        self.columns.iter().zip(&self.cells).filter(|(_, cell)| !cell.is_empty())
    }

    /// A cell; `None` where it is empty.
    pub fn text(&self, column: &str) -> Option<&str> {
        self.known().find(|(name, _)| *name == column).map(|(_, cell)| cell)
    }

    /// A cell that every line must have.
    pub fn required(&self, column: &str) -> Result<&str, SampleError> {
        self.text(column).ok_or_else(|| self.fault(format!("{column} is empty")))
    }

    /// A cell as a number; `None` where it is empty.
    pub fn number(&self, column: &str) -> Result<Option<f64>, SampleError> {
        let parse = |cell: &str| cell.parse().map_err(|_| self.fault(format!("{column} '{cell}' is no number")));
        self.text(column).map(parse).transpose()
    }

    /// The point of the columns `lon` and `lat` in metres (EPSG:5897); `None` where it is not known.
    pub fn point(&self) -> Result<Option<Coord<f64>>, SampleError> {
        match (self.number("lon")?, self.number("lat")?) {
            (Some(lon), Some(lat)) => place::to_metric(lon, lat).map(Some),
            _ => Ok(None),
        }
    }

    /// The points of a column that holds `lon lat;lon lat;…` in degrees, in metres (EPSG:5897); none where it is empty.
    pub fn points(&self, column: &str) -> Result<Vec<Coord<f64>>, SampleError> {
        let point = |text: &str| {
            let pair = text.split_once(' ').and_then(|(lon, lat)| Some((lon.parse().ok()?, lat.parse().ok()?)));
            let (lon, lat) = pair.ok_or_else(|| self.fault(format!("{column} '{text}' is not 'lon lat'")))?;
            place::to_metric(lon, lat)
        };
        self.text(column).map_or(Ok(Vec::new()), |cell| cell.split(';').map(point).collect())
    }

    /// What is wrong with this line.
    pub fn fault(&self, reason: String) -> SampleError {
        SampleError::Fact { file: self.file, line: self.line, reason }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_short_line_is_refused_with_its_number() {
        let file = File { name: "broken.csv", text: "a,b\n1,2\n3\n" };
        let error = read(file).unwrap_err().to_string();
        assert!(error.contains("broken.csv") && error.contains('3'), "{error}");
    }

    #[test]
    fn an_empty_cell_is_unknown_and_a_word_is_no_number() {
        let rows = read(File { name: "x.csv", text: "a,b\n,nhiều\n" }).unwrap();
        assert_eq!(rows[0].number("a").unwrap(), None);
        assert!(rows[0].number("b").is_err());
        assert!(rows[0].required("a").is_err());
    }
}
