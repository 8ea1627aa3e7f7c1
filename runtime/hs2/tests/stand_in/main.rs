//! The client against a misbehaving server on loopback, which answers by script.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has found something")]

mod carriers;
mod server;
mod statements;

use std::time::Duration;

use flow_oa_hs2::{Hs2Error, Session, Settings};
use server::{Act, Carrier, StandIn};

/// Settings for that server, with time limits short enough for a test.
fn settings(server: &StandIn) -> Settings {
    let mut settings = Settings::new("127.0.0.1", server.port);
    settings.user = "tester".to_owned();
    settings.connect_timeout = Duration::from_secs(5);
    settings.handshake_timeout = Duration::from_millis(700);
    settings.read_timeout = Duration::from_millis(900);
    settings
}

/// A server without SASL.
fn bare(script: impl FnMut(&str, usize) -> Option<Act> + Send + 'static) -> StandIn {
    StandIn::start(Carrier::Bare, script)
}

/// A server that reacts that way to every call of one method.
fn at(method: &'static str, act: Act) -> StandIn {
    bare(move |called, _| (called == method).then(|| act.clone()))
}

fn open(server: &StandIn) -> Session {
    Session::open(&settings(server)).unwrap()
}

/// The error of a statement on that server.
fn failure(server: &StandIn) -> Hs2Error {
    open(server).run("SELECT 1").unwrap_err()
}

/// How often a method was called, on all connections.
fn calls(server: &StandIn, method: &str) -> usize {
    server.seen().iter().filter(|call| call.split(' ').nth(1) == Some(method)).count()
}
