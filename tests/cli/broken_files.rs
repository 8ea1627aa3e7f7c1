//! Ingest of files that cannot be read, completely or in part.

use std::io::Write as _;

use crate::home::{Home, at, flow, gzip, spot};
use crate::interrupts::Running;

/// A valid flow.
fn good() -> String {
    flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)
}

/// A file whose flows on lines 3 and 5 are invalid.
fn two_bad_flows() -> String {
    let bad = [good().replace("10.0.0.2", "10.0.0.256"), good().replace("0.5", "long")];
    let [address, duration] = bad;
    spot(&[good(), address, good(), duration])
}

/// Ingests `content`. That must fail with 65, print all of `words`, and store nothing.
fn refused(content: impl AsRef<[u8]>, words: &[&str]) {
    let home = Home::new();
    home.write("flows.csv", content);
    home.run(&["ingest", "flows.csv"]).ends_with(65).complains(&["flows.csv"]).complains(words);
    assert_eq!(home.count("flow"), 0);
    assert_eq!(home.count("flow_oa_ingest"), 0);
}

#[test]
fn a_flow_that_cannot_be_read_stops_the_ingest_with_its_place_and_the_command_that_goes_on() {
    refused(
        two_bad_flows(),
        &[
            "2 records cannot be read",
            "flows.csv:3: column 10 (da): expected an IPv4 or IPv6 address, found \"10.0.0.256\"",
            "flows.csv:5: column 8 (td): expected a finite number, found \"long\"",
            "flow-oa ingest flows.csv --max-rejects 2",
        ],
    );
}

#[test]
fn the_command_that_goes_on_is_the_one_that_was_given() {
    let home = Home::new();
    home.write("my flows.csv", two_bad_flows());
    let settings = home.path("flow_oa.json").display().to_string();
    home.write("flow_oa.json", "{}");
    home.write("other.csv", spot(&[good()]));
    home.run(&["ingest", "--settings", &settings, "other.csv", "my flows.csv", "--max-rejects", "1"])
        .ends_with(65)
        .complains(&[&format!("flow-oa ingest --settings {settings} 'my flows.csv' --max-rejects 2")]);
}

#[test]
fn with_rejects_allowed_the_rest_is_stored_and_the_rejects_are_kept() {
    let home = Home::new();
    home.write("flows.csv", two_bad_flows());
    let summary = &home.json(&["ingest", "flows.csv", "--max-rejects", "2"])[0];
    let counts = ["read", "stored", "rejected", "skipped"].map(|key| summary[key].as_u64().unwrap());
    assert_eq!(counts, [5, 2, 2, 1]);
    assert_eq!(home.count("flow"), 2);
    let path = summary["rejects_file"].as_str().unwrap();
    let name = path.strip_prefix(home.path("data/flow/rejects/").to_str().unwrap()).unwrap();
    assert!(name.starts_with("flows.csv.") && name.ends_with(".rejects.csv"), "{name}");
    let kept = csv_rows(&std::fs::read_to_string(path).unwrap());
    assert_eq!(kept[0], ["line", "reason", "record"]);
    assert_eq!(kept.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["line", "3", "5"]);
    assert!(kept[1][1].contains("10.0.0.256") && kept[1][2].starts_with("2016-07-08 10:00:00,"), "{kept:?}");
}

#[test]
fn rejects_of_another_file_of_the_same_name_are_kept_beside() {
    let home = Home::new();
    for (folder, bad) in [("a", "10.0.0.256"), ("b", "10.0.0.257")] {
        home.write(&format!("{folder}/flows.csv"), spot(&[good(), good().replace("10.0.0.2", bad)]));
        home.does(&["ingest", &format!("{folder}/flows.csv"), "--max-rejects", "1"]);
    }
    assert_eq!(std::fs::read_dir(home.path("data/flow/rejects")).unwrap().count(), 2);
}

#[test]
fn one_reject_more_than_allowed_stores_nothing() {
    let home = Home::new();
    home.write("flows.csv", two_bad_flows());
    home.run(&["ingest", "flows.csv", "--max-rejects", "1"]).ends_with(65);
    assert_eq!(home.count("flow"), 0);
}

