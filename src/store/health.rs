//! How the database behind a store is, for whoever operates the service.

use super::commit::Commit;

/// What a look at all servers has found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Health {
    pub servers: Vec<ServerHealth>,
    /// Why nothing can be written; `None` where it can.
    pub unwritable: Option<String>,
    /// The newest state that any server has; `None` where none answers.
    pub commit: Option<Commit>,
    pub pools: Vec<PoolHealth>,
}

/// One server.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerHealth {
    /// Its place among the servers of the store's address, from 1: who may read this need not know where it is.
    pub number: usize,
    /// `Err` says why it cannot be asked.
    pub state: Result<ServerState, String>,
}

/// What a server says of itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServerState {
    pub is_replica: bool,
    /// Changes that another server has and this one has not.
    pub behind_changes: i64,
    /// Seconds since it last came on, while it is behind.
    pub behind_seconds: f64,
}

/// Connections that are kept for one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolHealth {
    pub name: String,
    /// As many as there may be, as there are, and as are in use.
    pub most: usize,
    pub open: usize,
    pub used: usize,
    /// Who waits for one.
    pub waiting: usize,
}

impl PoolHealth {
    pub(super) fn of(name: impl Into<String>, status: &deadpool_postgres::Status) -> PoolHealth {
        let deadpool_postgres::Status { max_size, size, available, waiting } = *status;
        PoolHealth { name: name.into(), most: max_size, open: size, used: size.saturating_sub(available), waiting }
    }
}
