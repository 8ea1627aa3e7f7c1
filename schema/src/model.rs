//! The checked model, which the emitters read. Every name in it is legal, every reference resolves and every type fits.
//! Only the check creates it.

use std::collections::BTreeMap;
use std::ops::Index;

pub use crate::document::CommentsDoc as Comments;
pub use crate::document::DelimitedDoc as Delimited;
pub use crate::document::DelimiterDoc as Delimiter;
pub use crate::document::EpochUnit;
pub use crate::document::FlagsDoc as Flags;
pub use crate::document::FormatDoc as Format;
pub use crate::document::JsonDoc as Json;
pub use crate::document::OtherwiseDoc as Otherwise;
pub use crate::document::TextDoc as Text;
pub use crate::document::TupleDoc as Tuple;
pub use crate::document::ValueDoc as Value;
pub use crate::expectation::{Expectation, Rule};
use crate::expression::Words;
pub use crate::expression::{Aggregate, Clock, Comparison, Condition, Expr, Given, InRollup, Typed};
pub use crate::id::{ColumnId, FieldId, TableId};
use crate::range::Range;
pub use crate::ranking::{Direction, Popular, RankedKey, RankedValue, Ranking, Reason, Said, Written};
pub use crate::rows::{Hubs, Judged, Match, Pair, Rows, Select, Sorted, Which, Within, Writer};
pub use crate::source::{Binary, Only, Read, Source};
use crate::types::{ColumnType, TimePart};

impl Index<TableId> for Pipeline {
    type Output = Table;

    fn index(&self, id: TableId) -> &Table {
        &self.tables[id.0]
    }
}

impl Index<ColumnId> for Table {
    type Output = Column;

    fn index(&self, id: ColumnId) -> &Column {
        &self.columns[id.0]
    }
}

/// All pipelines of a schema folder.
#[derive(Debug, Clone)]
pub struct Schema {
    /// The pipelines, sorted by name.
    pub pipelines: Vec<Pipeline>,
    /// All documents as one JSON text.
    pub canonical: String,
    /// Hash of the structure: 16 hexadecimal digits.
    pub fingerprint: String,
    /// What a maintainer should know of it, although it can be used.
    pub warnings: Vec<crate::diagnostics::Fault>,
}

/// A pipeline.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The name of the pipeline.
    pub name: String,
    /// Hash of its structure: 16 hexadecimal digits.
    pub fingerprint: String,
    /// The results file.
    pub results: Results,
    /// The tables, sorted by name.
    pub tables: Vec<Table>,
    /// The table of scores.
    pub scores: TableId,
    /// The raw table, if there is one.
    pub raw: Option<TableId>,
    /// The raw formats, sorted by name.
    pub sources: Vec<Source>,
    /// Whether commands use this pipeline if nothing names another.
    pub is_default: bool,
    /// The files about the subject of a comment.
    pub story_files: Vec<StoryFile>,
    /// What columns of the raw table mean.
    pub roles: Roles,
    /// How a day is ranked, if it can be.
    pub ranking: Option<Ranking>,
    /// The fields of the feedback file, in order. None if no table takes judgements.
    pub feedback: Vec<FeedbackField>,
    /// The tables of earlier versions that a migration may drop.
    pub dropped: Vec<String>,
    /// Breaking changes that are intended.
    pub breaks: Breaks,
}

/// Breaking changes that are intended: the reason for each, by the code of its rule.
pub type Breaks = BTreeMap<String, String>;

/// A field of the feedback file: a value of the scored row, or of the judgement of a row that is not stored any more.
#[derive(Debug, Clone)]
pub struct FeedbackField {
    /// The name of the field.
    pub name: String,
    /// The value, computed from columns of the scored row. `None` for what an analyst gives.
    pub scored: Option<Expr>,
    /// The column of the table of judgements that holds the value.
    pub judged: Option<ColumnId>,
}

