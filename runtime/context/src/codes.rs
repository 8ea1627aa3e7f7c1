//! Names of codes from the site's lists, such as the response codes of DNS and HTTP.
//!
//! A list is CSV with quoting, so a field may hold line breaks. A header names the columns: codes are in those called
//! `decimal`, `hexadecimal`, `value`, `code`, `rcode`, `number` or `key`, and their names in the first of `name`,
//! `type`, `description`, `meaning` and `keyword`. So Spot's four lists and the registries that they were taken from
//! can be read unchanged. Without such a header, the first column is the code and the second its name.
//!
//! A code that is a number is looked up by its value, whether it is written in decimal or, after `0x`, in hexadecimal,
//! and with any number of leading zeros: `0x0001` is `1`. Any other code is looked up by its text. If a code has two
//! lines, the first counts.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use flow_oa_core::{Coded, ContextError, ContextSource, Evidence, Observable, Subject, Text};

use super::evidence::changed;
use super::review::Review;
use super::{ContextFiles, Reviewed, Sources};
use flow_oa_files::records::Records;
use flow_oa_files::text;

const WHAT: &str = "names of codes";

const CODES: [&str; 7] = ["decimal", "hexadecimal", "value", "code", "rcode", "number", "key"];
const NAMES: [&str; 5] = ["name", "type", "description", "meaning", "keyword"];

/// One list of codes.
pub struct CodeSource {
    list: String,
    path: PathBuf,
    names: HashMap<Code, Text>,
}

pub(super) fn configured(files: &ContextFiles) -> bool {
    !files.codes.is_empty()
}

pub(super) fn open(files: &ContextFiles) -> Result<Sources, ContextError> {
    let open = |(list, path): &(String, PathBuf)| CodeSource::open(list, path);
    files.codes.iter().map(|list| Ok(Box::new(open(list)?) as Box<dyn ContextSource>)).collect()
}

pub(super) fn review(files: &ContextFiles) -> Vec<Reviewed> {
    files.codes.iter().map(|(_, path)| Reviewed::of(WHAT, path, review_file(path))).collect()
}

/// Checks a list, and warns of codes that have two names.
fn review_file(path: &Path) -> Result<Reviewed, ContextError> {
    let mut review = Review::new(WHAT, path);
    let mut seen: HashMap<Code, (Text, u64)> = HashMap::new();
    let read = read(path, |line, entry| match entry {
        Ok((codes, name)) => {
            review.count(line, Ok(1));
            for code in codes {
                let (first, before) = seen.entry(Code::of(code)).or_insert_with(|| (name.into(), line));
                if *first != name {
                    review.warn(
                        line,
                        format!(
                            "{code} is {first} in line {before}, which counts, and {name} here: remove one of them"
                        ),
                    );
                }
            }
            Ok(())
        }
        Err(reason) => {
            review.count(line, Err(reason));
            Ok(())
        }
    });
    match read {
        Err(ContextError::Line { line, reason, .. }) => review.count(line, Err(reason)),
        other => other?,
    }
    Ok(review.done())
}

impl CodeSource {
    /// Reads the list at `path`, which the settings call `list`.
    ///
    /// # Errors
    /// The first line that cannot be parsed, or if the file cannot be read.
    pub fn open(list: &str, path: &Path) -> Result<Self, ContextError> {
        let mut names = HashMap::new();
        read(path, |_, entry| {
            let (codes, name) = entry?;
            for code in codes {
                names.entry(Code::of(code)).or_insert_with(|| Text::from(name));
            }
            Ok(())
        })?;
        Ok(Self { list: list.to_owned(), path: path.to_owned(), names })
    }
}

/// The line of the list at `path` that names a code; if there are two, the first.
///
/// # Errors
/// The first line that cannot be parsed, or if the file cannot be read.
pub fn explain(path: &Path, code: &str) -> Result<Option<Evidence>, ContextError> {
    let (wanted, mut found) = (Code::of(code), None);
    read(path, |line, entry| {
        let (codes, name) = entry?;
        if found.is_none() && codes.into_iter().any(|listed| Code::of(listed) == wanted) {
            found = Some((line, name.to_owned()));
        }
        Ok(())
    })?;
    Ok(found.map(|(line, name)| Evidence {
        origin: path.display().to_string(),
        entry: format!("line {line}: {code}"),
        as_of: changed(path),
        says: vec![("name", name)],
    }))
}

impl ContextSource for CodeSource {
    fn name(&self) -> &'static str {
        WHAT
    }

    fn origin(&self) -> String {
        format!("{} ({})", self.path.display(), self.list)
    }

    /// A list of codes has no answers for addresses and names.
    fn answer(&mut self, _subjects: &mut [Subject]) -> Result<(), ContextError> {
        Ok(())
    }

    fn decode(&mut self, codes: &mut [Coded]) -> Result<(), ContextError> {
        for coded in codes.iter_mut().filter(|code| code.list == self.list) {
            coded.name = self.names.get(&Code::of(&coded.code)).cloned();
        }
        Ok(())
    }

    /// A list of codes has no entries for addresses and names.
    fn explain(&mut self, _of: &Observable, _earlier: &[Evidence]) -> Result<Vec<Evidence>, ContextError> {
        Ok(Vec::new())
    }
}

