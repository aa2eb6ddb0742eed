//! How a hotspot changes: Mann-Kendall's test, Sen's slope, and the patterns of ArcGIS's Emerging Hot Spot Analysis.

use super::fdr::{Class, Side};
use super::sites::MAX_VALUE;
use super::{NoStatistic, normal_two_sided};

/// Fewer steps than this tell no trend: with three, even a strict rise has a chance of 0.30.
pub const MIN_STEPS: usize = 4;

/// More steps than this are refused; the work grows with their square.
pub const MAX_STEPS: usize = 4_000;

/// A trend counts with a chance below this. ArcGIS counts trends from 90 % confidence on.
pub const TREND_ALPHA: f64 = 0.10;

/// A hotspot in so many tenths of all steps or more is a lasting one (intensifying, persistent, diminishing, historical).
pub const LASTING_TENTHS: usize = 9;

/// The trend of a series of equal steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Mann-Kendall's S: pairs that rise less pairs that fall.
    pub s: i64,
    /// Variance of S with ties taken out.
    pub variance: f64,
    /// S moved by one towards zero (continuity) over its deviation; 0 where all values are equal.
    pub z: f64,
    /// Two-sided chance of such a z-score.
    pub p: f64,
    /// S over the number of pairs, −1 to 1.
    pub tau: f64,
    /// Sen's slope: the median of the slopes of all pairs, in units of the value per step.
    pub slope: f64,
    /// Steps that have a value.
    pub known: usize,
}

impl Trend {
    /// Up, down, or `None`: no trend that chance does not explain.
    pub fn direction(&self, alpha: f64) -> Option<Direction> {
        match self.z {
            z if self.p < alpha && z > 0.0 => Some(Direction::Up),
            z if self.p < alpha && z < 0.0 => Some(Direction::Down),
            _ => None,
        }
    }
}

/// Where a trend goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    Up,
    Down,
}

/// Mann-Kendall's test and Sen's slope of a series of equal steps, as `pymannkendall.original_test`. Steps without a value
/// (`None`) are left out; slopes still count them as time.
///
/// Fails where fewer than [`MIN_STEPS`] values are known, more than [`MAX_STEPS`] are given, or one is not finite.
pub fn mann_kendall(series: &[Option<f64>]) -> Result<Trend, NoStatistic> {
    if series.len() > MAX_STEPS {
        return Err(NoStatistic::TooMany { have: series.len(), limit: MAX_STEPS });
    }
    let is_odd = |value: &Option<f64>| value.is_some_and(|value| value.is_nan() || value.abs() > MAX_VALUE);
    if let Some(at) = series.iter().position(is_odd) {
        return Err(NoStatistic::NotFinite { at });
    }
    let known: Vec<(f64, f64)> =
        series.iter().enumerate().filter_map(|(step, value)| value.map(|value| (step as f64, value))).collect();
    let n = known.len();
    if n < MIN_STEPS {
        return Err(NoStatistic::TooFew { have: n, need: MIN_STEPS });
    }
    let mut s = 0i64;
    let mut slopes = Vec::with_capacity(n * (n - 1) / 2);
    for (at, (step, value)) in known.iter().enumerate() {
        for (later, after) in &known[at + 1..] {
            s += i64::from(after > value) - i64::from(after < value);
            slopes.push((after - value) / (later - step));
        }
    }
    let mut sorted: Vec<f64> = known.iter().map(|(_, value)| *value).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let term = |count: usize| {
        let count = count as f64;
        count * (count - 1.0) * (2.0 * count + 5.0)
    };
    let ties: f64 = sorted.chunk_by(|a, b| a == b).map(|tied| term(tied.len())).sum();
    let variance = (term(n) - ties) / 18.0;
    // Without variance all values are equal, and S is 0.
    let z = if s == 0 { 0.0 } else { (s - s.signum()) as f64 / variance.sqrt() };
    let pairs = (n * (n - 1)) as f64 / 2.0;
    Ok(Trend { s, variance, z, p: normal_two_sided(z), tau: s as f64 / pairs, slope: median(&mut slopes), known: n })
}

/// The median, of an even number the mean of both in the middle. Not for nothing: 0 there.
fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    match numbers.len() {
        0 => 0.0,
        count if count % 2 == 1 => numbers[count / 2],
        count => f64::midpoint(numbers[count / 2 - 1], numbers[count / 2]),
    }
}

/// How a hotspot, or a cold spot, behaves over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// One in the last step, before that neither one nor the opposite.
    New,
    /// One in two or more last steps without a break, before that neither one nor the opposite, and in fewer than 90 % of all.
    Consecutive,
    /// One in 90 % of all steps and in the last, and growing stronger.
    Intensifying,
    /// One in 90 % of all steps and in the last, without a trend.
    Persistent,
    /// One in 90 % of all steps and in the last, and growing weaker.
    Diminishing,
    /// One in the last step, on and off before, never the opposite.
    Sporadic,
    /// One in the last step, and the opposite in some step before.
    Oscillating,
    /// Not one in the last step, but in 90 % of all.
    Historical,
}

/// The pattern of a place from its class at each step, oldest first, and the trend of its z-scores; `None` where no pattern
/// is seen. A step whose class is not known is `None` in the outer sense; it is no step at all.
///
/// Definitions are those of ArcGIS Pro's Emerging Hot Spot Analysis. Where two of them fit, the share of 90 % is asked first
/// and the opposite in the past second: a place that was cold and now is hot oscillates, it is not new (R's `sfdep` decides
/// so too). Classes count from [`super::fdr::Confidence::Ninety`] on.
///
/// Where the last step is not known, nothing is said: what is there now is what patterns are about.
pub fn pattern(steps: &[Option<Class>], direction: Option<Direction>) -> Option<(Side, Pattern)> {
    let Some(Some(last)) = steps.last() else { return None };
    let sides: Vec<Option<Side>> = steps.iter().flatten().map(|class| class.map(|(side, _)| side)).collect();
    let share = |side: Side| {
        let count = sides.iter().filter(|step| **step == Some(side)).count();
        // Whole numbers, so that 9 of 10 are 90 %.
        (count, count * 10 >= sides.len() * LASTING_TENTHS)
    };
    let Some((side, _)) = last else {
        let lasting = [Side::Hot, Side::Cold].into_iter().find(|side| share(*side).1)?;
        return Some((lasting, Pattern::Historical));
    };
    let side = *side;
    let (count, lasting) = share(side);
    let opposite = if side == Side::Hot { Side::Cold } else { Side::Hot };
    // A single step is new, not lasting.
    if sides.len() > 1 && lasting {
        let stronger = if side == Side::Hot { Direction::Up } else { Direction::Down };
        let pattern = match direction {
            Some(direction) if direction == stronger => Pattern::Intensifying,
            Some(_) => Pattern::Diminishing,
            None => Pattern::Persistent,
        };
        return Some((side, pattern));
    }
    let run = sides.iter().rev().take_while(|step| **step == Some(side)).count();
    let pattern = if share(opposite).0 > 0 {
        Pattern::Oscillating
    } else if count > run {
        Pattern::Sporadic
    } else if run == 1 {
        Pattern::New
    } else {
        Pattern::Consecutive
    };
    Some((side, pattern))
}
