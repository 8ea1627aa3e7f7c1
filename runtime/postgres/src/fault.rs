//! Translates errors of PostgreSQL, with advice for the user. Errors are recognised by their SQLSTATE, never by the
//! text of the message, which is in the language of the server.

use postgres::Config;
use postgres::error::{DbError, SqlState};

use super::url::places;
use flow_oa_engine::EngineError;

/// The message of the server, with its detail and hint.
fn said(error: &DbError) -> String {
    let mut text = error.message().to_owned();
    for more in [error.detail(), error.hint()].into_iter().flatten() {
        text.push_str(&format!(" ({more})"));
    }
    text
}

/// The message of the client crate, with its causes.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text.push_str(&format!(": {more}"));
        }
        source = cause.source();
    }
    text
}

/// The error for a connection that could not be opened.
pub(super) fn of_connecting(shown: &str, config: &Config, error: &postgres::Error) -> EngineError {
    let database = shown.to_owned();
    if let Some(answer) = error.as_db_error() {
        let (said, code) = (said(answer), answer.code());
        let advice = if *code == SqlState::INVALID_PASSWORD {
            "; the password is looked for in the URL, PGPASSWORD and ~/.pgpass"
        } else if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
            "; the user comes from the URL or PGUSER, and pg_hba.conf of the server says who may come from where"
        } else if *code == SqlState::INVALID_CATALOG_NAME {
            "; `createdb NAME` makes it, or name another database in the URL"
        } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
            "; the owner of the database can GRANT CONNECT"
        } else {
            return EngineError::Unavailable { database, reason: said };
        };
        return EngineError::NoAccess { database, reason: format!("{said}{advice}") };
    }
    let reason = with_causes(error);
    if reason.contains("password missing") {
        let advice = "the server asks for a password; it is looked for in the URL, PGPASSWORD and ~/.pgpass";
        return EngineError::NoAccess { database, reason: advice.to_owned() };
    }
    let advice = match reason.contains("TLS") || reason.contains("certificate") {
        true => "sslmode and sslrootcert in the URL say how the connection is encrypted and whom it trusts",
        false => "is the server running, and may this machine reach it?",
    };
    EngineError::Unavailable { database, reason: format!("{reason} (asked: {}); {advice}", places(config)) }
}

pub(super) fn is_lost(error: &postgres::Error) -> bool {
    let Some(code) = error.code() else {
        return error.is_closed()
            || std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>());
    };
    let gone = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW];
    code.code().starts_with("08") || gone.contains(code)
}

/// The error for a statement that failed.
pub(super) fn of_statement(shown: &str, sql: &str, error: &postgres::Error) -> EngineError {
    let database = shown.to_owned();
    if is_lost(error) {
        let reason = error.as_db_error().map_or_else(|| with_causes(error), said);
        return EngineError::Lost { database, reason, in_commit: false };
    }
    let Some(answer) = error.as_db_error() else {
        return EngineError::Refused { database, reason: with_causes(error), statement: sql.to_owned() };
    };
    let (said, code) = (said(answer), answer.code());
    let cannot_write = |advice: &str| EngineError::CannotWrite {
        database: shown.to_owned(),
        reason: format!("{}{advice}", self::said(answer)),
    };
    match code {
        it if [
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
        ]
        .contains(it) =>
        {
            EngineError::Locked { database, reason: said }
        }
        it if *it == SqlState::INSUFFICIENT_PRIVILEGE => cannot_write(
            ": the role of the URL needs the right, which the owner of the tables can GRANT; only the owner can change \
                 the structure of a table",
        ),
        it if *it == SqlState::READ_ONLY_SQL_TRANSACTION => cannot_write(
            ": the server is a standby, or the role or database is set to read only; name one that is not",
        ),
        it if *it == SqlState::QUERY_CANCELED => {
            cannot_write(": a limit of the server stopped it; raise statement_timeout for this role")
        }
        it if *it == SqlState::CHECK_VIOLATION => EngineError::OutOfRange { database, reason: said },
        it if *it == SqlState::NUMERIC_VALUE_OUT_OF_RANGE => EngineError::TooLarge { database, reason: said },
        it if it.code().starts_with("53") || it.code().starts_with("58") => {
            cannot_write(": see to it that the server has room and is sound, and run the same command again")
        }
        _ => EngineError::Refused { database, reason: said, statement: sql.to_owned() },
    }
}

/// The error for a connection that was lost during a commit.
pub(super) fn of_commit(shown: &str, error: &postgres::Error) -> EngineError {
    let reason = error.as_db_error().map_or_else(|| with_causes(error), said);
    EngineError::Lost { database: shown.to_owned(), reason, in_commit: true }
}
