//! Text of drawings: formatting codes taken out, escapes put in, legacy fonts read as what they show.
//!
//! A drawing mixes encodings: what a text shows depends on its font. `.VnTime` and its kin show TCVN3, `VNI-Times` shows VNI,
//! whatever the file's own encoding is; capitals of `.VnTimeH` are in the font alone.

use crate::text::{self, Encoding};

/// A stretch of text in one font. A character up to U+00FF may stand for a byte of a legacy encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub text: String,
    /// The font that a formatting code names; empty where the style's font holds.
    pub font: String,
}

/// What a font makes of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FontHint {
    Tcvn3,
    /// TCVN3 shown in capitals.
    Tcvn3Capitals,
    Vni,
}

/// What the name of a font says, with or without its file ending.
pub fn font_hint(font: &str) -> Option<FontHint> {
    let name = font.trim().trim_start_matches('@').to_ascii_lowercase();
    let name = name.strip_suffix(".ttf").or_else(|| name.strip_suffix(".shx")).unwrap_or(&name);
    if name.starts_with(".vn") || name.starts_with("vntime") || name.starts_with("vnarial") {
        let is_capital = name.len() > 4 && name.ends_with('h');
        return Some(if is_capital { FontHint::Tcvn3Capitals } else { FontHint::Tcvn3 });
    }
    (name.starts_with("vni-") || name.starts_with("vni ")).then_some(FontHint::Vni)
}

/// Cuts the raw text of a one-line entity: `%%d`, `%%c`, `%%p`, `%%nnn` and `\U+XXXX` are put in, underlines taken out.
pub fn plain_runs(raw: &str) -> Vec<Run> {
    vec![Run { text: unescaped(&percent_codes(raw)), font: String::new() }]
}

/// Cuts the raw text of a paragraph (MTEXT) into runs; formatting is taken out, `\P` becomes a line break, stacked fractions
/// become `a/b`.
pub fn paragraph_runs(raw: &str) -> Vec<Run> {
    let raw = percent_codes(raw);
    let mut runs = vec![Run { text: String::new(), font: String::new() }];
    let mut fonts: Vec<String> = Vec::new();
    let mut font = String::new();
    let mut letters = raw.chars().peekable();
    // The values of formatting codes end with a semicolon.
    let value = |letters: &mut std::iter::Peekable<std::str::Chars<'_>>| {
        letters.by_ref().take_while(|letter| *letter != ';').collect::<String>()
    };
    while let Some(letter) = letters.next() {
        let shown: String = match letter {
            '{' => {
                fonts.push(font.clone());
                continue;
            }
            '}' => {
                font = fonts.pop().unwrap_or_default();
                continue;
            }
            '\\' => match letters.next() {
                Some('P' | 'X' | 'N') => "\n".to_owned(),
                Some('~') => " ".to_owned(),
                Some(escaped @ ('\\' | '{' | '}')) => escaped.to_string(),
                Some('f' | 'F') => {
                    font = value(&mut letters).split('|').next().unwrap_or_default().to_owned();
                    continue;
                }
                Some('S') => value(&mut letters).replace(['^', '#'], "/"),
                Some('A' | 'C' | 'c' | 'H' | 'Q' | 'T' | 'W' | 'p') => {
                    value(&mut letters);
                    continue;
                }
                Some('L' | 'l' | 'O' | 'o' | 'K' | 'k') => continue,
                Some('U') if letters.peek() == Some(&'+') => {
                    let code: String = letters.by_ref().skip(1).take(4).collect();
                    character(&code).map_or_else(|| format!("\\U+{code}"), String::from)
                }
                Some(other) => format!("\\{other}"),
                None => "\\".to_owned(),
            },
            '^' => match letters.next() {
                Some('I') => " ".to_owned(),
                Some('J' | 'M') => "\n".to_owned(),
                Some(' ') | None => "^".to_owned(),
                Some(other) => format!("^{other}"),
            },
            other => other.to_string(),
        };
        match runs.last_mut() {
            Some(run) if run.font == font => run.text.push_str(&shown),
            Some(run) if run.text.is_empty() => *run = Run { text: shown, font: font.clone() },
            _ => runs.push(Run { text: shown, font: font.clone() }),
        }
    }
    runs
}

fn character(hexadecimal: &str) -> Option<char> {
    if hexadecimal.len() != 4 {
        return None;
    }
    u32::from_str_radix(hexadecimal, 16).ok().and_then(char::from_u32)
}

/// The text with AutoCAD's escapes (`\U+1EC7`) as letters.
pub fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\U+");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.get(..4).and_then(|code| Some((character(code)?, &part[4..]))) {
            Some((letter, rest)) => {
                out.push(letter);
                out.push_str(rest);
            }
            None => {
                out.push_str("\\U+");
                out.push_str(part);
            }
        }
    }
    out
}

