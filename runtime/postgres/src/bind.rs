//! Converts values to and from the binary format of PostgreSQL. The type of a parameter is that of the value, never the
//! type that the server infers from the statement.

use postgres::types::private::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Row, types::FromSql};
use sea_query::Value;

use flow_oa_engine::decimal::decimal;

type Fault = Box<dyn std::error::Error + Sync + Send>;

/// A value that the client crate can bind.
#[derive(Debug)]
pub(super) enum Bound<'a> {
    Bool(Option<bool>),
    Small(Option<i16>),
    Int(Option<i32>),
    Big(Option<i64>),
    Double(Option<f64>),
    Text(Option<&'a str>),
}

impl<'a> Bound<'a> {
    /// # Errors
    /// If the value is of a type that cannot be bound.
    pub(super) fn of(value: &'a Value) -> Result<Self, String> {
        Ok(match value {
            Value::Bool(it) => Self::Bool(*it),
            Value::SmallInt(it) => Self::Small(*it),
            Value::Int(it) => Self::Int(*it),
            Value::BigInt(it) => Self::Big(*it),
            Value::BigUnsigned(it) => {
                let narrow = it.map(i64::try_from).transpose();
                Self::Big(narrow.map_err(|_| {
                    format!("the number {} is larger than 64 bits with a sign hold", it.unwrap_or_default())
                })?)
            }
            Value::Double(it) => Self::Double(*it),
            Value::String(it) => Self::Text(it.as_deref()),
            _ => {
                return Err(
                    "flow-oa binds booleans, whole numbers, doubles and texts, but a value has another type"
                        .to_owned(),
                );
            }
        })
    }

    /// The type with which the value is bound.
    pub(super) fn kind(&self) -> Type {
        match self {
            Self::Bool(_) => Type::BOOL,
            Self::Small(_) => Type::INT2,
            Self::Int(_) => Type::INT4,
            Self::Big(_) => Type::INT8,
            Self::Double(_) => Type::FLOAT8,
            Self::Text(_) => Type::TEXT,
        }
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        match self {
            Self::Bool(it) => it.to_sql(kind, out),
            Self::Small(it) => it.to_sql(kind, out),
            Self::Int(it) => it.to_sql(kind, out),
            Self::Big(it) => it.to_sql(kind, out),
            Self::Double(it) => it.to_sql(kind, out),
            Self::Text(it) => it.to_sql(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The value of a row at a position. Integers and booleans become 64-bit integers, other numbers become doubles.
pub(super) fn value_of(row: &Row, at: usize) -> Result<Value, Fault> {
    fn get<'a, T: FromSql<'a>>(row: &'a Row, at: usize) -> Result<Option<T>, Fault> {
        Ok(row.try_get::<_, Option<T>>(at)?)
    }
    let kind = row.columns()[at].type_();
    Ok(match *kind {
        Type::BOOL => Value::BigInt(get::<bool>(row, at)?.map(i64::from)),
        Type::INT2 => Value::BigInt(get::<i16>(row, at)?.map(i64::from)),
        Type::INT4 => Value::BigInt(get::<i32>(row, at)?.map(i64::from)),
        Type::INT8 => Value::BigInt(get::<i64>(row, at)?),
        Type::FLOAT4 => Value::Double(get::<f32>(row, at)?.map(decimal)),
        Type::FLOAT8 => Value::Double(get::<f64>(row, at)?),
        Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN => Value::String(get::<String>(row, at)?),
        _ => {
            let name = row.columns()[at].name();
            return Err(
                format!("the column {name} is of the type {kind}, which flow-oa does not read").into()
            );
        }
    })
}
