//! Writes the files of a sample atomically: complete, or not at all.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use super::SampleError;
use flow_oa_files::atomic::{Readers, replace};

/// Writes `path` with `fill` and replaces an existing file; `record` is called with the temporary path of the complete
/// file. The file is not synced to disk: a lost sample can be generated again.
pub(super) fn place<T>(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>,
    record: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<T, SampleError> {
    replace(path, Readers::AsBefore, |_, part| record(part), fill)
        .map_err(|error| SampleError::Write { path: path.to_owned(), error })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use std::fs;
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
