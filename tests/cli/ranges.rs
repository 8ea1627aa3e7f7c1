//! `flow-oa run` for several days.

use serde_json::Value;

use crate::home::{Home, Outcome, at, flow, result, results_of, spot};

const RANGE: [&str; 5] = ["run", "--from-date", "20160707", "--to-date", "2016-07-09"];

/// A result of a day.
fn of_day(day: &str, score: &str) -> String {
    result(&format!("2016-07-{day} 10:00:00"), "10.0.0.1", "10.0.0.2", score)
}

/// A home with results of the 7th and the 9th, and a flow of the 8th.
fn prepared() -> Home {
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
    for day in ["07", "09"] {
        home.write(&results_of(&format!("201607{day}")), of_day(day, "0.1"));
    }
    home
}

/// A home with results of all three days, all of which were run.
fn done() -> Home {
    let home = prepared();
    home.write(&results_of("20160708"), of_day("08", "0.1"));
    home.does(&RANGE);
    home
}

fn range(home: &Home, more: &[&str]) -> Outcome {
    home.run(&[&RANGE, more].concat())
}

/// The status of each day.
fn statuses(outcome: &Outcome) -> Vec<String> {
    let days = outcome.json()["days"].clone();
    days.as_array().unwrap().iter().map(|day| day["status"].as_str().unwrap().to_owned()).collect()
}

/// The status of each day of a successful range.
fn again(home: &Home) -> Vec<String> {
    statuses(&range(home, &["--output", "json"]).ends_with(0))
}

#[test]
fn a_day_without_results_is_passed_over_and_the_end_is_66() {
    let home = prepared();
    let outcome = range(&home, &[]).ends_with(66);
    assert_eq!(home.rows("SELECT d FROM flow_scores ORDER BY d"), ["7", "9"]);
    assert!(outcome.err.contains("2016-07-08: skipped: there are no results in"), "{}", outcome.err);
    assert!(outcome.out.contains("2 run, 0 unchanged, 1 without results"), "{}", outcome.out);
    assert_eq!(home.value("SELECT count(*) FROM flow_oa_history WHERE command = 'run'"), "2");
    range(&home, &["--quiet"]).ends_with(66).complains(&["2016-07-08: skipped"]);
}

#[test]
fn days_that_would_not_change_are_left_alone_unless_they_are_forced() {
    let home = done();
    let outcome = range(&home, &[]).ends_with(0);
    assert!(
        outcome.err.contains("2016-07-09: skipped: nothing changed since run 4; --force"),
        "{}",
        outcome.err
    );
    assert_eq!(again(&home), ["unchanged"; 3]);
    assert_eq!(statuses(&range(&home, &["--force", "--output", "json"])), ["done"; 3]);
    assert_eq!(home.json(&["run", "-d", "20160708"])["stored"], 1, "one day alone is always run");
}

#[test]
fn a_day_is_run_again_when_its_results_change() {
    let home = done();
    home.write(&results_of("20160708"), of_day("08", "0.2"));
    assert_eq!(again(&home), ["unchanged", "done", "unchanged"]);
    assert_eq!(again(&home), ["unchanged"; 3]);
}

#[test]
fn results_that_are_packed_or_longer_than_the_limit_are_no_change() {
    let home = Home::new();
    let first = of_day("08", "0.1");
    home.write(&results_of("20160708"), &first);
    let run = ["run", "--from-date", "20160708", "--to-date", "20160708", "-l", "1", "--output", "json"];
    assert_eq!(statuses(&home.does(&run)), ["done"]);
    let longer = format!("{first}\n{}\n", of_day("08", "0.2"));
    home.write(&results_of("20160708"), crate::home::gzip(longer.as_bytes()));
    assert_eq!(statuses(&home.does(&run)), ["unchanged"]);
}

