//! Where addresses are, from one or several files: in the format of Spot's `iploc.csv`, or databases in MaxMind's.
//!
//! Files are asked in their order. The first that knows the place of an address gives it, with its degrees and its country (or the first that knows that), the first
//! that knows the owner gives that, and so with the domain. The text is the same whatever they are: `State;City Owner`.
//!
//! # Decisions
//!
//! - **Geolocation is read once and searched after that.** Every line is held against the format while one thread reads
//!   and one makes an index: what overlaps resolved into steps (from this address on this place and this owner), 12
//!   bytes a step, and each text once, near those of its neighbours. Blocks of 16 KiB with checksums, a directory with
//!   a hash: a damaged index is rebuilt, and one is believed only for a file of the same size, time and first and last
//!   bytes. Later runs read blocks by position, of the texts 16 MB at most; nothing is mapped, so a file that is cut
//!   gives an error and no signal. Ranges of a file that is not sorted are held in 20 bytes each while the index is
//!   made. What is no file has its index in a file without a name.
//! - **MaxMind's databases are read into memory by the crate `maxminddb`**, which bounds depth and work of a record; a
//!   test damages databases and asks them. One type of record takes whatever facts are there, so there is no list of
//!   products; a type that can have none is refused by its name.
//! - **Several geolocation files are asked in order**, each fact from the first that knows it: the place with its
//!   degrees and its country, the owner, the domain. The code of the country is the second part of the text of its
//!   place, so that one look-up reads no more.

mod import;
mod index;
mod iploc;
mod kept;
mod layout;
mod line;
mod mmdb;
mod parts;
mod sweep;
mod writer;

use std::borrow::Cow;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flow_oa_core::{ContextError, ContextSource, Evidence, Geo, Subject};
use flow_oa_schema::context::{Fact, GeoFact};

use super::evidence::Says;
use super::{ContextFiles, Reviewed, Sources};
use flow_oa_files::text::Lines;
pub use import::{Format, ImportError, Imported, import};
use iploc::Iploc;
use mmdb::Mmdb;
use parts::{LookUp, Reader};

const WHAT: &str = "geolocation";

/// How Spot's format writes what is not known.
const NOT_KNOWN: &str = "-";

/// Geolocation from the files of a site.
pub struct GeoSource {
    files: Vec<File>,
}

enum File {
    Iploc(Box<Iploc>),
    Mmdb(Arc<Mmdb>),
}

/// What a file says of an address.
#[derive(Debug)]
struct Known<'a> {
    /// `State;City`.
    place: Cow<'a, str>,
    /// Its code.
    country: &'a str,
    latitude: Option<f64>,
    longitude: Option<f64>,
    owner: &'a str,
    domain: &'a str,
}

pub(super) fn configured(files: &ContextFiles) -> bool {
    !files.geo.is_empty()
}

pub(super) fn open(files: &ContextFiles) -> Result<Sources, ContextError> {
    Ok(vec![Box::new(GeoSource::open(&files.geo, files.cache.as_deref())?)])
}

pub(super) fn review(files: &ContextFiles) -> Vec<Reviewed> {
    let review = |path: &PathBuf| if is_mmdb(path)? { mmdb::review(path) } else { iploc::review(path) };
    files.geo.iter().map(|path| Reviewed::of(WHAT, path, review(path))).collect()
}

fn is_mmdb(path: &Path) -> Result<bool, ContextError> {
    mmdb::is_one(path).map_err(|error| ContextError::Read { what: WHAT, path: path.to_owned(), error })
}

impl GeoSource {
    /// Sees to it that the files can be opened. The lines of one are held against the format before it answers.
    /// What is worth keeping is kept in the folder `cache`.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn open(paths: &[PathBuf], cache: Option<&Path>) -> Result<Self, ContextError> {
        let open = |path: &PathBuf| {
            Ok(if is_mmdb(path)? {
                File::Mmdb(Arc::new(Mmdb::open(path)?))
            } else {
                File::Iploc(Box::new(Iploc::open(path, cache)?))
            })
        };
        Ok(Self { files: paths.iter().map(open).collect::<Result<_, _>>()? })
    }

    /// Geolocation from the lines of `path`.
    pub fn of(path: &Path, lines: Lines) -> Self {
        Self { files: vec![File::Iploc(Box::new(Iploc::of(path, lines)))] }
    }
}

impl File {
    fn path(&self) -> &Path {
        match self {
            Self::Iploc(file) => file.path(),
            Self::Mmdb(file) => file.path(),
        }
    }

