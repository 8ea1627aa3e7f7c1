//! External programs, run without a shell; their run time and output are limited.

use std::io::Read as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use flow_oa_remote::Watch;

/// The maximum length of the output in bytes.
const LONGEST: u64 = 16 << 20;

/// How often a running program is checked.
const LOOK: Duration = Duration::from_millis(10);

/// Why a program returned no output.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failed {
    Interrupted,
    /// The program cannot be started at all.
    Absent(String),
    Reason(String),
}

/// The standard output of a program. Its error output is discarded, since it may contain secrets that it was given.
///
/// # Errors
/// If the program cannot be started, ends with another code than 0, or does not end in time.
pub(super) fn output(mut command: Command, timeout: Duration, watch: &dyn Watch) -> Result<Vec<u8>, Failed> {
    let name = command.get_program().to_string_lossy().into_owned();
    let fault = |text: String| Failed::Reason(format!("the program {name} {text}"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let absent = |error| Failed::Absent(format!("the program {name} cannot be started: {error}"));
    let mut child = command.spawn().map_err(absent)?;
    let reader = reader(&mut child);
    let status = wait(&mut child, timeout, watch, &fault)?;
    if !status.success() {
        return Err(fault(format!("failed ({status}); run it by hand to see why")));
    }
    // A child process of the program may hold the pipe open for longer.
    let end = Instant::now() + timeout;
    while reader.as_ref().is_some_and(|reader| !reader.is_finished()) {
        if watch.is_stopped() {
            return Err(Failed::Interrupted);
        }
        if Instant::now() > end {
            return Err(fault("has ended, and something that it started has not".to_owned()));
        }
        std::thread::sleep(LOOK);
    }
    let read = reader.map(JoinHandle::join).and_then(Result::ok).unwrap_or_else(|| Ok(Vec::new()));
    let read = read.map_err(|error| fault(format!("printed what cannot be read: {error}")))?;
    if read.len() as u64 > LONGEST {
        return Err(fault(format!("printed more than {LONGEST} bytes")));
    }
    Ok(read)
}

fn reader(child: &mut Child) -> Option<JoinHandle<std::io::Result<Vec<u8>>>> {
    let out = child.stdout.take()?;
    Some(std::thread::spawn(move || {
        let mut read = Vec::new();
        out.take(LONGEST + 1).read_to_end(&mut read)?;
        Ok(read)
    }))
}

fn wait(
    child: &mut Child,
    timeout: Duration,
    watch: &dyn Watch,
    fault: &dyn Fn(String) -> Failed,
) -> Result<ExitStatus, Failed> {
    let end = Instant::now() + timeout;
    let failed = loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if watch.is_stopped() => break Failed::Interrupted,
            Ok(None) if Instant::now() > end => {
                break fault(format!("did not end in {} s and was stopped", timeout.as_secs()));
            }
            Ok(None) => std::thread::sleep(LOOK),
            Err(error) => break fault(format!("cannot be waited for: {error}")),
        }
    };
    // If it has ended in the meantime, there is nothing to stop.
    let _ = child.kill();
    let _ = child.wait();
    Err(failed)
}
