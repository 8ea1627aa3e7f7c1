//! `flow-oa check`: every fault of a schema folder.

use std::path::PathBuf;

use flow_oa_schema::{Files, Schema, check};
use serde_json::json;

use crate::report::{Done, Report};
use crate::show::plural;

/// Check the JSON of a schema folder and report every fault
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A schema folder, or the folder of one pipeline
    #[arg(default_value = "schema", value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    match check(&Files::read(&arguments.folder)) {
        Ok(schema) => Ok(Report {
            text: format!("{}: {}\n", arguments.folder.display(), outline(&schema)),
            json: json!({"faults": [], "fingerprint": schema.fingerprint}),
            ..Report::default()
        }),
        Err(faults) => {
            let list: Vec<_> = faults.list().iter().map(fault).collect();
            Ok(Report {
                json: json!({"faults": list}),
                text: faults.render(),
                exit: 78,
                is_product: true,
                ..Report::default()
            })
        }
    }
}

fn fault(fault: &flow_oa_schema::Fault) -> serde_json::Value {
    json!({
        "code": fault.code.id(),
        "location": fault.location(),
        "path": flow_oa_schema::tree::pointer(&fault.path),
        "message": fault.message,
        "help": fault.help,
    })
}

fn outline(schema: &Schema) -> String {
    let columns: usize = schema.tables().map(|it| it.columns.len()).sum();
    let sources: usize = schema.pipelines.iter().map(|it| it.sources.len()).sum();
    format!(
        "{}, {}, {}, {}: no faults (fingerprint {})",
        plural(schema.pipelines.len() as u64, "pipeline", "pipelines"),
        plural(schema.tables().count() as u64, "table", "tables"),
        plural(columns as u64, "column", "columns"),
        plural(sources as u64, "raw format", "raw formats"),
        schema.fingerprint
    )
}
