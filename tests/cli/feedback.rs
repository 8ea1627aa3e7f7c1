//! The feedback file, parsed as spot-ml parses it.

use crate::home::{DAY, Home, Outcome, at, flow, result};

const FILE: &str = "flow/scored_results/20160708/feedback/ml_feedback.csv";

fn home() -> Home {
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "192.0.2.7", 100)]);
    home.has_results(&[
        result(&at("10:00:00"), "10.0.0.1", "192.0.2.7", "0.1"),
        result(&at("10:20:30"), "10.0.0.1", "192.0.2.8", "0.2"),
        result(&at("10:20:30"), "10.0.0.1", "192.0.2.8", "0.3"),
        result(&at("23:59:59"), "2001:db8::1", "192.0.2.9", "0.4"),
    ]);
    home.runs_day();
    home
}

/// What spot-ml learns from: lines of severity 3 except the first line, split at tabs, by position. The time is split
/// at a blank and at colons (spot-ml, `FlowFeedback`).
fn learnt(text: &str) -> Vec<String> {
    let number =
        |text: &str| text.trim().parse::<i64>().unwrap_or_else(|_| panic!("{text:?} is not a number"));
    let mut learnt = Vec::new();
    for line in text.lines().skip(1) {
        let row: Vec<&str> = line.split('\t').collect();
        if number(row[0]) != 3 {
            continue;
        }
        let time: Vec<i64> = row[1].split(' ').nth(1).expect("a time").split(':').map(number).collect();
        let [hour, minute, second] = time[..] else { panic!("{line}") };
        let [sport, dport, packets, bytes] = [4, 5, 6, 7].map(|at| number(row[at]));
        learnt.push(format!(
            "{hour}:{minute}:{second} {} {} {sport} {dport} {packets} {bytes}",
            row[2], row[3]
        ));
    }
    learnt
}

fn score(home: &Home, arguments: &[&str]) {
    home.does(&[&["score", "-d", DAY, "--by", "ann"], arguments].concat()).says(&["ml_feedback.csv"]);
}

#[test]
fn what_was_scored_is_learnt_from_as_spot_ml_does() {
    let home = home();
    score(&home, &["--rank", "0", "-s", "high"]);
    assert!(learnt(&home.read(FILE)).is_empty());
    score(&home, &["--rank", "1", "-s", "low", "--note", "a\ttab"]);
    score(&home, &["--rank", "3", "-s", "low"]);
    let text = home.read(FILE);
    assert_eq!(text.lines().next(), Some("sev\ttstart\tsrcIP\tdstIP\tsport\tdport\tipkt\tibyt"));
    assert_eq!(text.lines().count(), 5, "a line for each suspicious row: {text}");
    let twice = "10:20:30 10.0.0.1 192.0.2.8 1025 80 3 100";
    assert_eq!(learnt(&text), [twice, twice, "23:59:59 2001:db8::1 192.0.2.9 1025 80 3 100"]);
    score(&home, &["--rank", "2", "--unscore", "-y"]);
    assert_eq!(learnt(&home.read(FILE)).len(), 1);
}

#[test]
fn it_can_be_written_again_and_elsewhere() {
    let home = home();
    score(&home, &["--rank", "1", "-s", "low"]);
    std::fs::remove_file(home.path(FILE)).unwrap();
    home.does(&["feedback", "-d", DAY]).says(&["2 lines"]);
    assert_eq!(learnt(&home.read(FILE)).len(), 2);
    home.does(&["feedback", "-d", DAY, "--results-root", "other"]);
    assert_eq!(home.read(&format!("other/{FILE}")), home.read(FILE));
}

