//! The notebook templates that are embedded in the program: those of each folder `templates/<pipeline>/notebooks`, and
//! the modules in `templates/notebooks` that the notebooks of all pipelines import.

use flow_oa_site::notebooks::Template;

type Templates = &'static [Template];

include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// The templates of a pipeline. A pipeline without notebooks has the shared modules, which notebooks of a site can
/// import.
pub(crate) fn of(pipeline: &str) -> Templates {
    BY_PIPELINE.iter().find(|(name, _)| *name == pipeline).map_or(SHARED, |(_, templates)| templates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notebooks_of_every_pipeline_come_with_the_shared_modules() {
        assert!(!SHARED.is_empty() && !BY_PIPELINE.is_empty());
        for (pipeline, templates) in BY_PIPELINE {
            assert!(SHARED.iter().all(|shared| templates.contains(shared)), "{pipeline}");
            assert!(templates.len() > SHARED.len(), "{pipeline}");
            assert_eq!(of(pipeline), *templates);
        }
        assert_eq!(of("a pipeline without notebooks"), SHARED);
    }
}
