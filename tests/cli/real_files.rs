//! Ingest: what files of real exporters hold: wrong clocks, empty slots, padding, null markers, odd compression.

use crate::formats::{NFDUMP_HEADER, SHORT_HEADER, SUMMARY, TABLE_HEADER, nfdump};
use crate::home::{Home, Outcome, SPOT_HEADER, at, flow, gzip, spot};

/// A row of Spot's table of flows, whose columns of these names have other values.
fn row(changed: &[(&str, &str)]) -> String {
    let usual = "2016-07-08 10:00:00,1467972000,2016,7,8,10,0,0,1.5,192.0.2.1,198.51.100.2,1025,443,TCP,.AP.SF,0,0,3,\
                 100,2,50,4,5,0,0,0,0,203.0.113.9";
    let names = TABLE_HEADER.split(',');
    let value = |(name, usual): (&str, &str)| {
        let changed = changed.iter().find(|(changed, _)| *changed == name);
        changed.map_or(usual, |(_, value)| value).to_owned()
    };
    names.zip(usual.split(',')).map(value).collect::<Vec<_>>().join(",")
}

/// Ingests the rows as Spot's table.
fn ingest(rows: &[String]) -> (Home, Outcome) {
    let home = Home::new();
    home.write("flows.csv", format!("{TABLE_HEADER}\n{}\n", rows.join("\n")));
    let outcome = home.run(&["ingest", "flows.csv"]);
    (home, outcome)
}

#[test]
fn icmp_in_the_short_csv_is_type_and_code() {
    let home = Home::new();
    let lines = "2016-07-08 10:00:01.123,0.000,ICMP,10.1.1.7,0,198.51.100.9,8.0,1,84,1\n\
                 2016-07-08 10:00:02.000,1.500,ICMP6,2001:db8::1,0,2001:db8::2,135.0,1,72,1\n\
                 2016-07-08 10:00:03.000,2.000,TCP,10.1.1.7,50122,198.51.100.9,443,12,3400,1\n";
    home.write("flows.csv", format!("{SHORT_HEADER}\n{lines}"));
    home.does(&["ingest", "flows.csv"]);
    assert_eq!(home.rows("SELECT dport FROM flow"), ["2048", "34560", "443"]);
    let line = nfdump(&at("10:00:00"), &at("10:00:01"), &at("10:00:02")).replace(",443,TCP,", ",3.13,ICMP,");
    home.write("more.csv", format!("{NFDUMP_HEADER}\n{line}\n"));
    home.does(&["ingest", "more.csv"]);
    assert_eq!(home.rows("SELECT dport FROM flow WHERE sip = '192.0.2.1'"), ["781"]);
}

#[test]
fn empty_slots_are_skipped_with_a_note_and_the_next_file_is_read() {
    let home = Home::new();
    home.write("spot", format!("{SPOT_HEADER}\n"));
    home.write("table", format!("{TABLE_HEADER}\n"));
    home.write("bare", "No matching flows\n");
    home.write("header", format!("{NFDUMP_HEADER}\n"));
    home.write("summary", format!("{NFDUMP_HEADER}\n{SUMMARY}"));
    home.write("long", format!("{NFDUMP_HEADER}\nNo matching flows\n{SUMMARY}"));
    home.write("short", format!("{SHORT_HEADER}\nNo matching flows\n"));
    home.write("full", spot(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]));
    let slots = ["spot", "table", "bare", "header", "summary", "long", "short"];
    let files = [&["ingest"], &slots[..], &["full", "--output", "json"]].concat();
    for _ in 0..2 {
        let outcome = home.run(&files);
        let notes: Vec<String> =
            slots.iter().map(|slot| format!("{slot}: the file holds no rows: skipped")).collect();
        let outcome = outcome.complains(&notes.iter().map(String::as_str).collect::<Vec<_>>());
        if outcome.code == 0 {
            let summary = outcome.json();
            assert!(summary[0]["id"].is_null() && summary[0]["stored"] == 0, "{summary}");
            assert_eq!((summary[5]["read"].clone(), summary[5]["skipped"].clone()), (5.into(), 5.into()));
            assert_eq!(summary[7]["stored"], 1);
        } else {
            outcome.ends_with(65).complains(&["full: this content was ingested before"]);
        }
    }
    assert_eq!(home.count("flow"), 1);
    assert_eq!(
        home.rows("SELECT status, stored FROM flow_oa_history WHERE command = 'ingest'"),
        ["done|1", "failed|1"]
    );
    home.does(&["ingest", "bare", "full", "--new"]).says(&["0 files, 0 rows; 2 files skipped"]);
}

