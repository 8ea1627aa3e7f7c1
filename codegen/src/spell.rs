//! The spelling of identifiers, types and conversions in generated code, with one exhaustive match for each.

use flow_oa_schema::model::{Column, Value};
use flow_oa_schema::names;
use flow_oa_schema::range::Range;
use flow_oa_schema::types::{ColumnType, Storage, TimePart};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

/// The identifier of a field, function or module.
pub(crate) fn value(name: &str) -> Ident {
    let spelt = names::rust_value(name);
    match spelt.strip_prefix("r#") {
        Some(word) => format_ident!("r#{word}"),
        None => format_ident!("{spelt}"),
    }
}

/// The identifier of a type or variant.
pub(crate) fn kind(name: &str) -> Ident {
    format_ident!("{}", names::rust_type(name))
}

/// The identifier of a local variable: the name with a prefix, so that it is unique.
pub(crate) fn local(prefix: &str, name: &str) -> Ident {
    format_ident!("{prefix}_{}", name.to_ascii_lowercase())
}

/// The name of the file of a pipeline.
pub(crate) fn file_name(pipeline: &str) -> String {
    format!("pipeline_{}.rs", pipeline.to_ascii_lowercase())
}

/// A doc comment.
pub(crate) fn doc(text: &str) -> TokenStream {
    let lines = text.lines().map(|line| format!(" {}", line.trim()));
    quote! { #(#[doc = #lines])* }
}

/// The type of the field of a column.
pub(crate) fn field_type(column: &Column) -> TokenStream {
    let bare = rust_type(column.kind);
    if column.may_be_absent() { quote!(::core::option::Option<#bare>) } else { bare }
}

fn rust_type(kind: ColumnType) -> TokenStream {
    match kind.storage() {
        Storage::Text => quote!(::flow_oa_core::Text),
        Storage::Smallint => quote!(::core::primitive::i16),
        Storage::Int => quote!(::core::primitive::i32),
        Storage::Bigint => quote!(::core::primitive::i64),
        Storage::Float | Storage::Double => quote!(::core::primitive::f64),
        Storage::Bit => quote!(::core::primitive::bool),
    }
}

/// The type of a value when it is read. A time is kept as a moment until it is stored, so that its parts are available.
pub(crate) fn read_type(kind: ColumnType) -> TokenStream {
    if kind == ColumnType::Time { quote!(::flow_oa_core::Moment) } else { rust_type(kind) }
}

/// `cells.<reader>(at)`: reads a value of a type, and checks that it is in a range.
pub(crate) fn reading(kind: ColumnType, range: Option<Range>, at: usize) -> TokenStream {
    let at = Literal::usize_unsuffixed(at);
    match (kind.storage(), range) {
        (Storage::Smallint | Storage::Int | Storage::Bigint, Some(range)) => {
            let range = within(kind, range);
            quote!(cells.whole(#at, #range))
        }
        (Storage::Float, Some(range)) => {
            let range = within(kind, range);
            quote!(cells.float_within(#at, #range))
        }
        (Storage::Double, Some(range)) => {
            let range = within(kind, range);
            quote!(cells.double_within(#at, #range))
        }
        (Storage::Text | Storage::Bit, Some(_)) | (_, None) => {
            let reader = match kind {
                ColumnType::String | ColumnType::Url => "text",
                _ => kind.plain().name(),
            };
            let reader = format_ident!("{reader}");
            quote!(cells.#reader(#at))
        }
    }
}

/// `cells.<reader>(at)?`.
pub(crate) fn read(kind: ColumnType, range: Option<Range>, at: usize) -> TokenStream {
    let reading = reading(kind, range, at);
    quote!(#reading?)
}

/// A range of numbers, as an expression of the type.
pub(crate) fn within(kind: ColumnType, range: Range) -> TokenStream {
    let (from, to) = match (kind.storage(), range) {
        (Storage::Smallint, Range::Whole { from, to }) => {
            let end = |number: i64| number.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
            (Literal::i16_suffixed(end(from)), Literal::i16_suffixed(end(to)))
        }
        (Storage::Int, Range::Whole { from, to }) => {
            let end = |number: i64| number.clamp(i32::MIN.into(), i32::MAX.into()) as i32;
            (Literal::i32_suffixed(end(from)), Literal::i32_suffixed(end(to)))
        }
        (_, Range::Whole { from, to }) => (Literal::i64_suffixed(from), Literal::i64_suffixed(to)),
        (_, Range::Real { from, to }) => (Literal::f64_suffixed(from), Literal::f64_suffixed(to)),
    };
    if range.has_end() { quote!(#from..=#to) } else { quote!(#from..) }
}

/// A value, as an expression of type text.
pub(crate) fn as_text(value: &TokenStream, kind: ColumnType) -> TokenStream {
    let borrow = kind.is_text().then(|| quote!(&));
    quote!(::flow_oa_core::Cell::from(#borrow #value).to_text())
}

/// A constant within an expression, whose type no column determines. A type that is too narrow cannot occur.
pub(crate) fn operand(value: &Value, kind: ColumnType) -> TokenStream {
    let literal = match (value, kind.storage()) {
        (Value::Text(_), _) => return constant(value, kind),
        (Value::Real(number), _) => Literal::f64_suffixed(*number),
        (Value::Int(number), Storage::Smallint) => Literal::i16_suffixed(*number as i16),
        (Value::Int(number), Storage::Int) => Literal::i32_suffixed(*number as i32),
        (Value::Int(number), _) => Literal::i64_suffixed(*number),
    };
    quote!(#literal)
}

/// A part of a moment, converted to the type of the column that takes it.
pub(crate) fn part(moment: &TokenStream, part: TimePart, kind: ColumnType) -> TokenStream {
    let method = format_ident!("{}", part.name());
    converted(quote!(#moment.#method()), part.kind(), kind)
}

/// Converts `value` from type `from` to type `to`, which is at least as wide.
pub(crate) fn converted(value: TokenStream, from: ColumnType, to: ColumnType) -> TokenStream {
    let target = rust_type(to);
    if rust_type(from).to_string() == target.to_string() { value } else { quote!(<#target>::from(#value)) }
}

/// A constant, as an expression of the type of the column that takes it.
pub(crate) fn constant(value: &Value, kind: ColumnType) -> TokenStream {
    match value {
        Value::Text(text) => quote!(::flow_oa_core::Text::const_new(#text)),
        Value::Int(number) if kind == ColumnType::Bit => {
            let yes = *number == 1;
            quote!(#yes)
        }
        Value::Int(number) if kind.storage().is_real() => {
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
