//! The feedback file, from which spot-ml learns what analysts found harmless.
//!
//! Tab-separated; the first line is a header, which spot-ml drops. It splits lines at tabs and knows no quotes, so tabs
//! and line ends in a value become blanks. It looks for severity 3 in the first column and for hour, minute and second
//! in the time. The file has one line for each suspicious row whose connection was scored, the most suspicious first.
//!
//! spot-ml learns from a judgement as long as it is stored. If the day was run again and the row is gone, the line
//! comes from the table of judgements, which is why that table keeps the fields that spot-ml reads.
//!
//! # Decisions
//!
//! - **Files match the rows**: a command that writes the feedback or the files of a storyboard holds a lock of the
//!   folder (`.analysts.lock`) from before the rows are read or stored until the files are written. Other homes may
//!   write remote feedback: after an upload the text is built again, and uploaded again if it differs. A reset writes
//!   its backup under that lock, removes only the files that are in it, and keeps the backup from the moment at which
//!   the first delete is sent, since the answer to a commit may be lost.

use flow_oa_files::{FileError, Lock, Progress};
use std::collections::{HashMap, HashSet};
use std::io::Read as _;
use std::path::Path;

use flow_oa_core::Date;
use flow_oa_remote::{Location, Remote};
use flow_oa_schema::model::{Expr, FeedbackField, Table};
use flow_oa_schema::printable;
use sea_query::Value;

use flow_oa_engine::Session;
use flow_oa_files::atomic::write_whole;
use flow_oa_runtime::day::derive;
use flow_oa_runtime::day::judged;
use flow_oa_site::deployment::{Chosen, Settings, compact};
use flow_oa_site::downloads::{self, Downloader, Found};
use flow_oa_site::{Error, Result};

/// The path, relative to the parent of the folder of a day's results.
const FILE: &str = "feedback/ml_feedback.csv";

/// The outcome of a write.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FeedbackSummary {
    /// The location of the file.
    pub file: String,
    /// The number of lines without the header.
    pub lines: u64,
    /// A copy of the previous file, if some of its lines came from no score of this database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy: Option<Copy>,
}

/// A copy of a feedback file that is replaced.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Copy {
    /// The path of the copy.
    pub file: String,
    /// The number of lines that came from no score of this database.
    pub lines: u64,
}

/// Lines that follow from the scores of a day, without severities.
pub type Own = HashSet<String>;

/// Whether the machine-learning job of a pipeline reads feedback.
pub fn is_read(chosen: Chosen<'_>) -> bool {
    !chosen.model.feedback.is_empty()
}

/// The location of a day's feedback: in a folder next to that of its results.
pub fn place(settings: &Settings, chosen: Chosen<'_>, day: Date) -> Location {
    let model = chosen.model;
    let results = model.results.path_of(&model.name, &compact(day));
    let folders: Vec<&str> = results.split('/').collect();
    let above = folders.len().saturating_sub(2);
    let path = folders[..above].iter().copied().chain([FILE]).collect::<Vec<_>>().join("/");
    settings.results_root.join(&path)
}

/// The lines that follow from the scores before a command changes them; none if no job reads feedback.
///
/// # Errors
/// If a field is not available, or the database cannot be read.
pub fn own(session: &mut dyn Session, chosen: Chosen<'_>, day: Date) -> Result<Own> {
    if is_read(chosen) {
        Ok(own_lines(chosen, &text(chosen, &rows(session, chosen, day)?)))
    } else {
        Ok(Own::new())
    }
}

/// Writes the feedback of a day whose scores a command changed; does nothing if no job reads feedback. `before` are the
/// lines before the change; it is `None` if the caller has a copy of the file.
///
/// # Errors
/// See [`write()`].
pub fn after(
    session: &mut dyn Session,
    settings: &Settings,
    chosen: Chosen<'_>,
    day: Date,
    before: Option<&Own>,
    progress: &Progress,
) -> Result<Option<FeedbackSummary>> {
    if is_read(chosen) {
        replace(session, settings, chosen, day, before, progress).map(Some)
    } else {
        Ok(None)
    }
}

/// Writes the feedback of a day, whole or not at all.
///
/// # Errors
/// If a field is not available, the database cannot be read, or the file cannot be written.
pub fn write(
    session: &mut dyn Session,
    settings: &Settings,
    chosen: Chosen<'_>,
    day: Date,
    progress: &Progress,
) -> Result<FeedbackSummary> {
    replace(session, settings, chosen, day, Some(&Own::new()), progress)
}