/// The signs behind two per cent signs; the switches of underline, overline and strike-through vanish.
fn percent_codes(raw: &str) -> String {
    let mut parts = raw.split("%%");
    let mut out = parts.next().unwrap_or_default().to_owned();
    let mut is_after_sign = false;
    for part in parts {
        // `%%%` is one per cent sign: the split leaves it in front of the next part.
        let mut letters = part.chars();
        match letters.next().map(|letter| letter.to_ascii_lowercase()) {
            Some('d') => out.push('°'),
            Some('c') => out.push('⌀'),
            Some('p') => out.push('±'),
            Some('%') => out.push('%'),
            Some('u' | 'o' | 'k') => {}
            Some('0'..='9') if part.len() >= 3 && part.is_char_boundary(3) => {
                if let Ok(code) = part[..3].parse::<u8>() {
                    out.push(char::from(code));
                    out.push_str(&part[3..]);
                    continue;
                }
                out.push_str("%%");
                out.push_str(part);
                continue;
            }
            None if !is_after_sign => {
                out.push_str("%%");
                is_after_sign = true;
                continue;
            }
            _ => {
                out.push_str("%%");
                out.push_str(part);
                continue;
            }
        }
        is_after_sign = false;
        out.push_str(letters.as_str());
    }
    out
}

/// What runs show. `otherwise` is the encoding of text in fonts that say nothing; `None` where it is Unicode already.
///
/// Text that has characters of no byte encoding stays as it is, whatever the font: someone converted it and kept the font.
pub fn shown(runs: &[Run], style_font: &str, otherwise: Option<Encoding>) -> Shown {
    let mut shown = Shown::default();
    for run in runs {
        let hint = font_hint(if run.font.is_empty() { style_font } else { &run.font });
        let encoding = match hint {
            Some(FontHint::Tcvn3 | FontHint::Tcvn3Capitals) => Some(Encoding::Tcvn3),
            Some(FontHint::Vni) => Some(Encoding::Vni),
            None => otherwise,
        };
        let bytes = encoding.filter(|_| !run.text.is_ascii()).and_then(|encoding| {
            let decoded = text::decode(encoding, &text::mojibake_to_bytes(&run.text)?);
            (decoded.malformed == 0).then_some(decoded.text)
        });
        let mut text = match bytes {
            Some(text) => {
                shown.is_decoded = true;
                text
            }
            None => text::nfc(&run.text).into_owned(),
        };
        if hint == Some(FontHint::Tcvn3Capitals) {
            text = text.to_uppercase();
        }
        shown.text.push_str(&text);
    }
    shown.text = shown.text.trim().to_owned();
    shown
}

/// Text as a reader of the drawing sees it, in NFC.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    pub text: String,
    /// Whether any of it came out of a legacy encoding.
    pub is_decoded: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paragraph(raw: &str) -> String {
        shown(&paragraph_runs(raw), "", None).text
    }

    #[test]
    fn broken_codes_stay_as_they_are_and_nothing_is_lost() {
        assert_eq!(paragraph("\\U+12"), "\\U+12");
        assert_eq!(paragraph("\\U+ZZZZ"), "\\U+ZZZZ");
        assert_eq!(paragraph("a\\"), "a\\");
        assert_eq!(paragraph("}a{"), "a");
        assert_eq!(shown(&plain_runs("50%% x %%"), "", None).text, "50%% x %%");
        assert_eq!(shown(&plain_runs("\\U+1EA"), "", None).text, "\\U+1EA");
    }

    #[test]
    fn signs_and_escapes_become_characters() {
        assert_eq!(
            shown(&plain_runs("45%%d30 %%c100 %%P2 60%%% %%uA%%u %%065"), "", None).text,
            "45°30 ⌀100 ±2 60% A A"
        );
        assert_eq!(shown(&plain_runs("\\U+0110\\U+1EA5t c\\U+00E2y"), "", None).text, "Đất cây");
    }

    #[test]
    fn formatting_of_paragraphs_is_taken_out() {
        assert_eq!(paragraph("{\\fArial|b0|i0;CN-01}\\P\\H2.5x;S = 12\\~m\\S2^;"), "CN-01\nS = 12 m2/");
        assert_eq!(paragraph("\\A1;{\\C1;60\\L%\\l} \\{a\\}"), "60% {a}");
    }

    #[test]
    fn fonts_decide_how_bytes_are_read() {
        // "Hà Nội" in TCVN3 is 48 B5 20 4E E9 69, seen as Latin-1 "Hµ Néi".
        assert_eq!(paragraph("{\\f.VnTime|b0;Hµ Néi} Néi"), "Hà Nội Néi");
        assert_eq!(shown(&plain_runs("Hµ Néi"), ".VnArialH.ttf", None).text, "HÀ NỘI");
        assert_eq!(shown(&plain_runs("Haø Noäi"), "VNI-Times", None).text, "Hà Nội");
        assert_eq!(shown(&plain_runs("Hµ Néi"), "arial.ttf", Some(Encoding::Tcvn3)).text, "Hà Nội");
        // Converted to Unicode, with the old font left on it.
        assert_eq!(shown(&plain_runs("Hà Nội"), ".VnTime", None).text, "Hà Nội");
    }
}
