//! Ready tiles: made at most once while they are kept, off the async runtime, and before anybody asks where many will.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use prometheus_client::metrics::counter::Counter;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use rayon::ThreadPool;
use tokio::sync::Semaphore;
use xxhash_rust::xxh3::xxh3_64;

use super::overviews::{Overviews, Ready};
use super::remote;
use crate::ogc::problem::Problem;
use crate::ogc::tiles::{Layer, by_place_from, has_tiles, limits};
use crate::publish::Snapshot;
use crate::publish::collection::PublishedCollection;
use crate::store::Row;
use crate::tile::{MAX_BYTES, Overview, TileId, layer, layer_of_few, layer_of_folded, wants_overview};

/// Bytes of ready tiles.
const TILE_BYTES: u64 = 128 << 20;

/// Bytes of overviews: those of four million rows.
const OVERVIEW_BYTES: u64 = 128 << 20;

/// Tiles up to this zoom are made when a snapshot is published.
const WARM_ZOOM: u8 = 10;

/// A zoom that has more tiles than this is not made ahead, nor are those behind it.
const MAX_WARM: u64 = 64;

/// So many tiles ask the database at a time while they are drawn.
const ASKING: usize = 4;

/// A tile that holds more features than this by the overview is drawn of that: the buffer around it has some as well.
const CROWDED: u64 = 40_000;

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

/// A collection of a snapshot that is shown in tiles.
#[derive(Clone)]
struct Member {
    /// Position in the snapshot.
    at: usize,
    /// Of what stays in the database, where its tiles hold too many rows to be made of them.
    overview: Option<Arc<Ready>>,
    /// What one tile needs of what stays in the database.
    fetched: Option<Arc<PublishedCollection>>,
}

impl Member {
    /// The overview that a tile is drawn from.
    fn overview(&self, of: &PublishedCollection, tile: TileId) -> Option<&Arc<Ready>> {
        let holds_too_many = |ready: &Ready| ready.folded.count(tile) > CROWDED;
        self.overview.as_ref().filter(|ready| tile.zoom() < by_place_from(of) || holds_too_many(ready))
    }

    /// The first zoom that shows something of it.
    fn first_zoom(&self, of: &PublishedCollection) -> u8 {
        if self.overview.is_some() { 0 } else { by_place_from(of) }
    }

    /// Hash of all that a tile shows of it.
    fn hash(&self, of: &PublishedCollection, tile: TileId) -> u64 {
        self.overview(of, tile).map_or(of.hash, |overview| overview.hash)
    }
}

/// Some collections of a snapshot that are shown in one tile.
#[derive(Clone)]
pub struct Layers {
    snapshot: Arc<Snapshot>,
    members: Vec<Member>,
}

impl Layers {
    fn members(&self) -> impl Iterator<Item = (&Member, &PublishedCollection)> {
        self.members.iter().filter_map(|member| Some((member, self.snapshot.collections.get(member.at)?)))
    }

