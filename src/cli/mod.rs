//! The command line: one thin function for each command. Results go to standard output, messages to standard error.

mod assess;
mod audit;
mod backup;
mod dossier;
mod export;
mod files;
mod hooks;
mod hotspots;
mod import;
mod keys;
mod plan;
mod progress;
mod report;
mod review;
mod sample;
mod serve;
mod undo;
mod user;

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};

use progress::progress;

use crate::config::{ConfigFile, DEFAULT_STORE};
use crate::store::Store;
use crate::store::place::Place;

/// Dịch vụ không gian rà soát cụm công nghiệp và làng nghề /
/// Spatial service for the review of industrial clusters and craft villages.
#[derive(Debug, Parser)]
#[command(name = "langxanh", version, about, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// Flags of every command.
#[derive(Debug, Args)]
struct Common {
    /// GeoPackage or PostGIS database with the registers [default: langxanh.gpkg]
    #[arg(long, global = true, env = "LANGXANH_STORE", value_name = "FILE.gpkg|postgres://…", hide_env_values = true)]
    store: Option<String>,
    /// Configuration file (TOML)
    #[arg(long, global = true, env = "LANGXANH_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Log level or directives, e.g. info or langxanh=debug
    #[arg(long, global = true, env = "LANGXANH_LOG", value_name = "LEVEL")]
    log: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the store over HTTP; makes one from the sample where there is none
    Serve(serve::ServeArgs),
    /// Import a file into a collection
    Import(import::ImportArgs),
    /// Export a collection into a file; its ending names the format
    Export(export::ExportArgs),
    /// Take the drawing of a 1/500 plan in, or write a plan as a drawing
    Plan(plan::PlanArgs),
    /// Print the city's targets and how many sites comply; breaches are no failure of the command
    Assess(assess::AssessArgs),
    /// Write the report of a month as PDF or Excel, or print it as JSON
    Report(report::ReportArgs),
    /// Print where pollution gathers: zones, cells, reaches or the pressure of each site
    Hotspots(hotspots::HotspotsArgs),
    /// Review a 1/500 plan; its faults are no failure of the command
    Review(review::ReviewArgs),
    /// Take a change back, all of it or nothing
    Undo(undo::UndoArgs),
    /// Write out the chain that seals all changes, or verify it
    Audit(audit::AuditArgs),
    /// Copy the whole store, as it is at one moment, into one GeoPackage file
    Backup(backup::BackupArgs),
    /// Make a store of what `backup` wrote; so a store moves from a GeoPackage to PostGIS and back
    Restore(backup::RestoreArgs),
    /// Make a new store from the bundled sample
    Sample,
    /// Read a file that somebody uploaded; the service starts this and nobody else
    #[command(hide = true, name = crate::upload::COMMAND)]
    ReadUpload,
    /// Say who may do what: users, roles and tokens
    User(user::UserArgs),
}

/// Where the store is, and what the configuration file says.
struct Workplace {
    store: Place,
    file: ConfigFile,
}

impl Workplace {
    fn open(&self) -> anyhow::Result<Box<dyn Store>> {
        Ok(self.store.open()?)
    }
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// A sentence for the user; the process then ends with a code other than 0.
    pub fn run(self) -> anyhow::Result<()> {
        // It knows no configuration and writes no log.
        if matches!(self.command, Command::ReadUpload) {
            return crate::upload::work().map_err(anyhow::Error::msg);
        }
        let file = ConfigFile::read(self.common.config.as_deref())?;
        crate::telemetry::start(self.common.log.as_deref().or(file.log.as_deref()))?;
        let store = match self.common.store {
            Some(name) => Place::named(&name),
            None => Place::named(file.store.as_deref().unwrap_or(DEFAULT_STORE)),
        };
        let context = Workplace { store, file };
        match self.command {
            Command::Serve(args) => serve::run(&context, args),
            Command::Import(args) => import::run(&context, args),
            Command::Export(args) => export::run(&context, args),
            Command::Plan(args) => plan::run(&context, args),
            Command::Assess(args) => assess::run(&context, &args),
            Command::Report(args) => report::run(&context, &args),
            Command::Hotspots(args) => hotspots::run(&context, &args),
            Command::Review(args) => review::run(&context, &args),
            Command::Undo(args) => undo::run(&context, args),
            Command::Audit(args) => audit::run(&context, &args),
            Command::User(args) => user::run(&context, args),
            Command::Backup(args) => backup::run(&context, args),
            Command::Restore(args) => backup::run_restore(&context, args),
            Command::Sample => sample::run(&context).context("the sample was not made"),
            Command::ReadUpload => Ok(()),
        }
    }
}
