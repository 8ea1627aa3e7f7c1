//! The location of a file, as users write it: a path, or a URL of a supported kind. No file or server is accessed here.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::authority::Authority;
use crate::error::{RemoteError, Result};
use crate::url::{Scheme, Url, without_secrets};

/// The location of a file or a folder of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// On this machine.
    Local(PathBuf),
    /// On another server.
    Remote(Remote),
}

/// A remote file or folder. `Display` shows it as it was written, without secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Remote {
    pub(crate) kind: Kind,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Http(Url),
    Hdfs(Hdfs),
}

/// A path of a Hadoop file system. All characters are literal, even `%`, as in Hadoop's own commands.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Hdfs {
    pub(crate) through: Through,
    pub(crate) at: Authority,
    /// Begins with a slash.
    pub(crate) path: String,
}

/// How the name of a Hadoop file system is resolved to its servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Through {
    /// By its name; the settings or Hadoop's defaults supply the HTTP address: `hdfs://`.
    Name,
    /// The name is the HTTP address: `webhdfs://` and `swebhdfs://`.
    Web(Scheme),
}

impl Through {
    const ALL: [(&'static str, Self); 3] =
        [("hdfs", Self::Name), ("webhdfs", Self::Web(Scheme::Http)), ("swebhdfs", Self::Web(Scheme::Https))];

    fn of(scheme: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(word, _)| word.eq_ignore_ascii_case(scheme)).map(|(_, it)| it)
    }

    fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, through)| *through == self).map_or("hdfs", |(word, _)| word)
    }
}

impl Location {
    /// The location of `path`: a URL if it begins with a scheme and `://`, a local path otherwise.
    ///
    /// # Errors
    /// [`RemoteError::Configuration`] for an invalid URL, or an unsupported scheme.
    pub fn named(path: &Path) -> Result<Self> {
        let text = path.to_str().filter(|text| scheme_of(text).is_some());
        text.map_or_else(|| Ok(Self::Local(path.to_owned())), |text| Remote::parse(text).map(Self::Remote))
    }

    /// Like [`Self::named`], with a path relative to `folder`.
    ///
    /// # Errors
    /// See [`Self::named`].
    pub fn named_from(folder: &Path, text: &str) -> Result<Self> {
        Ok(match Self::named(Path::new(text))? {
            Self::Local(path) => Self::Local(folder.join(path)),
            remote => remote,
        })
    }

    /// The file `relative`, whose parts are separated by slashes, in this folder.
    pub fn join(&self, relative: &str) -> Self {
        match self {
            Self::Local(folder) => Self::Local(folder.join(relative)),
            Self::Remote(folder) => Self::Remote(folder.join(relative)),
        }
    }

    /// The path, if it is local.
    pub fn local(&self) -> Option<&Path> {
        match self {
            Self::Local(path) => Some(path),
            Self::Remote(_) => None,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => path.display().fmt(out),
            Self::Remote(remote) => remote.fmt(out),
        }
    }
}

