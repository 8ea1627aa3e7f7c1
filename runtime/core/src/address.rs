//! IP addresses as flow tools write them, and the one canonical text form in which they are stored.
//!
//! The parser of the standard library refuses an octet with a leading zero (RFC 6943 §3.1.1: some programs read it as
//! octal). Flow tools print such octets and mean decimal, so that `134.123.139.04` is `134.123.139.4` here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::Text;

/// Parses an IPv4 or IPv6 address; `None` if `text` is neither. An IPv4 address has exactly four octets (`1.2.3` is
/// refused) of one to three digits each. An IPv6 zone (`%eth0`) is refused.
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

/// The canonical text of an address.
pub fn text(ip: IpAddr) -> Text {
    let IpAddr::V4(ip) = ip else { return compact_str::format_compact!("{ip}") };
    // Formatting macros take several times as long, and each flow has two addresses.
    let (mut text, mut end) = ([0; 15], 0);
    for (octet, at) in ip.octets().into_iter().zip(0..) {
        let digits = [(octet / 100, 100), (octet / 10 % 10, 10), (octet % 10, 0)];
        let digits = digits.into_iter().filter(|(_, least)| octet >= *least).map(|(digit, _)| b'0' + digit);
        for byte in (at > 0).then_some(b'.').into_iter().chain(digits) {
            text[end] = byte;
            end += 1;
        }
    }
    Text::from_utf8_lossy(&text[..end])
}

/// The IPv4 address that is embedded in an IPv6 address, in the forms that translators and tunnels use: `::a.b.c.d`
/// except `::` and `::1` (RFC 4291, 2.5.5.1), `::ffff:a.b.c.d` (2.5.5.2), `::ffff:0:a.b.c.d` (RFC 2765, 2.1),
/// `64:ff9b::/96` (RFC 6052, 2.1) and `2002::/16` (RFC 3056, 2). `None` for every other address.
///
/// Every look-up of an address uses this function, so that all look-ups agree. Addresses are stored as they were
/// written.
pub fn carried(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let bits = u128::from(ip);
    bits_behind(bits).map(|behind| four(bits >> behind))
}

/// The range of IPv4 addresses that is embedded in a range of IPv6 addresses, both ends included. `None` if the ends
/// are not of the same form, or have no embedded address. Also `None` if the range covers a whole form: an entry for
/// all of 6to4 does not apply to all of IPv4.
pub fn carried_range(first: Ipv6Addr, last: Ipv6Addr) -> Option<(Ipv4Addr, Ipv4Addr)> {
    let (first, last) = (u128::from(first), u128::from(last));
    let behind = bits_behind(first)?;
    let is_of_one_form = first >> behind >> 32 == last >> behind >> 32;
    let range = (four(first >> behind), four(last >> behind));
    (is_of_one_form && range != (Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST)).then_some(range)
}

/// The addresses under which an address is looked up, in order: first the embedded IPv4 address, if there is one, then
/// the address itself.
pub fn readings(ip: IpAddr) -> impl Iterator<Item = IpAddr> {
    let four = match ip {
        IpAddr::V4(_) => None,
        IpAddr::V6(ip) => carried(ip).map(IpAddr::V4),
    };
    four.into_iter().chain([ip])
}

/// The number of bits after the embedded IPv4 address; `None` if there is no embedded address.
fn bits_behind(bits: u128) -> Option<u32> {
    const NAT64: u128 = 0x0064_ff9b << 64;
    match bits >> 32 {
        0 => (bits > 1).then_some(0),
        0xffff | 0xffff_0000 | NAT64 => Some(0),
        _ => (bits >> 112 == 0x2002).then_some(80),
    }
}

/// The last 32 bits.
fn four(bits: u128) -> Ipv4Addr {
    Ipv4Addr::from_bits((bits & u128::from(u32::MAX)) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(text: &str) -> Option<String> {
        parse(text).map(|ip| ip.to_string())
    }

    proptest! {
        #[test]
        fn the_text_is_that_of_the_standard_library(bits: u32, wide: u128) {
            for ip in [IpAddr::from(bits.to_be_bytes()), IpAddr::from(wide.to_be_bytes())] {
                prop_assert_eq!(text(ip).to_string(), ip.to_string());
            }
        }
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

    fn six(text: &str) -> Ipv6Addr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_stands_for_the_ipv4_address_within_it() {
        for text in [
            "::10.1.2.3",
            "::ffff:10.1.2.3",
            "::ffff:0:10.1.2.3",
            "64:ff9b::10.1.2.3",
            "2002:a01:203::",
            "2002:a01:203:1:2:3:4:5",
        ] {
            assert_eq!(carried(six(text)), Some(Ipv4Addr::new(10, 1, 2, 3)), "{text}");
        }
        assert_eq!(carried(six("::2")), Some(Ipv4Addr::new(0, 0, 0, 2)));
        for text in [
            "::",
            "::1",
            "::1:0:0:1",
            "::fffe:10.1.2.3",
            "::1:ffff:10.1.2.3",
            "::ffff:1:10.1.2.3",
            "64:ff9b:1::10.1.2.3",
            "64:ff9b::1:10.1.2.3",
            "2001:a01:203::",
            "2003:a01:203::",
            "fe80::10.1.2.3",
            "2001:db8::10.1.2.3",
        ] {
            assert_eq!(carried(six(text)), None, "{text}");
        }
    }

    #[test]
    fn a_range_within_one_form_stands_for_ipv4_and_a_whole_form_does_not() {
        for (first, last, expected) in [
            ("::ffff:10.0.0.0", "::ffff:10.255.255.255", Some(("10.0.0.0", "10.255.255.255"))),
            ("2002:a00::", "2002:a00:ff:ffff:ffff:ffff:ffff:ffff", Some(("10.0.0.0", "10.0.0.255"))),
            ("::ffff:0.0.0.0", "::ffff:255.255.255.255", None),
            ("64:ff9b::", "64:ff9b::ffff:ffff", None),
            ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", None),
            ("::", "::255.255.255.255", None),
            ("::1", "::2", None),
            ("::10.0.0.0", "::ffff:10.0.0.1", None),
            ("2002:a00::", "2003::", None),
            ("2001:db8::1", "2001:db8::2", None),
        ] {
            let expected = expected.map(|(first, last)| (first.parse().unwrap(), last.parse().unwrap()));
            assert_eq!(carried_range(six(first), six(last)), expected, "{first}-{last}");
        }
    }

    proptest! {
        #[test]
        fn each_form_gives_its_address_and_no_other_address_is_changed(bits: u32, wide: u128, low: u128) {
            let four = Ipv4Addr::from(bits);
            let forms = [0xffff_u128 << 32, 0xffff_0000 << 32, 0x0064_ff9b << 96];
            for form in forms.map(|form| form | u128::from(bits)) {
                prop_assert_eq!(carried(Ipv6Addr::from(form)), Some(four));
            }
            let tunnel = 0x2002 << 112 | u128::from(bits) << 80 | low >> 48;
            prop_assert_eq!(carried(Ipv6Addr::from(tunnel)), Some(four));
            let high = wide | 1 << 127;
            prop_assert_eq!(carried(Ipv6Addr::from(high)), None);
            prop_assert_eq!(readings(four.into()).collect::<Vec<_>>(), [IpAddr::V4(four)]);
        }

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