    fn begin(&mut self) -> Result<(), ContextError> {
        match self {
            Self::Iploc(file) => file.begin(),
            Self::Mmdb(_) => Ok(()),
        }
    }

    /// A reader of the same for another thread; nothing where there can be none.
    fn again(&self) -> Option<Reader> {
        match self {
            Self::Iploc(file) => file.again().map(|it| Reader::Index(Box::new(it))),
            Self::Mmdb(file) => Some(Reader::Mmdb(Arc::clone(file))),
        }
    }

    fn end(&self) -> Result<(), ContextError> {
        match self {
            Self::Iploc(file) => file.end(),
            Self::Mmdb(_) => Ok(()),
        }
    }

    fn explain(&self, ip: IpAddr) -> Result<Option<Evidence>, ContextError> {
        match self {
            Self::Iploc(file) => file.explain(ip),
            Self::Mmdb(file) => file.explain(ip),
        }
    }
}

impl LookUp for File {
    fn look_up(&mut self, ip: IpAddr) -> Result<Option<Known<'_>>, ContextError> {
        match self {
            Self::Iploc(file) => file.look_up(ip),
            Self::Mmdb(file) => file.look_up(ip),
        }
    }
}

impl ContextSource for GeoSource {
    fn name(&self) -> &'static str {
        WHAT
    }

    fn origin(&self) -> String {
        self.files.iter().map(|it| it.path().display().to_string()).collect::<Vec<_>>().join(", ")
    }

    fn answer(&mut self, subjects: &mut [Subject]) -> Result<(), ContextError> {
        self.files.iter_mut().try_for_each(File::begin)?;
        parts::answer_all(&mut self.files, subjects)?;
        self.files.iter().try_for_each(File::end)
    }

    /// What each file says, in the order in which they are asked.
    fn explain(&mut self, ip: IpAddr, _told: &[Evidence]) -> Result<Vec<Evidence>, ContextError> {
        self.files.iter().filter_map(|it| it.explain(ip).transpose()).collect()
    }
}

impl Known<'_> {
    /// How much is known of the place: its name, or at least its degrees.
    fn knows_place(&self) -> u8 {
        let has_name = self.place.bytes().any(|it| !matches!(it, b'-' | b';'));
        let degrees = [self.latitude, self.longitude];
        match (has_name, degrees.iter().flatten().any(|it| *it != 0.0)) {
            (true, _) => 2,
            (false, true) => 1,
            (false, false) => 0,
        }
    }
}

/// Puts together what the files of a site say of an address, in their order; `joined` is room for a text.
fn geo(known: &[Known<'_>], joined: &mut String) -> Geo {
    let Some(first) = known.first() else { return Geo::default() };
    let better = |best: &'_ _, it: &'_ _| Known::knows_place(it) > Known::knows_place(best);
    let place = known.iter().fold(first, |best, it| if better(best, it) { it } else { best });
    let says = |it: &&str| !matches!(*it, "" | NOT_KNOWN);
    let country = [place].into_iter().chain(known).map(|it| it.country).find(says).unwrap_or(first.country);
    let owner = known.iter().map(|it| it.owner).find(says).unwrap_or(first.owner);
    let domain = known.iter().map(|it| it.domain).find(says).unwrap_or(first.domain);
    joined.clear();
    joined.push_str(&place.place);
    joined.push(' ');
    joined.push_str(owner);
    Geo {
        location: joined.as_str().into(),
        domain: domain.into(),
        country: country.into(),
        latitude: place.latitude.filter(|it| is_possible(GeoFact::Latitude, *it)),
        longitude: place.longitude.filter(|it| is_possible(GeoFact::Longitude, *it)),
    }
}

/// Whether there are such degrees; a file may have others where it does not know.
fn is_possible(fact: GeoFact, degrees: f64) -> bool {
    Fact::Geo(fact).range().is_none_or(|it| it.has_real(degrees))
}

/// What is known of a place, by the names of facts.
fn said(geo: &Geo) -> Says {
    let degrees = |it: Option<f64>| it.map_or_else(String::new, |it| it.to_string());
    vec![
        ("location", geo.location.to_string()),
        ("domain", geo.domain.to_string()),
        ("country", geo.country.to_string()),
        ("latitude", degrees(geo.latitude)),
        ("longitude", degrees(geo.longitude)),
    ]
}

#[cfg(test)]
mod tests;
