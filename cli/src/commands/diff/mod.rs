//! `flow-oa diff`: compares two versions of a schema, or a database with a schema.

mod database;
pub(crate) mod folders;

use std::path::PathBuf;

use crate::global::{SchemaFolder, Site};
use crate::report::Done;

/// Compare two schemas, and show who is affected by each change; or compare the tables of the database with those of the
/// schema. Exit code 1 if they differ
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The earlier and the later version: two schema folders. Each may also be REVISION:PATH of the git repository of
    /// the current folder, such as main:schema [default: compare the database with the schema]
    #[arg(num_args = 2, value_names = ["DIR_A", "DIR_B"], conflicts_with = "schema")]
    folders: Vec<PathBuf>,
    #[command(flatten)]
    site: Site,
    #[command(flatten)]
    schema: SchemaFolder,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    match arguments.folders.as_slice() {
        [] => database::run(&arguments.site, &arguments.schema),
        folders => folders::run(folders),
    }
}
