//! Texts that hold nothing but the line that a program prints in place of records, without a header.

use crate::ReadOptions;
use crate::feed::Feed;
use crate::format::{Format, delimited, layout, of};
use crate::header::Mapping;
use crate::parse::is_left_out;
use crate::start::Start;
use flow_oa_site::deployment::Scope;

/// The format whose program prints the first record where it has no records. Only the number of rows matters then, so
/// the first of several such formats is as good as any.
pub fn recognize_empty<'a>(
    scope: &Scope<'a>,
    feed: &mut Feed<'a>,
    options: &ReadOptions,
) -> Option<Format<'a>> {
    if options.format.is_some() {
        return None;
    }
    let mut start = Start::new(&mut feed.text, &options.zone);
    of(scope.searched()).filter(|format| format.source.binary.is_none()).find(|format| {
        let Some(text) = delimited(format.source) else { return false };
        let (first, mapping) = (start.take_first(layout(text)), Mapping::without_header(format.source));
        matches!(first, Ok(Some((_, record))) if record.len() == 1 && is_left_out(format.source, &mapping, &record))
    })
}
