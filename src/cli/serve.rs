//! `langxanh serve`: open the store, publish it, listen, and publish again when it changes.

use std::io::Write;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use tokio::net::TcpListener;
use tokio::runtime::Handle;

use super::files::GdalFiles;
use super::hooks::hooks;
use super::keys::provider;
use super::{Workplace, sample};
use crate::api::access::{Entry, KeySource};
use crate::api::{App, Basemap, PublicUrl, Uploads, server};
use crate::compliance::Standards;
use crate::config::{BasemapConfig, ConfigFile, DEFAULT_LISTEN, SnapshotConfig, public_url};
use crate::filter;
use crate::notify;
use crate::publish::registrar::Registrar;
use crate::publish::remote::{Database, Holding, MANY_ROWS, Policy};
use crate::publish::veil::Restricted;
use crate::publish::{Publisher, Snapshot, today};
use crate::store::Store;
use crate::store::place::Place;
use crate::store::postgis;
use crate::store::remote::postgres::{Bounds, PostgresReads};
use crate::store::slow;
use crate::transfer::limits::ARCHIVE_BYTES;
use crate::upload::{Limits, Quota, Spool, Workers};

/// How often the store is asked whether its users have changed.
const WATCH_USERS: Duration = Duration::from_millis(300);

/// How often it is asked although it tells of changes by itself.
const LOOK: Duration = Duration::from_secs(5);

/// How often it is looked how the database is.
const WATCH_HEALTH: Duration = Duration::from_secs(1);

/// What nobody waits for any more may take so long at the end; reading a changed store ends in it, mostly.
const UNFINISHED: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, env = "LANGXANH_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Address that links start with, for a service behind a proxy
    #[arg(long, env = "LANGXANH_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Which collections of a store on PostGIS are held in memory: auto, always or never for all, ID=WORD for one
    #[arg(long, env = "LANGXANH_SNAPSHOT", value_name = "[ID=]WORD", value_delimiter = ',')]
    snapshot: Vec<String>,
}

pub fn run(workplace: &Workplace, args: ServeArgs) -> anyhow::Result<()> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().thread_stack_size(filter::STACK).build().context("starting the runtime")?;
    let served = runtime.block_on(serve(workplace, args));
    // Dropping the runtime would wait for work on threads of its own, which may take long and is worth nothing now.
    runtime.shutdown_timeout(UNFINISHED);
    served
}

/// The store; made from the sample where there is none.
fn open_or_make(workplace: &Workplace) -> anyhow::Result<Box<dyn Store>> {
    if !workplace.store.is_taken()? {
        let place = &workplace.store;
        tracing::warn!("there is no store at {place}: making one from the bundled sample (demo data, marked is_demo)");
        sample::make(place)?;
    }
    workplace.open()
}

