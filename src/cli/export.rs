//! `langxanh export`.
use clap::Args;

#[derive(Debug, Args)]
pub struct ExportArgs {}

pub fn run(_: &super::Workplace, _: ExportArgs) -> anyhow::Result<()> {
    anyhow::bail!("coming")
}