#[test]
fn a_day_is_run_again_when_its_flows_change_and_other_days_are_not() {
    let home = done();
    home.write("late.csv", spot(&[flow(&at("10:00:30"), "10.0.0.1", "10.0.0.2", 2)]));
    home.does(&["ingest", "late.csv"]);
    assert_eq!(again(&home), ["unchanged", "done", "unchanged"]);
    assert_eq!(home.count("flow_edge"), 2);
}

#[test]
fn all_days_are_run_again_when_limit_or_context_change() {
    let home = done();
    assert_eq!(statuses(&range(&home, &["-l", "9", "--output", "json"])), ["done"; 3]);
    assert_eq!(again(&home), ["done"; 3], "the last good run had another limit");
    home.write("context/reputation.csv", "10.0.0.2,HIGH,3\n");
    assert_eq!(again(&home), ["done"; 3]);
    assert_eq!(again(&home), ["unchanged"; 3]);
    assert_eq!(home.rows("SELECT DISTINCT dst_rep FROM flow_scores"), ["list:HIGH:3"]);
}

#[test]
fn a_day_whose_rows_were_purged_or_whose_file_is_not_what_was_written_is_run_again() {
    let home = done();
    home.write("data/flow/20160708/flow_scores.csv", "cut sh");
    std::fs::remove_file(home.path("data/flow/20160709/flow_scores.csv")).unwrap();
    assert_eq!(again(&home), ["unchanged", "done", "done"]);
    home.does(&["purge", "--before", "20160709", "--table", "flow_edge", "--yes"]);
    assert_eq!(again(&home), ["done", "done", "unchanged"]);
}

#[test]
fn a_run_that_failed_does_not_make_the_last_good_one_old() {
    let home = done();
    home.write(&results_of("20160708"), "bad");
    home.run(&["run", "-d", "20160708"]).ends_with(65);
    home.write(&results_of("20160708"), of_day("08", "0.1"));
    assert_eq!(again(&home), ["unchanged"; 3]);
}

#[test]
fn a_day_that_fails_stops_the_range_and_the_same_command_goes_on_there() {
    let home = prepared();
    home.write(&results_of("20160708"), "bad\n");
    let outcome = range(&home, &["--output", "json"])
        .ends_with(65)
        .complains(&["stopped at 2016-07-08; done before it: 2016-07-07", "flow_results.csv:1"]);
    assert_eq!(statuses(&outcome), ["done"]);
    let stopped: Value = outcome.json()["stopped"].clone();
    assert_eq!((stopped["day"].as_str(), stopped["exit_code"].as_i64()), (Some("2016-07-08"), Some(65)));
    assert_eq!(home.rows("SELECT d FROM flow_scores"), ["7"]);
    home.write(&results_of("20160708"), of_day("08", "0.1"));
    assert_eq!(again(&home), ["unchanged", "done", "done"]);
}

#[test]
fn a_range_crosses_months_and_years() {
    let home = Home::new();
    let days = ["2015-12-31", "2016-01-01", "2016-02-29", "2016-03-01"];
    for day in days {
        let line = result(&format!("{day} 10:00:00"), "10.0.0.1", "10.0.0.2", "0.1");
        home.write(&results_of(&day.replace('-', "")), line);
    }
    home.run(&["run", "--from-date", "20151230", "--to-date", "20160302"]).ends_with(66);
    assert_eq!(
        home.rows("SELECT y, m, d FROM flow_scores ORDER BY y, m, d"),
        ["2015|12|31", "2016|1|1", "2016|2|29", "2016|3|1"]
    );
}

#[test]
fn arguments_that_make_no_sense_together_are_refused() {
    let home = Home::new();
    for arguments in [
        &["--from-date", "20160708"][..],
        &["--to-date", "20160708"],
        &["--from-date", "20160708", "--to-date", "20160709", "-d", "20160708"],
        &["--from-date", "20160709", "--to-date", "20160708"],
        &["--from-date", "20160708", "--to-date", "20160708", "--results", "one.csv"],
        &["-d", "20160708", "--force"],
    ] {
        home.run(&[&["run"], arguments].concat()).ends_with(2);
    }
}
