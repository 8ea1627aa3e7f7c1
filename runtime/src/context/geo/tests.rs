//! Geolocation, from files made for each case.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use super::*;
use crate::context::tests::{file, gzipped, line_of, subjects};
use proptest::prelude::*;
use std::net::Ipv4Addr;

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
    let text = [line(256, 511, "b"), line(0, 1023, "wide"), line(0, 255, "a"), line(0, 255, "late")].concat();
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

/// A source that keeps marks in `folder`.
fn marking(path: &Path, folder: &Path) -> GeoSource {
    GeoSource { cache: Some(folder.to_owned()), ..GeoSource::open(path).unwrap() }
}

fn ask_marking(path: &Path, folder: &Path, ips: &[&str]) -> Vec<Geo> {
    let mut subjects = subjects(ips);
    marking(path, folder).answer(&mut subjects).unwrap();
    subjects.into_iter().map(|it| it.answers.geo).collect()
}

/// Ranges of 256 addresses with a hole behind each tenth.
fn many() -> String {
    let ranges = (0..5000u128).filter(|n| n % 10 != 9);
    ranges.map(|n| line(n * 256, n * 256 + 255, &format!("city {n}"))).collect()
}

const ASKED: [&str; 7] =
    ["0.0.0.0", "0.0.0.255", "0.0.9.0", "0.1.0.0", "0.19.134.255", "0.19.136.0", "9.9.9.9"];

#[test]
fn a_search_gives_what_reading_the_whole_file_gives() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&many());
    let read = ask(file.path(), &ASKED);
    assert_eq!(ask_marking(file.path(), folder.path(), &ASKED), read, "the first time");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "marks were kept");
    assert_eq!(ask_marking(file.path(), folder.path(), &ASKED), read, "by the marks");
}

#[test]
fn a_search_reads_a_few_blocks_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&many());
    ask_marking(file.path(), folder.path(), &["0.0.0.1"]);
    let identity = Identity::of(file.path()).unwrap().unwrap();
    let mut sorted = Sorted::open(folder.path(), file.path(), &identity).unwrap().unwrap();
    let block = sorted.block("0.9.0.0".parse().unwrap()).unwrap().unwrap();
    assert!(block.len() < 17 * 1024, "{} bytes", block.len());
}

#[test]
fn marks_of_another_file_are_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&many());
    ask_marking(file.path(), folder.path(), &ASKED);
    std::fs::write(file.path(), many().replace("city", "town")).unwrap();
    assert_eq!(ask_marking(file.path(), folder.path(), &["0.0.0.0"])[0].location, "-;town 0 -");
}

#[test]
fn damaged_marks_are_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&many());
    let read = ask_marking(file.path(), folder.path(), &ASKED);
    let kept = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&kept).unwrap();
    std::fs::write(&kept, &whole[..whole.len() - 7]).unwrap();
    assert_eq!(ask_marking(file.path(), folder.path(), &ASKED), read);
    assert_eq!(std::fs::read(&kept).unwrap(), whole);
}

#[test]
fn a_file_out_of_order_is_read_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&(line(256, 511, "second") + &line(0, 255, "first")));
    assert_eq!(ask_marking(file.path(), folder.path(), &["0.0.0.7"])[0].location, "-;first -");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_bad_line_is_reported_though_no_search_would_meet_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&(many() + "x\n"));
    let found = marking(file.path(), folder.path()).answer(&mut subjects(&["0.0.0.0"]));
    assert_eq!(line_of(found).0, 4501);
}
