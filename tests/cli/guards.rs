//! `flow-oa run` refuses what would most likely replace a good day by mistake.

use serde_json::json;

use crate::home::{DAY, Home, Outcome, at, flow, result, results_of};

/// `count` results of a day of July 2016.
fn results(day: &str, count: usize) -> String {
    let line = |at: usize| {
        let from = format!("10.0.{}.{}", at / 250, at % 250);
        result(&format!("2016-07-{day} 10:00:00"), &from, "192.0.2.7", "0.1") + "\n"
    };
    (0..count).map(line).collect()
}

/// A home whose day was run with a limit of 600 on 700 results.
fn with_600() -> Home {
    let home = Home::new();
    home.write(&results_of(DAY), results("08", 700));
    home.does(&["run", "-d", DAY, "-l", "600"]);
    home
}

const HINTS: [&str; 4] =
    ["has 600 rows of this day", "default limit of 500", "-l 600", "`limit` in the settings"];

#[test]
fn a_forgotten_limit_does_not_shrink_a_day() {
    let home = with_600();
    let (before, runs) = (home.everything(), home.count("flow_oa_history"));
    home.run(&["run", "-d", DAY]).ends_with(2).complains(&HINTS);
    home.run(&["run", "-d", DAY, "--dry-run"]).ends_with(2).complains(&HINTS);
    home.run(&["doctor", "-d", DAY]).ends_with(2).says(&["FAULT    run", HINTS[2]]);
    assert_eq!(home.everything(), before);
    let last = home.rows("SELECT status, message FROM flow_oa_history ORDER BY id DESC LIMIT 1");
    assert!(last[0].starts_with("failed|") && last[0].contains(HINTS[2]), "{last:?}");
    assert_eq!(home.count("flow_oa_history"), runs + 1, "neither a dry run nor a look is recorded");
    home.does(&["run", "-d", DAY, "-l", "500"]);
    assert_eq!(home.count("flow_scores"), 500, "a limit that is given is meant");
    home.runs_day();
}

#[test]
fn the_default_limit_runs_a_day_again_that_it_does_not_shrink() {
    let home = Home::new();
    home.write(&results_of(DAY), results("08", 501));
    for _ in 0..2 {
        home.runs_day();
        assert_eq!(home.count("flow_scores"), 500);
    }
    home.does(&["run", "-d", DAY, "-l", "501"]);
    home.write(&results_of(DAY), results("08", 500));
    home.runs_day();
    assert_eq!(home.count("flow_scores"), 500, "the results hold no more");
}

#[test]
fn rejects_are_no_shrinking() {
    let home = Home::new();
    home.write(&results_of(DAY), results("08", 600));
    home.runs_day();
    home.write(&results_of(DAY), format!("bad\n{}", results("08", 600)).replace("bad", &"x\t".repeat(17)));
    home.does(&["run", "-d", DAY, "--max-rejects", "1"]);
    assert_eq!(home.count("flow_scores"), 499);
}

#[test]
fn a_range_reports_days_that_would_shrink_and_goes_on() {
    let home = with_600();
    home.write(&results_of("20160707"), results("07", 501));
    home.write(&results_of("20160709"), results("09", 1));
    let range = ["run", "--from-date", "20160707", "--to-date", "20160709"];
    let outcome = home.run(&[&range[..], &["--output", "json"]].concat()).ends_with(2);
    outcome.complains(&["2016-07-08: refused", HINTS[2]]);
    let counts = home.rows("SELECT d, count(*) FROM flow_scores GROUP BY d ORDER BY d");
    assert_eq!(counts, ["7|500", "8|600", "9|1"]);
    let outcome = home.run(&range).ends_with(2);
    outcome.says(&["0 run, 2 unchanged, 0 without results, 1 refused"]);
    let days = home.run(&[&range[..], &["--output", "json", "--quiet"]].concat()).ends_with(2);
    let day = days.json()["days"][1].clone();
    assert_eq!((day["status"].clone(), day["exit_code"].clone()), (json!("refused"), json!(2)));
    days.complains(&["2016-07-08: refused"]);
    home.run(&[&range[..], &["--dry-run", "--force"]].concat())
        .ends_with(2)
        .complains(&["2016-07-08: refused"]);
    let longer = ["run", "--from-date", "20160707", "--to-date", "20160710"];
    home.run(&longer).ends_with(2).says(&["1 without results, 1 refused"]);
    home.does(&[&range[..], &["-l", "600"]].concat());
}

