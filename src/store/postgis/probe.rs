//! A look at every server of a database: whether it is there, what it is, and how far it has come.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

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

const ASK: &str = "SELECT pg_is_in_recovery(), has_table_privilege('langxanh.langxanh_changes', 'INSERT')";

/// What one server says.
struct Said {
    is_replica: bool,
    commit: Option<Commit>,
    may_write: bool,
}

/// How far a server has come, and when it was found to be there or to lack nothing. The server's own clock cannot tell: it
/// knows when it last replayed something, which is long ago where nobody writes, and nothing after a start.
#[derive(Default)]
struct Pace(Option<(Commit, Instant)>);

impl Pace {
    /// Notes what was found; gives the seconds since it last came on, while it is behind.
    fn note(&mut self, own: Commit, is_behind: bool, now: Instant) -> f64 {
        match self.0 {
            Some((known, since)) if is_behind && known == own => now.duration_since(since).as_secs_f64(),
            _ => {
                self.0 = Some((own, now));
                0.0
            }
        }
    }
}

/// A server with the connection over which it is asked.
pub struct Probe {
    config: Config,
    tls: MakeRustlsConnect,
    client: Mutex<Option<Client>>,
    pace: std::sync::Mutex<Pace>,
}

impl Probe {
    pub fn new(mut config: Config, tls: MakeRustlsConnect) -> Probe {
        config.application_name("langxanh probe").connect_timeout(PATIENCE);
        Probe { config, tls, client: Mutex::default(), pace: std::sync::Mutex::default() }
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
        let commit = commit(&row, 2).map_err(|error| causes(&error))?;
        *kept = Some(client);
        Ok(Said { is_replica: row.get(0), commit, may_write: row.get(1) })
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
    let now = Instant::now();
    let servers = said.into_iter().zip(probes).zip(1..).map(|((said, probe), number)| {
        let state = said.map(|said| {
            let behind = commit.zip(said.commit).map_or(0, |(newest, own)| newest.number - own.number);
            let mut pace = probe.pace.lock().unwrap_or_else(PoisonError::into_inner);
            let behind_seconds = said.commit.map_or(0.0, |own| pace.note(own, behind > 0, now));
            ServerState { is_replica: said.is_replica, behind_changes: behind, behind_seconds }
        });
        ServerHealth { number, state }
    });
    Health { servers: servers.collect(), unwritable, commit, pools: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_count_from_when_a_server_last_came_on_and_not_from_when_somebody_last_wrote() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let of = |number| Commit { store: 1, number };
        let mut pace = Pace::default();
        assert_eq!(pace.note(of(5), true, at(0)), 0.0, "nobody knows since when");
        assert_eq!(pace.note(of(5), true, at(3)), 3.0);
        assert_eq!(pace.note(of(6), true, at(4)), 0.0, "it comes on");
        assert_eq!(pace.note(of(7), false, at(5)), 0.0);
        // An hour without a change, in which it lacks nothing, and then one that it has not got yet.
        assert_eq!(pace.note(of(7), false, at(3_600)), 0.0);
        assert_eq!(pace.note(of(7), true, at(3_601)), 1.0);
    }
}
