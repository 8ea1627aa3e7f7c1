//! Where the value of every column comes from, down to the fields of raw files and to context, and what reads a column.
//!
//! Everything follows from the checked model, so it cannot differ from what the program does. This module says what
//! is read. `words` says it in sentences; how it is shown is up to the caller.
//!
//! # Decisions
//!
//! - **The kinds of use are those of OpenLineage** (its column lineage facet): a value is the same, computed or
//!   summed up; other values decide which rows there are, or which of two values is taken.
//! - **Inputs are direct.** A caller that wants the whole chain follows them. A chain passes through columns of the same
//!   table, since an expression may read them.

mod readers;
mod readings;
mod select;
mod words;

use std::collections::BTreeMap;

use crate::context::{Fact, IanaFact, NetworkFact};
use crate::expression::{Condition, Expr};
use crate::model::{ColumnId, FieldId, Pipeline, RankedValue, Ranking, Table, TableId, Written};
use crate::rows::Rows;

pub use readers::{RankingPart, Reader};

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The table.
    pub table: TableId,
    /// The column.
    pub column: ColumnId,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A column of a table of the pipeline.
    Column(Place),
    /// The rows of a table, which are counted.
    Rows(TableId),
    /// A field of the results file.
    Field(FieldId),
    /// A field of a raw file.
    Raw {
        /// The position of the format among those of the pipeline.
        format: usize,
        /// The position of the field in a record.
        field: usize,
    },
    /// Something that is looked up.
    Context(Lookup),
    /// The position of a row in the results file.
    Position,
    /// The date of the run.
    Run,
    /// A constant.
    Constant,
    /// What an analyst enters.
    Analyst,
    /// The clock of the program.
    Clock,
    /// The program itself.
    Program,
}

/// What is looked up for a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lookup {
    /// A fact about an address, a name or a URL.
    Fact(Fact),
    /// A fact from the IANA registries.
    Iana(IanaFact),
    /// The name of a code in a list of this name.
    Codes(String),
    /// The public suffix list.
    PublicSuffixes,
}

/// How an input is used. Of two uses, one within the other, the greater describes both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// The value is the same.
    Identity,
    /// The value is computed from it.
    Transformation,
    /// The value is computed from those of several rows.
    Aggregation,
    /// It decides which of several values is taken.
    Conditional,
    /// It decides which rows there are.
    Filter,
    /// Rows match if it is equal to another value.
    Join,
    /// Rows with the same value become one row.
    GroupBy,
    /// Rows are sorted by it, and the first ones are kept.
    Sort,
    /// As `Sort`, for each group of rows.
    Window,
}

impl Use {
    /// Whether the value itself is made of the input. Otherwise the input decides about rows or between values.
    pub fn is_direct(self) -> bool {
        match self {
            Self::Identity | Self::Transformation | Self::Aggregation => true,
            Self::Conditional | Self::Filter | Self::Join | Self::GroupBy | Self::Sort | Self::Window => {
                false
            }
        }
    }
}

/// Something that a value or the rows of a table depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// What is read.
    pub origin: Origin,
    /// How it is used.
    pub how: Use,
    /// Whether only a hash of it is stored.
    pub is_hashed: bool,
}

/// The inputs of a table.
#[derive(Debug, Clone, Default)]
pub struct TableLineage {
    /// The inputs of each column, in the order of the columns.
    pub columns: Vec<Vec<Input>>,
    /// What decides which rows there are.
    pub rows: Vec<Input>,
}

/// The lineage of a pipeline.
#[derive(Debug, Clone)]
pub struct Lineage<'a> {
    /// The pipeline.
    pub pipeline: &'a Pipeline,
    tables: Vec<TableLineage>,
    fields: Vec<Vec<Input>>,
    list: Vec<Input>,
    readers: BTreeMap<Origin, Vec<Reader>>,
}

impl<'a> Lineage<'a> {
    /// The lineage of a pipeline.
    pub fn of(pipeline: &'a Pipeline) -> Self {
        let tables = pipeline.ids().map(|id| Scope { pipeline, table: id }.lineage()).collect();
        let (fields, list) = match (&pipeline.ranking, pipeline.raw) {
            (Some(ranking), Some(table)) => Scope { pipeline, table }.ranked(ranking),
            (None, _) | (_, None) => (vec![Vec::new(); pipeline.results.fields.len()], Vec::new()),
        };
        let mut lineage = Self { pipeline, tables, fields, list, readers: BTreeMap::new() };
        lineage.readers = readers::of(&lineage);
        lineage
    }

