//! The chain over everything that happened to a store ([`crate::store::chain`]), in a table beside the history.
//!
//! Our own changes are sealed in their transaction, what other programs wrote by the next one. A row's state after a
//! change is in the chain as a hash, so that a register that was altered behind the back of its triggers is found.

use std::cell::{self, RefCell};

use chrono::Utc;

use super::record::written;
use super::session::{Cell, Found, NEXT, Session, bound};
use super::table::{Table, quoted};
use crate::domain::Kind;
use crate::store::StoreError;
use crate::store::chain::{BEGINNING, Field, Line, LinkHash, Piece};
use crate::store::record::{ChainHead, Verdict};
use crate::text::hex;

pub const TABLES: &str = "CREATE TABLE IF NOT EXISTS langxanh_chain (
        seq INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, kind TEXT NOT NULL, subject INTEGER NOT NULL,
        sealed_at TEXT NOT NULL, hash TEXT NOT NULL);
    CREATE UNIQUE INDEX IF NOT EXISTS langxanh_chain_of ON langxanh_chain (kind, subject);
    CREATE TABLE IF NOT EXISTS langxanh_baseline (
        collection TEXT NOT NULL, id TEXT NOT NULL, after BLOB, PRIMARY KEY (collection, id)) WITHOUT ROWID;";

/// Faults of a verification that are told one by one.
const MAX_FAULTS: usize = 100;

/// So many rows are hashed together.
const TOGETHER: usize = 1000;

const DOING: &str = "sealing the history";

/// Whether the store has the tables of the chain.
pub fn is_there(session: &dyn Session) -> Result<bool, StoreError> {
    session.has_table("langxanh_chain")
}

