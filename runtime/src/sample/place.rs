//! Puts a file in its place whole or not at all: written under another name beside it, then renamed.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use super::SampleError;

/// Large enough that a write is worth its system call.
const BUFFER: usize = 1 << 18;

/// Writes `path` by `fill`, in place of what was there. The file appears only when it is complete and `record` has
/// seen it under its temporary name; what a failed attempt wrote is removed.
pub(super) fn place<T>(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>,
    mut record: impl FnMut(&Path) -> io::Result<()>,
) -> Result<T, SampleError> {
    let part = part_of(path);
    let recorded = |value| record(&part).map(|()| value);
    let outcome = fill_part(&part, fill).and_then(recorded);
    let outcome = outcome.and_then(|value| fs::rename(&part, path).map(|()| value));
    outcome.map_err(|error| {
        // The first error is the one to tell of; a file that cannot be removed either says nothing new.
        let _ = fs::remove_file(&part);
        SampleError::Write { path: path.to_owned(), error }
    })
}

fn fill_part<T>(part: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>) -> io::Result<T> {
    let mut out = BufWriter::with_capacity(BUFFER, File::create(part)?);
    let value = fill(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(value)
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn replaces_the_file_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        for text in ["old", "new"] {
            place(&path, |out| out.write_all(text.as_bytes()), |_| Ok(())).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failure_leaves_the_old_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        place(&path, |out| out.write_all(b"old"), |_| Ok(())).unwrap();
        let fill = |out: &mut BufWriter<File>| {
            out.write_all(b"half")?;
            Err::<(), _>(io::Error::other("disk full"))
        };
        let failed = place(&path, fill, |_| Ok(()));
        assert!(failed.unwrap_err().to_string().contains("disk full"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
