//! `flow-oa rank` lists each story once, by the declaration of its pipeline and the options of the site, and never
//! overwrites a results file that no ranking wrote. Also, the history entries of rankings.

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

/// The source, destination and ports of the lines of a ranking.
fn listed(home: &Home, options: &[&str]) -> Vec<String> {
    home.does(&[&["rank", "-d", DAY, "--replace", "--out", "listed.csv"], options].concat());
    let text = home.read("listed.csv");
    let ends = |line: &str| line.split('\t').skip(8).take(4).collect::<Vec<_>>().join(" ");
    text.lines().map(ends).collect()
}

/// A flow between two ports.
fn between(source: (&str, u16), destination: (&str, u16)) -> String {
    let mut fields: Vec<String> =
        flow(&at("10:00:00"), source.0, destination.0, 1).split(',').map(str::to_owned).collect();
    (fields[10], fields[11]) = (source.1.to_string(), destination.1.to_string());
    fields.join(",")
}

#[test]
fn the_second_flow_of_a_story_comes_after_the_first_of_another() {
    let home = Home::new();
    let usual = (0..40).map(|_| between(("10.0.0.1", 40_000), ("10.0.0.2", 443)));
    let scan = (1..=8).map(|number| between(("10.0.0.9", 50_000), ("10.0.0.2", 2000 + number)));
    let odd = between(("10.0.0.4", 40_001), ("10.0.0.3", 22));
    home.has_flows(&usual.chain(scan).chain([odd]).collect::<Vec<_>>());
    let lines = listed(&home, &[]);
    // All services but 443 are equally rare; the scan is one story, of one client and one server.
    assert_eq!(
        lines[..3],
        ["10.0.0.4 10.0.0.3 40001 22", "10.0.0.9 10.0.0.2 50000 2001", "10.0.0.9 10.0.0.2 50000 2002"]
    );
    let scores: Vec<f64> = home
        .read("listed.csv")
        .lines()
        .map(|line| line.split('\t').nth(17).unwrap().parse().unwrap())
        .collect();
    assert!(scores.is_sorted());
    assert!(
        scores[0] == scores[1] && scores[1] < scores[2],
        "the second row of a story costs two bits: {scores:?}"
    );
    assert!((scores[2] / scores[1] - 4.0).abs() < 1e-9, "{scores:?}");
}

#[test]
fn a_reply_belongs_to_the_group_of_its_request() {
    let home = Home::new();
    let usual = (0..10).map(|_| between(("10.0.0.1", 40_000), ("10.0.0.2", 443)));
    let replies = (0..10).map(|_| between(("10.0.0.2", 443), ("10.0.0.1", 40_000)));
    let flows: Vec<String> = usual.chain(replies).collect();
    home.has_flows(&flows);
    assert_eq!(home.json(&["rank", "-d", DAY, "--out", "listed.csv"])["groups"], 1);
    // By counts, port 5000 serves: it is in more rows than any other.
    let home = Home::new();
    let usual = (0..10).map(|number| between(("10.0.0.1", 40_000 + number), ("10.0.0.2", 5000)));
    let replies = (0..10).map(|number| between(("10.0.0.2", 5000), ("10.0.0.1", 40_000 + number)));
    home.has_flows(&usual.chain(replies).collect::<Vec<_>>());
    assert_eq!(home.json(&["rank", "-d", DAY, "--out", "listed.csv"])["groups"], 11);
    assert_eq!(home.json(&["rank", "-d", DAY, "--out", "listed.csv", "--popular"])["groups"], 1);
}

#[test]
fn the_direction_counts_if_the_site_gives_its_ranges() {
    let home = Home::new();
    let inside = (0..20).map(|number| between(("10.0.0.1", 40_000), ("10.0.0.2", 443 + number % 2)));
    let outside = between(("10.0.0.7", 40_000), ("192.0.2.1", 443));
    home.has_flows(&inside.chain([outside]).collect::<Vec<_>>());
    assert_eq!(listed(&home, &["--internal", "10.0.0.0/8"])[0], "10.0.0.7 192.0.2.1 40000 443");
    assert_ne!(listed(&home, &[])[0], "10.0.0.7 192.0.2.1 40000 443");
    home.run(&["rank", "-d", DAY, "--internal", "10.0.0.1/8"])
        .ends_with(2)
        .complains(&["--internal", "bits beyond its prefix"]);
}

