//! Counts the rows that violate what a schema expects of its columns: of a file while it is read, and of a day of a table
//! that a run has filled. What follows from the counts is decided here too: a warning, or an error.

use flow_oa_core::{Batch, Cell, Date, unquoted};
use flow_oa_engine::Unit;
use flow_oa_schema::model::{Column, ColumnId, Expectation, Rule, Table, Value};
use flow_oa_site::{Error, Example, Expected, Result};
use sea_query::{
    Alias, CaseStatement, Cond, Expr, ExprTrait, Func, Order, Query, SelectStatement, Value as Found,
};

use super::derive;

/// What is expected of the values of a column.
type Asked<'a> = (ColumnId, &'a Expectation);

/// Counts the rows of a file that violate an expectation.
struct Watched<'a> {
    asked: Asked<'a>,
    violated: u64,
    first: Example,
}

/// Watches the rows of a file that is being ingested.
pub(crate) struct Watch<'a> {
    table: &'a Table,
    file: &'a str,
    /// The rules about single rows.
    watched: Vec<Watched<'a>>,
    rows: u64,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(table: &'a Table, file: &'a str) -> Self {
        let watched = of_rows(table).map(|asked| Watched { asked, violated: 0, first: Example::default() });
        Self { table, file, watched: watched.collect(), rows: 0 }
    }

    /// Checks rows; `lines` are the lines of their records.
    pub(crate) fn see(&mut self, rows: &dyn Batch, lines: &[u64]) {
        if self.watched.is_empty() {
            return;
        }
        self.rows += rows.len() as u64;
        let mut cells: Vec<Cell<'_>> = Vec::new();
        for row in 0..rows.len() {
            rows.cells(row, &mut cells);
            for watched in &mut self.watched {
                let (column, Expectation { rule, .. }) = watched.asked;
                let Some(cell) = cells.get(column.at()).filter(|cell| violates(cell, rule)) else { continue };
                if watched.violated == 0 {
                    let at = lines.get(row).map(|line| format!("{}:{line}", self.file));
                    watched.first = Example { value: tells_value(rule).then(|| cell.to_text().into()), at };
                }
                watched.violated += 1;
            }
        }
    }

    /// What came of the rules, and of those about what is unique among all rows of the days of the file.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub(crate) fn end(self, unit: &mut dyn Unit, days: &[Date]) -> Result<Vec<Expected>> {
        let Self { table, watched, rows, .. } = self;
        let of = |it: Watched<'_>| Expected::new(table, it.asked, (rows, it.violated), it.first);
        let mut expected: Vec<Expected> = watched.into_iter().map(of).collect();
        expected.extend(unique(unit, table, days)?);
        Ok(expected)
    }
}

/// Checks the rows of a day of a table.
///
/// # Errors
/// If the database cannot be read.
pub(crate) fn of_day(unit: &mut dyn Unit, table: &Table, day: Date) -> Result<Vec<Expected>> {
    let mut expected = counted(unit, table, day)?;
    expected.extend(unique(unit, table, &[day])?);
    Ok(expected)
}

/// The warnings about what is not met.
///
/// # Errors
/// If anything that is not met stops the command; `what` names the rows.
pub(crate) fn warnings(what: &str, expected: &[Expected]) -> Result<Vec<String>> {
    if expected.iter().any(Expected::stops) {
        return Err(Error::Unmet { what: what.to_owned(), expected: expected.to_vec() });
    }
    Ok(expected.iter().filter_map(Expected::warning).collect())
}

/// The expectations of single rows.
fn of_rows(table: &Table) -> impl Iterator<Item = Asked<'_>> {
    table.expectations().filter(|(_, expectation)| expectation.rule.unique_with().is_none())
}

