//! What the program records about its commands, and `flow-oa history`.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::home::{DAY, Home, PATIENCE, PROGRAM, SPOT_HEADER, at, flow, result, spot};

/// A home with one flow and its result.
fn ready() -> Home {
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    home
}

/// The entries, newest first.
fn entries(home: &Home, arguments: &[&str]) -> Vec<Value> {
    home.json(&[&["history"], arguments].concat())["entries"].as_array().unwrap().clone()
}

/// The command and status of each entry, newest first.
fn endings(home: &Home) -> Vec<String> {
    let ending = |value: &Value| {
        format!("{} {}", value["command"].as_str().unwrap(), value["status"].as_str().unwrap())
    };
    entries(home, &[]).iter().map(ending).collect()
}

/// An entry with the status 'running' and this lock.
fn claims_to_run(home: &Home, lock: &str) {
    home.sql(&format!(
        "INSERT INTO flow_oa_history (id, command, pipeline, day, started, status, version, fingerprint, lock_file)
         VALUES (100, 'run', 'flow', '2016-07-08', '2016-07-09 00:00:00', 'running', '0', 'f', '{}')",
        home.path(lock).display()
    ));
}

#[test]
fn runs_and_ingests_are_written_down_with_all_that_went_into_them() {
    let home = ready();
    home.write("context/ipranges.csv", "10.0.0.0,10.0.0.255,ours\n");
    home.does(&["run", "-d", DAY, "-l", "7"]);
    let [run, ingest] = <[Value; 2]>::try_from(entries(&home, &[])).unwrap();
    assert_eq!(
        (&run["command"], &run["status"], &run["pipeline"]),
        (&json!("run"), &json!("done"), &json!("flow"))
    );
    assert_eq!((&run["day"], &run["limit"]), (&json!("2016-07-08"), &json!(7)));
    assert_eq!(
        [&run["read"], &run["stored"], &run["rejected"], &run["skipped"]].map(Value::as_i64),
        [Some(1), Some(1), Some(0), Some(0)]
    );
    assert!(run["input"].as_str().unwrap().ends_with("flow_results.csv"), "{run}");
    for hash in ["content", "context", "raw_rows", "scores_file"] {
        assert_eq!(run[hash].as_str().map(str::len), Some(64), "{hash}: {run}");
    }
    assert_eq!((&run["version"], &run["message"]), (&json!(env!("CARGO_PKG_VERSION")), &Value::Null));
    assert!(
        run["started"].as_str() <= run["finished"].as_str() && run["seconds"].as_f64() > Some(0.0),
        "{run}"
    );
    let tables: Vec<(&str, i64)> = run["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|table| (table["table"].as_str().unwrap(), table["stored"].as_i64().unwrap()))
        .collect();
    let expected = [("flow_chords", 0), ("flow_edge", 1), ("flow_ingest_summary", 1), ("flow_scores", 1)];
    assert_eq!(tables, expected);
    assert_eq!((&ingest["command"], &ingest["input"]), (&json!("ingest"), &json!("flows.csv")));
    assert_eq!(ingest["content"], home.value("SELECT content FROM flow_oa_ingest"));
    assert_eq!((&ingest["read"], &ingest["skipped"]), (&json!(2), &json!(1)));
    assert_eq!(ingest["tables"][0]["day"], "2016-07-08");
}

#[test]
fn a_run_that_fails_is_written_down_with_its_reason_and_changes_nothing_else() {
    let home = Home::new();
    home.run(&["run", "-d", DAY]).ends_with(66);
    home.has_results(&["too\tfew".to_owned()]);
    home.run(&["run", "-d", DAY]).ends_with(65);
    home.run(&["ingest", "absent.csv"]).ends_with(66);
    home.write("bad.csv", spot(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.256", 1)]));
    home.run(&["ingest", "bad.csv"]).ends_with(65);
    assert_eq!(endings(&home), ["ingest failed", "ingest failed", "run failed", "run failed"]);
    let messages: Vec<String> =
        entries(&home, &[]).iter().map(|entry| entry["message"].as_str().unwrap().to_owned()).collect();
    for (message, word) in messages.iter().zip(["10.0.0.256", "absent.csv", "columns", "flow_results.csv"]) {
        assert!(message.contains(word), "{word:?} is not in {message}");
    }
    assert!(home.everything().is_empty() && !home.path("data/flow/20160708").exists());
    let shown = home.does(&["history"]).out;
    assert!(shown.contains("failed") && shown.contains("reading raw rows from absent.csv"), "{shown}");
}

#[test]
fn bad_arguments_and_a_missing_database_are_not_written_down() {
    let home = Home::bare();
    home.run(&["run", "-d", DAY]).ends_with(78);
    home.does(&["init"]);
    home.run(&["run", "-d", "20160230"]).ends_with(2);
    assert!(entries(&home, &[]).is_empty());
    assert!(home.does(&["history"]).out.contains("no entries"));
}

#[test]
fn a_run_that_cannot_begin_as_another_holds_its_day_is_not_written_down() {
    let home = ready();
    home.runs_day();
    let lock = std::fs::File::options().append(true).open(home.path("data/flow/20160708/.lock")).unwrap();
    lock.lock().unwrap();
    home.run(&["run", "-d", DAY]).ends_with(75);
    assert_eq!(endings(&home), ["run done", "ingest done"]);
}

#[test]
fn what_is_killed_is_shown_as_killed_and_the_next_command_writes_that_down() {
    let home = Home::new();
    let mut child = Command::new(PROGRAM)
        .args(["ingest", "-"])
        .env("FLOW_OA_HOME", home.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let line = flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1);
    child.stdin.as_mut().unwrap().write_all(format!("{SPOT_HEADER}\n{line}\n").as_bytes()).unwrap();
    let start = std::time::Instant::now();
    while endings(&home) != ["ingest running"] {
        assert!(start.elapsed() < PATIENCE, "the ingest does not begin: {:?}", endings(&home));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(endings(&home), ["ingest killed"]);
    assert_eq!(home.value("SELECT status FROM flow_oa_history"), "running", "nobody wrote yet");
    assert!(home.path("data/flow/.entry-1.lock").exists());
    home.has_flows(&[line]);
    assert_eq!(home.rows("SELECT status FROM flow_oa_history ORDER BY id"), ["killed", "done"]);
    assert!(!home.path("data/flow/.entry-1.lock").exists() && !home.path("data/flow/.entry-2.lock").exists());
}

#[test]
fn a_run_is_running_while_its_lock_is_held_and_killed_when_it_is_not() {
    let home = ready();
    home.runs_day();
    claims_to_run(&home, "data/flow/20160708/.lock");
    let lock = std::fs::File::options().append(true).open(home.path("data/flow/20160708/.lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(endings(&home)[0], "run running");
    home.write("more.csv", spot(&[flow(&at("11:00:00"), "10.0.0.1", "10.0.0.2", 1)]));
    home.does(&["ingest", "more.csv"]);
    assert_eq!(home.value("SELECT status FROM flow_oa_history WHERE id = 100"), "running");
    lock.unlock().unwrap();
    assert_eq!(endings(&home)[1], "run killed");
    home.runs_day();
    assert_eq!(home.value("SELECT status FROM flow_oa_history WHERE id = 100"), "killed");
}

#[test]
fn the_newest_come_first_and_can_be_narrowed_down() {
    let home = ready();
    home.runs_day();
    home.write("next.csv", spot(&[flow("2016-07-09 10:00:00", "10.0.0.1", "10.0.0.2", 1)]));
    home.does(&["ingest", "next.csv"]);
    let ids = |arguments: &[&str]| -> Vec<i64> {
        entries(&home, arguments).iter().map(|entry| entry["id"].as_i64().unwrap()).collect()
    };
    assert_eq!(ids(&[]), [3, 2, 1]);
    assert_eq!(ids(&["--last", "1"]), [3]);
    assert_eq!(ids(&["--date", "20160708"]), [2, 1], "the run, and the ingest that gave it flows");
    assert_eq!(ids(&["--date", "2016-07-09", "-t", "flow"]), [3]);
    home.run(&["history", "-t", "mail"]).ends_with(2).complains(&["\"mail\""]);
    home.run(&["history", "--last", "0"]).ends_with(2);
}

#[test]
fn a_day_whose_flows_changed_after_its_last_good_run_is_stale_until_it_is_run() {
    let home = ready();
    home.runs_day();
    let stale = |home: &Home| home.json(&["history", "--last", "1"])["stale"].clone();
    assert_eq!(stale(&home), json!([]));
    home.write("late.csv", spot(&[flow(&at("12:00:00"), "10.0.0.3", "10.0.0.4", 1)]));
    home.does(&["ingest", "late.csv"]);
    let found = stale(&home);
    assert_eq!((&found[0]["day"], &found[0]["run"]), (&json!("2016-07-08"), &json!(2)));
    assert_eq!(
        found[0]["arrived"],
        home.value("SELECT finished FROM flow_oa_ingest WHERE file = 'late.csv'")
    );
    let shown = home.does(&["history"]).out;
    assert!(
        shown.contains("stale: flow of 2016-07-08") && shown.contains("flow-oa run -t flow -d 2016-07-08"),
        "{shown}"
    );
    home.write(&crate::home::results_of(DAY), "bad");
    home.run(&["run", "-d", DAY]).ends_with(65);
    assert_eq!(stale(&home).as_array().unwrap().len(), 1, "a run that failed makes nothing fresh");
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    home.runs_day();
    assert_eq!(stale(&home), json!([]));
    home.write("late.csv", spot(&[flow(&at("13:00:00"), "10.0.0.3", "10.0.0.4", 1)]));
    home.does(&["ingest", "late.csv", "--replace"]);
    assert_eq!(stale(&home)[0]["day"], "2016-07-08", "flows that were replaced count too");
}

#[test]
fn a_stale_day_that_was_ranked_is_ranked_again() {
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
    home.does(&["run", "-d", DAY, "--rank"]);
    home.write("late.csv", spot(&[flow(&at("12:00:00"), "10.0.0.3", "10.0.0.4", 1)]));
    home.does(&["ingest", "late.csv"]);
    let command = "flow-oa run -t flow -d 2016-07-08 -l 500 --rank";
    home.does(&["history"]).says(&[command]);
    let arguments: Vec<&str> = command.split(' ').skip(1).collect();
    home.does(&arguments);
    assert_eq!(home.json(&["history"])["stale"], json!([]));
    assert_eq!(home.count("flow_scores"), 2);
}

#[test]
fn the_history_needs_a_database_with_its_tables_and_no_others() {
    let home = Home::bare();
    home.run(&["history"]).ends_with(78).complains(&["flow-oa init"]);
    home.does(&["init"]);
    home.sql("DROP TABLE flow_edge");
    home.does(&["history"]);
    home.sql("DROP TABLE flow_oa_history");
    home.run(&["history"])
        .ends_with(78)
        .complains(&["flow_oa_history: the table is missing", "`flow-oa init`"]);
}
