//! The raw formats: for each, a function that reads a record as a row of the raw table.

use flow_oa_schema::model::{Column, ColumnId, Expr, Pipeline, Read, Source, Table};
use flow_oa_schema::types::ColumnType;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::expression::{self, Computed, Row};
use crate::spell;

pub(crate) fn module(pipeline: &Pipeline) -> TokenStream {
    let Some(raw) = pipeline.raw_table().filter(|_| !pipeline.sources.is_empty()) else {
        return TokenStream::new();
    };
    let times = pipeline.raw.map(|raw| pipeline.times_read_from(raw)).unwrap_or_default();
    let readers = pipeline.sources.iter().map(|source| reader(source, raw, &times));
    quote! {
        /// Readers of raw formats.
        pub mod sources {
            #(#readers)*
        }
    }
}

fn reader(source: &Source, raw: &Table, times_read: &[&Expr]) -> TokenStream {
    let (name, doc) = (spell::value(&source.name), spell::doc(&source.description));
    let (module, row) = (spell::value(&raw.name), spell::kind(&raw.name));
    let times =
        raw.columns.iter().filter(|column| column.kind == ColumnType::Time && column.from == Expr::Input);
    let moments = times.map(|column| {
        let (moment, value) = (spell::local("at", &column.name), input(source, column));
        quote!(let #moment = #value;)
    });
    let fields = raw.columns.iter().map(|column| {
        let (field, value) = (spell::value(&column.name), value(source, column, raw));
        quote!(#field: #value)
    });
    let time = raw.partition.time.as_ref().map(|time| {
        let time = expression::computed(&Record { source, raw }, time).tokens;
        quote!(let own_time = #time;)
    });
    let checked = times_read.iter().filter(|time| raw.partition.time.as_ref() != Some(**time));
    let checked = checked.map(|time| expression::computed(&Record { source, raw }, time).tokens);
    quote! {
        #doc
        ///
        /// # Errors
        /// The first cell that cannot be read.
        pub fn #name(
            cells: &::flow_oa_core::Cells<'_>,
        ) -> ::core::result::Result<
            (::flow_oa_core::Date, super::tables::#module::#row),
            ::flow_oa_core::CellFault,
        > {
            #(#moments)*
            #time
            #(#checked;)*
            let row = super::tables::#module::#row { #(#fields,)* };
            ::core::result::Result::Ok((own_time.date(), row))
        }
    }
}

fn value(source: &Source, column: &Column, raw: &Table) -> TokenStream {
    match &column.from {
        Expr::Input if column.kind == ColumnType::Time => {
            let moment = spell::local("at", &column.name);
            quote!(#moment.text())
        }
        Expr::Input => input(source, column),
        Expr::Partition(part) => spell::part(&quote!(own_time), *part, column.kind),
        other => expression::value(&Record { source, raw }, other, column.kind),
    }
}

/// A record of a raw format.
struct Record<'a> {
    source: &'a Source,
    raw: &'a Table,
}

impl Row for Record<'_> {
    fn column(&self, column: ColumnId) -> Computed {
        let column = &self.raw[column];
        let tokens = match column.kind {
            ColumnType::Time => {
                let moment = spell::local("at", &column.name);
                quote!(#moment)
            }
            _ => input(self.source, column),
        };
        Computed { tokens, kind: column.kind, is_field: false }
    }

    fn position(&self, column: ColumnId) -> usize {
        let read = self.source.reads.get(&self.raw[column].name);
        match read {
            Some(Read::Column(at) | Read::Protocol(at) | Read::Port(at)) => *at,
            Some(Read::Last { of, .. } | Read::Map { of, .. }) => *of,
            Some(Read::Arrival { .. } | Read::End { .. } | Read::Value(_)) | None => 0,
        }
    }
}

/// An expression that reads the value of an `input` column. The check has verified that every format defines it.
fn input(source: &Source, column: &Column) -> TokenStream {
    let at = |at: &usize| Literal::usize_unsuffixed(*at);
    match source.reads.get(&column.name) {
        Some(Read::Column(index)) if column.kind == ColumnType::Seconds => elapsed(column, *index),
        Some(Read::Column(index)) => spell::read(column.kind, column.range, *index),
        Some(Read::Arrival { received, first, last }) => {
            let (received, first, last) = (at(received), at(first), at(last));
            quote!(cells.arrival(#received, #first, #last)?)
        }
        Some(Read::End { start, duration }) => {
            let (start, duration) = (at(start), at(duration));
            quote!(cells.end(#start, #duration)?)
        }
        Some(Read::Last { of, characters }) => {
            let (of, characters) = (at(of), at(characters));
            quote!(cells.last(#of, #characters)?)
        }
        Some(Read::Protocol(of)) => {
            let of = at(of);
            quote!(cells.protocol(#of)?)
        }
        Some(Read::Port(of)) => {
            let of = at(of);
            spell::converted(quote!(cells.port(#of)?), ColumnType::Int, column.kind)
        }
        Some(Read::Map { of, values }) => {
            let of = at(of);
            let pairs = values.iter().map(|(found, meant)| quote!((#found, #meant)));
            in_range(column, &of, quote!(cells.mapped(#of, &[#(#pairs,)*])?))
        }
        Some(Read::Value(value)) => spell::constant(value, column.kind),
        None => TokenStream::new(),
    }
}

/// An expression that reads a duration. A negative duration is corrected to 0.
fn elapsed(column: &Column, at: usize) -> TokenStream {
    let at = Literal::usize_unsuffixed(at);
    let range = column.range.map(|range| spell::within(column.kind, range));
    quote!(cells.elapsed(#at, #range)?)
}

/// Checks a value that was read from column `of` of the format against the range of the column of the table.
fn in_range(column: &Column, of: &Literal, value: TokenStream) -> TokenStream {
    match column.range {
        Some(range) => {
            let range = spell::within(column.kind, range);
            quote!(cells.within(#of, #value, #range)?)
        }
        None => value,
    }
}
