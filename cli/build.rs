//! Embeds the files of `templates/<pipeline>/notebooks/` in the program: notebooks and the modules that they import.

use std::fmt::Write as _;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../templates").canonicalize()?;
    println!("cargo::rerun-if-changed={}", templates.display());
    let mut text = String::from("const ALL: &[(&str, &[flow_oa_runtime::site::notebooks::Template])] = &[\n");
    for pipeline in sorted(&templates)? {
        let folder = pipeline.join("notebooks");
        if !folder.is_dir() {
            continue;
        }
        let _ = writeln!(text, "({:?}, &[", name(&pipeline));
        for notebook in sorted(&folder)?.iter().filter(|it| it.is_file()) {
            let _ = writeln!(
                text,
                "flow_oa_runtime::site::notebooks::Template::shipped({:?}, include_str!({notebook:?})),",
                name(notebook)
            );
        }
        text.push_str("]),\n");
    }
    text.push_str("];\n");
    let out = std::env::var_os("OUT_DIR").ok_or_else(|| std::io::Error::other("cargo sets OUT_DIR"))?;
    std::fs::write(Path::new(&out).join("templates.rs"), text)
}

fn sorted(folder: &Path) -> std::io::Result<Vec<std::path::PathBuf>> {
    let mut paths =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|it| it.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
