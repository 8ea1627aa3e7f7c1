//! `flow-oa migrate`: shows and makes the changes that a database needs to fit a schema.

use std::path::{Path, PathBuf};

use flow_oa_migration::{Applied, Phase, Plan, Scope, Step, Work, apply, compare, plan};
use flow_oa_runtime::day::site_context::SiteContext;
use flow_oa_schema::{Dialect, printable};
use flow_oa_site::Error;
use serde_json::{Value, json};

use crate::confirm::Question;
use crate::global::{Compared, Global, SchemaFolder, Site};
use crate::progress_bar::Bar;
use crate::report::{Done, Report, json as to_json};
use crate::show::{count, plural};

/// Show the changes that make the database fit the schema; with --apply, make them
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    #[command(flatten)]
    schema: SchemaFolder,
    /// Make the changes, after a confirmation
    #[arg(long)]
    apply: bool,
    /// Do not ask for confirmation
    #[arg(long, short, requires = "apply")]
    yes: bool,
    /// Print the statements as a script for a database administrator
    #[arg(long, conflicts_with = "apply")]
    sql: bool,
    /// Copy the database into this new file before it is changed (SQLite)
    #[arg(long, value_name = "FILE", requires = "apply")]
    backup: Option<PathBuf>,
    /// Also drop tables that an earlier migration replaced (Impala and Hive)
    #[arg(long)]
    drop_old: bool,
}

pub(crate) fn run(arguments: Arguments, global: &Global) -> Done {
    let mut opened = arguments.site.for_schema(&arguments.schema)?;
    let scope = Scope::All { drops_old: arguments.drop_old };
    let plan = planned(&mut opened, scope)?;
    let (dialect, url) = (opened.store.dialect(), opened.store.url().to_owned());
    let shown = json!({
        "database": url, "steps": steps(&plan), "stay_empty": plan.stay_empty, "obstacles": plan.obstacles,
    });
    if !plan.obstacles.is_empty() {
        let listed: Vec<String> = plan.obstacles.iter().map(|obstacle| format!("  {obstacle}")).collect();
        return Err(Error::Configuration(format!(
            "the database {url} cannot be migrated:\n{}\nremove these obstacles, and migrate again",
            listed.join("\n")
        ))
        .unchanged());
    }
    if arguments.sql {
        let text = script(&plan, &opened, &arguments.schema, dialect)?;
        let json = json!({"database": url, "script": text});
        return Ok(Report { text, json, is_product: true, is_data: true, ..Report::default() });
    }
    if plan.steps.is_empty() && !arguments.apply {
        let text = format!("{url}\nthe database fits the schema; there is nothing to migrate\n");
        return Ok(Report { text, json: shown, ..Report::default() });
    }
    if !arguments.apply {
        let text = format!("{url}\n{}\nnothing was changed; --apply makes the changes\n", text(&plan));
        return Ok(Report { text, json: shown, is_product: true, ..Report::default() });
    }
    if !arguments.yes && !plan.steps.is_empty() {
        let question = Question {
            command: "migrate",
            would: format!("{} would be done", plural(plan.steps.len() as u64, "step", "steps")),
            listed: format!("\n{}", text(&plan)),
            preview: shown,
        };
        if let Some(declined) = question.ask(&opened.progress)? {
            return Ok(declined);
        }
    }
    if let Some(file) = &arguments.backup {
        back_up(&mut opened, file)?;
    }
    let applied = applied(&mut opened, &plan, scope, global)?;
    let done = plural(applied.steps.len() as u64, "step", "steps");
    let text = match applied.steps.is_empty() {
        true => format!("{url}\nthe database fits the schema; no step was needed\n"),
        false => format!("{url}\n{}\nmigrated: {done} done\n", text_of(&applied.steps)),
    };
    let text = text + &applied.kept.iter().map(|kept| format!("{kept}\n")).collect::<String>();
    Ok(Report { text, json: json!({"database": url, "migrated": to_json(&applied)}), ..Report::default() })
}

