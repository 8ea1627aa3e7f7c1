//! Writes a ranking to its location, but never over a results file that no ranking wrote, or that was edited since.
//!
//! The history holds the hash of every file that a ranking wrote. The hash is recorded before the file is written, so a
//! ranking that is killed between the two leaves no file that the next ranking would refuse.

use flow_oa_files::{FileError, Progress};
use std::path::Path;

use flow_oa_remote::Location;

use super::{Done, Wanted};
use flow_oa_engine::Store;
use flow_oa_files::atomic::{Foreign, write_whole};
use flow_oa_ledger::history::{Entry, is_ranking};
use flow_oa_site::deployment::{Chosen, Settings};
use flow_oa_site::downloads::{self, Downloader};
use flow_oa_site::{Error, Result};

/// The destination of a ranking.
pub(super) struct Place<'a> {
    pub(super) store: &'a mut dyn Store,
    pub(super) chosen: Chosen<'a>,
    pub(super) wanted: &'a Wanted<'a>,
    pub(super) settings: &'a Settings,
    pub(super) progress: &'a Progress,
}

impl Place<'_> {
    /// Writes the file, whole or not at all, and does nothing if the file has this content already.
    ///
    /// # Errors
    /// If the file must not be replaced, or cannot be written.
    pub(super) fn write(self, done: &Done, entry: &mut Entry) -> Result<()> {
        let content = done.hash();
        let existing = match self.wanted.foreign {
            Foreign::Refuse => self.existing()?,
            Foreign::Replace => None,
        };
        let is_same = existing.as_ref() == Some(&content);
        if let Some(existing) = existing.filter(|_| !is_same)
            && !is_ranking(self.store, &self.chosen.model.name, &existing)?
        {
            return Err(self.foreign());
        }
        let (rows, written) = (done.rows, done.lines.len() as u64);
        entry.found.counts = Some([rows, written, 0, 0]);
        entry.found.content = Some(content);
        entry.keep_content(self.store)?;
        if is_same { Ok(()) } else { self.put(done) }
    }

    /// The hash of the existing file.
    fn existing(&self) -> Result<Option<String>> {
        const DOING: &str = "reading the results that the ranking would replace, from";
        let out = self.wanted.out;
        if let Location::Local(path) = out
            && !path.is_file()
        {
            // There is nothing, or it is not a file and cannot be replaced.
            return Ok(None);
        }
        let folder = self.settings.pipeline_folder(&self.chosen.model.name);
        let downloader = Downloader::new(self.settings, self.progress);
        let downloads::Found::Input(input) = downloader.find(DOING, out, &folder, "")? else {
            return Ok(None);
        };
        let mut hash = blake3::Hasher::new();
        let read = input.open().and_then(|text| hash.update_reader(text).map(drop));
        read.map_err(|error| FileError::unopened(DOING, Path::new(&input.name), &error, ""))?;
        Ok(Some(hash.finalize().to_hex().to_string()))
    }

    fn foreign(&self) -> Error {
        let found = "it exists, and no ranking in the history of this database wrote it as it is now: it is of another \
                     program, or was edited. `flow-oa rank` replaces it with --replace, or writes another file with --out";
        let path = self.wanted.out.to_string();
        Error::unwritten(path, std::io::Error::new(std::io::ErrorKind::AlreadyExists, found))
    }

    fn put(&self, done: &Done) -> Result<()> {
        match self.wanted.out {
            Location::Local(path) => Ok(write_whole(path, |file| done.write(file))?),
            Location::Remote(remote) => {
                let folder = self.settings.pipeline_folder(&self.chosen.model.name);
                let fault = |error| Error::unwritten(folder.clone(), error);
                std::fs::create_dir_all(&folder).map_err(fault)?;
                let local = tempfile::tempdir_in(&folder).map_err(fault)?;
                let path = local.path().join("results");
                write_whole(&path, |file| done.write(file))?;
                downloads::put(self.settings, &path, remote, self.progress)
            }
        }
    }
}
