//! Records of delimited text (RFC 4180) with their true line numbers. LF and CRLF both end a line, blank lines are
//! counted, and the last line needs no line end.
//!
//! A single record must not consume the whole file. Reading stops if a record exceeds [`LONGEST`], or if its quote is
//! not closed at the end of the text.

use std::io::{self, Read};

use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};

use crate::blanks::Parted;
use crate::text::{LONGEST, Unread};

/// How a text is divided into records and fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// What separates fields.
    pub delimiter: Delimiter,
    /// The first byte of lines that are not records. They are counted as blank lines are.
    pub comments: Option<u8>,
    /// Whether quotation marks have a meaning.
    pub quotes: bool,
}

/// What separates fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delimiter {
    /// This byte.
    Byte(u8),
    /// One or more blanks. Blanks at both ends of a line are ignored.
    Blanks,
}

impl From<u8> for Layout {
    fn from(delimiter: u8) -> Self {
        Self { delimiter: Delimiter::Byte(delimiter), comments: None, quotes: true }
    }
}

/// The records of a delimited text.
pub struct Records<R> {
    csv: Reader<Ended<Parted<R>>>,
    record: ByteRecord,
    blank: u64,
    next_line: u64,
}

impl<R: Read> Records<R> {
    /// Reads the records of `reader`. The layout may be just the byte that separates fields.
    pub fn new(reader: R, layout: impl Into<Layout>) -> Self {
        let layout = layout.into();
        let (delimiter, reader) = match layout.delimiter {
            Delimiter::Byte(byte) => (byte, Parted::Unchanged(reader)),
            Delimiter::Blanks => (b' ', Parted::by_blanks(reader, layout.comments)),
        };
        let csv = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .comment(layout.comments)
            .quoting(layout.quotes)
            // Only with this terminator does the parser count a line where it ends.
            .terminator(Terminator::Any(b'\n'))
            .buffer_capacity(128 * 1024)
            .from_reader(Ended::new(reader));
        Self { csv, record: ByteRecord::new(), blank: 0, next_line: 1 }
    }

    /// The next record, and the line on which it begins, counted from 1.
    pub fn next_record(&mut self) -> Result<Option<(u64, &ByteRecord)>, Unread> {
        while self.advance()? {
            let inner = self.record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
            let end = self.csv.position().line();
            if self.csv.get_ref().is_used_up_at(self.csv.position().byte()) {
                return Err(unclosed(end - inner, self.record.len()));
            }
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
        let end = self.csv.position().line() - END.len() as u64;
        self.blank += end - self.next_line;
        self.next_line = end;
        Ok(None)
    }

    /// Reads the next record, of limited length. The preceding blank lines count towards the limit.
    fn advance(&mut self) -> Result<bool, Unread> {
        let start = self.csv.position().byte();
        self.csv.get_mut().allowed = start + LONGEST;
        match self.csv.read_byte_record(&mut self.record) {
            Ok(is_there) if self.csv.position().byte() - start <= LONGEST => Ok(is_there),
            Err(error) if !self.csv.get_ref().is_refused() => {
                Err(Unread::damaged(self.next_line, &error.into()))
            }
            _ => Err(Unread::too_long(self.next_line, "record")),
        }
    }

    /// A hint to append to an error about the number of fields in the current record. Empty unless the record is the
    /// last of a text without a final line end.
    pub fn cut_off(&self) -> &'static str {
        let is_last = self.csv.get_ref().lacks_end == Some(self.csv.position().byte() - 1);
        if is_last { ": the file ends in this record, so it is cut short or still being written" } else { "" }
    }

    /// The record that was read last.
    pub fn current(&self) -> &ByteRecord {
        &self.record
    }

    /// Whether the last record that was read ends at the end of the text, without a line end.
    pub fn ends_open(&self) -> bool {
        let text = self.csv.get_ref();
        text.rest.is_some() && text.last != b'\n' && self.csv.position().byte() > text.taken
    }

    /// The number of blank lines and comments so far.
    pub fn blank_lines(&self) -> u64 {
        self.blank
    }

    /// Returns the underlying reader.
    pub fn into_inner(self) -> R {
        self.csv.into_inner().inner.into_inner()
    }

    fn drop_carriage_return(&mut self) {
        let last = self.record.len().saturating_sub(1);
        let Some(bare) = self.record.get(last).and_then(|field| field.strip_suffix(b"\r")) else { return };
        let bare = bare.to_vec();
        self.record.truncate(last);
        self.record.push_field(&bare);
    }
}

