//! Divides JSON text into objects, by their braces alone, without holding more than one.

use std::io::{BufRead, BufReader, Read};

use crate::text::{LONGEST, Unread};

/// The deepest nesting of objects and lists.
pub(super) const DEEPEST: usize = 64;

/// The maximum length in bytes of an object within a document whose lists hold the records (16 MiB).
const LONGEST_IN_DOCUMENT: usize = 16 << 20;

const MARK: &[u8] = "\u{feff}".as_bytes();

/// Where the reader is between objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first object.
    Start,
    /// Each line is an object.
    Lines,
    /// Between the values of a text.
    Top,
    /// Between the items of a list that is not in a document: objects or documents.
    Outer,
    /// Between the members of a document.
    Document(Document),
    /// Between the items of the list in a document.
    Inner(Document),
}

/// A document that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Document {
    /// The line on which it begins.
    line: u64,
    /// Whether it is in a list of documents.
    is_in_list: bool,
    /// Whether its list of objects was found.
    has_list: bool,
}

/// The objects of a text.
pub(super) struct Units<R> {
    reader: BufReader<R>,
    /// The key of the list in a document whose items are the objects.
    list: Option<String>,
    place: Place,
    unit: Vec<u8>,
    /// The number of the current line.
    line: u64,
    blank: u64,
}

/// How far an object has been read.
#[derive(Default)]
struct Braces {
    depth: usize,
    is_in_text: bool,
    is_escaped: bool,
}

impl Braces {
    /// Takes a byte. `None` if the nesting is too deep, else whether the value ends with it.
    fn take(&mut self, byte: u8) -> Option<bool> {
        if self.is_in_text {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => {
                    self.is_in_text = false;
                    return Some(self.depth == 0);
                }
                _ => {}
            }
            return Some(false);
        }
        match byte {
            b'"' => self.is_in_text = true,
            b'{' | b'[' => {
                self.depth += 1;
                return (self.depth <= DEEPEST).then_some(false);
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                return Some(self.depth == 0);
            }
            _ => {}
        }
        Some(false)
    }
}

/// Whether the nesting of a text is too deep to be read.
pub(super) fn is_too_deep(text: &[u8]) -> bool {
    let may_be = text.iter().filter(|byte| matches!(byte, b'{' | b'[')).nth(DEEPEST).is_some();
    let mut braces = Braces::default();
    may_be && text.iter().any(|byte| braces.take(*byte).is_none())
}

impl<R: Read> Units<R> {
    pub(super) fn new(reader: R, list: Option<String>) -> Self {
        let reader = BufReader::with_capacity(128 * 1024, reader);
        Self { reader, list, place: Place::Start, unit: Vec::new(), line: 1, blank: 0 }
    }

    /// The object that was read last.
    pub(super) fn unit(&self) -> &[u8] {
        &self.unit
    }

    pub(super) fn blank_lines(&self) -> u64 {
        self.blank
    }

    pub(super) fn into_inner(self) -> R {
        self.reader.into_inner()
    }

    /// Reads the next object, and returns the line on which it begins.
    pub(super) fn next_unit(&mut self) -> Result<Option<u64>, Unread> {
        loop {
            match self.place {
                Place::Start => {
                    self.pass_mark()?;
                    match self.next_sign()? {
                        None => return Ok(None),
                        Some(b'{') if self.list.is_none() => {
                            if let Some(line) = self.first_object()? {
                                return Ok(Some(line));
                            }
                        }
                        Some(_) => self.place = Place::Top,
                    }
                }
                Place::Lines => return self.next_line(),
                Place::Top => match self.next_sign()? {
                    None => return Ok(None),
                    Some(b'[') => {
                        self.pass(1);
                        self.place = Place::Outer;
                    }
                    Some(b'{') if self.list.is_some() => self.enter_document(false),
                    Some(b'{') => return self.captured(Braces::default()).map(Some),
                    Some(other) => return Err(self.unexpected("a JSON object or list", other)),
                },
                Place::Outer => match self.next_sign()? {
                    Some(b',') => self.pass(1),
                    Some(b']') => {
                        self.pass(1);
                        self.place = Place::Top;
                    }
                    Some(b'{') if self.list.is_some() => self.enter_document(true),
                    found => return self.item(found).map(Some),
                },
                Place::Inner(document) => match self.next_sign()? {
                    Some(b',') => self.pass(1),
                    Some(b']') => {
                        self.pass(1);
                        self.place = Place::Document(document);
                    }
                    found => return self.item(found).map(Some),
                },
                Place::Document(document) => match self.next_sign()? {
                    Some(b',') => self.pass(1),
                    Some(b'}') => {
                        self.pass(1);
                        self.leave(document)?;
                    }
                    Some(b'"') => self.member(document)?,
                    Some(other) => return Err(self.unexpected("a key in quotation marks", other)),
                    None => return Err(self.ended("document")),
                },
            }
        }
    }

