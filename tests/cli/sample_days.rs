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
    home.does(&["sample", "--date", DAY, "--rows", "2000", "--seed", seed, "--out", out]);
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
    let summary = home.json(&["sample", "--date", DAY, "--rows", "2000", "--out", "."]);
    let flows = summary["file"].as_str().unwrap();
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
    home.json(&["sample", "--date", DAY, "--rows", "2000", "--out", "made"]);
    home.does(&["ingest", "made/nfdump.csv"]);
    home.does(&["rank", "-d", DAY, "--max", "10"]);
    let results = home.read(&results_of(DAY));
    assert_eq!(results.lines().count(), 10);
    assert!(home.read(&format!("made/{}", results_of(DAY))).starts_with(&results), "the first of all");
    home.runs_day();
    assert_eq!(home.count("flow_scores"), 10);
}

/// The places of the first row of each stage of the attack in a ranking, from 0, as measured. A change of the model that
/// moves one shows here.
#[test]
fn the_stages_of_the_attack_have_their_places_in_the_ranking() {
    let home = Home::new();
    home.does(&["sample", "--date", "20240419", "--out", "made"]);
    let results = home.read(&format!("made/{}", results_of("20240419")));
    let rows: Vec<Vec<&str>> = results.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows.len(), 40_000);
    let place = |source: &str, destination: &str, port: &str| {
        let is_wanted = |row: &Vec<&str>| {
            [(8, source), (9, destination), (11, port)]
                .iter()
                .all(|(at, text)| text.is_empty() || row[*at] == *text)
        };
        rows.iter().position(is_wanted)
    };
    let stages = [
        ("the port scan", place("203.0.113.66", "", "")),
        ("remote desktop from the mail server", place("10.20.1.25", "10.20.20.17", "3389")),
        ("lateral movement", place("10.20.20.17", "", "3389")),
        ("files sent out", place("10.20.20.17", "192.0.2.200", "443")),
        ("guessed passwords", place("203.0.113.67", "", "")),
        ("calls to a command server", place("10.20.20.17", "198.51.100.23", "443")),
    ];
    let places = stages.map(|(_, place)| place);
    assert_eq!(places, [0, 33, 27, 156, 1032, 2811].map(Some), "{stages:?}");
}

/// The lines of a ranking of a generated day of a pipeline.
fn ranked(home: &Home, pipeline: &str) -> Vec<Vec<String>> {
    home.does(&["sample", "-t", pipeline, "--date", "20240419", "--rows", "8000", "--out", "made"]);
    home.does(&["ingest", &format!("made/{pipeline}.csv")]);
    let out = format!("{pipeline}.tsv");
    home.does(&["rank", "-t", pipeline, "-d", "20240419", "--out", &out]);
    let fields = |line: &str| line.split('\t').map(str::to_owned).collect();
    home.read(&out).lines().map(fields).collect()
}

#[test]
fn the_stages_of_attacks_on_names_and_on_the_web_have_their_places_in_the_ranking() {
    let home = Home::new();
    let rows = ranked(&home, "dns");
    let place = |is_wanted: &dyn Fn(&[String]) -> bool| rows.iter().position(|row| is_wanted(row));
    let is_generated =
        |row: &[String]| row[3] == "10.20.17.11" && row[4].ends_with(".test") && !row[4].contains("office");
    let places = [
        place(&|row| is_generated(row)),
        place(&|row| row[4].ends_with("bulk-store.example")),
        place(&|row| row[4].ends_with("metrics-relay.example")),
    ];
    assert_eq!(places, [0, 10, 33].map(Some), "generated names, long names, one name all day");
    let rows = ranked(&home, "proxy");
    let place = |host: &str| rows.iter().position(|row| row[3] == host);
    let places = ["in.bulk-store.example", "198.51.100.77", "sync.metrics-relay.example"].map(place);
    assert_eq!(places, [0, 4, 14].map(Some), "uploads, a program from an address, one URL all day");
    assert!(rows.iter().all(|row| row.len() == 22 && row[19].is_empty()), "the word is that of another job");
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
    let demo = ["demo", "--home", "demo", "--rows", "3000", "--limit", "100"];
    let first = home.does(&demo);
    assert!(first.out.contains("of the 100 most suspicious rows"), "{}", first.out);
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
    home.run(&["demo", "--home", folder, "--rows", "2000", "--limit", "50"])
}

fn make(home: &Home, folder: &str) -> crate::home::Outcome {
    home.run(&["sample", "--date", DAY, "--rows", "2000", "--out", folder])
}

