//! The most suspicious connections of a day, in order, without keeping the others.
//!
//! Many scores are equal (all words that occur once at a busy host have the same score). Ties are broken by the other
//! side's probability and then by the connection itself. The time is compared after all other fields except the sizes:
//! if it came first, the top would be filled with the first hours of the day.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use compact_str::CompactString;

use super::{Observation, Score};

/// A connection in the ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked<P> {
    /// Its score: the probability of its less probable word.
    pub score: f64,
    /// The data that the caller keeps for it.
    pub payload: P,
}

/// Keeps the connections with the lowest scores, each with data of the caller.
#[derive(Debug)]
pub struct Ranking<P> {
    limit: usize,
    tolerance: f64,
    offered: u64,
    /// The kept connections; the worst is on top, ready to be replaced.
    kept: BinaryHeap<Entry<P>>,
}

impl<P> Ranking<P> {
    /// Keeps at most `limit` connections (all, if it is `None`) with a score of at most `tolerance`; 1.0 accepts every
    /// score.
    pub fn new(limit: Option<usize>, tolerance: f64) -> Self {
        Self { limit: limit.unwrap_or(usize::MAX), tolerance, offered: 0, kept: BinaryHeap::new() }
    }

    /// Adds a connection if it is among the lowest so far; `payload` is called only then. The order of calls breaks the
    /// last ties, so offer connections in the order of the input.
    pub fn offer(&mut self, observation: &Observation<'_>, score: Score, payload: impl FnOnce() -> P) {
        let key = Key::of(observation, score, self.offered);
        self.offered += 1;
        if !self.takes(&key) {
            return;
        }
        if self.kept.len() == self.limit {
            self.kept.pop();
        }
        self.kept.push(Entry::new(&key, payload()));
    }

    /// The kept connections, the most suspicious first.
    pub fn into_sorted(self) -> Vec<Ranked<P>> {
        let sorted = self.kept.into_sorted_vec();
        sorted.into_iter().map(|entry| Ranked { score: entry.score.score, payload: entry.payload }).collect()
    }

    fn takes(&self, key: &Key<'_>) -> bool {
        // Also false for NaN.
        let tolerated = key.score.score <= self.tolerance;
        let room = self.kept.len() < self.limit;
        tolerated && (room || self.kept.peek().is_some_and(|worst| *key < worst.key()))
    }
}

/// The sort key of connections. Borrowed, so that a connection that is not kept is never copied.
#[derive(Debug, Clone, Copy)]
struct Key<'a> {
    score: Score,
    source: &'a str,
    destination: &'a str,
    source_port: i64,
    destination_port: i64,
    protocol: &'a str,
    time: &'a str,
    packets: i64,
    bytes: i64,
    order: u64,
}

impl<'a> Key<'a> {
    fn of(observation: &Observation<'a>, score: Score, order: u64) -> Self {
        Self {
            score,
            source: observation.source,
            destination: observation.destination,
            source_port: observation.source_port,
            destination_port: observation.destination_port,
            protocol: observation.protocol,
            time: observation.time,
            packets: observation.packets,
            bytes: observation.bytes,
            order,
        }
    }

    /// The fields that break ties of the two probabilities, in order of precedence.
    fn ties(&self) -> impl Ord + use<'a> {
        (
            (self.source, self.destination, self.source_port, self.destination_port),
            (self.protocol, self.time, self.packets, self.bytes, self.order),
        )
    }
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let scores = self.score.score.total_cmp(&other.score.score);
        scores
            .then_with(|| self.score.other.total_cmp(&other.score.other))
            .then_with(|| self.ties().cmp(&other.ties()))
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key<'_> {}

/// An owned key, and the data that the caller keeps.
#[derive(Debug)]
struct Entry<P> {
    score: Score,
    source: CompactString,
    destination: CompactString,
    source_port: i64,
    destination_port: i64,
    protocol: CompactString,
    time: CompactString,
    packets: i64,
    bytes: i64,
    order: u64,
    payload: P,
}

impl<P> Entry<P> {
    fn new(key: &Key<'_>, payload: P) -> Self {
        Self {
            score: key.score,
            source: key.source.into(),
            destination: key.destination.into(),
            source_port: key.source_port,
            destination_port: key.destination_port,
            protocol: key.protocol.into(),
            time: key.time.into(),
            packets: key.packets,
            bytes: key.bytes,
            order: key.order,
            payload,
        }
    }

