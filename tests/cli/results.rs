//! A run: how the results file is read, and what is stored.

use std::fmt::Write as _;

use crate::home::{DAY, Home, at, gzip, result, results_of};

/// A row with this score; the rest is always the same.
fn scored(score: &str) -> String {
    result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", score)
}

/// A row that is invalid.
fn bad() -> String {
    result(&at("10:00:00"), "nowhere", "10.0.0.2", "0.1")
}

const BY_RANK: &str = "SELECT rank, score FROM flow_scores ORDER BY rank";

#[test]
fn only_the_first_rows_up_to_the_limit_are_read_and_the_order_of_the_file_is_kept() {
    let home = Home::new();
    home.has_results(&[scored("0.5"), scored("0.25"), scored("0.125"), scored("not a score")]);
    home.does(&["run", "-d", DAY, "-l", "3"]);
    assert_eq!(home.rows(BY_RANK), ["0|0.5", "1|0.25", "2|0.125"]);
}

#[test]
fn the_limit_is_500_where_none_is_given() {
    let home = Home::new();
    home.has_results(&vec![scored("0.5"); 501]);
    home.runs_day();
    assert_eq!(home.count("flow_scores"), 500);
}

#[test]
fn rank_is_the_place_in_the_file_and_a_reject_is_not_made_up_for() {
    let home = Home::new();
    home.has_results(&[scored("0.5"), bad(), scored("0.25"), scored("0.125")]);
    let summary = home.json(&["run", "-d", DAY, "-l", "3", "--max-rejects", "1"]);
    assert_eq!(home.rows(BY_RANK), ["0|0.5", "2|0.25"]);
    let counts = ["read", "stored", "rejected", "skipped"].map(|key| summary[key].as_u64().unwrap());
    assert_eq!(counts, [3, 2, 1, 0]);
    let kept = home.read("data/flow/20160708/flow_results.rejects.csv");
    assert!(kept.contains("\n2,") && kept.contains("nowhere\t"), "{kept}");
}

#[test]
fn a_run_without_rejects_leaves_none_of_an_earlier_one() {
    let home = Home::new();
    home.has_results(&[bad(), scored("0.5")]);
    home.does(&["run", "-d", DAY, "--max-rejects", "1"]);
    home.has_results(&[scored("0.5")]);
    home.runs_day();
    assert!(!home.path("data/flow/20160708/flow_results.rejects.csv").exists());
}

#[test]
fn a_file_of_scores_that_cannot_be_written_is_said_to_be_all_that_is_missing() {
    let home = Home::new();
    home.has_results(&[scored("0.5")]);
    home.write("data/flow/20160708/flow_scores.csv/in_the_way", "");
    home.run(&["run", "-d", DAY])
        .ends_with(73)
        .complains(&["flow_scores.csv", "the database has the day already"]);
    assert_eq!(home.count("flow_scores"), 1);
    std::fs::remove_dir_all(home.path("data/flow/20160708/flow_scores.csv")).unwrap();
    home.runs_day();
    assert!(home.path("data/flow/20160708/flow_scores.csv").is_file());
}

#[test]
fn a_row_that_cannot_be_read_changes_nothing_and_the_command_that_goes_on_is_shown() {
    let home = Home::new();
    home.has_results(&[scored("0.5")]);
    home.runs_day();
    let before = home.everything();
    home.write("new.csv", [bad(), scored("0.25")].join("\n"));
    home.run(&["run", "-d", DAY, "--results", "new.csv"]).ends_with(65).complains(&[
        "new.csv:1: column 9 (sip): expected an IPv4 or IPv6 address, found \"nowhere\"",
        "flow-oa run -d 20160708 --results new.csv --max-rejects 1",
    ]);
    assert_eq!(home.everything(), before);
}

#[test]
fn rows_of_another_width_are_rejects() {
    let home = Home::new();
    home.has_results(&["a\tb".to_owned()]);
    home.run(&["run", "-d", DAY])
        .ends_with(65)
        .complains(&["flow_results.csv:1: expected 18 or 19 columns separated by tabs, found 2"]);
}

#[test]
fn missing_results_are_no_input_and_change_nothing() {
    let home = Home::new();
    home.has_results(&[scored("0.5")]);
    home.runs_day();
    let before = home.everything();
    home.run(&["run", "-d", "20160709"]).ends_with(66).complains(&[&results_of("20160709"), "--results"]);
    assert_eq!(home.everything(), before);
    assert!(!home.path("data/flow/20160709").exists() && !home.path("ipynb/flow/20160709").exists());
}

