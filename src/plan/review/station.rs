//! PLN-WWTP-SITE and PLN-WWTP-ATMT: the treatment station in the plan, its land, its strip and its safety distance.
//!
//! Where inside its lot the station discharges and smells is only known where its building is drawn. With the lot alone, every
//! place in it is possible: near things fail only if they are too near from everywhere in the lot, and pass only if they are
//! far enough from its edge.

use geo::{Area, BoundingRect, Buffer, Distance, Euclidean, MultiPolygon, Polygon};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::infrastructure::is_for;
use super::sheet::{Sheet, apart, both, finding, listed};
use super::{Case, Footprint, Law, Lot};
use crate::compliance::Text;
use crate::plan::finding::{FindingKind, Verdict};

const SITE: &str = "PLN-WWTP-SITE";
const DISTANCE: &str = "PLN-WWTP-ATMT";

/// Uses that may lie within the safety distance: roads, parking, technical works, and what stays green.
const MAY_LIE_NEAR: [&str; 5] = ["GT", "P", "HTKT", "CX", "MN"];

/// Words of buildings in which people live, learn or are cured.
const LIVED_IN: [&str; 8] =
    ["nhà ở", "chung cư", "khu dân cư", "ký túc", "trường học", "trường mầm non", "bệnh viện", "trạm y tế"];

/// The station in the plan.
struct Station<'a> {
    lot: Option<&'a Lot<'a>>,
    /// Its building, where one is drawn on the lot.
    building: Option<&'a Footprint<'a>>,
}

impl Station<'_> {
    /// From where distances are measured, and whether the source is known to be there.
    fn source(&self) -> Option<(&Polygon<f64>, bool)> {
        match (self.building, self.lot) {
            (Some(building), _) => Some((building.polygon, true)),
            (None, Some(lot)) => Some((lot.polygon, false)),
            (None, None) => None,
        }
    }

    /// Least and most that the source may be from an area, metres.
    fn distance(&self, other: &Polygon<f64>) -> Option<(f64, f64)> {
        let (source, is_known) = self.source()?;
        let nearest = Euclidean.distance(source, other);
        let farthest = |corner: &geo::Coord<f64>| Euclidean.distance(&geo::Point(*corner), other);
        let most = match is_known {
            true => nearest,
            false => source.exterior().0.iter().map(farthest).fold(nearest, f64::max),
        };
        Some((nearest, most))
    }
}

fn says(text: Option<&str>, words: &[&str]) -> bool {
    let text = text.unwrap_or_default().to_lowercase();
    words.iter().any(|word| text.contains(word))
}

fn is_station(built: &Footprint<'_>) -> bool {
    let words = ["xử lý nước thải", "xlnt"];
    says(built.building.usage.as_deref(), &words) || says(built.building.name.as_deref(), &words)
}

pub(super) fn review(case: &Case<'_>, sheet: &mut Sheet) {
    let technical = || case.lots.iter().filter(|lot| lot.parcel.is_used_as(&["HTKT"]));
    let building = |lot: &Lot<'_>| {
        let rect = lot.rect;
        case.buildings.iter().find(|built| {
            is_station(built)
                && geo::Intersects::intersects(&built.rect, &rect)
                && geo::BooleanOps::intersection(lot.polygon, built.polygon).unsigned_area() > built.area / 2.0
        })
    };
    let lot = case
        .lots
        .iter()
        .find(|lot| is_for(lot.parcel, "WWTP"))
        .or_else(|| technical().find(|lot| building(lot).is_some()));
    let station = Station { lot, building: lot.and_then(building) };
    if let Some(law) = sheet.law(case, SITE) {
        site(case, sheet, &law, &station);
    }
    if let Some(law) = sheet.law(case, DISTANCE) {
        distance(case, sheet, &law, &station);
    }
}