    fn enter_document(&mut self, is_in_list: bool) {
        self.place = Place::Document(Document { line: self.line, is_in_list, has_list: false });
        self.pass(1);
    }

    /// Goes on after a document. One without its list would be left out without a word.
    fn leave(&mut self, document: Document) -> Result<(), Unread> {
        if !document.has_list {
            let list = self.list.as_deref().unwrap_or_default();
            let reason = format!(
                "the document that begins here has no list `{list}`: name the right file, or remove it"
            );
            return Err(Unread { line: document.line, reason });
        }
        self.place = if document.is_in_list { Place::Outer } else { Place::Top };
        Ok(())
    }

    /// Reads an item of a list.
    fn item(&mut self, found: Option<u8>) -> Result<u64, Unread> {
        match found {
            Some(b'{' | b'"') => self.captured(Braces::default()),
            Some(other) => Err(self.unexpected("an object in the list", other)),
            None => Err(self.ended("list")),
        }
    }

    /// Reads the first object of a text, and with it whether each line is an object.
    fn first_object(&mut self) -> Result<Option<u64>, Unread> {
        let line = self.line;
        self.unit.clear();
        if !self.read_line()? {
            return Ok(None);
        }
        let mut braces = Braces::default();
        let mut end = None;
        for (at, byte) in self.unit.iter().enumerate() {
            match braces.take(*byte) {
                None => return self.is_line_of_its_own(line),
                Some(true) => {
                    end = Some(at + 1);
                    break;
                }
                Some(false) => {}
            }
        }
        match end {
            // What follows an object on its line is reported as a fault of the line.
            Some(_) => self.is_line_of_its_own(line),
            None if self.peek()?.is_none_or(|next| next == b'{') => self.is_line_of_its_own(line),
            None => {
                self.place = Place::Top;
                self.unit.push(b'\n');
                self.capture(braces, line).map(Some)
            }
        }
    }

    fn is_line_of_its_own(&mut self, line: u64) -> Result<Option<u64>, Unread> {
        self.place = Place::Lines;
        Ok(Some(line))
    }

    /// Reads the next line that is not blank.
    fn next_line(&mut self) -> Result<Option<u64>, Unread> {
        loop {
            let line = self.line;
            self.unit.clear();
            if !self.read_line()? {
                return Ok(None);
            }
            if !self.unit.trim_ascii().is_empty() {
                return Ok(Some(line));
            }
            self.blank += 1;
        }
    }

    /// Reads a line without its end. Returns whether there is one.
    fn read_line(&mut self) -> Result<bool, Unread> {
        let mut limited = self.reader.by_ref().take(LONGEST + 1);
        match limited.read_until(b'\n', &mut self.unit) {
            Ok(0) => return Ok(false),
            Ok(length) if length as u64 > LONGEST => return Err(Unread::too_long(self.line, "line")),
            Ok(_) => {}
            Err(error) => return Err(Unread::damaged(self.line, &error)),
        }
        self.line += 1;
        if self.unit.ends_with(b"\n") {
            self.unit.pop();
        }
        if self.unit.ends_with(b"\r") {
            self.unit.pop();
        }
        Ok(true)
    }

    /// Reads a value that begins here.
    fn captured(&mut self, braces: Braces) -> Result<u64, Unread> {
        self.unit.clear();
        self.capture(braces, self.line)
    }

