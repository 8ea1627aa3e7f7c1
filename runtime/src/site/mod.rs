//! What a site is: its context files, wherever they are.

mod context_review;
mod look_up;

pub use context_review::review;
pub(crate) use context_review::review_local;
pub use look_up::{Entry, Fact, LookUp, LookedUp, look_up};
