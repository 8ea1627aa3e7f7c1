//! Ingest of binary files, which nfdump prints. A stand-in for nfdump is first in PATH.

use std::os::unix::fs::PermissionsExt as _;

use crate::home::{Home, Outcome, gzip};

/// The beginning of a binary file.
const BINARY: &[u8] = b"\x0c\xa5\x01\x00 not text";

/// Two flows in the output format that the program requests, with nfdump's padding.
const PRINTED: &str = "2016-07-08 10:00:00.100,2016-07-08 10:00:01.200,     1.100,        192.0.2.1,     2001:db8::1,  1025,\
    443,6    ,........S.,  0,  8,       3,     100,       2,      50,    4,    5,64500,64501, 16,I,203.0.113.9,\
    2016-07-08 10:00:01.300\n\
    2016-07-08 10:00:00.100,2016-07-08 10:00:01.200,     1.100,        192.0.2.1,     2001:db8::1,  1025,\
    443,255  ,...AP.SF,  0,  8,       3,     100,       2,      50,    4,    5,64500,64501, 16,E,203.0.113.9,\
    1970-01-01 00:00:00.000\n";

/// A home with a binary file and a stand-in for nfdump that runs `script`.
fn home(script: &str) -> Home {
    let home = Home::new();
    home.write("day.nfcapd", BINARY);
    home.write("printed", PRINTED);
    home.write("bin/nfdump", format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(home.path("bin/nfdump"), std::fs::Permissions::from_mode(0o755)).unwrap();
    home
}

fn ingest(home: &Home, path: &str) -> Outcome {
    let mut command = home.command(&["ingest", "day.nfcapd"]);
    Outcome::of(command.env("PATH", path).env("TZ", "America/New_York"))
}

fn path(home: &Home) -> String {
    format!("{}:/usr/bin:/bin", home.path("bin").display())
}

#[test]
fn a_binary_file_is_printed_in_utc_and_in_a_format_of_our_choosing() {
    let home = home(r#"printf '%s\n' "$TZ" "$@" >seen; cat printed"#);
    home.write("flow_oa.json", r#"{"time_zone": "Asia/Tokyo"}"#);
    ingest(&home, &path(&home)).ends_with(0);
    let seen = home.read("seen");
    let seen: Vec<&str> = seen.lines().collect();
    assert_eq!(seen[0], "UTC");
    assert!(seen.contains(&"day.nfcapd"), "{seen:?}");
    assert!(seen.iter().any(|argument| argument.starts_with("fmt:%ts,%te,")), "{seen:?}");
    assert_eq!(
        home.rows("SELECT treceived, tdur, dip, proto, flag, dir, rip FROM flow"),
        [
            "2016-07-08 10:00:01|1.1|2001:db8::1|TCP|....S.|0|203.0.113.9",
            "2016-07-08 10:00:01|1.1|2001:db8::1|255|.AP.SF|1|203.0.113.9",
        ]
    );
    assert_eq!(home.rows("SELECT format, stored FROM flow_oa_ingest"), ["nfcapd|2"]);
}

#[test]
fn the_same_binary_file_is_refused_the_second_time() {
    let home = home("cat printed");
    ingest(&home, &path(&home)).ends_with(0);
    ingest(&home, &path(&home)).ends_with(65).complains(&["was ingested before", "day.nfcapd"]);
    assert_eq!(home.count("flow"), 2);
}

#[test]
fn a_machine_without_nfdump_is_told_what_to_install() {
    let home = home("exit 0");
    let nowhere = home.path("nowhere").display().to_string();
    ingest(&home, &nowhere).ends_with(69).complains(&["day.nfcapd", "binary", "install nfdump"]);
    assert_eq!(home.count("flow"), 0);
}

#[test]
fn a_binary_file_from_standard_input_or_compressed_is_refused_with_the_reason() {
    let home = home("cat printed");
    let words = ["binary file", "only be read from a plain file"];
    Outcome::of(home.command(&["ingest", "-"]).write_stdin(BINARY)).ends_with(65).complains(&words);
    home.write("day.gz", gzip(BINARY));
    home.run(&["ingest", "day.gz"]).ends_with(65).complains(&words);
}

#[test]
fn what_nfdump_complains_about_is_passed_on_and_nothing_is_stored() {
    let home = home("cat printed; echo 'Corrupt data file' >&2; exit 250");
    ingest(&home, &path(&home)).ends_with(65).complains(&["day.nfcapd", "nfdump", "Corrupt data file"]);
    assert_eq!(home.count("flow"), 0);
}

#[test]
fn what_nfdump_reports_of_records_that_it_skips_is_a_warning_with_its_words_and_their_number() {
    let home =
        home("cat printed; for n in 1 2 3; do echo 'Skip unknown record type: 7' >&2; done; echo 'bye' >&2");
    ingest(&home, &path(&home)).ends_with(0).complains(&[
        "warning: day.nfcapd: nfdump wrote 4 lines to its error output, so records may be missing: \
         Skip unknown record type: 7 (3 times); bye",
    ]);
    assert_eq!(home.count("flow"), 2);
}

#[test]
fn the_words_of_nfdump_are_shown_where_its_text_cannot_be_read() {
    let home = home("cat printed; printf '\"'; echo 'Corrupt block' >&2; exit 250");
    ingest(&home, &path(&home)).ends_with(65).complains(&["nfdump", "Corrupt block"]);
    assert_eq!(home.count("flow"), 0);
}

#[test]
fn a_slot_without_records_is_skipped_and_the_next_is_read() {
    let home = home("case \"$*\" in *empty*) echo 'No matching flows';; *) cat printed;; esac");
    home.write("a.empty", BINARY);
    let mut command = home.command(&["ingest", "a.empty", "day.nfcapd"]);
    let outcome = Outcome::of(command.env("PATH", path(&home)));
    outcome.ends_with(0).complains(&["a.empty: the file holds no rows: skipped"]);
    assert_eq!(home.count("flow"), 2);
}

#[test]
fn a_file_of_which_nfdump_prints_nothing_but_complaints_is_refused() {
    let home = home("echo 'Open file: appendix offset error' >&2");
    ingest(&home, &path(&home)).ends_with(65).complains(&["holds no rows", "appendix offset error"]);
}

/// The address of the exporter is padded as nfdump pads it.
#[test]
fn names_that_nfdump_pads_are_stored_without_padding() {
    let home = home("sed 's/203.0.113.9/        203.0.113.9/' printed");
    ingest(&home, &path(&home)).ends_with(0);
    assert_eq!(home.rows("SELECT DISTINCT rip FROM flow"), ["203.0.113.9"]);
}

#[test]
fn the_type_and_code_of_icmp_become_a_port() {
    let icmp = PRINTED.replace("443,6    ", "3.13,1    ").replace("443,255  ", "8.0,58  ");
    let home = home("cat printed");
    home.write("printed", icmp);
    ingest(&home, &path(&home)).ends_with(0);
    assert_eq!(home.rows("SELECT dport, proto FROM flow"), ["781|ICMP", "2048|ICMP6"]);
}
