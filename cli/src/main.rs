//! The program `flow-oa`: parses arguments, prints a report and returns an exit code. The work of the commands is done
//! in the runtime.

mod analyst;
mod commands;
mod confirm;
mod dates;
mod earlier;
mod fit;
mod global;
mod log;
mod progress_bar;
mod report;
mod show;
mod templates;

use std::io::Write as _;
use std::process::ExitCode;

use clap::error::ContextValue;
use clap::{Parser, Subcommand};

use commands::{
    adopt, check, copy, ddl, demo, diff, docs, doctor, explain, explain_row, feedback, format, geo, history,
    ingest, init, migrate, purge, query, rank, reference, reset, restore, run, sample, schema, score,
    storyboard,
};
use flow_oa_core::Exit;
use flow_oa_schema::printable::{in_line, in_lines};
use global::Global;

/// Loads a day of network flows, DNS responses or proxy requests, ranked by how suspicious they are, into a database:
/// with context, details, data for charts and a summary.
#[derive(Debug, Parser)]
#[command(name = "flow-oa", bin_name = "flow-oa", version, max_term_width = 110)]
#[command(
    after_help = "Exit codes: 0 done; 1 differences (`diff`); 2 usage; 65 bad data; 66 no input; 69 database or service unavailable; \
    70 internal fault; 73 cannot write; 75 locked, try later; 78 configuration; 130 interrupted."
)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Run(run::Arguments),
    Ingest(ingest::Arguments),
    Rank(rank::Arguments),
    History(history::Arguments),
    Query(query::Arguments),
    Score(score::Arguments),
    Storyboard(storyboard::Arguments),
    Feedback(feedback::Arguments),
    Reset(reset::Arguments),
    Restore(restore::Arguments),
    Purge(purge::Arguments),
    Copy(copy::Arguments),
    Init(init::Arguments),
    Ddl(ddl::Arguments),
    Diff(diff::Arguments),
    Migrate(migrate::Arguments),
    Adopt(adopt::Arguments),
    Docs(docs::Arguments),
    Doctor(doctor::Arguments),
    Check(check::Arguments),
    Schema(schema::Arguments),
    Format(format::Arguments),
    /// Show the reference of the schema language: every key, its type and meaning, with examples
    Language(reference::Arguments),
    /// Show the reference of the settings: every key, its type and meaning
    Settings(reference::SettingsArguments),
    Explain(explain::Arguments),
    ExplainRow(explain_row::Arguments),
    Geo(geo::Arguments),
    Sample(sample::Arguments),
}

fn main() -> ExitCode {
    let Arguments { global, command } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(fault) => return refused(&escaped(fault)),
    };
    log::set_format(global.log_format);
    #[cfg(feature = "failpoints")]
    if let Err(fault) = flow_oa_core::failpoints::require_sense() {
        return report::print(Err(flow_oa_site::Error::Usage(fault)), &global);
    }
    if global.output.is_of_rows() && !matches!(command, Command::Query(_)) {
        let fault = "--output: csv and ndjson are for the rows of `query`; this command knows text and json";
        return report::print(Err(flow_oa_site::Error::Usage(fault.to_owned())), &global);
    }
    let done = match command {
        Command::Demo(arguments) => demo::run(arguments, &global),
        Command::Run(arguments) => run::run(arguments, &global),
        Command::Ingest(arguments) => ingest::run(arguments, &global),
        Command::Rank(arguments) => rank::run(arguments, &global),
        Command::History(arguments) => history::run(arguments),
        Command::Reset(arguments) => reset::run(arguments),
        Command::Restore(arguments) => restore::run(arguments),
        Command::Feedback(arguments) => feedback::run(arguments),
        Command::Score(arguments) => score::run(arguments),
        Command::Storyboard(arguments) => storyboard::run(arguments),
        Command::Query(arguments) => query::run(arguments, &global),
        Command::Purge(arguments) => purge::run(arguments),
        Command::Copy(arguments) => copy::run(arguments, &global),
        Command::Init(arguments) => init::run(arguments, &global),
        Command::Ddl(arguments) => ddl::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Migrate(arguments) => migrate::run(arguments, &global),
        Command::Adopt(arguments) => adopt::run(&arguments),
        Command::Docs(arguments) => docs::run(&arguments, &global),
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Format(arguments) => format::run(&arguments),
        Command::Language(arguments) => reference::language(&arguments),
        Command::Settings(arguments) => reference::settings(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::ExplainRow(arguments) => explain_row::run(arguments),
        Command::Geo(arguments) => geo::run(&arguments),
        Command::Sample(arguments) => sample::run(arguments, &global),
    };
    report::print(done, &global)
}

/// Escapes control characters of the arguments in a fault.
fn escaped(mut fault: clap::Error) -> clap::Error {
    let texts = fault.context().filter_map(|(kind, value)| match value {
        ContextValue::String(text) => Some((kind, text.clone())),
        _ => None,
    });
    for (kind, text) in texts.collect::<Vec<_>>() {
        fault.insert(kind, ContextValue::String(in_line(&text).into_owned()));
    }
    fault
}

/// Prints help, or the fault of the arguments: as JSON if the arguments request it.
fn refused(fault: &clap::Error) -> ExitCode {
    let exit = u8::try_from(fault.exit_code()).unwrap_or(Exit::Usage.code());
    let fault_text = fault.to_string();
    let text = flow_oa_core::masked(&fault_text);
    if fault.use_stderr() && is_given("--log-format=json") {
        log::set_format(log::LogFormat::Json);
        log::error(message(&text));
    } else if fault.use_stderr() && text != fault_text {
        // An unexpected argument may be a URL with a password, which is masked in this text.
        let _ = std::io::stderr().write_all(text.as_bytes());
    } else {
        let shown = match fault.use_stderr() {
            // The message repeats arguments, so it is printed without the colors of the help.
            true => std::io::stderr().write_all(in_lines(&fault.render().to_string()).as_bytes()),
            false => fault.print(),
        };
        // If the output is closed, the error cannot be reported anywhere.
        let _ = shown;
    }
    if fault.use_stderr() && is_given("--output=json") {
        let report = serde_json::json!({"error": message(&text), "exit_code": exit});
        // As above.
        let _ = writeln!(std::io::stdout(), "{report:#}");
    }
    ExitCode::from(exit)
}

/// The message of a fault of the arguments, without the prefix of clap.
fn message(text: &str) -> &str {
    text.trim_end().trim_start_matches("error: ")
}

/// Whether the command line contains an option, with its value in the same argument or in the next.
fn is_given(option: &str) -> bool {
    let words: Vec<_> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    words.iter().any(|word| word == option) || words.windows(2).any(|pair| pair.join("=") == option)
}
