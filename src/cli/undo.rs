//! `langxanh undo`: a change taken back, all of it or nothing.

use std::io::Write;

use anyhow::Context;
use clap::Args;

use super::Workplace;
use super::import::who;
use crate::store::undo::undo;
use crate::store::{Operation, Origin};

#[derive(Debug, Args)]
pub struct UndoArgs {
    /// Number of the change, as `/changes` lists it; an import is one change
    #[arg(value_name = "CHANGE")]
    change: i64,
    /// Why it is taken back
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,
}

pub fn run(workplace: &Workplace, args: UndoArgs) -> anyhow::Result<()> {
    let store = workplace.open()?;
    let origin = Origin { who: who(), what: format!("undo of change {}", args.change), why: args.message };
    let (record, edited) = undo(&*store, args.change, &origin, &|_, _, _| Ok(()))?;
    let count = |operation| edited.iter().filter(|row| row.operation == Some(operation)).count();
    let change = edited.iter().find_map(|row| row.change_id).map(|part| store.change(part)).transpose()?.flatten();
    let made = change.map_or_else(|| "nothing was left to write".to_owned(), |change| format!("change {}", change.id));
    writeln!(
        std::io::stdout(),
        "change {} is taken back ({made}): {} rows came back, {} are as before, {} are gone",
        record.id,
        count(Operation::Insert),
        count(Operation::Update),
        count(Operation::Delete),
    )
    .context("writing to standard output")
}