/// Whether a value violates a rule about single rows.
fn violates(cell: &Cell<'_>, rule: &Rule) -> bool {
    match (rule, cell) {
        (Rule::NotNull, cell) => *cell == Cell::Null,
        (Rule::EmptyAtMost(_), cell) => matches!(cell, Cell::Null | Cell::Text("")),
        (Rule::Range(range), Cell::Int(number)) => !range.has_whole(*number),
        (Rule::Range(range), Cell::Real(number)) => !range.has_real(*number),
        (Rule::OneOf(_), Cell::Text("")) => false,
        (Rule::OneOf(values), Cell::Int(_) | Cell::Real(_) | Cell::Text(_)) => {
            !values.iter().any(|value| *cell == cell_of(value))
        }
        (Rule::Range(_), Cell::Null | Cell::Text(_)) | (Rule::OneOf(_), Cell::Null) => false,
        (Rule::UniqueWith(_), _) => false,
    }
}

fn cell_of(value: &Value) -> Cell<'_> {
    match value {
        Value::Int(number) => Cell::Int(*number),
        Value::Real(number) => Cell::Real(*number),
        Value::Text(text) => Cell::Text(text),
    }
}

/// Whether a value that violates a rule tells more than that it does.
fn tells_value(rule: &Rule) -> bool {
    match rule {
        Rule::Range(_) | Rule::OneOf(_) => true,
        Rule::NotNull | Rule::EmptyAtMost(_) | Rule::UniqueWith(_) => false,
    }
}

/// Checks the rules about single rows of a day by one query.
fn counted(unit: &mut dyn Unit, table: &Table, day: Date) -> Result<Vec<Expected>> {
    let asked: Vec<Asked<'_>> = of_rows(table).collect();
    let Some(rows) = rows_on(unit, table, asked.iter().map(|(column, _)| *column), day) else {
        return Ok(Vec::new());
    };
    let mut query = Query::select();
    query.expr(Func::count(Expr::val(1))).from_subquery(rows, Alias::new(ROWS));
    for (column, Expectation { rule, .. }) in &asked {
        let column = &table[*column];
        let if_violated = |value: Expr| CaseStatement::new().case(violating(column, rule), value);
        query.expr(Func::count(if_violated(Expr::val(1))));
        if tells_value(rule) {
            query.expr(Func::min(if_violated(Expr::col(Alias::new(&column.name)))));
        }
    }
    let found = unit.select(query)?;
    let mut found = found.iter().flatten();
    let checked = found.next().map_or(0, number);
    let mut expected = Vec::new();
    for (column, expectation) in asked {
        let violated = found.next().map_or(0, number);
        let value = if tells_value(&expectation.rule) { found.next().and_then(unquoted) } else { None };
        let example = Example { value, at: None };
        expected.push(Expected::new(table, (column, expectation), (checked, violated), example));
    }
    Ok(expected)
}

/// The condition by which a row violates a rule about single rows.
fn violating(column: &Column, rule: &Rule) -> Cond {
    let value = || Expr::col(Alias::new(&column.name));
    let other_than_empty = |cond: Cond| if column.kind.is_text() { cond.add(value().ne("")) } else { cond };
    match rule {
        Rule::NotNull => Cond::all().add(value().is_null()),
        Rule::EmptyAtMost(_) if column.kind.is_text() => {
            Cond::any().add(value().is_null()).add(value().eq(""))
        }
        Rule::EmptyAtMost(_) => Cond::all().add(value().is_null()),
        Rule::Range(range) => {
            let (from, to) = range.ends();
            Cond::any().add(value().lt(from)).add(value().gt(to))
        }
        Rule::OneOf(values) => {
            other_than_empty(Cond::all().add(value().is_not_in(values.iter().map(constant))))
        }
        Rule::UniqueWith(_) => other_than_empty(Cond::all().add(value().is_not_null())),
    }
}

fn constant(value: &Value) -> Expr {
    match value {
        Value::Int(number) => Expr::val(*number),
        Value::Real(number) => Expr::val(*number),
        Value::Text(text) => Expr::val(text.as_str()),
    }
}

