//! The model learns to answer, once: what it learned is kept beside the training.

use std::path::Path;

use provenance::evidence::{Entry, EvidenceFault, Log, digest_of_floats};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::text::Read;
use super::{BuildFault, Stage, Walk};
use crate::folder::{SaveOptions, load_weights, save_weights};
use crate::train::{Outcome, Run, State};
use crate::tune::{Conversation, Preference, Tuned, preferences, supervised};

/// How the tuning left things.
pub(super) struct Taught {
    /// Whether the model learned to answer.
    pub(super) converses: bool,
    /// SHA-256 of the last line of the evidence log.
    pub(super) evidence: String,
}

impl Walk<'_> {
    /// Tunes on conversations and then on pairs of answers, where there are some; the engine holds the weights
    /// afterwards.
    ///
    /// The note of this step is the last line of the evidence log. What was tuned before from the same weights, recipe and
    /// data is taken from `work/tuned`; where that is not what the log names, it is tuned again. A tuning that was broken
    /// off begins anew.
    pub(super) fn tune(&mut self, read: &Read, trained: &Outcome) -> Result<Taught, BuildFault> {
        let (mut conversations, mut pairs) = self.tuning_text()?;
        let tuning = &self.options.recipe.tuning;
        // Seen no times at all, they are not there.
        conversations.truncate(if tuning.epochs == 0 { 0 } else { usize::MAX });
        pairs.truncate(if tuning.preference_epochs == 0 { 0 } else { usize::MAX });
        if conversations.is_empty() && pairs.is_empty() {
            return Ok(Taught { converses: false, evidence: trained.evidence.clone() });
        }
        let (mut log, _) = Log::open(&Run::evidence(&self.work.join("training")))?;
        let (recipe, data) = (self.options.recipe.digest(), digest(&conversations, &pairs)?);
        let entry = |weights: String| Entry::Tuned {
            recipe: recipe.clone(),
            data: data.clone(),
            from: trained.weights.clone(),
            weights,
        };
        let folder = self.work.join("tuned");
        let is_told = |weights: &[f32]| log.entries().last() == Some(&entry(digest_of_floats(weights)));
        let known = matches!(log.entries().last(), Some(Entry::Tuned { .. })).then(|| weights_of(&folder)).flatten();
        if let Some(known) = known.filter(|weights| is_told(weights)) {
            self.tell(&conversations, &pairs);
            self.engine.load(State::new(known))?;
        } else {
            self.tune_anew(read, &conversations, &pairs)?;
            let weights = self.engine.weights()?;
            save_weights(&folder, &self.options.recipe.shape, weights, &SaveOptions::default())?;
            // Where the same came out as before, the log says so already.
            if !is_told(weights) {
                let entry = entry(digest_of_floats(weights));
                log.append(entry)?;
            }
        }
        Ok(Taught { converses: true, evidence: log.head().to_owned() })
    }

    /// Says that it was all done before.
    fn tell(&mut self, conversations: &[Conversation], pairs: &[Preference]) {
        if !conversations.is_empty() {
            self.onlooker.stage(Stage::Conversations, true);
        }
        if !pairs.is_empty() {
            self.onlooker.stage(Stage::Preferences, true);
        }
    }

    fn tune_anew(
        &mut self,
        read: &Read,
        conversations: &[Conversation],
        pairs: &[Preference],
    ) -> Result<(), BuildFault> {
        let mut tuned = Tuned { engine: &mut *self.engine, tokenizer: &read.tokenizer, recipe: &self.options.recipe };
        if !conversations.is_empty() {
            self.onlooker.stage(Stage::Conversations, false);
            supervised(&mut tuned, conversations, self.onlooker.watcher())?;
        }
        if !pairs.is_empty() {
            self.onlooker.stage(Stage::Preferences, false);
            preferences(&mut tuned, pairs, self.onlooker.watcher())?;
        }
        match self.onlooker.goes_on() {
            true => Ok(()),
            false => Err(BuildFault::Stopped { steps: self.options.recipe.schedule.steps }),
        }
    }
}

/// The weights that lie there; none where there are none, or not whole.
fn weights_of(folder: &Path) -> Option<Vec<f32>> {
    load_weights(folder).ok().map(|(_, weights)| weights)
}

/// SHA-256 of the conversations and then the pairs, each as a line of JSON.
fn digest(conversations: &[Conversation], pairs: &[Preference]) -> Result<String, EvidenceFault> {
    let mut hash = Sha256::new();
    conversations.iter().try_for_each(|item| add(&mut hash, item))?;
    pairs.iter().try_for_each(|item| add(&mut hash, item))?;
    Ok(hex::encode(hash.finalize()))
}

fn add(hash: &mut Sha256, item: &impl Serialize) -> Result<(), EvidenceFault> {
    hash.update(serde_json::to_vec(item).map_err(EvidenceFault::Entry)?);
    hash.update(b"\n");
    Ok(())
}
