//! Replays the corpus of the fuzz targets, so that a fault found once is not found again, and the targets keep
//! compiling. `fuzz/README.md` explains how to fuzz.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has found something")]

#[path = "support/golden.rs"]
mod golden;
#[path = "fuzz/holds.rs"]
mod holds;

#[test]
fn what_must_hold_of_any_text_holds_of_every_one_in_the_corpus() {
    let corpus = golden::tests_folder().join("fuzz/corpus");
    for (target, _) in holds::TARGETS {
        let entries =
            std::fs::read_dir(corpus.join(target)).unwrap_or_else(|error| panic!("{target}: {error}"));
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        assert!(!paths.is_empty(), "{target} has no corpus");
        for path in paths {
            let text = std::fs::read(&path).unwrap();
            let holds = std::panic::catch_unwind(|| holds::hold(target, &text));
            assert!(holds.is_ok(), "{}: what must hold does not", path.display());
        }
    }
}

#[test]
fn every_target_has_its_corpus_and_its_program() {
    let fuzz = golden::tests_folder().join("fuzz");
    let mut names: Vec<_> = holds::TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    names.sort();
    let stems = |folder: &str| {
        let entries = std::fs::read_dir(fuzz.join(folder)).unwrap();
        let stem = |path: std::path::PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut found: Vec<_> = entries.map(|entry| stem(entry.unwrap().path())).collect();
        found.sort();
        found
    };
    assert_eq!(stems("targets"), names);
    assert_eq!(stems("corpus"), names);
}
