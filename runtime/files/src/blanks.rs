//! Text whose fields are separated by runs of blanks. The parser of records knows only single delimiters, so each run
//! becomes one blank before the parser receives the text. Line ends stay where they are, so that lines keep their
//! numbers.

use std::io::{self, Read};

/// A text as the parser of records receives it.
pub(crate) enum Parted<R> {
    /// The text itself.
    Unchanged(R),
    /// The text with one blank for each run of blanks between fields.
    ByBlanks(Box<Squeezed<R>>),
}

impl<R: Read> Parted<R> {
    pub(crate) fn by_blanks(inner: R, comments: Option<u8>) -> Self {
        let squeezer = Squeezer { comments, place: Place::Start, length: 0 };
        Self::ByBlanks(Box::new(Squeezed { inner, squeezer, ready: Vec::new(), given: 0 }))
    }

    pub(crate) fn into_inner(self) -> R {
        match self {
            Self::Unchanged(inner) => inner,
            Self::ByBlanks(squeezed) => squeezed.inner,
        }
    }
}

impl<R: Read> Read for Parted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Unchanged(inner) => inner.read(buffer),
            Self::ByBlanks(squeezed) => squeezed.read(buffer),
        }
    }
}

pub(crate) struct Squeezed<R> {
    inner: R,
    squeezer: Squeezer,
    /// Bytes for the parser, of which the first `given` were returned.
    ready: Vec<u8>,
    given: usize,
}

impl<R: Read> Read for Squeezed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() {
            // The buffer serves for both, since the bytes are squeezed into another one.
            let count = self.inner.read(buffer)?;
            if count == 0 {
                return Ok(0);
            }
            self.ready.clear();
            self.given = 0;
            buffer[..count].iter().for_each(|byte| self.squeezer.take(*byte, &mut self.ready));
        }
        let count = (&self.ready[self.given..]).read(buffer)?;
        self.given += count;
        Ok(count)
    }
}

struct Squeezer {
    comments: Option<u8>,
    place: Place,
    /// The number of bytes so far.
    length: u64,
}

/// What precedes the next byte.
#[derive(Clone, Copy)]
enum Place {
    /// The start of a line, and any blanks.
    Start,
    Comment,
    Field,
    /// A field in quotation marks that are not closed.
    Quoted,
    /// A quotation mark within such a field: it closes the field, or another one follows.
    QuoteInQuoted,
    /// A field and blanks, which separate it from another field or end the line.
    Blanks,
    /// The same and a carriage return, which is part of the line end or of a field.
    BlanksAndReturn,
}

impl Squeezer {
    fn take(&mut self, byte: u8, out: &mut Vec<u8>) {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        let is_of_mark = MARK.get(self.length as usize) == Some(&byte);
        self.length += 1;
        let next = match (self.place, byte) {
            (Place::Start, b' ') => return,
            (Place::Field | Place::QuoteInQuoted | Place::Blanks, b' ') => {
                self.place = Place::Blanks;
                return;
            }
            (Place::Blanks, b'\r') => {
                self.place = Place::BlanksAndReturn;
                return;
            }
            (Place::BlanksAndReturn, b'\n') => {
                out.push(b'\r');
                Place::Start
            }
            (Place::BlanksAndReturn, _) => {
                out.extend(b" \r");
                self.place = Place::Field;
                return self.take(byte, out);
            }
            (Place::Blanks, b'\n') => Place::Start,
            (Place::Blanks, _) => {
                out.push(b' ');
                if byte == b'"' { Place::Quoted } else { Place::Field }
            }
            (Place::Start, _) if is_of_mark => Place::Start,
            (Place::Start, _) if self.comments == Some(byte) => Place::Comment,
            (Place::Start | Place::QuoteInQuoted, b'"') => Place::Quoted,
            (Place::Quoted, b'"') => Place::QuoteInQuoted,
            (Place::Quoted, _) => Place::Quoted,
            (Place::Start | Place::Comment | Place::Field | Place::QuoteInQuoted, b'\n') => Place::Start,
            (Place::Comment, _) => Place::Comment,
            (Place::Start | Place::Field | Place::QuoteInQuoted, _) => Place::Field,
        };
        self.place = next;
        out.push(byte);
    }
}