/// The results file of a day.
#[derive(Debug, Clone)]
pub struct Results {
    /// The path relative to the results root, with `{pipeline}` and `{date}` in it.
    pub path: String,
    /// The names of the fields, in order.
    pub fields: Vec<String>,
    /// The number of fields that every record has. The others, at most one, follow them.
    pub required: usize,
    /// The fields that are read, in order.
    pub taken: Vec<Taken>,
}

/// A field of the results file that is read.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The field.
    pub field: FieldId,
    /// The name of the field.
    pub name: String,
    /// The type of the column that takes the field.
    pub kind: ColumnType,
    /// The range of the column that takes the field.
    pub range: Option<Range>,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// The name of the table.
    pub name: String,
    /// What one row represents.
    pub description: String,
    /// How the rows are produced.
    pub rows: Rows,
    /// All columns in order, those of the partition last.
    pub columns: Vec<Column>,
    /// The partition.
    pub partition: Partition,
    /// The columns of the primary key; may be empty.
    pub key: Vec<ColumnId>,
    /// The columns of each index.
    pub indexes: Vec<Vec<ColumnId>>,
    /// Storage in Impala and Hive.
    pub hive: Hive,
    /// The table to whose rows the rows of this one belong, if they are judgements.
    pub belongs_to: Option<BelongsTo>,
    /// The earlier names of the table, the latest first.
    pub was: Vec<String>,
    /// The columns that a migration may drop.
    pub dropped: Vec<String>,
    /// Breaking changes that are intended.
    pub breaks: Breaks,
}

/// The table to whose rows other rows belong. No database enforces it: judgements outlive the rows of a run.
#[derive(Debug, Clone)]
pub struct BelongsTo {
    /// The name of the table.
    pub table: String,
    /// A column of the key, and the column of that table with the same value.
    pub columns: Vec<(String, String)>,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// The name of the column.
    pub name: String,
    /// The type of the column.
    pub kind: ColumnType,
    /// The valid numbers, by type and expression. `None` if the column is not a number, or if any number that its
    /// storage can hold is valid.
    pub range: Option<Range>,
    /// Whether the column may have no value.
    pub is_optional: bool,
    /// Where the value comes from.
    pub from: Expr,
    /// What the values should be like.
    pub expect: Vec<Expectation>,
    /// What the value means, with its unit.
    pub description: String,
    /// The earlier names of the column, the latest first.
    pub was: Vec<String>,
    /// Breaking changes that are intended.
    pub breaks: Breaks,
}

impl Column {
    /// Whether the column may have no value.
    pub fn may_be_absent(&self) -> bool {
        self.is_optional
    }

    /// The values that the column can have.
    pub fn typed(&self) -> Typed {
        Typed { kind: self.kind, range: self.range, is_optional: self.is_optional }
    }
}

/// The columns that hold the day, by which rows are found and replaced.
#[derive(Debug, Clone)]
pub struct Partition {
    /// The time, computed from columns of the base, whose date the partition holds; `None` for the date of the run.
    pub time: Option<Expr>,
    /// The names of the columns: year, month, day and, optionally, hour.
    pub columns: usize,
}

/// Storage in Impala and Hive.
#[derive(Debug, Clone)]
pub struct Hive {
    /// The file format.
    pub format: Format,
    /// The folder, relative to the root of locations.
    pub location: String,
}

/// A JSON file about the subject of a comment, by columns of the raw table.
#[derive(Debug, Clone)]
pub struct StoryFile {
    /// The name of the file, with `{md5}` in it.
    pub file: String,
    /// The column whose values are subjects of this kind.
    pub subject: ColumnId,
    /// The lists.
    pub lists: Vec<StoryList>,
}

/// A list of distinct values of raw rows.
#[derive(Debug, Clone)]
pub struct StoryList {
    /// The name of the list.
    pub name: String,
    /// The column that equals the subject.
    pub equal: ColumnId,
    /// The columns whose values are listed.
    pub columns: Vec<ColumnId>,
}

impl StoryFile {
    /// What precedes and follows the hash in the name of the file.
    pub fn around(&self) -> (&str, &str) {
        self.file.split_once("{md5}").unwrap_or((&self.file, ""))
    }
}

