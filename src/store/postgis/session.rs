//! A transaction of PostgreSQL as the store sees it.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Mutex;
use std::task::Poll;
use std::time::{Duration, Instant};

use deadpool_postgres::Transaction;
use tokio::runtime::Handle;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Portal, Row as Answer, Statement};

use super::errors::{failed, taken};
use super::schema;
use super::values::decode_ewkb;
use crate::domain::{Collection, FeatureId, Value};
use crate::geom::wkb::write_gpkg_blob;
use crate::store::chain::{Cell as Hashed, RowHash};
use crate::store::slow;
use crate::store::sql::lock;
use crate::store::sql::record::written;
use crate::store::sql::session::{Bind, Found, NewRow, Session, Step, insertion};
use crate::store::sql::table::{self, Misfits, Table, quoted};
use crate::store::{MAX_TOUCHED, Row, StoreError, Unserved};

/// So many rows of an answer are held at a time, fewer where they are long.
const AT_A_TIME: i32 = 500;

/// So many rows are asked for before it is known how long they are.
const AT_FIRST: i32 = 16;

/// Rows that are held at a time should not take more bytes than this.
const BYTES_AT_A_TIME: usize = 4 << 20;

/// So many drafts are looked up and written together.
const LOOKAHEAD: usize = 1000;

/// From so many rows on they are copied, which costs more questions and less for each row.
const COPIED: usize = 8;

/// Statements that are under way at once.
const PIPELINED: usize = 64;

/// The tables as they were looked at, with the fingerprint of what was there: looking costs more than all of an edit.
pub type Looked = Mutex<Option<(i64, Vec<Table>, Vec<Unserved>)>>;

pub struct PgSession<'a> {
    pub runtime: &'a Handle,
    pub transaction: &'a Transaction<'a>,
    /// The schema of the collections' tables.
    pub shelf: &'a str,
    pub looked: &'a Looked,
}

/// Bound values are `?1` in statements of all databases and `$1` in PostgreSQL. What is quoted stays as it is.
fn translated(sql: &str) -> String {
    let mut quote = None;
    sql.chars()
        .map(|c| match (quote, c) {
            (None, '\'' | '"') => {
                quote = Some(c);
                c
            }
            (Some(open), _) if c == open => {
                quote = None;
                c
            }
            (None, '?') => '$',
            _ => c,
        })
        .collect()
}

