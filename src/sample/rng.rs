//! The dice of the sample: SplitMix64, seeded by a name, so that one row's numbers do not hang on another's.

use chrono::{Days, NaiveDate};

/// A small reproducible generator (SplitMix64, Steele, Lea and Flood 2014). Not for secrets.
pub struct Rng(u64);

impl Rng {
    /// The generator of one named thing; the same name always gives the same numbers.
    pub fn named(name: &str) -> Rng {
        // FNV-1a: names differ in their last letters, which SplitMix64's output function then scatters.
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Rng(hash)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number in `[low, high)`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A whole number in `0..count`; 0 when there is nothing to choose from.
    pub fn below(&mut self, count: usize) -> usize {
        (self.unit() * count as f64) as usize
    }

    /// Whether something that happens in `share` of all cases happens now.
    pub fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// A day from `from` on and before `to`; `from` where there is none.
    pub fn date_between(&mut self, from: NaiveDate, to: NaiveDate) -> NaiveDate {
        let days = (to - from).num_days().max(0) as usize;
        from.checked_add_days(Days::new(self.below(days) as u64)).unwrap_or(from)
    }

    /// One of the choices, each as likely as its weight says.
    pub fn weighted<T: Copy>(&mut self, choices: &[(T, u32)]) -> Option<T> {
        let total: u32 = choices.iter().map(|(_, weight)| weight).sum();
        let mut left = self.below(total as usize) as u32;
        for (choice, weight) in choices {
            if left < *weight {
                return Some(*choice);
            }
            left -= weight;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64() {
        // First outputs for the state 1234567, as printed with the reference implementation (prng.di.unimi.it).
        let mut rng = Rng(1_234_567);
        assert_eq!(
            [rng.next(), rng.next(), rng.next()],
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn weights_of_zero_are_never_chosen_and_no_choice_is_none() {
        let mut rng = Rng::named("dice");
        assert!((0..200).all(|_| rng.weighted(&[('a', 0), ('b', 3)]) == Some('b')));
        assert_eq!(rng.weighted::<char>(&[]), None);
    }

    #[test]
    fn names_that_differ_in_one_letter_give_different_numbers() {
        assert_ne!(Rng::named("site-1").next(), Rng::named("site-2").next());
    }
}
