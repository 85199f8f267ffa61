//! The report card of a model: what it is, what it was made from, what it can do, in figures that can be checked.
//!
//! [`Facts`] goes in; out come `card.json` (the facts as they are; the schema is the fields of [`Facts`], whose names are
//! its keys), `card.md` and `card.html`, in Korean and English. Nothing in a card is computed from anything else than the
//! facts, so that two cards of the same facts are the same to the byte.
//!
//! - [`fit`]: the loss as a function of the size, over runs of several depths, and what it promises for the next depth;
//! - [`baseline()`]: what a general compressor makes of the same text, in the same unit;
//! - [`write()`]: the three files.

mod chart;
mod facts;
mod render;
pub mod scaling;
#[cfg(test)]
mod tests;

pub use self::facts::{
    Bits, CurvePoint, Digests, Evaluation, Facts, Fertility, Parameters, SCHEMA, Sample, Scaling, Source, Speed,
    Training,
};
pub use self::render::{CardFault, html, json, markdown, write};
pub use self::scaling::{Fit, FitFault, Prediction, Run, fit};

/// The name of the baseline that [`baseline()`] computes.
pub const BASELINE: &str = "zstd -19";

/// Bits per byte of a text under zstd at level 19 in one frame: what a compressor that has learned nothing makes of it.
///
/// None for an empty text.
///
/// # Errors
///
/// Those of zstd; memory that cannot be had is the only one known.
pub fn baseline(text: &[u8]) -> std::io::Result<Option<f64>> {
    if text.is_empty() {
        return Ok(None);
    }
    let compressed = zstd::bulk::compress(text, 19)?;
    Ok(Some(8.0 * compressed.len() as f64 / text.len() as f64))
}
