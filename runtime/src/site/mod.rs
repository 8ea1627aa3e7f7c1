//! A site: its settings, its databases, its context files and notebooks, local or remote.

mod context_review;
pub mod deployment;
pub mod downloads;
pub mod engines;
pub mod look_up;
pub mod notebooks;

pub use context_review::review;
pub(crate) use context_review::review_local;
pub use look_up::{Entry, Fact, LookUp, LookedUp, look_up};
