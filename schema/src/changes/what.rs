//! The kinds of changes: the rule of each, how much it matters, and what it is in words.

use std::fmt;

use super::Severity;
use crate::code::Code;
use crate::range::Range;
use crate::types::{ColumnType, Storage};

/// What has changed.
#[expect(missing_docs, reason = "the fields are what their names say")]
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    PipelineGone,
    PipelineAdded,
    DefaultPipeline {
        was: Option<String>,
        now: Option<String>,
    },
    /// `like` is a new table with similar columns.
    TableGone {
        like: Option<String>,
    },
    TableRenamed {
        was: String,
    },
    /// The table belongs to another pipeline.
    TableMoved {
        was: String,
    },
    TableAdded {
        fill: Fill,
    },
    /// `like` is a new column with the same type and source.
    ColumnGone {
        like: Option<String>,
    },
    ColumnRenamed {
        was: String,
    },
    ColumnAdded {
        fill: Fill,
    },
    /// The first column with another position, counted from 1 without columns that are gone.
    ColumnsMoved {
        was: usize,
        now: usize,
    },
    TypeWider {
        was: Valid,
        now: Valid,
    },
    TypeNarrower {
        was: Valid,
        now: Valid,
    },
    TypeOther {
        was: Valid,
        now: Valid,
    },
    NowRequired,
    NowOptional,
    Expects,
    From {
        was: String,
        now: String,
        fill: Fill,
    },
    Writer {
        was: String,
        now: String,
    },
    Rows {
        fill: Fill,
    },
    Key {
        was: Vec<String>,
        now: Vec<String>,
    },
    KeyOrder,
    Indexes,
    Partition {
        was: String,
        now: String,
    },
    HiveFormat {
        was: &'static str,
        now: &'static str,
    },
    HiveLocation {
        was: String,
        now: String,
    },
    Description,
    Field(FieldChange),
    ResultsPath {
        was: String,
        now: String,
    },
    FeedbackFields {
        was: Vec<String>,
        now: Vec<String>,
    },
    FeedbackAppended,
    FeedbackValue,
    RoleGone {
        was: String,
    },
    RoleAdded {
        now: String,
    },
    RoleMoved {
        was: String,
        now: String,
    },
    Ranking(RankingChange),
    StoryFileGone,
    StoryFileAdded,
    StoryFileChanged,
    SourceGone,
    SourceAdded,
    /// Files of the format that were read are not recognized or not divided as before.
    SourceNarrower {
        parts: Vec<&'static str>,
    },
    /// More files are recognized.
    SourceWider,
    SourceReads {
        columns: Vec<String>,
    },
    SourceRecords,
    OptionGone,
    OptionAdded,
}

/// What has changed about a field of the results file.
#[expect(missing_docs, reason = "the fields are what their names say")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldChange {
    Gone,
    /// Positions from 0, and the number of further fields that moved.
    Moved {
        was: usize,
        now: usize,
        more: usize,
    },
    Renamed {
        was: String,
    },
    /// Every record must have the new field.
    Added,
    /// Records may have the new field.
    AddedOptional,
    Required,
    Optional,
}

/// What has changed about the ranking of a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RankingChange {
    /// Days cannot be ranked any more.
    Gone,
    /// Days can be ranked.
    Added,
    /// The order of rows may be another.
    Computed,
    /// Only the words of the reasons.
    Words,
}

/// How stored rows get a value that they lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// A run of the day computes it.
    Run,
    /// `flow-oa init` computes it from raw rows.
    Init,
    /// The raw files must be ingested again.
    Ingest,
    /// Nothing does: rows of analysts stay as they were written, and old files do not have it.
    Nothing,
}

impl Fill {
    fn severity(self) -> Severity {
        match self {
            Self::Run | Self::Init | Self::Ingest => Severity::NeedsBackfill,
            Self::Nothing => Severity::Additive,
        }
    }
}

/// The values of a column: its type, and its range if it has one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Valid {
    /// The type.
    pub kind: ColumnType,
    /// The valid numbers; `None` for all that the storage holds.
    pub range: Option<Range>,
}

impl Valid {
    /// Whether every value of `other` is one of these.
    pub(super) fn holds(self, other: Self) -> bool {
        let is_in_range = |range: Range| other.range.is_some_and(|other| range.holds(other));
        other.kind.fits_within(other.range, self.kind) && self.range.is_none_or(is_in_range)
    }

    pub(super) fn storage(self) -> Storage {
        self.kind.storage()
    }
}

impl fmt::Display for Valid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.range {
            Some(range) => write!(f, "`{}` ({range})", self.kind.name()),
            None => write!(f, "`{}`", self.kind.name()),
        }
    }
}

