//! An engine that shows what is asked of another: statements go on to it within a transaction that its owner
//! takes back, so that a rehearsal gives the true numbers of rows and changes nothing.

use flow_oa_core::{Batch, Cell};
use sea_query::{Value, Values};
use serde_json::json;

use super::layer::{Call, Goes, Layer, Watch};
use super::{Engine, EngineError, Target, removal};

/// A statement that was run.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Recorded {
    /// Its text.
    pub sql: String,
    /// The values that were bound.
    pub values: Vec<serde_json::Value>,
    /// For rows that are loaded in bulk: the values of each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Vec<serde_json::Value>>,
}

/// Records what goes to an engine.
pub(crate) struct Recorder<'a> {
    engine: &'a mut dyn Engine,
    pub(crate) statements: Vec<Recorded>,
}

impl<'a> Recorder<'a> {
    /// Records what goes to `engine`, which is within a transaction whose end is left to its owner.
    pub(crate) fn around(engine: &'a mut dyn Engine) -> Layer<Self> {
        Layer(Self { engine, statements: Vec::new() })
    }

    fn record(&mut self, sql: &str, values: &Values) {
        let values = values.0.iter().map(shown).collect();
        self.statements.push(Recorded { sql: sql.to_owned(), values, rows: Vec::new() });
    }

    fn record_load(&mut self, target: &Target<'_>, rows: &dyn Batch) {
        let (mut cells, mut all) = (Vec::new(), Vec::with_capacity(rows.len()));
        for row in 0..rows.len() {
            rows.cells(row, &mut cells);
            all.push(cells.iter().map(shown_cell).collect());
        }
        let mut insert = target.insert.clone();
        insert.values_panic(target.columns.iter().map(|_| sea_query::Expr::value(0)));
        let (sql, _) = self.engine.render(&insert.into());
        self.statements.push(Recorded { sql, values: Vec::new(), rows: all });
    }
}

impl Watch for Recorder<'_> {
    fn engine(&self) -> &dyn Engine {
        self.engine
    }

    fn engine_mut(&mut self) -> &mut dyn Engine {
        self.engine
    }

    fn before(&mut self, call: &Call<'_>) -> Result<Goes, EngineError> {
        let none = Values(Vec::new());
        match call {
            Call::Statement { sql, values } => self.record(sql, values),
            Call::Load { target, rows } => self.record_load(target, *rows),
            Call::Remove { table, days } => {
                let (sql, values) = self.engine.render(&removal(table, days));
                self.record(&sql, &values);
            }
            Call::Begin => self.record("BEGIN", &none),
            Call::Commit => self.record("COMMIT", &none),
            Call::Rollback | Call::Other => {}
        }
        let is_the_owners = matches!(call, Call::Begin | Call::Commit | Call::Rollback);
        Ok(if is_the_owners { Goes::NoFurther } else { Goes::On })
    }
}

fn shown(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(it) => json!(it),
        Value::SmallInt(it) => json!(it),
        Value::Int(it) => json!(it),
        Value::BigInt(it) => json!(it),
        Value::BigUnsigned(it) => json!(it),
        Value::Double(it) => json!(it),
        Value::String(it) => json!(it),
        other => json!(format!("{other:?}")),
    }
}

fn shown_cell(cell: &Cell<'_>) -> serde_json::Value {
    match cell {
        Cell::Null => serde_json::Value::Null,
        Cell::Int(it) => json!(it),
        Cell::Real(it) => json!(it),
        Cell::Text(it) => json!(it),
    }
}
