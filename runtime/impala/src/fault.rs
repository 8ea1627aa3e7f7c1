//! Errors of a HiveServer2, translated into those of every engine.

use flow_oa_hs2::Hs2Error;

use flow_oa_engine::EngineError;

/// The error of a statement, or of connecting if the statement is empty.
pub(super) fn of(database: &str, statement: &str, error: Hs2Error) -> EngineError {
    let database = database.to_owned();
    match error {
        Hs2Error::Interrupted { .. } => EngineError::Interrupted,
        Hs2Error::Setting { .. } | Hs2Error::Auth { .. } | Hs2Error::Roots(_) => {
            EngineError::NoAccess { database, reason: error.to_string() }
        }
        Hs2Error::Connect { .. } | Hs2Error::Tls { .. } | Hs2Error::WrongMode { .. } => {
            EngineError::Unavailable { database, reason: error.to_string() }
        }
        Hs2Error::Timeout { .. } | Hs2Error::Lost { .. } | Hs2Error::Protocol { .. } => {
            EngineError::Lost { database, reason: error.to_string(), in_commit: false }
        }
        Hs2Error::Server { error, .. } => {
            of_server(database, statement, error.summary(), error.sql_state.as_deref())
        }
    }
}

/// Whether the server reports a missing table or database, in the words of Impala, Hive or Spark.
pub(super) fn is_absent(error: &EngineError) -> bool {
    const WORDS: [&str; 5] =
        ["not found", "not_found", "could not resolve", "does not exist", "cannot be found"];
    let EngineError::Refused { reason, .. } = error else { return false };
    let lower = reason.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// The family uses the same SQLSTATE for nearly everything, so the error is classified by its text.
fn of_server(database: String, statement: &str, said: &str, sql_state: Option<&str>) -> EngineError {
    let reason = said.to_owned();
    let lower = said.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if sql_state == Some("42501")
        || says(&["authorizationexception", "permission denied", "does not have privileges"])
    {
        let reason = format!(
            "{reason}; the user of the URL needs the right, or access to the folder of the table is denied"
        );
        return EngineError::CannotWrite { database, reason };
    }
    if says(&["no space left", "quota", "safe mode"]) {
        let reason =
            format!("{reason}; see to it that the file system has room, and run the same command again");
        return EngineError::CannotWrite { database, reason };
    }
    if says(&["memory limit exceeded", "admission", "queue full", "rejected query"]) {
        return EngineError::Locked { database, reason };
    }
    EngineError::Refused { database, reason, statement: statement.to_owned() }
}
