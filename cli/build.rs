//! Embeds notebooks and the modules that they import in the program: for each pipeline the files of
//! `templates/<pipeline>/notebooks/`, with those of `templates/notebooks/`, which all pipelines share.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The folder of notebooks within that of a pipeline, and the folder of the shared files.
const NOTEBOOKS: &str = "notebooks";

/// Paths by file name.
type Files = BTreeMap<OsString, PathBuf>;

fn main() -> std::io::Result<()> {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../templates").canonicalize()?;
    println!("cargo::rerun-if-changed={}", templates.display());
    let shared = files(&templates.join(NOTEBOOKS))?;
    let mut text = format!("const SHARED: Templates = {};\n", list(&shared));
    text.push_str("const BY_PIPELINE: &[(&str, Templates)] = &[\n");
    for (pipeline, folder) in entries(&templates)? {
        let folder = folder.join(NOTEBOOKS);
        if folder.is_dir() {
            // A file of the pipeline replaces the shared one of the same name.
            let mut all = shared.clone();
            all.extend(files(&folder)?);
            let _ = writeln!(text, "({:?}, {}),", pipeline.to_string_lossy(), list(&all));
        }
    }
    text.push_str("];\n");
    let out = std::env::var_os("OUT_DIR").ok_or_else(|| std::io::Error::other("cargo sets OUT_DIR"))?;
    std::fs::write(Path::new(&out).join("templates.rs"), text)
}

/// The files as a list of templates, in Rust.
fn list(files: &Files) -> String {
    let template = |(name, path): (&OsString, &PathBuf)| {
        format!("Template::shipped({:?}, include_str!({path:?})),", name.to_string_lossy())
    };
    format!("&[{}]", files.iter().map(template).collect::<String>())
}

fn files(folder: &Path) -> std::io::Result<Files> {
    let mut files = entries(folder)?;
    files.retain(|_, path| path.is_file());
    Ok(files)
}

fn entries(folder: &Path) -> std::io::Result<Files> {
    std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| (entry.file_name(), entry.path()))).collect()
}
