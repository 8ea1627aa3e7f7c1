//! The kinds of rows of the model. Each is described here once: the table that its expressions refer to, the
//! expressions that its columns may have, what writes it, whose date it is stored by, and what makes a row unique.

use crate::expression::{Condition, Expr};
use crate::form::Form;
use crate::id::{ColumnId, TableId};
use crate::types::TimeUnit;

/// Which rows a table has.
#[derive(Debug, Clone, PartialEq)]
pub enum Rows {
    /// Records of raw files.
    Ingest,
    /// Rows of the results file.
    Results,
    /// Rows computed from the rows of another table.
    Select(Box<Select>),
    /// Scores of analysts.
    Judged(Judged),
    /// Comments of analysts about subjects.
    Comments,
    /// Rows of the program's own tables.
    Program,
}

/// Rows computed from the rows of another table.
#[derive(Debug, Clone, PartialEq)]
pub struct Select {
    /// The table that rows are selected from.
    pub from: TableId,
    /// Which rows are selected, and when they are stored.
    pub which: Which,
    /// Conditions that all selected rows meet.
    pub conditions: Vec<Condition>,
    /// Whether rows that are equal in every column become one row.
    pub distinct: bool,
    /// The columns by which rows are sorted; the others follow from left to right.
    pub order: Vec<Sorted>,
    /// The number of rows that are kept, the first ones; `None` for all.
    pub limit: Option<u64>,
}

/// A column by which rows are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sorted {
    /// The column, of the table itself.
    pub by: ColumnId,
    /// Whether the largest value comes first.
    pub descending: bool,
}

/// Which rows are selected, and when they are stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Which {
    /// All rows of the day, stored by the run.
    Day,
    /// All rows, added up and stored by ingest: a rollup.
    Rollup,
    /// Rows that match a scored row of the run, stored by the run.
    Results(Match),
    /// Rows of the day between a hub and one of its peers, stored by the run.
    Hubs(Hubs),
    /// Rows of the day with the subject of a comment in one of these columns, stored with the comment.
    Subjects(Vec<ColumnId>),
}

/// How a row matches a scored row: in all of these ways.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// Columns that are equal.
    pub equal: Vec<Pair>,
    /// Columns that are equal as they are, or with the scored columns swapped.
    pub either_way: Option<[Pair; 2]>,
    /// Times that are in the same unit of time.
    pub within: Option<Within>,
    /// The number of rows that are kept of those with the same values in all of these ways; `None` for all.
    pub at_most: Option<u64>,
}

/// Addresses with several peers among the scored rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hubs {
    /// The two ends of a row.
    pub between: [Pair; 2],
    /// The minimum number of distinct peers.
    pub peers: usize,
}

/// Two columns with the same meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The column of the table of scores.
    pub scored: ColumnId,
    /// The column of the table that rows are selected from.
    pub from: ColumnId,
}

/// Two times that are in the same unit of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Within {
    /// The unit.
    pub unit: TimeUnit,
    /// The time of the scored row.
    pub scored: Expr,
    /// The time of the row that is selected.
    pub from: Expr,
}

/// The rows that analysts judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// The table of scores.
    pub of: TableId,
}

/// What writes the rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// An ingest, which adds rows.
    Ingest,
    /// A run, which replaces its day.
    Run,
    /// Analysts. A run never changes these rows.
    Analyst,
    /// The program, for itself.
    Program,
}

/// Which columns make a row unique, and which key follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uniqueness {
    /// None: rows that are equal in every column are different rows, so there is no key.
    None,
    /// A key may exist, and then includes the day and the columns by which rows are grouped.
    Grouped,
    /// The key is the day and the columns by which rows are grouped.
    Exact,
    /// The key is the day and columns of the scored row.
    Judged,
}

/// What a plain name is in the expressions of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// A column of the table itself, within another expression only.
    Own,
    /// A field of the results file; within another expression, a column of the table itself.
    Fields,
    /// A column of the table that the rows are made of.
    Base,
    /// Nothing.
    None,
}

/// The forms that generated code computes, row by row.
const IN_ROWS: [Form; 16] = [
    Form::Time,
    Form::Part,
    Form::Truncate,
    Form::Add,
    Form::Concat,
    Form::Lower,
    Form::Length,
    Form::Map,
    Form::If,
    Form::Keep,
    Form::LastLabels,
    Form::BitLength,
    Form::Entropy,
    Form::Hash,
    Form::RegisteredDomain,
    Form::Value,
];

/// The forms that are looked up. For selected rows, the program joins the answers.
const LOOKED_UP: [Form; 5] = [Form::Network, Form::Geo, Form::Reputation, Form::Iana, Form::Code];

