//! Lists of the codes in DNS responses and web requests, with the names that the registries of IANA give them: "Domain
//! Name System (DNS) Parameters" (classes, resource record types, response codes) and "Hypertext Transfer Protocol
//! (HTTP) Status Code Registry". They hold what an office meets, not the whole registries.

use std::fmt::Write as _;

/// A list: the name by which tables refer to it, and its codes.
pub(super) struct CodeList {
    pub(super) name: &'static str,
    /// The path of its file below the home.
    pub(super) file: &'static str,
    codes: &'static [(u16, &'static str)],
}

impl CodeList {
    /// The text of the file: code and name, with a header.
    pub(super) fn text(&self) -> String {
        let mut text = "code,name\n".to_owned();
        for (code, name) in self.codes {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{code},{name}");
        }
        text
    }
}

pub(super) const LISTS: [CodeList; 4] = [
    CodeList { name: "dns_qry_class", file: "context/dns_qry_class.csv", codes: &CLASSES },
    CodeList { name: "dns_qry_type", file: "context/dns_qry_type.csv", codes: &TYPES },
    CodeList { name: "dns_qry_rcode", file: "context/dns_qry_rcode.csv", codes: &RCODES },
    CodeList { name: "proxy_http_rcode", file: "context/proxy_http_rcode.csv", codes: &STATUSES },
];

const CLASSES: [(u16, &str); 5] = [
    (1, "Internet (IN)"),
    (3, "Chaos (CH)"),
    (4, "Hesiod (HS)"),
    (254, "QCLASS NONE"),
    (255, "QCLASS * (ANY)"),
];

const TYPES: [(u16, &str); 24] = [
    (1, "A"),
    (2, "NS"),
    (5, "CNAME"),
    (6, "SOA"),
    (12, "PTR"),
    (13, "HINFO"),
    (15, "MX"),
    (16, "TXT"),
    (28, "AAAA"),
    (29, "LOC"),
    (33, "SRV"),
    (35, "NAPTR"),
    (39, "DNAME"),
    (41, "OPT"),
    (43, "DS"),
    (46, "RRSIG"),
    (47, "NSEC"),
    (48, "DNSKEY"),
    (52, "TLSA"),
    (64, "SVCB"),
    (65, "HTTPS"),
    (251, "IXFR"),
    (252, "AXFR"),
    (255, "*"),
];

const RCODES: [(u16, &str); 12] = [
    (0, "NoError"),
    (1, "FormErr"),
    (2, "ServFail"),
    (3, "NXDomain"),
    (4, "NotImp"),
    (5, "Refused"),
    (6, "YXDomain"),
    (7, "YXRRSet"),
    (8, "NXRRSet"),
    (9, "NotAuth"),
    (10, "NotZone"),
    (16, "BADVERS"),
];

const STATUSES: [(u16, &str); 30] = [
    (100, "Continue"),
    (101, "Switching Protocols"),
    (200, "OK"),
    (201, "Created"),
    (202, "Accepted"),
    (204, "No Content"),
    (206, "Partial Content"),
    (300, "Multiple Choices"),
    (301, "Moved Permanently"),
    (302, "Found"),
    (303, "See Other"),
    (304, "Not Modified"),
    (307, "Temporary Redirect"),
    (308, "Permanent Redirect"),
    (400, "Bad Request"),
    (401, "Unauthorized"),
    (403, "Forbidden"),
    (404, "Not Found"),
    (405, "Method Not Allowed"),
    (407, "Proxy Authentication Required"),
    (408, "Request Timeout"),
    (410, "Gone"),
    (413, "Content Too Large"),
    (416, "Range Not Satisfiable"),
    (429, "Too Many Requests"),
    (500, "Internal Server Error"),
    (501, "Not Implemented"),
    (502, "Bad Gateway"),
    (503, "Service Unavailable"),
    (504, "Gateway Timeout"),
];
