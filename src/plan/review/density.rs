//! PLN-DENS, PLN-DENS-TECH, PLN-LOTS and the lot table.

use super::reality::Built;
use super::sheet::{Sheet, apart, both, finding};
use super::{Case, Law};
use crate::compliance::Text;
use crate::plan::finding::{Finding, FindingKind, Lot, Verdict};
use crate::plan::model::Parcel;
use crate::plan::scale::scale_factor;

/// Noise of a stated percentage.
const NOISE: f64 = 1e-9;

pub(super) fn review(case: &Case<'_>, sheet: &mut Sheet) {
    if let Some(law) = sheet.law(case, "PLN-DENS") {
        factories(case, sheet, &law);
    }
    if let Some(law) = sheet.law(case, "PLN-DENS-TECH") {
        usual(case, sheet, &law);
    }
    if let Some(law) = sheet.law(case, "PLN-LOTS") {
        table(case, sheet, &law);
    }
}

fn at_lot(found: Finding, parcel: &Parcel) -> Finding {
    let found = found.of_lots([parcel.id.as_str()]);
    match &parcel.polygon {
        Some(polygon) => found.at(polygon.clone()),
        None => found,
    }
}

/// The density that the law allows on a factory lot; `None` where the data hold none, or where the storeys are not on record
/// and the two that may hold differ for the density asked for.
fn allowed(case: &Case<'_>, storeys: Option<i64>) -> Option<(f64, f64)> {
    let [low, tall, above] = ["maximum", "maximum_tall", "tall_above"].map(|name| case.limit("PLN-DENS", name));
    let (low, tall, above) = (low?, tall?, above?);
    Some(match storeys {
        Some(storeys) if storeys as f64 > above => (tall, tall),
        Some(_) => (low, low),
        None => (tall, low),
    })
}

fn factories(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    let mut missing = Vec::new();
    let mut lack = |field| {
        if !missing.contains(&field) {
            missing.push(field);
        }
    };
    let factories: Vec<&Parcel> = case.plan.parcels.iter().filter(|parcel| parcel.is_used_as(&["CN"])).collect();
    if case.plan.parcels.iter().any(|parcel| parcel.land_use.is_none()) {
        lack("plan_parcels.land_use_code");
    }
    if case.plan.parcels.is_empty() {
        lack("plan_parcels.land_use_code");
    }
    for parcel in &factories {
        let Some(density) = parcel.density_max_pct else {
            lack("plan_parcels.density_max_pct");
            continue;
        };
        let Some((least, most)) = allowed(case, parcel.storeys_max) else {
            lack("plan_limits.PLN-DENS");
            continue;
        };
        if density <= least + NOISE {
            continue;
        }
        if density <= most + NOISE {
            lack("plan_parcels.storeys_max");
            continue;
        }
        let label = parcel.label();
        let [(d_vi, d_en), (m_vi, m_en)] = apart(density, most, 2);
        let found = finding(
            FindingKind::Density,
            Verdict::Fail,
            format!("Lô {label} cho phép mật độ xây dựng {d_vi}%, tối đa {m_vi}%."),
            format!("Lot {label} permits a density of {d_en}%; at most {m_en}% is allowed."),
        );
        sheet.add(law, at_lot(found.measured(density, most, "%"), parcel));
    }
    if factories.is_empty() && missing.is_empty() {
        let why = Text::new("Đồ án không có lô nhà máy, kho.", "The plan has no factory or warehouse lot.");
        sheet.check(case, law, Verdict::NotApplicable, why);
        return;
    }
    let pass =
        Text::new("Mật độ các lô nhà máy, kho trong giới hạn.", "The densities of factory lots keep to the limit.");
    sheet.conclude(case, law, pass, &missing);
}

