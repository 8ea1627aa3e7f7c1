//! What differs between two versions of a schema that are folders, or folders in revisions of git.

use std::path::{Path, PathBuf};

use flow_oa_core::Exit;
use flow_oa_schema::changes::{Change, Compared, Declared, Severity, changes};
use flow_oa_site::Error;
use serde_json::{Value, json};

use crate::earlier::Version;
use crate::report::{Done, Report};

pub(super) fn run(folders: &[PathBuf]) -> Done {
    let [old, new] = folders else {
        return Err(Error::Usage("diff: expected two schema folders".to_owned()));
    };
    let (old, new) = (Version::read(old, Path::new("."))?, Version::read(new, Path::new("."))?);
    let found = changes(&old.schema, &new.schema);
    let compared = Compared { old: &old.files, new: &new.files };
    let exit = if found.is_empty() { Exit::Done } else { Exit::Differences };
    let text = match found.is_empty() {
        true => format!("{} and {} do not differ\n", old.shown, new.shown),
        false => compared.render(&found),
    };
    let notes = old.notes.into_iter().chain(new.notes).collect();
    let json = json!({"changes": in_json(&found, &compared)});
    Ok(Report { text, json, notes, exit, is_product: exit != Exit::Done, ..Report::default() })
}

/// The changes for programs.
pub(crate) fn in_json(changes: &[Change], compared: &Compared<'_>) -> Vec<Value> {
    let one = |change: &Change| {
        json!({
            "code": change.code().id(),
            "severity": match change.severity() {
                Severity::Breaking => "breaking",
                Severity::NeedsBackfill => "backfill",
                Severity::Additive => "additive",
                Severity::Cosmetic => "cosmetic",
            },
            "declared": change.is_declared(),
            "reason": match &change.declared {
                Declared::Reason(reason) => Some(reason),
                Declared::No | Declared::Named => None,
            },
            "location": compared.location(change),
            "pipeline": change.pipeline,
            "table": change.table,
            "item": change.item,
            "message": change.what.words(),
            "affects": change.what.affects(),
            "remedy": change.remedy(),
            "declaration": change.declaration().filter(|_| change.is_refused()),
        })
    };
    changes.iter().map(one).collect()
}
