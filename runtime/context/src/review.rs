//! Finds every fault in a site's context files with its line: faults that stop a run, and others that a run ignores
//! without a message, such as overlapping ranges.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use flow_oa_core::{ContextError, Exit, Text};

use super::ranges::IpRange;
use super::{ContextFiles, KINDS, open_lines, text};
use flow_oa_files::Progress;
use flow_oa_files::text::Lines;

/// The maximum number of findings that are listed per file.
const LISTED: usize = 50;

/// A line of a context file that needs attention.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The line, from 1; the number of the entry if the file is a JSON document; 0 if there is neither.
    pub line: u64,
    /// Whether a run stops there.
    pub is_fault: bool,
    /// What was expected, what was found, and what to do.
    pub message: String,
}

/// The result of checking a context file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Reviewed {
    /// The content of the file, such as "network ranges".
    pub what: String,
    /// The path of the file.
    pub path: PathBuf,
    /// The number of lines with data that could be read.
    pub entries: u64,
    /// The first findings, ordered by line.
    pub findings: Vec<Finding>,
    /// The number of faults, including those that are not listed.
    pub faults: u64,
    /// The number of findings that stop no run, including those that are not listed.
    pub warnings: u64,
    /// The exit code of a run that stops there.
    pub exit: Exit,
}

impl Reviewed {
    pub(super) fn new(what: impl Into<String>, path: &Path) -> Self {
        Self {
            what: what.into(),
            path: path.to_owned(),
            entries: 0,
            findings: Vec::new(),
            faults: 0,
            warnings: 0,
            exit: Exit::Done,
        }
    }

    /// The result of checking a file. A file that cannot be read at all becomes a result with one fault, so that the
    /// other files are still checked.
    pub(super) fn of(what: &str, path: &Path, gone_through: std::result::Result<Self, ContextError>) -> Self {
        let error = match gone_through {
            Ok(reviewed) => return reviewed,
            Err(error) => error,
        };
        let mut reviewed = Self::new(what, path);
        let (line, message) = match &error {
            ContextError::Read { error, .. } => (0, error.to_string()),
            ContextError::Line { line, reason, .. } => (*line, reason.clone()),
            other => (0, other.to_string()),
        };
        reviewed.find(line, true, message);
        reviewed.exit = error.exit_code();
        reviewed
    }

    /// A file that could not be downloaded; `exit` is the exit code of a run that needs it.
    pub fn absent(what: &str, path: &Path, reason: String, exit: Exit) -> Self {
        let mut reviewed = Self::new(what, path);
        reviewed.find(0, true, reason);
        Self { exit, ..reviewed }
    }

    fn find(&mut self, line: u64, is_fault: bool, message: String) {
        *(if is_fault { &mut self.faults } else { &mut self.warnings }) += 1;
        if is_fault {
            self.exit = Exit::BadData;
        }
        if self.findings.len() < LISTED {
            self.findings.push(Finding { line, is_fault, message });
        }
    }
}

/// Checks every configured context file.
///
/// # Errors
/// If the user interrupts.
pub fn review(files: &ContextFiles, progress: &Progress) -> Result<Vec<Reviewed>, ContextError> {
    let mut all = Vec::new();
    for kind in &KINDS {
        progress.go_on().map_err(|_| ContextError::Interrupted)?;
        all.extend((kind.review)(files));
    }
    Ok(all)
}

/// A review in progress.
pub(super) struct Review {
    reviewed: Reviewed,
    /// The unit of a position: `line`, or `entry` if the file is a JSON document.
    unit: &'static str,
}

impl Review {
    /// Checks the lines of a file. `take` receives each line with its number and returns the number of its entries, which
    /// is 0 for a header; a line that it rejects is a fault, and the check continues with the next line.
    pub(super) fn of(
        what: &'static str,
        path: &Path,
        take: impl FnMut(&str, u64) -> std::result::Result<u64, String>,
    ) -> std::result::Result<Self, ContextError> {
        let lines = open_lines(what, path)?;
        let mut review = Self::new(what, path);
        review.go_through(lines, take);
        Ok(review)
    }

    pub(super) fn new(what: &'static str, path: &Path) -> Self {
        Self { reviewed: Reviewed::new(what, path), unit: "line" }
    }

    /// Records how many entries there are at a position.
    pub(super) fn count(&mut self, place: u64, read: std::result::Result<u64, String>) {
        match read {
            Ok(entries) => self.reviewed.entries += entries,
            Err(reason) => self.reviewed.find(place, true, reason),
        }
    }

    /// Records the result for the entry with this number in a JSON document.
    pub(super) fn count_entry(&mut self, number: u64, read: std::result::Result<(), String>) {
        self.unit = "entry";
        self.count(number, read.map(|()| 1).map_err(|reason| format!("entry {number}: {reason}")));
    }

