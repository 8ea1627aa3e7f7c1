//! Reads and writes the files of a command, local or remote. Files that are named by URLs are downloaded before
//! anything reads them, and every reader then works on a local file.
//!
//! A results file is downloaded into an unnamed file, so that nothing is left of it however the process ends. Context
//! is cached between commands, and checked once per command. This module does not know what a file contains. Messages
//! use the user's name of a file.
//!
//! # Decisions
//!
//! - **Remote files are downloaded first**, so that every reader, check and message works on a local file and knows
//!   nothing of networks; only its name is the user's URL. A results file is downloaded into an unnamed file, which no
//!   crash can leave behind. Context is cached below `data/.context/` and checked once per command: an ETag, a
//!   modification date or a file's status in HDFS determines whether it is downloaded again. If the server does not
//!   answer, the cached copy is not used. A file is complete if it has its stated length, or if its chunked encoding
//!   ended; a response with neither is refused. Temporary faults are tried four times, with increasing waits: no
//!   connection, a stall, a broken connection, 408, 429, 5xx, a NameNode that is starting or in standby. Nothing else
//!   is retried, and a broken download starts again from the beginning: resuming would have to trust that the rest
//!   belongs to the same file. A file is written to HDFS under a temporary name, verified, and renamed; if the answer
//!   to the rename is lost, the file ID of the existing file decides. The environment's proxies apply to http(s), never
//!   to HDFS. Kerberos is not supported, and nothing is written over http, which cannot replace a file as a whole.

mod context;

use flow_oa_files::{FileError, FileGuard, Progress, regular};
use std::fs::File;
use std::io::{Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use flow_oa_remote::{Client, Fetched, Location, Remote, RemoteError, Version};
use flow_oa_schema::printable;
use jiff::Timestamp;

use crate::deployment::Settings;
use crate::error::{Error, Result};
use context::Absence;
pub use context::{Age, LocalContext};
use flow_oa_context::{Asking, evidence};
use flow_oa_files::interruptible::Interruptible;
use flow_oa_files::text::{self, Text};

/// Writes the file at `path` to the location `to`, replacing an existing file: as a whole, or not at all.
///
/// # Errors
/// If it cannot be read or written; then the existing file is unchanged. Writing over http(s) is not supported.
pub fn put(settings: &Settings, path: &Path, to: &Remote, progress: &Progress) -> Result<()> {
    let put = client(settings, progress).put(path, to);
    progress.start(0);
    put.map_err(|error| match error {
        RemoteError::NotFound { found, .. } | RemoteError::Denied { found, .. } => {
            Error::unwritten(to.to_string(), std::io::Error::other(found))
        }
        other => fault("writing", to, other),
    })
}

/// Requires that files can be written to a location.
///
/// # Errors
/// If the location is an http(s) URL.
pub fn require_writable(to: &Remote) -> Result<()> {
    to.require_writable().map_err(|error| fault("writing", to, error))
}

fn client(settings: &Settings, progress: &Progress) -> Client {
    Client::new(settings.site.clone(), Arc::new(progress.clone()))
}

/// A file to read, and its name in messages.
#[derive(Debug)]
pub struct Input {
    /// Its name in messages.
    pub name: String,
    /// The state of the file before it was read.
    pub guard: FileGuard,
    /// Whether it was downloaded.
    pub is_fetched: bool,
    /// When a downloaded file was last modified, if its server states it.
    changed: Option<Timestamp>,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Path(PathBuf),
    /// A file that may be a named pipe, since the user named it explicitly.
    Named(PathBuf, Progress),
    /// An unnamed file.
    File(File),
}

impl Input {
    /// When the file was last modified, UTC; empty if unknown.
    pub fn as_of(&self) -> String {
        match &self.place {
            Place::Path(path) | Place::Named(path, _) => evidence::changed(path),
            Place::File(_) => self.changed.map_or_else(String::new, evidence::shown),
        }
    }

    /// Opens the file as [`text::open`] does.
    pub fn open(&self) -> std::io::Result<Text> {
        match &self.place {
            Place::Path(path) => text::open(path),
            Place::Named(path, progress) => {
                text::decompressed(Interruptible::new(regular::open_pipe(path)?, progress))
            }
            Place::File(file) => text::decompressed(file.try_clone()?),
        }
    }
}

/// The outcome of looking for a file.
#[derive(Debug)]
pub enum Found {
    /// The file can be read.
    Input(Input),
    /// The file does not exist; the error is for callers that need it.
    Nothing(Error),
}

impl Found {
    /// The file.
    ///
    /// # Errors
    /// If there is none.
    pub fn input(self) -> Result<Input> {
        match self {
            Self::Input(input) => Ok(input),
            Self::Nothing(error) => Err(error),
        }
    }
}

/// Downloads the files of one command.
pub struct Downloader<'a> {
    settings: &'a Settings,
    progress: &'a Progress,
    client: Client,
    context: Option<Rc<LocalContext>>,
}

impl<'a> Downloader<'a> {
    /// A downloader that has not looked for anything yet.
    pub fn new(settings: &'a Settings, progress: &'a Progress) -> Self {
        Self { settings, progress, client: client(settings, progress), context: None }
    }

