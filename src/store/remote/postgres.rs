//! PostGIS asked for rows: a bounded pool, statements that end in time, and none that goes on when nobody waits.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, Utc};
use deadpool_postgres::{
    ClientWrapper, Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, Timeouts,
};
use tokio::sync::{Semaphore, mpsc};
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::types::{Date, Timestamp, ToSql, Type};
use tokio_postgres::{CancelToken, Config, Socket, Statement};
use tracing::Instrument;

use super::{Described, FID, ID, Later, Remote, RemoteError, Walk, Wanted};
use crate::domain::{Collection, DataType, FeatureId, Field, Temporal, Value};
use crate::filter::sql::{Bind, Name, Sql, sql};
use crate::geom::Envelope;
use crate::geom::curve::read_wkb_with_curves;
use crate::store::health::PoolHealth;
use crate::store::{Row, slow};

/// Who asks waits so long for a connection.
const MAX_WAIT: Duration = Duration::from_secs(3);

/// A server that could not be reached is asked last for so long.
const LOST: Duration = Duration::from_secs(2);

/// Has statements worked on by one process, and by as many as the server gives: for what walks through a whole table.
const ALONE: &str = "SET max_parallel_workers_per_gather = 0";
const TOGETHER: &str = "RESET max_parallel_workers_per_gather";

/// Rows of one piece of a stream.
const PIECE: i32 = 2_000;

/// How the reads of a service are bounded.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Statements under way at a time.
    pub connections: usize,
    /// How long one may take.
    pub statement: Duration,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { connections: 8, statement: Duration::from_secs(10) }
    }
}

/// How a statement under way is cancelled: over the same kind of connection as its own.
type Cancel = Arc<dyn Fn(CancelToken) -> Later<'static, ()> + Send + Sync>;

/// A server that has the rows: the primary, or a replica of it.
struct Server {
    pool: Pool,
    is_replica: AtomicBool,
    /// The version of the store that it was last seen to have come to.
    has: AtomicI64,
    /// When it could not be reached.
    lost_at: Mutex<Option<Instant>>,
}

impl Server {
    /// Whether it was lost a moment ago, and asking it would mean waiting again.
    fn is_lost(&self) -> bool {
        let lost_at = self.lost_at.lock().unwrap_or_else(PoisonError::into_inner);
        lost_at.is_some_and(|at| at.elapsed() < LOST)
    }

    fn set_lost(&self, is_lost: bool) {
        *self.lost_at.lock().unwrap_or_else(PoisonError::into_inner) = is_lost.then(Instant::now);
    }
}

/// Connections for reading alone. Of several servers the replicas are asked in turn, and the primary where none of them is
/// there or has come far enough.
pub struct PostgresReads {
    servers: Vec<Server>,
    /// The SQL that says whether a server is a replica, what its tables look like, and how many changes it has.
    state: String,
    /// The version of the store that a replica must have come to.
    needed: AtomicI64,
    turn: AtomicUsize,
    /// Places for streams: whoever reads slowly holds a connection, and pages must not wait for that.
    streams: Arc<Semaphore>,
    cancel: Cancel,
}