/// A code in the form in which it is looked up.
#[derive(PartialEq, Eq, Hash)]
enum Code {
    Number(i128),
    Text(Text),
}

impl Code {
    fn of(text: &str) -> Self {
        let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            // A parser of integers would accept a sign.
            Some(digits) if digits.starts_with(['+', '-']) => None,
            Some(digits) => i128::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        };
        number.map_or_else(|| Self::Text(text.into()), Self::Number)
    }
}

/// The codes of a line and their name.
type Entry<'a> = (Vec<&'a str>, &'a str);

/// Passes each entry of a list to `take` with its line number; an entry that cannot be parsed is passed as its reason.
fn read(
    path: &Path,
    mut take: impl FnMut(u64, Result<Entry<'_>, String>) -> Result<(), String>,
) -> Result<(), ContextError> {
    let fault = |line, reason| ContextError::Line { path: path.to_owned(), line, reason };
    let text = text::open(path);
    let text = text.map_err(|error| ContextError::Read { what: WHAT, path: path.to_owned(), error })?;
    let (mut records, mut layout) = (Records::new(text, b','), None);
    while let Some((line, record)) = records.next_record().map_err(|error| fault(error.line, error.reason))? {
        let fields: Result<Vec<&str>, String> = record.iter().map(super::text).collect();
        let taken = match (fields, &layout) {
            (Err(reason), _) => take(line, Err(reason)),
            (Ok(fields), Some(layout)) => take(line, entry(layout, &fields)),
            (Ok(fields), None) => {
                let (found, is_header) = Layout::of_first(&fields);
                let layout = layout.insert(found);
                if is_header { Ok(()) } else { take(line, entry(layout, &fields)) }
            }
        };
        taken.map_err(|reason| fault(line, reason))?;
    }
    Ok(())
}

/// The columns of a list.
struct Layout {
    codes: Vec<usize>,
    name: usize,
}

impl Layout {
    /// The layout that the first record shows, and whether that record is a header.
    fn of_first(fields: &[&str]) -> (Self, bool) {
        let columns = |word: &str| {
            let word = word.to_owned();
            fields
                .iter()
                .enumerate()
                .filter(move |(_, field)| field.trim().eq_ignore_ascii_case(&word))
                .map(|it| it.0)
        };
        let codes: Vec<usize> = CODES.iter().flat_map(|word| columns(word)).collect();
        match NAMES.iter().find_map(|word| columns(word).next()) {
            Some(name) if !codes.is_empty() => (Self { codes, name }, true),
            _ => (Self { codes: vec![0], name: 1 }, false),
        }
    }
}

fn entry<'a>(layout: &Layout, fields: &[&'a str]) -> Result<Entry<'a>, String> {
    let field = |at: &usize| fields.get(*at).map(|text| text.trim()).filter(|text| !text.is_empty());
    let codes: Vec<&str> = layout.codes.iter().filter_map(field).collect();
    match field(&layout.name) {
        Some(name) if !codes.is_empty() => Ok((codes, name)),
        _ => Err(format!(
            "expected a code and its name, found {} column(s) of which one is empty or missing: write both, or remove \
             the line",
            fields.len()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, line_of};
    use super::*;

    fn names(text: &str, codes: &[&str]) -> Vec<String> {
        let list = file(text);
        let mut source = CodeSource::open("list", list.path()).unwrap();
        let coded = |list: &'static str| {
            move |text: &&str| Coded { list: list.into(), code: Text::from(*text), name: None }
        };
        let mut asked: Vec<Coded> = codes.iter().map(coded("list")).collect();
        asked.extend(codes.iter().map(coded("another")));
        source.decode(&mut asked).unwrap();
        assert!(asked.iter().skip(codes.len()).all(|it| it.name.is_none()), "another list was answered");
        let name = |coded: Coded| coded.name.map_or_else(|| "?".to_owned(), Into::into);
        asked.into_iter().take(codes.len()).map(name).collect()
    }

    #[test]
    fn the_header_of_a_registry_says_where_codes_and_names_are() {
        let class = "Decimal,Hexadecimal,Name,Reference\n1,0x00000001,Internet (IN),[RFC1035]\n\
                     3,0x00000003,Chaos (CH),\"[a memo\nof 1981]\"\n";
        assert_eq!(
            names(class, &["1", "0x00000003", "3", "7"]),
            ["Internet (IN)", "Chaos (CH)", "Chaos (CH)", "?"]
        );
        let kinds = "TYPE,Value,Meaning,Reference\nA,1,a host address,[RFC1035]\n*,255,\"all, of it\",\n";
        assert_eq!(names(kinds, &["1", "255"]), ["A", "*"]);
        let codes =
            "RCODE,Name,Description,Reference\n0,NoError,No Error,\n16,BADVERS,Bad,\n16,BADSIG,Bad,\n";
        assert_eq!(names(codes, &["0", "16"]), ["NoError", "BADVERS"], "the first line counts");
        assert_eq!(names("CODE,DESCRIPTION\r\n404,Not Found\r\n", &["404"]), ["Not Found"]);
    }

    #[test]
    fn the_lists_of_spot_are_read_as_they_are() {
        use std::io::Write as _;
        for (list, codes, expected) in [
            (
                "dns-qclass.csv",
                ["1", "0x0001", "0x00000003"],
                ["Internet (IN)", "Internet (IN)", "Chaos (CH)"],
            ),
            ("dns-qtype.csv", ["1", "-1", "28"], ["A", "0", "AAAA"]),
            ("dns-rcode.csv", ["3", "9", "16"], ["NXDomain", "NotAuth", "BADVERS"]),
            ("http-rcode.csv", ["404", "0200", "999"], ["Not Found", "OK", "?"]),
        ] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/iana").join(list);
            let Ok(text) = std::fs::read_to_string(&path) else {
                let path = path.display();
                let _ = writeln!(
                    std::io::stderr(),
                    "skipped: {path} does not exist; copy Spot's list of codes there"
                );
                continue;
            };
            assert_eq!(names(&text, &codes), expected, "{list}");
        }
    }

    #[test]
    fn a_code_is_a_number_however_it_is_written_or_a_text() {
        let list = "0x00000001,Internet\n03,Chaos\n-1,Unknown\nNS,Name server\n0xZZ,Text\n";
        for (code, expected) in [
            ("1", "Internet"),
            ("0x0001", "Internet"),
            ("0X1", "Internet"),
            ("0001", "Internet"),
            ("3", "Chaos"),
            ("0x0000000000000000000000000000000000000000003", "Chaos"),
            ("-1", "Unknown"),
            ("NS", "Name server"),
            ("0xZZ", "Text"),
            ("ns", "?"),
            ("0x", "?"),
            ("0x-1", "?"),
            ("11", "?"),
        ] {
            assert_eq!(names(list, &[code]), [expected], "{code}");
        }
    }

    #[test]
    fn without_a_header_the_first_column_is_the_code() {
        assert_eq!(names("1,one\n2,two\n\n", &["1", "2", "code"]), ["one", "two", "?"]);
        assert_eq!(names("", &["1"]), ["?"]);
    }

    #[test]
    fn the_line_that_names_a_code_is_found_and_the_first_one_counts() {
        let list = file("code,name\n0x1,one\n2,\"two\nlines\"\n1,uno\n");
        let line_and_name = |code| {
            explain(list.path(), code).unwrap().map(|evidence| (evidence.entry, evidence.says[0].1.clone()))
        };
        assert_eq!(line_and_name("1"), Some(("line 2: 1".to_owned(), "one".to_owned())));
        assert_eq!(line_and_name("2"), Some(("line 3: 2".to_owned(), "two\nlines".to_owned())));
        assert_eq!(line_and_name("3"), None);
    }

    #[test]
    fn a_line_that_is_not_an_entry_is_refused_with_its_number() {
        for (text, line, words) in [
            ("code,name\n1,one\n2\n", 3, "found 1 column"),
            ("1,\"a\nb\"\n2,\n", 3, "found 2 column"),
            ("1,one\n2,\"two\n", 2, "never closed"),
            ("1,on\0e\n", 1, "NUL"),
        ] {
            let list = file(text);
            let (found, reason) = line_of(CodeSource::open("list", list.path()));
            assert!(found == line && reason.contains(words), "{text:?}: {found}: {reason}");
        }
    }

    #[test]
    fn a_review_names_every_bad_line_and_every_code_with_two_names() {
        let list = file("code,name\n1,one\n2\n1,uno\n1,uno\n3,\n");
        let files =
            ContextFiles { codes: vec![("list".into(), list.path().to_owned())], ..ContextFiles::default() };
        let reviewed = review(&files).remove(0);
        let findings: Vec<(u64, bool)> =
            reviewed.findings.iter().map(|finding| (finding.line, finding.is_fault)).collect();
        assert_eq!(findings, [(3, true), (4, false), (5, false), (6, true)]);
        assert_eq!((reviewed.entries, reviewed.faults, reviewed.warnings), (3, 2, 2));
        assert_eq!(
            reviewed.findings[1].message,
            "1 is one in line 2, which counts, and uno here: remove one of them"
        );
    }
}
