//! The index by hand, and that nothing is gained by not telling.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::compliance::effluent::{ReceivingKind, SamplePlace};
use crate::compliance::site::StationStatus;
use crate::compliance::{Measurement, RowRef, Sample};

fn standards() -> Standards {
    Standards::bundled().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn number(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

fn sample(code: &str, value: &str, on: &str) -> Sample {
    Sample {
        row: RowRef { id: format!("{code}-{on}"), ..RowRef::default() },
        parameter: code.to_owned(),
        measurement: Ok(Measurement::Value(number(value))),
        reported: None,
        unit: Some("mg/l".to_owned()),
        sampled_on: day(on),
        sample_point: None,
        place: SamplePlace::Outlet,
        averaging_period_h: None,
    }
}

/// An operating cluster whose station takes in 500 m³ a day and keeps to column B, F = 500: Cmax of COD is
/// 150 × 0.9 × 1.1 = 148.5 mg/l, of ammonium 10 × 0.99 = 9.9 mg/l.
fn cluster() -> SiteFacts {
    let mut station = StationFacts::new(RowRef { id: "s".to_owned(), ..RowRef::default() });
    station.status = Some(StationStatus::Operating);
    station.inflow_m3_day = Some(number("500"));
    station.capacity_m3_day = Some(number("600"));
    station.discharge.standard = Some("QCVN40_2011".to_owned());
    station.discharge.column = Some("B".to_owned());
    station.discharge.receiving_kind = Some(ReceivingKind::River);
    station.discharge.f_m3_day_permit = Some(number("500"));
    station.discharge.permit_parameters = Some(vec!["cod".to_owned(), "ammonium_n".to_owned()]);
    station.samples = vec![sample("cod", "297", "2024-03-01"), sample("ammonium_n", "4.95", "2024-03-01")];
    let mut site = SiteFacts::new(SiteCollection::Clusters, RowRef::default());
    site.status = Some(SiteStatus::Operating);
    site.stations = vec![station];
    site
}

fn village() -> SiteFacts {
    SiteFacts::new(SiteCollection::CraftVillages, RowRef::default())
}

fn pressure(site: &SiteFacts, on: &str) -> Pressure {
    let standards = standards();
    Formula::of(&standards).pressure(&standards, site, day(on), &mut Assessed::default())
}

fn near(span: Span, low: f64, high: f64) {
    assert!((span.low - low).abs() < 1e-12 && (span.high - high).abs() < 1e-12, "{span:?} is not {low} to {high}");
}

#[test]
fn a_site_of_which_nothing_is_on_record_can_be_anything_up_to_the_worst() {
    // 0.5 (500 of 1,000 m³) × 5 over all groups, no station 0.5, class 0.5; nothing of it is proven.
    let nothing = pressure(&village(), "2024-04-01");
    near(nothing.index, 0.0, 3.5);
    assert_eq!(nothing.open, [Open::Station, Open::Flow, Open::Effluent, Open::Class]);
    assert_eq!(nothing.discharges.len(), 1);
    near(nothing.discharges[0].load, 0.0, 2500.0);
}

#[test]
fn a_cluster_with_fresh_samples_is_known_to_the_last_digit() {
    // Organics at twice the limit, nutrients at half: 0.5 × (0.25 × 2 + 0.15 × 0.5) = 0.2875.
    let known = pressure(&cluster(), "2024-04-01");
    near(known.index, 0.2875, 0.2875);
    near(known.discharges[0].load, 287.5, 287.5);
    assert_eq!((known.exceeded, known.open), (vec![("cod".to_owned(), 2.0)], vec![]));
    assert_eq!(known.sampled_on, Some(day("2024-03-01")));
}

#[test]
fn a_ratio_beyond_the_cap_counts_as_the_cap_and_is_told_as_it_is() {
    let mut site = cluster();
    site.stations[0].samples[0] = sample("cod", "14850", "2024-03-01");
    let slip = pressure(&site, "2024-04-01");
    near(slip.index, 0.5 * (0.25 * 5.0 + 0.15 * 0.5), 0.5 * (0.25 * 5.0 + 0.15 * 0.5));
    assert_eq!(slip.exceeded, [("cod".to_owned(), 100.0)]);
}

#[test]
fn a_sample_fades_until_it_says_nothing() {
    // 415 days old is half way from 100 to 730: ratios 2 and 0.5 become 1 to 3.5 and 0.25 to 2.75.
    let half = pressure(&cluster(), "2025-04-20");
    near(half.index, 0.5 * (0.25 * 1.0 + 0.15 * 0.25), 0.5 * (0.25 * 3.5 + 0.15 * 2.75));
    assert_eq!(half.open, [Open::OldSample]);
    let gone = pressure(&cluster(), "2026-04-01");
    near(gone.index, 0.0, 0.5 * (0.25 * 5.0 + 0.15 * 5.0));
}

#[test]
fn a_station_that_is_missing_weighs_beside_the_untreated_load() {
    let mut site = cluster();
    site.stations[0].status = Some(StationStatus::BuiltNotOperating);
    site.environment.wastewater_m3_day = Some(number("200"));
    // 0.2 × 1 to 5 in every group, and 0.5.
    near(pressure(&site, "2024-04-01").index, 0.7, 1.5);
    site.status = Some(SiteStatus::UnderConstruction);
    near(pressure(&site, "2024-04-01").index, 0.0, 0.0);
}

#[test]
fn a_parameter_that_cannot_be_held_against_a_limit_can_be_anything() {
    let mut site = cluster();
    site.stations[0].discharge.column = None;
    let open = pressure(&site, "2024-04-01");
    near(open.index, 0.0, 0.5 * (0.25 * 5.0 + 0.15 * 5.0));
    assert_eq!(open.open, [Open::Effluent]);
}

#[test]
fn what_was_assessed_for_one_day_serves_for_others() {
    let standards = standards();
    let formula = Formula::of(&standards);
    let mut assessed = Assessed::default();
    for on in ["2024-04-01", "2025-04-20", "2024-04-01"] {
        let again = formula.pressure(&standards, &cluster(), day(on), &mut assessed);
        assert_eq!(again, pressure(&cluster(), on));
    }
    assert_eq!(assessed.0.len(), 1);
}

#[test]
fn weights_up_and_down_by_a_fifth_move_sites_by_ranks_that_are_told() {
    let standards = standards();
    let formula = Formula::of(&standards);
    let strong = pressure(&cluster(), "2024-04-01");
    let mut other = cluster();
    // Organics at 1, nutrients at 2.0: 0.5 × (0.25 + 0.3) = 0.275, just below the first.
    other.stations[0].samples = vec![sample("cod", "148.5", "2024-03-01"), sample("ammonium_n", "19.8", "2024-03-01")];
    let close = pressure(&other, "2024-04-01");
    let weak = pressure(&cluster(), "2024-04-01");
    let weak = Pressure { parts: weak.parts.iter().map(|part| part.scaled(0.1)).collect(), ..weak };
    let told = sensitivity(&formula, &[&strong, &close, &weak], 0.2).unwrap();
    assert_eq!(told.variants.len(), 14);
    let ranges: Vec<_> = told.ranks.iter().map(|range| (range.rank, range.best, range.worst)).collect();
    assert_eq!(ranges, [(1, 1, 2), (2, 1, 2), (3, 3, 3)]);
    // One of three pairs turns round: (2 − 1) / 3.
    assert!((told.least().unwrap().tau - 1.0 / 3.0).abs() < 1e-12);
    assert_eq!(sensitivity(&formula, &[&strong], 0.2), None);
}

/// Facts that a register may not hold.
const FACTS: usize = 9;

/// Takes one fact out of a site.
fn without(site: &SiteFacts, fact: usize) -> SiteFacts {
    let mut site = site.clone();
    match fact {
        0 => site.status = site.status.and(Some(SiteStatus::Unknown)),
        1 => site.environment.wastewater_m3_day = None,
        2 => site.village.class_water = None,
        3 => site.central_treatment_required = None,
        fact => {
            for station in &mut site.stations {
                match fact {
                    4 => station.status = None,
                    5 => station.inflow_m3_day = None,
                    6 => station.discharge.column = None,
                    7 => station.discharge.permit_parameters = None,
                    _ => station.samples.iter_mut().for_each(|sample| sample.unit = None),
                }
            }
        }
    }
    site
}

fn any_site() -> impl Strategy<Value = SiteFacts> {
    const STATUSES: [StationStatus; 4] =
        [StationStatus::Operating, StationStatus::None, StationStatus::Trial, StationStatus::Unfinished];
    const CLASSES: [PollutionClass; 3] =
        [PollutionClass::Serious, PollutionClass::Polluted, PollutionClass::NotPolluted];
    (
        any::<bool>(),
        proptest::sample::select(STATUSES.to_vec()),
        proptest::sample::select(CLASSES.to_vec()),
        (0..5000u32, 0..5000u32, 0..900u32, 0..60u32),
        any::<bool>(),
    )
        .prop_map(|(is_cluster, status, class, (inflow, wastewater, cod, ammonium), required)| {
            let mut site = cluster();
            if !is_cluster {
                site.collection = SiteCollection::CraftVillages;
                site.status = None;
                site.village.class_water = Some(class);
                site.village.class_air = Some(PollutionClass::NotPolluted);
                site.village.class_soil = Some(PollutionClass::NotPolluted);
                site.central_treatment_required = Some(required);
            }
            site.environment.wastewater_m3_day = Some(wastewater.into());
            let station = &mut site.stations[0];
            station.status = Some(status);
            station.inflow_m3_day = Some(inflow.into());
            station.samples[0].measurement = Ok(Measurement::Value(cod.into()));
            station.samples[1].measurement = Ok(Measurement::Value(ammonium.into()));
            site
        })
}

proptest! {
    #[test]
    fn what_is_not_told_widens_the_interval_and_never_lowers_its_upper_end(
        site in any_site(), first in 0..FACTS, second in 0..FACTS, age in 0..900u64
    ) {
        let on = (day("2024-03-01") + chrono::Days::new(age)).to_string();
        let told = pressure(&site, &on);
        let less = without(&site, first);
        let hidden = pressure(&less, &on);
        let more_hidden = pressure(&without(&less, second), &on);
        for (told, hidden) in [(&told, &hidden), (&hidden, &more_hidden)] {
            prop_assert!(told.index.low >= 0.0 && told.index.high.is_finite());
            prop_assert!(hidden.index.low <= told.index.low + 1e-12, "{first} {second}: {told:?} {hidden:?}");
            prop_assert!(hidden.index.high >= told.index.high - 1e-12, "{first} {second}: {told:?} {hidden:?}");
        }
    }
}
