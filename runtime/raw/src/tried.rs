//! Reads a sample with a format that need not be compiled, and stores nothing: for those who write a format.

use std::collections::BTreeSet;
use std::sync::mpsc::sync_channel;

use flow_oa_core::{Cell, Text as Value};
use flow_oa_files::{Progress, zeek};
use flow_oa_schema::model::{Source, Text};

use crate::ReadOptions;
use crate::entries::{Entries, Next, next_of_json};
use crate::feed::{Extent, Feed, Hashing};
use crate::format::{self, Format, layout};
use crate::header::Mapping;
use crate::parse::{Load, Parser};
use crate::replay::Replay;
use crate::start::Start;
use flow_oa_files::records::Records;
use flow_oa_site::deployment::{Chosen, Scope};
use flow_oa_site::{Error, Result};

/// The number of records whose names are listed if the format does not read them.
const EXAMINED: usize = 100;

/// Batches that may wait.
const WAITING: usize = 1;

/// What a format made of a sample.
#[derive(Debug, Clone, serde::Serialize)]
#[expect(missing_docs, reason = "the other fields are what their names say")]
pub struct Tried {
    pub format: String,
    pub pipeline: String,
    /// The formats that fit the header or the keys of the sample.
    pub fitting: Vec<String>,
    /// Names and keys of the sample that the format does not read.
    pub unread: Vec<String>,
    pub read: u64,
    pub rows: u64,
    pub rejected: u64,
    pub skipped: u64,
    /// The first rejected records.
    pub rejects: Vec<String>,
    /// What was corrected in the rows.
    pub warnings: Vec<String>,
}

/// Reads a sample with a format of a pipeline. `see` gets every row, as the texts of its columns in order.
///
/// # Errors
/// If the sample cannot be read.
pub fn try_format(
    chosen: Chosen<'_>,
    source: &Source,
    file: &str,
    options: &ReadOptions,
    progress: &Progress,
    see: &mut dyn FnMut(&[Value]),
) -> Result<Tried> {
    let format = Format { chosen, source };
    let mut feed = Feed::open(&Scope::All(Vec::new()), file, Extent::Whole, options, progress)?;
    let others = format::of(std::slice::from_ref(&chosen)).filter(|other| other.source.name != source.name);
    let mut start = Start::new(&mut feed.text, &options.zone);
    let fitting = start.fitting(std::iter::once(format).chain(others));
    let fitting: Vec<String> = fitting.iter().map(|format| format.source.name.clone()).collect();
    let unread = unread(source, &mut feed.text);
    let parser = Parser::new(format, feed, options, ("", 0))?;
    let (sender, receiver) = sync_channel::<Load>(WAITING);
    let mut rows = 0;
    let outcome = std::thread::scope(|scope| {
        let reading = scope.spawn(move || parser.run(&sender, progress));
        for load in receiver {
            let Load::Raw { rows: batch, .. } = load else { continue };
            for at in 0..batch.len() {
                let mut of_row: Vec<Cell<'_>> = Vec::new();
                batch.cells(at, &mut of_row);
                let texts: Vec<Value> = of_row.iter().map(Cell::to_text).collect();
                rows += 1;
                see(&texts);
            }
        }
        reading.join().map_err(|_| Error::Internal("the reading thread failed".into()))?
    })?;
    Ok(Tried {
        format: source.name.clone(),
        pipeline: chosen.model.name.clone(),
        fitting,
        unread,
        read: outcome.read,
        rows,
        rejected: outcome.rejects.count,
        skipped: outcome.skipped,
        rejects: outcome
            .rejects
            .first()
            .iter()
            .map(|reject| format!("{file}:{}: {}", reject.line, reject.reason))
            .collect(),
        warnings: outcome.corrected.warnings().collect(),
    })
}

/// The names and keys at the start of a sample that a format does not read.
fn unread(source: &Source, text: &mut Replay<Hashing>) -> Vec<String> {
    text.restart();
    let used = |name: &str| {
        source.used.iter().any(|at| {
            let spellings = std::iter::once(&source.fields[*at]).chain(&source.spellings[*at]);
            { spellings }.any(|spelling| spelling.eq_ignore_ascii_case(name))
        })
    };
    let mut names: Vec<String> = Vec::new();
    match &source.text {
        Text::Delimited(of) => {
            let mut records = Records::new(&mut *text, layout(of));
            // A sample that cannot be read is reported when it is read as a whole.
            if let Ok(Some((_, record))) = records.next_record()
                && Mapping::of_header(source, record).is_ok()
            {
                names.extend(
                    record.iter().map(|name| String::from_utf8_lossy(name.trim_ascii()).into_owned()),
                );
            }
        }
        Text::Zeek(_) => {
            if let Entries::Zeek(mut records) = Entries::new(&mut *text, source)
                && let Ok(Some(zeek::Next::Names(_))) = records.next_record()
            {
                names.extend(records.names().iter().cloned());
            }
        }
        Text::Json(of) => {
            let mut found = BTreeSet::new();
            let list =
                of.each.as_ref().and_then(|each| each.split('.').next()).map(|list| format!("{list}."));
            if let Entries::Json(mut records) = Entries::new(&mut *text, source) {
                for _ in 0..EXAMINED {
                    let Ok(Some(next)) = next_of_json(&mut records) else { break };
                    if let Next::Record(_) = next
                        && let Ok(object) = serde_json::from_str(&records.text())
                    {
                        paths(&object, list.as_deref().unwrap_or_default(), &mut found);
                    }
                }
            }
            let each = of.each.as_deref().unwrap_or_default();
            names.extend(found.into_iter().filter(|path| path != each));
        }
    }
    names.retain(|name| !name.is_empty() && !used(name));
    names
}

/// The paths of all values of an object. Lists are passed through.
fn paths(value: &serde_json::Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(members) => {
            for (key, value) in members {
                let below = format!("{path}{key}");
                if value.is_object() || value.is_array() {
                    paths(value, &format!("{below}."), found);
                } else {
                    found.insert(below);
                }
            }
        }
        serde_json::Value::Array(items) => match items.iter().find(|item| item.is_object()) {
            Some(_) => items.iter().for_each(|item| paths(item, path, found)),
            None => drop(found.insert(path.trim_end_matches('.').to_owned())),
        },
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => {}
    }
}
