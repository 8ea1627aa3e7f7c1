//! `flow-oa adopt`: proposes what a schema must declare so that tables of another program, such as Apache Spot, can be
//! migrated with all of their days.

use std::path::{Path, PathBuf};

use flow_oa_core::Exit;
use flow_oa_engine::Store;
use flow_oa_migration::adopt::{self, Candidate, Proposals, Question, Unknown};
use flow_oa_migration::{Line, Plan, Scope, compare, lines, plan};
use flow_oa_schema::edits::{Edit, edited};
use flow_oa_schema::{Files, Schema, check, printable};
use flow_oa_site::Error;
use serde_json::{Value, json};

use super::{migrate, schema};
use crate::global::{SchemaFolder, Site};
use crate::report::{Done, Report, quoted};
use crate::show::plural;

/// Propose how the tables of another program, such as Apache Spot, become those of the schema: earlier names, types, and
/// the plan of the migration. Changes nothing in the database
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    #[command(flatten)]
    schema: SchemaFolder,
    /// Write the schema with the proposed `was` and `dropped` to a new folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Also propose to drop the columns and tables that are like nothing in the schema, with their values
    #[arg(long)]
    drop_unknown: bool,
}

/// The proposals, and the schema and plan that follow from them.
struct Adopted {
    proposals: Proposals,
    /// What the schema would list as dropped.
    drops: Vec<Edit>,
    files: Files,
    /// The columns whose type changes.
    types: Vec<Line>,
    plan: Plan,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    if let Some(folder) = arguments.out.as_deref().filter(|folder| folder.exists()) {
        let folder = printable::path(folder);
        return Err(Error::Usage(format!("--out: {folder} exists already; name a new folder")).unchanged());
    }
    let mut opened = arguments.site.for_schema(&arguments.schema)?;
    let files = arguments.schema.files()?;
    let adopted = adopted(&mut *opened.store, files, opened.schema, arguments.drop_unknown)?;
    if let Some(folder) = &arguments.out {
        schema::write_new(folder, &schema::with_meta(&adopted.files)?)?;
    }
    let url = opened.store.url().to_owned();
    let is_ready = adopted.plan.obstacles.is_empty() && adopted.proposals.questions.is_empty();
    let exit = if is_ready { Exit::Done } else { Exit::Configuration };
    let out = arguments.out.as_deref();
    let text = format!("{url}\n{}{}", adopted.text(), next(out, &url, &adopted));
    Ok(Report { text, json: adopted.json(&url, out), exit, is_product: true, ..Report::default() })
}

/// Compares, proposes names of tables, then those of columns, and plans the migration.
fn adopted(
    store: &mut dyn Store,
    files: Files,
    schema: Schema,
    drops_unknown: bool,
) -> Result<Adopted, Error> {
    let comparison = compare(store, &schema).map_err(Error::unchanged)?;
    let mut proposals = adopt::tables(store, &schema, &comparison).map_err(Error::unchanged)?;
    let (files, schema) = with(&files, &proposals.edits())?;
    let comparison = compare(store, &schema).map_err(Error::unchanged)?;
    let of_columns = adopt::columns(store.dialect(), &comparison);
    let (mut files, mut schema) = with(&files, &of_columns.edits())?;
    proposals.add(of_columns);
    let drops = if drops_unknown { proposals.drops(&schema) } else { Vec::new() };
    if !drops.is_empty() {
        (files, schema) = with(&files, &drops)?;
    }
    let comparison = compare(store, &schema).map_err(Error::unchanged)?;
    let mut types = lines(&comparison, store.dialect());
    types.retain(|line| matches!(line.kind, "type" | "partition"));
    let plan =
        plan(store, &schema, &comparison, Scope::All { drops_old: false }).map_err(Error::unchanged)?;
    Ok(Adopted { proposals, drops, files, types, plan })
}

/// The files with declarations, and their checked schema.
fn with(files: &Files, edits: &[Edit]) -> Result<(Files, Schema), Error> {
    let files = edited(files, edits)
        .map_err(|edit| Error::Internal(format!("no file of the schema has a place for {edit:?}")))?;
    let schema = check(&files).map_err(|faults| {
        Error::Configuration(format!("the schema with the proposed names does not pass the check:\n{faults}"))
            .unchanged()
    })?;
    Ok((files, schema))
}

