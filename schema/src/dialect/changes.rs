//! The statements that change existing tables, and what each dialect can compare. Which changes are made, in which order,
//! is decided elsewhere.

use super::{Dialect, Place, guards, impala, one_line, postgres, sqlite};
use crate::ledger::{ROLLUP_DAYS, ROW_ID};
use crate::model::{Column, ColumnId, Format, Table};
use crate::range::Range;
use crate::types::{Storage, TimePart};

/// How the values of a column fit into another type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Every value fits.
    Wider,
    /// Some values may not fit, so that they are checked first.
    Narrower,
}

/// A value of PostgreSQL as the text that the program stores: an address without its length, a time in UTC.
fn text_of(value: &str, found: &str) -> String {
    let found = found.to_ascii_lowercase();
    let time = |value: &str| format!("to_char({value}, 'YYYY-MM-DD HH24:MI:SS')");
    match Family::of(&found) {
        Family::Bit => bit_as_text(value),
        Family::Text if found == "inet" => format!("host({value})"),
        Family::Text if found.starts_with("timestamp") && found.ends_with("with time zone") => {
            time(&format!("timezone('UTC', {value})"))
        }
        Family::Text if found.starts_with("timestamp") => time(value),
        Family::Text | Family::Whole | Family::Real => format!("CAST({value} AS text)"),
    }
}

fn bit_as_text(value: &str) -> String {
    format!("CASE WHEN {value} THEN '1' WHEN NOT {value} THEN '0' END")
}

/// The form of a text that stands for a value of another type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Whole,
    Number,
    Bit,
}

impl Form {
    /// The form as a regular expression.
    fn pattern(self) -> &'static str {
        match self {
            Self::Whole => "^-?[0-9]{1,18}$",
            Self::Number => "^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?$",
            Self::Bit => "^[01]$",
        }
    }
}

/// A family of types among which values are converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Text,
    Whole,
    Real,
    Bit,
}

impl Family {
    /// The family of a type, as a database spells it.
    fn of(kind: &str) -> Self {
        let kind = kind.to_ascii_lowercase();
        let begins = |names: &[&str]| names.iter().any(|name| kind.starts_with(name));
        if begins(&["bool"]) {
            Self::Bit
        } else if begins(&["tinyint", "smallint", "int", "bigint"]) {
            Self::Whole
        } else if begins(&["real", "double", "float", "numeric", "decimal"]) {
            Self::Real
        } else {
            Self::Text
        }
    }
}

impl Dialect {
    /// How values of the type `found`, as the database spells it, fit into a column.
    pub fn fit(self, found: &str, column: &Column) -> Fit {
        let (from, to) = (Family::of(found), Family::of(self.type_of(column)));
        match (from, to) {
            (_, Family::Text) | (Family::Bit, Family::Whole | Family::Real) => Fit::Wider,
            (Family::Whole, Family::Whole) if self.is_narrower(found, column) => Fit::Wider,
            (Family::Real, Family::Real) if column.kind.storage() == Storage::Double => Fit::Wider,
            (Family::Text | Family::Whole | Family::Real | Family::Bit, _) => Fit::Narrower,
        }
    }

    /// Whether a type, as the database spells it, is that of a column. SQLite stores whole numbers alike under all names.
    pub fn is_type(self, found: &str, column: &Column) -> bool {
        let kind = self.type_of(column);
        let are_whole = [found, kind].iter().all(|kind| Family::of(kind) == Family::Whole);
        found.eq_ignore_ascii_case(kind) || self == Self::Sqlite && are_whole
    }

    /// Whether a type, as the database spells it, is one of numbers.
    pub fn is_number(self, found: &str) -> bool {
        matches!(Family::of(found), Family::Whole | Family::Real)
    }

    /// Whether a type, as the database spells it, holds values of the same kind as a column: whole numbers may stand for
    /// bits.
    pub fn is_of_kind(self, found: &str, column: &Column) -> bool {
        let kinds = (Family::of(found), Family::of(self.type_of(column)));
        kinds.0 == kinds.1 || kinds == (Family::Whole, Family::Bit)
    }

