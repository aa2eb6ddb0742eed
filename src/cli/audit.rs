//! `langxanh audit`: the chain over all changes, exported or held against the store.

use std::io::{BufWriter, Write};

use anyhow::{Context, anyhow, bail};
use clap::Args;

use super::Workplace;
use crate::ogc::changes::{head, line};
use crate::store::{Store, StoreError};

#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Recompute the chain and hold the registers against it, instead of writing it out
    #[arg(long)]
    verify: bool,
    /// Number and hash of a link that was noted before, which has to be in the chain still
    #[arg(long, value_name = "SEQ:HASH", requires = "verify", value_parser = known_head)]
    head: Option<(i64, String)>,
}

fn known_head(text: &str) -> Result<(i64, String), String> {
    let parts = text.split_once(':').and_then(|(seq, hash)| Some((seq.parse().ok()?, hash.to_owned())));
    let is_hash = |hash: &str| hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    parts.filter(|(_, hash)| is_hash(hash)).ok_or_else(|| "is no number and hash such as 17:5f2c…".to_owned())
}

pub fn run(workplace: &Workplace, args: &AuditArgs) -> anyhow::Result<()> {
    let store = workplace.open()?;
    if args.verify { verify(&*store, args) } else { export(&*store) }
}

fn no_chain(workplace: &str) -> anyhow::Error {
    anyhow!("{workplace} was not made by langxanh: nothing seals its changes")
}

fn export(store: &dyn Store) -> anyhow::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let broken = |e: std::io::Error| StoreError::Stopped(format!("writing to standard output: {e}"));
    let end = store.audit(&mut |piece| writeln!(out, "{}", line(&piece)).map_err(broken))?;
    let Some(end) = end else { return Err(no_chain("the store")) };
    writeln!(out, "{}", head(Some(&end))).and_then(|()| out.flush()).context("writing to standard output")
}

fn verify(store: &dyn Store, args: &AuditArgs) -> anyhow::Result<()> {
    let known = args.head.as_ref().map(|(seq, hash)| (*seq, hash.as_str()));
    let Some(verdict) = store.verify(known)? else { return Err(no_chain("the store")) };
    for note in &verdict.notes {
        eprintln!("note: {note}");
    }
    for fault in &verdict.faults {
        eprintln!("{fault}");
    }
    if verdict.more_faults > 0 {
        eprintln!("… and {} further faults", verdict.more_faults);
    }
    let head = &verdict.head;
    writeln!(std::io::stdout(), "{}:{} ({} rows of registers held against it)", head.seq, head.hash, verdict.rows)
        .context("writing to standard output")?;
    match verdict.faults.len() as u64 + verdict.more_faults {
        0 => Ok(()),
        count => bail!("the store is not as it was sealed: {count} faults"),
    }
}
