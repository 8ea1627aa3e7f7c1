//! Statements and files against a real HiveServer2, which `tests/services/hs2-server.sh` starts.
//!
//! `FLOW_OA_TEST_HS2=host:port` names it (no SASL). The server must see the local files, since the tables are in a
//! temporary folder. Without the variable all tests are skipped, with a message.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has found something")]

mod files;
mod literals;
mod logs;
mod server;
mod tables;
