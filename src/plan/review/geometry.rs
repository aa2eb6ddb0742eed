//! PLN-COORD and PLN-AREA: sound rings, lots that tile the boundary, the boundary of the cluster, stated areas.

use std::collections::BTreeSet;

use geo::{Area, BooleanOps, BoundingRect, Geometry, LinesIter, MultiPolygon, Point, Polygon};

use super::sheet::{Sheet, both, finding, listed};
use super::{Case, Law, Unsound};
use crate::compliance::Text;
use crate::plan::finding::{FindingKind, Severity, Verdict};
use crate::plan::ground::{self, Edges, beyond, is_wider, mean_width, shared, without_threads};
use crate::plan::scale::scale_factor;
use crate::plan::tiling::coverage;

pub(super) const TILING: &str = "PLN-COORD";
pub(super) const AREA: &str = "PLN-AREA";

/// Two areas are one and the same where they share more of both than this.
const SAME_SHARE: f64 = 0.99;

/// What is wrong with a boundary, and where.
pub(super) fn boundary_fault(boundary: &MultiPolygon<f64>) -> Option<(Text, geo::Coord<f64>)> {
    if boundary.0.is_empty() {
        return Some((Text::new("ranh giới trống", "the boundary is empty"), geo::Coord::zero()));
    }
    boundary.iter().find_map(ground::fault)
}

pub(super) fn review(case: &Case<'_>, sheet: &mut Sheet) {
    if let Some(law) = sheet.law(case, TILING) {
        rings(case, sheet, &law);
        twice(case, sheet, &law);
        if !case.lots.is_empty() {
            tiling(case, sheet, &law);
        }
        cluster(case, sheet, &law);
        let mut missing = Vec::new();
        if case.plan.boundary.is_none() {
            missing.push("plans.geom");
        }
        if case.lots.is_empty() {
            missing.push("plan_parcels.geom");
        }
        if case.plan.site.boundary.is_none() {
            missing.push("clusters.geom");
        }
        let pass = Text::new(
            "Các lô phủ kín ranh giới, không chồng, không hở; ranh giới trùng ranh giới cụm.",
            "The lots tile the boundary without gap or overlap; the boundary is that of the cluster.",
        );
        sheet.conclude(case, &law, pass, &missing);
    }
    if let Some(law) = sheet.law(case, AREA) {
        areas(case, sheet, &law);
    }
}

fn rings(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    if let Some((what, at)) = case.plan.boundary.as_ref().and_then(boundary_fault) {
        let (vi, en) = (
            format!("Ranh giới đồ án sai hình: {}.", what.vi),
            format!("The plan's boundary is not sound: {}.", what.en),
        );
        sheet.add(law, finding(FindingKind::InvalidGeometry, Verdict::Fail, vi, en).at(Point(at)));
    }
    for Unsound { of: parcel, what, at, .. } in &case.unsound_lots {
        let label = parcel.label();
        let (vi, en) =
            (format!("Lô {label} sai hình: {}.", what.vi), format!("Lot {label} is not sound: {}.", what.en));
        sheet.add(
            law,
            finding(FindingKind::InvalidGeometry, Verdict::Fail, vi, en).at(Point(*at)).of_lots([parcel.id.as_str()]),
        );
    }
    for Unsound { of: building, what, at, .. } in &case.unsound_buildings {
        let name = building.label();
        let vi = format!("Công trình {name} sai hình: {}.", what.vi);
        let en = format!("Building {name} is not sound: {}.", what.en);
        let found = finding(FindingKind::InvalidGeometry, Verdict::Fail, vi, en).at(Point(*at));
        sheet.add(law, found.of_building(&building.id).at_most(Severity::Warning));
    }
}

/// Lots with one symbol. Symbols without a number name a kind of land, and many lots may have them.
fn twice(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    let mut by_symbol: std::collections::BTreeMap<&str, Vec<&str>> = Default::default();
    for parcel in &case.plan.parcels {
        let numbered = parcel.symbol.as_deref().filter(|symbol| symbol.contains(|c: char| c.is_ascii_digit()));
        if let Some(symbol) = numbered {
            by_symbol.entry(symbol).or_default().push(&parcel.id);
        }
    }
    for (symbol, ids) in by_symbol.into_iter().filter(|(_, ids)| ids.len() > 1) {
        let vi = format!("{} lô cùng mang ký hiệu {symbol}.", ids.len());
        let en = format!("{} lots have the symbol {symbol}.", ids.len());
        let place = case.lots.iter().find(|lot| Some(&lot.parcel.id.as_str()) == ids.last());
        let mut found = finding(FindingKind::Duplicate, Verdict::Fail, vi, en).at_most(Severity::Warning);
        if let Some(lot) = place {
            found = found.at(lot.polygon.clone());
        }
        sheet.add(law, found.of_lots(ids));
    }
}

