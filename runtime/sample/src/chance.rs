//! The random numbers of the sample day: a small generator with the same numbers on every machine.
//!
//! It must not use the clock, the system's randomness or floating point. It is not suitable for secrets.

use std::ops::RangeInclusive;

/// SplitMix64 (Steele, Lea, Flood 2014): one addition and three mixing steps per number.
#[derive(Debug, Clone)]
pub(super) struct Chance {
    state: u64,
}

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `count - 1`, with equal probability; 0 if `count` is 0.
    pub(super) fn below(&mut self, count: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(count)) >> 64) as u64
    }

    /// A number in the range, with equal probability.
    pub(super) fn within(&mut self, range: RangeInclusive<u64>) -> u64 {
        let (first, last) = range.into_inner();
        first + self.below((last + 1).saturating_sub(first))
    }

    /// True with a probability of `times` percent.
    pub(super) fn percent(&mut self, times: u64) -> bool {
        self.below(100) < times
    }

    /// The number of heads in coin tosses before the first tails, at most `most`: 0 with probability 1/2, 1 with 1/4,
    /// and so on. Doubling a size this many times gives it a heavy tail.
    pub(super) fn heads(&mut self, most: u32) -> u32 {
        self.next().trailing_ones().min(most)
    }

    /// A random item of `items`, which must not be empty.
    pub(super) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u64) as usize]
    }

    /// Shuffles `items` (Fisher and Yates).
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_published_sequence() {
        // The first numbers for seed 1234567 in the reference implementation's test.
        let mut chance = Chance::new(1_234_567);
        let numbers = [chance.next(), chance.next(), chance.next()];
        assert_eq!(
            numbers,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn stays_within_its_bounds_and_reaches_them() {
        let mut chance = Chance::new(1);
        let drawn = Vec::from_iter((0..1000).map(|_| chance.within(3..=5)));
        assert!(drawn.iter().all(|number| (3..=5).contains(number)));
        assert!([3, 4, 5].iter().all(|number| drawn.contains(number)));
        assert_eq!(chance.below(0), 0);
        assert!((0..1000).all(|_| chance.heads(4) <= 4));
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let mut items = Vec::from_iter(0..50);
        Chance::new(9).shuffle(&mut items);
        assert_ne!(items, Vec::from_iter(0..50));
        items.sort_unstable();
        assert_eq!(items, Vec::from_iter(0..50));
    }
}
