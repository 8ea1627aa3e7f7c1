//! Facebook's ThreatExchange, queried through the Graph API. A batch of requests is posted at once, two for each
//! address or name; the second refers to the result of the first. The response to the first is needed too, which the
//! API omits by default: if the first finds nothing, the second is an API error, and the address is not known.
//!
//! # Decisions
//!
//! - **A verdict on a name is about exactly that name.** The API matches texts approximately unless the request says not to
//!   (`strict_text`), and may return descriptors of similar names, which are ignored.

use std::path::Path;

use flow_oa_core::{Named, Observable, Text};
use flow_oa_remote::{Call, encoded};
use flow_oa_settings::DeclaredDoc;
use serde_json::{Value, json};

use super::ask::{Ask, Fault, Found, Means};
use super::secret::Secret;

/// The Graph API takes 50 requests at once; each address or name needs two.
const BATCH: usize = 25;

const UNKNOWN: &str = "UNKNOWN:-1";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fb {
    url: String,
    version: String,
    app_id: Secret,
    app_secret: Secret,
}

impl Fb {
    pub(super) fn of(doc: &DeclaredDoc, folder: &Path) -> Result<Self, String> {
        let secret = |key: &str, value: &Option<_>| {
            let value = value.as_ref().ok_or_else(|| format!("{key}: expected a text, found none"))?;
            Ok::<_, String>(Secret::of(value, folder))
        };
        Ok(Self {
            url: doc.url.clone().unwrap_or_else(|| "https://graph.facebook.com".to_owned()),
            version: doc.version.clone().unwrap_or_else(|| "v24.0".to_owned()),
            app_id: secret("app_id", &doc.app_id)?,
            app_secret: secret("app_secret", &doc.app_secret)?,
        })
    }

    fn requests(&self, asked: &[Observable]) -> Value {
        let pair = |(at, of): (usize, &Observable)| {
            let (kind, name) = match of {
                Observable::Address(ip) => {
                    ("IP_ADDRESS", format!("GET_IP_{}", ip.to_string().replace(['.', ':'], "_")))
                }
                Observable::Name(Named::Domain, _) => ("DOMAIN&strict_text=true", format!("GET_NAME_{at}")),
                Observable::Name(Named::Url, _) => ("URI&strict_text=true", format!("GET_NAME_{at}")),
            };
            let about = encoded(&of.to_string());
            [
                json!({"method": "GET", "name": name, "omit_response_on_success": false,
                    "relative_url": format!("/{}/threat_indicators?type={kind}&text={about}", self.version)}),
                json!({"method": "GET",
                    "relative_url": format!("/{}/{{result={name}:$.data.*.id}}/descriptors", self.version)}),
            ]
        };
        asked.iter().enumerate().flat_map(pair).collect()
    }
}

impl Ask for Fb {
    fn batch(&self, _asked: &[Observable]) -> usize {
        BATCH
    }

    fn unsendable(&self, _of: &Observable) -> Option<&'static str> {
        None
    }

    fn takes_names(&self) -> bool {
        true
    }

    fn unknown(&self) -> &'static str {
        UNKNOWN
    }

    fn ask(&mut self, asked: &[Observable], means: &Means) -> Result<Vec<Found>, Fault> {
        let token = format!("{}|{}", means.read(&self.app_id)?, means.read(&self.app_secret)?);
        let batch = self.requests(asked).to_string();
        let form = format!("access_token={}&batch={}", encoded(&token), encoded(&batch));
        let kind = ("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned());
        let call = Call { url: self.url.clone(), headers: vec![kind], body: Some(form.into_bytes()) };
        verdicts(&means.client.call(&call)?, asked).map_err(Fault::Unanswered)
    }
}

/// The result for each of `asked`: a descriptor contains the address or name that it is about. The others are matched by
/// the position of their requests, two for each.
fn verdicts(answer: &[u8], asked: &[Observable]) -> Result<Vec<Found>, String> {
    let answers: Vec<Option<Answer>> = serde_json::from_slice(answer)
        .map_err(|error| format!("expected a list of answers as JSON, found something else ({error})"))?;
    let said: Vec<(String, &str)> =
        answers.iter().flatten().filter(|answer| answer.code == 200).flat_map(descriptors).collect();
    let pairs = answers.chunks(2).map(Some).chain(std::iter::repeat(None));
    let found = asked.iter().zip(pairs).map(|(of, pair)| {
        match said.iter().find(|(indicator, _)| is_about(indicator, of)) {
            Some((_, verdict)) => Ok((*verdict).to_owned()),
            None => without_descriptor(pair.unwrap_or_default()),
        }
    });
    Ok(found.collect())
}

