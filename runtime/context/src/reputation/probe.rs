//! Do the services answer? One harmless question to each, for people who set up a site.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use flow_oa_core::ContextError;
use flow_oa_files::Progress;

use super::asked::Fault;
use super::service::Service as Asker;
use crate::{Asking, ContextFiles, Service};

/// What every service is asked about: a public resolver, which everybody's traffic shows, so that the question says
/// nothing of the site. Services refuse addresses that are not of the Internet.
pub const HARMLESS: IpAddr = IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8));

/// How one service answered.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Probed {
    /// Its name in the settings.
    pub name: String,
    /// What it said of [`HARMLESS`], or why it did not answer.
    pub said: std::result::Result<String, String>,
    /// Whether a run stops where it does not answer.
    pub is_required: bool,
    /// How long it took.
    pub seconds: f64,
}

/// Asks every service that is asked about [`HARMLESS`], whatever is kept of earlier answers. Nothing is kept.
///
/// # Errors
/// Only an interrupt.
pub fn probe(
    files: &ContextFiles,
    asking: &Asking,
    progress: &Progress,
) -> Result<Vec<Probed>, ContextError> {
    let mut all = Vec::new();
    for (name, service) in &files.reputation {
        let Service::Asked(asked) = service else { continue };
        progress.go_on().map_err(|_| ContextError::Interrupted)?;
        let start = Instant::now();
        let said = match Asker::new(name, asked, None, asking).probe(HARMLESS) {
            Err(Fault::Interrupted) => return Err(ContextError::Interrupted),
            Err(Fault::Unanswered(reason) | Fault::Hopeless(reason)) => Err(reason),
            Ok(verdict) => Ok(format!("{name}:{verdict}")),
        };
        let seconds = start.elapsed().as_secs_f64();
        all.push(Probed { name: name.clone(), said, is_required: asked.required, seconds });
    }
    Ok(all)
}
