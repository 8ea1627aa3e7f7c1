//! `flow-oa check`: reports every fault of a schema folder, and what an earlier version of it breaks; or every fault of
//! the context files of a site.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use flow_oa_context::Reviewed;
use flow_oa_core::Exit;
use flow_oa_files::Progress;
use flow_oa_schema::changes::{Compared, changes};
use flow_oa_schema::{Fault, Files, Schema, check, printable};
use serde_json::json;

use super::diff::folders;
use crate::earlier::Version;
use crate::global::{Site, on_interrupt};
use crate::report::{Done, Report};
use crate::show::plural;

/// Check the JSON of a schema folder, or the context files of a site, and report every fault
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A schema folder, or the folder of one pipeline
    #[arg(default_value = "schema", value_name = "DIR")]
    folder: PathBuf,
    /// Check the context files of the site instead: every line, and overlapping ranges
    #[arg(long, conflicts_with = "folder")]
    context: bool,
    /// Also compare with an earlier version, and fail if something breaks that the JSON does not declare: a schema
    /// folder, or REVISION:PATH of the git repository of DIR, such as main:schema
    #[arg(long, value_name = "OLD", conflicts_with = "context")]
    against: Option<PathBuf>,
    #[command(flatten)]
    site: Site,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    match arguments.context {
        true => check_context(&arguments.site),
        false => check_schema(&arguments.folder, arguments.against.as_deref()),
    }
}

fn check_schema(folder: &Path, against: Option<&Path>) -> Done {
    let files = Files::read(folder);
    match check(&files) {
        Ok(schema) => {
            let outline = format!("{}: {}\n", printable::path(folder), outline(&schema));
            let warnings: Vec<_> = schema.warnings.iter().map(fault).collect();
            let listed: String = schema.warnings.iter().map(Fault::render).collect();
            let report = Report {
                text: listed + &outline,
                json: json!({"faults": [], "warnings": warnings, "fingerprint": schema.fingerprint}),
                ..Report::default()
            };
            match against {
                Some(old) => compared(report, (&files, &schema), Version::read(old, folder)?),
                None => Ok(report),
            }
        }
        Err(faults) => {
            let list: Vec<_> = faults.list().iter().map(fault).collect();
            Ok(Report {
                json: json!({"faults": list, "more": faults.more()}),
                text: faults.render(),
                exit: Exit::Configuration,
                is_product: true,
                ..Report::default()
            })
        }
    }
}

/// Adds what differs from an earlier version. Breaking changes that are not declared are a failure.
fn compared(mut report: Report, (files, schema): (&Files, &Schema), old: Version) -> Done {
    let found = changes(&old.schema, schema);
    let compared = Compared { old: &old.files, new: files };
    let refused = found.iter().filter(|change| change.is_refused()).count();
    match found.is_empty() {
        true => report.text.push_str(&format!("{}: no changes\n", old.shown)),
        false => report.text.push_str(&format!("against {}:\n\n{}", old.shown, compared.render(&found))),
    }
    report.json["against"] =
        json!({"old": old.shown, "changes": folders::in_json(&found, &compared), "undeclared": refused});
    report.notes = old.notes;
    if refused > 0 {
        (report.exit, report.is_product) = (Exit::Configuration, true);
    }
    Ok(report)
}

/// Checks the context files. Lines that a run would skip are warnings, not failures.
fn check_context(site: &Site) -> Done {
    let settings = site.settings(None)?;
    let progress = Progress::default();
    on_interrupt(Vec::new(), &progress)?;
    let reviewed = flow_oa_site::review(&settings, &progress)?;
    let exit = reviewed.iter().map(|it| it.exit).find(|exit| *exit != Exit::Done).unwrap_or_default();
    let mut text: String = reviewed.iter().map(summary).collect();
    if reviewed.is_empty() {
        text = format!(
            "no context file is configured, and none is in {}\n",
            printable::path(&settings.home.join("context"))
        );
    }
    Ok(Report {
        text,
        json: json!({"files": reviewed}),
        exit,
        is_product: exit != Exit::Done,
        ..Report::default()
    })
}

/// The summary line of a file, followed by one line per finding.
fn summary(file: &Reviewed) -> String {
    let counts = [(file.faults, "fault", "faults"), (file.warnings, "warning", "warnings")];
    let found: Vec<String> = counts
        .iter()
        .filter(|counts| counts.0 > 0)
        .map(|(count, one, many)| plural(*count, one, many))
        .collect();
    let found = if found.is_empty() { "no faults".to_owned() } else { found.join(", ") };
    let (path, entries) = (printable::path(&file.path), plural(file.entries, "entry", "entries"));
    let mut text = format!("{path}: {}, {entries}: {found}\n", file.what);
    for it in &file.findings {
        let kind = if it.is_fault { "fault" } else { "warning" };
        // Findings about a database or a whole file have no line number.
        let line = if it.line == 0 { String::new() } else { format!(":{}", it.line) };
        let _ = writeln!(text, "  {path}{line}: {kind}: {}", it.message);
    }
    let listed = file.findings.len() as u64;
    if file.faults + file.warnings > listed {
        let _ = writeln!(text, "  and {} more", file.faults + file.warnings - listed);
    }
    text
}

fn fault(fault: &Fault) -> serde_json::Value {
    json!({
        "code": fault.code.id(),
        "location": fault.location(),
        "path": flow_oa_schema::tree::pointer(&fault.path),
        "message": fault.message,
        "help": fault.help,
        "also": fault.also,
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
