//! `langxanh import`.
use clap::Args;

#[derive(Debug, Args)]
pub struct ImportArgs {}

pub fn run(_: &super::Workplace, _: ImportArgs) -> anyhow::Result<()> {
    anyhow::bail!("coming")
}
