//! The attack on the sample day; the documentation of the crate describes its stages.
//!
//! It is a list of a few hundred flows at most, however busy the day is. It must stay rare: at most one flow in fifty,
//! except on days so small that each stage has only one.

use std::net::Ipv4Addr;

use super::traffic::ephemeral;
use super::{Flow, REFUSED, RESET, Stage, UNANSWERED, Volume};
use crate::chance::Chance;
use crate::network::{
    BACKUP, COMMAND, DIRECTORIES, DROP, FILES, GATE, GUESSER, INTRANET, MAIL, RESOLVER, SCANNER,
    STATUS_BOARD, WWW,
};
use crate::row::{MINUTE, clock, moment};

/// Ports that the scan tries.
const SCANNED: [u16; 58] = [
    21, 22, 23, 25, 53, 79, 80, 81, 88, 106, 110, 111, 113, 119, 135, 139, 143, 144, 179, 199, 389, 427, 443,
    444, 445, 465, 513, 514, 515, 543, 544, 548, 554, 587, 631, 646, 873, 990, 993, 995, 1025, 1433, 1720,
    1723, 2049, 3128, 3306, 3389, 5060, 5432, 5900, 6000, 8000, 8080, 8443, 8888, 9100, 10_000,
];

/// The services that are reachable from outside.
const OPEN: [(Ipv4Addr, u16); 7] =
    [(MAIL, 22), (MAIL, 25), (MAIL, 587), (MAIL, 993), (WWW, 80), (WWW, 443), (GATE, 22)];

/// The servers that the intruder tries to reach, in order.
const SOUGHT: [Ipv4Addr; 6] = [DIRECTORIES[0], FILES, RESOLVER, DIRECTORIES[1], INTRANET, BACKUP];

/// The number of flows of each stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counts {
    scan: u64,
    guesses: u64,
    foothold: u64,
    beacons: u64,
    spread: u64,
    thefts: u64,
}

impl Counts {
    /// One flow in fifty, but at least one for each stage, and no more than a single intruder would cause.
    fn for_flows(flows: u64) -> Self {
        let all = (flows / 50).max(6);
        let mut left = all.min(flows);
        let mut take = |wanted: u64, most: u64| {
            let taken = wanted.clamp(1, most).min(left);
            left -= taken;
            taken
        };
        Self {
            foothold: take(1, 1),
            thefts: take(all / 16, 12),
            spread: take(all / 6, 48),
            beacons: take(all / 4, 86),
            guesses: take(all / 4, 160),
            scan: take(all, SCANNED.len() as u64 * 3),
        }
    }
}

/// All flows of the attack on a day with this many flows, ordered by their end.
pub(super) fn story(flows: u64, chance: &mut Chance) -> Vec<Flow> {
    let counts = Counts::for_flows(flows);
    let mut attack = scan(counts.scan, chance);
    attack.extend(guesses(counts.guesses, chance));
    attack.extend((0..counts.foothold).map(|_| foothold(chance)));
    attack.extend((0..counts.beacons).map(|index| beacon(index, chance)));
    attack.extend((0..counts.spread).map(|index| spread(index, counts.spread, chance)));
    attack.extend((0..counts.thefts).map(|index| theft(index, counts.thefts, chance)));
    attack.sort_by_key(|flow| flow.ended);
    attack
}

fn scan(count: u64, chance: &mut Chance) -> Vec<Flow> {
    let targets = [MAIL, WWW, GATE];
    let mut doors = Vec::from_iter(targets.iter().flat_map(|&host| SCANNED.map(|port| (host, port))));
    chance.shuffle(&mut doors);
    let tried = doors.into_iter().zip(0..count);
    Vec::from_iter(tried.map(|(door, index)| {
        let ended = moment(index, count, (clock(1, 5), clock(1, 50)), chance);
        let flow = Flow::tcp((SCANNER, ephemeral(chance)), door).staged(Stage::Scan, ended);
        if OPEN.contains(&door) {
            let greeted = Volume::new(2, 104);
            flow.carrying(Volume::new(3, 164), greeted).flagged(RESET).lasting(chance.within(30..=90))
        } else if chance.percent(30) {
            flow.carrying(Volume::new(2, 120), Volume::default()).flagged(UNANSWERED).lasting(1000)
        } else {
            flow.carrying(Volume::new(1, 60), Volume::new(1, 40)).flagged(REFUSED)
        }
    }))
}

