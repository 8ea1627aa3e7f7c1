//! One condition of a query: `dport=53`, `score<1e-6`, `src_geoloc~Berlin`.
//!
//! Text comparisons ignore case: protocols are `TCP` in one file and `tcp` in another. Times are compared as times, in
//! UTC (`tstart>2016-07-08T12:00`), and addresses are compared with an address or a network (`srcip=10.0.0.0/8`).

use flow_oa_core::{Moment, Subnet, address};
use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::Networks;
use flow_oa_schema::model::{Column, Table};
use flow_oa_schema::names::nearest;
use flow_oa_schema::range::Range;
use flow_oa_schema::types::{ColumnType, Storage};
use sea_query::{Alias, BinOper, Expr, ExprTrait, Func, Value};

use flow_oa_site::{Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compared {
    /// Equal, and never a network.
    Exactly,
    Is,
    IsNot,
    Below,
    AtMost,
    Above,
    AtLeast,
    Holds,
}

/// The longer signs come first, so that `<=` is not read as `<`.
const SIGNS: [(&str, Compared); 7] = [
    ("!=", Compared::IsNot),
    ("<=", Compared::AtMost),
    (">=", Compared::AtLeast),
    ("=", Compared::Is),
    ("<", Compared::Below),
    (">", Compared::Above),
    ("~", Compared::Holds),
];

/// A condition on a column, as the user wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    column: String,
    compared: Compared,
    value: String,
}

impl Filter {
    /// Parses `COLUMN=VALUE`, or the same with another sign.
    ///
    /// # Errors
    /// The reason, if there is no sign.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        let at = text.find(['!', '<', '>', '=', '~']);
        let found = at.and_then(|at| {
            let (column, rest) = text.split_at(at);
            let (sign, compared) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign))?;
            Some((column.trim(), *compared, &rest[sign.len()..]))
        });
        match found {
            Some((column, compared, value)) if !column.is_empty() => {
                Ok(Self { column: column.to_owned(), compared, value: value.to_owned() })
            }
            _ => Err("expected a column, one of = != < <= > >= ~ (holds), and a value, such as dport=53"
                .to_owned()),
        }
    }

    /// The condition that a column equals a value.
    pub(crate) fn is(column: &str, value: &str) -> Self {
        Self { column: column.to_owned(), compared: Compared::Exactly, value: value.to_owned() }
    }

    /// The column of the condition, if the table has it.
    pub(crate) fn column_of<'a>(&self, table: &'a Table) -> Option<&'a Column> {
        table.columns.iter().find(|column| column.name.eq_ignore_ascii_case(&self.column))
    }

    /// The same condition on another column.
    pub(crate) fn of(&self, column: &str) -> Self {
        Self { column: column.to_owned(), ..self.clone() }
    }

    /// The condition in SQL, with the value bound in the type of the column.
    ///
    /// # Errors
    /// If the table has no such column, or the column cannot hold the value or does not support the comparison.
    pub(crate) fn condition(&self, table: &Table, dialect: Dialect) -> Result<Expr> {
        let column = self.column_of(table).ok_or_else(|| {
            let meant = nearest(&self.column, table.columns.iter().map(|it| it.name.as_str()));
            let meant = meant.map(|meant| format!(" (did you mean {meant:?}?)")).unwrap_or_default();
            let names: Vec<&str> = table.columns.iter().map(|it| it.name.as_str()).collect();
            let (name, all) = (&table.name, names.join(", "));
            Error::Usage(format!("--filter: {name} has no column {:?}{meant}; it has {all}", self.column))
        })?;
        let name = Expr::col(Alias::new(&column.name));
        if column.kind == ColumnType::Address && !self.asks_for_one() {
            return Err(self.unfit(column, "= or != with an address or a network, such as 10.0.0.0/8"));
        }
        if let Some(net) = self.network(column) {
            let is_of = is_of_network(name, net, dialect);
            return Ok(if self.compared == Compared::IsNot { is_of.not() } else { is_of });
        }
        if self.compared == Compared::Holds {
            if column.kind == ColumnType::Time {
                return Err(self.unfit(column, "= != < <= > >= with a time, such as 2016-07-08T12:00"));
            }
            if !column.kind.is_text() {
                return Err(self.unfit(column, "a text, which ~ looks into"));
            }
            let place = Func::cust(Alias::new(dialect.position_function()));
            return Ok(Expr::expr(place.args([lower(name), lower(Expr::val(self.value.as_str()))])).gt(0));
        }
        let value = Expr::val(self.value_for(column)?);
        if column.kind == ColumnType::Bit && !self.asks_for_one() {
            return Err(self.unfit(column, "something that is more or less"));
        }
        let ignores_case = column.kind == ColumnType::String;
        Ok(match self.compared {
            Compared::Exactly | Compared::Is if ignores_case => lower(name).eq(lower(value)),
            Compared::IsNot if ignores_case => lower(name).ne(lower(value)),
            Compared::Exactly | Compared::Is => name.eq(value),
            Compared::IsNot => name.ne(value),
            Compared::Below => name.lt(value),
            Compared::AtMost => name.lte(value),
            Compared::Above => name.gt(value),
            Compared::AtLeast | Compared::Holds => name.gte(value),
        })
    }

    /// The network with which an address is compared, if it is one.
    fn network(&self, column: &Column) -> Option<Subnet> {
        match self.compared {
            Compared::Is | Compared::IsNot if column.kind == ColumnType::Address => {
                Subnet::parse(&self.value)
            }
            Compared::Is | Compared::IsNot | Compared::Exactly => None,
            Compared::Below | Compared::AtMost | Compared::Above | Compared::AtLeast | Compared::Holds => {
                None
            }
        }
    }

    /// The value in the type of a column.
    fn value_for(&self, column: &Column) -> Result<Value> {
        let text = self.value.trim();
        let value = match column.kind.storage() {
            Storage::Text if column.kind == ColumnType::Address => {
                address::parse(text).map(|ip| Value::String(Some(ip.to_string())))
            }
            Storage::Text if column.kind == ColumnType::Time => {
                instant(text).map(|moment| Value::String(Some(moment.text().into())))
            }
            Storage::Text => Some(Value::String(Some(self.value.clone()))),
            Storage::Smallint | Storage::Int | Storage::Bigint => {
                let value =
                    text.parse().ok().filter(|number| self.can_be(column, |range| range.has_whole(*number)));
                value.map(|value| Value::BigInt(Some(value)))
            }
            Storage::Float | Storage::Double => {
                let is_usable =
                    |number: &f64| number.is_finite() && self.can_be(column, |range| range.has_real(*number));
                text.parse().ok().filter(is_usable).map(|number| Value::Double(Some(number)))
            }
            Storage::Bit => match text {
                "1" | "true" | "yes" => Some(Value::Bool(Some(true))),
                "0" | "false" | "no" => Some(Value::Bool(Some(false))),
                _ => None,
            },
        };
        value.ok_or_else(|| {
            let expected = match (column.kind.storage(), column.range) {
                (Storage::Text, _) if column.kind == ColumnType::Time => {
                    "a time in UTC, such as 2016-07-08 or 2016-07-08T12:00:05".to_owned()
                }
                (Storage::Text, _) => "an address, or a network such as 10.0.0.0/8".to_owned(),
                (Storage::Bit, _) => "true or false".to_owned(),
                (_, Some(range)) if self.asks_for_one() => range.to_string(),
                (Storage::Float | Storage::Double, _) => "a finite number".to_owned(),
                (Storage::Smallint | Storage::Int | Storage::Bigint, _) => {
                    "a whole number within 64 bits".to_owned()
                }
            };
            self.unfit(column, &format!("{expected}, not {:?}", self.value))
        })
    }

    /// Whether rows can have the value. Only equality needs a value within the range of the column: comparisons accept
    /// any number, so a filter like `dport<65536` matches all rows.
    fn can_be(&self, column: &Column, lies_in: impl Fn(Range) -> bool) -> bool {
        !self.asks_for_one() || column.range.is_none_or(lies_in)
    }

    fn asks_for_one(&self) -> bool {
        matches!(self.compared, Compared::Exactly | Compared::Is | Compared::IsNot)
    }

    fn unfit(&self, column: &Column, expected: &str) -> Error {
        Error::Usage(format!(
            "--filter: {} is of type {}: expected {expected}",
            column.name,
            column.kind.name()
        ))
    }
}

