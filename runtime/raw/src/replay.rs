//! A text whose start is read several times, since a file may have any of several formats, and standard input cannot be
//! opened again.

use std::io::{self, Read};

/// A reader that can return to its start until [`Replay::go_on`] is called.
pub(crate) struct Replay<R> {
    inner: R,
    /// The start of the text.
    start: Vec<u8>,
    /// The number of bytes of `start` that were returned.
    returned: usize,
    is_recording: bool,
    /// How the text ended, if it ended within its start.
    end: Option<End>,
}

enum End {
    Whole,
    Failed(io::ErrorKind, String),
}

impl<R> Replay<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, start: Vec::new(), returned: 0, is_recording: true, end: None }
    }

    /// Returns to the start of the text.
    pub(crate) fn restart(&mut self) {
        self.returned = 0;
    }

    /// Returns to the start of the text for the last time.
    pub(crate) fn go_on(&mut self) {
        self.restart();
        self.is_recording = false;
    }

    pub(crate) fn inner(&self) -> &R {
        &self.inner
    }

    pub(crate) fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: Read> Replay<R> {
    /// Reads new bytes into the start.
    fn record(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(0) if !buffer.is_empty() => self.end = Some(End::Whole),
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                self.end = Some(End::Failed(error.kind(), error.to_string()));
                return Err(error);
            }
            other => {
                let count = other?;
                self.start.extend(&buffer[..count]);
                self.returned = self.start.len();
                return Ok(count);
            }
        }
        Ok(0)
    }
}

impl<R: Read> Read for Replay<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let again = (&self.start[self.returned..]).read(buffer)?;
        self.returned += again;
        match &self.end {
            _ if again > 0 => Ok(again),
            Some(End::Whole) => Ok(0),
            Some(End::Failed(kind, reason)) => Err(io::Error::new(*kind, reason.clone())),
            None if self.is_recording => self.record(buffer),
            None => {
                self.start = Vec::new();
                self.returned = 0;
                self.inner.read(buffer)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_is_read_again_and_the_rest_once() {
        let mut replay = Replay::new(&b"abcdef"[..]);
        let mut part = [0; 2];
        for expected in [b"ab", b"cd"] {
            replay.read_exact(&mut part).unwrap();
            assert_eq!(&part, expected);
        }
        replay.restart();
        replay.read_exact(&mut part).unwrap();
        assert_eq!(&part, b"ab");
        replay.go_on();
        let mut all = Vec::new();
        replay.read_to_end(&mut all).unwrap();
        assert_eq!((all.as_slice(), replay.into_inner()), (&b"abcdef"[..], &b""[..]));
    }

    #[test]
    fn a_text_that_cannot_be_read_fails_each_time() {
        struct Once(bool);
        impl Read for Once {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                if std::mem::replace(&mut self.0, true) { Ok(0) } else { Err(io::Error::other("damaged")) }
            }
        }
        let mut replay = Replay::new(Once(false));
        for _ in 0..2 {
            replay.restart();
            assert_eq!(replay.read(&mut [0; 2]).unwrap_err().to_string(), "damaged");
        }
        replay.go_on();
        assert!(replay.read(&mut [0; 2]).is_err());
    }
}
