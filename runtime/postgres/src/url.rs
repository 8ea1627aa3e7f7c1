//! The address of a PostgreSQL database and the login: from the URL, and for missing parts from the environment and the
//! password file, as in libpq. The client crate supports neither `~/.pgpass` nor the TLS modes that verify
//! certificates.

use std::path::{Path, PathBuf};
use std::time::Duration;

use flow_oa_core::{decoded, quoted};
use flow_oa_schema::names::LONGEST;
use flow_oa_tls::{Check, Roots};
use postgres::Config;
use postgres::config::{Host, SslMode};

use super::passwords::{self, Environment};
use flow_oa_engine::EngineError;
use flow_oa_engine::url::{without_password, without_value};

/// The folder of the sockets on Debian, used if no host is named.
const SOCKETS: &str = "/var/run/postgresql";

/// The time limit for opening a connection.
pub(super) const CONNECTING: Duration = Duration::from_secs(15);

/// How long sent data may stay unacknowledged before the connection is dropped.
const UNANSWERED: Duration = Duration::from_secs(60);

/// The parsed URL, completed from the environment and the password file.
pub(super) struct Address {
    pub(super) config: Config,
    /// The URL without its password, for messages.
    pub(super) shown: String,
    /// The schema of the tables; `None` for the one that the search path of the server selects.
    pub(super) schema: Option<String>,
    /// How connections are encrypted; `None` if they are not.
    pub(super) tls: Option<(Roots, Check)>,
}

/// Parses a URL. `home` is the home folder of the user, with the files of libpq.
///
/// # Errors
/// If the URL cannot be parsed, or a file that it needs cannot be used.
pub(super) fn understand(
    url: &str,
    environment: Environment<'_>,
    home: Option<&Path>,
) -> Result<Address, EngineError> {
    let shown = without_password(url);
    let fault = |reason: String| EngineError::NoAccess { database: shown.clone(), reason };
    let (plain, own) = split(url).map_err(&fault)?;
    let plain = with_port(&plain, environment("PGPORT").filter(|port| !port.is_empty()).as_deref());
    let mut config: Config = plain.parse().map_err(|error| fault(reason_of(&error)))?;
    fill(&mut config, environment).map_err(&fault)?;
    let said =
        |own: Option<String>, name: &str| own.or_else(|| environment(name)).filter(|value| !value.is_empty());
    let mode = said(own.mode, "PGSSLMODE").unwrap_or_else(|| "prefer".to_owned());
    let roots = said(own.roots, "PGSSLROOTCERT");
    let (ssl, tls) = encryption(&mode, roots.as_deref(), home).map_err(&fault)?;
    // A socket of this machine needs no encryption, and its server has none there, whatever the mode says (libpq).
    let is_local = config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
    let (ssl, tls) = if is_local { (SslMode::Disable, None) } else { (ssl, tls) };
    config.ssl_mode(ssl);
    if config.get_password().is_none() {
        let password = environment("PGPASSWORD").filter(|password| !password.is_empty());
        let password = match password {
            Some(password) => Some(password),
            None => passwords::look_up(&config, environment, home).map_err(&fault)?,
        };
        if let Some(password) = password {
            config.password(password);
        }
    }
    Ok(Address { config, shown, schema: own.schema, tls })
}

/// Parameters that the client crate does not support.
#[derive(Default)]
struct Own {
    mode: Option<String>,
    roots: Option<String>,
    schema: Option<String>,
}

/// Separates these parameters from the URL.
fn split(url: &str) -> Result<(String, Own), String> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let (mut own, mut others) = (Own::default(), Vec::new());
    for pair in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or_else(|| without_value(pair))?;
        let place = match name {
            "sslmode" => &mut own.mode,
            "sslrootcert" => &mut own.roots,
            "schema" => &mut own.schema,
            _ => {
                others.push(pair);
                continue;
            }
        };
        let value = decoded(value).ok_or_else(|| format!("the value of {name} is not well encoded"))?;
        if value.is_empty() {
            return Err(format!("the parameter {name} has no value"));
        }
        *place = Some(value);
    }
    // The server would truncate the name, and then find another schema than the one that it created.
    if let Some(name) = own.schema.as_ref().filter(|schema| schema.len() > LONGEST || schema.contains('\0')) {
        return Err(format!(
            "the schema {} has no name that PostgreSQL takes: at most {LONGEST} bytes, none of them zero",
            quoted(name)
        ));
    }
    let query = if others.is_empty() { String::new() } else { format!("?{}", others.join("&")) };
    Ok((format!("{base}{query}"), own))
}

