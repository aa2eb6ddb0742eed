//! `langxanh report`: the report of a month as a file, or as JSON.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;

use super::Workplace;
use crate::compliance::Standards;
use crate::dossier::Language;
use crate::ogc::json;
use crate::ogc::report::document;
use crate::publish::{publish, today};
use crate::report::{District, Month, Reviews, day_of, district_names, pdf, report, workbook};

#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The month, e.g. 2026-10 [default: the last one that is over]
    #[arg(value_name = "YYYY-MM")]
    month: Option<Month>,
    /// Of this district alone, as districts were until 30 June 2025, or of the commune with this code
    #[arg(long, value_name = "NAME|CODE")]
    district: Option<String>,
    /// Add a table by district
    #[arg(long)]
    by_district: bool,
    /// Write a file; its ending names the format, pdf or xlsx [default: JSON on standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Language of the file: vi, en or both
    #[arg(long, default_value = "both")]
    lang: Language,
}

/// Makes the report. Breaches are results; only what cannot be read or written is a failure.
pub fn run(workplace: &Workplace, args: &ReportArgs) -> anyhow::Result<()> {
    let ending = args.out.as_deref().map(|out| out.extension().and_then(OsStr::to_str).unwrap_or_default());
    if let Some(other) = ending.filter(|ending| !["pdf", "xlsx"].contains(ending)) {
        bail!("a report is written as .pdf or .xlsx, not as '.{other}'");
    }
    let store = workplace.open()?;
    let standards = Arc::new(Standards::bundled()?);
    let snapshot = publish(&*store, &standards, today())?;
    if !snapshot.has_registers() {
        bail!("{}: it holds no registers, so there is nothing to report", workplace.store);
    }
    let month = args.month.unwrap_or_else(|| Month::of(snapshot.as_of).previous());
    let day = day_of(month, snapshot.as_of).with_context(|| format!("the month {month} has not begun"))?;
    let district = match &args.district {
        None => None,
        Some(name) => Some(District::named(name, &snapshot.review).with_context(|| {
            format!("no site lies in '{name}'; districts are {}", district_names(&snapshot.review).join(", "))
        })?),
    };
    let now = snapshot.review_on(day);
    let (month_before, quarter_before) =
        (snapshot.review_on(month.day_before()), snapshot.review_on(month.day_before_quarter()));
    let reviews = Reviews { now: &now, month_before: &month_before, quarter_before: &quarter_before };
    let report = report(&standards, month, reviews, district, args.by_district, snapshot.as_of);
    let bytes = match ending {
        Some("pdf") => pdf(&report, args.lang, &format!("{:016x}", snapshot.version))?,
        Some(_) => workbook(&report, args.lang).map_err(anyhow::Error::msg)?,
        None => [json::to_bytes(&document(&report, snapshot.quarters.ending_on(day), &[])), b"\n".to_vec()].concat(),
    };
    match &args.out {
        Some(out) => std::fs::write(out, bytes).with_context(|| format!("writing {}", out.display())),
        None => std::io::stdout().write_all(&bytes).context("writing the report"),
    }
}
