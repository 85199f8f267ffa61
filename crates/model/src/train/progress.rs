//! The curves of a run, and what the model said on its way, as JSON lines beside its checkpoints.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::validation::BitsPerByte;
use super::watcher::{Sample, StepReport};

/// One line of `progress.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Steps done.
    pub step: u64,
    /// Tokens seen.
    pub tokens: u64,
    /// Mean nats a token of the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<f64>,
    /// Norm of the gradient before it was clipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub norm: Option<f64>,
    /// The rate, as a share of its peak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_share: Option<f64>,
    /// Tokens a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_per_second: Option<f64>,
    /// Share of the measured peak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_share: Option<f64>,
    /// Of the validation text, by language.
    #[serde(default, skip_serializing_if = "BitsPerByte::is_empty")]
    pub bits_per_byte: BitsPerByte,
}

impl From<&StepReport> for Point {
    fn from(report: &StepReport) -> Self {
        Self {
            step: report.step,
            tokens: report.tokens,
            loss: Some(report.loss),
            norm: Some(report.norm),
            rate_share: Some(report.rate_share),
            tokens_per_second: Some(report.tokens_per_second),
            peak_share: Some(report.peak_share),
            bits_per_byte: BitsPerByte::new(),
        }
    }
}

impl Point {
    /// A look at the validation text.
    #[must_use]
    pub fn of_validation(step: u64, tokens: u64, bits_per_byte: BitsPerByte) -> Self {
        Self {
            step,
            tokens,
            loss: None,
            norm: None,
            rate_share: None,
            tokens_per_second: None,
            peak_share: None,
            bits_per_byte,
        }
    }
}

/// One line of `samples.jsonl`: what the model said at a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Steps done.
    pub step: u64,
    /// What it was given and what it made of it.
    pub samples: Vec<Sample>,
}

/// Something that belongs to a step.
pub trait AtStep {
    /// Steps done.
    fn step(&self) -> u64;
}

impl AtStep for Point {
    fn step(&self) -> u64 {
        self.step
    }
}

impl AtStep for Said {
    fn step(&self) -> u64 {
        self.step
    }
}

/// A file of lines, each of a step, and what is in it.
#[derive(Debug)]
pub struct Lines<T> {
    file: File,
    items: Vec<T>,
}

impl<T: AtStep + Serialize + DeserializeOwned> Lines<T> {
    /// Opens the file of a run that has done `done` steps: what belongs to later steps is dropped, since it comes again,
    /// and so is a line that a kill tore.
    ///
    /// # Errors
    /// What the system said.
    pub fn open(path: &Path, done: u64) -> io::Result<Self> {
        let text = match fs::read_to_string(path) {
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => String::new(),
            read => read?,
        };
        let lines = text.lines().filter_map(|line| serde_json::from_str::<T>(line).ok());
        let items: Vec<T> = lines.filter(|item| item.step() <= done).collect();
        let kept: String = items.iter().filter_map(|item| Some(serde_json::to_string(item).ok()? + "\n")).collect();
        fs::write(path, kept)?;
        let file = OpenOptions::new().append(true).open(path)?;
        Ok(Self { file, items })
    }

    /// Adds a line.
    ///
    /// # Errors
    /// What the system said.
    pub fn add(&mut self, item: T) -> io::Result<()> {
        self.file.write_all((serde_json::to_string(&item)? + "\n").as_bytes())?;
        self.items.push(item);
        Ok(())
    }

    /// All lines of the run.
    #[must_use]
    pub fn items(&self) -> &[T] {
        &self.items
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Language;

    #[test]
    fn what_comes_again_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("progress.jsonl");
        let mut progress = Lines::<Point>::open(&path, 0).unwrap();
        let point = |step| Point::of_validation(step, step * 10, BitsPerByte::from([(Language::Korean, 1.5)]));
        (1..=4).for_each(|step| progress.add(point(step)).unwrap());
        fs::write(&path, fs::read_to_string(&path).unwrap() + "{\"step\":5,").unwrap();
        let again = Lines::<Point>::open(&path, 2).unwrap();
        assert_eq!(again.items(), [point(1), point(2)]);
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
    }
}
