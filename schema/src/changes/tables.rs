//! Changes of tables and their columns.

use super::matched::{Owned, Paired, Tables, field};
use super::place::{Place, Side};
use super::what::{Fill, Valid, What};
use super::{Change, Declared, is_dropped};
use crate::check::default_location;
use crate::expression::{Condition, Expr};
use crate::id::ColumnId;
use crate::model::{
    Column, Hubs, Judged, Match, Pair, Pipeline, Rows, Schema, Select, Sorted, Table, Which, Within, Writer,
};
use crate::path;
use crate::tree::Step;

pub(super) fn changes(old: &Schema, new: &Schema, tables: &Tables<'_>) -> Vec<Change> {
    let mut found = Vec::new();
    for pipeline in old.pipelines.iter().filter(|it| new.pipeline(&it.name).is_some()) {
        for table in pipeline.tables.iter().filter(|table| tables.of_old(&table.name).is_none()) {
            found.push(gone(Owned { pipeline, table }, new, tables));
        }
    }
    for pipeline in new.pipelines.iter().filter(|it| old.pipeline(&it.name).is_some()) {
        for table in pipeline.tables.iter().filter(|table| tables.of_new(&table.name).is_none()) {
            let what = What::TableAdded { fill: fill_of_rows(&table.rows) };
            found.push(about(Owned { pipeline, table }, Side::New, path!["table"], what));
        }
    }
    for pair in &tables.0 {
        found.extend(named(pair));
        found.extend(rows(pair, tables));
        found.extend(stored(pair));
        found.extend(columns(pair, tables));
    }
    found
}

fn about(of: Owned<'_>, side: Side, path: Vec<Step>, what: What) -> Change {
    Change {
        pipeline: of.pipeline.name.clone(),
        table: Some(of.table.name.clone()),
        item: None,
        place: Place::in_table(side, &of.pipeline.name, &of.table.name, path),
        what,
        declared: Declared::No,
    }
}

/// A change of the new column `at`.
fn of_column(of: Owned<'_>, at: usize, key: &str, what: What) -> Change {
    let change = about(of, Side::New, Place::of_column(of.table, at, key), what);
    Change { item: Some(of.table.columns[at].name.clone()), ..change }
}

fn gone(of: Owned<'_>, new: &Schema, tables: &Tables<'_>) -> Change {
    let names = |table: &Table| -> Vec<String> {
        table.own_columns().iter().map(|column| column.name.to_ascii_lowercase()).collect()
    };
    let own = names(of.table);
    let is_alike = |table: &&Table| tables.of_new(&table.name).is_none() && names(table) == own;
    let like = new.tables().find(is_alike).map(|table| table.name.clone());
    about(of, Side::Old, path!["table"], What::TableGone { like })
        .declared_if(is_dropped(new, &of.table.name))
}

fn named(pair: &Paired<'_>) -> Vec<Change> {
    let (old, new) = (pair.old, pair.new);
    let mut found = Vec::new();
    if old.table.name != new.table.name {
        let what = What::TableRenamed { was: old.table.name.clone() };
        found.push(
            about(new, Side::New, path!["table"], what)
                .declared_if(is_earlier(&old.table.name, &new.table.was)),
        );
    }
    if old.pipeline.name != new.pipeline.name {
        let what = What::TableMoved { was: old.pipeline.name.clone() };
        found.push(about(new, Side::New, path!["table"], what));
    }
    if old.table.description != new.table.description {
        found.push(about(new, Side::New, path!["description"], What::Description));
    }
    found
}

/// Whether `was` names it. A name in another case is another name for PostgreSQL and for readers of files, and cannot be
/// declared.
fn is_earlier(name: &str, was: &[String]) -> bool {
    was.iter().any(|was| was.eq_ignore_ascii_case(name))
}

/// How stored days get rows of a table, or other rows.
fn fill_of_rows(rows: &Rows) -> Fill {
    match rows.writer() {
        Writer::Ingest if rows.are_rollup() => Fill::Init,
        Writer::Ingest => Fill::Ingest,
        Writer::Run => Fill::Run,
        Writer::Analyst | Writer::Program => Fill::Nothing,
    }
}

