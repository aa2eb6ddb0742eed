//! PLN-INFRA, PLN-CAPACITY, PLN-ACCESS and PLN-WATER: places for shared works, the station's capacity, roads, water.

use geo::{Distance, Euclidean, LinesIter};

use super::sheet::{Sheet, apart, both, finding, listed};
use super::{Case, Law};
use crate::compliance::Text;
use crate::plan::finding::{FindingKind, ItemPlace, Verdict};
use crate::plan::ground::Edges;
use crate::plan::model::{LineKind, Parcel};

/// Lots that need no road of their own.
const WITHOUT_ROAD: [&str; 3] = ["GT", "CX", "MN"];

/// Words by which a lot says what stands on it, where it has no code.
const WORDS: [(&str, &[&str]); 7] = [
    ("WWTP", &["xử lý nước thải", "xlnt"]),
    ("SOLID", &["chất thải rắn", "trung chuyển rác", "tập kết rác"]),
    ("POWER", &["trạm biến áp", "trạm điện"]),
    ("WATER", &["trạm cấp nước", "nhà máy nước", "trạm bơm nước sạch"]),
    ("ADMIN", &["điều hành"]),
    ("FIRE", &["chữa cháy", "pccc"]),
    ("COMMS", &["viễn thông", "bưu điện"]),
];

/// Whether a lot is for a shared work, by its code, else by its use or its words.
pub(super) fn is_for(parcel: &Parcel, item: &str) -> bool {
    if let Some(code) = &parcel.item_code {
        return code == item;
    }
    let by_use = match item {
        "ROAD" => parcel.is_used_as(&["GT"]),
        "GREEN" => parcel.is_used_as(&["CX"]),
        _ => false,
    };
    let said = parcel.function.as_deref().map(str::to_lowercase);
    let words = WORDS.iter().filter(|(code, _)| *code == item).flat_map(|(_, words)| *words);
    by_use || said.is_some_and(|said| words.into_iter().any(|word| said.contains(word)))
}

pub(super) fn review(case: &Case<'_>, sheet: &mut Sheet) -> Vec<ItemPlace> {
    let places = places(case);
    if let Some(law) = sheet.law(case, "PLN-INFRA") {
        items(case, sheet, &law, &places);
    }
    if let Some(law) = sheet.law(case, "PLN-CAPACITY") {
        capacity(case, sheet, &law);
    }
    if let Some(law) = sheet.law(case, "PLN-ACCESS") {
        access(case, sheet, &law);
    }
    if let Some(law) = sheet.law(case, "PLN-WATER") {
        water(case, sheet, &law);
    }
    places
}

fn places(case: &Case<'_>) -> Vec<ItemPlace> {
    let place = |item: &crate::compliance::standards::InfrastructureItem| {
        let parcels = case.plan.parcels.iter().filter(|parcel| is_for(parcel, &item.code));
        let is_fence = item.code == "FENCE";
        let lines = case.plan.lines.iter().filter(|line| match &line.item_code {
            Some(code) => *code == item.code,
            None => is_fence && line.kind == Some(LineKind::Fence),
        });
        ItemPlace {
            code: item.code.clone(),
            name: item.name.clone(),
            counted: item.counted,
            parcels: parcels.map(|parcel| parcel.id.clone()).collect(),
            lines: lines.map(|line| line.id.clone()).collect(),
        }
    };
    case.standards.infrastructure.iter().map(place).collect()
}

fn items(case: &Case<'_>, sheet: &mut Sheet, law: &Law, places: &[ItemPlace]) {
    let without: Vec<&ItemPlace> =
        places.iter().filter(|place| place.counted && place.code != "OTHER" && !place.has_place()).collect();
    let counted = places.iter().filter(|place| place.counted).count();
    let coded = case.plan.lines.iter().any(|line| line.item_code.is_some());
    let (names_vi, _) = listed(without.iter().map(|place| place.name.vi.as_str()));
    let (_, names_en) = listed(without.iter().map(|place| place.name.en.as_str()));
    if !without.is_empty() && !coded {
        // Networks stand on sheets of their own, which this plan was not taken from.
        let why = Text::new(
            format!("Đồ án trong dữ liệu chưa có tuyến hạ tầng nào; chưa thấy chỗ của: {names_vi}."),
            format!("No network of the plan is on record; no place is seen for: {names_en}."),
        );
        return sheet.unknown(case, law, why, &["plan_lines.item_code", "plan_parcels.item_code"]);
    }
    if !without.is_empty() {
        let placed = (counted - without.len()) as f64;
        let found = finding(
            FindingKind::Infrastructure,
            Verdict::Fail,
            format!("Đồ án chưa có chỗ cho: {names_vi}."),
            format!("The plan has no place for: {names_en}."),
        );
        sheet.add(law, found.measured(placed, counted as f64, "1"));
    }
    let pass = Text::new("Mỗi hạng mục đều có chỗ trong đồ án.", "Every shared work has its place in the plan.");
    sheet.conclude(case, law, pass, &[]);
}

