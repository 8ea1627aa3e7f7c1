//! Detects whether the context files are those of an earlier run, with a hash that does not parse them.

use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::{ContextFiles, Service};
use flow_oa_files::regular;

/// Files up to this size in bytes are read. Larger files, such as millions of ranges, are identified by size and
/// modification time: to read them would cost more than it saves when a day need not be run again.
const READ_UP_TO: u64 = 16 * 1024 * 1024;

/// The hash of all context files and of the declarations of services, in hexadecimal. A file that cannot be read
/// contributes its error: the look-up in the file reports what is wrong.
pub fn identity(files: &ContextFiles) -> String {
    let mut hash = blake3::Hasher::new();
    let named = [("ranges", &files.ranges), ("names", &files.names)];
    let named = named.into_iter().filter_map(|(name, path)| Some((name, path.as_ref()?)));
    let geo = files.geo.iter().map(|path| ("geo", path));
    let lists = files.reputation.iter().filter_map(|(name, service)| Some((name.as_str(), service.place()?)));
    let codes = files.codes.iter().map(|(list, path)| (list.as_str(), path));
    for (name, path) in named.chain(geo).chain(lists).chain(codes) {
        add(&mut hash, name.as_bytes());
        match of_file(path) {
            Ok(file) => add(&mut hash, &file),
            Err(error) => add(&mut hash, error.to_string().as_bytes()),
        }
    }
    for (name, service) in &files.reputation {
        add(&mut hash, name.as_bytes());
        match service {
            // The location of a list is not part of the hash.
            Service::List(_, options) => add(&mut hash, format!("{options:?}").as_bytes()),
            Service::Asked(asked) => add(&mut hash, asked.identity()),
        }
    }
    hash.finalize().to_hex().to_string()
}

fn add(hash: &mut blake3::Hasher, part: &[u8]) {
    hash.update(&(part.len() as u64).to_le_bytes());
    hash.update(part);
}

fn of_file(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        // The data of a pipe or a device cannot be read again, so it never matches that of an earlier run.
        return Ok(jiff::Timestamp::now().as_nanosecond().to_le_bytes().to_vec());
    }
    if metadata.len() <= READ_UP_TO {
        let mut hash = blake3::Hasher::new();
        hash.update_reader(regular::open(path)?)?;
        return Ok(hash.finalize().as_bytes().to_vec());
    }
    let changed = metadata.modified()?.duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
    Ok([metadata.len().to_le_bytes().as_slice(), &changed.as_nanos().to_le_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_and_place_count_and_the_path_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            Some(folder.path().join(name))
        };
        let one = ContextFiles { ranges: file("a", "x"), ..ContextFiles::default() };
        let moved = ContextFiles { ranges: file("b", "x"), ..ContextFiles::default() };
        let other = ContextFiles { ranges: file("c", "y"), ..ContextFiles::default() };
        let elsewhere = ContextFiles { names: file("a", "x"), ..ContextFiles::default() };
        assert_eq!(identity(&one), identity(&moved));
        assert_ne!(identity(&one), identity(&other));
        assert_ne!(identity(&one), identity(&elsewhere));
        assert_ne!(identity(&one), identity(&ContextFiles::default()));
    }
}
