//! Which files are meant: those that are named, those of a folder and of the folders below it, and those that match a
//! pattern. Shells expand patterns, schedulers do not.
//!
//! # Decisions
//!
//! - **Names are in the order of their bytes**, folder by folder, so that the same command always reads in the same
//!   order: files that are named after their time are read in the order of their time.
//! - **Names that begin with a dot** are left out unless the pattern begins with a dot: programs keep their own notes
//!   in such files, and write to them before they rename them.

use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};

use flow_oa_site::{Error, Result};

/// The action in messages.
const DOING: &str = "looking for raw files in";

/// The files that the arguments mean, in a stable order. `-` and names of files are kept as they are.
///
/// # Errors
/// If a folder cannot be read, or an argument means no file.
pub fn files(arguments: &[String]) -> Result<Vec<String>> {
    all(arguments).map_err(Error::unchanged)
}

fn all(arguments: &[String]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for argument in arguments {
        let path = Path::new(argument);
        if argument == "-" || path.is_file() {
            found.push(argument.clone());
            continue;
        }
        let before = found.len();
        if path.is_dir() {
            add_folder(path, &mut found)?;
        } else if !path.exists() && argument.contains(['*', '?', '[']) {
            for path in matching(argument)? {
                if path.is_dir() { add_folder(&path, &mut found)? } else { found.push(text(&path)?) }
            }
        } else {
            // A pipe, or a file that does not exist: its reader decides.
            found.push(argument.clone());
        }
        if found.len() == before {
            return Err(no_input(
                path,
                "there is no file that could be ingested; name another file, folder or pattern",
            ));
        }
    }
    Ok(found)
}

fn no_input(path: &Path, error: &str) -> Error {
    Error::NoInput { doing: DOING, path: path.to_owned(), error: error.to_owned() }
}

fn text(path: &Path) -> Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| {
        no_input(path, "the name is not valid UTF-8, so it cannot be recorded; rename the file")
    })
}

/// The entries of a folder whose names do not begin with a dot, in order.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let fault = |error: std::io::Error| no_input(folder, &error.to_string());
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(listed).map_err(fault)? {
        found.push(folder.join(entry.map_err(fault)?.file_name()));
    }
    found.sort();
    Ok(found)
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// Adds the files of a folder and of the folders below it. Links to folders are not followed, since they may lead back.
fn add_folder(folder: &Path, found: &mut Vec<String>) -> Result<()> {
    for path in entries(folder)?.into_iter().filter(|path| !is_hidden(path)) {
        if path.is_dir() && !path.is_symlink() {
            add_folder(&path, found)?;
        } else if path.is_file() {
            found.push(text(&path)?);
        }
    }
    Ok(())
}

/// The paths that match a pattern, in order.
fn matching(pattern: &str) -> Result<Vec<PathBuf>> {
    let options = MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        // The crate would leave out hidden files even if the pattern begins with a dot.
        require_literal_leading_dot: false,
    };
    let fault = |error: &dyn std::fmt::Display| no_input(Path::new(pattern), &error.to_string());
    let dotted = pattern.split('/').filter(|part| part.starts_with('.')).map(Pattern::new);
    let dotted = dotted.collect::<std::result::Result<Vec<_>, _>>().map_err(|error| fault(&error))?;
    let is_meant = |path: &PathBuf| {
        let mut parts = path.iter().map(|part| part.to_string_lossy()).filter(|part| part.starts_with('.'));
        parts.all(|part| dotted.iter().any(|pattern| pattern.matches(&part)))
    };
    let found = glob::glob_with(pattern, options).map_err(|error| fault(&error))?;
    let mut found = found.map(|path| path.map_err(|error| fault(&error))).collect::<Result<Vec<_>>>()?;
    found.retain(is_meant);
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_patterns_are_read_in_order_and_hidden_files_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_str().unwrap();
        for name in ["b/2.csv", "b/1.csv", "a.csv", "b/.hidden", "b/c/0.csv", "b/x.txt", "[.csv"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), folder.path().join("b/back")).unwrap();
        let of = |argument: &str| {
            let found = files(&[format!("{root}/{argument}")]);
            found.map(|found| found.iter().map(|file| file.replace(root, "")).collect::<Vec<_>>())
        };
        assert_eq!(of("b").unwrap(), ["/b/1.csv", "/b/2.csv", "/b/c/0.csv", "/b/x.txt"]);
        assert_eq!(of("b/*.csv").unwrap(), ["/b/1.csv", "/b/2.csv"]);
        assert_eq!(of("*/?.csv").unwrap(), ["/b/1.csv", "/b/2.csv"]);
        assert_eq!(of("b/[!2].csv").unwrap(), ["/b/1.csv"]);
        assert_eq!(of("b/[2-9].csv").unwrap(), ["/b/2.csv"]);
        assert_eq!(of("b/.h*").unwrap(), ["/b/.hidden"]);
        assert_eq!(of("[.csv").unwrap(), ["/[.csv"], "a name that exists is no pattern");
        assert_eq!(of("absent.csv").unwrap(), ["/absent.csv"], "its reader reports it");
        assert!(of("*.absent").unwrap_err().to_string().contains("no file that could be ingested"));
        assert_eq!(files(&["-".to_owned()]).unwrap(), ["-"]);
    }
}
