//! CCN-NO-RESIDENTS, CCN-CV-60, CCN-PLAN, ENV-GREEN: what the land of a cluster is for.

use rust_decimal::Decimal;

use super::area::area;
use super::limits::Must;
use super::{Context, Finding, Rule};
use crate::compliance::evidence::{Evidence, Missing};

pub(super) const RESIDENTS: Rule = Rule { id: "CCN-NO-RESIDENTS", check: residents };
pub(super) const CRAFT_SHARE: Rule = Rule { id: "CCN-CV-60", check: craft_share };
pub(super) const GREEN: Rule = Rule { id: "ENV-GREEN", check: green };
pub(super) const SCHEME: Rule = Rule { id: "CCN-PLAN", check: scheme };

fn residents(context: &Context<'_>) -> Finding {
    let row = &context.known.site.row;
    let Some(households) = context.known.site.land.resident_households.filter(|count| *count >= 0) else {
        return Finding::not_on_record(row, "resident_households");
    };
    let evidence = Evidence::of(row, "resident_households", Some(&households.to_string())).allowed("0");
    match households {
        0 => Finding::met("Không có dân cư trong ranh giới.", "Nobody lives inside the boundary."),
        _ => Finding::breached("Có dân cư sinh sống trong ranh giới.", "People live inside the boundary."),
    }
    .with([evidence])
}

/// `part` of `whole` in percent; `None` for areas that cannot be.
pub(super) fn share_pct(part: Decimal, whole: Decimal) -> Option<Decimal> {
    if part < Decimal::ZERO || whole <= Decimal::ZERO || part > whole {
        return None;
    }
    part.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(whole)
}

fn craft_share(context: &Context<'_>) -> Finding {
    let (row, land) = (&context.known.site.row, &context.known.site.land);
    match land.is_craft_village_cluster {
        Some(false) => {
            return Finding::not_applicable("Không phải cụm công nghiệp làng nghề.", "Not a craft-village cluster.");
        }
        None => return Finding::not_on_record(row, "is_craft_village_cluster"),
        Some(true) => {}
    }
    let whole = land.industrial_ha.filter(|whole| *whole > Decimal::ZERO);
    let (Some(part), Some(whole)) = (land.craft_industrial_ha, whole) else {
        let field = if whole.is_none() { "industrial_ha" } else { "craft_industrial_ha" };
        return Finding::not_on_record(row, field);
    };
    let limit = match context.limit(CRAFT_SHARE.id, "minimum", context.known.as_of) {
        Ok(limit) => limit,
        Err(finding) => return finding,
    };
    let says = [
        ("Đủ tỷ lệ đất cho cơ sở làng nghề.", "Enough of the industrial land serves craft villages."),
        ("Chưa đủ tỷ lệ đất cho cơ sở làng nghề.", "Too little of the industrial land serves craft villages."),
    ];
    context.compare("craft_industrial_ha", share_pct(part, whole), Must::Reach, limit, says)
}

fn green(context: &Context<'_>) -> Finding {
    try_green(context).unwrap_or_else(|finding| finding)
}

fn try_green(context: &Context<'_>) -> Result<Finding, Finding> {
    let limit = context.limit(GREEN.id, "minimum", context.known.as_of)?;
    let whole = area(context)?;
    let share = context.known.site.land.green_ha.and_then(|green| share_pct(green, whole));
    let says = [
        ("Đủ tỷ lệ đất cây xanh.", "The share of green land reaches the minimum."),
        ("Chưa đủ tỷ lệ đất cây xanh.", "The share of green land is below the minimum."),
    ];
    Ok(context.compare("green_ha", share, Must::Reach, limit, says))
}

fn scheme(context: &Context<'_>) -> Finding {
    let (row, land) = (&context.known.site.row, &context.known.site.land);
    let evidence = |says: &str| {
        [
            Evidence::of(row, "in_provincial_scheme", Some(says)),
            Evidence::of(row, "scheme_decision", land.scheme_decision.as_deref()),
        ]
    };
    match land.in_provincial_scheme {
        Some(true) => Finding::met(
            "Có trong phương án phát triển cụm công nghiệp của thành phố.",
            "In the city's scheme of industrial clusters.",
        )
        .with(evidence("true")),
        Some(false) => Finding::breached(
            "Không có trong phương án phát triển cụm công nghiệp của thành phố.",
            "Not in the city's scheme of industrial clusters.",
        )
        .with(evidence("false")),
        None => Finding::unknown(
            "Chưa rõ có trong phương án phát triển cụm công nghiệp không.",
            "Whether it is in the city's scheme is not on record.",
        )
        .lacking(Missing::field(row, "in_provincial_scheme")),
    }
}
