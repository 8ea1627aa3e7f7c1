//! Context files from elsewhere, kept from one command to the next: a file whose server says that it is unchanged is
//! not brought again.
//!
//! Beside each kept file stands what it is known by, and which file of this disk that is said of. Whoever dies or works
//! beside us between the two leaves a pair that does not fit, and the file is brought anew.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flow_oa_core::ContextError;
use flow_oa_remote::{Client, Fetched, Location, Remote, Version};
use flow_oa_schema::files::LONGEST;
use jiff::Timestamp;

use super::{Downloader, changed, fault, fetch};
use crate::error::{Error, Result};
use crate::site::deployment::Listed;
use flow_oa_context::{Asking, ContextFiles, Service, evidence};
use flow_oa_files::FileError;
use flow_oa_files::atomic::write_whole;
use flow_oa_files::mark;
use flow_oa_files::regular;

const DOING: &str = "reading context from";

/// The context of a command on this machine.
pub(crate) struct LocalContext {
    pub(crate) files: ContextFiles,
    /// By what services are asked.
    pub(crate) asking: Asking,
    /// Kept files, and what the user calls them.
    names: Vec<(PathBuf, String)>,
    /// Files that could not be brought, where whoever asked wants to go on without them.
    absent: Vec<(PathBuf, Error)>,
}

/// What becomes of the others where a file cannot be brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absence {
    /// Nothing: none may be missing.
    Ends,
    /// They are looked at all the same.
    IsNoted,
}

/// Of when a file of context is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    /// It was changed last at that time.
    Changed(Timestamp),
    /// It came from a server, which does not say that, and was another one before that time.
    Brought(Timestamp),
}

/// What is kept beside a file.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Known {
    /// Of the file here; see [`mark`].
    mark: String,
    version: Version,
}

impl LocalContext {
    /// Brings what is elsewhere.
    pub(super) fn bring(
        downloader: &Downloader<'_>,
        places: &ContextFiles<Location>,
        absence: Absence,
    ) -> Result<Self> {
        let (mut names, mut absent) = (Vec::new(), Vec::new());
        let mut lack = |path: &Path, error: Error| {
            if absence == Absence::Ends || matches!(error, Error::Interrupted) {
                return Err(error);
            }
            absent.push((path.to_owned(), error));
            Ok(())
        };
        let folder = places.cache.as_deref().unwrap_or(Path::new("."));
        for (name, service) in &places.reputation {
            if let Err(error) = require_private_files(name, service) {
                lack(Path::new(name), error)?;
            }
        }
        let mut places = places.clone();
        if let Some(listed) = &downloader.settings.listed {
            match services(downloader, listed, folder) {
                Ok(found) => places.reputation = found,
                Err(error) => lack(Path::new(&listed.place.to_string()), error)?,
            }
        }
        let files = places.try_map(|place| -> Result<PathBuf> {
            Ok(match place {
                Location::Local(path) => path.clone(),
                Location::Remote(remote) => {
                    let path = kept(remote, folder);
                    if let Err(error) = bring(&downloader.client, remote, folder, &path) {
                        lack(&path, error)?;
                    }
                    names.push((path.clone(), remote.to_string()));
                    path
                }
            })
        })?;
        Ok(Self { files, asking: downloader.asking(), names, absent })
    }

    /// The files that could not be brought, and why, of which nothing else is known: those that name others.
    pub(crate) fn lacking(&self) -> impl Iterator<Item = &(PathBuf, Error)> {
        self.absent.iter().filter(|(path, _)| self.files.paths().all(|it| it != path))
    }

    /// Why a file could not be brought.
    pub(crate) fn why_absent(&self, path: &Path) -> Option<&Error> {
        self.absent.iter().find(|(it, _)| it == path).map(|it| &it.1)
    }

    /// What the user calls a file.
    pub(crate) fn name_of(&self, path: &Path) -> PathBuf {
        let named = self.names.iter().find(|(it, _)| it == path);
        named.map_or_else(|| path.to_owned(), |(_, name)| PathBuf::from(name))
    }

    /// Of when a file is.
    pub(crate) fn age_of(&self, path: &Path) -> Option<Age> {
        let is_kept = self.names.iter().any(|(it, _)| it == path);
        let said = if is_kept { known(path).as_ref().and_then(changed) } else { None };
        let modified = || evidence::modified(path);
        let changed = if is_kept { said } else { modified() };
        changed.map(Age::Changed).or_else(|| modified().map(Age::Brought))
    }

    /// Of when an entry is that stands in a file, and was said to be of a time by whoever knows that file alone.
    pub(crate) fn as_of(&self, path: &Path, said: &str) -> String {
        match self.age_of(path) {
            Some(Age::Changed(at)) if said == evidence::changed(path) => evidence::shown(at),
            _ => said.to_owned(),
        }
    }

