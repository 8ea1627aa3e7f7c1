//! The report of a command, for people or for programs.

use std::borrow::Cow;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use flow_oa_core::Exit;
use flow_oa_engine::Remark;
use flow_oa_schema::printable::{in_json, in_line, in_lines};
use flow_oa_site::Error;
use jiff::civil::Date;
use serde_json::Value;

use crate::global::{Global, Output};
use crate::log;

#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The text for people.
    pub(crate) text: String,
    /// The JSON for programs.
    pub(crate) json: serde_json::Value,
    /// Lines for the error output, such as warnings.
    pub(crate) notes: Vec<String>,
    pub(crate) exit: Exit,
    /// Whether the text is the requested output, so that `--quiet` keeps it.
    pub(crate) is_product: bool,
    /// Whether the text has values of stored rows, which are not masked.
    pub(crate) has_rows: bool,
    /// Whether the text is data for programs, such as CSV. It is escaped only on a terminal.
    pub(crate) is_data: bool,
}

impl Report {
    /// Adds what the database could not do after the rows were stored.
    pub(crate) fn remark(&mut self, remarks: &[Remark]) {
        if self.exit == Exit::Done {
            self.exit = remarks.iter().map(Remark::exit_code).max().unwrap_or_default();
        }
        self.notes.extend(remarks.iter().map(ToString::to_string));
    }

    /// Adds a failure that followed the command's own work. `note` states what was done and what was not.
    pub(crate) fn falls_short(&mut self, note: String, error: &Error) {
        if self.exit == Exit::Done {
            self.exit = error.exit_code();
        }
        self.notes.push(note);
    }
}

impl Report {
    /// Reports an error at one of several days: which days were done before it, and that the same command continues
    /// there. `doing` is what the error message begins with.
    pub(crate) fn stopped(&mut self, done: &[&str], day: Date, doing: &str, error: &Error) {
        let done = if done.is_empty() { "none".to_owned() } else { done.join(", ") };
        log::info(&format!(
            "stopped at {day}; done before it: {done}; the same command again continues at {day}"
        ));
        log::error(&format!("{doing}: {error}"));
        self.exit = error.exit_code();
        self.json["stopped"] = failure(error);
        self.json["stopped"]["day"] = day.to_string().into();
        self.text.clear();
    }
}

/// What commands return.
pub(crate) type Done = Result<Report, Error>;

pub(crate) fn json(summary: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(summary).unwrap_or_default()
}

/// The JSON of an error: its text, the exit code and, if known, its effect on the data and the expectations that it is
/// about.
pub(crate) fn failure(error: &Error) -> serde_json::Value {
    let mut json = serde_json::json!({"error": error.to_string(), "exit_code": error.exit_code()});
    if let Some(effect) = error.effect() {
        json["effect"] = effect.name().into();
    }
    if !error.expected().is_empty() {
        json["expectations"] = self::json(&error.expected());
    }
    json
}

/// The command line of this process, quoted for a shell, without `--max-rejects` and without the arguments in `done`.
/// The user can extend and repeat it.
pub(crate) fn command_line(done: &[&str]) -> String {
    let mut line = String::from("flow-oa");
    let mut is_count = false;
    for argument in std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()) {
        let is_left_out = std::mem::replace(&mut is_count, argument == MAX_REJECTS)
            || argument
                .strip_prefix(MAX_REJECTS)
                .is_some_and(|argument| argument.is_empty() || argument.starts_with('='))
            || done.contains(&argument.as_str());
        if !is_left_out {
            line.push(' ');
            line.push_str(&quoted(&flow_oa_site::engines::shown(&argument)));
        }
    }
    line
}

const MAX_REJECTS: &str = "--max-rejects";

