//! Ctrl-C.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::home::{DAY, Home, PATIENCE, PROGRAM, at, flow, spot};

#[test]
fn an_interrupt_takes_everything_back_and_says_so() {
    let home = Home::new();
    let (running, mut input) = Running::ingest(&home);
    running.interrupt();
    // The program reads flows until it sees the interrupt, and none after that.
    while input.write_all(flows().as_bytes()).is_ok() {}
    running.ends_interrupted(&["interrupted"]);
    assert_eq!((home.count("flow"), home.count("flow_oa_ingest")), (0, 0));
}

#[test]
fn an_interrupt_ends_the_wait_for_input_that_does_not_come() {
    let home = Home::new();
    let (running, input) = Running::ingest(&home);
    running.interrupt();
    running.ends_interrupted(&["interrupted"]);
    drop(input);
    assert_eq!((home.count("flow"), home.count("flow_oa_ingest")), (0, 0));
}

#[test]
fn an_interrupt_ends_the_wait_for_a_pipe_that_has_no_writer() {
    let home = Home::new();
    home.pipe("results");
    home.pipe("flows");
    for arguments in [&["run", "-d", DAY, "--results", "results"][..], &["ingest", "flows"]] {
        let running = Running::start(&home, arguments);
        running.interrupt_waiting();
        running.ends_interrupted(&["interrupted"]);
    }
    assert_eq!((home.count("flow_scores"), home.count("flow"), home.count("flow_oa_ingest")), (0, 0, 0));
}

#[test]
fn a_second_interrupt_ends_what_the_first_one_cannot() {
    let home = Home::bare();
    // Context from a pipe is read until its end, which never comes.
    home.write("flow_oa.json", r#"{"context": {"names": "/dev/stdin"}}"#);
    let mut running = Running::start(&home, &["check", "--context"]);
    let mut input = running.child.stdin.take().unwrap();
    // Once this input is read, the program handles interrupts.
    input.write_all("# nothing\n".repeat(20_000).as_bytes()).unwrap();
    while running.child.try_wait().unwrap().is_none() {
        running.interrupt();
        std::thread::sleep(Duration::from_millis(50));
    }
    running.ends_interrupted(&["interrupted again", "rolls back what was not committed"]);
    drop(input);
}

/// Far more than a pipe holds.
fn flows() -> String {
    spot(&vec![flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1); 10_000])
}

/// A running command, which is killed if it does not end.
pub(crate) struct Running {
    child: Child,
    ended: Sender<()>,
    watchdog: JoinHandle<()>,
}

impl Running {
    pub(crate) fn start(home: &Home, arguments: &[&str]) -> Self {
        let child = Command::new(PROGRAM)
            .args(arguments)
            .current_dir(home.path(""))
            .env("FLOW_OA_HOME", home.path(""))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let id = child.id();
        let (ended, waiting) = channel();
        let watchdog = std::thread::spawn(move || {
            if waiting.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                signal("-KILL", id);
            }
        });
        Self { child, ended, watchdog }
    }

    /// A program, and its standard input.
    pub(crate) fn reading(home: &Home, arguments: &[&str]) -> (Self, ChildStdin) {
        let mut running = Self::start(home, arguments);
        let input = running.child.stdin.take().unwrap();
        (running, input)
    }

    /// An ingest of standard input that has begun to read.
    fn ingest(home: &Home) -> (Self, ChildStdin) {
        let (running, mut input) = Self::reading(home, &["ingest", "-"]);
        // Once this input is read, the program handles interrupts.
        input.write_all(flows().as_bytes()).unwrap();
        (running, input)
    }

    pub(crate) fn interrupt(&self) {
        signal("-INT", self.child.id());
    }

    /// Interrupts the program once it waits for a pipe, which it has opened by then.
    fn interrupt_waiting(&self) {
        let files = format!("/proc/{}/fd", self.child.id());
        let is_waiting = || {
            let open = std::fs::read_dir(&files).unwrap().flatten();
            let mut open = open.filter_map(|entry| std::fs::read_link(entry.path()).ok());
            open.any(|path| path.ends_with("results") || path.ends_with("flows"))
        };
        while !is_waiting() {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.interrupt();
    }

    /// Kills the program.
    pub(crate) fn ends_killed(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        drop(self.ended);
        self.watchdog.join().unwrap();
    }

    pub(crate) fn ends_interrupted(self, words: &[&str]) {
        self.ends_with(130, words);
    }

    pub(crate) fn ends_with(mut self, code: i32, words: &[&str]) {
        let mut complaint = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
        let status = self.child.wait().unwrap();
        drop(self.ended);
        self.watchdog.join().unwrap();
        assert_eq!(status.code(), Some(code), "{complaint}");
        assert!(words.iter().all(|word| complaint.contains(word)), "{complaint}");
    }
}

/// Sends a signal; fails without a message if the program has ended.
fn signal(name: &str, id: u32) {
    let _ = Command::new("kill").args([name, &id.to_string()]).stderr(Stdio::null()).status().unwrap();
}
