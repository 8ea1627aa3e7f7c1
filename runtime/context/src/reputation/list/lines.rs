//! Line-based lists: `entry,label,value`, separated by commas or tabs; the entry is an address, a network, a range, a
//! host name or a URL.
//!
//! Label and value are equivalent, so one of them is enough. A line with an entry alone, with or without a ` # remark`,
//! belongs to a plain block list and means MEDIUM unless the settings give another label: listed, with unknown
//! severity. With a header, in the first line or in the comment before it, columns are found by name: `ip`, `address`,
//! `ip_address`, `dst_ip`, `src_ip` or `cidr` for addresses, `name`, `domain`,
//! `hostname`, `fqdn`, `url`, `uri` or `fulluri` for names, or `indicator` for both; `label`; `value` or `score`. Other
//! columns are ignored. ipsum's lists are an entry, a tab and the number of block lists that contain it.

use std::borrow::Cow;

use flow_oa_settings::ListFormat;

use super::super::threat::{Threat, Verdict};
use super::ListOptions;
use super::entry::{Entry, Kind};
use crate::ranges::IpRange;
use flow_oa_files::text;

/// Reads the lines of a list. The first line decides the layout, unless the settings do.
pub(super) struct Reader {
    options: ListOptions,
    layout: Option<Layout>,
    /// The last comment before the first line, which may hold the header.
    comment: Option<String>,
}

impl Reader {
    pub(super) fn new(options: &ListOptions, comment: Option<String>) -> Self {
        Self { options: options.clone(), layout: None, comment }
    }

    /// The entry of a line; `None` for a header.
    pub(super) fn take(&mut self, line: &str) -> Result<Option<(Entry, Verdict)>, String> {
        // Spamhaus begins comments and remarks with a semicolon.
        if line.trim_start().starts_with(';') {
            return Ok(None);
        }
        let line = without_remark(line);
        match self.options.format {
            Some(ListFormat::Plain) => return self.entry_of(first_entry(line), Kind::Any).map(Some),
            Some(ListFormat::Counts) => return self.counted(line).map(Some),
            _ => {}
        }
        let (layout, is_header) = match self.layout.take() {
            Some(layout) => (layout, false),
            None => match self.comment.take().and_then(|comment| Layout::of_comment(&comment, line)) {
                Some(layout) => (layout, false),
                None => Layout::of_first(line)?,
            },
        };
        let layout = self.layout.insert(layout);
        if is_header {
            return Ok(None);
        }
        let fields = text::fields(line, layout.delimiter)?;
        let field = |index: usize| fields.get(index).map_or("", |field| field.trim());
        match layout.columns {
            Columns::Named { entry, kind, label: None, value: None } => self.entry_of(field(entry), kind),
            Columns::Named { entry, kind, label, value } => Ok((
                Entry::parse(field(entry), kind)?,
                Verdict::read(label.map_or("", field), value.map_or("", field))?,
            )),
            Columns::Counts => self.counted(line),
            Columns::InOrder => self.in_order(&fields.iter().map(|field| field.trim()).collect::<Vec<_>>()),
        }
        .map(Some)
    }

    fn in_order(&self, fields: &[&str]) -> Result<(Entry, Verdict), String> {
        let parse = |entry| Entry::parse(entry, Kind::Any);
        match *fields {
            [entry] => self.entry_of(entry, Kind::Any),
            // A single second column is a value if it is a number, otherwise a label.
            [entry, value] if value.parse::<f64>().is_ok() => Ok((parse(entry)?, Verdict::read("", value)?)),
            [entry, label] => Ok((parse(entry)?, Verdict::read(label, "")?)),
            [entry, label, value] => Ok((parse(entry)?, Verdict::read(label, value)?)),
            _ => Err(format!(
                "expected entry, label and value, found {} columns: begin the list with a header such as \
                 `ip,label,value`",
                fields.len()
            )),
        }
    }

    /// An entry without a threat level.
    fn entry_of(&self, entry: &str, kind: Kind) -> Result<(Entry, Verdict), String> {
        Ok((Entry::parse(entry, kind)?, self.options.label.unwrap_or(Threat::Medium).into()))
    }

    fn counted(&self, line: &str) -> Result<(Entry, Verdict), String> {
        let entry = first_entry(line);
        let count = line.get(entry.len()..).unwrap_or_default().trim_start_matches(is_between);
        let count = first_word(count).parse().map_err(|_| {
            format!("expected an entry and the number of block lists that it is on, found `{line}`: correct or remove the line")
        })?;
        Ok((Entry::parse(entry, Kind::Any)?, self.options.counted(count).into()))
    }
}

