//! Generates the pipelines of the schema folder: the project's own folder, or the folder that `FLOW_OA_SCHEMA` names.
//! Errors are printed as `flow-oa check` prints them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use flow_oa_schema::{Files, check};

const FOLDER: &str = "FLOW_OA_SCHEMA";

fn main() -> ExitCode {
    // The folder at run time: a copy of the target folder may hold a build script of another folder.
    let Some(crate_folder) = std::env::var_os("CARGO_MANIFEST_DIR") else {
        return fail("cargo sets CARGO_MANIFEST_DIR for build scripts");
    };
    let workspace = Path::new(&crate_folder).join("../..");
    let folder = match std::env::var_os(FOLDER) {
        // Cargo runs build scripts in the folder of the crate; a relative path is relative to the workspace.
        Some(given) => workspace.join(given),
        None => workspace.join("schema"),
    };
    println!("cargo::rerun-if-env-changed={FOLDER}");
    println!("cargo::rerun-if-changed={}", folder.display());
    match generate(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => fail(&report),
    }
}

fn generate(folder: &Path) -> Result<(), String> {
    let files = Files::read(folder);
    let schema = check(&files).map_err(|faults| faults.render())?;
    let generated = flow_oa_codegen::generate(&schema)?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR for build scripts")?);
    flow_oa_codegen::write(&generated, &out).map_err(|error| format!("writing to {}: {error}", out.display()))
}

#[expect(clippy::print_stderr, reason = "cargo shows it when the build fails")]
fn fail(report: &str) -> ExitCode {
    eprintln!("{report}");
    ExitCode::FAILURE
}