fn site(case: &Case<'_>, sheet: &mut Sheet, law: &Law, station: &Station<'_>) {
    let Some(lot) = station.lot else {
        let why = Text::new(
            "Chưa rõ lô nào của đồ án là trạm xử lý nước thải.",
            "Which lot of the plan is the station is not on record.",
        );
        return sheet.unknown(case, law, why, &["plan_parcels.item_code"]);
    };
    let limits = ["land", "strip"].map(|name| case.limit(law.rule, name));
    let [Some(land), Some(strip)] = limits else {
        let why = Text::new("Dữ liệu chưa có trị số của ngày đó.", "The data hold no numbers of that day.");
        return sheet.unknown(case, law, why, &["plan_limits.PLN-WWTP-SITE"]);
    };
    let mut missing = Vec::new();
    let (label, id) = (lot.parcel.label(), lot.parcel.id.as_str());
    let capacity: Option<f64> = case.plan.site.stations.iter().map(|station| station.capacity_m3_day).sum();
    match capacity.filter(|capacity| *capacity > 0.0) {
        Some(capacity) => {
            let most = land * 10_000.0 * capacity / 1000.0;
            if lot.area > most + case.rounding {
                let ([(a_vi, a_en), (m_vi, m_en)], (c_vi, c_en)) = (apart(lot.area, most, 0), both(capacity, 0));
                let found = finding(
                    FindingKind::Station,
                    Verdict::Fail,
                    format!(
                        "Lô {label} của trạm xử lý rộng {a_vi} m²; công suất {c_vi} m³/ngày cần không quá {m_vi} m²."
                    ),
                    format!(
                        "Lot {label} of the station takes {a_en} m²; a capacity of {c_en} m³ a day takes {m_en} m² at most."
                    ),
                );
                sheet.add(law, found.measured(lot.area, most, "m2").at(lot.polygon.clone()).of_lots([id]));
            }
        }
        None => missing.push("treatment_stations.capacity_m3_day"),
    }
    for other in case.lots_near(lot.rect, strip).map(|(_, other)| other) {
        if other.parcel.id == lot.parcel.id || other.parcel.is_used_as(&MAY_LIE_NEAR) || other.parcel.land_use.is_none()
        {
            continue;
        }
        let Some((nearest, most)) = station.distance(other.polygon) else { continue };
        if nearest >= strip - case.rounding {
            continue;
        }
        let verdict = if most < strip - case.rounding { Verdict::Fail } else { Verdict::Undetermined };
        // A building drawn on its lot leaves no room for the strip; a lot alone may hold the strip itself.
        let [(n_vi, n_en), (s_vi, s_en)] = apart(nearest, strip, 2);
        let found = finding(
            FindingKind::Station,
            verdict,
            format!(
                "Trạm xử lý (lô {label}) cách lô {} {n_vi} m; quanh trạm cần dải cây xanh {s_vi} m.",
                other.parcel.label()
            ),
            format!(
                "The station (lot {label}) is {n_en} m from lot {}; it needs a green strip of {s_en} m around it.",
                other.parcel.label()
            ),
        );
        let found = found.measured(nearest, strip, "m").at(other.polygon.clone());
        sheet.add(law, found.of_lots([id, other.parcel.id.as_str()]));
    }
    if case.plan.site.stations.is_empty() || case.plan.site.stations.iter().any(|station| station.is_upwind.is_none()) {
        missing.push("treatment_stations.is_upwind");
    }
    let pass = Text::new(
        "Trạm có đủ đất và dải cây xanh, cuối hướng gió và dòng chảy.",
        "The station keeps to its land and strip, downwind and downstream.",
    );
    sheet.conclude(case, law, pass, &missing);
}

/// The largest distance that the stations of the site keep by law, metres; at least and at most, where it is not on record
/// whether a station lies upwind. `None` where kind or capacity of one is not on record.
fn required(case: &Case<'_>) -> Option<(f64, f64)> {
    let upwind = case.limit(DISTANCE, "upwind")?;
    let of = |station: &crate::plan::model::PlanStation| {
        let capacity = Decimal::from_f64(station.capacity_m3_day?)?;
        let row = case.standards.safety_distance(station.kind?, capacity, case.law_on)?;
        let metres = row.metres.to_f64()?;
        Some(match station.is_upwind {
            Some(true) => (metres * upwind, metres * upwind),
            Some(false) => (metres, metres),
            None => (metres, metres * upwind),
        })
    };
    let all: Option<Vec<(f64, f64)>> = case.plan.site.stations.iter().map(of).collect();
    all?.into_iter().reduce(|a, b| (a.0.max(b.0), a.1.max(b.1)))
}

