//! Records of delimited text (RFC 4180) with their true line numbers: LF and CRLF alike, blank lines
//! counted, the last line whole without its line end.

use std::io::{self, Read};

use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};

/// The records of a text.
pub(crate) struct Records<R> {
    csv: Reader<Ended<R>>,
    record: ByteRecord,
    blank: u64,
    next_line: u64,
}

impl<R: Read> Records<R> {
    /// The records of `reader`, whose fields `delimiter` parts.
    pub(crate) fn new(reader: R, delimiter: u8) -> Self {
        let csv = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            // Only with this terminator does the parser count every line where it ends.
            .terminator(Terminator::Any(b'\n'))
            .buffer_capacity(128 * 1024)
            .from_reader(Ended { inner: reader, last: b'\n', done: false });
        Self { csv, record: ByteRecord::new(), blank: 0, next_line: 1 }
    }

    /// The next record and the line, from 1, on which it begins.
    pub(crate) fn next(&mut self) -> io::Result<Option<(u64, &ByteRecord)>> {
        while self.csv.read_byte_record(&mut self.record).map_err(io::Error::from)? {
            let inner = self.record.as_slice().iter().filter(|it| **it == b'\n').count() as u64;
            let end = self.csv.position().line();
            let line = end - 1 - inner;
            self.blank += line - self.next_line;
            self.next_line = end;
            if self.record.as_slice() == b"\r" && self.record.len() == 1 {
                self.blank += 1;
                continue;
            }
            self.drop_carriage_return();
            return Ok(Some((line, &self.record)));
        }
        self.blank += self.csv.position().line() - self.next_line;
        self.next_line = self.csv.position().line();
        Ok(None)
    }

    /// The record that was read last.
    pub(crate) fn current(&self) -> &ByteRecord {
        &self.record
    }

    /// Blank lines so far.
    pub(crate) fn blank_lines(&self) -> u64 {
        self.blank
    }

    /// What is read from.
    pub(crate) fn into_inner(self) -> R {
        self.csv.into_inner().inner
    }

    fn drop_carriage_return(&mut self) {
        let last = self.record.len().saturating_sub(1);
        let Some(bare) = self.record.get(last).and_then(|it| it.strip_suffix(b"\r")) else { return };
        let bare = bare.to_vec();
        self.record.truncate(last);
        self.record.push_field(&bare);
    }
}

/// Adds the line end that the last line may lack.
struct Ended<R> {
    inner: R,
    last: u8,
    done: bool,
}

impl<R: Read> Read for Ended<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.done || buffer.is_empty() {
            return Ok(0);
        }
        let count = self.inner.read(buffer)?;
        if count > 0 {
            self.last = buffer[count - 1];
            return Ok(count);
        }
        self.done = true;
        if self.last == b'\n' {
            return Ok(0);
        }
        buffer[0] = b'\n';
        Ok(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> (Vec<(u64, Vec<String>)>, u64) {
        let mut records = Records::new(text.as_bytes(), b',');
        let mut seen = Vec::new();
        while let Some((line, record)) = records.next().unwrap() {
            seen.push((line, record.iter().map(|it| String::from_utf8_lossy(it).into_owned()).collect()));
        }
        (seen, records.blank_lines())
    }

    fn record(line: u64, fields: &[&str]) -> (u64, Vec<String>) {
        (line, fields.iter().map(|it| (*it).to_owned()).collect())
    }

    #[test]
    fn lines_are_true_whatever_ends_them() {
        let text = "a,b\nc,d\n\n\ne,\"f\ng\"\n\nh,i";
        let expected = vec![
            record(1, &["a", "b"]),
            record(2, &["c", "d"]),
            record(5, &["e", "f\ng"]),
            record(8, &["h", "i"]),
        ];
        assert_eq!(all(text), (expected.clone(), 3));
        let (windows, blank) = all(&text.replace('\n', "\r\n"));
        assert_eq!(blank, 3);
        assert_eq!(windows.iter().map(|it| it.0).collect::<Vec<_>>(), [1, 2, 5, 8]);
        assert_eq!(windows[3], expected[3]);
    }

    #[test]
    fn blank_lines_at_both_ends_count() {
        assert_eq!(all("\n\na,b\n\n"), (vec![record(3, &["a", "b"])], 3));
        assert_eq!(all(""), (vec![], 0));
    }
}
