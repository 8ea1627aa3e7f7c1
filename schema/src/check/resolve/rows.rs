//! Resolves which rows a table has: do the tables and columns exist, and do they fit together?

use super::column_of;
use super::expression::Scope;
use crate::check::{Loaded, PipelineDocs};
use crate::code::Code;
use crate::diagnostics::Faults;
use crate::document::{
    ConditionDoc, ExprDoc, HubsDoc, JudgedDoc, KeptDoc, MatchDoc, MatchingDoc, RowsDoc, SelectDoc, SortedDoc,
    TableDoc, WithinDoc,
};
use crate::expression::{Condition, Expr, Typed};
use crate::model::{ColumnId, TableId};
use crate::path;
use crate::rows::{Hubs, Judged, Match, Pair, Rows, Select, Sorted, Which, Within};
use crate::tree::{Step, below};
use crate::types::{ColumnType, TimeUnit};

pub(super) fn resolve(
    pipeline: &PipelineDocs,
    table: &Loaded<TableDoc>,
    faults: &mut Faults,
) -> Option<Rows> {
    Some(match &table.doc.rows {
        RowsDoc::Ingest {} => Rows::Ingest,
        RowsDoc::Results {} => Rows::Results,
        RowsDoc::Comments {} => Rows::Comments,
        RowsDoc::Judged(JudgedDoc { of }) => {
            let is_scores = |rows: &RowsDoc| matches!(rows, RowsDoc::Results {});
            let here = path!["rows", "judged", "of"];
            Rows::Judged(Judged { of: named(pipeline, table, of, (here, is_scores, "results"), faults)? })
        }
        RowsDoc::Select(doc) => Rows::Select(Box::new(select(pipeline, table, doc, faults)?)),
    })
}

