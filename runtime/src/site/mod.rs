//! What a site is: its settings, the databases that it names, its context files and notebooks, wherever they are.

mod context_review;
pub mod deployment;
pub mod downloads;
pub mod engines;
mod look_up;
pub mod notebooks;

pub use context_review::review;
pub(crate) use context_review::review_local;
pub use look_up::{Entry, Fact, LookUp, LookedUp, look_up};
