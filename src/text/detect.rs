//! Telling in which encoding one column's or one table's bytes are.
//!
//! UTF-8 shows in its structure. Between the others nothing but the language decides: each reading is scored by the
//! share of distinct non-ASCII words that it makes Vietnamese syllables. What rests on few words, or fits two readings,
//! comes with a low confidence; text that is Vietnamese in no reading is left as Western European.

use std::collections::BTreeSet;

use super::{
    legacy::{Decoded, Encoding, decode, mojibake_to_bytes},
    syllable::is_syllable,
};

/// Distinct words kept as evidence; more would not change the answer, only its cost.
const MAX_WORDS: usize = 2_000;
/// The share of Vietnamese words from which a reading counts as Vietnamese; names of other languages take up the rest.
const ACCEPTED: f64 = 0.6;
/// Two readings closer than this are both possible.
const CLOSE: f64 = 0.1;
/// By how much a reading of text as mojibake must be better than the text itself: correct Vietnamese of Latin-1
/// letters (`Vân`) may be Vietnamese when misread, too (`Võn`).
const MOJIBAKE_GAIN: f64 = 0.3;
/// What remains of the confidence when another reading fits about as well.
const TIE_DISCOUNT: f64 = 0.5;
/// Fewer accented words than this may be Vietnamese by chance, so the words around them are asked too.
const THIN: usize = 5;

/// What a column's bytes are, and how sure that is.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// The encoding to decode the bytes with.
    pub encoding: Encoding,
    /// Set when the decoded text is itself legacy bytes that someone read as Latin-1: the encoding those bytes are in.
    pub mojibake: Option<Encoding>,
    /// 0 (nothing to judge by) to 1 (certain).
    pub confidence: f64,
    /// Whether another reading fits about as well, with another text.
    pub tie: bool,
    /// Why, in Vietnamese and English, for the person who must confirm it.
    pub reason: String,
}

impl Detection {
    /// Reads a value of the column, undoing the mojibake; a value that cannot be mojibake stays as it is.
    pub fn decode(&self, bytes: &[u8]) -> Decoded {
        let read = decode(self.encoding, bytes);
        let misread = self.mojibake.and_then(|encoding| Some((encoding, mojibake_to_bytes(&read.text)?)));
        match misread {
            Some((encoding, bytes)) => decode(encoding, &bytes),
            None => read,
        }
    }
}

/// Detects the encoding of values that share one: those of a column or of a table.
pub fn detect<'a>(samples: impl Iterator<Item = &'a [u8]>) -> Detection {
    let evidence = Evidence::gather(samples);
    if evidence.is_utf16le {
        return Detection {
            encoding: Encoding::Utf16Le,
            mojibake: None,
            confidence: 0.95,
            tie: false,
            reason: "mỗi ký tự hai byte / two bytes for each character".to_owned(),
        };
    }
    if evidence.accented.is_empty() {
        return Detection {
            encoding: Encoding::Utf8,
            mojibake: None,
            confidence: 1.0,
            tie: false,
            reason: "chỉ có ký tự ASCII / nothing but ASCII".to_owned(),
        };
    }
    let words: Vec<Vec<u8>> = evidence.accented.iter().map(|word| word.to_vec()).collect();
    let vote = Vote::of(&words);
    if !vote.is_accepted(&evidence) {
        return vote.into_western();
    }
    if vote.best.encoding != Encoding::Utf8 {
        return vote.into_detection();
    }
    let misread = Vote::of(&words.iter().map(|word| misread_bytes(word)).collect::<Vec<_>>());
    let gain = if misread.is_accepted(&evidence) { misread.gain_over(&vote.best) } else { 0.0 };
    if gain >= MOJIBAKE_GAIN {
        let detection = misread.into_detection();
        return Detection { encoding: Encoding::Utf8, mojibake: Some(detection.encoding), ..detection };
    }
    let detection = vote.into_detection();
    if gain > 0.0 {
        return Detection { tie: true, confidence: detection.confidence * TIE_DISCOUNT, ..detection };
    }
    detection
}

