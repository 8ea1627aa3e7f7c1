//! The report of changes, for people.

use std::fmt::Write as _;

use super::{Change, Declared, Severity, Side};
use crate::files::Files;
use crate::printable::in_line;

/// The files of the two versions, in which changes are located.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    /// The earlier version.
    pub old: &'a Files,
    /// The later version.
    pub new: &'a Files,
}

impl Compared<'_> {
    /// Where a change is declared: `file:line:column`.
    pub fn location(&self, change: &Change) -> String {
        let files = match change.place.side {
            Side::Old => self.old,
            Side::New => self.new,
        };
        change.place.shown(files)
    }

    /// The changes in lines, by severity, and their number. Empty if there is none.
    pub fn render(&self, changes: &[Change]) -> String {
        let mut text = String::new();
        for severity in Severity::ALL {
            for is_declared in [false, true] {
                let of =
                    |change: &&Change| change.severity() == severity && change.is_declared() == is_declared;
                let group: Vec<&Change> = changes.iter().filter(of).collect();
                if group.is_empty() {
                    continue;
                }
                let suffix = if is_declared { ", but declared" } else { "" };
                let _ = writeln!(text, "{}{suffix}:", severity.name());
                group.into_iter().for_each(|change| text.push_str(&self.entry(change)));
                text.push('\n');
            }
        }
        if !changes.is_empty() {
            text.push_str(&summary(changes));
        }
        text
    }

    fn entry(&self, change: &Change) -> String {
        let what = &change.what;
        let mut text = format!(
            "  {} {}: {}: {}\n    affects: {}\n",
            change.code().id(),
            self.location(change),
            change.subject(),
            what.words(),
            what.affects(),
        );
        if let Declared::Reason(reason) = &change.declared {
            let _ = writeln!(text, "    declared: {}", in_line(reason));
        }
        if let Some(remedy) = change.remedy() {
            let label = if change.is_refused() { "to do first" } else { "to do" };
            let _ = writeln!(text, "    {label}: {remedy}");
        }
        if let Some(declaration) = change.declaration().filter(|_| change.is_refused()) {
            let _ = writeln!(text, "    if it is intended: {declaration}");
        }
        text
    }
}

impl Change {
    /// What to do; for a change that is refused, how to declare or avoid it. `None` if nothing needs to be done.
    pub fn remedy(&self) -> Option<String> {
        match self.declared {
            Declared::No => self.what.remedy(),
            Declared::Named => self.what.remedy_if_named(),
            Declared::Reason(_) => Some(self.what.remedy_if_meant().to_owned()),
        }
    }

    /// What the change is about, by names: `flow_scores.srcip`, or `flow, nfdump`.
    pub fn subject(&self) -> String {
        match (&self.table, &self.item) {
            (Some(table), Some(item)) => format!("{table}.{item}"),
            (Some(table), None) => table.clone(),
            (None, Some(item)) => format!("{}, {item}", self.pipeline),
            (None, None) => self.pipeline.clone(),
        }
    }
}

/// The number of changes of each severity, and of those that are refused.
fn summary(changes: &[Change]) -> String {
    let count = |severity| changes.iter().filter(|change| change.severity() == severity).count();
    let each = Severity::ALL.map(|severity| (severity, count(severity)));
    let each = each.iter().filter(|(_, count)| *count > 0).map(|(severity, count)| match severity {
        Severity::Breaking => match changes.iter().filter(|change| change.is_refused()).count() {
            0 => format!("{count} breaking, but declared"),
            refused if refused == *count => format!("{count} breaking"),
            refused => format!("{count} breaking ({refused} not declared)"),
        },
        Severity::NeedsBackfill if *count > 1 => format!("{count} need a backfill"),
        Severity::NeedsBackfill | Severity::Additive | Severity::Cosmetic => {
            format!("{count} {}", severity.name())
        }
    });
    let each = each.collect::<Vec<_>>().join(", ");
    let noun = if changes.len() == 1 { "change" } else { "changes" };
    format!("{} {noun}: {each}; `flow-oa explain CODE` says more about each\n", changes.len())
}
