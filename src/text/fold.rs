//! Keys under which differently written Vietnamese names are the same, and the one stored form (NFC).

use std::borrow::Cow;
use std::sync::LazyLock;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark, is_nfc};

/// A letter without the stroke that Unicode counts as part of it. Eth and the African đ have the same capital shape as đ
/// and are typed for it by mistake.
fn without_stroke(letter: char) -> char {
    match letter {
        'đ' | 'ð' | 'ɖ' => 'd',
        'Đ' | 'Ð' | 'Ɖ' => 'D',
        'ø' => 'o',
        'Ø' => 'O',
        'ł' => 'l',
        'Ł' => 'L',
        'ħ' => 'h',
        'Ħ' => 'H',
        other => other,
    }
}

/// Characters below this have their fate in a table: Latin, Greek and Cyrillic, Vietnamese letters among them.
const TABLED: usize = 0x1F00;

/// The fate of a character that becomes several, or hangs together with its neighbours.
const DEPENDS: u32 = u32::MAX;

/// Korean letters that join into syllables without being marks.
const JAMO: std::ops::RangeInclusive<char> = '\u{1100}'..='\u{11FF}';

/// What becomes of each character below [`TABLED`] by itself: up to three bytes of UTF-8, the first lowest, and above them
/// how many they are.
type Fates = Vec<u32>;

fn packed(letter: char) -> u32 {
    let mut bytes = [0; 4];
    let length = letter.encode_utf8(&mut bytes).len();
    if length == bytes.len() { DEPENDS } else { u32::from_le_bytes(bytes) | (length as u32) << 24 }
}

fn unpacked(fate: u32) -> Option<char> {
    std::str::from_utf8(&fate.to_le_bytes()[..(fate >> 24) as usize]).ok()?.chars().next()
}

/// The fates under a change of whole texts.
fn fates(change: fn(&str) -> String) -> Fates {
    let mut buffer = [0; 4];
    let tabled = (0..TABLED as u32).map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    tabled
        .map(|c| {
            let changed = change(c.encode_utf8(&mut buffer));
            let mut letters = changed.chars();
            match (letters.next(), letters.next()) {
                (None, _) => 0,
                (Some(letter), None) if !is_combining_mark(letter) && !JAMO.contains(&letter) => packed(letter),
                _ => DEPENDS,
            }
        })
        .collect()
}

/// The fates under one change and then another.
fn composed(first: &Fates, then: &Fates) -> Fates {
    let further = |fate: &u32| match *fate {
        0 | DEPENDS => *fate,
        letter => unpacked(letter).and_then(|c| then.get(c as usize)).copied().unwrap_or(DEPENDS),
    };
    first.iter().map(further).collect()
}

/// What becomes of a letter whatever stands beside it.
fn alone(table: &[u32], letter: char) -> Option<u32> {
    table.get(letter as usize).copied().filter(|fate| *fate != DEPENDS)
}

/// Appends a text changed character by character as the table says; `None`, and nothing appended, where one of them depends
/// on others.
fn append_changed(out: &mut Vec<u8>, text: &str, table: &[u32]) -> Option<()> {
    let start = out.len();
    // Each letter is written as four bytes, of which the next one overwrites what is too much.
    out.resize(start + 3 * text.len() + 4, 0);
    let mut at = start;
    for c in text.chars() {
        match alone(table, c) {
            Some(fate) => {
                out[at..at + 4].copy_from_slice(&fate.to_le_bytes());
                at += (fate >> 24) as usize;
            }
            None => {
                out.truncate(start);
                return None;
            }
        }
    }
    out.truncate(at);
    Some(())
}

fn changed<'a>(text: Cow<'a, str>, table: &Fates, whole: fn(&str) -> String) -> Cow<'a, str> {
    let mut out = Vec::new();
    let tabled = append_changed(&mut out, &text, table).and_then(|()| String::from_utf8(out).ok());
    tabled.unwrap_or_else(|| whole(&text)).into()
}

fn whole_without_marks(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).map(without_stroke).nfc().collect()
}

fn whole_case_folded(text: &str) -> String {
    nfc(&unicase::UniCase::unicode(nfc(text)).to_folded_case()).into_owned()
}

static MARKS: LazyLock<Fates> = LazyLock::new(|| fates(whole_without_marks));
static CASE: LazyLock<Fates> = LazyLock::new(|| fates(whole_case_folded));
static MARKS_THEN_CASE: LazyLock<Fates> = LazyLock::new(|| composed(&MARKS, &CASE));
static CASE_THEN_MARKS: LazyLock<Fates> = LazyLock::new(|| composed(&CASE, &MARKS));

