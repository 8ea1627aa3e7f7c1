//! Resolves which rows a table has: do the tables and columns exist, and do they fit together?

use super::column_of;
use super::expression::Scope;
use crate::check::{Loaded, PipelineDocs};
use crate::code::Code;
use crate::diagnostics::Faults;
use crate::document::{
    ConditionDoc, ExprDoc, HubsDoc, JudgedDoc, KeptDoc, MatchDoc, MatchingDoc, RowsDoc, SelectDoc, TableDoc,
    ValueDoc, WithinDoc,
};
use crate::expression::{Expr, Typed};
use crate::model::{ColumnId, TableId};
use crate::path;
use crate::rows::{Comparison, Condition, Hubs, Judged, Match, Pair, Rows, Select, Which, Within};
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
        RowsDoc::Select(doc) => Rows::Select(select(pipeline, table, doc, faults)?),
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
    Some(Select { from, which, conditions, distinct: doc.distinct })
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
        let matched = Match { equal: equal.into_iter().collect::<Option<_>>()?, either_way, within };
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
            let message = "expected at least one column that can hold the address of a comment";
            faults.add(Code::Pairs, &self.table.file, here, message);
            return None;
        }
        let mut found = Vec::new();
        for (n, name) in names.iter().enumerate() {
            let here = path!["rows", "select", "matching", "subjects", n];
            let id = self.column(self.from, name, here.clone(), faults)?;
            let kind = self.from.columns[id.0].kind;
            if kind != ColumnType::Address {
                let message = format!("`{name}` is of type `{}`, not `address`", kind.name());
                faults.add(Code::SubjectType, &self.table.file, here, message);
            } else if found.contains(&id) {
                faults.add(Code::Pairs, &self.table.file, here, format!("`{name}` is given twice"));
            }
            found.push(id);
        }
        Some(found)
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
        let is_field = |of: &Expr| column(of).is_some_and(|column| matches!(column.from, ExprDoc::Name(_)));
        let is_text = |of: &Expr| is_field(of) || matches!(of, Expr::Value(_));
        match time {
            Expr::Time(_, of) => match &**of {
                Expr::Concat(all) => all.iter().all(is_text),
                of => is_field(of),
            },
            time => column(time).is_some(),
        }
    }

    /// A time that is computed from columns of `of`.
    fn time(&self, of: &TableDoc, doc: &ExprDoc, here: &[Step], faults: &mut Faults) -> Option<Expr> {
        self.within_scope(of, |scope| scope.time(doc, here, faults))
    }

    /// Calls `resolve` with the columns of `of` as what names refer to.
    fn within_scope<T>(&self, of: &TableDoc, resolve: impl FnOnce(&Scope<'_>) -> T) -> T {
        let typed: Vec<Typed> = of.columns.iter().map(|column| Typed::of(column.kind)).collect();
        let select = Select { from: TableId(0), which: Which::Day, conditions: Vec::new(), distinct: false };
        let rows = Rows::Select(select);
        resolve(&Scope { table: self.table, rows: &rows, fields: None, base: of, typed: &typed })
    }

    fn condition(&self, doc: &ConditionDoc, here: &[Step], faults: &mut Faults) -> Option<Condition> {
        let (name, comparison, [one, other]) = match doc {
            ConditionDoc::Equal(values) => ("equal", Comparison::Equal, values),
            ConditionDoc::NotEqual(values) => ("not_equal", Comparison::NotEqual, values),
            ConditionDoc::Less(values) => ("less", Comparison::Less, values),
            ConditionDoc::AtMost(values) => ("at_most", Comparison::AtMost, values),
            ConditionDoc::OneOf { of, values } => return self.one_of(of, values, here, faults),
        };
        self.within_scope(self.from, |scope| {
            let one = scope.any(one, &below(here, path![name, 0]), faults);
            let other = scope.any(other, &below(here, path![name, 1]), faults);
            let ((one, first), (other, second)) = (one?, other?);
            if !are_comparable(first.kind, second.kind) {
                let (first, second) = (first.kind.name(), second.kind.name());
                let message =
                    format!("a value of type `{first}` cannot be compared with one of type `{second}`");
                faults.add(Code::TypeMismatch, &self.table.file, below(here, path![name]), message);
                return None;
            }
            Some(Condition::Compared(comparison, one, other))
        })
    }

    fn one_of(
        &self,
        of: &ExprDoc,
        values: &[ValueDoc],
        here: &[Step],
        faults: &mut Faults,
    ) -> Option<Condition> {
        let at = |rest: Vec<Step>| below(here, [path!["one_of"], rest].concat());
        let (of, typed) = self.within_scope(self.from, |scope| scope.any(of, &at(path!["of"]), faults))?;
        if values.is_empty() {
            let message = "expected at least one value";
            faults.add(Code::TypeMismatch, &self.table.file, at(path!["values"]), message);
        }
        for (n, value) in values.iter().enumerate() {
            let kind = Expr::Value(value.clone()).typed(&[]).map_or(typed.kind, |typed| typed.kind);
            if !are_comparable(typed.kind, kind) {
                let (kind, own) = (kind.name(), typed.kind.name());
                let message = format!("a value of type `{own}` cannot be compared with one of type `{kind}`");
                faults.add(Code::TypeMismatch, &self.table.file, at(path!["values", n]), message);
            }
        }
        Some(Condition::OneOf(of, values.to_vec()))
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
            faults.add(Code::AbsentColumn, &self.table.file, here, message).meant(name, known);
        }
        found
    }
}

/// Whether two types are both numbers, or both texts. A database would refuse other comparisons, or convert a value.
fn are_comparable(one: ColumnType, other: ColumnType) -> bool {
    (one.is_number() && other.is_number()) || (one.is_text() && other.is_text())
}