impl PostgresReads {
    /// Connections are made when they are needed, on the runtime that asks. `path` are the schemas, quoted, in which tables
    /// and what belongs to PostGIS are looked for; `state` is the SQL that says of a server whether it is a replica, what its
    /// tables look like, and how many changes it has.
    ///
    /// # Errors
    /// When the bounds make no pool.
    pub fn new<T>(
        servers: Vec<Config>,
        tls: T,
        path: &str,
        state: String,
        bounds: Bounds,
    ) -> Result<PostgresReads, RemoteError>
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + Sync,
        T::TlsConnect: Send + Sync,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let servers = servers.into_iter().map(|config| server(config, tls.clone(), path, bounds));
        let servers = servers.collect::<Result<Vec<_>, _>>()?;
        let streams = Arc::new(Semaphore::new((bounds.connections / 2).max(1)));
        let cancel: Cancel = Arc::new(move |token| {
            let tls = tls.clone();
            Box::pin(async move { token.cancel_query(tls).await.map_err(failed("a cancellation")) })
        });
        let (needed, turn) = (AtomicI64::new(0), AtomicUsize::new(0));
        Ok(PostgresReads { servers, state, needed, turn, streams, cancel })
    }

    /// The connections to each server.
    pub fn pools(&self) -> impl Iterator<Item = PoolHealth> {
        self.servers
            .iter()
            .enumerate()
            .map(|(at, server)| PoolHealth::of(format!("reads of server {}", at + 1), &server.pool.status()))
    }

    async fn connection(&self) -> Result<Asking, RemoteError> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let mut order: Vec<&Server> =
            (0..self.servers.len()).filter_map(|at| self.servers.get((turn + at) % self.servers.len())).collect();
        order.sort_by_key(|server| (server.is_lost(), !server.is_replica.load(Ordering::Relaxed)));
        let mut last = RemoteError::Busy;
        // Whoever has a connection free is asked before anybody is waited for, and then one alone.
        let waited_for = order.first().copied().map(|first| (first, MAX_WAIT));
        let at_once = order.iter().copied().filter(|_| order.len() > 1).map(|server| (server, Duration::ZERO));
        for (server, wait) in at_once.chain(waited_for) {
            match self.connected(server, wait).await {
                Ok(object) => {
                    return Ok(Asking { object: Some(object), is_under_way: false, cancel: Arc::clone(&self.cancel) });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// A connection to a server, if it has come as far as the snapshot whose rows are asked for.
    async fn connected(&self, server: &Server, wait: Duration) -> Result<Object, RemoteError> {
        let object = server.pool.timeout_get(&timeouts(wait)).await.map_err(|error| match error {
            PoolError::Timeout(deadpool_postgres::TimeoutType::Wait) => RemoteError::Busy,
            PoolError::Backend(error) if error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS) => RemoteError::Busy,
            other => {
                server.set_lost(true);
                // Whatever comes back in its place has to show how far it has come.
                server.has.store(i64::MIN, Ordering::Relaxed);
                match other {
                    PoolError::Timeout(_) => RemoteError::Lost("it does not answer".to_owned()),
                    other => RemoteError::Lost(other.to_string()),
                }
            }
        })?;
        server.set_lost(false);
        let needed = self.needed.load(Ordering::Relaxed);
        if self.servers.len() == 1 || server.has.load(Ordering::Relaxed) == needed {
            return Ok(object);
        }
        let state = object.query_one(&self.state, &[]).await.map_err(failed("the state of a server"))?;
        let is_replica: bool = state.get(0);
        let version = state.get::<_, i64>(1).wrapping_add(state.get(2));
        server.is_replica.store(is_replica, Ordering::Relaxed);
        if is_replica && !is_as_far(version, needed) {
            return Err(RemoteError::Busy);
        }
        server.has.store(needed, Ordering::Relaxed);
        Ok(object)
    }
}

/// Whether a version of a store is another or a later one. What the tables look like is a part of it that goes up and down
/// by much; changes count up by ones.
pub(in crate::store) fn is_as_far(version: i64, needed: i64) -> bool {
    (0..1 << 32).contains(&version.wrapping_sub(needed))
}

fn timeouts(wait: Duration) -> Timeouts {
    Timeouts { wait: Some(wait), create: Some(MAX_WAIT), recycle: Some(MAX_WAIT) }
}

/// The connections to one server.
fn server<T>(mut config: Config, tls: T, path: &str, bounds: Bounds) -> Result<Server, RemoteError>
where
    T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
    T::Stream: Send + Sync,
    T::TlsConnect: Send + Sync,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    let milliseconds = bounds.statement.as_millis();
    let options = config.get_options().unwrap_or_default();
    // A reader that writes is a fault of ours.
    let options =
        format!("{options} -c statement_timeout={milliseconds} -c default_transaction_read_only=on -c timezone=UTC");
    config.options(options.trim()).application_name("langxanh reads");
    // A page or a tile is had sooner from one process than from several that have to be started, and read beyond its end.
    let path = Arc::new(format!("SET search_path = {path}; {ALONE}"));
    let set = Hook::async_fn(move |client: &mut ClientWrapper, _| {
        let path = Arc::clone(&path);
        Box::pin(async move { client.batch_execute(&path).await.map_err(HookError::Backend) })
    });
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(config, tls, recycling);
    let pool = Pool::builder(manager).max_size(bounds.connections).runtime(Runtime::Tokio1);
    let refused = |error: String| RemoteError::Refused { doing: "making the pool".to_owned(), reason: error };
    Ok(Server {
        pool: pool.post_create(set).build().map_err(|error| refused(error.to_string()))?,
        is_replica: AtomicBool::new(false),
        has: AtomicI64::new(i64::MIN),
        lost_at: Mutex::default(),
    })
}

