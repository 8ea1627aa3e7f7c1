//! A site's own network: which addresses are internal, and their names.
//!
//! Both files are optional, and both formats are Spot's. The ranges file (`ipranges.csv`) holds the site's ranges, as
//! `start,end,name` or `network,name`; the name may be missing. The names file (`networkcontext_1.csv`) holds
//! `entry,name`, where the entry is an address, a network or a range. Only the ranges file decides what is internal:
//! foreign hosts may have names, too.

use std::path::{Path, PathBuf};

use flow_oa_core::{ContextError, ContextSource, Evidence, Observable, Subject, Text};

use super::evidence::{Finder, Says};
use super::ranges::{IpRange, Ranges};
use super::review::Review;
use super::{ContextFiles, Reviewed, Sources, open_lines, read_lines};
use flow_oa_files::text::{self, Lines};

const RANGES: &str = "network ranges";
const NAMES: &str = "network names";

/// The network context of one run.
pub struct NetworkSource {
    ranges: Option<PathBuf>,
    names: Option<PathBuf>,
    internal: Option<Ranges<()>>,
    named: Ranges<Named>,
}

struct Named {
    name: Text,
    /// The range as written in its file.
    entry: Text,
}

pub(super) fn configured(files: &ContextFiles) -> bool {
    files.ranges.is_some() || files.names.is_some()
}

pub(super) fn open(files: &ContextFiles) -> Result<Sources, ContextError> {
    Ok(vec![Box::new(NetworkSource::open(files.ranges.as_deref(), files.names.as_deref())?)])
}

pub(super) fn review(files: &ContextFiles) -> Vec<Reviewed> {
    let review = |what, path: &Option<PathBuf>, parse| {
        path.as_deref().map(|path| Reviewed::of(what, path, review_file(what, path, parse)))
    };
    let ranges = review(RANGES, &files.ranges, own_range as Parse);
    let names = review(NAMES, &files.names, name as Parse);
    ranges.into_iter().chain(names).collect()
}

fn review_file(what: &'static str, path: &Path, parse: Parse) -> Result<Reviewed, ContextError> {
    let mut entries = Vec::new();
    let mut review = Review::of(what, path, |line, number| {
        let (range, _) = parsed(line, parse)?;
        entries.push((range, number));
        Ok(1)
    })?;
    review.overlaps(entries);
    if what == RANGES && review.is_empty() {
        let message = "there is no entry, so nothing is internal, and services are asked about the site's own addresses: \
                       write its ranges";
        review.warn(0, message.to_owned());
    }
    Ok(review.done())
}

impl NetworkSource {
    /// Reads the ranges file and the names file, if they are configured.
    ///
    /// # Errors
    /// The first line that cannot be parsed, or if a file cannot be read.
    pub fn open(ranges: Option<&Path>, names: Option<&Path>) -> Result<Self, ContextError> {
        let open = |what, path| Ok((path, open_lines(what, path)?));
        Self::of(
            ranges.map(|path| open(RANGES, path)).transpose()?,
            names.map(|path| open(NAMES, path)).transpose()?,
        )
    }

    /// The same for files that are already open.
    pub fn of(ranges: Option<(&Path, Lines)>, names: Option<(&Path, Lines)>) -> Result<Self, ContextError> {
        let path_of = |file: &Option<(&Path, Lines)>| file.as_ref().map(|(path, _)| (*path).to_owned());
        let (ranges_path, names_path) = (path_of(&ranges), path_of(&names));
        let own = ranges.map(|(path, lines)| read(path, lines, own_range)).transpose()?;
        let given = names.map(|(path, lines)| read(path, lines, name)).transpose()?;
        let internal = own.as_ref().map(|entries| entries.iter().map(|(range, _)| (*range, ())).collect());
        // The names file comes first, so it wins if a range of each file is equally wide.
        let all = given.into_iter().chain(own).flatten();
        let named = all.filter(|(_, named)| !named.name.is_empty()).collect();
        Ok(Self { ranges: ranges_path, names: names_path, internal, named })
    }
}