    /// The inputs of a table.
    pub fn table(&self, id: TableId) -> &TableLineage {
        &self.tables[id.0]
    }

    /// The inputs of a column.
    pub fn column(&self, place: Place) -> &[Input] {
        &self.tables[place.table.0].columns[place.column.0]
    }

    /// What `flow-oa rank` writes into a field of the results file is made of; empty if the pipeline has no ranking.
    pub fn field(&self, id: FieldId) -> &[Input] {
        &self.fields[id.0]
    }

    /// What decides which rows `flow-oa rank` writes, and in which order.
    pub fn list(&self) -> &[Input] {
        &self.list
    }

    /// What reads a value.
    pub fn readers(&self, of: &Origin) -> &[Reader] {
        self.readers.get(of).map_or(&[], Vec::as_slice)
    }

    /// All places that columns and rows of the pipeline read.
    pub fn origins(&self) -> impl Iterator<Item = &Origin> {
        self.readers.keys()
    }
}

/// The inputs that an expression was found to have.
#[derive(Debug, Default)]
struct Found(Vec<Input>);

impl Found {
    fn add(&mut self, origin: Origin, how: Use) {
        self.push(Input { origin, how, is_hashed: false });
    }

    /// Adds an input, unless it is known. What is stored in the clear anywhere is not hashed.
    fn push(&mut self, input: Input) {
        match self.0.iter_mut().find(|known| known.origin == input.origin && known.how == input.how) {
            Some(known) => known.is_hashed &= input.is_hashed,
            None => self.0.push(input),
        }
    }
}

/// A table, whose expressions are followed.
#[derive(Clone, Copy)]
struct Scope<'a> {
    pipeline: &'a Pipeline,
    table: TableId,
}

