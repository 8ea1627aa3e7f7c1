//! One deployment: the compiled pipelines, their model, and the settings of the site.

mod context_files;
mod formats;
mod known;
mod settings;

use flow_oa_schema::{Files, model};

pub(crate) use context_files::Listed;
pub use formats::Choices;
use formats::require_formats;
pub use known::KnownGood;
use known::require_pipelines;
pub use settings::{Given, SETTINGS_FILE, Settings, SiteRanking};

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

/// The pipelines among whose formats that of a raw file is looked for.
#[derive(Debug, Clone)]
pub enum Scope<'a> {
    /// All pipelines.
    All(Vec<Chosen<'a>>),
    /// The pipeline that `--type` names. A message says if the file belongs to one of the others.
    #[expect(missing_docs, reason = "the fields are what their names say")]
    Only { pipeline: Chosen<'a>, others: Vec<Chosen<'a>> },
}

impl<'a> Scope<'a> {
    /// The pipelines that are searched.
    pub fn searched(&self) -> &[Chosen<'a>] {
        match self {
            Self::All(all) => all,
            Self::Only { pipeline, .. } => std::slice::from_ref(pipeline),
        }
    }

    /// The pipelines that are not searched.
    pub fn others(&self) -> &[Chosen<'a>] {
        match self {
            Self::All(_) => &[],
            Self::Only { others, .. } => others,
        }
    }
}

impl<'a> From<Chosen<'a>> for Scope<'a> {
    fn from(pipeline: Chosen<'a>) -> Self {
        Self::Only { pipeline, others: Vec::new() }
    }
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

    /// The pipeline of that name; without a name, the default of the schema, or the only pipeline.
    ///
    /// # Errors
    /// If there is no pipeline of that name, or no name is given and there are several without a default.
    pub fn choose(&self, name: Option<&str>) -> Result<Chosen<'_>> {
        let known = self.names();
        let default = self.model.pipelines.iter().find(|pipeline| pipeline.is_default);
        let name = match (name.or(default.map(|pipeline| pipeline.name.as_str())), self.compiled.pipelines) {
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

    /// The pipeline that the command line names; else that of the settings; else the default of the schema, or the only
    /// pipeline.
    ///
    /// # Errors
    /// As [`Deployment::choose`], and if the settings name a pipeline that does not exist.
    pub fn choose_for(&self, name: Option<&str>, settings: &Settings) -> Result<Chosen<'_>> {
        let known = self.names();
        require_pipelines(&settings.ranking.known, &known, |name| self.named(name).is_some())?;
        let Some(default) = settings.pipeline.as_deref().filter(|_| name.is_none()) else {
            return self.choose(name);
        };
        self.named(default).ok_or_else(|| {
            Error::Configuration(format!(
                "the settings: pipeline: there is no pipeline \"{default}\"; this program was built with {known}"
            ))
        })
    }

    /// The pipelines among whose formats that of a raw file is looked for: the one that the command line names, or all.
    /// The pipeline of the settings is a default for commands that need one; a raw file shows by its columns to which
    /// pipeline it belongs.
    ///
    /// # Errors
    /// If the command line, or else the settings, name a pipeline that does not exist, or the settings a format or an
    /// option.
    pub fn scope(&self, name: Option<&str>, settings: &Settings) -> Result<Scope<'_>> {
        let all = self.compiled.pipelines.iter().filter_map(|pipeline| self.named(pipeline.name));
        let sources = self.model.pipelines.iter().flat_map(|pipeline| &pipeline.sources);
        require_formats(&settings.formats, sources)?;
        if name.is_none() {
            if settings.pipeline.is_some() {
                self.choose_for(None, settings)?;
            }
            return Ok(Scope::All(all.collect()));
        }
        let pipeline = self.choose(name)?;
        let others = all.filter(|other| other.model.name != pipeline.model.name).collect();
        Ok(Scope::Only { pipeline, others })
    }

    fn named(&self, name: &str) -> Option<Chosen<'_>> {
        let (model, compiled) = (self.model.pipeline(name)?, self.compiled.pipeline(name)?);
        Some(Chosen { model, compiled, fingerprint: &model.fingerprint })
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
