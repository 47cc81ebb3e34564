//! A host that cannot prove its name gets nothing, whatever is set to make other tools trust it.

use std::io::Read as _;
use std::net::TcpListener;
use std::sync::mpsc;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use super::*;

/// A server whose certificate nobody vouches for: its port, and for each connection what came through.
fn server() -> (u16, mpsc::Receiver<std::io::Result<usize>>) {
    let certificates = vec![CertificateDer::from(pem("app.pem", "CERTIFICATE").remove(0))];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pem("app.pem", "PRIVATE KEY").remove(0)));
    let provider = rustls::crypto::ring::default_provider();
    let config = ServerConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .unwrap();
    let config = std::sync::Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let mut connection = ServerConnection::new(std::sync::Arc::clone(&config)).unwrap();
            let read = Stream::new(&mut connection, &mut stream).read(&mut [0; 64]);
            if tell.send(read).is_err() {
                return;
            }
        }
    });
    (port, told)
}

#[test]
fn a_certificate_that_nobody_vouches_for_gets_no_secret() {
    let (port, told) = server();
    let stage = Stage::fair();
    let cloud = format!("graph = \"https://localhost:{port}\"\nlogin = \"https://localhost:{port}\"");
    std::fs::write(stage.path("tls.toml"), cloud).unwrap();
    let token = stage.desk.issue(TENANT, Duration::from_secs(3600));
    let trusting = [
        ("NODE_TLS_REJECT_UNAUTHORIZED", "0"),
        ("PYTHONHTTPSVERIFY", "0"),
        ("AZURE_CLI_DISABLE_CONNECTION_VERIFICATION", "1"),
        ("GIT_SSL_NO_VERIFY", "1"),
    ];
    for sign_in in [vec![("GRAPHWHY_GRAPH_TOKEN", token.as_str())], app(&[("AZURE_CLIENT_SECRET", SECRET)])] {
        let variables = [trusting.as_slice(), &sign_in].concat();
        let run = stage.run(&["--cloud", "tls.toml"], &variables);
        assert_eq!(run.code, 3, "{}", run.err);
        assert!(run.err.contains("certificate"), "{}", run.err);
        let mut seen = 0;
        while let Ok(read) = told.try_recv() {
            // The handshake was broken off; no byte of a request came.
            assert!(read.is_err(), "{read:?}");
            seen += 1;
        }
        assert!(seen > 0, "it was asked");
    }
    for option in ["-k", "--insecure", "--no-verify", "--danger-accept-invalid-certs"] {
        assert_eq!(stage.run(&[option], &[]).code, 2, "{option}");
    }
}
