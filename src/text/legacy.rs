//! Bytes of the encodings met in Vietnamese files, turned into NFC text, and text misread as Latin-1 turned back into bytes.
//!
//! No decoder refuses: a byte that means nothing becomes U+FFFD and is counted, so that the caller can report it.
//! Capitals that a TCVN3 file gets from its font (`.VnTimeH`) are not in the bytes and come out in lower case.

use std::{fmt, str::FromStr};

use encoding_rs::{WINDOWS_1252, WINDOWS_1258};
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// An encoding in which Vietnamese attribute text arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, little endian, with or without a byte order mark.
    Utf16Le,
    /// The Vietnamese Windows code page: letters and combining tone marks.
    Windows1258,
    /// TCVN 5712:1993, that is ABC with its `.Vn…` fonts: by far the most common one in the North.
    Tcvn3,
    /// VNI-Windows: a Latin-1 letter followed by a Latin-1 letter that stands for its marks.
    Vni,
    /// VISCII (RFC 1456).
    Viscii,
    /// Western European text; read as windows-1252, which has all of ISO 8859-1 and the quotation marks.
    Latin1,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Windows1258 => "windows-1258",
            Self::Tcvn3 => "TCVN3",
            Self::Vni => "VNI",
            Self::Viscii => "VISCII",
            Self::Latin1 => "windows-1252",
        })
    }
}

/// A name that is none of the encodings' names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "không có bảng mã \"{0}\"; dùng một trong / there is no encoding \"{0}\"; use one of: \
     UTF-8, UTF-16LE, windows-1258, TCVN3, VNI, VISCII, ISO-8859-1"
)]
pub struct UnknownEncoding(pub String);

impl FromStr for Encoding {
    type Err = UnknownEncoding;

    /// Reads a name in any case, with or without hyphens; also the code page numbers that `.cpg` files hold.
    fn from_str(name: &str) -> Result<Self, UnknownEncoding> {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        match plain.to_ascii_lowercase().as_str() {
            "utf8" | "cp65001" | "65001" => Ok(Self::Utf8),
            "utf16le" => Ok(Self::Utf16Le),
            "windows1258" | "cp1258" | "ansi1258" | "1258" => Ok(Self::Windows1258),
            "tcvn3" | "tcvn" | "abc" | "tcvn57121" => Ok(Self::Tcvn3),
            "vni" | "vniwindows" => Ok(Self::Vni),
            "viscii" => Ok(Self::Viscii),
            "iso88591" | "88591" | "latin1" | "windows1252" | "cp1252" | "ansi1252" | "1252" => Ok(Self::Latin1),
            _ => Err(UnknownEncoding(name.to_owned())),
        }
    }
}

/// What bytes say in an encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text in NFC, U+FFFD where bytes mean nothing.
    pub text: String,
    /// How many bytes mean nothing in the encoding.
    pub malformed: usize,
}

impl Decoded {
    fn new(text: String, malformed: usize) -> Self {
        let text = if is_nfc(&text) { text } else { text.nfc().collect() };
        Self { text, malformed }
    }
}

/// Reads the bytes as text of the encoding.
pub fn decode(encoding: Encoding, bytes: &[u8]) -> Decoded {
    match encoding {
        Encoding::Utf8 => decode_utf8(bytes),
        Encoding::Utf16Le => decode_utf16le(bytes),
        Encoding::Windows1258 => decode_code_page(WINDOWS_1258, bytes),
        Encoding::Tcvn3 => decode_table(&TCVN3_UPPER, &TCVN3_CONTROLS, bytes),
        Encoding::Vni => decode_vni(bytes),
        Encoding::Viscii => decode_table(&VISCII_UPPER, &VISCII_CONTROLS, bytes),
        Encoding::Latin1 => decode_code_page(WINDOWS_1252, bytes),
    }
}

/// The single bytes that were wrongly read as ISO 8859-1 or windows-1252 and gave this text (`"Hµ Néi"` for TCVN3 `48 B5 20 4E E9 69`).
///
/// `None` when some character cannot come from such a reading: then the text is not of this kind.
pub fn mojibake_to_bytes(text: &str) -> Option<Vec<u8>> {
    text.chars().map(misread_byte).collect()
}

