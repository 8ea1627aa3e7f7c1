//! One table: its row type, identifiers, reader, bound values and DDL.

use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::Place;
use flow_oa_schema::model::{Column, Pipeline, Table};
use flow_oa_schema::types::ColumnType;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::spell;

pub(crate) fn module(table: &Table, pipeline: &Pipeline) -> TokenStream {
    let name = spell::value(&table.name);
    let doc = spell::doc(&table.description);
    let (row, identifiers, description) = (row(table, pipeline), identifiers(table), description(table));
    quote! {
        #doc
        pub mod #name {
            #row
            #identifiers
            #description
        }
    }
}

fn row(table: &Table, pipeline: &Pipeline) -> TokenStream {
    let (name, doc) = (spell::kind(&table.name), spell::doc(&table.description));
    let fields = table.columns.iter().map(|column| {
        let (field, kind) = (spell::value(&column.name), spell::field_type(column));
        let origin = pipeline.in_words(table, &column.from);
        let origin = if origin.is_empty() { String::new() } else { format!("\n\nFrom {origin}.") };
        let doc = spell::doc(&format!("{}{origin}", column.description));
        quote!(#doc pub #field: #kind)
    });
    let reads = table.columns.iter().enumerate().map(|(at, column)| {
        let (field, read) = (spell::value(&column.name), read(column, at));
        quote!(#field: #read)
    });
    let cells = table.columns.iter().map(|column| {
        let field = spell::value(&column.name);
        if column.kind.is_text() { quote!((&self.#field).into()) } else { quote!(self.#field.into()) }
    });
    quote! {
        #doc
        #[derive(Debug, Clone, PartialEq)]
        pub struct #name {
            #(#fields,)*
        }

        impl ::flow_oa_core::Row for #name {
            const TABLE: &'static ::flow_oa_core::Table = &TABLE;

            fn read(
                cells: &::flow_oa_core::Cells<'_>,
            ) -> ::core::result::Result<Self, ::flow_oa_core::CellFault> {
                ::core::result::Result::Ok(Self { #(#reads,)* })
            }

            fn cells<'a>(&'a self, out: &mut ::std::vec::Vec<::flow_oa_core::Cell<'a>>) {
                out.extend::<[::flow_oa_core::Cell<'a>; _]>([#(#cells,)*]);
            }
        }
    }
}

fn read(column: &Column, at: usize) -> TokenStream {
    if column.may_be_absent() {
        let reading = spell::reading(column.kind, column.range, at);
        let at = Literal::usize_unsuffixed(at);
        return quote!(cells.optional(#at, || #reading)?);
    }
    let read = spell::read(column.kind, column.range, at);
    if column.kind == ColumnType::Time { quote!(#read.text()) } else { read }
}

fn identifiers(table: &Table) -> TokenStream {
    let name = &table.name;
    let variants: Vec<_> = table.columns.iter().map(|column| spell::kind(&column.name)).collect();
    let names: Vec<_> = table.columns.iter().map(|it| &it.name).collect();
    let docs = table.columns.iter().map(|column| spell::doc(&column.description));
    let count = Literal::usize_unsuffixed(variants.len());
    quote! {
        /// The names of the table and its columns, for sea-query.
        pub mod iden {
            /// The table.
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub struct Table;

            impl ::flow_oa_core::sea_query::Iden for Table {
                fn unquoted(&self) -> &::core::primitive::str {
                    #name
                }
            }

            /// A column.
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub enum Column {
                #(#docs #variants,)*
            }

            /// All columns, in order.
            pub const COLUMNS: [Column; #count] = [#(Column::#variants,)*];

            impl ::flow_oa_core::sea_query::Iden for Column {
                fn unquoted(&self) -> &::core::primitive::str {
                    match self {
                        #(Self::#variants => #names,)*
                    }
                }
            }
        }
    }
}

fn description(table: &Table) -> TokenStream {
    let (name, text) = (&table.name, &table.description);
    let columns = table.columns.iter().map(|it| &it.name);
    let dialects = Dialect::ALL.into_iter().filter(|dialect| dialect.has(table)).map(|dialect| {
        let (name, ddl) = (dialect.name(), dialect.create(table, &Place::default()));
        quote!((#name, #ddl))
    });
    quote! {
        /// The table, as engines see it.
        pub static TABLE: ::flow_oa_core::Table = ::flow_oa_core::Table {
            name: #name,
            description: #text,
            columns: &[#(#columns,)*],
            ddl: &[#(#dialects,)*],
            insert,
        };

        fn insert() -> ::flow_oa_core::sea_query::InsertStatement {
            let mut statement = ::flow_oa_core::sea_query::Query::insert();
            statement.into_table(iden::Table).columns(iden::COLUMNS);
            statement
        }
    }
}