    /// Checks lines that are already open; see [`Review::of`].
    pub(super) fn go_through(
        &mut self,
        mut lines: Lines,
        mut take: impl FnMut(&str, u64) -> std::result::Result<u64, String>,
    ) {
        loop {
            match lines.next_line() {
                Ok(Some(line)) => {
                    let number = line.number;
                    let read = text(line.text).and_then(|text| take(text, number));
                    self.count(number, read);
                }
                Ok(None) => return,
                // The start of the next line is not known after such an error.
                Err(unread) => return self.reviewed.find(unread.line, true, unread.reason),
            }
        }
    }

    /// Records a finding that a run would ignore.
    pub(super) fn warn(&mut self, line: u64, message: String) {
        self.reviewed.find(line, false, message);
    }

    /// Whether no fault was found.
    pub(super) fn has_no_fault(&self) -> bool {
        self.reviewed.faults == 0
    }

    /// Whether there was neither an entry nor a fault.
    pub(super) fn is_empty(&self) -> bool {
        self.reviewed.entries == 0 && self.reviewed.faults == 0
    }

    /// Warns of entries that overlap without one lying within the other, since it is unclear which is meant for the
    /// shared addresses, and of entries with the same range. Other entries within entries are intended.
    pub(super) fn overlaps(&mut self, mut entries: Vec<(IpRange, u64)>) {
        entries.sort_by_key(|(range, line)| (range.first(), Reverse(range.last()), *line));
        let mut open: Vec<(IpRange, u64)> = Vec::new();
        let unit = self.unit;
        for (range, line) in entries {
            while open.last().is_some_and(|(earlier, _)| earlier.last() < range.first()) {
                open.pop();
            }
            if let Some((outer, other)) = open.last() {
                let (earlier, later) = (line.min(*other), line.max(*other));
                if *outer == range {
                    self.warn(
                        later,
                        format!("the same addresses as {unit} {earlier}, which counts: remove one of them"),
                    );
                } else if outer.last() < range.last() {
                    let shared = format!("{}-{}", range.first(), outer.last());
                    self.warn(
                        later,
                        format!("overlaps {unit} {earlier}: {shared} is in both, and neither lies within the other; correct the ends"),
                    );
                }
            }
            open.push((range, line));
        }
    }

    /// Warns of names that are listed more than once.
    pub(super) fn repeated(&mut self, names: Vec<(Text, u64)>) {
        let (mut first, unit) = (HashMap::new(), self.unit);
        for (name, place) in names {
            let before = *first.entry(name).or_insert(place);
            if before != place {
                self.warn(
                    place,
                    format!("the same name as {unit} {before}, which counts: remove one of them"),
                );
            }
        }
    }

