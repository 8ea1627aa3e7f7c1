//! What a user reads when a server cannot be used, or refuses: what was being done, with which server, what was
//! found, and what to do.

use std::time::Duration;

use crate::fault::{Fault, Speaks};
use crate::messages::{Progress, Status};
use crate::settings::{Auth, Settings, Transport};

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Hs2Error {
    /// A setting that cannot be meant; nothing was tried.
    #[error("the settings of the HiveServer2 at {at} cannot be used: {reason}")]
    Setting {
        /// `host:port`.
        at: String,
        /// What is wrong.
        reason: String,
    },
    /// No connection came about: refused, no answer, a name that is not known.
    #[error("connecting to the HiveServer2 at {at}: {reason}; check host and port, and that the server runs")]
    Connect {
        /// `host:port`.
        at: String,
        /// What was found.
        reason: String,
    },
    /// The connection could not be encrypted.
    #[error("encrypting the connection to the HiveServer2 at {at}: {reason}")]
    Tls {
        /// `host:port`.
        at: String,
        /// What was found.
        reason: String,
    },
    /// The certificates of trusted authorities cannot be used.
    #[error(transparent)]
    Roots(#[from] flow_oa_tls::TlsError),
    /// The server does not accept user and password.
    #[error(
        "the HiveServer2 at {at} refused user {user}: {reason}; check user, password and the way to log in ({mode})"
    )]
    Auth {
        /// `host:port`.
        at: String,
        /// Who asked.
        user: String,
        /// What the server said.
        reason: String,
        /// How it was spoken to.
        mode: String,
    },
    /// The server does not seem to speak as it was spoken to.
    #[error("the server at {at} gave no usable answer ({found}): {tried} was tried; {advice}")]
    WrongMode {
        /// `host:port`.
        at: String,
        /// How it was spoken to.
        tried: String,
        /// What came, if anything.
        found: String,
        /// What to try instead.
        advice: String,
    },
    /// An answer did not come in time.
    #[error("{doing}: the HiveServer2 at {at} gave no answer within {seconds} s")]
    Timeout {
        /// What was being done.
        doing: &'static str,
        /// `host:port`.
        at: String,
        /// How long was waited.
        seconds: f64,
    },
    /// The connection ended in the middle. Whether a statement that was under way took effect is not known.
    #[error("{doing}: the connection to the HiveServer2 at {at} was lost: {reason}")]
    Lost {
        /// What was being done.
        doing: &'static str,
        /// `host:port`.
        at: String,
        /// What was found.
        reason: String,
    },
    /// An answer that cannot be understood, or a request that cannot be sent.
    #[error("{doing}: the HiveServer2 at {at}: {found}")]
    Protocol {
        /// What was being done.
        doing: &'static str,
        /// `host:port`.
        at: String,
        /// What was found.
        found: String,
    },
    /// The server did not do what it was asked for.
    #[error("{doing}: the HiveServer2 at {at} says: {error}")]
    Server {
        /// What was being done.
        doing: &'static str,
        /// `host:port`.
        at: String,
        /// What the server said.
        error: Box<ServerError>,
    },
    /// An [`crate::Interrupter`] stopped it.
    #[error("{doing}: interrupted")]
    Interrupted {
        /// What was being done.
        doing: &'static str,
    },
}

/// What a server said when it refused, in one line where it is printed.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("{}{}", self.summary(), self.numbers())]
pub struct ServerError {
    /// All that it said: Spark adds the plan of the statement, and where in its code it was.
    pub message: String,
    /// Five characters of the SQL standard's list, where the server gives them.
    pub sql_state: Option<String>,
    /// The server's own number, where it gives one.
    pub code: Option<i32>,
    /// The trace of its code, as it sent it.
    pub trace: Vec<String>,
}

impl ServerError {
    pub(crate) fn of_status(status: Status) -> Self {
        let Status { infos, sql_state, error_code, message, .. } = status;
        Self { message: message.unwrap_or_default(), sql_state, code: error_code, trace: infos }
    }

    pub(crate) fn of_progress(progress: &Progress) -> Self {
        let Progress { status, sql_state, error_code, message, .. } = progress;
        Self {
            message: message.clone().unwrap_or_default(),
            sql_state: sql_state.clone(),
            code: *error_code,
            trace: status.infos.clone(),
        }
    }

    /// The first line of the message that says something, without the names of Java's exceptions before it.
    #[must_use]
    pub fn summary(&self) -> &str {
        let mut lines = self.message.lines().map(|it| bare(it.trim()));
        lines.find(|it| !it.is_empty()).unwrap_or("nothing but that it failed")
    }

    fn numbers(&self) -> String {
        let state = self.sql_state.as_deref().filter(|it| !it.is_empty());
        match (state, self.code.filter(|it| *it != 0)) {
            (None, None) => String::new(),
            (Some(state), None) => format!(" (SQLSTATE {state})"),
            (None, Some(code)) => format!(" (error {code})"),
            (Some(state), Some(code)) => format!(" (SQLSTATE {state}, error {code})"),
        }
    }
}

/// How far a session is. Before it is open, silence and garbage most likely mean that the server is spoken to in a
/// wrong way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Opening,
    Open,
}

/// What was being done, for messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Doing<'a> {
    pub(crate) what: &'static str,
    pub(crate) phase: Phase,
    pub(crate) settings: &'a Settings,
}

