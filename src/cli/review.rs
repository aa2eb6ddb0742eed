//! `langxanh review`: one 1/500 plan against rules, tolerances and what is built.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use chrono::NaiveDate;
use clap::{Args, ValueEnum};

use super::Workplace;
use super::dossier::DossierArgs;
use super::import::who;
use crate::compliance::Standards;
use crate::domain::FeatureId;
use crate::ogc::{json, plans};
use crate::plan::{PlanReview, Severity, Verdict, digits_apart};
use crate::publish::decisions::{Ruling, Standing};
use crate::publish::plans::ReviewedPlan;
use crate::publish::{publish, today};
use crate::store::Store;

#[derive(Debug, Args)]
pub struct ReviewArgs {
    /// Id of the plan in the register `plans`
    plan: String,
    /// The day as of which is reviewed, e.g. 2025-06-30 [default: today in Hanoi]
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// Form of the result on standard output
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Accept a proposed violation: it becomes a row of `violations`
    #[arg(long, value_name = "ID", conflicts_with_all = ["dismiss", "as_of", "pdf"])]
    accept: Option<String>,
    /// Dismiss a proposed violation; --note says why
    #[arg(long, value_name = "ID", requires = "note", conflicts_with_all = ["as_of", "pdf"])]
    dismiss: Option<String>,
    /// Why it is accepted or dismissed
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    dossier: DossierArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

/// Prints the review. Faults of the plan are a result; only a plan that is not there is a failure.
pub fn run(workplace: &Workplace, args: &ReviewArgs) -> anyhow::Result<()> {
    let store = workplace.open()?;
    let standards = Arc::new(Standards::bundled()?);
    let snapshot = publish(&*store, &standards, today())?;
    let day = args.as_of.unwrap_or(snapshot.as_of);
    let id = FeatureId::parse(&args.plan)?;
    let reviewed = snapshot.reviewed_plan(&id, day, None)?;
    let reviewed = reviewed.ok_or_else(|| anyhow!("{}: there was no plan '{id}' on {day}", workplace.store))?;
    let decided = args.accept.as_deref().map(|id| (id, true));
    if let Some((proposal, is_accepted)) = decided.or_else(|| args.dismiss.as_deref().map(|id| (id, false))) {
        return decide(&*store, &reviewed, proposal, is_accepted, args.note.as_deref());
    }
    args.dossier.write(&reviewed.plan, &reviewed.review, &format!("{:016x}", snapshot.version))?;
    let out = match args.format {
        Format::Table => table(&reviewed.review, &snapshot.standings(&reviewed)).into_bytes(),
        Format::Json => {
            let review = plans::review(&reviewed, &snapshot.standings(&reviewed), &[]);
            [json::to_bytes(&review), b"\n".to_vec()].concat()
        }
    };
    std::io::stdout().write_all(&out).context("writing the result")
}

/// Writes what an official decides on a proposed violation.
fn decide(
    store: &dyn Store,
    reviewed: &ReviewedPlan,
    proposal: &str,
    is_accepted: bool,
    note: Option<&str>,
) -> anyhow::Result<()> {
    let proposed = &reviewed.review.proposed_violations;
    let at = proposed.iter().position(|proposed| proposed.id == proposal).ok_or_else(|| {
        let known: Vec<&str> = proposed.iter().map(|proposed| proposed.id.as_str()).collect();
        anyhow!("the review proposes no violation '{proposal}'; it proposes: {}", known.join(", "))
    })?;
    let who = who();
    Ruling { reviewed, at, is_accepted, who: &who, note, on: today() }.write(store)?;
    eprintln!("{proposal}: {}", if is_accepted { "accepted, see violations" } else { "dismissed" });
    Ok(())
}

/// The result for people.
fn table(review: &PlanReview, standings: &[Standing]) -> String {
    let mut out = String::new();
    // Writing into a `String` cannot fail.
    let _ = writeln!(out, "{} ({})", review.name, review.plan.id);
    let _ = writeln!(out, "Tính đến / As of: {}; quy định ngày / law of: {}", review.as_of, review.law_on);
    let counts = [Severity::Error, Severity::Warning, Severity::Info].map(|severity| review.count(severity));
    let [errors, warnings, infos] = counts;
    let _ = writeln!(out, "Lỗi / Errors: {errors}; cảnh báo / warnings: {warnings}; thông tin / information: {infos}");
    let _ = writeln!(out, "Quy định chưa kết luận được / rules left open: {}\n", review.open_checks());
    for row in &review.balance.rows {
        let land_use = row.land_use.as_deref().unwrap_or("?");
        let required = row.required_pct.map(|percent| format!(" (≥ {percent}%)")).unwrap_or_default();
        let digits = digits_apart(Some(row.share_pct), row.required_pct, 2);
        let share = format!("{:.digits$}", row.share_pct);
        let _ = writeln!(out, "{land_use:<6}{:>14.2} m²{share:>9}%{required}", row.measured_m2);
    }
    let _ = writeln!(out, "{:<6}{:>14.2} m²\n", "", review.balance.total_m2);
    for check in &review.checks {
        let verdict = match check.verdict {
            Verdict::Pass => "đạt / pass",
            Verdict::Fail => "không đạt / fail",
            Verdict::Undetermined => "chưa kết luận / undetermined",
            Verdict::Unknown => "chưa rõ / unknown",
            Verdict::NotApplicable => "không áp dụng / not applicable",
        };
        let _ = writeln!(out, "{:<16}{verdict}", check.rule);
    }
    out.push('\n');
    for (proposed, standing) in review.proposed_violations.iter().zip(standings) {
        let _ = writeln!(out, "{:<10}{}", standing.as_str(), proposed.id);
    }
    if !standings.is_empty() {
        out.push('\n');
    }
    for finding in &review.findings {
        let head = format!("{:>4}. {:<8}{:<16}", finding.number, finding.severity.as_str(), finding.rule);
        let _ = writeln!(out, "{head}{}\n{:30}{}", finding.message.vi, "", finding.message.en);
    }
    out
}
