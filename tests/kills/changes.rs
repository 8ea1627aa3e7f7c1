//! Inputs that change while they are read: the program waits at a fail point while the test changes the file.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flow_oa_core::failpoints::VARIABLE;

use crate::home::{DAY, Home, Outcome, PATIENCE, PROGRAM, at, flow, result, results_of, spot};

/// Starts the program, waits until it reaches `point`, runs `meanwhile`, and lets the program continue.
fn held(home: &Home, arguments: &[&str], point: &str, meanwhile: impl FnOnce()) -> Outcome {
    let gate = home.path("gate");
    let child = Command::new(PROGRAM)
        .args(arguments)
        .current_dir(home.path(""))
        .env("FLOW_OA_HOME", home.path(""))
        .env(VARIABLE, format!("{point}=wait:{}", gate.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until(|| gate.exists());
    meanwhile();
    std::fs::remove_file(gate).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Outcome { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn until(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "waited in vain");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn ready() -> Home {
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    home.write(
        "context/iploc.csv",
        "\"167772160\",\"184549375\",\"-\",\"-\",\"S\",\"C\",\"0\",\"0\",\"O\",\"D\"\n",
    );
    home.write("more.csv", spot(&[flow(&at("11:00:00"), "10.0.0.1", "10.0.0.3", 2)]));
    home
}

/// The words that the message must contain, and the change of the file.
type Change = (&'static str, fn(&Path));

const CHANGES: [Change; 4] = [
    ("changed while it was read", |path| {
        use std::io::Write as _;
        std::fs::File::options().append(true).open(path).unwrap().write_all(b"2016-07").unwrap();
    }),
    ("changed while it was read", |path| {
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    }),
    ("was replaced", |path| {
        let other = path.with_extension("new");
        std::fs::copy(path, &other).unwrap();
        std::fs::rename(other, path).unwrap();
    }),
    ("went away", |path| std::fs::remove_file(path).unwrap()),
];

/// The command refuses every change of `file` at `point`, and nothing is changed.
fn refused(arguments: &[&str], point: &str, file: &str) {
    for (word, change) in CHANGES {
        let home = ready();
        let before = home.everything();
        held(&home, arguments, point, || change(&home.path(file)))
            .ends_with(75)
            .complains(&[file, word, "run the same command again"])
            .changes_nothing();
        assert_eq!(home.everything(), before, "{word}");
        assert!(!home.path("data/flow/20160708/flow_scores.csv").exists());
    }
}

#[test]
fn results_that_change_before_the_day_lasts_are_refused() {
    refused(&["run", "-d", DAY], "run-results", &results_of(DAY));
    refused(&["run", "-d", DAY], "run-done", &results_of(DAY));
}

#[test]
fn raw_flows_that_change_while_they_are_read_are_refused() {
    refused(&["ingest", "more.csv"], "ingest-opened", "more.csv");
    refused(&["ingest", "more.csv"], "ingest-batch", "more.csv");
}

#[test]
fn context_that_changes_while_it_is_read_is_refused() {
    refused(&["run", "-d", DAY], "run-answers", "context/iploc.csv");
}

#[test]
fn two_runs_of_one_day_the_second_is_refused_at_once_and_the_first_is_done() {
    let home = ready();
    let started = Instant::now();
    held(&home, &["run", "-d", DAY], "run-begun", || {
        home.run(&["run", "-d", DAY]).ends_with(75).complains(&["another flow-oa", "2016-07-08"]);
        assert!(started.elapsed() < Duration::from_secs(20));
    })
    .ends_with(0);
    assert_eq!(home.count("flow_scores"), 1);
}

#[test]
fn whoever_holds_the_database_is_waited_for_only_so_long() {
    let home = ready();
    let impatient = |arguments: &[&str]| {
        Outcome::of(home.command(arguments).env("FLOW_OA_DATABASE_WAIT_MS", "50")).ends_with(75)
    };
    home.write(&results_of("20160709"), result("2016-07-09 10:00:00", "10.0.0.1", "10.0.0.2", "0.3"));
    held(&home, &["run", "-d", DAY], "run-table", || {
        for other in [&["run", "-d", "20160709"][..], &["ingest", "more.csv"], &["init", "--add-columns"]] {
            impatient(other).complains(&[
                "held by another program",
                "nothing was changed",
                "try again later",
            ]);
        }
    })
    .ends_with(0);
    assert_eq!((home.count("flow_scores"), home.count("flow")), (1, 1));
    home.does(&["run", "-d", "20160709"]);
    home.does(&["ingest", "more.csv"]);
}
