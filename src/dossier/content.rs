//! What the template prints, as data: every text goes in here and is never read as markup.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::canvas::letters;
use super::sheet::{Layout, Paper, Sheet};
use super::{Dossier, Language, look, map};
use crate::compliance::{LegalBasis, Text};
use crate::domain::schema::Title;
use crate::geom::Crs;
use crate::geom::crs::VN2000_TM3_ZONES;
use crate::plan::{BalanceRow, Check, Finding, Severity, Verdict, digits_apart};

/// Size of the key of all sheets on the first page, in mm.
pub const INDEX_MM: (f64, f64) = (180.0, 126.0);

/// Size of the key beside a map, in mm.
pub const SMALL_KEY_MM: (f64, f64) = (60.0, 40.0);

/// So many findings are printed; a longer list is read on a screen.
const MAX_FINDINGS: usize = 1_000;

/// So many lots are printed.
const MAX_LOTS: usize = 1_500;

/// Letters of a text that are printed, at the most.
const MAX_LETTERS: usize = 1_200;

/// Letters without a gap after which a line may be broken.
const UNBROKEN: usize = 24;

/// A text as it can be printed, to be broken where it runs on.
pub fn printable(text: &str) -> String {
    let mut out = String::new();
    let mut run = 0;
    for (at, letter) in letters(text).enumerate() {
        if at == MAX_LETTERS {
            out.push('…');
            break;
        }
        run = if letter == ' ' { 0 } else { run + 1 };
        if run > UNBROKEN {
            out.push('\u{200b}');
            run = 1;
        }
        out.push(letter);
    }
    out
}

fn both(vi: &str, en: &str) -> Value {
    json!({ "vi": printable(vi), "en": printable(en) })
}

fn same(text: &str) -> Value {
    both(text, text)
}

fn title(title: &Title) -> Value {
    both(&title.vi, &title.en)
}

fn words(text: &Text) -> Value {
    both(&text.vi, &text.en)
}

fn day(date: NaiveDate) -> String {
    date.format("%d/%m/%Y").to_string()
}

/// The system in words: `VN-2000, kinh tuyến trục 105°00', múi chiếu 3° (EPSG:5897)`.
fn system(crs: &Crs) -> Value {
    let zone = VN2000_TM3_ZONES.iter().find(|(code, _)| *crs == Crs::Epsg(*code));
    let (vi, en) = match zone {
        Some((code, meridian)) => {
            let (degrees, minutes) = (meridian.trunc(), (meridian.fract() * 60.0).round());
            (
                format!("VN-2000, kinh tuyến trục {degrees:.0}°{minutes:02.0}', múi chiếu 3° (EPSG:{code})"),
                format!("VN-2000, central meridian {degrees:.0}°{minutes:02.0}', 3° zone (EPSG:{code})"),
            )
        }
        None => (crs.to_string(), crs.to_string()),
    };
    both(&vi, &en)
}

/// Writer of numbers in the language of the dossier.
struct Numbers(Language);

impl Numbers {
    fn number(&self, value: f64, digits: usize) -> String {
        look::number(value, digits, self.0)
    }

    fn some(&self, value: Option<f64>, digits: usize) -> String {
        let value = value.filter(|value| value.is_finite());
        value.map_or_else(|| "–".to_owned(), |value| self.number(value, digits))
    }

    /// What was measured and what is required, as exactly as their sizes ask for and their difference does.
    fn quantities(&self, measured: Option<f64>, required: Option<f64>, unit: Option<&str>) -> [String; 2] {
        let plain = [measured, required].map(|value| self.quantity(value, value.map_or(0, digits), unit));
        if plain[0] != plain[1] || measured == required {
            return plain;
        }
        let digits = digits_apart(measured, required, measured.map_or(0, digits));
        [measured, required].map(|value| self.quantity(value, digits, unit))
    }

    /// A value with its unit.
    fn quantity(&self, value: Option<f64>, digits: usize, unit: Option<&str>) -> String {
        let Some(value) = value.filter(|value| value.is_finite()) else { return "–".to_owned() };
        let unit = match unit {
            Some("m2") => " m²",
            Some("m3/d" | "m3/day") => " m³/d",
            Some("d") if self.0 == Language::En => " days",
            Some("d") => " ngày",
            Some(unit) => return format!("{} {unit}", self.number(value, digits)),
            None => "",
        };
        format!("{}{unit}", self.number(value, digits))
    }
}