impl Adopted {
    fn text(&self) -> String {
        let Proposals { renamed, questions, unknown } = &self.proposals;
        let mut text = String::new();
        let mut section = |title: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                text.push_str(&format!("{title}\n{}", lines.concat()));
            }
        };
        section("proposed names:", renamed.iter().map(proposal).collect());
        section(
            "questions: give the right one as \"was\" in the JSON, none is proposed:",
            questions.iter().map(asked).collect(),
        );
        section(
            "only in the database, and like nothing in the schema:",
            unknown.iter().map(|it| self.left(it)).collect(),
        );
        section("types, for which there is nothing to edit:", self.types.iter().map(line).collect());
        let obstacles = self.plan.obstacles.iter().map(|obstacle| format!("  {obstacle}\n")).collect();
        section("obstacles, to be removed before the migration:", obstacles);
        let steps = match self.plan.steps.is_empty() {
            true => "the database fits the schema; there is nothing to migrate\n".to_owned(),
            false => format!("the plan of the migration:\n{}", migrate::text(&self.plan)),
        };
        text + &steps
    }

    fn left(&self, unknown: &Unknown) -> String {
        let is_dropped = self.drops.iter().any(|edit| match edit {
            Edit::DropColumn { table, column } => {
                *table == unknown.table && Some(column) == unknown.column.as_ref()
            }
            Edit::DropTable { table, .. } => *table == unknown.table && unknown.column.is_none(),
            Edit::ColumnWas { .. } | Edit::TableWas { .. } => false,
        });
        let what = match is_dropped {
            true => "proposed as dropped",
            false => "add it to the schema, or let it be dropped with --drop-unknown",
        };
        format!("  {}: {what}\n", name(&unknown.table, unknown.column.as_deref()))
    }

    fn json(&self, url: &str, out: Option<&Path>) -> Value {
        let Proposals { renamed, questions, unknown } = &self.proposals;
        json!({
            "database": url,
            "proposed": renamed,
            "questions": questions,
            "unknown": unknown,
            "drops_unknown": !self.drops.is_empty(),
            "types": self.types,
            "steps": migrate::steps(&self.plan),
            "obstacles": self.plan.obstacles,
            "folder": out.map(|folder| folder.display().to_string()),
        })
    }
}

fn name(table: &str, column: Option<&str>) -> String {
    column.map_or_else(|| table.to_owned(), |column| format!("{table}.{column}"))
}

fn because(candidate: &Candidate) -> String {
    format!("{} ({} %), because {}", candidate.was, candidate.confidence, candidate.reasons.join("; "))
}

fn proposal(candidate: &Candidate) -> String {
    let name = name(&candidate.table, candidate.column.as_deref());
    format!("  {name}: was {}\n", because(candidate))
}

fn asked(question: &Question) -> String {
    let each = question.candidates.iter().map(|candidate| {
        let name = name(&candidate.table, candidate.column.as_deref());
        format!("{name}: was it {}?", because(candidate))
    });
    format!("  {}\n", each.collect::<Vec<_>>().join("\n    or "))
}

fn line(line: &Line) -> String {
    format!("  {}: {}\n", name(&line.table, line.column.as_deref()), line.text)
}

/// The commands with which the user goes on.
fn next(out: Option<&Path>, url: &str, adopted: &Adopted) -> String {
    let Some(folder) = out else {
        return "nothing was changed; --out DIR writes the schema with these names\n".to_owned();
    };
    let (folder, url) = (quoted(&folder.display().to_string()), quoted(url));
    let files = plural(adopted.files.texts.len() as u64, "file", "files");
    let first = match (adopted.proposals.questions.is_empty(), adopted.plan.obstacles.is_empty()) {
        (true, true) => "Go on with",
        (false, true) => "Answer the questions, then go on with",
        (true, false) => "Remove the obstacles, then go on with",
        (false, false) => "Answer the questions and remove the obstacles, then go on with",
    };
    format!(
        "{folder}: {files} written; nothing in the database was changed. {first}\n  flow-oa migrate --schema {folder} \
         --database {url} --apply\n  flow-oa diff --schema {folder} --database {url}\n"
    )
}
