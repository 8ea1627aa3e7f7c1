//! The checked model, which the emitters read. Every name in it is legal, every reference resolves and every type fits.
//! Only the check creates it.

use std::collections::BTreeMap;

use crate::context::{Fact, IanaFact};
pub use crate::document::FormatDoc as Format;
pub use crate::document::ValueDoc as Value;
use crate::range::Range;
use crate::types::{ColumnType, TimePart};

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
    /// The position of the table of scores in `tables`.
    pub scores: usize,
    /// The position of the raw table in `tables`, if there is one.
    pub raw: Option<usize>,
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
    /// The position in the file, from 0.
    pub index: usize,
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

/// How the rows of a table are produced.
#[derive(Debug, Clone)]
pub enum Rows {
    /// Records of raw files.
    Ingest,
    /// Rows of the results file.
    Results,
    /// Raw rows between the ends of a scored row, in its minute.
    Details(Details),
    /// The traffic of addresses with several peers, summed up by peer and direction.
    Chords(Chords),
    /// The number of raw rows per minute.
    Counts(Counts),
    /// Sums of raw rows that are updated during ingest.
    Rollup(Rollup),
    /// Scores of analysts.
    Judged(Judged),
    /// Comments of analysts about addresses.
    Comments,
    /// The traffic of the addresses that analysts commented on.
    Timeline(Timeline),
    /// Other rows that analysts write.
    Analyst,
}

impl Rows {
    /// Whether analysts write the rows, of any kind.
    pub fn are_analysts(&self) -> bool {
        matches!(self, Self::Judged(_) | Self::Comments | Self::Timeline(_) | Self::Analyst)
    }
}

/// The source of a timeline.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// The raw table.
    pub raw: String,
}

/// The rows that analysts judge.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The table of scores.
    pub of: String,
}

/// How raw rows are matched with a scored row.
#[derive(Debug, Clone)]
pub struct Details {
    /// The table of scores.
    pub of: String,
    /// The raw table.
    pub raw: String,
    /// The columns of the two ends.
    pub ends: [Pair; 2],
    /// The columns of the time.
    pub time: Pair,
}

/// The source of the sums of traffic.
#[derive(Debug, Clone)]
pub struct Chords {
    /// The table of scores.
    pub of: String,
    /// The raw table.
    pub raw: String,
    /// The columns of the two ends.
    pub ends: [Pair; 2],
}

/// The rows that are counted per minute.
#[derive(Debug, Clone)]
pub struct Counts {
    /// The raw table.
    pub raw: String,
    /// The time column of the raw table.
    pub time: String,
}

/// The source of a rollup.
#[derive(Debug, Clone)]
pub struct Rollup {
    /// The raw table.
    pub raw: String,
}

/// Two columns with the same meaning.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The column of the table of scores.
    pub scored: String,
    /// The column of the raw table.
    pub raw: String,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// The name of the column.
    pub name: String,
    /// The type of the column.
    pub kind: ColumnType,
    /// The valid numbers, by type and origin. `None` if the column is not a number, or if any number that its storage
    /// can hold is valid.
    pub range: Option<Range>,
    /// The origin of the value.
    pub origin: Origin,
    /// What the value means, with its unit.
    pub description: String,
}

/// The origin of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// A field of the results file, by name.
    Field(String),
    /// A column of the raw table.
    Raw(String),
    /// A column of the table of scores.
    Scored(String),
    /// A value that the raw format defines.
    Input,
    /// A value that an analyst writes.
    Analyst,
    /// The severity that an analyst gives to a scored row.
    Severity,
    /// The address that an analyst commented on.
    Subject,
    /// The title of a comment.
    Title,
    /// The note of a score, or the text of a comment.
    Note,
    /// The time when the row was scored or written.
    When,
    /// The name of the analyst.
    Who,
    /// A part of a time column of this table.
    Part {
        /// The time column.
        of: String,
        /// The part.
        part: TimePart,
    },
    /// The sum of columns of one raw row.
    Add(Vec<String>),
    /// The sum of a raw column over the raw rows of a group.
    Total(String),
    /// The earliest value of a raw time column in a group.
    First(String),
    /// The latest value of a raw time column in a group.
    Last(String),
    /// The number of raw rows of a group.
    Count,
    /// The minute of the raw rows.
    Minute,
    /// The address with several peers to which the traffic belongs.
    Hub,
    /// The position in the results file, from 0.
    Rank,
    /// A fact about an address of this table.
    Context {
        /// The column of the address.
        of: String,
        /// The fact.
        fact: Fact,
    },
    /// A fact from the IANA registries about a column of this table.
    Iana {
        /// The column.
        of: String,
        /// The column of the protocol, if the fact is about a port.
        with: Option<String>,
        /// The fact.
        fact: IanaFact,
    },
    /// The name of a code in a column of this table.
    Code {
        /// The column of the code.
        of: String,
        /// The name of the file of codes in the settings.
        table: String,
    },
    /// A part of the date of the partition.
    Partition(TimePart),
}

