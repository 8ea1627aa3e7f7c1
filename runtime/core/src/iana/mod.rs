//! Names for the numbers in a flow, from the registries of the Internet Assigned Numbers Authority: protocols,
//! services, ICMP messages, TCP flags. The registries are data files in `runtime/core/data`, each with its source.
//!
//! Nothing here opens a file or can fail: a number that a registry does not list has no name.
//!
//! # Decisions
//!
//! - **Registries are data, lists belong to the site.** The names of protocols, ports, ICMP messages and TCP flags are
//!   in `runtime/core/data`, each table with its source; `tables.py` there rebuilds the two long tables. Generated code
//!   calls this module directly: no file is opened and nothing can fail. The names are stored in raw rows at ingest, so
//!   that details, which are one statement of a database without registries, select them like any other column. Names
//!   of codes that differ from site to site come from files that the settings name. They use the same trait and checks
//!   as all other context of a site, and each distinct code of a run is looked up once.

pub mod flags;
pub mod icmp;
pub mod protocol;
pub mod service;

/// The entries of a table: the fields of each line, without comments.
fn entries(table: &'static str) -> impl Iterator<Item = [&'static str; 3]> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let (first, rest) = line.split_once(',')?;
        let (second, third) = rest.split_once(',')?;
        Some([first, second, third])
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_line_of_every_table_is_an_entry() {
        for table in [
            include_str!("../../data/protocols.csv"),
            include_str!("../../data/services.csv"),
            include_str!("../../data/tcp_flags.csv"),
            include_str!("../../data/icmp.csv"),
            include_str!("../../data/icmpv6.csv"),
        ] {
            let lines = table.lines().filter(|line| !line.starts_with('#')).count();
            assert!(lines >= 8 && super::entries(table).count() == lines);
            assert!(table.starts_with("# ") && table.contains("\n# Source: "), "{}", &table[..40]);
            let source = table.lines().nth(1).unwrap_or_default();
            let date = source.split("as of ").nth(1).and_then(|rest| rest.get(..10));
            assert!(date.is_some_and(|date| date.parse::<jiff::civil::Date>().is_ok()), "no date: {source}");
        }
    }
}
