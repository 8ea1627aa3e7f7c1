//! `flow-oa score`: scores of suspicious connections by analysts.

use crate::home::{DAY, Home, Outcome, at, flow, result};

/// A day of five suspicious rows: the first two belong to one connection, and one has no port.
fn home() -> Home {
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "192.0.2.7", 100)]);
    let row = |time: &str, to: &str| result(&at(time), "10.0.0.1", to, "0.1");
    home.has_results(&[
        row("10:00:00", "192.0.2.7"),
        row("10:00:00", "192.0.2.7"),
        row("10:00:01", "192.0.2.7"),
        row("10:00:02", "192.0.2.8"),
        row("10:00:03", "192.0.2.9").replace("\t80\t", "\t0\t"),
    ]);
    home.runs_day();
    home
}

fn score(home: &Home, arguments: &[&str]) -> Outcome {
    home.run(&[&["score", "-d", DAY, "--by", "ann"], arguments].concat())
}

const SCORES: &str = "SELECT rank, score, note, scored_by FROM flow_threat_investigation ORDER BY rank";

/// The ranks of the suspicious rows in the output.
fn shown(home: &Home) -> String {
    let json = home.json(&["query", "suspicious", "--rows", "-d", DAY]);
    let at = json["columns"].as_array().unwrap().iter().position(|column| column["name"] == "rank").unwrap();
    let ranks = json["rows"].as_array().unwrap().iter().map(|row| row[at].to_string());
    ranks.collect::<Vec<_>>().join(" ")
}

#[test]
fn rows_of_one_connection_are_scored_together_and_hidden_and_nothing_else_is() {
    let home = home();
    let before = home.rows("SELECT * FROM flow_scores");
    assert_eq!(shown(&home), "0 1 2 3 4");
    score(&home, &["--rank", "1", "--severity", "high", "--note", "it's 'bad'; -- \\ <b>\nreally"])
        .ends_with(0)
        .says(&["1 connection scored in flow_threat_investigation (2 suspicious rows)"]);
    assert_eq!(home.rows(SCORES), ["0|1|it's 'bad'; -- \\ <b>\nreally|ann"]);
    assert_eq!(shown(&home), "2 3 4");
    assert_eq!(
        home.json(&["query", "suspicious", "--rows", "-d", DAY, "--all"])["rows"].as_array().unwrap().len(),
        5
    );
    assert_eq!(home.rows("SELECT * FROM flow_scores"), before, "scores of the run are left alone");
    assert_eq!(
        home.value(
            "SELECT count(*) FROM flow_threat_investigation WHERE scored_at LIKE '20__-__-__ __:__:__'"
        ),
        "1"
    );
}

#[test]
fn scoring_again_changes_the_score_and_unscoring_takes_it_back() {
    let home = home();
    score(&home, &["--rank", "2", "-s", "2", "--note", "first"]).ends_with(0);
    score(&home, &["--rank", "2", "-s", "low", "--yes"])
        .ends_with(0)
        .says(&["(1 suspicious row, 1 changed)"]);
    assert_eq!(home.rows(SCORES), ["2|3||ann"]);
    score(&home, &["--rank", "2", "--unscore", "-y"]).ends_with(0).says(&["1 score removed"]);
    assert_eq!((home.rows(SCORES).len(), shown(&home)), (0, "0 1 2 3 4".to_owned()));
    score(&home, &["--rank", "2", "--unscore"]).ends_with(0).says(&["0 scores removed"]);
}

#[test]
fn connections_are_named_by_their_values_and_port_0_is_a_port() {
    let home = home();
    score(&home, &["--filter", "dport=0", "-s", "high"]).ends_with(0);
    assert_eq!(home.rows(SCORES), ["4|1||ann"]);
    let named =
        ["--filter", "srcip=10.0.0.1", "--filter", "dstip=192.0.2.7", "--filter", "dport=80", "-s", "medium"];
    score(&home, &named).ends_with(0).says(&["2 connections scored", "(3 suspicious rows)"]);
    assert_eq!(home.rows(SCORES), ["0|2||ann", "2|2||ann", "4|1||ann"]);
    assert_eq!(shown(&home), "3");
}

#[test]
fn another_day_is_not_touched_and_a_run_keeps_the_scores() {
    let home = home();
    home.write(&crate::home::results_of("20160709"), home.read(&crate::home::results_of(DAY)));
    home.does(&["run", "-d", "20160709", "--allow-other-day"]);
    score(&home, &["--rank", "0", "-s", "high"]).ends_with(0);
    assert_eq!(
        home.json(&["query", "suspicious", "--rows", "-d", "20160709"])["rows"].as_array().unwrap().len(),
        5
    );
    assert!(home.json(&["query", "threats", "-d", "20160709"])["rows"].as_array().unwrap().is_empty());
    home.runs_day();
    assert_eq!((home.rows(SCORES), shown(&home)), (vec!["0|1||ann".to_owned()], "2 3 4".to_owned()));
}

