//! Queries of analysts: the suspicious connections of a day, the raw flows behind a connection, the peers of an
//! address, the number of flows per minute.
//!
//! The queries follow from the model: every table of a pipeline with rows of a kind supports the queries for that kind.
//! All values are bound. An answer has the same shape on every engine.
//!
//! # Decisions
//!
//! - **Queries follow from the model**: the rows and origins of tables determine which tables answer `suspicious`,
//!   `threats`, `details`, `chords` and `summary`, by which columns, and in which order. Filters are bound in the type
//!   of their column. An answer is a type of the schema crate with a JSON Schema, the same on every engine.

mod answer;
mod filter;
mod investigate;
pub(crate) mod peers;
pub(crate) mod storyboard;

use flow_oa_core::Date;
use flow_oa_schema::answer::Answer;
use flow_oa_schema::model::{
    Aggregate, Column, ColumnId, Expr as Source, Match, Pair, Pipeline, Rows, Select, Table, Which,
};
use flow_oa_schema::names::nearest;
use flow_oa_schema::types::ColumnType;
use sea_query::{Alias, Cond, Expr, ExprTrait, IntoIden, Order, Query, Value};

use crate::judged;
use flow_oa_engine::Session;
use flow_oa_files::Progress;
use flow_oa_runtime::day::derive;
use flow_oa_runtime::error::{Error, Result};
use flow_oa_runtime::site::deployment::{Chosen, Settings};

pub use answer::{field, to_csv, to_lines};
pub use filter::Filter;
pub use investigate::Largest;

/// The canonical text of an address; `None` if `text` is not an address.
pub fn address(text: &str) -> Option<String> {
    flow_oa_core::address::parse(text.trim()).map(|it| it.to_string())
}

/// A query.
#[derive(Debug, Clone)]
pub enum Question {
    /// The suspicious rows of a day, the most suspicious first. Rows that analysts scored are skipped, unless `all` is
    /// set.
    Suspicious {
        /// Whether scored rows are included.
        all: bool,
    },
    /// The judgements of analysts on suspicious rows, the most severe first.
    Threats,
    /// The raw rows behind the suspicious row of that rank.
    Details(i64),
    /// The sums of an address with each of its peers among the suspicious rows.
    Chords(String),
    /// The number of raw rows of each minute.
    Summary,
    /// All that an address did, summed up by peer and ports.
    Investigate(String, Largest),
    /// The comments of analysts on addresses.
    Comments,
    /// The timelines of the addresses with a comment, or of one of them: with which peers they communicated, and when.
    Timeline(Option<String>),
    /// The number of peers of an address, by direction and network.
    Impact(String),
    /// The peers of an address, from the first to the last.
    Progression(String),
    /// The locations of an address and its peers.
    Globe(String),
}

impl Question {
    /// The name of the query on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Suspicious { .. } => "suspicious",
            Self::Threats => "threats",
            Self::Details(_) => "details",
            Self::Chords(_) => "chords",
            Self::Summary => "summary",
            Self::Investigate(..) => "investigate",
            Self::Comments => "comments",
            Self::Timeline(_) => "timeline",
            Self::Impact(_) => "impact",
            Self::Progression(_) => "progression",
            Self::Globe(_) => "globe",
        }
    }

    /// Whether the answer consists of sums over all raw rows of an address, which have no columns to filter by.
    pub fn is_of_sums(&self) -> bool {
        matches!(self, Self::Investigate(..) | Self::Impact(_) | Self::Progression(_) | Self::Globe(_))
    }

    /// Whether a table with rows of this kind answers the query.
    fn is_answered_by(&self, rows: &Rows) -> bool {
        let which = rows.select().map(|select| &select.which);
        match self {
            Self::Suspicious { .. } => matches!(rows, Rows::Results),
            Self::Threats => matches!(rows, Rows::Judged(_)),
            Self::Details(_) => matches!(which, Some(Which::Results(_))),
            Self::Chords(_) => matches!(which, Some(Which::Hubs(_))),
            Self::Summary => matches!(which, Some(Which::Day)),
            Self::Comments => matches!(rows, Rows::Comments),
            Self::Timeline(_) => matches!(which, Some(Which::Subjects(_))),
            Self::Investigate(..) | Self::Impact(_) | Self::Progression(_) | Self::Globe(_) => rows.are_raw(),
        }
    }
}

