//! How patient reading and writing are, whom they trust, and how names of Hadoop file systems lead to servers.

use std::collections::BTreeMap;
use std::time::Duration;

use flow_oa_tls::Roots;

use crate::authority::Authority;
use crate::error::{RemoteError, Result};
use crate::location::{Hdfs, Through};
use crate::url::{Scheme, Url};

/// How long is waited, how often is tried, and how large a file may be.
#[derive(Debug, Clone)]
pub struct Policy {
    /// For a connection, the look-up of the host's name apart.
    pub connect: Duration,
    /// For the next bytes, in either direction. A file as a whole may take as long as it takes.
    pub stall: Duration,
    /// For a whole exchange; nothing where it may take as long as it takes.
    pub whole: Option<Duration>,
    /// In all, at what passes: no connection, a stall, an answer of 408, 429 or 5xx, a body cut short.
    pub tries: u32,
    /// Before the second try; doubled before each further one, and up to a half taken off by chance, so that many
    /// programs do not come back at once.
    pub first_wait: Duration,
    /// The longest wait that a server may ask for.
    pub longest_wait: Duration,
    /// In bytes.
    pub largest: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            stall: Duration::from_secs(60),
            whole: None,
            tries: 4,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
            largest: 64 << 30,
        }
    }
}

/// What a site says.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// Whom to trust.
    pub roots: Roots,
    /// How patient to be.
    pub policy: Policy,
    /// Its Hadoop file systems.
    pub hadoop: Hadoop,
}

/// NameNode's HTTP port in Hadoop 3 (`dfs.namenode.http-address`); it was 50070 in Hadoop 2.
const HTTP_PORT: u16 = 9870;

/// NameNode's RPC port, which `hdfs://` means where it names none.
const RPC_PORT: u16 = 8020;

/// Who the user is for Hadoop, and where its NameNodes speak HTTP.
#[derive(Debug, Clone, Default)]
pub struct Hadoop {
    user: Option<String>,
    namenodes: BTreeMap<Authority, Vec<Url>>,
}

impl Hadoop {
    /// `user` by which simple authentication knows us, where the environment does not say; `namenodes` are the HTTP
    /// addresses of file systems by what stands behind `hdfs://`, several where a standby takes over.
    ///
    /// # Errors
    /// [`RemoteError::Configuration`] for a name or an address that is none.
    pub fn new(user: Option<String>, namenodes: &BTreeMap<String, Vec<String>>) -> Result<Self> {
        let mut read = BTreeMap::new();
        for (name, addresses) in namenodes {
            let fault = |reason: &str| {
                RemoteError::Configuration(format!("the HTTP addresses of the NameNode {name}: {reason}"))
            };
            let at = Authority::parse(name).map_err(|it| fault(&it))?;
            if addresses.is_empty() {
                return Err(fault("there are none; expected one, such as http://namenode:9870"));
            }
            let urls: std::result::Result<_, _> = addresses.iter().map(|it| base(it)).collect();
            read.insert(at, urls.map_err(|it| fault(&it))?);
        }
        Ok(Self { user, namenodes: read })
    }

    /// The user: HADOOP_USER_NAME as for Hadoop's own commands, then the settings', then the system's.
    pub(crate) fn user(&self) -> Option<String> {
        let said = std::env::var("HADOOP_USER_NAME").ok().filter(|it| !it.is_empty());
        said.or_else(|| self.user.clone()).or_else(of_system)
    }

    /// Where the NameNodes of a file system speak HTTP, at least one.
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

/// Reads the address of a server, without path.
fn base(text: &str) -> std::result::Result<Url, String> {
    let url = Url::parse(text).map_err(|it| format!("{}: {it}", crate::url::without_secrets(text)))?;
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
        let addresses = addresses.iter().map(|it| (*it).to_owned()).collect();
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
        for addresses in [&[][..], &["nn:9870"], &["http://nn/webhdfs"], &["http://me:geheim@nn"]] {
            let said = hadoop("nn", addresses).unwrap_err().to_string();
            assert!(said.contains("the NameNode nn") && !said.contains("geheim"), "{said}");
        }
        assert!(hadoop("a b", &["http://nn"]).is_err());
    }
}
