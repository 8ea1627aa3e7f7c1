//! One file per subcommand. Each defines the arguments, calls the runtime and builds the report.

pub(crate) mod check;
pub(crate) mod copy;
pub(crate) mod ddl;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod explain_row;
pub(crate) mod feedback;
pub(crate) mod format;
pub(crate) mod geo;
pub(crate) mod history;
pub(crate) mod ingest;
pub(crate) mod init;
pub(crate) mod purge;
pub(crate) mod query;
pub(crate) mod rank;
pub(crate) mod reference;
pub(crate) mod reset;
pub(crate) mod restore;
pub(crate) mod run;
pub(crate) mod sample;
pub(crate) mod schema;
pub(crate) mod score;
pub(crate) mod storyboard;
