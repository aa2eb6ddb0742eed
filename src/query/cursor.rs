//! Where a page ended: the keyset behind `next` links.
//!
//! Items are served in ascending row number, but for a few *leads* put in front: rows chosen at publish so that the first
//! ten show every field's type (QGIS before 3.44 and GDAL guess types from them). A cursor names the leads of the walk it
//! belongs to, so that a walk gives each feature once even when a change in between chooses others.

use std::fmt;
use std::str::FromStr;

use super::sort::SortPoint;

/// More leads than this are never chosen.
pub const MAX_LEADS: usize = 10;

/// The end of a page within one walk.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    /// Row numbers that the walk put in front.
    pub leads: Vec<i64>,
    pub after: After,
}

/// How far the walk has come.
#[derive(Debug, Clone, PartialEq)]
pub enum After {
    /// So many of the leads were passed.
    Leads(usize),
    /// All leads, and every other row up to this number.
    Fid(i64),
    /// In the order of `sortby`, which has no leads: the last row by its keys, whether it is still there or not.
    Sorted(SortPoint),
}

/// The text is no cursor of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' không phải trang của dịch vụ này: hãy theo liên kết rel=next của trang trước / '{0}' is not a page of this service: follow the link rel=next of the page before"
)]
pub struct CursorError(String);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.after {
            After::Leads(count) => write!(f, "l{count}")?,
            After::Fid(fid) => write!(f, "a{fid}")?,
            After::Sorted(point) => return write!(f, "s{point}"),
        }
        self.leads.iter().try_for_each(|lead| write!(f, ".{lead}"))
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Cursor, CursorError> {
        let error = || CursorError(text.chars().take(80).collect());
        if let Some(point) = text.strip_prefix('s') {
            let after = After::Sorted(point.parse().map_err(|_| error())?);
            return Ok(Cursor { leads: Vec::new(), after });
        }
        let mut parts = text.split('.');
        let head = parts.next().ok_or_else(error)?;
        let after = match head.split_at_checked(1) {
            Some(("l", count)) => After::Leads(count.parse().map_err(|_| error())?),
            Some(("a", fid)) => After::Fid(fid.parse().map_err(|_| error())?),
            _ => return Err(error()),
        };
        let leads = parts.map(str::parse).collect::<Result<Vec<i64>, _>>().map_err(|_| error())?;
        if leads.len() > MAX_LEADS { Err(error()) } else { Ok(Cursor { leads, after }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_tokens_are_refused() {
        for text in ["", "a", "l", "x5", "a5.x", "a5.", "5", "a1.1.1.1.1.1.1.1.1.1.1.1"] {
            assert!(text.parse::<Cursor>().is_err(), "{text:?} was read as a cursor");
        }
    }

    #[test]
    fn a_cursor_reads_back_as_written() {
        for text in ["a5", "l2.7.9", "a-3.12", "s7.i-5.n.t6162"] {
            assert_eq!(text.parse::<Cursor>().map(|c| c.to_string()), Ok(text.to_owned()));
        }
    }
}
