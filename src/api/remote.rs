//! Answers from collections that stay in the database: rows are asked for here and become small collections, which are written
//! as all others are.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::App;
use super::params::filter_fault;
use super::stream::Pieces;
use crate::domain::FeatureId;
use crate::filter::{MAX_TIME, MAX_WORK, Work};
use crate::ogc::FILTER;
use crate::ogc::problem::{Fault, Problem};
use crate::publish::collection::{Page, PublishedCollection};
use crate::publish::remote::{Judged, Remotely, Search};
use crate::query::{After, Cursor, ItemsQuery};
use crate::store::remote::{RemoteError, Walk};
use crate::store::{Row, StoreError};
use crate::tile::TileId;

/// More rows than this are not counted for `numberMatched`, which the standard leaves to the server.
const MAX_COUNTED: u64 = 10_000;

/// Rows that are asked for at a time where the database cannot say which of them match: the first time, and at the most.
const FIRST_BATCH: usize = 500;
const MAX_BATCH: usize = 8_000;

/// A tile is drawn of no more rows than this.
const MAX_TILE_ROWS: usize = 50_000;

/// A file that is built in one piece holds no more rows than this.
pub const MAX_FILE_ROWS: usize = 100_000;

/// Rows of a page, as a small collection of their own.
pub struct Found {
    pub collection: PublishedCollection,
    pub page: Page,
}

/// What the database has to say becomes what a client can act on.
pub fn failed(error: &RemoteError, query: Option<&ItemsQuery>) -> Problem {
    match error {
        RemoteError::Busy => {
            tracing::warn!("all connections for reading are in use");
            Problem::Busy("cơ sở dữ liệu đang bận: hãy thử lại sau giây lát / the database is busy with other requests: try again soon".to_owned())
        }
        RemoteError::TooLong => match query {
            Some(query) if query.filter.is_some() => parameter(FILTER, crate::filter::TooMuchWork.to_string()),
            _ => Problem::Busy("cơ sở dữ liệu chạy quá lâu: hãy hỏi ít hơn, với khung nhỏ hơn (bbox) / the database takes too long over this: ask for less, by a smaller bbox".to_owned()),
        },
        RemoteError::Lost(_) => {
            tracing::error!(%error, "rows cannot be read");
            Problem::Busy("không kết nối được cơ sở dữ liệu: hãy thử lại sau giây lát / the database cannot be reached: try again soon".to_owned())
        }
        RemoteError::Row { .. } | RemoteError::Refused { .. } => {
            tracing::error!(%error, "rows cannot be read");
            Problem::Internal
        }
    }
}

fn unpublished(error: StoreError) -> Problem {
    tracing::error!(%error, "rows of the database cannot be published");
    Problem::Internal
}

fn parameter(name: &str, detail: impl Into<String>) -> Problem {
    Problem::Parameters(vec![Fault { parameter: name.to_owned(), detail: detail.into() }])
}

/// Refuses what is not to be had of a collection that stays in the database.
fn refuse(remote: &Remotely, query: &ItemsQuery) -> Result<(), Problem> {
    let mut faults = Vec::new();
    let mut fault = |parameter: &str, detail: &str| {
        faults.push(Fault { parameter: parameter.to_owned(), detail: detail.to_owned() });
    };
    if !query.words.is_empty() {
        fault(
            "q",
            "không dùng được: tập dữ liệu này nằm trong cơ sở dữ liệu; hãy dùng filter, ví dụ ACCENTI(CASEI(name)) LIKE … / is not offered: this collection stays in the database; ask by filter, such as ACCENTI(CASEI(name)) LIKE …",
        );
    }
    if !remote.is_sortable(query) {
        fault(
            "sortby",
            "là chuỗi: tập dữ liệu này nằm trong cơ sở dữ liệu, chỉ sắp theo số, thời gian và đúng sai / names a text: this collection stays in the database, which sorts by numbers, times and truths alone",
        );
    }
    if faults.is_empty() { Ok(()) } else { Err(Problem::Parameters(faults)) }
}

