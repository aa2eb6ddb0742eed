//! Pictures of features: who put them there and took them away. Their content is kept as other files are.

use chrono::Utc;

use super::record::written;
use super::session::{Found, Session, bound};
use super::sources;
use crate::domain::schema::parse_instant;
use crate::domain::{Collection, FeatureId};
use crate::store::{Attachment, NewAttachment, Origin, StoreError};

/// Made with the first picture.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS langxanh_attachments (
        attachment INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, collection TEXT NOT NULL, id TEXT NOT NULL,
        sha256 TEXT NOT NULL, name TEXT NOT NULL, media_type TEXT NOT NULL, bytes INTEGER NOT NULL,
        width INTEGER NOT NULL, height INTEGER NOT NULL, at TEXT NOT NULL, who TEXT NOT NULL,
        removed_at TEXT, removed_by TEXT);
    CREATE INDEX IF NOT EXISTS langxanh_attachments_of ON langxanh_attachments (collection, id);";

const COLUMNS: &str = "sha256, name, media_type, bytes, width, height, at, who, removed_at, removed_by";

fn attachment(row: &Found<'_>) -> Result<Attachment, StoreError> {
    let instant = |text: String| parse_instant(&text).unwrap_or_default();
    let removed: Option<String> = row.get(8)?;
    let by: Option<String> = row.get(9)?;
    Ok(Attachment {
        sha256: row.get(0)?,
        name: row.get(1)?,
        media_type: row.get(2)?,
        bytes: row.get::<i64>(3)?.unsigned_abs(),
        width: row.get(4)?,
        height: row.get(5)?,
        at: instant(row.get(6)?),
        who: row.get(7)?,
        removed: removed.map(|at| (instant(at), by.unwrap_or_default())),
    })
}

fn present(session: &dyn Session, of: (&str, &str), sha256: &str) -> Result<Option<Attachment>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM langxanh_attachments WHERE collection = ?1 AND id = ?2 AND sha256 = ?3 AND removed_at IS NULL"
    );
    session.first("reading the pictures of a feature", &sql, bound![of.0, of.1, sha256], attachment)
}

/// Keeps what was done among the changes, where its hash is sealed with theirs. No row changes with it.
fn note(session: &dyn Session, collection: &Collection, origin: &Origin) -> Result<(), StoreError> {
    let note = "INSERT INTO langxanh_changes (at, who, what, collection, why, inserted, updated, deleted) \
                VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0)";
    let now = written(Utc::now());
    let values = bound![&now, &origin.who, &origin.what, &collection.id, &origin.why];
    session.run("writing the history", note, values).map(|_| ())
}

/// Puts a picture to a feature, which must be there.
pub fn add(
    session: &dyn Session,
    collection: &Collection,
    id: &FeatureId,
    new: NewAttachment<'_>,
    origin: &Origin,
) -> Result<Attachment, StoreError> {
    const DOING: &str = "adding a picture";
    session.make(DOING, TABLE)?;
    let of = (collection.id.as_str(), id.as_str());
    let NewAttachment { media_type, width, height, source } = new;
    let sha256 = source.sha256.clone();
    if let Some(there) = present(session, of, &sha256)? {
        return Ok(there);
    }
    let name = source.name.clone();
    sources::keep(session, source)?;
    let bytes = session.number(DOING, "SELECT bytes FROM langxanh_sources WHERE sha256 = ?1", bound![&sha256])?;
    let add = "INSERT INTO langxanh_attachments (collection, id, sha256, name, media_type, bytes, width, height, at, who) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let now = written(Utc::now());
    let values = bound![of.0, of.1, &sha256, &name, media_type, bytes, width, height, &now, &origin.who];
    session.run(DOING, add, values)?;
    note(session, collection, origin)?;
    let there = present(session, of, &sha256)?;
    there.ok_or_else(|| StoreError::Stopped("the picture was not kept".to_owned()))
}

/// Takes a picture away; false where there is none such.
pub fn remove(
    session: &dyn Session,
    collection: &Collection,
    id: &FeatureId,
    sha256: &str,
    origin: &Origin,
) -> Result<bool, StoreError> {
    const DOING: &str = "removing a picture";
    session.make(DOING, TABLE)?;
    let remove = "UPDATE langxanh_attachments SET removed_at = ?4, removed_by = ?5 \
                  WHERE collection = ?1 AND id = ?2 AND sha256 = ?3 AND removed_at IS NULL";
    let now = written(Utc::now());
    let is_removed = session.run(DOING, remove, bound![&collection.id, id, sha256, &now, &origin.who])? > 0;
    if is_removed {
        note(session, collection, origin)?;
    }
    Ok(is_removed)
}

/// All pictures of a feature.
pub fn list(session: &dyn Session, collection: &Collection, id: &FeatureId) -> Result<Vec<Attachment>, StoreError> {
    if !session.has_table("langxanh_attachments")? {
        return Ok(Vec::new());
    }
    let sql =
        format!("SELECT {COLUMNS} FROM langxanh_attachments WHERE collection = ?1 AND id = ?2 ORDER BY attachment");
    session.all("reading the pictures of a feature", &sql, bound![&collection.id, id], attachment)
}
