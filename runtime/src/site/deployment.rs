//! One deployment: the compiled pipelines, their model, and the settings of the site.

mod context_files;
mod settings;

pub use flow_oa_core::Zone;
pub use flow_oa_remote::Site;
use flow_oa_schema::{Files, model};

pub(crate) use context_files::Listed;
pub use settings::{Given, SETTINGS_FILE, Settings};

use crate::error::{Error, Result};

/// A day in the form used in names of files and folders: `YYYYMMDD`.
pub fn compact(day: flow_oa_core::Date) -> String {
    day.to_string().replace('-', "")
}

/// The compiled pipelines and their model.
#[derive(Debug)]
pub struct Deployment {
    /// The compiled schema.
    pub compiled: &'static flow_oa_core::Schema,
    /// The model, read back from the text from which it was compiled.
    pub model: model::Schema,
}

/// One pipeline of a deployment: its model and its compiled rows.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    pub model: &'a model::Pipeline,
    pub compiled: &'static flow_oa_core::Pipeline,
    pub fingerprint: &'a str,
}

impl Deployment {
    /// Reads the model from the embedded text.
    ///
    /// # Errors
    /// If the embedded text does not pass the schema check, which the build prevents.
    pub fn new(compiled: &'static flow_oa_core::Schema) -> Result<Self> {
        let files = Files::from_canonical(compiled.canonical)
            .map_err(|error| Error::Internal(format!("the embedded schema cannot be read: {error}")))?;
        let model = flow_oa_schema::check(&files).map_err(|faults| {
            Error::Internal(format!("the embedded schema does not pass the check:\n{faults}"))
        })?;
        Ok(Self { compiled, model })
    }

    /// The pipeline of that name; without a name, the only pipeline.
    ///
    /// # Errors
    /// If there is no pipeline of that name, or no name is given and there are several.
    pub fn choose(&self, name: Option<&str>) -> Result<Chosen<'_>> {
        let known = self.names();
        let name = match (name, self.compiled.pipelines) {
            (Some(name), _) => name,
            (None, [only]) => only.name,
            (None, _) => {
                return Err(Error::Usage(format!(
                    "--type, or `pipeline` in the settings, must say which pipeline is meant: {known}"
                )));
            }
        };
        let unknown = || {
            Error::Usage(format!(
                "--type: there is no pipeline \"{name}\"; this program was built with {known}"
            ))
        };
        self.named(name).ok_or_else(unknown)
    }

    /// The pipeline that the command line names; else that of the settings; else the only pipeline.
    ///
    /// # Errors
    /// As [`Deployment::choose`], and if the settings name a pipeline that does not exist.
    pub fn choose_for(&self, name: Option<&str>, settings: &Settings) -> Result<Chosen<'_>> {
        let Some(default) = settings.pipeline.as_deref().filter(|_| name.is_none()) else {
            return self.choose(name);
        };
        let known = self.names();
        self.named(default).ok_or_else(|| {
            Error::Configuration(format!(
                "the settings: pipeline: there is no pipeline \"{default}\"; this program was built with {known}"
            ))
        })
    }

    fn named(&self, name: &str) -> Option<Chosen<'_>> {
        let (model, compiled) = (self.model.pipeline(name)?, self.compiled.pipeline(name)?);
        Some(Chosen { model, compiled, fingerprint: &self.model.fingerprint })
    }

    fn names(&self) -> String {
        self.compiled.pipelines.iter().map(|it| it.name).collect::<Vec<_>>().join(", ")
    }
}

impl Chosen<'_> {
    /// A day of the pipeline, for claims and messages.
    pub fn day(&self, day: flow_oa_core::Date) -> String {
        format!("{} of {day}", self.model.name)
    }

    /// The compiled table of that name.
    ///
    /// # Errors
    /// If the model and the compiled rows do not match, which the build prevents.
    pub fn table(&self, name: &str) -> Result<&'static flow_oa_core::Table> {
        let found = self.compiled.tables.iter().find(|table| table.name == name).copied();
        found.ok_or_else(|| Error::Internal(format!("the table {name:?} was not compiled")))
    }
}
