//! `langxanh backup` and `langxanh restore`: the whole store in one file, and back.

use std::path::PathBuf;

use clap::Args;

use super::Workplace;
use super::import::who;

#[derive(Debug, Args)]
pub struct BackupArgs {
    /// GeoPackage file to be made
    out: PathBuf,
    /// Put it in the place of a file that is there
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// GeoPackage file that `backup` made, or any other store in a file
    from: PathBuf,
    /// Put it in the place of a store that is there
    #[arg(long)]
    force: bool,
}

fn tell(collection: &str, rows: u64) {
    tracing::info!("{collection}: {rows} rows");
}

pub fn run(workplace: &Workplace, args: BackupArgs) -> anyhow::Result<()> {
    workplace.store.backup(&args.out, args.force, &who(), &tell)?;
    tracing::info!("{} holds all of {}", args.out.display(), workplace.store);
    Ok(())
}

pub fn run_restore(workplace: &Workplace, args: RestoreArgs) -> anyhow::Result<()> {
    workplace.store.restore(&args.from, args.force, &who(), &tell)?;
    tracing::info!("{} holds all of {}", workplace.store, args.from.display());
    Ok(())
}
