//! Which server, and how it is spoken to. No setting is read from a file or a URL here: that is the caller's.

use std::fmt;
use std::time::Duration;

use crate::fault::Fault;

/// How a user shows who he is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Auth {
    /// Not at all: Thrift messages right on the socket, as Impala has it by default.
    #[default]
    NoSasl,
    /// SASL PLAIN, Hive's default: user and password.
    Plain,
    /// As [`Auth::Plain`]; the server asks its LDAP directory.
    Ldap,
}

/// What carries the messages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Transport {
    /// The socket itself.
    #[default]
    Binary,
    /// `POST` requests of HTTP/1.1, with user and password in a Basic header.
    Http {
        /// The path of the service, without a slash before it; most have `cliservice`.
        path: String,
    },
}

/// That the connection is encrypted, and whom it trusts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// Trusted authorities.
    pub roots: flow_oa_tls::Roots,
    /// What is checked of the server's certificate.
    pub check: flow_oa_tls::Check,
}

/// Where a server is and how it is spoken to.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// A name or an address, IPv6 without brackets.
    pub host: String,
    /// Most have 21050 (Impala) or 10000 (Hive, Spark), over HTTP 28000 or 10001.
    pub port: u16,
    /// The database that names without one are looked up in; `None` leaves it to the server (`default`).
    pub database: Option<String>,
    /// Who asks. An empty one is who runs the program, or `anonymous`.
    pub user: String,
    /// Never printed. SASL PLAIN has no empty password: where there is none, `x` is sent.
    pub password: Option<String>,
    /// How the user shows who he is. HTTP always has a Basic header, since Hive refuses requests without one even
    /// where it believes whatever it says.
    pub auth: Auth,
    /// What carries the messages.
    pub transport: Transport,
    /// `None` leaves the connection unencrypted.
    pub tls: Option<Tls>,
    /// For finding the host and connecting to it.
    pub connect_timeout: Duration,
    /// For the handshakes of TLS and SASL and the opening of the session. A server that is spoken to in a wrong way
    /// often says nothing at all, so this one is short.
    pub handshake_timeout: Duration,
    /// For each answer after that. A statement may run longer: it is asked for again and again.
    pub read_timeout: Duration,
    /// No answer may be longer, in bytes.
    pub max_message: usize,
    /// Options of the session. Impala takes query options by their names; Hive and Spark take a setting as
    /// `set:hiveconf:NAME`, and Spark passes over one without that prefix.
    pub options: Vec<(String, String)>,
}

impl Settings {
    /// The server at `host` and `port`, spoken to as Impala by default.
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

    /// `host:port`, as messages name the server and HTTP its host.
    pub(crate) fn at(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }

    /// Who asks.
    pub(crate) fn effective_user(&self) -> String {
        let asked = Some(self.user.clone()).filter(|it| !it.is_empty());
        let own = || std::env::var("USER").ok().filter(|it| !it.is_empty());
        asked.or_else(own).unwrap_or_else(|| "anonymous".to_owned())
    }

    /// What SASL and HTTP send as password.
    pub(crate) fn effective_password(&self) -> &str {
        self.password.as_deref().filter(|it| !it.is_empty()).unwrap_or("x")
    }

    /// How the server is spoken to, in words.
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

    /// Refuses what would change the meaning of a message that it is put into.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        let fault = |what: &str| Err(Fault::Setting(what.to_owned()));
        let plain = |text: &str| text.bytes().all(|it| it.is_ascii_graphic());
        if self.host.is_empty() || !plain(&self.host) {
            return fault("the host is empty, or holds blanks or other characters that no host name has");
        }
        if self.user.contains('\0') || self.password.as_ref().is_some_and(|it| it.contains('\0')) {
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

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("database", &self.database)
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "..."))
            .field("auth", &self.auth)
            .field("transport", &self.transport)
            .field("tls", &self.tls)
            .field("connect_timeout", &self.connect_timeout)
            .field("handshake_timeout", &self.handshake_timeout)
            .field("read_timeout", &self.read_timeout)
            .field("max_message", &self.max_message)
            .field("options", &self.options)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_printed() {
        let mut settings = Settings::new("db", 21050);
        settings.password = Some("hush".to_owned());
        let text = format!("{settings:?}");
        assert!(!text.contains("hush") && text.contains("password: Some"), "{text}");
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
            Settings { password: Some("\0".to_owned()), ..good.clone() },
            Settings { transport: http("a b"), ..good.clone() },
            Settings { transport: http("a"), user: "a:b".to_owned(), ..good.clone() },
        ] {
            assert!(matches!(bad.check(), Err(Fault::Setting(_))), "{bad:?}");
        }
    }
}