fn capacity(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    let site = &case.plan.site;
    let capacities: Option<f64> = site.stations.iter().map(|station| station.capacity_m3_day).sum();
    let capacities = capacities.filter(|_| !site.stations.is_empty());
    let industrial_ha: f64 =
        case.lots.iter().filter(|lot| lot.parcel.is_used_as(&["CN"])).map(|lot| lot.area / 10_000.0).sum();
    let (Some(capacity), Some(wastewater)) = (capacities, site.wastewater_m3_day) else {
        let per_hectare = capacities.filter(|_| industrial_ha > 0.0).map(|capacity| both(capacity / industrial_ha, 1));
        let (vi, en) = per_hectare.map_or_else(Default::default, |(vi, en)| {
            (
                format!(" Công suất trạm bằng {vi} m³/ngày trên mỗi ha đất công nghiệp."),
                format!(" The capacity is {en} m³ a day for each hectare of industrial land."),
            )
        });
        let why = Text::new(
            format!("Chưa rõ công suất trạm hoặc lượng nước thải của cụm.{vi}"),
            format!("The capacity or the wastewater of the cluster is not on record.{en}"),
        );
        return sheet.unknown(case, law, why, &["treatment_stations.capacity_m3_day", "clusters.wastewater_m3_day"]);
    };
    let [(c_vi, c_en), (w_vi, w_en)] = apart(capacity, wastewater, 1);
    if capacity < wastewater {
        let found = finding(
            FindingKind::Infrastructure,
            Verdict::Fail,
            format!("Công suất trạm {c_vi} m³/ngày, nước thải của cụm {w_vi} m³/ngày."),
            format!("The station takes {c_en} m³ a day; the cluster makes {w_en} m³ a day."),
        );
        sheet.add(law, found.measured(capacity, wastewater, "m3/d"));
    }
    let pass = Text::new(
        format!("Công suất trạm {c_vi} m³/ngày đủ cho {w_vi} m³/ngày."),
        format!("The capacity of {c_en} m³ a day covers {w_en} m³ a day."),
    );
    sheet.conclude(case, law, pass, &[]).measured(capacity, wastewater, "m3/d");
}

fn access(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    let Some(least) = case.limit(law.rule, "frontage") else {
        let why = Text::new("Dữ liệu chưa có chiều dài tiếp giáp.", "The data hold no least frontage.");
        return sheet.unknown(case, law, why, &["plan_limits.PLN-ACCESS"]);
    };
    let roads = case.lots.iter().filter(|lot| lot.parcel.is_used_as(&["GT"]));
    let roads = Edges::of(roads.flat_map(|lot| lot.polygon.lines_iter().collect::<Vec<_>>()));
    let is_open = case.lots.iter().any(|lot| lot.parcel.land_use.is_none());
    if roads.is_empty() {
        let why = Text::new("Chưa có lô đất giao thông nào trong dữ liệu.", "No lot for roads is on record.");
        return sheet.unknown(case, law, why, &["plan_parcels.land_use_code"]);
    }
    let fence = Edges::of(case.boundary.into_iter().flat_map(|boundary| boundary.lines_iter()));
    for lot in case.lots.iter().filter(|lot| lot.parcel.land_use.is_some() && !lot.parcel.is_used_as(&WITHOUT_ROAD)) {
        let frontage = roads.frontage(lot.polygon, case.tolerance);
        if frontage >= least - case.rounding {
            continue;
        }
        // A road may run outside the boundary, or over ground whose use is not on record.
        let certain = !is_open && fence.distance(lot.polygon, case.tolerance).is_none();
        let (label, [(f_vi, f_en), (l_vi, l_en)]) = (lot.parcel.label(), apart(frontage, least, 1));
        let found = finding(
            FindingKind::Infrastructure,
            if certain { Verdict::Fail } else { Verdict::Undetermined },
            format!("Lô {label} tiếp giáp đường trong đồ án {f_vi} m, cần ít nhất {l_vi} m."),
            format!("Lot {label} borders on roads of the plan over {f_en} m; at least {l_en} m is needed."),
        );
        sheet.add(law, found.measured(frontage, least, "m").at(lot.polygon.clone()).of_lots([lot.parcel.id.as_str()]));
    }
    let pass = Text::new("Mọi lô đất đều tiếp giáp đường.", "Every lot borders on a road.");
    let missing: &[&str] = if is_open { &["plan_parcels.land_use_code"] } else { &[] };
    sheet.conclude(case, law, pass, missing);
}

/// The distance to the nearest water is told and not judged.
fn water(case: &Case<'_>, sheet: &mut Sheet, law: &Law) {
    let nearest = case.boundary.and_then(|boundary| {
        let to = case.plan.site.waterways.iter().map(|water| {
            let distance = boundary.iter().map(|area| Euclidean.distance(area, &water.course)).min_by(f64::total_cmp);
            (distance.unwrap_or(f64::INFINITY), water)
        });
        to.min_by(|a, b| a.0.total_cmp(&b.0))
    });
    let Some((distance, water)) = nearest else {
        let why = Text::new(
            "Chưa có ranh giới hoặc sông, kênh trong dữ liệu.",
            "The boundary or the waterways are not on record.",
        );
        return sheet.unknown(case, law, why, &["plans.geom", "waterways.geom"]);
    };
    let (vi, en) = both(distance, 0);
    let name = water.name.as_deref().unwrap_or(&water.id);
    let error = water.precision_m.unwrap_or_default().max(case.plan.precision_m.unwrap_or_default());
    let (off_vi, off_en) = both(error, 0);
    let (band_vi, band_en) = match error > 0.0 {
        true => (format!(", sai số ± {off_vi} m"), format!(", known to ± {off_en} m")),
        false => Default::default(),
    };
    let why = Text::new(
        format!("{name} cách ranh giới {vi} m{band_vi}."),
        format!("{name} is {en} m from the boundary{band_en}."),
    );
    let check = sheet.check(case, law, Verdict::NotApplicable, why);
    (check.measured, check.unit) = (Some(distance), Some("m"));
}
