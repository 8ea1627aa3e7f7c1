//! `flow-oa feedback`: writes the scores of analysts in the format of the machine-learning job.

use std::path::PathBuf;

use flow_oa_analyst::feedback::{FeedbackSummary, write};
use flow_oa_site::Error;
use jiff::civil::Date;

use crate::global::{OneDay, Opened};
use crate::report::{Done, Report, json};
use crate::show::plural;

/// Write the feedback file of a day for spot-ml; `score` also writes it
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    of: OneDay,
    /// Root of results, a folder or a URL [default: FLOW_OA_RESULTS_ROOT, what the settings name, or the home]
    #[arg(long, value_name = "DIR")]
    results_root: Option<PathBuf>,
}

pub(crate) fn run(arguments: Arguments) -> Done {
    let (mut opened, _) =
        arguments.of.site.stored(arguments.results_root, arguments.of.pipeline.as_deref())?;
    let Opened { settings, deployment, store, progress } = &mut opened;
    let chosen = deployment.choose_for(arguments.of.pipeline.as_deref(), settings)?;
    let day = arguments.of.day(&mut **store, chosen)?;
    let summary = write(&mut **store, settings, chosen, day, progress)?;
    Ok(Report { text: text(&summary), json: json(&summary), ..Report::default() })
}

/// Adds to a report that feedback was written after a command, or that it could not be written.
pub(super) fn tell(
    report: &mut Report,
    done: &str,
    day: Date,
    written: Result<Option<FeedbackSummary>, Error>,
) {
    match written {
        Ok(None) => {}
        Ok(Some(written)) => {
            report.text.push_str(&text(&written));
            report.json["feedback"] = json(&written);
        }
        Err(error) => {
            let cause = error.cause();
            let note = format!(
                "{done}, but the feedback file is not written: {cause}; `flow-oa feedback -d {day}` writes it"
            );
            report.falls_short(note, &error);
        }
    }
}

fn text(summary: &FeedbackSummary) -> String {
    let FeedbackSummary { file, lines, copy } = summary;
    let copied = copy.as_ref().map(|copy| {
        let lines = plural(copy.lines, "line of the old file came", "lines of the old file came");
        format!("{lines} from no score of this database; the old file is kept as {}\n", copy.file)
    });
    let lines = plural(*lines, "line", "lines");
    format!("{file}: {lines} for the machine-learning job\n{}", copied.unwrap_or_default())
}
