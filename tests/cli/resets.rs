//! `flow-oa reset` and `flow-oa restore`: analysts' work of a day, out and back.

use crate::home::{DAY, Home, at, flow, result, results_of};

const FEEDBACK: &str = "flow/scored_results/20160708/feedback/ml_feedback.csv";

/// A day on which analysts wrote something into every table, and another one with a score.
fn home() -> Home {
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "192.0.2.7", 100)]);
    let results = [
        result(&at("10:00:00"), "10.0.0.1", "192.0.2.7", "0.1"),
        result(&at("10:00:01"), "10.0.0.1", "192.0.2.8", "0.2"),
    ];
    home.has_results(&results);
    home.runs_day();
    home.write(&results_of("20160709"), results.join("\n") + "\n");
    home.does(&["run", "-d", "20160709"]);
    let note = "it's \\ \"so\"\n\u{e9}";
    for (day, rank) in [(DAY, "0"), (DAY, "1"), ("20160709", "0")] {
        home.does(&["score", "-d", day, "--by", "ann", "--rank", rank, "-s", "low", "--note", note]);
    }
    for (ip, title, text) in [("10.0.0.1", "title", note), ("192.0.2.7", "", "")] {
        home.does(&["storyboard", "-d", DAY, "--by", "ann", ip, "--title", title, "--text", text]);
    }
    home
}

/// The files of storyboards, and what they hold.
fn drawn(home: &Home) -> Vec<(String, String)> {
    let kinds = ["stats-", "threat-dendro-", "globe-"];
    let names = std::fs::read_dir(home.path("data/flow/20160708")).unwrap();
    let names = names.map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<_> = names.filter(|it| kinds.iter().any(|kind| it.starts_with(kind))).collect();
    files.sort();
    let read = |it: String| (it.clone(), home.read(&format!("data/flow/20160708/{it}")));
    files.into_iter().map(read).collect()
}

/// The backup that a reset wrote.
fn reset(home: &Home) -> String {
    let json = home.json(&["reset", "-d", DAY, "--yes"]);
    json["backup"].as_str().expect("a path").to_owned()
}

#[test]
fn a_reset_takes_the_day_out_and_a_restore_puts_it_back() {
    let home = home();
    let before = home.everything();
    let (feedback, files) = (home.read(FEEDBACK), drawn(&home));
    assert_eq!(files.len(), 6);
    let backup = reset(&home);
    let tables = ["flow_threat_investigation", "flow_storyboard", "flow_timeline"];
    assert_eq!(tables.map(|it| home.count(it)), [1, 0, 0], "the other day stays");
    assert!(drawn(&home).is_empty(), "the files are gone");
    assert_eq!(home.count("flow_scores"), 4);
    assert_eq!(home.read(FEEDBACK).lines().count(), 1, "the header alone");
    home.does(&["reset", "-d", DAY]).says(&["analysts wrote nothing of 2016-07-08"]);
    let done = home.json(&["restore", &backup]);
    assert_eq!(done["tables"].as_array().map(Vec::len), Some(3));
    assert_eq!((done["files"].as_u64(), drawn(&home)), (Some(6), files));
    assert_eq!((home.everything(), home.read(FEEDBACK)), (before.clone(), feedback));
    home.does(&["restore", &backup]).says(&["put back"]);
    assert_eq!(home.everything(), before, "what is there is not added again");
}

#[test]
fn what_was_written_since_stays() {
    let home = home();
    let backup = reset(&home);
    home.does(&["score", "-d", DAY, "--by", "bob", "--rank", "0", "-s", "high"]);
    let done = home.json(&["restore", &backup]);
    let threats = done["tables"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["table"] == "flow_threat_investigation")
        .unwrap();
    assert_eq!((threats["restored"].as_u64(), threats["kept"].as_u64()), (Some(1), Some(1)));
    let scores = "SELECT rank, score, scored_by FROM flow_threat_investigation WHERE d = 8 ORDER BY rank";
    assert_eq!(home.rows(scores), ["0|1|bob", "1|3|ann"]);
}

#[test]
fn nothing_goes_without_a_yes_or_a_backup() {
    let home = home();
    let before = home.everything();
    home.run(&["reset", "-d", DAY]).ends_with(2).complains(&[
        "6 rows and 6 files of storyboards that analysts wrote of 2016-07-08",
        "--yes",
        "nothing was changed",
    ]);
    assert_eq!(home.everything(), before);
    std::fs::remove_dir_all(home.path("data/flow/20160708")).unwrap();
    home.write("data/flow/20160708", "a file where a folder belongs");
    home.run(&["reset", "-d", DAY, "--yes"]).ends_with(73);
    assert_eq!(home.everything(), before);
}

#[test]
fn a_backup_that_is_none_is_refused() {
    let home = home();
    let backup = reset(&home);
    let (good, before) = (home.read(&backup), home.everything());
    for (bad, code, words) in [
        ("", 65, "EOF"),
        (&good[..good.len() / 2], 65, "EOF"),
        (&good.replace("flow_storyboard", "flow_scores"), 65, "no table \"flow_scores\" of analysts"),
        (&good.replacen("\"title\"", "\"titel\"", 1), 65, "no column \"titel\""),
        (
            &good.replace("globe-10.0.0.1.json", "../globe-10.0.0.1.json"),
            65,
            "no file that a storyboard writes",
        ),
        (&good.replace("\"2016-07-08\"", "\"someday\""), 65, "is no day"),
        (&good.replace("\"pipeline\": \"flow\"", "\"pipeline\": \"dns\""), 2, "no pipeline"),
    ] {
        home.write("bad.json", bad);
        home.run(&["restore", "bad.json"]).ends_with(code).complains(&[words]);
        assert_eq!(home.everything(), before, "{words}");
    }
    home.run(&["restore", "absent.json"]).ends_with(66).complains(&["reading the backup absent.json"]);
}
