//! Values against a number of the law: the one way in which rules compare.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Context, Finding};
use crate::compliance::evidence::{Evidence, Missing, RowRef};
use crate::compliance::law::Text;
use crate::compliance::outcome::Outcome;
use crate::compliance::standards::RuleLimit;

/// How a value must stand to its limit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Must {
    /// At most the limit.
    NotExceed,
    /// At least the limit.
    Reach,
    /// More than the limit.
    Exceed,
    /// Less than the limit.
    StayBelow,
}

impl Must {
    pub(super) fn holds(self, value: Decimal, limit: Decimal) -> bool {
        match self {
            Must::NotExceed => value <= limit,
            Must::Reach => value >= limit,
            Must::Exceed => value > limit,
            Must::StayBelow => value < limit,
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Must::NotExceed => "≤",
            Must::Reach => "≥",
            Must::Exceed => ">",
            Must::StayBelow => "<",
        }
    }
}

/// A number as people write it, at most four digits behind the point.
pub(super) fn shown(value: Decimal) -> String {
    value.round_dp(4).normalize().to_string()
}

impl Evidence {
    /// `value` in `field` of `row` beside its limit.
    pub(super) fn against(row: &RowRef, field: &str, value: Decimal, must: Must, limit: &RuleLimit) -> Evidence {
        Evidence {
            allowed: Some(format!("{} {}", must.sign(), shown(limit.value))),
            unit: Some(limit.unit.clone()),
            allowed_unit: Some(limit.unit.clone()),
            legal_basis: vec![limit.basis.clone()],
            confidence: Some(limit.basis.confidence),
            ..Evidence::of(row, field, Some(&shown(value)))
        }
    }
}

impl<'a> Context<'a> {
    /// A number of the rule `rule` as it stood on `on`, or the finding that the data lack it.
    pub(super) fn limit(&self, rule: &str, name: &str, on: NaiveDate) -> Result<&'a RuleLimit, Finding> {
        self.standards.rule_limit(rule, name, on).ok_or_else(|| {
            Finding::unknown(
                "Dữ liệu chưa có trị số có hiệu lực vào ngày đó.",
                "The data hold no number in force on that day.",
            )
            .lacking(Missing {
                collection: "rule_limits".to_owned(),
                id: None,
                field: format!("{rule}.{name}"),
            })
        })
    }

    /// Met or breached by one value of the site's own row; unknown where it is not on record.
    pub(super) fn compare(
        &self,
        field: &str,
        value: Option<Decimal>,
        must: Must,
        limit: &RuleLimit,
        says: [(&str, &str); 2],
    ) -> Finding {
        let row = &self.known.site.row;
        let Some(value) = value else { return Finding::not_on_record(row, field) };
        let holds = must.holds(value, limit.value);
        let (vi, en) = says[usize::from(!holds)];
        let outcome = if holds { Outcome::Met } else { Outcome::Breached };
        Finding::new(outcome, Text::new(vi, en)).with([Evidence::against(row, field, value, must, limit)])
    }
}

impl Finding {
    /// Unknown because one field is empty.
    pub(super) fn not_on_record(row: &RowRef, field: &str) -> Finding {
        Finding::unknown("Chưa có số liệu để kết luận.", "What is needed to decide is not on record.")
            .lacking(Missing::field(row, field))
    }
}