/// Digits behind the mark: as many as the value has, three for millimetres at the most and one for large values.
fn digits(value: f64) -> usize {
    let most = if value.abs() < 1_000.0 { 3 } else { 1 };
    let scaled = |digits: usize| value * 10_f64.powi(digits as i32);
    let whole = scaled(most).round();
    (0..most)
        .find(|digits| (scaled(*digits).round() * 10_f64.powi((most - digits) as i32) - whole).abs() < 0.5)
        .unwrap_or(most)
}

fn law(bases: &[LegalBasis], language: Language) -> String {
    // Whoever signs has to know which texts were not read.
    let doubt = match language {
        Language::Vi => " (theo trí nhớ)",
        Language::En => " (from memory)",
        Language::Both => " (theo trí nhớ / from memory)",
    };
    let mut texts: Vec<String> = Vec::new();
    for basis in bases {
        let text = format!("{}{}", basis.citation(), if basis.confidence.is_certain() { "" } else { doubt });
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    printable(&texts.join("; "))
}

/// How a verdict is coloured.
fn tone(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Undetermined | Verdict::Unknown => "open",
        Verdict::NotApplicable => "void",
    }
}

fn balance_row(row: &BalanceRow, numbers: &Numbers) -> Value {
    let (colour, name) = look::land_use(row.land_use.as_deref());
    let difference = row.stated_m2.map(|stated| stated - row.measured_m2);
    json!({
        "code": printable(row.land_use.as_deref().unwrap_or("–")),
        "title": title(&name),
        "colour": colour,
        "lots": row.lots.to_string(),
        "stated": numbers.some(row.stated_m2, 1),
        "measured": numbers.number(row.measured_m2, 1),
        "difference": numbers.some(difference, 1),
        "share": numbers.number(row.share_pct, digits_apart(Some(row.share_pct), row.required_pct, 2)),
        "required": row.required_pct.map_or_else(|| "–".to_owned(), |least| format!("≥ {}", numbers.number(least, 0))),
        "verdict": row.verdict.map(|verdict| title(&look::verdict(verdict))),
        "tone": row.verdict.map(tone),
    })
}

fn finding_row(finding: &Finding, layout: &Layout, numbers: &Numbers) -> Value {
    let (colour, weight) = look::severity(finding.severity);
    let [measured, required] = numbers.quantities(finding.measured, finding.required, finding.unit);
    let at = map::place_of(finding).and_then(|place| {
        let mark = finding.anchor.or_else(|| geo::InteriorPoint::interior_point(place.as_ref()))?;
        Some(json!({ "e": numbers.number(mark.x(), 2), "n": numbers.number(mark.y(), 2) }))
    });
    let shows = |sheet: &&Sheet| map::place_of(finding).is_some_and(|place| map::mark(&place, sheet.extent).is_some());
    let sheets: Vec<_> = layout.sheets.iter().filter(shows).map(|sheet| sheet.number.to_string()).collect();
    json!({
        "number": finding.number,
        "severity": title(&weight),
        "colour": colour,
        "rule": printable(finding.rule),
        "verdict": title(&look::verdict(finding.verdict)),
        "message": words(&finding.message),
        "measured": measured,
        "required": required,
        "law": law(&finding.law, numbers.0),
        "place": at,
        "sheets": sheets.join(", "),
    })
}

fn check_row(check: &Check, numbers: &Numbers) -> Value {
    let [measured, required] = numbers.quantities(check.measured, check.required, check.unit);
    json!({
        "rule": printable(check.rule),
        "title": words(&check.title),
        "verdict": title(&look::verdict(check.verdict)),
        "tone": tone(check.verdict),
        "counts": check.counts,
        "why": words(&check.why),
        "measured": measured,
        "required": required,
        "law": law(&check.law, numbers.0),
    })
}