#[test]
fn an_empty_file_replaces_nothing() {
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
    home.write("flows.csv", format!("{SPOT_HEADER}\n"));
    for option in [&["--replace"][..], &["--replace-day", "20160708"]] {
        home.run(&[&["ingest", "flows.csv"], option].concat()).ends_with(65).complains(&["replaces none"]);
        assert_eq!(home.count("flow"), 1);
    }
}

/// `first`, `last`, duration and `received`, and the stored time.
#[test]
fn wrong_clocks_give_way_to_the_time_of_receipt_or_to_start_and_duration() {
    for (first, last, duration, received, stored) in [
        ("1970-01-01 00:00:00", "1970-01-01 00:00:00", "0.0", "2016-07-08 10:00:05", "2016-07-08 10:00:05"),
        ("0000-00-00 00:00:00", "0000-00-00 00:00:00", "1.5", "2016-07-08 10:00:05", "2016-07-08 10:00:05"),
        ("2016-10-30 02:59:50", "2016-10-30 02:00:10", "20.0", "2016-10-30 02:00:15", "2016-10-30 02:00:15"),
        ("2016-10-30 02:59:50", "2016-10-30 02:00:10", "20.0", "1970-01-01 00:00:00", "2016-10-30 03:00:10"),
        ("2016-10-30 02:59:50", "2016-10-30 02:00:10", "20.0", "0000-00-00 00:00:00", "2016-10-30 03:00:10"),
        ("2016-10-30 02:59:50", "2016-10-30 02:00:10", "-1.0", "NULL", "2016-10-30 02:59:50"),
    ] {
        let home = Home::new();
        let line = nfdump(first, last, received).replacen(",1.5,", &format!(",{duration},"), 1);
        home.write("flows.csv", format!("{NFDUMP_HEADER}\n{line}\n"));
        home.does(&["ingest", "flows.csv"]).complains(&["1 record has an end before the start"]);
        assert_eq!(home.value("SELECT treceived FROM flow"), stored, "{first} {last} {received}");
    }
    let home = Home::new();
    let unknown = "0000-00-00 00:00:00";
    home.write("flows.csv", format!("{NFDUMP_HEADER}\n{}\n", nfdump(unknown, unknown, unknown)));
    home.run(&["ingest", "flows.csv"])
        .ends_with(65)
        .complains(&["flows.csv:2: column 1 (ts)", "does not know"]);
}

#[test]
fn a_short_csv_with_a_clock_that_was_never_set_is_a_warning() {
    let home = Home::new();
    home.write(
        "flows.csv",
        format!("{SHORT_HEADER}\n1970-01-01 00:00:05.000,2.0,UDP,10.0.0.1,1,10.0.0.2,53,1,116,1\n"),
    );
    home.does(&["ingest", "flows.csv"]).complains(&["1 record has an end before the start, or times before"]);
    assert_eq!(home.value("SELECT treceived FROM flow"), "1970-01-01 00:00:07");
}

#[test]
fn addresses_and_names_are_stored_without_padding() {
    let (home, outcome) =
        ingest(&[row(&[("rip", "    203.0.113.9 "), ("proto", " TCP  "), ("sip", " 192.0.2.1")])]);
    outcome.ends_with(0);
    assert_eq!(home.value("SELECT sip || '|' || proto || '|' || rip FROM flow"), "192.0.2.1|TCP|203.0.113.9");
}

