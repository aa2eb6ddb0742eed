//! What was changed, by whom and why: changes with their rows, versions of a feature, changes taken back, the chain over all
//! of it.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Response};
use chrono::{DateTime, Utc};
use http_body::Frame;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::collections::find;
use super::edits::{closed, failed, message_of};
use super::html::{self, Page};
use super::items::answer_key;
use super::negotiate::{Offer, representation};
use super::params::{Params, limit, site};
use super::reply::{Reply, send};
use super::visitor::Visitor;
use super::{App, Ask, Segments, remote};
use crate::access::Action;
use crate::domain::{Collection, FeatureId};
use crate::ogc::SITE;
use crate::ogc::changes as documents;
use crate::ogc::feed::{FeedEntry, FeedHead, Interest, atom};
use crate::ogc::link::{ITEM, Link, NEXT, link, representations, with_parameter};
use crate::ogc::media_type::{ATOM, GEO_JSON, HTML, JSON, NDJSON};
use crate::ogc::problem::{Fault, Problem};
use crate::ogc::report::DISTRICT;
use crate::publish::Snapshot;
use crate::publish::versions::{ToldEntry, told};
use crate::report::District;
use crate::store::record::{ChangeFilter, ChangeRecord, Entry, Image};
use crate::store::undo::{UndoError, undo};
use crate::store::{Draft, Origin, Row, Store, StoreError};

const PAGES: [Offer; 2] = [("json", JSON), ("html", HTML)];
const CHANGE_LISTS: [Offer; 3] = [("json", JSON), ("html", HTML), ("atom", ATOM)];
const ROWS: [Offer; 3] = [("json", JSON), ("geojson", GEO_JSON), ("html", HTML)];
const LINES: [Offer; 2] = [("ndjson", NDJSON), ("json", NDJSON)];

/// Changes on a page, unless a number is asked for.
const CHANGES: usize = 50;

/// Rows of a change, or versions of a feature, on a page, unless a number is asked for.
const ENTRIES: usize = 100;

/// A larger number of any of them is clamped to this.
const MAX_ENTRIES: usize = 1000;

/// Changes that are looked through for what a feed is about, rows of each of them, and rows of all of them.
const LOOKED_THROUGH: usize = 300;
const ROWS_OF_ONE: usize = 2000;
const ROWS_OF_ALL: usize = 20_000;

/// Bytes of the chain that are handed on at once, and blocks that wait to be sent.
const BLOCK: usize = 64 << 10;
const BLOCKS_AHEAD: usize = 4;

/// What a page of the past is asked for.
struct Wanted {
    limit: usize,
    /// Number of the last one of the page before.
    behind: Option<i64>,
    faults: Vec<Fault>,
}

impl Wanted {
    fn new(params: &Params, known: &[&str], usual: usize) -> Wanted {
        let mut wanted = Wanted { limit: usual, behind: None, faults: Vec::new() };
        if let Err(Problem::Parameters(faults)) = params.only(known) {
            wanted.faults.extend(faults);
        }
        if let Some(text) = params.get("limit") {
            match limit(text) {
                Ok(number) => wanted.limit = number.min(MAX_ENTRIES),
                Err(detail) => wanted.fault("limit", detail),
            }
        }
        if let Some(text) = params.get("token") {
            wanted.behind = text.parse().ok().filter(|number| *number >= 0);
            if wanted.behind.is_none() {
                wanted.fault("token", format!("'{text}' không phải token: hãy theo liên kết rel=next của trang trước / '{text}' is no token: follow the link rel=next of the page before"));
            }
        }
        wanted
    }

    fn fault(&mut self, parameter: &str, detail: String) {
        self.faults.push(Fault { parameter: parameter.to_owned(), detail });
    }

    fn done(&mut self) -> Result<(), Problem> {
        let faults = std::mem::take(&mut self.faults);
        if faults.is_empty() { Ok(()) } else { Err(Problem::Parameters(faults)) }
    }

