//! Finds every fault in a site's context files, local or remote: remote files are downloaded first.

use flow_oa_context::Reviewed;
use flow_oa_files::Progress;

use crate::deployment::Settings;
use crate::downloads::{Downloader, LocalContext};
use crate::error::Result;

/// Reviews every context file of a site, under the names that the site gives the files.
///
/// # Errors
/// Only an interrupt.
pub fn review(settings: &Settings, progress: &Progress) -> Result<Vec<Reviewed>> {
    let context = Downloader::new(settings, progress).context_as_far()?;
    let reviewed = review_local(&context, progress)?.into_iter();
    Ok(reviewed.map(|reviewed| Reviewed { path: context.name_of(&reviewed.path), ..reviewed }).collect())
}

/// Reviews every context file, under the names of the local copies.
///
/// # Errors
/// Only an interrupt.
pub fn review_local(context: &LocalContext, progress: &Progress) -> Result<Vec<Reviewed>> {
    let reviewed = flow_oa_context::review(&context.files, progress)?.into_iter();
    // If a file could not be downloaded, an old copy tells nothing about it.
    let mut all: Vec<Reviewed> = reviewed
        .map(|reviewed| match context.why_absent(&reviewed.path) {
            Some(error) => {
                Reviewed::absent(&reviewed.what, &reviewed.path, error.to_string(), error.exit_code())
            }
            None => reviewed,
        })
        .collect();
    // Services whose file is missing come last, as reputation does.
    all.extend(context.lacking().map(|(path, error)| {
        Reviewed::absent("reputation services", path, error.to_string(), error.exit_code())
    }));
    Ok(all)
}