/// Checks what is to be unique among all rows of each day.
fn unique(unit: &mut dyn Unit, table: &Table, days: &[Date]) -> Result<Vec<Expected>> {
    let mut expected = Vec::new();
    for (column, expectation) in table.expectations() {
        let Some(with) = expectation.rule.unique_with() else { continue };
        let columns: Vec<ColumnId> = std::iter::once(column).chain(with.iter().copied()).collect();
        unit.settle()?;
        let (mut checked, mut violated, mut example) = (0, 0, Example::default());
        for day in days {
            let Some(rows) = rows_on(unit, table, columns.iter().copied(), *day) else {
                return Ok(Vec::new());
            };
            let groups = groups(table, &columns, rows, &expectation.rule);
            let (of_day, repeated) = repeated(unit, groups.clone())?;
            if violated == 0 && repeated > 0 {
                example.value = most_repeated(unit, groups, table, &columns)?;
            }
            checked += of_day;
            violated += repeated;
        }
        expected.push(Expected::new(table, (column, expectation), (checked, violated), example));
    }
    Ok(expected)
}

/// The groups of rows with the same values in these columns, the first of which is not empty, and their sizes.
fn groups(table: &Table, columns: &[ColumnId], rows: SelectStatement, rule: &Rule) -> SelectStatement {
    let mut groups = Query::select();
    groups.expr_as(Func::count(Expr::val(1)), Alias::new(SIZE)).from_subquery(rows, Alias::new(ROWS));
    for name in table.names(columns) {
        groups.column(Alias::new(name)).group_by_col(Alias::new(name));
    }
    groups.cond_where(violating(&table[columns[0]], rule)).to_owned()
}

/// The number of rows in all groups, and in those with several rows.
fn repeated(unit: &mut dyn Unit, groups: SelectStatement) -> Result<(u64, u64)> {
    let size = || Expr::col(Alias::new(SIZE));
    let several = CaseStatement::new().case(size().gt(1), size()).finally(0);
    // The type of a sum is wider on some engines.
    let total = |of: Expr| Expr::from(Func::sum(of)).cast_as("bigint");
    let mut query = Query::select();
    query.expr(total(size())).expr(total(several.into())).from_subquery(groups, Alias::new(GROUPS));
    let found = unit.select(query)?;
    let mut found = found.iter().flatten().map(number);
    Ok((found.next().unwrap_or_default(), found.next().unwrap_or_default()))
}

/// The values of the largest group.
fn most_repeated(
    unit: &mut dyn Unit,
    groups: SelectStatement,
    table: &Table,
    columns: &[ColumnId],
) -> Result<Option<String>> {
    let mut query = Query::select();
    query.columns(table.names(columns).map(Alias::new)).from_subquery(groups, Alias::new(GROUPS));
    query.order_by(Alias::new(SIZE), Order::Desc);
    for name in table.names(columns) {
        query.order_by(Alias::new(name), Order::Asc);
    }
    let found = unit.select(query.limit(1).to_owned())?;
    let values = found.first().map(|row| row.iter().map(|value| unquoted(value).unwrap_or_default()));
    Ok(values.map(|values| values.collect::<Vec<_>>().join(", ")))
}

