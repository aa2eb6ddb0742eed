//! What a report says, as titled tables and sentences in both languages: every form of it prints the same.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Counts, Move, Report, STATUSES};
use crate::compliance::duties::SiteName;
use crate::compliance::evidence::{date_vi, number_vi};
use crate::compliance::targets::{Goal, Tally, Target, Unit};
use crate::compliance::{SiteCollection, Status, Text};

/// A cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(Text),
    Count(usize),
    /// A difference, whose sign is always written.
    Change(i64),
    Site(SiteName),
}

/// A table with its head.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    pub head: Vec<Text>,
    pub rows: Vec<Vec<Cell>>,
}

/// A part of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// A name for links and sheets; never changes.
    pub anchor: &'static str,
    pub title: Text,
    pub lines: Vec<Text>,
    /// Without rows there is nothing to show, and a line says so.
    pub table: Option<Table>,
}

fn t(vi: &str, en: &str) -> Text {
    Text::new(vi, en)
}

fn same(text: &str) -> Text {
    Text::new(text, text)
}

fn cell(text: Text) -> Cell {
    Cell::Text(text)
}

fn not_on_record() -> Text {
    t("chưa có thông tin", "not on record")
}

/// A status in words.
pub fn status_text(status: Status) -> Text {
    match status {
        Status::NonCompliant => t("Không tuân thủ", "Not compliant"),
        Status::Unknown => t("Chưa rõ", "Unknown"),
        Status::Compliant => t("Tuân thủ", "Compliant"),
        Status::NotApplicable => t("Không áp dụng", "Not applicable"),
    }
}

fn kind_text(kind: SiteCollection) -> Text {
    match kind {
        SiteCollection::Clusters => t("Cụm công nghiệp", "Industrial clusters"),
        SiteCollection::CraftVillages => t("Làng nghề", "Craft villages"),
    }
}

/// What the report is of.
pub fn title(report: &Report) -> Text {
    let month = report.month;
    let (of_vi, of_en) = match &report.district {
        Some(district) => (district.name.clone(), district.name.clone()),
        None => ("Hà Nội".to_owned(), "Hanoi".to_owned()),
    };
    Text::new(format!("Báo cáo tháng {}: {of_vi}", month.vi()), format!("Report of {month}: {of_en}"))
}

/// What a reader must know before the first number.
fn preface(report: &Report) -> Section {
    let (day, running) = (report.as_of, report.is_running);
    let mut lines = vec![Text::new(
        format!(
            "Số liệu tính đến {}{}. So với {} (cuối tháng trước) và {} (cuối quý trước).",
            date_vi(day),
            if running { ", tháng chưa kết thúc" } else { "" },
            date_vi(report.month_before),
            date_vi(report.quarter_before)
        ),
        format!(
            "As of {day}{}. Compared with {} (end of the month before) and {} (end of the quarter before).",
            if running { ", the month is not over" } else { "" },
            report.month_before,
            report.quarter_before
        ),
    )];
    lines.push(t(
        "Chưa rõ nghĩa là dữ liệu không đủ để kết luận: không tính là đạt, cũng không tính là vi phạm.",
        "Unknown means that the data do not suffice: it counts neither as met nor as breached.",
    ));
    let open: usize = report.kinds.iter().map(|kind| kind.now[1]).sum();
    lines.push(Text::new(
        format!("{open} trên {} địa điểm chưa rõ tình trạng chung.", report.sites),
        format!("Of {} sites the overall status of {open} is unknown.", report.sites),
    ));
    if report.demo_sites > 0 {
        lines.push(Text::new(
            format!(
                "DỮ LIỆU MINH HỌA: {} trên {} địa điểm có số liệu dựng lên. Không dùng để kết luận về địa điểm có thật.",
                report.demo_sites, report.sites
            ),
            format!(
                "DEMO DATA: something is made up at {} of {} sites. Do not judge a real place by it.",
                report.demo_sites, report.sites
            ),
        ));
    }
    if report.unplaced > 0 {
        lines.push(Text::new(
            format!("{} địa điểm không ghi thuộc huyện, xã nào nên không có trong báo cáo này.", report.unplaced),
            format!("{} sites lie in no district on record and are left out of this report.", report.unplaced),
        ));
    }
    Section { anchor: "about", title: t("Về báo cáo này", "About this report"), lines, table: None }
}

