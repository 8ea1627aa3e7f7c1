//! IP addresses as flow tools write them, and the one canonical text in which they are stored.
//!
//! Rust's own parser refuses an octet with a leading zero (RFC 6943 §3.1.1: some read it as octal);
//! flow tools print such octets and mean decimal, so `134.123.139.04` is `134.123.139.4` here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Reads an IPv4 or IPv6 address; `None` where `text` is neither. Four octets are required (`1.2.3` is
/// no address), each of one to three digits; an IPv6 zone (`%eth0`) is refused.
pub fn parse(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    parse_v4(text.as_bytes()).map(IpAddr::V4)
}

fn parse_v4(text: &[u8]) -> Option<Ipv4Addr> {
    let mut octets = [0u8; 4];
    let mut parts = text.split(|&byte| byte == b'.');
    for octet in &mut octets {
        *octet = parse_octet(parts.next()?)?;
    }
    parts.next().is_none().then(|| Ipv4Addr::from(octets))
}

fn parse_octet(digits: &[u8]) -> Option<u8> {
    if digits.is_empty() || digits.len() > 3 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0u16, |sum, &digit| sum * 10 + u16::from(digit - b'0'));
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(text: &str) -> Option<String> {
        parse(text).map(|ip| ip.to_string())
    }

    #[test]
    fn a_leading_zero_is_decimal() {
        assert_eq!(canonical("134.123.139.04").as_deref(), Some("134.123.139.4"));
        assert_eq!(canonical("010.001.000.255").as_deref(), Some("10.1.0.255"));
    }

    #[test]
    fn ipv6_is_shortened_as_rfc_5952_says() {
        assert_eq!(canonical("2001:0DB8:0:0:0:0:0:1").as_deref(), Some("2001:db8::1"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in
            ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.0004", "1.2.3.-4", "1.2.3.4 ", "::1%lo", "a"]
        {
            assert_eq!(canonical(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_address_reads_back(bits: u32, wide: u128) {
            for ip in [IpAddr::from(Ipv4Addr::from(bits)), IpAddr::from(Ipv6Addr::from(wide))] {
                prop_assert_eq!(parse(&ip.to_string()), Some(ip));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = parse(&text);
        }
    }
}
