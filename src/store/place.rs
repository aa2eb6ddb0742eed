//! Where a store is: a GeoPackage file or a PostgreSQL database, opened, made, copied out and put back alike.

use std::fmt;
use std::path::{Path, PathBuf};

use super::gpkg::{GpkgStore, moved, remove_logs};
use super::postgis::{self, PostgisStore};
use super::sql::Database;
use super::sql::session::Session;
use super::sql::table::Table;
use super::{Store, StoreError, moving};
use crate::domain::{Collection, Temporal};

/// What is told while a store is copied: the collection and its rows.
pub type Progress<'a> = &'a dyn Fn(&str, u64);

/// Where a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    File(PathBuf),
    /// `postgres://user@host/database`, see [`postgis`].
    Postgres(String),
}

impl Place {
    /// The place that a user has named.
    pub fn named(text: &str) -> Place {
        if postgis::is_address(text) { Place::Postgres(text.to_owned()) } else { Place::File(text.into()) }
    }

    /// Whether there is something.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub fn is_taken(&self) -> Result<bool, StoreError> {
        match self {
            Place::File(path) => Ok(path.exists()),
            Place::Postgres(url) => PostgisStore::is_there(url),
        }
    }

    /// # Errors
    /// Names the place, and says what is wrong with it and what to do.
    pub fn open(&self) -> Result<Box<dyn Store>, StoreError> {
        Ok(match self {
            Place::File(path) => Box::new(GpkgStore::open(path)?),
            Place::Postgres(url) => Box::new(PostgisStore::open(url)?),
        })
    }

    /// Makes a new store.
    ///
    /// # Errors
    /// When something is there already or cannot be made.
    pub fn create(&self) -> Result<Box<dyn Store>, StoreError> {
        Ok(match self {
            Place::File(path) => Box::new(GpkgStore::create(path)?),
            Place::Postgres(url) => Box::new(PostgisStore::create(url)?),
        })
    }

    /// Takes a store away that was made a moment ago and is not wanted after all.
    ///
    /// # Errors
    /// When the database does not let go of it.
    pub fn discard(&self) -> Result<(), StoreError> {
        match self {
            Place::File(path) => {
                let _ = std::fs::remove_file(path);
                remove_logs(path);
                Ok(())
            }
            Place::Postgres(url) => PostgisStore::remove(url),
        }
    }

    /// Writes all of the store, as it is at one moment, into one GeoPackage file: history, users and kept files too. It is
    /// a store of its own, and what [`Place::restore`] reads.
    ///
    /// # Errors
    /// When a file is there already and `replaces` is not said, or something cannot be read or written. Nothing is left
    /// of the file then, and one that was there stays.
    pub fn backup(&self, out: &Path, replaces: bool, who: &str, progress: Progress<'_>) -> Result<(), StoreError> {
        free(out, replaces)?;
        match self {
            Place::File(path) => {
                if let (Ok(own), Ok(other)) = (path.canonicalize(), out.canonicalize())
                    && own == other
                {
                    let reason = "is the store itself: name another file for its copy".to_owned();
                    return Err(StoreError::Open { path: out.to_owned(), reason });
                }
                GpkgStore::copy(path, out)
            }
            Place::Postgres(url) => {
                let making = out.with_extension("gpkg.copying");
                let _ = std::fs::remove_file(&making);
                let store = PostgisStore::open(url)?;
                copied(&store, who, progress, &mut |collections, fill| {
                    GpkgStore::create_with(&making, collections, fill)?.close()
                })?;
                moved(&making, out).map_err(|error| StoreError::Open {
                    path: out.to_owned(),
                    reason: format!("cannot be made: {error}"),
                })
            }
        }
    }

    /// Makes a store of what [`Place::backup`] wrote: all of it or nothing.
    ///
    /// # Errors
    /// When there is a store already and `replaces` is not said, or something cannot be read or written. A store that was
    /// there stays as it was then.
    pub fn restore(&self, from: &Path, replaces: bool, who: &str, progress: Progress<'_>) -> Result<(), StoreError> {
        match self {
            Place::File(path) => {
                free(path, replaces)?;
                GpkgStore::copy(from, path)
            }
            Place::Postgres(url) => {
                let store = GpkgStore::open(from)?;
                if let Some(reason) = store.is_strange() {
                    return Err(StoreError::ReadOnly(reason));
                }
                copied(&store, who, progress, &mut |collections, fill| {
                    PostgisStore::create_with(url, replaces, collections, fill).map(drop)
                })
            }
        }
    }
}

