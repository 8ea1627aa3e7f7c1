//! Remote files, read over http(s) and WebHDFS and written over WebHDFS, and requests to web services.
//!
//! Everything except a [`Call`] handles one whole file at a time. This crate does not know what a file contains, where
//! it is stored locally, or what an error means for a command. It is synchronous.
//!
//! # Decisions
//!
//! - **WebHDFS, not Hadoop's own protocol**: it is HTTP, which is needed anyway, and it is the same in every version.
//!   `ureq` is synchronous, has no TLS of its own, and its time limits apply to the next bytes, not to a whole file.

mod attempt;
mod authority;
mod call;
mod client;
mod connections;
mod error;
mod exchange;
mod file;
mod http;
mod location;
mod policy;
mod receive;
mod url;
mod watch;
mod webhdfs;

pub use call::Call;
pub use client::Client;
pub use error::{RemoteError, Result};
pub use file::{Entry, Fetched, Version};
pub use location::{Location, Remote};
pub use policy::{Hadoop, Policy, Site};
pub use watch::Watch;

/// An argument of a command line as it may be shown: a URL in it has no secrets.
pub fn shown(word: &str) -> String {
    let (before, url) = match word.split_once('=') {
        Some((option, value)) if option.starts_with('-') => (&word[..=option.len()], value),
        _ => ("", word),
    };
    let shown = match Remote::parse(url) {
        Ok(remote) => remote.to_string(),
        Err(_) => url::without_secrets(url),
    };
    format!("{before}{shown}")
}

/// Encodes a text for a query or a form: every byte with a special meaning there (RFC 3986, 2.1).
pub fn encoded(text: &str) -> String {
    url::encoded(text, url::IN_QUERY)
}
