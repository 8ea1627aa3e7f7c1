//! `flow-oa purge`.

use serde_json::json;

use crate::home::{Home, flow, result, results_of, spot};

const DAYS: [&str; 5] = ["2015-12-31", "2016-01-31", "2016-02-01", "2016-02-29", "2016-03-01"];

/// A home with flows, a run and analysts' rows of days before and after ends of months and of a year.
fn prepared() -> Home {
    let home = Home::new();
    let names = DAYS.map(|day| day.replace('-', ""));
    for (day, name) in DAYS.iter().zip(&names) {
        let time = format!("{day} 10:00:00");
        home.write(&format!("{name}.csv"), spot(&[flow(&time, "10.0.0.1", "10.0.0.2", 1)]));
        home.write(&results_of(name), result(&time, "10.0.0.1", "10.0.0.2", "0.1"));
        let values = day.replace('-', ", ");
        home.sql(&format!("INSERT INTO flow_storyboard (ip_threat, y, m, d) VALUES ('i', {values});"));
    }
    let files = names.map(|name| format!("{name}.csv"));
    home.does(&[&["ingest"], &files.each_ref().map(String::as_str)[..]].concat());
    home.run(&["run", "--from-date", DAYS[0], "--to-date", DAYS[4]]).ends_with(66);
    home
}

/// The days of a table.
fn days(home: &Home, table: &str) -> Vec<String> {
    home.rows(&format!("SELECT DISTINCT printf('%04d-%02d-%02d', y, m, d) FROM {table} ORDER BY 1"))
}

#[test]
fn days_before_a_date_go_from_every_table_but_those_of_analysts() {
    let home = prepared();
    for (left, before) in
        ["2016-01-01", "20160201", "20160202", "20160301", "20200101"].into_iter().enumerate()
    {
        let left = left + 1;
        let purged = home.json(&["purge", "--before", before, "--yes"]);
        for table in ["flow", "flow_pair", "flow_minute", "flow_scores", "flow_edge", "flow_ingest_summary"] {
            assert_eq!(days(&home, table), DAYS[left..], "{table} before {before}");
            let counted =
                purged["purged"].as_array().unwrap().iter().find(|entry| entry["table"] == table).unwrap();
            assert_eq!(counted["rows"], 1, "{counted}");
        }
        assert_eq!(home.rows("SELECT day FROM flow_oa_ingest_day ORDER BY day"), DAYS[left..]);
        assert_eq!(home.count("flow_oa_ingest"), (DAYS.len() - left) as u64);
    }
    assert_eq!(days(&home, "flow_storyboard"), DAYS);
    assert_eq!(home.count("flow_oa_history"), 15, "the history forgets nothing");
}

#[test]
fn several_years_go_at_once() {
    let home = prepared();
    home.does(&["purge", "--before", "20160229", "--yes"]);
    assert_eq!(days(&home, "flow"), DAYS[3..]);
    assert_eq!(days(&home, "flow_scores"), DAYS[3..]);
}

#[test]
fn only_named_tables_are_touched_analysts_tables_too() {
    let home = prepared();
    let outcome = home.does(&[
        "purge",
        "--before",
        "20160201",
        "--table",
        "flow_edge",
        "--table",
        "flow_storyboard",
        "-t",
        "flow",
        "--yes",
    ]);
    assert!(outcome.out.contains("deleted: 4 rows of days before 2016-02-01"), "{}", outcome.out);
    for (table, left) in [("flow_edge", 2), ("flow_storyboard", 2), ("flow_scores", 0), ("flow", 0)] {
        assert_eq!(days(&home, table), DAYS[left..], "{table}");
    }
    assert_eq!(home.count("flow_oa_ingest"), 5);
}

#[test]
fn raw_flows_and_their_sums_go_together() {
    let home = prepared();
    home.does(&["purge", "--before", "20160201", "--table", "flow", "--yes"]);
    for (table, left) in [("flow", 2), ("flow_pair", 2), ("flow_minute", 2), ("flow_scores", 0)] {
        assert_eq!(days(&home, table), DAYS[left..], "{table}");
    }
    home.run(&["purge", "--before", "20160201", "--table", "flow_pair", "--yes"])
        .ends_with(2)
        .complains(&["flow_pair sums up flow", "--table flow"]);
}

#[test]
fn a_file_whose_days_were_purged_can_be_ingested_again_and_replaces_no_rows_of_others() {
    let home = prepared();
    home.does(&["purge", "--before", "20200101", "--yes"]);
    home.does(&["ingest", "20160229.csv"]);
    home.does(&["ingest", "20160301.csv"]);
    home.does(&["ingest", "20160301.csv", "--replace"]);
    assert_eq!(days(&home, "flow"), ["2016-02-29", "2016-03-01"]);
}

#[test]
fn nothing_goes_without_a_yes_where_nobody_can_be_asked() {
    let home = prepared();
    let before = home.everything();
    home.run(&["purge", "--before", "20160201"]).ends_with(2).complains(&[
        "flow_scores",
        "--yes",
        "nothing was changed",
    ]);
    home.command(&["purge", "--before", "20160201"]).write_stdin("y\n").assert().code(2);
    let report = home.run(&["purge", "--before", "20160201", "--output", "json"]).ends_with(2).json();
    assert_eq!(report["preview"]["before"], "2016-02-01");
    let of_scores = |value: &&serde_json::Value| value["table"] == "flow_scores";
    let tables = report["preview"]["tables"].as_array().unwrap();
    assert_eq!(tables.iter().find(of_scores).unwrap()["rows"], 2);
    assert_eq!(home.everything(), before);
    assert_eq!(home.value("SELECT count(*) FROM flow_oa_history WHERE command = 'purge'"), "0");
}

#[test]
fn nothing_to_take_out_is_no_question() {
    let home = prepared();
    let outcome = home.does(&["purge", "--before", "20151231"]);
    assert!(outcome.out.contains("no rows of days before 2015-12-31"), "{}", outcome.out);
}

#[test]
fn a_table_that_is_not_there_is_refused_with_the_one_that_was_meant() {
    let home = Home::new();
    home.run(&["purge", "--before", "20160201", "--table", "flow_edges", "--yes"])
        .ends_with(2)
        .complains(&["did you mean flow_edge?"]);
    home.run(&["purge", "--before", "20160201", "--table", "flow_oa_history", "--yes"]).ends_with(2);
    home.run(&["purge", "--yes"]).ends_with(2).complains(&["--before"]);
}

#[test]
fn a_purge_is_in_the_history() {
    let home = prepared();
    home.does(&["purge", "--before", "20160201", "--yes"]);
    let history = home.json(&["history", "--last", "1"]);
    let entry = &history["entries"][0];
    assert_eq!((&entry["command"], &entry["day"]), (&json!("purge"), &json!("2016-02-01")));
    assert_eq!(history["stale"], json!([]), "days that are gone need no run");
    assert!(home.does(&["history"]).out.contains("before 2016-02-01"));
}
