//! What a reputation service says of addresses, from a list on disk.
//!
//! A line is `entry,label,value`, separated by commas or tabs; the entry is an address, a network or
//! a range. Label and value say the same thing, so one of them is enough. A line of an entry alone,
//! with or without a ` # remark`, is a plain block list, and says MEDIUM: listed, but nobody says how
//! bad. With a header, columns are found by name (`ip`, `address`, `cidr` or `indicator`; `label`;
//! `value` or `score`), and others are passed over.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use flow_oa_core::{ContextError, ContextSource, Evidence, Subject};

use super::evidence::Finder;
use super::ranges::{IpRange, Ranges};
use super::review::Review;
use super::{ContextFiles, Reviewed, Sources, open_lines, read_lines};
use crate::input::{self, Lines};

const WHAT: &str = "reputation list";

/// The list of one reputation service.
pub struct ListSource {
    service: String,
    path: PathBuf,
    listed: Ranges<Threat>,
}

pub(super) fn configured(files: &ContextFiles) -> bool {
    !files.reputation.is_empty()
}

pub(super) fn open(files: &ContextFiles) -> Result<Sources, ContextError> {
    let open = |(service, path): &(String, PathBuf)| ListSource::open(service, path);
    files.reputation.iter().map(|list| Ok(Box::new(open(list)?) as Box<dyn ContextSource>)).collect()
}

pub(super) fn review(files: &ContextFiles) -> Result<Vec<Reviewed>, ContextError> {
    let review = |(_, path): &(String, PathBuf)| {
        let (mut reader, mut entries) = (Reader::default(), Vec::new());
        let mut review = Review::of(WHAT, path, |line, number| {
            entries.extend(reader.take(line)?.map(|(range, _)| (range, number)));
            Ok(())
        })?;
        review.overlaps(entries);
        Ok(review.done())
    };
    files.reputation.iter().map(review).collect()
}

impl ListSource {
    /// Reads the list at `path`; `service` is the word by which its verdicts are marked.
    ///
    /// # Errors
    /// The first line that cannot be understood, or a file that cannot be read.
    pub fn open(service: &str, path: &Path) -> Result<Self, ContextError> {
        Self::of(service, path, open_lines(WHAT, path)?)
    }

    /// The same of a list that is open.
    pub(crate) fn of(service: &str, path: &Path, lines: Lines) -> Result<Self, ContextError> {
        let (mut reader, mut entries) = (Reader::default(), Vec::new());
        read_lines(path, lines, |line, _| {
            entries.extend(reader.take(line)?);
            Ok(())
        })?;
        Ok(Self { service: service.to_owned(), path: path.to_owned(), listed: entries.into_iter().collect() })
    }
}

impl ContextSource for ListSource {
    fn name(&self) -> &'static str {
        "reputation"
    }

    fn origin(&self) -> String {
        format!("{} ({})", self.path.display(), self.service)
    }

    fn answer(&mut self, subjects: &mut [Subject]) -> Result<(), ContextError> {
        for Subject { ip, answers } in subjects {
            let Some(threat) = self.listed.get(*ip) else { continue };
            let verdict = &mut answers.reputation.verdict;
            let joint = if verdict.is_empty() { "" } else { "::" };
            verdict.push_str(&format!("{joint}{}:{threat}", self.service));
        }
        Ok(())
    }

    fn explain(&mut self, ip: IpAddr) -> Result<Vec<Evidence>, ContextError> {
        let mut reader = Reader::default();
        let finder = Finder::of(ip).read(WHAT, &self.path, |line| {
            let entry = reader.take(line)?;
            Ok(entry.map(|(range, threat)| (range, vec![("verdict", format!("{}:{threat}", self.service))])))
        })?;
        Ok(finder.found().into_iter().collect())
    }
}

/// Reads the lines of a list, of which the first decides how it is laid out.
#[derive(Default)]
struct Reader {
    layout: Option<Layout>,
}

impl Reader {
    /// The entry of a line; none where it is the header.
    fn take(&mut self, line: &str) -> Result<Option<(IpRange, Threat)>, String> {
        let line = without_remark(line);
        if let Some(layout) = &self.layout {
            return entry(layout, line).map(Some);
        }
        let (layout, is_header) = Layout::of_first(line)?;
        let layout = self.layout.insert(layout);
        if is_header { Ok(None) } else { entry(layout, line).map(Some) }
    }
}

/// How bad an address is, in Spot's words. The discriminant is Spot's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Threat {
    Unverified = -1,
    None = 0,
    Low = 1,
    Medium = 2,
    High = 3,
}

impl Threat {
    const ALL: [(Self, &str); 5] = [
        (Self::Unverified, "UNVERIFIED"),
        (Self::None, "NONE"),
        (Self::Low, "LOW"),
        (Self::Medium, "MEDIUM"),
        (Self::High, "HIGH"),
    ];

