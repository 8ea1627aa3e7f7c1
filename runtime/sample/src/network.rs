//! The hosts of the sample world: the office, its servers and clients, and the hosts outside.
//!
//! The office is 10.20.0.0/16 and 2001:db8:20::/48. Every address outside it comes from the ranges that are reserved
//! for documentation and benchmarks (RFC 5737, RFC 2544, RFC 3849), so that the sample can never refer to a real host.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::chance::Chance;

const fn office(subnet: u8, host: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 20, subnet, host)
}

pub(super) const ROUTER: Ipv4Addr = office(0, 1);
pub(super) const DIRECTORIES: [Ipv4Addr; 2] = [office(0, 10), office(0, 11)];
pub(super) const FILES: Ipv4Addr = office(0, 30);
pub(super) const BACKUP: Ipv4Addr = office(0, 40);
pub(super) const RESOLVER: Ipv4Addr = office(0, 53);
pub(super) const INTRANET: Ipv4Addr = office(0, 80);
pub(super) const GATE: Ipv4Addr = office(1, 22);
pub(super) const MAIL: Ipv4Addr = office(1, 25);
pub(super) const WWW: Ipv4Addr = office(1, 80);
/// The administrators' PC whose status board polls every server, day and night.
pub(super) const STATUS_BOARD: Ipv4Addr = office(20, 17);
/// A PC of the accounts department that a program of the intruder has infected, in the DNS responses.
pub(super) const INFECTED: Ipv4Addr = office(17, 11);
pub(super) const PRINTERS: [Ipv4Addr; 3] = [office(32, 11), office(32, 12), office(32, 13)];

/// Every server, with its name in the office.
pub(super) const SERVERS: [(Ipv4Addr, &str); 9] = [
    (DIRECTORIES[0], "dc1"),
    (DIRECTORIES[1], "dc2"),
    (FILES, "files"),
    (BACKUP, "backup"),
    (RESOLVER, "dns"),
    (INTRANET, "intranet"),
    (GATE, "gate"),
    (MAIL, "mail"),
    (WWW, "www"),
];

/// The subnets, with their names.
pub(super) const SUBNETS: [(&str, &str); 8] = [
    ("10.20.0.0/24", "servers"),
    ("10.20.1.0/24", "dmz"),
    ("10.20.16.0/24", "sales"),
    ("10.20.17.0/24", "accounts"),
    ("10.20.18.0/24", "engineering"),
    ("10.20.19.0/24", "planning"),
    ("10.20.20.0/24", "administrators"),
    ("10.20.32.0/24", "printers"),
];

/// The outside resolvers that the office's own resolver queries.
pub(super) const RESOLVERS_OUTSIDE: [Ipv4Addr; 2] =
    [Ipv4Addr::new(203, 0, 113, 5), Ipv4Addr::new(203, 0, 113, 6)];
/// A time server outside.
pub(super) const CLOCK_OUTSIDE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 12);

/// The source of the port scan.
pub(super) const SCANNER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 66);
/// The source of the password guesses.
pub(super) const GUESSER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 67);
/// The command server that the compromised PC contacts.
pub(super) const COMMAND: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 23);
/// The server from which the compromised PC downloads a program over HTTP.
pub(super) const TOOLS: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 77);
/// The destination of the stolen files.
pub(super) const DROP: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 200);

const CLIENT_SUBNETS: [u8; 4] = [16, 17, 18, 19];
const CLIENTS_PER_SUBNET: u64 = 200;
const VISITORS_PER_SUBNET: u64 = 15;

/// The size of the world, for a day with a certain number of rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Network {
    clients: u64,
    sites: u64,
}

impl Network {
    /// A PC causes some hundreds of rows a day; above eight hundred PCs, each causes more.
    pub(super) fn for_rows(rows: u64) -> Self {
        let most = CLIENT_SUBNETS.len() as u64 * CLIENTS_PER_SUBNET;
        Self { clients: (rows / 250).clamp(8, most), sites: (rows / 200).clamp(20, 2000) }
    }

    /// One of the office's PCs.
    pub(super) fn client(&self, chance: &mut Chance) -> Ipv4Addr {
        let (subnet, host) = self.seat(chance);
        office(subnet, host)
    }

    /// One of the office's PCs, by its IPv6 address.
    pub(super) fn client_v6(&self, chance: &mut Chance) -> Ipv6Addr {
        let (subnet, host) = self.seat(chance);
        Ipv6Addr::new(0x2001, 0xdb8, 0x20, subnet.into(), 0, 0, 0, host.into())
    }

    fn seat(&self, chance: &mut Chance) -> (u8, u8) {
        let index = chance.below(self.clients);
        let subnets = CLIENT_SUBNETS.len() as u64;
        (CLIENT_SUBNETS[(index % subnets) as usize], (10 + index / subnets) as u8)
    }

    /// A web site outside; a few are visited very often, most of them rarely.
    pub(super) fn site(&self, chance: &mut Chance) -> Ipv4Addr {
        site(self.favourite(chance))
    }

    /// A web site outside that has an IPv6 address.
    pub(super) fn site_v6(&self, chance: &mut Chance) -> Ipv6Addr {
        site_v6(self.favourite(chance))
    }

    /// The rank of a web site, with a probability of about one over the rank.
    pub(super) fn favourite(&self, chance: &mut Chance) -> u64 {
        let narrowed = self.sites >> chance.heads(8);
        chance.below(narrowed.max(1))
    }

