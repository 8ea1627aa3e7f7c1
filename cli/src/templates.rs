//! The notebook templates that the program was built with.

use flow_oa_runtime::site::notebooks::Template;

include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// The notebooks of a pipeline; none where it has no folder of templates.
pub(crate) fn of(pipeline: &str) -> &'static [Template] {
    ALL.iter().find(|(name, _)| *name == pipeline).map_or(&[], |(_, templates)| templates)
}
