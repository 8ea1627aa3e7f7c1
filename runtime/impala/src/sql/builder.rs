//! The sea-query backend for Impala: names in backticks, literals instead of bound values, and Impala's names of types.
//! Spark and Hive accept the same text.
//!
//! It must write a value only through [`literal`]. What sea-query does not expose, such as the
//! columns of an insert, is rendered by sea-query and parsed afterwards, see [`insert`](crate::sql::insert).

use std::fmt::{self, Write};

use flow_oa_schema::dialect::impala::HiveType;
use sea_query::{
    BinOper, EscapeBuilder, ExplainStatement, Expr, Oper, OperLeftAssocDecider, OrderExpr, PrecedenceDecider,
    QueryBuilder, Quote, QuotedBuilder, SelectInto, SelectStatement, SqlWriter, SubQueryStatement,
    TableRefBuilder, TypeRef, UnOper, UnionType, Value,
};

use crate::sql::literal;

/// Builds statements for Impala, Hive and Spark, with all values in the text.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImpalaQueryBuilder;

impl QuotedBuilder for ImpalaQueryBuilder {
    fn quote(&self) -> Quote {
        Quote::new(b'`')
    }
}

impl EscapeBuilder for ImpalaQueryBuilder {
    fn write_escaped(&self, buffer: &mut impl Write, string: &str) {
        let quoted = literal::text(string);
        push(buffer, quoted.get(1..quoted.len() - 1).unwrap_or_default());
    }
}

impl TableRefBuilder for ImpalaQueryBuilder {}

impl OperLeftAssocDecider for ImpalaQueryBuilder {
    fn well_known_left_associative(&self, op: &BinOper) -> bool {
        matches!(op, BinOper::And | BinOper::Or | BinOper::Add | BinOper::Mul)
    }
}

impl PrecedenceDecider for ImpalaQueryBuilder {
    fn inner_expr_well_known_greater_precedence(&self, inner: &Expr, outer: &Oper) -> bool {
        let is_logical =
            matches!(outer, Oper::UnOper(UnOper::Not) | Oper::BinOper(BinOper::And | BinOper::Or));
        match inner {
            Expr::Column(_)
            | Expr::Tuple(_)
            | Expr::Constant(_)
            | Expr::FunctionCall(_)
            | Expr::Value(_)
            | Expr::Keyword(_)
            | Expr::Case(_)
            | Expr::SubQuery(_, _)
            | Expr::TypeName(_) => true,
            Expr::Binary(_, oper, _) => is_logical && is_comparison(oper),
            _ => false,
        }
    }
}

fn is_comparison(oper: &BinOper) -> bool {
    matches!(
        oper,
        BinOper::SmallerThan
            | BinOper::SmallerThanOrEqual
            | BinOper::Equal
            | BinOper::NotEqual
            | BinOper::GreaterThanOrEqual
            | BinOper::GreaterThan
            | BinOper::In
            | BinOper::NotIn
            | BinOper::Like
            | BinOper::NotLike
            | BinOper::Is
            | BinOper::IsNot
    )
}

impl QueryBuilder for ImpalaQueryBuilder {
    fn prepare_value(&self, value: Value, sql: &mut impl SqlWriter) {
        push(sql, &literal::value(&value));
    }

    fn write_value(&self, buf: &mut impl Write, value: &Value) -> fmt::Result {
        buf.write_str(&literal::value(value))
    }

    fn prepare_query_statement(&self, query: &SubQueryStatement, sql: &mut impl SqlWriter) {
        match query {
            SubQueryStatement::SelectStatement(it) => self.prepare_select_statement(it, sql),
            SubQueryStatement::InsertStatement(it) => self.prepare_insert_statement(it, sql),
            SubQueryStatement::UpdateStatement(it) => self.prepare_update_statement(it, sql),
            SubQueryStatement::DeleteStatement(it) => self.prepare_delete_statement(it, sql),
            SubQueryStatement::WithStatement(it) => self.prepare_with_query(it, sql),
        }
    }

    fn prepare_select_into(&self, _into: &SelectInto, _sql: &mut impl SqlWriter) {}

    fn prepare_explain_statement(&self, _explain: &ExplainStatement, sql: &mut impl SqlWriter) {
        push(sql, "EXPLAIN");
    }

    /// Writes no parentheses, which Hive refuses.
    fn prepare_union_statement(&self, kind: UnionType, select: &SelectStatement, sql: &mut impl SqlWriter) {
        let words = match kind {
            UnionType::Intersect => " INTERSECT ",
            UnionType::Distinct => " UNION ",
            UnionType::Except => " EXCEPT ",
            // UNION ALL, or a kind that the pinned version does not have.
            _ => " UNION ALL ",
        };
        push(sql, words);
        self.prepare_select_statement(select, sql);
    }

    /// Writes the direction and the position of NULLs. A backend outside sea-query cannot read the fields of an order,
    /// only its debug text, which the pinned version of sea-query and the tests guarantee. An order by a list of values
    /// is not supported here; the server refuses the statement.
    fn prepare_order(&self, order: &OrderExpr, sql: &mut impl SqlWriter) {
        let shown = format!("{order:?}");
        let found = ORDERS.iter().find(|(end, _)| shown.ends_with(end));
        push(sql, found.map_or("", |(_, words)| words));
    }

    fn prepare_type_ref(&self, kind: &TypeRef, sql: &mut impl SqlWriter) {
        match type_named(&kind.1.to_string()) {
            Some(kind) => push(sql, kind.name()),
            None => self.prepare_iden(&kind.1, sql),
        }
    }

    fn if_null_function(&self) -> &'static str {
        "COALESCE"
    }

    fn random_function(&self) -> &'static str {
        "RAND"
    }
}

/// The end of the debug text of an order, and the SQL for it.
const ORDERS: [(&str, &str); 6] = [
    ("order: Asc, nulls: None }", " ASC"),
    ("order: Desc, nulls: None }", " DESC"),
    ("order: Asc, nulls: Some(First) }", " ASC NULLS FIRST"),
    ("order: Desc, nulls: Some(First) }", " DESC NULLS FIRST"),
    ("order: Asc, nulls: Some(Last) }", " ASC NULLS LAST"),
    ("order: Desc, nulls: Some(Last) }", " DESC NULLS LAST"),
];

/// The type that has this name in other dialects.
fn type_named(name: &str) -> Option<HiveType> {
    Some(match name.to_ascii_lowercase().as_str() {
        "text" | "varchar" | "string" => HiveType::String,
        "integer" | "int" => HiveType::Int,
        "real" | "float" => HiveType::Float,
        "double precision" | "double" => HiveType::Double,
        "tinyint" => HiveType::Tinyint,
        "smallint" => HiveType::Smallint,
        "bigint" => HiveType::Bigint,
        "boolean" => HiveType::Boolean,
        _ => return None,
    })
}

/// Writes to a text, which cannot fail.
fn push(to: &mut (impl Write + ?Sized), text: &str) {
    let _ = to.write_str(text);
}
