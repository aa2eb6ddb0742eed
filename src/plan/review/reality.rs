//! PLN-BUILT: what stands on the ground against what the plan allows there.
//!
//! Plan and buildings are compared as drawn. Where a building is not known as exactly as the plan, what its error may explain
//! is undetermined.

use geo::{Area, BooleanOps, BoundingRect, Intersects, MultiPolygon, Polygon, unary_union};

use super::lines::{depth_across, of_kind};
use super::sheet::{Sheet, apart, both, finding};
use super::{Case, Footprint, Law, Lot};
use crate::compliance::Text;
use crate::compliance::evidence::date_vi;
use crate::plan::ProposedViolation;
use crate::plan::finding::{Finding, FindingKind, Severity, Verdict};
use crate::plan::ground::{Edges, beyond, come_near, is_wider, perimeter, shared, surely_covers};
use crate::plan::model::{Building, LineKind};

const RULE: &str = "PLN-BUILT";

/// Noise of a division, percent.
const NOISE_PCT: f64 = 1e-7;

/// What is built on one lot.
#[derive(Clone, Default)]
pub(super) struct BuiltLot {
    /// Whether any building of the site is on record; without, nothing is known of the lot.
    pub any_on_record: bool,
    /// Footprints, m².
    pub area: f64,
    /// Floors, m²; `None` where the storeys of a building are not on record.
    pub floors: Option<f64>,
    /// Most storeys.
    pub storeys: Option<i64>,
    /// Positions of the buildings on it.
    buildings: Vec<usize>,
}

/// What is built on every sound lot.
pub(super) struct Built {
    pub lots: Vec<BuiltLot>,
}

/// The ground that a building takes of one lot.
struct Piece<'a> {
    lot: &'a Lot<'a>,
    at: usize,
    area: f64,
    /// `None` where that is all of the building.
    parts: Option<Vec<Polygon<f64>>>,
}

impl Case<'_> {
    /// How far off a building may be against the plan, metres. Of one precision both lie in one frame, such as a drawing, and
    /// stand to each other as drawn.
    pub(super) fn error_of(&self, building: &Building) -> f64 {
        match (building.precision_m, self.plan.precision_m) {
            (building, plan) if building == plan => 0.0,
            (building, plan) => building.unwrap_or_default().max(plan.unwrap_or_default()),
        }
    }
}

pub(super) fn review(case: &Case<'_>, sheet: &mut Sheet) -> Built {
    let any = !case.buildings.is_empty();
    let empty = BuiltLot { any_on_record: any, floors: Some(0.0), ..BuiltLot::default() };
    let mut built = Built { lots: vec![empty; case.lots.len()] };
    let Some(law) = sheet.law(case, RULE) else { return built };
    let before = sheet.findings.len();
    for (at, footprint) in case.buildings.iter().enumerate() {
        let pieces = pieces(case, footprint);
        for piece in &pieces {
            let Some(lot) = built.lots.get_mut(piece.at) else { continue };
            lot.area += piece.area;
            let storeys = footprint.building.storeys;
            lot.floors = lot.floors.zip(storeys).map(|(floors, storeys)| floors + piece.area * storeys as f64);
            lot.storeys = lot.storeys.max(storeys);
            lot.buildings.push(at);
        }
        if !case.lots.is_empty() {
            place(case, sheet, &law, footprint, &pieces);
        }
        heights(sheet, &law, footprint, &pieces);
        time(case, sheet, &law, footprint);
    }
    for (lot, on_it) in case.lots.iter().zip(&built.lots) {
        density(case, sheet, &law, lot, on_it);
    }
    easements(case, sheet, &law);
    building_lines(case, sheet, &law);
    // Against a plan that is not in force there is nothing to violate yet.
    if !case.is_in_force() {
        for found in sheet.findings.iter_mut().skip(before) {
            found.severity = found.severity.max(Severity::Warning);
        }
    }
    let mut missing = Vec::new();
    if !any {
        missing.push("buildings.geom");
    }
    if case.lots.is_empty() {
        missing.push("plan_parcels.geom");
    }
    let pass = Text::new("Công trình hiện trạng phù hợp với đồ án.", "What is built agrees with the plan.");
    sheet.conclude(case, &law, pass, &missing);
    built
}

