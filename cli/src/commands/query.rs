//! `flow-oa query`: answers queries of analysts.

use std::io::IsTerminal as _;

use flow_oa_analyst::query::{
    Filter, Largest, QueryRequest, Question, Sort, address, ask, field, only, to_csv, to_lines, why_nothing,
};
use flow_oa_runtime::day::subject::Subject;
use flow_oa_schema::answer::Answer;
use flow_oa_schema::printable::in_json;
use flow_oa_schema::types::ColumnType;
use flow_oa_site::Error;

use crate::dates::Dates;
use crate::fit::fitted;
use crate::global::{Global, Output, Site, counting, whole};
use crate::report::{Done, Report, json};
use crate::show::{plural, table};

/// Query the stored data: suspicious rows, the raw rows behind them, an address, analysts' scores and comments
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    query: Query,
}

#[derive(Debug, clap::Subcommand)]
enum Query {
    /// Suspicious rows of a day that are not scored yet, most suspicious first: the first row of each story, with the
    /// number of its rows and their peers, services and bytes. A story is what one client did to many servers, many
    /// clients to one server, or one to another
    Suspicious {
        /// Show all rows of each story
        #[arg(long)]
        rows: bool,
        /// Include scored rows
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        asked: Asked,
    },
    /// Scored rows, most severe first
    Threats(Asked),
    /// Raw rows behind a suspicious row, such as the flows of a connection in both directions in its minute
    Details {
        /// The position of the row in the results, from 0
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
        rank: i64,
        #[command(flatten)]
        asked: Asked,
    },
    /// Traffic of an address with each of its peers among the suspicious rows
    Chords {
        /// The address
        #[arg(value_name = "ADDRESS", value_parser = ip)]
        hub: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// Number of raw rows per minute
    Summary(Asked),
    /// All traffic of an address, by peer and ports: times, number of rows, volume, direction; or all rows about a name
    /// or a URL, by client
    Investigate {
        /// The address, name or URL
        #[arg(value_name = "SUBJECT")]
        subject: String,
        /// Sort by
        #[arg(long, value_enum, default_value = "connections")]
        by: By,
        #[command(flatten)]
        asked: Asked,
    },
    /// Comments of analysts about subjects: addresses, names or URLs
    Comments(Asked),
    /// Rows about the subjects that analysts commented on, such as the connections of an address
    Timeline {
        /// Only this address, name or URL
        #[arg(value_name = "SUBJECT")]
        subject: Option<String>,
        #[command(flatten)]
        asked: Asked,
    },
    /// Number of peers of an address, by direction and network
    Impact(OfAddress),
    /// Peers of an address, in order of time
    Progression(OfAddress),
    /// Locations of an address and its peers
    Globe(OfAddress),
}

/// A query about all traffic of an address.
#[derive(Debug, clap::Args)]
struct OfAddress {
    /// The address
    #[arg(value_name = "ADDRESS", value_parser = ip)]
    subject: String,
    #[command(flatten)]
    asked: Asked,
}

/// The order of rows.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum By {
    Connections,
    Bytes,
}

#[derive(Debug, clap::Args)]
struct Asked {
    #[command(flatten)]
    site: Site,
    /// Pipeline [default: `pipeline` in the settings, else that of the schema]
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pipeline: Option<String>,
    #[command(flatten)]
    dates: Dates,
    /// Only rows that match: a column, one of = != < <= > >= ~ (contains), and a value. Several filters are joined by
    /// `and`. Texts are compared without regard to case, times in UTC (tstart>2016-07-08T12:00), and addresses with an
    /// address or a network (srcip=10.0.0.0/8)
    #[arg(long, short, value_name = "COLUMN=VALUE", value_parser = Filter::parse)]
    filter: Vec<Filter>,
    /// Only rows with this source or destination address
    #[arg(long, short, value_name = "ADDRESS", value_parser = ip)]
    address: Option<String>,
    /// Only rows with this source or destination port
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Only rows about this name or URL
    #[arg(long = "subject", value_name = "TEXT")]
    about: Option<String>,
    /// Maximum number of rows; 0 for all
    #[arg(long, short, value_name = "N", default_value_t = 500, allow_negative_numbers = true)]
    #[arg(value_parser = whole)]
    limit: u64,
    /// Sort by this column, before the usual order: COLUMN, or COLUMN:desc for the largest first
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', value_parser = Sort::parse)]
    sort: Vec<Sort>,
    /// Only these columns, in this order
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    columns: Vec<String>,
    /// All columns and all digits, even if they do not fit the terminal, as in a pipe
    #[arg(long)]
    wide: bool,
    /// Fit the table into this many columns [default: the width of the terminal; in a pipe as with --wide]
    #[arg(long, value_name = "N", conflicts_with_all = ["wide", "columns"], value_parser = counting)]
    width: Option<u64>,
    /// Table to query, if several fit
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
}

