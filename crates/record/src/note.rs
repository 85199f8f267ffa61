//! Signed notes (C2SP signed-note): a text, a blank line, and lines by those who signed it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::key::{Signer, VerifierKey};

/// More signature lines than this are refused; the format asks for at least 16.
const MAX_SIGNATURES: usize = 100;

/// Why a note is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// It is not a text, a blank line and signature lines.
    #[error("not a signed note: {0}")]
    Form(&'static str),
    /// No line is by the key that was asked for.
    #[error("the note is not signed by {0}")]
    Unsigned(String),
    /// A line claims to be by the key and is not.
    #[error("the note's signature by {0} does not match its text")]
    BadSignature(String),
    /// A file that only the log signs carries other lines.
    #[error("the note carries other signatures than the one by {0}")]
    OtherSignatures(String),
}

#[derive(Debug)]
pub(crate) struct Note<'a> {
    text: &'a str,
    signatures: Vec<SignatureLine<'a>>,
}

#[derive(Debug)]
struct SignatureLine<'a> {
    name: &'a str,
    id: [u8; 4],
    signature: Vec<u8>,
}

pub(crate) fn sign(text: &str, signer: &Signer) -> String {
    let vkey = signer.vkey();
    let signature = BASE64.encode([&vkey.id()[..], &signer.sign(text)].concat());
    format!("{text}\n\u{2014} {} {signature}\n", vkey.name())
}

impl<'a> Note<'a> {
    pub(crate) fn parse(note: &'a str) -> Result<Note<'a>, NoteError> {
        if note.contains(|c: char| c < ' ' && c != '\n') {
            return Err(NoteError::Form("it holds a control character"));
        }
        // The last empty line divides; the text keeps its own final newline.
        let blank = note.rfind("\n\n").ok_or(NoteError::Form("it has no blank line"))?;
        let (text, rest) = (&note[..=blank], &note[blank + 2..]);
        let lines = rest.strip_suffix('\n').ok_or(NoteError::Form("its last line has no end"))?;
        if lines.matches('\n').count() >= MAX_SIGNATURES {
            return Err(NoteError::Form("it has too many signatures"));
        }
        let signatures = lines.split('\n').map(signature_line).collect::<Option<_>>();
        let signatures = signatures.ok_or(NoteError::Form("it has a malformed signature line"))?;
        Ok(Note { text, signatures })
    }

    /// The text, if the key signed it. Lines by other keys say nothing and are ignored, as the
    /// format demands: that is how witnesses and new signature types join later.
    pub(crate) fn signed_by(&self, vkey: &VerifierKey) -> Result<&'a str, NoteError> {
        let mut known = self.signatures.iter().filter(|line| line.is_by(vkey)).peekable();
        if known.peek().is_none() {
            return Err(NoteError::Unsigned(vkey.name().to_owned()));
        }
        if !known.all(|line| vkey.verifies(self.text, &line.signature)) {
            return Err(NoteError::BadSignature(vkey.name().to_owned()));
        }
        Ok(self.text)
    }

    /// The text, if the key signed it and nothing else is on the page: no byte of such a note can
    /// change unnoticed.
    pub(crate) fn signed_only_by(&self, vkey: &VerifierKey) -> Result<&'a str, NoteError> {
        let text = self.signed_by(vkey)?;
        if self.signatures.len() == 1 { Ok(text) } else { Err(NoteError::OtherSignatures(vkey.name().to_owned())) }
    }
}

impl SignatureLine<'_> {
    fn is_by(&self, vkey: &VerifierKey) -> bool {
        self.name == vkey.name() && self.id == vkey.id()
    }
}

fn signature_line(line: &str) -> Option<SignatureLine<'_>> {
    let (name, signature) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '+') {
        return None;
    }
    // Strict: padding demanded, stray bits in the last character refused.
    let bytes = BASE64.decode(signature).ok()?;
    let (id, signature) = bytes.split_first_chunk::<4>()?;
    Some(SignatureLine { name, id: *id, signature: signature.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{KeyError, LogKey};

    /// The example that C2SP signed-note gives.
    const VKEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo \
        Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    #[test]
    fn the_specification_s_example_verifies() {
        let vkey: VerifierKey = VKEY.parse().unwrap();
        assert_eq!(vkey.to_string(), VKEY);
        let note = Note::parse(NOTE).unwrap();
        assert_eq!(note.signed_only_by(&vkey), Ok("This is an example message.\n"));
    }

    #[test]
    fn no_bit_of_a_note_or_key_can_change() {
        let vkey: VerifierKey = VKEY.parse().unwrap();
        for at in 0..NOTE.len() * 8 {
            let mut bytes = NOTE.as_bytes().to_vec();
            bytes[at / 8] ^= 1 << (at % 8);
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let opened = Note::parse(&text).and_then(|note| note.signed_only_by(&vkey).map(str::to_owned));
            assert!(opened.is_err(), "bit {at}");
        }
        for at in 0..VKEY.len() * 8 {
            let mut bytes = VKEY.as_bytes().to_vec();
            bytes[at / 8] ^= 1 << (at % 8);
            let Ok(text) = String::from_utf8(bytes) else { continue };
            assert!(text.parse::<VerifierKey>().is_err(), "bit {at}: {text}");
        }
    }

    #[test]
    fn other_signatures_are_ignored_on_others_notes_and_refused_on_our_own() {
        let ours = Signer::new("example.kr/log", LogKey::from_seed([1; 32])).unwrap();
        let witness = Signer::new("witness.example", LogKey::from_seed([2; 32])).unwrap();
        let text = "a\n\nb\n";
        let (one, two) = (sign(text, &ours), sign(text, &witness));
        let both = one.clone() + &two[text.len() + 1..];
        let note = Note::parse(&both).unwrap();
        assert_eq!(note.signed_by(ours.vkey()), Ok(text));
        assert_eq!(note.signed_by(witness.vkey()), Ok(text));
        let refused = NoteError::OtherSignatures("example.kr/log".to_owned());
        assert_eq!(note.signed_only_by(ours.vkey()), Err(refused));
        // A good line beside a bad one by the same key spoils the note.
        let bad = sign("other\n", &ours);
        let spoilt = one + &bad["other\n\n".len()..];
        let spoilt = Note::parse(&spoilt).unwrap();
        assert_eq!(spoilt.signed_by(ours.vkey()), Err(NoteError::BadSignature("example.kr/log".to_owned())));
    }

    #[test]
    fn secrets_survive_as_text_and_names_are_checked() {
        let signer = Signer::new("example.kr/log", LogKey::from_seed([1; 32])).unwrap();
        let again = Signer::from_secret_text(&signer.to_secret_text()).unwrap();
        assert_eq!(again.vkey(), signer.vkey());
        assert!(Signer::from_secret_text(&signer.to_secret_text().replace("log+", "lag+")).is_err());
        for name in ["", "a b", "a+b", "a\nb", "a\u{3000}b"] {
            let refused = Signer::new(name, LogKey::from_seed([1; 32])).err();
            assert_eq!(refused, Some(KeyError::Name), "{name:?}");
        }
    }
}