impl What {
    /// The code of the rule.
    pub fn code(&self) -> Code {
        match self {
            Self::PipelineGone => Code::PipelineGone,
            Self::PipelineAdded => Code::PipelineAdded,
            Self::DefaultPipeline { .. } => Code::DefaultChanged,
            Self::TableGone { .. } => Code::TableGone,
            Self::TableRenamed { .. } | Self::TableMoved { .. } => Code::TableRenamed,
            Self::TableAdded { .. } => Code::TableAdded,
            Self::ColumnGone { .. } => Code::ColumnGone,
            Self::ColumnRenamed { .. } => Code::ColumnRenamed,
            Self::ColumnAdded { .. } => Code::ColumnAdded,
            Self::ColumnsMoved { .. } => Code::ColumnsMoved,
            Self::TypeWider { .. } => Code::TypeWider,
            Self::TypeNarrower { .. } => Code::TypeNarrower,
            Self::TypeOther { .. } => Code::TypeOther,
            Self::NowRequired | Self::NowOptional => Code::ValueRequired,
            Self::From { .. } => Code::ValueChanged,
            Self::Expects => Code::ExpectationsChanged,
            Self::Writer { .. } | Self::Rows { .. } => Code::RowsChanged,
            Self::Key { .. } | Self::KeyOrder => Code::KeyChanged,
            Self::Indexes => Code::IndexesChanged,
            Self::Partition { .. } => Code::PartitionChanged,
            Self::HiveFormat { .. } | Self::HiveLocation { .. } => Code::HiveChanged,
            Self::Description => Code::DescriptionChanged,
            Self::Field(_) => Code::FieldsChanged,
            Self::ResultsPath { .. } => Code::PathChanged,
            Self::FeedbackFields { .. } | Self::FeedbackAppended | Self::FeedbackValue => {
                Code::FeedbackChanged
            }
            Self::RoleGone { .. } | Self::RoleAdded { .. } | Self::RoleMoved { .. } => Code::RoleChanged,
            Self::Ranking(_) => Code::RankingChanged,
            Self::StoryFileGone | Self::StoryFileAdded | Self::StoryFileChanged => Code::StoryFileChanged,
            Self::SourceGone => Code::SourceGone,
            Self::SourceAdded => Code::SourceAdded,
            Self::SourceNarrower { .. } | Self::SourceWider => Code::SourceChanged,
            Self::SourceReads { .. } | Self::SourceRecords => Code::ReadingChanged,
            Self::OptionGone | Self::OptionAdded => Code::OptionChanged,
        }
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        match self {
            Self::PipelineGone | Self::TableGone { .. } | Self::TableRenamed { .. } => Severity::Breaking,
            Self::TableMoved { .. } | Self::DefaultPipeline { .. } => Severity::Breaking,
            Self::ColumnGone { .. } | Self::ColumnRenamed { .. } => Severity::Breaking,
            Self::ColumnsMoved { .. } | Self::TypeNarrower { .. } => Severity::Breaking,
            Self::TypeOther { .. } | Self::NowRequired | Self::Writer { .. } => Severity::Breaking,
            Self::Key { .. } | Self::Partition { .. } => Severity::Breaking,
            Self::HiveFormat { .. } | Self::HiveLocation { .. } => Severity::Breaking,
            Self::ResultsPath { .. } | Self::FeedbackFields { .. } => Severity::Breaking,
            Self::FeedbackValue | Self::RoleGone { .. } | Self::RoleMoved { .. } => Severity::Breaking,
            Self::StoryFileGone | Self::SourceGone | Self::SourceNarrower { .. } => Severity::Breaking,
            Self::OptionGone => Severity::Breaking,
            Self::TypeWider { was, now } if was.storage() != now.storage() => Severity::NeedsBackfill,
            Self::TypeWider { .. } => Severity::Additive,
            Self::StoryFileChanged | Self::SourceReads { .. } => Severity::NeedsBackfill,
            Self::SourceRecords | Self::From { .. } | Self::Rows { .. } => Severity::NeedsBackfill,
            Self::TableAdded { fill } | Self::ColumnAdded { fill } => fill.severity(),
            Self::PipelineAdded | Self::NowOptional | Self::KeyOrder | Self::Expects => Severity::Additive,
            Self::Indexes | Self::FeedbackAppended | Self::RoleAdded { .. } => Severity::Additive,
            Self::StoryFileAdded | Self::SourceAdded | Self::SourceWider => Severity::Additive,
            Self::OptionAdded => Severity::Additive,
            Self::Description => Severity::Cosmetic,
            Self::Field(field) => field.severity(),
            Self::Ranking(ranking) => match ranking {
                RankingChange::Gone => Severity::Breaking,
                RankingChange::Computed => Severity::NeedsBackfill,
                RankingChange::Added => Severity::Additive,
                RankingChange::Words => Severity::Cosmetic,
            },
        }
    }

