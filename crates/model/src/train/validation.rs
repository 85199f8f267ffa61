//! Bits per byte of text that was not trained on, by language.

use std::collections::BTreeMap;

use super::engine::{Engine, EngineFault};
use crate::corpus::{Language, Tokens, Windows, WindowsFault};
use crate::network::Batch;

/// Bits per byte by language; only languages that the text has.
pub type BitsPerByte = BTreeMap<Language, f64>;

/// Windows of a validation text, spread evenly over it.
///
/// Special tokens stand for no bytes and are left out, so that the figure can be compared between tokenizers.
#[derive(Debug)]
pub struct Validation {
    inputs: Vec<u32>,
    targets: Vec<u32>,
    languages: Vec<Language>,
    bytes: Vec<u32>,
    length: usize,
}

impl Validation {
    /// At most `most` windows of `length` tokens.
    ///
    /// # Errors
    /// [`WindowsFault`] for a text that is shorter than one.
    pub fn new(tokens: &Tokens, length: usize, most: usize) -> Result<Self, WindowsFault> {
        let windows = Windows::in_order(tokens, length)?;
        let languages: Vec<Language> = tokens.languages().collect();
        let taken = windows.count().min(most.max(1));
        let mut validation =
            Self { inputs: Vec::new(), targets: Vec::new(), languages: Vec::new(), bytes: Vec::new(), length };
        for place in 0..taken {
            let index = place * windows.count() / taken;
            let (inputs, targets) = windows.get(index);
            let first = windows.start(index) + 1;
            validation.inputs.extend(inputs);
            validation.targets.extend(targets);
            validation.languages.extend(&languages[first..first + length]);
            validation.bytes.extend(targets.iter().map(|target| tokens.bytes_of(*target) as u32));
        }
        Ok(validation)
    }

    /// What the engine's weights make of it.
    ///
    /// # Errors
    /// [`EngineFault`].
    pub fn measure(&self, engine: &mut dyn Engine) -> Result<BitsPerByte, EngineFault> {
        let mut nats = vec![0.0; self.inputs.len()];
        let rows = self.inputs.len() / self.length;
        let batch = Batch { inputs: &self.inputs, targets: &self.targets, weights: None, rows, length: self.length };
        engine.losses(&batch, &mut nats)?;
        Ok(self.bits_per_byte(&nats))
    }

    fn bits_per_byte(&self, nats: &[f32]) -> BitsPerByte {
        let mut sums: BTreeMap<Language, (f64, u64)> = BTreeMap::new();
        for ((nats, bytes), language) in nats.iter().zip(&self.bytes).zip(&self.languages) {
            if *bytes > 0 {
                let (sum, count) = sums.entry(*language).or_default();
                *sum += f64::from(*nats);
                *count += u64::from(*bytes);
            }
        }
        let bits = |(sum, count): (f64, u64)| sum / std::f64::consts::LN_2 / count as f64;
        sums.into_iter().map(|(language, sums)| (language, bits(sums))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Span;

    #[test]
    fn special_tokens_count_for_nothing() {
        let tokens = Tokens {
            ids: vec![0, 1, 2, 0, 1, 1, 2],
            spans: [(Language::English, 3), (Language::Korean, 4)]
                .map(|(language, count)| Span { language, count })
                .to_vec(),
            text_bytes: vec![0, 1, 3],
            digest: String::new(),
            documents: 2,
        };
        let validation = Validation::new(&tokens, 3, 10).unwrap();
        assert_eq!(validation.targets, [1, 2, 0, 1, 1, 2]);
        // English: tokens 1 and 2, four bytes; Korean: 1, 1, 2, five bytes; the border's loss of 9 is left out.
        let ln2 = std::f32::consts::LN_2;
        let bits = validation.bits_per_byte(&[ln2, 3.0 * ln2, 9.0, 2.0 * ln2, 2.0 * ln2, ln2]);
        assert!((bits[&Language::English] - 1.0).abs() < 1e-6);
        assert!((bits[&Language::Korean] - 1.0).abs() < 1e-6);
        assert_eq!(bits.len(), 2);
    }
}
