//! The server and how to connect to it. Nothing is read from a file or a URL here; the caller does that.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use crate::fault::Fault;

/// The authentication of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Auth {
    /// None: Thrift messages directly on the socket, Impala's default.
    #[default]
    NoSasl,
    /// SASL PLAIN with user and password, Hive's default.
    Plain,
    /// Like [`Auth::Plain`]; the server checks its LDAP directory.
    Ldap,
}

/// The transport of messages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Transport {
    /// The socket itself.
    #[default]
    Binary,
    /// `POST` requests of HTTP/1.1, with user and password in a Basic header.
    Http {
        /// The path of the service, without a leading slash; on most servers `cliservice`.
        path: String,
    },
}

/// The settings of an encrypted connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// Trusted authorities.
    pub roots: flow_oa_tls::Roots,
    /// What is checked in the server's certificate.
    pub check: flow_oa_tls::Check,
}

/// The address of a server and how to connect to it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// A name or an address, IPv6 without brackets.
    pub host: String,
    /// Usually 21050 (Impala) or 10000 (Hive, Spark), over HTTP 28000 or 10001.
    pub port: u16,
    /// The database for unqualified names; `None` leaves the choice to the server (`default`).
    pub database: Option<String>,
    /// The name of the user. If it is empty, the user of the environment (`USER`), or `anonymous`.
    pub user: String,
    /// SASL PLAIN has no empty password: `x` is sent if there is none.
    pub password: Option<SecretString>,
    /// The authentication. HTTP always sends a Basic header, since Hive refuses requests without one even if it
    /// accepts any content.
    pub auth: Auth,
    /// The transport of messages.
    pub transport: Transport,
    /// `None` leaves the connection unencrypted.
    pub tls: Option<Tls>,
    /// The time limit for resolving the host and connecting to it.
    pub connect_timeout: Duration,
    /// The time limit for the handshakes of TLS and SASL and the opening of the session. With a wrong authentication or
    /// transport a server often sends nothing at all, so this limit is short.
    pub handshake_timeout: Duration,
    /// The time limit for each later answer. A statement may run longer, since it is polled.
    pub read_timeout: Duration,
    /// The longest answer, in bytes.
    pub max_message: usize,
    /// Options of the session. Impala takes query options by their names; Hive and Spark take a setting as
    /// `set:hiveconf:NAME`, and Spark ignores a setting without that prefix. A value may be a password.
    pub options: Vec<(String, SecretString)>,
}

impl Settings {
    /// The server at `host` and `port`, with Impala's default authentication and transport.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            database: None,
            user: String::new(),
            password: None,
            auth: Auth::default(),
            transport: Transport::default(),
            tls: None,
            connect_timeout: Duration::from_secs(10),
            handshake_timeout: Duration::from_secs(30),
            read_timeout: Duration::from_secs(300),
            max_message: 256 << 20,
            options: Vec::new(),
        }
    }

    /// `host:port`, as messages and the HTTP host header name the server.
    pub(crate) fn at(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }

    /// The user that is sent.
    pub(crate) fn effective_user(&self) -> String {
        let asked = Some(self.user.clone()).filter(|user| !user.is_empty());
        let own = || std::env::var("USER").ok().filter(|user| !user.is_empty());
        asked.or_else(own).unwrap_or_else(|| "anonymous".to_owned())
    }

    /// The password that SASL and HTTP send.
    pub(crate) fn effective_password(&self) -> &str {
        let password = self.password.as_ref().map(SecretString::expose_secret);
        password.filter(|password| !password.is_empty()).unwrap_or("x")
    }

    /// Authentication, transport and encryption in words.
    pub(crate) fn mode(&self) -> String {
        let auth = match self.auth {
            Auth::NoSasl => "nosasl",
            Auth::Plain => "plain",
            Auth::Ldap => "ldap",
        };
        let transport = match &self.transport {
            Transport::Binary => "binary transport".to_owned(),
            Transport::Http { path } => format!("HTTP, path /{path},"),
        };
        let tls = if self.tls.is_some() { "with TLS" } else { "without TLS" };
        format!("auth {auth} over {transport} {tls}")
    }

    /// Refuses values that would change the meaning of a message that contains them.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        let fault = |what: &str| Err(Fault::Setting(what.to_owned()));
        let plain = |text: &str| text.bytes().all(|it| it.is_ascii_graphic());
        if self.host.is_empty() || !plain(&self.host) {
            return fault("the host is empty, or holds blanks or other characters that no host name has");
        }
        if self.user.contains('\0') || self.effective_password().contains('\0') {
            return fault("user or password holds a NUL, which ends a text in SASL PLAIN");
        }
        match &self.transport {
            Transport::Http { path } if !plain(path) => {
                fault("the HTTP path holds blanks or characters that must be written as %XX")
            }
            Transport::Http { .. } if self.effective_user().contains(':') => {
                fault("the user holds a colon, which separates user and password over HTTP")
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_printed() {
        let mut settings = Settings::new("db", 21050);
        settings.password = Some("hush".into());
        settings.options = vec![("PIN".to_owned(), "4711".into())];
        let text = format!("{settings:?}");
        assert!(text.contains("password: Some") && text.contains("PIN"), "{text}");
        assert!(!text.contains("hush") && !text.contains("4711"), "{text}");
    }

    #[test]
    fn what_would_change_a_message_is_refused() {
        let good = Settings::new("db", 1);
        assert!(good.check().is_ok());
        assert_eq!(Settings::new("::1", 1).at(), "[::1]:1");
        let http = |path: &str| Transport::Http { path: path.to_owned() };
        for bad in [
            Settings { host: "db\r\nX: y".to_owned(), ..good.clone() },
            Settings { host: String::new(), ..good.clone() },
            Settings { user: "a\0b".to_owned(), ..good.clone() },
            Settings { password: Some("\0".into()), ..good.clone() },
            Settings { transport: http("a b"), ..good.clone() },
            Settings { transport: http("a"), user: "a:b".to_owned(), ..good.clone() },
        ] {
            assert!(matches!(bad.check(), Err(Fault::Setting(_))), "{bad:?}");
        }
    }
}
