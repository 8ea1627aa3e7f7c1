//! What the program reports about a database: its history, a dry run, a ranking, answers, and its state.

use crate::home::{DAY, at, flow, result, spot};
use crate::site::Site;

on_every_engine! {
    the_history_tells_what_was_done,
    a_dry_run_counts_the_rows_and_changes_nothing,
    a_ranking_is_a_results_file,
    what_is_stored_can_be_asked,
    a_row_is_explained_and_the_doctor_has_nothing_to_do,
    scores_of_analysts_are_kept_changed_and_taken_back,
    a_score_that_changes_others_needs_a_yes_and_the_same_again_does_not,
    stories_are_told_told_again_and_taken_back,
    a_story_that_replaces_another_needs_a_yes_and_the_same_again_does_not,
    a_backup_with_rows_of_another_day_is_refused,
    two_analysts_at_once_lose_nothing[Transactions],
    stories_of_several_analysts_at_once_are_all_kept,
    a_run_leaves_what_analysts_wrote_and_its_files_alone,
}

fn has_a_day(site: &Site) {
    site.has_flows(&[
        flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1),
        flow(&at("10:00:01"), "10.0.0.1", "10.0.0.3", 2),
        flow(&at("10:00:02"), "10.0.0.4", "10.0.0.3", 3),
    ]);
    site.has_results(&[
        result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1"),
        result(&at("10:00:01"), "10.0.0.1", "10.0.0.3", "0.2"),
    ]);
}

fn the_history_tells_what_was_done(site: &Site) {
    has_a_day(site);
    site.runs_day();
    site.home.write("bad.csv", "nonsense\n");
    site.run(&["run", "-d", DAY, "--results", "bad.csv"]).ends_with(65);
    site.home.write("late.csv", spot(&[flow(&at("11:00:00"), "10.0.0.1", "10.0.0.2", 1)]));
    site.does(&["ingest", "late.csv"]);
    let history = site.json(&["history"]);
    let endings: Vec<String> = history["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            format!(
                "{} {} {}",
                entry["command"].as_str().unwrap(),
                entry["status"].as_str().unwrap(),
                entry["stored"]
            )
        })
        .collect();
    assert_eq!(endings[0], "ingest done 1");
    assert_eq!(endings[endings.len() - 2..], ["run done 2", "ingest done 3"]);
    assert_eq!(history["stale"][0]["day"], "2016-07-08");
    site.runs_day();
    assert_eq!(site.json(&["history"])["stale"], serde_json::json!([]));
}

fn a_dry_run_counts_the_rows_and_changes_nothing(site: &Site) {
    has_a_day(site);
    let rows = |summary: &serde_json::Value| -> Vec<String> {
        let tables = summary["tables"].as_array().unwrap().iter();
        tables.map(|table| format!("{} {} {}", table["table"], table["rows"], table["replaced"])).collect()
    };
    let (before, stated) = (site.everything(), site.count("flow_oa_history"));
    let expected = site.json(&["run", "-d", DAY, "--dry-run"]);
    assert_eq!((site.everything(), site.count("flow_oa_history")), (before, stated));
    assert!(!site.home.path("data/flow/20160708/flow_scores.csv").exists());
    assert_eq!(rows(&expected), rows(&site.json(&["run", "-d", DAY])));
    let after = site.everything();
    let expected = site.json(&["run", "-d", DAY, "--dry-run"]);
    assert_eq!(site.everything(), after);
    assert_eq!(rows(&expected), rows(&site.json(&["run", "-d", DAY])));
}

