//! Plans, their reviews and comparisons as documents.

use serde_json::{Map, Value, json};

use super::AS_OF;
use super::compliance::{basis, text};
use super::link::Link;
use super::media_type::{DXF, GEOPACKAGE, HTML, JSON, OCTETS, PDF};
use super::openapi::{operation, reference, response};
use crate::geom::Shape;
use crate::geom::geojson::{LONLAT_DECIMALS, write_geometry};
use crate::plan::{
    Balance, BalanceRow, Check, Comparison, Finding, ItemPlace, Lot, LotChange, ProposedViolation, Severity,
};
use crate::publish::decisions::{Standing, decided};
use crate::publish::plans::{PlanSummary, ReviewedPlan};

/// The parameter that names the plan to compare with.
pub const WITH: &str = "with";

/// Places of plans are told to the millimetre.
fn millimetre(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// A measured number without the noise of computing it; a square metre keeps four digits, as a millimetre has them.
fn measured(value: Option<f64>) -> Value {
    value.filter(|n| n.is_finite()).map_or(Value::Null, |n| json!((n * 10_000.0).round() / 10_000.0))
}

/// A place in longitude and latitude.
fn geometry(place: Option<&geo::Geometry<f64>>) -> Value {
    let written = place.map(|place| {
        let mut out = Vec::new();
        write_geometry(&mut out, &Shape::flat(place.clone()), Some(LONLAT_DECIMALS));
        out
    });
    written.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or(Value::Null)
}

fn finding(finding: &Finding, id: &str, place: Option<&geo::Geometry<f64>>, decision: Option<&&'static str>) -> Value {
    json!({
        "id": id,
        "number": finding.number,
        "rule": finding.rule,
        "kind": finding.kind.as_str(),
        "verdict": finding.verdict.as_str(),
        "severity": finding.severity.as_str(),
        "message": text(&finding.message),
        "measured": measured(finding.measured),
        "required": measured(finding.required),
        "unit": finding.unit,
        "geometry": geometry(place),
        "anchor": finding.anchor.map(|at| [millimetre(at.x()), millimetre(at.y())]),
        "parcels": finding.parcels,
        "buildings": finding.buildings,
        "lines": finding.lines,
        "decision": decision,
        "law": finding.law.iter().map(basis).collect::<Vec<_>>(),
    })
}

fn check(check: &Check) -> Value {
    json!({
        "rule": check.rule,
        "title": text(&check.title),
        "verdict": check.verdict.as_str(),
        "counts": check.counts,
        "reason": text(&check.why),
        "measured": measured(check.measured),
        "required": measured(check.required),
        "unit": check.unit,
        "missing": check.missing,
        "law": check.law.iter().map(basis).collect::<Vec<_>>(),
    })
}

fn balance_row(row: &BalanceRow) -> Value {
    json!({
        "land_use": row.land_use,
        "lots": row.lots,
        "measured_m2": measured(Some(row.measured_m2)),
        "ground_m2": measured(row.ground_m2),
        "stated_m2": measured(row.stated_m2),
        "share_pct": measured(Some(row.share_pct)),
        "required_pct": measured(row.required_pct),
        "verdict": row.verdict.map(|verdict| verdict.as_str()),
    })
}

fn balance(balance: &Balance) -> Value {
    json!({
        "rows": balance.rows.iter().map(balance_row).collect::<Vec<_>>(),
        "total_m2": measured(Some(balance.total_m2)),
        "total_ground_m2": measured(balance.total_ground_m2),
        "stated_m2": measured(balance.stated_m2),
        "lots_m2": measured(Some(balance.lots_m2)),
        "scale_factor": balance.scale_factor,
    })
}

fn lot(lot: &Lot) -> Value {
    json!({
        "id": lot.id,
        "symbol": lot.symbol,
        "land_use": lot.land_use,
        "stated_m2": measured(lot.stated_m2),
        "measured_m2": measured(lot.measured_m2),
        "ground_m2": measured(lot.ground_m2),
        "difference_pct": measured(lot.difference_pct),
        "density_max_pct": lot.density_max_pct,
        "density_built_pct": measured(lot.density_built_pct),
        "storeys_max": lot.storeys_max,
        "storeys_built": lot.storeys_built,
        "far_max": lot.far_max,
        "far_built": measured(lot.far_built),
        "height_max_m": lot.height_max_m,
    })
}

fn item(item: &ItemPlace) -> Value {
    json!({
        "code": item.code,
        "name": text(&item.name),
        "counted": item.counted,
        "has_place": item.has_place(),
        "parcels": item.parcels,
        "lines": item.lines,
    })
}

fn proposed(proposed: &ProposedViolation, place: Option<&geo::Geometry<f64>>, standing: Option<&Standing>) -> Value {
    let decision = standing.and_then(Standing::decision);
    json!({
        "id": proposed.id,
        "state": standing.map(Standing::as_str),
        "decision": decision.map(|decision| json!({
            "decision": if decision.is_accepted { "accepted" } else { "dismissed" },
            "who": decision.who,
            "on": decision.on,
            "note": decision.note,
            "violation": decision.violation,
        })),
        "violation_kind": proposed.violation_kind,
        "finding": proposed.finding,
        "building": proposed.building,
        "legal_basis": proposed.legal_basis,
        "message": text(&proposed.message),
        "geometry": geometry(place),
    })
}

/// How many findings weigh how much.
fn counts(count: impl Fn(Severity) -> usize) -> Value {
    let all = [Severity::Error, Severity::Warning, Severity::Info];
    all.into_iter().map(|severity| (severity.as_str().to_owned(), json!(count(severity)))).collect::<Map<_, _>>().into()
}

/// One proposed violation with how it stands.
pub fn proposal(reviewed: &ReviewedPlan, at: usize, standing: &Standing) -> Value {
    let place = reviewed.proposed.get(at).and_then(Option::as_ref);
    let Some(of) = reviewed.review.proposed_violations.get(at) else { return Value::Null };
    let ids = reviewed.review.finding_ids();
    let mut document = proposed(of, place, Some(standing));
    document["finding_id"] = of.finding.checked_sub(1).and_then(|at| ids.get(at)).cloned().into();
    document
}

/// All proposed violations of a plan with how each stands.
pub fn proposals(reviewed: &ReviewedPlan, standings: &[Standing], links: &[Link]) -> Value {
    let of = standings.iter().enumerate().map(|(at, standing)| proposal(reviewed, at, standing));
    json!({
        "plan": reviewed.plan.row.id,
        "as_of": reviewed.review.as_of,
        "open": standings.iter().filter(|standing| standing.is_open()).count(),
        "proposed": of.collect::<Vec<_>>(),
        "links": links,
    })
}

/// The review of a plan, with how each proposed violation stands.
pub fn review(reviewed: &ReviewedPlan, standings: &[Standing], links: &[Link]) -> Value {
    let (plan, review) = (&reviewed.plan, &reviewed.review);
    let found = review.findings.iter().zip(&reviewed.places).zip(review.finding_ids());
    let violations = review.proposed_violations.iter().zip(&reviewed.proposed).enumerate();
    let decided = decided(review, standings);
    json!({
        "plan": {
            "id": plan.row.id,
            "name": plan.name,
            "status": plan.status.map(|status| status.as_str()),
            "decision_no": plan.decision_no,
            "authority": plan.authority,
            "submitted_on": plan.dates.submitted_on,
            "approved_on": plan.dates.approved_on,
            "published_on": plan.dates.published_on,
            "version": plan.version,
            "source": plan.row.source,
            "source_file": plan.source_file,
            "source_sha256": plan.source_sha256,
            "is_demo": plan.row.is_demo,
        },
        "site": {
            "collection": plan.site.collection.map(|collection| collection.as_str()),
            "id": plan.site.id,
            "name": plan.site.name,
        },
        "as_of": review.as_of,
        "law_on": review.law_on,
        "crs": review.crs.uri(),
        "demo_data": review.is_demo,
        "counts": counts(|severity| review.count(severity)),
        "balance": balance(&review.balance),
        "findings": found.map(|((found, place), id)| finding(found, &id, place.as_ref(), decided.get(&found.number))).collect::<Vec<_>>(),
        "checks": review.checks.iter().map(check).collect::<Vec<_>>(),
        "lots": review.lots.iter().map(lot).collect::<Vec<_>>(),
        "infrastructure": review.infrastructure.iter().map(item).collect::<Vec<_>>(),
        "proposed_violations": violations.map(|(at, (of, place))| proposed(of, place.as_ref(), standings.get(at))).collect::<Vec<_>>(),
        "links": links,
    })
}

fn summary(base: &str, plan: &PlanSummary) -> Value {
    json!({
        "id": plan.id,
        "name": plan.name,
        "site_id": plan.site_id,
        "status": plan.status,
        "approved_on": plan.approved_on,
        "version": plan.version,
        "has_boundary": plan.has_boundary,
        "lots": plan.lots,
        "review_state": plan.found.as_str(),
        "counts": plan.found.counts().map(|[errors, warnings, infos]| json!({"error": errors, "warning": warnings, "info": infos})),
        "is_demo": plan.is_demo,
        "review": format!("{base}/plans/{}/review", plan.id),
    })
}

/// All plans.
pub fn list(base: &str, as_of: chrono::NaiveDate, plans: &[PlanSummary], links: &[Link]) -> Value {
    let plans: Vec<_> = plans.iter().map(|plan| summary(base, plan)).collect();
    json!({"as_of": as_of, "plans": plans, "links": links})
}

fn change(change: &LotChange) -> Value {
    let values = change.values.iter().map(|(name, before, after)| (((*name).to_owned()), json!([before, after])));
    json!({
        "before": change.before,
        "after": change.after,
        "symbols": change.symbols,
        "land_use": change.land_use,
        "area_m2": change.area_m2.map(measured),
        "moved_m": measured(change.moved_m),
        "values": values.collect::<Map<_, _>>(),
    })
}

/// Two versions of a plan, compared.
pub fn comparison(comparison: &Comparison, links: &[Link]) -> Value {
    json!({
        "before": comparison.before,
        "after": comparison.after,
        "added": comparison.added,
        "removed": comparison.removed,
        "changed": comparison.changed.iter().map(change).collect::<Vec<_>>(),
        "unchanged": comparison.unchanged,
        "tolerance_m": comparison.tolerance_m,
        "links": links,
    })
}

/// What the API definition says of these resources.
pub fn paths() -> Vec<(&'static str, Value)> {
    let forms = [(JSON, Some("Object")), (HTML, None)];
    let printed = [(JSON, Some("Object")), (HTML, None), (PDF, None)];
    let of = |names: &[&str]| names.iter().map(|name| reference("parameters", name)).collect::<Vec<_>>();
    let describe = |id: &str, title: &str, parameters: Vec<Value>| {
        operation(id, title, "Plans", parameters, response(title, &forms))
    };
    let plan = json!({"name": "planId", "in": "path", "required": true, "description": "Mã đồ án. / Id of a plan.", "schema": {"type": "string"}});
    let with = json!({
        "name": WITH, "in": "query", "required": true, "style": "form", "explode": false,
        "description": "Mã phiên bản trước. / Id of the earlier version.", "schema": {"type": "string"},
    });
    let of_plan = [vec![plan.clone()], of(&["f", AS_OF])].concat();
    let both = [of_plan.clone(), vec![with]].concat();
    let chosen = |name: &str, description: &str, words: &[&str]| {
        json!({
            "name": name, "in": "query", "required": false, "style": "form", "explode": false,
            "description": description, "schema": {"type": "string", "enum": words},
        })
    };
    let dossier = vec![
        chosen("sheet", "Khổ giấy của PDF. / Sheets of the PDF.", &["a3", "a1"]),
        chosen("scale", "Mẫu số tỷ lệ của PDF. / Scale denominator of the PDF.", &["500", "1000", "2000"]),
        chosen("lang", "Ngôn ngữ của PDF. / Language of the PDF.", &["vi", "en", "both"]),
    ];
    let decision = |id: &str, title: &str| {
        let proposal = json!({
            "name": "proposalId", "in": "path", "required": true, "description": "Mã đề xuất. / Id of the proposal.",
            "schema": {"type": "string"},
        });
        let note = json!({"type": "object", "additionalProperties": false, "properties": {"note": {"type": "string"}}});
        let parameters = vec![plan.clone(), proposal];
        let document = operation(id, title, "Plans", parameters, response(title, &[(JSON, Some("Object"))]));
        let mut write = document["get"].clone();
        write["requestBody"] = json!({"content": {JSON: {"schema": note}}});
        json!({"post": write})
    };
    let original = "Tệp gốc mà đồ án được nhập từ đó / The original file that the plan was taken from";
    let drawn = "Bản vẽ đồ án với các phát hiện / A plan as a drawing, with its findings";
    let violations = "Vi phạm được đề xuất và quyết định / Proposed violations and what was decided";
    let drawings = [(DXF, None), (GEOPACKAGE, None)];
    let form = vec![chosen("f", "Định dạng. / Format.", &["dxf", "gpkg"])];
    let title = "Thẩm tra một đồ án; f=pdf là hồ sơ in / Review of a plan; f=pdf is a dossier to print";
    let review = operation("getPlanReview", title, "Plans", [of_plan, dossier].concat(), response(title, &printed));
    vec![
        ("/plans", describe("getPlans", "Các đồ án quy hoạch 1/500 / 1/500 plans", of(&["f", AS_OF]))),
        ("/plans/{planId}/review", review),
        (
            "/plans/{planId}/drawing",
            operation(
                "getPlanDrawing",
                drawn,
                "Plans",
                [vec![plan.clone()], form, of(&[AS_OF])].concat(),
                response(drawn, &drawings),
            ),
        ),
        (
            "/plans/{planId}/proposed",
            operation(
                "getProposedViolations",
                violations,
                "Plans",
                vec![plan.clone()],
                response(violations, &[(JSON, Some("Object"))]),
            ),
        ),
        (
            "/plans/{planId}/proposed/{proposalId}/accept",
            decision("acceptProposedViolation", "Chấp nhận: lập vi phạm / Accept: make a violation of it"),
        ),
        (
            "/plans/{planId}/proposed/{proposalId}/dismiss",
            decision("dismissProposedViolation", "Bỏ qua, nêu lý do / Dismiss, with a reason"),
        ),
        (
            "/plans/{planId}/source",
            operation(
                "getPlanSource",
                original,
                "Plans",
                [vec![plan.clone()], of(&[AS_OF])].concat(),
                response(original, &[(OCTETS, None)]),
            ),
        ),
        ("/plans/{planId}/compare", describe("comparePlans", "So sánh hai phiên bản / Two versions compared", both)),
    ]
}