/// Adds `port` to the hosts of the URL that have none. Otherwise the client crate uses 5432 for them, whatever is set
/// later.
fn with_port(url: &str, port: Option<&str>) -> String {
    let (Some(port), Some((scheme, rest))) = (port, url.split_once("://")) else { return url.to_owned() };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, after) = rest.split_at(end);
    let (user, hosts) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
    let has_port = |host: &str| host.rsplit_once(']').map_or(host, |(_, it)| it).contains(':');
    let full = |host: &str| match host.is_empty() || has_port(host) {
        true => host.to_owned(),
        false => format!("{host}:{port}"),
    };
    let hosts: Vec<String> = hosts.split(',').map(full).collect();
    format!("{scheme}://{user}{}{after}", hosts.join(","))
}

/// Adds what the URL omits from the environment, as libpq does.
fn fill(config: &mut Config, environment: Environment<'_>) -> Result<(), String> {
    let given = |name: &str| environment(name).filter(|value| !value.is_empty());
    if config.get_hosts().is_empty() {
        let socket = Path::new(SOCKETS).is_dir().then(|| SOCKETS.to_owned());
        config.host(&given("PGHOST").or(socket).unwrap_or_else(|| "localhost".to_owned()));
    }
    if config.get_ports().is_empty()
        && let Some(port) = given("PGPORT")
    {
        config.port(
            port.parse()
                .map_err(|_| format!("PGPORT: expected the number of a port, found {}", quoted(&port)))?,
        );
    }
    if config.get_user().is_none()
        && let Some(user) = given("PGUSER")
    {
        config.user(&user);
    }
    if config.get_dbname().is_none()
        && let Some(name) = given("PGDATABASE")
    {
        config.dbname(&name);
    }
    if config.get_application_name().is_none() {
        config.application_name("flow-oa");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECTING);
    }
    config.keepalives_idle(UNANSWERED / 2).keepalives_interval(Duration::from_secs(10)).keepalives_retries(3);
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNANSWERED);
    }
    Ok(())
}

/// The meaning of a TLS mode. With `require`, a given file of roots is used to verify the certificate, as in libpq.
fn encryption(
    mode: &str,
    roots: Option<&str>,
    home: Option<&Path>,
) -> Result<(SslMode, Option<(Roots, Check)>), String> {
    let own = || home.map(|home| home.join(".postgresql/root.crt")).filter(|it| it.is_file());
    let named = || match roots {
        Some("system") => Roots::System,
        Some(path) => Roots::File(PathBuf::from(path)),
        None => own().map_or(Roots::System, Roots::File),
    };
    Ok(match mode {
        "disable" => (SslMode::Disable, None),
        "prefer" | "allow" => (SslMode::Prefer, Some((Roots::System, Check::Nothing))),
        "require" if roots.is_none() => (SslMode::Require, Some((Roots::System, Check::Nothing))),
        "require" | "verify-ca" => (SslMode::Require, Some((named(), Check::Chain))),
        "verify-full" => (SslMode::Require, Some((named(), Check::Full))),
        _ => {
            return Err(format!(
                "sslmode: expected disable, prefer, require, verify-ca or verify-full, found {}",
                quoted(mode)
            ));
        }
    })
}

/// The error of the client crate for a URL.
fn reason_of(error: &postgres::Error) -> String {
    let source = std::error::Error::source(error).map(ToString::to_string);
    format!(
        "the URL cannot be understood ({}); it is postgres://USER@HOST:PORT/DATABASE?PARAMETER=VALUE",
        source.unwrap_or_else(|| error.to_string())
    )
}

