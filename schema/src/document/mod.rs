//! The JSON kinds as written: what a maintainer may say, before anything is checked.
//!
//! These types are the only definition of the language. The JSON Schemas that editors read and the
//! structural check are both generated from them, so the doc comments here are what an editor shows.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

mod config;
mod source;
mod table;

pub use config::{ConfigDoc, RankDoc};
pub use source::{BinaryDoc, ReadDoc, ReadingDoc, SourceDoc, TrailerDoc, ValueDoc};
pub use table::{
    ChordsDoc, ColumnDoc, CountsDoc, DetailsDoc, FormatDoc, FromDoc, HiveDoc, JudgedDoc, OriginDoc,
    PartitionDateDoc, PartitionDoc, RollupDoc, RowsDoc, TableDoc, TimelineDoc,
};

/// A kind of JSON document.
pub trait Document: JsonSchema + DeserializeOwned {
    /// What messages call it: `table`.
    const KIND: &'static str;
    /// Top-level keys that are written with the pipeline's name and `_` before them.
    const PREFIXED: &'static [&'static str] = &[];
}
