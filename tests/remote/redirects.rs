//! Redirects of servers.

use crate::http::{Server, says};
use crate::{Reading, fault};

#[test]
fn a_redirect_is_followed_and_leaves_the_password_behind() {
    let other = Server::new(|_, _| says("200 OK", &[], "there"));
    let to = format!("Location: {}", other.url("/b?c=d"));
    let server = Server::new(move |request, _| match request.target.as_str() {
        "/a" => says("302 Found", &["Location: b"], "elsewhere"),
        _ => says("307 Temporary Redirect", &[&to], ""),
    });
    let url = format!("http://me:pass@{}/a", server.at);
    assert_eq!(Reading::new().fetch(&url).unwrap(), "there");
    let asked = server.heard();
    assert_eq!((asked[1].target.as_str(), asked[1].header("authorization").is_some()), ("/b", true));
    let asked = other.heard();
    assert_eq!((asked[0].target.as_str(), asked[0].header("authorization")), ("/b?c=d", None));
}

#[test]
fn a_loop_comes_to_an_end() {
    let server = Server::new(|_, _| says("301 Moved Permanently", &["Location: /a"], ""));
    fault(&server.url("/a"), &["more than 5 times"]);
    assert_eq!(server.heard().len(), 6);
}

#[test]
fn a_redirect_to_nowhere_is_named() {
    for location in ["X: y", "Location: ftp://a/b", "Location: http://"] {
        let server = Server::new(move |_, _| says("302 Found", &[location], ""));
        fault(&server.url("/a"), &["sends on to nowhere"]);
    }
}
