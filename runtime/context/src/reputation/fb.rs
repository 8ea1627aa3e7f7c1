//! Facebook's ThreatExchange, queried through the Graph API. A batch of requests is posted at once, two for each
//! address; the second refers to the result of the first. The response to the first is needed too, which the API omits
//! by default: if the first finds nothing, the second is an API error, and the address is not known.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::Path;

use flow_oa_remote::{Call, encoded};
use flow_oa_settings::DeclaredDoc;
use serde_json::{Value, json};

use super::ask::{Ask, Fault, Found, Means};
use super::secret::Secret;

/// The Graph API takes 50 requests at once; each address needs two.
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

    fn requests(&self, ips: &[IpAddr]) -> Value {
        let pair = |ip: &IpAddr| {
            let (text, name) =
                (ip.to_string(), format!("GET_IP_{}", ip.to_string().replace(['.', ':'], "_")));
            let about = encoded(&text);
            [
                json!({"method": "GET", "name": name, "omit_response_on_success": false,
                    "relative_url": format!("/{}/threat_indicators?type=IP_ADDRESS&text={about}", self.version)}),
                json!({"method": "GET",
                    "relative_url": format!("/{}/{{result={name}:$.data.*.id}}/descriptors", self.version)}),
            ]
        };
        ips.iter().flat_map(pair).collect()
    }
}

impl Ask for Fb {
    fn batch(&self) -> usize {
        BATCH
    }

    fn unknown(&self) -> &'static str {
        UNKNOWN
    }

    fn ask(&mut self, ips: &[IpAddr], means: &Means) -> Result<Vec<Found>, Fault> {
        let token = format!("{}|{}", means.read(&self.app_id)?, means.read(&self.app_secret)?);
        let batch = self.requests(ips).to_string();
        let form = format!("access_token={}&batch={}", encoded(&token), encoded(&batch));
        let kind = ("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned());
        let call = Call { url: self.url.clone(), headers: vec![kind], body: Some(form.into_bytes()) };
        verdicts(&means.client.call(&call)?, ips).map_err(Fault::Unanswered)
    }
}

/// The result for each of `ips`: an answer with a descriptor names its address. The others are matched by the position
/// of their requests, two for each address.
fn verdicts(answer: &[u8], ips: &[IpAddr]) -> Result<Vec<Found>, String> {
    let answers: Vec<Option<Answer>> = serde_json::from_slice(answer)
        .map_err(|error| format!("expected a list of answers as JSON, found something else ({error})"))?;
    let said: HashMap<IpAddr, String> =
        answers.iter().flatten().filter(|answer| answer.code == 200).filter_map(verdict).collect();
    let pairs = answers.chunks(2).map(Some).chain(std::iter::repeat(None));
    let found = ips.iter().zip(pairs).map(|(ip, pair)| match said.get(ip) {
        Some(verdict) => Ok(verdict.clone()),
        None => without_descriptor(pair.unwrap_or_default()),
    });
    Ok(found.collect())
}

/// The result of the two answers for an address if neither has a descriptor: the address is not known, or one of the
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

/// The verdict of the first descriptor; `None` if the answer has none.
fn verdict(answer: &Answer) -> Option<(IpAddr, String)> {
    let body: Value = serde_json::from_str(answer.body.as_deref()?).ok()?;
    let first = body.pointer("/data/0")?;
    let ip = first.pointer("/indicator/indicator")?.as_str()?.parse().ok()?;
    let verdict = match first["status"].as_str()? {
        "NON_MALICIOUS" => "NON_MALICIOUS:0",
        "SUSPICIOUS" => "SUSPICIOUS:2",
        "MALICIOUS" => "MALICIOUS:3",
        _ => UNKNOWN,
    };
    Some((ip, verdict.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ips() -> [IpAddr; 2] {
        ["198.51.100.1", "2001:db8::1"].map(|it| it.parse().unwrap())
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
    fn an_address_is_asked_about_by_two_requests_that_belong_together() {
        let fb = Fb {
            url: String::new(),
            version: "v9.0".to_owned(),
            app_id: Secret::Text("1".to_owned()),
            app_secret: Secret::Text("2".to_owned()),
        };
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
