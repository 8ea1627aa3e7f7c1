//! The documentation of a schema, for readers who have neither its JSON nor the program: a static site, and the lineage
//! as data. It follows from the checked model alone, so it shows what the program does.
//!
//! This crate makes text. It reads and writes no file.
//!
//! # Decisions
//!
//! - **Pages need no script and no network.** They are read from a disk, in a mail or behind a firewall, and printed.
//! - **The same schema makes the same bytes.** Pages hold the fingerprint of the schema instead of a date, so a site
//!   under version control changes only if the schema does.
//! - **All pages are in one folder**, so that a link is the name of a file.

mod chain;
mod files;
mod format;
mod html;
mod index;
mod open_lineage;
mod page;
mod picture;
mod pipeline;
mod read_by;
mod site;
mod table;

use std::collections::BTreeMap;

use flow_oa_schema::Schema;

pub use open_lineage::datasets;

/// The files of the site, by name.
pub fn site(schema: &Schema) -> BTreeMap<String, String> {
    let site = site::Site::new(schema);
    let mut files = BTreeMap::from([("style.css".to_owned(), page::STYLE.to_owned())]);
    for (page, name) in site.pages() {
        files.insert(name.to_owned(), site.text(page));
    }
    files
}
