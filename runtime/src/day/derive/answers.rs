//! Values of selected rows that not every database computes alike, such as facts from the context of the site and names
//! of codes. The distinct values that they depend on are read from the selected rows, the program computes the answers for
//! each combination, and the statement joins them. Combinations are read page by page, so memory holds one page, and two
//! more statements are needed for each full page only. Sources are asked while the unit of work is open: a slow reputation
//! service holds the locks of the day for as long.

use flow_oa_schema::model::{ColumnId, Expr as Source, Typed};
use flow_oa_schema::types::ColumnType;
use sea_query::{Alias, Cond, Expr, ExprTrait, Func, Order, Query, SelectStatement, Value};

use super::basis::Basis;
use super::computing::{ABSENT, Column, Known, LookUp, MISSING, Operands, answers};
use flow_oa_engine::{Relation, Unit};
use flow_oa_site::Result;

/// The answers to some expressions, as a staged relation.
pub(super) struct Answers {
    staged: String,
    operands: Operands,
    columns: Vec<Column>,
}

/// The value of a column, with a replacement for a missing one, so that the rows without a value are joined as well. A
/// missing text is an empty one.
fn present(basis: &Basis<'_>, column: ColumnId) -> Result<Expr> {
    let replacement = if basis.table[column].kind.is_text() { Expr::val("") } else { Expr::val(MISSING) };
    Ok(Func::coalesce([basis.value(&Source::Column(column))?, replacement]).into())
}

const NAME: &str = "flow_oa_answers";

/// Combinations of values that are read at once: about 10 MB.
const PAGE: u64 = 65_536;

impl Answers {
    /// Computes the answers to expressions for the rows of `select`, and joins them to it.
    pub(super) fn join(
        unit: &mut dyn Unit,
        basis: &Basis<'_>,
        select: &mut SelectStatement,
        expressions: &[&Source],
        context: &mut dyn LookUp,
    ) -> Result<Self> {
        let operands = Operands::of(expressions, basis.table);
        let (types, text) = (basis.table.typed(), Typed::of(ColumnType::String));
        let column = |(at, from): (usize, &&Source)| Column {
            from: (*from).clone(),
            typed: from.typed(&types).unwrap_or(text),
            name: format!("flow_oa_answer_{at}"),
        };
        let columns: Vec<Column> = expressions.iter().enumerate().map(column).collect();
        let (names, are_whole) = operands.names(basis.table, &columns);
        let relation = Relation { name: NAME, columns: &names, whole: &are_whole };
        let pages = Pages::of(basis, select, &operands)?;
        let mut staged: Option<String> = None;
        let mut after: Option<Vec<Value>> = None;
        let staged = loop {
            let rows = unit.select(pages.page(after.as_deref()))?;
            let known: Vec<Known<'_>> =
                rows.iter().map(|values| Known { operands: &operands, values }).collect();
            let answers = expressions.iter().map(|from| answers(from, &known, context));
            let answered = operands.staged(&rows, &columns, &answers.collect::<Result<Vec<_>>>()?);
            let name = match staged.take() {
                None => unit.stage(&relation, &answered)?,
                Some(name) => {
                    unit.stage_more(&relation, &name, &answered)?;
                    name
                }
            };
            if (rows.len() as u64) < PAGE {
                break name;
            }
            staged = Some(name);
            after = rows.into_iter().last();
        };
        let joined = Self { staged, operands, columns };
        select.left_join(Alias::new(&joined.staged), joined.of_row(basis)?);
        Ok(joined)
    }

    /// The name of the relation.
    pub(super) fn name(&self) -> &str {
        &self.staged
    }

    /// The condition for the answers of a row.
    pub(super) fn of_row(&self, basis: &Basis<'_>) -> Result<Cond> {
        let mut is_same = Cond::all();
        for column in self.operands.all() {
            let own = Expr::col((Alias::new(&self.staged), Alias::new(&basis.table[*column].name)));
            is_same = is_same.add(present(basis, *column)?.eq(own));
        }
        Ok(is_same)
    }

    /// The answer of a row to one of the expressions.
    pub(super) fn value(&self, from: &Source) -> Option<Expr> {
        let column = self.columns.iter().find(|column| column.from == *from)?;
        let mut answer = Expr::col((Alias::new(&self.staged), Alias::new(&column.name)));
        if column.typed.is_optional && !column.is_text() {
            answer = Func::cust(Alias::new("nullif")).args([answer, Expr::val(ABSENT)]).into();
        }
        Some(if column.typed.kind == ColumnType::Bit { answer.eq(1) } else { answer })
    }

    /// Removes the relation.
    pub(super) fn unstage(self, unit: &mut dyn Unit) -> Result<()> {
        Ok(unit.unstage(&self.staged)?)
    }
}

/// The distinct combinations of the values that expressions refer to, in pages: sorted by all values, each page after
/// the last combination of the page before.
struct Pages {
    distinct: SelectStatement,
    names: Vec<Alias>,
}

impl Pages {
    fn of(basis: &Basis<'_>, select: &SelectStatement, operands: &Operands) -> Result<Self> {
        let mut distinct = select.clone();
        distinct.distinct();
        let mut names = Vec::new();
        for (at, column) in operands.all().enumerate() {
            let name = Alias::new(format!("flow_oa_{at}"));
            distinct.expr_as(present(basis, *column)?, name.clone());
            names.push(name);
        }
        Ok(Self { distinct, names })
    }

    fn page(&self, after: Option<&[Value]>) -> SelectStatement {
        let mut page = Query::select();
        page.columns(self.names.clone()).from_subquery(self.distinct.clone(), Alias::new("flow_oa_distinct"));
        page.limit(PAGE);
        for name in &self.names {
            page.order_by(name.clone(), Order::Asc);
        }
        if let Some(after) = after {
            page.cond_where(self.is_after(after));
        }
        page
    }

    /// The condition for combinations that sort after `last`. Not every engine compares whole rows.
    fn is_after(&self, last: &[Value]) -> Cond {
        let pairs: Vec<(&Alias, &Value)> = self.names.iter().zip(last).collect();
        (0..pairs.len()).fold(Cond::any(), |any, at| {
            let same = pairs[..at].iter().fold(Cond::all(), |all, (name, value)| {
                all.add(Expr::col((*name).clone()).eq((*value).clone()))
            });
            let (name, value) = pairs[at];
            any.add(same.add(Expr::col(name.clone()).gt(value.clone())))
        })
    }
}
