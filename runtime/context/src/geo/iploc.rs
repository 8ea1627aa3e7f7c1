//! A file in the format of Spot's `iploc.csv`: ten columns without a header. They are the first and last address of a
//! range as integers, country code, country, state, city, latitude, longitude, owner and domain. Integers up to 2^32-1
//! are IPv4, larger ones IPv6.
//!
//! Such a file has millions of ranges, and a run looks up a few thousand addresses. The file is read once, every line
//! is validated, and an index is built at the same time, which later runs search. If the input cannot be read twice, or
//! no index can be cached, the index is in a temporary file without a name.

use std::io::{self, BufWriter, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, SyncSender};

use flow_oa_core::{ContextError, Evidence};

use super::index::Index;
use super::kept::{Identity, kept_at};
use super::line::{self, geo_of};
use super::writer::{self, Order, Refused, Writer};
use super::{Known, WHAT, said};
use crate::evidence::{Finder, Says};
use crate::ranges::IpRange;
use crate::review::Review;
use crate::{Reviewed, open_lines, read_lines};
use flow_oa_files::atomic::write_kept;
use flow_oa_files::text::Lines;

/// The maximum number of overlaps reported per file.
const OVERLAPS: usize = 50;

/// The number of batches that may wait between the reading thread and the writing thread.
const WAITING: usize = 4;

/// A geolocation file in this format.
pub(super) struct Iploc {
    path: PathBuf,
    /// The lines of an input that is not a regular file, such as a pipe, and can be opened only once. `None` after they
    /// are read.
    lines: Option<Lines>,
    /// The folder where the index is cached.
    cache: Option<PathBuf>,
    /// The index, and the identity of the file that it was built from.
    index: Option<(Index, Option<Identity>)>,
}

/// Why an index could not be built.
enum Failed {
    Context(ContextError),
    Unwritten(io::Error),
    Unsorted,
}

impl Iploc {
    /// Checks that the file can be opened.
    pub(super) fn open(path: &Path, cache: Option<&Path>) -> Result<Self, ContextError> {
        let lines = open_lines(WHAT, path)?;
        let lines = if path.is_file() { None } else { Some(lines) };
        Ok(Self { path: path.to_owned(), lines, cache: cache.map(Path::to_owned), index: None })
    }

    /// A source that reads `lines`, which can be read only once.
    pub(super) fn of(path: &Path, lines: Lines) -> Self {
        Self { path: path.to_owned(), lines: Some(lines), cache: None, index: None }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn unread(&self, error: io::Error) -> ContextError {
        ContextError::Read { what: WHAT, path: self.path.clone(), error }
    }

    /// Loads the index of the file in its current state, or builds it.
    pub(super) fn begin(&mut self) -> Result<(), ContextError> {
        let identity = self.identity()?;
        if self.index.as_ref().is_some_and(|(_, of)| *of == identity) {
            return Ok(());
        }
        let kept = self.kept().zip(identity.as_ref());
        if let Some(index) = kept.and_then(|(path, identity)| Index::open(&path, &identity.bytes())) {
            self.index = Some((index, identity));
            return Ok(());
        }
        self.make(identity)
    }

    /// The identity of the file; `None` if the input is not a regular file, or was passed as lines.
    fn identity(&self) -> Result<Option<Identity>, ContextError> {
        if self.lines.is_some() || !self.path.is_file() {
            return Ok(None);
        }
        Identity::of(&self.path).map(Some).map_err(|error| self.unread(error))
    }

    fn kept(&self) -> Option<PathBuf> {
        self.cache.as_ref().map(|folder| kept_at(folder, &self.path))
    }

    /// Rejects the answers if the file has changed in the meantime.
    pub(super) fn end(&self) -> Result<(), ContextError> {
        match &self.index {
            Some((_, of)) if of.is_some() && self.identity()? != *of => {
                Err(self.unread(io::Error::other("the file changed while it was read; run again")))
            }
            _ => Ok(()),
        }
    }

    /// The entry of the file for an address.
    pub(super) fn look_up(&mut self, ip: IpAddr) -> Result<Option<Known<'_>>, ContextError> {
        let Some((index, _)) = &mut self.index else { return Ok(None) };
        if index.seek(ip).is_err() {
            // If a look-up fails, the index is rebuilt from the file. That repairs it, or reports the invalid line.
            let identity = self.identity()?;
            self.make(identity)?;
            let sought = self.index.as_mut().map_or(Ok(()), |(index, _)| index.seek(ip));
            sought.map_err(|error| self.unread(error))?;
        }
        Ok(self.index.as_ref().and_then(|(index, _)| index.known()))
    }

    /// A second reader of the index, for another thread.
    pub(super) fn again(&self) -> Option<Index> {
        self.index.as_ref()?.0.again().ok()
    }

    /// Reads the whole file and builds its index.
    fn make(&mut self, identity: Option<Identity>) -> Result<(), ContextError> {
        self.index = None;
        let source = identity.as_ref().map(Identity::bytes).unwrap_or_default();
        let index = match self.lines.take() {
            Some(lines) => self.unnamed(lines, Order::Any, &source),
            None => match self.attempt(Order::Sorted, &source) {
                Err(Failed::Unsorted) => self.attempt(Order::Any, &source),
                done => done,
            },
        };
        let index = index.map_err(|failed| match failed {
            Failed::Context(error) => error,
            Failed::Unwritten(error) => {
                let error = format!(
                    "making an index of it: {error}; see to it that the folder for temporary files has room"
                );
                self.unread(io::Error::other(error))
            }
            Failed::Unsorted => {
                self.unread(io::Error::other("the file changed while it was read; run again"))
            }
        })?;
        self.index = Some((index, identity));
        // If the file was written to while it was read, the index must not be used later.
        let ended = self.end();
        if ended.is_err() {
            self.index = None;
        }
        ended
    }