/// The forms that are computed from all rows of a group.
const AGGREGATES: [Form; 7] =
    [Form::Count, Form::CountDistinct, Form::Total, Form::Min, Form::Max, Form::First, Form::Last];

impl Rows {
    /// The name of the kind in the JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Results => "results",
            Self::Select(_) => "select",
            Self::Judged(_) => "judged",
            Self::Comments => "comments",
            Self::Program => "program",
        }
    }

    /// What plain names in the columns are.
    pub fn names(&self) -> Names {
        match self {
            Self::Ingest => Names::Own,
            Self::Results => Names::Fields,
            Self::Select(_) | Self::Judged(_) => Names::Base,
            Self::Comments | Self::Program => Names::None,
        }
    }

    /// The table whose columns the expressions refer to; `None` for the table itself.
    pub fn base(&self) -> Option<TableId> {
        match self {
            Self::Select(select) => Some(select.from),
            Self::Judged(judged) => Some(judged.of),
            Self::Ingest | Self::Results | Self::Comments | Self::Program => None,
        }
    }

    /// The forms that the columns may have besides plain names.
    pub fn forms(&self) -> Vec<Form> {
        use Form::{
            Count, Hub, Iana, Input, Note, Rank, Severity, Subject, Time, Title, Total, Truncate, When, Who,
        };
        match self {
            Self::Ingest => [&[Input][..], &IN_ROWS, &[Iana]].concat(),
            Self::Results => [&[Rank][..], &IN_ROWS, &LOOKED_UP].concat(),
            Self::Select(select) => match select.which {
                Which::Day | Which::Results(_) => [&IN_ROWS[..], &LOOKED_UP, &AGGREGATES].concat(),
                Which::Rollup => vec![Time, Truncate, Count, Total],
                Which::Hubs(_) => [&[Hub][..], &IN_ROWS, &LOOKED_UP, &AGGREGATES].concat(),
                Which::Subjects(_) => [&[Subject][..], &IN_ROWS, &LOOKED_UP, &AGGREGATES].concat(),
            },
            Self::Judged(_) => [&[Severity, Note, When, Who][..], &IN_ROWS].concat(),
            Self::Comments => vec![Subject, Title, Note, When, Who],
            Self::Program => Vec::new(),
        }
    }

    /// What writes the rows.
    pub fn writer(&self) -> Writer {
        match self {
            Self::Ingest => Writer::Ingest,
            Self::Results => Writer::Run,
            Self::Select(select) => match select.which {
                Which::Rollup => Writer::Ingest,
                Which::Day | Which::Results(_) | Which::Hubs(_) => Writer::Run,
                Which::Subjects(_) => Writer::Analyst,
            },
            Self::Judged(_) | Self::Comments => Writer::Analyst,
            Self::Program => Writer::Program,
        }
    }

    /// What makes a row unique. `is_grouped` tells whether rows are grouped or distinct.
    pub fn uniqueness(&self, is_grouped: bool) -> Uniqueness {
        match self {
            Self::Ingest => Uniqueness::None,
            Self::Results | Self::Program => Uniqueness::Grouped,
            Self::Select(select) => match select.which {
                Which::Rollup | Which::Subjects(_) => Uniqueness::Exact,
                Which::Day | Which::Results(_) | Which::Hubs(_) if is_grouped => Uniqueness::Grouped,
                Which::Day | Which::Results(_) | Which::Hubs(_) => Uniqueness::None,
            },
            Self::Judged(_) => Uniqueness::Judged,
            Self::Comments => Uniqueness::Exact,
        }
    }

    /// Whether the rows are records of raw files.
    pub fn are_raw(&self) -> bool {
        matches!(self, Self::Ingest)
    }

    /// Whether analysts write the rows, of any kind.
    pub fn are_analysts(&self) -> bool {
        self.writer() == Writer::Analyst
    }

    /// Whether single rows are added and replaced, so that an engine without updates keeps them in a log.
    pub fn are_single(&self) -> bool {
        matches!(self.writer(), Writer::Analyst | Writer::Program)
    }

    /// The selection, if the rows are selected from another table.
    pub fn select(&self) -> Option<&Select> {
        match self {
            Self::Select(select) => Some(select),
            Self::Ingest | Self::Results | Self::Judged(_) | Self::Comments | Self::Program => None,
        }
    }

    /// Whether ingest adds up the rows: a rollup.
    pub fn are_rollup(&self) -> bool {
        self.select().is_some_and(|select| select.which == Which::Rollup)
    }
}

impl Match {
    /// The pairs of columns that are equal, in one direction or the other.
    pub fn pairs(&self) -> impl Iterator<Item = Pair> {
        self.equal.iter().chain(self.either_way.iter().flatten()).copied()
    }
}
