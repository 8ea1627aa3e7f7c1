//! The host and port of a URL (RFC 3986, 3.2), for HTTP and Hadoop alike. Names are not resolved here.

use std::fmt;

/// A host, and a port if it is given.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Authority {
    /// A name or an address; an IPv6 address is in brackets.
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

impl Authority {
    /// Parses `host[:port]`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (host, port) = match text.rfind(':').filter(|at| !text[*at..].contains(']')) {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        let is_name =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        let within = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_host = match within {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && is_name(host),
        };
        if !is_host {
            return Err(format!("expected the name or the address of a host{}", found(host)));
        }
        let read = |text: &str| text.parse().ok().filter(|port| *port > 0);
        let port = match port.filter(|port| !port.is_empty()) {
            Some(text) => {
                Some(read(text).ok_or_else(|| format!("expected a port from 1 to 65535{}", found(text)))?)
            }
            None => None,
        };
        Ok(Self { host: host.to_ascii_lowercase(), port })
    }
}

/// Quotes the text in a message if it cannot be part of a password: in an unencoded password, the part before its first
/// slash is taken for a host or a port.
fn found(text: &str) -> String {
    match text.bytes().all(|it| it.is_ascii_digit()) {
        true => format!(", found `{text}`"),
        false => {
            "; in a user or password, `/`, `?`, `#` and `@` are written %2F, %3F, %23 and %40".to_owned()
        }
    }
}

impl Authority {
    /// Whether it is a loopback address.
    pub(crate) fn is_here(&self) -> bool {
        let bare = self.host.trim_matches(['[', ']']);
        self.host == "localhost"
            || bare.parse().is_ok_and(|address: std::net::IpAddr| address.to_canonical().is_loopback())
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(out, "{}:{port}", self.host),
            None => out.write_str(&self.host),
        }
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_read_and_nothing_else() {
        for (text, shown) in [
            ("A.example", "a.example"),
            ("192.0.2.1:80", "192.0.2.1:80"),
            ("[::1]:80", "[::1]:80"),
            ("a:", "a"),
        ] {
            assert_eq!(Authority::parse(text).unwrap().to_string(), shown);
        }
        for text in ["", ":80", "a:0", "a:65536", "a:b", "a b", "[::1", "::1", "[a]", "a@b", "a/b", "é"] {
            assert!(Authority::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        let is_here = |text| Authority::parse(text).unwrap().is_here();
        assert!(is_here("localhost:80") && is_here("127.1.2.3") && is_here("[::1]"));
        assert!(is_here("[::ffff:127.0.0.1]:80"), "it is 127.0.0.1");
        assert!(!is_here("localhost.example") && !is_here("192.0.2.1"));
    }
}
