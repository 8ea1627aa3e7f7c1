//! The tables that a user names by `--table`: an invalid name is refused, with a suggestion.

use flow_oa_schema::model::{Pipeline, Table};
use flow_oa_schema::names::nearest;

use flow_oa_site::{Error, Result};

/// Refuses names that are not those of tables in `all`, and names of rollups, which cannot be chosen alone; `goes` is
/// the verb for what happens to them together with the raw table.
///
/// # Errors
/// The first invalid name, and what the user may have meant.
pub(crate) fn require<'a>(
    pipeline: &'a Pipeline,
    all: impl Iterator<Item = &'a Table> + Clone,
    named: &[String],
    goes: &str,
) -> Result<()> {
    for name in named {
        match all.clone().find(|table| table.name == *name) {
            None => {
                let meant = nearest(name, all.map(|it| it.name.as_str()));
                let meant = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
                return Err(Error::Usage(format!("--table: there is no table {name:?} with days{meant}")));
            }
            Some(table) if table.rows.are_rollup() => {
                let raw = &pipeline.base(table).name;
                return Err(Error::Usage(format!(
                    "--table: {name} sums up {raw}, and {goes} with it: --table {raw}"
                )));
            }
            Some(_) => {}
        }
    }
    Ok(())
}
