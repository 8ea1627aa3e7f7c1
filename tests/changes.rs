//! What the comparison of two schema folders reports: at least one case per code, with the exact report.
//!
//! A case is a folder of `goldens/changes` that is named after its code, such as `FO0085-column-gone`. It holds
//! `expected.txt`, and in `new` the files that differ from the schema in `goldens/changes/base`; in `old` those of the
//! earlier version, if it differs from the base, too.

#![allow(clippy::expect_used, reason = "a test that panics has found something")]

use std::path::{Path, PathBuf};

use flow_oa_schema::changes::{Change, Compared, Severity, changes};
use flow_oa_schema::{Code, Files, Schema, check};
use overlays::{EXPECTED, code_of, lay};

#[path = "support/golden.rs"]
mod golden;
#[path = "support/overlays.rs"]
mod overlays;

fn folder() -> PathBuf {
    golden::tests_folder().join("goldens/changes")
}

fn base() -> PathBuf {
    folder().join("base")
}

fn cases() -> Vec<PathBuf> {
    golden::folders(&folder()).into_iter().filter(|folder| *folder != base()).collect()
}

/// One version of a case: the base with the overlay on it, if there is one.
fn version(case: &Path, name: &str) -> (Files, Schema) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    lay(&base(), folder.path());
    if case.join(name).is_dir() {
        lay(&case.join(name), folder.path());
    }
    let mut files = Files::read(folder.path());
    files.shown = name.to_owned();
    let schema = check(&files).unwrap_or_else(|faults| panic!("{}, {name}:\n{faults}", case.display()));
    (files, schema)
}

/// The changes of a case, and their report.
fn compared(case: &Path) -> (Vec<Change>, String) {
    let ((old, before), (new, after)) = (version(case, "old"), version(case, "new"));
    let found = changes(&before, &after);
    let report = Compared { old: &old, new: &new }.render(&found);
    (found, report)
}

#[test]
fn every_case_is_reported_as_expected() {
    for case in cases() {
        let (name, code) = code_of(&case);
        let (found, report) = compared(&case);
        assert!(found.iter().any(|change| change.code() == code), "{name} lacks its code:\n{report}");
        golden::hold(&case.join(EXPECTED), &report);
    }
}

#[test]
fn every_code_has_a_case() {
    let found: Vec<Code> = cases().iter().map(|case| code_of(case).1).collect();
    let absent = Code::all().filter(|code| code.is_about_changes() && !found.contains(code));
    let absent: Vec<&str> = absent.map(Code::id).collect();
    assert!(absent.is_empty(), "no case in {} for {}", folder().display(), absent.join(", "));
}

#[test]
fn a_schema_differs_in_nothing_from_itself() {
    let own = golden::tests_folder().join("../schema");
    for folder in [base(), own, golden::tests_folder().join("goldens/schemas/logins")] {
        if let Ok(schema) = check(&Files::read(&folder)) {
            assert_eq!(changes(&schema, &schema), [], "{}", folder.display());
        }
    }
}

#[test]
fn only_breaking_changes_are_refused_and_the_most_severe_are_first() {
    for case in cases() {
        let (found, report) = compared(&case);
        let severities: Vec<Severity> = found.iter().map(Change::severity).collect();
        assert!(severities.is_sorted(), "{report}");
        let refused = found.iter().filter(|change| change.is_refused());
        assert!(refused.into_iter().all(|change| change.severity() == Severity::Breaking), "{report}");
    }
}