fn tiling(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    // Without a boundary no ground is missing, and a rectangle around all lots shows where two lie on each other.
    let around: MultiPolygon<f64>;
    let within = match case.boundary {
        Some(boundary) => boundary,
        None => {
            let all = case.lots.iter().map(|lot| lot.rect).reduce(|a, b| {
                geo::Rect::new(
                    geo::coord! { x: a.min().x.min(b.min().x), y: a.min().y.min(b.min().y) },
                    geo::coord! { x: a.max().x.max(b.max().x), y: a.max().y.max(b.max().y) },
                )
            });
            around = MultiPolygon(all.map(|rect| rect.to_polygon()).into_iter().collect());
            &around
        }
    };
    let found = coverage(case.lots.iter().map(|lot| lot.polygon), within, case.rounding);
    if case.boundary.is_some() {
        gaps(case, sheet, law, &found.gaps);
    }
    let mut crowded: BTreeSet<usize> = BTreeSet::new();
    for region in found.crowded.iter().filter(|region| is_wider(region, case.rounding)) {
        crowded.extend(region.bounding_rect().into_iter().flat_map(|rect| case.lots_at.near(rect, 0.0)));
    }
    if let Some(boundary) = case.boundary {
        outside(case, sheet, law, boundary, &crowded);
    }
    overlaps(case, sheet, law, &crowded);
}

fn area_of(parts: &[Polygon<f64>]) -> f64 {
    parts.iter().map(Area::unsigned_area).sum()
}

/// One part as it is, several as one.
fn place_of(mut parts: Vec<Polygon<f64>>) -> Geometry<f64> {
    match parts.len() {
        1 => parts.remove(0).into(),
        _ => MultiPolygon(parts).into(),
    }
}

fn gaps(case: &Case<'_>, sheet: &mut Sheet, law: &Law, regions: &[Polygon<f64>]) {
    // Ground that a lot with unsound rings would cover is told with that lot.
    for part in regions.iter().flat_map(|region| without_threads(region, case.rounding)) {
        let Some(rect) = part.bounding_rect() else { continue };
        let holds = |outer: &geo::Rect<f64>| {
            let by = case.tolerance;
            outer.min().x - by <= rect.min().x
                && outer.min().y - by <= rect.min().y
                && outer.max().x + by >= rect.max().x
                && outer.max().y + by >= rect.max().y
        };
        if case.unsound_lots.iter().filter_map(|lot| lot.polygon.bounding_rect()).any(|outer| holds(&outer)) {
            continue;
        }
        let area = part.unsigned_area();
        let (area_vi, area_en) = both(area, 2);
        let (width_vi, width_en) = both(mean_width(&part), 2);
        let edges = Edges::of(part.lines_iter());
        let beside = case.lots_near(rect, case.tolerance).map(|(_, lot)| lot);
        let beside: Vec<_> = beside.filter(|lot| edges.distance(lot.polygon, case.tolerance).is_some()).collect();
        let (near_vi, near_en) = listed(beside.iter().map(|lot| lot.parcel.label()));
        let wide = is_wider(&part, case.tolerance);
        let found = if wide {
            finding(
                FindingKind::Gap,
                Verdict::Fail,
                format!(
                    "Đất trong ranh giới chưa thuộc lô nào: {area_vi} m², rộng trung bình {width_vi} m, cạnh lô {near_vi}."
                ),
                format!(
                    "Ground inside the boundary without a lot: {area_en} m², {width_en} m wide on average, beside {near_en}."
                ),
            )
        } else {
            finding(
                FindingKind::Sliver,
                Verdict::Undetermined,
                format!("Khe hở hẹp giữa các lô: {area_vi} m², rộng trung bình {width_vi} m, cạnh lô {near_vi}."),
                format!("A narrow gap between lots: {area_en} m², {width_en} m wide on average, beside {near_en}."),
            )
        };
        let ids = beside.iter().map(|lot| lot.parcel.id.as_str());
        sheet.add(law, found.measured(area, 0.0, "m2").at(part.clone()).of_lots(ids));
    }
}

