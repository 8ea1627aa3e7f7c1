//! What generated code, engines and the executor share: cells, rows, the reading of one record, the
//! answers of context sources, and the registry of compiled pipelines.
//!
//! No engine, no SQL text, no C code and no name of a pipeline, table or column may enter this crate:
//! goldens and compile-fail tests link it alone.

pub mod address;
pub mod batch;
pub mod cell;
pub mod context;
pub mod corrected;
pub mod engine;
pub mod failpoints;
pub mod iana;
pub mod pipeline;
mod quoted;
pub mod record;
pub mod row;
mod shown;
pub mod table;
pub mod time;

/// The builder of statements that generated identifiers belong to.
pub use sea_query;

pub use batch::Batch;
pub use cell::{Cell, Text};
pub use context::{
    Answers, Asked, Coded, ContextError, ContextSource, Contexts, Evidence, Geo, Network, Reputation, Subject,
};
pub use corrected::Corrections;
pub use engine::{Engine, EngineError};
pub use jiff::civil::Date;
pub use pipeline::{Pipeline, Results, Schema, Scoring, Source};
pub use quoted::quoted;
pub use record::{CellFault, Cells};
pub use row::{FromResults, Row};
pub use shown::{plainly, shown};
pub use table::Table;
pub use time::{Moment, Zone};
