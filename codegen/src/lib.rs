//! The code generator: it turns a checked model into Rust source text, and does nothing else.
//!
//! It reads no files and no clock and keeps no state, so the same model always results in the same text. The generated
//! code is thin: typed data, and calls of hand-written functions of `flow_oa_core` by absolute paths. A build script
//! calls the generator, so that its output can be read and debugged.
//!
//! # Decisions
//!
//! - **A build script, not a macro.** The text can be read, stepped through and compared with golden files. A new JSON
//!   file triggers a rebuild. Faults are printed in the same format as by `flow-oa check`.

mod expression;
mod iana;
mod print;
mod registry;
mod results;
mod source;
mod spell;
mod table;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use flow_oa_schema::Schema;
use flow_oa_schema::model::Pipeline;
use proc_macro2::TokenStream;
use quote::quote;

/// The text of each file, by name. `mod.rs` is the root and includes the others.
pub type Generated = BTreeMap<String, String>;

/// Generates all files for `schema`.
///
/// # Errors
/// If the generated text is not valid Rust, which is a bug in this crate: the name of the file and the message of the
/// parser.
pub fn generate(schema: &Schema) -> Result<Generated, String> {
    let mut files = Generated::new();
    files.insert("mod.rs".into(), print::file("mod.rs", registry::root(schema))?);
    for pipeline in &schema.pipelines {
        let name = spell::file_name(&pipeline.name);
        files.insert(name.clone(), print::file(&name, pipeline_file(pipeline))?);
    }
    Ok(files)
}

fn pipeline_file(pipeline: &Pipeline) -> TokenStream {
    let tables = pipeline.tables.iter().map(|table| table::module(table, pipeline));
    let results = results::module(pipeline);
    let ingested = source::function(pipeline);
    let registry = registry::pipeline(pipeline);
    let doc = format!("The pipeline `{}`.", pipeline.name);
    quote! {
        #![doc = #doc]
        /// Its tables: typed rows, identifiers and DDL.
        pub mod tables {
            #(#tables)*
        }
        #results
        #ingested
        #registry
    }
}

/// Writes `files` to `folder`. A file with the same text is not written again, so that it is not recompiled.
///
/// # Errors
/// If a file cannot be written.
pub fn write(files: &Generated, folder: &Path) -> io::Result<()> {
    for (name, text) in files {
        let path = folder.join(name);
        if std::fs::read_to_string(&path).ok().as_deref() != Some(text) {
            std::fs::write(&path, text)?;
        }
    }
    Ok(())
}
