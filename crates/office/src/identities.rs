//! Identities: who sits behind which pseudonym. It is read from the vault, where it can be erased.

use std::collections::BTreeMap;

use programme::{EvaluatorId, PersonId, StageKey, StageState, State};
use record::Vault;

use crate::{actor::Unmasked, digest::commitment, replay::ReplayError};

/// Who sits behind which pseudonym.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identities(BTreeMap<EvaluatorId, PersonId>);

impl Identities {
    /// Reads what the vault still knows of the pools in `state`.
    pub(crate) fn read(state: &State, vault: &Vault) -> Result<Self, ReplayError> {
        let mut identities = Self::default();
        let pools = state.stages.values().flat_map(|stage| stage.pools.values().flatten());
        for entry in pools {
            let commitment = commitment(&entry.person).ok_or(ReplayError::NotADigest)?;
            let Some(bytes) = vault.get(&commitment)? else { continue };
            let unmasked: Unmasked = serde_json::from_slice(&bytes).map_err(ReplayError::NotAnIdentity)?;
            identities.learn([unmasked]);
        }
        Ok(identities)
    }

    pub(crate) fn learn(&mut self, unmasked: impl IntoIterator<Item = Unmasked>) {
        self.0.extend(unmasked.into_iter().map(|known| (known.evaluator, known.person)));
    }

    /// Who it is.
    pub(crate) fn person(&self, evaluator: &EvaluatorId) -> Option<&PersonId> {
        self.0.get(evaluator)
    }

    /// Whether a person stands in a pool of the stage, under whatever pseudonym.
    pub(crate) fn in_pool(&self, stage: &StageState, person: &PersonId) -> bool {
        let mut entries = stage.pools.values().flatten();
        entries.any(|entry| self.person(&entry.evaluator) == Some(person))
    }

    /// The pseudonym under which a person sits in a stage.
    pub(crate) fn seat(&self, state: &State, key: &StageKey, person: &PersonId) -> Option<EvaluatorId> {
        let seats = state.stages.get(key)?.seats.values().flatten();
        seats.into_iter().find(|evaluator| self.person(evaluator) == Some(person)).cloned()
    }
}
