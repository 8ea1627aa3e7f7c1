//! Why a file that is elsewhere could not be brought here or taken there. What that means for a command, its exit
//! code too, is decided by whoever asked.

use std::io;
use std::path::PathBuf;

/// Why a file was not read or written. No message holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// There is no such file.
    #[error("{url}: {found}")]
    NotFound {
        /// The file.
        url: String,
        /// What was found instead.
        found: String,
    },
    /// It may be there, but not for us.
    #[error("{url}: {found}")]
    Denied {
        /// The file.
        url: String,
        /// What the server said, and what to do.
        found: String,
    },
    /// The server cannot be reached, or does not do what it should; what passes was tried again.
    #[error("{url}: {found}")]
    Unavailable {
        /// The file or the server.
        url: String,
        /// What was found, and what to do.
        found: String,
    },
    /// The file is larger than is allowed.
    #[error("{url}: {found}")]
    TooLarge {
        /// The file.
        url: String,
        /// How large, and what is allowed.
        found: String,
    },
    /// What came is not all of the file, or nobody can tell.
    #[error("{url}: {found}")]
    Short {
        /// The file.
        url: String,
        /// What came, and what should have.
        found: String,
    },
    /// The file became another one while it was read.
    #[error("{url}: {found}")]
    Changed {
        /// The file.
        url: String,
        /// What was found.
        found: String,
    },
    /// A file of this machine cannot be read or written.
    #[error("{}: {error}", path.display())]
    Local {
        /// The file, or the folder that it is in.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// What was asked for makes no sense, or the settings do not say enough.
    #[error("{0}")]
    Configuration(String),
    /// The user interrupted it.
    #[error("interrupted")]
    Interrupted,
}

impl RemoteError {
    /// The same of the file by the name that its user gave it: which server said that it is not there, or not for us, is
    /// of no help.
    pub(crate) fn named(mut self, name: &dyn std::fmt::Display) -> Self {
        if let Self::NotFound { url, .. } | Self::Denied { url, .. } = &mut self {
            *url = name.to_string();
        }
        self
    }

    /// The same after `tries` of them, where that is worth a word.
    pub(crate) fn after(mut self, tries: u32) -> Self {
        if tries > 1
            && let Self::Unavailable { found, .. } | Self::Short { found, .. } = &mut self
        {
            found.push_str(&format!("; tried {tries} times"));
        }
        self
    }
}

/// What this crate's functions give.
pub type Result<T> = std::result::Result<T, RemoteError>;