fn unclosed(line: u64, column: usize) -> Unread {
    let reason = format!(
        "column {column} begins with a quote that is never closed, so that all that follows belongs to it: \
         close it, or double the quotes that are part of a text"
    );
    Unread { line, reason }
}

/// Appended after the last line end of a text: a blank line. Only an unclosed quote includes it in a record.
const END: &[u8] = b"\n";

/// A text that always ends with a line end and [`END`]. No more than the allowed number of bytes is returned.
struct Ended<R> {
    inner: R,
    last: u8,
    /// The number of bytes read from the text.
    taken: u64,
    /// The number of bytes returned: from the text and from the part appended to it.
    given: u64,
    /// Once more bytes than this were returned, reads fail.
    allowed: u64,
    rest: Option<&'static [u8]>,
    /// The length of the text, if it does not end with a line end.
    lacks_end: Option<u64>,
}

impl<R: Read> Ended<R> {
    fn new(inner: R) -> Self {
        Self { inner, last: b'\n', taken: 0, given: 0, allowed: u64::MAX, rest: None, lacks_end: None }
    }

    /// Whether everything was returned, and no byte lies after `byte`.
    fn is_used_up_at(&self, byte: u64) -> bool {
        self.rest.is_some_and(<[u8]>::is_empty) && byte == self.given
    }

    fn is_refused(&self) -> bool {
        self.given > self.allowed
    }

    /// Reads bytes of the text, or of the part appended to it.
    fn read_some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_none() {
            let count = self.inner.read(buffer)?;
            if let Some(last) = buffer[..count].last() {
                self.last = *last;
                self.taken += count as u64;
                return Ok(count);
            }
            self.lacks_end = (self.last != b'\n').then_some(self.taken);
            self.rest = Some(if self.lacks_end.is_some() { b"\n\n" } else { END });
        }
        self.rest.as_mut().map_or(Ok(0), |rest| rest.read(buffer))
    }
}

