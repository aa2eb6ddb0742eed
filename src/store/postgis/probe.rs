//! A look at every server of a database: whether it is there, what it is, and how far it has come.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::errors::causes;
use super::schema::{COMMIT, commit};
use crate::store::commit::Commit;
use crate::store::health::{Health, ServerHealth, ServerState};

/// A server that takes longer is not there.
const PATIENCE: Duration = Duration::from_secs(2);

const ASK: &str = "SELECT pg_is_in_recovery(),
    coalesce(extract(epoch FROM now() - pg_last_xact_replay_timestamp()), 0)::float8,
    has_table_privilege('langxanh.langxanh_changes', 'INSERT')";

/// What one server says.
struct Said {
    is_replica: bool,
    commit: Option<Commit>,
    /// Since it last came on.
    seconds: f64,
    may_write: bool,
}

/// A server with the connection over which it is asked.
pub struct Probe {
    config: Config,
    tls: MakeRustlsConnect,
    client: Mutex<Option<Client>>,
}

impl Probe {
    pub fn new(mut config: Config, tls: MakeRustlsConnect) -> Probe {
        config.application_name("langxanh probe").connect_timeout(PATIENCE);
        Probe { config, tls, client: Mutex::default() }
    }

    async fn ask(&self) -> Result<Said, String> {
        let mut kept = self.client.lock().await;
        let client = match kept.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => {
                let connected = self.config.connect(self.tls.clone()).await;
                let (client, connection) = connected.map_err(|error| causes(&error))?;
                tokio::spawn(connection);
                client
            }
        };
        let row = client.query_one(&format!("{ASK}, {COMMIT}"), &[]).await.map_err(|error| causes(&error))?;
        let commit = commit(&row, 3).map_err(|error| causes(&error))?;
        *kept = Some(client);
        Ok(Said { is_replica: row.get(0), commit, seconds: row.get(1), may_write: row.get(2) })
    }
}

/// Looks at all servers at once. Blocks.
pub fn look(runtime: &Handle, probes: &[Arc<Probe>]) -> Health {
    let asked: Vec<_> = probes
        .iter()
        .map(|probe| {
            let probe = Arc::clone(probe);
            runtime.spawn(async move {
                let said = tokio::time::timeout(PATIENCE, probe.ask()).await;
                said.unwrap_or_else(|_| Err(format!("it does not answer within {} s", PATIENCE.as_secs())))
            })
        })
        .collect();
    let said: Vec<Result<Said, String>> = asked
        .into_iter()
        .map(|asked| runtime.block_on(asked).unwrap_or_else(|_| Err("asking it broke off".to_owned())))
        .collect();
    let commit = said.iter().flatten().filter_map(|said| said.commit).max_by_key(|commit| commit.number);
    let primary = said.iter().flatten().find(|said| !said.is_replica);
    let unwritable = match primary {
        Some(primary) if primary.may_write => None,
        Some(_) => Some("this user may only read".to_owned()),
        None if commit.is_some() => Some("there is no primary".to_owned()),
        None => Some("the database cannot be reached".to_owned()),
    };
    let servers = said.into_iter().zip(1..).map(|(said, number)| {
        let state = said.map(|said| {
            let behind = commit.zip(said.commit).map_or(0, |(newest, own)| newest.number - own.number);
            let behind_seconds = if behind > 0 { said.seconds } else { 0.0 };
            ServerState { is_replica: said.is_replica, behind_changes: behind, behind_seconds }
        });
        ServerHealth { number, state }
    });
    Health { servers: servers.collect(), unwritable, commit, pools: Vec::new() }
}
