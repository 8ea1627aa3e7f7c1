//! A folder whose files a command generates, and generates again. A manifest in it holds the hash of each file, so that
//! the command replaces and removes only what it wrote itself: a file that a user added or edited stops it.
//!
//! # Decisions
//!
//! - **The manifest is written before and after the files.** The first time it accepts the old and the new content of
//!   each, so that the same command repairs a folder whose writing was stopped.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::atomic::{sweep_all, write_whole};
use crate::error::FileError;
use crate::regular::{self, Links};
use flow_oa_schema::printable;

/// Why a folder was not written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It holds files that the command did not write, or that were edited since.
    #[error("{0}")]
    Foreign(String),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// What was done to a folder.
#[expect(missing_docs, reason = "the fields are what their names say")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Published {
    pub written: usize,
    pub unchanged: usize,
    /// The files of an earlier time that no longer belong to the folder.
    pub removed: Vec<String>,
}

/// The file that records which files a command wrote.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    /// The command that writes the folder.
    written_by: String,
    /// The hashes that each file may have.
    files: BTreeMap<String, BTreeSet<String>>,
}

/// The largest manifest that is read.
const LONGEST: u64 = 16 << 20;

/// The number of files that an error names.
const NAMED: usize = 3;

/// Writes the files of a folder, by their names, and removes those that `command` wrote earlier and that are not among
/// them. `manifest` is the name of the file that records this.
///
/// # Errors
/// If the folder holds anything else, or a file cannot be written. Nothing was changed if it holds anything else.
pub fn publish(
    folder: &Path,
    (manifest, command): (&str, &str),
    files: &BTreeMap<String, String>,
) -> Result<Published, FolderError> {
    let found = Found::read(folder, (manifest, command))?;
    let new: BTreeMap<String, BTreeSet<String>> =
        files.iter().map(|(name, text)| (name.clone(), BTreeSet::from([hash(text.as_bytes())]))).collect();
    let is_same = |name: &String| found.hashes.get(name).is_some_and(|hash| new[name].contains(hash));
    let removed: Vec<String> =
        found.hashes.keys().filter(|name| !files.contains_key(*name)).cloned().collect();
    let changed: Vec<&String> = files.keys().filter(|name| !is_same(name)).collect();
    let write = |files: &BTreeMap<String, BTreeSet<String>>| {
        let recorded = Manifest { written_by: command.to_owned(), files: files.clone() };
        let text = serde_json::to_string_pretty(&recorded).map_err(io::Error::other);
        write_whole(&folder.join(manifest), |out| writeln!(out, "{}", text?))
    };
    if found.is_complete && changed.is_empty() && removed.is_empty() {
        return Ok(Published { unchanged: files.len(), ..Published::default() });
    }
    let mut either = new.clone();
    for (name, hash) in &found.hashes {
        either.entry(name.clone()).or_default().insert(hash.clone());
    }
    write(&either)?;
    for name in &changed {
        write_whole(&folder.join(name), |out| out.write_all(files[*name].as_bytes()))?;
    }
    for name in &removed {
        let path = folder.join(name);
        std::fs::remove_file(&path).map_err(|error| FileError::Write { path, error })?;
    }
    write(&new)?;
    Ok(Published { written: changed.len(), unchanged: files.len() - changed.len(), removed })
}

/// What a folder holds, all of which the command wrote.
#[derive(Default)]
struct Found {
    /// The hash of each file.
    hashes: BTreeMap<String, String>,
    /// Whether the command that wrote it was not stopped.
    is_complete: bool,
}

impl Found {
    fn read(folder: &Path, (manifest, command): (&str, &str)) -> Result<Self, FolderError> {
        let shown = printable::path(folder);
        let mut names = match names(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(FileError::Write { path: folder.to_owned(), error }.into()),
            Ok(names) if names.is_empty() => return Ok(Self::default()),
            Ok(names) => names,
        };
        let Some(recorded) = recorded(&folder.join(manifest), command) else {
            return Err(FolderError::Foreign(format!(
                "{shown} is not empty, and `{command}` did not write it; name a new folder"
            )));
        };
        // Files that a stopped command left half-written.
        sweep_all(folder, |name| name == manifest || recorded.files.contains_key(name));
        names.retain(|name| name != manifest && folder.join(name).symlink_metadata().is_ok());
        let (mut hashes, mut foreign) = (BTreeMap::new(), Vec::new());
        for name in names {
            let known = recorded.files.get(&name);
            match known.and_then(|known| hash_of(&folder.join(&name)).filter(|hash| known.contains(hash))) {
                Some(hash) => drop(hashes.insert(name, hash)),
                None => foreign.push(name),
            }
        }
        let is_whole =
            |(name, known): (&String, &BTreeSet<String>)| known.len() == 1 && hashes.contains_key(name);
        let is_complete = recorded.files.iter().all(is_whole);
        match foreign.is_empty() {
            true => Ok(Self { hashes, is_complete }),
            false => Err(FolderError::Foreign(format!(
                "{shown} holds what `{command}` did not write, or what was changed since: {}; move it away, or name a new \
                 folder",
                listed(&foreign)
            ))),
        }
    }
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = std::fs::read_dir(folder)?;
    let name = |entry: io::Result<std::fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = entries.map(name).collect::<io::Result<_>>()?;
    names.sort();
    Ok(names)
}