fn a_ranking_is_a_results_file(site: &Site) {
    has_a_day(site);
    site.does(&["rank", "-d", DAY, "--out", "ranked.csv"]);
    assert_eq!(site.home.read("ranked.csv").lines().count(), 3);
    site.does(&["run", "-d", DAY, "--results", "ranked.csv"]);
    assert_eq!(site.count("flow_scores"), 3);
    site.does(&["rank", "-d", DAY, "--max", "1", "--out", "again.csv"]);
    assert_eq!(site.home.read("again.csv").lines().next(), site.home.read("ranked.csv").lines().next());
    site.does(&["rank", "-d", DAY, "--max", "2", "--out", "ranked.csv"]);
    let theirs = site.home.read("again.csv") + &site.home.read("ranked.csv");
    site.home.write("ranked.csv", &theirs);
    site.run(&["rank", "-d", DAY, "--out", "ranked.csv"]).ends_with(73).complains(&["--replace"]);
    assert_eq!(site.home.read("ranked.csv"), theirs, "no ranking wrote it so");
    site.does(&["rank", "-d", DAY, "--out", "ranked.csv", "--replace"]);
    let history = site.json(&["history", "--last", "2"]);
    let endings =
        history["entries"].as_array().unwrap().iter().map(|entry| entry["status"].as_str().unwrap());
    assert_eq!(endings.collect::<Vec<_>>(), ["done", "failed"]);
    assert_eq!(history["entries"][0]["output"], "ranked.csv");
}

/// The first columns of the rows that a query returns.
fn asked(site: &Site, arguments: &[&str], columns: usize) -> Vec<String> {
    let answer = site.json(&[&["query"], arguments].concat());
    let rows = answer["rows"].as_array().unwrap().iter();
    let cells = |row: &serde_json::Value| {
        let cells = row.as_array().unwrap().iter().take(columns);
        cells.map(ToString::to_string).collect::<Vec<_>>().join(" ").replace('"', "")
    };
    rows.map(cells).collect()
}

fn what_is_stored_can_be_asked(site: &Site) {
    has_a_day(site);
    site.home.write("context/ipranges.csv", "10.0.0.1,10.0.0.1,O'Neill\\\n");
    site.runs_day();
    let scores = ["2016-07-08 10:00:00 10.0.0.1 10.0.0.2", "2016-07-08 10:00:01 10.0.0.1 10.0.0.3"];
    assert_eq!(asked(site, &["suspicious", "--rows", "-d", DAY], 3), scores);
    assert_eq!(asked(site, &["suspicious", "-d", DAY], 2), ["client 10.0.0.1, service TCP:80 2"], "a story");
    for (filter, rows) in [
        ("score<0.15", &scores[..1]),
        ("srcip_internal=true", &scores[..]),
        ("destip_internal=true", &[]),
        ("proto~C", &scores[..]),
        ("proto~'\\%", &[]),
        ("dstip=10.0.0.3", &scores[1..]),
        ("rank>=1", &scores[1..]),
        ("srcip=10.0.0.0/8", &scores[..]),
        ("dstip=10.0.0.2/31", &scores[..]),
        ("dstip=10.0.0.3/32", &scores[1..]),
        ("dstip!=10.0.0.0/31", &scores[..]),
        ("dstip!=10.0.0.0/8", &[]),
        ("dstip=::/0", &[]),
        ("tstart>2016-07-08T10:00", &scores[1..]),
        ("tstart>=2016-07-08T12:00:00+02:00", &scores[..]),
        ("tstart<2016-07-08T10:00:01Z", &scores[..1]),
        ("tstart=2016-07-08 10:00:01", &scores[1..]),
        ("tstart>2016-07-08", &scores[..]),
        ("tstart<=2016-07-08 10", &scores[..1]),
    ] {
        assert_eq!(
            asked(site, &["suspicious", "--rows", "-d", DAY, "--filter", filter], 3),
            rows,
            "{filter}"
        );
    }
    assert_eq!(asked(site, &["details", "-d", DAY, "--rank", "1"], 3), scores[1..]);
    let chords = ["10.0.0.1 10.0.0.1 10.0.0.3 2", "10.0.0.1 10.0.0.1 10.0.0.2 1"];
    assert_eq!(asked(site, &["chords", "10.0.0.1", "-d", DAY], 4), chords);
    let did = asked(site, &["investigate", "10.0.0.3", "-d", DAY, "--by", "bytes"], 4);
    assert_eq!(did, ["10.0.0.4 inbound 10.0.0.4 10.0.0.3", "10.0.0.1 inbound 10.0.0.1 10.0.0.3"]);
    let summary = ["summary", "--from-date", "2016-07-01", "--to-date", "2016-08-01"];
    assert_eq!(asked(site, &summary, 2), ["2016-07-08 10:00 3"]);
}

