//! Kinds of rows as they are written: which rows a table has.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ConditionDoc, ExprDoc};

/// Which rows a table has, and what writes them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RowsDoc {
    /// Raw rows, one per record of a raw file, read with the formats in `sources/`.
    Ingest {},
    /// Scored rows: the first rows of the results file of the day, up to the limit, in the order of the file.
    Results {},
    /// Rows computed from the rows of another table. If a column is an aggregate (`count`, `total`, …), rows are grouped
    /// by the other columns.
    Select(Box<SelectDoc>),
    /// Scores of analysts: one row per scored row that an analyst judged. Plain names are columns of the table of
    /// scores; the plain names in the key identify a scored row. A run never changes these rows.
    Judged(JudgedDoc),
    /// Comments of analysts: one row per subject and day. A run never changes these rows.
    Comments {},
}

impl RowsDoc {
    /// Whether analysts write the rows.
    pub(crate) fn are_analysts(&self) -> bool {
        match self {
            Self::Judged(_) | Self::Comments {} => true,
            Self::Select(select) => matches!(select.matching, Some(MatchingDoc::Subjects(_))),
            Self::Ingest {} | Self::Results {} => false,
        }
    }
}

/// Rows computed from the rows of another table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SelectDoc {
    /// The table that rows are selected from. Its rows are `ingest`.
    pub from: String,
    /// The rows that are selected. Default: all rows of the day.
    pub matching: Option<MatchingDoc>,
    /// Conditions that all selected rows meet. Default: none.
    #[serde(default, rename = "where")]
    pub conditions: Vec<ConditionDoc>,
    /// Whether rows that are equal in every column become one row. Default: no.
    #[serde(default)]
    pub distinct: bool,
    /// The columns of this table by which rows are sorted, if only the first ones are kept. Rows that are equal in them
    /// are sorted by the other columns from left to right.
    #[serde(default)]
    pub order: Vec<SortedDoc>,
    /// The number of rows that are kept: the first ones in `order`. Default: all.
    pub limit: Option<u32>,
    /// When the rows are computed and stored. Default: by the run.
    #[serde(default)]
    pub kept_by: KeptDoc,
}

/// A column by which rows are sorted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SortedDoc {
    /// The smallest value comes first.
    Ascending(String),
    /// Another order.
    Other(SortedOtherDoc),
}

/// A column by which rows are sorted in another order.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum SortedOtherDoc {
    /// The largest value comes first.
    Descending(String),
}

impl SortedDoc {
    /// The name of the column, and whether the largest value comes first.
    pub(crate) fn parts(&self) -> (&str, bool) {
        match self {
            Self::Ascending(name) => (name, false),
            Self::Other(SortedOtherDoc::Descending(name)) => (name, true),
        }
    }
}

/// When selected rows are computed and stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeptDoc {
    /// By each run, for its day.
    #[default]
    Run,
    /// By each ingest, which updates counts and totals, so that a run need not read all raw rows (a rollup). One row per
    /// day and combination of the other columns. Only SQLite and PostgreSQL have these tables.
    Ingest,
}

/// The rows that are selected. Each pair is a column of the table of scores, then the column with the same meaning in
/// the table that rows are selected from.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MatchingDoc {
    /// Rows that match at least one scored row of the run. Each appears once.
    Results(MatchDoc),
    /// Rows of the day between an address that has several peers among the scored rows of the run, and one of these
    /// peers.
    Hubs(HubsDoc),
    /// Rows of the day with the subject of a comment in one of these columns: an address in a column of type `address`,
    /// any text in a column of type `string`. The comment writes the rows, and a run never changes them.
    Subjects(Vec<String>),
}

/// How a row matches a scored row: in all of these ways.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchDoc {
    /// Pairs of columns that are equal.
    #[serde(default)]
    pub equal: Vec<[String; 2]>,
    /// Two pairs of columns that are equal as they are, or with the two columns of the scored row swapped.
    pub either_way: Option<[[String; 2]; 2]>,
    /// The two times that are in the same minute, hour or day: that of the scored row, and that of the row that is
    /// selected. Default: rows of the day of the run.
    pub within: Option<WithinDoc>,
    /// The maximum number of rows with the same values in all of these ways: the first by the time of `within`, then by
    /// the columns from left to right. Default: all.
    pub at_most: Option<u32>,
}

/// Two times that are in the same unit of time: each a column of type `time`, or the `time` of other columns.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum WithinDoc {
    /// In the same minute.
    Minute([ExprDoc; 2]),
    /// In the same hour.
    Hour([ExprDoc; 2]),
    /// On the same day.
    Day([ExprDoc; 2]),
}

/// Addresses with several peers.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HubsDoc {
    /// The two ends of a row.
    pub between: [[String; 2]; 2],
    /// The minimum number of distinct peers that make an address a hub; the address itself does not count. Default: 2.
    pub peers: Option<u32>,
}

/// The rows that analysts judge.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgedDoc {
    /// The table of scores.
    pub of: String,
}
