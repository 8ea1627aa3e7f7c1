//! Time limits and retries of transfers, trusted certificates, and the servers of named Hadoop file systems.

use std::collections::BTreeMap;
use std::time::Duration;

use flow_oa_tls::Roots;

use crate::authority::Authority;
use crate::error::{RemoteError, Result};
use crate::location::{Hdfs, Through};
use crate::url::{Scheme, Url};

/// Time limits, the number of tries, and the largest size of a file.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The time limit for connecting; the look-up of the host's name has its own limit of the same length.
    pub connect: Duration,
    /// The time limit for the next bytes, in either direction.
    pub stall: Duration,
    /// The least bytes a second of a file, on average over each time of `stall`.
    pub slowest: u64,
    /// The time limit for the body of a file.
    pub longest: Duration,
    /// The time limit for a whole exchange; `None` for no limit.
    pub whole: Option<Duration>,
    /// The most tries after transient failures: no connection, a stall, a status of 408, 429 or 5xx, a truncated body.
    pub tries: u32,
    /// The wait before the second try. It doubles before each further try, and a random part of up to a half is
    /// subtracted, so that many programs do not retry at once.
    pub first_wait: Duration,
    /// The longest wait that a server may ask for.
    pub longest_wait: Duration,
    /// The largest size of a file, in bytes.
    pub largest: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            stall: Duration::from_secs(60),
            slowest: 1024,
            longest: Duration::from_secs(6 * 3600),
            whole: None,
            tries: 4,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
            largest: 64 << 30,
        }
    }
}

/// The settings of a site.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone, Default)]
pub struct Site {
    pub roots: Roots,
    pub policy: Policy,
    pub hadoop: Hadoop,
}

/// NameNode's HTTP port in Hadoop 3 (`dfs.namenode.http-address`); it was 50070 in Hadoop 2.
const HTTP_PORT: u16 = 9870;

/// NameNode's RPC port, the default port of `hdfs://`.
const RPC_PORT: u16 = 8020;

/// The Hadoop user, and the HTTP addresses of NameNodes.
#[derive(Debug, Clone, Default)]
pub struct Hadoop {
    user: Option<String>,
    namenodes: BTreeMap<Authority, Vec<Url>>,
}

impl Hadoop {
    /// `user` is the name for simple authentication, unless the environment sets one. `namenodes` maps the authority of
    /// `hdfs://` URLs to HTTP addresses, several if there is a standby.
    ///
    /// # Errors
    /// [`RemoteError::Configuration`] for an invalid name or address.
    pub fn new(user: Option<String>, namenodes: &BTreeMap<String, Vec<String>>) -> Result<Self> {
        let mut read = BTreeMap::new();
        for (name, addresses) in namenodes {
            let fault = |reason: &str| {
                RemoteError::Configuration(format!("the HTTP addresses of the NameNode {name}: {reason}"))
            };
            let at = Authority::parse(name).map_err(|error| fault(&error))?;
            if addresses.is_empty() {
                return Err(fault("there are none; expected one, such as http://namenode:9870"));
            }
            let urls: std::result::Result<_, _> = addresses.iter().map(|address| base(address)).collect();
            read.insert(at, urls.map_err(|error| fault(&error))?);
        }
        Ok(Self { user, namenodes: read })
    }

    /// The user: from HADOOP_USER_NAME as for Hadoop's own commands, then the settings, then the operating system.
    pub(crate) fn user(&self) -> Option<String> {
        let said = std::env::var("HADOOP_USER_NAME").ok().filter(|name| !name.is_empty());
        said.or_else(|| self.user.clone()).or_else(of_system)
    }

    /// The HTTP addresses of the NameNodes of a file system, at least one.
    pub(crate) fn addresses(&self, of: &Hdfs) -> Vec<Url> {
        let url = |scheme, at: Authority| Url { scheme, user: None, at, target: "/".to_owned() };
        if let Through::Web(scheme) = of.through {
            let port = of.at.port.unwrap_or(match scheme {
                Scheme::Http => HTTP_PORT,
                Scheme::Https => HTTP_PORT + 1,
            });
            return vec![url(scheme, Authority { port: Some(port), ..of.at.clone() })];
        }
        let other_spelling = match of.at.port {
            None => Some(Some(RPC_PORT)),
            Some(RPC_PORT) => Some(None),
            Some(_) => None,
        };
        let other = other_spelling.map(|port| Authority { port, ..of.at.clone() });
        let found = self.namenodes.get(&of.at).or_else(|| self.namenodes.get(&other?));
        let default = || vec![url(Scheme::Http, Authority { port: Some(HTTP_PORT), ..of.at.clone() })];
        found.cloned().unwrap_or_else(default)
    }
}

/// Parses the address of a server, without path.
fn base(text: &str) -> std::result::Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{}: {error}", crate::url::without_secrets(text)))?;
    match (&url.user, url.target.as_str()) {
        (None, "/") => Ok(url),
        _ => Err(format!("{url}: expected a server without user and path, such as http://namenode:9870")),
    }
}

#[cfg(unix)]
fn of_system() -> Option<String> {
    nix::unistd::User::from_uid(nix::unistd::geteuid()).ok().flatten().map(|it| it.name)
}

#[cfg(not(unix))]
fn of_system() -> Option<String> {
    std::env::var("USERNAME").ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::{Kind, Remote};

    fn hadoop(name: &str, addresses: &[&str]) -> Result<Hadoop> {
        let addresses = addresses.iter().map(|address| (*address).to_owned()).collect();
        Hadoop::new(None, &BTreeMap::from([(name.to_owned(), addresses)]))
    }

    fn addresses(hadoop: &Hadoop, text: &str) -> Vec<String> {
        let Kind::Hdfs(it) = Remote::parse(text).unwrap().kind else {
            panic!("{text} is no Hadoop file system")
        };
        hadoop.addresses(&it).iter().map(Url::to_send).collect()
    }

    #[test]
    fn a_namenode_speaks_http_where_the_settings_say_and_by_default_where_hadoop_3_does() {
        let both = hadoop("nn:8020", &["http://nn1:50070", "https://nn2"]).unwrap();
        let configured = ["http://nn1:50070/", "https://nn2/"];
        assert_eq!(addresses(&both, "hdfs://nn:8020/a"), configured);
        assert_eq!(addresses(&both, "hdfs://NN/a"), configured, "8020 is the port that nobody names");
        assert_eq!(addresses(&both, "hdfs://nn:9000/a"), ["http://nn:9870/"]);
        let service = hadoop("service", &["http://nn1:9870"]).unwrap();
        assert_eq!(addresses(&service, "hdfs://service/a"), ["http://nn1:9870/"]);
        assert_eq!(addresses(&Hadoop::default(), "webhdfs://nn/a"), ["http://nn:9870/"]);
        assert_eq!(addresses(&Hadoop::default(), "swebhdfs://nn/a"), ["https://nn:9871/"]);
        assert_eq!(addresses(&Hadoop::default(), "swebhdfs://nn:1/a"), ["https://nn:1/"]);
    }

    #[test]
    fn an_address_that_is_none_is_refused() {
        for addresses in [&[][..], &["nn:9870"], &["http://nn/webhdfs"], &["http://me:s3cret@nn"]] {
            let said = hadoop("nn", addresses).unwrap_err().to_string();
            assert!(said.contains("the NameNode nn") && !said.contains("s3cret"), "{said}");
        }
        assert!(hadoop("a b", &["http://nn"]).is_err());
    }
}