    /// The result, with its findings ordered by line.
    pub(super) fn done(mut self) -> Reviewed {
        self.reviewed.findings.sort_by_key(|it| it.line);
        self.reviewed
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::super::{ContextFiles, Service};
    use super::*;

    fn findings_of(reviewed: &Reviewed) -> Vec<String> {
        let in_short = |finding: &Finding| {
            format!(
                "{} {} {}",
                finding.line,
                if finding.is_fault { "fault" } else { "warning" },
                finding.message
            )
        };
        reviewed.findings.iter().map(in_short).collect()
    }

    fn of(files: ContextFiles) -> Reviewed {
        KINDS.iter().flat_map(|kind| (kind.review)(&files)).next().unwrap()
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_a_fault_of_that_file_alone() {
        let ranges = file("10.0.0.9,10.0.0.1,Back\n");
        let foreign = file("no database");
        std::fs::write(foreign.path().with_extension("mmdb"), "no database").unwrap();
        let files = ContextFiles {
            ranges: Some(ranges.path().into()),
            geo: vec!["no/such/iploc.csv".into(), foreign.path().with_extension("mmdb")],
            codes: vec![("list".to_owned(), "no/such/codes.csv".into())],
            reputation: vec![("own".to_owned(), Service::list("no/such/list.csv".into()))],
            ..ContextFiles::default()
        };
        let found: Vec<Reviewed> = KINDS.iter().flat_map(|kind| (kind.review)(&files)).collect();
        let outcomes: Vec<(u64, Exit)> = found.iter().map(|found| (found.faults, found.exit)).collect();
        let (bad, absent) = (Exit::BadData, Exit::NoInput);
        assert_eq!(outcomes, [(1, bad), (1, absent), (1, bad), (1, absent), (1, absent)]);
        assert!(found[1].findings[0].message.contains("No such file"), "{found:?}");
        std::fs::remove_file(foreign.path().with_extension("mmdb")).unwrap();
    }

    #[test]
    fn ranges_without_an_entry_deserve_a_warning() {
        let ranges = file("# ours\n\n");
        let found = of(ContextFiles { ranges: Some(ranges.path().into()), ..ContextFiles::default() });
        holds(&findings_of(&found), &["0 warning … nothing is internal"]);
    }

    fn holds(found: &[String], expected: &[&str]) {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(expected.split(" … ").all(|part| found.contains(part)), "{found}: {expected}");
        }
    }

    #[test]
    fn every_bad_line_of_the_ranges_is_named_and_every_overlap() {
        let text = "10.0.0.0/8,Site\n10.1.0.0,10.1.0.99,Floor\n\n10.1.0.50,10.1.0.200,Other\n10.0.0.9,10.0.0.1,Back\n\
                    10.0.0.300,10.0.1.1,Bad\n10.0.0.0/8,Again\n";
        let ranges = file(text);
        let found = of(ContextFiles { ranges: Some(ranges.path().into()), ..ContextFiles::default() });
        holds(
            &findings_of(&found),
            &[
                "4 warning overlaps line 2 … 10.1.0.50-10.1.0.99",
                "5 fault … ends before it starts",
                "6 fault … 10.0.0.300",
                "7 warning the same addresses as line 1",
            ],
        );
        assert_eq!((found.entries, found.faults, found.warnings), (4, 2, 2));
    }

    #[test]
    fn names_and_lists_are_gone_through_too() {
        let names = file("10.0.0.1,a\n10.0.0.1,b\n10.0.0.2\n");
        let found = of(ContextFiles { names: Some(names.path().into()), ..ContextFiles::default() });
        holds(&findings_of(&found), &["2 warning the same addresses as line 1", "3 fault … found 1 column"]);
        let list = file("192.0.2.1,HIGH\n192.0.2.2,WORST\n192.0.2.3,LOW\n");
        let lists = vec![("own".to_owned(), Service::list(list.path().to_owned()))];
        let found = of(ContextFiles { reputation: lists, ..ContextFiles::default() });
        holds(&findings_of(&found), &["2 fault … WORST"]);
        assert_eq!((found.what.as_str(), found.entries), ("reputation list", 2));
    }

    #[test]
    fn a_list_may_hold_names_only_and_each_once() {
        let list = file("name,label\nevil.example,HIGH\nb.example,LOW\nevil.example,LOW\n");
        let lists = vec![("own".to_owned(), Service::list(list.path().to_owned()))];
        let found = of(ContextFiles { reputation: lists, ..ContextFiles::default() });
        holds(&findings_of(&found), &["4 warning the same name as line 2, which counts"]);
        assert_eq!((found.faults, found.warnings), (0, 1));
    }

    #[test]
    fn entries_of_a_json_document_are_named_by_their_numbers() {
        let list = file(r#"{"type": "cidr", "list": ["192.0.2.0/24", "192.0.2.300", "192.0.2.0/24"]}"#);
        let lists = vec![("own".to_owned(), Service::list(list.path().to_owned()))];
        let found = of(ContextFiles { reputation: lists, ..ContextFiles::default() });
        holds(
            &findings_of(&found),
            &["2 fault entry 2: … 192.0.2.300", "3 warning the same addresses as entry 1"],
        );
        assert_eq!((found.entries, found.faults, found.warnings), (2, 1, 1));
    }

    #[test]
    fn geolocation_is_held_against_its_order() {
        let line = |first: u64, last: u64| {
            format!("\"{first}\",\"{last}\",\"-\",\"-\",\"S\",\"C\",\"1\",\"2\",\"O\",\"D\"\n")
        };
        let sorted = file(&[line(1, 5), line(5, 9), line(10, 9), line(20, 30)].concat());
        let found = of(ContextFiles { geo: vec![sorted.path().into()], ..ContextFiles::default() });
        holds(
            &findings_of(&found),
            &["2 warning overlaps line 1 … 0.0.0.5", "3 fault … ends before it starts"],
        );
        let unsorted = file(&[line(10, 15), line(1, 5), line(3, 4)].concat());
        let found = of(ContextFiles { geo: vec![unsorted.path().into()], ..ContextFiles::default() });
        holds(&findings_of(&found), &["2 warning … not sorted"]);
    }

    #[test]
    fn what_is_not_listed_is_counted() {
        let names = file(&"nonsense\n".repeat(LISTED + 7));
        let found = of(ContextFiles { names: Some(names.path().into()), ..ContextFiles::default() });
        assert_eq!((found.findings.len(), found.faults), (LISTED, LISTED as u64 + 7));
    }
}
