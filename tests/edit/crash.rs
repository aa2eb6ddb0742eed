//! Sixteen writers, and the power goes: nothing acknowledged is lost, nothing is half there, no id is given twice, and the
//! history knows every step. `LANGXANH_CRASH_ROUNDS` makes it longer, `LANGXANH_CRASH_EDITS` lets so many edits be acknowledged in
//! all of them.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use langxanh::store::gpkg::GpkgStore;
use serde_json::{Value, json};

use crate::common::http::Answer;
use crate::common::{Server, succeed};
use crate::postgres;
use crate::service::{GEO_JSON, PATCH, open};

const WRITERS: usize = 16;

/// A round ends after so long, however few edits it has seen.
const PATIENCE: Duration = Duration::from_secs(120);

/// A generator of numbers that look random, the same for every run of a writer and round (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

/// What a row may hold: its value, or nothing where it is not there.
type State = Option<i64>;

/// What one writer knows of its rows, by id. Nobody else touches them.
#[derive(Default, Clone)]
struct Ledger {
    /// The state that was acknowledged last, and how many steps of it the history must have.
    rows: BTreeMap<String, (State, usize)>,
    /// Rows without an id of the writer's choice, by their value, which is given once only.
    unnamed: Vec<i64>,
    /// What was asked for and not answered: each row with its state after it, all or none of them.
    open: Vec<(String, State)>,
    open_unnamed: Option<i64>,
    made: usize,
}

/// Sends a request; `None` where the answer did not come whole.
fn send(server: &Server, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(server.address()).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    stream.write_all(&server.request(method, target, headers, body)).ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    bytes.windows(4).any(|window| window == b"\r\n\r\n").then(|| Answer::parse(&bytes))
}

fn lot(id: Option<&str>, value: i64) -> Value {
    let mut lot = json!({"type": "Feature", "properties": {"value": value}});
    if let Some(id) = id {
        lot["id"] = json!(id);
    }
    lot
}

impl Ledger {
    /// One random edit; whether it was answered. Where the database may be gone, an error of the server is no answer.
    fn step(&mut self, server: &Server, writer: usize, dice: &mut Dice, may_fail: bool) -> bool {
        let value = ((dice.below(1 << 40) as i64) << 8) | writer as i64;
        let there: Vec<String> =
            self.rows.iter().filter(|(_, (state, _))| state.is_some()).map(|(id, _)| id.clone()).collect();
        let pick = |dice: &mut Dice| there.get(dice.below(there.len().max(1) as u64) as usize).cloned();
        self.made += 1;
        let fresh = format!("w{writer}-{}", self.made);
        let (known, item) = (pick(dice), |id: &str| format!("/collections/lots/items/{id}"));
        let (answer, wanted) = match (dice.below(10), known) {
            (0..=2, Some(id)) => {
                self.open = vec![(id.clone(), Some(value))];
                let patch = json!({"properties": {"value": value}}).to_string();
                (send(server, "PATCH", &item(&id), &[PATCH], patch.as_bytes()), 204)
            }
            (3, Some(id)) => {
                self.open = vec![(id.clone(), None)];
                (send(server, "DELETE", &item(&id), &[], b""), 204)
            }
            (4, Some(id)) => {
                self.open = vec![(id.clone(), Some(value))];
                let body = lot(None, value).to_string();
                (send(server, "PUT", &item(&id), &[GEO_JSON], body.as_bytes()), 204)
            }
            (5..=7, Some(id)) => {
                // One that comes, one that goes and one that changes, together.
                let mut edits =
                    vec![json!({"collection": "lots", "operation": "create", "feature": lot(Some(&fresh), value)})];
                self.open = vec![(fresh, Some(value)), (id.clone(), None)];
                edits.push(json!({"collection": "lots", "operation": "delete", "id": id}));
                if let Some(other) = pick(dice).filter(|other| *other != id) {
                    edits.push(json!({"collection": "lots", "operation": "update", "id": other, "feature": {"properties": {"value": value}}}));
                    self.open.push((other, Some(value)));
                }
                let body = json!({"message": "ba việc", "edits": edits}).to_string();
                (send(server, "POST", "/edits", &[("Content-Type", "application/json")], body.as_bytes()), 200)
            }
            (8, _) => {
                self.open_unnamed = Some(value);
                (
                    send(
                        server,
                        "POST",
                        "/collections/lots/items",
                        &[GEO_JSON],
                        lot(None, value).to_string().as_bytes(),
                    ),
                    201,
                )
            }
            _ => {
                let body = lot(Some(&fresh), value).to_string();
                self.open = vec![(fresh, Some(value))];
                (
                    send(
                        server,
                        "POST",
                        "/collections/lots/items",
                        &[GEO_JSON, ("If-None-Match", "*")],
                        body.as_bytes(),
                    ),
                    201,
                )
            }
        };
        let Some(answer) = answer.filter(|answer| !may_fail || answer.status < 500) else { return false };
        assert_eq!(answer.status, wanted, "{}", String::from_utf8_lossy(&answer.body));
        // A writer sees its own work at once.
        if let Some((id, state)) = self.open.first()
            && dice.below(4) == 0
            && let Some(seen) = send(server, "GET", &item(id), &[], b"")
        {
            let value = (seen.status == 200).then(|| seen.json()["properties"]["value"].as_i64().unwrap());
            assert_eq!(value, *state, "an acknowledged edit is not served");
        }
        self.settle(true);
        true
    }

