//! Ready tiles: made at most once while they are kept, off the async runtime, and before anybody asks where many will.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use prometheus_client::metrics::counter::Counter;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use rayon::ThreadPool;
use xxhash_rust::xxh3::xxh3_64;

use super::remote;
use crate::ogc::problem::Problem;
use crate::ogc::tiles::{has_tiles, limits, min_zoom};
use crate::publish::Snapshot;
use crate::publish::collection::PublishedCollection;
use crate::publish::remote::Remotely;
use crate::tile::{MAX_BYTES, Overview, TileId, layer, wants_overview};

/// Bytes of ready tiles.
const TILE_BYTES: u64 = 128 << 20;

/// Bytes of overviews: those of four million rows.
const OVERVIEW_BYTES: u64 = 128 << 20;

/// Tiles up to this zoom are made when a snapshot is published.
const WARM_ZOOM: u8 = 10;

/// A zoom that has more tiles than this is not made ahead, nor are those behind it.
const MAX_WARM: u64 = 64;

/// Hash of what a tile shows, and where it lies. A collection that a publication leaves as it was keeps its hash and so
/// its tiles.
type Key = (u64, TileId);

#[derive(Clone)]
struct Weight;

impl Weighter<Key, Bytes> for Weight {
    fn weight(&self, _: &Key, tile: &Bytes) -> u64 {
        tile.len() as u64 + 128
    }
}

impl Weighter<u64, Arc<Overview>> for Weight {
    fn weight(&self, _: &u64, overview: &Arc<Overview>) -> u64 {
        overview.weight() as u64 + 128
    }
}

/// Some collections of a snapshot that are shown in one tile.
#[derive(Clone)]
pub struct Layers {
    snapshot: Arc<Snapshot>,
    /// Positions in the snapshot.
    members: Vec<usize>,
    /// What a tile needs of members that stay in the database, by their place among the members.
    fetched: BTreeMap<usize, Arc<PublishedCollection>>,
    /// Hash of all that they show.
    pub hash: u64,
}

impl Layers {
    /// Those collections with places for which `is_wanted` holds, in the order of the snapshot.
    pub fn of(snapshot: &Arc<Snapshot>, is_wanted: impl Fn(&PublishedCollection) -> bool) -> Layers {
        let all = snapshot.collections.iter().enumerate();
        let wanted = all.filter(|(_, collection)| has_tiles(&collection.declaration) && is_wanted(collection));
        let members: Vec<usize> = wanted.map(|(at, _)| at).collect();
        let hash = match members.as_slice() {
            [one] => snapshot.collections[*one].hash,
            several => {
                let hashes = several.iter().flat_map(|at| snapshot.collections[*at].hash.to_le_bytes());
                xxh3_64(&hashes.collect::<Vec<u8>>())
            }
        };
        Layers { snapshot: Arc::clone(snapshot), members, fetched: BTreeMap::new(), hash }
    }

    pub fn collections(&self) -> Vec<&PublishedCollection> {
        let held = |(place, at): (usize, &usize)| match self.fetched.get(&place) {
            Some(fetched) => &**fetched,
            None => &self.snapshot.collections[*at],
        };
        self.members.iter().enumerate().map(held).collect()
    }

    /// Members that stay in the database and are shown at a zoom.
    fn remote(&self, zoom: u8) -> impl Iterator<Item = (usize, &PublishedCollection, &Arc<Remotely>)> {
        let members = self.members.iter().map(|at| &self.snapshot.collections[*at]).enumerate();
        members.filter(move |(_, of)| min_zoom(of) <= zoom).filter_map(|(at, of)| Some((at, of, of.remote.as_ref()?)))
    }

