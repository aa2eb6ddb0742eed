//! Colours and titles, those of land uses and lines as the rest of the service has them; numbers as either language
//! writes them.

use super::Language;
use crate::domain::catalog;
use crate::domain::portrayal::{OTHER, Portrayal};
use crate::domain::schema::Title;
use crate::plan::{LineKind, Severity, Verdict};

/// How features with a code of their collection's legend are drawn: the colour as `#rrggbb` and what the code means.
fn coded(collection: &str, code: Option<&str>) -> (&'static str, Title) {
    let Some(declared) = catalog::collection(collection) else { return (GREY, OTHER) };
    let Some(legend) = Portrayal::of(declared).legend else { return (GREY, OTHER) };
    let own = legend.colours.iter().find(|(known, _)| Some(*known) == code).map(|(_, colour)| *colour);
    let codes = declared.field(legend.field).map_or(&[][..], |(_, field)| field.codes);
    let title = codes.iter().find(|known| Some(known.code) == code);
    (own.unwrap_or(legend.other), title.map_or(OTHER, |known| known.title.clone()))
}

/// What a legend colours that is not declared.
const GREY: &str = "#9a958c";

/// A land use by its symbol.
pub fn land_use(symbol: Option<&str>) -> (&'static str, Title) {
    coded("plan_parcels", symbol)
}

/// Position of a land use in the declared order; those that are not declared come last.
pub fn rank(symbol: Option<&str>) -> usize {
    let field = catalog::collection("plan_parcels").and_then(|parcels| parcels.field("land_use_code"));
    let codes = field.map_or(&[][..], |(_, field)| field.codes);
    codes.iter().position(|known| Some(known.code) == symbol).unwrap_or(usize::MAX)
}

/// A line of a plan.
pub fn line(kind: Option<LineKind>) -> (&'static str, Title) {
    coded("plan_lines", kind.map(LineKind::as_str))
}

/// How heavy a finding weighs: colour and title.
pub fn severity(severity: Severity) -> (&'static str, Title) {
    coded("plan_findings", Some(severity.as_str()))
}

/// What is said of a requirement.
pub fn verdict(verdict: Verdict) -> Title {
    match verdict {
        Verdict::Pass => Title::new("Đạt", "Met"),
        Verdict::Fail => Title::new("Không đạt", "Not met"),
        Verdict::Undetermined => Title::new("Chưa kết luận được", "Undetermined"),
        Verdict::Unknown => Title::new("Chưa rõ", "Unknown"),
        Verdict::NotApplicable => Title::new("Không áp dụng", "Not applicable"),
    }
}

/// A number with so many digits behind its mark, and thousands apart: `1 234,5`, in English `1 234.5`.
pub fn number(value: f64, digits: usize, language: Language) -> String {
    let text = format!("{value:.digits$}");
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("−", rest));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    // Minus nothing is nothing.
    let sign = if text.bytes().all(|byte| byte == b'0' || byte == b'.') { "" } else { sign };
    let mut out = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push('\u{a0}');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push(if language == Language::En { '.' } else { ',' });
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_thousands_apart_and_the_mark_of_their_language() {
        assert_eq!(number(2_326_345.311_7, 2, Language::Vi), "2\u{a0}326\u{a0}345,31");
        assert_eq!(number(2_326_345.0, 0, Language::Both), "2\u{a0}326\u{a0}345");
        assert_eq!(number(-1234.5, 1, Language::En), "−1\u{a0}234.5");
        assert_eq!(number(-0.001, 1, Language::Vi), "0,0");
        assert_eq!(number(999.96, 1, Language::En), "1\u{a0}000.0");
    }

    #[test]
    fn a_code_that_is_not_declared_is_another_use() {
        assert_eq!(land_use(Some("??")).1, OTHER);
        assert_eq!(land_use(None).1, OTHER);
        assert_eq!(land_use(Some("CX")).1.vi, "Đất cây xanh");
        assert_eq!(line(Some(LineKind::RedLine)).1.vi, "Chỉ giới đường đỏ");
    }
}
