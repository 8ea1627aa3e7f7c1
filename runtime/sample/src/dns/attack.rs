//! The attack in the DNS responses of the sample day; the documentation of the crate describes its stages.

use super::{Answer, Kind, Outcome, Stage};
use crate::chance::Chance;
use crate::network::{COMMAND, COMMAND_DOMAIN, DROP_DOMAIN, INFECTED, STATUS_BOARD};
use crate::row::{MINUTE, clock, moment};

/// The number of answers of each stage.
struct Counts {
    beacons: u64,
    generated: u64,
    tunnel: u64,
}

impl Counts {
    fn for_rows(rows: u64) -> Self {
        let all = (rows / 50).max(3);
        let mut left = all.min(rows);
        let mut take = |wanted: u64, most: u64| {
            let taken = wanted.clamp(1, most).min(left);
            left -= taken;
            taken
        };
        Self { beacons: take(all / 4, 86), generated: take(all / 4, 120), tunnel: take(all / 2, 300) }
    }
}

/// All answers of the attack on a day with this many answers, ordered by time.
pub(super) fn story(rows: u64, chance: &mut Chance) -> Vec<Answer> {
    let counts = Counts::for_rows(rows);
    let mut answers = Vec::from_iter((0..counts.beacons).map(|index| beacon(index, chance)));
    answers.extend((0..counts.generated).map(|index| generated(index, counts.generated, chance)));
    answers.extend((0..counts.tunnel).map(|index| tunnel(index, counts.tunnel, chance)));
    answers.sort_by_key(|answer| answer.time);
    answers
}

/// The name of the command server, before each of the connections in the day's flows.
fn beacon(index: u64, chance: &mut Chance) -> Answer {
    let time = clock(9, 40) + index * 10 * MINUTE + chance.below(MINUTE);
    let name = format!("sync.{COMMAND_DOMAIN}");
    Answer::new(STATUS_BOARD, name, Kind::Address, Outcome::Address(COMMAND.into()))
        .staged(Stage::Beacon, time)
}

/// A name of a program that searches for its command server, in one of three bursts of ten minutes.
fn generated(index: u64, count: u64, chance: &mut Chance) -> Answer {
    const BURSTS: [u64; 3] = [clock(13, 20), clock(15, 5), clock(16, 30)];
    let begins = BURSTS[(index * 3 / count) as usize];
    let time = begins + chance.below(10 * MINUTE);
    let letters = chance.within(14..=22);
    let name = format!("{}.test", text(letters, b"abcdefghijklmnopqrstuvwxyz", chance));
    Answer::new(INFECTED, name, Kind::Address, Outcome::NoName).staged(Stage::Generated, time)
}

/// A part of a stolen file, in the alphabet of base 32 (RFC 4648), and a short acknowledgement in a TXT record.
fn tunnel(index: u64, count: u64, chance: &mut Chance) -> Answer {
    let time = moment(index, count, (clock(22, 20), clock(23, 50)), chance);
    let mut label = |length| text(length, b"abcdefghijklmnopqrstuvwxyz234567", chance);
    let name = format!("{}.{}.{}.{DROP_DOMAIN}", label(60), label(60), label(12));
    let records = chance.within(60..=120);
    Answer::new(STATUS_BOARD, name, Kind::Text, Outcome::Records)
        .carrying(records)
        .staged(Stage::Tunnel, time)
}

fn text(length: u64, alphabet: &[u8], chance: &mut Chance) -> String {
    (0..length).map(|_| char::from(chance.pick(alphabet))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beacons_come_every_ten_minutes() {
        let asked = Vec::from_iter((0..86).map(|index| beacon(index, &mut Chance::new(index)).time));
        assert!(asked.windows(2).all(|pair| (9 * MINUTE..=11 * MINUTE).contains(&(pair[1] - pair[0]))));
        assert!(asked.iter().all(|&time| time < clock(24, 0)));
    }

    #[test]
    fn names_are_as_long_as_names_may_be() {
        for answer in story(40_000, &mut Chance::new(2)) {
            assert!(answer.name.len() <= 253, "{}", answer.name);
            assert!(answer.name.split('.').all(|label| (1..=63).contains(&label.len())), "{}", answer.name);
        }
    }

    #[test]
    fn each_burst_has_generated_names() {
        let answers = story(2000, &mut Chance::new(2));
        let hours = answers.iter().filter(|answer| answer.stage == Some(Stage::Generated));
        let hours = std::collections::BTreeSet::from_iter(hours.map(|answer| answer.time / MINUTE / 60));
        assert_eq!(Vec::from_iter(hours), [13, 15, 16]);
    }
}
