//! The error output: lines for people, or JSON objects for log collectors.

use std::io::Write as _;
use std::sync::OnceLock;

use clap::ValueEnum;
use flow_oa_schema::printable::{in_json, in_lines};
use serde_json::json;

/// The format of the error output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line: time, level, message.
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Info,
    Warning,
    Error,
}

static FORMAT: OnceLock<LogFormat> = OnceLock::new();

/// Sets the format. Must be called once, before the first line.
pub(crate) fn set_format(format: LogFormat) {
    // A second call would be a bug; the first format is kept.
    let _ = FORMAT.set(format);
}

/// Whether lines are JSON, so that no other text may be written between them.
pub(crate) fn is_json() -> bool {
    FORMAT.get() == Some(&LogFormat::Json)
}

/// Writes a line to the error output, with secrets in URLs masked. A closed error output is ignored.
pub(crate) fn log(level: Level, message: &str) {
    let message = flow_oa_core::masked(message);
    let line = if is_json() {
        let time = jiff::Timestamp::now().to_string();
        let level = match level {
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
        };
        let line = json!({"time": time, "level": level, "message": message}).to_string();
        format!("{}\n", in_json(&line))
    } else if level == Level::Warning {
        format!("flow-oa: warning: {}\n", in_lines(&message))
    } else {
        format!("flow-oa: {}\n", in_lines(&message))
    };
    let _ = std::io::stderr().write_all(line.as_bytes());
}

pub(crate) fn error(message: &str) {
    log(Level::Error, message);
}

pub(crate) fn warning(message: &str) {
    log(Level::Warning, message);
}

/// Reports progress.
pub(crate) fn info(message: &str) {
    log(Level::Info, message);
}
