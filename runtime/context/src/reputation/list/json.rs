//! Lists that are JSON documents: bundles of STIX 2.1 indicators, and MISP warning lists.

use std::io::Read as _;
use std::path::Path;

use flow_oa_core::ContextError;
use flow_oa_settings::ListFormat;
use jiff::Timestamp;
use serde::Deserialize;

use super::super::threat::Threat;
use super::{Entry, ListOptions, pattern};
use crate::ranges::IpRange;
use flow_oa_files::text::Text;

/// Either kind of document; other keys are ignored.
#[derive(Deserialize)]
struct Document {
    #[serde(rename = "type")]
    kind: Option<String>,
    /// The objects of a bundle.
    objects: Option<Vec<Object>>,
    /// The entries of a warning list.
    list: Option<Vec<String>>,
}

/// An object of a bundle, with the properties of indicators that are used (STIX 2.1, 4.7).
#[derive(Deserialize)]
struct Object {
    #[serde(rename = "type")]
    kind: String,
    pattern: Option<String>,
    pattern_type: Option<String>,
    confidence: Option<u32>,
    #[serde(default)]
    revoked: bool,
    valid_from: Option<String>,
    valid_until: Option<String>,
    #[serde(default)]
    indicator_types: Vec<String>,
}

/// The maximum length of a document in bytes after decompression, since it is read into memory.
const LONGEST: u64 = 256 << 20;

/// Reads a document.
///
/// # Errors
/// If the text is not JSON, or is neither kind of document.
pub(super) fn read(path: &Path, text: Text, options: &ListOptions) -> Result<Vec<Entry>, ContextError> {
    let fault = |line: usize, reason: String| ContextError::Line {
        path: path.to_owned(),
        line: line.max(1) as u64,
        reason,
    };
    let mut text = text.take(LONGEST + 1);
    let found = serde_json::from_reader(&mut text);
    if text.limit() == 0 {
        let reason = format!("the list is longer than {} MiB: name the right file", LONGEST >> 20);
        return Err(fault(1, reason));
    }
    let found: Document = found.map_err(|error| {
        let reason =
            format!("expected a STIX bundle or a MISP warning list as JSON: {error}: get the file again");
        // If the text ends with a line break, the parser reports the line after it: report the last line instead.
        fault(error.line() - usize::from(error.column() == 0).min(error.line()), reason)
    })?;
    match (options.format, found) {
        (None | Some(ListFormat::Stix), Document { objects: Some(objects), .. }) => Ok(bundle(&objects, options)),
        (None | Some(ListFormat::Misp), Document { list: Some(list), kind, .. }) => match kind.as_deref() {
            None | Some("cidr") => Ok(warning_list(&list, options)),
            Some(other) => Err(fault(
                1,
                format!("the warning list is of type `{other}`, which has no addresses; expected `cidr`: name another list"),
            )),
        },
        _ => Err(fault(
            1,
            "expected a STIX bundle, which has `objects`, or a MISP warning list, which has `list`; found neither: name \
             the right file, or its format"
                .to_owned(),
        )),
    }
}

/// The entries are harmless, unless the settings give a label.
fn warning_list(list: &[String], options: &ListOptions) -> Vec<Entry> {
    let threat = options.label.unwrap_or(Threat::None);
    let found = list.iter().map(|entry| IpRange::parse(entry).map(|range| vec![(range, threat)]));
    (1..).zip(found).map(|(number, found)| Entry { number, found }).collect()
}

fn bundle(objects: &[Object], options: &ListOptions) -> Vec<Entry> {
    let now = Timestamp::now();
    let indicators = (1..).zip(objects).filter(|(_, object)| object.kind == "indicator");
    indicators.map(|(number, object)| Entry { number, found: object.ranges(options, now) }).collect()
}

impl Object {
    /// The ranges that are valid now; empty if the indicator has no addresses, or if an address alone does not match
    /// it.
    fn ranges(&self, options: &ListOptions, now: Timestamp) -> Result<Vec<(IpRange, Threat)>, String> {
        if self.revoked || self.pattern_type.as_deref().is_some_and(|pattern_type| pattern_type != "stix") {
            return Ok(Vec::new());
        }
        let begins = self.valid_from.as_deref().map(time).transpose()?;
        let ends = self.valid_until.as_deref().map(time).transpose()?;
        if begins.is_some_and(|time| time > now) || ends.is_some_and(|time| time <= now) {
            return Ok(Vec::new());
        }
        let Some(pattern) = &self.pattern else {
            return Err("an indicator without pattern: get the file again".to_owned());
        };
        let threat = self.threat(options);
        let parse = |text: String| IpRange::parse(&text).map(|range| (range, threat));
        pattern::addresses(pattern)?.into_iter().map(parse).collect()
    }