    /// Reads the rest of a value that begins on `line`.
    fn capture(&mut self, mut braces: Braces, line: u64) -> Result<u64, Unread> {
        let (most, what) = match self.list {
            Some(_) => (LONGEST_IN_DOCUMENT, "16 MiB"),
            None => (LONGEST as usize, "1 MiB"),
        };
        loop {
            let buffer = self.reader.fill_buf().map_err(|error| Unread::damaged(self.line, &error))?;
            if buffer.is_empty() {
                return Err(Unread {
                    line,
                    reason: "the file ends within the object that begins here: it is cut short or still being written"
                        .to_owned(),
                });
            }
            let mut end = None;
            for (at, byte) in buffer.iter().enumerate() {
                self.line += u64::from(*byte == b'\n');
                match braces.take(*byte) {
                    None => return Err(too_deep(line)),
                    Some(true) => {
                        end = Some(at + 1);
                        break;
                    }
                    Some(false) => {}
                }
            }
            let taken = end.unwrap_or(buffer.len());
            self.unit.extend_from_slice(&buffer[..taken]);
            self.reader.consume(taken);
            if self.unit.len() > most {
                let reason =
                    format!("the object that begins here is longer than {what}: name the right file");
                return Err(Unread { line, reason });
            }
            if end.is_some() {
                return Ok(line);
            }
        }
    }

    /// Reads a member of a document: enters the list of objects, and passes over any other value.
    fn member(&mut self, document: Document) -> Result<(), Unread> {
        self.captured(Braces::default())?;
        let key = self.unit.trim_ascii();
        let is_list = self.list.as_ref().is_some_and(|list| {
            key.strip_prefix(b"\"")
                .and_then(|key| key.strip_suffix(b"\""))
                .is_some_and(|key| key.eq_ignore_ascii_case(list.as_bytes()))
        });
        match self.next_sign()? {
            Some(b':') => self.pass(1),
            Some(other) => return Err(self.unexpected("a colon behind the key", other)),
            None => return Err(self.ended("document")),
        }
        match self.next_sign()? {
            Some(b'[') if is_list => {
                self.pass(1);
                self.place = Place::Inner(Document { has_list: true, ..document });
                Ok(())
            }
            Some(b'{' | b'[' | b'"') => self.pass_value(),
            Some(b',' | b'}' | b']' | b':') => Err(self.unexpected("a value behind the key", b',')),
            Some(_) => self.pass_word(),
            None => Err(self.ended("document")),
        }
    }

    /// Passes over an object, a list or a text.
    fn pass_value(&mut self) -> Result<(), Unread> {
        let (line, mut braces) = (self.line, Braces::default());
        loop {
            match self.peek()? {
                None => return Err(self.ended("document")),
                Some(byte) => {
                    self.line += u64::from(byte == b'\n');
                    self.pass(1);
                    match braces.take(byte) {
                        None => return Err(too_deep(line)),
                        Some(true) => return Ok(()),
                        Some(false) => {}
                    }
                }
            }
        }
    }

    /// Passes over a number or a word.
    fn pass_word(&mut self) -> Result<(), Unread> {
        while self
            .peek()?
            .is_some_and(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b',' | b'}' | b']'))
        {
            self.pass(1);
        }
        Ok(())
    }

    /// The next byte that is not a blank, which stays where it is.
    fn next_sign(&mut self) -> Result<Option<u8>, Unread> {
        loop {
            match self.peek()? {
                Some(byte) if byte.is_ascii_whitespace() => {
                    self.line += u64::from(byte == b'\n');
                    self.pass(1);
                }
                other => return Ok(other),
            }
        }
    }

    fn peek(&mut self) -> Result<Option<u8>, Unread> {
        let buffer = self.reader.fill_buf().map_err(|error| Unread::damaged(self.line, &error))?;
        Ok(buffer.first().copied())
    }

    fn pass(&mut self, count: usize) {
        self.reader.consume(count);
    }

    /// Passes over a byte order mark.
    fn pass_mark(&mut self) -> Result<(), Unread> {
        for byte in MARK {
            if self.peek()? != Some(*byte) {
                break;
            }
            self.pass(1);
        }
        Ok(())
    }

    fn unexpected(&self, expected: &str, found: u8) -> Unread {
        let found = char::from(found).escape_debug();
        let reason = format!("expected {expected}, found `{found}`: the text is not JSON, or it is damaged");
        Unread { line: self.line, reason }
    }

    fn ended(&self, what: &str) -> Unread {
        let reason = format!("the file ends within a {what}: it is cut short or still being written");
        Unread { line: self.line, reason }
    }
}

fn too_deep(line: u64) -> Unread {
    let reason = format!(
        "the object that begins here has more than {DEEPEST} levels of objects and lists: name the right file, or remove it"
    );
    Unread { line, reason }
}
