//! Converts ranges that may nest and overlap to steps: the addresses from which a range applies.
//!
//! The rule is the same as for all context files: the narrowest range wins, and of equally wide ranges the first in the
//! file. Ranges come in ascending order of their first address. Memory holds only the ranges that are open at the same
//! time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The content of a range: the numbers of its place and its owner.
pub(super) type Says = (u32, u32);

/// A range of a file. Addresses are on one line of integers, as in the file: IPv4 below 2^32, IPv6 from there on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Range {
    pub(super) first: u128,
    /// The position of the range in the file.
    pub(super) number: u32,
    pub(super) last: u128,
    pub(super) says: Says,
}

/// The address from which the content applies; `None` if there is no content.
pub(super) type Step = (u128, Option<Says>);

/// The sweep from the lowest address to the highest.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    /// Ranges that contain the current address, and some that have ended: narrowest first.
    open: BinaryHeap<Reverse<(u128, u32, u128, Says)>>,
    /// The pending step, which another step at the same address may still replace.
    next: Option<Step>,
    /// The content of the step before the pending step.
    before: Option<Says>,
}

impl Sweep {
    /// Adds a range, whose first address is not below that of the range before.
    ///
    /// # Errors
    /// Those of `take`, which receives every step that is final.
    pub(super) fn come_to<E>(
        &mut self,
        range: Range,
        take: &mut impl FnMut(Step) -> Result<(), E>,
    ) -> Result<(), E> {
        self.close(Some(range.first), take)?;
        self.open.push(Reverse((range.last - range.first, range.number, range.last, range.says)));
        self.step(range.first, take)
    }

    /// Ends the sweep after the last range.
    ///
    /// # Errors
    /// See [`Self::come_to`].
    pub(super) fn end<E>(mut self, take: &mut impl FnMut(Step) -> Result<(), E>) -> Result<(), E> {
        self.close(None, take)?;
        self.settle(take)
    }

    /// Advances to just before the address and adds a step at the end of each range that was the narrowest.
    fn close<E>(
        &mut self,
        before: Option<u128>,
        take: &mut impl FnMut(Step) -> Result<(), E>,
    ) -> Result<(), E> {
        while let Some(Reverse((_, _, last, _))) = self.open.peek()
            && before.is_none_or(|before| *last < before)
        {
            let Some(behind) = last.checked_add(1) else { return Ok(()) };
            while self.open.peek().is_some_and(|Reverse((_, _, last, _))| *last < behind) {
                self.open.pop();
            }
            self.step(behind, take)?;
        }
        Ok(())
    }

    /// Adds a step from which the narrowest of the open ranges applies.
    fn step<E>(&mut self, from: u128, take: &mut impl FnMut(Step) -> Result<(), E>) -> Result<(), E> {
        if self.next.is_some_and(|(at, _)| at != from) {
            self.settle(take)?;
        }
        self.next = Some((from, self.open.peek().map(|Reverse((_, _, _, says))| *says)));
        Ok(())
    }

    /// Passes the pending step to `take`, if its content differs from that of the step before.
    fn settle<E>(&mut self, take: &mut impl FnMut(Step) -> Result<(), E>) -> Result<(), E> {
        let Some(step) = self.next.take().filter(|step| step.1 != self.before) else { return Ok(()) };
        self.before = step.1;
        take(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn steps(mut ranges: Vec<Range>) -> Vec<Step> {
        ranges.sort_unstable();
        let (mut sweep, mut steps) = (Sweep::default(), Vec::new());
        let mut take = |step| {
            steps.push(step);
            Ok::<(), ()>(())
        };
        for range in ranges {
            sweep.come_to(range, &mut take).unwrap();
        }
        sweep.end(&mut take).unwrap();
        steps
    }

    /// A few addresses at both ends of the line, so that ranges nest, overlap, touch and tie.
    fn any_address() -> impl Strategy<Value = u128> {
        (0u128..24, any::<bool>()).prop_map(|(n, high)| if high { u128::MAX - n } else { n })
    }

    proptest! {
        #[test]
        fn every_address_has_the_step_of_the_range_that_a_scan_finds(
            ends in prop::collection::vec((any_address(), any_address()), 0..40),
            asked in prop::collection::vec(any_address(), 1..40),
        ) {
            let range = |(number, (a, b)): (usize, (u128, u128))| {
                let number = u32::try_from(number).unwrap();
                Range { first: a.min(b), last: a.max(b), number, says: (number, 7) }
            };
            let ranges: Vec<Range> = ends.into_iter().enumerate().map(range).collect();
            let steps = steps(ranges.clone());
            prop_assert!(steps.is_sorted_by(|a, b| a.0 < b.0 && a.1 != b.1), "{:?}", steps);
            for ip in asked {
                let holding = ranges.iter().filter(|range| (range.first..=range.last).contains(&ip));
                let scanned = holding
                    .min_by_key(|range| (range.last - range.first, range.number))
                    .map(|range| range.says);
                let found = steps.iter().take_while(|step| step.0 <= ip).last().and_then(|it| it.1);
                prop_assert_eq!(found, scanned);
            }
        }
    }
}
