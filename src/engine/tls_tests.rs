//! The client over TCP and TLS: a relay in front of an engine, which asks for a certificate as Docker's daemon does.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, UnixStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::fake::{FakeEngine, PATIENCE};
use super::*;

const LONG: Deadlines = Deadlines {
    connect: PATIENCE,
    read: PATIENCE,
    act: PATIENCE,
};

/// A directory of an authority's files, made by openssl; removed on drop.
struct Authority(PathBuf);

impl Drop for Authority {
    fn drop(&mut self) {
        // What is left lies in the directory for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Authority {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("kaftop-tls-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        let authority = Self(path);
        authority.openssl(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca-key.pem -out ca.pem",
        );
        authority
    }

    fn openssl(&self, line: &str) {
        let output = Command::new("openssl")
            .args(line.split_whitespace())
            .current_dir(&self.0)
            .output()
            .expect("openssl");
        assert!(
            output.status.success(),
            "openssl {line}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// A key and a certificate of this authority for 127.0.0.1, in a directory of its own beside `ca.pem`.
    fn holder(&self, name: &str) -> PathBuf {
        std::fs::write(self.0.join("names"), "subjectAltName=IP:127.0.0.1\n").unwrap();
        let folder = self.0.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        self.openssl(&format!(
            "req -newkey rsa:2048 -nodes -subj /CN={name} -keyout {name}/key.pem -out {name}/request"
        ));
        self.openssl(&format!(
            "x509 -req -in {name}/request -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile names -out {name}/cert.pem"
        ));
        std::fs::copy(self.0.join("ca.pem"), folder.join("ca.pem")).unwrap();
        folder
    }
}

fn chain(path: &Path) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_file_iter(path)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

/// A port that passes on to the engine what comes over TLS from whoever shows a certificate of the authority.
async fn relay(fake: &FakeEngine, server: &Path) -> u16 {
    let mut roots = RootCertStore::empty();
    for certificate in chain(&server.join("ca.pem")) {
        roots.add(certificate).unwrap();
    }
    let provider = Arc::new(ring::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .unwrap();
    let key = PrivateKeyDer::from_pem_file(server.join("key.pem")).unwrap();
    let settings = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients)
        .with_single_cert(chain(&server.join("cert.pem")), key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(settings));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let EngineAddress::Unix(socket) = fake.address() else {
        panic!("it listens on a socket of this machine");
    };
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, socket) = (acceptor.clone(), socket.clone());
            tokio::spawn(async move {
                // A client that is refused here is told so by TLS itself.
                if let Ok(mut secured) = acceptor.accept(stream).await
                    && let Ok(mut engine) = UnixStream::connect(socket).await
                {
                    drop(copy_bidirectional(&mut secured, &mut engine).await);
                }
            });
        }
    });
    port
}

fn address(port: u16, certificates: &Path) -> EngineAddress {
    EngineAddress::parse(&format!("tcp://127.0.0.1:{port}"), Some(certificates.to_owned())).unwrap()
}

#[tokio::test]
async fn an_engine_behind_tls_is_spoken_to_with_the_users_certificate() {
    let authority = Authority::new("good");
    let fake = FakeEngine::start("1.41");
    let port = relay(&fake, &authority.holder("server")).await;
    let user = authority.holder("user");
    let engine = Engine::connect(address(port, &user), LONG).await.unwrap();
    assert_eq!(engine.version().api, "1.41");
    assert!(engine.containers().await.unwrap().is_empty());
    assert!(fake.asked().len() >= 2, "{:?}", fake.asked());
}

#[tokio::test]
async fn who_is_not_who_they_say_is_refused_on_either_side() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let fake = FakeEngine::start("1.41");
    let port = relay(&fake, &ours.holder("server")).await;
    // The engine's certificate is not of the authority that the user trusts.
    let stranger = theirs.holder("stranger");
    let refused = Engine::connect(address(port, &stranger), LONG).await.unwrap_err();
    assert!(refused.to_string().contains("certificate"), "{refused}");
    // The user has none.
    let bare = ours.holder("bare");
    for file in ["key.pem", "cert.pem"] {
        std::fs::remove_file(bare.join(file)).unwrap();
    }
    let refused = Engine::connect(address(port, &bare), LONG).await.unwrap_err();
    assert!(refused.to_string().contains("127.0.0.1"), "{refused}");
    // The files are not there at all.
    let empty = ours.0.join("empty");
    let refused = Engine::connect(address(port, &empty), LONG).await.unwrap_err();
    assert!(refused.to_string().contains("ca.pem"), "{refused}");
    assert_eq!(fake.asked(), Vec::<String>::new());
}