#[test]
fn limit_and_pipeline_can_be_settings() {
    let home = with_600();
    home.write("flow_oa.json", r#"{"limit": 550, "pipeline": "flow"}"#);
    let rows = |home: &Home| home.count("flow_scores");
    home.runs_day();
    assert_eq!(rows(&home), 550, "the settings are meant, too");
    home.does(&["run", "-d", DAY, "-l", "10"]);
    assert_eq!(rows(&home), 10, "the command line comes first");
    let json = home.json(&["doctor", "-d", DAY]);
    let run = json["checks"].as_array().unwrap().iter().find(|check| check["name"] == "run").unwrap();
    assert!(run["found"].as_str().unwrap().contains("flow_scores 550"), "{run}");
    home.write("flow_oa.json", r#"{"limit": 0}"#);
    home.run(&["run", "-d", DAY]).ends_with(78).complains(&["limit"]);
}

#[test]
fn a_pipeline_of_the_settings_that_there_is_not_is_refused_by_every_command() {
    let home = with_600();
    home.write("flow_oa.json", r#"{"pipeline": "mail"}"#);
    home.write("flows.csv", "");
    for command in [
        &["run", "-d", DAY][..],
        &["ingest", "flows.csv"],
        &["rank", "-d", DAY],
        &["purge", "--before", "20160101", "--yes"],
        &["doctor"],
        &["history"],
        &["query", "suspicious", "--rows", "-d", DAY],
        &["explain-row", "-d", DAY, "--rank", "0"],
        &["score", "-d", DAY, "--rank", "0", "-s", "low", "--by", "ann"],
        &["feedback", "-d", DAY],
        &["storyboard", "-d", DAY, "10.0.0.1", "--title", "a", "--text", "b", "--by", "ann"],
        &["reset", "-d", DAY, "--yes"],
        &["copy", "--to", "sqlite:other.db"],
    ] {
        home.run(command).ends_with(78).complains(&["the settings: pipeline: there is no pipeline \"mail\""]);
    }
    home.does(&["run", "-d", DAY, "-l", "600", "-t", "flow"]);
    home.run(&["run", "-d", DAY, "-t", "mail"])
        .ends_with(2)
        .complains(&["--type: there is no pipeline \"mail\""]);
}

/// Results in one file: `own` rows of the day of the tests, and others of the day before.
fn mixed(own: usize, others: usize) -> String {
    results("07", others) + &results("08", own)
}

#[test]
fn results_of_another_day_do_not_replace_a_good_one() {
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "192.0.2.7", 1)]);
    home.write(&results_of(DAY), mixed(2, 2));
    home.runs_day();
    let before = home.everything();
    home.write(&results_of(DAY), mixed(1, 2));
    let found = ["1 of 3 rows are of 2016-07-08", "2016-07-07 10:00:00 UTC", "--allow-other-day"];
    let runs = [&["run", "-d", DAY][..], &["run", "-d", DAY, "--dry-run"]];
    for run in runs {
        home.run(run).ends_with(65).complains(&found);
    }
    home.run(&["doctor", "-d", DAY]).ends_with(65).says(&["FAULT    run", found[0]]);
    let range = ["run", "--from-date", DAY, "--to-date", DAY];
    home.run(&range).ends_with(65).complains(&found);
    assert_eq!(home.everything(), before);
    let allowed = home.does(&["run", "-d", DAY, "--allow-other-day"]);
    allowed.complains(&[found[0], "results of another day"]);
    assert_eq!(home.count("flow_scores"), 3);
}

#[test]
fn a_day_of_the_settings_time_zone_is_a_day_too() {
    let home = Home::new();
    // In New York, 02:00 UTC is 22:00 of the previous day.
    let late = result("2016-07-09 02:00:00", "10.0.0.1", "10.0.0.2", "0.1");
    home.write(&results_of(DAY), &late);
    home.run(&["run", "-d", DAY]).ends_with(65);
    home.write("flow_oa.json", r#"{"time_zone": "America/New_York"}"#);
    let run = |day: &str| -> Outcome { home.run(&["run", "-d", day, "--results", &results_of(DAY)]) };
    run(DAY).ends_with(0);
    run("20160709").ends_with(0);
    run("20160710").ends_with(65).complains(&["0 of 1 rows are of 2016-07-10"]);
}