#[test]
fn a_folder_for_results_is_no_input() {
    let home = Home::new();
    home.write("folder/a", "");
    home.run(&["run", "-d", DAY, "--results", "folder"]).ends_with(66).complains(&["it is a folder"]);
}

#[test]
fn results_without_a_record_are_bad_data() {
    let home = Home::new();
    home.write("empty.csv", "\n\n");
    home.run(&["run", "-d", DAY, "--results", "empty.csv"]).ends_with(65).complains(&["holds no records"]);
}

#[test]
fn results_are_found_below_another_root() {
    let home = Home::new();
    home.write(&format!("elsewhere/{}", results_of(DAY)), scored("0.5"));
    home.does(&["run", "-d", DAY, "--results-root", "elsewhere"]);
    home.write("flow_oa.json", r#"{"results_root": "elsewhere"}"#);
    home.does(&["run", "-d", DAY]);
    assert_eq!(home.count("flow_scores"), 1);
}

#[test]
fn results_may_be_compressed_come_from_windows_and_hold_blank_lines() {
    let home = Home::new();
    let text = format!("{}\n\n{}\n", scored("2.26E-07"), scored("0.000000021")).replace('\n', "\r\n");
    home.write("results.gz", gzip(text.as_bytes()));
    let summary = home.json(&["run", "-d", DAY, "--results", "results.gz"]);
    assert_eq!(home.rows(BY_RANK), ["0|0.000000226", "1|0.000000021"]);
    assert_eq!((&summary["read"], &summary["skipped"]), (&3.into(), &1.into()));
}

#[test]
fn compressed_results_that_are_cut_short_are_bad_data() {
    let home = Home::new();
    let mut text = String::new();
    for number in 0..2000 {
        let _ = writeln!(text, "{}", scored(&format!("0.{number}")));
    }
    let whole = gzip(text.as_bytes());
    home.write("results.gz", &whole[..whole.len() - 20]);
    home.run(&["run", "-d", DAY, "--results", "results.gz", "-l", "3000"])
        .ends_with(65)
        .complains(&["results.gz", "cannot be read to its end"]);
}

#[test]
fn text_arrives_as_it_was_in_the_table_and_in_the_file() {
    for text in [
        "'; DROP TABLE flow; --",
        "it's \"quoted\", twice",
        "two\nlines",
        "a\ttab",
        "two\r\nlines",
        "Zürich 日本 🦀",
        "%s {} \\ \\n ?1 $1 NULL",
        " blanks ",
    ] {
        let home = Home::new();
        let quoted = format!("\"{}\"", text.replace('"', "\"\""));
        home.has_results(&[scored("0.5").replace("TCP", &quoted)]);
        home.runs_day();
        // Programs pad texts with blanks.
        let text = text.trim_matches(' ');
        assert_eq!(home.value("SELECT proto FROM flow_scores"), text);
        let file = home.read("data/flow/20160708/flow_scores.csv");
        let mut rows = csv::Reader::from_reader(file.as_bytes());
        let proto = rows.headers().unwrap().iter().position(|name| name == "proto").unwrap();
        assert_eq!(&rows.records().next().unwrap().unwrap()[proto], text);
    }
}

#[test]
fn the_file_of_scores_has_a_header_and_every_row_in_order_of_rank() {
    let home = Home::new();
    home.has_results(&[scored("0.5"), scored("1e-300")]);
    home.runs_day();
    let lines: Vec<String> =
        home.read("data/flow/20160708/flow_scores.csv").lines().map(str::to_owned).collect();
    assert_eq!(
        lines,
        [
            "tstart,srcip,dstip,sport,dport,proto,ipkt,ibyt,opkt,obyt,score,rank,srcip_internal,destip_internal,\
             src_geoloc,dst_geoloc,src_domain,dst_domain,src_rep,dst_rep,src_country,dst_country,why",
            "2016-07-08 10:00:00,10.0.0.1,10.0.0.2,1025,80,TCP,3,100,2,50,0.5,0,,,,,,,,,,,",
            "2016-07-08 10:00:00,10.0.0.1,10.0.0.2,1025,80,TCP,3,100,2,50,1e-300,1,,,,,,,,,,,",
        ]
    );
}
