//! The records that the program keeps in its own tables, in the same database as the rows: the history of commands, and the
//! files that raw rows came from. Also the comparison of a database's tables with the schema.
//!
//! This crate must not know what a command does. It records what the command reports, within the transaction of the
//! command, and it neither reads nor changes rows of a pipeline; it asks only for the number of the last raw row.

pub mod history;
pub mod rows;
pub mod schemas;
pub mod structure;
