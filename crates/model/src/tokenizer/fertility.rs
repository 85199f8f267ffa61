//! How well a vocabulary fits a language: the figures of the report card.

use super::Tokenizer;

/// Counts over texts of one language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fertility {
    /// Words: what white space separates (in Korean, eojeol).
    pub words: u64,
    /// Characters: Unicode scalar values.
    pub characters: u64,
    /// Bytes of UTF-8.
    pub bytes: u64,
    /// Tokens.
    pub tokens: u64,
    /// How often each id occurred.
    occurrences: Vec<u64>,
}

/// The order of the Rényi entropy that Zouhar et al. found to go best with quality in translation.
const ALPHA: f64 = 2.5;

impl Fertility {
    /// Nothing counted, for a tokenizer.
    #[must_use]
    pub fn new(tokenizer: &Tokenizer) -> Self {
        Self { occurrences: vec![0; tokenizer.vocab_size()], ..Self::default() }
    }

    /// Counts a text and its ids.
    pub fn add(&mut self, text: &str, ids: &[u32]) {
        self.words += text.split_whitespace().count() as u64;
        self.characters += text.chars().count() as u64;
        self.bytes += text.len() as u64;
        self.tokens += ids.len() as u64;
        for &id in ids {
            if let Some(count) = self.occurrences.get_mut(id as usize) {
                *count += 1;
            }
        }
    }

    /// Tokens per word; the usual meaning of fertility. NaN if nothing was counted.
    #[must_use]
    pub fn tokens_per_word(&self) -> f64 {
        self.tokens as f64 / self.words as f64
    }

    /// Characters per token. NaN if nothing was counted.
    #[must_use]
    pub fn characters_per_token(&self) -> f64 {
        self.characters as f64 / self.tokens as f64
    }

    /// Bytes per token: what bits per token must be divided by to give bits per byte. NaN if nothing was counted.
    #[must_use]
    pub fn bytes_per_token(&self) -> f64 {
        self.bytes as f64 / self.tokens as f64
    }

    /// The share of the vocabulary that occurred, between 0 and 1.
    #[must_use]
    pub fn used(&self) -> f64 {
        self.occurrences.iter().filter(|&&count| count > 0).count() as f64 / self.occurrences.len() as f64
    }

    /// The Rényi efficiency of order 2.5 (Zouhar et al. 2023, "Tokenization and the Noiseless Channel", section 4): the
    /// Rényi entropy of the distribution of tokens, divided by that of a uniform one over the vocabulary. Between 0 and
    /// 1; low where a few tokens make up most of the text. NaN if nothing was counted.
    #[must_use]
    pub fn renyi_efficiency(&self) -> f64 {
        let total = self.tokens as f64;
        let shares = self.occurrences.iter().filter(|&&count| count > 0).map(|&count| count as f64 / total);
        let sum: f64 = shares.map(|share| libm::pow(share, ALPHA)).sum();
        libm::log(sum) / (1.0 - ALPHA) / libm::log(self.occurrences.len() as f64)
    }
}
