//! Ctrl-C.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;

use crate::home::{Home, PATIENCE, PROGRAM, at, flow, spot};

#[test]
fn an_interrupt_takes_everything_back_and_says_so() {
    let home = Home::new();
    let mut reading = Reading::start(&home);
    reading.interrupt();
    // The program takes flows until it sees the interrupt, and no more after that.
    while reading.input.write_all(flows().as_bytes()).is_ok() {}
    reading.ends_interrupted(&home);
}

#[test]
fn an_interrupt_ends_the_wait_for_input_that_does_not_come() {
    let home = Home::new();
    let reading = Reading::start(&home);
    reading.interrupt();
    reading.ends_interrupted(&home);
}

/// Far more than fits into a pipe.
fn flows() -> String {
    spot(&vec![flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1); 10_000])
}

/// An ingest of standard input that has begun to read, and is killed if it does not end.
struct Reading {
    child: Child,
    input: ChildStdin,
    ended: Sender<()>,
    watchdog: JoinHandle<()>,
}

impl Reading {
    fn start(home: &Home) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(["ingest", "-"])
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
        let mut input = child.stdin.take().unwrap();
        // Once it is taken, the program handles interrupts.
        input.write_all(flows().as_bytes()).unwrap();
        Self { child, input, ended, watchdog }
    }

    fn interrupt(&self) {
        signal("-INT", self.child.id());
    }

    /// Its input is open until it has ended.
    fn ends_interrupted(mut self, home: &Home) {
        let mut complaint = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
        let status = self.child.wait().unwrap();
        drop((self.ended, self.input));
        self.watchdog.join().unwrap();
        assert_eq!(status.code(), Some(130), "{complaint}");
        assert!(complaint.contains("interrupted"), "{complaint}");
        assert_eq!((home.count("flow"), home.count("flow_oa_ingest")), (0, 0));
    }
}

fn signal(name: &str, id: u32) {
    assert!(Command::new("kill").args([name, &id.to_string()]).status().unwrap().success());
}
