//! `flow-oa rank` never overwrites a results file that no ranking wrote. Also, the history entries of rankings.

use serde_json::json;

use crate::home::{DAY, Home, at, flow, result, results_of, spot};

/// A home with three flows of a day.
fn home() -> Home {
    let home = Home::new();
    home.has_flows(&[
        flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1),
        flow(&at("10:00:01"), "10.0.0.1", "10.0.0.3", 2),
        flow(&at("10:00:02"), "10.0.0.4", "10.0.0.3", 3),
    ]);
    home
}

/// Adds a flow to the day.
fn comes_late(home: &Home) {
    home.write("late.csv", spot(&[flow(&at("11:00:00"), "10.0.0.1", "10.0.0.2", 1)]));
    home.does(&["ingest", "late.csv"]);
}

fn lines(home: &Home, file: &str) -> usize {
    home.read(file).lines().count()
}

#[test]
fn a_results_file_of_another_program_stays() {
    let home = home();
    let theirs = result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.5") + "\n";
    home.write(&results_of(DAY), &theirs);
    for more in [&[][..], &["--out", &results_of(DAY)]] {
        home.run(&[&["rank", "-d", DAY], more].concat()).ends_with(73).complains(&[
            &results_of(DAY),
            "no ranking in the history",
            "--replace",
            "--out",
        ]);
        assert_eq!(home.read(&results_of(DAY)), theirs);
    }
    home.does(&["rank", "-d", DAY, "--replace"]);
    assert_eq!(lines(&home, &results_of(DAY)), 3);
}

#[test]
fn a_ranking_replaces_its_own_file_until_it_is_edited() {
    let home = home();
    home.does(&["rank", "-d", DAY]);
    home.does(&["rank", "-d", DAY]);
    comes_late(&home);
    home.does(&["rank", "-d", DAY]);
    assert_eq!(lines(&home, &results_of(DAY)), 4);
    let mut edited = home.read(&results_of(DAY));
    edited.truncate(edited.trim_end().rfind('\n').unwrap() + 1);
    home.write(&results_of(DAY), &edited);
    home.run(&["rank", "-d", DAY]).ends_with(73).complains(&["was edited"]);
    assert_eq!(home.read(&results_of(DAY)), edited);
}

#[test]
fn a_file_that_a_ranking_would_write_is_no_foreign_one() {
    let home = home();
    home.does(&["rank", "-d", DAY]);
    // A database of another home, or of an earlier release, has no record of the ranking.
    home.sql("DELETE FROM flow_oa_history WHERE command = 'rank'");
    home.does(&["rank", "-d", DAY]);
    comes_late(&home);
    home.does(&["rank", "-d", DAY]);
    assert_eq!(lines(&home, &results_of(DAY)), 4);
}

#[test]
fn a_ranking_that_was_killed_leaves_no_file_that_the_next_one_refuses() {
    let home = home();
    home.does(&["rank", "-d", DAY]);
    home.sql("UPDATE flow_oa_history SET status = 'running', stored = NULL WHERE command = 'rank'");
    comes_late(&home);
    home.does(&["rank", "-d", DAY]);
}

#[test]
fn the_history_shows_rankings() {
    let home = home();
    let ranked = home.json(&["rank", "-d", DAY, "--max", "2", "--out", "ranked.csv"]);
    home.run(&["rank", "-d", "20160709"]).ends_with(65);
    let history = home.json(&["history"]);
    let (failed, done) = (&history["entries"][0], &history["entries"][1]);
    let expected = json!({
        "id": ranked["id"], "command": "rank", "pipeline": "flow", "day": "2016-07-08", "limit": 2, "status": "done",
        "input": null, "output": "ranked.csv", "read": 3, "stored": 2, "rejected": 0, "skipped": 0
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&done[key], value, "{key}");
    }
    assert_eq!((&failed["command"], &failed["status"]), (&json!("rank"), &json!("failed")));
    home.does(&["history"]).says(&["rank", "ranked.csv", "no rows of 2016-07-09"]);
    let of_day = home.json(&["history", "-d", DAY]);
    assert_eq!(of_day["entries"].as_array().unwrap().len(), 2, "the ranking and the ingest");
    home.does(&["run", "-d", DAY, "--results", "ranked.csv"]);
    assert_eq!(home.json(&["history"])["stale"], json!([]), "a ranking changes no row");
    home.does(&["rank", "-d", DAY, "--max", "2", "--out", "ranked.csv"]);
    assert_eq!(home.json(&["history"])["stale"], json!([]));
}
