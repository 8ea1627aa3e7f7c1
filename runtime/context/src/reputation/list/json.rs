//! Lists that are JSON: bundles of STIX 2.1 indicators, MISP warning lists, and networks with an object a line, as in
//! Spamhaus' DROP lists.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;

use flow_oa_core::ContextError;
use flow_oa_settings::ListFormat;
use jiff::Timestamp;
use serde::Deserialize;

use super::super::threat::{Threat, Verdict};
use super::entry::{Entry, Kind};
use super::{ListOptions, Numbered, pattern};
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
    /// The network of a line of Spamhaus' DROP lists.
    cidr: Option<String>,
}

/// An object of a bundle, with the properties of indicators that are used (STIX 2.1, 4.7).
#[derive(Deserialize)]
struct Object {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    /// The time of this version of the object.
    modified: Option<String>,
    pattern: Option<String>,
    pattern_type: Option<String>,
    confidence: Option<u32>,
    revoked: Option<bool>,
    valid_from: Option<String>,
    valid_until: Option<String>,
    indicator_types: Option<Vec<String>>,
}

/// The maximum length of a document in bytes after decompression, since it is read into memory.
const LONGEST: u64 = 256 << 20;

/// Reads a document.
///
/// # Errors
/// If the text is not JSON, or is neither kind of document.
pub(super) fn read(path: &Path, text: Text, options: &ListOptions) -> Result<Vec<Numbered>, ContextError> {
    let fault = |line: usize, reason: String| ContextError::Line {
        path: path.to_owned(),
        line: line.max(1) as u64,
        reason,
    };
    let mut text = text.take(LONGEST + 1);
    let found: Result<Vec<Document>, _> =
        serde_json::Deserializer::from_reader(&mut text).into_iter::<Document>().collect();
    if text.limit() == 0 {
        let reason = format!("the list is longer than {} MiB: name the right file", LONGEST >> 20);
        return Err(fault(1, reason));
    }
    let mut found = found.map_err(|error| {
        let reason =
            format!("expected a STIX bundle or a MISP warning list as JSON: {error}: get the file again");
        // If the text ends with a line break, the parser reports the line after it: report the last line instead.
        fault(error.line() - usize::from(error.column() == 0).min(error.line()), reason)
    })?;
    if options.format.is_none() && found.iter().any(|document| document.cidr.is_some()) {
        return Ok(networks(&found, options));
    }
    let document = match (found.pop(), found.is_empty()) {
        (Some(document), true) => document,
        (None, _) => return Err(fault(1, "the list is empty: get the file again".to_owned())),
        (Some(_), false) => {
            let reason = "expected one JSON document, or a line with `cidr` for each network; found several documents: \
                          name the right file, or its format";
            return Err(fault(1, reason.to_owned()));
        }
    };
    match (options.format, document) {
        (None | Some(ListFormat::Stix), Document { objects: Some(objects), .. }) => Ok(bundle(&objects, options)),
        (None | Some(ListFormat::Misp), Document { list: Some(list), kind, .. }) => match kind.as_deref() {
            None | Some("cidr") => Ok(warning_list(&list, options)),
            Some(other) => Err(fault(
                1,
                format!("the warning list is of type `{other}`, which is not read; expected `cidr`: name another list"),
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

/// The networks of a list with a JSON object a line. Objects without one, such as Spamhaus' metadata, are no entries.
fn networks(lines: &[Document], options: &ListOptions) -> Vec<Numbered> {
    let verdict = Verdict::from(options.label.unwrap_or(Threat::Medium));
    let parse = |text: &String| Entry::parse(text, Kind::Ranges).map(|entry| vec![(entry, verdict)]);
    let numbered = (1..).zip(lines);
    numbered
        .filter_map(|(number, line)| line.cidr.as_ref().map(|text| Numbered { number, found: parse(text) }))
        .collect()
}

/// The entries are harmless, unless the settings give a label.
fn warning_list(list: &[String], options: &ListOptions) -> Vec<Numbered> {
    let verdict = Verdict::from(options.label.unwrap_or(Threat::None));
    let parse = |text: &String| Entry::parse(text, Kind::Ranges).map(|entry| vec![(entry, verdict)]);
    (1..).zip(list.iter().map(parse)).map(|(number, found)| Numbered { number, found }).collect()
}

fn bundle(objects: &[Object], options: &ListOptions) -> Vec<Numbered> {
    let now = Timestamp::now();
    let indicators = || (1..).zip(objects).filter(|(_, object)| object.kind == "indicator");
    // The newest version of an indicator replaces the others (STIX 2.1, 3.6.1), also if it only revokes them.
    let mut newest: HashMap<&str, (Option<Timestamp>, u64)> = HashMap::new();
    for (number, object) in indicators() {
        let Some(id) = object.id.as_deref() else { continue };
        let version = (object.modified.as_deref().and_then(|modified| modified.parse().ok()), number);
        newest.entry(id).and_modify(|known| *known = version.max(*known)).or_insert(version);
    }
    let is_newest = |number: u64, object: &Object| {
        object.id.as_deref().and_then(|id| newest.get(id)).is_none_or(|(_, newest)| *newest == number)
    };
    let indicators = indicators().filter(|(number, object)| is_newest(*number, object));
    indicators.map(|(number, object)| Numbered { number, found: object.entries(options, now) }).collect()
}

impl Object {
    /// The entries that are valid now; empty if the indicator has neither addresses nor names, or if none of them
    /// matches it alone.
    fn entries(&self, options: &ListOptions, now: Timestamp) -> Result<Vec<(Entry, Verdict)>, String> {
        if self.revoked == Some(true)
            || self.pattern_type.as_deref().is_some_and(|pattern_type| pattern_type != "stix")
        {
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
        let verdict = Verdict::from(self.threat(options));
        let parse = |(kind, text): (Kind, String)| Entry::parse(&text, kind).map(|entry| (entry, verdict));
        pattern::entries(pattern)?.into_iter().map(parse).collect()
    }

    /// Maps the confidence by the scale None, Low, Med, High of STIX 2.1, Appendix A.
    fn threat(&self, options: &ListOptions) -> Threat {
        if self.indicator_types.iter().flatten().any(|indicator_type| indicator_type == "benign") {
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
    use flow_oa_core::{ContextSource as _, Named, Observable, Subject};

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
    fn an_indicator_may_be_about_names() {
        let pattern = "[domain-name:value = 'Evil.example' OR url:value = 'http://192.0.2.4/A']";
        let list = file(&indicator(pattern, r#", "confidence": 85"#));
        let mut source = ListSource::open("l", list.path(), ListOptions::default()).unwrap();
        for (named, text, expected) in [
            (Named::Domain, "evil.example", "l:HIGH:3"),
            (Named::Url, "http://192.0.2.4/A", "l:HIGH:3"),
            (Named::Url, "http://192.0.2.4/a", ""),
        ] {
            let of = Observable::name(named, &text.into());
            let mut asked = [Subject::new(of.clone())];
            source.answer(&mut asked).unwrap();
            assert_eq!(asked[0].answers.reputation.verdict, expected, "{text}");
            let reported = source.explain(&of, &[]).unwrap();
            assert!(reported.iter().all(|evidence| evidence.entry.starts_with("entry 2: ")), "{reported:?}");
            assert_eq!(reported.len(), usize::from(!expected.is_empty()), "{text}");
        }
    }

    #[test]
    fn the_newest_version_of_an_indicator_counts_and_a_revoked_one_does_not() {
        let version = |id: &str, modified: &str, more: &str| {
            format!(
                r#"{{"type": "indicator", "id": "indicator--{id}", "modified": "{modified}", "pattern_type": "stix",
                "pattern": "[ipv4-addr:value = '192.0.2.{id}']"{more}}}"#
            )
        };
        let (old, new) = ("2024-01-01T00:00:00.000Z", "2024-02-01T00:00:00Z");
        let objects = [
            version("1", old, r#", "confidence": 85"#),
            version("1", new, r#", "revoked": true"#),
            version("2", new, r#", "confidence": 1, "revoked": null"#),
            version("2", old, r#", "confidence": 85, "indicator_types": null"#),
            version("3", old, r#", "confidence": null"#),
        ];
        let text = format!(r#"{{"more": false, "objects": [{}]}}"#, objects.join(","));
        let found = verdicts(&text, &["192.0.2.1", "192.0.2.2", "192.0.2.3"]).unwrap();
        assert_eq!(found, ["", "l:LOW:1", "l:MEDIUM:2"]);
    }

    #[test]
    fn networks_come_with_an_object_a_line() {
        let text = "{\"cidr\":\"192.0.2.0/24\",\"sblid\":\"SBL1\"}\n{\"cidr\":\"2001:db8::/32\"}\n\
                    {\"type\":\"metadata\",\"records\":2}\n";
        let found = verdicts(text, &["192.0.2.4", "192.0.3.0", "2001:db8::1"]).unwrap();
        assert_eq!(found, ["l:MEDIUM:2", "", "l:MEDIUM:2"]);
        assert!(verdicts("{\"cidr\":\"192.0.2.1/24\"}\n", &[]).unwrap_err().contains("entry 1: "));
        assert!(verdicts("{\"cidr\":\"192.0.2.0/24\"}\n{\"ci", &[]).unwrap_err().contains(":2: "));
        assert!(verdicts("{\"a\": 1}\n{\"a\": 2}\n", &[]).unwrap_err().contains("several documents"));
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
