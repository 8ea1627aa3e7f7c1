//! Where addresses are, from a file in the format of Spot's `iploc.csv`.
//!
//! Ten columns without header: first and last address of a range as integers, country code, country,
//! state, city, latitude, longitude, owner, domain. Integers up to 2^32-1 are IPv4, above IPv6.
//!
//! Such a file has millions of ranges and a run a few thousand addresses, so the file is not loaded:
//! it is streamed past the sorted addresses, and a line is taken apart only where one of them lies in
//! its range. Memory does not grow with the file, whether it is sorted or not.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::path::{Path, PathBuf};

use flow_oa_core::{ContextError, ContextSource, Geo, Subject};

use super::ranges::IpRange;
use super::{ContextFiles, Sources, open_lines, read_lines};
use crate::input::{self, Lines};

const WHAT: &str = "geolocation";
const COLUMNS: usize = 10;

/// Geolocation from one file.
pub struct GeoSource {
    path: PathBuf,
    /// As it was opened, until it answers: what is no file but a pipe can be opened once.
    lines: Option<Lines>,
}

pub(super) fn configured(files: &ContextFiles) -> bool {
    files.geo.is_some()
}

pub(super) fn open(files: &ContextFiles) -> Result<Sources, ContextError> {
    files.geo.iter().map(|path| Ok(Box::new(GeoSource::open(path)?) as Box<dyn ContextSource>)).collect()
}

impl GeoSource {
    /// Sees to it that the file can be opened. Its lines are held against the format while they answer,
    /// every one of them, also those that no address lies in: a large file is read once.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn open(path: &Path) -> Result<Self, ContextError> {
        let lines = open_lines(WHAT, path)?;
        Ok(Self::of(path, lines))
    }

    /// Geolocation from the lines of `path`.
    pub(crate) fn of(path: &Path, lines: Lines) -> Self {
        Self { path: path.to_owned(), lines: Some(lines) }
    }
}

impl ContextSource for GeoSource {
    fn name(&self) -> &'static str {
        WHAT
    }

    fn origin(&self) -> String {
        self.path.display().to_string()
    }

    fn answer(&mut self, subjects: &mut [Subject]) -> Result<(), ContextError> {
        let lines = self.lines.take().map_or_else(|| open_lines(WHAT, &self.path), Ok)?;
        let mut search = Search::among(subjects);
        read_lines(&self.path, lines, |line| search.offer(line))
    }
}

/// The subjects past which the file streams, and how narrow a range has answered each.
struct Search<'a> {
    subjects: &'a mut [Subject],
    /// The subjects' addresses once more, close together: every line looks into them.
    ips: Vec<IpAddr>,
    widths: Vec<Option<u128>>,
    /// Where the previous range ended among `ips`; in a sorted file the next one begins there.
    next: usize,
}

impl<'a> Search<'a> {
    fn among(subjects: &'a mut [Subject]) -> Self {
        let ips: Vec<IpAddr> = subjects.iter().map(|subject| subject.ip).collect();
        let widths = vec![None; ips.len()];
        Self { subjects, ips, widths, next: 0 }
    }

    /// Lets a line answer the subjects in its range that no narrower range, nor an earlier one as
    /// wide, has answered.
    fn offer(&mut self, line: &str) -> Result<(), String> {
        let range = check(line)?;
        let held = self.held_by(range);
        if held.is_empty() {
            return Ok(());
        }
        let geo = geo_of(line)?;
        let width = range.width();
        for index in held {
            if self.widths[index].is_none_or(|answered| width < answered) {
                self.widths[index] = Some(width);
                self.subjects[index].answers.geo = geo.clone();
            }
        }
        Ok(())
    }

    fn held_by(&mut self, range: IpRange) -> Range<usize> {
        if !self.begins_at(self.next, range.first()) {
            self.next = self.ips.partition_point(|ip| *ip < range.first());
        }
        let start = self.next;
        self.next += self.ips[start..].iter().take_while(|ip| **ip <= range.last()).count();
        start..self.next
    }

    /// Whether `index` is the first of the addresses that are not below `first`.
    fn begins_at(&self, index: usize, first: IpAddr) -> bool {
        self.ips[..index].last().is_none_or(|ip| *ip < first)
            && self.ips.get(index).is_none_or(|ip| *ip >= first)
    }
}

/// The range of a line whose quotes and number of columns are right.
fn check(line: &str) -> Result<IpRange, String> {
    let range = range_of(line)?;
    match input::count_fields(line, b',')? {
        COLUMNS => Ok(range),
        found => Err(wrong_columns(found)),
    }
}

