//! From the bytes of a file to NFC text: which encoding, by whose word, and what was repaired on the way.

use std::cell::Cell as Counter;
use std::collections::HashSet;

use xxhash_rust::xxh3::xxh3_64;

use super::files::Format;
use super::table::Column;
use super::{EncodingChoice, ImportError, limits};
use crate::plan::drawing::text::unescaped;
use crate::text::{self, Detection, Encoding, both};

/// Below this a detection is thin: it is told, and the user is asked.
const SURE: f64 = 0.5;

/// Distinct texts of one column, kept as evidence for its encoding and its number style.
#[derive(Default)]
pub struct Sample {
    texts: Vec<Vec<u8>>,
    plain: usize,
    seen: HashSet<u64>,
}

impl Sample {
    const KEPT: usize = 2_000;
    const LENGTH: usize = 400;

    /// Adds a text unless there is enough; accented texts tell most and have most of the room.
    pub fn add(&mut self, text: &[u8]) {
        let is_plain = text.is_ascii();
        if self.texts.len() >= Self::KEPT || (is_plain && self.plain >= Self::KEPT / 4) {
            return;
        }
        let text = &text[..text.len().min(Self::LENGTH)];
        if self.seen.insert(xxh3_64(text)) {
            self.plain += usize::from(is_plain);
            self.texts.push(text.to_vec());
        }
    }

    pub fn texts(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.texts.iter().map(Vec::as_slice)
    }
}

/// Turns the text cells of one file into text.
pub struct TextReader {
    encoding: Encoding,
    /// For each column, the encoding whose bytes were once read as Latin-1.
    mojibake: Vec<Option<Encoding>>,
    has_escapes: bool,
    cut: Counter<u64>,
    restored: Counter<u64>,
}

/// Decides how the text of a file is read. `samples` stand in the order of `columns`.
///
/// # Errors
/// [`ImportError::Encoding`] when there is too little to decide by; it names `--encoding`.
pub fn decide(
    format: Format,
    declared: Option<&str>,
    choice: EncodingChoice,
    columns: &[Column],
    samples: &[Sample],
    notices: &mut Vec<String>,
) -> Result<TextReader, ImportError> {
    let names = || columns.iter().map(|column| column.name.as_slice());
    let all = || samples.iter().flat_map(Sample::texts).chain(names());
    let encoding = match choice {
        // The reader of CSV has made UTF-8 of it.
        EncodingChoice::Named(Encoding::Utf16Le) if format == Format::Csv => Encoding::Utf8,
        EncodingChoice::Named(encoding) if format.is_bytes() => {
            if encoding != Encoding::Utf8 && all().any(|bytes| !bytes.is_ascii()) && fits(Encoding::Utf8, all()) {
                notices.push(format!("đọc văn bản theo {encoding} như đã chọn, dù toàn bộ là UTF-8 hợp lệ / text is read as {encoding}, as asked, though all of it is well-formed UTF-8"));
            }
            encoding
        }
        EncodingChoice::Named(_) => Encoding::Utf8,
        EncodingChoice::Auto if format.is_bytes() => {
            byte_encoding(declared, &text::detect(all()), &|encoding| fits(encoding, all()), notices)?
        }
        EncodingChoice::Auto => Encoding::Utf8,
    };
    let mojibake = match choice {
        EncodingChoice::Named(named) if named != encoding && named != Encoding::Utf16Le => {
            vec![Some(named); columns.len()]
        }
        EncodingChoice::Auto if encoding == Encoding::Utf8 => {
            misread_columns(columns, samples, &text::detect(all()), notices)
        }
        _ => vec![None; columns.len()],
    };
    let has_escapes = format == Format::Dxf;
    Ok(TextReader { encoding, mojibake, has_escapes, cut: Counter::new(0), restored: Counter::new(0) })
}

fn fits<'a>(encoding: Encoding, mut texts: impl Iterator<Item = &'a [u8]>) -> bool {
    texts.all(|bytes| {
        let decoded = text::decode(encoding, bytes);
        decoded.malformed == 0 || (encoding == Encoding::Utf8 && cut_end(bytes).is_some())
    })
}

/// Whether a detection is too little to go by.
pub fn is_thin(detection: &Detection) -> bool {
    detection.tie || detection.confidence < SURE
}