    /// The collections, each with the zooms that show it.
    pub fn shown(&self) -> Vec<Layer<'_>> {
        self.members().map(|(member, of)| Layer { collection: of, from_zoom: member.first_zoom(of) }).collect()
    }

    /// Hash of all that a tile shows.
    pub fn hash(&self, tile: TileId) -> u64 {
        let mut hashes = self.members().map(|(member, of)| member.hash(of, tile)).collect::<Vec<u64>>();
        match hashes.as_slice() {
            [_] => hashes.remove(0),
            several => xxh3_64(&several.iter().flat_map(|hash| hash.to_le_bytes()).collect::<Vec<u8>>()),
        }
    }

    /// Whether tiles of a zoom ask the database.
    fn asks(&self, zoom: u8) -> bool {
        self.members().any(|(member, of)| of.remote.is_some() && member.first_zoom(of) <= zoom)
    }

    /// Whether a tile asks the database for what is chosen while it is drawn.
    fn asks_again(&self, tile: TileId) -> bool {
        self.members().any(|(member, of)| member.overview(of, tile).is_some())
    }

    /// These layers and the rows that a tile needs of those that stay in the database, in the order of the members. Of several,
    /// one that has too many is left out, so that the others are shown.
    async fn with_rows(&self, tile: TileId) -> Result<(Layers, Vec<Option<Vec<Row>>>), Problem> {
        let mut layers = Layers { members: Vec::new(), ..self.clone() };
        let mut rows = Vec::new();
        for (member, of) in self.members() {
            let mut found = None;
            let by_place = member.overview(of, tile).is_none() && by_place_from(of) <= tile.zoom();
            if let Some(remote) = of.remote.as_ref().filter(|_| by_place) {
                found = remote::of_tile(of, remote, tile).await?;
                if found.is_none() && self.members.len() == 1 {
                    return Err(remote::crowded(&of.declaration.id));
                } else if found.is_none() {
                    continue;
                }
            }
            layers.members.push(member.clone());
            rows.push(found);
        }
        Ok((layers, rows))
    }

    /// The same layers with the rows that were asked for.
    fn holding(mut self, rows: Vec<Option<Vec<Row>>>) -> Result<Layers, Problem> {
        for (member, rows) in self.members.iter_mut().zip(rows) {
            if let Some((of, rows)) = self.snapshot.collections.get(member.at).zip(rows) {
                member.fetched = Some(Arc::new(remote::drawable(of, rows)?));
            }
        }
        Ok(self)
    }
}

