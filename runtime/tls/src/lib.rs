//! TLS for connections to databases and services, and the certificates that the program trusts. All TLS configuration
//! comes from this crate.
//!
//! Encryption is rustls with ring. The roots are those of the system, or of a file that the site names. The user
//! decides how much of a server certificate is verified, with the modes of PostgreSQL's `sslmode`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

/// The source of the trusted root certificates.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Roots {
    /// The certificates of the system.
    #[default]
    System,
    /// A PEM file.
    File(PathBuf),
}

/// What is verified of a server certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Check {
    /// A trusted authority signed it, and it is for the name of the server.
    #[default]
    Full,
    /// A trusted authority signed it, for any name.
    Chain,
    /// Nothing: the connection is encrypted, but the server is not authenticated.
    Nothing,
}

/// Why TLS cannot be set up.
#[expect(missing_docs, reason = "the fields are named as in the message")]
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The root certificates cannot be read.
    #[error("reading certificates of authorities from {path}: {reason}")]
    Roots {
        /// The file, or `the system`.
        path: String,
        reason: String,
    },
    /// rustls refused the configuration.
    #[error("setting up TLS: {0}")]
    Library(#[from] rustls::Error),
}

/// Reads the root certificates; at least one.
///
/// # Errors
/// If the file cannot be read or holds no certificate, or if the system has none.
pub fn certificates(roots: &Roots) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    match roots {
        Roots::System => of_system(),
        Roots::File(path) => of_file(path),
    }
}

fn of_system() -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let said: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
        let reason =
            format!("there are none ({}); install ca-certificates, or name a file of them", said.join("; "));
        return Err(TlsError::Roots { path: "the system".to_owned(), reason });
    }
    Ok(found.certs)
}

fn of_file(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let fault = |reason: String| TlsError::Roots { path: path.display().to_string(), reason };
    // Reading a named pipe that no process writes to would block forever.
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(fault("it is not a file; name a certificate file".to_owned()));
    }
    let text = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|error| fault(format!("it is no PEM file of certificates: {error}")))?;
    if found.is_empty() {
        return Err(fault(
            "the file holds no certificate; a PEM file has BEGIN CERTIFICATE in it".to_owned(),
        ));
    }
    Ok(found)
}

/// The cryptography provider of every connection.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The client configuration for a connection that trusts `roots` and verifies what `check` requires.
///
/// # Errors
/// If the roots cannot be read, or none of them can be used. They are not read for [`Check::Nothing`].
pub fn client(roots: &Roots, check: Check) -> Result<ClientConfig, TlsError> {
    let provider = provider();
    let builder =
        ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    let config = match check {
        Check::Full => builder.with_root_certificates(store(roots)?).with_no_client_auth(),
        Check::Chain => {
            let lax = Lax { provider, trusted: Some(store(roots)?) };
            builder.dangerous().with_custom_certificate_verifier(Arc::new(lax)).with_no_client_auth()
        }
        Check::Nothing => {
            let lax = Lax { provider, trusted: None };
            builder.dangerous().with_custom_certificate_verifier(Arc::new(lax)).with_no_client_auth()
        }
    };
    Ok(config)
}

fn store(roots: &Roots) -> Result<RootCertStore, TlsError> {
    let found = certificates(roots)?;
    let mut store = RootCertStore::empty();
    // A system may hold certificates in formats that are no longer accepted. They are ignored if others can be used.
    let (added, ignored) = store.add_parsable_certificates(found);
    if added == 0 {
        let path = match roots {
            Roots::System => "the system".to_owned(),
            Roots::File(path) => path.display().to_string(),
        };
        let reason = format!("none of its {ignored} certificates can be used");
        return Err(TlsError::Roots { path, reason });
    }
    Ok(store)
}

/// A verifier that does not check the name in a certificate. Without trusted roots it does not check the signing
/// authority either. It always checks that the server has the private key of the certificate.
#[derive(Debug)]
struct Lax {
    provider: Arc<CryptoProvider>,
    trusted: Option<RootCertStore>,
}

impl ServerCertVerifier for Lax {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(trusted) = &self.trusted {
            verify_server_cert_signed_by_trust_anchor(
                &ParsedCertificate::try_from(end_entity)?,
                trusted,
                intermediates,
                now,
                self.provider.signature_verification_algorithms.all,
            )?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused_and_says_so() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "nothing of the kind\n").unwrap();
        let roots = Roots::File(file.path().to_owned());
        let error = client(&roots, Check::Full).unwrap_err().to_string();
        assert!(error.contains("holds no certificate"), "{error}");
        let absent = Roots::File(file.path().with_extension("absent"));
        assert!(client(&absent, Check::Chain).unwrap_err().to_string().contains("No such file"));
    }

    #[test]
    fn nothing_is_read_where_nothing_is_checked() {
        assert!(client(&Roots::File("/nowhere".into()), Check::Nothing).is_ok());
    }
}