/// What columns of the raw table mean. Without a raw table, no column has a role.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone, Default)]
pub struct Roles {
    /// The time of the row, computed from columns of the raw table.
    pub time: Option<Expr>,
    pub source: Option<ColumnId>,
    pub destination: Option<ColumnId>,
    pub client: Option<ColumnId>,
    pub service: Option<ColumnId>,
    pub subject: Option<ColumnId>,
    pub source_port: Option<ColumnId>,
    pub destination_port: Option<ColumnId>,
    pub protocol: Option<ColumnId>,
    pub bytes: Option<ColumnId>,
    pub packets: Option<ColumnId>,
    /// The field of the results file that receives the score of a ranking.
    pub score: Option<FieldId>,
    /// The field of the results file that receives the reasons of a ranking.
    pub why: Option<FieldId>,
}

impl Roles {
    /// The name of each role, and the column of the raw table that has it.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, ColumnId)> {
        let time = ("time", self.time.as_ref().and_then(Expr::column));
        let all = std::iter::once(time).chain(self.columns());
        all.filter_map(|(name, column)| Some((name, column?)))
    }

    /// The name of each role but the time, and the column of the raw table that has it, if one does.
    pub(crate) fn columns(&self) -> [(&'static str, Option<ColumnId>); 10] {
        [
            ("source", self.source),
            ("destination", self.destination),
            ("client", self.client),
            ("service", self.service),
            ("subject", self.subject),
            ("source_port", self.source_port),
            ("destination_port", self.destination_port),
            ("protocol", self.protocol),
            ("bytes", self.bytes),
            ("packets", self.packets),
        ]
    }

    /// The end of a row from which it comes: the source, or the client.
    pub fn first_end(&self) -> Option<ColumnId> {
        self.source.or(self.client)
    }
}

impl Schema {
    /// The pipeline with this name.
    pub fn pipeline(&self, name: &str) -> Option<&Pipeline> {
        self.pipelines.iter().find(|pipeline| pipeline.name == name)
    }

    /// All tables of all pipelines.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.pipelines.iter().flat_map(|it| &it.tables)
    }
}

impl Pipeline {
    /// The table with this name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The identifiers of the tables, in order.
    pub fn ids(&self) -> impl Iterator<Item = TableId> + use<> {
        (0..self.tables.len()).map(TableId)
    }

    /// The rollups of the raw table.
    pub fn rollups(&self) -> impl Iterator<Item = &Table> {
        let is_of_raw = |select: &Select| Some(select.from) == self.raw && select.which == Which::Rollup;
        self.tables.iter().filter(move |table| table.rows.select().is_some_and(is_of_raw))
    }

    /// The times that selections compute from columns of a table. Whatever stores a row of it must check them, since a
    /// database does not refuse a text that is not a time.
    pub fn times_read_from(&self, id: TableId) -> Vec<&Expr> {
        let mut found: Vec<&Expr> = Vec::new();
        for table in &self.tables {
            let Some(select) = table.rows.select() else { continue };
            let within = match &select.which {
                Which::Results(matched) => matched.within.as_ref(),
                Which::Day | Which::Rollup | Which::Hubs(_) | Which::Subjects(_) => None,
            };
            let mut read: Vec<&Expr> = Vec::new();
            if select.from == id {
                read.extend(table.columns.iter().map(|column| &column.from));
                read.extend(select.conditions.iter().flat_map(Condition::values));
                read.extend(within.map(|within| &within.from));
            }
            if self.scores == id {
                read.extend(within.map(|within| &within.scored));
            }
            for time in read.into_iter().flat_map(Expr::times) {
                if !found.contains(&time) {
                    found.push(time);
                }
            }
        }
        found
    }

    /// The table whose columns the expressions of `table` refer to.
    pub fn base<'a>(&'a self, table: &'a Table) -> &'a Table {
        table.rows.base().map_or(table, |base| &self[base])
    }