/// Whether an indicator is the address or the name.
fn is_about(indicator: &str, of: &Observable) -> bool {
    match of {
        Observable::Address(ip) => indicator.parse() == Ok(*ip),
        Observable::Name(named, _) => Observable::name(*named, &Text::from(indicator)) == *of,
    }
}

/// The result of the two answers for an address or a name if neither has a descriptor: it is not known, or one of the
/// answers is an error. An answer that is empty belongs to a request that the API skipped.
fn without_descriptor(pair: &[Option<Answer>]) -> Found {
    if let [Some(Answer { code: 200, body: Some(body) }), ..] = pair
        && data(body).is_some_and(|it| it.is_empty())
    {
        return Ok(UNKNOWN.to_owned());
    }
    let fault = |answer: &&Answer| !matches!(answer.code, 200 | 404);
    if let Some(fault) = pair.iter().flatten().find(fault) {
        return Err(format!("one of its answers is a fault, of code {}; try again later", fault.code));
    }
    match pair {
        [Some(Answer { code: 404, .. }), _] => Ok(UNKNOWN.to_owned()),
        [_, Some(Answer { code: 404, .. })] => Ok(UNKNOWN.to_owned()),
        [_, Some(Answer { body: Some(body), .. })] if data(body).is_some() => Ok(UNKNOWN.to_owned()),
        [_, Some(_)] => Err("one of its answers is no JSON with `data`; try again later".to_owned()),
        _ => Err("one of its answers is missing; try again later".to_owned()),
    }
}

fn data(body: &str) -> Option<Vec<Value>> {
    match serde_json::from_str::<Value>(body).ok()?.get_mut("data")?.take() {
        Value::Array(data) => Some(data),
        _ => None,
    }
}

#[derive(serde::Deserialize)]
struct Answer {
    code: u16,
    /// JSON as text.
    body: Option<String>,
}

/// The indicators of the descriptors in an answer, each with its verdict.
fn descriptors(answer: &Answer) -> Vec<(String, &'static str)> {
    let found = answer.body.as_deref().and_then(data).unwrap_or_default();
    let descriptor = |found: &Value| {
        let indicator = found.pointer("/indicator/indicator")?.as_str()?.to_owned();
        Some((indicator, verdict(found["status"].as_str()?)))
    };
    found.iter().filter_map(descriptor).collect()
}