/// Attempts to log in to the mail server; the last attempt succeeds.
fn guesses(count: u64, chance: &mut Chance) -> Vec<Flow> {
    let over = (clock(2, 10), clock(4, 40));
    Vec::from_iter((0..count).map(|index| {
        let ended = moment(index, count, over, chance);
        let flow = Flow::tcp((GUESSER, ephemeral(chance)), (MAIL, 22));
        if index + 1 == count {
            let sent = Volume::new(chance.within(300..=480), chance.within(34_000..=60_000));
            let answered = Volume::new(chance.within(260..=400), chance.within(120_000..=260_000));
            return flow
                .carrying(sent, answered)
                .lasting(chance.within(500_000..=700_000))
                .staged(Stage::Guess, over.1);
        }
        let sent = Volume::new(chance.within(9..=22), chance.within(1500..=3600));
        let answered = Volume::new(chance.within(9..=20), chance.within(1900..=3900));
        flow.carrying(sent, answered).lasting(chance.within(1500..=9000)).staged(Stage::Guess, ended)
    }))
}

fn foothold(chance: &mut Chance) -> Flow {
    let sent = Volume::new(chance.within(900..=1800), chance.within(260_000..=700_000));
    let answered = Volume::bulk(chance.within(900_000..=2_000_000));
    Flow::tcp((MAIL, ephemeral(chance)), (STATUS_BOARD, 3389))
        .carrying(sent, answered)
        .lasting(7 * MINUTE)
        .staged(Stage::Foothold, clock(9, 31) + chance.below(2 * MINUTE))
}

/// A beacon to the command server. The first downloads a tool; every seventh after it uploads results.
fn beacon(index: u64, chance: &mut Chance) -> Flow {
    let ended = clock(9, 40) + index * 10 * MINUTE + chance.below(MINUTE);
    let (sent, answered) = match index % 7 {
        0 if index == 0 => {
            let tool = Volume::bulk(1_480_000);
            (Volume::acknowledging(tool, 900), tool)
        }
        0 => (Volume::bulk(chance.within(4000..=8000) << chance.heads(4)), Volume::new(12, 2100)),
        _ => (Volume::new(chance.within(9..=12), chance.within(900..=1300)), Volume::new(8, 1700)),
    };
    Flow::tcp((STATUS_BOARD, ephemeral(chance)), (COMMAND, 443))
        .carrying(sent, answered)
        .lasting(chance.within(300..=2500))
        .staged(Stage::Beacon, ended)
}

/// A connection from the compromised PC to another machine, by file sharing or by remote desktop.
fn spread(index: u64, count: u64, chance: &mut Chance) -> Flow {
    let sought = SOUGHT.len() as u64;
    let target = SOUGHT[(index % sought) as usize];
    let port = if (index + index / sought).is_multiple_of(2) { 445 } else { 3389 };
    let ended = moment(index, count, (clock(13, 10), clock(16, 40)), chance);
    let flow = Flow::tcp((STATUS_BOARD, ephemeral(chance)), (target, port)).staged(Stage::Spread, ended);
    if chance.percent(25) {
        return flow.carrying(Volume::new(3, 180), Volume::new(3, 120)).flagged(REFUSED).lasting(1500);
    }
    let octave = chance.heads(5);
    let sent = Volume::bulk(chance.within(30_000..=60_000) << octave);
    flow.carrying(sent, Volume::acknowledging(sent, 9000 << octave)).lasting(chance.within(4000..=400_000))
}

/// An upload of a part of the stolen files, so slow that it lasts until the next part.
fn theft(index: u64, count: u64, chance: &mut Chance) -> Flow {
    let (from, to) = (clock(22, 20), clock(23, 50));
    let part = Volume::bulk(chance.within(70_000_000..=130_000_000) << chance.heads(3));
    let ended = moment(index + 1, count + 1, (from, to), chance);
    Flow::tcp((STATUS_BOARD, ephemeral(chance)), (DROP, 443))
        .carrying(part, Volume::acknowledging(part, 4000))
        .lasting((to - from) / (count + 1))
        .staged(Stage::Theft, ended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn happens_in_the_order_of_the_story_and_within_the_day() {
        let flows = story(100_000, &mut Chance::new(8));
        assert!(flows.is_sorted_by_key(|flow| flow.ended));
        assert!(flows.iter().all(|flow| flow.ended < clock(24, 0) && flow.lasted <= flow.ended));
        let begins = Stage::ALL.map(|stage| flows.iter().position(|flow| flow.stage == Some(stage)));
        assert!(begins.is_sorted(), "{begins:?}");
    }

    #[test]
    fn beacons_come_every_ten_minutes() {
        let calls = Vec::from_iter((0..86).map(|index| beacon(index, &mut Chance::new(index)).ended));
        assert!(calls.windows(2).all(|pair| (9 * MINUTE..=11 * MINUTE).contains(&(pair[1] - pair[0]))));
    }
}
