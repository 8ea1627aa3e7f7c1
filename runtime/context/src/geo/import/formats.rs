//! The CSV formats of the providers.
//!
//! - DB-IP, IP to City Lite: `first,last,continent,country,state,city,latitude,longitude`, without a header.
//! - MaxMind, GeoIP2 and GeoLite2: blocks (`network`, `geoname_id`, `latitude`, `longitude`) and locations
//!   (`geoname_id`, `country_iso_code`, `country_name`, `subdivision_1_name`, `city_name`), with columns found by their
//!   header; blocks of autonomous systems (`autonomous_system_organization`) or providers (`isp`, `organization`)
//!   supply owners.
//! - ip-location-db, without a header, addresses as text or as integers: cities
//!   (`start,end,country,state1,state2,city,postcode,latitude,longitude,timezone`), countries (`start,end,country`) and
//!   autonomous systems (`start,end,number,organization`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use flow_oa_core::address;
use flow_oa_schema::printable;

use super::{Import, ImportError, Result, countries};
use crate::geo::line::oddity;
use crate::ranges::IpRange;
use flow_oa_files::FileError;
use flow_oa_files::text::{self, Lines};

/// The provider and format of the inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// DB-IP's city CSV.
    DbipCity,
    /// MaxMind's block CSVs together with the locations CSV.
    MaxMind,
    /// CSVs of ip-location-db: cities, countries and autonomous systems.
    IpLocationDb,
}

/// The column names from the header of a file.
pub(super) struct Layout(Vec<String>);

impl Layout {
    fn field<'a>(&self, fields: &[&'a str], name: &str) -> Option<&'a str> {
        let at = self.0.iter().position(|field| field == name)?;
        fields.get(at).copied()
    }

    fn required<'a>(&self, fields: &[&'a str], name: &str) -> std::result::Result<&'a str, String> {
        self.field(fields, name).ok_or_else(|| {
            format!(
                "expected a column `{name}`, found the columns {}: name MaxMind's CSV files",
                self.0.join(", ")
            )
        })
    }
}

impl Format {
    /// The inputs in the order in which they are read: locations come before the blocks that refer to them.
    pub(super) fn ordered(self, inputs: &[PathBuf]) -> Result<Vec<&Path>> {
        let (mut locations, mut others) = (Vec::new(), Vec::new());
        for path in inputs {
            let is_locations =
                self == Self::MaxMind && header(path)?.iter().any(|field| field == "country_iso_code");
            if is_locations { &mut locations } else { &mut others }.push(path.as_path());
        }
        if self == Self::MaxMind && locations.is_empty() {
            return Err(ImportError::Usage(
                "geo import: of MaxMind's files, that of the locations is needed too, such as \
                 GeoLite2-City-Locations-en.csv; nothing was written"
                    .to_owned(),
            ));
        }
        locations.append(&mut others);
        Ok(locations)
    }

    /// Processes a line; false if the line is a header.
    pub(super) fn take(
        self,
        layout: &mut Option<Layout>,
        fields: &[&str],
        import: &mut Import,
    ) -> std::result::Result<bool, String> {
        match (self, fields) {
            (Self::DbipCity, [first, last, _, country, state, city, latitude, longitude]) => {
                let place = placed(country, state, city, latitude, longitude)?;
                import.places.add(range(first, last)?, place)?;
            }
            (Self::IpLocationDb, [first, last, country, state, _, city, _, latitude, longitude, _]) => {
                let place = placed(country, state, city, latitude, longitude)?;
                import.places.add(range(first, last)?, place)?;
            }
            // The text of a place begins with the state. For a file of countries, the country takes that position.
            (Self::IpLocationDb, [first, last, country]) => {
                let name = countries::name(country).unwrap_or_default();
                import.places.add(range(first, last)?, placed(country, name, "", "", "")?)?;
            }
            (Self::IpLocationDb, [first, last, _, owner]) => {
                import.owners.add(range(first, last)?, [owner])?
            }
            (Self::MaxMind, _) => match layout {
                Some(layout) => maxmind(layout, fields, import)?,
                None => {
                    *layout = Some(Layout(fields.iter().map(|&it| it.to_owned()).collect()));
                    return Ok(false);
                }
            },
            (Self::DbipCity | Self::IpLocationDb, _) => return Err(self.expected(fields.len())),
        }
        Ok(true)
    }