fn parameters<'a>(bound: &'a [Bind<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    bound.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

/// Waits for statements that are sent one behind the other, none waiting for the answer to the one before.
async fn all_of<E>(mut under_way: Vec<Pin<Box<impl Future<Output = Result<u64, E>>>>>) -> Result<(), E> {
    poll_fn(|context| {
        let mut at = 0;
        while at < under_way.len() {
            match under_way[at].as_mut().poll(context) {
                Poll::Ready(Ok(_)) => drop(under_way.remove(at)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => at += 1,
            }
        }
        if under_way.is_empty() { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await
}

impl PgSession<'_> {
    pub fn wait<T>(
        &self,
        what: &str,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, StoreError> {
        self.runtime.block_on(work).map_err(failed(what))
    }

    fn prepared(&self, what: &str, sql: &str) -> Result<Statement, StoreError> {
        self.wait(what, self.transaction.prepare_cached(&translated(sql)))
    }

    /// Runs statements that are written for PostgreSQL, without bound values.
    pub fn script(&self, what: &str, sql: &str) -> Result<(), StoreError> {
        self.wait(what, self.transaction.batch_execute(sql))
    }

    /// All rows of a short answer.
    pub fn few(&self, what: &str, sql: &str, bound: &[&(dyn ToSql + Sync)]) -> Result<Vec<Answer>, StoreError> {
        let begun = Instant::now();
        let statement = self.prepared(what, sql)?;
        let rows = self.wait(what, self.transaction.query(&statement, bound))?;
        slow::told(sql, begun, rows.len() as u64);
        Ok(rows)
    }

    /// Hands over the rows of an answer, some at a time: between them other statements can be run.
    fn many(
        &self,
        what: &str,
        sql: &str,
        bound: &[&(dyn ToSql + Sync)],
        each: &mut dyn FnMut(&Answer) -> Step,
    ) -> Result<(), StoreError> {
        let (mut begun, mut time, mut seen) = (Instant::now(), Duration::ZERO, 0);
        let statement = self.prepared(what, sql)?;
        let portal: Portal = self.wait(what, self.transaction.bind(&statement, bound))?;
        let mut count = AT_FIRST;
        loop {
            let rows = self.wait(what, self.transaction.query_portal(&portal, count))?;
            // What is done with the rows is not the database's time.
            (time, seen) = (time + begun.elapsed(), seen + rows.len() as u64);
            let mut is_over = rows.len() < count as usize;
            for row in &rows {
                if each(row)?.is_break() {
                    is_over = true;
                    break;
                }
            }
            if is_over {
                slow::took(sql, time, seen);
                return Ok(());
            }
            begun = Instant::now();
            let bytes: usize = rows.iter().map(Answer::raw_size_bytes).sum();
            count = if bytes > BYTES_AT_A_TIME { (count / 4).max(1) } else { (count * 2).min(AT_A_TIME) };
        }
    }

    /// The rows that have one of these ids.
    fn of_ids(&self, what: &str, table: &Table, ids: &[&str]) -> Result<Vec<Row>, StoreError> {
        let mut misfits = Misfits::default();
        let answers = self.answers_of_ids(what, table, ids)?;
        answers.iter().map(|answer| table::decode(table, answer, &mut misfits, decode_ewkb)).collect()
    }

    /// As [`PgSession::of_ids`], still to be read.
    fn answers_of_ids(&self, what: &str, table: &Table, ids: &[&str]) -> Result<Vec<Answer>, StoreError> {
        let Some(id_column) = table.id_column.as_deref().map(quoted) else { return Ok(Vec::new()) };
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!("{} WHERE {id_column} = ANY(?1)", table::select(table));
        self.few(what, &sql, &[&ids])
    }

    /// From where the numbers of a table's rows are drawn, as SQL names it; `None` where they are not drawn.
    fn numbers(&self, table: &str, column: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT pg_get_serial_sequence(?1, ?2)";
        let rows = self.few("preparing the change", sql, &[&quoted(table), &column])?;
        Ok(rows.first().and_then(|row| row.get(0)))
    }

    /// The one number that a statement gives.
    fn number(&self, what: &str, sql: &str) -> Result<i64, StoreError> {
        Ok(self.few(what, sql, &[])?.first().map_or(0, |row| row.get(0)))
    }

    /// Copies rows into a table by the binary protocol; gives the id that is taken where one is.
    fn copy<'b, R: AsRef<[Bind<'b>]>>(
        &self,
        what: &str,
        name: &str,
        columns: &[impl AsRef<str>],
        rows: impl Iterator<Item = R>,
    ) -> Result<Option<String>, StoreError> {
        let columns: Vec<_> = columns.iter().map(AsRef::as_ref).collect();
        let columns = columns.join(", ");
        // An empty answer tells of the types.
        let shape = self.prepared(what, &format!("SELECT {columns} FROM {name} LIMIT 0"))?;
        let types: Vec<_> = shape.columns().iter().map(|column| column.type_().clone()).collect();
        let statement = format!("COPY {name} ({columns}) FROM STDIN (FORMAT binary)");
        let copied = self.runtime.block_on(async {
            let sink = self.transaction.copy_in(statement.as_str()).await?;
            let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
            for row in rows {
                writer.as_mut().write_raw(row.as_ref()).await?;
            }
            writer.finish().await
        });
        match copied {
            Ok(_) => Ok(None),
            Err(error) => match taken(&error) {
                Some(id) => Ok(Some(id)),
                None => Err(failed(what)(error)),
            },
        }
    }
}

/// The hash of a row, over what a GeoPackage would hold of it: a store keeps its chain when it moves.
pub fn row_hash(table: &Table, row: &Row) -> Vec<u8> {
    let place = row.shape.as_ref().map(|shape| write_gpkg_blob(shape, table.srs_id));
    let mut cells: Vec<(&str, Option<&Value>)> =
        table.columns.iter().map(String::as_str).zip(row.values.iter().map(Some)).collect();
    let (id, geometry) = (table.id_column.as_deref(), table.geometry_column());
    cells.extend(id.into_iter().chain(geometry).map(|name| (name, None)));
    cells.sort_by(|a, b| a.0.cmp(b.0));
    let mut hash = RowHash::default();
    for (name, value) in cells {
        match value {
            None if Some(name) == id => hash.add(name, Hashed::Text(row.id.as_str().as_bytes())),
            None => {
                if let Some(place) = &place {
                    hash.add(name, Hashed::Blob(place));
                }
            }
            Some(Value::Null) => {}
            Some(Value::Text(text)) => hash.add(name, Hashed::Text(text.as_bytes())),
            Some(Value::Integer(number)) => hash.add(name, Hashed::Integer(*number)),
            Some(Value::Number(number)) => hash.add(name, Hashed::Real(*number)),
            Some(Value::Boolean(value)) => hash.add(name, Hashed::Integer(i64::from(*value))),
            Some(Value::Date(date)) => hash.add(name, Hashed::Text(date.to_string().as_bytes())),
            Some(Value::DateTime(at)) => hash.add(name, Hashed::Text(written(*at).as_bytes())),
        }
    }
    hash.finish().to_vec()
}

/// Columns of the history that say of a row that it is new.
const LOG: [&str; 4] = ["change_id", "collection", "id", "operation"];

/// What they say.
fn entry_of<'b>(change: i64, collection: &'b str, row: &'b NewRow) -> Vec<Bind<'b>> {
    vec![Bind::Integer(change), Bind::from(collection), Bind::from(&row.id), Bind::Text("insert")]
}

impl Session for PgSession<'_> {
    fn run(&self, what: &str, sql: &str, bound: &[Bind<'_>]) -> Result<u64, StoreError> {
        let begun = Instant::now();
        let statement = self.prepared(what, sql)?;
        let written = self.wait(what, self.transaction.execute(&statement, &parameters(bound)))?;
        slow::told(sql, begun, written);
        Ok(written)
    }

    fn run_all(&self, what: &str, sql: &str, lists: &[Vec<Bind<'_>>]) -> Result<(), StoreError> {
        let begun = Instant::now();
        let statement = self.prepared(what, sql)?;
        for together in lists.chunks(PIPELINED) {
            let bound: Vec<_> = together.iter().map(|bound| parameters(bound)).collect();
            let under_way = bound.iter().map(|bound| Box::pin(self.transaction.execute(&statement, bound)));
            self.wait(what, all_of(under_way.collect()))?;
        }
        slow::told(sql, begun, lists.len() as u64);
        Ok(())
    }

    fn write_all(&self, what: &str, table: &str, columns: &[&str], rows: &[Vec<Bind<'_>>]) -> Result<(), StoreError> {
        if rows.len() < COPIED {
            return self.run_all(what, &insertion(table, columns), rows);
        }
        match self.copy(what, table, columns, rows.iter())? {
            None => Ok(()),
            Some(id) => Err(StoreError::Conflict { collection: table.to_owned(), id }),
        }
    }

    fn visit(
        &self,
        what: &str,
        sql: &str,
        bound: &[Bind<'_>],
        each: &mut dyn FnMut(&Found<'_>) -> Step,
    ) -> Result<(), StoreError> {
        self.many(what, sql, &parameters(bound), &mut |row| each(&Found::new(row, what)))
    }

    fn visit_few(
        &self,
        what: &str,
        sql: &str,
        bound: &[Bind<'_>],
        each: &mut dyn FnMut(&Found<'_>) -> Step,
    ) -> Result<(), StoreError> {
        for row in self.few(what, sql, &parameters(bound))? {
            if each(&Found::new(&row, what))?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn rows(
        &self,
        what: &str,
        table: &Table,
        sql: &str,
        bound: &[Bind<'_>],
        each: &mut dyn FnMut(Row) -> Step,
    ) -> Result<(), StoreError> {
        let mut misfits = Misfits::default();
        self.many(what, sql, &parameters(bound), &mut |row| {
            each(table::decode(table, row, &mut misfits, decode_ewkb)?)
        })?;
        misfits.tell(table);
        Ok(())
    }

    fn has_table(&self, _: &str) -> Result<bool, StoreError> {
        // All of them are made with the store.
        Ok(true)
    }

    fn make(&self, _: &str, _: &str) -> Result<(), StoreError> {
        Ok(())
    }

    fn tables(&self) -> Result<(Vec<Table>, Vec<Unserved>), StoreError> {
        let sql = format!("SELECT {}", schema::FINGERPRINT);
        let now = self.few("reading the list of tables", &sql, &[&self.shelf])?;
        let now: i64 = now.first().map_or(0, |row| row.get(0));
        if let Some((then, tables, unserved)) = lock(self.looked).clone()
            && then == now
        {
            return Ok((tables, unserved));
        }
        let (tables, unserved) = schema::tables(self)?;
        *lock(self.looked) = Some((now, tables.clone(), unserved.clone()));
        Ok((tables, unserved))
    }

    fn create_table(&self, collection: &Collection) -> Result<Table, StoreError> {
        schema::create_table(self, collection)
    }

    fn watch(&self, tables: &[Table]) -> Result<(), StoreError> {
        schema::watch(self, tables)
    }

    fn set_keeping(&self, keeps: bool) -> Result<(), StoreError> {
        let sql = "SELECT set_config('langxanh.writing', ?1, true)";
        self.few("preparing the change", sql, &[&if keeps { "on" } else { "" }]).map(|_| ())
    }

    fn trim(&self) -> Result<(), StoreError> {
        let sql = "WITH gone AS (DELETE FROM langxanh_touched
                     WHERE seq <= (SELECT max(seq) FROM langxanh_touched) - ?1 RETURNING seq)
                   UPDATE langxanh_meta SET value = (SELECT max(seq) FROM gone)::text
                     WHERE key = 'forgotten' AND EXISTS (SELECT 1 FROM gone)";
        self.run("trimming the journal of the store", sql, &[Bind::Integer(MAX_TOUCHED as i64)]).map(|_| ())
    }

    fn next_number(&self, table: &str, column: &str) -> Result<i64, StoreError> {
        // Who writes is alone: nobody draws a number meanwhile.
        let what = "preparing the change";
        let drawn = match self.numbers(table, column)? {
            Some(numbers) => {
                let sql = format!("SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END FROM {numbers}");
                self.number(what, &sql)?
            }
            None => 1,
        };
        // Other programs may write numbers that were never drawn.
        let sql = format!("SELECT coalesce(max({}), 0) + 1 FROM {}", quoted(column), quoted(table));
        Ok(drawn.max(self.number(what, &sql)?))
    }

    fn set_next_number(&self, table: &str, column: &str, next: i64) -> Result<(), StoreError> {
        if let Some(numbers) = self.numbers(table, column)? {
            let sql = "SELECT setval(CAST(CAST(?1 AS TEXT) AS regclass), ?2, false)";
            self.few("numbering rows", sql, &[&numbers, &next])?;
        }
        Ok(())
    }

    fn lookahead(&self) -> usize {
        LOOKAHEAD
    }

    fn look_up(&self, table: &Table, ids: &[&FeatureId]) -> Result<Vec<Row>, StoreError> {
        let ids: Vec<_> = ids.iter().map(|id| id.as_str()).collect();
        self.of_ids("looking a row up", table, &ids)
    }

    fn insert(&self, table: &Table, change: Option<i64>, rows: &[NewRow]) -> Result<(), StoreError> {
        let collection = &table.collection.id;
        let what = match rows {
            [row] => format!("writing the row '{}' of '{collection}'", row.id),
            _ => format!("writing rows of '{collection}'"),
        };
        let name = quoted(&table.name);
        let mut columns = vec!["fid".to_owned(), quoted(table.id_column.as_deref().unwrap_or("id"))];
        columns.extend(table.geometry_column().map(quoted));
        columns.extend(table.columns.iter().map(|column| quoted(column)));
        let has_place = table.collection.geometry.is_some();
        let bound = rows.iter().map(|NewRow { fid, id, values, shape }| {
            let mut bound = vec![Bind::Integer(*fid), Bind::from(id)];
            if has_place {
                bound.push(shape.as_ref().map_or(Bind::Null, |shape| Bind::Place(shape, table)));
            }
            bound.extend(values.iter().map(Bind::Value));
            bound
        });
        let conflict = |id: String| StoreError::Conflict { collection: collection.clone(), id };
        const LOGGING: &str = "writing the history";
        if rows.len() >= COPIED {
            if let Some(id) = self.copy(&what, &name, &columns, bound)? {
                return Err(conflict(id));
            }
            let Some(change) = change else { return Ok(()) };
            // What lies in the table now is hashed, whatever triggers of others have made of it. To change each entry
            // later would write it twice.
            let ids: Vec<_> = rows.iter().map(|row| row.id.as_str()).collect();
            let mut hashes = vec![None; rows.len()];
            self.hashes(table, &ids, &mut |at, hash| {
                hashes[at] = Some(hash);
                Ok(())
            })?;
            let log = rows.iter().zip(&hashes).map(|(row, hash)| {
                let mut entry = entry_of(change, collection, row);
                entry.push(Bind::from(hash));
                entry
            });
            let columns = [LOG.as_slice(), &["after"]].concat();
            return match self.copy(LOGGING, "langxanh_history", &columns, log)? {
                None => Ok(()),
                Some(id) => Err(conflict(id)),
            };
        }
        let statement = self.prepared(&what, &insertion(&name, &columns))?;
        for bound in bound {
            let written = self.runtime.block_on(self.transaction.execute(&statement, &parameters(&bound)));
            written.map_err(|error| match taken(&error) {
                Some(id) => conflict(id),
                None => failed(&what)(error),
            })?;
        }
        let log: Vec<_> =
            change.iter().flat_map(|change| rows.iter().map(|row| entry_of(*change, collection, row))).collect();
        self.run_all(LOGGING, &insertion("langxanh_history", &LOG), &log)
    }

    fn hashes(
        &self,
        table: &Table,
        ids: &[&str],
        each: &mut dyn FnMut(usize, Vec<u8>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, id) in ids.iter().enumerate() {
            places.entry(id).or_default().push(place);
        }
        for answer in self.answers_of_ids("sealing the history", table, ids)? {
            // One that another program has made unreadable has no hash: it must not keep everybody from writing.
            let Ok(row) = table::decode(table, &answer, &mut Misfits::default(), decode_ewkb) else { continue };
            let hash = row_hash(table, &row);
            for place in places.get(row.id.as_str()).into_iter().flatten() {
                each(*place, hash.clone())?;
            }
        }
        Ok(())
    }

    fn keep_hashes(&self, what: &str, of: &[(i64, &[u8])]) -> Result<(), StoreError> {
        let begun = Instant::now();
        let (entries, hashes): (Vec<i64>, Vec<&[u8]>) = of.iter().copied().unzip();
        let sql =
            "UPDATE langxanh_history h SET after = n.after FROM unnest(?1::bigint[], ?2::bytea[]) n (entry, after)
                   WHERE h.rowid = n.entry";
        let statement = self.prepared(what, sql)?;
        let written = self.wait(what, self.transaction.execute(&statement, &[&entries, &hashes]))?;
        slow::told(sql, begun, written);
        Ok(())
    }

    fn wrote(&self, _: &Table, _: bool) -> Result<(), StoreError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bound_values_are_marked_as_postgresql_does_and_quoted_question_marks_stay() {
        let sql = r#"SELECT "a?1", 'b?2', ?1 FROM t WHERE x = ?2"#;
        assert_eq!(translated(sql), r#"SELECT "a?1", 'b?2', $1 FROM t WHERE x = $2"#);
        assert_eq!(translated("'it''s ?1' ?1"), "'it''s ?1' $1");
    }
}
