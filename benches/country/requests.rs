//! What is asked for: the rows of the table, each with requests that nobody has made before.

use langxanh::sample::rng::Rng;
use langxanh::tile::TileId;

use crate::parcels;

/// One request, as each server understands it in its own way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Request {
    First(usize),
    One(usize),
    /// `min_lon,min_lat,max_lon,max_lat`
    Box(String),
    /// CQL2, percent-encoded.
    Filter(String),
    Tile {
        zoom: u8,
        row: u32,
        col: u32,
    },
}

/// A row of the table.
pub struct Case {
    pub name: &'static str,
    /// The requests of a round.
    make: fn(usize, &mut Rng) -> Request,
    /// Different requests in a round.
    pub different: usize,
    /// Whether these are asked for again and again, in every round. Otherwise each is asked for once, so that no answer
    /// comes from a cache.
    pub again: bool,
    /// Clients that ask at a time.
    pub clients: usize,
}

fn tile(count: usize, zoom: u8, random: &mut Rng) -> Request {
    let (lon, lat) = parcels::place(count, random);
    let tile = TileId::at(zoom, lon, lat);
    Request::Tile { zoom, row: tile.row(), col: tile.col() }
}

/// The rows of the table.
pub const CASES: [Case; 11] = [
    Case { name: "first 10 features", make: |_, _| Request::First(10), different: 1, again: true, clients: 8 },
    Case {
        name: "one feature",
        make: |count, random| Request::One(random.below(count) + 1),
        different: 20_000,
        again: false,
        clients: 8,
    },
    Case {
        name: "2 km box, limit 1,000",
        make: |count, random| Request::Box(parcels::box_of_2_km(count, random)),
        different: 4_000,
        again: false,
        clients: 8,
    },
    Case {
        name: "2 km box, one client",
        make: |count, random| Request::Box(parcels::box_of_2_km(count, random)),
        different: 1_000,
        again: false,
        clients: 1,
    },
    Case {
        name: "attribute filter, limit 1,000",
        make: |_, random| Request::Filter(parcels::plain_condition(random.below(120))),
        different: 100,
        again: false,
        clients: 8,
    },
    Case { name: "10,000 features", make: |_, _| Request::First(10_000), different: 1, again: true, clients: 8 },
    Case {
        name: "tile z14, made anew",
        make: |count, random| tile(count, 14, random),
        different: 4_000,
        again: false,
        clients: 8,
    },
    Case {
        name: "tile z14, one client",
        make: |count, random| tile(count, 14, random),
        different: 300,
        again: false,
        clients: 1,
    },
    Case {
        name: "200 tiles z14, warm",
        make: |count, random| tile(count, 14, random),
        different: 200,
        again: true,
        clients: 8,
    },
    Case {
        name: "tile z12, made anew",
        make: |count, random| tile(count, 12, random),
        different: 200,
        again: false,
        clients: 8,
    },
    // Of a few zooms, since one of these has few tiles; by one client, since a peer may need gigabytes for one.
    Case {
        name: "tile z8 to z10, made anew, one client",
        make: |count, random| {
            let zoom = 8 + random.below(3) as u8;
            tile(count, zoom, random)
        },
        different: 40,
        again: false,
        clients: 1,
    },
];

/// Tiles of low zooms are few: each is asked for in one round of so many alone, so that none is asked for twice.
const APART: usize = 4;

/// Whether a round may ask for it.
fn is_of_round(request: &Request, round: usize) -> bool {
    match request {
        Request::Tile { zoom, row, col } if *zoom < 12 => (*row as usize + 2 * *col as usize) % APART == round % APART,
        _ => true,
    }
}

impl Case {
    /// The requests of a round, each different from the others.
    pub fn requests(&self, count: usize, round: usize) -> Vec<Request> {
        let mut random = Rng::named(&format!("{} {}", self.name, if self.again { 0 } else { round }));
        let mut seen = std::collections::HashSet::new();
        // A small country has no more tiles than it has.
        let tries = self.different * 3;
        let made = (0..tries).map(|_| (self.make)(count, &mut random));
        let made = made.filter(|request| is_of_round(request, round) && seen.insert(request.clone()));
        made.take(self.different).collect()
    }
}