/// The manifest of a folder that `command` wrote.
fn recorded(path: &Path, command: &str) -> Option<Manifest> {
    let mut text = String::new();
    opened(path)?.take(LONGEST).read_to_string(&mut text).ok()?;
    let manifest: Manifest = serde_json::from_str(&text).ok()?;
    (manifest.written_by == command).then_some(manifest)
}

/// A file itself: what a link points to was not written by the command.
fn opened(path: &Path) -> Option<File> {
    regular::opened(File::options().read(true), path, Links::Refused).ok()
}

fn hash_of(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    opened(path)?.read_to_end(&mut bytes).ok()?;
    Some(hash(&bytes))
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn listed(names: &[String]) -> String {
    let shown: Vec<_> = names.iter().take(NAMED).map(|name| printable::in_line(name)).collect();
    match names.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: (&str, &str) = ("manifest.json", "program write");

    fn files(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_folder_is_written_again_and_what_no_longer_belongs_to_it_is_removed() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("new/site");
        let first = publish(&folder, OWN, &files(&[("a", "1"), ("b", "1")])).unwrap();
        assert_eq!(first, Published { written: 2, ..Published::default() });
        let again = publish(&folder, OWN, &files(&[("a", "1"), ("b", "1")])).unwrap();
        assert_eq!(again, Published { unchanged: 2, ..Published::default() });
        let other = publish(&folder, OWN, &files(&[("a", "2"), ("c", "1")])).unwrap();
        assert_eq!(other, Published { written: 2, unchanged: 0, removed: vec!["b".to_owned()] });
        assert_eq!(names(&folder).unwrap(), ["a", "c", OWN.0]);
    }

    #[test]
    fn what_others_wrote_or_edited_stays() {
        for (name, text) in [("foreign", "1"), ("a", "edited")] {
            let folder = tempfile::tempdir().unwrap();
            publish(folder.path(), OWN, &files(&[("a", "1"), ("b", "1")])).unwrap();
            std::fs::write(folder.path().join(name), text).unwrap();
            let refused = publish(folder.path(), OWN, &files(&[("c", "1")])).unwrap_err();
            assert!(matches!(&refused, FolderError::Foreign(said) if said.contains(name)), "{refused}");
            assert_eq!(std::fs::read_to_string(folder.path().join(name)).unwrap(), text);
            assert!(folder.path().join("b").exists() && !folder.path().join("c").exists());
        }
    }

    #[test]
    fn a_folder_without_a_manifest_of_the_same_command_is_refused() {
        for manifest in ["", "{}", r#"{"written_by": "other", "files": {}}"#] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join(OWN.0), manifest).unwrap();
            publish(folder.path(), OWN, &files(&[("a", "1")])).unwrap_err();
            assert_eq!(names(folder.path()).unwrap(), [OWN.0]);
        }
    }

    #[test]
    fn a_link_is_not_followed_and_a_manifest_names_nothing_outside() {
        let home = tempfile::tempdir().unwrap();
        let (folder, precious) = (home.path().join("site"), home.path().join("precious"));
        std::fs::write(&precious, "1").unwrap();
        publish(&folder, OWN, &files(&[("a", "1")])).unwrap();
        let manifest = folder.join(OWN.0);
        let text = std::fs::read_to_string(&manifest).unwrap().replace("\"a\"", "\"../precious\"");
        std::fs::write(&manifest, text).unwrap();
        std::fs::remove_file(folder.join("a")).unwrap();
        publish(&folder, OWN, &files(&[("b", "1")])).unwrap();
        std::fs::remove_file(folder.join("b")).unwrap();
        std::os::unix::fs::symlink(&precious, folder.join("b")).unwrap();
        publish(&folder, OWN, &files(&[("b", "2")])).unwrap_err();
        assert_eq!(std::fs::read_to_string(&precious).unwrap(), "1");
    }

    #[test]
    fn a_folder_whose_writing_was_stopped_is_completed() {
        let folder = tempfile::tempdir().unwrap();
        publish(folder.path(), OWN, &files(&[("a", "1"), ("b", "1")])).unwrap();
        // As after a stop between the files: both contents are recorded, and one file is new.
        let manifest = folder.path().join(OWN.0);
        let mut recorded = recorded(&manifest, OWN.1).unwrap();
        recorded.files.values_mut().for_each(|known| known.extend([hash(b"2")]));
        std::fs::write(&manifest, serde_json::to_string(&recorded).unwrap()).unwrap();
        std::fs::write(folder.path().join("a"), "2").unwrap();
        std::fs::write(folder.path().join("b.1.part"), "half").unwrap();
        let done = publish(folder.path(), OWN, &files(&[("a", "2"), ("b", "2")])).unwrap();
        assert_eq!(done, Published { written: 1, unchanged: 1, removed: Vec::new() });
        assert_eq!(names(folder.path()).unwrap(), ["a", "b", OWN.0]);
        let again = publish(folder.path(), OWN, &files(&[("a", "2"), ("b", "2")])).unwrap();
        assert_eq!(again.unchanged, 2);
    }
}
