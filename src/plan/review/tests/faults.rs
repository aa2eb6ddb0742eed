//! One fault of the drawing, the balance or the lot table at a time.

use geo::{Area, MultiPolygon};

use super::sketch::{LineKind, building, lot, parcel, ring, turned};
use super::*;
use FindingKind as K;
use Severity::{Error, Info, Warning};
use Verdict::{Fail, Undetermined};

#[test]
fn a_clean_plan_has_no_finding_and_every_rule_that_can_be_decided_is_fulfilled() {
    let review = reviewed(&clean());
    let messages: Vec<&str> = review.findings.iter().map(|found| found.message.en.as_str()).collect();
    assert_eq!(messages, Vec::<&str>::new());
    let open: Vec<(&str, Verdict)> =
        review.checks.iter().map(|check| (check.rule, check.verdict)).filter(|(_, v)| *v != Verdict::Pass).collect();
    // The trades are in no register; a first plan adjusts none; water is told and not judged.
    assert_eq!(
        open,
        [
            ("PLN-ADJUST", Verdict::NotApplicable),
            ("PLN-TOXIC", Verdict::Unknown),
            ("PLN-WATER", Verdict::NotApplicable)
        ]
    );
}

#[test]
fn turned_to_any_side_and_rounded_to_the_millimetre_the_plan_stays_clean() {
    for degrees in [7.0, 30.0, 45.0, 77.3, 123.4, 201.9, 359.9] {
        let found = told(&turned(&clean(), degrees));
        assert_eq!(found, [], "turned by {degrees}°");
    }
}

#[test]
fn a_ring_that_crosses_itself_is_found_with_its_place() {
    let bow_tie = ring(&[(12.0, 12.0), (179.0, 104.0), (179.0, 12.0), (12.0, 104.0)]);
    let mut plan = clean();
    plan.buildings.remove(0);
    lot(&mut plan, "CN-01").polygon = Some(bow_tie);
    assert_eq!(told(&plan), [("PLN-COORD", K::InvalidGeometry, Fail, Error)]);
    // The diagonals of the lot cross in its middle: x (12 + 179) / 2, y (12 + 104) / 2.
    let found = &reviewed(&plan).findings[0];
    assert_eq!(found.anchor, Some(geo::Point::new(588_000.0 + 95.5, 2_326_000.0 + 58.0)));
    assert_eq!(found.parcels, ["plan-cn-01"]);
}

#[test]
fn rings_without_area_and_with_spikes_are_not_sound() {
    let flat = ring(&[(12.0, 12.0), (100.0, 12.0), (50.0, 12.0)]);
    let spike = ring(&[(12.0, 12.0), (179.0, 12.0), (179.0, 104.0), (179.0, 130.0), (179.0, 104.0), (12.0, 104.0)]);
    for unsound in [flat, spike] {
        let fault = ground::fault(&unsound);
        assert!(fault.is_some(), "{unsound:?}");
    }
    assert!(ground::fault(&rect(0.0, 0.0, 1.0, 1.0)).is_none());
    let nowhere = ring(&[(0.0, 0.0), (f64::NAN, 1.0), (1.0, 1.0)]);
    assert!(ground::fault(&nowhere).is_some());
}

#[test]
fn ground_without_a_lot_is_a_gap_of_its_size() {
    // CN-02 ends 2 m further south: 167 m × 2 m = 334 m² belong to no lot.
    let mut plan = clean();
    *lot(&mut plan, "CN-02") = parcel("CN-02", rect(12.0, 104.0, 179.0, 194.0));
    assert_eq!(told(&plan), [("PLN-COORD", K::Gap, Fail, Error)]);
    let found = &reviewed(&plan).findings[0];
    assert!((found.measured.unwrap() - 334.0).abs() < 1e-3, "{:?}", found.measured);
    assert_eq!(found.parcels, ["plan-cn-02", "plan-cx-01", "plan-gt-01", "plan-p-01"]);
}

#[test]
fn two_lots_on_one_ground_overlap_by_what_they_share() {
    // CN-01 reaches 3 m into CN-02 over 167 m.
    let mut plan = clean();
    *lot(&mut plan, "CN-01") = parcel("CN-01", rect(12.0, 12.0, 179.0, 107.0));
    assert_eq!(told(&plan), [("PLN-COORD", K::Overlap, Fail, Error)]);
    let found = &reviewed(&plan).findings[0];
    assert!((found.measured.unwrap() - 501.0).abs() < 1e-3, "{:?}", found.measured);
    assert_eq!(found.parcels, ["plan-cn-01", "plan-cn-02"]);
}

