//! The JSON documents as they are written, before the check.
//!
//! These types are the only definition of the language. The JSON Schemas for editors and the structural check are both
//! generated from them, so editors show the doc comments of this module.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

mod config;
mod expect;
mod expression;
mod ranking;
mod rows;
mod source;
mod table;

pub use config::{ConfigDoc, RolesDoc, StoryFileDoc};
pub use expect::{ExpectDoc, ExpectationDoc, OtherwiseDoc};
pub use expression::{ConditionDoc, ExprDoc, FieldDoc, FormDoc};
pub use ranking::{DirectionDoc, PopularDoc, RankedKeyDoc, RankedValueDoc, RankingDoc, ReasonDoc};
pub use rows::{
    HubsDoc, JudgedDoc, KeptDoc, MatchDoc, MatchingDoc, RowsDoc, SelectDoc, SortedDoc, WithinDoc,
};
pub use source::{
    BinaryDoc, CommentsDoc, DelimitedDoc, DelimiterDoc, EpochUnit, FlagsDoc, JsonDoc, OnlyDoc, ReadDoc,
    ReadingDoc, SourceDoc, TextDoc, TrailerDoc, TupleDoc, ValueDoc,
};
pub use table::{
    BreaksDoc, ColumnDoc, FormatDoc, HiveDoc, NamesDoc, PartitionDateDoc, PartitionDoc, TableDoc,
};

/// A kind of JSON document.
pub trait Document: JsonSchema + DeserializeOwned {
    /// The name of the kind in messages: `table`.
    const KIND: &'static str;
    /// Whether the file may have comments.
    const ALLOWS_COMMENTS: bool = false;
    /// Top-level keys that are prefixed with the name of the pipeline and `_`.
    const PREFIXED: &'static [&'static str] = &[];
}