impl<R: Read> Read for Ended<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_refused() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut count = self.read_some(buffer)?;
        // The parser looks for a byte order mark only in the first bytes that it receives, and treats a mark alone as
        // the end of the text.
        while self.given == 0 && (1..4).contains(&count) {
            match self.read_some(&mut buffer[count..])? {
                0 => break,
                more => count += more,
            }
        }
        self.given += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str) -> (Vec<(u64, Vec<String>)>, u64) {
        all_of(text, Layout::from(b','))
    }

    fn record(line: u64, fields: &[&str]) -> (u64, Vec<String>) {
        (line, fields.iter().map(|field| (*field).to_owned()).collect())
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
    fn a_record_that_ends_with_the_text_differs_from_one_that_ends_with_its_line() {
        let open = |text: &str| {
            let mut records = Records::new(text.as_bytes(), b',');
            let mut seen = Vec::new();
            while records.next_record().unwrap().is_some() {
                seen.push(records.ends_open());
            }
            seen
        };
        assert_eq!(open("a,b\nc"), [false, true]);
        assert_eq!(open("a,b\nc\n"), [false, false]);
        assert_eq!(open("\u{feff}a,b\nc\n\n"), [false, false]);
        assert_eq!(open("\u{feff}a"), [true]);
    }

    fn all_of(text: &str, layout: Layout) -> (Vec<(u64, Vec<String>)>, u64) {
        let mut records = Records::new(text.as_bytes(), layout);
        let mut seen = Vec::new();
        while let Some((line, record)) = records.next_record().unwrap() {
            seen.push((
                line,
                record.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect(),
            ));
        }
        (seen, records.blank_lines())
    }

    #[test]
    fn comments_are_lines_but_no_records() {
        let layout = Layout { delimiter: Delimiter::Byte(b'\t'), comments: Some(b'#'), quotes: true };
        for end in ["\n", "\r\n"] {
            let text = "#a \"b\n#\n\nc\t#d\n#e\nf\t\"g\n#h\"\n#i".replace('\n', end);
            let (seen, blank) = all_of(&text, layout);
            assert_eq!(seen.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [4, 6]);
            assert_eq!((seen[0].1[1].as_str(), blank), ("#d", 5), "{seen:?}");
        }
        assert_eq!(all_of("#a\n", layout), (vec![], 1));
    }

    #[test]
    fn runs_of_blanks_separate_fields_but_not_within_quotes() {
        let layout = Layout { delimiter: Delimiter::Blanks, comments: Some(b'#'), quotes: true };
        let text = "# \"x\n  a  \"b  \"\"c\"   d\"e \n\n #f  g\n\"h\ni  j\" \r k\r\nl \r\n";
        let expected =
            vec![record(2, &["a", "b  \"c", "d\"e"]), record(5, &["h\ni  j", "\r", "k"]), record(7, &["l"])];
        assert_eq!(all_of(text, layout), (expected, 3));
    }

    #[test]
    fn blank_lines_at_both_ends_count() {
        assert_eq!(all("\n\na,b\n\n"), (vec![record(3, &["a", "b"])], 3));
        assert_eq!(all(""), (vec![], 0));
    }

    fn stopped(text: impl Read) -> Unread {
        let mut records = Records::new(text, b',');
        loop {
            match records.next_record() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("was read to its end"),
                Err(unread) => return unread,
            }
        }
    }

    #[test]
    fn a_quote_that_never_closes_is_said_where_it_opens() {
        for text in
            ["a,b\n\nc,\"d\ne,f\n", "a,b\n\nc,\"d\ne,f", "a\n\nc,\"", "a\n\nc,\"d\n\n\n", "a\n\nc,\"d\"\"\n"]
        {
            assert_eq!(stopped(text.as_bytes()), unclosed(3, 2), "{text:?}");
        }
        assert_eq!(all("c,\"d\n\"").0, [record(1, &["c", "d\n"])]);
        assert_eq!(all("c,\"d\n\"\n\n").0, [record(1, &["c", "d\n"])]);
    }

    #[test]
    fn a_last_record_without_a_line_end_is_known_as_such() {
        for (text, is_cut_off) in [("a,b\nc", true), ("a", true), ("a,b\nc\n", false), ("a\n\n", false)] {
            let mut records = Records::new(text.as_bytes(), b',');
            let mut last = "";
            while records.next_record().unwrap().is_some() {
                assert_eq!(last, "", "{text:?}");
                last = records.cut_off();
            }
            assert_eq!(!last.is_empty(), is_cut_off, "{text:?}");
        }
    }

    #[test]
    fn a_record_that_does_not_end_is_refused_before_it_fills_the_memory() {
        for start in ["a,b\nc,\"", "a,b\n"] {
            let endless = start.as_bytes().chain(io::repeat(b'x'));
            assert_eq!(stopped(endless), Unread::too_long(2, "record"));
        }
    }

    #[test]
    fn whether_a_record_is_too_long_does_not_depend_on_how_the_text_comes() {
        let text = |length: usize| format!("a,b\n{}\nc", "x".repeat(length));
        let longest = LONGEST as usize - 1;
        assert_eq!(all(&text(longest)).0.len(), 3);
        assert_eq!(stopped(text(longest + 1).as_bytes()), Unread::too_long(2, "record"));
    }

    proptest! {
        #[test]
        fn small_pieces_read_as_the_whole(text in "[a,# \"\n\r\u{feff}]{0,12}", size in 1usize..4) {
            for delimiter in [Delimiter::Byte(b','), Delimiter::Blanks] {
                let layout = Layout { delimiter, comments: Some(b'#'), quotes: true };
                let whole = outcome(text.as_bytes(), layout);
                prop_assert_eq!(outcome(Pieces { text: text.as_bytes(), size }, layout), whole);
            }
        }
    }

    /// Returns at most `size` bytes at a time.
    struct Pieces<'a> {
        text: &'a [u8],
        size: usize,
    }

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let end = buffer.len().min(self.size);
            self.text.read(&mut buffer[..end])
        }
    }

    type Seen = Vec<(u64, Vec<Vec<u8>>)>;

    fn outcome(text: impl Read, layout: Layout) -> (Seen, Result<u64, Unread>) {
        let mut records = Records::new(text, layout);
        let mut seen = Vec::new();
        loop {
            match records.next_record() {
                Ok(Some((line, record))) => seen.push((line, record.iter().map(<[u8]>::to_vec).collect())),
                Ok(None) => return (seen, Ok(records.blank_lines())),
                Err(unread) => return (seen, Err(unread)),
            }
        }
    }
}
