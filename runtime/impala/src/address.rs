//! The address of an Impala or Hive and how to connect to it. A parameter in capital letters (Impala) or with a point
//! (Hive) is passed to the server as an option of the session.
//!
//! `impala://USER:PASSWORD@HOST:PORT/DATABASE?…` and `hive2://…`, with `auth` (nosasl, plain, ldap), `transport`
//! (binary, http), `path` (of HTTP), `tls` (true, false), `ca` (a PEM file), `verify` (full, chain, nothing),
//! `connect_timeout` and `timeout` (seconds), `location` (the folder that contains the tables), `keep` (folders of
//! earlier runs), `stats` (true, false: whether Impala computes statistics of what was written).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use flow_oa_core::quoted;
use flow_oa_hs2::{Auth, Settings, Tls, Transport};
use flow_oa_schema::dialect::impala::place;
use flow_oa_tls::{Check, Roots};
use secrecy::SecretString;

use flow_oa_engine::url::Parts;

/// The default number of folders of earlier runs that are kept.
const KEEP: usize = 1;

/// The kind of server, which decides what it supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Has a catalogue of files that must be refreshed for new files, and statistics by `COMPUTE STATS`.
    Impala,
    /// Hive, and Spark's Thrift Server.
    Hive,
}

/// The contents of a URL.
pub(super) struct Address {
    pub(super) settings: Settings,
    pub(super) family: Family,
    /// The folder that contains the tables.
    pub(super) location: Option<String>,
    /// How many folders of earlier runs are kept for each day of a table.
    pub(super) keep: usize,
    /// Whether a server that plans by statistics is asked to compute those of what was written.
    pub(super) stats: bool,
}

/// Parses a URL; `options` are those of the site, which apply unless the URL sets them.
///
/// # Errors
/// If a part or parameter of the URL is invalid.
pub(super) fn understand(url: &str, options: &BTreeMap<String, SecretString>) -> Result<Address, String> {
    let parts = Parts::read(url)?;
    let family = if url.starts_with("hive2:") { Family::Hive } else { Family::Impala };
    let mut settings = Settings::new(&parts.host, 0);
    settings.database = Some(parts.path).filter(|name| !name.is_empty());
    if let Some(fault) = settings.database.as_deref().and_then(place::fault_in_database) {
        return Err(fault);
    }
    settings.user = parts.user.unwrap_or_default();
    settings.password = parts.password;
    if family == Family::Hive {
        settings.auth = Auth::Plain;
    }
    let says = |parameter: &(String, String)| matches!(parameter.0.as_str(), "ca" | "verify");
    if parts.parameters.iter().any(|parameter| parameter.0 == "tls" && parameter.1 == "false")
        && parts.parameters.iter().any(says)
    {
        return Err(
            "tls=false contradicts ca and verify, which are about TLS: leave out one or the other".to_owned()
        );
    }
    let mut address = Address { settings, family, location: None, keep: KEEP, stats: true };
    for (name, value) in options {
        if parts.parameters.iter().all(|parameter| parameter.0 != *name) {
            address
                .take_option(name, value.clone())
                .map_err(|error| format!("query_options of the settings: {error}"))?;
        }
    }
    for (name, value) in &parts.parameters {
        address.take(name, value)?;
    }
    let http = matches!(address.settings.transport, Transport::Http { .. });
    address.settings.port = parts.port.unwrap_or(match (family, http) {
        (Family::Impala, false) => 21050,
        (Family::Impala, true) => 28000,
        (Family::Hive, false) => 10000,
        (Family::Hive, true) => 10001,
    });
    Ok(address)
}

impl Address {
    fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
        let settings = &mut self.settings;
        let seconds =
            || value.parse().map(Duration::from_secs).map_err(|_| expected(name, "whole seconds", value));
        match name {
            "auth" => settings.auth = auth(value)?,
            "transport" => match value {
                "binary" => settings.transport = Transport::Binary,
                "http" => set_http(settings, None),
                _ => return Err(expected(name, "binary or http", value)),
            },
            "path" => set_http(settings, Some(value.trim_start_matches('/').to_owned())),
            "tls" => match is_true(name, value)? {
                true => drop(settings.tls.get_or_insert_default()),
                false => settings.tls = None,
            },
            "ca" => tls(settings).roots = Roots::File(PathBuf::from(value)),
            "verify" => {
                tls(settings).check = match value {
                    "full" => Check::Full,
                    "chain" => Check::Chain,
                    "nothing" => Check::Nothing,
                    _ => return Err(expected(name, "full, chain or nothing", value)),
                }
            }
            "connect_timeout" => settings.connect_timeout = seconds()?,
            "timeout" => {
                let limit = seconds()?;
                settings.read_timeout = limit;
                settings.handshake_timeout = limit;
                settings.connect_timeout = settings.connect_timeout.min(limit);
            }
            "location" => match place::fault_in_location(value) {
                Some(fault) => return Err(fault),
                None => self.location = Some(value.trim_end_matches('/').to_owned()),
            },
            "stats" => self.stats = is_true(name, value)?,
            "keep" => self.keep = value.parse().map_err(|_| expected(name, "a whole number", value))?,
            _ => return self.take_option(name, value.into()),
        }
        Ok(())
    }

    /// Accepts a parameter that is passed to the server as an option of the session.
    fn take_option(&mut self, name: &str, value: SecretString) -> Result<(), String> {
        if !is_option(name) {
            return Err(format!(
                "there is no parameter {}; options of the server are written in capital letters (Impala) or with a \
                 point in them (Hive)",
                quoted(name)
            ));
        }
        let option = match self.family {
            Family::Impala => name.to_owned(),
            Family::Hive => format!("set:hiveconf:{name}"),
        };
        self.settings.options.push((option, value));
        Ok(())
    }
}