/// A query, with its days and conditions.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone)]
pub struct QueryRequest<'a> {
    /// The settings of the site, whose context some queries use.
    pub settings: &'a Settings,
    pub progress: &'a Progress,
    pub chosen: Chosen<'a>,
    pub question: Question,
    /// The table that answers, if several could.
    pub table: Option<String>,
    pub from: Date,
    pub to: Date,
    /// Conditions that the rows must meet.
    pub filters: Vec<Filter>,
    /// An address, in canonical text, that must be one of the row's addresses.
    pub address: Option<String>,
    /// A port that must be one of the row's ports.
    pub port: Option<u16>,
    /// The maximum number of rows; 0 for all.
    pub limit: u64,
}

/// The maximum number of rows of a statement, for the requested maximum; `None` for all rows. A number beyond the range
/// of some engines is more than any table has.
pub(crate) fn most_rows(wanted: u64) -> Option<u64> {
    (1..i32::MAX as u64).contains(&wanted).then_some(wanted)
}

/// Runs the query.
///
/// # Errors
/// If no table answers it, a filter names a missing column or a value that the column cannot hold, or the database
/// cannot be queried.
pub fn ask(session: &mut dyn Session, request: &QueryRequest<'_>) -> Result<Answer> {
    match &request.question {
        Question::Investigate(address, by) => return investigate::ask(session, request, address, *by),
        Question::Impact(address) | Question::Progression(address) | Question::Globe(address) => {
            return storyboard::ask(session, request, address);
        }
        _ => {}
    }
    let table = answering(request)?;
    let mut which = days(table, request.from, request.to)?;
    let selected = table.rows.select().map(|select| &select.which);
    which = which.add(match (&request.question, selected) {
        (Question::Details(rank), Some(Which::Results(matched))) => {
            behind(session, request, table, matched, *rank)?
        }
        (Question::Chords(address), _) => about(table, &Source::Hub, address)?,
        (Question::Timeline(Some(address)), _) => about(table, &Source::Subject, address)?,
        (Question::Suspicious { all: false }, _) => not_judged(request.chosen, table),
        _ => Cond::all(),
    });
    let dialect = session.dialect();
    for filter in &request.filters {
        which = which.add(filter.condition(table, dialect)?);
    }
    if let Some(address) = &request.address {
        which = which.add(one_of_its_addresses(table, address)?);
    }
    if let Some(port) = request.port {
        which = which.add(one_of_its_ports(request.chosen.model, table, port)?);
    }
    let mut select = Query::select();
    select
        .columns(table.columns.iter().map(|column| Alias::new(&column.name).into_iden()))
        .from(Alias::new(&table.name))
        .cond_where(which);
    for (name, order) in order(table) {
        select.order_by(Alias::new(name), order);
    }
    if let Some(most) = most_rows(request.limit) {
        // One row more than requested shows whether there are more.
        select.limit(most + 1);
    }
    let rows = session.select(select)?;
    Ok(answer::of(request, table, rows))
}

fn answering<'a>(request: &QueryRequest<'a>) -> Result<&'a Table> {
    let (model, name) = (request.chosen.model, request.question.name());
    let able: Vec<&Table> =
        model.tables.iter().filter(|table| request.question.is_answered_by(&table.rows)).collect();
    let names = || able.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ");
    match (&request.table, able.as_slice()) {
        (Some(wanted), _) => able.iter().find(|table| table.name == *wanted).copied().ok_or_else(|| {
            let meant = nearest(wanted, able.iter().map(|it| it.name.as_str()));
            let meant = meant.map(|meant| format!(" (did you mean {meant:?}?)")).unwrap_or_default();
            Error::Usage(format!(
                "--table: {wanted:?} does not answer {name:?}{meant}; these do: {}",
                names()
            ))
        }),
        (None, [only]) => Ok(only),
        (None, []) => Err(Error::Usage(format!("query {name}: no table of {} has such rows", model.name))),
        (None, _) => {
            Err(Error::Usage(format!("--table must say which table is to answer {name:?}: {}", names())))
        }
    }
}

