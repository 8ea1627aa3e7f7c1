//! The words of emitted code: identifiers, types and conversions, one exhaustive match each.

use flow_oa_schema::model::{Column, Value};
use flow_oa_schema::names;
use flow_oa_schema::types::{ColumnType, TimePart};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

/// A field, function or module.
pub(crate) fn value(name: &str) -> Ident {
    let spelt = names::rust_value(name);
    match spelt.strip_prefix("r#") {
        Some(word) => format_ident!("r#{word}"),
        None => format_ident!("{spelt}"),
    }
}

/// A type or variant.
pub(crate) fn kind(name: &str) -> Ident {
    format_ident!("{}", names::rust_type(name))
}

/// A local variable that can meet no other: the name behind a prefix.
pub(crate) fn local(prefix: &str, name: &str) -> Ident {
    format_ident!("{prefix}_{}", name.to_ascii_lowercase())
}

/// The file of a pipeline.
pub(crate) fn file_name(pipeline: &str) -> String {
    format!("pipeline_{}.rs", pipeline.to_ascii_lowercase())
}

/// A doc comment.
pub(crate) fn doc(text: &str) -> TokenStream {
    let lines = text.lines().map(|line| format!(" {}", line.trim()));
    quote! { #(#[doc = #lines])* }
}

/// The type of a field.
pub(crate) fn field_type(column: &Column) -> TokenStream {
    let bare = rust_type(column.kind);
    if column.may_be_absent() { quote!(::core::option::Option<#bare>) } else { bare }
}

fn rust_type(kind: ColumnType) -> TokenStream {
    match kind {
        ColumnType::String | ColumnType::Time | ColumnType::Address => quote!(::flow_oa_core::Text),
        ColumnType::Smallint => quote!(::core::primitive::i16),
        ColumnType::Int => quote!(::core::primitive::i32),
        ColumnType::Bigint => quote!(::core::primitive::i64),
        ColumnType::Float | ColumnType::Double => quote!(::core::primitive::f64),
        ColumnType::Bit => quote!(::core::primitive::bool),
    }
}

/// The type of a value as it is read; a time keeps its parts until it is stored.
pub(crate) fn read_type(kind: ColumnType) -> TokenStream {
    if kind == ColumnType::Time { quote!(::flow_oa_core::Moment) } else { rust_type(kind) }
}

/// The method of `Cells` that reads a type.
pub(crate) fn reader(kind: ColumnType) -> Ident {
    format_ident!("{}", if kind == ColumnType::String { "text" } else { kind.name() })
}

/// `cells.<reader>(at)?`.
pub(crate) fn read(kind: ColumnType, at: usize) -> TokenStream {
    let (reader, at) = (reader(kind), Literal::usize_unsuffixed(at));
    quote!(cells.#reader(#at)?)
}

/// A value as text.
pub(crate) fn as_text(value: &TokenStream, kind: ColumnType) -> TokenStream {
    let borrow = kind.is_text().then(|| quote!(&));
    quote!(::flow_oa_core::Cell::from(#borrow #value).to_text())
}

/// A part of a moment, as the type of the column that takes it.
pub(crate) fn part(moment: &TokenStream, part: TimePart, kind: ColumnType) -> TokenStream {
    let method = format_ident!("{}", part.name());
    converted(quote!(#moment.#method()), part.kind(), kind)
}

/// `value` of the type `from` as the type `to`, which is as wide or wider.
pub(crate) fn converted(value: TokenStream, from: ColumnType, to: ColumnType) -> TokenStream {
    let target = rust_type(to);
    if rust_type(from).to_string() == target.to_string() { value } else { quote!(<#target>::from(#value)) }
}

/// A constant, as the type of the column that takes it.
pub(crate) fn constant(value: &Value, kind: ColumnType) -> TokenStream {
    match value {
        Value::Text(text) => quote!(::flow_oa_core::Text::const_new(#text)),
        Value::Int(number) if kind == ColumnType::Bit => {
            let yes = *number == 1;
            quote!(#yes)
        }
        Value::Int(number) if matches!(kind, ColumnType::Float | ColumnType::Double) => {
            let literal = Literal::f64_unsuffixed(*number as f64);
            quote!(#literal)
        }
        Value::Int(number) => {
            let literal = Literal::i64_unsuffixed(*number);
            quote!(#literal)
        }
        Value::Real(number) => {
            let literal = Literal::f64_unsuffixed(*number);
            quote!(#literal)
        }
    }
}
