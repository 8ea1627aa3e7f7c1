//! The name of the analyst who writes a score or comment.

use flow_oa_site::Error;

/// The option that names the analyst.
#[derive(Debug, clap::Args)]
pub(crate) struct Analyst {
    /// Name of the analyst [default: the user of the system]
    #[arg(long, value_name = "NAME", env = "FLOW_OA_ANALYST", hide_env_values = true)]
    by: Option<String>,
}

impl Analyst {
    /// The name of the analyst.
    ///
    /// # Errors
    /// If the name is empty, or if none is given and the system does not know the user.
    pub(crate) fn name(self) -> Result<String, Error> {
        match self.by {
            Some(name) if name.trim().is_empty() => Err(Error::Usage(
                "--by (or FLOW_OA_ANALYST): expected a name, found none; leave it out to be the system's user".into(),
            )),
            Some(name) => Ok(name),
            None => whoami::username().ok().filter(|name| !name.trim().is_empty()).ok_or_else(|| {
                Error::Usage("the system does not say who you are: --by NAME or FLOW_OA_ANALYST does".into())
            }),
        }
    }
}
