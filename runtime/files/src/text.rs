//! Reads input files: decompression, the lines that hold data, and the fields of a line.
//!
//! Every text file that a user supplies is opened here. Each may be compressed, may have Windows line ends, may contain
//! comments, and is reported with its true line numbers. The reader of a file decides what a field means, not this
//! module.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use crate::regular;

/// Large enough that system calls and decompressor calls cost little compared to the parsing.
const BUFFER: usize = 256 * 1024;

/// The maximum length of a line or a record in bytes (1 MiB). An unclosed quote or a file without line ends cannot fill
/// the memory.
pub const LONGEST: u64 = 1 << 20;

/// A decompressed text.
pub type Text = Box<dyn BufRead + Send>;

/// Why a text cannot be read further.
#[derive(Debug, PartialEq, Eq)]
pub struct Unread {
    /// The line, counted from 1.
    pub line: u64,
    /// What was found, and what to do.
    pub reason: String,
}

impl Unread {
    /// An error of the operating system or of the decompressor.
    pub fn damaged(line: u64, error: &io::Error) -> Self {
        let reason = format!(
            "the file cannot be read to its end: {error}: it is damaged or cut short, so copy or make it again"
        );
        Self { line, reason }
    }

    /// A line or a record longer than [`LONGEST`].
    pub fn too_long(line: u64, what: &str) -> Self {
        let reason = format!(
            "the {what} that begins here is longer than 1 MiB: close its quotes, end its lines, or name the \
             right file"
        );
        Self { line, reason }
    }
}

/// Opens a plain, gzip (with any number of members) or zstd text. The first bytes decide, not the name.
///
/// # Errors
/// If the file cannot be opened or its first bytes cannot be read. The kind is `InvalidData` if they show that it is
/// not a supported text.
pub fn open(path: &Path) -> io::Result<Text> {
    decompressed(regular::open(path)?)
}

/// Unsupported formats: the first bytes, the name of the format, and what to do.
const FOREIGN: [(&[u8], &str); 7] = [
    (b"\xff\xfe", "UTF-16 text; convert it with `iconv -f UTF-16 -t UTF-8`"),
    (b"\xfe\xff", "UTF-16 text; convert it with `iconv -f UTF-16 -t UTF-8`"),
    (b"PK\x03\x04", "a zip archive; unpack it first"),
    (b"\xfd7zXZ\0", "compressed by xz; unpack it first, or use gzip or zstd"),
    (b"BZh91AY&SY", "compressed by bzip2; unpack it first, or use gzip or zstd"),
    (b"PAR1", "a Parquet file; export it as text first"),
    (b"SQLite format 3\0", "an SQLite database; export it as text first"),
];

/// As [`open`], for any reader, such as standard input.
///
/// # Errors
/// See [`open`].
pub fn decompressed(mut raw: impl Read + Send + 'static) -> io::Result<Text> {
    // A pipe may return its first bytes one at a time.
    const LONGEST_START: u64 = 16;
    let mut start = Vec::with_capacity(LONGEST_START as usize);
    raw.by_ref().take(LONGEST_START).read_to_end(&mut start)?;
    if let Some((_, what)) = FOREIGN.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it is {what}")));
    }
    let compression = Compression::of(&start);
    let whole = BufReader::with_capacity(BUFFER, Cursor::new(start).chain(raw));
    Ok(match compression {
        Some(Compression::Gzip) => buffered(Members::of(whole)),
        Some(Compression::Zstd) => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(whole)?;
            decoder.window_log_max(LONGEST_WINDOW)?;
            buffered(decoder)
        }
        None => Box::new(whole),
    })
}

/// The logarithm of the largest window that zstd can write (`--long=31`). It is allocated only if a file needs it.
const LONGEST_WINDOW: u32 = 31;

/// The members of a gzip file, one after the other. Zeros behind a member are padding, as of tapes and block devices
/// (gzip ignores them too).
struct Members<R> {
    /// `None` at the end, or after an error.
    member: Option<flate2::bufread::GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    fn of(raw: R) -> Self {
        Self { member: Some(flate2::bufread::GzDecoder::new(raw)) }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let Some(member) = self.member.take() else { break };
            let mut raw = member.into_inner();
            if has_more(&mut raw)? {
                self.member = Some(flate2::bufread::GzDecoder::new(raw));
            }
        }
        Ok(0)
    }
}

/// Skips zeros. Returns whether something follows them.
fn has_more(raw: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let found = raw.fill_buf()?;
        if found.is_empty() {
            return Ok(false);
        }
        let zeros = found.iter().take_while(|byte| **byte == 0).count();
        if zeros < found.len() {
            raw.consume(zeros);
            return Ok(true);
        }
        raw.consume(zeros);
    }
}

/// The compression of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Gzip (RFC 1952).
    Gzip,
    /// Zstandard (RFC 8878).
    Zstd,
}