async fn serve(workplace: &Workplace, args: ServeArgs) -> anyhow::Result<()> {
    let file = &workplace.file;
    let listen = args.listen.or_else(|| file.listen.clone()).unwrap_or_else(|| DEFAULT_LISTEN.to_owned());
    let fixed = args.public_url.or_else(|| file.public_url.clone());
    // What is wrong should be said before a minute of reading.
    let basemap = file.basemap.as_ref().map(basemap).transpose()?;
    let listener = TcpListener::bind(&listen)
        .await
        .with_context(|| format!("cannot listen on {listen}: choose another address or port with --listen"))?;
    let address = listener.local_addr().context("asking for the address")?;
    let public_url = PublicUrl {
        fixed: fixed.as_deref().map(public_url).transpose()?,
        trust_proxy: file.trust_proxy,
        listen: address.to_string(),
    };

    let mut publisher = Publisher::new(Arc::new(Standards::bundled()?));
    slow::set_threshold(Duration::from_millis(file.database.slow_ms));
    let policy = policy(&file.snapshot, &args.snapshot)?;
    let store: Arc<dyn Store> = Arc::from(tokio::task::block_in_place(|| open_or_make(workplace))?);
    let mut reads = None;
    if let Place::Postgres(url) = &workplace.store {
        let asked = Arc::new(tokio::task::block_in_place(|| postgis::reads(url, bounds(&file.snapshot)))?);
        reads = Some(Arc::clone(&asked));
        publisher = publisher.with_database(Database::new(asked, policy, Handle::current()));
    }
    store.stand_for_duty();
    let start = Instant::now();
    let snapshot = tokio::task::block_in_place(|| publisher.publish(&*store, today()))?;
    let features: usize = snapshot.collections.iter().map(|collection| collection.features()).sum();
    if snapshot.collections.is_empty() {
        let each = snapshot.unserved.iter().map(|table| format!("; {}: {}", table.table, table.reason));
        let each: String = each.collect();
        bail!("{}: there is no table that can be served{each}", workplace.store);
    }
    let seconds = start.elapsed().as_secs_f64();
    tracing::info!("{} collections, {features} features, read in {seconds:.1} s", snapshot.collections.len());

    let restricted = restricted(file, &snapshot)?;
    let provider = file.oidc.as_ref().map(provider).transpose()?;
    let provider = provider.map(|(provider, source)| (provider, Arc::new(source) as Arc<dyn KeySource>));
    let entry = Entry {
        users: tokio::task::block_in_place(|| store.users())?,
        open_editing: file.open_editing,
        provider,
        restricted,
    };
    if file.open_editing {
        tracing::warn!("open_editing: everybody who reaches this service may change the registers");
    }
    let app = Arc::new(App::new(snapshot, public_url, Arc::new(GdalFiles), entry)?);
    if let Some(basemap) = basemap {
        app.lay(basemap);
    }
    let behind = Duration::from_secs(file.database.behind_seconds);
    if !behind.is_zero() {
        app.bound_behind(behind);
    }
    let (asked, told) = (Arc::clone(&store), Arc::downgrade(&app));
    let thread = std::thread::Builder::new().name("health".to_owned());
    thread.spawn(move || watch_health(&*asked, reads.as_deref(), &told)).context("starting the thread of health")?;
    tokio::spawn(watch_users(Arc::clone(&store), Arc::downgrade(&app)));
    let hooks = hooks(&file.webhooks, &app.open_snapshot())?;
    if !hooks.is_empty() && !app.snapshot().has_registers() {
        tracing::warn!(
            "[[webhooks]]: nobody is told of anything: this store was not made by langxanh and keeps no history"
        );
    } else if !hooks.is_empty() {
        let (told, shown) = (Arc::clone(&store), Arc::downgrade(&app));
        let base = fixed.clone().unwrap_or_else(|| format!("http://{address}"));
        let served = move || shown.upgrade().map(|app| app.open_snapshot());
        tokio::task::block_in_place(|| notify::watch(&told, served, &base, hooks))?;
    }
    // The registrar belongs to the app: it must not keep it in turn.
    let served: Weak<App> = Arc::downgrade(&app);
    let publish = move |snapshot: Snapshot| {
        if let Some(app) = served.upgrade() {
            app.publish(snapshot);
        }
    };
    app.employ(Registrar::start(store, publisher, publish).context("starting the registrar")?);
    if let Some(uploads) = uploads(workplace, app.snapshot().has_registers()) {
        app.receive(uploads);
    }
    let stop = stopped().context("listening for signals")?;
    let mut out = std::io::stdout();
    writeln!(out, "listening on http://{address}").and_then(|()| out.flush()).context("writing the address")?;
    tracing::info!("open http://{address}/ in a browser; stop with Ctrl-C");
    server::serve(listener, app, stop).await;
    Ok(())
}

/// Which collections are held in memory; what is said on the command line goes before the file.
fn policy(config: &SnapshotConfig, said: &[String]) -> anyhow::Result<Policy> {
    let mut policy = Policy { rows: config.rows.unwrap_or(MANY_ROWS), ..Policy::default() };
    let holding = |word: &str| word.parse::<Holding>().map_err(|error| anyhow::anyhow!("snapshot: {error}"));
    if let Some(word) = &config.usual {
        policy.usual = holding(word)?;
    }
    for (id, word) in &config.collections {
        policy.by_collection.insert(id.clone(), holding(word)?);
    }
    for said in said {
        match said.split_once('=') {
            Some((id, word)) => drop(policy.by_collection.insert(id.to_owned(), holding(word)?)),
            None => policy.usual = holding(said)?,
        }
    }
    Ok(policy)
}

fn bounds(config: &SnapshotConfig) -> Bounds {
    let usual = Bounds::default();
    Bounds {
        connections: config.connections.map_or(usual.connections, |connections| connections.max(1)),
        statement: config.seconds.map_or(usual.statement, |seconds| Duration::from_secs(seconds.max(1))),
    }
}

/// The basemap that is configured.
fn basemap(config: &BasemapConfig) -> anyhow::Result<Basemap> {
    let basemap = match (&config.pmtiles, &config.tiles) {
        (Some(file), None) => Basemap::of_file(file)?,
        (None, Some(address)) => Basemap::of_address(address)?,
        _ => bail!("[basemap] wants either pmtiles, a file, or tiles, an address"),
    };
    Ok(basemap.with(config.attribution.as_deref(), config.min_zoom, config.max_zoom))
}

