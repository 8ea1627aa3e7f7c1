//! Context for addresses, names and codes: the site's own networks, geolocation, reputation and code names.
//!
//! Each source is a module in this crate and an entry in `KINDS`; the executor, the tables and the engines know only
//! the trait [`ContextSource`]. A source reads local files or queries the services that the settings declare. It
//! rejects an invalid line before a run changes anything. This crate does not know where files come from or how a site
//! names them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use flow_oa_core::{ContextError, ContextSource, Evidence, Observable};
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

pub use codes::{CodeSource, explain as explain_code};
pub use flow_oa_core::address::parse as address;
pub use geo::{Format, GeoSource, ImportError, Imported, import};
pub use identity::identity;
pub use network::NetworkSource;
pub use ranges::IpRange;
pub use reputation::{Asked, HARMLESS, ListOptions, ListSource, Probed, Service, probe};
pub use review::{Finding, Reviewed, review};

/// The context files of a deployment. A field that is `None` or empty is not configured. Each file may be plain, gzip
/// or zstd. `F` is the type of a file's location: any URL or path, or a local path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContextFiles<F = PathBuf> {
    /// The site's own ranges: `start,end,name` or `network,name`.
    pub ranges: Option<F>,
    /// Names of addresses, networks and ranges: `entry,name`.
    pub names: Option<F>,
    /// Geolocation files, in the order in which they are queried: in the format of Spot's `iploc.csv`, or in MaxMind's.
    pub geo: Vec<F>,
    /// The folder for data that is cached between runs; if it is `None`, nothing is cached.
    pub cache: Option<PathBuf>,
    /// Reputation services in the order in which their verdicts are joined, each with the name that prefixes its
    /// verdicts.
    pub reputation: Vec<(String, Service<F>)>,
    /// Lists of codes and their names, each with the name by which tables refer to the list.
    pub codes: Vec<(String, F)>,
}

/// What is needed to query remote services.
#[derive(Clone)]
pub struct Asking {
    /// Trusted certificates, timeouts and retry policy.
    pub site: Site,
    /// Whether to stop.
    pub watch: Arc<dyn Watch>,
}

type Sources = Vec<Box<dyn ContextSource>>;

/// A kind of context: the name by which tables request it, and the module that provides it.
struct Kind {
    name: &'static str,
    configured: fn(&ContextFiles) -> bool,
    open: fn(&ContextFiles, &Asking) -> Result<Sources, ContextError>,
    /// Checks every line of the kind's files and returns all findings for each file.
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
    /// Only the sources that are files: querying them discloses nothing to others and costs nothing.
    pub fn files_alone(&self) -> Self {
        let mut alone = self.clone();
        alone.reputation.retain(|(_, service)| matches!(service, Service::List(..)));
        alone
    }
}

impl<F> ContextFiles<F> {
    /// The same files with mapped locations.
    ///
    /// # Errors
    /// The first error that `place` returns.
    pub fn try_map<G, E>(&self, mut place: impl FnMut(&F) -> Result<G, E>) -> Result<ContextFiles<G>, E> {
        let services = self.reputation.iter();
        let services = services.map(|(name, service)| Ok((name.clone(), service.try_map(&mut place)?)));
        let reputation = services.collect::<Result<_, E>>()?;
        let lists = self.codes.iter().map(|(list, file)| Ok((list.clone(), place(file)?)));
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

    /// The kinds of context for which no file is configured: `network`, `geo`, `reputation`, `code`. Columns that use
    /// them stay empty, so the caller should tell the user.
    pub fn not_configured(&self) -> Vec<&'static str> {
        KINDS.iter().filter(|kind| !(kind.configured)(self)).map(|kind| kind.name).collect()
    }
}

/// Opens every configured source and loads the small files. Large files are read and validated when the source answers,
/// which is still before a run changes anything. Services are queried at that point, too.
///
/// # Errors
/// The first file that cannot be read, or the first line that cannot be parsed.
pub fn open(files: &ContextFiles, asking: &Asking) -> Result<Vec<Box<dyn ContextSource>>, ContextError> {
    let mut sources = Vec::new();
    for kind in KINDS.iter().filter(|kind| (kind.configured)(files)) {
        sources.append(&mut (kind.open)(files, asking)?);
    }
    Ok(sources)
}

/// What one source reports for an address or a name.
#[derive(Debug, Clone)]
pub struct SourceEvidence {
    /// The kind of context, as tables ask for it: `network`.
    pub kind: &'static str,
    /// The source's file or service.
    pub origin: String,
    /// The entries that match; empty if there are none.
    pub evidence: Vec<Evidence>,
}

/// Queries every configured source about an address or a name and returns the entries behind each answer.
///
/// # Errors
/// If a file cannot be read or parsed.
pub fn explain(
    files: &ContextFiles,
    asking: &Asking,
    of: &Observable,
) -> Result<Vec<SourceEvidence>, ContextError> {
    let (mut explained, mut earlier) = (Vec::new(), Vec::new());
    for kind in KINDS.iter().filter(|kind| (kind.configured)(files)) {
        for source in &mut (kind.open)(files, asking)? {
            let evidence = source.explain(of, &earlier)?;
            earlier.extend_from_slice(&evidence);
            explained.push(SourceEvidence { kind: kind.name, origin: source.origin(), evidence });
        }
    }
    Ok(explained)
}

fn open_lines(what: &'static str, path: &Path) -> Result<Lines, ContextError> {
    Lines::open(path).map_err(|error| ContextError::Read { what, path: path.to_owned(), error })
}

/// Passes every line with data, and its number, to `take`. An error from `take` becomes an error with its place in
/// `path`.
fn read_lines(
    path: &Path,
    mut lines: Lines,
    mut take: impl FnMut(&str, u64) -> Result<(), String>,
) -> Result<(), ContextError> {
    let fault = |line, reason| ContextError::Line { path: path.to_owned(), line, reason };
    while let Some(line) = lines.next_line().map_err(|error| fault(error.line, error.reason))? {
        let number = line.number;
        text(line.text).and_then(|text| take(text, number)).map_err(|reason| fault(number, reason))?;
    }
    Ok(())
}

/// Rejects NUL bytes and invalid UTF-8, since no engine stores them.
fn text(line: &[u8]) -> Result<&str, String> {
    // No early exit: that is faster for lines of usual length.
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
    use flow_oa_core::Subject;
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

    /// Subjects as the executor passes them: distinct and ascending.
    pub(super) fn subjects(ips: &[&str]) -> Vec<Subject> {
        let subject = |ip: &&str| Subject::address(ip.parse().unwrap());
        let subjects: Vec<Subject> = ips.iter().map(subject).collect();
        assert!(subjects.is_sorted_by(|a, b| a.of < b.of), "{ips:?}");
        subjects
    }

    /// The configuration of a site with default settings for remote services.
    pub(super) fn asking() -> Asking {
        Asking { site: Site::default(), watch: Arc::new(flow_oa_files::Progress::default()) }
    }

    /// The line and the reason with which a source rejected its file.
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