impl ContextSource for NetworkSource {
    fn name(&self) -> &'static str {
        "network context"
    }

    fn origin(&self) -> String {
        let files = self.ranges.iter().chain(&self.names);
        files.map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    }

    fn answer(&mut self, subjects: &mut [Subject]) -> Result<(), ContextError> {
        for Subject { of, answers } in subjects {
            let Some(ip) = of.address() else { continue };
            answers.network.internal = self.internal.as_ref().map(|ranges| ranges.get(ip).is_some());
            if let Some(named) = self.named.get(ip) {
                answers.network.name = named.name.clone();
                answers.network.entry = named.entry.clone();
            }
        }
        Ok(())
    }

    /// The range that makes the address internal, and the entry that names it, which may be the same line.
    fn explain(&mut self, of: &Observable, _earlier: &[Evidence]) -> Result<Vec<Evidence>, ContextError> {
        let Some(ip) = of.address() else { return Ok(Vec::new()) };
        let mut internal = Finder::of(ip);
        // As in the look-up, the names file comes first.
        let mut named = Finder::of(ip);
        if let Some(path) = &self.names {
            named =
                named.read(NAMES, path, |line| parsed(line, name).map(|(range, name)| name.says(range)))?;
        }
        if let Some(path) = &self.ranges {
            let is_internal = || vec![("internal", "1".to_owned())];
            internal =
                internal.read(RANGES, path, |line| Ok(Some((parsed(line, own_range)?.0, is_internal()))))?;
            named = named
                .read(RANGES, path, |line| parsed(line, own_range).map(|(range, name)| name.says(range)))?;
        }
        Ok(internal.found().into_iter().chain(named.found()).collect())
    }
}

type Entry = (IpRange, Named);

/// Parses the fields of a line.
type Parse = fn(&[&str]) -> Result<Entry, String>;

fn read(path: &Path, lines: Lines, parse: Parse) -> Result<Vec<Entry>, ContextError> {
    let mut entries = Vec::new();
    read_lines(path, lines, |line, _| {
        entries.push(parsed(line, parse)?);
        Ok(())
    })?;
    Ok(entries)
}

fn parsed(line: &str, parse: Parse) -> Result<Entry, String> {
    let fields = text::fields(line, b',')?;
    let fields: Vec<&str> = fields.iter().map(|field| field.trim()).collect();
    parse(&fields)
}

/// A line of the ranges file. A single address with a name is rejected: it could also be a range with a mistyped end.
fn own_range(fields: &[&str]) -> Result<Entry, String> {
    match *fields {
        [entry, ref rest @ ..] if entry.contains(['/', '-']) && rest.len() <= 1 => {
            Ok((IpRange::parse(entry)?, named(entry, rest.first().copied().unwrap_or_default())))
        }
        [start, end, ref rest @ ..] if rest.len() <= 1 => {
            let range = IpRange::parse_ends(start, end)?;
            Ok((range, named(&format!("{start}-{end}"), rest.first().copied().unwrap_or_default())))
        }
        _ => Err(format!(
            "expected `start,end,name` or `network,name`, parted by commas, found {} column(s): a single address is written \
             `10.0.0.1,10.0.0.1,name`, and a name with a comma is put in quotes",
            fields.len()
        )),
    }
}

/// A line of the names file.
fn name(fields: &[&str]) -> Result<Entry, String> {
    match *fields {
        [_, ""] => Err("the name is empty: write one, or remove the line".to_owned()),
        [entry, name] => Ok((IpRange::parse(entry)?, named(entry, name))),
        _ => Err(format!(
            "expected `entry,name`, parted by a comma, the entry an address, a network or a range, found {} column(s): \
             a name with a comma is put in quotes",
            fields.len()
        )),
    }
}

impl Named {
    /// The facts of an entry; `None` if the entry has no name.
    fn says(self, range: IpRange) -> Option<(IpRange, Says)> {
        let says = || vec![("name", self.name.to_string()), ("entry", self.entry.to_string())];
        (!self.name.is_empty()).then(|| (range, says()))
    }
}

