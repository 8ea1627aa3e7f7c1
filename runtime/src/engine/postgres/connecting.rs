//! Makes a connection without waiting for ever: the client crate bounds the time until a socket is open, not the time
//! until a server that took the connection says something.

use std::sync::mpsc::channel;
use std::time::Duration;

use postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::fault;
use super::url::{CONNECTING, places};
use crate::engine::EngineError;

/// Connects, with TLS where it is given; `shown` is the URL for messages.
///
/// # Errors
/// Where the server cannot be reached, does not answer in time, or lets nobody in.
pub(super) fn connect(
    shown: &str,
    config: &Config,
    tls: Option<&MakeRustlsConnect>,
) -> Result<Client, EngineError> {
    let bound = bound(config);
    let (sender, answer) = channel();
    let (asked, tls) = (config.clone(), tls.cloned());
    // Where nobody waits any longer, the thread ends with the program.
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

/// A connection to each host may take its time, and so may the answer of the one that is reached.
fn bound(config: &Config) -> Duration {
    let hosts = u32::try_from(config.get_hosts().len()).unwrap_or(u32::MAX);
    config.get_connect_timeout().copied().unwrap_or(CONNECTING).saturating_mul(hosts.saturating_add(1))
}
