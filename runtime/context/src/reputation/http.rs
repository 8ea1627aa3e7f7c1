//! Any service that returns JSON for one address over HTTP(S), as the settings declare it.

use std::path::Path;

use flow_oa_core::Observable;
use flow_oa_remote::{Call, RemoteError, encoded};
use flow_oa_settings::{ADDRESS_HERE, DeclaredDoc, SECRET_HERE, range_of};
use serde_json::Value;

use super::ask::{Ask, Fault, Found, Means, text};
use super::secret::Secret;
use super::threat::Threat;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Http {
    url: String,
    secret: Option<Secret>,
    headers: Vec<(String, Secret)>,
    /// A JSON Pointer to the verdict.
    pointer: String,
    meanings: Vec<(Meaning, Threat)>,
    not_found: Option<Threat>,
}

/// A value that a verdict may have. Numbers are compared in double precision.
#[derive(Debug, Clone, PartialEq)]
enum Meaning {
    Text(String),
    Range(f64, f64),
    Rest,
}

// The ends of a range are never NaN.
impl Eq for Meaning {}

impl Meaning {
    fn of(text: &str) -> Self {
        match range_of(text) {
            _ if text == "*" => Self::Rest,
            Some((low, high)) => Self::Range(low, high),
            None => Self::Text(text.to_owned()),
        }
    }

    fn fits(&self, found: &Value) -> bool {
        match (self, found) {
            (Self::Rest, _) => true,
            (Self::Text(text), Value::String(found)) => text == found,
            (Self::Text(text), Value::Number(found)) => {
                found.as_f64().is_some_and(|number| text.parse() == Ok(number))
            }
            (Self::Text(text), Value::Bool(found)) => text.parse() == Ok(*found),
            (Self::Text(text), Value::Null) => text == "null",
            (Self::Text(_), _) => false,
            (Self::Range(low, high), found) => {
                // Some services write their numbers as texts.
                let written = || found.as_str().and_then(|text| text.trim().parse().ok());
                found.as_f64().or_else(written).is_some_and(|number| *low <= number && number <= *high)
            }
        }
    }
}

impl Http {
    pub(super) fn of(doc: &DeclaredDoc, folder: &Path) -> Result<Self, String> {
        let meanings =
            doc.meanings.iter().flatten().map(|(text, label)| (Meaning::of(text), Threat::from(*label)));
        let headers =
            doc.headers.iter().flatten().map(|(name, secret)| (name.clone(), Secret::of(secret, folder)));
        Ok(Self {
            url: text("url", doc.url.as_ref())?,
            secret: doc.secret.as_ref().map(|secret| Secret::of(secret, folder)),
            headers: headers.collect(),
            pointer: text("verdict", doc.verdict.as_ref())?,
            meanings: meanings.collect(),
            not_found: doc.not_found.map(Threat::from),
        })
    }

    fn verdict(&self, answer: &[u8]) -> Result<Threat, String> {
        let answer: Value = serde_json::from_slice(answer)
            .map_err(|error| format!("expected JSON, found something else ({error})"))?;
        let found = answer.pointer(&self.pointer).ok_or_else(|| {
            format!("the answer has nothing at {}: is `verdict` right in the settings?", self.pointer)
        })?;
        let fitting = self.meanings.iter().find(|(meaning, _)| meaning.fits(found));
        fitting.map(|(_, threat)| *threat).ok_or_else(|| {
            format!(
                "the answer says {found} at {}, of which the settings have no meaning: add it, or `*`",
                self.pointer
            )
        })
    }
}

impl Ask for Http {
    fn batch(&self, _asked: &[Observable]) -> usize {
        1
    }

    /// A declaration has a place for an address only.
    fn unsendable(&self, _of: &Observable) -> Option<&'static str> {
        None
    }

    fn takes_names(&self) -> bool {
        false
    }

    fn unknown(&self) -> &'static str {
        "UNVERIFIED:-1"
    }

    fn ask(&mut self, asked: &[Observable], means: &Means) -> Result<Vec<Found>, Fault> {
        let headers = self.headers.iter().map(|(name, secret)| Ok((name.clone(), means.read(secret)?)));
        let headers: Vec<_> = headers.collect::<Result<_, Fault>>()?;
        let secret = self.secret.as_ref().map(|secret| means.read(secret)).transpose()?.unwrap_or_default();
        let template = self.url.replace(SECRET_HERE, &encoded(&secret));
        let ask = |of: &Observable| {
            let url = template.replace(ADDRESS_HERE, &encoded(&of.to_string()));
            match (means.client.call(&Call { url, headers: headers.clone(), body: None }), self.not_found) {
                (Err(RemoteError::NotFound { .. }), Some(threat)) => Ok(Ok(threat.to_string())),
                (answer, _) => Ok(self.verdict(&answer?).map(|it| it.to_string())),
            }
        };
        asked.iter().map(ask).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn http(doc: &Value) -> Result<Http, String> {
        Http::of(&serde_json::from_value(doc.clone()).unwrap(), Path::new("."))
    }

    #[test]
    fn the_first_meaning_that_fits_counts() {
        let meanings =
            json!({"0": "NONE", "0..24.5": "LOW", "bad": "HIGH", "true": "MEDIUM", "*": "UNVERIFIED"});
        let it =
            http(&json!({"url": "http://a/{address}", "verdict": "/d/0/v", "meanings": meanings})).unwrap();
        for (found, expected) in [
            (json!(0), "NONE:0"),
            (json!(24.5), "LOW:1"),
            (json!(25), "UNVERIFIED:-1"),
            (json!("24"), "LOW:1"),
            (json!("bad"), "HIGH:3"),
            (json!(true), "MEDIUM:2"),
            (json!(null), "UNVERIFIED:-1"),
        ] {
            let answer = json!({"d": [{"v": found}]}).to_string();
            assert_eq!(it.verdict(answer.as_bytes()).unwrap().to_string(), expected, "{answer}");
        }
    }

    #[test]
    fn what_the_declaration_does_not_foresee_is_a_fault() {
        let it = http(&json!({"url": "http://a/{address}", "verdict": "/v", "meanings": {"1..2": "LOW"}}))
            .unwrap();
        for (answer, expected) in
            [("<html>", "expected JSON"), ("{}", "nothing at /v"), ("{\"v\": 3}", "says 3 at /v")]
        {
            let said = it.verdict(answer.as_bytes()).unwrap_err();
            assert!(said.contains(expected), "{said}");
        }
    }
}
