//! `flow-oa restore`: restores what a reset deleted.

use std::path::PathBuf;

use flow_oa_analyst::{self as analyst, Changed};

use super::feedback::tell;
use crate::global::{Opened, Site};
use crate::report::{Done, Report, json};
use crate::show::{count, plural, table};

/// Restore a backup of `flow-oa reset`; later work of analysts is kept
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    /// Backup file
    #[arg(value_name = "FILE")]
    backup: PathBuf,
}

pub(crate) fn run(arguments: Arguments) -> Done {
    let mut opened = arguments.site.existing(None)?;
    let Opened { settings, deployment, store, progress } = &mut opened;
    let Changed { done, feedback } =
        analyst::restore(&mut **store, settings, deployment, &arguments.backup, progress)?;
    let lines =
        done.tables.iter().map(|table| vec![table.table.clone(), count(table.restored), count(table.kept)]);
    let files = match done.files {
        0 => String::new(),
        count => format!(", with {} of storyboards", plural(count, "file", "files")),
    };
    let text = format!(
        "{}restored: what analysts wrote of {}{files}\n",
        table(&["table", "#restored", "#kept"], lines),
        done.day
    );
    let mut report = Report { text, json: json(&done), ..Report::default() };
    if let Some(error) = &done.fault {
        let note = format!(
            "the rows are restored, but not all files: {}; the same command again does",
            error.cause()
        );
        report.falls_short(note, error);
    }
    tell(&mut report, "the rows are restored", done.date, feedback);
    Ok(report)
}