#[test]
fn neither_demo_nor_sample_writes_into_a_home_with_a_file_of_a_site() {
    let line = crate::home::result(&crate::home::at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1");
    for (file, text) in [
        ("flow_oa.json", "{}"),
        ("nfdump.csv", "ts,te\n"),
        ("dns.csv", "frame_time\n"),
        ("context/dns_qry_type.csv", "1,A\n"),
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
        home.does(&["sample", "--date", day, "--rows", "2000", "--out", "."]);
    }
    home.does(&["ingest", "nfdump.csv"]);
    home.does(&["run", "-d", DAY]);
    home.does(&["sample", "--date", "20160709", "--rows", "3000", "--seed", "2", "--out", "."]);
    assert!(home.read("nfdump.csv").contains("2016-07-09 12:"));
}

/// The rows of a demo's tables, without their numbers.
fn rows_of<const N: usize>(home: &Home, tables: [&str; N]) -> [Vec<String>; N] {
    let database = rusqlite::Connection::open(home.path("demo/data/flow_oa.db")).unwrap();
    tables.map(|table| crate::home::rows(&database, &format!("SELECT * FROM {table}")))
}

#[test]
fn the_option_of_earlier_releases_still_says_how_many_rows_a_day_has() {
    let home = Home::new();
    home.does(&["sample", "--date", DAY, "--flows", "300", "--out", "."]);
    assert_eq!(home.json(&["ingest", "nfdump.csv"])[0]["stored"], 300);
}

#[test]
fn the_demo_of_dns_shows_the_compromised_pc_among_the_first() {
    let home = Home::bare();
    let demo = ["demo", "-t", "dns", "--home", "demo", "--rows", "3000", "--limit", "100"];
    let first = home.does(&demo);
    let first = first.says(&["of the 100 most suspicious rows", "generated names that do not exist"]);
    first.complains(&["3,000 DNS responses", "dns_edge"]);
    let tables = ["dns_scores", "dns_edge", "dns_dendro", "dns_ingest_summary"];
    let before = rows_of(&home, tables);
    assert_eq!(before[0].len(), 100);
    assert!(before.iter().all(|rows| !rows.is_empty()), "{before:?}");
    let database = rusqlite::Connection::open(home.path("demo/data/flow_oa.db")).unwrap();
    let top = crate::home::rows(
        &database,
        "SELECT ip_dst, query_rep, dns_qry_class_name, dns_qry_type_name, dns_qry_rcode_name, network_context \
         FROM dns_scores WHERE rank < 25 AND dns_qry_name = 'sync.metrics-relay.example'",
    );
    let beacon = "10.20.20.17|names:HIGH:3|Internet (IN)|A|NoError|status-board";
    assert_eq!(top.first().map(String::as_str), Some(beacon));
    home.does(&demo);
    assert!(before == rows_of(&home, tables), "again: the same rows");
}

#[test]
fn the_demo_of_the_proxy_shows_the_compromised_pc_first() {
    let home = Home::bare();
    let demo = ["demo", "-t", "proxy", "--home", "demo", "--rows", "3000", "--limit", "100"];
    let first = home.does(&demo);
    let first = first.says(&["of the 100 most suspicious rows", "program downloaded from an address"]);
    first.complains(&["3,000 web requests", "proxy_edge"]);
    let tables = ["proxy_scores", "proxy_edge", "proxy_ingest_summary"];
    let before = rows_of(&home, tables);
    assert_eq!(before[0].len(), 100);
    assert!(before.iter().all(|rows| !rows.is_empty()), "{before:?}");
    let database = rusqlite::Connection::open(home.path("demo/data/flow_oa.db")).unwrap();
    let top = crate::home::rows(
        &database,
        "SELECT clientip, fulluri, uri_rep, respcode_name, network_context FROM proxy_scores \
         WHERE rank < 10 AND host = '198.51.100.77'",
    );
    let download = "10.20.20.17|198.51.100.77/files/setup.exe|names:MEDIUM:2|OK|status-board";
    assert_eq!(top.first().map(String::as_str), Some(download));
    home.does(&demo);
    assert!(before == rows_of(&home, tables), "again: the same rows");
}

#[test]
fn days_of_all_pipelines_share_a_home_and_each_is_a_users_own_once_edited() {
    let home = Home::bare();
    for pipeline in ["dns", "flow", "proxy", "dns"] {
        let demo = ["demo", "-t", pipeline, "--home", ".", "--rows", "2000", "--limit", "50"];
        home.does(&demo);
    }
    for (pipeline, results) in
        ["dns", "proxy"].map(|pipeline| (pipeline, results_of(DAY).replace("flow", pipeline)))
    {
        let made = home.read(&results);
        home.write(&results, format!("{made}more\n"));
        let refused = home.run(&["demo", "-t", "flow", "--home", ".", "--rows", "2000"]).ends_with(73);
        refused.complains(&[&results, "which is not a sample"]);
        home.write(&results, made);
        home.does(&["sample", "-t", pipeline, "--date", "20160709", "--rows", "2000", "--out", "."]);
    }
    home.write("flow_oa.json", "{}");
    let refused = home.run(&["demo", "-t", "dns", "--home", ".", "--rows", "2000"]).ends_with(73);
    refused.complains(&["flow_oa.json", "which is not a sample"]);
}

#[test]
fn the_commands_that_sample_prints_run_its_day() {
    for pipeline in ["dns", "proxy"] {
        let home = Home::new();
        let made = home.does(&["sample", "-t", pipeline, "-d", DAY, "--rows", "2000", "--out", "."]);
        let made = made.says(&["2,000 ", "of them an attack", "10.20.20.17"]);
        let (_, next) = made.out.split_once("next:\n").unwrap();
        for command in next.lines() {
            home.does(&command.split_whitespace().skip(1).collect::<Vec<_>>());
        }
        assert_eq!(home.count(&format!("{pipeline}_scores")), 500);
    }
}

#[test]
fn a_pipeline_without_a_sample_day_is_refused() {
    let home = Home::bare();
    home.run(&["sample", "-t", "logins", "-d", DAY, "--out", "."]).ends_with(2).complains(&["\"logins\""]);
    assert!(!home.path("context").exists());
}