/// An argument, quoted for a shell if necessary.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+:=,@%".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else if matches!(in_line(word), Cow::Owned(_)) {
        format!("$'{}'", in_dollar_quotes(word))
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// An argument for the quotes `$'…'` of bash and other shells: invisible characters are written as numeric escapes.
fn in_dollar_quotes(word: &str) -> String {
    let escaped = |letter: char| match letter {
        '\'' | '\\' => format!("\\{letter}"),
        '\n' => r"\n".to_owned(),
        letter if matches!(in_line(letter.encode_utf8(&mut [0; 4])), Cow::Owned(_)) => {
            format!("\\U{:08x}", u32::from(letter))
        }
        letter => letter.to_string(),
    };
    word.chars().map(escaped).collect()
}

/// Combines the outcome of a command with that of writing its metrics file. A failure of the command takes precedence.
pub(crate) fn written(done: Done, written: Result<(), Error>) -> Done {
    match (done, written) {
        (Ok(report), Err(error)) if report.exit == Exit::Done => {
            report.notes.iter().for_each(|note| log::warning(note));
            Err(error)
        }
        (Ok(mut report), Err(error)) => {
            report.notes.push(error.to_string());
            Ok(report)
        }
        (Err(first), Err(second)) => {
            log::warning(&second.to_string());
            Err(first)
        }
        (done, Ok(())) => done,
    }
}

/// Prints a report or an error, and returns the exit code.
pub(crate) fn print(done: Done, global: &Global) -> ExitCode {
    let report = match done {
        Ok(report) => report,
        Err(error) => {
            let exit = error.exit_code();
            log::error(&error.to_string());
            Report { json: failure(&error), exit, ..Report::default() }
        }
    };
    for note in &report.notes {
        log::warning(note);
    }
    let report = if report.has_rows { report } else { masked(report) };
    let text = match global.output {
        Output::Json if !report.json.is_null() => in_json(&format!("{:#}\n", report.json)).into_owned(),
        _ if global.quiet && !report.is_product => String::new(),
        _ if report.is_data && !std::io::stdout().is_terminal() => report.text,
        _ => in_lines(&report.text).into_owned(),
    };
    match std::io::stdout().write_all(text.as_bytes()).and_then(|()| std::io::stdout().flush()) {
        Ok(()) => ExitCode::from(report.exit.code()),
        // The reader of the output has closed it, which is not a failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::from(report.exit.code()),
        Err(error) => {
            let done = if report.exit == Exit::Done { "; the command itself is done" } else { "" };
            log::error(&format!("writing to standard output: {error}{done}"));
            ExitCode::from(Exit::CannotWrite.code())
        }
    }
}

/// The report with secrets in its URLs masked.
fn masked(report: Report) -> Report {
    let (text, json) = (flow_oa_core::masked(&report.text), masked_json(report.json));
    Report { text, json, ..report }
}

fn masked_json(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(flow_oa_core::masked(&text)),
        Value::Array(values) => values.into_iter().map(masked_json).collect(),
        Value::Object(entries) => entries.into_iter().map(|(key, value)| (key, masked_json(value))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::{Report, masked, quoted};

    #[test]
    fn no_report_but_that_of_rows_shows_the_password_of_a_url() {
        let report = Report {
            text: "from http://me:s3cret@h/a".to_owned(),
            json: serde_json::json!({"days": [{"error": "http://h/?token=s3cret", "rows": 1}]}),
            ..Report::default()
        };
        let shown = masked(report);
        assert_eq!(shown.text, "from http://me:***@h/a");
        assert_eq!(shown.json, serde_json::json!({"days": [{"error": "http://h/?token=***", "rows": 1}]}));
    }

    #[test]
    fn a_word_is_quoted_where_a_shell_would_not_leave_it_alone() {
        assert_eq!(quoted("data/flow-1.csv"), "data/flow-1.csv");
        assert_eq!(quoted("my flows"), "'my flows'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("$(date)"), "'$(date)'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("two\nlines' \u{1b}"), r"$'two\nlines\' \U0000001b'");
    }
}