/// The hosts and ports of a configuration, for messages.
pub(super) fn places(config: &Config) -> String {
    let port = |at: usize| config.get_ports().get(at).or(config.get_ports().first()).copied().unwrap_or(5432);
    let place = |(at, host): (usize, &Host)| match host {
        Host::Tcp(name) => format!("{name} port {}", port(at)),
        Host::Unix(folder) => format!("{}/.s.PGSQL.{}", folder.display(), port(at)),
    };
    config.get_hosts().iter().enumerate().map(place).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn understood(url: &str, variables: &[(&str, &str)]) -> Result<Address, EngineError> {
        let environment = |name: &str| {
            variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
        };
        understand(url, &environment, None)
    }

    #[test]
    fn what_the_url_does_not_say_the_environment_does() {
        let variables = [("PGUSER", "ann"), ("PGPORT", "5433"), ("PGPASSWORD", "s"), ("PGDATABASE", "flows")];
        let config = understood("postgres://db.example", &variables).unwrap().config;
        assert_eq!(config.get_user(), Some("ann"));
        assert_eq!(config.get_ports(), [5433]);
        assert_eq!(config.get_password(), Some(&b"s"[..]));
        assert_eq!(config.get_dbname(), Some("flows"));
        let config = understood("postgres://bob:x@[::1],b:1/other", &variables).unwrap().config;
        assert_eq!(config.get_ports(), [5433, 1]);
        let config = understood("postgres://bob:x@db.example:1/other", &variables).unwrap().config;
        assert_eq!((config.get_user(), config.get_ports()), (Some("bob"), &[1][..]));
        assert_eq!((config.get_password(), config.get_dbname()), (Some(&b"x"[..]), Some("other")));
    }

    #[test]
    fn each_mode_of_tls_checks_what_its_name_says() {
        let check = |mode: &str| {
            let address = understood(&format!("postgres://h/d?sslmode={mode}"), &[]).unwrap();
            (address.config.get_ssl_mode(), address.tls.map(|(_, check)| check))
        };
        assert_eq!(check("disable"), (SslMode::Disable, None));
        assert_eq!(check("prefer"), (SslMode::Prefer, Some(Check::Nothing)));
        assert_eq!(check("require"), (SslMode::Require, Some(Check::Nothing)));
        assert_eq!(check("verify-ca"), (SslMode::Require, Some(Check::Chain)));
        assert_eq!(check("verify-full"), (SslMode::Require, Some(Check::Full)));
        assert!(understood("postgres://h/d?sslmode=perhaps", &[]).is_err());
        let own = understood("postgres://h/d?sslmode=verify-full&sslrootcert=%2Fca.pem", &[]).unwrap();
        assert_eq!(own.tls, Some((Roots::File("/ca.pem".into()), Check::Full)));
        let by_environment = understood("postgres://h/d", &[("PGSSLMODE", "verify-ca")]).unwrap();
        assert_eq!(by_environment.tls, Some((Roots::System, Check::Chain)));
    }

    #[test]
    fn a_socket_is_named_as_for_psql_and_is_not_encrypted() {
        let folder = Path::new("/var/run/postgresql");
        for url in [
            "postgres://%2Fvar%2Frun%2Fpostgresql/flows?sslmode=require",
            "postgres://ann@%2Fvar%2Frun%2Fpostgresql:5433/flows?sslmode=verify-full",
            "postgres:///flows?host=/var/run/postgresql&sslrootcert=%2Fabsent.pem",
            "postgresql:///flows?host=%2Fvar%2Frun%2Fpostgresql",
        ] {
            let Address { config, tls, .. } = understood(url, &[("PGSSLMODE", "require")]).unwrap();
            assert_eq!(config.get_hosts(), [Host::Unix(folder.to_owned())], "{url}");
            assert_eq!(
                (config.get_ssl_mode(), tls, config.get_dbname()),
                (SslMode::Disable, None, Some("flows"))
            );
        }
        let Address { config, tls, .. } = understood("postgres:///flows", &[("PGHOST", "/run/pg")]).unwrap();
        assert_eq!((config.get_hosts(), tls), (&[Host::Unix("/run/pg".into())][..], None));
        let mixed = understood("postgres://%2Frun%2Fpg,db.example/flows?sslmode=require", &[]).unwrap();
        assert!(mixed.tls.is_some(), "the other host is encrypted");
    }

    #[test]
    fn a_url_that_cannot_be_understood_says_why() {
        for (url, why) in [
            ("postgres://h/d?nonsense=1", "nonsense"),
            ("postgres://h:port/d", "`port`"),
            ("postgres://h/d?schema=", "schema has no value"),
            ("postgres://h/d?schema=%zz", "not well encoded"),
            ("postgres://h/d?schema", "has no value"),
            ("postgres://h/d?schema=a%00b", "none of them zero"),
        ] {
            let error = understood(url, &[]).err().unwrap().to_string();
            assert!(error.contains(why), "{url}: {error}");
        }
        assert_eq!(understood("postgres://h/d?schema=a%20b", &[]).unwrap().schema.as_deref(), Some("a b"));
    }
}