fn change(now: usize, before: usize) -> Cell {
    Cell::Change(now as i64 - before as i64)
}

fn statuses(report: &Report) -> Section {
    let mut table = Table {
        head: vec![
            t("Loại", "Kind"),
            t("Tình trạng", "Status"),
            Text::new(date_vi(report.as_of), report.as_of.to_string()),
            Text::new(date_vi(report.month_before), report.month_before.to_string()),
            t("Thay đổi", "Change"),
        ],
        rows: Vec::new(),
    };
    for kind in &report.kinds {
        for (at, status) in STATUSES.into_iter().enumerate() {
            let (now, before) = (kind.now[at], kind.before[at]);
            let (kind, status) = (cell(kind_text(kind.kind)), cell(status_text(status)));
            table.rows.push(vec![kind, status, Cell::Count(now), Cell::Count(before), change(now, before)]);
        }
    }
    let title = t("Tình trạng tuân thủ", "Compliance status");
    Section { anchor: "statuses", title, lines: Vec::new(), table: Some(table) }
}

fn share(value: Decimal) -> String {
    value.round_dp(1).normalize().to_string()
}

/// Between what a value lies, whatever the unknown turn out to be.
fn interval(tally: &Tally, unit: Unit) -> Text {
    let Some((low, high)) = tally.interval(unit) else { return same("–") };
    let sign = if unit == Unit::Percent { " %" } else { "" };
    let (low, high) = (share(low), share(high));
    let range = if low == high { format!("{low}{sign}") } else { format!("{low}–{high}{sign}") };
    Text::new(number_vi(&range), range)
}

fn goal(goal: Goal, unit: Unit) -> Text {
    let sign = if unit == Unit::Percent { " %" } else { "" };
    let text = match (goal.min, goal.max) {
        (None, None) => return t("kế hoạch không nêu số", "no number in the plan"),
        (Some(min), Some(max)) if min != max => format!("{}–{}{sign}", share(min), share(max)),
        (Some(least), _) | (None, Some(least)) => format!("{}{sign}", share(least)),
    };
    Text::new(number_vi(&text), text)
}

fn result(target: &Target) -> Text {
    match target.met {
        Some(true) => t("đạt", "reached"),
        Some(false) => t("chưa đạt", "not reached"),
        None => t("chưa thể kết luận", "cannot be said yet"),
    }
}

fn targets(report: &Report) -> Section {
    let row = |title: Text, code: &str, goal: Text, tally: &Tally, unit: Unit, result: Text| {
        vec![
            cell(same(code)),
            cell(title),
            Cell::Count(tally.met.len()),
            Cell::Count(tally.not_met.len()),
            Cell::Count(tally.unknown.len()),
            Cell::Count(tally.denominator()),
            cell(interval(tally, unit)),
            cell(goal),
            cell(result),
        ]
    };
    let mut table = Table {
        head: vec![
            t("Mã", "Code"),
            t("Mục tiêu", "Target"),
            t("Đạt", "Fulfilled"),
            t("Chưa đạt", "Not"),
            t("Chưa rõ", "Unknown"),
            t("Tổng", "All"),
            t("Giá trị", "Value"),
            t("Mức đặt ra", "Goal"),
            t("Kết quả", "Result"),
        ],
        rows: Vec::new(),
    };
    for target in &report.targets {
        let (code, unit) = (target.code.as_str(), target.unit);
        table.rows.push(row(target.title.clone(), code, goal(target.goal, unit), &target.tally, unit, result(target)));
        for also in &target.also {
            table.rows.push(row(also.title.clone(), code, goal(also.goal, unit), &also.tally, unit, same("–")));
        }
    }
    let plan = report.targets.first().map(|target| &target.plan);
    let mut lines = vec![match plan.and_then(|plan| Some((plan.year?, plan.basis.as_ref()?, plan.is_current))) {
        None => t(
            "Dữ liệu không có kế hoạch của năm này hoặc năm trước đó.",
            "No plan of that year or an earlier one is held.",
        ),
        Some((year, basis, is_current)) => {
            let (not_vi, not_en) = if is_current {
                ("", "")
            } else {
                (" (kế hoạch của năm trước đó)", ", which is an earlier year's")
            };
            Text::new(
                format!("Đối chiếu: {}{not_vi}.", basis.document),
                format!("Held against the city's plan of {year}{not_en}."),
            )
        }
    }];
    if report.district.is_some() {
        lines.push(t(
            "Mức đặt ra là của toàn thành phố; cột kết quả chỉ để so sánh.",
            "Goals are those of the whole city; the result is for comparison alone.",
        ));
    }
    let title = t("Mục tiêu của kế hoạch", "Targets of the plan");
    Section { anchor: "targets", title, lines, table: Some(table) }
}

