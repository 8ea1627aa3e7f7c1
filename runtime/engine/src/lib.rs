//! The contract of an engine: a database that runs statements, loads rows and describes its tables. What is done with
//! a database is policy and belongs to the executor. Each engine is a crate of its own next to this one.
//!
//! - A [`Connection`] is what the driver of an engine must do.
//! - An [`Observer`] sees each statement before it is sent: the dry run, and the fail points of tests.
//! - A [`Store`] is an open database, and a [`Unit`] a piece of work that is committed as a whole or rolled back. The
//!   executor uses only these. Engines with transactions share one implementation ([`sql`]).
//!
//! # Decisions
//!
//! - **Callers state what to do, not how**: stage these rows, fill this day from that query, remove these days, or
//!   append, change or delete rows of the ledger. An engine without transactions does all of this in its own way.
//! - **Only a unit of work can write**, and only a store can begin one, so that the compiler refuses a write outside a
//!   unit and a second unit within the first. A unit that is dropped is rolled back.

pub mod decimal;
pub mod indexes;
pub mod sql;
pub mod url;

mod connection;
mod days;
mod error;
mod link;
mod observer;
mod relation;
mod remark;
mod statement;
mod store;
mod tables;

pub use connection::{About, Connection, Seen, Transactional};
pub use days::Days;
pub use error::EngineError;
pub use link::Link;
pub use observer::{Access, Observer, Outgoing, Recorded, Recorder, StatementLog, Verdict};
pub use relation::Relation;
pub use remark::{Files, Remark};
pub use statement::Statement;
pub use store::{Claims, Session, Store, Transaction, Uncommitted, Unit, rows_on};
pub use tables::{FoundCheck, FoundColumn, FoundIndex, FoundStorage, FoundTable, Sums, Target};

pub(crate) use store::rows_of;

/// The result of a call to an engine.
pub type Result<T> = std::result::Result<T, EngineError>;