fn is_between(it: char) -> bool {
    it.is_whitespace() || it == ','
}

/// The entry at the start of a line. It ends at a blank or a comma, but a URL may hold commas.
fn first_entry(line: &str) -> &str {
    let word = line.split(char::is_whitespace).next().unwrap_or_default();
    if word.contains("://") { word } else { first_word(line) }
}

fn first_word(line: &str) -> &str {
    line.split(is_between).next().unwrap_or_default()
}

/// The layout of the lines of one list; its first line decides.
struct Layout {
    delimiter: u8,
    columns: Columns,
}

enum Columns {
    /// Entry and number of block lists.
    Counts,
    /// No header: entry, label, value; the last two are optional.
    InOrder,
    /// Columns from a header, counted from 0.
    Named { entry: usize, kind: Kind, label: Option<usize>, value: Option<usize> },
}

impl Layout {
    /// The layout of a list whose header is in a comment, as in lists of abuse.ch. The header counts only if the line
    /// has as many fields, and more than an entry, a label and a value.
    fn of_comment(comment: &str, line: &str) -> Option<Self> {
        let fields = |line: &str| text::fields(line, b',').map(|fields| fields.len());
        let header = text::fields(comment.trim_start_matches('#').trim(), b',').ok()?;
        let is_of_list = header.len() > 3 && fields(line) == Ok(header.len());
        let columns = Columns::of_header(&header).filter(|_| is_of_list)?;
        Some(Self { delimiter: b',', columns })
    }

    /// The layout that the first line shows, and whether that line is a header.
    fn of_first(line: &str) -> Result<(Self, bool), String> {
        let delimiter = if line.contains('\t') { b'\t' } else { b',' };
        let fields = text::fields(line, delimiter)?;
        let header = Columns::of_header(&fields);
        let is_header = header.is_some();
        let in_order = if is_counted(&fields, delimiter) { Columns::Counts } else { Columns::InOrder };
        Ok((Self { delimiter, columns: header.unwrap_or(in_order) }, is_header))
    }
}

