//! Asks for confirmation before data that others wrote or need is changed or deleted.

use std::io::{BufRead, BufReader, IsTerminal as _, Write as _};

use flow_oa_analyst::consent::{Consent, Outcome};
use flow_oa_files::Progress;
use flow_oa_files::interruptible::standard_input;
use flow_oa_schema::printable::in_lines;
use flow_oa_site::Error;
use serde_json::{Value, json};

use crate::log;
use crate::report::{Report, failure};

pub(crate) struct Question {
    pub(crate) command: &'static str,
    /// What the command would do: `6 rows would be deleted`.
    pub(crate) would: String,
    /// The details, one per line, after a leading line break.
    pub(crate) listed: String,
    /// The details as JSON.
    pub(crate) preview: Value,
}

impl Question {
    /// Asks the user. Returns `None` if the answer is yes, else the report of a command that changed nothing.
    ///
    /// # Errors
    /// If the user interrupts the program.
    pub(crate) fn ask(self, progress: &Progress) -> Result<Option<Report>, Error> {
        let Self { command, would, listed, preview } = self;
        if !std::io::stdin().is_terminal() {
            let error = Error::Usage(format!(
                "{command}: {would}:{listed}standard input is not a terminal, so the question cannot be asked; repeat the \
                 command with --yes"
            ))
            .unchanged();
            return Ok(Some(refused(&error, preview)));
        }
        // If the error output is closed, the question is not shown; no answer counts as no.
        let question = format!("{listed}{would}. Go on? [y/N] ");
        let _ = write!(std::io::stderr(), "{}", in_lines(&question));
        let is_yes = standard_input(progress).is_ok_and(|input| is_yes(&mut BufReader::new(input)));
        progress.go_on()?;
        if is_yes {
            return Ok(None);
        }
        let json = json!({"declined": true, "preview": preview});
        Ok(Some(Report { text: "nothing was changed\n".to_owned(), json, ..Report::default() }))
    }
}

/// Calls `work`, which changes only what the user has agreed to. If it needs consent, the user is asked and `work` is
/// called again. If it then finds other changes, the user is asked again.
pub(crate) fn with_consent<Done, Loss: Default>(
    yes: bool,
    progress: &Progress,
    mut work: impl FnMut(Consent<'_, Loss>) -> Result<Outcome<Done, Loss>, Error>,
    question: impl Fn(&Loss) -> Question,
) -> Result<Result<Done, Report>, Error> {
    let mut shown = Loss::default();
    loop {
        let consent = if yes { Consent::ToAll } else { Consent::To(&shown) };
        // Work that changed something reports that itself.
        let found = match work(consent).map_err(Error::unchanged)? {
            Outcome::Done(done) => return Ok(Ok(done)),
            Outcome::Asks(found) => found,
        };
        if let Some(report) = question(&found).ask(progress)? {
            return Ok(Err(report));
        }
        shown = found;
    }
}

/// The report of a command that needs consent but has no terminal.
fn refused(error: &Error, preview: Value) -> Report {
    log::error(&error.to_string());
    let mut json = failure(error);
    json["preview"] = preview;
    Report { json, exit: error.exit_code(), ..Report::default() }
}

fn is_yes(input: &mut dyn BufRead) -> bool {
    let mut line = String::new();
    input.read_line(&mut line).is_ok() && matches!(line.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::is_yes;

    #[test]
    fn only_a_yes_is_a_yes() {
        for (text, expected) in
            [("y\n", true), ("YES\n", true), ("\n", false), ("", false), ("n\n", false), ("yep", false)]
        {
            assert_eq!(is_yes(&mut text.as_bytes()), expected, "{text:?}");
        }
    }
}
