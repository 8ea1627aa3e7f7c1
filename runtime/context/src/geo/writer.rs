//! Builds the index of a geolocation file while the file is read, line by line.
//!
//! Memory holds the recent texts, one block of each kind, and the open ranges: it does not grow with a sorted file. The
//! ranges of an unsorted file are held until its end.

use std::hash::BuildHasher as _;
use std::io::{self, Write};

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::layout::{At, BLOCK, Directory, FOOTER, NOTHING, RECORD, TEXTS, checksum, is_short};
use super::line::{self, Parts};
use super::sweep::{Range, Step, Sweep};
use crate::ranges::number;

/// The maximum number of bytes of texts that are remembered, so that each is written once. After that they are
/// forgotten and may be written again, which only makes the index larger.
const REMEMBERED: usize = 32 * 1024 * 1024;

/// A batch of lines of a file, so that the reading thread and the indexing thread work at the same time.
#[derive(Default)]
pub(super) struct Lines {
    texts: String,
    lines: Vec<Line>,
}

/// A line: its range, and where its place and its owner end in the batch's texts.
struct Line {
    first: u128,
    last: u128,
    place: usize,
    owner: usize,
}

impl Lines {
    /// Adds a line; returns whether the batch is full.
    pub(super) fn push(&mut self, parts: &Parts<'_>) -> bool {
        const ENOUGH: usize = 4096;
        let (first, last) = (number(parts.range.first()), number(parts.range.last()));
        self.texts.push_str(parts.place);
        let place = self.texts.len();
        self.texts.push_str(parts.owner);
        self.lines.push(Line { first, last, place, owner: self.texts.len() });
        self.lines.len() >= ENOUGH || self.texts.len() >= 64 * ENOUGH
    }
}

/// Why a line was not accepted.
#[derive(Debug)]
pub(super) enum Refused {
    /// The index could not be written.
    Unwritten(io::Error),
    /// The line begins before the line above it, and the writer expects a sorted file.
    Unsorted,
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Unwritten(error)
    }
}

/// The order of the lines of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// By their first address.
    Sorted,
    /// In any order.
    Any,
}

/// An index that is being written.
pub(super) struct Writer<'a> {
    blocks: Blocks<'a>,
    texts: Texts,
    steps: Steps,
    sweep: Sweep,
    order: Order,
    held: Held,
    places: Names,
    owners: Names,
    count: u32,
    before: u128,
}

impl<'a> Writer<'a> {
    pub(super) fn new(out: &'a mut dyn Write, order: Order) -> Self {
        Self {
            blocks: Blocks { out, at: 0, directory: Directory::default() },
            texts: Texts::default(),
            steps: Steps::default(),
            sweep: Sweep::default(),
            order,
            held: Held::default(),
            places: Names::default(),
            owners: Names::default(),
            count: 0,
            before: 0,
        }
    }

    /// Adds the next lines of the file.
    pub(super) fn take(&mut self, lines: &Lines) -> Result<(), Refused> {
        let mut from = 0;
        for line in &lines.lines {
            let (place, owner) = (lines.texts.get(from..line.place), lines.texts.get(line.place..line.owner));
            from = line.owner;
            self.take_line(line.first, line.last, place.unwrap_or_default(), owner.unwrap_or_default())?;
        }
        Ok(())
    }

    fn take_line(&mut self, first: u128, last: u128, place: &str, owner: &str) -> Result<(), Refused> {
        if self.order == Order::Sorted && first < self.before {
            return Err(Refused::Unsorted);
        }
        let says = (self.place(place)?, self.owner(owner)?);
        let range = Range { first, number: self.count, last, says };
        self.before = first;
        self.count = self.count.checked_add(1).ok_or_else(too_large)?;
        match self.order {
            Order::Sorted => {
                self.sweep.come_to(range, &mut |step| self.steps.push(step, &mut self.blocks))?
            }
            Order::Any => self.held.push(range),
        }
        Ok(())
    }