    /// The condition of rows whose value in the column `name`, which has the type `found`, does not fit into `column`;
    /// `None` if all fit.
    pub fn misfits(self, name: &str, found: &str, column: &Column) -> Option<String> {
        if self.fit(found, column) == Fit::Wider {
            return None;
        }
        let value = self.quoted(name);
        let outside = |value: &str| self.is_outside(value, column);
        Some(match (Family::of(found), Family::of(self.type_of(column))) {
            (Family::Text, Family::Whole) => self.text_misfits(&value, Form::Whole, &outside),
            (Family::Text, Family::Real) => self.text_misfits(&value, Form::Number, &|_| "FALSE".to_owned()),
            (Family::Text, Family::Bit) => self.text_misfits(&value, Form::Bit, &|_| "FALSE".to_owned()),
            (Family::Real, Family::Whole) => {
                let whole = match self {
                    Self::Sqlite => format!("CAST({value} AS INTEGER)"),
                    Self::Postgres | Self::Impala => format!("floor({value})"),
                };
                format!("{value} <> {whole} OR {}", outside(&value))
            }
            (Family::Real, Family::Real) => {
                let kind = self.type_of(column);
                format!("{value} <> CAST(CAST({value} AS {kind}) AS {found})")
            }
            (Family::Whole, Family::Real) => {
                // The whole numbers that the type holds exactly. SQLite has one type of fractions.
                let is_short = column.kind.storage() == Storage::Float && self != Self::Sqlite;
                let most: i64 = if is_short { 1 << 24 } else { 1 << 53 };
                format!("{value} NOT BETWEEN -{most} AND {most}")
            }
            (Family::Whole | Family::Real, Family::Bit) => format!("{value} NOT IN (0, 1)"),
            (Family::Whole, Family::Whole) => outside(&value),
            (Family::Bit, _) | (_, Family::Text) => return None,
        })
    }

    /// The condition of texts that do not have a form, or are a number outside the range.
    fn text_misfits(self, value: &str, form: Form, outside: &dyn Fn(&str) -> String) -> String {
        let (is_number, number) = match self {
            Self::Sqlite => {
                // A column of any type may hold numbers.
                let plain = match form {
                    Form::Whole => format!("CAST(CAST({value} AS INTEGER) AS TEXT) = CAST({value} AS TEXT)"),
                    // A text that is a number compares as one; any other text is greater than all numbers.
                    Form::Number => format!("{value} <= CAST(9e999 AS REAL)"),
                    Form::Bit => format!("CAST({value} AS TEXT) IN ('0', '1')"),
                };
                (plain, format!("CAST({value} AS INTEGER)"))
            }
            Self::Postgres => {
                (format!("{value} ~ '{}'", form.pattern()), format!("CAST({value} AS numeric)"))
            }
            Self::Impala => (
                format!("{value} RLIKE {}", impala::literal(form.pattern())),
                format!("CAST({value} AS BIGINT)"),
            ),
        };
        format!(
            "CASE WHEN {value} IS NULL THEN FALSE WHEN {is_number} THEN {} ELSE TRUE END",
            outside(&number)
        )
    }

    /// The least and the greatest number of a column.
    fn ends_of(self, column: &Column) -> (String, String) {
        if let Some(Range::Whole { from, to }) = column.range {
            return (from.to_string(), to.to_string());
        }
        let bits = match (column.kind.storage(), impala::HiveType::of(column)) {
            (_, impala::HiveType::Tinyint) if self == Self::Impala => 7,
            (Storage::Smallint, _) => 15,
            (Storage::Int, _) => 31,
            (Storage::Bigint | Storage::Text | Storage::Float | Storage::Double | Storage::Bit, _) => 63,
        };
        let greatest = i64::MAX >> (63 - bits);
        (if bits == 63 { format!("-{greatest}") } else { (!greatest).to_string() }, greatest.to_string())
    }

