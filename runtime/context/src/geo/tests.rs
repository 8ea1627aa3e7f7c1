//! Geolocation, from files written for each case.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use super::*;
use crate::tests::{file, gzipped, line_of, subjects, zstd};
use proptest::prelude::*;
use std::io::Write as _;
use std::net::Ipv4Addr;

fn source(path: &Path) -> GeoSource {
    GeoSource::open(&[path.to_owned()], None).unwrap()
}

fn ask(path: &Path, ips: &[&str]) -> Vec<Geo> {
    let mut subjects = subjects(ips);
    source(path).answer(&mut subjects).unwrap();
    subjects.into_iter().map(|it| it.answers.geo).collect()
}

fn read(path: &Path) -> Result<(), ContextError> {
    GeoSource::open(&[path.to_owned()], None)?.answer(&mut [])
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
        country: "PL".into(),
        latitude: Some(50.0262),
        longitude: Some(-19.9636),
    };
    let found = ask(file(KRAKOW).path(), &["2.57.148.255", "2.57.149.0", "2.57.149.255", "2.57.150.0"]);
    assert_eq!(found, [Geo::default(), expected.clone(), expected, Geo::default()], "both ends count");
}

#[test]
fn a_file_may_be_compressed_and_its_fields_bare() {
    let found = ask(gzipped("# free\n\n0,16777215,-,-,-,-,x,NaN,Reserved,-\n").path(), &["0.0.0.7"]);
    let said = || "-".into();
    let reserved = Geo { location: "-;- Reserved".into(), domain: said(), country: said(), ..Geo::default() };
    assert_eq!(found, [reserved]);
}

#[test]
fn degrees_that_do_not_exist_are_not_known() {
    let text = "0,9,NL,-,-,a,90,-180,-,-\n10,19,NL,-,-,b,90.1,180,-,-\n20,29,NL,-,-,c,-90,999,-,-\n";
    let found = ask(file(text).path(), &["0.0.0.1", "0.0.0.11", "0.0.0.21"]);
    let degrees: Vec<_> = found.iter().map(|found| (found.latitude, found.longitude)).collect();
    assert_eq!(degrees, [(Some(90.0), Some(-180.0)), (None, Some(180.0)), (Some(-90.0), None)]);
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

/// A source that caches its index in `folder`.
fn keeping(path: &Path, folder: &Path) -> GeoSource {
    GeoSource::open(&[path.to_owned()], Some(folder)).unwrap()
}

fn ask_keeping(path: &Path, folder: &Path, ips: &[&str]) -> Vec<Geo> {
    let mut subjects = subjects(ips);
    keeping(path, folder).answer(&mut subjects).unwrap();
    subjects.into_iter().map(|it| it.answers.geo).collect()
}

/// The only file in a folder.
fn kept(folder: &Path) -> PathBuf {
    let mut all = std::fs::read_dir(folder).unwrap();
    let one = all.next().unwrap().unwrap().path();
    assert!(all.next().is_none());
    one
}

/// Ranges of 256 addresses with a gap in place of each tenth, and ranges of IPv6.
fn many() -> String {
    let ranges = (0..5000u128).filter(|n| n % 10 != 9);
    let six = (0..5000u128).map(|n| (1 << 116) + n * 1000).map(|n| line(n, n + 9, &format!("six {n}")));
    ranges.map(|n| line(n * 256, n * 256 + 255, &format!("city {n}"))).chain(six).collect()
}

const ASKED: [&str; 11] = [
    "0.0.0.0",
    "0.0.0.255",
    "0.0.9.0",
    "0.1.0.0",
    "0.19.134.255",
    "0.19.136.0",
    "9.9.9.9",
    "::1",
    "10::",
    "10::9",
    "10::a",
];

/// The expected places of [`ASKED`] by the lines of [`many`].
fn expected() -> Vec<String> {
    let cities = ["city 0", "city 0", "", "city 256", "city 4998", "", "", "", "six 0", "six 0", ""];
    let text = |city: &&str| match city.strip_prefix("six ") {
        Some(_) => format!("-;six {} -", 1u128 << 116),
        None if city.is_empty() => String::new(),
        None => format!("-;{city} -"),
    };
    cities.iter().map(text).collect()
}

fn locations(found: &[Geo]) -> Vec<String> {
    found.iter().map(|it| it.location.to_string()).collect()
}

#[test]
fn the_first_use_and_later_ones_give_the_same_whatever_the_file_is_like() {
    let lines = many();
    let mut shuffled: Vec<&str> = lines.split_inclusive('\n').collect();
    shuffled.sort_unstable_by_key(|line| blake3::hash(line.as_bytes()).as_bytes().to_owned());
    for file in [file(&lines), gzipped(&lines), zstd(&lines), file(&shuffled.concat())] {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(locations(&ask_keeping(file.path(), folder.path(), &ASKED)), expected(), "the first time");
        let index = std::fs::read(kept(folder.path())).unwrap();
        assert_eq!(locations(&ask_keeping(file.path(), folder.path(), &ASKED)), expected(), "by the index");
        assert_eq!(std::fs::read(kept(folder.path())).unwrap(), index, "it was not made again");
        assert_eq!(locations(&ask(file.path(), &ASKED)), expected(), "without a folder");
    }
}

#[test]
fn an_index_of_another_file_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&many());
    ask_keeping(file.path(), folder.path(), &ASKED);
    std::fs::write(file.path(), many().replace("city", "town")).unwrap();
    assert_eq!(ask_keeping(file.path(), folder.path(), &["0.0.0.0"])[0].location, "-;town 0 -");
}