fn a_row_is_explained_and_the_doctor_has_nothing_to_do(site: &Site) {
    has_a_day(site);
    site.home.write("context/ipranges.csv", "10.0.0.1,10.0.0.1,Ours\n");
    site.runs_day();
    let before = site.everything();
    let stated = site.does(&["explain-row", "-d", DAY, "--rank", "1"]).out;
    for words in ["flow_results.csv:2", "line 1: 10.0.0.1", "written `10.0.0.3`", "no entry for 10.0.0.3"] {
        assert!(stated.contains(words), "{words} is not in {stated}");
    }
    assert!(!stated.contains("today it gives"), "{stated}");
    let stated = site.does(&["doctor", "-d", DAY]).out;
    for words in ["a run would work", "known of 3 addresses of 2016-07-08: network 1", "flow_scores 2"] {
        assert!(stated.contains(words), "{words} is not in {stated}");
    }
    assert_eq!(site.everything(), before);
}

fn scores_of_analysts_are_kept_changed_and_taken_back(site: &Site) {
    has_a_day(site);
    site.runs_day();
    let score =
        |arguments: &[&str]| site.does(&[&["score", "-d", DAY, "--by", "o'neill"], arguments].concat());
    let threats = || -> Vec<String> {
        let text = site.does(&["query", "threats", "-d", DAY, "--output", "ndjson"]).out;
        let row = |line: &str| {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            format!("{} {} {} {}", row["rank"], row["score"], row["note"], row["scored_by"]).replace('"', "")
        };
        text.lines().map(row).collect()
    };
    score(&["--rank", "0", "-s", "high", "--note", "it's; -- so"]);
    score(&["--filter", "rank=1", "-s", "low"]);
    assert_eq!(threats(), ["0 1 it's; -- so o'neill", "1 3  o'neill"]);
    let feedback = site.home.read("flow/scored_results/20160708/feedback/ml_feedback.csv");
    let learnt = "3\t2016-07-08 10:00:01\t10.0.0.1\t10.0.0.3\t1025\t80\t3\t100";
    assert_eq!(feedback.lines().skip(1).filter(|line| line.starts_with('3')).collect::<Vec<_>>(), [learnt]);
    assert!(asked(site, &["suspicious", "--rows", "-d", DAY], 1).is_empty());
    score(&["--rank", "0", "-s", "medium", "--yes"]);
    assert_eq!(threats(), ["0 2  o'neill", "1 3  o'neill"]);
    score(&["--rank", "0", "--unscore", "--yes"]).says(&["1 score removed"]);
    assert_eq!(threats(), ["1 3  o'neill"]);
    assert_eq!(
        asked(site, &["suspicious", "--rows", "-d", DAY], 3),
        ["2016-07-08 10:00:00 10.0.0.1 10.0.0.2"]
    );
    site.runs_day();
    assert_eq!(threats(), ["1 3  o'neill"]);
    let backup = site.json(&["reset", "-d", DAY, "--yes"])["backup"].as_str().unwrap().to_owned();
    assert!(threats().is_empty());
    site.does(&["restore", &backup]);
    assert_eq!(threats(), ["1 3  o'neill"]);
    site.does(&["restore", &backup]);
    assert_eq!(threats(), ["1 3  o'neill"]);
}

