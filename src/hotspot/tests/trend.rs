use super::super::NoStatistic;
use super::super::fdr::{Class, Confidence, Side};
use super::super::trend::{Direction, Pattern, mann_kendall, pattern};
use super::close;

fn known(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().map(|value| Some(*value)).collect()
}

#[test]
fn too_few_steps_and_what_is_no_number_have_no_trend() {
    assert_eq!(mann_kendall(&[]).unwrap_err(), NoStatistic::TooFew { have: 0, need: 4 });
    let gaps = [Some(1.0), None, None, Some(2.0), Some(3.0)];
    assert_eq!(mann_kendall(&gaps).unwrap_err(), NoStatistic::TooFew { have: 3, need: 4 });
    assert_eq!(mann_kendall(&known(&[1.0, f64::NAN, 2.0, 3.0])).unwrap_err(), NoStatistic::NotFinite { at: 1 });
    assert!(matches!(mann_kendall(&vec![Some(1.0); 5000]).unwrap_err(), NoStatistic::TooMany { .. }));
}

#[test]
fn equal_values_have_no_direction() {
    let trend = mann_kendall(&known(&[2.0; 8])).unwrap();
    assert_eq!((trend.s, trend.z, trend.p, trend.slope, trend.tau), (0, 0.0, 1.0, 0.0, 0.0));
    assert_eq!(trend.direction(0.1), None);
}

#[test]
fn ties_and_continuity_are_counted() {
    // 1 2 2 3: five pairs rise, none falls, one is tied. S = 5;
    // variance (4·3·13 − 2·1·9) / 18 = 138/18; z = 4/√(138/18) = 1.444630.
    let trend = mann_kendall(&known(&[1.0, 2.0, 2.0, 3.0])).unwrap();
    assert_eq!(trend.s, 5);
    close(trend.variance, 138.0 / 18.0);
    close(trend.z, 4.0 / (138.0f64 / 18.0).sqrt());
    close(trend.tau, 5.0 / 6.0);
    // Slopes 1, 1/2, 2/3, 0, 1/2, 1: the median is (1/2 + 2/3) / 2.
    close(trend.slope, 7.0 / 12.0);
    assert_eq!(trend.direction(0.1), None);
    assert_eq!(trend.direction(0.2), Some(Direction::Up));
}

#[test]
fn steps_without_a_value_are_time_in_slopes() {
    // 0 _ 2 3 _ 5 rises by one each step, also over the gaps.
    let trend = mann_kendall(&[Some(0.0), None, Some(2.0), Some(3.0), None, Some(5.0)]).unwrap();
    close(trend.slope, 1.0);
    assert_eq!((trend.s, trend.known), (6, 4));
}

/// Steps by letters: h hot, c cold, . neither, ? not known.
fn of(steps: &str, direction: Option<Direction>) -> Option<(Side, Pattern)> {
    let step = |letter: char| -> Option<Class> {
        match letter {
            'h' => Some(Some((Side::Hot, Confidence::NinetyFive))),
            'c' => Some(Some((Side::Cold, Confidence::Ninety))),
            '.' => Some(None),
            _ => None,
        }
    };
    pattern(&steps.chars().map(step).collect::<Vec<_>>(), direction)
}

#[test]
fn nothing_is_said_without_a_last_step_or_a_hotspot() {
    for steps in ["", "?", "hhhhhhhhh?", "..........", "hhhhhhhh.."] {
        assert_eq!(of(steps, None), None, "{steps}");
    }
}

#[test]
fn each_pattern_is_what_arcgis_means_by_it() {
    use Pattern::*;
    let (up, down) = (Some(Direction::Up), Some(Direction::Down));
    let expected = [
        (".........h", None, New),
        ("h", None, New),
        ("........hh", up, Consecutive),
        (".hhhhhhhhh", None, Persistent),
        ("hhhhhhhhhh", None, Persistent),
        (".hhhhhhhhh", up, Intensifying),
        ("hhhhhhhhhh", down, Diminishing),
        ("h..h...h.h", None, Sporadic),
        (".hhhhhhh.h", down, Sporadic),
        ("c.......hh", None, Oscillating),
        (".c.......h", None, Oscillating),
        ("hhhhhhhhh.", None, Historical),
        ("hhhhhhhhhc", None, Oscillating),
        ("?.?.?....h", None, New),
    ];
    for (steps, direction, pattern) in expected {
        let side = if steps.ends_with('c') { Side::Cold } else { Side::Hot };
        assert_eq!(of(steps, direction), Some((side, pattern)), "{steps}");
    }
}

#[test]
fn a_cold_spot_grows_stronger_as_its_z_scores_fall() {
    let (up, down) = (Some(Direction::Up), Some(Direction::Down));
    assert_eq!(of("cccccccccc", down), Some((Side::Cold, Pattern::Intensifying)));
    assert_eq!(of("cccccccccc", up), Some((Side::Cold, Pattern::Diminishing)));
}
