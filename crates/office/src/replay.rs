//! Replay: from what the record holds to a state, and verification of a whole folder.

use std::{collections::BTreeSet, path::Path};

use programme::{Event, Inconsistent, Recorded, Sealed, State};
use record::{Entry, OpenError, ReadError, Record, Report, Vault, VaultError, VerifyOptions};

use crate::digest::commitment;

/// Why what a record holds is no history of a programme.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each says what it is")]
pub enum ReplayError {
    #[error("the record cannot be read")]
    Read(#[from] ReadError),
    #[error("event {index} is not an event of a programme")]
    NotAnEvent { index: u64, source: serde_json::Error },
    #[error("event {index} holds more than an event of a programme does")]
    MoreThanAnEvent { index: u64 },
    #[error("event {index} cannot have happened: {inconsistent}")]
    Inconsistent { index: u64, inconsistent: Inconsistent },
    #[error("a seal in the record is not a digest")]
    NotADigest,
    #[error("what is sealed as an identity is not one")]
    NotAnIdentity(#[source] serde_json::Error),
    #[error("the vault cannot be read")]
    Vault(#[from] VaultError),
}

/// Folds the entries of a record into a state.
pub fn replay(entries: &[Entry]) -> Result<State, ReplayError> {
    fold(entries).map(|(state, _)| state)
}

/// The state that the entries make, and the events that they hold.
fn fold(entries: &[Entry]) -> Result<(State, Vec<Recorded>), ReplayError> {
    let mut state = State::default();
    let mut history = Vec::with_capacity(entries.len());
    for entry in entries {
        let index = entry.index;
        let recorded: Recorded = entry.event.parse().map_err(|source| ReplayError::NotAnEvent { index, source })?;
        if programme::canonical(&recorded).as_deref() != Some(entry.event.as_bytes()) {
            return Err(ReplayError::MoreThanAnEvent { index });
        }
        state.apply(&recorded).map_err(|inconsistent| ReplayError::Inconsistent { index, inconsistent })?;
        history.push(recorded);
    }
    Ok((state, history))
}

/// What verification of a programme's folder found.
#[derive(Debug)]
pub struct Verification {
    /// What the record's own verifier found.
    pub record: Report,
    /// The state that the events make, or why they make none.
    pub state: Result<Box<State>, VerifyError>,
}

/// Why a folder's events could not be folded into a state.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each says what it is")]
pub enum VerifyError {
    #[error("the record cannot be opened")]
    Open(#[from] OpenError),
    #[error(transparent)]
    Replay(#[from] ReplayError),
    #[error("what event {index} seals is gone, and no event says that it was erased")]
    Vanished { index: u64 },
}

impl Verification {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.record.is_sound() && self.state.is_ok()
    }
}

/// Verifies a programme's folder: the record byte by byte, then every event against the rules, so that every draw,
/// seal and decision is worked out anew from the events alone.
///
/// What the events say was erased is added to what `options` excuse.
pub fn verify(dir: &Path, mut options: VerifyOptions<'_>) -> Verification {
    options.erased.extend(erased(dir));
    let record = record::verify(dir, &options);
    let state = read_state(dir).map(Box::new);
    Verification { record, state }
}

fn read_state(dir: &Path) -> Result<State, VerifyError> {
    let reader = Record::read(dir)?;
    let entries = reader.entries(0..reader.size()).map_err(ReplayError::Read)?;
    let (state, history) = fold(&entries)?;
    nothing_vanished(&history, &state, reader.vault())?;
    Ok(state)
}

/// Everything that an event seals lies in the vault, or an event says that it was erased. The record's own verifier
/// compares the vault with what lay in it when it was closed; only the events say what should have.
fn nothing_vanished(history: &[Recorded], state: &State, vault: &Vault) -> Result<(), VerifyError> {
    for (index, recorded) in (0..).zip(history) {
        for sealed in seals(&recorded.event).into_iter().filter(|sealed| !state.erased.contains(*sealed)) {
            let commitment = commitment(sealed).ok_or(ReplayError::NotADigest)?;
            if vault.get(&commitment).map_err(ReplayError::Vault)?.is_none() {
                return Err(VerifyError::Vanished { index });
            }
        }
    }
    Ok(())
}

/// What an event puts into the vault.
fn seals(event: &Event) -> Vec<&Sealed> {
    match event {
        Event::PersonRegistered { profile, .. } => vec![profile],
        Event::DocumentAdded { document, .. } => vec![&document.content],
        Event::PoolCommitted { pool, .. } => pool.entries.iter().map(|entry| &entry.person).collect(),
        Event::PanelNamed { pool, .. } => pool.iter().map(|entry| &entry.person).collect(),
        Event::SheetSealed { sheet, .. } => vec![sheet],
        Event::ObjectionFiled { text, .. } => vec![text],
        Event::AgreementSigned { agreement, .. } => vec![agreement],
        _ => Vec::new(),
    }
}

/// The digests that an event says were erased. They are read before anything is verified, and only ever excuse that a
/// blob is missing, never that one is wrong.
pub fn erased(dir: &Path) -> BTreeSet<record::Commitment> {
    let Ok(reader) = Record::read(dir) else { return BTreeSet::new() };
    let entries = reader.entries(0..reader.size()).unwrap_or_default();
    let events = entries.iter().filter_map(|entry| entry.event.parse::<Recorded>().ok());
    let sealed = events.filter_map(|recorded| match recorded.event {
        Event::Erased { sealed, .. } => Some(sealed),
        _ => None,
    });
    sealed.flatten().filter_map(|sealed| commitment(&sealed)).collect()
}
