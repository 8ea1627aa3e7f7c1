//! A client of HiveServer2, as served by Impala, Hive and Spark's Thrift Server: a session, statements, their rows.
//!
//! It knows nothing of the rest of the program, builds no SQL except `USE`, and its only thread connects to the server.
//! A statement is never sent twice. Nothing from a server is trusted: lengths are checked against a limit, and memory
//! is allocated as bytes arrive.
//!
//! ```no_run
//! # fn main() -> Result<(), flow_oa_hs2::Hs2Error> {
//! let mut session = flow_oa_hs2::Session::open(&flow_oa_hs2::Settings::new("impala.example", 21050))?;
//! let mut operation = session.execute("SELECT 1")?;
//! while let Some(page) = operation.fetch(1024)? {
//!     println!("{:?}", page.get(0, 0));
//! }
//! operation.close()?;
//! session.close()
//! # }
//! ```
//!
//! # Decisions
//!
//! - **HiveServer2 is accessed by our own client**, the leaf crate `runtime/hs2`. Nine calls are written by hand from
//!   the numbers of their fields: few enough to review, bounded in every length, and interruptible in every wait.
//!   - Every length is checked against the remaining limit, memory is allocated as bytes arrive, and unknown fields are
//!     skipped to a bounded depth. Bare Thrift does not state the length of an answer, so it is decoded while it is
//!     read; SASL frames and HTTP bodies are read completely first.
//!   - Socket operations return five times a second: a waiting command notices an interrupt, and the time limit of the
//!     answer. After an interrupt, a pending answer gets two more seconds, so that the statement can be cancelled on
//!     its own connection. If none arrives, the statement is cancelled and closed on a new connection: Impala keeps a
//!     session whose connection has ended, by default for a quarter of an hour.
//!   - HTTP/1.1 is implemented here except for the parsing of heads; `http.rs` says why. Redirects are not followed. A
//!     connection that the server closed is detected before a request is sent, never after, so nothing is sent twice.
//!   - Silence, a closed connection or garbage before the session is open is `WrongMode`: it reports what was tried,
//!     what was received, and what to try instead.
//!   - The database is chosen by a quoted `USE`. The option `use:database` works on Spark, too, but Spark puts it into
//!     a statement unquoted; the statement behaves the same on every server, and fails at once.
//!   - Found on Spark 3.5: a statement is in state ERROR a moment before its reason is known, so it is polled again;
//!     options of a session are accepted as `set:hiveconf:NAME` only, options of a statement not at all; a path that is
//!     not served over HTTP is 405; a FLOAT of 0.1 arrives as the double 0.1. A trivial statement takes 50 to 75 ms
//!     with its rows and its closing. Impala sends empty pages while rows take time, and announces that more will come.
//!   - `tests/services/hs2-tests.sh` tests the client against a real server with each of no SASL, SASL PLAIN, HTTP and
//!     TLS; the program stores a day with each, and impyla, an independent client, reads the same rows.

mod calls;
mod channel;
mod error;
mod fault;
mod http;
mod interrupt;
mod messages;
mod operation;
mod page;
mod sasl;
mod session;
mod settings;
mod socket;
mod thrift;

pub use error::{Hs2Error, ServerError};
pub use interrupt::Interrupter;
pub use operation::{Operation, ResultColumn};
pub use page::{Page, Value};
pub use session::Session;
pub use settings::{Auth, Settings, Tls, Transport};
