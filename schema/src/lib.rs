//! The JSON that describes pipelines, and everything that can be derived from it without a database: the documents as
//! written, their check, the checked model, and the dialects that render DDL from the model.
//!
//! Documents and the model never mix: a document is what a maintainer wrote, the model is what passed the check.
//! Emitters (the code generator, the dialects) see only the model.

pub mod answer;
pub mod changes;
pub mod check;
pub mod code;
pub mod context;
pub mod diagnostics;
pub mod dialect;
pub mod document;
pub mod edits;
pub mod expectation;
pub mod export;
pub mod expression;
pub mod files;
pub mod form;
pub mod id;
pub mod ledger;
pub mod likeness;
pub mod lineage;
pub mod meta;
pub mod model;
pub mod names;
pub mod printable;
pub mod range;
mod ranking;
pub mod reference;
pub mod rows;
mod shape;
mod source;
pub mod starter;
pub mod tree;
pub mod types;
pub mod upgrade;

pub use check::check;
pub use code::Code;
pub use diagnostics::{Fault, Faults};
pub use dialect::Dialect;
pub use files::Files;
pub use model::Schema;