fn misread_byte(c: char) -> Option<u8> {
    if let Ok(byte) = u8::try_from(c) {
        return Some(byte);
    }
    match WINDOWS_1252.encode(c.encode_utf8(&mut [0; 4])) {
        (bytes, _, false) => bytes.first().copied(),
        (_, _, true) => None,
    }
}

fn decode_utf8(bytes: &[u8]) -> Decoded {
    let mut text = String::with_capacity(bytes.len());
    let mut malformed = 0;
    for chunk in bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
            malformed += chunk.invalid().len();
        }
    }
    Decoded::new(text, malformed)
}

fn decode_utf16le(bytes: &[u8]) -> Decoded {
    let units = bytes.strip_prefix(b"\xFF\xFE").unwrap_or(bytes).chunks_exact(2);
    let odd_byte = units.remainder().len();
    let mut malformed = odd_byte;
    let mut text: String = char::decode_utf16(units.map(|unit| u16::from_le_bytes([unit[0], unit[1]])))
        .map(|c| {
            c.unwrap_or_else(|_| {
                malformed += 2;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect();
    text.extend(std::iter::repeat_n(char::REPLACEMENT_CHARACTER, odd_byte));
    Decoded::new(text, malformed)
}

/// The bytes a code page leaves free come out of `encoding_rs` as C1 control characters; no text holds those.
fn decode_code_page(code_page: &'static encoding_rs::Encoding, bytes: &[u8]) -> Decoded {
    let (text, _) = code_page.decode_without_bom_handling(bytes);
    let mut malformed = 0;
    let text = text
        .chars()
        .map(|c| match c {
            '\u{80}'..='\u{9F}' => {
                malformed += 1;
                char::REPLACEMENT_CHARACTER
            }
            other => other,
        })
        .collect();
    Decoded::new(text, malformed)
}

fn decode_table(upper: &[char; 128], controls: &[(u8, char)], bytes: &[u8]) -> Decoded {
    let text = bytes
        .iter()
        .map(|&byte| match byte {
            0x80.. => upper[usize::from(byte - 0x80)],
            0x20..0x80 => char::from(byte),
            _ => controls.iter().find(|(code, _)| *code == byte).map_or(char::from(byte), |(_, capital)| *capital),
        })
        .collect();
    // Every byte means something in these two: what is no letter of theirs is ASCII.
    Decoded::new(text, 0)
}

fn decode_vni(bytes: &[u8]) -> Decoded {
    let mut text = String::with_capacity(bytes.len());
    let mut malformed = 0;
    let mut unmarked = None;
    for &byte in bytes {
        if let Some(marks) = unmarked.take().and_then(|base| vni_marks(base, byte)) {
            text.push_str(marks);
            continue;
        }
        unmarked = Some(byte);
        match (vni_letter(byte), byte) {
            (Some(letter), _) => text.push(letter),
            (None, 0..0x80) => text.push(char::from(byte)),
            // Punctuation stays where windows-1252 has it.
            (None, 0x80..0xC0 | 0xD7 | 0xF7) => {
                let sign = decode_code_page(WINDOWS_1252, &[byte]);
                text.push_str(&sign.text);
                malformed += sign.malformed;
            }
            _ => {
                text.push(char::REPLACEMENT_CHARACTER);
                malformed += 1;
            }
        }
    }
    Decoded::new(text, malformed)
}

/// The combining marks that the second byte of a VNI pair puts on the first, in either case; `None` if it is no such pair.
fn vni_marks(base: u8, mark: u8) -> Option<&'static str> {
    let (marks, bases): (_, &[u8]) = match vni_lower(mark) {
        0xF9 => ("\u{301}", b"aeouy\xF4\xF6"),
        0xF8 => ("\u{300}", b"aeouy\xF4\xF6"),
        0xFB => ("\u{309}", b"aeouy\xF4\xF6"),
        0xF5 => ("\u{303}", b"aeouy\xF4\xF6"),
        0xEF => ("\u{323}", b"aeouy\xF4\xF6"),
        0xE2 => ("\u{302}", b"aeo"),
        0xE1 => ("\u{302}\u{301}", b"aeo"),
        0xE0 => ("\u{302}\u{300}", b"aeo"),
        0xE5 => ("\u{302}\u{309}", b"aeo"),
        0xE3 => ("\u{302}\u{303}", b"aeo"),
        0xE4 => ("\u{302}\u{323}", b"aeo"),
        0xEA => ("\u{306}", b"a"),
        0xE9 => ("\u{306}\u{301}", b"a"),
        0xE8 => ("\u{306}\u{300}", b"a"),
        0xFA => ("\u{306}\u{309}", b"a"),
        0xFC => ("\u{306}\u{303}", b"a"),
        0xEB => ("\u{306}\u{323}", b"a"),
        _ => return None,
    };
    bases.contains(&vni_lower(base)).then_some(marks)
}

/// The letters VNI writes with one byte.
fn vni_letter(byte: u8) -> Option<char> {
    Some(match byte {
        0xC6 => 'Ỉ',
        0xCC => 'Ì',
        0xCD => 'Í',
        0xCE => 'Ỵ',
        0xD1 => 'Đ',
        0xD2 => 'Ị',
        0xD3 => 'Ĩ',
        0xD4 => 'Ơ',
        0xD6 => 'Ư',
        0xE6 => 'ỉ',
        0xEC => 'ì',
        0xED => 'í',
        0xEE => 'ỵ',
        0xF1 => 'đ',
        0xF2 => 'ị',
        0xF3 => 'ĩ',
        0xF4 => 'ơ',
        0xF6 => 'ư',
        _ => return None,
    })
}

/// The lower-case twin of an ASCII or Latin-1 letter's byte.
fn vni_lower(byte: u8) -> u8 {
    if byte >= 0xC0 { byte | 0x20 } else { byte.to_ascii_lowercase() }
}

/// What bytes 80–FF of TCVN3 (TCVN 5712:1993, VN1) stand for; B0–B4 are tone marks for the letter before.
#[rustfmt::skip]
const TCVN3_UPPER: [char; 128] = [
    'À', 'Ả', 'Ã', 'Á', 'Ạ', 'Ặ', 'Ậ', 'È', 'Ẻ', 'Ẽ', 'É', 'Ẹ', 'Ệ', 'Ì', 'Ỉ', 'Ĩ',
    'Í', 'Ị', 'Ò', 'Ỏ', 'Õ', 'Ó', 'Ọ', 'Ộ', 'Ờ', 'Ở', 'Ỡ', 'Ớ', 'Ợ', 'Ù', 'Ủ', 'Ũ',
    '\u{a0}', 'Ă', 'Â', 'Ê', 'Ô', 'Ơ', 'Ư', 'Đ', 'ă', 'â', 'ê', 'ô', 'ơ', 'ư', 'đ', 'Ằ',
    '\u{300}', '\u{309}', '\u{303}', '\u{301}', '\u{323}', 'à', 'ả', 'ã', 'á', 'ạ', 'Ẳ', 'ằ', 'ẳ', 'ẵ', 'ắ', 'Ẵ',
    'Ắ', 'Ầ', 'Ẩ', 'Ẫ', 'Ấ', 'Ề', 'ặ', 'ầ', 'ẩ', 'ẫ', 'ấ', 'ậ', 'è', 'Ể', 'ẻ', 'ẽ',
    'é', 'ẹ', 'ề', 'ể', 'ễ', 'ế', 'ệ', 'ì', 'ỉ', 'Ễ', 'Ế', 'Ồ', 'ĩ', 'í', 'ị', 'ò',
    'Ổ', 'ỏ', 'õ', 'ó', 'ọ', 'ồ', 'ổ', 'ỗ', 'ố', 'ộ', 'ờ', 'ở', 'ỡ', 'ớ', 'ợ', 'ù',
    'Ỗ', 'ủ', 'ũ', 'ú', 'ụ', 'ừ', 'ử', 'ữ', 'ứ', 'ự', 'ỳ', 'ỷ', 'ỹ', 'ý', 'ỵ', 'Ố',
];

/// The control codes TCVN3 spends on capitals.
const TCVN3_CONTROLS: [(u8, char); 12] = [
    (0x01, 'Ú'),
    (0x02, 'Ụ'),
    (0x04, 'Ừ'),
    (0x05, 'Ử'),
    (0x06, 'Ữ'),
    (0x11, 'Ứ'),
    (0x12, 'Ự'),
    (0x13, 'Ỳ'),
    (0x14, 'Ỷ'),
    (0x15, 'Ỹ'),
    (0x16, 'Ý'),
    (0x17, 'Ỵ'),
];

/// What bytes 80–FF of VISCII (RFC 1456) stand for.
#[rustfmt::skip]
const VISCII_UPPER: [char; 128] = [
    'Ạ', 'Ắ', 'Ằ', 'Ặ', 'Ấ', 'Ầ', 'Ẩ', 'Ậ', 'Ẽ', 'Ẹ', 'Ế', 'Ề', 'Ể', 'Ễ', 'Ệ', 'Ố',
    'Ồ', 'Ổ', 'Ỗ', 'Ộ', 'Ợ', 'Ớ', 'Ờ', 'Ở', 'Ị', 'Ỏ', 'Ọ', 'Ỉ', 'Ủ', 'Ũ', 'Ụ', 'Ỳ',
    'Õ', 'ắ', 'ằ', 'ặ', 'ấ', 'ầ', 'ẩ', 'ậ', 'ẽ', 'ẹ', 'ế', 'ề', 'ể', 'ễ', 'ệ', 'ố',
    'ồ', 'ổ', 'ỗ', 'Ỡ', 'Ơ', 'ộ', 'ờ', 'ở', 'ị', 'Ự', 'Ứ', 'Ừ', 'Ử', 'ơ', 'ớ', 'Ư',
    'À', 'Á', 'Â', 'Ã', 'Ả', 'Ă', 'ẳ', 'ẵ', 'È', 'É', 'Ê', 'Ẻ', 'Ì', 'Í', 'Ĩ', 'ỳ',
    'Đ', 'ứ', 'Ò', 'Ó', 'Ô', 'ạ', 'ỷ', 'ừ', 'ử', 'Ù', 'Ú', 'ỹ', 'ỵ', 'Ý', 'ỡ', 'ư',
    'à', 'á', 'â', 'ã', 'ả', 'ă', 'ữ', 'ẫ', 'è', 'é', 'ê', 'ẻ', 'ì', 'í', 'ĩ', 'ỉ',
    'đ', 'ự', 'ò', 'ó', 'ô', 'õ', 'ỏ', 'ọ', 'ụ', 'ù', 'ú', 'ũ', 'ủ', 'ý', 'ợ', 'Ữ',
];

/// The control codes VISCII spends on capitals.
const VISCII_CONTROLS: [(u8, char); 6] = [(0x02, 'Ẳ'), (0x05, 'Ẵ'), (0x06, 'Ẫ'), (0x14, 'Ỷ'), (0x19, 'Ỹ'), (0x1E, 'Ỵ')];

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
pub(super) mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    const ALL: [Encoding; 7] = [
        Encoding::Utf8,
        Encoding::Utf16Le,
        Encoding::Windows1258,
        Encoding::Tcvn3,
        Encoding::Vni,
        Encoding::Viscii,
        Encoding::Latin1,
    ];

    /// The bytes of a text in an encoding of one or two bytes a letter, found by trying all of them.
    pub fn encode(encoding: Encoding, text: &str) -> Vec<u8> {
        let codes = codes(encoding);
        text.chars().flat_map(|c| codes.get(&c).unwrap_or_else(|| panic!("{c} in {encoding}")).clone()).collect()
    }

    fn codes(encoding: Encoding) -> HashMap<char, Vec<u8>> {
        let pairs = (0x20..=0xFF).flat_map(|a| (0x80..=0xFF).map(move |b| vec![a, b]));
        let singles = (0..=0xFF).map(|byte| vec![byte]);
        let mut codes = HashMap::new();
        for bytes in singles.chain(pairs) {
            let Decoded { text, malformed } = decode(encoding, &bytes);
            let mut letters = text.chars();
            if let (Some(letter), None, 0) = (letters.next(), letters.next(), malformed) {
                codes.entry(letter).or_insert(bytes);
            }
        }
        codes
    }

    /// The 134 letters of Vietnamese that are not ASCII.
    fn letters() -> impl Iterator<Item = char> {
        let lower = "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ";
        lower.chars().chain(lower.chars().flat_map(char::to_uppercase))
    }

    fn text(encoding: Encoding, bytes: &[u8]) -> String {
        let decoded = decode(encoding, bytes);
        assert_eq!(decoded.malformed, 0, "{encoding}: {bytes:02X?}");
        decoded.text
    }

    /// The bytes of text that was typed as its Latin-1 look.
    fn seen(latin1: &str) -> Vec<u8> {
        mojibake_to_bytes(latin1).unwrap()
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let refused = "KOI8-R".parse::<Encoding>().unwrap_err().to_string();
        assert!(refused.contains("KOI8-R") && refused.contains("TCVN3"), "{refused}");
        assert!("auto".parse::<Encoding>().is_err());
    }

    #[test]
    fn utf8_cut_in_the_middle_of_a_letter_is_counted() {
        // ộ is E1 BB 99.
        assert_eq!(decode(Encoding::Utf8, b"N\xE1\xBB"), Decoded { text: "N\u{FFFD}".into(), malformed: 2 });
    }

    #[test]
    fn half_a_utf16_unit_and_half_a_surrogate_pair_are_counted() {
        assert_eq!(decode(Encoding::Utf16Le, b"H\0a"), Decoded { text: "H\u{FFFD}".into(), malformed: 1 });
        assert_eq!(decode(Encoding::Utf16Le, b"\x00\xD8H\0"), Decoded { text: "\u{FFFD}H".into(), malformed: 2 });
    }

    #[test]
    fn bytes_a_code_page_leaves_free_are_counted() {
        assert_eq!(decode(Encoding::Latin1, b"a\x81b"), Decoded { text: "a\u{FFFD}b".into(), malformed: 1 });
        assert_eq!(decode(Encoding::Windows1258, b"\x8A\x8E").malformed, 2);
    }

    #[test]
    fn a_vni_mark_without_its_vowel_is_counted() {
        assert_eq!(decode(Encoding::Vni, b"Caf\xE9"), Decoded { text: "Caf\u{FFFD}".into(), malformed: 1 });
        assert_eq!(decode(Encoding::Vni, b"a\xF8\xF8").malformed, 1);
        assert_eq!(decode(Encoding::Vni, b"\x81").malformed, 1);
    }

    #[test]
    fn text_with_a_letter_beyond_windows_1252_is_no_mojibake() {
        assert_eq!(mojibake_to_bytes("Hà Nội"), None);
        assert_eq!(mojibake_to_bytes("a\u{FFFD}"), None);
    }

    #[test]
    fn mojibake_of_latin1_and_of_windows_1252_gives_the_same_bytes() {
        assert_eq!(mojibake_to_bytes("Hµ Néi").unwrap(), [0x48, 0xB5, 0x20, 0x4E, 0xE9, 0x69]);
        assert_eq!(mojibake_to_bytes("†Ÿ").unwrap(), [0x86, 0x9F]);
        assert_eq!(mojibake_to_bytes("\u{86}\u{9F}").unwrap(), [0x86, 0x9F]);
    }

    #[test]
    fn names_are_read_in_any_case_and_printed_names_are_read_back() {
        for encoding in ALL {
            assert_eq!(encoding.to_string().parse(), Ok(encoding));
        }
        for (name, encoding) in [
            ("utf-8", Encoding::Utf8),
            ("CP1258", Encoding::Windows1258),
            ("abc", Encoding::Tcvn3),
            ("TCVN5712-1", Encoding::Tcvn3),
            ("Vni", Encoding::Vni),
            ("ISO-8859-1", Encoding::Latin1),
            ("latin1", Encoding::Latin1),
        ] {
            assert_eq!(name.parse(), Ok(encoding));
        }
    }

    #[test]
    fn tcvn3_test_strings_are_read() {
        for (hex, expected) in [
            ("48 B5 20 4E E9 69", "Hà Nội"),
            ("43 F4 6D 20 63 AB 6E 67 20 6E 67 68 69 D6 70", "Cụm công nghiệp"),
            ("6C B5 6E 67 20 6E 67 68 D2", "làng nghề"),
            (
                "68 75 79 D6 6E 20 54 68 B9 63 68 20 54 68 CA 74 2C 20 78 B7 20 50 68 EF 6E 67 20 58 B8",
                "huyện Thạch Thất, xã Phùng Xá",
            ),
            ("A7 BE 63 20 53 EB", "Đắc Sở"),
            // The letter's tone as a mark of its own: B3 is the acute.
            ("61 B3 6F", "áo"),
            ("02 43", "ỤC"),
        ] {
            assert_eq!(text(Encoding::Tcvn3, &bytes_of(hex)), expected);
        }
    }

    #[test]
    fn viscii_test_strings_are_read() {
        assert_eq!(text(Encoding::Viscii, &bytes_of("48 E0 20 4E B5 69")), "Hà Nội");
        let cluster = "43 F8 6D 20 63 F4 6E 67 20 6E 67 68 69 AE 70";
        assert_eq!(text(Encoding::Viscii, &bytes_of(cluster)), "Cụm công nghiệp");
    }

    #[test]
    fn windows_1258_is_read_to_composed_letters() {
        // Hà Nội as the Vietnamese keyboard writes it: ô, then the dot below.
        assert_eq!(text(Encoding::Windows1258, b"H\xE0 N\xF4\xF2i"), "Hà Nội");
        assert_eq!(text(Encoding::Windows1258, b"Ha\xCC \xD0\xE2\xCCm"), "Hà Đầm");
    }

    #[test]
    fn vni_test_strings_are_read() {
        assert_eq!(text(Encoding::Vni, &seen("Haø Noäi")), "Hà Nội");
        assert_eq!(text(Encoding::Vni, &seen("cuïm coâng nghieäp")), "cụm công nghiệp");
        assert_eq!(text(Encoding::Vni, &seen("ÑÖÔØNG Döông Lieãu – 5 km")), "ĐƯỜNG Dương Liễu – 5 km");
    }

    #[test]
    fn every_vni_pair_is_read_in_both_cases() {
        let table = [
            ("aù aø aû aõ aï", "á à ả ã ạ"),
            ("aê aé aè aú aü aë", "ă ắ ằ ẳ ẵ ặ"),
            ("aâ aá aà aå aã aä", "â ấ ầ ẩ ẫ ậ"),
            ("ñ", "đ"),
            ("eù eø eû eõ eï", "é è ẻ ẽ ẹ"),
            ("eâ eá eà eå eã eä", "ê ế ề ể ễ ệ"),
            ("í ì æ ó ò", "í ì ỉ ĩ ị"),
            ("où oø oû oõ oï", "ó ò ỏ õ ọ"),
            ("oâ oá oà oå oã oä", "ô ố ồ ổ ỗ ộ"),
            ("ô ôù ôø ôû ôõ ôï", "ơ ớ ờ ở ỡ ợ"),
            ("uù uø uû uõ uï", "ú ù ủ ũ ụ"),
            ("ö öù öø öû öõ öï", "ư ứ ừ ử ữ ự"),
            ("yù yø yû yõ î", "ý ỳ ỷ ỹ ỵ"),
        ];
        assert_eq!(table.iter().map(|(_, letters)| letters.split(' ').count()).sum::<usize>(), 67);
        for (vni, letters) in table {
            assert_eq!(text(Encoding::Vni, &seen(vni)), letters);
            assert_eq!(text(Encoding::Vni, &seen(&vni.to_uppercase())), letters.to_uppercase());
        }
    }

    #[test]
    fn every_vietnamese_letter_has_a_code_in_every_vietnamese_encoding() {
        assert_eq!(letters().count(), 134);
        for encoding in [Encoding::Windows1258, Encoding::Tcvn3, Encoding::Vni, Encoding::Viscii] {
            let codes = codes(encoding);
            for letter in letters() {
                assert_eq!(text(encoding, &codes[&letter]), letter.to_string());
            }
        }
    }

    #[test]
    fn unicode_forms_keep_every_letter_and_lose_the_byte_order_mark() {
        let all: String = letters().collect();
        assert_eq!(text(Encoding::Utf8, format!("\u{FEFF}{all}").as_bytes()), all);
        assert_eq!(text(Encoding::Utf8, all.nfd().collect::<String>().as_bytes()), all);
        let utf16: Vec<u8> = format!("\u{FEFF}{all}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(Encoding::Utf16Le, &utf16), all);
    }

    fn bytes_of(hex: &str) -> Vec<u8> {
        hex.split(' ').map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
    }

    proptest! {
        #[test]
        fn any_bytes_decode_to_nfc_with_no_more_faults_than_bytes(bytes in any::<Vec<u8>>()) {
            for encoding in ALL {
                let decoded = decode(encoding, &bytes);
                prop_assert!(is_nfc(&decoded.text));
                prop_assert!(decoded.malformed <= bytes.len());
            }
        }

        #[test]
        fn bytes_misread_as_latin1_come_back(bytes in any::<Vec<u8>>()) {
            let misread: String = bytes.iter().copied().map(char::from).collect();
            prop_assert_eq!(mojibake_to_bytes(&misread), Some(bytes));
        }
    }
}
