//! The differences between a database and a schema.

use flow_oa_core::Exit;
use flow_oa_migration::{compare, lines};
use flow_oa_site::Error;
use serde_json::json;

use crate::global::{SchemaFolder, Site};
use crate::report::{Done, Report};

pub(super) fn run(site: &Site, schema: &SchemaFolder) -> Done {
    let mut opened = site.for_schema(schema)?;
    let comparison = compare(&mut *opened.store, &opened.schema).map_err(Error::unchanged)?;
    let lines = lines(&comparison, opened.store.dialect());
    let recorded = comparison.state.fingerprint.clone();
    let mut text = format!("{}\n", opened.store.url());
    if !recorded.is_empty() && recorded != opened.schema.fingerprint {
        let compared = &opened.schema.fingerprint;
        text.push_str(&format!("recorded schema: {recorded}; compared with: {compared}\n"));
    }
    for line in &lines {
        let column = line.column.as_ref().map(|column| format!(".{column}")).unwrap_or_default();
        text.push_str(&format!("{}{column}: {}\n", line.table, line.text));
    }
    text.push_str(match (lines.is_empty(), comparison.fits()) {
        (true, _) => "the database has what the schema says\n",
        (false, true) => "the database has what the schema says, and more\n",
        (false, false) => "`flow-oa migrate` shows the changes that make the database fit\n",
    });
    let json = json!({
        "database": opened.store.url(),
        "fingerprint": opened.schema.fingerprint,
        "recorded_fingerprint": recorded,
        "fits": comparison.fits(),
        "differences": lines,
    });
    let exit = if lines.is_empty() { Exit::Done } else { Exit::Differences };
    Ok(Report { text, json, exit, is_product: true, ..Report::default() })
}
