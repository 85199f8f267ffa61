//! Chance for names and salts: from the system, or from a seed where a rehearsal must come out the same twice.

use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng, SeedableRng},
};

use crate::Refusal;

/// Where names and salts come from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Entropy {
    /// The operating system. Always, in a real programme.
    System,
    /// A seed. Whoever knows it can open every seal, so it is for rehearsals alone.
    Rehearsal(Box<ChaCha20Rng>),
}

impl Entropy {
    /// Chance that comes out the same for the same seed.
    pub fn rehearsal(seed: u64) -> Self {
        Self::Rehearsal(Box::new(ChaCha20Rng::seed_from_u64(seed)))
    }

    /// Fills `bytes`.
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Refusal> {
        match self {
            Self::System => getrandom::fill(bytes).map_err(|_| Refusal::NoRandomness),
            Self::Rehearsal(random) => {
                random.fill_bytes(bytes);
                Ok(())
            }
        }
    }

    /// A salt.
    pub(crate) fn salt(&mut self) -> Result<[u8; 32], Refusal> {
        let mut salt = [0; 32];
        self.fill(&mut salt)?;
        Ok(salt)
    }

    /// A name such as `t-3f9a01c27b`: random, so that it tells neither order nor number.
    pub(crate) fn name(&mut self, prefix: &str) -> Result<String, Refusal> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes)?;
        Ok(format!("{prefix}-{}", hex::encode(bytes)))
    }
}
