//! Ctrl-C.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};

use crate::home::{Home, PATIENCE, PROGRAM, at, flow, spot};

#[test]
fn an_interrupt_takes_everything_back_and_says_so() {
    let home = Home::new();
    let mut child = Command::new(PROGRAM)
        .args(["ingest", "-"])
        .env("FLOW_OA_HOME", home.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = child.id().to_string();
    let mut input = child.stdin.take().unwrap();
    let (done, waiting) = channel::<()>();
    let watchdog = std::thread::spawn({
        let id = id.clone();
        move || {
            if waiting.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let _ = Command::new("kill").args(["-KILL", &id]).status();
            }
        }
    });

    // Far more than fits into a pipe: once it is taken, the program is reading, and handles interrupts.
    let flows = vec![flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1); 10_000];
    input.write_all(spot(&flows).as_bytes()).unwrap();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    // The program takes flows until it sees the interrupt, and no more after that.
    while input.write_all(spot(&flows).as_bytes()).is_ok() {}

    let mut complaint = String::new();
    child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
    let status = child.wait().unwrap();
    drop(done);
    watchdog.join().unwrap();
    assert_eq!(status.code(), Some(130), "{complaint}");
    assert!(complaint.contains("interrupted"), "{complaint}");
    assert_eq!((home.count("flow"), home.count("flow_oa_ingest")), (0, 0));
}
