//! TLS to a webhook's server, whose certificate is held against the authorities that the machine trusts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::spawn_blocking;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Where systems keep the certificates of the authorities that they trust, as one file: Debian and Alpine, Fedora,
/// openSUSE, the BSDs and macOS.
const USUAL: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
];

/// Which authorities are trusted.
#[derive(Clone, Debug, Default)]
pub struct Authorities {
    /// The file with their certificates, from `SSL_CERT_FILE`; without it the machine's own.
    pub file: Option<PathBuf>,
}

impl Authorities {
    fn path(&self) -> Result<PathBuf, String> {
        let usual = || USUAL.iter().map(PathBuf::from).find(|path| path.is_file());
        self.file.clone().or_else(usual).ok_or_else(|| {
            "this machine has no file of trusted certificates (package ca-certificates); name one in SSL_CERT_FILE"
                .to_owned()
        })
    }
}

/// What a connection to this host is secured with. The file is read each time, so that renewed ones count at once.
pub async fn settings(
    authorities: &Authorities,
    host: &str,
) -> Result<(TlsConnector, ServerName<'static>), String> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|error| format!("{host:?} cannot be the name in a certificate: {error}"))?;
    let path = authorities.path()?;
    let read = spawn_blocking(move || roots(&path)).await;
    let roots =
        read.map_err(|error| format!("reading certificates stopped by a fault of kaftop: {error}"))??;
    let settings = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok((TlsConnector::from(Arc::new(settings)), name))
}

/// The certificates of the file. Those that cannot be used are passed over, as others do: a machine's file holds some
/// that are odd.
fn roots(path: &Path) -> Result<RootCertStore, String> {
    let shown = path.display();
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| format!("the trusted certificates in {shown} cannot be read: {error}"))?;
    let mut roots = RootCertStore::empty();
    let (used, _) = roots.add_parsable_certificates(found);
    if used == 0 {
        return Err(format!("{shown} holds no certificate of an authority"));
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_cannot_be_trusted_is_said() {
        let named = |file: &str| Authorities {
            file: Some(PathBuf::from(file)),
        };
        let table = [
            (
                named("/nowhere/ca.pem"),
                "example.com",
                "/nowhere/ca.pem cannot be read",
            ),
            (
                named("Cargo.toml"),
                "example.com",
                "Cargo.toml holds no certificate",
            ),
            (named("Cargo.toml"), "a b", "cannot be the name in a certificate"),
        ];
        for (authorities, host, expected) in table {
            let said = settings(&authorities, host).await.map(|_| ()).unwrap_err();
            assert!(said.contains(expected), "{said}");
        }
    }
}
