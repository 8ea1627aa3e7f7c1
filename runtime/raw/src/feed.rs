//! Where records come from: a file, standard input, or a program that prints a binary file.

use flow_oa_files::{FileError, Progress, regular, text};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use flow_oa_core::Zone;
use flow_oa_schema::model::{Binary, Source};
use flow_oa_schema::printable;

use crate::ReadOptions;
use crate::format::{self, Format};
use crate::lines::WholeLines;
use crate::printer::{Printer, Printing};
use crate::replay::Replay;
use flow_oa_files::interruptible::{self, Interruptible};
use flow_oa_site::deployment::Scope;
use flow_oa_site::{Error, Result};

/// Text to read, and its known properties.
pub struct Feed<'a> {
    /// The name used in messages.
    pub(crate) name: String,
    pub(crate) text: Replay<Hashing>,
    /// The format of a binary file, which is recognized before it is printed.
    pub(crate) format: Option<Format<'a>>,
    pub(crate) zone: Zone,
    pub(crate) printer: Option<Printer>,
}

/// Reads text and hashes it at the same time, unless its hash is known already.
pub(crate) struct Hashing {
    inner: Box<dyn Read + Send>,
    hash: blake3::Hasher,
    known: Option<String>,
    bytes: u64,
}

impl Hashing {
    /// The hash of everything that was read, in hexadecimal.
    pub(crate) fn content(&self) -> String {
        self.known.clone().unwrap_or_else(|| self.hash.finalize().to_hex().to_string())
    }

    /// The hash, if it is known before the text is read.
    pub(crate) fn known(&self) -> Option<&str> {
        self.known.as_deref()
    }

    /// The number of bytes that were read. `None` if the text is not the content of the file.
    pub(crate) fn bytes(&self) -> Option<u64> {
        self.known.is_none().then_some(self.bytes)
    }
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if self.known.is_none() {
            self.hash.update(&buffer[..count]);
            self.bytes += count as u64;
        }
        Ok(count)
    }
}

/// Counts the bytes that are read.
struct Counted<R> {
    inner: R,
    progress: Progress,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.progress.add_bytes(count as u64);
        Ok(count)
    }
}

/// How much of a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// The lines that were complete when it was opened: another program appends to it.
    WholeLines,
}

/// The name of the action in messages.
pub const DOING: &str = "reading raw rows from";

fn no_input(file: &str, error: &io::Error) -> Error {
    FileError::unopened(DOING, Path::new(file), error, "").into()
}

impl<'a> Feed<'a> {
    /// Opens `file`, or standard input if it is `-`.
    ///
    /// # Errors
    /// If it cannot be opened, or the program that it needs is missing.
    pub fn open(
        scope: &Scope<'a>,
        file: &str,
        extent: Extent,
        options: &ReadOptions,
        progress: &Progress,
    ) -> Result<Self> {
        if file == "-" {
            progress.start(0);
            let inner = interruptible::standard_input(progress).map_err(|error| no_input(file, &error))?;
            let counted = Counted { inner, progress: progress.clone() };
            return Self::text(file, counted, extent, options);
        }
        let fault = |error| no_input(file, &error);
        let mut opened = regular::open_pipe(Path::new(file)).map_err(fault)?;
        let metadata = opened.metadata().map_err(fault)?;
        let mut length = u64::MAX;
        // A pipe can be read only once, so its first bytes cannot be examined beforehand.
        if metadata.is_file() {
            length = metadata.len();
            progress.start(metadata.len());
            if let Some((format, binary)) = binary_format(scope, &mut opened).map_err(fault)? {
                format::require_searched(scope, format, &printable::in_line(file))?;
                return Self::printed(file, format, binary, progress);
            }
            opened.rewind().map_err(fault)?;
        } else {
            progress.start(0);
        }
        // What is appended from now on belongs to the next ingest.
        let length = if extent == Extent::WholeLines { length } else { u64::MAX };
        let inner = Interruptible::new(opened, progress).take(length);
        Self::text(file, Counted { inner, progress: progress.clone() }, extent, options)
    }

    /// A feed of the text in `raw`, named `file` in messages.
    ///
    /// # Errors
    /// If the first bytes cannot be read, or are not text.
    pub fn text(
        file: &str,
        raw: impl Read + Send + 'static,
        extent: Extent,
        options: &ReadOptions,
    ) -> Result<Self> {
        let text = text::decompressed(raw).map_err(|error| no_input(file, &error))?;
        let inner: Box<dyn Read + Send> = match extent {
            Extent::Whole => Box::new(text),
            Extent::WholeLines => Box::new(WholeLines::of(text)),
        };
        Ok(Self {
            name: printable::in_line(file).into_owned(),
            text: Replay::new(Hashing { inner, hash: blake3::Hasher::new(), known: None, bytes: 0 }),
            format: None,
            zone: options.zone.clone(),
            printer: None,
        })
    }

    /// The hash of the content in hexadecimal, if it is known before the text is read.
    pub fn known_content(&self) -> Option<&str> {
        self.text.inner().known()
    }

    /// Starts the program that prints a binary file: without a shell, in UTC, in the format that the schema requests.
    fn printed(file: &str, format: Format<'a>, binary: &Binary, progress: &Progress) -> Result<Self> {
        let mut hash = blake3::Hasher::new();
        let opened = regular::open(Path::new(file)).map_err(|error| no_input(file, &error))?;
        let counted = Counted { inner: opened, progress: progress.clone() };
        hash.update_reader(counted).map_err(|error| no_input(file, &error))?;
        let program = binary.run.first().cloned().unwrap_or_default();
        let arguments = binary.run.iter().skip(1).map(|argument| argument.replace("{file}", file));
        let command = Printing { program: &program, arguments: arguments.collect() };
        let (printer, output) = command
            .start()
            .map_err(|error| not_started(file, format.source, &program, &binary.install, &error))?;
        let known = Some(hash.finalize().to_hex().to_string());
        Ok(Self {
            name: printable::in_line(file).into_owned(),
            text: Replay::new(Hashing { inner: Box::new(output), hash, known, bytes: 0 }),
            format: Some(format),
            zone: Zone::utc(),
            printer: Some(printer),
        })
    }
}

fn not_started(file: &str, source: &Source, program: &str, install: &str, error: &io::Error) -> Error {
    Error::Unavailable(format!(
        "{file}: this is a binary file ({}), which {program} must print, but {program} cannot be started: {error}; \
         install {install}, or print the file elsewhere and ingest the text",
        source.description
    ))
}

/// The binary format of any pipeline that the file's first bytes identify, if any.
fn binary_format<'a>(scope: &Scope<'a>, file: &mut File) -> io::Result<Option<(Format<'a>, &'a Binary)>> {
    let binaries = || {
        let all = format::of(scope.searched()).chain(format::of(scope.others()));
        all.filter_map(|format| format.source.binary.as_ref().map(|binary| (format, binary)))
    };
    let longest = binaries().map(|(_, binary)| binary.magic.len()).max().unwrap_or(0);
    let mut start = Vec::with_capacity(longest);
    file.take(longest as u64).read_to_end(&mut start)?;
    Ok(binaries().find(|(_, binary)| start.starts_with(&binary.magic)))
}
