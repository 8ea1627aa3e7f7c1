//! A client of HiveServer2, as Impala, Hive and Spark's Thrift Server speak it: a session, statements, their rows.
//!
//! It knows nothing of the program that it belongs to, builds no SQL but `USE`, and has no threads of its own that
//! outlive a connection's beginning. Statements are never sent twice. Everything that a server sends is doubted:
//! lengths are held against what may come, and memory is taken as bytes arrive.
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
//! - **HiveServer2 is spoken by a client of our own**, the leaf crate `runtime/hs2`. Nine calls are written by hand
//!   from the numbers of their fields: few enough to read at once, bounded in every length, and stopped by an interrupt
//!   wherever they wait.
//!   - Every length is held against what may still come, memory is taken as bytes arrive, unknown fields are skipped to
//!     a bounded depth. Bare Thrift says nowhere how long an answer is, so it is read in place; SASL's frames and
//!     HTTP's bodies are read whole.
//!   - Sockets come back five times a second: a waiting command sees an interrupt, and a total time for the answer. An
//!     answer under way gets two more seconds, so that the statement can be cancelled on its own connection. Where none
//!     comes, it is cancelled and closed on a new one: Impala keeps a session whose connection has ended, for a quarter
//!     of an hour by default.
//!   - HTTP/1.1 is our own but for the parsing of heads: no library lets an interrupt end a read. Redirects are not
//!     followed; a connection that the server ended is seen before a request goes out, never after, so nothing is sent
//!     twice.
//!   - Silence, a hang-up or garbage before the session is open is `WrongMode`: what was tried, what came, what to try
//!     instead.
//!   - A database is chosen by `USE`, quoted. The option `use:database` works on Spark too, which puts it into a
//!     statement unquoted; the statement says the same on every server, and at once.
//!   - Found on Spark 3.5: a statement is in state ERROR a moment before its reason is known, so it is asked again;
//!     options of a session are taken as `set:hiveconf:NAME` only, options of a statement not at all; a path that HTTP
//!     does not serve is 405; a FLOAT of 0.1 comes as the double 0.1. A trivial statement takes 50 to 75 ms with its
//!     rows and its end. Impala sends empty pages while rows take their time, and says that more will come.
//!   - `tests/services/hs2-tests.sh` tests it against a real server by each way: no SASL, SASL PLAIN, HTTP, TLS; the
//!     program stores a day by each, and impyla, a client that is not ours, reads the same rows.

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
