//! Ranges of addresses as context files write them, and a look-up in which the most specific range wins.
//!
//! Context files nest: a site's /8, a building's /24 in it, a server in that. The result for an address is the
//! narrowest entry that contains it, however many entries contain it and in whatever order the file lists them. The
//! data of an entry is opaque to this module.
//!
//! # Decisions
//!
//! - **A look-up in lists** reads two arrays with four bytes per step for IPv4 (16 for IPv6 addresses), whatever the
//!   format of the file.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use flow_oa_core::address;
use ipnet::IpNet;

/// Two addresses of one family and all addresses between them; both ends are included. A range that is written as IPv6
/// and represents IPv4 (see [`address::carried_range`]) becomes an IPv4 range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IpRange {
    first: IpAddr,
    last: IpAddr,
}

impl IpRange {
    /// The range from `first` to `last`.
    ///
    /// # Errors
    /// A reason, if the ends are of different families or in the wrong order.
    pub(crate) fn new(first: IpAddr, last: IpAddr) -> Result<Self, String> {
        if first.is_ipv4() != last.is_ipv4() {
            return Err(format!("the range {first}-{last} mixes IPv4 and IPv6: write one line for each"));
        }
        if first > last {
            // An end that is missing was written as 0.
            let remedy =
                if last.is_unspecified() { "correct its end, or remove it" } else { "exchange its ends" };
            return Err(format!("the range {first}-{last} ends before it starts: {remedy}"));
        }
        Ok(Self::of(first, last))
    }

    /// The range of two ends that are known to be valid.
    fn of(first: IpAddr, last: IpAddr) -> Self {
        if let (IpAddr::V6(six), IpAddr::V6(end)) = (first, last)
            && let Some((first, last)) = address::carried_range(six, end)
        {
            return Self { first: first.into(), last: last.into() };
        }
        Self { first, last }
    }

    /// Reads an entry: `10.0.0.1`, `10.0.0.0/8` or `10.0.0.1-10.0.0.9`.
    ///
    /// # Errors
    /// A reason, if `entry` has none of these forms.
    pub fn parse(entry: &str) -> Result<Self, String> {
        if let Some((start, end)) = entry.split_once('-') {
            return match (address::parse(start.trim()), address::parse(end.trim())) {
                (Some(first), Some(last)) => Self::new(first, last),
                _ => Err(unreadable(entry)),
            };
        }
        if let Some((network, prefix)) = entry.split_once('/') {
            return Self::parse_cidr(entry, network, prefix);
        }
        let ip = address::parse(entry.trim()).ok_or_else(|| unreadable(entry))?;
        Ok(Self::of(ip, ip))
    }

    /// Parses a range whose ends are two fields.
    ///
    /// # Errors
    /// A reason, if an end is not an address, or see [`IpRange::new`].
    pub(crate) fn parse_ends(start: &str, end: &str) -> Result<Self, String> {
        let read = |text: &str| address::parse(text.trim()).ok_or_else(|| unreadable(text));
        Self::new(read(start)?, read(end)?)
    }

    /// A network address with host bits set is rejected: it may be a mistake for the single address as well as for the
    /// network.
    fn parse_cidr(entry: &str, network: &str, prefix: &str) -> Result<Self, String> {
        let ip = address::parse(network.trim()).ok_or_else(|| unreadable(entry))?;
        let digits = prefix.trim();
        let net = Some(digits)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| IpNet::new(ip, digits.parse().ok()?).ok())
            .ok_or_else(|| unreadable(entry))?;
        if net.network() != ip {
            let (network, full) = (net.trunc(), net.max_prefix_len());
            return Err(format!("`{entry}` has bits beyond its prefix: write `{network}` or `{ip}/{full}`"));
        }
        Ok(Self::of(net.network(), net.broadcast()))
    }

    /// The lowest address.
    pub fn first(&self) -> IpAddr {
        self.first
    }

    /// The highest address.
    pub fn last(&self) -> IpAddr {
        self.last
    }

    /// Whether the range contains an address, or the IPv4 address that it represents.
    pub fn holds(&self, ip: IpAddr) -> bool {
        self.rank(ip).is_some()
    }

    /// The rank of this range for an address; of all ranges that contain the address, the lowest rank wins. A range
    /// that contains the represented IPv4 address precedes a range that contains the address as it is written; then the
    /// narrower range wins. `None` if the range does not contain the address.
    pub(crate) fn rank(&self, ip: IpAddr) -> Option<(usize, u128)> {
        let reading =
            address::readings(ip).position(|reading| self.first <= reading && reading <= self.last)?;
        Some((reading, self.width()))
    }

    /// The number of addresses in the range, minus one, so that the width of all of IPv6 fits.
    pub(crate) fn width(&self) -> u128 {
        number(self.last) - number(self.first)
    }
}

impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return write!(f, "{}", self.first);
        }
        write!(f, "{}-{}", self.first, self.last)
    }
}

fn unreadable(found: &str) -> String {
    format!(
        "expected an address, a network (10.0.0.0/8) or a range (10.0.0.1-10.0.0.9), found `{}`: correct \
         or remove the line",
        found.trim()
    )
}

/// An address as an integer, in the order of addresses within its family.
pub(crate) fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u128::from(u32::from(ip)),
        IpAddr::V6(ip) => u128::from(ip),
    }
}

/// The address after `ip` in the order of [`IpAddr`], in which all of IPv4 comes before IPv6.
fn successor(ip: IpAddr) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(ip) => Some(
            u32::from(ip)
                .checked_add(1)
                .map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |next| IpAddr::V4(Ipv4Addr::from(next))),
        ),
        IpAddr::V6(ip) => u128::from(ip).checked_add(1).map(|next| IpAddr::V6(Ipv6Addr::from(next))),
    }
}

/// Values of ranges, looked up by address: the narrowest range wins, and of equally wide ranges the first.
///
/// Nesting and overlap are resolved once, when the structure is built. The result is a list of steps from the lowest
/// address of a family to the highest, each with the entry that wins from there on.
#[derive(Debug)]
pub(crate) struct Ranges<T> {
    v4: Steps<u32>,
    v6: Steps<u128>,
    values: Vec<T>,
}

/// The steps of one family. Addresses and winners are in separate arrays, so that a look-up reads little memory.
#[derive(Debug)]
struct Steps<A> {
    from: Vec<A>,
    /// The index of the entry that wins, or [`NO_WINNER`].
    winners: Vec<u32>,
}

const NO_WINNER: u32 = u32::MAX;

impl<A: Ord> Steps<A> {
    fn new() -> Self {
        Self { from: Vec::new(), winners: Vec::new() }
    }

    fn push(&mut self, from: A, winner: Option<usize>) {
        self.from.push(from);
        // Memory runs out long before the indexes do.
        self.winners.push(winner.map_or(NO_WINNER, |winner| u32::try_from(winner).unwrap_or(NO_WINNER)));
    }

    fn winner(&self, at: &A) -> Option<usize> {
        let step = self.from.partition_point(|from| from <= at).checked_sub(1)?;
        self.winners.get(step).filter(|winner| **winner != NO_WINNER).map(|winner| *winner as usize)
    }

    fn fit(&mut self) {
        self.from.shrink_to_fit();
        self.winners.shrink_to_fit();
    }
}

impl<T> Ranges<T> {
    /// The value of the most specific entry that contains `ip`, by [`IpRange::rank`]; O(log n).
    pub(crate) fn get(&self, ip: IpAddr) -> Option<&T> {
        let winner = match ip {
            IpAddr::V4(ip) => self.v4.winner(&ip.into()),
            IpAddr::V6(ip) => {
                let carried = address::carried(ip).and_then(|carried| self.v4.winner(&carried.into()));
                carried.or_else(|| self.v6.winner(&ip.into()))
            }
        };
        self.values.get(winner?)
    }
}

impl<T> FromIterator<(IpRange, T)> for Ranges<T> {
    fn from_iter<I: IntoIterator<Item = (IpRange, T)>>(entries: I) -> Self {
        let (ranges, values): (Vec<IpRange>, Vec<T>) = entries.into_iter().unzip();
        let (mut v4, mut v6) = (Steps::new(), Steps::new());
        sweep(&ranges, |from, winner| match from {
            IpAddr::V4(from) => v4.push(from.into(), winner),
            IpAddr::V6(from) => v6.push(from.into(), winner),
        });
        v4.fit();
        v6.fit();
        Self { v4, v6, values }
    }
}