#[test]
fn null_markers_of_an_export_are_no_values() {
    let (home, outcome) = ingest(&[row(&[("rip", "NULL"), ("tdur", "\\N")]), row(&[("opkt", "NULL")])]);
    outcome.ends_with(0).complains(&["2 records have no value (NULL) in a column: stored as 0"]);
    assert_eq!(home.rows("SELECT tdur, opkt, rip FROM flow"), ["0|2|0.0.0.0", "1.5|0|203.0.113.9"]);
    let (home, outcome) = ingest(&[row(&[("sip", "NULL")])]);
    outcome.ends_with(65).complains(&["column 10 (sip): expected an IPv4 or IPv6 address, found \"NULL\""]);
    assert_eq!(home.count("flow"), 0);
}

#[test]
fn a_score_that_is_null_is_refused() {
    let home = Home::with_a_day();
    let results = home.read(&crate::home::results_of("20160708")).replace("\t0.1", "\tNULL");
    home.write(&crate::home::results_of("20160708"), results);
    home.run(&["run", "-d", "20160708"]).ends_with(65).complains(&["found \"NULL\""]);
}

#[test]
fn times_with_an_offset_are_read_with_it() {
    let home = Home::new();
    home.write("flow_oa.json", r#"{"time_zone": "Asia/Tokyo"}"#);
    let times = ["2016-07-08T10:00:00Z", "2016-07-08 10:00:01.25+02:00", "2016-07-08 10:00:02"];
    let rows: Vec<String> = times.iter().map(|time| row(&[("treceived", time)])).collect();
    home.write("flows.csv", format!("{TABLE_HEADER}\n{}\n", rows.join("\n")));
    home.does(&["ingest", "flows.csv"]);
    let expected = ["2016-07-08 10:00:00", "2016-07-08 08:00:01", "2016-07-08 01:00:02"];
    assert_eq!(home.rows("SELECT treceived FROM flow"), expected);
}

#[test]
fn an_unsigned_minus_one_is_named() {
    let (_, outcome) = ingest(&[row(&[("ibyt", "18446744073709551615")])]);
    outcome.ends_with(65).complains(&["(ibyt)", "18446744073709551615", "-1 as an unsigned 64-bit number"]);
}

/// A zstd frame whose window is 2 GiB, as `zstd --long=31` writes it, with one block that is not compressed.
fn with_a_long_window(content: &[u8]) -> Vec<u8> {
    let block = u32::try_from(content.len() << 3 | 1).unwrap().to_le_bytes();
    [&[0x28, 0xb5, 0x2f, 0xfd, 0, (31 - 10) << 3], &block[..3], content].concat()
}

#[test]
fn long_windows_padding_and_byte_order_marks_are_read() {
    let text = spot(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
    let padded = [gzip(text.as_bytes()), vec![0; 200_000]].concat();
    let members =
        [gzip(&text.as_bytes()[..50]), vec![0; 512], gzip(&text.as_bytes()[50..]), vec![0]].concat();
    let marked = format!("\u{feff}{text}");
    for content in
        [with_a_long_window(text.as_bytes()), padded, members, marked.clone().into(), gzip(marked.as_bytes())]
    {
        let home = Home::new();
        home.write("flows", content);
        home.does(&["ingest", "flows"]);
        assert_eq!(home.count("flow"), 1);
    }
    let home = Home::new();
    home.write("flows", [gzip(text.as_bytes()), b"\0\0x".to_vec()].concat());
    home.run(&["ingest", "flows"]).ends_with(65).complains(&["damaged or cut short"]);
}

#[test]
fn a_bad_byte_in_a_field_that_is_not_read_does_no_harm() {
    let line = nfdump(&at("10:00:00"), &at("10:00:01"), &at("10:00:02"));
    let with = |old: &str, new: &[u8]| {
        let at = line.find(old).unwrap();
        let line = [&line.as_bytes()[..at], new, &line.as_bytes()[at + old.len()..]].concat();
        [format!("{NFDUMP_HEADER}\n").as_bytes(), &line, b"\n"].concat()
    };
    let home = Home::new();
    home.write("eng.csv", with(",0/0,", b",\xff\xfe,"));
    home.does(&["ingest", "eng.csv"]);
    home.write("proto.csv", with(",TCP,", b",T\xff,"));
    home.run(&["ingest", "proto.csv"])
        .ends_with(65)
        .complains(&["proto.csv:2: column 8 (pr): expected valid UTF-8"]);
    assert_eq!(home.count("flow"), 1);
}