/// How stored rows get the value of a column. Results files of earlier days do not have a field that records may lack.
fn fill_of(pipeline: &Pipeline, table: &Table, column: &Column) -> Fill {
    let field = column.from.field();
    match field.is_some_and(|field| field.at() >= pipeline.results.required) {
        true => Fill::Nothing,
        false => fill_of_rows(&table.rows),
    }
}

fn rows(pair: &Paired<'_>, tables: &Tables<'_>) -> Option<Change> {
    let (old, new) = (pair.old, pair.new);
    let (was, now) = (&old.table.rows, &new.table.rows);
    let what = if was.writer() != now.writer() || was.name() != now.name() {
        What::Writer { was: kind(was), now: kind(now) }
    } else if mapped(pair, tables).as_ref() != Some(now) {
        What::Rows { fill: fill_of_rows(now) }
    } else {
        return None;
    };
    Some(about(new, Side::New, path!["rows"], what))
}

/// The kind of rows, and what writes them.
fn kind(rows: &Rows) -> String {
    let by = match rows.writer() {
        Writer::Ingest => "ingest",
        Writer::Run => "runs",
        Writer::Analyst => "analysts",
        Writer::Program => "the program",
    };
    format!("`{}`, written by {by}", rows.name())
}

/// The old rows over the tables and columns of the new model; `None` if one of them is gone.
fn mapped(pair: &Paired<'_>, tables: &Tables<'_>) -> Option<Rows> {
    let table = |id| tables.table(pair.old.pipeline, id, pair.new.pipeline);
    Some(match &pair.old.table.rows {
        Rows::Ingest => Rows::Ingest,
        Rows::Results => Rows::Results,
        Rows::Comments => Rows::Comments,
        Rows::Program => Rows::Program,
        Rows::Judged(judged) => Rows::Judged(Judged { of: table(judged.of)? }),
        Rows::Select(select) => Rows::Select(Box::new(Mapping::of(pair, tables).select(select)?)),
    })
}

