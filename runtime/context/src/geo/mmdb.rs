//! A database in MaxMind's format: of cities, countries, providers, autonomous systems, or domains.
//!
//! It is read into memory, not mapped, so later changes to the file have no effect. The facts of a record depend on the
//! database; each fact is used if it is present. An invalid file leads to an error that names it.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use flow_oa_core::{ContextError, Evidence, address};
use maxminddb::{MaxMindDbError, Reader};
use serde::Deserialize;

use super::{Known, NOT_KNOWN, WHAT, said};
use crate::Reviewed;
use flow_oa_files::mark;
use flow_oa_files::regular;

/// The start of the metadata of every such database; it is within the last bytes of the file.
const MARKER: &[u8] = b"\xab\xcd\xefMaxMind.com";
const LAST: u64 = 128 * 1024;

/// Words in the type of a database, of which a database with usable facts has one.
const TYPES: [&str; 6] = ["City", "Enterprise", "Country", "ISP", "ASN", "Domain"];

/// A database in memory.
pub(super) struct Mmdb {
    path: PathBuf,
    reader: Reader<Vec<u8>>,
    /// Whether its records have no level below the country. The country is then used as the state.
    is_of_countries: bool,
}

/// The used fields of a record; all are optional.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    city: Option<Named<'a>>,
    #[serde(borrow)]
    country: Option<Named<'a>>,
    #[serde(borrow, default)]
    subdivisions: Vec<Named<'a>>,
    location: Option<Location>,
    #[serde(borrow)]
    traits: Option<Traits<'a>>,
    #[serde(borrow)]
    isp: Option<&'a str>,
    #[serde(borrow)]
    organization: Option<&'a str>,
    #[serde(borrow)]
    autonomous_system_organization: Option<&'a str>,
    #[serde(borrow)]
    domain: Option<&'a str>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    names: Option<Names<'a>>,
    /// Only for countries.
    #[serde(borrow)]
    iso_code: Option<&'a str>,
}

#[derive(Deserialize)]
struct Names<'a> {
    #[serde(borrow)]
    en: Option<&'a str>,
}

#[derive(Deserialize)]
struct Location {
    latitude: Option<f64>,
    longitude: Option<f64>,
}

/// The operator of the network, if the record has it next to the place.
#[derive(Deserialize)]
struct Traits<'a> {
    #[serde(borrow)]
    isp: Option<&'a str>,
    #[serde(borrow)]
    organization: Option<&'a str>,
    #[serde(borrow)]
    autonomous_system_organization: Option<&'a str>,
    #[serde(borrow)]
    domain: Option<&'a str>,
}

/// Whether a file is such a database: by its marker, or by its extension if the marker is cut off.
pub(super) fn is_one(path: &Path) -> io::Result<bool> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    if !path.is_file() {
        return Ok(false);
    }
    let mut file = regular::open(path)?;
    let from = file.metadata()?.len().saturating_sub(LAST);
    file.seek(SeekFrom::Start(from))?;
    let mut end = Vec::new();
    file.take(LAST).read_to_end(&mut end)?;
    let has_marker = end.windows(MARKER.len()).any(|window| window == MARKER);
    Ok(has_marker || path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("mmdb")))
}

