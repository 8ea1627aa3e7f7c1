//! Steps that no comparison of structures finds again: values that are to be computed. They are recorded with what they
//! need, so that a migration that was stopped before them goes on with them.

use flow_oa_schema::model::{Schema, Table};
use serde::{Deserialize, Serialize};

use crate::plan::Work;

/// Such a step, with names instead of positions, which may be others in a later schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Unseen {
    Fill { table: String, columns: Vec<String> },
    Derive { tables: Vec<String> },
    SumUp {},
}

fn find<'a>(schema: &'a Schema, name: &str) -> Option<&'a Table> {
    schema.tables().find(|table| table.name == name)
}

/// How a step is recorded: its statements, or what it needs.
pub(crate) fn recorded(work: &Work, schema: &Schema) -> String {
    let unseen = match work {
        Work::Sql(statements) => return statements.join("\n"),
        // It is planned again with the copy that it compares.
        Work::Compare { .. } => return String::new(),
        Work::Fill { table, columns } => {
            let names = find(schema, table).map(|table| table.names(columns).map(str::to_owned).collect());
            Unseen::Fill { table: table.clone(), columns: names.unwrap_or_default() }
        }
        Work::Derive { tables } => Unseen::Derive { tables: tables.clone() },
        Work::SumUp => Unseen::SumUp {},
    };
    serde_json::to_string(&unseen).unwrap_or_default()
}

/// What remains to be done of a recorded step; `None` if a comparison finds it again, or the schema has no such table or
/// column any more.
pub(crate) fn remaining(recorded: &str, schema: &Schema) -> Option<Work> {
    match serde_json::from_str(recorded).ok()? {
        Unseen::Fill { table, columns } => {
            let model = find(schema, &table)?;
            let columns =
                columns.iter().filter_map(|name| model.find(|column| column.name == *name)).collect();
            Some(Work::Fill { table, columns })
        }
        Unseen::Derive { tables } => {
            let tables: Vec<String> =
                tables.into_iter().filter(|name| find(schema, name).is_some()).collect();
            (!tables.is_empty()).then_some(Work::Derive { tables })
        }
        Unseen::SumUp {} => Some(Work::SumUp),
    }
}
