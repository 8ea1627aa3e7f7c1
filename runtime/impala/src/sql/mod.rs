//! What the Hive family needs besides a connection: statements as text, since HiveServer2 binds no values, and Parquet
//! files, from which rows are loaded in bulk.
//!
//! Everything here is a pure function of its arguments and knows no server, engine or pipeline. Text that is the same
//! for every caller, such as DDL, is in `flow_oa_schema::dialect::impala`.
//!
//! # Decisions
//!
//! - **Rows are sent to the Hive family as Parquet**, put into the folder through the file system (WebHDFS, or a path
//!   that both sides see), with a table defined on it: no statement has to carry them. Without such access, up
//!   to 20,000 rows go as literals, and raw flows are refused with the reason.
//! - **The ledger of the Hive family is a log with a view**: a change of a row appends it again with a higher number, a
//!   deletion appends a tombstone, and the view shows the valid rows. So every statement that reads is the same on all
//!   engines. Numbers of entries and changes are microseconds of the clock, since nothing prevents two programs from
//!   finding the same highest number. There is no lock either: two commands of one home find each other by a
//!   lock file, those of two homes do not.
//! - **Statements for the Hive family are text with literals**, since HiveServer2 binds no values. One module writes
//!   all literals, and our own sea-query backend, `runtime/impala/src/sql`, passes every value to it.
//!   - Texts are escaped by the rules that Impala, Hive and Spark have in common. Hive and Spark replace `${env:HOME}`
//!     and the like before they parse a statement, even within literals, and replace an unknown name with nothing. So a
//!     brace after a dollar sign is escaped.
//!   - Impala does not undo escapes in the literals of COMMENT and LOCATION, and counts them in the length of a
//!     comment. So comments contain nothing that needs an escape, and such locations are refused. A doubled backtick is
//!     not an escape on Impala either: names are those that the metastore accepts.
//!   - Impala gives a number its narrowest type, widens sums, and refuses to narrow; Spark narrows without an error. So
//!     every expression of an insert is cast to its column's type. A number in `CAST(… AS DOUBLE)` is read exactly. The
//!     lowest number of each type is written as a text that is cast, since its digits alone are outside that type.
//!   - No insert has a column list: Impala wants it before `PARTITION`, Spark after it.
//!   - Spark accepts much that Impala refuses, so goldens (`tests/goldens/impala`) check Impala's rules, and a real
//!     Spark checks the rest. The goldens include what each command sends to an Impala (`sent_*.sql`), recorded by a
//!     stand-in server that answers queries from SQLite.
//! - **Rows that change are a log with a view.** The highest revision of a key is valid, unless it is a tombstone. If a
//!   table has no key, a tombstone removes all earlier rows that are equal in all columns. A change is one
//!   `INSERT … SELECT` from the view. The log has no partitions: it is small, and each day would be a folder with one
//!   file per entry.
//! - **Bulk rows go as Parquet**, written by the crate `parquet` without arrow (55 s of CPU time in a cold build, most
//!   of it for that crate): in a text file a line break within a value splits a row. The feature `parquet`, on by
//!   default, can be turned off in a program that needs no Impala; rows then go as literals. Every reader supports
//!   Snappy, pages of version 1, plain values and converted types. Dictionaries would be smaller (31,367 flows of a
//!   real day: 813 kB instead of 1,101 kB, of 4.8 MB of CSV), but Impala before 4.0 refuses those of the crate
//!   (IMPALA-6434); plain values are written in half the time. The server's own files follow its own rules.

pub mod answers;
mod builder;
mod fit;
pub mod insert;
pub mod literal;
pub mod log;
#[cfg(feature = "parquet")]
pub mod parquet;
mod render;
pub mod script;
pub mod statements;

pub use builder::ImpalaQueryBuilder;
pub use fit::{Fitted, Misfit, fit};
pub use render::{RenderError, created, dropped, select};

/// Name and type of a column of the Hive family.
pub type Column<'a> = (&'a str, flow_oa_schema::dialect::impala::HiveType);
