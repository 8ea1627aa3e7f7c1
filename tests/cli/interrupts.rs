//! Ctrl-C.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use nix::libc::O_NONBLOCK;

use crate::home::{DAY, Home, PATIENCE, PROGRAM, at, flow, spot};

#[test]
fn an_interrupt_takes_everything_back_and_says_so() {
    let home = Home::new();
    let (running, mut input) = Running::ingest(&home);
    running.interrupt();
    // The program takes flows until it sees the interrupt, and no more after that.
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
fn a_second_interrupt_ends_what_the_first_one_cannot() {
    let home = Home::new();
    let pipe = home.path("results");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut running = Running::start(&home, &["run", "-d", DAY, "--results", "results"]);
    // It can be opened once the program has it open, to read; nothing is ever written.
    let mut results = None;
    while running.child.try_wait().unwrap().is_none() {
        match &results {
            None => results = File::options().write(true).custom_flags(O_NONBLOCK).open(&pipe).ok(),
            Some(_) => running.interrupt(),
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    running.ends_interrupted(&["interrupted again", "takes back what was not done"]);
    assert_eq!((home.count("flow_scores"), home.count("flow_oa_history")), (0, 0));
}

/// Far more than fits into a pipe.
fn flows() -> String {
    spot(&vec![flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1); 10_000])
}

/// A command under way, which is killed if it does not end.
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

    /// An ingest of standard input that has begun to read.
    fn ingest(home: &Home) -> (Self, ChildStdin) {
        let mut running = Self::start(home, &["ingest", "-"]);
        let mut input = running.child.stdin.take().unwrap();
        // Once it is taken, the program handles interrupts.
        input.write_all(flows().as_bytes()).unwrap();
        (running, input)
    }

    pub(crate) fn interrupt(&self) {
        signal("-INT", self.child.id());
    }

    /// Ends it without asking.
    pub(crate) fn ends_killed(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        drop(self.ended);
        self.watchdog.join().unwrap();
    }

    pub(crate) fn ends_interrupted(mut self, words: &[&str]) {
        let mut complaint = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
        let status = self.child.wait().unwrap();
        drop(self.ended);
        self.watchdog.join().unwrap();
        assert_eq!(status.code(), Some(130), "{complaint}");
        assert!(words.iter().all(|it| complaint.contains(it)), "{complaint}");
    }
}

/// Nobody hears it where the program has ended.
fn signal(name: &str, id: u32) {
    let _ = Command::new("kill").args([name, &id.to_string()]).stderr(Stdio::null()).status().unwrap();
}
