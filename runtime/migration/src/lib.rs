//! Makes a database follow its schema: compares both, plans the changes, and applies them.

pub mod adopt;
mod apply;
mod compare;
pub mod init;
mod plan;
mod unseen;
mod words;

pub use apply::{Applied, apply};
pub use compare::{Comparison, Difference, Differing, compare};
pub use plan::{Lock, Phase, Plan, Scope, Step, Work, plan};
pub use words::{Line, lines};
