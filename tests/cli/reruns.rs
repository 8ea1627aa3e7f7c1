//! A run of a day that was run before, or that another process works on.

use crate::home::{DAY, Home, at, result, results_of};

/// The tables that analysts fill, with one row each.
const ANALYSTS_ROWS: &str = "
    INSERT INTO flow_threat_investigation (tstart, srcip, dstip, srcport, dstport, proto, note, y, m, d)
    VALUES ('t', 's', 'd', 1, 2, 'TCP', 'mine', 2016, 7, 8);
    INSERT INTO flow_storyboard (ip_threat, title, y, m, d) VALUES ('i', 'mine', 2016, 7, 8);
    INSERT INTO flow_timeline (ip_threat, srcip, dstip, proto, sport, dport, y, m, d)
    VALUES ('i', 's', 'd', 'TCP', 1, 2, 2016, 7, 8);";

#[test]
fn the_same_input_twice_gives_the_same_rows_and_the_same_file() {
    let home = Home::with_a_day();
    home.runs_day();
    let (rows, file) = (home.everything(), home.read("data/flow/20160708/flow_scores.csv"));
    let outcome = home.json(&["run", "-d", "2016-07-08"]);
    assert_eq!(home.everything(), rows);
    assert_eq!(home.read("data/flow/20160708/flow_scores.csv"), file);
    let replaced: Vec<(String, u64)> = outcome["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|table| (table["table"].as_str().unwrap().to_owned(), table["replaced"].as_u64().unwrap()))
        .collect();
    let expected = [("flow_scores", 2), ("flow_chords", 2), ("flow_edge", 2), ("flow_ingest_summary", 1)];
    assert_eq!(replaced, expected.map(|(table, rows)| (table.to_owned(), rows)));
}

#[test]
fn a_second_run_replaces_its_day_and_touches_neither_other_days_nor_raw_flows_nor_analysts_tables() {
    let home = Home::with_a_day();
    home.runs_day();
    home.write(&results_of("20160709"), result("2016-07-09 10:00:00", "10.0.0.1", "10.0.0.2", "0.3"));
    home.does(&["run", "-d", "20160709"]);
    home.sql(ANALYSTS_ROWS);
    home.has_results(&[result(&at("10:00:01"), "10.0.0.1", "10.0.0.3", "0.2")]);
    home.runs_day();
    assert_eq!(home.rows("SELECT d, dstip FROM flow_scores ORDER BY d"), ["8|10.0.0.3", "9|10.0.0.2"]);
    assert_eq!((home.count("flow_edge"), home.count("flow_chords"), home.count("flow")), (1, 0, 2));
    for table in ["flow_threat_investigation", "flow_storyboard", "flow_timeline"] {
        assert_eq!(home.count(table), 1, "{table}");
    }
}

#[test]
fn derived_rows_come_from_this_runs_rows_and_not_from_an_earlier_runs() {
    let home = Home::with_a_day();
    home.runs_day();
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    home.runs_day();
    assert_eq!(home.rows("SELECT dstip FROM flow_edge"), ["10.0.0.2"]);
    assert_eq!(home.count("flow_chords"), 0);
}

#[test]
fn a_day_that_another_run_holds_is_refused_at_once_and_other_days_are_not() {
    let home = Home::with_a_day();
    home.runs_day();
    let before = home.everything();
    let lock = std::fs::File::options().append(true).open(home.path("data/flow/20160708/.lock")).unwrap();
    lock.lock().unwrap();
    home.has_results(&[result(&at("10:00:01"), "10.0.0.1", "10.0.0.3", "0.2")]);
    home.run(&["run", "-d", DAY]).ends_with(75).complains(&[
        "another flow-oa",
        "flow of 2016-07-08",
        "nothing was changed",
    ]);
    assert_eq!(home.everything(), before);
    home.write(&results_of("20160709"), result("2016-07-09 10:00:00", "10.0.0.1", "10.0.0.2", "0.3"));
    home.does(&["run", "-d", "20160709"]);
    lock.unlock().unwrap();
    home.runs_day();
    assert_eq!(home.rows("SELECT count(*) FROM flow_scores WHERE d = 8"), ["1"]);
}

#[test]
fn folders_of_earlier_runs_are_no_matter_of_an_engine_with_transactions() {
    let home = Home::with_a_day();
    let refused = home.run(&["run", "-d", DAY, "--keep", "3"]).ends_with(2);
    refused.complains(&["--keep 3", "sqlite:", "impala:// and hive2://", "nothing was changed"]);
    assert_eq!(home.count("flow_scores"), 0);
}

#[test]
fn the_number_of_earlier_runs_is_documented_once_as_a_parameter_of_the_url() {
    let help = Home::new().does(&["run", "--help"]).out;
    assert!(help.contains("keep=N") && !help.contains("--keep"), "{help}");
}
