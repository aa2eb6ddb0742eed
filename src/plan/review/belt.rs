//! PLN-BUFFER and PLN-BUFFER-USE: the green belt along the boundary.

use geo::{Area, BooleanOps, Buffer, LineString, MultiPolygon, Polygon};

use super::sheet::{Sheet, apart, finding, listed};
use super::{Case, Law, Lot};
use crate::compliance::Text;
use crate::plan::finding::{FindingKind, Verdict};
use crate::plan::ground::Edges;

/// Uses that may lie in the belt: what is green, roads that cross it, and what the rule on its use allows in part.
const MAY_LIE_IN_BELT: [&str; 5] = ["CX", "MN", "GT", "P", "HTKT"];

/// Noise of a division, percent.
const NOISE_PCT: f64 = 1e-7;

pub(super) fn review(case: &Case<'_>, sheet: &mut Sheet) {
    let Some(law) = sheet.law(case, "PLN-BUFFER") else { return };
    let Some(width) = case.limit(law.rule, "minimum") else {
        let why = Text::new("Dữ liệu chưa có bề rộng của ngày đó.", "The data hold no width of that day.");
        return sheet.unknown(case, &law, why, &["plan_limits.PLN-BUFFER"]);
    };
    let Some(boundary) = case.boundary.filter(|_| !case.lots.is_empty()) else {
        let why =
            Text::new("Chưa có ranh giới hoặc lô đất trong dữ liệu.", "The boundary or the lots are not on record.");
        return sheet.unknown(case, &law, why, &["plans.geom", "plan_parcels.geom"]);
    };
    let fence = Edges::of(boundary.iter().flat_map(|area| area.exterior().lines().collect::<Vec<_>>()));
    let near: Vec<(&Lot<'_>, f64)> =
        case.lots.iter().filter_map(|lot| Some((lot, fence.distance(lot.polygon, width)?))).collect();
    let belt = belt(boundary, width);
    // A centimetre of rounding makes no belt too narrow.
    let within = near.iter().filter(|(_, distance)| *distance < width - case.rounding);
    let within: Vec<&(&Lot<'_>, f64)> = within.filter(|(lot, _)| !lot.parcel.is_used_as(&MAY_LIE_IN_BELT)).collect();
    type Near<'a> = Vec<&'a (&'a Lot<'a>, f64)>;
    let (known, open): (Near<'_>, Near<'_>) = within.into_iter().partition(|(lot, _)| lot.parcel.land_use.is_some());
    let missing: &[&str] = if open.is_empty() { &[] } else { &["plan_parcels.land_use_code"] };
    // One strip is one finding, however many lots lie in it.
    if let Some(nearest) = known.iter().map(|(_, distance)| *distance).min_by(f64::total_cmp) {
        let [(d_vi, d_en), (w_vi, w_en)] = apart(nearest, width, 2);
        let (lots_vi, lots_en) = listed(known.iter().map(|(lot, _)| lot.parcel.label()));
        let found = finding(
            FindingKind::Belt,
            Verdict::Fail,
            format!("Lô {lots_vi} nằm trong dải cây xanh cách ly rộng {w_vi} m; gần nhất cách ranh giới {d_vi} m."),
            format!("Lots {lots_en} lie within the green belt of {w_en} m; the nearest is {d_en} m from the boundary."),
        );
        let lots = MultiPolygon(known.iter().map(|(lot, _)| lot.polygon.clone()).collect());
        let found = found.measured(nearest, width, "m").at(belt.intersection(&lots));
        sheet.add(&law, found.of_lots(known.iter().map(|(lot, _)| lot.parcel.id.as_str())));
    }
    let pass = Text::new(
        "Không lô xây dựng nào nằm trong dải cây xanh cách ly.",
        "No lot for building lies within the green belt.",
    );
    sheet.conclude(case, &law, pass, missing);
    if let Some(law) = sheet.law(case, "PLN-BUFFER-USE") {
        uses(case, sheet, &law, &near, &belt);
    }
}

/// The strip along the outer border.
fn belt(boundary: &MultiPolygon<f64>, width: f64) -> MultiPolygon<f64> {
    let outer = MultiPolygon(
        boundary.iter().map(|area| Polygon::new(area.exterior().clone(), Vec::<LineString<f64>>::new())).collect(),
    );
    let strip = outer.difference(&outer.buffer(-width));
    strip.intersection(boundary)
}

/// How the belt is used, as far as the uses of the lots in it are on record.
fn uses(case: &Case<'_>, sheet: &mut Sheet, law: &Law, near: &[(&Lot<'_>, f64)], belt: &MultiPolygon<f64>) {
    let limits = ["planted", "technical"].map(|name| case.limit(law.rule, name));
    let ([Some(planted), Some(technical)], true) = (limits, belt.unsigned_area() > 0.0) else {
        let why = Text::new("Chưa đủ dữ liệu về dải cách ly.", "What is needed of the belt is not on record.");
        return sheet.unknown(case, law, why, &["plan_limits.PLN-BUFFER-USE"]);
    };
    let share = |of: &dyn Fn(&Lot<'_>) -> bool| {
        let lots = near.iter().filter(|(lot, _)| of(lot)).map(|(lot, _)| lot.polygon.clone());
        let lots = MultiPolygon(lots.collect());
        100.0 * lots.intersection(belt).unsigned_area() / belt.unsigned_area()
    };
    let green = share(&|lot| lot.parcel.is_used_as(&["CX", "MN"]));
    let works = share(&|lot| lot.parcel.is_used_as(&["P", "HTKT"]));
    let open = share(&|lot| lot.parcel.land_use.is_none());
    let [(g_vi, g_en), (p_vi, p_en)] = apart(green, planted, 1);
    if green + open < planted - NOISE_PCT {
        let found = finding(
            FindingKind::Belt,
            Verdict::Fail,
            format!("Cây xanh, mặt nước chiếm {g_vi}% dải cách ly, yêu cầu ít nhất {p_vi}%."),
            format!("Green and water take {g_en}% of the belt; at least {p_en}% is required."),
        );
        sheet.add(law, found.measured(green, planted, "%").at(belt.clone()));
    }
    let [(w_vi, w_en), (t_vi, t_en)] = apart(works, technical, 1);
    if works > technical + NOISE_PCT {
        let found = finding(
            FindingKind::Belt,
            Verdict::Fail,
            format!("Bãi đỗ xe, hạ tầng kỹ thuật chiếm {w_vi}% dải cách ly, tối đa {t_vi}%."),
            format!("Parking and technical works take {w_en}% of the belt; at most {t_en}% is allowed."),
        );
        sheet.add(law, found.measured(works, technical, "%").at(belt.clone()));
    }
    let decides = open > NOISE_PCT && (green < planted - NOISE_PCT || works + open > technical + NOISE_PCT);
    let missing: &[&str] = if decides { &["plan_parcels.land_use_code"] } else { &[] };
    let pass = Text::new(
        format!("Cây xanh, mặt nước chiếm {g_vi}% dải cách ly."),
        format!("Green and water take {g_en}% of the belt."),
    );
    sheet.conclude(case, law, pass, missing).measured(green, planted, "%");
}
