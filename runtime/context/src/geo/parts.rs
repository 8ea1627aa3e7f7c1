//! Look-up of many addresses: each thread answers a part of them with its own reader.

use std::net::IpAddr;
use std::num::NonZero;
use std::sync::Arc;

use flow_oa_core::{ContextError, Subject};

use super::index::Index;
use super::mmdb::Mmdb;
use super::{File, Known, geo};

/// The number of addresses in a part that justifies another thread.
const WORTH: usize = 20_000;

/// Looks up addresses one at a time.
pub(super) trait LookUp {
    fn look_up(&mut self, ip: IpAddr) -> Result<Option<Known<'_>>, ContextError>;
}

/// A second reader of a file, for another thread. It cannot rebuild the index.
pub(super) enum Reader {
    Index(Box<Index>),
    Mmdb(Arc<Mmdb>),
}

impl LookUp for Reader {
    fn look_up(&mut self, ip: IpAddr) -> Result<Option<Known<'_>>, ContextError> {
        match self {
            // The code that rebuilds the index reports the error.
            Self::Index(index) => {
                index.seek(ip).map(|()| index.known()).map_err(|_| ContextError::Interrupted)
            }
            Self::Mmdb(file) => file.look_up(ip),
        }
    }
}

/// Answers subjects one after another, from the files in their order.
pub(super) fn answer(files: &mut [impl LookUp], subjects: &mut [Subject]) -> Result<(), ContextError> {
    let mut joined = String::new();
    for subject in subjects {
        let Some(ip) = subject.of.address() else { continue };
        subject.answers.geo = match &mut *files {
            [file] => file.look_up(ip)?.map(|known| geo(&[known], &mut joined)).unwrap_or_default(),
            files => {
                let known = files.iter_mut().filter_map(|file| file.look_up(ip).transpose());
                geo(&known.collect::<Result<Vec<_>, _>>()?, &mut joined)
            }
        };
    }
    Ok(())
}

/// Answers all subjects, by several threads if there are many. Subjects that another thread could not answer are
/// answered here with `files`, which can rebuild their indexes.
pub(super) fn answer_all(files: &mut [File], subjects: &mut [Subject]) -> Result<(), ContextError> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let count = (subjects.len() / WORTH).clamp(1, threads);
    let mut parts = subjects.chunks_mut(subjects.len().div_ceil(count).max(1));
    let Some(mine) = parts.next() else { return Ok(()) };
    let mut others: Vec<&mut [Subject]> = parts.collect();
    let mut readers: Vec<Option<Vec<Reader>>> =
        others.iter().map(|_| files.iter().map(File::again).collect()).collect();
    let done = std::thread::scope(|scope| {
        let mut helpers = Vec::new();
        for (part, readers) in others.iter_mut().zip(&mut readers) {
            let (part, readers) = (&mut **part, readers.as_deref_mut());
            let search = move || readers.is_some_and(|readers| answer(readers, part).is_ok());
            helpers.push(std::thread::Builder::new().spawn_scoped(scope, search).ok());
        }
        let mine = answer(files, mine);
        let join = |handle: std::thread::ScopedJoinHandle<'_, bool>| {
            handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        let done: Vec<bool> = helpers.into_iter().map(|helper| helper.is_some_and(join)).collect();
        mine.map(|()| done)
    })?;
    let undone = others.into_iter().zip(done).filter(|(_, is_done)| !is_done);
    undone.map(|(part, _)| part).try_for_each(|part| answer(files, part))
}