/// What is known of the plan, line by line: what it is and what is on record.
fn facts(dossier: &Dossier<'_>, numbers: &Numbers) -> Vec<Value> {
    let (plan, review) = (dossier.plan, dossier.review);
    let mut facts = Vec::new();
    let mut fact = |vi: &str, en: &str, value: Option<Value>| facts.push(json!([both(vi, en), value]));
    let text = |text: &Option<String>| text.as_deref().map(same);
    fact("Mã đồ án", "Plan id", Some(same(&plan.row.id)));
    fact(
        "Cơ sở",
        "Site",
        plan.site.name.as_deref().or(Some(plan.site.id.as_str()).filter(|id| !id.is_empty())).map(same),
    );
    let status = plan.status.map(|status| {
        let known = crate::domain::catalog::PLAN_STATUS.iter().find(|known| known.code == status.as_str());
        known.map_or_else(|| same(status.as_str()), |known| title(&known.title))
    });
    fact("Tình trạng", "Status", status);
    fact("Quyết định", "Decision", text(&plan.decision_no));
    fact("Cơ quan phê duyệt", "Authority", text(&plan.authority));
    let dates = [
        ("Ngày duyệt nhiệm vụ", "Task approved on", plan.dates.task_approved_on),
        ("Ngày lấy ý kiến", "Consulted on", plan.dates.consulted_on),
        ("Ngày trình", "Submitted on", plan.dates.submitted_on),
        ("Ngày thẩm định", "Appraised on", plan.dates.appraised_on),
        ("Ngày phê duyệt", "Approved on", plan.dates.approved_on),
        ("Ngày công bố", "Published on", plan.dates.published_on),
    ];
    for (vi, en, date) in dates {
        fact(vi, en, date.map(|date| same(&day(date))));
    }
    let area = plan.area_ha.map(|area| same(&format!("{} ha", numbers.number(area, 2))));
    fact("Diện tích theo quyết định", "Area by decision", area);
    fact("Phiên bản", "Version", text(&plan.version));
    fact("Hệ tọa độ", "Reference system", Some(system(&plan.crs)));
    let precision = plan.precision_m.map_or_else(
        || both("đo đạc", "surveyed"),
        |metres| same(&format!("± {} m", numbers.number(metres, digits(metres)))),
    );
    fact("Sai số vị trí", "Position precision", Some(precision));
    fact("Tệp gốc", "Original file", text(&plan.source_file).or_else(|| text(&plan.row.source)));
    fact("SHA-256 của tệp gốc", "SHA-256 of the file", text(&plan.source_sha256));
    fact("Thẩm tra tại ngày", "Reviewed as of", Some(same(&day(review.as_of))));
    fact("Theo luật của ngày", "By the law of", Some(same(&day(review.law_on))));
    fact("Trạng thái cơ sở dữ liệu", "State of the store", Some(same(dossier.store)));
    facts
}

/// Land uses and lines that the plan has, as they are drawn.
fn legend(dossier: &Dossier<'_>) -> (Vec<Value>, Vec<Value>) {
    let plan = dossier.plan;
    let used: BTreeSet<_> = plan.parcels.iter().map(|parcel| parcel.land_use.as_deref()).collect();
    let mut used: Vec<_> = used.into_iter().map(|code| (look::rank(code), code)).collect();
    used.sort_unstable();
    let areas = used.into_iter().map(|(_, code)| {
        let (colour, name) = look::land_use(code);
        json!({ "colour": colour, "code": printable(code.unwrap_or("–")), "title": title(&name) })
    });
    let kinds: BTreeSet<_> = plan.lines.iter().map(|line| line.kind).collect();
    let lines = kinds.into_iter().map(|kind| {
        let (colour, name) = look::line(kind);
        json!({ "colour": colour, "title": title(&name) })
    });
    (areas.collect(), lines.collect())
}

fn sheet_row(sheet: &Sheet, dossier: &Dossier<'_>) -> Value {
    let shown = dossier
        .review
        .findings
        .iter()
        .filter(|finding| map::place_of(finding).is_some_and(|place| map::mark(&place, sheet.extent).is_some()));
    let findings = shown.map(|finding| {
        json!({
            "number": finding.number,
            "colour": look::severity(finding.severity).0,
            "rule": printable(finding.rule),
            "message": words(&finding.message),
        })
    });
    json!({ "number": sheet.number, "findings": findings.collect::<Vec<_>>() })
}

fn lots(dossier: &Dossier<'_>, numbers: &Numbers) -> Vec<Value> {
    let rows = dossier.review.lots.iter().take(MAX_LOTS).map(|lot| {
        let whole = |value: Option<i64>| value.map_or_else(|| "–".to_owned(), |value| value.to_string());
        json!([
            printable(lot.symbol.as_deref().unwrap_or(&lot.id)),
            printable(lot.land_use.as_deref().unwrap_or("–")),
            numbers.some(lot.stated_m2, 1),
            numbers.some(lot.measured_m2, 1),
            numbers.some(lot.difference_pct, 2),
            numbers.some(lot.density_max_pct, 1),
            numbers.some(lot.density_built_pct, 1),
            whole(lot.storeys_max),
            whole(lot.storeys_built),
            numbers.some(lot.far_max, 2),
            numbers.some(lot.far_built, 2),
        ])
    });
    rows.collect()
}

