//! The raw table: a function that makes a row of the values that a raw format has for the `input` columns.

use flow_oa_schema::model::{Column, ColumnId, Expr, Pipeline, Table};
use flow_oa_schema::types::ColumnType;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::expression::{self, Computed, Row};
use crate::spell;

/// The `input` columns of a raw table, in order.
pub(crate) fn inputs(raw: &Table) -> impl Iterator<Item = &Column> {
    raw.columns.iter().filter(|column| column.from == Expr::Input)
}

pub(crate) fn function(pipeline: &Pipeline) -> TokenStream {
    let Some(raw) = pipeline.raw_table() else { return TokenStream::new() };
    let times_read = pipeline.raw.map(|raw| pipeline.times_read_from(raw)).unwrap_or_default();
    let (module, row) = (spell::value(&raw.name), spell::kind(&raw.name));
    let times = inputs(raw).filter(|column| column.kind == ColumnType::Time);
    let moments = times.map(|column| {
        let (moment, value) = (spell::local("at", &column.name), input(raw, column));
        quote!(let #moment = #value;)
    });
    let fields = raw.columns.iter().map(|column| {
        let (field, value) = (spell::value(&column.name), value(column, raw));
        quote!(#field: #value)
    });
    let time = raw.partition.time.as_ref().map(|time| {
        let time = expression::computed(&Record { raw }, time).tokens;
        quote!(let own_time = #time;)
    });
    let checked = times_read.iter().filter(|time| raw.partition.time.as_ref() != Some(**time));
    let checked = checked.map(|time| expression::computed(&Record { raw }, time).tokens);
    quote! {
        /// Makes a row of the raw table of the values that a format has.
        ///
        /// # Errors
        /// The first cell that cannot be read.
        pub fn ingested(
            cells: &::flow_oa_core::Inputs<'_>,
        ) -> ::core::result::Result<
            (::flow_oa_core::Date, tables::#module::#row),
            ::flow_oa_core::CellFault,
        > {
            #(#moments)*
            #time
            #(#checked;)*
            let row = tables::#module::#row { #(#fields,)* };
            ::core::result::Result::Ok((own_time.date(), row))
        }
    }
}

fn value(column: &Column, raw: &Table) -> TokenStream {
    if column.from == Expr::Input {
        let moment = spell::local("at", &column.name);
        return if column.kind == ColumnType::Time { quote!(#moment.text()) } else { input(raw, column) };
    }
    if let Expr::Partition(part) = &column.from {
        return spell::part(&quote!(own_time), *part, column.kind);
    }
    expression::value(&Record { raw }, &column.from, column.kind)
}

/// The values of a record.
struct Record<'a> {
    raw: &'a Table,
}

impl Row for Record<'_> {
    fn column(&self, column: ColumnId) -> Computed {
        let column = &self.raw[column];
        let tokens = if column.kind == ColumnType::Time {
            let moment = spell::local("at", &column.name);
            quote!(#moment)
        } else {
            input(self.raw, column)
        };
        Computed { tokens, kind: column.kind, is_field: false }
    }

    fn position(&self, column: ColumnId) -> usize {
        position(self.raw, &self.raw[column])
    }
}

/// The position of a column among the `input` columns.
fn position(raw: &Table, column: &Column) -> usize {
    inputs(raw).position(|input| input.name == column.name).unwrap_or_default()
}

/// An expression that reads the value of an `input` column.
fn input(raw: &Table, column: &Column) -> TokenStream {
    let at = position(raw, column);
    if column.kind == ColumnType::Seconds {
        let (at, range) =
            (Literal::usize_unsuffixed(at), column.range.map(|range| spell::within(column.kind, range)));
        return quote!(cells.elapsed(#at, #range)?);
    }
    spell::read(column.kind, column.range, at)
}
