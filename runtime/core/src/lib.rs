//! The types that generated code, engines and the executor share: cells, rows, the parser of records, the answers of
//! context sources, and the registry of compiled pipelines.
//!
//! No engine, no SQL text, no C code and no name of a pipeline, table or column may enter this crate: the golden tests
//! and compile-fail tests link only this crate.

pub mod address;
pub mod batch;
pub mod bits;
pub mod cell;
pub mod compute;
pub mod context;
pub mod corrected;
mod exit;
pub mod failpoints;
pub mod iana;
mod inputs;
mod masked;
pub mod pipeline;
mod quoted;
pub mod record;
pub mod row;
pub mod subnet;
pub mod table;
pub mod time;
pub mod value;

/// The query builder that the generated identifiers belong to.
pub use sea_query;

pub use batch::Batch;
pub use cell::{Cell, Text};
pub use context::{
    Answers, Asked, Coded, ContextError, ContextSource, Contexts, Evidence, Geo, Named, Network, Observable,
    Reputation, Subject,
};
pub use corrected::Corrections;
pub use exit::Exit;
pub use inputs::{Columns, Inputs, Readings};
pub use jiff::civil::Date;
pub use masked::{decoded, is_secret, masked};
pub use pipeline::{Ingested, Pipeline, Results, Schema, Scoring};
pub use quoted::quoted;
pub use record::{CellFault, Cells};
pub use row::{FromResults, Row};
pub use subnet::Subnet;
pub use table::Table;
pub use time::{Moment, Zone};
pub use value::{shown, unquoted};
