//! Schema folders that differ from a base in a few files: a case holds only those, under the same paths, and
//! `NAME.delete` for a file that it lacks.

#![allow(clippy::expect_used, reason = "a test that cannot read its own files has failed")]

use std::path::Path;

use flow_oa_schema::Code;

/// The report of a case, which is no part of its folder.
pub(crate) const EXPECTED: &str = "expected.txt";

/// The name of a case, and the code at its beginning.
pub(crate) fn code_of(case: &Path) -> (String, Code) {
    let name = case.file_name().expect("a case has a name").to_string_lossy().into_owned();
    let id = name.split('-').next().unwrap_or_default();
    let code = Code::by_id(id).unwrap_or_else(|| panic!("{name} does not begin with a code"));
    (name, code)
}

/// Overlays the files of `from` on those of `to`.
pub(crate) fn lay(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("the folder can be made");
    for entry in std::fs::read_dir(from).expect("the folder can be read") {
        let entry = entry.expect("the folder can be read");
        let name = entry.file_name().into_string().expect("names are UTF-8");
        if entry.path().is_dir() {
            lay(&entry.path(), &to.join(name));
        } else if let Some(name) = name.strip_suffix(".delete") {
            std::fs::remove_file(to.join(name)).expect("the base has the file");
        } else if name != EXPECTED {
            std::fs::copy(entry.path(), to.join(name)).expect("the file can be copied");
        }
    }
}