fn pieces<'a>(case: &'a Case<'_>, footprint: &Footprint<'_>) -> Vec<Piece<'a>> {
    let near: Vec<(usize, &Lot<'_>)> = case.lots_near(footprint.rect, 0.0).collect();
    if let Some((at, lot)) = near.iter().find(|(_, lot)| surely_covers(lot.polygon, footprint.polygon)) {
        // Lots that lie on each other are told as such; the building counts once.
        return vec![Piece { lot, at: *at, area: footprint.area, parts: None }];
    }
    let piece = |(at, lot): (usize, &'a Lot<'_>)| {
        let parts = shared(lot.polygon, footprint.polygon, case.rounding);
        let area: f64 = parts.iter().map(Area::unsigned_area).sum();
        (area > 0.0).then_some(Piece { lot, at, area, parts: Some(parts) })
    };
    near.into_iter().filter_map(piece).collect()
}

fn place(case: &Case<'_>, sheet: &mut Sheet, law: &Law, footprint: &Footprint<'_>, pieces: &[Piece<'_>]) {
    let name = footprint.building.label();
    let error = case.error_of(footprint.building);
    let verdict_of = |parts: &[Polygon<f64>]| {
        let widest = |width: f64| parts.iter().any(|part| is_wider(part, width));
        match (widest(case.tolerance + 2.0 * error), widest(case.tolerance)) {
            (true, _) => Some(Verdict::Fail),
            (false, true) => Some(Verdict::Undetermined),
            (false, false) => None,
        }
    };
    let on_lots: f64 = pieces.iter().map(|piece| piece.area).sum();
    if footprint.area - on_lots > case.rounding * perimeter(footprint.polygon)
        && let Some(boundary) = case.boundary
    {
        let parts = beyond(footprint.polygon, boundary, case.rounding);
        if let Some(verdict) = verdict_of(&parts) {
            let area: f64 = parts.iter().map(Area::unsigned_area).sum();
            let (vi, en) = both(area, 1);
            let found = finding(
                FindingKind::BuiltOutside,
                verdict,
                format!("{name} nằm ngoài ranh giới đồ án {vi} m²."),
                format!("{name} stands outside the boundary of the plan over {en} m²."),
            );
            let found = found.measured(area, 0.0, "m2").at(MultiPolygon(parts));
            sheet.add(law, found.of_building(&footprint.building.id));
        }
    }
    let Some(home) = pieces.iter().max_by(|a, b| a.area.total_cmp(&b.area)) else { return };
    for piece in pieces {
        let is_home = piece.at == home.at;
        let whole = [footprint.polygon.clone()];
        let parts: &[Polygon<f64>] = piece.parts.as_deref().unwrap_or(&whole);
        let Some(verdict) = verdict_of(parts) else { continue };
        let (label, (vi, en)) = (piece.lot.parcel.label(), both(piece.area, 1));
        let found = if piece.lot.parcel.is_used_as(&["GT"]) {
            finding(
                FindingKind::BuiltOnRoad,
                verdict,
                format!("{name} nằm trên đất giao thông (lô {label}) {vi} m²."),
                format!("{name} stands on a road (lot {label}) over {en} m²."),
            )
        } else if piece.lot.parcel.is_used_as(&["CX", "MN"]) {
            on_green(name, piece, verdict, is_home)
        } else if !is_home {
            finding(
                FindingKind::BuiltOutside,
                verdict,
                format!("{name} vượt ranh lô {} sang lô {label} {vi} m².", home.lot.parcel.label()),
                format!(
                    "{name} reaches over the border of lot {} into lot {label} by {en} m².",
                    home.lot.parcel.label()
                ),
            )
        } else {
            continue;
        };
        let found = found.measured(piece.area, 0.0, "m2").at(MultiPolygon(parts.to_vec()));
        sheet.add(law, found.of_building(&footprint.building.id).of_lots([piece.lot.parcel.id.as_str()]));
    }
}

/// A lot table may permit a small share of a green lot to be built on, for works that serve it; whether a building is one is
/// not on record.
fn on_green(name: &str, piece: &Piece<'_>, verdict: Verdict, is_home: bool) -> Finding {
    let (label, (vi, en)) = (piece.lot.parcel.label(), both(piece.area, 1));
    let permitted = piece.lot.parcel.density_max_pct.filter(|density| is_home && *density > 0.0);
    match permitted {
        Some(density) => {
            let (d_vi, d_en) = both(density, 1);
            finding(
                FindingKind::BuiltOnGreen,
                Verdict::Undetermined,
                format!(
                    "{name} nằm trên đất cây xanh, mặt nước (lô {label}) {vi} m²; lô này chỉ được xây {d_vi}% cho công trình phục vụ."
                ),
                format!(
                    "{name} stands on green land or water (lot {label}) over {en} m²; {d_en}% of the lot may be built on, for what serves it."
                ),
            )
        }
        None => finding(
            FindingKind::BuiltOnGreen,
            verdict,
            format!("{name} nằm trên đất cây xanh, mặt nước (lô {label}) {vi} m²."),
            format!("{name} stands on green land or water (lot {label}) over {en} m²."),
        ),
    }
}

fn heights(sheet: &mut Sheet, law: &Law, footprint: &Footprint<'_>, pieces: &[Piece<'_>]) {
    let Some(home) = pieces.iter().max_by(|a, b| a.area.total_cmp(&b.area)) else { return };
    let (building, parcel) = (footprint.building, home.lot.parcel);
    let (name, label) = (building.label(), parcel.label());
    let found = match (building.storeys.zip(parcel.storeys_max), building.height_m.zip(parcel.height_max_m)) {
        (Some((storeys, most)), _) if storeys > most => finding(
            FindingKind::BuiltTooHigh,
            Verdict::Fail,
            format!("{name} cao {storeys} tầng; lô {label} cho phép {most} tầng."),
            format!("{name} has {storeys} storeys; lot {label} permits {most}."),
        )
        .measured(storeys as f64, most as f64, "1"),
        (_, Some((height, most))) if height > most => {
            let [(h_vi, h_en), (m_vi, m_en)] = apart(height, most, 2);
            finding(
                FindingKind::BuiltTooHigh,
                Verdict::Fail,
                format!("{name} cao {h_vi} m; lô {label} cho phép {m_vi} m."),
                format!("{name} is {h_en} m high; lot {label} permits {m_en} m."),
            )
            .measured(height, most, "m")
        }
        _ => return,
    };
    let found = found.at(footprint.polygon.clone()).of_building(&building.id);
    sheet.add(law, found.of_lots([parcel.id.as_str()]));
}

