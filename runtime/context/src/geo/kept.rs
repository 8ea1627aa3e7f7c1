//! The location of a cached index, and the identity that distinguishes a file from a later file of the same name.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use flow_oa_files::regular;

/// The number of bytes at each end of a file that are hashed.
const ENDS: u64 = 64 * 1024;

/// The identity of a file: size, modification time, and a hash of its first and last bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    size: u64,
    modified: u128,
    ends: [u8; 32],
}

impl Identity {
    /// Reads the identity of a file.
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

    /// The identity as bytes, as it is stored in the index of the file.
    pub(super) fn bytes(&self) -> Vec<u8> {
        [self.size.to_le_bytes().as_slice(), &self.modified.to_le_bytes(), &self.ends].concat()
    }
}

/// The path in `folder` of the cached index of `file`.
pub(super) fn kept_at(folder: &Path, file: &Path) -> PathBuf {
    let full = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let hash = blake3::hash(full.as_os_str().as_encoded_bytes()).to_hex();
    folder.join(format!("geo-{}.index", &hash[..16]))
}