/// Where a table is named, the rows that it must have, and their name.
type Wanted = (Vec<Step>, fn(&RowsDoc) -> bool, &'static str);

fn named(
    pipeline: &PipelineDocs,
    table: &Loaded<TableDoc>,
    name: &str,
    (here, fits, wanted): Wanted,
    faults: &mut Faults,
) -> Option<TableId> {
    let Some(at) = pipeline.tables.iter().position(|table| table.doc.table == name) else {
        if pipeline.may_have(name) {
            return None;
        }
        let message = format!("the pipeline has no table `{name}`");
        faults.add(Code::AbsentTable, &table.file, here, message).meant(name, pipeline.table_names());
        return None;
    };
    if !fits(&pipeline.tables[at].doc.rows) {
        let message = format!("expected a table whose rows are `{wanted}`, which `{name}` is not");
        faults.add(Code::RowsOf, &table.file, here, message);
        return None;
    }
    Some(TableId(at))
}

fn select(
    pipeline: &PipelineDocs,
    table: &Loaded<TableDoc>,
    doc: &SelectDoc,
    faults: &mut Faults,
) -> Option<Select> {
    let is_raw = |rows: &RowsDoc| matches!(rows, RowsDoc::Ingest {});
    let here = path!["rows", "select", "from"];
    let from = named(pipeline, table, &doc.from, (here, is_raw, "ingest"), faults)?;
    let pairs =
        Pairs { table, scores: pipeline.scores().map(|it| &it.doc), from: &pipeline.tables[from.0].doc };
    let which = match (&doc.matching, doc.kept_by) {
        (None, KeptDoc::Run) => Which::Day,
        (None, KeptDoc::Ingest) => Which::Rollup,
        (Some(matching), kept_by) => {
            if kept_by == KeptDoc::Ingest {
                let message = "an ingest keeps sums of all rows; it knows no scored row or comment to match";
                let here = path!["rows", "select", "kept_by"];
                faults.add(Code::Select, &table.file, here, message).help("remove `kept_by` or `matching`");
                return None;
            }
            match matching {
                MatchingDoc::Results(doc) => Which::Results(pairs.matched(doc, faults)?),
                MatchingDoc::Hubs(doc) => Which::Hubs(pairs.hubs(doc, faults)?),
                MatchingDoc::Subjects(names) => Which::Subjects(pairs.subjects(names, faults)?),
            }
        }
    };
    if doc.distinct && doc.kept_by == KeptDoc::Ingest {
        let message =
            "the rows that an ingest keeps are distinct already: they are sums by the other columns";
        let here = path!["rows", "select", "distinct"];
        faults.add(Code::Select, &table.file, here, message).help("remove `distinct`");
    }
    if !doc.conditions.is_empty() && doc.kept_by == KeptDoc::Ingest {
        let message = "an ingest adds up all rows, so that a run can read sums instead of rows";
        let here = path!["rows", "select", "where"];
        faults
            .add(Code::Select, &table.file, here, message)
            .help("remove `where`, or let the run keep the rows");
        return None;
    }
    let conditions: Vec<Option<Condition>> = (doc.conditions.iter().enumerate())
        .map(|(n, condition)| {
            let here = path!["rows", "select", "where", n];
            pairs.condition(condition, &here, faults)
        })
        .collect();
    let conditions = conditions.into_iter().collect::<Option<_>>()?;
    let order = sorted(table, doc, faults)?;
    let limit = doc.limit.map(u64::from);
    Some(Select { from, which, conditions, distinct: doc.distinct, order, limit })
}

/// The columns by which rows are sorted. An order without a limit has no effect, and a limit without an order keeps any
/// rows.
fn sorted(table: &Loaded<TableDoc>, doc: &SelectDoc, faults: &mut Faults) -> Option<Vec<Sorted>> {
    let here = |key: &str| path!["rows", "select", key];
    let fault = match doc.limit {
        Some(0) => Some(("limit", "expected at least one row")),
        Some(_) if doc.kept_by == KeptDoc::Ingest => Some(("limit", "an ingest keeps sums of all rows")),
        Some(_) if doc.order.is_empty() => Some(("limit", "expected `order` too: which rows come first")),
        None if !doc.order.is_empty() => {
            Some(("order", "rows are stored in no order; with `limit`, the first ones are kept"))
        }
        Some(_) | None => None,
    };
    if let Some((key, message)) = fault {
        faults.add(Code::Select, &table.file, here(key), message);
        return None;
    }
    let column = |(n, by): (usize, &SortedDoc)| {
        let (name, descending) = by.parts();
        let found = column_of(&table.doc, name);
        if found.is_none() {
            let known = table.doc.columns.iter().map(|column| column.name.as_str());
            let message = format!("`{}` has no column `{name}`", table.doc.table);
            let here = path!["rows", "select", "order", n];
            faults.add(Code::AbsentColumn, &table.file, here, message).meant(name, known);
        }
        found.map(|by| Sorted { by, descending })
    };
    let columns: Vec<Option<Sorted>> = doc.order.iter().enumerate().map(column).collect();
    columns.into_iter().collect()
}

/// Resolves pairs of columns.
struct Pairs<'a> {
    table: &'a Loaded<TableDoc>,
    /// The table of scores, unless it is missing, which another rule reports.
    scores: Option<&'a TableDoc>,
    from: &'a TableDoc,
}