/// A connection with what is asked over it. Dropped while a statement is under way, it cancels the statement, and the
/// connection is not used again: a cancellation that comes late would hit somebody else's.
struct Asking {
    object: Option<Object>,
    is_under_way: bool,
    cancel: Cancel,
}

impl Drop for Asking {
    fn drop(&mut self) {
        let (Some(object), true) = (self.object.take(), self.is_under_way) else { return };
        let token = object.cancel_token();
        let client = Object::take(object);
        // Outside of a runtime nothing is under way.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let cancelled = (self.cancel)(token);
            runtime.spawn(async move {
                if let Err(error) = cancelled.await {
                    tracing::warn!(%error, "a statement that nobody waits for could not be cancelled");
                }
                drop(client);
            });
        }
    }
}

fn failed(doing: &str) -> impl Fn(tokio_postgres::Error) -> RemoteError {
    move |error| match error.code() {
        Some(&SqlState::QUERY_CANCELED) => RemoteError::TooLong,
        Some(code) if code.code().starts_with("08") || code.code().starts_with("57P") => {
            RemoteError::Lost(error.to_string())
        }
        // Writers that stand in each other's way, and a replica that had to drop what this one was reading.
        Some(code) if matches!(code.code(), "55P03" | "40001" | "40P01") => RemoteError::Busy,
        Some(_) => {
            let reason = error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
            RemoteError::Refused { doing: doing.to_owned(), reason }
        }
        None => RemoteError::Lost(error.to_string()),
    }
}

/// A value as the driver takes it, with its type.
pub(crate) fn parameter(value: &Bind) -> (&(dyn ToSql + Sync), Type) {
    match value {
        Bind::Boolean(value) => (value, Type::BOOL),
        Bind::Integer(value) => (value, Type::INT8),
        Bind::Number(value) => (value, Type::FLOAT8),
        Bind::Text(value) => (value, Type::TEXT),
        Bind::Date(value) => (value, Type::DATE),
        Bind::DateTime(value) => (value, Type::TIMESTAMPTZ),
        Bind::Integers(values) => (values, Type::INT8_ARRAY),
        Bind::Numbers(values) => (values, Type::FLOAT8_ARRAY),
        Bind::Texts(values) => (values, Type::TEXT_ARRAY),
    }
}

impl Asking {
    fn object(&self) -> Result<&Object, RemoteError> {
        self.object.as_ref().ok_or_else(|| RemoteError::Lost("the connection is gone".to_owned()))
    }

    async fn query(&mut self, doing: &str, statement: Sql) -> Result<Vec<tokio_postgres::Row>, RemoteError> {
        let (text, values) = statement.render();
        let parameters: Vec<_> = values.iter().map(parameter).collect();
        let begun = Instant::now();
        self.is_under_way = true;
        let rows = self.object()?.query_typed(&text, &parameters).await;
        self.is_under_way = false;
        slow::told(&text, begun, rows.as_ref().map_or(0, |rows| rows.len() as u64));
        rows.map_err(failed(doing))
    }