#[test]
fn what_is_as_narrow_as_the_drawing_is_exact_is_a_sliver_and_no_error() {
    let narrow =
        |metres: f64| after(|plan| *lot(plan, "CN-02") = parcel("CN-02", rect(12.0, 104.0, 179.0, 196.0 - metres)));
    assert_eq!(narrow(0.009), [], "9 mm come from rounding");
    assert_eq!(narrow(0.02), [("PLN-COORD", K::Sliver, Undetermined, Warning)]);
    assert_eq!(narrow(0.249), [("PLN-COORD", K::Sliver, Undetermined, Warning)]);
    assert_eq!(narrow(0.26), [("PLN-COORD", K::Gap, Fail, Error)]);
}

#[test]
fn a_gap_is_found_also_where_threads_of_rounding_hang_on_it() {
    // 5 m × 5 m out of the corner of CN-02, and 1 mm along the whole lot: 25 m² are a gap, not a strip 0.1 m wide.
    let shape =
        ring(&[(12.0, 104.0), (179.0, 104.0), (179.0, 190.999), (174.0, 190.999), (174.0, 195.999), (12.0, 195.999)]);
    let mut plan = clean();
    *lot(&mut plan, "CN-02") = parcel("CN-02", shape);
    assert_eq!(told(&plan), [("PLN-COORD", K::Gap, Fail, Error)]);
    let measured = reviewed(&plan).findings[0].measured.unwrap();
    assert!((measured - 25.0).abs() < 0.05, "{measured}");
}

#[test]
fn a_lot_drawn_twice_is_one_finding() {
    let again = |plan: &mut Plan| {
        let mut copy = parcel("CN-09", rect(12.0, 104.0, 179.0, 196.0));
        copy.id = "copy".to_owned();
        plan.parcels.push(copy);
    };
    assert_eq!(after(again), [("PLN-COORD", K::Duplicate, Fail, Error)]);
}

#[test]
fn one_symbol_on_two_lots_is_a_warning_and_kinds_of_land_may_share_theirs() {
    assert_eq!(
        after(|plan| lot(plan, "CN-03").symbol = Some("CN-02".to_owned())),
        [("PLN-COORD", K::Duplicate, Fail, Warning)]
    );
    let unnumbered = after(|plan| {
        lot(plan, "CX-01").symbol = Some("CX".to_owned());
        lot(plan, "CX-02").symbol = Some("CX".to_owned());
    });
    assert_eq!(unnumbered, []);
}

#[test]
fn a_lot_beyond_the_boundary_is_found_with_what_lies_outside() {
    // A green lot of 100 m × 4 m beyond the northern border.
    let mut plan = clean();
    plan.parcels.push(parcel("CX-03", rect(100.0, 300.0, 200.0, 304.0)));
    assert_eq!(told(&plan), [("PLN-COORD", K::OutsideBoundary, Fail, Error)]);
    assert!((reviewed(&plan).findings[0].measured.unwrap() - 400.0).abs() < 1e-3);
}

#[test]
fn a_boundary_other_than_the_cluster_s_is_found_as_surely_as_that_is_known() {
    let other = MultiPolygon(vec![rect(0.0, 0.0, 400.0, 310.0)]);
    assert_eq!(
        after(|plan| plan.site.boundary = Some(other.clone())),
        [("PLN-COORD", K::BoundaryDiffers, Fail, Error)]
    );
    let within_error = after(|plan| {
        plan.site.boundary = Some(other.clone());
        plan.site.precision_m = Some(50.0);
    });
    assert_eq!(within_error, [("PLN-COORD", K::BoundaryDiffers, Undetermined, Info)]);
    let mut plan = clean();
    plan.site.boundary = None;
    assert_eq!((told(&plan), verdict(&plan, "PLN-COORD")), (vec![], Verdict::Unknown));
}

