//! Files that are elsewhere: read over http(s) and WebHDFS, and written over WebHDFS; and questions to web services.
//!
//! Everything but a [`Call`] is about one file at a time, from its first byte to its last. What is in a file, where it belongs
//! on this machine and what an error means for a command are not known here. It is synchronous.
//!
//! # Decisions
//!
//! - **WebHDFS, not Hadoop's own protocol**: it is HTTP, which is available anyway, and it is the same on every
//!   version. `ureq` is synchronous, has no TLS of its own, and its time limits are for the next bytes, not for a file.

mod attempt;
mod authority;
mod call;
mod client;
mod error;
mod exchange;
mod http;
mod location;
mod policy;
mod receive;
mod url;
mod webhdfs;

pub use call::Call;
pub use client::{Client, Entry, Fetched, Version, Watch};
pub use error::{RemoteError, Result};
pub use location::{Location, Remote};
pub use policy::{Hadoop, Policy, Site};

/// A word of a command line as it may be shown: a URL in it without what is secret.
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

/// A text as it stands in a query or a form: every byte encoded that means something there (RFC 3986, 2.1).
pub fn encoded(text: &str) -> String {
    url::encoded(text, b"-._~")
}
