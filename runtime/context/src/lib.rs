//! Context for addresses and codes: which are the site's own, where they are, what reputation services and lists of codes say.
//!
//! A source is a module here and a line in `KINDS`; the executor, the tables and the engines know only the trait
//! [`ContextSource`]. A source reads local files, or asks the services that the settings declare; it refuses a bad line before a
//! run changes anything. Where files come from, and how a site names them, is not known here.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flow_oa_core::{ContextError, ContextSource, Evidence};
use flow_oa_remote::{Site, Watch};

use flow_oa_files::text::Lines;

mod codes;
pub mod evidence;
mod geo;
mod identity;
mod network;
mod ranges;
mod reputation;
mod review;

pub use codes::CodeSource;
pub use codes::explain as explain_code;
pub use flow_oa_core::address::parse as address;
pub use geo::{Format, GeoSource, ImportError, Imported, import};
pub use identity::identity;
pub use network::NetworkSource;
pub use reputation::{Asked, HARMLESS, ListOptions, ListSource, Probed, Service, probe};
pub use review::{Finding, Reviewed, review};

/// The context files of a deployment; what is none or empty is not configured. Each may be plain,
/// gzip or zstd. `F` is where one is: anywhere, or on this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContextFiles<F = PathBuf> {
    /// The site's own ranges: `start,end,name` or `network,name`.
    pub ranges: Option<F>,
    /// Names of addresses, networks and ranges: `entry,name`.
    pub names: Option<F>,
    /// Geolocation, in the order in which they are asked: in the format of Spot's `iploc.csv`, or in MaxMind's.
    pub geo: Vec<F>,
    /// A folder for what is worth keeping from one run to the next; without one, nothing is kept.
    pub cache: Option<PathBuf>,
    /// Reputation services in the order in which their verdicts are joined, each with the word that marks
    /// its verdicts.
    pub reputation: Vec<(String, Service<F>)>,
    /// Lists of codes and their names, each with the word by which tables ask for it.
    pub codes: Vec<(String, F)>,
}

/// By what services are asked that are elsewhere.
#[derive(Clone)]
pub struct Asking {
    /// Whom to trust, and how patient to be.
    pub site: Site,
    /// Whether to stop.
    pub watch: Arc<dyn Watch>,
}

type Sources = Vec<Box<dyn ContextSource>>;

/// A kind of context: the word by which tables ask for it, and the module that answers.
struct Kind {
    name: &'static str,
    configured: fn(&ContextFiles) -> bool,
    open: fn(&ContextFiles, &Asking) -> Result<Sources, ContextError>,
    /// Goes through every line of its files, and gives all that is to be said of each.
    review: fn(&ContextFiles) -> Vec<Reviewed>,
}

const KINDS: [Kind; 4] = [
    Kind {
        name: "network",
        configured: network::configured,
        open: |files, _| network::open(files),
        review: network::review,
    },
    Kind { name: "geo", configured: geo::configured, open: |files, _| geo::open(files), review: geo::review },
    Kind {
        name: "reputation",
        configured: reputation::configured,
        open: reputation::open,
        review: reputation::review,
    },
    Kind {
        name: "code",
        configured: codes::configured,
        open: |files, _| codes::open(files),
        review: codes::review,
    },
];

impl<F: Clone> ContextFiles<F> {
    /// Those sources that are files: asking them tells nobody anything, and costs nothing.
    pub fn files_alone(&self) -> Self {
        let mut alone = self.clone();
        alone.reputation.retain(|(_, it)| matches!(it, Service::List(..)));
        alone
    }
}

impl<F> ContextFiles<F> {
    /// The same files at other places.
    ///
    /// # Errors
    /// The first that `place` gives.
    pub fn try_map<G, E>(&self, mut place: impl FnMut(&F) -> Result<G, E>) -> Result<ContextFiles<G>, E> {
        let services = self.reputation.iter();
        let services = services.map(|(name, it)| Ok((name.clone(), it.try_map(&mut place)?)));
        let reputation = services.collect::<Result<_, E>>()?;
        let lists = self.codes.iter().map(|(list, it)| Ok((list.clone(), place(it)?)));
        let codes = lists.collect::<Result<_, E>>()?;
        Ok(ContextFiles {
            ranges: self.ranges.as_ref().map(&mut place).transpose()?,
            names: self.names.as_ref().map(&mut place).transpose()?,
            geo: self.geo.iter().map(&mut place).collect::<Result<_, E>>()?,
            cache: self.cache.clone(),
            reputation,
            codes,
        })
    }
}

impl ContextFiles {
    /// Every file that is configured.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let single = [&self.ranges, &self.names].into_iter().flatten().chain(&self.geo);
        let lists = self.reputation.iter().filter_map(|it| it.1.place());
        single.chain(lists).chain(self.codes.iter().map(|it| &it.1)).map(PathBuf::as_path)
    }

    /// The kinds of context of which no file is configured: `network`, `geo`, `reputation`, `code`. Columns
    /// that ask for them stay empty, which deserves a word to the user.
    pub fn not_configured(&self) -> Vec<&'static str> {
        KINDS.iter().filter(|kind| !(kind.configured)(self)).map(|kind| kind.name).collect()
    }
}

/// Opens every source that is configured, and loads what is small. Large files are read, and held against
/// their format, when the source answers, which is still before a run touches anything. Services are asked then, too.
///
/// # Errors
/// The first file that cannot be read, or the first line of one that cannot be understood.
pub fn open(files: &ContextFiles, asking: &Asking) -> Result<Vec<Box<dyn ContextSource>>, ContextError> {
    let mut sources = Vec::new();
    for kind in KINDS.iter().filter(|kind| (kind.configured)(files)) {
        sources.append(&mut (kind.open)(files, asking)?);
    }
    Ok(sources)
}

