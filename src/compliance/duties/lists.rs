//! The register of clusters, steps behind schedule, open violations.

use super::{Case, DutyItem};
use crate::compliance::evidence::date_vi;
use crate::compliance::law::Text;
use crate::compliance::rules::{delay, is_done_elsewhere, is_open};
use crate::compliance::site::{MilestoneFacts, MilestoneKind, SiteStatus, ViolationFacts, ViolationStatus};

/// D1: every cluster with the contacts that are on record.
pub(super) fn register(case: &Case<'_>) -> Vec<DutyItem> {
    if !case.is_cluster() {
        return Vec::new();
    }
    let site = case.known.site;
    let (state_vi, state_en) = match case.known.status {
        Some(SiteStatus::Operating) => ("Đang hoạt động", "Operating"),
        Some(SiteStatus::Established) => ("Đã thành lập", "Established"),
        Some(SiteStatus::UnderConstruction) => ("Đang xây dựng", "Under construction"),
        Some(SiteStatus::Planned) => ("Trong quy hoạch", "Planned"),
        Some(SiteStatus::Unknown) | None => ("Chưa rõ tình trạng", "State not on record"),
    };
    let place = case.local_authority();
    let mut item = case.item(
        &site.row,
        Text::new(format!("{state_vi}; {}", place.vi), format!("{state_en}; {}", place.en)),
        case.investor(),
    );
    item.step = case.known.status.map(|status| status.as_str().to_owned());
    item.since = site.founded_on.filter(|day| *day <= case.known.as_of);
    vec![item]
}

/// D2: whom the focal agency has to urge.
pub(super) fn to_urge(case: &Case<'_>) -> Vec<DutyItem> {
    let late = overdue(case, case.local_authority());
    let violations =
        open(case).filter(|(violation, _)| violation.deadline_on.is_some_and(|due| due < case.known.as_of));
    late.into_iter().chain(violations.map(|(violation, is_sure)| violation_item(case, violation, is_sure))).collect()
}

/// D6: the same steps for the local authority.
pub(super) fn to_direct(case: &Case<'_>) -> Vec<DutyItem> {
    overdue(case, case.local_authority())
}

/// D11: the same steps for the investor.
pub(super) fn to_keep(case: &Case<'_>) -> Vec<DutyItem> {
    overdue(case, case.investor())
}

/// A step in words.
fn step_text(kind: Option<MilestoneKind>) -> (&'static str, &'static str) {
    match kind {
        Some(MilestoneKind::Founded) => ("Thành lập", "Founding"),
        Some(MilestoneKind::Expanded) => ("Mở rộng", "Expansion"),
        Some(MilestoneKind::PlanApproved) => ("Phê duyệt quy hoạch 1/500", "Approval of the 1/500 plan"),
        Some(MilestoneKind::LandHandedOver) => ("Bàn giao mặt bằng", "Land hand-over"),
        Some(MilestoneKind::GroundBroken) => ("Khởi công", "Ground-breaking"),
        Some(MilestoneKind::ConstructionCompleted) => ("Hoàn thành hạ tầng", "Completion of the infrastructure"),
        Some(MilestoneKind::InOperation) => ("Đi vào hoạt động", "Start of operation"),
        None => ("Mốc tiến độ", "Step"),
    }
}

/// The steps of a project in the order in which they follow each other. An expansion stands outside it.
const CHAIN: [MilestoneKind; 6] = [
    MilestoneKind::Founded,
    MilestoneKind::PlanApproved,
    MilestoneKind::LandHandedOver,
    MilestoneKind::GroundBroken,
    MilestoneKind::ConstructionCompleted,
    MilestoneKind::InOperation,
];

/// What holds a step up: what its row says, else the first earlier step that is on record and not reached.
fn blocking(case: &Case<'_>, step: &MilestoneFacts) -> Option<Text> {
    if let Some(recorded) = &step.blocking_step {
        return Some(Text::new(format!("vướng: {recorded}"), format!("held up by: {recorded}")));
    }
    let at = CHAIN.iter().position(|kind| Some(*kind) == step.kind)?;
    let reached = |kind: MilestoneKind| case.known.milestones.iter().any(|known| known.kind == Some(kind));
    let is_on_record = |kind: MilestoneKind| case.known.site.milestones.iter().any(|other| other.kind == Some(kind));
    let earlier = CHAIN.iter().take(at).copied().find(|kind| is_on_record(*kind) && !reached(*kind))?;
    let (vi, en) = step_text(Some(earlier));
    Some(Text::new(
        format!("bước trước chưa xong: {}", vi.to_lowercase()),
        format!("an earlier step is not done: {}", en.to_lowercase()),
    ))
}