/// Number and hash of the last link.
fn newest(session: &dyn Session) -> Result<Option<(i64, String)>, StoreError> {
    let sql = "SELECT seq, hash FROM langxanh_chain ORDER BY seq DESC LIMIT 1";
    session.first(DOING, sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The last subject of a kind that is sealed; 0 for none.
pub fn last_sealed(session: &dyn Session, kind: &str) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(max(subject), 0) FROM langxanh_chain WHERE kind = ?1";
    session.number(DOING, sql, bound![kind])
}

/// Changes that no link seals yet.
fn pending(session: &dyn Session) -> Result<u64, StoreError> {
    let sql = "SELECT count(*) FROM langxanh_changes WHERE change_id > ?1";
    Ok(session.number(DOING, sql, bound![last_sealed(session, "change")?])?.unsigned_abs())
}

/// How far the chain has come; nothing where it has not begun.
pub fn head(session: &dyn Session) -> Result<Option<ChainHead>, StoreError> {
    if !is_there(session)? {
        return Ok(None);
    }
    let Some((seq, hash)) = newest(session)? else { return Ok(None) };
    Ok(Some(ChainHead { seq, hash, pending: pending(session)? }))
}

/// Whether something is there that no link seals yet.
pub fn is_behind(session: &dyn Session) -> Result<bool, StoreError> {
    Ok(head(session)?.is_none_or(|head| head.pending > 0))
}

/// Seals all that is not sealed yet: changes in their order, then sign-offs. Begins the chain where there is none.
pub fn seal(session: &dyn Session, tables: &[Table]) -> Result<(), StoreError> {
    let now = written(Utc::now());
    let (mut seq, mut hash) = newest(session)?.unwrap_or((0, BEGINNING.to_owned()));
    let mut close = |kind: &str, subject: i64| -> Result<(), StoreError> {
        seq += 1;
        let mut link = LinkHash::after(&hash);
        lines(session, kind, subject, &now, &mut |line| {
            link.add(&line);
            Ok(())
        })?;
        hash = hex(&link.finish());
        let sql = "INSERT INTO langxanh_chain (seq, kind, subject, sealed_at, hash) VALUES (?1, ?2, ?3, ?4, ?5)";
        session.run(DOING, sql, bound![seq, kind, subject, &now, &hash]).map(|_| ())
    };
    if newest(session)?.is_none() {
        baseline(session, tables)?;
        let last = "SELECT coalesce(max(change_id), 0) FROM langxanh_changes";
        close("baseline", session.number(DOING, last, &[])?)?;
    }
    let changes = "SELECT change_id FROM langxanh_changes WHERE change_id > ?1 ORDER BY change_id";
    for change in numbers(session, changes, last_sealed(session, "change")?)? {
        hash_rows(session, tables, change)?;
        close("change", change)?;
    }
    let acts = "SELECT act_id FROM langxanh_quarters WHERE act_id > ?1 ORDER BY act_id";
    for act in numbers(session, acts, last_sealed(session, "quarter")?)? {
        close("quarter", act)?;
    }
    Ok(())
}

fn numbers(session: &dyn Session, sql: &str, behind: i64) -> Result<Vec<i64>, StoreError> {
    session.all(DOING, sql, bound![behind], |row| row.get(0))
}

/// Keeps the hash of every register row of which the history knows nothing: it was there before the chain.
fn baseline(session: &dyn Session, tables: &[Table]) -> Result<(), StoreError> {
    let keep = "INSERT INTO langxanh_baseline (collection, id, after) VALUES (?1, ?2, ?3)
                ON CONFLICT (collection, id) DO UPDATE SET after = excluded.after";
    for table in tables.iter().filter(|table| table.collection.kind == Kind::Register) {
        let Some(id) = table.id_column.as_deref().map(quoted) else { continue };
        let sql = format!(
            "SELECT t.{id} FROM {} t WHERE NOT EXISTS
             (SELECT 1 FROM langxanh_history h WHERE h.collection = ?1 AND h.id = t.{id})",
            quoted(&table.name)
        );
        let collection = &table.collection.id;
        let tell = |of: &[Wanted<()>]| {
            let lists: Vec<_> = of.iter().map(|((), id, after)| bound![collection, id, after].to_vec()).collect();
            session.run_all(DOING, keep, &lists)
        };
        let mut hashed = Hashed::new(session, table, &tell);
        session.visit(DOING, &sql, bound![collection], &mut |row| {
            hashed.add((), row.text(0)?.unwrap_or_default())?;
            NEXT
        })?;
        hashed.finish()?;
    }
    Ok(())
}

/// A row of which the hash is wanted: what came with the id, the id, the hash of the row as it stands.
type Wanted<T> = (T, String, Option<Vec<u8>>);

/// What is told of rows with their hashes.
type Told<'a, T> = &'a dyn Fn(&[Wanted<T>]) -> Result<(), StoreError>;

/// Finds the hashes of rows by their ids, many at a time.
struct Hashed<'a, T> {
    session: &'a dyn Session,
    table: &'a Table,
    waiting: Vec<Wanted<T>>,
    tell: Told<'a, T>,
}