impl Column {
    /// Whether the column may have no value.
    pub fn may_be_absent(&self) -> bool {
        match &self.origin {
            Origin::Context { fact, .. } => fact.may_be_absent(),
            Origin::Iana { fact, .. } => fact.may_be_absent(),
            _ => false,
        }
    }

    /// The origin in words, for documentation. Empty for a part of the partition.
    pub fn origin_in_words(&self, pipeline: &Pipeline) -> String {
        match &self.origin {
            Origin::Field(name) => format!("the field `{name}` of the results file"),
            Origin::Raw(name) => {
                format!(
                    "`{name}` of `{}`",
                    pipeline.raw_table().map_or("the raw table", |it| it.name.as_str())
                )
            }
            Origin::Scored(name) => format!("`{name}` of `{}`", pipeline.scores_table().name),
            Origin::Input => "the raw format".into(),
            Origin::Analyst
            | Origin::Subject
            | Origin::Title
            | Origin::Severity
            | Origin::Note
            | Origin::Who => "an analyst".into(),
            Origin::When => "the clock".into(),
            Origin::Part { of, part } => format!("the {} of `{of}`", part.name()),
            Origin::Add(names) => format!("the sum of `{}`", names.join("` and `")),
            Origin::Total(name) => format!("the sum of `{name}` over all rows"),
            Origin::First(name) => format!("the first `{name}` of all rows"),
            Origin::Last(name) => format!("the last `{name}` of all rows"),
            Origin::Count => "the number of rows".into(),
            Origin::Minute => "the minute".into(),
            Origin::Hub => "the address with several peers".into(),
            Origin::Rank => "the position in the results file".into(),
            Origin::Context { of, fact } => {
                let (source, answer) = fact.names();
                format!("the {answer} of `{of}` by {source}")
            }
            Origin::Iana { of, fact, .. } => format!("the {} of `{of}` in the registries", fact.words()),
            Origin::Code { of, table } => format!("the name of `{of}` in the codes `{table}`"),
            Origin::Partition(_) => String::new(),
        }
    }
}

/// The columns that hold the day, by which rows are found and replaced.
#[derive(Debug, Clone)]
pub struct Partition {
    /// The time column whose date the partition holds; `None` for the date of the run.
    pub time: Option<String>,
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
    pub source: String,
    /// Destination address.
    pub destination: String,
    /// Source port.
    pub source_port: String,
    /// Destination port.
    pub destination_port: String,
    /// Protocol.
    pub protocol: String,
    /// The time of the row.
    pub time: String,
    /// Number of bytes.
    pub bytes: String,
    /// Number of packets.
    pub packets: String,
    /// The field of the results file that receives the score.
    pub score: String,
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

    /// The rollups of a raw table.
    pub fn rollups_of<'a>(&'a self, raw: &'a str) -> impl Iterator<Item = &'a Table> {
        self.tables
            .iter()
            .filter(move |table| matches!(&table.rows, Rows::Rollup(rollup) if rollup.raw == raw))
    }

    /// The table of scores.
    pub fn scores_table(&self) -> &Table {
        &self.tables[self.scores]
    }

    /// The raw table, if there is one.
    pub fn raw_table(&self) -> Option<&Table> {
        self.raw.map(|at| &self.tables[at])
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

    /// The column that holds a part of the time column `of`, if there is one. For year, month and day, a column of the
    /// partition is preferred, since rows are found by it; for other parts, a column of the row itself.
    pub fn part_of(&self, of: &str, part: TimePart) -> Option<&Column> {
        let in_partition = |column: &&Column| {
            column.origin == Origin::Partition(part) && self.partition.time.as_deref() == Some(of)
        };
        let own = |column: &&Column| matches!(&column.origin, Origin::Part { of: time, part: has } if time == of && *has == part);
        let of_date = matches!(part, TimePart::Year | TimePart::Month | TimePart::Day);
        let (first, second) = (self.columns.iter().find(in_partition), self.columns.iter().find(own));
        if of_date { first.or(second) } else { second.or(first) }
    }

    /// Whether a run writes the table.
    pub fn is_written_by_run(&self) -> bool {
        !matches!(self.rows, Rows::Ingest | Rows::Rollup(_)) && !self.rows.are_analysts()
    }
}

impl Results {
    /// The path of the results file of a day, relative to the results root.
    pub fn path_of(&self, pipeline: &str, date: &str) -> String {
        self.path.replace("{pipeline}", pipeline).replace("{date}", date)
    }
}
