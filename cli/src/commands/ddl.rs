//! `flow-oa ddl`: prints the tables of a new database, from any schema folder, without a build.

use flow_oa_schema::dialect::Place;
use flow_oa_schema::dialect::owners::{Contents, Role};
use flow_oa_schema::names::nearest;
use flow_oa_schema::{Dialect, ledger};
use flow_oa_site::Error;
use jiff::civil::Date;
use serde_json::json;

use crate::global::{SchemaFolder, date};
use crate::report::{Done, Report};

/// Print the DDL of a database; it can be applied again
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// sqlite, postgres or impala
    #[arg(long, default_value = "sqlite", value_parser = dialect, value_name = "NAME")]
    dialect: Dialect,
    #[command(flatten)]
    schema: SchemaFolder,
    /// Only this table; may be given several times
    #[arg(long = "table", value_name = "TABLE")]
    tables: Vec<String>,
    /// Database (Impala) or schema (PostgreSQL) that holds the tables
    #[arg(long, value_name = "NAME", alias = "database")]
    into: Option<String>,
    /// Folder in which Impala and Hive store tables [default: /flow_oa]
    #[arg(long, value_name = "PATH")]
    location_root: Option<String>,
    /// Also grant the least rights of these roles: reader, analyst or operator, each as KIND or KIND=ROLE [default ROLE:
    /// flow_oa_KIND]
    #[arg(long, value_name = "KIND[=ROLE]", num_args = 1.., value_parser = grant)]
    grants: Vec<(Role, String)>,
    /// Also create the partitions of these days, FROM..TO (PostgreSQL)
    #[arg(long, value_name = "FROM..TO", value_parser = days)]
    partitions: Option<Days>,
}

/// The first and the last of some days.
#[derive(Debug, Clone, Copy)]
struct Days {
    from: Date,
    to: Date,
}

/// The most days that get partitions at once: ten years.
const MOST_DAYS: usize = 3660;

fn days(text: &str) -> Result<Days, String> {
    let (from, to) = text.split_once("..").ok_or("expected two days, such as 20261101..20261130")?;
    let days = Days { from: date(from)?, to: date(to)? };
    if days.to < days.from {
        return Err("the first day is after the last".to_owned());
    }
    match days.each().count() {
        count if count > MOST_DAYS => Err(format!("{count} days; {MOST_DAYS} are the most")),
        _ => Ok(days),
    }
}

impl Days {
    fn each(self) -> impl Iterator<Item = [i64; 3]> {
        let next = move |day: &Date| day.tomorrow().ok().filter(|next| *next <= self.to);
        std::iter::successors(Some(self.from), next)
            .map(|day| [i64::from(day.year()), i64::from(day.month()), i64::from(day.day())])
    }
}

fn grant(text: &str) -> Result<(Role, String), String> {
    let (kind, name) = text.split_once('=').unwrap_or((text, ""));
    let role = Role::ALL.into_iter().find(|role| role.name() == kind);
    let role = role.ok_or_else(|| {
        let names = Role::ALL.map(Role::name);
        let meant = nearest(kind, names).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        format!("expected {}{meant}", names.join(", "))
    })?;
    let name = if name.is_empty() { format!("flow_oa_{kind}") } else { name.to_owned() };
    Ok((role, name))
}

fn dialect(name: &str) -> Result<Dialect, String> {
    Dialect::named(name).ok_or_else(|| {
        let names = Dialect::ALL.map(Dialect::name);
        let meant = nearest(name, names).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        format!("expected {}{meant}", names.join(", "))
    })
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let schema = arguments.schema.model()?;
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
    let place = Place { database: arguments.into.clone(), location_root: arguments.location_root.clone() };
    if let Some(fault) = arguments.dialect.fault_in(&place) {
        return Err(Error::Usage(format!("writing the DDL: {fault}")));
    }
    let contents = Contents {
        only: arguments.tables.clone(),
        grants: arguments.grants.clone(),
        days: arguments.partitions.map(|days| days.each().collect()).unwrap_or_default(),
    };
    if arguments.dialect == Dialect::Sqlite && !contents.grants.is_empty() {
        let message = "--grants: SQLite has no roles; who may open the file is a matter of the file system";
        return Err(Error::Usage(message.to_owned()));
    }
    if arguments.dialect != Dialect::Postgres && !contents.days.is_empty() {
        return Err(Error::Usage(
            "--partitions: only tables of PostgreSQL need partitions in advance".to_owned(),
        ));
    }
    let text = arguments.dialect.ddl(&schema, &place, &contents);
    let json = json!({"dialect": arguments.dialect.name(), "ddl": text});
    Ok(Report { text, json, is_product: true, is_data: true, ..Report::default() })
}