fn outside(case: &Case<'_>, sheet: &mut Sheet, law: &Law, boundary: &MultiPolygon<f64>, crowded: &BTreeSet<usize>) {
    for lot in crowded.iter().filter_map(|at| case.lots.get(*at)) {
        let parts = beyond(lot.polygon, boundary, case.rounding);
        if parts.is_empty() {
            continue;
        }
        let (label, area) = (lot.parcel.label(), area_of(&parts));
        let (vi, en) = both(area, 2);
        let (kind, verdict) = match parts.iter().any(|part| is_wider(part, case.tolerance)) {
            true => (FindingKind::OutsideBoundary, Verdict::Fail),
            false => (FindingKind::Sliver, Verdict::Undetermined),
        };
        let found = finding(
            kind,
            verdict,
            format!("Lô {label} vượt ra ngoài ranh giới đồ án {vi} m²."),
            format!("Lot {label} reaches {en} m² over the boundary of the plan."),
        );
        sheet.add(law, found.measured(area, 0.0, "m2").at(place_of(parts)).of_lots([lot.parcel.id.as_str()]));
    }
}

fn overlaps(case: &Case<'_>, sheet: &mut Sheet, law: &Law, crowded: &BTreeSet<usize>) {
    for at in crowded {
        let Some(a) = case.lots.get(*at) else { continue };
        for (_, b) in case.lots_near(a.rect, 0.0).filter(|(other, _)| other > at && crowded.contains(other)) {
            let parts = shared(a.polygon, b.polygon, case.rounding);
            if parts.is_empty() {
                continue;
            }
            let area = area_of(&parts);
            let (labels, ids) = ([a.parcel.label(), b.parcel.label()], [a.parcel.id.as_str(), b.parcel.id.as_str()]);
            let (vi, en) = both(area, 2);
            let found = if area > SAME_SHARE * a.area.max(b.area) {
                finding(
                    FindingKind::Duplicate,
                    Verdict::Fail,
                    format!("Lô {} và lô {} là một khu đất vẽ hai lần ({vi} m²).", labels[0], labels[1]),
                    format!("Lots {} and {} are one piece of ground drawn twice ({en} m²).", labels[0], labels[1]),
                )
            } else if parts.iter().any(|part| is_wider(part, case.tolerance)) {
                finding(
                    FindingKind::Overlap,
                    Verdict::Fail,
                    format!("Lô {} và lô {} chồng lên nhau {vi} m².", labels[0], labels[1]),
                    format!("Lots {} and {} overlap by {en} m².", labels[0], labels[1]),
                )
            } else {
                finding(
                    FindingKind::Sliver,
                    Verdict::Undetermined,
                    format!("Lô {} và lô {} chồng nhau một dải hẹp {vi} m².", labels[0], labels[1]),
                    format!("Lots {} and {} overlap in a narrow strip of {en} m².", labels[0], labels[1]),
                )
            };
            sheet.add(law, found.measured(area, 0.0, "m2").at(place_of(parts)).of_lots(ids));
        }
    }
}

/// The boundary against that of the cluster, as exactly as that is known.
fn cluster(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    let site = &case.plan.site;
    let (Some(boundary), Some(of_site)) = (case.boundary, &site.boundary) else { return };
    if boundary_fault(of_site).is_some() {
        return;
    }
    let differs = boundary.xor(of_site);
    let parts: Vec<_> = differs.0.into_iter().filter(|part| is_wider(part, case.tolerance)).collect();
    if parts.is_empty() {
        return;
    }
    let error = site.precision_m.unwrap_or_default();
    let (measured, of_cluster) = (boundary.unsigned_area(), of_site.unsigned_area());
    let certain = parts.iter().any(|part| is_wider(part, case.tolerance + 2.0 * error));
    let (vi, en) = both(area_of(&parts), 1);
    let (off_vi, off_en) = if error > 0.0 {
        let (vi, en) = both(error, 1);
        (
            format!(" Vị trí ranh giới cụm có sai số ± {vi} m."),
            format!(" The boundary of the cluster is known to ± {en} m."),
        )
    } else {
        Default::default()
    };
    let found = finding(
        FindingKind::BoundaryDiffers,
        if certain { Verdict::Fail } else { Verdict::Undetermined },
        format!("Ranh giới đồ án khác ranh giới cụm ở {vi} m² đất.{off_vi}"),
        format!("The plan's boundary differs from that of the cluster over {en} m² of ground.{off_en}"),
    );
    let found = if certain { found } else { found.at_most(Severity::Info) };
    sheet.add(law, found.measured(measured, of_cluster, "m2").at(place_of(parts)));
}