    /// The expected form of a line without a header, if this many columns were found.
    fn expected(self, found: usize) -> String {
        match self {
            Self::IpLocationDb => format!(
                "expected 10 columns of a city, 3 of a country or 4 of an autonomous system, found {found}: name a city, \
                 country or asn CSV of ip-location-db"
            ),
            _ => format!(
                "expected 8 columns (first, last, continent, country, state, city, latitude, longitude), found {found}: \
                 name DB-IP's city CSV"
            ),
        }
    }
}

/// The first line of a file.
fn header(path: &Path) -> Result<Vec<String>> {
    let text = text::open(path).map_err(|error| FileError::unopened("reading", path, &error, ""))?;
    let mut lines = Lines::of(text);
    let line = lines.next_line().map_err(|error| FileError::unread(&printable::path(path), error))?;
    let line = line.map(|line| String::from_utf8_lossy(line.text).into_owned()).unwrap_or_default();
    let fields = text::fields(&line, b',').unwrap_or_default();
    Ok(fields.iter().map(|field| field.trim().to_owned()).collect())
}

/// The fields of a place whose country is known by its code.
///
/// # Errors
/// If the code is not two letters, or a coordinate is not a number of degrees.
fn placed<'a>(
    code: &'a str,
    state: &'a str,
    city: &'a str,
    latitude: &'a str,
    longitude: &'a str,
) -> std::result::Result<[&'a str; 6], String> {
    // ZZ is not the code of a country.
    let code = if code.eq_ignore_ascii_case("ZZ") { "" } else { code };
    match oddity(code, latitude, longitude) {
        Some(oddity) => Err(oddity),
        None => Ok([code, countries::name(code).unwrap_or_default(), state, city, latitude, longitude]),
    }
}

/// A line of a MaxMind CSV: a place, or a block with a place or an owner.
fn maxmind(layout: &Layout, fields: &[&str], import: &mut Import) -> std::result::Result<(), String> {
    let field = |name| layout.field(fields, name).unwrap_or_default();
    if layout.field(fields, "country_iso_code").is_some() {
        let mut place = ["country_iso_code", "country_name", "subdivision_1_name", "city_name"].map(field);
        // The text of a place begins with the state. In a file of countries, the country takes that position.
        if layout.field(fields, "city_name").is_none() {
            place[2] = place[1];
        }
        import.known.insert(id(layout.required(fields, "geoname_id")?)?, place.map(str::to_owned));
        return Ok(());
    }
    let range = IpRange::parse(layout.required(fields, "network")?)?;
    let owner = ["isp", "organization", "autonomous_system_organization"].map(field);
    if let Some(owner) = owner.into_iter().find(|owner| !owner.is_empty()) {
        import.owners.add(range, [owner])?;
    }
    if layout.field(fields, "autonomous_system_number").is_some() {
        return Ok(());
    }
    let place = match layout.required(fields, "geoname_id")? {
        "" => [""; 4],
        text => {
            let known = import.known.get(&id(text)?);
            let known = known.ok_or_else(|| {
                format!("the place {text} is not in the file of locations: take both files of one release")
            })?;
            known.each_ref().map(String::as_str)
        }
    };
    let [code, country, state, city] = place;
    let (latitude, longitude) = (field("latitude"), field("longitude"));
    match oddity(code, latitude, longitude) {
        Some(oddity) => Err(oddity),
        None => import.places.add(range, [code, country, state, city, latitude, longitude]),
    }
}

fn id(text: &str) -> std::result::Result<u64, String> {
    text.parse()
        .map_err(|_| format!("expected the number of a place, found `{text}`: download the file again"))
}

/// A range whose ends are addresses or integers; the integers of IPv6 files are above those of IPv4.
fn range(first: &str, last: &str) -> std::result::Result<IpRange, String> {
    match (integer(first), integer(last)) {
        (Some(first), Some(last)) => IpRange::new(first, last),
        _ => IpRange::parse_ends(first, last),
    }
}

fn integer(text: &str) -> Option<IpAddr> {
    if address::parse(text).is_some() {
        return None;
    }
    let integer: u128 = text.parse().ok().filter(|_| text.bytes().all(|it| it.is_ascii_digit()))?;
    Some(match u32::try_from(integer) {
        Ok(bits) => IpAddr::V4(Ipv4Addr::from(bits)),
        Err(_) => IpAddr::V6(Ipv6Addr::from(integer)),
    })
}