impl Mmdb {
    /// Reads a database.
    pub(super) fn open(path: &Path) -> Result<Self, ContextError> {
        let unread = |error| ContextError::Read { what: WHAT, path: path.to_owned(), error };
        let before = mark(path);
        let bytes = regular::read(path).map_err(unread)?;
        if mark(path) != before {
            return Err(unread(io::Error::other("the file changed while it was read; run again")));
        }
        let reader = Reader::from_source(bytes).map_err(|error| unread(damaged(&error)))?;
        let kind = &reader.metadata().database_type;
        if !TYPES.iter().any(|name| kind.contains(name)) {
            return Err(unread(io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "its type is `{kind}`, which says neither where addresses are nor whose; expected a database of \
                     the type City, Enterprise, Country, ISP, ASN or Domain"
                ),
            )));
        }
        let is_of_countries = kind.contains("Country");
        Ok(Self { path: path.to_owned(), reader, is_of_countries })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn fault(&self, ip: IpAddr, error: &MaxMindDbError) -> ContextError {
        let error =
            io::Error::new(io::ErrorKind::InvalidData, format!("the record of {ip}: {}", damaged(error)));
        ContextError::Read { what: WHAT, path: self.path.clone(), error }
    }

    /// The facts for an address, or for the IPv4 address that it represents.
    pub(super) fn look_up(&self, ip: IpAddr) -> Result<Option<Known<'_>>, ContextError> {
        Ok(self.record(ip)?.map(|(_, record)| self.known(&record)))
    }

    /// The record that matches an address, and the reading of the address that it matches.
    fn record(&self, ip: IpAddr) -> Result<Option<(IpAddr, Record<'_>)>, ContextError> {
        for ip in address::readings(ip) {
            if ip.is_ipv6() && self.reader.metadata().ip_version == 4 {
                continue;
            }
            let found = self.reader.lookup(ip).and_then(|entry| entry.decode::<Record<'_>>());
            if let Some(record) = found.map_err(|error| self.fault(ip, &error))? {
                return Ok(Some((ip, record)));
            }
        }
        Ok(None)
    }

    fn known<'a>(&self, record: &Record<'a>) -> Known<'a> {
        let name = |named: Option<&Named<'a>>| {
            named.and_then(|named| named.names.as_ref()?.en).filter(|name| !name.is_empty())
        };
        let country = record.country.as_ref().filter(|_| self.is_of_countries);
        let state = name(record.subdivisions.first().or(country)).unwrap_or(NOT_KNOWN);
        let city = name(record.city.as_ref()).unwrap_or(NOT_KNOWN);
        let own = record.isp.or(record.organization).or(record.autonomous_system_organization);
        let traits = record.traits.as_ref();
        let owner = |traits: &Traits<'a>| {
            traits.isp.or(traits.organization).or(traits.autonomous_system_organization)
        };
        let degrees = |value: Option<f64>| value.filter(|value| value.is_finite());
        Known {
            place: format!("{state};{city}").into(),
            country: record.country.as_ref().and_then(|it| it.iso_code).unwrap_or(NOT_KNOWN),
            latitude: record.location.as_ref().and_then(|location| degrees(location.latitude)),
            longitude: record.location.as_ref().and_then(|location| degrees(location.longitude)),
            owner: own.or_else(|| owner(traits?)).unwrap_or(NOT_KNOWN),
            domain: record.domain.or_else(|| traits?.domain).unwrap_or(NOT_KNOWN),
        }
    }

    /// The record that matches.
    pub(super) fn explain(&self, ip: IpAddr) -> Result<Option<Evidence>, ContextError> {
        let Some((ip, record)) = self.record(ip)? else { return Ok(None) };
        let known = self.known(&record);
        let network = self.reader.lookup(ip).and_then(|it| it.network());
        let network = network.map_err(|error| self.fault(ip, &error))?;
        Ok(Some(Evidence {
            origin: self.path.display().to_string(),
            entry: format!("record {network} of {}", self.reader.metadata().database_type),
            as_of: self.built(),
            says: said(&super::geo(&[known], &mut String::new())),
        }))
    }

    /// When the database was built; empty if its time is invalid.
    fn built(&self) -> String {
        let seconds = i64::try_from(self.reader.metadata().build_epoch).ok();
        let time = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        time.map_or_else(String::new, |time| time.strftime("%Y-%m-%d %H:%M:%S").to_string())
    }
}

fn damaged(error: &MaxMindDbError) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("it is not a complete MaxMind database: {error}; download the file again"),
    )
}

/// Validates every network and every record of a database.
///
/// # Errors
/// If the file cannot be opened or is damaged.
pub(super) fn review(path: &Path) -> Result<Reviewed, ContextError> {
    let database = Mmdb::open(path)?;
    let metadata = database.reader.metadata();
    let what = format!(
        "{WHAT} ({}, built {}, {} nodes)",
        metadata.database_type,
        database.built(),
        metadata.node_count
    );
    let counted = database.reader.verify().and_then(|()| database.records());
    let counted = counted.map(|entries| Reviewed { entries, ..Reviewed::new(&what, path) });
    let unread = |error| ContextError::Read { what: WHAT, path: path.to_owned(), error: damaged(&error) };
    Ok(Reviewed::of(&what, path, counted.map_err(unread)))
}

impl Mmdb {
    /// Reads every record, and returns the number of networks that have one.
    fn records(&self) -> Result<u64, MaxMindDbError> {
        let mut count = 0;
        for network in self.reader.networks(maxminddb::WithinOptions::default())? {
            count += u64::from(network?.decode::<Record<'_>>()?.is_some());
        }
        Ok(count)
    }
}
