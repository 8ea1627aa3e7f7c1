//! The rows of the day, minute by minute, ordered by time.
//!
//! Only one minute is held in memory at a time. The number of a service's rows in a minute is an integer share of its
//! curve, so that the total is exactly the planned number.

use std::io;

use super::Plan;
use super::chance::Chance;
use super::network::Network;
use super::row::{MINUTE, Row};
use super::story::{StageCollector, StageSummary};

const MINUTES: usize = 24 * 60;

/// Generates the rows of a plan, ordered by time, passes each to `take`, and returns the attack among them.
///
/// # Errors
/// The first error of `take`.
pub(super) fn tell<R: Row>(
    plan: &Plan,
    mut take: impl FnMut(&R) -> io::Result<()>,
) -> io::Result<Vec<StageSummary>> {
    let (mut day, mut minute) = (Day::new(plan.rows, plan.seed), Vec::new());
    let mut collector = StageCollector::default();
    while day.next_minute(&mut minute) {
        for row in &minute {
            collector.note(row, plan.date);
            take(row)?;
        }
    }
    Ok(collector.stages(plan.date))
}

/// A day that is being generated.
pub(super) struct Day<R> {
    chance: Chance,
    network: Network,
    schedules: Vec<Schedule>,
    /// The rows of the attack, ordered by time; `emitted` is the number that has been written.
    story: Vec<R>,
    emitted: usize,
    minute: usize,
}

impl<R: Row> Day<R> {
    pub(super) fn new(rows: u64, seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let story = R::attack(rows, &mut chance);
        let shares = Vec::from_iter(running_sums(R::SERVICES.iter().map(|service| service.share)));
        let ordinary = rows - story.len() as u64;
        let schedules = Vec::from_iter(R::SERVICES.iter().enumerate().map(|(index, service)| {
            let count = part(ordinary, &shares, index);
            Schedule::new(count, &service.hours, &mut chance)
        }));
        Self { chance, network: Network::for_rows(rows), schedules, story, emitted: 0, minute: 0 }
    }

    /// Replaces the content of `rows` with the next minute's rows; false at the end of the day.
    pub(super) fn next_minute(&mut self, rows: &mut Vec<R>) -> bool {
        rows.clear();
        if self.minute == MINUTES {
            return false;
        }
        let begins = self.minute as u64 * MINUTE;
        for (service, schedule) in R::SERVICES.iter().zip(&self.schedules) {
            for _ in 0..schedule.rows_in(self.minute) {
                let row = (service.draw)(&mut self.chance, &self.network);
                rows.push(row.at(begins + self.chance.below(MINUTE)));
            }
        }
        let rest = &self.story[self.emitted..];
        let now = &rest[..rest.partition_point(|row| row.time() < begins + MINUTE)];
        rows.extend_from_slice(now);
        self.emitted += now.len();
        self.minute += 1;
        // Stable, so that rows of the same millisecond keep the order in which they were generated.
        rows.sort_by_key(Row::time);
        true
    }
}

/// The distribution of a service's rows over the day.
struct Schedule {
    count: u64,
    /// Cumulative sums of the minutes' weights, from 0.
    weights: Vec<u64>,
}

impl Schedule {
    /// Interpolates linearly between the weights of the hours, and varies each minute by up to a quarter.
    fn new(count: u64, hours: &[u64; 24], chance: &mut Chance) -> Self {
        let weights = (0..MINUTES).map(|minute| {
            let (hour, into) = (minute / 60, (minute % 60) as u64);
            let weight = hours[hour] * (60 - into) + hours[(hour + 1) % 24] * into;
            weight * chance.within(75..=125)
        });
        Self { count, weights: Vec::from_iter(running_sums(weights)) }
    }

    fn rows_in(&self, minute: usize) -> u64 {
        part(self.count, &self.weights, minute)
    }
}

/// 0, and the sum after each of the numbers.
fn running_sums(numbers: impl Iterator<Item = u64>) -> impl Iterator<Item = u64> {
    std::iter::once(0).chain(numbers.scan(0, |sum, number| {
        *sum += number;
        Some(*sum)
    }))
}

/// The share of `count` for the `index`th weight, from the cumulative sums of the weights. The sum of all shares is
/// exactly `count`.
fn part(count: u64, sums: &[u64], index: usize) -> u64 {
    let whole = u128::from(sums.last().copied().unwrap_or_default()).max(1);
    let until = |sum: u64| (u128::from(count) * u128::from(sum) / whole) as u64;
    until(sums[index + 1]) - until(sums[index])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::dns::Answer;
    use super::super::flow::Flow;
    use super::super::proxy::Request;
    use super::*;

    fn all<R: Row>(rows: u64, seed: u64) -> Vec<R> {
        let (mut day, mut minute, mut all) = (Day::new(rows, seed), Vec::new(), Vec::new());
        while day.next_minute(&mut minute) {
            all.extend_from_slice(&minute);
        }
        all
    }

    fn comes_in_time_order_within_the_day<R: Row>() {
        let rows = all::<R>(5000, 1);
        assert!(rows.is_sorted_by_key(Row::time));
        assert!(rows.last().is_some_and(|row| row.time() < 24 * 60 * MINUTE));
        assert_eq!(R::SERVICES.iter().map(|service| service.share).sum::<u64>(), 1000);
    }

    #[test]
    fn rows_come_in_time_order_within_the_day() {
        comes_in_time_order_within_the_day::<Flow>();
        comes_in_time_order_within_the_day::<Answer>();
        comes_in_time_order_within_the_day::<Request>();
    }

    fn attack_is_rare_and_complete<R: Row>(stages: usize) {
        let attack = |rows| R::attack(rows, &mut Chance::new(3));
        for rows in [300, 2000, 40_000, 5_000_000] {
            let found = attack(rows);
            assert!(found.len() as u64 <= rows / 50, "{rows}: {}", found.len());
            assert!(found.is_sorted_by_key(Row::time), "{rows}");
            let mut order = Vec::from_iter(found.iter().filter_map(Row::stage));
            order.sort();
            order.dedup_by_key(|stage| stage.to_string());
            assert_eq!(order.len(), stages, "{rows}");
        }
        assert!((0..300).all(|rows| attack(rows).len() as u64 <= rows.min(6)));
        assert_eq!(attack(40_000).len(), attack(9_000_000).len());
    }

    #[test]
    fn the_attack_stays_rare_and_has_all_its_stages() {
        attack_is_rare_and_complete::<Flow>(6);
        attack_is_rare_and_complete::<Answer>(3);
        attack_is_rare_and_complete::<Request>(3);
    }

    #[test]
    fn the_office_is_busy_by_day() {
        let rows = all::<Flow>(20_000, 1);
        let between = |from: u64, to: u64| {
            rows.iter().filter(|row| (from..to).contains(&(row.time() / MINUTE / 60))).count()
        };
        assert!(between(9, 12) > 4 * between(0, 3));
    }

    #[test]
    fn another_seed_is_another_day() {
        assert_eq!(all::<Flow>(1000, 1), all(1000, 1));
        assert_ne!(all::<Flow>(1000, 1), all(1000, 2));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn a_day_has_exactly_the_rows_that_were_planned(rows in 0_u64..3000, seed: u64) {
            prop_assert_eq!(all::<Flow>(rows, seed).len() as u64, rows);
            prop_assert_eq!(all::<Answer>(rows, seed).len() as u64, rows);
            prop_assert_eq!(all::<Request>(rows, seed).len() as u64, rows);
        }
    }
}
