//! `flow-oa ddl`: prints the tables of a new database, from any schema folder, without a build.

use std::path::PathBuf;

use flow_oa_schema::dialect::Place;
use flow_oa_schema::names::nearest;
use flow_oa_schema::{Dialect, Files, Schema, check, ledger};
use flow_oa_site::Error;
use flow_oa_site::deployment::Deployment;
use serde_json::json;

use crate::report::{Done, Report};

/// Print the DDL of a new database
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// sqlite, postgres or impala
    #[arg(long, default_value = "sqlite", value_parser = dialect, value_name = "NAME")]
    dialect: Dialect,
    /// Schema folder, or the folder of one pipeline [default: the schema that the program was built with]
    #[arg(long, value_name = "DIR")]
    schema: Option<PathBuf>,
    /// Only this table; may be given several times
    #[arg(long = "table", value_name = "TABLE")]
    tables: Vec<String>,
    /// Database (Impala) or schema (PostgreSQL) that holds the tables
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// Folder in which Impala and Hive store tables [default: /flow_oa]
    #[arg(long, value_name = "PATH")]
    location_root: Option<String>,
}

fn dialect(name: &str) -> Result<Dialect, String> {
    Dialect::named(name).ok_or_else(|| {
        let names = Dialect::ALL.map(Dialect::name);
        let meant = nearest(name, names).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        format!("expected {}{meant}", names.join(", "))
    })
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let schema = schema(arguments)?;
    let known: Vec<String> = schema
        .tables()
        .map(|it| it.name.clone())
        .chain(ledger::tables().into_iter().map(|it| it.name))
        .collect();
    if let Some(absent) = arguments.tables.iter().find(|table| !known.contains(table)) {
        let meant =
            nearest(absent, known.iter().map(String::as_str)).map(|near| format!("; did you mean {near}?"));
        let message = format!("--table: there is no table {absent:?}{}", meant.unwrap_or_default());
        return Err(Error::Usage(message));
    }
    let place =
        Place { database: arguments.database.clone(), location_root: arguments.location_root.clone() };
    if let Some(fault) = arguments.dialect.fault_in(&place) {
        return Err(Error::Usage(format!("writing the DDL: {fault}")));
    }
    let text = arguments.dialect.ddl(&schema, &place, &arguments.tables);
    let json = json!({"dialect": arguments.dialect.name(), "ddl": text});
    Ok(Report { text, json, is_product: true, is_data: true, ..Report::default() })
}

fn schema(arguments: &Arguments) -> Result<Schema, Error> {
    match &arguments.schema {
        None => Ok(Deployment::new(&flow_oa_generated::SCHEMA)?.model),
        Some(folder) => {
            check(&Files::read(folder)).map_err(|faults| Error::Configuration(faults.to_string()))
        }
    }
}
