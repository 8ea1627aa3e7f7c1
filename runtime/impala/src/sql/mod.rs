//! What the Hive family needs beyond a connection: statements as text, since HiveServer2 binds no values, and rows as
//! Parquet files, by which they are loaded in bulk.
//!
//! Everything here is a pure function of what it is given. It knows no server, no engine and no pipeline; what is the
//! same text for everybody, such as DDL, is in `flow_oa_schema::dialect::impala`.

pub mod answers;
mod builder;
mod fit;
pub mod insert;
pub mod literal;
pub mod log;
#[cfg(feature = "parquet")]
pub mod parquet;
mod render;
pub mod script;
pub mod statements;

pub use builder::ImpalaQueryBuilder;
pub use fit::{Fitted, Misfit, fit};
pub use render::{RenderError, created, dropped, select};

/// Name and type of a column, as the family has it.
pub type Column<'a> = (&'a str, flow_oa_schema::dialect::impala::HiveType);
