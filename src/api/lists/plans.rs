//! Pages of 1/500 plans: the list, a review to be read and printed, two versions side by side.

use chrono::NaiveDate;

use super::super::html::{Cell, home, linked, sentence, text};
use super::{Form, List, ListsPage, MAX_ROWS, filled};
use crate::compliance::evidence::{date_vi, number_vi};
use crate::compliance::{Confidence, LegalBasis, Text};
use crate::domain::catalog;
use crate::plan::{Check, Comparison, Finding, Plan, PlanReview, Severity, Verdict, digits_apart};
use crate::publish::decisions::{Standing, decided};
use crate::publish::plans::{Found, PlanSummary, ReviewedPlan};

/// A number as both languages write it, at most two digits behind the point.
fn number(value: Option<f64>) -> Cell {
    rounded(value, 2)
}

fn rounded(value: Option<f64>, digits: usize) -> Cell {
    let Some(value) = value.filter(|value| value.is_finite()) else { return text("") };
    let rounded = format!("{value:.digits$}");
    text(number_vi(rounded.trim_end_matches('0').trim_end_matches('.')))
}

/// What was measured and what is required, told so that their difference is seen.
fn quantities(measured: Option<f64>, required: Option<f64>, unit: Option<&str>) -> [Cell; 2] {
    let digits = digits_apart(measured, required, 2);
    [measured, required].map(|value| quantity(value, digits, unit))
}

fn quantity(value: Option<f64>, digits: usize, unit: Option<&str>) -> Cell {
    let unit = match unit {
        Some("m2") => " m²",
        Some("m") => " m",
        Some("%") => "%",
        Some("d") => " ngày",
        Some("m3/d") => " m³/ngày",
        _ => "",
    };
    let Cell { text: written, .. } = rounded(value, digits);
    text(if written.is_empty() { written } else { format!("{written}{unit}") })
}

fn verdict(verdict: Verdict) -> Cell {
    let (vi, en) = match verdict {
        Verdict::Pass => ("đạt", "pass"),
        Verdict::Fail => ("không đạt", "fail"),
        Verdict::Undetermined => ("chưa kết luận được", "undetermined"),
        Verdict::Unknown => ("chưa rõ", "unknown"),
        Verdict::NotApplicable => ("không áp dụng", "not applicable"),
    };
    sentence(vi, en)
}

fn severity(severity: Severity) -> Cell {
    match severity {
        Severity::Error => sentence("lỗi", "error"),
        Severity::Warning => sentence("cảnh báo", "warning"),
        Severity::Info => sentence("thông tin", "information"),
    }
}

/// The texts, with a mark where a number is from memory.
fn law(bases: &[LegalBasis]) -> Cell {
    let marked = |basis: &LegalBasis, likely: &str, doubtful: &str| match basis.confidence {
        Confidence::Verified => basis.citation(),
        Confidence::RecalledHigh => format!("{} ({likely})", basis.citation()),
        _ => format!("{} ({doubtful})", basis.citation()),
    };
    let vi: Vec<_> = bases.iter().map(|basis| marked(basis, "nhớ lại, khá chắc", "nhớ lại, cần đối chiếu")).collect();
    let en: Vec<_> =
        bases.iter().map(|basis| marked(basis, "recalled, hardly in doubt", "recalled, to be checked")).collect();
    sentence(&vi.join("; "), &en.join("; "))
}

fn land_use(code: Option<&str>) -> Cell {
    let Some(code) = code else { return sentence("chưa rõ", "not on record") };
    let title = catalog::land_use(code);
    title.map_or_else(
        || text(code),
        |title| sentence(&format!("{code} – {}", title.vi), &format!("{code} – {}", title.en)),
    )
}