    /// Builds an index in the cache folder, or in a temporary file if the folder cannot be written to.
    fn attempt(&self, order: Order, source: &[u8]) -> Result<Index, Failed> {
        let lines = || open_lines(WHAT, &self.path).map_err(Failed::Context);
        if let Some(kept) = self.kept().filter(|_| !source.is_empty()) {
            let (lines, mut failed) = (lines()?, None);
            let written = write_kept(&kept, |out| {
                self.build(lines, order, out, source).map_err(|error| {
                    failed = Some(error);
                    io::Error::other("stopped")
                })
            });
            match failed {
                None | Some(Failed::Unwritten(_)) => {}
                Some(other) => {
                    // The folder was created for the index: remove it if it is empty.
                    let _ = kept.parent().map(std::fs::remove_dir);
                    return Err(other);
                }
            }
            if let Some(index) = written.ok().and_then(|()| Index::open(&kept, source)) {
                return Ok(index);
            }
        }
        self.unnamed(lines()?, order, source)
    }

    /// Builds an index in a temporary file without a name, which is gone when the process ends.
    fn unnamed(&self, lines: Lines, order: Order, source: &[u8]) -> Result<Index, Failed> {
        let mut out = BufWriter::new(tempfile::tempfile().map_err(Failed::Unwritten)?);
        self.build(lines, order, &mut out, source)?;
        let file = out.into_inner().map_err(|error| Failed::Unwritten(error.into_error()))?;
        Index::of(file, source).map_err(Failed::Unwritten)
    }

    /// Builds an index: one thread reads and validates lines, the other writes.
    fn build(&self, lines: Lines, order: Order, out: &mut dyn Write, source: &[u8]) -> Result<(), Failed> {
        let (send, receive) = mpsc::sync_channel(WAITING);
        std::thread::scope(|scope| {
            let path = self.path.as_path();
            let read = move || read_into(path, lines, &send);
            let read = std::thread::Builder::new().spawn_scoped(scope, read).map_err(Failed::Unwritten)?;
            let mut writer = Writer::new(out, order);
            let taken = receive.iter().try_for_each(|lines| writer.take(&lines));
            drop(receive);
            let read = read.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            taken.map_err(|refused| match refused {
                Refused::Unwritten(error) => Failed::Unwritten(error),
                Refused::Unsorted => Failed::Unsorted,
            })?;
            read.map_err(Failed::Context)?;
            writer.end(source).map_err(Failed::Unwritten)
        })
    }

    /// The line that matches.
    pub(super) fn explain(&self, ip: IpAddr) -> Result<Option<Evidence>, ContextError> {
        let finder = Finder::of(ip).read(WHAT, &self.path, |line| {
            let parts = line::parts(line)?;
            let says = if parts.range.holds(ip) { said(&geo_of(&parts)?) } else { Says::new() };
            Ok(Some((parts.range, says)))
        })?;
        Ok(finder.found())
    }
}

/// Reads a whole file and passes its lines on, until the receiver stops.
fn read_into(path: &Path, lines: Lines, to: &SyncSender<writer::Lines>) -> Result<(), ContextError> {
    let mut waiting = writer::Lines::default();
    read_lines(path, lines, |line, _| {
        let is_enough = waiting.push(&line::parts(line)?);
        if is_enough {
            // The receiver has stopped because of its own error, which takes precedence over this one.
            to.send(std::mem::take(&mut waiting)).map_err(|_| String::new())?;
        }
        Ok(())
    })?;
    let _ = to.send(waiting);
    Ok(())
}

/// Checks every line. In a sorted file, overlaps are found line by line with bounded memory. A file that is not sorted
/// is reported as such.
pub(super) fn review(path: &Path) -> Result<Reviewed, ContextError> {
    let (mut before, mut unsorted, mut overlapping) = (None::<(IpRange, u64)>, None, Vec::new());
    let mut odd = Vec::new();
    let mut review = Review::of(WHAT, path, |line, number| {
        let parts = line::parts(line)?;
        let range = parts.range;
        if odd.len() < OVERLAPS {
            odd.extend(line::odd_place(parts.place).map(|oddity| (number, oddity)));
        }
        if let Some((other, other_line)) = before {
            if range.first() < other.first() {
                unsorted = unsorted.or(Some(number));
            } else if range.first() <= other.last() && overlapping.len() < OVERLAPS {
                overlapping.push((number, other_line, range.first()));
            }
        }
        let reaches_further = before.is_none_or(|(other, _)| range.last() > other.last());
        before = if reaches_further { Some((range, number)) } else { before };
        Ok(1)
    })?;
    for (line, oddity) in odd {
        review.warn(line, oddity);
    }
    match unsorted {
        Some(line) => review.warn(
            line,
            "the file is not sorted by its first column from here on, so its first use takes more memory, and what \
             overlaps is not looked for: sort it (`sort -t '\"' -k 2n`)"
                .to_owned(),
        ),
        None => {
            for (line, other, first) in overlapping {
                review.warn(line, format!("overlaps line {other}: {first} is in both; correct the ends"));
            }
        }
    }
    Ok(review.done())
}
