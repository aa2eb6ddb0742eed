//! Messages in both languages: one text, "Vietnamese / English", as every answer and the command line have it.
//!
//! A message that tells of another one keeps each language whole: [`both!`] puts the Vietnamese half of what it tells into its own
//! Vietnamese half, and the English one into the English.

/// What parts the two languages.
const BETWEEN: &str = " / ";

/// The Vietnamese and the English half of a message; a text that has no halves is both.
///
/// What a message repeats of a file may have the parting sign in it, once in each half, so that the halves meet at the one in the
/// middle; within brackets it parts two names of one thing.
pub fn halves(said: &str) -> (&str, &str) {
    let signs: Vec<usize> = said.match_indices(BETWEEN).map(|(at, _)| at).collect();
    let middle = signs.get(signs.len() / 2).filter(|_| signs.len() % 2 == 1);
    let Some((vi, en)) = middle.map(|at| (&said[..*at], &said[at + BETWEEN.len()..])) else { return (said, said) };
    let opens = |half: &str| half.matches('(').count() > half.matches(')').count();
    let closes = |half: &str| half.matches(')').count() > half.matches('(').count();
    if opens(vi) && closes(en) { (said, said) } else { (vi, en) }
}

/// The Vietnamese half of a message.
pub fn vi(said: &(impl AsRef<str> + ?Sized)) -> &str {
    halves(said.as_ref()).0
}

/// The English half of a message.
pub fn en(said: &(impl AsRef<str> + ?Sized)) -> &str {
    halves(said.as_ref()).1
}

/// Two sentences as one message; what needs no other words in English is said once.
pub fn side_by_side(vi: String, en: &str) -> String {
    if vi == en { vi } else { vi + BETWEEN + en }
}

/// Several messages as one, each language with what stands between its parts.
pub fn joined(said: &[String], between: &str) -> String {
    let (vi, en): (Vec<_>, Vec<_>) = said.iter().map(|one| halves(one)).unzip();
    side_by_side(vi.join(between), &en.join(between))
}

/// A message of two sentences, or of one where both languages need no other words, around messages that have halves themselves:
/// `both!("không đọc được {path}: {reason}", "{path} cannot be read: {reason}"; reason)`.
macro_rules! both {
    ($vi:literal, $en:literal; $($said:ident),+) => {{
        $(let $said = $said.to_string();)+
        let vietnamese = {
            $(let $said = $crate::text::vi(&$said);)+
            format!($vi)
        };
        $(let $said = $crate::text::en(&$said);)+
        $crate::text::side_by_side(vietnamese, &format!($en))
    }};
    ($same:literal; $($said:ident),+) => {
        $crate::text::both!($same, $same; $($said),+)
    };
}
pub(crate) use both;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_halves_is_both_of_them() {
        assert_eq!(halves("EPSG:5897"), ("EPSG:5897", "EPSG:5897"));
        assert_eq!(halves("a / b / c"), ("a / b / c", "a / b / c"));
        assert_eq!(halves("thiếu (Mã / Id)"), ("thiếu (Mã / Id)", "thiếu (Mã / Id)"));
    }

    #[test]
    fn what_a_file_says_may_hold_the_sign_that_parts_the_languages() {
        let said = "cột 'Tên / Name' trống / the column 'Tên / Name' is empty";
        assert_eq!(halves(said), ("cột 'Tên / Name' trống", "the column 'Tên / Name' is empty"));
        assert_eq!(halves("cần '(' / expected '('"), ("cần '('", "expected '('"));
    }

    #[test]
    fn a_message_within_another_keeps_each_language_whole() {
        let (path, reason) = ("a.csv", "tệp rỗng / it is empty");
        let said = both!("không đọc được {path}: {reason}", "{path} cannot be read: {reason}"; reason);
        assert_eq!(said, "không đọc được a.csv: tệp rỗng / a.csv cannot be read: it is empty");
        assert_eq!(both!("{path}: {reason}"; reason), "a.csv: tệp rỗng / a.csv: it is empty");
    }

    #[test]
    fn several_messages_are_told_language_by_language() {
        let said = ["một / one", "hai / two", "3"].map(str::to_owned);
        assert_eq!(joined(&said, "; "), "một; hai; 3 / one; two; 3");
        assert_eq!(joined(&said[2..], "; "), "3");
    }
}
