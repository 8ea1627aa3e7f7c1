//! The commands of analysts for a day: queries, scores, storyboards, the feedback for spot-ml, and the origin of
//! values.

mod cells;
mod changed;
pub mod consent;
pub mod feedback;
pub mod provenance;
pub mod query;
pub mod reset;
pub mod scoring;
mod severity;
mod storable;
pub mod storyboard;

pub use changed::{Changed, reset, restore, score};
pub use severity::{Severities, Severity};
