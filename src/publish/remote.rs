//! Collections that stay in the database: which they are, and what is known of them when a snapshot is made.
//!
//! Such a collection stands in its snapshot with its declaration, its extent and its version, and without rows. Rows are
//! asked for when somebody asks: those of a page, of a tile, of a download. They become a small collection of their own
//! ([`PublishedCollection::of_rows`]), so that whatever writes features writes these as all others.
//!
//! Tables of a user's own may stay, and the registers of [`LARGE`], which no assessment reads: a review of a plan asks for the
//! rows that are the plan's or lie on its ground.

mod journal;
mod rows;
mod shown;

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use quick_cache::sync::Cache;
use tokio::runtime::Handle;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed, xxh3_128_with_seed};

use super::collection::PublishedCollection;
use crate::domain::catalog::LARGE;
use crate::domain::{Collection, FeatureId, Kind};
use crate::filter::sql::{Bind, Name, Sql, Table, sql};
use crate::geom::reproject::Reprojection;
use crate::geom::{Crs, Envelope};
use crate::query::cursor::MAX_LEADS;
use crate::query::{After, Interval, ItemsQuery, bbox, sql as asked};
use crate::store::remote::{Described, FID, ID, Remote, RemoteError, Walk, Wanted};
use crate::store::{Row, StoreError};
pub use journal::{Journal, Seen, Touch};
pub use rows::Judged;
pub use shown::Sight;

/// Clients guess field types from so many features.
const FIRST_LOOK: usize = 10;

/// Collections with more rows stay in the database where nothing else is said.
pub const MANY_ROWS: u64 = 2_000_000;

/// Points along each edge of a box whose images are looked at, and the share of the box by which the image of an edge may
/// bulge between them.
const STEPS: u32 = 64;
const BULGE: f64 = 2e-3;

/// Degrees around a collection's extent beyond which nothing of it is looked for.
const AROUND: f64 = 1.0;

/// Whether the rows of a collection are held in the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Holding {
    /// While they are not too many.
    #[default]
    Auto,
    Always,
    Never,
}

impl FromStr for Holding {
    type Err = String;

    fn from_str(word: &str) -> Result<Holding, String> {
        match word {
            "auto" => Ok(Holding::Auto),
            "always" => Ok(Holding::Always),
            "never" => Ok(Holding::Never),
            other => Err(format!("'{other}' is not one of auto, always, never")),
        }
    }
}

/// Which collections are held in the snapshot. Registers that compliance reads always are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub usual: Holding,
    pub by_collection: BTreeMap<String, Holding>,
    /// The most rows that [`Holding::Auto`] holds.
    pub rows: u64,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy { usual: Holding::Auto, by_collection: BTreeMap::new(), rows: MANY_ROWS }
    }
}

/// The database of a store, with what is left in it.
#[derive(Clone)]
pub struct Database {
    reads: Arc<dyn Remote>,
    policy: Policy,
    /// Where its connections live. Publishing waits on threads of its own.
    runtime: Handle,
}

impl Database {
    pub fn new(reads: Arc<dyn Remote>, policy: Policy, runtime: Handle) -> Database {
        Database { reads, policy, runtime }
    }

    /// Whether a collection stays in the database. Tables that name their rows otherwise than ours are held.
    pub(super) fn keeps(&self, collection: &Collection) -> Result<bool, StoreError> {
        let may_stay = match collection.kind {
            Kind::Table => collection.has_ids,
            Kind::Register => LARGE.iter().any(|(id, _)| *id == collection.id),
            Kind::Derived => false,
        };
        if !may_stay {
            return Ok(false);
        }
        match self.policy.by_collection.get(&collection.id).unwrap_or(&self.policy.usual) {
            Holding::Always => Ok(false),
            Holding::Never => Ok(true),
            Holding::Auto => {
                self.runtime.block_on(self.reads.has_more_than(collection, self.policy.rows)).map_err(unread)
            }
        }
    }

