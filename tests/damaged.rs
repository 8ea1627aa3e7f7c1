//! Damaged or unsuitable input: the exact report, the exit code, and that nothing was changed.
//!
//! A case is a file of `damaged/TOPIC`. The report is beside it, under the same name with `.txt`:
//!
//! ```json
//! { "about": "A quote in the second record never closes.",
//!   "files": { "flows.csv": ["header", "first line", "\"second line"] },
//!   "run": ["ingest", "flows.csv"],
//!   "exit": 65 }
//! ```
//!
//! The program starts in a home that already holds a day. [`content::Content`] defines what a file may contain.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has found something")]

#[path = "damaged/content.rs"]
mod content;
#[path = "support/golden.rs"]
mod golden;
#[path = "cli/home.rs"]
#[allow(dead_code, reason = "each test takes what it needs of this")]
mod home;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use content::Content;
use home::{Home, Outcome, at, flow, result};
use nix::sys::resource::{UsageWho, getrusage};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What is wrong, for readers of the case.
    #[serde(rename = "about")]
    _about: String,
    #[serde(default)]
    files: BTreeMap<String, Content>,
    stdin: Option<Content>,
    run: Vec<String>,
    exit: i32,
}

/// The maximum memory of the program in MiB, regardless of the size of its input.
const MOST_MEMORY: i64 = 150;

#[test]
fn every_case_is_reported_as_expected_and_changes_nothing() {
    let template = template();
    let cases = cases();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    let faults: Vec<String> = cases.iter().filter_map(|case| fault_of(case, &template)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let most = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss() / 1024;
    assert!(most < MOST_MEMORY, "the program took {most} MiB");
}

/// The differences from the case and its report, if any.
fn fault_of(path: &Path, template: &Home) -> Option<String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).unwrap();
    let case: Case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{shown}: {error}"));
    let home = Home::bare();
    lay(&template.path(""), &home.path(""));
    for (name, content) in &case.files {
        content.put(&home.path(name));
    }
    let before = everything(&home);
    let outcome = run(&home, &case);
    golden::hold(&path.with_extension("txt"), &report(&home, &outcome));
    if outcome.code != case.exit {
        return Some(format!(
            "{shown}: exit code {}, expected {}:\n{}",
            outcome.code, case.exit, outcome.err
        ));
    }
    let after = everything(&home);
    (before != after).then(|| format!("{shown}: something was changed: {}", difference(&before, &after)))
}

#[test]
fn every_report_belongs_to_a_case() {
    for topic in golden::folders(&folder()) {
        for report in files_of(&topic, "txt") {
            assert!(report.with_extension("json").is_file(), "{} has no case", report.display());
        }
    }
}

fn folder() -> PathBuf {
    golden::tests_folder().join("damaged")
}

fn cases() -> Vec<PathBuf> {
    golden::folders(&folder()).iter().flat_map(|topic| files_of(topic, "json")).collect()
}

fn files_of(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    found.sort();
    found
}

/// A home with a day in the database and its files.
fn template() -> Home {
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 100)]);
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.5")]);
    home.runs_day();
    home
}

fn lay(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            lay(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn run(home: &Home, case: &Case) -> Outcome {
    let arguments: Vec<&str> = case.run.iter().map(String::as_str).collect();
    let mut command = home.command(&arguments);
    if let Some(stdin) = &case.stdin {
        command.write_stdin(stdin.bytes());
    }
    Outcome::of(&mut command)
}

/// The output of the program, without the path of the home and without the usage line, which changes with every new
/// option.
fn report(home: &Home, outcome: &Outcome) -> String {
    let mut text = format!("exit {}\n", outcome.code);
    for (name, said) in [("standard output", &outcome.out), ("error output", &outcome.err)] {
        if !said.is_empty() {
            let _ = writeln!(text, "--- {name}");
            let lines = said.split_inclusive('\n').filter(|line| !line.starts_with("Usage: "));
            text.extend(lines);
        }
    }
    text.replace(home.path("").to_str().unwrap().trim_end_matches('/'), "HOME")
}

const DATABASE: &str = "data/flow_oa.db";

/// Every row and every file with its contents, to detect changes. The program's own ledger may record a failure.
fn everything(home: &Home) -> BTreeMap<String, String> {
    let mut all = BTreeMap::from([("rows".to_owned(), home.everything().join("\n"))]);
    files(&home.path(""), "", &mut all);
    all
}

fn files(folder: &Path, prefix: &str, all: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            all.insert(name.clone(), "a folder".to_owned());
            files(&entry.path(), &format!("{name}/"), all);
        } else if kind.is_file() && name != DATABASE && entry.metadata().unwrap().len() < 1 << 20 {
            all.insert(name, String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).into_owned());
        } else {
            all.insert(name, "a large or special file".to_owned());
        }
    }
}

fn difference(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> String {
    let names = before.keys().chain(after.keys());
    let changed: std::collections::BTreeSet<_> =
        names.filter(|name| before.get(*name) != after.get(*name)).collect();
    format!("{changed:?}")
}
