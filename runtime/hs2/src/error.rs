//! The errors that a user reads if a server cannot be used or refuses: the operation, the server, the finding, and what
//! to do.

use std::time::Duration;

use crate::fault::{Fault, Speaks};
use crate::messages::{Progress, Status};
use crate::settings::{Auth, Settings, Transport};

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Hs2Error {
    /// A setting is invalid; nothing was tried.
    #[error("the settings of the HiveServer2 at {at} cannot be used: {reason}")]
    Setting {
        /// `host:port`.
        at: String,
        /// What is wrong.
        reason: String,
    },
    /// No connection could be made: refused, no answer, an unknown name.
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
        /// The name of the user.
        user: String,
        /// The message of the server.
        reason: String,
        /// The authentication and transport that were used.
        mode: String,
    },
    /// The server does not seem to use this authentication and transport.
    #[error("the server at {at} gave no usable answer ({found}): {tried} was tried; {advice}")]
    WrongMode {
        /// `host:port`.
        at: String,
        /// The authentication and transport that were used.
        tried: String,
        /// What was received, if anything.
        found: String,
        /// What to try instead.
        advice: String,
    },
    /// An answer did not arrive in time.
    #[error("{doing}: the HiveServer2 at {at} gave no answer within {seconds} s")]
    Timeout {
        /// The operation that failed.
        doing: &'static str,
        /// `host:port`.
        at: String,
        /// The time limit, in seconds.
        seconds: f64,
    },
    /// The connection was lost. Whether a statement in progress took effect is not known.
    #[error("{doing}: the connection to the HiveServer2 at {at} was lost: {reason}")]
    Lost {
        /// The operation that failed.
        doing: &'static str,
        /// `host:port`.
        at: String,
        /// What was found.
        reason: String,
    },
    /// An answer cannot be decoded, or a request cannot be sent.
    #[error("{doing}: the HiveServer2 at {at}: {found}")]
    Protocol {
        /// The operation that failed.
        doing: &'static str,
        /// `host:port`.
        at: String,
        /// What was found.
        found: String,
    },
    /// The server reported an error.
    #[error("{doing}: the HiveServer2 at {at} says: {error}")]
    Server {
        /// The operation that failed.
        doing: &'static str,
        /// `host:port`.
        at: String,
        /// The error of the server.
        error: Box<ServerError>,
    },
    /// An [`crate::Interrupter`] stopped it.
    #[error("{doing}: interrupted")]
    Interrupted {
        /// The operation that was stopped.
        doing: &'static str,
    },
}

/// The error that a server reported; `Display` shows it in one line.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("{}{}", self.summary(), self.numbers())]
pub struct ServerError {
    /// The full message: Spark adds the plan of the statement, and the position in its code.
    pub message: String,
    /// The five characters of SQLSTATE, if the server sends them.
    pub sql_state: Option<String>,
    /// The server's own error number, if it sends one.
    pub code: Option<i32>,
    /// The stack trace of the server, as it was sent.
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

    /// The first meaningful line of the message, without the names of Java exceptions at its start.
    #[must_use]
    pub fn summary(&self) -> &str {
        let mut lines = self.message.lines().map(|line| bare(line.trim()));
        lines.find(|line| !line.is_empty()).unwrap_or("nothing but that it failed")
    }

    fn numbers(&self) -> String {
        let state = self.sql_state.as_deref().filter(|sql_state| !sql_state.is_empty());
        match (state, self.code.filter(|code| *code != 0)) {
            (None, None) => String::new(),
            (Some(state), None) => format!(" (SQLSTATE {state})"),
            (None, Some(code)) => format!(" (error {code})"),
            (Some(state), Some(code)) => format!(" (SQLSTATE {state}, error {code})"),
        }
    }
}

/// The phase of a session. Before it is open, silence and garbage most likely mean that the wrong authentication or
/// transport is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Opening,
    Open,
}

/// The operation in progress, for messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Doing<'a> {
    pub(crate) what: &'static str,
    pub(crate) phase: Phase,
    pub(crate) settings: &'a Settings,
}

impl Doing<'_> {
    /// The time limit for an answer.
    pub(crate) fn time(&self) -> Duration {
        match self.phase {
            Phase::Opening => self.settings.handshake_timeout,
            Phase::Open => self.settings.read_timeout,
        }
    }

    /// Converts a fault to an error.
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

    /// The error for a failure that the server reported.
    pub(crate) fn refused(&self, error: ServerError) -> Hs2Error {
        Hs2Error::Server { doing: self.what, at: self.settings.at(), error: Box::new(error) }
    }

    /// The error for an answer that was decoded but makes no sense.
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

/// Removes what wraps a message: Spark writes `…HiveSQLException: Error running query: [CLASS]
/// …AnalysisException: ` before it.
fn bare(mut line: &str) -> &str {
    const WRAPS: [&str; 2] = ["Error running query", "Failed to open new session"];
    loop {
        let unclassed = line.strip_prefix('[').and_then(|line| line.split_once("] ")).map_or(line, |it| it.1);
        let Some((head, rest)) = unclassed.split_once(':') else { return line };
        if !is_exception(head) && !WRAPS.contains(&head) {
            return line;
        }
        line = rest.trim_start();
    }
}

/// Whether it is the qualified name of a Java class of exceptions: `org.apache.hive.service.cli.HiveSQLException`.
fn is_exception(text: &str) -> bool {
    let named = text.ends_with("Exception") || text.ends_with("Error");
    named
        && text.contains('.')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$'))
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
