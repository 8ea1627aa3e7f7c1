//! `flow-oa explain`: explains the code of a fault.

use std::fmt::Write as _;

use flow_oa_schema::Code;
use flow_oa_schema::names::nearest;
use flow_oa_site::Error;
use serde_json::json;

use crate::report::{Done, Report};

/// Explain the code of a fault and how to fix it; without a code, list all codes
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Code of a fault, such as FO0003
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let codes: Vec<Code> = match &arguments.code {
        None => Code::all().collect(),
        Some(id) => vec![Code::by_id(id).ok_or_else(|| unknown(id))?],
    };
    let mut text = String::new();
    for code in &codes {
        let _ = match arguments.code {
            None => writeln!(text, "{}  {}", code.id(), code.title()),
            Some(_) => writeln!(text, "{}: {}\n\n{}", code.id(), code.title(), code.explanation()),
        };
    }
    let json = codes
        .iter()
        .map(|code| json!({"code": code.id(), "title": code.title(), "explanation": code.explanation()}));
    Ok(Report { text, json: json.collect(), is_product: true, ..Report::default() })
}

fn unknown(id: &str) -> Error {
    let meant = nearest(id, Code::all().map(Code::id))
        .map(|near| format!("; did you mean {near}?"))
        .unwrap_or_default();
    Error::Usage(format!("explain: there is no code {id:?}{meant}; `flow-oa explain` lists all"))
}
