//! What files are to hold that somebody else writes: features of a published collection in the form that was asked for.

use std::path::Path;

use geo::CoordsIter;

use super::collection::{PublishedCollection, Renderer};
use crate::domain::{Collection, Field};
use crate::geom::Shape;
use crate::query::Rendering;
use crate::store::Row;

/// What writes features into files. Given by whoever starts the service, since a snapshot knows no GDAL.
pub trait FileWriter: Send + Sync {
    /// Writes rows, with the values of all declared fields, into a file whose ending names the format. Blocks. Where a
    /// FlatGeobuf has a spatial index, every row has a place and their order is lost; without it both may be otherwise.
    ///
    /// # Errors
    /// Why there is no such file.
    fn write(
        &self,
        file: &Path,
        declared: &Collection,
        rows: &mut dyn Iterator<Item = Row>,
        has_spatial_index: bool,
    ) -> Result<(), String>;

    /// Writes the layers of a 1/500 plan into one drawing or GeoPackage, whose ending names it. Blocks.
    ///
    /// # Errors
    /// Why there is no such file.
    fn write_plan(&self, file: &Path, layers: Vec<(Collection, Vec<Row>)>) -> Result<(), String>;
}

/// A file to be made.
pub enum Order {
    Features(Box<FileOrder>),
    Plan(PlanOrder),
}

/// A plan with its lots, lines, buildings and findings as one file.
pub struct PlanOrder {
    pub plan: String,
    /// The plan itself first.
    pub layers: Vec<(Collection, Vec<Row>)>,
    /// The ending of the file, which names its format.
    pub ending: &'static str,
}

impl Order {
    /// What it is of, for logs.
    pub fn name(&self) -> &str {
        match self {
            Order::Features(order) => &order.collection.declaration.id,
            Order::Plan(order) => &order.plan,
        }
    }

    /// What the file is called: layers take their names from it.
    pub fn file_stem(&self) -> &str {
        match self {
            Order::Features(order) => &order.collection.declaration.id,
            // Ids of plans come from files of others.
            Order::Plan(_) => "plan",
        }
    }

    pub fn ending(&self) -> &'static str {
        match self {
            Order::Features(order) => order.ending,
            Order::Plan(order) => order.ending,
        }
    }

    /// Has the file written.
    ///
    /// # Errors
    /// Why there is no such file.
    pub fn write(self, writer: &dyn FileWriter, file: &Path) -> Result<(), String> {
        match self {
            Order::Features(order) => order.write(writer, file),
            Order::Plan(order) => writer.write_plan(file, order.layers),
        }
    }
}

/// Which features are meant.
pub enum Rows {
    /// All of them, in ascending order of their numbers.
    All,
    /// These, in this order.
    Some(Vec<u32>),
}

impl Rows {
    /// How many they are.
    pub fn count(&self, collection: &PublishedCollection) -> usize {
        match self {
            Rows::All => collection.len(),
            Rows::Some(rows) => rows.len(),
        }
    }

    /// Position of the row at a place in their order; `None` behind the last.
    pub fn get(&self, at: usize, collection: &PublishedCollection) -> Option<u32> {
        match self {
            Rows::All => (at < collection.len()).then_some(at as u32),
            Rows::Some(rows) => rows.get(at).copied(),
        }
    }
}

/// What a file is to hold.
pub struct FileOrder {
    pub collection: PublishedCollection,
    pub rendering: Rendering,
    pub rows: Rows,
    /// Whether their order was asked for.
    pub is_sorted: bool,
    /// The ending of the file, which names its format.
    pub ending: &'static str,
}

impl FileOrder {
    /// Whether features come with their places.
    pub fn has_places(&self) -> bool {
        self.collection.declaration.geometry.is_some() && !self.rendering.skip_geometry
    }

    pub fn count(&self) -> usize {
        self.rows.count(&self.collection)
    }

    /// The declaration as the file has it: the fields that were chosen, the system that was asked for.
    fn declaration(&self, renderer: &Renderer<'_>) -> Collection {
        let declared = &self.collection.declaration;
        let chosen = renderer.fields().into_iter().filter_map(|at| declared.fields.get(at));
        let mut wanted = declared.clone();
        // To whoever writes the file a computed value is one like any other.
        wanted.fields = chosen.map(|field| Field { derived: false, ..field.clone() }).collect();
        wanted.geometry = wanted.geometry.filter(|_| self.has_places());
        if let Some(geometry) = &mut wanted.geometry {
            geometry.crs = self.rendering.crs.clone();
            geometry.has_z &= !self.rendering.skip_heights;
        }
        wanted
    }

    fn row(&self, renderer: &Renderer<'_>, row: u32) -> Option<Row> {
        let whole = self.collection.row(row)?;
        let values = renderer.fields().into_iter().filter_map(|at| whole.values.get(at).cloned()).collect();
        let place = renderer.place(row);
        let shape = place.map(|place| Shape { z: place.z, geometry: place.geometry.into_owned() });
        Some(Row { fid: whole.fid, id: whole.id, values, shape })
    }

    /// Has the file written.
    ///
    /// # Errors
    /// Why there is no such file.
    pub fn write(&self, writer: &dyn FileWriter, file: &Path) -> Result<(), String> {
        let renderer = self.collection.renderer(&self.rendering).map_err(|error| error.to_string())?;
        let positions = || (0..self.count()).filter_map(|at| self.rows.get(at, &self.collection));
        let is_somewhere = |row| renderer.place(row).is_some_and(|place| place.geometry.coords_count() > 0);
        let can_be_indexed = self.ending == "fgb" && !self.is_sorted && positions().all(is_somewhere);
        let mut rows = positions().filter_map(|row| self.row(&renderer, row));
        writer.write(file, &self.declaration(&renderer), &mut rows, can_be_indexed)
    }
}