    /// As [`Asking::query`], with a statement that is prepared once on this connection.
    async fn query_again(&mut self, doing: &str, statement: Sql) -> Result<Vec<tokio_postgres::Row>, RemoteError> {
        let (text, values) = statement.render();
        let parameters: Vec<_> = values.iter().map(parameter).collect();
        let (values, types): (Vec<&(dyn ToSql + Sync)>, Vec<Type>) = parameters.iter().cloned().unzip();
        let begun = Instant::now();
        self.is_under_way = true;
        let object = self.object()?;
        let rows = match object.prepare_typed_cached(&text, &types).await {
            Ok(prepared) => match object.query(&prepared, &values).await {
                // The table has become another since. The database would take other types for the values by itself.
                Err(error) if error.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED) => {
                    object.statement_cache.remove(&text, &types);
                    object.query_typed(&text, &parameters).await
                }
                answered => answered,
            },
            Err(error) => Err(error),
        };
        self.is_under_way = false;
        slow::told(&text, begun, rows.as_ref().map_or(0, |rows| rows.len() as u64));
        rows.map_err(failed(doing))
    }

    async fn execute(&mut self, doing: &str, text: &str) -> Result<(), RemoteError> {
        self.is_under_way = true;
        let done = self.object()?.batch_execute(text).await;
        self.is_under_way = false;
        done.map_err(failed(doing))
    }

    /// How many rows a statement gives, where they are no more than `most`.
    async fn counted(&mut self, doing: &str, rows: Sql, most: u64) -> Result<Option<u64>, RemoteError> {
        let limit = i64::try_from(most).unwrap_or(i64::MAX - 1) + 1;
        let counting = sql!("SELECT count(*) FROM (", rows, " LIMIT ", Bind::Integer(limit), ") AS counted");
        self.execute(doing, TOGETHER).await?;
        let rows = self.query(doing, counting).await;
        self.execute(doing, ALONE).await?;
        let rows = rows?;
        let count = rows.first().map_or(Ok(0), |row| row.try_get::<_, i64>(0)).map_err(failed(doing))?;
        Ok(Some(count.unsigned_abs()).filter(|count| *count <= most))
    }

    /// The parameters' types are told, so that the text is the only thing the database has to look at.
    async fn prepare(&mut self, doing: &str, text: &str, types: &[Type]) -> Result<Statement, RemoteError> {
        self.is_under_way = true;
        let statement = self.object()?.prepare_typed(text, types).await;
        self.is_under_way = false;
        statement.map_err(failed(doing))
    }
}

/// The rows of a collection that meet a condition, and nothing of them.
fn matching(collection: &Collection, condition: Option<Sql>) -> Sql {
    let mut rows = sql!("SELECT 1 FROM ", Name::new(&collection.id));
    if let Some(condition) = condition {
        rows.push(sql!(" WHERE ", condition));
    }
    rows
}

/// The fields whose values are wanted, in the order of their columns.
fn wanted_fields(wanted: &Wanted) -> impl Iterator<Item = (bool, &Field)> {
    let is_wanted = |field: &Field| wanted.fields.as_ref().is_none_or(|fields| fields.contains(&field.name));
    wanted.collection.stored_fields().map(move |field| (is_wanted(field), field))
}

/// The statement that reads rows: number, id, place where the collection has them, and the fields that are wanted.
fn select(wanted: &Wanted) -> Sql {
    let collection = &wanted.collection;
    let mut statement = sql!("SELECT ", Name::new(FID), ", ", Name::new(ID));
    if let Some(geometry) = &collection.geometry {
        statement.push(sql!(", ST_AsBinary(", Name::new(&geometry.name), ")"));
    }
    for (_, field) in wanted_fields(wanted).filter(|(is_wanted, _)| *is_wanted) {
        // A user's own table may have narrower types.
        let cast = match field.data_type {
            DataType::Text => "::text",
            DataType::Integer => "::bigint",
            DataType::Number => "::double precision",
            DataType::DateTime => "::timestamptz",
            DataType::Boolean => "::boolean",
            DataType::Date => "::date",
        };
        statement.push(sql!(", ", Name::new(&field.name), cast));
    }
    statement.push(sql!(" FROM ", Name::new(&collection.id)));
    if let Some(condition) = &wanted.condition {
        statement.push(sql!(" WHERE ", condition));
    }
    if let Some(order) = &wanted.order {
        statement.push(sql!(" ORDER BY ", order));
    }
    if let Some(limit) = wanted.limit.and_then(|limit| i64::try_from(limit).ok()) {
        statement.push(sql!(" LIMIT ", Bind::Integer(limit)));
    }
    statement
}

/// A row of [`select`].
fn decode(wanted: &Wanted, row: &tokio_postgres::Row) -> Result<Row, RemoteError> {
    let collection = &wanted.collection;
    let fault = |reason: String| RemoteError::Row { collection: collection.id.clone(), reason };
    let get_fault = |error: tokio_postgres::Error| fault(error.to_string());
    let fid: i64 = row.try_get(0).map_err(get_fault)?;
    let id: Option<&str> = row.try_get(1).map_err(get_fault)?;
    let id = id.map_or_else(|| Ok(FeatureId::from_fid(fid)), FeatureId::parse);
    let id = id.map_err(|error| fault(format!("row {fid}: {error}")))?;
    let mut at = 2;
    let mut shape = None;
    if let Some(geometry) = &collection.geometry {
        let bytes: Option<&[u8]> = row.try_get(at).map_err(get_fault)?;
        let read = bytes.map(read_wkb_with_curves).transpose().map_err(|error| fault(format!("row {fid}: {error}")))?;
        shape = read.flatten().filter(|shape| !shape.is_empty()).map(|shape| shape.promoted(geometry.kind));
        at += 1;
    }
    let mut values = Vec::with_capacity(collection.fields.len());
    for (is_wanted, field) in wanted_fields(wanted) {
        values.push(if is_wanted { value(field.data_type, row, at).map_err(get_fault)? } else { Value::Null });
        at += usize::from(is_wanted);
    }
    Ok(Row { fid, id, values, shape })
}

