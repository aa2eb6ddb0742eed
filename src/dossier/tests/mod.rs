//! Dossiers, read back by another PDF library and, where they are installed, by the programs of Poppler.
#![allow(clippy::unwrap_used)]

mod paper;
mod words;

use std::sync::atomic::AtomicBool;

use chrono::NaiveDate;
use geo::{Geometry, LineString, MultiLineString, MultiPolygon, Point, Polygon, polygon};

use super::{Dossier, DossierError, Language, Options};
use crate::compliance::site::PlanStatus;
use crate::compliance::{Confidence, LegalBasis, RowRef, Text};
use crate::geom::Crs;
use crate::plan::model::PlanDates;
use crate::plan::{
    Balance, BalanceRow, Building, Check, Finding, FindingKind, LineKind, Lot, Parcel, Plan, PlanLine, PlanReview,
    PlanSite, Severity, Verdict,
};

pub const STORE: &str = "0123456789abcdef";

pub fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// A rectangle by its south-western corner.
pub fn rectangle(x: f64, y: f64, width: f64, height: f64) -> Polygon<f64> {
    polygon![(x: x, y: y), (x: x + width, y: y), (x: x + width, y: y + height), (x: x, y: y + height)]
}

/// A plan in Hanoi's zone with nothing in it.
pub fn empty_plan() -> Plan {
    let row = RowRef { collection: "plans".to_owned(), id: "duong-lieu-plan-1".to_owned(), ..RowRef::default() };
    Plan {
        row,
        name: "Quy hoạch chi tiết Cụm công nghiệp Dương Liễu".to_owned(),
        crs: Crs::Epsg(5897),
        status: Some(PlanStatus::Approved),
        decision_no: Some("1234/QĐ-UBND".to_owned()),
        authority: Some("Ủy ban nhân dân huyện Hoài Đức".to_owned()),
        dates: PlanDates { approved_on: Some(day(2023, 5, 20)), ..PlanDates::default() },
        area_ha: Some(12.0),
        version: Some("1".to_owned()),
        scale: Some(500),
        adjustment_case: None,
        precision_m: None,
        source_file: Some("QH_DuongLieu.dxf".to_owned()),
        source_sha256: Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned()),
        boundary: None,
        parcels: Vec::new(),
        lines: Vec::new(),
        buildings: Vec::new(),
        site: PlanSite {
            id: "duong-lieu".to_owned(), name: Some("CCN Dương Liễu".to_owned()), ..PlanSite::default()
        },
    }
}

pub fn parcel(symbol: &str, land_use: &str, polygon: Polygon<f64>) -> Parcel {
    use geo::Area;
    Parcel {
        id: symbol.to_lowercase(),
        symbol: Some(symbol.to_owned()),
        land_use: Some(land_use.to_owned()),
        function: None,
        stated_m2: Some(polygon.unsigned_area()),
        density_max_pct: (land_use == "CN").then_some(60.0),
        storeys_max: (land_use == "CN").then_some(3),
        far_max: None,
        height_max_m: None,
        setback_m: None,
        item_code: None,
        polygon: Some(polygon),
    }
}

pub fn finding(number: usize, severity: Severity, message: Text, place: Option<Geometry<f64>>) -> Finding {
    Finding {
        number,
        rule: "PLN-GREEN",
        kind: FindingKind::Share,
        verdict: Verdict::Fail,
        severity,
        message,
        measured: Some(8.25),
        required: Some(10.0),
        unit: Some("%"),
        place,
        anchor: None,
        parcels: Vec::new(),
        buildings: Vec::new(),
        lines: Vec::new(),
        law: vec![LegalBasis {
            document: "QCVN 01:2021/BXD".to_owned(),
            article: "2.5.2".to_owned(),
            from: None,
            to: None,
            confidence: Confidence::RecalledHigh,
            source: String::new(),
        }],
    }
}

/// A review that found nothing.
pub fn clean_review(plan: &Plan) -> PlanReview {
    PlanReview {
        plan: plan.row.clone(),
        name: plan.name.clone(),
        crs: plan.crs.clone(),
        as_of: day(2025, 12, 31),
        law_on: day(2023, 5, 20),
        is_demo: false,
        balance: Balance::default(),
        lots: Vec::new(),
        infrastructure: Vec::new(),
        checks: Vec::new(),
        findings: Vec::new(),
        proposed_violations: Vec::new(),
    }
}

