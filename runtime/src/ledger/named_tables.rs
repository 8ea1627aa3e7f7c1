//! The tables that a user names by `--table`: what cannot be meant is refused with what can.

use flow_oa_schema::model::{Rows, Table};
use flow_oa_schema::names::nearest;

use crate::error::{Error, Result};

/// Refuses names that are of none of the tables in `all`, and those of rollups, which never go alone; `goes` says how
/// they go with the raw table.
///
/// # Errors
/// The first name that cannot be meant, and what can.
pub(crate) fn require<'a>(
    all: impl Iterator<Item = &'a Table> + Clone,
    named: &[String],
    goes: &str,
) -> Result<()> {
    for name in named {
        match all.clone().find(|it| it.name == *name).map(|it| &it.rows) {
            None => {
                let meant = nearest(name, all.map(|it| it.name.as_str()));
                let meant = meant.map(|it| format!("; did you mean {it}?")).unwrap_or_default();
                return Err(Error::Usage(format!("--table: there is no table {name:?} with days{meant}")));
            }
            Some(Rows::Rollup(rollup)) => {
                let raw = &rollup.raw;
                return Err(Error::Usage(format!(
                    "--table: {name} sums up {raw}, and {goes} with it: --table {raw}"
                )));
            }
            Some(_) => {}
        }
    }
    Ok(())
}
