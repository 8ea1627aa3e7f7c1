//! The checked model, which the emitters read. Every name in it is legal, every reference resolves and every type fits.
//! Only the check creates it.

use std::collections::BTreeMap;
use std::ops::Index;

pub use crate::document::FormatDoc as Format;
pub use crate::document::ValueDoc as Value;
use crate::expression::Words;
pub use crate::expression::{Aggregate, Clock, Expr, InRollup, Typed};
pub use crate::id::{ColumnId, FieldId, TableId};
use crate::range::Range;
pub use crate::rows::{
    Comparison, Condition, Hubs, Judged, Match, Pair, Rows, Select, Which, Within, Writer,
};
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
}

/// A pipeline.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The name of the pipeline.
    pub name: String,
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
    /// The columns that the ranking uses; `None` if the pipeline cannot be ranked.
    pub rank: Option<RankColumns>,
    /// The columns of the feedback file, in order.
    pub feedback: Vec<String>,
}

/// The results file of a day.
#[derive(Debug, Clone)]
pub struct Results {
    /// The path relative to the results root, with `{pipeline}` and `{date}` in it.
    pub path: String,
    /// The names of the fields, in order.
    pub fields: Vec<String>,
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
    pub key: Vec<String>,
    /// The columns of each index.
    pub indexes: Vec<Vec<String>>,
    /// Storage in Impala and Hive.
    pub hive: Hive,
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
    /// What the value means, with its unit.
    pub description: String,
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
    pub columns: Vec<String>,
}

/// Storage in Impala and Hive.
#[derive(Debug, Clone)]
pub struct Hive {
    /// The file format.
    pub format: Format,
    /// The folder, relative to the root of locations.
    pub location: String,
}

/// A raw format.
#[derive(Debug, Clone)]
pub struct Source {
    /// The name of the format.
    pub name: String,
    /// The format in a few words.
    pub description: String,
    /// The names of its columns, optional columns last.
    pub header: Vec<String>,
    /// The number of optional columns.
    pub optional: usize,
    /// How the value of each `input` column is read, by the name of the column.
    pub reads: BTreeMap<String, Read>,
    /// The first field of the trailer, and its number of lines.
    pub trailer: Option<(String, usize)>,
    /// The binary file format from which a program prints the text.
    pub binary: Option<Binary>,
}

/// How the value of a column is read. Columns are given by their position in the header, from 0.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// The value of a column, unchanged.
    Column(usize),
    /// The time when the flow arrived.
    Arrival {
        /// Column of the time when the collector received the flow.
        received: usize,
        /// Column of the time of the first packet.
        first: usize,
        /// Column of the time of the last packet.
        last: usize,
    },
    /// The end of the flow: start plus duration.
    End {
        /// Column of the time of the first packet.
        start: usize,
        /// Column of the duration in seconds.
        duration: usize,
    },
    /// The last characters of a text.
    Last {
        /// Column of the text.
        of: usize,
        /// The number of characters.
        characters: usize,
    },
    /// The name of a protocol.
    Protocol(usize),
    /// A port, or an ICMP type and code.
    Port(usize),
    /// A value that is replaced according to a list.
    Map {
        /// Column of the value.
        of: usize,
        /// Each value of the file, and its replacement.
        values: BTreeMap<String, String>,
    },
    /// A constant.
    Value(Value),
}

/// A binary file format, and the program that prints its records.
#[derive(Debug, Clone)]
pub struct Binary {
    /// The first bytes of these files.
    pub magic: Vec<u8>,
    /// The program and its arguments.
    pub run: Vec<String>,
    /// What to install if the program is missing.
    pub install: String,
}

/// The columns of the raw table that the ranking uses.
#[derive(Debug, Clone)]
pub struct RankColumns {
    /// Source address.
    pub source: ColumnId,
    /// Destination address.
    pub destination: ColumnId,
    /// Source port.
    pub source_port: ColumnId,
    /// Destination port.
    pub destination_port: ColumnId,
    /// Protocol.
    pub protocol: ColumnId,
    /// The time of the row.
    pub time: ColumnId,
    /// Number of bytes.
    pub bytes: ColumnId,
    /// Number of packets.
    pub packets: ColumnId,
    /// The field of the results file that receives the score.
    pub score: FieldId,
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

    /// The rollups of the raw table.
    pub fn rollups(&self) -> impl Iterator<Item = &Table> {
        let is_of_raw = |select: &Select| Some(select.from) == self.raw && select.which == Which::Rollup;
        self.tables.iter().filter(move |table| table.rows.select().is_some_and(is_of_raw))
    }

    /// The times that selections compute from columns of a table. Whatever stores a row of it must check them, since a
    /// database does not refuse a text that is no time.
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

    /// An expression of `table` in words. Empty for a part of the partition.
    pub fn in_words(&self, table: &Table, from: &Expr) -> String {
        let base = self.base(table);
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
    /// The column with this name, including those of the partition.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns without those of the partition.
    pub fn own_columns(&self) -> &[Column] {
        &self.columns[..self.columns.len() - self.partition.columns.len()]
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

    /// Whether a run writes the table.
    pub fn is_written_by_run(&self) -> bool {
        self.rows.writer() == Writer::Run
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
    /// The path of the results file of a day, relative to the results root.
    pub fn path_of(&self, pipeline: &str, date: &str) -> String {
        self.path.replace("{pipeline}", pipeline).replace("{date}", date)
    }
}
