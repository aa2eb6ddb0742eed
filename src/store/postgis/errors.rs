//! What PostgreSQL and its library say, as errors that a keeper of a store can act on.

use std::error::Error;

use deadpool_postgres::{PoolError, TimeoutType};

use crate::store::StoreError;

/// A value that no column of PostgreSQL can hold, and why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(pub String);

/// Attaches what was being done to an error of PostgreSQL.
pub fn failed(what: &str) -> impl FnOnce(tokio_postgres::Error) -> StoreError + '_ {
    move |error| told(what, error)
}

fn told(what: &str, error: tokio_postgres::Error) -> StoreError {
    let doing = what.to_owned();
    let lost = |reason: String| StoreError::Unreachable { doing: what.to_owned(), reason };
    let Some(said) = error.as_db_error() else {
        if let Some(unfit) = error.source().and_then(|source| source.downcast_ref::<Unfit>()) {
            return StoreError::Unfit { doing, reason: unfit.to_string() };
        }
        let is_io = error.source().is_some_and(|source| source.is::<std::io::Error>());
        if error.is_closed() || is_io {
            return lost(causes(&error));
        }
        return StoreError::Database { doing, cause: error.into() };
    };
    let message = said.message().to_owned();
    match said.code().code() {
        "53100" => StoreError::Full(doing),
        "57P01" | "57P02" | "57P03" | "53300" => lost(message),
        code if code.starts_with("08") => lost(message),
        "25006" => StoreError::ReadOnly(format!("the database takes no writes ({message})")),
        "42501" => StoreError::ReadOnly(format!("the database's user may not do it ({message})")),
        // 0A000 is said of a statement whose table was altered since it was prepared.
        "55P03" | "40001" | "40P01" => StoreError::Busy(doing),
        "0A000" if message.contains("cached plan") => StoreError::Busy(doing),
        // A part of a table that stands on another server, among others.
        "0A000" => StoreError::ReadOnly(format!("the database cannot write it there ({message})")),
        "22021" | "22P05" => StoreError::Unfit { doing, reason: message },
        _ => {
            let detail = said.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
            StoreError::Database { doing, cause: format!("{message}{detail}").into() }
        }
    }
}

/// An error with what caused it.
pub fn causes(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let more = deeper.to_string();
        if !told.contains(&more) {
            told = format!("{told}: {more}");
        }
        cause = deeper.source();
    }
    told
}

/// The id that is taken, where an error says that one is: the detail reads `Key (id)=(…) already exists.` in every language
/// up to the words behind it.
pub fn taken(error: &tokio_postgres::Error) -> Option<String> {
    let said = error.as_db_error().filter(|said| said.code().code() == "23505")?;
    let (_, rest) = said.detail()?.split_once(")=(")?;
    Some(rest.split_once(") ").map_or(rest, |(key, _)| key).to_owned())
}

/// No connection was to be had.
pub fn no_connection(error: PoolError) -> StoreError {
    match error {
        PoolError::Timeout(TimeoutType::Wait) => {
            let reason = "all connections of this service are in use".to_owned();
            StoreError::Unreachable { doing: "waiting for a connection".to_owned(), reason }
        }
        PoolError::Backend(error) => match told("connecting", error) {
            StoreError::Database { doing, cause } => StoreError::Unreachable { doing, reason: cause.to_string() },
            other => other,
        },
        other => StoreError::Unreachable { doing: "connecting".to_owned(), reason: causes(&other) },
    }
}
