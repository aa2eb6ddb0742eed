//! The effluent of a site over time.

use super::super::series::effluent_series;
use super::super::{Censoring, Verdict};
use super::*;

fn site(samples: Vec<Sample>) -> SiteFacts {
    let mut site = cluster_in_order();
    site.stations[0].samples = samples;
    site
}

#[test]
fn without_samples_there_is_no_series() {
    assert!(effluent_series(&standards(), &site(Vec::new()), today()).is_empty());
    assert!(effluent_series(&standards(), &village(), today()).is_empty());
}

#[test]
fn each_sample_stands_against_its_own_limit_in_the_unit_of_the_limit() {
    // COD column B, Kq 1.0, Kf 1.0: 150 mg/l. 0.18 g/l are 180 mg/l, 1.2 times that.
    let found = effluent_series(
        &standards(),
        &site(vec![
            sample("COD", "0,18", "g/l", "2025-05-01"),
            sample("cod", "90", "mg/l", "2025-02-01"),
            sample("ph", "7,2", "-", "2025-02-01"),
            sample("cod", "90", "mg/l", "2025-07-01"),
        ]),
        today(),
    );
    let parameters: Vec<_> = found.iter().map(|series| series.parameter.as_str()).collect();
    assert_eq!(parameters, ["ph", "cod"], "in the order of the standard");
    let cod = &found[1];
    assert_eq!((cod.unit.as_str(), cod.series.len(), cod.series[0].station.as_str()), ("mg/l", 1, "s1"));
    let points: Vec<_> =
        cod.series[0].points.iter().map(|point| (point.on, point.value, point.ratio, point.verdict)).collect();
    assert_eq!(
        points,
        [
            (day("2025-02-01"), Some(dec("90")), Some(dec("0.6")), Verdict::Pass),
            (day("2025-05-01"), Some(dec("180")), Some(dec("1.2")), Verdict::Fail),
        ],
        "by day, none after the day of the review"
    );
    assert_eq!(cod.series[0].points[1].limit, Some((None, dec("150"))));
    assert_eq!(found[0].series[0].points[0].limit, Some((Some(dec("5.5")), dec("9"))));
}

#[test]
fn censored_values_are_drawn_at_their_bound_and_unreadable_ones_have_none() {
    let found = effluent_series(
        &standards(),
        &site(vec![
            sample("cod", "< 5", "mg/l", "2025-01-01"),
            sample("cod", "KPH", "mg/l", "2025-02-01"),
            sample("cod", "đạt", "mg/l", "2025-03-01"),
            sample("cod", "90", "ppm", "2025-04-01"),
        ]),
        today(),
    );
    let points: Vec<_> = found[0].series[0]
        .points
        .iter()
        .map(|point| (point.value, point.censoring, point.verdict, point.note.is_some()))
        .collect();
    use Verdict::{NotAssessable, Pass};
    assert_eq!(
        points,
        [
            (Some(dec("5")), Censoring::LessThan, Pass, false),
            (None, Censoring::NotDetected, NotAssessable, true),
            (None, Censoring::None, NotAssessable, true),
            (None, Censoring::None, NotAssessable, true),
        ]
    );
    assert_eq!(found[0].series[0].points[2].reported, "đạt");
}

#[test]
fn what_was_not_taken_at_the_outlet_or_before_the_station_ran_is_shown_and_not_judged() {
    let mut site = site(vec![sample("cod", "900", "mg/l", "2020-01-01"), sample("cod", "900", "mg/l", "2025-05-01")]);
    let inlet = taken_at("inlet", site.stations[0].samples[1].clone());
    site.stations[0].samples[1] = inlet;
    site.stations[0].commissioned_on = Some(day("2021-01-01"));
    let found = effluent_series(&standards(), &site, today());
    assert_eq!(found[0].series.len(), 2, "one for each point");
    for point in found[0].series.iter().flat_map(|series| &series.points) {
        assert_eq!((point.verdict, point.ratio), (Verdict::NotAssessable, None));
        assert!(point.note.is_some());
    }
}

#[test]
fn a_limit_that_is_not_held_leaves_the_point_without_one() {
    let mut site = site(vec![sample("cod", "90", "mg/l", "2025-05-01")]);
    site.stations[0].discharge.standard = Some("QCVN40_2025".to_owned());
    let point = effluent_series(&standards(), &site, day("2026-01-01")).remove(0).series.remove(0).points.remove(0);
    assert_eq!((point.value, point.limit, point.verdict), (Some(dec("90")), None, Verdict::NotAssessable));
    assert!(point.note.unwrap().vi.contains("hiệu lực"));
}
