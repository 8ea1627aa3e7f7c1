//! Networks in CIDR notation, as filters name them, and a regular expression for the addresses of one: databases of the
//! Hive family have no type for addresses.

use std::fmt::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::address;

/// A network: the addresses whose first bits are those of another address. IPv4 and IPv6 are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subnet {
    /// The first address.
    first: IpAddr,
    /// The number of bits that all addresses share.
    prefix: u8,
}

/// Any digit of a group of IPv6.
const ANY: &str = "[0-9a-f]";

impl Subnet {
    /// Parses `10.0.0.0/8` or `2001:db8::/32`. Bits behind the prefix are ignored. `None` if the text is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.trim().split_once('/')?;
        let address = address::parse(address)?;
        let digits = prefix.len() <= 3 && prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix = prefix.parse().ok().filter(|_| digits)?;
        let first = match address {
            IpAddr::V4(ip) if prefix <= 32 => {
                let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
                Ipv4Addr::from_bits(ip.to_bits() & mask).into()
            }
            IpAddr::V6(ip) if prefix <= 128 => {
                let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
                Ipv6Addr::from_bits(ip.to_bits() & mask).into()
            }
            IpAddr::V4(_) | IpAddr::V6(_) => return None,
        };
        Some(Self { first, prefix })
    }

    /// Whether an address is of the network.
    pub fn has(&self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(ip)) => {
                let differs = u64::from(first.to_bits() ^ ip.to_bits());
                differs >> (32 - u32::from(self.prefix)) == 0
            }
            (IpAddr::V6(first), IpAddr::V6(ip)) => {
                let differs = first.to_bits() ^ ip.to_bits();
                differs.checked_shr(128 - u32::from(self.prefix)).unwrap_or(0) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }

    /// A regular expression that fits the canonical texts of the network's addresses, and no text of another address.
    /// It uses only what Java's and Google's expressions have in common, and no backslash.
    pub fn pattern(&self) -> String {
        match self.first {
            IpAddr::V4(first) => format!("^{}$", pattern_v4(first.octets(), self.prefix)),
            IpAddr::V6(first) => pattern_v6(first, self.prefix),
        }
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

/// The texts of the IPv4 addresses that share the first `prefix` bits.
fn pattern_v4(octets: [u8; 4], prefix: u8) -> String {
    let shared = |at: usize| prefix.saturating_sub(8 * at as u8).min(8);
    let octet = |at: usize| match shared(at) {
        8 => octets[at].to_string(),
        0 => "[0-9]{1,3}".to_owned(),
        bits => {
            let last = u16::from(octets[at]) + (0x100 >> bits) - 1;
            let values: Vec<String> = (u16::from(octets[at])..=last).map(|value| value.to_string()).collect();
            format!("({})", values.join("|"))
        }
    };
    (0..4).map(octet).collect::<Vec<_>>().join("[.]")
}

/// The texts of the IPv6 addresses that share the first `prefix` bits. RFC 5952 leaves out the longest run of two or
/// more groups that are 0, so each place where that run can begin has a form of its own.
fn pattern_v6(first: Ipv6Addr, prefix: u8) -> String {
    let groups = first.segments();
    let fixed = usize::from(prefix / 16);
    let group = |at: usize| {
        let shared = prefix.saturating_sub(16 * at as u8).min(16);
        pattern_of_group(groups[at], shared)
    };
    // The groups that are not entirely free.
    let bound = fixed + usize::from(!prefix.is_multiple_of(16));
    let may_be_zero = |at: usize| groups[at] == 0;
    let mut forms = Vec::new();
    // Nothing is left out within the first groups.
    let start: Vec<String> = (0..bound).map(group).collect();
    match bound {
        0 => forms.push("[0-9a-f:]*:[0-9a-f:]*".to_owned()),
        8 => forms.push(start.join(":")),
        _ => forms.push(format!("{}:[0-9a-f:]+", start.join(":"))),
    }
    // The run begins at group `from` and ends before group `to`.
    for from in 0..bound {
        for to in from + 2..=8 {
            if !(from..to.min(bound)).all(may_be_zero) {
                break;
            }
            let before: Vec<String> = (0..from).map(group).collect();
            let behind: Vec<String> = (to..8).map(group).collect();
            forms.push(format!("{}::{}", before.join(":"), behind.join(":")));
        }
    }
    // Mapped addresses are written with the octets of the IPv4 address.
    let mapped = Ipv4Addr::UNSPECIFIED.to_ipv6_mapped();
    let net = |ip: Ipv6Addr, prefix: u8| Subnet { first: ip.into(), prefix };
    if prefix <= 96 && net(first, prefix).has(mapped.into()) {
        forms.push(format!("::ffff:{}", pattern_v4([0; 4], 0)));
    } else if let Some(four) = first.to_ipv4_mapped() {
        forms = vec![format!("::ffff:{}", pattern_v4(four.octets(), prefix - 96))];
    }
    format!("^({})$", forms.join("|"))
}

/// The texts of the groups that share the first `shared` of 16 bits, without leading zeros.
fn pattern_of_group(value: u16, shared: u8) -> String {
    let free = usize::from(16 - shared);
    let (digits, bits) = (free / 4, free % 4);
    let any = |count: usize| match count {
        0 => String::new(),
        count => format!("{ANY}{{{count}}}"),
    };
    if free == 0 {
        return format!("{value:x}");
    }
    if value == 0 {
        // Every number of fewer digits, and those of one more digit that is small enough.
        let short = format!("{ANY}{{1,{digits}}}");
        return match (digits, bits) {
            (_, 0) => short,
            (0, bits) => format!("[0-{:x}]", (1 << bits) - 1),
            (digits, bits) => format!("({short}|[1-{:x}]{})", (1 << bits) - 1, any(digits)),
        };
    }
    let shift = 4 * digits;
    let mut text = String::new();
    let start = value >> shift;
    if bits == 0 {
        let _ = write!(text, "{start:x}");
    } else {
        let fixed = start >> 4;
        if fixed > 0 {
            let _ = write!(text, "{fixed:x}");
        }
        let first = start & 0xf;
        let _ = write!(text, "[{first:x}-{:x}]", first + (1 << bits) - 1);
    }
    text + &any(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use regex_automata::nfa::thompson::pikevm::PikeVM;

    fn fits(net: Subnet, address: IpAddr) -> bool {
        let pattern = PikeVM::new(&net.pattern()).unwrap();
        pattern.is_match(&mut pattern.create_cache(), address.to_string().as_bytes())
    }

    #[test]
    fn a_network_is_an_address_and_a_length() {
        let shown = |text: &str| Subnet::parse(text).map(|net| net.to_string());
        assert_eq!(shown("10.1.2.3/8").as_deref(), Some("10.0.0.0/8"));
        assert_eq!(shown(" 2001:DB8:ffff::1/33 ").as_deref(), Some("2001:db8:8000::/33"));
        assert_eq!(shown("0.0.0.0/0").as_deref(), Some("0.0.0.0/0"));
        for text in
            ["10.0.0.0", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/", "a/8", "/8"]
        {
            assert_eq!(shown(text), None, "{text}");
        }
    }

    #[test]
    fn patterns_can_be_read() {
        let pattern = |text: &str| Subnet::parse(text).unwrap().pattern();
        assert_eq!(pattern("10.0.0.0/8"), "^10[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}$");
        assert_eq!(pattern("192.0.2.128/30"), "^192[.]0[.]2[.](128|129|130|131)$");
        assert_eq!(pattern("fe80::/10"), "^(fe[8-b][0-9a-f]{1}:[0-9a-f:]+)$");
    }

    #[test]
    fn an_address_beside_a_network_is_not_of_it() {
        for (net, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("2001:db8::/32", "2001:db8::", "2001:db9::"),
            ("2001::/48", "2001::1", "2001:0:1::1"),
            ("2001:0:0:1::/64", "2001:0:0:1::", "2001::1"),
            ("::/128", "::", "::1"),
            ("::/16", "::ffff:10.0.0.1", "1::"),
            ("::ffff:10.0.0.0/104", "::ffff:10.0.0.1", "::ffff:11.0.0.1"),
        ] {
            let subnet = Subnet::parse(net).unwrap();
            for (address, is_inside) in [(inside, true), (outside, false)] {
                let address: IpAddr = address.parse().unwrap();
                assert_eq!(
                    (subnet.has(address), fits(subnet, address)),
                    (is_inside, is_inside),
                    "{net} {address}"
                );
            }
        }
    }

    /// Addresses with many zeros, as in practice, and near the network.
    fn near(bits: u128, noise: u128, zeros: u8, width: u32) -> u128 {
        let mut mixed = bits ^ noise;
        for group in 0..width / 16 {
            if zeros >> group & 1 == 1 {
                mixed &= !(0xffff << (16 * group));
            }
        }
        mixed
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn the_pattern_fits_what_the_network_has(
            bits: u128, noise: u128, shift in 0u32..128, zeros: u8, more: u8, prefix in 0u8..=128, is_four: bool,
        ) {
            let bits = near(bits, 0, zeros, 128);
            let other = near(bits, noise >> shift, more, 128);
            let (net, address): (IpAddr, IpAddr) = if is_four {
                (Ipv4Addr::from_bits((bits >> 96) as u32).into(), Ipv4Addr::from_bits((other >> 96) as u32).into())
            } else {
                (Ipv6Addr::from_bits(bits).into(), Ipv6Addr::from_bits(other).into())
            };
            let prefix = if is_four { prefix % 33 } else { prefix };
            let net = Subnet::parse(&format!("{net}/{prefix}")).unwrap();
            prop_assert_eq!(fits(net, address), net.has(address), "{} {}", net, address);
            prop_assert!(fits(net, net.first), "{}", net);
        }
    }
}
