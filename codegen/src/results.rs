//! The results file: the record that is read from it, and its conversion to a row of scores.

use std::collections::BTreeSet;

use flow_oa_schema::context::IanaFact;
use flow_oa_schema::model::{Column, Origin, Pipeline, Taken};
use flow_oa_schema::types::{ColumnType, TimePart};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::{iana, spell};

pub(crate) fn module(pipeline: &Pipeline) -> TokenStream {
    let taken = &pipeline.results.taken;
    let fields = taken.iter().map(|it| {
        let (name, kind) = (spell::value(&it.name), spell::read_type(it.kind));
        let doc = spell::doc(&format!("Field {} of the file, from 0.", it.index));
        quote!(#doc pub #name: #kind)
    });
    let reads = taken.iter().map(|it| {
        let (name, read) = (spell::value(&it.name), spell::read(it.kind, it.range, it.index));
        quote!(#name: #read)
    });
    let names = &pipeline.results.fields;
    let subjects = subjects(pipeline);
    let asked = asked(pipeline, &subjects);
    let (scores_module, scores_type) = {
        let name = &pipeline.scores_table().name;
        (spell::value(name), spell::kind(name))
    };
    let score = score(pipeline, &subjects);
    quote! {
        /// The results file.
        pub mod results {
            /// The fields of a record that the filter takes.
            #[derive(Debug, Clone, PartialEq)]
            pub struct Record {
                #(#fields,)*
            }

            impl ::flow_oa_core::FromResults for Record {
                type Scores = super::tables::#scores_module::#scores_type;

                const FIELDS: &'static [&'static ::core::primitive::str] = &[#(#names,)*];

                fn read(
                    cells: &::flow_oa_core::Cells<'_>,
                ) -> ::core::result::Result<Self, ::flow_oa_core::CellFault> {
                    ::core::result::Result::Ok(Self { #(#reads,)* })
                }

                #asked

                #score
            }
        }
    }
}

/// The fields of addresses for which context is looked up.
fn subjects(pipeline: &Pipeline) -> BTreeSet<&str> {
    let scores = pipeline.scores_table();
    let fields = scores.columns.iter().filter_map(|column| match &column.origin {
        Origin::Context { of, .. } => field_of(&scores.columns, of),
        _ => None,
    });
    fields.collect()
}

/// The function that lists the addresses and codes of a record for which context is looked up.
fn asked(pipeline: &Pipeline, subjects: &BTreeSet<&str>) -> TokenStream {
    let columns = &pipeline.scores_table().columns;
    let fields: Vec<_> = subjects.iter().map(|subject| spell::value(subject)).collect();
    let codes: Vec<_> = columns
        .iter()
        .filter_map(|column| match &column.origin {
            Origin::Code { of, table } => {
                let code = text_of(columns, of);
                Some(quote!((#table, #code)))
            }
            _ => None,
        })
        .collect();
    let addresses = (!fields.is_empty())
        .then(|| quote!(out.addresses.extend::<[&::flow_oa_core::Text; _]>([#(&self.#fields,)*]);));
    let coded = (!codes.is_empty()).then(|| {
        quote!(out.codes.extend::<[(&'static ::core::primitive::str, ::flow_oa_core::Text); _]>([#(#codes,)*]);)
    });
    let out = if fields.is_empty() && codes.is_empty() { quote!(_) } else { quote!(out) };
    quote! {
        fn asks<'a>(&'a self, #out: &mut ::flow_oa_core::Asked<'a>) {
            #addresses
            #coded
        }
    }
}

/// An expression for the value of a column of the table of scores, as text.
fn text_of(columns: &[Column], name: &str) -> TokenStream {
    let field = field_of(columns, name).map(spell::value);
    spell::as_text(&quote!(self.#field), kind_of(columns, name))
}

/// The field of the results file from which a column of the table of scores is taken.
fn field_of<'a>(columns: &'a [Column], name: &str) -> Option<&'a str> {
    match &columns.iter().find(|column| column.name == name)?.origin {
        Origin::Field(field) => Some(field),
        _ => None,
    }
}

fn score(pipeline: &Pipeline, subjects: &BTreeSet<&str>) -> TokenStream {
    let scores = pipeline.scores_table();
    let lookups = subjects.iter().map(|field| {
        let (known, field) = (spell::local("known", field), spell::value(field));
        quote!(let #known = contexts.of(&self.#field);)
    });
    let values = scores.columns.iter().map(|column| {
        let field = spell::value(&column.name);
        let value = value(column, &scores.columns, &pipeline.results.taken);
        quote!(#field: #value)
    });
    let uses = |wanted: fn(&Origin) -> bool| scores.columns.iter().any(|column| wanted(&column.origin));
    let rank = if uses(|it| *it == Origin::Rank) { quote!(rank) } else { quote!(_) };
    let is_asked = !subjects.is_empty() || uses(|it| matches!(it, Origin::Code { .. }));
    let contexts = if is_asked { quote!(contexts) } else { quote!(_) };
    quote! {
        fn score(
            self,
            #rank: ::core::primitive::i32,
            day: ::flow_oa_core::Date,
            #contexts: &::flow_oa_core::Contexts,
        ) -> Self::Scores {
            #(#lookups)*
            Self::Scores { #(#values,)* }
        }
    }
}

/// An expression for the value of a column of the table of scores. An origin that is not possible there results in no
/// tokens, so the generated text would not compile. The check refuses such an origin before.
fn value(column: &Column, columns: &[Column], taken: &[Taken]) -> TokenStream {
    match &column.origin {
        Origin::Field(field) => {
            let name = spell::value(field);
            let kind = taken.iter().find(|it| it.name == *field).map(|it| it.kind);
            match kind {
                Some(ColumnType::Time) => quote!(self.#name.text()),
                Some(kind) if kind.is_text() => quote!(self.#name.clone()),
                _ => quote!(self.#name),
            }
        }
        Origin::Rank => spell::converted(quote!(rank), ColumnType::Int, column.kind),
        Origin::Part { of, part } => {
            let field = field_of(columns, of).map(spell::value);
            spell::part(&quote!(self.#field), *part, column.kind)
        }
        Origin::Context { of, fact } => {
            let known = field_of(columns, of).map(|it| spell::local("known", it));
            let (source, answer) = fact.names();
            let (source, answer) = (format_ident!("{source}"), format_ident!("{answer}"));
            let clone = fact.kind().is_text().then(|| quote!(.clone()));
            quote!(#known.#source.#answer #clone)
        }
        Origin::Iana { of, with, fact } => iana(columns, of, with.as_deref(), *fact, column.kind),
        Origin::Code { of, table } => {
            let code = text_of(columns, of);
            quote!(contexts.name_of(#table, #code))
        }
        Origin::Partition(part) => run_date(*part),
        _ => TokenStream::new(),
    }
}

/// The type of a column of the table of scores. The check has verified that the column exists.
fn kind_of(columns: &[Column], name: &str) -> ColumnType {
    columns.iter().find(|column| column.name == name).map_or(ColumnType::String, |it| it.kind)
}

/// An expression for a fact from the IANA registries about a column.
fn iana(columns: &[Column], of: &str, with: Option<&str>, fact: IanaFact, kind: ColumnType) -> TokenStream {
    let this = |name: &str| field_of(columns, name).map(spell::value).map(|it| quote!(self.#it));
    let about = iana::About { value: &this(of).unwrap_or_default(), kind: kind_of(columns, of) };
    iana::answer(&about, with.and_then(this).as_ref(), fact, kind)
}

fn run_date(part: TimePart) -> TokenStream {
    match part {
        TimePart::Year => quote!(day.year()),
        TimePart::Month => quote!(day.month().into()),
        _ => quote!(day.day().into()),
    }
}