fn replace(
    session: &mut dyn Session,
    settings: &Settings,
    chosen: Chosen<'_>,
    day: Date,
    before: Option<&Own>,
    progress: &Progress,
) -> Result<FeedbackSummary> {
    let (mut unchecked, mut copied) = (before, None);
    let written = keep(settings, chosen, day, progress, &mut || {
        let now = text(chosen, &rows(session, chosen, day)?);
        // Only before the first write: from then on, the lines of the file are our own.
        if let Some(before) = unchecked.take() {
            copied = copy(settings, chosen, day, &(before | &own_lines(chosen, &now)), progress)?;
        }
        Ok(now)
    })?;
    Ok(FeedbackSummary { copy: copied, ..written })
}

/// Copies the existing file into the folder of the day if some of its lines are not our own: another program wrote
/// them, or they are from scores whose feedback could not be updated.
fn copy(
    settings: &Settings,
    chosen: Chosen<'_>,
    day: Date,
    own: &Own,
    progress: &Progress,
) -> Result<Option<Copy>> {
    match place(settings, chosen, day) {
        Location::Local(path) if !path.is_file() => return Ok(None),
        Location::Local(_) => {}
        Location::Remote(remote) => downloads::require_writable(&remote)?,
    }
    let Some(text) = found(settings, chosen, day, progress)? else { return Ok(None) };
    let lines = own_lines(chosen, &text).difference(own).count() as u64;
    if lines == 0 {
        return Ok(None);
    }
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ");
    let folder = settings.data_folder(&chosen.model.name, &compact(day));
    let path = folder.join(format!("feedback-before-{now}.csv"));
    write_whole(&path, |out| out.write_all(text.as_bytes()))?;
    Ok(Some(Copy { file: printable::path(&path).to_string(), lines }))
}

/// The lines of a feedback file without its header and its severities.
fn own_lines(chosen: Chosen<'_>, text: &str) -> Own {
    let judged = judged::table_of(chosen).ok();
    let is_severity = |at: usize| {
        let column = chosen.model.feedback.get(at).and_then(|field| Some(&judged?[field.judged?]));
        column.is_some_and(|column| matches!(column.from, Expr::Severity(_)))
    };
    let line = |line: &str| {
        let fields = line.split('\t').enumerate().filter(|(at, _)| !is_severity(*at));
        fields.map(|(_, field)| field).collect::<Vec<_>>().join("\t")
    };
    text.lines().skip(1).map(line).collect()
}

/// Restores the previous content of a file that did not follow from scores. What was written into the file since is
/// kept.
///
/// # Errors
/// If the file cannot be read or written.
pub fn put_back(
    settings: &Settings,
    chosen: Chosen<'_>,
    day: Date,
    progress: &Progress,
    text: &str,
) -> Result<FeedbackSummary> {
    keep(settings, chosen, day, progress, &mut || {
        Ok(found(settings, chosen, day, progress)?.unwrap_or_else(|| text.to_owned()))
    })
}

/// The content of the file, if it exists and has more than a header.
pub(crate) fn found(
    settings: &Settings,
    chosen: Chosen<'_>,
    day: Date,
    progress: &Progress,
) -> Result<Option<String>> {
    let doing = "reading the feedback from";
    let (to, folder) =
        (place(settings, chosen, day), settings.data_folder(&chosen.model.name, &compact(day)));
    let Found::Input(input) = Downloader::new(settings, progress).find(doing, &to, &folder, "")? else {
        return Ok(None);
    };
    let mut text = String::new();
    let read = input.open().and_then(|mut reader| reader.read_to_string(&mut text));
    read.map_err(|error| FileError::unopened(doing, Path::new(&to.to_string()), &error, ""))?;
    Ok(Some(text).filter(|text| lines(text) > 0))
}

/// The number of lines of feedback, without the header.
pub(crate) fn lines(text: &str) -> u64 {
    text.lines().skip(1).count() as u64
}

/// Writes the text that `made` returns. A lock covers both, so that the file never goes back to older scores.
fn keep(
    settings: &Settings,
    chosen: Chosen<'_>,
    day: Date,
    progress: &Progress,
    made: &mut dyn FnMut() -> Result<String>,
) -> Result<FeedbackSummary> {
    let to = place(settings, chosen, day);
    let text = match &to {
        Location::Local(path) => {
            let _lock = Lock::of_analysts(path.parent().unwrap_or(Path::new(".")), progress)?;
            let text = made()?;
            write_whole(path, |out| out.write_all(text.as_bytes()))?;
            text
        }
        Location::Remote(remote) => {
            let folder = settings.data_folder(&chosen.model.name, &compact(day));
            let _lock = Lock::of_analysts(&folder, progress)?;
            send(settings, &folder, remote, progress, made)?
        }
    };
    Ok(FeedbackSummary { file: to.to_string(), lines: lines(&text), copy: None })
}

