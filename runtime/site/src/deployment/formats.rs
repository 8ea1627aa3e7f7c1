//! The values that a site chooses for options of raw formats, such as a sampling rate that multiplies counts.

use std::collections::BTreeMap;

use flow_oa_schema::model::Source;

use crate::error::{Error, Result};

/// The values that are chosen for options of raw formats, by the names of the options.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// Those of the command, for the format of each of its files.
    pub of_command: BTreeMap<String, String>,
    /// Those of the settings, by the name of the format.
    pub of_site: BTreeMap<String, BTreeMap<String, String>>,
}

impl Choices {
    /// The format with the values that are chosen for it.
    ///
    /// # Errors
    /// If it has no such option, or the option no such value.
    pub fn applied(&self, source: &Source) -> Result<Source> {
        // Those of the settings were checked when the pipelines were chosen.
        let mut chosen = self.of_site.get(&source.name).cloned().unwrap_or_default();
        chosen.extend(self.of_command.clone());
        source.with_options(&chosen).map_err(Error::Usage)
    }
}

/// Refuses values in the settings for formats that do not exist, or do not have the option.
///
/// # Errors
/// The first of them.
pub(super) fn require_formats<'a>(
    of_site: &BTreeMap<String, BTreeMap<String, String>>,
    sources: impl Iterator<Item = &'a Source> + Clone,
) -> Result<()> {
    for (name, chosen) in of_site {
        let mut known = sources.clone().filter(|source| source.name == *name).peekable();
        if known.peek().is_none() {
            let with_options = sources.clone().filter(|source| !source.options.is_empty());
            let names: Vec<&str> = with_options.map(|source| source.name.as_str()).collect();
            return Err(Error::Configuration(format!(
                "the settings: formats: there is no raw format \"{name}\"; those with options are {}",
                names.join(", ")
            )));
        }
        for source in known {
            source.with_options(chosen).map_err(|fault| {
                Error::Configuration(format!("the settings: formats: {}: {fault}", source.name))
            })?;
        }
    }
    Ok(())
}
