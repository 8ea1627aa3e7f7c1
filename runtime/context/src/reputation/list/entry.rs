//! Entries of lists: ranges of addresses, host names and URLs.
//!
//! A damaged address must not pass for a name, or a list would silently lose an entry. So a text is a name only if it
//! cannot be meant as an address, unless its column holds names.

use std::collections::HashMap;
use std::fmt;

use flow_oa_core::{Named, Observable, Text, address};

use super::super::threat::Verdict;
use crate::ranges::{IpRange, Ranges};

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    Range(IpRange),
    /// A host name or URL, as written.
    Name(Text),
}

/// What the entries of a list or of a column may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Addresses, networks and ranges.
    Ranges,
    /// Host names and URLs. The text is not checked, since DNS questions and proxy requests hold any text. An address
    /// is a name of its host.
    Names,
    /// Either; the text decides.
    Any,
}

impl Entry {
    /// Parses an entry.
    ///
    /// # Errors
    /// A reason, if the text is not an entry of this kind.
    pub(super) fn parse(text: &str, kind: Kind) -> Result<Self, String> {
        let text = text.trim();
        match kind {
            Kind::Ranges => IpRange::parse(text).map(Self::Range),
            Kind::Names if text.is_empty() => {
                Err("expected a host name or a URL, found none: correct or remove the line".to_owned())
            }
            Kind::Names if address::parse(text).is_none() => Ok(Self::Name(text.into())),
            Kind::Names => IpRange::parse(text).map(Self::Range),
            Kind::Any if is_name(text) => Ok(Self::Name(text.into())),
            Kind::Any => IpRange::parse(text).map(Self::Range).map_err(|reason| {
                if text.contains(char::is_alphabetic) && !text.contains(':') {
                    no_entry(text)
                } else {
                    reason
                }
            }),
        }
    }

    /// The rank of this entry for an address or a name; the lowest rank counts. `None` if the entry is about something
    /// else. A name that is an address has the verdict of the address.
    pub(super) fn rank(&self, of: &Observable) -> Option<(usize, u128)> {
        match (self, of) {
            (Self::Range(range), Observable::Address(ip)) => range.rank(*ip),
            (Self::Range(range), Observable::Name(_, text)) => range.rank(address::parse(text)?),
            (Self::Name(name), Observable::Name(named, _)) => {
                (Observable::name(*named, name) == *of).then_some((0, 0))
            }
            (Self::Name(_), Observable::Address(_)) => None,
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range) => range.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

fn no_entry(found: &str) -> String {
    format!(
        "expected an address, a network, a range, a host name of two or more labels or a URL, found `{found}`: correct \
         or remove the line; a list of other names begins with a header such as `name,label,value`"
    )
}

/// Whether a text can only be a host name of at least two labels or a URL. Without a scheme, a host that is an address
/// or whose last label begins with a digit is not a name: `192.0.2.999`, `192.0.2.1/24`, `192.0.2.1O`.
fn is_name(text: &str) -> bool {
    if text.contains(char::is_whitespace) {
        return false;
    }
    match text.split_once("://") {
        Some((scheme, rest)) => {
            !rest.is_empty()
                && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        }
        None => {
            let end = text.find(['/', '?']).unwrap_or(text.len());
            let (host, port) = text[..end].split_once(':').unwrap_or((&text[..end], "0"));
            is_host(host) && port.parse::<u16>().is_ok()
        }
    }
}

/// Whether a text is a host name of at least two labels, the last of which begins with a letter, as the names of all
/// top-level domains do: `192.0.2.1O` and `127.0.0.0x1` are not names. Underscores occur in names of services.
pub(in super::super) fn is_host(text: &str) -> bool {
    let is_inside = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
    let is_label = |label: &str| (1..=63).contains(&label.len()) && label.chars().all(is_inside);
    let name = text.strip_suffix('.').unwrap_or(text);
    let last = name.rsplit_once('.').map(|(_, last)| last);
    last.is_some_and(|last| last.starts_with(char::is_alphabetic)) && name.split('.').all(is_label)
}

/// Entries and their verdicts, for look-ups. The narrowest range counts, and of several entries for the same name or
/// range the first.
pub(super) struct Listed {
    ranges: Ranges<Verdict>,
    names: HashMap<Observable, Verdict>,
}

impl Listed {
    pub(super) fn get(&self, of: &Observable) -> Option<Verdict> {
        let ip = match of {
            Observable::Address(ip) => Some(*ip),
            Observable::Name(_, text) => address::parse(text),
        };
        match ip {
            Some(ip) => self.ranges.get(ip).copied(),
            None => self.names.get(of).copied(),
        }
    }
}

impl FromIterator<(Entry, Verdict)> for Listed {
    fn from_iter<I: IntoIterator<Item = (Entry, Verdict)>>(entries: I) -> Self {
        let (mut ranges, mut names) = (Vec::new(), HashMap::new());
        for (entry, verdict) in entries {
            match entry {
                Entry::Range(range) => ranges.push((range, verdict)),
                Entry::Name(name) => {
                    for named in [Named::Domain, Named::Url] {
                        names.entry(Observable::name(named, &name)).or_insert(verdict);
                    }
                }
            }
        }
        Self { ranges: ranges.into_iter().collect(), names }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_name_only_if_it_cannot_be_meant_as_an_address() {
        for name in [
            "evil.example",
            "Evil.Example.",
            "_ldap._tcp.evil.example",
            "bücher.example",
            "xn--bcher-kva.xn--p1ai",
            "пример.рф",
            "evil.example:8080",
            "evil.example/a,b?c=d#e",
            "http://192.0.2.1/a",
            "hxxp://evil",
        ] {
            assert_eq!(Entry::parse(name, Kind::Any), Ok(Entry::Name(name.into())), "{name}");
            assert!(Entry::parse(name, Kind::Ranges).is_err(), "{name}");
        }
        for other in [
            "192.0.2.999",
            "192.0.2.1O",
            "192.0.2.1O:80",
            "192.0.2.0x1",
            "evil.-example",
            "192.0.2.",
            "192.0.2.1:80",
            "192.0.2.1/24",
            "192.0.2.0/24#remark",
            "192.0.2.1/a",
            "192.0.2.9-192.0.2.1",
            "2001:db8::g",
            "2001:db8::1/129",
            "HIGH",
            "evil..example",
            "evil.example ; SBL1",
            "hits:evil.example",
            "://evil.example",
            "http://",
            "",
        ] {
            assert!(Entry::parse(other, Kind::Any).is_err(), "{other}");
        }
        let reason = Entry::parse("printer", Kind::Any).unwrap_err();
        assert!(reason.contains("found `printer`") && reason.contains("a URL"), "{reason}");
    }

    #[test]
    fn a_column_of_names_holds_any_text_and_addresses() {
        for name in ["*", "HIGH", "192.0.2.1/24", "192.0.2.1/a?b=c", "192.0.2.1:80", "a b"] {
            assert_eq!(Entry::parse(name, Kind::Names), Ok(Entry::Name(name.into())), "{name}");
        }
        assert!(matches!(Entry::parse("192.0.2.1", Kind::Names), Ok(Entry::Range(_))));
        assert!(Entry::parse(" ", Kind::Names).is_err());
    }
}