/// The bytes of a word that UTF-8 holds as mojibake; none, which no reading fits, when it holds something else.
fn misread_bytes(word: &[u8]) -> Vec<u8> {
    str::from_utf8(word).ok().and_then(mojibake_to_bytes).unwrap_or_default()
}

/// The distinct words of the samples.
struct Evidence<'a> {
    /// Words with a byte beyond ASCII.
    accented: BTreeSet<&'a [u8]>,
    /// Words of ASCII letters.
    plain: BTreeSet<&'a [u8]>,
    is_utf16le: bool,
}

impl<'a> Evidence<'a> {
    fn gather(samples: impl Iterator<Item = &'a [u8]>) -> Self {
        let (mut accented, mut plain) = (BTreeSet::new(), BTreeSet::new());
        let mut all_utf16le = None;
        for sample in samples.filter(|sample| !sample.is_empty()) {
            all_utf16le = Some(all_utf16le.unwrap_or(true) && is_utf16le(sample));
            for word in sample.split(|byte| is_separator(*byte)) {
                if !word.is_ascii() {
                    insert(&mut accented, word);
                } else if !word.is_empty() && word.iter().all(u8::is_ascii_alphabetic) {
                    insert(&mut plain, word);
                }
            }
        }
        Self { accented, plain, is_utf16le: all_utf16le.unwrap_or(false) }
    }

    /// Whether most words without accents could not be Vietnamese, as in English prose.
    fn is_in_foreign_context(&self) -> bool {
        let vietnamese = self.plain.iter().filter(|word| str::from_utf8(word).is_ok_and(is_syllable)).count();
        self.plain.len() >= 2 && vietnamese * 2 < self.plain.len()
    }
}

fn insert<'a>(words: &mut BTreeSet<&'a [u8]>, word: &'a [u8]) {
    if words.len() < MAX_WORDS {
        words.insert(word);
    }
}

/// Control characters but white space are letters in TCVN3 and VISCII.
fn is_separator(byte: u8) -> bool {
    byte == 0 || byte.is_ascii_whitespace() || byte.is_ascii_punctuation()
}

/// Units whose high byte is that of a Vietnamese letter, a dash or a quotation mark, and mostly that of ASCII.
fn is_utf16le(sample: &[u8]) -> bool {
    let units = sample.chunks_exact(2);
    let (mut ascii, mut all) = (0, 0);
    let plausible = units.remainder().is_empty()
        && units.skip_while(|unit| *unit == b"\xFF\xFE").all(|unit| {
            all += 1;
            ascii += usize::from(unit[1] == 0);
            matches!(unit, [1..=0xFF, 0] | [_, 0x01 | 0x03 | 0x1E | 0x20])
        });
    plausible && all > 0 && ascii * 2 >= all
}

/// The words as one encoding reads them.
struct Reading {
    encoding: Encoding,
    words: Vec<Decoded>,
    /// How many of them fit.
    fitting: usize,
}

impl Reading {
    fn of(words: &[Vec<u8>], encoding: Encoding) -> Self {
        let mut reading =
            Self { encoding, words: words.iter().map(|word| decode(encoding, word)).collect(), fitting: 0 };
        reading.fitting = reading.words.iter().filter(|word| reading.fits(word)).count();
        reading
    }

    /// Whether the word speaks for the encoding: a Vietnamese syllable; for UTF-8, a well-formed word of any language.
    fn fits(&self, word: &Decoded) -> bool {
        match self.encoding {
            Encoding::Utf8 => word.malformed == 0 && !word.text.is_empty(),
            _ => is_vietnamese(word),
        }
    }
}

/// A single letter proves nothing: a bullet or a footnote mark of one encoding is a vowel of another.
fn is_vietnamese(word: &Decoded) -> bool {
    let letters = word.text.trim_matches(['“', '”', '‘', '’', '«', '»', '–', '—', '…', '•', '\u{A0}']);
    word.malformed == 0 && letters.chars().nth(1).is_some() && is_syllable(letters)
}