#[test]
fn a_damaged_index_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&many());
    ask_keeping(file.path(), folder.path(), &ASKED);
    let kept = kept(folder.path());
    let whole = std::fs::read(&kept).unwrap();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        bytes
    };
    let bad_ends = [0, 1, 47, 48, 5000, whole.len() - 1].map(|length| whole[..length].to_vec());
    let bad_bytes = (0..whole.len()).step_by(whole.len() / 97).map(flipped);
    for bytes in bad_ends.into_iter().chain(bad_bytes).chain([[&whole[..], b"x"].concat()]) {
        std::fs::write(&kept, bytes).unwrap();
        assert_eq!(locations(&ask_keeping(file.path(), folder.path(), &ASKED)), expected());
    }
    let all: Vec<String> = (0..5000u32).map(|n| Ipv4Addr::from(n * 256).to_string()).collect();
    std::fs::write(&kept, flipped(40)).unwrap();
    ask_keeping(file.path(), folder.path(), &all.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(std::fs::read(&kept).unwrap(), whole);
}

#[test]
fn where_nothing_can_be_kept_nothing_is_and_answers_come_all_the_same() {
    let folder = tempfile::NamedTempFile::new().unwrap();
    let file = file(&many());
    assert_eq!(
        locations(&ask_keeping(file.path(), folder.path(), &ASKED)),
        expected(),
        "a file is not a folder"
    );
}

#[test]
fn a_bad_line_is_reported_and_no_index_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&(many() + "x\n"));
    let cache = folder.path().join("cache");
    let found = keeping(file.path(), &cache).answer(&mut subjects(&["0.0.0.0"]));
    assert_eq!(line_of(found).0, 9501);
    assert!(!cache.exists());
}

#[test]
fn a_file_that_is_cut_or_replaced_during_a_run_gives_an_error_or_is_read_anew() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&many());
    let mut source = keeping(file.path(), folder.path());
    let mut asked = subjects(&["0.0.0.0"]);
    source.answer(&mut asked).unwrap();
    std::fs::write(file.path(), &many()[..1000]).unwrap();
    assert_eq!(line_of(source.answer(&mut asked)).0, 17, "the line that is cut");
    std::fs::write(file.path(), line(0, 9, "new")).unwrap();
    source.answer(&mut asked).unwrap();
    assert_eq!(asked[0].answers.geo.location, "-;new -");
}

#[test]
fn texts_of_any_length_and_number_are_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let city = |n: u128| "é\"\"".repeat((n % 7 * 300) as usize) + &n.to_string();
    let text: String = (0..3000).map(|n| line(n * 2, n * 2, &city(n))).collect();
    let file = file(&text);
    for _ in 0..2 {
        let ips: Vec<String> = (0..6000u32).map(|n| Ipv4Addr::from(n).to_string()).collect();
        let found =
            ask_keeping(file.path(), folder.path(), &ips.iter().map(String::as_str).collect::<Vec<_>>());
        for (n, geo) in (0..).zip(found) {
            let expected =
                if n % 2 == 0 { format!("-;{} -", city(n / 2).replace("\"\"", "\"")) } else { String::new() };
            assert_eq!(geo.location, expected, "{n}");
        }
    }
}

#[test]
fn texts_beyond_those_that_are_kept_in_memory_are_read_again() {
    let city = |n: u128| "x".repeat(12_000) + &n.to_string();
    let text: String = (0..2000).map(|n| line(n, n, &city(n))).collect();
    let file = file(&text);
    let mut source = source(file.path());
    let ips: Vec<String> = (0..2000u32).map(|n| Ipv4Addr::from(n).to_string()).collect();
    let mut subjects = subjects(&ips.iter().map(String::as_str).collect::<Vec<_>>());
    for _ in 0..2 {
        source.answer(&mut subjects).unwrap();
        for (n, subject) in (0..).zip(&mut subjects) {
            let found = std::mem::take(&mut subject.answers.geo.location);
            assert!(found == format!("-;{} -", city(n)), "{n}: {}", found.len());
        }
    }
}

