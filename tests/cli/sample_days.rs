//! Generated days: the sample, its ranking, and the demo.

use std::collections::BTreeMap;
use std::path::Path;

use crate::home::{DAY, Home, results_of};

/// Every file below `folder`, by its relative path.
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
            rows.into_iter().map(|row| row.split_once('|').unwrap().1.to_owned()).collect::<Vec<_>>()
        })
    };
    let before = rows(&home);
    assert_eq!(before.each_ref().map(Vec::len)[..2], [3000, 100]);
    home.does(&demo);
    assert!(before == rows(&home), "again: the same rows");
}

/// A home of generated days, created by the demo.
fn demo(home: &Home, folder: &str) -> crate::home::Outcome {
    home.run(&["demo", "--home", folder, "--flows", "2000", "--limit", "50"])
}

fn make(home: &Home, folder: &str) -> crate::home::Outcome {
    home.run(&["sample", "--date", DAY, "--flows", "2000", "--out", folder])
}

#[test]
fn neither_demo_nor_sample_writes_into_a_home_with_a_file_of_a_site() {
    let line = crate::home::result(&crate::home::at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1");
    for (file, text) in [
        ("flow_oa.json", "{}"),
        ("nfdump.csv", "ts,te\n"),
        ("context/ipranges.csv", "10.0.0.0/8,Ours\n"),
        ("context/GeoLite2-City.mmdb", "x"),
        (&results_of(DAY), &line),
        (&results_of("20240101"), &line),
        ("data/flow/20160708/flow_scores.csv", "rank\n"),
        ("data/flow/20240101/flow_scores.csv", "rank\n"),
    ] {
        let home = Home::bare();
        home.write(&format!("site/{file}"), text);
        let before = files(&home.path("site"));
        let place = file.rsplit('/').nth(1).unwrap_or(file);
        for outcome in [demo(&home, "site"), make(&home, "site")] {
            outcome.ends_with(73).complains(&["writing site: it holds", place, "which is not a sample"]);
            assert!(files(&home.path("site")) == before, "{file}");
        }
    }
}

#[test]
fn neither_demo_nor_sample_writes_into_a_home_whose_database_has_days_of_a_site() {
    let flows = crate::home::spot(&[crate::home::flow("2024-01-01 10:00:00", "10.0.0.1", "10.0.0.2", 1)]);
    let theirs =
        crate::home::spot(&[crate::home::flow(&crate::home::at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
    let line = crate::home::result(&crate::home::at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1");
    for (flows, results) in [(Some(&flows), None), (Some(&theirs), None), (None, Some(&line))] {
        let home = Home::new();
        if let Some(flows) = flows {
            home.write("elsewhere/flows.csv", flows);
            home.does(&["ingest", "elsewhere/flows.csv"]);
        }
        if let Some(results) = results {
            home.write("elsewhere/results.csv", results);
            home.does(&["run", "-d", DAY, "--results", "elsewhere/results.csv"]);
            std::fs::remove_dir_all(home.path("data/flow")).unwrap();
        }
        let before = home.everything();
        for outcome in [demo(&home, "."), make(&home, ".")] {
            outcome.ends_with(73).complains(&["sqlite:data/flow_oa.db", "which is not a sample"]);
        }
        assert_eq!(home.everything(), before);
        assert!(!home.path("context").exists() && !home.path("nfdump.csv").exists());
    }
}

#[test]
fn what_was_made_up_and_then_edited_is_a_users_own() {
    for (file, edit) in [
        ("nfdump.csv", "more\n"),
        ("context/reputation.csv", "192.0.2.1,HIGH,3\n"),
        (&results_of(DAY), "more\n"),
    ] {
        let home = Home::bare();
        demo(&home, "demo").ends_with(0);
        let path = format!("demo/{file}");
        home.write(&path, home.read(&path) + edit);
        for outcome in [demo(&home, "demo"), make(&home, "demo")] {
            outcome.ends_with(73).complains(&[file]);
        }
        assert!(home.read(&path).ends_with(edit));
    }
}

#[test]
fn a_demo_whose_day_was_run_over_other_results_is_a_users_own() {
    let home = Home::bare();
    demo(&home, "demo").ends_with(0);
    let in_demo = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        crate::home::Outcome::of(command.env("FLOW_OA_HOME", home.path("demo"))).ends_with(0)
    };
    in_demo(&["run", "-d", DAY, "-l", "60"]);
    demo(&home, "demo").ends_with(0);
    let first = home.read(&format!("demo/{}", results_of(DAY))).lines().next().unwrap().to_owned();
    home.write("mine.csv", first);
    in_demo(&["run", "-d", DAY, "--results", "mine.csv"]);
    demo(&home, "demo").ends_with(73).complains(&["a run of 2016-07-08 over other results"]);
}

#[test]
fn a_demo_of_a_release_without_a_record_is_known_by_its_content() {
    let home = Home::bare();
    demo(&home, "demo").ends_with(0);
    std::fs::remove_file(home.path("demo/.flow_oa_sample.json")).unwrap();
    demo(&home, "demo").ends_with(0);
    std::fs::remove_file(home.path("demo/.flow_oa_sample.json")).unwrap();
    let database = rusqlite::Connection::open(home.path("demo/data/flow_oa.db")).unwrap();
    database.execute_batch("DELETE FROM flow_oa_history WHERE command = 'rank'").unwrap();
    make(&home, "demo").ends_with(0);
    demo(&home, "demo").ends_with(0);
}

#[test]
fn several_made_up_days_share_a_home() {
    let home = Home::new();
    for day in [DAY, "20160709", DAY] {
        home.does(&["sample", "--date", day, "--flows", "2000", "--out", "."]);
    }
    home.does(&["ingest", "nfdump.csv"]);
    home.does(&["run", "-d", DAY]);
    home.does(&["sample", "--date", "20160709", "--flows", "3000", "--seed", "2", "--out", "."]);
    assert!(home.read("nfdump.csv").contains("2016-07-09 12:"));
}
