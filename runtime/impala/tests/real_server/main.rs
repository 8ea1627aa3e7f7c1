//! Statements and files against a real HiveServer2, which `tests/services/hs2-server.sh` starts.
//!
//! `FLOW_OA_TEST_HS2=host:port` says where it is (no SASL); it has to see the files of this machine, since the tables
//! are in a temporary folder. Without it everything here is skipped, and says so.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has found something")]

mod files;
mod literals;
mod logs;
mod server;
mod tables;
