//! `flow-oa doctor` checks what a run needs before the run.

use std::io::Write as _;

use crate::home::{DAY, Home, at, flow, result};

/// A home in which a run would succeed.
fn home() -> Home {
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "192.0.2.7", 100)]);
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "192.0.2.7", "0.1")]);
    home.write("context/ipranges.csv", "10.0.0.0/8,Site\n");
    home
}

/// The state of a check, and its finding.
fn check(json: &serde_json::Value, name: &str) -> (String, String) {
    let checks = json["checks"].as_array().expect("checks");
    let found = checks.iter().find(|check| check["name"].as_str().is_some_and(|text| text.ends_with(name)));
    let found = found.unwrap_or_else(|| panic!("{name} is not in {checks:?}"));
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    (text("state"), text("found"))
}

/// The report for a home in which a run would fail.
fn ill(home: &Home, arguments: &[&str], code: i32) -> serde_json::Value {
    let json = home.run(&[&["doctor", "--output", "json"], arguments].concat()).ends_with(code).json();
    assert_eq!(json["works"], false);
    json
}

#[test]
fn a_run_that_would_work_is_tried_and_nothing_is_changed() {
    let home = home();
    home.runs_day();
    let before = home.everything();
    let json = home.json(&["doctor", "-d", DAY]);
    assert_eq!(json["works"], true);
    for name in [
        "settings",
        "schema",
        "database",
        "tables",
        "rights",
        "history",
        "ipranges.csv",
        "results",
        "files",
        "notebooks",
    ] {
        assert_eq!(check(&json, name).0, "good", "{name}: {json}");
    }
    assert_eq!(check(&json, "context, last day").1, "known of 2 addresses of 2016-07-08: network 1");
    let (state, found) = check(&json, "run");
    assert!(state == "warning" && found.contains("1 records would give flow_scores 1"), "{found}");
    assert_eq!(home.everything(), before);
    assert_eq!(home.count("flow_oa_history"), 2, "neither a dry run nor a check is an entry");
}

#[test]
fn without_a_day_nothing_is_said_of_a_run() {
    let home = home();
    let outcome = home.does(&["doctor"]);
    outcome.says(&[
        "no fault was found; whether a run of a day would work, --date",
        "not checked",
        "-        run ",
    ]);
    assert_eq!(home.json(&["doctor"])["works"], serde_json::Value::Null);
}

#[test]
fn a_day_on_which_somebody_is_at_work_is_a_fault() {
    let home = home();
    home.runs_day();
    let path = home.path(&format!("data/flow/{DAY}/.lock"));
    let lock = std::fs::File::options().append(true).open(&path).unwrap();
    lock.lock().unwrap();
    let json = ill(&home, &["-d", DAY], 75);
    let (state, found) = check(&json, "lock");
    assert!(
        state == "fault" && found.contains("another flow-oa is running on flow of 2016-07-08"),
        "{found}"
    );
    home.sql("UPDATE flow_oa_history SET status = 'running', finished = NULL WHERE command = 'run'");
    let (state, found) = check(&ill(&home, &["-d", DAY], 75), "history");
    assert!(state == "fault" && found.contains("of this day is running"), "{found}");
    let json = home.json(&["doctor"]);
    assert_eq!(check(&json, "history").0, "warning", "a run of another day would work: {json}");
}

#[test]
fn results_at_another_place_are_looked_at_as_a_run_would() {
    let home = home();
    home.write("other.csv", result(&at("10:00:00"), "10.0.0.1", "192.0.2.7", "0.1"));
    std::fs::remove_file(home.path(&crate::home::results_of(DAY))).unwrap();
    ill(&home, &["-d", DAY], 66);
    let json = home.json(&["doctor", "-d", DAY, "--results", "other.csv"]);
    assert!(check(&json, "results").1.contains("other.csv: the first 1 records"), "{json}");
    home.run(&["doctor", "--results", "other.csv"]).ends_with(2);
}

#[test]
fn without_a_database_the_rest_is_looked_at_all_the_same() {
    let home = Home::bare();
    let json = ill(&home, &["-d", DAY], 78);
    assert!(check(&json, "database").1.contains("`flow-oa init` creates it"));
    assert!(check(&json, "results").1.contains("No such file"));
    assert_eq!(check(&json, "run").0, "unknown");
    assert_eq!(check(&json, "files").0, "good");
    assert!(!home.path("data").exists(), "nothing was made");
}