    fn key(&self) -> Key<'_> {
        Key {
            score: self.score,
            source: &self.source,
            destination: &self.destination,
            source_port: self.source_port,
            destination_port: self.destination_port,
            protocol: &self.protocol,
            time: &self.time,
            packets: self.packets,
            bytes: self.bytes,
            order: self.order,
        }
    }
}

impl<P> Ord for Entry<P> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl<P> PartialOrd for Entry<P> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<P> PartialEq for Entry<P> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<P> Eq for Entry<P> {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::example;
    use super::*;

    fn ranked(limit: Option<usize>, offers: &[(Observation<'_>, f64, f64)]) -> Vec<usize> {
        let mut ranking = Ranking::new(limit, 1.0);
        for (index, &(observation, score, other)) in offers.iter().enumerate() {
            ranking.offer(&observation, Score { score, other }, || index);
        }
        ranking.into_sorted().into_iter().map(|ranked| ranked.payload).collect()
    }

    #[test]
    fn ties_are_broken_in_the_stated_order() {
        let base = example();
        // Each line differs from the line above it in the next field in precedence, and comes after it.
        let sorted = [
            (Observation { source: "9.9.9.9", ..base }, 0.1, 0.3),
            (base, 0.2, 0.1),
            (Observation { source: "10.0.0.0", ..base }, 0.2, 0.3),
            (Observation { destination: "10.0.0.1", ..base }, 0.2, 0.3),
            (Observation { source_port: 40_000, ..base }, 0.2, 0.3),
            (Observation { destination_port: 80, ..base }, 0.2, 0.3),
            (Observation { protocol: "SCTP", ..base }, 0.2, 0.3),
            (Observation { time: "2024-04-18 00:00:00", packets: 99, ..base }, 0.2, 0.3),
            (Observation { packets: 6, bytes: 5000, ..base }, 0.2, 0.3),
            (Observation { bytes: 999, ..base }, 0.2, 0.3),
            (base, 0.2, 0.3),
            (base, 0.2, 0.3),
        ];
        assert_eq!(ranked(None, &sorted), Vec::from_iter(0..sorted.len()));
        let mut reversed = sorted;
        reversed.reverse();
        // The two observations that are equal in all fields keep the order of the input.
        assert_eq!(ranked(None, &reversed), [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 0, 1]);
    }

    #[test]
    fn addresses_are_ordered_as_text() {
        let offers = [
            (Observation { source: "9.0.0.1", ..example() }, 0.5, 0.5),
            (Observation { source: "10.0.0.1", ..example() }, 0.5, 0.5),
        ];
        assert_eq!(ranked(None, &offers), [1, 0]);
    }

    #[test]
    fn what_is_above_the_tolerance_is_left_out() {
        let mut ranking = Ranking::new(None, 0.5);
        for score in [0.5, 0.500_000_1, 0.1, f64::NAN] {
            ranking.offer(&example(), Score { score, other: 1.0 }, || ());
        }
        let scores = Vec::from_iter(ranking.into_sorted().iter().map(|ranked| ranked.score));
        assert_eq!(scores, [0.1, 0.5]);
    }

    #[test]
    fn payloads_are_made_only_for_what_is_kept() {
        let mut made = 0;
        let mut ranking = Ranking::new(Some(1), 1.0);
        for score in [0.3, 0.2, 0.4, 0.9] {
            ranking.offer(&example(), Score { score, other: 1.0 }, || made += 1);
        }
        assert_eq!(ranking.into_sorted().len(), 1);
        assert_eq!(made, 2);
    }

    proptest! {
        #[test]
        fn a_limit_is_a_prefix_of_the_whole(
            scores in proptest::collection::vec(0_u8..6, 0..40), limit in 0_usize..45,
        ) {
            let offers = Vec::from_iter(scores.iter().map(|&score| (example(), f64::from(score) / 6.0, 1.0)));
            let whole = ranked(None, &offers);
            let expected = &whole[..limit.min(whole.len())];
            prop_assert_eq!(ranked(Some(limit), &offers), expected);
        }
    }
}