/// Stated against measured areas, on the projection and on the ellipsoid: the nearer one counts.
fn areas(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    let limits = ["warning", "error", "least"].map(|name| case.limit(AREA, name));
    let [Some(warning), Some(error), Some(least)] = limits else {
        let why = Text::new("Dữ liệu chưa có dung sai diện tích.", "The data hold no tolerance for areas.");
        return sheet.unknown(case, law, why, &["plan_limits.PLN-AREA"]);
    };
    let differs = |measured: f64, on_ground: Option<f64>, stated: f64| {
        let nearest = on_ground.filter(|other| (stated - other).abs() < (stated - measured).abs()).unwrap_or(measured);
        let off = stated - nearest;
        let percent = 100.0 * off / nearest;
        // Noise of a division is no difference.
        (off.abs() > least && percent.abs() > warning + 1e-9).then(|| (off, percent, percent.abs() > error + 1e-9))
    };
    let heavy = |is_heavy: bool| if is_heavy { Severity::Error } else { Severity::Warning };
    let signed = |value: f64, digits: usize| {
        let (vi, en) = both(value, digits);
        if value > 0.0 { (format!("+{vi}"), format!("+{en}")) } else { (vi, en) }
    };
    let mut missing: BTreeSet<&str> = BTreeSet::new();
    for lot in &case.lots {
        let Some(stated) = lot.parcel.stated_m2 else {
            missing.insert("plan_parcels.area_m2");
            continue;
        };
        let on_ground = scale_factor(&case.plan.crs, lot.rect.center()).map(|scale| lot.area / scale.powi(2));
        let Some((off, percent, is_heavy)) = differs(lot.area, on_ground, stated) else { continue };
        let label = lot.parcel.label();
        let ((s_vi, s_en), (m_vi, m_en)) = (both(stated, 1), both(lot.area, 1));
        let ((o_vi, o_en), (p_vi, p_en)) = (signed(off, 1), signed(percent, 2));
        let found = finding(
            FindingKind::AreaDiffers,
            Verdict::Fail,
            format!("Lô {label} ghi {s_vi} m², đo trên bản vẽ {m_vi} m²: lệch {o_vi} m² ({p_vi}%)."),
            format!("Lot {label} states {s_en} m² and measures {m_en} m²: {o_en} m² ({p_en}%)."),
        );
        let found = found.measured(lot.area, stated, "m2").at(lot.polygon.clone()).of_lots([lot.parcel.id.as_str()]);
        sheet.add(law, found.at_most(heavy(is_heavy)));
    }
    match (case.boundary, case.plan.area_ha) {
        (Some(boundary), Some(hectares)) => {
            let (measured, stated) = (boundary.unsigned_area(), hectares * 10_000.0);
            let centre = boundary.bounding_rect().map(|rect| rect.center());
            let on_ground =
                centre.and_then(|at| scale_factor(&case.plan.crs, at)).map(|scale| measured / scale.powi(2));
            if let Some((off, percent, is_heavy)) = differs(measured, on_ground, stated) {
                let ((s_vi, s_en), (m_vi, m_en)) = (both(hectares, 4), both(measured / 10_000.0, 4));
                let ((o_vi, o_en), (p_vi, p_en)) = (signed(off, 1), signed(percent, 2));
                let found = finding(
                    FindingKind::AreaDiffers,
                    Verdict::Fail,
                    format!(
                        "Đồ án ghi tổng diện tích {s_vi} ha, ranh giới đo được {m_vi} ha: lệch {o_vi} m² ({p_vi}%)."
                    ),
                    format!(
                        "The plan states {s_en} ha in all and its boundary measures {m_en} ha: {o_en} m² ({p_en}%)."
                    ),
                );
                sheet.add(law, found.measured(measured, stated, "m2").at(boundary.clone()).at_most(heavy(is_heavy)));
            }
        }
        (None, _) => drop(missing.insert("plans.geom")),
        (_, None) => drop(missing.insert("plans.area_ha")),
    }
    if case.lots.is_empty() {
        missing.insert("plan_parcels.geom");
    }
    let pass = Text::new("Diện tích ghi khớp với diện tích đo.", "The stated areas agree with the measured ones.");
    let missing: Vec<&str> = missing.into_iter().collect();
    sheet.conclude(case, law, pass, &missing);
}
