//! ICMP messages: type and code. `NetFlow` stores them in the destination port, as type × 256 + code.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::protocol;
use crate::Text;

/// Names by type, and by type and code.
type Messages = HashMap<(u8, Option<u8>), &'static str>;

static MESSAGES: LazyLock<[(u8, Messages); 2]> = LazyLock::new(|| {
    [
        (protocol::ICMP, messages(include_str!("../../data/icmp.csv"))),
        (protocol::ICMPV6, messages(include_str!("../../data/icmpv6.csv"))),
    ]
});

fn messages(table: &'static str) -> Messages {
    let message =
        |[kind, code, name]: [&'static str; 3]| Some(((kind.parse().ok()?, code.parse().ok()), name));
    super::entries(table).filter_map(message).collect()
}

/// The ICMP message of a flow, from its destination port: `Destination Unreachable: Port Unreachable`, `Echo`, `type
/// 250, code 3`. Empty if the protocol is not ICMP.
pub fn name(port: i64, protocol: &str) -> Text {
    let Some((messages, [kind, code])) = message(port, protocol) else { return Text::default() };
    match (messages.get(&(kind, None)), messages.get(&(kind, Some(code)))) {
        (Some(kind), Some(code)) => compact_str::format_compact!("{kind}: {code}"),
        (Some(kind), None) if code == 0 => Text::from(*kind),
        (Some(kind), None) => compact_str::format_compact!("{kind}: code {code}"),
        (None, _) => compact_str::format_compact!("type {kind}, code {code}"),
    }
}

/// The ICMP type; `None` if the protocol is not ICMP.
pub fn kind(port: i64, protocol: &str) -> Option<u8> {
    message(port, protocol).map(|(_, [kind, _])| kind)
}

/// The ICMP code; `None` if the protocol is not ICMP.
pub fn code(port: i64, protocol: &str) -> Option<u8> {
    message(port, protocol).map(|(_, [_, code])| code)
}

/// The table of messages for the version of ICMP, and the type and code of the flow.
fn message(port: i64, protocol: &str) -> Option<(&'static Messages, [u8; 2])> {
    let number = protocol::number(protocol)?;
    let (_, messages) = MESSAGES.iter().find(|(protocol, _)| *protocol == number)?;
    Some((messages, u16::try_from(port).ok()?.to_be_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{code, kind, name};

    #[test]
    fn type_and_code_are_numbers_of_their_own() {
        assert_eq!((kind(771, "1"), code(771, "1")), (Some(3), Some(3)));
        assert_eq!((kind(256 + 4, "IPv6-ICMP"), code(256 + 4, "IPv6-ICMP")), (Some(1), Some(4)));
        for (port, protocol) in [(2048, "TCP"), (70_000, "ICMP"), (-1, "ICMP"), (1, "")] {
            assert_eq!((kind(port, protocol), code(port, protocol)), (None, None));
        }
    }

    #[test]
    fn type_and_code_have_names_by_the_version_of_the_protocol() {
        assert_eq!(name(8 * 256, "ICMP"), "Echo");
        assert_eq!(name(771, "1"), "Destination Unreachable: Port Unreachable");
        assert_eq!(name(3 * 256 + 99, "ICMP"), "Destination Unreachable: code 99");
        assert_eq!(name(250 * 256 + 3, "ICMP"), "type 250, code 3");
        assert_eq!(name(0, "ICMP"), "Echo Reply");
        assert_eq!(name(128 * 256, "ICMP6"), "Echo Request");
        assert_eq!(name(256 + 4, "IPv6-ICMP"), "Destination Unreachable: Port Unreachable");
        assert_eq!(
            (name(2048, "TCP"), name(70_000, "ICMP"), name(-1, "ICMP")),
            ("".into(), "".into(), "".into())
        );
    }
}