/// So many times more rows than are counted have to be expected for them not to be counted: what is expected may be wrong.
const CLEARLY: u64 = 2;

/// How many rows a plan expects, by the first line of its text.
fn expected(plan: &str) -> Option<u64> {
    let (_, behind) = plan.split_once(" rows=")?;
    behind.split(' ').next()?.parse().ok()
}

fn value(data_type: DataType, row: &tokio_postgres::Row, at: usize) -> Result<Value, tokio_postgres::Error> {
    Ok(match data_type {
        DataType::Text => row.try_get::<_, Option<String>>(at)?.into(),
        DataType::Integer => row.try_get::<_, Option<i64>>(at)?.into(),
        DataType::Number => row.try_get::<_, Option<f64>>(at)?.filter(|number| number.is_finite()).into(),
        DataType::Boolean => row.try_get::<_, Option<bool>>(at)?.into(),
        // Without end and without beginning are no days of ours.
        DataType::Date => match row.try_get::<_, Option<Date<NaiveDate>>>(at)? {
            Some(Date::Value(day)) => Value::Date(day),
            _ => Value::Null,
        },
        DataType::DateTime => match row.try_get::<_, Option<Timestamp<DateTime<Utc>>>>(at)? {
            Some(Timestamp::Value(moment)) => Value::DateTime(moment),
            _ => Value::Null,
        },
    })
}

fn decoded(wanted: &Wanted, rows: &[tokio_postgres::Row]) -> Result<Vec<Row>, RemoteError> {
    rows.iter().map(|row| decode(wanted, row)).collect()
}

/// When rows of a collection hold: the smallest begin and the greatest end as timestamps, and whether one of them is open.
fn times(collection: &Collection) -> Sql {
    let none = || "NULL::timestamptz, NULL::timestamptz, FALSE, FALSE".into();
    let is_field = |name: &str| collection.field(name).is_some();
    let (from, to) = match &collection.temporal {
        Some(Temporal::Instant(field)) if is_field(field) => (field, field),
        Some(Temporal::Interval(from, to)) if is_field(from) && is_field(to) => (from, to),
        _ => return none(),
    };
    let is_day = |name: &str| collection.field(name).is_some_and(|(_, field)| field.data_type == DataType::Date);
    let (begin, end) = (Sql::from(Name::new(from)), Sql::from(Name::new(to)));
    let moment = |column: &Sql, name: &str| {
        if is_day(name) { sql!("(", column, "::timestamp AT TIME ZONE 'UTC')") } else { column.clone() }
    };
    let day_end = if is_day(to) { " + interval '86399.999 seconds'" } else { "" };
    let open = |one: &Sql, other: &Sql| sql!("coalesce(bool_or(", one, " IS NULL AND ", other, " IS NOT NULL), FALSE)");
    sql!(
        "min(",
        moment(&begin, from),
        "), max(",
        moment(&end, to),
        day_end,
        "), ",
        open(&begin, &end),
        ", ",
        open(&end, &begin),
    )
}

impl Remote for PostgresReads {
    fn not_before(&self, version: i64) {
        self.needed.store(version, Ordering::Relaxed);
    }

    fn has_more_than<'a>(&'a self, collection: &'a Collection, rows: u64) -> Later<'a, bool> {
        Box::pin(async move {
            let doing = format!("a count of '{}'", collection.id);
            let mut asking = self.connection().await?;
            match asking.counted(&doing, matching(collection, None), rows).await {
                // Few rows would have been counted by then.
                Err(RemoteError::TooLong) => Ok(true),
                counted => Ok(counted?.is_none()),
            }
        })
    }