/// The preview of a command that is refused without confirmation.
fn unconfirmed(site: &Site, arguments: &[&str]) -> serde_json::Value {
    let (before, feedback) = (site.everything(), site.home.read(FEEDBACK));
    let report = site.run(&[arguments, &["--output", "json"]].concat()).ends_with(2).json();
    assert_eq!((site.everything(), site.home.read(FEEDBACK)), (before, feedback));
    assert_eq!(report["exit_code"], 2, "{report}");
    assert!(report["error"].as_str().unwrap().contains("--yes"), "{report}");
    report["preview"].clone()
}

const FEEDBACK: &str = "flow/scored_results/20160708/feedback/ml_feedback.csv";

fn a_score_that_changes_others_needs_a_yes_and_the_same_again_does_not(site: &Site) {
    has_a_day(site);
    site.runs_day();
    let by = |name: &'static str, arguments: &[&'static str]| {
        [&["score", "-d", DAY, "--by", name], arguments].concat()
    };
    let rows = || site.columns("flow_threat_investigation", &["rank", "score", "note", "scored_by"]);
    site.does(&by("ann", &["--rank", "0", "-s", "high", "--note", "it's; -- so"]));
    site.does(&by("ann", &["--rank", "1", "-s", "low"]));
    let both = &["--filter", "rank>=0", "-s", "low"];
    let preview = unconfirmed(site, &by("bob", both));
    let change = serde_json::json!([{"from": "high", "to": "low", "connections": 1, "notes_lost": 1}]);
    assert_eq!(preview["changes"], change);
    let lost = &preview["notes_lost"][0];
    assert_eq!((&lost["note"], &lost["by"]), (&"it's; -- so".into(), &"ann".into()), "{preview}");
    assert_eq!(lost["connection"]["dstip"], "10.0.0.2");
    site.does(&by("cyd", &["--rank", "0", "-s", "high", "--note", "it's; -- so"])).says(&["1 as before"]);
    assert_eq!(rows(), ["0|1|it's; -- so|ann", "1|3||ann"], "the same again takes no one's name away");
    let preview = unconfirmed(site, &by("bob", &["--rank", "0", "-s", "high"]));
    assert_eq!(preview["changes"][0]["notes_lost"], 1, "{preview}");
    let preview = unconfirmed(site, &by("bob", &["--rank", "1", "--unscore"]));
    assert_eq!(preview["changes"][0]["to"], serde_json::Value::Null, "{preview}");
    let done = site.json(&[&by("bob", both)[..], &["--yes"]].concat());
    assert_eq!((&done["changes"], &done["unchanged"]), (&change, &1.into()));
    assert_eq!(rows(), ["0|3||bob", "1|3||ann"]);
}

fn stories_are_told_told_again_and_taken_back(site: &Site) {
    has_a_day(site);
    site.home.write("context/ipranges.csv", "10.0.0.0/30,ours\n");
    site.runs_day();
    let tell = |ip: &str, text: &str, top: &str| {
        let stated =
            ["storyboard", "-d", DAY, ip, "--by", "ann", "--title", "it's \\", "--text", text, "--top", top];
        site.does(&[&stated[..], &["--yes"]].concat());
    };
    tell("10.0.0.1", "first", "0");
    tell("10.0.0.3", "other", "1");
    tell("10.0.0.1", "<b>\n; DROP TABLE flow; -- ${x}", "1");
    let comments = || asked(site, &["comments", "-d", DAY], 3);
    let timeline = || {
        let mut rows = asked(site, &["timeline", "-d", DAY], 5);
        rows.sort();
        rows
    };
    let mut stated = comments();
    stated.sort();
    let expected = [r"10.0.0.1 it's \\ <b>\n; DROP TABLE flow; -- ${x}", r"10.0.0.3 it's \\ other"];
    assert_eq!(stated, expected);
    let moments = [
        "10.0.0.1 2016-07-08 10:00:01 2016-07-08 10:00:01 10.0.0.1 10.0.0.3",
        "10.0.0.3 2016-07-08 10:00:02 2016-07-08 10:00:02 10.0.0.4 10.0.0.3",
    ];
    assert_eq!(timeline(), moments);
    assert_eq!(
        asked(site, &["impact", "10.0.0.3", "-d", DAY], 5),
        ["inbound external 1 1 3", "inbound ours 1 1 2"]
    );
    let first = "inbound ours 10.0.0.1 2016-07-08 10:00:01 2016-07-08 10:00:01 1 2";
    assert_eq!(asked(site, &["progression", "10.0.0.3", "-d", DAY], 7)[0], first);
    assert_eq!(asked(site, &["globe", "10.0.0.3", "-d", DAY], 3)[0], "10.0.0.3 itself true");
    site.runs_day();
    assert_eq!(timeline(), moments);
    let backup = site.json(&["reset", "-d", DAY, "--yes"])["backup"].as_str().unwrap().to_owned();
    assert!(comments().is_empty() && timeline().is_empty());
    site.does(&["restore", &backup]);
    assert_eq!((comments().len(), timeline()), (2, moments.map(str::to_owned).to_vec()));
}

