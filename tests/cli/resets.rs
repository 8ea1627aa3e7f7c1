//! `flow-oa reset` and `flow-oa restore`: analysts' work of a day is deleted and restored.

use crate::home::{DAY, Home, Outcome, at, flow, result, results_of, spot};

const FEEDBACK: &str = "flow/scored_results/20160708/feedback/ml_feedback.csv";

/// A day with analysts' rows in every table, and another day with a score.
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
    home.does(&["run", "-d", "20160709", "--allow-other-day"]);
    let note = "it's \\ \"so\"\n\u{e9}";
    for (day, rank) in [(DAY, "0"), (DAY, "1"), ("20160709", "0")] {
        home.does(&["score", "-d", day, "--by", "ann", "--rank", rank, "-s", "low", "--note", note]);
    }
    for (ip, title, text) in [("10.0.0.1", "title", note), ("192.0.2.7", "", "")] {
        home.does(&["storyboard", "-d", DAY, "--by", "ann", ip, "--title", title, "--text", text]);
    }
    home
}

/// The files of storyboards, and their contents.
fn drawn(home: &Home) -> Vec<(String, String)> {
    let kinds = ["stats-", "threat-dendro-", "globe-"];
    let names = std::fs::read_dir(home.path("data/flow/20160708")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<_> = names.filter(|name| kinds.iter().any(|kind| name.starts_with(kind))).collect();
    files.sort();
    let read = |text: String| (text.clone(), home.read(&format!("data/flow/20160708/{text}")));
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
    assert_eq!(tables.map(|table| home.count(table)), [1, 0, 0], "the other day stays");
    assert!(drawn(&home).is_empty(), "the files are gone");
    assert_eq!(home.count("flow_scores"), 4);
    assert_eq!(home.read(FEEDBACK).lines().count(), 1, "the header alone");
    home.does(&["reset", "-d", DAY]).says(&["analysts wrote nothing of 2016-07-08"]);
    let done = home.json(&["restore", &backup]);
    assert_eq!(done["tables"].as_array().map(Vec::len), Some(3));
    assert_eq!((done["files"].as_u64(), drawn(&home)), (Some(6), files));
    assert_eq!((home.everything(), home.read(FEEDBACK)), (before.clone(), feedback));
    home.does(&["restore", &backup]).says(&["restored"]);
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
        .find(|table| table["table"] == "flow_threat_investigation")
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
        "6 rows, 6 files of storyboards and 2 lines of feedback that analysts wrote of 2016-07-08",
        "flow_timeline",
        "data/flow/20160708/globe-192.0.2.7.json",
        FEEDBACK,
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
            "not a file that a storyboard writes",
        ),
        (&good.replace("\"2016-07-08\"", "\"someday\""), 65, "is not a day"),
        (
            &good.replacen("\"title\",\n", "\"t\\u0000\",\n", 2).replacen("\"t\\u0000\"", "\"title\"", 1),
            65,
            "NUL",
        ),
        (&good.replace("\"pipeline\": \"flow\"", "\"pipeline\": \"mail\""), 2, "no pipeline"),
    ] {
        assert_ne!(bad, good, "{words}");
        home.write("bad.json", bad);
        home.run(&["restore", "bad.json"]).ends_with(code).complains(&[words]);
        assert_eq!(home.everything(), before, "{words}");
    }
    home.run(&["restore", "absent.json"]).ends_with(66).complains(&["reading the backup absent.json"]);
}

