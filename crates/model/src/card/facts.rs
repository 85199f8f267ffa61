//! What a card says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::scaling::{Fit, Prediction, Run};
use crate::{Kind, Layout, Shape};

/// The form of `card.json` that this version writes.
pub const SCHEMA: &str = "daepyo.model.card/1";

/// Everything a card says. Languages are named by BCP 47, e.g. `ko`; digests are SHA-256 in hexadecimal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// [`SCHEMA`].
    pub schema: String,
    /// The model's name.
    pub name: String,
    /// Its sizes.
    pub shape: Shape,
    /// Its weights, counted.
    pub parameters: Parameters,
    /// What it was made from.
    pub data: Vec<Source>,
    /// How its vocabulary fits each language.
    pub fertility: Vec<Fertility>,
    /// How it was trained.
    pub training: Training,
    /// What it makes of text that it has not seen, by language.
    pub bits_per_byte: Vec<Bits>,
    /// The fit over models of several sizes, where there were some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scaling: Option<Scaling>,
    /// What it answered right.
    pub evaluations: Vec<Evaluation>,
    /// What it writes.
    pub samples: Vec<Sample>,
    /// What it can be checked against.
    pub digests: Digests,
}

/// Weights, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Of the embedding; the head too where the two are one matrix.
    pub embedding: u64,
    /// Of the head, where it is a matrix of its own.
    pub head: u64,
    /// Of everything else.
    pub other: u64,
    /// All.
    pub total: u64,
}

impl Parameters {
    /// Counts the weights of a shape.
    #[must_use]
    pub fn of(shape: &Shape) -> Self {
        let layout = Layout::of(shape);
        let count = |kind: Kind| -> u64 {
            layout.places().iter().filter(|place| place.kind == kind).map(|place| place.range().len() as u64).sum()
        };
        let (embedding, head, total) = (count(Kind::Embedding), count(Kind::Head), layout.floats() as u64);
        Self { embedding, head, other: total - embedding - head, total }
    }
}

/// One source of text, as the manifest of the corpus has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Its licence, by SPDX where that has it.
    pub licence: String,
    /// Its language, or several with commas between.
    pub language: String,
    /// Documents kept.
    pub documents: u64,
    /// Bytes of UTF-8 kept.
    pub bytes: u64,
    /// Digest of what was read.
    pub digest: String,
}

/// How a vocabulary fits a language, counted on its validation text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fertility {
    /// The language.
    pub language: String,
    /// Tokens for a word between blanks (in Korean, an eojeol).
    pub tokens_per_word: f64,
    /// Characters (Unicode scalar values) in a token.
    pub characters_per_token: f64,
    /// Bytes of UTF-8 in a token.
    pub bytes_per_token: f64,
}

/// How a model was trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Steps of the optimiser.
    pub steps: u64,
    /// Tokens that were trained on, repeats counted.
    pub tokens: u64,
    /// Floating-point operations, by [`Shape::training_flops_per_token`].
    pub flops: f64,
    /// Seconds on the wall, all stages together.
    pub wall_seconds: f64,
    /// Seconds of processors.
    pub cpu_seconds: f64,
    /// Threads.
    pub threads: usize,
    /// How fast.
    pub speed: Speed,
    /// What happened on the way.
    pub curve: Vec<CurvePoint>,
}

/// How fast a model was trained, and how fast the machine could have been.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Speed {
    /// Tokens a second on the wall, looks at the validation text and checkpoints left out.
    pub tokens_per_second: f64,
    /// Floating-point operations a second that went into training.
    pub flops_per_second: f64,
    /// The most that a product of matrices reached on this machine with as many threads.
    pub peak_flops_per_second: f64,
}

impl Speed {
    /// The share of the measured peak that was reached.
    #[must_use]
    pub fn share_of_peak(&self) -> f64 {
        self.flops_per_second / self.peak_flops_per_second
    }
}

/// A moment of the training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurvePoint {
    /// Steps done.
    pub step: u64,
    /// Tokens seen.
    pub tokens: u64,
    /// Mean loss of the step, nats a token; none where a long training wrote down no loss of a step that was validated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<f64>,
    /// Bits per byte on validation text by language, where it was looked at.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bits_per_byte: BTreeMap<String, f64>,
}

/// What a model makes of text that it has not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bits {
    /// The language.
    pub language: String,
    /// Bytes of the text.
    pub bytes: u64,
    /// Bits that the model needs for a byte, special tokens left out.
    pub model: f64,
    /// Bits that a compressor needs for a byte of the same text.
    pub baseline: f64,
    /// Which compressor.
    pub baseline_name: String,
}

/// The loss as a function of the size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaling {
    /// What was trained, smallest first.
    pub runs: Vec<Run>,
    /// The curve through it.
    pub fit: Fit,
    /// What it promised for a model that was not trained yet, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prediction: Option<Prediction>,
    /// What that model then reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<f64>,
}

/// An evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Its name.
    pub name: String,
    /// The language of its questions.
    pub language: String,
    /// Questions.
    pub questions: u64,
    /// The share answered right, from 0 to 1.
    pub score: f64,
    /// The share that guessing answers right.
    pub chance: f64,
}

impl Evaluation {
    /// The standard error of the score, as that of a share.
    #[must_use]
    pub fn standard_error(&self) -> f64 {
        (self.score * (1.0 - self.score) / self.questions as f64).sqrt()
    }
}

/// Something the model wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The language of the prompt.
    pub language: String,
    /// What it was given.
    pub prompt: String,
    /// How it went on.
    pub text: String,
    /// The temperature; 0 takes the likeliest token.
    pub temperature: f64,
    /// The seed.
    pub seed: u64,
}

/// What a model can be checked against: digests, and what is not known is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digests {
    /// The recipe in its canonical form.
    pub recipe: String,
    /// The manifest of the corpus.
    pub data: String,
    /// `tokenizer.json`.
    pub tokenizer: String,
    /// The weights.
    pub weights: String,
    /// The source of the program that trained it.
    pub source: String,
    /// The last link of the log of evidence.
    pub evidence: String,
}
