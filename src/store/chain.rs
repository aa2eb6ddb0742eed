//! The chain over all changes: the hash of each link covers the link before it, so that nothing of the past can be altered,
//! taken out or slipped in without every later hash being another one.
//!
//! A link is some lines, a line is a list of named texts, numbers and nulls. What is hashed, for everybody to recompute:
//!
//! ```text
//! hash = SHA-256( N(hash of the link before) N(kind of line 1) N(field 1) N(field 2) … N(kind of line 2) … )
//! N(text) = number of its bytes in UTF-8, ":", the bytes, ","        N(null) = "~"
//! ```
//!
//! Numbers are hashed as their decimal digits, bytes as lower-case hexadecimal. The first link follows 64 zeros.

use sha2::{Digest, Sha256};

use crate::text::hex;

/// What stands before the first link.
pub const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One field of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    Text(String),
    Number(i64),
    Null,
}

impl From<Option<String>> for Field {
    fn from(text: Option<String>) -> Field {
        text.map_or(Field::Null, Field::Text)
    }
}

impl From<String> for Field {
    fn from(text: String) -> Field {
        Field::Text(text)
    }
}

impl From<&str> for Field {
    fn from(text: &str) -> Field {
        Field::Text(text.to_owned())
    }
}

impl From<i64> for Field {
    fn from(number: i64) -> Field {
        Field::Number(number)
    }
}

impl From<Option<i64>> for Field {
    fn from(number: Option<i64>) -> Field {
        number.map_or(Field::Null, Field::Number)
    }
}

/// A line of a link: what it is and its fields in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub kind: &'static str,
    pub fields: Vec<(&'static str, Field)>,
}

/// What an export of the chain hands over, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Line(Line),
    /// The end of a link: its number and the hash that is kept of it.
    Seal {
        seq: i64,
        hash: String,
    },
}

/// Adds texts to a hash so that no two lists of texts are hashed alike.
fn absorb(hash: &mut Sha256, text: Option<&[u8]>) {
    match text {
        Some(bytes) => {
            hash.update(bytes.len().to_string());
            hash.update(":");
            hash.update(bytes);
            hash.update(",");
        }
        None => hash.update("~"),
    }
}

/// Hashes one link.
pub struct LinkHash(Sha256);

impl LinkHash {
    /// A link behind the one with this hash.
    pub fn after(previous: &str) -> LinkHash {
        let mut hash = Sha256::new();
        absorb(&mut hash, Some(previous.as_bytes()));
        LinkHash(hash)
    }

    pub fn add(&mut self, line: &Line) {
        absorb(&mut self.0, Some(line.kind.as_bytes()));
        for (_, field) in &line.fields {
            match field {
                Field::Text(text) => absorb(&mut self.0, Some(text.as_bytes())),
                Field::Number(number) => absorb(&mut self.0, Some(number.to_string().as_bytes())),
                Field::Null => absorb(&mut self.0, None),
            }
        }
    }

    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// A cell of a row as it lies in the store.
#[derive(Debug, Clone, Copy)]
pub enum Cell<'a> {
    Integer(i64),
    Real(f64),
    Text(&'a [u8]),
    Blob(&'a [u8]),
}

/// Hashes one row of a register as it lies in the store: of every column but `fid` that is not null, in the order of the
/// bytes of their names, the name and the value behind a letter for its type (i, r, t, b). A real number is the sixteen
/// hexadecimal digits of its IEEE 754 form.
#[derive(Default)]
pub struct RowHash(Sha256);

impl RowHash {
    pub fn add(&mut self, name: &str, cell: Cell<'_>) {
        absorb(&mut self.0, Some(name.as_bytes()));
        let (letter, digits);
        let value = match cell {
            Cell::Integer(number) => {
                (letter, digits) = ("i", number.to_string());
                digits.as_bytes()
            }
            Cell::Real(number) => {
                (letter, digits) = ("r", hex(&number.to_be_bytes()));
                digits.as_bytes()
            }
            Cell::Text(text) => {
                letter = "t";
                text
            }
            Cell::Blob(bytes) => {
                letter = "b";
                bytes
            }
        };
        absorb(&mut self.0, Some(letter.as_bytes()));
        absorb(&mut self.0, Some(value));
    }

    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// SHA-256 of a text, as hexadecimal digits.
pub fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_hashed_as_the_page_of_this_module_says() {
        // printf '64:%064d,3:row,1:a,~2:12,' 0 | sha256sum
        let mut link = LinkHash::after(BEGINNING);
        let fields = vec![("id", "a".into()), ("why", Field::Null), ("count", 12.into())];
        link.add(&Line { kind: "row", fields });
        let written = format!("64:{BEGINNING},3:row,1:a,~2:12,");
        assert_eq!(hex(&link.finish()), sha256(&written));
        // FIPS 180-2, appendix B.1
        assert_eq!(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn texts_that_would_run_together_and_values_of_other_types_give_other_hashes() {
        let link = |fields: Vec<Field>| {
            let mut link = LinkHash::after(BEGINNING);
            link.add(&Line { kind: "row", fields: fields.into_iter().map(|field| ("f", field)).collect() });
            link.finish()
        };
        let all = [
            link(vec!["ab".into(), "c".into()]),
            link(vec!["a".into(), "bc".into()]),
            link(vec!["abc".into()]),
            link(vec!["ab".into(), Field::Null, "c".into()]),
            link(vec!["".into()]),
            link(vec![Field::Null]),
        ];
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        let row = |cell| {
            let mut row = RowHash::default();
            row.add("x", cell);
            row.finish()
        };
        assert_ne!(row(Cell::Integer(1)), row(Cell::Text(b"1")));
        assert_ne!(row(Cell::Real(0.0)), row(Cell::Real(-0.0)));
        assert_ne!(row(Cell::Text(b"1")), row(Cell::Blob(b"1")));
    }
}
