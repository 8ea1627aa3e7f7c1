//! Renders statements of sea-query as text, and checks what the family does not support before a server sees them.

use flow_oa_schema::dialect::impala::HiveType;
use sea_query::{
    ColumnType, SelectStatement, SqliteQueryBuilder, TableCreateStatement, TableDropStatement, TableRef,
};

use crate::sql::ImpalaQueryBuilder;
use crate::sql::script::without_quoted;

/// Why a statement cannot be rendered.
#[expect(missing_docs, reason = "the fields are named as in the message")]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// A number is at a position where it would be taken for the position of a column.
    #[error("the number {number} after {clause} would be taken for the position of a column in: {sql}")]
    Position {
        /// `GROUP BY` or `ORDER BY`.
        clause: &'static str,
        number: String,
        sql: String,
    },
    /// The text of sea-query does not have the expected form.
    #[error("{what} is not of the form that was expected: {sql}")]
    Form {
        /// The kind of statement that was expected.
        what: &'static str,
        sql: String,
    },
    /// The query and the table have different numbers of columns.
    #[error("the query has {found} columns, the table {expected}")]
    Columns { found: usize, expected: usize },
    /// A column has a type that the family lacks.
    #[error("the column {0} has a type that tables here do not have")]
    Type(String),
}

/// Renders a query.
///
/// # Errors
/// If `GROUP BY` or `ORDER BY` contains a number.
pub fn select(statement: &SelectStatement) -> Result<String, RenderError> {
    let sql = statement.to_string(ImpalaQueryBuilder);
    match position(&sql) {
        Some((clause, number)) => Err(RenderError::Position { clause, number, sql }),
        None => Ok(sql),
    }
}

/// Finds a bare number in `GROUP BY` or `ORDER BY`.
pub(crate) fn position(sql: &str) -> Option<(&'static str, String)> {
    let bare = without_quoted(sql);
    ["GROUP BY ", "ORDER BY "].into_iter().find_map(|clause| {
        let number = bare.split(clause).skip(1).find_map(|tail| items(tail).find(|item| is_number(item)))?;
        Some((clause.trim_end(), number.to_owned()))
    })
}

/// The items of a list that ends with the enclosing parenthesis, or with the statement. The last item includes the text
/// after the list.
fn items(tail: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    let mut ended = false;
    tail.split(move |letter: char| {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        ended |= depth < 0;
        !ended && depth == 0 && letter == ','
    })
}

fn is_number(item: &str) -> bool {
    let first = item.trim_start().split([' ', ')']).next().unwrap_or_default();
    let digits = first.trim_start_matches(['(', '-', '+']);
    !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit())
}

/// Name and columns of a table to be created, for `create_staging`: the family has neither temporary tables nor keys.
///
/// # Errors
/// If the table has no name, or a column has an unsupported type.
pub fn created(statement: &TableCreateStatement) -> Result<(String, Vec<(String, HiveType)>), RenderError> {
    let name = match statement.get_table_name() {
        Some(TableRef::Table(name, None)) => name.1.to_string(),
        _ => {
            let sql = statement.to_string(SqliteQueryBuilder);
            return Err(RenderError::Form { what: "a new table", sql });
        }
    };
    let column = |def: &sea_query::ColumnDef| {
        let name = def.get_column_name();
        let kind = def.get_column_type().and_then(type_of).ok_or_else(|| RenderError::Type(name.clone()))?;
        Ok((name, kind))
    };
    Ok((name, statement.get_columns().iter().map(column).collect::<Result<_, _>>()?))
}

fn type_of(kind: &ColumnType) -> Option<HiveType> {
    Some(match kind {
        ColumnType::Text | ColumnType::String(_) => HiveType::String,
        ColumnType::TinyInteger => HiveType::Tinyint,
        ColumnType::SmallInteger => HiveType::Smallint,
        ColumnType::Integer => HiveType::Int,
        ColumnType::BigInteger => HiveType::Bigint,
        ColumnType::Float => HiveType::Float,
        ColumnType::Double => HiveType::Double,
        ColumnType::Boolean => HiveType::Boolean,
        _ => return None,
    })
}

/// The name of a table to be dropped. sea-query exposes it only as text.
///
/// # Errors
/// If the statement does not drop exactly one table.
pub fn dropped(statement: &TableDropStatement) -> Result<String, RenderError> {
    let sql = statement.to_string(SqliteQueryBuilder);
    let quoted = sql.rsplit_once("TABLE ").map(|(_, rest)| rest.trim_start_matches("IF EXISTS "));
    let name = quoted.and_then(|quoted| quoted.strip_prefix('"')).and_then(|rest| rest.strip_suffix('"'));
    match name.filter(|name| !name.contains('"')) {
        Some(name) => Ok(name.to_owned()),
        None => Err(RenderError::Form { what: "the removal of a table", sql }),
    }
}
