//! The program's own tables (the history of commands, the list of ingests), and the comparison of a database's tables
//! with the schema.

pub mod history;
pub(crate) mod named_tables;
pub mod rows;
pub mod structure;