    /// The number of a place.
    fn place(&mut self, text: &str) -> io::Result<u32> {
        self.places.number(text, |text| {
            let place = line::place_of(text).map_err(io::Error::other)?;
            self.texts.push(&place.name, &place.country, [place.latitude, place.longitude], &mut self.blocks)
        })
    }

    /// The number of an owner.
    fn owner(&mut self, text: &str) -> io::Result<u32> {
        self.owners.number(text, |text| {
            let (owner, domain) = line::owner_of(text).map_err(io::Error::other)?;
            self.texts.push(&owner, &domain, [None; 2], &mut self.blocks)
        })
    }

    /// Writes the rest of the index; `source` is stored as the identity of the indexed file.
    pub(super) fn end(mut self, source: &[u8]) -> io::Result<()> {
        let (steps, blocks) = (&mut self.steps, &mut self.blocks);
        let mut take = |step| steps.push(step, blocks);
        for range in self.held.sorted() {
            self.sweep.come_to(range, &mut take)?;
        }
        self.sweep.end(&mut take)?;
        self.steps.close(&mut self.blocks)?;
        self.texts.close(&mut self.blocks)?;
        let directory = self.blocks.directory.bytes(source);
        let mut footer = Vec::with_capacity(FOOTER);
        footer.extend(self.blocks.at.to_le_bytes());
        footer.extend((directory.len() as u64).to_le_bytes());
        footer.extend(blake3::hash(&directory).as_bytes());
        self.blocks.out.write_all(&directory)?;
        self.blocks.out.write_all(&footer)
    }
}

fn too_large() -> io::Error {
    io::Error::other("it holds more ranges or texts than an index can number: split it")
}

/// The blocks that were written.
struct Blocks<'a> {
    out: &'a mut dyn Write,
    at: u64,
    directory: Directory,
}

impl Blocks<'_> {
    fn write(&mut self, block: &[u8]) -> io::Result<At> {
        let length = u32::try_from(block.len()).map_err(|_| too_large())?;
        let at = At { offset: self.at, length, checksum: checksum(block) };
        self.out.write_all(block)?;
        self.at += u64::from(length);
        Ok(at)
    }
}

/// Numbers of texts, by their spelling in the file.
#[derive(Default)]
struct Names {
    known: HashTable<Name>,
    /// The remembered texts, concatenated.
    texts: String,
    hasher: FixedState,
    /// The last text requested: neighbouring ranges often have the same text.
    last: Option<Name>,
}

/// The position of a text, and its number.
#[derive(Clone, Copy)]
struct Name {
    from: u32,
    to: u32,
    number: u32,
}

impl Name {
    fn text(self, texts: &str) -> Option<&str> {
        texts.get(self.from as usize..self.to as usize)
    }
}

impl Names {
    /// The number of a text; `new` creates the number if the text is not known.
    fn number(&mut self, text: &str, new: impl FnOnce(&str) -> io::Result<u32>) -> io::Result<u32> {
        if let Some(last) = self.last.filter(|last| last.text(&self.texts) == Some(text)) {
            return Ok(last.number);
        }
        let hash = self.hasher.hash_one(text);
        let name = match self.known.find(hash, |name| name.text(&self.texts) == Some(text)) {
            Some(name) => *name,
            None => self.add(hash, text, new(text)?)?,
        };
        self.last = Some(name);
        Ok(name.number)
    }

    fn add(&mut self, hash: u64, text: &str, number: u32) -> io::Result<Name> {
        if self.texts.len() > REMEMBERED {
            self.known.clear();
            self.texts.clear();
        }
        let at = |length: usize| u32::try_from(length).map_err(|_| too_large());
        let name = Name { from: at(self.texts.len())?, to: at(self.texts.len() + text.len())?, number };
        self.texts.push_str(text);
        let (texts, hasher) = (&self.texts, &self.hasher);
        self.known.insert_unique(hash, name, |name| hasher.hash_one(name.text(texts).unwrap_or_default()));
        Ok(name)
    }
}

