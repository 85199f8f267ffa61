//! The log as others read it: is the chain whole, is the story sound, are the checkpoints those it speaks of.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{CHECKPOINT_ENDING, Entry, EvidenceFault, Line, digest_of_path, nothing_before, sha256};

/// Endings of files of weights.
const ENDINGS: [&str; 4] = [CHECKPOINT_ENDING, "safetensors", "pt", "pth"];

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The line it was seen at, counted from 1; none for what no line is to blame for.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, form: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(form, "line {line} {}", self.what),
            None => form.write_str(&self.what),
        }
    }
}

/// What a log shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What is wrong; nothing, for a log that holds.
    pub findings: Vec<Finding>,
    /// Lines that could be read.
    pub lines: usize,
    /// SHA-256 of the last of them: to be compared with what was published of it.
    pub head: String,
    /// Steps that the log accounts for.
    pub steps: u64,
    /// Times that the training was taken up again.
    pub resumed: usize,
    /// Checkpoints that were held against their digests.
    pub checkpoints: usize,
    /// Steps and names of the checkpoints that the log names, in order of steps.
    pub named: Vec<(u64, String)>,
    /// Learning rates by step, as far as they were told.
    pub rates: Vec<(u64, f64)>,
    /// Digests of the weights that it came to: those of the end, then those of each tuning.
    pub weights: Vec<String>,
}

/// Holds a log against itself and against the checkpoints in `folder`.
///
/// A checkpoint that the log names and that is no longer there is no finding: old ones are deleted as new ones come. A
/// checkpoint that is there and that the log does not name is one.
///
/// # Errors
/// [`EvidenceFault::File`] where log, folder or checkpoint cannot be read.
pub fn verify(path: &Path, folder: &Path) -> Result<Report, EvidenceFault> {
    let (mut story, lines, head) = read(path)?;
    let checkpoints = story.hold_checkpoints(folder)?;
    Ok(story.report(lines, head, checkpoints))
}

/// Holds a log against itself alone.
///
/// # Errors
/// [`EvidenceFault::File`] where it cannot be read.
pub fn check(path: &Path) -> Result<Report, EvidenceFault> {
    let (story, lines, head) = read(path)?;
    Ok(story.report(lines, head, 0))
}

fn read(path: &Path) -> Result<(Story, usize, String), EvidenceFault> {
    let bytes = fs::read(path).map_err(|fault| file_fault(path, fault))?;
    let mut story = Story::default();
    let mut head = nothing_before();
    let mut lines = 0;
    for text in bytes.split_inclusive(|byte| *byte == b'\n') {
        let Some(text) = text.strip_suffix(b"\n") else {
            story.tell(lines, "is torn: it has no end".to_owned());
            break;
        };
        let text = String::from_utf8_lossy(text);
        // The next line is read against what this one is now, so that one change is told once or twice and not forever.
        match Line::read(&text, lines, &head) {
            Ok(line) => story.hear(lines, line.entry),
            Err(what) => story.tell(lines, what),
        }
        head = sha256(text.as_bytes());
        lines += 1;
    }
    if story.ended.is_none() {
        story.findings.push(Finding {
            line: None,
            what: "the log does not come to an end: lines are missing, or the training is not finished".to_owned(),
        });
    }
    Ok((story, lines, head))
}

/// What has been heard so far.
#[derive(Default)]
struct Story {
    findings: Vec<Finding>,
    started: bool,
    /// Digest of the weights that the training ended with.
    ended: Option<String>,
    /// Tunings: of which recipe and data, and to which weights.
    tuned: Vec<([String; 2], String)>,
    step: u64,
    resumed: usize,
    first_weights: Option<String>,
    losses: BTreeMap<u64, u64>,
    rates: BTreeMap<u64, f64>,
    /// By step: file, digest of the file, digest of the weights.
    checkpoints: BTreeMap<u64, (String, String, String)>,
}

impl Story {
    fn report(self, lines: usize, head: String, checkpoints: usize) -> Report {
        let named = self.checkpoints.into_iter().map(|(step, (file, _, _))| (step, file)).collect();
        let rates = self.rates.into_iter().collect();
        let weights = self.ended.into_iter().chain(self.tuned.into_iter().map(|(_, weights)| weights)).collect();
        let (findings, steps, resumed) = (self.findings, self.step, self.resumed);
        Report { findings, lines, head, steps, resumed, checkpoints, named, rates, weights }
    }

    fn tell(&mut self, line: usize, what: String) {
        self.findings.push(Finding { line: Some(line + 1), what });
    }

    fn hear(&mut self, line: usize, entry: Entry) {
        if self.ended.is_some() && !matches!(entry, Entry::Tuned { .. }) {
            self.tell(line, "comes after the end".to_owned());
        }
        if matches!(entry, Entry::Start { .. }) == self.started {
            let what = if self.started { "starts a second time" } else { "comes before the start" };
            self.tell(line, what.to_owned());
        }
        self.started = true;
        match entry {
            Entry::Start { weights, .. } => self.first_weights = Some(weights),
            Entry::Loss { step, loss, rate } => {
                self.loss(line, step, loss);
                self.rates.extend(rate.map(|rate| (step, rate)));
            }
            Entry::Checkpoint { step, file, digest, weights } => self.checkpoint(line, step, (file, digest, weights)),
            Entry::Resumed { step, digest } => self.resume(line, step, &digest),
            Entry::End { step, weights } => self.end(line, step, weights),
            Entry::Tuned { recipe, data, from, weights } => self.tune(line, ([recipe, data], weights), &from),
        }
    }

