//! Goldens: files with the expected output of the program. With `FLOW_OA_BLESS=1` in the environment they are
//! rewritten. Without it a difference fails the test.

#![allow(dead_code, reason = "each test takes what it needs of this")]
#![allow(clippy::expect_used, reason = "a test that cannot read its own files has failed")]

use std::path::{Path, PathBuf};

/// The folder of the workspace's tests.
pub(crate) fn tests_folder() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here
        .ancestors()
        .find(|ancestor| ancestor.join("Cargo.lock").is_file())
        .expect("the workspace has a lock file");
    root.join("tests")
}

/// Whether goldens are rewritten.
pub(crate) fn is_blessing() -> bool {
    std::env::var_os("FLOW_OA_BLESS").is_some_and(|value| value == "1")
}

/// Compares `found` with the golden at `path`, or rewrites the golden.
pub(crate) fn hold(path: &Path, found: &str) {
    let expected = std::fs::read_to_string(path).ok();
    if expected.as_deref() == Some(found) {
        return;
    }
    if is_blessing() {
        std::fs::create_dir_all(path.parent().expect("a golden is in a folder"))
            .expect("the folder can be made");
        std::fs::write(path, found).expect("the golden can be written");
        return;
    }
    let shown = path.display();
    match expected {
        None => panic!("the golden {shown} is missing; `tests/run --bless` writes it\n--- found\n{found}"),
        Some(expected) => panic!(
            "{shown} is not what was produced; `tests/run --bless` rewrites it\n{}",
            first_difference(&expected, found)
        ),
    }
}

fn first_difference(expected: &str, found: &str) -> String {
    let mut lines = expected.lines().zip(found.lines()).enumerate();
    match lines.find(|(_, (a, b))| a != b) {
        Some((at, (a, b))) => {
            format!("first difference on line {}\n  expected: {a}\n  found:    {b}", at + 1)
        }
        None => format!(
            "one is longer: expected {} lines, found {}",
            expected.lines().count(),
            found.lines().count()
        ),
    }
}

/// The folders in `folder`, sorted by name.
pub(crate) fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut found: Vec<PathBuf> =
        entries.map(|entry| entry.expect("readable").path()).filter(|it| it.is_dir()).collect();
    found.sort();
    found
}