/// Whether a parameter is an option of the server, such as `MEM_LIMIT` or `hive.exec.parallel`.
fn is_option(name: &str) -> bool {
    let is_capital = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    name.contains('.') || (!name.is_empty() && name.bytes().all(is_capital))
}

fn auth(value: &str) -> Result<Auth, String> {
    match value {
        "nosasl" => Ok(Auth::NoSasl),
        "plain" => Ok(Auth::Plain),
        "ldap" => Ok(Auth::Ldap),
        "kerberos" => Err("auth=kerberos is not there yet; nosasl, plain and ldap are".to_owned()),
        _ => Err(expected("auth", "nosasl, plain or ldap", value)),
    }
}

fn is_true(name: &str, value: &str) -> Result<bool, String> {
    value.parse().map_err(|_| expected(name, "true or false", value))
}

fn expected(name: &str, what: &str, found: &str) -> String {
    format!("{name}: expected {what}, found {}", quoted(found))
}

fn tls(settings: &mut Settings) -> &mut Tls {
    settings.tls.get_or_insert_default()
}

/// Selects HTTP, with the given path, the path from before or the default path.
fn set_http(settings: &mut Settings, path: Option<String>) {
    let path = match (path, &settings.transport) {
        (Some(path), _) => path,
        (None, Transport::Http { path }) => path.clone(),
        (None, Transport::Binary) => "cliservice".to_owned(),
    };
    settings.transport = Transport::Http { path };
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn understand(url: &str) -> Result<Address, String> {
        super::understand(url, &BTreeMap::new())
    }

    fn options_of(address: &Address) -> String {
        let options = address.settings.options.iter();
        options.map(|(name, value)| format!("{name}={}", value.expose_secret())).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn options_of_the_site_hold_where_the_url_has_none_of_that_name() {
        let options = [("MEM_LIMIT", "1g"), ("REQUEST_POOL", "nightly")];
        let site = BTreeMap::from(options.map(|(name, value)| (name.to_owned(), value.into())));
        let given = |url: &str| options_of(&super::understand(url, &site).unwrap());
        assert_eq!(given("impala://h"), "MEM_LIMIT=1g REQUEST_POOL=nightly");
        assert_eq!(given("impala://h?REQUEST_POOL=own"), "MEM_LIMIT=1g REQUEST_POOL=own");
        assert_eq!(given("hive2://h"), "set:hiveconf:MEM_LIMIT=1g set:hiveconf:REQUEST_POOL=nightly");
        let wrong = BTreeMap::from([("pool".to_owned(), "x".into())]);
        let error = super::understand("impala://h", &wrong).err().unwrap();
        assert!(error.contains("query_options") && error.contains("\"pool\""), "{error}");
    }

    #[test]
    fn each_family_has_its_defaults() {
        let it = understand("impala://h/db").unwrap();
        assert_eq!((it.settings.port, it.settings.auth, it.family), (21050, Auth::NoSasl, Family::Impala));
        assert_eq!(it.settings.database.as_deref(), Some("db"));
        let it = understand("hive2://u@h").unwrap();
        assert_eq!((it.settings.port, it.settings.auth, it.family), (10000, Auth::Plain, Family::Hive));
        let it = understand("impala://h?transport=http").unwrap();
        assert_eq!(it.settings.port, 28000);
        assert_eq!(it.settings.transport, Transport::Http { path: "cliservice".into() });
    }

    #[test]
    fn every_parameter_is_taken_or_refused() {
        let url = "impala://h:1?auth=ldap&path=/x&tls=true&ca=/c.pem&verify=chain&timeout=7&MEM_LIMIT=2g&keep=3&stats=false&location=hdfs://n/f/";
        let it = understand(url).unwrap();
        assert_eq!(it.settings.tls, Some(Tls { roots: Roots::File("/c.pem".into()), check: Check::Chain }));
        let Settings { read_timeout, handshake_timeout, connect_timeout, .. } = it.settings;
        assert_eq!([read_timeout, handshake_timeout, connect_timeout], [Duration::from_secs(7); 3]);
        assert_eq!(options_of(&it), "MEM_LIMIT=2g");
        assert_eq!((it.keep, it.stats, it.location.as_deref()), (3, false, Some("hdfs://n/f")));
        let hive = understand("hive2://h?hive.exec.parallel=true").unwrap();
        assert_eq!(hive.settings.options[0].0, "set:hiveconf:hive.exec.parallel");
        for (parameter, why) in [
            ("auth=kerberos", "not there yet"),
            ("auth=maybe", "nosasl, plain or ldap"),
            ("tls=perhaps", "true or false"),
            ("stats=1", "true or false"),
            ("tls=false&ca=/c.pem", "contradicts"),
            ("timeout=soon", "whole seconds"),
            ("colour=red", "no parameter"),
            ("location=file:///it's", "an apostrophe"),
            ("location=hdfs://n/a%5Cb", "a backslash"),
            ("location=/a$%7Bb%7D", "begin a variable"),
        ] {
            let error = understand(&format!("impala://h?{parameter}")).err().unwrap();
            assert!(error.contains(why), "{error}");
        }
        let error = understand("impala://h/o%60a").err().unwrap();
        assert_eq!(
            error,
            "the name of the database may hold ASCII letters, digits and '_', but not a backtick"
        );
    }
}