#[test]
fn a_stated_area_that_differs_is_a_warning_over_one_percent_and_an_error_over_five() {
    // CN-01 is 167 m × 92 m = 15364 m². One percent is 153.64 m², five percent 768.2 m².
    let stated = |area: f64| after(|plan| lot(plan, "CN-01").stated_m2 = Some(area));
    assert_eq!(stated(15_364.0 + 153.0), []);
    assert_eq!(stated(15_364.0 - 155.0), [("PLN-AREA", K::AreaDiffers, Fail, Warning)]);
    assert_eq!(stated(15_364.0 + 770.0), [("PLN-AREA", K::AreaDiffers, Fail, Error)]);
    assert_eq!(after(|plan| plan.area_ha = Some(12.2)), [("PLN-AREA", K::AreaDiffers, Fail, Warning)]);
    let mut plan = clean();
    lot(&mut plan, "CN-01").stated_m2 = None;
    assert_eq!((told(&plan), verdict(&plan, "PLN-AREA")), (vec![], Verdict::Unknown));
}

#[test]
fn exactly_one_percent_is_no_difference() {
    let mut plan = clean();
    plan.area_ha = Some(12.12);
    // 12.12 ha against 12 ha on the projection is exactly 1 %.
    assert_eq!(told(&plan), []);
}

#[test]
fn too_little_green_land_is_found_and_exactly_a_tenth_is_enough() {
    // CX-01 is 400 × 300 − 376 × 276 − 42 × 12 = 15720 m², CX-02 167 × 92 = 15364 m². A tenth of 120000 m² is 12000 m².
    let narrow = |green_m2: f64| {
        let mut plan = clean();
        let depth = (15_720.0 - green_m2) / 400.0;
        // The belt gives up its north to a lot of water, which may lie there too.
        let belt = [
            (0.0, 0.0),
            (179.0, 0.0),
            (179.0, 12.0),
            (12.0, 12.0),
            (12.0, 288.0),
            (388.0, 288.0),
            (388.0, 12.0),
            (221.0, 12.0),
            (221.0, 0.0),
            (400.0, 0.0),
            (400.0, 300.0 - depth),
            (0.0, 300.0 - depth),
        ];
        *lot(&mut plan, "CX-01") = parcel("CX-01", ring(&belt));
        *lot(&mut plan, "CX-02") = parcel("MN-02", rect(221.0, 196.0, 388.0, 288.0));
        plan.parcels.push(parcel("MN-01", rect(0.0, 300.0 - depth, 400.0, 300.0)));
        plan
    };
    assert_eq!(told(&narrow(12_000.0)), [], "exactly 10 %");
    let found = told(&narrow(11_990.0));
    assert_eq!(found, [("PLN-GREEN", K::Share, Fail, Error)], "9.99 %");
    let measured = reviewed(&narrow(11_990.0)).findings[0].measured.unwrap();
    assert!((measured - 100.0 * 11_990.0 / 120_000.0).abs() < 1e-6, "{measured}");
}

#[test]
fn a_breach_that_rounding_would_hide_is_told_with_the_digits_that_show_it() {
    // 12 m of 120 000 m² less: 9.99999 %, which two digits would call 10 %.
    let mut plan = clean();
    *lot(&mut plan, "GT-01") = parcel("GT-01", rect(179.0, 0.0, 221.0, 285.714));
    plan.parcels.push(parcel("MN-09", rect(179.0, 285.714, 221.0, 288.0)));
    let found = reviewed(&plan).findings;
    // 42 × 285.714 = 11 999.988 m².
    assert_eq!(found[0].message.en, "Land for roads takes 9.99999% of the area; at least 10% is required.");
    assert!(found[0].message.vi.contains("9,99999%") && found[0].message.vi.contains("10%"));
}

#[test]
fn too_little_land_for_roads_and_for_technical_works_is_found() {
    // The northern 40 m of the road become green: 42 × 248 = 10416 m², 8.68 %.
    let roads = after(|plan| {
        *lot(plan, "GT-01") = parcel("GT-01", rect(179.0, 0.0, 221.0, 248.0));
        plan.parcels.push(parcel("CX-03", rect(179.0, 248.0, 221.0, 288.0)));
    });
    assert_eq!(roads, [("PLN-ROAD", K::Share, Fail, Error)]);
    let technical = after(|plan| {
        plan.buildings.pop();
        lot(plan, "HTKT-01").land_use = Some("AN".to_owned());
    });
    assert_eq!(technical, [("PLN-TECH", K::Share, Fail, Error)]);
}

#[test]
fn land_whose_use_is_not_on_record_leaves_a_share_open_where_it_could_decide() {
    let mut plan = clean();
    lot(&mut plan, "GT-01").land_use = None;
    assert_eq!(verdict(&plan, "PLN-ROAD"), Verdict::Unknown, "10.08 % may be roads");
    assert_eq!(verdict(&plan, "PLN-GREEN"), Verdict::Pass, "green is enough whatever it is");
    let mut plan = clean();
    lot(&mut plan, "GT-01").land_use = Some("AN".to_owned());
    lot(&mut plan, "HTKT-01").land_use = None;
    assert_eq!(verdict(&plan, "PLN-ROAD"), Verdict::Fail, "2.3 % alone would not reach a tenth");
}

