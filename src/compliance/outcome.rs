//! What one rule says of a site, and what several outcomes say together.

use super::words::words;

words! {
    /// What one rule says of one site on one date.
    Outcome {
        /// The records show that the requirement is fulfilled.
        Met = "met",
        /// The records show that it is not.
        Breached = "breached",
        /// The records do not show either.
        Unknown = "unknown",
        /// The requirement does not bind this site on this date.
        NotApplicable = "not_applicable",
    }
}

words! {
    /// What several rules say of one site together.
    Status {
        /// At least one rule is met, none is breached and none is unknown.
        Compliant = "compliant",
        /// At least one rule is breached.
        NonCompliant = "non_compliant",
        /// No rule is breached, but at least one is unknown, or there was no rule to ask.
        Unknown = "unknown",
        /// Rules were asked and none of them binds the site.
        NotApplicable = "not_applicable",
    }
}

words! {
    /// How a measured parameter stands against its limit.
    Verdict {
        /// Within it.
        Pass = "pass",
        /// Outside it.
        Fail = "fail",
        /// Not decidable from what is on record.
        NotAssessable = "not_assessable",
    }
}

impl Status {
    /// The status that follows from `outcomes`: the worst decides, and unknown never counts as compliant.
    pub fn of(outcomes: impl IntoIterator<Item = Outcome>) -> Self {
        // An empty set of rules has judged nothing, which is not the same as "does not apply".
        outcomes.into_iter().map(Self::from).reduce(Self::worse).unwrap_or(Self::Unknown)
    }

    fn worse(self, other: Self) -> Self {
        if self.severity() >= other.severity() { self } else { other }
    }

    fn severity(self) -> u8 {
        match self {
            Self::NotApplicable => 0,
            Self::Compliant => 1,
            Self::Unknown => 2,
            Self::NonCompliant => 3,
        }
    }
}

impl From<Outcome> for Status {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Met => Self::Compliant,
            Outcome::Breached => Self::NonCompliant,
            Outcome::Unknown => Self::Unknown,
            Outcome::NotApplicable => Self::NotApplicable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{Breached, Met, NotApplicable, Unknown};

    #[test]
    fn no_rules_give_unknown() {
        assert_eq!(Status::of([]), Status::Unknown);
    }

    #[test]
    fn a_breach_outweighs_everything() {
        assert_eq!(Status::of([Met, Unknown, Breached, NotApplicable]), Status::NonCompliant);
    }

    #[test]
    fn one_unknown_keeps_a_site_from_being_compliant() {
        assert_eq!(Status::of([Met, Met, Unknown]), Status::Unknown);
    }

    #[test]
    fn a_met_rule_among_rules_that_do_not_bind_is_compliant() {
        assert_eq!(Status::of([NotApplicable, Met]), Status::Compliant);
    }

    #[test]
    fn rules_that_all_do_not_bind_give_not_applicable() {
        assert_eq!(Status::of([NotApplicable, NotApplicable]), Status::NotApplicable);
    }
}
