//! The compiled pipelines. The build script generates all code here from the JSON of the schema.
//!
//! No hand-written code names a pipeline, a table or a column, except tests and the example of how rows are used.
//!
//! This crate is a leaf: a changed JSON file recompiles only this crate and links the program.
//!
//! # Decisions
//!
//! - **The generated crate is a leaf.** The runtime does not depend on it; the program combines the two. A changed JSON
//!   file recompiles only the leaf and links the program.

#![allow(clippy::all, reason = "generated text is read, not written, by people")]

include!(concat!(env!("OUT_DIR"), "/mod.rs"));
