//! What operators do: a day is ingested, ranked and run (`day`), a home and its tables are created (`init`), and all of it
//! is examined (`doctor`). What analysts do with a day is in the crate `flow-oa-analyst`.
//!
//! Nothing here names a pipeline, a table or a column. The code is driven by the checked model, which it reads back
//! from the text that the program was built with, and by the compiled rows of the registry.

pub mod day;
pub mod doctor;
