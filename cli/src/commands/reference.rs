//! `flow-oa language` and `flow-oa settings`: the references of the schema language and of the settings.

use flow_oa_schema::names::nearest;
use flow_oa_schema::reference::{self, Section};
use flow_oa_site::Error;
use flow_oa_site::deployment::Deployment;
use serde_json::json;

use crate::report::{Done, Report};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What to show: a section or a key, such as `matching` or `truncate`. Without it, everything
    #[arg(value_name = "TOPIC")]
    topic: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SettingsArguments {
    #[command(flatten)]
    reference: Arguments,
    /// Print a commented example of the file; `flow-oa settings` lists the keys of reputation services, too
    #[arg(long, conflicts_with = "topic")]
    example: bool,
}

pub(crate) fn language(arguments: &Arguments) -> Done {
    let mut sections = reference::language();
    sections.push(reference::ranges(&Deployment::new(&flow_oa_generated::SCHEMA)?.model));
    show("language", sections, reference::INTRODUCTION, arguments)
}

pub(crate) fn settings(arguments: &SettingsArguments) -> Done {
    if arguments.example {
        let text = flow_oa_settings::EXAMPLE.to_owned();
        return Ok(Report { json: json!({"example": text}), text, is_product: true, ..Report::default() });
    }
    let arguments = &arguments.reference;
    let introduction = "# The settings\n\n`flow_oa.json` in the home of a deployment. Options and environment variables override it.\n";
    show("settings", flow_oa_settings::reference(), introduction, arguments)
}

fn show(command: &str, sections: Vec<Section>, introduction: &str, arguments: &Arguments) -> Done {
    let shown = match &arguments.topic {
        None => sections,
        Some(topic) => {
            reference::about(&sections, topic).ok_or_else(|| unknown(command, topic, &sections))?
        }
    };
    let text = match &arguments.topic {
        None => reference::markdown(introduction, &shown),
        Some(_) => shown.iter().map(|section| section.text.as_str()).collect(),
    };
    let json = shown.iter().map(|section| json!({"topic": section.topic, "text": section.text})).collect();
    Ok(Report { text, json, is_product: true, ..Report::default() })
}

fn unknown(command: &str, topic: &str, sections: &[Section]) -> Error {
    let topics = || sections.iter().map(|section| section.topic.as_str());
    let forms = reference::EXAMPLES.iter().map(|(_, name, _)| *name);
    let meant = nearest(topic, topics().chain(forms)).map(|near| format!("; did you mean {near}?"));
    let topics = topics().collect::<Vec<_>>().join(", ");
    let meant = meant.unwrap_or_default();
    Error::Usage(format!("{command}: there is no topic {topic:?}{meant}. The sections are {topics}"))
}
