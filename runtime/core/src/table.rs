//! A compiled table, as generated code describes it to engines.

/// A table of a compiled pipeline. All texts are constants of the generated crate.
#[derive(Debug)]
pub struct Table {
    /// Its name, as in the JSON.
    pub name: &'static str,
    /// What it holds.
    pub description: &'static str,
    /// Its columns in order, partition columns last.
    pub columns: &'static [&'static str],
    /// The `CREATE` statements in each dialect, by the dialect's name.
    pub ddl: &'static [(&'static str, &'static str)],
    /// An `INSERT` without values, made of the generated identifiers; engines add the values.
    pub insert: fn() -> sea_query::InsertStatement,
}

impl Table {
    /// The `CREATE` statements in the dialect of that name, if there is such a dialect.
    pub fn ddl_in(&self, dialect: &str) -> Option<&'static str> {
        self.ddl.iter().find(|(name, _)| *name == dialect).map(|(_, text)| *text)
    }
}