/// What one source says of an address, and from where.
#[derive(Debug, Clone)]
pub struct Told {
    /// The kind of context, as tables ask for it: `network`.
    pub kind: &'static str,
    /// The source's file or service.
    pub origin: String,
    /// The entries that answer; none where it does not know the address.
    pub evidence: Vec<Evidence>,
}

/// Asks every source that is configured about an address, and from which entries it answers.
///
/// # Errors
/// A file that cannot be read or understood.
pub fn explain(files: &ContextFiles, asking: &Asking, ip: IpAddr) -> Result<Vec<Told>, ContextError> {
    let (mut told, mut earlier) = (Vec::new(), Vec::new());
    for kind in KINDS.iter().filter(|kind| (kind.configured)(files)) {
        for source in &mut (kind.open)(files, asking)? {
            let evidence = source.explain(ip, &earlier)?;
            earlier.extend_from_slice(&evidence);
            told.push(Told { kind: kind.name, origin: source.origin(), evidence });
        }
    }
    Ok(told)
}

fn open_lines(what: &'static str, path: &Path) -> Result<Lines, ContextError> {
    Lines::open(path).map_err(|error| ContextError::Read { what, path: path.to_owned(), error })
}

/// Hands every line with data, and its number, to `take`, whose reason becomes an error with the place in `path`.
fn read_lines(
    path: &Path,
    mut lines: Lines,
    mut take: impl FnMut(&str, u64) -> Result<(), String>,
) -> Result<(), ContextError> {
    let fault = |line, reason| ContextError::Line { path: path.to_owned(), line, reason };
    while let Some(line) = lines.next_line().map_err(|it| fault(it.line, it.reason))? {
        let number = line.number;
        text(line.text).and_then(|it| take(it, number)).map_err(|reason| fault(number, reason))?;
    }
    Ok(())
}

/// No engine stores a NUL or what is not UTF-8, so neither comes in.
fn text(line: &[u8]) -> Result<&str, String> {
    // Without an end before the last byte, which is faster for lines of usual length.
    if line.iter().fold(false, |found, byte| found | (*byte == 0)) {
        return Err("expected text, found a NUL byte: is this the right file?".to_owned());
    }
    std::str::from_utf8(line).map_err(|error| {
        format!(
            "expected UTF-8, found another encoding at byte {}: convert the file with iconv",
            error.valid_up_to()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flow_oa_core::{Answers, Subject};
    use std::io::Write;
    use tempfile::NamedTempFile;

    pub(super) fn file(text: &str) -> NamedTempFile {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    pub(super) fn gzipped(text: &str) -> NamedTempFile {
        let file = NamedTempFile::new().unwrap();
        let mut encoder = flate2::write::GzEncoder::new(file.reopen().unwrap(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap();
        file
    }

    pub(super) fn zstd(text: &str) -> NamedTempFile {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(&zstd::encode_all(text.as_bytes(), 1).unwrap()).unwrap();
        file
    }

    /// Subjects as the executor hands them over: distinct and ascending.
    pub(super) fn subjects(ips: &[&str]) -> Vec<Subject> {
        let subject = |ip: &&str| Subject { ip: ip.parse().unwrap(), answers: Answers::default() };
        let subjects: Vec<Subject> = ips.iter().map(subject).collect();
        assert!(subjects.is_sorted_by(|a, b| a.ip < b.ip), "{ips:?}");
        subjects
    }

    /// Asks as a site does that says nothing of it.
    pub(super) fn asking() -> Asking {
        Asking { site: Site::default(), watch: Arc::new(flow_oa_files::Progress::default()) }
    }

    /// The line and the reason with which a source refused its file.
    pub(super) fn line_of<T>(outcome: Result<T, ContextError>) -> (u64, String) {
        match outcome {
            Err(ContextError::Line { line, reason, .. }) => (line, reason),
            Err(other) => panic!("not about a line: {other}"),
            Ok(_) => panic!("was accepted"),
        }
    }

    #[test]
    fn nothing_configured_is_no_source_and_every_kind_is_named() {
        let files = ContextFiles::default();
        assert!(open(&files, &asking()).unwrap().is_empty());
        assert_eq!(files.not_configured(), ["network", "geo", "reputation", "code"]);
    }

    #[test]
    fn what_is_configured_answers_in_one_pass() {
        let names = file("192.0.2.1,Printer\n");
        let (gti, own) = (file("192.0.2.1,LOW\n"), file("192.0.2.1\n"));
        let files = ContextFiles {
            names: Some(names.path().to_owned()),
            reputation: vec![
                ("gti".into(), Service::list(gti.path().to_owned())),
                ("own".into(), Service::list(own.path().to_owned())),
            ],
            ..ContextFiles::default()
        };
        let mut subjects = subjects(&["192.0.2.1"]);
        for source in &mut open(&files, &asking()).unwrap() {
            source.answer(&mut subjects).unwrap();
        }
        assert_eq!(files.not_configured(), ["geo", "code"]);
        assert_eq!(subjects[0].answers.network.name, "Printer");
        assert_eq!(subjects[0].answers.reputation.verdict, "gti:LOW:1::own:MEDIUM:2");
    }

    #[test]
    fn a_configured_file_that_is_absent_is_an_error_that_names_it() {
        let files = ContextFiles { geo: vec!["no/such/iploc.csv".into()], ..ContextFiles::default() };
        let error = open(&files, &asking()).err().unwrap().to_string();
        assert!(error.starts_with("reading geolocation from no/such/iploc.csv: "), "{error}");
    }
}
