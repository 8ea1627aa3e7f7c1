//! A sparse index of a large sorted file of ranges: where in the file every sixteen kilobytes begin, by the
//! first address there. With it a run reads a few blocks instead of millions of lines.
//!
//! It is made on the way while a file is read from end to end for the first time, and kept in a file of its
//! own. It is believed only for the file that it was made of: same size, same time of change, same first and
//! last bytes. What is read by it is held against the format again, so a wrong index can give an error but no
//! wrong answer.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::rejects::write_whole;

/// Bytes between two marks.
const BLOCK: u64 = 16 * 1024;

/// Bytes at both ends of a file that are hashed.
const ENDS: u64 = 64 * 1024;

const MAGIC: &[u8; 16] = b"flow-oa ranges 1";

/// What tells a file from its successor of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    size: u64,
    modified: u128,
    ends: [u8; 32],
}

impl Identity {
    /// Looks at a file.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        let modified = metadata.modified()?.duration_since(UNIX_EPOCH).map_or(0, |it| it.as_nanos());
        let mut hash = blake3::Hasher::new();
        hash.update_reader((&mut file).take(ENDS))?;
        file.seek(SeekFrom::Start(metadata.len().saturating_sub(ENDS)))?;
        hash.update_reader(file.take(ENDS))?;
        Ok(Self { size: metadata.len(), modified, ends: hash.finalize().into() })
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.size.to_be_bytes());
        bytes.extend(self.modified.to_be_bytes());
        bytes.extend(self.ends);
        bytes
    }
}

/// The first address of a line, and the byte at which the line begins.
type Mark = (IpAddr, u64);

/// Collects marks while a file is read from its first line to its last.
#[derive(Debug, Default)]
pub(super) struct Marks {
    marks: Vec<Mark>,
    last: Option<IpAddr>,
    /// Whether lines were out of order, overlapped or were no plain lines, so that no search can rely on them.
    useless: bool,
}

impl Marks {
    /// Sees the range of the line that begins at `offset`; none where that is not known.
    pub(super) fn see(&mut self, first: IpAddr, last: IpAddr, offset: Option<u64>) {
        self.useless |= offset.is_none() || self.last.is_some_and(|it| it >= first);
        self.last = Some(last);
        let Some(offset) = offset.filter(|_| !self.useless) else { return };
        if self.marks.last().is_none_or(|(_, it)| offset >= it + BLOCK) {
            self.marks.push((first, offset));
        }
    }

    /// Keeps the marks of `file` in `folder`. Without them the next run reads the whole file again, so a
    /// folder that cannot be written is no fault.
    pub(super) fn keep(self, folder: &Path, file: &Path, identity: &Identity) {
        if self.useless {
            return;
        }
        let mut bytes = identity.bytes();
        for (first, offset) in &self.marks {
            bytes.extend(number(*first).to_be_bytes());
            bytes.extend(offset.to_be_bytes());
        }
        let hash = blake3::hash(&bytes);
        let _ = write_whole(&kept_at(folder, file), |out| {
            out.write_all(&bytes)?;
            out.write_all(hash.as_bytes())
        });
    }
}

/// Where the marks of a file are kept.
fn kept_at(folder: &Path, file: &Path) -> PathBuf {
    let full = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let hash = blake3::hash(full.as_os_str().as_encoded_bytes()).to_hex();
    folder.join(format!("ranges-{}.index", &hash[..16]))
}

/// Addresses in their order as numbers: IPv4 before IPv6.
fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(it) => u128::from(it.to_bits()),
        IpAddr::V6(it) => it.to_bits(),
    }
}

/// A sorted file and its marks.
pub(super) struct Sorted {
    file: File,
    marks: Vec<(u128, u64)>,
    size: u64,
}

impl Sorted {
    /// Opens `file` with the marks that are kept of it; none where there are none, or of another file.
    pub(super) fn open(folder: &Path, file: &Path, identity: &Identity) -> io::Result<Option<Self>> {
        let Ok(bytes) = std::fs::read(kept_at(folder, file)) else { return Ok(None) };
        let Some((body, hash)) = bytes.split_last_chunk::<32>() else { return Ok(None) };
        let marks = body.strip_prefix(identity.bytes().as_slice()).filter(|_| blake3::hash(body) == *hash);
        let Some(marks) = marks else { return Ok(None) };
        let mark = |it: &[u8]| Some((u128::from_be_bytes(*it.first_chunk()?), u64::from_be_bytes(*it.last_chunk()?)));
        let marks = marks.chunks_exact(24).filter_map(mark).collect();
        Ok(Some(Self { file: File::open(file)?, marks, size: identity.size }))
    }

    /// The lines among which that of `ip` is, where it is in the file; and the byte at which they begin.
    pub(super) fn block(&mut self, ip: IpAddr) -> io::Result<Option<(u64, Vec<u8>)>> {
        let ip = number(ip);
        let after = self.marks.partition_point(|(first, _)| *first <= ip);
        let Some(from) = after.checked_sub(1).map(|at| self.marks[at].1) else { return Ok(None) };
        let to = self.marks.get(after).map_or(self.size, |(_, offset)| *offset);
        let mut block = vec![0; usize::try_from(to - from).unwrap_or(0)];
        self.file.seek(SeekFrom::Start(from))?;
        self.file.read_exact(&mut block)?;
        Ok(Some((from, block)))
    }
}
