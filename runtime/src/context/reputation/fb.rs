//! Facebook's ThreatExchange, asked through the Graph API: a list of requests is posted at once, two of them for each
//! address, of which the second takes from the first.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::Path;

use flow_oa_remote::{Call, encoded};
use flow_oa_schema::document::DeclaredDoc;
use serde_json::{Value, json};

use super::asked::{Ask, Fault, Means};
use super::secret::Secret;

/// The Graph API takes 50 requests at once, two of which are for one address.
const BATCH: usize = 25;

const UNKNOWN: &str = "UNKNOWN:-1";

/// The service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fb {
    url: String,
    version: String,
    app_id: Secret,
    app_secret: Secret,
}

impl Fb {
    pub(super) fn of(doc: &DeclaredDoc, folder: &Path) -> Result<Self, String> {
        let version = doc.version.as_deref().unwrap_or("v24.0");
        if !version.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'.') {
            return Err(format!("version: expected one such as v24.0, found `{version}`"));
        }
        let secret = |key: &str, it: &Option<_>| {
            let it = it.as_ref().ok_or_else(|| format!("{key}: expected a text, found none"))?;
            Ok::<_, String>(Secret::of(it, folder))
        };
        Ok(Self {
            url: doc.url.clone().unwrap_or_else(|| "https://graph.facebook.com".to_owned()),
            version: version.to_owned(),
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
                json!({"method": "GET", "name": name,
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

    fn ask(&mut self, ips: &[IpAddr], means: &Means) -> Result<Vec<String>, Fault> {
        let token = format!("{}|{}", self.app_id.read(&*means.watch)?, self.app_secret.read(&*means.watch)?);
        let batch = self.requests(ips).to_string();
        let form = format!("access_token={}&batch={}", encoded(&token), encoded(&batch));
        let kind = ("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned());
        let call = Call { url: self.url.clone(), headers: vec![kind], body: Some(form.into_bytes()) };
        verdicts(&means.client.call(&call)?, ips).map_err(Fault::Unanswered)
    }
}

/// The verdicts on `ips`: each answer that has one names its address.
fn verdicts(answer: &[u8], ips: &[IpAddr]) -> Result<Vec<String>, String> {
    let answers: Vec<Option<Answer>> = serde_json::from_slice(answer)
        .map_err(|it| format!("expected a list of answers as JSON, found something else ({it})"))?;
    let answers: Vec<Answer> = answers.into_iter().flatten().collect();
    if let [first, ..] = answers.as_slice()
        && answers.iter().all(|it| it.code >= 400 && it.code != 404)
    {
        return Err(format!("every one of its answers is a fault, the first of code {}", first.code));
    }
    let said: HashMap<IpAddr, String> =
        answers.iter().filter(|it| it.code == 200).filter_map(verdict).collect();
    Ok(ips.iter().map(|ip| said.get(ip).map_or(UNKNOWN, String::as_str).to_owned()).collect())
}

#[derive(serde::Deserialize)]
struct Answer {
    code: u16,
    /// JSON as text.
    body: Option<String>,
}

/// What the first descriptor says; nothing in an answer that has none.
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

    fn descriptor(ip: &str, status: &str) -> Value {
        json!({"code": 200, "body": json!({"data": [{"indicator": {"indicator": ip}, "status": status}]}).to_string()})
    }

    #[test]
    fn verdicts_are_found_by_their_addresses_in_any_order() {
        let malicious = descriptor("2001:0db8:0::1", "MALICIOUS");
        let answer = json!([null, malicious, null, {"code": 404, "body": "{}"}]).to_string();
        assert_eq!(verdicts(answer.as_bytes(), &ips()).unwrap(), ["UNKNOWN:-1", "MALICIOUS:3"]);
        for (status, expected) in [
            ("NON_MALICIOUS", "NON_MALICIOUS:0"),
            ("SUSPICIOUS", "SUSPICIOUS:2"),
            ("UNKNOWN", UNKNOWN),
            ("NEW", UNKNOWN),
        ] {
            let answer = json!([null, descriptor("198.51.100.1", status)]).to_string();
            assert_eq!(verdicts(answer.as_bytes(), &ips()).unwrap()[0], expected);
        }
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for answer in ["{\"error\": 1}", "[", "[{\"code\": 500, \"body\": null}, null]"] {
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
        assert_eq!(
            requests[2]["relative_url"],
            "/v9.0/threat_indicators?type=IP_ADDRESS&text=2001%3Adb8%3A%3A1"
        );
        assert_eq!(requests[3]["relative_url"], "/v9.0/{result=GET_IP_2001_db8__1:$.data.*.id}/descriptors");
    }
}
