//! The values of expressions over one row, as Rust expressions.

use flow_oa_schema::model::{Clock, ColumnId, Expr};
use flow_oa_schema::types::ColumnType;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use crate::{iana, spell};

/// A Rust expression and the type of its value. A time is a moment.
pub(crate) struct Computed {
    pub(crate) tokens: TokenStream,
    pub(crate) kind: ColumnType,
    /// Whether the expression is a field of a record, from which a text must be cloned to be owned.
    pub(crate) is_field: bool,
}

impl Computed {
    /// The value as a text.
    pub(crate) fn text(&self) -> TokenStream {
        let tokens = &self.tokens;
        match self.kind {
            ColumnType::Time => quote!(#tokens.text()),
            kind if kind.is_text() && self.is_field => quote!(#tokens.clone()),
            kind if kind.is_text() => quote!(#tokens),
            kind => spell::as_text(tokens, kind),
        }
    }

    /// The value as a column of type `kind` stores it.
    pub(crate) fn stored_as(self, kind: ColumnType) -> TokenStream {
        if self.kind.is_text() { self.text() } else { spell::converted(self.tokens, self.kind, kind) }
    }
}

/// The values that a row offers to expressions.
pub(crate) trait Row {
    /// The value of a column.
    fn column(&self, column: ColumnId) -> Computed;

    /// The position of the cell from which the column is read, for messages.
    fn position(&self, column: ColumnId) -> usize;
}

/// The value of a computed expression, or of a look-up in the registries, for a column of type `kind`. Expressions
/// whose values the row does not have result in no tokens, so the generated text would not compile; the check refuses
/// them before.
pub(crate) fn value(row: &impl Row, from: &Expr, kind: ColumnType) -> TokenStream {
    match from {
        Expr::Value(value) => spell::constant(value, kind),
        Expr::Iana { of, with, fact } => {
            let value = computed(row, of);
            let protocol = with.as_ref().map(|with| computed(row, with).tokens);
            let about = iana::About { value: &value.tokens, kind: value.kind };
            iana::answer(&about, protocol.as_ref(), *fact, kind)
        }
        other => computed(row, other).stored_as(kind),
    }
}

/// The value of a computed expression.
pub(crate) fn computed(row: &impl Row, from: &Expr) -> Computed {
    let text = |of: &Expr| computed(row, of).text();
    let (tokens, kind) = match from {
        Expr::Column(column) => return row.column(*column),
        Expr::Value(value) => {
            let kind = from.typed(&[]).map_or(ColumnType::String, |typed| typed.kind);
            (spell::operand(value, kind), kind)
        }
        Expr::Time(clock, of) => {
            let at = Literal::usize_unsuffixed(first_column(of).map_or(0, |column| row.position(column)));
            let value = computed(row, of);
            let time = match clock {
                Clock::Epoch => {
                    let seconds = spell::converted(value.tokens, value.kind, ColumnType::Bigint);
                    quote!(cells.time_of_epoch(#at, #seconds)?)
                }
                Clock::Text => {
                    let text = value.text();
                    quote!(cells.time_of_text(#at, &#text)?)
                }
            };
            (time, ColumnType::Time)
        }
        Expr::Part(time, part) => {
            let (time, method) = (computed(row, time).tokens, format_ident!("{}", part.name()));
            (quote!(#time.#method()), part.kind())
        }
        Expr::Truncate(time, unit) => {
            let (time, length) = (computed(row, time).tokens, Literal::usize_unsuffixed(unit.length()));
            (quote!(::flow_oa_core::compute::start(&#time.text(), #length)), ColumnType::String)
        }
        Expr::Concat(all) => {
            let all = all.iter().map(text);
            (quote!(::flow_oa_core::compute::concat(&[#(#all,)*])), ColumnType::String)
        }
        Expr::Lower(of) => {
            let of = text(of);
            (quote!(::flow_oa_core::compute::lower(&#of)), ColumnType::String)
        }
        Expr::Length(of) => {
            let of = text(of);
            (quote!(::flow_oa_core::compute::length(&#of)), ColumnType::Int)
        }
        Expr::Map { of, values, otherwise } => {
            let (of, pairs) = (text(of), values.iter().map(|(found, meant)| quote!((#found, #meant))));
            let otherwise = or_itself(otherwise.as_ref().map(|otherwise| text(otherwise)));
            (quote!(::flow_oa_core::compute::mapped(#of, &[#(#pairs,)*], #otherwise)), ColumnType::String)
        }
        Expr::Hash(of) => {
            let of = text(of);
            (quote!(::flow_oa_core::compute::hash(&#of)), ColumnType::String)
        }
        Expr::RegisteredDomain(of) => {
            let of = text(of);
            (quote!(::flow_oa_core::compute::registered_domain(&#of)), ColumnType::String)
        }
        Expr::Add(all) => return sum(row, all),
        Expr::Field(_) | Expr::Input | Expr::Rank | Expr::Hub | Expr::Subject | Expr::Severity => {
            (TokenStream::new(), ColumnType::String)
        }
        Expr::Title | Expr::Note | Expr::When | Expr::Who | Expr::Program | Expr::Partition(_) => {
            (TokenStream::new(), ColumnType::String)
        }
        Expr::Context(..) | Expr::Iana { .. } | Expr::Code { .. } | Expr::Count | Expr::Aggregate(..) => {
            (TokenStream::new(), ColumnType::String)
        }
    };
    Computed { tokens, kind, is_field: false }
}

/// A function of a text that has no replacement: it returns another text, or the text itself.
pub(crate) fn or_itself(other: Option<TokenStream>) -> TokenStream {
    other.map_or_else(|| quote!(::core::convert::identity), |other| quote!(|_| #other))
}

/// The sum of numbers. Reading the row fails if it exceeds the type.
fn sum(row: &impl Row, all: &[Expr]) -> Computed {
    let summands: Vec<Computed> = all.iter().map(|of| computed(row, of)).collect();
    let at = all.iter().find_map(first_column).map_or(0, |column| row.position(column));
    let at = Literal::usize_unsuffixed(at);
    let (kind, method) = match summands.iter().all(|summand| summand.kind.is_whole()) {
        true => (ColumnType::Bigint, format_ident!("sum")),
        false => (ColumnType::Double, format_ident!("real_sum")),
    };
    let summands = summands.into_iter().map(|summand| spell::converted(summand.tokens, summand.kind, kind));
    Computed { tokens: quote!(cells.#method(#at, &[#(#summands,)*])?), kind, is_field: false }
}

fn first_column(of: &Expr) -> Option<ColumnId> {
    match of {
        Expr::Column(column) => Some(*column),
        other => other.operands().into_iter().find_map(first_column),
    }
}
