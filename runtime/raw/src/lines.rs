//! The complete lines of a text to which another program still appends.

use std::io::{self, Read};

use flow_oa_files::text::LONGEST;

/// Bytes that are read at once.
const PIECE: usize = 64 * 1024;

/// A text without what follows its last line end.
pub(crate) struct WholeLines<R> {
    inner: R,
    /// What was read and not returned.
    held: Vec<u8>,
    /// The number of bytes of `held` that were returned.
    returned: usize,
    /// The number of bytes of `held` that may be returned: up to a line end.
    complete: usize,
}

impl<R: Read> WholeLines<R> {
    pub(crate) fn of(inner: R) -> Self {
        Self { inner, held: Vec::new(), returned: 0, complete: 0 }
    }

    /// Reads until a line is complete. Returns `false` at the end of the text.
    fn advance(&mut self) -> io::Result<bool> {
        self.held.drain(..self.returned);
        (self.returned, self.complete) = (0, 0);
        loop {
            let from = self.held.len();
            self.held.resize(from + PIECE, 0);
            let count = self.inner.read(&mut self.held[from..]);
            self.held.truncate(from + count.as_ref().copied().unwrap_or(0));
            let end = self.held[from..].iter().rposition(|byte| *byte == b'\n');
            match (count?, end) {
                (0, _) => return Ok(false),
                (_, Some(end)) => {
                    self.complete = from + end + 1;
                    return Ok(true);
                }
                // The reader of the records refuses a line of this length.
                (_, None) if self.held.len() as u64 > LONGEST => {
                    self.complete = self.held.len();
                    return Ok(true);
                }
                (_, None) => {}
            }
        }
    }
}

impl<R: Read> Read for WholeLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.returned == self.complete && !self.advance()? {
            return Ok(0);
        }
        let count = (&self.held[self.returned..self.complete]).read(buffer)?;
        self.returned += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_up_to_the_last_line_end_is_returned(text in "[a\n]{0,40}", size in 1usize..5) {
            let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
            let mut lines = WholeLines::of(text.as_bytes());
            let mut found: Vec<u8> = Vec::new();
            let mut buffer = vec![0; size];
            loop {
                match lines.read(&mut buffer).unwrap() {
                    0 => break,
                    count => found.extend(&buffer[..count]),
                }
            }
            prop_assert_eq!(found, whole.as_bytes());
        }
    }

    #[test]
    fn a_line_that_does_not_end_is_returned_before_it_fills_the_memory() {
        let mut lines = WholeLines::of(io::repeat(b'x'));
        let mut buffer = [0; 10];
        assert_eq!(lines.read(&mut buffer).unwrap(), 10);
    }
}