/// A building older than the plan may follow an earlier plan or permit, which is not on record.
fn time(case: &Case<'_>, sheet: &mut Sheet, law: &Law, footprint: &Footprint<'_>) {
    let dates = (footprint.building.built_on, case.plan.dates.approved_on);
    let (Some(built), Some(approved)) = dates else { return };
    let on_plan = || case.boundary.is_some_and(|boundary| boundary.intersects(footprint.polygon));
    if !case.is_in_force() || built >= approved || !on_plan() {
        return;
    }
    let name = footprint.building.label();
    let found = finding(
        FindingKind::BuiltBeforeApproval,
        Verdict::Undetermined,
        format!("{name} xây ngày {}, trước khi đồ án được phê duyệt ngày {}.", date_vi(built), date_vi(approved)),
        format!("{name} was built on {built}, before the plan was approved on {approved}."),
    );
    sheet.add(law, found.at(footprint.polygon.clone()).of_building(&footprint.building.id));
}

fn density(case: &Case<'_>, sheet: &mut Sheet, law: &Law, lot: &Lot<'_>, on_it: &BuiltLot) {
    let parcel = lot.parcel;
    let footprints = || on_it.buildings.iter().filter_map(|at| case.buildings.get(*at));
    let ids = || footprints().map(|built| built.building.id.clone()).collect::<Vec<_>>();
    let label = parcel.label();
    let percent = 100.0 * on_it.area / lot.area;
    if let Some(most) = parcel.density_max_pct.filter(|most| percent > most + NOISE_PCT) {
        // Footprints that lie on each other must not count twice.
        let polygons: Vec<Polygon<f64>> = footprints().map(|built| built.polygon.clone()).collect();
        let place = unary_union(&polygons).intersection(lot.polygon);
        let percent = 100.0 * place.unsigned_area() / lot.area;
        if percent > most + NOISE_PCT {
            let [(p_vi, p_en), (m_vi, m_en)] = apart(percent, most, 2);
            let found = finding(
                FindingKind::BuiltTooDensely,
                Verdict::Fail,
                format!("Lô {label} đã xây {p_vi}%, cho phép {m_vi}%."),
                format!("{p_en}% of lot {label} is built on; {m_en}% is permitted."),
            );
            let found = found.measured(percent, most, "%").at(place).of_lots([parcel.id.as_str()]);
            sheet.add(law, Finding { buildings: ids(), ..found });
            return;
        }
    }
    let too_high = parcel.storeys_max.zip(on_it.storeys).is_some_and(|(most, storeys)| storeys > most);
    let (Some(floors), Some(most)) = (on_it.floors, parcel.far_max) else { return };
    let coefficient = floors / lot.area;
    // Storeys over what is permitted are told already.
    if too_high || coefficient <= most + NOISE_PCT {
        return;
    }
    let [(c_vi, c_en), (m_vi, m_en)] = apart(coefficient, most, 2);
    let found = finding(
        FindingKind::BuiltTooDensely,
        Verdict::Fail,
        format!("Lô {label} có hệ số sử dụng đất thực tế {c_vi}, cho phép {m_vi}."),
        format!("The use coefficient of lot {label} is {c_en}; {m_en} is permitted."),
    );
    let found = found.measured(coefficient, most, "1").at(lot.polygon.clone()).of_lots([parcel.id.as_str()]);
    sheet.add(law, Finding { buildings: ids(), ..found });
}

