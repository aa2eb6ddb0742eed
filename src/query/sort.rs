//! The order that `sortby` asks for, and the keys by which rows are ordered.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// More fields than this cannot be sorted by.
pub const MAX_SORT_FIELDS: usize = 8;

/// One field to sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SortBy {
    /// Position of the field.
    pub field: usize,
    pub descending: bool,
}

/// What a row is ordered by in one field. Truths are 0 and 1, days and moments count from 1970.
#[derive(Debug, Clone, PartialEq)]
pub enum SortKey {
    Integer(i64),
    Number(f64),
    /// A text as it collates, and not as it reads.
    Text(String),
    Null,
}

impl SortKey {
    fn rank(&self) -> u8 {
        match self {
            SortKey::Integer(_) => 0,
            SortKey::Number(_) => 1,
            SortKey::Text(_) => 2,
            SortKey::Null => 3,
        }
    }

    /// The order of two keys of one field. Null comes last in either direction: what is not known never leads a list.
    pub fn compare(&self, other: &SortKey, descending: bool) -> Ordering {
        let values = match (self, other) {
            (SortKey::Integer(a), SortKey::Integer(b)) => a.cmp(b),
            (SortKey::Number(a), SortKey::Number(b)) => a.total_cmp(b),
            (SortKey::Text(a), SortKey::Text(b)) => a.cmp(b),
            (a, b) => return a.rank().cmp(&b.rank()),
        };
        if descending { values.reverse() } else { values }
    }
}

/// The keys of a row, and its number, which decides between rows with equal keys.
#[derive(Debug, Clone, PartialEq)]
pub struct SortPoint {
    pub keys: Vec<SortKey>,
    pub fid: i64,
}

impl SortPoint {
    pub fn compare(&self, other: &SortPoint, sort: &[SortBy]) -> Ordering {
        let pairs = self.keys.iter().zip(&other.keys).zip(sort);
        let by_keys = pairs.map(|((a, b), by)| a.compare(b, by.descending)).find(|order| order.is_ne());
        by_keys.unwrap_or(Ordering::Equal).then(self.fid.cmp(&other.fid))
    }
}

impl fmt::Display for SortPoint {
    /// Letters and digits that need no escaping in a URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fid)?;
        for key in &self.keys {
            match key {
                SortKey::Integer(n) => write!(f, ".i{n}")?,
                SortKey::Number(n) => write!(f, ".f{:x}", n.to_bits())?,
                SortKey::Text(text) => {
                    f.write_str(".t")?;
                    text.bytes().try_for_each(|byte| write!(f, "{byte:02x}"))?;
                }
                SortKey::Null => f.write_str(".n")?,
            }
        }
        Ok(())
    }
}

/// The text is no point of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("đây không phải một vị trí trong thứ tự / it is no point of an order")]
pub struct SortPointError;

fn key(text: &str) -> Option<SortKey> {
    let (kind, rest) = text.split_at_checked(1)?;
    Some(match kind {
        "i" => SortKey::Integer(rest.parse().ok()?),
        "f" => SortKey::Number(f64::from_bits(u64::from_str_radix(rest, 16).ok()?)),
        "t" => {
            let pairs = (0..rest.len()).step_by(2).map(|at| u8::from_str_radix(rest.get(at..at + 2)?, 16).ok());
            SortKey::Text(String::from_utf8(pairs.collect::<Option<Vec<u8>>>()?).ok()?)
        }
        "n" if rest.is_empty() => SortKey::Null,
        _ => return None,
    })
}

impl FromStr for SortPoint {
    type Err = SortPointError;

    fn from_str(text: &str) -> Result<SortPoint, SortPointError> {
        let mut parts = text.split('.');
        let fid = parts.next().and_then(|fid| fid.parse().ok()).ok_or(SortPointError)?;
        let keys = parts.map(key).collect::<Option<Vec<SortKey>>>().ok_or(SortPointError)?;
        if keys.is_empty() || keys.len() > MAX_SORT_FIELDS { Err(SortPointError) } else { Ok(SortPoint { keys, fid }) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn made_up_points_are_refused() {
        for text in ["", "5", "x.i1", "5.", "5.x1", "5.i", "5.tf", "5.tff", "5.té", "5.n1", "5.n.n.n.n.n.n.n.n.n"] {
            assert!(text.parse::<SortPoint>().is_err(), "{text:?} was read");
        }
    }

    #[test]
    fn null_comes_last_in_both_directions() {
        for descending in [false, true] {
            assert_eq!(SortKey::Integer(5).compare(&SortKey::Null, descending), Ordering::Less);
            assert_eq!(SortKey::Null.compare(&SortKey::Text(String::new()), descending), Ordering::Greater);
        }
    }

    #[test]
    fn rows_with_equal_keys_stand_by_their_number_in_both_directions() {
        let point = |fid| SortPoint { keys: vec![SortKey::Number(1.5)], fid };
        for descending in [false, true] {
            let sort = [SortBy { field: 0, descending }];
            assert_eq!(point(1).compare(&point(2), &sort), Ordering::Less);
        }
    }

    proptest! {
        #[test]
        fn any_point_reads_back_as_written(fid in any::<i64>(), n in any::<i64>(), x in -1e300f64..1e300, text in ".{0,40}") {
            let keys = vec![SortKey::Integer(n), SortKey::Null, SortKey::Number(x), SortKey::Text(text)];
            let point = SortPoint { keys, fid };
            let written = point.to_string();
            prop_assert!(written.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-'));
            prop_assert_eq!(written.parse::<SortPoint>().unwrap(), point);
        }
    }
}
