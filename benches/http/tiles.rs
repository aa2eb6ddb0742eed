//! Tiles of the parcels: which are asked for, and how long one takes to be made.

use std::collections::BTreeSet;
use std::time::Instant;

use anyhow::{Context, Result};
use langxanh::sample::rng::Rng;
use langxanh::tile::{MAX_BYTES, Overview, TileId, layer, wants_overview};

use crate::median::median;
use crate::parcels;

/// How long the tiles of one zoom take that nobody has asked for.
pub struct Cold {
    pub parcels: usize,
    pub zoom: u8,
    pub tiles: usize,
    pub median_ms: f64,
    pub longest_ms: f64,
    /// Mean length.
    pub bytes: usize,
}

/// At most so many different tiles inside the area of so many parcels.
fn tiles(count: usize, zoom: u8, at_most: usize) -> BTreeSet<(u32, u32)> {
    let mut random = Rng::named("tiles");
    let places = (0..at_most).map(|_| parcels::place(count, &mut random));
    places.map(|(lon, lat)| TileId::at(zoom, lon, lat)).map(|tile| (tile.row(), tile.col())).collect()
}

/// Their paths.
pub fn paths(count: usize, zoom: u8, at_most: usize) -> Vec<String> {
    let path = |(row, col)| format!("/collections/parcels/tiles/WebMercatorQuad/{zoom}/{row}/{col}");
    tiles(count, zoom, at_most).into_iter().map(path).collect()
}

/// Makes tiles of several zooms of few parcels and of many.
pub fn cold() -> Result<Vec<Cold>> {
    let mut all = Vec::new();
    for count in [200_000, 1_000_000] {
        eprintln!("Making tiles of {count} parcels …");
        let collection = parcels::published(count)?;
        let overview = Overview::of(&collection);
        for zoom in [8, 10, 12, 14] {
            let overview = wants_overview(zoom).then_some(&overview);
            let (mut times, mut bytes) = (Vec::new(), 0);
            for (row, col) in tiles(count, zoom, 100) {
                let tile = TileId::new(zoom, row, col).context("a tile of the matrix")?;
                let start = Instant::now();
                bytes += layer(&collection, overview, tile, MAX_BYTES).len();
                times.push(start.elapsed().as_secs_f64() * 1000.0);
            }
            all.push(Cold {
                parcels: count,
                zoom,
                tiles: times.len(),
                median_ms: median(times.iter().copied()),
                longest_ms: times.iter().copied().fold(0.0, f64::max),
                bytes: bytes / times.len().max(1),
            });
        }
    }
    Ok(all)
}
