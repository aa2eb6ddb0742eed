//! Whether a rule binds a site: by a text in force, the kind of site, when it was founded and how far it has come.

use super::evidence::{Missing, date_vi};
use super::law::SiteCollection;
use super::rules::Finding;
use super::site::{Known, SiteStatus};
use super::standards::{RuleBasis, RuleLaw};

/// What binds a site, or why nothing does.
pub(super) enum Binding<'a> {
    /// The texts in force that bind it.
    Bases(Vec<&'a RuleBasis>),
    /// Nothing does, or that is not known; with the texts in force for its kind.
    Not(Box<Finding>, Vec<&'a RuleBasis>),
}

impl RuleLaw {
    /// The texts that bind the site on its day.
    pub(super) fn binding(&self, known: &Known<'_>) -> Binding<'_> {
        let kind = known.site.collection;
        let in_force: Vec<&RuleBasis> = self.in_force(kind, known.as_of).collect();
        let not = |finding: Finding| Binding::Not(Box::new(finding), in_force.clone());
        if !self.binds(kind) {
            return not(Finding::not_applicable(
                "Quy định này không áp dụng cho loại đối tượng này.",
                "The rule does not bind this kind of site.",
            ));
        }
        if in_force.is_empty() {
            return not(self.not_in_force(known));
        }
        let staged: Vec<&RuleBasis> = in_force.iter().copied().filter(|basis| known.is_at(&basis.stages)).collect();
        if staged.is_empty() {
            return not(not_at_stage(known, &in_force));
        }
        let founded = |basis: &&RuleBasis| known.is_founded_within(basis.founded_from, basis.founded_to);
        let bound: Vec<&RuleBasis> = staged.iter().copied().filter(|basis| founded(basis) == Some(true)).collect();
        if !bound.is_empty() {
            return Binding::Bases(bound);
        }
        not(match staged.iter().any(|basis| founded(basis).is_none()) {
            true => Finding::unknown(
                "Chưa rõ ngày thành lập nên chưa rõ quy định có áp dụng không.",
                "The day of founding is not on record, so whether the rule binds is not known.",
            )
            .lacking(Missing::field(&known.site.row, "established_on")),
            false => Finding::not_applicable(
                "Quy định này không áp dụng cho cơ sở thành lập vào thời gian đó.",
                "The rule does not bind sites founded at that time.",
            ),
        })
    }
}

impl RuleLaw {
    /// Why no text of the rule is in force on the day.
    fn not_in_force(&self, known: &Known<'_>) -> Finding {
        let (as_of, kind) = (known.as_of, known.site.collection);
        let bases = || self.bases.iter().filter(|basis| basis.binds.is_none_or(|binds| binds == kind));
        // No site of today can have been founded when such a text begins to bind.
        if bases().all(|basis| basis.founded_from.is_some_and(|from| from > as_of)) {
            return Finding::not_applicable(
                "Quy định chỉ áp dụng cho cơ sở thành lập sau ngày này.",
                "The rule binds only sites founded later than this day.",
            );
        }
        let day = date_vi(as_of);
        match bases().filter_map(|basis| basis.basis.from).min().filter(|first| *first > as_of) {
            Some(first) => Finding::unknown(
                &format!(
                    "Văn bản trong dữ liệu chỉ có hiệu lực từ {}; quy định vào ngày {day} chưa rõ.",
                    date_vi(first)
                ),
                &format!(
                    "The texts in the data are in force only from {first}; what held on {as_of} is not on record."
                ),
            ),
            None => Finding::unknown(
                &format!("Chưa có văn bản có hiệu lực vào ngày {day} trong dữ liệu."),
                &format!("The text in force on {as_of} is not in the data."),
            ),
        }
        .lacking(Missing { collection: "rule_bases".to_owned(), id: None, field: self.id.clone() })
    }
}

/// Why a cluster at its stage is not bound.
fn not_at_stage(known: &Known<'_>, bases: &[&RuleBasis]) -> Finding {
    let only_operating = bases.iter().all(|basis| basis.stages == [SiteStatus::Operating]);
    match known.status {
        Some(SiteStatus::Unknown) | None => Finding::unknown(
            "Chưa rõ cụm công nghiệp đã hoạt động chưa.",
            "Whether the cluster operates is not on record.",
        )
        .lacking(Missing::field(&known.site.row, "status")),
        Some(_) if only_operating => {
            Finding::not_applicable("Cụm công nghiệp chưa hoạt động.", "The cluster is not in operation yet.")
        }
        Some(_) => Finding::not_applicable(
            "Quy định này không áp dụng ở giai đoạn hiện nay của cụm công nghiệp.",
            "The rule does not bind a cluster at this stage.",
        ),
    }
}

impl Known<'_> {
    /// Whether the site is at one of the stages; a village is always bound, and so is every site by a text without any.
    fn is_at(&self, stages: &[SiteStatus]) -> bool {
        stages.is_empty()
            || self.site.collection == SiteCollection::CraftVillages
            || self.status.is_some_and(|status| stages.contains(&status))
    }
}
