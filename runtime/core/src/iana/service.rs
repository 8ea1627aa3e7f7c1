//! Names of services by port and transport protocol.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::protocol;

static SERVICES: LazyLock<HashMap<(u16, u8), &'static str>> = LazyLock::new(|| {
    let mut services = HashMap::new();
    for [ports, transports, name] in super::entries(include_str!("../../data/services.csv")) {
        let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
        let (Ok(first), Ok(last)) = (first.parse::<u16>(), last.parse::<u16>()) else { continue };
        for number in transports.split(' ').filter_map(protocol::number) {
            services.extend((first..=last).map(|port| ((port, number), name)));
        }
    }
    services
});

/// The name of the service that the registry lists for a port of a protocol, such as `https` for port 443 of `TCP`;
/// empty if there is none. The port may be used by another service.
pub fn name(port: i64, protocol: &str) -> &'static str {
    let key = u16::try_from(port).ok().zip(protocol::number(protocol));
    key.and_then(|key| SERVICES.get(&key)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_port_has_a_name_in_its_protocol() {
        assert_eq!(name(443, "TCP"), "https");
        assert_eq!(name(53, "17"), "domain");
        assert_eq!((name(514, "TCP"), name(514, "UDP")), ("shell", "syslog"));
        assert_eq!(name(6010, "TCP"), "x11");
        assert_eq!(
            (name(443, "ICMP"), name(443, "OTHER"), name(70_000, "TCP"), name(-1, "TCP")),
            ("", "", "", "")
        );
    }
}
