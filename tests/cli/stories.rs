//! `flow-oa query suspicious` tells each story once, and a story is scored at once.

use serde_json::Value;

use crate::home::{DAY, Home, at, result, results_of};

/// A row of the results between two ports.
fn between(source: (&str, u16), destination: (&str, u16)) -> String {
    let line = result(&at("10:00:00"), source.0, destination.0, "0.5");
    let mut fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
    (fields[10], fields[11]) = (source.1.to_string(), destination.1.to_string());
    fields.join("\t")
}

/// A home with the results of another program: a sweep of one service, a scan of one server, and a single row. One row of
/// the sweep is the reply of its server.
fn home() -> Home {
    let home = Home::new();
    let sweep =
        ["10.0.0.2", "10.0.0.3", "10.0.0.4"].map(|server| between(("10.0.0.1", 40_000), (server, 22)));
    let reply = between(("10.0.0.5", 22), ("10.0.0.1", 40_000));
    let scan = [2001, 2002].map(|port| between(("10.0.0.9", 50_000), ("10.0.0.2", port)));
    let single = between(("10.0.0.7", 40_001), ("10.0.0.8", 443));
    let lines = [&sweep[..2], &scan[..1], &[single], &scan[1..], &[reply], &sweep[2..]].concat();
    home.write(&results_of(DAY), lines.join("\n") + "\n");
    home.does(&["run", "-d", DAY]);
    home
}

/// The columns of an answer with these names.
fn columns(answer: &Value, names: &[&str]) -> Vec<String> {
    let columns = answer["columns"].as_array().unwrap();
    let place = |name: &&str| columns.iter().position(|column| column["name"] == **name).unwrap();
    let places: Vec<usize> = names.iter().map(place).collect();
    let shown = |row: &Value| {
        let cells =
            places.iter().map(|at| row[*at].as_str().map_or_else(|| row[*at].to_string(), str::to_owned));
        cells.collect::<Vec<_>>().join("|")
    };
    answer["rows"].as_array().unwrap().iter().map(shown).collect()
}

const OF_STORIES: [&str; 7] =
    ["rank", "story", "story_rows", "story_clients", "story_servers", "story_services", "story_bytes"];

fn stories(home: &Home, options: &[&str]) -> Vec<String> {
    columns(&home.json(&[&["query", "suspicious", "-d", DAY], options].concat()), &OF_STORIES)
}

#[test]
fn a_story_is_shown_by_its_best_row() {
    let home = home();
    let told = [
        "0|client 10.0.0.1, service TCP:22|4|1|4|1|400",
        "2|client 10.0.0.9, server 10.0.0.2|2|1|1|2|200",
        "3|client 10.0.0.7, service TCP:443|1|1|1|1|100",
    ];
    assert_eq!(stories(&home, &[]), told);
    assert_eq!(stories(&home, &["--limit", "2"]), told[..2]);
    let limited = home.json(&["query", "suspicious", "-d", DAY, "--limit", "2"]);
    assert_eq!(limited["has_more"], true);
    let rows = home.json(&["query", "suspicious", "--rows", "-d", DAY]);
    assert_eq!(columns(&rows, &["rank"]), ["0", "1", "2", "3", "4", "5", "6"]);
}

#[test]
fn a_filter_leaves_rows_in_their_stories() {
    let home = home();
    assert_eq!(
        stories(&home, &["--address", "10.0.0.2"]),
        ["0|client 10.0.0.1, service TCP:22|1|1|1|1|100", "2|client 10.0.0.9, server 10.0.0.2|2|1|1|2|200"]
    );
    assert_eq!(stories(&home, &["--filter", "sport=22"]), ["5|client 10.0.0.1, service TCP:22|1|1|1|1|100"]);
}

#[test]
fn a_story_is_scored_at_once() {
    let home = home();
    home.does(&["score", "-d", DAY, "--story", "5", "--severity", "high"])
        .says(&["4 connections scored", "4 suspicious rows"]);
    let scored = "SELECT rank FROM flow_threat_investigation ORDER BY rank";
    assert_eq!(home.rows(scored), ["0", "1", "5", "6"]);
    // The stories that are left stay what they were.
    assert_eq!(stories(&home, &[]).len(), 2);
    assert_eq!(stories(&home, &["--all"]).len(), 3);
    // A stored score changes only with consent.
    home.run(&["score", "-d", DAY, "--story", "0", "--severity", "low"])
        .ends_with(2)
        .complains(&["4 stored scores of 2016-07-08 would change", "--yes"]);
    home.does(&["score", "-d", DAY, "--story", "0", "--severity", "low", "--yes"]).says(&["4 changed"]);
    home.does(&["score", "-d", DAY, "--story", "0", "--unscore", "--yes"]).says(&["4 scores removed"]);
    assert_eq!(home.count("flow_threat_investigation"), 0);
}

#[test]
fn a_story_that_is_not_there_is_no_input() {
    let home = home();
    home.run(&["score", "-d", DAY, "--story", "7", "--severity", "high"])
        .ends_with(66)
        .complains(&["of rank 7"]);
    home.run(&["score", "-d", DAY, "--story", "0", "--rank", "0", "--severity", "high"]).ends_with(2);
}

#[test]
fn the_first_stories_of_the_sample_day_are_its_attack() {
    let home = Home::bare();
    home.does(&["demo", "--home", "demo"]);
    let told = home.json(&["query", "suspicious", "-d", DAY, "--limit", "15", "--home", "demo"]);
    let first = columns(&told, &["story"]);
    let scan = first.iter().filter(|story| story.starts_with("client 203.0.113.66, ")).count();
    assert_eq!(scan, 3, "one story for each server that is scanned: {first:?}");
    assert_eq!(first[3], "client 10.20.20.17, service TCP:3389");
    assert_eq!(first[4], "client 10.20.1.25, service TCP:3389");
}