    /// The same layers with the rows that a tile needs of those that stay in the database. Of several, one that has too many
    /// is left out, so that the others are shown.
    async fn with_rows(&self, tile: TileId) -> Result<Layers, Problem> {
        let mut layers = Layers { members: Vec::new(), fetched: BTreeMap::new(), ..self.clone() };
        for at in &self.members {
            let of = &self.snapshot.collections[*at];
            if let Some(remote) = of.remote.as_ref().filter(|_| min_zoom(of) <= tile.zoom()) {
                match remote::of_tile(of, remote, tile).await? {
                    Some(fetched) => drop(layers.fetched.insert(layers.members.len(), Arc::new(fetched))),
                    None if self.members.len() == 1 => return Err(remote::crowded(&of.declaration.id)),
                    None => continue,
                }
            }
            layers.members.push(*at);
        }
        Ok(layers)
    }
}

/// The tiles of the current snapshot, and those of earlier ones that nobody has pushed out yet.
pub struct Tiles {
    ready: Cache<Key, Bytes, Weight>,
    overviews: Cache<u64, Arc<Overview>, Weight>,
    /// As wide as the machine; `None` where it could not be started, and the process's common one is used.
    pool: Option<ThreadPool>,
    /// Counts publications: making ahead ends when the next one comes.
    publications: AtomicU64,
    made: Counter,
}

impl Tiles {
    /// None are ready; `made` counts those that are made.
    pub fn new(made: Counter) -> Tiles {
        let pool = rayon::ThreadPoolBuilder::new()
            .thread_name(|at| format!("tiles-{at}"))
            .panic_handler(|_| tracing::error!("making a tile panicked"))
            .build();
        if let Err(error) = &pool {
            tracing::warn!(%error, "tiles have no threads of their own");
        }
        Tiles {
            ready: Cache::with_weighter(10_000, TILE_BYTES, Weight),
            overviews: Cache::with_weighter(100, OVERVIEW_BYTES, Weight),
            pool: pool.ok(),
            publications: AtomicU64::new(0),
            made,
        }
    }

    /// How often a tile was found in memory, and how often it was not.
    pub fn looked_up(&self) -> (u64, u64) {
        (self.ready.hits(), self.ready.misses())
    }

    /// A tile; empty where it shows nothing. Who asks for one that is being made waits for it.
    pub async fn tile(self: &Arc<Self>, layers: &Layers, tile: TileId) -> Result<Bytes, Problem> {
        let key = (layers.hash, tile);
        if let Some(ready) = self.ready.get(&key) {
            return Ok(ready);
        }
        let making = async {
            let (done, made) = tokio::sync::oneshot::channel();
            let (tiles, layers) = (Arc::clone(self), layers.with_rows(tile).await?);
            let job = move || {
                // Whoever asked may be gone.
                let _ = done.send(tiles.make(&layers, tile));
            };
            match &self.pool {
                Some(pool) => pool.spawn_fifo(job),
                None => rayon::spawn_fifo(job),
            }
            made.await.map_err(|_| Problem::Internal)
        };
        self.ready.get_or_insert_async(&key, making).await
    }

    /// Makes a tile of one layer or several, as long as a tile may be.
    fn make(&self, layers: &Layers, tile: TileId) -> Bytes {
        self.made.inc();
        let collections = layers.collections();
        if let [one] = collections.as_slice() {
            return self.layer(one, tile, MAX_BYTES);
        }
        let mut made: Vec<Bytes> = collections.iter().map(|collection| self.whole_layer(collection, tile)).collect();
        for (at, share) in shares(&made.iter().map(Bytes::len).collect::<Vec<_>>(), MAX_BYTES) {
            made[at] = self.layer(collections[at], tile, share);
        }
        let mut shown = made.iter().filter(|layer| !layer.is_empty());
        match (shown.next(), shown.next()) {
            // Kept once, under both names.
            (Some(only), None) => only.clone(),
            _ => made.concat().into(),
        }
    }

    /// The layer that a tile of its own would have.
    fn whole_layer(&self, collection: &PublishedCollection, tile: TileId) -> Bytes {
        let key = (collection.hash, tile);
        if let Some(ready) = self.ready.get(&key) {
            return ready;
        }
        let made = self.layer(collection, tile, MAX_BYTES);
        self.ready.insert(key, made.clone());
        made
    }

