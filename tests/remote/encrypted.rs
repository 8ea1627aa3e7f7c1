//! https with the site's own certificate authority.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use flow_oa_remote::{Call, RemoteError, Site};
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::http::{Server, Wrap, says};
use crate::{Reading, holds, impatient};

/// A certificate authority with its certificate in a file, and a server certificate for `name`.
fn authority(folder: &Path, name: &str) -> (PathBuf, Wrap) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let path = folder.join("ca.pem");
    std::fs::write(&path, issuer.pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let secret = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], secret)
        .unwrap();
    let config = Arc::new(config);
    let wrap = move |stream| {
        let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
        Box::new(rustls::StreamOwned::new(session, stream)) as Box<dyn crate::http::Stream>
    };
    (path, Box::new(wrap))
}

fn trusting(path: &Path) -> Reading {
    Reading::of(Site { roots: flow_oa_tls::Roots::File(path.to_owned()), ..impatient() })
}

#[test]
fn the_sites_own_authority_is_trusted_where_it_is_named_and_not_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let (path, wrap) = authority(folder.path(), "localhost");
    let server = Server::through(wrap, |_, _| says("200 OK", &[], "safe"));
    let url = format!("https://localhost:{}/a", server.at.port());
    assert_eq!(trusting(&path).fetch(&url).unwrap(), "safe");
    let other = tempfile::tempdir().unwrap();
    let (path, _) = authority(other.path(), "localhost");
    let error = trusting(&path).fetch(&url).unwrap_err();
    holds(error, &["invalid peer certificate", "downloads, certificates"]);
}

#[test]
fn a_certificate_of_another_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, wrap) = authority(folder.path(), "other.example");
    let server = Server::through(wrap, |_, _| says("200 OK", &[], "safe"));
    let error = trusting(&path).fetch(&format!("https://localhost:{}/a", server.at.port())).unwrap_err();
    holds(error, &["not valid for name"]);
    let call = Call { url: format!("https://localhost:{}/a", server.at.port()), ..Call::default() };
    holds(trusting(&path).client.call(&call).unwrap_err(), &["not valid for name"]);
    assert!(server.heard().is_empty());
}

#[test]
fn https_is_never_left_for_http() {
    let plain = Server::new(|_, _| says("200 OK", &[], "bare"));
    let folder = tempfile::tempdir().unwrap();
    let (path, wrap) = authority(folder.path(), "localhost");
    let location = format!("Location: {}", plain.url("/"));
    let server = Server::through(wrap, move |_, _| says("302 Found", &[&location], ""));
    let error = trusting(&path).fetch(&format!("https://localhost:{}/a", server.at.port())).unwrap_err();
    holds(error, &["not encrypted"]);
    assert!(plain.heard().is_empty());
}

#[test]
fn certificates_that_cannot_be_read_are_a_matter_of_configuration() {
    let error = trusting(Path::new("/nowhere/ca.pem")).fetch("https://localhost:1/").unwrap_err();
    assert!(matches!(holds(error, &["/nowhere/ca.pem"]), RemoteError::Configuration(_)));
}