    fn describe<'a>(&'a self, collection: &'a Collection) -> Later<'a, Described> {
        Box::pin(async move {
            let doing = format!("a walk through '{}'", collection.id);
            let places = match &collection.geometry {
                Some(geometry) => {
                    let column = Sql::from(Name::new(&geometry.name));
                    let extent = sql!("ST_Extent(", &column, ")");
                    let edges = ["ST_XMin(", "ST_YMin(", "ST_XMax(", "ST_YMax("].map(|edge| sql!(edge, &extent, "), "));
                    let [a, b, c, d] = edges;
                    let empty = sql!("coalesce(bool_or(ST_IsEmpty(", &column, ")), FALSE), ");
                    // Where no row tells of the system, its column does.
                    let declared = sql!(
                        "(SELECT max(srid) FROM geometry_columns WHERE f_table_schema = ANY (current_schemas(FALSE)) \
                         AND f_table_name = ",
                        Bind::Text(collection.id.clone()),
                        " AND f_geometry_column = ",
                        Bind::Text(geometry.name.clone()),
                        ")",
                    );
                    let srid = sql!("coalesce(max(ST_SRID(", &column, ")), ", declared, ", 0)");
                    let null = sql!(", coalesce(bool_or(", &column, " IS NULL), FALSE)");
                    sql!(a, b, c, d, empty, srid, null)
                }
                None => "NULL::float8, NULL::float8, NULL::float8, NULL::float8, FALSE, 0, FALSE".into(),
            };
            let mut statement = sql!("SELECT count(*), ", places, ", ", times(collection), ", ARRAY[");
            for (at, field) in collection.fields.iter().enumerate() {
                let column = || Sql::from(Name::new(&field.name));
                // As rows are read: what is no number of ours is none.
                let is_there = match field.data_type {
                    DataType::Number => sql!(column(), " > '-Infinity' AND ", column(), " < 'Infinity'"),
                    _ => sql!(column(), " IS NOT NULL"),
                };
                let first = sql!("min(", Name::new(FID), ") FILTER (WHERE ", is_there, ")");
                statement.push(if at == 0 { "" } else { ", " });
                statement.push(first);
            }
            statement.push(sql!("]::bigint[] FROM ", Name::new(&collection.id)));
            let mut asking = self.connection().await?;
            asking.execute(&doing, &format!("SET statement_timeout = 0; {TOGETHER}")).await?;
            let rows = asking.query(&doing, statement).await;
            asking.execute(&doing, &format!("RESET statement_timeout; {ALONE}")).await?;
            let rows = rows?;
            let row = rows.first().ok_or_else(|| RemoteError::Lost("it gave no answer".to_owned()))?;
            let fault = |error: tokio_postgres::Error| RemoteError::Row {
                collection: collection.id.clone(),
                reason: error.to_string(),
            };
            let edge = |at: usize| row.try_get::<_, Option<f64>>(at).map_err(fault);
            let corners = (edge(1)?, edge(2)?, edge(3)?, edge(4)?);
            let extent = match corners {
                (Some(a), Some(b), Some(c), Some(d)) => Envelope::new(a, b, c, d),
                _ => None,
            };
            let moment = |at: usize| row.try_get::<_, Option<DateTime<Utc>>>(at).map_err(fault);
            let (begin, end) = (moment(8)?, moment(9)?);
            let is_open = |at: usize| row.try_get::<_, bool>(at).map_err(fault);
            let (from_is_open, to_is_open) = (is_open(10)?, is_open(11)?);
            let ms = |at: Option<DateTime<Utc>>, is_open: bool| at.filter(|_| !is_open).map(|at| at.timestamp_millis());
            let holds = begin.is_some() || end.is_some();
            Ok(Described {
                rows: row.try_get::<_, i64>(0).map_err(fault)?.unsigned_abs(),
                extent,
                has_null_places: row.try_get(7).map_err(fault)?,
                has_empty_places: row.try_get(5).map_err(fault)?,
                srid: row.try_get(6).map_err(fault)?,
                first_with: row.try_get(12).map_err(fault)?,
                time: holds.then(|| (ms(begin, from_is_open), ms(end, to_is_open))),
            })
        })
    }

