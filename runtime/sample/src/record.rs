//! The record of the generated files in a folder: the hash of every file, stored before the file appears.
//!
//! A file that a user has edited or replaced no longer matches its hash, so it does not count as generated.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// The file that holds the record.
pub(super) const NAME: &str = ".flow_oa_sample.json";

/// Hashes (BLAKE3, hexadecimal) by the path of the file below the folder, with `/` between names.
#[derive(Debug, Default)]
pub struct Record {
    path: PathBuf,
    files: BTreeMap<String, BTreeSet<String>>,
}

impl Record {
    /// The record of a folder; empty if there is none, or if it cannot be read.
    pub fn of(dir: &Path) -> Self {
        let path = dir.join(NAME);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        Self { files: serde_json::from_str(&text).unwrap_or_default(), path }
    }

    /// Whether a file with this hash was written to `name`.
    pub fn has(&self, name: &str, hash: &str) -> bool {
        self.files.get(name).is_some_and(|file| file.contains(hash))
    }

    /// Records a file that is about to be put in place.
    ///
    /// # Errors
    /// If the record cannot be written.
    pub fn add(&mut self, name: &str, hash: String) -> io::Result<()> {
        if !self.files.entry(name.to_owned()).or_default().insert(hash) {
            return Ok(());
        }
        let part = self.path.with_extension("json.part");
        std::fs::write(&part, serde_json::to_string_pretty(&self.files)? + "\n")?;
        std::fs::rename(part, &self.path)
    }
}

/// The hash of a file.
///
/// # Errors
/// If the file cannot be read.
pub fn hash_of(path: &Path) -> io::Result<String> {
    let mut hash = blake3::Hasher::new();
    hash.update_reader(std::fs::File::open(path)?)?;
    Ok(hash.finalize().to_hex().to_string())
}