/// The time of a text, of which the end may be missing: a date, or also an hour. Stored times have no fraction.
fn instant(text: &str) -> Option<Moment> {
    let text = match text.len() {
        10 => format!("{text} 00:00"),
        13 => format!("{text}:00"),
        _ => text.to_owned(),
    };
    Moment::of_text(&text).filter(|_| !text.contains('.'))
}

fn is_of_network(name: Expr, net: Subnet, dialect: Dialect) -> Expr {
    match dialect.capabilities().networks {
        Networks::Function(function) => {
            let is_of = Func::cust(Alias::new(function)).args([name, Expr::val(net.to_string())]);
            Expr::expr(is_of).eq(1)
        }
        Networks::Inet => {
            // The inner cast makes the bound value a text, which drivers can send.
            let net = Expr::val(net.to_string()).cast_as("text").cast_as("inet");
            name.cast_as("inet").binary(BinOper::Custom("<<="), net)
        }
        Networks::Pattern => name.binary(BinOper::Custom("RLIKE"), Expr::val(net.pattern())),
    }
}

fn lower(text: Expr) -> Expr {
    Func::lower(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_a_column_a_sign_and_a_value() {
        for (text, column, compared, value) in [
            ("dport=53", "dport", Compared::Is, "53"),
            ("score<=1e-6", "score", Compared::AtMost, "1e-6"),
            (" proto != TCP", "proto", Compared::IsNot, " TCP"),
            ("note~a=b", "note", Compared::Holds, "a=b"),
            ("note=", "note", Compared::Is, ""),
            ("a>b<c", "a", Compared::Above, "b<c"),
        ] {
            let expected = Filter { column: column.into(), compared, value: value.into() };
            assert_eq!(Filter::parse(text), Ok(expected), "{text}");
        }
        for text in ["", "dport", "=53", "dport!53", "!"] {
            assert!(Filter::parse(text).is_err(), "{text}");
        }
    }
}
