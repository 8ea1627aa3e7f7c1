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

use crate::input::Compression;
use crate::whole_file::write_whole;

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
    /// Looks at a file; nothing where it is compressed, so that no byte of its text can be found.
    pub(super) fn of(path: &Path) -> io::Result<Option<Self>> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        let modified = metadata.modified()?.duration_since(UNIX_EPOCH).map_or(0, |it| it.as_nanos());
        let mut start = Vec::new();
        (&mut file).take(ENDS).read_to_end(&mut start)?;
        if Compression::of(&start).is_some() {
            return Ok(None);
        }
        let mut hash = blake3::Hasher::new();
        hash.update(&start);
        file.seek(SeekFrom::Start(metadata.len().saturating_sub(ENDS)))?;
        hash.update_reader(file.take(ENDS))?;
        Ok(Some(Self { size: metadata.len(), modified, ends: hash.finalize().into() }))
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
    /// Whether ranges were out of order or overlapped, so that no search can rely on the marks.
    useless: bool,
}

impl Marks {
    /// Sees the range of the line that begins at `offset`.
    pub(super) fn see(&mut self, first: IpAddr, last: IpAddr, offset: u64) {
        self.useless |= self.last.is_some_and(|it| it >= first);
        self.last = Some(last);
        let due = self.marks.last().is_none_or(|(_, it)| offset >= it + BLOCK);
        if due && !self.useless {
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
    /// The block that was read last: neighbours of an address are often in it too.
    block: Vec<u8>,
    block_at: Option<u64>,
}

impl Sorted {
    /// Opens `file` with the marks that are kept of it; none where there are none, or of another file.
    pub(super) fn open(folder: &Path, file: &Path, identity: &Identity) -> io::Result<Option<Self>> {
        let Some(marks) = std::fs::read(kept_at(folder, file)).ok().and_then(|it| read_marks(&it, identity))
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            file: File::open(file)?,
            marks,
            size: identity.size,
            block: Vec::new(),
            block_at: None,
        }))
    }

    /// The lines among which that of `ip` is, if it is in the file at all; nothing below the first line.
    pub(super) fn block(&mut self, ip: IpAddr) -> io::Result<Option<&[u8]>> {
        let ip = number(ip);
        let after = self.marks.partition_point(|(first, _)| *first <= ip);
        let Some(from) = after.checked_sub(1).map(|at| self.marks[at].1) else { return Ok(None) };
        if self.block_at != Some(from) {
            let to = self.marks.get(after).map_or(self.size, |(_, offset)| *offset);
            self.block_at = None;
            self.block.resize(usize::try_from(to.saturating_sub(from)).unwrap_or(0), 0);
            self.file.seek(SeekFrom::Start(from))?;
            self.file.read_exact(&mut self.block)?;
            self.block_at = Some(from);
        }
        Ok(Some(&self.block))
    }
}

/// The marks in a kept file, where they are whole and of the file that `identity` describes.
fn read_marks(bytes: &[u8], identity: &Identity) -> Option<Vec<(u128, u64)>> {
    let (body, hash) = bytes.split_last_chunk::<32>()?;
    let marks = body.strip_prefix(identity.bytes().as_slice()).filter(|_| blake3::hash(body) == *hash)?;
    let mark =
        |it: &[u8]| Some((u128::from_be_bytes(*it.first_chunk()?), u64::from_be_bytes(*it.last_chunk()?)));
    marks.chunks_exact(24).map(mark).collect()
}
