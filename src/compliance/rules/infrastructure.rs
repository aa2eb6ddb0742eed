//! INF-INSIDE, INF-FIRE, INF-OUTSIDE: the works of a cluster inside and outside its fence.

use super::{Context, Finding, Rule};
use crate::compliance::evidence::{Evidence, Missing, RowRef};
use crate::compliance::law::Text;
use crate::compliance::outcome::Outcome;
use crate::compliance::site::{InfrastructureFacts, ItemStatus};
use crate::compliance::standards::InfrastructureItem;

pub(super) const INSIDE: Rule = Rule { id: "INF-INSIDE", check: inside };
pub(super) const FIRE: Rule = Rule { id: "INF-FIRE", check: fire };
pub(super) const OUTSIDE: Rule = Rule { id: "INF-OUTSIDE", check: outside };

/// Fire protection, which Decree 32/2024 added.
const FIRE_ITEM: &str = "FIRE";

/// What is missing where no row says how far a work of the site is.
pub(super) fn item_missing(site: &RowRef, code: &str) -> Missing {
    Missing::field(site, &format!("infrastructure_items.{code}"))
}

/// Whether a work is done; `None` where that is not on record.
pub(super) fn is_done(status: Option<ItemStatus>) -> Option<bool> {
    match status? {
        ItemStatus::Complete | ItemStatus::NotRequired => Some(true),
        ItemStatus::Partial | ItemStatus::UnderConstruction | ItemStatus::Planned | ItemStatus::Missing => Some(false),
        ItemStatus::Unknown => None,
    }
}

/// The newest state of one item.
#[derive(Clone, Copy)]
pub(in super::super) struct Newest<'a> {
    /// The row that says so.
    pub row: &'a InfrastructureFacts,
    /// Its status; `None` where another row of the same day says otherwise.
    pub status: Option<ItemStatus>,
}

/// The newest state of one item among `rows`.
pub(in super::super) fn newest<'a>(rows: &[&'a InfrastructureFacts], code: &str) -> Option<Newest<'a>> {
    let of_item = || rows.iter().copied().filter(|row| row.item_code == code);
    let row = of_item().max_by_key(|row| row.status_date)?;
    let mut of_day = of_item().filter(|other| other.status_date == row.status_date);
    let status = if of_day.all(|other| other.status == row.status) { row.status } else { None };
    Some(Newest { row, status })
}

fn evidence(Newest { row, status }: Newest<'_>) -> Evidence {
    let status = status.map(ItemStatus::as_str);
    let built = row.built_pct.map(|pct| format!("{}%", pct.normalize()));
    Evidence {
        note: built.map(|built| Text::new(format!("đã xây {}", built.replace('.', ",")), format!("{built} built"))),
        ..Evidence::of(&row.row, &row.item_code, status).on(row.status_date).allowed(ItemStatus::Complete.as_str())
    }
}

/// Judges a list of works: each with the row that says how far it is.
fn judge(site: &RowRef, works: &[(&str, Option<Newest<'_>>)]) -> Finding {
    let states: Vec<Option<bool>> =
        works.iter().map(|(_, newest)| is_done(newest.and_then(|newest| newest.status))).collect();
    let count = |wanted| states.iter().filter(|state| **state == wanted).count();
    let (done, lacking, unclear, all) = (count(Some(true)), count(Some(false)), count(None), works.len());
    let (outcome, vi, en) = match (lacking, unclear) {
        (0, 0) => (Outcome::Met, "Các hạng mục đã hoàn thành", "All items are complete"),
        (0, _) => (Outcome::Unknown, "Chưa rõ tình trạng mọi hạng mục", "The state of every item is not on record"),
        _ => (Outcome::Breached, "Còn hạng mục chưa hoàn thành", "Items are not complete"),
    };
    let why = Text::new(
        format!("{vi}: {done}/{all} xong, {lacking} chưa xong, {unclear} chưa rõ."),
        format!("{en}: {done} of {all} done, {lacking} not done, {unclear} unknown."),
    );
    let missing =
        works.iter().zip(&states).filter(|(_, state)| state.is_none()).map(|((code, newest), _)| match newest {
            Some(newest) => Missing::field(&newest.row.row, "status"),
            None => item_missing(site, code),
        });
    Finding::new(outcome, why)
        .with(works.iter().filter_map(|(_, row)| row.map(evidence)))
        .lacking(missing.collect::<Vec<_>>())
}

fn inside(context: &Context<'_>) -> Finding {
    let known = context.known;
    let in_force = |item: &&InfrastructureItem| item.code != FIRE_ITEM && item.basis.in_force(known.as_of);
    let items = context.standards.infrastructure.iter().filter(in_force);
    let works: Vec<_> = items.map(|item| (item.code.as_str(), newest(&known.infrastructure, &item.code))).collect();
    judge(&known.site.row, &works)
}

fn fire(context: &Context<'_>) -> Finding {
    let known = context.known;
    judge(&known.site.row, &[(FIRE_ITEM, newest(&known.infrastructure, FIRE_ITEM))])
}

/// The law names no list of works outside the fence: those on record are judged.
fn outside(context: &Context<'_>) -> Finding {
    let known = context.known;
    if known.outside.is_empty() {
        return Finding::unknown(
            "Chưa có bản ghi về hạ tầng ngoài hàng rào; điều đó không có nghĩa là không cần.",
            "No works outside the fence are on record, which does not say that none are needed.",
        )
        .lacking(Missing::rows("infrastructure_items"));
    }
    let mut codes: Vec<&str> = known.outside.iter().map(|row| row.item_code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let works: Vec<_> = codes.into_iter().map(|code| (code, newest(&known.outside, code))).collect();
    judge(&known.site.row, &works)
}