    /// Looks for a file; `doing` and `hint` are used in messages. A download is stored on the disk of `folder`, which
    /// need not exist.
    ///
    /// # Errors
    /// If it cannot be determined whether the file exists, or the download is incomplete.
    pub fn find(&self, doing: &'static str, place: &Location, folder: &Path, hint: &str) -> Result<Found> {
        let name = printable::in_line(&place.to_string()).into_owned();
        match place {
            Location::Local(path) => Ok(match std::fs::metadata(path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    Found::Nothing(FileError::unopened(doing, path, &error, hint).into())
                }
                _ => {
                    let (guard, place) = (FileGuard::new(doing, path), Place::Path(path.clone()));
                    Found::Input(Input { name, guard, is_fetched: false, changed: None, place })
                }
            }),
            Location::Remote(remote) => {
                let done = fetch(&self.client, remote, existing(folder), None);
                self.progress.start(0);
                match done {
                    Ok((file, fetched)) => {
                        let (guard, place) = (FileGuard::unneeded(doing), Place::File(file));
                        let changed = match &fetched {
                            Fetched::Whole { version, .. } => version.as_ref().and_then(changed),
                            Fetched::Unchanged => None,
                        };
                        Ok(Found::Input(Input { name, guard, is_fetched: true, changed, place }))
                    }
                    Err(error @ RemoteError::NotFound { .. }) => {
                        Ok(Found::Nothing(hinted(fault(doing, remote, error), hint)))
                    }
                    Err(error) => Err(fault(doing, remote, error)),
                }
            }
        }
    }

    /// Marks an input as named explicitly, so that it may be a named pipe.
    pub fn named(&self, input: Input) -> Input {
        let place = match input.place {
            Place::Path(path) => Place::Named(path, self.progress.clone()),
            other => other,
        };
        Input { place, ..input }
    }

    /// Fails if the command was asked to stop.
    ///
    /// # Errors
    /// [`Error::Interrupted`].
    pub fn go_on(&self) -> Result<()> {
        Ok(self.progress.go_on()?)
    }

    /// The context, with all files on this machine.
    ///
    /// # Errors
    /// If a file cannot be downloaded.
    pub fn context(&mut self) -> Result<Rc<LocalContext>> {
        if let Some(context) = &self.context {
            return Ok(Rc::clone(context));
        }
        let brought = LocalContext::bring(self, &self.settings.context, Absence::Ends);
        self.progress.start(0);
        let context = Rc::new(brought?);
        self.context = Some(Rc::clone(&context));
        Ok(context)
    }

    /// The context without the files that cannot be downloaded, for callers that check each file.
    ///
    /// # Errors
    /// Only an interrupt.
    pub fn context_as_far(&self) -> Result<LocalContext> {
        let brought = LocalContext::bring(self, &self.settings.context, Absence::IsNoted);
        self.progress.start(0);
        brought
    }

    /// The means by which services are queried.
    fn asking(&self) -> Asking {
        Asking { site: self.settings.site.clone(), watch: Arc::new(self.progress.clone()) }
    }
}

/// Downloads a file into an unnamed file in `folder`, and seeks to its beginning. The file is empty if the remote file
/// still has the `known` version.
fn fetch(
    client: &Client,
    remote: &Remote,
    folder: &Path,
    known: Option<&Version>,
) -> std::result::Result<(File, Fetched), RemoteError> {
    let local = |error| RemoteError::Local { path: folder.to_owned(), error };
    let mut file = tempfile::tempfile_in(folder).map_err(local)?;
    let fetched = client.fetch(remote, &file, folder, known)?;
    file.seek(SeekFrom::Start(0)).map_err(local)?;
    Ok((file, fetched))
}

/// When a version of a file was made, if its server states it.
fn changed(version: &Version) -> Option<Timestamp> {
    match version {
        Version::Http { modified, .. } => {
            jiff::fmt::rfc2822::parse(modified.as_deref()?).ok().map(|it| it.timestamp())
        }
        Version::Hdfs { modified, .. } => Timestamp::from_millisecond(i64::try_from(*modified).ok()?).ok(),
    }
}

/// `folder`, or its nearest existing ancestor, so that a failed download creates no folder.
fn existing(folder: &Path) -> &Path {
    folder.ancestors().find(|it| it.is_dir()).unwrap_or(Path::new("."))
}

/// The error for a remote file, as commands report it.
fn fault(doing: &'static str, file: &Remote, error: RemoteError) -> Error {
    let path = PathBuf::from(file.to_string());
    let said = |url: String, found: String| {
        if url == file.to_string() { found } else { format!("{found} ({url})") }
    };
    match error {
        RemoteError::NotFound { url, found } | RemoteError::Denied { url, found } => {
            Error::NoInput { doing, path, error: said(url, found) }
        }
        RemoteError::Unavailable { url, found }
        | RemoteError::TooLarge { url, found }
        | RemoteError::Short { url, found } => {
            Error::Unavailable(format!("{doing} {file}: {}", said(url, found)))
        }
        RemoteError::Changed { found, .. } => flow_oa_files::FileError::Changed { doing, path, found }.into(),
        RemoteError::Local { path, error } => Error::unwritten(path, error),
        RemoteError::Configuration(reason) => Error::Configuration(format!("{doing} {file}: {reason}")),
        RemoteError::Interrupted => Error::Interrupted,
    }
}

fn hinted(error: Error, hint: &str) -> Error {
    match error {
        Error::NoInput { doing, path, error } => {
            Error::NoInput { doing, path, error: format!("{error}{hint}") }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_say_when_a_file_changed_by_a_date_of_http_or_in_milliseconds() {
        let http = |modified: &str| Version::Http { etag: None, modified: Some(modified.to_owned()) };
        let expected = "2016-07-08T10:00:00Z".parse().ok();
        assert_eq!(changed(&http("Fri, 08 Jul 2016 10:00:00 GMT")), expected);
        assert_eq!(changed(&Version::Hdfs { modified: 1_467_972_000_000, length: 1, id: 1 }), expected);
        assert_eq!(changed(&http("yesterday")), None);
        assert_eq!(changed(&Version::Http { etag: None, modified: None }), None);
    }
}