/// The readings of the words, compared.
struct Vote {
    best: Reading,
    /// The next best one that gives another text.
    rival: Option<Reading>,
    words: usize,
}

impl Vote {
    fn of(words: &[Vec<u8>]) -> Self {
        // In the order of how common they are, which decides between equals.
        let rivals = [Encoding::Tcvn3, Encoding::Windows1258, Encoding::Vni, Encoding::Viscii];
        let mut best = Reading::of(words, Encoding::Utf8);
        let mut others = Vec::with_capacity(rivals.len());
        for encoding in rivals {
            let mut reading = Reading::of(words, encoding);
            if reading.fitting > best.fitting {
                std::mem::swap(&mut best, &mut reading);
            }
            others.push(reading);
        }
        others.retain(|reading| reading.words != best.words);
        let rival = others.into_iter().max_by_key(|reading| reading.fitting);
        Self { best, rival, words: words.len() }
    }

    /// Of the words that the best reading changes against the text as it is: the share it makes Vietnamese, less the
    /// share that was.
    fn gain_over(&self, as_it_is: &Reading) -> f64 {
        let (mut changed, mut gained) = (0, 0);
        for (now, before) in self.best.words.iter().zip(&as_it_is.words).filter(|(now, before)| now.text != before.text)
        {
            changed += 1;
            gained += i32::from(self.best.fits(now)) - i32::from(is_vietnamese(before));
        }
        f64::from(gained) / f64::from(changed.max(1))
    }

    fn share(&self, reading: &Reading) -> f64 {
        reading.fitting as f64 / self.words as f64
    }

    fn is_accepted(&self, evidence: &Evidence) -> bool {
        let is_more_than_chance =
            self.best.encoding == Encoding::Utf8 || self.words >= THIN || !evidence.is_in_foreign_context();
        self.share(&self.best) >= ACCEPTED && is_more_than_chance
    }

    fn into_detection(self) -> Detection {
        let Self { best, rival, words } = &self;
        let share = self.share(best);
        let tie = rival.as_ref().is_some_and(|rival| self.share(rival) > share - CLOSE);
        let fitting = best.fitting;
        let (evidence, reason) = if best.encoding == Encoding::Utf8 {
            // Of other encodings' words, less than one in ten is well-formed UTF-8 by chance.
            let evidence = 1.0 - 0.1_f64.powf(*words as f64);
            let reason = format!(
                "{fitting}/{words} từ có dấu đúng quy cách UTF-8 / {fitting} of {words} accented words are well-formed UTF-8"
            );
            (evidence, reason)
        } else {
            let next = rival.as_ref().map_or(0, |rival| rival.fitting);
            let reason = format!(
                "{fitting}/{words} từ có dấu là âm tiết tiếng Việt theo {0}, {next} theo bảng mã kế tiếp / \
                 {fitting} of {words} accented words are Vietnamese syllables in {0}, {next} in the next best encoding",
                best.encoding
            );
            (*words as f64 / (words + 1) as f64, reason)
        };
        let confidence = share * evidence * if tie { TIE_DISCOUNT } else { 1.0 };
        Detection { encoding: best.encoding, mojibake: None, confidence, tie, reason }
    }