    /// The value of a column, computed from other columns of the same row; `None` if it is not computed from the row
    /// alone, or from one of the columns in `absent`.
    pub fn from_row(&self, table: &Table, column: ColumnId, absent: &[ColumnId]) -> Option<Expr> {
        let present = |column: ColumnId| (!absent.contains(&column)).then_some(Expr::Column(column));
        let is_own = match table.rows {
            Rows::Ingest | Rows::Results => true,
            Rows::Select(_) if !table.rows.are_rollup() => false,
            Rows::Select(_) | Rows::Judged(_) | Rows::Comments | Rows::Program => return None,
        };
        let leaf = |leaf: &Expr| match leaf {
            Expr::Column(column) if is_own => present(*column),
            // A selected row has some of the values of the row that it is.
            Expr::Column(_) => table.find(|other| other.from == *leaf).and_then(present),
            Expr::Field(_) => table.find(|other| other.from == *leaf).and_then(present),
            Expr::Value(_) => Some(leaf.clone()),
            Expr::Partition(_) => table.find(|other| other.from == *leaf).and_then(present),
            Expr::Input | Expr::Rank | Expr::Hub | Expr::Subject(_) | Expr::Severity(_) => None,
            Expr::Title | Expr::Note | Expr::When | Expr::Who | Expr::Program | Expr::Count => None,
            Expr::Time(..) | Expr::Part(..) | Expr::Truncate(..) | Expr::Add(_) | Expr::Concat(_) => None,
            Expr::Lower(_) | Expr::Length(_) | Expr::Map { .. } | Expr::If { .. } | Expr::Keep(..) => None,
            Expr::LastLabels(..) | Expr::BitLength(_) | Expr::Entropy(_) | Expr::Hash(_) => None,
            Expr::RegisteredDomain(_) | Expr::Context(..) | Expr::Iana { .. } | Expr::Code { .. } => None,
            Expr::Aggregate(..) => None,
        };
        table[column].from.with_leaves(&leaf)
    }

    /// The name of the raw column or field of the results file from which a column is taken unchanged, through the
    /// table of scores if need be.
    pub fn taken_from<'a>(&'a self, table: &'a Table, column: &'a Column) -> Option<&'a str> {
        if column.from == Expr::Input {
            return Some(&column.name);
        }
        if let Some(field) = column.from.field() {
            return self.results.fields.get(field.at()).map(String::as_str);
        }
        let (base, taken) = (self.base(table), column.from.column()?);
        if table.rows.base().is_some() { self.taken_from(base, &base[taken]) } else { None }
    }

    /// The role of a column of a table: that of the raw column whose value it is, or `rank`, `score` or `why` in the
    /// table of scores, or `partition`.
    pub fn role_of(&self, table: &Table, column: &Column) -> Option<&'static str> {
        if column.from == Expr::Rank {
            return Some("rank");
        }
        if table.partition_columns().iter().any(|part| part.name == column.name) {
            return Some("partition");
        }
        let of_results = [("score", self.roles.score), ("why", self.roles.why)];
        let is_it = |field: Option<FieldId>| field.is_some() && field == column.from.field();
        if let Some((role, _)) = of_results.into_iter().find(|(_, field)| is_it(*field)) {
            return Some(role);
        }
        let (raw, field) = (self.raw_table()?, self.taken_from(table, column)?);
        self.roles.named().find(|(_, id)| raw[*id].name == field).map(|(role, _)| role)
    }

    /// An expression of `table` in words. Empty for a part of the partition.
    pub fn in_words(&self, table: &Table, from: &Expr) -> String {
        self.in_words_over(self.base(table), from)
    }

    /// An expression over the columns of `base` in words.
    pub(crate) fn in_words_over(&self, base: &Table, from: &Expr) -> String {
        let columns = base.columns.iter().map(|column| (column.name.as_str(), column.kind)).collect();
        from.words(&Words { table: &base.name, columns, fields: &self.results.fields })
    }

    /// The table of scores.
    pub fn scores_table(&self) -> &Table {
        &self[self.scores]
    }

    /// The raw table, if there is one.
    pub fn raw_table(&self) -> Option<&Table> {
        self.raw.map(|id| &self[id])
    }
}