impl Pairs<'_> {
    fn matched(&self, doc: &MatchDoc, faults: &mut Faults) -> Option<Match> {
        let here = path!["rows", "select", "matching", "results"];
        if doc.equal.is_empty() && doc.either_way.is_none() && doc.within.is_none() {
            let message = "expected `equal`, `either_way` or `within`: how rows match a scored row";
            faults.add(Code::Pairs, &self.table.file, here, message);
            return None;
        }
        let equal: Vec<Option<Pair>> = (doc.equal.iter().enumerate())
            .map(|(n, names)| self.pair(names, below(&here, path!["equal", n]), faults))
            .collect();
        let either_way = match &doc.either_way {
            Some(ends) => Some(self.ends(ends, below(&here, path!["either_way"]), faults)?),
            None => None,
        };
        let within = match &doc.within {
            Some(within) => Some(self.within(within, &below(&here, path!["within"]), faults)?),
            None => None,
        };
        if doc.at_most.is_some() && self.table.doc.columns.iter().any(|column| column.from.is_aggregate()) {
            let message = "rows that are grouped by aggregates have no time of their own to be counted by";
            let help = "remove `at_most`, or the aggregates; `limit` keeps the first groups";
            faults.add(Code::Select, &self.table.file, below(&here, path!["at_most"]), message).help(help);
            return None;
        }
        if doc.at_most == Some(0) {
            let here = below(&here, path!["at_most"]);
            faults.add(Code::OutOfRange, &self.table.file, here, "expected at least one row");
        }
        let equal = equal.into_iter().collect::<Option<_>>()?;
        let matched = Match { equal, either_way, within, at_most: doc.at_most.map(u64::from) };
        let columns: Vec<ColumnId> = matched.pairs().map(|pair| pair.from).collect();
        if let Some(twice) = (1..columns.len()).find(|at| columns[..*at].contains(&columns[*at])) {
            let name = &self.from.columns[columns[twice].at()].name;
            let message = format!("`{name}` is matched twice");
            faults.add(Code::Pairs, &self.table.file, here, message);
            return None;
        }
        Some(matched)
    }

    fn hubs(&self, doc: &HubsDoc, faults: &mut Faults) -> Option<Hubs> {
        let here = |key: &str| path!["rows", "select", "matching", "hubs", key];
        let peers = doc.peers.unwrap_or(2);
        if peers == 0 {
            faults.add(Code::OutOfRange, &self.table.file, here("peers"), "expected at least one peer");
        }
        Some(Hubs { between: self.ends(&doc.between, here("between"), faults)?, peers: peers as usize })
    }

    fn subjects(&self, names: &[String], faults: &mut Faults) -> Option<Vec<ColumnId>> {
        let here = path!["rows", "select", "matching", "subjects"];
        if names.is_empty() {
            let message = "expected at least one column that can hold the subject of a comment";
            faults.add(Code::Pairs, &self.table.file, here, message);
            return None;
        }
        let (mut found, mut is_resolved) = (Vec::new(), true);
        for (n, name) in names.iter().enumerate() {
            let here = path!["rows", "select", "matching", "subjects", n];
            let Some(id) = self.column(self.from, name, here.clone(), faults) else {
                is_resolved = false;
                continue;
            };
            let kind = self.from.columns[id.0].kind;
            if kind != ColumnType::Address && !kind.is_any_text() {
                let message =
                    format!("`{name}` is of type `{}`, not `address`, `string` or `url`", kind.name());
                faults.add(Code::SubjectType, &self.table.file, here, message);
            } else if found.contains(&id) {
                faults.add(Code::Pairs, &self.table.file, here, format!("`{name}` is given twice"));
            }
            found.push(id);
        }
        is_resolved.then_some(found)
    }

    /// Two pairs, whose columns can be swapped: all four have the same type, which is a text.
    fn ends(&self, doc: &[[String; 2]; 2], here: Vec<Step>, faults: &mut Faults) -> Option<[Pair; 2]> {
        let at = |n: usize| below(&here, path![n]);
        let [one, other] = [0, 1].map(|n| self.pair(&doc[n], at(n), faults));
        let (one, other) = (one?, other?);
        if one.from == other.from || one.scored == other.scored {
            let name = if one.from == other.from { &doc[1][1] } else { &doc[1][0] };
            let message = format!("`{name}` is the other end already");
            faults.add(Code::Pairs, &self.table.file, at(1), message);
            return None;
        }
        for (n, pair) in [one, other].into_iter().enumerate() {
            let column = &self.from.columns[pair.from.0];
            if !column.kind.is_text() {
                let message = format!(
                    "an end is a text or an address; `{}` is of type `{}`",
                    column.name,
                    column.kind.name()
                );
                faults.add(Code::Pairs, &self.table.file, at(n), message);
                return None;
            }
        }
        Some([one, other])
    }

    fn within(&self, doc: &WithinDoc, here: &[Step], faults: &mut Faults) -> Option<Within> {
        let (unit, [scored, from]) = match doc {
            WithinDoc::Minute(times) => (TimeUnit::Minute, times),
            WithinDoc::Hour(times) => (TimeUnit::Hour, times),
            WithinDoc::Day(times) => (TimeUnit::Day, times),
        };
        let scored = self.time(self.scores?, scored, &below(here, path![unit.name(), 0]), faults);
        if let Some(scored) = &scored
            && !self.is_read(scored)
        {
            let message = "the time of a scored row is a column, or the `time` of a column that is read from the results \
                           file, or of a `concat` of such columns";
            let here = below(here, path![unit.name(), 0]);
            faults.add(Code::TimeType, &self.table.file, here, message);
        }
        let from = self.time(self.from, from, &below(here, path![unit.name(), 1]), faults);
        Some(Within { unit, scored: scored?, from: from? })
    }

    /// Whether the time of a scored row is known as soon as the row is read.
    fn is_read(&self, time: &Expr) -> bool {
        let column = |of: &Expr| of.column().and_then(|id| self.scores?.columns.get(id.at()));
        let is_field = |of: &Expr| column(of).is_some_and(|column| column.from.named_field().is_some());
        let is_text = |of: &Expr| is_field(of) || matches!(of, Expr::Value(_));
        let Some((_, of)) = time.time() else { return column(time).is_some() };
        if let Expr::Concat(all) = of { all.iter().all(is_text) } else { is_field(of) }
    }

    /// A time that is computed from columns of `of`.
    fn time(&self, of: &TableDoc, doc: &ExprDoc, here: &[Step], faults: &mut Faults) -> Option<Expr> {
        self.within_scope(of, |scope| {
            let time = scope.time(doc, here, faults)?;
            scope.is_computed_in_sql(&time, here, faults).then_some(time)
        })
    }

    /// Calls `resolve` with the columns of `of` as what names refer to.
    fn within_scope<T>(&self, of: &TableDoc, resolve: impl FnOnce(&Scope<'_>) -> T) -> T {
        let typed: Vec<Typed> = of.columns.iter().map(|column| Typed::of(column.kind)).collect();
        let select = Select {
            from: TableId(0),
            which: Which::Day,
            conditions: Vec::new(),
            distinct: false,
            order: Vec::new(),
            limit: None,
        };
        let rows = Rows::Select(Box::new(select));
        resolve(&Scope {
            file: &self.table.file,
            table: self.table,
            rows: &rows,
            fields: None,
            base: of,
            typed: &typed,
        })
    }

    /// A condition that every database can compute.
    fn condition(&self, doc: &ConditionDoc, here: &[Step], faults: &mut Faults) -> Option<Condition> {
        self.within_scope(self.from, |scope| {
            let condition = scope.condition(doc, here, faults)?;
            let is_computed = |of: &Expr, at: Vec<Step>, faults: &mut Faults| {
                scope.is_computed_in_sql(of, &below(here, at), faults)
            };
            let are_computed = match &condition {
                Condition::Compared(comparison, one, other) => {
                    let name = comparison.name();
                    is_computed(one, path![name, 0], faults) && is_computed(other, path![name, 1], faults)
                }
                Condition::OneOf(of, _) => is_computed(of, path!["one_of", "of"], faults),
            };
            are_computed.then_some(condition)
        })
    }

    /// A column of the scores and a column of the table that rows are selected from, of the same type.
    fn pair(&self, names: &[String; 2], here: Vec<Step>, faults: &mut Faults) -> Option<Pair> {
        let at = |n: usize| below(&here, path![n]);
        let scores = self.scores?;
        let scored = self.column(scores, &names[0], at(0), faults);
        let from = self.column(self.from, &names[1], at(1), faults);
        let pair = Pair { scored: scored?, from: from? };
        let kinds = (scores.columns[pair.scored.0].kind, self.from.columns[pair.from.0].kind);
        if kinds.0 != kinds.1 && !(kinds.0.is_whole() && kinds.1.is_whole()) {
            let message = format!(
                "`{}` of `{}` is of type `{}`, `{}` of `{}` of type `{}`",
                names[0],
                scores.table,
                kinds.0.name(),
                names[1],
                self.from.table,
                kinds.1.name()
            );
            faults.add(Code::TypeMismatch, &self.table.file, here, message);
            return None;
        }
        if !kinds.0.is_text() && !kinds.0.is_whole() {
            let message = format!("a text or a whole number can match; this is `{}`", kinds.0.name());
            faults.add(Code::TypeMismatch, &self.table.file, here, message);
            return None;
        }
        Some(pair)
    }

    fn column(&self, of: &TableDoc, name: &str, here: Vec<Step>, faults: &mut Faults) -> Option<ColumnId> {
        let found = column_of(of, name);
        if found.is_none() {
            let known = of.columns.iter().map(|column| column.name.as_str());
            let message = format!("`{}` has no column `{name}`", of.table);
            let fault = faults.add(Code::AbsentColumn, &self.table.file, here, message);
            fault.absent(&of.table, name, known);
        }
        faults.uses(&of.table, name);
        found
    }
}
