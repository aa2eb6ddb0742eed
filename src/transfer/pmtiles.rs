//! An archive of vector tiles (PMTiles 3): the tiles that the service would send, in one file for any web server.

use std::fs::File;
use std::path::Path;

use pmtiles::{Compression, PmTilesWriter, TileCoord, TileType};
use rayon::prelude::*;
use serde_json::{Map, json};

use crate::domain::{Collection, DataType, Field};
use crate::geom::{Crs, Shape};
use crate::publish::collection::{Builder, PublishedCollection};
use crate::store::Row;
use crate::tile::grid::MAX_ZOOM;
use crate::tile::{COUNT, ID, MAX_BYTES, Overview, TileId, attributes, layer};

/// An archive holds every zoom until one would have more tiles than this.
const MAX_TILES_OF_A_ZOOM: usize = 20_000;

/// At this zoom a cell of a tile is 4 cm: further ones would show nothing more of a survey.
const DEEPEST_ZOOM: u8 = 18;
const _: () = assert!(DEEPEST_ZOOM <= MAX_ZOOM);

/// Collects rows and writes the archive at the end: a tile of the world needs all of them.
pub struct TileSink {
    builder: Builder,
    file: File,
}

impl TileSink {
    /// `fields` are those that rows have values of. Shapes are given in WGS 84.
    pub fn create(path: &Path, collection: &Collection, fields: &[&Field]) -> Result<TileSink, String> {
        let mut declaration = collection.clone();
        declaration.fields = fields.iter().map(|field| (*field).clone()).collect();
        if let Some(geometry) = &mut declaration.geometry {
            geometry.crs = Crs::Crs84;
        }
        let file = File::create(path).map_err(|e| e.to_string())?;
        Ok(TileSink { builder: Builder::new(declaration), file })
    }

    pub fn write(&mut self, row: &Row, shape: &Shape) -> Result<(), String> {
        self.builder.push(Row { shape: Some(shape.clone()), ..row.clone() }).map_err(|e| e.to_string())
    }

    /// Makes all tiles; says how deep they go.
    pub fn finish(self) -> Result<String, String> {
        let collection = self.builder.finish().map_err(|e| e.to_string())?;
        let overview = Overview::of(&collection);
        let mut archive = PmTilesWriter::new(TileType::Mvt).tile_compression(Compression::Gzip);
        if let Some(extent) = collection.extent {
            archive = archive.bounds(extent.min_x, extent.min_y, extent.max_x, extent.max_y);
        }
        let mut archive = archive.create(self.file).map_err(|e| e.to_string())?;
        let mut tiles: Vec<TileId> = TileId::new(0, 0, 0).into_iter().collect();
        let mut deepest = 0;
        while let Some(zoom) = tiles.first().map(|tile| tile.zoom()) {
            let made: Vec<(TileId, Vec<u8>)> = tiles
                .par_iter()
                .map(|tile| (*tile, layer(&collection, Some(&overview), *tile, MAX_BYTES)))
                .filter(|(_, bytes)| !bytes.is_empty())
                .collect();
            if made.len() > MAX_TILES_OF_A_ZOOM {
                break;
            }
            let mut placed = Vec::with_capacity(made.len());
            for (tile, bytes) in &made {
                let coord = TileCoord::new(zoom, tile.col(), tile.row()).map_err(|e| e.to_string())?;
                placed.push((pmtiles::TileId::from(coord).value(), coord, bytes));
            }
            // In the order in which the archive is read.
            placed.sort_unstable_by_key(|(id, ..)| *id);
            for (_, coord, bytes) in placed {
                archive.add_tile(coord, bytes).map_err(|e| e.to_string())?;
            }
            deepest = zoom;
            if zoom == DEEPEST_ZOOM {
                break;
            }
            tiles = made.iter().flat_map(|(tile, _)| tile.children()).collect();
        }
        archive.set_zoom_range(0, deepest);
        archive.set_metadata(metadata(&collection, deepest));
        archive.finalize().map_err(|e| e.to_string())?;
        Ok(format!("ô bản đồ từ mức 0 đến {deepest} / tiles of zoom 0 to {deepest}"))
    }
}

fn kind(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Integer | DataType::Number => "Number",
        DataType::Boolean => "Boolean",
        DataType::Text | DataType::Date | DataType::DateTime => "String",
    }
}

/// What the archive says of its one layer, as its specification asks.
fn metadata(collection: &PublishedCollection, deepest: u8) -> String {
    let declared = &collection.declaration;
    let shown = attributes(collection);
    let shown = shown.into_iter().map(|(at, name)| (name, kind(declared.fields[at].data_type).into()));
    let own = [(ID.to_owned(), "String".into()), (COUNT.to_owned(), "Number".into())];
    let fields: Map<String, serde_json::Value> = own.into_iter().chain(shown).collect();
    let document = json!({
        "name": declared.title.to_string(),
        "description": declared.description.to_string(),
        "vector_layers": [{"id": declared.id, "fields": fields, "minzoom": 0, "maxzoom": deepest}],
    });
    document.to_string()
}
