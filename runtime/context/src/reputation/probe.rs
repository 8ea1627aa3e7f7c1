//! Checks whether the services answer: one harmless request to each, for users who set up a site.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use flow_oa_core::ContextError;
use flow_oa_files::Progress;

use super::ask::Fault;
use super::service::Service as Asker;
use crate::{Asking, ContextFiles, Service};

/// The address in each test request: a public resolver, which is common in any network's traffic, so the request
/// discloses nothing about the site. Services refuse addresses that are not public.
pub const HARMLESS: IpAddr = IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8));

/// The result of one service.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Probed {
    /// Its name in the settings.
    pub name: String,
    /// The verdict on [`HARMLESS`], or why the service did not answer.
    pub said: std::result::Result<String, String>,
    /// Whether a run stops if the service does not answer.
    pub is_required: bool,
    /// Duration of the request in seconds.
    pub seconds: f64,
}

/// Queries every configured service about [`HARMLESS`]. The cache is neither read nor written.
///
/// # Errors
/// If the user interrupts.
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
