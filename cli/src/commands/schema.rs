//! `flow-oa schema`: writes the built-in schema to a folder, creates a new pipeline from a sample of its data, and rewrites
//! a folder for the current version of the language.

use std::io::{BufRead as _, Cursor, Read as _};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use flow_oa_core::Exit;
use flow_oa_files::atomic::write_whole;
use flow_oa_files::records::Records;
use flow_oa_files::{FileError, text};
use flow_oa_schema::starter::{self, Sample};
use flow_oa_schema::upgrade::{Outdated, Upgraded, upgrade};
use flow_oa_schema::{Files, export, printable, tree};
use flow_oa_site::Error;
use serde_json::json;

use crate::report::{Done, Report};
use crate::show::plural;

/// Write the built-in schema to a folder, begin a new pipeline, or rewrite a folder for the current version of the language
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Export(Export),
    New(New),
    Upgrade(Upgrade),
}

/// Write the JSON files that the program was built with, and their JSON Schemas, to a new folder
#[derive(Debug, clap::Args)]
struct Export {
    /// The folder, which must be empty or missing
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Write the files of a new pipeline, with types that are guessed from a sample of its data
#[derive(Debug, clap::Args)]
struct New {
    /// The name of the pipeline
    #[arg(value_name = "NAME")]
    name: String,
    /// A raw file, which is CSV or tab-separated with a header, or a results file, which is tab-separated and has none;
    /// plain, gzip or zstd
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The schema folder, in which the folder of the pipeline is made
    #[arg(long, value_name = "DIR", default_value = "schema")]
    schema: PathBuf,
}

/// Replace the constructs of earlier versions; everything else in the files stays as it is
#[derive(Debug, clap::Args)]
struct Upgrade {
    /// A schema folder, or the folder of one pipeline
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Show what would be replaced, and change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    match &arguments.command {
        Command::Export(export) => write(&export.folder),
        Command::New(new) => begin(new),
        Command::Upgrade(upgrade) => rewrite(upgrade),
    }
}

fn write(folder: &Path) -> Done {
    let shown = printable::path(folder);
    if std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Error::Usage(format!("schema export: {shown} is not empty; name a new folder")));
    }
    let files = export::files(flow_oa_generated::SCHEMA.canonical)
        .map_err(|error| Error::Internal(format!("the schema of this program cannot be read: {error}")))?;
    for (path, text) in &files {
        let place = folder.join(path);
        if let Some(parent) = place.parent() {
            std::fs::create_dir_all(parent).map_err(|error| Error::unwritten(parent.to_owned(), error))?;
        }
        write_whole(&place, |out| out.write_all(text.as_bytes()))?;
    }
    let count = plural(files.len() as u64, "file", "files");
    let text = format!("{shown}: {count} written; `flow-oa check {shown}` checks them\n");
    let paths: Vec<&String> = files.iter().map(|(path, _)| path).collect();
    Ok(Report {
        text,
        json: json!({"folder": folder.display().to_string(), "files": paths}),
        ..Report::default()
    })
}

/// The number of records from which types are guessed.
const SAMPLED: usize = 1000;

fn begin(arguments: &New) -> Done {
    let from = printable::path(&arguments.from).to_string();
    let refused = |reason: String| Error::BadData(format!("schema new: {from}: {reason}"));
    let folder = arguments.schema.join(&arguments.name);
    if folder.exists() {
        let folder = printable::path(&folder);
        return Err(Error::Usage(format!("schema new: {folder} exists; name another pipeline or folder")));
    }
    let sample = sample(&arguments.from)?;
    let files = starter::files(&arguments.name, &sample).map_err(refused)?;
    write_new(&folder, &files)?;
    let (shown, schema) = (printable::path(&folder), printable::path(&arguments.schema));
    let count = plural(files.len() as u64, "file", "files");
    let records = plural(sample.records.len() as u64, "record", "records");
    let text = format!(
        "{shown}: {count} written, with the types of {records}\nnext: correct names, types and descriptions; \
         `flow-oa check {schema}` checks them\n"
    );
    let paths: Vec<&String> = files.iter().map(|(path, _)| path).collect();
    Ok(Report {
        text,
        json: json!({"folder": folder.display().to_string(), "files": paths, "records": sample.records.len()}),
        ..Report::default()
    })
}

/// The documents of a schema folder with the JSON Schemas for editors.
///
/// # Errors
/// If a document could not be read.
pub(super) fn with_meta(files: &Files) -> Result<Vec<(String, String)>, Error> {
    let document = |(path, text): (&String, &Result<String, String>)| match text {
        Ok(text) => Ok((path.clone(), text.clone())),
        Err(reason) => Err(Error::Configuration(format!("{path}: {reason}"))),
    };
    let documents: Result<Vec<_>, Error> = files.texts.iter().map(document).collect();
    Ok(documents?.into_iter().chain(export::meta()).collect())
}