    fn loss(&mut self, line: usize, step: u64, loss: f64) {
        if step <= self.step {
            self.tell(line, format!("is of step {step}, after step {}", self.step));
        }
        self.step = self.step.max(step);
        if self.losses.insert(step, loss.to_bits()).is_some_and(|before| before != loss.to_bits()) {
            self.tell(
                line,
                format!("gives step {step} another loss than it had before the training was taken up again"),
            );
        }
    }

    fn checkpoint(&mut self, line: usize, step: u64, told: (String, String, String)) {
        if step < self.step {
            self.tell(line, format!("is of step {step}, after step {}", self.step));
        }
        self.step = self.step.max(step);
        if step == 0 && self.first_weights.as_ref().is_some_and(|first| *first != told.2) {
            self.tell(line, "begins with other weights than the start says".to_owned());
        }
        if self.checkpoints.insert(step, told.clone()).is_some_and(|before| before != told) {
            self.tell(
                line,
                format!("gives step {step} another checkpoint than it had before the training was taken up again"),
            );
        }
    }

    fn resume(&mut self, line: usize, step: u64, digest: &str) {
        self.resumed += 1;
        if self.checkpoints.get(&step).is_none_or(|(_, known, _)| known != digest) {
            self.tell(line, format!("goes on from a checkpoint of step {step} that was not written down"));
        }
        self.step = step;
    }

    fn end(&mut self, line: usize, step: u64, weights: String) {
        if step < self.step {
            self.tell(line, format!("ends at step {step}, after step {}", self.step));
        }
        self.step = self.step.max(step);
        match self.checkpoints.get(&step) {
            Some((_, _, last)) if *last == weights => {}
            Some(_) => self.tell(line, "ends with other weights than those of the last checkpoint".to_owned()),
            None => self.tell(line, "ends at a step without a checkpoint".to_owned()),
        }
        self.ended = Some(weights);
    }

    fn tune(&mut self, line: usize, told: ([String; 2], String), from: &str) {
        match &self.ended {
            Some(last) if last == from => {}
            Some(_) => self.tell(line, "tunes other weights than those of the end".to_owned()),
            None => self.tell(line, "tunes before the training has come to its end".to_owned()),
        }
        if self.tuned.iter().any(|(of, weights)| *of == told.0 && *weights != told.1) {
            self.tell(line, "gives the same tuning other weights than it had before".to_owned());
        }
        self.tuned.push(told);
    }

    /// Holds the files that are there against what was written down of them; how many there are.
    fn hold_checkpoints(&mut self, folder: &Path) -> Result<usize, EvidenceFault> {
        let mut held = 0;
        for name in checkpoint_names(folder, |name| self.checkpoints.values().any(|(file, _, _)| file == name))? {
            let digest = digest_of_path(&folder.join(&name))?;
            let known = self.checkpoints.values().find(|(file, _, _)| *file == name);
            let what = match known {
                None => Some(format!("{name} is there, but the log does not name it")),
                Some((_, known, _)) if *known != digest => Some(format!("{name} is not the file that the log names")),
                Some(_) => None,
            };
            held += 1;
            self.findings.extend(what.map(|what| Finding { line: None, what }));
        }
        Ok(held)
    }
}

/// What the log names, and what looks like a checkpoint and could be one that it hides.
fn checkpoint_names(folder: &Path, is_named: impl Fn(&str) -> bool) -> Result<Vec<String>, EvidenceFault> {
    let mut names = Vec::new();
    for file in fs::read_dir(folder).map_err(|fault| file_fault(folder, fault))? {
        let file = file.map_err(|fault| file_fault(folder, fault))?;
        let name = file.file_name().to_string_lossy().into_owned();
        if is_named(&name) || looks_like_checkpoint(&file.path()) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// A file with the ending of one, or a folder with such a file in it.
fn looks_like_checkpoint(path: &Path) -> bool {
    let has_ending = |path: &Path| path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known));
    if path.is_dir() {
        return fs::read_dir(path).is_ok_and(|inner| inner.flatten().any(|file| has_ending(&file.path())));
    }
    has_ending(path)
}

/// SHA-256 of a file in hexadecimal, read piece by piece.
///
/// # Errors
///
/// Where it cannot be read.
pub fn digest_of_file(path: &Path) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut bytes = vec![0; 1 << 16];
    loop {
        match file.read(&mut bytes)? {
            0 => return Ok(hex::encode(hash.finalize())),
            read => hash.update(&bytes[..read]),
        }
    }
}

fn file_fault(path: &Path, fault: io::Error) -> EvidenceFault {
    EvidenceFault::File { path: path.to_owned(), fault }
}
