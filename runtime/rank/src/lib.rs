//! Ranks a day's connections by how improbable they are, so that a day can be analysed without a previous
//! machine-learning job.
//!
//! The idea is that of Apache Spot's flow analytics. Each connection becomes two **words**, one for its source and one
//! for its destination (`words`); each host is the bag of all its words. The probability of a word for a host follows
//! from counts alone, smoothed by the word's frequency in the whole network (a Dirichlet prior):
//!
//! ```text
//! P(word | host) = (n(host, word) + mu * n(word) / N) / (n(host) + mu)
//! score          = min(P(source word | source), P(destination word | destination))
//! ```
//!
//! The lower the score, the more suspicious the connection. Spot takes the same probability from a topic model. This
//! model has no topics, so a low score means "rare for this host and rare in the network", never "unlike the hosts that
//! it resembles".
//!
//! The model needs two passes over the observations, in any store: [`Model::learn`] for each, then [`Model::score`] for
//! each; a [`Ranking`] keeps the best. Memory grows with distinct hosts, words and their pairs, not with the number of
//! connections.
//!
//! This crate must not know tables, columns or files, and only its input may decide the outcome. Counts are integers
//! and every score is one correctly rounded division (`ratio`), so the ranking is the same on every machine.

mod intern;
mod model;
mod ranking;
mod ratio;
mod repr;
mod words;

pub use model::{DEFAULT_PRIOR, Model, Score};
pub use ranking::{Ranked, Ranking};
pub use repr::python_repr;

/// The properties of a connection that the ranking uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation<'a> {
    /// Address of the side that opened the connection. Compared as text: use one spelling per host.
    pub source: &'a str,
    /// Address of the other side.
    pub destination: &'a str,
    /// Source port; 0 if the protocol has none.
    pub source_port: i64,
    /// Destination port; 0 if the protocol has none.
    pub destination_port: i64,
    /// Name of the protocol, such as `TCP`; the comparison is case-sensitive.
    pub protocol: &'a str,
    /// Hour of the day, 0 to 23.
    pub hour: i64,
    /// Minute within the hour, 0 to 59.
    pub minute: i64,
    /// Second within the minute, 0 to 59.
    pub second: i64,
    /// Bytes from source to destination.
    pub bytes: i64,
    /// Packets from source to destination.
    pub packets: i64,
    /// When the connection was seen, as text; used only to break ties.
    pub time: &'a str,
}

impl Observation<'_> {
    /// Whether the connection can be ranked: it has a time and two hosts; its hour, minute and second are in range; and
    /// no count or port is negative. Spot skips the same connections.
    pub fn is_usable(&self) -> bool {
        let named = ![self.time, self.source, self.destination].contains(&"");
        let timed = (0..=23).contains(&self.hour)
            && (0..=59).contains(&self.minute)
            && (0..=59).contains(&self.second);
        let counted = [self.source_port, self.destination_port, self.bytes, self.packets]
            .iter()
            .all(|&count| count >= 0);
        named && timed && counted
    }
}

/// An ordinary connection for the tests of this crate.
#[cfg(test)]
fn example() -> Observation<'static> {
    Observation {
        source: "10.0.0.1",
        destination: "10.0.0.2",
        source_port: 50_000,
        destination_port: 443,
        protocol: "TCP",
        hour: 9,
        minute: 30,
        second: 15,
        bytes: 1000,
        packets: 7,
        time: "2024-04-19 09:30:15",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_out_what_cannot_be_ranked() {
        let good = example();
        assert!(good.is_usable());
        let bad = [
            Observation { source: "", ..good },
            Observation { destination: "", ..good },
            Observation { time: "", ..good },
            Observation { hour: 24, ..good },
            Observation { hour: -1, ..good },
            Observation { minute: 60, ..good },
            Observation { second: 60, ..good },
            Observation { source_port: -1, ..good },
            Observation { destination_port: -1, ..good },
            Observation { bytes: -1, ..good },
            Observation { packets: -1, ..good },
        ];
        for observation in bad {
            assert!(!observation.is_usable(), "{observation:?}");
        }
    }

    #[test]
    fn keeps_what_is_merely_odd() {
        let odd = [
            Observation { protocol: "", ..example() },
            Observation { bytes: 0, packets: 0, ..example() },
            Observation { source: "10.0.0.2", ..example() },
            Observation { source_port: 70_000, ..example() },
        ];
        for observation in odd {
            assert!(observation.is_usable(), "{observation:?}");
        }
    }
}
