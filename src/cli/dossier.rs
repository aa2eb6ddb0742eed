//! The flags with which a review is printed as a dossier.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use anyhow::Context;
use clap::Args;

use crate::dossier::{Dossier, Language, Options, Paper, Scale};
use crate::plan::{Plan, PlanReview};

#[derive(Debug, Args)]
pub struct DossierArgs {
    /// Print the dossier into a PDF
    #[arg(long, value_name = "OUT.pdf")]
    pub pdf: Option<PathBuf>,
    /// Sheets of the map: a3 or a1 [default: by the extent of the plan]
    #[arg(long, requires = "pdf")]
    sheet: Option<Paper>,
    /// Denominator of the map's scale: 500, 1000 or 2000
    #[arg(long, requires = "pdf", default_value = "500")]
    scale: Scale,
    /// Language of the dossier: vi, en or both
    #[arg(long, requires = "pdf", default_value = "both")]
    lang: Language,
}

impl DossierArgs {
    /// Writes the dossier, where one is wanted. `store` names the state of the store that it was read from.
    ///
    /// # Errors
    /// Why there is no dossier, or why it cannot be written.
    pub fn write(&self, plan: &Plan, review: &PlanReview, store: &str) -> anyhow::Result<()> {
        let Some(path) = &self.pdf else { return Ok(()) };
        let options = Options { paper: self.sheet, scale: self.scale, language: self.lang };
        let bytes = Dossier { plan, review, store }.pdf(&options, &AtomicBool::new(false))?;
        std::fs::write(path, bytes).with_context(|| format!("{} cannot be written", path.display()))
    }
}
