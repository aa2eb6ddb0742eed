//! PLN-SCHED, PLN-PUBLISH, PLN-AUTH, PLN-NOTASK, PLN-ADJUST and PLN-TOXIC: the dossier, its dates and who decided.

use chrono::NaiveDate;

use super::sheet::{Sheet, finding};
use super::{Case, Law};
use crate::compliance::Text;
use crate::compliance::evidence::{date_vi, days_en};
use crate::compliance::plan_law::AuthorityLevel;
use crate::compliance::site::PlanStatus;
use crate::plan::finding::{FindingKind, Severity, Verdict};

pub(super) fn review(case: &Case<'_>, sheet: &mut Sheet) {
    if let Some(law) = sheet.law(case, "PLN-SCHED") {
        dossier(case, sheet, &law);
    }
    publishing(case, sheet);
    if let Some(law) = sheet.law(case, "PLN-AUTH") {
        authority(case, sheet, &law);
    }
    if let Some(law) = sheet.law(case, "PLN-NOTASK") {
        task(case, sheet, &law);
    }
    if let Some(law) = sheet.law(case, "PLN-ADJUST") {
        adjustment(case, sheet, &law);
    }
    if let Some(law) = sheet.law(case, "PLN-TOXIC") {
        let why = Text::new(
            "Danh mục ngành nghề của đồ án chưa có trong dữ liệu.",
            "The trades of the plan are not on record.",
        );
        sheet.unknown(case, &law, why, &[]);
    }
}

fn dossier(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    let plan = case.plan;
    let mut missing = Vec::new();
    match (plan.scale, case.limit(law.rule, "scale")) {
        (Some(scale), Some(wanted)) if scale as f64 != wanted => {
            let vi = format!("Bản vẽ tỷ lệ 1/{scale}, quy hoạch chi tiết phải là 1/{wanted}.");
            let en = format!("The drawing is at 1/{scale}; a detailed plan is at 1/{wanted}.");
            sheet.add(law, finding(FindingKind::Date, Verdict::Fail, vi, en).measured(scale as f64, wanted, "1"));
        }
        (None, _) => missing.push("plans.scale"),
        _ => {}
    }
    if !plan.crs.is_vn2000_grid() {
        let vi = format!("Bản vẽ dùng hệ {}, không phải VN-2000.", plan.crs);
        let en = format!("The drawing is in {}, which is not VN-2000.", plan.crs);
        sheet.add(law, finding(FindingKind::Date, Verdict::Fail, vi, en));
    }
    if plan.boundary.is_none() {
        missing.push("plans.geom");
    }
    order(case, sheet, law);
    if plan.status == Some(PlanStatus::Approved) {
        if plan.decision_no.is_none() {
            missing.push("plans.decision_no");
        }
        if plan.dates.approved_on.is_none() {
            missing.push("plans.approved_on");
        }
    }
    let pass = Text::new(
        "Tỷ lệ, hệ tọa độ và trình tự các bước đúng.",
        "Scale, reference system and the order of steps are right.",
    );
    sheet.conclude(case, law, pass, &missing);
}

/// Every step comes after those before it, as far as their days are on record.
fn order(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    let dates = &case.plan.dates;
    let steps: [(&str, &str, Option<NaiveDate>); 6] = [
        ("Duyệt nhiệm vụ", "the approval of the task", dates.task_approved_on),
        ("Lấy ý kiến", "the consultation", dates.consulted_on),
        ("Trình", "the submission", dates.submitted_on),
        ("Thẩm định", "the appraisal", dates.appraised_on),
        ("Phê duyệt", "the approval", dates.approved_on),
        ("Công bố", "the publication", dates.published_on),
    ];
    let known: Vec<_> = steps.into_iter().filter_map(|(vi, en, day)| Some((vi, en, day?))).collect();
    for pair in known.windows(2) {
        let [(before_vi, before_en, before), (after_vi, after_en, after)] = pair else { continue };
        if before <= after {
            continue;
        }
        let vi = format!(
            "{after_vi} ngày {} lại trước {} ngày {}.",
            date_vi(*after),
            before_vi.to_lowercase(),
            date_vi(*before)
        );
        let en = format!("On record {after_en} is of {after}, before {before_en} of {before}.");
        sheet.add(law, finding(FindingKind::Date, Verdict::Fail, vi, en).at_most(Severity::Warning));
    }
}

fn publishing(case: &Case<'_>, sheet: &mut Sheet) {
    let dates = &case.plan.dates;
    let Some(law) = sheet.law(case, "PLN-PUBLISH") else { return };
    let Some(most) = case.limit(law.rule, "maximum") else {
        let why = Text::new("Dữ liệu chưa có thời hạn công bố.", "The data hold no time for publishing.");
        return sheet.unknown(case, &law, why, &["rule_limits.PLN-PUBLISH"]);
    };
    let Some(approved) = dates.approved_on else {
        if case.plan.status == Some(PlanStatus::Approved) {
            let why = Text::new("Chưa rõ ngày phê duyệt.", "The day of the approval is not on record.");
            return sheet.unknown(case, &law, why, &["plans.approved_on"]);
        }
        let why = Text::new("Đồ án chưa được phê duyệt.", "The plan is not approved.");
        sheet.check(case, &law, Verdict::NotApplicable, why);
        return;
    };
    let days = (dates.published_on.unwrap_or(case.as_of) - approved).num_days();
    match dates.published_on {
        Some(_) if days < 0 => {
            let why = Text::new("Ngày công bố trước ngày phê duyệt.", "The publication is dated before the approval.");
            sheet.unknown(case, &law, why, &["plans.published_on"]);
        }
        Some(published) => {
            let vi = format!("Phê duyệt {}, công bố {}: {days} ngày.", date_vi(approved), date_vi(published));
            let en = format!("Approved on {approved}, published on {published}: {}.", days_en(days));
            if days as f64 > most {
                let found = finding(FindingKind::Date, Verdict::Fail, vi.clone(), en.clone());
                sheet.add(&law, found.measured(days as f64, most, "d"));
            }
            sheet.conclude(case, &law, Text::new(vi, en), &[]).measured(days as f64, most, "d");
        }
        None if days as f64 > most => {
            // Published and not recorded, or not published: the register does not say which.
            let why = Text::new(
                format!("Đã {days} ngày từ khi phê duyệt; ngày công bố chưa có trong dữ liệu."),
                format!("{} since the approval; the day of the publication is not on record.", days_en(days)),
            );
            sheet.unknown(case, &law, why, &["plans.published_on"]);
        }
        None => {
            let why = Text::new("Thời hạn công bố chưa hết.", "The time for publishing is not over.");
            sheet.check(case, &law, Verdict::NotApplicable, why);
        }
    }
}

