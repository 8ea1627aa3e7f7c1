//! HTTP URLs, with as much of RFC 3986 as files need: parsed, joined, resolved for redirects, and shown without
//! secrets.
//!
//! This module does not know about remote files; see `location`.
//!
//! # Decisions
//!
//! - **URLs are parsed here, not by the crate `url`**: it would bring some forty crates for international host names,
//!   and it changes what it parses, so that messages would not show the URL that the user wrote.

use std::fmt;
use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::authority::Authority;
use flow_oa_core::{decoded, is_secret};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn of(word: &str) -> Option<Self> {
        [Self::Http, Self::Https].into_iter().find(|scheme| scheme.word().eq_ignore_ascii_case(word))
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// `http://` or `https://`, without fragment. `Display` hides secrets.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Url {
    pub(crate) scheme: Scheme,
    /// Name and password, decoded.
    pub(crate) user: Option<(String, String)>,
    pub(crate) at: Authority,
    /// Path and query, encoded; begins with a slash.
    pub(crate) target: String,
}

impl Url {
    /// Parses an absolute URL; characters that a URL may not contain, such as blanks, are encoded.
    ///
    /// # Errors
    /// The reason why the URL is invalid.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (word, rest) = text.split_once("://").ok_or("expected http:// or https://")?;
        let scheme = Scheme::of(word).ok_or("expected http:// or https://")?;
        if let Some(bad) = rest.chars().find(|it| it.is_control()) {
            return Err(format!("it holds the control character {bad:?}"));
        }
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (user, at) = match authority.rsplit_once('@') {
            Some((user, at)) => (Some(credentials(user)?), at),
            None => (None, authority),
        };
        let slash = if target.starts_with('/') { "" } else { "/" };
        let target = format!("{slash}{}", encoded(target, IN_TARGET));
        Ok(Self { scheme, user, at: Authority::parse(at)?, target })
    }

    /// Resolves the target of a redirect (RFC 9110, 10.2.2). The user is passed on only to the same server.
    pub(crate) fn follow(&self, text: &str) -> Result<Self, String> {
        let mut next = if text.starts_with("//") {
            Self::parse(&format!("{}:{text}", self.scheme.word()))?
        } else if text.contains("://") && !text.starts_with('/') {
            Self::parse(text)?
        } else {
            let path = self.path();
            let folder = path.rfind('/').map_or("/", |at| &path[..=at]);
            let target = match text.chars().next() {
                Some('/') => text.to_owned(),
                Some('?') => format!("{path}{text}"),
                _ => format!("{folder}{text}"),
            };
            Self::parse(&format!("{}://{}{target}", self.scheme.word(), self.at))?
        };
        if next.is_of_server(self) && next.user.is_none() {
            next.user.clone_from(&self.user);
        }
        Ok(next)
    }

    pub(crate) fn is_of_server(&self, other: &Self) -> bool {
        let port = |url: &Self| url.at.port.unwrap_or(url.scheme.default_port());
        self.scheme == other.scheme && self.at.host == other.at.host && port(self) == port(other)
    }

    fn path(&self) -> &str {
        self.target.split_once('?').map_or(&self.target, |(path, _)| path)
    }

    /// The URL of the file `relative` in this folder; the query is kept.
    pub(crate) fn join(&self, relative: &str) -> Self {
        let path = self.path();
        let query = &self.target[path.len()..];
        let target = format!("{}/{}{query}", path.trim_end_matches('/'), encoded(relative, IN_PATH));
        Self { target, ..self.clone() }
    }

    /// The URL to send: without the user, who is sent as a header.
    pub(crate) fn to_send(&self) -> String {
        format!("{}://{}{}", self.scheme.word(), self.at, self.target)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}://", self.scheme.word())?;
        if let Some((name, _)) = &self.user {
            write!(out, "{}:***@", encoded(name, IN_PATH))?;
        }
        write!(out, "{}{}", self.at, self.path())?;
        let query = self.target.split_once('?').map(|(_, query)| query);
        for (at, pair) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
            out.write_char(if at == 0 { '?' } else { '&' })?;
            match pair.split_once('=') {
                Some((name, _)) if is_secret(name) => write!(out, "{name}=***")?,
                _ => out.write_str(pair)?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// Shows a text that may be a URL, even an invalid one, without user and query.
pub(crate) fn without_secrets(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    // A password may contain an unencoded slash: everything before the last `@` is hidden.
    let from = rest.rfind('@').map_or(0, |at| at + 1);
    let hidden = if from > 0 { "***@" } else { "" };
    let shown = &rest[from..];
    let shown = &shown[..shown.find('?').filter(|_| end < rest.len()).unwrap_or(shown.len())];
    format!("{scheme}://{hidden}{shown}")
}

fn credentials(text: &str) -> Result<(String, String), String> {
    let (name, password) = text.split_once(':').unwrap_or((text, ""));
    let read = |text| {
        decoded(text).ok_or("user and password are not encoded as URLs want it: `%40` for `@`".to_owned())
    };
    let (name, password) = (read(name)?, read(password)?);
    if name.chars().chain(password.chars()).any(char::is_control) {
        return Err("user or password holds a control character".to_owned());
    }
    Ok((name, password))
}

/// What is encoded in a query or a form.
pub(crate) const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is encoded in a path.
pub(crate) const IN_PATH: &AsciiSet = &IN_QUERY.remove(b'/');

/// What is encoded in a path or query that is already encoded in part.
const IN_TARGET: &AsciiSet = &IN_PATH
    .remove(b'?')
    .remove(b':')
    .remove(b'@')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b'%')
    .remove(b'[')
    .remove(b']');