/// The condition that rows are of the days from one to another.
fn days(table: &Table, from: Date, to: Date) -> Result<Cond> {
    if from == to {
        return Ok(derive::on(table, from).condition());
    }
    if from > to {
        return Err(Error::Usage(format!("query: the first day, {from}, is after the last, {to}")));
    }
    let behind = to.tomorrow().map_err(|_| Error::Usage(format!("query: {to} has no day after it")))?;
    let before = |day| derive::before(table, day).condition();
    Ok(Cond::all().add(before(behind)).add(before(from).not()))
}

/// The condition for rows that match a suspicious row.
fn behind(
    session: &mut dyn Session,
    request: &QueryRequest<'_>,
    table: &Table,
    matched: &Match,
    rank: i64,
) -> Result<Cond> {
    let raw = request.chosen.model.base(table);
    let column = |from: ColumnId| {
        let found = table.column_from(&Source::Column(from));
        found.map(|found| Expr::col(Alias::new(&found.name))).ok_or_else(|| {
            Error::Configuration(format!(
                "query details: {} keeps no {:?}, by which its rows are found",
                table.name, raw[from].name
            ))
        })
    };
    let row = suspicious(session, request, rank)?;
    let value = |scored: ColumnId| row.get(scored.at()).cloned().unwrap_or(Value::String(None));
    let is = |from: &Pair, scored: &Pair| Ok::<_, Error>(column(from.from)?.eq(value(scored.scored)));
    let mut all = Cond::all();
    for pair in &matched.equal {
        all = all.add(is(pair, pair)?);
    }
    if let Some([one, other]) = &matched.either_way {
        let ways = [(one, other), (other, one)]
            .map(|(first, second)| Ok::<_, Error>(Cond::all().add(is(one, first)?).add(is(other, second)?)));
        let [way, back] = ways;
        all = all.add(Cond::any().add(way?).add(back?));
    }
    if let Some(within) = &matched.within {
        all = all.add(derive::is_within(table, within, &row)?);
    }
    Ok(all)
}

/// The values of a suspicious row, in the order of the columns of the table of scores.
fn suspicious(session: &mut dyn Session, request: &QueryRequest<'_>, rank: i64) -> Result<Vec<Value>> {
    let scores = request.chosen.model.scores_table();
    let ranked = scores
        .column_from(&Source::Rank)
        .ok_or_else(|| Error::Usage(format!("--rank: no column of {} identifies rows", scores.name)))?;
    let mut select = derive::of_day(scores, request.from, []);
    select.and_where(Expr::col(Alias::new(&ranked.name)).eq(rank));
    session.select(select)?.into_iter().next().ok_or_else(|| Error::NoInput {
        doing: "looking for a row of",
        path: scores.name.clone().into(),
        error: format!("{} has none of rank {rank}; `flow-oa query suspicious` lists them", request.from),
    })
}

/// The condition for rows about an address, which the column with this expression holds.
fn about(table: &Table, from: &Source, address: &str) -> Result<Cond> {
    let column = table.column_from(from).ok_or_else(|| {
        Error::Configuration(format!(
            "{} keeps no address that its rows are about, by which they are found",
            table.name
        ))
    })?;
    Ok(Cond::all().add(Expr::col(Alias::new(&column.name)).eq(address)))
}

/// The condition for scored rows without a judgement: no table of judgements of these scores has their connection.
fn not_judged(chosen: Chosen<'_>, scores: &Table) -> Cond {
    let tables = chosen.model.tables.iter();
    let of_them = tables.filter(|table| matches!(&table.rows, Rows::Judged(_)));
    of_them.fold(Cond::all(), |all, table| {
        let mut judged = Query::select();
        judged.expr(Expr::val(1)).from(Alias::new(&table.name));
        for (own, scored) in judged::same_connection(scores, table) {
            let of = |table: &str, column: &str| Expr::col((Alias::new(table), Alias::new(column)));
            judged.and_where(of(&table.name, own).eq(of(&scores.name, scored)));
        }
        all.add(Expr::exists(judged).not())
    })
}

