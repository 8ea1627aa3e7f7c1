//! The flows of the sample day, as an exporter would report them; the documentation of the crate tells their story.

mod attack;
mod nfdump;
mod traffic;

use std::fmt;
use std::io::{self, Write};
use std::net::IpAddr;

use jiff::civil::Date;

use super::Plan;
use super::chance::Chance;
use super::day::tell;
use super::row::{Row, Service};
use super::story::StageSummary;
use nfdump::NfdumpCsv;

/// Writes the flows of a plan as nfdump prints them.
pub(super) fn write(plan: &Plan, out: &mut impl Write) -> io::Result<Vec<StageSummary>> {
    let mut file = NfdumpCsv::begin(out, plan.date)?;
    let stages = tell(plan, |flow| file.flow(flow))?;
    file.finish()?;
    Ok(stages)
}

impl Row for Flow {
    type Stage = Stage;

    const SERVICES: &'static [Service<Self>] = &traffic::SERVICES;

    fn attack(rows: u64, chance: &mut Chance) -> Vec<Self> {
        attack::story(rows, chance)
    }

    const LABELLED: &'static str = "sip,dip,sport,dport,proto,ipkt,ibyt";

    fn labelled(&self, _: Date) -> String {
        let (ports, sent) = ((self.source_port, self.destination_port), self.sent);
        let protocol = self.protocol.name();
        format!(
            "{},{},{},{},{protocol},{},{}",
            self.source, self.destination, ports.0, ports.1, sent.packets, sent.bytes
        )
    }

    /// When it ended.
    fn time(&self) -> u64 {
        self.ended
    }

    fn at(self, time: u64) -> Self {
        Self { ended: time, ..self }
    }

    fn stage(&self) -> Option<Stage> {
        self.stage
    }

    fn source(&self) -> IpAddr {
        self.source
    }

    fn target(&self) -> String {
        format!("{}:{}", self.destination, self.destination_port)
    }
}

/// A stage of the attack, in chronological order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Stage {
    /// A port scan of the servers that are reachable from outside.
    Scan,
    /// Password guesses over SSH; the last guess is right.
    Guess,
    /// A remote desktop connection from the mail server to a PC of the administrators.
    Foothold,
    /// Connections from the PC to its command server every ten minutes.
    Beacon,
    /// Connections from the PC to other servers, by file sharing and remote desktop.
    Spread,
    /// Uploads of files at night.
    Theft,
}

#[cfg(test)]
impl Stage {
    /// All stages, in order.
    pub(super) const ALL: [Self; 6] =
        [Self::Scan, Self::Guess, Self::Foothold, Self::Beacon, Self::Spread, Self::Theft];
}

impl fmt::Display for Stage {
    /// A short description, such as `port scan from outside`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Scan => "port scan from outside",
            Self::Guess => "passwords guessed over SSH",
            Self::Foothold => "remote desktop from the mail server",
            Self::Beacon => "calls to a command server",
            Self::Spread => "lateral movement",
            Self::Theft => "files sent out at night",
        })
    }
}

/// A protocol that the office uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Tcp,
    Udp,
    Icmp,
}

impl Protocol {
    /// The name that nfdump prints.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Icmp => "ICMP",
        }
    }
}

/// Packets and bytes in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Volume {
    pub(super) packets: u64,
    pub(super) bytes: u64,
}

impl Volume {
    /// This many packets with this many bytes in total.
    pub(super) fn new(packets: u64, bytes: u64) -> Self {
        Self { packets, bytes }
    }

    /// The volume of a bulk transfer of `bytes`: full packets after a few small ones.
    pub(super) fn bulk(bytes: u64) -> Self {
        Self { packets: bytes / 1400 + 4, bytes }
    }

    /// The volume that the receiver of a bulk transfer sends back: an empty packet for every second packet received,
    /// and `said` bytes of its own.
    pub(super) fn acknowledging(received: Self, said: u64) -> Self {
        let packets = received.packets / 2 + 4;
        Self { packets, bytes: packets * 52 + said }
    }
}

/// A flow, with both directions in one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flow {
    /// When it ended and was exported: milliseconds since midnight, within the day.
    pub(super) ended: u64,
    /// Its duration in milliseconds; it may have begun on the evening before.
    pub(super) lasted: u64,
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) source_port: u16,
    /// For ICMP, type times 256 plus code, as exporters report it.
    pub(super) destination_port: u16,
    pub(super) protocol: Protocol,
    /// The TCP flags that were seen, eight characters in the order `CEUAPRSF`.
    pub(super) flags: &'static str,
    /// From source to destination.
    pub(super) sent: Volume,
    /// From destination to source.
    pub(super) answered: Volume,
    /// The stage of the attack that it belongs to, if any.
    pub(super) stage: Option<Stage>,
}

/// A connection that was opened, used and closed.
pub(super) const WHOLE: &str = "...AP.SF";
/// A connection that was reset after use.
pub(super) const RESET: &str = "...APRSF";
/// A connection attempt that was refused.
pub(super) const REFUSED: &str = ".....RS.";
/// A connection attempt without a response.
pub(super) const UNANSWERED: &str = "......S.";
/// A protocol without flags.
pub(super) const NO_FLAGS: &str = "........";

impl Flow {
    /// A complete TCP connection; the time is to be set later.
    pub(super) fn tcp(from: (impl Into<IpAddr>, u16), to: (impl Into<IpAddr>, u16)) -> Self {
        Self {
            ended: 0,
            lasted: 0,
            source: from.0.into(),
            destination: to.0.into(),
            source_port: from.1,
            destination_port: to.1,
            protocol: Protocol::Tcp,
            flags: WHOLE,
            sent: Volume::default(),
            answered: Volume::default(),
            stage: None,
        }
    }

    /// A UDP exchange; the time is to be set later.
    pub(super) fn udp(from: (impl Into<IpAddr>, u16), to: (impl Into<IpAddr>, u16)) -> Self {
        Self { protocol: Protocol::Udp, flags: NO_FLAGS, ..Self::tcp(from, to) }
    }

    /// Echo requests and their replies, 84 bytes each, one per second.
    pub(super) fn ping(from: impl Into<IpAddr>, to: impl Into<IpAddr>, times: u64) -> Self {
        const ECHO_REQUEST: u16 = 8 << 8;
        let volume = Volume::new(times, times * 84);
        Self { protocol: Protocol::Icmp, flags: NO_FLAGS, ..Self::tcp((from, 0), (to, ECHO_REQUEST)) }
            .carrying(volume, volume)
            .lasting(times.saturating_sub(1) * 1000)
    }

    /// Sets the volumes of both directions.
    pub(super) fn carrying(self, sent: Volume, answered: Volume) -> Self {
        Self { sent, answered, ..self }
    }

    /// Sets the duration in milliseconds.
    pub(super) fn lasting(self, lasted: u64) -> Self {
        Self { lasted, ..self }
    }

    pub(super) fn flagged(self, flags: &'static str) -> Self {
        Self { flags, ..self }
    }

    /// Marks the flow as part of the attack, and sets its end in milliseconds since midnight.
    pub(super) fn staged(self, stage: Stage, ended: u64) -> Self {
        Self { stage: Some(stage), ended, ..self }
    }
}
