//! What an office asks its resolver, without the attack.
//!
//! Each service is one line of [`SERVICES`] and one small function. Whatever a PC asks, others ask as well: only then
//! does a ranking by rarity find what a single client does. Nothing here may depend on the attack.

use std::net::Ipv4Addr;

use super::{Answer, Kind, Outcome};
use crate::chance::Chance;
use crate::network::{
    DIRECTORIES, GATE, MAIL, Network, OFFICE, SERVERS, STATUS_BOARD, UPDATES, WWW, domain, site, site_v6,
};
use crate::row::{MACHINES, PEOPLE, PROGRAMS, Service, WORLD};

/// All services.
pub(super) const SERVICES: [Service<Answer>; 11] = [
    Service { share: 340, hours: PEOPLE, draw: browse },
    Service { share: 190, hours: PEOPLE, draw: browse_v6 },
    Service { share: 130, hours: PROGRAMS, draw: update },
    Service { share: 20, hours: PROGRAMS, draw: signatures },
    Service { share: 120, hours: PROGRAMS, draw: office_host },
    Service { share: 50, hours: PROGRAMS, draw: directory },
    Service { share: 50, hours: MACHINES, draw: status_poll },
    Service { share: 40, hours: WORLD, draw: reverse },
    Service { share: 48, hours: PEOPLE, draw: search_suffix },
    Service { share: 2, hours: PEOPLE, draw: misspelt },
    Service { share: 10, hours: PEOPLE, draw: mail_exchange },
];

/// A host of a site: its pages, most of all.
fn host(rank: u64, chance: &mut Chance) -> String {
    format!("{}.{}", chance.pick(&["www", "www", "www", "cdn", "img", "api"]), domain(rank))
}

fn browse(chance: &mut Chance, network: &Network) -> Answer {
    let (client, rank) = (network.client(chance), network.favourite(chance));
    let records = 16 * chance.within(1..=4);
    Answer::new(client, host(rank, chance), Kind::Address, Outcome::Address(site(rank).into()))
        .carrying(records)
}

/// The question for an IPv6 address, which programs ask together with the other; half of the sites have one.
fn browse_v6(chance: &mut Chance, network: &Network) -> Answer {
    let (client, rank) = (network.client(chance), network.favourite(chance));
    let name = host(rank, chance);
    if rank.is_multiple_of(2) {
        Answer::new(client, name, Kind::AddressV6, Outcome::Address(site_v6(rank).into()))
    } else {
        Answer::new(client, name, Kind::AddressV6, Outcome::Records).carrying(75)
    }
}

fn update(chance: &mut Chance, network: &Network) -> Answer {
    let (host, address) = chance.pick(&UPDATES);
    Answer::new(network.client(chance), host, Kind::Address, Outcome::Address(address.into()))
}

/// The version of the virus guard's signatures, which it publishes in a TXT record.
fn signatures(chance: &mut Chance, network: &Network) -> Answer {
    let name = format!("current.{}", UPDATES[1].0);
    Answer::new(network.client(chance), name, Kind::Text, Outcome::Records)
}

fn office_host(chance: &mut Chance, network: &Network) -> Answer {
    server(network.client(chance), chance)
}

fn server(client: Ipv4Addr, chance: &mut Chance) -> Answer {
    let (address, name) = chance.pick(&SERVERS);
    Answer::new(client, format!("{name}.{OFFICE}"), Kind::Address, Outcome::Address(address.into()))
}

/// The controllers of the office, by their service records.
fn directory(chance: &mut Chance, network: &Network) -> Answer {
    let service = chance.pick(&["_ldap", "_kerberos"]);
    let records = 30 * DIRECTORIES.len() as u64;
    let name = format!("{service}._tcp.dc._msdcs.{OFFICE}");
    Answer::new(network.client(chance), name, Kind::Service, Outcome::Records).carrying(records)
}

fn status_poll(chance: &mut Chance, _: &Network) -> Answer {
    server(STATUS_BOARD, chance)
}

/// The name of a host that contacted a server.
fn reverse(chance: &mut Chance, network: &Network) -> Answer {
    let [a, b, c, d] = network.visitor(chance).octets();
    let client = chance.pick(&[MAIL, WWW, GATE]);
    let outcome = if chance.percent(70) { Outcome::Records } else { Outcome::NoName };
    Answer::new(client, format!("{d}.{c}.{b}.{a}.in-addr.arpa"), Kind::Pointer, outcome)
}

/// A name with the office's own domain appended, which PCs try before or after the name itself.
fn search_suffix(chance: &mut Chance, network: &Network) -> Answer {
    let (client, rank) = (network.client(chance), network.favourite(chance));
    let kind = if chance.percent(50) { Kind::Address } else { Kind::AddressV6 };
    Answer::new(client, format!("{}.{OFFICE}", host(rank, chance)), kind, Outcome::NoName)
}

fn misspelt(chance: &mut Chance, network: &Network) -> Answer {
    let (client, rank) = (network.client(chance), network.favourite(chance));
    let name = format!("{}.{}", chance.pick(&["wwww", "ww", "wwe"]), domain(rank));
    Answer::new(client, name, Kind::Address, Outcome::NoName)
}

/// The mail server of a domain that people write to; the office's web server sends mail, too.
fn mail_exchange(chance: &mut Chance, _: &Network) -> Answer {
    let client = chance.pick(&[MAIL, WWW]);
    let name = chance.pick(&["mail.example", "university.example", "telecom.example", "provider.example"]);
    Answer::new(client, name, Kind::MailExchange, Outcome::Records)
}
