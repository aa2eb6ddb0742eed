//! Texts that a spreadsheet would take for a formula, kept from it by the sign that spreadsheets use themselves: an apostrophe.

/// Whether a text, behind any apostrophes, begins as a formula does (OWASP, CSV injection).
fn begins_as_formula(text: &[u8]) -> bool {
    let apostrophes = text.iter().take_while(|byte| **byte == b'\'').count();
    matches!(text.get(apostrophes), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r'))
}

/// Whether a text must be written with one more apostrophe in front. A plain number is no formula.
pub fn must_be_guarded(text: &str) -> bool {
    begins_as_formula(text.as_bytes()) && text.parse::<f64>().is_err()
}

/// The text without the apostrophe that guards it.
pub fn unguarded(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"'").filter(|rest| begins_as_formula(rest)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded_and_come_back_as_they_were() {
        for text in ["=1+1", "@x", "+84 912", "-abc", "\t=1", "'=1", "''-a"] {
            assert!(must_be_guarded(text), "{text}");
            assert_eq!(unguarded(format!("'{text}").as_bytes()), text.as_bytes());
        }
        for text in ["-5", "+3.5", "1-2", "'quoted'", "", "'"] {
            assert!(!must_be_guarded(text), "{text}");
            assert_eq!(unguarded(text.as_bytes()), text.as_bytes());
        }
    }
}
