//! The context sources of a site as a run and a storyboard ask them: opened when they are first needed, and kept open.

use std::rc::Rc;

use flow_oa_core::{Asked, ContextSource, Contexts};

use crate::day::derive;
use flow_oa_files::Progress;
use flow_oa_site::Result;
use flow_oa_site::deployment::Settings;
use flow_oa_site::downloads::{Downloader, LocalContext};

/// The context sources of a site, opened when they are first needed and kept open.
pub struct SiteContext<'a> {
    local: Local<'a>,
    sources: Option<Vec<Box<dyn ContextSource>>>,
    remarks: Vec<String>,
}

/// The local files of the sources.
enum Local<'a> {
    Known(Rc<LocalContext>),
    /// They are downloaded when they are first needed.
    Of(&'a Settings, &'a Progress),
}

impl<'a> SiteContext<'a> {
    /// The sources of a site.
    pub fn of(settings: &'a Settings, progress: &'a Progress) -> Self {
        Self { local: Local::Of(settings, progress), sources: None, remarks: Vec::new() }
    }

    /// The sources of files that are local already.
    pub(crate) fn local(context: Rc<LocalContext>) -> Self {
        Self { local: Local::Known(context), sources: None, remarks: Vec::new() }
    }

    /// The remarks of the sources since the last call.
    pub(crate) fn take_remarks(&mut self) -> Vec<String> {
        std::mem::take(&mut self.remarks)
    }
}

impl derive::LookUp for SiteContext<'_> {
    fn look_up(&mut self, asked: Asked<'_>) -> Result<Contexts> {
        let context = match &self.local {
            Local::Known(context) => Rc::clone(context),
            Local::Of(settings, progress) => {
                let context = Downloader::new(settings, progress).context()?;
                self.local = Local::Known(Rc::clone(&context));
                context
            }
        };
        let named = |error: flow_oa_core::ContextError| context.as_named(error.into());
        let sources = match &mut self.sources {
            Some(sources) => sources,
            None => {
                self.sources.insert(flow_oa_context::open(&context.files, &context.asking).map_err(named)?)
            }
        };
        let contexts = Contexts::ask(asked, sources).map_err(named)?;
        self.remarks.extend_from_slice(contexts.remarks());
        Ok(contexts)
    }
}
