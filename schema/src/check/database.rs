//! Can the tables of all pipelines share one database and one root of locations?

use std::collections::HashMap;

use super::{Loaded, PipelineDocs};
use crate::code::Code;
use crate::diagnostics::Faults;
use crate::dialect::impala::log;
use crate::dialect::index_name;
use crate::dialect::postgres::typed_name;
use crate::document::TableDoc;
use crate::names::{LONGEST, forms};
use crate::path;

/// Each table of each pipeline.
fn each(pipelines: &[PipelineDocs]) -> impl Iterator<Item = (&PipelineDocs, &Loaded<TableDoc>)> {
    pipelines.iter().flat_map(|pipeline| pipeline.tables.iter().map(move |table| (pipeline, table)))
}

pub(super) fn tables_are_unique(pipelines: &[PipelineDocs], faults: &mut Faults) {
    let mut seen: HashMap<String, (&str, &str)> = HashMap::new();
    for (pipeline, table) in each(pipelines) {
        let name = table.doc.table.as_str();
        let forms = forms(name);
        if let Some((earlier, owner)) = forms.iter().find_map(|form| seen.get(form)) {
            let message = format!(
                "`{name}` cannot be distinguished from the table `{earlier}` of the pipeline `{owner}`"
            );
            faults.add(Code::NameCollision, &table.file, path!["table"], message);
            continue;
        }
        seen.extend(forms.map(|form| (form, (name, pipeline.name.as_str()))));
    }
}

/// Tables, indexes and keys share one namespace in SQLite and PostgreSQL, tables and logs in Impala and Hive.
pub(super) fn indexes_keys_and_logs_take_no_tables_name(pipelines: &[PipelineDocs], faults: &mut Faults) {
    let mut taken: HashMap<String, String> = HashMap::new();
    for (_, table) in each(pipelines) {
        let name = &table.doc.table;
        for at in 0..table.doc.indexes.len() {
            let index = index_name(name, at);
            if index.len() > LONGEST {
                let message = format!("its index would be called `{index}`: {} characters", index.len());
                let help = format!("{LONGEST} are the most; give the table a shorter name");
                faults.add(Code::IllegalName, &table.file, path!["indexes", at], message).help(help);
            }
            taken.insert(index.to_ascii_lowercase(), format!("index {} of `{name}`", at + 1));
        }
        if !table.doc.key.is_empty() {
            taken.insert(format!("{name}_pkey").to_ascii_lowercase(), format!("the key of `{name}`"));
        }
        taken.insert(typed_name(name).to_ascii_lowercase(), format!("the typed view of `{name}`"));
        if table.doc.rows.are_analysts() {
            taken.insert(log::name_of(name).to_ascii_lowercase(), format!("the log of `{name}`"));
        }
    }
    for (_, table) in each(pipelines) {
        if let Some(owner) = taken.get(&table.doc.table.to_ascii_lowercase()) {
            let message = format!("`{}` is the name that {owner} gets in a database", table.doc.table);
            faults.add(Code::NameCollision, &table.file, path!["table"], message);
        }
    }
}

/// The folder of the tables that belong to no pipeline.
const LEDGER: &str = "ledger/";

pub(super) fn locations_do_not_overlap(pipelines: &[PipelineDocs], faults: &mut Faults) {
    let mut earlier: Vec<(String, String)> = vec![(LEDGER.to_owned(), "the program's own tables".to_owned())];
    for (pipeline, table) in each(pipelines) {
        let given = table.doc.hive.as_ref().map(|it| it.location.clone());
        let here = if given.is_some() { path!["hive", "location"] } else { path!["table"] };
        let location = given.unwrap_or_else(|| default_location(&pipeline.name, &table.doc.table));
        if !is_plain(&location) {
            let message = "expected a relative path of plain parts, such as `flow/hive/oa/edge`";
            faults.add(Code::Location, &table.file, here, message);
            continue;
        }
        let folder = format!("{location}/");
        let clash = earlier.iter().find(|(other, _)| other.starts_with(&folder) || folder.starts_with(other));
        if let Some((other, owner)) = clash {
            let message = format!(
                "the location `{location}` overlaps with `{}` of {owner}",
                other.trim_end_matches('/')
            );
            faults.add(Code::Location, &table.file, here, message);
        }
        earlier.push((folder, format!("the table `{}`", table.doc.table)));
    }
}

/// The location of a table that does not name one.
pub(crate) fn default_location(pipeline: &str, table: &str) -> String {
    format!("{pipeline}/hive/{table}")
}

/// Whether every engine and file system takes a path literally.
fn is_plain(location: &str) -> bool {
    let plain = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.=".contains(&byte))
    };
    location.split('/').all(plain)
}
