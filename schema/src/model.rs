//! The checked model: what the emitters see. Every name in it is legal, every reference leads somewhere,
//! every type fits. Only the check makes one.

use std::collections::BTreeMap;

use crate::context::{Fact, IanaFact};
pub use crate::document::FormatDoc as Format;
pub use crate::document::ValueDoc as Value;
use crate::range::Range;
use crate::types::{ColumnType, TimePart};

/// All pipelines of a schema folder.
#[derive(Debug, Clone)]
pub struct Schema {
    /// By name.
    pub pipelines: Vec<Pipeline>,
    /// The documents as one JSON text.
    pub canonical: String,
    /// Hash of the structure: 16 hexadecimal digits.
    pub fingerprint: String,
}

/// One pipeline.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Its name.
    pub name: String,
    /// Its results file.
    pub results: Results,
    /// Its tables, by name.
    pub tables: Vec<Table>,
    /// The table of scores: its position in `tables`.
    pub scores: usize,
    /// The raw table: its position in `tables`.
    pub raw: Option<usize>,
    /// Its raw formats, by name.
    pub sources: Vec<Source>,
    /// What is looked at to rank its raw rows.
    pub rank: Option<RankColumns>,
    /// The columns of the feedback file, in order.
    pub feedback: Vec<String>,
}

/// The results file of a day.
#[derive(Debug, Clone)]
pub struct Results {
    /// Below the root of results, with `{pipeline}` and `{date}` in it.
    pub path: String,
    /// The names of its fields, in order.
    pub fields: Vec<String>,
    /// The fields that are read, in order.
    pub taken: Vec<Taken>,
}

/// A field of the results file that is read.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Its position, from 0.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Its type: that of the column that takes it.
    pub kind: ColumnType,
    /// The numbers that it can be: those of the column that takes it.
    pub range: Option<Range>,
}

/// One table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// What one row stands for.
    pub description: String,
    /// Where its rows come from.
    pub rows: Rows,
    /// All columns in order, those of the partition last.
    pub columns: Vec<Column>,
    /// Its partition.
    pub partition: Partition,
    /// Columns that name a row; may be empty.
    pub key: Vec<String>,
    /// Columns of each index.
    pub indexes: Vec<Vec<String>>,
    /// Storage in the Hive family.
    pub hive: Hive,
}

/// Where rows come from.
#[derive(Debug, Clone)]
pub enum Rows {
    /// From raw files.
    Ingest,
    /// From the results file.
    Results,
    /// Raw rows between the ends of a scored row in its minute.
    Details(Details),
    /// Sums of the traffic of addresses with several peers.
    Chords(Chords),
    /// Raw rows counted by minute.
    Counts(Counts),
    /// Raw rows summed up while they are ingested.
    Rollup(Rollup),
    /// What analysts think of scored rows.
    Judged(Judged),
    /// What analysts wrote about addresses.
    Comments,
    /// When an address that they wrote about spoke to whom.
    Timeline(Timeline),
    /// From analysts.
    Analyst,
}

impl Rows {
    /// Whether they are written by analysts, whatever about.
    pub fn are_analysts(&self) -> bool {
        matches!(self, Self::Judged(_) | Self::Comments | Self::Timeline(_) | Self::Analyst)
    }
}

/// Whose raw rows a timeline is made of.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// The raw table.
    pub raw: String,
}

/// What is judged.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The table of scores.
    pub of: String,
}

/// Which raw rows explain a scored row.
#[derive(Debug, Clone)]
pub struct Details {
    /// The table of scores.
    pub of: String,
    /// The raw table.
    pub raw: String,
    /// The two ends.
    pub ends: [Pair; 2],
    /// The two times.
    pub time: Pair,
}

/// Between whom traffic is summed up.
#[derive(Debug, Clone)]
pub struct Chords {
    /// The table of scores.
    pub of: String,
    /// The raw table.
    pub raw: String,
    /// The two ends.
    pub ends: [Pair; 2],
}

/// What is counted.
#[derive(Debug, Clone)]
pub struct Counts {
    /// The raw table.
    pub raw: String,
    /// Its column of time.
    pub time: String,
}

/// What is summed up.
#[derive(Debug, Clone)]
pub struct Rollup {
    /// The raw table.
    pub raw: String,
}

/// Two columns that hold the same.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The column of the table of scores.
    pub scored: String,
    /// The column of the raw table.
    pub raw: String,
}

/// One column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: ColumnType,
    /// The numbers that it can have, by its type and its origin; none where it is no number, or any that its storage holds.
    pub range: Option<Range>,
    /// Where its value comes from.
    pub origin: Origin,
    /// What it says.
    pub description: String,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// A field of the results file, by its name.
    Field(String),
    /// A column of the raw table.
    Raw(String),
    /// A column of the table of scores.
    Scored(String),
    /// Given by the raw format.
    Input,
    /// Given by an analyst.
    Analyst,
    /// How severe an analyst finds a scored row.
    Severity,
    /// The address that is written about.
    Subject,
    /// The title of what is written about it.
    Title,
    /// What the analyst wrote.
    Note,
    /// When a row was judged or written.
    When,
    /// Who judged or wrote it.
    Who,
    /// A part of a column of time of this table.
    Part {
        /// The column.
        of: String,
        /// The part.
        part: TimePart,
    },
    /// The sum of columns of one raw row.
    Add(Vec<String>),
    /// The sum of a raw column over rows.
    Total(String),
    /// The first value of a raw column of time.
    First(String),
    /// The last one.
    Last(String),
    /// The number of raw rows.
    Count,
    /// The minute.
    Minute,
    /// The address whose peers these are.
    Hub,
    /// The position in the results file.
    Rank,
    /// A fact about an address of this table.
    Context {
        /// The column of the address.
        of: String,
        /// The fact.
        fact: Fact,
    },
    /// What the registries of the Internet say of a column of this table.
    Iana {
        /// The column.
        of: String,
        /// The column of the protocol.
        with: Option<String>,
        /// Which answer.
        fact: IanaFact,
    },
    /// The name of a code of this table.
    Code {
        /// The column of the code.
        of: String,
        /// The file of names, as the settings call it.
        table: String,
    },
    /// A part of the partition's date.
    Partition(TimePart),
}