/// How uploads are taken; `None` where they are not.
fn uploads(workplace: &Workplace, is_ours: bool) -> Option<Uploads> {
    let config = &workplace.file.uploads;
    if !config.enabled || !is_ours {
        return None;
    }
    let bytes = |mib: u64| mib.saturating_mul(1 << 20);
    let folder = config.folder.clone().unwrap_or_else(|| match &workplace.store {
        Place::File(path) => {
            let mut name = path.clone().into_os_string();
            name.push(".uploads");
            name.into()
        }
        // Beside a database nothing can lie.
        Place::Postgres(_) => "langxanh.uploads".into(),
    });
    let most = bytes(config.file_mib);
    let quota = Quota { file: most, user: bytes(config.user_mib), all: bytes(config.all_mib), files: 10 };
    let spool = Spool::open(&folder, quota).inspect_err(|error| {
        tracing::warn!(%error, folder = %folder.display(), "no files are taken: there is no folder for them");
    });
    // The clock is watched from outside; the time of the processor bounds what runs on unwatched.
    let seconds = config.seconds.saturating_add(2);
    let limits = Limits { memory: bytes(config.memory_mib), seconds, file_bytes: ARCHIVE_BYTES };
    let patience = Duration::from_secs(config.seconds);
    let workers = Workers { limits, patience, may_be_free: config.unconfined };
    Some(Uploads { spool: Arc::new(spool.ok()?), workers, at_a_time: config.at_a_time, most })
}

/// What the configuration keeps from who has not signed in.
fn restricted(file: &ConfigFile, snapshot: &Snapshot) -> anyhow::Result<Restricted> {
    if let Some(id) = file.restricted.iter().find(|id| snapshot.collection(id).is_none()) {
        // A name that is mistyped would leave open what should be closed.
        bail!("restricted: there is no collection '{id}' in the store");
    }
    Ok(Restricted::new(&file.restricted, file.restrict_drafts))
}

/// Notes again and again how the database is, and whether this instance is on duty. Blocks until the service ends, or where
/// there is no database.
fn watch_health(store: &dyn Store, reads: Option<&PostgresReads>, app: &Weak<App>) {
    loop {
        let health = store.health();
        let Some(app) = app.upgrade() else { return };
        app.note_duty(store.is_on_duty());
        let Some(mut health) = health else { return };
        health.pools.extend(reads.into_iter().flat_map(PostgresReads::pools));
        app.note_health(health);
        drop(app);
        std::thread::sleep(WATCH_HEALTH);
    }
}

/// Reads again who is on record when the store changes, so that a token that is revoked opens nothing from then on.
async fn watch_users(store: Arc<dyn Store>, app: Weak<App>) {
    let (mut known, mut seen) = (None, 0);
    let mut asked = Instant::now();
    loop {
        let reading = Arc::clone(&store);
        let mut heard = seen;
        let waiting = tokio::task::spawn_blocking(move || (reading.wait_for_change(&mut heard, WATCH_USERS), heard));
        match waiting.await {
            // It would have told; what was missed is found a little later.
            Ok((Some(false), _)) if app.strong_count() > 0 && asked.elapsed() < LOOK => continue,
            Ok((Some(_), heard)) => seen = heard,
            // A store that tells of nothing is asked from time to time.
            _ => tokio::time::sleep(WATCH_USERS).await,
        }
        asked = Instant::now();
        let reading = Arc::clone(&store);
        let read = move || {
            let version = reading.version()?;
            if known == Some(version) { Ok(None) } else { reading.users().map(|users| Some((version, users))) }
        };
        let Some(app) = app.upgrade() else { return };
        match tokio::task::spawn_blocking(read).await {
            Ok(Ok(Some((version, users)))) => {
                app.admit(users);
                known = Some(version);
            }
            Ok(Ok(None)) => {}
            Ok(Err::<_, crate::store::StoreError>(error)) => tracing::error!(%error, "the users cannot be read"),
            Err(error) => tracing::error!(%error, "reading the users broke off"),
        }
    }
}

/// The signal of a file that has reached the size that the system allows, on every Linux that the service runs on.
const SIGXFSZ: i32 = 25;

/// Resolves on Ctrl-C or when the system asks the process to end. Both are caught from the call on and not only once the
/// future is polled: whoever has read the address may stop the process at once.
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    // A file that may not grow any more is an error of whoever writes it, and not the end of the service.
    let _ = signal(SignalKind::from_raw(SIGXFSZ))?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
        tracing::info!("stopping");
    })
}
