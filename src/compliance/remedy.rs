//! What would settle a rule, in plain words: the proof that decides it where it is unknown, the work that ends a breach.
//!
//! These sentences are no law and state no number. The law stands beside them, in the rule's texts.

use super::law::Text;
use super::outcome::Outcome;
use super::standards::{RuleLaw, contradiction, text};
use super::table::{Row, StandardsError};

/// The file that holds them.
pub(super) const FILE: &str = "remedies.csv";

/// What would settle one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// Id of the rule.
    pub rule: String,
    /// The document or measurement that decides it.
    pub proof: Text,
    /// What to do where it is breached.
    pub action: Text,
}

/// What a site's keeper has to do about a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// Nothing is on record that would decide it: this has to be handed in.
    HandIn {
        /// The document or measurement.
        proof: &'a Text,
    },
    /// It is breached: this has to be done, and then proved.
    PutRight {
        /// The work.
        action: &'a Text,
        /// What proves that it is done.
        proof: &'a Text,
    },
}

impl Remedy {
    /// What an outcome asks for; `None` where nothing is open.
    pub fn step(&self, outcome: Outcome) -> Option<Step<'_>> {
        match outcome {
            Outcome::Unknown => Some(Step::HandIn { proof: &self.proof }),
            Outcome::Breached => Some(Step::PutRight { action: &self.action, proof: &self.proof }),
            Outcome::Met | Outcome::NotApplicable => None,
        }
    }
}

/// A line of the file.
pub(super) fn remedy(row: &Row<'_>) -> Result<Remedy, StandardsError> {
    Ok(Remedy {
        rule: row.required("rule_id")?,
        proof: text(row, "proof_vi", "proof_en")?,
        action: text(row, "action_vi", "action_en")?,
    })
}

/// Every rule has one, and there is none without its rule.
pub(super) fn check(remedies: &[Remedy], rules: &[RuleLaw]) -> Result<(), StandardsError> {
    if let Some(stray) = remedies.iter().find(|remedy| rules.iter().all(|rule| rule.id != remedy.rule)) {
        return Err(contradiction(FILE, format!("{} is not among the rules", stray.rule)));
    }
    let count = |rule: &RuleLaw| remedies.iter().filter(|remedy| remedy.rule == rule.id).count();
    match rules.iter().find(|rule| count(rule) != 1) {
        Some(rule) => Err(contradiction(FILE, format!("the rule {} has {} lines and needs one", rule.id, count(rule)))),
        None => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::compliance::Standards;
    use crate::compliance::standards::StandardsTexts;

    #[test]
    fn a_rule_without_a_remedy_and_a_remedy_without_a_rule_are_refused() {
        let bundled = StandardsTexts::BUNDLED.remedies;
        let without: String =
            bundled.lines().filter(|line| !line.starts_with("ENV-CAP,")).map(|line| format!("{line}\n")).collect();
        let stray = format!("{bundled}ENV-NONE,a,b,c,d\n");
        let twice = format!("{bundled}ENV-CAP,a,b,c,d\n");
        for (remedies, named) in [(&without, "ENV-CAP"), (&stray, "ENV-NONE"), (&twice, "ENV-CAP")] {
            let fault = Standards::parse(&StandardsTexts { remedies, ..StandardsTexts::BUNDLED }).unwrap_err();
            assert!(fault.to_string().contains(named), "{fault}");
        }
    }

    #[test]
    fn unknown_asks_for_a_proof_a_breach_for_work_and_what_is_met_for_nothing() {
        let standards = Standards::bundled().unwrap();
        let remedy = standards.remedy("ENV-PERMIT").unwrap();
        assert_eq!(remedy.step(Outcome::Unknown), Some(Step::HandIn { proof: &remedy.proof }));
        let put_right = Step::PutRight { action: &remedy.action, proof: &remedy.proof };
        assert_eq!(remedy.step(Outcome::Breached), Some(put_right));
        assert_eq!(remedy.step(Outcome::Met), None);
        assert_eq!(remedy.step(Outcome::NotApplicable), None);
    }

    #[test]
    fn remedies_state_no_number_which_would_be_law_outside_of_the_law() {
        // The scale of a plan is a name, not a limit.
        for remedy in Standards::bundled().unwrap().remedies {
            for words in [&remedy.proof, &remedy.action].map(|text| format!("{} {}", text.vi, text.en)) {
                let words = words.replace("1/500", "").replace("VN-2000", "");
                assert!(!words.chars().any(|letter| letter.is_ascii_digit()), "{}: {words}", remedy.rule);
            }
        }
    }
}
