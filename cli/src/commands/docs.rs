//! `flow-oa docs`: the documentation of a schema as a static site, and its lineage as data.

use std::path::PathBuf;

use flow_oa_files::folder::{self, FolderError, Published};
use flow_oa_schema::printable;
use flow_oa_site::Error;

use crate::global::{Global, Output, SchemaFolder};
use crate::report::{Done, Report};
use crate::show::plural;

/// Write a site that documents every table and column: types, where each value comes from, and what reads it
///
/// With --output json, print the lineage of every column as datasets of OpenLineage.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Folder of the site: new, empty, or written by this command earlier. Required without --output json
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    schema: SchemaFolder,
}

/// The manifest of the site, and the command that it names.
const MANIFEST: (&str, &str) = ("flow_oa_docs.json", "flow-oa docs");

pub(crate) fn run(arguments: &Arguments, global: &Global) -> Done {
    let is_data = global.output == Output::Json;
    if arguments.out.is_none() && !is_data {
        let fault = "docs: name the folder of the site with --out, or print the lineage with --output json";
        return Err(Error::Usage(fault.to_owned()));
    }
    let schema = arguments.schema.model()?;
    let mut report = Report { is_data, ..Report::default() };
    if let Some(folder) = &arguments.out {
        let done = folder::publish(folder, MANIFEST, &flow_oa_docs::site(&schema));
        let Published { written, unchanged, removed } = done.map_err(|error| match error {
            FolderError::Foreign(found) => Error::Usage(format!("docs: {found}")).unchanged(),
            FolderError::File(error) => error.into(),
        })?;
        let written = plural(written as u64, "file", "files");
        let removed = removed.len();
        report.text = format!(
            "{}: {written} written, {unchanged} unchanged, {removed} removed; open {}\n",
            printable::path(folder),
            printable::path(&folder.join("index.html"))
        );
    }
    if is_data {
        report.json = flow_oa_docs::datasets(&schema);
    }
    Ok(report)
}