    /// What has changed, as the rest of a sentence about the item.
    pub fn words(&self) -> String {
        match self {
            Self::PipelineGone => "the pipeline is gone".into(),
            Self::PipelineAdded => "the pipeline is new".into(),
            Self::DefaultPipeline { was, now } => {
                format!("the default pipeline was {} and is {}", or_none(was), or_none(now))
            }
            Self::TableGone { .. } => "the table is gone".into(),
            Self::TableRenamed { was } => format!("the table was called `{was}`"),
            Self::TableMoved { was } => format!("the table belonged to the pipeline `{was}`"),
            Self::TableAdded { .. } => "the table is new".into(),
            Self::ColumnGone { .. } => "the column is gone".into(),
            Self::ColumnRenamed { was } => format!("the column was called `{was}`"),
            Self::ColumnAdded { .. } => "the column is new".into(),
            Self::ColumnsMoved { was, now } => {
                format!("the column moved from position {was} to {now} (columns that are gone do not count)")
            }
            Self::TypeWider { was, now } => {
                format!("the type was {was} and is {now}, which holds all earlier values")
            }
            Self::TypeNarrower { was, now } => {
                format!("the type was {was} and is {now}, which does not hold all earlier values")
            }
            Self::TypeOther { was, now } => format!("the type was {was} and is {now}"),
            Self::NowRequired => "the column might be empty, and now needs a value in every row".into(),
            Self::NowOptional => "the column had a value in every row, and may now be empty".into(),
            Self::Expects => "other values are expected".into(),
            Self::From { was, now, .. } if was == now => {
                format!("the value is computed in another way: still {now}, but with other details")
            }
            Self::From { was, now, .. } => format!("the value was {was} and is {now}"),
            Self::Writer { was, now } => format!("the rows were {was} and are {now}"),
            Self::Rows { .. } => "the table holds other rows".into(),
            Self::Key { was, now } => format!("the key was {} and is {}", listed(was), listed(now)),
            Self::KeyOrder => "the columns of the key have another order".into(),
            Self::Indexes => "the table has other indexes".into(),
            Self::Partition { was, now } => format!("the partition was {was} and is {now}"),
            Self::HiveFormat { was, now } => format!("the files were {was} and are {now}"),
            Self::HiveLocation { was, now } => format!("the location was `{was}` and is `{now}`"),
            Self::Description => "the description has changed".into(),
            Self::Field(field) => field.words(),
            Self::ResultsPath { was, now } => format!("the path of the results was `{was}` and is `{now}`"),
            Self::FeedbackFields { was, now } => {
                format!("the feedback fields were {} and are {}", listed(was), listed(now))
            }
            Self::FeedbackAppended => "the feedback field is new, after all others".into(),
            Self::FeedbackValue => "the feedback field holds another value".into(),
            Self::RoleGone { was } => format!("the role was {was}, and nothing has it now"),
            Self::RoleAdded { now } => format!("nothing had the role, and now it is {now}"),
            Self::RoleMoved { was, now } => format!("the role was {was} and is {now}"),
            Self::Ranking(RankingChange::Gone) => "the ranking is gone".into(),
            Self::Ranking(RankingChange::Added) => "the ranking is new".into(),
            Self::Ranking(RankingChange::Computed) => "the ranking is computed in another way".into(),
            Self::Ranking(RankingChange::Words) => "the reasons of the ranking have other words".into(),
            Self::StoryFileGone => "the file of the storyboard is gone".into(),
            Self::StoryFileAdded => "the file of the storyboard is new".into(),
            Self::StoryFileChanged => "the file of the storyboard has another content".into(),
            Self::SourceGone => "the raw format is gone".into(),
            Self::SourceAdded => "the raw format is new".into(),
            Self::SourceNarrower { parts } => {
                format!("files that were read may not be read any more, because of `{}`", parts.join("`, `"))
            }
            Self::SourceWider => "the raw format has more fields or spellings".into(),
            Self::SourceReads { columns } => {
                format!("the values of {} are read in another way", listed(columns))
            }
            Self::SourceRecords => "other records become rows".into(),
            Self::OptionGone => "the option or one of its values is gone".into(),
            Self::OptionAdded => "the option has more values".into(),
        }
    }
}

impl FieldChange {
    fn severity(&self) -> Severity {
        match self {
            Self::Gone | Self::Moved { .. } | Self::Added | Self::Required => Severity::Breaking,
            Self::AddedOptional | Self::Optional => Severity::Additive,
            Self::Renamed { .. } => Severity::Cosmetic,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Gone => "the field is gone".into(),
            Self::Moved { was, now, more } => {
                let others = match more {
                    0 => String::new(),
                    1 => "; one more field moved".into(),
                    more => format!("; {more} more fields moved"),
                };
                format!("the field had the index {was} and has the index {now}{others}")
            }
            Self::Renamed { was } => format!("the field was called `{was}`"),
            Self::Added => "the field is new, and every record must have it".into(),
            Self::AddedOptional => "the field is new, and records may lack it".into(),
            Self::Required => "records might lack the field, and now must have it".into(),
            Self::Optional => "every record had the field, and now records may lack it".into(),
        }
    }
}

fn or_none(name: &Option<String>) -> String {
    name.as_ref().map_or_else(|| "none".to_owned(), |name| format!("`{name}`"))
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".into() } else { format!("`{}`", names.join("`, `")) }
}
