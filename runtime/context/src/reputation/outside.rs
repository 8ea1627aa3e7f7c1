//! Addresses and names that are never sent to an external service, whatever the site's own ranges contain.
//!
//! # Decisions
//!
//! - **A name is sent only if its host is a public host name**: at least two labels, the last of which begins with a
//!   letter and is not reserved for private or special use (RFC 6761, 6762, 7686, 8375 and 9476,
//!   `.internal`, and suffixes that sites commonly use for themselves). Other names would disclose the site's own hosts.
//!   Names below `.arpa` would disclose its addresses.
//! - **A name whose host is an address is not sent**, not even for a public address: whether the address is internal is
//!   known of addresses only, not of names.
//! - **A URL is sent whole**, with its path and query, since the service judges the whole. A URL with a user name or
//!   password is not sent.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use flow_oa_core::{Named, address};

use super::list::is_host;

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

/// Top-level domains that are not of the public Internet.
const OWN: [&str; 15] = [
    "alt",
    "arpa",
    "corp",
    "example",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
    "test",
];

/// Why a name is never sent to a service; `None` if it may be sent.
pub(super) fn special_name(named: Named, text: &str) -> Option<&'static str> {
    let host = match named {
        Named::Domain => text,
        Named::Url => {
            let authority = authority(text);
            if authority.contains('@') {
                return Some("the URL holds a user name");
            }
            host(authority)
        }
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    if address::parse(host.trim_matches(['[', ']'])).is_some() {
        return Some("its host is an address");
    }
    if !is_host(host) {
        return Some("its host is not a host name of two or more labels");
    }
    let last = host.rsplit('.').next().unwrap_or_default();
    OWN.iter().any(|own| own.eq_ignore_ascii_case(last)).then_some("its host is not of the public Internet")
}

/// The part of a URL from its scheme to its path or query: user, host and port.
fn authority(url: &str) -> &str {
    let path = |letter: char| matches!(letter, '/' | '?' | '#' | '\\');
    let from = match url.split_once("://") {
        // Otherwise the scheme belongs to a URL within the path or the query.
        Some((scheme, rest)) if !scheme.contains(path) => rest,
        Some(_) | None => url,
    };
    from.split(path).next().unwrap_or_default()
}

/// An authority without its port.
fn host(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host,
        Some(_) | None => authority,
    }
}

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
    fn only_names_of_public_hosts_are_sent() {
        for (named, text) in [
            (Named::Domain, "evil.com"),
            (Named::Domain, "_dmarc.evil.com."),
            (Named::Url, "evil.com"),
            (Named::Url, "evil.com:8080/a?u=http://x@10.0.0.1/"),
            (Named::Url, "http://evil.com?b=c"),
            (Named::Url, "https://EVIL.com/10.0.0.1"),
        ] {
            assert_eq!(special_name(named, text), None, "{text}");
        }
        for (named, text, expected) in [
            (Named::Domain, "printer", "two or more labels"),
            (Named::Domain, "*", "two or more labels"),
            (Named::Domain, "", "two or more labels"),
            (Named::Domain, "8.8.8.8", "an address"),
            (Named::Domain, "8.8.8.", "two or more labels"),
            (Named::Domain, "0x7f.0x1", "two or more labels"),
            (Named::Domain, "10.0.0.1O", "two or more labels"),
            (Named::Url, "http://10.0.0.0x1/a", "two or more labels"),
            (Named::Domain, "a.name.alt", "public Internet"),
            (Named::Domain, "http://172.16.0.58", "two or more labels"),
            (Named::Domain, "8.8.8.8.in-addr.arpa", "public Internet"),
            (Named::Domain, "_ldap._tcp.dc.Corp.LOCAL", "public Internet"),
            (Named::Domain, "printer.local.", "public Internet"),
            (Named::Url, "0.0.0.0", "an address"),
            (Named::Url, "http://10.0.0.1:8080/a", "an address"),
            (Named::Url, "[2001:db8::1]:443/a", "an address"),
            (Named::Url, "[2001:db8::1]", "an address"),
            (Named::Url, "wiki/a?u=http://evil.com/", "two or more labels"),
            (Named::Url, "http://wiki.lan\\@evil.com/", "public Internet"),
            (Named::Url, "http://me:password@evil.com/", "a user name"),
            (Named::Url, "/a", "two or more labels"),
        ] {
            let found = special_name(named, text);
            assert!(found.is_some_and(|reason| reason.contains(expected)), "{text}: {found:?}");
        }
    }

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
