//! Do the services answer? One harmless question to each, for people who set up a site.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use super::asked::Fault;
use super::service::Service as Asker;
use super::{ListSource, Service};
use crate::deployment::Settings;
use crate::elsewhere::Bringer;
use crate::error::{Error, Result};
use crate::progress::Progress;

/// What every service is asked about: a public resolver, which everybody's traffic shows, so that the question says
/// nothing of the site. Services refuse addresses that are not of the Internet.
pub const HARMLESS: IpAddr = IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8));

/// How one service answered.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Probed {
    /// Its name in the settings.
    pub name: String,
    /// What it said of [`HARMLESS`]; empty for a list, which was read.
    pub said: String,
    /// Why it did not answer.
    pub error: Option<String>,
    /// How long it took.
    pub seconds: f64,
}

/// Asks every configured reputation service about [`HARMLESS`], whatever is kept of earlier answers, and reads every
/// list. Nothing is kept.
///
/// # Errors
/// Only an interrupt, and a list that is elsewhere and cannot be brought here.
pub fn probe(settings: &Settings, progress: &Progress) -> Result<Vec<Probed>> {
    let context = Bringer::new(settings, progress).context()?;
    let mut all = Vec::new();
    for (name, service) in &context.files.reputation {
        progress.go_on()?;
        let start = Instant::now();
        let answer = match service {
            Service::List(path, options) => ListSource::open(name, path, options.clone())
                .map(|_| String::new())
                .map_err(|it| context.as_named(it.into()).to_string()),
            Service::Asked(asked) => match Asker::new(name, asked, None, &context.asking).probe(HARMLESS) {
                Err(Fault::Interrupted) => return Err(Error::Interrupted),
                Err(Fault::Unanswered(reason) | Fault::Hopeless(reason)) => Err(reason),
                Ok(verdict) => Ok(format!("{name}:{verdict}")),
            },
        };
        let (said, error) = match answer {
            Ok(said) => (said, None),
            Err(error) => (String::new(), Some(error)),
        };
        all.push(Probed { name: name.clone(), said, error, seconds: start.elapsed().as_secs_f64() });
    }
    Ok(all)
}