/// The encoding of bytes by what the file names, what is detected and what fits all of them.
pub fn byte_encoding(
    declared: Option<&str>,
    detected: &Detection,
    fits: &dyn Fn(Encoding) -> bool,
    notices: &mut Vec<String>,
) -> Result<Encoding, ImportError> {
    if detected.confidence >= 1.0 && detected.encoding == Encoding::Utf8 {
        return Ok(Encoding::Utf8);
    }
    let found = detected.encoding;
    let named = declared.map(|name| (name, name.parse::<Encoding>().ok()));
    match named {
        Some((_, Some(encoding))) if encoding == found => {
            notices.push(format!("văn bản theo {encoding} như tệp ghi / text is in {encoding}, as the file says"));
            Ok(encoding)
        }
        Some((name, Some(encoding))) if is_thin(detected) && fits(encoding) => {
            notices
                .push(format!("đọc văn bản theo {encoding} như tệp ghi ('{name}'); bản thân văn bản không đủ để nhận ra / text is read as {encoding}, as the file says ('{name}'); the text itself shows little"));
            Ok(encoding)
        }
        _ if !is_thin(detected) => {
            let unlike = declared.map(|name| format!(", dù tệp ghi '{name}' / , though the file says '{name}'"));
            let (unlike, reason) = (unlike.unwrap_or_default(), &detected.reason);
            notices.push(both!(
                "đọc văn bản theo {found}{unlike}: {reason}", "text is read as {found}{unlike}: {reason}"; unlike, reason
            ));
            Ok(found)
        }
        _ => {
            let reason = &detected.reason;
            Err(ImportError::Encoding(both!(
                "văn bản quá ít để nhận ra ({reason}; có lẽ là {found}): hãy chọn bảng mã (--encoding) UTF-8, TCVN3, VNI, VISCII, windows-1258 hoặc ISO-8859-1",
                "the text shows too little to tell ({reason}; perhaps {found}): write --encoding with UTF-8, TCVN3, VNI, VISCII, windows-1258 or ISO-8859-1";
                reason
            )))
        }
    }
}

/// Columns of a UTF-8 file whose text is legacy bytes that someone read as Latin-1.
fn misread_columns(
    columns: &[Column],
    samples: &[Sample],
    whole: &Detection,
    notices: &mut Vec<String>,
) -> Vec<Option<Encoding>> {
    let mut misread = Vec::with_capacity(columns.len());
    for (column, sample) in columns.iter().zip(samples) {
        let detected = text::detect(sample.texts());
        let agreed = detected.mojibake.filter(|encoding| !is_thin(&detected) || whole.mojibake == Some(*encoding));
        let name = String::from_utf8_lossy(&column.name);
        let reason = &detected.reason;
        match (agreed, detected.mojibake) {
            (Some(encoding), _) => {
                notices.push(both!(
                    "cột '{name}' là {encoding} bị đọc nhầm thành Latin-1, đã sửa lại: {reason}",
                    "column '{name}' holds {encoding} that was read as Latin-1, and is put right: {reason}";
                    reason
                ));
            }
            (None, Some(encoding)) => notices.push(both!(
                "cột '{name}' có thể là {encoding} bị đọc nhầm thành Latin-1 ({reason}); để nguyên: nếu đúng vậy, hãy chọn bảng mã {encoding} (--encoding)",
                "column '{name}' may hold {encoding} that was read as Latin-1 ({reason}); it is left as it is: write --encoding {encoding} if so";
                reason
            )),
            (None, None) => {}
        }
        misread.push(agreed);
    }
    misread
}

/// The text before a letter of UTF-8 that is cut off at the end, as in dBase columns that were too short.
fn cut_end(bytes: &[u8]) -> Option<&str> {
    match str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => str::from_utf8(&bytes[..error.valid_up_to()]).ok(),
        _ => None,
    }
}

impl TextReader {
    /// The text of a cell of a column.
    ///
    /// # Errors
    /// Why the bytes are no text, or that there are too many.
    pub fn text(&self, column: usize, bytes: &[u8]) -> Result<String, String> {
        if bytes.len() > limits::TEXT_BYTES {
            return Err(format!(
                "văn bản dài {0} byte, quá {1} / the text has {0} bytes, more than {1}",
                bytes.len(),
                limits::TEXT_BYTES
            ));
        }
        if self.encoding == Encoding::Utf8
            && let Some(whole) = cut_end(bytes)
        {
            self.cut.set(self.cut.get() + 1);
            return Ok(text::nfc(whole).into_owned());
        }
        let decoded = text::decode(self.encoding, bytes);
        if decoded.malformed > 0 {
            return Err(format!(
                "{0} byte không có nghĩa trong {1}: '{2}' / {0} bytes mean nothing in {1}: '{2}'",
                decoded.malformed, self.encoding, decoded.text
            ));
        }
        let mut read = decoded.text;
        if let Some(encoding) = self.mojibake.get(column).copied().flatten()
            && !read.is_ascii()
            && let Some(bytes) = text::mojibake_to_bytes(&read)
        {
            let restored = text::decode(encoding, &bytes);
            if restored.malformed == 0 {
                self.restored.set(self.restored.get() + 1);
                read = restored.text;
            }
        }
        Ok(if self.has_escapes && read.contains("\\U+") { text::nfc(&unescaped(&read)).into_owned() } else { read })
    }

    /// The name of a column; what means nothing in it shows as U+FFFD.
    pub fn name(&self, column: usize, bytes: &[u8]) -> String {
        self.text(column, bytes).unwrap_or_else(|_| text::decode(self.encoding, bytes).text)
    }

