//! Whether a word is spelt like a Vietnamese syllable: onset, rhyme and tone. It knows spelling, not vocabulary.

use unicode_normalization::UnicodeNormalization;

const ONSETS: [&str; 28] = [
    "", "b", "c", "ch", "d", "đ", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh", "nh", "p", "ph", "qu",
    "r", "s", "t", "th", "tr", "v", "x",
];

/// Vowels with their final consonant, tone mark taken off. `y…` rhymes stand alone or after `qu`.
#[rustfmt::skip]
const RHYMES: [&str; 158] = [
    "a", "ac", "ach", "ai", "am", "an", "ang", "anh", "ao", "ap", "at", "au", "ay",
    "ăc", "ăm", "ăn", "ăng", "ăp", "ăt",
    "âc", "âm", "ân", "âng", "âp", "ât", "âu", "ây",
    "e", "ec", "em", "en", "eng", "eo", "ep", "et",
    "ê", "êch", "êm", "ên", "ênh", "êp", "êt", "êu",
    "i", "ia", "ich", "iêc", "iêm", "iên", "iêng", "iêp", "iêt", "iêu", "im", "in", "inh", "ip", "it", "iu",
    "o", "oa", "oac", "oach", "oai", "oam", "oan", "oang", "oanh", "oao", "oap", "oat", "oay",
    "oăc", "oăm", "oăn", "oăng", "oăt", "oc", "oe", "oen", "oeo", "oet", "oi", "om", "on", "ong", "oong", "op", "ot",
    "ô", "ôc", "ôi", "ôm", "ôn", "ông", "ôp", "ôt",
    "ơ", "ơi", "ơm", "ơn", "ơp", "ơt",
    "u", "ua", "uân", "uâng", "uât", "uây", "uc", "uê", "uêch", "uênh", "ui", "um", "un", "ung", "uơ",
    "uôc", "uôi", "uôm", "uôn", "uông", "uôt", "up", "ut", "uy", "uya", "uych", "uyên", "uyêt", "uynh", "uyt", "uyu",
    "ư", "ưa", "ưc", "ưi", "ưng", "ươc", "ươi", "ươm", "ươn", "ương", "ươp", "ươt", "ươu", "ưt", "ưu",
    "y", "ych", "yêm", "yên", "yêng", "yêt", "yêu", "ynh", "yt",
];

/// Whether the word (NFC) is spelt like one Vietnamese syllable, in lower case, with a capital first letter or all in capitals.
pub(super) fn is_syllable(word: &str) -> bool {
    has_usual_case(word)
        && split_tone(word).is_some_and(|(letters, tone)| {
            ONSETS.iter().any(|onset| {
                letters
                    .strip_prefix(onset)
                    .is_some_and(|rhyme| RHYMES.contains(&rhyme) && onset_fits(onset, rhyme) && tone_fits(rhyme, tone))
            })
        })
}

fn has_usual_case(word: &str) -> bool {
    let rest_is_lower = word.chars().skip(1).all(char::is_lowercase);
    rest_is_lower || word.chars().all(char::is_uppercase)
}

/// The lower-case letters without their tone mark, and the mark (none is the level tone); `None` with two of them.
fn split_tone(word: &str) -> Option<(String, Option<char>)> {
    let mut tone = None;
    let mut letters = String::with_capacity(word.len());
    for c in word.to_lowercase().nfd() {
        match c {
            GRAVE | HOOK | TILDE | ACUTE | DOT_BELOW if tone.is_some() => return None,
            GRAVE | HOOK | TILDE | ACUTE | DOT_BELOW => tone = Some(c),
            other => letters.push(other),
        }
    }
    Some((letters.nfc().collect(), tone))
}

const GRAVE: char = '\u{300}';
const ACUTE: char = '\u{301}';
const TILDE: char = '\u{303}';
const HOOK: char = '\u{309}';
const DOT_BELOW: char = '\u{323}';

/// The spelling rules that share out c/k, g/gh, ng/ngh and i/y.
fn onset_fits(onset: &str, rhyme: &str) -> bool {
    let front = rhyme.starts_with(['e', 'ê', 'i', 'y']);
    let long_y = rhyme.starts_with('y') && rhyme != "y";
    match onset {
        "k" | "gh" | "ngh" => front && !long_y,
        // gì and giêng are written with one i.
        "g" => !front || rhyme.starts_with('i'),
        "c" | "ng" => !front,
        "" => !matches!(rhyme, "ych" | "ynh" | "yt"),
        "qu" => !rhyme.starts_with(['i', 'o', 'u', 'ư']),
        _ => !long_y,
    }
}

/// A syllable closed by c, ch, p or t has the rising or the heavy tone, and no other.
fn tone_fits(rhyme: &str, tone: Option<char>) -> bool {
    !rhyme.ends_with(['c', 'h', 'p', 't']) || rhyme.ends_with("nh") || matches!(tone, Some(ACUTE | DOT_BELOW))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_and_foreign_words_are_not_syllables() {
        for word in [
            "", "ng", "Hµ", "Néi", "Café", "Müller", "kà", "cê", "nge", "ghà", "quư", "tỳêt", "hàc", "hac", "tàp",
            "áà", "hÀ", "HàN",
        ] {
            assert!(!is_syllable(word), "{word}");
        }
    }

    #[test]
    fn syllables_of_place_names_are_known() {
        let names = "Hà Nội Dương Liễu Đắc Sở Thạch Thất Phùng Xá Quốc Oai Quỳnh Quýt Giếng Gì Nghĩa Khuya Huỳnh Yên Mỹ Ý \
                     Thuỷ Thủy Hoà Hòa Thuyết Uy Nỗ Kiêu Kỵ Ninh Hiệp Tựu Liệt Bưởi Ngọc Hồi Xuân Đỉnh Quảng Bị Cự Khê Tốt Động \
                     Hoàng Văn Thụ Phượng Cách Trâu Quỳ Chuyên Mỹ Khương Đình Xoắn Nguyệt CỤM CÔNG NGHIỆP làng nghề rượu khoét";
        for word in names.split_whitespace() {
            assert!(is_syllable(word), "{word}");
        }
    }
}
