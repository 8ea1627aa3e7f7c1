//! `flow-oa language`: the reference of the schema language and of the settings.

use flow_oa_runtime::Error;
use flow_oa_schema::names::nearest;
use flow_oa_schema::reference::{self, Section};
use serde_json::json;

use crate::report::{Done, Report};

/// Show the reference of the schema language: every key, its type and meaning, with examples
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What to show: a section, such as `table` or `matching`, or an expression, such as `truncate`. Without it,
    /// everything
    #[arg(value_name = "TOPIC")]
    topic: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let sections = reference::language();
    let shown = match &arguments.topic {
        None => sections,
        Some(topic) => reference::about(&sections, topic).ok_or_else(|| unknown(topic, &sections))?,
    };
    let text = match &arguments.topic {
        None => reference::markdown(),
        Some(_) => shown.iter().map(|section| section.text.as_str()).collect(),
    };
    let json = shown.iter().map(|section| json!({"topic": section.topic, "text": section.text})).collect();
    Ok(Report { text, json, is_product: true, ..Report::default() })
}

fn unknown(topic: &str, sections: &[Section]) -> Error {
    let topics = || sections.iter().map(|section| section.topic.as_str());
    let forms = reference::EXAMPLES.iter().map(|(_, name, _)| *name);
    let meant = nearest(topic, topics().chain(forms)).map(|near| format!("; did you mean {near}?"));
    let topics = topics().collect::<Vec<_>>().join(", ");
    let meant = meant.unwrap_or_default();
    Error::Usage(format!("language: there is no topic {topic:?}{meant}. The sections are {topics}"))
}