    /// Starts counting repairs anew, after texts were read only to be looked at.
    pub fn forget(&self) {
        self.cut.set(0);
        self.restored.set(0);
    }

    /// What was repaired.
    pub fn notices(&self) -> Vec<String> {
        let said = [
            (
                self.cut.get(),
                "văn bản bị cắt giữa một chữ (cột quá ngắn); phần còn lại của chữ đó bị bỏ / texts ended inside a letter (the column was too short); the rest of that letter was dropped",
            ),
            (
                self.restored.get(),
                "văn bản từng bị đọc sai bảng mã đã được sửa / texts that had been read in the wrong encoding were put right",
            ),
        ];
        said.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| both!("{count} {what}"; what)).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn sample(texts: &[&[u8]]) -> Sample {
        let mut sample = Sample::default();
        texts.iter().for_each(|text| sample.add(text));
        sample
    }

    fn decided(
        format: Format,
        declared: Option<&str>,
        choice: EncodingChoice,
        texts: &[&[u8]],
    ) -> Result<(TextReader, Vec<String>), String> {
        let columns = [Column { name: b"TEN".to_vec(), data_type: None }];
        let mut notices = Vec::new();
        let reader =
            decide(format, declared, choice, &columns, &[sample(texts)], &mut notices).map_err(|e| e.to_string())?;
        Ok((reader, notices))
    }

    const TCVN3: [&[u8]; 3] = [b"H\xB5 N\xE9i", b"C\xF4m c\xABng nghi\xD6p", b"l\xB5ng ngh\xD2"];

    #[test]
    fn one_doubtful_word_is_asked_about_instead_of_guessed() {
        let error = decided(Format::Shapefile, None, EncodingChoice::Auto, &[b"H\xB5"]).err().unwrap();
        assert!(error.contains("--encoding"), "{error}");
        let (reader, notices) = decided(Format::Shapefile, Some("VISCII"), EncodingChoice::Auto, &[b"H\xB5"]).unwrap();
        assert_eq!((reader.text(0, b"H\xB5").unwrap().as_str(), notices.len()), ("Hộ", 1));
    }

    #[test]
    fn the_text_outweighs_a_wrong_word_of_the_file() {
        for declared in [None, Some("ISO-8859-1"), Some("UTF-8"), Some("1258"), Some("BIG5")] {
            let (reader, notices) = decided(Format::Shapefile, declared, EncodingChoice::Auto, &TCVN3).unwrap();
            assert_eq!(reader.text(0, TCVN3[0]).unwrap(), "Hà Nội", "{declared:?}");
            assert!(notices[0].contains("TCVN3"), "{notices:?}");
        }
    }

    #[test]
    fn a_named_encoding_is_obeyed_and_what_it_cannot_read_is_a_fault() {
        let (reader, _) = decided(Format::Csv, None, EncodingChoice::Named(Encoding::Utf8), &TCVN3).unwrap();
        assert!(reader.text(0, TCVN3[0]).unwrap_err().contains("mean nothing in UTF-8"));
        let (reader, _) = decided(Format::Csv, None, EncodingChoice::Named(Encoding::Tcvn3), &[]).unwrap();
        assert_eq!(reader.text(0, TCVN3[0]).unwrap(), "Hà Nội");
    }

    #[test]
    fn text_over_the_limit_is_a_fault() {
        let (reader, _) = decided(Format::Csv, None, EncodingChoice::Auto, &[]).unwrap();
        assert!(reader.text(0, &vec![b'a'; limits::TEXT_BYTES + 1]).is_err());
    }

    #[test]
    fn a_letter_cut_at_the_end_is_dropped_and_counted() {
        let (reader, _) =
            decided(Format::Shapefile, Some("UTF-8"), EncodingChoice::Auto, &["Hà Nội".as_bytes(), b"C\xE1\xBB"])
                .unwrap();
        assert_eq!(reader.text(0, b"C\xE1\xBB").unwrap(), "C");
        assert!(reader.notices()[0].contains("1 texts ended inside a letter"));
    }

    #[test]
    fn mojibake_in_utf8_is_put_right_where_the_column_shows_it() {
        let texts = ["Hµ Néi", "Côm c«ng nghiÖp", "lµng nghÒ"].map(str::as_bytes);
        let (reader, notices) = decided(Format::GeoJson, None, EncodingChoice::Auto, &texts).unwrap();
        assert_eq!(reader.text(0, texts[0]).unwrap(), "Hà Nội");
        assert_eq!(reader.text(0, "Đắc Sở".as_bytes()).unwrap(), "Đắc Sở");
        assert!(notices[0].contains("TCVN3") && reader.notices()[0].contains("1 texts"), "{notices:?}");
    }

    #[test]
    fn drawing_escapes_become_letters() {
        assert_eq!(unescaped("L\\U+00E0ng ngh\\U+1EC1 \\U+12"), "Làng nghề \\U+12");
    }
}
