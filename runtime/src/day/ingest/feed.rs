//! Where records come from: a file, standard input, or a program that prints a binary file.

use flow_oa_files::{FileError, Progress, regular, text};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use flow_oa_core::Zone;
use flow_oa_schema::model::{Binary, Source};
use flow_oa_schema::printable;

use super::IngestOptions;
use crate::error::{Error, Result};
use crate::site::deployment::Chosen;
use flow_oa_files::interruptible::{self, Interruptible};

/// Text to read, and its known properties.
pub(crate) struct Feed {
    /// The name used in messages.
    pub(crate) name: String,
    pub(crate) text: Hashing,
    /// The format, if it is known without a header.
    pub(crate) format: Option<String>,
    pub(crate) zone: Zone,
    pub(crate) printer: Option<Printer>,
}

/// Reads text and hashes it at the same time, unless its hash is known already.
pub(crate) struct Hashing {
    inner: Box<dyn Read + Send>,
    hash: blake3::Hasher,
    known: Option<String>,
}

impl Hashing {
    /// The hash of everything that was read, in hexadecimal.
    pub(crate) fn content(&self) -> String {
        self.known.clone().unwrap_or_else(|| self.hash.finalize().to_hex().to_string())
    }
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if self.known.is_none() {
            self.hash.update(&buffer[..count]);
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

/// The program that prints a binary file.
pub(crate) struct Printer {
    child: Child,
    complaints: JoinHandle<String>,
    program: String,
}

impl Printer {
    /// Waits for the program to end.
    ///
    /// # Errors
    /// If the program failed, with its error output.
    pub(crate) fn finish(mut self, file: &str) -> Result<()> {
        let status =
            self.child.wait().map_err(|error| Error::Unavailable(format!("{}: {error}", self.program)))?;
        let complaints = self.complaints.join().unwrap_or_default();
        if status.success() {
            return Ok(());
        }
        Err(Error::BadData(format!(
            "{file}: {} ended with {status}: {}",
            self.program,
            printable::in_line(complaints.trim())
        )))
    }
}

/// The name of the action in messages.
pub(crate) const DOING: &str = "reading raw rows from";

fn no_input(file: &str, error: &io::Error) -> Error {
    FileError::unopened(DOING, Path::new(file), error, "").into()
}

impl Feed {
    /// Opens `file`, or standard input if it is `-`.
    ///
    /// # Errors
    /// If it cannot be opened, or the program that it needs is missing.
    pub(crate) fn open(
        chosen: Chosen<'_>,
        file: &str,
        options: &IngestOptions,
        progress: &Progress,
    ) -> Result<Self> {
        if file == "-" {
            progress.start(0);
            let inner = interruptible::standard_input(progress).map_err(|error| no_input(file, &error))?;
            let counted = Counted { inner, progress: progress.clone() };
            return Self::text(file, counted, options);
        }
        let fault = |error| no_input(file, &error);
        if Path::new(file).is_dir() {
            return Err(fault(io::Error::other("it is a folder; name the files in it")));
        }
        let mut opened = regular::open_pipe(Path::new(file)).map_err(fault)?;
        let metadata = opened.metadata().map_err(fault)?;
        // A pipe can be read only once, so its first bytes cannot be examined beforehand.
        if metadata.is_file() {
            progress.start(metadata.len());
            if let Some((source, binary)) = binary_format(chosen, &mut opened).map_err(fault)? {
                return Self::printed(file, source, binary, progress);
            }
            opened.rewind().map_err(fault)?;
        } else {
            progress.start(0);
        }
        let inner = Interruptible::new(opened, progress);
        Self::text(file, Counted { inner, progress: progress.clone() }, options)
    }

    /// A feed of the text in `raw`, named `file` in messages.
    ///
    /// # Errors
    /// If the first bytes cannot be read, or are not text.
    pub(crate) fn text(file: &str, raw: impl Read + Send + 'static, options: &IngestOptions) -> Result<Self> {
        let text = text::decompressed(raw).map_err(|error| no_input(file, &error))?;
        let inner: Box<dyn Read + Send> = Box::new(text);
        Ok(Self {
            name: printable::in_line(file).into_owned(),
            text: Hashing { inner, hash: blake3::Hasher::new(), known: None },
            format: options.format.clone(),
            zone: options.zone.clone(),
            printer: None,
        })
    }

    /// Starts the program that prints a binary file: without a shell, in UTC, in the format that the schema requests.
    fn printed(file: &str, source: &Source, binary: &Binary, progress: &Progress) -> Result<Self> {
        let mut hash = blake3::Hasher::new();
        let opened = regular::open(Path::new(file)).map_err(|error| no_input(file, &error))?;
        let counted = Counted { inner: opened, progress: progress.clone() };
        hash.update_reader(counted).map_err(|error| no_input(file, &error))?;
        let program = binary.run.first().cloned().unwrap_or_default();
        let arguments = binary.run.iter().skip(1).map(|argument| argument.replace("{file}", file));
        let mut child = Command::new(&program)
            .args(arguments)
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| not_started(file, source, &program, &binary.install, &error))?;
        let pipes = child.stdout.take().zip(child.stderr.take());
        let (output, mut errors) =
            pipes.ok_or_else(|| Error::Internal("a started program has no pipes".into()))?;
        let complaints = std::thread::spawn(move || {
            let mut text = String::new();
            // If the error output cannot be read in full, the part that was read is enough.
            let _ = errors.read_to_string(&mut text);
            text
        });
        let known = Some(hash.finalize().to_hex().to_string());
        Ok(Self {
            name: printable::in_line(file).into_owned(),
            text: Hashing { inner: Box::new(output), hash, known },
            format: Some(source.name.clone()),
            zone: Zone::utc(),
            printer: Some(Printer { child, complaints, program }),
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

/// The binary format that the file's first bytes identify, if any.
fn binary_format<'a>(chosen: Chosen<'a>, file: &mut File) -> io::Result<Option<(&'a Source, &'a Binary)>> {
    let binaries = || {
        chosen.model.sources.iter().filter_map(|source| source.binary.as_ref().map(|binary| (source, binary)))
    };
    let longest = binaries().map(|(_, it)| it.magic.len()).max().unwrap_or(0);
    let mut start = Vec::with_capacity(longest);
    file.take(longest as u64).read_to_end(&mut start)?;
    Ok(binaries().find(|(_, binary)| start.starts_with(&binary.magic)))
}
