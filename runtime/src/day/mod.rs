//! What happens to a day: its raw rows are ingested, ranked, run, copied to other databases and purged.

pub mod copy;
pub mod derive;
pub mod ingest;
pub mod metrics;
pub mod purge;
pub mod ranking;
pub mod results;
pub mod run;
pub mod sample_home;
mod scores_file;
