//! Figures about text and about the program itself.

use std::collections::BTreeMap;

use super::text::{Read, documents};
use super::{BuildFault, Walk};
use crate::card::{self, Bits, Fertility};
use crate::corpus::Language;
use crate::tokenizer;
use crate::train::BitsPerByte;

/// Text of each language that a compressor is set on, at most: it takes a second a megabyte.
const BASELINE_BYTES: usize = 4 << 20;

/// Text that was set apart, by language.
struct Apart {
    text: String,
    fertility: tokenizer::Fertility,
}

impl Walk<'_> {
    /// Fertility and bits per byte by language, on text that was set apart.
    pub(super) fn text_figures(
        &self,
        read: &Read,
        bits: &BitsPerByte,
    ) -> Result<(Vec<Fertility>, Vec<Bits>), BuildFault> {
        let mut apart: BTreeMap<Language, Apart> = BTreeMap::new();
        for document in documents(&self.work.join("corpus"), "validation")? {
            let document = document?;
            let of_language = apart.entry(document.language).or_insert_with(|| Apart {
                text: String::new(),
                fertility: tokenizer::Fertility::new(&read.tokenizer),
            });
            of_language.fertility.add(&document.text, &read.tokenizer.encode(&document.text));
            if of_language.text.len() < BASELINE_BYTES {
                of_language.text.push_str(&document.text);
            }
        }
        let fertility = apart.iter().map(|(language, apart)| Fertility {
            language: language.to_string(),
            tokens_per_word: apart.fertility.tokens_per_word(),
            characters_per_token: apart.fertility.characters_per_token(),
            bytes_per_token: apart.fertility.bytes_per_token(),
        });
        let mut lines = Vec::new();
        for (language, model) in bits {
            let Some(apart) = apart.get(language) else { continue };
            let path = self.work.join("corpus");
            let baseline = card::baseline(apart.text.as_bytes()).map_err(super::fault::file(&path))?;
            let Some(baseline) = baseline else { continue };
            lines.push(Bits {
                language: language.to_string(),
                bytes: apart.fertility.bytes,
                model: *model,
                baseline,
                baseline_name: card::BASELINE.to_owned(),
            });
        }
        Ok((fertility.collect(), lines))
    }
}

/// Seconds of processors that this process has used, where the system tells.
pub(super) fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program stands in parentheses and may hold anything; `utime` and `stime` are the 14th and 15th.
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let ticks = fields.next()?.parse::<f64>().ok()? + fields.next()?.parse::<f64>().ok()?;
    // Linux counts these in hundredths for every program, whatever it uses inside.
    Some(ticks / 100.0)
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(target_os = "linux")]
    fn time_that_was_used_is_counted() {
        let before = super::cpu_seconds().unwrap();
        let mut sum = 0_u64;
        for round in 0..200_000_000_u64 {
            sum = sum.wrapping_add(std::hint::black_box(round));
        }
        std::hint::black_box(sum);
        assert!(super::cpu_seconds().unwrap() >= before);
        assert!(super::cpu_seconds().unwrap() > 0.0);
    }
}