    /// The error with the names of the user in place of those of kept files.
    pub(crate) fn as_named(&self, error: Error) -> Error {
        let name = |path: PathBuf| self.name_of(&path);
        match error {
            Error::Context(ContextError::Read { what, path, error }) => {
                Error::Context(ContextError::Read { what, path: name(path), error })
            }
            Error::Context(ContextError::Line { path, line, reason }) => {
                Error::Context(ContextError::Line { path: name(path), line, reason })
            }
            Error::File(FileError::Changed { doing, path, found }) => {
                FileError::Changed { doing, path: name(path), found }.into()
            }
            other => other,
        }
    }
}

/// Refuses a service whose secrets others may read, before anything is started or asked.
fn require_private_files(name: &str, service: &Service<Location>) -> Result<()> {
    match service {
        Service::List(..) => Ok(()),
        Service::Asked(asked) => asked
            .require_private_files()
            .map_err(|reason| Error::Configuration(format!("reputation service {name}: {reason}"))),
    }
}

/// The reputation services that a file elsewhere lists.
fn services(
    downloader: &Downloader<'_>,
    listed: &Listed,
    folder: &Path,
) -> Result<Vec<(String, Service<Location>)>> {
    let path = kept(&listed.place, folder);
    let mut site = downloader.settings.site.clone();
    site.policy.largest = site.policy.largest.min(LONGEST);
    let client = Client::new(site, Arc::new(downloader.progress.clone()));
    bring(&client, &listed.place, folder, &path)?;
    listed.read(&path)
}

/// Where a file is kept.
fn kept(remote: &Remote, folder: &Path) -> PathBuf {
    let hash = blake3::hash(remote.with_secrets().as_bytes()).to_hex();
    folder.join(format!("elsewhere-{}", &hash[..16]))
}

/// Sees to it that the kept file is what is there now.
fn bring(client: &Client, remote: &Remote, folder: &Path, path: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| Error::unwritten(folder.to_owned(), error))?;
    let known = known(path);
    let (file, fetched) =
        fetch(client, remote, folder, known.as_ref()).map_err(|error| fault(DOING, remote, error))?;
    if let Fetched::Whole { version, .. } = fetched {
        keep(path, file, version)?;
    }
    Ok(())
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension("json")
}

/// The version of a kept file, if that is what is said of it.
fn known(path: &Path) -> Option<Version> {
    let known: Known = serde_json::from_slice(&regular::read(&beside(path)).ok()?).ok()?;
    (Some(known.mark) == mark(path)).then_some(known.version)
}

/// Keeps what was brought. A file of the same bytes stays as it is, with whatever is known of it elsewhere.
fn keep(path: &Path, mut file: File, version: Option<Version>) -> Result<()> {
    let reading = |error| Error::unwritten(path.to_owned(), error);
    if !is_same(path, &file).unwrap_or(false) {
        file.seek(SeekFrom::Start(0)).map_err(reading)?;
        write_whole(path, |out| std::io::copy(&mut file, out).map(drop))?;
    }
    let known = mark(path).zip(version).map(|(mark, version)| Known { mark, version });
    let text = serde_json::to_vec_pretty(&known).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(write_whole(&beside(path), |out| out.write_all(&text))?)
}

fn is_same(path: &Path, new: &File) -> std::io::Result<bool> {
    let old = regular::open(path)?;
    if old.metadata()?.len() != new.metadata()?.len() {
        return Ok(false);
    }
    const BLOCK: usize = 64 * 1024;
    let (mut old, mut new) = (BufReader::with_capacity(BLOCK, old), BufReader::with_capacity(BLOCK, new));
    let (mut left, mut right) = (Vec::with_capacity(BLOCK), Vec::with_capacity(BLOCK));
    loop {
        left.clear();
        right.clear();
        old.by_ref().take(BLOCK as u64).read_to_end(&mut left)?;
        new.by_ref().take(BLOCK as u64).read_to_end(&mut right)?;
        if left != right || left.is_empty() {
            return Ok(left == right);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn file(text: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file
    }

    fn version(etag: &str) -> Option<Version> {
        Some(Version::Http { etag: Some(etag.to_owned()), modified: None })
    }

    #[test]
    fn what_is_kept_is_known_until_somebody_changes_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert_eq!(known(&path), None);
        keep(&path, file(b"one"), version("1")).unwrap();
        assert_eq!(known(&path), version("1"));
        let before = mark(&path);
        keep(&path, file(b"one"), version("2")).unwrap();
        assert_eq!((known(&path), mark(&path)), (version("2"), before), "the same bytes stay the same file");
        keep(&path, file(b"two"), version("3")).unwrap();
        assert_eq!((std::fs::read(&path).unwrap(), known(&path)), (b"two".to_vec(), version("3")));
        std::fs::write(&path, "four").unwrap();
        assert_eq!(known(&path), None, "it is not what was brought any longer");
        keep(&path, file(b"five"), None).unwrap();
        assert_eq!(known(&path), None, "its server says nothing to know it by");
    }
}
