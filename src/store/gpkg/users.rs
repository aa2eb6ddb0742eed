//! Users, what they were granted, and the hashes of their tokens, in tables that no GIS program shows.

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{Connection, Row, Transaction, params};

use super::{GpkgStore, StoreError, begin, doing, lock};
use crate::access::{Account, Digest, Grant, KnownToken, Role, User, Users};
use crate::domain::schema::parse_instant;
use crate::store::NewToken;

/// Made with the first user. A grant that is null reaches everything.
const TABLES: &str = "CREATE TABLE IF NOT EXISTS langxanh_users (
        name TEXT PRIMARY KEY NOT NULL, role TEXT NOT NULL, collections TEXT, districts TEXT, proposes INTEGER NOT NULL,
        made_at TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS langxanh_tokens (
        id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, user TEXT NOT NULL, sha256 TEXT UNIQUE NOT NULL,
        made_at TEXT NOT NULL, expires_at TEXT);";

pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Whether there is a table of a name.
pub(super) fn is_there(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?1";
    Ok(connection.query_row(sql, [table], |row| row.get::<_, i64>(0))? > 0)
}

impl GpkgStore {
    /// Writes what is no row of a collection: durably, all of it or nothing.
    pub(super) fn keep<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Some(writer) = &self.writer else {
            return Err(StoreError::ReadOnly(format!("{} was not made by langxanh", self.path.display())));
        };
        let mut writer = lock(writer);
        let transaction = begin(&mut writer)?;
        let done = work(&transaction)?;
        transaction.commit().map_err(doing("committing the change"))?;
        Ok(done)
    }
}

fn grant_to_text(grant: &Grant) -> Option<String> {
    grant.names().map(|names| serde_json::Value::from(names).to_string())
}

/// A grant that cannot be read reaches nothing.
fn grant_of_text(text: Option<String>) -> Grant {
    match text {
        None => Grant::All,
        Some(text) => Grant::Only(serde_json::from_str(&text).unwrap_or_default()),
    }
}

/// Puts a user on record or changes what he was granted, and adds a token.
pub fn put(transaction: &Transaction<'_>, user: &User, token: Option<&NewToken>) -> Result<Option<i64>, StoreError> {
    let fail = || doing("keeping a user");
    transaction.execute_batch(TABLES).map_err(fail())?;
    let put = "INSERT INTO langxanh_users (name, role, collections, districts, proposes, made_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (name) DO UPDATE SET role = ?2, collections = ?3, districts = ?4, proposes = ?5";
    let Account { role, collections, districts, proposes } = &user.account;
    let (collections, districts) = (grant_to_text(collections), grant_to_text(districts));
    let values = params![user.name, role.as_str(), collections, districts, proposes, instant(user.made_at)];
    transaction.execute(put, values).map_err(fail())?;
    let Some(token) = token else { return Ok(None) };
    let add = "INSERT INTO langxanh_tokens (user, sha256, made_at, expires_at) VALUES (?1, ?2, ?3, ?4)";
    let values = params![user.name, token.digest.to_hex(), instant(token.made_at), token.expires_at.map(instant)];
    transaction.execute(add, values).map_err(fail())?;
    Ok(Some(transaction.last_insert_rowid()))
}

/// Takes a user off the record, with all his tokens.
pub fn remove(transaction: &Transaction<'_>, name: &str) -> Result<bool, StoreError> {
    let fail = || doing("removing a user");
    transaction.execute_batch(TABLES).map_err(fail())?;
    transaction.execute("DELETE FROM langxanh_tokens WHERE user = ?1", [name]).map_err(fail())?;
    Ok(transaction.execute("DELETE FROM langxanh_users WHERE name = ?1", [name]).map_err(fail())? > 0)
}

/// Takes one token of a user off the record.
pub fn revoke(transaction: &Transaction<'_>, user: &str, id: i64) -> Result<bool, StoreError> {
    let fail = || doing("revoking a token");
    transaction.execute_batch(TABLES).map_err(fail())?;
    let gone = "DELETE FROM langxanh_tokens WHERE user = ?1 AND id = ?2";
    Ok(transaction.execute(gone, params![user, id]).map_err(fail())? > 0)
}

/// What cannot be read makes nobody a user: a role of a newer program, or one that somebody wrote by hand.
fn user(row: &Row<'_>) -> rusqlite::Result<Option<User>> {
    let Some(role) = Role::parse(&row.get::<_, String>(1)?) else { return Ok(None) };
    let (collections, districts) = (grant_of_text(row.get(2)?), grant_of_text(row.get(3)?));
    let account = Account { role, collections, districts, proposes: row.get(4)? };
    let made_at = parse_instant(&row.get::<_, String>(5)?).unwrap_or_default();
    Ok(Some(User { name: row.get(0)?, account, made_at }))
}

/// A token whose end cannot be read is none.
fn token(row: &Row<'_>) -> rusqlite::Result<Option<KnownToken>> {
    let expires_at: Option<String> = row.get(4)?;
    let end = expires_at.as_deref().map(parse_instant);
    let (Some(digest), None | Some(Some(_))) = (Digest::from_hex(&row.get::<_, String>(2)?), end) else {
        return Ok(None);
    };
    let made_at = parse_instant(&row.get::<_, String>(3)?).unwrap_or_default();
    Ok(Some(KnownToken { id: row.get(0)?, user: row.get(1)?, digest, made_at, expires_at: end.flatten() }))
}

/// All users by name, all tokens by number.
pub fn read(connection: &Connection) -> Result<Users, StoreError> {
    let fail = || doing("reading the users");
    let state = connection.unchecked_transaction().map_err(fail())?;
    if !is_there(&state, "langxanh_users").map_err(fail())? {
        return Ok(Users::default());
    }
    let all = "SELECT name, role, collections, districts, proposes, made_at FROM langxanh_users ORDER BY name";
    let mut statement = state.prepare_cached(all).map_err(fail())?;
    let users = statement.query_map([], user).and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>);
    let all = "SELECT id, user, sha256, made_at, expires_at FROM langxanh_tokens ORDER BY id";
    let mut statement = state.prepare_cached(all).map_err(fail())?;
    let tokens = statement.query_map([], token).and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>);
    Ok(Users {
        users: users.map_err(fail())?.into_iter().flatten().collect(),
        tokens: tokens.map_err(fail())?.into_iter().flatten().collect(),
    })
}
