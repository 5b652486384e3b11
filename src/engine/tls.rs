//! TLS to an engine: its own authority, and a client certificate, from the three files that Docker's tools use.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::error::Trouble;

/// The settings for TLS with the files `ca.pem`, and where they are there `cert.pem` and `key.pem`, of `directory`.
///
/// The files are read for each connection, so that renewed ones count at once.
pub(super) fn settings(
    directory: &Path,
    host: &str,
) -> Result<(Arc<ClientConfig>, ServerName<'static>), Trouble> {
    let trouble = |detail: String| Trouble::Settings { detail };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&directory.join("ca.pem"))? {
        roots
            .add(certificate)
            .map_err(|error| trouble(format!("{}: {error}", directory.join("ca.pem").display())))?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| trouble(error.to_string()))?
        .with_root_certificates(roots);
    let key = directory.join("key.pem");
    let settings = if key.exists() {
        let chain = certificates(&directory.join("cert.pem"))?;
        let secret = PrivateKeyDer::from_pem_file(&key)
            .map_err(|error| trouble(format!("{} holds no private key: {error}", key.display())))?;
        builder.with_client_auth_cert(chain, secret).map_err(|error| {
            trouble(format!(
                "the files in {} do not fit together: {error}",
                directory.display()
            ))
        })?
    } else {
        builder.with_no_client_auth()
    };
    let name = ServerName::try_from(host.to_owned())
        .map_err(|error| trouble(format!("{host:?} cannot be the name in a certificate: {error}")))?;
    Ok((Arc::new(settings), name))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Trouble> {
    let trouble = |detail: String| Trouble::Settings {
        detail: format!("{} holds no certificate: {detail}", path.display()),
    };
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| trouble(error.to_string()))?;
    if found.is_empty() {
        return Err(trouble("it has no BEGIN CERTIFICATE".to_owned()));
    }
    Ok(found)
}
