//! Geolocation of addresses, from one or several files: in the format of Spot's `iploc.csv`, or databases in MaxMind's
//! format.
//!
//! Files are queried in order. The first file that knows the place of an address decides the place, its degrees and its
//! country (or the first that knows the country); the first that knows the owner decides the owner, and the domain
//! likewise. The text has the same form for every format: `State;City Owner`.
//!
//! # Decisions
//!
//! - **Geolocation is read once and then searched.** One thread reads and validates every line while another builds an
//!   index: overlaps are resolved into steps (the addresses from which a place and an owner apply), 12 bytes per step,
//!   and each text is stored once, near those of its neighbours. Blocks of 16 KiB have checksums, and the directory has
//!   a hash. A damaged index is rebuilt, and an index is used only for a file of the same size, modification time and
//!   first and last bytes. Later runs read blocks by position and cache at most 16 MB of texts. Nothing is
//!   memory-mapped, so a truncated file leads to an error and not to a signal. The ranges of an unsorted file are held
//!   in 20 bytes each while the index is built. For an input that is not a regular file, the index is in a temporary
//!   file without a name. SQLite in place of the index takes five times as long for a look-up, three times as long to
//!   build, and eight times the space (`tests/bench`), and overlaps would still have to be resolved first.
//! - **MaxMind's databases are read into memory by the crate `maxminddb`**, which limits the depth of a record and the
//!   work to decode it; a test damages databases and queries them. One record type accepts all available facts, so
//!   there is no list of products. A database type without usable facts is rejected by its name.
//! - **Several geolocation files are queried in order**, and each fact comes from the first file that knows it: the
//!   place with its degrees and its country, the owner, the domain. The code of the country is the second part of the
//!   text of its place, so no second look-up is needed.

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

use flow_oa_core::{ContextError, ContextSource, Evidence, Geo, Observable, Subject};
use flow_oa_schema::context::{Fact, GeoFact};

use super::evidence::Says;
use super::{ContextFiles, Reviewed, Sources};
use flow_oa_files::text::Lines;
pub use import::{Format, ImportError, Imported, import};
use iploc::Iploc;
use mmdb::Mmdb;
use parts::{LookUp, Reader};

const WHAT: &str = "geolocation";

/// The placeholder for an unknown value in Spot's format.
const NOT_KNOWN: &str = "-";

/// Geolocation from the files of a site.
pub struct GeoSource {
    files: Vec<File>,
}

enum File {
    Iploc(Box<Iploc>),
    Mmdb(Arc<Mmdb>),
}

/// The facts of one file for an address.
#[derive(Debug)]
struct Known<'a> {
    /// `State;City`.
    place: Cow<'a, str>,
    /// The code of the country.
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
    /// Checks that the files can be opened. The lines of a file are validated before it answers. Indexes are cached in
    /// the folder `cache`.
    ///
    /// # Errors
    /// If a file cannot be read.
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

    /// A second reader of the file, for another thread; `None` if that is not possible.
    fn again(&self) -> Option<Reader> {
        match self {
            Self::Iploc(file) => file.again().map(|file| Reader::Index(Box::new(file))),
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
        self.files.iter().map(|file| file.path().display().to_string()).collect::<Vec<_>>().join(", ")
    }

    fn answer(&mut self, subjects: &mut [Subject]) -> Result<(), ContextError> {
        self.files.iter_mut().try_for_each(File::begin)?;
        parts::answer_all(&mut self.files, subjects)?;
        self.files.iter().try_for_each(File::end)
    }

    /// The entry of each file, in the order in which the files are queried.
    fn explain(&mut self, of: &Observable, _earlier: &[Evidence]) -> Result<Vec<Evidence>, ContextError> {
        let Some(ip) = of.address() else { return Ok(Vec::new()) };
        self.files.iter().filter_map(|file| file.explain(ip).transpose()).collect()
    }
}

impl Known<'_> {
    /// How much of the place is known: 0 for nothing, more for its degrees, most for its name.
    fn knows_place(&self) -> u8 {
        let has_name = self.place.bytes().any(|byte| !matches!(byte, b'-' | b';'));
        let degrees = [self.latitude, self.longitude];
        match (has_name, degrees.iter().flatten().any(|degree| *degree != 0.0)) {
            (true, _) => 2,
            (false, true) => 1,
            (false, false) => 0,
        }
    }
}

/// Merges the facts of a site's files for an address, in their order; `joined` is a reusable buffer.
fn geo(known: &[Known<'_>], joined: &mut String) -> Geo {
    let Some(first) = known.first() else { return Geo::default() };
    let better = |best: &'_ _, other: &'_ _| Known::knows_place(other) > Known::knows_place(best);
    let place = known.iter().fold(first, |best, other| if better(best, other) { other } else { best });
    let says = |text: &&str| !matches!(*text, "" | NOT_KNOWN);
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
        latitude: place.latitude.filter(|latitude| is_possible(GeoFact::Latitude, *latitude)),
        longitude: place.longitude.filter(|longitude| is_possible(GeoFact::Longitude, *longitude)),
    }
}

/// Whether degrees are in range; a file may hold invalid degrees for an unknown place.
fn is_possible(fact: GeoFact, degrees: f64) -> bool {
    Fact::Geo(fact).range().is_none_or(|range| range.has_real(degrees))
}

/// The facts of a place with their names.
fn said(geo: &Geo) -> Says {
    let degrees = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
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
