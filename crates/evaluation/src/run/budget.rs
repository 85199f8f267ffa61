//! What a run may cost at most.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Usage;
use crate::endpoint::Bound;

/// Limits of a run; what is none is not limited.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// Requests sent to models, those sent again counted again.
    pub requests: Option<u64>,
    /// Tokens, read and written.
    pub tokens: Option<u64>,
    /// Money, in the currency of the prices.
    pub cost: Option<f64>,
}

/// What a model costs, in money for a million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Prices {
    /// For tokens it reads.
    pub prompt: f64,
    /// For tokens it writes, thoughts among them.
    pub completion: f64,
}

impl Prices {
    /// What this usage costs.
    pub fn cost(&self, usage: &Usage) -> f64 {
        self.of(usage.prompt, usage.completion)
    }

    #[expect(clippy::cast_precision_loss, reason = "nobody reads 2^53 tokens")]
    fn of(&self, prompt: u64, completion: u64) -> f64 {
        (prompt as f64 * self.prompt + completion as f64 * self.completion) / 1e6
    }
}

/// What was spent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// Requests sent.
    pub requests: u64,
    /// Tokens, read and written.
    pub tokens: u64,
    /// Money.
    pub cost: f64,
}

impl Spent {
    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.tokens += other.tokens;
        self.cost += other.cost;
    }

    fn take(&mut self, other: &Self) {
        self.requests = self.requests.saturating_sub(other.requests);
        self.tokens = self.tokens.saturating_sub(other.tokens);
        self.cost = (self.cost - other.cost).max(0.0);
    }
}

/// A budget, which any number of runs may share.
///
/// The stop is hard: before a request is sent, the most it can take is set aside (a token is at least one byte of the prompt,
/// and no more are written than asked for), and a request that could go over the limit is not sent. As real usage comes in,
/// what was set aside and not taken is free again. Where an endpoint does not tell its usage, or a request ends in a way that may
/// have cost all the same, the most it can take counts as taken.
#[derive(Debug, Default)]
pub struct Budget {
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    spent: Spent,
    aside: Spent,
}

/// What is set aside for one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Aside {
    most: Spent,
    prices: Prices,
}

/// Whether a request may be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Grant {
    /// It may.
    Given(Aside),
    /// Perhaps when those on their way are back.
    NotYet,
    /// It may not.
    Over,
}

impl Budget {
    /// A budget with these limits.
    pub fn new(limits: Limits) -> Self {
        Self { limits, state: Mutex::default() }
    }

    /// What was spent so far.
    pub fn spent(&self) -> Spent {
        self.state().spent
    }

    /// Asks whether a request that takes at most this may be sent.
    pub(crate) fn set_aside(&self, bound: Bound, prices: Prices) -> Grant {
        let cost = prices.of(bound.prompt, bound.completion);
        let most = Spent { requests: 1, tokens: bound.prompt.saturating_add(bound.completion), cost };
        let mut state = self.state();
        if !self.holds(&state.spent, &most) {
            return Grant::Over;
        }
        let mut taken = state.spent;
        taken.add(&state.aside);
        if !self.holds(&taken, &most) {
            return Grant::NotYet;
        }
        state.aside.add(&most);
        Grant::Given(Aside { most, prices })
    }

    /// Says what a request took: its usage, or nothing but itself, or, where neither is known, all that was set aside.
    pub(crate) fn settle(&self, aside: &Aside, took: Took) -> Spent {
        let spent = match took {
            Took::Usage(usage) => {
                let tokens = usage.prompt.saturating_add(usage.completion);
                Spent { requests: 1, tokens, cost: aside.prices.cost(&usage) }
            }
            Took::Nothing => Spent { requests: 1, tokens: 0, cost: 0.0 },
            Took::Unknown => aside.most,
        };
        let mut state = self.state();
        state.aside.take(&aside.most);
        state.spent.add(&spent);
        spent
    }

    fn holds(&self, taken: &Spent, more: &Spent) -> bool {
        let within =
            |limit: Option<u64>, taken: u64, more: u64| limit.is_none_or(|limit| taken.saturating_add(more) <= limit);
        within(self.limits.requests, taken.requests, more.requests)
            && within(self.limits.tokens, taken.tokens, more.tokens)
            && self.limits.cost.is_none_or(|limit| taken.cost + more.cost <= limit)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a request took.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Took {
    /// As much as the endpoint says.
    Usage(Usage),
    /// No tokens.
    Nothing,
    /// Nobody knows.
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_go_over_is_not_sent() {
        let budget = Budget::new(Limits { tokens: Some(100), ..Limits::default() });
        let ask = |prompt, completion| budget.set_aside(Bound { prompt, completion }, Prices::default());
        let Grant::Given(first) = ask(40, 20) else { panic!("there is room") };
        assert!(matches!(ask(40, 20), Grant::NotYet));
        assert!(matches!(ask(90, 20), Grant::Over));
        budget.settle(&first, Took::Usage(Usage { prompt: 10, completion: 5, reasoning: 0 }));
        assert!(matches!(ask(40, 20), Grant::Given(_)));
        assert_eq!(budget.spent(), Spent { requests: 1, tokens: 15, cost: 0.0 });
    }

    #[test]
    fn money_and_unknown_usage_count() {
        let budget = Budget::new(Limits { cost: Some(1.0), ..Limits::default() });
        let prices = Prices { prompt: 1e6, completion: 2e6 };
        let bound = Bound { prompt: 0, completion: 0 };
        let Grant::Given(_) = budget.set_aside(bound, prices) else { panic!("it costs nothing") };
        let half = Budget::new(Limits { cost: Some(0.5), ..Limits::default() });
        let cheap = Prices { prompt: 1000.0, completion: 2000.0 };
        let Grant::Given(aside) = half.set_aside(Bound { prompt: 100, completion: 200 }, cheap) else {
            panic!("exactly")
        };
        half.settle(&aside, Took::Unknown);
        assert!((half.spent().cost - 0.5).abs() < 1e-12);
        assert!(matches!(half.set_aside(Bound { prompt: 1, completion: 0 }, cheap), Grant::Over));
    }
}
