//! What reputation services say of addresses: lists that are read, and services that are asked. Each is a source of its
//! own, in the order of the settings, and adds its verdict behind those before it.
//!
//! # Decisions
//!
//! - **A reputation service knows how to ask a batch, and nothing else.** Who is asked about, what is kept, budget,
//!   pace, failures and warnings are the same for all (`runtime/context/src/reputation/service.rs`). Private, special
//!   and internal addresses are left out there, so no service can send one. Each address of a batch has a verdict or a
//!   reason of its own. After three questions in a row without an answer a run asks no more: the rest is 'unknown'.
//!   Answers are kept by service and declaration, so that another declaration never reads old ones. Those that are too
//!   old stay in the same file, and so does why there was none, for `explain-row`, which asks no service; 50,000
//!   addresses of that kind at most, the newest. Budgets count questions, not their second tries, which keep the pace
//!   all the same. A dry run asks, too, and keeps the answers.
//! - **What is secret goes to the server that was named**: a question follows redirects on the same server only, the
//!   secret is read when it is asked, `Debug` hides it, and a fault of the settings is shown with its line, but with
//!   stars for texts of services. Servers repeat what they were sent, in answers, redirects and errors: whatever a
//!   service's question gives to be shown goes through one place (`Means::shown`), which knows the secrets that were
//!   read, plain, in URLs and in JSON, and takes them out.

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

/// A reputation service; `F` is where its list is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Service<F = PathBuf> {
    /// A list.
    List(F, ListOptions),
    /// A service that is asked.
    Asked(Box<Asked>),
}

impl<F> Service<F> {
    /// A list that says itself how it is to be read.
    pub fn list(place: F) -> Self {
        Self::List(place, ListOptions::default())
    }

    /// The same service with its list at another place.
    ///
    /// # Errors
    /// What `place` gives.
    pub(super) fn try_map<G, E>(&self, place: impl FnOnce(&F) -> Result<G, E>) -> Result<Service<G>, E> {
        Ok(match self {
            Self::List(it, options) => Service::List(place(it)?, options.clone()),
            Self::Asked(asked) => Service::Asked(asked.clone()),
        })
    }

    /// The list.
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

/// Adds a service's verdict behind those of the services before it.
fn add(reputation: &mut Reputation, service: &str, verdict: impl Display) {
    let joint = if reputation.verdict.is_empty() { "" } else { "::" };
    // Writing into a text cannot fail.
    let _ = write!(reputation.verdict, "{joint}{service}:{verdict}");
}
