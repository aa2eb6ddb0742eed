//! PLN-REDLINE and PLN-SETBACK: red lines and set-backs.

use geo::{BoundingRect, Coord, Distance, Euclidean, Line, LinesIter, MultiLineString, Polygon};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::sheet::{Sheet, apart, both, finding};
use super::{Case, Law};
use crate::compliance::{LegalBasis, Text};
use crate::plan::finding::{FindingKind, Verdict};
use crate::plan::ground::come_near;
use crate::plan::model::{LineKind, PlanLine};

/// A red line that belongs to a lot lies no further from it than this many tolerances.
const BESIDE: f64 = 2.0;

/// Uses whose lots hold no buildings that stand back from a road.
const NOT_BUILT_ON: [&str; 3] = ["GT", "CX", "MN"];

pub(super) fn review(case: &Case<'_>, sheet: &mut Sheet) {
    if let Some(law) = sheet.law(case, "PLN-REDLINE") {
        red_lines(case, sheet, &law);
    }
    if let Some(law) = sheet.law(case, "PLN-SETBACK") {
        setbacks(case, sheet, &law);
    }
}

/// Lines of a kind with their courses.
pub(super) fn of_kind<'a>(
    case: &'a Case<'_>,
    kind: LineKind,
) -> impl Iterator<Item = (&'a PlanLine, &'a MultiLineString<f64>)> {
    let lines = case.plan.lines.iter().filter(move |line| line.kind == Some(kind));
    lines.filter_map(|line| Some((line, line.course.as_ref()?)))
}

/// How far an area reaches over a line: the smaller of the depths on both sides, metres.
pub(super) fn depth_across(polygon: &Polygon<f64>, course: &MultiLineString<f64>) -> f64 {
    let edges: Vec<Line<f64>> = course.lines_iter().filter(|edge| edge.start != edge.end).collect();
    let side = |c: &Coord<f64>| {
        let point = geo::Point(*c);
        let nearest = edges.iter().map(|edge| (Euclidean.distance(&point, edge), edge));
        let (distance, edge) = nearest.min_by(|a, b| a.0.total_cmp(&b.0))?;
        // Only what lies beside the edge is on a side of it: beyond its ends the line says nothing.
        let along = (c.x - edge.start.x) * edge.dx() + (c.y - edge.start.y) * edge.dy();
        let length2 = edge.dx().powi(2) + edge.dy().powi(2);
        let cross = edge.dx() * (c.y - edge.start.y) - edge.dy() * (c.x - edge.start.x);
        (0.0..=length2).contains(&along).then(|| distance.copysign(cross))
    };
    let sides: Vec<f64> = polygon.exterior().0.iter().filter_map(side).collect();
    let left = sides.iter().copied().fold(0.0, f64::max);
    let right = sides.iter().map(|side| -side).fold(0.0, f64::max);
    left.min(right)
}

fn red_lines(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    let mut missing = Vec::new();
    let mut any = false;
    for (line, course) in of_kind(case, LineKind::RedLine) {
        any = true;
        let Some(rect) = course.bounding_rect() else { continue };
        for built in case.buildings.iter().filter(|built| geo::Intersects::intersects(&built.rect, &rect)) {
            use geo::Intersects;
            if !built.polygon.intersects(course) {
                continue;
            }
            let depth = depth_across(built.polygon, course);
            let error = case.tolerance + case.error_of(built.building);
            if depth <= case.tolerance {
                continue;
            }
            let name = built.building.label();
            let (vi, en) = both(depth, 2);
            let verdict = if depth > error { Verdict::Fail } else { Verdict::Undetermined };
            let found = finding(
                FindingKind::Line,
                verdict,
                format!("Công trình {name} nằm trên chỉ giới đường đỏ, lấn {vi} m."),
                format!("Building {name} stands across the red line, {en} m over it."),
            );
            let found = found.measured(depth, 0.0, "m").at(built.polygon.clone());
            sheet.add(law, found.of_building(&built.building.id).of_line(&line.id));
        }
    }
    if !any {
        missing.push("plan_lines.line_kind");
    }
    if case.buildings.is_empty() {
        missing.push("buildings.geom");
    }
    let pass = Text::new("Không công trình nào vượt chỉ giới đường đỏ.", "No building stands across a red line.");
    sheet.conclude(case, law, pass, &missing);
}

/// The set-back that the table gives, with its text.
fn by_table(case: &Case<'_>, road_m: f64, height_m: f64) -> Option<(f64, LegalBasis)> {
    let (road, height) = (Decimal::from_f64(road_m)?, Decimal::from_f64(height_m)?);
    let rows = case.standards.plan_setbacks.iter().filter(|row| row.basis.in_force(case.law_on));
    let row = rows.into_iter().find(|row| row.holds_for(road, height))?;
    Some((row.metres.to_f64()?, row.basis.clone()))
}

/// Stated set-backs of lots against the table, by the widest road along them and the height they permit.
fn setbacks(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    let roads: Vec<_> =
        of_kind(case, LineKind::RedLine).filter_map(|(line, course)| Some((line.width_m?, course))).collect();
    let mut judged = 0;
    let mut missing = Vec::new();
    let certain = case.standards.plan_setbacks.iter().all(|row| row.basis.confidence.is_certain());
    let law = &Law { counts: law.counts && certain, bases: law.bases.clone(), ..*law };
    for lot in case.lots.iter().filter(|lot| !lot.parcel.is_used_as(&NOT_BUILT_ON)) {
        let by = BESIDE * case.tolerance;
        let near = roads.iter().filter(|(_, course)| {
            course.bounding_rect().is_some_and(|rect| come_near(lot.rect, rect, by))
                && Euclidean.distance(lot.polygon, *course) <= by
        });
        let Some(road) = near.map(|(width, _)| *width).max_by(f64::total_cmp) else { continue };
        let (Some(setback), Some(height)) = (lot.parcel.setback_m, lot.parcel.height_max_m) else {
            missing = vec!["plan_parcels.setback_m", "plan_parcels.height_max_m"];
            continue;
        };
        let Some((required, basis)) = by_table(case, road, height) else { continue };
        judged += 1;
        if setback >= required - case.rounding {
            continue;
        }
        let label = lot.parcel.label();
        let [(s_vi, s_en), (r_vi, r_en)] = apart(setback, required, 2);
        let ((w_vi, w_en), (h_vi, h_en)) = (both(road, 1), both(height, 1));
        let found = finding(
            FindingKind::Line,
            Verdict::Fail,
            format!(
                "Lô {label} lùi {s_vi} m so với chỉ giới đường đỏ; đường rộng {w_vi} m, nhà cao {h_vi} m cần lùi {r_vi} m."
            ),
            format!(
                "Lot {label} stands back {s_en} m from the red line; a road of {w_en} m and a height of {h_en} m need {r_en} m."
            ),
        );
        let found = found.measured(setback, required, "m").at(lot.polygon.clone());
        sheet.add(&Law { bases: vec![basis], ..*law }, found.of_lots([lot.parcel.id.as_str()]));
    }
    if judged == 0 && missing.is_empty() {
        missing = vec!["plan_lines.width_m", "plan_parcels.setback_m"];
    }
    let pass = Text::new("Khoảng lùi ghi trong đồ án đủ theo bảng.", "The stated set-backs reach those of the table.");
    sheet.conclude(case, law, pass, &missing);
}
