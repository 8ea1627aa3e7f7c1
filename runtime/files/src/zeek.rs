//! The records of a log of Zeek. Its header says how fields are separated and what stands for no value, and it comes
//! again where logs were joined.

use std::io::{BufRead, BufReader, Read};

use csv::ByteRecord;

use crate::text::{LONGEST, Unread};

/// What comes next in a log.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// A record on this line.
    Record(u64),
    /// A line that is not a record, and why.
    Damaged(u64, String),
    /// The names of the fields, which a header on this line gives.
    Names(u64),
}

/// The records of a log.
pub struct ZeekRecords<R> {
    reader: BufReader<R>,
    /// The spellings of each field of a record.
    fields: Vec<Vec<String>>,
    line: Vec<u8>,
    number: u64,
    others: u64,
    separator: Vec<u8>,
    unset: Vec<u8>,
    empty: Vec<u8>,
    path: String,
    names: Vec<String>,
    /// The place of each field among the names.
    places: Vec<Option<usize>>,
    record: ByteRecord,
}

impl<R: Read> ZeekRecords<R> {
    /// Reads the records of a log, whose fields are those with these names, each of which may have several spellings.
    pub fn new(reader: R, fields: Vec<Vec<String>>) -> Self {
        Self {
            reader: BufReader::with_capacity(128 * 1024, reader),
            places: vec![None; fields.len()],
            fields,
            line: Vec::new(),
            number: 0,
            others: 0,
            separator: b"\t".to_vec(),
            unset: b"-".to_vec(),
            empty: b"(empty)".to_vec(),
            path: String::new(),
            names: Vec::new(),
            record: ByteRecord::new(),
        }
    }

    /// The next record or header. A value that is not set is an empty field.
    ///
    /// # Errors
    /// If the text cannot be read further.
    pub fn next_record(&mut self) -> Result<Option<Next>, Unread> {
        loop {
            self.line.clear();
            self.number += 1;
            let mut limited = self.reader.by_ref().take(LONGEST + 1);
            match limited.read_until(b'\n', &mut self.line) {
                Ok(0) => return Ok(None),
                Ok(length) if length as u64 > LONGEST => return Err(Unread::too_long(self.number, "line")),
                Ok(_) => {}
                Err(error) => return Err(Unread::damaged(self.number, &error)),
            }
            if self.number == 1 && self.line.starts_with("\u{feff}".as_bytes()) {
                self.line.drain(.."\u{feff}".len());
            }
            let is_cut_off = !self.line.ends_with(b"\n");
            while self.line.last().is_some_and(|last| matches!(last, b'\n' | b'\r')) {
                self.line.pop();
            }
            match self.line.first() {
                None => self.others += 1,
                Some(b'#') => {
                    self.others += 1;
                    if self.take_header() {
                        return Ok(Some(Next::Names(self.number)));
                    }
                }
                Some(_) => return Ok(Some(self.take_record(is_cut_off))),
            }
        }
    }

    /// Takes a line of the header. Returns whether it gives the names of the fields.
    fn take_header(&mut self) -> bool {
        if let Some(rest) = self.line.strip_prefix(b"#separator ") {
            self.separator = unescaped(rest.trim_ascii());
            return false;
        }
        let parts: Vec<Vec<u8>> = parted(&self.line[1..], &self.separator).map(<[u8]>::to_vec).collect();
        let Some((key, values)) = parts.split_first() else { return false };
        let first = || values.first().cloned().unwrap_or_default();
        match key.as_slice() {
            b"unset_field" => self.unset = first(),
            b"empty_field" => self.empty = first(),
            b"path" => self.path = String::from_utf8_lossy(&first()).into_owned(),
            b"fields" => {
                self.names = values.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
                let place = |spellings: &Vec<String>| {
                    let is_it =
                        |name: &String| spellings.iter().any(|spelling| spelling.eq_ignore_ascii_case(name));
                    self.names.iter().position(is_it)
                };
                self.places = self.fields.iter().map(place).collect();
                return true;
            }
            _ => {}
        }
        false
    }

