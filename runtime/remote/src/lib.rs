//! Files that are elsewhere: read over http(s) and WebHDFS, and written over WebHDFS.
//!
//! Everything here is about one file at a time, from its first byte to its last. What is in a file, where it belongs
//! on this machine and what an error means for a command are not known here. It is synchronous; no thread outlives
//! a call.

mod attempt;
mod client;
mod error;
mod exchange;
mod http;
mod location;
mod policy;
mod receive;
mod url;
mod webhdfs;

pub use client::{Client, Fetched, Version, Watch};
pub use error::{RemoteError, Result};
pub use location::{Location, Remote};
pub use policy::{Hadoop, Policy, Site};
