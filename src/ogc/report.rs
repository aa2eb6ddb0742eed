//! The report of a month as a document.

use serde_json::{Value, json};

use super::compliance::{site_name, text};
use super::link::Link;
use super::media_type::{HTML, JSON, PDF, XLSX};
use super::openapi::{operation, reference, response};
use super::{AS_OF, BY, LANG, targets};
use crate::publish::quarters::SignedQuarter;
use crate::report::{Counts, Move, Report, STATUSES};

/// The parameter that narrows a report, or a feed, to a district as it was until 30 June 2025, or to a commune.
pub const DISTRICT: &str = "district";

/// The parameter that names the day that changes are told from.
pub const SINCE: &str = "since";

/// The parameter by which a form says which month it wants.
pub const MONTH: &str = "month";

fn counts(counts: &Counts) -> Value {
    let named = STATUSES.iter().zip(counts).map(|(status, count)| (status.as_str().to_owned(), Value::from(*count)));
    Value::Object(named.collect())
}

fn moved(moved: &Move) -> Value {
    json!({
        "site": site_name(&moved.site),
        "district": moved.district,
        "from": moved.from.map(|status| status.as_str()),
        "to": moved.to.map(|status| status.as_str()),
    })
}

/// A report, and the sign-off of the quarter that ends with it, where there is one.
pub fn document(report: &Report, signed: Option<&SignedQuarter>, links: &[Link]) -> Value {
    let moves = |moves: &[Move]| moves.iter().map(moved).collect::<Vec<_>>();
    let kinds = report.kinds.iter().map(
        |kind| json!({"collection": kind.kind.as_str(), "now": counts(&kind.now), "before": counts(&kind.before)}),
    );
    let duties = report.duties.iter().map(|duty| {
        json!({
            "code": duty.code, "title": text(&duty.title), "actor": duty.actor.as_ref().map(text),
            "undone": duty.certain, "overdue": duty.overdue, "unknown": duty.unknown,
        })
    });
    let rules = report.rules.iter().map(|rule| {
        json!({
            "rule": rule.rule, "title": text(&rule.title), "breached": rule.breached, "unknown": rule.unknown,
            "met": rule.met, "not_applicable": rule.not_applicable,
        })
    });
    let districts = report.districts.as_ref().map(|districts| {
        let row = |of: &crate::report::DistrictCounts| {
            json!({"district": of.name, "clusters": counts(&of.clusters), "craft_villages": counts(&of.villages)})
        };
        districts.iter().map(row).collect::<Vec<_>>()
    });
    let breaching = report.breaching.iter().map(|of| {
        let rules: Vec<&str> = of.rules.iter().map(|(rule, _)| rule.as_str()).collect();
        json!({"site": site_name(&of.site), "district": of.district, "rules": rules})
    });
    json!({
        "month": report.month.to_string(),
        "district": report.district.as_ref().map(|district| &district.name),
        "as_of": report.as_of,
        "is_running": report.is_running,
        "compared_with": {"month_before": report.month_before, "quarter_before": report.quarter_before},
        "sites": report.sites,
        "demo_sites": report.demo_sites,
        "unplaced_sites": report.unplaced,
        "statuses": kinds.collect::<Vec<_>>(),
        "targets": targets::document(&report.targets),
        "changes": moves(&report.moves),
        "quarter_changes": moves(&report.quarter_moves),
        "duties": duties.collect::<Vec<_>>(),
        "rules": rules.collect::<Vec<_>>(),
        "districts": districts,
        "breaching": breaching.collect::<Vec<_>>(),
        "quality": {
            "errors": report.faults.errors, "warnings": report.faults.warnings, "notices": report.faults.notices,
        },
        "signed_off": signed.map(|signed| json!({
            "quarter": signed.quarter, "at": super::changes::instant(signed.at), "who": signed.who, "sha256": signed.sha256,
        })),
        "links": links,
    })
}

/// The paths of reports in the API definition.
pub fn paths() -> Vec<(&'static str, Value)> {
    let parameter = |name: &str, place: &str, description: &str, schema: Value| json!({"name": name, "in": place, "required": place == "path", "description": description, "schema": schema});
    let words = |words: &[&str]| json!({"type": "string", "enum": words});
    let text = json!({"type": "string"});
    let month = parameter("month", "path", "Tháng, ví dụ 2026-10. / A month such as 2026-10.", text.clone());
    let about = "Huyện đến 6/2025, hoặc mã xã. / District as of June 2025, or code of a commune.";
    let district = parameter(DISTRICT, "query", about, text);
    let by = parameter(BY, "query", "Thêm bảng theo huyện. / Adds a table by district.", words(&["district"]));
    let lang =
        parameter(LANG, "query", "Ngôn ngữ của PDF, XLSX. / Language of PDF and XLSX.", words(&["vi", "en", "both"]));
    let title = "Báo cáo tháng / The report of a month";
    let forms = [(JSON, Some("Object")), (HTML, None), (PDF, None), (XLSX, None)];
    let summary = "Thành phố hoặc một huyện ở một ngày / The city or a district on a day";
    let list = "Các báo cáo tháng / Monthly reports";
    let f = || reference("parameters", "f");
    let since = parameter(
        SINCE,
        "query",
        "Kể thay đổi từ ngày này. / Changes are told since this day.",
        json!({"type": "string"}),
    );
    let of_day = vec![district.clone(), by.clone(), reference("parameters", AS_OF), since, f()];
    vec![
        (
            "/compliance/summary",
            operation("getSummary", summary, "Compliance", of_day, response(summary, &[(JSON, Some("Object"))])),
        ),
        ("/reports", operation("getReports", list, "Compliance", vec![f()], response(list, &forms[..2]))),
        (
            "/reports/{month}",
            operation("getReport", title, "Compliance", vec![month, district, by, lang, f()], response(title, &forms)),
        ),
    ]
}
