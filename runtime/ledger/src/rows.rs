//! Statements on the program's own tables of ingests, which record the file that the rows of a raw table came from. The
//! history records what commands did.

use flow_oa_core::Date;
use flow_oa_core::value::{text, whole};
use flow_oa_schema::ledger::{HISTORY, INGEST_DAYS, INGESTS, ROW_ID};
use sea_query::{Alias, Cond, Expr, ExprTrait, Func, Order, Query, Value};

use flow_oa_engine::{Session, Unit};
use flow_oa_site::Result;

/// The current time as stored: UTC text.
pub fn now() -> String {
    flow_oa_core::Moment::at(jiff::Timestamp::now()).text().into()
}

/// An ingest to record.
#[expect(missing_docs, reason = "the fields are what their names say")]
#[derive(Debug, Clone)]
pub struct Ingest<'a> {
    pub id: i64,
    pub pipeline: &'a str,
    pub file: &'a str,
    pub content: &'a str,
    pub format: &'a str,
    pub stored: u64,
    pub rows: Option<(i64, i64)>,
    pub days: &'a [(Date, u64)],
}

/// A recorded ingest.
#[expect(missing_docs, reason = "the fields are what their names say")]
#[derive(Debug, Clone)]
pub struct Earlier {
    pub id: i64,
    pub file: String,
    pub rows: Option<(i64, i64)>,
    pub finished: String,
}

/// A recorded file with rows of a day.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone)]
pub struct Given {
    pub file: String,
    pub content: String,
    pub format: String,
    /// The numbers of its first and last row, including rows of other days.
    pub rows: Option<(i64, i64)>,
}

/// A column of the program's own tables.
pub fn column(name: &str) -> Expr {
    Expr::col(Alias::new(name))
}