/// Writes files to a new folder, completely or not at all: half a folder would be taken for a pipeline.
pub(super) fn write_new(folder: &Path, files: &[(String, String)]) -> Result<(), Error> {
    let unwritten = |path: &Path, error| Error::unwritten(path.to_owned(), error);
    if let Some(parent) = folder.parent() {
        std::fs::create_dir_all(parent).map_err(|error| unwritten(parent, error))?;
    }
    // Fails if the folder has come to exist in the meantime, so that only what was written here is removed.
    std::fs::create_dir(folder).map_err(|error| unwritten(folder, error))?;
    let written = files.iter().try_for_each(|(path, text)| {
        let place = folder.join(path);
        if let Some(parent) = place.parent() {
            std::fs::create_dir_all(parent).map_err(|error| unwritten(parent, error))?;
        }
        Ok(write_whole(&place, |out| out.write_all(text.as_bytes()))?)
    });
    if written.is_err() {
        // The error is that of the write; what cannot be removed is named by the next try.
        let _ = std::fs::remove_dir_all(folder);
    }
    written
}

/// The first records of a file. A first line with tabs is a header if it holds neither a number nor a time nor an
/// address; else the file is a results file, whose records have a score.
fn sample(path: &Path) -> Result<Sample, Error> {
    const DOING: &str = "reading a sample from";
    let unopened = |error| FileError::unopened(DOING, path, &error, "");
    let mut text = text::open(path).map_err(unopened)?;
    // The first line that is not blank. It is at most as long as a record may be.
    let (mut start, mut length) = (Vec::new(), 0);
    while start[length..].trim_ascii().is_empty() && (start.len() as u64) < text::LONGEST {
        length = start.len();
        let left = text::LONGEST - length as u64;
        if text.by_ref().take(left).read_until(b'\n', &mut start).map_err(unopened)? == 0 {
            break;
        }
    }
    let has_tabs = start.trim_ascii().contains(&b'\t');
    let mut records = Records::new(Cursor::new(start).chain(text), if has_tabs { b'\t' } else { b',' });
    let mut found: Vec<Vec<String>> = Vec::new();
    while found.len() <= SAMPLED {
        let next =
            records.next_record().map_err(|error| FileError::unread(&path.display().to_string(), error))?;
        let Some((_, record)) = next else { break };
        found.push(record.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect());
    }
    let has_value = |record: &Vec<String>| record.iter().any(|field| starter::is_value(field));
    let has_header = found.first().is_some_and(|first| !has_tabs || !has_value(first));
    let header = has_header.then(|| found.remove(0));
    Ok(Sample { header, records: found, has_tabs })
}

fn rewrite(arguments: &Upgrade) -> Done {
    let folder = &arguments.folder;
    let files = Files::read(folder);
    for (path, text) in &files.texts {
        let read = text.as_ref().map_err(String::clone);
        if let Err(reason) = read.and_then(|text| tree::parse(text).map_err(|(message, _)| message)) {
            let path = printable::path(&place_of(folder, path));
            return Err(Error::Configuration(format!(
                "schema upgrade: {path}: {reason}; `flow-oa check` shows where, and nothing was rewritten"
            )));
        }
    }
    if files.texts.is_empty() {
        let folder = printable::path(folder);
        return Err(Error::Configuration(format!(
            "schema upgrade: {folder} has no pipeline: name a schema folder"
        )));
    }
    let upgraded = upgrade(&files);
    let mut text = String::new();
    for file in &upgraded {
        let path = place_of(folder, &file.path);
        if !arguments.dry_run && file.found.iter().any(|it| it.replacement.is_some()) {
            write_whole(&path, |out| out.write_all(file.text.as_bytes()))?;
        }
        text.push_str(&in_lines(&path, file));
    }
    let all = || upgraded.iter().flat_map(|file| &file.found);
    let replaced = all().filter(|it| it.replacement.is_some()).count();
    let left = all().count() - replaced;
    let verb = if arguments.dry_run { "would be replaced" } else { "replaced" };
    let constructs = plural(replaced as u64, "construct", "constructs");
    text.push_str(&format!("{}: {constructs} {verb}\n", printable::path(folder)));
    if left > 0 {
        let are = plural(left as u64, "construct has", "constructs have");
        text.push_str(&format!("{are} no replacement: see `flow-oa explain FO0061`\n"));
    }
    let listed: Vec<_> =
        upgraded.iter().map(|file| json!({"file": file.path, "constructs": in_json(file)})).collect();
    let exit = if left > 0 { Exit::Configuration } else { Exit::Done };
    let json = json!({"files": listed, "replaced": replaced, "left": left, "dry_run": arguments.dry_run});
    Ok(Report { text, json, exit, is_product: left > 0, ..Report::default() })
}

/// The file at a path that is relative to the schema folder. `folder` is that folder, or the folder of one pipeline.
fn place_of(folder: &Path, path: &str) -> PathBuf {
    let within = path.split_once('/').map_or(path, |(_, within)| within);
    let whole = folder.join(path);
    if whole.is_file() { whole } else { folder.join(within) }
}

fn in_lines(path: &Path, file: &Upgraded) -> String {
    let line = |found: &Outdated| match &found.replacement {
        Some(text) => format!("{}: `{}` -> {text}\n", printable::path(path), found.name),
        None => format!("{}: `{}` has no replacement\n", printable::path(path), found.name),
    };
    file.found.iter().map(line).collect()
}

fn in_json(file: &Upgraded) -> Vec<serde_json::Value> {
    let construct = |found: &Outdated| {
        json!({
            "path": tree::pointer(&found.path),
            "name": found.name,
            "replacement": found.replacement,
        })
    };
    file.found.iter().map(construct).collect()
}
