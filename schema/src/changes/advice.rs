//! Whom each kind of change affects, and what to do about it.

use super::what::{FieldChange, Fill, RankingChange, What};

impl Fill {
    fn remedy(self) -> Option<&'static str> {
        Some(match self {
            Self::Run => "run the stored days again: `flow-oa run --from-date DATE --to-date DATE --force`",
            Self::Init => "`flow-oa init --compare-rollups` fills the days from the raw rows",
            Self::Ingest => "ingest the raw files again with `--replace`, if they are kept",
            Self::Nothing => return None,
        })
    }

    /// What makes the thing and, after `joined`, what fills it.
    fn remedy_after(self, made: &str, joined: &str) -> Option<String> {
        Some(self.remedy().map_or_else(|| made.to_owned(), |fill| format!("{made}; {joined} {fill}")))
    }
}

impl What {
    /// Who is affected, and by what.
    pub fn affects(&self) -> &'static str {
        match self {
            Self::PipelineGone => {
                "operators, whose commands with this `-t` fail; analysts, whose tables are not filled any more"
            }
            Self::PipelineAdded => "no user, until an operator runs it",
            Self::DefaultPipeline { .. } => {
                "operators and analysts, whose commands without `-t` now work on another pipeline, or on none"
            }
            Self::TableGone { .. } | Self::TableRenamed { .. } => {
                "analysts, whose queries and notebooks with this name fail; readers of its files in the Hive family"
            }
            Self::TableMoved { .. } => {
                "operators, whose `run` of the other pipeline does not fill it any more"
            }
            Self::TableAdded { fill: Fill::Nothing } => "no user: it has no earlier rows",
            Self::TableAdded { .. } => {
                "analysts, who find no rows of earlier days until a migration fills it"
            }
            Self::ColumnGone { .. } | Self::ColumnRenamed { .. } => {
                "analysts, whose queries and notebooks with this name fail; readers of the table's files by position"
            }
            Self::ColumnAdded { fill: Fill::Nothing } => "no user: stored rows cannot have a value",
            Self::ColumnAdded { .. } => {
                "analysts, who find no value in stored rows until a migration fills it"
            }
            Self::ColumnsMoved { .. } => {
                "the Hive family, which finds columns of stored Parquet and text files by position; readers of the \
                 scores file, which do the same; queries with `SELECT *`"
            }
            Self::TypeWider { was, now } if was.storage() != now.storage() => {
                "the Hive family, where the table is copied, since stored files keep the narrower type; PostgreSQL changes \
                 the column, and SQLite stores both alike"
            }
            Self::TypeWider { was, now } if was.range == now.range => "no user: both are stored alike",
            Self::TypeWider { .. } => {
                "SQLite and PostgreSQL, whose constraints refuse the additional values as yet"
            }
            Self::TypeNarrower { .. } => {
                "operators: values that were valid are refused, and a migration is possible only if all stored values fit"
            }
            Self::TypeOther { .. } => {
                "analysts, whose comparisons with the column may fail; operators: a migration writes the rows again, and is \
                 possible only if all stored values can be converted"
            }
            Self::NowRequired => {
                "operators: SQLite and PostgreSQL refuse the constraint if a stored row has no value"
            }
            Self::NowOptional => "analysts, whose queries may find NULL in new rows",
            Self::Expects => "operators: an ingest or a run may warn or stop where it did not, or no longer",
            Self::From { .. } => "analysts: stored rows hold the earlier meaning, and new rows the new one",
            Self::Writer { .. } => {
                "all users: another command writes the table, and its stored rows are of another kind"
            }
            Self::Rows { .. } => "analysts: stored days hold the earlier selection, and new days the new one",
            Self::Key { .. } => {
                "operators: SQLite and PostgreSQL refuse rows that repeat the key, also stored ones; analysts' rows \
                 with the same key replace each other"
            }
            Self::KeyOrder | Self::Indexes => "no user: queries may be slower or faster",
            Self::Partition { .. } => {
                "operators: until a migration writes the rows again, no run finds or replaces them"
            }
            Self::HiveFormat { .. } => {
                "the Hive family, where a migration copies the table into the new format"
            }
            Self::HiveLocation { .. } => {
                "the Hive family: a migration stores new partitions in the new folder, and the stored ones stay where they are"
            }
            Self::Description => {
                "no user: the documentation and, except in SQLite, the comments of databases follow"
            }
            Self::Field(FieldChange::Renamed { .. }) => "no user: fields are found by position",
            Self::Field(FieldChange::AddedOptional | FieldChange::Optional) => {
                "no user: existing files stay valid"
            }
            Self::Field(_) => {
                "spot-ml and whatever else writes results: files with the earlier fields are refused or misread"
            }
            Self::ResultsPath { .. } => {
                "operators: results of earlier days, and of what still writes to the earlier path, are not found"
            }
            Self::FeedbackFields { .. } | Self::FeedbackValue => {
                "spot-ml, which reads the feedback file by position"
            }
            Self::FeedbackAppended => "no user, if spot-ml ignores further fields",
            Self::RoleGone { .. } => "analysts and operators, whose commands that need the role fail",
            Self::RoleAdded { .. } => "no user: commands that need the role work now",
            Self::RoleMoved { .. } => "analysts: queries, rankings and charts now read another value",
            Self::Ranking(RankingChange::Gone) => "operators, whose `flow-oa rank` and `run --rank` fail",
            Self::Ranking(RankingChange::Added) => "no user, until an operator ranks a day",
            Self::Ranking(RankingChange::Computed) => {
                "analysts: lists of earlier days have the earlier order"
            }
            Self::Ranking(RankingChange::Words) => "analysts: stored reasons have the earlier words",
            Self::StoryFileGone => "readers of storyboards, which do not find the file any more",
            Self::StoryFileAdded => "no user: new comments get one file more",
            Self::StoryFileChanged => {
                "readers of storyboards: files of earlier comments have the earlier content"
            }
            Self::SourceGone => "operators, whose files of this format are not recognized any more",
            Self::SourceAdded | Self::SourceWider => "no user: files that were read are read as before",
            Self::SourceNarrower { .. } => "operators, whose files may be refused or divided in another way",
            Self::SourceReads { .. } | Self::SourceRecords => {
                "analysts: raw rows that are stored were read in the earlier way"
            }
            Self::OptionGone => "operators, whose `--option` or setting is refused",
            Self::OptionAdded => "no user, until an operator chooses a new value",
        }
    }

    /// What to do; for a change that is refused, how to declare or avoid it. `None` if nothing needs to be done.
    pub fn remedy(&self) -> Option<String> {
        let fixed = match self {
            Self::DefaultPipeline { was: Some(was), .. } => {
                return Some(format!(
                    "write \"default\": true in the configuration of `{was}` again, or name a pipeline with `-t`"
                ));
            }
            Self::TableGone { like: Some(like) } => {
                return Some(format!(
                    "if the table `{like}` is this one, write \"was\" there; else {DROP_TABLE}"
                ));
            }
            Self::ColumnGone { like: Some(like) } => {
                return Some(format!(
                    "if the column `{like}` is this one, write \"was\" there; else {DROP_COLUMN}"
                ));
            }
            Self::TableAdded { fill: Fill::Run | Fill::Init } => {
                "`flow-oa migrate` creates the table and fills it for the days whose raw rows are stored"
            }
            Self::TableAdded { fill } => {
                return fill.remedy_after("`flow-oa migrate` creates the table", "then");
            }
            Self::ColumnAdded { fill } => {
                return fill.remedy_after(
                    "`flow-oa migrate` adds the column, and fills it if its values can be computed from what is stored",
                    "else",
                );
            }
            Self::From { fill, .. } | Self::Rows { fill } => {
                fill.remedy().unwrap_or("nothing computes them again: what analysts wrote stays as it is")
            }
            Self::Field(field) => return field.remedy().map(str::to_owned),
            Self::DefaultPipeline { was: None, .. } => "name a pipeline with `-t` in every command",
            Self::PipelineGone => {
                "list its tables under \"dropped\" in the configuration of another pipeline"
            }
            Self::PipelineAdded => "`flow-oa init` creates its tables",
            Self::TableGone { like: None } => DROP_TABLE,
            Self::ColumnGone { like: None } => DROP_COLUMN,
            Self::TableRenamed { .. } | Self::ColumnRenamed { .. } => {
                "write the name as before, also its upper and lower case"
            }
            Self::TableMoved { .. } => "leave the table in its pipeline, or give it a new name",
            Self::ColumnsMoved { .. } => "leave columns in their order, and add new ones at the end",
            Self::TypeWider { was, now } if was.storage() != now.storage() => {
                "`flow-oa migrate` changes the column"
            }
            Self::TypeWider { was, now } if was.range == now.range => return None,
            Self::TypeWider { .. } => "`flow-oa migrate` replaces the constraint",
            Self::TypeNarrower { .. } | Self::TypeOther { .. } | Self::NowRequired => {
                "plan it on each database with `flow-oa migrate --schema DIR`, which counts the values that do not fit; or \
                 give the new column another name, and list this one under \"dropped\""
            }
            Self::NowOptional => "queries may need `IS NULL`",
            Self::Expects => "try it on a stored day: `flow-oa run --dry-run -d DATE`",
            Self::HiveLocation { .. } => "tell who reads the files, and then `flow-oa migrate`",
            Self::Writer { .. } => {
                "make it a table with another name, and list this one under \"dropped\" in the configuration"
            }
            Self::Key { .. } | Self::Partition { .. } | Self::HiveFormat { .. } => {
                "plan it on each database with `flow-oa migrate --schema DIR`, which names what stands against it; or make it \
                 a table with another name, and list this one under \"dropped\" in the configuration"
            }
            Self::KeyOrder | Self::Indexes => "`flow-oa migrate` replaces the index",
            Self::ResultsPath { .. } => "move the results of earlier days, and tell what writes them",
            Self::FeedbackFields { .. } | Self::FeedbackValue => {
                "leave the fields as they are, and add new ones at the end"
            }
            Self::RoleGone { .. } | Self::RoleMoved { .. } => "give the role back to what had it",
            Self::Ranking(RankingChange::Gone) => "keep the ranking",
            Self::Ranking(RankingChange::Computed) => {
                "rank and run the stored days again: `flow-oa run --rank --from-date DATE --to-date DATE --force`"
            }
            Self::StoryFileGone => "keep the file",
            Self::StoryFileChanged => "write the comments again, if their files matter",
            Self::SourceGone => "keep the format until no such file comes any more",
            Self::SourceNarrower { .. } => "add a second format beside this one",
            Self::SourceReads { .. } | Self::SourceRecords => {
                return Fill::Ingest.remedy().map(str::to_owned);
            }
            Self::OptionGone => "keep the option and its values",
            Self::Description | Self::FeedbackAppended | Self::RoleAdded { .. } => return None,
            Self::Ranking(RankingChange::Added | RankingChange::Words) => return None,
            Self::StoryFileAdded | Self::SourceAdded | Self::SourceWider | Self::OptionAdded => return None,
        };
        Some(fixed.to_owned())
    }

    /// What is done about a change that `was` or `dropped` declares.
    pub(super) fn remedy_if_named(&self) -> Option<String> {
        let renamed = matches!(self, Self::TableRenamed { .. } | Self::ColumnRenamed { .. });
        let dropped = matches!(self, Self::PipelineGone | Self::TableGone { .. } | Self::ColumnGone { .. });
        match (renamed, dropped) {
            (true, _) => Some("`flow-oa migrate` renames it; tell those who are affected".to_owned()),
            (false, true) => Some("`flow-oa migrate` drops it; tell those who are affected".to_owned()),
            (false, false) => self.remedy(),
        }
    }

    /// What is done about a change that is declared with a reason.
    pub(super) fn remedy_if_meant(&self) -> &'static str {
        let of_storage = matches!(self, Self::HiveFormat { .. } | Self::HiveLocation { .. });
        let of_rows = matches!(self, Self::Key { .. } | Self::Partition { .. } | Self::NowRequired);
        let of_type = matches!(self, Self::TypeNarrower { .. } | Self::TypeOther { .. });
        let gone = matches!(self, Self::PipelineGone | Self::TableGone { .. } | Self::ColumnGone { .. });
        match (of_storage || of_rows || of_type, gone) {
            (true, _) => {
                "tell those who are affected; plan it on each database with `flow-oa migrate --schema DIR`, which names what \
                 stands against it"
            }
            (false, true) => {
                "tell those who are affected; the stored values stay, and nothing fills it any more"
            }
            (false, false) => "tell those who are affected",
        }
    }
}

impl FieldChange {
    fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Gone => Some("keep the field, also if no column takes it"),
            Self::Moved { .. } => Some("leave the fields in their order, and add new ones at the end"),
            Self::Added | Self::Required => {
                Some("let records lack it: {\"field\": NAME, \"optional\": true}")
            }
            Self::Renamed { .. } | Self::AddedOptional | Self::Optional => None,
        }
    }
}

const DROP_TABLE: &str = "list the name under \"dropped\" in the configuration of the pipeline";
const DROP_COLUMN: &str = "list the name under \"dropped\" in the table's file";