#[test]
fn scores_are_stored_even_where_the_file_cannot_be_written() {
    let home = home();
    home.write("flow/scored_results/20160708/feedback", "a file where a folder belongs");
    home.run(&["score", "-d", DAY, "--by", "ann", "--rank", "0", "-s", "low"]).ends_with(73).complains(&[
        "the scores are stored, but the feedback file is not written",
        "flow-oa feedback -d 2016-07-08",
    ]);
    assert_eq!(home.count("flow_threat_investigation"), 1);
    home.write("flow_oa.json", r#"{"results_root": "http://127.0.0.1:9/x"}"#);
    home.run(&["feedback", "-d", DAY]).ends_with(78).complains(&["not written over http"]);
}

#[test]
fn the_environment_names_the_root_of_results_for_every_command() {
    let home = home();
    let elsewhere = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        Outcome::of(command.env("FLOW_OA_RESULTS_ROOT", "other")).ends_with(0)
    };
    let file = format!("other/{FILE}");
    elsewhere(&["score", "-d", DAY, "--by", "ann", "--rank", "0", "-s", "low"]).says(&[&file]);
    assert_eq!(home.read(&file).lines().count(), 2);
    let backup = elsewhere(&["reset", "-d", DAY, "--yes", "--output", "json"]).json()["backup"].clone();
    assert_eq!(home.read(&file).lines().count(), 1);
    elsewhere(&["restore", backup.as_str().unwrap()]);
    assert_eq!(home.read(&file).lines().count(), 2);
    elsewhere(&["rank", "-d", DAY]).says(&["other/flow/scored_results"]);
    assert!(!home.path(FILE).exists());
    home.does(&["feedback", "-d", DAY]).says(&["2016"]);
    assert!(home.path(FILE).exists(), "without it, the home is the root");
}

#[test]
fn what_was_scored_is_learnt_from_when_the_day_was_run_again_without_it() {
    let home = home();
    score(&home, &["--rank", "1", "-s", "low"]);
    score(&home, &["--rank", "3", "-s", "low"]);
    home.does(&["run", "-d", DAY, "-l", "1"]);
    score(&home, &["--rank", "0", "-s", "low"]);
    let lines = [
        "10:0:0 10.0.0.1 192.0.2.7 1025 80 3 100",
        "10:20:30 10.0.0.1 192.0.2.8 1025 80 3 100",
        "23:59:59 2001:db8::1 192.0.2.9 1025 80 3 100",
    ];
    assert_eq!(learnt(&home.read(FILE)), lines, "one line of each connection whose rows are gone");
    score(&home, &["--filter", "dstip=192.0.2.8", "--unscore", "-y"]);
    assert_eq!(learnt(&home.read(FILE)), [lines[0], lines[2]]);
    home.sql("UPDATE flow_threat_investigation SET ipkt = NULL");
    home.does(&["feedback", "-d", DAY]).says(&["1 line "]);
    assert_eq!(learnt(&home.read(FILE)), [lines[0]], "what nobody knows is left out");
}

#[test]
fn a_file_of_another_program_is_copied_before_it_is_replaced() {
    let copies = |home: &Home| {
        let entries = std::fs::read_dir(home.path("data/flow/20160708")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with("feedback-before-")).collect::<Vec<_>>()
    };
    let home = home();
    let other = "sev\ttstart\tsrcIP\tdstIP\tsport\tdport\tipkt\tibyt\n\
                 3\t2016-07-08 09:00:00\t10.0.0.9\t192.0.2.1\t1\t2\t3\t4\n\
                 1\t2016-07-08 10:00:00\t10.0.0.1\t192.0.2.7\t1025\t80\t3\t100\n";
    home.write(FILE, other);
    let says = "1 line of the old file came from no score of this database";
    home.does(&["score", "-d", DAY, "--by", "ann", "--rank", "0", "-s", "low"])
        .says(&[says, "feedback-before-"]);
    let found = copies(&home);
    assert_eq!(found.len(), 1);
    assert_eq!(home.read(&format!("data/flow/20160708/{}", found[0])), other);
    assert_eq!(home.read(FILE).lines().count(), 2);
    score(&home, &["--rank", "1", "-s", "low"]);
    score(&home, &["--rank", "0", "-s", "high", "-y"]);
    score(&home, &["--rank", "0", "--unscore", "-y"]);
    let backup = home.does(&["reset", "-d", DAY, "--yes", "--output", "json"]).json()["backup"].clone();
    home.does(&["restore", backup.as_str().unwrap()]);
    assert_eq!(copies(&home), found, "its own lines are not copied");
    home.write(FILE, other);
    let written = home.does(&["feedback", "-d", DAY, "--output", "json"]).json();
    assert_eq!((&written["copy"]["lines"], copies(&home).len()), (&2.into(), 2));
}