#[test]
fn every_fault_is_told_with_what_to_do() {
    let home = home();
    home.write("context/ipranges.csv", "10.0.0.9,10.0.0.1,Back\n");
    home.sql("DROP TABLE flow_edge; DROP TABLE flow_chords; ALTER TABLE flow_scores DROP COLUMN src_rep");
    let json = ill(&home, &[], 78);
    let (state, found) = check(&json, "ipranges.csv");
    assert!(
        state == "fault" && found.contains("line 1: ") && found.contains("ends before it starts"),
        "{found}"
    );
    assert_eq!(check(&json, "tables").1, "missing: flow_chords, flow_edge; `flow-oa init` creates them");
    let text = home.run(&["doctor"]).ends_with(78).out;
    assert!(text.contains("flow_scores.src_rep: the column") && text.contains("flow-oa migrate"), "{text}");
    assert!(text.contains("a run would not work: 3 faults"), "{text}");
}

#[test]
fn every_context_file_is_looked_at_whatever_is_wrong_with_another() {
    let home = home();
    home.write("flow_oa.json", r#"{"context": {"geo": ["none.csv", "foreign.mmdb"]}}"#);
    home.write("foreign.mmdb", "no database");
    home.write("context/ipranges.csv", "10.0.0.0/8,Site\n10.0.0.9,10.0.0.1,Back\n");
    let json = ill(&home, &[], 65);
    assert!(check(&json, "ipranges.csv").1.contains("1 entry, changed today; line 2: "), "{json}");
    let (state, found) = check(&json, "none.csv");
    assert!(state == "fault" && found.contains("0 entries; No such file"), "{found}");
    let (state, found) = check(&json, "foreign.mmdb");
    assert!(
        state == "fault" && found.contains("not a complete MaxMind database") && !found.contains("line 0"),
        "{found}"
    );
    home.write("flow_oa.json", "{}");
    home.write("context/ipranges.csv", "10.0.0.0/8,Site\n10.1.0.0,10.1.0.9,A\n10.1.0.5,10.1.0.20,B\n");
    let (state, found) = check(&home.json(&["doctor"]), "ipranges.csv");
    assert!(state == "warning" && found.contains("line 3: overlaps line 2: 10.1.0.5-10.1.0.9"), "{found}");
}

#[test]
fn room_is_looked_at_wherever_a_run_writes() {
    use std::os::unix::fs::MetadataExt as _;
    let (home, memory) = (home(), std::path::Path::new("/dev/shm"));
    let disk = |path: &std::path::Path| std::fs::metadata(path).map(|it| it.dev()).ok();
    if disk(memory).is_none() || disk(memory) == disk(&home.path("")) {
        let _ = writeln!(std::io::stderr(), "skipped: room on several disks: /dev/shm is none of its own");
        return;
    }
    let disks = |home: &Home, more: &[&str]| {
        let json = home.run(&[&["doctor", "--output", "json"], more].concat()).json();
        let checks = json["checks"].as_array().unwrap().clone();
        let disks =
            checks.iter().filter(|check| check["name"] == "disk").map(|check| check["found"].to_string());
        disks.collect::<Vec<_>>()
    };
    let before = disks(&home, &[]).len();
    let elsewhere = tempfile::tempdir_in(memory).unwrap();
    let database = format!("sqlite:{}/x.db", elsewhere.path().display());
    let found = disks(&home, &["--database", &database]);
    assert_eq!(found.len(), before + 1, "{found:?}");
    assert!(found[1].contains("/dev/shm"), "{found:?}");
}

#[test]
fn results_that_cannot_be_read_end_as_a_run_would() {
    let home = home();
    home.has_results(&["no result".to_owned()]);
    let json = ill(&home, &["-d", DAY], 65);
    assert!(check(&json, "results").1.contains("expected 18 or 19 columns"), "{json}");
    ill(&home, &["-d", "2016-07-09"], 66);
}

#[test]
fn settings_that_cannot_be_read_are_the_only_thing_told() {
    let home = home();
    home.write("flow_oa.json", "{\"homes\": 1}");
    let json = ill(&home, &[], 78);
    assert_eq!(json["checks"].as_array().expect("checks").len(), 1);
    assert!(check(&json, "settings").1.contains("homes"));
}

#[test]
fn folders_that_cannot_be_written_are_a_fault() {
    let home = home();
    home.write("data/flow/x", "");
    home.write("ipynb", "a file where a folder belongs");
    let json = ill(&home, &[], 73);
    assert_eq!(check(&json, "notebooks").0, "fault");
}