pub(crate) fn number(count: u64) -> Expr {
    Expr::value(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The name of the lock for changes to the raw rows of a pipeline.
pub fn raw_rows_of(pipeline: &str) -> String {
    format!("raw rows of {pipeline}")
}

/// The highest row number of a raw table, 0 if it is empty.
///
/// # Errors
/// If the database cannot be read.
pub fn last_row(session: &mut dyn Session, table: &str) -> Result<i64> {
    let query = Query::select().expr(Func::max(column(ROW_ID))).from(Alias::new(table)).to_owned();
    Ok(session.select(query)?.first().and_then(|row| whole(&row[0])).unwrap_or(0))
}

/// Earlier ingests of a pipeline whose column `by` (`content` or `file`) equals `value`.
///
/// # Errors
/// If the database cannot be read.
pub fn earlier_ingests(
    session: &mut dyn Session,
    pipeline: &str,
    by: &'static str,
    value: &str,
) -> Result<Vec<Earlier>> {
    let query = Query::select()
        .columns(["id", "file", "first_row", "last_row", "finished"].map(Alias::new))
        .from(Alias::new(INGESTS))
        .and_where(column("pipeline").eq(pipeline))
        .and_where(column(by).eq(value))
        .order_by(Alias::new("id"), Order::Asc)
        .to_owned();
    let earlier = |row: &Vec<Value>| {
        let id = whole(&row[0])?;
        Some(Earlier {
            id,
            file: text(&row[1]),
            rows: whole(&row[2]).zip(whole(&row[3])),
            finished: text(&row[4]),
        })
    };
    Ok(session.select(query)?.iter().filter_map(earlier).collect())
}

/// The files from which a pipeline has rows of a day.
///
/// # Errors
/// If the database cannot be read.
pub fn given_to_day(session: &mut dyn Session, pipeline: &str, day: Date) -> Result<Vec<Given>> {
    let of_day = Query::select()
        .column(Alias::new("ingest"))
        .from(Alias::new(INGEST_DAYS))
        .and_where(column("day").eq(day.to_string()))
        .to_owned();
    let query = Query::select()
        .columns(["file", "content", "format", "first_row", "last_row"].map(Alias::new))
        .from(Alias::new(INGESTS))
        .and_where(column("pipeline").eq(pipeline))
        .and_where(column("id").in_subquery(of_day))
        .order_by(Alias::new("id"), Order::Asc)
        .to_owned();
    let given = |row: &Vec<Value>| Given {
        file: text(&row[0]),
        content: text(&row[1]),
        format: text(&row[2]),
        rows: whole(&row[3]).zip(whole(&row[4])),
    };
    Ok(session.select(query)?.iter().map(given).collect())
}

/// What an ingest has read of a file.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone)]
pub struct Part {
    pub id: i64,
    /// The hash of what was read: the file from its start.
    pub content: String,
    /// The number of bytes that were read.
    pub bytes: u64,
}

/// What ingests of a pipeline have read of a file. Ingests whose number of bytes is not known are left out.
///
/// # Errors
/// If the database cannot be read.
pub fn parts_of(session: &mut dyn Session, pipeline: &str, file: &str) -> Result<Vec<Part>> {
    let query = Query::select()
        .columns([(INGESTS, "id"), (INGESTS, "content"), (HISTORY, "context")])
        .from(Alias::new(INGESTS))
        .inner_join(Alias::new(HISTORY), Expr::col((HISTORY, "id")).equals((INGESTS, "id")))
        .and_where(Expr::col((INGESTS, "pipeline")).eq(pipeline))
        .and_where(Expr::col((INGESTS, "file")).eq(file))
        .and_where(Expr::col((HISTORY, "command")).eq("ingest"))
        .order_by((INGESTS, "id"), Order::Asc)
        .to_owned();
    let part = |row: &Vec<Value>| {
        Some(Part { id: whole(&row[0])?, content: text(&row[1]), bytes: text(&row[2]).parse().ok()? })
    };
    Ok(session.select(query)?.iter().filter_map(part).collect())
}

/// The days of which an ingest stored rows.
///
/// # Errors
/// If the database cannot be read.
pub fn days_of(session: &mut dyn Session, id: i64) -> Result<Vec<Date>> {
    let query = Query::select()
        .column(Alias::new("day"))
        .from(Alias::new(INGEST_DAYS))
        .and_where(column("ingest").eq(id))
        .to_owned();
    Ok(session.select(query)?.iter().filter_map(|row| text(&row[0]).parse().ok()).collect())
}

/// Deletes the record of an ingest whose rows were removed from the raw table.
///
/// # Errors
/// If the database cannot be written.
pub fn forget_ingest(unit: &mut dyn Unit, id: i64) -> Result<()> {
    for (table, key) in [(INGEST_DAYS, "ingest"), (INGESTS, "id")] {
        unit.delete(table, Cond::all().add(column(key).eq(id)))?;
    }
    Ok(())
}

/// Ends the row ranges of all ingests of a pipeline at `last`: the raw table has no rows with higher numbers.
///
/// # Errors
/// If the database cannot be written.
pub fn end_rows_at(unit: &mut dyn Unit, pipeline: &str, last: i64) -> Result<()> {
    let beyond = Cond::all().add(column("pipeline").eq(pipeline)).add(column("last_row").gt(last));
    unit.change(INGESTS, vec![("last_row", last.into())], beyond)?;
    Ok(())
}

/// Deletes the record of a day whose rows were removed from the raw table, and of every ingest that has no other day.
///
/// # Errors
/// If the database cannot be written.
pub fn forget_day(unit: &mut dyn Unit, pipeline: &str, day: Date) -> Result<()> {
    forget_days(unit, pipeline, column("day").eq(day.to_string()))
}

fn forget_days(unit: &mut dyn Unit, pipeline: &str, days: Expr) -> Result<()> {
    let of_pipeline = Query::select()
        .column(Alias::new("id"))
        .from(Alias::new(INGESTS))
        .and_where(column("pipeline").eq(pipeline))
        .to_owned();
    unit.delete(INGEST_DAYS, Cond::all().add(days).add(column("ingest").in_subquery(of_pipeline)))?;
    let with_days = Query::select().column(Alias::new("ingest")).from(Alias::new(INGEST_DAYS)).to_owned();
    let empty = Cond::all().add(column("pipeline").eq(pipeline)).add(column("id").not_in_subquery(with_days));
    unit.delete(INGESTS, empty)?;
    Ok(())
}

/// Deletes the records of all days of a pipeline before `day`, and of every ingest that has no other day.
///
/// # Errors
/// If the database cannot be written.
pub fn forget_days_before(unit: &mut dyn Unit, pipeline: &str, day: Date) -> Result<()> {
    forget_days(unit, pipeline, column("day").lt(day.to_string()))
}

/// Records an ingest and its days.
///
/// # Errors
/// If the database cannot be written.
pub fn record_ingest(unit: &mut dyn Unit, it: &Ingest<'_>) -> Result<()> {
    let ingest = vec![
        ("id", it.id.into()),
        ("pipeline", it.pipeline.into()),
        ("file", it.file.into()),
        ("content", it.content.into()),
        ("format", it.format.into()),
        ("stored", number(it.stored)),
        ("first_row", Expr::value(it.rows.map(|it| it.0))),
        ("last_row", Expr::value(it.rows.map(|it| it.1))),
        ("finished", now().into()),
    ];
    unit.append(INGESTS, vec![ingest])?;
    let of_day = |(day, stored): &(Date, u64)| {
        vec![("ingest", it.id.into()), ("day", day.to_string().into()), ("stored", number(*stored))]
    };
    Ok(unit.append(INGEST_DAYS, it.days.iter().map(of_day).collect())?)
}

/// The ingests from which a pipeline has rows of a day, in order: their number, the count of rows of that day, and when
/// they finished.
///
/// # Errors
/// If the database cannot be read.
pub fn ingests_of_day(
    session: &mut dyn Session,
    pipeline: &str,
    day: &str,
) -> Result<Vec<(i64, i64, String)>> {
    let query = Query::select()
        .columns([(INGESTS, "id"), (INGEST_DAYS, "stored"), (INGESTS, "finished")])
        .from(Alias::new(INGEST_DAYS))
        .inner_join(Alias::new(INGESTS), Expr::col((INGESTS, "id")).equals((INGEST_DAYS, "ingest")))
        .and_where(column("pipeline").eq(pipeline))
        .and_where(column("day").eq(day))
        .order_by((INGESTS, "id"), Order::Asc)
        .to_owned();
    let found = |row: &Vec<Value>| Some((whole(&row[0])?, whole(&row[1])?, text(&row[2])));
    Ok(session.select(query)?.iter().filter_map(found).collect())
}