/// A database of MaxMind's own tests; `None`, with a message, if the test data is not available.
fn database(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/geo/mmdb").join(name);
    if !path.exists() {
        let _ = writeln!(std::io::stderr(), "skipped: {name}: no real data at {}", path.display());
        return None;
    }
    Some(path)
}

/// The merged answers of several files for each address.
fn together(paths: &[PathBuf], ips: &[&str]) -> Result<Vec<Geo>, ContextError> {
    let mut subjects = subjects(ips);
    GeoSource::open(paths, None)?.answer(&mut subjects)?;
    Ok(subjects.into_iter().map(|it| it.answers.geo).collect())
}

#[test]
fn databases_of_cities_providers_systems_domains_and_countries_are_read() {
    for (name, ip, location, domain, country) in [
        ("GeoLite2-City-Test.mmdb", "81.2.69.160", "England;London -", "-", "GB"),
        ("GeoIP2-City-Test.mmdb", "2001:218::1", "-;- -", "-", "JP"),
        ("GeoIP2-ISP-Test.mmdb", "1.128.0.0", "-;- Telstra Internet", "-", "-"),
        ("GeoLite2-ASN-Test.mmdb", "1.128.0.0", "-;- Telstra Pty Ltd", "-", "-"),
        ("GeoIP2-Domain-Test.mmdb", "1.2.0.0", "-;- -", "maxmind.com", "-"),
        ("GeoLite2-Country-Test.mmdb", "81.2.69.160", "United Kingdom;- -", "-", "GB"),
        ("GeoLite2-City-Test.mmdb", "10.0.0.1", "", "", ""),
    ] {
        let Some(path) = database(name) else { return };
        let found = &together(&[path], &[ip]).unwrap()[0];
        let said = (&*found.location, &*found.domain, &*found.country);
        assert_eq!(said, (location, domain, country), "{name} {ip}");
    }
}

#[test]
fn the_first_file_that_knows_the_place_the_owner_or_the_domain_gives_it() {
    let (Some(city), Some(isp), Some(domain)) = (
        database("GeoLite2-City-Test.mmdb"),
        database("GeoIP2-ISP-Test.mmdb"),
        database("GeoIP2-Domain-Test.mmdb"),
    ) else {
        return;
    };
    let london = u128::from(u32::from(Ipv4Addr::new(81, 2, 69, 160)));
    let own = file(&format!("{london},{london},-,-,-,-,-,-,Own Network,-\n"));
    let found =
        together(&[own.path().into(), city.clone(), isp, domain], &["1.2.0.0", "81.2.69.160"]).unwrap();
    assert_eq!((&*found[0].location, &*found[0].domain), ("-;- -", "maxmind.com"));
    assert_eq!(found[1].location, "England;London Own Network");
    assert_eq!((found[1].latitude, &*found[1].country), (Some(51.5142), "GB"));
    let mut source = GeoSource::open(&[own.path().into(), city], None).unwrap();
    let evidence = source.explain(&Observable::Address("81.2.69.160".parse().unwrap()), &[]).unwrap();
    assert_eq!(evidence.len(), 2);
    assert_eq!(evidence[1].entry, "record 81.2.69.160/27 of GeoLite2-City");
    assert!(evidence[1].as_of.starts_with("20"), "{evidence:?}");
}

#[test]
fn an_ipv4_address_written_as_ipv6_is_where_the_ipv4_address_is() {
    let written = [
        "::81.2.69.160",
        "::ffff:81.2.69.160",
        "::ffff:0:81.2.69.160",
        "64:ff9b::81.2.69.160",
        "2002:5102:45a0::1",
    ];
    let bits = |text: &str| u128::from(text.parse::<std::net::Ipv6Addr>().unwrap());
    let (first, last) = (bits("::81.2.69.0"), bits("::81.2.69.255"));
    let mapped = line(bits("::ffff:81.2.69.0"), bits("::ffff:81.2.69.255"), "there");
    for text in [line(first, last, "there"), mapped.clone(), line(0, 255, "other") + &mapped] {
        assert_eq!(cities(&text, &["81.2.69.160"]), ["-;there -"], "{text}");
        assert_eq!(cities(&text, &written), ["-;there -"; 5], "{text}");
    }
    let wide = line(bits("2002::"), bits("2003::") - 1, "tunnel");
    assert_eq!(
        cities(&wide, &["81.2.69.160", "2002:5102:45a0::1"]),
        ["", "-;tunnel -"],
        "a whole form is not IPv4"
    );
    let sources = [first, bits("::ffff:81.2.69.0")].map(|from| file(&line(from, from + 255, "there")));
    for mut source in sources.iter().map(|file| source(file.path())) {
        let evidence =
            source.explain(&Observable::Address("::ffff:81.2.69.160".parse().unwrap()), &[]).unwrap();
        assert_eq!(evidence[0].entry, "line 1: 81.2.69.0-81.2.69.255");
    }
    for name in ["GeoLite2-City-Test.mmdb", "GeoIP2-City-Test.mmdb"] {
        let Some(city) = database(name) else { return };
        for ip in ["81.2.69.160"].iter().chain(&written) {
            let found = together(std::slice::from_ref(&city), &[ip]).unwrap();
            assert_eq!(found[0].location, "England;London -", "{name} {ip}");
        }
    }
}