/// The range of a line from its two leading integers; the rest is not looked at.
fn range_of(line: &str) -> Result<IpRange, String> {
    let (start, rest) = integer(line)?;
    let (end, _) = integer(rest)?;
    IpRange::new(address(start), address(end))
}

/// The integer in the first field of `text`, quoted or not, and what follows its comma. Taken apart by
/// hand, as it is done twice a line.
fn integer(text: &str) -> Result<(u128, &str), String> {
    let quoted = text.strip_prefix('"');
    let digits = quoted.unwrap_or(text);
    let end = digits.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at(end);
    let rest = if quoted.is_some() { rest.strip_prefix('"') } else { Some(rest) };
    let behind = rest.and_then(|rest| if rest.is_empty() { Some(rest) } else { rest.strip_prefix(',') });
    match (parse_digits(digits), behind) {
        (Some(value), Some(rest)) => Ok((value, rest)),
        _ => Err(format!(
            "expected a range as two integers from 0 to 2^128-1, such as \"16777216\",\"16777471\", found \
             `{}`: correct or remove the line",
            text.split(',').next().unwrap_or_default()
        )),
    }
}

/// A `u64` is several times as fast as a `u128`, and holds every IPv4 address.
fn parse_digits(digits: &str) -> Option<u128> {
    const DIGITS_OF_U64: usize = 19;
    match digits.len() {
        0 => None,
        1..=DIGITS_OF_U64 => {
            Some(digits.bytes().fold(0, |sum: u64, digit| sum * 10 + u64::from(digit - b'0')).into())
        }
        _ => digits.parse().ok(),
    }
}

fn address(integer: u128) -> IpAddr {
    match u32::try_from(integer) {
        Ok(bits) => IpAddr::V4(Ipv4Addr::from(bits)),
        Err(_) => IpAddr::V6(Ipv6Addr::from(integer)),
    }
}

fn wrong_columns(found: usize) -> String {
    format!(
        "expected {COLUMNS} columns (start, end, country code, country, state, city, latitude, longitude, \
         owner, domain), found {found}: put a text with a comma in quotes, or remove the line"
    )
}

fn geo_of(line: &str) -> Result<Geo, String> {
    let fields = input::fields(line, b',')?;
    let [_, _, _, _, state, city, latitude, longitude, owner, domain] = fields.as_slice() else {
        return Err(wrong_columns(fields.len()));
    };
    Ok(Geo {
        location: format!("{state};{city} {owner}").into(),
        domain: domain.as_ref().into(),
        latitude: degrees(latitude),
        longitude: degrees(longitude),
    })
}

