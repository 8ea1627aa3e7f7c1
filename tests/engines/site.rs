//! A home with a database of an engine, and a scene that runs in it.

use std::sync::LazyLock;

use flow_oa_schema::model::Table;
use flow_oa_schema::types::Storage;
use flow_oa_schema::{Files, Schema, check};

use crate::backend::{Backend, Can, Database, NULL};
use crate::home::{DAY, Home, Outcome, results_of, spot};

/// The tables of the project.
pub(crate) static MODEL: LazyLock<Schema> = LazyLock::new(|| {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema");
    check(&Files::read(&folder)).unwrap_or_else(|faults| panic!("{faults}"))
});

/// A home, and the database of the program.
pub(crate) struct Site {
    pub(crate) home: Home,
    pub(crate) database: Box<dyn Database>,
}

/// Runs a scene on an engine that has the needed capabilities, in a home whose database has the tables.
pub(crate) fn play(backend: &dyn Backend, needs: &[Can], scene: fn(&Site)) {
    if !needs.iter().all(|need| backend.can().contains(need)) {
        return;
    }
    if let Some(site) = Site::bare(backend) {
        site.does(&["init"]);
        scene(&site);
    }
}

impl Site {
    /// A home and a database without tables.
    pub(crate) fn bare(backend: &dyn Backend) -> Option<Self> {
        let home = Home::bare();
        let database = backend.fresh(&home.path(""))?;
        Some(Self { home, database })
    }

    /// The program, with this home.
    pub(crate) fn command(&self, arguments: &[&str]) -> assert_cmd::Command {
        self.command_in(&self.home, arguments)
    }

    /// The program, with another home on this database.
    pub(crate) fn command_in(&self, home: &Home, arguments: &[&str]) -> assert_cmd::Command {
        let mut command = home.command(arguments);
        for name in ["PGPASSWORD", "PGPASSFILE", "PGSSLMODE", "PGSSLROOTCERT", "PGOPTIONS"] {
            command.env_remove(name);
        }
        command.env("FLOW_OA_DATABASE", self.database.url());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(&mut self.command(arguments))
    }

    /// Runs the program, which must exit with 0.
    pub(crate) fn does(&self, arguments: &[&str]) -> Outcome {
        self.run(arguments).ends_with(0)
    }

    /// Runs the program, which must exit with 0 and print a JSON value.
    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        self.does(&[arguments, &["--output", "json"]].concat()).json()
    }

    /// Ingests `flows`, lines in the format of Spot's own nfdump.
    pub(crate) fn has_flows(&self, flows: &[String]) {
        self.home.write("flows.csv", spot(flows));
        self.does(&["ingest", "flows.csv"]);
    }

    /// Writes the results of a day where `run` reads them.
    pub(crate) fn has_results_of(&self, day: &str, lines: &[String]) {
        self.home.write(&results_of(day), lines.iter().map(|line| format!("{line}\n")).collect::<String>());
    }

    pub(crate) fn has_results(&self, lines: &[String]) {
        self.has_results_of(DAY, lines);
    }

    pub(crate) fn runs_day(&self) -> Outcome {
        self.does(&["run", "-d", DAY])
    }

    /// The rows of a query in order, values separated by `|`.
    pub(crate) fn rows(&self, query: &str) -> Vec<String> {
        self.database.rows(query).into_iter().map(|row| row.join("|")).collect()
    }

    /// The number of rows of a table.
    pub(crate) fn count(&self, table: &str) -> usize {
        self.rows(&format!("SELECT count(*) FROM {table}"))[0].parse().unwrap()
    }

    /// The rows of a table of the project, sorted, with its declared columns only. Each value has the same text for
    /// every engine.
    pub(crate) fn table(&self, name: &str) -> Vec<String> {
        let table = MODEL.tables().find(|table| table.name == name).unwrap();
        let columns: Vec<String> =
            table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let rows = self.database.rows(&format!("SELECT {} FROM {name}", columns.join(", ")));
        let mut rows: Vec<String> = rows.into_iter().map(|row| alike(table, row).join("|")).collect();
        rows.sort();
        rows
    }

    /// Every row of every table except the program's own, to detect changes.
    pub(crate) fn everything(&self) -> Vec<String> {
        let rows = |table: &Table| {
            let name = table.name.clone();
            self.table(&table.name).into_iter().map(move |row| format!("{name}|{row}"))
        };
        self.tables().flat_map(rows).collect()
    }

    /// The tables of the project that the engine has.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &'static Table> {
        MODEL.tables().filter(|table| self.database.has(table))
    }

    /// Whether the engine has a table of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.tables().any(|table| table.name == name)
    }

    /// The named columns of a table, formatted as by [`Self::table`].
    pub(crate) fn columns(&self, table: &str, names: &[&str]) -> Vec<String> {
        let model = MODEL.tables().find(|found| found.name == table).unwrap();
        let place = |name: &&str| model.columns.iter().position(|column| column.name == *name).unwrap();
        let places: Vec<usize> = names.iter().map(place).collect();
        let listed: Vec<String> = model.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let rows = self.database.rows(&format!("SELECT {} FROM {table}", listed.join(", ")));
        let pick = |row: Vec<String>| {
            let row = alike(model, row);
            places.iter().map(|at| row[*at].as_str()).collect::<Vec<_>>().join("|")
        };
        let mut rows: Vec<String> = rows.into_iter().map(pick).collect();
        rows.sort();
        rows
    }
}

/// A row in the common format of all engines: a boolean as 0 or 1, a number in the precision of its column.
fn alike(table: &Table, row: Vec<String>) -> Vec<String> {
    let value = |(text, storage): (String, Storage)| match storage {
        _ if text == NULL => text,
        Storage::Bit => if matches!(text.as_str(), "t" | "true" | "1") { "1" } else { "0" }.to_owned(),
        Storage::Float => text.parse::<f64>().unwrap().to_string().parse::<f32>().unwrap().to_string(),
        Storage::Double => text.parse::<f64>().unwrap().to_string(),
        _ => text,
    };
    row.into_iter().zip(table.columns.iter().map(|it| it.kind.storage())).map(value).collect()
}