impl Table {
    /// What one row represents, and to which row of another table it belongs: the description in a database.
    pub fn documented(&self) -> String {
        let Some(BelongsTo { table, columns }) = &self.belongs_to else { return self.description.clone() };
        let (own, other): (Vec<&str>, Vec<&str>) =
            columns.iter().map(|(own, other)| (own.as_str(), other.as_str())).unzip();
        format!(
            "{} References, while the row is stored: ({}) of {table} ({}).",
            self.description,
            own.join(", "),
            other.join(", ")
        )
    }

    /// The column with this name, including those of the partition.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns without those of the partition.
    pub fn own_columns(&self) -> &[Column] {
        &self.columns[..self.columns.len() - self.partition.columns]
    }

    /// The columns of the partition: year, month and day and, optionally, hour.
    pub fn partition_columns(&self) -> &[Column] {
        &self.columns[self.columns.len() - self.partition.columns..]
    }

    /// The columns of the partition that hold the date: year, month and day.
    pub fn day_columns(&self) -> &[Column] {
        let partition = self.partition_columns();
        &partition[..partition.len().min(3)]
    }

    /// Whether every row has a value in this column, since the key or the partition contains it.
    pub fn requires(&self, id: ColumnId) -> bool {
        self.key.contains(&id) || self.is_partition(id)
    }

    /// Whether the column belongs to the partition.
    pub fn is_partition(&self, id: ColumnId) -> bool {
        id.0 >= self.own_columns().len()
    }

    /// The names of columns.
    pub fn names<'a>(&'a self, ids: &'a [ColumnId]) -> impl Iterator<Item = &'a str> {
        ids.iter().map(|id| self[*id].name.as_str())
    }

    /// The position of the first column that is as wanted.
    pub fn find(&self, is_wanted: impl Fn(&Column) -> bool) -> Option<ColumnId> {
        self.columns.iter().position(is_wanted).map(ColumnId)
    }

    /// The first column with this expression.
    pub fn column_from(&self, from: &Expr) -> Option<&Column> {
        self.columns.iter().find(|column| column.from == *from)
    }

    /// The column that holds a part of the time `of`, if there is one. For year, month and day, a column of the
    /// partition is preferred, since rows are found by it; for other parts, a column of the row itself.
    pub fn part_of(&self, of: &Expr, part: TimePart) -> Option<&Column> {
        let in_partition =
            self.column_from(&Expr::Partition(part)).filter(|_| self.partition.time.as_ref() == Some(of));
        let own = self.column_from(&Expr::Part(Box::new(of.clone()), part));
        let of_date = matches!(part, TimePart::Year | TimePart::Month | TimePart::Day);
        if of_date { in_partition.or(own) } else { own.or(in_partition) }
    }

    /// The values that each column can have.
    pub fn typed(&self) -> Vec<Typed> {
        self.columns.iter().map(Column::typed).collect()
    }

    /// Whether a run writes the table.
    pub fn is_written_by_run(&self) -> bool {
        self.rows.writer() == Writer::Run
    }

    /// What is expected of the values, each with the column.
    pub fn expectations(&self) -> impl Iterator<Item = (ColumnId, &Expectation)> {
        self.ids().flat_map(|id| self[id].expect.iter().map(move |one| (id, one)))
    }

    /// Whether rows are grouped: some column is an aggregate.
    pub fn is_grouped(&self) -> bool {
        self.columns.iter().any(|column| column.from.is_aggregate())
    }

    /// The identifiers of the columns, in order.
    pub fn ids(&self) -> impl Iterator<Item = ColumnId> + use<> {
        (0..self.columns.len()).map(ColumnId)
    }
}

impl Results {
    /// The identifiers of the fields, in order.
    pub fn ids(&self) -> impl Iterator<Item = FieldId> + use<> {
        (0..self.fields.len()).map(FieldId)
    }

    /// The path of the results file of a day, relative to the results root.
    pub fn path_of(&self, pipeline: &str, date: &str) -> String {
        self.path.replace("{pipeline}", pipeline).replace("{date}", date)
    }
}
