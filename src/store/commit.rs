//! What several instances of the service call the states of the store that they share.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

/// A state of a store that several instances share: the number of what was committed to it last. It means the same to all of
/// them, and is written `9f86d081-42`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commit {
    /// The store itself: one that is put in the place of another counts anew.
    pub store: u32,
    /// Grows by one with whatever is committed.
    pub number: i64,
}

impl Commit {
    /// Whether this state has all that the other one has; `None` where they are of different stores.
    pub fn has_all_of(&self, other: &Commit) -> Option<bool> {
        (self.store == other.store).then_some(self.number >= other.number)
    }
}

impl fmt::Display for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}-{}", self.store, self.number)
    }
}

/// It is no state of a store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' không phải phiên bản của kho: viết như 9f86d081-42 / '{0}' is no version of a store: it is written as 9f86d081-42"
)]
pub struct NoCommit(String);

impl FromStr for Commit {
    type Err = NoCommit;

    fn from_str(text: &str) -> Result<Commit, NoCommit> {
        let read = || {
            let (store, number) = text.split_once('-')?;
            let is_plain = store.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
            let store = u32::from_str_radix(store, 16).ok()?;
            let number: Result<u64, ParseIntError> = number.parse();
            Some(Commit { store, number: i64::try_from(number.ok()?).ok()? }).filter(|_| is_plain)
        };
        read().ok_or_else(|| NoCommit(text.chars().take(40).collect()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_state_is_refused() {
        for text in
            ["", "-", "9f86d081", "9f86d081-", "9f86d08-1", "9f86d0811-1", "9f86d081--1", "9f86d081-+1", "9f86d081-1 "]
        {
            assert!(text.parse::<Commit>().is_err(), "{text}");
        }
        // One more than fits.
        assert!("9f86d081-9223372036854775808".parse::<Commit>().is_err());
    }

    #[test]
    fn a_state_is_read_as_it_is_written() {
        let commit = Commit { store: 0xf, number: 42 };
        assert_eq!(commit.to_string(), "0000000f-42");
        assert_eq!(commit.to_string().parse(), Ok(commit));
    }

    #[test]
    fn states_of_two_stores_say_nothing_of_each_other() {
        let (earlier, later) = (Commit { store: 1, number: 4 }, Commit { store: 1, number: 5 });
        assert_eq!((later.has_all_of(&earlier), later.has_all_of(&later)), (Some(true), Some(true)));
        assert_eq!(earlier.has_all_of(&later), Some(false));
        assert_eq!(Commit { store: 2, number: 9 }.has_all_of(&later), None);
    }
}