    /// The items of the page where one more than fit was read, and whether there are more.
    fn page<T>(&self, mut read: Vec<T>) -> (Vec<T>, bool) {
        let more = read.len() > self.limit;
        read.truncate(self.limit);
        (read, more)
    }
}

impl App {
    /// Reads the past of the store beside the runtime.
    ///
    /// # Errors
    /// 404 where the store keeps none, because it is not ours.
    pub(super) async fn past<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let none = || {
            Problem::NotFound("kho này không do langxanh tạo ra và không lưu lịch sử / this store was not made by langxanh and keeps no history".to_owned())
        };
        let registrar = self.registrar().map_err(|_| none())?;
        registrar.read(work).await.map_err(closed)?.map_err(not_read)
    }
}

/// The store could not be read.
fn not_read(error: StoreError) -> Problem {
    match error {
        StoreError::NoCollection(id) => {
            Problem::NotFound(format!("kho không có tập dữ liệu '{id}' / there is no collection '{id}' in the store"))
        }
        error if error.passes() => Problem::Busy(error.to_string()),
        error => {
            tracing::error!(%error, "the history cannot be read");
            Problem::Internal
        }
    }
}

/// Links of a page of the past.
fn links(ask: &Ask, media_type: &'static str, offers: &[Offer], next: Option<i64>) -> Vec<Link> {
    let mut links = representations(&ask.url(), media_type, offers);
    let href = |next: i64| with_parameter(&ask.url(), "token", &next.to_string());
    links.extend(next.map(|next| link(href(next), NEXT, media_type, "Trang sau / Next page")));
    links
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc())
}

/// Changes, newest first.
pub async fn list(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    let (_, media_type) = representation(params.get("f"), &ask.headers, &CHANGE_LISTS)?;
    if media_type == ATOM {
        return feed_of(&app, &ask).await;
    }
    let known = ["f", "limit", "token", "collection", "who", "since", "until"];
    let mut wanted = Wanted::new(&params, &known, CHANGES);
    let filter = change_filter(&params, &mut wanted);
    wanted.done()?;
    let (changes, more) = wanted.page(app.past(move |store| store.changes(&filter)).await?);
    let next = changes.last().map(|last| last.id).filter(|_| more);
    let links = links(&ask, media_type, &CHANGE_LISTS, next);
    let reply = match media_type {
        HTML => page_of_changes(&ask, &changes, &links).reply(),
        _ => Reply::json(JSON, &documents::changes(&ask.base, &changes, &links)),
    };
    Ok(send(&app, &ask.headers, reply).await)
}

/// Which changes are asked for.
fn change_filter(params: &Params, wanted: &mut Wanted) -> ChangeFilter {
    let mut moment = |name: &str| {
        // A plus that a client did not encode arrives as a blank.
        let text = params.get(name)?.replace(' ', "+");
        let at = instant(&text);
        if at.is_none() {
            wanted.fault(name, format!("'{text}' không phải thời điểm như 2026-11-26T04:00:00Z / '{text}' is no instant such as 2026-11-26T04:00:00Z"));
        }
        at
    };
    let (since, until) = (moment("since"), moment("until"));
    ChangeFilter {
        collection: params.get("collection").map(str::to_owned),
        who: params.get("who").map(str::to_owned),
        since,
        until,
        before: wanted.behind,
        behind: None,
        limit: wanted.limit + 1,
    }
}

/// The feed of changes under an address of its own, whatever a reader of feeds accepts.
pub async fn feed(State(app): State<Arc<App>>, ask: Ask) -> Result<Response<Body>, Problem> {
    feed_of(&app, &ask).await
}

/// Whom a feed is about.
fn interest(params: &Params, snapshot: &Snapshot, wanted: &mut Wanted) -> Interest {
    let mut interest = Interest::default();
    if let Some(text) = params.get(SITE) {
        // A site that is gone has changes, too.
        interest.site = site(text).filter(|key| snapshot.facts.has(key));
        if interest.site.is_none() {
            wanted.fault(SITE, format!("không có cơ sở '{text}': viết như clusters/phung / there is no site '{text}': it is written as clusters/phung"));
        }
    }
    if let Some(text) = params.get(DISTRICT) {
        interest.district = District::named(text, &snapshot.review).map(|district| district.name);
        if interest.district.is_none() {
            wanted.fault(DISTRICT, format!("không có cơ sở nào ở '{text}' / no site lies in '{text}'"));
        }
    }
    interest
}

