//! An engine that shows what is asked of another: statements go on to it within a transaction that its owner
//! takes back, so that a rehearsal gives the true numbers of rows and changes nothing.

use flow_oa_core::{Batch, Cell};
use sea_query::{Value, Values};
use serde_json::json;

use super::{Engine, EngineError, FoundColumn, Statement, Target};

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
    /// `engine` is within a transaction.
    pub(crate) fn new(engine: &'a mut dyn Engine) -> Self {
        Self { engine, statements: Vec::new() }
    }

    fn record(&mut self, sql: &str, values: &Values) {
        let values = values.0.iter().map(shown).collect();
        self.statements.push(Recorded { sql: sql.to_owned(), values, rows: Vec::new() });
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

impl Engine for Recorder<'_> {
    fn dialect(&self) -> &'static str {
        self.engine.dialect()
    }

    fn url(&self) -> &str {
        self.engine.url()
    }

    fn database(&self) -> Option<&str> {
        self.engine.database()
    }

    fn render(&self, statement: &Statement) -> (String, Values) {
        self.engine.render(statement)
    }

    fn execute(&mut self, sql: &str, values: &Values) -> Result<u64, EngineError> {
        self.record(sql, values);
        self.engine.execute(sql, values)
    }

    fn for_each(
        &mut self,
        sql: &str,
        values: &Values,
        seen: &mut dyn FnMut(&[Value]),
    ) -> Result<(), EngineError> {
        self.record(sql, values);
        self.engine.for_each(sql, values, seen)
    }

    fn script(&mut self, sql: &str) -> Result<(), EngineError> {
        self.record(sql, &Values(Vec::new()));
        self.engine.script(sql)
    }

    fn load(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64, EngineError> {
        let (mut cells, mut all) = (Vec::new(), Vec::with_capacity(rows.len()));
        for row in 0..rows.len() {
            rows.cells(row, &mut cells);
            all.push(cells.iter().map(shown_cell).collect());
        }
        let mut insert = target.insert.clone();
        insert.values_panic(target.columns.iter().map(|_| sea_query::Expr::value(0)));
        let (sql, _) = self.engine.render(&insert.into());
        self.statements.push(Recorded { sql, values: Vec::new(), rows: all });
        self.engine.load(target, rows)
    }

    fn columns(&mut self, table: &str) -> Result<Vec<FoundColumn>, EngineError> {
        self.engine.columns(table)
    }

    fn last_row(&mut self, table: &str) -> Result<Option<i64>, EngineError> {
        self.engine.last_row(table)
    }

    fn begin(&mut self) -> Result<(), EngineError> {
        self.record("BEGIN", &Values(Vec::new()));
        Ok(())
    }

    fn commit(&mut self) -> Result<(), EngineError> {
        self.record("COMMIT", &Values(Vec::new()));
        Ok(())
    }

    /// Left to the owner of the transaction.
    fn rollback(&mut self) {}

    fn interrupter(&self) -> Box<dyn Fn() + Send> {
        self.engine.interrupter()
    }
}
