//! The registry: the statics through which the executor finds the generated code.

use flow_oa_schema::Schema;
use flow_oa_schema::model::Pipeline;
use proc_macro2::TokenStream;
use quote::quote;

use crate::{source, spell};

/// The tokens of `mod.rs`.
pub(crate) fn root(schema: &Schema) -> TokenStream {
    let modules = schema.pipelines.iter().map(|pipeline| {
        let (name, file) = (spell::value(&pipeline.name), spell::file_name(&pipeline.name));
        quote!(#[path = #file] pub mod #name;)
    });
    let pipelines = schema.pipelines.iter().map(|pipeline| {
        let name = spell::value(&pipeline.name);
        quote!(&#name::PIPELINE)
    });
    let (fingerprint, canonical) = (&schema.fingerprint, &schema.canonical);
    quote! {
        #(#modules)*

        /// Everything that was compiled.
        pub static SCHEMA: ::flow_oa_core::Schema = ::flow_oa_core::Schema {
            fingerprint: #fingerprint,
            canonical: #canonical,
            pipelines: &[#(#pipelines,)*],
        };
    }
}

/// The static that describes a pipeline.
pub(crate) fn pipeline(pipeline: &Pipeline) -> TokenStream {
    let name = &pipeline.name;
    let tables = pipeline.tables.iter().map(|table| {
        let module = spell::value(&table.name);
        quote!(&tables::#module::TABLE)
    });
    let raw = match pipeline.raw_table() {
        Some(raw) => {
            let (module, row, inputs) =
                (spell::value(&raw.name), spell::kind(&raw.name), source::inputs(raw));
            let inputs = inputs.map(|column| &column.name);
            quote! {
                ::core::option::Option::Some(&::flow_oa_core::pipeline::IngestedAs::<tables::#module::#row> {
                    inputs: &[#(#inputs,)*],
                    read: ingested,
                })
            }
        }
        None => quote!(::core::option::Option::None),
    };
    quote! {
        /// The pipeline, as the executor sees it.
        pub static PIPELINE: ::flow_oa_core::Pipeline = ::flow_oa_core::Pipeline {
            name: #name,
            tables: &[#(#tables,)*],
            results: &::flow_oa_core::pipeline::ResultsOf::<results::Record>::NEW,
            raw: #raw,
        };
    }
}