fn verdict(status: &str) -> &'static str {
    match status {
        "NON_MALICIOUS" => "NON_MALICIOUS:0",
        "SUSPICIOUS" => "SUSPICIOUS:2",
        "MALICIOUS" => "MALICIOUS:3",
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ips() -> [Observable; 2] {
        ["198.51.100.1", "2001:db8::1"].map(|ip| Observable::Address(ip.parse().unwrap()))
    }

    fn names() -> [Observable; 2] {
        [(Named::Domain, "Evil.example"), (Named::Url, "http://evil.example/A?b=1")]
            .map(|(named, text)| Observable::name(named, &Text::from(text)))
    }

    fn found(answer: &str) -> Vec<Found> {
        verdicts(answer.as_bytes(), &ips()).unwrap()
    }

    fn owned(found: Result<&str, &str>) -> Found {
        found.map(str::to_owned).map_err(str::to_owned)
    }

    fn descriptor(ip: &str, status: &str) -> Value {
        json!({"code": 200, "body": json!({"data": [{"indicator": {"indicator": ip}, "status": status}]}).to_string()})
    }

    #[test]
    fn verdicts_are_found_by_their_addresses() {
        let malicious = descriptor("2001:0db8:0::1", "MALICIOUS");
        let answer = json!([null, {"code": 404, "body": "{}"}, null, malicious]).to_string();
        assert_eq!(found(&answer), [Ok("UNKNOWN:-1"), Ok("MALICIOUS:3")].map(owned));
        for (status, expected) in [
            ("NON_MALICIOUS", "NON_MALICIOUS:0"),
            ("SUSPICIOUS", "SUSPICIOUS:2"),
            ("UNKNOWN", UNKNOWN),
            ("NEW", UNKNOWN),
        ] {
            let answer = json!([null, descriptor("198.51.100.1", status)]).to_string();
            assert_eq!(found(&answer)[0], Ok(expected.to_owned()));
        }
    }

    #[test]
    fn an_address_whose_answers_are_faults_has_no_verdict_and_the_others_have_theirs() {
        let malicious = || descriptor("2001:db8::1", "MALICIOUS");
        let nothing = json!({"code": 200, "body": "{\"data\": []}"});
        for (pair, expected) in [
            ([json!(null), json!({"code": 500, "body": null})], "of code 500"),
            ([json!({"code": 400, "body": "{}"}), json!(null)], "of code 400"),
            ([json!(null), json!({"code": 200, "body": "<html>"})], "no JSON with `data`"),
            ([json!(null), json!(null)], "is missing"),
        ] {
            let [first, second] = pair;
            let found = found(&json!([first, second, null, malicious()]).to_string());
            assert!(found[0].as_ref().is_err_and(|error| error.contains(expected)), "{found:?}");
            assert_eq!(found[1], Ok("MALICIOUS:3".to_owned()));
        }
        let cut = found(&json!([nothing, {"code": 400, "body": "{}"}]).to_string());
        assert!(cut[0] == Ok(UNKNOWN.to_owned()) && cut[1].is_err(), "nothing to take from: {cut:?}");
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for answer in ["{\"error\": 1}", "["] {
            assert!(verdicts(answer.as_bytes(), &ips()).is_err(), "{answer}");
        }
    }

    #[test]
    fn a_descriptor_of_a_similar_name_is_no_verdict() {
        let answers = |indicator: &str| {
            let other = descriptor("data.evil.example", "MALICIOUS");
            let answer = json!([null, other, null, descriptor(indicator, "SUSPICIOUS")]).to_string();
            verdicts(answer.as_bytes(), &names()).unwrap()
        };
        assert_eq!(answers("http://evil.example/A?b=1"), [Ok(UNKNOWN), Ok("SUSPICIOUS:2")].map(owned));
        assert_eq!(answers("http://evil.example/a?b=1"), [Ok(UNKNOWN), Ok(UNKNOWN)].map(owned));
        assert_eq!(answers("EVIL.example"), [Ok("SUSPICIOUS:2"), Ok(UNKNOWN)].map(owned));
    }

    fn fb() -> Fb {
        Fb {
            url: String::new(),
            version: "v9.0".to_owned(),
            app_id: Secret::Text("1".to_owned()),
            app_secret: Secret::Text("2".to_owned()),
        }
    }

    #[test]
    fn a_name_is_asked_about_by_its_kind() {
        let requests = fb().requests(&names());
        let urls: Vec<&str> = requests
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|request| request["relative_url"].as_str())
            .collect();
        assert_eq!(
            urls,
            [
                "/v9.0/threat_indicators?type=DOMAIN&strict_text=true&text=evil.example",
                "/v9.0/{result=GET_NAME_0:$.data.*.id}/descriptors",
                "/v9.0/threat_indicators?type=URI&strict_text=true&text=http%3A%2F%2Fevil.example%2FA%3Fb%3D1",
                "/v9.0/{result=GET_NAME_1:$.data.*.id}/descriptors",
            ]
        );
    }

    #[test]
    fn an_address_is_asked_about_by_two_requests_that_belong_together() {
        let fb = fb();
        let requests = fb.requests(&ips());
        assert_eq!(requests.as_array().map(Vec::len), Some(4));
        assert_eq!(requests[2]["omit_response_on_success"], false);
        assert_eq!(
            requests[2]["relative_url"],
            "/v9.0/threat_indicators?type=IP_ADDRESS&text=2001%3Adb8%3A%3A1"
        );
        assert_eq!(requests[3]["relative_url"], "/v9.0/{result=GET_IP_2001_db8__1:$.data.*.id}/descriptors");
    }
}
