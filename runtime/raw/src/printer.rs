//! The program that prints a binary file, and what it reports on its error output.
//!
//! Such a program may skip records, report that, and end with 0. Its words are part of the outcome then.

use std::io::{self, BufRead as _, BufReader, Read};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use flow_oa_schema::printable;

use flow_oa_site::{Error, Result};

/// Different lines of the error output that are kept. Further ones are only counted.
const KEPT: usize = 5;

/// The length at which a line of the error output is cut, in bytes.
const LONGEST: u64 = 300;

/// A program to start.
pub(crate) struct Printing<'a> {
    pub(crate) program: &'a str,
    pub(crate) arguments: Vec<String>,
}

impl Printing<'_> {
    /// Starts the program: without a shell, in UTC.
    pub(crate) fn start(self) -> io::Result<(Printer, ChildStdout)> {
        let mut child = Command::new(self.program)
            .args(self.arguments)
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pipes = child.stdout.take().zip(child.stderr.take());
        let (output, errors) = pipes.ok_or_else(|| io::Error::other("it has no pipes"))?;
        let complaints = std::thread::spawn(move || Complaints::read(errors));
        Ok((Printer { child, complaints, program: self.program.to_owned() }, output))
    }
}

/// A program that was started.
pub(crate) struct Printer {
    child: Child,
    complaints: JoinHandle<Complaints>,
    program: String,
}

impl Printer {
    /// Waits for the program to end, and returns a warning if it reported something.
    ///
    /// # Errors
    /// If the program failed, with its error output.
    pub(crate) fn finish(mut self, file: &str) -> Result<Option<String>> {
        let status = self.child.wait();
        let status = status.map_err(|error| Error::Unavailable(format!("{}: {error}", self.program)))?;
        let complaints = self.complaints.join().unwrap_or_default();
        if !status.success() {
            return Err(failed(file, &self.program, status, &complaints));
        }
        let lines = match complaints.lines {
            0 => return Ok(None),
            1 => "1 line".to_owned(),
            lines => format!("{lines} lines"),
        };
        Ok(Some(format!(
            "{} wrote {lines} to its error output, so records may be missing: {complaints}",
            self.program
        )))
    }

    /// The error to report after the text could not be read: that of the program if it failed, since its text is
    /// incomplete then.
    pub(crate) fn fault(mut self, file: &str, error: Error) -> Error {
        // The program may still be writing what is not read any more.
        let ended = self.child.try_wait();
        if !matches!(ended, Ok(Some(_))) {
            let _ = self.child.kill();
        }
        let status = self.child.wait();
        let complaints = self.complaints.join().unwrap_or_default();
        match (ended, status) {
            (Ok(Some(_)), Ok(status)) if !status.success() => {
                failed(file, &self.program, status, &complaints)
            }
            _ if complaints.lines > 0 => {
                Error::BadData(format!("{error}\n{} reported: {complaints}", self.program))
            }
            _ => error,
        }
    }
}

fn failed(file: &str, program: &str, status: ExitStatus, complaints: &Complaints) -> Error {
    Error::BadData(format!("{file}: {program} ended with {status}: {complaints}"))
}

/// What a program wrote to its error output.
#[derive(Debug, Default)]
struct Complaints {
    /// The different lines, and how often each was written.
    different: Vec<(String, u64)>,
    /// All lines.
    lines: u64,
}

impl Complaints {
    /// Reads an error output to its end. If it cannot be read in full, the part that was read is enough.
    fn read(errors: impl Read) -> Self {
        let mut found = Self::default();
        let mut errors = BufReader::new(errors);
        let mut line = Vec::new();
        loop {
            line.clear();
            match errors.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return found,
                Ok(_) => found.add(String::from_utf8_lossy(&line).trim()),
            }
        }
    }

    fn add(&mut self, line: &str) {
        if line.is_empty() {
            return;
        }
        self.lines += 1;
        let has_room = self.different.len() < KEPT;
        match self.different.iter_mut().find(|(known, _)| known == line) {
            Some((_, count)) => *count += 1,
            None if has_room => self.different.push((line.to_owned(), 1)),
            None => {}
        }
    }
}

impl std::fmt::Display for Complaints {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = 0;
        for (at, (line, count)) in self.different.iter().enumerate() {
            shown += count;
            f.write_str(if at > 0 { "; " } else { "" })?;
            f.write_str(&printable::in_line(line))?;
            if *count > 1 {
                write!(f, " ({count} times)")?;
            }
        }
        match self.lines - shown {
            0 => Ok(()),
            more => write!(f, "; … and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn equal_lines_are_counted_and_only_some_are_kept() {
        let mut text = "Skip unknown record type 7\n".repeat(1000);
        for number in 0..10 {
            let _ = writeln!(text, "\nother \u{1b}{number}");
        }
        let found = Complaints::read(text.as_bytes());
        assert_eq!((found.lines, found.different.len()), (1010, KEPT));
        let shown = found.to_string();
        assert!(shown.starts_with(r"Skip unknown record type 7 (1000 times); other \u{1b}0; "), "{shown}");
        assert!(shown.ends_with("; … and 6 more"), "{shown}");
        assert_eq!(Complaints::read(&b""[..]).to_string(), "");
    }
}
