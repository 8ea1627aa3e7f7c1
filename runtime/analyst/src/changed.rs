//! Commands that change scores, each followed by the feedback file: the one place that decides when that file is
//! written.

use std::path::Path;

use flow_oa_core::Date;
use flow_oa_engine::Store;
use flow_oa_files::Progress;

use super::consent::{Consent, Outcome};
use super::feedback::{self, FeedbackSummary};
use super::reset::{self, Reset, Restored, Written};
use super::scoring::{self, Changes, Day, Judgement};
use flow_oa_site::Result;
use flow_oa_site::deployment::{Chosen, Deployment, Settings};

/// What was done, and what became of the feedback file.
#[derive(Debug)]
pub struct Changed<T> {
    /// What was done; it lasts even if the feedback file could not be written.
    pub done: T,
    /// The feedback file; none if the pipeline has no feedback.
    pub feedback: Result<Option<FeedbackSummary>>,
}

/// Stores judgements and writes the feedback file.
///
/// # Errors
/// See [`scoring::judge`].
pub fn score(
    store: &mut dyn Store,
    settings: &Settings,
    of: Day<'_>,
    judgements: &[Judgement],
    consent: Consent<'_, Changes>,
    progress: &Progress,
) -> Result<Outcome<Changed<scoring::ScoreSummary>, Changes>> {
    let before = feedback::own(store, of.chosen, of.day)?;
    let outcome = scoring::judge(store, of, judgements, consent)?;
    Ok(outcome.map(|done| {
        let feedback = feedback::after(store, settings, of.chosen, of.day, Some(&before), progress);
        Changed { done, feedback }
    }))
}

/// Deletes the analysts' rows of a day after a backup, and writes the feedback file; none if there is nothing to
/// delete.
///
/// # Errors
/// See [`reset::reset`].
pub fn reset(
    store: &mut dyn Store,
    settings: &Settings,
    chosen: Chosen<'_>,
    day: Date,
    consent: Consent<'_, Written>,
    progress: &Progress,
) -> Result<Outcome<Option<Changed<Reset>>, Written>> {
    let outcome = reset::reset(store, settings, chosen, day, consent, progress)?;
    Ok(outcome.map(|done| {
        done.map(|done| {
            let feedback = feedback::after(store, settings, chosen, day, None, progress);
            Changed { done, feedback }
        })
    }))
}

/// Restores a backup, and writes the feedback file.
///
/// # Errors
/// See [`reset::restore`].
pub fn restore(
    store: &mut dyn Store,
    settings: &Settings,
    deployment: &Deployment,
    backup: &Path,
    progress: &Progress,
) -> Result<Changed<Restored>> {
    let mut done = reset::restore(store, settings, deployment, backup, progress)?;
    let chosen = deployment.choose(Some(&done.pipeline))?;
    let feedback = match done.feedback.take() {
        // No score gives these lines.
        Some(text) => feedback::put_back(settings, chosen, done.date, progress, &text).map(Some),
        None => feedback::after(store, settings, chosen, done.date, Some(&done.own_feedback), progress),
    };
    Ok(Changed { done, feedback })
}
