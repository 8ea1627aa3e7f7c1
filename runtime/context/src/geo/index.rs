//! Looks addresses up in the index of a geolocation file.
//!
//! The file is read by position, one block at a time. The block of steps that was read last stays in memory, which is
//! best for addresses in ascending order, and so does a limited number of blocks of texts. Nothing is memory-mapped, so
//! a damaged or truncated file leads to an error and not to a signal.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::net::IpAddr;
use std::path::Path;

use flow_oa_core::address;

use super::Known;
use super::layout::{At, Directory, FOOTER, NOTHING, RECORD, TEXT_BITS, TEXTS, checksum, is_short};
use super::sweep::{Says, Step};
use crate::ranges::number;
use flow_oa_files::regular;

/// The maximum number of bytes of texts that are cached.
const KEPT: usize = 16 * 1024 * 1024;

/// How many steps after the last match are compared one by one before a binary search.
const NEAR: usize = 8;

/// An open index.
pub(super) struct Index {
    file: File,
    directory: Directory,
    /// The block of steps that was read last, and the addresses that it covers.
    steps: Vec<u8>,
    block: std::ops::Range<u128>,
    /// The position of the last matching step.
    at: usize,
    texts: Vec<Option<Texts>>,
    /// Cached blocks of texts, in the order in which they were read.
    kept: VecDeque<usize>,
    /// The total size of the cached blocks in bytes.
    size: usize,
    bytes: Vec<u8>,
    found: Option<Says>,
}

impl Index {
    /// Opens the index at `path`; `None` if it is incomplete or does not belong to `source`.
    pub(super) fn open(path: &Path, source: &[u8]) -> Option<Self> {
        Self::of(regular::open(path).ok()?, source).ok()
    }

