//! ENV-PERMIT: an environmental permit is on record and has not expired.

use chrono::NaiveDate;

use super::{Context, Finding, Rule};
use crate::compliance::evidence::{Evidence, Missing, RowRef};
use crate::compliance::site::{Permit, PermitStatus};

pub(super) const RULE: Rule = Rule { id: "ENV-PERMIT", check };

/// What one record of a permit says of a day.
#[derive(Clone, Copy, PartialEq)]
enum Validity {
    Valid,
    Invalid,
    Unclear,
    /// The record says nothing at all.
    Silent,
}

fn check(context: &Context<'_>) -> Finding {
    // A village as such holds no permit; its central station does.
    let village = (!context.is_cluster()).then(|| context.nothing_discharges()).flatten();
    village.unwrap_or_else(|| judge(context))
}

fn judge(context: &Context<'_>) -> Finding {
    let site = context.known.site;
    let stations = context.known.stations.iter().map(|station| (&station.facts.row, &station.facts.permit));
    let records: Vec<_> = std::iter::once((&site.row, &site.permit))
        .chain(stations)
        .map(|(row, permit)| (row, permit, validity(permit, context.known.as_of)))
        .filter(|(.., validity)| *validity != Validity::Silent)
        .collect();
    let any = |wanted| records.iter().any(|(.., validity)| *validity == wanted);
    let finding = if any(Validity::Valid) {
        Finding::met("Có giấy phép môi trường còn hiệu lực.", "An environmental permit is in force.")
    } else if any(Validity::Unclear) {
        Finding::unknown(
            "Có ghi nhận giấy phép môi trường nhưng chưa đủ thông tin để biết còn hiệu lực không.",
            "A permit is on record, but not whether it is still in force.",
        )
        .lacking(records.iter().filter(|(.., validity)| *validity == Validity::Unclear).map(
            |(row, permit, _)| {
                let field = if permit.number.is_none() { "env_permit_no" } else { "env_permit_expires_on" };
                Missing::field(row, field)
            },
        ))
    } else if any(Validity::Invalid) {
        Finding::breached(
            "Không có giấy phép môi trường hoặc giấy phép đã hết hiệu lực.",
            "There is no environmental permit, or it is no longer in force.",
        )
    } else {
        let stations = &context.known.stations;
        Finding::unknown(
            "Chưa có thông tin về giấy phép môi trường.",
            "Nothing is on record about an environmental permit.",
        )
        .lacking(stations.iter().map(|station| Missing::field(&station.facts.row, "env_permit_no")))
        .lacking(stations.is_empty().then(|| Missing::rows("treatment_stations")))
    };
    finding.with(records.iter().map(|(row, permit, _)| evidence(row, permit)))
}

fn validity(permit: &Permit, as_of: NaiveDate) -> Validity {
    let expired = permit.expires_on.is_some_and(|last_day| last_day < as_of);
    let not_yet = permit.issued_on.is_some_and(|first_day| first_day > as_of);
    // One of the two days is wrong.
    let is_impossible = permit.issued_on.zip(permit.expires_on).is_some_and(|(issued, expires)| expires < issued);
    match permit.status {
        Some(PermitStatus::None | PermitStatus::Revoked) => Validity::Invalid,
        _ if is_impossible => Validity::Unclear,
        // What held before the permit on record was issued is not on record.
        _ if not_yet => Validity::Unclear,
        _ if expired => Validity::Invalid,
        Some(PermitStatus::Unknown) => Validity::Unclear,
        None if permit.number.is_none() && permit.expires_on.is_none() => Validity::Silent,
        // A date alone does not show that there is a permit, nor a number alone that it still holds.
        _ if permit.expires_on.is_none() => Validity::Unclear,
        None if permit.number.is_none() => Validity::Unclear,
        Some(PermitStatus::Granted) | None => Validity::Valid,
    }
}

fn evidence(row: &RowRef, permit: &Permit) -> Evidence {
    match (permit.status, &permit.number) {
        (Some(PermitStatus::None | PermitStatus::Revoked), _) | (_, None) => {
            Evidence::of(row, "env_permit_status", permit.status.map(PermitStatus::as_str))
        }
        (_, Some(number)) => Evidence::of(row, "env_permit_no", Some(number)),
    }
    .on(permit.expires_on)
}
