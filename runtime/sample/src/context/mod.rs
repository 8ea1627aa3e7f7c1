//! The context files of the sample world: owners, places, names and reputation of addresses, reputation of names, lists
//! of codes, and the settings that name the last two.
//!
//! Owners, places and countries are invented. The country codes are among those that ISO 3166 reserves for users, so
//! that no real country, company or person is part of the story.

mod codes;

use std::fmt::Write;
use std::net::Ipv4Addr;

use serde_json::{Map, json};

use super::network::{
    COMMAND, COMMAND_DOMAIN, DROP, DROP_DOMAIN, GUESSER, SCANNER, SERVERS, STATUS_BOARD, SUBNETS, TOOLS,
    domain, site,
};
use codes::LISTS;

/// A range of addresses and its place.
struct Location {
    first: [u8; 4],
    last: [u8; 4],
    /// Code, name, state and city.
    place: [&'static str; 4],
    /// Degrees north and east.
    at: [&'static str; 2],
    owner: &'static str,
    domain: &'static str,
}

const fn location(
    (first, last): ([u8; 4], [u8; 4]),
    (place, at): ([&'static str; 4], [&'static str; 2]),
    owner: &'static str,
    domain: &'static str,
) -> Location {
    Location { first, last, place, at, owner, domain }
}

type Place = ([&'static str; 4], [&'static str; 2]);

const NOWHERE: Place = (["-", "-", "-", "-"], ["0", "0"]);
const HARBOUR: Place = (["XA", "Northmark", "Coast", "Harbour"], ["57.2500", "2.5000"]);
const MILLS: Place = (["XA", "Northmark", "Inland", "Seven Mills"], ["56.7500", "3.2500"]);
const BRIDGE: Place = (["XB", "Westland", "Upper Vale", "Longbridge"], ["46.5000", "-8.7500"]);
const SANTA: Place = (["XC", "Isla Ejemplo", "Costa Sur", "Peñablanca"], ["31.5000", "-18.2500"]);
const LAKE: Place = (["XD", "Eastern Reach", "Lakes", "Stillwater"], ["44.0000", "8.7500"]);

/// Sorted; they cover every IPv4 address that the sample day uses.
const LOCATIONS: [Location; 15] = [
    location(([10, 0, 0, 0], [10, 255, 255, 255]), NOWHERE, "Private network", "-"),
    location(([192, 0, 2, 0], [192, 0, 2, 127]), HARBOUR, "Example Mail Exchange", "mail.example"),
    location(([192, 0, 2, 128], [192, 0, 2, 255]), SANTA, "Example Storage, S.A.", "storage.example"),
    location(([198, 18, 0, 0], [198, 18, 63, 255]), BRIDGE, "Example Hosting", "hosting.example"),
    location(([198, 18, 64, 0], [198, 18, 127, 255]), HARBOUR, "Example Cloud", "cloud.example"),
    location(([198, 18, 128, 0], [198, 18, 191, 255]), LAKE, "Example Media Network", "media.example"),
    location(([198, 18, 192, 0], [198, 18, 255, 255]), MILLS, "Example News Group", "news.example"),
    location(([198, 19, 0, 0], [198, 19, 63, 255]), BRIDGE, "Example Software, Ltd.", "software.example"),
    location(([198, 19, 64, 0], [198, 19, 127, 255]), SANTA, "Example Travel", "travel.example"),
    location(([198, 19, 128, 0], [198, 19, 191, 255]), HARBOUR, "Example Telecom", "telecom.example"),
    location(([198, 19, 192, 0], [198, 19, 255, 255]), LAKE, "Example University", "university.example"),
    location(([198, 51, 100, 0], [198, 51, 100, 127]), LAKE, "Example Virtual Servers", "servers.example"),
    location(([198, 51, 100, 128], [198, 51, 100, 255]), BRIDGE, "Example Colocation", "-"),
    location(([203, 0, 113, 0], [203, 0, 113, 63]), MILLS, "Example Internet Provider", "provider.example"),
    location(([203, 0, 113, 64], [203, 0, 113, 255]), SANTA, "Example Bulk Hosting", "bulk.example"),
];

/// The files of context for addresses: path in the folder and text.
pub(super) fn of_addresses() -> Vec<(&'static str, String)> {
    vec![
        ("context/ipranges.csv", ipranges()),
        ("context/iploc.csv", iploc()),
        (REPUTATION, reputation()),
        ("context/networkcontext_1.csv", names()),
    ]
}

/// The files of context for names, URLs and codes, and the settings that name them.
pub(super) fn of_names_and_codes() -> Vec<(&'static str, String)> {
    let lists = LISTS.iter().map(|list| (list.file, list.text()));
    Vec::from_iter(lists.chain([(REPUTATION_OF_NAMES, reputation_of_names()), (SETTINGS, settings())]))
}

const REPUTATION: &str = "context/reputation.csv";
const REPUTATION_OF_NAMES: &str = "context/reputation_names.csv";
const SETTINGS: &str = "flow_oa.json";

/// The settings of the home.
fn settings() -> String {
    let codes = Map::from_iter(LISTS.iter().map(|list| (list.name.to_owned(), list.file.into())));
    let reputation = json!({"list": REPUTATION, "names": REPUTATION_OF_NAMES});
    format!("{:#}\n", json!({"context": {"reputation": reputation, "codes": codes}}))
}

/// `iploc.csv`: ten quoted columns, no header: first and last address as numbers, country code, country, state, city,
/// degrees north and east, owner, domain.
fn iploc() -> String {
    let mut text = String::new();
    for location in &LOCATIONS {
        let [first, last] =
            [location.first, location.last].map(|octets| Ipv4Addr::from(octets).to_bits().to_string());
        let [code, country, state, city] = location.place;
        let [north, east] = location.at;
        let row = [&first, &last, code, country, state, city, north, east, location.owner, location.domain];
        text.push_str(&row.map(|cell| format!("\"{cell}\"")).join(","));
        text.push('\n');
    }
    text
}

/// `ipranges.csv`: first and last address of the office's own ranges, and a name; no header.
fn ipranges() -> String {
    "10.20.0.0,10.20.255.255,Office\n2001:db8:20::,2001:db8:20:ffff:ffff:ffff:ffff:ffff,Office IPv6\n"
        .to_owned()
}

/// `networkcontext_1.csv`: address or prefix, and a name; no header.
fn names() -> String {
    let servers = SERVERS.iter().map(|(address, name)| (address.to_string(), (*name).to_owned()));
    let board = [(STATUS_BOARD.to_string(), "status-board".to_owned())];
    let subnets = SUBNETS.iter().map(|(prefix, name)| ((*prefix).to_owned(), (*name).to_owned()));
    let mut text = String::new();
    for (address, name) in servers.chain(board).chain(subnets) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{address},{name}");
    }
    text
}

/// `reputation.csv`: address or prefix, label and value, with a header.
fn reputation() -> String {
    let mut text = "ip,label,value\n".to_owned();
    let sites = (0..6).map(|rank| (site(rank).to_string(), "NONE", 0));
    let doubtful = [7, 19].map(|rank| (site(rank).to_string(), "LOW", 1));
    let malicious = [
        (COMMAND.to_string(), "HIGH", 3),
        (SCANNER.to_string(), "HIGH", 3),
        (GUESSER.to_string(), "MEDIUM", 2),
        ("203.0.113.64/26".to_owned(), "LOW", 1),
        (DROP.to_string(), "UNVERIFIED", -1),
    ];
    for (address, label, value) in sites.chain(doubtful).chain(malicious) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{address},{label},{value}");
    }
    text
}