    /// A host outside that visits the office's public pages, or of a person who works from home.
    pub(super) fn visitor(&self, chance: &mut Chance) -> Ipv4Addr {
        let index = chance.below(self.sites * 2);
        benchmark(index, (240 + (index / 512) % VISITORS_PER_SUBNET) as u8)
    }

    /// A mail server outside.
    pub(super) fn relay(&self, chance: &mut Chance) -> Ipv4Addr {
        Ipv4Addr::new(192, 0, 2, (10 + chance.below(12)) as u8)
    }
}

/// The web site with this rank of popularity, 0 to 1999.
pub(super) fn site(rank: u64) -> Ipv4Addr {
    // Each round over the 512 subnets uses another band of hosts, which keeps the addresses distinct.
    benchmark(rank, (10 + rank / 512 * 55 + rank * 7 % 50) as u8)
}

/// The IPv6 address of the web site with this rank.
pub(super) fn site_v6(rank: u64) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, 0x80, (rank % 16) as u16, 0, 0, 0, (rank + 1) as u16)
}

/// The domain of the web site with this rank, 0 to 1999.
pub(super) fn domain(rank: u64) -> String {
    let Some(coined) = rank.checked_sub(WELL_KNOWN.len() as u64) else {
        return WELL_KNOWN[rank as usize].to_owned();
    };
    let (first, second) = (FIRST.len() as u64, SECOND.len() as u64);
    let words = (FIRST[(coined % first) as usize], SECOND[(coined / first % second) as usize]);
    format!("{}-{}.example", words.0, words.1)
}

/// The domains that RFC 2606 reserves for documentation.
const WELL_KNOWN: [&str; 3] = ["example.com", "example.net", "example.org"];

/// The words of the other sites' domains, below the top-level domain that RFC 2606 reserves for examples.
const FIRST: [&str; 50] = [
    "amber", "blue", "bright", "broad", "calm", "cedar", "clear", "coastal", "copper", "early", "eastern",
    "fair", "first", "fresh", "golden", "grand", "green", "high", "hollow", "inland", "ivory", "keen",
    "late", "little", "lively", "lower", "maple", "merry", "mild", "misty", "noble", "northern", "oak",
    "old", "open", "plain", "quick", "quiet", "red", "river", "round", "silver", "southern", "steady",
    "stone", "sunny", "tall", "upper", "western", "white",
];
const SECOND: [&str; 40] = [
    "news",
    "shop",
    "books",
    "travel",
    "weather",
    "music",
    "sports",
    "recipes",
    "maps",
    "photos",
    "games",
    "garden",
    "health",
    "jobs",
    "homes",
    "cars",
    "tickets",
    "radio",
    "video",
    "forum",
    "bank",
    "post",
    "school",
    "library",
    "museum",
    "market",
    "tools",
    "parts",
    "fonts",
    "adverts",
    "metrics",
    "cloud",
    "mail",
    "chat",
    "search",
    "wiki",
    "events",
    "science",
    "finance",
    "insurance",
];

/// The office's own domain, below the top-level domain that RFC 2606 reserves for tests.
pub(super) const OFFICE: &str = "office.test";
/// The domain whose server the compromised PC contacts: [`COMMAND`].
pub(super) const COMMAND_DOMAIN: &str = "metrics-relay.example";
/// The domain that receives the stolen data: [`DROP`].
pub(super) const DROP_DOMAIN: &str = "bulk-store.example";
/// Services that programs on PCs contact: host and address.
pub(super) const UPDATES: [(&str, Ipv4Addr); 4] = [
    ("updates.software.example", Ipv4Addr::new(198, 19, 3, 20)),
    ("signatures.guard.example", Ipv4Addr::new(198, 19, 5, 20)),
    ("packages.software.example", Ipv4Addr::new(198, 19, 7, 20)),
    ("licences.software.example", Ipv4Addr::new(198, 19, 9, 20)),
];

/// A host of 198.18.0.0/15. The odd factor scatters consecutive indexes over all of its 512 subnets.
fn benchmark(index: u64, host: u8) -> Ipv4Addr {
    let subnet = index * 37 % 512;
    Ipv4Addr::new(198, 18 + (subnet / 256) as u8, (subnet % 256) as u8, host)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_site_has_its_own_address() {
        let sites = BTreeSet::from_iter((0..2000).map(site));
        assert_eq!(sites.len(), 2000);
        assert!(sites.iter().all(|address| address.octets()[3] < 240), "visitors live above");
    }

    #[test]
    fn every_site_has_its_own_domain() {
        let domains = BTreeSet::from_iter((0..2000).map(domain));
        assert_eq!(domains.len(), 2000);
        assert!(![OFFICE, COMMAND_DOMAIN, DROP_DOMAIN].iter().any(|&other| domains.contains(other)));
    }

    #[test]
    fn clients_fill_their_subnets_and_no_more() {
        let (network, mut chance) = (Network::for_rows(u64::MAX), Chance::new(4));
        for _ in 0..10_000 {
            let [_, _, subnet, host] = network.client(&mut chance).octets();
            assert!(CLIENT_SUBNETS.contains(&subnet) && (10..210).contains(&host), "{subnet}.{host}");
        }
    }

    #[test]
    fn popular_sites_are_popular() {
        let (network, mut chance) = (Network::for_rows(40_000), Chance::new(4));
        let mut visits = vec![0_u32; 200];
        for _ in 0..20_000 {
            visits[network.favourite(&mut chance) as usize] += 1;
        }
        assert!(visits[0] > 4 * visits[50] && visits[50] > visits[190], "{visits:?}");
    }
}
