//! `langxanh assess`: the city's targets and how many sites comply, on a day.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

use anyhow::{Context, bail};
use chrono::NaiveDate;
use clap::{Args, ValueEnum};

use super::Workplace;
use crate::compliance::targets::{Target, Unit, targets};
use crate::compliance::{Review, SiteCollection, Standards};
use crate::domain::Kind;
use crate::ogc::{json, summary};
use crate::publish::sites::Facts;
use crate::publish::{assessed, today};

/// Rows without a site that are named one by one.
const NAMED: usize = 10;

#[derive(Debug, Args)]
pub struct AssessArgs {
    /// The day for which is assessed, e.g. 2025-06-30 [default: today in Hanoi]
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// Form of the result on standard output
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
}

/// Prints the result. A breach is a result; only a store or a row that cannot be read is a failure.
pub fn run(workplace: &Workplace, args: &AssessArgs) -> anyhow::Result<()> {
    let store = workplace.open()?;
    let standards = Arc::new(Standards::bundled()?);
    if !store.collections()?.iter().any(|collection| collection.kind == Kind::Register) {
        bail!("{}: it holds no registers, so there is nothing to assess", workplace.store);
    }
    let (facts, review) = assessed(&*store, &standards, args.as_of.unwrap_or_else(today))?;
    warn_of_orphans(&facts);
    let all = targets(&standards, &review, None, None);
    let out = match args.format {
        Format::Table => table(&review, &all).into_bytes(),
        Format::Json => [json::to_bytes(&summary::document(&review, &all)), b"\n".to_vec()].concat(),
        Format::Csv => summary::table(&review, &all),
    };
    std::io::stdout().write_all(&out).context("writing the result")
}

/// Rows without their site change no result, and somebody should put them right.
fn warn_of_orphans(facts: &Facts) {
    let orphans = &facts.orphans;
    for (collection, id) in orphans.iter().take(NAMED) {
        eprintln!("warning: {collection}/{id} names a site or station that is not on record");
    }
    if let Some(more) = orphans.len().checked_sub(NAMED).filter(|more| *more > 0) {
        eprintln!("warning: so do {more} more rows");
    }
}

/// The result for people.
fn table(review: &Review, all: &[Target]) -> String {
    let mut out = String::new();
    let plan = all.first().map(|target| &target.plan);
    let plan = plan.and_then(|plan| plan.basis.as_ref().map(|basis| basis.document.as_str()));
    // Writing into a `String` cannot fail.
    let _ = writeln!(out, "Tính đến / As of: {}", review.as_of);
    let _ = writeln!(out, "Kế hoạch / Plan:  {}\n", plan.unwrap_or("–"));
    let [met, all_of, unknown, value_of, goal_of] =
        ["Đạt/Met", "Tổng/All", "Chưa rõ/Unknown", "Giá trị/Value", "Mục tiêu/Goal"];
    let _ = writeln!(out, "    {met:>10}{all_of:>10}{unknown:>16}{value_of:>16}{goal_of:>15}  Kết quả/Result");
    for target in all {
        let tally = &target.tally;
        let met = match target.met {
            Some(true) => "đạt / reached",
            Some(false) => "chưa đạt / not reached",
            None => "chưa thể kết luận / cannot be said",
        };
        let _ = writeln!(
            out,
            "{:<4}{:>10}{:>10}{:>16}{:>16}{:>15}  {met}",
            target.code.as_str(),
            tally.numerator(),
            tally.denominator(),
            tally.unknown.len(),
            value(target),
            goal(target),
        );
    }
    out.push('\n');
    for target in all {
        let _ = writeln!(out, "{}: {} / {}", target.code.as_str(), target.title.vi, target.title.en);
    }
    let _ = writeln!(out, "\n{:<32}{:>16}{:>22}", "", "Cụm / Clusters", "Làng nghề / Villages");
    for (status, title) in summary::statuses() {
        let of = |kind: SiteCollection| summary::count(review, kind, status).1;
        let _ = writeln!(
            out,
            "{:<32}{:>16}{:>22}",
            format!("{} / {}", title.vi, title.en),
            of(SiteCollection::Clusters),
            of(SiteCollection::CraftVillages)
        );
    }
    out
}

/// Between what the value lies, whatever the unknown clusters turn out to be.
fn value(target: &Target) -> String {
    let Some((low, high)) = target.tally.interval(target.unit) else { return "–".to_owned() };
    let (low, high) = (low.round_dp(1).normalize(), high.round_dp(1).normalize());
    let unit = if target.unit == Unit::Percent { " %" } else { "" };
    if low == high { format!("{low}{unit}") } else { format!("{low}–{high}{unit}") }
}

fn goal(target: &Target) -> String {
    let unit = if target.unit == Unit::Percent { " %" } else { "" };
    match (target.goal.min, target.goal.max) {
        (None, None) => "–".to_owned(),
        (Some(min), Some(max)) if min != max => format!("{min}–{max}{unit}"),
        (Some(number), _) | (None, Some(number)) => format!("{number}{unit}"),
    }
}