#[test]
fn the_balance_is_that_worked_out_by_hand() {
    let balance = reviewed(&clean()).balance;
    let rows: Vec<(&str, usize, f64)> =
        balance.rows.iter().map(|row| (row.land_use.as_deref().unwrap(), row.lots, row.measured_m2.round())).collect();
    // CN 3 × 167 × 92, DV and CX-02 167 × 92, CX-01 15720, GT 42 × 288, P 137 × 92, HTKT 30 × 92; in all 120000.
    assert_eq!(
        rows,
        [
            ("CN", 3, 46_092.0),
            ("DV", 1, 15_364.0),
            ("CX", 2, 31_084.0),
            ("GT", 1, 12_096.0),
            ("P", 1, 12_604.0),
            ("HTKT", 1, 2760.0)
        ]
    );
    assert!((balance.total_m2 - 120_000.0).abs() < 1e-6 && (balance.lots_m2 - 120_000.0).abs() < 1e-6);
    let green = &balance.rows[2];
    assert!((green.share_pct - 25.903_333).abs() < 1e-5, "31084 / 120000");
    assert_eq!((green.required_pct, green.verdict), (Some(10.0), Some(Verdict::Pass)));
    // 88.2 km east of the meridian the scale is 0.999 995 96 or so: the ellipsoid has a little more than the projection.
    let scale = balance.scale_factor.unwrap();
    assert!((balance.total_ground_m2.unwrap() - 120_000.0 / scale / scale).abs() < 1e-6);
    assert!(balance.total_ground_m2.unwrap() > 120_000.0);
}

#[test]
fn a_density_over_seventy_percent_and_over_sixty_with_more_than_five_floors_is_found() {
    let density = |percent: f64, storeys: i64| {
        after(|plan| {
            let lot = lot(plan, "CN-03");
            (lot.density_max_pct, lot.storeys_max, lot.far_max) = (Some(percent), Some(storeys), None);
        })
    };
    assert_eq!(density(70.0, 5), [], "exactly 70 %");
    assert_eq!(density(70.1, 5), [("PLN-DENS", K::Density, Fail, Error)]);
    assert_eq!(density(60.0, 6), [], "exactly 60 %");
    assert_eq!(density(60.1, 6), [("PLN-DENS", K::Density, Fail, Error)]);
    let mut plan = clean();
    let open = lot(&mut plan, "CN-03");
    (open.density_max_pct, open.storeys_max) = (Some(65.0), None);
    assert_eq!((told(&plan), verdict(&plan, "PLN-DENS")), (vec![], Verdict::Unknown), "65 % hangs on the floors");
}

#[test]
fn a_use_coefficient_that_density_and_storeys_cannot_give_is_found() {
    // 60 % × 4 storeys give 2.4.
    assert_eq!(after(|plan| lot(plan, "CN-03").far_max = Some(2.44)), [], "rounded");
    assert_eq!(after(|plan| lot(plan, "CN-03").far_max = Some(2.5)), [("PLN-LOTS", K::Density, Fail, Warning)]);
}

#[test]
fn a_usual_density_that_is_passed_is_told_and_never_weighs() {
    assert_eq!(
        after(|plan| (lot(plan, "DV-01").density_max_pct, lot(plan, "DV-01").far_max) = (Some(45.0), None)),
        [("PLN-DENS-TECH", K::Density, Undetermined, Info)]
    );
}

#[test]
fn a_lot_for_building_within_ten_metres_of_the_boundary_is_found() {
    let at = |distance: f64| {
        let mut plan = clean();
        let belt = [
            (0.0, 0.0),
            (179.0, 0.0),
            (179.0, 12.0),
            (distance, 12.0),
            (distance, 104.0),
            (12.0, 104.0),
            (12.0, 288.0),
            (388.0, 288.0),
            (388.0, 12.0),
            (221.0, 12.0),
            (221.0, 0.0),
            (400.0, 0.0),
            (400.0, 300.0),
            (0.0, 300.0),
        ];
        *lot(&mut plan, "CX-01") = parcel("CX-01", ring(&belt));
        *lot(&mut plan, "CN-01") = parcel("CN-01", rect(distance, 12.0, 179.0, 104.0));
        told(&plan)
    };
    assert_eq!(at(10.0), [], "exactly 10 m");
    assert_eq!(at(9.5), [("PLN-BUFFER", K::Belt, Fail, Error)]);
}

