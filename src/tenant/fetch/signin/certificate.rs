//! A certificate as a proof of the app: an assertion that its key signs
//! (learn.microsoft.com/entra/identity-platform/certificate-credentials).

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{RSA_PSS_SHA256, RsaKeyPair};
use rustls::pki_types::pem::{PemObject as _, SectionKind};
use serde_json::json;
use uuid::{Builder, Uuid};

use super::super::secret::Secret;
use super::SignInError;

/// Larger files are no key.
const MAX_FILE: u64 = 1 << 20;
/// As short as the page advises.
const VALID: Duration = Duration::from_secs(600);
/// A clock that is a little ahead makes no assertion of the future.
const EARLIER: Duration = Duration::from_secs(60);

const CONVERT: &str = "write key and certificate into one PEM file without a password, readable by you only: \
                       `openssl pkcs12 -in FILE.pfx -nodes -out FILE.pem`, for an encrypted PEM file \
                       `openssl pkcs8 -in FILE.pem -out key.pem` and `cat key.pem cert.pem > FILE.pem`";

/// The key of an app and the certificate that belongs to it.
pub(super) struct Certificate {
    key: RsaKeyPair,
    der: Vec<u8>,
    /// The others of the file, in its order.
    rest: Vec<Vec<u8>>,
}

impl Certificate {
    /// Reads a PEM file with a private key and its certificate.
    pub(super) fn load(path: &Path) -> Result<Self, SignInError> {
        let name = format!("`{}`", path.display());
        let wrong =
            |message: String, help: &str| SignInError::Setting { what: name.clone(), message, help: help.to_owned() };
        let set = "set AZURE_CLIENT_CERTIFICATE_PATH to a PEM file with the private key and the certificate of the app";
        let size = std::fs::metadata(path).map_err(|error| wrong(error.to_string(), set))?;
        if !size.is_file() || size.len() > MAX_FILE {
            return Err(wrong("it is no PEM file".to_owned(), set));
        }
        let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string(), set))?;
        Self::parse(&bytes).map_err(|(message, convert)| wrong(message, if convert { CONVERT } else { set }))
    }

    /// What is wrong, and whether converting the file is the way out.
    fn parse(bytes: &[u8]) -> Result<Self, (String, bool)> {
        let plain = |message: &str| (message.to_owned(), false);
        let contains = |needle: &[u8]| memchr::memmem::find(bytes, needle).is_some();
        if contains(b"BEGIN ENCRYPTED PRIVATE KEY") || contains(b"Proc-Type: 4,ENCRYPTED") {
            return Err((
                "its key is encrypted, which graphwhy does not read (AZURE_CLIENT_CERTIFICATE_PASSWORD is not used)"
                    .to_owned(),
                true,
            ));
        }
        if !contains(b"-----BEGIN ") {
            // PKCS #12 is DER: a sequence.
            let message = if bytes.first() == Some(&0x30) {
                "it is no PEM file, but maybe PKCS #12 (PFX)"
            } else {
                "it is no PEM file"
            };
            return Err((message.to_owned(), true));
        }
        let (mut key, mut certificates) = (None, Vec::new());
        for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(bytes) {
            let (kind, der) = section.map_err(|error| (format!("it is damaged: {error}"), false))?;
            match kind {
                SectionKind::Certificate => certificates.push(der),
                SectionKind::PrivateKey => key = Some(RsaKeyPair::from_pkcs8(&der)),
                SectionKind::RsaPrivateKey => key = Some(RsaKeyPair::from_der(&der)),
                SectionKind::EcPrivateKey => return Err(plain("its key is no RSA key, which the authority takes")),
                _ => {}
            }
        }
        let key = key.ok_or_else(|| plain("it holds no private key"))?;
        let key = key
            .map_err(|error| (format!("its key cannot sign: {error} (an RSA key of 2048 to 4096 bits can)"), false))?;
        if certificates.is_empty() {
            return Err(plain("it holds no certificate"));
        }
        // The public key stands in the certificate as it is.
        let public = key.public().as_ref();
        let Some(own) = certificates.iter().position(|der| memchr::memmem::find(der, public).is_some()) else {
            return Err(plain("its key and its certificate do not belong together"));
        };
        let der = certificates.remove(own);
        Ok(Self { key, der, rest: certificates })
    }

    /// An assertion for this audience (the address of the token endpoint).
    pub(super) fn assertion(
        &self,
        audience: &str,
        client: Uuid,
        send_chain: bool,
        now: Timestamp,
    ) -> Result<Secret, SignInError> {
        let random = SystemRandom::new();
        let failed = || SignInError::NoAnswer {
            message: "the assertion could not be signed".to_owned(),
            help: "check this machine's source of random numbers, and the key".to_owned(),
        };
        let mut id = [0; 16];
        random.fill(&mut id).map_err(|_| failed())?;
        let thumbprint = ring::digest::digest(&ring::digest::SHA256, &self.der);
        let mut header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE_NO_PAD.encode(thumbprint)});
        if let Some(header) = header.as_object_mut().filter(|_| send_chain) {
            let chain: Vec<String> =
                std::iter::once(&self.der).chain(&self.rest).map(|der| STANDARD.encode(der)).collect();
            header.insert("x5c".to_owned(), json!(chain));
        }
        let seconds = |shift: Duration| i64::try_from(shift.as_secs()).unwrap_or_default();
        let claims = json!({
            "aud": audience,
            "iss": client,
            "sub": client,
            "jti": Builder::from_random_bytes(id).into_uuid(),
            "iat": now.as_second(),
            "nbf": now.as_second().saturating_sub(seconds(EARLIER)),
            "exp": now.as_second().saturating_add(seconds(VALID)),
        });
        let mut text =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key.sign(&RSA_PSS_SHA256, &random, text.as_bytes(), &mut signature).map_err(|_| failed())?;
        text.push('.');
        text.push_str(&URL_SAFE_NO_PAD.encode(signature));
        Ok(Secret::new(text))
    }
}
