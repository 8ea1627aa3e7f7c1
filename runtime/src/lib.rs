//! What operators do. The program keeps its own records (`ledger`); a day is ingested, ranked and run (`day`). The site on
//! which they work is in the crate `flow-oa-site`, and what analysts do with a day in `flow-oa-analyst`.
//!
//! Nothing here names a pipeline, a table or a column. The code is driven by the checked model, which it reads back
//! from the text that the program was built with, and by the compiled rows of the registry.

pub mod day;
pub mod doctor;
pub mod init;
pub mod ledger;
// Public for the fuzz targets, which are in a workspace of their own; not part of the crate's interface.
#[doc(hidden)]
pub mod trial;