/// What other plans permit on such lots: told, never judged.
fn usual(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    for (land_use, name) in [("DV", "services"), ("CX", "green"), ("HTKT", "technical")] {
        let Some(most) = case.limit(law.rule, name) else { continue };
        for parcel in case.plan.parcels.iter().filter(|parcel| parcel.is_used_as(&[land_use])) {
            let Some(density) = parcel.density_max_pct.filter(|density| *density > most + NOISE) else { continue };
            let label = parcel.label();
            let [(d_vi, d_en), (m_vi, m_en)] = apart(density, most, 2);
            let found = finding(
                FindingKind::Density,
                Verdict::Undetermined,
                format!(
                    "Lô {label} ({land_use}) cho phép mật độ {d_vi}%; các đồ án đã duyệt thường không quá {m_vi}%."
                ),
                format!("Lot {label} ({land_use}) permits {d_en}%; approved plans usually keep to {m_en}%."),
            );
            sheet.add(law, at_lot(found.measured(density, most, "%"), parcel));
        }
    }
    let pass = Text::new("Mật độ gộp như các đồ án đã duyệt.", "Gross densities are as in approved plans.");
    let missing: &[&str] = if case.plan.parcels.is_empty() { &["plan_parcels.density_max_pct"] } else { &[] };
    sheet.conclude(case, law, pass, missing);
}

/// A use coefficient cannot be larger than density × storeys.
fn table(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    let rounding = case.limit(law.rule, "rounding").unwrap_or_default();
    let mut complete = 0;
    for parcel in &case.plan.parcels {
        let values = (parcel.density_max_pct, parcel.storeys_max, parcel.far_max);
        let (Some(density), Some(storeys), Some(far)) = values else { continue };
        complete += 1;
        let most = density * storeys as f64 / 100.0;
        if far <= most + rounding + NOISE {
            continue;
        }
        let label = parcel.label();
        let ([(f_vi, f_en), (m_vi, m_en)], (d_vi, d_en)) = (apart(far, most, 2), both(density, 2));
        let found = finding(
            FindingKind::Density,
            Verdict::Fail,
            format!("Lô {label} ghi hệ số sử dụng đất {f_vi}, nhưng mật độ {d_vi}% × {storeys} tầng chỉ cho {m_vi}."),
            format!(
                "Lot {label} states a use coefficient of {f_en}, but {d_en}% × {storeys} storeys give {m_en} at most."
            ),
        );
        sheet.add(law, at_lot(found.measured(far, most, "1"), parcel));
    }
    let pass = Text::new("Bảng thống kê lô đất không mâu thuẫn.", "The lot table does not contradict itself.");
    let missing: &[&str] = if complete == 0 { &["plan_parcels.far_max"] } else { &[] };
    sheet.conclude(case, law, pass, missing);
}

/// The lot table, with what was measured and built beside what the plan states.
pub(super) fn lots(case: &Case<'_>, built: &Built) -> Vec<Lot> {
    let mut sound = case.lots.iter().zip(&built.lots).peekable();
    let row = |parcel: &Parcel| {
        let ground = sound.next_if(|(lot, _)| lot.parcel.id == parcel.id);
        let measured = ground.map(|(lot, _)| lot.area);
        let scale = ground.and_then(|(lot, _)| scale_factor(&case.plan.crs, lot.rect.center()));
        let on_it = ground.map(|(_, on_it)| on_it).filter(|on_it| on_it.any_on_record);
        let share = |area: f64| measured.map(|measured| 100.0 * area / measured);
        Lot {
            id: parcel.id.clone(),
            symbol: parcel.symbol.clone(),
            land_use: parcel.land_use.clone(),
            stated_m2: parcel.stated_m2,
            measured_m2: measured,
            ground_m2: measured.zip(scale).map(|(measured, scale)| measured / scale.powi(2)),
            difference_pct: parcel.stated_m2.zip(measured).map(|(stated, m2)| 100.0 * (stated - m2) / m2),
            density_max_pct: parcel.density_max_pct,
            density_built_pct: on_it.and_then(|built| share(built.area)),
            storeys_max: parcel.storeys_max,
            storeys_built: on_it.and_then(|built| built.storeys),
            far_max: parcel.far_max,
            far_built: on_it.and_then(|built| share(built.floors?)).map(|percent| percent / 100.0),
            height_max_m: parcel.height_max_m,
        }
    };
    case.plan.parcels.iter().map(row).collect()
}
