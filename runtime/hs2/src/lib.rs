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
