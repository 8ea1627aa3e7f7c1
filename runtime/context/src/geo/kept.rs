//! Where the index of a file is kept, and what tells the file from its successor of the same name.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use flow_oa_files::regular;

/// Bytes at both ends of a file that are hashed.
const ENDS: u64 = 64 * 1024;

/// What a file is known by: size, time of change, first and last bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    size: u64,
    modified: u128,
    ends: [u8; 32],
}

impl Identity {
    /// Looks at a file.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let mut file = regular::open(path)?;
        let metadata = file.metadata()?;
        let modified = metadata.modified()?.duration_since(UNIX_EPOCH).map_or(0, |it| it.as_nanos());
        let mut hash = blake3::Hasher::new();
        hash.update_reader((&mut file).take(ENDS))?;
        file.seek(SeekFrom::Start(metadata.len().saturating_sub(ENDS)))?;
        hash.update_reader(file.take(ENDS))?;
        Ok(Self { size: metadata.len(), modified, ends: hash.finalize().into() })
    }

    /// The same for the index that is made of the file.
    pub(super) fn bytes(&self) -> Vec<u8> {
        [self.size.to_le_bytes().as_slice(), &self.modified.to_le_bytes(), &self.ends].concat()
    }
}

/// Where the index of `file` is kept in `folder`.
pub(super) fn kept_at(folder: &Path, file: &Path) -> PathBuf {
    let full = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let hash = blake3::hash(full.as_os_str().as_encoded_bytes()).to_hex();
    folder.join(format!("geo-{}.index", &hash[..16]))
}
