//! Edits that wait for an approver.

use chrono::{DateTime, Utc};

use super::user::Viewer;
use crate::domain::Title;

/// How a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProposalState {
    Open,
    Accepted,
    Rejected,
}

impl ProposalState {
    pub const ALL: [ProposalState; 3] = [ProposalState::Open, ProposalState::Accepted, ProposalState::Rejected];

    pub fn as_str(self) -> &'static str {
        match self {
            ProposalState::Open => "open",
            ProposalState::Accepted => "accepted",
            ProposalState::Rejected => "rejected",
        }
    }

    /// The state of a word; `None` for any other.
    pub fn parse(text: &str) -> Option<ProposalState> {
        ProposalState::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// Edits as somebody has sent them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    pub who: String,
    /// His own words.
    pub why: Option<String>,
    /// The edits as `POST /edits` takes them, each with the state that he saw.
    pub edits: String,
}

/// A proposal on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub id: i64,
    pub proposed: Proposed,
    pub at: DateTime<Utc>,
    pub state: ProposalState,
    pub decided_by: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    pub note: Option<String>,
}

impl Proposal {
    /// Whether somebody may decide it: nobody decides what he proposed himself, admins neither.
    ///
    /// # Errors
    /// Why not.
    pub fn may_be_decided_by(&self, viewer: &Viewer) -> Result<(), Title> {
        if viewer.name == self.proposed.who {
            return Err(Title::new(
                "Không ai được tự duyệt đề xuất của mình: cần một người duyệt khác.",
                "Nobody decides what he proposed himself: another approver has to.",
            ));
        }
        Ok(())
    }
}
