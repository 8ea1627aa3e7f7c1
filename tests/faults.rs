//! The reports for a broken schema: at least one case per code, with the exact report, so that a worse message is
//! noticed. Codes of changes have their cases in `goldens/changes`.
//!
//! A case is a folder of `goldens/faults` that is named after its code, such as `FO0003-unknown-key`. It holds
//! `expected.txt` and only the files that differ from the valid schema in `goldens/faults/base`, under the same
//! paths. `NAME.delete` removes the base's file `NAME`. A case with a `flow_oa.json` is about settings instead.

#![allow(clippy::expect_used, reason = "a test that panics has found something")]

use std::path::{Path, PathBuf};

use flow_oa_schema::{Code, Faults, Files, check};
use overlays::{EXPECTED, code_of, lay};

#[path = "support/golden.rs"]
mod golden;
#[path = "support/overlays.rs"]
mod overlays;

const SETTINGS: &str = "flow_oa.json";

fn faults() -> PathBuf {
    golden::tests_folder().join("goldens/faults")
}

fn base() -> PathBuf {
    faults().join("base")
}

fn cases() -> Vec<PathBuf> {
    golden::folders(&faults()).into_iter().filter(|folder| *folder != base()).collect()
}

/// The faults of the base with `case` overlaid on it. Paths in them are relative to the schema folder.
fn faults_of(case: &Path) -> Faults {
    if let Ok(text) = std::fs::read_to_string(case.join(SETTINGS)) {
        let outside = flow_oa_settings::Outside {
            is_zone: &|zone| zone == "UTC",
            fault_of_place: &|place| {
                place.starts_with("s3:").then(|| format!("{place}: is read from nowhere"))
            },
            is_local: &|place| !place.contains("://"),
        };
        let checked = flow_oa_settings::settings(SETTINGS, &text, &outside);
        return checked.map(|_| ()).expect_err("the settings of a case have a fault");
    }
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    lay(&base(), folder.path());
    lay(case, folder.path());
    let mut files = Files::read(folder.path());
    files.shown.clear();
    match check(&files) {
        Ok(schema) if schema.warnings.is_empty() => panic!("{}: no fault was found", case.display()),
        Ok(schema) => Faults::from(schema.warnings),
        Err(faults) => faults,
    }
}

#[test]
fn the_base_has_no_fault() {
    if let Err(faults) = check(&Files::read(&base())) {
        panic!("{faults}");
    }
}

#[test]
fn every_case_is_reported_as_expected() {
    for case in cases() {
        let (name, code) = code_of(&case);
        let faults = faults_of(&case);
        assert!(
            faults.list().iter().any(|fault| fault.code == code),
            "{name} does not give its code:\n{faults}"
        );
        golden::hold(&case.join(EXPECTED), &faults.render());
    }
}

#[test]
fn every_code_has_a_case() {
    let found: Vec<Code> = cases().iter().map(|case| code_of(case).1).collect();
    let absent: Vec<&str> =
        Code::all().filter(|code| !code.is_about_changes() && !found.contains(code)).map(Code::id).collect();
    assert!(absent.is_empty(), "no case in {} for {}", faults().display(), absent.join(", "));
}

#[test]
fn reports_are_sorted_by_file_and_position() {
    for case in cases() {
        let faults = faults_of(&case);
        let places: Vec<(String, usize)> = faults
            .list()
            .iter()
            .map(|fault| {
                (fault.file.as_ref().map_or(fault.place.clone(), |file| file.path.clone()), fault.span.start)
            })
            .collect();
        assert!(places.is_sorted(), "{}: {places:?}", case.display());
    }
}
