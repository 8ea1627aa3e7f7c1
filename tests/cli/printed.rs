//! The output of the program for hostile input: no input moves the cursor, changes colours of a terminal, or reverses
//! the text direction.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use crate::home::{DAY, Home, Outcome, at, flow, result, spot};

/// A colour, a title, a C1 introducer, a direction mark, and an invisible character.
const HOSTILE: &str = "\u{1b}[31m\u{1b}]0;t\u{7}\u{9b}2J\u{202e}\u{200b}\u{7f}";

/// Whether a terminal shows a character as it is. The characters that must not be printed are listed here
/// independently of the program.
fn is_seen(letter: char) -> bool {
    let is_unseen = match letter {
        '\u{61c}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => true,
        '\u{2060}'..='\u{206f}' | '\u{feff}' => true,
        other => other.is_control() && other != '\n',
    };
    !is_unseen
}

fn is_clean(outcome: &Outcome) {
    for text in [&outcome.out, &outcome.err] {
        let found = text.chars().find(|letter| !is_seen(*letter));
        assert_eq!(found, None, "{}", text.escape_debug());
    }
}

/// A day with hostile context and notes.
fn home() -> Home {
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "192.0.2.7", 1)]);
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "192.0.2.7", "0.1")]);
    home.write(
        "context/iploc.csv",
        format!(
            "\"3221225984\",\"3221226239\",\"XX\",\"L\",\"S{HOSTILE}\",\"C\",\"1.0\",\"2.0\",\"Owner {HOSTILE}\",\"e.net\"\n"
        ),
    );
    home.write("context/ipranges.csv", "10.0.0.1,10.255.255.255,Internal\n");
    home.runs_day();
    home
}

#[test]
fn nothing_that_is_printed_is_obeyed_by_a_terminal() {
    let home = home();
    home.does(&["score", "-d", DAY, "--rank", "0", "--severity", "high", "--note", &format!("n{HOSTILE}")]);
    home.write("bad.csv", spot(&[format!("2016-07-08 10:00:00,{HOSTILE}")]));
    home.write("context/reputation.csv", format!("ip,label,value\nx{HOSTILE},HIGH,3\n"));
    home.write("schema/flow/flow_config.json", format!("{{\"x{HOSTILE}\": 1, \"y\u{202e}\": \"\u{9b}\"}}"));
    let name = format!("{HOSTILE}.csv");
    home.write(&name, "x\n");
    let all: [&[&str]; 14] = [
        &["query", "suspicious", "--rows", "--all", "-d", DAY],
        &["query", "threats", "-d", DAY],
        &["query", "globe", "10.0.0.1", "-d", DAY],
        &["geo", "lookup", "192.0.2.7"],
        &["geo", "lookup", HOSTILE],
        &["check", "--context"],
        &["check", "schema"],
        &["ingest", "bad.csv"],
        &["ingest", &name],
        &["ingest", HOSTILE],
        &["history"],
        &["explain-row", "--rank", "0", "-d", DAY],
        &["doctor"],
        &["restore", &name],
    ];
    for arguments in all {
        is_clean(&home.run(arguments));
        is_clean(&home.run(&[arguments, &["--output", "json", "--log-format", "json"]].concat()));
    }
}

#[test]
fn arguments_are_repeated_without_what_a_terminal_would_obey() {
    let home = Home::bare();
    for arguments in
        [&["run", "-d", HOSTILE][..], &[HOSTILE], &["run", "--x", HOSTILE], &["query", "chords", HOSTILE]]
    {
        is_clean(&home.run(arguments).ends_with(2));
        is_clean(&home.run(&[&["--log-format", "json"], arguments].concat()).ends_with(2));
    }
    home.run(&["run", "-d", HOSTILE]).complains(&["\\u{1b}[31m"]);
    let help =
        home.command(&["run", "--help"]).env("FLOW_OA_DATABASE", "postgres://u:secret@h/d").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("FLOW_OA_DATABASE") && !help.contains("secret"), "{help}");
}

#[test]
fn a_name_that_is_no_text_or_has_lines_is_one_line() {
    let home = Home::new();
    for option in ["--settings", "--results"] {
        let mut command = home.command(&["run", "-d", DAY, option]);
        let outcome = Outcome::of(command.arg(OsStr::from_bytes(b"a\xff\nflow-oa: all is well\x1b[2J.csv")));
        is_clean(&outcome);
        assert_eq!(outcome.err.lines().count(), 1, "{}", outcome.err);
    }
    let outcome = home.run(&["ingest", "a\nflow-oa: all is well"]);
    assert_eq!(outcome.err.lines().count(), 1, "{}", outcome.err);
}

#[test]
fn rows_for_programs_are_what_is_stored() {
    let home = home();
    let ask = |output: &str| home.does(&["query", "suspicious", "--rows", "-d", DAY, "--output", output]);
    let csv = ask("csv");
    assert!(csv.out.contains(HOSTILE), "{}", csv.out.escape_debug());
    for output in ["json", "ndjson"] {
        is_clean(&ask(output));
    }
    let line: serde_json::Value = serde_json::from_str(ask("ndjson").out.lines().next().unwrap()).unwrap();
    assert!(line.to_string().contains("Owner"), "{line}");
    assert!(
        line.as_object()
            .unwrap()
            .values()
            .any(|value| value.as_str().is_some_and(|text| text.contains(HOSTILE)))
    );
}
