//! A site: its settings, its databases, its context files and notebooks, local or remote; and the errors of all commands,
//! with their effects on the data.
//!
//! This crate knows which pipelines, engines and files a command works with. It must not know what the command does with
//! them: no table is named or changed here, and no raw file is read.

mod context_review;
pub mod deployment;
pub mod downloads;
mod effect;
pub mod engines;
mod error;
mod expected;
mod look_up;
pub mod notebooks;

pub use context_review::{review, review_local};
pub use effect::Effect;
pub use error::{Error, Result};
pub use expected::{Example, Expected};
pub use look_up::{Entry, Fact, LookUp, LookedUp, look_up};
