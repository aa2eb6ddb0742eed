//! The order of Vietnamese words: a ă â b c d đ e ê …, tones after letters, capitals among small letters.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longer keys are cut: texts that agree so far are hardly told apart by their order.
const MAX_KEY: usize = 96;

/// Marks that make another letter of the alphabet, in its order.
fn letter(mark: char) -> Option<u32> {
    Some(match mark {
        '\u{306}' => 1,
        '\u{302}' => 2,
        '\u{31b}' => 3,
        _ => return None,
    })
}

/// Marks that are tones, in the order of dictionaries: level, huyền, hỏi, ngã, sắc, nặng.
fn tone(mark: char) -> Option<u32> {
    ['\u{300}', '\u{309}', '\u{303}', '\u{301}', '\u{323}']
        .iter()
        .position(|known| *known == mark)
        .map(|at| at as u32 + 1)
}

fn rank(base: char, mark: u32) -> char {
    // Four ranks for each letter; what would fall on a surrogate keeps its own place.
    char::from_u32(u32::from(base) * 4 + mark).unwrap_or(base)
}

/// A key whose code points order texts as a Vietnamese dictionary does: first by letters, then by tones. What is neither
/// letter nor digit counts as one blank, which comes before all letters.
pub fn collation_key(text: &str) -> String {
    let mut letters: Vec<(char, u32)> = Vec::with_capacity(text.len());
    let mut tones: Vec<char> = Vec::new();
    for c in text.nfd().flat_map(char::to_lowercase) {
        if let (Some(mark), Some(last)) = (letter(c), letters.last_mut()) {
            last.1 = mark;
        } else if let Some(tone) = tone(c) {
            tones.resize(letters.len(), '0');
            if let (Some(last), Some(tone)) = (tones.last_mut(), char::from_digit(tone, 10)) {
                *last = tone;
            }
        } else if c == 'đ' {
            letters.push(('d', 1));
        } else if c.is_alphanumeric() {
            letters.push((c, 0));
        } else if !is_combining_mark(c) && letters.last().is_some_and(|last| last.0 != ' ') {
            letters.push((' ', 0));
        }
    }
    if letters.last().is_some_and(|last| last.0 == ' ') {
        letters.pop();
    }
    let ranks = letters.iter().map(|(base, mark)| rank(*base, *mark));
    ranks.chain(['\u{1}']).chain(tones).take(MAX_KEY).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(mut names: Vec<&str>) -> Vec<&str> {
        names.sort_by_key(|name| collation_key(name));
        names
    }

    #[test]
    fn the_alphabet_has_its_own_order() {
        let alphabet = "a ă â b c d đ e ê g h i k l m n o ô ơ p q r s t u ư v x y";
        let letters: Vec<&str> = alphabet.split(' ').collect();
        assert_eq!(sorted(letters.iter().rev().copied().collect()), letters);
    }

    #[test]
    fn tones_decide_only_between_the_same_letters() {
        let wanted = vec!["ma", "mà", "mả", "mã", "má", "mạ", "mạc", "mă", "măng"];
        assert_eq!(sorted(wanted.iter().rev().copied().collect()), wanted);
    }

    #[test]
    fn capitals_and_both_encodings_of_a_letter_stand_together() {
        assert_eq!(collation_key("ĐẮC SỞ"), collation_key("đắc  sở"));
        assert_eq!(collation_key("e\u{302}\u{301}"), collation_key("ế"));
        assert_eq!(sorted(vec!["Đông Anh", "Dương Liễu", "An Khánh"]), ["An Khánh", "Dương Liễu", "Đông Anh"]);
    }

    #[test]
    fn a_shorter_name_comes_before_the_longer_that_begins_with_it() {
        assert_eq!(sorted(vec!["Phú Thị 2", "Phú Thị", "Phú"]), ["Phú", "Phú Thị", "Phú Thị 2"]);
    }
}