impl Doing<'_> {
    /// How long an answer is waited for.
    pub(crate) fn time(&self) -> Duration {
        match self.phase {
            Phase::Opening => self.settings.handshake_timeout,
            Phase::Open => self.settings.read_timeout,
        }
    }

    /// The error that a fault is.
    pub(crate) fn error(&self, fault: Fault) -> Hs2Error {
        let (at, doing) = (self.settings.at(), self.what);
        match fault {
            Fault::Setting(reason) => Hs2Error::Setting { at, reason },
            Fault::Connect(reason) => Hs2Error::Connect { at, reason },
            Fault::Tls(reason) => Hs2Error::Tls { at, reason },
            Fault::Roots(error) => Hs2Error::Roots(error),
            Fault::Interrupted => Hs2Error::Interrupted { doing },
            Fault::Auth(reason) => Hs2Error::Auth {
                at,
                user: self.settings.effective_user(),
                reason,
                mode: self.settings.mode(),
            },
            Fault::TooLong(length) => {
                Hs2Error::Protocol { doing, at, found: format!("a request of {length} bytes cannot be sent") }
            }
            Fault::Foreign(speaks, found) if self.phase == Phase::Opening => self.wrong_mode(speaks, found),
            Fault::Late if self.phase == Phase::Opening => {
                let found = format!("nothing within {} s", self.time().as_secs_f64());
                self.wrong_mode(Speaks::Unknown, found)
            }
            Fault::Gone(found) if self.phase == Phase::Opening => self.wrong_mode(Speaks::Unknown, found),
            Fault::Late => Hs2Error::Timeout { doing, at, seconds: self.time().as_secs_f64() },
            Fault::Gone(reason) => Hs2Error::Lost { doing, at, reason },
            Fault::Malformed(found) | Fault::Foreign(_, found) => Hs2Error::Protocol { doing, at, found },
        }
    }

    /// The error that the server told of.
    pub(crate) fn refused(&self, error: ServerError) -> Hs2Error {
        Hs2Error::Server { doing: self.what, at: self.settings.at(), error: Box::new(error) }
    }

    /// The error that an answer is, which the codec could read.
    pub(crate) fn malformed(&self, found: impl Into<String>) -> Hs2Error {
        Hs2Error::Protocol { doing: self.what, at: self.settings.at(), found: found.into() }
    }

    fn wrong_mode(&self, speaks: Speaks, found: String) -> Hs2Error {
        let (at, tried) = (self.settings.at(), self.settings.mode());
        Hs2Error::WrongMode { at, tried, found, advice: advice(self.settings, speaks) }
    }
}

/// What to try instead.
fn advice(settings: &Settings, speaks: Speaks) -> String {
    let over_http = matches!(settings.transport, Transport::Http { .. });
    match speaks {
        Speaks::Http if over_http => {
            "check the HTTP path (most servers have cliservice), and whether the port is one of TLS"
                .to_owned()
        }
        Speaks::Http => "the server speaks HTTP there: try the HTTP transport".to_owned(),
        Speaks::Tls => "the server speaks TLS there: try it with TLS".to_owned(),
        Speaks::Plain => "the server does not speak TLS there: try it without".to_owned(),
        Speaks::Sasl => "the server speaks SASL there: try auth plain or ldap".to_owned(),
        Speaks::Unknown => {
            let other = match (over_http, settings.auth) {
                (true, _) => "try the binary transport (Impala has it at 21050, Hive and Spark at 10000)",
                (false, Auth::NoSasl) => "try auth plain or ldap (Hive's default is plain)",
                (false, Auth::Plain | Auth::Ldap) => {
                    "check user and password, since some servers just hang up; or try auth nosasl (Impala's default)"
                }
            };
            let tls = if settings.tls.is_some() { "without TLS" } else { "with TLS" };
            let http = if over_http { "" } else { ", or the HTTP transport" };
            format!("{other}, or the same {tls}{http}; or it is no HiveServer2")
        }
    }
}

/// A line without what wraps a message: Spark has `…HiveSQLException: Error running query: [CLASS]
/// …AnalysisException: ` before it.
fn bare(mut line: &str) -> &str {
    const WRAPS: [&str; 2] = ["Error running query", "Failed to open new session"];
    loop {
        let unclassed = line.strip_prefix('[').and_then(|it| it.split_once("] ")).map_or(line, |it| it.1);
        let Some((head, rest)) = unclassed.split_once(':') else { return line };
        if !is_exception(head) && !WRAPS.contains(&head) {
            return line;
        }
        line = rest.trim_start();
    }
}

/// Whether that is the name of a class of Java with its packages: `org.apache.hive.service.cli.HiveSQLException`.
fn is_exception(text: &str) -> bool {
    let named = text.ends_with("Exception") || text.ends_with("Error");
    named
        && text.contains('.')
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'_' | b'$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_says_something_is_shown_and_the_rest_is_kept() {
        let summary = |message: &str| {
            ServerError { message: message.to_owned(), ..ServerError::default() }.summary().to_owned()
        };
        assert_eq!(summary("\n\n  AnalysisException: no table\n at x"), "AnalysisException: no table");
        let spark = "org.apache.hive.service.cli.HiveSQLException: Error running query: [T] a.b.CException: [T] gone\n\tat d";
        assert_eq!(summary(spark), "[T] gone");
        let parse =
            "a.HiveSQLException: Error running query: [P] a.ParseException: \n[P] Syntax error\n\n== SQL ==";
        assert_eq!(summary(parse), "[P] Syntax error");
        assert_eq!(summary("Failed to open new session: a.b.CException: [S] no schema"), "[S] no schema");
        assert_eq!(summary("[T] a word: b"), "[T] a word: b");
        assert_eq!(summary("a.b.CError: d.E$FException: why"), "why");
        assert_eq!(summary(" \n"), "nothing but that it failed");
        let error = ServerError {
            message: "bad\nworse".to_owned(),
            sql_state: Some("42601".to_owned()),
            code: Some(7),
            trace: vec!["at a".to_owned()],
        };
        assert_eq!(error.to_string(), "bad (SQLSTATE 42601, error 7)");
    }
}