fn form(action: String, day: NaiveDate, links: Vec<(&'static str, String)>) -> Form {
    Form { action, day: day.to_string(), choices: Vec::new(), links }
}

fn crumbs(base: &str) -> Vec<Cell> {
    let mut crumbs = home(base);
    crumbs.push(linked("Quy hoạch 1/500 / Plans", format!("{base}/plans?f=html")));
    crumbs
}

fn list_of(anchor: &str, vi: &str, en: &str, head: Vec<&'static str>, rows: Vec<Vec<Cell>>) -> List {
    let count = rows.len();
    let more = count.checked_sub(MAX_ROWS).filter(|more| *more > 0);
    let lines = more.map(|more| {
        Text::new(format!("Còn {more} dòng nữa: xem trong JSON."), format!("{more} more rows are in the JSON."))
    });
    List {
        anchor: anchor.to_owned(),
        title: Text::new(vi, en),
        count,
        lines: lines.into_iter().collect(),
        ..filled(head, rows.into_iter().take(MAX_ROWS).collect())
    }
}

fn findings(review: &PlanReview, standings: &[Standing]) -> List {
    let decided = decided(review, standings);
    let row = |finding: &Finding| {
        let [measured, required] = quantities(finding.measured, finding.required, finding.unit);
        vec![
            text(finding.number.to_string()),
            severity(finding.severity),
            verdict(finding.verdict),
            match decided.get(&finding.number) {
                Some(&"dismissed") => sentence(
                    &format!("{} (đã bỏ qua)", finding.message.vi),
                    &format!("{} (dismissed)", finding.message.en),
                ),
                _ => sentence(&finding.message.vi, &finding.message.en),
            },
            measured,
            required,
            text(finding.anchor.map(|at| format!("{:.3} E; {:.3} N", at.x(), at.y())).unwrap_or_default()),
            text(finding.rule),
            law(&finding.law),
        ]
    };
    let head = vec![
        "Số / No.",
        "Mức / Weight",
        "Kết luận / Verdict",
        "Phát hiện / Finding",
        "Đo được / Measured",
        "Yêu cầu / Required",
        "Vị trí VN-2000 / Place",
        "Mã / Rule",
        "Căn cứ / Law",
    ];
    list_of("findings", "Phát hiện", "Findings", head, review.findings.iter().map(row).collect())
}

fn balance(review: &PlanReview) -> List {
    let balance = &review.balance;
    let mut rows: Vec<Vec<Cell>> = balance
        .rows
        .iter()
        .map(|row| {
            vec![
                land_use(row.land_use.as_deref()),
                text(row.lots.to_string()),
                number(Some(row.measured_m2)),
                number(row.ground_m2),
                number(row.stated_m2),
                rounded(Some(row.share_pct), digits_apart(Some(row.share_pct), row.required_pct, 2)),
                number(row.required_pct),
                row.verdict.map_or_else(|| text(""), verdict),
            ]
        })
        .collect();
    rows.push(vec![
        sentence("Tổng diện tích", "Total"),
        text(review.lots.len().to_string()),
        number(Some(balance.total_m2)),
        number(balance.total_ground_m2),
        number(balance.stated_m2),
        text("100"),
        text(""),
        text(""),
    ]);
    let head = vec![
        "Chức năng / Land use",
        "Số lô / Lots",
        "Đo trên mặt chiếu / On the projection (m²)",
        "Trên ellipsoid / On the ellipsoid (m²)",
        "Đồ án ghi / Stated (m²)",
        "Tỷ lệ / Share (%)",
        "Tối thiểu / Least (%)",
        "Kết luận / Verdict",
    ];
    List {
        count: balance.rows.len(), ..list_of("balance", "Cân bằng sử dụng đất", "Land-use balance", head, rows)
    }
}

fn checks(review: &PlanReview) -> List {
    let row = |check: &Check| {
        let [measured, required] = quantities(check.measured, check.required, check.unit);
        let informs = if check.counts { text("") } else { sentence("chỉ để tham khảo", "informs only") };
        vec![
            text(check.rule),
            sentence(&check.title.vi, &check.title.en),
            verdict(check.verdict),
            sentence(&check.why.vi, &check.why.en),
            measured,
            required,
            informs,
            law(&check.law),
        ]
    };
    let head = vec![
        "Mã / Rule",
        "Quy định / Requirement",
        "Kết luận / Verdict",
        "Vì sao / Why",
        "Đo được / Measured",
        "Yêu cầu / Required",
        "Ghi chú / Note",
        "Căn cứ / Law",
    ];
    list_of("checks", "Từng quy định", "Every rule", head, review.checks.iter().map(row).collect())
}

fn lots(review: &PlanReview) -> List {
    let count = |storeys: Option<i64>| text(storeys.map(|storeys| storeys.to_string()).unwrap_or_default());
    let rows = review.lots.iter().map(|lot| {
        vec![
            text(lot.symbol.clone().unwrap_or_else(|| lot.id.clone())),
            text(lot.land_use.clone().unwrap_or_default()),
            number(lot.stated_m2),
            number(lot.measured_m2),
            number(lot.difference_pct),
            number(lot.density_max_pct),
            number(lot.density_built_pct),
            count(lot.storeys_max),
            count(lot.storeys_built),
            number(lot.far_max),
            number(lot.far_built),
        ]
    });
    let head = vec![
        "Lô / Lot",
        "Chức năng / Use",
        "Ghi / Stated (m²)",
        "Đo / Measured (m²)",
        "Lệch / Off (%)",
        "Mật độ cho phép / Density permitted (%)",
        "Đã xây / Built (%)",
        "Tầng cho phép / Storeys permitted",
        "Tầng cao nhất / Storeys built",
        "Hệ số SDĐ cho phép / Use coefficient",
        "Hệ số thực tế / Built",
    ];
    list_of("lots", "Bảng thống kê lô đất", "Lot table", head, rows.collect())
}

fn infrastructure(review: &PlanReview) -> List {
    let rows = review.infrastructure.iter().map(|item| {
        let place = match item.has_place() {
            true => sentence("có chỗ trong đồ án", "has a place"),
            false => sentence("chưa thấy trong đồ án", "not seen in the plan"),
        };
        vec![
            sentence(&item.name.vi, &item.name.en),
            place,
            text([item.parcels.clone(), item.lines.clone()].concat().join(", ")),
        ]
    });
    let head = vec!["Hạng mục / Work", "Vị trí / Place", "Lô, tuyến / Lots and lines"];
    list_of("works", "Hạ tầng kỹ thuật dùng chung", "Shared works", head, rows.collect())
}

/// What was decided on a proposal, by whom, when and why.
fn decision(standing: &Standing) -> Cell {
    let (vi, en) = match standing {
        Standing::Open => ("chờ quyết định", "waits for a decision"),
        Standing::Accepted(_) => ("đã chấp nhận", "accepted"),
        Standing::Dismissed(_) => ("đã bỏ qua", "dismissed"),
        Standing::Changed(_) => ("đã bỏ qua, nhưng sự việc đã thay đổi", "dismissed, but its facts have changed since"),
    };
    let Some(last) = standing.decision() else { return sentence(vi, en) };
    let by = [last.who.clone(), last.on.map(|on| on.to_string()), last.note.clone()];
    let by = by.into_iter().flatten().collect::<Vec<_>>().join(", ");
    sentence(&format!("{vi} ({by})"), &format!("{en} ({by})"))
}

fn proposals(review: &PlanReview, standings: &[Standing]) -> List {
    let rows = review.proposed_violations.iter().zip(standings).map(|(proposed, standing)| {
        vec![
            text(proposed.finding.to_string()),
            sentence(&proposed.message.vi, &proposed.message.en),
            text(proposed.violation_kind),
            text(proposed.legal_basis.clone()),
            decision(standing),
        ]
    });
    let head =
        vec!["Phát hiện số / Finding", "Nội dung / Content", "Loại / Kind", "Mã / Rule", "Quyết định / Decision"];
    let mut list = list_of("proposals", "Đề xuất xem xét vi phạm", "Proposed violations", head, rows.collect());
    if list.count > 0 {
        let vi = "Máy đề xuất từ so sánh bản vẽ với công trình; cán bộ quyết định có lập hồ sơ hay không.";
        let en = "Proposed by comparing the drawing with what is built; an official decides whether to act.";
        list.lines.push(Text::new(vi, en));
    }
    list
}

/// The review of a plan.
pub fn review(base: &str, reviewed: &ReviewedPlan, standings: &[Standing]) -> ListsPage {
    let (plan, review) = (&reviewed.plan, &reviewed.review);
    let url = format!("{base}/plans/{}/review", plan.row.id);
    let (id, day) = (&plan.row.id, review.as_of);
    let source = plan.source_sha256.as_ref().map(|_| format!("{base}/plans/{id}/source?as-of={day}"));
    let [errors, warnings, infos] = [Severity::Error, Severity::Warning, Severity::Info].map(|of| review.count(of));
    let open = review.open_checks();
    let decided = match (&plan.decision_no, plan.dates.approved_on) {
        (Some(number), Some(on)) => Text::new(
            format!("Phê duyệt theo {number} ngày {}.", date_vi(on)),
            format!("Approved by {number} on {on}."),
        ),
        _ => Text::new("Chưa có quyết định phê duyệt trong dữ liệu.", "No decision of approval is on record."),
    };
    let lead = vec![
        Text::new(
            format!(
                "Thẩm tra tính đến {}; áp dụng quy định có hiệu lực ngày {}.",
                date_vi(day),
                date_vi(review.law_on)
            ),
            format!("Reviewed as of {day}, by the law in force on {}.", review.law_on),
        ),
        decided,
        Text::new(
            format!("{errors} lỗi, {warnings} cảnh báo, {infos} thông tin; {open} quy định chưa kết luận được."),
            format!("Errors: {errors}; warnings: {warnings}; information: {infos}; rules left open: {open}."),
        ),
        Text::new(
            format!("Đo trên mặt phẳng chiếu {}.", review.crs),
            format!("Measured on the projection {}.", review.crs),
        ),
    ];
    let mut crumbs = crumbs(base);
    crumbs.push(linked(plan.name.clone(), format!("{url}?f=html")));
    ListsPage {
        title: plan.name.clone(),
        crumbs,
        demo: review.is_demo,
        lead,
        form: form(
            url.clone(),
            day,
            [
                Some(("JSON", format!("{url}?f=json&as-of={day}"))),
                Some(("PDF", format!("{url}?f=pdf&as-of={day}"))),
                Some(("DXF", format!("{base}/plans/{id}/drawing?f=dxf&as-of={day}"))),
                Some(("GeoPackage", format!("{base}/plans/{id}/drawing?f=gpkg&as-of={day}"))),
                source.map(|source| ("Tệp gốc / Original file", source)),
            ]
            .into_iter()
            .flatten()
            .collect(),
        ),
        lists: vec![
            findings(review, standings),
            balance(review),
            checks(review),
            lots(review),
            infrastructure(review),
            proposals(review, standings),
        ],
    }
}

/// Every plan with what its review found.
pub fn list(base: &str, day: NaiveDate, plans: &[PlanSummary]) -> ListsPage {
    let row = |plan: &PlanSummary| {
        let count = |at: usize| match (plan.found.counts(), plan.found) {
            (Some(counts), _) => text(counts[at].to_string()),
            (None, Found::WhenAsked) => sentence("khi mở", "when opened"),
            (None, _) => sentence("chưa rõ", "unknown"),
        };
        let status = catalog::PLAN_STATUS.iter().find(|code| Some(code.code) == plan.status.as_deref());
        vec![
            linked(plan.name.clone(), format!("{base}/plans/{}/review?f=html&as-of={day}", plan.id)),
            status.map_or_else(|| text(""), |code| sentence(&code.title.vi, &code.title.en)),
            text(plan.approved_on.map(|day| day.to_string()).unwrap_or_default()),
            text(plan.lots.to_string()),
            count(0),
            count(1),
            count(2),
            if plan.is_demo { sentence("minh họa", "demo") } else { text("") },
        ]
    };
    let head = vec![
        "Đồ án / Plan",
        "Tình trạng / State",
        "Phê duyệt / Approved",
        "Số lô / Lots",
        "Lỗi / Errors",
        "Cảnh báo / Warnings",
        "Thông tin / Information",
        "Dữ liệu / Data",
    ];
    let url = format!("{base}/plans");
    ListsPage {
        title: "Quy hoạch chi tiết 1/500 / 1/500 detailed plans".to_owned(),
        crumbs: crumbs(base),
        demo: plans.iter().any(|plan| plan.is_demo),
        lead: vec![Text::new(format!("Tính đến {}.", date_vi(day)), format!("As of {day}."))],
        form: form(url.clone(), day, vec![("JSON", format!("{url}?f=json&as-of={day}"))]),
        lists: vec![list_of("plans", "Các đồ án", "Plans", head, plans.iter().map(row).collect())],
    }
}

/// Two versions of a plan.
pub fn comparison(base: &str, before: &Plan, after: &Plan, comparison: &Comparison, day: NaiveDate) -> ListsPage {
    let label = |plan: &Plan, id: &str| {
        let found = plan.parcels.iter().find(|parcel| parcel.id == id);
        found.map_or_else(|| id.to_owned(), |parcel| parcel.label().to_owned())
    };
    let alone =
        |plan: &Plan, ids: &[String]| ids.iter().map(|id| vec![text(label(plan, id)), text(id.clone())]).collect();
    let head = || vec!["Lô / Lot", "Mã / Id"];
    let pair =
        |[a, b]: &[Option<String>; 2]| format!("{} → {}", a.as_deref().unwrap_or("–"), b.as_deref().unwrap_or("–"));
    let changed = comparison.changed.iter().map(|change| {
        let values: Vec<String> = change
            .values
            .iter()
            .map(|(name, before, after)| format!("{name}: {} → {}", number(*before).text, number(*after).text))
            .collect();
        vec![
            text(label(after, &change.after)),
            text(change.land_use.as_ref().map(pair).unwrap_or_default()),
            quantity(change.moved_m, 2, Some("m")),
            quantity(change.area_m2[0], 2, Some("m2")),
            quantity(change.area_m2[1], 2, Some("m2")),
            text(values.join("; ")),
        ]
    });
    let changed_head = vec![
        "Lô / Lot",
        "Chức năng / Land use",
        "Dịch ranh / Moved",
        "Diện tích trước / Area before",
        "Diện tích sau / Area after",
        "Số liệu khác / Other values",
    ];
    let (tolerance_vi, same) = (number(Some(comparison.tolerance_m)).text, comparison.unchanged);
    let url = format!("{base}/plans/{}/compare?with={}", after.row.id, before.row.id);
    ListsPage {
        title: format!("{} → {}", before.name, after.name),
        crumbs: crumbs(base),
        demo: before.row.is_demo || after.row.is_demo,
        lead: vec![Text::new(
            format!("{same} lô không đổi; ranh dịch không quá {tolerance_vi} m coi như không đổi."),
            format!(
                "{same} lots are the same; a border that moved by {} m at most has not moved.",
                comparison.tolerance_m
            ),
        )],
        form: form(
            format!("{base}/plans/{}/review", after.row.id),
            day,
            vec![("JSON", format!("{url}&f=json&as-of={day}"))],
        ),
        lists: vec![
            list_of("added", "Lô mới", "Lots added", head(), alone(after, &comparison.added)),
            list_of("removed", "Lô bỏ", "Lots removed", head(), alone(before, &comparison.removed)),
            list_of("changed", "Lô thay đổi", "Lots changed", changed_head, changed.collect()),
        ],
    }
}
