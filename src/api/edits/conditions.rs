//! `If-Match` and `If-None-Match` of requests that write, and the validators that they speak of.
//!
//! A feature's validator is `"<version of the row>-<hash of the representation>"`, with the coding behind it where it is
//! compressed. Conditions of writers compare the first part alone: what is attached to a row may change meanwhile, and the
//! form in which a client read it does not matter. The mark `W/` that proxies put in front is passed over: the first part
//! is as strong as ever.

use axum::http::HeaderMap;
use axum::http::header::{AsHeaderName, IF_MATCH, IF_NONE_MATCH};

use crate::publish::version::RowVersion;

/// States of a row that a header names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum States {
    /// Whatever it is, if only it is there.
    Any,
    These(Vec<RowVersion>),
}

impl States {
    /// Reads the list of validators of a header or of a batch. One that was never ours names no state.
    pub fn parse(text: &str) -> States {
        if text.trim() == "*" {
            return States::Any;
        }
        let version = |tag: &str| {
            let opaque = tag.trim().trim_start_matches("W/").trim_matches('"');
            opaque.split('-').next()?.parse().ok()
        };
        States::These(text.split(',').filter_map(version).collect())
    }

    fn of_header(headers: &HeaderMap, name: impl AsHeaderName) -> Option<States> {
        let values: Vec<&str> = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default()).collect();
        (!values.is_empty()).then(|| States::parse(&values.join(",")))
    }

    /// Whether the row is in one of these states; `None` is a row that is not there.
    pub fn holds(&self, version: Option<RowVersion>) -> bool {
        match (self, version) {
            (_, None) => false,
            (States::Any, Some(_)) => true,
            (States::These(known), Some(version)) => known.contains(&version),
        }
    }
}

/// What must be so of a row before it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// It is in one of these states.
    pub is: Option<States>,
    /// It is in none of these.
    pub is_not: Option<States>,
}

impl Conditions {
    pub fn of(headers: &HeaderMap) -> Conditions {
        Conditions { is: States::of_header(headers, IF_MATCH), is_not: States::of_header(headers, IF_NONE_MATCH) }
    }

    /// Whether nothing may be there.
    pub fn only_creates(&self) -> bool {
        self.is_not == Some(States::Any)
    }

    /// Why they do not hold for a row in a state; `None` where they do.
    pub fn broken(&self, version: Option<RowVersion>) -> Option<&'static str> {
        if self.is.as_ref().is_some_and(|is| !is.holds(version)) {
            return Some(match version {
                Some(_) => {
                    "có người vừa sửa: đây là bản mới hơn / somebody has changed it since: here is the newer version"
                }
                None => "không còn nữa / it is not there any more",
            });
        }
        self.is_not.as_ref().is_some_and(|not| not.holds(version)).then_some("đã có rồi / it is there already")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const ONE: &str = "0123456789abcdef0123456789abcdef";
    const OTHER: &str = "ffffffffffffffffffffffffffffffff";

    fn version(text: &str) -> Option<RowVersion> {
        Some(text.parse().unwrap())
    }

    fn conditions(name: &'static str, value: &str) -> Conditions {
        Conditions::of(&HeaderMap::from_iter([(axum::http::HeaderName::from_static(name), value.parse().unwrap())]))
    }

    #[test]
    fn a_validator_that_was_never_ours_matches_nothing() {
        for tag in ["\"\"", "abc", "\"0123-4567\"", "\"0123456789ABCDEF0123456789ABCDEF-1\"", "", ",,", "\"+*\""] {
            assert!(conditions("if-match", tag).broken(version(ONE)).is_some(), "{tag}");
        }
        assert!(conditions("if-match", "*").broken(None).is_some(), "nothing is there");
    }

    #[test]
    fn writers_compare_the_version_of_the_row_alone() {
        for tag in [
            format!("\"{ONE}-0000000000000001\""),
            format!("\"{ONE}-0000000000000002-gzip\""),
            format!("W/\"{ONE}-1\""),
            format!("\"{OTHER}-1\", \"{ONE}-1\""),
            "*".to_owned(),
        ] {
            assert_eq!(conditions("if-match", &tag).broken(version(ONE)), None, "{tag}");
        }
        assert!(conditions("if-match", &format!("\"{OTHER}-1\"")).broken(version(ONE)).is_some());
    }

    #[test]
    fn what_is_only_created_meets_nothing() {
        let create = conditions("if-none-match", "*");
        assert!(create.only_creates() && create.broken(None).is_none() && create.broken(version(ONE)).is_some());
        let not_this = conditions("if-none-match", &format!("\"{ONE}-1\""));
        assert!(!not_this.only_creates() && not_this.broken(version(ONE)).is_some());
        assert_eq!(not_this.broken(version(OTHER)), None);
        assert_eq!(Conditions::of(&HeaderMap::new()).broken(None), None);
    }
}