    fn of_label(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, label)| label.eq_ignore_ascii_case(text)).map(|(threat, _)| threat)
    }

    fn of_value(text: &str) -> Option<Self> {
        let value: i8 = text.parse().ok()?;
        Self::ALL.into_iter().find(|(threat, _)| *threat as i8 == value).map(|(threat, _)| threat)
    }

    /// Reads what a line says by its label, its value, or both; an empty text says nothing.
    fn read(label: &str, value: &str) -> Result<Self, String> {
        let by_label = (!label.is_empty()).then(|| Self::of_label(label).ok_or_else(|| bad_label(label)));
        let by_value = (!value.is_empty()).then(|| Self::of_value(value).ok_or_else(|| bad_value(value)));
        match (by_label.transpose()?, by_value.transpose()?) {
            (Some(threat), Some(other)) if threat != other => Err(format!(
                "label {label} is {threat}, but value {value} is {other}: correct one or leave it empty"
            )),
            (Some(threat), _) | (None, Some(threat)) => Ok(threat),
            (None, None) => Err("neither label nor value: write one of them, or remove the line".to_owned()),
        }
    }
}

impl fmt::Display for Threat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = Self::ALL.into_iter().find(|(threat, _)| threat == self).map_or("", |(_, label)| label);
        write!(f, "{label}:{}", *self as i8)
    }
}

fn bad_label(found: &str) -> String {
    format!("expected a label UNVERIFIED, NONE, LOW, MEDIUM or HIGH, found `{found}`: correct the line")
}

fn bad_value(found: &str) -> String {
    format!(
        "expected a value from -1 to 3 (-1 unverified, 0 none, 1 low, 2 medium, 3 high), found `{found}`: \
         correct the line; other scales and counts must be mapped to these first"
    )
}

/// How the lines of one list are laid out; its first line decides.
struct Layout {
    delimiter: u8,
    columns: Columns,
}

enum Columns {
    /// No header: entry, label, value, of which the last two may be absent.
    InOrder,
    /// From a header, counted from 0.
    Named { entry: usize, label: Option<usize>, value: Option<usize> },
}

impl Layout {
    /// The layout that the first line shows, and whether that line is a header.
    fn of_first(line: &str) -> Result<(Self, bool), String> {
        let delimiter = if line.contains('\t') { b'\t' } else { b',' };
        let header = Columns::of_header(&input::fields(line, delimiter)?);
        let is_header = header.is_some();
        Ok((Self { delimiter, columns: header.unwrap_or(Columns::InOrder) }, is_header))
    }
}

impl Columns {
    /// A header names the column of the entries and holds neither an entry nor a number.
    fn of_header(fields: &[Cow<'_, str>]) -> Option<Self> {
        let column = |names: &[&str]| {
            fields.iter().position(|field| names.iter().any(|name| field.trim().eq_ignore_ascii_case(name)))
        };
        let entry = column(&["ip", "address", "cidr", "indicator"])?;
        let is_data = |field: &str| IpRange::parse(field).is_ok() || field.trim().parse::<f64>().is_ok();
        let header = !fields.iter().any(|field| is_data(field));
        header.then(|| Self::Named { entry, label: column(&["label"]), value: column(&["value", "score"]) })
    }
}

/// Takes the remark off a line whose first field it follows: `192.0.2.0/24 # scanner, seen twice`.
fn without_remark(line: &str) -> &str {
    match line.split_once('#') {
        Some((entry, _)) if entry.ends_with([' ', '\t']) && !entry.trim().contains([',', '\t']) => {
            entry.trim()
        }
        _ => line,
    }
}

fn entry(layout: &Layout, line: &str) -> Result<(IpRange, Threat), String> {
    let fields = input::fields(line, layout.delimiter)?;
    let field = |index: usize| fields.get(index).map_or("", |field| field.trim());
    match layout.columns {
        Columns::Named { entry, label: None, value: None } => plain(field(entry)),
        Columns::Named { entry, label, value } => Ok((
            IpRange::parse(field(entry))?,
            Threat::read(label.map_or("", field), value.map_or("", field))?,
        )),
        Columns::InOrder => in_order(&fields.iter().map(|field| field.trim()).collect::<Vec<_>>()),
    }
}

fn in_order(fields: &[&str]) -> Result<(IpRange, Threat), String> {
    match *fields {
        [entry] => plain(entry),
        // A lone second column is a value where it is a number, and else a label.
        [entry, value] if value.parse::<f64>().is_ok() => {
            Ok((IpRange::parse(entry)?, Threat::read("", value)?))
        }
        [entry, label] => Ok((IpRange::parse(entry)?, Threat::read(label, "")?)),
        [entry, label, value] => Ok((IpRange::parse(entry)?, Threat::read(label, value)?)),
        _ => Err(format!(
            "expected entry, label and value, found {} columns: begin the list with a header such as \
             `ip,label,value`",
            fields.len()
        )),
    }
}

fn plain(entry: &str) -> Result<(IpRange, Threat), String> {
    Ok((IpRange::parse(entry)?, Threat::Medium))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, gzipped, line_of, subjects};
    use super::*;