/// Buildings within half of the corridor's width of its line; of one without a width, on the line itself.
fn easements(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    use geo::LinesIter;
    for (line, course) in of_kind(case, LineKind::Easement) {
        let half = line.width_m.unwrap_or_default() / 2.0;
        let edges = Edges::of(course.lines_iter());
        let Some(rect) = course.bounding_rect() else { continue };
        for built in case.buildings.iter().filter(|built| come_near(built.rect, rect, half)) {
            let distance = match built.polygon.intersects(course) {
                true => Some(0.0),
                false => edges.distance(built.polygon, half),
            };
            let Some(distance) = distance.filter(|distance| half - distance > case.tolerance || half == 0.0) else {
                continue;
            };
            let error = case.error_of(built.building);
            let verdict = if half - distance > case.tolerance + error { Verdict::Fail } else { Verdict::Undetermined };
            let (name, [(d_vi, d_en), (h_vi, h_en)]) = (built.building.label(), apart(distance, half, 2));
            let corridor = line.label.as_deref().unwrap_or(&line.id);
            let found = finding(
                FindingKind::BuiltOnEasement,
                verdict,
                format!("{name} cách tim hành lang {corridor} {d_vi} m, phải cách ít nhất {h_vi} m."),
                format!(
                    "{name} is {d_en} m from the middle of the corridor {corridor}; at least {h_en} m is required."
                ),
            );
            let found = found.measured(distance, half, "m").at(built.polygon.clone());
            sheet.add(law, found.of_building(&built.building.id).of_line(&line.id));
        }
    }
}

/// Buildings across the plan's own building lines.
fn building_lines(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    for (line, course) in of_kind(case, LineKind::BuildingLine) {
        let Some(rect) = course.bounding_rect() else { continue };
        for built in case.buildings.iter().filter(|built| come_near(built.rect, rect, 0.0)) {
            let depth = if built.polygon.intersects(course) { depth_across(built.polygon, course) } else { 0.0 };
            if depth <= case.tolerance {
                continue;
            }
            let verdict = match depth > case.tolerance + case.error_of(built.building) {
                true => Verdict::Fail,
                false => Verdict::Undetermined,
            };
            let (name, (vi, en)) = (built.building.label(), both(depth, 2));
            let found = finding(
                FindingKind::Line,
                verdict,
                format!("{name} vượt chỉ giới xây dựng {vi} m."),
                format!("{name} reaches {en} m over the building line."),
            );
            let found = found.measured(depth, 0.0, "m").at(built.polygon.clone());
            sheet.add(law, found.of_building(&built.building.id).of_line(&line.id));
        }
    }
}

/// What an official may make of a finding.
pub(super) fn proposals(case: &Case<'_>, finding: &Finding) -> Vec<ProposedViolation> {
    let violation_kind = match finding.kind {
        FindingKind::BuiltOnGreen | FindingKind::BuiltOnRoad | FindingKind::BuiltOnEasement => "land_use",
        FindingKind::BuiltOutside
        | FindingKind::BuiltTooDensely
        | FindingKind::BuiltTooHigh
        | FindingKind::BuiltBeforeApproval
        | FindingKind::Line => "illegal_construction",
        _ => return Vec::new(),
    };
    if finding.buildings.is_empty() {
        return Vec::new();
    }
    let word = finding.kind.as_str();
    let proposal = |of: &str, building: Option<&String>| ProposedViolation {
        id: format!("{}-{of}-{word}", case.plan.row.id),
        violation_kind,
        finding: finding.number,
        building: building.cloned(),
        legal_basis: finding.rule.to_owned(),
        message: finding.message.clone(),
        place: finding.place.clone(),
    };
    match (finding.kind, finding.parcels.first()) {
        // Too dense is a lot, not one of its buildings.
        (FindingKind::BuiltTooDensely, Some(lot)) => vec![proposal(lot, None)],
        _ => finding.buildings.iter().map(|building| proposal(building, Some(building))).collect(),
    }
}
