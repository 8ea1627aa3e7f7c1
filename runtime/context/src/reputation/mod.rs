//! Reputation of addresses, host names and URLs: lists that are read and services that are queried. Each is a separate
//! source, in the order of the settings, and appends its verdict to those before it.
//!
//! # Decisions
//!
//! - **A reputation service knows how to query a batch, and nothing else.** The choice of addresses and names, cache,
//!   budget, rate limit, failures and warnings are the same for all services
//!   (`runtime/context/src/reputation/service.rs`). Private, special and internal addresses are skipped there, and names
//!   of hosts that are not public (`outside.rs`), so no service can send one. Each address or name of a batch has its own
//!   verdict or reason. After three failed requests in a row a run stops querying: the remaining ones are 'unknown'.
//!   Answers are cached by service and declaration, so a changed declaration never reads old answers. Expired answers
//!   and the reasons for missing answers stay in the same file for `explain-row`, which queries no service: the newest
//!   50,000 at most. Budgets count requests, not their retries; retries still respect the rate limit. A dry run queries
//!   services, too, and caches the answers.
//! - **Secrets are sent only to the configured server**: a request follows redirects on the same server only, a secret
//!   is read when the request is made, `Debug` hides it, and an error in the settings is shown with its line, but with
//!   asterisks in place of texts of services. Servers repeat what they were sent in answers, redirects and errors: all
//!   output of a service's request goes through one function (`Means::shown`), which knows the secrets that were read
//!   (plain, in URLs and in JSON) and removes them.

mod ask;
mod asked;
mod cache;
mod fb;
mod gti;
mod http;
mod list;
mod outside;
mod probe;
mod program;
mod secret;
mod service;
#[cfg(test)]
mod tests;
mod threat;

use std::fmt::{Display, Write as _};
use std::path::PathBuf;

use flow_oa_core::{ContextError, ContextSource, Reputation};

use super::{Asking, ContextFiles, Reviewed, Sources};
pub use asked::Asked;
pub use list::{ListOptions, ListSource};
pub use probe::{HARMLESS, Probed, probe};

/// A reputation service; `F` is the type of its list's location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Service<F = PathBuf> {
    /// A list that is read from a file.
    List(F, ListOptions),
    /// A service that is queried.
    Asked(Box<Asked>),
}

impl<F> Service<F> {
    /// A list with default options: its format is detected from its content.
    pub fn list(place: F) -> Self {
        Self::List(place, ListOptions::default())
    }

    /// The same service with the location of its list mapped.
    pub(super) fn try_map<G, E>(&self, place: impl FnOnce(&F) -> Result<G, E>) -> Result<Service<G>, E> {
        Ok(match self {
            Self::List(it, options) => Service::List(place(it)?, options.clone()),
            Self::Asked(asked) => Service::Asked(asked.clone()),
        })
    }

    /// The location of the list; `None` for a service that is queried.
    pub(super) fn place(&self) -> Option<&F> {
        match self {
            Self::List(place, _) => Some(place),
            Self::Asked(_) => None,
        }
    }
}

pub(super) fn configured(files: &ContextFiles) -> bool {
    !files.reputation.is_empty()
}

pub(super) fn open(files: &ContextFiles, asking: &Asking) -> Result<Sources, ContextError> {
    let open = |(name, service): &(String, Service)| -> Result<Box<dyn ContextSource>, ContextError> {
        Ok(match service {
            Service::List(path, options) => Box::new(ListSource::open(name, path, options.clone())?),
            Service::Asked(asked) => {
                Box::new(service::Service::new(name, asked, files.cache.as_deref(), asking))
            }
        })
    };
    files.reputation.iter().map(open).collect()
}

pub(super) fn review(files: &ContextFiles) -> Vec<Reviewed> {
    let lists = files.reputation.iter().filter_map(|(_, service)| match service {
        Service::List(path, options) => Some(list::review(path, options)),
        Service::Asked(_) => None,
    });
    lists.collect()
}

/// Appends a service's verdict to those of the services before it.
fn add(reputation: &mut Reputation, service: &str, verdict: impl Display) {
    let joint = if reputation.verdict.is_empty() { "" } else { "::" };
    // Writing to a string cannot fail.
    let _ = write!(reputation.verdict, "{joint}{service}:{verdict}");
}
