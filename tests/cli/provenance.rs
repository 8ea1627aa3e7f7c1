//! `flow-oa explain-row` shows where every value of a row came from.

use crate::home::{DAY, Home, at, result, results_of};

const PLACE: &str = "\"3221225984\",\"3221226239\",\"XX\",\"Land\",\"State\",\"City\",\"1.0\",\"2.0\",\"Owner\",\"example.net\"\n";

/// A home with a day of two results and all kinds of context.
fn home() -> Home {
    let home = Home::new();
    home.has_results(&[
        result(&at("10:00:00"), "010.0.0.1", "192.0.2.7", "0.1"),
        result(&at("10:00:01"), "10.0.0.2", "198.51.100.1", "0.2"),
    ]);
    home.write("context/ipranges.csv", "# ours\n10.0.0.0/8,Site\n10.0.0.0/24,Floor\n");
    home.write("context/iploc.csv", PLACE);
    home.write("context/reputation.csv", "192.0.2.0/24,LOW\n192.0.2.7,HIGH\n");
    home.runs_day();
    home
}

/// The sources of a column: what and where, for each.
fn sources(home: &Home, rank: &str, column: &str) -> Vec<(String, String)> {
    let json = home.json(&["explain-row", "-d", DAY, "--rank", rank]);
    let columns = json["columns"].as_array().expect("columns");
    let found = columns.iter().find(|entry| entry["name"] == column).expect("the column");
    let text = |value: &serde_json::Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let sources = found["sources"].as_array().expect("sources");
    sources.iter().map(|source| (text(source, "what"), text(source, "place"))).collect()
}

fn source(home: &Home, column: &str) -> (String, String) {
    let mut found = sources(home, "0", column);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn every_value_of_a_row_is_traced_to_its_line() {
    let home = home();
    let (what, place) = source(&home, "srcip");
    assert_eq!(what, "the field `sip`, written `010.0.0.1`");
    assert!(place.ends_with("flow_results.csv:1"), "{place}");
    let (what, place) = source(&home, "srcip_internal");
    assert_eq!(what, "line 3: 10.0.0.0-10.0.0.255", "the narrowest range");
    assert!(place.ends_with("ipranges.csv"), "{place}");
    let (what, place) = source(&home, "dst_geoloc");
    assert_eq!(what, "line 1: 192.0.2.0-192.0.2.255");
    assert!(place.ends_with("iploc.csv"), "{place}");
    assert_eq!(source(&home, "dst_rep").0, "line 2: 192.0.2.7");
    assert_eq!(source(&home, "rank").0, "the position in the results, from 0");
    let (what, place) = source(&home, "destip_internal");
    assert_eq!(what, "no entry for 192.0.2.7");
    assert!(place.ends_with("ipranges.csv"), "{place}");
    let (_, place) = sources(&home, "1", "srcip").remove(0);
    assert!(place.ends_with("flow_results.csv:2"), "{place}");
}

#[test]
fn what_gives_something_else_today_is_said_so() {
    let home = home();
    home.write("context/reputation.csv", "192.0.2.7,NONE\n");
    let outcome = home.does(&["explain-row", "-d", DAY, "--rank", "0"]);
    assert!(outcome.out.contains("today it gives list:NONE:0"), "{}", outcome.out);
    assert!(outcome.out.contains("list:HIGH:3"), "what is stored stays: {}", outcome.out);
    assert!(!outcome.out.contains("today it gives State"), "{}", outcome.out);
}

#[test]
fn results_that_are_gone_and_context_that_is_not_configured_are_said() {
    let home = home();
    std::fs::remove_file(home.path(&results_of(DAY))).unwrap();
    std::fs::remove_file(home.path("context/iploc.csv")).unwrap();
    let (what, place) = source(&home, "sport");
    assert!(
        what.starts_with("the field `sport`") && place.ends_with("(it is not there any more)"),
        "{what} {place}"
    );
    assert_eq!(source(&home, "src_geoloc").0, "no geo is configured");
}

#[test]
fn a_row_that_is_not_there_is_no_input() {
    let home = home();
    let refused =
        |day: &str, rank: &str, code| home.run(&["explain-row", "-d", day, "--rank", rank]).ends_with(code);
    refused(DAY, "2", 66).complains(&["has 2 rows, none of them of rank 2"]);
    refused("2001-01-01", "0", 66).complains(&["there is no row of 2001-01-01", "flow-oa run"]);
    refused(DAY, "-1", 2).complains(&["-1"]);
}
