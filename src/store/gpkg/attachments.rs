//! Pictures of features: who put them there and took them away. Their content is kept as other files are.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{StoreError, doing, sources};
use crate::domain::schema::parse_instant;
use crate::domain::{Collection, FeatureId};
use crate::store::{Attachment, NewAttachment, Origin};

/// Made with the first picture.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS langxanh_attachments (
        attachment INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, collection TEXT NOT NULL, id TEXT NOT NULL,
        sha256 TEXT NOT NULL, name TEXT NOT NULL, media_type TEXT NOT NULL, bytes INTEGER NOT NULL,
        width INTEGER NOT NULL, height INTEGER NOT NULL, at TEXT NOT NULL, who TEXT NOT NULL,
        removed_at TEXT, removed_by TEXT);
    CREATE INDEX IF NOT EXISTS langxanh_attachments_of ON langxanh_attachments (collection, id);";

const COLUMNS: &str = "sha256, name, media_type, bytes, width, height, at, who, removed_at, removed_by";

fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn attachment(row: &Row<'_>) -> rusqlite::Result<Attachment> {
    let instant = |text: String| parse_instant(&text).unwrap_or_default();
    let removed: Option<String> = row.get(8)?;
    let by: Option<String> = row.get(9)?;
    Ok(Attachment {
        sha256: row.get(0)?,
        name: row.get(1)?,
        media_type: row.get(2)?,
        bytes: row.get::<_, i64>(3)?.unsigned_abs(),
        width: row.get(4)?,
        height: row.get(5)?,
        at: instant(row.get(6)?),
        who: row.get(7)?,
        removed: removed.map(|at| (instant(at), by.unwrap_or_default())),
    })
}

fn present(connection: &Connection, of: (&str, &str), sha256: &str) -> rusqlite::Result<Option<Attachment>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM langxanh_attachments WHERE collection = ?1 AND id = ?2 AND sha256 = ?3 AND removed_at IS NULL"
    );
    connection.query_row(&sql, params![of.0, of.1, sha256], attachment).optional()
}

/// Keeps what was done among the changes, where its hash is sealed with theirs. No row changes with it.
fn note(transaction: &Transaction<'_>, collection: &Collection, origin: &Origin) -> Result<(), StoreError> {
    let note = "INSERT INTO langxanh_changes (at, who, what, collection, why, inserted, updated, deleted) \
                VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0)";
    let values = params![now(), origin.who, origin.what, collection.id, origin.why];
    transaction.execute(note, values).map_err(doing("writing the history"))?;
    Ok(())
}

/// Puts a picture to a feature, which must be there.
pub fn add(
    transaction: &Transaction<'_>,
    collection: &Collection,
    id: &FeatureId,
    new: NewAttachment<'_>,
    origin: &Origin,
) -> Result<Attachment, StoreError> {
    let fail = || doing("adding a picture");
    transaction.execute_batch(TABLE).map_err(fail())?;
    let of = (collection.id.as_str(), id.as_str());
    let NewAttachment { media_type, width, height, source } = new;
    let sha256 = source.sha256.clone();
    if let Some(there) = present(transaction, of, &sha256).map_err(fail())? {
        return Ok(there);
    }
    let name = source.name.clone();
    sources::keep(transaction, source)?;
    let add = "INSERT INTO langxanh_attachments (collection, id, sha256, name, media_type, bytes, width, height, at, who) \
               SELECT ?1, ?2, ?3, ?4, ?5, bytes, ?6, ?7, ?8, ?9 FROM langxanh_sources WHERE sha256 = ?3";
    let values = params![of.0, of.1, sha256, name, media_type, width, height, now(), origin.who];
    transaction.execute(add, values).map_err(fail())?;
    note(transaction, collection, origin)?;
    let there = present(transaction, of, &sha256).map_err(fail())?;
    there.ok_or_else(|| StoreError::Stopped("the picture was not kept".to_owned()))
}

/// Takes a picture away; false where there is none such.
pub fn remove(
    transaction: &Transaction<'_>,
    collection: &Collection,
    id: &FeatureId,
    sha256: &str,
    origin: &Origin,
) -> Result<bool, StoreError> {
    let fail = || doing("removing a picture");
    transaction.execute_batch(TABLE).map_err(fail())?;
    let remove = "UPDATE langxanh_attachments SET removed_at = ?4, removed_by = ?5 \
                  WHERE collection = ?1 AND id = ?2 AND sha256 = ?3 AND removed_at IS NULL";
    let values = params![collection.id, id.as_str(), sha256, now(), origin.who];
    let is_removed = transaction.execute(remove, values).map_err(fail())? > 0;
    if is_removed {
        note(transaction, collection, origin)?;
    }
    Ok(is_removed)
}

/// All pictures of a feature.
pub fn list(connection: &Connection, collection: &Collection, id: &FeatureId) -> Result<Vec<Attachment>, StoreError> {
    let fail = || doing("reading the pictures of a feature");
    let there = "SELECT count(*) FROM sqlite_master WHERE name = 'langxanh_attachments'";
    if connection.query_row(there, [], |row| row.get::<_, i64>(0)).map_err(fail())? == 0 {
        return Ok(Vec::new());
    }
    let sql =
        format!("SELECT {COLUMNS} FROM langxanh_attachments WHERE collection = ?1 AND id = ?2 ORDER BY attachment");
    let mut statement = connection.prepare_cached(&sql).map_err(fail())?;
    let rows = statement.query_map(params![collection.id, id.as_str()], attachment).map_err(fail())?;
    rows.collect::<rusqlite::Result<Vec<_>>>().map_err(fail())
}