impl<'a, T> Hashed<'a, T> {
    fn new(session: &'a dyn Session, table: &'a Table, tell: Told<'a, T>) -> Hashed<'a, T> {
        Hashed { session, table, waiting: Vec::new(), tell }
    }

    fn add(&mut self, with: T, id: String) -> Result<(), StoreError> {
        self.waiting.push((with, id, None));
        if self.waiting.len() >= TOGETHER { self.finish() } else { Ok(()) }
    }

    /// Tells of what still waits.
    fn finish(&mut self) -> Result<(), StoreError> {
        let ids: Vec<_> = self.waiting.iter().map(|(_, id, _)| id.clone()).collect();
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        self.session.hashes(self.table, &ids, &mut |at, hash| {
            self.waiting[at].2 = Some(hash);
            Ok(())
        })?;
        (self.tell)(&self.waiting)?;
        self.waiting.clear();
        Ok(())
    }
}

/// Keeps with each row of a change the hash of the row as it stands, where it was not kept when the row was written and
/// nothing was written to it since.
fn hash_rows(session: &dyn Session, tables: &[Table], change: i64) -> Result<(), StoreError> {
    let sql =
        "SELECT rowid, id FROM langxanh_history h WHERE change_id = ?1 AND operation <> 'delete' AND collection = ?2
        AND after IS NULL AND NOT EXISTS (SELECT 1 FROM langxanh_history n
                        WHERE n.collection = h.collection AND n.id = h.id AND n.rowid > h.rowid)";
    let collections = "SELECT DISTINCT collection FROM langxanh_history WHERE change_id = ?1";
    for collection in session.all(DOING, collections, bound![change], |row| row.get::<String>(0))? {
        let Some(table) = tables.iter().find(|table| table.collection.id == collection) else { continue };
        let tell = |of: &[Wanted<i64>]| {
            let hashes: Vec<_> =
                of.iter().filter_map(|(number, _, after)| Some((*number, after.as_deref()?))).collect();
            session.keep_hashes(DOING, &hashes)
        };
        let mut hashed = Hashed::new(session, table, &tell);
        session.visit(DOING, sql, bound![change, &collection], &mut |row| {
            hashed.add(row.get(0)?, row.text(1)?.unwrap_or_default())?;
            NEXT
        })?;
        hashed.finish()?;
    }
    Ok(())
}

/// The lines of a link as the tables hold them now. What is not there any more has none.
fn lines(
    session: &dyn Session,
    kind: &str,
    subject: i64,
    sealed_at: &str,
    each: &mut dyn FnMut(Line) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    match kind {
        "baseline" => baseline_lines(session, subject, sealed_at, each),
        "quarter" => quarter_line(session, subject, sealed_at, each),
        _ => change_lines(session, subject, sealed_at, each),
    }
}

fn baseline_lines(
    session: &dyn Session,
    last_change: i64,
    sealed_at: &str,
    each: &mut dyn FnMut(Line) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    each(Line {
        kind: "baseline",
        fields: vec![("sealed_at", sealed_at.into()), ("changes_before", last_change.into())],
    })?;
    let sql = "SELECT collection, id, after FROM langxanh_baseline ORDER BY collection, id";
    session.visit(DOING, sql, &[], &mut |row| {
        let collection: String = row.get(0)?;
        let id = row.text(1)?.unwrap_or_default();
        let after: Option<Vec<u8>> = row.get(2)?;
        let fields =
            vec![("collection", collection.into()), ("id", id.into()), ("after", after.map(|hash| hex(&hash)).into())];
        each(Line { kind: "row", fields })?;
        NEXT
    })
}

fn quarter_line(
    session: &dyn Session,
    act: i64,
    sealed_at: &str,
    each: &mut dyn FnMut(Line) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = "SELECT quarter, last_day, step, at, who, why, figures, sha256 FROM langxanh_quarters WHERE act_id = ?1";
    const NAMES: [&str; 8] = ["quarter", "last_day", "step", "at", "who", "why", "figures", "sha256"];
    let texts = session.first(DOING, sql, bound![act], |row| {
        (0..NAMES.len()).map(|at| row.get::<Option<String>>(at)).collect::<Result<Vec<_>, _>>()
    })?;
    let Some(texts) = texts else { return Ok(()) };
    let mut fields: Vec<(&'static str, Field)> = vec![("sealed_at", sealed_at.into()), ("act", act.into())];
    fields.extend(NAMES.into_iter().zip(texts.into_iter().map(Field::from)));
    each(Line { kind: "quarter", fields })
}

fn change_lines(
    session: &dyn Session,
    change: i64,
    sealed_at: &str,
    each: &mut dyn FnMut(Line) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = "SELECT batch, at, who, what, why, collection, inserted, updated, deleted
               FROM langxanh_changes WHERE change_id = ?1";
    let text = |row: &Found<'_>, at: usize| row.text(at).map(Field::from);
    let count = |row: &Found<'_>, at: usize| row.get::<Option<i64>>(at).map(Field::from);
    let fields = session.first(DOING, sql, bound![change], |row| {
        Ok(vec![
            ("sealed_at", sealed_at.into()),
            ("change", change.into()),
            ("batch", count(row, 0)?),
            ("at", text(row, 1)?),
            ("who", text(row, 2)?),
            ("what", text(row, 3)?),
            ("why", text(row, 4)?),
            ("collection", text(row, 5)?),
            ("inserted", count(row, 6)?),
            ("updated", count(row, 7)?),
            ("deleted", count(row, 8)?),
        ])
    })?;
    let Some(fields) = fields else { return Ok(()) };
    each(Line { kind: "change", fields })?;
    let sql = "SELECT collection, id, operation, before_values, before_geom, after
               FROM langxanh_history WHERE change_id = ?1 ORDER BY rowid";
    session.visit(DOING, sql, bound![change], &mut |row| {
        let bytes = |at: usize| -> Result<Field, StoreError> {
            Ok(match row.cell(at)? {
                Cell::Bytes(bytes) => hex(bytes).into(),
                _ => row.get::<Option<Vec<u8>>>(at)?.map(|bytes| hex(&bytes)).into(),
            })
        };
        let fields = vec![
            ("collection", text(row, 0)?),
            ("id", text(row, 1)?),
            ("operation", text(row, 2)?),
            ("before_values", text(row, 3)?),
            ("before_geom", bytes(4)?),
            ("after", bytes(5)?),
        ];
        each(Line { kind: "row", fields })?;
        NEXT
    })
}

/// A link as it is kept.
struct Link {
    seq: i64,
    kind: String,
    subject: i64,
    sealed_at: String,
    hash: String,
}

/// Hands over the links of the chain in their order.
fn links(session: &dyn Session, each: &mut dyn FnMut(Link) -> Result<(), StoreError>) -> Result<(), StoreError> {
    let sql = "SELECT seq, kind, subject, sealed_at, hash FROM langxanh_chain ORDER BY seq";
    session.visit(DOING, sql, &[], &mut |row| {
        each(Link {
            seq: row.get(0)?,
            kind: row.get(1)?,
            subject: row.get(2)?,
            sealed_at: row.get(3)?,
            hash: row.get(4)?,
        })?;
        NEXT
    })
}

/// Hands over the whole chain with what it seals.
pub fn export(
    session: &dyn Session,
    each: &mut dyn FnMut(Piece) -> Result<(), StoreError>,
) -> Result<Option<ChainHead>, StoreError> {
    let head = head(session)?;
    if head.is_some() {
        links(session, &mut |Link { seq, kind, subject, sealed_at, hash }| {
            lines(session, &kind, subject, &sealed_at, &mut |line| each(Piece::Line(line)))?;
            each(Piece::Seal { seq, hash })
        })?;
    }
    Ok(head)
}

/// Sentences about what does not agree.
#[derive(Default)]
struct Faults {
    told: Vec<String>,
    more: u64,
}

impl Faults {
    fn add(&mut self, sentence: String) {
        if self.told.len() < MAX_FAULTS {
            self.told.push(sentence);
        } else {
            self.more += 1;
        }
    }
}

/// Recomputes the chain from the tables and holds the registers against it. `known` is a head that was exported before.
pub fn verify(
    session: &dyn Session,
    tables: &[Table],
    known: Option<(i64, &str)>,
) -> Result<Option<Verdict>, StoreError> {
    let Some(head) = head(session)? else { return Ok(None) };
    let mut faults = Faults::default();
    let mut notes = Vec::new();
    let (mut last, mut previous, mut is_known) = (0, BEGINNING.to_owned(), false);
    links(session, &mut |Link { seq, kind, subject, sealed_at, hash }| {
        if seq != last + 1 {
            faults.add(format!("links {} to {} of the chain are not there any more", last + 1, seq - 1));
        }
        if (seq == 1) != (kind == "baseline") {
            faults.add(format!("link {seq}: a chain begins with its baseline and has one"));
        }
        let mut link = LinkHash::after(&previous);
        let mut count = 0u64;
        lines(session, &kind, subject, &sealed_at, &mut |line| {
            count += 1;
            link.add(&line);
            Ok(())
        })?;
        if count == 0 {
            faults.add(format!("link {seq}: the {kind} {subject} that it seals is not there any more"));
        } else if hex(&link.finish()) != hash {
            faults.add(format!("link {seq}: the {kind} {subject} is not as it was sealed on {sealed_at}"));
        }
        is_known |= known.is_some_and(|known| known == (seq, hash.as_str()));
        (last, previous) = (seq, hash);
        if kind == "baseline" && subject > 0 {
            notes.push(format!(
                "changes 1 to {subject} are older than the chain: they are sealed as they were on {sealed_at}"
            ));
        }
        Ok(())
    })?;
    if let Some((seq, hash)) = known.filter(|_| !is_known) {
        faults.add(format!("the exported head {seq}:{hash} is not in the chain: it was cut off or made anew"));
    }
    unsealed(session, &mut faults)?;
    let mut rows = 0;
    for table in tables.iter().filter(|table| table.collection.kind == Kind::Register) {
        rows += registers(session, table, &mut faults)?;
    }
    if head.pending > 0 {
        notes.push(format!("{} changes wait to be sealed by the next write of ours", head.pending));
    }
    Ok(Some(Verdict { head, rows, faults: faults.told, more_faults: faults.more, notes }))
}

/// What stands in the history and should be sealed or belongs to nothing.
fn unsealed(session: &dyn Session, faults: &mut Faults) -> Result<(), StoreError> {
    let slipped = "SELECT change_id FROM langxanh_changes c WHERE change_id <= ?1
        AND NOT EXISTS (SELECT 1 FROM langxanh_chain WHERE kind = 'change' AND subject = c.change_id)";
    for change in numbers(session, slipped, last_sealed(session, "change")?)? {
        faults.add(format!("change {change} was slipped in: no link seals it, and later ones are sealed"));
    }
    let acts = "SELECT act_id FROM langxanh_quarters q WHERE act_id > ?1
        AND NOT EXISTS (SELECT 1 FROM langxanh_chain WHERE kind = 'quarter' AND subject = q.act_id)";
    for act in numbers(session, acts, 0)? {
        faults.add(format!("the sign-off or reopening {act} is sealed by no link"));
    }
    let orphans = "SELECT DISTINCT change_id FROM langxanh_history h WHERE change_id > ?1
        AND NOT EXISTS (SELECT 1 FROM langxanh_changes c WHERE c.change_id = h.change_id)";
    for change in numbers(session, orphans, i64::MIN)? {
        faults.add(format!("the history has rows of a change {change} that is not there"));
    }
    Ok(())
}

/// Holds the rows of a register against their newest sealed state; gives how many were.
fn registers(session: &dyn Session, table: &Table, faults: &mut Faults) -> Result<u64, StoreError> {
    let Some(id) = table.id_column.as_deref().map(quoted) else { return Ok(0) };
    let collection = &table.collection.id;
    let sealed = last_sealed(session, "change")?;
    let compared = cell::Cell::new(0);
    let faults = RefCell::new(faults);
    let tell = |of: &[Wanted<Option<Vec<u8>>>]| {
        for (expected, id, stands) in of {
            compared.set(compared.get() + u64::from(stands.is_some()));
            let told = match (expected, stands) {
                (expected, stands) if expected == stands => continue,
                (Some(_), None) => format!("{collection}/{id} is gone, and no change deleted it"),
                (None, Some(_)) => format!("{collection}/{id} is there, and no change wrote it"),
                _ => format!("{collection}/{id} is not as the last change left it"),
            };
            faults.borrow_mut().add(told);
        }
        Ok(())
    };
    let mut hashed = Hashed::new(session, table, &tell);
    // The newest entry of each row.
    let sql = "SELECT id, change_id, after FROM langxanh_history h WHERE collection = ?1
        AND rowid = (SELECT max(rowid) FROM langxanh_history n WHERE n.collection = ?1 AND n.id = h.id)";
    session.visit(DOING, sql, bound![collection], &mut |row| {
        if row.get::<i64>(1)? <= sealed {
            hashed.add(row.get(2)?, row.text(0)?.unwrap_or_default())?;
        }
        NEXT
    })?;
    let sql = format!(
        "SELECT id, after FROM langxanh_baseline b WHERE collection = ?1
             AND NOT EXISTS (SELECT 1 FROM langxanh_history h WHERE h.collection = ?1 AND h.id = b.id)
         UNION ALL SELECT t.{id}, NULL FROM {} t
             WHERE NOT EXISTS (SELECT 1 FROM langxanh_history h WHERE h.collection = ?1 AND h.id = t.{id})
             AND NOT EXISTS (SELECT 1 FROM langxanh_baseline b WHERE b.collection = ?1 AND b.id = t.{id})",
        quoted(&table.name)
    );
    session.visit(DOING, &sql, bound![collection], &mut |row| {
        hashed.add(row.get(1)?, row.text(0)?.unwrap_or_default())?;
        NEXT
    })?;
    hashed.finish()?;
    Ok(compared.get())
}
