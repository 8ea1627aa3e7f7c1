//! Apache Impala and the Hive family: external tables, partition columns apart from the other columns, no keys, no
//! indexes, no NOT NULL, and no updates of rows.
//!
//! Tables that analysts or the program itself write are stored as a log with a view, see [`log`].

pub mod beside;
pub mod log;
pub mod place;

use std::fmt::Write as _;

use super::{Dialect, Place, one_line};
use crate::model::{Column, Expr, Format, Table};
use crate::types::{Storage, TimePart};

const SELF: Dialect = Dialect::Impala;
/// The types of whole numbers, from the narrowest to the widest.
pub(super) const WHOLE: &[&str] = &["TINYINT", "SMALLINT", "INT", "BIGINT"];

const LOCATION_ROOT: &str = "/flow_oa";

/// The column types that are used in tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HiveType {
    /// Text.
    String,
    /// 8 bits.
    Tinyint,
    /// 16 bits.
    Smallint,
    /// 32 bits.
    Int,
    /// 64 bits.
    Bigint,
    /// Single precision.
    Float,
    /// Double precision.
    Double,
    /// True or false.
    Boolean,
}

impl HiveType {
    /// All types.
    pub const ALL: [HiveType; 8] = [
        Self::String,
        Self::Tinyint,
        Self::Smallint,
        Self::Int,
        Self::Bigint,
        Self::Float,
        Self::Double,
        Self::Boolean,
    ];

    /// The name of the type in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "STRING",
            Self::Tinyint => "TINYINT",
            Self::Smallint => "SMALLINT",
            Self::Int => "INT",
            Self::Bigint => "BIGINT",
            Self::Float => "FLOAT",
            Self::Double => "DOUBLE",
            Self::Boolean => "BOOLEAN",
        }
    }

    /// The type of a column. Partition columns have the types that Spot uses: SMALLINT for the year, TINYINT for the
    /// other parts.
    pub fn of(column: &Column) -> Self {
        let Expr::Partition(part) = column.from else { return column.kind.storage().into() };
        if part == TimePart::Year { Self::Smallint } else { Self::Tinyint }
    }
}

impl From<Storage> for HiveType {
    fn from(storage: Storage) -> Self {
        match storage {
            Storage::Text => Self::String,
            Storage::Smallint => Self::Smallint,
            Storage::Int => Self::Int,
            Storage::Bigint => Self::Bigint,
            Storage::Float => Self::Float,
            Storage::Double => Self::Double,
            Storage::Bit => Self::Boolean,
        }
    }
}

/// The name and type of every column of a table, those of the partition last.
pub fn columns(table: &Table) -> Vec<(&str, HiveType)> {
    table.columns.iter().map(|column| (column.name.as_str(), HiveType::of(column))).collect()
}

pub(super) fn type_name(storage: Storage) -> &'static str {
    HiveType::from(storage).name()
}

/// A text as an SQL literal. All literals of this dialect are written by this function.
///
/// Impala, Hive and Spark resolve escapes by the same rules: `\` before a letter, three octal digits for a byte below
/// 128, and any other character for itself. Control characters are escaped, so that a statement stays on one line and
/// no log or driver truncates it. An octal number always has three digits, since a digit that follows would become part
/// of it. Hive and Spark substitute `${name}` by a variable, even one of the server's environment and even in a
/// literal, so a brace after a dollar sign is escaped too.
///
/// Impala does not resolve escapes in the literals of `COMMENT` and `LOCATION`: see [`comment`] and [`place`].
pub(super) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    let mut before = '\0';
    for letter in text.chars() {
        match letter {
            '\'' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\x1f' | '\x7f' => {
                let _ = write!(out, "\\{:03o}", u32::from(letter));
            }
            '{' if before == '$' => out.push_str("\\{"),
            _ => out.push(letter),
        }
        before = letter;
    }
    out.push('\'');
    out
}

/// The maximum length of a column comment in UTF-16 units, for Impala and for the metastore.
const LONGEST_COMMENT: usize = 256;

/// The maximum length of the comment of a table or view in UTF-16 units. The metastore stores it as a table property.
const LONGEST_TABLE_COMMENT: usize = 4000;