fn distance(case: &Case<'_>, sheet: &mut Sheet, law: &Law, station: &Station<'_>) {
    let Some((source, _)) = station.source() else {
        let why = Text::new(
            "Chưa rõ lô nào của đồ án là trạm xử lý nước thải.",
            "Which lot of the plan is the station is not on record.",
        );
        return sheet.unknown(case, law, why, &["plan_parcels.item_code"]);
    };
    let Some((least, most)) = required(case) else {
        let why = Text::new(
            "Chưa rõ loại hoặc công suất của trạm.",
            "The kind or the capacity of the station is not on record.",
        );
        return sheet.unknown(
            case,
            law,
            why,
            &["treatment_stations.treatment_kind", "treatment_stations.capacity_m3_day"],
        );
    };
    let ((l_vi, l_en), (m_vi, m_en)) = (both(least, 1), both(most, 1));
    let (limit_vi, limit_en) =
        if least == most { (l_vi, l_en) } else { (format!("{l_vi}–{m_vi}"), format!("{l_en}–{m_en}")) };
    // Houses near the station, each as exactly as its place is known against the plan.
    let lived_in = |built: &&Footprint<'_>| says(built.building.usage.as_deref(), &LIVED_IN);
    for built in case.buildings.iter().filter(lived_in) {
        let Some((nearest, farthest)) = station.distance(built.polygon) else { continue };
        let error = case.error_of(built.building);
        if nearest - error >= most {
            continue;
        }
        let verdict = if farthest + error < least { Verdict::Fail } else { Verdict::Undetermined };
        let (name, [(n_vi, n_en), _]) = (built.building.label(), apart(nearest, most, 1));
        let found = finding(
            FindingKind::Station,
            verdict,
            format!("{name} cách trạm xử lý {n_vi} m, cần ít nhất {limit_vi} m."),
            format!("{name} is {n_en} m from the station; at least {limit_en} m is required."),
        );
        sheet.add(law, found.measured(nearest, least, "m").at(built.polygon.clone()).of_building(&built.building.id));
    }
    // A lot that reaches into the distance may keep that part free: what will stand there is not decided by the lot.
    let own = station.lot.map(|lot| lot.parcel.id.as_str());
    let Some(rect) = source.bounding_rect() else { return };
    let reached: Vec<&Lot<'_>> = case
        .lots_near(rect, least)
        .map(|(_, lot)| lot)
        .filter(|lot| {
            Some(lot.parcel.id.as_str()) != own
                && lot.parcel.land_use.is_some()
                && !lot.parcel.is_used_as(&MAY_LIE_NEAR)
        })
        .filter(|lot| station.distance(lot.polygon).is_some_and(|(_, farthest)| farthest < least - case.rounding))
        .collect();
    if !reached.is_empty() {
        let (labels_vi, labels_en) = listed(reached.iter().map(|lot| lot.parcel.label()));
        let band: MultiPolygon<f64> = source.buffer(least);
        let nearest = reached.iter().filter_map(|lot| station.distance(lot.polygon)).map(|(nearest, _)| nearest);
        let nearest = nearest.fold(f64::INFINITY, f64::min);
        let found = finding(
            FindingKind::Station,
            Verdict::Undetermined,
            format!(
                "Trong khoảng cách {limit_vi} m quanh trạm xử lý chỉ được có đường, bãi đỗ xe, công trình hạ tầng kỹ thuật; các lô {labels_vi} nằm một phần trong đó."
            ),
            format!(
                "Within {limit_en} m of the station only roads, parking and technical works may stand; the lots {labels_en} reach into it."
            ),
        );
        let found = found.measured(nearest, least, "m").at(band);
        sheet.add(law, found.of_lots(reached.iter().map(|lot| lot.parcel.id.as_str())));
    }
    let mut missing = Vec::new();
    if !case.buildings.iter().any(|built| built.building.usage.is_some()) {
        missing.push("buildings.use_vi");
    }
    let pass = Text::new(
        format!("Không có nhà ở, trường học, cơ sở y tế trong khoảng cách {limit_vi} m."),
        format!("No house, school or clinic stands within {limit_en} m."),
    );
    sheet.conclude(case, law, pass, &missing);
}
