//! Addresses that are never sent to an external service, whatever the site's own ranges contain.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use flow_oa_core::address;

/// Special-purpose networks (IANA's registries, RFC 6890), with a description.
const V4: [(Ipv4Addr, u32, &str); 14] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8, "of this network"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, PRIVATE),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "of a carrier's NAT (RFC 6598)"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, LOOPBACK),
    (Ipv4Addr::new(169, 254, 0, 0), 16, LINK),
    (Ipv4Addr::new(172, 16, 0, 0), 12, PRIVATE),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "of IETF protocols"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, EXAMPLES),
    (Ipv4Addr::new(192, 168, 0, 0), 16, PRIVATE),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "for measurements (RFC 2544)"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, EXAMPLES),
    (Ipv4Addr::new(203, 0, 113, 0), 24, EXAMPLES),
    (Ipv4Addr::new(224, 0, 0, 0), 4, MULTICAST),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved"),
];

const V6: [(Ipv6Addr, u32, &str); 10] = [
    (Ipv6Addr::UNSPECIFIED, 128, "unspecified"),
    (Ipv6Addr::LOCALHOST, 128, LOOPBACK),
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48, PRIVATE),
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64, "for what is dropped (RFC 6666)"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, EXAMPLES),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, EXAMPLES),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "private (RFC 4193)"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, LINK),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, PRIVATE),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, MULTICAST),
];

const PRIVATE: &str = "private";
const LOOPBACK: &str = "of the machine itself";
const LINK: &str = "of the link alone";
const EXAMPLES: &str = "for examples in documents";
const MULTICAST: &str = "of a group (multicast)";

/// The kind of a special-purpose address, which is never sent to a service; `None` for a public Internet address.
pub(super) fn special(ip: IpAddr) -> Option<&'static str> {
    match ip {
        IpAddr::V4(ip) => {
            let holds =
                |(net, prefix): (Ipv4Addr, u32)| (u32::from(ip) ^ u32::from(net)) >> (32 - prefix) == 0;
            V4.iter().find(|block| holds((block.0, block.1))).map(|it| it.2)
        }
        IpAddr::V6(ip) => {
            let holds =
                |(net, prefix): (Ipv6Addr, u32)| (u128::from(ip) ^ u128::from(net)) >> (128 - prefix) == 0;
            let own = V6.iter().find(|block| holds((block.0, block.1))).map(|it| it.2);
            own.or_else(|| address::carried(ip).and_then(|carried| special(carried.into())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_the_internet_is_known() {
        for ip in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.1.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.2.1",
            "192.168.0.1",
            "198.19.0.1",
            "198.51.100.1",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fdff::1",
            "ff02::1",
            "2001:db8::1",
            "::10.0.0.1",
            "::2",
            "::ffff:10.0.0.1",
            "::ffff:0:10.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:c0a8:1::1",
            "fec0::1",
            "100::1",
            "3fff::1",
        ] {
            assert!(special(ip.parse().unwrap()).is_some(), "{ip}");
        }
        for ip in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.3.0",
            "223.255.255.255",
            "2606:4700::1111",
            "::1.1.1.1",
            "::ffff:1.1.1.1",
            "::ffff:0:1.1.1.1",
            "64:ff9b::1.1.1.1",
            "2002:101:101::1",
            "2001:4860::1",
        ] {
            assert_eq!(special(ip.parse().unwrap()), None, "{ip}");
        }
    }
}