/// Encodes the bytes of a set, and every byte outside ASCII (RFC 3986, 2.1).
pub(crate) fn encoded(text: &str, set: &'static AsciiSet) -> String {
    utf8_percent_encode(text, set).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_url_is_read_and_what_it_may_not_hold_is_encoded() {
        for (text, sent) in [
            ("http://a", "http://a/"),
            ("HTTP://A.example:8080/b", "http://a.example:8080/b"),
            ("https://[::1]:8443/b?c=d#e", "https://[::1]:8443/b?c=d"),
            ("http://a?c=d", "http://a/?c=d"),
            ("http://a/b c/é%20", "http://a/b%20c/%C3%A9%20"),
            ("http://user:pass@a/b", "http://a/b"),
        ] {
            assert_eq!(url(text).to_send(), sent, "{text}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for text in
            ["a/b", "ftp://a/b", "http://", "http:///b", "http://a:0/", "http://a:70000/", "http://a b/"]
        {
            assert!(Url::parse(text).is_err(), "{text}");
        }
        for text in
            ["http://a/\r\nX: y", "http://u%zz@a/", "http://u:%0d%0a@a/", "http://[::1/", "http://a:b:1/"]
        {
            assert!(Url::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = url("https://me:s3cret@a/b?date=1&X-Amz-Signature=s3cret&token=s3cret").to_string();
        assert_eq!(shown, "https://me:***@a/b?date=1&X-Amz-Signature=***&token=***");
        for text in
            ["http://me:s3cret@a", "http://me:ge/heim@a", "http://me:ge?heim@a", "http://me:ge#heim@a"]
        {
            let said = Url::parse(text).err().unwrap_or_default();
            assert!(!said.contains("ge") && !said.contains("heim"), "{text}: {said}");
        }
        for text in ["http://me:ge/heim@a:x/b", "http://me:s3cret@a b/?x=s3cret", "ftp://me:s3cret@a/"] {
            let shown = without_secrets(text);
            assert!(!shown.contains("heim") && shown.contains("***@a"), "{shown}");
        }
        assert_eq!(without_secrets("s3://bucket/a"), "s3://bucket/a");
    }

    #[test]
    fn a_redirect_is_followed_from_where_it_was_found() {
        let from = url("https://me:pass@a:8443/b/c?d=e");
        for (to, sent) in [
            ("http://z/y", "http://z/y"),
            ("//z/y", "https://z/y"),
            ("/y?x=http://w", "https://a:8443/y?x=http://w"),
            ("y", "https://a:8443/b/y"),
            ("?x", "https://a:8443/b/c?x"),
        ] {
            assert_eq!(from.follow(to).unwrap().to_send(), sent);
        }
        assert_eq!(from.follow("/y").unwrap().user, from.user);
        assert_eq!(from.follow("https://a/y").unwrap().user, None, "another port is another server");
    }

    #[test]
    fn a_file_is_joined_before_the_query() {
        assert_eq!(url("http://a/b/?c=d").join("e f/g").to_send(), "http://a/b/e%20f/g?c=d");
        assert_eq!(url("http://a").join("e").to_send(), "http://a/e");
    }

    proptest! {
        #[test]
        fn no_text_is_more_than_refused(text in "(https?://)?[ -~é]{0,24}") {
            if let Ok(read) = Url::parse(&text) {
                prop_assert_eq!(Url::parse(&read.to_send()).map(|it| it.to_send()), Ok(read.to_send()));
            }
            without_secrets(&text);
        }

        #[test]
        fn what_is_encoded_reads_back(text in any::<String>()) {
            prop_assert_eq!(decoded(&encoded(&text, IN_PATH)), Some(text));
        }
    }
}
