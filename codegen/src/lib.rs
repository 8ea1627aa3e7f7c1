//! The code generator: checked model in, Rust text out, nothing else.
//!
//! It reads no file, asks no clock and keeps no state, so the same model gives the same text anywhere.
//! What it emits is thin: typed data, and calls of hand-written functions of `flow_oa_core` by absolute
//! paths. A build script calls it, not a macro, so that the text can be read and stepped through.
//!
//! # Decisions
//!
//! - **A build script, not a macro.** The text can be read, stepped through and held by goldens; a new JSON file
//!   triggers a rebuild; faults are printed as `flow-oa check` prints them.

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

/// Files by name; `mod.rs` is the root and names the others.
pub type Generated = BTreeMap<String, String>;

/// Generates all files for `schema`.
///
/// # Errors
/// Where the emitted text is not Rust, which is a fault of this crate: the file's name and what the
/// parser says.
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
    let tables = pipeline.tables.iter().map(|it| table::module(it, pipeline));
    let results = results::module(pipeline);
    let sources = source::module(pipeline);
    let registry = registry::pipeline(pipeline);
    let doc = format!("The pipeline `{}`.", pipeline.name);
    quote! {
        #![doc = #doc]
        /// Its tables: typed rows, identifiers and DDL.
        pub mod tables {
            #(#tables)*
        }
        #results
        #sources
        #registry
    }
}

/// Writes `files` into `folder`. A file that has the same text already is left alone, so that nothing
/// is compiled again for it.
///
/// # Errors
/// Where a file cannot be written.
pub fn write(files: &Generated, folder: &Path) -> io::Result<()> {
    for (name, text) in files {
        let path = folder.join(name);
        if std::fs::read_to_string(&path).ok().as_deref() != Some(text) {
            std::fs::write(&path, text)?;
        }
    }
    Ok(())
}
