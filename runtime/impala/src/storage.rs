//! The folder that contains the tables, if this machine can reach it: to put files where the server reads them, and to
//! delete those that are no longer read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use flow_oa_core::quoted;
use flow_oa_hs2::Interrupter;
use flow_oa_remote::{Client, Location, Remote, RemoteError, Site, Watch};

/// The folder and how it is reached.
pub(super) enum Storage {
    /// A local folder that the server sees under the same path.
    Folder(PathBuf),
    /// A folder of a Hadoop file system.
    Hdfs(Box<Client>, Remote),
}

/// Why a file could not be written, listed or removed.
#[derive(Debug, thiserror::Error)]
pub(super) enum StorageError {
    #[error("{doing} {path}: {error}")]
    Folder { doing: &'static str, path: String, error: std::io::Error },
    #[error(transparent)]
    Hdfs(#[from] RemoteError),
}

/// Lets an interrupt of a statement stop a transfer, too.
struct Watched(Interrupter);

impl Watch for Watched {
    fn is_stopped(&self) -> bool {
        self.0.is_set()
    }

    fn starts(&self, _: Option<u64>) {}

    fn moved(&self, _: u64) {}
}

impl Storage {
    /// Opens `location`; `None` if it is a path on the default file system of the server, which is not known here.
    ///
    /// # Errors
    /// If the location is invalid or has an unsupported scheme.
    pub(super) fn of(location: &str, site: &Site, flag: &Interrupter) -> Result<Option<Self>, String> {
        if let Some(path) = location.strip_prefix("file:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path.starts_with('/') {
                true => Ok(Some(Self::Folder(PathBuf::from(path)))),
                false => Err(format!("location: expected file:///PATH, found {}", quoted(location))),
            };
        }
        if location.starts_with('/') {
            return Ok(None);
        }
        match Location::named(Path::new(location)) {
            Ok(Location::Remote(root)) if location.starts_with("hdfs://") => {
                let client = Client::new(site.clone(), Arc::new(Watched(flag.clone())));
                Ok(Some(Self::Hdfs(Box::new(client), root)))
            }
            Ok(_) => {
                let found = quoted(location);
                Err(format!("location: expected /PATH, file:///PATH or hdfs://HOST/PATH, found {found}"))
            }
            Err(error) => Err(format!("location: {error}")),
        }
    }

    /// Writes a file, and creates the folders that contain it.
    pub(super) fn put(&self, file: &Path, relative: &str) -> Result<(), StorageError> {
        match self {
            Self::Folder(root) => {
                let to = root.join(relative);
                let fault =
                    |error| StorageError::Folder { doing: "writing", path: to.display().to_string(), error };
                if let Some(folder) = to.parent() {
                    std::fs::create_dir_all(folder).map_err(fault)?;
                }
                copied(file, &to).map_err(fault)
            }
            Self::Hdfs(client, root) => Ok(client.put(file, &root.join(relative))?),
        }
    }

    /// The sorted names in a folder, and whether each is a folder; none if the folder does not exist.
    pub(super) fn entries(&self, relative: &str) -> Result<Vec<(String, bool)>, StorageError> {
        let mut names: Vec<(String, bool)> = match self {
            Self::Folder(root) => {
                let at = root.join(relative);
                let fault =
                    |error| StorageError::Folder { doing: "reading", path: at.display().to_string(), error };
                match std::fs::read_dir(&at) {
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
                    Err(error) => return Err(fault(error)),
                    Ok(entries) => {
                        let entries: Result<Vec<_>, _> = entries.collect();
                        let named = |entry: std::fs::DirEntry| {
                            Some((entry.file_name().into_string().ok()?, entry.path().is_dir()))
                        };
                        entries.map_err(fault)?.into_iter().filter_map(named).collect()
                    }
                }
            }
            Self::Hdfs(client, root) => {
                let entries = client.list(&root.join(relative))?;
                entries.into_iter().map(|entry| (entry.name, entry.is_folder)).collect()
            }
        };
        names.sort();
        Ok(names)
    }

    pub(super) fn remove_empty(&self, relative: &str) -> Result<(), StorageError> {
        match self {
            Self::Folder(root) => {
                let at = root.join(relative);
                let path = at.display().to_string();
                std::fs::remove_dir(&at).map_err(|error| StorageError::Folder {
                    doing: "deleting the empty folder",
                    path,
                    error,
                })
            }
            Self::Hdfs(client, root) => Ok(client.remove_empty(&root.join(relative))?),
        }
    }

    /// Removes a file, or a folder with its contents; a missing path is not an error.
    pub(super) fn remove(&self, relative: &str) -> Result<(), StorageError> {
        match self {
            Self::Folder(root) => {
                let at = root.join(relative);
                let removed =
                    if at.is_file() { std::fs::remove_file(&at) } else { std::fs::remove_dir_all(&at) };
                match removed {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        Err(StorageError::Folder { doing: "removing", path: at.display().to_string(), error })
                    }
                    _ => Ok(()),
                }
            }
            Self::Hdfs(client, root) => Ok(client.remove(&root.join(relative))?),
        }
    }
}

/// Copies to a new file only: other users may write to the folder, and an existing link could lead to another place.
fn copied(file: &Path, to: &Path) -> std::io::Result<()> {
    let mut from = std::fs::File::open(file)?;
    let mut new = std::fs::File::options().write(true).create_new(true).open(to)?;
    std::io::copy(&mut from, &mut new).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_takes_files_and_lets_them_go() {
        let root = tempfile::tempdir().unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "rows").unwrap();
        let location = format!("file://{}", root.path().display());
        let store = Storage::of(&location, &Site::default(), &Interrupter::new()).unwrap().unwrap();
        store.put(file.path(), "t/b/rows.parquet").unwrap();
        store.put(file.path(), "t/a/rows.parquet").unwrap();
        store.put(file.path(), "t/c").unwrap();
        let folder = |name: &str| (name.to_owned(), true);
        assert_eq!(store.entries("t").unwrap(), [folder("a"), folder("b"), ("c".to_owned(), false)]);
        for name in ["t/a", "t/a", "t/c"] {
            store.remove(name).unwrap();
        }
        assert_eq!(store.entries("t").unwrap(), [folder("b")]);
        assert!(store.entries("none").unwrap().is_empty());
        assert!(store.remove_empty("t").is_err(), "a folder is in it");
        store.remove("t/b").unwrap();
        store.remove_empty("t").unwrap();
        assert!(!root.path().join("t").exists());
    }

    #[test]
    fn a_location_is_one_of_three_kinds() {
        let of = |location: &str| Storage::of(location, &Site::default(), &Interrupter::new());
        assert!(of("/flow_oa").unwrap().is_none());
        assert!(matches!(of("hdfs://n:8020/flow_oa"), Ok(Some(Storage::Hdfs(..)))));
        for bad in ["s3a://b/x", "file:x", "http://h/x"] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }
}
