//! ENV-DIST, and the table behind it.

use super::super::super::standards::StandardsTexts;
use super::*;

/// A station at a distance from housing, its place known to `precision` metres.
fn at(metres: &str, precision: Option<&str>, is_upwind: Option<bool>) -> SiteFacts {
    let mut site = whole_cluster();
    let station = &mut site.stations[0];
    station.nearest_housing_m = Some(dec(metres));
    station.position_precision_m = precision.map(dec);
    station.is_upwind = is_upwind;
    site
}

fn judged(metres: &str, precision: Option<&str>, is_upwind: Option<bool>) -> Outcome {
    found(&at(metres, precision, is_upwind), "ENV-DIST", NOW).outcome
}

// Mechanical, physico-chemical and biological, 1 000 m³ a day: 100 m by Table 2.22.
#[test]
fn a_surveyed_distance_is_held_against_the_table() {
    assert_eq!(judged("100", None, Some(false)), Met);
    assert_eq!(judged("99.99", None, Some(false)), Breached);
    assert_eq!(judged("0", None, Some(false)), Breached);
    assert_eq!(judged("-1", None, Some(false)), Unknown);
}

#[test]
fn upwind_the_distance_is_half_as_long_again() {
    assert_eq!(judged("150", None, Some(true)), Met);
    assert_eq!(judged("149.99", None, Some(true)), Breached);
    // Where that is not on record only what lies outside both limits is decided.
    assert_eq!(judged("150", None, None), Met);
    assert_eq!(judged("99.99", None, None), Breached);
    assert_eq!(lacks(&at("100", None, None), "ENV-DIST", NOW), ["is_upwind"]);
    assert_eq!(lacks(&at("149.99", None, None), "ENV-DIST", NOW), ["is_upwind"]);
}

#[test]
fn inside_the_band_of_the_precision_nothing_is_decided() {
    // ± 20 m around 100 m: met from 120 m, breached below 80 m.
    assert_eq!(judged("120", Some("20"), Some(false)), Met);
    assert_eq!(judged("119.99", Some("20"), Some(false)), Unknown);
    assert_eq!(judged("80", Some("20"), Some(false)), Unknown);
    assert_eq!(judged("79.99", Some("20"), Some(false)), Breached);
    assert_eq!(judged("120", Some("-20"), Some(false)), Unknown, "no precision is below zero");
    assert_eq!(lacks(&at("100", Some("20"), Some(false)), "ENV-DIST", NOW), ["position_precision_m"]);
    let evidence = found(&at("100", Some("20"), None), "ENV-DIST", NOW).evidence.remove(0);
    assert_eq!((evidence.measured.as_deref(), evidence.allowed.as_deref()), (Some("100"), Some("≥ 100–150")));
    assert_eq!(evidence.note.unwrap().vi, "vị trí sai số ± 20 m");
}

#[test]
fn what_is_not_on_record_is_named() {
    let mut site = whole_cluster();
    let station = &mut site.stations[0];
    (station.treatment_kind, station.capacity_m3_day, station.nearest_housing_m) = (None, None, None);
    assert_eq!(lacks(&site, "ENV-DIST", NOW), ["treatment_kind", "capacity_m3_day", "nearest_housing_m"]);
    site.stations.clear();
    assert_eq!(found(&site, "ENV-DIST", NOW).missing, [Missing::rows("treatment_stations")]);
}

#[test]
fn a_capacity_for_which_the_table_has_no_distance_is_unknown() {
    let mut site = whole_cluster();
    site.stations[0].treatment_kind = Some(TreatmentKind::UndergroundFiltrationField);
    site.stations[0].nearest_housing_m = Some(dec("300"));
    site.stations[0].capacity_m3_day = Some(dec("5000"));
    assert_eq!(found(&site, "ENV-DIST", NOW).outcome, Met);
    site.stations[0].capacity_m3_day = Some(dec("5000.01"));
    assert_eq!(lacks(&site, "ENV-DIST", NOW), ["underground_filtration_field 5000.01"]);
}