    /// One layer in as much memory as it has bytes: tiles are kept, and weighed by their length.
    fn layer(&self, collection: &PublishedCollection, tile: TileId, max_bytes: usize) -> Bytes {
        let overview = wants_overview(tile.zoom()).then(|| match collection.remote {
            // Of the rows of this tile alone.
            Some(_) => Arc::new(Overview::of(collection)),
            None => self.overview(collection),
        });
        layer(collection, overview.as_deref(), tile, max_bytes).into_boxed_slice().into()
    }

    fn overview(&self, collection: &PublishedCollection) -> Arc<Overview> {
        let make = || Ok::<_, Infallible>(Arc::new(Overview::of(collection)));
        self.overviews.get_or_insert_with(&collection.hash, make).unwrap_or_else(|never| match never {})
    }

    /// Makes the tiles of the low zooms, which show the most and are asked for first, on a thread of its own: of the snapshots
    /// that are served now, of which one may keep something back.
    pub fn warm(self: &Arc<Self>, snapshots: Vec<Arc<Snapshot>>) {
        let publication = self.publications.fetch_add(1, Ordering::Relaxed) + 1;
        let served = |hash: &u64| snapshots.iter().flat_map(|one| &one.collections).any(|one| one.hash == *hash);
        self.overviews.retain(|hash, _| served(hash));
        let tiles = Arc::clone(self);
        let work = move || {
            for (layers, tile) in snapshots.iter().flat_map(ahead) {
                if tiles.publications.load(Ordering::Relaxed) != publication {
                    return;
                }
                if !tiles.ready.contains_key(&(layers.hash, tile)) {
                    let made = tiles.make(&layers, tile);
                    tiles.ready.insert((layers.hash, tile), made);
                }
            }
        };
        if let Err(error) = std::thread::Builder::new().name("tiles-ahead".to_owned()).spawn(work) {
            tracing::warn!(%error, "no tiles are made ahead");
        }
    }
}

/// The tiles to be made ahead: each collection alone, then all together.
fn ahead(snapshot: &Arc<Snapshot>) -> impl Iterator<Item = (Layers, TileId)> {
    let alone = snapshot.collections.iter().map(|one| Layers::of(snapshot, |c| c.declaration.id == one.declaration.id));
    let all = alone.chain([Layers::of(snapshot, |_| true)]);
    let all: Vec<Layers> = all.filter(|layers| !layers.members.is_empty()).collect();
    all.into_iter().flat_map(|layers| {
        let zooms = (0..=WARM_ZOOM).map_while(|zoom| limits(&layers.collections(), zoom));
        let tiles: Vec<TileId> =
            zooms.take_while(|limits| limits.count() <= MAX_WARM).flat_map(|limits| limits.tiles()).collect();
        // What stays in the database is asked for when somebody asks.
        let ahead = tiles.into_iter().filter(|tile| layers.remote(tile.zoom()).next().is_none()).collect::<Vec<_>>();
        ahead.into_iter().map(move |tile| (layers.clone(), tile))
    })
}

/// Which layers are too long for a tile with all of them, and how long each of them may be: the short ones stay as they are
/// and the long ones share what is left.
fn shares(lengths: &[usize], max_bytes: usize) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|at| lengths[*at]);
    let mut left = max_bytes;
    let mut too_long = Vec::new();
    for (taken, at) in order.iter().enumerate() {
        let share = left / (lengths.len() - taken);
        if lengths[*at] > share {
            too_long.push((*at, share));
        }
        left -= lengths[*at].min(share);
    }
    too_long
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_layers_share_what_the_short_ones_leave() {
        assert_eq!(shares(&[], 100), []);
        assert_eq!(shares(&[40, 60], 100), []);
        // 10 stays; 90 are left for two: 45 each.
        assert_eq!(shares(&[80, 10, 70], 100), [(2, 45), (0, 45)]);
        // 30 stays beside 70 left.
        assert_eq!(shares(&[30, 200], 100), [(1, 70)]);
    }
}
