//! The last successful run of a day, and whether its raw rows changed since.

use flow_oa_schema::ledger::HISTORY;
use sea_query::{Alias, Expr, ExprTrait, Order, Query};

use super::read::{Filter, Record, Status, record, select};
use crate::rows::{column, ingests_of_day};
use flow_oa_core::value::text;
use flow_oa_engine::Session;
use flow_oa_site::Result;

/// The hash of the list of ingests from which a pipeline has rows of a day. It changes with every ingest of that day,
/// and with every removal of one.
///
/// # Errors
/// If the database cannot be read.
pub fn raw_rows(session: &mut dyn Session, pipeline: &str, day: &str) -> Result<String> {
    let mut hash = blake3::Hasher::new();
    for (id, stored, _) in ingests_of_day(session, pipeline, day)? {
        hash.update(&id.to_le_bytes());
        hash.update(&stored.to_le_bytes());
    }
    Ok(hash.finalize().to_hex().to_string())
}

/// The last successful run of a day. `None` if its rows may be gone: a later purge covered the day, a later copy
/// replaced what the run wrote, or a later run failed after its commit.
///
/// # Errors
/// If the database cannot be read.
pub fn last_good_run(session: &mut dyn Session, pipeline: &str, day: &str) -> Result<Option<Record>> {
    let newest = |command: &str, days: Expr| {
        let mut query = select();
        query
            .and_where(column("pipeline").eq(pipeline))
            .and_where(column("command").eq(command))
            .and_where(days)
            .order_by(Alias::new("id"), Order::Desc)
            .limit(1);
        query
    };
    let purge = newest("purge", column("day").gt(day)).and_where(column("status").eq("done")).to_owned();
    // The newest run that changed the day; a run that failed after its commit changed it, too.
    let changed = Expr::expr(column("status")).eq("done").or(column("raw_rows").is_not_null());
    let run = newest("run", column("day").eq(day)).and_where(changed).to_owned();
    // A copy that replaced what runs write has the hash of the raw rows, as a run has.
    let copy = newest("copy", column("day").eq(day))
        .and_where(column("status").eq("done"))
        .and_where(column("raw_rows").is_not_null())
        .to_owned();
    let gone = [purge, copy].into_iter().map(|query| newest_id(session, query));
    let gone = gone.collect::<Result<Vec<_>>>()?.into_iter().max().unwrap_or(0);
    let run = session.select(run)?.first().map(|row| record(row));
    Ok(run.filter(|run| run.id > gone && run.status == Status::Done))
}

/// The last successful ranking of a day.
///
/// # Errors
/// If the database cannot be read.
pub fn last_ranking(session: &mut dyn Session, pipeline: &str, day: &str) -> Result<Option<Record>> {
    let mut query = select();
    query
        .and_where(column("pipeline").eq(pipeline))
        .and_where(column("command").eq("rank"))
        .and_where(column("day").eq(day))
        .and_where(column("status").eq("done"))
        .order_by(Alias::new("id"), Order::Desc)
        .limit(1);
    Ok(session.select(query)?.first().map(|row| record(row)))
}

/// Whether a ranking of a pipeline wrote a file with the hash `content`, whatever the outcome of that ranking.
///
/// # Errors
/// If the database cannot be read.
pub fn is_ranking(session: &mut dyn Session, pipeline: &str, content: &str) -> Result<bool> {
    let query = Query::select()
        .column(Alias::new("id"))
        .from(Alias::new(HISTORY))
        .and_where(column("pipeline").eq(pipeline))
        .and_where(column("command").eq("rank"))
        .and_where(column("content").eq(content))
        .limit(1)
        .to_owned();
    Ok(!session.select(query)?.is_empty())
}

/// The number of the only entry that a query returns, or 0.
fn newest_id(session: &mut dyn Session, query: sea_query::SelectStatement) -> Result<i64> {
    Ok(session.select(query)?.first().map_or(0, |row| record(row).id))
}

/// A day whose raw rows changed after its last successful run.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Stale {
    /// The pipeline.
    pub pipeline: String,
    /// The day.
    pub day: String,
    /// The number of its last successful run.
    pub run: i64,
    /// The limit of that run.
    pub limit: Option<i64>,
    /// Whether that run read what `rank` wrote.
    pub is_ranked: bool,
    /// When the newest of its raw rows were ingested, UTC; `None` if it has none any more.
    pub arrived: Option<String>,
}

/// Every day whose raw rows changed after its last successful run.
///
/// # Errors
/// If the database cannot be read.
pub fn stale(session: &mut dyn Session, filter: &Filter<'_>) -> Result<Vec<Stale>> {
    let mut query = Query::select();
    query
        .distinct()
        .columns(["pipeline", "day"].map(Alias::new))
        .from(Alias::new(HISTORY))
        .and_where(column("command").eq("run"))
        .and_where(column("status").eq("done"))
        .order_by(Alias::new("day"), Order::Asc);
    if let Some(pipeline) = filter.pipeline {
        query.and_where(column("pipeline").eq(pipeline));
    }
    if let Some(day) = filter.day {
        query.and_where(column("day").eq(day.to_string()));
    }
    let mut found = Vec::new();
    for row in session.select(query)? {
        let (pipeline, day) = (text(&row[0]), text(&row[1]));
        let Some(run) = last_good_run(session, &pipeline, &day)? else { continue };
        if run.raw_rows != Some(raw_rows(session, &pipeline, &day)?) {
            let arrived = ingests_of_day(session, &pipeline, &day)?.pop().map(|it| it.2);
            let ranking = last_ranking(session, &pipeline, &day)?;
            let is_ranked =
                ranking.is_some_and(|ranking| ranking.output.is_some() && ranking.output == run.input);
            found.push(Stale { pipeline, day, run: run.id, limit: run.limit, is_ranked, arrived });
        }
    }
    Ok(found)
}