#[test]
fn the_worst_of_several_stations_decides_and_one_that_is_not_there_does_not_count() {
    let mut site = whole_cluster();
    let mut near = site.stations[0].clone();
    near.row.id = "s2".to_owned();
    near.nearest_housing_m = Some(dec("10"));
    near.status = Some(StationStatus::Planned);
    site.stations.push(near);
    assert_eq!(found(&site, "ENV-DIST", NOW).outcome, Breached, "a planned station keeps its distance too");
    site.stations[1].status = Some(StationStatus::None);
    assert_eq!(found(&site, "ENV-DIST", NOW).outcome, Met);
    site.stations.remove(0);
    assert_eq!(found(&site, "ENV-DIST", NOW).outcome, NotApplicable);
}

#[test]
fn the_distance_binds_both_kinds_of_sites_from_the_law_on() {
    assert_eq!(found(&whole_village(), "ENV-DIST", NOW).outcome, Met);
    assert_eq!(found(&whole_cluster(), "ENV-DIST", "2021-12-31").outcome, Unknown);
    assert_eq!(found(&whole_cluster(), "ENV-DIST", "2022-01-01").outcome, Met);
}

#[test]
fn the_classes_of_capacity_meet_at_200_5000_and_50000() {
    let standards = standards();
    let metres = |kind: &str, capacity: &str| {
        let kind = TreatmentKind::parse(kind).unwrap();
        standards.safety_distance(kind, dec(capacity), day(NOW)).map(|row| row.metres.to_string())
    };
    let beds = |capacity| metres("sludge_drying_beds", capacity).unwrap();
    assert_eq!([beds("199.99"), beds("200"), beds("5000")], ["150", "200", "200"]);
    assert_eq!([beds("5000.01"), beds("50000"), beds("50000.01")], ["400", "400", "500"]);
    assert_eq!(metres("irrigation_field", "50000").as_deref(), Some("400"));
    assert_eq!(metres("irrigation_field", "50000.01"), None);
}

#[test]
fn the_table_is_that_of_the_shared_reference() {
    let Some(text) = shared("domain/wwtp-safety-distance.csv") else {
        return;
    };
    let standards = standards();
    let mut count = 0;
    for record in csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap) {
        for (column, capacity) in [(2, "100"), (3, "200"), (4, "5001"), (5, "50001")] {
            let kind = TreatmentKind::parse(&record[0]).unwrap();
            let found = standards.safety_distance(kind, dec(capacity), day(NOW));
            let expected = Some(&record[column]).filter(|cell| !cell.is_empty());
            assert_eq!(found.map(|row| row.metres.to_string()).as_deref(), expected, "{} {capacity}", &record[0]);
            count += usize::from(found.is_some());
        }
    }
    assert_eq!(count, standards.safety_distances.len());
}

#[test]
fn classes_with_a_gap_or_two_ends_are_refused() {
    let fault = |from: &str, to: &str| {
        let text = StandardsTexts::BUNDLED.safety_distances.replacen(from, to, 1);
        assert_ne!(text, StandardsTexts::BUNDLED.safety_distances);
        let texts = StandardsTexts { safety_distances: &text, ..StandardsTexts::BUNDLED };
        Standards::parse(&texts).unwrap_err().to_string()
    };
    let gap = "wwtp_safety_distance.csv: the classes of pumping_station must follow each other without gap or overlap";
    assert_eq!(fault("pumping_station,200,,", "pumping_station,201,,"), gap);
    assert_eq!(fault("pumping_station,200,,", "pumping_station,,200,"), gap, "200 itself would be in no class");
    let both = fault("pumping_station,200,,", "pumping_station,200,200,");
    assert!(both.contains("line 3: above_m3_day '200'"), "{both}");
    assert!(fault(",20,QCVN", ",-20,QCVN").contains("distance_m"));
}