/// The description of a column as the literal of its comment.
pub(super) fn column_comment(description: &str) -> String {
    comment(description, LONGEST_COMMENT)
}

/// The description of a table or view as the literal of its comment.
pub(super) fn table_comment(description: &str) -> String {
    comment(description, LONGEST_TABLE_COMMENT)
}

/// The description of a column, as servers store it.
pub(super) fn column_comment_text(description: &str) -> String {
    shortened(description, LONGEST_COMMENT)
}

/// The description of a table or view, as servers store it.
pub(super) fn table_comment_text(description: &str) -> String {
    shortened(description, LONGEST_TABLE_COMMENT)
}

/// A description as the literal of a comment with at most `longest` UTF-16 units. Impala stores and measures the
/// literal as written, but Hive and Spark resolve its escapes. So characters that would have to be escaped are
/// replaced.
fn comment(description: &str, longest: usize) -> String {
    literal(&shortened(description, longest))
}

fn shortened(description: &str, longest: usize) -> String {
    const CUT: &str = "...";
    let text = one_line(description).replace('\'', "\u{2019}").replace('\\', "/").replace("${", "$ {");
    if text.encode_utf16().count() <= longest {
        return text;
    }
    let mut left = longest - CUT.len();
    let fits = |letter: &char| left.checked_sub(letter.len_utf16()).map(|rest| left = rest).is_some();
    text.chars().take_while(fits).chain(CUT.chars()).collect()
}

pub(super) fn definition(column: &Column) -> String {
    let kind = HiveType::of(column).name();
    format!("  {} {kind} COMMENT {}", SELF.quoted(&column.name), column_comment(&column.description))
}

pub(super) fn create(table: &Table, place: &Place) -> String {
    if log::has(table) {
        return log::create(table, place);
    }
    let own = table.own_columns();
    let own: Vec<String> = own.iter().map(definition).collect();
    let partition: Vec<String> = table.columns[own.len()..].iter().map(definition).collect();
    create_table(&table.name, &own, &partition, table, place)
}

/// A table with the given columns, with the format and location of the model.
fn create_table(name: &str, own: &[String], partition: &[String], table: &Table, place: &Place) -> String {
    let name = SELF.qualified(name, place);
    let mut text = format!("CREATE EXTERNAL TABLE IF NOT EXISTS {name} (\n{}\n)\n", own.join(",\n"));
    if !partition.is_empty() {
        let _ = writeln!(text, "PARTITIONED BY (\n{}\n)", partition.join(",\n"));
    }
    let _ = writeln!(text, "COMMENT {}", table_comment(&table.documented()));
    let _ = writeln!(text, "{};", stored(table.hive.format, &location(table, place)));
    text
}

/// The folder of a table.
pub(super) fn location(table: &Table, place: &Place) -> String {
    let root = place.location_root.as_deref().unwrap_or(LOCATION_ROOT).trim_end_matches('/');
    format!("{root}/{}", table.hive.location)
}

/// The clauses for the format and location of a table. [`place`] must have accepted the location, since Impala does not
/// resolve escapes in its literal.
pub fn stored(format: Format, location: &str) -> String {
    let format = match format {
        Format::Parquet => "STORED AS PARQUET",
        Format::Textfile => {
            "ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\'\nSTORED AS TEXTFILE"
        }
    };
    format!("{format}\nLOCATION {}", literal(location))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_measured_as_it_is_written_and_holds_no_escape() {
        let units = |text: &str| text.encode_utf16().count() - 2;
        let quotes = "'".repeat(LONGEST_COMMENT);
        assert_eq!(column_comment(&quotes), format!("'{}'", "\u{2019}".repeat(LONGEST_COMMENT)));
        for text in ["a'\\".repeat(200), "${x}".repeat(80), "🚪".repeat(129)] {
            let found = column_comment(&text);
            assert!(units(&found) <= LONGEST_COMMENT && found.ends_with("...'"), "{found}");
            assert!(!found.contains(['\\']) && !found.contains("${"), "{found}");
        }
        assert!(units(&table_comment(&"x".repeat(5_000))) == LONGEST_TABLE_COMMENT);
    }
}