async fn feed_of(app: &App, ask: &Ask) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    let known = ["f", "limit", "collection", "who", "since", "until", SITE, DISTRICT];
    let mut wanted = Wanted::new(&params, &known, CHANGES);
    let filter = change_filter(&params, &mut wanted);
    if !matches!(params.get("f"), None | Some("atom")) {
        wanted.fault("f", "tài nguyên này chỉ có dạng atom / this resource is offered as atom".to_owned());
    }
    let interest = interest(&params, &ask.snapshot, &mut wanted);
    wanted.done()?;
    // Readers of feeds ask again and again.
    let key = answer_key(ask, app.seed);
    if let Some(ready) = app.answers.get(&key) {
        return Ok(send(app, &ask.headers, Reply::clone(&ready)).await);
    }
    let (snapshot, limit, about) = (Arc::clone(&ask.snapshot), wanted.limit, interest.clone());
    let (entries, is_cut) = app.past(move |store| entries_of_interest(store, &snapshot, filter, &about, limit)).await?;
    let title = feed_title(&ask.snapshot, &interest);
    let url = ask.url();
    let head = FeedHead { base: &ask.base, url: &url, title: &title, is_cut };
    let reply = Reply::document(ATOM, atom(&head, &entries));
    app.answers.insert(key, Arc::new(reply.clone()));
    Ok(send(app, &ask.headers, reply).await)
}

fn feed_title(snapshot: &Snapshot, interest: &Interest) -> String {
    let site = interest.site.as_ref().map(|key| {
        let reviewed = snapshot.review.sites.get(key);
        reviewed.and_then(|site| site.facts.name.clone()).unwrap_or_else(|| key.1.clone())
    });
    let about: Vec<String> = site.into_iter().chain(interest.district.clone()).collect();
    let of = if about.is_empty() { "langxanh".to_owned() } else { about.join(", ") };
    format!("Thay đổi / Changes: {of}")
}

/// The newest changes with rows of interest, and whether older ones were not looked at.
fn entries_of_interest(
    store: &dyn Store,
    snapshot: &Snapshot,
    mut filter: ChangeFilter,
    interest: &Interest,
    limit: usize,
) -> Result<(Vec<FeedEntry>, bool), StoreError> {
    let mut found = Vec::new();
    filter.limit = LOOKED_THROUGH + 1;
    let mut changes = store.changes(&filter)?;
    let mut is_cut = changes.len() > LOOKED_THROUGH;
    changes.truncate(LOOKED_THROUGH);
    let mut rows_left = ROWS_OF_ALL;
    for change in changes {
        if found.len() == limit || rows_left == 0 {
            is_cut = true;
            break;
        }
        if interest.is_everything() {
            found.push(FeedEntry { change, rows: Vec::new(), has_more: false });
            continue;
        }
        let most = ROWS_OF_ONE.min(rows_left);
        let mut rows = store.entries(change.id, None, most + 1)?;
        let has_more = rows.len() > most;
        rows.truncate(most);
        rows_left -= rows.len();
        rows.retain(|entry| {
            filter.collection.as_ref().is_none_or(|id| *id == entry.collection) && interest.covers(snapshot, entry)
        });
        // What is of interest may stand behind the rows that were looked at.
        is_cut |= has_more && rows.is_empty();
        if !rows.is_empty() {
            found.push(FeedEntry { change, rows, has_more });
        }
    }
    Ok((found, is_cut))
}

fn number(text: &str) -> Result<i64, Problem> {
    let none = || Problem::NotFound(format!("không có thay đổi '{text}' / there is no change '{text}'"));
    text.parse().ok().filter(|number| *number > 0).ok_or_else(none)
}

