//! What both kinds of tuning have in common: order, rates, and what is told.

use super::TuneFault;
use crate::corpus::Chance;
use crate::recipe::Recipe;
use crate::train::{Clock, Engine, Event, Rates, State, StepReport, Watcher};
use crate::{Layout, Tokenizer};

/// What is tuned, and by which recipe.
pub struct Tuned<'a> {
    /// The engine, with the weights that the tuning starts from.
    pub engine: &'a mut dyn Engine,
    /// The model's tokenizer.
    pub tokenizer: &'a Tokenizer,
    /// Seed, rates and lengths.
    pub recipe: &'a Recipe,
}

/// A plan: so many items, so many a step, so many times, at such a peak.
pub(crate) struct Plan {
    pub(crate) items: usize,
    pub(crate) epochs: usize,
    pub(crate) rate_share: f64,
    /// The key of the recipe that sets the rate.
    pub(crate) key: &'static str,
    /// What the order is drawn for.
    pub(crate) purpose: &'static str,
}

/// A tuning as it goes.
pub(crate) struct Steps<'a, 'b> {
    pub(crate) tuned: &'b mut Tuned<'a>,
    plan: Plan,
    clock: Clock,
    pub(crate) done: u64,
    tokens: u64,
}

impl<'a, 'b> Steps<'a, 'b> {
    /// Starts with the engine's weights and without a memory of the gradients they came from.
    pub(crate) fn start(tuned: &'b mut Tuned<'a>, plan: Plan, watcher: &mut dyn Watcher) -> Result<Self, TuneFault> {
        let weights = tuned.engine.weights()?.to_vec();
        tuned.engine.load(State::new(weights))?;
        let shape = &tuned.recipe.shape;
        let clock = Clock::start(shape, tuned.recipe.lanes.rows * shape.context, tuned.engine.width());
        let steps = Self { plan, clock, done: 0, tokens: 0, tuned };
        let (peak, parameters) = (steps.clock.peak(), Layout::of(&steps.tuned.recipe.shape).floats());
        watcher.see(&Event::Started { done: 0, steps: steps.steps(), parameters, peak });
        Ok(steps)
    }

    fn per_step(&self) -> usize {
        self.tuned.recipe.tuning.conversations_per_step.max(1)
    }

    fn steps(&self) -> u64 {
        (self.plan.epochs * self.plan.items.div_ceil(self.per_step())) as u64
    }

    /// The items of each step: every epoch in an order of its own, its last step with what is left.
    pub(crate) fn order(&self) -> Vec<Vec<usize>> {
        let mut order = Vec::new();
        for epoch in 0..self.plan.epochs {
            let mut items: Vec<usize> = (0..self.plan.items).collect();
            let purpose = format!("{}, epoch {epoch}", self.plan.purpose);
            Chance::new(self.tuned.recipe.seed, &purpose).shuffle(&mut items);
            order.extend(items.chunks(self.per_step()).map(<[usize]>::to_vec));
        }
        order
    }

    pub(crate) fn begin(&mut self) {
        self.clock.begin();
    }

    /// Steps with what was accumulated over sequences of a length, and tells of it.
    pub(crate) fn take(
        &mut self,
        loss: f64,
        (tokens, length): (usize, usize),
        watcher: &mut dyn Watcher,
    ) -> Result<(), TuneFault> {
        let recipe = self.tuned.recipe;
        self.finite("the loss", loss)?;
        let rate_share = self.share();
        let peak = rate_share * self.plan.rate_share;
        let (adamw, muon) = (recipe.optimiser.learning_rate, recipe.optimiser.muon_learning_rate);
        let norm = self.tuned.engine.apply(Rates { adamw: peak * adamw, muon: peak * muon })?;
        self.finite("the norm of the gradient", norm)?;
        self.done += 1;
        self.tokens += tokens as u64;
        self.clock.end(&recipe.shape, tokens, length);
        watcher.see(&Event::Step(&StepReport {
            step: self.done,
            steps: self.steps(),
            tokens: self.tokens,
            loss,
            norm,
            rate_share,
            tokens_per_second: self.clock.tokens_per_second(),
            peak_share: self.clock.peak_share(),
            seconds_left: self.clock.seconds_left(self.steps() - self.done),
        }));
        Ok(())
    }

    /// Up linearly over the warm-up, then down linearly to nothing.
    fn share(&self) -> f64 {
        let (done, steps) = (self.done as f64, self.steps() as f64);
        let warmup = (steps * self.tuned.recipe.tuning.warmup_share).max(1.0);
        ((done + 1.0) / warmup).min((steps - done) / (steps - warmup).max(1.0)).min(1.0)
    }

    fn finite(&self, what: &'static str, value: f64) -> Result<(), TuneFault> {
        let fault = TuneFault::NotFinite { what, step: self.done + 1, value, key: self.plan.key };
        if value.is_finite() { Ok(()) } else { Err(fault) }
    }
}
