//! The flows of the day, minute by minute, ordered by their end.
//!
//! Only one minute is held in memory at a time. The number of a service's flows in a minute is an integer share of its
//! curve, so that the total is exactly the planned number.

use super::attack::story;
use super::chance::Chance;
use super::flow::{Flow, MINUTE};
use super::network::Network;
use super::traffic::SERVICES;

const MINUTES: usize = 24 * 60;

/// A day that is being generated.
pub(super) struct Day {
    chance: Chance,
    network: Network,
    schedules: Vec<Schedule>,
    /// The flows of the attack, ordered by their end; `told` is the number that has been output.
    story: Vec<Flow>,
    told: usize,
    minute: usize,
}

impl Day {
    pub(super) fn new(flows: u64, seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let story = story(flows, &mut chance);
        let shares = Vec::from_iter(running_sums(SERVICES.iter().map(|service| service.share)));
        let ordinary = flows - story.len() as u64;
        let schedule = |(index, service): (usize, &super::traffic::Service)| {
            let count = part(ordinary, &shares, index);
            Schedule::new(count, &service.hours, &mut chance)
        };
        let schedules = Vec::from_iter(SERVICES.iter().enumerate().map(schedule));
        Self { chance, network: Network::for_flows(flows), schedules, story, told: 0, minute: 0 }
    }

    /// Replaces the content of `flows` with the next minute's flows; false at the end of the day.
    pub(super) fn next_minute(&mut self, flows: &mut Vec<Flow>) -> bool {
        flows.clear();
        if self.minute == MINUTES {
            return false;
        }
        let begins = self.minute as u64 * MINUTE;
        for (service, schedule) in SERVICES.iter().zip(&self.schedules) {
            for _ in 0..schedule.flows_in(self.minute) {
                let flow = (service.draw)(&mut self.chance, &self.network);
                flows.push(Flow { ended: begins + self.chance.below(MINUTE), ..flow });
            }
        }
        let rest = &self.story[self.told..];
        let now = &rest[..rest.partition_point(|flow| flow.ended < begins + MINUTE)];
        flows.extend_from_slice(now);
        self.told += now.len();
        self.minute += 1;
        // Stable, so that flows of the same millisecond keep the order in which they were generated.
        flows.sort_by_key(|flow| flow.ended);
        true
    }
}

/// The distribution of a service's flows over the day.
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

    fn flows_in(&self, minute: usize) -> u64 {
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

    use super::*;

    fn all(flows: u64, seed: u64) -> Vec<Flow> {
        let (mut day, mut minute, mut all) = (Day::new(flows, seed), Vec::new(), Vec::new());
        while day.next_minute(&mut minute) {
            all.extend_from_slice(&minute);
        }
        all
    }

    #[test]
    fn flows_come_in_time_order_within_the_day() {
        let flows = all(5000, 1);
        assert!(flows.is_sorted_by_key(|flow| flow.ended));
        assert!(flows.last().is_some_and(|flow| flow.ended < 24 * 60 * MINUTE));
    }

    #[test]
    fn the_office_is_busy_by_day() {
        let flows = all(20_000, 1);
        let between = |from: u64, to: u64| {
            flows.iter().filter(|flow| (from..to).contains(&(flow.ended / MINUTE / 60))).count()
        };
        assert!(between(9, 12) > 4 * between(0, 3));
    }

    #[test]
    fn another_seed_is_another_day() {
        assert_eq!(all(1000, 1), all(1000, 1));
        assert_ne!(all(1000, 1), all(1000, 2));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn a_day_has_exactly_the_flows_that_were_planned(flows in 0_u64..3000, seed: u64) {
            prop_assert_eq!(all(flows, seed).len() as u64, flows);
        }
    }
}
