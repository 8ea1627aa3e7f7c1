//! Makes a database follow its schema: compares both, plans the changes, and applies them.

pub mod adopt;
mod apply;
mod compare;
mod difference;
pub mod init;
mod plan;
mod unseen;
mod words;

pub use apply::{Applied, apply};
pub use compare::{Comparison, compare};
pub use difference::{Difference, Differing, Foreign, OfCheck, OfColumn, OfIndex, OfStorage};
pub use plan::{Lock, Phase, Plan, Scope, Step, Work, plan};
pub use words::{Line, lines};