fn district(name: Option<&str>) -> Text {
    name.map_or_else(not_on_record, same)
}

fn standing(status: Option<Status>) -> Text {
    status.map_or_else(|| t("không có trong sổ", "not in the register"), status_text)
}

fn moves(report: &Report, moves: &[Move], anchor: &'static str, title: Text, since: NaiveDate) -> Section {
    let row = |moved: &Move| {
        vec![
            Cell::Site(moved.site.clone()),
            cell(kind_text(moved.site.collection)),
            cell(district(moved.district.as_deref())),
            cell(standing(moved.from)),
            cell(standing(moved.to)),
        ]
    };
    let lines = match moves.len() {
        0 => Text::new(
            format!("Không địa điểm nào đổi tình trạng từ {} đến {}.", date_vi(since), date_vi(report.as_of)),
            format!("No site has changed its status between {since} and {}.", report.as_of),
        ),
        count => Text::new(
            format!("{count} địa điểm đổi tình trạng từ {} đến {}.", date_vi(since), date_vi(report.as_of)),
            format!("{count} sites have changed their status between {since} and {}.", report.as_of),
        ),
    };
    let head = vec![
        t("Địa điểm", "Site"),
        t("Loại", "Kind"),
        t("Huyện cũ", "Former district"),
        t("Trước", "Before"),
        t("Nay", "Now"),
    ];
    let table = (!moves.is_empty()).then(|| Table { head, rows: moves.iter().map(row).collect() });
    Section { anchor, title, lines: vec![lines], table }
}

fn duties(report: &Report) -> Section {
    let row = |duty: &super::DutyCount| {
        vec![
            cell(same(&duty.code)),
            cell(duty.title.clone()),
            cell(duty.actor.clone().unwrap_or_else(not_on_record)),
            Cell::Count(duty.certain),
            Cell::Count(duty.overdue),
            Cell::Count(duty.unknown),
        ]
    };
    let head = vec![
        t("Mã", "Code"),
        t("Việc", "Duty"),
        t("Bên thực hiện", "Actor"),
        t("Chưa xong", "Undone"),
        t("Trong đó quá hạn", "Of these overdue"),
        t("Chưa rõ", "Unknown"),
    ];
    Section {
        anchor: "duties",
        title: t("Việc cần làm của từng bên", "Duties and what they leave undone"),
        lines: Vec::new(),
        table: Some(Table { head, rows: report.duties.iter().map(row).collect() }),
    }
}

fn rules(report: &Report) -> Section {
    let row = |rule: &super::RuleCount| {
        vec![
            cell(rule.title.clone()),
            Cell::Count(rule.breached),
            Cell::Count(rule.unknown),
            Cell::Count(rule.met),
            Cell::Count(rule.not_applicable),
            cell(same(&rule.rule)),
        ]
    };
    let head = vec![
        t("Quy định chính", "Core rule"),
        t("Vi phạm", "Breached"),
        t("Chưa rõ", "Unknown"),
        t("Đáp ứng", "Met"),
        t("Không áp dụng", "Not applicable"),
        t("Mã", "Id"),
    ];
    Section {
        anchor: "rules",
        title: t("Các quy định chính, số địa điểm", "Core rules, by number of sites"),
        lines: Vec::new(),
        table: Some(Table { head, rows: report.rules.iter().map(row).collect() }),
    }
}

