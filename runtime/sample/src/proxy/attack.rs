//! The attack in the web requests of the sample day; the documentation of the crate describes its stages.

use super::traffic::browser_of;
use super::{Agent, Method, Request, Stage};
use crate::chance::Chance;
use crate::network::{COMMAND, COMMAND_DOMAIN, DROP, DROP_DOMAIN, STATUS_BOARD, TOOLS};
use crate::row::{MINUTE, clock, moment};

/// The program of the intruder.
const HELPER: Agent = Agent("SyncHelper/0.9");

/// The number of requests of each stage.
struct Counts {
    downloads: u64,
    uploads: u64,
    beacons: u64,
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
        Self { downloads: take(all / 40, 2), uploads: take(all / 8, 12), beacons: take(all / 2, 86) }
    }
}

/// All requests of the attack on a day with this many requests, ordered by time.
pub(super) fn story(rows: u64, chance: &mut Chance) -> Vec<Request> {
    let counts = Counts::for_rows(rows);
    let mut requests = Vec::from_iter((0..counts.downloads).map(|index| download(index, chance)));
    requests.extend((0..counts.beacons).map(|index| beacon(index, chance)));
    requests.extend((0..counts.uploads).map(|index| upload(index, counts.uploads, chance)));
    requests.sort_by_key(|request| request.time);
    requests
}

/// A request of the compromised PC for a page of a host without a category.
fn request(host: &str, path: &str, query: &str, chance: &mut Chance) -> Request {
    Request {
        time: 0,
        client: STATUS_BOARD,
        host: host.to_owned(),
        server: TOOLS,
        method: Method::Get,
        agent: HELPER,
        content: "text/plain",
        status: 200,
        category: "none",
        referer: "-".to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        duration: chance.within(40..=300),
        received: chance.within(300..=420),
        sent: chance.within(260..=280),
        stage: None,
    }
}

/// A program, from an address instead of a name, by the browser of the PC.
fn download(index: u64, chance: &mut Chance) -> Request {
    let time = clock(9, 36) + index * MINUTE + chance.below(MINUTE);
    let path = ["/files/setup.exe", "/files/helper.exe"][index as usize % 2];
    Request {
        agent: browser_of(STATUS_BOARD),
        content: "application/x-msdownload",
        duration: chance.within(2000..=6000),
        received: 1_480_000 + chance.below(900_000),
        ..request(&TOOLS.to_string(), path, "-", chance)
    }
    .staged(Stage::Download, time)
}

fn beacon(index: u64, chance: &mut Chance) -> Request {
    let time = clock(9, 40) + index * 10 * MINUTE + chance.below(MINUTE);
    let host = format!("sync.{COMMAND_DOMAIN}");
    Request { server: COMMAND, ..request(&host, "/v2/poll", "?id=7f3a91", chance) }
        .staged(Stage::Beacon, time)
}

/// A part of the stolen files, of a hundred megabytes or more.
fn upload(index: u64, count: u64, chance: &mut Chance) -> Request {
    let time = moment(index, count, (clock(22, 20), clock(23, 50)), chance);
    Request {
        server: DROP,
        method: Method::Post,
        duration: chance.within(120_000..=400_000),
        sent: chance.within(70_000_000..=130_000_000) << chance.heads(3),
        ..request(&format!("in.{DROP_DOMAIN}"), "/upload", "-", chance)
    }
    .staged(Stage::Upload, time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beacons_come_every_ten_minutes() {
        let calls = Vec::from_iter((0..86).map(|index| beacon(index, &mut Chance::new(index)).time));
        assert!(calls.windows(2).all(|pair| (9 * MINUTE..=11 * MINUTE).contains(&(pair[1] - pair[0]))));
        assert!(calls.iter().all(|&time| time < clock(24, 0)));
    }

    #[test]
    fn one_program_comes_from_an_address_and_much_is_uploaded() {
        let requests = story(2000, &mut Chance::new(2));
        let of = |stage| requests.iter().filter(move |request| request.stage == Some(stage));
        assert!(of(Stage::Download).all(|request| request.url().starts_with("198.51.100.77/files/")));
        assert!(of(Stage::Upload).all(|request| request.sent > 50_000_000));
    }
}