/// Plans the changes.
pub(super) fn planned(opened: &mut Compared, scope: Scope) -> Result<Plan, Error> {
    let comparison = compare(&mut *opened.store, &opened.schema).map_err(Error::unchanged)?;
    plan(&mut *opened.store, &opened.schema, &comparison, scope).map_err(Error::unchanged)
}

/// Makes the changes.
pub(super) fn applied(
    opened: &mut Compared,
    plan: &Plan,
    scope: Scope,
    global: &Global,
) -> Result<Applied, Error> {
    let bar = Bar::follow(&opened.progress, "migrating", global.quiet);
    let mut context = SiteContext::of(&opened.settings, &opened.progress);
    let applied = apply(&mut *opened.store, &opened.schema, (plan, scope), &mut context, &opened.progress);
    drop(bar);
    applied
}

fn back_up(opened: &mut Compared, file: &Path) -> Result<(), Error> {
    let shown = printable::path(file).to_string();
    let Some(path) = file.to_str() else {
        let message = format!("--backup: {shown} is not UTF-8; name another file");
        return Err(Error::Usage(message).unchanged());
    };
    let Some(statement) = opened.store.dialect().back_up(path) else {
        let message =
            "--backup: only a database of SQLite is one file; back up the others with their own programs";
        return Err(Error::Usage(message.to_owned()).unchanged());
    };
    if file.exists() {
        let message = format!("--backup: the file {shown} exists already; name a new one");
        return Err(Error::Usage(message).unchanged());
    }
    opened.store.run_alone(&statement).map_err(|error| {
        // What was written of it is no backup. If it cannot be removed, the first error matters.
        let _ = std::fs::remove_file(file);
        Error::from(error).unchanged()
    })
}

fn text_of(steps: &[String]) -> String {
    let lines = steps.iter().enumerate().map(|(at, step)| format!("{:>3}. {step}", at + 1));
    lines.collect::<Vec<_>>().join("\n")
}

/// What a step means for other sessions and for stored rows.
fn effects(step: &Step) -> String {
    let rows = match step.rewrites {
        None => None,
        Some(None) => Some("writes rows again".to_owned()),
        Some(Some(0)) => None,
        Some(Some(rows)) => Some(format!("writes {} rows again", count(rows))),
    };
    let loses = step.loses.as_ref().map(|loses| format!("loses {loses}, which cannot be undone"));
    let all: Vec<String> =
        std::iter::once(step.lock.in_words().to_owned()).chain(rows).chain(loses).collect();
    all.join("; ")
}

/// The steps for people.
pub(super) fn text(plan: &Plan) -> String {
    let mut text = String::new();
    let mut phase = None;
    for (at, step) in plan.steps.iter().enumerate() {
        if phase != Some(step.phase) {
            phase = Some(step.phase);
            text.push_str(match step.phase {
                Phase::Together if plan.has_transaction => "in one transaction:\n",
                Phase::Together | Phase::Alone => {
                    "each by itself, so that a migration that is stopped goes on there:\n"
                }
            });
        }
        text.push_str(&format!("{:>3}. {}\n       {}\n", at + 1, step.what, effects(step)));
        text.push_str(&step.changes.iter().map(|change| format!("       - {change}\n")).collect::<String>());
        if let Work::Sql(statements) = &step.work {
            for statement in shortened(statements) {
                text.push_str(&format!("       | {statement}\n"));
            }
        }
    }
    text.push_str(&stay_empty(plan).map_or_else(String::new, |note| format!("{note}\n")));
    text
}

/// What is said of columns without values.
fn stay_empty(plan: &Plan) -> Option<String> {
    let list = plan.stay_empty.join(", ");
    let why = "their values cannot be computed from what is stored, or not without losing columns of others";
    (!list.is_empty()).then(|| format!("stored rows have no value in {list}: {why}"))
}

/// The statements of a step on one line each, the first of many.
fn shortened(statements: &[String]) -> Vec<String> {
    const SHOWN: usize = 6;
    const LONGEST: usize = 160;
    let line = |statement: &String| {
        let words: Vec<&str> =
            statement.lines().map(|line| line.split(" -- ").next().unwrap_or(line).trim()).collect();
        let line = words.join(" ");
        match line.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    };
    let mut lines: Vec<String> = statements.iter().take(SHOWN).map(line).collect();
    if statements.len() > SHOWN {
        lines.push(format!("and {} more; --sql prints all", statements.len() - SHOWN));
    }
    lines
}