#[test]
fn feedback_that_cannot_be_written_stops_neither_way_and_the_backup_is_named() {
    let home = home();
    let (before, files) = (home.everything(), drawn(&home));
    let elsewhere = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        Outcome::of(command.env("FLOW_OA_RESULTS_ROOT", "http://127.0.0.1:9/x")).ends_with(78)
    };
    let done = elsewhere(&["reset", "-d", DAY, "--yes"]).says(&["flow-oa restore", "analysts-"]);
    let done =
        done.complains(&["the rows are deleted", "not written over http", "flow-oa feedback -d 2016-07-08"]);
    assert!(!done.err.contains("nothing was changed"), "{}", done.err);
    assert!(home.count("flow_storyboard") == 0 && drawn(&home).is_empty());
    let names = std::fs::read_dir(home.path("data/flow/20160708")).unwrap();
    let mut names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let backup = format!("data/flow/20160708/{}", names.find(|name| name.starts_with("analysts-")).unwrap());
    elsewhere(&["restore", &backup]).says(&["restored"]).complains(&["the rows are restored"]);
    assert_eq!((home.everything(), drawn(&home)), (before, files));
}

#[test]
fn a_backup_stays_once_something_may_have_gone() {
    let home = home();
    let before = home.everything();
    home.sql("CREATE TRIGGER no BEFORE DELETE ON flow_timeline BEGIN SELECT RAISE(ABORT, 'not now'); END");
    let refused = home.run(&["reset", "-d", DAY, "--yes"]);
    assert_ne!(refused.code, 0);
    let (_, named) = refused.err.split_once("`flow-oa restore ").expect(&refused.err);
    let backup = named.split('`').next().unwrap();
    assert_eq!(home.everything(), before);
    home.does(&["restore", backup]).says(&["restored"]);
    assert_eq!(home.everything(), before, "all of it was there");
}

#[test]
fn what_is_in_files_alone_goes_and_comes_back_too() {
    let home = home();
    let (feedback, files) = (home.read(FEEDBACK), drawn(&home));
    for table in ["flow_threat_investigation", "flow_storyboard", "flow_timeline"] {
        home.sql(&format!("DELETE FROM {table} WHERE d = 8"));
    }
    home.run(&["reset", "-d", DAY])
        .ends_with(2)
        .complains(&["6 files of storyboards and 2 lines of feedback that analysts wrote", FEEDBACK]);
    let backup = reset(&home);
    assert_eq!((home.read(FEEDBACK).lines().count(), drawn(&home).len()), (1, 0));
    home.does(&["reset", "-d", DAY]).says(&["analysts wrote nothing"]);
    home.does(&["restore", &backup]);
    assert_eq!((home.read(FEEDBACK), drawn(&home)), (feedback, files));
}

/// A backup without its checksum, changed as a program might change it.
fn changed(good: &str, change: impl FnOnce(&mut serde_json::Value)) -> String {
    let mut backup: serde_json::Value = serde_json::from_str(good).unwrap();
    backup.as_object_mut().unwrap().remove("checksum");
    change(&mut backup);
    backup.to_string()
}

/// The position of a column of the first table.
fn place(backup: &serde_json::Value, column: &str) -> usize {
    backup["tables"][0]["columns"].as_array().unwrap().iter().position(|name| name == column).unwrap()
}

#[test]
fn a_backup_with_rows_of_other_days_or_twice_or_without_a_key_is_refused() {
    let home = home();
    let backup = reset(&home);
    let (good, before) = (home.read(&backup), home.everything());
    let set = |row: usize, column: &'static str, to: serde_json::Value| {
        changed(&good, |backup| {
            let at = place(backup, column);
            backup["tables"][0]["rows"][row][at] = to;
        })
    };
    for (bad, words) in [
        (
            set(1, "d", 9.into()),
            "1 of its 2 rows of flow_storyboard are not of 2016-07-08, the day of the backup: row 1 is of 2016-7-9",
        ),
        (set(0, "y", 2017.into()), "row 0 is of 2017-7-8"),
        (
            changed(&good, |backup| backup["day"] = "2016-07-09".into()),
            "2 of its 2 rows of flow_storyboard are not of 2016-07-09",
        ),
        (set(0, "d", serde_json::Value::Null), "row 0 of flow_storyboard: d cannot hold its value"),
        (set(0, "ip_threat", serde_json::Value::Null), "ip_threat cannot hold its value"),
        (set(0, "ip_threat", "192.0.2.7".into()), "rows 0 and 1 of flow_storyboard have the same key"),
        (
            changed(&good, |backup| {
                let at = place(backup, "d");
                backup["tables"][0]["columns"].as_array_mut().unwrap().remove(at);
                for row in backup["tables"][0]["rows"].as_array_mut().unwrap() {
                    row.as_array_mut().unwrap().remove(at);
                }
            }),
            "its rows of flow_storyboard have no d, which is part of the key",
        ),
    ] {
        home.write("bad.json", bad);
        home.run(&["restore", "bad.json"]).ends_with(65).complains(&["reading the backup bad.json", words]);
        assert_eq!(home.everything(), before, "{words}");
    }
}

