//! Records the statements that are sent to a database, so that the user can review them before they are executed for
//! real.

use sea_query::{Value, Values};

use flow_oa_core::{Batch, Cell};

/// A recorded statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The SQL text.
    pub sql: String,
    /// The bound values.
    pub values: Vec<Value>,
    /// For rows that are loaded in bulk: the values of each row.
    pub rows: Vec<Vec<Value>>,
}

/// The statements that are recorded during a dry run; `None` outside a dry run.
#[derive(Debug, Default)]
pub struct StatementLog(Option<Vec<Recorded>>);

impl StatementLog {
    /// Starts recording.
    pub fn begin(&mut self) {
        self.0 = Some(Vec::new());
    }

    /// Whether a dry run is in progress.
    pub fn is_recording(&self) -> bool {
        self.0.is_some()
    }

    /// Records a statement.
    pub fn statement(&mut self, sql: &str, values: &Values) {
        if let Some(log) = &mut self.0 {
            log.push(Recorded { sql: sql.to_owned(), values: values.0.clone(), rows: Vec::new() });
        }
    }

    /// Records rows that are loaded in bulk. `sql` returns the statement that loads them.
    pub fn rows(&mut self, sql: impl FnOnce() -> String, rows: &dyn Batch) {
        let Some(log) = &mut self.0 else { return };
        let (mut cells, mut all) = (Vec::new(), Vec::with_capacity(rows.len()));
        for row in 0..rows.len() {
            rows.cells(row, &mut cells);
            all.push(cells.iter().map(value).collect());
        }
        log.push(Recorded { sql: sql(), values: Vec::new(), rows: all });
    }

    /// Records the begin or the end of a transaction. Returns whether it must not be executed because a dry run is in
    /// progress: the dry run has an outer transaction of its own, which is rolled back.
    pub fn keep(&mut self, what: &str) -> bool {
        self.statement(what, &Values(Vec::new()));
        self.is_recording()
    }

    /// Stops recording and returns the recorded statements.
    pub fn end(&mut self) -> Vec<Recorded> {
        self.0.take().unwrap_or_default()
    }
}

fn value(cell: &Cell<'_>) -> Value {
    match cell {
        Cell::Null => Value::String(None),
        Cell::Int(it) => Value::BigInt(Some(*it)),
        Cell::Real(it) => Value::Double(Some(*it)),
        Cell::Text(it) => Value::String(Some((*it).to_owned())),
    }
}
