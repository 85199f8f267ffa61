//! The log's key pair and its text forms (C2SP signed-note, "Verifier keys").

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use crate::tree::Hash;

/// The signature type byte of Ed25519 notes. Others (a timestamped cosignature is 0x04, ML-DSA-44
/// is 0x06) are lines by keys this crate does not know, which a reader of notes ignores.
const ED25519: u8 = 0x01;

/// The secret that signs a log's checkpoints. It is wiped from memory when dropped.
pub struct LogKey(SigningKey);

/// The operating system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no random bytes; try again or check the host")]
pub struct NoRandomness(#[source] getrandom::Error);

pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(NoRandomness)?;
    Ok(bytes)
}

impl LogKey {
    /// A new key from the operating system's randomness.
    pub fn generate() -> Result<LogKey, NoRandomness> {
        random_bytes().map(LogKey::from_seed)
    }

    /// The same key each time, for rehearsals and tests: whoever knows the seed can sign.
    pub fn from_seed(seed: [u8; 32]) -> LogKey {
        LogKey(SigningKey::from_bytes(&seed))
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogKey(secret)")
    }
}

/// What anyone needs to check a log's signatures; prints as a C2SP verifier key (vkey).
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

/// Why a text is not a usable verifier key, or a name not usable in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The name is empty or holds a space, a plus sign or a control character.
    #[error(
        "a key's name is a non-empty text without spaces, plus signs or control characters, such as example.kr/programme"
    )]
    Name,
    /// The text is not `name+id+base64`, strictly.
    #[error("not a verifier key: name+id+key is expected")]
    Form,
    /// The key is of another signature type than Ed25519.
    #[error("a verifier key of signature type {0:#04x}; only Ed25519 (0x01) is known here")]
    UnknownType(u8),
    /// The identifier does not belong to the name and the key.
    #[error("the verifier key's identifier does not match its name and key: the text was changed")]
    Identifier,
    /// The bytes are no Ed25519 public key.
    #[error("the verifier key holds no Ed25519 public key")]
    NoKey,
}

impl VerifierKey {
    fn new(name: &str, key: VerifyingKey) -> Result<VerifierKey, KeyError> {
        let bad = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if name.is_empty() || name.contains(bad) {
            return Err(KeyError::Name);
        }
        let hash = Hash::of(&[name.as_bytes(), b"\n", &[ED25519], key.as_bytes()]);
        let [a, b, c, d, ..] = *hash.as_bytes();
        Ok(VerifierKey { name: name.to_owned(), id: [a, b, c, d], key })
    }

    /// The key's name, which is the log's origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn id(&self) -> [u8; 4] {
        self.id
    }

    /// Strict verification: one signature has one spelling, and weak keys sign nothing.
    pub(crate) fn verifies(&self, text: &str, signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(text.as_bytes(), &signature).is_ok())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = BASE64.encode([&[ED25519][..], self.key.as_bytes()].concat());
        write!(f, "{}+{}+{key}", self.name, hex::encode(self.id))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<VerifierKey, KeyError> {
        // Base64 may hold a plus sign, a name may not.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Form);
        };
        let key = BASE64.decode(key).map_err(|_| KeyError::Form)?;
        let key = match key.split_first() {
            Some((&ED25519, key)) => key.try_into().map_err(|_| KeyError::NoKey)?,
            Some((&other, _)) => return Err(KeyError::UnknownType(other)),
            None => return Err(KeyError::Form),
        };
        let key = VerifyingKey::from_bytes(key).map_err(|_| KeyError::NoKey)?;
        let vkey = VerifierKey::new(name, key)?;
        // Compared as text, so that an identifier in capitals is another text and not this key.
        if hex::encode(vkey.id) == id { Ok(vkey) } else { Err(KeyError::Identifier) }
    }
}

/// A log's key together with the name it signs under.
pub(crate) struct Signer {
    vkey: VerifierKey,
    key: SigningKey,
}

const SECRET_PREFIX: &str = "PRIVATE+KEY+";

impl Signer {
    pub(crate) fn new(name: &str, key: LogKey) -> Result<Signer, KeyError> {
        Ok(Signer { vkey: VerifierKey::new(name, key.0.verifying_key())?, key: key.0 })
    }

    pub(crate) fn vkey(&self) -> &VerifierKey {
        &self.vkey
    }

    pub(crate) fn sign(&self, text: &str) -> [u8; 64] {
        self.key.sign(text.as_bytes()).to_bytes()
    }

    /// The secret as text, in the form Go's `sumdb/note` reads: what a verifier key has, with the
    /// seed in the public key's place.
    pub(crate) fn to_secret_text(&self) -> String {
        let secret = BASE64.encode([&[ED25519][..], self.key.as_bytes()].concat());
        format!("{SECRET_PREFIX}{}+{}+{secret}\n", self.vkey.name, hex::encode(self.vkey.id))
    }

    pub(crate) fn from_secret_text(text: &str) -> Result<Signer, KeyError> {
        let body = text.strip_prefix(SECRET_PREFIX).and_then(|text| text.strip_suffix('\n'));
        let (name, rest) = body.and_then(|body| body.split_once('+')).ok_or(KeyError::Form)?;
        let (_, secret) = rest.split_once('+').ok_or(KeyError::Form)?;
        let secret = BASE64.decode(secret).map_err(|_| KeyError::Form)?;
        let seed = match secret.split_first() {
            Some((&ED25519, seed)) => seed.try_into().map_err(|_| KeyError::NoKey)?,
            _ => return Err(KeyError::Form),
        };
        let signer = Signer::new(name, LogKey::from_seed(seed))?;
        if signer.to_secret_text() == text { Ok(signer) } else { Err(KeyError::Identifier) }
    }
}
