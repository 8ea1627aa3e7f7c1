//! The description of a compiled table that generated code passes to engines.

/// A table of a compiled pipeline. All texts are constants of the generated crate.
#[derive(Debug)]
pub struct Table {
    /// The name, as in the JSON.
    pub name: &'static str,
    /// The content of the table, for people.
    pub description: &'static str,
    /// The names of the columns in order, partition columns last.
    pub columns: &'static [&'static str],
    /// The `CREATE` statements, by the name of the dialect.
    pub ddl: &'static [(&'static str, &'static str)],
    /// Builds an `INSERT` from the generated identifiers, without values. Engines add the values.
    pub insert: fn() -> sea_query::InsertStatement,
}

impl Table {
    /// The `CREATE` statements in a dialect; `None` if there is no dialect of that name.
    pub fn ddl_in(&self, dialect: &str) -> Option<&'static str> {
        self.ddl.iter().find(|(name, _)| *name == dialect).map(|(_, text)| *text)
    }
}