/// Everything that the template prints.
pub fn of(dossier: &Dossier<'_>, layout: &Layout, language: Language) -> Value {
    let (plan, review, numbers) = (dossier.plan, dossier.review, Numbers(language));
    let (areas, lines) = legend(dossier);
    let counts = [Severity::Error, Severity::Warning, Severity::Info].map(|severity| {
        let (colour, name) = look::severity(severity);
        json!({ "colour": colour, "title": title(&name), "count": review.count(severity) })
    });
    let balance = &review.balance;
    let (width, height) = layout.paper.field_mm();
    // The stretch of a scale bar that is 20 mm long.
    let step = f64::from(layout.scale) * 0.02;
    json!({
        "language": match language { Language::Vi => "vi", Language::En => "en", Language::Both => "both" },
        "paper": { "name": layout.paper.name(), "is_large": layout.paper == Paper::A1, "width": width, "height": height },
        "scale": layout.scale,
        "bar": (0..4).map(|at| numbers.number(f64::from(at) * step, 0)).collect::<Vec<_>>(),
        "grid": numbers.number(layout.metres(map::GRID_MM), 0),
        "index": INDEX_MM,
        "key": SMALL_KEY_MM,
        "name": same(&plan.name),
        "site": plan.site.name.as_deref().map(same),
        "decision": plan.decision_no.as_deref().map(same),
        "authority": plan.authority.as_deref().map(same),
        "approved": plan.dates.approved_on.map(day),
        "system": system(&plan.crs),
        "source": plan.source_file.as_deref().or(plan.row.source.as_deref()).map(same),
        "hash": plan.source_sha256.as_deref().map(same),
        "as_of": day(review.as_of),
        "store": printable(dossier.store),
        "is_demo": review.is_demo,
        "has_boundary": plan.boundary.is_some(),
        "facts": facts(dossier, &numbers),
        "counts": counts,
        "open_checks": review.open_checks(),
        "areas": areas,
        "lines": lines,
        "has_buildings": plan.buildings.iter().any(|building| building.footprint.is_some()),
        "sheets": layout.sheets.iter().map(|sheet| sheet_row(sheet, dossier)).collect::<Vec<_>>(),
        "balance": balance.rows.iter().map(|row| balance_row(row, &numbers)).collect::<Vec<_>>(),
        "total": {
            "lots": balance.rows.iter().map(|row| row.lots).sum::<usize>().to_string(),
            "measured": numbers.number(balance.lots_m2, 1),
            "stated": numbers.some(balance.stated_m2, 1),
            "boundary": numbers.number(balance.total_m2, 1),
            "ground": numbers.some(balance.total_ground_m2, 1),
            "factor": balance.scale_factor.map(|factor| numbers.number(factor, 6)),
        },
        "findings": review.findings.iter().take(MAX_FINDINGS).map(|it| finding_row(it, layout, &numbers)).collect::<Vec<_>>(),
        "more_findings": review.findings.len().saturating_sub(MAX_FINDINGS),
        "checks": review.checks.iter().map(|check| check_row(check, &numbers)).collect::<Vec<_>>(),
        "lots": lots(dossier, &numbers),
        "more_lots": review.lots.len().saturating_sub(MAX_LOTS),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_as_exact_as_they_are() {
        let numbers = Numbers(Language::Vi);
        let told = [8.25, 10.0, 0.0005, 12.3456, 1234.56, f64::NAN]
            .map(|value| numbers.quantities(Some(value), None, Some("%"))[0].clone());
        assert_eq!(told, ["8,25 %", "10 %", "0,001 %", "12,346 %", "1\u{a0}234,6 %", "–"]);
        assert_eq!(numbers.quantities(None, Some(2.0), Some("m2")), ["–", "2 m²"]);
        // Rounded, a share just under the least one would read as that.
        assert_eq!(numbers.quantities(Some(9.999_96), Some(10.0), Some("%")), ["9,99996 %", "10,00000 %"]);
    }
}