impl Compression {
    /// Detects the compression from the first bytes. `None` for a plain text.
    pub fn of(start: &[u8]) -> Option<Self> {
        match *start {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            // A zstd frame, or the skippable frame with which parallel compressors begin (RFC 8878 §3.1).
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }
}

fn buffered(decoder: impl Read + Send + 'static) -> Text {
    Box::new(BufReader::with_capacity(BUFFER, decoder))
}

/// The lines of a file that hold data. Blank lines and lines that begin with `#` are skipped but counted. All lines
/// share one buffer, so that memory does not grow with the file.
pub struct Lines {
    reader: Text,
    line: Vec<u8>,
    number: u64,
}

/// A line with data, without a byte order mark.
#[derive(Debug)]
pub struct Line<'a> {
    /// The number of the line, counted from 1.
    pub number: u64,
    /// The text without the line end.
    pub text: &'a [u8],
}

impl Lines {
    /// Reads the lines of a text.
    pub fn of(reader: Text) -> Self {
        Self { reader, line: Vec::new(), number: 0 }
    }

    /// Opens `path` with [`open`].
    pub fn open(path: &Path) -> io::Result<Self> {
        open(path).map(Self::of)
    }

    /// The next line with data.
    pub fn next_line(&mut self) -> Result<Option<Line<'_>>, Unread> {
        loop {
            self.line.clear();
            self.number += 1;
            let mut limited = (&mut self.reader).take(LONGEST + 1);
            match limited.read_until(b'\n', &mut self.line) {
                Ok(0) => return Ok(None),
                Ok(length) if length as u64 > LONGEST => return Err(Unread::too_long(self.number, "line")),
                Ok(_) => {}
                Err(error) => return Err(Unread::damaged(self.number, &error)),
            }
            if self.number == 1 && self.line.starts_with("\u{feff}".as_bytes()) {
                self.line.drain(.."\u{feff}".len());
            }
            if !matches!(self.line.trim_ascii_start().first(), None | Some(b'#')) {
                break;
            }
        }
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        Ok(Some(Line { number: self.number, text: line.strip_suffix(b"\r").unwrap_or(line) }))
    }
}

/// Splits a line into fields, quoted as in RFC 4180.
///
/// # Errors
/// If a quoted field is not closed on this line: every entry of these files is a single line. The error is a reason for
/// a message.
pub fn fields(line: &str, delimiter: u8) -> Result<Vec<Cow<'_, str>>, String> {
    let (mut fields, mut from) = (Vec::new(), 0);
    for_each_delimiter(line, delimiter, |at| {
        fields.push(unquoted(line.get(from..at).unwrap_or_default()));
        from = at + 1;
    })?;
    fields.push(unquoted(line.get(from..).unwrap_or_default()));
    Ok(fields)
}

/// The value of a field: a doubled quote within quotes is one quote, and text after the closing quote is part of the
/// value.
fn unquoted(field: &str) -> Cow<'_, str> {
    let Some(rest) = field.strip_prefix('"') else { return Cow::Borrowed(field) };
    if let Some(inner) = rest.strip_suffix('"').filter(|inner| !inner.contains('"')) {
        return Cow::Borrowed(inner);
    }
    let (mut text, mut rest) = (String::with_capacity(rest.len()), rest);
    while let Some((before, behind)) = rest.split_once('"') {
        text.push_str(before);
        let Some(quoted) = behind.strip_prefix('"') else { return Cow::Owned(text + behind) };
        text.push('"');
        rest = quoted;
    }
    Cow::Owned(text + rest)
}

const ONES: u64 = u64::from_le_bytes([1; 8]);

/// A word that has 1 in every byte in which `word` has `byte`, and 0 in all other bytes.
fn ones_where(word: u64, byte: u8) -> u64 {
    const LOW: u64 = ONES * 0x7f;
    let differs = word ^ (ONES * u64::from(byte));
    !(((differs & LOW) + LOW) | differs | LOW) >> 7
}

/// The number of bytes that are processed together, one bit for each.
const CHUNK: usize = 64;

/// A bit for every byte of `chunk` that equals `byte`.
fn bits_where(chunk: &[u8; CHUNK], byte: u8) -> u64 {
    // The product moves the lowest bit of byte i of a word to bit i of its last byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let (words, _) = chunk.as_chunks::<8>();
    words.iter().rev().fold(0, |bits, word| {
        bits << 8 | ones_where(u64::from_le_bytes(*word), byte).wrapping_mul(GATHER) >> 56
    })
}