#[test]
fn only_the_first_twenty_rejects_are_shown_and_the_count_of_all() {
    let home = Home::new();
    home.write("flows.csv", spot(&vec![good().replace("10.0.0.2", "?"); 25]));
    let outcome = home.run(&["ingest", "flows.csv"]).ends_with(65).complains(&["25 records", "… and 5 more"]);
    assert_eq!(outcome.err.matches("flows.csv:").count(), 21, "{}", outcome.err);
}

#[test]
fn a_record_of_another_width_is_a_reject() {
    refused(spot(&[good() + ",surplus"]), &["flows.csv:2: expected 27 columns as spot_nfdump has, found 28"]);
}

#[test]
fn a_count_beyond_64_bits_a_day_that_does_not_exist_and_bytes_that_are_no_text_are_rejects() {
    refused(spot(&[good().replace(",3,1,", ",3,9223372036854775808,")]), &["column 18 (ibyt)", "64 bits"]);
    refused(spot(&[good().replace("07-08", "02-30")]), &["column 1 (tr)", "a time such as"]);
    let mut latin1 = spot(&[good()]).replace("TCP", "T?P").into_bytes();
    *latin1.iter_mut().find(|byte| **byte == b'?').unwrap() = 0xe9;
    refused(latin1, &["column 13 (pr)", "valid UTF-8"]);
}

#[test]
fn a_header_that_is_not_known_is_answered_with_those_that_are() {
    refused(
        "date,from,to\n1,2,3\n",
        &["flows.csv:1", "date,from,to", "nfdump_short", "spot_nfdump", "spot_flow", "--format"],
    );
}

/// Writes a JSON text to standard input, its end again and again, and returns how many bytes were read until the program
/// refused it: at most `most`.
fn read_of_endless_json(start: &str, again: &str, most: usize) -> usize {
    let home = Home::new();
    let (running, mut input) = Running::reading(&home, &["ingest", "-"]);
    let (again, mut read) = (again.repeat((1 << 20) / again.len()), start.len());
    let mut written = input.write_all(start.as_bytes());
    while written.is_ok() && read < most {
        written = input.write_all(again.as_bytes());
        read += again.len();
    }
    drop(input);
    running.ends_with(65, &["nothing was changed"]);
    read
}

#[test]
fn json_of_no_known_format_is_not_read_into_memory() {
    // A document whose list might come later, and lines that might be documents.
    for (start, again) in [("{\"other\": [0", ",0"), ("", "{\"other\": [{\"a\": 1}]}\n")] {
        let read = read_of_endless_json(start, again, 100 << 20);
        assert!(read < 100 << 20, "{start}{again}: {read} bytes");
    }
}

#[test]
fn bytes_that_are_no_text_do_not_reach_the_terminal() {
    refused(b"\x89PNG\r\n\x1a\n\x00\x1b[31m", &["not the header of a known format"]);
    let home = Home::new();
    home.write("flows.csv", b"\x1b[31mred\x07\n");
    let outcome = home.run(&["ingest", "flows.csv"]).ends_with(65);
    assert!(!outcome.err.contains('\u{1b}') && outcome.err.contains("red"), "{}", outcome.err);
}

#[test]
fn lines_are_counted_from_the_start_of_the_file_whatever_comes_first() {
    refused("\n\ndate,from,to\n", &["flows.csv:3"]);
    let home = Home::new();
    home.write("flows.csv", "\n\nbad\n");
    home.run(&["ingest", "flows.csv", "--format", "spot_nfdump"]).ends_with(65).complains(&["flows.csv:3:"]);
}

#[test]
fn a_compressed_file_that_is_cut_short_stores_nothing() {
    let whole = gzip(spot(&vec![good(); 5000]).as_bytes());
    refused(&whole[..whole.len() - 20], &["cannot be read to its end", "nothing was changed"]);
}

#[test]
fn a_file_without_text_is_refused() {
    refused("", &["is empty"]);
    refused("\n\n", &["is empty"]);
}

#[test]
fn a_folder_and_an_absent_file_are_no_input() {
    let home = Home::new();
    home.write("folder/.a.csv", "");
    home.run(&["ingest", "folder"]).ends_with(66).complains(&["folder", "there is no file"]);
    home.run(&["ingest", "absent.csv"]).ends_with(66).complains(&["reading raw rows from absent.csv"]);
}

fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.into_records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}
