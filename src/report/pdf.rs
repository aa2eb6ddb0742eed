//! The report as PDF/A, typeset.

use serde_json::{Value, json};

use super::sections::{Cell, Section, title};
use super::{Report, sections};
use crate::compliance::Text;
use crate::compliance::evidence::date_vi;
use crate::dossier::{DossierError, Language, printable, typeset};

const TEMPLATE: &str = include_str!("report.typ");

/// Rows of a table that are printed; all of them are in the workbook.
const MAX_ROWS: usize = 400;

/// With more columns of numbers each gets the same narrow one.
const MAX_WIDE: usize = 5;

/// Letters of a cell in its longer language.
fn letters(cell: &Cell) -> usize {
    match cell {
        Cell::Text(text) => text.vi.chars().count().max(text.en.chars().count()),
        Cell::Site(site) => site.name.as_ref().unwrap_or(&site.id).chars().count(),
        Cell::Count(_) | Cell::Change(_) => 0,
    }
}

fn pair(text: &Text) -> Value {
    json!({"vi": printable(&text.vi), "en": printable(&text.en)})
}

fn cell(cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) => json!({"text": pair(text)}),
        Cell::Count(count) => json!({"number": count.to_string()}),
        Cell::Change(change) => json!({"number": if *change > 0 { format!("+{change}") } else { change.to_string() }}),
        Cell::Site(site) => {
            let name = printable(site.name.as_deref().unwrap_or(&site.id));
            json!({"text": {"vi": name, "en": name}})
        }
    }
}

fn part(part: &Section) -> Value {
    let table = part.table.as_ref().map(|table| {
        // A column of numbers is set to the right and needs no room to grow.
        let is_number = |at: usize| {
            table.rows.iter().all(|row| matches!(row.get(at), Some(Cell::Count(_) | Cell::Change(_))))
        };
        let numbers = (0..table.head.len()).filter(|at| is_number(*at)).count();
        let width = |at: usize| match is_number(at) {
            true if numbers > MAX_WIDE => json!("narrow"),
            true => json!("auto"),
            false => json!(table.rows.iter().map(|row| row.get(at).map_or(0, letters)).max().unwrap_or(0)),
        };
        json!({
            "head": table.head.iter().map(pair).collect::<Vec<_>>(),
            "widths": (0..table.head.len()).map(width).collect::<Vec<_>>(),
            "numeric": (0..table.head.len()).map(is_number).collect::<Vec<_>>(),
            "rows": table.rows.iter().take(MAX_ROWS).map(|row| row.iter().map(cell).collect::<Vec<_>>()).collect::<Vec<_>>(),
            "more": table.rows.len().saturating_sub(MAX_ROWS),
        })
    });
    json!({
        "title": pair(&part.title),
        "lines": part.lines.iter().map(pair).collect::<Vec<_>>(),
        "table": table,
    })
}

/// Typesets the report. `store` names the state of the store that it was read from.
///
/// # Errors
/// [`DossierError::Typesetting`], which is a fault of the template.
pub fn pdf(report: &Report, language: Language, store: &str) -> Result<Vec<u8>, DossierError> {
    let content = json!({
        "language": match language { Language::Vi => "vi", Language::En => "en", Language::Both => "both" },
        "title": pair(&title(report)),
        "as_of": date_vi(report.as_of),
        "store": printable(store),
        "is_demo": report.demo_sites > 0,
        "parts": sections(report).iter().map(part).collect::<Vec<_>>(),
    });
    let of = report.district.as_ref().map(|district| district.name.as_str()).unwrap_or_default();
    typeset(TEMPLATE, &content, &format!("report {} {of}", report.month), report.as_of)
}