fn overdue(case: &Case<'_>, responsible: Text) -> Vec<DutyItem> {
    let steps = case.known.site.milestones.iter();
    let late = steps.filter_map(|step| {
        let (days, is_open) = delay(step, case.known.as_of)?;
        (is_open && days > 0 && !is_done_elsewhere(&case.known, step)).then_some((step, days))
    });
    late.map(|(step, days)| {
        let (vi, en) = step_text(step.kind);
        let planned = step.planned_on.map(|day| (date_vi(day), day.to_string())).unwrap_or_default();
        let mut what = Text::new(
            format!("{vi} chậm {days} ngày (kế hoạch {})", planned.0),
            format!("{en} is {days} days late (planned for {})", planned.1),
        );
        if let Some(blocking) = blocking(case, step) {
            what.vi += &format!("; {}", blocking.vi);
            what.en += &format!("; {}", blocking.en);
        }
        DutyItem {
            step: step.kind.map(|kind| kind.as_str().to_owned()),
            since: step.planned_on,
            days: Some(days),
            due: step.planned_on,
            ..case.item(&step.row, what, responsible.clone())
        }
    })
    .collect()
}

/// Violations found by the day that are open, and those of which that is not on record.
fn open<'a>(case: &'a Case<'_>) -> impl Iterator<Item = (&'a ViolationFacts, bool)> {
    let found = case.known.violations.iter().copied();
    found.filter_map(|violation| match is_open(violation, case.known.as_of) {
        Some(false) => None,
        Some(true) => Some((violation, true)),
        None => Some((violation, false)),
    })
}

/// D5: every open violation.
pub(super) fn open_violations(case: &Case<'_>) -> Vec<DutyItem> {
    open(case).map(|(violation, is_sure)| violation_item(case, violation, is_sure)).collect()
}

/// D4: those of land use and building.
pub(super) fn ground_violations(case: &Case<'_>) -> Vec<DutyItem> {
    let of_ground =
        |violation: &ViolationFacts| matches!(violation.kind.as_deref(), Some("land_use" | "illegal_construction"));
    let violations = open(case).filter(|(violation, _)| of_ground(violation));
    violations.map(|(violation, is_sure)| violation_item(case, violation, is_sure)).collect()
}

/// A kind of violation in words.
fn kind_text(kind: Option<&str>) -> (&'static str, &'static str) {
    match kind {
        Some("land_use") => ("Sử dụng đất sai mục đích", "Land used against its purpose"),
        Some("illegal_construction") => ("Xây dựng trái phép", "Illegal construction"),
        Some("effluent_exceedance") => ("Xả thải vượt quy chuẩn", "Effluent over the limit"),
        Some("no_connection") => ("Chưa đấu nối nước thải", "Not connected"),
        Some("storm_drain_discharge") => ("Xả vào hệ thống thoát nước mưa", "Discharge into the storm drain"),
        Some("no_permit") => ("Không có giấy phép môi trường", "No environmental permit"),
        Some("no_auto_monitoring") => ("Không quan trắc tự động", "No automatic monitoring"),
        Some("schedule_delay") => ("Chậm tiến độ", "Schedule delay"),
        _ => ("Vi phạm", "Violation"),
    }
}

fn violation_item(case: &Case<'_>, violation: &ViolationFacts, is_sure: bool) -> DutyItem {
    let (vi, en) = kind_text(violation.kind.as_deref());
    let status = violation.status_by(case.known.as_of);
    let (state_vi, state_en) = match status.filter(|_| is_sure) {
        Some(ViolationStatus::Detected) => ("mới phát hiện, chưa đề xuất xử lý", "found, handling not proposed"),
        Some(ViolationStatus::Proposed) => ("đã đề xuất xử lý", "handling proposed"),
        Some(ViolationStatus::Decided) => ("đã có quyết định, chưa khắc phục", "decided, not put right"),
        Some(ViolationStatus::Appealed) => ("đang khiếu nại", "under appeal"),
        // Closed later than the day of the review.
        Some(ViolationStatus::Remedied) => ("chưa khắc phục vào ngày này", "not put right by this day"),
        None if is_sure => ("chưa ghi tình trạng xử lý", "how it is handled is not on record"),
        None => ("chưa rõ đã khắc phục chưa", "whether it was put right is not on record"),
    };
    let past_due = violation.deadline_on.filter(|due| *due < case.known.as_of);
    let (late_vi, late_en) = past_due
        .map(|due| case.days_since(due))
        .map(|days| (format!("; quá hạn khắc phục {days} ngày"), format!("; {days} days past its deadline")))
        .unwrap_or_default();
    DutyItem {
        step: status.map(|status| status.as_str().to_owned()),
        since: violation.opened_on,
        days: violation.opened_on.map(|day| case.days_since(day)),
        due: violation.deadline_on,
        is_certain: is_sure,
        ..case.item(
            &violation.row,
            Text::new(format!("{vi}: {state_vi}{late_vi}"), format!("{en}: {state_en}{late_en}")),
            case.local_authority(),
        )
    }
}