/// Calls `see` with the position of each delimiter of `line` that is not within quotes. Fast enough for millions of
/// lines.
///
/// # Errors
/// See [`fields`].
pub fn for_each_delimiter(line: &str, delimiter: u8, mut see: impl FnMut(usize)) -> Result<(), String> {
    let (chunks, rest) = line.as_bytes().as_chunks::<CHUNK>();
    let mut last = [0; CHUNK];
    last[..rest.len()].copy_from_slice(rest);
    // All bits are set while a quote is open.
    let (mut open, mut before) = (0, 0);
    for chunk in chunks.iter().chain([&last]) {
        // Each bit is set if the number of quotes up to its position is odd.
        let mut within = bits_where(chunk, b'"');
        for shift in [1, 2, 4, 8, 16, 32] {
            within ^= within << shift;
        }
        within ^= open;
        let mut found = bits_where(chunk, delimiter) & !within;
        while found != 0 {
            see(before + found.trailing_zeros() as usize);
            found &= found - 1;
        }
        open = 0u64.wrapping_sub(within >> (CHUNK - 1));
        before += CHUNK;
    }
    if open != 0 {
        return Err("a quoted field is not closed on its line: the line is cut short, or the field holds a \
                    line break or a quote that is not doubled; write each entry on one line"
            .to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn content(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        open(file(bytes).path())?.read_to_string(&mut text)?;
        Ok(text)
    }

    fn lines(text: &str) -> Vec<(u64, String)> {
        let file = file(text.as_bytes());
        let mut lines = Lines::open(file.path()).unwrap();
        let mut seen = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            seen.push((line.number, String::from_utf8(line.text.to_vec()).unwrap()));
        }
        seen
    }

    #[test]
    fn the_first_bytes_decide_how_a_file_is_read() {
        let zstd = zstd::encode_all("three".as_bytes(), 0).unwrap();
        let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9][..], &zstd].concat();
        assert_eq!(content(b"one").unwrap(), "one");
        assert_eq!(content(b"").unwrap(), "");
        assert_eq!(content(&[gzip("t"), gzip("wo")].concat()).unwrap(), "two", "every member");
        assert_eq!(content(&[&zstd[..], &zstd].concat()).unwrap(), "threethree", "every frame");
        assert_eq!(content(&skippable).unwrap(), "three");
    }

    #[test]
    fn a_compressed_file_that_is_cut_short_is_an_error() {
        let whole = gzip(&"192.0.2.1\n".repeat(1000));
        assert!(content(&whole[..whole.len() - 10]).is_err());
    }

    #[test]
    fn the_first_bytes_may_come_one_at_a_time() {
        struct Drops(Cursor<Vec<u8>>);
        impl Read for Drops {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let end = buffer.len().min(1);
                self.0.read(&mut buffer[..end])
            }
        }
        let mut text = String::new();
        decompressed(Drops(Cursor::new(gzip("whole")))).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "whole");
    }

    #[test]
    fn what_is_no_text_is_refused_with_what_it_is() {
        for (bytes, word) in [(&b"\xff\xfea\0"[..], "iconv"), (b"PK\x03\x04..", "zip"), (b"PAR1", "Parquet")]
        {
            let error = content(bytes).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
            assert!(error.to_string().contains(word), "{error}");
        }
    }

    #[test]
    fn a_line_that_does_not_end_is_refused_before_it_fills_the_memory() {
        let endless = BufReader::new(io::Cursor::new(b"a\n\n".to_vec()).chain(io::repeat(b'x')));
        let mut lines = Lines::of(Box::new(endless));
        assert!(lines.next_line().unwrap().is_some());
        assert_eq!(lines.next_line().unwrap_err(), Unread::too_long(3, "line"));
        assert!(lines.line.capacity() <= 4 * LONGEST as usize);
    }

    #[test]
    fn lines_without_data_are_passed_over_and_counted() {
        let text = "\u{feff}a\r\n\r\n# note\n  # note\n \t\nb \n\nc";
        assert_eq!(lines(text), [(1, "a".to_owned()), (6, "b ".to_owned()), (8, "c".to_owned())]);
    }

    #[test]
    fn a_quoted_field_holds_delimiters_and_doubled_quotes() {
        assert_eq!(fields(r#"a,"b, ""c""",,"#, b',').unwrap(), ["a", r#"b, "c""#, "", ""]);
        assert_eq!(fields("a,b\tc", b'\t').unwrap(), ["a,b", "c"]);
        assert_eq!(fields("\"a\rb\",c", b',').unwrap(), ["a\rb", "c"]);
        assert_eq!(fields(r#""a" b,"",""""," ""#, b',').unwrap(), ["a b", "", "\"", " "]);
    }

    #[test]
    fn a_quoted_line_break_is_refused() {
        assert!(fields(r#"a,"b"#, b',').unwrap_err().contains("not closed on its line"));
    }

    proptest! {
        #[test]
        fn fields_are_counted_as_one_counts_byte_by_byte(line in "[a\"\",é\\x7f\u{80}]{0,150}") {
            let (mut is_open, mut count) = (false, 1);
            for byte in line.bytes() {
                is_open ^= byte == b'"';
                count += usize::from(!is_open && byte == b',');
            }
            prop_assert_eq!(fields(&line, b',').ok().map(|it| it.len()), (!is_open).then_some(count));
        }

        #[test]
        fn what_the_csv_writer_writes_reads_back(row in prop::collection::vec("[a\", é\t]{0,6}", 2..5)) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(&row).unwrap();
            let line = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(fields(line.trim_end_matches('\n'), b',').unwrap(), row);
        }
    }
}
