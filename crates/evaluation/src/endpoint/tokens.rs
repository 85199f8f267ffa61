//! Token ids, made by the server's own `/tokenize`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use super::fault::{Course, Fault};
use super::http::Http;

/// So many contexts are kept: the requests of one multiple-choice item share theirs.
const KEPT: usize = 1024;

type Cell = Arc<OnceCell<Arc<[u32]>>>;

/// Makes token ids of texts, and remembers the last ones.
#[derive(Default)]
pub(crate) struct Tokens {
    kept: Mutex<Kept>,
    prefix: OnceCell<u32>,
}

#[derive(Default)]
struct Kept {
    by_text: BTreeMap<Arc<str>, Cell>,
    order: VecDeque<Arc<str>>,
}

#[derive(Serialize)]
struct Ask<'a> {
    prompt: &'a str,
    add_special_tokens: bool,
}

#[derive(Deserialize)]
struct Told {
    tokens: Vec<u32>,
}

#[derive(Deserialize)]
struct Info {
    bos_token: Option<String>,
    eos_token: Option<String>,
}

/// A context and its continuation as token ids, cut to the longest sequence on the left.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    /// All that is sent.
    pub(crate) whole: Vec<u32>,
    /// Where the continuation begins in it.
    pub(crate) border: usize,
    /// So many tokens were cut off.
    pub(crate) cut: usize,
}

impl Tokens {
    /// The tokens of a text, special ones not added.
    pub(crate) async fn of(&self, http: &Http, text: &str) -> Result<Vec<u32>, Fault> {
        let path = http.address.under_root("/tokenize");
        let ask = Ask { prompt: text, add_special_tokens: false };
        let body = serde_json::to_vec(&ask).map_err(|fault| Fault::transport(Course::Permanent, fault.to_string()))?;
        let told = http.post(&path, Bytes::from(body)).await.map_err(without_tokenizer)?;
        let told: Told = serde_json::from_slice(&told).map_err(|fault| {
            Fault::unusable(Course::Hopeless, format!("`/tokenize` gave no list of tokens: {fault}"))
        })?;
        Ok(told.tokens)
    }

    /// The same, remembered.
    async fn remembered(&self, http: &Http, text: &str) -> Result<Arc<[u32]>, Fault> {
        let cell = self.kept.lock().unwrap_or_else(PoisonError::into_inner).cell(text);
        let tokens = cell.get_or_try_init(|| async { self.of(http, text).await.map(Arc::from) }).await?;
        Ok(Arc::clone(tokens))
    }

    /// What stands in for an empty context: BOS, or EOS where there is none.
    pub(crate) async fn prefix(&self, http: &Http) -> Result<u32, Fault> {
        let ask = || async {
            let info = http.get(&http.address.under_root("/tokenizer_info")).await.map_err(without_tokenizer)?;
            let none = || Fault::unusable(Course::Hopeless, "`/tokenizer_info` names neither a BOS nor an EOS token");
            let info: Info = serde_json::from_slice(&info).map_err(|_| none())?;
            let name = info.bos_token.or(info.eos_token).ok_or_else(none)?;
            self.of(http, &name).await?.first().copied().ok_or_else(none)
        };
        self.prefix.get_or_try_init(ask).await.copied()
    }

    /// Context and whole made token ids apart, as lm-eval does: what the whole has behind as many tokens as the context has.
    pub(crate) async fn pair(
        &self,
        http: &Http,
        context: &str,
        continuation: &str,
    ) -> Result<(Vec<u32>, Vec<u32>), Fault> {
        let before = self.remembered(http, context).await?;
        let whole = self.of(http, &format!("{context}{continuation}")).await?;
        let after = whole.get(before.len()..).unwrap_or_default().to_vec();
        Ok((before.to_vec(), after))
    }
}

impl Kept {
    fn cell(&mut self, text: &str) -> Cell {
        if let Some(cell) = self.by_text.get(text) {
            return Arc::clone(cell);
        }
        if self.order.len() >= KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_text.remove(&oldest);
        }
        let text: Arc<str> = text.into();
        let cell = Cell::default();
        self.order.push_back(Arc::clone(&text));
        self.by_text.insert(text, Arc::clone(&cell));
        cell
    }
}

fn without_tokenizer(mut fault: Fault) -> Fault {
    if fault.failure.status == Some(404) {
        fault.failure.reason = "the endpoint has no `/tokenize` and `/tokenizer_info`; send prompts as texts".into();
    }
    fault
}

impl Pair {
    /// Cuts to `longest` tokens on the left. A continuation that would lose its context, or be cut itself, is a fault.
    pub(crate) fn new(context: &[u32], continuation: &[u32], longest: usize) -> Result<Self, Fault> {
        let long = context.len() + continuation.len();
        let cut = long.saturating_sub(longest);
        if cut >= context.len() {
            let reason = format!(
                "the continuation has {} tokens and leaves no room for a context in {longest}",
                continuation.len()
            );
            return Err(Fault::transport(Course::Permanent, reason));
        }
        let whole = context.iter().chain(continuation).skip(cut).copied().collect();
        Ok(Self { whole, border: context.len() - cut, cut })
    }
}

/// Windows that weigh every token once, each with as much context before it as fits: lm-eval's
/// `get_rolling_token_windows` with a context of one, made disjoint. Every window is a context and what is weighed.
pub(crate) fn windows(tokens: &[u32], prefix: u32, longest: usize) -> Vec<(Vec<u32>, Vec<u32>)> {
    let longest = longest.max(1);
    let first = longest.min(tokens.len());
    let mut all = Vec::new();
    if first > 0 {
        all.push((vec![prefix], tokens[..first].to_vec()));
    }
    let mut done = first;
    while done < tokens.len() {
        let end = (done + longest).min(tokens.len());
        let start = end.saturating_sub(longest + 1);
        all.push((tokens[start..done].to_vec(), tokens[done..end].to_vec()));
        done = end;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Check values: `make_disjoint_window` over `get_rolling_token_windows` of lm-eval 0.4.13, prefix 100, context 1.
    #[test]
    fn windows_are_lm_evals() {
        let tokens: Vec<u32> = (0..10).collect();
        let told = |longest| windows(&tokens, 100, longest);
        assert_eq!(told(20), [(vec![100], tokens.clone())]);
        assert_eq!(told(4), [(vec![100], vec![0, 1, 2, 3]), (vec![3], vec![4, 5, 6, 7]), (vec![5, 6, 7], vec![8, 9])]);
        assert_eq!(told(1).len(), 10);
        assert_eq!(told(1)[9], (vec![8], vec![9]));
        assert!(windows(&[], 100, 4).is_empty());
    }

    #[test]
    fn a_pair_is_cut_on_the_left_and_never_loses_its_context() {
        let pair = Pair::new(&[1, 2, 3], &[4, 5], 10).unwrap();
        assert_eq!(pair, Pair { whole: vec![1, 2, 3, 4, 5], border: 3, cut: 0 });
        let pair = Pair::new(&[1, 2, 3], &[4, 5], 3).unwrap();
        assert_eq!(pair, Pair { whole: vec![3, 4, 5], border: 1, cut: 2 });
        assert!(Pair::new(&[1, 2, 3], &[4, 5], 2).is_err());
    }
}