/// Uploads the text to a remote location. Other homes may write there, too, and do not know the lock of this home:
/// after the upload, the text is built again, and uploaded again if it differs by then.
fn send(
    settings: &Settings,
    folder: &Path,
    remote: &Remote,
    progress: &Progress,
    made: &mut dyn FnMut() -> Result<String>,
) -> Result<String> {
    let fault = |error| Error::unwritten(folder.to_owned(), error);
    let on_its_way = tempfile::tempdir_in(folder).map_err(fault)?;
    let path = on_its_way.path().join("feedback");
    let mut sent = made()?;
    loop {
        write_whole(&path, |out| out.write_all(sent.as_bytes()))?;
        downloads::put(settings, &path, remote, progress)?;
        let now = made()?;
        if now == sent {
            return Ok(sent);
        }
        sent = now;
    }
}

fn text(chosen: Chosen<'_>, rows: &[Vec<Value>]) -> String {
    let names: Vec<&str> = chosen.model.feedback.iter().map(|field| field.name.as_str()).collect();
    let mut text = format!("{}\n", names.join("\t"));
    for row in rows {
        let line: Vec<String> = row.iter().map(field).collect();
        text.push_str(&line.join("\t"));
        text.push('\n');
    }
    text
}

/// A value in the form that spot-ml reads.
fn field(value: &Value) -> String {
    let text = match value {
        Value::BigInt(Some(it)) => it.to_string(),
        Value::Double(Some(it)) => format!("{it:?}"),
        Value::String(Some(it)) => it.clone(),
        _ => String::new(),
    };
    text.replace(['\t', '\n', '\r'], " ")
}

/// The fields of the file: of each suspicious row whose connection was scored, and of each scored connection that has
/// no such row any more, if the table of judgements keeps all of them. They are joined here, not in SQL: without
/// statistics of a new day, the planner would scan its rows for each judgement.
fn rows(session: &mut dyn Session, chosen: Chosen<'_>, day: Date) -> Result<Vec<Vec<Value>>> {
    let (scores, table) = (chosen.model.scores_table(), judged::table_of(chosen)?);
    let fields = &chosen.model.feedback;
    let (own_key, scored_key) = judged::same_places(scores, table);
    let judgements = session.select(derive::of_day(table, day, table.names(&table.key)))?;
    let named = judgements.iter().enumerate().map(|(at, row)| (judged::connection(row, &own_key), at));
    let named: HashMap<String, usize> = named.collect();
    let mut has_row = vec![false; judgements.len()];
    let mut rows = Vec::new();
    for row in session.select(derive::of_day(scores, day, scores.names(&scores.key)))? {
        if let Some(at) = named.get(&judged::connection(&row, &scored_key)) {
            has_row[*at] = true;
            let values = fields.iter().map(|field| value(field, scores, Some(&row), &judgements[*at]));
            rows.push(values.collect::<Result<Vec<Value>>>()?);
        }
    }
    let gone = judgements.iter().zip(has_row).filter(|(_, has_row)| !has_row);
    for (judgement, _) in gone {
        let values = fields.iter().map(|field| value(field, scores, None, judgement));
        let row = values.collect::<Result<Vec<Value>>>()?;
        if !row.iter().any(is_absent) {
            rows.push(row);
        }
    }
    Ok(rows)
}

fn is_absent(value: &Value) -> bool {
    matches!(value, Value::BigInt(None) | Value::Double(None) | Value::String(None))
}

/// The value of a field: from the suspicious row; if the row is gone or has no such value, from the judgement.
fn value(
    field: &FeedbackField,
    scores: &Table,
    scored: Option<&[Value]>,
    judgement: &[Value],
) -> Result<Value> {
    match (scored, &field.scored) {
        (Some(row), Some(from)) => derive::computed_of(from, scores, row),
        (None, _) | (_, None) => {
            let kept = field.judged.and_then(|id| judgement.get(id.at()));
            Ok(kept.cloned().unwrap_or(Value::String(None)))
        }
    }
}