/// The text without diacritics and strokes, in NFC and otherwise as it is: `Đường` is `Duong`.
pub fn without_marks(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.is_ascii() { text } else { changed(text, &MARKS, whole_without_marks) }
}

/// The text under full Unicode case folding, in NFC: texts that differ in nothing but case become the same.
pub fn case_folded(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.is_ascii() {
        return changed(text, &CASE, whole_case_folded);
    }
    if !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return text;
    }
    let mut text = text.into_owned();
    text.make_ascii_lowercase();
    Cow::Owned(text)
}

/// A change of many texts, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folding {
    /// As [`case_folded`].
    Case,
    /// As [`without_marks`].
    Marks,
    MarksThenCase,
    CaseThenMarks,
}

impl Folding {
    fn table(self) -> &'static [u32] {
        match self {
            Folding::Case => &CASE,
            Folding::Marks => &MARKS,
            Folding::MarksThenCase => &MARKS_THEN_CASE,
            Folding::CaseThenMarks => &CASE_THEN_MARKS,
        }
    }

    /// Whether a text may begin so once it is folded. Folds no more of it than it takes to tell; what depends on its
    /// neighbours may be anything.
    pub fn may_begin(self, text: &str, start: &str) -> bool {
        let table = self.table();
        let mut wanted = start.as_bytes();
        let mut letters = text.chars();
        while !wanted.is_empty() {
            let Some(letter) = letters.next() else { return false };
            let Some(fate) = alone(table, letter) else { return true };
            match wanted.strip_prefix(&fate.to_le_bytes()[..(fate >> 24) as usize]) {
                Some(rest) => wanted = rest,
                // A mark behind it may make it another letter.
                None => return letters.next().is_some_and(|next| alone(table, next).is_none()),
            }
        }
        true
    }

    /// As [`Folding::may_begin`], of its end.
    pub fn may_end(self, text: &str, end: &str) -> bool {
        let table = self.table();
        let mut wanted = end.as_bytes();
        let mut letters = text.chars().rev();
        while !wanted.is_empty() {
            let Some(letter) = letters.next() else { return false };
            let Some(fate) = alone(table, letter) else { return true };
            match wanted.strip_suffix(&fate.to_le_bytes()[..(fate >> 24) as usize]) {
                Some(rest) => wanted = rest,
                None => return false,
            }
        }
        true
    }

    /// Appends the bytes of a folded text: the same that folding it by itself gives.
    pub fn append(self, out: &mut Vec<u8>, text: &str) {
        if append_changed(out, text, self.table()).is_none() {
            let folded = match self {
                Folding::Case => case_folded(text.into()),
                Folding::Marks => without_marks(text.into()),
                Folding::MarksThenCase => case_folded(without_marks(text.into())),
                Folding::CaseThenMarks => without_marks(case_folded(text.into())),
            };
            out.extend_from_slice(folded.as_bytes());
        }
    }
}

/// The search key of a text: lower case, no diacritics, runs of anything but letters and digits as one space.
///
/// `fold("Dương  Liễu")` is `"duong lieu"`; since the tone mark goes, its disputed place goes too (`Hoà` and `Hòa`).
pub fn fold(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    let mut after_gap = false;
    let letters = text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    for letter in letters {
        if !letter.is_alphanumeric() {
            after_gap = true;
            continue;
        }
        if after_gap && !key.is_empty() {
            key.push(' ');
        }
        after_gap = false;
        key.push(without_stroke(letter));
    }
    key
}

/// The text as an id that needs no escaping in a URL: the folded words, of `a`–`z` and `0`–`9` only, joined by `-`.
///
/// Empty when the text has no such letter or digit.
pub fn slug(text: &str) -> String {
    let key = fold(text);
    let words: Vec<&str> = key.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("-")
}