#[test]
fn a_backup_that_was_damaged_is_refused_and_one_of_an_earlier_version_is_not() {
    let home = home();
    let (before, files) = (home.everything(), drawn(&home));
    let backup = reset(&home);
    let (good, after) = (home.read(&backup), home.everything());
    for damaged in
        [good.replacen("title", "titel", 2).replacen("titel", "title", 1), good.replace("ann", "bob")]
    {
        assert_ne!(damaged, good);
        home.write("damaged.json", damaged);
        home.run(&["restore", "damaged.json"]).ends_with(65).complains(&["does not match its checksum"]);
        assert_eq!((home.everything(), drawn(&home).len()), (after.clone(), 0));
    }
    home.write("earlier.json", changed(&good, |_| ()));
    home.does(&["restore", "earlier.json"]).says(&["of 2016-07-08"]);
    assert_eq!((home.everything(), drawn(&home)), (before, files));
}

#[test]
fn a_reset_without_a_yes_gives_its_preview_as_json() {
    let home = home();
    let report = home.run(&["reset", "-d", DAY, "--output", "json"]).ends_with(2).json();
    let preview = &report["preview"];
    assert_eq!((&report["exit_code"], &preview["day"]), (&2.into(), &"2016-07-08".into()));
    assert_eq!(preview["tables"].as_array().unwrap().len(), 3);
    assert_eq!(preview["files"].as_array().unwrap().len(), 6);
    assert_eq!(preview["feedback"]["lines"], 2);
}

#[test]
fn feedback_that_something_else_wrote_since_a_reset_stays() {
    let home = home();
    home.sql("DELETE FROM flow_threat_investigation WHERE d = 8");
    let backup = reset(&home);
    let other = "a header\na line of another program\n";
    home.write(FEEDBACK, other);
    home.does(&["restore", &backup]);
    assert_eq!(home.read(FEEDBACK), other);
}

#[test]
fn a_story_that_was_written_since_keeps_its_timeline() {
    let home = home();
    home.write("more.csv", spot(&[flow(&at("11:00:00"), "10.0.0.1", "192.0.2.9", 200)]));
    home.does(&["ingest", "more.csv"]);
    let tell = |title: &str, top: &str| {
        let comment = [
            "storyboard",
            "-d",
            DAY,
            "--by",
            "bob",
            "10.0.0.1",
            "--title",
            title,
            "--text",
            "",
            "--top",
            top,
        ];
        home.does(&[&comment[..], &["--yes"]].concat());
    };
    let timeline = || home.rows("SELECT ip_threat, dstip FROM flow_timeline ORDER BY ip_threat, dstip");
    tell("older", "0");
    let backup = reset(&home);
    tell("newer", "1");
    assert_eq!(timeline(), ["10.0.0.1|192.0.2.9"]);
    home.does(&["restore", &backup]);
    assert_eq!(timeline(), ["10.0.0.1|192.0.2.9", "192.0.2.7|192.0.2.7"]);
    home.does(&["reset", "-d", DAY, "--yes"]);
    home.does(&["restore", &backup]);
    assert_eq!(timeline(), ["10.0.0.1|192.0.2.7", "10.0.0.1|192.0.2.9", "192.0.2.7|192.0.2.7"]);
}