/// Asks rows whether they match, beside the runtime.
async fn judge(
    app: &App,
    of: &PublishedCollection,
    rows: Vec<Row>,
    query: &Arc<ItemsQuery>,
) -> Result<Judged, Problem> {
    let (of, query) = (of.clone(), Arc::clone(query));
    let judged = app.filtering(move |work| of.judged(rows, &query, work)).await?.map_err(unpublished)?;
    judged.map_err(|error| filter_fault(&error))
}

/// Rows that were found so far.
#[derive(Default)]
struct Gathered {
    parts: Vec<Judged>,
    /// Their numbers in the order of the page.
    order: Vec<i64>,
}

impl Gathered {
    /// The rows of the page as one collection.
    async fn finish(self, app: &App, of: &PublishedCollection) -> Result<(PublishedCollection, Vec<u32>), Problem> {
        let Gathered { mut parts, order } = self;
        let collection = match parts.len() {
            1 => parts.remove(0).collection,
            _ => {
                let find =
                    |fid: &i64| parts.iter().find_map(|part| part.collection.row(part.collection.position(*fid)?));
                let rows: Vec<Row> = order.iter().filter_map(find).collect();
                let of = of.clone();
                app.apart(move || of.of_rows(rows)).await?.map_err(unpublished)?
            }
        };
        let rows = order.iter().filter_map(|fid| collection.position(*fid)).collect();
        Ok((collection, rows))
    }
}

/// One page, in the order in which a collection in the snapshot has it.
pub async fn page(
    app: &App,
    of: &PublishedCollection,
    remote: &Remotely,
    query: &ItemsQuery,
) -> Result<Found, Problem> {
    refuse(remote, query)?;
    let said = |error: RemoteError| failed(&error, Some(query));
    let shared = Arc::new(query.clone());
    let leads: Vec<i64> = match &query.after {
        _ if !query.sort.is_empty() => Vec::new(),
        Some(cursor) => cursor.leads.clone(),
        None => remote.leads().to_vec(),
    };
    let (passed, mut after) = match query.after.as_ref().map(|cursor| &cursor.after) {
        None => (0, None),
        Some(After::Leads(count)) => (*count, None),
        Some(further) => (leads.len(), Some(further.clone())),
    };
    let mut found = Gathered::default();
    let mut passed_leads = passed;
    if let Some(left) = leads.get(passed..).filter(|left| !left.is_empty()) {
        let rows = remote.read(remote.among(query, left)).await.map_err(said)?;
        let judged = judge(app, of, rows, &shared).await?;
        for lead in left {
            if found.order.len() > query.limit {
                break;
            }
            found.order.extend(Some(*lead).filter(|lead| judged.matching.contains(lead)));
            passed_leads += usize::from(found.order.len() <= query.limit);
        }
        if !found.order.is_empty() {
            found.parts.push(judged);
        }
    }
    let until = Instant::now() + MAX_TIME;
    let mut batch = FIRST_BATCH;
    let mut is_at_end = false;
    while found.order.len() <= query.limit && !is_at_end {
        let missing = query.limit.saturating_add(1) - found.order.len();
        let search = remote.behind(query, &leads, after.as_ref());
        let most = if search.is_exact { missing } else { missing.max(batch) };
        let rows = remote.read(search.limited(most)).await.map_err(said)?;
        is_at_end = rows.len() < most;
        let Some(last) = rows.last().map(|row| row.fid) else { break };
        let judged = judge(app, of, rows, &shared).await?;
        after = if query.sort.is_empty() {
            Some(After::Fid(last))
        } else {
            judged.collection.point(last, query).map(After::Sorted)
        };
        found.order.extend(judged.matching.iter().take(missing));
        if !judged.matching.is_empty() || (is_at_end && found.parts.is_empty()) {
            found.parts.push(judged);
        }
        batch = (batch * 2).min(MAX_BATCH);
        if found.order.len() <= query.limit && !is_at_end && Instant::now() >= until {
            return Err(failed(&RemoteError::TooLong, Some(query)));
        }
    }
    let more = found.order.len() > query.limit;
    found.order.truncate(query.limit);
    let last = found.order.last().copied().filter(|_| more);
    let (collection, rows) = found.finish(app, of).await?;
    let next = last.and_then(|last| {
        let after = if !query.sort.is_empty() {
            After::Sorted(collection.point(last, query)?)
        } else if leads.contains(&last) {
            After::Leads(passed_leads)
        } else {
            After::Fid(last)
        };
        Some(Cursor { leads, after })
    });
    let matched = if next.is_none() && query.after.is_none() {
        Some(rows.len())
    } else {
        // The rows are there; how many there are in all need not be told.
        let counted = match remote.count(query, MAX_COUNTED).await {
            Err(RemoteError::TooLong | RemoteError::Busy) => None,
            counted => counted.map_err(said)?,
        };
        counted.and_then(|count| usize::try_from(count).ok())
    };
    Ok(Found { collection, page: Page { rows, matched, next } })
}

