//! The DNS responses of the sample day, as a sensor beside the office's resolver would report them; the documentation of
//! the crate tells their story.

mod attack;
mod traffic;

use std::fmt;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};

use jiff::civil::Date;

use super::chance::Chance;
use super::logged::{Logged, partition};
use super::network::RESOLVER;
use super::row::{Row, Service};

/// An answer of the office's resolver to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// Milliseconds since midnight.
    time: u64,
    client: Ipv4Addr,
    /// The query name.
    name: String,
    kind: Kind,
    outcome: Outcome,
    /// The bytes of the answer's records.
    records: u64,
    stage: Option<Stage>,
}

/// The type of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Address,
    Pointer,
    MailExchange,
    Text,
    AddressV6,
    Service,
}

impl Kind {
    /// The number in IANA's registry of resource record types.
    fn number(self) -> u16 {
        match self {
            Self::Address => 1,
            Self::Pointer => 12,
            Self::MailExchange => 15,
            Self::Text => 16,
            Self::AddressV6 => 28,
            Self::Service => 33,
        }
    }
}

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Records, the first of which is an address.
    Address(IpAddr),
    /// Other records.
    Records,
    /// The name does not exist.
    NoName,
}

impl Outcome {
    /// The number in IANA's registry of response codes.
    fn rcode(self) -> u8 {
        match self {
            Self::Address(_) | Self::Records => 0,
            Self::NoName => 3,
        }
    }
}

/// A stage of the attack, in chronological order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// The same name every ten minutes.
    Beacon,
    /// Generated names that do not exist, in bursts.
    Generated,
    /// Data in long names below one domain.
    Tunnel,
}

impl fmt::Display for Stage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Beacon => "one name asked every ten minutes",
            Self::Generated => "generated names that do not exist",
            Self::Tunnel => "data sent out in long names",
        })
    }
}

impl Answer {
    /// An answer without an address; the time is to be set later.
    fn new(client: Ipv4Addr, name: impl Into<String>, kind: Kind, outcome: Outcome) -> Self {
        let records = match outcome {
            Outcome::Address(IpAddr::V4(_)) => 16,
            Outcome::Address(IpAddr::V6(_)) => 28,
            Outcome::Records => 40,
            // The SOA record of the zone that was searched.
            Outcome::NoName => 75,
        };
        Self { time: 0, client, name: name.into(), kind, outcome, records, stage: None }
    }

    /// Sets the bytes of the answer's records.
    fn carrying(self, records: u64) -> Self {
        Self { records, ..self }
    }

    /// Marks the answer as part of the attack, and sets its time.
    fn staged(self, stage: Stage, time: u64) -> Self {
        Self { stage: Some(stage), time, ..self }
    }

    /// The bytes of the frame: Ethernet, IPv4 and UDP take 42, the header of DNS 12, the question its name and 6.
    fn frame(&self) -> u64 {
        42 + 12 + self.name.len() as u64 + 6 + self.records
    }

    /// The last `count` labels of the name.
    fn ending(&self, count: usize) -> &str {
        let from = self.name.rmatch_indices('.').nth(count - 1).map_or(0, |(at, _)| at + 1);
        &self.name[from..]
    }

    /// The fields that raw rows and results share up to the client: time as text and in seconds, length, client.
    fn begin(&self, date: Date, out: &mut dyn Write, delimiter: char) -> io::Result<()> {
        let (seconds, fraction) = (self.time / 1000, self.time % 1000);
        let time = date.at(0, 0, 0, 0).saturating_add(jiff::SignedDuration::from_secs(seconds as i64));
        let since = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);
        write!(
            out,
            "{}.{fraction:03}000000 UTC{delimiter}{}{delimiter}{}{delimiter}{}",
            time.strftime("%b %e %Y %H:%M:%S"),
            time.duration_since(since).as_secs(),
            self.frame(),
            self.client
        )
    }

    /// The class of every question, IN, as tshark writes it.
    const CLASS: &'static str = "0x00000001";
}

impl Row for Answer {
    type Stage = Stage;

    const SERVICES: &'static [Service<Self>] = &traffic::SERVICES;

    fn attack(rows: u64, chance: &mut Chance) -> Vec<Self> {
        attack::story(rows, chance)
    }

    fn time(&self) -> u64 {
        self.time
    }

    fn at(self, time: u64) -> Self {
        Self { time, ..self }
    }

    fn stage(&self) -> Option<Stage> {
        self.stage
    }

    const LABELLED: &'static str = "ip_dst,dns_qry_name";

    fn labelled(&self, _: Date) -> String {
        format!("{},{}", self.client, self.name)
    }

    fn source(&self) -> IpAddr {
        self.client.into()
    }

    /// The domain; for generated names, what they have in common.
    fn target(&self) -> String {
        match self.outcome {
            Outcome::Address(_) | Outcome::Records => self.ending(2).to_owned(),
            Outcome::NoName => format!("*.{}", self.ending(1)),
        }
    }
}

impl Logged for Answer {
    /// The columns of Spot's table `dns`.
    const HEADER: &'static str = "frame_time,unix_tstamp,frame_len,ip_dst,ip_src,dns_qry_name,dns_qry_class,\
        dns_qry_type,dns_qry_rcode,dns_a,y,m,d,h";

    fn write(&self, date: Date, out: &mut dyn Write) -> io::Result<()> {
        self.begin(date, out, ',')?;
        let (kind, rcode) = (self.kind.number(), self.outcome.rcode());
        write!(out, ",{RESOLVER},{},{},{kind},{rcode},", self.name, Self::CLASS)?;
        if let Outcome::Address(address) = self.outcome {
            write!(out, "{address}")?;
        }
        writeln!(out, ",{}", partition(date, self.time))
    }
}
