//! What happens to data: engines, context sources, ingest, the run, and the ranking of a day.
//!
//! Nothing here names a pipeline, a table or a column. The executor is driven by the checked model, which
//! it reads back from the text that the program was built with, and by the compiled rows of the registry.

pub mod consent;
pub mod copy;
pub mod deployment;
pub mod derive;
pub mod doctor;
mod effect;
pub mod elsewhere;
pub mod engines;
pub mod error;
pub mod feedback;
pub mod history;
pub mod ingest;
mod ledger;
pub mod metrics;
mod named_tables;
pub mod notebooks;
pub mod provenance;
pub mod purge;
pub mod query;
pub mod ranking;
pub mod reset;
pub mod results;
pub mod run;
pub mod sample_home;
mod scores_file;
pub mod scoring;
pub mod site;
mod storable;
pub mod storyboard;
pub mod structure;
// Public for the fuzz targets, which live in a workspace of their own; no part of what the crate offers.
#[doc(hidden)]
pub mod trial;

pub use deployment::{Deployment, Settings};
pub use effect::Effect;
pub use engines::shown;
pub use error::Error;
pub use flow_oa_core::masked;
pub use flow_oa_engine::Engine;
pub use flow_oa_files::atomic::Foreign;
pub use flow_oa_remote::{Location, Remote};
