//! The compiled pipelines. All code here is generated from the schema's JSON by the build script; no
//! hand-written code names a pipeline, a table or a column.
//!
//! This crate is a leaf: an edited JSON file recompiles it and links the program, and nothing else.
//!
//! # Decisions
//!
//! - **The generated crate is a leaf.** The runtime does not depend on it; the program joins the two. An edited JSON
//!   file recompiles the leaf and links.

#![allow(clippy::all, reason = "generated text is read, not written, by people")]

include!(concat!(env!("OUT_DIR"), "/mod.rs"));