pub(super) fn ip(text: &str) -> Result<String, String> {
    address(text).ok_or_else(|| "expected an IPv4 or IPv6 address".to_owned())
}

pub(crate) fn run(arguments: Arguments, global: &Global) -> Done {
    let (question, asked) = match arguments.query {
        Query::Suspicious { rows: true, all, asked } => (Question::Suspicious { all }, asked),
        Query::Suspicious { rows: false, all, asked } => (Question::Stories { all }, asked),
        Query::Threats(asked) => (Question::Threats, asked),
        Query::Details { rank, asked } => (Question::Details(rank), asked),
        Query::Chords { hub, asked } => (Question::Chords(hub), asked),
        Query::Summary(asked) => (Question::Summary, asked),
        Query::Investigate { subject, by, asked } => {
            let by = match by {
                By::Connections => Largest::Connections,
                By::Bytes => Largest::Bytes,
            };
            (Question::Investigate(Subject::of(&subject), by), asked)
        }
        Query::Comments(asked) => (Question::Comments, asked),
        Query::Timeline { subject, asked } => {
            (Question::Timeline(subject.map(|subject| Subject::of(&subject).text().to_owned())), asked)
        }
        Query::Impact(OfAddress { subject, asked }) => (Question::Impact(subject), asked),
        Query::Progression(OfAddress { subject, asked }) => (Question::Progression(subject), asked),
        Query::Globe(OfAddress { subject, asked }) => (Question::Globe(subject), asked),
    };
    let divides =
        !asked.filter.is_empty() || asked.address.is_some() || asked.port.is_some() || asked.about.is_some();
    if question.is_of_sums() && divides {
        return Err(Error::Usage(format!(
            "query {}: rows are sums of one subject, which --filter, --address, --port and --subject cannot divide",
            question.name()
        )));
    }
    let (mut opened, _) = asked.site.stored(None, asked.pipeline.as_deref())?;
    let chosen = opened.deployment.choose_for(asked.pipeline.as_deref(), &opened.settings)?;
    let (from, to) = asked.dates.asked(&mut *opened.store, chosen)?;
    if from != to && matches!(question, Question::Details(_)) {
        return Err(Error::Usage("query details: a rank is of one day, which --date names".into()));
    }
    let request = QueryRequest {
        settings: &opened.settings,
        progress: &opened.progress,
        chosen,
        question,
        table: asked.table,
        from,
        to,
        filters: asked.filter,
        address: asked.address,
        port: asked.port,
        subject: asked.about,
        sort: asked.sort,
        limit: asked.limit,
    };
    let mut answer = ask(&mut *opened.store, &request)?;
    if !asked.columns.is_empty() {
        answer = only(answer, &asked.columns)?;
    }
    let width = if asked.wide || !asked.columns.is_empty() { None } else { asked.width.or_else(terminal) };
    let nothing = if answer.rows.is_empty() { why_nothing(&mut *opened.store, &request)? } else { None };
    let more = answer.has_more.then(|| {
        let shown = plural(answer.rows.len() as u64, "row is", "rows are");
        format!("{shown} shown, and there are more: --limit says how many")
    });
    Ok(Report {
        text: match global.output {
            Output::Csv => to_csv(&answer)?,
            Output::Ndjson => in_json(&to_lines(&answer)).into_owned(),
            Output::Text | Output::Json => match width.and_then(|width| usize::try_from(width).ok()) {
                Some(width) => fitted(&answer, width),
                None => text(&answer),
            },
        },
        json: json(&answer),
        notes: nothing.into_iter().chain(more).collect(),
        is_product: true,
        has_rows: true,
        is_data: global.output == Output::Csv,
        ..Report::default()
    })
}

fn text(answer: &Answer) -> String {
    let is_number = |kind: ColumnType| !kind.is_text() && kind != ColumnType::Bit;
    let headings: Vec<String> = answer
        .columns
        .iter()
        .map(|column| if is_number(column.kind) { format!("#{}", column.name) } else { column.name.clone() })
        .collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let rows = answer.rows.iter().map(|row| row.iter().map(field).collect());
    table(&headings, rows)
}

/// The width of the terminal, if standard output is one.
fn terminal() -> Option<u64> {
    let output = std::io::stdout();
    if !output.is_terminal() {
        return None;
    }
    let columns = rustix::termios::tcgetwinsize(&output).map(|size| u64::from(size.ws_col));
    columns.ok().filter(|columns| *columns > 0)
}