/// The tables that a selection refers to, in both versions.
struct Mapping<'a> {
    pair: &'a Paired<'a>,
    tables: &'a Tables<'a>,
    /// The tables that rows are selected from.
    from: [&'a Table; 2],
    /// The tables of scores.
    scores: [&'a Table; 2],
}

impl<'a> Mapping<'a> {
    fn of(pair: &'a Paired<'a>, tables: &'a Tables<'a>) -> Self {
        let (old, new) = (pair.old, pair.new);
        Self {
            pair,
            tables,
            from: [old.pipeline.base(old.table), new.pipeline.base(new.table)],
            scores: [old.pipeline.scores_table(), new.pipeline.scores_table()],
        }
    }

    fn select(&self, select: &Select) -> Option<Select> {
        let own = |sorted: &Sorted| Some(Sorted { by: self.pair.columns[sorted.by.at()]?, ..*sorted });
        Some(Select {
            from: self.tables.table(self.pair.old.pipeline, select.from, self.pair.new.pipeline)?,
            which: self.which(&select.which)?,
            conditions: select.conditions.iter().map(|it| self.condition(it)).collect::<Option<_>>()?,
            distinct: select.distinct,
            order: select.order.iter().map(own).collect::<Option<_>>()?,
            limit: select.limit,
        })
    }

    fn which(&self, which: &Which) -> Option<Which> {
        Some(match which {
            Which::Day => Which::Day,
            Which::Rollup => Which::Rollup,
            Which::Results(matched) => Which::Results(self.matched(matched)?),
            Which::Hubs(Hubs { between: [one, other], peers }) => {
                Which::Hubs(Hubs { between: [self.two(*one)?, self.two(*other)?], peers: *peers })
            }
            Which::Subjects(columns) => {
                Which::Subjects(self.tables.columns(self.from[0], columns, self.from[1])?)
            }
        })
    }

    fn matched(&self, matched: &Match) -> Option<Match> {
        let either_way = match matched.either_way {
            Some([one, other]) => Some([self.two(one)?, self.two(other)?]),
            None => None,
        };
        let within = match &matched.within {
            Some(Within { unit, scored, from }) => Some(Within {
                unit: *unit,
                scored: self.tables.expression(self.scores[0], scored, self.scores[1])?,
                from: self.tables.expression(self.from[0], from, self.from[1])?,
            }),
            None => None,
        };
        let equal = matched.equal.iter().map(|pair| self.two(*pair)).collect::<Option<_>>()?;
        Some(Match { equal, either_way, within, at_most: matched.at_most })
    }

    fn two(&self, pair: Pair) -> Option<Pair> {
        Some(Pair {
            scored: self.tables.column(self.scores[0], pair.scored, self.scores[1])?,
            from: self.tables.column(self.from[0], pair.from, self.from[1])?,
        })
    }

    fn condition(&self, condition: &Condition) -> Option<Condition> {
        condition.over(&|from| self.tables.expression(self.from[0], from, self.from[1]))
    }

    /// The old value of a column or partition over the new base.
    fn value(&self, from: &Expr) -> Option<Expr> {
        match from.field() {
            Some(id) => {
                let [old, new] = [self.pair.old, self.pair.new].map(|of| &of.pipeline.results);
                field(old, id, new).map(Expr::Field)
            }
            None => self.tables.expression(self.from[0], from, self.from[1]),
        }
    }
}

/// The key, the indexes and the storage.
fn stored(pair: &Paired<'_>) -> Vec<Change> {
    let (old, new) = (pair.old.table, pair.new.table);
    let change = |path, what| about(pair.new, Side::New, path, what);
    // A column that is gone keeps its name, which no column has now.
    let names = |ids: &[ColumnId]| -> Vec<String> {
        let name = |id: &ColumnId| pair.columns[id.at()].map_or(&old[*id].name, |id| &new[id].name).clone();
        ids.iter().map(name).collect()
    };
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    let mut found = Vec::new();
    let (was, now) = (names(&old.key), new.names(&new.key).map(str::to_owned).collect::<Vec<_>>());
    if sorted(was.clone()) != sorted(now.clone()) {
        let was = old.names(&old.key).map(str::to_owned).collect();
        found.push(change(path!["key"], What::Key { was, now }));
    } else if was != now {
        found.push(change(path!["key"], What::KeyOrder));
    }
    let mut was: Vec<Vec<String>> = old.indexes.iter().map(|index| names(index)).collect();
    let mut now: Vec<Vec<String>> =
        new.indexes.iter().map(|index| new.names(index).map(str::to_owned).collect()).collect();
    was.sort();
    now.sort();
    if was != now {
        found.push(change(path!["indexes"], What::Indexes));
    }
    if old.hive.format != new.hive.format {
        let (was, now) = (old.hive.format.name(), new.hive.format.name());
        found.push(change(path!["hive", "format"], What::HiveFormat { was, now }));
    }
    if old.hive.location != new.hive.location {
        let (was, now) = (old.hive.location.clone(), new.hive.location.clone());
        let change = change(path!["hive", "location"], What::HiveLocation { was, now });
        found.push(change.declared_if(is_location_of_name(pair)));
    }
    found
}

/// Whether the location is another one only because the table is called otherwise, which is declared.
fn is_location_of_name(pair: &Paired<'_>) -> bool {
    let is_default =
        |of: Owned<'_>| of.table.hive.location == default_location(&of.pipeline.name, &of.table.name);
    is_default(pair.old) && is_default(pair.new) && is_earlier(&pair.old.table.name, &pair.new.table.was)
}

/// The columns and the partition. A partition is one thing: its columns are not reported one by one.
fn columns(pair: &Paired<'_>, tables: &Tables<'_>) -> Vec<Change> {
    let mapping = Mapping::of(pair, tables);
    let (old, new) = (pair.old.table, pair.new.table);
    let mut found = Vec::new();
    found.extend(partition(pair, &mapping));
    let earlier = |id: ColumnId| pair.columns.iter().position(|now| *now == Some(id));
    for (at, before) in old.own_columns().iter().enumerate().filter(|(at, _)| pair.columns[*at].is_none()) {
        found.push(column_gone(pair, at, before));
    }
    for (at, column) in new.own_columns().iter().enumerate() {
        match earlier(ColumnId(at)) {
            None => {
                let fill = fill_of(pair.new.pipeline, new, column);
                found.push(of_column(pair.new, at, "name", What::ColumnAdded { fill }));
            }
            Some(was) => found.extend(column_changes(pair, &mapping, &old.columns[was], at)),
        }
    }
    found.extend(moved(pair));
    found
}

fn column_gone(pair: &Paired<'_>, at: usize, before: &Column) -> Change {
    let new = pair.new.table;
    let is_new = |id: ColumnId| !pair.columns.contains(&Some(id));
    let mut alike = new.ids().zip(new.own_columns()).filter(|(id, column)| {
        is_new(*id) && column.kind == before.kind && column.description == before.description
    });
    let like = alike.next().map(|(_, column)| column.name.clone());
    let path = Place::of_column(pair.old.table, at, "name");
    let change = about(pair.old, Side::Old, path, What::ColumnGone { like });
    let is_dropped = new.dropped.iter().any(|name| name.eq_ignore_ascii_case(&before.name));
    Change { table: Some(new.name.clone()), item: Some(before.name.clone()), ..change }
        .declared_if(is_dropped)
}

fn column_changes(pair: &Paired<'_>, mapping: &Mapping<'_>, was: &Column, at: usize) -> Vec<Change> {
    let (of, now) = (pair.new, &pair.new.table.columns[at]);
    let mut found = Vec::new();
    if was.name != now.name {
        let what = What::ColumnRenamed { was: was.name.clone() };
        found.push(of_column(of, at, "name", what).declared_if(is_earlier(&was.name, &now.was)));
    }
    found.extend(type_change(was, now).map(|what| of_column(of, at, "type", what)));
    match (was.is_optional, now.is_optional) {
        (true, false) => found.push(of_column(of, at, "from", What::NowRequired)),
        (false, true) => found.push(of_column(of, at, "from", What::NowOptional)),
        (true, true) | (false, false) => {}
    }
    if mapping.value(&was.from).as_ref() != Some(&now.from) {
        let what = What::From {
            was: in_words(pair.old, &was.from),
            now: in_words(of, &now.from),
            fill: fill_of(of.pipeline, of.table, now),
        };
        found.push(of_column(of, at, "from", what));
    }
    let expected = |of: Owned<'_>, column: &Column| -> Vec<String> {
        column.expect.iter().map(|one| format!("{:?} {}", one.otherwise, one.rule.words(of.table))).collect()
    };
    if expected(pair.old, was) != expected(of, now) {
        let key = if now.expect.is_empty() { "name" } else { "expect" };
        found.push(of_column(of, at, key, What::Expects));
    }
    if was.description != now.description {
        found.push(of_column(of, at, "description", What::Description));
    }
    found
}