#[test]
fn a_batch_is_stored_whole_or_not_at_all() {
    let home = home();
    home.write("scores.csv", "rank,severity,note\n0,high,\"a, b\"\n3,3,\n1,low,the same connection\n");
    score(&home, &["--batch", "scores.csv"])
        .ends_with(0)
        .says(&["2 connections scored"])
        .complains(&["1 line of the batch is not stored"]);
    assert_eq!(
        home.rows(SCORES),
        ["0|3|the same connection|ann", "3|3||ann"],
        "the later line of a connection counts"
    );
    home.sql("DELETE FROM flow_threat_investigation");
    home.write("scores.json", r#"[{"rank": 2, "severity": 1}, {"rank": 4, "severity": "low", "note": "x"}]"#);
    let text = home.read("scores.json");
    let mut command = home.command(&["score", "-d", DAY, "--by", "ann", "--batch", "-"]);
    Outcome::of(command.write_stdin(text)).ends_with(0);
    assert_eq!(home.rows(SCORES), ["2|1||ann", "4|3|x|ann"]);
    for (bad, words) in [
        ("rank,severity,note\n0,high,\n77,high,\n", "of rank 77"),
        ("rank,severity,note\n0,worst,\n", "found \"worst\""),
        ("rank,note\n0,x\n", "severity"),
        ("", "there are none"),
        ("[{\"rank\": 0}]", "severity"),
        ("rank,severity,note,extra\n0,high,,\n", "extra"),
    ] {
        home.write("bad", bad);
        let refused = score(&home, &["--batch", "bad"]);
        assert!(matches!(refused.code, 65 | 66), "{bad}: {}", refused.err);
        refused.complains(&[words, "nothing was changed"]);
        assert_eq!(home.rows(SCORES), ["2|1||ann", "4|3|x|ann"], "{bad}");
    }
}

#[test]
fn what_names_nothing_or_says_nothing_is_refused() {
    let home = home();
    score(&home, &["--rank", "9", "-s", "high"])
        .ends_with(66)
        .complains(&["no row of 2016-07-08 is of rank 9 (5 rows"]);
    score(&home, &["--filter", "dport=1", "-s", "high"]).ends_with(66).complains(&["as the filters say"]);
    for arguments in [
        &["--rank", "0"][..],
        &["-s", "high"],
        &["--rank", "0", "-s", "worst"],
        &["--rank", "0", "--unscore", "--note", "x"],
        &["--rank", "0", "-s", "high", "--unscore"],
        &["--rank", "0", "--filter", "dport=80", "-s", "high"],
        &["--filter", "prot=TCP", "-s", "high"],
    ] {
        score(&home, arguments).ends_with(2);
    }
    assert!(home.rows(SCORES).is_empty());
}

#[test]
fn who_scores_is_the_user_of_the_system_unless_it_is_said() {
    let home = home();
    let mut command = home.command(&["score", "-d", DAY, "-s", "high", "--rank", "0"]);
    Outcome::of(command.env_remove("USER").env_remove("LOGNAME").env_remove("FLOW_OA_ANALYST")).ends_with(0);
    let user = std::process::Command::new("id").arg("-un").output().unwrap();
    let by = home.rows("SELECT DISTINCT scored_by FROM flow_threat_investigation");
    assert_eq!(by, [String::from_utf8(user.stdout).unwrap().trim()]);
}

#[test]
fn ends_name_connections_and_port_0_is_a_port() {
    let home = home();
    let scored = |ends: &[&str]| {
        score(&home, &["--unscore", "--filter", "rank>=0", "--yes"]).ends_with(0);
        score(&home, &[&["-s", "high"], ends].concat()).ends_with(0);
        home.rows("SELECT rank FROM flow_threat_investigation ORDER BY rank").join(" ")
    };
    assert_eq!(scored(&["--dport", "0"]), "4");
    assert_eq!(scored(&["--src", "10.0.0.1", "--dst", "192.0.2.7"]), "0 2");
    assert_eq!(scored(&["--dport", "80", "--proto", "TCP"]), "0 2 3");
    assert_eq!(scored(&["--sport", "1025", "--filter", "rank>2"]), "3 4");
    let all =
        ["--src", "10.0.0.1", "--dst", "192.0.2.8", "--sport", "1025", "--dport", "80", "--proto", "TCP"];
    assert_eq!(scored(&all), "3");
    score(&home, &["--dport", "1", "-s", "high"]).ends_with(66);
    score(&home, &["--dport", "65536", "-s", "high"]).ends_with(2);
    score(&home, &["--rank", "0", "--src", "10.0.0.1", "-s", "high"]).ends_with(2);
}

#[test]
fn what_was_scored_can_be_taken_back_when_its_row_is_gone() {
    let home = home();
    for rank in ["2", "3", "4"] {
        score(&home, &["--rank", rank, "-s", "low"]).ends_with(0);
    }
    home.does(&["run", "-d", DAY, "-l", "1"]);
    let unscored = |which: &[&str]| {
        score(&home, &[which, &["--unscore", "--yes"]].concat()).ends_with(0).says(&["1 score removed"]);
        home.rows("SELECT rank FROM flow_threat_investigation ORDER BY rank").join(" ")
    };
    assert_eq!(unscored(&["--filter", "rank=3"]), "2 4");
    assert_eq!(unscored(&["--rank", "2"]), "4");
    assert_eq!(unscored(&["--dst", "192.0.2.9", "--dport", "0"]), "");
    score(&home, &["--rank", "4", "--unscore"]).ends_with(66).complains(&["query threats"]);
    score(&home, &["--rank", "4", "-s", "low"]).ends_with(66);
}

#[test]
fn a_rank_is_first_that_of_todays_row() {
    let home = home();
    score(&home, &["--rank", "0", "-s", "low"]).ends_with(0);
    score(&home, &["--rank", "4", "-s", "low"]).ends_with(0);
    let rows = home.read(&crate::home::results_of(DAY));
    let last = rows.lines().last().unwrap().to_owned();
    home.has_results(&[last, result(&at("11:00:00"), "10.0.0.9", "192.0.2.1", "0.1")]);
    home.runs_day();
    score(&home, &["--rank", "0", "--unscore", "--yes"]).ends_with(0);
    assert_eq!(home.rows("SELECT rank FROM flow_threat_investigation"), ["0"], "the one that is gone stays");
    score(&home, &["--filter", "rank=0", "--unscore", "--yes"]).ends_with(0).says(&["1 score"]);
    assert_eq!(home.count("flow_threat_investigation"), 0);
}

#[test]
fn batches_are_objects_too_and_what_is_wrong_with_one_is_said() {
    let home = home();
    for (text, rows) in [
        (r#"{"rank": 2, "severity": "low"}"#, "2"),
        ("{\"rank\": 3, \"severity\": 1}\n{\"rank\": 4, \"severity\": 2}\n", "2 3 4"),
    ] {
        home.write("batch", text);
        score(&home, &["--batch", "batch"]).ends_with(0);
        assert_eq!(home.rows("SELECT rank FROM flow_threat_investigation ORDER BY rank").join(" "), rows);
    }
    score(&home, &["--batch", "nope"])
        .ends_with(66)
        .complains(&["reading scores from nope", "nothing was changed"]);
    home.write("batch", r#"[{"rank": 0, "severity": 1, "note": "a\u0000b"}]"#);
    score(&home, &["--batch", "batch"])
        .ends_with(65)
        .complains(&["the note holds the character NUL", "2. character"]);
    home.run(&["score", "-d", DAY, "--rank", "0", "-s", "low", "--by", " "])
        .ends_with(2)
        .complains(&["--by"]);
    assert_eq!(home.count("flow_threat_investigation"), 3);
}

#[test]
fn protocols_are_named_in_either_case() {
    let home = home();
    score(&home, &["--dport", "0", "--proto", "tcp", "-s", "high"]).ends_with(0);
    assert_eq!(home.count("flow_threat_investigation"), 1);
}

/// The preview of a command that is refused without confirmation, and its text output.
fn refused(home: &Home, arguments: &[&str]) -> (serde_json::Value, String) {
    let before = home.everything();
    let refused = score(home, &[arguments, &["--output", "json"]].concat()).ends_with(2);
    assert_eq!(home.everything(), before, "{arguments:?}");
    (refused.json()["preview"].clone(), refused.err)
}

#[test]
fn what_would_change_from_what_to_what_is_shown_and_nothing_is_stored() {
    let home = home();
    score(&home, &["--rank", "0", "-s", "high", "--note", "odd\u{1b}[2J\nport"]).ends_with(0);
    score(&home, &["--rank", "2", "-s", "high"]).ends_with(0);
    score(&home, &["--rank", "3", "-s", "low", "--note", "kept"]).ends_with(0);
    // As in a database without CHECKs, from an earlier version.
    home.sql(
        "PRAGMA ignore_check_constraints = ON; UPDATE flow_threat_investigation SET score = 9 WHERE rank = 2",
    );
    let (preview, said) = refused(&home, &["--filter", "rank>=0", "-s", "low", "--note", "kept"]);
    assert_eq!(
        preview["changes"],
        serde_json::json!([
            {"from": "9", "to": "low", "connections": 1, "notes_lost": 0},
            {"from": "high", "to": "low", "connections": 1, "notes_lost": 1},
        ])
    );
    assert_eq!(preview["notes_lost"].as_array().unwrap().len(), 1);
    assert_eq!(preview["notes_lost"][0]["note"], "odd\u{1b}[2J\nport");
    for words in [
        "2 stored scores of 2016-07-08 would change, with 1 note lost",
        "lost note of 2016-07-08 10:00:00 10.0.0.1 192.0.2.7 1025 80 TCP: odd\\u{1b}[2J\\nport (ann, ",
        "--yes",
    ] {
        assert!(said.contains(words), "{words} is not in {said}");
    }
    let (preview, said) = refused(&home, &["--filter", "rank>=0", "--unscore"]);
    assert_eq!(preview["changes"].as_array().unwrap().len(), 3);
    assert_eq!(preview["notes_lost"].as_array().unwrap().len(), 2);
    assert!(said.contains("3 stored scores of 2016-07-08 would be removed, with 2 notes lost"), "{said}");
}

#[test]
fn a_note_that_is_replaced_or_added_is_a_change_and_the_same_again_is_none() {
    let home = home();
    score(&home, &["--rank", "0", "-s", "high", "--note", "first"]).ends_with(0);
    score(&home, &["--rank", "2", "-s", "low"]).ends_with(0);
    let before = home.everything();
    home.does(&["score", "-d", DAY, "--by", "bob", "--rank", "0", "-s", "high", "--note", "first"])
        .says(&["1 connection scored", "1 as before"]);
    assert_eq!(home.everything(), before, "who scored first, and when, stays");
    for (rank, severity, note, lost) in [
        ("0", "high", "second", 1),
        ("0", "high", "", 1),
        ("2", "low", "a note now", 0),
        ("2", "high", "", 0),
    ] {
        let (preview, _) = refused(&home, &["--rank", rank, "-s", severity, "--note", note]);
        assert_eq!(preview["changes"][0]["notes_lost"], lost, "{rank} {note}");
        assert_eq!(preview["changes"][0]["to"], severity);
    }
    score(&home, &["--rank", "3", "--unscore"]).ends_with(0).says(&["0 scores removed"]);
}

#[test]
fn a_batch_that_changes_scores_needs_a_yes_and_stores_none_of_its_lines_without() {
    let home = home();
    score(&home, &["--rank", "2", "-s", "high", "--note", "why"]).ends_with(0);
    let batch = "rank,severity,note\n3,low,\n2,low,\n";
    home.write("batch", batch);
    let (preview, _) = refused(&home, &["--batch", "batch"]);
    assert_eq!(preview["notes_lost"][0]["note"], "why");
    let piped = |yes: &[&str]| {
        let arguments = [&["score", "-d", DAY, "--by", "bob", "--batch", "-"], yes].concat();
        Outcome::of(home.command(&arguments).write_stdin(batch))
    };
    piped(&[]).ends_with(2).complains(&["1 stored score of 2016-07-08 would change, with 1 note lost"]);
    assert_eq!(home.rows(SCORES), ["2|1|why|ann"]);
    piped(&["--yes"]).ends_with(0).says(&["2 connections scored", "1 changed"]);
    assert_eq!(home.rows(SCORES), ["2|3||bob", "3|3||bob"]);
}

#[test]
fn many_lost_notes_are_listed_up_to_a_number_and_all_are_in_the_json() {
    let home = home();
    let row = |host: usize| result(&at("10:00:00"), "10.0.0.1", &format!("192.0.2.{host}"), "0.1");
    home.has_results(&(1..=25).map(row).collect::<Vec<_>>());
    home.runs_day();
    score(&home, &["--filter", "rank>=0", "-s", "high", "--note", "why"]).ends_with(0);
    let (preview, said) = refused(&home, &["--filter", "rank>=0", "-s", "low"]);
    assert_eq!(preview["notes_lost"].as_array().unwrap().len(), 25);
    assert_eq!(said.matches("lost note of").count(), 20);
    assert!(said.contains("and 5 notes more"), "{said}");
}
