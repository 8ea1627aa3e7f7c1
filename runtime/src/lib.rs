//! What operators do. A site names databases and files (`site`); the program keeps its own records (`ledger`); a day is
//! ingested, ranked and run (`day`). What analysts do with a day is in the crate `flow-oa-analyst`.
//!
//! Nothing here names a pipeline, a table or a column. The code is driven by the checked model, which it reads back
//! from the text that the program was built with, and by the compiled rows of the registry.

pub mod day;
pub mod doctor;
mod effect;
pub mod error;
pub mod init;
pub mod ledger;
pub mod site;
// Public for the fuzz targets, which are in a workspace of their own; not part of the crate's interface.
#[doc(hidden)]
pub mod trial;

pub use effect::Effect;
pub use error::Error;
pub use flow_oa_context::IpRange;
pub use flow_oa_core::masked;
pub use flow_oa_engine::{Session, Store};
pub use flow_oa_files::atomic::Foreign;
pub use flow_oa_remote::{Location, Remote};
pub use site::deployment::{Deployment, Settings};
pub use site::engines::shown;