    fn take_record(&mut self, is_cut_off: bool) -> Next {
        let values: Vec<&[u8]> = parted(&self.line, &self.separator).collect();
        if self.names.is_empty() {
            let reason = "there is no header (`#fields`) above the first record".to_owned();
            return Next::Damaged(self.number, reason);
        }
        if values.len() != self.names.len() {
            let end = if is_cut_off {
                ": the file ends in this record, so it is cut short or still being written"
            } else {
                ""
            };
            let reason =
                format!("expected {} fields as `#fields` has, found {}{end}", self.names.len(), values.len());
            return Next::Damaged(self.number, reason);
        }
        self.record.clear();
        for place in &self.places {
            let value =
                place.map(|at| values[at]).filter(|value| *value != self.unset && *value != self.empty);
            match value {
                Some(value) if value.contains(&b'\\') => self.record.push_field(&unescaped(value)),
                Some(value) => self.record.push_field(value),
                None => self.record.push_field(b""),
            }
        }
        Next::Record(self.number)
    }

    /// The record that was read last.
    pub fn current(&self) -> &ByteRecord {
        &self.record
    }

    /// The line that was read last.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.line).into_owned()
    }

    /// The name of the log in its header.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The names of the fields in the header.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The place of each field among the names of the header.
    pub fn places(&self) -> &[Option<usize>] {
        &self.places
    }

    /// The number of lines so far that are no records: blank lines and those of headers.
    pub fn other_lines(&self) -> u64 {
        self.others
    }

    /// Returns the underlying reader.
    pub fn into_inner(self) -> R {
        self.reader.into_inner()
    }
}

/// Divides a line where the separator stands, which may have several bytes.
fn parted<'a>(line: &'a [u8], separator: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        let end = match separator {
            [] => None,
            [one] => line.iter().position(|byte| byte == one),
            several => line.windows(several.len()).position(|window| window == several),
        };
        rest = end.map(|end| &line[end + separator.len()..]);
        Some(&line[..end.unwrap_or(line.len())])
    })
}

/// A text in which `\x09` stands for a byte.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let (mut plain, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.strip_prefix(b"x").and_then(|digits| digits.get(..2)).filter(|_| *first == b'\\');
        let byte = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        plain.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &behind[3..] } else { behind };
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(Next, Vec<String>)> {
        let fields = vec![vec!["ts".to_owned()], vec!["id.orig_h".to_owned(), "id_orig_h".to_owned()]];
        let mut records = ZeekRecords::new(text.as_bytes(), fields);
        let mut seen = Vec::new();
        while let Some(next) = records.next_record().unwrap() {
            let fields = records.current().iter().map(|field| String::from_utf8_lossy(field).into_owned());
            seen.push((next, fields.collect()));
        }
        seen
    }

    fn record(line: u64, fields: &[&str]) -> (Next, Vec<String>) {
        (Next::Record(line), fields.iter().map(|field| (*field).to_owned()).collect())
    }

    #[test]
    fn the_header_says_how_to_read_and_may_come_again() {
        let text = "\u{feff}#separator \\x7c\n#unset_field|nil\n#path|conn\n#fields|id.orig_h|uid|ts\r\n10.0.0.1|a|1\n\
                    nil|b\\x7cc|(empty)\n#close|x\n#separator \\x09\n#unset_field\t-\n#fields\tts\tid_orig_h\n2\t-\n3";
        let seen = all(text);
        assert_eq!(seen[0].0, Next::Names(4));
        assert_eq!(seen[1], record(5, &["1", "10.0.0.1"]));
        assert_eq!(seen[2], record(6, &["", ""]));
        assert_eq!(seen[3].0, Next::Names(10));
        assert_eq!(seen[4], record(11, &["2", ""]));
        let Next::Damaged(12, reason) = &seen[5].0 else { panic!("{seen:?}") };
        assert!(reason.starts_with("expected 2 fields as `#fields` has, found 1: the file ends"), "{reason}");
    }

    #[test]
    fn bytes_are_written_in_hexadecimal() {
        assert_eq!(unescaped(b"a\\x09b\\x2\\y"), b"a\tb\\x2\\y");
        assert!(
            all("1\t2\n")[0].0
                == Next::Damaged(1, "there is no header (`#fields`) above the first record".into())
        );
    }
}
