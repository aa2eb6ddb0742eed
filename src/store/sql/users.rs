//! Users, what they were granted, and the hashes of their tokens, in tables that no GIS program shows.

use super::record::written;
use super::session::{Found, Session, bound};
use crate::access::{Account, Digest, Grant, KnownToken, Role, User, Users};
use crate::domain::schema::parse_instant;
use crate::store::{NewToken, StoreError};

/// Made with the first user. A grant that is null reaches everything. `user` is a word of SQL.
pub const TABLES: &str = "CREATE TABLE IF NOT EXISTS langxanh_users (
        name TEXT PRIMARY KEY NOT NULL, role TEXT NOT NULL, collections TEXT, districts TEXT, proposes INTEGER NOT NULL,
        made_at TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS langxanh_tokens (
        id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, \"user\" TEXT NOT NULL, sha256 TEXT UNIQUE NOT NULL,
        made_at TEXT NOT NULL, expires_at TEXT);";

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
pub fn put(session: &dyn Session, user: &User, token: Option<&NewToken>) -> Result<Option<i64>, StoreError> {
    const DOING: &str = "keeping a user";
    session.make(DOING, TABLES)?;
    let put = "INSERT INTO langxanh_users (name, role, collections, districts, proposes, made_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (name) DO UPDATE SET role = ?2, collections = ?3, districts = ?4, proposes = ?5";
    let Account { role, collections, districts, proposes } = &user.account;
    let (collections, districts) = (grant_to_text(collections), grant_to_text(districts));
    let made_at = written(user.made_at);
    let values = bound![&user.name, role.as_str(), &collections, &districts, i64::from(*proposes), &made_at];
    session.run(DOING, put, values)?;
    let Some(token) = token else { return Ok(None) };
    let add =
        "INSERT INTO langxanh_tokens (\"user\", sha256, made_at, expires_at) VALUES (?1, ?2, ?3, ?4) RETURNING id";
    let (digest, made_at, expires_at) = (token.digest.to_hex(), written(token.made_at), token.expires_at.map(written));
    session.number(DOING, add, bound![&user.name, &digest, &made_at, &expires_at]).map(Some)
}

/// Takes a user off the record, with all his tokens.
pub fn remove(session: &dyn Session, name: &str) -> Result<bool, StoreError> {
    const DOING: &str = "removing a user";
    session.make(DOING, TABLES)?;
    session.run(DOING, "DELETE FROM langxanh_tokens WHERE \"user\" = ?1", bound![name])?;
    Ok(session.run(DOING, "DELETE FROM langxanh_users WHERE name = ?1", bound![name])? > 0)
}

/// Takes one token of a user off the record.
pub fn revoke(session: &dyn Session, user: &str, id: i64) -> Result<bool, StoreError> {
    const DOING: &str = "revoking a token";
    session.make(DOING, TABLES)?;
    let gone = "DELETE FROM langxanh_tokens WHERE \"user\" = ?1 AND id = ?2";
    Ok(session.run(DOING, gone, bound![user, id])? > 0)
}

/// What cannot be read makes nobody a user: a role of a newer program, or one that somebody wrote by hand.
fn user(row: &Found<'_>) -> Result<Option<User>, StoreError> {
    let Some(role) = Role::parse(&row.get::<String>(1)?) else { return Ok(None) };
    let (collections, districts) = (grant_of_text(row.get(2)?), grant_of_text(row.get(3)?));
    let account = Account { role, collections, districts, proposes: row.get(4)? };
    let made_at = parse_instant(&row.get::<String>(5)?).unwrap_or_default();
    Ok(Some(User { name: row.get(0)?, account, made_at }))
}

/// A token whose end cannot be read is none.
fn token(row: &Found<'_>) -> Result<Option<KnownToken>, StoreError> {
    let expires_at: Option<String> = row.get(4)?;
    let end = expires_at.as_deref().map(parse_instant);
    let (Some(digest), None | Some(Some(_))) = (Digest::from_hex(&row.get::<String>(2)?), end) else {
        return Ok(None);
    };
    let made_at = parse_instant(&row.get::<String>(3)?).unwrap_or_default();
    Ok(Some(KnownToken { id: row.get(0)?, user: row.get(1)?, digest, made_at, expires_at: end.flatten() }))
}

/// All users by name, all tokens by number.
pub fn read(session: &dyn Session) -> Result<Users, StoreError> {
    const DOING: &str = "reading the users";
    if !session.has_table("langxanh_users")? {
        return Ok(Users::default());
    }
    let all = "SELECT name, role, collections, districts, proposes, made_at FROM langxanh_users ORDER BY name";
    let users = session.all(DOING, all, &[], user)?;
    let all = "SELECT id, \"user\", sha256, made_at, expires_at FROM langxanh_tokens ORDER BY id";
    let tokens = session.all(DOING, all, &[], token)?;
    Ok(Users { users: users.into_iter().flatten().collect(), tokens: tokens.into_iter().flatten().collect() })
}