/// A change with its rows on both sides.
pub async fn one(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    let mut wanted = Wanted::new(&params, &["f", "limit", "token"], ENTRIES);
    wanted.done()?;
    let (_, media_type) = representation(params.get("f"), &ask.headers, &ROWS)?;
    let id = number(&id)?;
    let (behind, count) = (wanted.behind, wanted.limit + 1);
    let read = move |store: &dyn Store| {
        let Some(change) = store.change(id)? else { return Ok(None) };
        let entries = store.entries(change.id, behind, count)?;
        Ok(Some((change, told(store, entries)?)))
    };
    let missing = || Problem::NotFound(format!("không có thay đổi {id} / there is no change {id}"));
    let (change, rows) = app.past(read).await?.ok_or_else(missing)?;
    let (rows, more) = wanted.page(rows);
    let next = rows.last().map(|last| last.entry.number).filter(|_| more);
    let links = links(&ask, media_type, &ROWS, next);
    let reply = match media_type {
        HTML => page_of_change(&ask, &change, &rows, &links).reply(),
        GEO_JSON => Reply::json(GEO_JSON, &documents::on_a_map(&rows, &links)),
        _ => Reply::json(JSON, &documents::change_with_rows(&ask.base, &change, &rows, &links)),
    };
    Ok(send(&app, &ask.headers, reply).await)
}

/// The id of a feature, which need not be there any more.
fn feature_id(collection: &str, feature: &str) -> Result<FeatureId, Problem> {
    FeatureId::parse(feature)
        .map_err(|_| Problem::NotFound(format!("tập dữ liệu '{collection}' chưa từng có đối tượng '{feature}' / collection '{collection}' never had a feature '{feature}'")))
}

/// The versions of a feature, newest first; also of one that is not there any more.
pub async fn versions(
    State(app): State<Arc<App>>,
    Segments((collection, feature)): Segments<(String, String)>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    let mut wanted = Wanted::new(&params, &["f", "limit", "token"], ENTRIES);
    wanted.done()?;
    let declared = find(&ask.snapshot, &collection)?.declaration.clone();
    let (_, media_type) = representation(params.get("f"), &ask.headers, &PAGES)?;
    let id = feature_id(&collection, &feature)?;
    let published = find(&ask.snapshot, &collection)?;
    let alone = remote::of_id(&app, published, &id).await?;
    let is_there = alone.as_ref().unwrap_or(published).find(&id).is_some();
    let (before, count) = (wanted.behind, wanted.limit + 1);
    let read = move |store: &dyn Store| told(store, store.versions(&declared, &id, before, count)?);
    let (rows, more) = wanted.page(app.past(read).await?);
    if rows.is_empty() && !is_there {
        return Err(Problem::NotFound(format!(
            "tập dữ liệu '{collection}' chưa từng có đối tượng '{feature}' / collection '{collection}' never had a feature '{feature}'"
        )));
    }
    let next = rows.last().map(|last| last.entry.number).filter(|_| more);
    let mut links = links(&ask, media_type, &PAGES, next);
    let item = format!("{}/collections/{collection}/items/{feature}", ask.base);
    links.push(link(item, ITEM, GEO_JSON, "Đối tượng / Feature"));
    let reply = match media_type {
        HTML => page_of_versions(&ask, &collection, &feature, &rows, &links).reply(),
        _ => Reply::json(JSON, &documents::versions(&ask.base, &collection, &feature, &rows, &links)),
    };
    Ok(send(&app, &ask.headers, reply).await)
}

