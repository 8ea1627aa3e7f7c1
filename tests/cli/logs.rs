//! Output for scheduled runs: JSON on both streams, and `--quiet`.

use serde_json::Value;

use crate::home::{DAY, Home, Outcome, at, flow, result, spot};

/// The lines of the error output, each a JSON object with a level, a message and a time.
fn lines(outcome: &Outcome) -> Vec<(String, String)> {
    let line = |line: &str| {
        let it: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        it["time"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        (it["level"].as_str().unwrap().to_owned(), it["message"].as_str().unwrap().to_owned())
    };
    outcome.err.lines().map(line).collect()
}

/// A home that causes many warnings: no context, no raw flows.
fn ready() -> Home {
    let home = Home::new();
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    home
}

#[test]
fn warnings_and_errors_are_json_lines_where_they_are_asked_for() {
    let home = ready();
    let warned = lines(&home.does(&["run", "-d", DAY, "--log-format", "json"]));
    assert!(warned.iter().all(|(level, _)| level == "warning") && warned.len() >= 2, "{warned:?}");
    assert!(
        warned.iter().any(|(_, message)| message.contains("flow has no rows of 2016-07-08")),
        "{warned:?}"
    );
    let failed = lines(&home.run(&["--log-format=json", "ingest", "absent"]).ends_with(66));
    assert!(failed.len() == 1 && failed[0].0 == "error" && failed[0].1.contains("absent"), "{failed:?}");
    home.write("bad.csv", spot(&[flow(&at("10:00:00"), "10.0.0.1", "bad", 1)]));
    let rejected = lines(&home.run(&["ingest", "bad.csv", "--log-format", "json"]).ends_with(65));
    assert!(
        rejected.len() == 1 && rejected[0].1.contains("bad.csv:2"),
        "several lines, one object: {rejected:?}"
    );
}

#[test]
fn what_is_wrong_with_arguments_is_a_json_line_too() {
    let home = Home::bare();
    for arguments in [&["run", "--log-format", "json"][..], &["fly", "--log-format=json"]] {
        let said = lines(&home.run(arguments).ends_with(2));
        assert!(said.len() == 1 && said[0].0 == "error", "{said:?}");
    }
    let help = home.does(&["run", "--help", "--log-format", "json"]);
    assert!(help.out.contains("--from-date") && help.err.is_empty(), "{}", help.err);
}

#[test]
fn how_a_range_goes_is_told_unless_it_is_to_be_quiet() {
    let home = ready();
    let range = ["run", "--from-date", DAY, "--to-date", DAY, "--log-format", "json"];
    let reported = lines(&home.does(&range));
    assert!(
        reported.iter().any(|(level, message)| level == "info" && message.contains("2016-07-08: done")),
        "{reported:?}"
    );
    let quiet = home.does(&[&range[..], &["--quiet"]].concat());
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
}

#[test]
fn every_command_that_needs_a_database_prints_one_json_value_where_it_is_asked_to() {
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
    home.write("more.csv", spot(&[flow(&at("11:00:00"), "10.0.0.1", "10.0.0.2", 1)]));
    for arguments in [
        &["rank", "-d", DAY][..],
        &["ingest", "more.csv"],
        &["run", "-d", DAY],
        &["run", "-d", DAY, "--dry-run"],
        &["run", "--from-date", DAY, "--to-date", DAY],
        &["history"],
        &["purge", "--before", "20000101"],
        &["purge", "--before", "20000101", "--yes"],
        &["sample", "--date", DAY, "--rows", "100", "--out", "made"],
    ] {
        assert!(!home.json(arguments).is_null(), "{arguments:?}");
    }
}

#[test]
fn quiet_leaves_what_was_asked_for_and_nothing_else() {
    let home = ready();
    home.write("context/ipranges.csv", "10.0.0.0/8,ours\n");
    assert_eq!(home.does(&["run", "-d", DAY, "--quiet"]).out, "");
    assert_eq!(home.does(&["purge", "--before", "20000101", "--yes", "--quiet"]).out, "");
    for product in [&["history"][..], &["run", "-d", DAY, "--dry-run"]] {
        assert!(!home.does(&[product, &["--quiet"]].concat()).out.is_empty(), "{product:?}");
    }
}

#[test]
fn results_of_another_day_that_are_allowed_are_a_warning() {
    let home = Home::new();
    let other = result("2016-07-09 10:00:00", "10.0.0.1", "10.0.0.2", "0.1");
    home.has_results(&[other.clone(), other.clone()]);
    let allowed = home.does(&["run", "-d", DAY, "--allow-other-day"]);
    allowed.complains(&["warning: ", "0 of 2 rows are of 2016-07-08", "2016-07-09 10:00:00 UTC"]);
    home.has_results(&[other, result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    let outcome = home.runs_day();
    assert!(!outcome.err.contains("another day"), "half of the rows are enough: {}", outcome.err);
}

#[test]
fn a_fault_of_the_command_line_is_json_where_the_report_is() {
    let home = Home::bare();
    for arguments in [
        &["run", "--output", "json"][..],
        &["fly", "--output=json"],
        &["score", "--output", "json", "-d", "x"],
    ] {
        let refused = home.run(arguments).ends_with(2);
        let report = refused.json();
        assert_eq!(report["exit_code"], 2, "{report}");
        let said = report["error"].as_str().unwrap();
        assert!(!said.is_empty() && refused.err.contains(said), "{report} {}", refused.err);
    }
    assert!(home.does(&["run", "--help", "--output", "json"]).out.contains("Usage"));
    assert!(home.run(&["run", "--output", "text"]).ends_with(2).out.is_empty());
}