/// A query for columns of the rows of a day, each once. `None` if no column is asked, or no row is stored.
fn rows_on(
    unit: &mut dyn Unit,
    table: &Table,
    columns: impl Iterator<Item = ColumnId>,
    day: Date,
) -> Option<SelectStatement> {
    let mut names: Vec<&str> = Vec::new();
    for column in columns {
        let name = table[column].name.as_str();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { None } else { unit.rows(&table.name, &names, &derive::on(table, day)) }
}

/// A count; 0 for `NULL`, which the sum of no rows is.
fn number(value: &Found) -> u64 {
    flow_oa_core::value::whole(value).map_or(0, i64::unsigned_abs)
}

const ROWS: &str = "flow_oa_rows";
const GROUPS: &str = "flow_oa_groups";
const SIZE: &str = "flow_oa_size";

#[cfg(test)]
mod tests {
    use flow_oa_schema::ledger::{self, HISTORY_TABLES};
    use flow_oa_schema::model::Otherwise;
    use flow_oa_schema::range::Range;

    use super::*;

    /// Rows of a name and a number; `None` is NULL.
    struct Pairs(Vec<(Option<&'static str>, Option<i64>)>);

    impl Batch for Pairs {
        fn len(&self) -> usize {
            self.0.len()
        }

        fn cells<'a>(&'a self, index: usize, out: &mut Vec<Cell<'a>>) {
            let (text, number) = self.0[index];
            out.clear();
            out.extend([
                Cell::from(1_i64),
                text.map_or(Cell::Null, Cell::Text),
                Cell::Null,
                Cell::from(number),
            ]);
        }
    }

    /// A table whose columns at 1 and 3, a text and a number, have these expectations.
    fn table(of_text: Vec<Rule>, of_number: Vec<Rule>) -> Table {
        let all = ledger::tables();
        let mut table = all.into_iter().find(|table| table.name == HISTORY_TABLES).expect("it exists");
        let expected = |rule| Expectation { rule, otherwise: Otherwise::Warn };
        table.columns[1].expect = of_text.into_iter().map(expected).collect();
        table.columns[3].expect = of_number.into_iter().map(expected).collect();
        table
    }

    /// The counts of rows that violate each rule, with the first example.
    fn violated(table: &Table, batches: &[Pairs]) -> Vec<(u64, u64, Option<String>, Option<String>)> {
        let mut watch = Watch::new(table, "a.csv");
        let mut line = 2;
        for rows in batches {
            let lines: Vec<u64> = (line..).take(rows.len()).collect();
            line += rows.len() as u64;
            watch.see(rows, &lines);
        }
        let Watch { watched, rows, .. } = watch;
        watched.into_iter().map(|it| (rows, it.violated, it.first.value, it.first.at)).collect()
    }

    #[test]
    fn rows_of_all_batches_are_counted_and_the_first_line_is_kept() {
        let text = |text: &str| Value::Text(text.to_owned());
        let table = table(
            vec![Rule::EmptyAtMost(0.5), Rule::OneOf(vec![text("TCP"), text("UDP")]), Rule::NotNull],
            vec![Rule::Range(Range::real(0.0, 9.0)), Rule::OneOf(vec![Value::Int(1), Value::Int(10)])],
        );
        let batches = [
            Pairs(vec![(Some("TCP"), Some(1)), (Some(""), Some(9)), (None, None)]),
            Pairs(vec![(Some("GRE"), Some(10)), (Some("udp"), Some(-1))]),
        ];
        let at = |line: u64| Some(format!("a.csv:{line}"));
        let example = |value: &str| Some(value.to_owned());
        assert_eq!(
            violated(&table, &batches),
            [
                (5, 2, None, at(3)),
                (5, 2, example("GRE"), at(5)),
                (5, 1, None, at(4)),
                (5, 2, example("10"), at(5)),
                (5, 2, example("9"), at(3)),
            ]
        );
    }

    #[test]
    fn a_table_of_which_nothing_is_expected_is_not_watched() {
        let table = table(Vec::new(), vec![Rule::UniqueWith(Vec::new())]);
        let mut watch = Watch::new(&table, "a.csv");
        watch.see(&Pairs(vec![(None, None)]), &[1]);
        assert_eq!((watch.watched.len(), watch.rows), (0, 0));
    }

    #[test]
    fn only_what_is_not_met_warns_or_stops() {
        let table = table(vec![Rule::EmptyAtMost(0.5)], vec![Rule::Range(Range::real(0.0, 1.0))]);
        let came = |violated, otherwise| {
            let of = |(column, expectation): Asked<'_>| {
                let expectation = Expectation { otherwise, ..expectation.clone() };
                Expected::new(&table, (column, &expectation), (10, violated), Example::default())
            };
            table.expectations().map(of).collect::<Vec<_>>()
        };
        assert_eq!(warnings("a.csv", &came(0, Otherwise::Stop)).expect("is met"), Vec::<String>::new());
        let warned = warnings("a.csv", &came(1, Otherwise::Warn)).expect("warns");
        let range = "flow_oa_history_table.stored: expected in the range 0 to 1; 1 of 10 rows is outside";
        assert_eq!(warned, [range]);
        let stopped = warnings("a.csv", &came(6, Otherwise::Stop)).expect_err("stops");
        assert_eq!((stopped.exit_code(), stopped.expected().len()), (flow_oa_core::Exit::BadData, 2));
        let text = stopped.to_string();
        let empty = "a.csv: flow_oa_history_table.name: expected empty in at most 50% of the rows; 6 of 10 rows are empty\n";
        assert!(text.starts_with(empty) && text.contains("\"or\": \"warn\""), "{text}");
    }
}
