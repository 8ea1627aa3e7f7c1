//! Asks before something goes for good.

use std::io::{BufRead, IsTerminal as _, Write as _};

use flow_oa_runtime::Error;

/// Shows what would go, `what` in words and `listed` line by line, and asks.
///
/// # Errors
/// Where nobody is there to be asked.
pub(crate) fn is_confirmed(command: &str, what: &str, listed: &str) -> Result<bool, Error> {
    if !std::io::stdin().is_terminal() {
        return Err(Error::Usage(format!(
            "{command}: {what} would be removed:{listed}standard input is not a terminal, so the question cannot be asked; \
             --yes removes them without a question"
        ))
        .unchanged());
    }
    // Where the error output is closed, no answer is a no.
    let _ = write!(std::io::stderr(), "{listed}{what} will be removed. Continue? [y/N] ");
    Ok(answer(&mut std::io::stdin().lock()))
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
