//! `flow-oa geo`: creates geolocation files, and looks up addresses.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use flow_oa_context::{self as context, Format};
use flow_oa_files::Progress;
use flow_oa_files::atomic::Foreign;
use flow_oa_schema::printable;
use flow_oa_site::{Error, LookedUp};

use crate::global::{Site, on_interrupt, whole};
use crate::report::{Done, Report, json};
use crate::show::{plural, table};

/// Create a geolocation file, or look up addresses in all context sources
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Import(Import),
    Lookup(Lookup),
}

/// Create an iploc.csv from the CSV files of a provider: sorted, ten quoted columns, IPv4 and IPv6
#[derive(Debug, clap::Args)]
struct Import {
    /// Provider of the files
    #[arg(value_enum, value_name = "FORMAT")]
    format: Provider,
    /// CSV files, plain, gzip or zstd. maxmind: blocks and locations; ip-location-db: cities or countries, and
    /// autonomous systems (asn)
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Output file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace an existing file that `geo import` did not write
    #[arg(long)]
    replace: bool,
    /// Skip up to N lines that cannot be read
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = whole, allow_negative_numbers = true)]
    max_rejects: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Provider {
    /// DB-IP's IP to City Lite
    DbipCity,
    /// MaxMind's GeoIP2 or GeoLite2 City, with its ASN or ISP files if given
    Maxmind,
    /// The city, country and asn files of ip-location-db
    IpLocationDb,
}

/// Show what all context sources say about addresses, and from which entries
#[derive(Debug, clap::Args)]
struct Lookup {
    /// Addresses, IPv4 or IPv6
    #[arg(required = true, value_name = "ADDRESS")]
    addresses: Vec<String>,
    #[command(flatten)]
    site: Site,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    match &arguments.command {
        Command::Import(arguments) => import(arguments),
        Command::Lookup(arguments) => lookup(arguments),
    }
}

fn import(arguments: &Import) -> Done {
    let format = match arguments.format {
        Provider::DbipCity => Format::DbipCity,
        Provider::Maxmind => Format::MaxMind,
        Provider::IpLocationDb => Format::IpLocationDb,
    };
    let progress = Progress::default();
    on_interrupt(Vec::new(), &progress)?;
    let foreign = if arguments.replace { Foreign::Replace } else { Foreign::Refuse };
    let done = context::import(
        format,
        &arguments.inputs,
        &arguments.out,
        foreign,
        arguments.max_rejects,
        &progress,
    )?;
    let (read, ranges) = (plural(done.read, "line", "lines"), plural(done.ranges, "range", "ranges"));
    let text = format!("{}: {ranges}, from {read}\n", printable::path(&done.out));
    let mut notes: Vec<String> = done.rejects.iter().map(|reject| format!("skipped {reject}")).collect();
    let more = done.rejected - done.rejects.len() as u64;
    if more > 0 {
        notes.push(format!("skipped {more} more"));
    }
    Ok(Report { text, json: json(&done), notes, ..Report::default() })
}

fn lookup(arguments: &Lookup) -> Done {
    let ips = arguments.addresses.iter().map(|text| address(text)).collect::<Result<Vec<_>, _>>()?;
    let settings = arguments.site.settings(None)?;
    let progress = Progress::default();
    on_interrupt(Vec::new(), &progress)?;
    let found = flow_oa_site::look_up(&settings, &ips, &progress)?;
    let rows = found.addresses.iter().flat_map(rows);
    let text = table(&["address", "fact", "value", "source", "from", "as of"], rows);
    Ok(Report { text, json: json(&found), notes: found.warnings, is_product: true, ..Report::default() })
}

fn address(text: &str) -> Result<IpAddr, Error> {
    flow_oa_context::address(text)
        .ok_or_else(|| Error::Usage(format!("geo lookup: expected an IPv4 or IPv6 address, found `{text}`")))
}

/// One row for each fact of each entry, and one for each entry without facts. If several entries determine a fact, such
/// as the verdicts of lists, a further row has the combined result.
fn rows(found: &LookedUp) -> Vec<Vec<String>> {
    let address = found.address.to_string();
    let mut rows = Vec::new();
    for entry in &found.entries {
        let from = format!("{}: {}", entry.origin, entry.entry);
        let place = [entry.source.to_owned(), from, entry.as_of.clone()];
        let mut facts: Vec<_> =
            entry.says.iter().map(|say| [say.name.to_owned(), say.value.clone()]).collect();
        if facts.is_empty() {
            facts.push(["-".to_owned(), "-".to_owned()]);
        }
        rows.extend(facts.into_iter().map(|fact| [fact.as_slice(), &place].concat()));
    }
    let said =
        |name| rows.iter().filter(move |row| row[0] == name).map(|row| row[1].clone()).collect::<Vec<_>>();
    let together = found.facts.iter().filter(|fact| said(fact.name) != [fact.value.clone()]);
    let mut all: Vec<Vec<String>> = together
        .map(|together| vec![together.name.to_owned(), together.value.clone(), "all together".to_owned()])
        .collect();
    all.splice(0..0, rows);
    if all.is_empty() {
        all.push(vec!["-".to_owned(), "not known".to_owned()]);
    }
    all.into_iter().map(|row| [vec![address.clone()], row].concat()).collect()
}