    fn rows(&self, wanted: Wanted) -> Later<'_, Vec<Row>> {
        Box::pin(async move {
            let doing = format!("rows of '{}'", wanted.collection.id);
            let mut asking = self.connection().await?;
            let rows = match wanted.is_usual {
                true => asking.query_again(&doing, select(&wanted)).await?,
                false => asking.query(&doing, select(&wanted)).await?,
            };
            decoded(&wanted, &rows)
        })
    }

    fn count<'a>(&'a self, collection: &'a Collection, condition: Option<Sql>, most: u64) -> Later<'a, Option<u64>> {
        Box::pin(async move {
            let rows = matching(collection, condition);
            let doing = format!("a count of '{}'", collection.id);
            let mut asking = self.connection().await?;
            // Counting stops behind `most`, which may be after a good part of the table: the planner knows sooner.
            let plan = asking.query(&doing, sql!("EXPLAIN ", &rows)).await?;
            let plan = plan.first().map(|row| row.try_get::<_, &str>(0)).transpose().map_err(failed(&doing))?;
            match plan.and_then(expected).is_some_and(|rows| rows / CLEARLY > most) {
                true => Ok(None),
                false => asking.counted(&doing, rows, most).await,
            }
        })
    }

    fn stream(&self, wanted: Wanted) -> Later<'_, Walk> {
        Box::pin(async move {
            let doing = format!("all rows of '{}'", wanted.collection.id);
            let (text, values) = select(&wanted).render();
            let place = tokio::time::timeout(MAX_WAIT, Arc::clone(&self.streams).acquire_owned()).await;
            let place = place.ok().and_then(Result::ok).ok_or(RemoteError::Busy)?;
            let mut asking = self.connection().await?;
            let types: Vec<Type> = values.iter().map(|value| parameter(value).1).collect();
            // Faults of the statement itself are told before the answer begins.
            let statement = asking.prepare(&doing, &text, &types).await?;
            let (pieces, taken) = mpsc::channel(1);
            let reading = async move {
                let _place = place;
                let sending = pieces.clone();
                let text = (text.as_str(), doing.as_str());
                let reading = read_pieces(asking, &wanted, &statement, &values, &sending, text);
                // Who takes no more drops the reading, and with it the statement that is under way.
                let outcome = tokio::select! {
                    outcome = reading => outcome,
                    () = pieces.closed() => return,
                };
                if let Err(error) = outcome {
                    let _ = pieces.send(Err(error)).await;
                }
            };
            // Of the request that asked for it, which may be through by then.
            tokio::spawn(reading.in_current_span());
            Ok(Walk::new(taken))
        })
    }
}

/// Reads through a cursor on the server, a piece when the one before was taken.
async fn read_pieces(
    mut asking: Asking,
    wanted: &Wanted,
    statement: &Statement,
    values: &[Bind],
    pieces: &mpsc::Sender<Result<Vec<Row>, RemoteError>>,
    (text, doing): (&str, &str),
) -> Result<(), RemoteError> {
    let parameters: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| parameter(value).0).collect();
    let (mut time, mut seen) = (Duration::ZERO, 0);
    asking.is_under_way = true;
    if let Some(object) = asking.object.as_mut() {
        let transaction = object.transaction().await.map_err(failed(doing))?;
        let cursor = transaction.bind(statement, &parameters).await.map_err(failed(doing))?;
        loop {
            let begun = Instant::now();
            let rows = transaction.query_portal(&cursor, PIECE).await.map_err(failed(doing))?;
            (time, seen) = (time + begun.elapsed(), seen + rows.len() as u64);
            let is_last = rows.len() < usize::try_from(PIECE).unwrap_or_default();
            if !rows.is_empty() {
                let piece = decoded(wanted, &rows)?;
                // Nobody takes it: the rest is not wanted either.
                if pieces.send(Ok(piece)).await.is_err() {
                    break;
                }
            }
            if is_last {
                break;
            }
        }
        transaction.commit().await.map_err(failed(doing))?;
    }
    asking.is_under_way = false;
    slow::took(text, time, seen);
    // Nobody may be there to see the end.
    let _ = pieces.send(Ok(Vec::new())).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plan_expects_stands_in_its_first_line() {
        let plan = "Gather  (cost=1000.00..739485.86 rows=26917 width=4)";
        assert_eq!(expected(plan), Some(26_917));
        assert_eq!(expected("Result  (cost=0.00..0.00 rows=0 width=0)"), Some(0));
        assert_eq!(expected("Seq Scan on \"a rows=b\""), None);
    }
}
