//! Continuous batching: sequences come and go while every pass over the weights serves all of them.

use std::ops::Range;
use std::sync::{Arc, mpsc};

use super::ask::{Ask, Completion, Event, Finish, Hearer};
use super::kernel::Lanes;
use super::pass::{Cache, Pass, Segment};
use super::sample::Sampler;
use super::score::{Distribution, Scored};
use super::text::Text;
use super::weights::Weights;
use crate::Tokenizer;

/// Rows that a pass carries at most unless told otherwise: enough to make good use of each weight that is read, few
/// enough that a long prompt does not keep the others waiting.
const ROWS: usize = 64;

/// Runs many sequences side by side on one thread. What a sequence gets does not depend, to the bit, on the others.
///
/// Source: iteration-level scheduling, Orca (OSDI 2022), section 3; prompts in chunks beside decoding, Sarathi-Serve,
/// arXiv 2403.02310, section 4.
#[derive(Debug)]
pub struct Scheduler<H> {
    pass: Pass,
    tokenizer: Tokenizer,
    rows: usize,
    running: Vec<Sequence<H>>,
}

#[derive(Debug)]
struct Sequence<H> {
    hearer: H,
    ask: Ask,
    /// The prompt and what was written.
    ids: Vec<u32>,
    cache: Cache,
    sampler: Sampler,
    text: Text,
    prompt_scores: Vec<Option<Scored>>,
    has_ended: bool,
}

impl<H: Hearer> Scheduler<H> {
    /// Nothing runs yet.
    #[must_use]
    pub fn new(weights: Arc<Weights>, tokenizer: Tokenizer) -> Self {
        Self { pass: Pass::new(weights), tokenizer, rows: ROWS, running: Vec::new() }
    }

    /// Lets a pass carry at most so many rows, at least one. No number that comes out depends on it.
    #[must_use]
    pub fn with_rows(mut self, rows: usize) -> Self {
        self.rows = rows.max(1);
        self
    }

    /// Sequences that have not ended.
    #[must_use]
    pub fn running(&self) -> usize {
        self.running.len()
    }

    /// Takes a sequence in. Its prompt must have a token and, with what it may write, stay within the model's limit.
    pub fn add(&mut self, ask: Ask, hearer: H) {
        let weights = self.pass.weights();
        let mut sequence = Sequence {
            hearer,
            ids: ask.prompt.clone(),
            // The last token that is written is never read.
            cache: Cache::new(weights.shape(), ask.prompt.len() + ask.most.saturating_sub(1)),
            sampler: Sampler::new(ask.sampling),
            text: Text::new(ask.stops.clone(), ask.keeps_stop),
            prompt_scores: ask.prompt_scores.map(|_| vec![None]).unwrap_or_default(),
            has_ended: false,
            ask,
        };
        let has_nothing_to_score = sequence.ask.prompt_scores.is_none() || sequence.ask.prompt.len() < 2;
        if sequence.ask.most == 0 && has_nothing_to_score {
            sequence.end_prompt();
        } else {
            self.running.push(sequence);
        }
    }

    /// One pass: every sequence that writes gets a token, and the room that is left goes to prompts, first come first
    /// served.
    pub fn step(&mut self) {
        self.running.retain(|sequence| !sequence.hearer.is_gone());
        let shares = self.shares();
        let moving = || shares.iter().copied().filter(|share| *share > 0);
        let mut sequences: Vec<&mut Sequence<H>> = self
            .running
            .iter_mut()
            .zip(&shares)
            .filter(|(_, share)| **share > 0)
            .map(|(sequence, _)| sequence)
            .collect();
        let mut segments: Vec<Segment<'_>> =
            sequences.iter_mut().zip(moving()).map(|(sequence, share)| sequence.segment(share)).collect();
        let wanted: Vec<Range<usize>> = segments.iter().map(|segment| segment.wanted.clone()).collect();
        let lanes = self.pass.lanes();
        let vocab = self.pass.weights().shape().vocab;
        let mut rows = self.pass.run(&mut segments).chunks_exact(vocab);
        for ((sequence, share), wanted) in sequences.into_iter().zip(moving()).zip(wanted) {
            let start = sequence.cache.length() - share;
            for (place, row) in wanted.zip(&mut rows) {
                sequence.take(lanes, &self.tokenizer, start + place, row);
            }
            sequence.close_prompt(start);
        }
        self.running.retain(|sequence| !sequence.has_ended);
    }

    /// How many tokens of each sequence the next pass reads.
    fn shares(&self) -> Vec<usize> {
        let writes = |sequence: &Sequence<H>| sequence.cache.length() >= sequence.ask.prompt.len();
        let mut room = self.rows.saturating_sub(self.running.iter().filter(|sequence| writes(sequence)).count());
        // However many write, a prompt gets on.
        room = room.max(1);
        let shares = self.running.iter().map(|sequence| {
            if writes(sequence) {
                return 1;
            }
            let share = sequence.unread().min(room);
            room -= share;
            share
        });
        shares.collect()
    }
}