    /// Whether the type of a column in the schema allows fewer whole numbers than its type in the database, which no
    /// constraint shows: SQLite has one type of whole numbers.
    pub fn hides_size(self, column: &Column) -> bool {
        let is_short = matches!(column.kind.storage(), Storage::Smallint | Storage::Int);
        self == Self::Sqlite && is_short && column.range.is_none()
    }

    /// The value of the column `name`, which has the type `found`, as a value of `column`.
    pub fn converted(self, name: &str, found: &str, column: &Column) -> String {
        let (value, kind) = (self.quoted(name), self.type_of(column));
        if found.eq_ignore_ascii_case(kind) {
            return value;
        }
        match (self, Family::of(found), Family::of(kind)) {
            (Self::Postgres, Family::Bit, Family::Whole) => {
                format!("CAST(CAST({value} AS integer) AS {kind})")
            }
            (Self::Postgres, Family::Whole | Family::Real, Family::Bit) => format!("({value} <> 0)"),
            (Self::Postgres, Family::Text, Family::Bit) => format!("({value} = '1')"),
            (Self::Postgres, _, Family::Text) => format!("{} COLLATE \"C\"", text_of(&value, found)),
            (Self::Impala, Family::Bit, Family::Text) => bit_as_text(&value),
            (Self::Impala, Family::Text, Family::Bit) => format!("({value} = '1')"),
            (Self::Sqlite | Self::Postgres | Self::Impala, _, _) => format!("CAST({value} AS {kind})"),
        }
    }

    /// The number of each row in the order of some columns, from 0, as a value of `column`.
    pub fn numbered(self, order: &[&str], column: &Column) -> String {
        let (order, kind) = (self.list(order.iter().copied()), self.type_of(column));
        format!("CAST(row_number() OVER (ORDER BY {order}) - 1 AS {kind})")
    }

    /// The conditions that CHECK constraints keep for a column, under the name that the column has in a database.
    pub fn conditions(self, column: &Column, name: &str) -> Vec<String> {
        let bit = match self {
            Self::Sqlite if column.kind.storage() == Storage::Bit => {
                Some(format!("{} IN (0, 1)", self.quoted(name)))
            }
            Self::Sqlite | Self::Postgres | Self::Impala => None,
        };
        let range = match self {
            Self::Sqlite | Self::Postgres => column.range.map(|range| guards::condition(self, name, range)),
            Self::Impala => None,
        };
        bit.into_iter().chain(range).collect()
    }

