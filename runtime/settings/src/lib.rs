//! The settings of a deployment (`flow_oa.json`) and the files of reputation services: their structure, their
//! validation, and error reports without secrets. They are read at run time; no code is generated from them.

mod check;
mod document;
mod hidden;
mod services_check;
mod services_document;
mod services_values;
#[cfg(test)]
mod tests;

use flow_oa_schema::reference::{Section, document as of_document};

pub use check::{Origin, Outside, settings};
pub use document::{
    ContextDoc, DownloadsDoc, HdfsDoc, KnownDoc, KnownFileDoc, Places, RankingDoc, SettingsDoc,
};
pub use services_check::reputation;
pub use services_document::{
    ADDRESS_HERE, DeclaredDoc, KeptDoc, LabelDoc, ListFormat, QUERY_HERE, ReputationDoc, SECRET_HERE,
    SecretDoc, ServiceDoc, ServiceKind, ServicesDoc, ThresholdsDoc, range_of,
};

/// A commented example of the settings, with every key except most keys of reputation services.
pub const EXAMPLE: &str = include_str!("../../../templates/flow_oa.jsonc");

/// The reference of the settings.
pub fn reference() -> Vec<Section> {
    let schema = flow_oa_schema::meta::schema_of::<SettingsDoc>(None);
    of_document("settings", "The file: `flow_oa.json`", &schema)
}
