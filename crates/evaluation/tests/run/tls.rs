//! The same over TLS, with an authority of our own: `data/run/` holds its certificate and a key that protects nothing.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;

use super::{Trial, chat, generated, sum};
use evaluation::run::{RunFault, Stopped};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/run").join(name)
}

/// Serves connections, each until it ends, with one answer to everything.
fn serve(listener: &TcpListener) {
    let chain = vec![CertificateDer::from_pem_file(data("server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(data("server.key")).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    for stream in listener.incoming() {
        let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
        answer(rustls::StreamOwned::new(session, stream.unwrap()));
    }
}

fn answer(mut stream: rustls::StreamOwned<rustls::ServerConnection, TcpStream>) {
    let body = r#"{"model":"mock","choices":[{"message":{"content":"over TLS"},"finish_reason":"stop"}]}"#;
    let mut asked = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(read) = stream.read(&mut chunk) {
        asked.extend_from_slice(&chunk[..read]);
        if read == 0 {
            return;
        }
        // A body that ends like ours is whole.
        if asked.ends_with(b"}") {
            asked.clear();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).unwrap();
        }
    }
}

#[test]
fn an_authority_of_ones_own_is_trusted_and_no_other() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/v1", listener.local_addr().unwrap());
    std::thread::spawn(move || serve(&listener));
    let mut model = chat(&url);
    model.endpoints[0].ca_cert = Some(data("ca.pem"));
    let dir = TempDir::new().unwrap();
    let trial = Trial { most: 1, ..Trial::new(model.clone()) };
    let (summary, whole) = trial.run(dir.path(), (0..20).map(sum).collect()).unwrap();
    assert!(summary.stopped.is_none() && whole.values().all(|answers| generated(answers) == "over TLS"));
    // By the public roots alone this server is nobody.
    let (summary, whole) = Trial::new(chat(&url)).run(TempDir::new().unwrap().path(), vec![sum(0)]).unwrap();
    assert!(matches!(&summary.stopped, Some(Stopped::Denied(why)) if why.contains("certificate")), "{summary:?}");
    assert!(whole.is_empty());
    model.endpoints[0].ca_cert = Some(data("server.key"));
    let told = Trial::new(model).run(TempDir::new().unwrap().path(), vec![sum(0)]);
    assert!(matches!(&told, Err(RunFault::Client(fault)) if fault.to_string().contains("no certificate")), "{told:?}");
}
