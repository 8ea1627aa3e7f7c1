//! Remote context files, cached between commands: a file that is unchanged on its server is not downloaded again.
//!
//! Each cached file has a second file with its version, and with a mark of the cached file that the version applies to.
//! If a process dies between the two writes, or another one writes at the same time, the two do not match, and the file
//! is downloaded again.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flow_oa_core::ContextError;
use flow_oa_remote::{Client, Fetched, Location, Remote, Version};
use flow_oa_schema::files::LONGEST;
use jiff::Timestamp;

use super::{Downloader, changed, fault, fetch};
use crate::deployment::Listed;
use crate::error::{Error, Result};
use flow_oa_context::{Asking, ContextFiles, Service, evidence};
use flow_oa_files::atomic::write_whole;
use flow_oa_files::{FileError, mark, regular};

const DOING: &str = "reading context from";

/// The context of a command, with local files.
pub struct LocalContext {
    /// The local files.
    pub files: ContextFiles,
    /// The means by which services are queried.
    pub asking: Asking,
    /// Cached files, and their names for the user.
    names: Vec<(PathBuf, String)>,
    /// Files that could not be downloaded, if the caller continues without them.
    absent: Vec<(PathBuf, Error)>,
}

/// What to do if a file cannot be downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absence {
    /// Fail: no file may be missing.
    Ends,
    /// Record the error, and continue with the other files.
    IsNoted,
}

/// The age of a context file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// The time of its last modification.
    Changed(Timestamp),
    /// The time of its download, if its server states no modification time. The content is not newer than that.
    Downloaded(Timestamp),
}

/// What is stored next to a cached file.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Known {
    /// Identifies the local file; see [`mark`].
    mark: String,
    version: Version,
}

impl LocalContext {
    /// Downloads the remote files.
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

    /// Files that could not be downloaded and are not themselves context files, with the error: those that list
    /// services.
    pub(crate) fn lacking(&self) -> impl Iterator<Item = &(PathBuf, Error)> {
        self.absent.iter().filter(|(path, _)| self.files.paths().all(|used| used != path))
    }

    pub(crate) fn why_absent(&self, path: &Path) -> Option<&Error> {
        self.absent.iter().find(|(absent, _)| absent == path).map(|it| &it.1)
    }

    /// The name of a file for the user.
    pub fn name_of(&self, path: &Path) -> PathBuf {
        let named = self.names.iter().find(|(known, _)| known == path);
        named.map_or_else(|| path.to_owned(), |(_, name)| PathBuf::from(name))
    }

    /// The age of a local file; `None` if it is unknown.
    pub fn age_of(&self, path: &Path) -> Option<Age> {
        let is_kept = self.names.iter().any(|(known, _)| known == path);
        let said = if is_kept { known(path).as_ref().and_then(changed) } else { None };
        let modified = || evidence::modified(path);
        let changed = if is_kept { said } else { modified() };
        changed.map(Age::Changed).or_else(|| modified().map(Age::Downloaded))
    }

    /// The date of an entry in a file. `said` is its date if only the local file is considered; if that is the file's
    /// modification time, the server's is used instead.
    pub fn as_of(&self, path: &Path, said: &str) -> String {
        match self.age_of(path) {
            Some(Age::Changed(at)) if said == evidence::changed(path) => evidence::shown(at),
            _ => said.to_owned(),
        }
    }

    /// The error with the user's names in place of those of cached files.
    pub fn as_named(&self, error: Error) -> Error {
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

/// Refuses a service whose secret files other users can read, before anything is started or queried.
fn require_private_files(name: &str, service: &Service<Location>) -> Result<()> {
    match service {
        Service::List(..) => Ok(()),
        Service::Asked(asked) => asked
            .require_private_files()
            .map_err(|reason| Error::Configuration(format!("reputation service {name}: {reason}"))),
    }
}

/// The reputation services that a remote file lists.
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

/// The path of a cached file.
fn kept(remote: &Remote, folder: &Path) -> PathBuf {
    let hash = blake3::hash(remote.with_secrets().as_bytes()).to_hex();
    folder.join(format!("elsewhere-{}", &hash[..16]))
}

/// Updates the cached file if the remote file changed.
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

/// The version of a cached file, if the stored mark matches the file.
fn known(path: &Path) -> Option<Version> {
    let known: Known = serde_json::from_slice(&regular::read(&beside(path)).ok()?).ok()?;
    (Some(known.mark) == mark(path)).then_some(known.version)
}

/// Stores a downloaded file. A file with the same bytes is not rewritten, so that what others derived from it stays
/// valid.
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
