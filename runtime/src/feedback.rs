//! The feedback file, from which spot-ml learns what analysts found harmless.
//!
//! Tab-separated, the first line a header: spot-ml drops it. It splits lines at tabs and knows no quotes, so tabs and line
//! ends in a value become blanks. It looks for severity 3 in the first column and for hour, minute and second in
//! the time. One line stands for each suspicious row whose connection was judged, the most suspicious first.

use std::path::PathBuf;

use flow_oa_core::Date;
use flow_oa_remote::Location;
use flow_oa_schema::model::{Origin, Table};
use sea_query::{Alias, Cond, Expr, ExprTrait, JoinType, Order, Query, Value};

use crate::deployment::{Chosen, Settings, compact};
use crate::derive;
use crate::elsewhere;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::scoring;
use crate::whole_file::write_whole;

/// Where it is, beside the folder of a day's results.
const FILE: &str = "feedback/ml_feedback.csv";

/// The field that takes the severity.
const SEVERITY: &str = "sev";

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// Where.
    pub file: String,
    /// Lines without the header.
    pub lines: u64,
}

/// Whether the machine-learning job of a pipeline reads feedback.
pub fn is_read(chosen: Chosen<'_>) -> bool {
    !chosen.model.feedback.is_empty() && scoring::table_of(chosen).is_ok()
}

/// Where the feedback of a day is: in a folder beside that of its results.
pub fn place(settings: &Settings, chosen: Chosen<'_>, day: Date) -> Location {
    let model = chosen.model;
    let results = model.results.path_of(&model.name, &compact(day));
    let folders: Vec<&str> = results.split('/').collect();
    let above = folders.len().saturating_sub(2);
    let path = folders[..above].iter().copied().chain([FILE]).collect::<Vec<_>>().join("/");
    settings.results_root.join(&path)
}

/// Writes the feedback of a day, whole or not at all.
///
/// # Errors
/// Where a field is none that can be had, the database cannot be read, or the file cannot be written.
pub fn write(
    engine: &mut dyn Engine,
    settings: &Settings,
    chosen: Chosen<'_>,
    day: Date,
    progress: &Progress,
) -> Result<Summary> {
    let rows = rows(engine, chosen, day)?;
    let mut text = format!("{}\n", chosen.model.feedback.join("\t"));
    for row in &rows {
        let line: Vec<String> = row.iter().map(field).collect();
        text.push_str(&line.join("\t"));
        text.push('\n');
    }
    let to = place(settings, chosen, day);
    match &to {
        Location::Local(path) => write_whole(path, |out| out.write_all(text.as_bytes()))?,
        Location::Remote(remote) => {
            let beside = staged(settings, chosen, day);
            write_whole(&beside, |out| out.write_all(text.as_bytes()))?;
            let put = elsewhere::put(settings, &beside, remote, progress);
            // It was for the way only; that it may stay behind is the lesser fault.
            let _ = std::fs::remove_file(&beside);
            put?;
        }
    }
    Ok(Summary { file: to.to_string(), lines: rows.len() as u64 })
}

/// Where it waits on this machine for its way.
fn staged(settings: &Settings, chosen: Chosen<'_>, day: Date) -> PathBuf {
    settings.data_folder(&chosen.model.name, &compact(day)).join("ml_feedback.csv")
}

/// A value as spot-ml reads it.
fn field(value: &Value) -> String {
    let text = match value {
        Value::BigInt(Some(it)) => it.to_string(),
        Value::Double(Some(it)) => format!("{it:?}"),
        Value::String(Some(it)) => it.clone(),
        _ => String::new(),
    };
    text.replace(['\t', '\n', '\r'], " ")
}

/// The suspicious rows whose connection was judged, as the fields of the file.
fn rows(engine: &mut dyn Engine, chosen: Chosen<'_>, day: Date) -> Result<Vec<Vec<Value>>> {
    let (scores, judged) = (chosen.model.scores_table(), scoring::table_of(chosen)?);
    let of = |table: &Table, column: &str| Expr::col((Alias::new(&table.name), Alias::new(column)));
    let mut select = Query::select();
    for name in &chosen.model.feedback {
        select.expr(match column(scores, judged, name)? {
            (true, column) => of(judged, column),
            (false, column) => of(scores, column),
        });
    }
    let same = scoring::same_connection(scores, judged)
        .into_iter()
        .fold(Cond::all(), |all, (own, scored)| all.add(of(judged, own).eq(of(scores, scored))));
    let days = derive::on(scores, day);
    select
        .from(Alias::new(&scores.name))
        .join(JoinType::InnerJoin, Alias::new(&judged.name), same)
        .cond_where(days.condition_of(|name| (Alias::new(&scores.name), Alias::new(name))));
    for name in &scores.key {
        select.order_by((Alias::new(&scores.name), Alias::new(name)), Order::Asc);
    }
    Ok(engine.select(select)?)
}

/// The column that a field is, and whether it is one of the judgement.
fn column<'a>(scores: &'a Table, judged: &'a Table, field: &str) -> Result<(bool, &'a str)> {
    if field.eq_ignore_ascii_case(SEVERITY) {
        let severity = judged.columns.iter().find(|it| it.origin == Origin::Severity);
        return severity.map(|it| (true, it.name.as_str())).ok_or_else(|| {
            Error::Configuration(format!(
                "{} has no column of severity, which the feedback needs",
                judged.name
            ))
        });
    }
    let named = |table: &'a Table| table.columns.iter().find(|it| it.name.eq_ignore_ascii_case(field));
    match (named(scores), named(judged)) {
        (Some(column), _) => Ok((false, &column.name)),
        (None, Some(column)) => Ok((true, &column.name)),
        (None, None) => Err(Error::Configuration(format!(
            "the feedback field {field:?} is neither `{SEVERITY}` nor a column of {} or {}: correct the feedback fields of the \
             pipeline's configuration",
            scores.name, judged.name
        ))),
    }
}
