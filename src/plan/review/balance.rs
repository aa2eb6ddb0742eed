//! PLN-GREEN, PLN-ROAD, PLN-TECH and the land-use balance.

use geo::{Area, BoundingRect};

use super::sheet::{Sheet, apart, both, finding};
use super::{Case, Lot};
use crate::compliance::Text;
use crate::plan::finding::{Balance, BalanceRow, FindingKind, Verdict};
use crate::plan::scale::scale_factor;

/// Land uses in the order in which a balance lists them.
const ORDER: [&str; 9] = ["CN", "DV", "CX", "MN", "GT", "P", "HTKT", "AN", "NT"];

/// A share that the law wants, of one land use.
struct Share {
    rule: &'static str,
    land_use: &'static str,
    vi: &'static str,
    en: &'static str,
}

const SHARES: [Share; 3] = [
    Share { rule: "PLN-GREEN", land_use: "CX", vi: "Đất cây xanh", en: "Green land" },
    Share { rule: "PLN-ROAD", land_use: "GT", vi: "Đất giao thông", en: "Land for roads" },
    Share { rule: "PLN-TECH", land_use: "HTKT", vi: "Đất hạ tầng kỹ thuật", en: "Technical infrastructure" },
];

/// Noise of adding and dividing areas, percent.
const NOISE_PCT: f64 = 1e-7;

pub(super) fn review(case: &Case<'_>, sheet: &mut Sheet) -> Balance {
    let mut balance = balance(case);
    for share in &SHARES {
        judge(case, sheet, share, &mut balance);
    }
    balance
}

fn balance(case: &Case<'_>) -> Balance {
    let mut uses: Vec<Option<&str>> = ORDER.iter().map(|land_use| Some(*land_use)).collect();
    let of_lots = || case.lots.iter().map(|lot| lot.parcel.land_use.as_deref());
    let mut others: Vec<_> = of_lots().filter(|land_use| land_use.is_some() && !uses.contains(land_use)).collect();
    others.sort_unstable();
    others.dedup();
    uses.extend(others);
    uses.push(None);
    let lots_m2: f64 = case.lots.iter().map(|lot| lot.area).sum();
    let boundary_m2 = case.boundary.map(Area::unsigned_area);
    let total_m2 = boundary_m2.unwrap_or(lots_m2);
    let middle = case.boundary.and_then(BoundingRect::bounding_rect).or_else(|| case.lots.first().map(|lot| lot.rect));
    let scale = middle.and_then(|rect| scale_factor(&case.plan.crs, rect.center()));
    let row = |land_use: Option<&str>| {
        let lots: Vec<&Lot<'_>> = case.lots.iter().filter(|lot| lot.parcel.land_use.as_deref() == land_use).collect();
        let measured_m2: f64 = lots.iter().map(|lot| lot.area).sum();
        let on_ground =
            |lot: &&Lot<'_>| scale_factor(&case.plan.crs, lot.rect.center()).map(|scale| lot.area / scale.powi(2));
        (!lots.is_empty()).then(|| BalanceRow {
            land_use: land_use.map(str::to_owned),
            lots: lots.len(),
            measured_m2,
            ground_m2: lots.iter().map(on_ground).sum(),
            stated_m2: lots.iter().map(|lot| lot.parcel.stated_m2).sum(),
            share_pct: 100.0 * measured_m2 / total_m2,
            required_pct: None,
            verdict: None,
        })
    };
    Balance {
        rows: uses.into_iter().filter_map(row).collect(),
        total_m2,
        total_ground_m2: scale.map(|scale| total_m2 / scale.powi(2)),
        stated_m2: case.plan.area_ha.map(|hectares| hectares * 10_000.0),
        lots_m2,
        scale_factor: scale,
    }
}

/// Held against what is sure and what may be: ground without a lot, or of a lot without a land use, may be of this one.
fn judge(case: &Case<'_>, sheet: &mut Sheet, share: &Share, balance: &mut Balance) {
    let Some(law) = sheet.law(case, share.rule) else { return };
    let Some(required) = case.limit(share.rule, "minimum") else {
        let why =
            Text::new("Dữ liệu chưa có tỷ lệ tối thiểu của ngày đó.", "The data hold no least share of that day.");
        return sheet.unknown(case, &law, why, &["plan_limits"]);
    };
    if case.lots.is_empty() || balance.total_m2 <= 0.0 {
        let why = Text::new("Chưa có lô đất nào của đồ án trong dữ liệu.", "No lot of the plan is on record.");
        return sheet.unknown(case, &law, why, &["plan_parcels.geom"]);
    }
    let of = |land_use: Option<&str>| {
        let rows = balance.rows.iter().filter(|row| row.land_use.as_deref() == land_use);
        rows.map(|row| row.measured_m2).sum::<f64>()
    };
    let surely = of(Some(share.land_use));
    let unsound = case.plan.parcels.len() - case.lots.len();
    let uncovered = (balance.total_m2 - balance.lots_m2).max(0.0);
    // What rounding leaves between lots decides nothing.
    let open = of(None) + if unsound > 0 || uncovered > NOISE_PCT / 100.0 * balance.total_m2 { uncovered } else { 0.0 };
    let percent = |area: f64| 100.0 * area / balance.total_m2;
    let (low, high) = (percent(surely), percent(surely + open));
    let verdict = if low >= required - NOISE_PCT {
        Verdict::Pass
    } else if high < required - NOISE_PCT {
        Verdict::Fail
    } else {
        Verdict::Unknown
    };
    let [(low_vi, low_en), (required_vi, required_en)] = match verdict {
        Verdict::Fail => apart(low, required, 2),
        _ => [both(low, 2), both(required, 2)],
    };
    let (vi, en) = (
        format!("{} chiếm {low_vi}% diện tích, yêu cầu ít nhất {required_vi}%.", share.vi),
        format!("{} takes {low_en}% of the area; at least {required_en}% is required.", share.en),
    );
    if verdict == Verdict::Fail {
        sheet
            .add(&law, finding(FindingKind::Share, Verdict::Fail, vi.clone(), en.clone()).measured(low, required, "%"));
    }
    let why = match verdict {
        Verdict::Unknown => {
            let (open_vi, open_en) = both(high - low, 2);
            Text::new(
                format!("{vi} Còn {open_vi}% chưa rõ chức năng."),
                format!("{en} The use of another {open_en}% is not on record."),
            )
        }
        _ => Text::new(vi, en),
    };
    let check = sheet.check(case, &law, verdict, why).measured(low, required, "%");
    if verdict == Verdict::Unknown {
        check.missing.push("plan_parcels.land_use_code".to_owned());
    }
    let row = balance.rows.iter_mut().find(|row| row.land_use.as_deref() == Some(share.land_use));
    if let Some(row) = row {
        (row.required_pct, row.verdict) = (Some(required), Some(verdict));
    } else if verdict == Verdict::Fail {
        // What the law wants and the plan lacks has its line too.
        balance.rows.push(BalanceRow {
            land_use: Some(share.land_use.to_owned()),
            lots: 0,
            measured_m2: 0.0,
            ground_m2: None,
            stated_m2: None,
            share_pct: 0.0,
            required_pct: Some(required),
            verdict: Some(verdict),
        });
    }
}