/// The row of an id, if there is one, as the only one of a small collection; `None` where the collection holds its rows
/// itself.
pub async fn of_id(
    app: &App,
    of: &PublishedCollection,
    id: &FeatureId,
) -> Result<Option<PublishedCollection>, Problem> {
    let Some(remote) = &of.remote else { return Ok(None) };
    let rows = remote.read(remote.of_id(id)).await.map_err(|error| failed(&error, None))?;
    let of = of.clone();
    app.apart(move || of.of_rows(rows)).await?.map(Some).map_err(unpublished)
}

/// The fields of which tiles carry the values, by name.
fn carried(of: &PublishedCollection) -> Vec<String> {
    crate::tile::attributes(of).into_iter().map(|(_, name)| name).collect()
}

/// The rows that a tile may show; `None` where they are more than a tile is drawn of.
pub async fn of_tile(of: &PublishedCollection, remote: &Remotely, tile: TileId) -> Result<Option<Vec<Row>>, Problem> {
    let search = remote.near(&crate::tile::reach(tile), carried(of)).limited(MAX_TILE_ROWS + 1);
    let rows = remote.read(search).await.map_err(|error| failed(&error, None))?;
    Ok(Some(rows).filter(|rows| rows.len() <= MAX_TILE_ROWS))
}

/// Rows of a collection as one that a tile is drawn of.
pub fn drawable(of: &PublishedCollection, rows: Vec<Row>) -> Result<PublishedCollection, Problem> {
    of.to_draw(rows).map_err(unpublished)
}

/// Rows of some numbers, for a tile, read on a thread that may wait: those that are there still.
pub fn to_draw(of: &PublishedCollection, remote: &Remotely, fids: &[i64]) -> Result<PublishedCollection, Problem> {
    let rows = remote.numbered(fids, carried(of)).map_err(|error| failed(&error, None))?;
    drawable(of, rows)
}

/// A tile of one collection that has more rows in it than are drawn.
pub fn crowded(id: &str) -> Problem {
    Problem::BadRequest(format!(
        "'{id}' có hơn {MAX_TILE_ROWS} đối tượng trong ô này: hãy phóng to / '{id}' has more than {MAX_TILE_ROWS} features in this tile: look closer"
    ))
}

/// All rows of a query, no more than a file may hold.
pub async fn for_file(
    app: &App,
    of: &PublishedCollection,
    remote: &Remotely,
    query: &ItemsQuery,
) -> Result<Found, Problem> {
    let query = ItemsQuery { limit: MAX_FILE_ROWS, ..query.clone() };
    let found = page(app, of, remote, &query).await?;
    if found.page.next.is_some() {
        let detail = format!(
            "chỉ tạo tệp tối đa {MAX_FILE_ROWS} đối tượng, mà ở đây nhiều hơn: hãy thu hẹp bằng bbox hoặc filter, hoặc lấy csv, geojson, jsonfg, ndjson / makes a file of at most {MAX_FILE_ROWS} features, and here are more: narrow it by bbox or filter, or take csv, geojson, jsonfg or ndjson"
        );
        return Err(parameter("f", detail));
    }
    Ok(found)
}