/// The block of texts that is being filled.
#[derive(Default)]
struct Texts {
    records: Vec<u8>,
    texts: String,
}

impl Texts {
    /// Adds a text of two parts and returns its number.
    fn push(
        &mut self,
        one: &str,
        two: &str,
        degrees: [Option<f64>; 2],
        blocks: &mut Blocks<'_>,
    ) -> io::Result<u32> {
        if self.records.len() == TEXTS * RECORD || self.records.len() + self.texts.len() >= BLOCK {
            self.close(blocks)?;
        }
        let index = (self.records.len() / RECORD) as u32;
        let block = u32::try_from(blocks.directory.texts.len()).map_err(|_| too_large())?;
        let number = block.checked_mul(TEXTS as u32).and_then(|first| first.checked_add(index));
        let number = number.filter(|number| *number != NOTHING).ok_or_else(too_large)?;
        self.texts.push_str(one);
        let split = self.texts.len() as u32;
        self.texts.push_str(two);
        self.records.extend((self.texts.len() as u32).to_le_bytes());
        self.records.extend(split.to_le_bytes());
        degrees.iter().for_each(|degree| self.records.extend(degree.unwrap_or(f64::NAN).to_le_bytes()));
        Ok(number)
    }

    fn close(&mut self, blocks: &mut Blocks<'_>) -> io::Result<()> {
        if self.records.is_empty() {
            return Ok(());
        }
        let count = (self.records.len() / RECORD) as u32;
        let block = [&count.to_le_bytes(), self.records.as_slice(), self.texts.as_bytes()].concat();
        let at = blocks.write(&block)?;
        blocks.directory.texts.push(at);
        self.records.clear();
        self.texts.clear();
        Ok(())
    }
}

/// The block of steps that is being filled.
#[derive(Default)]
struct Steps {
    bytes: Vec<u8>,
    first: u128,
}

impl Steps {
    fn push(&mut self, (from, says): Step, blocks: &mut Blocks<'_>) -> io::Result<()> {
        let is_other_family = is_short(from) != is_short(self.first);
        if self.bytes.len() >= BLOCK || is_other_family {
            self.close(blocks)?;
        }
        if self.bytes.is_empty() {
            self.first = from;
        }
        match u32::try_from(from) {
            Ok(short) => self.bytes.extend(short.to_le_bytes()),
            Err(_) => self.bytes.extend(from.to_le_bytes()),
        }
        let (place, owner) = says.unwrap_or((NOTHING, NOTHING));
        self.bytes.extend(place.to_le_bytes());
        self.bytes.extend(owner.to_le_bytes());
        Ok(())
    }

    fn close(&mut self, blocks: &mut Blocks<'_>) -> io::Result<()> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let at = blocks.write(&self.bytes)?;
        blocks.directory.steps.push((self.first, at));
        self.bytes.clear();
        Ok(())
    }
}

/// Ranges of an unsorted file; IPv4 ranges in 20 bytes each: first, number, last, place, owner.
#[derive(Default)]
struct Held {
    short: Vec<[u32; 5]>,
    long: Vec<Range>,
}

impl Held {
    fn push(&mut self, range: Range) {
        let Range { first, number, last, says: (place, owner) } = range;
        match (u32::try_from(first), u32::try_from(last)) {
            (Ok(first), Ok(last)) => self.short.push([first, number, last, place, owner]),
            _ => self.long.push(range),
        }
    }

    fn sorted(&mut self) -> impl Iterator<Item = Range> {
        self.short.sort_unstable();
        self.long.sort_unstable();
        let short = std::mem::take(&mut self.short).into_iter();
        let wide = |[first, number, last, place, owner]: [u32; 5]| Range {
            first: first.into(),
            number,
            last: last.into(),
            says: (place, owner),
        };
        short.map(wide).chain(std::mem::take(&mut self.long))
    }
}
