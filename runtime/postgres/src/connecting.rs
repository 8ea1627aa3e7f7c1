//! Opens a connection with a time limit. The client crate limits only the time until a socket is open, not the time
//! until the server answers. Also checks the version and encoding of the server.

use std::sync::mpsc::channel;
use std::time::Duration;

use crate::sql;
use postgres::{Client, Config, NoTls};
use sea_query::{Value, Values};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::url::{CONNECTING, places};
use super::{Postgres, fault};
use flow_oa_engine::EngineError;

/// The oldest supported version, as the server numbers versions.
const OLDEST: i64 = 130_000;

impl Postgres {
    /// Configures the session and checks that the server is supported.
    pub(super) fn set_up(&mut self) -> Result<(), EngineError> {
        let schema = self.link.about().place.database.clone();
        self.script(&sql::session(self.patience, schema.as_deref()))?;
        let row = self.query(
            "SELECT current_setting('server_version_num')::int8, current_setting('server_encoding'), \
             coalesce(current_schema()::text, '')",
            &Values(Vec::new()),
        )?;
        let row = row.into_iter().next().unwrap_or_default();
        let [Value::BigInt(Some(version)), Value::String(Some(encoding)), Value::String(Some(current))] =
            &row[..]
        else {
            return Err(self.refused("the settings of the server", "its answer cannot be read".to_owned()));
        };
        let unsuited =
            |reason: String| EngineError::NoAccess { database: self.link.about().url.clone(), reason };
        if *version < OLDEST {
            let (major, minor) = (version / 10_000, version % 10_000);
            return Err(unsuited(format!(
                "the server is PostgreSQL {major}.{minor}; flow-oa needs 13 or later"
            )));
        }
        if encoding != "UTF8" {
            return Err(unsuited(format!(
                "the database is encoded in {encoding}; flow-oa needs UTF8 (`createdb -E UTF8 -T template0 NAME`)"
            )));
        }
        self.realm = schema.unwrap_or_else(|| current.clone());
        Ok(())
    }
}

/// Connects, with TLS if it is given. `shown` is the URL for messages.
///
/// # Errors
/// If the server cannot be reached, does not answer in time, or refuses the login.
pub(super) fn connect(
    shown: &str,
    config: &Config,
    tls: Option<&MakeRustlsConnect>,
) -> Result<Client, EngineError> {
    let bound = bound(config);
    let (sender, answer) = channel();
    let (asked, tls) = (config.clone(), tls.cloned());
    // After the time limit no caller waits for this thread; it ends with the program.
    std::thread::spawn(move || {
        let client = match tls {
            Some(tls) => asked.connect(tls),
            None => asked.connect(NoTls),
        };
        let _ = sender.send(client);
    });
    match answer.recv_timeout(bound) {
        Ok(client) => client.map_err(|error| fault::of_connecting(shown, config, &error)),
        Err(_) => Err(EngineError::Unavailable {
            database: shown.to_owned(),
            reason: format!(
                "the server did not answer within {} s (asked: {}); is it PostgreSQL, and is it well?",
                bound.as_secs(),
                places(config)
            ),
        }),
    }
}

/// The time limit: one connection timeout for each host, and one more for the answer of the host that is reached.
fn bound(config: &Config) -> Duration {
    let hosts = u32::try_from(config.get_hosts().len()).unwrap_or(u32::MAX);
    config.get_connect_timeout().copied().unwrap_or(CONNECTING).saturating_mul(hosts.saturating_add(1))
}