    /// The columns that a table has in addition to those of the schema.
    pub fn own_columns(self, table: &Table) -> Vec<&'static str> {
        match self {
            Self::Impala if impala::log::has(table) => vec![impala::log::REVISION, impala::log::GONE],
            Self::Sqlite | Self::Postgres | Self::Impala => self.own_column(table).into_iter().collect(),
        }
    }

    /// The name of the table that stores the rows of a table: its own, or that of its log.
    pub fn stored_name(self, table: &Table) -> String {
        self.stored_as(table, &table.name)
    }

    /// The same for a table that has another name in a database.
    pub fn stored_as(self, table: &Table, name: &str) -> String {
        match self {
            Self::Impala if impala::log::has(table) => impala::log::name_of(name),
            Self::Sqlite | Self::Postgres | Self::Impala => name.to_owned(),
        }
    }

    /// The columns by which a table is partitioned.
    pub fn partitioned_by(self, table: &Table) -> Vec<String> {
        let columns = match self {
            Self::Sqlite => &[],
            Self::Postgres if !table.rows.are_raw() => &[],
            Self::Postgres => table.day_columns(),
            Self::Impala if impala::log::has(table) => &[],
            Self::Impala => table.partition_columns(),
        };
        columns.iter().map(|column| column.name.clone()).collect()
    }

    /// The storage format of a table in the Hive family, in lower case.
    pub fn format_of(self, table: &Table) -> &'static str {
        match table.hive.format {
            Format::Parquet => "parquet",
            Format::Textfile => "textfile",
        }
    }

    /// The folder of a table in the Hive family.
    pub fn location_of(self, table: &Table, place: &Place) -> String {
        impala::location(table, place)
    }

    /// The description of a table, as a database stores it.
    pub fn table_comment(self, description: &str) -> String {
        match self {
            Self::Sqlite | Self::Postgres => one_line(description),
            Self::Impala => impala::table_comment_text(description),
        }
    }

    /// The description of a column, as a database stores it.
    pub fn column_comment(self, description: &str) -> String {
        match self {
            Self::Sqlite | Self::Postgres => one_line(description),
            Self::Impala => impala::column_comment_text(description),
        }
    }

    /// Whether the description of a column can be changed. In the Hive family that of a partition cannot.
    pub fn comments_on(self, table: &Table, column: ColumnId) -> bool {
        match self {
            Self::Sqlite => false,
            Self::Postgres => true,
            Self::Impala => impala::log::has(table) || !table.is_partition(column),
        }
    }

    /// The columns of the view that a table has; `None` if it has none.
    pub fn shown(self, table: &Table) -> Option<Vec<String>> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => postgres::typed_columns(table)
                .map(|columns| columns.iter().map(|column| column.name.clone()).collect()),
            Self::Impala => impala::log::has(table)
                .then(|| table.columns.iter().map(|column| column.name.clone()).collect()),
        }
    }

    /// Drops the view of a table, which has the name `name` in the database; `None` if a table has none.
    pub fn drop_view(self, table: &Table, name: &str, place: &Place) -> Option<String> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(postgres::drop_typed_view(name, place)),
            Self::Impala => {
                self.shown(table)?;
                Some(impala::log::drop_view(&Table { name: name.to_owned(), ..table.clone() }, place))
            }
        }
    }

    /// Renames the view of a table with the table; `None` if the dialect defines the view again.
    pub fn rename_view(self, from: &str, to: &str, place: &Place) -> Option<String> {
        let (from, to) = (postgres::typed_name(from), postgres::typed_name(to));
        (self == Self::Postgres)
            .then(|| format!("ALTER VIEW {} RENAME TO {};", self.qualified(&from, place), self.quoted(&to)))
    }

    /// Renames a column of the view of a table; `None` if the dialect defines the view again.
    pub fn rename_in_view(self, table: &str, from: &str, to: &str, place: &Place) -> Option<String> {
        let view = self.qualified(&postgres::typed_name(table), place);
        (self == Self::Postgres)
            .then(|| format!("ALTER VIEW {view} RENAME COLUMN {} TO {};", self.quoted(from), self.quoted(to)))
    }

    /// Renames a table.
    pub fn rename_table(self, from: &str, to: &str, place: &Place) -> String {
        let to = match self {
            Self::Sqlite | Self::Postgres => self.quoted(to),
            Self::Impala => self.qualified(to, place),
        };
        format!("ALTER TABLE {} RENAME TO {to};", self.qualified(from, place))
    }

    /// Renames a column to the name that it has in the schema. `table` is the name of the table in the database.
    pub fn rename_column(self, table: &str, from: &str, column: &Column, place: &Place) -> String {
        let (table, was) = (self.qualified(table, place), self.quoted(from));
        match self {
            Self::Sqlite | Self::Postgres => {
                format!("ALTER TABLE {table} RENAME COLUMN {was} TO {};", self.quoted(&column.name))
            }
            Self::Impala => {
                format!(
                    "ALTER TABLE {table} CHANGE COLUMN {was} {};",
                    impala::definition(column).trim_start()
                )
            }
        }
    }

    /// Drops a column with its values.
    pub fn drop_column(self, table: &str, column: &str, place: &Place) -> String {
        format!("ALTER TABLE {} DROP COLUMN {};", self.qualified(table, place), self.quoted(column))
    }

    /// Drops a table with its rows, and the view of it. `existing` are the names of all tables and views.
    pub fn drop_table(self, table: &str, existing: &[String], place: &Place) -> Vec<String> {
        let drop = |kind: &str, name: &str| format!("DROP {kind} {};", self.qualified(name, place));
        let log = impala::log::name_of(table);
        let has_log = existing.iter().any(|name| name.eq_ignore_ascii_case(&log));
        match self {
            Self::Postgres => {
                vec![drop("VIEW IF EXISTS", &postgres::typed_name(table)), drop("TABLE", table)]
            }
            Self::Impala if has_log => vec![drop("VIEW IF EXISTS", table), drop("TABLE", &log)],
            Self::Sqlite | Self::Impala => vec![drop("TABLE", table)],
        }
    }

    /// Drops an index.
    pub fn drop_index(self, index: &str, place: &Place) -> String {
        format!("DROP INDEX {};", self.qualified(index, place))
    }

    /// The statements that give an index the name that it has in the schema.
    pub fn rename_index(self, index: &str, table: &Table, at: usize, place: &Place) -> Vec<String> {
        let name = self.quoted(&super::index_name(&table.name, at));
        match self {
            Self::Sqlite => vec![self.drop_index(index, place), self.create_index(table, at, place)],
            Self::Postgres => vec![format!("ALTER INDEX {} RENAME TO {name};", self.qualified(index, place))],
            Self::Impala => Vec::new(),
        }
    }

    /// Drops a constraint.
    pub fn drop_constraint(self, table: &str, constraint: &str, place: &Place) -> String {
        format!("ALTER TABLE {} DROP CONSTRAINT {};", self.qualified(table, place), self.quoted(constraint))
    }

    /// Changes the types of columns, each given with the type that it has, in one pass over the rows.
    pub fn retype(self, table: &str, columns: &[(&Column, &str)], place: &Place) -> String {
        let change = |(column, found): &(&Column, &str)| {
            let (name, kind) = (self.quoted(&column.name), self.type_of(column));
            format!("ALTER COLUMN {name} TYPE {kind} USING {}", self.converted(&column.name, found, column))
        };
        let changes: Vec<String> = columns.iter().map(change).collect();
        format!("ALTER TABLE {} {};", self.qualified(table, place), changes.join(", "))
    }

    /// The query for the statements that grant the rights of others on a table or view of PostgreSQL on another one.
    pub fn grants_query(self, from: &str, to: &str, place: &Place) -> String {
        let (from, to) = (self.qualified(from, place), self.qualified(to, place));
        format!(
            "SELECT concat('GRANT ', a.privilege_type, ' ON ', {}, ' TO ', \
             CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END, \
             CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' END, ';') \
             FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = to_regclass({}) AND a.grantee <> c.relowner ORDER BY 1",
            self.literal(&to),
            self.literal(&from)
        )
    }

    /// The name of the view of a table: one beside it in PostgreSQL, and that of a log in the Hive family.
    pub fn view_of(self, table: &str) -> String {
        match self {
            Self::Postgres => postgres::typed_name(table),
            Self::Sqlite | Self::Impala => table.to_owned(),
        }
    }

    /// Requires a value of a column in every row.
    pub fn require_value(self, table: &str, column: &Column, place: &Place) -> String {
        let (table, name) = (self.qualified(table, place), self.quoted(&column.name));
        format!("ALTER TABLE {table} ALTER COLUMN {name} SET NOT NULL;")
    }

    /// Sets a column of all rows.
    pub fn set_all(self, table: &str, column: &Column, value: &str, place: &Place) -> String {
        format!("UPDATE {} SET {} = {value};", self.qualified(table, place), self.quoted(&column.name))
    }

    /// A part of a time that is the text `YYYY-MM-DD HH:MM:SS`, as a value of a column; `None` for seconds since 1970.
    pub fn part_of_text(self, time: &str, part: TimePart, column: &Column) -> Option<String> {
        let (from, length) = part.place()?;
        Some(format!("CAST(substr({time}, {from}, {length}) AS {})", self.type_of(column)))
    }

    /// The sum of whole numbers, in a type that holds every such sum.
    pub fn sum(self, values: &[String]) -> String {
        let wide = values.iter().map(|value| format!("CAST({value} AS DECIMAL(38, 0))"));
        wide.collect::<Vec<_>>().join(" + ")
    }

    /// A value in the type of a column.
    pub fn cast(self, value: &str, column: &Column) -> String {
        format!("CAST({value} AS {})", self.type_of(column))
    }

    /// The condition of numbers that a column of whole numbers cannot hold.
    pub fn is_outside(self, value: &str, column: &Column) -> String {
        let (least, greatest) = self.ends_of(column);
        format!("{value} NOT BETWEEN {least} AND {greatest}")
    }

    /// Removes the marks of the days that a rollup holds.
    pub fn forget_sums(self, rollup: &str, place: &Place) -> String {
        let (marks, name) = (self.qualified(ROLLUP_DAYS, place), self.quoted("name"));
        format!("DELETE FROM {marks} WHERE {name} = {};", self.literal(rollup))
    }

    /// Lets rows omit the value of a column.
    pub fn allow_absence(self, table: &str, column: &Column, place: &Place) -> String {
        let (table, name) = (self.qualified(table, place), self.quoted(&column.name));
        format!("ALTER TABLE {table} ALTER COLUMN {name} DROP NOT NULL;")
    }

    /// The name that a database gives to the constraint of a column.
    pub fn check_name(self, table: &Table, column: &Column) -> String {
        format!("{}_{}_check", table.name, column.name)
    }

    /// Adds the constraint of a column for new rows; [`Self::validate`] checks the others.
    pub fn add_check(self, table: &Table, column: &Column, place: &Place) -> String {
        let (name, check) =
            (self.qualified(&table.name, place), self.quoted(&self.check_name(table, column)));
        let guard = self.guard(column).unwrap_or_default();
        format!("ALTER TABLE {name} ADD CONSTRAINT {check} {guard} NOT VALID;")
    }

    /// Checks all rows for a constraint.
    pub fn validate(self, table: &str, constraint: &str, place: &Place) -> String {
        format!(
            "ALTER TABLE {} VALIDATE CONSTRAINT {};",
            self.qualified(table, place),
            self.quoted(constraint)
        )
    }

    /// Stores the description of a table.
    pub fn comment_on_table(self, table: &Table, place: &Place) -> String {
        let name = self.qualified(&self.stored_name(table), place);
        match self {
            Self::Sqlite => String::new(),
            Self::Postgres => {
                format!("COMMENT ON TABLE {name} IS {};", self.literal(&one_line(&table.documented())))
            }
            Self::Impala => format!(
                "ALTER TABLE {name} SET TBLPROPERTIES ('comment' = {});",
                impala::table_comment(&table.documented())
            ),
        }
    }

    /// Stores the description of a column.
    pub fn comment_on_column(self, table: &Table, column: &Column, place: &Place) -> String {
        let stored = self.stored_name(table);
        match self {
            Self::Sqlite => String::new(),
            Self::Postgres => postgres::comment_on(&self.qualified(&stored, place), column),
            Self::Impala => self.rename_column(&stored, &column.name, column, place),
        }
    }

    /// A statement after which a transaction waits for locks of others for a short time only; `None` if the dialect has
    /// none.
    pub fn short_waits(self) -> Option<&'static str> {
        match self {
            Self::Postgres => Some("SET LOCAL lock_timeout = '5s'"),
            Self::Sqlite | Self::Impala => None,
        }
    }

    /// The statements before and after a migration that keep rows of others from being changed with a table that is rebuilt,
    /// because they refer to it; `None` if the dialect rebuilds no table under its name. The first has no effect within a
    /// transaction.
    pub fn without_references(self) -> Option<[&'static str; 2]> {
        match self {
            Self::Sqlite => Some(["PRAGMA foreign_keys = OFF;", "PRAGMA foreign_keys = ON;"]),
            Self::Postgres | Self::Impala => None,
        }
    }

    /// The tables with rows that refer to rows which do not exist, and the tables that these rows refer to; `None` if the
    /// dialect keeps such rows out in any case.
    pub fn broken_references(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => Some("SELECT DISTINCT \"table\", \"parent\" FROM pragma_foreign_key_check"),
            Self::Postgres | Self::Impala => None,
        }
    }

    /// Copies the whole database into a new file; `None` if the dialect cannot.
    pub fn back_up(self, file: &str) -> Option<String> {
        match self {
            Self::Sqlite => Some(format!("VACUUM INTO {}", self.literal(file))),
            Self::Postgres | Self::Impala => None,
        }
    }

    /// Stores new partitions of a table in another folder.
    pub fn set_location(self, table: &Table, folder: &str, place: &Place) -> String {
        let name = self.qualified(&self.stored_name(table), place);
        format!("ALTER TABLE {name} SET LOCATION {};", self.literal(folder))
    }

    /// Creates a table of the Hive family under the name `name`, in which the rows of a table are copied. `token` names
    /// its folder, if it is a log.
    pub fn create_beside(self, table: &Table, name: &str, token: &str, place: &Place) -> String {
        impala::beside::create(table, name, token, place)
    }

    /// The statements that copy the rows of some partitions of a table of the Hive family into another.
    pub fn fill_beside(self, copy: &impala::beside::Copy<'_>, place: &Place) -> Vec<String> {
        copy.statements(place)
    }

    /// The quoted names of the partitions of a table of PostgreSQL.
    pub fn partitions_query(self, table: &str, place: &Place) -> String {
        format!(
            "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid \
             JOIN pg_namespace n ON n.oid = c.relnamespace WHERE i.inhparent = to_regclass({}) ORDER BY 1",
            self.literal(&self.qualified(table, place))
        )
    }

    /// Counts the rows of a table that meet a condition.
    pub fn count_where(self, table: &str, condition: &str, place: &Place) -> String {
        format!("SELECT count(*) FROM {} WHERE {condition}", self.qualified(table, place))
    }

    /// Counts the rows of a table without a value in a column.
    pub fn count_absent(self, table: &str, column: &str, place: &Place) -> String {
        self.count_where(table, &format!("{} IS NULL", self.quoted(column)), place)
    }

    /// Counts the values of some columns that more than one row has.
    pub fn count_repeated(self, table: &str, columns: &[&str], place: &Place) -> String {
        let (list, table) = (self.list(columns.iter().copied()), self.qualified(table, place));
        format!(
            "SELECT count(*) FROM (SELECT {list} FROM {table} GROUP BY {list} HAVING count(*) > 1) repeated"
        )
    }

    /// The number of rows of each partition of a table: the columns of the partition, given in SQL, then the number.
    pub fn count_by(self, table: &str, partition: &[String], place: &Place) -> String {
        let (list, table) = (partition.join(", "), self.qualified(table, place));
        if partition.is_empty() {
            return format!("SELECT count(*) FROM {table}");
        }
        format!("SELECT {list}, count(*) FROM {table} GROUP BY {list} ORDER BY {list}")
    }

    /// The statements that build an index while other sessions read and write: on a partitioned table for each of its
    /// partitions, given with their quoted names, and then for the table.
    pub fn index_concurrently(
        self,
        table: &Table,
        at: usize,
        parts: &[String],
        place: &Place,
    ) -> Vec<String> {
        let columns = table.indexes.get(at).map(|index| self.list(table.names(index))).unwrap_or_default();
        let (index, name) = (super::index_name(&table.name, at), self.qualified(&table.name, place));
        let parent = self.quoted(&index);
        if !table.rows.are_raw() {
            return vec![format!("CREATE INDEX CONCURRENTLY {parent} ON {name} ({columns});")];
        }
        let mut statements = vec![format!("CREATE INDEX {parent} ON ONLY {name} ({columns});")];
        for (nth, part) in parts.iter().enumerate() {
            let of_part = self.quoted(&format!("{index}_{}", nth + 1));
            let attached = self.qualified(&format!("{index}_{}", nth + 1), place);
            // A migration that was stopped may have left it.
            statements.push(format!("DROP INDEX CONCURRENTLY IF EXISTS {attached};"));
            statements.push(format!("CREATE INDEX CONCURRENTLY {of_part} ON {part} ({columns});"));
            let parent = self.qualified(&index, place);
            statements.push(format!("ALTER INDEX {parent} ATTACH PARTITION {attached};"));
        }
        statements
    }

    /// The statements that put a partitioned table of PostgreSQL in the place of the table `from`: each column with the
    /// expression of its values; `None` for a column that stays empty. Without `has_numbers`, rows are numbered.
    pub fn repartition(
        self,
        table: &Table,
        from: &str,
        values: &[(&Column, Option<String>)],
        has_numbers: bool,
        days: &[[i64; 3]],
        place: &Place,
    ) -> Vec<String> {
        let old = format!("{}_flow_oa_old", table.name);
        let number = if has_numbers { self.quoted(ROW_ID) } else { "row_number() OVER ()".to_owned() };
        let row_id = self.own_column(table).map(|_| (self.quoted(ROW_ID), number));
        let own =
            values.iter().filter_map(|(column, value)| Some((self.quoted(&column.name), value.clone()?)));
        let (names, values): (Vec<String>, Vec<String>) = row_id.into_iter().chain(own).unzip();
        let (name, source) = (self.qualified(&table.name, place), self.qualified(&old, place));
        let mut statements = vec![self.rename_table(from, &old, place), self.create(table, place)];
        statements.extend(days.iter().map(|day| self.partition(table, *day, place)));
        statements.push(format!(
            "INSERT INTO {name} ({}) SELECT {} FROM {source};",
            names.join(", "),
            values.join(", ")
        ));
        statements.push(format!("DROP TABLE {source};"));
        statements
    }

    /// The statements that rebuild a table of SQLite under another name: each column with the expression of its values
    /// in the table `from`; `None` for a column that stays empty. `others` are the names and types of columns that only
    /// the database has.
    pub fn rebuild(
        self,
        table: &Table,
        from: &str,
        values: &[(&Column, Option<String>)],
        others: &[(&str, &str)],
    ) -> Vec<String> {
        let copy = format!("{}_flow_oa_new", table.name);
        let (quoted, source) = (self.quoted(&copy), self.quoted(from));
        let bare = Table { name: copy.clone(), indexes: Vec::new(), ..table.clone() };
        let row_id = self.own_column(table).map(|_| self.quoted(ROW_ID));
        let kept = others.iter().map(|(name, _)| self.quoted(name));
        let given: Vec<(String, String)> = row_id
            .into_iter()
            .chain(kept)
            .map(|name| (name.clone(), name))
            .chain(
                values.iter().filter_map(|(column, value)| Some((self.quoted(&column.name), value.clone()?))),
            )
            .collect();
        let (names, values): (Vec<String>, Vec<String>) = given.into_iter().unzip();
        let mut statements = vec![sqlite::create(&bare)];
        let added = |(name, kind): &(&str, &str)| {
            format!("ALTER TABLE {quoted} ADD COLUMN {} {kind};", self.quoted(name))
        };
        statements.extend(others.iter().map(added));
        statements.extend([
            format!(
                "INSERT INTO {quoted} ({}) SELECT {} FROM {source};",
                names.join(", "),
                values.join(", ")
            ),
            format!("DROP TABLE {source};"),
            // Triggers of other tables may name this one, which is missing until the copy has its name.
            "PRAGMA legacy_alter_table = ON;".to_owned(),
            format!("ALTER TABLE {quoted} RENAME TO {};", self.quoted(&table.name)),
            "PRAGMA legacy_alter_table = OFF;".to_owned(),
        ]);
        statements.extend((0..table.indexes.len()).map(|at| self.create_index(table, at, &Place::default())));
        statements
    }
}