    /// A collection as a snapshot has it; `version` is that of the store.
    pub(super) fn published(&self, collection: &Collection, version: i64) -> Result<PublishedCollection, StoreError> {
        self.reads.not_before(version);
        self.runtime
            .block_on(async {
                let described = self.reads.describe(collection).await?;
                let mut remote = Remotely {
                    reads: Arc::clone(&self.reads),
                    runtime: self.runtime.clone(),
                    collection: Arc::new(collection.clone()),
                    leads: Vec::new(),
                    rows: described.rows,
                    is_counted: true,
                    srid: described.srid,
                    has_null_places: described.has_null_places,
                    has_empty_places: described.has_empty_places,
                    extent: None,
                    journal: Journal::default(),
                    counts: no_counts(),
                    shown: None,
                };
                remote.leads = remote.choose_leads(&described).await?;
                let mut published = PublishedCollection::empty(collection.clone());
                published.extent = described.extent.map(|extent| match collection.storage_crs() {
                    Some(crs) if !crs.is_wgs84() => bbox::cover(&crs, &extent),
                    _ => extent,
                });
                remote.extent = published.extent;
                published.time_extent = described.time.map(|(start, end)| Interval { start, end });
                published.hash = hash(collection, version);
                published.remote = Some(Arc::new(remote));
                Ok(published)
            })
            .map_err(unread)
    }
}

/// So many counts are kept of a collection.
const COUNTS: usize = 1000;

fn no_counts() -> Arc<Cache<u128, Option<u64>>> {
    Arc::new(Cache::new(COUNTS))
}

const READING: &str = "reading what stays in the database";

/// What a reading of the database says of it, to who publishes.
fn unread(error: RemoteError) -> StoreError {
    match error {
        RemoteError::Busy => StoreError::Busy(READING.to_owned()),
        RemoteError::Lost(reason) => StoreError::Unreachable { doing: READING.to_owned(), reason },
        other => StoreError::Stopped(other.to_string()),
    }
}

/// Other contents have another version of the store.
fn hash(collection: &Collection, version: i64) -> u64 {
    xxh3_64_with_seed(&version.to_le_bytes(), xxh3_64(format!("{collection:?}").as_bytes()))
}

/// The way to the rows of a collection that stays in the database.
#[derive(Clone)]
pub struct Remotely {
    reads: Arc<dyn Remote>,
    runtime: Handle,
    collection: Arc<Collection>,
    /// Rows that come first, as [`crate::query::cursor`] has it.
    leads: Vec<i64>,
    /// How many there are, or were when they were counted.
    rows: u64,
    is_counted: bool,
    srid: i32,
    has_null_places: bool,
    has_empty_places: bool,
    /// Around all places, in CRS84.
    extent: Option<Envelope>,
    journal: Journal,
    /// How many rows met conditions that were asked for, while the collection is the same.
    counts: Arc<Cache<u128, Option<u64>>>,
    /// `None` where all rows are shown.
    shown: Option<shown::Shown>,
}

/// Rows of a query that are to be asked for next.
#[derive(Debug, Clone)]
pub struct Search {
    wanted: Wanted,
    /// Whether every row that comes matches.
    pub is_exact: bool,
}

impl Search {
    /// The same, with at most so many rows.
    pub fn limited(mut self, limit: usize) -> Search {
        self.wanted.limit = Some(limit);
        self
    }

    fn usual(mut self) -> Search {
        self.wanted.is_usual = true;
        self
    }
}

impl Remotely {
    /// Whether all rows are shown to whoever asks this way.
    pub fn is_whole(&self) -> bool {
        self.shown.is_none()
    }

    /// About how many rows it has, and whether that is exact.
    pub fn rows(&self) -> (u64, bool) {
        (self.rows, self.is_counted)
    }

    /// What was touched since it was looked at as a whole.
    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Rows that are put in front of a walk.
    pub fn leads(&self) -> &[i64] {
        &self.leads
    }