#[test]
fn a_database_that_says_nothing_of_places_or_networks_is_refused_with_its_type() {
    let Some(path) = database("MaxMind-DB-test-ipv4-24.mmdb") else { return };
    let error = together(&[path], &["1.1.1.1"]).unwrap_err().to_string();
    assert!(error.contains("its type is `Test`"), "{error}");
}

/// However a database is damaged, a look-up ends with an answer or an error.
#[test]
fn a_damaged_database_is_an_error_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.mmdb");
    let try_it = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let ips = ["0.0.0.0", "1.128.0.0", "81.2.69.160", "216.160.83.56", "2001:218::1", "2a02:cf40::1"];
        let _ = mmdb::review(&path);
        together(std::slice::from_ref(&path), &ips)
    };
    for name in
        ["GeoIP2-City-Test.mmdb", "GeoLite2-ASN-Test.mmdb", "MaxMind-DB-test-broken-search-tree-24.mmdb"]
    {
        let Some(whole) = database(name).map(|path| std::fs::read(path).unwrap()) else { return };
        let cut = (0..whole.len()).step_by(whole.len() / 40);
        for length in cut {
            assert!(try_it(&whole[..length]).is_err(), "{name}: {length} bytes");
        }
        let mut state = 0x2545_f491_u32;
        for _ in 0..300 {
            let mut bytes = whole.clone();
            for _ in 0..1 + state % 8 {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                let at = state as usize % bytes.len();
                bytes[at] ^= 1 << (state >> 29);
            }
            let _ = try_it(&bytes);
        }
    }
}

/// Enough subjects for several threads: every 20th address, over the IPv4 ranges of [`many`] and beyond.
fn crowd() -> Vec<Subject> {
    let ip = |n: u32| IpAddr::V4(Ipv4Addr::from(n * 20));
    let subject = |n| Subject::address(ip(n));
    (0..130_000).map(subject).collect()
}

#[test]
fn many_addresses_are_answered_in_parts_as_they_are_one_after_another() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&many());
    let mut slowly = crowd();
    for few in slowly.chunks_mut(1000) {
        keeping(file.path(), folder.path()).answer(few).unwrap();
    }
    let known = slowly.iter().filter(|subject| subject.answers.geo != Geo::default()).count();
    assert!(known > 1000 && known < slowly.len(), "{known}");
    let mut at_once = crowd();
    keeping(file.path(), folder.path()).answer(&mut at_once).unwrap();
    assert!(at_once == slowly);
    // Whichever part finds a damaged block, the index is rebuilt and every answer is right. Some blocks are never read.
    let kept = kept(folder.path());
    let whole = std::fs::read(&kept).unwrap();
    let mut repaired = 0;
    for eighth in 1..8 {
        let mut bytes = whole.clone();
        bytes[whole.len() * eighth / 8] ^= 0x10;
        std::fs::write(&kept, bytes).unwrap();
        let mut at_once = crowd();
        keeping(file.path(), folder.path()).answer(&mut at_once).unwrap();
        assert!(at_once == slowly, "{eighth}");
        repaired += usize::from(std::fs::read(&kept).unwrap() == whole);
    }
    assert!(repaired > 0);
}

#[test]
fn databases_answer_in_parts_too() {
    let Some(city) = database("GeoIP2-City-Test.mmdb") else { return };
    let mut at_once = crowd();
    let mut slowly = at_once.clone();
    let open = || GeoSource::open(std::slice::from_ref(&city), None).unwrap();
    open().answer(&mut at_once).unwrap();
    slowly.chunks_mut(1000).for_each(|few| open().answer(few).unwrap());
    assert!(at_once == slowly);
}