/// What one change made of a feature.
pub async fn version(
    State(app): State<Arc<App>>,
    Segments((collection, feature, change)): Segments<(String, String, String)>,
    ask: Ask,
) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    params.only(&["f"])?;
    let (_, media_type) = representation(params.get("f"), &ask.headers, &PAGES[..1])?;
    let declared = find(&ask.snapshot, &collection)?.declaration.clone();
    let (id, number) = (feature_id(&collection, &feature)?, number(&change)?);
    let missing = Problem::NotFound(format!(
        "thay đổi {number} không đụng đến '{feature}' của '{collection}' / change {number} did nothing to '{feature}' of '{collection}'"
    ));
    let read = move |store: &dyn Store| told(store, of_change(store, &declared, &id, number)?.into_iter().collect());
    let told = app.past(read).await?.pop().ok_or(missing)?;
    let mut document = documents::version(&ask.base, &told);
    document["links"] = serde_json::json!(representations(&ask.url(), media_type, &PAGES[..1]));
    Ok(send(&app, &ask.headers, Reply::json(JSON, &document)).await)
}

/// The last entry of a feature that belongs to a change.
fn of_change(
    store: &dyn Store,
    collection: &Collection,
    id: &FeatureId,
    change: i64,
) -> Result<Option<Entry>, StoreError> {
    let mut before = None;
    loop {
        let page = store.versions(collection, id, before, ENTRIES)?;
        let Some(last) = page.last() else { return Ok(None) };
        let (oldest, number) = (last.change, last.number);
        if let Some(found) = page.into_iter().find(|entry| entry.change == change) {
            return Ok(Some(found));
        }
        if oldest < change {
            return Ok(None);
        }
        before = Some(number);
    }
}

/// Takes a change back.
pub async fn take_back(
    State(app): State<Arc<App>>,
    Segments(id): Segments<String>,
    visitor: Visitor,
    ask: Ask,
    body: Body,
) -> Result<Response<Body>, Problem> {
    ask.params().only(&[])?;
    let id = number(&id)?;
    // Strangers do not learn which changes there are.
    if visitor.is_anonymous() {
        app.may_govern(&visitor, Action::Undo)?;
    }
    let why = message_of(&ask.headers, body).await?;
    let origin = Origin { who: visitor.name.clone(), what: format!("undo of change {id}"), why };
    let judge = Arc::clone(&app);
    let work = move |store: &dyn Store| {
        let missing = || Problem::NotFound(format!("không có thay đổi {id} / there is no change {id}"));
        let is_own = store.change(id).map_err(not_read)?.ok_or_else(missing)?.origin.who == visitor.name;
        if !is_own {
            judge.may_govern(&visitor, Action::UndoOthers)?;
        }
        let refused = std::cell::RefCell::new(None);
        let allowed = |collection: &Collection, stands: Option<&Image>, shall: Option<&Image>| {
            let judged = if is_own { judge_row(&judge, &visitor, collection, stands, shall) } else { Ok(()) };
            judged.map_err(|problem| {
                *refused.borrow_mut() = Some(problem);
                StoreError::Stopped("the visitor may not change the row".to_owned())
            })
        };
        let done = undo(store, id, &origin, &allowed);
        let number = |done: (ChangeRecord, Vec<crate::store::Edited>)| done.1.iter().find_map(|row| row.change_id);
        match (done.map(number), refused.take()) {
            (Err(_), Some(problem)) => Err(problem),
            (Err(error), None) => Err(not_undone(error)),
            (Ok(Some(change)), _) => store.change(change).map_err(not_read)?.ok_or(Problem::Internal),
            // All its rows were made and deleted within it.
            (Ok(None), _) => Err(nothing(id)),
        }
    };
    let change = app.registrar()?.write(work).await.map_err(closed)??;
    Ok(send(&app, &ask.headers, Reply::json(JSON, &documents::change(&ask.base, &change))).await)
}

fn nothing(id: i64) -> Problem {
    Problem::Conflict {
        detail: format!(
            "thay đổi {id} không để lại gì để hoàn tác / change {id} leaves nothing that could be taken back"
        ),
        rows: Vec::new(),
    }
}