fn a_story_that_replaces_another_needs_a_yes_and_the_same_again_does_not(site: &Site) {
    has_a_day(site);
    site.runs_day();
    site.does(&["score", "-d", DAY, "--by", "ann", "--rank", "0", "-s", "low"]);
    let tell = |by: &'static str, text: &'static str, top: &'static str| {
        let about = ["storyboard", "-d", DAY, "10.0.0.1", "--by", by, "--title", "it's", "--text", text];
        [&about[..], &["--top", top]].concat()
    };
    let rows = || site.columns("flow_storyboard", &["ip_threat", "title", "text", "written_by"]);
    site.does(&tell("ann", "first", "0"));
    assert_eq!(unconfirmed(site, &tell("bob", "second", "0"))["comments"][0]["text"], "first");
    site.does(&tell("bob", "first", "0"));
    assert_eq!(rows(), ["10.0.0.1|it's|first|ann"], "the same again takes no one's name away");
    let preview = unconfirmed(site, &tell("ann", "first", "1"));
    assert_eq!(preview["timeline"], serde_json::json!({"from": 2, "to": 1}));
    site.does(&[&tell("bob", "second", "1")[..], &["--yes"]].concat());
    assert_eq!((rows(), site.count("flow_timeline")), (vec!["10.0.0.1|it's|second|bob".to_owned()], 1));
}

fn a_backup_with_rows_of_another_day_is_refused(site: &Site) {
    has_a_day(site);
    site.runs_day();
    for rank in ["0", "1"] {
        site.does(&["score", "-d", DAY, "--by", "ann", "--rank", rank, "-s", "low"]);
    }
    let backup = site.json(&["reset", "-d", DAY, "--yes"])["backup"].as_str().unwrap().to_owned();
    let good: serde_json::Value = serde_json::from_str(&site.home.read(&backup)).unwrap();
    let before = site.everything();
    let places = good["tables"][0]["columns"].as_array().unwrap().iter().position(|name| name == "d");
    for (rows, words) in [(0..2, "2 of its 2 rows"), (1..2, "1 of its 2 rows")] {
        let mut bad = good.clone();
        bad.as_object_mut().unwrap().remove("checksum");
        for row in rows {
            bad["tables"][0]["rows"][row][places.unwrap()] = 9.into();
        }
        site.home.write("bad.json", bad.to_string());
        let refused = site.run(&["restore", "bad.json"]).ends_with(65);
        refused.complains(&[words, "not of 2016-07-08", "is of 2016-7-9"]);
        assert_eq!(site.everything(), before);
    }
    let mut other = good.clone();
    other.as_object_mut().unwrap().remove("checksum");
    other["day"] = "2016-07-09".into();
    site.home.write("bad.json", other.to_string());
    site.run(&["restore", "bad.json"]).ends_with(65).complains(&["not of 2016-07-09", "is of 2016-7-8"]);
    assert_eq!(site.everything(), before);
    site.home.write("renamed", site.home.read(&backup));
    site.does(&["restore", "renamed"]);
    assert_eq!(site.count("flow_threat_investigation"), 2);
}