/// What makes a store of some collections and has it filled.
type Making<'a> = &'a mut dyn FnMut(&[Collection], super::sql::Fill<'_>) -> Result<(), StoreError>;

/// Copies one state of a store into a new one.
fn copied(store: &impl Database, who: &str, progress: Progress<'_>, make: Making<'_>) -> Result<(), StoreError> {
    store.reading(&mut |from: &dyn Session| {
        let (of, unserved) = from.tables()?;
        if let Some(table) = unserved.first() {
            let reason = format!("table '{}' cannot be copied, so nothing is: {}", table.table, table.reason);
            return Err(StoreError::Schema(reason));
        }
        let collections: Vec<_> = of.iter().map(as_ours).collect();
        make(&collections, &mut |to: &dyn Session, tables: &[Table]| {
            moving::copy(from, &of, to, tables, who, progress)
        })?;
        Ok(false)
    })
}

/// A collection as a table of ours can hold it: its own columns `fid` and `id` are those of the table, so that fields of a
/// stranger's table with these names get others.
fn as_ours(table: &Table) -> Collection {
    let mut collection = table.collection.clone();
    if table.id_column.is_some() && table.has_fid() {
        return collection;
    }
    for at in 0..collection.fields.len() {
        let old = collection.fields[at].name.clone();
        if !["fid", "id"].iter().any(|ours| old.eq_ignore_ascii_case(ours)) {
            continue;
        }
        let mut new = format!("source_{}", old.to_lowercase());
        while collection.fields.iter().any(|field| field.name.eq_ignore_ascii_case(&new)) {
            new.push('_');
        }
        tracing::warn!(collection.id, column = old, now = new, "a column has another name in the copy");
        let rename = |name: &mut String| {
            if *name == old {
                name.clone_from(&new);
            }
        };
        match &mut collection.temporal {
            Some(Temporal::Instant(field)) => rename(field),
            Some(Temporal::Interval(from, to)) => [from, to].into_iter().for_each(rename),
            None => {}
        }
        collection.fields[at].name = new;
    }
    collection
}

/// Refuses to write over what is there.
fn free(path: &Path, replaces: bool) -> Result<(), StoreError> {
    if path.exists() && !replaces {
        let reason = "is there already: name another, or say --force to put the new one in its place".to_owned();
        return Err(StoreError::Open { path: path.to_owned(), reason });
    }
    Ok(())
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File(path) => write!(f, "{}", path.display()),
            Place::Postgres(url) => f.write_str(&postgis::shown(url)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_never_takes_the_place_of_the_store_itself_and_no_old_log_lies_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let (own, copy) = (folder.path().join("store.gpkg"), folder.path().join("copy.gpkg"));
        GpkgStore::create(&own).unwrap().close().unwrap();
        let place = Place::File(own.clone());
        let refused = place.backup(&folder.path().join("./store.gpkg"), true, "lan", &|_, _| {}).unwrap_err();
        assert!(refused.to_string().contains("the store itself"), "{refused}");
        std::fs::write(&copy, "what was there").unwrap();
        let log = folder.path().join("copy.gpkg-wal");
        std::fs::write(&log, "frames of what was there").unwrap();
        place.backup(&copy, true, "lan", &|_, _| {}).unwrap();
        assert!(!log.exists());
        GpkgStore::open(&copy).unwrap();
    }
}