    /// Maps the confidence by the scale None, Low, Med, High of STIX 2.1, Appendix A.
    fn threat(&self, options: &ListOptions) -> Threat {
        if self.indicator_types.iter().any(|indicator_type| indicator_type == "benign") {
            return Threat::None;
        }
        match self.confidence {
            None => options.label.unwrap_or(Threat::Medium),
            Some(0) => Threat::None,
            Some(1..=29) => Threat::Low,
            Some(30..=69) => Threat::Medium,
            Some(_) => Threat::High,
        }
    }
}

fn time(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .map_err(|_| format!("expected a time such as 2026-11-24T00:00:00Z, found `{text}`: correct it"))
}

#[cfg(test)]
mod tests {
    use super::super::ListSource;
    use super::*;
    use crate::tests::{file, subjects};
    use flow_oa_core::ContextSource as _;

    fn verdicts(text: &str, ips: &[&str]) -> Result<Vec<String>, String> {
        let list = file(text);
        let opened = ListSource::open("l", list.path(), ListOptions::default());
        let mut asked = subjects(ips);
        opened.and_then(|mut source| source.answer(&mut asked)).map_err(|it| it.to_string())?;
        Ok(asked.into_iter().map(|it| it.answers.reputation.verdict.into()).collect())
    }

    fn indicator(pattern: &str, more: &str) -> String {
        format!(
            r#"{{"type": "bundle", "id": "bundle--1", "objects": [{{"type": "identity", "name": "x"}},
            {{"type": "indicator", "pattern_type": "stix", "pattern": {pattern:?}{more}}}]}}"#
        )
    }

    #[test]
    fn an_indicator_says_how_bad_its_addresses_are_while_it_holds() {
        let pattern = "[ipv4-addr:value = '192.0.2.4']";
        for (more, expected) in [
            ("", "l:MEDIUM:2"),
            (r#", "confidence": 85"#, "l:HIGH:3"),
            (r#", "confidence": 30"#, "l:MEDIUM:2"),
            (r#", "confidence": 1"#, "l:LOW:1"),
            (r#", "confidence": 0"#, "l:NONE:0"),
            (r#", "indicator_types": ["benign"], "confidence": 99"#, "l:NONE:0"),
            (r#", "revoked": true"#, ""),
            (r#", "valid_until": "2001-01-01T00:00:00Z""#, ""),
            (r#", "valid_from": "2001-01-01T00:00:00.000Z""#, "l:MEDIUM:2"),
            (r#", "valid_from": "9001-01-01T00:00:00Z""#, ""),
        ] {
            let found = verdicts(&indicator(pattern, more), &["192.0.2.4"]);
            assert_eq!(found.as_deref(), Ok(&[expected.to_owned()][..]), "{more}");
        }
    }

    #[test]
    fn a_warning_list_names_the_harmless() {
        let text =
            r#"{"name": "x", "type": "cidr", "list": ["192.0.2.0/24", "2001:db8::/32"], "version": 1}"#;
        assert_eq!(verdicts(text, &["192.0.2.4", "2001:db8::1"]).unwrap(), ["l:NONE:0", "l:NONE:0"]);
    }

    #[test]
    fn what_cannot_be_read_is_named_by_entry_or_line() {
        for (text, expected) in [
            (indicator("[ipv4-addr:value = '192.0.2.400']", ""), "entry 2: "),
            (indicator("[ipv4-addr:value = '192.0.2.4", ""), "entry 2: "),
            (indicator("[ipv4-addr:value = '192.0.2.4']", r#", "valid_until": "soon""#), "found `soon`"),
            (r#"{"type": "cidr", "list": ["192.0.2.1", "192.0.2.1/24"]}"#.to_owned(), "entry 2: "),
            (r#"{"type": "hostname", "list": ["a.example"]}"#.to_owned(), "`hostname`"),
            ("{\n\"list\": [\n1]}".to_owned(), ":3: "),
            ("{}".to_owned(), "found neither"),
            ("{\"list\": [".to_owned(), ":1: "),
            ("{\"list\":\n[\n".to_owned(), ":2: "),
        ] {
            let found = verdicts(&text, &["192.0.2.4"]).unwrap_err();
            assert!(found.contains(expected), "{text}: {found}");
        }
    }
}