    fn verdicts(lists: &[(&str, &Path)], ips: &[&str]) -> Vec<String> {
        let mut subjects = subjects(ips);
        for (service, path) in lists {
            ListSource::open(service, path).unwrap().answer(&mut subjects).unwrap();
        }
        subjects.into_iter().map(|it| it.answers.reputation.verdict.into()).collect()
    }

    fn verdict(list: &str) -> String {
        verdicts(&[("list", file(list).path())], &["192.0.2.4"]).remove(0)
    }

    #[test]
    fn label_and_value_stand_for_each_other() {
        for (list, expected) in [
            ("192.0.2.4,HIGH,3\n", "list:HIGH:3"),
            ("192.0.2.04,Low\r\n", "list:LOW:1"),
            ("192.0.2.4\t2\n", "list:MEDIUM:2"),
            ("192.0.2.0/24 , none , \n", "list:NONE:0"),
            ("\"192.0.2.1-192.0.2.4\",,-1\n", "list:UNVERIFIED:-1"),
            ("# a plain list\n\n192.0.2.4\n", "list:MEDIUM:2"),
            ("192.0.2.0/24 # scanners, \"seen\" twice\n", "list:MEDIUM:2"),
        ] {
            assert_eq!(verdict(list), expected, "{list:?}");
        }
    }

    #[test]
    fn a_header_says_where_the_columns_are() {
        for (list, expected) in [
            ("ip,lists,label,value\n192.0.2.4,7,LOW,1\n", "list:LOW:1"),
            ("Score\tNote\tAddress\n3\tticket #5, open\t192.0.2.4\n", "list:HIGH:3"),
            ("Type,Indicator,Label\nIPv4,192.0.2.0/24,\"HIGH\"\n", "list:HIGH:3"),
            ("cidr\n192.0.2.0/24\n", "list:MEDIUM:2"),
            ("indicator,first seen\n192.0.2.4,yesterday\n", "list:MEDIUM:2"),
        ] {
            assert_eq!(verdict(list), expected, "{list:?}");
        }
    }

    #[test]
    fn the_most_specific_entry_wins_and_then_the_first() {
        let list = "192.0.2.0/24,LOW\n192.0.2.4,HIGH\n192.0.2.4,NONE\n2001:db8::/32,MEDIUM\n";
        let ips = ["192.0.2.4", "192.0.2.255", "192.0.3.0", "2001:db8::1"];
        let expected = ["list:HIGH:3", "list:LOW:1", "", "list:MEDIUM:2"];
        assert_eq!(verdicts(&[("list", gzipped(list).path())], &ips), expected);
    }

    #[test]
    fn services_join_their_verdicts_in_order_and_the_silent_add_nothing() {
        let (gti, fb, own) =
            (file("192.0.2.1,LOW\n192.0.2.2,NONE\n"), file("192.0.2.2,3\n"), file("192.0.2.2\n"));
        let lists = [("gti", gti.path()), ("fb", fb.path()), ("own", own.path())];
        assert_eq!(
            verdicts(&lists, &["192.0.2.1", "192.0.2.2", "192.0.2.3"]),
            ["gti:LOW:1", "gti:NONE:0::fb:HIGH:3::own:MEDIUM:2", ""]
        );
    }

    #[test]
    fn the_first_bad_line_is_named_with_its_reason() {
        for (list, expected, reason) in [
            ("192.0.2.4,LOW,1\n\n192.0.2.4,LOW,2\n", 3, "label LOW is LOW:1, but value 2 is MEDIUM:2"),
            ("192.0.2.4,SEVERE\n", 1, "found `SEVERE`"),
            ("# ip\tnumber of lists\n192.0.2.4\t10\n", 2, "found `10`"),
            ("192.0.2.4,LOW,1.5\n", 1, "found `1.5`"),
            ("192.0.2.4,\n", 1, "neither label nor value"),
            ("ip,label\n192.0.2.4\n", 2, "neither label nor value"),
            ("192.0.2.4,1,LOW,1\n", 1, "begin the list with a header"),
            ("192.0.2.999\n", 1, "found `192.0.2.999`"),
            ("host,label\n192.0.2.4,LOW\n", 1, "found `host`"),
            ("ip,label\nip,label\n", 2, "found `ip`"),
            ("192.0.2.9-192.0.2.1,LOW\n", 1, "ends before it starts"),
        ] {
            let (line, found) = line_of(ListSource::open("list", file(list).path()));
            assert!(line == expected && found.contains(reason), "{list:?}: {line}: {found}");
        }
    }
}