fn districts(rows: &[super::DistrictCounts]) -> Section {
    let numbers = |counts: &Counts| counts.map(Cell::Count);
    let row = |of: &super::DistrictCounts| {
        let name = cell(district(of.name.as_deref()));
        std::iter::once(name).chain(numbers(&of.clusters)).chain(numbers(&of.villages)).collect()
    };
    let mut head = vec![t("Huyện cũ", "Former district")];
    for kind in [t("Cụm", "Clusters"), t("Làng nghề", "Villages")] {
        for status in STATUSES.map(status_text) {
            head.push(Text::new(format!("{}: {}", kind.vi, status.vi), format!("{}: {}", kind.en, status.en)));
        }
    }
    Section {
        anchor: "districts",
        title: t("Theo huyện", "By district"),
        lines: vec![t(
            "Huyện theo địa giới đến 30/6/2025, như ghi trong sổ.",
            "Districts as they were until 30 June 2025, as the registers name them.",
        )],
        table: Some(Table { head, rows: rows.iter().map(row).collect() }),
    }
}

fn breaching(report: &Report) -> Section {
    let row = |of: &super::Breaching| {
        let joined = |pick: &dyn Fn(&Text) -> String| {
            of.rules.iter().map(|(_, title)| pick(title)).collect::<Vec<_>>().join("; ")
        };
        let rules = Text::new(joined(&|title| title.vi.clone()), joined(&|title| title.en.clone()));
        vec![
            Cell::Site(of.site.clone()),
            cell(kind_text(of.site.collection)),
            cell(district(of.district.as_deref())),
            Cell::Count(of.rules.len()),
            cell(rules),
        ]
    };
    let lines = match report.breaching.len() {
        0 => t(
            "Dữ liệu không cho thấy địa điểm nào vi phạm quy định chính; xem cột chưa rõ ở trên.",
            "The data show no site that breaches a core rule; see what is unknown above.",
        ),
        count => Text::new(
            format!(
                "{count} địa điểm vi phạm ít nhất một quy định chính. Quy định nêu dưới đây là yêu cầu chưa được đáp ứng."
            ),
            format!(
                "{count} sites breach at least one core rule. The rules below are requirements that are not fulfilled."
            ),
        ),
    };
    let head = vec![
        t("Địa điểm", "Site"),
        t("Loại", "Kind"),
        t("Huyện cũ", "Former district"),
        t("Số quy định", "Rules"),
        t("Quy định bị vi phạm", "Rules breached"),
    ];
    let table =
        (!report.breaching.is_empty()).then(|| Table { head, rows: report.breaching.iter().map(row).collect() });
    Section {
        anchor: "breaches",
        title: t("Địa điểm không tuân thủ", "Sites that do not comply"),
        lines: vec![lines],
        table,
    }
}

fn faults(report: &Report) -> Section {
    let faults = report.faults;
    let line = Text::new(
        format!("{} chỗ sai, {} chỗ cần xem lại, {} lưu ý.", faults.errors, faults.warnings, faults.notices),
        format!("{} errors, {} warnings, {} notices.", faults.errors, faults.warnings, faults.notices),
    );
    let note = t("Số liệu như vậy không được dùng để kết luận.", "Nothing is judged by such data.");
    Section {
        anchor: "quality", title: t("Chất lượng dữ liệu", "Data quality"), lines: vec![line, note], table: None
    }
}

/// All parts of a report in their order.
pub fn sections(report: &Report) -> Vec<Section> {
    let of_month = t("Thay đổi trong tháng", "Changes in the month");
    let of_quarter = t("Thay đổi trong quý", "Changes in the quarter");
    let mut all = vec![
        preface(report),
        statuses(report),
        targets(report),
        moves(report, &report.moves, "changes", of_month, report.month_before),
        moves(report, &report.quarter_moves, "quarter", of_quarter, report.quarter_before),
        duties(report),
        rules(report),
    ];
    all.extend(report.districts.as_deref().map(districts));
    all.extend([breaching(report), faults(report)]);
    all
}
