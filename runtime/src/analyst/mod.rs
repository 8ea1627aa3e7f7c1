//! What analysts ask of a day and write about it: queries, scores, storyboards, the feedback for spot-ml, and where
//! values come from.

pub mod consent;
pub mod feedback;
mod judged;
pub mod provenance;
pub mod query;
pub mod reset;
pub mod scoring;
mod storable;
pub mod storyboard;

pub use judged::table_of;
