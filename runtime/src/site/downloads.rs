//! What a command reads and writes, wherever that is: files that URLs name are brought here before anything looks at
//! them, and every reader then works on a file of this machine.
//!
//! A results file comes into a file without a name, so that nothing is left of it however the program ends. Context is
//! kept from one command to the next, and asked for once a command. What a file holds is not known here, and messages
//! call it as the user does.
//!
//! # Decisions
//!
//! - **Remote files are downloaded first**, so that every reader, check and message works on a file of this machine and
//!   knows nothing of networks; only its name is the user's URL. A results file comes into a file without a name, which
//!   no crash can leave behind. Context is kept below `data/.context/` and asked for once a command: an ETag, a date of
//!   change or a file's status in HDFS says whether it is downloaded again, and a copy whose server does not answer is
//!   never believed. A file counts as whole by its length, or by the end of its chunks; one that has neither is
//!   refused. Four tries, with waits that grow, go to what passes: no connection, a stall, a break, 408, 429, 5xx, a
//!   NameNode that starts or stands by. Nothing else is tried again, and a broken download is begun anew: going on from
//!   its middle would have to trust that the rest is of the same file. A file is written to HDFS under a name of its
//!   own, looked at, and renamed; a rename whose answer was lost counts by the number of the file that is there. The
//!   environment's proxies stand before http(s), never before HDFS. There is no Kerberos, and nothing is written over
//!   http, which cannot replace a file as a whole.

mod context;

use flow_oa_files::FileError;
use std::fs::File;
use std::io::{Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use flow_oa_remote::{Client, Fetched, Location, Remote, RemoteError, Version};
use flow_oa_schema::printable;
use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::site::deployment::Settings;
pub(crate) use context::{Absence, Age, LocalContext};
use flow_oa_context::{Asking, evidence};
use flow_oa_files::FileGuard;
use flow_oa_files::Progress;
use flow_oa_files::interruptible::Interruptible;
use flow_oa_files::regular;
use flow_oa_files::text::{self, Text};

/// Puts the file at `path` where `to` says: whole, or not at all, in place of what is there.
///
/// # Errors
/// Where it cannot be read or written; what was there is there still. Over http(s) nothing is written.
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

/// Requires that files can be written to a place.
///
/// # Errors
/// Over http(s).
pub fn require_writable(to: &Remote) -> Result<()> {
    to.require_writable().map_err(|error| fault("writing", to, error))
}

fn client(settings: &Settings, progress: &Progress) -> Client {
    Client::new(settings.site.clone(), Arc::new(progress.clone()))
}

/// A file to read, and what its user calls it.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) name: String,
    /// As it was before it was read.
    pub(crate) guard: FileGuard,
    /// Whether it had to be brought here.
    pub(crate) is_fetched: bool,
    /// When what was brought here changed last, where its server says it.
    changed: Option<Timestamp>,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Path(PathBuf),
    /// One that may be a named pipe, since it was named on purpose.
    Named(PathBuf, Progress),
    /// One without a name.
    File(File),
}

impl Input {
    /// When it changed last, UTC; empty where nobody knows.
    pub(crate) fn as_of(&self) -> String {
        match &self.place {
            Place::Path(path) | Place::Named(path, _) => evidence::changed(path),
            Place::File(_) => self.changed.map_or_else(String::new, evidence::shown),
        }
    }

    /// Opens it as [`text::open`] does.
    pub(crate) fn open(&self) -> std::io::Result<Text> {
        match &self.place {
            Place::Path(path) => text::open(path),
            Place::Named(path, progress) => {
                text::decompressed(Interruptible::new(regular::open_pipe(path)?, progress))
            }
            Place::File(file) => text::decompressed(file.try_clone()?),
        }
    }
}

/// What became of looking for a file.
#[derive(Debug)]
pub(crate) enum Found {
    /// It can be read.
    Input(Input),
    /// There is none; as an error, for whom that is one.
    Nothing(Error),
}

impl Found {
    /// The file.
    ///
    /// # Errors
    /// Where there is none.
    pub(crate) fn input(self) -> Result<Input> {
        match self {
            Self::Input(input) => Ok(input),
            Self::Nothing(error) => Err(error),
        }
    }
}

/// Brings the files of one command here.
pub(crate) struct Downloader<'a> {
    settings: &'a Settings,
    progress: &'a Progress,
    client: Client,
    context: Option<Rc<LocalContext>>,
}

impl<'a> Downloader<'a> {
    /// Nothing is looked for yet.
    pub(crate) fn new(settings: &'a Settings, progress: &'a Progress) -> Self {
        Self { settings, progress, client: client(settings, progress), context: None }
    }

    /// Looks for a file; `doing` and `hint` are for the user. What has to be brought here is kept on the disk of
    /// `folder`, which need not be there.
    ///
    /// # Errors
    /// Where nobody can say whether there is one, or it cannot be brought here whole.
    pub(crate) fn find(
        &self,
        doing: &'static str,
        place: &Location,
        folder: &Path,
        hint: &str,
    ) -> Result<Found> {
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

    /// An input that was named on purpose and may therefore be a named pipe.
    pub(crate) fn named(&self, input: Input) -> Input {
        let place = match input.place {
            Place::Path(path) => Place::Named(path, self.progress.clone()),
            other => other,
        };
        Input { place, ..input }
    }

    /// Goes on, unless the command was interrupted.
    ///
    /// # Errors
    /// [`Error::Interrupted`].
    pub(crate) fn go_on(&self) -> Result<()> {
        Ok(self.progress.go_on()?)
    }

    /// The context, all of it on this machine.
    ///
    /// # Errors
    /// Where a file cannot be brought here.
    pub(crate) fn context(&mut self) -> Result<Rc<LocalContext>> {
        if let Some(context) = &self.context {
            return Ok(Rc::clone(context));
        }
        let brought = LocalContext::bring(self, &self.settings.context, Absence::Ends);
        self.progress.start(0);
        let context = Rc::new(brought?);
        self.context = Some(Rc::clone(&context));
        Ok(context)
    }

    /// The context as far as it can be had, for whoever looks at each file.
    ///
    /// # Errors
    /// An interrupt.
    pub(crate) fn context_as_far(&self) -> Result<LocalContext> {
        let brought = LocalContext::bring(self, &self.settings.context, Absence::IsNoted);
        self.progress.start(0);
        brought
    }

    /// By what services are asked.
    fn asking(&self) -> Asking {
        Asking { site: self.settings.site.clone(), watch: Arc::new(self.progress.clone()) }
    }
}

/// Brings a file into one without a name in `folder`, and to its beginning; empty where it is the `known` version.
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

/// When a version of a file was made, where its server says it.
fn changed(version: &Version) -> Option<Timestamp> {
    match version {
        Version::Http { modified, .. } => {
            jiff::fmt::rfc2822::parse(modified.as_deref()?).ok().map(|it| it.timestamp())
        }
        Version::Hdfs { modified, .. } => Timestamp::from_millisecond(i64::try_from(*modified).ok()?).ok(),
    }
}

/// `folder`, or the nearest one above it that is there: a download that comes to nothing makes no folder.
fn existing(folder: &Path) -> &Path {
    folder.ancestors().find(|it| it.is_dir()).unwrap_or(Path::new("."))
}

/// The fault of a remote file, as commands report it.
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
