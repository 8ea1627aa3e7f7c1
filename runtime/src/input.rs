//! Reading input files: decompression, the lines that hold data, and the fields of one line.
//!
//! Every text file that a user hands in is opened here, so that each may be compressed, come from
//! Windows, carry comments, and be reported by its true line number. What a field means is decided
//! by the reader of that file, not here.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// Large enough that the calls into the system and the decompressor do not count beside the parsing.
const BUFFER: usize = 256 * 1024;

/// Opens plain, gzip (of any number of members) or zstd text; the first bytes decide, not the name.
///
/// # Errors
/// Where the file cannot be opened or its first bytes cannot be read.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    decompressed(File::open(path)?)
}

/// The same of anything that can be read, such as standard input.
///
/// # Errors
/// Where its first bytes cannot be read.
pub(crate) fn decompressed(raw: impl io::Read + Send + 'static) -> io::Result<Box<dyn BufRead + Send>> {
    let mut raw = BufReader::with_capacity(BUFFER, raw);
    Ok(match *raw.fill_buf()? {
        [0x1f, 0x8b, ..] => buffered(flate2::bufread::MultiGzDecoder::new(raw)),
        // A zstd frame, or the skippable frame with which parallel compressors begin (RFC 8878 §3.1).
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            buffered(zstd::stream::read::Decoder::with_buffer(raw)?)
        }
        _ => Box::new(raw),
    })
}

fn buffered(decoder: impl io::Read + Send + 'static) -> Box<dyn BufRead + Send> {
    Box::new(BufReader::with_capacity(BUFFER, decoder))
}

/// The lines of a file that hold data: blank lines and lines that begin with `#` are passed over but
/// counted. One buffer serves all lines, so memory does not grow with the file.
pub(crate) struct Lines {
    reader: Box<dyn BufRead + Send>,
    line: Vec<u8>,
    number: u64,
}

impl Lines {
    /// Opens `path` with [`open`].
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { reader: open(path)?, line: Vec::new(), number: 0 })
    }

    /// The next line with data and its number from 1, without line end and byte order mark.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<(u64, &[u8])>> {
        loop {
            self.line.clear();
            if self.reader.read_until(b'\n', &mut self.line)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            if self.number == 1 && self.line.starts_with("\u{feff}".as_bytes()) {
                self.line.drain(.."\u{feff}".len());
            }
            if !matches!(self.line.trim_ascii_start().first(), None | Some(b'#')) {
                break;
            }
        }
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        Ok(Some((self.number, line.strip_suffix(b"\r").unwrap_or(line))))
    }
}

/// The fields of one line, quoted as RFC 4180 says.
///
/// # Errors
/// A reason, where a quoted field is not closed on this line: an entry is one line in all our files.
pub(crate) fn fields(line: &str, delimiter: u8) -> Result<Vec<Cow<'_, str>>, String> {
    if !line.contains('"') {
        return Ok(line.split(char::from(delimiter)).map(Cow::Borrowed).collect());
    }
    count_fields(line, delimiter)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(delimiter)
        // The line has no line feed left; a carriage return within it is text, not its end.
        .terminator(csv::Terminator::Any(b'\n'))
        .buffer_capacity(line.len())
        .from_reader(line.as_bytes());
    let mut record = csv::StringRecord::new();
    reader.read_record(&mut record).map_err(|error| error.to_string())?;
    Ok(record.iter().map(|field| Cow::Owned(field.to_owned())).collect())
}

/// How many fields `line` has, without taking them apart: cheap enough for millions of lines.
///
/// # Errors
/// See [`fields`].
pub(crate) fn count_fields(line: &str, delimiter: u8) -> Result<usize, String> {
    // Without a branch, as quotes and delimiters come too often to be foretold.
    let (mut quoted, mut count) = (false, 1);
    for byte in line.bytes() {
        quoted ^= byte == b'"';
        count += usize::from(!quoted & (byte == delimiter));
    }
    if quoted {
        return Err("a quoted field is not closed on its line: the line is cut short, or the field holds a \
                    line break or a quote that is not doubled; write each entry on one line"
            .to_owned());
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{Read, Write};

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
        while let Some((number, line)) = lines.next_line().unwrap() {
            seen.push((number, String::from_utf8(line.to_vec()).unwrap()));
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
    fn lines_without_data_are_passed_over_and_counted() {
        let text = "\u{feff}a\r\n\r\n# note\n  # note\n \t\nb \n\nc";
        assert_eq!(lines(text), [(1, "a".to_owned()), (6, "b ".to_owned()), (8, "c".to_owned())]);
    }

    #[test]
    fn a_quoted_field_holds_delimiters_and_doubled_quotes() {
        assert_eq!(fields(r#"a,"b, ""c""",,"#, b',').unwrap(), ["a", r#"b, "c""#, "", ""]);
        assert_eq!(fields("a,b\tc", b'\t').unwrap(), ["a,b", "c"]);
        assert_eq!(fields("\"a\rb\",c", b',').unwrap(), ["a\rb", "c"]);
    }

    #[test]
    fn a_quoted_line_break_is_refused() {
        assert!(fields(r#"a,"b"#, b',').unwrap_err().contains("not closed on its line"));
    }

    proptest! {
        #[test]
        fn what_the_csv_writer_writes_reads_back(row in prop::collection::vec("[a\", é\t]{0,6}", 2..5)) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(&row).unwrap();
            let line = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(fields(line.trim_end_matches('\n'), b',').unwrap(), row);
        }
    }
}