impl<'a> Scope<'a> {
    fn own(self) -> &'a Table {
        &self.pipeline[self.table]
    }

    /// A column of the table that the expressions refer to.
    fn base(self, column: ColumnId) -> Origin {
        Origin::Column(Place { table: self.own().rows.base().unwrap_or(self.table), column })
    }

    fn lineage(self) -> TableLineage {
        let columns = self.own().ids().map(|id| self.column(id)).collect();
        let mut rows = Found::default();
        self.rows(&mut rows);
        TableLineage { columns, rows: rows.0 }
    }

    fn column(self, id: ColumnId) -> Vec<Input> {
        let (column, mut found) = (&self.own()[id], Found::default());
        if column.from == Expr::Input {
            self.readings(&column.name, &mut found);
        } else {
            self.follow(&column.from, Use::Identity, &mut found);
        }
        found.0
    }

    /// The fields that each format reads for a column.
    fn readings(self, column: &str, found: &mut Found) {
        if self.pipeline.raw != Some(self.table) {
            return;
        }
        for (format, source) in self.pipeline.sources.iter().enumerate() {
            let Some(read) = source.reads.get(column) else { continue };
            for (field, how) in read.uses() {
                found.add(Origin::Raw { format, field }, how);
            }
        }
    }

    /// Adds the inputs of an expression, which is used in this way.
    fn follow(self, from: &Expr, how: Use, found: &mut Found) {
        let computed = how.max(Use::Transformation);
        match from {
            Expr::Field(field) => found.add(Origin::Field(*field), how),
            Expr::Column(column) => found.add(self.base(*column), how),
            Expr::Value(_) => found.add(Origin::Constant, how),
            Expr::Input => {}
            Expr::Rank => found.add(Origin::Position, how),
            Expr::Hub => self.hub(how, found),
            Expr::Subject(_) => self.subject(how, found),
            Expr::Severity(_) | Expr::Title | Expr::Note | Expr::Who => found.add(Origin::Analyst, how),
            Expr::When => found.add(Origin::Clock, how),
            Expr::Program => found.add(Origin::Program, how),
            Expr::Partition(_) => match &self.own().partition.time {
                Some(time) => self.follow(time, computed, found),
                None => found.add(Origin::Run, computed),
            },
            Expr::Count => {
                let counted = self.own().rows.base().unwrap_or(self.table);
                found.add(Origin::Rows(counted), how.max(Use::Aggregation));
            }
            Expr::Aggregate(_, of) => self.follow(of, how.max(Use::Aggregation), found),
            Expr::If { all, then, otherwise } => {
                self.conditions(all, how.max(Use::Conditional), found);
                self.follow(then, computed, found);
                self.follow(otherwise, computed, found);
            }
            Expr::Hash(of) => {
                let mut hashed = Found::default();
                self.follow(of, computed, &mut hashed);
                hashed.0.into_iter().for_each(|input| found.push(Input { is_hashed: true, ..input }));
            }
            Expr::Time(..) | Expr::Part(..) | Expr::Truncate(..) | Expr::Add(_) | Expr::Concat(_) => {
                self.operands(from, computed, found);
            }
            Expr::Lower(_) | Expr::Length(_) | Expr::Map { .. } | Expr::Keep(..) | Expr::LastLabels(..) => {
                self.operands(from, computed, found);
            }
            Expr::BitLength(_) | Expr::Entropy(_) => self.operands(from, computed, found),
            Expr::RegisteredDomain(_) => self.looked_up(from, Lookup::PublicSuffixes, computed, found),
            Expr::Context(_, fact) => self.looked_up(from, Lookup::Fact(*fact), computed, found),
            Expr::Iana { fact, .. } => self.looked_up(from, Lookup::Iana(*fact), computed, found),
            Expr::Code { table, .. } => self.looked_up(from, Lookup::Codes(table.clone()), computed, found),
        }
    }

    fn operands(self, from: &Expr, how: Use, found: &mut Found) {
        from.operands().into_iter().for_each(|of| self.follow(of, how, found));
    }

    fn looked_up(self, from: &Expr, lookup: Lookup, how: Use, found: &mut Found) {
        self.operands(from, how, found);
        found.add(Origin::Context(lookup), how);
    }

    fn conditions(self, all: &[Condition], how: Use, found: &mut Found) {
        all.iter().flat_map(Condition::values).for_each(|of| {
            let mut read = Found::default();
            self.follow(of, how, &mut read);
            // A constant in a condition is part of the condition.
            read.0
                .into_iter()
                .filter(|input| input.origin != Origin::Constant)
                .for_each(|input| found.push(input));
        });
    }

    /// The subject of a comment, as the table of comments holds it.
    fn subject(self, how: Use, found: &mut Found) {
        if self.own().rows == Rows::Comments {
            return found.add(Origin::Analyst, how);
        }
        for place in self.subjects() {
            found.add(Origin::Column(place), how);
        }
    }

    /// The columns of the table of comments that hold subjects.
    fn subjects(self) -> impl Iterator<Item = Place> {
        let comments = self.pipeline.ids().filter(move |id| self.pipeline[*id].rows == Rows::Comments);
        comments.flat_map(move |table| {
            let columns = self.pipeline[table].ids().map(move |column| Place { table, column });
            columns.filter(move |place| self.pipeline[place.table][place.column].from.is_subject())
        })
    }

    /// What each field of the results file is made of by the ranking, and what decides about the list.
    fn ranked(self, ranking: &Ranking) -> (Vec<Vec<Input>>, Vec<Input>) {
        let mut list = Found::default();
        self.day_of(self.table, &mut list);
        ranking.ties.iter().for_each(|column| list.add(self.base(*column), Use::Sort));
        let fields = ranking.fields.iter().map(|written| {
            let mut found = Found::default();
            match written {
                Written::Value(from) => self.follow(from, Use::Identity, &mut found),
                Written::Score => self.counted(ranking, &mut found),
                Written::Why => {
                    self.counted(ranking, &mut found);
                    let reasons = ranking.values.iter().filter_map(|RankedValue { why, .. }| why.of.as_ref());
                    reasons.for_each(|of| self.follow(of, Use::Transformation, &mut found));
                    found.0.retain(|input| input.origin != Origin::Constant);
                }
            }
            found.0
        });
        let mut fields: Vec<_> = fields.collect();
        fields.resize(self.pipeline.results.fields.len(), Vec::new());
        (fields, list.0)
    }

    /// What the ranking counts.
    fn counted(self, ranking: &Ranking, found: &mut Found) {
        let failed = ranking.failed.iter().flat_map(Condition::values);
        for from in ranking.counted().into_iter().chain(failed) {
            self.follow(from, Use::Transformation, found);
        }
        found.0.retain(|input| input.origin != Origin::Constant);
        if ranking.direction.is_some() {
            found.add(
                Origin::Context(Lookup::Fact(Fact::Network(NetworkFact::Internal))),
                Use::Transformation,
            );
        }
    }
}