impl Column {
    /// Whether a row may have no value here.
    pub fn may_be_absent(&self) -> bool {
        match &self.origin {
            Origin::Context { fact, .. } => fact.may_be_absent(),
            Origin::Iana { fact, .. } => fact.may_be_absent(),
            _ => false,
        }
    }

    /// Where its value comes from, in words; empty for a part of the date.
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

/// The columns by which a day is found.
#[derive(Debug, Clone)]
pub struct Partition {
    /// The column of time whose date it is; none for the date of the run.
    pub time: Option<String>,
    /// Its columns: year, month, day and perhaps hour.
    pub columns: Vec<String>,
}

/// Storage in the Hive family.
#[derive(Debug, Clone)]
pub struct Hive {
    /// File format.
    pub format: Format,
    /// Folder below the location root.
    pub location: String,
}

/// One raw format.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// What prints it.
    pub description: String,
    /// Its columns, optional ones last.
    pub header: Vec<String>,
    /// How many of them are optional.
    pub optional: usize,
    /// What each `input` column is read from, by the column's name.
    pub reads: BTreeMap<String, Read>,
    /// The first field of the trailer and its number of lines.
    pub trailer: Option<(String, usize)>,
    /// The binary file that it is printed from.
    pub binary: Option<Binary>,
}

/// What a column is read from; positions count from 0 in the header.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// A column.
    Column(usize),
    /// When the flow arrived.
    Arrival {
        /// Received.
        received: usize,
        /// First packet.
        first: usize,
        /// Last packet.
        last: usize,
    },
    /// Start plus duration.
    End {
        /// First packet.
        start: usize,
        /// Seconds.
        duration: usize,
    },
    /// The last characters.
    Last {
        /// The column.
        of: usize,
        /// How many.
        characters: usize,
    },
    /// A protocol's name.
    Protocol(usize),
    /// A port.
    Port(usize),
    /// A replacement.
    Map {
        /// The column.
        of: usize,
        /// Found and meant.
        values: BTreeMap<String, String>,
    },
    /// A constant.
    Value(Value),
}

/// A binary file and the program that prints it.
#[derive(Debug, Clone)]
pub struct Binary {
    /// Its first bytes.
    pub magic: Vec<u8>,
    /// Program and arguments.
    pub run: Vec<String>,
    /// What to install.
    pub install: String,
}

/// The columns that `rank` looks at.
#[derive(Debug, Clone)]
pub struct RankColumns {
    /// Sender.
    pub source: String,
    /// Receiver.
    pub destination: String,
    /// Sender's port.
    pub source_port: String,
    /// Receiver's port.
    pub destination_port: String,
    /// Protocol.
    pub protocol: String,
    /// Time.
    pub time: String,
    /// Bytes.
    pub bytes: String,
    /// Packets.
    pub packets: String,
    /// The field of the results file that takes the score.
    pub score: String,
}

impl Schema {
    /// The pipeline of that name.
    pub fn pipeline(&self, name: &str) -> Option<&Pipeline> {
        self.pipelines.iter().find(|it| it.name == name)
    }

    /// Every table of every pipeline.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.pipelines.iter().flat_map(|it| &it.tables)
    }
}

impl Pipeline {
    /// The table of that name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|it| it.name == name)
    }

    /// The rollups of a raw table.
    pub fn rollups_of<'a>(&'a self, raw: &'a str) -> impl Iterator<Item = &'a Table> {
        self.tables.iter().filter(move |it| matches!(&it.rows, Rows::Rollup(rollup) if rollup.raw == raw))
    }

    /// The table of scores.
    pub fn scores_table(&self) -> &Table {
        &self.tables[self.scores]
    }

    /// The raw table.
    pub fn raw_table(&self) -> Option<&Table> {
        self.raw.map(|at| &self.tables[at])
    }
}

impl Table {
    /// The column of that name, partition included.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|it| it.name == name)
    }

    /// Its columns without those of the partition.
    pub fn own_columns(&self) -> &[Column] {
        &self.columns[..self.columns.len() - self.partition.columns.len()]
    }

    /// The column that holds a part of the column of time `of`, if there is one. For the date that is the
    /// partition, by which rows are found; for the rest it is the row's own.
    pub fn part_of(&self, of: &str, part: TimePart) -> Option<&Column> {
        let in_partition =
            |it: &&Column| it.origin == Origin::Partition(part) && self.partition.time.as_deref() == Some(of);
        let own = |it: &&Column| matches!(&it.origin, Origin::Part { of: time, part: has } if time == of && *has == part);
        let of_date = matches!(part, TimePart::Year | TimePart::Month | TimePart::Day);
        let (first, second) = (self.columns.iter().find(in_partition), self.columns.iter().find(own));
        if of_date { first.or(second) } else { second.or(first) }
    }

    /// Whether a run writes it.
    pub fn is_written_by_run(&self) -> bool {
        !matches!(self.rows, Rows::Ingest | Rows::Rollup(_)) && !self.rows.are_analysts()
    }
}

impl Results {
    /// The path of a day's file below the root of results.
    pub fn path_of(&self, pipeline: &str, date: &str) -> String {
        self.path.replace("{pipeline}", pipeline).replace("{date}", date)
    }
}
