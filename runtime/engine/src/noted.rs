//! What goes to a database, noted for those who want to see it before they let it happen.

use sea_query::{Value, Values};

use flow_oa_core::{Batch, Cell};

/// A statement that was run.
#[derive(Debug, Clone, PartialEq)]
pub struct Noted {
    /// Its text.
    pub sql: String,
    /// The values that were bound.
    pub values: Vec<Value>,
    /// For rows that are loaded in bulk: the values of each.
    pub rows: Vec<Vec<Value>>,
}

/// An engine's notes, taken while a rehearsal lasts.
#[derive(Debug, Default)]
pub struct Notes(Option<Vec<Noted>>);

impl Notes {
    /// Begins to take notes.
    pub fn begin(&mut self) {
        self.0 = Some(Vec::new());
    }

    /// Whether a rehearsal is under way.
    pub fn are_taken(&self) -> bool {
        self.0.is_some()
    }

    /// Notes a statement.
    pub fn statement(&mut self, sql: &str, values: &Values) {
        if let Some(notes) = &mut self.0 {
            notes.push(Noted { sql: sql.to_owned(), values: values.0.clone(), rows: Vec::new() });
        }
    }

    /// Notes rows that are loaded by the statement that `sql` gives.
    pub fn rows(&mut self, sql: impl FnOnce() -> String, rows: &dyn Batch) {
        let Some(notes) = &mut self.0 else { return };
        let (mut cells, mut all) = (Vec::new(), Vec::with_capacity(rows.len()));
        for row in 0..rows.len() {
            rows.cells(row, &mut cells);
            all.push(cells.iter().map(value).collect());
        }
        notes.push(Noted { sql: sql(), values: Vec::new(), rows: all });
    }

    /// Whether the beginning or the end of a transaction is only noted, since a rehearsal is under way: its own
    /// transaction is around all others, and is taken back.
    pub fn keep(&mut self, what: &str) -> bool {
        self.statement(what, &Values(Vec::new()));
        self.are_taken()
    }

    /// Ends and gives what was noted.
    pub fn end(&mut self) -> Vec<Noted> {
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