/// The steps for programs.
pub(super) fn steps(plan: &Plan) -> Vec<Value> {
    let step = |step: &Step| {
        let statements = match &step.work {
            Work::Sql(statements) => statements.clone(),
            Work::Fill { .. } | Work::Derive { .. } | Work::SumUp | Work::Compare { .. } => Vec::new(),
        };
        json!({
            "what": step.what,
            "statements": statements,
            "lock": step.lock.in_words(),
            "rewrites": step.rewrites.is_some(),
            "rows": step.rewrites.flatten(),
            "loses": step.loses,
            "changes": step.changes,
            "in_transaction": plan.has_transaction && step.phase == Phase::Together,
        })
    };
    plan.steps.iter().map(step).collect()
}

/// The plan as a script. It records the steps that only the program can do, so that the next migration does them.
fn script(plan: &Plan, opened: &Compared, folder: &SchemaFolder, dialect: Dialect) -> Result<String, Error> {
    let url = opened.store.url();
    if plan.steps.is_empty() {
        return Ok(format!("-- flow-oa: {url} fits the schema; there is nothing to migrate.\n"));
    }
    let has_transactions = dialect.capabilities().transactions;
    let computed: Vec<&str> =
        plan.steps.iter().filter(|step| step.work.is_computed()).map(|step| step.what.as_str()).collect();
    if !has_transactions && !computed.is_empty() {
        return Err(Error::Usage(format!(
            "--sql: no script for {url} can do these steps, which the program computes: {}; use --apply",
            computed.join("; ")
        ))
        .unchanged());
    }
    let again = format!("flow-oa migrate --apply{}", folder.as_argument());
    let mut text = format!(
        "-- flow-oa: changes that make {url} fit the schema {}.\n-- Afterwards, run `{again}` for the same database: \
         it does what only the program can do, and records the schema.\n",
        opened.schema.fingerprint
    );
    if let Some(note) = stay_empty(plan) {
        text.push_str(&format!("-- {}\n", printable::in_line(&note)));
    }
    for phase in [Phase::Together, Phase::Alone] {
        let is_together = has_transactions && phase == Phase::Together;
        let references = dialect.without_references().filter(|_| is_together);
        text.push_str(&references.map_or_else(String::new, |[before, _]| format!("\n{before}\n")));
        text.push_str(if is_together { "\nBEGIN;\n" } else { "" });
        if let Some(waits) = dialect.short_waits().filter(|_| is_together) {
            text.push_str(&format!("{waits};\n"));
        }
        for step in plan.steps.iter().filter(|step| step.phase == phase) {
            text.push_str(&format!("\n-- {}: {}\n", printable::in_line(&step.what), effects(step)));
            match &step.work {
                Work::Sql(statements) => {
                    for statement in statements {
                        text.push_str(statement.trim_end());
                        text.push('\n');
                    }
                }
                Work::Compare { tables, partition } => {
                    let counts = tables.iter().zip(partition);
                    let count = |(table, by): (&String, &Vec<String>)| {
                        format!("{};\n", dialect.count_by(table, by, opened.store.place()))
                    };
                    text.push_str(&counts.map(count).collect::<String>());
                    text.push_str("-- Go on only if both have the same rows in each partition.\n");
                }
                Work::Fill { .. } | Work::Derive { .. } | Work::SumUp => {
                    text.push_str(&format!("-- `{again}` does this step.\n"));
                }
            }
        }
        if is_together {
            let recorded = plan.record_computed(&opened.schema, dialect, opened.store.place());
            text.push_str(&recorded.iter().map(|statement| format!("\n{statement}")).collect::<String>());
            text.push_str("\nCOMMIT;\n");
            text.push_str(&references.map_or_else(String::new, |[_, after]| format!("{after}\n")));
        }
    }
    Ok(text)
}