impl Columns {
    /// A header names the column of the entries and holds neither an entry nor a number.
    fn of_header(fields: &[Cow<'_, str>]) -> Option<Self> {
        let column = |names: &[&str]| {
            fields.iter().position(|field| names.iter().any(|name| field.trim().eq_ignore_ascii_case(name)))
        };
        let of_kind = |names: &[&str], kind| column(names).map(|entry| (entry, kind));
        let (entry, kind) =
            of_kind(&["ip", "address", "cidr", "dst_ip", "src_ip", "ip_address"], Kind::Ranges)
                .or_else(|| of_kind(&["indicator"], Kind::Any))
                .or_else(|| of_kind(&NAMES, Kind::Names))?;
        let is_data = |field: &str| IpRange::parse(field).is_ok() || field.trim().parse::<f64>().is_ok();
        let header = !fields.iter().any(|field| is_data(field));
        header.then(|| Self::Named {
            entry,
            kind,
            label: column(&["label"]),
            value: column(&["value", "score"]),
        })
    }
}

/// The names of columns of host names or URLs.
const NAMES: [&str; 7] = ["name", "domain", "hostname", "fqdn", "url", "uri", "fulluri"];

/// Removes the remark that follows the first field of a line: `192.0.2.0/24 # scanner, seen twice`, or Spamhaus'
/// `192.0.2.0/24 ; SBL1`.
fn without_remark(line: &str) -> &str {
    match line.split_once(['#', ';']) {
        Some((entry, _)) if entry.ends_with([' ', '\t']) && !entry.trim().contains([',', '\t']) => {
            entry.trim()
        }
        _ => line,
    }
}

/// ipsum's lists begin with the addresses on most block lists, whereas a threat value is never larger than 3.
fn is_counted(fields: &[Cow<'_, str>], delimiter: u8) -> bool {
    let [_, count] = fields else { return false };
    delimiter == b'\t' && count.trim().parse::<u32>().is_ok_and(|count| count > 3)
}

#[cfg(test)]
mod tests {
    use super::super::ListSource;
    use super::*;
    use crate::tests::{file, gzipped, line_of, subjects};
    use flow_oa_core::{ContextSource as _, Named, Observable, Subject};
    use std::path::Path;

    fn verdicts(lists: &[(&str, &Path)], ips: &[&str]) -> Vec<String> {
        let mut subjects = subjects(ips);
        for (service, path) in lists {
            ListSource::open(service, path, ListOptions::default()).unwrap().answer(&mut subjects).unwrap();
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
    fn lists_of_spamhaus_and_of_abuse_ch_are_read() {
        let drop = "; Spamhaus DROP List 2026/05/20\n; Expires: x\n192.0.2.0/24 ; SBL1, seen\n";
        assert_eq!(verdict(drop), "list:MEDIUM:2");
        let feodo = "################\n# abuse.ch\n# \"first_seen_utc\",\"dst_ip\",\"dst_port\",\"c2_status\",\"malware\"\n\
                     \"2021-01-17 07:44:46\",\"192.0.2.4\",\"449\",\"offline\",\"TrickBot\"\n";
        assert_eq!(verdict(feodo), "list:MEDIUM:2");
        let other = "# address,a,b\n192.0.2.4,LOW,1\n";
        assert_eq!(verdict(other), "list:LOW:1", "a comment decides only where the columns are not clear");
    }

    #[test]
    fn a_list_without_entries_is_a_warning() {
        for text in ["# nothing\n", "ip,label\n", "; nothing\n"] {
            let list = file(text);
            let found = super::super::review(list.path(), &ListOptions::default());
            assert_eq!((found.faults, found.warnings), (0, 1), "{text:?}");
            assert!(found.findings[0].message.contains("no entry gives an address"), "{:?}", found.findings);
        }
        let found = super::super::review(file("192.0.2.4\n").path(), &ListOptions::default());
        assert_eq!((found.faults, found.warnings), (0, 0));
    }

    #[test]
    fn the_most_specific_entry_wins_and_then_the_first() {
        let list = "192.0.2.0/24,LOW\n192.0.2.4,HIGH\n192.0.2.4,NONE\n2001:db8::/32,MEDIUM\n";
        let ips = ["192.0.2.4", "192.0.2.255", "192.0.3.0", "2001:db8::1"];
        let expected = ["list:HIGH:3", "list:LOW:1", "", "list:MEDIUM:2"];
        assert_eq!(verdicts(&[("list", gzipped(list).path())], &ips), expected);
    }

    fn of_name(list: &str, named: Named, text: &str) -> (String, Option<String>) {
        let (list, of) = (file(list), Observable::name(named, &text.into()));
        let mut source = ListSource::open("l", list.path(), ListOptions::default()).unwrap();
        let mut asked = [Subject::new(of.clone())];
        source.answer(&mut asked).unwrap();
        let [reported] = asked.map(|subject| subject.answers.reputation.verdict.into());
        let found = source.explain(&of, &[]).unwrap().pop();
        let by_entry = found.as_ref().map(|evidence| evidence.says[0].1.clone());
        assert_eq!(reported, by_entry.unwrap_or_default(), "{text}");
        (reported, found.map(|evidence| evidence.entry))
    }

    #[test]
    fn host_names_are_found_in_any_case_and_urls_as_written() {
        let by_header = "url,label,value\nEvil.example/A,High,3\n192.0.2.4,Unverified,-1\n192.0.2.4/a?b=c,Minimal,1\n\
                         *,UNKNOWN,-1\nEvil.example/A,LOW,1\n";
        let by_text = "# mixed\nEvil.example\nhttp://evil.example/a\n192.0.2.0/24\n";
        for (list, named, text, verdict, entry) in [
            (by_header, Named::Url, "Evil.example/A", "l:High:3", "line 2: Evil.example/A"),
            (by_header, Named::Url, "evil.example/A", "", ""),
            (by_header, Named::Url, "Evil.example", "", ""),
            (by_header, Named::Domain, "EVIL.example/a", "l:High:3", "line 2: Evil.example/A"),
            (by_header, Named::Url, "192.0.2.4", "l:Unverified:-1", "line 3: 192.0.2.4"),
            (by_header, Named::Url, "192.0.2.4/a?b=c", "l:Minimal:1", "line 4: 192.0.2.4/a?b=c"),
            (by_header, Named::Domain, "*", "l:UNKNOWN:-1", "line 5: *"),
            (by_text, Named::Domain, "evil.EXAMPLE", "l:MEDIUM:2", "line 2: Evil.example"),
            (by_text, Named::Domain, "www.evil.example", "", ""),
            (by_text, Named::Domain, "192.0.2.7", "l:MEDIUM:2", "line 4: 192.0.2.0-192.0.2.255"),
        ] {
            let found = of_name(list, named, text);
            assert_eq!((found.0.as_str(), found.1.unwrap_or_default().as_str()), (verdict, entry), "{text}");
        }
        let list = by_header.replace("192.0.2.4/a", "x");
        assert_eq!(verdict(&list), "list:Unverified:-1", "an address in a list of URLs is an address, too");
    }

    #[test]
    fn a_url_of_a_plain_list_may_hold_commas() {
        let list = file("http://evil.example/a,b seen on Monday\nevil.example,seen\n");
        let plain = ListOptions { format: Some(ListFormat::Plain), ..ListOptions::default() };
        let name = |named, text: &str| Subject::new(Observable::name(named, &text.into()));
        let mut asked = [name(Named::Domain, "evil.example"), name(Named::Url, "http://evil.example/a,b")];
        ListSource::open("own", list.path(), plain).unwrap().answer(&mut asked).unwrap();
        assert!(
            asked.iter().all(|subject| subject.answers.reputation.verdict == "own:MEDIUM:2"),
            "{asked:?}"
        );
    }

    #[test]
    fn the_labels_of_services_are_kept() {
        for (line, expected) in [
            ("192.0.2.4,Minimal,1", "list:Minimal:1"),
            ("192.0.2.4,NON_MALICIOUS", "list:NON_MALICIOUS:0"),
            ("192.0.2.4,Unverified,-1", "list:Unverified:-1"),
            ("192.0.2.4,unverified,-1", "list:UNVERIFIED:-1"),
        ] {
            assert_eq!(verdict(line), expected, "{line}");
        }
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
            ("192.0.2.4,Minimal,2\n", 1, "label Minimal is Minimal:1, but value 2 is MEDIUM:2"),
            ("ip,label\nevil.example,LOW\n", 2, "found `evil.example`"),
            ("name,label\n,LOW\n", 2, "expected a host name or a URL"),
            ("LOW,192.0.2.4\n", 1, "found `LOW`"),
            ("# ip\tnumber of lists\n192.0.2.4,10\n", 2, "found `10`"),
            ("192.0.2.4\t10\n192.0.2.5\n", 2, "the number of block lists"),
            ("192.0.2.4,LOW,1.5\n", 1, "found `1.5`"),
            ("192.0.2.4,\n", 1, "neither label nor value"),
            ("ip,label\n192.0.2.4\n", 2, "neither label nor value"),
            ("192.0.2.4,1,LOW,1\n", 1, "begin the list with a header"),
            ("192.0.2.999\n", 1, "found `192.0.2.999`"),
            ("host,label\n192.0.2.4,LOW\n", 1, "found `host`"),
            ("ip,label\nip,label\n", 2, "found `ip`"),
            ("192.0.2.9-192.0.2.1,LOW\n", 1, "ends before it starts"),
        ] {
            let (line, found) = line_of(ListSource::open("list", file(list).path(), ListOptions::default()));
            assert!(line == expected && found.contains(reason), "{list:?}: {line}: {found}");
        }
    }

    #[test]
    fn counts_of_block_lists_become_verdicts_by_thresholds() {
        let ipsum = file("# IP\tnumber of (black)lists\n192.0.2.1\t9\n192.0.2.2\t4\n192.0.2.3\t2\n");
        let ips = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];
        assert_eq!(
            verdicts(&[("ipsum", ipsum.path())], &ips),
            ["ipsum:HIGH:3", "ipsum:MEDIUM:2", "ipsum:LOW:1"]
        );
        let reported =
            ListOptions { format: Some(ListFormat::Counts), medium: 2, high: 10, ..ListOptions::default() };
        let short = file("192.0.2.1 2\n192.0.2.2,1\n");
        let mut asked = subjects(&ips);
        ListSource::open("own", short.path(), reported).unwrap().answer(&mut asked).unwrap();
        let found: Vec<_> = asked.iter().map(|it| it.answers.reputation.verdict.as_str()).collect();
        assert_eq!(found, ["own:MEDIUM:2", "own:LOW:1", ""]);
    }

    #[test]
    fn what_follows_an_entry_of_a_plain_list_is_a_remark_where_the_settings_say_so() {
        let plain = ListOptions {
            format: Some(ListFormat::Plain),
            label: Some(Threat::High),
            ..ListOptions::default()
        };
        let list = file("192.0.2.4 seen on Monday, twice\n192.0.2.5,a,b,c\n");
        let mut asked = subjects(&["192.0.2.4", "192.0.2.5"]);
        ListSource::open("own", list.path(), plain).unwrap().answer(&mut asked).unwrap();
        assert!(asked.iter().all(|subject| subject.answers.reputation.verdict == "own:HIGH:3"), "{asked:?}");
    }
}
