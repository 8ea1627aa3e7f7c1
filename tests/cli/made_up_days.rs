//! Days that the program makes up: sample, its ranking, and the demo.

use std::collections::BTreeMap;
use std::path::Path;

use crate::home::{DAY, Home, results_of};

/// Every file below `folder`, by its path in it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(inner) = open.pop() {
        for entry in std::fs::read_dir(inner).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                open.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(folder).unwrap().display().to_string();
                found.insert(name, std::fs::read(entry.path()).unwrap());
            }
        }
    }
    found
}

fn sample(home: &Home, seed: &str, out: &str) -> BTreeMap<String, Vec<u8>> {
    home.does(&["sample", "--date", DAY, "--flows", "2000", "--seed", seed, "--out", out]);
    files(&home.path(out))
}

#[test]
fn the_same_plan_gives_the_same_bytes_and_another_seed_gives_others() {
    let home = Home::bare();
    let first = sample(&home, "1", "a");
    for file in [
        "context/ipranges.csv",
        "context/iploc.csv",
        "context/networkcontext_1.csv",
        "context/reputation.csv",
    ] {
        assert!(first.contains_key(file), "{file} is not in {:?}", first.keys());
    }
    assert!(first.contains_key(&results_of(DAY)), "{:?}", first.keys());
    assert!(first == sample(&home, "1", "b"), "the same plan");
    assert!(first != sample(&home, "2", "c"), "another seed");
}

#[test]
fn a_sample_is_a_home_whose_day_can_be_ingested_ranked_and_run() {
    let home = Home::new();
    let summary = home.json(&["sample", "--date", DAY, "--flows", "2000", "--out", "."]);
    let flows = summary["flows_file"].as_str().unwrap();
    let ingested = home.json(&["ingest", flows]);
    assert_eq!(ingested[0]["stored"], 2000);
    let ranked = home.json(&["rank", "-d", DAY, "--out", "ranked.csv"]);
    assert_eq!(ranked["rows"], 2000);
    assert_eq!(home.read("ranked.csv"), home.read(&results_of(DAY)), "sample ranks as rank does");
    let outcome = home.runs_day();
    assert!(!outcome.err.contains("warning"), "{}", outcome.err);
    assert_eq!(home.count("flow_scores"), 500);
    assert_eq!(home.rows("SELECT count(*) FROM flow_scores WHERE srcip_internal IS NULL"), ["0"]);
}

#[test]
fn rank_writes_the_first_lines_where_run_looks_for_them() {
    let home = Home::new();
    home.json(&["sample", "--date", DAY, "--flows", "2000", "--out", "made"]);
    home.does(&["ingest", "made/nfdump.csv"]);
    home.does(&["rank", "-d", DAY, "--max", "10"]);
    let results = home.read(&results_of(DAY));
    assert_eq!(results.lines().count(), 10);
    assert!(home.read(&format!("made/{}", results_of(DAY))).starts_with(&results), "the first of all");
    home.runs_day();
    assert_eq!(home.count("flow_scores"), 10);
}

#[test]
fn a_day_without_flows_cannot_be_ranked() {
    let home = Home::new();
    home.run(&["rank", "-d", DAY]).ends_with(65).complains(&["no rows of 2016-07-08", "flow-oa ingest"]);
    assert!(!home.path(&results_of(DAY)).exists());
}

#[test]
fn the_demo_shows_the_most_suspicious_and_is_safe_to_repeat() {
    let home = Home::bare();
    let demo = ["demo", "--home", "demo", "--flows", "3000", "--limit", "100"];
    let first = home.does(&demo);
    assert!(first.out.contains("most suspicious of 100"), "{}", first.out);
    let rows = |home: &Home| {
        let database = rusqlite::Connection::open(home.path("demo/data/flow_oa.db")).unwrap();
        ["flow", "flow_scores", "flow_edge", "flow_chords", "flow_ingest_summary"].map(|table| {
            let rows = crate::home::rows(&database, &format!("SELECT * FROM {table}"));
            rows.into_iter().map(|it| it.split_once('|').unwrap().1.to_owned()).collect::<Vec<_>>()
        })
    };
    let before = rows(&home);
    assert_eq!(before.each_ref().map(Vec::len)[..2], [3000, 100]);
    home.does(&demo);
    assert!(before == rows(&home), "again: the same rows");
}