/// The scheme at the start of a text, if `://` follows it (RFC 3986, 3.1).
fn scheme_of(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once("://")?;
    let is_scheme = scheme.starts_with(|it: char| it.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme.then_some(scheme)
}

impl Remote {
    /// Parses a URL.
    ///
    /// # Errors
    /// See [`Location::named`].
    pub fn parse(text: &str) -> Result<Self> {
        let fault = |reason: &str| RemoteError::Configuration(format!("{}: {reason}", without_secrets(text)));
        let scheme = scheme_of(text).unwrap_or_default();
        if let Some(through) = Through::of(scheme) {
            let rest = &text[scheme.len() + "://".len()..];
            return hdfs(through, rest)
                .map(|hdfs| Self { kind: Kind::Hdfs(hdfs) })
                .map_err(|error| fault(&error));
        }
        if !["http", "https"].iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
            return Err(fault(
                "files are read from paths, http://, https://, hdfs://, webhdfs:// and swebhdfs://, and from \
                 nowhere else",
            ));
        }
        Url::parse(text).map(|url| Self { kind: Kind::Http(url) }).map_err(|error| fault(&error))
    }

    /// Checks that files can be written to this location. No server is accessed.
    ///
    /// # Errors
    /// If the location is an http(s) URL.
    pub fn require_writable(&self) -> Result<()> {
        self.writable().map(drop)
    }

    /// The location in HDFS, or an error if files cannot be written there.
    pub(crate) fn writable(&self) -> Result<&Hdfs> {
        match &self.kind {
            Kind::Hdfs(hdfs) => Ok(hdfs),
            Kind::Http(_) => Err(RemoteError::Configuration(format!(
                "{self}: files are not written over http(s), which cannot say whether one is replaced as a whole; name a \
                 path, hdfs:// or webhdfs://"
            ))),
        }
    }

    /// The location with secrets, to distinguish files; it must never be shown.
    pub fn with_secrets(&self) -> String {
        match &self.kind {
            Kind::Http(url) => format!("{:?} {}", url.user, url.to_send()),
            Kind::Hdfs(_) => self.to_string(),
        }
    }

    /// See [`Location::join`].
    #[must_use]
    pub fn join(&self, relative: &str) -> Self {
        let kind = match &self.kind {
            Kind::Http(url) => Kind::Http(url.join(relative)),
            Kind::Hdfs(hdfs) => {
                let path = format!("{}/{relative}", hdfs.path.trim_end_matches('/'));
                Kind::Hdfs(Hdfs { path, ..hdfs.clone() })
            }
        };
        Self { kind }
    }
}

fn hdfs(through: Through, rest: &str) -> std::result::Result<Hdfs, String> {
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(
            "the user is taken from HADOOP_USER_NAME or in the settings (hdfs, user), not in the URL".into(),
        );
    }
    if authority.is_empty() {
        return Err("name the NameNode: hdfs://HOST[:PORT]/PATH".into());
    }
    if path.chars().any(char::is_control) {
        return Err("the path holds a control character".into());
    }
    let path = if path.is_empty() { "/" } else { path };
    Ok(Hdfs { through, at: Authority::parse(authority)?, path: path.to_owned() })
}

impl fmt::Display for Remote {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Http(url) => url.fmt(out),
            Kind::Hdfs(Hdfs { through, at, path }) => write!(out, "{}://{at}{path}", through.word()),
        }
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Location {
        Location::named(Path::new(text)).unwrap()
    }

    #[test]
    fn a_scheme_makes_a_url_and_everything_else_is_a_path() {
        for text in ["a/b", "/a", "http:/a", "://a", "a b://c", "C:\\a", "-", "data/a://b"] {
            assert_eq!(named(text).local(), Some(Path::new(text)));
        }
        for text in
            ["http://a/b", "https://a/", "hdfs://nn:8020/a%20b c?d#e", "webhdfs://nn/a", "swebhdfs://n/"]
        {
            assert_eq!(named(text).local(), None);
            assert_eq!(named(text).to_string(), text, "it is shown as it was written");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_and_says_no_secret() {
        for (text, word) in [
            ("s3://bucket/a", "nowhere else"),
            ("file:///a", "nowhere else"),
            ("hdfs:///a", "name the NameNode"),
            ("hdfs://me@nn/a", "HADOOP_USER_NAME"),
            ("hdfs://nn:x/a", "port"),
            ("http://me:s3cret@:1/a", "host"),
        ] {
            let said = Location::named(Path::new(text)).unwrap_err().to_string();
            assert!(said.contains(word) && !said.contains("s3cret"), "{said}");
        }
    }

    #[test]
    fn a_file_of_a_folder_is_joined() {
        let join = |text| named(text).join("flow/a b").to_string();
        assert_eq!(join("hdfs://nn:8020/user/spot"), "hdfs://nn:8020/user/spot/flow/a b");
        assert_eq!(join("webhdfs://nn/"), "webhdfs://nn/flow/a b");
        assert_eq!(join("http://a/b/"), "http://a/b/flow/a%20b");
        assert_eq!(join("b"), "b/flow/a b");
        let from = |text| Location::named_from(Path::new("/home"), text).unwrap().to_string();
        assert_eq!(
            (from("a"), from("/b"), from("http://a/b")),
            ("/home/a".into(), "/b".into(), "http://a/b".into())
        );
    }
}