/// The tiles of the current snapshot, and those of earlier ones that nobody has pushed out yet.
pub struct Tiles {
    ready: Cache<Key, Bytes, Weight>,
    overviews: Cache<u64, Arc<Overview>, Weight>,
    /// Those of what stays in the database.
    in_database: Arc<Overviews>,
    /// Places for tiles that ask the database while they are drawn.
    asking: Semaphore,
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
            in_database: Arc::default(),
            asking: Semaphore::new(ASKING),
            pool: pool.ok(),
            publications: AtomicU64::new(0),
            made,
        }
    }

    /// How often a tile was found in memory, and how often it was not.
    pub fn looked_up(&self) -> (u64, u64) {
        (self.ready.hits(), self.ready.misses())
    }

    /// Those collections of a snapshot with places for which `is_wanted` holds, in its order.
    pub fn layers(&self, snapshot: &Arc<Snapshot>, is_wanted: impl Fn(&PublishedCollection) -> bool) -> Layers {
        let all = snapshot.collections.iter().enumerate();
        let wanted = all.filter(|(_, collection)| has_tiles(&collection.declaration) && is_wanted(collection));
        let member = |(at, of)| Member { at, overview: self.in_database.ready(of), fetched: None };
        Layers { snapshot: Arc::clone(snapshot), members: wanted.map(member).collect() }
    }

    /// A tile; empty where it shows nothing. Who asks for one that is being made waits for it.
    pub async fn tile(self: &Arc<Self>, layers: &Layers, tile: TileId) -> Result<Bytes, Problem> {
        let key = (layers.hash(tile), tile);
        if let Some(ready) = self.ready.get(&key) {
            return Ok(ready);
        }
        let making = async {
            let (done, made) = tokio::sync::oneshot::channel();
            let tiles = Arc::clone(self);
            let (layers, rows) = layers.with_rows(tile).await?;
            let asks_again = layers.asks_again(tile);
            let job = move || {
                let made = layers.holding(rows).and_then(|layers| tiles.make(&layers, tile));
                // Whoever asked may be gone.
                let _ = done.send(made);
            };
            let _place = if asks_again { self.asking.acquire().await.ok() } else { None };
            match &self.pool {
                // Whoever waits for the database keeps no thread from drawing.
                _ if asks_again => drop(tokio::task::spawn_blocking(job)),
                Some(pool) => pool.spawn_fifo(job),
                None => rayon::spawn_fifo(job),
            }
            made.await.map_err(|_| Problem::Internal)?
        };
        self.ready.get_or_insert_async(&key, making).await
    }

    /// Makes a tile of one layer or several, as long as a tile may be.
    fn make(&self, layers: &Layers, tile: TileId) -> Result<Bytes, Problem> {
        self.made.inc();
        let members: Vec<_> = layers.members().collect();
        if let [(member, of)] = members.as_slice() {
            return self.layer(member, of, tile, MAX_BYTES);
        }
        let made = members.iter().map(|(member, of)| self.whole_layer(member, of, tile));
        let mut made = made.collect::<Result<Vec<Bytes>, Problem>>()?;
        for (at, share) in shares(&made.iter().map(Bytes::len).collect::<Vec<_>>(), MAX_BYTES) {
            let (member, of) = members[at];
            made[at] = self.layer(member, of, tile, share)?;
        }
        let mut shown = made.iter().filter(|layer| !layer.is_empty());
        Ok(match (shown.next(), shown.next()) {
            // Kept once, under both names.
            (Some(only), None) => only.clone(),
            _ => made.concat().into(),
        })
    }

    /// The layer that a tile of its own would have.
    fn whole_layer(&self, member: &Member, of: &PublishedCollection, tile: TileId) -> Result<Bytes, Problem> {
        let key = (member.hash(of, tile), tile);
        if let Some(ready) = self.ready.get(&key) {
            return Ok(ready);
        }
        let made = self.layer(member, of, tile, MAX_BYTES)?;
        self.ready.insert(key, made.clone());
        Ok(made)
    }

    /// One layer in as much memory as it has bytes: tiles are kept, and weighed by their length.
    fn layer(
        &self,
        member: &Member,
        of: &PublishedCollection,
        tile: TileId,
        max_bytes: usize,
    ) -> Result<Bytes, Problem> {
        let made = match (&of.remote, member.overview(of, tile)) {
            (Some(remote), Some(overview)) => {
                let look_up = |fids: &[i64]| remote::to_draw(of, remote, fids);
                layer_of_folded(of, &overview.folded, look_up, tile, max_bytes)?
            }
            // Of a zoom that does not show it there are none.
            (Some(_), None) => {
                member.fetched.as_ref().map(|few| layer_of_few(few, tile, max_bytes)).unwrap_or_default()
            }
            (None, _) => {
                let overview = wants_overview(tile.zoom()).then(|| self.overview(of));
                layer(of, overview.as_deref(), tile, max_bytes)
            }
        };
        Ok(made.into_boxed_slice().into())
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
        self.in_database.want(&snapshots);
        let tiles = Arc::clone(self);
        let work = move || {
            for (layers, tile) in snapshots.iter().flat_map(|snapshot| tiles.ahead(snapshot)) {
                if tiles.publications.load(Ordering::Relaxed) != publication {
                    return;
                }
                let key = (layers.hash(tile), tile);
                if !tiles.ready.contains_key(&key)
                    && let Ok(made) = tiles.make(&layers, tile)
                {
                    tiles.ready.insert(key, made);
                }
            }
        };
        if let Err(error) = std::thread::Builder::new().name("tiles-ahead".to_owned()).spawn(work) {
            tracing::warn!(%error, "no tiles are made ahead");
        }
    }

    /// The tiles to be made ahead: each collection alone, then all together.
    fn ahead(&self, snapshot: &Arc<Snapshot>) -> impl Iterator<Item = (Layers, TileId)> {
        let of = |id: &str| self.layers(snapshot, |collection| collection.declaration.id == id);
        let alone = snapshot.collections.iter().map(|one| of(&one.declaration.id));
        let all = alone.chain([self.layers(snapshot, |_| true)]);
        let all: Vec<Layers> = all.filter(|layers| !layers.members.is_empty()).collect();
        all.into_iter().flat_map(|layers| {
            let zooms = (0..=WARM_ZOOM).map_while(|zoom| limits(&layers.shown(), zoom));
            let tiles: Vec<TileId> =
                zooms.take_while(|limits| limits.count() <= MAX_WARM).flat_map(|limits| limits.tiles()).collect();
            // What stays in the database is asked for when somebody asks.
            let ahead = tiles.into_iter().filter(|tile| !layers.asks(tile.zoom())).collect::<Vec<_>>();
            ahead.into_iter().map(move |tile| (layers.clone(), tile))
        })
    }
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