/// The level of government that an authority's name speaks of; `None` where it names none.
fn level_of(authority: &str) -> Option<AuthorityLevel> {
    let name = authority.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    // "Thị xã" is a district and has "xã" in its name.
    if has(&["huyện", "quận", "thị xã"]) {
        Some(AuthorityLevel::District)
    } else if has(&["ubnd xã", "ubnd phường", "ủy ban nhân dân xã", "ủy ban nhân dân phường", "uỷ ban nhân dân xã"])
    {
        Some(AuthorityLevel::Commune)
    } else if has(&["thành phố", "ubnd tp", "sở "]) {
        Some(AuthorityLevel::City)
    } else {
        None
    }
}

fn authority(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    let Some(approved) = case.plan.dates.approved_on else {
        let why = Text::new(
            "Đồ án chưa được phê duyệt hoặc chưa rõ ngày.",
            "The plan is not approved, or its day is not on record.",
        );
        let verdict = match case.plan.status {
            Some(PlanStatus::Approved) | None => Verdict::Unknown,
            Some(_) => Verdict::NotApplicable,
        };
        sheet.check(case, law, verdict, why);
        return;
    };
    let Some((name, level)) = case.plan.authority.as_deref().and_then(|name| Some((name, level_of(name)?))) else {
        let why = Text::new(
            "Chưa rõ cơ quan phê duyệt thuộc cấp nào.",
            "The level of the approving authority is not on record.",
        );
        return sheet.unknown(case, law, why, &["plans.authority"]);
    };
    let in_charge = case.standards.plan_authorities.iter().filter(|row| row.basis.in_force(approved));
    if !in_charge.into_iter().any(|row| row.level == level) {
        let vi =
            format!("{name} phê duyệt ngày {}, khi đó không phải cấp có thẩm quyền theo dữ liệu.", date_vi(approved));
        let en = format!("{name} approved it on {approved}, when by the data another level was in charge.");
        sheet.add(law, finding(FindingKind::Authority, Verdict::Fail, vi, en));
    }
    let pass = Text::new("Cơ quan phê duyệt đúng cấp.", "The approving authority is of the level in charge.");
    sheet.conclude(case, law, pass, &[]);
}

fn task(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    match case.plan.dates.task_approved_on {
        Some(_) => {
            let why = Text::new("Nhiệm vụ quy hoạch đã được duyệt.", "The planning task was approved.");
            sheet.check(case, law, Verdict::Pass, why);
        }
        None => {
            let why = Text::new(
                "Chưa có ngày duyệt nhiệm vụ; không cần nếu đã có quy hoạch phân khu được duyệt.",
                "No approval of the task is on record; none is needed where a zone plan is approved.",
            );
            sheet.unknown(case, law, why, &["plans.task_approved_on"]);
        }
    }
}

/// Later versions are adjustments, and the decision names one of the cases.
fn adjustment(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    let version = case.plan.version.as_deref().and_then(|version| version.trim().parse::<i64>().ok());
    let Some(cases) = case.limit(law.rule, "cases") else {
        let why = Text::new("Dữ liệu chưa có số trường hợp.", "The data do not hold the number of cases.");
        return sheet.unknown(case, law, why, &["plan_limits.PLN-ADJUST"]);
    };
    match (version, case.plan.adjustment_case) {
        (_, Some(named)) if !(1..=cases as i64).contains(&named) => {
            let vi = format!("Quyết định nêu trường hợp điều chỉnh {named}; luật chỉ có {cases} trường hợp.");
            let en = format!("The decision names case {named} of an adjustment; the law has {cases}.");
            sheet.add(law, finding(FindingKind::Authority, Verdict::Fail, vi, en).measured(named as f64, cases, "1"));
            sheet.conclude(case, law, Text::new("", ""), &[]);
        }
        (_, Some(named)) => {
            let why = Text::new(format!("Trường hợp điều chỉnh {named}."), format!("Case {named} of an adjustment."));
            sheet.check(case, law, Verdict::Pass, why);
        }
        (Some(version), None) if version <= 1 => {
            let why = Text::new("Đồ án lập lần đầu.", "The plan is the first of its ground.");
            sheet.check(case, law, Verdict::NotApplicable, why);
        }
        _ => {
            let why = Text::new(
                "Chưa rõ đồ án là bản điều chỉnh theo trường hợp nào.",
                "The case that allows the adjustment is not on record.",
            );
            sheet.unknown(case, law, why, &["plans.adjustment_case"]);
        }
    }
}