/// The text in Normalization Form C, the only form the service stores and compares; borrowed when it already is.
pub fn nfc(text: &str) -> Cow<'_, str> {
    if is_nfc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_of_punctuation_has_an_empty_key_and_slug() {
        assert_eq!(fold(" – (…) "), "");
        assert_eq!(slug("工"), "");
    }

    #[test]
    fn names_are_found_without_diacritics() {
        assert_eq!(fold("Dương Liễu"), "duong lieu");
        assert_eq!(fold("  ĐẮC   SỞ"), "dac so");
    }

    #[test]
    fn both_placements_of_the_tone_mark_have_one_key() {
        assert_eq!(fold("Hoà"), fold("Hòa"));
        assert_eq!(fold("Thuỷ"), fold("Thủy"));
    }

    #[test]
    fn decomposed_text_has_the_key_of_composed_text() {
        let decomposed = "La\u{300}ng nghe\u{302}\u{300}";
        assert_eq!(fold(decomposed), fold("Làng nghề"));
        assert_eq!(nfc(decomposed), "Làng nghề");
    }

    #[test]
    fn eth_typed_for_d_with_stroke_is_found_as_d() {
        assert_eq!(fold("Ðông Ngạc"), "dong ngac");
        assert_eq!(fold("ðông"), "dong");
    }

    #[test]
    fn punctuation_separates_words_once() {
        assert_eq!(fold("CCN Phú Thị - giai đoạn 2 (mở rộng)"), "ccn phu thi giai doan 2 mo rong");
    }

    #[test]
    fn a_slug_is_safe_in_a_url() {
        assert_eq!(slug("Cụm công nghiệp Đắc Sở, số 1/500"), "cum-cong-nghiep-dac-so-so-1-500");
    }

    #[test]
    fn text_already_in_nfc_is_borrowed() {
        assert!(matches!(nfc("Hà Nội"), Cow::Borrowed("Hà Nội")));
    }

    #[test]
    fn marks_and_case_go_one_by_one() {
        assert_eq!(without_marks("Đường ĐẮC Sở".into()), "Duong DAC So");
        assert_eq!(without_marks("Du\u{31b}\u{300}o\u{31b}ng".into()), "Duong");
        assert_eq!(without_marks("Chișinău København".into()), "Chisinau Kobenhavn");
        assert_eq!(case_folded("ĐƯỜNG Straße ΟΔΟΣ".into()), "đường strasse οδοσ");
        assert!(matches!(case_folded("plain".into()), Cow::Borrowed("plain")));
    }

    #[test]
    fn what_surely_begins_or_ends_otherwise_is_told_without_folding_all_of_it() {
        let folding = Folding::MarksThenCase;
        assert!(!folding.may_begin("Thửa 12", "to") && folding.may_begin("Thửa 12", "thua"));
        assert!(!folding.may_begin("Th", "thua") && !folding.may_end("12", "thua 12"));
        assert!(!folding.may_end("thôn Đoài", "dong") && folding.may_end("thôn Đoài", "on doai"));
        assert!(Folding::Case.may_begin("La\u{300}ng", "là"), "a mark behind it decides");
        assert!(!Folding::Case.may_begin("Lang", "là"));
    }

    proptest! {
        #[test]
        fn the_table_changes_texts_as_a_whole_does(text in "[a-zA-ZÀ-ỹ\u{300}-\u{330}ß가힣\u{1100}\u{1161}İΣς ]{0,8}") {
            let marks: String =
                text.nfd().filter(|c| !is_combining_mark(*c)).map(without_stroke).nfc().collect();
            prop_assert_eq!(without_marks(text.as_str().into()), marks.as_str());
            let composed: String = text.nfc().collect();
            let folded: String = unicase::UniCase::unicode(composed).to_folded_case().nfc().collect();
            prop_assert_eq!(case_folded(text.as_str().into()), folded.as_str());
            let composed_then_unmarked: String =
                folded.nfd().filter(|c| !is_combining_mark(*c)).map(without_stroke).nfc().collect();
            let unmarked_then_folded: String =
                unicase::UniCase::unicode(marks.as_str()).to_folded_case().nfc().collect();
            for (folding, wanted) in [
                (Folding::Marks, &marks),
                (Folding::Case, &folded),
                (Folding::CaseThenMarks, &composed_then_unmarked),
                (Folding::MarksThenCase, &unmarked_then_folded),
            ] {
                let mut out = b"before".to_vec();
                folding.append(&mut out, &text);
                prop_assert_eq!(String::from_utf8(out).ok(), Some(format!("before{wanted}")), "{:?}", folding);
                for (at, _) in wanted.char_indices().chain([(wanted.len(), ' ')]) {
                    prop_assert!(folding.may_begin(&text, &wanted[..at]), "{:?} {}", folding, at);
                    prop_assert!(folding.may_end(&text, &wanted[at..]), "{:?} {}", folding, at);
                }
            }
        }

        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let key = fold(&text);
            prop_assert_eq!(fold(&key), key);
        }

        #[test]
        fn a_slug_holds_only_letters_digits_and_single_hyphens(text in any::<String>()) {
            let slug = slug(&text);
            let is_safe = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
            let has_only_words = slug.split('-').all(|word| !word.is_empty() && is_safe(word));
            prop_assert!(slug.is_empty() || has_only_words, "{}", slug);
        }
    }
}
