//! The two words of a connection, derived from its ports, protocol, hour and size.
//!
//! A word must not contain anything that is almost unique to a connection (an ephemeral port, an exact byte count):
//! then every word would be rare, and rarity would have no meaning.

use super::Observation;

/// The highest port that can identify a service.
const LAST_SERVICE_PORT: i64 = 1024;

/// Spot's token for two service ports: neither identifies the service alone.
const BOTH_SERVICES: i64 = 111_111;

/// Spot's token for two ephemeral ports: neither identifies a service.
const NO_SERVICE: i64 = 333_333;

/// The word of one side of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Word {
    /// The port that identifies the service, or one of the two tokens; 0 if there are no ports.
    port: i64,
    /// The number of the protocol's name.
    protocol: u32,
    hour: u8,
    /// The bin of the byte count.
    bytes: u8,
    /// The bin of the packet count.
    packets: u8,
    /// Whether this side's port identifies the service and the other side's does not.
    serving: bool,
}

/// The words of the source and of the destination, for a usable observation. `protocol` is the number of its protocol's
/// name.
pub(super) fn spoken(observation: &Observation<'_>, protocol: u32) -> (Word, Word) {
    let (port, server) = service(observation.source_port, observation.destination_port);
    let word = |side| Word {
        port,
        protocol,
        hour: observation.hour.unsigned_abs() as u8,
        bytes: bin(observation.bytes),
        packets: bin(observation.packets),
        serving: server == Some(side),
    };
    (word(Side::Source), word(Side::Destination))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Source,
    Destination,
}

/// The port token of a connection, and the side that has this port, if it is only one side's.
fn service(source: i64, destination: i64) -> (i64, Option<Side>) {
    match (source, destination) {
        (0, 0) => (0, None),
        (port, 0) => (port, Some(Side::Source)),
        (0, port) => (port, Some(Side::Destination)),
        _ => match (source <= LAST_SERVICE_PORT, destination <= LAST_SERVICE_PORT) {
            (true, true) => (BOTH_SERVICES, None),
            (true, false) => (source, Some(Side::Source)),
            (false, true) => (destination, Some(Side::Destination)),
            (false, false) => (NO_SERVICE, None),
        },
    }
}

/// The power-of-two bin of a count: ceil(log2(count + 1)), which is the number of its binary digits.
fn bin(count: i64) -> u8 {
    (i64::BITS - count.leading_zeros()) as u8
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn names_the_service_by_spots_rules() {
        let cases = [
            ((0, 0), (0, None)),
            ((0, 2048), (2048, Some(Side::Destination))),
            ((771, 0), (771, Some(Side::Source))),
            ((123, 123), (BOTH_SERVICES, None)),
            ((1, 1024), (BOTH_SERVICES, None)),
            ((53, 40_000), (53, Some(Side::Source))),
            ((40_000, 1024), (1024, Some(Side::Destination))),
            ((1025, 1025), (NO_SERVICE, None)),
            ((50_000, 3389), (NO_SERVICE, None)),
        ];
        for ((source, destination), expected) in cases {
            assert_eq!(service(source, destination), expected, "{source} -> {destination}");
        }
    }

    #[test]
    fn bins_counts_by_powers_of_two() {
        let cases =
            [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (7, 3), (8, 4), (1023, 10), (1024, 11), (i64::MAX, 63)];
        for (count, expected) in cases {
            assert_eq!(bin(count), expected, "{count}");
        }
    }

    #[test]
    fn only_the_serving_side_is_marked() {
        let (client, server) = spoken(&example(), 3);
        assert_eq!(server, Word { port: 443, protocol: 3, hour: 9, bytes: 10, packets: 3, serving: true });
        assert_eq!(client, Word { serving: false, ..server });
    }

    #[test]
    fn ephemeral_ports_and_exact_sizes_do_not_matter() {
        let near = Observation { source_port: 61_234, bytes: 513, packets: 4, minute: 59, ..example() };
        assert_eq!(spoken(&example(), 0), spoken(&near, 0));
    }
}
