//! `langxanh serve`: open the store, publish it, listen, and publish again when it changes.

use std::io::Write;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use tokio::net::TcpListener;

use super::files::GdalFiles;
use super::{Workplace, sample};
use crate::api::{App, PublicUrl, server};
use crate::compliance::Standards;
use crate::config::{DEFAULT_LISTEN, public_url};
use crate::filter;
use crate::publish::registrar::Registrar;
use crate::publish::{Publisher, Snapshot, today};
use crate::store::Store;
use crate::store::gpkg::{GpkgStore, moved};

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
fn open_or_make(workplace: &Workplace) -> anyhow::Result<GpkgStore> {
    if workplace.store.exists() {
        return workplace.open();
    }
    let path = workplace.store.display();
    tracing::warn!("there is no store at {path}: making one from the bundled sample (demo data, marked is_demo)");
    // Filled under another name: a run that is broken off leaves no half-filled store behind.
    let making = workplace.store.with_extension("gpkg.sample");
    if making.exists() {
        std::fs::remove_file(&making)
            .with_context(|| format!("removing what an earlier run left at {}", making.display()))?;
    }
    let store = GpkgStore::create(&making)?;
    sample::fill(&store)?;
    store.close()?;
    moved(&making, &workplace.store).with_context(|| format!("moving the sample to {path}"))?;
    workplace.open()
}

async fn serve(workplace: &Workplace, args: ServeArgs) -> anyhow::Result<()> {
    let file = &workplace.file;
    let listen = args.listen.or_else(|| file.listen.clone()).unwrap_or_else(|| DEFAULT_LISTEN.to_owned());
    let fixed = args.public_url.or_else(|| file.public_url.clone());
    // An address that is taken should be said before a minute of reading.
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
    let store: Arc<dyn Store> = Arc::new(open_or_make(workplace)?);
    let start = Instant::now();
    let snapshot = tokio::task::block_in_place(|| publisher.publish(&*store, today()))?;
    let features: usize = snapshot.collections.iter().map(|collection| collection.len()).sum();
    if snapshot.collections.is_empty() {
        let each = snapshot.unserved.iter().map(|table| format!("; {}: {}", table.table, table.reason));
        let each: String = each.collect();
        bail!("{}: there is no table that can be served{each}", workplace.store.display());
    }
    let seconds = start.elapsed().as_secs_f64();
    tracing::info!("{} collections, {features} features, read in {seconds:.1} s", snapshot.collections.len());

    let app = Arc::new(App::new(snapshot, public_url, Arc::new(GdalFiles), file.open_editing));
    // The registrar belongs to the app: it must not keep it in turn.
    let served: Weak<App> = Arc::downgrade(&app);
    let publish = move |snapshot: Snapshot| {
        if let Some(app) = served.upgrade() {
            app.publish(snapshot);
        }
    };
    app.employ(Registrar::start(store, publisher, publish).context("starting the registrar")?);
    let stop = stopped().context("listening for signals")?;
    let mut out = std::io::stdout();
    writeln!(out, "listening on http://{address}").and_then(|()| out.flush()).context("writing the address")?;
    tracing::info!("open http://{address}/ in a browser; stop with Ctrl-C");
    server::serve(listener, app, stop).await;
    Ok(())
}

/// Resolves on Ctrl-C or when the system asks the process to end. Both are caught from the call on and not only once the
/// future is polled: whoever has read the address may stop the process at once.
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
        tracing::info!("stopping");
    })
}