/// Sweeps over every address at which a range begins or has just ended. The open ranges are in a heap by width; a range
/// that has ended is removed when it reaches the top.
fn sweep(ranges: &[IpRange], mut step: impl FnMut(IpAddr, Option<usize>)) {
    let mut by_first: Vec<usize> = (0..ranges.len()).collect();
    by_first.sort_unstable_by_key(|&index| ranges[index].first);
    let mut beginning = by_first.into_iter().peekable();
    let mut open = BinaryHeap::new();
    let mut last = None;
    for from in bounds(ranges) {
        while let Some(index) = beginning.next_if(|&index| ranges[index].first == from) {
            open.push(Reverse((ranges[index].width(), index)));
        }
        while open.peek().is_some_and(|&Reverse((_, index))| ranges[index].last < from) {
            open.pop();
        }
        let winner = open.peek().map(|&Reverse((_, index))| index);
        if winner != last {
            step(from, winner);
            last = winner;
        }
    }
}

fn bounds(ranges: &[IpRange]) -> Vec<IpAddr> {
    let mut bounds: Vec<IpAddr> =
        ranges.iter().flat_map(|range| [Some(range.first), successor(range.last)]).flatten().collect();
    bounds.sort_unstable();
    bounds.dedup();
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn range(entry: &str) -> IpRange {
        IpRange::parse(entry).unwrap()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn ranges(entries: &[&'static str]) -> Ranges<&'static str> {
        entries.iter().map(|entry| (range(entry), *entry)).collect()
    }

    #[test]
    fn an_entry_is_an_address_a_network_or_a_range() {
        for (entry, first, last) in [
            ("10.0.0.1", "10.0.0.1", "10.0.0.1"),
            ("010.000.000.000/8", "10.0.0.0", "10.255.255.255"),
            ("0.0.0.0/0", "0.0.0.0", "255.255.255.255"),
            ("134.123.139.04 - 134.123.139.10", "134.123.139.4", "134.123.139.10"),
            ("2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("::1-::2", "::1", "::2"),
            ("::ffff:10.0.0.0/104", "10.0.0.0", "10.255.255.255"),
            ("::ffff:10.0.0.1-::ffff:10.0.0.9", "10.0.0.1", "10.0.0.9"),
            ("64:ff9b::10.0.0.1", "10.0.0.1", "10.0.0.1"),
            ("2002:a00::/24", "10.0.0.0", "10.255.255.255"),
            ("2002:a00:1::/48", "10.0.0.1", "10.0.0.1"),
            ("2002::/16", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ] {
            assert_eq!(range(entry), IpRange { first: ip(first), last: ip(last) }, "{entry}");
        }
    }

    #[test]
    fn what_is_no_entry_is_refused_with_what_to_do() {
        for (entry, reason) in [
            ("host", "found `host`"),
            ("", "found ``"),
            ("10.0.0.0/33", "found `10.0.0.0/33`"),
            ("10.0.0.0/+8", "found `10.0.0.0/+8`"),
            ("10.0.0.0/", "found `10.0.0.0/`"),
            ("10.0.0.1-", "found `10.0.0.1-`"),
            ("web-1", "found `web-1`"),
            ("10.0.0.9-10.0.0.1", "ends before it starts: exchange its ends"),
            ("60.54.50.0-0.0.0.0", "ends before it starts: correct its end, or remove it"),
            ("10.0.0.1-::1", "mixes IPv4 and IPv6"),
            ("10.1.2.3/8", "write `10.0.0.0/8` or `10.1.2.3/32`"),
        ] {
            let found = IpRange::parse(entry).unwrap_err();
            assert!(found.contains(reason), "{entry}: {found}");
        }
    }

    #[test]
    fn the_most_specific_entry_wins_and_both_its_ends_count() {
        let nested = ranges(&["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "10.1.0.0-10.1.255.255"]);
        assert_eq!(nested.get(ip("10.1.2.3")), Some(&"10.1.2.3"));
        assert_eq!(nested.get(ip("10.1.2.4")), Some(&"10.1.0.0/16"), "the first of two as wide");
        assert_eq!(nested.get(ip("10.2.0.0")), Some(&"10.0.0.0/8"), "what encloses goes on behind");
        assert_eq!(nested.get(ip("10.255.255.255")), Some(&"10.0.0.0/8"));
        assert_eq!(nested.get(ip("11.0.0.0")), None);
        assert_eq!(nested.get(ip("9.255.255.255")), None);
    }

    #[test]
    fn the_ends_of_both_families_are_kept_apart() {
        let all = ranges(&["0.0.0.0/0", "::/0", "::ffff:0:0/96"]);
        assert_eq!(all.get(ip("255.255.255.255")), Some(&"0.0.0.0/0"));
        assert_eq!(all.get(ip("::")), Some(&"::/0"));
        assert_eq!(all.get(ip("::ffff:1.2.3.4")), Some(&"0.0.0.0/0"), "it stands for 1.2.3.4");
        assert_eq!(all.get(ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")), Some(&"::/0"));
        assert_eq!(ranges(&["255.255.255.255"]).get(ip("::")), None);
    }

    #[test]
    fn an_address_that_stands_for_ipv4_is_looked_up_as_ipv4_and_then_as_it_is_written() {
        let all = ranges(&["10.0.0.0/8", "::ffff:0:0/96", "2002::/16", "2000::/3", "64:ff9b::192.0.2.1"]);
        for written in
            ["::10.1.2.3", "::ffff:10.1.2.3", "::ffff:0:10.1.2.3", "64:ff9b::10.1.2.3", "2002:a01:203::9"]
        {
            assert_eq!(all.get(ip(written)), Some(&"10.0.0.0/8"), "{written}");
        }
        assert_eq!(all.get(ip("::ffff:11.0.0.0")), Some(&"::ffff:0:0/96"));
        assert_eq!(all.get(ip("2002:b00::1")), Some(&"2002::/16"));
        assert_eq!(all.get(ip("64:ff9b::11.0.0.0")), None);
        assert_eq!(all.get(ip("192.0.2.1")), Some(&"64:ff9b::192.0.2.1"), "an entry is written so, too");
        assert_eq!(all.get(ip("11.0.0.0")), None, "a whole form is not all of IPv4");
    }

    /// A few addresses at both ends of both families, so that ranges nest, overlap, touch and tie.
    fn any_ip() -> impl Strategy<Value = IpAddr> {
        let forms = [0, 0xffff << 32, 0xffff_0000 << 32, 0x0064_ff9b << 96];
        (0u32..24, any::<bool>(), 0usize..7).prop_map(move |(n, high, family)| {
            let four = if high { u32::MAX - n } else { n };
            match (forms.get(family), family) {
                (Some(form), _) => IpAddr::V6(Ipv6Addr::from(form | u128::from(four))),
                (None, 4) => IpAddr::V6(Ipv6Addr::from(0x2002 << 112 | u128::from(four) << 80)),
                (None, 5) => IpAddr::V6(Ipv6Addr::from(u128::MAX - u128::from(n))),
                (None, _) => IpAddr::V4(Ipv4Addr::from(four)),
            }
        })
    }

    proptest! {
        #[test]
        fn every_look_up_finds_what_a_scan_finds(
            ends in prop::collection::vec((any_ip(), any_ip()), 0..40),
            asked in prop::collection::vec(any_ip(), 1..40),
        ) {
            let entries: Vec<(IpRange, usize)> = ends
                .into_iter()
                .filter_map(|(a, b)| IpRange::new(a.min(b), a.max(b)).ok())
                .enumerate()
                .map(|(index, range)| (range, index))
                .collect();
            let built: Ranges<usize> = entries.iter().copied().collect();
            for ip in asked {
                let scanned = entries.iter().filter_map(|(range, index)| Some((range.rank(ip)?, index)));
                prop_assert_eq!(built.get(ip), scanned.min().map(|(_, index)| index));
            }
        }
    }
}
