//! Why a remote file could not be read or written. The caller decides what that means for a command, including its exit
//! code.

use std::io;
use std::path::PathBuf;

/// Why a file was not read or written, with the URL of the file or the server, what was found there, and what to do. No
/// message contains a secret.
#[expect(missing_docs, reason = "the fields are named as in the message")]
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    #[error("{url}: {found}")]
    NotFound { url: String, found: String },
    /// Access is denied; the file may exist.
    #[error("{url}: {found}")]
    Denied { url: String, found: String },
    /// The server cannot be reached or does not work as it should; transient failures were retried.
    #[error("{url}: {found}")]
    Unavailable { url: String, found: String },
    /// The file is larger than the limit.
    #[error("{url}: {found}")]
    TooLarge { url: String, found: String },
    /// The file was not received completely, or its completeness cannot be verified.
    #[error("{url}: {found}")]
    Short { url: String, found: String },
    #[error("{url}: {found}")]
    Changed { url: String, found: String },
    /// A local file cannot be read or written.
    #[error("{}: {error}", path.display())]
    Local { path: PathBuf, error: io::Error },
    /// The request is invalid, or the settings are incomplete.
    #[error("{0}")]
    Configuration(String),
    #[error("interrupted")]
    Interrupted,
}

impl RemoteError {
    /// The same error with the user's name for the file. Which server reported that the file is missing or access
    /// denied does not help.
    pub(crate) fn named(mut self, name: &dyn std::fmt::Display) -> Self {
        if let Self::NotFound { url, .. } | Self::Denied { url, .. } = &mut self {
            *url = name.to_string();
        }
        self
    }

    /// The same error with the number of tries, if there was more than one.
    pub(crate) fn after(mut self, tries: u32) -> Self {
        if tries > 1
            && let Self::Unavailable { found, .. } | Self::Short { found, .. } = &mut self
        {
            found.push_str(&format!("; tried {tries} times"));
        }
        self
    }
}

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, RemoteError>;
