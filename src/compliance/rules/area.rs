//! CCN-AREA-MAX, CCN-AREA-MIN, CCN-AREA-MIN-EXC, CCN-LEGACY, CCN-BOUNDARY-AGREE: how large a cluster is and may be.

use rust_decimal::Decimal;

use super::limits::{Must, shown};
use super::{Context, Finding, Rule};
use crate::compliance::evidence::{Evidence, Missing};
use crate::compliance::outcome::Outcome;

pub(super) const MAXIMUM: Rule = Rule { id: "CCN-AREA-MAX", check: maximum };
pub(super) const MINIMUM: Rule = Rule { id: "CCN-AREA-MIN", check: minimum };
pub(super) const EXCEPTION: Rule = Rule { id: "CCN-AREA-MIN-EXC", check: exception };
pub(super) const LEGACY: Rule = Rule { id: "CCN-LEGACY", check: legacy };
pub(super) const BOUNDARY: Rule = Rule { id: "CCN-BOUNDARY-AGREE", check: boundary };

/// The word for a cluster that is smaller than today's minimum and older than it.
const LEGACY_BELOW_MINIMUM: &str = "legacy_below_minimum";
/// The words for a boundary that is off by more than the share to be looked into, and by more than that of an error.
const BOUNDARY_DIFFERS: &str = "boundary_differs";
const BOUNDARY_CONTRADICTS: &str = "boundary_contradicts";

/// The area of the decision; nothing where a surveyed boundary contradicts it by more than the error share.
pub(super) fn area(context: &Context<'_>) -> Result<Decimal, Finding> {
    let row = &context.known.site.row;
    let area = context.known.site.land.area_ha.ok_or_else(|| Finding::not_on_record(row, "area_ha"))?;
    if area <= Decimal::ZERO {
        return Err(Finding::not_on_record(row, "area_ha").with([Evidence::of(row, "area_ha", Some(&shown(area)))]));
    }
    let error = context.standards.rule_limit(BOUNDARY.id, "error", context.known.as_of);
    match (difference_pct(context, area), error) {
        (Some(difference), Some(error)) if difference > error.value => Err(Finding::unknown(
            "Diện tích theo quyết định và diện tích đo theo ranh giới không khớp.",
            "The area of the decision and that of the surveyed boundary disagree.",
        )
        .with([Evidence::against(row, "area_ha", difference, Must::NotExceed, error)])
        .lacking(Missing::field(row, "area_ha"))),
        _ => Ok(area),
    }
}

/// By how many percent a surveyed boundary differs from the area of the decision, which is above zero.
fn difference_pct(context: &Context<'_>, area: Decimal) -> Option<Decimal> {
    let land = &context.known.site.land;
    let measured = land.measured_ha.filter(|measured| !land.is_drawn && *measured > Decimal::ZERO)?;
    let difference = if measured > area { measured - area } else { area - measured };
    let share = difference.checked_mul(Decimal::ONE_HUNDRED).and_then(|hundredfold| hundredfold.checked_div(area));
    // What is too large for a decimal is certainly larger than any share allowed.
    Some(share.unwrap_or(Decimal::MAX))
}

