//! Who asks, and what they may do.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::App;
use crate::domain::Collection;
use crate::ogc::problem::Problem;
use crate::store::{Draft, Row};

/// Who asks.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub name: String,
}

/// What is to be done with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Create,
    Update,
    Delete,
}

/// It may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit;

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &Arc<App>) -> Result<Visitor, Infallible> {
        Ok(Visitor { name: "anonymous".to_owned() })
    }
}

impl App {
    /// Whether a visitor may do something with rows of a collection, or with this row: as it is before and as it shall be.
    ///
    /// # Errors
    /// 403 with the reason.
    pub(super) fn may(
        &self,
        _: &Visitor,
        _: Action,
        _: &Collection,
        _before: Option<&Row>,
        _after: Option<&Draft>,
    ) -> Result<Permit, Problem> {
        if self.is_open {
            Ok(Permit)
        } else {
            Err(Problem::Forbidden("editing is not open on this service".to_owned()))
        }
    }
}
