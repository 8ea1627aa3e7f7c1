//! The commands for a day: ingest its raw rows, rank them, run the day, copy it to another database, purge it.

pub mod copy;
pub mod derive;
mod expect;
pub mod ingest;
pub mod judged;
pub mod metrics;
mod named_tables;
pub mod purge;
pub mod ranking;
pub mod results;
pub mod run;
pub mod sample_home;
mod scores_file;
pub mod site_context;
pub mod subject;
