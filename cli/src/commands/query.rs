//! `flow-oa query`: answers queries of analysts.

use flow_oa_analyst::query::{
    Filter, Largest, QueryRequest, Question, address, ask, field, to_csv, to_lines, why_nothing,
};
use flow_oa_runtime::Error;
use flow_oa_schema::answer::Answer;
use flow_oa_schema::printable::in_json;
use flow_oa_schema::types::ColumnType;

use crate::dates::{Dates, Days};
use crate::global::{Global, Output, Site, whole};
use crate::report::{Done, Report, json};
use crate::show::{plural, table};

/// Query the stored data: suspicious connections, the flows behind them, an address, analysts' scores
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    query: Query,
}

#[derive(Debug, clap::Subcommand)]
enum Query {
    /// Suspicious connections of a day that are not scored yet, most suspicious first
    Suspicious {
        /// Include scored connections
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        asked: Asked,
    },
    /// Scored connections, most severe first
    Threats(Asked),
    /// Raw flows behind a suspicious connection: both directions, in its minute
    Details {
        /// The connection's position in the results, from 0
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
        rank: i64,
        #[command(flatten)]
        asked: Asked,
    },
    /// Traffic of an address with each of its peers among the suspicious connections
    Chords {
        /// The address
        #[arg(value_name = "ADDRESS", value_parser = ip)]
        hub: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// Number of raw flows per minute
    Summary(Asked),
    /// All traffic of an address, by peer and ports: times, number of flows, volume, direction
    Investigate {
        /// The address
        #[arg(value_name = "ADDRESS", value_parser = ip)]
        subject: String,
        /// Sort by
        #[arg(long, value_enum, default_value = "connections")]
        by: By,
        #[command(flatten)]
        asked: Asked,
    },
    /// Comments of analysts about addresses
    Comments(Asked),
    /// Connections of the addresses that analysts commented on
    Timeline {
        /// Only this address
        #[arg(value_name = "ADDRESS", value_parser = ip)]
        subject: Option<String>,
        #[command(flatten)]
        asked: Asked,
    },
    /// Number of peers of an address, by direction and network
    Impact(Told),
    /// Peers of an address, in order of time
    Progression(Told),
    /// Locations of an address and its peers
    Globe(Told),
}

/// A query about all traffic of an address.
#[derive(Debug, clap::Args)]
struct Told {
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
    /// Pipeline [default: `pipeline` in the settings, else the only one]
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pipeline: Option<String>,
    #[command(flatten)]
    dates: Dates,
    /// Only rows that match: a column, one of = != < <= > >= ~ (contains), and a value. Several filters are joined by
    /// `and`; texts are compared without regard to case
    #[arg(long, short, value_name = "COLUMN=VALUE", value_parser = Filter::parse)]
    filter: Vec<Filter>,
    /// Only rows with this source or destination address
    #[arg(long, short, value_name = "ADDRESS", value_parser = ip)]
    address: Option<String>,
    /// Only rows with this source or destination port
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Maximum number of rows; 0 for all
    #[arg(long, short, value_name = "N", default_value_t = 500, allow_negative_numbers = true)]
    #[arg(value_parser = whole)]
    limit: u64,
    /// Table to query, if several fit
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
}

pub(super) fn ip(text: &str) -> Result<String, String> {
    address(text).ok_or_else(|| "expected an address of IPv4 or IPv6".to_owned())
}

pub(crate) fn run(arguments: Arguments, global: &Global) -> Done {
    let (question, asked) = match arguments.query {
        Query::Suspicious { all, asked } => (Question::Suspicious { all }, asked),
        Query::Threats(asked) => (Question::Threats, asked),
        Query::Details { rank, asked } => (Question::Details(rank), asked),
        Query::Chords { hub, asked } => (Question::Chords(hub), asked),
        Query::Summary(asked) => (Question::Summary, asked),
        Query::Investigate { subject, by, asked } => {
            let by = match by {
                By::Connections => Largest::Connections,
                By::Bytes => Largest::Bytes,
            };
            (Question::Investigate(subject, by), asked)
        }
        Query::Comments(asked) => (Question::Comments, asked),
        Query::Timeline { subject, asked } => (Question::Timeline(subject), asked),
        Query::Impact(Told { subject, asked }) => (Question::Impact(subject), asked),
        Query::Progression(Told { subject, asked }) => (Question::Progression(subject), asked),
        Query::Globe(Told { subject, asked }) => (Question::Globe(subject), asked),
    };
    if question.is_of_sums() && (!asked.filter.is_empty() || asked.address.is_some() || asked.port.is_some())
    {
        return Err(Error::Usage(format!(
            "query {}: rows are sums of one address, which --filter, --address and --port cannot part",
            question.name()
        )));
    }
    let (from, to) = match asked.dates.required("query")? {
        Days::Day(day) => (day, day),
        Days::Range(first, last) => (first, last),
    };
    if from != to && matches!(question, Question::Details(_)) {
        return Err(Error::Usage("query details: a rank is of one day, which --date names".into()));
    }
    let (mut opened, _) = asked.site.stored(None)?;
    let chosen = opened.deployment.choose_for(asked.pipeline.as_deref(), &opened.settings)?;
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
        limit: asked.limit,
    };
    let answer = ask(&mut *opened.store, &request)?;
    let nothing = if answer.rows.is_empty() { why_nothing(&mut *opened.store, &request)? } else { None };
    let more = answer.has_more.then(|| {
        let shown = plural(answer.rows.len() as u64, "row is", "rows are");
        format!("{shown} shown, and there are more: --limit says how many")
    });
    Ok(Report {
        text: match global.output {
            Output::Csv => to_csv(&answer)?,
            Output::Ndjson => in_json(&to_lines(&answer)).into_owned(),
            Output::Text | Output::Json => text(&answer),
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