fn one_of_its_addresses(table: &Table, address: &str) -> Result<Cond> {
    let columns: Vec<_> = table.columns.iter().filter(|column| column.kind == ColumnType::Address).collect();
    if columns.is_empty() {
        return Err(Error::Usage(format!("--address: {} has no column of addresses", table.name)));
    }
    Ok(columns
        .iter()
        .fold(Cond::any(), |any, column| any.add(Expr::col(Alias::new(&column.name)).eq(address))))
}

fn one_of_its_ports(model: &Pipeline, table: &Table, port: u16) -> Result<Cond> {
    let ports = model
        .raw_table()
        .zip(model.rank.as_ref())
        .map(|(raw, rank)| [rank.source_port, rank.destination_port].map(|column| raw[column].name.as_str()));
    let is_port = |name: &str| ports.is_some_and(|ports| ports.contains(&name));
    let columns: Vec<&Column> =
        table.columns.iter().filter(|column| model.taken_from(table, column).is_some_and(is_port)).collect();
    if columns.is_empty() {
        return Err(Error::Usage(format!("--port: {} has no column of ports", table.name)));
    }
    let port = i64::from(port);
    Ok(columns.iter().fold(Cond::any(), |any, column| any.add(Expr::col(Alias::new(&column.name)).eq(port))))
}

/// Why an answer has no rows, if the table behind it (the one that runs write, or the raw table) has none of these
/// days.
///
/// # Errors
/// If the database cannot be queried.
pub fn why_nothing(session: &mut dyn Session, request: &QueryRequest<'_>) -> Result<Option<String>> {
    let model = request.chosen.model;
    let (table, what) = match model.raw_table().filter(|_| request.question.is_of_sums()) {
        Some(raw) => (raw, "`flow-oa ingest` loads flows"),
        None => (model.scores_table(), "`flow-oa run` makes them, and `flow-oa history` shows what was done"),
    };
    let mut select = Query::select();
    select
        .expr(Expr::val(1))
        .from(Alias::new(&table.name))
        .cond_where(days(table, request.from, request.to)?)
        .limit(1);
    let (from, to) = (request.from, request.to);
    let days = if from == to { from.to_string() } else { format!("{from} to {to}") };
    let is_there = !session.select(select)?.is_empty();
    Ok((!is_there).then(|| format!("{} has no rows of {days} at all; {what}", table.name)))
}

/// The order of an answer: by day, then by rank, the largest sum, or time. The key makes the order unique.
fn order(table: &Table) -> Vec<(&str, Order)> {
    let is_time =
        |column: &Column| column.kind == ColumnType::Time || matches!(column.from, Source::Truncate(..));
    let is_total = |column: &Column| matches!(column.from, Source::Aggregate(Aggregate::Total, _));
    let (wanted, direction): (&dyn Fn(&Column) -> bool, Order) = match &table.rows {
        Rows::Results => (&|column| column.from == Source::Rank, Order::Asc),
        Rows::Judged(_) => (&|column| column.from == Source::Severity, Order::Asc),
        Rows::Select(Select { which: Which::Hubs(_), .. }) => (&is_total, Order::Desc),
        Rows::Select(_) | Rows::Ingest | Rows::Comments | Rows::Program => (&is_time, Order::Asc),
    };
    let own = table.columns.iter().find(|column| wanted(column));
    let days = table.partition.columns.iter().map(|column| (column.as_str(), Order::Asc));
    let own = own.map(|column| (column.name.as_str(), direction));
    let rest = table.own_columns().iter().map(|column| (column.name.as_str(), Order::Asc));
    let mut order: Vec<(&str, Order)> = Vec::new();
    for (name, direction) in days.chain(own).chain(rest) {
        if order.iter().all(|(listed, _)| *listed != name) {
            order.push((name, direction));
        }
    }
    order
}
