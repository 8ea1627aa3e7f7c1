//! A remote file and its local copy: versions, entries of folders, and the file that is read into or written from.

use std::fs::File;
use std::io::{Seek as _, SeekFrom};
use std::path::Path;

use crate::error::{RemoteError, Result};

/// What distinguishes a file from a later one of the same name, insofar as its server reports it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Version {
    /// By validators of HTTP (RFC 9110, 8.8).
    Http {
        /// The value of `ETag`.
        etag: Option<String>,
        /// The value of `Last-Modified`.
        modified: Option<String>,
    },
    /// By the status of a file in HDFS.
    Hdfs {
        /// Milliseconds since 1970.
        modified: u64,
        /// The size in bytes.
        length: u64,
        /// The server's number of the file; 0 if it has none.
        id: u64,
    },
}

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name within the folder.
    pub name: String,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// The result of reading a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The file was read, from the first byte to the last.
    Whole {
        /// The version that was read, if the server reports one.
        version: Option<Version>,
        /// Its size in bytes.
        bytes: u64,
    },
    /// The file is still the known version; nothing was read.
    Unchanged,
}

/// The local file that a remote file is read into or written from.
pub(crate) struct Here<'a> {
    pub(crate) file: &'a File,
    pub(crate) path: &'a Path,
}

impl Here<'_> {
    pub(crate) fn fault(&self, error: std::io::Error) -> RemoteError {
        RemoteError::Local { path: self.path.to_owned(), error }
    }

    /// Truncates the file and rewinds it.
    pub(crate) fn cleared(&self) -> Result<()> {
        self.file.set_len(0).and_then(|()| self.rewound()).map_err(|error| self.fault(error))
    }

    pub(crate) fn rewound(&self) -> std::io::Result<()> {
        let mut file = self.file;
        file.seek(SeekFrom::Start(0)).map(drop)
    }
}