/// None where the file has no number there, as `-`; `NaN` and `inf` are no place either.
fn degrees(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|degrees: &f64| degrees.is_finite())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, gzipped, line_of, subjects};
    use super::*;
    use proptest::prelude::*;

    fn ask(path: &Path, ips: &[&str]) -> Vec<Geo> {
        let mut subjects = subjects(ips);
        GeoSource::open(path).unwrap().answer(&mut subjects).unwrap();
        subjects.into_iter().map(|it| it.answers.geo).collect()
    }

    fn read(path: &Path) -> Result<(), ContextError> {
        GeoSource::open(path)?.answer(&mut [])
    }

    fn cities(text: &str, ips: &[&str]) -> Vec<String> {
        ask(file(text).path(), ips).into_iter().map(|it| it.location.into()).collect()
    }

    fn line(first: u128, last: u128, city: &str) -> String {
        format!("\"{first}\",\"{last}\",\"NL\",\"Netherlands\",\"-\",\"{city}\",\"1\",\"2\",\"-\",\"-\"\n")
    }

    const KRAKOW: &str = "\"37328128\",\"37328383\",\"PL\",\"Poland\",\"Lesser Poland\",\"Krakow (Podgórze)\",\
        \"50.0262\",\"-19.9636\",\"ASIA \"\"WIRELESS\"\", MChJ\",\"-\"\r\n";

    #[test]
    fn state_city_and_owner_make_the_location_and_a_dash_is_kept() {
        let expected = Geo {
            location: "Lesser Poland;Krakow (Podgórze) ASIA \"WIRELESS\", MChJ".into(),
            domain: "-".into(),
            latitude: Some(50.0262),
            longitude: Some(-19.9636),
        };
        let found = ask(file(KRAKOW).path(), &["2.57.148.255", "2.57.149.0", "2.57.149.255", "2.57.150.0"]);
        assert_eq!(found, [Geo::default(), expected.clone(), expected, Geo::default()], "both ends count");
    }

    #[test]
    fn a_file_may_be_compressed_and_its_fields_bare() {
        let found = ask(gzipped("# free\n\n0,16777215,-,-,-,-,x,NaN,Reserved,-\n").path(), &["0.0.0.7"]);
        let reserved = Geo { location: "-;- Reserved".into(), domain: "-".into(), ..Geo::default() };
        assert_eq!(found, [reserved]);
    }

    #[test]
    fn the_narrowest_range_wins_wherever_it_stands_and_then_the_first() {
        let text =
            [line(256, 511, "b"), line(0, 1023, "wide"), line(0, 255, "a"), line(0, 255, "late")].concat();
        assert_eq!(
            cities(&text, &["0.0.0.9", "0.0.1.9", "0.0.3.255", "0.0.4.0"]),
            ["-;a -", "-;b -", "-;wide -", ""]
        );
    }

    #[test]
    fn an_integer_above_ipv4_is_ipv6() {
        let text = [line(1 << 32, u128::MAX, "six"), line(0, u128::from(u32::MAX), "four")].concat();
        let ips = ["255.255.255.255", "::1", "::1:0:0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"];
        assert_eq!(cities(&text, &ips), ["-;four -", "", "-;six -", "-;six -"]);
    }

    #[test]
    fn a_bad_line_is_found_when_the_file_is_opened_though_nobody_asks_for_it() {
        let good = line(1, 2, "a");
        let open = |text: &str| line_of(read(file(&format!("{good}\n{text}\n{good}")).path()));
        for (text, reason) in [
            (line(9, 3, "a").trim_end(), "ends before it starts"),
            (line(9, 1 << 40, "a").trim_end(), "mixes IPv4 and IPv6"),
            ("\"start\",\"end\"", "found `\"start\"`"),
            ("\"1\",\"\",", "found `\"\"`"),
            ("\"1\"", "found ``"),
            ("1,2", "expected 10 columns"),
            ("1x,2", "found `1x`"),
            ("\"1\",\"-2\"", "found `\"-2\"`"),
            ("0,340282366920938463463374607431768211456", "found `3402823669209384634633746074317682114"),
            ("\"1\",\"2\",\"NL\"", "found 3"),
            (&good[..good.len() - 2], "not closed on its line"),
        ] {
            let (line, found) = open(text);
            assert!(line == 3 && found.contains(reason), "{line}: {found}");
        }
    }

    #[test]
    fn only_a_comma_outside_quotes_begins_a_column() {
        let open = |city: &str| read(file(&format!("1,2,NL,-,-,{city},1,2,-,-\n")).path());
        assert!(open("\"The \"\"Hague\"\", NL\"").is_ok());
        assert!(line_of(open("Den Haag, NL")).1.contains("found 11"));
    }

    #[test]
    fn text_that_is_not_utf_8_is_refused_with_its_line() {
        let latin1 = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(latin1.path(), b"1,2,-,-,-,M\xe1laga,1,2,-,-\n").unwrap();
        assert!(line_of(read(latin1.path())).1.contains("UTF-8"));
    }

    proptest! {
        #[test]
        fn any_file_in_any_order_answers_as_a_scan_does(
            ends in prop::collection::vec((0u32..60, 0u32..20), 0..20),
            asked in prop::collection::btree_set(0u32..90, 0..20),
        ) {
            let ranges: Vec<(u32, u32)> = ends.into_iter().map(|(first, more)| (first, first + more)).collect();
            let row = |(index, range): (usize, &(u32, u32))| line(range.0.into(), range.1.into(), &index.to_string());
            let text: String = ranges.iter().enumerate().map(row).collect();
            let ips: Vec<String> = asked.iter().map(|bits| Ipv4Addr::from(*bits).to_string()).collect();
            let scanned = asked.iter().map(|bits| {
                let holding = ranges.iter().enumerate().filter(|(_, range)| (range.0..=range.1).contains(bits));
                let narrowest = holding.min_by_key(|(index, range)| (range.1 - range.0, *index));
                narrowest.map(|(index, _)| format!("-;{index} -")).unwrap_or_default()
            });
            let ips: Vec<&str> = ips.iter().map(String::as_str).collect();
            prop_assert_eq!(cities(&text, &ips), scanned.collect::<Vec<_>>());
        }
    }
}
