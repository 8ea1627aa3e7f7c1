//! Asks before something goes for good.

use std::io::{BufRead, BufReader, IsTerminal as _, Write as _};

use flow_oa_runtime::Error;
use flow_oa_runtime::progress::Progress;
use flow_oa_runtime::waiting::standard_input;
use flow_oa_schema::printable::in_lines;

/// Shows what would go, `what` in words and `listed` line by line, and asks.
///
/// # Errors
/// Where nobody is there to be asked, and an interrupt.
pub(crate) fn is_confirmed(
    command: &str,
    what: &str,
    listed: &str,
    progress: &Progress,
) -> Result<bool, Error> {
    if !std::io::stdin().is_terminal() {
        return Err(Error::Usage(format!(
            "{command}: {what} would be taken out:{listed}nobody is there to be asked (standard input is no terminal), so \
             nothing was changed; --yes takes them out without a question"
        )));
    }
    // Where the error output is closed, no answer is a no.
    let question = format!("{listed}{what} will be taken out. Go on? [y/N] ");
    let _ = write!(std::io::stderr(), "{}", in_lines(&question));
    let asked = standard_input(progress).map(|it| answer(&mut BufReader::new(it)));
    if progress.is_interrupted() {
        return Err(Error::Interrupted);
    }
    Ok(asked.unwrap_or(false))
}

fn answer(input: &mut dyn BufRead) -> bool {
    let mut line = String::new();
    input.read_line(&mut line).is_ok() && matches!(line.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::answer;

    #[test]
    fn only_a_yes_is_a_yes() {
        for (text, is_yes) in
            [("y\n", true), ("YES\n", true), ("\n", false), ("", false), ("n\n", false), ("yep", false)]
        {
            assert_eq!(answer(&mut text.as_bytes()), is_yes, "{text:?}");
        }
    }
}