/// `reputation_names.csv`: host name or URL, label and value, with a header.
fn reputation_of_names() -> String {
    let mut text = "name,label,value\n".to_owned();
    let sites = (0..6).map(|rank| (format!("www.{}", domain(rank)), "NONE", 0));
    let malicious = [
        (format!("sync.{COMMAND_DOMAIN}"), "HIGH", 3),
        (format!("sync.{COMMAND_DOMAIN}/v2/poll?id=7f3a91"), "HIGH", 3),
        (format!("{TOOLS}/files/setup.exe"), "MEDIUM", 2),
        (format!("in.{DROP_DOMAIN}/upload"), "UNVERIFIED", -1),
    ];
    for (name, label, value) in sites.chain(malicious) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name},{label},{value}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::super::day::Day;
    use super::super::flow::Flow;
    use super::*;

    #[test]
    fn ranges_are_sorted_and_apart() {
        let ends = LOCATIONS.map(|location| (location.first, location.last));
        assert!(ends.iter().all(|(first, last)| first <= last));
        assert!(ends.is_sorted_by(|before, after| before.1 < after.0));
    }

    #[test]
    fn every_address_of_a_day_has_a_location() {
        let (mut day, mut flows) = (Day::<Flow>::new(60_000, 2), Vec::new());
        while day.next_minute(&mut flows) {
            for address in flows.iter().flat_map(|flow| [flow.source, flow.destination]) {
                let IpAddr::V4(address) = address else { continue };
                let octets = address.octets();
                let found = LOCATIONS.iter().any(|place| (place.first..=place.last).contains(&octets));
                assert!(found, "{address}");
            }
        }
    }

    #[test]
    fn files_have_their_columns() {
        let columns = |text: &str| Vec::from_iter(text.lines().map(|line| line.split(',').count()));
        assert!(iploc().lines().all(|line| line.split("\",\"").count() == 10));
        assert!(iploc().starts_with("\"167772160\",\"184549375\",\"-\""));
        assert!(columns(&ipranges()).iter().all(|&count| count == 3));
        assert!(columns(&reputation()).iter().all(|&count| count == 3));
        assert!(columns(&names()).iter().all(|&count| count == 2));
        assert!(columns(&reputation_of_names()).iter().all(|&count| count == 3));
        assert!(LISTS.iter().all(|list| columns(&list.text()).iter().all(|&count| count == 2)));
    }
}
