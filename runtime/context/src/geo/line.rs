//! One line of a geolocation file: a range as two integers, and its place and owner.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use flow_oa_core::Geo;

use crate::ranges::IpRange;
use flow_oa_files::text;

const COLUMNS: usize = 10;

/// A line with valid quotes and the right number of columns, split into its parts.
pub(super) struct Parts<'a> {
    pub(super) range: IpRange,
    /// Country code, country, state, city, latitude and longitude, as they are written.
    pub(super) place: &'a str,
    /// Owner and domain, as they are written.
    pub(super) owner: &'a str,
}

/// Validates a line and splits it.
pub(super) fn parts(line: &str) -> Result<Parts<'_>, String> {
    let range = range_of(line)?;
    let (mut commas, mut found) = ([0; COLUMNS - 1], 0);
    text::for_each_delimiter(line, b',', |at| {
        if let Some(comma) = commas.get_mut(found) {
            *comma = at;
        }
        found += 1;
    })?;
    let between = |after: usize, before: usize| line.get(after + 1..before);
    match (found, between(commas[1], commas[7]), between(commas[7], line.len())) {
        (9, Some(place), Some(owner)) => Ok(Parts { range, place, owner }),
        _ => Err(wrong_columns(found + 1)),
    }
}

/// The range of a line from its two leading integers; the rest is not parsed.
fn range_of(line: &str) -> Result<IpRange, String> {
    let (start, rest) = integer(line)?;
    let (end, _) = integer(rest)?;
    IpRange::new(address(start), address(end))
}

/// The integer in the first field of `text`, quoted or not, and the text after its comma. Parsed by hand for speed,
/// since it is called twice per line.
fn integer(text: &str) -> Result<(u128, &str), String> {
    let quoted = text.strip_prefix('"');
    let digits = quoted.unwrap_or(text);
    let end = digits.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at(end);
    let rest = if quoted.is_some() { rest.strip_prefix('"') } else { Some(rest) };
    let behind = rest.and_then(|rest| if rest.is_empty() { Some(rest) } else { rest.strip_prefix(',') });
    match (parse_digits(digits), behind) {
        (Some(value), Some(rest)) => Ok((value, rest)),
        _ => Err(format!(
            "expected a range as two integers from 0 to 2^128-1, such as \"16777216\",\"16777471\", found \
             `{}`: correct or remove the line",
            text.split(',').next().unwrap_or_default()
        )),
    }
}

/// Parsing a `u64` is several times as fast as a `u128`, and a `u64` holds every IPv4 address.
fn parse_digits(digits: &str) -> Option<u128> {
    const DIGITS_OF_U64: usize = 19;
    match digits.len() {
        0 => None,
        1..=DIGITS_OF_U64 => {
            Some(digits.bytes().fold(0, |sum: u64, digit| sum * 10 + u64::from(digit - b'0')).into())
        }
        _ => digits.parse().ok(),
    }
}

fn address(integer: u128) -> IpAddr {
    match u32::try_from(integer) {
        Ok(bits) => IpAddr::V4(Ipv4Addr::from(bits)),
        Err(_) => IpAddr::V6(Ipv6Addr::from(integer)),
    }
}

fn wrong_columns(found: usize) -> String {
    format!(
        "expected {COLUMNS} columns (start, end, country code, country, state, city, latitude, longitude, \
         owner, domain), found {found}: put a text with a comma in quotes, or remove the line"
    )
}

/// A place as it is stored: `State;City`, the code of its country, and its degrees.
#[derive(Debug, PartialEq)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) country: String,
    pub(super) latitude: Option<f64>,
    pub(super) longitude: Option<f64>,
}

/// Parses [`Parts::place`].
pub(super) fn place_of(text: &str) -> Result<Place, String> {
    let fields = text::fields(text, b',')?;
    let [country, _, state, city, latitude, longitude] = fields.as_slice() else {
        return Err(wrong_columns(fields.len()));
    };
    let (latitude, longitude) = (degrees(latitude), degrees(longitude));
    Ok(Place { name: format!("{state};{city}"), country: country.to_string(), latitude, longitude })
}

/// Parses [`Parts::owner`] into the owner and the domain.
pub(super) fn owner_of(text: &str) -> Result<(String, String), String> {
    let fields = text::fields(text, b',')?;
    let [owner, domain] = fields.as_slice() else { return Err(wrong_columns(fields.len())) };
    Ok((owner.to_string(), domain.to_string()))
}

/// All facts of a line.
pub(super) fn geo_of(parts: &Parts<'_>) -> Result<Geo, String> {
    let (place, (owner, domain)) = (place_of(parts.place)?, owner_of(parts.owner)?);
    Ok(Geo {
        location: format!("{} {owner}", place.name).into(),
        domain: domain.into(),
        country: place.country.into(),
        latitude: place.latitude,
        longitude: place.longitude,
    })
}

/// What is odd in a place, so that it is stored without it or as it is written: a code of a country that is not two
/// letters, a coordinate that is no number or not on the globe. `None` if nothing is.
pub(super) fn oddity(code: &str, latitude: &str, longitude: &str) -> Option<String> {
    let is_unknown = |text: &str| matches!(text.trim(), "" | "-");
    let code = code.trim();
    let is_code = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    if !is_unknown(code) && !is_code {
        return Some(format!(
            "expected the two letters of a country or `-`, found `{code}`: correct the line"
        ));
    }
    [("latitude", latitude, 90.0), ("longitude", longitude, 180.0)].into_iter().find_map(
        |(what, text, most)| {
            let is_good = is_unknown(text) || degrees(text).is_some_and(|degrees| degrees.abs() <= most);
            let text = text.trim();
            (!is_good).then(|| {
                format!("expected a {what} from -{most} to {most} or `-`, found `{text}`: correct the line")
            })
        },
    )
}

/// The oddity of [`Parts::place`].
pub(super) fn odd_place(text: &str) -> Option<String> {
    let fields = text::fields(text, b',').ok()?;
    let [code, _, _, _, latitude, longitude] = fields.as_slice() else { return None };
    oddity(code, latitude, longitude)
}

/// `None` if the text is not a number, such as `-`, or is `NaN` or `inf`.
fn degrees(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|degrees: &f64| degrees.is_finite())
}
