//! ENV-PERMIT: every station that discharges has an environmental permit on record that has not expired.

use chrono::NaiveDate;

use super::{Context, Finding, Rule};
use crate::compliance::evidence::{Evidence, Missing, RowRef};
use crate::compliance::site::{Permit, PermitStatus, StationFacts};

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
    let as_of = context.known.as_of;
    let own = Record::of(&context.known.site.row, &context.known.site.permit, as_of);
    let stations: Vec<_> =
        context.known.stations.iter().map(|station| Record::of_station(station.facts, as_of)).collect();
    let records = std::iter::once(&own).chain(&stations).filter(|record| record.validity != Validity::Silent);
    let evidence: Vec<_> = records.map(|record| evidence(record.row, record.permit)).collect();
    // A permit at the site's own row covers whatever it discharges.
    let finding = if own.validity == Validity::Valid {
        in_force()
    } else if stations.iter().any(Record::may_discharge) {
        each_has_its_own(&own, stations.iter().filter(|record| record.may_discharge()))
    } else {
        any_is_in_force(&own, &stations)
    };
    finding.with(evidence)
}

/// Of stations that discharge or may, each needs a permit that holds; one that says nothing stands under the site's.
fn each_has_its_own<'a>(own: &Record<'_>, stations: impl Iterator<Item = &'a Record<'a>> + Clone) -> Finding {
    let said = |record: &Record<'_>| match record.validity {
        Validity::Silent => own.validity,
        validity => validity,
    };
    // Where it is not clear whether the site's own permit holds, it may cover a station whose own does not.
    let may_be_covered = own.validity == Validity::Unclear;
    let is_breach =
        |record: &&Record<'_>| said(record) == Validity::Invalid && record.runs == Some(true) && !may_be_covered;
    if stations.clone().any(|record| is_breach(&record)) {
        return Finding::breached(
            "Có trạm không có giấy phép môi trường hoặc giấy phép đã hết hiệu lực.",
            "A station has no environmental permit, or one that is no longer in force.",
        );
    }
    let mut open = stations.filter(|record| said(record) != Validity::Valid).peekable();
    if open.peek().is_none() {
        return in_force();
    }
    let is_silent = open.clone().all(|record| said(record) == Validity::Silent);
    let site = may_be_covered.then(|| Missing::field(own.row, own.open_field()));
    let fields = open.map(|record| match said(record) {
        Validity::Invalid if !may_be_covered => Missing::field(record.row, "status"),
        _ => Missing::field(record.row, record.open_field()),
    });
    if is_silent { nothing_on_record() } else { unclear() }.lacking(site).lacking(fields)
}

/// Where nothing discharges, any permit on record is told.
fn any_is_in_force(own: &Record<'_>, stations: &[Record<'_>]) -> Finding {
    let all = || std::iter::once(own).chain(stations);
    let any = |wanted| all().any(|record| record.validity == wanted);
    if any(Validity::Valid) {
        return in_force();
    }
    if any(Validity::Unclear) {
        let open = all().filter(|record| record.validity == Validity::Unclear);
        return unclear().lacking(open.map(|record| Missing::field(record.row, record.open_field())));
    }
    if any(Validity::Invalid) {
        return Finding::breached(
            "Không có giấy phép môi trường hoặc giấy phép đã hết hiệu lực.",
            "There is no environmental permit, or it is no longer in force.",
        );
    }
    nothing_on_record()
        .lacking(stations.iter().map(|station| Missing::field(station.row, "env_permit_no")))
        .lacking(stations.is_empty().then(|| Missing::rows("treatment_stations")))
}

fn in_force() -> Finding {
    Finding::met("Có giấy phép môi trường còn hiệu lực.", "An environmental permit is in force.")
}

fn unclear() -> Finding {
    Finding::unknown(
        "Chưa đủ thông tin để biết từng trạm có giấy phép môi trường còn hiệu lực không.",
        "It is not on record of each station whether an environmental permit is in force.",
    )
}

fn nothing_on_record() -> Finding {
    Finding::unknown(
        "Chưa có thông tin về giấy phép môi trường.",
        "Nothing is on record about an environmental permit.",
    )
}

/// A permit with the row it stands in.
struct Record<'a> {
    row: &'a RowRef,
    permit: &'a Permit,
    validity: Validity,
    /// Of a station: whether it runs; `None` where that is not on record.
    runs: Option<bool>,
}

impl<'a> Record<'a> {
    fn of(row: &'a RowRef, permit: &'a Permit, as_of: NaiveDate) -> Self {
        Self { row, permit, validity: validity(row, permit, as_of), runs: None }
    }

    fn of_station(station: &'a StationFacts, as_of: NaiveDate) -> Self {
        Self { runs: station.runs(), ..Self::of(&station.row, &station.permit, as_of) }
    }

    fn may_discharge(&self) -> bool {
        self.runs != Some(false)
    }

    /// What would have to be on record, or put right, to know whether it holds.
    fn open_field(&self) -> &'static str {
        match self.permit.status {
            Some(PermitStatus::None | PermitStatus::Revoked) => "env_permit_status",
            _ if self.permit.number.is_none() => "env_permit_no",
            _ => "env_permit_expires_on",
        }
    }
}

fn validity(row: &RowRef, permit: &Permit, as_of: NaiveDate) -> Validity {
    let expired = permit.expires_on.is_some_and(|last_day| last_day < as_of);
    let not_yet = permit.issued_on.is_some_and(|first_day| first_day > as_of);
    // One of the two days is wrong.
    let is_impossible = permit.issued_on.zip(permit.expires_on).is_some_and(|(issued, expires)| expires < issued);
    let is_told_later = row.source_date.is_some_and(|told| told > as_of);
    match permit.status {
        // What held before the permit on record was issued is not on record.
        _ if not_yet => Validity::Unclear,
        // Since when there is none, or the day it was taken back, is not on record.
        Some(PermitStatus::None | PermitStatus::Revoked) if is_told_later && !expired => Validity::Unclear,
        Some(PermitStatus::None | PermitStatus::Revoked) => Validity::Invalid,
        _ if is_impossible => Validity::Unclear,
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
