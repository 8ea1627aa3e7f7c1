//! The notebook templates that are embedded in the program.

use flow_oa_runtime::site::notebooks::Template;

include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// The notebook templates of a pipeline; empty if it has none.
pub(crate) fn of(pipeline: &str) -> &'static [Template] {
    ALL.iter().find(|(name, _)| *name == pipeline).map_or(&[], |(_, templates)| templates)
}