/// A plan of four sheets A3 with lots of every use, lines, buildings and findings.
pub fn village() -> (Plan, PlanReview) {
    let (x, y) = (566_100.0, 2_328_220.0);
    let mut plan = empty_plan();
    let uses = ["CN", "CN", "DV", "CN", "CX", "HTKT", "CN", "P", "MN"];
    for (at, land_use) in uses.into_iter().enumerate() {
        let (column, row) = ((at % 3) as f64, (at / 3) as f64);
        let lot = rectangle(x + 12.0 + column * 78.0, y + 12.0 + row * 68.0, 66.0, 56.0);
        plan.parcels.push(parcel(&format!("{land_use}-{:02}", at + 1), land_use, lot));
    }
    let roads = Polygon::new(
        rectangle(x, y, 246.0, 216.0).exterior().clone(),
        plan.parcels.iter().map(|lot| lot.polygon.as_ref().unwrap().exterior().clone()).collect(),
    );
    plan.parcels.push(parcel("GT-01", "GT", roads));
    plan.boundary = Some(MultiPolygon::from(rectangle(x, y, 246.0, 216.0)));
    let line = |id: &str, kind, places: Vec<(f64, f64)>| PlanLine {
        id: id.to_owned(),
        kind: Some(kind),
        label: None,
        item_code: None,
        width_m: None,
        course: Some(MultiLineString::from(LineString::from(places))),
    };
    plan.lines = vec![
        line("1", LineKind::RedLine, vec![(x + 78.0, y), (x + 78.0, y + 216.0)]),
        line("2", LineKind::RoadCentre, vec![(x + 84.0, y), (x + 84.0, y + 216.0)]),
        line("3", LineKind::BuildingLine, vec![(x + 15.0, y + 15.0), (x + 15.0, y + 65.0)]),
    ];
    plan.buildings = (0..4)
        .map(|at| Building {
            id: at.to_string(),
            name: None,
            usage: None,
            storeys: None,
            height_m: None,
            built_on: None,
            precision_m: None,
            footprint: Some(rectangle(x + 20.0 + f64::from(at) * 60.0, y + 20.0 + f64::from(at) * 40.0, 30.0, 24.0)),
        })
        .collect();
    let mut review = clean_review(&plan);
    let text = |vi: &str, en: &str| Text::new(vi, en);
    review.findings = vec![
        finding(
            1,
            Severity::Error,
            text("Đất cây xanh chiếm 8,25 %, ít hơn mức tối thiểu", "Green land has 8.25 %, less than the least"),
            None,
        ),
        finding(
            2,
            Severity::Error,
            text(
                "Lô CN-01 và lô CN-02 chồng nhau 3,5 m²; ranh giữa hai lô phải trùng",
                "Lots CN-01 and CN-02 overlap by 3.5 m²",
            ),
            Some(rectangle(x + 76.0, y + 20.0, 4.0, 30.0).into()),
        ),
        finding(
            3,
            Severity::Warning,
            text("Công trình nằm trên đất giao thông", "A building stands on road land"),
            Some(rectangle(x + 80.0, y + 60.0, 30.0, 24.0).into()),
        ),
        finding(
            4,
            Severity::Info,
            text("Trạm chưa rõ loại", "The station's kind is not known"),
            Some(Point::new(x + 200.0, y + 110.0).into()),
        ),
        finding(
            5,
            Severity::Warning,
            text("Khe hở giữa hai lô", "A gap between two lots"),
            Some(LineString::from(vec![(x + 10.0, y + 150.0), (x + 230.0, y + 152.0)]).into()),
        ),
    ];
    let total: f64 = 246.0 * 216.0;
    let row = |land_use: &str, lots: usize, area: f64, required: Option<f64>, verdict: Option<Verdict>| BalanceRow {
        land_use: Some(land_use.to_owned()),
        lots,
        measured_m2: area,
        ground_m2: Some(area * 1.0002),
        stated_m2: Some(area),
        share_pct: area / total * 100.0,
        required_pct: required,
        verdict,
    };
    let lot = 66.0 * 56.0;
    review.balance = Balance {
        rows: vec![
            row("CN", 4, 4.0 * lot, None, None),
            row("DV", 1, lot, None, None),
            row("CX", 1, lot, Some(10.0), Some(Verdict::Fail)),
            row("MN", 1, lot, None, None),
            row("GT", 1, total - 9.0 * lot, Some(10.0), Some(Verdict::Pass)),
            row("P", 1, lot, None, None),
            row("HTKT", 1, lot, Some(1.0), Some(Verdict::Pass)),
        ],
        total_m2: total,
        total_ground_m2: Some(total * 1.0002),
        stated_m2: Some(120_000.0),
        lots_m2: total,
        scale_factor: Some(0.999_957),
    };
    review.checks = [Verdict::Fail, Verdict::Pass, Verdict::Unknown]
        .into_iter()
        .map(|verdict| Check {
            rule: "PLN-GREEN",
            title: text("Đất cây xanh ít nhất 10 %", "Green land at least 10 %"),
            verdict,
            counts: verdict != Verdict::Pass,
            why: text("Đo trên bản vẽ được 8,25 %", "8.25 % as measured on the drawing"),
            measured: Some(8.25),
            required: Some(10.0),
            unit: Some("%"),
            missing: Vec::new(),
            law: review.findings[0].law.clone(),
        })
        .collect();
    review.lots = plan
        .parcels
        .iter()
        .map(|parcel| Lot {
            id: parcel.id.clone(),
            symbol: parcel.symbol.clone(),
            land_use: parcel.land_use.clone(),
            stated_m2: parcel.stated_m2,
            measured_m2: parcel.stated_m2,
            ground_m2: parcel.stated_m2,
            difference_pct: Some(0.0),
            density_max_pct: parcel.density_max_pct,
            density_built_pct: None,
            storeys_max: parcel.storeys_max,
            storeys_built: None,
            far_max: None,
            far_built: None,
            height_max_m: None,
        })
        .collect();
    review.is_demo = true;
    (plan, review)
}

pub fn pdf(plan: &Plan, review: &PlanReview, options: &Options) -> Result<Vec<u8>, DossierError> {
    Dossier { plan, review, store: STORE }.pdf(options, &AtomicBool::new(false))
}

pub fn in_language(language: Language) -> Options {
    Options { language, ..Options::default() }
}
