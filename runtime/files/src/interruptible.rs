//! Reads from a pipe or a terminal until an interrupt. A plain system call that reads from a pipe or a terminal blocks
//! until data arrives.

use std::io::{self, Read};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::Progress;

/// The interval at which an interrupt is checked: 100 ms.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// Reads from a pipe, a terminal or a file until the command is interrupted.
#[derive(Debug)]
pub struct Interruptible<R> {
    inner: R,
    progress: Progress,
}

impl<R: Read + AsFd> Interruptible<R> {
    /// Wraps a reader that has no buffer of its own. It may be in non-blocking mode.
    pub fn new(inner: R, progress: &Progress) -> Self {
        Self { inner, progress: progress.clone() }
    }

    /// Waits until there is data or the end of the input.
    ///
    /// # Errors
    /// If the command is interrupted. The kind is not `Interrupted`, since readers retry after that kind.
    fn wait(&self) -> io::Result<()> {
        loop {
            if self.progress.is_interrupted() {
                return Err(io::Error::other("interrupted"));
            }
            match poll(&mut [PollFd::new(&self.inner, PollFlags::IN)], Some(&LOOK)) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl<R: Read + AsFd> Read for Interruptible<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.wait()?;
            match self.inner.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return done,
            }
        }
    }
}

/// Returns standard input.
///
/// # Errors
/// If the process has no standard input.
pub fn standard_input(progress: &Progress) -> io::Result<Interruptible<std::fs::File>> {
    let own = io::stdin().as_fd().try_clone_to_owned()?;
    Ok(Interruptible::new(std::fs::File::from(own), progress))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_pipe_is_read_to_its_end_also_where_its_writer_comes_late() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        crate::regular::make_pipe(&path);
        let pipe = crate::regular::open_pipe(&path).unwrap();
        let mut text = String::new();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(std::time::Duration::from_millis(150));
                let mut out = std::fs::File::options().write(true).open(&path).unwrap();
                out.write_all(b"one").unwrap();
                std::thread::sleep(std::time::Duration::from_millis(50));
                out.write_all(b", two").unwrap();
            });
            Interruptible::new(pipe, &Progress::default()).read_to_string(&mut text).unwrap();
        });
        assert_eq!(text, "one, two");
    }

    #[test]
    fn an_interrupt_ends_the_wait_for_a_pipe_that_has_no_writer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        crate::regular::make_pipe(&path);
        let progress = Progress::default();
        let mut waiting = Interruptible::new(crate::regular::open_pipe(&path).unwrap(), &progress);
        std::thread::scope(|scope| {
            let reader = scope.spawn(move || waiting.read_to_end(&mut Vec::new()).is_err());
            progress.interrupt();
            assert!(reader.join().unwrap());
        });
    }
}