    /// The answer when Vietnamese is not what the words are.
    fn into_western(self) -> Detection {
        let Self { best, words, .. } = &self;
        let share = self.share(best);
        let fitting = best.fitting;
        Detection {
            encoding: Encoding::Latin1,
            mojibake: None,
            confidence: (1.0 - share) * *words as f64 / (words + 1) as f64,
            tie: share >= ACCEPTED,
            reason: format!(
                "không thấy là tiếng Việt: nhiều nhất {fitting}/{words} từ có dấu khớp ({0}) / \
                 not seen to be Vietnamese: at most {fitting} of {words} accented words fit ({0})",
                best.encoding
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::legacy::tests::encode;

    const VIETNAMESE: [Encoding; 4] = [Encoding::Tcvn3, Encoding::Windows1258, Encoding::Vni, Encoding::Viscii];

    const NAMES: [&str; 12] = [
        "Dương Liễu",
        "Hà Nội",
        "Cụm công nghiệp Phú Thị",
        "làng nghề Bát Tràng",
        "huyện Thạch Thất",
        "xã Phùng Xá",
        "Đắc Sở",
        "Quốc Oai",
        "thị trấn Quang Minh",
        "Ninh Hiệp",
        "phường Vạn Phúc",
        "Yên Nghĩa",
    ];

    fn detect_in(values: &[impl AsRef<[u8]>]) -> Detection {
        detect(values.iter().map(AsRef::as_ref))
    }

    /// Legacy bytes of the names, read as Latin-1 and stored as UTF-8.
    fn misread(encoding: Encoding) -> Vec<String> {
        NAMES.iter().map(|name| encode(encoding, name).into_iter().map(char::from).collect()).collect()
    }

    #[test]
    fn one_ambiguous_word_is_a_tie_of_low_confidence() {
        // B5 is à in TCVN3 and ộ in VISCII: Hà or Hộ.
        let detection = detect_in(&[b"H\xB5"]);
        assert_eq!((detection.encoding, detection.tie), (Encoding::Tcvn3, true));
        assert!(detection.confidence < 0.5, "{detection:?}");
    }

    #[test]
    fn western_words_are_not_made_vietnamese() {
        let english: &[&[u8]] = &[b"Caf\xE9", b"Caf\xE9 on the corner", b"na\xEFve caf\xE9"];
        let french: &[&[u8]] =
            &[b"for\xEAt", b"th\xE9\xE2tre", b"n\xE9 \xE0 Orl\xE9ans", b"d\xE9j\xE0", b"Besan\xE7on", b"l\xE0"];
        let german: &[&[u8]] = &[b"M\xFCller", b"K\xF6ln", b"Stra\xDFe", b"\xDCbersicht", b"Gel\xE4nde"];
        for values in [english, french, german] {
            let detection = detect_in(values);
            assert_eq!(detection.encoding, Encoding::Latin1, "{detection:?}");
        }
        assert_eq!(detect_in(english).decode(english[0]).text, "Café");
        assert_eq!(detect_in(&["Café", "naïve", "m²", "Müller · Söhne"]).mojibake, None);
    }

    #[test]
    fn a_chance_syllable_among_english_words_is_not_taken_for_vietnamese() {
        // In TCVN3 E9 is ộ, and nộ is a syllable.
        let detection = detect_in(&[b"Mrs Smith, n\xE9 Brown, of the northern district"]);
        assert_eq!((detection.encoding, detection.tie), (Encoding::Latin1, true));
        assert!(detection.confidence < 0.5, "{detection:?}");
    }

    #[test]
    fn symbols_alone_are_not_made_vietnamese() {
        let detection = detect_in(&[&b"12 m\xB2"[..], b"30 \xB0"]);
        assert_eq!(detection.encoding, Encoding::Latin1);
        assert_eq!(detect_in(&["12 m²", "30 °"]).mojibake, None);
    }

    #[test]
    fn a_column_of_ascii_or_of_nothing_is_certainly_utf8() {
        for values in [vec![], vec![""], vec!["Ba Vi", "CCN-01"]] {
            let detection = detect_in(&values);
            assert_eq!((detection.encoding, detection.confidence, detection.tie), (Encoding::Utf8, 1.0, false));
        }
    }

    #[test]
    fn utf8_is_known_by_its_form_in_any_language() {
        for values in [&NAMES[..], &["工业区", "村庄"], &["Café", "Müller"], &["Vân", "Hà"]] {
            let detection = detect_in(values);
            assert_eq!((detection.encoding, detection.mojibake), (Encoding::Utf8, None), "{detection:?}");
            assert!(detection.confidence > 0.9 && !detection.tie, "{detection:?}");
        }
    }

    #[test]
    fn utf8_values_cut_in_a_letter_leave_the_column_utf8() {
        let mut values: Vec<&[u8]> = NAMES.iter().map(|name| name.as_bytes()).collect();
        values.push(b"C\xE1\xBB");
        assert_eq!(detect_in(&values).encoding, Encoding::Utf8);
    }

    #[test]
    fn tcvn3_words_that_end_like_a_cut_utf8_letter_are_tcvn3() {
        // Phú, Cù, Thụ: F3, EF and F4 start letters of three and four bytes in UTF-8.
        assert_eq!(detect_in(&[&b"Ph\xF3"[..], b"C\xEF", b"Th\xF4"]).encoding, Encoding::Tcvn3);
    }

    #[test]
    fn utf16_is_known_by_its_high_bytes() {
        let values: Vec<Vec<u8>> =
            NAMES.iter().map(|name| name.encode_utf16().flat_map(u16::to_le_bytes).collect()).collect();
        let detection = detect_in(&values);
        assert_eq!(detection.encoding, Encoding::Utf16Le);
        assert_eq!(detection.decode(&values[0]).text, NAMES[0]);
    }

    #[test]
    fn each_legacy_encoding_is_recognised_and_read() {
        for encoding in VIETNAMESE {
            let values: Vec<Vec<u8>> = NAMES.iter().map(|name| encode(encoding, name)).collect();
            let detection = detect_in(&values);
            assert_eq!(
                (detection.encoding, detection.mojibake, detection.tie),
                (encoding, None, false),
                "{detection:?}"
            );
            assert!(detection.confidence > 0.8, "{detection:?}");
            for (value, name) in values.iter().zip(NAMES) {
                assert_eq!(detection.decode(value).text, name);
            }
        }
    }

    #[test]
    fn mojibake_in_utf8_is_reported_and_undone() {
        for encoding in VIETNAMESE {
            let values = misread(encoding);
            let detection = detect_in(&values);
            assert_eq!((detection.encoding, detection.mojibake), (Encoding::Utf8, Some(encoding)), "{detection:?}");
            for (value, name) in values.iter().zip(NAMES) {
                assert_eq!(detection.decode(value.as_bytes()).text, name);
            }
        }
    }

    #[test]
    fn utf8_encoded_twice_is_reported_and_undone() {
        let values = ["HÃ\u{A0} Ná»™i", "DÆ°Æ¡ng Liá»…u"];
        let detection = detect_in(&values);
        assert_eq!((detection.encoding, detection.mojibake), (Encoding::Utf8, Some(Encoding::Utf8)), "{detection:?}");
        assert_eq!(detection.decode(values[0].as_bytes()).text, "Hà Nội");
        assert_eq!(detection.decode(values[1].as_bytes()).text, "Dương Liễu");
    }

    #[test]
    fn mojibake_that_changes_few_words_is_reported_all_the_same() {
        // VISCII has most vowels where Latin-1 has them: of these only Dục (F8) and Việt (AE) change.
        let detection = detect_in(&["Liên Hà", "Vân Hà", "Døc Tú", "Vi®t Hùng"]);
        assert_eq!(detection.mojibake, Some(Encoding::Viscii), "{detection:?}");
        assert_eq!(detection.decode("Vi®t Hùng".as_bytes()).text, "Việt Hùng");
    }

    #[test]
    fn two_words_of_mojibake_are_enough_to_name_the_encoding() {
        let detection = detect_in(&["Hµ Néi"]);
        assert_eq!(detection.mojibake, Some(Encoding::Tcvn3));
        assert_eq!(detection.decode("Hµ Néi".as_bytes()).text, "Hà Nội");
        assert_eq!(detect_in(&["Côm c«ng nghiÖp"]).mojibake, Some(Encoding::Tcvn3));
    }

    proptest! {
        #[test]
        fn any_bytes_get_an_answer_with_a_confidence_between_0_and_1(values in any::<Vec<Vec<u8>>>()) {
            let detection = detect_in(&values);
            prop_assert!((0.0..=1.0).contains(&detection.confidence));
        }
    }
}