    /// An index in a file that is already open.
    ///
    /// # Errors
    /// If it cannot be read, is incomplete, or does not belong to `source`.
    pub(super) fn of(file: File, source: &[u8]) -> io::Result<Self> {
        let end = file.metadata()?.len().checked_sub(FOOTER as u64).ok_or_else(damaged)?;
        let mut footer = [0; FOOTER];
        read_at(&file, &mut footer, end)?;
        let (from, rest) = footer.split_first_chunk().ok_or_else(damaged)?;
        let (length, hash) = rest.split_first_chunk().ok_or_else(damaged)?;
        let (from, length) = (u64::from_le_bytes(*from), u64::from_le_bytes(*length));
        if from.checked_add(length) != Some(end) {
            return Err(damaged());
        }
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| damaged())?];
        read_at(&file, &mut bytes, from)?;
        let is_whole = blake3::hash(&bytes).as_bytes().as_slice() == hash;
        let directory = Directory::read(&bytes, source).filter(|_| is_whole).ok_or_else(damaged)?;
        Ok(Self::fresh(file, directory))
    }

    /// A second reader of the same index, for another thread.
    ///
    /// # Errors
    /// If the file handle cannot be duplicated.
    pub(super) fn again(&self) -> io::Result<Self> {
        Ok(Self::fresh(self.file.try_clone()?, self.directory.clone()))
    }

    /// An index of which only the directory has been read.
    fn fresh(file: File, directory: Directory) -> Self {
        let texts = directory.texts.iter().map(|_| None).collect();
        Self {
            file,
            directory,
            steps: Vec::new(),
            block: 0..0,
            at: 0,
            texts,
            kept: VecDeque::new(),
            size: 0,
            bytes: Vec::new(),
            found: None,
        }
    }

    /// Looks up an address, or the IPv4 address that it represents; [`Self::known`] then returns the result.
    ///
    /// # Errors
    /// If the index cannot be read or is damaged.
    pub(super) fn seek(&mut self, ip: IpAddr) -> io::Result<()> {
        let IpAddr::V6(six) = ip else { return self.seek_at(number(ip)) };
        self.found = None;
        if let Some(four) = address::carried(six) {
            self.seek_at(number(four.into()))?;
        }
        // In the file, integers below 2^32 are IPv4.
        if self.found.is_some() || is_short(number(ip)) {
            return Ok(());
        }
        self.seek_at(number(ip))
    }

    /// Looks up an address by its integer.
    fn seek_at(&mut self, address: u128) -> io::Result<()> {
        self.found = None;
        if !self.block.contains(&address) && !self.read_steps(address)? {
            return Ok(());
        }
        let Some(says) = self.step(address) else { return Ok(()) };
        if !self.has(says.0) || !self.has(says.1) {
            self.read_texts(says)?;
        }
        self.found = Some(says);
        Ok(())
    }

    /// The result of the last [`Self::seek`]; `None` if the file has no entry for the address.
    pub(super) fn known(&self) -> Option<Known<'_>> {
        let (place, owner) = self.found?;
        let (place, owner) = (self.text(place)?, self.text(owner)?);
        Some(Known {
            place: place.one.into(),
            country: place.two,
            latitude: place.degrees[0],
            longitude: place.degrees[1],
            owner: owner.one,
            domain: owner.two,
        })
    }

    /// Place and owner from the step that covers an address of the current block.
    fn step(&mut self, address: u128) -> Option<Says> {
        if is_short(self.block.start) {
            find(self.steps.as_chunks().0, &mut self.at, address, short_step)
        } else {
            find(self.steps.as_chunks().0, &mut self.at, address, long_step)
        }
    }

    /// Reads the block of steps that covers an address; false if there is none.
    fn read_steps(&mut self, address: u128) -> io::Result<bool> {
        let after = self.directory.steps.partition_point(|step| step.0 <= address);
        let Some((first, at)) = after.checked_sub(1).and_then(|before| self.directory.steps.get(before))
        else {
            return Ok(false);
        };
        // If reading fails, no block is loaded.
        self.block = 0..0;
        read_block(&self.file, *at, &mut self.steps)?;
        self.at = 0;
        self.block = *first..self.directory.steps.get(after).map_or(u128::MAX, |it| it.0);
        Ok(true)
    }

    /// Loads the blocks of a place and an owner.
    fn read_texts(&mut self, (place, owner): Says) -> io::Result<()> {
        let wanted = [block_of(place), block_of(owner)];
        for block in wanted {
            if self.texts.get(block).is_none_or(Option::is_none) {
                let at = *self.directory.texts.get(block).ok_or_else(damaged)?;
                read_block(&self.file, at, &mut self.bytes)?;
                let texts = Texts::read(&self.bytes).ok_or_else(damaged)?;
                *self.texts.get_mut(block).ok_or_else(damaged)? = Some(texts);
                self.kept.push_back(block);
                self.size += at.length as usize;
            }
        }
        // Both of these blocks stay cached, however large they are.
        while self.size > KEPT
            && self.kept.len() > wanted.len()
            && let Some(oldest) = self.kept.pop_front()
        {
            if wanted.contains(&oldest) {
                self.kept.push_back(oldest);
            } else if let Some(texts) = self.texts.get_mut(oldest) {
                *texts = None;
                self.size -= self.directory.texts.get(oldest).map_or(0, |text| text.length as usize);
            }
        }
        if self.has(place) && self.has(owner) { Ok(()) } else { Err(damaged()) }
    }

    /// Whether a text is in memory.
    fn has(&self, text: u32) -> bool {
        let block = self.texts.get(block_of(text)).and_then(Option::as_ref);
        block.is_some_and(|block| (text as usize % TEXTS) < block.records.len())
    }

    fn text(&self, number: u32) -> Option<Text<'_>> {
        self.texts.get(block_of(number))?.as_ref()?.get(number as usize % TEXTS)
    }
}

