//! The stages of the attack in a sample day, with the addresses, ports and times of each.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, civil};

use super::flow::Flow;

/// A stage of the attack, in chronological order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
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

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 6] =
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

/// One stage as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// Which stage.
    pub stage: Stage,
    /// The source address of all its connections.
    pub source: IpAddr,
    /// The destination addresses, sorted.
    pub destinations: Vec<IpAddr>,
    /// The destination ports, sorted.
    pub ports: Vec<u16>,
    /// When the first of its flows ended (UTC, whole seconds).
    pub first: DateTime,
    /// When the last of its flows ended (UTC, whole seconds).
    pub last: DateTime,
    /// The number of flows.
    pub flows: u64,
    /// The bytes that its source sent.
    pub bytes: u64,
}

/// Collects the attack's stages while flows are generated.
#[derive(Debug, Default)]
pub(super) struct Chronicle {
    notes: Vec<Note>,
}

#[derive(Debug)]
struct Note {
    stage: Stage,
    source: IpAddr,
    destinations: BTreeSet<IpAddr>,
    ports: BTreeSet<u16>,
    /// When its first and its last flow ended, in milliseconds since midnight.
    ended: (u64, u64),
    flows: u64,
    bytes: u64,
}

impl Chronicle {
    /// Adds a flow, if it belongs to the attack. Flows must come in the order in which they end.
    pub(super) fn note(&mut self, flow: &Flow) {
        let Some(stage) = flow.stage else { return };
        let known = self.notes.iter().position(|note| note.stage == stage);
        let index = known.unwrap_or_else(|| {
            self.notes.push(Note {
                stage,
                source: flow.source,
                destinations: BTreeSet::new(),
                ports: BTreeSet::new(),
                ended: (flow.ended, flow.ended),
                flows: 0,
                bytes: 0,
            });
            self.notes.len() - 1
        });
        let note = &mut self.notes[index];
        note.destinations.insert(flow.destination);
        note.ports.insert(flow.destination_port);
        note.ended.1 = flow.ended;
        note.flows += 1;
        note.bytes += flow.sent.bytes;
    }

    /// The chapters, in the order of the stages.
    pub(super) fn chapters(mut self, date: Date) -> Vec<Chapter> {
        self.notes.sort_by_key(|note| note.stage);
        Vec::from_iter(self.notes.into_iter().map(|note| Chapter {
            stage: note.stage,
            source: note.source,
            destinations: Vec::from_iter(note.destinations),
            ports: Vec::from_iter(note.ports),
            first: moment(date, note.ended.0),
            last: moment(date, note.ended.1),
            flows: note.flows,
            bytes: note.bytes,
        }))
    }
}

/// A time of the day, without its milliseconds.
fn moment(date: Date, milliseconds: u64) -> DateTime {
    let into = SignedDuration::from_secs((milliseconds / 1000) as i64);
    date.to_datetime(civil::Time::midnight()).saturating_add(into)
}
