//! Questions that the program asks on a terminal before it changes analysts' rows. `script` of util-linux provides
//! the terminal.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};

use crate::home::{DAY, Home, PROGRAM, at, flow, result};

/// A command on a terminal, which may ask questions.
struct OnTerminal {
    child: Child,
    shown: String,
}

const QUESTION: &str = "Go on? [y/N] ";

impl OnTerminal {
    /// Starts a command. Returns `None` and reports the skipped test if `script` is missing.
    fn start(home: &Home, arguments: &[&str]) -> Option<Self> {
        let words: Vec<String> = arguments.iter().map(|argument| format!("'{argument}'")).collect();
        let started = Command::new("script")
            .args(["-qefc", &format!("{PROGRAM} {}", words.join(" ")), "/dev/null"])
            .current_dir(home.path(""))
            .env("FLOW_OA_HOME", home.path(""))
            .env_remove("FLOW_OA_DATABASE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let Ok(child) = started else {
            let _ = writeln!(std::io::stderr(), "skipped: questions on a terminal: there is no `script`");
            return None;
        };
        Some(Self { child, shown: String::new() })
    }

    /// Waits for a question. Returns the output since the last question.
    fn asks(&mut self) -> String {
        self.shown.clear();
        let mut byte = [0];
        while !self.shown.ends_with(QUESTION) {
            let read = self.child.stdout.as_mut().unwrap().read(&mut byte).unwrap();
            assert_eq!(read, 1, "no question in:\n{}", self.shown);
            self.shown.push(char::from(byte[0]));
        }
        self.shown.clone()
    }

    fn answers(&mut self, answer: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{answer}").unwrap();
    }

    /// Waits for the end, which must be 0. Returns the output since the last question.
    fn ends(mut self) -> String {
        let mut rest = Vec::new();
        self.child.stdout.take().unwrap().read_to_end(&mut rest).unwrap();
        let shown = String::from_utf8_lossy(&rest).into_owned();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{shown}");
        shown
    }
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A day of two connections; an analyst has scored one of them.
fn home() -> Home {
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "192.0.2.7", 100)]);
    let row = |to: &str| result(&at("10:00:00"), "10.0.0.1", to, "0.1");
    home.has_results(&[row("192.0.2.7"), row("192.0.2.8")]);
    home.runs_day();
    home.does(&["score", "-d", DAY, "--by", "ann", "--rank", "0", "-s", "high", "--note", "odd \u{1b}[2J"]);
    home
}

const LOWER: &[&str] = &["score", "-d", DAY, "--by", "bob", "--filter", "rank>=0", "-s", "low"];
const SCORES: &str = "SELECT rank, score, note, scored_by FROM flow_threat_investigation ORDER BY rank";
const OF_ANN: &str = "0|1|odd \u{1b}[2J|ann";

#[test]
fn a_no_changes_nothing_and_a_yes_does_what_was_shown() {
    let home = home();
    for (answer, says, rows) in [
        ("n", "nothing was changed", vec![OF_ANN]),
        ("", "nothing was changed", vec![OF_ANN]),
        ("y", "2 connections scored", vec!["0|3||bob", "1|3||bob"]),
    ] {
        let Some(mut command) = OnTerminal::start(&home, LOWER) else { return };
        let shown = command.asks();
        for words in
            ["high", "low", "192.0.2.7", "odd \\u{1b}[2J (ann, ", "1 stored score of 2016-07-08 would change"]
        {
            assert!(shown.contains(words), "{words} is not in {shown}");
        }
        command.answers(answer);
        let shown = command.ends();
        assert!(shown.contains(says), "{says} is not in {shown}");
        assert_eq!(home.rows(SCORES), rows, "{answer}");
    }
}

#[test]
fn what_changed_since_the_question_is_asked_about_too() {
    let home = home();
    let Some(mut command) = OnTerminal::start(&home, LOWER) else { return };
    command.asks();
    home.does(&["score", "-d", DAY, "--by", "cyd", "--rank", "1", "-s", "medium", "--note", "new"]);
    command.answers("y");
    let shown = command.asks();
    for words in ["medium", "new (cyd, ", "2 stored scores of 2016-07-08 would change, with 2 notes lost"] {
        assert!(shown.contains(words), "{words} is not in {shown}");
    }
    assert_eq!(home.rows(SCORES), [OF_ANN, "1|2|new|cyd"], "a yes to something else stores nothing");
    command.answers("n");
    command.ends();
    assert_eq!(home.rows(SCORES), [OF_ANN, "1|2|new|cyd"]);
}

#[test]
fn a_reset_asks_again_where_there_is_more_than_was_shown() {
    let home = home();
    let Some(mut command) = OnTerminal::start(&home, &["reset", "-d", DAY]) else { return };
    assert!(command.asks().contains("1 row and 1 line of feedback"));
    home.does(&["score", "-d", DAY, "--by", "cyd", "--rank", "1", "-s", "medium"]);
    command.answers("y");
    assert!(command.asks().contains("2 rows and 2 lines of feedback"));
    assert_eq!(home.count("flow_threat_investigation"), 2);
    command.answers("y");
    assert!(command.ends().contains("flow-oa restore"));
    assert_eq!(home.count("flow_threat_investigation"), 0);
}

#[test]
fn a_story_that_replaces_another_shows_it() {
    let home = home();
    let tell = |text: &'static str| {
        vec!["storyboard", "-d", DAY, "--by", "bob", "10.0.0.1", "--title", "t", "--text", text]
    };
    home.does(&tell("first"));
    let Some(mut command) = OnTerminal::start(&home, &tell("second")) else { return };
    assert!(command.asks().contains("title: t; text: first (bob, "));
    command.answers("y");
    command.ends();
    assert_eq!(home.rows("SELECT text FROM flow_storyboard"), ["second"]);
}
