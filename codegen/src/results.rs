//! The results file: the record that is read from it, and its conversion to a row of scores.

use std::collections::BTreeSet;

use flow_oa_schema::context::Fact;
use flow_oa_schema::model::{Column, ColumnId, Expr, FieldId, Pipeline, Table};
use flow_oa_schema::types::{ColumnType, TextKind, TimePart};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::expression::{self, Computed, Row};
use crate::spell;

pub(crate) fn module(pipeline: &Pipeline) -> TokenStream {
    let scores = pipeline.scores_table();
    let record = Record { pipeline, scores, this: "self" };
    let taken = &pipeline.results.taken;
    let fields = taken.iter().map(|taken| {
        let (name, kind) = (spell::value(&taken.name), spell::read_type(taken.kind));
        let doc = spell::doc(&format!("Field {} of the file, from 0.", taken.field.at()));
        quote!(#doc pub #name: #kind)
    });
    let reads = taken.iter().map(|taken| {
        let (name, read) =
            (spell::value(&taken.name), spell::read(taken.kind, taken.range, taken.field.at()));
        quote!(#name: #read)
    });
    let names = &pipeline.results.fields;
    let computed = scores.columns.iter().filter(|column| column.from.can_fail());
    let computed: Vec<_> = computed.map(|column| (computed_of(column), column)).collect();
    let computed_fields = computed.iter().map(|(name, column)| {
        let (kind, doc) = (spell::field_type(column), spell::doc(&column.description));
        quote!(#doc pub #name: #kind)
    });
    let read = read(&record, reads, &computed);
    let subjects = subjects(&record);
    let asked = asked(&record, &subjects);
    let (scores_module, scores_type) = {
        let name = &pipeline.scores_table().name;
        (spell::value(name), spell::kind(name))
    };
    let score = score(&record, &subjects);
    quote! {
        /// The results file.
        pub mod results {
            /// The fields of a record that the filter takes, and values computed from them.
            #[derive(Debug, Clone, PartialEq)]
            pub struct Record {
                #(#fields,)*
                #(#computed_fields,)*
            }

            impl ::flow_oa_core::FromResults for Record {
                type Scores = super::tables::#scores_module::#scores_type;

                const FIELDS: &'static [&'static ::core::primitive::str] = &[#(#names,)*];

                fn read(
                    cells: &::flow_oa_core::Cells<'_>,
                ) -> ::core::result::Result<Self, ::flow_oa_core::CellFault> {
                    #read
                }

                #asked

                #score
            }
        }
    }
}

/// A record of the results file.
struct Record<'a> {
    pipeline: &'a Pipeline,
    scores: &'a Table,
    /// The name of the record: `self`, or `record` while it is read.
    this: &'static str,
}

impl Record<'_> {
    /// The field from which a column of the table of scores is taken.
    fn field(&self, column: ColumnId) -> Option<FieldId> {
        self.scores[column].from.field()
    }

    fn name(&self, field: FieldId) -> &str {
        &self.pipeline.results.fields[field.at()]
    }

    /// The name of the field that an expression is, if it is a column that is taken from a field.
    fn name_of(&self, of: &Expr) -> Option<&str> {
        self.field(of.column()?).map(|field| self.name(field))
    }
}

impl Row for Record<'_> {
    fn column(&self, column: ColumnId) -> Computed {
        let field = self.field(column).map(|field| spell::value(self.name(field)));
        let this = format_ident!("{}", self.this);
        Computed { tokens: quote!(#this.#field), kind: self.scores[column].kind, is_field: true }
    }

    fn position(&self, column: ColumnId) -> usize {
        self.field(column).map_or(0, FieldId::at)
    }
}

/// The field of a record that holds the computed value of a column of the table of scores.
fn computed_of(column: &Column) -> Ident {
    spell::local("computed", &column.name)
}

/// Reads a record. Values that cannot be computed from every record are computed here: the others are a fault of it.
fn read(
    record: &Record<'_>,
    reads: impl Iterator<Item = TokenStream>,
    computed: &[(Ident, &Column)],
) -> TokenStream {
    let Record { pipeline, .. } = *record;
    let record = Record { this: "record", ..*record };
    let times = pipeline.times_read_from(pipeline.scores);
    if computed.is_empty() && times.is_empty() {
        return quote!(::core::result::Result::Ok(Self { #(#reads,)* }));
    }
    let mutable = (!computed.is_empty()).then(|| quote!(mut));
    let empty = computed.iter().map(|(name, _)| quote!(#name: ::core::default::Default::default()));
    let values = computed.iter().map(|(name, column)| {
        let value = expression::value(&record, &column.from, column.kind);
        quote!(record.#name = #value;)
    });
    let checked = times.into_iter().map(|time| expression::computed(&record, time).tokens);
    quote! {
        let #mutable record = Self { #(#reads,)* #(#empty,)* };
        #(#values)*
        #(#checked;)*
        ::core::result::Result::Ok(record)
    }
}

/// The fields of addresses for which context is looked up.
fn subjects<'a>(record: &'a Record<'_>) -> BTreeSet<&'a str> {
    let facts = record.scores.columns.iter().filter_map(|column| column.from.fact());
    facts.filter(|(_, fact)| named(*fact).is_none()).filter_map(|(of, _)| record.name_of(of)).collect()
}

/// What a fact is about, if it is not an address.
fn named(fact: Fact) -> Option<TokenStream> {
    match fact {
        Fact::Network(_) | Fact::Geo(_) | Fact::Reputation(TextKind::Address) => None,
        Fact::Reputation(TextKind::Domain) => Some(quote!(::flow_oa_core::Named::Domain)),
        Fact::Reputation(TextKind::Url) => Some(quote!(::flow_oa_core::Named::Url)),
    }
}

/// The function that lists the addresses, names and codes of a record for which context is looked up.
fn asked(record: &Record<'_>, subjects: &BTreeSet<&str>) -> TokenStream {
    let fields: Vec<_> = subjects.iter().map(|subject| spell::value(subject)).collect();
    let columns = || record.scores.columns.iter();
    let codes = columns().filter_map(|column| column.from.code()).map(|(of, table)| {
        let code = expression::computed(record, of).text();
        quote!(out.codes.push((#table, #code));)
    });
    let names = columns().filter_map(|column| {
        let (of, fact) = column.from.fact()?;
        let (named, text) = (named(fact)?, expression::computed(record, of).text());
        Some(quote!(out.names.push((#named, #text));))
    });
    let looked_up: Vec<TokenStream> = codes.chain(names).collect();
    let addresses = (!fields.is_empty())
        .then(|| quote!(out.addresses.extend::<[&::flow_oa_core::Text; _]>([#(&self.#fields,)*]);));
    let out = if fields.is_empty() && looked_up.is_empty() { quote!(_) } else { quote!(out) };
    quote! {
        fn asks<'a>(&'a self, #out: &mut ::flow_oa_core::Asked<'a>) {
            #addresses
            #(#looked_up)*
        }
    }
}

fn score(record: &Record<'_>, subjects: &BTreeSet<&str>) -> TokenStream {
    let columns = &record.scores.columns;
    let lookups = subjects.iter().map(|field| {
        let (known, field) = (spell::local("known", field), spell::value(field));
        quote!(let #known = contexts.of(&self.#field);)
    });
    let values = columns.iter().map(|column| {
        let (field, value) = (spell::value(&column.name), value(record, column));
        quote!(#field: #value)
    });
    let uses = |wanted: fn(&Expr) -> bool| columns.iter().any(|column| wanted(&column.from));
    let rank = if uses(|from| *from == Expr::Rank) { quote!(rank) } else { quote!(_) };
    let is_asked = uses(|from| from.fact().is_some() || from.code().is_some());
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

/// The value of a column of the table of scores.
fn value(record: &Record<'_>, column: &Column) -> TokenStream {
    if let Expr::Context(of, fact) = &column.from {
        return fact_of(record, of, *fact);
    }
    if let Expr::Code { of, table, otherwise } = &column.from {
        let code = expression::computed(record, of).text();
        let otherwise = otherwise.as_ref().map(|text| expression::computed(record, text).text());
        let otherwise = expression::or_itself(otherwise);
        return quote!(contexts.name_of(#table, #code, #otherwise));
    }
    if let Some(field) = column.from.field() {
        let name = spell::value(record.name(field));
        return match column.kind {
            ColumnType::Time => quote!(self.#name.text()),
            kind if kind.is_text() => quote!(self.#name.clone()),
            _ => quote!(self.#name),
        };
    }
    if let Expr::Partition(part) = &column.from {
        return run_date(*part);
    }
    if column.from == Expr::Rank {
        return spell::converted(quote!(rank), ColumnType::Int, column.kind);
    }
    if column.from.can_fail() {
        let computed = computed_of(column);
        let clone = column.kind.is_text().then(|| quote!(.clone()));
        return quote!(self.#computed #clone);
    }
    expression::value(record, &column.from, column.kind)
}

/// A fact from the context.
fn fact_of(record: &Record<'_>, of: &Expr, fact: Fact) -> TokenStream {
    if let Some(named) = named(fact) {
        let text = expression::computed(record, of).text();
        return quote!(contexts.verdict_of(#named, &#text).clone());
    }
    let known = record.name_of(of).map(|field| spell::local("known", field));
    let (source, answer) = fact.names();
    let (source, answer) = (format_ident!("{source}"), format_ident!("{answer}"));
    let clone = fact.kind().is_text().then(|| quote!(.clone()));
    quote!(#known.#source.#answer #clone)
}

fn run_date(part: TimePart) -> TokenStream {
    match part {
        TimePart::Year => quote!(day.year()),
        TimePart::Month => quote!(day.month().into()),
        TimePart::Day => quote!(day.day().into()),
        // A partition is of days.
        TimePart::Hour | TimePart::Minute | TimePart::Second | TimePart::Epoch => TokenStream::new(),
    }
}
