//! PLN-APPROVED: the cluster has an approved 1/500 detailed plan.

use super::{Context, Finding, Rule};
use crate::compliance::evidence::{Evidence, Missing};
use crate::compliance::site::{PlanStatus, SiteStatus};

pub(super) const RULE: Rule = Rule { id: "PLN-APPROVED", check };

fn check(context: &Context<'_>) -> Finding {
    let evidence = context.known.plans.iter().map(|(plan, status)| {
        Evidence::of(&plan.row, "status", status.map(PlanStatus::as_str))
            .on(plan.decided_on.filter(|date| *date <= context.known.as_of).or(plan.submitted_on))
            .allowed(PlanStatus::Approved.as_str())
    });
    judge(context).with(evidence)
}

fn judge(context: &Context<'_>) -> Finding {
    let known = context.known;
    if known.plans.is_empty() {
        return Finding::unknown(
            "Chưa có bản ghi nào về quy hoạch chi tiết 1/500.",
            "No 1/500 detailed plan is on record.",
        )
        .lacking(Missing::rows("plans"));
    }
    let standing = || known.plans.iter().filter(|(plan, _)| !plan.is_superseded(known.as_of));
    if standing().next().is_none() {
        return Finding::unknown(
            "Quy hoạch chi tiết 1/500 đã bị thay thế, chưa có bản ghi của quy hoạch thay thế.",
            "The 1/500 detailed plan is superseded, and the one that took its place is not on record.",
        )
        .lacking(Missing::rows("plans"));
    }
    let approved = || standing().filter(|(_, status)| *status == Some(PlanStatus::Approved));
    if approved().any(|(plan, _)| plan.overlaps.is_empty()) {
        return Finding::met("Quy hoạch chi tiết 1/500 đã được phê duyệt.", "The 1/500 detailed plan is approved.");
    }
    if approved().next().is_some() {
        return Finding::unknown(
            "Hai quy hoạch chi tiết cùng được phê duyệt trên một khu đất, chưa rõ quy hoạch nào còn hiệu lực.",
            "Two detailed plans are approved for the same ground, and which of them holds is not on record.",
        )
        .lacking(approved().map(|(plan, _)| Missing::field(&plan.row, "superseded_on")));
    }
    let unclear: Vec<Missing> = standing()
        .filter(|(_, status)| status.is_none())
        .map(|(plan, _)| Missing::field(&plan.row, "status"))
        .collect();
    if !unclear.is_empty() {
        return Finding::unknown(
            "Chưa rõ trạng thái của quy hoạch chi tiết.",
            "The state of the detailed plan is not on record.",
        )
        .lacking(unclear);
    }
    match known.status {
        Some(SiteStatus::Operating | SiteStatus::UnderConstruction) => Finding::breached(
            "Cụm công nghiệp đã xây dựng hoặc hoạt động khi quy hoạch chi tiết 1/500 chưa được phê duyệt.",
            "The cluster is being built or operates without an approved 1/500 detailed plan.",
        ),
        Some(SiteStatus::Planned | SiteStatus::Established) if known.is_begun() => Finding::unknown(
            "Quy hoạch chi tiết chưa được phê duyệt; mốc tiến độ ghi đã khởi công nhưng tình trạng cụm ghi chưa xây dựng.",
            "The detailed plan is not approved; a step says that ground is broken, the state of the cluster that it is not.",
        )
        .lacking(Missing::field(&known.site.row, "status")),
        Some(SiteStatus::Planned | SiteStatus::Established) => Finding::not_applicable(
            "Cụm công nghiệp chưa xây dựng; quy hoạch chi tiết 1/500 đang được lập.",
            "Nothing is built yet; the 1/500 detailed plan is due before construction starts.",
        ),
        Some(SiteStatus::Unknown) | None => Finding::unknown(
            "Quy hoạch chi tiết chưa được phê duyệt, và chưa rõ cụm đã xây dựng hay hoạt động chưa.",
            "The detailed plan is not approved, and whether the cluster is built or operates is not on record.",
        )
        .lacking(Missing::field(&known.site.row, "status")),
    }
}