fn in_words(of: Owned<'_>, from: &Expr) -> String {
    of.pipeline.in_words(of.table, from)
}

fn type_change(was: &Column, now: &Column) -> Option<What> {
    let valid = |column: &Column| Valid { kind: column.kind, range: column.range };
    let (was, now) = (valid(was), valid(now));
    match (now.holds(was), was.holds(now)) {
        _ if was == now => None,
        (true, _) => Some(What::TypeWider { was, now }),
        (false, true) => Some(What::TypeNarrower { was, now }),
        (false, false) => Some(What::TypeOther { was, now }),
    }
}

/// The first column that is not where it was. Columns that are gone do not count: they are reported themselves.
fn moved(pair: &Paired<'_>) -> Option<Change> {
    let own = pair.old.table.own_columns().len();
    let kept = pair.columns[..own].iter().flatten().enumerate();
    let (was, now) = kept.map(|(was, now)| (was, now.at())).find(|(was, now)| was != now)?;
    Some(of_column(pair.new, now, "name", What::ColumnsMoved { was: was + 1, now: now + 1 }))
}

fn partition(pair: &Paired<'_>, mapping: &Mapping<'_>) -> Option<Change> {
    let (old, new) = (pair.old, pair.new);
    let names = |table: &Table| -> Vec<String> {
        table.partition_columns().iter().map(|column| column.name.clone()).collect()
    };
    let time = match &old.table.partition.time {
        Some(time) => mapping.value(time).map(Some),
        None => Some(None),
    };
    if names(old.table) == names(new.table) && time.as_ref() == Some(&new.table.partition.time) {
        return None;
    }
    let described = |of: Owned<'_>| {
        let time = of.table.partition.time.as_ref();
        let time = time.map_or_else(|| "the day of the run".to_owned(), |time| in_words(of, time));
        format!("{} of {time}", names(of.table).join(", "))
    };
    let what = What::Partition { was: described(old), now: described(new) };
    Some(about(new, Side::New, path!["partition"], what))
}
