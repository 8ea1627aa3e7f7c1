//! Ingest for a nightly job: folders, patterns, files that are known already, and logs that grow.

use std::io::Write as _;

use crate::formats::TABLE_HEADER;
use crate::home::{Home, at, flow, gzip, spot};

fn text(from: usize, to: usize) -> String {
    (from..to)
        .map(|second| flow(&at(&format!("10:00:{second:02}")), "10.0.0.1", "10.0.0.2", 1) + "\n")
        .collect()
}

fn append(home: &Home, name: &str, text: &str) {
    let mut file = std::fs::OpenOptions::new().append(true).open(home.path(name)).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn seconds(home: &Home) -> Vec<String> {
    home.rows("SELECT trsec FROM flow ORDER BY flow_oa_id")
}

#[test]
fn folders_and_patterns_are_read_in_the_order_of_names() {
    let home = Home::new();
    let day =
        |date: &str, second: usize| spot(&[text(second, second + 1).trim_end().replace("2016-07-08", date)]);
    home.write("in/b/2.csv", day("2016-07-09", 2));
    home.write("in/b/1.csv", day("2016-07-08", 1));
    home.write("in/a.csv.gz", gzip(day("2016-07-08", 0).as_bytes()));
    home.write("in/.index", "no flows");
    home.write("more-1", day("2016-07-08", 3));
    home.write("more-2", day("2016-07-08", 4));
    home.does(&["ingest", "in", "more-?"]).says(&["5 files, 5 rows of 2 days (2016-07-08 to 2016-07-09)\n"]);
    assert_eq!(home.rows("SELECT trsec FROM flow ORDER BY rowid"), ["0", "1", "2", "3", "4"]);
    std::fs::create_dir(home.path("empty")).unwrap();
    home.run(&["ingest", "empty"]).ends_with(66).complains(&["empty", "no file that could be ingested"]);
    home.run(&["ingest", "absent-*"]).ends_with(66).complains(&["absent-*"]);
}

#[test]
fn new_skips_what_is_known_under_any_name_and_reads_the_rest() {
    let home = Home::new();
    home.write("in/1.csv", spot(&[text(0, 1).trim_end().to_owned()]));
    home.does(&["ingest", "in", "--new"]);
    home.write("in/2.csv", spot(&[text(1, 2).trim_end().to_owned()]));
    home.write("in/3.csv.gz", gzip(home.read("in/1.csv").as_bytes()));
    let outcome = home.does(&["ingest", "in", "--new"]);
    outcome.says(&["1 file, 1 row of 2016-07-08; 2 files skipped"]).complains(&[
        "in/1.csv: ingested before, as in/1.csv at ",
        "in/3.csv.gz: ingested before, as in/1.csv at ",
        "(ingest 1): skipped",
    ]);
    assert_eq!(home.count("flow"), 2);
    home.run(&["ingest", "-", "--new"]).ends_with(2).complains(&["standard input"]);
    home.run(&["ingest", "in/1.csv"]).ends_with(65).complains(&["was ingested before"]);
}

#[test]
fn a_log_that_has_grown_is_continued_with_its_complete_lines() {
    for is_new in [false, true] {
        let home = Home::new();
        let ingest: &[&str] = if is_new { &["ingest", "a.log", "--new"] } else { &["ingest", "a.log"] };
        home.write("a.log", spot(&[text(0, 2).trim_end().to_owned()]));
        home.does(ingest);
        append(&home, "a.log", &format!("{}2016-07-08 10", text(2, 4)));
        let summary = home.json(ingest);
        assert_eq!(
            (summary[0]["read"].clone(), summary[0]["stored"].clone()),
            (2.into(), 2.into()),
            "{summary}"
        );
        assert!(
            summary[0]["note"].as_str().unwrap().starts_with("continued after line 3 (byte "),
            "{summary}"
        );
        home.does(ingest)
            .complains(&["no complete line with a row after line 5, where ingest 2 ended: skipped"]);
        append(
            &home,
            "a.log",
            &format!("{}\n{}", text(4, 5).trim_start_matches("2016-07-08 10").trim_end(), text(5, 6)),
        );
        home.does(ingest);
        assert_eq!(seconds(&home), ["0", "1", "2", "3", "4", "5"], "{is_new}");
        assert_eq!(home.rows("SELECT file, stored FROM flow_oa_ingest"), ["a.log|2", "a.log|2", "a.log|2"]);
        home.does(&["ingest", "a.log", "--replace"]);
        assert_eq!(home.count("flow"), 6);
    }
}

#[test]
fn messages_about_a_continued_log_have_the_lines_of_the_file() {
    let home = Home::new();
    home.write("a.log", spot(&[text(0, 2).trim_end().to_owned(), String::new()]));
    home.does(&["ingest", "a.log"]);
    append(&home, "a.log", &format!("\n{}x\n", text(2, 3)));
    home.run(&["ingest", "a.log"]).ends_with(65).complains(&["a.log:7: expected 27 columns"]);
    assert_eq!(home.count("flow"), 2);
    let summary = home.json(&["ingest", "a.log", "--max-rejects", "1"]);
    let counts = ["read", "stored", "rejected", "skipped"].map(|name| summary[0][name].as_u64().unwrap());
    assert_eq!(counts, [3, 1, 1, 1]);
}

#[test]
fn a_compressed_log_that_has_grown_is_continued() {
    let home = Home::new();
    home.write("a.gz", gzip(spot(&[text(0, 1).trim_end().to_owned()]).as_bytes()));
    home.does(&["ingest", "a.gz"]);
    let more = [std::fs::read(home.path("a.gz")).unwrap(), gzip(text(1, 2).as_bytes())].concat();
    home.write("a.gz", more);
    home.does(&["ingest", "a.gz"]).complains(&["continued after line 2"]);
    assert_eq!(seconds(&home), ["0", "1"]);
}

#[test]
fn a_file_that_continues_a_line_which_was_stored_is_refused() {
    let home = Home::new();
    let first = format!(
        "{TABLE_HEADER}\n2016-07-08 10:00:00,0,0,0,0,0,0,0,1.5,192.0.2.1,198.51.100.2,1,2,TCP,.AP.SF,0,0,3,1,2,5,4,5,0,0,0,0,10.1.1.1"
    );
    home.write("a.log", &first);
    home.does(&["ingest", "a.log"]);
    append(&home, "a.log", "7\n");
    home.run(&["ingest", "a.log"])
        .ends_with(65)
        .complains(&["its last line although the line was not complete", "--replace"]);
    assert_eq!(home.value("SELECT rip FROM flow"), "10.1.1.1");
    home.write(
        "a.log",
        format!("{first}\n{}\n", first.lines().nth(1).unwrap().replace("10:00:00", "10:00:09")),
    );
    home.does(&["ingest", "a.log"]).complains(&["continued after line 2"]);
    assert_eq!(seconds(&home), ["0", "9"]);
}

#[test]
fn a_log_that_was_rotated_is_read_from_its_start() {
    let home = Home::new();
    home.write("a.log", spot(&[text(0, 3).trim_end().to_owned()]));
    home.does(&["ingest", "a.log"]);
    home.write("a.log", spot(&[text(5, 7).trim_end().to_owned()]));
    home.does(&["ingest", "a.log", "--new"]);
    append(&home, "a.log", &text(7, 8));
    home.does(&["ingest", "a.log", "--new"]);
    assert_eq!(seconds(&home), ["0", "1", "2", "5", "6", "7"]);
}

/// Zeek's logs are continued below the header of their start, and JSON lines without one.
#[test]
fn logs_of_zeek_and_json_lines_are_continued() {
    let tsv = |from: usize, to: usize| -> String {
        (from..to).map(|at| format!("14679720{at:02}\t10.0.0.1\t1025\t10.0.0.2\t53\tudp\n")).collect()
    };
    let json = |from: usize, to: usize| -> String {
        let line = |at| {
            format!(
                "{{\"ts\":14679720{at:02},\"id.orig_h\":\"10.0.0.1\",\"id.orig_p\":1025,\"id.resp_h\":\"10.0.0.2\",\"id.resp_p\":53,\
                 \"proto\":\"udp\",\"conn_state\":\"S0\"}}\n"
            )
        };
        (from..to).map(line).collect()
    };
    let header = "#separator \\x09\n#unset_field\t-\n#path\tconn\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\n";
    let home = Home::new();
    home.write("in/conn.log", header.to_owned() + &tsv(0, 2));
    home.write("in/conn.json", json(10, 12));
    home.does(&["ingest", "in", "--new"]);
    append(&home, "in/conn.log", &(tsv(2, 4) + "146797"));
    append(&home, "in/conn.json", &(json(12, 13) + "{\"ts\":14"));
    home.does(&["ingest", "in", "--new"])
        .complains(&["conn.json: continued after line 2", "conn.log: continued after line 6"]);
    append(&home, "in/conn.log", "2004\t10.0.0.1\t1025\t10.0.0.2\t53\tudp\n");
    home.does(&["ingest", "in", "--new"]).says(&["1 file, 1 row"]);
    assert_eq!(seconds(&home), ["10", "11", "0", "1", "12", "2", "3", "4"]);
    append(&home, "in/conn.log", "x\t10.0.0.1\t1025\t10.0.0.2\t53\tudp\n");
    home.run(&["ingest", "in", "--new"]).ends_with(65).complains(&["conn.log:10: ts: expected a time"]);
    append(&home, "in/conn.json", "67972013,\n");
    home.run(&["ingest", "in/conn.json", "--new"]).ends_with(65).complains(&["conn.json:4:"]);
}
