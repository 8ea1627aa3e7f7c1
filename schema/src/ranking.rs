//! The ranking of the model: what makes rows of the raw table a group, what a row says, and how the list is spread.

use std::collections::BTreeMap;

use crate::expression::{Condition, Expr};
use crate::id::ColumnId;

/// How the raw rows of a day are ranked.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// The keys of a group.
    pub keys: Vec<RankedKey>,
    /// The conditions by which a row is a reply; none if no row is one.
    pub reply: Vec<Condition>,
    /// What a row says.
    pub values: Vec<RankedValue>,
    /// The keys, by position, whose groups are one story.
    pub spreads: Vec<Vec<usize>>,
    /// The thousandths of a bit that a row costs for each doubling of its place.
    pub weight: u32,
    /// The columns that sort rows that are equally suspicious.
    pub ties: Vec<ColumnId>,
    /// What each field of the results file receives, in order.
    pub fields: Vec<Written>,
    /// The conditions by which a row is a failure; none if that is unknown.
    pub failed: Vec<Condition>,
    /// How the direction is counted, if a site may do that.
    pub direction: Option<Direction>,
    /// How a reply is recognized by counts, if a site may say so.
    pub popular: Option<Popular>,
}

/// What a field of the results file receives.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// The score.
    Score,
    /// The reasons for the place of the row.
    Why,
    /// A value of the row.
    Value(Expr),
}

impl Written {
    /// The value of the row, if it is one.
    pub fn value(&self) -> Option<&Expr> {
        match self {
            Self::Value(from) => Some(from),
            Self::Score | Self::Why => None,
        }
    }
}

/// Between which parts of the network a row is.
#[derive(Debug, Clone, PartialEq)]
pub struct Direction {
    /// The key, by position, with the address that asks.
    pub from: usize,
    /// The key, by position, with the address that answers.
    pub to: usize,
    /// In which words it is a reason.
    pub why: Reason,
}

/// In which words a value is a reason for the place of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The text, with `{value}` and `{n}`.
    pub text: String,
    /// What is shown as the value; `None` for the value itself.
    pub of: Option<Expr>,
    /// Words for what is shown.
    pub words: BTreeMap<String, String>,
}

/// A key of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedKey {
    /// The name.
    pub name: String,
    /// The value.
    pub from: Expr,
    /// The value in a reply.
    pub reply: Expr,
}

/// A value that a row says.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedValue {
    /// The name.
    pub name: String,
    /// The value.
    pub of: Said,
    /// The key, by position, of which each counts the value once; `None` if every row counts.
    pub once_per: Option<usize>,
    /// The context.
    pub within: Vec<Expr>,
    /// In which words it is a reason.
    pub why: Reason,
}

/// Where a value that a row says comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// A key of the group, by position.
    Key(usize),
    /// Columns of the row.
    Row(Expr),
}

/// How a reply is recognized by counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Popular {
    /// The key, by position.
    pub key: usize,
    /// The conditions that a reply meets besides.
    pub conditions: Vec<Condition>,
}

impl Ranking {
    /// The expressions that counting needs, all over columns of the raw table.
    pub fn counted(&self) -> Vec<&Expr> {
        let own = self.values.iter().filter_map(|value| match &value.of {
            Said::Key(_) => None,
            Said::Row(from) => Some(from),
        });
        let within = self.values.iter().flat_map(|value| &value.within);
        self.of_keys().into_iter().chain(own).chain(within).collect()
    }

    /// The expressions that the keys of a group need.
    pub fn of_keys(&self) -> Vec<&Expr> {
        let keys = self.keys.iter().flat_map(|key| [&key.from, &key.reply]);
        let popular = self.popular.iter().flat_map(|popular| &popular.conditions);
        let met = self.reply.iter().chain(popular).flat_map(Condition::values);
        keys.chain(met).collect()
    }
}
