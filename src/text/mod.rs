//! Vietnamese text: search keys, legacy byte encodings, and telling which encoding a column is in.
//!
//! Pure: bytes and strings in, strings out. It never guesses in silence: what a byte cannot mean is counted,
//! and a detection that rests on little says so.

mod both;
mod collate;
mod detect;
mod fold;
pub mod formula;
mod hex;
mod legacy;
mod syllable;
pub mod xml;

pub(crate) use both::both;
pub use both::{en, halves, joined, side_by_side, vi};
pub use collate::collation_key;
pub use detect::{Detection, detect};
pub use fold::{Folding, case_folded, fold, nfc, slug, without_marks};
pub use hex::hex;
pub use legacy::{Decoded, Encoding, UnknownEncoding, decode, mojibake_to_bytes};