/// A day with forty usual flows, one that is reset without an answer, and a scan of two services.
fn odd_day() -> Home {
    let home = Home::new();
    let usual = (0..40).map(|_| between(("10.0.0.1", 40_000), ("10.0.0.2", 443)));
    let scan = (1..=2).map(|number| between(("10.0.0.9", 50_000), ("10.0.0.2", 2000 + number)));
    let reset = between(("10.0.0.4", 40_001), ("10.0.0.3", 1177));
    let reset: Vec<&str> = reset.split(',').collect();
    let reset = reset.iter().zip(0..).map(|(field, at)| match at {
        13 => "...R..",
        18 | 19 => "0",
        _ => field,
    });
    let reset = reset.collect::<Vec<_>>().join(",");
    home.has_flows(&usual.chain(scan).chain([reset]).collect::<Vec<_>>());
    home
}

#[test]
fn each_row_carries_its_reasons() {
    let home = odd_day();
    home.does(&["rank", "-d", DAY]);
    home.does(&["run", "-d", DAY, "-l", "4"]);
    assert_eq!(
        home.rows("SELECT sport, dport, why FROM flow_scores ORDER BY rank"),
        [
            "40001|1177|reset without an answer (1 in 43); TCP:1177: at most 1 flow in 14 uses a service this rare; row 1 \
             of its group",
            "50000|2001|TCP:2001: at most 1 flow in 14 uses a service this rare; row 1 of its group",
            "50000|2002|TCP:2002: at most 1 flow in 14 uses a service this rare; place 2 of its story; row 1 of its group",
            "40000|443|row 1 of its group",
        ]
    );
    // A reason is a value like others.
    let answer = home.json(&["query", "suspicious", "--rows", "-d", DAY, "--filter", "dport=1177"]);
    assert!(answer["rows"].to_string().contains("reset without an answer (1 in 43)"), "{answer}");
}

#[test]
fn explain_row_shows_the_counts_behind_the_reasons() {
    let home = odd_day();
    home.does(&["rank", "-d", DAY]);
    home.does(&["run", "-d", DAY]);
    home.does(&["explain-row", "-d", DAY, "--rank", "0"]).says(&[
        "service `TCP:1177`: 1 counted, 3 of 43 as rare or rarer: 3.8 bits; 3.8 on average in its group",
        "state `reset without an answer`: 1 counted, 1 of 43 as rare or rarer: 5.4 bits",
        "packets `3`: 43 counted, 43 of 43 as rare or rarer: 0.0 bits",
    ]);
    // The settings belong to what the list is made of.
    home.write("flow_oa.json", r#"{"ranking": {"internal": ["10.0.0.4/32"]}}"#);
    home.does(&["rank", "-d", DAY]);
    home.does(&["run", "-d", DAY]);
    home.does(&["explain-row", "-d", DAY, "--rank", "0"])
        .says(&["direction `", "service `TCP:1177`: 1 counted"]);
    // What the day holds by now is said, and not taken for what the list was made of.
    comes_late(&home);
    home.does(&["explain-row", "-d", DAY, "--rank", "0"]).says(&[
        "counts unknown: flow, ranked again as the settings say, gives other reasons at this position: `",
    ]);
}

#[test]
fn a_record_may_lack_its_reasons() {
    let home = home();
    let line = |source: &str| result(&at("10:00:00"), source, "10.0.0.2", "0.5");
    let lines = [line("10.0.0.1"), line("10.0.0.3") + "\tbecause", line("10.0.0.4") + "\t"];
    home.write(&results_of(DAY), lines.join("\n") + "\n");
    home.does(&["run", "-d", DAY]);
    let stored = home.rows("SELECT srcip, why FROM flow_scores ORDER BY rank");
    assert_eq!(stored, ["10.0.0.1|", "10.0.0.3|because", "10.0.0.4|"]);
}

#[test]
fn an_older_database_gets_the_column_of_reasons() {
    let home = home();
    home.does(&["rank", "-d", DAY]);
    home.sql("ALTER TABLE flow_scores DROP COLUMN why");
    home.run(&["run", "-d", DAY]).ends_with(78).complains(&["why", "flow-oa migrate"]);
    home.does(&["init", "--add-columns"]);
    home.does(&["run", "-d", DAY]);
    assert_eq!(home.count("flow_scores WHERE why LIKE '%of its group'"), 3);
}
