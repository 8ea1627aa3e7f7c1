//! Schema folders and settings: every fault has a position in its file and can be shown, and documents that pass the
//! check can be used.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use flow_oa_schema::dialect::owners::Contents;
use flow_oa_schema::dialect::{Dialect, Place};
use flow_oa_schema::{Fault, Faults, Files, Schema};
use flow_oa_settings::Outside;

/// The beginning of the line before each file of a folder; the path of the file follows.
const FILE: &str = "=== ";

/// A schema folder: the files of the text, overlaid on the valid schema of the error goldens.
pub(crate) fn check(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    let files = laid_over_base(&text);
    match flow_oa_schema::check(&files) {
        Ok(schema) => can_be_used(&schema),
        Err(faults) => can_be_shown(&faults),
    }
}

/// The checks that depend on the caller of the settings.
const OUTSIDE: Outside<'_> = Outside {
    is_zone: &|zone| zone == "UTC",
    fault_of_place: &|place| place.starts_with("s3:").then(|| "cannot be read".to_owned()),
    is_local: &|place| !place.contains("://"),
};

/// The settings of a site.
pub(crate) fn settings(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    if let Err(faults) = flow_oa_settings::settings("flow_oa.json", &text, &OUTSIDE) {
        can_be_shown(&faults);
    }
}

fn laid_over_base(text: &str) -> Files {
    static BASE: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    let base = BASE.get_or_init(|| {
        let read = Files::read(&base_folder()).texts;
        read.into_iter().map(|(path, text)| (path, text.expect("the base can be read"))).collect()
    });
    let mut texts: BTreeMap<_, _> =
        base.iter().map(|(path, text)| (path.clone(), Ok(text.clone()))).collect();
    for file in text.split(FILE).skip(1) {
        let (path, content) = file.split_once('\n').unwrap_or((file, ""));
        texts.insert(path.to_owned(), Ok(content.to_owned()));
    }
    Files { shown: String::new(), texts }
}

/// The folder of the base schema, from the fuzz targets or from the tests of the program.
fn base_folder() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found =
        here.ancestors().map(|ancestor| ancestor.join("tests/goldens/faults/base")).find(|it| it.is_dir());
    found.expect("the goldens are there")
}

fn can_be_shown(faults: &Faults) {
    assert!(!faults.is_empty(), "refused without a fault");
    let text = faults.render();
    for fault in faults.list() {
        assert!(text.contains(fault.code.id()) && !fault.message.is_empty(), "{fault:?}");
        is_placed(fault);
    }
}

fn is_placed(fault: &Fault) {
    let Some(file) = &fault.file else { return };
    assert!(fault.span.start <= fault.span.end && fault.span.end <= file.text.len(), "{:?}", fault.span);
    let (line, column) = file.position(fault.span.start);
    let text = file.text.split('\n').nth(line - 1).expect("the line is there");
    assert!((1..=text.chars().count() + 1).contains(&column), "{line}:{column} of {text:?}");
}

fn can_be_used(schema: &Schema) {
    let files = Files::from_canonical(&schema.canonical).expect("the canonical text reads back");
    let again = flow_oa_schema::check(&files).expect("and passes the check");
    assert_eq!((&again.canonical, &again.fingerprint), (&schema.canonical, &schema.fingerprint));
    let everything = Place { database: None, location_root: None };
    for dialect in Dialect::ALL {
        assert!(!dialect.ddl(schema, &everything, &Contents::default()).is_empty());
    }
    flow_oa_codegen::generate(schema).expect("Rust is generated that can be parsed");
}
