//! JSON text of documents, with the escapes that every client reads right.

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

/// Writes `"` and `\` as `\u0022` and `\u005c`: QGIS before 3.44.11 mangles the short forms (qgis/QGIS #66700).
struct PlainEscapes;

impl Formatter for PlainEscapes {
    fn write_char_escape<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> std::io::Result<()> {
        match escape {
            CharEscape::Quote => writer.write_all(b"\\u0022"),
            CharEscape::ReverseSolidus => writer.write_all(b"\\u005c"),
            other => CompactFormatter.write_char_escape(writer, other),
        }
    }
}

/// The document as bytes.
pub fn to_bytes(document: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    append(&mut out, document);
    out
}

/// Appends the document.
pub fn append(out: &mut Vec<u8>, document: &impl Serialize) {
    let mut serializer = serde_json::Serializer::with_formatter(out, PlainEscapes);
    // Writing into a `Vec` cannot fail, and our documents have string keys only.
    drop(document.serialize(&mut serializer));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_escaped_by_their_code_point() {
        let bytes = to_bytes(&serde_json::json!({"a": "x\"y\\z"}));
        assert_eq!(bytes, br#"{"a":"x\u0022y\u005cz"}"#);
    }
}