impl<H: Hearer> Sequence<H> {
    /// Tokens that no pass has read. The last token of a prompt that is only scored need not be.
    fn unread(&self) -> usize {
        self.ids.len() - self.cache.length() - usize::from(self.ask.most == 0)
    }

    fn segment(&mut self, share: usize) -> Segment<'_> {
        let start = self.cache.length();
        let is_last = start + share == self.ids.len();
        let wanted = if self.ask.prompt_scores.is_some() {
            0..share
        } else if is_last {
            share - 1..share
        } else {
            share..share
        };
        Segment { cache: &mut self.cache, ids: &self.ids[start..start + share], wanted }
    }

    /// Takes the logits behind the token at `position`.
    fn take(&mut self, lanes: Lanes, tokenizer: &Tokenizer, position: usize, logits: &[f32]) {
        match (self.ask.prompt.get(position + 1), self.ask.prompt_scores) {
            (Some(next), Some(top)) => {
                self.prompt_scores.push(Some(Distribution::new(lanes, logits).scored(*next, top)));
            }
            (Some(_), None) => {}
            (None, _) => self.write(lanes, tokenizer, position, logits),
        }
    }

    /// Tells the scores of the prompt once all of them are known and nothing was written before.
    fn close_prompt(&mut self, start: usize) {
        if self.ask.most == 0 && !self.has_ended && start < self.ask.prompt.len() && self.unread() == 0 {
            self.end_prompt();
        }
    }

    fn end_prompt(&mut self) {
        if self.ask.prompt_scores.is_some() {
            self.hearer.hear(Event::Prompt(std::mem::take(&mut self.prompt_scores)));
        }
        if self.ask.most == 0 {
            self.end(Finish::Length);
        }
    }

    fn end(&mut self, finish: Finish) {
        self.has_ended = true;
        self.hearer.hear(Event::End(finish));
    }

    fn write(&mut self, lanes: Lanes, tokenizer: &Tokenizer, position: usize, logits: &[f32]) {
        if position + 1 == self.ask.prompt.len() {
            self.end_prompt();
        }
        let written = self.ids.len() - self.ask.prompt.len();
        let banned =
            if written < self.ask.least { [&self.ask.ends[..], &self.ask.stop_ids].concat() } else { Vec::new() };
        let id = self.sampler.choose(logits, &banned);
        let scored = self.ask.scores.map(|top| Distribution::new(lanes, logits).scored(id, top));
        self.ids.push(id);
        let is_shown = self.ask.shows_special || !tokenizer.is_special(id);
        let stop = if is_shown { self.text.push(tokenizer.bytes(id)) } else { None };
        let finish = if self.ask.ends.contains(&id) {
            Some(Finish::End)
        } else if self.ask.stop_ids.contains(&id) {
            Some(Finish::StopId(id))
        } else {
            let length = (written + 1 >= self.ask.most).then_some(Finish::Length);
            stop.map(Finish::StopText).or(length)
        };
        let text = self.text.release(finish.is_some());
        self.hearer.hear(Event::Token { id, scored, text });
        if let Some(finish) = finish {
            self.end(finish);
        }
    }
}

/// Answers are sent with the number of what was asked.
impl Hearer for (usize, mpsc::Sender<(usize, Event)>) {
    fn hear(&mut self, event: Event) {
        // A hearer that is gone hears nothing.
        let _ = self.1.send((self.0, event));
    }

    fn is_gone(&self) -> bool {
        false
    }
}

/// Answers all that is asked, `side_by_side` at a time, on this thread. Each [`Ask`] must fit the model as for
/// [`Scheduler::add`].
#[must_use]
pub fn complete(weights: &Arc<Weights>, tokenizer: &Tokenizer, asks: Vec<Ask>, side_by_side: usize) -> Vec<Completion> {
    let mut completions = vec![Completion::default(); asks.len()];
    let mut scheduler = Scheduler::new(Arc::clone(weights), tokenizer.clone());
    let (sender, receiver) = mpsc::channel();
    let mut waiting = asks.into_iter().enumerate();
    loop {
        let room = side_by_side.max(1) - scheduler.running();
        for (number, ask) in waiting.by_ref().take(room) {
            scheduler.add(ask, (number, sender.clone()));
        }
        let has_more = scheduler.running() > 0;
        if has_more {
            scheduler.step();
        }
        for (number, event) in receiver.try_iter() {
            if let Some(completion) = completions.get_mut(number) {
                completion.take(event);
            }
        }
        if !has_more && waiting.len() == 0 {
            return completions;
        }
    }
}

#[cfg(test)]
mod tests;