fn named(entry: &str, name: &str) -> Named {
    Named { name: name.into(), entry: entry.into() }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, line_of, subjects};
    use super::*;

    /// Loads the two texts and returns, for each address, whether it is internal, its name and its entry.
    fn ask(ranges: Option<&str>, names: Option<&str>, ips: &[&str]) -> Vec<(Option<bool>, String, String)> {
        let (ranges, names) = (ranges.map(file), names.map(file));
        let path = |file: &Option<tempfile::NamedTempFile>| file.as_ref().map(|file| file.path().to_owned());
        let mut source = NetworkSource::open(path(&ranges).as_deref(), path(&names).as_deref()).unwrap();
        let mut subjects = subjects(ips);
        source.answer(&mut subjects).unwrap();
        let networks = subjects.into_iter().map(|it| it.answers.network);
        networks.map(|network| (network.internal, network.name.into(), network.entry.into())).collect()
    }

    fn answer(internal: Option<bool>, name: &str, entry: &str) -> (Option<bool>, String, String) {
        (internal, name.to_owned(), entry.to_owned())
    }

    #[test]
    fn an_address_is_internal_within_a_range_and_its_end_counts() {
        let ranges = "10.0.0.1,10.255.255.255,Internal";
        let entry = "10.0.0.1-10.255.255.255";
        assert_eq!(
            ask(Some(ranges), None, &["10.0.0.0", "10.0.0.1", "10.255.255.255", "11.0.0.0", "::1"]),
            [
                answer(Some(false), "", ""),
                answer(Some(true), "Internal", entry),
                answer(Some(true), "Internal", entry),
                answer(Some(false), "", ""),
                answer(Some(false), "", ""),
            ]
        );
    }

    #[test]
    fn an_address_of_the_site_is_internal_in_every_way_of_writing_it() {
        let written =
            ["::10.1.2.3", "::ffff:10.1.2.3", "::ffff:0:10.1.2.3", "64:ff9b::10.1.2.3", "2002:a01:203::1"];
        for ranges in
            ["10.0.0.0/8,Site", "::ffff:10.0.0.0/104,Site", "::ffff:10.0.0.0,::ffff:10.255.255.255,Site"]
        {
            let found = ask(Some(ranges), Some("10.1.2.3,Printer\n"), &written);
            assert!(
                found.iter().all(|found| *found == answer(Some(true), "Printer", "10.1.2.3")),
                "{found:?}"
            );
            assert_eq!(ask(Some(ranges), None, &["10.1.2.3"])[0].0, Some(true), "{ranges}");
        }
        let nat = ask(Some("64:ff9b::/96,NAT64"), None, &["8.8.8.8", "64:ff9b::8.8.8.8"]);
        assert_eq!(nat, [answer(Some(false), "", ""), answer(Some(true), "NAT64", "64:ff9b::/96")]);
    }

    #[test]
    fn without_a_ranges_file_nobody_knows_what_is_internal() {
        assert_eq!(
            ask(None, Some("172.10.0.2,DC01\r\n2001:db8::/32,Lab\r\n"), &["172.10.0.2", "2001:db8::9"]),
            [answer(None, "DC01", "172.10.0.2"), answer(None, "Lab", "2001:db8::/32")]
        );
    }

    #[test]
    fn the_most_specific_name_wins_whichever_file_has_it_and_the_names_file_on_a_tie() {
        let ranges = "10.0.0.0/8,Site\n10.1.0.0/16,Ours\n10.2.3.0/24,Floor\n";
        let names =
            "10.1.0.0-10.1.255.255,\"Building, west\"\n10.2.0.0/16,Building east\n192.0.2.04,Printer\n";
        assert_eq!(
            ask(Some(ranges), Some(names), &["10.1.0.1", "10.2.0.1", "10.2.3.1", "10.3.0.0", "192.0.2.4"]),
            [
                answer(Some(true), "Building, west", "10.1.0.0-10.1.255.255"),
                answer(Some(true), "Building east", "10.2.0.0/16"),
                answer(Some(true), "Floor", "10.2.3.0/24"),
                answer(Some(true), "Site", "10.0.0.0/8"),
                answer(Some(false), "Printer", "192.0.2.04"),
            ]
        );
    }

    #[test]
    fn a_range_without_a_name_is_internal_and_hides_no_name() {
        let ranges = "# ours\n\n10.0.0.0/8,Site\n10.1.0.0/16\n10.2.0.0,10.2.0.9,\n";
        assert_eq!(
            ask(Some(ranges), None, &["10.1.0.0", "10.2.0.9"]),
            [answer(Some(true), "Site", "10.0.0.0/8"), answer(Some(true), "Site", "10.0.0.0/8")]
        );
    }

    #[test]
    fn the_first_bad_line_is_named_with_its_reason() {
        let ranges = |text| line_of(NetworkSource::open(Some(file(text).path()), None));
        let names = |text| line_of(NetworkSource::open(None, Some(file(text).path())));
        for ((line, found), (expected, reason)) in [
            (ranges("# head\n\n10.0.0.9,10.0.0.1,Internal\n"), (3, "ends before it starts")),
            (ranges("10.0.0.0/8,a\n10.0.0.1,Printer\n"), (2, "found `Printer`")),
            (ranges("10.0.0.1\n"), (1, "10.0.0.1,10.0.0.1,name")),
            (ranges("10.0.0.0/8,a,b\n"), (1, "found `10.0.0.0/8`")),
            (names("10.0.0.1,a\n10.0.0.2\n"), (2, "found 1 column")),
            (names("10.0.0.1,\n"), (1, "the name is empty")),
            (names("10.0.0.1,Smith, Bob\n"), (1, "put in quotes")),
            (names("10.0.0.1,\u{0}\n"), (1, "NUL")),
        ] {
            assert!(line == expected && found.contains(reason), "{line}: {found}");
        }
    }
}
