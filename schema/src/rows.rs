//! The kinds of rows of the model. Each is described here once: the table that its expressions refer to, the
//! expressions that its columns may have, what writes it, whose date it is stored by, and what makes a row unique.

use crate::document::ValueDoc;
use crate::expression::Expr;
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
    Select(Select),
    /// Scores of analysts.
    Judged(Judged),
    /// Comments of analysts about addresses.
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
}

/// A condition on the values of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Two values, compared.
    Compared(Comparison, Expr, Expr),
    /// A value that is one of a list.
    OneOf(Expr, Vec<ValueDoc>),
}

impl Condition {
    /// The expressions in the condition.
    pub fn values(&self) -> Vec<&Expr> {
        match self {
            Self::Compared(_, one, other) => vec![one, other],
            Self::OneOf(of, _) => vec![of],
        }
    }
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// They are equal.
    Equal,
    /// They are not equal.
    NotEqual,
    /// The first is less.
    Less,
    /// The first is less or equal.
    AtMost,
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
    /// Rows of the day with the address of a comment in one of these columns, stored with the comment.
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
}

/// Addresses with several peers among the scored rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hubs {
    /// The two ends of a row.
    pub between: [Pair; 2],
    /// The least number of distinct peers.
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
const IN_ROWS: [Form; 11] = [
    Form::Time,
    Form::Part,
    Form::Truncate,
    Form::Add,
    Form::Concat,
    Form::Lower,
    Form::Length,
    Form::Map,
    Form::Hash,
    Form::RegisteredDomain,
    Form::Value,
];

/// The forms that every database computes, with the same result. `lower` and `length` differ for letters beyond ASCII.
const IN_SQL: [Form; 7] =
    [Form::Time, Form::Part, Form::Truncate, Form::Add, Form::Concat, Form::Map, Form::Value];

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
            Code, Count, Geo, Hub, Iana, Input, Network, Note, Rank, Reputation, Severity, Subject, Time,
            Title, Total, Truncate, When, Who,
        };
        match self {
            Self::Ingest => [&[Input][..], &IN_ROWS, &[Iana]].concat(),
            Self::Results => [&[Rank][..], &IN_ROWS, &[Network, Geo, Reputation, Iana, Code]].concat(),
            Self::Select(select) => match select.which {
                Which::Day | Which::Results(_) => [&IN_SQL[..], &AGGREGATES].concat(),
                Which::Rollup => vec![Time, Truncate, Count, Total],
                Which::Hubs(_) => [&[Hub][..], &IN_SQL, &AGGREGATES].concat(),
                Which::Subjects(_) => [&[Subject][..], &IN_SQL, &AGGREGATES].concat(),
            },
            Self::Judged(_) => vec![Severity, Note, When, Who],
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