/// The content of the step for an address among `steps`. `at` is the position of the last match and is updated.
fn find<const N: usize>(
    steps: &[[u8; N]],
    at: &mut usize,
    address: u128,
    read: impl Fn(&[u8; N]) -> Step,
) -> Option<Says> {
    let is_reached = |step: &[u8; N]| read(step).0 <= address;
    if !steps.get(*at).is_some_and(is_reached) {
        *at = 0;
    }
    let rest = steps.get(*at..)?;
    let near = rest.iter().take(NEAR).take_while(|step| is_reached(step)).count();
    let before = if near < NEAR { near } else { rest.partition_point(is_reached) };
    *at += before.checked_sub(1)?;
    read(steps.get(*at)?).1
}

fn block_of(text: u32) -> usize {
    (text >> TEXT_BITS) as usize
}

fn says(place: &[u8; 4], owner: &[u8; 4]) -> Option<Says> {
    let (place, owner) = (u32::from_le_bytes(*place), u32::from_le_bytes(*owner));
    (place != NOTHING).then_some((place, owner))
}

fn short_step(bytes: &[u8; 12]) -> Step {
    let [a, b, c, d, p, q, r, s, o, v, w, x] = *bytes;
    (u32::from_le_bytes([a, b, c, d]).into(), says(&[p, q, r, s], &[o, v, w, x]))
}

fn long_step(bytes: &[u8; 24]) -> Step {
    let (first, rest) = bytes.split_first_chunk().unwrap_or((&[0; 16], &[]));
    let (place, owner) = rest.split_first_chunk().unwrap_or((&[0; 4], &[]));
    (u128::from_le_bytes(*first), says(place, owner.first_chunk().unwrap_or(&[0; 4])))
}

/// A block of texts.
struct Texts {
    records: Vec<[u8; RECORD]>,
    texts: String,
}

/// A text of two parts, and the degrees of a place.
struct Text<'a> {
    one: &'a str,
    two: &'a str,
    degrees: [Option<f64>; 2],
}

impl Texts {
    fn read(block: &[u8]) -> Option<Self> {
        let (count, rest) = block.split_first_chunk()?;
        let length = (u32::from_le_bytes(*count) as usize).checked_mul(RECORD)?;
        let (records, texts) = rest.split_at_checked(length)?;
        let (records, _) = records.as_chunks();
        let block = Self { records: records.to_vec(), texts: String::from_utf8(texts.to_vec()).ok()? };
        (0..block.records.len()).all(|index| block.get(index).is_some()).then_some(block)
    }

    fn get(&self, index: usize) -> Option<Text<'_>> {
        let start = match index.checked_sub(1) {
            Some(before) => end_of(self.records.get(before)?)?,
            None => 0,
        };
        let record = self.records.get(index)?;
        let (end, rest) = (end_of(record)?, &record[4..]);
        let (split, rest) = rest.split_first_chunk()?;
        let (latitude, longitude) = rest.split_first_chunk()?;
        let split = u32::from_le_bytes(*split) as usize;
        let degrees = |bytes: &[u8; 8]| Some(f64::from_le_bytes(*bytes)).filter(|degrees| !degrees.is_nan());
        Some(Text {
            one: self.texts.get(start..split)?,
            two: self.texts.get(split..end)?,
            degrees: [degrees(latitude), degrees(longitude.first_chunk()?)],
        })
    }
}

fn end_of(record: &[u8; RECORD]) -> Option<usize> {
    Some(u32::from_le_bytes(*record.first_chunk()?) as usize)
}

fn read_block(file: &File, at: At, into: &mut Vec<u8>) -> io::Result<()> {
    into.resize(at.length as usize, 0);
    read_at(file, into, at.offset)?;
    if checksum(into) == at.checksum { Ok(()) } else { Err(damaged()) }
}

#[cfg(unix)]
fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, into, offset)
}

#[cfg(not(unix))]
fn read_at(mut file: &File, into: &mut [u8], offset: u64) -> io::Result<()> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(into)
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the index kept of it is damaged, or of another file")
}
