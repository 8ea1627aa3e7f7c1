//! Checks whether the files of a run can be written, and whether there is enough disk space.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Check, Examination, State};
use flow_oa_core::Exit;
use flow_oa_schema::printable;
use flow_oa_site::deployment::Settings;
use flow_oa_site::notebooks::of;
use flow_oa_site::{Error, engines};

/// Free space in bytes below which a run, a full database or a sort may fail.
const LITTLE: u64 = 1 << 30;

/// Free space in bytes below which none of them would work.
const TOO_LITTLE: u64 = 32 << 20;

pub(super) fn checks(request: &Examination<'_>, settings: &Settings) -> Vec<Check> {
    let pipeline = &request.chosen.model.name;
    let data = settings.pipeline_folder(pipeline);
    let notebooks = settings.home.join("ipynb").join(pipeline);
    let mut checks = vec![writable("files", &data, "the day's files")];
    checks.push(match of(request.templates, settings).map(|it| it.len()) {
        Err(error) => Check::fault("notebooks", &error),
        Ok(0) => Check::good("notebooks", format!("{pipeline} has none")),
        Ok(count) => writable("notebooks", &notebooks, &format!("{count} files of notebooks a day")),
    });
    checks.extend(disks(settings).iter().map(|disk| room(disk)));
    checks
}

/// The folders on whose disks a run writes, one for each disk: the home, the folder of the database file, and that of
/// temporary files, in which databases sort.
fn disks(settings: &Settings) -> Vec<PathBuf> {
    let database = engines::file_of(&settings.database, &settings.home);
    let database = database.as_deref().and_then(Path::parent).map(Path::to_owned);
    let all = [Some(settings.home.clone()), database, Some(std::env::temp_dir())].into_iter().flatten();
    let mut seen = BTreeSet::new();
    all.filter(|path| rustix::fs::stat(there(path)).map_or(true, |found| seen.insert(found.st_dev))).collect()
}

/// The folder, or its nearest existing ancestor.
fn there(folder: &Path) -> &Path {
    folder.ancestors().find(|it| it.exists()).unwrap_or(Path::new("."))
}

/// Whether a file can be created in a folder, or in its nearest existing ancestor.
fn writable(name: &str, folder: &Path, what: &str) -> Check {
    let there = there(folder);
    match tempfile::tempfile_in(there) {
        Ok(_) => Check::good(name, format!("{what} can be written to {}", printable::path(folder))),
        Err(error) => Check::fault(name, &Error::unwritten(there.to_owned(), error)),
    }
}

/// The free space on the disk of a folder.
fn room(folder: &Path) -> Check {
    const NAME: &str = "disk";
    let free = match rustix::fs::statvfs(there(folder)) {
        Ok(found) => found.f_bavail.saturating_mul(found.f_frsize),
        Err(error) => {
            return Check::warning(
                NAME,
                format!("how much room {} has cannot be found out: {error}", printable::path(folder)),
            );
        }
    };
    let found = format!("{} MB free for {}", free >> 20, printable::path(folder));
    match free {
        0..TOO_LITTLE => {
            Check { exit: Exit::CannotWrite, ..Check::new(NAME, State::Fault, found + ": make room") }
        }
        TOO_LITTLE..LITTLE => Check::warning(NAME, found + ": make room before it is needed"),
        _ => Check::good(NAME, found),
    }
}