    fn with_table<T>(&self, ask: impl FnOnce(&Table<'_>) -> T) -> T {
        let boxed = |envelope: &Envelope| self.boxed(envelope);
        ask(&Table {
            collection: &self.collection,
            srid: self.srid,
            boxed: &boxed,
            has_null_places: self.has_null_places,
            has_empty_places: self.has_empty_places,
        })
    }

    /// A box in the system of storage that holds all of a box in CRS84, as far as the collection reaches.
    fn boxed(&self, envelope: &Envelope) -> Option<Envelope> {
        let crs = self.collection.storage_crs()?;
        if crs.is_wgs84() {
            return Some(*envelope);
        }
        // A grid means something around its own country alone.
        let reach = self.extent?;
        let clamped = Envelope::new(
            envelope.min_x.max(reach.min_x - AROUND),
            envelope.min_y.max(reach.min_y - AROUND),
            envelope.max_x.min(reach.max_x + AROUND),
            envelope.max_y.min(reach.max_y + AROUND),
        );
        let Some(clamped) = clamped else { return Envelope::new(f64::MAX, f64::MAX, f64::MAX, f64::MAX) };
        image(&crs, &clamped)
    }

    /// Whether the database can order as `sort` asks.
    pub fn is_sortable(&self, query: &ItemsQuery) -> bool {
        self.with_table(|table| asked::is_sortable(table, &query.sort))
    }

    fn fid() -> Sql {
        Name::new(FID).into()
    }

    fn search(&self, query: &ItemsQuery, more: impl IntoIterator<Item = Sql>, order: Sql) -> Search {
        let narrowed = self.with_table(|table| query.narrowed(table));
        let visible = self.shown.as_ref().map(shown::Shown::condition);
        let conditions: Vec<Sql> = more.into_iter().chain(narrowed.condition).chain(visible).collect();
        let condition = (!conditions.is_empty()).then(|| Sql::joined(conditions, " AND ", "TRUE"));
        let wanted = Wanted {
            collection: Arc::clone(&self.collection),
            condition,
            order: Some(order),
            limit: None,
            fields: None,
            is_usual: false,
        };
        Search { wanted, is_exact: narrowed.is_exact }
    }

    /// Rows of a query behind a row of its order.
    pub fn behind(&self, query: &ItemsQuery, leads: &[i64], after: Option<&After>) -> Search {
        let order = self.with_table(|table| asked::order(table, &query.sort, Remotely::fid));
        let behind = match after {
            Some(After::Fid(fid)) => Some(sql!("(", Remotely::fid(), " > ", Bind::Integer(*fid), ")")),
            Some(After::Sorted(point)) => {
                Some(self.with_table(|table| asked::behind(table, &query.sort, point, Remotely::fid)))
            }
            Some(After::Leads(_)) | None => None,
        };
        let others =
            (!leads.is_empty()).then(|| sql!("(", Remotely::fid(), " <> ALL (", Bind::Integers(leads.to_vec()), "))"));
        self.search(query, behind.into_iter().chain(others), order)
    }

    /// Rows of a query among those of some numbers.
    pub fn among(&self, query: &ItemsQuery, fids: &[i64]) -> Search {
        let among = sql!("(", Remotely::fid(), " = ANY (", Bind::Integers(fids.to_vec()), "))");
        self.search(query, [among], Remotely::fid())
    }

    /// Rows whose rectangle meets a box in CRS84, in no order, with the values of some fields, by name.
    pub fn near(&self, envelope: &Envelope, mut fields: Vec<String>) -> Search {
        let near = self.with_table(|table| table.near(envelope));
        let mut search = self.search(&ItemsQuery::first(1), near, Remotely::fid());
        // Whether a row is shown is looked at again.
        fields.extend(self.shown.as_ref().map(|shown| shown.field().to_owned()));
        (search.wanted.fields, search.wanted.order) = (Some(fields), None);
        search
    }

    /// Rows of some numbers, with the values of some fields, by name, read on a thread that may wait.
    ///
    /// # Errors
    /// What the database says.
    pub fn numbered(&self, fids: &[i64], fields: Vec<String>) -> Result<Vec<Row>, RemoteError> {
        let mut search = self.among(&ItemsQuery::first(1), fids);
        search.wanted.fields = Some(fields);
        self.runtime.block_on(self.read(search))
    }

    /// All rows in no order, with the values of some fields, by name: piece by piece, read on a thread that may wait.
    ///
    /// # Errors
    /// What the database says, and what `each` says.
    pub fn scan(
        &self,
        fields: Vec<String>,
        mut each: impl FnMut(Vec<Row>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut search = self.search(&ItemsQuery::first(1), None, Remotely::fid());
        (search.wanted.fields, search.wanted.order) = (Some(fields), None);
        let mut walk = self.runtime.block_on(self.stream(search)).map_err(unread)?;
        while let Some(rows) = self.runtime.block_on(walk.next()).map_err(unread)? {
            each(rows)?;
        }
        Ok(())
    }

    /// The row of an id.
    pub fn of_id(&self, id: &FeatureId) -> Search {
        let is = sql!("(", Name::new(ID), " = ", Bind::Text(id.to_string()), ")");
        self.search(&ItemsQuery::first(1), [is], Remotely::fid()).limited(1).usual()
    }

    /// Rows whose text in a field is this one, and those whose rectangle meets a box in CRS84; all rows where that cannot be
    /// asked for. At most so many, read on a thread that may wait.
    ///
    /// # Errors
    /// What the database says.
    pub(super) fn named(
        &self,
        field: &str,
        text: &str,
        around: Option<&Envelope>,
        most: usize,
    ) -> Result<Vec<Row>, RemoteError> {
        let is = sql!("(", Name::new(field), " = ", Bind::Text(text.to_owned()), ")");
        let near = around.map(|around| self.with_table(|table| table.near(around)));
        let either = match near {
            None => Some(is),
            Some(near) => near.map(|near| sql!("(", is, " OR ", near, ")")),
        };
        let search = self.search(&ItemsQuery::first(1), either, Remotely::fid()).limited(most);
        self.runtime.block_on(self.read(search))
    }

    /// The rows of a search.
    ///
    /// # Errors
    /// What the database says.
    pub async fn read(&self, search: Search) -> Result<Vec<Row>, RemoteError> {
        self.reads.rows(search.wanted).await
    }

    /// As [`Remotely::read`], piece by piece.
    ///
    /// # Errors
    /// What the database says before the first row.
    pub async fn stream(&self, search: Search) -> Result<Walk, RemoteError> {
        self.reads.stream(search.wanted).await
    }

    /// How many rows match, where the database can say that and they are no more than `most`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn count(&self, query: &ItemsQuery, most: u64) -> Result<Option<u64>, RemoteError> {
        if query.is_unfiltered() && self.is_counted {
            return Ok(Some(self.rows));
        }
        let search = self.search(query, None, Remotely::fid());
        if !search.is_exact {
            return Ok(None);
        }
        let condition = search.wanted.condition;
        let asked = condition.as_ref().map(|condition| format!("{:?}", condition.clone().render()));
        let key = xxh3_128_with_seed(asked.unwrap_or_default().as_bytes(), most);
        // Who walks through many pages of one condition has them counted once.
        if let Some(known) = self.counts.get(&key) {
            return Ok(known);
        }
        let count = self.reads.count(&self.collection, condition, most).await?;
        self.counts.insert(key, count);
        Ok(count)
    }

    /// The first rows that together show a value of every field that the first ten rows leave empty.
    async fn choose_leads(&self, described: &Described) -> Result<Vec<i64>, RemoteError> {
        let first = self.behind(&ItemsQuery::first(1), &[], None).limited(FIRST_LOOK);
        let first = self.read(first).await?;
        let Some(shown) = first.last().map(|row| row.fid).filter(|_| first.len() == FIRST_LOOK) else {
            return Ok(Vec::new());
        };
        let firsts = described.first_with.iter().enumerate().filter_map(|(field, fid)| Some((field, (*fid)?)));
        let mut open: Vec<(usize, i64)> = firsts.filter(|(_, fid)| *fid > shown).collect();
        let fids: Vec<i64> = open.iter().map(|(_, fid)| *fid).collect();
        let rows = self.read(self.among(&ItemsQuery::first(1), &fids)).await?;
        let mut leads = Vec::new();
        while let Some((_, fid)) = open.first().copied() {
            leads.push(fid);
            let row = rows.iter().find(|row| row.fid == fid);
            let shows = |field: usize| row.and_then(|row| row.values.get(field)).is_some_and(|value| !value.is_null());
            // Its own field goes in any case: the row may have changed since.
            open.remove(0);
            open.retain(|(field, _)| !shows(*field));
            if leads.len() == MAX_LEADS {
                break;
            }
        }
        Ok(leads)
    }
}

/// The box around the image of a box in CRS84; `None` where it has none.
fn image(crs: &Crs, envelope: &Envelope) -> Option<Envelope> {
    let way = Reprojection::between(&Crs::Crs84, crs).ok()?;
    let Envelope { min_x, min_y, max_x, max_y } = *envelope;
    let mut image: Option<Envelope> = None;
    for step in 0..=STEPS {
        let share = f64::from(step) / f64::from(STEPS);
        let (x, y) = (min_x + (max_x - min_x) * share, min_y + (max_y - min_y) * share);
        for (lon, lat) in [(x, min_y), (x, max_y), (min_x, y), (max_x, y)] {
            let (x, y) = way.point(lon, lat).ok()?;
            let point = Envelope::new(x, y, x, y)?;
            image = Some(image.map_or(point, |known| known.union(point)));
        }
    }
    let Envelope { min_x, min_y, max_x, max_y } = image?;
    // A metre for boxes without any size.
    let margin = 1.0 + BULGE * (max_x - min_x + max_y - min_y);
    Envelope::new(min_x - margin, min_y - margin, max_x + margin, max_y + margin)
}