#[test]
fn a_belt_of_parking_is_told_because_its_share_is_not_certain() {
    let found = after(|plan| {
        lot(plan, "CX-01").land_use = Some("P".to_owned());
    });
    let told = ("PLN-BUFFER-USE", K::Belt, Fail, Info);
    assert_eq!(
        found,
        [told, told, ("PLN-ACCESS", K::Infrastructure, Undetermined, Warning)]
            .into_iter()
            .filter(|f| f.0 != "PLN-ACCESS")
            .collect::<Vec<_>>()
    );
}

#[test]
fn a_building_across_the_red_line_is_found_with_its_depth() {
    // From 3 m inside CN-02 to 2 m on the road: 2 m over the line, and on the road as well.
    let mut plan = clean();
    plan.buildings.push(building("b", rect(170.0, 120.0, 181.0, 140.0)));
    assert_eq!(told(&plan), [("PLN-BUILT", K::BuiltOnRoad, Fail, Error), ("PLN-REDLINE", K::Line, Fail, Error)]);
    let review = reviewed(&plan);
    let red = review.findings.iter().find(|found| found.rule == "PLN-REDLINE").unwrap();
    assert!((red.measured.unwrap() - 2.0).abs() < 1e-6, "{:?}", red.measured);
    assert_eq!(red.lines, ["red-west"]);
}

#[test]
fn plan_and_building_of_one_survey_stand_to_a_red_line_as_drawn() {
    let verdict = |plan_m: Option<f64>, building_m: Option<f64>| {
        let mut plan = clean();
        plan.precision_m = plan_m;
        plan.buildings.push(Building { precision_m: building_m, ..building("b", rect(170.0, 120.0, 181.0, 140.0)) });
        let found = reviewed(&plan).findings;
        found.iter().find(|found| found.rule == "PLN-REDLINE").unwrap().verdict
    };
    // 2 m over the line: certain as drawn, also where both are off by as much; not where one of them may be 5 m off.
    assert_eq!(verdict(None, None), Fail);
    assert_eq!(verdict(Some(5.0), Some(5.0)), Fail);
    assert_eq!(verdict(Some(5.0), None), Undetermined);
    assert_eq!(verdict(None, Some(5.0)), Undetermined);
}

#[test]
fn a_set_back_under_the_table_is_told_because_the_table_is_not_certain() {
    // A road of 42 m and a building of 30 m need 6 m.
    let found = after(|plan| (lot(plan, "CN-01").setback_m, lot(plan, "CN-01").height_max_m) = (Some(4.0), Some(30.0)));
    assert_eq!(found, [("PLN-SETBACK", K::Line, Fail, Info)]);
}

#[test]
fn a_lot_without_a_road_is_found() {
    // CN-03 is cut: its eastern half borders on green, on the first half and on DV-01.
    let found = after(|plan| {
        *lot(plan, "CN-03") = parcel("CN-03", rect(221.0, 12.0, 300.0, 104.0));
        plan.parcels.push(parcel("CN-04", rect(300.0, 12.0, 388.0, 104.0)));
    });
    assert_eq!(found, [("PLN-ACCESS", K::Infrastructure, Fail, Warning)]);
}

#[test]
fn a_shared_work_without_a_place_is_found_where_networks_are_on_record() {
    assert_eq!(
        after(|plan| plan.lines.retain(|line| line.id != "POWER")),
        [("PLN-INFRA", K::Infrastructure, Fail, Warning)]
    );
    let mut plan = clean();
    plan.lines.retain(|line| line.kind != Some(LineKind::Utility));
    assert_eq!((told(&plan), verdict(&plan, "PLN-INFRA")), (vec![], Verdict::Unknown));
}

#[test]
fn a_capacity_under_the_wastewater_is_found() {
    assert_eq!(
        after(|plan| plan.site.wastewater_m3_day = Some(1500.5)),
        [("PLN-CAPACITY", K::Infrastructure, Fail, Error)]
    );
    assert_eq!(after(|plan| plan.site.wastewater_m3_day = Some(1500.0)), []);
}

