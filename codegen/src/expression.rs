//! The values of expressions over one row, as Rust expressions.

use flow_oa_schema::model::{Clock, ColumnId, Comparison, Condition, Expr, Value};
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
    if let Expr::Value(value) = from {
        return spell::constant(value, kind);
    }
    let Expr::Iana { of, with, fact } = from else { return computed(row, from).stored_as(kind) };
    let value = computed(row, of);
    let protocol = with.as_ref().map(|with| computed(row, with).tokens);
    let about = iana::About { value: &value.tokens, kind: value.kind };
    iana::answer(&about, protocol.as_ref(), *fact, kind)
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
        Expr::If { all, then, otherwise } => return choice(row, (all, then, otherwise)),
        Expr::Keep(of, characters) => {
            let of = text(of);
            (quote!(::flow_oa_core::compute::keep(&#of, #characters)), ColumnType::String)
        }
        Expr::LastLabels(of, count) => {
            let of = text(of);
            (quote!(::flow_oa_core::compute::last_labels(&#of, #count)), ColumnType::String)
        }
        Expr::BitLength(of) => {
            let of = computed(row, of);
            let number = spell::converted(of.tokens, of.kind, ColumnType::Bigint);
            (quote!(::flow_oa_core::compute::bit_length(#number)), ColumnType::Int)
        }
        Expr::Entropy(of) => {
            let of = text(of);
            (quote!(::flow_oa_core::compute::entropy(&#of)), ColumnType::Int)
        }
        Expr::Add(all) => return sum(row, all),
        Expr::Field(_) | Expr::Input | Expr::Rank | Expr::Hub | Expr::Subject(_) => {
            (TokenStream::new(), ColumnType::String)
        }
        Expr::Severity(_)
        | Expr::Title
        | Expr::Note
        | Expr::When
        | Expr::Who
        | Expr::Program
        | Expr::Partition(_) => (TokenStream::new(), ColumnType::String),
        Expr::Context(..) | Expr::Iana { .. } | Expr::Code { .. } | Expr::Count | Expr::Aggregate(..) => {
            (TokenStream::new(), ColumnType::String)
        }
    };
    Computed { tokens, kind, is_field: false }
}

/// One of two values, by conditions.
fn choice(row: &impl Row, (all, then, otherwise): (&[Condition], &Expr, &Expr)) -> Computed {
    let met = all.iter().map(|condition| condition_of(row, condition));
    let [then, otherwise] = [then, otherwise].map(|of| computed(row, of));
    if then.kind.is_text() {
        let (then, otherwise) = (then.text(), otherwise.text());
        let tokens = quote!(if #(#met)&&* { #then } else { #otherwise });
        return Computed { tokens, kind: ColumnType::String, is_field: false };
    }
    let kind = if then.kind.is_whole() && otherwise.kind.is_whole() {
        ColumnType::Bigint
    } else {
        ColumnType::Double
    };
    let [then, otherwise] = [then, otherwise].map(|of| spell::converted(of.tokens, of.kind, kind));
    Computed { tokens: quote!(if #(#met)&&* { #then } else { #otherwise }), kind, is_field: false }
}

/// Whether a row meets a condition.
fn condition_of(row: &impl Row, condition: &Condition) -> TokenStream {
    let (one, others) = match condition {
        Condition::Compared(comparison, one, other) => {
            (computed(row, one), vec![(*comparison, computed(row, other))])
        }
        Condition::OneOf(of, values) => {
            let constant = |value: &Value| (Comparison::Equal, computed(row, &Expr::Value(value.clone())));
            (computed(row, of), values.iter().map(constant).collect())
        }
    };
    let is_text = one.kind.is_text();
    let is_whole = one.kind.is_whole() && others.iter().all(|(_, other)| other.kind.is_whole());
    let value = |of: &Computed| match (is_text, is_whole) {
        (true, _) => of.text(),
        (false, true) => spell::converted(of.tokens.clone(), of.kind, ColumnType::Bigint),
        (false, false) => {
            let number = &of.tokens;
            quote!((#number as ::core::primitive::f64))
        }
    };
    let own = value(&one);
    let each = others.iter().map(|(comparison, other)| {
        let other = value(other);
        match comparison {
            Comparison::Equal => quote!(#own == #other),
            Comparison::NotEqual => quote!(#own != #other),
            Comparison::Less => quote!(#own < #other),
            Comparison::AtMost => quote!(#own <= #other),
        }
    });
    let each: Vec<TokenStream> = each.collect();
    if let [only] = each.as_slice() { only.clone() } else { quote!((#(#each)||*)) }
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
    of.column().or_else(|| of.operands().into_iter().find_map(first_column))
}