    /// Takes what was open for done, or for not done.
    fn settle(&mut self, is_done: bool) {
        let (open, unnamed) = (std::mem::take(&mut self.open), self.open_unnamed.take());
        if is_done {
            for (id, state) in open {
                let known = self.rows.entry(id).or_insert((None, 0));
                *known = (state, known.1 + 1);
            }
            self.unnamed.extend(unnamed);
        }
    }

    /// Holds the store against what was acknowledged, and finds out what became of what was open.
    fn audit(&mut self, rows: &BTreeMap<String, i64>, steps: &BTreeMap<String, usize>, values: &BTreeMap<i64, usize>) {
        let state = |id: &str| rows.get(id).copied();
        let done: Vec<bool> = self
            .open
            .iter()
            .map(|(id, wanted)| {
                let before = self.rows.get(id).and_then(|(state, _)| *state);
                let now = state(id);
                assert!(now == *wanted || now == before, "{id} is {now:?}: neither {before:?} nor {wanted:?}");
                now == *wanted
            })
            .collect();
        assert!(
            done.iter().all(|done| *done) || done.iter().all(|done| !done),
            "a batch is half there: {:?}",
            self.open
        );
        if let Some(value) = self.open_unnamed {
            let count = values.get(&value).copied().unwrap_or(0);
            assert!(count <= 1, "one request made {count} rows");
            self.open_unnamed = Some(value).filter(|_| count == 1);
        }
        self.settle(done.first().copied().unwrap_or(true));
        for (id, (wanted, count)) in &self.rows {
            assert_eq!(state(id), *wanted, "{id}: an acknowledged edit is lost");
            assert_eq!(steps.get(id).copied().unwrap_or(0), *count, "{id}: the history lacks a step");
        }
        for value in &self.unnamed {
            assert_eq!(values.get(value), Some(&1), "a row without an id of its own is lost or there twice");
        }
    }
}

/// Pairs of a text and a number that a query of the store gives, on a way that does not touch the service.
type Pairs<'a> = &'a dyn Fn(&str) -> Vec<(String, i64)>;