#[test]
fn too_much_land_and_too_narrow_a_strip_for_the_station_are_found() {
    // 2760 m² serve 1380 m³ a day at least: 0.2 ha for each 1000 m³.
    let capacity = |m3: f64| {
        after(|plan| {
            plan.site.stations[0].capacity_m3_day = Some(m3);
            plan.site.wastewater_m3_day = Some(1000.0);
        })
    };
    assert_eq!(capacity(1380.0), []);
    assert_eq!(capacity(1379.0), [("PLN-WWTP-SITE", K::Station, Fail, Error)]);
    // Its building is 6 m from a factory lot: neither the strip of 10 m nor the distance of 15 m is free of it.
    let near = after(|plan| {
        let ground = lot(plan, "P-01").polygon.take().unwrap();
        *lot(plan, "P-01") = parcel("CN-04", ground);
    });
    assert_eq!(
        near,
        [("PLN-WWTP-ATMT", K::Station, Undetermined, Warning), ("PLN-WWTP-SITE", K::Station, Fail, Error)]
    );
}

#[test]
fn a_house_near_the_station_fails_passes_or_is_undetermined_by_its_distance_and_error() {
    // Enclosed, 1500 m³ a day: 15 m. The station's building begins at x = 125, the house ends at 125 − distance.
    let house = |distance: f64, precision_m: Option<f64>, is_upwind: Option<bool>| {
        let mut plan = clean();
        let polygon = rect(115.0 - distance, 260.0, 125.0 - distance, 270.0);
        let home = building("home", polygon);
        let home = crate::plan::Building { usage: Some("Nhà ở".to_owned()), precision_m, ..home };
        plan.buildings.push(home);
        plan.site.stations[0].is_upwind = is_upwind;
        told(&plan).into_iter().filter(|found| found.0 == "PLN-WWTP-ATMT").collect::<Vec<_>>()
    };
    let fail = [("PLN-WWTP-ATMT", K::Station, Fail, Error)];
    let open = [("PLN-WWTP-ATMT", K::Station, Undetermined, Warning)];
    assert_eq!(house(15.0, None, Some(false)), [], "exactly 15 m");
    assert_eq!(house(14.9, None, Some(false)), fail);
    assert_eq!(house(14.9, Some(1.0), Some(false)), open, "15 m lie within the error");
    assert_eq!(house(22.4, None, Some(true)), fail, "upwind 22.5 m");
    assert_eq!(house(20.0, None, None), open, "15 or 22.5 m, as the wind blows");
    assert_eq!(house(22.5, None, None), []);
}

#[test]
fn without_lots_or_boundary_everything_is_unknown_and_nothing_is_found() {
    let mut plan = clean();
    (plan.boundary, plan.area_ha, plan.site.boundary) = (None, None, None);
    plan.parcels.clear();
    plan.lines.clear();
    plan.buildings.clear();
    plan.site.stations.clear();
    plan.site.waterways.clear();
    plan.site.wastewater_m3_day = None;
    assert_eq!(told(&plan), []);
    let review = reviewed(&plan);
    let passed: Vec<&str> =
        review.checks.iter().filter(|check| check.verdict == Verdict::Pass).map(|check| check.rule).collect();
    // What rests on dates alone.
    assert_eq!(passed, ["PLN-PUBLISH", "PLN-AUTH", "PLN-NOTASK"]);
    assert!(review.checks.iter().all(|check| check.verdict != Verdict::Fail));
}

#[test]
fn more_facts_never_turn_a_fault_into_none() {
    // An overlap stays found whatever else is drawn or known.
    let mut plan = clean();
    *lot(&mut plan, "CN-01") = parcel("CN-01", rect(12.0, 12.0, 179.0, 107.0));
    let overlaps = |plan: &Plan| told(plan).iter().filter(|found| found.1 == K::Overlap).count();
    assert_eq!(overlaps(&plan), 1);
    plan.boundary = None;
    assert_eq!(overlaps(&plan), 1, "also without a boundary");
    plan.buildings.clear();
    plan.lines.clear();
    assert_eq!(overlaps(&plan), 1);
}

#[test]
fn an_area_is_the_same_wherever_it_lies() {
    // 10 m × 10 m at seven digits before the point, and turned.
    let square = rect(0.0, 0.0, 10.0, 10.0);
    assert!((square.unsigned_area() - 100.0).abs() < 1e-6);
    let turned = turned(&clean(), 30.0);
    let area = turned.boundary.unwrap().unsigned_area();
    assert!((area / 120_000.0 - 1.0).abs() < 1e-5, "{area}");
}