/// Whether the smaller minimum holds: in the mountains or for craft villages.
fn is_exception(context: &Context<'_>) -> Option<bool> {
    let land = &context.known.site.land;
    match (land.is_mountainous, land.is_craft_village_cluster) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

fn flags_missing(context: &Context<'_>) -> Vec<Missing> {
    let (row, land) = (&context.known.site.row, &context.known.site.land);
    let flags = [("is_mountainous", land.is_mountainous), ("is_craft_village_cluster", land.is_craft_village_cluster)];
    flags.into_iter().filter(|(_, flag)| flag.is_none()).map(|(field, _)| Missing::field(row, field)).collect()
}

/// Whether the cluster was founded before there was a minimum; `None` where that is not on record closely enough.
fn is_legacy(context: &Context<'_>) -> Option<bool> {
    let until = context.standards.rule(LEGACY.id)?.bases.first()?.founded_to;
    context.known.is_founded_within(None, Some(until?))
}

fn maximum(context: &Context<'_>) -> Finding {
    try_maximum(context).unwrap_or_else(|finding| finding)
}

fn try_maximum(context: &Context<'_>) -> Result<Finding, Finding> {
    let limit = context.limit(MAXIMUM.id, "maximum", context.known.as_of)?;
    let says = [
        ("Diện tích không vượt mức tối đa.", "The area keeps to the maximum."),
        ("Diện tích vượt mức tối đa.", "The area is above the maximum."),
    ];
    Ok(context.compare("area_ha", Some(area(context)?), Must::NotExceed, limit, says))
}

fn minimum(context: &Context<'_>) -> Finding {
    try_minimum(context).unwrap_or_else(|finding| finding)
}

fn try_minimum(context: &Context<'_>) -> Result<Finding, Finding> {
    let as_of = context.known.as_of;
    let (area, limit) = (area(context)?, context.limit(MINIMUM.id, "minimum", as_of)?);
    let says = [
        ("Diện tích đạt mức tối thiểu.", "The area reaches the minimum."),
        ("Diện tích dưới mức tối thiểu.", "The area is below the minimum."),
    ];
    let finding = context.compare("area_ha", Some(area), Must::Reach, limit, says);
    if area >= limit.value {
        return Ok(finding);
    }
    let smaller = context.limit(EXCEPTION.id, "minimum", as_of)?;
    if is_exception(context) == Some(true) {
        return Ok(Finding::not_applicable(
            "Áp dụng mức tối thiểu riêng cho miền núi và cụm công nghiệp làng nghề.",
            "The smaller minimum for mountains and craft-village clusters holds.",
        ));
    }
    if let Some(old) = below_minimum_of_old(context, &finding) {
        return Ok(old);
    }
    Ok(match is_exception(context) {
        // Below both minima it does not matter which of them holds.
        None if area >= smaller.value => Finding::unknown(
            "Diện tích dưới mức chung; chưa rõ có thuộc miền núi hoặc là cụm làng nghề không.",
            "The area is below the general minimum, and whether the smaller one holds is not on record.",
        )
        .with(finding.evidence)
        .lacking(flags_missing(context)),
        _ => finding,
    })
}

/// What a cluster below a minimum is that was founded, or may have been, before there was one.
fn below_minimum_of_old(context: &Context<'_>, finding: &Finding) -> Option<Finding> {
    let evidence = finding.evidence.clone();
    match is_legacy(context) {
        Some(false) => None,
        Some(true) => Some(Finding {
            result: Some(LEGACY_BELOW_MINIMUM),
            ..Finding::not_applicable(
                "Nhỏ hơn mức tối thiểu nhưng thành lập trước khi có quy định.",
                "Smaller than the minimum, but founded before there was one.",
            )
            .with(evidence)
        }),
        None => Some(
            Finding::unknown(
                "Nhỏ hơn mức tối thiểu; chưa rõ thành lập trước hay sau khi có quy định.",
                "Smaller than the minimum, and whether it was founded before there was one is not on record.",
            )
            .with(evidence)
            .lacking(Missing::field(&context.known.site.row, "established_on")),
        ),
    }
}

fn exception(context: &Context<'_>) -> Finding {
    try_exception(context).unwrap_or_else(|finding| finding)
}

fn try_exception(context: &Context<'_>) -> Result<Finding, Finding> {
    let as_of = context.known.as_of;
    let (area, limit) = (area(context)?, context.limit(EXCEPTION.id, "minimum", as_of)?);
    let general = context.limit(MINIMUM.id, "minimum", as_of)?;
    let says = [
        ("Diện tích đạt mức tối thiểu riêng.", "The area reaches the smaller minimum."),
        ("Diện tích dưới mức tối thiểu riêng.", "The area is below the smaller minimum."),
    ];
    match is_exception(context) {
        _ if area >= general.value => Ok(Finding::not_applicable(
            "Diện tích đã đạt mức tối thiểu chung.",
            "The area reaches the general minimum.",
        )),
        Some(false) => Ok(Finding::not_applicable(
            "Không thuộc miền núi và không phải cụm công nghiệp làng nghề.",
            "Neither in the mountains nor a craft-village cluster.",
        )),
        None => Ok(Finding::unknown(
            "Chưa rõ có thuộc miền núi hoặc là cụm làng nghề không.",
            "Whether it lies in the mountains or is a craft-village cluster is not on record.",
        )
        .lacking(flags_missing(context))),
        Some(true) => {
            let finding = context.compare("area_ha", Some(area), Must::Reach, limit, says);
            let old = if area < limit.value { below_minimum_of_old(context, &finding) } else { None };
            Ok(old.unwrap_or(finding))
        }
    }
}

fn legacy(context: &Context<'_>) -> Finding {
    let found = [minimum(context), exception(context)];
    let [general, _] = &found;
    if general.outcome == Outcome::Unknown {
        return general.clone();
    }
    let old = found.into_iter().find(|finding| finding.result == Some(LEGACY_BELOW_MINIMUM));
    old.unwrap_or_else(|| {
        Finding::not_applicable("Diện tích không dưới mức tối thiểu.", "The area is not below the minimum.")
    })
}

fn boundary(context: &Context<'_>) -> Finding {
    try_boundary(context).unwrap_or_else(|finding| finding)
}

fn try_boundary(context: &Context<'_>) -> Result<Finding, Finding> {
    let (row, land, as_of) = (&context.known.site.row, &context.known.site.land, context.known.as_of);
    let area = land.area_ha.filter(|area| *area > Decimal::ZERO);
    let area = area.ok_or_else(|| Finding::not_on_record(row, "area_ha"))?;
    let difference = difference_pct(context, area).ok_or_else(|| {
        Finding::unknown(
            "Ranh giới là hình vẽ hoặc chưa có; diện tích đo theo đó không chứng minh được gì.",
            "The boundary is drawn or missing; an area measured on it proves nothing.",
        )
        .lacking(Missing::field(row, "geom"))
    })?;
    let (warning, error) = (context.limit(BOUNDARY.id, "warning", as_of)?, context.limit(BOUNDARY.id, "error", as_of)?);
    let (limit, says, result) = if difference > error.value {
        let says =
            ("Diện tích theo quyết định và ranh giới mâu thuẫn.", "The area of the decision contradicts the boundary.");
        (error, says, Some(BOUNDARY_CONTRADICTS))
    } else {
        let says =
            ("Diện tích theo quyết định lệch so với ranh giới.", "The area of the decision differs from the boundary.");
        (warning, says, Some(BOUNDARY_DIFFERS))
    };
    let agrees =
        ("Diện tích theo quyết định khớp với ranh giới.", "The area of the decision agrees with the boundary.");
    let finding = context.compare("area_ha", Some(difference), Must::NotExceed, limit, [agrees, says]);
    Ok(Finding { result: result.filter(|_| difference > warning.value), ..finding })
}