fn two_analysts_at_once_lose_nothing(site: &Site) {
    has_a_day(site);
    site.runs_day();
    let score = |by: &str, rank: &str, severity: &str| {
        site.does(&["score", "-d", DAY, "--by", by, "--rank", rank, "-s", severity, "-q"]);
    };
    for _ in 0..site.database.rounds() {
        std::thread::scope(|scope| {
            for (by, rank) in [("ann", "0"), ("bob", "1"), ("cyd", "0")] {
                scope.spawn(move || score(by, rank, "high"));
            }
        });
        let rows = site.database.rows("SELECT rank, scored_by FROM flow_threat_investigation ORDER BY rank");
        assert_eq!(rows.len(), 2, "{rows:?}");
        let feedback = site.home.read("flow/scored_results/20160708/feedback/ml_feedback.csv");
        assert_eq!(feedback.lines().count(), 3, "{feedback}");
        assert!(["ann", "cyd"].contains(&rows[0][1].as_str()) && rows[1][1] == "bob", "{rows:?}");
        site.does(&["reset", "-d", DAY, "--yes"]);
    }
}

fn stories_of_several_analysts_at_once_are_all_kept(site: &Site) {
    has_a_day(site);
    site.runs_day();
    let stated = [("ann", "10.0.0.1"), ("bob", "10.0.0.3"), ("cyd", "10.0.0.4"), ("dan", "10.0.0.2")];
    std::thread::scope(|scope| {
        for (by, ip) in stated {
            let words = ["storyboard", "-d", DAY, ip, "--by", by, "--title", by, "--text", by, "-q"];
            scope.spawn(move || site.does(&words));
        }
    });
    let mut comments = asked(site, &["comments", "-d", DAY], 3);
    comments.sort();
    let mut expected = stated.map(|(by, ip)| format!("{ip} {by} {by}"));
    expected.sort();
    assert_eq!(comments, expected);
    let mut addresses = asked(site, &["timeline", "-d", DAY], 1);
    addresses.sort();
    addresses.dedup();
    assert_eq!(addresses.len(), stated.len());
    for (by, ip) in stated {
        let stats: serde_json::Value =
            serde_json::from_str(&site.home.read(&format!("data/flow/{DAY}/stats-{ip}.json"))).unwrap();
        assert_eq!(stats["name"], by);
    }
}

fn a_run_leaves_what_analysts_wrote_and_its_files_alone(site: &Site) {
    has_a_day(site);
    site.runs_day();
    site.does(&["score", "-d", DAY, "--by", "ann", "--rank", "0", "-s", "low"]);
    site.does(&["storyboard", "-d", DAY, "10.0.0.1", "--by", "ann", "--title", "t", "--text", "x"]);
    let kept = || {
        let tables = ["flow_threat_investigation", "flow_storyboard", "flow_timeline"];
        let rows = tables.map(|table| site.table(table).join("\n"));
        let folder = format!("data/flow/{DAY}");
        let files = ["stats", "threat-dendro", "globe"].map(|name| format!("{folder}/{name}-10.0.0.1.json"));
        let feedback = "flow/scored_results/20160708/feedback/ml_feedback.csv".to_owned();
        (rows, files.into_iter().chain([feedback]).map(|file| site.home.read(&file)).collect::<Vec<_>>())
    };
    let before = kept();
    site.has_results(&[result(&at("10:00:00"), "10.0.0.4", "10.0.0.3", "0.3")]);
    site.runs_day();
    assert_eq!(kept(), before);
}