/// All rows of a query in pieces of a format, each made when the one before was taken. Rows of a walk without an order come
/// as in a collection of the snapshot: all of them by their numbers, some of them behind the leads.
pub async fn stream(
    of: &PublishedCollection,
    remote: &Arc<Remotely>,
    query: &ItemsQuery,
    pieces: Pieces,
) -> Result<mpsc::Receiver<Result<Bytes, std::io::Error>>, Problem> {
    refuse(remote, query)?;
    let said = |error: RemoteError| failed(&error, Some(query));
    let is_whole = query.is_unfiltered() && query.sort.is_empty();
    let leads = if is_whole || !query.sort.is_empty() { Vec::new() } else { remote.leads().to_vec() };
    let mut first = Vec::new();
    if !leads.is_empty() {
        first = remote.read(remote.among(query, &leads)).await.map_err(said)?;
        first.sort_by_key(|row| leads.iter().position(|lead| *lead == row.fid));
    }
    let search: Search = remote.behind(query, &leads, None);
    let rows = remote.stream(search).await.map_err(said)?;
    let (sending, taken) = mpsc::channel(1);
    let writing = Writing { of: of.clone(), query: Arc::new(query.clone()), pieces, is_first: true };
    tokio::spawn(async move {
        let closed = sending.clone();
        // Who takes no more ends the reading too: the receiver of its rows is dropped.
        tokio::select! {
            outcome = writing.write_all(first, rows, &sending) => {
                if let Err(error) = outcome {
                    // An answer that breaks off is seen to be none.
                    let _ = sending.send(Err(std::io::Error::other(error))).await;
                }
            }
            () = closed.closed() => {}
        }
    });
    Ok(taken)
}

/// Rows on their way into a format.
struct Writing {
    of: PublishedCollection,
    query: Arc<ItemsQuery>,
    pieces: Pieces,
    /// Whether no feature has been written.
    is_first: bool,
}

impl Writing {
    async fn write_all(
        mut self,
        first: Vec<Row>,
        mut rows: Walk,
        sending: &mpsc::Sender<Result<Bytes, std::io::Error>>,
    ) -> Result<(), String> {
        let head = self.pieces.head(&self.of);
        let send = async |bytes: Vec<u8>| match bytes.is_empty() {
            true => Ok(()),
            false => sending.send(Ok(bytes.into())).await.map_err(|_| "nobody takes it".to_owned()),
        };
        send(head).await?;
        let mut next = Some(first);
        while let Some(piece) = next {
            let (written, writing) = self.written(piece).await?;
            self = writing;
            send(written).await?;
            next = rows.next().await.map_err(|error| error.to_string())?;
        }
        send(self.pieces.tail().to_vec()).await
    }

    /// A piece of rows, written on a thread that may take its time.
    async fn written(mut self, rows: Vec<Row>) -> Result<(Vec<u8>, Writing), String> {
        if rows.is_empty() {
            return Ok((Vec::new(), self));
        }
        let writing = move || {
            // What is sent while it is read has as much time as its reader; nobody is kept waiting by it.
            let work = Work::new(MAX_WORK).until(Instant::now() + MAX_TIME, Arc::<AtomicBool>::default());
            let judged = self.of.judged(rows, &self.query, &work).map_err(|error| error.to_string())?;
            let judged = judged.map_err(|error| error.to_string())?;
            let at = |fid: &i64| judged.collection.position(*fid);
            let rows: Vec<u32> = judged.matching.iter().filter_map(at).collect();
            let written = self.pieces.write(&judged.collection, &rows, self.is_first);
            self.is_first &= rows.is_empty();
            Ok::<_, String>((written, self))
        };
        tokio::task::spawn_blocking(writing).await.map_err(|error| error.to_string())?
    }
}
