//! `flow-oa run --dry-run`.

use std::path::{Path, PathBuf};

use crate::home::{DAY, Home, Outcome, at, result, results_of};

/// Every file and folder below a folder, with its contents.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.push((path.clone(), Vec::new()));
            found.extend(files(&path));
        } else {
            found.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

#[test]
fn a_dry_run_changes_no_file_and_not_a_byte_of_the_database() {
    let home = Home::with_a_day();
    let before = files(&home.path(""));
    home.does(&["run", "-d", DAY, "--dry-run"]);
    home.does(&["run", "--from-date", DAY, "--to-date", DAY, "--dry-run"]);
    assert!(files(&home.path("")) == before, "something changed");
}

#[test]
fn it_states_the_rows_of_every_table() {
    let home = Home::with_a_day();
    let rows = |summary: &serde_json::Value| -> Vec<(String, u64, u64)> {
        let row = |value: &serde_json::Value| {
            let number = |name: &str| value[name].as_u64().unwrap();
            (value["table"].as_str().unwrap().to_owned(), number("rows"), number("replaced"))
        };
        summary["tables"].as_array().unwrap().iter().map(row).collect()
    };
    for _ in 0..2 {
        let expected = home.json(&["run", "-d", DAY, "--dry-run"]);
        let done = home.json(&["run", "-d", DAY]);
        assert_eq!(rows(&expected), rows(&done));
        assert_eq!(rows(&done)[0].1, 2);
        for count in ["read", "stored", "rejected", "skipped"] {
            assert_eq!(expected[count], done[count], "{count}");
        }
    }
}

#[test]
fn every_statement_is_shown_with_its_values() {
    let home = Home::with_a_day();
    let text = home.does(&["run", "-d", DAY, "--dry-run", "--quiet"]).out;
    let rows = |first: &str| text.lines().filter(|line| line.starts_with(first)).count();
    for table in ["flow_scores", "flow_edge", "flow_chords", "flow_ingest_summary"] {
        assert_eq!(rows(&format!("DELETE FROM \"{table}\"")), 1, "{table}:\n{text}");
    }
    for table in ["flow_edge", "flow_chords", "flow_ingest_summary"] {
        assert_eq!(rows(&format!("INSERT INTO \"{table}\" ")), 1, "{table}:\n{text}");
    }
    let scores = "INSERT OR ROLLBACK INTO \"flow_scores\" ";
    assert_eq!(rows(scores), 1, "{text}");
    assert!(text.contains("-- values: 2016, 7, 8\n"), "{text}");
    assert!(
        text.contains("-- row 2: '2016-07-08 10:00:01', '10.0.0.1', '10.0.0.3', 1025, 80, 'TCP'"),
        "{text}"
    );
    assert!(text.contains("INSERT INTO \"flow_oa_history\""), "{text}");
    assert_eq!((rows("BEGIN"), rows("COMMIT")), (2, 2), "{text}");
    let json = home.json(&["run", "-d", DAY, "--dry-run"]);
    let statements = json["statements"].as_array().unwrap().iter();
    let scores: Vec<_> =
        statements.filter(|statement| statement["sql"].as_str().unwrap().starts_with(scores)).collect();
    assert_eq!((scores.len(), scores[0]["rows"].as_array().unwrap().len()), (1, 2));
}

#[test]
fn it_fails_as_a_run_does_and_writes_nothing_down() {
    let home = Home::with_a_day();
    home.has_results(&["bad".to_owned()]);
    home.run(&["run", "-d", DAY, "--dry-run"]).ends_with(65).complains(&["flow_results.csv:1"]);
    std::fs::remove_file(home.path(&results_of(DAY))).unwrap();
    home.run(&["run", "-d", DAY, "--dry-run"]).ends_with(66);
    assert_eq!(home.rows("SELECT command FROM flow_oa_history"), ["ingest"]);
    let empty = Home::bare();
    empty.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    empty.run(&["run", "-d", DAY, "--dry-run"]).ends_with(78).complains(&["flow-oa init"]);
    assert!(!empty.path("data").exists());
}

#[test]
fn a_database_without_tables_fails_it() {
    let home = Home::with_a_day();
    home.sql("DROP TABLE flow_edge");
    home.run(&["run", "-d", DAY, "--dry-run"]).ends_with(78).complains(&["flow_edge: the table is missing"]);
}

#[test]
fn a_dry_run_of_a_range_leaves_out_days_that_would_not_change() {
    let home = Home::with_a_day();
    home.runs_day();
    home.write(&results_of("20160709"), result("2016-07-09 10:00:00", "10.0.0.1", "10.0.0.2", "0.3"));
    let range = ["run", "--from-date", "20160708", "--to-date", "20160709", "--dry-run"];
    let json = home.json(&range);
    let statuses: Vec<_> = json["days"].as_array().unwrap().iter().map(|day| day["status"].clone()).collect();
    assert_eq!(statuses, ["unchanged", "dry_run"]);
    let outcome = home.does(&range);
    assert!(outcome.out.contains("1 would be run, 1 unchanged"), "{}", outcome.out);
    assert_eq!(home.rows("SELECT DISTINCT d FROM flow_scores"), ["8"]);
}

#[test]
fn it_waits_for_no_writer() {
    let home = Home::with_a_day();
    let writer = home.database();
    writer.execute_batch("BEGIN IMMEDIATE; DELETE FROM flow_scores").unwrap();
    for days in [&["-d", DAY][..], &["--from-date", DAY, "--to-date", DAY]] {
        let mut command = home.command(&[&["run", "--dry-run"], days].concat());
        Outcome::of(command.env("FLOW_OA_DATABASE_WAIT_MS", "50")).ends_with(0);
    }
    writer.execute_batch("ROLLBACK").unwrap();
}