/// Whether a visitor may turn a row of his own change into what it was.
fn judge_row(
    app: &App,
    visitor: &Visitor,
    collection: &Collection,
    stands: Option<&Image>,
    shall: Option<&Image>,
) -> Result<(), Problem> {
    let row = stands.cloned().map(|(values, shape)| Row { fid: 0, id: FeatureId::from_fid(0), values, shape });
    let draft = shall.cloned().map(|(values, shape)| Draft { id: None, values, shape });
    app.may(visitor, Action::Undo, collection, row.as_ref(), draft.as_ref())
}

fn not_undone(error: UndoError) -> Problem {
    let detail = error.to_string();
    match error {
        UndoError::NoChange(_) => Problem::NotFound(detail),
        UndoError::Nothing(id) => nothing(id),
        UndoError::NoTable(_) => Problem::Conflict { detail, rows: Vec::new() },
        UndoError::ChangedSince { rows, .. } => {
            let rows = rows.into_iter().map(|(collection, id)| (collection, id.to_string()));
            Problem::Conflict { detail, rows: rows.collect() }
        }
        UndoError::Store(error) => failed(error),
    }
}

/// The chain over all changes, line by line.
pub async fn audit(State(app): State<Arc<App>>, visitor: Visitor, ask: Ask) -> Result<Response<Body>, Problem> {
    let params = ask.params();
    params.only(&["f"])?;
    representation(params.get("f"), &ask.headers, &LINES)?;
    // It holds every value that ever was, of whatever collection.
    app.may_govern(&visitor, Action::UndoOthers)?;
    // Asked before anything is answered, so that a store without a history is a problem and no empty body.
    app.past(|_| Ok(())).await?;
    let (sender, receiver) = channel(BLOCKS_AHEAD);
    let app = Arc::clone(&app);
    tokio::spawn(async move {
        // An error breaks the connection off: a chain that ends without its head is none.
        let _ = app.past(move |store| write_chain(store, &sender)).await;
    });
    let mut response = Response::new(Body::new(Lines(receiver)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

pub(super) type Block = Result<Bytes, std::io::Error>;

/// Blocks that somebody else writes.
pub(super) struct Lines(pub Receiver<Block>);

impl http_body::Body for Lines {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        self.0.poll_recv(cx).map(|block| block.map(|block| block.map(Frame::data)))
    }
}

fn write_chain(store: &dyn Store, sender: &Sender<Block>) -> Result<(), StoreError> {
    let gone = |_| StoreError::Stopped("the client has left".to_owned());
    let mut block: Vec<u8> = Vec::new();
    let outcome = store.audit(&mut |piece| {
        block.extend(documents::line(&piece).to_string().into_bytes());
        block.push(b'\n');
        if block.len() < BLOCK {
            return Ok(());
        }
        sender.blocking_send(Ok(std::mem::take(&mut block).into())).map_err(gone)
    });
    match outcome {
        Ok(head) => {
            block.extend(documents::head(head.as_ref()).to_string().into_bytes());
            block.push(b'\n');
            sender.blocking_send(Ok(block.into())).map_err(gone)
        }
        Err(error) => {
            let _ = sender.blocking_send(Err(std::io::Error::other(error.to_string())));
            Err(error)
        }
    }
}

fn counted(change: &ChangeRecord) -> String {
    let part = |part: &crate::store::record::ChangePart| {
        format!("{} +{} ~{} −{}", part.collection, part.inserted, part.updated, part.deleted)
    };
    change.parts.iter().map(part).collect::<Vec<_>>().join("; ")
}

fn with_links(page: Page, links: &[Link]) -> Page {
    links.iter().filter(|link| link.rel == NEXT).fold(page, |page, link| page.link(link.title, link.href.clone()))
}

fn start(ask: &Ask, title: String) -> Page {
    Page::new(&ask.base, title).at("Thay đổi / Changes".to_owned(), format!("{}/changes?f=html", ask.base))
}

fn page_of_changes(ask: &Ask, changes: &[ChangeRecord], links: &[Link]) -> Page {
    let row = |change: &ChangeRecord| {
        vec![
            html::linked(change.id.to_string(), format!("{}/changes/{}?f=html", ask.base, change.id)),
            html::text(html::moment(change.at)),
            html::text(change.origin.who.clone()),
            html::text(change.origin.what.clone()),
            html::text(change.origin.why.clone().unwrap_or_default()),
            html::text(counted(change)),
        ]
    };
    let head =
        ["Số / Number", "Lúc (giờ Hà Nội) / At (Hanoi)", "Ai / Who", "Việc / What", "Vì sao / Why", "Dòng / Rows"];
    with_links(start(ask, "Thay đổi / Changes".to_owned()), links)
        .link("JSON", format!("{}/changes?f=json", ask.base))
        .table("", &head, changes.iter().map(row).collect())
}

fn operation(told: &ToldEntry) -> html::Cell {
    let (vi, en) = match told.entry.operation {
        crate::store::Operation::Insert => ("thêm", "added"),
        crate::store::Operation::Update => ("sửa", "changed"),
        crate::store::Operation::Delete => ("xóa", "deleted"),
    };
    html::sentence(vi, en)
}

/// What a row says of its changed properties, one after the other.
fn said(of: Option<&serde_json::Value>, told: &ToldEntry) -> html::Cell {
    let Some(feature) = of else { return html::text("–") };
    let value = |name: &String| {
        let value = &feature["properties"][name.as_str()];
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{name}: {value}")
    };
    let named = told.changed.iter().filter(|name| *name != "geometry");
    html::text(named.map(value).collect::<Vec<_>>().join("; "))
}

fn page_of_change(ask: &Ask, change: &ChangeRecord, rows: &[ToldEntry], links: &[Link]) -> Page {
    let url = format!("{}/changes/{}", ask.base, change.id);
    let row = |told: &ToldEntry| {
        let item = format!("{}/collections/{}/items/{}/versions", ask.base, told.entry.collection, told.entry.id);
        vec![
            html::linked(format!("{}/{}", told.entry.collection, told.entry.id), format!("{item}?f=html")),
            operation(told),
            html::text(told.changed.join(", ")),
            said(told.before.as_ref(), told),
            said(told.after.as_ref(), told),
        ]
    };
    let head = ["Đối tượng / Feature", "Việc / Operation", "Trường / Fields", "Trước / Before", "Sau / After"];
    let page = start(ask, format!("Thay đổi {0} / Change {0}", change.id))
        .says(format!("{} · {} · {}", html::moment(change.at), change.origin.who, change.origin.what))
        .says(change.origin.why.clone().unwrap_or_default())
        .says(counted(change))
        .link("JSON", format!("{url}?f=json"))
        .link("GeoJSON", format!("{url}?f=geojson"));
    with_links(page, links).table("", &head, rows.iter().map(row).collect())
}

fn page_of_versions(ask: &Ask, collection: &str, feature: &str, rows: &[ToldEntry], links: &[Link]) -> Page {
    let url = format!("{}/collections/{collection}/items/{feature}", ask.base);
    let row = |told: &ToldEntry| {
        let entry = &told.entry;
        vec![
            html::linked(entry.change.to_string(), format!("{}/changes/{}?f=html", ask.base, entry.change)),
            html::text(html::moment(entry.at)),
            html::text(entry.origin.who.clone()),
            html::text(entry.origin.why.clone().unwrap_or_else(|| entry.origin.what.clone())),
            operation(told),
            said(told.before.as_ref(), told),
            said(told.after.as_ref(), told),
        ]
    };
    let head = [
        "Thay đổi / Change",
        "Lúc (giờ Hà Nội) / At (Hanoi)",
        "Ai / Who",
        "Vì sao / Why",
        "Việc / Operation",
        "Trước / Before",
        "Sau / After",
    ];
    let page = Page::new(&ask.base, format!("Lịch sử {feature} / History of {feature}"))
        .at(collection.to_owned(), format!("{}/collections/{collection}?f=html", ask.base))
        .at(feature.to_owned(), format!("{url}?f=html"))
        .link("JSON", format!("{url}/versions?f=json"));
    with_links(page, links).table("", &head, rows.iter().map(row).collect())
}
