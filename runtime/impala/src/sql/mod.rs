//! What the Hive family needs beyond a connection: statements as text, since HiveServer2 binds no values, and rows as
//! Parquet files, by which they are loaded in bulk.
//!
//! Everything here is a pure function of what it is given. It knows no server, no engine and no pipeline; what is the
//! same text for everybody, such as DDL, is in `flow_oa_schema::dialect::impala`.
//!
//! # Decisions
//!
//! - **Rows travel to the Hive family as Parquet**, put into the folder by the file system (WebHDFS, or a path that
//!   both see), with a table defined on it: no statement has to carry them. Without such a way a few thousand rows go
//!   as literals, and raw flows not at all, with the reason.
//! - **The ledger of the Hive family is a log with a view**: what changes a row appends it again with a higher number,
//!   what deletes it appends a tombstone, and the view shows what holds. So every statement that reads is the same on
//!   all engines. Numbers of entries and changes are microseconds of the clock: nothing would keep two programs from
//!   finding the same highest number. Nor is there a lock: two commands of one home know of each other by the lock of a
//!   file, those of two homes do not.
//! - **Statements for the Hive family are text with literals**, since HiveServer2 binds nothing. Literals have one
//!   writer, and a sea-query backend of our own, `runtime/impala/src/sql`, puts every value through it.
//!   - Texts are escaped for the rules that Impala, Hive and Spark have in common. Hive and Spark replace `${env:HOME}`
//!     and the like before they read a statement, within literals too, and an unknown name by nothing: a brace behind a
//!     dollar is escaped.
//!   - Impala undoes no escape in the literals of COMMENT and LOCATION, and measures a comment with its escapes. So
//!     comments hold nothing that would be escaped, and such locations are refused. Nor is a doubled backtick an escape
//!     there: names are those that the metastore takes.
//!   - Impala takes a number for its narrowest type and widens sums, and refuses to narrow; Spark narrows without an
//!     error. So every expression of an insert is cast to its column's type. A number in `CAST(… AS DOUBLE)` is read
//!     exactly; the lowest of each type is written as a text that is cast, since its digits alone would not be of that
//!     type.
//!   - No insert has a list of columns: it stands before `PARTITION` in Impala and behind it in Spark.
//!   - Spark takes much that Impala refuses, so goldens (`tests/goldens/impala`) hold Impala's rules; a real Spark
//!     holds the rest. What each command sends to an Impala is among them (`sent_*.sql`), kept by a stand-in that
//!     answers questions from SQLite.
//! - **Rows that change are a log with a view there.** The highest revision of a key holds, unless it is gone. Where a
//!   table has no key, a row that is gone takes away those before it that are equal in all columns. A change is one
//!   `INSERT … SELECT` from the view. The log has no partitions: it is small, and each day would be a folder of one
//!   file a note.
//! - **Bulk rows go as Parquet**, written by the crate `parquet` without arrow (55 s of CPU time in a cold build, most
//!   of it that crate): in a text file a line break within a value splits a row. The feature `parquet`, on by default,
//!   can be left out of a program that needs no Impala; rows go as literals then. Snappy, pages of version 1, plain
//!   values and converted types are what every reader knows. Dictionaries would be smaller (31,367 flows of a real day:
//!   813 kB instead of 1,101 kB, of 4.8 MB of CSV), but the crate's are refused by Impala before 4.0 (IMPALA-6434);
//!   plain values are written in half the time. The server's own files follow its own rules.

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

/// Name and type of a column, as the family has it.
pub type Column<'a> = (&'a str, flow_oa_schema::dialect::impala::HiveType);
