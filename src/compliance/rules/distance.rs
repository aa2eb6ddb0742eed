//! ENV-DIST: housing keeps the environmental safety distance from a treatment station.
//!
//! A place is known to its precision only: the rule is decided where the whole band around the distance lies on one side
//! of the limit. What of several stations stands worst decides.

use rust_decimal::Decimal;

use super::limits::shown;
use super::{Context, Finding, Rule, no_station_on_record};
use crate::compliance::evidence::{Evidence, Missing, number_vi};
use crate::compliance::law::Text;
use crate::compliance::outcome::{Outcome, Status};
use crate::compliance::site::{StationFacts, StationStatus};

pub(super) const RULE: Rule = Rule { id: "ENV-DIST", check };

/// How one station stands.
struct Judged {
    outcome: Outcome,
    evidence: Option<Evidence>,
    missing: Vec<Missing>,
}

fn check(context: &Context<'_>) -> Finding {
    if context.known.stations.is_empty() {
        return no_station_on_record();
    }
    let placed = context.known.stations.iter().map(|station| station.facts);
    let judged: Vec<Judged> = placed
        .filter(|station| station.status != Some(StationStatus::None))
        .map(|station| judge(context, station))
        .collect();
    let finding = match Status::of(judged.iter().map(|station| station.outcome)) {
        _ if judged.is_empty() => Finding::not_applicable("Không có trạm xử lý.", "There is no treatment station."),
        Status::Compliant => Finding::met(
            "Nhà ở gần nhất nằm ngoài khoảng cách an toàn môi trường.",
            "The nearest housing keeps the safety distance.",
        ),
        Status::NonCompliant => Finding::breached(
            "Nhà ở nằm trong khoảng cách an toàn môi trường của trạm.",
            "Housing lies within the safety distance of a station.",
        ),
        Status::Unknown | Status::NotApplicable => Finding::unknown(
            "Chưa đủ số liệu để kết luận về khoảng cách an toàn môi trường.",
            "The safety distance cannot be decided from what is on record.",
        ),
    };
    judged.into_iter().fold(finding, |finding, station| finding.with(station.evidence).lacking(station.missing))
}

fn judge(context: &Context<'_>, station: &StationFacts) -> Judged {
    let possible = |value: &Decimal| *value >= Decimal::ZERO;
    let capacity = station.capacity_m3_day.filter(|value| *value > Decimal::ZERO);
    let distance = station.nearest_housing_m.filter(possible);
    let precision = station.position_precision_m.unwrap_or(Decimal::ZERO);
    let (Some(kind), Some(capacity), Some(distance), true) =
        (station.treatment_kind, capacity, distance, possible(&precision))
    else {
        let lacks = [
            ("treatment_kind", station.treatment_kind.is_none()),
            ("capacity_m3_day", capacity.is_none()),
            ("nearest_housing_m", distance.is_none()),
            ("position_precision_m", !possible(&precision)),
        ];
        let missing =
            lacks.into_iter().filter(|(_, lacks)| *lacks).map(|(field, _)| Missing::field(&station.row, field));
        return Judged { outcome: Outcome::Unknown, evidence: None, missing: missing.collect() };
    };
    let as_of = context.known.as_of;
    let law = context.standards.safety_distance(kind, capacity, as_of);
    let upwind = context.standards.rule_limit(RULE.id, "upwind", as_of);
    let (Some(law), Some(upwind)) = (law, upwind) else {
        let field = format!("{} {}", kind.as_str(), shown(capacity));
        let missing = Missing { collection: "wwtp_safety_distance".to_owned(), id: None, field };
        return Judged { outcome: Outcome::Unknown, evidence: None, missing: vec![missing] };
    };
    let far = law.metres.saturating_mul(upwind.value);
    // Where it is not on record whether the station lies upwind, either limit may hold.
    let (least, most) = match station.is_upwind {
        Some(true) => (far, far),
        Some(false) => (law.metres, law.metres),
        None => (law.metres, far),
    };
    let outcome = if distance.saturating_sub(precision) >= most {
        Outcome::Met
    } else if distance.saturating_add(precision) < least {
        Outcome::Breached
    } else {
        Outcome::Unknown
    };
    let open = outcome == Outcome::Unknown;
    let causes = [("is_upwind", station.is_upwind.is_none()), ("position_precision_m", !precision.is_zero())];
    let missing =
        causes.into_iter().filter(|(_, is)| open && *is).map(|(field, _)| Missing::field(&station.row, field));
    let allowed = if least == most { shown(least) } else { format!("{}–{}", shown(least), shown(most)) };
    let note = (!precision.is_zero()).then(|| {
        let band = shown(precision);
        Text::new(format!("vị trí sai số ± {} m", number_vi(&band)), format!("place known to ± {band} m"))
    });
    Judged {
        outcome,
        evidence: Some(Evidence {
            unit: Some("m".to_owned()),
            allowed: Some(format!("≥ {allowed}")),
            allowed_unit: Some("m".to_owned()),
            legal_basis: vec![law.basis.clone()],
            confidence: Some(law.basis.confidence),
            note,
            ..Evidence::of(&station.row, "nearest_housing_m", Some(&shown(distance)))
        }),
        missing: missing.collect(),
    }
}