/// Holds everything in the store against what was acknowledged.
fn audit(pairs: Pairs<'_>, ledgers: &mut [Ledger]) {
    let all = pairs("SELECT id, value FROM lots");
    let rows: BTreeMap<String, i64> = all.iter().cloned().collect();
    assert_eq!(rows.len(), all.len(), "an id is there twice");
    let mut values: BTreeMap<i64, usize> = BTreeMap::new();
    for (_, value) in &all {
        *values.entry(*value).or_default() += 1;
    }
    let steps = pairs("SELECT id, count(*) FROM langxanh_history WHERE collection = 'lots' GROUP BY id");
    let steps: BTreeMap<String, usize> = steps.into_iter().map(|(id, count)| (id, count as usize)).collect();
    let counted = "SELECT 'all', sum(inserted + updated + deleted) - (SELECT count(*) FROM langxanh_history) FROM langxanh_changes";
    assert_eq!(pairs(counted)[0].1, 0, "changes and history differ");
    let twice = "SELECT id, count(*) FROM langxanh_history WHERE operation = 'insert' GROUP BY id HAVING count(*) > 1";
    assert_eq!(pairs(twice), [], "an id was given twice");
    for ledger in ledgers {
        ledger.audit(&rows, &steps, &values);
    }
}

/// What a file holds, which must be sound.
fn of_file(store: &Path, sql: &str) -> Vec<(String, i64)> {
    let connection = rusqlite::Connection::open(store).unwrap();
    let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

/// Makes a table of lots in a store.
fn lots(folder: &Path, store: &str) {
    let file = folder.join("lots.csv");
    std::fs::write(&file, "id,value\nfirst,1\n").unwrap();
    succeed(&["import", file.to_str().unwrap(), "--collection", "lots", "--id-field", "id", "--store", store]);
}

/// Lets everybody write until `kill` has ended it.
fn write_until(
    server: &Server,
    ledgers: &mut [Ledger],
    round: u64,
    acknowledged: &AtomicUsize,
    may_fail: bool,
    kill: impl FnOnce(&AtomicBool),
) {
    let is_dead = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let is_dead = &is_dead;
        for (writer, ledger) in ledgers.iter_mut().enumerate() {
            scope.spawn(move || {
                let mut dice = Dice(1 + round * 1000 + writer as u64 * 7919);
                while !is_dead.load(Ordering::Relaxed) && ledger.step(server, writer, &mut dice, may_fail) {
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        kill(is_dead);
        is_dead.store(true, Ordering::Relaxed);
    });
}

/// No chance to finish anything.
fn kill_hard(server: &Server) {
    let killed = std::process::Command::new("kill").args(["-9", &server.process.id().to_string()]).status().unwrap();
    assert!(killed.success());
}

#[test]
fn no_acknowledged_edit_is_lost_when_the_process_dies_at_any_moment() {
    let wish = |name: &str| std::env::var(name).ok().and_then(|wish| wish.parse::<u64>().ok());
    let rounds = wish("LANGXANH_CRASH_ROUNDS").unwrap_or(4);
    let edits = wish("LANGXANH_CRASH_EDITS").unwrap_or(0);
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.gpkg");
    drop(GpkgStore::create(&store).unwrap());
    lots(folder.path(), store.to_str().unwrap());
    let mut ledgers = vec![Ledger::default(); WRITERS];
    let acknowledged = AtomicUsize::new(0);
    for round in 0..rounds {
        let mut server = open(folder.path(), &store);
        let life = Duration::from_millis(300 + Dice(0x9e37_79b9 + round).below(2500));
        let start = Instant::now();
        write_until(&server, &mut ledgers, round, &acknowledged, false, |is_dead| {
            let wanted = ((edits * (round + 1) / rounds) as usize).max(12 * (round as usize + 1));
            let is_short = || acknowledged.load(Ordering::Relaxed) < wanted && !is_dead.load(Ordering::Relaxed);
            while start.elapsed() < life || (is_short() && start.elapsed() < PATIENCE) {
                std::thread::sleep(Duration::from_millis(1));
            }
            // Not always just behind an answer.
            std::thread::sleep(Duration::from_micros(Dice(round + 1).below(40_000)));
            kill_hard(&server);
        });
        server.process.wait().unwrap();
        audit(&|sql| of_file(&store, sql), &mut ledgers);
    }
    // What is left is served as it is kept.
    let server = open(folder.path(), &store);
    let served: usize = server
        .pages("/collections/lots/items?limit=1000")
        .iter()
        .map(|page| page["features"].as_array().unwrap().len())
        .sum();
    assert_eq!(served, crate::common::count(&store, "SELECT count(*) FROM lots"));
    let acknowledged = acknowledged.into_inner();
    assert!(acknowledged > 10 * rounds as usize, "only {acknowledged} edits in {rounds} rounds");
    if std::env::var_os("LANGXANH_CRASH_ROUNDS").is_some() {
        // The harness hides what is printed when a test passes.
        writeln!(std::io::stderr(), "{acknowledged} edits were acknowledged in {rounds} rounds, and none was lost")
            .unwrap();
    }
}

#[test]
fn no_acknowledged_edit_is_lost_when_the_service_or_the_database_dies() {
    let rounds = std::env::var("LANGXANH_CRASH_ROUNDS").ok().and_then(|wish| wish.parse::<u64>().ok()).unwrap_or(4);
    let Some(mut database) = postgres::Server::start(true) else { return };
    let url = database.url("crash", "postgres");
    postgres::query(&database.url("postgres", "postgres"), "CREATE DATABASE crash");
    let folder = tempfile::tempdir().unwrap();
    lots(folder.path(), &url);
    let pairs = |sql: &str| -> Vec<(String, i64)> {
        let rows = postgres::query(&url, &sql.replace("langxanh_", "langxanh.langxanh_"));
        let text = |cell: &Option<String>| cell.clone().unwrap();
        rows.iter().map(|row| (text(&row[0]), text(&row[1]).parse().unwrap())).collect()
    };
    let mut ledgers = vec![Ledger::default(); WRITERS];
    let acknowledged = AtomicUsize::new(0);
    for round in 0..rounds {
        let mut server = open(folder.path(), Path::new(&url));
        let life = Duration::from_millis(500 + Dice(0x9e37_79b9 + round).below(1500));
        let dies_the_database = round % 2 == 1;
        write_until(&server, &mut ledgers, round, &acknowledged, dies_the_database, |is_dead| {
            let start = Instant::now();
            // A busy machine takes its time over the few that a round has to see.
            let wanted = 12 * (round as usize + 1);
            let is_short = || acknowledged.load(Ordering::Relaxed) < wanted && !is_dead.load(Ordering::Relaxed);
            while start.elapsed() < life || (is_short() && start.elapsed() < PATIENCE) {
                std::thread::sleep(Duration::from_millis(1));
            }
            if dies_the_database { database.order("kill") } else { kill_hard(&server) }
        });
        if dies_the_database {
            let read = server.get("/collections/lots/items?limit=1");
            assert_eq!(read.status, 200, "what was published is served on");
            let body = lot(None, 1).to_string();
            let refused = server.send("POST", "/collections/lots/items", &[GEO_JSON], body.as_bytes());
            assert_eq!(refused.status, 503, "{}", String::from_utf8_lossy(&refused.body));
            assert!(refused.header("Retry-After").is_some());
            database.order("start");
            audit(&pairs, &mut ledgers);
            // The service goes on by itself.
            let start = Instant::now();
            let patch = json!({"properties": {"value": round}}).to_string();
            while server.send("PATCH", "/collections/lots/items/first", &[PATCH], patch.as_bytes()).status != 204 {
                assert!(start.elapsed() < Duration::from_secs(20), "it does not find the database again");
                std::thread::sleep(Duration::from_millis(100));
            }
            kill_hard(&server);
            server.process.wait().unwrap();
        } else {
            server.process.wait().unwrap();
            audit(&pairs, &mut ledgers);
        }
    }
    succeed(&["audit", "--verify", "--store", &url]);
    let acknowledged = acknowledged.into_inner();
    assert!(acknowledged > 10 * rounds as usize, "only {acknowledged} edits in {rounds} rounds");
}
